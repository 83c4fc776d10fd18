/* SPDX-License-Identifier: BSD-3-Clause */
/* Lays an image out, changes bytes, and compares what is said with what has to be said. */
#define _GNU_SOURCE
#include "coverage.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "finding.h"
#include "support/must.h"

/* What a report can name. */
#define REFUSED	   (1u << 0) /* the headers make no image */
#define FORMAT	   (1u << 1) /* a rule of the hash segment's format */
#define HEADERS	   (1u << 2) /* entry 0 */
#define ENTRY	   (1u << 3) /* an entry of the digest table */
#define OEM	   (1u << 4) /* the OEM's signature */
#define OEM_CHAIN  (1u << 5)
#define QTI	   (1u << 6)
#define QTI_CHAIN  (1u << 7)
#define UNSIGNED   (1u << 8) /* another image altogether */
#define UNCOVERED  (1u << 9) /* a remark that was not there before */
#define NAMES	   10
#define ANY	   (UNCOVERED - 1u)
#define NO_ENTRY   UINT32_MAX
#define REGIONS	   1024
#define TEXT_BYTES 2048

static const char *const names[NAMES] = {
	"ELF headers refused", "format",	"headers",   "digest",	 "OEM signature",
	"OEM chain",	       "QTI signature", "QTI chain", "unsigned", "uncovered",
};

/* A part: what has to be named, and what else may be. */
struct region {
	const char *kind;
	size_t at;
	size_t length;
	uint32_t must;
	uint32_t may;
	/* Program header that a wrong digest has to name, or NO_ENTRY. */
	uint32_t entry;
	/* Words of the text, or "". */
	char says[48];
};

struct layout {
	uint8_t *bytes;
	size_t size;
	unsigned int most;
	bool wide;
	uint32_t phnum;
	/* Signature and chain bits of the signers that are there. */
	uint32_t signers;
	/* Offset in the file, and the words of the clean report's remarks. */
	size_t hash;
	size_t hash_length;
	struct region regions[REGIONS];
	size_t count;
	char remarks[TEXT_BYTES];
};

/* ---- layout ---- */

static uint64_t number(const struct layout *layout, size_t at, size_t width)
{
	uint64_t value = 0;

	test_must(at + width <= layout->size, "a field inside of the file");
	while (width--)
		value = value << 8 | layout->bytes[at + width];
	return value;
}

static struct region *add(struct layout *layout, const char *kind, size_t at, size_t length,
			  uint32_t must)
{
	struct region *region = &layout->regions[layout->count];

	test_must(layout->count + 1 < REGIONS && at + length <= layout->size, kind);
	memset(region, 0, sizeof(*region));
	region->kind = kind;
	region->at = at;
	region->length = length;
	region->must = must;
	region->entry = NO_ENTRY;
	layout->count += length ? 1 : 0;
	return region;
}

struct phdr {
	uint32_t type;
	uint32_t flags;
	size_t offset;
	size_t filesz;
	size_t at;
};

static struct phdr header_of(const struct layout *layout, uint32_t index)
{
	struct phdr phdr;

	phdr.at = layout->wide ? 64 + 56 * (size_t)index : 52 + 32 * (size_t)index;
	phdr.type = (uint32_t)number(layout, phdr.at, 4);
	phdr.flags = (uint32_t)number(layout, phdr.at + (layout->wide ? 4 : 24), 4);
	phdr.offset = (size_t)(layout->wide ? number(layout, phdr.at + 8, 8) :
					      number(layout, phdr.at + 4, 4));
	phdr.filesz = (size_t)(layout->wide ? number(layout, phdr.at + 32, 8) :
					      number(layout, phdr.at + 16, 4));
	return phdr;
}

static bool is_hash(const struct phdr *phdr)
{
	return (phdr->flags >> 24 & 7) == 2;
}

