/* SPDX-License-Identifier: BSD-3-Clause */
/* The load plan: which geometry is read, which is loaded, and where it goes. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <qpas/image.h>

#include "format/plan.h"
#include "support/rows.h"

#define MIB UINT64_C(0x100000)

/* The whole way over headers; *load is only written when they can be read. */
static int plan_image(const struct test_image *image, const struct qpasi_plan_params *params,
		      struct qpasi_elf *elf, struct qpasi_plan *plan, int *load)
{
	struct qpas_slice file = {image->bytes, image->size};
	struct qpasi_fault fault = QPASI_FAULT_INIT;
	int result = qpasi_elf_decode(file, 128, elf, &fault);

	if (!result)
		result = qpasi_plan_describe(elf, params, plan, &fault);
	if (!result)
		*load = qpasi_plan_check(elf, params, plan, true, &fault);
	return result;
}

static void run(void **state)
{
	const struct test_row *row = *state;
	struct qpasi_elf *elf = malloc(sizeof(*elf));

	assert_non_null(elf);
	for (uint32_t elf_class = 32; elf_class <= 64; elf_class += 32) {
		struct qpasi_plan_params params = {2048 * MIB, MIB, false, false, 0};
		struct qpasi_plan plan;
		struct test_image image;
		int load = 0;
		int result;

		if (!test_row_image(row, elf_class, &image))
			continue;
		params.file_size = image.size;
		result = plan_image(&image, &params, elf, &plan, &load);
		test_row_result(row, elf_class, "describe", result, row->open);
		if (!result) {
			test_row_result(row, elf_class, "load", load, row->load);
			if ((plan.flags & row->flags) != row->flags || plan.flags & row->flags_off)
				fail_msg("%s, ELF%u: flags %llx", row->name, elf_class,
					 (unsigned long long)plan.flags);
		}
		test_image_free(&image);
	}
	free(elf);
}

static const struct test_segment usual[] = {
	{TEST_PT_LOAD, TEST_FLAGS_RELOCATABLE | 5, 0, 0x8b000000, 0x1234, 0x3000, NULL, 0},
	{TEST_PT_LOAD, TEST_FLAGS_RELOCATABLE | 6, 0, 0x8b003000, 0x800, 0x800, NULL, 0},
	{TEST_PT_LOAD, TEST_FLAGS_RELOCATABLE | 6, 0, 0x8b004000, 0, 0x1000, NULL, 0},
};

#define SPEC(version, position, sig, chain)                                               \
	{                                                                                 \
		32, 164, 0, version, 0, position, sig, chain, 0, 0, false, 0, 4, usual, 3 \
	}

static const struct test_image_spec unsigned_spec = SPEC(0, TEST_HASH_SECOND, 0, 0);
static const struct test_image_spec last_spec = SPEC(7, TEST_HASH_LAST, 104, 3360);
static const struct test_image_spec large_spec = SPEC(6, TEST_HASH_SECOND, 0, 0x100000);

/*
 * Program headers moved to the end of the file, `shift` bytes past an 8-byte boundary. Nothing that
 * can be read as headers is left in their old place.
 */
static void move_headers(struct test_image *image, size_t shift)
{
	size_t from = image->elf_class == 64 ? 64 : 52;
	size_t bytes = image->phnum * (image->elf_class == 64 ? 56u : 32u);
	size_t to = ((image->size + 7) & ~(size_t)7) + shift;
	uint8_t *table = malloc(bytes);

	assert_non_null(table);
	memcpy(table, image->bytes + from, bytes);
	test_image_resize(image, to);
	test_image_append(image, table, bytes);
	test_ehdr_set(image, TEST_E_PHOFF, to);
	memset(image->bytes + from, 0xee, bytes);
	free(table);
}

static void move_aligned(struct test_image *image)
{
	move_headers(image, 0);
}

static void move_by_1(struct test_image *image)
{
	move_headers(image, 1);
}

static void move_by_2(struct test_image *image)
{
	move_headers(image, 2);
}

static void move_by_3(struct test_image *image)
{
	move_headers(image, 3);
}

static void segment_on_hash(struct test_image *image)
{
	test_phdr_set(image, 3, TEST_P_OFFSET, image->hash.offset + image->hash.length - 1);
}

/* Header 4 changes places with header 2. */
static void hash_to_the_middle(struct test_image *image)
{
	for (int field = TEST_P_TYPE; field <= TEST_P_ALIGN; field++) {
		uint64_t hash = test_phdr_get(image, 4, (enum test_phdr)field);

		test_phdr_set(image, 4, (enum test_phdr)field,
			      test_phdr_get(image, 2, (enum test_phdr)field));
		test_phdr_set(image, 2, (enum test_phdr)field, hash);
	}
}

static void segment_behind_hash(struct test_image *image)
{
	test_phdr_set(image, 3, TEST_P_OFFSET, image->hash.offset + image->hash.length);
}

