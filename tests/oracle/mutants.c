/* SPDX-License-Identifier: BSD-3-Clause */
/* What is changed, by how much, and in which region the result is to be loaded. */
#include "mutants.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

/* Offsets of the ELF32 header, and of a program header. */
enum { E_PHOFF = 28, E_SHOFF = 32, E_PHENTSIZE = 42, E_PHNUM = 44, E_SHENTSIZE = 46, E_SHNUM = 48 };
enum { P_TYPE = 0, P_OFFSET = 4, P_PADDR = 12, P_FILESZ = 16, P_MEMSZ = 20, P_FLAGS = 24 };

/* splitmix64: a number per call, the same for the same seed everywhere. */
static uint64_t next(uint64_t *state)
{
	uint64_t z = *state += UINT64_C(0x9e3779b97f4a7c15);

	z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
	z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
	return z ^ z >> 31;
}

static uint32_t below(uint64_t *state, uint32_t limit)
{
	return (uint32_t)(next(state) % limit);
}

static uint32_t get(const struct mutant *mutant, size_t at, unsigned int width)
{
	uint32_t value = 0;

	for (unsigned int i = 0; i < width && at + i < mutant->head_bytes; i++)
		value |= (uint32_t)mutant->head[at + i] << (8 * i);
	return value;
}

static void set(struct mutant *mutant, size_t at, unsigned int width, uint32_t value)
{
	for (unsigned int i = 0; i < width && at + i < mutant->head_bytes; i++)
		mutant->head[at + i] = (uint8_t)(value >> (8 * i));
}

static uint32_t headers_of(const struct mutant *mutant)
{
	uint32_t count = get(mutant, E_PHNUM, 2);

	return count && count < 200 ? count : 1;
}

/* Values at which comparisons turn. */
static uint32_t edge(const struct mutant *mutant, uint64_t *state)
{
	uint32_t size = (uint32_t)mutant->size;
	const uint32_t edges[] = {0,	      1,	  31,	      32,	  40,
				  51,	      52,	  size - 1,   size,	  size + 1,
				  size / 2,   0x7fffffff, 0x80000000, 0xfffff000, 0xffffffff,
				  0x00400001, 0x00100000, 0u - size};

	if (below(state, 5) == 0)
		return (uint32_t)next(state);
	return edges[below(state, sizeof(edges) / sizeof(edges[0]))];
}

static void change_header(struct mutant *mutant, uint64_t *state)
{
	static const uint8_t wide[] = {E_PHOFF, E_SHOFF};
	static const uint8_t narrow[] = {E_PHENTSIZE, E_PHNUM, E_SHENTSIZE, E_SHNUM};

	switch (below(state, 8)) {
	case 0:
		set(mutant, below(state, 16), 1, below(state, 256));
		break;
	case 1:
	case 2:
		set(mutant, wide[below(state, 2)], 4, edge(mutant, state));
		break;
	case 3:
		set(mutant, E_PHNUM, 2, below(state, 130));
		break;
	case 4:
		set(mutant, E_SHENTSIZE, 2, 40);
		set(mutant, E_SHNUM, 2, below(state, 64));
		break;
	case 5:
		set(mutant, E_PHOFF, 4, below(state, 64));
		break;
	default:
		set(mutant, narrow[below(state, 4)], 2, edge(mutant, state));
		break;
	}
}

/* A field moves a little, to an edge, or to what another header has. */
static void change_field(struct mutant *mutant, uint64_t *state)
{
	static const uint8_t fields[] = {P_OFFSET, P_PADDR, P_FILESZ, P_MEMSZ};
	uint32_t count = headers_of(mutant);
	size_t header = 52 + (size_t)32 * below(state, count);
	size_t other = 52 + (size_t)32 * below(state, count);
	uint8_t field = fields[below(state, 4)];
	uint32_t value = get(mutant, header + field, 4);

	switch (below(state, 4)) {
	case 0:
		value += below(state, 3) - 1;
		break;
	case 1:
		value = get(mutant, other + fields[below(state, 4)], 4);
		break;
	default:
		value = edge(mutant, state);
		break;
	}
	set(mutant, header + field, 4, value);
}

