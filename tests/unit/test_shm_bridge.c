/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Bridge descriptors, rows S01 to S05 and S08. Live bridges, S06 and S07: test_tzsim_memory.c.
 * Expected words are literals: those of Linux 7.2 and those of the downstream and UEFI forms.
 */
#include "unit/expect.h"

#include <string.h>

#include <qpas/shm_bridge.h>

#include "format/shm_bridge.h"

#define LIST   1
#define SELF   2
#define POISON 0xa5

struct vector {
	const char *name;
	uint32_t form;
	uint64_t pa, ipa, length;
	uint32_t secure, self, count;
	struct qpas_shm_bridge_vm vm[4];
	uint64_t words[4];
};

static const struct vector vectors[] = {
	{"Linux, one page of arguments",
	 LIST,
	 0x40f22000,
	 0x40f22000,
	 0x1000,
	 6,
	 0,
	 1,
	 {{3, 6}},
	 {0x40f22006, 0x40f22006, 0x1200, 3}},
	{"Linux, a carveout",
	 LIST,
	 0x95c00000,
	 0x95c00000,
	 0x1e00000,
	 6,
	 0,
	 1,
	 {{3, 6}},
	 {0x95c00006, 0x95c00006, 0x1e00200, 3}},
	{"two VMs, the last one lowest",
	 LIST,
	 0x80000000,
	 0x90000000,
	 0x200000,
	 5,
	 0,
	 2,
	 {{3, 6}, {15, 4}},
	 {0x80000034, 0x90000005, 0x200400, 0x3000f}},
	{"four VMs, all fields full",
	 LIST,
	 0xffffffffff000,
	 0xffffffffff000,
	 0x1000,
	 7,
	 0,
	 4,
	 {{0xffff, 7}, {0, 1}, {0x33, 5}, {0x8000, 4}},
	 {0xffffffffffe6c, 0xffffffffff007, 0x1800, 0xffff000000338000}},
	{"self-owner",
	 SELF,
	 0x880000000,
	 0x880000000,
	 0x400000,
	 6,
	 6,
	 0,
	 {{0, 0}},
	 {0x880000000, 0x880000006, 0x40001a, 0}},
	{"self-owner of builds that repeat the permissions",
	 SELF,
	 0x880000000,
	 0x880000000,
	 0x400000,
	 6,
	 6,
	 0,
	 {{0, 6}},
	 {0x880000006, 0x880000006, 0x40001a, 0}},
	{"self-owner, reading and executing",
	 SELF,
	 0,
	 0,
	 0x10000000000000,
	 4,
	 5,
	 0,
	 {{0, 0}},
	 {0, 4, 0x10000000000016, 0}},
};

#define VECTORS (sizeof(vectors) / sizeof(vectors[0]))

static struct qpas_shm_bridge bridge_of(const struct vector *vector)
{
	struct qpas_shm_bridge bridge = QPAS_SHM_BRIDGE_INIT;

	bridge.form = vector->form;
	bridge.pa = vector->pa;
	bridge.ipa = vector->ipa;
	bridge.length = vector->length;
	bridge.secure_permissions = vector->secure;
	bridge.self_permissions = vector->self;
	bridge.vm_count = vector->count;
	memcpy(bridge.vm, vector->vm, sizeof(bridge.vm));
	return bridge;
}

/* A carveout as Linux bridges it, for rows that change one thing. */
static struct qpas_shm_bridge good(void)
{
	return bridge_of(&vectors[1]);
}

/* A refused call writes nothing. */
static void expect_refusal(const char *row, const struct qpas_shm_bridge *bridge, int wanted)
{
	uint64_t words[4], untouched[4];

	memset(words, POISON, sizeof(words));
	memset(untouched, POISON, sizeof(untouched));
	expect_code(row, qpasi_shm_bridge_encode(bridge, words, NULL), wanted);
	assert_memory_equal(words, untouched, sizeof(words));
}

