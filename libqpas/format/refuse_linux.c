/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What Linux's image loader refuses, over the bytes of the file as that loader reads them: 32-bit
 * little-endian headers whatever the class, and sums that wrap at 32 bits.
 */
#include "format/refuse.h"

#include "base/ckd.h"
#include "base/cursor.h"
#include "base/fault.h"
#include "base/mem.h"

#define EHDR_BYTES 52u
#define PHDR_BYTES 32u
#define SHDR_BYTES 40u
#define CLASS_AT   4u
#define CLASS64	   2u

/* Linux errno values, which are not those of every host. */
#define LINUX_ENOENT 2
#define LINUX_ENOMEM 12
#define LINUX_EINVAL 22
#define LINUX_EFBIG  27

/* Largest kmalloc() with pages of 4 KiB (include/linux/slab.h, KMALLOC_MAX_SIZE). */
#define KMALLOC_MAX (UINT64_C(4) << 20)
/* "b%02d" in the place of three letters. */
#define PART_NAMES 100u

/* The ELF header's fields that the loader looks at. */
struct header {
	uint64_t phoff;
	uint64_t shoff;
	uint32_t phentsize;
	uint32_t phnum;
	uint32_t shentsize;
	uint32_t shnum;
};

struct segment {
	uint32_t type;
	uint32_t offset;
	uint32_t paddr;
	uint32_t filesz;
	uint32_t memsz;
	uint32_t flags;
};

/* How the loader came to look for parts. */
enum split { WHOLE, SPLIT, SPLIT_BY_EMPTY };

struct reading {
	const struct qpasi_refuse_linux *in;
	struct qpasi_refusals *out;
	struct header header;
	/* Where the loader thinks that the program headers stand. */
	uint64_t table;
	enum split split;
	/* End that the file would need for no header without data to lie beyond it. */
	uint64_t empty_tail;
	bool relocatable;
	uint32_t lowest;
	/* A part is missing: it is not asked for others, as the loader would not. */
	bool parts_end;
	/* The loader has left the file: what it finds there nobody knows. */
	bool lost;
};

static struct qpasi_refusal refusal(uint32_t rule, int32_t status, uint32_t segment)
{
	struct qpasi_refusal fresh = {rule, status, segment, 1, 0, 0, 0, NULL};

	return fresh;
}

static void add(const struct reading *reading, struct qpasi_refusal entry, uint64_t offset,
		uint64_t a, uint64_t b)
{
	entry.offset = offset;
	entry.a = a;
	entry.b = b;
	entry.s = reading->in->name;
	qpasi_refusals_add(reading->out, &entry);
}

static void refuse(const struct reading *reading, uint32_t rule, uint64_t offset, uint64_t a,
		   uint64_t b)
{
	add(reading, refusal(rule, -LINUX_EINVAL, QPAS_NO_SEGMENT), offset, a, b);
}

static void refuse_segment(const struct reading *reading, uint32_t rule, uint32_t index, uint64_t a,
			   uint64_t b)
{
	add(reading, refusal(rule, -LINUX_EINVAL, index), 0, a, b);
}

/* ---- the ELF header ---- */

static void read_header(struct reading *reading)
{
	struct qpasi_cursor cursor = qpasi_cursor_new(reading->in->file);

	qpasi_cursor_skip(&cursor, 28);
	reading->header.phoff = qpasi_cursor_le32(&cursor);
	reading->header.shoff = qpasi_cursor_le32(&cursor);
	qpasi_cursor_skip(&cursor, 6);
	reading->header.phentsize = qpasi_cursor_le16(&cursor);
	reading->header.phnum = qpasi_cursor_le16(&cursor);
	reading->header.shentsize = qpasi_cursor_le16(&cursor);
	reading->header.shnum = qpasi_cursor_le16(&cursor);
	reading->table = reading->in->loader.uses_phoff ? reading->header.phoff : EHDR_BYTES;
}

