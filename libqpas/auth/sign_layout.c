/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Where the parts of a signed file go: two more program headers and a hash segment, everything else
 * as it was, moved back by whole pages where room is needed.
 */
#include "auth/sign.h"

#include "auth/auth.h"
#include "base/ckd.h"
#include "base/cursor.h"
#include "base/mem.h"
#include "base/params.h"
#include "format/plan.h"

/* Signers of v3, v5 and most v6 images put the hash segment second and give it an address. */
#define OLD_STYLE(version) ((version) < 7)
#define FLAGS_PLACEHOLDER  0x07000000u
#define FLAGS_HASH_OLD	   0x02200000u
#define FLAGS_HASH_NEW	   0x02000000u
#define ALIGN_MOST	   UINT64_C(0x100000)
#define SHT_NOBITS	   8u

/* Ranges of the original that the new headers and the new hash segment replace. */
#define DROPPED_RANGES 3u

struct range {
	uint64_t at;
	uint64_t end;
};

static uint32_t type_of(const struct qpasi_phdr *phdr)
{
	return phdr->flags >> QPASI_PF_TYPE_SHIFT & QPASI_PF_TYPE_MASK;
}

static bool is_placeholder(const struct qpasi_elf *elf)
{
	return elf->phdr[0].type != QPASI_PT_LOAD &&
	       type_of(&elf->phdr[0]) == QPASI_PF_TYPE_PLACEHOLDER;
}

/* A header of the original that is not in the result. */
static bool drops(const struct qpasi_sign_request *request, uint32_t index)
{
	return index == request->hash_index || (index == 0 && is_placeholder(request->elf));
}

/* Where a kept header has file data. */
static struct range data_of(const struct qpasi_sign_request *request, uint32_t index)
{
	const struct qpasi_phdr *phdr = &request->elf->phdr[index];
	struct range range = {phdr->offset, phdr->offset};

	if (!drops(request, index))
		range.end += phdr->filesz;
	return range;
}

static void dropped_ranges(const struct qpasi_sign_request *request,
			   struct range ranges[DROPPED_RANGES])
{
	const struct qpasi_elf *elf = request->elf;
	const struct qpasi_phdr *hash = &elf->phdr[0];

	ranges[0].at = 0;
	ranges[0].end = elf->ehdr_size;
	ranges[1].at = elf->phoff;
	ranges[1].end = elf->phoff + (uint64_t)elf->phnum * elf->phentsize;
	if (request->hash_index != QPAS_NO_SEGMENT)
		hash = &elf->phdr[request->hash_index];
	ranges[2].at = hash->offset;
	ranges[2].end = hash->offset;
	if (request->hash_index != QPAS_NO_SEGMENT)
		ranges[2].end += hash->filesz;
}

/* ---- sections: nobody here reads them, and they stay right where they fit the file ---- */

static uint32_t section_size(const struct qpasi_elf *elf)
{
	return elf->class_bits == 64 ? 64 : 40;
}

/* The section header table, empty if there is none or it is nonsense. */
static struct range sections_of(const struct qpasi_sign_request *request)
{
	const struct qpasi_elf *elf = request->elf;
	uint64_t bytes = (uint64_t)elf->shnum * section_size(elf);
	struct range range = {0, 0};

	if (request->drop_uncovered || !elf->shoff || !elf->shnum ||
	    !qpasi_fits(elf->shoff, bytes, request->file.len))
		return range;
	range.at = elf->shoff;
	range.end = elf->shoff + bytes;
	return range;
}

/* Headers that a segment loads are data, and are written once more, as they were. */
static void move_sections(const struct qpasi_sign_request *request, uint64_t shift, uint8_t *to)
{
	bool wide = request->elf->class_bits == 64;
	struct range table = sections_of(request);

	for (uint64_t at = table.at; at < table.end; at += section_size(request->elf)) {
		uint8_t *offset = to + at + shift + (wide ? 24 : 16);
		uint32_t type = qpasi_get_le32(to + at + shift + 4);

		if (!type || type == SHT_NOBITS)
			continue;
		if (wide)
			qpasi_put_le64(offset, qpasi_get_le64(offset) + shift);
		else
			qpasi_put_le32(offset, qpasi_get_le32(offset) + (uint32_t)shift);
	}
}

