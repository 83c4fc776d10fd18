/* SPDX-License-Identifier: BSD-3-Clause */
/* The image object over bytes in memory: what it tells, and what it loads. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <qpas/image.h>

#include "support/image_builder.h"

static int open_bytes(const struct test_image *image, const struct qpas_params *params,
		      struct qpas_image **out, struct qpas_error *err)
{
	struct qpas_slice bytes = {image->bytes, image->size};

	return qpas_image_open_memory(bytes, params, out, err);
}

static struct qpas_image *must_open(const struct test_image *image)
{
	struct qpas_error err = QPAS_ERROR_INIT;
	struct qpas_image *out = NULL;

	if (open_bytes(image, NULL, &out, &err))
		fail_msg("open: %s", err.text);
	return out;
}

static struct qpas_image_info describe(const struct qpas_image *image)
{
	struct qpas_image_info info = QPAS_IMAGE_INFO_INIT;

	assert_int_equal(qpas_image_describe(image, &info, NULL), 0);
	return info;
}

static void describe_tells_what_the_headers_say(void **state)
{
	struct test_image_spec spec = TEST_IMAGE_SPEC_INIT;
	struct test_image image;

	(void)state;
	for (uint32_t elf_class = 32; elf_class <= 64; elf_class += 32) {
		struct qpas_image_info info;
		struct qpas_image *opened;

		spec.elf_class = elf_class;
		spec.machine = 0x5e;
		spec.entry = 0x8b000010;
		test_image_build(&image, &spec);
		opened = must_open(&image);
		info = describe(opened);
		assert_int_equal(info.elf_class, elf_class);
		assert_int_equal(info.machine, 0x5e);
		assert_int_equal(info.segments, 5);
		assert_int_equal(info.flags, QPAS_IMAGE_RELOCATABLE | QPAS_IMAGE_HASH_SEGMENT);
		assert_int_equal(info.entry, 0x8b000010);
		assert_int_equal(info.file_bytes, image.size);
		assert_int_equal(info.load_min, 0x8b000000);
		assert_int_equal(info.load_size, 0x5000);
		assert_int_equal(info.hash_segment, 1);
		assert_int_equal(info.metadata_bytes,
				 (elf_class == 32 ? 52 + 5 * 32 : 64 + 5 * 56) + image.hash.length);
		assert_int_equal(info.load_code, 0);
		assert_int_equal(info.load_message, 0);
		qpas_image_unref(opened);
		test_image_free(&image);
	}
}

static void segments_are_given_as_the_file_has_them(void **state)
{
	struct qpas_segment segment = QPAS_SEGMENT_INIT;
	struct qpas_slice data;
	struct qpas_image *opened;
	struct test_image image;

	(void)state;
	test_image_build(&image, NULL);
	opened = must_open(&image);
	assert_int_equal(qpas_image_segment(opened, 2, &segment, NULL), 0);
	assert_int_equal(segment.index, 2);
	assert_int_equal(segment.p_type, 1);
	assert_int_equal(segment.p_flags, 0x08000005);
	assert_int_equal(segment.p_vaddr, 0xc0000000);
	assert_int_equal(segment.p_paddr, 0x8b000000);
	assert_int_equal(segment.p_filesz, 0x1234);
	assert_int_equal(segment.p_memsz, 0x3000);
	assert_int_equal(segment.flags, QPAS_SEGMENT_LOADABLE | QPAS_SEGMENT_RELOCATABLE);
	assert_int_equal(qpas_image_segment_data(opened, 2, &data, NULL), 0);
	assert_int_equal(data.len, 0x1234);
	assert_memory_equal(data.ptr, image.bytes + segment.p_offset, data.len);
	assert_int_equal(qpas_image_segment(opened, 1, &segment, NULL), 0);
	assert_int_equal(segment.flags, QPAS_SEGMENT_HASH);
	assert_int_equal(qpas_image_segment_data(opened, 4, &data, NULL), 0);
	assert_int_equal(data.len, 0);
	assert_int_equal(qpas_image_segment(opened, 5, &segment, NULL), QPAS_ERR_NOTFOUND);
	assert_int_equal(qpas_image_segment_data(opened, 5, &data, NULL), QPAS_ERR_NOTFOUND);
	qpas_image_unref(opened);
	test_image_free(&image);
}

static void metadata_are_headers_and_hash_segment_without_padding(void **state)
{
	static const uint32_t versions[] = {3, 5, 6, 7, 8};

	(void)state;
	for (size_t i = 0; i < 10; i++) {
		struct test_image_spec spec = TEST_IMAGE_SPEC_INIT;
		struct qpas_image *opened;
		struct test_image image;
		struct qpas_slice data;
		size_t headers;

		spec.mbn_version = versions[i / 2];
		spec.hash_position = i % 2 ? TEST_HASH_LAST : TEST_HASH_SECOND;
		test_image_build(&image, &spec);
		headers = (size_t)test_phdr_get(&image, 0, TEST_P_FILESZ);
		opened = must_open(&image);
		assert_int_equal(qpas_image_metadata(opened, &data, NULL), 0);
		assert_int_equal(data.len, headers + image.hash.length);
		assert_memory_equal(data.ptr, image.bytes, headers);
		assert_memory_equal((const uint8_t *)data.ptr + headers,
				    image.bytes + image.hash.offset, image.hash.length);
		qpas_image_unref(opened);
		test_image_free(&image);
	}
}

/* E01, from memory: only the whole file opens. */
static void every_prefix_is_refused(void **state)
{
	struct test_image_spec spec = TEST_IMAGE_SPEC_INIT;
	struct test_image image;

	(void)state;
	for (uint32_t elf_class = 32; elf_class <= 64; elf_class += 32) {
		spec.elf_class = elf_class;
		test_image_build(&image, &spec);
		for (size_t size = 0; size < image.size; size++) {
			struct qpas_slice bytes = {image.bytes, size};
			struct qpas_error err = QPAS_ERROR_INIT;
			struct qpas_image *out = (struct qpas_image *)&bytes;
			int result = qpas_image_open_memory(bytes, NULL, &out, &err);

			if ((result != QPAS_ERR_TRUNC && result != QPAS_ERR_FORMAT) || out)
				fail_msg("%zu of %zu bytes: %d %s", size, image.size, result,
					 err.text);
			assert_int_equal(err.code, result);
		}
		qpas_image_unref(must_open(&image));
		test_image_free(&image);
	}
}

