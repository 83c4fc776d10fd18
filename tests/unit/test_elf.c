/* SPDX-License-Identifier: BSD-3-Clause */
/* The header decoder: what it reads, and which headers it refuses. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "format/elf.h"
#include "support/image_builder.h"
#include "support/rows.h"

static int decode(const struct test_image *image, uint32_t limit, struct qpasi_elf *elf,
		  struct qpasi_fault *fault)
{
	/* An exact copy, so that AddressSanitizer sees the first byte past the end. */
	struct qpas_slice file = {malloc(image->size ? image->size : 1), image->size};
	int result;

	assert_non_null(file.ptr);
	memcpy((void *)(uintptr_t)file.ptr, image->bytes, image->size);
	result = qpasi_elf_decode(file, limit, elf, fault);
	free((void *)(uintptr_t)file.ptr);
	return result;
}

static void run(void **state)
{
	const struct test_row *row = *state;

	for (uint32_t elf_class = 32; elf_class <= 64; elf_class += 32) {
		struct qpasi_elf *elf = malloc(sizeof(*elf));
		struct qpasi_fault fault = QPASI_FAULT_INIT;
		struct test_image image;
		int result;

		assert_non_null(elf);
		if (test_row_image(row, elf_class, &image)) {
			result = decode(&image, 128, elf, &fault);
			test_row_result(row, elf_class, "decode", result, row->open);
			assert_true(result == 0 || elf->phnum == 0);
			assert_true(result == 0 || result == qpasi_message_class(fault.message));
		}
		test_image_free(&image);
		free(elf);
	}
}

