/* SPDX-License-Identifier: BSD-3-Clause */
/* Making stage 1 tables. Everything that can be refused is refused before a descriptor changes. */
#include "format/lpae.h"

#include <qpas/error.h>
#include <qpas/rsc_table.h>

#include "base/ckd.h"
#include "format/lpae_descriptor.h"

#define BITS_LEAST   25u
#define OUTPUT_LEAST 32u
#define BITS_MOST    48u

/* What the functions below pass on: fewer parameters, and one place that reports. */
struct builder {
	const struct qpasi_lpae *lpae;
	const struct qpasi_lpae_memory *memory;
	struct qpasi_fault *fault;
};

static int refuse(const struct builder *builder, uint32_t message, uint64_t a, uint64_t b)
{
	return qpasi_fault_set(builder->fault, message, QPAS_NO_SEGMENT, a, b);
}

static void descend(const struct builder *builder, uint64_t iova, struct qpasi_lpae_path *path)
{
	qpasi_lpae_descend(builder->lpae, builder->memory->read, builder->memory->user, iova, path);
}

static int write_at(const struct builder *builder, uint64_t at, uint64_t descriptor)
{
	return builder->memory->write(builder->memory->user, at, descriptor);
}

static void invalidate(const struct builder *builder, uint64_t iova, uint64_t length)
{
	if (builder->memory->invalidate)
		builder->memory->invalidate(builder->memory->user, iova, length);
}

static int alloc_table(const struct builder *builder, uint64_t *page)
{
	int code = builder->memory->alloc(builder->memory->user, page);

	if (code)
		(void)refuse(builder, QPASI_MSG_LPAE_NO_TABLE, 0, 0);
	return code;
}

/* ---- what is there ---- */

static int check_range(const struct builder *builder, uint64_t start, uint64_t length,
		       uint32_t bits)
{
	uint64_t end;

	if (!length || (start | length) % QPASI_LPAE_PAGE || ckd_add(&end, start, length) ||
	    end > BIT(bits))
		return refuse(builder, QPASI_MSG_LPAE_RANGE, start, length);
	return 0;
}

/*
 * Whether all of a range is mapped, or nothing of it. A descriptor that is not valid, and one that
 * maps, are both the builder's; whatever else a descent meets was written by somebody else.
 */
static int check_state(const struct builder *builder, uint64_t iova, uint64_t length, bool mapped)
{
	uint64_t end = iova + length;

	while (iova < end) {
		struct qpasi_lpae_path path;
		bool here;

		descend(builder, iova, &path);
		here = path.fault == QPASI_LPAE_FINE;
		if ((!here &&
		     (path.fault != QPASI_LPAE_TRANSLATION || (path.descriptor & VALID))) ||
		    (here && path.level < BLOCK_LEVEL))
			return refuse(builder, QPASI_MSG_LPAE_FOREIGN, path.descriptor,
				      path.at[path.level]);
		if (here && !mapped)
			return refuse(builder, QPASI_MSG_LPAE_TAKEN, iova, 0);
		if (!here && mapped)
			return refuse(builder, QPASI_MSG_LPAE_HOLE, iova, 0);
		iova = (iova | (qpasi_lpae_span(path.level) - 1)) + 1;
	}
	return 0;
}

static bool is_empty(const struct builder *builder, uint64_t table)
{
	uint64_t descriptor;

	for (uint32_t i = 0; i < QPASI_LPAE_ENTRIES; i++) {
		if (builder->memory->read(builder->memory->user, table + i * sizeof(descriptor),
					  &descriptor) ||
		    (descriptor & VALID))
			return false;
	}
	return true;
}

/* ---- giving back ---- */

/* Frees the tables above a place that have become empty, from the bottom up; never the first one. */
static void prune(const struct builder *builder, uint64_t iova)
{
	uint32_t first = qpasi_lpae_first_level(builder->lpae->input_bits);
	struct qpasi_lpae_path path;

	descend(builder, iova, &path);
	for (uint32_t level = path.level; level > first; level--) {
		uint64_t table = path.at[level] & ~(QPASI_LPAE_PAGE - 1);
		uint64_t span = qpasi_lpae_span(level - 1);

		/* A damaged tree may lead back to its root, which is not freed here. */
		if (table == builder->lpae->root || !is_empty(builder, table) ||
		    write_at(builder, path.at[level - 1], 0))
			return;
		invalidate(builder, iova & ~(span - 1), span);
		builder->memory->free(builder->memory->user, table);
	}
}

