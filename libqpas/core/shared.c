/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Buffers that the trusted world reads or writes: small ones from the pool, others allocated by the
 * backend and bridged on the EL2 path; never given back while the trusted world might still reach
 * them.
 */
#include <string.h>

#include "core/context.h"

static int take_heap(const struct qpas_context *context, size_t length, struct qpasi_shared *shared,
		     const struct qpasi_link *link)
{
	shared->whole.ptr = qpasi_env_alloc(&context->backend->env, length);
	if (!shared->whole.ptr)
		return qpasi_error_set(link->err, QPASI_MSG_NO_MEMORY, link->stage, NULL);
	shared->heap = true;
	shared->whole.len = length;
	return 0;
}

static void free_whole(const struct qpas_context *context, struct qpasi_shared *shared,
		       const struct qpasi_link *link)
{
	if (shared->heap)
		qpasi_env_free(&context->backend->env, shared->whole.ptr);
	else
		qpasi_slot_shared_free(link, &shared->whole);
	memset(shared, 0, sizeof(*shared));
}

int qpasi_shared_take(const struct qpas_context *context, size_t length, bool heap,
		      struct qpasi_shared *shared, const struct qpasi_link *link)
{
	int code;

	memset(shared, 0, sizeof(*shared));
	if (context->bridging && !heap && qpasi_pool_fits(context->pool, length))
		return qpasi_pool_take(context->pool, length, shared, link);
	if (heap)
		code = take_heap(context, length, shared, link);
	else
		code = qpasi_slot_shared_alloc(link, length, &shared->whole);
	if (code)
		return code;
	if (!shared->whole.ptr || shared->whole.len < length) {
		free_whole(context, shared, link);
		return qpasi_error_numbers(link->err, QPASI_MSG_NO_BACKEND_MEMORY, link->stage,
					   length, 0);
	}
	shared->part = shared->whole;
	shared->part.len = length;
	if (!context->bridging || shared->heap)
		return 0;
	code = qpasi_shared_bridge(link, &shared->whole, &shared->bridge);
	if (code)
		memset(shared, 0, sizeof(*shared));
	else
		shared->bridged = true;
	return code;
}

void qpasi_shared_give(const struct qpas_context *context, struct qpasi_shared *shared,
		       const struct qpasi_link *link)
{
	if (shared->pool)
		qpasi_pool_give(shared, link);
	else if (shared->bridged && qpasi_shared_unbridge(link, shared->bridge))
		memset(shared, 0, sizeof(*shared));
	else if (shared->whole.ptr)
		free_whole(context, shared, link);
}

void qpasi_shared_lose(struct qpasi_shared *shared, const struct qpasi_link *link)
{
	if (shared->pool)
		qpasi_pool_lose(shared, link);
	else
		memset(shared, 0, sizeof(*shared));
}
