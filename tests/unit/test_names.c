/* SPDX-License-Identifier: BSD-3-Clause */
/* Names and versions: total functions whose values are part of the interface. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include <qpas/qpas.h>

static void error_classes_keep_their_numbers_and_names(void **state)
{
	static const struct {
		int code;
		const char *name;
	} rows[] = {
		{0, "QPAS_OK"},
		{-101, "QPAS_ERR_ARG"},
		{-102, "QPAS_ERR_STATE"},
		{-103, "QPAS_ERR_BUSY"},
		{-104, "QPAS_ERR_TIMEOUT"},
		{-105, "QPAS_ERR_CANCELED"},
		{-106, "QPAS_ERR_UNKNOWN"},
		{-201, "QPAS_ERR_NOMEM"},
		{-202, "QPAS_ERR_LIMIT"},
		{-203, "QPAS_ERR_SPACE"},
		{-301, "QPAS_ERR_IO"},
		{-302, "QPAS_ERR_NOTFOUND"},
		{-303, "QPAS_ERR_CHANGED"},
		{-304, "QPAS_ERR_POLICY"},
		{-401, "QPAS_ERR_FORMAT"},
		{-402, "QPAS_ERR_TRUNC"},
		{-403, "QPAS_ERR_RANGE"},
		{-404, "QPAS_ERR_OVERFLOW"},
		{-405, "QPAS_ERR_OVERLAP"},
		{-406, "QPAS_ERR_UNSUPP"},
		{-501, "QPAS_ERR_MISMATCH"},
		{-502, "QPAS_ERR_CRYPTO"},
		{-601, "QPAS_ERR_BACKEND"},
		{-602, "QPAS_ERR_TZ"},
		{-603, "QPAS_ERR_AUTH"},
		{-701, "QPAS_ERR_ABI"},
	};
	size_t known = 0;

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		assert_string_equal(qpas_err_name(rows[i].code), rows[i].name);
		assert_string_not_equal(qpas_err_text(rows[i].code), "unknown error");
	}
	/* And no others. */
	for (int code = -1000; code <= 1000; code++)
		known += strcmp(qpas_err_name(code), "QPAS_ERR_?") != 0;
	assert_int_equal(known, sizeof(rows) / sizeof(rows[0]));
	assert_string_equal(qpas_err_text(-2147483647 - 1), "unknown error");
}

static void other_names_are_total(void **state)
{
	(void)state;
	assert_string_equal(qpas_stage_name(0), "none");
	assert_string_equal(qpas_stage_name(16), "auth_reset");
	assert_string_equal(qpas_stage_name(21), "attach");
	assert_string_equal(qpas_stage_name(22), "assign");
	assert_string_equal(qpas_stage_name(23), "protect");
	for (uint32_t i = 0; i <= 23; i++)
		assert_string_not_equal(qpas_stage_name(i), "?");
	assert_string_equal(qpas_stage_name(24), "?");
	assert_string_equal(qpas_stage_name(UINT32_MAX), "?");
	assert_string_equal(qpas_state_name(4), "running");
	assert_string_equal(qpas_state_name(8), "unknown");
	for (uint32_t i = 0; i <= 8; i++)
		assert_string_not_equal(qpas_state_name(i), "?");
	assert_string_equal(qpas_state_name(9), "?");
	assert_string_equal(qpas_log_level_name(0), "?");
	assert_string_equal(qpas_log_level_name(1), "error");
	assert_string_equal(qpas_log_level_name(4), "debug");
	assert_string_equal(qpas_log_level_name(5), "?");
}

static void error_text_always_says_something(void **state)
{
	struct qpas_error err = QPAS_ERROR_INIT;

	(void)state;
	assert_string_equal(qpas_error_text(NULL), "no error detail");
	assert_string_equal(qpas_error_text(&err), "no error");
	err.code = QPAS_ERR_TZ;
	assert_string_equal(qpas_error_text(&err), "the trusted world refused a call");
	(void)snprintf(err.text, sizeof(err.text), "it is raining");
	assert_string_equal(qpas_error_text(&err), "it is raining");
	/* Text of an earlier failure is none of a success. */
	err.code = 0;
	assert_string_equal(qpas_error_text(&err), "no error");
}

static void version_is_that_of_the_header(void **state)
{
	char text[16];

	(void)state;
	assert_int_equal(qpas_version_number(), QPAS_VERSION_NUMBER);
	(void)snprintf(text, sizeof(text), "%d.%d.%d", QPAS_VERSION_MAJOR, QPAS_VERSION_MINOR,
		       QPAS_VERSION_PATCH);
	assert_string_equal(qpas_version_text(), text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(error_classes_keep_their_numbers_and_names),
		cmocka_unit_test(other_names_are_total),
		cmocka_unit_test(error_text_always_says_something),
		cmocka_unit_test(version_is_that_of_the_header),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
