/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Resource tables: the static one of an id, from the profile or made up from the device tree, with
 * the entries of the firmware's own table behind them.
 */
#include "tzsim/model.h"

#include <string.h>

#include "base/cursor.h"
#include "format/rsc.h"
#include "format/scm.h"

#define NO_TABLE_BYTES 16u
#define SHORT_MORE     4096u

/* A table in the making: entries as bytes, one behind the other. */
struct maker {
	struct qpas_tzsim *model;
	uint8_t *bytes;
	uint32_t *sizes;
	uint32_t count;
	uint32_t sizes_capacity;
	uint32_t length;
};

static int append(struct maker *maker, const void *bytes, uint32_t length)
{
	const struct qpasi_env *env = &maker->model->env;
	uint32_t padded = (length + 3) & ~UINT32_C(3);
	void *larger;

	if (qpasi_tzsim_grow(env, &maker->sizes, &maker->sizes_capacity, maker->count,
			     sizeof(maker->sizes[0])))
		return QPAS_ERR_NOMEM;
	larger = qpasi_env_realloc(env, maker->bytes, (size_t)maker->length + padded);
	if (!larger)
		return QPAS_ERR_NOMEM;
	maker->bytes = larger;
	memset(maker->bytes + maker->length, 0, padded);
	memcpy(maker->bytes + maker->length, bytes, length);
	maker->sizes[maker->count++] = padded;
	maker->length += padded;
	return 0;
}

static int append_entry(struct maker *maker, const struct qpas_rsc_entry *entry)
{
	uint8_t bytes[64];
	uint32_t length;

	if (qpasi_rsc_entry_size(entry, &length, NULL) || length > sizeof(bytes))
		return 0;
	qpasi_rsc_entry_write(entry, bytes);
	return append(maker, bytes, length);
}

/* Adds a device-memory entry, identity mapped, unless a table cannot say it or a carveout has it. */
static int append_range(struct maker *maker, const struct qpasi_tzsim_pas *pas, const char *name,
			const struct qpas_backend_mapping *range)
{
	struct qpas_rsc_entry entry = QPAS_RSC_ENTRY_INIT;
	uint64_t end = range->address + range->length;

	if (!range->length || end > UINT64_C(1) << 32 ||
	    (range->address | range->length) % QPASI_TZSIM_PAGE)
		return 0;
	for (uint32_t i = 0; i < pas->carveout_count; i++) {
		const struct qpas_carveout *carveout = &pas->carveouts[i];

		if (carveout->address < end && range->address < carveout->address + carveout->size)
			return 0;
	}
	entry.type = QPAS_RSC_DEVMEM;
	entry.da = (uint32_t)range->address;
	entry.pa = (uint32_t)range->address;
	entry.len = (uint32_t)range->length;
	entry.flags = range->permissions;
	memcpy(entry.name, name, strlen(name));
	return append_entry(maker, &entry);
}

/* The unit address of a node's path: where its registers start. */
static bool unit_address(const char *path, uint64_t *address)
{
	const char *at = path ? strrchr(path, '@') : NULL;

	if (!at || strchr(at, '/'))
		return false;
	*address = 0;
	for (at++; *at; at++) {
		const char *digits = "0123456789abcdef";
		const char *digit = strchr(digits, *at);

		if (!digit || *address >> 32)
			return false;
		*address = *address << 4 | (uint64_t)(digit - digits);
	}
	return true;
}

/* Regions that every remote processor reads: shared memory and the command database. */
static const struct {
	const char *start;
	const char *name;
	uint32_t flags;
} common[] = {
	{"smem", "smem", QPAS_RSC_READ | QPAS_RSC_WRITE},
	{"aop-cmd-db", "cmd-db", QPAS_RSC_READ},
	{"cmd-db", "cmd-db", QPAS_RSC_READ},
};

static int append_common(struct maker *maker, const struct qpasi_tzsim_pas *pas,
			 const struct qpas_memory_range *memory)
{
	for (size_t i = 0; i < sizeof(common) / sizeof(common[0]); i++) {
		struct qpas_backend_mapping range = {memory->address, memory->address, memory->size,
						     common[i].flags, 0};

		if (memory->is_memory || !memory->name ||
		    strncmp(memory->name, common[i].start, strlen(common[i].start)) != 0)
			continue;
		return append_range(maker, pas, common[i].name, &range);
	}
	return 0;
}