/* E16, through both decoders */
static void garbage_section_fields_open_and_are_flagged(void **state)
{
	static const struct {
		uint64_t shoff;
		uint64_t shnum;
		uint64_t shstrndx;
		uint64_t shentsize;
	} cases[] = {
		{0xffffffff, 0, 0, 0},	    {52, 0, 0, 40},	{0xfff0, 0xffff, 0xffff, 64},
		{1, 0xff00, 0xff00, 1},	    {0x1000, 3, 2, 40}, {0x1001, 0, 0xffff, 64},
		{0x7fffffff, 1, 1, 0xffff}, {0, 5, 0, 40},	{0, 0, 7, 0},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		for (uint32_t elf_class = 32; elf_class <= 64; elf_class += 32) {
			struct test_image_spec spec = TEST_IMAGE_SPEC_INIT;
			struct qpas_image *opened;
			struct test_image image;
			struct qpas_image_info info;

			spec.elf_class = elf_class;
			test_image_build(&image, &spec);
			/* what stands where section 0 would be: a claim of 2^32 - 1 sections */
			memset(image.bytes + 0x1000 + image.hash.length - 256, 0xff, 256);
			test_ehdr_set(&image, TEST_E_SHOFF, cases[i].shoff);
			test_ehdr_set(&image, TEST_E_SHNUM, cases[i].shnum);
			test_ehdr_set(&image, TEST_E_SHSTRNDX, cases[i].shstrndx);
			test_ehdr_set(&image, TEST_E_SHENTSIZE, cases[i].shentsize);
			opened = must_open(&image);
			info = describe(opened);
			assert_int_equal(info.load_code, 0);
			assert_true(info.flags & QPAS_IMAGE_SECTIONS);
			qpas_image_unref(opened);
			test_image_free(&image);
		}
	}
}

