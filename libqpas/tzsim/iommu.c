/* SPDX-License-Identifier: BSD-3-Clause */
/* Mapped ranges per stream entry. */
#include "tzsim/iommu.h"

#include <string.h>

#include "tzsim/memory.h"

#define STREAM_BITS UINT32_C(0xffff)

void qpasi_tzsim_iommu_init(struct qpasi_tzsim_iommu *iommu, const struct qpasi_env *env)
{
	memset(iommu, 0, sizeof(*iommu));
	iommu->env = env;
}

void qpasi_tzsim_iommu_free(struct qpasi_tzsim_iommu *iommu)
{
	for (uint32_t i = 0; i < iommu->count; i++)
		qpasi_env_free(iommu->env, iommu->at[i].iommu);
	qpasi_env_free(iommu->env, iommu->at);
}

uint32_t qpasi_tzsim_stream_mask(const struct qpas_stream *stream)
{
	return stream->cell_count > 1 ? stream->cells[1] & STREAM_BITS : 0;
}

static int check(const struct qpas_stream *stream, const struct qpas_backend_mapping *mapping)
{
	/* One look at the low bits of all three. */
	uint64_t low = mapping->iova | mapping->address | mapping->length;
	uint64_t end;

	if (!stream->iommu || stream->cell_count == 0 ||
	    !(mapping->permissions & (QPAS_RSC_READ | QPAS_RSC_WRITE)))
		return QPAS_ERR_ARG;
	if (!mapping->length || low % QPASI_TZSIM_PAGE ||
	    qpasi_tzsim_wraps(mapping->iova, mapping->length, &end) ||
	    qpasi_tzsim_wraps(mapping->address, mapping->length, &end))
		return QPAS_ERR_RANGE;
	return 0;
}

/* Whether some stream id belongs to both entries. */
static bool streams_meet(const struct qpasi_tzsim_mapping *a, const struct qpasi_tzsim_mapping *b)
{
	return !((a->id ^ b->id) & ~(a->mask | b->mask)) && !strcmp(a->iommu, b->iommu);
}

/* All that can be refused is refused before the list is touched. */
int qpasi_tzsim_iommu_map(struct qpasi_tzsim_iommu *iommu, const struct qpas_stream *stream,
			  const struct qpas_backend_mapping *mapping)
{
	struct qpasi_tzsim_mapping made;
	int code = check(stream, mapping);

	if (code)
		return code;
	made.id = stream->cells[0];
	made.mask = qpasi_tzsim_stream_mask(stream);
	made.iova = mapping->iova;
	made.end = mapping->iova + mapping->length;
	made.address = mapping->address;
	made.permissions = mapping->permissions;
	made.reserved = 0;
	made.iommu = qpasi_env_strdup(iommu->env, stream->iommu);
	if (!made.iommu)
		return QPAS_ERR_NOMEM;
	for (uint32_t i = 0; i < iommu->count && !code; i++) {
		if (made.iova < iommu->at[i].end && iommu->at[i].iova < made.end &&
		    streams_meet(&made, &iommu->at[i]))
			code = QPAS_ERR_OVERLAP;
	}
	if (!code)
		code = qpasi_tzsim_grow(iommu->env, &iommu->at, &iommu->capacity, iommu->count,
					sizeof(made));
	if (code)
		qpasi_env_free(iommu->env, made.iommu);
	else
		iommu->at[iommu->count++] = made;
	return code;
}

/* Permissions are left out: they are no part of an unmap on real IOMMUs either. */
static bool is_the_same(const struct qpasi_tzsim_mapping *entry, const struct qpas_stream *stream,
			const struct qpas_backend_mapping *mapping)
{
	return entry->id == stream->cells[0] && entry->mask == qpasi_tzsim_stream_mask(stream) &&
	       entry->iova == mapping->iova && entry->end - entry->iova == mapping->length &&
	       entry->address == mapping->address && !strcmp(entry->iommu, stream->iommu);
}

int qpasi_tzsim_iommu_unmap(struct qpasi_tzsim_iommu *iommu, const struct qpas_stream *stream,
			    const struct qpas_backend_mapping *mapping)
{
	int code = check(stream, mapping);

	if (code)
		return code;
	for (uint32_t i = 0; i < iommu->count; i++) {
		if (!is_the_same(&iommu->at[i], stream, mapping))
			continue;
		qpasi_env_free(iommu->env, iommu->at[i].iommu);
		iommu->at[i] = iommu->at[--iommu->count];
		return 0;
	}
	return QPAS_ERR_NOTFOUND;
}

bool qpasi_tzsim_iommu_translate(const struct qpasi_tzsim_iommu *iommu,
				 const struct qpasi_tzsim_access *access, uint64_t *address)
{
	uint32_t wanted = access->write ? QPAS_RSC_WRITE : QPAS_RSC_READ;

	for (uint32_t i = 0; i < iommu->count; i++) {
		const struct qpasi_tzsim_mapping *entry = &iommu->at[i];

		if (access->iova < entry->iova || access->iova >= entry->end ||
		    ((access->stream ^ entry->id) & ~entry->mask) ||
		    strcmp(access->iommu, entry->iommu) != 0)
			continue;
		/* Entries do not overlap on a stream, so the first one is the only one. */
		*address = entry->address + (access->iova - entry->iova);
		return entry->permissions & wanted;
	}
	return false;
}
