/* SPDX-License-Identifier: BSD-3-Clause */
/* The bounded arena: chunks from the caller's allocator. */
#include "platform/arena.h"

#include "base/ckd.h"
#include "base/fault.h"

#define CHUNK_BYTES 4096u

struct qpasi_arena_chunk {
	struct qpasi_arena_chunk *next;
	size_t size;
	size_t used;
	uint64_t bytes[];
};

void qpasi_arena_init(struct qpasi_arena *arena, const struct qpasi_env *env)
{
	arena->env = env;
	arena->chunks = NULL;
	arena->budget = QPASI_ARENA_BUDGET;
	arena->spent = false;
}

void qpasi_arena_free(struct qpasi_arena *arena)
{
	while (arena->chunks) {
		struct qpasi_arena_chunk *chunk = arena->chunks;

		arena->chunks = chunk->next;
		qpasi_env_free(arena->env, chunk);
	}
}

/* The budget counts whole chunks, so that it bounds what the allocator is asked for. */
static struct qpasi_arena_chunk *add_chunk(struct qpasi_arena *arena, size_t bytes)
{
	size_t size = bytes > CHUNK_BYTES ? bytes : CHUNK_BYTES;
	struct qpasi_arena_chunk *chunk;

	if (size > arena->budget) {
		arena->spent = true;
		return NULL;
	}
	chunk = qpasi_env_alloc(arena->env, sizeof(*chunk) + size);
	if (!chunk)
		return NULL;
	arena->budget -= size;
	chunk->size = size;
	chunk->next = arena->chunks;
	arena->chunks = chunk;
	return chunk;
}

void *qpasi_arena_array(struct qpasi_arena *arena, size_t count, size_t bytes)
{
	struct qpasi_arena_chunk *chunk = arena->chunks;
	uint64_t size;
	void *place;

	if (ckd_mul(&size, count, bytes) || qpasi_ckd_align_up(&size, size ? size : 1, 8) ||
	    size > QPASI_ARENA_BUDGET) {
		arena->spent = true;
		return NULL;
	}
	if (!chunk || size > chunk->size - chunk->used)
		chunk = add_chunk(arena, (size_t)size);
	if (!chunk)
		return NULL;
	place = chunk->bytes + chunk->used / sizeof(chunk->bytes[0]);
	chunk->used += (size_t)size;
	return place;
}

uint32_t qpasi_arena_message(const struct qpasi_arena *arena)
{
	return arena->spent ? QPASI_MSG_DT_TOO_MUCH : QPASI_MSG_NO_MEMORY;
}