static int append_default(struct maker *maker, const struct qpasi_tzsim_pas *pas)
{
	struct qpas_backend_mapping page = {0, 0, QPASI_TZSIM_PAGE,
					    QPAS_RSC_READ | QPAS_RSC_WRITE | QPAS_RSC_MMIO, 0};
	struct qpas_memory_range memory;
	int code = 0;

	for (uint32_t i = 0;
	     !code && !qpas_platform_memory(maker->model->platform, i, &memory, NULL); i++) {
		if (memory.address <= UINT32_MAX && memory.size <= UINT64_C(1) << 32)
			code = append_common(maker, pas, &memory);
	}
	if (!code && unit_address(pas->path, &page.address) && page.address <= UINT32_MAX)
		code = append_range(maker, pas, "registers", &page);
	return code;
}

static int append_static(struct maker *maker, const struct qpasi_tzsim_pas *pas)
{
	const struct qpasi_tzsim_profile *profile = &maker->model->profile;
	uint32_t own = 0;
	int code = 0;

	for (uint32_t i = 0; !code && i < profile->devmem_count; i++) {
		if (profile->devmem[i].pas_id != pas->id)
			continue;
		own++;
		code = append_entry(maker, &profile->devmem[i].entry);
	}
	if (!code && !own)
		code = append_default(maker, pas);
	return code;
}

/* The entries of a table that was validated, byte for byte. */
static int append_table(struct maker *maker, struct qpas_slice table)
{
	const uint8_t *bytes = table.ptr;
	int code = 0;

	for (uint32_t i = 0; !code && i < qpasi_rsc_count(table); i++) {
		struct qpas_rsc_entry entry = QPAS_RSC_ENTRY_INIT;

		code = qpasi_rsc_entry(table, i, &entry, NULL);
		if (!code)
			code = append(maker, bytes + entry.offset, entry.bytes);
	}
	return code;
}

/* Puts the parts together; the table belongs to the id from then on. */
static int finish(struct maker *maker, struct qpasi_tzsim_pas *pas)
{
	const struct qpasi_env *env = &maker->model->env;
	uint32_t head = QPASI_RSC_HEADER_BYTES + 4 * maker->count;
	uint8_t *table = qpasi_env_alloc(env, head + maker->length);

	if (!table)
		return QPAS_ERR_NOMEM;
	qpasi_rsc_header_write(table, maker->count, maker->sizes);
	if (maker->length)
		memcpy(table + head, maker->bytes, maker->length);
	qpasi_env_free(env, pas->table);
	pas->table = table;
	pas->table_bytes = head + maker->length;
	return 0;
}

static void drop(struct maker *maker)
{
	qpasi_env_free(&maker->model->env, maker->bytes);
	qpasi_env_free(&maker->model->env, maker->sizes);
}

static bool has_table(const struct qpas_tzsim *model, const struct qpasi_tzsim_pas *pas)
{
	for (uint32_t i = 0; i < model->profile.no_table.count; i++) {
		if (model->profile.no_table.at[i].owner == pas->id)
			return false;
	}
	/* The trusted world has tables for processors; video, GPU and the like have none. */
	return pas->kind == QPAS_KIND_REMOTEPROC && !pas->companion_of;
}

static int make(struct qpas_tzsim *model, struct qpasi_tzsim_pas *pas, struct qpas_slice own)
{
	struct maker maker = {model, NULL, NULL, 0, 0, 0};
	int code = append_static(&maker, pas);

	if (!code && own.len)
		code = append_table(&maker, own);
	if (!code)
		code = finish(&maker, pas);
	drop(&maker);
	return code;
}

int qpasi_tzsim_table_ensure(struct qpas_tzsim *model, struct qpasi_tzsim_pas *pas)
{
	struct qpas_slice none = {NULL, 0};

	if (pas->table || !has_table(model, pas))
		return 0;
	return make(model, pas, none);
}

static int64_t judge_table(struct qpas_tzsim *model, struct qpas_slice table, const char *whose)
{
	struct qpasi_rsc_limits limits = {model->env.limits.rsc_table_bytes,
					  model->env.limits.rsc_table_entries};
	struct qpasi_fault fault = QPASI_FAULT_INIT;
	struct qpasi_rsc_range *scratch =
		qpasi_env_alloc(&model->env, limits.entries * sizeof(*scratch));
	int64_t status = QPASI_TZSIM_DONE;
	char text[160];

	if (!scratch)
		return qpasi_tzsim_refuse(model, QPASI_TZSIM_NO_MEMORY,
					  "the trusted world has no memory");
	if (qpasi_rsc_validate(table, &limits, scratch, &fault)) {
		(void)qpasi_fault_text(&fault, text, sizeof(text));
		status = qpasi_tzsim_refuse(model, QPASI_TZSIM_FAILED, "%s: %s", whose, text);
	}
	qpasi_env_free(&model->env, scratch);
	return status;
}

