/* SPDX-License-Identifier: BSD-3-Clause */
/* The rules as data, and the list that they are gathered in. No rule is judged here. */
#include "format/refuse.h"

#include <qpas/refuse.h>

#include "base/fault.h"

#define TZ	  (1u << QPAS_REFUSAL_TZ)
#define LINUX_6_1 (1u << QPAS_REFUSAL_LINUX_6_1)
#define LINUX_7_2 (1u << QPAS_REFUSAL_LINUX_7_2)
#define OP_TEE	  (1u << QPAS_REFUSAL_OP_TEE)
#define LINUX	  (LINUX_6_1 | LINUX_7_2)

#define RULE(message, profiles, name, source)               \
	{                                                   \
		QPASI_MSG_##message, profiles, name, source \
	}

/* In the order of their numbers. */
static const struct qpasi_refuse_rule rules[] = {
	RULE(LINUX_SHORT, LINUX, "linux-short",
	     "Linux drivers/soc/qcom/mdt_loader.c, mdt_header_valid()"),
	RULE(LINUX_MAGIC, LINUX, "linux-magic",
	     "Linux drivers/soc/qcom/mdt_loader.c, mdt_header_valid()"),
	RULE(LINUX_ELF64, LINUX, "linux-elf64",
	     "Linux drivers/soc/qcom/mdt_loader.c, mdt_header_valid()"),
	RULE(LINUX_PHENTSIZE, LINUX, "linux-phentsize",
	     "Linux drivers/soc/qcom/mdt_loader.c, mdt_header_valid()"),
	RULE(LINUX_TABLE, LINUX, "linux-table",
	     "Linux drivers/soc/qcom/mdt_loader.c, mdt_header_valid()"),
	RULE(LINUX_SHENTSIZE, LINUX, "linux-shentsize",
	     "Linux drivers/soc/qcom/mdt_loader.c, mdt_header_valid()"),
	RULE(LINUX_SECTIONS, LINUX, "linux-sections",
	     "Linux drivers/soc/qcom/mdt_loader.c, mdt_header_valid()"),
	RULE(LINUX_HEADERS_WILD, LINUX_6_1, "linux-headers-wild",
	     "Linux 6.1 drivers/soc/qcom/mdt_loader.c, mdt_header_valid()"),
	RULE(LINUX_FEW_HEADERS, LINUX, "linux-few-headers",
	     "Linux drivers/soc/qcom/mdt_loader.c, qcom_mdt_read_metadata()"),
	RULE(LINUX_FIRST_LOAD, LINUX, "linux-first-load",
	     "Linux drivers/soc/qcom/mdt_loader.c, qcom_mdt_read_metadata()"),
	RULE(LINUX_NO_HASH, LINUX, "linux-no-hash",
	     "Linux drivers/soc/qcom/mdt_loader.c, qcom_mdt_read_metadata()"),
	RULE(LINUX_METADATA_LARGE, LINUX, "linux-metadata-large",
	     "Linux include/linux/slab.h, KMALLOC_MAX_SIZE"),
	RULE(LINUX_METADATA_WILD, LINUX, "linux-metadata-wild",
	     "Linux drivers/soc/qcom/mdt_loader.c, qcom_mdt_read_metadata()"),
	RULE(LINUX_BASE_ZERO, LINUX, "linux-base-zero",
	     "Linux drivers/soc/qcom/mdt_loader.c, qcom_mdt_load_no_init()"),
	RULE(LINUX_OUTSIDE, LINUX, "linux-outside",
	     "Linux drivers/soc/qcom/mdt_loader.c, qcom_mdt_load_no_init()"),
	RULE(LINUX_FILESZ, LINUX, "linux-filesz",
	     "Linux drivers/soc/qcom/mdt_loader.c, qcom_mdt_load_no_init()"),
	RULE(LINUX_TRUNCATED, LINUX, "linux-truncated",
	     "Linux drivers/soc/qcom/mdt_loader.c, qcom_mdt_bins_are_split()"),
	RULE(LINUX_PART_MISSING, LINUX, "linux-part-missing",
	     "Linux drivers/soc/qcom/mdt_loader.c, mdt_load_split_segment()"),
	RULE(LINUX_PART_LENGTH, LINUX, "linux-part-length",
	     "Linux drivers/soc/qcom/mdt_loader.c, mdt_load_split_segment()"),
	RULE(LINUX_PART_NAME, LINUX, "linux-part-name",
	     "Linux drivers/soc/qcom/mdt_loader.c, mdt_load_split_segment()"),
	RULE(LINUX_NAME_SHORT, LINUX, "linux-name-short",
	     "Linux drivers/soc/qcom/mdt_loader.c, mdt_load_split_segment()"),
	RULE(LINUX_EMPTY_TAIL, LINUX_6_1, "linux-empty-tail",
	     "Linux 6.1 drivers/soc/qcom/mdt_loader.c, qcom_mdt_bins_are_split()"),
	RULE(LINUX_SEGMENT_WILD, LINUX, "linux-segment-wild",
	     "Linux drivers/soc/qcom/mdt_loader.c, qcom_mdt_load_no_init()"),
	RULE(LINUX_NOTHING, LINUX, "linux-nothing",
	     "Linux drivers/soc/qcom/mdt_loader.c, qcom_mdt_get_size()"),
	RULE(LINUX_SPAN, LINUX, "linux-span",
	     "Linux drivers/media/platform/qcom, drivers/gpu/drm/msm/adreno/adreno_gpu.c"),
	RULE(WORLD_UNREADABLE, TZ | OP_TEE, "unreadable", "docs/formats.md"),
	RULE(WORLD_PLAN, TZ, "tz-plan", "docs/formats.md"),
	RULE(WORLD_NO_HASH, TZ, "tz-no-hash", "docs/formats.md, hash segment"),
	RULE(WORLD_HASH_SEGMENT, TZ, "tz-hash-segment", "docs/formats.md, hash segment"),
	RULE(WORLD_UNSUPPORTED, TZ, "tz-unsupported", "docs/formats.md, hash segment"),
	RULE(WORLD_DIGEST, TZ, "tz-digest", "docs/auth.md, digest table"),
	RULE(WORLD_UNSIGNED, TZ, "tz-unsigned",
	     "Qualcomm, Secure Boot and Image Authentication 2.0"),
	RULE(WORLD_SIGNATURE, TZ, "tz-signature", "docs/auth.md, which scheme"),
	RULE(WORLD_CHAIN, TZ, "tz-chain", "docs/auth.md, certificate chain"),
	RULE(WORLD_ROOT, TZ, "tz-root", "Qualcomm, Secure Boot and Image Authentication 2.0"),
	RULE(WORLD_TEST_ROOT, TZ, "tz-test-root",
	     "Qualcomm, Secure Boot and Image Authentication 2.0"),
	RULE(WORLD_SW_ID, TZ, "tz-sw-id", "docs/auth.md, SW_ID"),
	RULE(WORLD_NO_ID, TZ, "tz-no-id", "docs/platform.md"),
	RULE(WORLD_CARVEOUT, TZ, "tz-carveout", "docs/pas.md, MEM_SETUP"),
	RULE(WORLD_ADDRESS, TZ, "tz-address", "docs/pas.md, MEM_SETUP"),
	RULE(WORLD_SOC, TZ, "tz-soc", "docs/auth.md, identity"),
	RULE(WORLD_HW_ID, TZ, "tz-hw-id", "docs/auth.md, identity"),
	RULE(WORLD_OEM_ID, TZ, "tz-oem-id", "docs/auth.md, identity"),
	RULE(WORLD_MODEL_ID, TZ, "tz-model-id", "docs/auth.md, identity"),
	RULE(WORLD_SERIAL, TZ, "tz-serial", "docs/auth.md, identity"),
	RULE(WORLD_ROLLBACK, TZ, "tz-rollback", "docs/auth.md, identity"),
	RULE(OPTEE_EHSIZE, OP_TEE, "op-tee-ehsize", "OP-TEE core/pta/qcom/pas/pas_auth.c"),
	RULE(OPTEE_PHOFF, OP_TEE, "op-tee-phoff", "OP-TEE ta/qcom_pas/src/auth/pas_mbn.c"),
	RULE(OPTEE_FEW_HEADERS, OP_TEE, "op-tee-few-headers",
	     "OP-TEE ta/qcom_pas/src/auth/pas_mbn.c"),
	RULE(OPTEE_NO_HASH, OP_TEE, "op-tee-no-hash", "OP-TEE ta/qcom_pas/src/auth/pas_mbn.c"),
	RULE(OPTEE_HASH_PLACE, OP_TEE, "op-tee-hash-place",
	     "OP-TEE ta/qcom_pas/src/auth/pas_mbn.c"),
	RULE(OPTEE_HASH_ZERO, OP_TEE, "op-tee-hash-zero", "OP-TEE ta/qcom_pas/src/auth/pas_mbn.c"),
	RULE(OPTEE_VERSION, OP_TEE, "op-tee-version", "OP-TEE ta/qcom_pas/src/auth/pas_mbn.c"),
	RULE(OPTEE_DIGEST_SIZE, OP_TEE, "op-tee-digest-size",
	     "OP-TEE ta/qcom_pas/src/auth/pas_mbn.c"),
	RULE(OPTEE_HASH_SEGMENT, OP_TEE, "op-tee-hash-segment",
	     "OP-TEE ta/qcom_pas/src/auth/pas_mbn.c"),
	RULE(OPTEE_ENTRY, OP_TEE, "op-tee-entry", "OP-TEE core/pta/qcom/pas/pas_auth.c"),
	RULE(OPTEE_CARVEOUT, OP_TEE, "op-tee-carveout", "OP-TEE core/pta/qcom/pas/pas_auth.c"),
	RULE(OPTEE_FILESZ, OP_TEE, "op-tee-filesz", "OP-TEE core/pta/qcom/pas/pas_auth.c"),
	RULE(OPTEE_OVERLAP, OP_TEE, "op-tee-overlap", "OP-TEE core/pta/qcom/pas/pas_auth.c"),
	RULE(OPTEE_TAIL, OP_TEE, "op-tee-tail", "OP-TEE core/pta/qcom/pas/pas_auth.c"),
	RULE(OPTEE_NOTHING, OP_TEE, "op-tee-nothing", "OP-TEE core/pta/qcom/pas/pas_auth.c"),
	RULE(OPTEE_FIXED, OP_TEE, "op-tee-fixed",
	     "OP-TEE core/pta/qcom/pas/pas_auth.c and Linux drivers/soc/qcom/mdt_loader.c"),
	RULE(OPTEE_ENCRYPTED, OP_TEE, "op-tee-encrypted",
	     "OP-TEE ta/qcom_pas/src/auth/pas_sig_auth.c"),
	RULE(OPTEE_QTI, OP_TEE, "op-tee-qti", "OP-TEE ta/qcom_pas/src/auth/pas_sig_auth.c"),
	RULE(OPTEE_UNSIGNED, OP_TEE, "op-tee-unsigned",
	     "OP-TEE ta/qcom_pas/src/auth/pas_sig_auth.c"),
	RULE(OPTEE_SCHEME, OP_TEE, "op-tee-scheme", "OP-TEE ta/qcom_pas/src/auth/pas_sig.c"),
	RULE(OPTEE_CHAIN_LENGTH, OP_TEE, "op-tee-chain-length",
	     "OP-TEE ta/qcom_pas/src/auth/pas_sig.c"),
	RULE(OPTEE_CHAIN, OP_TEE, "op-tee-chain", "OP-TEE ta/qcom_pas/src/auth/pas_sig.c"),
	RULE(OPTEE_SIGNATURE, OP_TEE, "op-tee-signature", "OP-TEE ta/qcom_pas/src/auth/pas_sig.c"),
	RULE(OPTEE_ROOT, OP_TEE, "op-tee-root", "OP-TEE ta/qcom_pas/src/auth/pas_sig.c"),
	RULE(OPTEE_DIGEST, OP_TEE, "op-tee-digest", "OP-TEE core/pta/qcom/pas/pas_auth.c"),
	RULE(OPTEE_METADATA, OP_TEE, "op-tee-metadata",
	     "OP-TEE ta/qcom_pas/src/auth/pas_sig_auth.c"),
	RULE(OPTEE_NO_ID, OP_TEE, "op-tee-no-id", "OP-TEE ta/qcom_pas/src/auth/pas_policy.c"),
	RULE(OPTEE_SW_ID, OP_TEE, "op-tee-sw-id", "OP-TEE ta/qcom_pas/src/auth/pas_policy.c"),
	RULE(OPTEE_OEM_ID, OP_TEE, "op-tee-oem-id", "OP-TEE ta/qcom_pas/src/auth/pas_sig_auth.c"),
	RULE(OPTEE_MODEL_ID, OP_TEE, "op-tee-model-id",
	     "OP-TEE ta/qcom_pas/src/auth/pas_sig_auth.c"),
	RULE(OPTEE_HW_ID, OP_TEE, "op-tee-hw-id", "OP-TEE ta/qcom_pas/src/auth/pas_sig_auth.c"),
	RULE(OPTEE_SERIAL, OP_TEE, "op-tee-serial", "OP-TEE ta/qcom_pas/src/auth/pas_sig_auth.c"),
	RULE(OPTEE_SOC, OP_TEE, "op-tee-soc", "OP-TEE ta/qcom_pas/src/auth/pas_sig_auth.c"),
	RULE(OPTEE_ROLLBACK, OP_TEE, "op-tee-rollback",
	     "OP-TEE ta/qcom_pas/src/auth/pas_sig_auth.c"),
};

#define RULE_COUNT (sizeof(rules) / sizeof(rules[0]))

const struct qpasi_refuse_rule *qpasi_refuse_rule_at(uint32_t index)
{
	return index < RULE_COUNT ? &rules[index] : NULL;
}

const struct qpasi_refuse_rule *qpasi_refuse_rule_find(uint32_t number)
{
	for (size_t i = 0; i < RULE_COUNT; i++) {
		if (rules[i].number == number)
			return &rules[i];
	}
	return NULL;
}

void qpasi_refusals_add(struct qpasi_refusals *refusals, const struct qpasi_refusal *refusal)
{
	for (uint32_t i = 0; i < refusals->count; i++) {
		if (refusals->list[i].rule != refusal->rule)
			continue;
		refusals->list[i].times++;
		return;
	}
	if (refusals->count < QPASI_REFUSALS_MAX)
		refusals->list[refusals->count++] = *refusal;
}