static void change_kind(struct mutant *mutant, uint64_t *state)
{
	size_t header = 52 + (size_t)32 * below(state, headers_of(mutant));
	uint32_t flags = get(mutant, header + P_FLAGS, 4);

	switch (below(state, 4)) {
	case 0:
		set(mutant, header + P_TYPE, 4, below(state, 3));
		break;
	case 1:
		set(mutant, header + P_FLAGS, 4, flags ^ UINT32_C(1) << (24 + below(state, 4)));
		break;
	case 2:
		/* No header is relocatable any more. */
		for (uint32_t i = 0; i < headers_of(mutant); i++) {
			header = 52 + (size_t)32 * i;
			set(mutant, header + P_FLAGS, 4,
			    get(mutant, header + P_FLAGS, 4) & ~UINT32_C(0x08000000));
		}
		break;
	default:
		set(mutant, header + P_FLAGS, 4, flags & ~UINT32_C(0x07000000));
		break;
	}
}

/* A header without data that points beyond the file: where releases of the loader differ. */
static void change_tail(struct mutant *mutant, uint64_t *state)
{
	size_t header =
		52 + (size_t)32 * (headers_of(mutant) - 1 - below(state, 2) % headers_of(mutant));

	set(mutant, header + P_FILESZ, 4, 0);
	set(mutant, header + P_OFFSET, 4, (uint32_t)mutant->size + below(state, 0x2000));
}

/* Data whose end wraps at 32 bits, in a region that is large enough for it. */
static void change_wrap(struct mutant *mutant, uint64_t *state)
{
	size_t header = 52 + (size_t)32 * below(state, headers_of(mutant));
	uint32_t offset = get(mutant, header + P_OFFSET, 4);
	uint32_t filesz = 0u - offset + below(state, 2 * (uint32_t)mutant->size + 1);

	set(mutant, header + P_TYPE, 4, 1);
	set(mutant, header + P_FLAGS, 4, 0x08000000);
	set(mutant, header + P_FILESZ, 4, filesz);
	set(mutant, header + P_MEMSZ, 4, UINT32_MAX - below(state, 2));
	mutant->base = 0x80000000;
	mutant->region = UINT64_C(1) << 40;
}

/* So many headers that the part of the last one has a number of three digits. */
static void change_count(struct mutant *mutant, uint64_t *state)
{
	uint32_t count = headers_of(mutant);
	uint32_t last = 98 + below(state, 6);
	size_t header = 52 + (size_t)32 * last;

	for (uint32_t i = count; i < last; i++)
		set(mutant, 52 + (size_t)32 * i + P_FILESZ, 4, 0);
	for (uint32_t i = count; i < last; i++)
		set(mutant, 52 + (size_t)32 * i + P_TYPE, 4, 0);
	set(mutant, E_PHNUM, 2, last + 1);
	set(mutant, header + P_TYPE, 4, 1);
	set(mutant, header + P_FLAGS, 4, 0x08000000);
	set(mutant, header + P_OFFSET, 4, (uint32_t)mutant->size + below(state, 64));
	set(mutant, header + P_PADDR, 4, (uint32_t)mutant->base);
	set(mutant, header + P_FILESZ, 4, 64);
	set(mutant, header + P_MEMSZ, 4, 64);
	mutant->parts = PARTS_RIGHT;
}

