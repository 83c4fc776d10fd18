/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The resource table that firmware brings along: where it is found in an image, and what a boot makes
 * of it. No public image has one, so they are all made here.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include <qpas/qpas.h>

#include "support/fake_rig.h"
#include "support/image_builder.h"
#include "support/must.h"

#define NAME	    ".resource_table"
#define TABLE_BYTES 76u

/* One devmem entry each, as bytes: da, pa, 0x1000 bytes, read and write. */
#define TABLE(da2, pa2)                                                                           \
	{                                                                                         \
		1, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 20, 0, 0, 0, 1, 0, 0, 0, 0, 0,    \
			da2, 8, 0, 0, pa2, 0x90, 0, 0x10, 0, 0, 3, 0, 0, 0, 0, 0, 0, 0, 'd', 'e', \
			'v',                                                                      \
	}

static const uint8_t own_table[TABLE_BYTES] = TABLE(0x11, 0xc1);
static const uint8_t tz_table[TABLE_BYTES] = TABLE(0x22, 0xc2);

/* The usual image whose second segment starts with a table. */
static void build(struct test_image *image, uint32_t elf_class, const void *table, size_t size)
{
	struct test_image_spec spec = TEST_IMAGE_SPEC_INIT;
	size_t at;

	spec.elf_class = elf_class;
	test_image_build(image, &spec);
	at = (size_t)test_phdr_get(image, 2, TEST_P_OFFSET);
	memcpy(image->bytes + at, table, size);
	test_image_add_section(image, NAME, at, size);
}

static struct qpas_image *open_image(const struct test_image *built)
{
	struct qpas_slice bytes = {built->bytes, built->size};
	struct qpas_image *image = NULL;

	test_must(!qpas_image_open_memory(bytes, NULL, &image, NULL), "image");
	return image;
}

static int find(const struct test_image *built, struct qpas_error *err)
{
	struct qpas_image *image = open_image(built);
	struct qpas_slice bytes = {built, 7};
	int code = qpas_image_rsc_table(image, &bytes, err);

	if (!code) {
		assert_int_equal(bytes.len, TABLE_BYTES);
		assert_memory_equal(bytes.ptr, own_table, TABLE_BYTES);
	} else {
		assert_null(bytes.ptr);
		assert_int_equal(bytes.len, 0);
	}
	qpas_image_unref(image);
	return code;
}

/* --- where it is found --- */

static void table_is_found_by_the_name_of_its_section(void **state)
{
	struct qpas_error err = QPAS_ERROR_INIT;
	struct test_image built;

	(void)state;
	for (uint32_t elf_class = 32; elf_class <= 64; elf_class += 32) {
		build(&built, elf_class, own_table, TABLE_BYTES);
		assert_int_equal(find(&built, &err), 0);
		test_image_free(&built);
	}
	test_image_build(&built, NULL);
	assert_int_equal(find(&built, &err), QPAS_ERR_NOTFOUND);
	test_image_free(&built);
}

/* Section headers are nobody's promise: whatever they say, nothing is read outside of the file. */
static void section_headers_that_make_no_sense_mean_no_table(void **state)
{
	static const struct {
		enum test_ehdr field;
		uint64_t value;
	} rows[] = {
		{TEST_E_SHOFF, 0},	   {TEST_E_SHOFF, 0x7fffffff}, {TEST_E_SHOFF, 0xffffffff},
		{TEST_E_SHENTSIZE, 0},	   {TEST_E_SHENTSIZE, 39},     {TEST_E_SHENTSIZE, 64},
		{TEST_E_SHNUM, 0},	   {TEST_E_SHNUM, 1},	       {TEST_E_SHNUM, 257},
		{TEST_E_SHNUM, 0xffff},	   {TEST_E_SHSTRNDX, 1},       {TEST_E_SHSTRNDX, 3},
		{TEST_E_SHSTRNDX, 0xffff},
	};
	struct qpas_error err = QPAS_ERROR_INIT;

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct test_image built;
		int code;

		build(&built, 32, own_table, TABLE_BYTES);
		test_ehdr_set(&built, rows[i].field, rows[i].value);
		test_image_rehash(&built);
		code = find(&built, &err);
		if (code != QPAS_ERR_NOTFOUND)
			fail_msg("row %zu: %d", i, code);
		test_image_free(&built);
	}
}

