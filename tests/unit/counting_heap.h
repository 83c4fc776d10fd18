/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * An allocator that counts, fails when told to, and overwrites a source at chosen moments, as
 * somebody who shares that memory could.
 */
#ifndef TESTS_UNIT_COUNTING_HEAP_H
#define TESTS_UNIT_COUNTING_HEAP_H

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include <qpas/types.h>

struct heap {
	long blocks;
	/* Allocations, and those among them that fail. */
	uint32_t calls;
	uint32_t fail_from;
	uint32_t fail_until;
	/* Allocations and releases; from this one on, each overwrites the source. */
	uint32_t events;
	uint32_t scribble_from;
	uint8_t *source;
	size_t source_bytes;
};

static inline void scribble(struct heap *heap)
{
	if (++heap->events >= heap->scribble_from && heap->source)
		memset(heap->source, 0xa5, heap->source_bytes);
}

static inline bool denied(struct heap *heap)
{
	heap->calls++;
	scribble(heap);
	return heap->calls >= heap->fail_from && heap->calls <= heap->fail_until;
}

static inline void *heap_malloc(void *user, size_t bytes)
{
	struct heap *heap = user;
	void *block = denied(heap) ? NULL : malloc(bytes);

	heap->blocks += block != NULL;
	return block;
}

static inline void *heap_realloc(void *user, void *block, size_t bytes)
{
	struct heap *heap = user;
	void *larger = denied(heap) ? NULL : realloc(block, bytes);

	heap->blocks += larger && !block;
	return larger;
}

static inline void heap_free(void *user, void *block)
{
	struct heap *heap = user;

	scribble(heap);
	heap->blocks -= block != NULL;
	free(block);
}

static inline struct qpas_allocator allocator_of(struct heap *heap)
{
	struct qpas_allocator allocator = QPAS_ALLOCATOR_INIT;

	allocator.malloc = heap_malloc;
	allocator.realloc = heap_realloc;
	allocator.free = heap_free;
	allocator.user = heap;
	return allocator;
}

#endif
