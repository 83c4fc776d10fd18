/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Resource tables: decoding and validation of bytes. The layout is in docs/pas.md. Every offset is
 * judged against the bytes that are really there, in 64 bits.
 */
#include "format/rsc.h"

#include "base/ckd.h"
#include "base/cursor.h"
#include "base/mem.h"
#include "format/rsc_entry.h"

/* Offsets of header words. */
#define AT_VERSION  0u
#define AT_COUNT    4u
#define AT_RESERVED 8u

#define KNOWN_VERSION 1u

/* A table with its number of entries, which was checked against its bytes. */
struct table {
	struct qpas_slice bytes;
	uint32_t count;
};

static uint32_t le32_at(struct qpas_slice bytes, uint64_t offset)
{
	struct qpasi_cursor cursor = qpasi_cursor_new(bytes);

	qpasi_cursor_seek(&cursor, offset);
	return qpasi_cursor_le32(&cursor);
}

/* A count near 2^30 would make the offset array seem short in 32 bits. */
static int check_count(struct qpas_slice bytes, uint32_t count, uint32_t limit,
		       struct qpasi_fault *fault)
{
	uint32_t needed;

	if (ckd_mul(&needed, count, (uint32_t)sizeof(uint32_t)) ||
	    ckd_add(&needed, needed, QPASI_RSC_HEADER_BYTES))
		return qpasi_fault_at(fault, QPASI_MSG_RSC_COUNT_WRAP, QPAS_NO_SEGMENT, AT_COUNT,
				      count, 0);
	if (needed > bytes.len)
		return qpasi_fault_at(fault, QPASI_MSG_RSC_COUNT_RANGE, QPAS_NO_SEGMENT, AT_COUNT,
				      count, bytes.len);
	if (count > limit)
		return qpasi_fault_at(fault, QPASI_MSG_RSC_COUNT_LIMIT, QPAS_NO_SEGMENT, AT_COUNT,
				      count, limit);
	return 0;
}

static int check_header(struct qpas_slice bytes, const struct qpasi_rsc_limits *limits,
			struct table *table, struct qpasi_fault *fault)
{
	uint32_t version = le32_at(bytes, AT_VERSION);

	if (!bytes.ptr || bytes.len == 0)
		return qpasi_fault_set(fault, QPASI_MSG_RSC_EMPTY, QPAS_NO_SEGMENT, 0, 0);
	if (bytes.len < QPASI_RSC_HEADER_BYTES)
		return qpasi_fault_set(fault, QPASI_MSG_RSC_SHORT, QPAS_NO_SEGMENT, bytes.len,
				       QPASI_RSC_HEADER_BYTES);
	if (bytes.len > limits->bytes)
		return qpasi_fault_set(fault, QPASI_MSG_RSC_BYTES_LIMIT, QPAS_NO_SEGMENT, bytes.len,
				       limits->bytes);
	if (version != KNOWN_VERSION)
		return qpasi_fault_set(fault, QPASI_MSG_RSC_VERSION, QPAS_NO_SEGMENT, version, 0);
	for (uint32_t at = AT_RESERVED; at < QPASI_RSC_HEADER_BYTES; at += 4) {
		if (le32_at(bytes, at))
			return qpasi_fault_at(fault, QPASI_MSG_RSC_RESERVED, QPAS_NO_SEGMENT, at,
					      le32_at(bytes, at), 0);
	}
	table->bytes = bytes;
	table->count = le32_at(bytes, AT_COUNT);
	return check_count(bytes, table->count, limits->entries, fault);
}

static uint32_t entry_offset(const struct table *table, uint32_t index)
{
	return le32_at(table->bytes, QPASI_RSC_HEADER_BYTES + (uint64_t)index * sizeof(uint32_t));
}

/* The kernel kept this offset in a signed integer once and read in front of the table. */
static int check_offset(const struct table *table, uint32_t index, struct qpasi_fault *fault)
{
	uint64_t first = QPASI_RSC_HEADER_BYTES + (uint64_t)table->count * sizeof(uint32_t);
	uint32_t offset = entry_offset(table, index);

	if (offset < first || !qpasi_fits(offset, sizeof(uint32_t), table->bytes.len))
		return qpasi_fault_at(fault, QPASI_MSG_RSC_OFFSET_RANGE, index, offset, offset, 0);
	if (offset % sizeof(uint32_t))
		return qpasi_fault_at(fault, QPASI_MSG_RSC_OFFSET_ALIGN, index, offset, offset, 0);
	return 0;
}

/* Copies up to the NUL only: what stands behind it says nothing. */
static void read_name(struct qpasi_cursor *cursor, struct qpas_rsc_entry *entry)
{
	struct qpas_slice name = qpasi_cursor_take(cursor, QPASI_RSC_NAME_BYTES);
	const char *from = name.ptr;
	size_t length = 0;

	while (length < name.len && from[length])
		length++;
	if (length)
		memcpy(entry->name, from, length);
	entry->name_unterminated = name.len && length == name.len;
}

