/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * One shared, bridged buffer for the small ones of a boot: metadata and tables of a context and its
 * companion. One bridge for all of them; it goes with the last of them.
 */
#include <string.h>

#include "core/context.h"
#include "format/shm_bridge.h"

#define PAGE ((size_t)4096)
/* Room for a table buffer, or for the largest public metadata (22,672 bytes) and a companion's. */
#define POOL_PAGES 16u

/* Asked twice for a handle only if the first call was not even made. */
int qpasi_shared_unbridge(const struct qpasi_link *link, uint64_t handle)
{
	int code = qpasi_slot_bridge_delete(link, handle);

	return qpasi_slot_not_tried(code) ? qpasi_slot_bridge_delete(link, handle) : code;
}

/* A bridge that may exist keeps its memory: *buffer is then forgotten, else it is given back. */
int qpasi_shared_bridge(const struct qpasi_link *link, struct qpas_backend_buffer *buffer,
			uint64_t *handle)
{
	struct qpas_shm_bridge bridge = QPAS_SHM_BRIDGE_INIT;
	int code;

	qpasi_shm_bridge_hlos(&bridge, buffer->address, buffer->len);
	code = qpasi_slot_bridge_create(link, &bridge, handle);
	if (!code)
		return 0;
	if (qpasi_slot_outcome(code) != QPASI_OUTCOME_UNKNOWN)
		qpasi_slot_shared_free(link, buffer);
	memset(buffer, 0, sizeof(*buffer));
	return code;
}

static int make(struct qpasi_pool *pool, const struct qpasi_link *link)
{
	struct qpas_backend_buffer made = {NULL, 0, 0, 0};
	int code = qpasi_slot_shared_alloc(link, POOL_PAGES * PAGE, &made);

	if (code)
		return code;
	if (!made.ptr || made.len < POOL_PAGES * PAGE) {
		qpasi_slot_shared_free(link, &made);
		return qpasi_error_numbers(link->err, QPASI_MSG_NO_BACKEND_MEMORY, link->stage,
					   POOL_PAGES * PAGE, 0);
	}
	code = qpasi_shared_bridge(link, &made, &pool->bridge);
	pool->whole = made;
	return code;
}

/*
 * Memory whose bridge could not be deleted, or that the trusted world may still write to, stays with
 * the backend and is never used again.
 */
static void drop(struct qpasi_pool *pool, const struct qpasi_link *link)
{
	if (!pool->whole.ptr || pool->taken & ~pool->lost || pool->holds)
		return;
	if (!pool->lost && !qpasi_shared_unbridge(link, pool->bridge))
		qpasi_slot_shared_free(link, &pool->whole);
	memset(pool, 0, sizeof(*pool));
}

/* The lowest run of `count` free pages as bits; 0 if there is none. */
static uint32_t find_free(const struct qpasi_pool *pool, size_t count)
{
	uint32_t run = (UINT32_C(1) << count) - 1;

	for (size_t first = 0; first + count <= POOL_PAGES; first++) {
		if (!(pool->taken & run << first))
			return run << first;
	}
	return 0;
}

bool qpasi_pool_fits(const struct qpasi_pool *pool, size_t length)
{
	return length && length <= POOL_PAGES * PAGE &&
	       find_free(pool, (length + PAGE - 1) / PAGE) != 0;
}

/* Pages that were used before are zeroed: nobody gets to see what another buffer had. */
int qpasi_pool_take(struct qpasi_pool *pool, size_t length, struct qpasi_shared *shared,
		    const struct qpasi_link *link)
{
	size_t pages = (length + PAGE - 1) / PAGE;
	size_t first = 0;
	int code = pool->whole.ptr ? 0 : make(pool, link);

	if (code)
		return code;
	shared->pages = find_free(pool, pages);
	while (!(shared->pages >> first & 1))
		first++;
	pool->taken |= shared->pages;
	shared->pool = pool;
	shared->bridged = true;
	shared->part.ptr = (unsigned char *)pool->whole.ptr + first * PAGE;
	shared->part.address = pool->whole.address + first * PAGE;
	shared->part.cookie = pool->whole.cookie;
	shared->part.len = length;
	memset(shared->part.ptr, 0, pages * PAGE);
	return 0;
}

void qpasi_pool_give(struct qpasi_shared *shared, const struct qpasi_link *link)
{
	struct qpasi_pool *pool = shared->pool;

	pool->taken &= ~shared->pages;
	memset(shared, 0, sizeof(*shared));
	drop(pool, link);
}

void qpasi_pool_lose(struct qpasi_shared *shared, const struct qpasi_link *link)
{
	struct qpasi_pool *pool = shared->pool;

	pool->lost |= shared->pages;
	memset(shared, 0, sizeof(*shared));
	drop(pool, link);
}

void qpasi_pool_hold(struct qpasi_pool *pool)
{
	pool->holds++;
}

void qpasi_pool_unhold(struct qpasi_pool *pool, const struct qpasi_link *link)
{
	pool->holds--;
	drop(pool, link);
}
