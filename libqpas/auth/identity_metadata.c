/* SPDX-License-Identifier: BSD-3-Clause */
/* Metadata blocks: 120 bytes in v6, 224 in v7 and v8 (docs/auth.md, "Identity"). */
#include "auth/identity.h"

#include "base/cursor.h"

#define SOC_VERSIONS 12u
#define SERIALS	     8u

/* v6 flags. */
#define V6_ROT		     (1u << 0)
#define V6_SOC		     (1u << 1)
#define V6_SERIAL	     (1u << 2)
#define V6_OEM_INDEPENDENT   (1u << 3)
#define V6_DEBUG_SHIFT	     8
#define V6_JTAG		     (1u << 10)
#define V6_MODEL_INDEPENDENT (1u << 11)

/* v7 flags are pairs of bits: 1 = not bound, 2 = bound. */
#define V7_PAIR	      3u
#define V7_BOUND      2u
#define V7_DEBUG_PAIR 9

#define ALWAYS                                                                            \
	(QPAS_AUTH_HAS_HW_ID | QPAS_AUTH_HAS_OEM_ID | QPAS_AUTH_HAS_MODEL_ID |            \
	 QPAS_AUTH_HAS_ANTI_ROLLBACK | QPAS_AUTH_HAS_SOC_VERSIONS | QPAS_AUTH_HAS_FLAGS | \
	 QPAS_AUTH_HAS_DEBUG | QPAS_AUTH_HAS_ROOT_INDEX | QPAS_AUTH_HAS_SERIALS |         \
	 QPAS_AUTH_HAS_SW_ID | QPAS_AUTH_HAS_SECONDARY_SW_ID)

static void read_soc_versions(struct qpasi_cursor *block, struct qpas_auth_identity *identity)
{
	for (uint32_t i = 0; i < SOC_VERSIONS; i++) {
		identity->soc_versions[i] = qpasi_cursor_le32(block);
		if (identity->soc_versions[i])
			identity->soc_count = i + 1;
	}
}

static void read_serials(struct qpasi_cursor *block, bool wide, struct qpas_auth_identity *identity)
{
	for (uint32_t i = 0; i < SERIALS; i++) {
		identity->serials[i] = wide ? qpasi_cursor_le64(block) : qpasi_cursor_le32(block);
		if (identity->serials[i])
			identity->serial_count = i + 1;
	}
}

static uint32_t debug_of(uint64_t value)
{
	switch (value) {
	case 0:
		return QPAS_AUTH_DEBUG_UNSET;
	case 1:
		return QPAS_AUTH_DEBUG_DISABLE;
	case 2:
		return QPAS_AUTH_DEBUG_ENABLE;
	default:
		return QPAS_AUTH_DEBUG_OTHER;
	}
}

/*
 * Major version 0 has no bit for the JTAG id: it counts where the SoC version does not, as in v5.
 * MODEL_ID goes with OEM_ID there.
 */
static uint64_t v6_bound(uint32_t major, uint64_t flags)
{
	bool jtag = major ? (flags & V6_JTAG) != 0 : !(flags & V6_SOC);
	bool free_model = (flags & (major ? V6_MODEL_INDEPENDENT : V6_OEM_INDEPENDENT)) != 0;
	uint64_t bound = 0;

	bound |= flags & V6_ROT ? QPAS_AUTH_BIND_ROT : 0;
	bound |= flags & V6_SOC ? QPAS_AUTH_BIND_SOC : 0;
	bound |= flags & V6_SERIAL ? QPAS_AUTH_BIND_SERIAL : 0;
	bound |= flags & V6_OEM_INDEPENDENT ? 0 : QPAS_AUTH_BIND_OEM_ID;
	bound |= jtag ? QPAS_AUTH_BIND_HW_ID : 0;
	bound |= free_model ? 0 : QPAS_AUTH_BIND_MODEL_ID;
	return bound;
}

