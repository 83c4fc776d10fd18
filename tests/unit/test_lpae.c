/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The walker of stage 1 tables, over tables made here word by word: every kind of fault at every
 * level, every permission, and tables that nobody sane would write.
 */
#include <stdbool.h>
#include <string.h>

#include "expect.h"

#include "format/lpae.h"

/* Four pages from here on are memory. */
#define MEMORY UINT64_C(0x80000000)
#define PAGES  4
/* One address with another index at each level: 1, 2, 3, 4. */
#define IOVA                                                                                     \
	((UINT64_C(1) << 39) + (UINT64_C(2) << 30) + (UINT64_C(3) << 21) + (UINT64_C(4) << 12) + \
	 0x123)
#define OUTPUT UINT64_C(0x1234567000)

static uint64_t memory[PAGES][512];
static uint32_t reads;

static int read_word(void *user, uint64_t address, uint64_t *descriptor)
{
	(void)user;
	reads++;
	if (address < MEMORY || address >= MEMORY + sizeof(memory) || address % 8)
		return QPAS_ERR_RANGE;
	*descriptor = memory[(address - MEMORY) / 4096][address % 4096 / 8];
	return 0;
}

static uint64_t page(uint64_t index)
{
	return MEMORY + index * 4096;
}

static struct qpasi_lpae lpae_of(uint32_t input_bits)
{
	struct qpasi_lpae lpae = {MEMORY, input_bits, 40, QPASI_LPAE_EL10};

	return lpae;
}

/* Tables of four levels in the four pages; the page at the end is read and written by all. */
static void fill(void)
{
	memset(memory, 0, sizeof(memory));
	memory[0][1] = page(1) | 3;
	memory[1][2] = page(2) | 3;
	memory[2][3] = page(3) | 3;
	memory[3][4] = OUTPUT | 0x443; /* AF, AP[1], page */
}

static struct qpasi_lpae_walk walk_as(const struct qpasi_lpae *lpae, uint64_t iova, uint32_t kind,
				      bool privileged)
{
	struct qpasi_lpae_access access = {iova, kind, privileged};
	struct qpasi_lpae_walk walk;

	reads = 0;
	memset(&walk, 0xff, sizeof(walk));
	qpasi_lpae_walk(lpae, read_word, NULL, &access, &walk);
	return walk;
}

static void expect_walk(const char *row, const struct qpasi_lpae_walk *walk, uint32_t fault,
			uint32_t level)
{
	if (walk->fault != fault || walk->level != level)
		fail_msg("%s: %s at level %u, not %s at level %u", row,
			 qpasi_lpae_fault_name(walk->fault), walk->level,
			 qpasi_lpae_fault_name(fault), level);
}

static void address_is_resolved_by_nine_bits_a_level(void **state)
{
	struct qpasi_lpae lpae = lpae_of(48);
	struct qpasi_lpae_walk walk;

	(void)state;
	fill();
	walk = walk_as(&lpae, IOVA, QPASI_LPAE_READ, false);
	expect_walk("page", &walk, QPASI_LPAE_FINE, 3);
	expect_number("page", "address", walk.address, OUTPUT + 0x123);
	expect_number("page", "span", walk.span, 0x1000 - 0x123);
	expect_number("page", "at", walk.at, page(3) + 32);
	expect_number("page", "descriptor", walk.descriptor, OUTPUT | 0x443);
	expect_number("page", "reads", reads, 4);
}

static void first_level_follows_the_width_of_the_input(void **state)
{
	static const struct {
		uint32_t bits, level;
	} rows[] = {{48, 0}, {40, 0}, {39, 1}, {31, 1}, {30, 2}, {25, 2}};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct qpasi_lpae lpae = lpae_of(rows[i].bits);
		uint64_t last = (UINT64_C(1) << rows[i].bits) - 1;
		struct qpasi_lpae_walk walk;

		memset(memory, 0, sizeof(memory));
		walk = walk_as(&lpae, last, QPASI_LPAE_READ, false);
		expect_walk("last", &walk, QPASI_LPAE_TRANSLATION, rows[i].level);
		expect_number("last", "reads", reads, 1);
		expect_number("last", "at", walk.at,
			      MEMORY + (last >> (39 - 9 * rows[i].level)) % 512 * 8);
		/* One more is no input at all: nothing is read. */
		walk = walk_as(&lpae, last + 1, QPASI_LPAE_READ, false);
		expect_walk("beyond", &walk, QPASI_LPAE_TRANSLATION, rows[i].level);
		expect_number("beyond", "reads", reads, 0);
		walk = walk_as(&lpae, UINT64_MAX, QPASI_LPAE_READ, false);
		expect_walk("far beyond", &walk, QPASI_LPAE_TRANSLATION, rows[i].level);
	}
}