/* Clears a range that is mapped and begins and ends with a leaf. */
static int clear(const struct builder *builder, uint64_t iova, uint64_t length)
{
	uint64_t end = iova + length;
	int code = 0;

	while (!code && iova < end) {
		struct qpasi_lpae_path path;
		uint64_t from = iova, span;

		descend(builder, iova, &path);
		span = qpasi_lpae_span(path.level);
		code = write_at(builder, path.at[path.level], 0);
		if (code)
			break;
		iova += span;
		invalidate(builder, from, span);
		/* A table is looked through once: when the range leaves it. */
		if (iova == end || iova % (span * QPASI_LPAE_ENTRIES) == 0)
			prune(builder, from);
	}
	return code;
}

/* ---- making ---- */

/* D8.3 with the meaning of Linux's IOMMU_READ and so on, whose bits a resource table carries. */
static uint64_t attributes(const struct builder *builder, uint32_t permissions)
{
	bool el2 = builder->lpae->regime == QPASI_LPAE_EL2;
	uint64_t bits = VALID | ACCESSED;
	uint64_t kind = permissions & QPAS_RSC_MMIO ? 2 : permissions & QPAS_RSC_CACHE ? 1 : 0;

	bits |= kind << ATTR_SHIFT;
	bits |= permissions & QPAS_RSC_CACHE ? SH_INNER : SH_OUTER;
	if (!(permissions & QPAS_RSC_WRITE))
		bits |= AP_READ_ONLY;
	if (el2 || !(permissions & QPAS_RSC_PRIV))
		bits |= AP_USER;
	if (permissions & QPAS_RSC_NOEXEC)
		bits |= UXN;
	if (el2)
		return bits;
	return bits | NOT_GLOBAL | (permissions & QPAS_RSC_NOEXEC ? PXN : 0);
}

/* The table of a level that covers an address; makes it and those above it. */
static int table_of(const struct builder *builder, uint64_t iova, uint32_t level, uint64_t *table)
{
	struct qpasi_lpae_path path;

	for (;;) {
		uint64_t page;
		int code;

		descend(builder, iova, &path);
		if (path.level >= level)
			break;
		if (path.fault != QPASI_LPAE_TRANSLATION)
			return refuse(builder, QPASI_MSG_LPAE_FOREIGN, path.descriptor,
				      path.at[path.level]);
		code = alloc_table(builder, &page);
		if (code)
			return code;
		code = write_at(builder, path.at[path.level], page | TABLE | VALID);
		if (code) {
			builder->memory->free(builder->memory->user, page);
			return code;
		}
	}
	*table = path.at[level] & ~(QPASI_LPAE_PAGE - 1);
	return 0;
}

/* As many leaves as one table takes; `left` is what is still to map, `done` gets what was. */
static int fill_table(const struct builder *builder, const struct qpasi_lpae_mapping *left,
		      uint64_t *done)
{
	bool block = !((left->iova | left->address) % QPASI_LPAE_BLOCK) &&
		     left->length >= QPASI_LPAE_BLOCK;
	uint32_t level = block ? BLOCK_LEVEL : LAST_LEVEL;
	uint64_t span = qpasi_lpae_span(level);
	uint64_t bits = attributes(builder, left->permissions) | (block ? 0 : TABLE);
	uint64_t index = left->iova / span % QPASI_LPAE_ENTRIES;
	uint64_t table = 0;
	int code = table_of(builder, left->iova, level, &table);

	*done = 0;
	while (!code && index < QPASI_LPAE_ENTRIES && left->length - *done >= span) {
		code = write_at(builder, table + index * sizeof(uint64_t),
				(left->address + *done) | bits);
		*done += code ? 0 : span;
		index++;
	}
	return code;
}

/* ---- blocks that are unmapped in part ---- */

