/* SPDX-License-Identifier: BSD-3-Clause */
/* Identities -> metadata blocks of v6 to v8: the reverse of identity_metadata.c. */
#include "auth/sign.h"

#include "auth/auth.h"
#include "base/cursor.h"
#include "base/mem.h"

#define SOC_VERSIONS 12u
#define SERIALS	     8u
#define V7_PAIRS     11u
#define V7_DEBUG     9u

static const char *const slots[QPASI_SIGN_SLOTS] = {"OEM slot", "QTI slot"};

const struct qpas_auth_identity *qpasi_sign_identity(const struct qpasi_sign_request *request,
						     uint32_t slot)
{
	const struct qpas_auth_identity *own = request->slot[slot].identity;

	return own ? own : request->slot[0].identity;
}

static int refuse(const struct qpasi_sign_request *request, uint32_t slot, uint32_t message,
		  const char *what, struct qpasi_fault *fault)
{
	int result = qpasi_fault_set(fault, message, QPAS_NO_SEGMENT, request->version, 0);

	if (fault) {
		fault->s = slots[slot];
		fault->t = what;
	}
	return result;
}

/* ---- what can be said ---- */

/* Members, by the bit of `known`, and the binding that needs them. */
static const struct {
	uint64_t known;
	uint64_t bound;
	const char *name;
} members[] = {
	{QPAS_AUTH_HAS_SW_ID, 0, "SW_ID"},
	{QPAS_AUTH_HAS_SECONDARY_SW_ID, 0, "the secondary SW_ID"},
	{QPAS_AUTH_HAS_HW_ID, QPAS_AUTH_BIND_HW_ID, "HW_ID"},
	{QPAS_AUTH_HAS_OEM_ID, QPAS_AUTH_BIND_OEM_ID, "OEM_ID"},
	{QPAS_AUTH_HAS_MODEL_ID, QPAS_AUTH_BIND_MODEL_ID, "MODEL_ID"},
	{QPAS_AUTH_HAS_ANTI_ROLLBACK, 0, "the anti-rollback version"},
	{QPAS_AUTH_HAS_SOC_VERSIONS, QPAS_AUTH_BIND_SOC, "the list of SoC versions"},
	{QPAS_AUTH_HAS_SERIALS, QPAS_AUTH_BIND_SERIAL, "the list of serial numbers"},
	{QPAS_AUTH_HAS_FEATURE_ID, QPAS_AUTH_BIND_FEATURE, "the feature id"},
	{QPAS_AUTH_HAS_ROOT_INDEX, 0, "the root index"},
	{QPAS_AUTH_HAS_DEBUG, 0, "DEBUG"},
};

#define MEMBERS (sizeof(members) / sizeof(members[0]))

static bool has(const struct qpas_auth_identity *identity, uint64_t bit)
{
	return (identity->known & bit) != 0;
}

static bool fit_serials(const struct qpas_auth_identity *identity, uint32_t version)
{
	if (identity->serial_count > SERIALS)
		return false;
	for (uint32_t i = 0; version == 6 && i < identity->serial_count; i++) {
		if (identity->serials[i] > UINT32_MAX)
			return false;
	}
	return true;
}

/* NULL, or the member whose value the version has no room for. */
static const char *judge_values(const struct qpas_auth_identity *identity, uint32_t version)
{
	if (has(identity, QPAS_AUTH_HAS_HW_ID) && identity->hw_id > UINT32_MAX)
		return "HW_ID";
	if (has(identity, QPAS_AUTH_HAS_FLAGS) && identity->flags > UINT32_MAX)
		return "the flags";
	if (has(identity, QPAS_AUTH_HAS_SOC_VERSIONS) && identity->soc_count > SOC_VERSIONS)
		return "the list of SoC versions";
	if (has(identity, QPAS_AUTH_HAS_SERIALS) && !fit_serials(identity, version))
		return "the list of serial numbers";
	if (version == 6 && has(identity, QPAS_AUTH_HAS_FEATURE_ID))
		return "the feature id";
	return NULL;
}

/*
 * Lifecycle, root hash and debugging are bound to values that are nowhere in an identity: these come
 * with raw flags only.
 */
