/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The backends of this process: built-in ones and those that were registered. Append-only, the one
 * thing in the library that is shared and writable.
 */
#ifndef QPASI_CORE_REGISTRY_H
#define QPASI_CORE_REGISTRY_H

#include <stdbool.h>

#include <qpas/backend.h>

/*
 * The one place that decides whether a descriptor is accepted. On success *copy holds the part that
 * this library knows; nothing of the caller's table is read afterwards but its strings.
 */
int qpasi_registry_accept(const struct qpas_backend_desc *desc, struct qpas_backend_desc *copy,
			  struct qpas_error *err);

/* The descriptor of a scheme; false if there is none. */
bool qpasi_registry_find(const char *name, struct qpas_backend_desc *copy);

/* Whether a scheme is [a-z][a-z0-9]{0,15}. */
bool qpasi_scheme_valid(const char *name);

#endif