static void segment_on_headers(struct test_image *image)
{
	test_phdr_set(image, 3, TEST_P_OFFSET, test_phdr_get(image, 0, TEST_P_FILESZ) - 1);
}

/* The DTB images of shipped firmware start like this, at 0x94 and unaligned. */
static void segment_behind_headers(struct test_image *image)
{
	test_phdr_set(image, 3, TEST_P_OFFSET, test_phdr_get(image, 0, TEST_P_FILESZ));
}

static void hash_on_headers(struct test_image *image)
{
	test_phdr_set(image, 1, TEST_P_OFFSET, test_phdr_get(image, 0, TEST_P_FILESZ) - 4);
}

static void same_file_bytes(struct test_image *image)
{
	test_phdr_set(image, 3, TEST_P_OFFSET, test_phdr_get(image, 2, TEST_P_OFFSET) + 16);
}

static void placeholder_plus_one(struct test_image *image)
{
	test_phdr_set(image, 0, TEST_P_FILESZ, test_phdr_get(image, 0, TEST_P_FILESZ) + 1);
}

static void placeholder_minus_one(struct test_image *image)
{
	test_phdr_set(image, 0, TEST_P_FILESZ, test_phdr_get(image, 0, TEST_P_FILESZ) - 1);
}

static void end_past_file(struct test_image *image)
{
	test_phdr_set(image, 2, TEST_P_FILESZ,
		      image->size + 1 - test_phdr_get(image, 2, TEST_P_OFFSET));
}

#define FORMAT	 QPAS_ERR_FORMAT
#define OVERLAP	 QPAS_ERR_OVERLAP
#define OVERFLOW QPAS_ERR_OVERFLOW
#define RANGE	 QPAS_ERR_RANGE
#define TRUNC	 QPAS_ERR_TRUNC
#define LIMIT	 QPAS_ERR_LIMIT