static void expect_decode_refusal(const char *row, const uint64_t words[4], int wanted)
{
	struct qpas_shm_bridge bridge, untouched;

	memset(&bridge, POISON, sizeof(bridge));
	memset(&untouched, POISON, sizeof(untouched));
	expect_code(row, qpasi_shm_bridge_decode(words, &bridge, NULL), wanted);
	assert_memory_equal(&bridge, &untouched, sizeof(bridge));
}

static void bridges_become_the_words_that_are_known(void **state)
{
	(void)state;
	for (size_t v = 0; v < VECTORS; v++) {
		struct qpas_shm_bridge bridge = bridge_of(&vectors[v]);
		uint64_t words[4];

		expect_code(vectors[v].name, qpasi_shm_bridge_encode(&bridge, words, NULL), 0);
		for (size_t i = 0; i < 4; i++)
			expect_number(vectors[v].name, "a word", words[i], vectors[v].words[i]);
	}
}

static void known_words_become_bridges(void **state)
{
	(void)state;
	for (size_t v = 0; v < VECTORS; v++) {
		struct qpas_shm_bridge wanted = bridge_of(&vectors[v]);
		struct qpas_shm_bridge bridge = QPAS_SHM_BRIDGE_INIT;

		expect_code(vectors[v].name,
			    qpasi_shm_bridge_decode(vectors[v].words, &bridge, NULL), 0);
		assert_memory_equal(&bridge, &wanted, sizeof(bridge));
	}
}

static void the_bridge_of_linux_is_made_from_a_range(void **state)
{
	struct qpas_shm_bridge bridge;
	uint64_t words[4];

	(void)state;
	qpasi_shm_bridge_hlos(&bridge, 0x40fc0000, 0x4000);
	assert_int_equal(qpasi_shm_bridge_encode(&bridge, words, NULL), 0);
	expect_number("HLOS", "word 0", words[0], 0x40fc0006);
	expect_number("HLOS", "word 1", words[1], 0x40fc0006);
	expect_number("HLOS", "word 2", words[2], 0x4200);
	expect_number("HLOS", "word 3", words[3], 3);
}

static void s01_low_bits_of_addresses_and_lengths_are_refused(void **state)
{
	(void)state;
	for (uint64_t low = 1; low < 0x1000; low++) {
		struct qpas_shm_bridge bridge = good();

		bridge.pa |= low;
		expect_refusal("S01 pa", &bridge, QPAS_ERR_RANGE);
		bridge = good();
		bridge.ipa |= low;
		expect_refusal("S01 ipa", &bridge, QPAS_ERR_RANGE);
		bridge = good();
		bridge.length |= low;
		expect_refusal("S01 length", &bridge, QPAS_ERR_RANGE);
	}
}

/* Each value of the low bits of each word: refused, or decoded to the same address and back. */
static void s01_low_bits_of_words_never_reach_an_address(void **state)
{
	uint32_t accepted = 0;

	(void)state;
	for (size_t v = 0; v < VECTORS; v++) {
		for (uint32_t at = 0; at < 3 * 0x1000; at++) {
			struct qpas_shm_bridge bridge = QPAS_SHM_BRIDGE_INIT;
			uint64_t words[4], again[4];
			int rc;

			memcpy(words, vectors[v].words, sizeof(words));
			words[at / 0x1000] = (words[at / 0x1000] & ~UINT64_C(0xfff)) | at % 0x1000;
			rc = qpasi_shm_bridge_decode(words, &bridge, NULL);
			if (rc) {
				assert_true(rc == QPAS_ERR_FORMAT || rc == QPAS_ERR_LIMIT);
				continue;
			}
			accepted++;
			expect_number("S01", "pa", bridge.pa, vectors[v].pa);
			expect_number("S01", "ipa", bridge.ipa, vectors[v].ipa);
			expect_number("S01", "length", bridge.length, vectors[v].length);
			assert_int_equal(qpasi_shm_bridge_encode(&bridge, again, NULL), 0);
			assert_memory_equal(words, again, sizeof(words));
		}
	}
	assert_true(accepted > 20);
}

