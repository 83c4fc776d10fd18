/* SPDX-License-Identifier: BSD-3-Clause */
/* qpas/rsc_table.h: tables in the making. Entries are kept as the bytes that they will be. */
#include <qpas/rsc_table.h>

#include "base/cursor.h"
#include "base/host/host_memory.h"
#include "base/mem.h"
#include "base/params.h"
#include "core/rsc_table.h"
#include "format/rsc.h"
#include "format/rsc_entry.h"

struct qpas_rsc_table_builder {
	struct qpasi_env env;
	/* Entries one behind the other, each padded to a multiple of 4. */
	uint8_t *data;
	size_t used;
	size_t capacity;
	uint32_t count;
	/* Of those, how many ask for fixed device addresses. */
	uint32_t range_count;
	/* Both with room for the limit of entries. */
	uint32_t *sizes;
	struct qpasi_rsc_range *ranges;
};

static int null_argument(struct qpas_error *err, const char *name)
{
	return qpasi_error_set(err, QPASI_MSG_NULL_ARGUMENT, QPAS_STAGE_RSC_TABLE, name);
}

static int no_memory(struct qpas_error *err)
{
	return qpasi_error_set(err, QPASI_MSG_NO_MEMORY, QPAS_STAGE_RSC_TABLE, NULL);
}

static size_t padded(uint32_t bytes)
{
	return ((size_t)bytes + 3) & ~(size_t)3;
}

int qpas_rsc_table_builder_new(const struct qpas_params *params,
			       struct qpas_rsc_table_builder **out, struct qpas_error *err)
{
	struct qpas_rsc_table_builder *builder;
	struct qpasi_env env;
	int rc = qpasi_error_begin(err);

	if (out)
		*out = NULL;
	if (rc)
		return rc;
	if (!out)
		return null_argument(err, "out");
	rc = qpasi_env_init(&env, params, qpasi_host_allocator(), err);
	if (rc)
		return rc;
	builder = qpasi_env_alloc(&env, sizeof(*builder));
	if (!builder)
		return no_memory(err);
	builder->env = env;
	builder->sizes =
		qpasi_env_alloc(&env, env.limits.rsc_table_entries * sizeof(builder->sizes[0]));
	builder->ranges =
		qpasi_env_alloc(&env, env.limits.rsc_table_entries * sizeof(builder->ranges[0]));
	if (!builder->sizes || !builder->ranges) {
		qpas_rsc_table_builder_free(builder);
		return no_memory(err);
	}
	*out = builder;
	return 0;
}

/* Makes room for `count` more entries of `bytes` together; nothing else changes. */
static int reserve(struct qpas_rsc_table_builder *builder, uint32_t count, size_t bytes,
		   struct qpas_error *err)
{
	const struct qpas_limits *limits = &builder->env.limits;
	uint64_t entries = (uint64_t)builder->count + count;
	uint64_t total = QPASI_RSC_HEADER_BYTES + 4 * entries + builder->used + bytes;
	size_t wanted = builder->used + bytes;
	uint8_t *data;

	if (entries > limits->rsc_table_entries)
		return qpasi_error_numbers(err, QPASI_MSG_RSC_COUNT_LIMIT, QPAS_STAGE_RSC_TABLE,
					   entries, limits->rsc_table_entries);
	if (total > limits->rsc_table_bytes)
		return qpasi_error_numbers(err, QPASI_MSG_RSC_BYTES_LIMIT, QPAS_STAGE_RSC_TABLE,
					   total, limits->rsc_table_bytes);
	if (builder->data && wanted <= builder->capacity)
		return 0;
	if (wanted < 2 * builder->capacity)
		wanted = 2 * builder->capacity;
	data = qpasi_env_realloc(&builder->env, builder->data, wanted);
	if (!data)
		return no_memory(err);
	builder->data = data;
	builder->capacity = wanted;
	return 0;
}

static int check_apart(const struct qpas_rsc_table_builder *builder,
		       const struct qpas_rsc_entry *entry, uint32_t index, struct qpas_error *err)
{
	struct qpasi_fault fault = QPASI_FAULT_INIT;
	struct qpasi_rsc_range range;

	if (!qpasi_rsc_entry_mapped(entry, index, &range))
		return 0;
	for (uint32_t i = 0; i < builder->range_count; i++) {
		const struct qpasi_rsc_range *other = &builder->ranges[i];

		if (range.start >= other->end || other->start >= range.end)
			continue;
		(void)qpasi_fault_set(&fault, QPASI_MSG_RSC_DEVMEM_OVERLAP, range.index,
				      other->index, range.start);
		return qpasi_fault_report(&fault, QPAS_STAGE_RSC_TABLE, err);
	}
	return 0;
}

/* Takes `size` reserved bytes for an entry and returns them. */
static uint8_t *append(struct qpas_rsc_table_builder *builder, const struct qpas_rsc_entry *entry,
		       size_t size)
{
	struct qpasi_rsc_range *range = &builder->ranges[builder->range_count];
	uint8_t *to = builder->data + builder->used;

	if (qpasi_rsc_entry_mapped(entry, builder->count, range))
		builder->range_count++;
	builder->sizes[builder->count++] = (uint32_t)size;
	builder->used += size;
	return to;
}