static const struct test_row rows[] = {
	{.name = "E02 refuses_a_file_of_the_magic_only", .edits = {CUT(4)}, .open = QPAS_ERR_TRUNC},
	{.name = "E01 refuses_an_empty_file", .edits = {CUT(0)}, .open = QPAS_ERR_TRUNC},
	{.name = "E03 refuses_wrong_magic_byte_0",
	 .edits = {BYTE(0, 0x7e)},
	 .open = QPAS_ERR_FORMAT},
	{.name = "E03 refuses_wrong_magic_byte_1", .edits = {BYTE(1, 'e')}, .open = QPAS_ERR_FORMAT},
	{.name = "E03 refuses_wrong_magic_byte_2", .edits = {BYTE(2, 'M')}, .open = QPAS_ERR_FORMAT},
	{.name = "E03 refuses_wrong_magic_byte_3", .edits = {BYTE(3, 0)}, .open = QPAS_ERR_FORMAT},
	{.name = "E03 judges_the_magic_of_a_short_file_first",
	 .edits = {BYTE(0, 'M'), CUT(2)},
	 .open = QPAS_ERR_FORMAT},
	{.name = "E04 refuses_a_32_bit_image_marked_64",
	 .elf_class = 32,
	 .edits = {BYTE(4, 2)},
	 .open = QPAS_ERR_FORMAT},
	{.name = "E04 refuses_a_64_bit_image_marked_32",
	 .elf_class = 64,
	 .edits = {BYTE(4, 1)},
	 .open = QPAS_ERR_FORMAT},
	{.name = "E04 accepts_both_classes", .open = 0},
	{.name = "E04 refuses_class_0", .edits = {BYTE(4, 0)}, .open = QPAS_ERR_FORMAT},
	{.name = "E04 refuses_class_3", .edits = {BYTE(4, 3)}, .open = QPAS_ERR_FORMAT},
	{.name = "E05 refuses_big_endian", .edits = {BYTE(5, 2)}, .open = QPAS_ERR_UNSUPP},
	{.name = "E05 refuses_no_endianness", .edits = {BYTE(5, 0)}, .open = QPAS_ERR_UNSUPP},
	{.name = "E05 refuses_ident_version_0", .edits = {BYTE(6, 0)}, .open = QPAS_ERR_UNSUPP},
	{.name = "E05 refuses_ident_version_2", .edits = {BYTE(6, 2)}, .open = QPAS_ERR_UNSUPP},
	{.name = "E06 accepts_machine_0", .edits = {EHDR(MACHINE, 0)}, .open = 0},
	{.name = "E06 accepts_machine_0xffff", .edits = {EHDR(MACHINE, 0xffff)}, .open = 0},
	{.name = "E06 accepts_machine_riscv", .edits = {EHDR(MACHINE, 243)}, .open = 0},
	{.name = "E07 refuses_no_program_headers",
	 .edits = {EHDR(PHNUM, 0)},
	 .open = QPAS_ERR_FORMAT},
	{.name = "E07 decodes_one_program_header", .edits = {EHDR(PHNUM, 1)}, .open = 0},
	{.name = "E08 refuses_an_escaped_count",
	 .edits = {EHDR(PHNUM, 0xffff)},
	 .open = QPAS_ERR_UNSUPP},
	{.name = "E09 refuses_one_header_above_the_limit",
	 .edits = {EHDR(PHNUM, 129)},
	 .open = QPAS_ERR_LIMIT},
	{.name = "E09 refuses_257_headers", .edits = {EHDR(PHNUM, 257)}, .open = QPAS_ERR_LIMIT},
	{.name = "E10 refuses_phentsize_0", .edits = {EHDR(PHENTSIZE, 0)}, .open = QPAS_ERR_FORMAT},
	{.name = "E10 refuses_phentsize_1", .edits = {EHDR(PHENTSIZE, 1)}, .open = QPAS_ERR_FORMAT},
	{.name = "E10 refuses_phentsize_31",
	 .edits = {EHDR(PHENTSIZE, 31)},
	 .open = QPAS_ERR_FORMAT},
	{.name = "E10 refuses_phentsize_33",
	 .edits = {EHDR(PHENTSIZE, 33)},
	 .open = QPAS_ERR_FORMAT},
	{.name = "E10 refuses_phentsize_55",
	 .edits = {EHDR(PHENTSIZE, 55)},
	 .open = QPAS_ERR_FORMAT},
	{.name = "E10 refuses_phentsize_57",
	 .edits = {EHDR(PHENTSIZE, 57)},
	 .open = QPAS_ERR_FORMAT},
	{.name = "E10 refuses_phentsize_0xffff",
	 .edits = {EHDR(PHENTSIZE, 0xffff)},
	 .open = QPAS_ERR_FORMAT},
	{.name = "E11 refuses_phoff_0", .edits = {EHDR(PHOFF, 0)}, .open = QPAS_ERR_FORMAT},
	{.name = "E11 refuses_phoff_inside_the_header",
	 .edits = {EHDR(PHOFF, 51)},
	 .open = QPAS_ERR_FORMAT},
	{.name = "E11 refuses_phoff_at_the_end",
	 .edits = {EHDR_SIZE(PHOFF, 0)},
	 .open = QPAS_ERR_RANGE},
	{.name = "E11 refuses_phoff_at_the_last_byte",
	 .edits = {EHDR_SIZE(PHOFF, -1)},
	 .open = QPAS_ERR_RANGE},
	{.name = "E12 refuses_a_table_that_wraps_32_bits",
	 .elf_class = 32,
	 .edits = {EHDR(PHOFF, 0xffffffe0)},
	 .open = QPAS_ERR_OVERFLOW},
	{.name = "E12 refuses_a_table_that_ends_at_4_GiB",
	 .elf_class = 32,
	 .edits = {EHDR(PHOFF, 0x100000000 - 5 * 32)},
	 .open = QPAS_ERR_OVERFLOW},
	{.name = "E12 refuses_a_table_that_wraps_64_bits",
	 .elf_class = 64,
	 .edits = {EHDR(PHOFF, 0xffffffffffffffc8)},
	 .open = QPAS_ERR_OVERFLOW},
	{.name = "E12 does_not_wrap_64_bit_tables_at_32_bits",
	 .elf_class = 64,
	 .edits = {EHDR(PHOFF, 0xffffffe0)},
	 .open = QPAS_ERR_RANGE},
	{.name = "E16 ignores_section_fields",
	 .edits = {EHDR(SHOFF, 0xffffff00), EHDR(SHNUM, 0xffff), EHDR(SHSTRNDX, 0xfffe)},
	 .open = 0},
};

