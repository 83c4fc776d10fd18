/* SPDX-License-Identifier: BSD-3-Clause */
/* Sparse memory in chunks, ranges of RAM and of owners, accesses. Buffers: memory_share.c. */
#include "tzsim/memory.h"

#include <string.h>

#include "base/ckd.h"

#define CHUNK_SHIFT 16
#define CHUNK_BYTES (UINT64_C(1) << CHUNK_SHIFT)
#define FIRST_SLOTS 256u

struct qpasi_tzsim_chunk {
	uint64_t number;
	uint8_t bytes[CHUNK_BYTES];
};

/* What memory reads as that nobody has written. */
static const uint8_t untouched[CHUNK_BYTES];

void qpasi_tzsim_memory_init(struct qpasi_tzsim_memory *memory, const struct qpasi_env *env)
{
	memset(memory, 0, sizeof(*memory));
	memory->env = env;
}

void qpasi_tzsim_memory_free(struct qpasi_tzsim_memory *memory)
{
	for (uint32_t i = 0; i < memory->chunk_slots; i++)
		qpasi_env_free(memory->env, memory->chunks[i]);
	for (uint32_t i = 0; i < memory->window_count; i++)
		qpasi_env_free(memory->env, memory->windows[i].block);
	qpasi_env_free(memory->env, memory->chunks);
	qpasi_env_free(memory->env, memory->windows);
	qpasi_env_free(memory->env, memory->scratch);
	qpasi_env_free(memory->env, memory->ram.at);
	qpasi_env_free(memory->env, memory->owned.at);
}

int qpasi_tzsim_memory_lend(struct qpasi_tzsim_memory *memory, const struct qpas_tzsim_guest *guest)
{
	memory->scratch = qpasi_env_alloc(memory->env, CHUNK_BYTES);
	memory->guest = guest;
	return memory->scratch ? 0 : QPAS_ERR_NOMEM;
}

/* `array` is a pointer to a pointer of any type: copied bytewise, as C asks for. */
int qpasi_tzsim_grow(const struct qpasi_env *env, void *array, uint32_t *capacity, uint32_t count,
		     size_t item)
{
	uint32_t larger = *capacity ? *capacity * 2 : 8;
	void *old, *moved;

	if (count < *capacity)
		return 0;
	memcpy(&old, array, sizeof(old));
	moved = larger > *capacity ? qpasi_env_realloc(env, old, larger * item) : NULL;
	if (!moved)
		return QPAS_ERR_NOMEM;
	memcpy(array, &moved, sizeof(moved));
	*capacity = larger;
	return 0;
}

bool qpasi_tzsim_wraps(uint64_t address, uint64_t length, uint64_t *end)
{
	return ckd_add(end, address, length);
}

/* ---- ranges ---- */

int qpasi_tzsim_ranges_add(const struct qpasi_env *env, struct qpasi_tzsim_ranges *ranges,
			   const struct qpasi_tzsim_range *range)
{
	int code = qpasi_tzsim_grow(env, &ranges->at, &ranges->capacity, ranges->count,
				    sizeof(ranges->at[0]));

	if (code)
		return code;
	ranges->at[ranges->count++] = *range;
	return 0;
}

const struct qpasi_tzsim_range *qpasi_tzsim_ranges_meet(const struct qpasi_tzsim_ranges *ranges,
							uint64_t start, uint64_t end)
{
	for (uint32_t i = 0; i < ranges->count; i++) {
		if (ranges->at[i].start < end && start < ranges->at[i].end)
			return &ranges->at[i];
	}
	return NULL;
}

void qpasi_tzsim_ranges_drop(struct qpasi_tzsim_ranges *ranges, uint32_t owner)
{
	uint32_t kept = 0;

	for (uint32_t i = 0; i < ranges->count; i++) {
		if (ranges->at[i].owner != owner)
			ranges->at[kept++] = ranges->at[i];
	}
	ranges->count = kept;
}

bool qpasi_tzsim_memory_has(const struct qpasi_tzsim_memory *memory, uint64_t address,
			    uint64_t length)
{
	uint64_t end;

	if (!length || qpasi_tzsim_wraps(address, length, &end))
		return false;
	/* Ranges may touch: each finds the next one, so the address only grows. */
	while (address < end) {
		const struct qpasi_tzsim_range *range =
			qpasi_tzsim_ranges_meet(&memory->ram, address, address + 1);

		if (!range)
			return false;
		address = range->end;
	}
	return true;
}

