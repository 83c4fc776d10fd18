/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Buffers that the trusted world reads or writes: allocated by the backend, bridged on the EL2 path,
 * and never given back while the trusted world might still reach them.
 */
#include <string.h>

#include "core/context.h"
#include "format/shm_bridge.h"

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

static int bridge_whole(const struct qpas_context *context, struct qpasi_shared *shared,
			const struct qpasi_link *link)
{
	struct qpas_shm_bridge bridge = QPAS_SHM_BRIDGE_INIT;
	int code;

	qpasi_shm_bridge_hlos(&bridge, shared->whole.address, shared->whole.len);
	code = qpasi_slot_bridge_create(link, &bridge, &shared->bridge);
	if (!code) {
		shared->bridged = true;
		return 0;
	}
	/* A bridge that may exist keeps its memory. */
	if (qpasi_slot_outcome(code) == QPASI_OUTCOME_UNKNOWN)
		memset(shared, 0, sizeof(*shared));
	else
		free_whole(context, shared, link);
	return code;
}

int qpasi_shared_take(const struct qpas_context *context, size_t length, bool heap,
		      struct qpasi_shared *shared, const struct qpasi_link *link)
{
	int code;

	memset(shared, 0, sizeof(*shared));
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
	return bridge_whole(context, shared, link);
}

int qpasi_shared_give(const struct qpas_context *context, struct qpasi_shared *shared,
		      const struct qpasi_link *link)
{
	int code = 0;

	if (!shared->whole.ptr)
		return 0;
	if (shared->bridged)
		code = qpasi_slot_bridge_delete(link, shared->bridge);
	if (shared->bridged && qpasi_slot_not_tried(code))
		code = qpasi_slot_bridge_delete(link, shared->bridge);
	if (code)
		memset(shared, 0, sizeof(*shared));
	else
		free_whole(context, shared, link);
	return code;
}
