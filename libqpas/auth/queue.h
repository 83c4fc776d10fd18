/* SPDX-License-Identifier: BSD-3-Clause */
/* Checks all entries of a digest table, on one thread or several. */
#ifndef QPASI_AUTH_QUEUE_H
#define QPASI_AUTH_QUEUE_H

#include "auth/auth.h"

/* What became of one entry. */
struct qpasi_outcome {
	int result;
	struct qpasi_fault fault;
};

#define QPASI_QUEUE_THREADS_MAX 64u

struct qpasi_queue_job {
	const struct qpasi_auth_input *input;
	const struct qpasi_auth_source *source;
	/* The caller's thread included; 0 is 1. */
	uint32_t threads;
	/* One for each program header. */
	struct qpasi_outcome *outcomes;
};

/*
 * Fills all outcomes. Larger entries are begun first, so that the threads end together.
 * Threads that cannot be started are done without. The call itself fails with NOMEM or CRYPTO.
 */
int qpasi_queue_run(const struct qpasi_env *env, const struct qpasi_queue_job *job,
		    struct qpasi_fault *fault);

#endif
