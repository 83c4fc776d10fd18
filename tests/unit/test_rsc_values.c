/* SPDX-License-Identifier: BSD-3-Clause */
/* Resource tables as bytes, values of entries: rows R10 to R17. */
#include "unit/rsc_validate.h"

static void r10_regions_that_wrap_are_refused_but_any_address_is_not(void **state)
{
	static const struct {
		uint32_t type, da, pa, len;
		int wanted;
	} rows[] = {
		{0, 0xfffff000, 0, 0x1000, 0},
		{0, 0xfffff000, 0, 0x1001, QPAS_ERR_OVERFLOW},
		{0, 0, 0xfffff000, 0x1001, QPAS_ERR_OVERFLOW},
		{0, 0x80000000, 0, 0x80000001, QPAS_ERR_OVERFLOW},
		{0, 1, 1, 0xffffffff, 0},
		{0, 2, 0, 0xffffffff, QPAS_ERR_OVERFLOW},
		{0, 0xffffffff, 0xffffffff, 0xffffffff, 0},
		{0, 0xffffffff, 0xfffffffe, 3, QPAS_ERR_OVERFLOW},
		{0, 0xfffffffe, 0xffffffff, 3, QPAS_ERR_OVERFLOW},
		{1, 0xfffff000, 0, 0x1000, 0},
		{1, 0xfffff000, 0, 0x2000, QPAS_ERR_OVERFLOW},
		{1, 0, 0xfffff000, 0x2000, QPAS_ERR_OVERFLOW},
		{1, 0xffffffff, 0xffffffff, 0x1000, QPAS_ERR_FORMAT},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const uint32_t words[5] = {rows[i].type, rows[i].da, rows[i].pa, rows[i].len, 3};

		start_table(&table, 1);
		(void)add_region(&table, 0, words, "");
		expect_code("R10", validate(), rows[i].wanted);
	}
}

static void r11_empty_and_enormous_devmem_is_refused(void **state)
{
	static const struct {
		uint32_t da, len;
		int wanted;
	} rows[] = {
		{0x1000, 0, QPAS_ERR_FORMAT},
		{0, 0, QPAS_ERR_FORMAT},
		{0, 0xfffff000, QPAS_ERR_LIMIT},
		{0x1000, 0xfffff000, QPAS_ERR_LIMIT},
		{0x80000000, 0xfffff000, QPAS_ERR_LIMIT},
		{0, 0xffffffff, QPAS_ERR_LIMIT},
		{0, 0xfff00000, 0},
		{0, 0xfff01000, QPAS_ERR_LIMIT},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		start_table(&table, 1);
		(void)add_devmem(&table, 0, rows[i].da, rows[i].len);
		expect_code("R11", validate(), rows[i].wanted);
	}
}

static void devmem_off_the_page_grid_is_refused(void **state)
{
	(void)state;
	for (uint32_t field = 1; field <= 3; field++) {
		for (uint32_t low = 1; low < 0x1000; low++) {
			size_t at;

			start_table(&table, 1);
			at = add_devmem(&table, 0, 0x10000, 0x4000);
			put32(&table, at + 4 * field, get32(&table, at + 4 * field) | low);
			expect_code("grid", validate_limited(65536, 256), QPAS_ERR_FORMAT);
		}
	}
}

static void r12_unknown_flag_bits_of_devmem_are_refused(void **state)
{
	(void)state;
	for (uint32_t bit = 0; bit < 32; bit++) {
		size_t at;

		start_table(&table, 1);
		at = add_devmem(&table, 0, 0x10000, 0x4000);
		put32(&table, at + 16, 3 | UINT32_C(1) << bit);
		expect_code("R12 flags", validate(), bit < 6 ? 0 : QPAS_ERR_FORMAT);
	}
}

static void r12_overlapping_device_addresses_are_refused(void **state)
{
	static const struct {
		uint32_t da, len;
		int wanted;
	} rows[] = {
		{0x10000, 0x4000, QPAS_ERR_OVERLAP},
		{0x13000, 0x1000, QPAS_ERR_OVERLAP},
		{0xf000, 0x2000, QPAS_ERR_OVERLAP},
		{0x8000, 0x10000, QPAS_ERR_OVERLAP},
		{0xf000, 0x1000, 0},
		{0x14000, 0x1000, 0},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		for (uint32_t type = 0; type < 2; type++) {
			const uint32_t other[5] = {type, rows[i].da, 0x900000, rows[i].len, 3};

			start_table(&table, 3);
			(void)add_devmem(&table, 0, 0x70000, 0x1000);
			(void)add_devmem(&table, 1, 0x10000, 0x4000);
			(void)add_region(&table, 2, other, "other");
			expect_code("R12 overlap", validate(), rows[i].wanted);
		}
	}
	/* The same physical memory at two device addresses is no overlap. */
	start_table(&table, 2);
	(void)add_devmem(&table, 0, 0x10000, 0x1000);
	put32(&table, add_devmem(&table, 1, 0x20000, 0x1000) + 8, 0x10000);
	assert_int_equal(validate(), 0);
}

