/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The builder of stage 1 tables: what it makes is read back by a reader that shares no code with it
 * (support/table_reader.c) and compared with a plain list of pages, over thousands of random maps
 * and unmaps; and what happens when pages run out or writes fail.
 */
#include <stdbool.h>
#include <string.h>

#include "expect.h"

#include "format/lpae.h"
#include "support/table_reader.h"

#define MEMORY UINT64_C(0x88000000)
#define PAGES  64
/* Pages of input that the plain list covers: three windows of 16 MiB. */
#define WINDOW_PAGES 4096
#define WINDOWS	     3

/* ---- memory with 64 pages for tables ---- */

#define STALE 4

/* A descriptor that was cleared, and which hardware may still have in a cache. */
struct stale {
	uint64_t at, input, bytes, descriptor;
};

struct pages {
	uint8_t bytes[PAGES][4096];
	bool used[PAGES];
	uint32_t count, limit, writes, fail_write;
	/* Where the tables stand in the tree, by the descriptors that lead to them. */
	uint32_t level[PAGES], first_level;
	uint64_t base[PAGES];
	struct stale stale[STALE];
	uint32_t stale_count;
};

static struct pages pages;

static uint8_t *at(uint64_t address)
{
	uint64_t index = (address - MEMORY) / 4096;

	if (address < MEMORY || index >= PAGES || !pages.used[index] || address % 8)
		return NULL;
	return &pages.bytes[index][address % 4096];
}

static int read_word(void *user, uint64_t address, uint64_t *descriptor)
{
	const uint8_t *bytes = at(address);

	(void)user;
	if (!bytes)
		return QPAS_ERR_RANGE;
	memcpy(descriptor, bytes, 8);
	return 0;
}

/* Arm ARM, "break-before-make": not valid and out of every cache before it is something else. */
static void note_change(uint64_t address, uint64_t old, uint64_t descriptor)
{
	uint64_t page = (address - MEMORY) / 4096, index = address % 4096 / 8;
	uint64_t bytes = UINT64_C(1) << (39 - 9 * pages.level[page]);
	struct stale stale = {address, pages.base[page] + index * bytes, bytes, old};

	if ((old & 1) && (descriptor & 1) && old != descriptor)
		fail_msg("0x%llx is overwritten while it is valid", (unsigned long long)old);
	if ((old & 1) && !(descriptor & 1)) {
		assert_true(pages.stale_count < STALE);
		pages.stale[pages.stale_count++] = stale;
	}
	if (!(descriptor & 1))
		return;
	for (uint32_t i = 0; i < pages.stale_count; i++) {
		if (pages.stale[i].at == address)
			fail_msg("0x%llx is used again before it is forgotten",
				 (unsigned long long)address);
	}
	if (pages.level[page] < 3 && (descriptor & 2)) {
		uint64_t next = ((descriptor & UINT64_C(0xfffffffff000)) - MEMORY) / 4096;

		assert_true(next < PAGES && pages.used[next]);
		pages.level[next] = pages.level[page] + 1;
		pages.base[next] = stale.input;
	}
}

static int write_word(void *user, uint64_t address, uint64_t descriptor)
{
	uint8_t *bytes = at(address);
	uint64_t old = 0;

	(void)user;
	if (!bytes) {
		fail_msg("a descriptor is written to 0x%llx, which is no table",
			 (unsigned long long)address);
		return QPAS_ERR_RANGE;
	}
	if (++pages.writes == pages.fail_write)
		return QPAS_ERR_BACKEND;
	memcpy(&old, bytes, 8);
	note_change(address, old, descriptor);
	memcpy(bytes, &descriptor, 8);
	return 0;
}

static int alloc_page(void *user, uint64_t *page)
{
	(void)user;
	if (pages.count >= pages.limit)
		return QPAS_ERR_NOMEM;
	for (uint32_t i = 0; i < PAGES; i++) {
		if (pages.used[i])
			continue;
		pages.used[i] = true;
		/* Until it is linked: what is written to it then is not seen by anybody. */
		pages.level[i] = pages.count ? 3 : pages.first_level;
		pages.base[i] = 0;
		pages.count++;
		memset(pages.bytes[i], 0, 4096);
		*page = MEMORY + i * UINT64_C(4096);
		return 0;
	}
	return QPAS_ERR_NOMEM;
}