/* ---- what is kept ---- */

static void widen(struct range *range, struct range by)
{
	if (by.at >= by.end)
		return;
	range->at = by.at < range->at ? by.at : range->at;
	range->end = by.end > range->end ? by.end : range->end;
}

/* Whether somebody wrote something there, other than what is replaced. */
static bool is_used(const struct qpasi_sign_request *request,
		    const struct range dropped[DROPPED_RANGES], uint64_t at)
{
	const uint8_t *byte = request->file.ptr;

	if (!byte[at])
		return false;
	for (uint32_t i = 0; i < DROPPED_RANGES; i++) {
		if (at >= dropped[i].at && at < dropped[i].end)
			return false;
	}
	return true;
}

/* Bytes that no header claims count, too: nothing is lost that somebody wrote. */
static void widen_to_bytes(const struct qpasi_sign_request *request, struct range *range)
{
	struct range dropped[DROPPED_RANGES];
	uint64_t first = 0;
	uint64_t end = request->file.len;

	dropped_ranges(request, dropped);
	while (first < range->at && first < end && !is_used(request, dropped, first))
		first++;
	while (end > range->end && end > first && !is_used(request, dropped, end - 1))
		end--;
	range->at = first < range->at ? first : range->at;
	range->end = end > range->end ? end : range->end;
}

static void find_kept(const struct qpasi_sign_request *request, struct qpasi_sign_layout *layout)
{
	struct range kept = {UINT64_MAX, 0};

	for (uint32_t i = 0; i < request->elf->phnum; i++)
		widen(&kept, data_of(request, i));
	widen(&kept, sections_of(request));
	if (!request->drop_uncovered)
		widen_to_bytes(request, &kept);
	if (kept.at >= kept.end) {
		kept.at = 0;
		kept.end = 0;
	}
	layout->first = kept.at;
	layout->end = kept.end;
}

/* ---- program headers ---- */

static void add_header(const struct qpasi_sign_request *request, struct qpasi_sign_layout *layout,
		       uint32_t from)
{
	struct qpasi_phdr *phdr = &layout->elf.phdr[layout->elf.phnum];

	layout->from[layout->elf.phnum++] = from;
	if (from == QPAS_NO_SEGMENT)
		return;
	*phdr = request->elf->phdr[from];
	if (request->relocatable && qpasi_phdr_is_loadable(phdr))
		phdr->flags |= QPASI_PF_RELOCATABLE;
}

/* Readers take the first header of hash type, so ours comes before any other. */
static bool comes_second(const struct qpasi_sign_request *request)
{
	if (OLD_STYLE(request->version))
		return true;
	for (uint32_t i = 0; i < request->elf->phnum; i++) {
		if (!drops(request, i) && qpasi_phdr_is_hash(&request->elf->phdr[i]))
			return true;
	}
	return false;
}

static int list_headers(const struct qpasi_sign_request *request, struct qpasi_sign_layout *layout,
			struct qpasi_fault *fault)
{
	const struct qpasi_elf *elf = request->elf;
	uint32_t limit = request->env->limits.program_headers;
	bool second = comes_second(request);
	uint32_t count = 2;

	for (uint32_t i = 0; i < elf->phnum; i++)
		count += !drops(request, i);
	if (count > limit)
		return qpasi_fault_set(fault, QPASI_MSG_SIGN_HEADERS, QPAS_NO_SEGMENT, count,
				       limit);
	layout->hash_index = second ? 1 : count - 1;
	add_header(request, layout, QPAS_NO_SEGMENT);
	if (second)
		add_header(request, layout, QPAS_NO_SEGMENT);
	for (uint32_t i = 0; i < elf->phnum; i++) {
		if (!drops(request, i))
			add_header(request, layout, i);
	}
	if (!second)
		add_header(request, layout, QPAS_NO_SEGMENT);
	return 0;
}

/* Offsets keep their place in pages of this size, as loaders of other kinds may want. */
static uint64_t alignment(const struct qpasi_elf *elf)
{
	uint64_t most = QPASI_PAGE_SIZE;

	for (uint32_t i = 0; i < elf->phnum; i++) {
		uint64_t align = elf->phdr[i].align;

		if (elf->phdr[i].type == QPASI_PT_LOAD && align > most && align <= ALIGN_MOST &&
		    (align & (align - 1)) == 0)
			most = align;
	}
	return most;
}

