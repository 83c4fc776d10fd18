/* SPDX-License-Identifier: BSD-3-Clause */
/* Stream entries, their tables in simulated memory, and the walk through them. */
#include "tzsim/iommu.h"

#include <string.h>

#include "base/cursor.h"
#include "tzsim/smmu.h"

#define STREAM_BITS UINT32_C(0xffff)

void qpasi_tzsim_iommu_init(struct qpasi_tzsim_iommu *iommu, const struct qpasi_env *env,
			    struct qpasi_tzsim_memory *memory)
{
	memset(iommu, 0, sizeof(*iommu));
	iommu->env = env;
	iommu->memory = memory;
}

void qpasi_tzsim_iommu_free(struct qpasi_tzsim_iommu *iommu)
{
	for (uint32_t i = 0; i < iommu->bank_count; i++)
		qpasi_env_free(iommu->env, iommu->banks[i].iommu);
	qpasi_env_free(iommu->env, iommu->banks);
	qpasi_env_free(iommu->env, iommu->at);
}

uint32_t qpasi_tzsim_stream_mask(const struct qpas_stream *stream)
{
	return stream->cell_count > 1 ? stream->cells[1] & STREAM_BITS : 0;
}

/* ---- the area of the tables ---- */

/* What the builder's functions are called with. */
struct maker {
	struct qpasi_tzsim_iommu *iommu;
	struct qpasi_tzsim_bank *bank;
};

static bool is_table(const struct qpasi_tzsim_iommu *iommu, uint64_t address)
{
	uint64_t index = (address - iommu->memory->tables.start) / QPASI_LPAE_PAGE;

	return index < QPASI_TZSIM_TABLES && (iommu->used[index / 64] >> index % 64 & 1);
}

/* The walker's: what it reads is whatever stands there, if it is the host's. */
static int read_any(void *user, uint64_t address, uint64_t *descriptor)
{
	struct qpasi_tzsim_memory *memory = user;
	uint8_t bytes[sizeof(*descriptor)];
	int code = QPAS_ERR_BACKEND;

	if (!qpasi_tzsim_memory_owner(memory, address, sizeof(bytes)))
		code = qpasi_tzsim_memory_read(memory, QPASI_TZSIM_DEVICE, address, bytes,
					       sizeof(bytes));
	if (!code)
		*descriptor = qpasi_get_le64(bytes);
	return code;
}

/* The builder's: it works on tables that it was given, whatever somebody wrote into them. */
static int read_table(void *user, uint64_t address, uint64_t *descriptor)
{
	const struct maker *maker = user;

	if (!is_table(maker->iommu, address))
		return QPAS_ERR_RANGE;
	return read_any(maker->iommu->memory, address, descriptor);
}

static int write_table(void *user, uint64_t address, uint64_t descriptor)
{
	const struct maker *maker = user;
	uint8_t bytes[sizeof(descriptor)];
	struct qpas_slice slice = {bytes, sizeof(bytes)};

	if (!is_table(maker->iommu, address))
		return QPAS_ERR_RANGE;
	qpasi_put_le64(bytes, descriptor);
	return qpasi_tzsim_memory_write(maker->iommu->memory, QPASI_TZSIM_DEVICE, address, slice);
}

/* The first free page of the area; all of it is in use if there is none. */
static uint32_t find_page(const struct qpasi_tzsim_iommu *iommu)
{
	uint32_t word = 0;

	while (word < QPASI_TZSIM_TABLES / 64 && iommu->used[word] == UINT64_MAX)
		word++;
	if (word == QPASI_TZSIM_TABLES / 64)
		return QPASI_TZSIM_TABLES;
	return word * 64 + (uint32_t)__builtin_ctzll(~iommu->used[word]);
}

/* Cleared here: the host may have written to the area, wherever it liked. */
static int alloc_table(void *user, uint64_t *page)
{
	const struct maker *maker = user;
	struct qpasi_tzsim_memory *memory = maker->iommu->memory;
	uint32_t index = find_page(maker->iommu);
	int code;

	*page = memory->tables.start + index * QPASI_LPAE_PAGE;
	if (index == QPASI_TZSIM_TABLES)
		return QPAS_ERR_NOMEM;
	code = qpasi_tzsim_memory_zero(memory, QPASI_TZSIM_DEVICE, *page, QPASI_LPAE_PAGE);
	if (code)
		return code;
	maker->iommu->used[index / 64] |= UINT64_C(1) << index % 64;
	maker->iommu->tables++;
	maker->bank->tables++;
	return 0;
}