static void free_page(void *user, uint64_t page)
{
	(void)user;
	if (!at(page) || page % 4096)
		fail_msg("0x%llx is given back and is no table", (unsigned long long)page);
	for (uint32_t i = 0; i < pages.stale_count; i++) {
		if ((pages.stale[i].descriptor & UINT64_C(0xfffffffff000)) == page ||
		    pages.stale[i].at / 4096 == page / 4096)
			fail_msg("0x%llx is given back before it is forgotten",
				 (unsigned long long)page);
	}
	pages.used[(page - MEMORY) / 4096] = false;
	pages.count--;
}

static void invalidate(void *user, uint64_t iova, uint64_t length)
{
	uint32_t kept = 0;

	(void)user;
	for (uint32_t i = 0; i < pages.stale_count; i++) {
		const struct stale *stale = &pages.stale[i];

		if (stale->input < iova || stale->input + stale->bytes > iova + length)
			pages.stale[kept++] = *stale;
	}
	pages.stale_count = kept;
}

static const struct qpasi_lpae_memory memory = {NULL,	    read_word, write_word,
						alloc_page, free_page, invalidate};

static bool fetch(void *user, uint64_t address, uint8_t bytes[8])
{
	const uint8_t *from = at(address);

	(void)user;
	if (from)
		memcpy(bytes, from, 8);
	return from != NULL;
}

/* ---- the plain list ---- */

struct plain {
	uint64_t output;
	uint8_t permissions;
	bool mapped;
};

static struct plain list[WINDOWS][WINDOW_PAGES];
/* Around 0, across a table of level 2, across one of level 1: 16 MiB each. */
static const uint64_t windows[WINDOWS] = {0, (UINT64_C(1) << 30) - 0x800000,
					  (UINT64_C(5) << 39) - 0x800000};

/* What lies in no window: never mapped. */
static struct plain outside;

static struct plain *plain_of(uint64_t iova)
{
	for (uint32_t i = 0; i < WINDOWS; i++) {
		if (iova >= windows[i] && iova < windows[i] + WINDOW_PAGES * UINT64_C(4096))
			return &list[i][(iova - windows[i]) / 4096];
	}
	return &outside;
}

/* What a page with these permissions must look like, with numbers of the Arm ARM and of Linux. */
static void expect_attributes(const struct table_leaf *leaf, uint8_t permissions)
{
	bool write = permissions & 2, cache = permissions & 4, never = permissions & 8;
	uint8_t wanted_ap = (uint8_t)((write ? 0 : 2) + (permissions & 32 ? 0 : 1));
	uint8_t wanted_index = permissions & 16 ? 2 : cache ? 1 : 0;

	if (leaf->access_permissions != wanted_ap || leaf->attribute_index != wanted_index ||
	    leaf->shareability != (cache ? 3 : 2) || !leaf->accessed || !leaf->not_global ||
	    leaf->privileged_never_executes != never || leaf->unprivileged_never_executes != never)
		fail_msg("0x%llx, permissions 0x%x: AP %u, index %u, SH %u, AF %d, XN %d %d",
			 (unsigned long long)leaf->input, permissions, leaf->access_permissions,
			 leaf->attribute_index, leaf->shareability, leaf->accessed,
			 leaf->privileged_never_executes, leaf->unprivileged_never_executes);
}

struct comparison {
	uint64_t pages;
	uint64_t blocks;
};

static void compare_leaf(void *user, const struct table_leaf *leaf)
{
	struct comparison *comparison = user;

	comparison->blocks += leaf->bytes == 2097152;
	for (uint64_t i = 0; i < leaf->bytes; i += 4096) {
		const struct plain *plain = plain_of(leaf->input + i);

		if (!plain->mapped || plain->output != leaf->output + i)
			fail_msg("0x%llx leads to 0x%llx, %s",
				 (unsigned long long)(leaf->input + i),
				 (unsigned long long)(leaf->output + i),
				 plain->mapped ? "not where it was mapped to" :
						 "although nothing is mapped there");
		expect_attributes(leaf, plain->permissions);
		comparison->pages++;
	}
}

static uint64_t mapped_pages(void)
{
	uint64_t count = 0;

	for (uint32_t i = 0; i < WINDOWS * WINDOW_PAGES; i++)
		count += list[i / WINDOW_PAGES][i % WINDOW_PAGES].mapped;
	return count;
}