/* Image by its first bytes; nothing of a file that fails here can be judged further. */
static bool check_ident(struct reading *reading)
{
	static const uint8_t magic[4] = {0x7f, 'E', 'L', 'F'};
	const uint8_t *byte = reading->in->file.ptr;
	size_t size = reading->in->file.len;

	if (size < EHDR_BYTES) {
		refuse(reading, QPASI_MSG_LINUX_SHORT, size, size, EHDR_BYTES);
		return false;
	}
	if (memcmp(byte, magic, sizeof(magic)) != 0) {
		refuse(reading, QPASI_MSG_LINUX_MAGIC, 0, 0, 0);
		return false;
	}
	read_header(reading);
	if (reading->header.phentsize != PHDR_BYTES) {
		refuse(reading,
		       byte[CLASS_AT] == CLASS64 ? QPASI_MSG_LINUX_ELF64 :
						   QPASI_MSG_LINUX_PHENTSIZE,
		       42, reading->header.phentsize, PHDR_BYTES);
		return false;
	}
	return true;
}

static bool check_tables(struct reading *reading)
{
	const struct header *header = &reading->header;
	uint64_t size = reading->in->file.len;
	uint64_t headers = (uint64_t)header->phnum * PHDR_BYTES;

	if (header->phoff + headers > size) {
		refuse(reading, QPASI_MSG_LINUX_TABLE, header->phoff, header->phnum, size);
		return false;
	}
	if ((header->shentsize || header->shnum) && header->shentsize != SHDR_BYTES) {
		refuse(reading, QPASI_MSG_LINUX_SHENTSIZE, 46, header->shentsize, SHDR_BYTES);
		return false;
	}
	if (header->shentsize && header->shoff + (uint64_t)header->shnum * SHDR_BYTES > size) {
		refuse(reading, QPASI_MSG_LINUX_SECTIONS, header->shoff, header->shnum, size);
		return false;
	}
	return true;
}

/* ---- program headers ---- */

static void read_segment(const struct reading *reading, uint32_t index, struct segment *segment)
{
	struct qpasi_cursor cursor = qpasi_cursor_new(reading->in->file);

	qpasi_cursor_seek(&cursor, reading->table + (uint64_t)index * PHDR_BYTES);
	segment->type = qpasi_cursor_le32(&cursor);
	segment->offset = qpasi_cursor_le32(&cursor);
	qpasi_cursor_skip(&cursor, 4);
	segment->paddr = qpasi_cursor_le32(&cursor);
	segment->filesz = qpasi_cursor_le32(&cursor);
	segment->memsz = qpasi_cursor_le32(&cursor);
	segment->flags = qpasi_cursor_le32(&cursor);
}

/*
 * Whether the first bytes of a header are in the file. The loader of 6.1 checks a table at e_phoff and
 * reads another one; what it touches beyond the file depends on what it finds.
 */
static bool reaches(struct reading *reading, uint32_t index, uint32_t bytes)
{
	if (reading->table + (uint64_t)index * PHDR_BYTES + bytes <= reading->in->file.len)
		return true;
	if (!reading->lost)
		add(reading, refusal(QPASI_MSG_LINUX_HEADERS_WILD, 0, QPAS_NO_SEGMENT),
		    reading->table, reading->header.phnum, reading->in->file.len);
	reading->lost = true;
	return false;
}

/* p_type of each, and p_flags of those that are to be loaded. */
static bool reaches_types(struct reading *reading)
{
	struct segment segment;

	for (uint32_t i = 0; i < reading->header.phnum; i++) {
		if (!reaches(reading, i, 4))
			return false;
		read_segment(reading, i, &segment);
		if (segment.type == QPASI_PT_LOAD && !reaches(reading, i, 28))
			return false;
	}
	return true;
}

static bool is_hash(const struct segment *segment)
{
	return (segment->flags >> QPASI_PF_TYPE_SHIFT & QPASI_PF_TYPE_MASK) == QPASI_PF_TYPE_HASH;
}

static bool is_loadable(const struct segment *segment)
{
	return segment->type == QPASI_PT_LOAD && !is_hash(segment) && segment->memsz;
}

/* The loader adds offsets and sizes in the width of the 32-bit header. */
static uint32_t wrapped_end(const struct segment *segment)
{
	return segment->offset + segment->filesz;
}

static bool lies_beyond(const struct reading *reading, const struct segment *segment)
{
	uint64_t size = reading->in->file.len;

	return segment->offset > size || wrapped_end(segment) > size;
}

