/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * ELF core files of a remote processor's memory: headers to bytes. One PT_LOAD per range, at the
 * processor's own addresses, as the kernel's drivers/remoteproc/remoteproc_coredump.c writes them.
 */
#ifndef QPASI_FORMAT_CORE_FILE_H
#define QPASI_FORMAT_CORE_FILE_H

#include <stddef.h>
#include <stdint.h>

/* One range of memory: p_vaddr and p_paddr, and how much of it. */
struct qpasi_core_range {
	uint64_t address;
	uint64_t length;
	/* Where it stands in the carveout. */
	uint64_t offset;
};

struct qpasi_core_file {
	const struct qpasi_core_range *ranges;
	uint32_t count; /* at most QPASI_ELF_MAX_PHDRS */
	uint32_t class_bits; /* 32 or 64; see qpasi_core_settle() */
	uint32_t machine; /* e_machine of the image */
	uint64_t entry;
};

/* Largest header: ELF64 with the most program headers. */
#define QPASI_CORE_HEADERS_MAX (64u + 256u * 56u)

/* Makes it ELF64 where ELF32 cannot name the last byte of it. Returns the bytes of all headers. */
size_t qpasi_core_settle(struct qpasi_core_file *core);
/* Writes the headers that qpasi_core_settle() measured. The ranges follow them in the file, in order. */
void qpasi_core_headers(const struct qpasi_core_file *core, uint8_t *to);

#endif
