/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The SMMUv3 of a guest, as far as the accesses of its remote processors go: stream table, context
 * descriptor and stage 1 tables are walked where the guest has put them. Nothing is cached but the
 * registers, and nothing that stands in the guest's memory is believed: each walk reads a fixed
 * number of words.
 *
 * Facts: Arm SMMU architecture version 3 (IHI 0070), 3.3 "Stream numbering, data structures", 5
 * "Configuration data structures", 6.3 "Register formats".
 */
#ifndef QPASI_TZSIM_SMMU_H
#define QPASI_TZSIM_SMMU_H

#include <stdbool.h>
#include <stdint.h>

struct qpasi_tzsim_access;
struct qpasi_tzsim_memory;
struct qpasi_tzsim_translation;

struct qpasi_tzsim_smmu {
	struct qpasi_tzsim_memory *memory;
	/* What was read last; `known` says whether that could be done. */
	bool known;
	uint32_t cr0;
	uint32_t gbpa;
	uint32_t config;
	uint64_t base;
};

void qpasi_tzsim_smmu_init(struct qpasi_tzsim_smmu *smmu, struct qpasi_tzsim_memory *memory);
/* Reads the registers; they are then believed until the next time. */
void qpasi_tzsim_smmu_refresh(struct qpasi_tzsim_smmu *smmu);
/* As qpasi_tzsim_iommu_translate(). */
bool qpasi_tzsim_smmu_translate(const struct qpasi_tzsim_smmu *smmu,
				const struct qpasi_tzsim_access *access,
				struct qpasi_tzsim_translation *out);

#endif