static const char *judge_flags(const struct qpas_auth_identity *identity, uint32_t version)
{
	uint64_t made = 0;

	if (has(identity, QPAS_AUTH_HAS_FLAGS))
		return NULL;
	if (has(identity, QPAS_AUTH_HAS_DEBUG) && identity->debug >= QPAS_AUTH_DEBUG_OTHER)
		return "DEBUG";
	for (size_t i = 0; i < MEMBERS; i++) {
		made |= members[i].bound;
		if ((identity->bound & members[i].bound) && !has(identity, members[i].known))
			return members[i].name;
	}
	made |= QPAS_AUTH_BIND_ROT;
	if (version == 6)
		made &= ~QPAS_AUTH_BIND_FEATURE;
	return identity->bound & ~made ? "a binding" : NULL;
}

static int check_metadata(const struct qpasi_sign_request *request, uint32_t slot,
			  struct qpasi_fault *fault)
{
	const struct qpas_auth_identity *identity = qpasi_sign_identity(request, slot);
	const char *what;

	if (!identity)
		return refuse(request, slot, QPASI_MSG_SIGN_ID_MISSING, "everything", fault);
	if (!has(identity, QPAS_AUTH_HAS_SW_ID))
		return refuse(request, slot, QPASI_MSG_SIGN_ID_MISSING, "SW_ID", fault);
	what = judge_values(identity, request->version);
	if (!what)
		what = judge_flags(identity, request->version);
	return what ? refuse(request, slot, QPASI_MSG_SIGN_ID_VALUE, what, fault) : 0;
}

/* Members count if they are known, and are 0 else. */
static uint64_t known(const struct qpas_auth_identity *identity, uint64_t bit, uint64_t value)
{
	return has(identity, bit) ? value : 0;
}

/* v7 and v8 have one SW_ID for both signers. */
static int check_agreement(const struct qpasi_sign_request *request, struct qpasi_fault *fault)
{
	const struct qpas_auth_identity *oem = qpasi_sign_identity(request, 0);
	const struct qpas_auth_identity *qti = qpasi_sign_identity(request, 1);
	uint64_t second = QPAS_AUTH_HAS_SECONDARY_SW_ID;

	if (request->version < 7 || !request->slot[0].signer || !request->slot[1].signer ||
	    (oem->sw_id == qti->sw_id &&
	     known(oem, second, oem->secondary_sw_id) == known(qti, second, qti->secondary_sw_id)))
		return 0;
	return refuse(request, 1, QPASI_MSG_SIGN_ID_VALUE, "SW_ID, which is not the OEM's,", fault);
}

static uint64_t value_of(const struct qpas_auth_identity *identity, uint64_t known)
{
	switch (known) {
	case QPAS_AUTH_HAS_SW_ID:
		return identity->sw_id;
	case QPAS_AUTH_HAS_SECONDARY_SW_ID:
		return identity->secondary_sw_id;
	case QPAS_AUTH_HAS_HW_ID:
		return identity->hw_id;
	case QPAS_AUTH_HAS_OEM_ID:
		return identity->oem_id;
	case QPAS_AUTH_HAS_MODEL_ID:
		return identity->model_id;
	case QPAS_AUTH_HAS_ANTI_ROLLBACK:
		return identity->anti_rollback;
	case QPAS_AUTH_HAS_DEBUG:
		return identity->debug_word;
	case QPAS_AUTH_HAS_SOC_VERSIONS:
		return identity->soc_count;
	default:
		return 0;
	}
}

static bool agrees(const struct qpas_auth_identity *asked, const struct qpas_auth_identity *leaf,
		   uint64_t known)
{
	if (!has(asked, known))
		return true;
	if (!has(leaf, known) || value_of(asked, known) != value_of(leaf, known))
		return false;
	return known != QPAS_AUTH_HAS_SOC_VERSIONS ||
	       memcmp(asked->soc_versions, leaf->soc_versions,
		      asked->soc_count * sizeof(asked->soc_versions[0])) == 0;
}