static void free_table(void *user, uint64_t page)
{
	const struct maker *maker = user;
	uint64_t index = (page - maker->iommu->memory->tables.start) / QPASI_LPAE_PAGE;

	/* In a damaged tree two descriptors may lead to one table. */
	if (!is_table(maker->iommu, page))
		return;
	maker->iommu->used[index / 64] &= ~(UINT64_C(1) << index % 64);
	maker->iommu->tables--;
	maker->bank->tables--;
}

/* Nothing is cached: each access of a device is a walk. */
static struct qpasi_lpae_memory table_memory(struct maker *maker)
{
	struct qpasi_lpae_memory memory = {maker,	read_table, write_table,
					   alloc_table, free_table, NULL};

	return memory;
}

/* ---- banks ---- */

static bool is_entry(const struct qpasi_tzsim_bank *bank, const struct qpas_stream *stream)
{
	return bank->id == stream->cells[0] && bank->mask == qpasi_tzsim_stream_mask(stream) &&
	       !strcmp(bank->iommu, stream->iommu);
}

/* The bank that has an id, or ids, in common with an entry. */
static struct qpasi_tzsim_bank *find_bank(const struct qpasi_tzsim_iommu *iommu, const char *name,
					  uint32_t id, uint32_t mask)
{
	for (uint32_t i = 0; i < iommu->bank_count; i++) {
		struct qpasi_tzsim_bank *bank = &iommu->banks[i];

		if (!((id ^ bank->id) & ~(mask | bank->mask)) && !strcmp(name, bank->iommu))
			return bank;
	}
	return NULL;
}

const struct qpasi_tzsim_bank *qpasi_tzsim_iommu_bank(const struct qpasi_tzsim_iommu *iommu,
						      const char *name, uint32_t stream)
{
	return find_bank(iommu, name, stream, 0);
}

static int refuse(struct qpasi_fault *fault, uint32_t message, uint64_t a, uint64_t b)
{
	return qpasi_fault_set(fault, message, QPAS_NO_SEGMENT, a, b);
}

static int make_bank(struct qpasi_tzsim_iommu *iommu, const struct qpas_stream *stream,
		     struct qpasi_tzsim_bank **out, struct qpasi_fault *fault)
{
	struct qpasi_tzsim_bank *bank;
	struct maker maker;
	struct qpasi_lpae_memory memory = table_memory(&maker);
	int code = qpasi_tzsim_grow(iommu->env, &iommu->banks, &iommu->bank_capacity,
				    iommu->bank_count, sizeof(*bank));

	if (code)
		return refuse(fault, QPASI_MSG_NO_MEMORY, 0, 0);
	bank = &iommu->banks[iommu->bank_count];
	memset(bank, 0, sizeof(*bank));
	bank->id = stream->cells[0];
	bank->mask = qpasi_tzsim_stream_mask(stream);
	bank->number = ++iommu->next_bank;
	bank->lpae.input_bits = QPASI_TZSIM_INPUT_BITS;
	bank->lpae.output_bits = QPASI_TZSIM_OUTPUT_BITS;
	bank->lpae.regime = QPASI_LPAE_EL10;
	bank->iommu = qpasi_env_strdup(iommu->env, stream->iommu);
	if (!bank->iommu)
		return refuse(fault, QPASI_MSG_NO_MEMORY, 0, 0);
	maker.iommu = iommu;
	maker.bank = bank;
	code = qpasi_lpae_create(&bank->lpae, &memory, fault);
	if (code) {
		qpasi_env_free(iommu->env, bank->iommu);
		return code;
	}
	iommu->bank_count++;
	*out = bank;
	return 0;
}

/* A bank is there as long as something is mapped through it. */
static void leave_bank(struct qpasi_tzsim_iommu *iommu, struct qpasi_tzsim_bank *bank)
{
	struct maker maker = {iommu, bank};
	struct qpasi_lpae_memory memory = table_memory(&maker);

	if (bank->mappings || qpasi_lpae_destroy(&bank->lpae, &memory, NULL))
		return;
	qpasi_env_free(iommu->env, bank->iommu);
	*bank = iommu->banks[--iommu->bank_count];
}

/*
 * The bank of an entry. Two entries that share an id and not all of them are refused: a stream that
 * matches both is a conflict on real IOMMUs.
 */
static int take_bank(struct qpasi_tzsim_iommu *iommu, const struct qpas_stream *stream,
		     struct qpasi_tzsim_bank **out, struct qpasi_fault *fault)
{
	uint32_t mask = qpasi_tzsim_stream_mask(stream);
	struct qpasi_tzsim_bank *bank = find_bank(iommu, stream->iommu, stream->cells[0], mask);