/* Words that place something may make another image of it; the others are judged by entry 0 alone. */
static void add_elf_header(struct layout *layout)
{
	bool wide = layout->wide;

	add(layout, "ELF header: identity", 0, 7, 0)->may = ANY;
	add(layout, "ELF header: type, machine, entry", 7, wide ? 0x20 - 7 : 0x1c - 7, HEADERS);
	add(layout, "ELF header: place of headers", wide ? 0x20 : 0x1c, wide ? 8 : 4, 0)->may = ANY;
	add(layout, "ELF header: sections, flags", wide ? 0x28 : 0x20, wide ? 12 : 8, HEADERS);
	add(layout, "ELF header: sizes", wide ? 0x34 : 0x28, 6, 0)->may = ANY;
	add(layout, "ELF header: section sizes", wide ? 0x3a : 0x2e, 6, HEADERS);
}

/* Virtual address and alignment are of no use to a loader. */
static void add_program_headers(struct layout *layout)
{
	for (uint32_t i = 0; i < layout->phnum; i++) {
		size_t at = header_of(layout, i).at;
		bool wide = layout->wide;

		add(layout, "program header: p_vaddr", at + (wide ? 16 : 8), wide ? 8 : 4, HEADERS);
		add(layout, "program header: p_align", at + (wide ? 48 : 28), wide ? 8 : 4,
		    HEADERS);
		add(layout, "program header: type, flags", at, wide ? 8 : 4, 0)->may = ANY;
		if (!wide)
			add(layout, "program header: type, flags", at + 24, 4, 0)->may = ANY;
		add(layout, "program header: offset, address", at + (wide ? 8 : 4), wide ? 8 : 4, 0)
			->may = ANY;
		add(layout, "program header: offset, address", at + (wide ? 24 : 12), wide ? 8 : 4,
		    0)
			->may = ANY;
		add(layout, "program header: sizes", at + (wide ? 32 : 16), wide ? 16 : 8, 0)->may =
			ANY;
	}
}

/* Header words that place nothing, for each version; all others are sizes or the version. */
static bool is_free_word(uint32_t version, uint32_t at)
{
	switch (at) {
	case 0x00:
		return true;
	case 0x08:
	case 0x0c:
		return version == 3;
	case 0x10:
	case 0x18:
	case 0x20:
		return version <= 6;
	default:
		return false;
	}
}

struct sizes {
	size_t head, common, qti_metadata, oem_metadata, table;
	size_t qti_signature, qti_chain, oem_signature, oem_chain;
};

static struct sizes read_sizes(const struct layout *layout, uint32_t version)
{
	struct sizes sizes = {version == 6 ? 48 : version == 8 ? 56 : 40, 0, 0, 0, 0, 0, 0, 0, 0};
	size_t base = layout->hash;
	size_t qti = version == 7 ? 0x18 : 0x08;
	size_t oem = version == 7 ? 0x20 : version == 8 ? 0x28 : 0x1c;

	if (version >= 7) {
		sizes.common = (size_t)number(layout, base + 0x08, 4);
		sizes.qti_metadata = (size_t)number(layout, base + 0x0c, 4);
		sizes.oem_metadata = (size_t)number(layout, base + 0x10, 4);
	} else if (version == 6) {
		sizes.qti_metadata = (size_t)number(layout, base + 0x28, 4);
		sizes.oem_metadata = (size_t)number(layout, base + 0x2c, 4);
	}
	sizes.table = (size_t)number(layout, base + 0x14, 4);
	if (version >= 5 && version <= 7) {
		sizes.qti_signature = (size_t)number(layout, base + qti, 4);
		sizes.qti_chain = (size_t)number(layout, base + qti + 4, 4);
	}
	sizes.oem_signature = (size_t)number(layout, base + oem, 4);
	/* In v3, v5 and v6 another word stands between the two. */
	sizes.oem_chain = (size_t)number(layout, base + oem + (version >= 7 ? 4 : 8), 4);
	return sizes;
}

static void add_words(struct layout *layout, uint32_t version, const struct sizes *sizes)
{
	uint32_t signatures = layout->signers & (OEM | QTI);

	for (uint32_t at = 0; at < sizes->head; at += 4) {
		bool is_free = is_free_word(version, at);

		add(layout, is_free ? "hash segment: words without use" : "hash segment: sizes",
		    layout->hash + at, 4, is_free ? signatures : 0)
			->may = is_free ? 0 : ANY;
	}
	if (!sizes->common)
		return;
	add(layout, "common metadata", layout->hash + sizes->head, 16, signatures);
	add(layout, "common metadata: algorithm", layout->hash + sizes->head + 16, 4, 0)->may = ANY;
	add(layout, "common metadata", layout->hash + sizes->head + 20, 4, signatures);
}

