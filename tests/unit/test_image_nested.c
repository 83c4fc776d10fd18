/* SPDX-License-Identifier: BSD-3-Clause */
/* Images inside of an image's file, row E43. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

#include <qpas/image.h>

#include "support/image_builder.h"
#include "unit/failing_heap.h"

#define FLOOD_BYTES ((size_t)4 << 20)

static struct qpas_image *must_open(const struct test_image *image,
				    const struct qpas_params *params)
{
	struct qpas_slice bytes = {image->bytes, image->size};
	struct qpas_error err = QPAS_ERROR_INIT;
	struct qpas_image *out = NULL;

	if (qpas_image_open_memory(bytes, params, &out, &err))
		fail_msg("open: %s", err.text);
	return out;
}

static struct qpas_image_info describe(const struct qpas_image *image)
{
	struct qpas_image_info info = QPAS_IMAGE_INFO_INIT;

	assert_int_equal(qpas_image_describe(image, &info, NULL), 0);
	return info;
}

/* The next one from *at on is at `offset`, of `size` bytes and `elf_class`; *at moves behind it. */
static void expect_next(const struct qpas_image *image, uint64_t *at, uint64_t offset, size_t size,
			uint32_t elf_class)
{
	struct qpas_error err = QPAS_ERROR_INIT;
	struct qpas_image *inside = NULL;
	struct qpas_image_info info;
	uint64_t found = 0;

	if (qpas_image_nested(image, *at, &inside, &found, &err))
		fail_msg("from 0x%llx: %s", (unsigned long long)*at, err.text);
	info = describe(inside);
	assert_int_equal(found, offset);
	assert_int_equal(info.file_bytes, size);
	assert_int_equal(info.elf_class, elf_class);
	assert_false(info.flags & QPAS_IMAGE_UNCOVERED);
	qpas_image_unref(inside);
	*at = found + 1;
}

static void expect_no_more(const struct qpas_image *image, uint64_t from)
{
	struct qpas_error err = QPAS_ERROR_INIT;
	struct qpas_image *inside = (struct qpas_image *)(uintptr_t)1;
	uint64_t found = 77;

	assert_int_equal(qpas_image_nested(image, from, &inside, &found, &err), QPAS_ERR_NOTFOUND);
	assert_null(inside);
	assert_int_equal(found, 77);
	assert_int_equal(err.message_id, 222);
}

static void image_without_others_inside_has_none(void **state)
{
	static const uint64_t from[] = {0, 1, 51, 4096, UINT32_MAX, UINT64_MAX};
	struct test_image image;
	struct qpas_image *opened;

	(void)state;
	test_image_build(&image, NULL);
	opened = must_open(&image, NULL);
	for (size_t i = 0; i < sizeof(from) / sizeof(from[0]); i++)
		expect_no_more(opened, from[i]);
	qpas_image_unref(opened);
	test_image_free(&image);
}

/* E43 */
static void images_one_behind_the_other_are_found_in_order(void **state)
{
	struct test_image_spec spec = TEST_IMAGE_SPEC_INIT;
	struct test_image first, second, third;
	struct qpas_image *opened;
	uint64_t at = 0;
	size_t at_second, at_third;

	(void)state;
	test_image_build(&first, NULL);
	test_image_build(&second, NULL);
	spec.elf_class = 64;
	test_image_build(&third, &spec);
	at_second = first.size;
	test_image_append(&first, second.bytes, second.size);
	test_image_append(&first, "odd", 3);
	at_third = first.size;
	test_image_append(&first, third.bytes, third.size);
	test_image_append(&first, "tail", 4);
	opened = must_open(&first, NULL);
	expect_next(opened, &at, at_second, second.size, 32);
	expect_next(opened, &at, at_third, third.size, 64);
	expect_no_more(opened, at);
	qpas_image_unref(opened);
	test_image_free(&first);
	test_image_free(&second);
	test_image_free(&third);
}

/* As boot images have them; the one inside lives on without the one around it. */
static void image_in_a_segment_is_found_and_outlives_the_one_around_it(void **state)
{
	struct test_image outer, inner;
	struct qpas_image *opened, *inside = NULL;
	struct qpas_slice data = {NULL, 0};
	uint64_t offset = 0, place;

	(void)state;
	test_image_build(&outer, NULL);
	test_image_build(&inner, NULL);
	place = test_phdr_get(&outer, 2, TEST_P_OFFSET) + 16;
	/* Only its headers fit: their segments end behind the file, so it is none. */
	memcpy(outer.bytes + place, inner.bytes, 64);
	opened = must_open(&outer, NULL);
	expect_no_more(opened, 0);
	qpas_image_unref(opened);

	test_image_resize(&outer, (size_t)place + inner.size);
	memcpy(outer.bytes + place, inner.bytes, inner.size);
	opened = must_open(&outer, NULL);
	assert_int_equal(qpas_image_nested(opened, 0, &inside, &offset, NULL), 0);
	qpas_image_unref(opened);
	assert_int_equal(offset, place);
	assert_int_equal(qpas_image_metadata(inside, &data, NULL), 0);
	assert_memory_equal(data.ptr, inner.bytes, 52);
	qpas_image_unref(inside);
	test_image_free(&outer);
	test_image_free(&inner);
}

