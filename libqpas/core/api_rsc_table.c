/* SPDX-License-Identifier: BSD-3-Clause */
/* qpas/rsc_table.h: tables as objects, each with a private copy of its bytes. */
#include <qpas/rsc_table.h>

#include "base/host/host_memory.h"
#include "base/mem.h"
#include "base/params.h"
#include "core/rsc_table.h"
#include "format/rsc.h"

static int null_argument(struct qpas_error *err, const char *name)
{
	return qpasi_error_set(err, QPASI_MSG_NULL_ARGUMENT, QPAS_STAGE_RSC_TABLE, name);
}

static int no_memory(struct qpas_error *err)
{
	return qpasi_error_set(err, QPASI_MSG_NO_MEMORY, QPAS_STAGE_RSC_TABLE, NULL);
}

/* Room for the entries that so many bytes can hold, never in proportion to what they claim. */
static uint32_t scratch_entries(size_t bytes, const struct qpas_limits *limits)
{
	size_t most = bytes / sizeof(uint32_t) + 1;

	return most < limits->rsc_table_entries ? (uint32_t)most : limits->rsc_table_entries;
}

static int validate(const struct qpas_rsc_table *table, struct qpas_error *err)
{
	struct qpasi_rsc_limits limits = {
		table->env.limits.rsc_table_bytes,
		table->env.limits.rsc_table_entries,
	};
	uint32_t entries = scratch_entries(table->bytes.len, &table->env.limits);
	struct qpasi_rsc_range *scratch =
		qpasi_env_alloc(&table->env, entries * sizeof(struct qpasi_rsc_range));
	struct qpasi_fault fault = QPASI_FAULT_INIT;
	int rc;

	if (!scratch)
		return no_memory(err);
	rc = qpasi_rsc_validate(table->bytes, &limits, scratch, &fault);
	qpasi_env_free(&table->env, scratch);
	return rc ? qpasi_fault_report(&fault, QPAS_STAGE_RSC_TABLE, err) : 0;
}

/* Copied first, judged afterwards: whoever still writes to `bytes` changes nothing in here. */
static int fill(struct qpas_rsc_table *table, struct qpas_slice bytes, struct qpas_error *err)
{
	int rc;

	table->block = qpasi_env_alloc(&table->env, bytes.len);
	if (!table->block)
		return no_memory(err);
	memcpy(table->block, bytes.ptr, bytes.len);
	table->bytes.ptr = table->block;
	table->bytes.len = bytes.len;
	rc = validate(table, err);
	if (!rc)
		table->bytes.len = qpasi_rsc_used_bytes(table->bytes);
	return rc;
}

int qpas_rsc_table_new(struct qpas_slice bytes, const struct qpas_params *params,
		       struct qpas_rsc_table **out, struct qpas_error *err)
{
	struct qpas_rsc_table *table;
	struct qpasi_env env;
	int rc = qpasi_error_begin(err);

	if (out)
		*out = NULL;
	if (rc)
		return rc;
	if (!out || (!bytes.ptr && bytes.len))
		return null_argument(err, out ? "bytes" : "out");
	rc = qpasi_env_init(&env, params, qpasi_host_allocator(), err);
	if (rc)
		return rc;
	if (bytes.len == 0)
		return qpasi_error_set(err, QPASI_MSG_RSC_EMPTY, QPAS_STAGE_RSC_TABLE, NULL);
	if (bytes.len > env.limits.rsc_table_bytes)
		return qpasi_error_numbers(err, QPASI_MSG_RSC_BYTES_LIMIT, QPAS_STAGE_RSC_TABLE,
					   bytes.len, env.limits.rsc_table_bytes);
	table = qpasi_env_alloc(&env, sizeof(*table));
	if (!table)
		return no_memory(err);
	table->env = env;
	rc = fill(table, bytes, err);
	if (rc)
		qpas_rsc_table_free(table);
	else
		*out = table;
	return rc;
}

void qpas_rsc_table_free(struct qpas_rsc_table *table)
{
	struct qpasi_env env;

	if (!table)
		return;
	env = table->env;
	qpasi_env_free(&env, table->block);
	qpasi_env_free(&env, table);
}

uint32_t qpas_rsc_table_count(const struct qpas_rsc_table *table)
{
	return table ? qpasi_rsc_count(table->bytes) : 0;
}

int qpas_rsc_table_entry(const struct qpas_rsc_table *table, uint32_t index,
			 struct qpas_rsc_entry *entry, struct qpas_error *err)
{
	struct qpas_rsc_entry made = QPAS_RSC_ENTRY_INIT;
	struct qpasi_fault fault = QPASI_FAULT_INIT;
	int rc = qpasi_error_begin(err);

	if (rc)
		return rc;
	if (!table || !entry)
		return null_argument(err, table ? "entry" : "table");
	rc = qpasi_abi_check(entry, sizeof(made), sizeof(made), err);
	if (rc)
		return rc;
	rc = qpasi_rsc_entry(table->bytes, index, &made, &fault);
	if (rc)
		return qpasi_fault_report(&fault, QPAS_STAGE_RSC_TABLE, err);
	qpasi_abi_give(entry, &made, sizeof(made));
	return 0;
}

int qpas_rsc_table_bytes(const struct qpas_rsc_table *table, struct qpas_slice *bytes,
			 struct qpas_error *err)
{
	int rc = qpasi_error_begin(err);

	if (rc)
		return rc;
	if (!table || !bytes)
		return null_argument(err, table ? "bytes" : "table");
	*bytes = table->bytes;
	return 0;
}