/* A block as 512 pages. The place is empty for a moment, as "break-before-make" wants it. */
static int split(const struct builder *builder, const struct qpasi_lpae_path *path, uint64_t iova)
{
	uint64_t place = path->at[BLOCK_LEVEL], start = iova & ~(QPASI_LPAE_BLOCK - 1);
	uint64_t page, descriptor = path->descriptor | TABLE;
	int code = alloc_table(builder, &page);

	if (code)
		return code;
	for (uint32_t i = 0; !code && i < QPASI_LPAE_ENTRIES; i++)
		code = write_at(builder, page + i * sizeof(uint64_t),
				descriptor + i * QPASI_LPAE_PAGE);
	if (!code)
		code = write_at(builder, place, 0);
	if (code) {
		builder->memory->free(builder->memory->user, page);
		return code;
	}
	invalidate(builder, start, QPASI_LPAE_BLOCK);
	return write_at(builder, place, page | TABLE | VALID);
}

/* Makes an address begin a leaf. */
static int split_at(const struct builder *builder, uint64_t iova)
{
	struct qpasi_lpae_path path;

	if (iova % QPASI_LPAE_BLOCK == 0)
		return 0;
	descend(builder, iova, &path);
	if (path.fault != QPASI_LPAE_FINE || path.level != BLOCK_LEVEL)
		return 0;
	return split(builder, &path, iova);
}

/* ---- entries ---- */

int qpasi_lpae_create(struct qpasi_lpae *lpae, const struct qpasi_lpae_memory *memory,
		      struct qpasi_fault *fault)
{
	const struct builder builder = {lpae, memory, fault};

	lpae->root = 0;
	if (lpae->input_bits < BITS_LEAST || lpae->input_bits > BITS_MOST ||
	    lpae->output_bits < OUTPUT_LEAST || lpae->output_bits > BITS_MOST)
		return refuse(&builder, QPASI_MSG_LPAE_BITS, lpae->input_bits, lpae->output_bits);
	return alloc_table(&builder, &lpae->root);
}

int qpasi_lpae_destroy(struct qpasi_lpae *lpae, const struct qpasi_lpae_memory *memory,
		       struct qpasi_fault *fault)
{
	const struct builder builder = {lpae, memory, fault};

	if (!is_empty(&builder, lpae->root))
		return refuse(&builder, QPASI_MSG_LPAE_IN_USE, lpae->root, 0);
	memory->free(memory->user, lpae->root);
	lpae->root = 0;
	return 0;
}

int qpasi_lpae_map(const struct qpasi_lpae *lpae, const struct qpasi_lpae_memory *memory,
		   const struct qpasi_lpae_mapping *mapping, struct qpasi_fault *fault)
{
	const struct builder builder = {lpae, memory, fault};
	struct qpasi_lpae_mapping left = *mapping;
	uint64_t done;
	int code = check_range(&builder, mapping->iova, mapping->length, lpae->input_bits);

	if (!code)
		code = check_range(&builder, mapping->address, mapping->length, lpae->output_bits);
	if (!code && !(mapping->permissions & (QPAS_RSC_READ | QPAS_RSC_WRITE)))
		code = refuse(&builder, QPASI_MSG_LPAE_PERMISSIONS, mapping->permissions, 0);
	if (!code)
		code = check_state(&builder, mapping->iova, mapping->length, false);
	if (code)
		return code;
	while (!code && left.length) {
		code = fill_table(&builder, &left, &done);
		left.iova += done;
		left.address += done;
		left.length -= done;
	}
	if (!code)
		return 0;
	/* The tables of the place where it ended, which may hold nothing yet; then what was mapped. */
	prune(&builder, left.iova);
	if (left.iova != mapping->iova)
		(void)clear(&builder, mapping->iova, left.iova - mapping->iova);
	return code;
}

int qpasi_lpae_unmap(const struct qpasi_lpae *lpae, const struct qpasi_lpae_memory *memory,
		     uint64_t iova, uint64_t length, struct qpasi_fault *fault)
{
	const struct builder builder = {lpae, memory, fault};
	int code = check_range(&builder, iova, length, lpae->input_bits);

	if (!code)
		code = check_state(&builder, iova, length, true);
	if (!code)
		code = split_at(&builder, iova);
	if (!code)
		code = split_at(&builder, iova + length);
	return code ? code : clear(&builder, iova, length);
}
