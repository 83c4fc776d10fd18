/* SPDX-License-Identifier: BSD-3-Clause */
/* Rows of tables as cmocka tests. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <qpas/error.h>

#include "support/must.h"
#include "support/rows.h"

static void edit(struct test_image *image, const struct test_edit *change)
{
	uint64_t value = change->value + (change->of_size ? image->size : 0);

	switch (change->kind) {
	case TEST_EDIT_NONE:
		break;
	case TEST_EDIT_BYTE:
		test_image_set(image, change->index, 1, value);
		break;
	case TEST_EDIT_EHDR:
		test_ehdr_set(image, (enum test_ehdr)change->field, value);
		break;
	case TEST_EDIT_PHDR:
		test_phdr_set(image, change->index, (enum test_phdr)change->field, value);
		break;
	case TEST_EDIT_CUT:
		test_image_resize(image, (size_t)value);
		break;
	}
}

bool test_row_image(const struct test_row *row, uint32_t elf_class, struct test_image *image)
{
	struct test_image_spec spec = TEST_IMAGE_SPEC_INIT;

	memset(image, 0, sizeof(*image));
	if (row->elf_class && row->elf_class != elf_class)
		return false;
	if (row->spec)
		spec = *row->spec;
	spec.elf_class = elf_class;
	test_image_build(image, &spec);
	for (size_t i = 0; i < sizeof(row->edits) / sizeof(row->edits[0]); i++)
		edit(image, &row->edits[i]);
	if (row->change)
		row->change(image);
	return true;
}

void test_row_result(const struct test_row *row, uint32_t elf_class, const char *what, int result,
		     int wanted)
{
	if (result != wanted)
		fail_msg("%s, ELF%u, %s: got %d, want %d", row->name, (unsigned int)elf_class, what,
			 result, wanted);
}

int test_rows_run(const char *group, const struct test_row *rows, size_t count,
		  void (*run)(void **state))
{
	struct CMUnitTest *tests = calloc(count, sizeof(*tests));
	int failed;

	test_must(tests != NULL, "memory");
	for (size_t i = 0; i < count; i++) {
		tests[i].name = rows[i].name;
		tests[i].test_func = run;
		tests[i].initial_state = (void *)(uintptr_t)&rows[i];
	}
	failed = _cmocka_run_group_tests(group, tests, count, NULL, NULL);
	free(tests);
	return failed;
}
