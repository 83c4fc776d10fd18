/* SPDX-License-Identifier: BSD-3-Clause */
/* Where a boot finds the firmware that the platform names, and what it says when it does not. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include <qpas/qpas.h>

#include "support/fake_board.h"
#include "support/image_builder.h"
#include "support/must.h"

/* Two folders, the first of which wins. */
struct folders {
	char first[64];
	char second[64];
	int first_fd;
	int second_fd;
	char path[256];
};

static void make_folders(struct folders *folders)
{
	folders->first_fd = test_folder_new(folders->first);
	folders->second_fd = test_folder_new(folders->second);
	test_must(!mkdirat(folders->first_fd, "qcom", 0755) &&
			  !mkdirat(folders->first_fd, "qcom/fake", 0755) &&
			  !mkdirat(folders->second_fd, "qcom", 0755) &&
			  !mkdirat(folders->second_fd, "qcom/fake", 0755),
		  "folders");
	(void)snprintf(folders->path, sizeof(folders->path), "/no/such/folder::%s:%s",
		       folders->first, folders->second);
}

static void remove_folders(struct folders *folders)
{
	test_folder_remove(folders->first, folders->first_fd);
	test_folder_remove(folders->second, folders->second_fd);
}

static struct qpas_context *open_context(struct board *board, const char *path)
{
	struct qpas_context *context = NULL;

	board->params.firmware_path = path;
	board_open(board);
	assert_int_equal(board_context(board, &context, NULL), 0);
	fake_clear(&board->fake);
	return context;
}

static void first_folder_that_has_it_wins(void **state)
{
	struct test_image image;
	struct folders folders;
	struct board *board = board_new();
	struct qpas_context *context;
	struct qpas_error err = QPAS_ERROR_INIT;

	(void)state;
	make_folders(&folders);
	test_image_build(&image, NULL);
	test_image_write(&image, folders.second_fd, "qcom/fake/adsp.mbn");
	context = open_context(board, folders.path);
	assert_int_equal(qpas_boot(context, NULL, NULL, &err), 0);
	assert_int_equal(qpas_shutdown(context, &err), 0);
	/* A bad file in an earlier folder is not passed over. */
	test_file_write(folders.first_fd, "qcom/fake/adsp.mbn", "no image", 8);
	assert_int_equal(qpas_boot(context, NULL, NULL, &err), QPAS_ERR_FORMAT);
	assert_int_equal(qpas_context_close(context), 0);
	board_free(board);
	test_image_free(&image);
	remove_folders(&folders);
}

static void missing_firmware_names_the_folders(void **state)
{
	struct folders folders;
	struct board *board = board_new();
	struct qpas_context *context;
	struct qpas_error err = QPAS_ERROR_INIT;
	char text[512];

	(void)state;
	make_folders(&folders);
	context = open_context(board, folders.path);
	assert_int_equal(qpas_boot(context, NULL, NULL, &err), QPAS_ERR_NOTFOUND);
	(void)snprintf(text, sizeof(text),
		       "qcom/fake/adsp.mbn is in none of the firmware folders (%s). Install the "
		       "firmware package, or give a folder.",
		       folders.path);
	text[255] = '\0';
	assert_string_equal(err.text, text);
	assert_int_equal(board->fake.calls, 0);
	assert_int_equal(board_state(context), QPAS_STATE_NEW);
	assert_int_equal(qpas_context_close(context), 0);
	board_free(board);
	remove_folders(&folders);
}