static void every_prefix_of_the_headers_is_truncated(void **state)
{
	struct qpasi_elf *elf = malloc(sizeof(*elf));

	(void)state;
	assert_non_null(elf);
	for (uint32_t elf_class = 32; elf_class <= 64; elf_class += 32) {
		struct test_image_spec spec = TEST_IMAGE_SPEC_INIT;
		size_t headers = elf_class == 32 ? 52 + 5 * 32 : 64 + 5 * 56;
		struct test_image image;

		spec.elf_class = elf_class;
		test_image_build(&image, &spec);
		for (size_t size = headers; size-- > 0;) {
			struct qpasi_fault fault = QPASI_FAULT_INIT;

			test_image_resize(&image, size);
			if (decode(&image, 128, elf, &fault) != QPAS_ERR_TRUNC)
				fail_msg("class %u, %zu bytes: message %u", elf_class, size,
					 fault.message);
		}
		test_image_free(&image);
	}
	free(elf);
}

static void every_field_is_read_from_its_place(void **state)
{
	struct qpasi_elf *elf = malloc(sizeof(*elf));

	(void)state;
	assert_non_null(elf);
	for (uint32_t elf_class = 32; elf_class <= 64; elf_class += 32) {
		uint64_t high = elf_class == 64 ? 0x1122334400000000 : 0;
		struct test_image_spec spec = TEST_IMAGE_SPEC_INIT;
		struct qpasi_fault fault = QPASI_FAULT_INIT;
		struct test_image image;

		spec.elf_class = elf_class;
		spec.machine = 0xf3;
		spec.entry = high | 0x8b001000;
		test_image_build(&image, &spec);
		for (int field = TEST_P_TYPE; field <= TEST_P_ALIGN; field++)
			test_phdr_set(&image, 3, (enum test_phdr)field,
				      (field <= TEST_P_FLAGS ? 0 : high) |
					      (0x51015101u + (unsigned int)field));
		assert_int_equal(decode(&image, 128, elf, &fault), 0);
		assert_int_equal(elf->class_bits, elf_class);
		assert_int_equal(elf->machine, 0xf3);
		assert_int_equal(elf->entry, high | 0x8b001000);
		assert_int_equal(elf->phoff, elf_class == 32 ? 52 : 64);
		assert_int_equal(elf->ehsize, elf_class == 32 ? 52 : 64);
		assert_int_equal(elf->phnum, 5);
		assert_int_equal(elf->phdr[3].type, 0x51015101);
		assert_int_equal(elf->phdr[3].flags, 0x51015102);
		assert_int_equal(elf->phdr[3].offset, high | 0x51015103);
		assert_int_equal(elf->phdr[3].vaddr, high | 0x51015104);
		assert_int_equal(elf->phdr[3].paddr, high | 0x51015105);
		assert_int_equal(elf->phdr[3].filesz, high | 0x51015106);
		assert_int_equal(elf->phdr[3].memsz, high | 0x51015107);
		assert_int_equal(elf->phdr[3].align, high | 0x51015108);
		assert_int_equal(qpasi_elf_headers_size(elf),
				 elf_class == 32 ? 52 + 5 * 32 : 64 + 5 * 56);
		test_image_free(&image);
	}
	free(elf);
}

static void limit_is_never_above_the_array(void **state)
{
	struct qpasi_elf *elf = malloc(sizeof(*elf));
	struct qpasi_fault fault = QPASI_FAULT_INIT;
	struct test_image image;

	(void)state;
	assert_non_null(elf);
	test_image_build(&image, NULL);
	test_image_resize(&image, 52 + 300 * 32);
	test_ehdr_set(&image, TEST_E_PHNUM, 256);
	assert_int_equal(decode(&image, 0xffffffff, elf, &fault), 0);
	test_ehdr_set(&image, TEST_E_PHNUM, 257);
	assert_int_equal(decode(&image, 0xffffffff, elf, &fault), QPAS_ERR_LIMIT);
	test_image_free(&image);
	free(elf);
}

int main(void)
{
	static const struct CMUnitTest others[] = {
		cmocka_unit_test(every_prefix_of_the_headers_is_truncated),
		cmocka_unit_test(every_field_is_read_from_its_place),
		cmocka_unit_test(limit_is_never_above_the_array),
	};

	return test_rows_run("elf", rows, sizeof(rows) / sizeof(rows[0]), run) +
	       cmocka_run_group_tests(others, NULL, NULL);
}