static uint64_t page_up(uint64_t value)
{
	return (value + QPASI_PAGE_SIZE - 1) & ~(QPASI_PAGE_SIZE - 1);
}

/* The first address behind the image; 0 where the class has none. */
static uint64_t end_of_memory(const struct qpasi_elf *elf, uint64_t bytes)
{
	uint64_t highest = 0;
	uint64_t end;

	for (uint32_t i = 0; i < elf->phnum; i++) {
		/* Opening the file has checked that no range of memory wraps. */
		if (qpasi_phdr_is_loadable(&elf->phdr[i]) &&
		    elf->phdr[i].paddr + elf->phdr[i].memsz > highest)
			highest = elf->phdr[i].paddr + elf->phdr[i].memsz;
	}
	if (qpasi_ckd_align_up(&highest, highest, QPASI_PAGE_SIZE) ||
	    qpasi_elf_sum(elf, highest, page_up(bytes), &end))
		return 0;
	return highest;
}

static void set_hash_header(const struct qpasi_sign_request *request,
			    struct qpasi_sign_layout *layout, uint64_t offset)
{
	struct qpasi_phdr *hash = &layout->elf.phdr[layout->hash_index];
	const struct qpasi_mbn_part *filler = &layout->mbn.filler;

	hash->type = QPASI_PT_NULL;
	hash->flags = FLAGS_HASH_NEW;
	hash->offset = offset;
	hash->filesz = filler->offset + filler->length;
	hash->memsz = hash->filesz;
	hash->align = QPASI_PAGE_SIZE;
	if (!OLD_STYLE(request->version))
		return;
	hash->flags = FLAGS_HASH_OLD;
	hash->memsz = page_up(hash->filesz);
	hash->paddr = end_of_memory(request->elf, hash->filesz);
	hash->vaddr = hash->paddr;
}

/* Sums stay below a few GiB: the file, one MiB of alignment and one hash segment. */
static void place(const struct qpasi_sign_request *request, struct qpasi_sign_layout *layout)
{
	struct qpasi_elf *elf = &layout->elf;
	uint64_t bytes = layout->mbn.filler.offset + (uint64_t)layout->mbn.filler.length;
	uint64_t headers = qpasi_elf_headers_size(elf);
	uint64_t front = headers;
	uint64_t hash = page_up(headers);

	if (OLD_STYLE(request->version))
		front = hash + bytes;
	layout->shift = 0;
	if (layout->end && front > layout->first)
		(void)qpasi_ckd_align_up(&layout->shift, front - layout->first,
					 alignment(request->elf));
	layout->size = layout->end + layout->shift;
	layout->size = layout->size > front ? layout->size : front;
	if (!OLD_STYLE(request->version)) {
		hash = page_up(layout->size);
		layout->size = hash + bytes;
	}
	elf->phdr[0].flags = FLAGS_PLACEHOLDER;
	elf->phdr[0].filesz = headers;
	set_hash_header(request, layout, hash);
	for (uint32_t i = 0; i < elf->phnum; i++) {
		if (layout->from[i] != QPAS_NO_SEGMENT && elf->phdr[i].filesz)
			elf->phdr[i].offset += layout->shift;
	}
}

static int check_size(const struct qpasi_sign_request *request,
		      const struct qpasi_sign_layout *layout, struct qpasi_fault *fault)
{
	uint64_t limit = request->env->limits.file_bytes;

	if (layout->size > limit)
		return qpasi_fault_set(fault, QPASI_MSG_SIGN_SIZE_LIMIT, QPAS_NO_SEGMENT,
				       layout->size, limit);
	return 0;
}

int qpasi_sign_lay_out(const struct qpasi_sign_request *request, struct qpasi_sign_layout *layout,
		       struct qpasi_fault *fault)
{
	int result;