static void s02_empty_and_wrapping_ranges_are_refused(void **state)
{
	static const struct {
		uint64_t pa, ipa, length;
		int wanted;
	} rows[] = {
		{0x95c00000, 0x95c00000, 0, QPAS_ERR_FORMAT},
		{0, 0, 0, QPAS_ERR_FORMAT},
		{0x95c00000, 0x95c00000, 0xfffffffffffff000, QPAS_ERR_OVERFLOW},
		{0x1000, 0x1000, 0xfffffffffffff000, QPAS_ERR_OVERFLOW},
		{0, 0, 0xfffffffffffff000, QPAS_ERR_OVERFLOW},
		{0xfffffffffffff000, 0x1000, 0x1000, QPAS_ERR_OVERFLOW},
		{0x1000, 0xfffffffffffff000, 0x1000, QPAS_ERR_OVERFLOW},
		{0xfffffffffffff000, 0xfffffffffffff000, 0xfffffffffffff000, QPAS_ERR_OVERFLOW},
		{0x8000000000000000, 0, 0x8000000000000000, QPAS_ERR_OVERFLOW},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct qpas_shm_bridge bridge = good();
		uint64_t words[4] = {rows[i].pa | 6, rows[i].ipa | 6, rows[i].length | 0x200, 3};

		bridge.pa = rows[i].pa;
		bridge.ipa = rows[i].ipa;
		bridge.length = rows[i].length;
		expect_refusal("S02", &bridge, rows[i].wanted);
		expect_decode_refusal("S02", words, rows[i].wanted);
	}
}

static void s03_ranges_beyond_a_physical_address_are_refused(void **state)
{
	static const uint64_t rows[][2] = {
		{0, 0x10000000001000},	    {0x1000, 0x10000000000000},	  {0xffffffffff000, 0x2000},
		{0x10000000000000, 0x1000}, {0x7ffffffffffff000, 0x1000}, {0, 0x8000000000000000},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct qpas_shm_bridge bridge = good();
		uint64_t words[4] = {rows[i][0] | 6, 6, rows[i][1] | 0x200, 3};

		bridge.pa = rows[i][0];
		bridge.length = rows[i][1];
		bridge.ipa = 0;
		expect_refusal("S03", &bridge, QPAS_ERR_RANGE);
		expect_decode_refusal("S03", words, QPAS_ERR_RANGE);
		bridge.pa = 0;
		bridge.ipa = rows[i][0];
		expect_refusal("S03 ipa", &bridge, QPAS_ERR_RANGE);
	}
}

static void s04_vm_lists_that_do_not_fit_are_refused(void **state)
{
	struct qpas_shm_bridge bridge = good();
	struct qpas_shm_bridge four = bridge_of(&vectors[3]);

	(void)state;
	bridge.vm_count = 0;
	expect_refusal("S04 no VM", &bridge, QPAS_ERR_FORMAT);
	for (uint32_t count = 5; count < 40; count++) {
		four.vm_count = count;
		expect_refusal("S04 too many", &four, QPAS_ERR_LIMIT);
	}
	four.vm_count = 0xffffffff;
	expect_refusal("S04 too many", &four, QPAS_ERR_LIMIT);
	for (uint32_t a = 0; a < 4; a++) {
		for (uint32_t b = 0; b < 4; b++) {
			four = bridge_of(&vectors[3]);
			four.vm[a].vmid = four.vm[b].vmid;
			if (a != b)
				expect_refusal("S04 twice", &four, QPAS_ERR_FORMAT);
		}
	}
	for (uint32_t bit = 16; bit < 32; bit++) {
		bridge = good();
		bridge.vm[0].vmid |= UINT32_C(1) << bit;
		expect_refusal("S04 wide id", &bridge, QPAS_ERR_LIMIT);
	}
}

