/* SPDX-License-Identifier: BSD-3-Clause */
/* Messages: numbers, classes, sentences; and the size-first rule. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/fault.h"

static const struct {
	uint32_t number;
	const char *name;
	int class;
	const char *pattern;
} all[] = {
#define QPASI_MESSAGE(number, name, class, pattern) {number, #name, QPAS_ERR_##class, pattern},
#include "base/messages.def"
#undef QPASI_MESSAGE
};

#define COUNT (sizeof(all) / sizeof(all[0]))

static void numbers_are_given_once(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT; i++) {
		assert_true(all[i].number > 0);
		for (size_t k = i + 1; k < COUNT; k++) {
			if (all[i].number == all[k].number)
				fail_msg("%u: %s and %s", all[i].number, all[i].name, all[k].name);
		}
	}
}

/* Every placeholder of every pattern is known, so that no sentence comes out with a hole. */
static void patterns_use_known_fields_only(void **state)
{
	static const char *const fields[] = {"seg", "off", "a", "b", "xa", "xb", "tz", "s", "t"};

	(void)state;
	for (size_t i = 0; i < COUNT; i++) {
		const char *at = all[i].pattern;

		assert_true(strlen(at) > 10);
		while ((at = strchr(at, '{')) != NULL) {
			size_t length = strcspn(++at, "}");
			bool known = false;

			for (size_t k = 0; k < sizeof(fields) / sizeof(fields[0]); k++)
				known = known || (strlen(fields[k]) == length &&
						  !memcmp(fields[k], at, length));
			if (!known || at[length] != '}')
				fail_msg("message %u: field at \"%s\"", all[i].number, at);
		}
	}
}

static void classes_follow_the_messages(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT; i++) {
		assert_int_equal(qpasi_message_class(all[i].number), all[i].class);
		assert_string_equal(qpas_message_text(all[i].number), all[i].pattern);
	}
	assert_int_equal(qpasi_message_class(0), QPAS_ERR_BACKEND);
	assert_string_equal(qpas_message_text(0), "");
	assert_string_equal(qpas_message_text(0xffffffff), "");
}

static void facts_are_put_into_the_sentence(void **state)
{
	struct qpas_error err = QPAS_ERROR_INIT;
	struct qpasi_fault fault = QPASI_FAULT_INIT;

	(void)state;
	assert_int_equal(qpasi_fault_at(&fault, QPASI_MSG_SEG_FILE_RANGE, 7, 0x1f, 12, 34),
			 QPAS_ERR_TRUNC);
	assert_int_equal(qpasi_fault_report(&fault, QPAS_STAGE_PLAN, &err), QPAS_ERR_TRUNC);
	assert_int_equal(err.code, QPAS_ERR_TRUNC);
	assert_int_equal(err.message_id, 401);
	assert_int_equal(err.segment, 7);
	assert_int_equal(err.offset, 0x1f);
	assert_int_equal(err.stage, QPAS_STAGE_PLAN);
	assert_string_equal(err.text,
			    "Segment 7 at offset 0x1f is 12 bytes short: the file has 34. "
			    "Copy the file again.");
	fault.message = QPASI_MSG_TZ_REFUSED;
	fault.tz_status = INT64_MIN;
	fault.s = "AUTH";
	(void)qpasi_fault_report(&fault, 0, &err);
	assert_non_null(strstr(err.text, "-9223372036854775808"));
	assert_int_equal(qpasi_fault_report(&fault, 0, NULL), QPAS_ERR_TZ);
}

/* A15 */
static void hostile_text_is_escaped(void **state)
{
	struct qpas_error err = QPAS_ERROR_INIT;

	(void)state;
	(void)qpasi_error_set(&err, QPASI_MSG_FILE_MISSING, 0, "a\x1b[31m\n\\{s}%n\x7f\xff");
	assert_non_null(strstr(err.text, "a\\x1b[31m\\x0a\\x5c{s}%n\\x7f\\xff"));
	for (size_t i = 0; err.text[i]; i++)
		assert_in_range(err.text[i], 0x20, 0x7e);
}

static void long_text_is_cut_and_ended(void **state)
{
	struct qpasi_fault fault = QPASI_FAULT_INIT;
	char name[1000];
	char to[64];

	(void)state;
	memset(name, 'n', sizeof(name));
	name[999] = '\0';
	fault.message = QPASI_MSG_FILE_MISSING;
	fault.s = name;
	for (size_t capacity = 0; capacity < sizeof(to); capacity++) {
		memset(to, 0x55, sizeof(to));
		assert_int_equal(qpasi_fault_text(&fault, to, capacity),
				 capacity ? capacity - 1 : 0);
		if (capacity)
			assert_int_equal(to[capacity - 1], 0);
		assert_int_equal(to[capacity], 0x55);
	}
}

static void success_clears_the_code_alone(void **state)
{
	struct qpas_error err = QPAS_ERROR_INIT;

	(void)state;
	err.code = -1;
	err.segment = 3;
	err.text[0] = 'x';
	assert_int_equal(qpasi_error_begin(&err), 0);
	assert_int_equal(err.code, 0);
	assert_int_equal(err.segment, 3);
	assert_int_equal(err.text[0], 'x');
	assert_int_equal(qpasi_error_begin(NULL), 0);
	err.size = sizeof(err) - 1;
	assert_int_equal(qpasi_error_begin(&err), QPAS_ERR_ABI);
	err.size = 4097;
	assert_int_equal(qpasi_error_begin(&err), QPAS_ERR_ABI);
}

struct object {
	uint32_t size;
	uint8_t rest[4996];
};

/* A02 */
static void size_first_structures_follow_the_rule(void **state)
{
	static const struct {
		uint32_t size;
		int result;
	} cases[] = {{0, QPAS_ERR_ABI},
		     {4, QPAS_ERR_ABI},
		     {15, QPAS_ERR_ABI},
		     {16, 0},
		     {24, 0},
		     {32, 0},
		     {4096, 0},
		     {4097, QPAS_ERR_ABI},
		     {UINT32_MAX, QPAS_ERR_ABI}};
	struct object *object = calloc(1, sizeof(*object));

	(void)state;
	assert_non_null(object);
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		object->size = cases[i].size;
		if (qpasi_abi_check(object, 16, 24, NULL) != cases[i].result)
			fail_msg("size %u", cases[i].size);
	}
	object->size = 32;
	object->rest[20] = 1; /* byte 24: the first that is not known */
	assert_int_equal(qpasi_abi_check(object, 16, 24, NULL), QPAS_ERR_ABI);
	object->rest[20] = 0;
	object->rest[19] = 1; /* byte 23: the last known one */
	assert_int_equal(qpasi_abi_check(object, 16, 24, NULL), 0);
	object->rest[28] = 1; /* byte 32: not the structure's */
	assert_int_equal(qpasi_abi_check(object, 16, 24, NULL), 0);
	free(object);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(numbers_are_given_once),
		cmocka_unit_test(patterns_use_known_fields_only),
		cmocka_unit_test(classes_follow_the_messages),
		cmocka_unit_test(facts_are_put_into_the_sentence),
		cmocka_unit_test(hostile_text_is_escaped),
		cmocka_unit_test(long_text_is_cut_and_ended),
		cmocka_unit_test(success_clears_the_code_alone),
		cmocka_unit_test(size_first_structures_follow_the_rule),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
