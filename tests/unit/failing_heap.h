/* SPDX-License-Identifier: BSD-3-Clause */
/* An allocator for tests: counts, and fails the Nth call, or all from there on. */
#ifndef TESTS_UNIT_FAILING_HEAP_H
#define TESTS_UNIT_FAILING_HEAP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

struct heap {
	uint32_t calls, fail_at, live;
	size_t volume;
	bool sticky;
};

static inline bool may_allocate(struct heap *heap, size_t bytes)
{
	heap->calls++;
	heap->volume += bytes;
	return heap->calls != heap->fail_at && !(heap->sticky && heap->calls > heap->fail_at);
}

static inline void *heap_malloc(void *user, size_t bytes)
{
	struct heap *heap = user;
	void *block = may_allocate(heap, bytes) ? malloc(bytes) : NULL;

	heap->live += block != NULL;
	return block;
}

static inline void *heap_realloc(void *user, void *block, size_t bytes)
{
	struct heap *heap = user;
	void *moved = may_allocate(heap, bytes) ? realloc(block, bytes) : NULL;

	heap->live += moved && !block;
	return moved;
}

static inline void heap_free(void *user, void *block)
{
	struct heap *heap = user;

	heap->live -= block != NULL;
	free(block);
}

#endif