static void blocks_map_gigabytes_at_level_1_and_2_megabytes_at_level_2(void **state)
{
	struct qpasi_lpae lpae = lpae_of(48);
	struct qpasi_lpae_walk walk;

	(void)state;
	fill();
	/* Output bits below the size of the block are no address. */
	memory[2][3] = UINT64_C(0x1234400000) | 0x1ff000 | 0x441;
	walk = walk_as(&lpae, IOVA, QPASI_LPAE_WRITE, false);
	expect_walk("2 MiB", &walk, QPASI_LPAE_FINE, 2);
	expect_number("2 MiB", "address", walk.address, UINT64_C(0x1234404123));
	expect_number("2 MiB", "span", walk.span, 0x200000 - 0x4123);
	memory[1][2] = UINT64_C(0x40000000) | 0x441;
	walk = walk_as(&lpae, IOVA, QPASI_LPAE_WRITE, false);
	expect_walk("1 GiB", &walk, QPASI_LPAE_FINE, 1);
	expect_number("1 GiB", "address", walk.address, 0x40000000 + (IOVA & 0x3fffffff));
	expect_number("1 GiB", "span", walk.span, 0x40000000 - (IOVA & 0x3fffffff));
}

static void every_fault_has_its_kind_and_its_level(void **state)
{
	static const struct {
		const char *name;
		uint32_t table, index;
		uint64_t descriptor;
		uint32_t fault, level;
	} rows[] = {
		{"nothing at level 0", 0, 1, 0, QPASI_LPAE_TRANSLATION, 0},
		{"nothing at level 1", 1, 2, 0, QPASI_LPAE_TRANSLATION, 1},
		{"nothing at level 2", 2, 3, 0, QPASI_LPAE_TRANSLATION, 2},
		{"nothing at level 3", 3, 4, 0, QPASI_LPAE_TRANSLATION, 3},
		{"not valid, all else set", 3, 4, UINT64_MAX - 1, QPASI_LPAE_TRANSLATION, 3},
		{"block at level 0", 0, 1, 0x80000441, QPASI_LPAE_TRANSLATION, 0},
		{"reserved at level 3", 3, 4, 0x80000441, QPASI_LPAE_TRANSLATION, 3},
		{"table is no memory, level 1", 0, 1, 0x7ffff003, QPASI_LPAE_ABORT, 1},
		{"table is no memory, level 2", 1, 2, 0x80004003, QPASI_LPAE_ABORT, 2},
		{"table is no memory, level 3", 2, 3, UINT64_C(0xfffffff003), QPASI_LPAE_ABORT, 3},
		{"table too high, level 0", 0, 1, UINT64_C(0x10080001003), QPASI_LPAE_ADDRESS_SIZE,
		 0},
		{"table too high, level 2", 2, 3, UINT64_C(0x800000000003), QPASI_LPAE_ADDRESS_SIZE,
		 2},
		{"block too high, level 2", 2, 3, UINT64_C(0x10000000441), QPASI_LPAE_ADDRESS_SIZE,
		 2},
		{"page too high", 3, 4, UINT64_C(0x10000000443), QPASI_LPAE_ADDRESS_SIZE, 3},
		/* The size of the address is looked at before the flag, the flag before permissions. */
		{"page too high, no flag", 3, 4, UINT64_C(0x10000000043), QPASI_LPAE_ADDRESS_SIZE,
		 3},
		{"no access flag", 3, 4, OUTPUT | 0x43, QPASI_LPAE_ACCESS_FLAG, 3},
		{"no access flag, no permission", 3, 4, OUTPUT | 3, QPASI_LPAE_ACCESS_FLAG, 3},
		{"no access flag, block", 2, 3, 0x41, QPASI_LPAE_ACCESS_FLAG, 2},
		{"privileged only", 3, 4, OUTPUT | 0x403, QPASI_LPAE_PERMISSION, 3},
		{"privileged only, block", 2, 3, 0x401, QPASI_LPAE_PERMISSION, 2},
		{"no unprivileged access below", 1, 2, UINT64_C(0x2000000080002003),
		 QPASI_LPAE_PERMISSION, 3},
		/* Bits 51 to 48 hold no address; 63 and 58 to 55 have no meaning for it. */
		{"bits above the address", 3, 4, UINT64_C(0x078f000000000443) | OUTPUT,
		 QPASI_LPAE_FINE, 3},
		{"software's bits of a table", 2, 3, UINT64_C(0x07ff000080003fff), QPASI_LPAE_FINE,
		 3},
	};
	struct qpasi_lpae lpae = lpae_of(48);

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct qpasi_lpae_walk walk;

		fill();
		memory[rows[i].table][rows[i].index] = rows[i].descriptor;
		walk = walk_as(&lpae, IOVA, QPASI_LPAE_READ, false);
		expect_walk(rows[i].name, &walk, rows[i].fault, rows[i].level);
		if (rows[i].fault == QPASI_LPAE_FINE)
			expect_number(rows[i].name, "address", walk.address, OUTPUT + 0x123);
		else
			expect_number(rows[i].name, "address", walk.address | walk.span, 0);
	}
}

