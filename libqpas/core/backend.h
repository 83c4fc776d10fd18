/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The open backend: its descriptor's copy, private data, parameters, child, and who has which PAS
 * id. Slots are never called from here; slots.h is the way to them.
 */
#ifndef QPASI_CORE_BACKEND_H
#define QPASI_CORE_BACKEND_H

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <sys/types.h>

#include <qpas/backend.h>

#include "base/params.h"

/* A PAS id that a context has; pinned for ever when its memory may not be used again. */
struct qpasi_claim {
	struct qpasi_claim *next;
	uint32_t pas_id;
	bool pinned;
};

struct qpas_backend {
	atomic_uint refs;
	pid_t pid;
	struct qpasi_env env;
	/* What open() gets: pointers to the members above and below. */
	struct qpas_params params;
	char *firmware_path;
	struct qpas_platform *platform;
	struct qpas_backend *child;
	struct qpas_backend_desc desc;
	void *priv;
	/* Serialises slots; an error-checking one, so that a slot that calls back is told. */
	pthread_mutex_t slot_lock;
	bool serialised;
	pthread_mutex_t claim_lock;
	struct qpasi_claim *claims;
};

/* BUSY if a context has the id already; else *claim is entered. */
int qpasi_claim_take(struct qpas_backend *backend, uint32_t pas_id, struct qpasi_claim **claim,
		     struct qpas_error *err);
/* Gives the id back; `pin`: nobody gets it again on this backend. NULL is allowed. */
void qpasi_claim_give(struct qpas_backend *backend, struct qpasi_claim *claim, bool pin);

/* Whether the caller is a child of the process that made the backend. */
bool qpasi_backend_forked(const struct qpas_backend *backend);

#endif