static const struct test_row rows[] = {
	{.name = "accepts_the_usual_image",
	 .flags = QPAS_IMAGE_RELOCATABLE | QPAS_IMAGE_HASH_SEGMENT,
	 .flags_off = QPAS_IMAGE_DATA_OVERLAP | QPAS_IMAGE_TAIL_OVERLAP | QPAS_IMAGE_FILE_OVERLAP |
		      QPAS_IMAGE_EXTRA_HASH | QPAS_IMAGE_SECTIONS | QPAS_IMAGE_PHOFF_ODD |
		      QPAS_IMAGE_PAGED | QPAS_IMAGE_SPLIT},
	{.name = "E07 describes_one_header_and_does_not_load_it",
	 .edits = {EHDR(PHNUM, 1)},
	 .load = FORMAT},
	{.name = "E13 does_not_load_headers_elsewhere",
	 .change = move_aligned,
	 .load = FORMAT,
	 .flags = QPAS_IMAGE_PHOFF_ODD | QPAS_IMAGE_RELOCATABLE | QPAS_IMAGE_HASH_SEGMENT},
	{.name = "E14 does_not_load_headers_misaligned_by_1", .change = move_by_1, .load = FORMAT},
	{.name = "E14 does_not_load_headers_misaligned_by_2", .change = move_by_2, .load = FORMAT},
	{.name = "E14 does_not_load_headers_misaligned_by_3", .change = move_by_3, .load = FORMAT},
	{.name = "does_not_load_an_odd_e_ehsize", .edits = {EHDR(EHSIZE, 60)}, .load = FORMAT},
	{.name = "E15 accepts_regular_shentsize",
	 .edits = {EHDR(SHENTSIZE, 40)},
	 .flags_off = QPAS_IMAGE_SECTIONS},
	{.name = "E15 accepts_shentsize_0",
	 .edits = {EHDR(SHENTSIZE, 0)},
	 .flags_off = QPAS_IMAGE_SECTIONS},
	{.name = "E16 flags_a_garbage_shoff",
	 .edits = {EHDR(SHOFF, 0xfffffff0)},
	 .flags = QPAS_IMAGE_SECTIONS},
	{.name = "E16 flags_a_garbage_shnum",
	 .edits = {EHDR(SHNUM, 0xffff)},
	 .flags = QPAS_IMAGE_SECTIONS},
	{.name = "E16 flags_a_garbage_shstrndx",
	 .edits = {EHDR(SHSTRNDX, 0xffff)},
	 .flags = QPAS_IMAGE_SECTIONS},
	{.name = "E17 refuses_a_segment_one_byte_past_the_file",
	 .change = end_past_file,
	 .open = TRUNC},
	{.name = "E18 refuses_a_file_range_that_wraps_32_bits",
	 .elf_class = 32,
	 .edits = {PHDR(2, OFFSET, 0xffffffff), PHDR(2, FILESZ, 2)},
	 .open = OVERFLOW},
	{.name = "E18 refuses_a_hash_range_that_wraps_32_bits",
	 .elf_class = 32,
	 .edits = {PHDR(1, OFFSET, 0xffffffff), PHDR(1, FILESZ, 2)},
	 .open = OVERFLOW},
	{.name = "E18 refuses_a_file_range_that_wraps_64_bits",
	 .elf_class = 64,
	 .edits = {PHDR(2, OFFSET, 0xffffffffffffffff), PHDR(2, FILESZ, 2)},
	 .open = OVERFLOW},
	{.name = "E18 does_not_wrap_a_64_bit_range_at_32_bits",
	 .elf_class = 64,
	 .edits = {PHDR(2, OFFSET, 0xffffffff), PHDR(2, FILESZ, 2)},
	 .open = TRUNC},
	{.name = "E19 does_not_load_more_file_than_memory",
	 .edits = {PHDR(3, MEMSZ, 0x7ff)},
	 .load = FORMAT},
	{.name = "E19 accepts_more_file_than_memory_where_nothing_is_loaded",
	 .edits = {PHDR(3, MEMSZ, 0x7ff), PHDR(3, TYPE, 0x70000003)}},
	{.name = "E20 accepts_an_unaligned_address", .edits = {PHDR(3, PADDR, 0x8b003014)}},
	{.name = "E20 accepts_zero_fill_only", .edits = {PHDR(2, FILESZ, 0)}},
	{.name = "E20 accepts_equal_sizes", .edits = {PHDR(2, MEMSZ, 0x1234)}},
	{.name = "E21 accepts_an_empty_loadable",
	 .edits = {PHDR(4, MEMSZ, 0), PHDR(4, PADDR, 0xffffffff)}},
	{.name = "E21 accepts_extra_null_headers", .edits = {PHDR(4, TYPE, 0)}},
	{.name = "E22 refuses_memory_past_4_GiB_in_32_bits",
	 .elf_class = 32,
	 .edits = {PHDR(4, PADDR, 0xfffff001)},
	 .open = OVERFLOW},
	{.name = "E22 refuses_memory_that_wraps_to_0_in_32_bits",
	 .elf_class = 32,
	 .edits = {PHDR(4, PADDR, 0xfffff000)},
	 .open = OVERFLOW},
	{.name = "E22 refuses_memory_that_wraps_64_bits",
	 .elf_class = 64,
	 .edits = {PHDR(4, PADDR, 0xfffffffffffff001)},
	 .open = OVERFLOW},
	{.name = "E22 refuses_an_end_whose_rounding_wraps_64_bits",
	 .elf_class = 64,
	 .edits = {PHDR(4, PADDR, 0xfffffffffffff001), PHDR(4, MEMSZ, 0xff0)},
	 .open = OVERFLOW},
	{.name = "E24 does_not_load_data_over_data_by_one_byte",
	 .edits = {PHDR(3, PADDR, 0x8b001233)},
	 .load = OVERLAP,
	 .flags = QPAS_IMAGE_DATA_OVERLAP},
	{.name = "E24 does_not_load_data_at_the_same_address",
	 .edits = {PHDR(3, PADDR, 0x8b000000)},
	 .load = OVERLAP,
	 .flags = QPAS_IMAGE_DATA_OVERLAP},
	{.name = "E24 does_not_load_data_inside_data",
	 .edits = {PHDR(3, PADDR, 0x8b000100)},
	 .load = OVERLAP,
	 .flags = QPAS_IMAGE_DATA_OVERLAP},
	{.name = "E24 does_not_load_data_over_data_from_below",
	 .edits = {PHDR(3, PADDR, 0x8afff801)},
	 .load = OVERLAP,
	 .flags = QPAS_IMAGE_DATA_OVERLAP},
	{.name = "E24 accepts_data_that_touch",
	 .edits = {PHDR(3, PADDR, 0x8afff800)},
	 .flags_off = QPAS_IMAGE_DATA_OVERLAP},
	{.name = "E25 accepts_and_flags_file_ranges_that_overlap",
	 .change = same_file_bytes,
	 .flags = QPAS_IMAGE_FILE_OVERLAP},
	{.name = "E26 accepts_a_tail_under_later_data",
	 .edits = {PHDR(3, PADDR, 0x8b001234)},
	 .flags = QPAS_IMAGE_TAIL_OVERLAP,
	 .flags_off = QPAS_IMAGE_DATA_OVERLAP},
	{.name = "E26 does_not_load_a_tail_over_earlier_data",
	 .edits = {PHDR(3, PADDR, 0x8afff000), PHDR(3, MEMSZ, 0x1001)},
	 .load = OVERLAP},
	{.name = "E26 accepts_a_tail_that_touches_earlier_data",
	 .edits = {PHDR(3, PADDR, 0x8afff000), PHDR(3, MEMSZ, 0x1000)}},
	{.name = "E26 does_not_load_zero_fill_over_earlier_data",
	 .edits = {PHDR(4, PADDR, 0x8b000800)},
	 .load = OVERLAP},
	{.name = "E26 accepts_zero_fill_over_zero_fill",
	 .edits = {PHDR(4, PADDR, 0x8b002000)},
	 .flags_off = QPAS_IMAGE_TAIL_OVERLAP | QPAS_IMAGE_DATA_OVERLAP},
	{.name = "E27 does_not_load_the_elf_header", .edits = {PHDR(3, OFFSET, 0)}, .load = FORMAT},
	{.name = "E27 does_not_load_the_last_header_byte",
	 .change = segment_on_headers,
	 .load = FORMAT},
	{.name = "E27 accepts_data_directly_behind_the_headers", .change = segment_behind_headers},
	{.name = "E27 does_not_load_the_last_hash_byte", .change = segment_on_hash, .load = FORMAT},
	{.name = "E27 accepts_data_directly_behind_the_hash", .change = segment_behind_hash},
	{.name = "does_not_load_with_the_hash_on_the_headers",
	 .change = hash_on_headers,
	 .load = FORMAT},
	{.name = "E28 describes_a_span_of_4_GiB",
	 .elf_class = 32,
	 .edits = {PHDR(2, PADDR, 0), PHDR(4, PADDR, 0xfffffffe), PHDR(4, MEMSZ, 1)},
	 .load = LIMIT},
	{.name = "E28 describes_a_span_of_32_GiB",
	 .elf_class = 64,
	 .edits = {PHDR(4, PADDR, 0x8b004000 + (UINT64_C(32) << 30))},
	 .load = LIMIT},
	{.name = "E28 loads_a_span_of_2_GiB",
	 .elf_class = 64,
	 .edits = {PHDR(4, PADDR, UINT64_C(0x8b000000) + 0x7ffff000)}},
	{.name = "E28 does_not_load_one_page_more",
	 .elf_class = 64,
	 .edits = {PHDR(4, PADDR, UINT64_C(0x8b000000) + 0x7ffff001)},
	 .load = LIMIT},
	{.name = "E29 one_relocatable_segment_is_enough",
	 .edits = {PHDR(2, FLAGS, 5), PHDR(3, FLAGS, 6)},
	 .flags = QPAS_IMAGE_RELOCATABLE},
	{.name = "E29 a_header_that_is_not_loaded_does_not_count",
	 .edits = {PHDR(2, FLAGS, 5), PHDR(3, FLAGS, 6), PHDR(4, MEMSZ, 0)},
	 .flags_off = QPAS_IMAGE_RELOCATABLE},
	{.name = "E30 accepts_an_entry_below",
	 .edits = {EHDR(ENTRY, 0x1000)},
	 .flags = QPAS_IMAGE_ENTRY_OUTSIDE},
	{.name = "E30 accepts_an_entry_at_the_end",
	 .edits = {EHDR(ENTRY, 0x8b005000)},
	 .flags = QPAS_IMAGE_ENTRY_OUTSIDE},
	{.name = "E30 accepts_an_entry_in_a_hole",
	 .edits = {EHDR(ENTRY, 0x8b003800)},
	 .flags = QPAS_IMAGE_ENTRY_OUTSIDE},
	{.name = "E30 sees_an_entry_at_the_last_byte",
	 .edits = {EHDR(ENTRY, 0x8b0037ff)},
	 .flags_off = QPAS_IMAGE_ENTRY_OUTSIDE},
	{.name = "E30 sees_an_entry_at_the_first_byte",
	 .edits = {EHDR(ENTRY, 0x8b000000)},
	 .flags_off = QPAS_IMAGE_ENTRY_OUTSIDE},
	{.name = "E31 loads_type_1", .edits = {PHDR(2, FLAGS, 0x09000005)}},
	{.name = "E31 loads_type_3", .edits = {PHDR(2, FLAGS, 0x0b000005)}},
	{.name = "E31 loads_type_4", .edits = {PHDR(2, FLAGS, 0x0c000005)}},
	{.name = "E31 loads_type_5", .edits = {PHDR(2, FLAGS, 0x0d000005)}},
	{.name = "E31 does_not_load_type_7_behind_header_0",
	 .edits = {PHDR(2, FLAGS, 0x0f000005)},
	 .load = FORMAT},
	{.name = "E31 accepts_type_7_where_nothing_is_loaded",
	 .edits = {PHDR(4, FLAGS, 0x07000000), PHDR(4, TYPE, 0)}},
	{.name = "E31 ignores_unknown_bits",
	 .edits = {PHDR(2, FLAGS, 0x88e10775)},
	 .flags_off = QPAS_IMAGE_PAGED},
	{.name = "E31 flags_page_mode",
	 .edits = {PHDR(2, FLAGS, 0x08100005)},
	 .flags = QPAS_IMAGE_PAGED},
	{.name = "E32 accepts_a_second_hash_header",
	 .edits = {PHDR(3, FLAGS, 0x02000000), PHDR(3, TYPE, 0)},
	 .flags = QPAS_IMAGE_EXTRA_HASH},
	{.name = "E33 does_not_load_with_hash_type_at_0",
	 .edits = {PHDR(0, FLAGS, 0x02000000)},
	 .load = FORMAT},
	{.name = "E33 does_not_load_without_a_placeholder",
	 .edits = {PHDR(0, FLAGS, 0)},
	 .load = FORMAT},
	{.name = "E33 does_not_load_a_loadable_placeholder",
	 .edits = {PHDR(0, TYPE, 1)},
	 .load = FORMAT},
	{.name = "E33 does_not_load_a_placeholder_elsewhere",
	 .edits = {PHDR(0, OFFSET, 4)},
	 .load = FORMAT},
	{.name = "E34 describes_an_unsigned_image_and_does_not_boot_it",
	 .spec = &unsigned_spec,
	 .load = FORMAT,
	 .flags_off = QPAS_IMAGE_HASH_SEGMENT},
	{.name = "E35 refuses_a_placeholder_past_the_file",
	 .edits = {PHDR_SIZE(0, FILESZ, 1)},
	 .open = RANGE},
	{.name = "E35 does_not_load_an_empty_placeholder",
	 .edits = {PHDR(0, FILESZ, 0)},
	 .load = FORMAT},
	{.name = "E35 does_not_load_a_placeholder_one_byte_long",
	 .change = placeholder_plus_one,
	 .load = FORMAT},
	{.name = "E35 does_not_load_a_placeholder_one_byte_short",
	 .change = placeholder_minus_one,
	 .load = FORMAT},
	{.name = "E36 refuses_metadata_that_wrap_32_bits",
	 .edits = {PHDR(0, FILESZ, 0xfffffff0)},
	 .open = OVERFLOW},
	{.name = "E36 refuses_metadata_that_wrap_64_bits",
	 .elf_class = 64,
	 .edits = {PHDR(0, FILESZ, 0xfffffffffffffff0)},
	 .open = OVERFLOW},
	{.name = "E37 does_not_load_metadata_above_the_limit", .spec = &large_spec, .load = LIMIT},
	{.name = "E38 ignores_p_align_3", .edits = {PHDR(2, ALIGN, 3)}},
	{.name = "E38 ignores_p_align_0", .edits = {PHDR(2, ALIGN, 0)}},
	{.name = "E38 ignores_p_align_huge", .edits = {PHDR(2, ALIGN, 0x8000000000000000)}},
	{.name = "E41 accepts_headers_out_of_address_order", .edits = {PHDR(2, PADDR, 0x8b009000)}},
	{.name = "E42 accepts_the_hash_segment_as_last_header", .spec = &last_spec},
	{.name = "E42 accepts_the_hash_segment_in_the_middle",
	 .spec = &last_spec,
	 .change = hash_to_the_middle,
	 .flags = QPAS_IMAGE_HASH_SEGMENT},
	{.name = "does_not_load_nothing",
	 .edits = {PHDR(2, TYPE, 0), PHDR(3, TYPE, 0), PHDR(4, TYPE, 0)},
	 .load = FORMAT},
};

