/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The IOMMU in front of remote processors: which stream may reach what. A stream entry is an id and
 * a mask of bits that do not count, as in the device tree. What is not mapped faults.
 */
#ifndef QPASI_TZSIM_IOMMU_H
#define QPASI_TZSIM_IOMMU_H

#include <stdbool.h>
#include <stdint.h>

#include <qpas/backend.h>

#include "base/params.h"

/* One range of one stream entry. */
struct qpasi_tzsim_mapping {
	char *iommu;
	uint32_t id;
	uint32_t mask;
	uint64_t iova;
	uint64_t end;
	uint64_t address;
	uint32_t permissions;
	uint32_t reserved;
};

struct qpasi_tzsim_iommu {
	const struct qpasi_env *env;
	struct qpasi_tzsim_mapping *at;
	uint32_t count;
	uint32_t capacity;
};

/* An access of a device. */
struct qpasi_tzsim_access {
	const char *iommu;
	uint32_t stream;
	bool write;
	uint64_t iova;
};

void qpasi_tzsim_iommu_init(struct qpasi_tzsim_iommu *iommu, const struct qpasi_env *env);
void qpasi_tzsim_iommu_free(struct qpasi_tzsim_iommu *iommu);

/* RANGE: not pages, or a wrap. ARG: no permission, no stream. OVERLAP: the stream has some of it. */
int qpasi_tzsim_iommu_map(struct qpasi_tzsim_iommu *iommu, const struct qpas_stream *stream,
			  const struct qpas_backend_mapping *mapping);
/* Undoes exactly one map; NOTFOUND if there was none like it. */
int qpasi_tzsim_iommu_unmap(struct qpasi_tzsim_iommu *iommu, const struct qpas_stream *stream,
			    const struct qpas_backend_mapping *mapping);

/* Whether the access goes through, and where to; false is a translation or permission fault. */
bool qpasi_tzsim_iommu_translate(const struct qpasi_tzsim_iommu *iommu,
				 const struct qpasi_tzsim_access *access, uint64_t *address);

/* Stream id and mask of an entry: cells 0 and, if there is one, 1. */
uint32_t qpasi_tzsim_stream_mask(const struct qpas_stream *stream);

#endif