static void r12_where_devmem_points_is_left_to_policy(void **state)
{
	(void)state;
	start_table(&table, 1);
	(void)add_devmem(&table, 0, 0x80000000, 0x1000);
	assert_int_equal(validate(), 0);
	assert_int_equal(entry_at(0).pa, 0x80000000);
}

static void r12_overlap_with_the_carveout_is_refused(void **state)
{
	static const struct {
		uint64_t da, len;
		int wanted;
	} rows[] = {
		{0x95c00000, 0x1e00000, 0},
		{0x90c10000, 0x1000, QPAS_ERR_OVERLAP},
		{0x90c0f000, 0x2000, QPAS_ERR_OVERLAP},
		{0x90c11000, 0x1000, 0},
		{0x90c0f000, 0x1000, 0},
		{0, UINT64_MAX, QPAS_ERR_OVERLAP},
		{0x1000, UINT64_MAX, QPAS_ERR_OVERLAP},
		{UINT64_C(0x190c10000), 0x1000, 0},
		{0x50000, 0x1000, QPAS_ERR_OVERLAP},
	};
	const uint32_t any[5] = {0, 0xffffffff, 0xffffffff, 0x1000, 3};
	const uint32_t fixed[5] = {0, 0x50000, 0xffffffff, 0x1000, 3};

	(void)state;
	start_table(&table, 3);
	(void)add_region(&table, 0, any, "any");
	(void)add_devmem(&table, 1, 0x90c10000, 0x1000);
	(void)add_region(&table, 2, fixed, "fixed");
	assert_int_equal(validate(), 0);
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		expect_code("R12 carveout",
			    qpasi_rsc_check_carveout(as_slice(&table), rows[i].da, rows[i].len,
						     NULL),
			    rows[i].wanted);
}

static void r13_names_without_nul_are_bounded_and_flagged(void **state)
{
	struct qpas_rsc_entry entry;

	(void)state;
	for (uint32_t kind = 0; kind < 3; kind++) {
		size_t at;

		start_table(&table, 1);
		at = kind == 2 ? add_trace(&table, 0, 0, 16) : add_devmem(&table, 0, 0, 0x1000);
		if (kind == 0)
			put32(&table, at, 0);
		at += kind == 2 ? 16 : 24;
		memset(table.at + at, 'n', 32);
		assert_int_equal(validate(), 0);
		entry = entry_at(0);
		assert_int_equal(entry.name_unterminated, 1);
		assert_int_equal(strlen(entry.name), 32);
		table.at[at + 31] = 0;
		entry = entry_at(0);
		assert_int_equal(entry.name_unterminated, 0);
		assert_int_equal(strlen(entry.name), 31);
		/* Nothing behind the NUL comes along. */
		table.at[at + 2] = 0;
		entry = entry_at(0);
		assert_string_equal(entry.name, "nn");
		for (size_t i = 2; i < sizeof(entry.name); i++)
			assert_int_equal(entry.name[i], 0);
	}
}

static void r14_vdevs_are_bounded(void **state)
{
	size_t at;

	(void)state;
	for (uint32_t vrings = 0; vrings < 256; vrings++) {
		start_table(&table, 1);
		(void)add_vdev(&table, 0, (uint8_t)vrings, 0);
		expect_code("R14 vrings", validate(), vrings > 2 ? QPAS_ERR_LIMIT : 0);
	}
	start_table(&table, 1);
	at = add_vdev(&table, 0, 1, 255);
	assert_int_equal(validate(), 0);
	assert_int_equal(entry_at(0).bytes, 28 + 20 + 255);
	table.len--;
	expect_code("R14 at the end", validate(), QPAS_ERR_RANGE);
	table.len++;
	for (uint32_t config = 256; config; config = config << 1 | 1) {
		put32(&table, at + 20, config);
		expect_code("R14 configuration", validate(), QPAS_ERR_RANGE);
		if (config == 0xffffffff)
			break;
	}
	/* 28 + 20 + config wraps 32 bits exactly to the bytes that are there. */
	put32(&table, at + 20, 0xffffffff - 47);
	expect_code("R14 wrap", validate(), QPAS_ERR_RANGE);
	start_table(&table, 1);
	at = add_vdev(&table, 0, 0, 0);
	table.at[at + 25] = 1;
	expect_code("R14 vring behind the end", validate(), QPAS_ERR_RANGE);
}