int qpasi_tzsim_memory_own(struct qpasi_tzsim_memory *memory, uint64_t address, uint64_t length,
			   uint32_t owner)
{
	struct qpasi_tzsim_range range = {address, 0, owner, 0};

	if (qpasi_tzsim_wraps(address, length, &range.end))
		return QPAS_ERR_OVERFLOW;
	return qpasi_tzsim_ranges_add(memory->env, &memory->owned, &range);
}

void qpasi_tzsim_memory_disown(struct qpasi_tzsim_memory *memory, uint32_t owner)
{
	qpasi_tzsim_ranges_drop(&memory->owned, owner);
}

const struct qpasi_tzsim_range *qpasi_tzsim_memory_owner(const struct qpasi_tzsim_memory *memory,
							 uint64_t address, uint64_t length)
{
	uint64_t end;

	if (qpasi_tzsim_wraps(address, length, &end))
		end = UINT64_MAX;
	return qpasi_tzsim_ranges_meet(&memory->owned, address, end);
}

/* ---- chunks ---- */

static uint32_t slot_of(const struct qpasi_tzsim_memory *memory, uint64_t number)
{
	uint32_t mask = memory->chunk_slots - 1;
	uint32_t at = (uint32_t)(number * UINT64_C(0x9e3779b97f4a7c15) >> 32) & mask;

	while (memory->chunks[at] && memory->chunks[at]->number != number)
		at = (at + 1) & mask;
	return at;
}

/* Half of the slots stay free, so that a look-up ends soon. */
static int grow_table(struct qpasi_tzsim_memory *memory)
{
	struct qpasi_tzsim_memory larger = *memory;

	if (memory->chunk_count * 2 < memory->chunk_slots)
		return 0;
	larger.chunk_slots = memory->chunk_slots ? memory->chunk_slots * 2 : FIRST_SLOTS;
	larger.chunks = qpasi_env_alloc(memory->env, larger.chunk_slots * sizeof(larger.chunks[0]));
	if (!larger.chunks)
		return QPAS_ERR_NOMEM;
	for (uint32_t i = 0; i < memory->chunk_slots; i++) {
		if (memory->chunks[i])
			larger.chunks[slot_of(&larger, memory->chunks[i]->number)] =
				memory->chunks[i];
	}
	qpasi_env_free(memory->env, memory->chunks);
	memory->chunks = larger.chunks;
	memory->chunk_slots = larger.chunk_slots;
	return 0;
}

/* The chunk of an address, or NULL where nobody has written. */
static struct qpasi_tzsim_chunk *find_chunk(const struct qpasi_tzsim_memory *memory,
					    uint64_t address)
{
	if (!memory->chunk_slots)
		return NULL;
	return memory->chunks[slot_of(memory, address >> CHUNK_SHIFT)];
}

static struct qpasi_tzsim_chunk *make_chunk(struct qpasi_tzsim_memory *memory, uint64_t address)
{
	struct qpasi_tzsim_chunk *chunk = find_chunk(memory, address);

	if (chunk || grow_table(memory))
		return chunk;
	chunk = qpasi_env_alloc(memory->env, sizeof(*chunk));
	if (!chunk)
		return NULL;
	chunk->number = address >> CHUNK_SHIFT;
	memory->chunks[slot_of(memory, chunk->number)] = chunk;
	memory->chunk_count++;
	return chunk;
}

/* ---- accesses ---- */

static const struct qpasi_tzsim_window *window_at(const struct qpasi_tzsim_memory *memory,
						  uint64_t address)
{
	for (uint32_t i = 0; i < memory->window_count; i++) {
		const struct qpasi_tzsim_window *window = &memory->windows[i];

		if (address >= window->address && address - window->address < window->length)
			return window;
	}
	return NULL;
}

static uint64_t least(uint64_t a, uint64_t b)
{
	return a < b ? a : b;
}

/* What cannot be read reads as zero, as nothing answers there. */
static struct qpas_slice guest_run(const struct qpasi_tzsim_memory *memory, uint64_t address,
				   uint64_t length)
{
	struct qpas_slice run = {memory->scratch, (size_t)least(length, CHUNK_BYTES)};

	if (!qpasi_tzsim_memory_has(memory, address, run.len) ||
	    memory->guest->read(memory->guest->user, address, memory->scratch, run.len))
		run.ptr = untouched;
	return run;
}