/* What only looks like an ELF header costs no copy: megabytes of them are gone through at once. */
static void flood_of_magics_is_passed_over_in_linear_time(void **state)
{
	/* Another class byte; no header at all; one that decodes, and whose segments lie beyond. */
	static const char *const kinds[] = {"\177ELF", "\177ELF\1\1\1", NULL};
	struct test_image image, inner;
	struct timespec begun, now;

	(void)state;
	test_image_build(&inner, NULL);
	test_phdr_set(&inner, 3, TEST_P_OFFSET, 0x7fffffff);
	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		const char *text = kinds[i] ? kinds[i] : (const char *)inner.bytes;
		size_t length = kinds[i] ? strlen(text) : 52 + 5 * 32;
		struct qpas_image *opened;

		test_image_build(&image, NULL);
		while (image.size < (kinds[i] ? FLOOD_BYTES / 16 : FLOOD_BYTES / 64))
			test_image_append(&image, text, length);
		opened = must_open(&image, NULL);
		assert_int_equal(clock_gettime(CLOCK_MONOTONIC, &begun), 0);
		expect_no_more(opened, 0);
		assert_int_equal(clock_gettime(CLOCK_MONOTONIC, &now), 0);
		if (now.tv_sec - begun.tv_sec > 5)
			fail_msg("kind %zu took %ld s", i, (long)(now.tv_sec - begun.tv_sec));
		qpas_image_unref(opened);
		test_image_free(&image);
	}
	test_image_free(&inner);
}

static void limits_of_the_image_hold_inside_of_it(void **state)
{
	struct qpas_limits limits = QPAS_LIMITS_INIT;
	struct qpas_params params = QPAS_PARAMS_INIT;
	struct test_image_spec spec = TEST_IMAGE_SPEC_INIT;
	struct test_image outer, inner;
	struct qpas_image *opened;
	uint64_t at = 0;

	(void)state;
	test_image_build(&outer, NULL);
	test_image_build(&inner, &spec);
	test_image_append(&outer, inner.bytes, inner.size);
	opened = must_open(&outer, NULL);
	expect_next(opened, &at, outer.size - inner.size, inner.size, 32);
	qpas_image_unref(opened);
	limits.program_headers = 5;
	params.limits = &limits;
	test_ehdr_set(&inner, TEST_E_PHNUM, 6);
	memcpy(outer.bytes + outer.size - inner.size, inner.bytes, inner.size);
	opened = must_open(&outer, &params);
	expect_no_more(opened, 0);
	qpas_image_unref(opened);
	test_image_free(&outer);
	test_image_free(&inner);
}

static void each_failing_allocation_is_an_error_and_leaks_nothing(void **state)
{
	struct qpas_allocator allocator = QPAS_ALLOCATOR_INIT;
	struct qpas_params params = QPAS_PARAMS_INIT;
	struct heap heap = {0, 0, 0, 0, false};
	struct test_image image, inner;
	struct qpas_image *opened, *inside = NULL;
	uint64_t offset = 0;
	uint32_t live, calls;

	(void)state;
	allocator.malloc = heap_malloc;
	allocator.realloc = heap_realloc;
	allocator.free = heap_free;
	allocator.user = &heap;
	params.allocator = &allocator;
	test_image_build(&image, NULL);
	test_image_build(&inner, NULL);
	test_image_append(&image, inner.bytes, inner.size);
	opened = must_open(&image, &params);
	live = heap.live;
	heap.calls = 0;
	assert_int_equal(qpas_image_nested(opened, 0, &inside, &offset, NULL), 0);
	qpas_image_unref(inside);
	calls = heap.calls;
	assert_in_range(calls, 3, 16);
	for (uint32_t n = 1; n <= calls; n++) {
		struct qpas_error err = QPAS_ERROR_INIT;

		heap.calls = 0;
		heap.fail_at = n;
		assert_int_equal(qpas_image_nested(opened, 0, &inside, &offset, &err),
				 QPAS_ERR_NOMEM);
		assert_int_equal(err.code, QPAS_ERR_NOMEM);
		assert_null(inside);
		assert_int_equal(heap.live, live);
	}
	heap.fail_at = 0;
	qpas_image_unref(opened);
	assert_int_equal(heap.live, 0);
	test_image_free(&image);
	test_image_free(&inner);
}

/* A01 */
static void null_arguments_are_refused(void **state)
{
	struct qpas_image *opened, *inside = NULL;
	struct test_image image;
	uint64_t offset = 0;

	(void)state;
	test_image_build(&image, NULL);
	opened = must_open(&image, NULL);
	assert_int_equal(qpas_image_nested(NULL, 0, &inside, &offset, NULL), QPAS_ERR_ARG);
	assert_int_equal(qpas_image_nested(opened, 0, NULL, &offset, NULL), QPAS_ERR_ARG);
	assert_int_equal(qpas_image_nested(opened, 0, &inside, NULL, NULL), QPAS_ERR_ARG);
	qpas_image_unref(opened);
	test_image_free(&image);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(image_without_others_inside_has_none),
		cmocka_unit_test(images_one_behind_the_other_are_found_in_order),
		cmocka_unit_test(image_in_a_segment_is_found_and_outlives_the_one_around_it),
		cmocka_unit_test(flood_of_magics_is_passed_over_in_linear_time),
		cmocka_unit_test(limits_of_the_image_hold_inside_of_it),
		cmocka_unit_test(each_failing_allocation_is_an_error_and_leaks_nothing),
		cmocka_unit_test(null_arguments_are_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