/* The same with section 0, which holds the count then, inside the program headers. */
static void a_claim_of_4_billion_sections_costs_nothing(void **state)
{
	(void)state;
	for (uint32_t elf_class = 32; elf_class <= 64; elf_class += 32) {
		struct test_image_spec spec = TEST_IMAGE_SPEC_INIT;
		struct qpas_image *opened;
		struct test_image image;

		spec.elf_class = elf_class;
		test_image_build(&image, &spec);
		/* sh_size of that section is p_memsz of header 1, which nothing judges */
		test_ehdr_set(&image, TEST_E_SHOFF, elf_class == 32 ? 52 + 32 : 64 + 56 + 8);
		test_phdr_set(&image, 1, TEST_P_MEMSZ, 0xffffffff);
		opened = must_open(&image);
		assert_int_equal(describe(opened).load_code, 0);
		qpas_image_unref(opened);
		test_image_free(&image);
	}
}

/* E43 */
static void bytes_in_no_segment_are_flagged_only_if_not_zero(void **state)
{
	static const uint8_t zeros[100];
	struct qpas_image *opened;
	struct test_image image;

	(void)state;
	test_image_build(&image, NULL);
	test_image_append(&image, zeros, sizeof(zeros));
	opened = must_open(&image);
	assert_false(describe(opened).flags & QPAS_IMAGE_UNCOVERED);
	qpas_image_unref(opened);
	image.bytes[image.size - 1] = 1;
	opened = must_open(&image);
	assert_true(describe(opened).flags & QPAS_IMAGE_UNCOVERED);
	assert_int_equal(describe(opened).load_code, 0);
	qpas_image_unref(opened);
	image.bytes[image.size - 1] = 0;
	/* a gap in front of the hash segment */
	image.bytes[image.hash.offset - 1] = 1;
	opened = must_open(&image);
	assert_true(describe(opened).flags & QPAS_IMAGE_UNCOVERED);
	qpas_image_unref(opened);
	test_image_free(&image);
}

#define REGION 0x8000

struct region {
	uint8_t bytes[REGION];
	unsigned int zeros;
	unsigned int writes;
	uint64_t order[8];
	int fail_zero;
	int fail_write;
	bool say_why;
};

static int region_result(const struct region *region, int result, struct qpas_error *err)
{
	if (result && region->say_why && err) {
		err->code = result;
		(void)snprintf(err->text, sizeof(err->text), "%s", "said so");
	}
	return result;
}

static int region_write(void *user, uint64_t offset, struct qpas_slice data, struct qpas_error *err)
{
	struct region *region = user;

	assert_true(offset <= REGION && data.len <= REGION - offset);
	assert_true(region->zeros == 1 && region->writes < 8 && data.len > 0);
	region->order[region->writes++] = offset;
	memcpy(region->bytes + offset, data.ptr, data.len);
	return region_result(region, region->fail_write, err);
}

static int region_zero(void *user, uint64_t offset, uint64_t length, struct qpas_error *err)
{
	struct region *region = user;

	assert_true(offset <= REGION && length <= REGION - offset);
	assert_int_equal(region->writes, 0);
	region->zeros++;
	memset(region->bytes + offset, 0, (size_t)length);
	return region_result(region, region->fail_zero, err);
}

static struct qpas_load_target target_of(struct region *region, uint64_t base, uint64_t size)
{
	struct qpas_load_target target = QPAS_LOAD_TARGET_INIT;

	memset(region, 0, sizeof(*region));
	memset(region->bytes, 0xee, sizeof(region->bytes));
	target.base = base;
	target.region_size = size;
	target.write = region_write;
	target.zero = region_zero;
	target.user = region;
	return target;
}

