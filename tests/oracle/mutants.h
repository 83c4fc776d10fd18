/* SPDX-License-Identifier: BSD-3-Clause */
/* Files with crafted ELF32 headers, made from the heads of real ones; a seed makes the same again. */
#ifndef TESTS_ORACLE_MUTANTS_H
#define TESTS_ORACLE_MUTANTS_H

#include <stddef.h>
#include <stdint.h>

/* Bytes of a file that mutants are made of: headers, and some of what follows. */
#define MUTANT_HEAD 8192u

struct mutant_base {
	uint8_t head[MUTANT_HEAD];
	size_t head_bytes;
	size_t size;
	uint64_t base;
	char name[128];
};

/* Parts that exist beside the file. */
enum mutant_parts { PARTS_NONE, PARTS_RIGHT, PARTS_SHORT, PARTS_LONG, PARTS_SOME, PARTS_KINDS };

struct mutant {
	const char *what;
	/* Folder that has the parts, or NULL: `parts` says. */
	const char *folder;
	const char *name;
	const uint8_t *bytes;
	size_t size;
	uint64_t base;
	uint64_t region;
	uint8_t head[MUTANT_HEAD];
	size_t head_bytes;
	uint32_t parts;
	uint32_t filesz[256];
	char text[192];
};

void mutant_make(const struct mutant_base *base, uint32_t seed, struct mutant *mutant);

/* Bytes of the part of a program header, or -1. */
long mutant_part(const struct mutant *mutant, uint32_t index);

#endif