/* One vdev with one vring whose fields are given. */
static int validate_vring(uint32_t da, uint32_t align, uint32_t num, uint32_t pa)
{
	size_t at;

	start_table(&table, 1);
	at = add_vdev(&table, 0, 1, 0);
	put32(&table, at + 28, da);
	put32(&table, at + 32, align);
	put32(&table, at + 36, num);
	put32(&table, at + 44, pa);
	return validate();
}

static void r15_vrings_that_cannot_be_are_refused(void **state)
{
	static const uint32_t any = 0xffffffff;
	static const uint32_t bad_num[] = {0, 3, 255, 257, 0x80000001, 0xffffffff};
	static const uint32_t bad_align[] = {0, 3, 4095, 0x20000, 0x80000000, 0xffffffff};

	(void)state;
	for (size_t i = 0; i < sizeof(bad_num) / sizeof(bad_num[0]); i++)
		expect_code("R15 num", validate_vring(any, 4096, bad_num[i], any), QPAS_ERR_FORMAT);
	for (size_t i = 0; i < sizeof(bad_align) / sizeof(bad_align[0]); i++)
		expect_code("R15 align", validate_vring(any, bad_align[i], 256, any),
			    QPAS_ERR_FORMAT);
	for (uint32_t bit = 0; bit <= 16; bit++)
		expect_code("R15 good", validate_vring(any, UINT32_C(1) << bit, 256, any), 0);
}

static void r16_vring_sizes_that_wrap_are_refused(void **state)
{
	static const struct {
		uint32_t da, align, num, pa;
		int wanted;
	} rows[] = {
		{0xffffffff, 4096, 0x08000000, 0xffffffff, 0},
		{0xffffffff, 4096, 0x10000000, 0xffffffff, QPAS_ERR_OVERFLOW},
		{0xffffffff, 1, 0x40000000, 0xffffffff, QPAS_ERR_OVERFLOW},
		{0xffffffff, 65536, 0x80000000, 0xffffffff, QPAS_ERR_OVERFLOW},
		/* 256 buffers aligned to 4 KiB: 8192 + 6 + 2048 bytes. */
		{0xffffffff - 10245, 4096, 256, 0xffffffff, 0},
		{0xffffffff - 10244, 4096, 256, 0xffffffff, QPAS_ERR_OVERFLOW},
		{0xffffffff, 4096, 256, 0xffffffff - 10245, 0},
		{0xffffffff, 4096, 256, 0xffffffff - 10244, QPAS_ERR_OVERFLOW},
		{0x1000, 4096, 256, 0, 0},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		expect_code("R16",
			    validate_vring(rows[i].da, rows[i].align, rows[i].num, rows[i].pa),
			    rows[i].wanted);
}

static void r17_notification_numbers_are_only_reported(void **state)
{
	size_t first, second;

	(void)state;
	start_table(&table, 2);
	first = add_vdev(&table, 0, 2, 0);
	second = add_vdev(&table, 1, 2, 0);
	put32(&table, first + 8, 0xffffffff);
	put32(&table, second + 8, 0xffffffff);
	for (size_t k = 0; k < 2; k++) {
		put32(&table, first + 40 + 20 * k, 0xffffffff);
		put32(&table, second + 40 + 20 * k, 0xffffffff);
	}
	assert_int_equal(validate(), 0);
	assert_int_equal(entry_at(0).vdev_notifyid, 0xffffffff);
	assert_int_equal(entry_at(1).vring[1].notifyid, 0xffffffff);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(r10_regions_that_wrap_are_refused_but_any_address_is_not),
		cmocka_unit_test(r11_empty_and_enormous_devmem_is_refused),
		cmocka_unit_test(devmem_off_the_page_grid_is_refused),
		cmocka_unit_test(r12_unknown_flag_bits_of_devmem_are_refused),
		cmocka_unit_test(r12_overlapping_device_addresses_are_refused),
		cmocka_unit_test(r12_where_devmem_points_is_left_to_policy),
		cmocka_unit_test(r12_overlap_with_the_carveout_is_refused),
		cmocka_unit_test(r13_names_without_nul_are_bounded_and_flagged),
		cmocka_unit_test(r14_vdevs_are_bounded),
		cmocka_unit_test(r15_vrings_that_cannot_be_are_refused),
		cmocka_unit_test(r16_vring_sizes_that_wrap_are_refused),
		cmocka_unit_test(r17_notification_numbers_are_only_reported),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