/* Fields of a section header: index of the header, offset in it, value. */
static void section_that_is_another_or_empty_is_not_the_table(void **state)
{
	static const struct {
		uint32_t index;
		size_t at;
		uint64_t value;
		int code;
	} rows[] = {
		{1, 0, 0, QPAS_ERR_NOTFOUND},
		{1, 0, 2, QPAS_ERR_NOTFOUND},
		{1, 0, 0xffffffff, QPAS_ERR_NOTFOUND},
		{1, 4, 0, QPAS_ERR_NOTFOUND},
		{1, 4, 8, QPAS_ERR_NOTFOUND},
		{1, 20, 0, QPAS_ERR_NOTFOUND},
		/* The names: without the last NUL, outside, without bytes. */
		{2, 20, sizeof(NAME), QPAS_ERR_NOTFOUND},
		{2, 16, 0xfffffff0, QPAS_ERR_NOTFOUND},
		{2, 20, 0xffffffff, QPAS_ERR_NOTFOUND},
		{2, 4, 8, QPAS_ERR_NOTFOUND},
		/* Found, and in no segment: behind its end, outside of the file, wrapping. */
		{1, 16, 0x30, QPAS_ERR_POLICY},
		{1, 16, 0xffffffff, QPAS_ERR_POLICY},
		{1, 20, 0xffffffff, QPAS_ERR_POLICY},
		{1, 20, 0x100000, QPAS_ERR_POLICY},
	};
	struct qpas_error err = QPAS_ERROR_INIT;

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct test_image built;
		int code;

		build(&built, 32, own_table, TABLE_BYTES);
		test_image_set(&built, test_section_offset(&built, rows[i].index) + rows[i].at, 4,
			       rows[i].value);
		code = find(&built, &err);
		if (code != rows[i].code || err.code != rows[i].code)
			fail_msg("row %zu: %d", i, code);
		test_image_free(&built);
	}
}

/* Each byte of the section headers and names, each bit: an answer, and the same table or none. */
static void each_flipped_bit_of_the_section_headers_gets_an_answer(void **state)
{
	struct test_image built;
	size_t first;

	(void)state;
	build(&built, 32, own_table, TABLE_BYTES);
	first = test_section_offset(&built, 0) - 24;
	for (size_t bit = 0; bit < (built.size - first) * 8; bit++) {
		struct qpas_image *image;
		struct qpas_slice bytes;
		int code;

		built.bytes[first + bit / 8] ^= (uint8_t)(1u << bit % 8);
		image = open_image(&built);
		code = qpas_image_rsc_table(image, &bytes, NULL);
		assert_true(code == 0 || code == QPAS_ERR_NOTFOUND || code == QPAS_ERR_POLICY);
		if (!code) {
			/* Every byte can be read. */
			volatile uint8_t sum = 0;

			for (size_t i = 0; i < bytes.len; i++)
				sum = (uint8_t)(sum + ((const uint8_t *)bytes.ptr)[i]);
			assert_true(bytes.len <= built.size);
		}
		qpas_image_unref(image);
		built.bytes[first + bit / 8] ^= (uint8_t)(1u << bit % 8);
	}
	test_image_free(&built);
}

static void mdt_of_a_split_image_has_no_table(void **state)
{
	struct qpas_image *image = NULL;
	struct qpas_slice bytes;
	struct test_image built;
	char folder[64];
	int fd = test_folder_new(folder);

	(void)state;
	build(&built, 32, own_table, TABLE_BYTES);
	test_image_write_split(&built, fd, "own");
	assert_int_equal(qpas_image_open(fd, "own.mdt", NULL, &image, NULL), 0);
	assert_int_equal(qpas_image_rsc_table(image, &bytes, NULL), QPAS_ERR_NOTFOUND);
	qpas_image_unref(image);
	test_image_free(&built);
	test_folder_remove(folder, fd);
}