static void load_zeroes_the_span_once_and_then_writes_in_header_order(void **state)
{
	struct qpas_load_target target;
	struct qpas_image *opened;
	struct region *region = malloc(sizeof(*region));
	struct test_image image;

	(void)state;
	assert_non_null(region);
	test_image_build(&image, NULL);
	opened = must_open(&image);
	target = target_of(region, 0, REGION);
	assert_int_equal(qpas_image_load(opened, &target, NULL), 0);
	assert_int_equal(region->zeros, 1);
	assert_int_equal(region->writes, 2);
	assert_int_equal(region->order[0], 0);
	assert_int_equal(region->order[1], 0x3000);
	assert_memory_equal(region->bytes, image.bytes + test_phdr_get(&image, 2, TEST_P_OFFSET),
			    0x1234);
	for (size_t i = 0x1234; i < 0x3000; i++)
		assert_int_equal(region->bytes[i], 0);
	assert_memory_equal(region->bytes + 0x3000,
			    image.bytes + test_phdr_get(&image, 3, TEST_P_OFFSET), 0x800);
	for (size_t i = 0x3800; i < 0x5000; i++)
		assert_int_equal(region->bytes[i], 0);
	for (size_t i = 0x5000; i < REGION; i++)
		assert_int_equal(region->bytes[i], 0xee);
	qpas_image_unref(opened);
	test_image_free(&image);
	free(region);
}

/* E26, the accepted order: what the kernel's loader would leave there as well. */
static void load_lets_later_data_win_over_an_earlier_tail(void **state)
{
	struct qpas_load_target target;
	struct qpas_image *opened;
	struct region *region = malloc(sizeof(*region));
	struct test_image image;

	(void)state;
	assert_non_null(region);
	test_image_build(&image, NULL);
	test_phdr_set(&image, 3, TEST_P_PADDR, 0x8b002000);
	opened = must_open(&image);
	assert_true(describe(opened).flags & QPAS_IMAGE_TAIL_OVERLAP);
	target = target_of(region, 0, REGION);
	assert_int_equal(qpas_image_load(opened, &target, NULL), 0);
	assert_memory_equal(region->bytes + 0x2000,
			    image.bytes + test_phdr_get(&image, 3, TEST_P_OFFSET), 0x800);
	qpas_image_unref(opened);
	test_image_free(&image);
	free(region);
}

static void make_fixed(struct test_image *image)
{
	for (uint32_t i = 2; i < 5; i++)
		test_phdr_set(image, i, TEST_P_FLAGS, 6);
}

static void load_places_a_fixed_image_from_the_base(void **state)
{
	struct qpas_load_target target;
	struct qpas_image *opened;
	struct region *region = malloc(sizeof(*region));
	struct test_image image;

	(void)state;
	assert_non_null(region);
	test_image_build(&image, NULL);
	make_fixed(&image);
	opened = must_open(&image);
	assert_false(describe(opened).flags & QPAS_IMAGE_RELOCATABLE);
	target = target_of(region, 0x8affe000, REGION);
	assert_int_equal(qpas_image_load(opened, &target, NULL), 0);
	assert_int_equal(region->order[0], 0x2000);
	assert_int_equal(region->bytes[0x1fff], 0xee);
	assert_int_equal(region->bytes[0x6fff], 0);
	assert_int_equal(region->bytes[0x7000], 0xee);
	qpas_image_unref(opened);
	test_image_free(&image);
	free(region);
}

/* E23 */
static void load_writes_nothing_before_the_plan_fits(void **state)
{
	static const struct {
		bool fixed;
		uint64_t base;
		uint64_t size;
		int result;
	} cases[] = {
		{false, 0, 0x4fff, QPAS_ERR_RANGE},
		{false, 0, 0, QPAS_ERR_RANGE},
		{true, 0, REGION, QPAS_ERR_ARG},
		{true, 0x8b000001, REGION, QPAS_ERR_RANGE},
		{true, 0x8affc000, REGION, QPAS_ERR_RANGE},
	};
	struct region *region = malloc(sizeof(*region));

	(void)state;
	assert_non_null(region);
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct qpas_error err = QPAS_ERROR_INIT;
		struct qpas_load_target target;
		struct qpas_image *opened;
		struct test_image image;

		test_image_build(&image, NULL);
		if (cases[i].fixed)
			make_fixed(&image);
		opened = must_open(&image);
		target = target_of(region, cases[i].base, cases[i].size);
		assert_int_equal(qpas_image_load(opened, &target, &err), cases[i].result);
		assert_int_equal(err.code, cases[i].result);
		assert_int_equal(err.stage, QPAS_STAGE_PLAN);
		assert_int_equal(region->zeros + region->writes, 0);
		qpas_image_unref(opened);
		test_image_free(&image);
	}
	free(region);
}