/* The tree maps the list and nothing else, in no more tables than were taken, none of them empty. */
static uint64_t compare(const struct qpasi_lpae *lpae)
{
	struct comparison comparison = {0, 0};
	struct table_reader reader = {fetch, compare_leaf, &comparison, 0, 0, 0};

	assert_true(table_read(&reader, lpae->root, lpae->input_bits));
	expect_number("tree", "pages", comparison.pages, mapped_pages());
	expect_number("tree", "odd descriptors", reader.odd, 0);
	expect_number("tree", "tables", reader.tables, pages.count);
	expect_number("tree", "empty tables", reader.empty_tables, 0);
	expect_number("tree", "stale descriptors", pages.stale_count, 0);
	return comparison.blocks;
}

/* ---- random sequences ---- */

struct range {
	uint64_t iova, address, length;
	uint32_t permissions;
};

static struct range random_range(uint64_t *seed)
{
	uint64_t window = windows[next_random(seed) % WINDOWS];
	uint64_t granule = next_random(seed) % 2 ? 512 : 1;
	uint64_t first = next_random(seed) % WINDOW_PAGES / granule * granule;
	uint64_t count = (next_random(seed) % (next_random(seed) % 2 ? 1500 : 40) + granule) /
			 granule * granule;
	struct range range;

	if (count > WINDOW_PAGES - first)
		count = WINDOW_PAGES - first;
	range.iova = window + first * 4096;
	range.length = count * 4096;
	range.address = next_random(seed) % (UINT64_C(1) << 30) / granule * granule * 4096;
	range.permissions = (uint32_t)(next_random(seed) % 64);
	/* Every second one is such that the address of a block is one, too. */
	if (next_random(seed) % 2)
		range.address = (range.address & ~UINT64_C(0x1fffff)) + (range.iova & 0x1fffff);
	return range;
}

static uint64_t count_mapped(const struct range *range)
{
	uint64_t count = 0;

	for (uint64_t i = 0; i < range->length; i += 4096)
		count += plain_of(range->iova + i)->mapped;
	return count;
}

static void set_plain(const struct range *range, bool mapped)
{
	for (uint64_t i = 0; i < range->length; i += 4096) {
		struct plain *plain = plain_of(range->iova + i);

		plain->mapped = mapped;
		plain->output = range->address + i;
		plain->permissions = (uint8_t)range->permissions;
	}
}

/* With few pages for tables NOMEM may come instead, and then nothing has changed either. */
static void map_one(const struct qpasi_lpae *lpae, const struct range *range)
{
	struct qpasi_lpae_mapping mapping = {range->iova, range->address, range->length,
					     range->permissions};
	struct qpasi_fault fault = QPASI_FAULT_INIT;
	int wanted = !(range->permissions & 3) ? QPAS_ERR_ARG :
		     count_mapped(range)       ? QPAS_ERR_OVERLAP :
						 0;
	int code = qpasi_lpae_map(lpae, &memory, &mapping, &fault);

	if (code == QPAS_ERR_NOMEM && !wanted && pages.limit < PAGES)
		return;
	expect_code("map", code, wanted);
	if (!code)
		set_plain(range, true);
}

static void unmap_one(const struct qpasi_lpae *lpae, const struct range *range)
{
	struct qpasi_fault fault = QPASI_FAULT_INIT;
	int wanted = count_mapped(range) == range->length / 4096 ? 0 : QPAS_ERR_NOTFOUND;
	int code = qpasi_lpae_unmap(lpae, &memory, range->iova, range->length, &fault);

	if (code == QPAS_ERR_NOMEM && !wanted && pages.limit < PAGES)
		return;
	expect_code("unmap", code, wanted);
	if (!code)
		set_plain(range, false);
}

/* A run of mapped pages from somewhere on: what an unmap that succeeds is made of. */
static bool find_run(uint64_t *seed, struct range *range)
{
	uint64_t window = next_random(seed) % WINDOWS;
	uint64_t first = next_random(seed) % WINDOW_PAGES, last;

	while (first < WINDOW_PAGES && !list[window][first].mapped)
		first++;
	for (last = first; last < WINDOW_PAGES && list[window][last].mapped; last++)
		;
	if (first == last)
		return false;
	range->iova = windows[window] + first * 4096;
	range->length = (1 + next_random(seed) % (last - first)) * 4096;
	return true;
}

static void unmap_all(const struct qpasi_lpae *lpae)
{
	for (uint32_t window = 0; window < WINDOWS; window++) {
		for (uint64_t i = 0; i < WINDOW_PAGES; i++) {
			struct range range = {windows[window] + i * 4096, 0, 4096, 0};

			if (list[window][i].mapped)
				unmap_one(lpae, &range);
		}
	}
}