/* Each signer covers its own block; one who has not signed covers nothing. */
static size_t add_metadata(struct layout *layout, const struct sizes *sizes)
{
	size_t at = layout->hash + sizes->head + sizes->common;
	uint32_t qti = layout->signers & QTI;
	uint32_t oem = layout->signers & OEM;

	add(layout, "QTI metadata", at, sizes->qti_metadata, qti ? qti : UNCOVERED);
	at += sizes->qti_metadata;
	add(layout, "OEM metadata", at, sizes->oem_metadata, oem ? oem : UNCOVERED);
	return at + sizes->oem_metadata;
}

static void add_table(struct layout *layout, size_t at, size_t length)
{
	size_t entry = length / layout->phnum;

	for (uint32_t i = 0; i < layout->phnum; i++) {
		uint32_t digest = i ? ENTRY : HEADERS;
		struct region *region = add(layout, "digest table", at + entry * i, entry,
					    digest | (layout->signers & (OEM | QTI)));

		region->entry = i ? i : NO_ENTRY;
	}
}

/* Certificates of one slot, and what stands behind the last. */
static void add_chain(struct layout *layout, size_t at, size_t length, uint32_t signature)
{
	uint32_t chain = signature << 1;
	size_t end = at + length;
	bool oem = signature == OEM;
	struct region *filler;

	for (unsigned int i = 0; at < end && layout->bytes[at] == 0x30; i++) {
		size_t size = 4 + (size_t)(layout->bytes[at + 2] << 8 | layout->bytes[at + 3]);
		struct region *region;

		test_must(layout->bytes[at + 1] == 0x82 && at + size <= end, "a certificate");
		region = add(layout, oem ? "OEM certificate" : "QTI certificate", at, size, chain);
		/* Without a chain that can be read there is no key for the signature. */
		region->may = signature;
		/* The end of a certificate is the signature of the one above. */
		region = add(layout,
			     oem ? "OEM certificate: signature" : "QTI certificate: signature",
			     at + size - 8, 8, chain);
		(void)snprintf(region->says, sizeof(region->says), "certificate %u is not signed",
			       i);
		at += size;
	}
	filler = add(layout, "filler of a chain", at, end - at, chain);
	filler->may = signature;
	(void)snprintf(filler->says, sizeof(filler->says), "other than 0xff");
}

static void add_hash_segment(struct layout *layout)
{
	uint32_t version = (uint32_t)number(layout, layout->hash + 4, 4);
	struct sizes sizes = read_sizes(layout, version);
	size_t at;

	add_words(layout, version, &sizes);
	at = add_metadata(layout, &sizes);
	add_table(layout, at, sizes.table);
	at += sizes.table;
	add(layout, "QTI signature", at, sizes.qti_signature, QTI);
	at += sizes.qti_signature;
	add_chain(layout, at, sizes.qti_chain, QTI);
	at += sizes.qti_chain;
	add(layout, "OEM signature", at, sizes.oem_signature, OEM);
	at += sizes.oem_signature;
	add_chain(layout, at, sizes.oem_chain, OEM);
	at += sizes.oem_chain;
	add(layout, "filler of the hash segment", at, layout->hash + layout->hash_length - at,
	    FORMAT);
}

/* Data of every header that is not of hash type, loaded or not. */
static void add_segments(struct layout *layout)
{
	for (uint32_t i = 1; i < layout->phnum; i++) {
		struct phdr phdr = header_of(layout, i);

		if (!is_hash(&phdr))
			add(layout, "data of a segment", phdr.offset, phdr.filesz, ENTRY)->entry =
				i;
	}
}

static bool is_claimed(const struct layout *layout, size_t at)
{
	for (uint32_t i = 0; i < layout->phnum; i++) {
		struct phdr phdr = header_of(layout, i);

		if (at >= phdr.offset && at - phdr.offset < phdr.filesz)
			return true;
	}
	return false;
}