/* The firmware's own table: copied, then judged. 16 zero bytes say that it has none. */
static int64_t fetch_own(struct qpas_tzsim *model, uint64_t address, uint64_t length,
			 struct qpas_slice *own)
{
	uint8_t *copy;
	int64_t status;

	if (length < NO_TABLE_BYTES || length > model->env.limits.rsc_table_bytes)
		return qpasi_tzsim_refuse(model, QPASI_TZSIM_BAD_ARGUMENTS,
					  "an input table of %llu bytes cannot be",
					  (unsigned long long)length);
	status = qpasi_tzsim_may(model, address, length, QPAS_SHM_BRIDGE_READ, "the input table");
	if (status)
		return status;
	copy = qpasi_env_alloc(&model->env, (size_t)length);
	if (!copy)
		return qpasi_tzsim_refuse(model, QPASI_TZSIM_NO_MEMORY,
					  "the trusted world has no memory");
	own->ptr = copy;
	own->len = (size_t)length;
	(void)qpasi_tzsim_memory_read(&model->memory, QPASI_TZSIM_TRUSTED, address, copy,
				      (size_t)length);
	/* A version of 0 is what Linux sends for "none", whatever the buffer's length is. */
	if (!qpasi_get_le32(copy) && !qpasi_get_le32(copy + 4))
		own->len = 0;
	return own->len ? judge_table(model, *own, "the firmware's own table") : QPASI_TZSIM_DONE;
}

static int64_t too_short(struct qpas_tzsim *model, uint64_t needed, uint64_t *result)
{
	result[1] = QPASI_SCM_RSCTABLE_SHORT;
	result[2] = needed;
	return qpasi_tzsim_refuse(model, QPASI_TZSIM_FAILED, "the table needs %llu bytes",
				  (unsigned long long)needed);
}

/* `args` from the third on: output address and size. */
static int64_t hand_out(struct qpas_tzsim *model, struct qpasi_tzsim_pas *pas, const uint64_t *args,
			uint64_t *result)
{
	struct qpas_slice table = {pas->table, pas->table_bytes};
	int64_t status = judge_table(model, table, "the merged table");

	if (status)
		return status;
	if (qpasi_tzsim_profile_take(&model->profile, QPASI_TZSIM_SHORT_TABLE))
		return too_short(model, args[1] + SHORT_MORE, result);
	/* OP-TEE's way: it wrote nothing, and says with success how much it would have been. */
	if (qpasi_tzsim_profile_take(&model->profile, QPASI_TZSIM_LONG_TABLE)) {
		result[2] = args[1] + SHORT_MORE;
		return QPASI_TZSIM_DONE;
	}
	if (table.len > args[1])
		return too_short(model, table.len, result);
	status =
		qpasi_tzsim_may(model, args[0], args[1], QPAS_SHM_BRIDGE_WRITE, "the output table");
	if (!status &&
	    qpasi_tzsim_memory_write(&model->memory, QPASI_TZSIM_TRUSTED, args[0], table))
		status = qpasi_tzsim_refuse(model, QPASI_TZSIM_NO_MEMORY,
					    "the trusted world has no memory");
	if (!status)
		result[2] = table.len;
	return status;
}

/* args: id, input address, input size, output address, output size */
int64_t qpasi_tzsim_get_rsctable(struct qpas_tzsim *model, const uint64_t *args, uint64_t *result)
{
	struct qpasi_tzsim_pas *pas = qpasi_tzsim_find_pas(model, args[0]);
	struct qpas_slice own = {NULL, 0};
	int64_t status;

	if (!pas)
		return qpasi_tzsim_refuse(model, QPASI_TZSIM_UNAVAILABLE,
					  "PAS id 0x%llx is not one of this machine's",
					  (unsigned long long)args[0]);
	status = fetch_own(model, args[1], args[2], &own);
	if (!status && has_table(model, pas)) {
		/* A running processor goes on with the table that it was started with. */
		bool keep = pas->state == QPASI_TZSIM_RUNNING && pas->table;

		if (!keep && make(model, pas, own))
			status = qpasi_tzsim_refuse(model, QPASI_TZSIM_NO_MEMORY,
						    "the trusted world has no memory");
		else
			status = hand_out(model, pas, args + 3, result);
	}
	qpasi_env_free(&model->env, (void *)(uintptr_t)own.ptr);
	return status;
}