int qpas_rsc_table_builder_add(struct qpas_rsc_table_builder *builder,
			       const struct qpas_rsc_entry *entry, struct qpas_error *err)
{
	struct qpas_rsc_entry copy = QPAS_RSC_ENTRY_INIT;
	struct qpasi_fault fault = QPASI_FAULT_INIT;
	uint32_t size;
	int rc = qpasi_error_begin(err);

	if (rc)
		return rc;
	if (!builder || !entry)
		return null_argument(err, builder ? "entry" : "builder");
	rc = qpasi_abi_copy(&copy, entry, sizeof(copy), sizeof(copy), err);
	if (rc)
		return rc;
	rc = qpasi_rsc_entry_size(&copy, &size, &fault);
	if (rc) {
		fault.segment = builder->count;
		fault.offset = 0;
		return qpasi_fault_report(&fault, QPAS_STAGE_RSC_TABLE, err);
	}
	rc = check_apart(builder, &copy, builder->count, err);
	if (!rc)
		rc = reserve(builder, 1, size, err);
	if (!rc)
		qpasi_rsc_entry_write(&copy, append(builder, &copy, size));
	return rc;
}

int qpas_rsc_table_builder_add_payload(struct qpas_rsc_table_builder *builder, uint32_t type,
				       struct qpas_slice payload, struct qpas_error *err)
{
	struct qpas_rsc_entry entry = QPAS_RSC_ENTRY_INIT;
	size_t size;
	uint8_t *to;
	int rc = qpasi_error_begin(err);

	if (rc)
		return rc;
	if (!builder || (payload.len && !payload.ptr))
		return null_argument(err, builder ? "payload.ptr" : "builder");
	if (qpasi_rsc_type_known(type))
		return qpasi_error_numbers(err, QPASI_MSG_RSC_PAYLOAD_TYPE, QPAS_STAGE_RSC_TABLE,
					   type, 0);
	if (payload.len > QPASI_RSC_MAX_BYTES)
		return qpasi_error_numbers(err, QPASI_MSG_RSC_BYTES_LIMIT, QPAS_STAGE_RSC_TABLE,
					   payload.len, QPASI_RSC_MAX_BYTES);
	size = padded((uint32_t)payload.len + 4);
	rc = reserve(builder, 1, size, err);
	if (rc)
		return rc;
	entry.type = type;
	to = append(builder, &entry, size);
	memset(to, 0, size);
	qpasi_put_le32(to, type);
	if (payload.len)
		memcpy(to + 4, payload.ptr, payload.len);
	return 0;
}

/* What a merge needs: entries apart from those that are there, and their bytes. */
static int survey(const struct qpas_rsc_table_builder *builder, const struct qpas_rsc_table *table,
		  size_t *bytes, struct qpas_error *err)
{
	struct qpas_rsc_entry entry = QPAS_RSC_ENTRY_INIT;
	uint32_t count = qpas_rsc_table_count(table);
	int rc = 0;

	*bytes = 0;
	for (uint32_t i = 0; i < count && !rc; i++) {
		rc = qpas_rsc_table_entry(table, i, &entry, err);
		if (!rc)
			rc = check_apart(builder, &entry, builder->count + i, err);
		*bytes += padded(entry.bytes);
	}
	return rc;
}

int qpas_rsc_table_builder_merge(struct qpas_rsc_table_builder *builder,
				 const struct qpas_rsc_table *table, struct qpas_error *err)
{
	struct qpas_rsc_entry entry = QPAS_RSC_ENTRY_INIT;
	uint32_t count = qpas_rsc_table_count(table);
	size_t bytes;
	int rc = qpasi_error_begin(err);

	if (rc)
		return rc;
	if (!builder || !table)
		return null_argument(err, builder ? "table" : "builder");
	rc = survey(builder, table, &bytes, err);
	if (!rc)
		rc = reserve(builder, count, bytes, err);
	for (uint32_t i = 0; i < count && !rc; i++) {
		size_t size;
		uint8_t *to;

		rc = qpas_rsc_table_entry(table, i, &entry, err);
		if (rc)
			break;
		size = padded(entry.bytes);
		to = append(builder, &entry, size);
		memcpy(to, (const uint8_t *)table->bytes.ptr + entry.offset, entry.bytes);
		memset(to + entry.bytes, 0, size - entry.bytes);
	}
	return rc;
}

int qpas_rsc_table_builder_write(const struct qpas_rsc_table_builder *builder, void *buf,
				 size_t cap, size_t *len, struct qpas_error *err)
{
	uint8_t *to = buf;
	size_t front;
	int rc = qpasi_error_begin(err);

	if (rc)
		return rc;
	if (!builder || !len || (!buf && cap))
		return null_argument(err, !builder ? "builder" : len ? "buf" : "len");
	front = QPASI_RSC_HEADER_BYTES + 4 * (size_t)builder->count;
	*len = front + builder->used;
	if (!buf || cap < *len)
		return qpasi_error_numbers(err, QPASI_MSG_BUFFER_SHORT, QPAS_STAGE_RSC_TABLE, cap,
					   *len);
	qpasi_rsc_header_write(to, builder->count, builder->sizes);
	if (builder->used)
		memcpy(to + front, builder->data, builder->used);
	return 0;
}

void qpas_rsc_table_builder_free(struct qpas_rsc_table_builder *builder)
{
	struct qpasi_env env;

	if (!builder)
		return;
	env = builder->env;
	qpasi_env_free(&env, builder->ranges);
	qpasi_env_free(&env, builder->sizes);
	qpasi_env_free(&env, builder->data);
	qpasi_env_free(&env, builder);
}