/* A01 */
static void null_is_refused(void **state)
{
	struct qpas_slice bytes = {"x", 1};
	struct qpas_error small = QPAS_ERROR_INIT;
	struct test_image built;
	struct qpas_image *image;

	(void)state;
	build(&built, 32, own_table, TABLE_BYTES);
	image = open_image(&built);
	assert_int_equal(qpas_image_rsc_table(NULL, &bytes, NULL), QPAS_ERR_ARG);
	assert_null(bytes.ptr);
	assert_int_equal(qpas_image_rsc_table(image, NULL, NULL), QPAS_ERR_ARG);
	small.size = 8;
	assert_int_equal(qpas_image_rsc_table(image, &bytes, &small), QPAS_ERR_ABI);
	qpas_image_unref(image);
	test_image_free(&built);
}

/* --- what a boot makes of it --- */

static struct rig begin_own(const void *table, size_t size)
{
	struct rig rig = begin();
	struct test_image built;

	build(&built, 32, table, size);
	qpas_image_unref(rig.board->image);
	rig.board->image = open_image(&built);
	test_image_free(&built);
	return rig;
}

static void tables_of_the_board_are_mapped(const struct fake *fake, uint32_t devices)
{
	char call[64];

	(void)snprintf(call, sizeof(call), "iommu_apply 1 0x80000000 x%u stream 0x3000",
		       devices + 1);
	if (!fake_called(fake, call))
		fail_msg("no call \"%s\"", call);
}

/* Its own table goes in; what comes out, and nothing else, is mapped. */
static void own_table_is_the_input_and_the_answer_counts(void **state)
{
	struct rig rig = begin_own(own_table, TABLE_BYTES);

	(void)state;
	rig.board->fake.table.ptr = tz_table;
	rig.board->fake.table.len = TABLE_BYTES;
	assert_int_equal(boot(&rig), 0);
	assert_int_equal(rig.err.code, 0);
	assert_true(fake_called(&rig.board->fake, "rsc_table 1 in 76 out 16384"));
	tables_of_the_board_are_mapped(&rig.board->fake, 1);
	end(&rig);
}

static void own_table_counts_where_the_trusted_world_has_none(void **state)
{
	(void)state;
	for (uint32_t says_so = 0; says_so < 2; says_so++) {
		struct rig rig = begin_own(own_table, TABLE_BYTES);
		struct rig without = begin();

		/* An empty answer, or NOTFOUND. */
		if (says_so)
			fail_at(&rig, "rsc_table", 1, QPAS_ERR_NOTFOUND);
		assert_int_equal(boot(&rig), 0);
		tables_of_the_board_are_mapped(&rig.board->fake, 1);
		end(&rig);
		assert_int_equal(boot(&without), 0);
		assert_true(fake_called(&without.board->fake, "rsc_table 1 in 16 out 16384"));
		tables_of_the_board_are_mapped(&without.board->fake, 0);
		end(&without);
	}
}

/* B27: a trusted world without the call is not one without a table. */
static void own_table_does_not_stand_in_for_an_old_trusted_world(void **state)
{
	struct rig rig = begin_own(own_table, TABLE_BYTES);

	(void)state;
	fail_at(&rig, "rsc_table", 1, QPAS_ERR_UNSUPP);
	assert_int_equal(boot(&rig), QPAS_ERR_UNSUPP);
	assert_int_equal(board_state(rig.context), QPAS_STATE_NEW);
	end(&rig);
}