static void overlap_flag_admits_data_but_never_an_erasing_tail(void **state)
{
	struct qpasi_plan_params params = {2048 * MIB, MIB, true, false, 0};
	struct qpasi_elf *elf = malloc(sizeof(*elf));
	struct qpasi_plan plan;
	struct test_image image;
	int load = -1;

	(void)state;
	assert_non_null(elf);
	test_image_build(&image, NULL);
	params.file_size = image.size;
	/* E24 with the flag */
	test_phdr_set(&image, 3, TEST_P_PADDR, 0x8b000000);
	assert_int_equal(plan_image(&image, &params, elf, &plan, &load), 0);
	assert_int_equal(load, 0);
	/* E26 with the flag */
	test_phdr_set(&image, 3, TEST_P_PADDR, 0x8afff000);
	test_phdr_set(&image, 3, TEST_P_MEMSZ, 0x1001);
	assert_int_equal(plan_image(&image, &params, elf, &plan, &load), 0);
	assert_int_equal(load, QPAS_ERR_OVERLAP);
	test_image_free(&image);
	free(elf);
}

/* E33: its own message, and not that of a missing placeholder or of a missing signature. */
static void hash_type_at_index_0_is_named(void **state)
{
	struct qpasi_plan_params params = {2048 * MIB, MIB, false, false, 0};
	struct qpasi_elf *elf = malloc(sizeof(*elf));
	struct qpasi_fault fault = QPASI_FAULT_INIT;
	struct qpasi_plan plan;
	struct test_image image;
	int load = 0;

	(void)state;
	assert_non_null(elf);
	for (uint32_t other = 0; other < 2; other++) {
		test_image_build(&image, NULL);
		params.file_size = image.size;
		test_phdr_set(&image, 0, TEST_P_FLAGS, 0x02000000);
		if (other)
			test_phdr_set(&image, 1, TEST_P_FLAGS, 0);
		assert_int_equal(plan_image(&image, &params, elf, &plan, &load), 0);
		assert_int_equal(qpasi_plan_check(elf, &params, &plan, true, &fault),
				 QPAS_ERR_FORMAT);
		assert_int_equal(fault.message, 421);
		test_image_free(&image);
	}
	free(elf);
}