	memset(layout, 0, sizeof(*layout));
	layout->elf.class_bits = request->elf->class_bits;
	layout->elf.ehdr_size = request->elf->ehdr_size;
	layout->elf.ehsize = request->elf->ehdr_size;
	layout->elf.phentsize = request->elf->phentsize;
	layout->elf.phoff = request->elf->ehdr_size;
	layout->elf.entry = request->elf->entry;
	layout->elf.machine = request->elf->machine;
	if (request->hash_index != QPAS_NO_SEGMENT && !request->again)
		return qpasi_fault_set(fault, QPASI_MSG_SIGN_PRESENT, request->hash_index, 0, 0);
	result = list_headers(request, layout, fault);
	if (!result)
		result = qpasi_sign_size_segment(request, layout->elf.phnum, layout, fault);
	if (result)
		return result;
	find_kept(request, layout);
	place(request, layout);
	return check_size(request, layout, fault);
}

/* ---- writing ---- */

static void put_word(uint8_t **at, bool wide, uint64_t value)
{
	if (wide)
		qpasi_put_le64(*at, value);
	else
		qpasi_put_le32(*at, (uint32_t)value);
	*at += wide ? 8 : 4;
}

static void write_phdr(const struct qpasi_phdr *phdr, bool wide, uint8_t *at)
{
	qpasi_put_le32(at, phdr->type);
	at += 4;
	if (wide) {
		qpasi_put_le32(at, phdr->flags);
		at += 4;
	}
	put_word(&at, wide, phdr->offset);
	put_word(&at, wide, phdr->vaddr);
	put_word(&at, wide, phdr->paddr);
	put_word(&at, wide, phdr->filesz);
	put_word(&at, wide, phdr->memsz);
	if (!wide)
		put_word(&at, false, phdr->flags);
	put_word(&at, wide, phdr->align);
}

/* e_phoff, e_shoff and the counts change; identification, type, machine, entry and flags stay. */
static void write_headers(const struct qpasi_sign_request *request,
			  const struct qpasi_sign_layout *layout, uint8_t *to)
{
	const struct qpasi_elf *elf = &layout->elf;
	bool wide = elf->class_bits == 64;
	struct range sections = sections_of(request);
	uint8_t *at = to + (wide ? 32 : 28);
	uint8_t *counts = to + (wide ? 52 : 40);

	memcpy(to, request->file.ptr, elf->ehdr_size);
	put_word(&at, wide, elf->phoff);
	put_word(&at, wide, sections.end ? sections.at + layout->shift : 0);
	qpasi_put_le16(counts, (uint16_t)elf->ehsize);
	qpasi_put_le16(counts + 4, (uint16_t)elf->phnum);
	if (!sections.end)
		memset(counts + 6, 0, 6);
	for (uint32_t i = 0; i < elf->phnum; i++)
		write_phdr(&elf->phdr[i], wide, to + elf->phoff + (size_t)i * elf->phentsize);
}

/* The dropped ranges end up empty, except where a segment covers them, too. */
static void copy_rest(const struct qpasi_sign_request *request,
		      const struct qpasi_sign_layout *layout, uint8_t *to)
{
	const uint8_t *file = request->file.ptr;
	struct range dropped[DROPPED_RANGES];

	memcpy(to + layout->first + layout->shift, file + layout->first,
	       (size_t)(layout->end - layout->first));
	dropped_ranges(request, dropped);
	for (uint32_t i = 0; i < DROPPED_RANGES; i++) {
		uint64_t at = dropped[i].at > layout->first ? dropped[i].at : layout->first;
		uint64_t end = dropped[i].end < layout->end ? dropped[i].end : layout->end;

		if (at < end)
			memset(to + at + layout->shift, 0, (size_t)(end - at));
	}
	move_sections(request, layout->shift, to);
}

void qpasi_sign_write_file(const struct qpasi_sign_request *request,
			   const struct qpasi_sign_layout *layout, uint8_t *to)
{
	const uint8_t *file = request->file.ptr;

	if (!request->drop_uncovered && layout->end)
		copy_rest(request, layout, to);
	for (uint32_t i = 0; i < request->elf->phnum; i++) {
		struct range data = data_of(request, i);

		if (data.at < data.end)
			memcpy(to + data.at + layout->shift, file + data.at,
			       (size_t)(data.end - data.at));
	}
	write_headers(request, layout, to);
}
