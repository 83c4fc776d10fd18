/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A second reading of stage 1 translation tables, for tests: lists all that a tree maps. Written from
 * the Arm ARM's figures alone; it shares no code and no constant with the library.
 */
#ifndef TESTS_SUPPORT_TABLE_READER_H
#define TESTS_SUPPORT_TABLE_READER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* A page or a block, with its attributes as they stand in the descriptor. */
struct table_leaf {
	uint64_t input;
	uint64_t output;
	uint64_t bytes;
	uint8_t level;
	uint8_t attribute_index;
	uint8_t access_permissions; /* AP[2:1] */
	uint8_t shareability;
	bool accessed;
	bool not_global;
	bool privileged_never_executes;
	bool unprivileged_never_executes;
};

struct table_reader {
	/* Reads eight bytes of memory; false where there is none. */
	bool (*fetch)(void *user, uint64_t address, uint8_t bytes[8]);
	/* Called for each page and block, in the order of their input addresses. */
	void (*leaf)(void *user, const struct table_leaf *leaf);
	void *user;
	/* What was met. */
	uint32_t tables;
	/* Tables, but for the first, without a valid descriptor. */
	uint32_t empty_tables;
	/* Descriptors that the architecture reserves, or whose unused bits are set. */
	uint32_t odd;
};

/* Reads the tree at `root`, with `input_bits` of input addresses. False: something is not memory. */
bool table_read(struct table_reader *reader, uint64_t root, unsigned int input_bits);

#endif