/* Header 0 has no part of its own, even in an unsigned split image. */
static void header_0_of_a_split_image_must_lie_in_the_mdt(void **state)
{
	struct qpasi_plan_params params = {2048 * MIB, MIB, false, true, 0};
	struct qpasi_elf *elf = malloc(sizeof(*elf));
	struct qpasi_plan plan;
	struct test_image image;
	int load = 0;

	(void)state;
	assert_non_null(elf);
	test_image_build(&image, &unsigned_spec);
	params.file_size = image.size;
	assert_int_equal(plan_image(&image, &params, elf, &plan, &load), 0);
	params.file_size = test_phdr_get(&image, 0, TEST_P_OFFSET) + 0x1233;
	assert_int_equal(plan_image(&image, &params, elf, &plan, &load), QPAS_ERR_TRUNC);
	test_image_free(&image);
	free(elf);
}

static void overlap_names_both_headers_and_the_address(void **state)
{
	struct qpasi_plan_params params = {2048 * MIB, MIB, false, false, 0};
	struct qpasi_elf *elf = malloc(sizeof(*elf));
	struct qpasi_fault fault = QPASI_FAULT_INIT;
	struct qpasi_plan plan;
	struct test_image image;
	int load = 0;

	(void)state;
	assert_non_null(elf);
	test_image_build(&image, NULL);
	params.file_size = image.size;
	test_phdr_set(&image, 3, TEST_P_PADDR, 0x8b001233);
	assert_int_equal(plan_image(&image, &params, elf, &plan, &load), 0);
	assert_int_equal(qpasi_plan_check(elf, &params, &plan, true, &fault), QPAS_ERR_OVERLAP);
	assert_int_equal(fault.segment, 2);
	assert_int_equal(fault.a, 3);
	assert_int_equal(fault.b, 0x8b001233);
	test_image_free(&image);
	free(elf);
}