static void read_v6(struct qpasi_cursor *block, struct qpas_auth_identity *identity)
{
	identity->major = qpasi_cursor_le32(block);
	identity->minor = qpasi_cursor_le32(block);
	identity->sw_id = qpasi_cursor_le32(block);
	identity->hw_id = qpasi_cursor_le32(block);
	identity->oem_id = qpasi_cursor_le32(block);
	identity->model_id = qpasi_cursor_le32(block);
	identity->secondary_sw_id = qpasi_cursor_le32(block);
	identity->flags = qpasi_cursor_le32(block);
	read_soc_versions(block, identity);
	read_serials(block, false, identity);
	identity->root_index = qpasi_cursor_le32(block);
	identity->anti_rollback = qpasi_cursor_le32(block);
	identity->known = ALWAYS;
	identity->bound = v6_bound(identity->major, identity->flags);
	identity->debug_word = identity->flags >> V6_DEBUG_SHIFT & 3;
	identity->debug = debug_of(identity->debug_word);
}

/* The pairs stand in the order of the QPAS_AUTH_BIND_* bits. */
static uint64_t v7_bound(uint64_t flags)
{
	uint64_t bound = 0;

	for (unsigned int pair = 0; UINT64_C(1) << pair <= QPAS_AUTH_BIND_ROT; pair++) {
		if ((flags >> 2 * pair & V7_PAIR) == V7_BOUND)
			bound |= UINT64_C(1) << pair;
	}
	return bound;
}

static void read_v7(struct qpasi_cursor *block, struct qpas_auth_identity *identity)
{
	size_t start = block->at;

	identity->major = qpasi_cursor_le32(block);
	identity->minor = qpasi_cursor_le32(block);
	identity->anti_rollback = qpasi_cursor_le32(block);
	identity->root_index = qpasi_cursor_le32(block);
	read_soc_versions(block, identity);
	identity->feature_id = qpasi_cursor_le32(block);
	identity->hw_id = qpasi_cursor_le32(block);
	read_serials(block, true, identity);
	identity->oem_id = qpasi_cursor_le32(block);
	identity->model_id = qpasi_cursor_le32(block);
	qpasi_cursor_seek(block, start + 0xdc);
	identity->flags = qpasi_cursor_le32(block);
	identity->known = ALWAYS | QPAS_AUTH_HAS_FEATURE_ID;
	identity->bound = v7_bound(identity->flags);
	identity->debug_word = identity->flags >> 2 * V7_DEBUG_PAIR & V7_PAIR;
	identity->debug = debug_of(identity->debug_word);
}

/* v7 and v8 keep the software ids apart from the signers' blocks. */
static void read_common(struct qpasi_cursor *common, struct qpas_auth_identity *identity)
{
	qpasi_cursor_skip(common, 8);
	identity->sw_id = qpasi_cursor_le32(common);
	identity->secondary_sw_id = qpasi_cursor_le32(common);
}

int qpasi_identity_from_metadata(const struct qpasi_auth_input *input, uint32_t signer,
				 struct qpas_auth_identity *identity, struct qpasi_fault *fault)
{
	const struct qpasi_mbn *mbn = input->mbn;
	const struct qpasi_mbn_part *part = signer == QPAS_AUTH_SIGNER_OEM ? &mbn->oem_metadata :
									     &mbn->qti_metadata;
	struct qpasi_cursor block = qpasi_cursor_new(input->hash_segment);
	struct qpasi_cursor common = block;

	if (!part->length) {
		int result = qpasi_fault_set(fault, QPASI_MSG_NO_IDENTITY, QPAS_NO_SEGMENT, 0, 0);

		if (fault)
			fault->s = qpas_auth_signer_name(signer);
		return result;
	}
	qpasi_cursor_seek(&block, part->offset);
	if (mbn->version == 6) {
		read_v6(&block, identity);
		return 0;
	}
	read_v7(&block, identity);
	qpasi_cursor_seek(&common, mbn->common.offset);
	read_common(&common, identity);
	return 0;
}
