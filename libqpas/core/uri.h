/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Backend URIs: scheme:key=value,key=value. In values ',' and '%' are percent-encoded; `child=`
 * comes last and takes the rest as it stands. Syntax only; which keys exist is the backend's affair.
 */
#ifndef QPASI_CORE_URI_H
#define QPASI_CORE_URI_H

#include <stddef.h>
#include <stdint.h>

#include <qpas/backend.h>

#include "base/params.h"

#define QPASI_URI_MAX_KEYS   16u
#define QPASI_URI_MAX_LENGTH 4096u

struct qpasi_uri {
	const char *scheme;
	/* Decoded; `child` is not among them. */
	struct qpas_backend_key keys[QPASI_URI_MAX_KEYS];
	uint32_t key_count;
	/* What follows child=, or NULL. */
	const char *child;
	/* Holds all strings. */
	char *storage;
};

/* Parses; what `uri` then holds is given back with qpasi_uri_free(). */
int qpasi_uri_parse(const char *text, const struct qpasi_env *env, struct qpasi_uri *uri,
		    struct qpas_error *err);
void qpasi_uri_free(const struct qpasi_env *env, struct qpasi_uri *uri);

#endif