static void root_that_is_too_high_or_no_memory_is_a_fault_of_its_level(void **state)
{
	struct qpasi_lpae lpae = lpae_of(48);
	struct qpasi_lpae_walk walk;

	(void)state;
	fill();
	lpae.root = UINT64_C(1) << 40;
	walk = walk_as(&lpae, IOVA, QPASI_LPAE_READ, false);
	expect_walk("too high", &walk, QPASI_LPAE_ADDRESS_SIZE, 0);
	expect_number("too high", "reads", reads, 0);
	lpae.root = MEMORY - 4096;
	walk = walk_as(&lpae, IOVA, QPASI_LPAE_READ, false);
	expect_walk("no memory", &walk, QPASI_LPAE_ABORT, 0);
	expect_number("no memory", "reads", reads, 1);
}

/* A hostile table: the walk ends after as many descriptors as there are levels. */
static void tables_that_point_to_themselves_end_the_walk_at_level_3(void **state)
{
	struct qpasi_lpae lpae = lpae_of(48);
	struct qpasi_lpae_walk walk;

	(void)state;
	for (uint32_t i = 0; i < 512; i++)
		memory[0][i] = MEMORY | 0x443;
	walk = walk_as(&lpae, IOVA, QPASI_LPAE_READ, false);
	expect_walk("itself", &walk, QPASI_LPAE_FINE, 3);
	expect_number("itself", "reads", reads, 4);
	expect_number("itself", "address", walk.address, MEMORY + 0x123);
	/* In a circle, and without the flag of a page. */
	fill();
	memory[3][4] = page(0) | 3;
	walk = walk_as(&lpae, IOVA, QPASI_LPAE_READ, false);
	expect_walk("circle", &walk, QPASI_LPAE_ACCESS_FLAG, 3);
	expect_number("circle", "reads", reads, 4);
}

/* Whatever stands in the tables, no more is read than that, and nothing but descriptors. */
static void random_tables_are_walked_in_four_reads_at_most(void **state)
{
	uint64_t seed = 0x1badb002;

	(void)state;
	for (uint32_t round = 0; round < 20000; round++) {
		struct qpasi_lpae lpae = lpae_of(25 + (uint32_t)(next_random(&seed) % 24));
		uint64_t iova = next_random(&seed) % (UINT64_C(1) << lpae.input_bits);
		struct qpasi_lpae_walk walk;

		if (round % 16 == 0) {
			for (uint32_t i = 0; i < PAGES * 512; i++)
				memory[i / 512][i % 512] =
					next_random(&seed) % 4 ?
						page(next_random(&seed) % 5) |
							(next_random(&seed) & 0xfff) :
						next_random(&seed);
		}
		walk = walk_as(&lpae, iova, (uint32_t)(next_random(&seed) % 3), round % 2);
		if (reads > 4 || walk.level > 3 || walk.fault > QPASI_LPAE_PERMISSION ||
		    (!walk.fault && (walk.address >> 40 || !walk.span)))
			fail_msg("round %u: %u reads, level %u, fault %u", round, reads, walk.level,
				 walk.fault);
	}
}