/* It is validated before anybody hears of it, and checked against the carveout before it is used. */
static void own_table_that_breaks_a_rule_is_refused(void **state)
{
	static const struct {
		size_t at;
		uint8_t value;
		int code;
		bool sent; /* only how it fits the carveout is judged behind the call */
	} rows[] = {
		{0, 2, QPAS_ERR_UNSUPP, false},	    {8, 1, QPAS_ERR_FORMAT, false},
		{4, 2, QPAS_ERR_RANGE, false},	    {36, 0x43, QPAS_ERR_FORMAT, false},
		{27, 0x80, QPAS_ERR_OVERLAP, true},
	};
	uint8_t table[TABLE_BYTES];

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct rig rig;
		int code;

		memcpy(table, own_table, sizeof(table));
		table[rows[i].at] = rows[i].value;
		if (rows[i].sent)
			table[26] = 0;
		rig = begin_own(table, sizeof(table));
		code = boot(&rig);
		if (code != rows[i].code)
			fail_msg("row %zu: %d: %s", i, code, rig.err.text);
		assert_int_equal(rig.err.stage, QPAS_STAGE_RSC_TABLE);
		assert_int_equal(fake_called(&rig.board->fake, "rsc_table"), rows[i].sent);
		assert_false(fake_called(&rig.board->fake, "metadata_begin"));
		assert_int_equal(board_state(rig.context), QPAS_STATE_NEW);
		end(&rig);
	}
}

static void table_outside_of_all_segments_stops_the_boot(void **state)
{
	struct rig rig = begin();
	struct test_image built;

	(void)state;
	build(&built, 32, own_table, TABLE_BYTES);
	test_image_set(&built, test_section_offset(&built, 1) + 16, 4, 0x30);
	qpas_image_unref(rig.board->image);
	rig.board->image = open_image(&built);
	test_image_free(&built);
	assert_int_equal(boot(&rig), QPAS_ERR_POLICY);
	assert_non_null(strstr(rig.err.text, "lies in no loadable segment"));
	assert_int_equal(rig.board->fake.calls, 0);
	end(&rig);
}

/* R22: the table of a start is that start's; neither an old one nor an own one of before comes back. */
static void each_start_has_the_table_that_was_fetched_for_it(void **state)
{
	static const struct {
		bool from_tz;
		int fails;
		uint32_t devices;
	} starts[] = {
		{true, 0, 1}, {false, 0, 0}, {true, 0, 1}, {true, QPAS_ERR_TZ, 0}, {false, 0, 0}};
	struct qpas_context_event event = QPAS_CONTEXT_EVENT_INIT;
	struct rig rig = begin();

	(void)state;
	for (size_t i = 0; i < sizeof(starts) / sizeof(starts[0]); i++) {
		rig.board->fake.table.ptr = tz_table;
		rig.board->fake.table.len = starts[i].from_tz ? TABLE_BYTES : 0;
		rig.board->fake.event = QPAS_EVENT_READY;
		fake_clear(&rig.board->fake);
		fail_at(&rig, "rsc_table", 1, starts[i].fails);
		assert_int_equal(boot(&rig), starts[i].fails);
		assert_true(fake_called(&rig.board->fake, "rsc_table 1"));
		if (starts[i].fails) {
			assert_false(fake_called(&rig.board->fake, "iommu_apply"));
			continue;
		}
		tables_of_the_board_are_mapped(&rig.board->fake, starts[i].devices);
		/* The recovery of a crash is a start like any other. */
		rig.board->fake.event = QPAS_EVENT_CRASH;
		assert_int_equal(qpas_context_wait_event(rig.context, 0, &event, &rig.err), 0);
		assert_int_equal(qpas_shutdown(rig.context, &rig.err), 0);
	}
	end(&rig);
}

/* What a backend's slot answers, over a buffer that is full of poison. */
static struct {
	int code;
	size_t length;
	size_t writes;
} reply;

static int poisoned_table(void *priv, uint32_t pas_id, const struct qpas_backend_buffer *in,
			  const struct qpas_backend_buffer *out, size_t *length,
			  struct qpas_error *err)
{
	(void)priv;
	(void)pas_id;
	(void)in;
	(void)err;
	memset(out->ptr, 0xa5, out->len);
	memcpy(out->ptr, tz_table, reply.writes);
	*length = reply.length;
	return reply.code;
}

