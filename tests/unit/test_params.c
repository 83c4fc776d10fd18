/* SPDX-License-Identifier: BSD-3-Clause */
/* What objects keep of their parameters. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/host/host_memory.h"
#include "base/params.h"

static int init(struct qpasi_env *env, const struct qpas_params *params)
{
	return qpasi_env_init(env, params, qpasi_host_allocator(), NULL);
}

static void no_params_mean_defaults(void **state)
{
	struct qpas_params params = QPAS_PARAMS_INIT;
	struct qpasi_env env;

	(void)state;
	for (int given = 0; given < 2; given++) {
		assert_int_equal(init(&env, given ? &params : NULL), 0);
		assert_int_equal(env.limits.program_headers, 128);
		assert_int_equal(env.limits.file_bytes, 128u << 20);
		assert_int_equal(env.limits.image_bytes, 256u << 20);
		assert_true(env.limits.span_bytes == UINT64_C(2) << 30);
		assert_int_equal(env.limits.metadata_bytes, 1u << 20);
		assert_int_equal(env.limits.rsc_table_bytes, 64u << 10);
		assert_int_equal(env.limits.rsc_table_entries, 256);
		assert_int_equal(env.limits.dtb_bytes, 2u << 20);
		assert_int_equal(env.limits.dtb_depth, 32);
		assert_int_equal(env.flags, 0);
		assert_false(qpasi_env_logs(&env, QPAS_LOG_ERROR));
	}
}

/* Offsets of the members and their maxima. */
static const struct {
	size_t offset;
	size_t width;
	uint64_t maximum;
} limits[] = {
	{offsetof(struct qpas_limits, program_headers), 4, 256},
	{offsetof(struct qpas_limits, file_bytes), 8, UINT64_C(1) << 30},
	{offsetof(struct qpas_limits, image_bytes), 8, UINT64_C(1) << 30},
	{offsetof(struct qpas_limits, span_bytes), 8, UINT64_C(2) << 30},
	{offsetof(struct qpas_limits, metadata_bytes), 8, 4u << 20},
	{offsetof(struct qpas_limits, rsc_table_bytes), 4, 1u << 20},
	{offsetof(struct qpas_limits, rsc_table_entries), 4, 1024},
	{offsetof(struct qpas_limits, dtb_bytes), 4, 16u << 20},
	{offsetof(struct qpas_limits, dtb_depth), 4, 64},
};

static void limits_may_be_lowered_and_never_raised_above_the_maximum(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(limits) / sizeof(limits[0]); i++) {
		static const int64_t steps[] = {0, 1, -1};

		for (size_t k = 0; k < 3; k++) {
			struct qpas_limits given = QPAS_LIMITS_INIT;
			struct qpas_params params = QPAS_PARAMS_INIT;
			uint64_t value = limits[i].maximum + (uint64_t)steps[k];
			uint32_t narrow = (uint32_t)value;
			uint64_t kept = 0;
			struct qpasi_env env;
			const void *from = limits[i].width == 4 ? (const void *)&narrow : &value;

			memcpy((uint8_t *)&given + limits[i].offset, from, limits[i].width);
			params.limits = &given;
			if (init(&env, &params) != (steps[k] > 0 ? QPAS_ERR_ARG : 0))
				fail_msg("limit %zu, step %d", i, (int)steps[k]);
			if (steps[k] > 0)
				continue;
			memcpy(&kept, (uint8_t *)&env.limits + limits[i].offset, limits[i].width);
			assert_true(kept == value);
		}
	}
}

static void *some_malloc(void *user, size_t bytes)
{
	(void)user;
	return malloc(bytes);
}

static void *some_realloc(void *user, void *block, size_t bytes)
{
	(void)user;
	return realloc(block, bytes);
}

static void some_free(void *user, void *block)
{
	(void)user;
	free(block);
}

static void an_allocator_is_whole_or_absent(void **state)
{
	(void)state;
	for (unsigned int mask = 0; mask < 8; mask++) {
		struct qpas_allocator allocator = QPAS_ALLOCATOR_INIT;
		struct qpas_params params = QPAS_PARAMS_INIT;
		struct qpasi_env env;
		bool right = mask == 0 || mask == 7;

		allocator.malloc = mask & 1 ? some_malloc : NULL;
		allocator.realloc = mask & 2 ? some_realloc : NULL;
		allocator.free = mask & 4 ? some_free : NULL;
		params.allocator = &allocator;
		assert_int_equal(init(&env, &params), right ? 0 : QPAS_ERR_ARG);
		if (mask == 7)
			assert_true(env.allocator.malloc == some_malloc);
		if (mask == 0)
			assert_true(env.allocator.malloc == qpasi_host_allocator()->malloc);
		allocator.reserved = 1;
		assert_int_equal(init(&env, &params), QPAS_ERR_ARG);
	}
}

static void wrong_sizes_are_refused_at_every_level(void **state)
{
	struct qpas_allocator allocator = QPAS_ALLOCATOR_INIT;
	struct qpas_limits given = QPAS_LIMITS_INIT;
	struct qpas_params params = QPAS_PARAMS_INIT;
	struct qpas_log log = QPAS_LOG_INIT;
	struct qpasi_env env;

	(void)state;
	params.allocator = &allocator;
	params.limits = &given;
	params.log = &log;
	assert_int_equal(init(&env, &params), 0);
	params.size--;
	assert_int_equal(init(&env, &params), QPAS_ERR_ABI);
	params.size++;
	allocator.size--;
	assert_int_equal(init(&env, &params), QPAS_ERR_ABI);
	allocator.size++;
	given.size--;
	assert_int_equal(init(&env, &params), QPAS_ERR_ABI);
	given.size++;
	log.size--;
	assert_int_equal(init(&env, &params), QPAS_ERR_ABI);
	log.size++;
	assert_int_equal(init(&env, &params), 0);
}