/* ---- permissions ---- */

enum { PR = 1, PW = 2, PX = 4, UR = 8, UW = 16, UX = 32 };

static uint32_t permissions_of(const struct qpasi_lpae *lpae)
{
	uint32_t got = 0;

	for (uint32_t privileged = 0; privileged < 2; privileged++) {
		for (uint32_t kind = 0; kind < 3; kind++) {
			struct qpasi_lpae_walk walk = walk_as(lpae, IOVA, kind, privileged);

			if (walk.fault == QPASI_LPAE_FINE)
				got |= 1u << (kind + (privileged ? 0 : 3));
			else
				expect_walk("permissions", &walk, QPASI_LPAE_PERMISSION, 3);
		}
	}
	return got;
}

/* Arm ARM D8.4, data access and instruction execution permissions of stage 1. */
static void permissions_are_those_of_the_architecture(void **state)
{
	static const struct {
		/* Bits 7:6 AP[2:1], 54 UXN, 53 PXN of the page; 62:59 of a table above it. */
		uint64_t page_bits, table_bits;
		uint32_t two, one;
	} rows[] = {
		{0x000, 0, PR | PW | PX | UX, PR | PW | PX},
		{0x040, 0, PR | PW | UR | UW | UX, PR | PW | PX},
		{0x080, 0, PR | PX | UX, PR | PX},
		{0x0c0, 0, PR | PX | UR | UX, PR | PX},
		{UINT64_C(1) << 53 | 0x000, 0, PR | PW | UX, PR | PW | PX},
		{UINT64_C(1) << 53 | 0x0c0, 0, PR | UR | UX, PR | PX},
		{UINT64_C(1) << 54 | 0x000, 0, PR | PW | PX, PR | PW},
		{UINT64_C(1) << 54 | 0x040, 0, PR | PW | UR | UW, PR | PW},
		{UINT64_C(3) << 53 | 0x0c0, 0, PR | UR, PR},
		/* A table above takes away, and never gives. */
		{0x040, UINT64_C(1) << 62, PR | PX | UR | UX, PR | PX},
		{0x040, UINT64_C(1) << 61, PR | PW | PX | UX, PR | PW | PX},
		{0x0c0, UINT64_C(1) << 59, PR | UR | UX, PR | PX},
		{0x0c0, UINT64_C(1) << 60, PR | PX | UR, PR},
		{0x040, UINT64_C(15) << 59, PR, PR},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct qpasi_lpae lpae = lpae_of(48);

		for (uint32_t level = 0; level < 3; level++) {
			uint32_t one = rows[i].one;

			fill();
			memory[level][level + 1] |= rows[i].table_bits;
			memory[3][4] = OUTPUT | 0x403 | rows[i].page_bits;
			lpae.regime = QPASI_LPAE_EL10;
			expect_number("two privileges", "may", permissions_of(&lpae), rows[i].two);
			lpae.regime = QPASI_LPAE_EL2;
			expect_number("one privilege", "may", permissions_of(&lpae),
				      one | one << 3);
		}
	}
}

static void every_fault_has_a_name(void **state)
{
	(void)state;
	for (uint32_t i = 0; i < 8; i++)
		assert_true(strlen(qpasi_lpae_fault_name(i)) > 7);
	assert_string_equal(qpasi_lpae_fault_name(UINT32_MAX), "unknown fault");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(address_is_resolved_by_nine_bits_a_level),
		cmocka_unit_test(first_level_follows_the_width_of_the_input),
		cmocka_unit_test(blocks_map_gigabytes_at_level_1_and_2_megabytes_at_level_2),
		cmocka_unit_test(every_fault_has_its_kind_and_its_level),
		cmocka_unit_test(root_that_is_too_high_or_no_memory_is_a_fault_of_its_level),
		cmocka_unit_test(tables_that_point_to_themselves_end_the_walk_at_level_3),
		cmocka_unit_test(random_tables_are_walked_in_four_reads_at_most),
		cmocka_unit_test(permissions_are_those_of_the_architecture),
		cmocka_unit_test(every_fault_has_a_name),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