static struct qpasi_lpae begin(uint32_t limit)
{
	struct qpasi_lpae lpae = {0, 48, 44, QPASI_LPAE_EL10};

	memset(&pages, 0, sizeof(pages));
	memset(list, 0, sizeof(list));
	pages.limit = limit;
	assert_int_equal(qpasi_lpae_create(&lpae, &memory, NULL), 0);
	return lpae;
}

static void end(struct qpasi_lpae *lpae)
{
	assert_int_equal(qpasi_lpae_destroy(lpae, &memory, NULL), 0);
	expect_number("end", "pages", pages.count, 0);
}

static void run_random(uint64_t seed, uint32_t limit, uint32_t rounds)
{
	struct qpasi_lpae lpae = begin(limit);
	uint64_t blocks = 0;

	for (uint32_t round = 0; round < rounds; round++) {
		struct range range = random_range(&seed);
		uint64_t what = next_random(&seed) % 4;

		if (what < 2)
			map_one(&lpae, &range);
		else if (what == 2 || find_run(&seed, &range))
			unmap_one(&lpae, &range);
		if (round % 8 == 0)
			blocks += compare(&lpae);
	}
	compare(&lpae);
	/* A sequence without blocks, or that was never full, would have shown nothing. */
	assert_true(blocks > rounds / 64);
	pages.limit = PAGES;
	unmap_all(&lpae);
	expect_number("unmapped", "pages", pages.count, 1);
	end(&lpae);
}

static void random_sequences_map_exactly_what_was_asked_for(void **state)
{
	(void)state;
	run_random(0x5eed1, PAGES, 4000);
	run_random(0x5eed2, PAGES, 2000);
}

static void random_sequences_without_enough_pages_change_all_or_nothing(void **state)
{
	(void)state;
	run_random(0x5eed3, 9, 2500);
	run_random(0x5eed4, 6, 1000);
}

/* ---- single cases ---- */

static void range_is_mapped_by_blocks_where_all_three_are_aligned(void **state)
{
	static const struct {
		uint64_t iova, address, length, blocks, tables;
	} rows[] = {
		{0, 0x40000000, 0x200000, 1, 3},	{0, 0x40000000, 0x201000, 1, 4},
		{0x1ff000, 0x401ff000, 0x202000, 1, 5}, {0x1ff000, 0x401ff000, 0x201000, 1, 4},
		{0x100000, 0x40000000, 0x400000, 0, 6}, {0x200000, 0x40100000, 0x400000, 0, 5},
		{0x200000, 0x40000000, 0x1ff000, 0, 4}, {0x900000, 0x95900000, 0x700000, 3, 4},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct qpasi_lpae lpae = begin(PAGES);
		struct range range = {rows[i].iova, rows[i].address, rows[i].length, 3};

		map_one(&lpae, &range);
		expect_number("row", "blocks", compare(&lpae), rows[i].blocks);
		expect_number("row", "tables", pages.count, rows[i].tables);
		unmap_one(&lpae, &range);
		expect_number("row", "tables", pages.count, 1);
		end(&lpae);
	}
}