static void read_vring(struct qpasi_cursor *cursor, struct qpas_rsc_vring *vring)
{
	vring->da = qpasi_cursor_le32(cursor);
	vring->align = qpasi_cursor_le32(cursor);
	vring->num = qpasi_cursor_le32(cursor);
	vring->notifyid = qpasi_cursor_le32(cursor);
	vring->pa = qpasi_cursor_le32(cursor);
}

/* The readers return the offset of a reserved word that is not 0, or 0. */
static uint64_t read_reserved(struct qpasi_cursor *cursor)
{
	uint64_t at = cursor->at;

	return qpasi_cursor_le32(cursor) ? at : 0;
}

static uint64_t read_region(struct qpasi_cursor *cursor, struct qpas_rsc_entry *entry)
{
	uint64_t reserved;

	entry->da = qpasi_cursor_le32(cursor);
	entry->pa = qpasi_cursor_le32(cursor);
	entry->len = qpasi_cursor_le32(cursor);
	entry->flags = qpasi_cursor_le32(cursor);
	reserved = read_reserved(cursor);
	read_name(cursor, entry);
	return reserved;
}

static uint64_t read_trace(struct qpasi_cursor *cursor, struct qpas_rsc_entry *entry)
{
	uint64_t reserved;

	entry->da = qpasi_cursor_le32(cursor);
	entry->len = qpasi_cursor_le32(cursor);
	reserved = read_reserved(cursor);
	read_name(cursor, entry);
	return reserved;
}

static uint64_t read_vdev(struct qpasi_cursor *cursor, struct qpas_rsc_entry *entry)
{
	uint64_t at;

	entry->vdev_id = qpasi_cursor_le32(cursor);
	entry->vdev_notifyid = qpasi_cursor_le32(cursor);
	entry->vdev_dfeatures = qpasi_cursor_le32(cursor);
	entry->vdev_gfeatures = qpasi_cursor_le32(cursor);
	entry->vdev_config_len = qpasi_cursor_le32(cursor);
	entry->vdev_status = qpasi_cursor_u8(cursor);
	entry->vrings = qpasi_cursor_u8(cursor);
	at = cursor->at;
	return qpasi_cursor_le16(cursor) ? at : 0;
}

static uint64_t read_fields(struct qpasi_cursor *cursor, struct qpas_rsc_entry *entry)
{
	switch (entry->type) {
	case QPAS_RSC_CARVEOUT:
	case QPAS_RSC_DEVMEM:
		return read_region(cursor, entry);
	case QPAS_RSC_TRACE:
		return read_trace(cursor, entry);
	case QPAS_RSC_VDEV:
		return read_vdev(cursor, entry);
	default:
		return 0;
	}
}

/*
 * How far an entry of unknown type may reach: to the next entry, or to the end of the table. Only
 * its type word is sure to be its own.
 */
static uint32_t unknown_bytes(const struct table *table, uint32_t offset)
{
	uint32_t end = (uint32_t)table->bytes.len;

	for (uint32_t i = 0; i < table->count; i++) {
		uint32_t other = entry_offset(table, i);

		if (other > offset && other < end)
			end = other;
	}
	return end - offset;
}

static int out_of_range(struct qpasi_fault *fault, const struct qpas_rsc_entry *entry,
			uint32_t index, uint64_t needed, uint64_t left)
{
	return qpasi_fault_at(fault, QPASI_MSG_RSC_ENTRY_RANGE, index, entry->offset, needed, left);
}

/*
 * Reads entry `index`, whose offset was checked, and proves that all of it is there: first the
 * fixed part, which says how much follows, then the whole. The sum is made in 64 bits, because the
 * length of a configuration space is any 32-bit number.
 */
static int read_entry(const struct table *table, uint32_t index, struct qpas_rsc_entry *entry,
		      struct qpasi_fault *fault)
{
	struct qpas_rsc_entry made = QPAS_RSC_ENTRY_INIT;
	struct qpasi_cursor cursor = qpasi_cursor_new(table->bytes);
	uint64_t needed, left, reserved;

	made.size = entry->size;
	made.offset = entry_offset(table, index);
	left = table->bytes.len - made.offset;
	qpasi_cursor_seek(&cursor, made.offset);
	made.type = qpasi_cursor_le32(&cursor);
	needed = qpasi_rsc_fixed_bytes(made.type);
	if (needed > left)
		return out_of_range(fault, &made, index, needed, left);
	reserved = read_fields(&cursor, &made);
	if (reserved)
		return qpasi_fault_at(fault, QPASI_MSG_RSC_RESERVED, index, reserved,
				      le32_at(table->bytes, reserved & ~UINT64_C(3)), 0);
	if (made.vrings > QPASI_RSC_MAX_VRINGS)
		return qpasi_fault_at(fault, QPASI_MSG_RSC_VRINGS, index, made.offset, made.vrings,
				      QPASI_RSC_MAX_VRINGS);
	needed = qpasi_rsc_needed_bytes(&made);
	if (needed > left)
		return out_of_range(fault, &made, index, needed, left);
	for (uint32_t i = 0; i < made.vrings; i++)
		read_vring(&cursor, &made.vring[i]);
	made.bytes = (uint32_t)needed;
	*entry = made;
	return 0;
}