static void s04_words_with_wrong_vm_lists_are_refused(void **state)
{
	static const struct {
		uint64_t words[4];
		int wanted;
	} rows[] = {
		{{0x95c00006, 0x95c00006, 0x1e00000, 3}, QPAS_ERR_FORMAT},
		{{0x95c00006, 0x95c00006, 0x1e00a00, 3}, QPAS_ERR_LIMIT},
		{{0x95c00006, 0x95c00006, 0x1e00e00, 3}, QPAS_ERR_LIMIT},
		{{0x95c00036, 0x95c00006, 0x1e00400, 0x30003}, QPAS_ERR_FORMAT},
		{{0x95c00006, 0x95c00006, 0x1e00400, 3}, QPAS_ERR_FORMAT},
		{{0x95c00006, 0x95c00006, 0x1e00200, 0x10003}, QPAS_ERR_FORMAT},
		{{0x95c00006, 0x95c00006, 0x1e00201, 3}, QPAS_ERR_FORMAT},
		{{0x95c00006, 0x95c00006, 0x1e00218, 3}, QPAS_ERR_FORMAT},
		{{0x95c00000, 0x95c00006, 0x1e0021a, 3}, QPAS_ERR_FORMAT},
		{{0x95c00000, 0x95c00006, 0x1e0001a, 3}, QPAS_ERR_FORMAT},
		{{0x95c00000, 0x95c00006, 0x1e00002, 0}, QPAS_ERR_FORMAT},
		{{0, 0, 0, 0}, QPAS_ERR_FORMAT},
		{{UINT64_MAX, UINT64_MAX, UINT64_MAX, UINT64_MAX}, QPAS_ERR_FORMAT},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		expect_decode_refusal("S04 words", rows[i].words, rows[i].wanted);
}

static bool can_be(uint32_t permissions)
{
	return permissions == 1 || (permissions >= 4 && permissions <= 7);
}

static void s05_permissions_that_cannot_be_are_refused(void **state)
{
	(void)state;
	for (uint32_t value = 0; value < 64; value++) {
		struct qpas_shm_bridge vm = good(), secure = good();
		struct qpas_shm_bridge own = bridge_of(&vectors[4]);
		struct qpas_shm_bridge repeated = bridge_of(&vectors[5]);
		uint64_t words[4];

		vm.vm[0].permissions = value;
		secure.secure_permissions = value;
		own.self_permissions = value;
		repeated.vm[0].permissions = value;
		if (can_be(value)) {
			expect_code("S05", qpasi_shm_bridge_encode(&vm, words, NULL), 0);
			expect_number("S05", "word 0", words[0], 0x95c00000 | value);
			expect_code("S05", qpasi_shm_bridge_encode(&secure, words, NULL), 0);
			expect_number("S05", "word 1", words[1], 0x95c00000 | value);
			expect_code("S05", qpasi_shm_bridge_encode(&own, words, NULL), 0);
			expect_number("S05", "word 2", words[2], 0x400002 | value << 2);
			continue;
		}
		expect_refusal("S05 VM", &vm, QPAS_ERR_ARG);
		expect_refusal("S05 trusted world", &secure, QPAS_ERR_ARG);
		expect_refusal("S05 owner", &own, QPAS_ERR_ARG);
		if (value)
			expect_refusal("S05 repeated", &repeated, QPAS_ERR_ARG);
	}
}

static void forms_are_known_and_never_mixed(void **state)
{
	struct qpas_shm_bridge list = good();
	struct qpas_shm_bridge own = bridge_of(&vectors[4]);

	(void)state;
	list.self_permissions = 6;
	expect_refusal("owner in a list", &list, QPAS_ERR_ARG);
	own.vm_count = 1;
	own.vm[0].vmid = 3;
	own.vm[0].permissions = 6;
	expect_refusal("list of an owner", &own, QPAS_ERR_ARG);
	for (uint32_t form = 0; form < 64; form++) {
		list = good();
		list.form = form;
		if (form != LIST && form != SELF)
			expect_refusal("form", &list, QPAS_ERR_ARG);
	}
	list = good();
	list.reserved = 1;
	expect_refusal("reserved", &list, QPAS_ERR_ARG);
}

static void expect_round_trip(const struct qpas_shm_bridge *bridge)
{
	struct qpas_shm_bridge back = QPAS_SHM_BRIDGE_INIT;
	uint64_t words[4], again[4];

	assert_int_equal(qpasi_shm_bridge_encode(bridge, words, NULL), 0);
	assert_int_equal(qpasi_shm_bridge_decode(words, &back, NULL), 0);
	assert_memory_equal(bridge, &back, sizeof(back));
	assert_int_equal(qpasi_shm_bridge_encode(&back, again, NULL), 0);
	assert_memory_equal(words, again, sizeof(words));
}

static void s08_boundary_values_survive_the_round_trip(void **state)
{
	static const uint64_t places[] = {0,	      0x1000,	   0x7ffff000,	   0x80000000,
					  0xfffff000, 0x100000000, 0x7fffffffff000};
	static const uint64_t lengths[] = {0x1000,     0x2000,	    0x1e00000,
					   0x80000000, 0x100000000, 0x8000000000000};
	static const uint32_t permissions[] = {1, 4, 5, 6, 7};
	static const uint32_t vmids[] = {0, 1, 3, 0x2d, 0x7fff, 0x8000, 0xffff};
	uint64_t seed = 8;

	(void)state;
	for (uint32_t round = 0; round < 50000; round++) {
		struct qpas_shm_bridge bridge = QPAS_SHM_BRIDGE_INIT;

		bridge.pa = places[next_random(&seed) % 7];
		bridge.ipa = places[next_random(&seed) % 7];
		bridge.length = lengths[next_random(&seed) % 6];
		bridge.secure_permissions = permissions[next_random(&seed) % 5];
		bridge.form = round % 3 ? LIST : SELF;
		if (bridge.form == SELF) {
			bridge.self_permissions = permissions[next_random(&seed) % 5];
			bridge.vm[0].permissions = round % 2 ? 0 : bridge.self_permissions;
		} else {
			uint64_t first = next_random(&seed);

			bridge.vm_count = 1 + (uint32_t)(next_random(&seed) % 4);
			for (uint32_t i = 0; i < bridge.vm_count; i++) {
				bridge.vm[i].vmid = vmids[(first + i) % 7];
				bridge.vm[i].permissions = permissions[next_random(&seed) % 5];
			}
		}
		expect_round_trip(&bridge);
	}
}

/* Random words: refused, or an exact round trip. Never anything else. */
static void decode_is_total_over_random_words(void **state)
{
	uint64_t seed = 4;
	uint32_t accepted = 0;

	(void)state;
	for (uint32_t round = 0; round < 300000; round++) {
		struct qpas_shm_bridge bridge = QPAS_SHM_BRIDGE_INIT;
		uint64_t words[4], again[4];

		memcpy(words, vectors[next_random(&seed) % VECTORS].words, sizeof(words));
		for (uint32_t i = 0; i < 1 + round % 3; i++)
			words[next_random(&seed) % 4] ^= UINT64_C(1) << next_random(&seed) % 64;
		if (qpasi_shm_bridge_decode(words, &bridge, NULL))
			continue;
		accepted++;
		assert_int_equal(qpasi_shm_bridge_encode(&bridge, again, NULL), 0);
		assert_memory_equal(words, again, sizeof(words));
	}
	assert_true(accepted > 1000);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(bridges_become_the_words_that_are_known),
		cmocka_unit_test(known_words_become_bridges),
		cmocka_unit_test(the_bridge_of_linux_is_made_from_a_range),
		cmocka_unit_test(s01_low_bits_of_addresses_and_lengths_are_refused),
		cmocka_unit_test(s01_low_bits_of_words_never_reach_an_address),
		cmocka_unit_test(s02_empty_and_wrapping_ranges_are_refused),
		cmocka_unit_test(s03_ranges_beyond_a_physical_address_are_refused),
		cmocka_unit_test(s04_vm_lists_that_do_not_fit_are_refused),
		cmocka_unit_test(s04_words_with_wrong_vm_lists_are_refused),
		cmocka_unit_test(s05_permissions_that_cannot_be_are_refused),
		cmocka_unit_test(forms_are_known_and_never_mixed),
		cmocka_unit_test(s08_boundary_values_survive_the_round_trip),
		cmocka_unit_test(decode_is_total_over_random_words),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
