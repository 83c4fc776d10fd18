/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Tables of "take a good image, change this, expect that": each row becomes one named test. Row
 * names start with their number in the list of hostile inputs.
 */
#ifndef QPAS_TESTS_ROWS_H
#define QPAS_TESTS_ROWS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "support/image_builder.h"

enum test_edit_kind {
	TEST_EDIT_NONE,
	TEST_EDIT_BYTE,
	TEST_EDIT_EHDR,
	TEST_EDIT_PHDR,
	TEST_EDIT_CUT
};

struct test_edit {
	enum test_edit_kind kind;
	uint32_t index; /* program header, or byte offset */
	int field;
	bool of_size; /* the value counts from the end of the file */
	uint64_t value;
};

#define BYTE(offset, byte)                             \
	{                                              \
		TEST_EDIT_BYTE, offset, 0, false, byte \
	}
#define EHDR(name, number)                                      \
	{                                                       \
		TEST_EDIT_EHDR, 0, TEST_E_##name, false, number \
	}
#define EHDR_SIZE(name, number)                                            \
	{                                                                  \
		TEST_EDIT_EHDR, 0, TEST_E_##name, true, (uint64_t)(number) \
	}
#define PHDR(at, name, number)                                   \
	{                                                        \
		TEST_EDIT_PHDR, at, TEST_P_##name, false, number \
	}
#define PHDR_SIZE(at, name, number)                                         \
	{                                                                   \
		TEST_EDIT_PHDR, at, TEST_P_##name, true, (uint64_t)(number) \
	}
#define CUT(size)                                \
	{                                        \
		TEST_EDIT_CUT, 0, 0, false, size \
	}

struct test_row {
	const char *name;
	uint32_t elf_class; /* 32 or 64 only; 0: both */
	const struct test_image_spec *spec; /* NULL: the usual image */
	struct test_edit edits[8];
	void (*change)(struct test_image *image); /* what edits cannot say */
	int open; /* wanted result of reading it safely */
	int load; /* wanted result of the load plan, when it opens */
	uint64_t flags; /* QPAS_IMAGE_* that must be set */
	uint64_t flags_off; /* QPAS_IMAGE_* that must not be set */
};

/* The image of a row; false (and an empty image) if the row is not for this class. */
bool test_row_image(const struct test_row *row, uint32_t elf_class, struct test_image *image);

/* Fails the test, naming the row, unless the result is the wanted one. */
void test_row_result(const struct test_row *row, uint32_t elf_class, const char *what, int result,
		     int wanted);

/* Runs one test for each row; returns the number of failures. */
int test_rows_run(const char *group, const struct test_row *rows, size_t count,
		  void (*run)(void **state));

#endif
