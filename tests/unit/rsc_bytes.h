/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Resource tables as bytes, put together by hand: offsets and sizes are the layout's own numbers,
 * not those of the library.
 */
#ifndef TESTS_UNIT_RSC_BYTES_H
#define TESTS_UNIT_RSC_BYTES_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <qpas/types.h>

struct bytes {
	uint8_t at[65536];
	size_t len;
};

static inline void put32(struct bytes *to, size_t offset, uint32_t value)
{
	for (size_t i = 0; i < 4; i++)
		to->at[offset + i] = (uint8_t)(value >> (8 * i));
}

static inline uint32_t get32(const struct bytes *from, size_t offset)
{
	return (uint32_t)from->at[offset] | (uint32_t)from->at[offset + 1] << 8 |
	       (uint32_t)from->at[offset + 2] << 16 | (uint32_t)from->at[offset + 3] << 24;
}

static inline struct qpas_slice as_slice(const struct bytes *bytes)
{
	struct qpas_slice slice = {bytes->at, bytes->len};

	return slice;
}

/* A header with room for `num` offsets. */
static inline void start_table(struct bytes *table, uint32_t num)
{
	memset(table, 0, sizeof(*table));
	put32(table, 0, 1);
	put32(table, 4, num);
	table->len = 16 + 4 * (size_t)num;
}

/* Adds an entry of `words` 32-bit words (type first) and `total` bytes, with a name at `name_at`. */
static inline size_t add_entry(struct bytes *table, uint32_t index, const uint32_t *words,
			       size_t count, size_t total)
{
	size_t at = table->len;

	put32(table, 16 + 4 * (size_t)index, (uint32_t)at);
	for (size_t i = 0; i < count; i++)
		put32(table, at + 4 * i, words[i]);
	table->len += total;
	return at;
}

/* Carveout (type 0) or devmem (type 1): 56 bytes, name at 24. */
static inline size_t add_region(struct bytes *table, uint32_t index, const uint32_t words[5],
				const char *name)
{
	size_t at = add_entry(table, index, words, 5, 56);

	memcpy(table->at + at + 24, name, strlen(name) > 32 ? 32 : strlen(name));
	return at;
}

static inline size_t add_devmem(struct bytes *table, uint32_t index, uint32_t address, uint32_t len)
{
	const uint32_t words[5] = {1, address, address, len, 3};

	return add_region(table, index, words, "devmem");
}

/* Trace: 48 bytes, name at 16. */
static inline size_t add_trace(struct bytes *table, uint32_t index, uint32_t da, uint32_t len)
{
	const uint32_t words[3] = {2, da, len};
	size_t at = add_entry(table, index, words, 3, 48);

	memcpy(table->at + at + 16, "trace", 5);
	return at;
}

/* Vdev: 28 bytes, vring k at 28 + 20 * k, then `config` bytes. */
static inline size_t add_vdev(struct bytes *table, uint32_t index, uint8_t vrings, uint32_t config)
{
	const uint32_t words[7] = {3, 7, 0xffffffff, 0x11, 0x22, config, 0};
	size_t at = add_entry(table, index, words, 7, 28 + 20 * (size_t)vrings + config);

	table->at[at + 24] = 5;
	table->at[at + 25] = vrings;
	for (size_t i = 0; i < vrings; i++) {
		put32(table, at + 28 + 20 * i, 0xffffffff);
		put32(table, at + 32 + 20 * i, 4096);
		put32(table, at + 36 + 20 * i, 256);
		put32(table, at + 40 + 20 * i, (uint32_t)i);
		put32(table, at + 44 + 20 * i, 0xffffffff);
	}
	memset(table->at + at + 28 + 20 * (size_t)vrings, 0xc0, config);
	return at;
}

#endif
