/* SPDX-License-Identifier: BSD-3-Clause */
/* Runs qpas_auth_verify() over a test image and keeps all that the report says. */
#ifndef QPAS_TESTS_VERDICT_H
#define QPAS_TESTS_VERDICT_H

#include <qpas/auth.h>

#include "support/image_builder.h"

struct test_verdict {
	int opened; /* result of opening the image */
	int result; /* result of the check */
	struct qpas_error err;
	struct qpas_auth_report *report;
	struct qpas_auth_summary summary;
	struct qpas_auth_signature signature[2];
	struct qpas_auth_problem problem[4]; /* the first ones */
};

/* Verifies bytes; `params` and `auth` may be NULL. */
void test_verify_bytes(const void *bytes, size_t size, const struct qpas_params *params,
		       const struct qpas_auth_params *auth, struct test_verdict *verdict);
/* Verifies an image of the builder with default parameters; `flags` are QPAS_AUTH_*. */
void test_verify(const struct test_image *image, uint64_t flags, struct test_verdict *verdict);
void test_verdict_free(struct test_verdict *verdict);

/* Verdict and number of the first problem's message (0: no problem); says all if they differ. */
void test_expect_verdict(const struct test_verdict *verdict, const char *row, uint32_t wanted,
			 uint32_t message);

/* The same in one go: verify, compare, free. */
void test_verify_expect(const struct test_image *image, uint64_t flags, const char *row,
			uint32_t wanted, uint32_t message);

#endif
