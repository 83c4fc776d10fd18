/* SPDX-License-Identifier: BSD-3-Clause */
/* The report while it is made: facts set directly, problems added in order. */
#ifndef QPASI_AUTH_REPORT_H
#define QPASI_AUTH_REPORT_H

#include <stdbool.h>
#include <stdint.h>

#include <qpas/auth.h>

#include "base/fault.h"
#include "base/params.h"

#define QPASI_REPORT_SIGNERS 2u

struct qpasi_problem {
	struct qpas_auth_problem public;
	char text[256];
};

struct qpas_auth_report {
	struct qpasi_env env;
	struct qpas_auth_summary summary;
	struct qpas_auth_signature signatures[QPASI_REPORT_SIGNERS];
	struct qpas_auth_identity identities[QPASI_REPORT_SIGNERS];
	uint32_t identity_count;
	uint32_t capacity;
	struct qpasi_problem *problems;
};

int qpasi_report_new(const struct qpasi_env *env, struct qpas_auth_report **out,
		     struct qpasi_fault *fault);

/* Adds a problem with its sentence; a remark does not count against the image. NOMEM or 0. */
int qpasi_report_add(struct qpas_auth_report *report, const struct qpasi_fault *problem,
		     bool remark, struct qpasi_fault *fault);

/*
 * The verdict that the problems come to: INVALID, MALFORMED, UNSUPPORTED, or `otherwise` if there
 * are remarks only.
 */
uint32_t qpasi_report_judge(const struct qpas_auth_report *report, uint32_t otherwise);

#endif