struct qpas_slice qpasi_tzsim_memory_run(const struct qpasi_tzsim_memory *memory, uint64_t address,
					 uint64_t length)
{
	const struct qpasi_tzsim_window *window = window_at(memory, address);
	const struct qpasi_tzsim_chunk *chunk;
	uint64_t within = address & (CHUNK_BYTES - 1);
	struct qpas_slice run;

	if (memory->guest)
		return guest_run(memory, address, length);
	if (window) {
		within = address - window->address;
		run.ptr = window->bytes + within;
		run.len = (size_t)least(length, window->length - within);
		return run;
	}
	chunk = find_chunk(memory, address);
	run.ptr = (chunk ? chunk->bytes : untouched) + within;
	run.len = (size_t)least(length, CHUNK_BYTES - within);
	/* A window that starts inside the chunk hides what the chunk has there. */
	for (uint32_t i = 0; i < memory->window_count; i++) {
		uint64_t start = memory->windows[i].address;

		if (start > address && start - address < run.len)
			run.len = (size_t)(start - address);
	}
	return run;
}

/* The same for a write: makes the chunk. */
static uint8_t *writable_run(struct qpasi_tzsim_memory *memory, uint64_t address, uint64_t length,
			     size_t *run)
{
	const struct qpasi_tzsim_window *window = window_at(memory, address);
	struct qpasi_tzsim_chunk *chunk;

	*run = qpasi_tzsim_memory_run(memory, address, length).len;
	if (window)
		return window->bytes + (address - window->address);
	chunk = make_chunk(memory, address);
	return chunk ? chunk->bytes + (address & (CHUNK_BYTES - 1)) : NULL;
}

/* One access is refused as a whole, and counted once, whatever it spans. */
static int admit(struct qpasi_tzsim_memory *memory, enum qpasi_tzsim_initiator who,
		 uint64_t address, uint64_t length)
{
	if (address >= memory->tables.start && address < memory->tables.end &&
	    length <= memory->tables.end - address)
		return who == QPASI_TZSIM_TRUSTED ? QPAS_ERR_RANGE : 0;
	if (!qpasi_tzsim_memory_has(memory, address, length))
		return QPAS_ERR_RANGE;
	if (who != QPASI_TZSIM_HOST || !qpasi_tzsim_memory_owner(memory, address, length))
		return 0;
	memory->protected_accesses++;
	return QPAS_ERR_BACKEND;
}

int qpasi_tzsim_memory_read(struct qpasi_tzsim_memory *memory, enum qpasi_tzsim_initiator who,
			    uint64_t address, void *to, size_t length)
{
	uint8_t *at = to;
	int code = length ? admit(memory, who, address, length) : 0;

	if (memory->guest && length && !code)
		return memory->guest->read(memory->guest->user, address, to, length) ?
			       QPAS_ERR_RANGE :
			       0;
	while (length && !code) {
		struct qpas_slice run = qpasi_tzsim_memory_run(memory, address, length);

		memcpy(at, run.ptr, run.len);
		at += run.len;
		address += run.len;
		length -= run.len;
	}
	return code;
}

int qpasi_tzsim_memory_write(struct qpasi_tzsim_memory *memory, enum qpasi_tzsim_initiator who,
			     uint64_t address, struct qpas_slice data)
{
	const uint8_t *from = data.ptr;
	int code = data.len ? admit(memory, who, address, data.len) : 0;

	if (memory->guest && data.len && !code)
		return memory->guest->write(memory->guest->user, address, from, data.len) ?
			       QPAS_ERR_RANGE :
			       0;
	while (data.len && !code) {
		size_t run;
		uint8_t *to = writable_run(memory, address, data.len, &run);

		if (!to)
			return QPAS_ERR_NOMEM;
		memcpy(to, from, run);
		from += run;
		address += run;
		data.len -= run;
	}
	return code;
}

int qpasi_tzsim_memory_zero(struct qpasi_tzsim_memory *memory, enum qpasi_tzsim_initiator who,
			    uint64_t address, uint64_t length)
{
	int code = length ? admit(memory, who, address, length) : 0;

	while (memory->guest && length && !code) {
		struct qpas_slice zeros = {untouched, (size_t)least(length, CHUNK_BYTES)};

		code = qpasi_tzsim_memory_write(memory, who, address, zeros);
		address += zeros.len;
		length -= zeros.len;
	}
	while (length && !code) {
		struct qpas_slice run = qpasi_tzsim_memory_run(memory, address, length);
		size_t bytes = run.len;

		/* Memory that nobody has written is zero already. */
		if (window_at(memory, address) || find_chunk(memory, address))
			memset(writable_run(memory, address, length, &bytes), 0, run.len);
		address += run.len;
		length -= run.len;
	}
	return code;
}
