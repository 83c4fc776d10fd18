/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Rules of a single resource-table entry and of ranges among each other, for the reader and the
 * builder alike.
 */
#ifndef QPASI_FORMAT_RSC_ENTRY_H
#define QPASI_FORMAT_RSC_ENTRY_H

#include <stdbool.h>
#include <stdint.h>

#include "format/rsc.h"

#define QPASI_RSC_NAME_BYTES 32u
#define QPASI_RSC_MAX_VRINGS 2u

/* Whether the fields of the type are known here. */
bool qpasi_rsc_type_known(uint32_t type);

/* Bytes that an entry of this type has at least, the type word included. */
uint32_t qpasi_rsc_fixed_bytes(uint32_t type);

/* All bytes of an entry: vrings and configuration space added. Cannot wrap for two vrings. */
uint64_t qpasi_rsc_needed_bytes(const struct qpas_rsc_entry *entry);

/* Whether the values of an entry can be; `index` only goes into the fault. */
int qpasi_rsc_entry_check(const struct qpas_rsc_entry *entry, uint32_t index,
			  struct qpasi_fault *fault);

/* Whether an entry asks for fixed device addresses in the IOMMU, and which. */
bool qpasi_rsc_entry_mapped(const struct qpas_rsc_entry *entry, uint32_t index,
			    struct qpasi_rsc_range *range);

/*
 * Sorts ranges by start and refuses two that touch the same address: message with the later one's
 * index as segment, the earlier one's as {a}, the later one's start as {xb}.
 */
int qpasi_rsc_ranges_apart(struct qpasi_rsc_range *ranges, uint32_t count, uint32_t message,
			   struct qpasi_fault *fault);

#endif