static void change_size(struct mutant *mutant, uint64_t *state)
{
	uint32_t count = headers_of(mutant);
	size_t header = 52 + (size_t)32 * below(state, count);
	size_t end = (size_t)get(mutant, header + P_OFFSET, 4) + get(mutant, header + P_FILESZ, 4);

	switch (below(state, 4)) {
	case 0:
		mutant->size = below(state, 60);
		break;
	case 1:
		mutant->size = 52 + (size_t)32 * count - below(state, 3);
		break;
	case 2:
		/* As an .mdt has it: headers, then the hash segment. */
		mutant->size =
			(size_t)get(mutant, 52 + P_FILESZ, 4) + get(mutant, 52 + 32 + P_FILESZ, 4);
		break;
	default:
		mutant->size = end ? end - below(state, 2) : 0;
		break;
	}
	if (mutant->size > UINT32_C(1) << 30)
		mutant->size = UINT32_C(1) << 30;
}

/* A table at e_phoff that is whole, while the one behind the ELF header is cut. */
static void change_table(struct mutant *mutant, uint64_t *state)
{
	uint32_t count = headers_of(mutant);
	size_t last = 52 + (size_t)32 * (count - 1);

	set(mutant, E_PHOFF, 4, below(state, 16));
	set(mutant, last + P_TYPE, 4, below(state, 2));
	mutant->size = 52 + (size_t)32 * count - below(state, 36);
}

static void change(struct mutant *mutant, uint64_t *state)
{
	switch (below(state, 14)) {
	case 13:
		change_table(mutant, state);
		break;
	case 12:
		change_count(mutant, state);
		break;
	case 0:
	case 1:
		change_header(mutant, state);
		break;
	case 2:
	case 3:
		change_kind(mutant, state);
		break;
	case 4:
		change_tail(mutant, state);
		break;
	case 5:
		change_wrap(mutant, state);
		break;
	case 6:
	case 7:
		change_size(mutant, state);
		break;
	default:
		change_field(mutant, state);
		break;
	}
}

static void choose_region(const struct mutant_base *base, struct mutant *mutant, uint64_t *state)
{
	static const uint64_t sizes[] = {UINT64_C(1) << 33, 0x1e00000, 0x100000, UINT64_C(1) << 31};

	mutant->base = base->base;
	mutant->region = sizes[below(state, 4)];
	if (below(state, 12) == 0)
		mutant->base = below(state, 2) ? 0 : base->base + 0x1000;
}

static void choose_name(const struct mutant_base *base, struct mutant *mutant, uint64_t *state)
{
	static const char *const names[] = {"a.b", "image.mbn", "image.mdt", "abc.mdt"};
	uint32_t choice = below(state, 12);

	(void)snprintf(mutant->text, 128, "%s", choice < 4 ? names[choice] : base->name);
	mutant->name = mutant->text;
}

void mutant_make(const struct mutant_base *base, uint32_t seed, struct mutant *mutant)
{
	uint64_t state = seed;
	uint32_t changes;

	memset(mutant, 0, sizeof(*mutant));
	memcpy(mutant->head, base->head, base->head_bytes);
	mutant->head_bytes = base->head_bytes;
	mutant->size = base->size;
	choose_name(base, mutant, &state);
	choose_region(base, mutant, &state);
	mutant->parts = below(&state, PARTS_KINDS);
	changes = 1 + below(&state, 4);
	while (changes--)
		change(mutant, &state);
	for (uint32_t i = 0; i < 256; i++)
		mutant->filesz[i] = get(mutant, 52 + (size_t)32 * i + P_FILESZ, 4);
	(void)snprintf(mutant->text + 128, 64, "seed %u", (unsigned int)seed);
	mutant->what = mutant->text + 128;
}

long mutant_part(const struct mutant *mutant, uint32_t index)
{
	if (index >= 256)
		return -1;
	switch (mutant->parts) {
	case PARTS_RIGHT:
		return (long)mutant->filesz[index];
	case PARTS_SHORT:
		return mutant->filesz[index] ? (long)mutant->filesz[index] - 1 : 0;
	case PARTS_LONG:
		return (long)mutant->filesz[index] + 1;
	case PARTS_SOME:
		return index % 3 ? (long)mutant->filesz[index] : -1;
	default:
		return -1;
	}
}