/* p_offset and p_filesz of each, up to the header that makes the image a split one. */
static bool reaches_sizes(struct reading *reading)
{
	struct segment segment;

	for (uint32_t i = 0; i < reading->header.phnum; i++) {
		if (!reaches(reading, i, 20))
			return false;
		read_segment(reading, i, &segment);
		if (lies_beyond(reading, &segment))
			break;
	}
	return true;
}

static void split_by_empty(struct reading *reading, uint32_t offset)
{
	if (reading->split == WHOLE)
		reading->split = SPLIT_BY_EMPTY;
	if (offset > reading->empty_tail)
		reading->empty_tail = offset;
}

/* One look over all headers: lowest address, relocatable or not, split or not. */
static void survey(struct reading *reading)
{
	struct segment segment;

	reading->lowest = UINT32_MAX;
	for (uint32_t i = 0; i < reading->header.phnum; i++) {
		read_segment(reading, i, &segment);
		if (lies_beyond(reading, &segment)) {
			if (segment.filesz)
				reading->split = SPLIT;
			else if (reading->in->loader.empty_splits)
				split_by_empty(reading, segment.offset);
		}
		if (!is_loadable(&segment))
			continue;
		if (segment.flags & QPASI_PF_RELOCATABLE)
			reading->relocatable = true;
		if (segment.paddr < reading->lowest)
			reading->lowest = segment.paddr;
	}
}

/* ---- parts ---- */

static size_t name_length(const char *name)
{
	size_t length = 0;

	while (name[length])
		length++;
	return length;
}

/* An image that never had parts has lost its end; the loader cannot tell, a name can. */
static bool named_mdt(const char *name)
{
	size_t length = name ? name_length(name) : 0;

	return length >= 4 && memcmp(name + length - 4, ".mdt", 4) == 0;
}

static void part_missing(struct reading *reading, uint32_t index, const struct segment *segment)
{
	uint32_t rule = QPASI_MSG_LINUX_TRUNCATED;
	uint64_t offset = segment->offset;

	if (reading->split == SPLIT_BY_EMPTY) {
		rule = QPASI_MSG_LINUX_EMPTY_TAIL;
		offset = reading->empty_tail;
	} else if (named_mdt(reading->in->name)) {
		rule = QPASI_MSG_LINUX_PART_MISSING;
	}
	add(reading, refusal(rule, -LINUX_ENOENT, index), offset, segment->filesz,
	    reading->in->file.len);
	reading->parts_end = true;
}

/* Data of a header from NAME.bNN. */
static void check_part(struct reading *reading, uint32_t index, const struct segment *segment)
{
	const char *name = reading->in->name;
	uint64_t bytes = 0;

	if (reading->parts_end)
		return;
	if (name && name_length(name) < 4) {
		refuse_segment(reading, QPASI_MSG_LINUX_NAME_SHORT, index, name_length(name), 4);
		reading->parts_end = true;
	} else if (index >= PART_NAMES) {
		add(reading, refusal(QPASI_MSG_LINUX_PART_NAME, 0, index), segment->offset, index,
		    0);
		reading->parts_end = true;
	} else if (!reading->in->part || !reading->in->part(reading->in->user, index, &bytes)) {
		part_missing(reading, index, segment);
	} else if (bytes != segment->filesz) {
		add(reading,
		    refusal(QPASI_MSG_LINUX_PART_LENGTH,
			    bytes > segment->filesz ? -LINUX_EFBIG : -LINUX_EINVAL, index),
		    segment->offset, bytes, segment->filesz);
	}
}

/* ---- metadata: what INIT_IMAGE is given ---- */

static uint32_t find_hash(struct reading *reading, struct segment *hash)
{
	for (uint32_t i = 1; i < reading->header.phnum; i++) {
		if (!reaches(reading, i, 28))
			return 0;
		read_segment(reading, i, hash);
		if (is_hash(hash))
			return i;
	}
	return 0;
}

static void check_blob(struct reading *reading, const struct segment *first, uint32_t index,
		       const struct segment *hash)
{
	uint64_t file = reading->in->file.len;
	uint64_t blob = (uint64_t)first->filesz + hash->filesz;

	if (blob > KMALLOC_MAX) {
		add(reading, refusal(QPASI_MSG_LINUX_METADATA_LARGE, -LINUX_ENOMEM, index), 0, blob,
		    KMALLOC_MAX);
		return;
	}
	if (first->filesz > file)
		add(reading, refusal(QPASI_MSG_LINUX_METADATA_WILD, 0, 0), 0, first->filesz, file);
	else if (blob != file && (uint64_t)hash->offset + hash->filesz > file)
		check_part(reading, index, hash);
}