/* First round: each entry for itself; their places in the table go to `ranges`. */
static int check_entries(const struct table *table, struct qpasi_rsc_range *ranges,
			 struct qpasi_fault *fault)
{
	struct qpas_rsc_entry entry = QPAS_RSC_ENTRY_INIT;
	int rc = 0;

	for (uint32_t i = 0; i < table->count && !rc; i++) {
		rc = check_offset(table, i, fault);
		if (!rc)
			rc = read_entry(table, i, &entry, fault);
		if (!rc)
			rc = qpasi_rsc_entry_check(&entry, i, fault);
		if (!rc)
			ranges[i] = (struct qpasi_rsc_range){
				entry.offset, (uint64_t)entry.offset + entry.bytes, i, 0};
	}
	return rc;
}

/* Second round: device addresses that the processor's IOMMU would map. */
static uint32_t mapped_ranges(const struct table *table, struct qpasi_rsc_range *ranges)
{
	struct qpas_rsc_entry entry = QPAS_RSC_ENTRY_INIT;
	uint32_t n = 0;

	for (uint32_t i = 0; i < table->count; i++) {
		if (!read_entry(table, i, &entry, NULL) &&
		    qpasi_rsc_entry_mapped(&entry, i, &ranges[n]))
			n++;
	}
	return n;
}

int qpasi_rsc_validate(struct qpas_slice bytes, const struct qpasi_rsc_limits *limits,
		       struct qpasi_rsc_range *scratch, struct qpasi_fault *fault)
{
	struct table table = {{NULL, 0}, 0};
	uint32_t n;
	int rc;

	rc = check_header(bytes, limits, &table, fault);
	if (rc)
		return rc;
	rc = check_entries(&table, scratch, fault);
	if (rc)
		return rc;
	rc = qpasi_rsc_ranges_apart(scratch, table.count, QPASI_MSG_RSC_ENTRY_OVERLAP, fault);
	if (rc)
		return rc;
	n = mapped_ranges(&table, scratch);
	return qpasi_rsc_ranges_apart(scratch, n, QPASI_MSG_RSC_DEVMEM_OVERLAP, fault);
}

uint32_t qpasi_rsc_count(struct qpas_slice bytes)
{
	return le32_at(bytes, AT_COUNT);
}

int qpasi_rsc_entry(struct qpas_slice bytes, uint32_t index, struct qpas_rsc_entry *entry,
		    struct qpasi_fault *fault)
{
	struct table table = {bytes, qpasi_rsc_count(bytes)};
	int rc;

	if (index >= table.count)
		return qpasi_fault_set(fault, QPASI_MSG_INDEX_PAST_END, QPAS_NO_SEGMENT, index,
				       table.count);
	rc = check_offset(&table, index, fault);
	if (!rc)
		rc = read_entry(&table, index, entry, fault);
	if (!rc && !qpasi_rsc_type_known(entry->type))
		entry->bytes = unknown_bytes(&table, entry->offset);
	return rc;
}

size_t qpasi_rsc_used_bytes(struct qpas_slice bytes)
{
	struct table table = {bytes, qpasi_rsc_count(bytes)};
	struct qpas_rsc_entry entry = QPAS_RSC_ENTRY_INIT;
	uint32_t last = 0;

	if (table.count == 0)
		return QPASI_RSC_HEADER_BYTES;
	/* Entries lie apart, so the one that starts last ends last. */
	for (uint32_t i = 1; i < table.count; i++) {
		if (entry_offset(&table, i) > entry_offset(&table, last))
			last = i;
	}
	if (qpasi_rsc_entry(bytes, last, &entry, NULL))
		return bytes.len;
	return (size_t)entry.offset + entry.bytes;
}

int qpasi_rsc_check_carveout(struct qpas_slice bytes, uint64_t da, uint64_t len,
			     struct qpasi_fault *fault)
{
	struct table table = {bytes, qpasi_rsc_count(bytes)};
	struct qpas_rsc_entry entry = QPAS_RSC_ENTRY_INIT;
	struct qpasi_rsc_range range;
	uint64_t end;

	/* A carveout that wraps overlaps all that lies behind its start. */
	if (ckd_add(&end, da, len))
		end = UINT64_MAX;
	for (uint32_t i = 0; i < table.count; i++) {
		int rc = qpasi_rsc_entry(bytes, i, &entry, fault);

		if (rc)
			return rc;
		if (qpasi_rsc_entry_mapped(&entry, i, &range) && range.start < end &&
		    da < range.end)
			return qpasi_fault_at(fault, QPASI_MSG_RSC_CARVEOUT_OVERLAP, i,
					      entry.offset, range.start, da);
	}
	return 0;
}