/* First byte behind `at` where a range of some header begins, or the end of the file. */
static size_t next_claimed(const struct layout *layout, size_t at)
{
	size_t next = layout->size;

	for (uint32_t i = 0; i < layout->phnum; i++) {
		struct phdr phdr = header_of(layout, i);

		if (phdr.filesz && phdr.offset > at && phdr.offset < next)
			next = phdr.offset;
	}
	return next;
}

static void add_gaps(struct layout *layout)
{
	size_t at = 0;

	while (at < layout->size) {
		size_t end = next_claimed(layout, at);

		/* Ends of ranges are looked for byte by byte; starts are known. */
		while (at < end && is_claimed(layout, at))
			at++;
		add(layout, end == layout->size ? "behind the last segment" : "between segments",
		    at, end - at, UNCOVERED);
		at = end;
	}
}

static void lay_out(struct layout *layout, const struct finding *finding)
{
	layout->wide = layout->bytes[4] == 2;
	layout->phnum = (uint32_t)number(layout, layout->wide ? 56 : 44, 2);
	for (uint32_t i = 0; i < finding->summary.signatures; i++)
		layout->signers |= finding->signature[i].signer == QPAS_AUTH_SIGNER_OEM ?
					   OEM | OEM_CHAIN :
					   QTI | QTI_CHAIN;
	for (uint32_t i = 1; !layout->hash_length && i < layout->phnum; i++) {
		struct phdr phdr = header_of(layout, i);

		if (is_hash(&phdr)) {
			layout->hash = phdr.offset;
			layout->hash_length = phdr.filesz;
		}
	}
	add_elf_header(layout);
	add_program_headers(layout);
	add_hash_segment(layout);
	add_segments(layout);
	add_gaps(layout);
}

/* ---- what is said ---- */

struct said {
	uint32_t what;
	uint32_t verdict;
	/* Problems, and of them the remarks. */
	char text[TEXT_BYTES];
	char remarks[TEXT_BYTES];
	bool entry; /* the one that is asked for */
};

static uint32_t name_of(uint32_t message)
{
	if (message == 520)
		return HEADERS;
	if (message == 514 || (message >= 521 && message <= 524))
		return ENTRY;
	return message >= 500 && message < 520 ? FORMAT : 0;
}

static void append(char *to, const char *text)
{
	size_t used = strlen(to);

	(void)snprintf(to + used, TEXT_BYTES - used, "%s\n", text);
}

static void read_problems(const struct finding *finding, uint32_t entry, struct said *said)
{
	for (uint32_t i = 0; i < finding->summary.problems; i++) {
		struct qpas_auth_problem problem = QPAS_AUTH_PROBLEM_INIT;

		assert_int_equal(qpas_auth_report_problem(finding->report, i, &problem, NULL), 0);
		said->what |= name_of(problem.message_id);
		if (name_of(problem.message_id) == ENTRY && problem.segment == entry)
			said->entry = true;
		append(said->text, problem.text);
		if (!problem.code)
			append(said->remarks, problem.text);
	}
}

static void read_signatures(const struct finding *finding, struct said *said)
{
	for (uint32_t i = 0; i < finding->summary.signatures; i++) {
		const struct qpas_auth_signature *facts = &finding->signature[i];
		uint32_t signature = facts->signer == QPAS_AUTH_SIGNER_OEM ? OEM : QTI;

		if (facts->valid != QPAS_AUTH_YES)
			said->what |= signature;
		if (facts->chain_valid != QPAS_AUTH_YES)
			said->what |= signature << 1;
	}
}

static void ask(const struct layout *layout, uint32_t entry, struct said *said)
{
	struct qpas_error err = QPAS_ERROR_INIT;
	struct finding finding;

	memset(said, 0, sizeof(*said));
	if (!find_in_memory(layout->bytes, layout->size, &finding, &err)) {
		said->what = REFUSED;
		append(said->text, err.text);
		return;
	}
	said->verdict = finding.summary.verdict;
	read_problems(&finding, entry, said);
	read_signatures(&finding, said);
	if (said->verdict == QPAS_AUTH_UNSIGNED)
		said->what |= UNSIGNED;
	if (strcmp(said->remarks, layout->remarks) != 0)
		said->what |= UNCOVERED;
	close_finding(&finding);
}