static void span_is_from_the_lowest_byte_to_the_page_behind_the_highest(void **state)
{
	struct qpasi_plan_params params = {2048 * MIB, MIB, false, false, 0};
	struct qpasi_elf *elf = malloc(sizeof(*elf));
	struct qpasi_plan plan;
	struct test_image image;
	int load = 0;

	(void)state;
	assert_non_null(elf);
	test_image_build(&image, NULL);
	params.file_size = image.size;
	test_phdr_set(&image, 2, TEST_P_PADDR, 0x8affff14);
	test_phdr_set(&image, 4, TEST_P_MEMSZ, 0x1001);
	assert_int_equal(plan_image(&image, &params, elf, &plan, &load), 0);
	assert_int_equal(load, 0);
	assert_int_equal(plan.min, 0x8affff14);
	assert_int_equal(plan.size, 0x8b006000 - 0x8affff14);
	assert_int_equal(plan.loadable, 3);
	assert_int_equal(plan.highest, 4);
	/* E21: an empty one moves nothing */
	test_phdr_set(&image, 3, TEST_P_TYPE, TEST_PT_LOAD);
	test_phdr_set(&image, 3, TEST_P_FILESZ, 0);
	test_phdr_set(&image, 3, TEST_P_MEMSZ, 0);
	test_phdr_set(&image, 3, TEST_P_PADDR, 0);
	assert_int_equal(plan_image(&image, &params, elf, &plan, &load), 0);
	assert_int_equal(plan.min, 0x8affff14);
	assert_int_equal(plan.loadable, 2);
	test_image_free(&image);
	free(elf);
}

struct place_case {
	const char *name;
	bool relocatable;
	uint64_t base;
	uint64_t region;
	int result;
	uint64_t offset;
	uint32_t segment;
	uint64_t missing; /* bytes that the region lacks, as the message says */
};

/* The usual image has min 0x8b000000, size 0x5000; header 4 ends last. */
static const struct place_case places[] = {
	{"relocatable, exact region", true, 0, 0x5000, 0, 0, 0, 0},
	{"E23 relocatable, one byte short", true, 0, 0x4fff, QPAS_ERR_RANGE, 0, 4, 1},
	{"relocatable, empty region", true, 0, 0, QPAS_ERR_RANGE, 0, 4, 0x5000},
	{"relocatable ignores the base", true, 0x1000, 0x10000, 0, 0, 0, 0},
	{"fixed, at the base", false, 0x8b000000, 0x5000, 0, 0, 0, 0},
	{"fixed, behind the base", false, 0x8a000000, 0x1005000, 0, 0x1000000, 0, 0},
	{"E23 fixed, one byte short", false, 0x8a000000, 0x1004fff, QPAS_ERR_RANGE, 0, 4, 1},
	{"E23 fixed, starts one byte below", false, 0x8b000001, 0x10000, QPAS_ERR_RANGE, 0, 2, 0},
	{"fixed, base 0", false, 0, UINT64_MAX, QPAS_ERR_ARG, 0, QPAS_NO_SEGMENT, 0},
	{"fixed, far below the base", false, UINT64_MAX, 0x10000, QPAS_ERR_RANGE, 0, 2, 0},
};