static void check_metadata(struct reading *reading)
{
	struct segment first;
	struct segment hash;
	uint32_t index;

	if (reading->header.phnum < 2) {
		refuse(reading, QPASI_MSG_LINUX_FEW_HEADERS, 44, reading->header.phnum, 2);
		return;
	}
	read_segment(reading, 0, &first);
	if (first.type == QPASI_PT_LOAD)
		refuse_segment(reading, QPASI_MSG_LINUX_FIRST_LOAD, 0, 0, 0);
	index = find_hash(reading, &hash);
	if (reading->lost)
		return;
	if (!index)
		refuse(reading, QPASI_MSG_LINUX_NO_HASH, reading->table, reading->header.phnum, 0);
	else
		check_blob(reading, &first, index, &hash);
}

/* ---- loading ---- */

static void check_data(struct reading *reading, uint32_t index, const struct segment *segment)
{
	uint64_t end = (uint64_t)segment->offset + segment->filesz;

	if (!segment->filesz)
		return;
	if (reading->split != WHOLE)
		check_part(reading, index, segment);
	else if (end > reading->in->file.len)
		add(reading, refusal(QPASI_MSG_LINUX_SEGMENT_WILD, 0, index), segment->offset, end,
		    reading->in->file.len);
}

static void check_segment(struct reading *reading, uint32_t index, uint64_t base)
{
	const struct qpasi_refuse_linux *in = reading->in;
	struct segment segment;

	read_segment(reading, index, &segment);
	if (!is_loadable(&segment))
		return;
	if (in->size && (segment.paddr < base || segment.paddr - base > in->size ||
			 segment.memsz > in->size - (segment.paddr - base)))
		refuse_segment(reading, QPASI_MSG_LINUX_OUTSIDE, index,
			       (uint64_t)segment.paddr + segment.memsz, in->size);
	else if (segment.filesz > segment.memsz)
		refuse_segment(reading, QPASI_MSG_LINUX_FILESZ, index, segment.filesz,
			       segment.memsz);
	else
		check_data(reading, index, &segment);
}

static void check_load(struct reading *reading)
{
	uint64_t base = reading->in->size ? reading->in->base : reading->lowest;

	if (reading->relocatable && !reading->in->size)
		base = 1;
	/* No region starts at 0: the loader takes that for "no region". */
	if (base == 0)
		refuse(reading, QPASI_MSG_LINUX_BASE_ZERO, 0, reading->lowest, 0);
	if (reading->relocatable || !reading->in->size)
		base = reading->lowest;
	for (uint32_t i = 0; i < reading->header.phnum; i++)
		check_segment(reading, i, base);
}

/* ---- span: qcom_mdt_get_size() ---- */

static void check_span(struct reading *reading)
{
	uint32_t top = 0;
	struct segment segment;

	/* The last end above all before it counts, and ends wrap as the loader's do. */
	for (uint32_t i = 0; i < reading->header.phnum; i++) {
		uint32_t end;

		read_segment(reading, i, &segment);
		end = segment.paddr + segment.memsz;
		if (is_loadable(&segment) && end > top)
			top = (end + 4095u) & ~UINT32_C(4095);
	}
	if (top <= reading->lowest)
		refuse(reading, QPASI_MSG_LINUX_NOTHING, 0, reading->lowest, top);
	else if (reading->in->size && top - reading->lowest > reading->in->size)
		refuse(reading, QPASI_MSG_LINUX_SPAN, 0, top - reading->lowest, reading->in->size);
}

void qpasi_refuse_linux(const struct qpasi_refuse_linux *in, struct qpasi_refusals *refusals)
{
	struct reading reading = {.in = in, .out = refusals, .split = WHOLE};

	if (!check_ident(&reading) || !check_tables(&reading) || !reaches_types(&reading))
		return;
	survey(&reading);
	if (in->asks_size)
		check_span(&reading);
	check_metadata(&reading);
	if (!reading.lost && reaches_sizes(&reading))
		check_load(&reading);
}
