/* SPDX-License-Identifier: BSD-3-Clause */
/* Whole boots: that they work, again and again, and that they refuse what they must. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "conformance.h"

static const struct conformance *subject;

static void opens_and_closes_without_a_trace(void **state)
{
	(void)state;
	for (uint32_t i = 0; i < 3; i++) {
		struct qpas_backend *backend = conformance_open(subject, "");
		struct qpas_platform *platform = NULL;

		assert_int_equal(qpas_backend_platform(backend, &platform, NULL), 0);
		assert_true(qpas_platform_count(platform) > 0);
		qpas_platform_unref(platform);
		qpas_backend_unref(backend);
	}
}

static void boots_and_stops_again_and_again(void **state)
{
	struct qpas_backend *backend = conformance_open(subject, "");
	struct qpas_context *context = conformance_context(subject, backend);
	struct qpas_image *image = conformance_image(subject, false);
	struct qpas_error err = QPAS_ERROR_INIT;

	(void)state;
	for (uint32_t i = 0; i < 3; i++) {
		conformance_code(qpas_boot(context, image, NULL, &err), 0, &err);
		assert_int_equal(conformance_state(context), QPAS_STATE_RUNNING);
		conformance_code(qpas_boot(context, image, NULL, &err), QPAS_ERR_STATE, &err);
		assert_int_equal(conformance_state(context), QPAS_STATE_RUNNING);
		conformance_code(qpas_shutdown(context, &err), 0, &err);
		assert_int_equal(conformance_state(context), QPAS_STATE_STOPPED);
		conformance_code(qpas_shutdown(context, &err), 0, &err);
	}
	assert_int_equal(qpas_context_close(context), 0);
	qpas_image_unref(image);
	qpas_backend_unref(backend);
}

static void close_shuts_down_and_the_next_context_starts_from_nothing(void **state)
{
	struct qpas_backend *backend = conformance_open(subject, "");
	struct qpas_image *image = conformance_image(subject, false);
	struct qpas_error err = QPAS_ERROR_INIT;

	(void)state;
	for (uint32_t i = 0; i < 2; i++) {
		struct qpas_context *context = conformance_context(subject, backend);

		assert_int_equal(conformance_state(context), QPAS_STATE_NEW);
		conformance_code(qpas_boot(context, image, NULL, &err), 0, &err);
		assert_int_equal(qpas_context_close(context), 0);
	}
	qpas_image_unref(image);
	qpas_backend_unref(backend);
}

/* B19 */
static void one_context_per_id(void **state)
{
	struct qpas_backend *backend = conformance_open(subject, "");
	struct qpas_context *context = conformance_context(subject, backend);
	struct qpas_context *second = NULL;
	struct qpas_error err = QPAS_ERROR_INIT;

	(void)state;
	conformance_code(qpas_context_open(backend, subject->name, NULL, &second, &err),
			 QPAS_ERR_BUSY, &err);
	assert_int_equal(qpas_context_close(context), 0);
	second = conformance_context(subject, backend);
	assert_int_equal(qpas_context_close(second), 0);
	qpas_backend_unref(backend);
}

static void unknown_peripheral_is_not_found(void **state)
{
	struct qpas_backend *backend = conformance_open(subject, "");
	struct qpas_context *context = NULL;
	struct qpas_error err = QPAS_ERROR_INIT;

	(void)state;
	conformance_code(qpas_context_open(backend, "no-such-thing", NULL, &context, &err),
			 QPAS_ERR_NOTFOUND, &err);
	assert_null(context);
	qpas_backend_unref(backend);
}

/* The trusted world hashes what stands in memory; a changed bit is refused and leaves nothing. */
static void changed_image_is_refused_and_a_good_one_still_boots(void **state)
{
	struct qpas_backend *backend = conformance_open(subject, "");
	struct qpas_context *context = conformance_context(subject, backend);
	struct qpas_image *good = conformance_image(subject, false);
	struct qpas_image *bad = conformance_image(subject, true);
	struct qpas_error err = QPAS_ERROR_INIT;

	(void)state;
	conformance_code(qpas_boot(context, bad, NULL, &err), QPAS_ERR_AUTH, &err);
	assert_int_equal(conformance_state(context), QPAS_STATE_NEW);
	assert_int_equal(err.stage, QPAS_STAGE_AUTH_RESET);
	assert_true(err.tz_status != 0 || err.tz_result[0] != 0);
	conformance_code(qpas_boot(context, good, NULL, &err), 0, &err);
	assert_int_equal(qpas_context_close(context), 0);
	qpas_image_unref(good);
	qpas_image_unref(bad);
	qpas_backend_unref(backend);
}

static void deadline_in_the_past_starts_nothing(void **state)
{
	struct qpas_backend *backend = conformance_open(subject, "");
	struct qpas_context *context = conformance_context(subject, backend);
	struct qpas_image *image = conformance_image(subject, false);
	struct qpas_boot_params params = QPAS_BOOT_PARAMS_INIT;
	struct qpas_error err = QPAS_ERROR_INIT;

	(void)state;
	params.deadline = 0;
	conformance_code(qpas_boot(context, image, &params, &err), QPAS_ERR_TIMEOUT, &err);
	assert_int_equal(conformance_state(context), QPAS_STATE_NEW);
	assert_int_equal(qpas_context_close(context), 0);
	qpas_image_unref(image);
	qpas_backend_unref(backend);
}

struct told {
	struct qpas_context *context;
	uint32_t steps;
	bool cancel;
};

static void cancel_in_the_third_step(void *user, const struct qpas_boot_step *step)
{
	struct told *told = user;

	assert_non_null(step->name);
	assert_non_null(step->detail);
	if (++told->steps == 3 && told->cancel)
		qpas_context_cancel(told->context);
}

/* A13, deterministic: a cancel between two steps. */
static void cancelled_boot_leaves_nothing(void **state)
{
	struct qpas_backend *backend = conformance_open(subject, "");
	struct qpas_context *context = conformance_context(subject, backend);
	struct qpas_image *image = conformance_image(subject, false);
	struct qpas_boot_params params = QPAS_BOOT_PARAMS_INIT;
	struct told told = {context, 0, true};
	struct qpas_error err = QPAS_ERROR_INIT;

	(void)state;
	params.step = cancel_in_the_third_step;
	params.user = &told;
	conformance_code(qpas_boot(context, image, &params, &err), QPAS_ERR_CANCELED, &err);
	assert_int_equal(conformance_state(context), QPAS_STATE_NEW);
	told.cancel = false;
	conformance_code(qpas_boot(context, image, &params, &err), 0, &err);
	assert_int_equal(qpas_context_close(context), 0);
	qpas_image_unref(image);
	qpas_backend_unref(backend);
}

int conformance_boot(const struct conformance *given)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(opens_and_closes_without_a_trace),
		cmocka_unit_test(boots_and_stops_again_and_again),
		cmocka_unit_test(close_shuts_down_and_the_next_context_starts_from_nothing),
		cmocka_unit_test(one_context_per_id),
		cmocka_unit_test(unknown_peripheral_is_not_found),
		cmocka_unit_test(changed_image_is_refused_and_a_good_one_still_boots),
		cmocka_unit_test(deadline_in_the_past_starts_nothing),
		cmocka_unit_test(cancelled_boot_leaves_nothing),
	};

	subject = given;
	return cmocka_run_group_tests_name("conformance: boot", tests, NULL, NULL);
}