/* R19, R20: an error is an error whatever size comes with it, and only what was validated counts. */
static void sizes_and_bytes_beyond_the_table_count_for_nothing(void **state)
{
	static const struct {
		int code;
		size_t length;
		size_t writes;
		int result;
	} rows[] = {
		/* Trailing garbage, up to the end of the buffer. */
		{0, TABLE_BYTES, TABLE_BYTES, 0},
		{0, TABLE_BYTES + 1, TABLE_BYTES, 0},
		{0, 16384, TABLE_BYTES, 0},
		/* A size that is less than what was written. */
		{0, TABLE_BYTES - 1, TABLE_BYTES, QPAS_ERR_RANGE},
		{0, 16, TABLE_BYTES, QPAS_ERR_RANGE},
		/* A size without the bytes. */
		{0, TABLE_BYTES, 0, QPAS_ERR_UNSUPP},
		/* An error with a size, or with a table. */
		{QPAS_ERR_TZ, TABLE_BYTES, TABLE_BYTES, QPAS_ERR_TZ},
		{QPAS_ERR_TZ, 16385, TABLE_BYTES, QPAS_ERR_TZ},
		{QPAS_ERR_TZ, SIZE_MAX, 0, QPAS_ERR_TZ},
		{QPAS_ERR_IO, 0x40000000, 0, QPAS_ERR_IO},
		{1, TABLE_BYTES, TABLE_BYTES, QPAS_ERR_BACKEND},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct qpas_backend_desc desc = fake_descriptor;
		struct rig rig;
		int code;

		desc.rsc_table = poisoned_table;
		reply.code = rows[i].code;
		reply.length = rows[i].length;
		reply.writes = rows[i].writes;
		rig = begin_with(&desc, board_new());
		code = boot(&rig);
		if (code != rows[i].result)
			fail_msg("row %zu: %d: %s", i, code, rig.err.text);
		if (!code)
			tables_of_the_board_are_mapped(&rig.board->fake, 1);
		end(&rig);
	}
}

/* A06 */
static void allocation_failures_of_a_boot_with_a_table_are_undone(void **state)
{
	long nth = 1;
	int code;

	(void)state;
	do {
		struct rig rig = begin_own(own_table, TABLE_BYTES);

		rig.board->fail_block = nth++;
		code = boot(&rig);
		rig.board->fail_block = 0;
		if (code) {
			assert_int_equal(code, QPAS_ERR_NOMEM);
			assert_int_equal(board_state(rig.context), QPAS_STATE_NEW);
			assert_int_equal(boot(&rig), 0);
		}
		end(&rig);
	} while (code);
	assert_true(nth > 4);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(table_is_found_by_the_name_of_its_section),
		cmocka_unit_test(section_headers_that_make_no_sense_mean_no_table),
		cmocka_unit_test(section_that_is_another_or_empty_is_not_the_table),
		cmocka_unit_test(each_flipped_bit_of_the_section_headers_gets_an_answer),
		cmocka_unit_test(mdt_of_a_split_image_has_no_table),
		cmocka_unit_test(null_is_refused),
		cmocka_unit_test(own_table_is_the_input_and_the_answer_counts),
		cmocka_unit_test(own_table_counts_where_the_trusted_world_has_none),
		cmocka_unit_test(own_table_does_not_stand_in_for_an_old_trusted_world),
		cmocka_unit_test(own_table_that_breaks_a_rule_is_refused),
		cmocka_unit_test(table_outside_of_all_segments_stops_the_boot),
		cmocka_unit_test(each_start_has_the_table_that_was_fetched_for_it),
		cmocka_unit_test(sizes_and_bytes_beyond_the_table_count_for_nothing),
		cmocka_unit_test(allocation_failures_of_a_boot_with_a_table_are_undone),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