static void place_follows_the_kernel_rule(void **state)
{
	struct qpasi_plan_params params = {2048 * MIB, MIB, false, false, 0};
	struct qpasi_elf *elf = malloc(sizeof(*elf));

	(void)state;
	assert_non_null(elf);
	for (size_t i = 0; i < sizeof(places) / sizeof(places[0]); i++) {
		const struct place_case *c = &places[i];
		struct qpasi_fault fault = QPASI_FAULT_INIT;
		struct qpasi_plan plan;
		struct test_image image;
		uint64_t offset = 0x5a5a;
		int load = 0;
		int result;

		test_image_build(&image, NULL);
		params.file_size = image.size;
		for (uint32_t index = 2; !c->relocatable && index < 5; index++)
			test_phdr_set(&image, index, TEST_P_FLAGS, 6);
		assert_int_equal(plan_image(&image, &params, elf, &plan, &load), 0);
		assert_int_equal(load, 0);
		result = qpasi_plan_place(elf, &plan, c->base, c->region, &offset, &fault);
		if (result != c->result || offset != (result ? 0x5a5a : c->offset) ||
		    (result && fault.segment != c->segment) ||
		    (c->missing && fault.a != c->missing))
			fail_msg("%s: result %d, offset %llx, segment %u, %llx missing", c->name,
				 result, (unsigned long long)offset, fault.segment,
				 (unsigned long long)fault.a);
		test_image_free(&image);
	}
	free(elf);
}

struct split_case {
	const char *name;
	bool named_mdt;
	uint64_t file_size;
	bool split;
};

static void split_is_decided_by_name_and_one_rule(void **state)
{
	struct qpasi_elf *elf = malloc(sizeof(*elf));
	struct qpasi_fault fault = QPASI_FAULT_INIT;
	struct qpas_slice file;
	struct test_image image;
	struct split_case cases[] = {
		{"E40 a complete .mdt", true, 0, false},
		{"E40 a short .mdt", true, 1, true},
		{"E40 a short .mbn", false, 1, false},
		{"a complete .mbn", false, 0, false},
	};

	(void)state;
	assert_non_null(elf);
	test_image_build(&image, NULL);
	file.ptr = image.bytes;
	file.len = image.size;
	assert_int_equal(qpasi_elf_decode(file, 128, elf, &fault), 0);
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		bool split = !cases[i].split;

		assert_int_equal(qpasi_plan_is_split(elf, cases[i].named_mdt,
						     image.size - cases[i].file_size, &split,
						     &fault),
				 0);
		if (split != cases[i].split)
			fail_msg("%s: split %d", cases[i].name, split);
	}
	test_image_free(&image);
	free(elf);
}

static void hash_segment_is_found_in_the_three_places(void **state)
{
	struct qpasi_elf *elf = malloc(sizeof(*elf));
	struct qpasi_fault fault = QPASI_FAULT_INIT;
	struct qpas_slice file;
	struct test_image image;
	uint64_t headers;
	uint64_t hash;

	(void)state;
	assert_non_null(elf);
	test_image_build(&image, NULL);
	file.ptr = image.bytes;
	file.len = image.size;
	assert_int_equal(qpasi_elf_decode(file, 128, elf, &fault), 0);
	headers = test_phdr_get(&image, 0, TEST_P_FILESZ);
	hash = image.hash.length;
	/* E44, in the kernel's order */
	struct {
		uint64_t file_size;
		enum qpasi_hash_place place;
		uint64_t offset;
	} cases[] = {
		{headers + hash, QPASI_HASH_PACKED, headers},
		{headers + hash + 1, QPASI_HASH_OWN_FILE, 0},
		{headers + hash - 1, QPASI_HASH_OWN_FILE, 0},
		{headers, QPASI_HASH_OWN_FILE, 0},
		{image.hash.offset + hash, QPASI_HASH_AT_OFFSET, image.hash.offset},
		{image.hash.offset + hash - 1, QPASI_HASH_OWN_FILE, 0},
		{image.size, QPASI_HASH_AT_OFFSET, image.hash.offset},
	};
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct qpasi_plan_params params = {2048 * MIB, MIB, false, true, 0};
		struct qpasi_plan plan;

		params.file_size = cases[i].file_size;
		assert_int_equal(qpasi_plan_describe(elf, &params, &plan, &fault), 0);
		assert_int_equal(plan.metadata_size, headers + hash);
		if (plan.hash_place != cases[i].place)
			fail_msg("case %zu: place %d, want %d", i, plan.hash_place, cases[i].place);
		if (plan.hash_place != QPASI_HASH_OWN_FILE)
			assert_int_equal(plan.hash_offset, cases[i].offset);
	}
	test_image_free(&image);
	free(elf);
}

