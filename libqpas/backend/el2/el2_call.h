/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * One call to the trusted world: encoding, the retry protocols, the final answer. What an answer
 * means to an operation is decided in el2.c.
 */
#ifndef QPASI_BACKEND_EL2_CALL_H
#define QPASI_BACKEND_EL2_CALL_H

#include <stdbool.h>
#include <stdint.h>

#include <qpas/scm.h>

#include "backend/el2/el2_backend.h"

/* A call before it is encoded. */
struct qpasi_el2_request {
	uint32_t function; /* enum qpas_scm_function */
	uint32_t stage; /* enum qpas_stage, for errors */
	uint32_t count;
	uint64_t args[QPAS_SCM_MAX_ARGS];
};

/* The final answer: x0 sign-extended, x1 to x3. */
struct qpasi_el2_reply {
	int64_t status;
	uint64_t result[3];
};

/*
 * Makes a call and follows it to its final answer. 0 means that there is one, a refusal included;
 * BUSY that the trusted world stayed busy, CANCELED that the call was not made, UNKNOWN that the
 * answer was lost.
 */
int qpasi_el2_call(struct qpasi_el2 *el2, const struct qpasi_el2_request *request,
		   struct qpasi_el2_reply *reply, struct qpas_error *err);

/* Whether the trusted world did what it was asked: x0 and the PAS result in x1 are both 0. */
bool qpasi_el2_accepted(const struct qpasi_el2_reply *reply);

/*
 * Makes the error of a refusal: `message` is one of the 1000s whose {s} is the call's name, {tz} the
 * code that refused and {t} the embedder's explanation, or `advice`, or what the code means.
 */
int qpasi_el2_refused(struct qpasi_el2 *el2, const struct qpasi_el2_request *request,
		      const struct qpasi_el2_reply *reply, uint32_t message, const char *advice,
		      struct qpas_error *err);

/* Makes the error of an embedder's function that returned `code`; passes 0 on. */
int qpasi_el2_embedder(struct qpasi_el2 *el2, int code, const char *function, uint32_t stage,
		       struct qpas_error *err);

#endif