/* An identity that is given must be what the leaf says: the image itself has no room for it. */
static int check_leaf(const struct qpasi_sign_request *request, uint32_t slot,
		      struct qpasi_fault *fault)
{
	const struct qpas_auth_identity *asked = qpasi_sign_identity(request, slot);
	const struct qpas_auth_identity *leaf = qpasi_signer_leaf(request->slot[slot].signer);

	if (!has(leaf, QPAS_AUTH_HAS_SW_ID))
		return refuse(request, slot, QPASI_MSG_SIGN_LEAF_SILENT, NULL, fault);
	if (!asked)
		return 0;
	for (size_t i = 0; i < MEMBERS; i++) {
		if (!agrees(asked, leaf, members[i].known))
			return refuse(request, slot, QPASI_MSG_SIGN_ID_LEAF, members[i].name,
				      fault);
	}
	if (!has(asked, QPAS_AUTH_HAS_FLAGS) && (asked->bound & ~leaf->bound))
		return refuse(request, slot, QPASI_MSG_SIGN_ID_LEAF, "a binding", fault);
	return 0;
}

int qpasi_sign_check_identity(const struct qpasi_sign_request *request, struct qpasi_fault *fault)
{
	int result = 0;

	for (uint32_t i = 0; !result && i < QPASI_SIGN_SLOTS; i++) {
		if (!request->slot[i].signer)
			continue;
		result = request->version < 6 ? check_leaf(request, i, fault) :
						check_metadata(request, i, fault);
	}
	return result || request->version < 6 ? result : check_agreement(request, fault);
}

/* ---- how it is said ---- */

/* Major 0 has no bits for the JTAG id and MODEL_ID alone: see identity_metadata.c. */
static uint32_t v6_major(const struct qpas_auth_identity *identity)
{
	bool soc = (identity->bound & QPAS_AUTH_BIND_SOC) != 0;
	bool jtag = (identity->bound & QPAS_AUTH_BIND_HW_ID) != 0;
	bool oem = (identity->bound & QPAS_AUTH_BIND_OEM_ID) != 0;
	bool model = (identity->bound & QPAS_AUTH_BIND_MODEL_ID) != 0;

	return soc == jtag || oem != model;
}

static uint32_t major_of(const struct qpas_auth_identity *identity, uint32_t version)
{
	if (has(identity, QPAS_AUTH_HAS_FLAGS))
		return identity->major;
	if (version == 6)
		return v6_major(identity);
	return version == 7 ? 3 : 4;
}

static uint32_t v6_flags(const struct qpas_auth_identity *identity)
{
	uint64_t bound = identity->bound;
	uint64_t debug = known(identity, QPAS_AUTH_HAS_DEBUG, identity->debug);
	uint32_t flags = (uint32_t)(debug << 8);

	flags |= bound & QPAS_AUTH_BIND_ROT ? 1u << 0 : 0;
	flags |= bound & QPAS_AUTH_BIND_SOC ? 1u << 1 : 0;
	flags |= bound & QPAS_AUTH_BIND_SERIAL ? 1u << 2 : 0;
	flags |= bound & QPAS_AUTH_BIND_OEM_ID ? 0 : 1u << 3;
	if (!v6_major(identity))
		return flags;
	flags |= bound & QPAS_AUTH_BIND_HW_ID ? 1u << 10 : 0;
	flags |= bound & QPAS_AUTH_BIND_MODEL_ID ? 0 : 1u << 11;
	return flags;
}

/* Pairs in the order of the QPAS_AUTH_BIND_* bits: 1 = not bound, 2 = bound. */
static uint32_t v7_flags(const struct qpas_auth_identity *identity)
{
	uint64_t debug = known(identity, QPAS_AUTH_HAS_DEBUG, identity->debug);
	uint32_t flags = 0;

	for (uint32_t pair = 0; pair < V7_PAIRS; pair++) {
		bool bound = (identity->bound >> pair & 1) != 0;

		if (pair == V7_DEBUG)
			bound = debug == QPAS_AUTH_DEBUG_ENABLE;
		flags |= (bound ? 2u : 1u) << 2 * pair;
	}
	return flags;
}