static void what_does_not_fit_is_refused_and_changes_nothing(void **state)
{
	static const struct {
		struct qpasi_lpae_mapping mapping;
		uint32_t message;
	} rows[] = {
		{{0, 0, 0, 3}, 650},
		{{1, 0, 0x1000, 3}, 650},
		{{0, 1, 0x1000, 3}, 650},
		{{0, 0, 0x1001, 3}, 650},
		{{UINT64_C(0xfffffffff000), 0, 0x2000, 3}, 650},
		{{UINT64_C(0x1000000000000), 0, 0x1000, 3}, 650},
		{{UINT64_C(0xfffffffffffff000), 0, 0x1000, 3}, 650},
		{{UINT64_C(0xfffffffffffff000), 0, 0x2000, 3}, 650},
		{{0, UINT64_C(0xffffffff000), 0x2000, 3}, 650},
		{{0, UINT64_C(0xfffffffffffff000), 0x1000, 3}, 650},
		{{0, 0, UINT64_C(0xfffffffffffff000), 3}, 650},
		{{0, 0, 0x1000, 0}, 651},
		{{0, 0, 0x1000, 60}, 651},
		{{0x3ff000, 0, 0x2000, 3}, 652},
		{{0x5ff000, 0, 0x1000, 3}, 652},
		{{0, 0, UINT64_C(0x40000000), 3}, 652},
		/* Fine but for the pages of the tables: eight levels of nothing. */
		{{UINT64_C(0x8000000000), 0, UINT64_C(0x8000000000) - 0x1000, 3}, 655},
	};
	struct qpasi_lpae lpae = begin(8);
	struct range there = {0x400000, 0x80000000, 0x200000, 3};

	(void)state;
	map_one(&lpae, &there);
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct qpasi_fault fault = QPASI_FAULT_INIT;
		int code = qpasi_lpae_map(&lpae, &memory, &rows[i].mapping, &fault);

		if (!code || fault.message != rows[i].message ||
		    code != qpasi_message_class(fault.message))
			fail_msg("row %zu: code %d, message %u", i, code, fault.message);
		compare(&lpae);
	}
	/* The last page of either side is one. */
	{
		struct qpasi_lpae_mapping last = {UINT64_C(0xfffffffff000), UINT64_C(0xffffffff000),
						  0x1000, 1};

		assert_int_equal(qpasi_lpae_map(&lpae, &memory, &last, NULL), 0);
		assert_int_equal(qpasi_lpae_unmap(&lpae, &memory, last.iova, 0x1000, NULL), 0);
	}
	expect_code("unmap nothing", qpasi_lpae_unmap(&lpae, &memory, 0x400000, 0, NULL),
		    QPAS_ERR_RANGE);
	expect_code("unmap beyond",
		    qpasi_lpae_unmap(&lpae, &memory, UINT64_C(0xfffffffff000), 0x2000, NULL),
		    QPAS_ERR_RANGE);
	expect_code("unmap too much", qpasi_lpae_unmap(&lpae, &memory, 0x400000, 0x201000, NULL),
		    QPAS_ERR_NOTFOUND);
	compare(&lpae);
	expect_code("in use", qpasi_lpae_destroy(&lpae, &memory, NULL), QPAS_ERR_STATE);
	unmap_one(&lpae, &there);
	end(&lpae);
}

static void widths_that_no_table_has_are_refused(void **state)
{
	static const uint32_t rows[][3] = {{24, 44, 0},		{49, 44, 0}, {0, 44, 0},
					   {UINT32_MAX, 44, 0}, {48, 31, 0}, {48, 49, 0},
					   {25, 32, 1},		{48, 48, 1}};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct qpasi_lpae lpae = {1, rows[i][0], rows[i][1], QPASI_LPAE_EL10};

		(void)begin(PAGES);
		expect_code("widths", qpasi_lpae_create(&lpae, &memory, NULL),
			    rows[i][2] ? 0 : QPAS_ERR_ARG);
		assert_true((lpae.root != 0) == (rows[i][2] != 0));
	}
	pages.limit = 0;
	{
		struct qpasi_lpae lpae = {1, 48, 44, QPASI_LPAE_EL10};

		expect_code("no page", qpasi_lpae_create(&lpae, &memory, NULL), QPAS_ERR_NOMEM);
		assert_true(lpae.root == 0);
	}
}

/* Starting levels 1 and 2 take one and two tables less. */
static void narrow_inputs_have_fewer_levels(void **state)
{
	static const uint32_t rows[][2] = {{48, 4}, {40, 4}, {39, 3}, {31, 3}, {30, 2}, {25, 2}};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct range range = {0x3000, 0x80000000, 0x1000, 3};
		struct qpasi_lpae lpae;

		lpae = begin(PAGES);
		end(&lpae);
		lpae.input_bits = rows[i][0];
		pages.first_level = 4 - rows[i][1];
		assert_int_equal(qpasi_lpae_create(&lpae, &memory, NULL), 0);
		map_one(&lpae, &range);
		expect_number("narrow", "tables", pages.count, rows[i][1]);
		compare(&lpae);
		unmap_one(&lpae, &range);
		end(&lpae);
	}
}

