/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The hash segment (MBN header versions 3, 5, 6, 7, 8) -> layout: where its parts are. Every length
 * is checked; nothing is hashed here. Rules: docs/formats.md, "Hash segment".
 */
#ifndef QPASI_FORMAT_MBN_H
#define QPASI_FORMAT_MBN_H

#include <stdint.h>

#include <qpas/types.h>

#include "format/elf.h"

/* A part of the hash segment: offset from its start, length; length 0 = absent. */
struct qpasi_mbn_part {
	uint32_t offset;
	uint32_t length;
};

struct qpasi_mbn {
	uint32_t version;
	uint32_t header_size; /* 40, 48 or 56, without common metadata */
	uint32_t digest_size; /* 32 or 48 */
	uint32_t entries; /* = number of program headers */
	struct qpasi_mbn_part common; /* v7, v8 */
	struct qpasi_mbn_part qti_metadata;
	struct qpasi_mbn_part oem_metadata;
	struct qpasi_mbn_part table;
	struct qpasi_mbn_part qti_signature;
	struct qpasi_mbn_part qti_chain;
	struct qpasi_mbn_part oem_signature;
	struct qpasi_mbn_part oem_chain;
	struct qpasi_mbn_part filler;
};

/* Lays out a hash segment that belongs to headers `elf`. */
int qpasi_mbn_decode(struct qpas_slice segment, const struct qpasi_elf *elf, struct qpasi_mbn *mbn,
		     struct qpasi_fault *fault);

/* Entry `index` of the digest table; an empty slice past its end. */
struct qpas_slice qpasi_mbn_entry(struct qpas_slice segment, const struct qpasi_mbn *mbn,
				  uint32_t index);

/* What the table's entry of a program header must be. */
enum qpasi_mbn_expect {
	QPASI_EXPECT_HEADERS, /* entry 0: digest of bytes 0 … phdr[0].p_filesz */
	QPASI_EXPECT_DATA, /* digest of p_filesz bytes */
	QPASI_EXPECT_ZERO, /* hash type */
	QPASI_EXPECT_EMPTY, /* no data: zero, or digest of nothing for a page-mode header */
	QPASI_EXPECT_ONE_SHOT /* digest over the data of all PT_LOADs in header order */
};

enum qpasi_mbn_expect qpasi_mbn_expected(const struct qpasi_elf *elf, uint32_t index);

#endif