/* A03 */
static void unknown_flags_are_refused(void **state)
{
	(void)state;
	for (unsigned int bit = 0; bit < 64; bit++) {
		struct qpas_params params = QPAS_PARAMS_INIT;
		struct qpasi_env env;

		params.flags = UINT64_C(1) << bit;
		if (init(&env, &params) != (bit < 3 ? 0 : QPAS_ERR_ARG))
			fail_msg("bit %u", bit);
	}
}

struct lines {
	unsigned int count;
	uint32_t level;
	uint32_t message_id;
	char text[300];
};

static void take_line(void *user, uint32_t level, uint32_t message_id, const char *text)
{
	struct lines *lines = user;

	lines->count++;
	lines->level = level;
	lines->message_id = message_id;
	(void)snprintf(lines->text, sizeof(lines->text), "%s", text);
}

static void lines_are_logged_up_to_the_level(void **state)
{
	struct qpas_log log = QPAS_LOG_INIT;
	struct qpas_params params = QPAS_PARAMS_INIT;
	struct qpasi_fault fault = QPASI_FAULT_INIT;
	struct lines lines = {0, 0, 0, ""};
	struct qpasi_env env;

	(void)state;
	log.level = QPAS_LOG_WARNING;
	log.write = take_line;
	log.user = &lines;
	params.log = &log;
	assert_int_equal(init(&env, &params), 0);
	qpasi_env_log(&env, QPAS_LOG_INFO, 0, "no");
	assert_int_equal(lines.count, 0);
	qpasi_env_log(&env, QPAS_LOG_WARNING, 5, "yes");
	assert_int_equal(lines.count, 1);
	assert_int_equal(lines.level, QPAS_LOG_WARNING);
	assert_int_equal(lines.message_id, 5);
	assert_string_equal(lines.text, "yes");
	fault.message = QPASI_MSG_NO_MEMORY;
	qpasi_env_log_fault(&env, QPAS_LOG_DEBUG, &fault);
	assert_int_equal(lines.count, 1);
	qpasi_env_log_fault(&env, QPAS_LOG_ERROR, &fault);
	assert_int_equal(lines.count, 2);
	assert_int_equal(lines.message_id, 104);
	assert_non_null(strstr(lines.text, "Memory ran out"));
}

static void memory_helpers_never_ask_for_0_bytes_and_clear_new_blocks(void **state)
{
	struct qpasi_env env;
	uint8_t *block;
	char *text;

	(void)state;
	assert_int_equal(init(&env, NULL), 0);
	block = qpasi_env_alloc(&env, 0);
	assert_non_null(block);
	qpasi_env_free(&env, block);
	block = qpasi_env_alloc(&env, 100);
	assert_non_null(block);
	for (size_t i = 0; i < 100; i++)
		assert_int_equal(block[i], 0);
	block = qpasi_env_realloc(&env, block, 200);
	assert_non_null(block);
	qpasi_env_free(&env, block);
	qpasi_env_free(&env, NULL);
	text = qpasi_env_strdup(&env, "adsp");
	assert_string_equal(text, "adsp");
	qpasi_env_free(&env, text);
}

/* A caller from before and one from after a structure grew. */
static void structures_are_copied_and_given_back_by_size(void **state)
{
	struct {
		uint32_t size;
		uint32_t members[3];
		uint32_t behind;
	} user = {8, {11, 22, 33}, 44};
	struct {
		uint32_t size;
		uint32_t members[3];
	} own = {16, {1, 2, 3}};

	(void)state;
	assert_int_equal(qpasi_abi_copy(&own, &user, 8, sizeof(own), NULL), 0);
	assert_int_equal(own.size, 16);
	assert_int_equal(own.members[0], 11);
	assert_int_equal(own.members[1], 0);
	assert_int_equal(own.members[2], 0);
	own.members[0] = 1;
	own.members[1] = 2;
	qpasi_abi_give(&user, &own, sizeof(own));
	assert_int_equal(user.size, 8);
	assert_int_equal(user.members[0], 1);
	assert_int_equal(user.members[1], 22);
	user.size = 20;
	assert_int_equal(qpasi_abi_copy(&own, &user, 8, sizeof(own), NULL), QPAS_ERR_ABI);
	user.behind = 0;
	assert_int_equal(qpasi_abi_copy(&own, &user, 8, sizeof(own), NULL), 0);
	assert_int_equal(own.members[2], 33);
	user.behind = 44;
	own.members[2] = 3;
	qpasi_abi_give(&user, &own, sizeof(own));
	assert_int_equal(user.members[2], 3);
	assert_int_equal(user.behind, 44);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(no_params_mean_defaults),
		cmocka_unit_test(limits_may_be_lowered_and_never_raised_above_the_maximum),
		cmocka_unit_test(an_allocator_is_whole_or_absent),
		cmocka_unit_test(wrong_sizes_are_refused_at_every_level),
		cmocka_unit_test(unknown_flags_are_refused),
		cmocka_unit_test(lines_are_logged_up_to_the_level),
		cmocka_unit_test(memory_helpers_never_ask_for_0_bytes_and_clear_new_blocks),
		cmocka_unit_test(structures_are_copied_and_given_back_by_size),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