static uint32_t flags_of(const struct qpas_auth_identity *identity, uint32_t version)
{
	if (has(identity, QPAS_AUTH_HAS_FLAGS))
		return (uint32_t)identity->flags;
	return version == 6 ? v6_flags(identity) : v7_flags(identity);
}

static void put_soc_versions(const struct qpas_auth_identity *identity, uint8_t *to)
{
	for (uint32_t i = 0; has(identity, QPAS_AUTH_HAS_SOC_VERSIONS) && i < identity->soc_count;
	     i++)
		qpasi_put_le32(to + 4 * (size_t)i, identity->soc_versions[i]);
}

static void put_serials(const struct qpas_auth_identity *identity, bool wide, uint8_t *to)
{
	for (uint32_t i = 0; has(identity, QPAS_AUTH_HAS_SERIALS) && i < identity->serial_count;
	     i++) {
		if (wide)
			qpasi_put_le64(to + 8 * (size_t)i, identity->serials[i]);
		else
			qpasi_put_le32(to + 4 * (size_t)i, (uint32_t)identity->serials[i]);
	}
}

static void put(const struct qpas_auth_identity *identity, uint64_t bit, uint64_t value,
		uint8_t *to)
{
	qpasi_put_le32(to, (uint32_t)known(identity, bit, value));
}

static void write_v6(const struct qpas_auth_identity *identity, uint8_t *block)
{
	put(identity, QPAS_AUTH_HAS_SW_ID, identity->sw_id, block + 0x08);
	put(identity, QPAS_AUTH_HAS_HW_ID, identity->hw_id, block + 0x0c);
	put(identity, QPAS_AUTH_HAS_OEM_ID, identity->oem_id, block + 0x10);
	put(identity, QPAS_AUTH_HAS_MODEL_ID, identity->model_id, block + 0x14);
	put(identity, QPAS_AUTH_HAS_SECONDARY_SW_ID, identity->secondary_sw_id, block + 0x18);
	qpasi_put_le32(block + 0x1c, flags_of(identity, 6));
	put_soc_versions(identity, block + 0x20);
	put_serials(identity, false, block + 0x50);
	put(identity, QPAS_AUTH_HAS_ROOT_INDEX, identity->root_index, block + 0x70);
	put(identity, QPAS_AUTH_HAS_ANTI_ROLLBACK, identity->anti_rollback, block + 0x74);
}

static void write_v7(const struct qpas_auth_identity *identity, uint32_t version, uint8_t *block)
{
	put(identity, QPAS_AUTH_HAS_ANTI_ROLLBACK, identity->anti_rollback, block + 0x08);
	put(identity, QPAS_AUTH_HAS_ROOT_INDEX, identity->root_index, block + 0x0c);
	put_soc_versions(identity, block + 0x10);
	put(identity, QPAS_AUTH_HAS_FEATURE_ID, identity->feature_id, block + 0x40);
	put(identity, QPAS_AUTH_HAS_HW_ID, identity->hw_id, block + 0x44);
	put_serials(identity, true, block + 0x48);
	put(identity, QPAS_AUTH_HAS_OEM_ID, identity->oem_id, block + 0x88);
	put(identity, QPAS_AUTH_HAS_MODEL_ID, identity->model_id, block + 0x8c);
	qpasi_put_le32(block + 0xdc, flags_of(identity, version));
}

void qpasi_sign_write_metadata(const struct qpas_auth_identity *identity, uint32_t version,
			       uint8_t *block)
{
	qpasi_put_le32(block, major_of(identity, version));
	qpasi_put_le32(block + 4, (uint32_t)known(identity, QPAS_AUTH_HAS_FLAGS, identity->minor));
	if (version == 6)
		write_v6(identity, block);
	else
		write_v7(identity, version, block);
}

void qpasi_sign_write_common(const struct qpas_auth_identity *identity, uint32_t digest_bits,
			     uint8_t *block)
{
	put(identity, QPAS_AUTH_HAS_SW_ID, identity->sw_id, block + 0x08);
	put(identity, QPAS_AUTH_HAS_SECONDARY_SW_ID, identity->secondary_sw_id, block + 0x0c);
	qpasi_put_le32(block + 0x10, digest_bits == QPAS_AUTH_SHA256 ? 2 : 3);
}
