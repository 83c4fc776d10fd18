/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Fetching a resource table: the short-buffer protocol, and the checks that a table from the
 * trusted world gets like any other input.
 */
#include <inttypes.h>
#include <string.h>

#include "core/context.h"
#include "format/rsc.h"

/* What the kernel tries first, and how often a reply may ask for more. */
#define FIRST_BYTES ((size_t)16384)
#define MAX_RETRIES 3u

/* Version 0 and nothing else: the input that means "the firmware has no table". */
static const uint8_t no_table[QPASI_RSC_HEADER_BYTES];

struct fetch {
	struct qpas_context *context;
	struct qpasi_link link;
	struct qpasi_shared in;
	struct qpasi_shared out;
	size_t capacity;
	size_t length;
	/* The firmware's own table, or NULL. */
	struct qpas_rsc_table *own;
	/* The trusted world may still write to both buffers: they are never used again. */
	bool lost;
};

/* The firmware's own table is input like any other; only what was validated goes on. */
static int take_in(struct fetch *fetch, struct qpas_slice own)
{
	bool heap = !fetch->link.backend->desc.shared_alloc;
	int code = 0;

	if (own.len)
		code = qpas_rsc_table_new(own, &fetch->context->backend->params, &fetch->own,
					  fetch->link.err);
	if (code)
		return code;
	own.ptr = no_table;
	own.len = sizeof(no_table);
	if (fetch->own)
		code = qpas_rsc_table_bytes(fetch->own, &own, fetch->link.err);
	if (!code)
		code = qpasi_shared_take(fetch->context, own.len, heap, &fetch->in, &fetch->link);
	if (!code)
		memcpy(fetch->in.part.ptr, own.ptr, own.len);
	return code;
}

/* What a short reply asks for must be more than there was, and not more than is believed. */
static int judge_short(const struct fetch *fetch, uint32_t tries)
{
	uint64_t limit = fetch->context->backend->env.limits.rsc_table_bytes;
	struct qpas_error *err = fetch->link.err;

	if (fetch->length <= fetch->capacity)
		return qpasi_error_numbers(err, QPASI_MSG_BACKEND_TABLE_SIZE, QPAS_STAGE_RSC_TABLE,
					   fetch->length, fetch->capacity);
	if (fetch->length > limit)
		return qpasi_error_numbers(err, QPASI_MSG_RSC_BYTES_LIMIT, QPAS_STAGE_RSC_TABLE,
					   fetch->length, limit);
	if (tries > MAX_RETRIES)
		return qpasi_error_numbers(err, QPASI_MSG_RSC_RETRIES, QPAS_STAGE_RSC_TABLE, tries,
					   fetch->length);
	return 0;
}

static int fetch_once(struct fetch *fetch)
{
	bool heap = !fetch->link.backend->desc.shared_alloc;
	int code =
		qpasi_shared_take(fetch->context, fetch->capacity, heap, &fetch->out, &fetch->link);

	if (code)
		return code;
	fetch->length = 0;
	code = qpasi_slot_rsc_table(&fetch->link, &fetch->in.part, &fetch->out.part,
				    &fetch->length);
	fetch->lost = code == QPAS_ERR_UNKNOWN || code == QPAS_ERR_TIMEOUT;
	return code;
}

static int fetch_all(struct fetch *fetch)
{
	for (uint32_t tries = 1;; tries++) {
		int code = fetch_once(fetch);

		if (code != QPAS_ERR_SPACE)
			return code;
		qpasi_shared_give(fetch->context, &fetch->out, &fetch->link);
		code = judge_short(fetch, tries);
		if (code)
			return code;
		fetch->capacity = fetch->length;
	}
}

/*
 * No entry may lie where a carveout is mapped for the same streams: its own, and that of the
 * companion image, which is mapped long before the entries are.
 */
static int check_carveouts(const struct qpas_context *context, struct qpas_slice bytes,
			   struct qpasi_fault *fault)
{
	const struct qpas_peripheral *peripheral = &context->peripheral;
	struct qpas_backend_region companion;
	int code = qpasi_rsc_check_carveout(bytes, context->region.address, context->region.size,
					    fault);

	if (code || peripheral->dtb_pas_id == QPAS_NO_PAS_ID ||
	    qpasi_region_of(peripheral, 1, &companion, NULL))
		return code;
	return qpasi_rsc_check_carveout(bytes, companion.address, companion.size, fault);
}

static int check_carveout(const struct fetch *fetch, const struct qpas_rsc_table *table)
{
	struct qpasi_fault fault = QPASI_FAULT_INIT;
	struct qpas_slice bytes = {NULL, 0};
	int code = qpas_rsc_table_bytes(table, &bytes, fetch->link.err);

	if (!code && check_carveouts(fetch->context, bytes, &fault))
		code = qpasi_fault_report(&fault, QPAS_STAGE_RSC_TABLE, fetch->link.err);
	return code;
}

/*
 * Copies the reply before a byte of it is judged. A trusted world that has no table for the id leaves
 * the firmware with its own.
 */
static int accept(struct fetch *fetch, struct qpas_rsc_table **table)
{
	const struct qpas_context *context = fetch->context;
	struct qpas_slice bytes = {fetch->out.part.ptr, fetch->length};
	struct qpas_error *err = fetch->link.err;
	int code = 0;

	if (fetch->length > fetch->capacity)
		return qpasi_error_numbers(err, QPASI_MSG_BACKEND_TABLE_SIZE, QPAS_STAGE_RSC_TABLE,
					   fetch->length, fetch->capacity);
	if (fetch->length) {
		code = qpas_rsc_table_new(bytes, &context->backend->params, table, err);
	} else {
		*table = fetch->own;
		fetch->own = NULL;
	}
	if (!code && *table)
		code = check_carveout(fetch, *table);
	if (code) {
		qpas_rsc_table_free(*table);
		*table = NULL;
	}
	return code;
}

static void describe(struct qpas_context *context)
{
	struct qpas_slice bytes = {NULL, 0};
	uint32_t count = qpas_rsc_table_count(context->table);

	if (!context->table) {
		qpasi_detail(context, "none");
		return;
	}
	(void)!qpas_rsc_table_bytes(context->table, &bytes, NULL);
	qpasi_detail(context, "%" PRIu32 " entr%s, %zu bytes", count, count == 1 ? "y" : "ies",
		     bytes.len);
}

int qpasi_step_rsc_table(struct qpas_context *context, struct qpas_slice own,
			 struct qpas_error *err)
{
	struct fetch fetch = {.context = context, .capacity = FIRST_BYTES};
	struct qpas_rsc_table *table = NULL;
	int code = qpasi_context_admit(context, QPASI_CALL_RSC_TABLE, err);

	if (code)
		return code;
	fetch.link = qpasi_context_link(context, QPAS_STAGE_RSC_TABLE, err);
	code = take_in(&fetch, own);
	if (!code)
		code = fetch_all(&fetch);
	if (code == QPAS_ERR_NOTFOUND) {
		fetch.length = 0;
		code = 0;
	}
	if (!code)
		code = accept(&fetch, &table);
	fetch.link.err = NULL;
	if (fetch.lost) {
		qpasi_shared_lose(&fetch.out, &fetch.link);
		qpasi_shared_lose(&fetch.in, &fetch.link);
	} else {
		qpasi_shared_give(context, &fetch.out, &fetch.link);
		qpasi_shared_give(context, &fetch.in, &fetch.link);
	}
	qpas_rsc_table_free(fetch.own);
	if (code)
		return code;
	qpas_rsc_table_free(context->table);
	context->table = table;
	describe(context);
	return 0;
}