static void load_and_metadata_refuse_what_describe_says_is_refused(void **state)
{
	struct region *region = malloc(sizeof(*region));
	struct qpas_error err = QPAS_ERROR_INIT;
	struct qpas_load_target target;
	struct qpas_image_info info;
	struct qpas_image *opened;
	struct qpas_slice data;
	struct test_image image;

	(void)state;
	assert_non_null(region);
	test_image_build(&image, NULL);
	test_phdr_set(&image, 3, TEST_P_PADDR, 0x8b000000);
	opened = must_open(&image);
	info = describe(opened);
	assert_int_equal(info.load_code, QPAS_ERR_OVERLAP);
	assert_int_equal(info.load_message, 409);
	target = target_of(region, 0, REGION);
	assert_int_equal(qpas_image_load(opened, &target, &err), QPAS_ERR_OVERLAP);
	assert_int_equal(err.message_id, 409);
	assert_int_equal(err.segment, 2);
	assert_int_equal(region->zeros + region->writes, 0);
	assert_int_equal(qpas_image_metadata(opened, &data, NULL), QPAS_ERR_OVERLAP);
	qpas_image_unref(opened);
	test_image_free(&image);
	free(region);
}

static void load_ends_with_what_the_target_returns(void **state)
{
	static const struct {
		int zero;
		int write;
		bool say_why;
		int result;
		unsigned int writes;
	} cases[] = {
		{QPAS_ERR_IO, 0, true, QPAS_ERR_IO, 0},
		{QPAS_ERR_IO, 0, false, QPAS_ERR_IO, 0},
		{0, QPAS_ERR_BUSY, true, QPAS_ERR_BUSY, 1},
		{0, QPAS_ERR_BUSY, false, QPAS_ERR_BUSY, 1},
		{7, 0, false, QPAS_ERR_BACKEND, 0},
		{0, 1, false, QPAS_ERR_BACKEND, 1},
	};
	struct region *region = malloc(sizeof(*region));
	struct qpas_image *opened;
	struct test_image image;

	(void)state;
	assert_non_null(region);
	test_image_build(&image, NULL);
	opened = must_open(&image);
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct qpas_error err = QPAS_ERROR_INIT;
		struct qpas_load_target target = target_of(region, 0, REGION);

		region->fail_zero = cases[i].zero;
		region->fail_write = cases[i].write;
		region->say_why = cases[i].say_why;
		assert_int_equal(qpas_image_load(opened, &target, &err), cases[i].result);
		assert_int_equal(err.code, cases[i].result);
		assert_int_equal(region->writes, cases[i].writes);
		assert_int_equal(strcmp(err.text, "said so") == 0, cases[i].say_why);
		assert_true(err.text[0] != '\0');
		target = target_of(region, 0, REGION);
		region->fail_zero = cases[i].zero;
		region->fail_write = cases[i].write;
		assert_int_equal(qpas_image_load(opened, &target, NULL), cases[i].result);
	}
	qpas_image_unref(opened);
	test_image_free(&image);
	free(region);
}

