/* SPDX-License-Identifier: BSD-3-Clause */
/* Reading fuses from a profile, and comparing them with what an image is bound to. */
#include "tzsim/fuses.h"

#include <string.h>

#include "tzsim/profile.h"
#include "tzsim/status.h"

static const struct fuse {
	const char *name;
	uint64_t most;
	/* QPAS_AUTH_BIND_* that makes it count. */
	uint64_t bound;
	int64_t status;
	const char *what;
} fuses_by_number[QPASI_TZSIM_FUSE_COUNT] = {
	{"soc", UINT32_MAX, QPAS_AUTH_BIND_SOC, QPASI_TZSIM_WRONG_SOC, "SoC versions"},
	{"jtag-id", UINT32_MAX, QPAS_AUTH_BIND_HW_ID, QPASI_TZSIM_WRONG_JTAG_ID, "JTAG id"},
	{"oem-id", UINT32_MAX, QPAS_AUTH_BIND_OEM_ID, QPASI_TZSIM_WRONG_OEM_ID, "OEM_ID"},
	{"model-id", UINT32_MAX, QPAS_AUTH_BIND_MODEL_ID, QPASI_TZSIM_WRONG_MODEL_ID, "MODEL_ID"},
	{"feature", UINT32_MAX, QPAS_AUTH_BIND_FEATURE, QPASI_TZSIM_WRONG_FEATURE, "feature id"},
	{"serial", UINT64_MAX, QPAS_AUTH_BIND_SERIAL, QPASI_TZSIM_WRONG_SERIAL, "serial numbers"},
};

static bool hex_digit(char c, uint8_t *value)
{
	static const char digits[] = "0123456789abcdefABCDEF";
	const char *at = c ? strchr(digits, c) : NULL;

	if (!at)
		return false;
	*value = (uint8_t)(at - digits < 16 ? at - digits : at - digits - 6);
	return true;
}

/* 64 or 96 digits, as `qpas verify` prints them and takes them. */
static int read_root(struct qpasi_tzsim_root *root, const char *value)
{
	size_t digits = strlen(value);

	if (digits != 64 && digits != 96)
		return QPAS_ERR_FORMAT;
	for (size_t i = 0; i < digits; i += 2) {
		uint8_t high, low;

		if (!hex_digit(value[i], &high) || !hex_digit(value[i + 1], &low))
			return QPAS_ERR_FORMAT;
		root->hash[i / 2] = (uint8_t)(high << 4 | low);
	}
	root->length = (uint32_t)(digits / 2);
	return 0;
}

int qpasi_tzsim_fuses_read(struct qpasi_tzsim_fuses *fuses, const char *name, const char *value)
{
	if (!strcmp(name, "root"))
		return read_root(&fuses->root[0], value);
	if (!strcmp(name, "qti-root"))
		return read_root(&fuses->root[1], value);
	for (uint32_t i = 0; i < QPASI_TZSIM_FUSE_COUNT; i++) {
		if (strcmp(name, fuses_by_number[i].name) != 0)
			continue;
		fuses->known |= 1u << i;
		return qpasi_tzsim_number(value, fuses_by_number[i].most, &fuses->number[i]) ?
			       0 :
			       QPAS_ERR_FORMAT;
	}
	return QPAS_ERR_FORMAT;
}

bool qpasi_tzsim_fuses_root(const struct qpasi_tzsim_fuses *fuses,
			    const struct qpas_auth_signature *facts)
{
	const struct qpasi_tzsim_root *root = &fuses->root[facts->signer - QPAS_AUTH_SIGNER_OEM];
	const uint8_t *hash = root->length == sizeof(facts->root_sha256) ? facts->root_sha256 :
									   facts->root_sha384;

	return !root->length || !memcmp(root->hash, hash, root->length);
}

static bool soc_listed(const struct qpas_auth_identity *identity, uint64_t soc)
{
	for (uint32_t i = 0; i < identity->soc_count; i++) {
		if (identity->soc_versions[i] == soc)
			return true;
	}
	return false;
}

static bool serial_listed(const struct qpas_auth_identity *identity, uint64_t serial)
{
	for (uint32_t i = 0; i < identity->serial_count; i++) {
		if (identity->serials[i] == serial)
			return true;
	}
	return false;
}

/* v3 and v5 have a HW_ID of 64 bits with the JTAG id on top. One of zeros names no chip at all. */
static bool jtag_fits(const struct qpas_auth_identity *identity, uint64_t jtag_id)
{
	bool leaf = !(identity->known & QPAS_AUTH_HAS_FLAGS);
	uint64_t named = leaf ? identity->hw_id >> 32 : identity->hw_id;

	return !named || named == jtag_id;
}

static bool number_fits(const struct qpas_auth_identity *identity, uint32_t fuse, uint64_t number)
{
	switch (fuse) {
	case QPASI_TZSIM_FUSE_SOC:
		return soc_listed(identity, number);
	case QPASI_TZSIM_FUSE_JTAG_ID:
		return jtag_fits(identity, number);
	case QPASI_TZSIM_FUSE_OEM_ID:
		return identity->oem_id == number;
	case QPASI_TZSIM_FUSE_MODEL_ID:
		return identity->model_id == number;
	case QPASI_TZSIM_FUSE_FEATURE:
		return identity->feature_id == number;
	default:
		return serial_listed(identity, number);
	}
}

/* An image with debugging on is for the listed chips only, bound to them or not. */
static bool debug_fits(const struct qpasi_tzsim_fuses *fuses,
		       const struct qpas_auth_identity *identity, struct qpasi_tzsim_misfit *misfit)
{
	bool enabled = identity->debug == QPAS_AUTH_DEBUG_ENABLE ||
		       identity->bound & QPAS_AUTH_BIND_DEBUG;

	misfit->status = QPASI_TZSIM_WRONG_DEBUG;
	misfit->what = "debugging, for listed serial numbers";
	misfit->number = fuses->number[QPASI_TZSIM_FUSE_SERIAL];
	return !enabled || !(fuses->known & 1u << QPASI_TZSIM_FUSE_SERIAL) ||
	       serial_listed(identity, misfit->number);
}

/* Counts whatever the flags say. Whoever names no SW_ID has no version of anything. */
static bool version_fits(const struct qpasi_tzsim_fuses *fuses,
			 const struct qpas_auth_identity *identity,
			 struct qpasi_tzsim_misfit *misfit)
{
	misfit->status = QPASI_TZSIM_ROLLED_BACK;
	misfit->what = "anti-rollback version";
	if (!(identity->known & QPAS_AUTH_HAS_SW_ID))
		return true;
	for (uint32_t i = 0; i < fuses->minimum.count; i++) {
		misfit->number = fuses->minimum.at[i].start;
		if (fuses->minimum.at[i].owner == identity->sw_id &&
		    identity->anti_rollback < misfit->number)
			return false;
	}
	return true;
}

bool qpasi_tzsim_fuses_fit(const struct qpasi_tzsim_fuses *fuses,
			   const struct qpas_auth_identity *identity,
			   struct qpasi_tzsim_misfit *misfit)
{
	for (uint32_t i = 0; i < QPASI_TZSIM_FUSE_COUNT; i++) {
		const struct fuse *fuse = &fuses_by_number[i];

		misfit->status = fuse->status;
		misfit->what = fuse->what;
		misfit->number = fuses->number[i];
		if (fuses->known & 1u << i && identity->bound & fuse->bound &&
		    !number_fits(identity, i, fuses->number[i]))
			return false;
	}
	return debug_fits(fuses, identity, misfit) && version_fits(fuses, identity, misfit);
}
