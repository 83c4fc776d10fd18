/* SPDX-License-Identifier: BSD-3-Clause */
/* Reports of the library, read back whole. */
#include "support/verdict.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#include <qpas/image.h>

static void read_report(struct test_verdict *verdict)
{
	const struct qpas_auth_signature signature = QPAS_AUTH_SIGNATURE_INIT;
	const struct qpas_auth_problem problem = QPAS_AUTH_PROBLEM_INIT;
	struct qpas_error *err = &verdict->err;

	assert_int_equal(qpas_auth_report_describe(verdict->report, &verdict->summary, err), 0);
	assert_in_range(verdict->summary.signatures, 0, 2);
	for (uint32_t i = 0; i < verdict->summary.signatures; i++) {
		verdict->signature[i] = signature;
		assert_int_equal(qpas_auth_report_signature(verdict->report, i,
							    &verdict->signature[i], err),
				 0);
	}
	for (uint32_t i = 0; i < verdict->summary.problems && i < 4; i++) {
		verdict->problem[i] = problem;
		assert_int_equal(
			qpas_auth_report_problem(verdict->report, i, &verdict->problem[i], err), 0);
	}
}

void test_verify_bytes(const void *bytes, size_t size, const struct qpas_params *params,
		       const struct qpas_auth_params *auth, struct test_verdict *verdict)
{
	const struct test_verdict fresh = {
		0, 0, QPAS_ERROR_INIT, NULL, QPAS_AUTH_SUMMARY_INIT, {{0}}, {{0}},
	};
	struct qpas_slice slice = {bytes, size};
	struct qpas_image *image = NULL;

	*verdict = fresh;
	verdict->opened = qpas_image_open_memory(slice, params, &image, &verdict->err);
	if (verdict->opened)
		return;
	verdict->result = qpas_auth_verify(image, auth, &verdict->report, &verdict->err);
	/* The report must not need the image. */
	qpas_image_unref(image);
	if (verdict->result)
		assert_null(verdict->report);
	else
		read_report(verdict);
}

void test_verify(const struct test_image *image, uint64_t flags, struct test_verdict *verdict)
{
	struct qpas_auth_params auth = QPAS_AUTH_PARAMS_INIT;

	auth.flags = flags;
	test_verify_bytes(image->bytes, image->size, NULL, &auth, verdict);
}

void test_verdict_free(struct test_verdict *verdict)
{
	qpas_auth_report_free(verdict->report);
	verdict->report = NULL;
}

void test_expect_verdict(const struct test_verdict *verdict, const char *row, uint32_t wanted,
			 uint32_t message)
{
	uint32_t first = verdict->summary.problems ? verdict->problem[0].message_id : 0;

	if (verdict->opened || verdict->result)
		fail_msg("%s: opened %d, verified %d: %s", row, verdict->opened, verdict->result,
			 verdict->err.text);
	if (verdict->summary.verdict != wanted || first != message)
		fail_msg("%s: %s with message %u (%s), not %s with %u", row,
			 qpas_auth_verdict_name(verdict->summary.verdict), (unsigned int)first,
			 first ? verdict->problem[0].text : "", qpas_auth_verdict_name(wanted),
			 (unsigned int)message);
}

void test_verify_expect(const struct test_image *image, uint64_t flags, const char *row,
			uint32_t wanted, uint32_t message)
{
	struct test_verdict verdict;

	test_verify(image, flags, &verdict);
	test_expect_verdict(&verdict, row, wanted, message);
	test_verdict_free(&verdict);
}