/* A01, A02, A03 for this header. */
static void wrong_arguments_are_refused(void **state)
{
	struct qpas_image_info info = QPAS_IMAGE_INFO_INIT;
	struct qpas_segment segment = QPAS_SEGMENT_INIT;
	struct qpas_load_target target = QPAS_LOAD_TARGET_INIT;
	struct qpas_error small = QPAS_ERROR_INIT;
	struct region *region = malloc(sizeof(*region));
	struct qpas_image *out = NULL;
	struct qpas_image *opened;
	struct qpas_slice data = {NULL, 1};
	struct test_image image;

	(void)state;
	assert_non_null(region);
	test_image_build(&image, NULL);
	opened = must_open(&image);
	assert_int_equal(qpas_image_open_memory(data, NULL, &out, NULL), QPAS_ERR_ARG);
	assert_int_equal(open_bytes(&image, NULL, NULL, NULL), QPAS_ERR_ARG);
	assert_int_equal(qpas_image_open(-100, NULL, NULL, &out, NULL), QPAS_ERR_ARG);
	assert_int_equal(qpas_image_open(-100, "a", NULL, NULL, NULL), QPAS_ERR_ARG);
	assert_int_equal(qpas_image_open_fd(0, NULL, NULL, &out, NULL), QPAS_ERR_ARG);
	assert_int_equal(qpas_image_open_fd(0, "a", NULL, NULL, NULL), QPAS_ERR_ARG);
	assert_int_equal(qpas_image_describe(NULL, &info, NULL), QPAS_ERR_ARG);
	assert_int_equal(qpas_image_describe(opened, NULL, NULL), QPAS_ERR_ARG);
	assert_int_equal(qpas_image_segment(NULL, 0, &segment, NULL), QPAS_ERR_ARG);
	assert_int_equal(qpas_image_segment(opened, 0, NULL, NULL), QPAS_ERR_ARG);
	assert_int_equal(qpas_image_segment_data(NULL, 0, &data, NULL), QPAS_ERR_ARG);
	assert_int_equal(qpas_image_segment_data(opened, 0, NULL, NULL), QPAS_ERR_ARG);
	assert_int_equal(qpas_image_metadata(NULL, &data, NULL), QPAS_ERR_ARG);
	assert_int_equal(qpas_image_metadata(opened, NULL, NULL), QPAS_ERR_ARG);
	assert_int_equal(qpas_image_load(NULL, &target, NULL), QPAS_ERR_ARG);
	assert_int_equal(qpas_image_load(opened, NULL, NULL), QPAS_ERR_ARG);
	assert_int_equal(qpas_image_load(opened, &target, NULL), QPAS_ERR_ARG);
	target = target_of(region, 0, REGION);
	target.zero = NULL;
	assert_int_equal(qpas_image_load(opened, &target, NULL), QPAS_ERR_ARG);
	target = target_of(region, 0, REGION);
	target.flags = 1;
	assert_int_equal(qpas_image_load(opened, &target, NULL), QPAS_ERR_ARG);
	target.size--;
	assert_int_equal(qpas_image_load(opened, &target, NULL), QPAS_ERR_ABI);
	info.size = 4;
	assert_int_equal(qpas_image_describe(opened, &info, NULL), QPAS_ERR_ABI);
	small.size = 8;
	assert_int_equal(qpas_image_describe(opened, &info, &small), QPAS_ERR_ABI);
	qpas_image_unref(NULL);
	assert_null(qpas_image_ref(NULL));
	qpas_image_unref(opened);
	test_image_free(&image);
	free(region);
}

static void a_larger_structure_is_accepted_with_a_zero_tail_only(void **state)
{
	struct {
		struct qpas_image_info info;
		uint64_t later;
	} larger = {QPAS_IMAGE_INFO_INIT, 0};
	struct qpas_image *opened;
	struct test_image image;

	(void)state;
	test_image_build(&image, NULL);
	opened = must_open(&image);
	larger.info.size = sizeof(larger);
	assert_int_equal(qpas_image_describe(opened, &larger.info, NULL), 0);
	assert_int_equal(larger.info.size, sizeof(larger));
	assert_int_equal(larger.info.segments, 5);
	larger.later = 1;
	assert_int_equal(qpas_image_describe(opened, &larger.info, NULL), QPAS_ERR_ABI);
	assert_int_equal(larger.later, 1);
	larger.info.size = 4097;
	assert_int_equal(qpas_image_describe(opened, &larger.info, NULL), QPAS_ERR_ABI);
	qpas_image_unref(opened);
	test_image_free(&image);
}

struct counter {
	unsigned int live;
	unsigned int calls;
	unsigned int fail_at; /* 0: never */
};

