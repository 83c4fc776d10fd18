/* SPDX-License-Identifier: BSD-3-Clause */
/* The bounds-checked reader and checked arithmetic. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/ckd.h"
#include "base/cursor.h"

static const uint8_t bytes[] = {0x01, 0x82, 0x03, 0x84, 0x05, 0x86, 0x07, 0x88, 0x09, 0x8a};

static struct qpas_slice whole(void)
{
	struct qpas_slice slice = {bytes, sizeof(bytes)};

	return slice;
}

static void reads_are_little_endian_and_move_on(void **state)
{
	struct qpasi_cursor cursor = qpasi_cursor_new(whole());

	(void)state;
	assert_int_equal(qpasi_cursor_u8(&cursor), 0x01);
	assert_int_equal(qpasi_cursor_le16(&cursor), 0x0382);
	assert_int_equal(qpasi_cursor_le32(&cursor), 0x07860584);
	assert_int_equal(cursor.at, 7);
	qpasi_cursor_seek(&cursor, 1);
	assert_true(qpasi_cursor_le64(&cursor) == UINT64_C(0x0988078605840382));
	assert_false(cursor.failed);
	assert_int_equal(qpasi_cursor_u8(&cursor), 0x8a);
	assert_false(cursor.failed);
}

static uint64_t read_width(struct qpasi_cursor *cursor, unsigned int width)
{
	switch (width) {
	case 1:
		return qpasi_cursor_u8(cursor);
	case 2:
		return qpasi_cursor_le16(cursor);
	case 4:
		return qpasi_cursor_le32(cursor);
	default:
		return qpasi_cursor_le64(cursor);
	}
}

/* Every offset, width and buffer length up to 16; the buffers are exact, for AddressSanitizer. */
static void a_read_past_the_end_gives_0_and_sticks(void **state)
{
	static const unsigned int widths[] = {1, 2, 4, 8};

	(void)state;
	for (size_t length = 0; length <= 16; length++) {
		uint8_t *copy = malloc(length ? length : 1);

		assert_non_null(copy);
		memset(copy, 0xee, length ? length : 1);
		for (size_t i = 0; i < 4 * (length + 2); i++) {
			struct qpas_slice slice = {copy, length};
			struct qpasi_cursor cursor = qpasi_cursor_new(slice);
			unsigned int width = widths[i % 4];
			size_t at = i / 4;
			uint64_t value;

			qpasi_cursor_seek(&cursor, at);
			value = read_width(&cursor, width);
			if ((at + width <= length) != !cursor.failed ||
			    (value != 0) == cursor.failed)
				fail_msg("length %zu, at %zu, width %u", length, at, width);
			if (!cursor.failed)
				continue;
			/* sticky: even what would fit */
			qpasi_cursor_seek(&cursor, 0);
			assert_int_equal(qpasi_cursor_u8(&cursor), 0);
			assert_true(cursor.failed);
		}
		free(copy);
	}
}

static void huge_distances_do_not_wrap(void **state)
{
	static const uint64_t huge[] = {11,	    UINT32_MAX,	    INT64_MAX,
					UINT64_MAX, UINT64_MAX - 4, UINT64_C(1) << 63};

	(void)state;
	for (size_t i = 0; i < sizeof(huge) / sizeof(huge[0]); i++) {
		struct qpasi_cursor cursor = qpasi_cursor_new(whole());
		struct qpas_slice part;

		qpasi_cursor_skip(&cursor, 5);
		qpasi_cursor_skip(&cursor, huge[i]);
		assert_true(cursor.failed);
		cursor = qpasi_cursor_new(whole());
		qpasi_cursor_seek(&cursor, huge[i]);
		assert_true(cursor.failed);
		cursor = qpasi_cursor_new(whole());
		qpasi_cursor_skip(&cursor, 5);
		part = qpasi_cursor_take(&cursor, huge[i]);
		assert_true(cursor.failed && part.len == 0 && part.ptr == NULL);
		assert_false(qpasi_slice_sub(whole(), 5, huge[i], &part));
		assert_false(qpasi_slice_sub(whole(), huge[i], 5, &part));
		assert_true(part.len == 0 && part.ptr == NULL);
	}
}

