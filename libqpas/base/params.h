/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What an object keeps of struct qpas_params: allocator, log and limits, checked and filled in.
 * Also the size-first rule for structures that are copied in or given back.
 */
#ifndef QPASI_BASE_PARAMS_H
#define QPASI_BASE_PARAMS_H

#include <stddef.h>
#include <stdint.h>

#include <qpas/error.h>
#include <qpas/log.h>
#include <qpas/types.h>

#include "base/fault.h"

struct qpasi_env {
	struct qpas_allocator allocator;
	struct qpas_log log;
	struct qpas_limits limits; /* no member is 0 */
	uint64_t flags;
	/* As the caller gave them, for the call only: whoever keeps them refs or copies. */
	struct qpas_platform *platform;
	const char *firmware_path;
};

/*
 * Checks and copies `params` (NULL: all defaults). `libc` are the functions to use when none are
 * given; hosted code passes qpasi_host_allocator() (base/host/host_memory.h).
 */
int qpasi_env_init(struct qpasi_env *env, const struct qpas_params *params,
		   const struct qpas_allocator *libc, struct qpas_error *err);

/* Zeroed memory or NULL; a size of 0 gives a block, too. */
void *qpasi_env_alloc(const struct qpasi_env *env, size_t bytes);
/* As realloc() of the allocator; `bytes` of 0 is taken for 1. New bytes are not zeroed. */
void *qpasi_env_realloc(const struct qpasi_env *env, void *block, size_t bytes);
void qpasi_env_free(const struct qpasi_env *env, void *block);
/* Copy of a string, or NULL. */
char *qpasi_env_strdup(const struct qpasi_env *env, const char *s);

/* Whether lines of a level are wanted; asked before a text is made. */
bool qpasi_env_logs(const struct qpasi_env *env, uint32_t level);
void qpasi_env_log(const struct qpasi_env *env, uint32_t level, uint32_t message_id,
		   const char *text);
/* Logs a message of messages.def with its facts. */
void qpasi_env_log_fault(const struct qpasi_env *env, uint32_t level,
			 const struct qpasi_fault *fault);

/*
 * Copies a caller's size-first structure into one of `known` bytes after qpasi_abi_check(); members
 * that the caller does not have become 0, `size` becomes `known`.
 */
int qpasi_abi_copy(void *to, const void *from, size_t v1, size_t known, struct qpas_error *err);
/* Gives a structure back: as many bytes as the caller has, its `size` left as it was. */
void qpasi_abi_give(void *to, const void *from, size_t known);

#endif