static void *count_malloc(void *user, size_t bytes)
{
	struct counter *counter = user;
	void *block;

	assert_true(bytes > 0);
	if (++counter->calls == counter->fail_at)
		return NULL;
	block = malloc(bytes);
	counter->live += block != NULL;
	return block;
}

static void *count_realloc(void *user, void *block, size_t bytes)
{
	(void)user;
	(void)block;
	(void)bytes;
	return NULL;
}

static void count_free(void *user, void *block)
{
	struct counter *counter = user;

	counter->live -= block != NULL;
	free(block);
}

/* A06 for open. */
static void each_failing_allocation_is_an_error_and_leaks_nothing(void **state)
{
	struct qpas_allocator allocator = QPAS_ALLOCATOR_INIT;
	struct qpas_params params = QPAS_PARAMS_INIT;
	struct counter counter = {0, 0, 0};
	struct qpas_image *opened = NULL;
	struct test_image image;
	unsigned int needed;

	(void)state;
	allocator.malloc = count_malloc;
	allocator.realloc = count_realloc;
	allocator.free = count_free;
	allocator.user = &counter;
	params.allocator = &allocator;
	test_image_build(&image, NULL);
	assert_int_equal(open_bytes(&image, &params, &opened, NULL), 0);
	needed = counter.calls;
	assert_in_range(needed, 1, 16);
	qpas_image_unref(opened);
	assert_int_equal(counter.live, 0);
	for (unsigned int n = 1; n <= needed; n++) {
		counter.calls = 0;
		counter.fail_at = n;
		assert_int_equal(open_bytes(&image, &params, &opened, NULL), QPAS_ERR_NOMEM);
		assert_null(opened);
		assert_int_equal(counter.live, 0);
	}
	test_image_free(&image);
}

static void params_are_checked(void **state)
{
	struct qpas_allocator allocator = QPAS_ALLOCATOR_INIT;
	struct qpas_params params = QPAS_PARAMS_INIT;
	struct qpas_limits limits = QPAS_LIMITS_INIT;
	struct qpas_image *opened = NULL;
	struct test_image image;

	(void)state;
	test_image_build(&image, NULL);
	for (unsigned int bit = 3; bit < 64; bit++) {
		params.flags = UINT64_C(1) << bit;
		assert_int_equal(open_bytes(&image, &params, &opened, NULL), QPAS_ERR_ARG);
	}
	params.flags = 0;
	params.allocator = &allocator;
	allocator.free = count_free;
	assert_int_equal(open_bytes(&image, &params, &opened, NULL), QPAS_ERR_ARG);
	allocator.free = NULL;
	assert_int_equal(open_bytes(&image, &params, &opened, NULL), 0);
	qpas_image_unref(opened);
	params.limits = &limits;
	limits.program_headers = 257;
	assert_int_equal(open_bytes(&image, &params, &opened, NULL), QPAS_ERR_ARG);
	limits.program_headers = 4;
	assert_int_equal(open_bytes(&image, &params, &opened, NULL), QPAS_ERR_LIMIT);
	limits.program_headers = 5;
	limits.file_bytes = image.size - 1;
	assert_int_equal(open_bytes(&image, &params, &opened, NULL), QPAS_ERR_LIMIT);
	limits.file_bytes = image.size;
	limits.metadata_bytes = test_phdr_get(&image, 0, TEST_P_FILESZ) + image.hash.length - 1;
	assert_int_equal(open_bytes(&image, &params, &opened, NULL), 0);
	assert_int_equal(describe(opened).load_code, QPAS_ERR_LIMIT);
	qpas_image_unref(opened);
	limits.metadata_bytes++;
	assert_int_equal(open_bytes(&image, &params, &opened, NULL), 0);
	assert_int_equal(describe(opened).load_code, 0);
	qpas_image_unref(opened);
	limits.span_bytes = 0x4fff;
	assert_int_equal(open_bytes(&image, &params, &opened, NULL), 0);
	assert_int_equal(describe(opened).load_code, QPAS_ERR_LIMIT);
	qpas_image_unref(opened);
	params.reserved = 1;
	assert_int_equal(open_bytes(&image, &params, &opened, NULL), QPAS_ERR_ARG);
	params.reserved = 0;
	params.size = 8;
	assert_int_equal(open_bytes(&image, &params, &opened, NULL), QPAS_ERR_ABI);
	test_image_free(&image);
}

