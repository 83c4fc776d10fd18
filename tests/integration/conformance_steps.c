/* SPDX-License-Identifier: BSD-3-Clause */
/* Step by step: the same as a boot, in the published order only. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "conformance.h"

static const struct conformance *subject;

static bool relocatable(const struct qpas_image *image)
{
	struct qpas_image_info info = QPAS_IMAGE_INFO_INIT;

	assert_int_equal(qpas_image_describe(image, &info, NULL), 0);
	return info.flags & QPAS_IMAGE_RELOCATABLE;
}

/* On the EL2 path the table has to be fetched: what it maps, the processor needs. */
static void fetch_table(struct qpas_context *context)
{
	struct qpas_context_info info = QPAS_CONTEXT_INFO_INIT;
	struct qpas_error err = QPAS_ERROR_INIT;
	struct qpas_slice none = {NULL, 0};
	struct qpas_rsc_table *table = NULL;
	int code;

	assert_int_equal(qpas_context_describe(context, &info, NULL), 0);
	if (!info.el2)
		return;
	code = qpas_context_rsc_table(context, none, &table, &err);
	if (code != QPAS_ERR_NOTFOUND)
		conformance_code(code, 0, &err);
	qpas_rsc_table_free(table);
	assert_int_equal(conformance_state(context), info.state);
}

static void run_to_loaded(struct qpas_context *context, struct qpas_image *image)
{
	struct qpas_error err = QPAS_ERROR_INIT;

	fetch_table(context);
	conformance_code(qpas_context_init_image(context, image, &err), 0, &err);
	assert_int_equal(conformance_state(context), QPAS_STATE_META);
	if (relocatable(image)) {
		conformance_code(qpas_context_load(context, &err), QPAS_ERR_STATE, &err);
		conformance_code(qpas_context_mem_setup(context, &err), 0, &err);
		assert_int_equal(conformance_state(context), QPAS_STATE_MEM);
	}
	conformance_code(qpas_context_load(context, &err), 0, &err);
	assert_int_equal(conformance_state(context), QPAS_STATE_LOADED);
}

static void steps_in_order_are_a_boot(void **state)
{
	struct qpas_backend *backend = conformance_open(subject, "");
	struct qpas_context *context = conformance_context(subject, backend);
	struct qpas_image *image = conformance_image(subject, false);
	struct qpas_error err = QPAS_ERROR_INIT;
	int ready;

	(void)state;
	for (uint32_t i = 0; i < 2; i++) {
		run_to_loaded(context, image);
		conformance_code(qpas_context_auth_reset(context, &err), 0, &err);
		assert_int_equal(conformance_state(context), QPAS_STATE_RUNNING);
		ready = qpas_context_wait_ready(context, QPAS_NO_DEADLINE, &err);
		if (ready != QPAS_ERR_UNSUPP)
			conformance_code(ready, 0, &err);
		conformance_code(qpas_context_release(context, &err), 0, &err);
		conformance_code(qpas_context_release(context, &err), 0, &err);
		assert_int_equal(conformance_state(context), QPAS_STATE_RUNNING);
		conformance_code(qpas_shutdown(context, &err), 0, &err);
	}
	assert_int_equal(qpas_context_close(context), 0);
	qpas_image_unref(image);
	qpas_backend_unref(backend);
}

static void calls_out_of_order_change_nothing(void **state)
{
	struct qpas_backend *backend = conformance_open(subject, "");
	struct qpas_context *context = conformance_context(subject, backend);
	struct qpas_image *image = conformance_image(subject, false);
	struct qpas_error err = QPAS_ERROR_INIT;

	(void)state;
	conformance_code(qpas_context_mem_setup(context, &err), QPAS_ERR_STATE, &err);
	conformance_code(qpas_context_load(context, &err), QPAS_ERR_STATE, &err);
	conformance_code(qpas_context_auth_reset(context, &err), QPAS_ERR_STATE, &err);
	conformance_code(qpas_shutdown(context, &err), QPAS_ERR_STATE, &err);
	conformance_code(qpas_context_wait_ready(context, 0, &err), QPAS_ERR_STATE, &err);
	assert_int_equal(conformance_state(context), QPAS_STATE_NEW);
	run_to_loaded(context, image);
	conformance_code(qpas_context_init_image(context, image, &err), QPAS_ERR_STATE, &err);
	conformance_code(qpas_context_mem_setup(context, &err), QPAS_ERR_STATE, &err);
	conformance_code(qpas_boot(context, image, NULL, &err), QPAS_ERR_STATE, &err);
	conformance_code(qpas_context_auth_reset(context, &err), 0, &err);
	conformance_code(qpas_context_auth_reset(context, &err), QPAS_ERR_STATE, &err);
	conformance_code(qpas_context_load(context, &err), QPAS_ERR_STATE, &err);
	assert_int_equal(conformance_state(context), QPAS_STATE_RUNNING);
	assert_int_equal(qpas_context_close(context), 0);
	qpas_image_unref(image);
	qpas_backend_unref(backend);
}

static void release_gives_up_a_start_at_any_step(void **state)
{
	struct qpas_backend *backend = conformance_open(subject, "");
	struct qpas_context *context = conformance_context(subject, backend);
	struct qpas_image *image = conformance_image(subject, false);
	struct qpas_error err = QPAS_ERROR_INIT;

	(void)state;
	conformance_code(qpas_context_release(context, &err), 0, &err);
	conformance_code(qpas_context_init_image(context, image, &err), 0, &err);
	conformance_code(qpas_context_release(context, &err), 0, &err);
	assert_int_equal(conformance_state(context), QPAS_STATE_NEW);
	run_to_loaded(context, image);
	conformance_code(qpas_context_release(context, &err), 0, &err);
	assert_int_equal(conformance_state(context), QPAS_STATE_NEW);
	/* Nothing of the half starts is in the way of a whole one. */
	conformance_code(qpas_boot(context, image, NULL, &err), 0, &err);
	assert_int_equal(qpas_context_close(context), 0);
	qpas_image_unref(image);
	qpas_backend_unref(backend);
}

static void refused_image_can_be_released_and_replaced(void **state)
{
	struct qpas_backend *backend = conformance_open(subject, "");
	struct qpas_context *context = conformance_context(subject, backend);
	struct qpas_image *good = conformance_image(subject, false);
	struct qpas_image *bad = conformance_image(subject, true);
	struct qpas_error err = QPAS_ERROR_INIT;

	(void)state;
	run_to_loaded(context, bad);
	conformance_code(qpas_context_auth_reset(context, &err), QPAS_ERR_AUTH, &err);
	assert_int_equal(conformance_state(context), QPAS_STATE_FAILED);
	conformance_code(qpas_context_auth_reset(context, &err), QPAS_ERR_STATE, &err);
	conformance_code(qpas_context_release(context, &err), 0, &err);
	conformance_code(qpas_boot(context, good, NULL, &err), 0, &err);
	assert_int_equal(qpas_context_close(context), 0);
	qpas_image_unref(good);
	qpas_image_unref(bad);
	qpas_backend_unref(backend);
}

int conformance_steps(const struct conformance *given)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(steps_in_order_are_a_boot),
		cmocka_unit_test(calls_out_of_order_change_nothing),
		cmocka_unit_test(release_gives_up_a_start_at_any_step),
		cmocka_unit_test(refused_image_can_be_released_and_replaced),
	};

	subject = given;
	return cmocka_run_group_tests_name("conformance: steps", tests, NULL, NULL);
}