/* All that must be named is, and nothing else but what may be; remarks beside it do no harm. */
static bool is_right(const struct region *region, const struct said *said)
{
	uint32_t what = region->must & UNCOVERED ? said->what : said->what & ~UNCOVERED;

	if ((said->verdict == QPAS_AUTH_VALID) != (region->must == UNCOVERED))
		return false;
	if (region->must ? (what & region->must) != region->must : !what)
		return false;
	if (what & ~(region->must | region->may))
		return false;
	return (region->entry == NO_ENTRY || said->entry) && strstr(said->text, region->says);
}

static void put_names(uint32_t what, char *to, size_t capacity)
{
	size_t used = 0;

	to[0] = '\0';
	for (uint32_t i = 0; i < NAMES; i++) {
		if (what & 1u << i && used < capacity)
			used += (size_t)snprintf(to + used, capacity - used, "%s%s",
						 used ? ", " : "", names[i]);
	}
}

static uint32_t change(struct layout *layout, const struct region *region, size_t at)
{
	static struct said said;
	char wanted[160], got[160];

	layout->bytes[at] ^= 0x20;
	ask(layout, region->entry, &said);
	layout->bytes[at] ^= 0x20;
	if (is_right(region, &said))
		return said.what;
	put_names(region->must, wanted, sizeof(wanted));
	put_names(said.what, got, sizeof(got));
	fail_msg("%s + %zu (0x%zx of the file): names \"%s\", not \"%s\": %s, %s", region->kind,
		 at - region->at, at, got, wanted, qpas_auth_verdict_name(said.verdict), said.text);
	return 0;
}

/* ---- the table ---- */

/* A line for each kind of part, in the order in which they first come. */
struct line {
	const char *kind;
	unsigned int parts;
	unsigned int changed;
	uint32_t what;
};

static struct line *line_of(struct line *lines, size_t *count, const char *kind)
{
	for (size_t i = 0; i < *count; i++) {
		if (!strcmp(lines[i].kind, kind))
			return &lines[i];
	}
	lines[*count].kind = kind;
	return &lines[(*count)++];
}

static void try_region(struct layout *layout, const struct region *region, struct line *line)
{
	size_t most = layout->most < region->length ? layout->most : region->length;

	line->parts++;
	for (size_t i = 0; i < most; i++) {
		size_t at = most > 1 ? i * (region->length - 1) / (most - 1) : 0;

		line->what |= change(layout, region, region->at + at);
		line->changed++;
	}
}

static void print_lines(const struct line *lines, size_t count, struct coverage *total)
{
	for (size_t i = 0; i < count; i++) {
		char text[160];

		put_names(lines[i].what, text, sizeof(text));
		print_message("  %-34s %5u  %7u  %s\n", lines[i].kind, lines[i].parts,
			      lines[i].changed, text);
		total->changed += lines[i].changed;
		total->uncovered += lines[i].what == UNCOVERED ? lines[i].changed : 0;
	}
}

void coverage_measure(uint8_t *bytes, size_t size, unsigned int most, struct coverage *total)
{
	static struct layout layout;
	struct line lines[64] = {{NULL, 0, 0, 0}};
	struct finding finding;
	struct said said;
	size_t count = 0;

	memset(&layout, 0, sizeof(layout));
	layout.bytes = bytes;
	layout.size = size;
	layout.most = most;
	ask(&layout, NO_ENTRY, &said);
	assert_int_equal(said.verdict, QPAS_AUTH_VALID);
	memcpy(layout.remarks, said.remarks, sizeof(layout.remarks));
	assert_true(find_in_memory(bytes, size, &finding, NULL));
	lay_out(&layout, &finding);
	close_finding(&finding);
	print_message("  %-34s %5s  %7s  %s\n", "part", "parts", "changed", "named as");
	for (size_t i = 0; i < layout.count; i++)
		try_region(&layout, &layout.regions[i],
			   line_of(lines, &count, layout.regions[i].kind));
	print_lines(lines, count, total);
}
