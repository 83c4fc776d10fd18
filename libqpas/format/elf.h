/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * ELF32/64 headers -> normalised program headers. Decoding only: what the headers mean is decided
 * in plan.h. Section headers are none of its business (section.h).
 */
#ifndef QPASI_FORMAT_ELF_H
#define QPASI_FORMAT_ELF_H

#include <stdbool.h>
#include <stdint.h>

#include <qpas/types.h>

#include "base/fault.h"

/* Compile-time maximum of struct qpas_limits.program_headers. */
#define QPASI_ELF_MAX_PHDRS 256u

struct qpasi_phdr {
	uint32_t type;
	uint32_t flags;
	uint64_t offset;
	uint64_t vaddr;
	uint64_t paddr;
	uint64_t filesz;
	uint64_t memsz;
	uint64_t align;
};

struct qpasi_elf {
	uint32_t class_bits; /* 32 or 64 */
	uint32_t machine;
	uint32_t ehdr_size; /* 52 or 64: that of the class, not e_ehsize */
	uint32_t ehsize; /* e_ehsize as the file has it */
	uint32_t phentsize; /* 32 or 56 */
	uint32_t phnum;
	uint32_t shnum;
	uint32_t shstrndx;
	uint64_t shoff;
	uint64_t entry;
	uint64_t phoff;
	struct qpasi_phdr phdr[QPASI_ELF_MAX_PHDRS];
};

/*
 * Decodes headers from the start of `file`. `limit` is the most program headers that are accepted.
 * The structure is large (about 15 KiB): callers keep it off the stack.
 */
int qpasi_elf_decode(struct qpas_slice file, uint32_t limit, struct qpasi_elf *elf,
		     struct qpasi_fault *fault);

/* Bytes of ELF header plus program headers. */
uint64_t qpasi_elf_headers_size(const struct qpasi_elf *elf);

/* Sum in the width of the class: true if it wraps there (2^32 or 2^64 counts as wrapped). */
bool qpasi_elf_sum(const struct qpasi_elf *elf, uint64_t a, uint64_t b, uint64_t *sum);

#endif