static void slices_are_cut_inside_only(void **state)
{
	struct qpas_slice none = {NULL, 0};
	struct qpas_slice part;

	(void)state;
	for (size_t offset = 0; offset <= 12; offset++) {
		for (size_t length = 0; length <= 12; length++) {
			bool inside = offset + length <= sizeof(bytes);

			assert_int_equal(qpasi_slice_sub(whole(), offset, length, &part), inside);
			assert_int_equal(part.len, inside ? length : 0);
			assert_ptr_equal(part.ptr, inside ? bytes + offset : NULL);
		}
	}
	assert_true(qpasi_slice_sub(none, 0, 0, &part));
	assert_false(qpasi_slice_sub(none, 0, 1, &part));
}

static void an_empty_cursor_reads_nothing(void **state)
{
	struct qpas_slice lie = {NULL, 100};
	struct qpasi_cursor cursor = qpasi_cursor_new(lie);

	(void)state;
	assert_int_equal(qpasi_cursor_u8(&cursor), 0);
	assert_true(cursor.failed);
}

static void stores_are_read_back(void **state)
{
	uint8_t buffer[16] = {0};

	(void)state;
	qpasi_put_le16(buffer + 1, 0x1234);
	assert_int_equal(buffer[1], 0x34);
	assert_int_equal(buffer[2], 0x12);
	qpasi_put_le32(buffer + 3, 0x89abcdef);
	assert_int_equal(buffer[3], 0xef);
	assert_int_equal(buffer[6], 0x89);
	assert_int_equal(qpasi_get_le32(buffer + 3), 0x89abcdef);
	qpasi_put_le64(buffer + 7, UINT64_C(0xfedcba9876543210));
	assert_int_equal(buffer[7], 0x10);
	assert_int_equal(buffer[14], 0xfe);
	assert_true(qpasi_get_le64(buffer + 7) == UINT64_C(0xfedcba9876543210));
	assert_int_equal(buffer[0] | buffer[15], 0);
}

static void checked_arithmetic_tells_what_does_not_fit(void **state)
{
	uint64_t result = 0;
	uint32_t narrow = 0;

	(void)state;
	assert_false(ckd_add(&result, UINT64_MAX - 1, UINT64_C(1)));
	assert_true(ckd_add(&result, UINT64_MAX, UINT64_C(1)));
	assert_true(ckd_sub(&result, UINT64_C(1), UINT64_C(2)));
	assert_true(ckd_mul(&result, UINT64_C(1) << 32, UINT64_C(1) << 32));
	assert_true(ckd_add(&narrow, UINT32_MAX, 1u));
	assert_false(qpasi_ckd_align_up(&result, 0, 4096));
	assert_int_equal(result, 0);
	assert_false(qpasi_ckd_align_up(&result, 1, 4096));
	assert_int_equal(result, 4096);
	assert_false(qpasi_ckd_align_up(&result, 4096, 4096));
	assert_int_equal(result, 4096);
	assert_false(qpasi_ckd_align_up(&result, UINT64_MAX - 4095, 4096));
	assert_true(qpasi_ckd_align_up(&result, UINT64_MAX - 4094, 4096));
	assert_true(qpasi_fits(0, UINT64_MAX, UINT64_MAX));
	assert_true(qpasi_fits(10, 0, 10));
	assert_false(qpasi_fits(11, 0, 10));
	assert_false(qpasi_fits(1, UINT64_MAX, UINT64_MAX));
	assert_false(qpasi_fits(UINT64_MAX, 1, UINT64_MAX));
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(reads_are_little_endian_and_move_on),
		cmocka_unit_test(a_read_past_the_end_gives_0_and_sticks),
		cmocka_unit_test(huge_distances_do_not_wrap),
		cmocka_unit_test(slices_are_cut_inside_only),
		cmocka_unit_test(an_empty_cursor_reads_nothing),
		cmocka_unit_test(stores_are_read_back),
		cmocka_unit_test(checked_arithmetic_tells_what_does_not_fit),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