/* F rows: a part that is missing here is not looked for elsewhere. */
static void split_firmware_is_read_from_one_folder(void **state)
{
	static const char *const split[] = {"qcom/fake/adsp.mdt"};
	struct test_image image;
	struct folders folders;
	struct board *board = board_new();
	struct qpas_context *context;
	struct qpas_error err = QPAS_ERROR_INIT;

	(void)state;
	make_folders(&folders);
	test_image_build(&image, NULL);
	test_image_write_split(&image, folders.first_fd, "qcom/fake/adsp");
	test_image_write_split(&image, folders.second_fd, "qcom/fake/adsp");
	board->peripheral.firmware = split;
	context = open_context(board, folders.path);
	assert_int_equal(qpas_boot(context, NULL, NULL, &err), 0);
	assert_int_equal(qpas_shutdown(context, &err), 0);
	test_must(!unlinkat(folders.first_fd, "qcom/fake/adsp.b03", 0), "remove a part");
	assert_int_equal(qpas_boot(context, NULL, NULL, &err), QPAS_ERR_NOTFOUND);
	assert_int_equal(err.segment, 3);
	assert_non_null(strstr(err.text, "adsp.b03"));
	assert_int_equal(qpas_context_close(context), 0);
	board_free(board);
	test_image_free(&image);
	remove_folders(&folders);
}

/* D06: names come from device trees. */
static void names_that_leave_the_folder_are_refused(void **state)
{
	static const char *const names[] = {"../adsp.mbn", "/etc/passwd", "qcom/../../adsp.mbn",
					    ""};

	(void)state;
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		struct folders folders;
		struct board *board = board_new();
		struct qpas_context *context;
		struct qpas_error err = QPAS_ERROR_INIT;

		make_folders(&folders);
		board->peripheral.firmware = &names[i];
		context = open_context(board, folders.path);
		assert_int_equal(qpas_boot(context, NULL, NULL, &err), QPAS_ERR_POLICY);
		assert_int_equal(board->fake.calls, 0);
		assert_int_equal(qpas_context_close(context), 0);
		board_free(board);
		remove_folders(&folders);
	}
}

static void companion_is_looked_up_too_and_before_anything_starts(void **state)
{
	struct test_image image;
	struct folders folders;
	struct board *board = board_new();
	struct qpas_context *context;
	struct qpas_error err = QPAS_ERROR_INIT;

	(void)state;
	make_folders(&folders);
	test_image_build(&image, NULL);
	test_image_write(&image, folders.first_fd, "qcom/fake/adsp.mbn");
	board_add_companion(board);
	context = open_context(board, folders.path);
	assert_int_equal(qpas_boot(context, NULL, NULL, &err), QPAS_ERR_NOTFOUND);
	assert_non_null(strstr(err.text, "adsp_dtb.mbn"));
	assert_int_equal(board->fake.calls, 0);
	test_image_write(&image, folders.first_fd, "qcom/fake/adsp_dtb.mbn");
	assert_int_equal(qpas_boot(context, NULL, NULL, &err), 0);
	assert_true(fake_called(&board->fake, "auth_reset 36"));
	assert_int_equal(qpas_context_close(context), 0);
	board_free(board);
	test_image_free(&image);
	remove_folders(&folders);
}

static void peripheral_without_a_firmware_name_needs_an_image(void **state)
{
	struct board *board = board_new();
	struct qpas_context *context;
	struct qpas_error err = QPAS_ERROR_INIT;

	(void)state;
	board->peripheral.firmware_count = 0;
	context = open_context(board, NULL);
	assert_int_equal(qpas_boot(context, NULL, NULL, &err), QPAS_ERR_NOTFOUND);
	assert_string_equal(err.text,
			    "The platform names no firmware for adsp. Give the image yourself.");
	assert_int_equal(qpas_boot(context, board->image, NULL, &err), 0);
	assert_int_equal(qpas_context_close(context), 0);
	board_free(board);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(first_folder_that_has_it_wins),
		cmocka_unit_test(missing_firmware_names_the_folders),
		cmocka_unit_test(split_firmware_is_read_from_one_folder),
		cmocka_unit_test(names_that_leave_the_folder_are_refused),
		cmocka_unit_test(companion_is_looked_up_too_and_before_anything_starts),
		cmocka_unit_test(peripheral_without_a_firmware_name_needs_an_image),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
