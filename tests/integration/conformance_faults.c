/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The subject behind the fault proxy: whatever call of a boot fails, in whatever way, the next boot
 * on the same machine works.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "conformance.h"

/* More than a boot of the suite's image makes. */
#define MOST_CALLS 40u

static const struct conformance *subject;

static bool fail_one(uint32_t nth, const char *class)
{
	struct qpas_error err = QPAS_ERROR_INIT;
	struct qpas_image *image = conformance_image(subject, false);
	struct qpas_backend *backend;
	struct qpas_context *context;
	char prefix[128];
	int code;

	/* The first call of all asks whether the id is known; a boot begins behind it. */
	(void)snprintf(prefix, sizeof(prefix), "fault:slot=any,nth=%u,err=%s,child=", nth + 1,
		       class);
	backend = conformance_open(subject, prefix);
	context = conformance_context(subject, backend);
	code = qpas_boot(context, image, NULL, &err);
	if (conformance_state(context) == QPAS_STATE_UNKNOWN)
		conformance_code(qpas_shutdown(context, &err), 0, &err);
	if (code) {
		assert_true(err.text[0] != '\0');
		if (conformance_state(context) != QPAS_STATE_NEW &&
		    conformance_state(context) != QPAS_STATE_STOPPED)
			fail_msg("call %u, %s: state %s after %s", nth, class,
				 qpas_state_name(conformance_state(context)),
				 qpas_error_text(&err));
		code = qpas_boot(context, image, NULL, &err);
		/* A bridge whose deletion was refused is still there, and said to be. */
		if (code && code != QPAS_ERR_OVERLAP)
			fail_msg("call %u, %s: the next boot fails: %s", nth, class,
				 qpas_error_text(&err));
		code = 1;
	}
	/* A fault that the boot did not meet is met by the shutdown. */
	if (qpas_context_close(context) && code)
		fail_msg("call %u, %s: it cannot be shut down", nth, class);
	qpas_backend_unref(backend);
	qpas_image_unref(image);
	return code != 0;
}

/*
 * Classes that leave the trusted world as it was. A lost bridge reply leaves a bridge that nobody can
 * delete any more, so UNKNOWN is tried with the calls that can be asked about.
 */
static void boot_works_after_a_failure_of_any_call(void **state)
{
	static const char *const classes[] = {"tz", "busy", "canceled", "nomem", "io"};

	(void)state;
	for (size_t i = 0; i < sizeof(classes) / sizeof(classes[0]); i++) {
		uint32_t failed = 0;

		for (uint32_t nth = 1; nth <= MOST_CALLS; nth++)
			failed += fail_one(nth, classes[i]);
		/* At least metadata, load and auth of the shortest path. */
		assert_true(failed > 5);
	}
}

static void boot_works_after_a_lost_reply_and_a_shutdown(void **state)
{
	static const char *const slots[] = {"metadata_begin", "mem_setup", "auth_reset"};
	struct qpas_error err = QPAS_ERROR_INIT;
	struct qpas_image *image = conformance_image(subject, false);
	char prefix[128];

	(void)state;
	for (size_t i = 0; i < sizeof(slots) / sizeof(slots[0]); i++) {
		struct qpas_backend *backend;
		struct qpas_context *context;
		int code;

		(void)snprintf(prefix, sizeof(prefix),
			       "fault:slot=%s,err=unknown,child=", slots[i]);
		backend = conformance_open(subject, prefix);
		context = conformance_context(subject, backend);
		conformance_code(qpas_boot(context, image, NULL, &err), QPAS_ERR_UNKNOWN, &err);
		assert_int_equal(conformance_state(context), QPAS_STATE_UNKNOWN);
		conformance_code(qpas_boot(context, image, NULL, &err), QPAS_ERR_STATE, &err);
		code = qpas_shutdown(context, &err);
		/* Never started: the trusted world may say that there is nothing to shut down. */
		if (i == 2)
			conformance_code(code, 0, &err);
		if (!code)
			conformance_code(qpas_boot(context, image, NULL, &err), 0, &err);
		(void)qpas_context_close(context);
		qpas_backend_unref(backend);
	}
	qpas_image_unref(image);
}

int conformance_faults(const struct conformance *given)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(boot_works_after_a_failure_of_any_call),
		cmocka_unit_test(boot_works_after_a_lost_reply_and_a_shutdown),
	};

	subject = given;
	return cmocka_run_group_tests_name("conformance: faults", tests, NULL, NULL);
}
