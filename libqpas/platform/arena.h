/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Memory for what a device tree describes: given back all at once, and bounded, so that no tree
 * can ask for more than a fixed amount.
 */
#ifndef QPASI_PLATFORM_ARENA_H
#define QPASI_PLATFORM_ARENA_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/params.h"

/* Real trees need about 8 KiB. */
#define QPASI_ARENA_BUDGET (48u * 1024u)

struct qpasi_arena_chunk;

struct qpasi_arena {
	const struct qpasi_env *env;
	struct qpasi_arena_chunk *chunks;
	/* Bytes that may still be asked for. */
	size_t budget;
	/* Which of the two an allocation failed for. */
	bool spent;
};

void qpasi_arena_init(struct qpasi_arena *arena, const struct qpasi_env *env);
void qpasi_arena_free(struct qpasi_arena *arena);

/* Zeroed and aligned to 8 bytes; NULL when memory or the budget ran out. */
void *qpasi_arena_array(struct qpasi_arena *arena, size_t count, size_t bytes);

/* NOMEM or LIMIT, for the last NULL. */
uint32_t qpasi_arena_message(const struct qpasi_arena *arena);

#endif