	if (!bank)
		return make_bank(iommu, stream, out, fault);
	*out = bank;
	if (is_entry(bank, stream))
		return 0;
	(void)refuse(fault, QPASI_MSG_SIM_STREAM_CONFLICT, stream->cells[0], mask);
	if (fault)
		fault->s = stream->iommu;
	return QPAS_ERR_OVERLAP;
}

/* ---- mappings ---- */

static int check_stream(const struct qpas_stream *stream, struct qpasi_fault *fault)
{
	if (stream->iommu && stream->cell_count)
		return 0;
	return refuse(fault, QPASI_MSG_SIM_NO_STREAM_ID, 0, 0);
}

int qpasi_tzsim_iommu_map(struct qpasi_tzsim_iommu *iommu, const struct qpas_stream *stream,
			  const struct qpas_backend_mapping *mapping, struct qpasi_fault *fault)
{
	struct qpasi_lpae_mapping range = {mapping->iova, mapping->address, mapping->length,
					   mapping->permissions};
	struct maker maker = {iommu, NULL};
	struct qpasi_lpae_memory memory = table_memory(&maker);
	struct qpasi_tzsim_mapping *made;
	int code = check_stream(stream, fault);

	if (code)
		return code;
	if (qpasi_tzsim_grow(iommu->env, &iommu->at, &iommu->capacity, iommu->count, sizeof(*made)))
		return refuse(fault, QPASI_MSG_NO_MEMORY, 0, 0);
	code = take_bank(iommu, stream, &maker.bank, fault);
	if (code)
		return code;
	code = qpasi_lpae_map(&maker.bank->lpae, &memory, &range, fault);
	if (code) {
		leave_bank(iommu, maker.bank);
		return code;
	}
	made = &iommu->at[iommu->count++];
	made->bank = maker.bank->number;
	made->iova = mapping->iova;
	made->address = mapping->address;
	made->length = mapping->length;
	maker.bank->mappings++;
	return 0;
}

/* Permissions are left out: they are no part of an unmap on real IOMMUs either. */
static struct qpasi_tzsim_mapping *find_mapping(const struct qpasi_tzsim_iommu *iommu,
						uint64_t bank,
						const struct qpas_backend_mapping *mapping)
{
	for (uint32_t i = 0; i < iommu->count; i++) {
		struct qpasi_tzsim_mapping *at = &iommu->at[i];

		if (at->bank == bank && at->iova == mapping->iova &&
		    at->address == mapping->address && at->length == mapping->length)
			return at;
	}
	return NULL;
}

int qpasi_tzsim_iommu_unmap(struct qpasi_tzsim_iommu *iommu, const struct qpas_stream *stream,
			    const struct qpas_backend_mapping *mapping, struct qpasi_fault *fault)
{
	struct maker maker = {iommu, NULL};
	struct qpasi_lpae_memory memory = table_memory(&maker);
	struct qpasi_tzsim_mapping *at = NULL;
	int code = check_stream(stream, fault);

	if (code)
		return code;
	maker.bank =
		find_bank(iommu, stream->iommu, stream->cells[0], qpasi_tzsim_stream_mask(stream));
	if (maker.bank && is_entry(maker.bank, stream))
		at = find_mapping(iommu, maker.bank->number, mapping);
	if (!at)
		return refuse(fault, QPASI_MSG_SIM_NOT_MAPPED_SO, mapping->iova, mapping->length);
	code = qpasi_lpae_unmap(&maker.bank->lpae, &memory, at->iova, at->length, fault);
	if (code)
		return code;
	*at = iommu->at[--iommu->count];
	maker.bank->mappings--;
	leave_bank(iommu, maker.bank);
	return 0;
}

/* ---- accesses ---- */

bool qpasi_tzsim_iommu_translate(const struct qpasi_tzsim_iommu *iommu,
				 const struct qpasi_tzsim_access *access,
				 struct qpasi_tzsim_translation *out)
{
	const struct qpasi_lpae_access wanted = {access->iova, access->kind, access->privileged};
	const struct qpasi_tzsim_bank *bank;
	struct qpasi_lpae_walk walk;

	if (iommu->smmu)
		return qpasi_tzsim_smmu_translate(iommu->smmu, access, out);
	bank = qpasi_tzsim_iommu_bank(iommu, access->iommu, access->stream);
	memset(out, 0, sizeof(*out));
	out->level = QPASI_LPAE_LEVELS;
	out->fault = "nothing is mapped for this stream";
	if (!bank)
		return false;
	qpasi_lpae_walk(&bank->lpae, read_any, iommu->memory, &wanted, &walk);
	out->level = walk.level;
	out->address = walk.address;
	out->span = walk.span;
	out->fault = walk.fault ? qpasi_lpae_fault_name(walk.fault) : NULL;
	return !walk.fault;
}