static void overlap_flag_admits_overlapping_data(void **state)
{
	struct qpas_params params = QPAS_PARAMS_INIT;
	struct qpas_image *opened = NULL;
	struct test_image image;

	(void)state;
	params.flags = QPAS_PARAMS_ALLOW_OVERLAP;
	test_image_build(&image, NULL);
	test_phdr_set(&image, 3, TEST_P_PADDR, 0x8b000000);
	assert_int_equal(open_bytes(&image, &params, &opened, NULL), 0);
	assert_int_equal(describe(opened).load_code, 0);
	assert_true(describe(opened).flags & QPAS_IMAGE_DATA_OVERLAP);
	qpas_image_unref(opened);
	test_image_free(&image);
}

/* F04, from memory: the caller's bytes may change afterwards, the image's may not. */
static void an_open_image_cannot_change(void **state)
{
	struct qpas_image *opened;
	struct test_image image;
	struct test_image kept;
	struct qpas_slice data;
	unsigned long from, to;
	char line[256], rights[8];
	bool found = false;
	FILE *maps;

	(void)state;
	test_image_build(&image, NULL);
	test_image_copy(&kept, &image);
	opened = must_open(&image);
	memset(image.bytes, 0x77, image.size);
	assert_int_equal(qpas_image_segment_data(opened, 2, &data, NULL), 0);
	assert_memory_equal(data.ptr, kept.bytes + test_phdr_get(&kept, 2, TEST_P_OFFSET),
			    data.len);
	maps = fopen("/proc/self/maps", "r");
	assert_non_null(maps);
	while (!found && fgets(line, sizeof(line), maps)) {
		if (sscanf(line, "%lx-%lx %7s", &from, &to, rights) == 3)
			found = (uintptr_t)data.ptr >= from && (uintptr_t)data.ptr < to;
	}
	(void)fclose(maps);
	assert_true(found);
	assert_int_equal(rights[1], '-');
	qpas_image_unref(opened);
	test_image_free(&image);
	test_image_free(&kept);
}

static void references_keep_an_image_alive(void **state)
{
	struct qpas_image *opened;
	struct test_image image;

	(void)state;
	test_image_build(&image, NULL);
	opened = must_open(&image);
	assert_ptr_equal(qpas_image_ref(opened), opened);
	qpas_image_unref(opened);
	assert_int_equal(describe(opened).segments, 5);
	qpas_image_unref(opened);
	test_image_free(&image);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(describe_tells_what_the_headers_say),
		cmocka_unit_test(segments_are_given_as_the_file_has_them),
		cmocka_unit_test(metadata_are_headers_and_hash_segment_without_padding),
		cmocka_unit_test(every_prefix_is_refused),
		cmocka_unit_test(garbage_section_fields_open_and_are_flagged),
		cmocka_unit_test(a_claim_of_4_billion_sections_costs_nothing),
		cmocka_unit_test(bytes_in_no_segment_are_flagged_only_if_not_zero),
		cmocka_unit_test(load_zeroes_the_span_once_and_then_writes_in_header_order),
		cmocka_unit_test(load_lets_later_data_win_over_an_earlier_tail),
		cmocka_unit_test(load_places_a_fixed_image_from_the_base),
		cmocka_unit_test(load_writes_nothing_before_the_plan_fits),
		cmocka_unit_test(load_and_metadata_refuse_what_describe_says_is_refused),
		cmocka_unit_test(load_ends_with_what_the_target_returns),
		cmocka_unit_test(wrong_arguments_are_refused),
		cmocka_unit_test(a_larger_structure_is_accepted_with_a_zero_tail_only),
		cmocka_unit_test(each_failing_allocation_is_an_error_and_leaks_nothing),
		cmocka_unit_test(params_are_checked),
		cmocka_unit_test(overlap_flag_admits_overlapping_data),
		cmocka_unit_test(an_open_image_cannot_change),
		cmocka_unit_test(references_keep_an_image_alive),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
