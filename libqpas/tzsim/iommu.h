/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The IOMMU in front of remote processors. A stream entry is an id and a mask of bits that do not
 * count, as in the device tree; each entry with a mapping has stage 1 tables of its own in simulated
 * memory. Accesses are translated by what stands there and by nothing else: the list of ranges is
 * the account of what the host asked for.
 */
#ifndef QPASI_TZSIM_IOMMU_H
#define QPASI_TZSIM_IOMMU_H

#include <stdbool.h>
#include <stdint.h>

#include <qpas/backend.h>

#include "base/params.h"
#include "format/lpae.h"
#include "tzsim/memory.h"

/* Input as wide as stage 1 without extensions gets, output as that of the larger SoCs. */
#define QPASI_TZSIM_INPUT_BITS	48u
#define QPASI_TZSIM_OUTPUT_BITS 44u
/* Pages in the area of the tables (struct qpasi_tzsim_memory), and its bytes. */
#define QPASI_TZSIM_TABLES	4096u
#define QPASI_TZSIM_TABLE_BYTES (QPASI_TZSIM_TABLES * QPASI_LPAE_PAGE)

struct qpasi_tzsim_smmu;

/* The translation of one stream entry: a context bank. */
struct qpasi_tzsim_bank {
	char *iommu;
	uint32_t id;
	uint32_t mask;
	/* Never used again. */
	uint64_t number;
	uint32_t mappings;
	uint32_t tables;
	struct qpasi_lpae lpae;
};

/* One range of one bank, as it was asked for. */
struct qpasi_tzsim_mapping {
	uint64_t bank;
	uint64_t iova;
	uint64_t address;
	uint64_t length;
};

struct qpasi_tzsim_iommu {
	const struct qpasi_env *env;
	struct qpasi_tzsim_memory *memory;
	struct qpasi_tzsim_bank *banks;
	uint32_t bank_count;
	uint32_t bank_capacity;
	uint64_t next_bank;
	struct qpasi_tzsim_mapping *at;
	uint32_t count;
	uint32_t capacity;
	/* A guest's, which translates instead of the banks; or NULL. */
	const struct qpasi_tzsim_smmu *smmu;
	/* Which pages of the area are tables, and how many. */
	uint64_t used[QPASI_TZSIM_TABLES / 64];
	uint32_t tables;
};

/* An access of a device. */
struct qpasi_tzsim_access {
	const char *iommu;
	uint32_t stream;
	uint32_t kind; /* enum qpasi_lpae_kind */
	bool privileged;
	uint64_t iova;
};

/* Where it ends up. */
struct qpasi_tzsim_translation {
	uint64_t address;
	/* Bytes from there on that the same descriptor maps. */
	uint64_t span;
	/* What is wrong: words for a log, NULL if nothing. */
	const char *fault;
	/* The level of the descriptor; QPASI_LPAE_LEVELS: no tables at all. */
	uint32_t level;
};

void qpasi_tzsim_iommu_init(struct qpasi_tzsim_iommu *iommu, const struct qpasi_env *env,
			    struct qpasi_tzsim_memory *memory);
void qpasi_tzsim_iommu_free(struct qpasi_tzsim_iommu *iommu);

/*
 * RANGE: not pages, a wrap, or too wide. ARG: no permission, no stream. OVERLAP: the stream has some
 * of it, or ids of it belong to another entry. FORMAT: somebody wrote to the tables. NOMEM.
 */
int qpasi_tzsim_iommu_map(struct qpasi_tzsim_iommu *iommu, const struct qpas_stream *stream,
			  const struct qpas_backend_mapping *mapping, struct qpasi_fault *fault);
/* Undoes exactly one map; NOTFOUND if there was none like it. */
int qpasi_tzsim_iommu_unmap(struct qpasi_tzsim_iommu *iommu, const struct qpas_stream *stream,
			    const struct qpas_backend_mapping *mapping, struct qpasi_fault *fault);

/* Whether the access goes through; else *out says why not. */
bool qpasi_tzsim_iommu_translate(const struct qpasi_tzsim_iommu *iommu,
				 const struct qpasi_tzsim_access *access,
				 struct qpasi_tzsim_translation *out);

/* The translation of a stream id, or NULL if nothing is mapped for it. */
const struct qpasi_tzsim_bank *qpasi_tzsim_iommu_bank(const struct qpasi_tzsim_iommu *iommu,
						      const char *name, uint32_t stream);

/* Stream id and mask of an entry: cells 0 and, if there is one, 1. */
uint32_t qpasi_tzsim_stream_mask(const struct qpas_stream *stream);

#endif
