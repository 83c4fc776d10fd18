/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Resource tables over bytes in memory: validate, iterate, build. No allocation; the objects of
 * rsc_table.h are made of this in core.
 */
#ifndef QPASI_FORMAT_RSC_H
#define QPASI_FORMAT_RSC_H

#include <stdint.h>

#include <qpas/rsc_table.h>

#include "base/fault.h"

#define QPASI_RSC_HEADER_BYTES 16u
#define QPASI_RSC_MAX_ENTRIES  1024u
#define QPASI_RSC_MAX_BYTES    0x100000u
/* The largest device-memory range that is believed: below it, a da can still be placed. */
#define QPASI_RSC_DEVMEM_MAX 0xfff00000u

struct qpasi_rsc_limits {
	uint32_t bytes;
	uint32_t entries;
};

/*
 * Validates a whole table. `scratch` has room for `limits->entries` ranges and is used to find
 * overlaps in n log n time; it belongs to the caller.
 */
struct qpasi_rsc_range {
	uint64_t start;
	uint64_t end;
	uint32_t index;
	uint32_t reserved;
};

int qpasi_rsc_validate(struct qpas_slice bytes, const struct qpasi_rsc_limits *limits,
		       struct qpasi_rsc_range *scratch, struct qpasi_fault *fault);

/* Number of entries of a validated table. */
uint32_t qpasi_rsc_count(struct qpas_slice bytes);

/*
 * Entry `index` of a validated table; `entry->size` is left alone. An entry of unknown type reaches
 * to the next entry or, as the last one, to the end of the table.
 */
int qpasi_rsc_entry(struct qpas_slice bytes, uint32_t index, struct qpas_rsc_entry *entry,
		    struct qpasi_fault *fault);

/*
 * Bytes of a validated table up to the end of its last entry. What follows, a reply's rubbish for
 * instance, is no part of the table.
 */
size_t qpasi_rsc_used_bytes(struct qpas_slice bytes);

/*
 * Refuses a validated table in which a devmem entry, or a carveout entry with a fixed address,
 * overlaps device addresses [da, da + len).
 */
int qpasi_rsc_check_carveout(struct qpas_slice bytes, uint64_t da, uint64_t len,
			     struct qpasi_fault *fault);

/*
 * Bytes that an entry takes in a table, type word included, a multiple of 4; an error for types that
 * cannot be built and for values that validation refuses.
 */
int qpasi_rsc_entry_size(const struct qpas_rsc_entry *entry, uint32_t *bytes,
			 struct qpasi_fault *fault);

/* Writes one entry; `to` has the bytes that qpasi_rsc_entry_size() gave. */
void qpasi_rsc_entry_write(const struct qpas_rsc_entry *entry, uint8_t *to);

/* Writes the header and offset array of a table whose entries, of the given sizes, follow. */
void qpasi_rsc_header_write(uint8_t *to, uint32_t count, const uint32_t *sizes);

#endif
