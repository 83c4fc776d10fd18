/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The first look at a flattened device tree: header, blocks and every token, in one loop and with
 * caps of our own. Nothing reads a tree before it has passed here, libfdt included.
 */
#ifndef QPASI_PLATFORM_SCAN_H
#define QPASI_PLATFORM_SCAN_H

#include <stdint.h>

#include "base/fault.h"

enum qpasi_scan_kind {
	QPASI_SCAN_NODE = 1,
	QPASI_SCAN_NODE_END = 2,
	QPASI_SCAN_PROPERTY = 3,
	QPASI_SCAN_END = 9
};

/* One token. Names and values point into the scanned bytes. */
struct qpasi_scan_token {
	uint32_t kind;
	/* Of the token in the structure block, as libfdt counts. */
	uint32_t offset;
	const char *name;
	struct qpas_slice value;
};

struct qpasi_scanner {
	struct qpas_slice structure;
	struct qpas_slice strings;
	uint32_t at;
};

struct qpasi_scan_counts {
	uint32_t nodes;
	uint32_t handles;
};

/* The big-endian number at a place that the caller knows to be there. */
uint32_t qpasi_scan_be32(const void *from);

/* The size that the header states. TRUNC, FORMAT, UNSUPP, LIMIT. */
int qpasi_scan_header(struct qpas_slice bytes, uint32_t limit, struct qpasi_fault *fault);

/*
 * Checks all tokens of a tree whose header is checked: nesting, lengths, names, one root. Counts
 * nodes and phandle properties. FORMAT, LIMIT.
 */
int qpasi_scan_tree(struct qpas_slice bytes, uint32_t depth, struct qpasi_scan_counts *counts,
		    struct qpasi_fault *fault);

/* A scanner over a tree whose header is checked. */
struct qpasi_scanner qpasi_scan_start(struct qpas_slice bytes);

/* The next token but NOPs. FORMAT. */
int qpasi_scan_next(struct qpasi_scanner *scanner, struct qpasi_scan_token *token,
		    struct qpasi_fault *fault);

/* The phandle that a token gives to its node; 0 if it gives none. */
uint32_t qpasi_scan_handle(const struct qpasi_scan_token *token);

#endif
