/* SPDX-License-Identifier: BSD-3-Clause */
/* The table that a test of the reader works on, and the calls that judge it. */
#ifndef TESTS_UNIT_RSC_VALIDATE_H
#define TESTS_UNIT_RSC_VALIDATE_H

#include "unit/expect.h"
#include "unit/rsc_bytes.h"

#include <stdlib.h>

#include "format/rsc.h"

static struct qpasi_rsc_range scratch[1024];
static struct bytes table;

static inline int validate_limited(uint32_t bytes, uint32_t entries)
{
	struct qpasi_rsc_limits limits = {bytes, entries};

	return qpasi_rsc_validate(as_slice(&table), &limits, scratch, NULL);
}

/* From a block of exactly the table's bytes, so that a sanitizer sees each byte too many. */
static inline int validate(void)
{
	struct qpasi_rsc_limits limits = {65536, 256};
	struct qpas_slice copy = {malloc(table.len ? table.len : 1), table.len};
	uint8_t *block;
	int rc;

	assert_non_null(copy.ptr);
	block = memcpy((uint8_t *)(uintptr_t)copy.ptr, table.at, table.len);
	rc = qpasi_rsc_validate(copy, &limits, scratch, NULL);
	free(block);
	return rc;
}

static inline struct qpas_rsc_entry entry_at(uint32_t index)
{
	struct qpas_rsc_entry entry = QPAS_RSC_ENTRY_INIT;

	expect_code("entry", qpasi_rsc_entry(as_slice(&table), index, &entry, NULL), 0);
	return entry;
}

/* One of each kind, with an unknown and a vendor type between them. */
static inline void mixed_table(void)
{
	const uint32_t carveout[5] = {0, 0xffffffff, 0xffffffff, 0x1000, 3};
	const uint32_t unknown[3] = {4711, 1, 2};
	const uint32_t vendor[2] = {128, 9};

	start_table(&table, 6);
	(void)add_region(&table, 0, carveout, "code");
	(void)add_devmem(&table, 1, 0x90c10000, 0x1000);
	(void)add_entry(&table, 2, unknown, 3, 12);
	(void)add_trace(&table, 3, 0x1234, 0x100);
	(void)add_entry(&table, 4, vendor, 2, 8);
	(void)add_vdev(&table, 5, 2, 12);
}

#endif