/* Pairs, one after the other: slow, and with nothing in common with the sweep. */
static void slow_overlaps(const struct qpasi_elf *elf, struct qpasi_plan_overlap *want)
{
	memset(want, 0, sizeof(*want));
	for (uint32_t a = 0; a < elf->phnum; a++) {
		for (uint32_t b = 0; b < elf->phnum; b++) {
			const struct qpasi_phdr *p = &elf->phdr[a];
			const struct qpasi_phdr *q = &elf->phdr[b];
			uint64_t p_data = p->paddr + p->filesz;
			uint64_t q_data = q->paddr + q->filesz;

			if (a == b || p->type != 1 || q->type != 1)
				continue;
			for (uint64_t at = p->paddr; at < p_data; at++) {
				want->data |= at >= q->paddr && at < q_data;
				if (at >= q_data && at < q->paddr + q->memsz) {
					want->tail_erases |= a < b;
					want->tail_covered |= b < a;
				}
			}
		}
	}
}

static void sweep_finds_what_pairs_find(void **state)
{
	struct qpasi_elf *elf = calloc(1, sizeof(*elf));
	uint32_t seed = 12345;
	unsigned int seen[3] = {0, 0, 0};

	(void)state;
	assert_non_null(elf);
	for (unsigned int round = 0; round < 40000; round++) {
		struct qpasi_plan_overlap got;
		struct qpasi_plan_overlap want;

		elf->phnum = 2 + round % 7;
		for (uint32_t i = 0; i < elf->phnum; i++) {
			uint32_t bits = (seed = seed * 1664525u + 1013904223u) >> 8;

			elf->phdr[i].type = bits % 8 ? 1 : 0;
			elf->phdr[i].paddr = bits / 8 % 64;
			elf->phdr[i].memsz = 1 + bits / 512 % 12;
			elf->phdr[i].filesz = bits / 8192 % (elf->phdr[i].memsz + 1);
		}
		qpasi_plan_overlaps(elf, &got);
		slow_overlaps(elf, &want);
		if (got.data != want.data || got.tail_erases != want.tail_erases ||
		    got.tail_covered != want.tail_covered)
			fail_msg("round %u: data %d %d, erases %d %d, covered %d %d", round,
				 got.data, want.data, got.tail_erases, want.tail_erases,
				 got.tail_covered, want.tail_covered);
		seen[0] += got.data;
		seen[1] += got.tail_erases;
		seen[2] += got.tail_covered;
	}
	for (size_t i = 0; i < 3; i++)
		assert_in_range(seen[i], 1000, 39000);
	free(elf);
}

/* A10: 256 segments that all overlap; pairs would be 32,000 comparisons each time. */
static void largest_image_is_planned(void **state)
{
	struct qpasi_elf *elf = calloc(1, sizeof(*elf));
	struct qpasi_plan_overlap got;

	(void)state;
	assert_non_null(elf);
	elf->phnum = 256;
	for (uint32_t i = 0; i < 256; i++) {
		elf->phdr[i].type = 1;
		elf->phdr[i].paddr = 0x1000 + 255 - i;
		elf->phdr[i].memsz = 0x1000;
		elf->phdr[i].filesz = i == 0 || i == 255;
	}
	qpasi_plan_overlaps(elf, &got);
	assert_false(got.data);
	/* header 0 has the byte at 0x10ff, all later headers have zeros there */
	assert_true(got.tail_erases);
	assert_int_equal(got.erase_pair[0], 0);
	assert_int_equal(got.erase_address, 0x10ff);
	assert_false(got.tail_covered);
	free(elf);
}

int main(void)
{
	static const struct CMUnitTest others[] = {
		cmocka_unit_test(overlap_flag_admits_data_but_never_an_erasing_tail),
		cmocka_unit_test(hash_type_at_index_0_is_named),
		cmocka_unit_test(header_0_of_a_split_image_must_lie_in_the_mdt),
		cmocka_unit_test(overlap_names_both_headers_and_the_address),
		cmocka_unit_test(span_is_from_the_lowest_byte_to_the_page_behind_the_highest),
		cmocka_unit_test(place_follows_the_kernel_rule),
		cmocka_unit_test(split_is_decided_by_name_and_one_rule),
		cmocka_unit_test(hash_segment_is_found_in_the_three_places),
		cmocka_unit_test(sweep_finds_what_pairs_find),
		cmocka_unit_test(largest_image_is_planned),
	};

	return test_rows_run("plan", rows, sizeof(rows) / sizeof(rows[0]), run) +
	       cmocka_run_group_tests(others, NULL, NULL);
}