/* Each write of a map or of its roll-back that fails once: nothing of the range stays, or all did. */
static void write_that_fails_leaves_nothing_behind(void **state)
{
	struct qpasi_lpae_mapping mapping = {0x1fe000, 0x401fe000, 0x204000, 3};
	struct range before = {0x800000, 0x80000000, 0x1000, 3};
	uint32_t writes;

	(void)state;
	{
		struct qpasi_lpae lpae = begin(PAGES);

		map_one(&lpae, &before);
		pages.writes = 0;
		assert_int_equal(qpasi_lpae_map(&lpae, &memory, &mapping, NULL), 0);
		writes = pages.writes;
	}
	for (uint32_t nth = 1; nth <= writes; nth++) {
		struct qpasi_lpae lpae = begin(PAGES);

		map_one(&lpae, &before);
		pages.writes = 0;
		pages.fail_write = nth;
		expect_code("map", qpasi_lpae_map(&lpae, &memory, &mapping, NULL),
			    QPAS_ERR_BACKEND);
		compare(&lpae);
		assert_int_equal(qpasi_lpae_map(&lpae, &memory, &mapping, NULL), 0);
	}
	assert_true(writes == 7);
}

/* H: what somebody else wrote is neither followed nor freed, and what was asked for is refused. */
static void tables_that_somebody_wrote_to_are_not_changed(void **state)
{
	static const struct {
		/* Index of the page among those taken; level 0 is the first. */
		uint32_t page, index;
		uint64_t descriptor;
		int map, unmap;
	} rows[] = {
		/* A table that is none of ours, one that is too high, and one that is in a circle. */
		{0, 0, 0x3, QPAS_ERR_FORMAT, QPAS_ERR_FORMAT},
		{1, 0, UINT64_C(0x800000000003), QPAS_ERR_FORMAT, QPAS_ERR_FORMAT},
		{2, 1, MEMORY + 64 * 4096 + 3, QPAS_ERR_FORMAT, QPAS_ERR_FORMAT},
		/* A block of 1 GiB, a reserved encoding. */
		{1, 0, 0x40000441, QPAS_ERR_FORMAT, QPAS_ERR_FORMAT},
		{3, 1, 0x80000441, QPAS_ERR_FORMAT, QPAS_ERR_FORMAT},
		/* A page that is gone: a hole; what can be mapped there is mapped. */
		{3, 1, 0, 0, QPAS_ERR_NOTFOUND},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct qpasi_lpae_mapping mapping = {0x201000, 0x80000000, 0x1000, 3};
		struct qpasi_lpae lpae = begin(PAGES);
		uint32_t count;

		assert_int_equal(qpasi_lpae_map(&lpae, &memory, &mapping, NULL), 0);
		count = pages.count;
		assert_int_equal(count, 4);
		memcpy(&pages.bytes[rows[i].page][rows[i].index * 8], &rows[i].descriptor, 8);
		expect_code("unmap", qpasi_lpae_unmap(&lpae, &memory, 0x201000, 0x1000, NULL),
			    rows[i].unmap);
		expect_number("unmap", "tables", pages.count, count);
		expect_code("map", qpasi_lpae_map(&lpae, &memory, &mapping, NULL), rows[i].map);
		expect_number("map", "tables", pages.count, count);
	}
}

/* At EL2 there is one privilege: AP[1] is RES1, nothing is global or not, PXN does not exist. */
static void tables_of_el2_have_the_bits_of_one_privilege(void **state)
{
	static const struct {
		uint32_t permissions;
		uint64_t descriptor;
	} rows[] = {
		{0x01, 0x800006c3},
		{0x23, 0x80000643},
		{0x07, 0x80000747},
		{0x1b, UINT64_C(0x004000008000064b)},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct qpasi_lpae_mapping mapping = {0x1000, 0x80000000, 0x1000,
						     rows[i].permissions};
		struct qpasi_lpae lpae = begin(PAGES);
		uint64_t descriptor;

		lpae.regime = QPASI_LPAE_EL2;
		assert_int_equal(qpasi_lpae_map(&lpae, &memory, &mapping, NULL), 0);
		memcpy(&descriptor, &pages.bytes[3][8], 8);
		expect_number("EL2", "descriptor", descriptor, rows[i].descriptor);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(random_sequences_map_exactly_what_was_asked_for),
		cmocka_unit_test(random_sequences_without_enough_pages_change_all_or_nothing),
		cmocka_unit_test(range_is_mapped_by_blocks_where_all_three_are_aligned),
		cmocka_unit_test(what_does_not_fit_is_refused_and_changes_nothing),
		cmocka_unit_test(widths_that_no_table_has_are_refused),
		cmocka_unit_test(narrow_inputs_have_fewer_levels),
		cmocka_unit_test(write_that_fails_leaves_nothing_behind),
		cmocka_unit_test(tables_that_somebody_wrote_to_are_not_changed),
		cmocka_unit_test(tables_of_el2_have_the_bits_of_one_privilege),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
