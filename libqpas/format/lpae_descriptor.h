/* SPDX-License-Identifier: BSD-3-Clause */
/* Bits of stage 1 descriptors (D8.3), and the descent that walker and builder share. */
#ifndef QPASI_FORMAT_LPAE_DESCRIPTOR_H
#define QPASI_FORMAT_LPAE_DESCRIPTOR_H

#include "format/lpae.h"

#define BIT(n) (UINT64_C(1) << (n))

#define VALID BIT(0)
/* A table at levels 0 to 2, a page at level 3; without it a block, or reserved. */
#define TABLE	     BIT(1)
#define ATTR_SHIFT   2
#define AP_USER	     BIT(6) /* AP[1] */
#define AP_READ_ONLY BIT(7) /* AP[2] */
#define SH_OUTER     (UINT64_C(2) << 8)
#define SH_INNER     (UINT64_C(3) << 8)
#define ACCESSED     BIT(10)
#define NOT_GLOBAL   BIT(11)
#define ADDRESS	     UINT64_C(0x0000fffffffff000)
#define PXN	     BIT(53)
#define UXN	     BIT(54) /* XN of EL2 */
/* Of a table, for all that lies below it. */
#define TABLE_PXN	BIT(59)
#define TABLE_UXN	BIT(60)
#define TABLE_NO_USER	BIT(61)
#define TABLE_READ_ONLY BIT(62)

#define LAST_LEVEL  3u
#define BLOCK_LEVEL 2u

/* Where a descent came to: the descriptors it read, down to `level`. */
struct qpasi_lpae_path {
	uint32_t fault; /* FINE, ABORT, TRANSLATION, ADDRESS_SIZE */
	uint32_t level;
	uint64_t descriptor;
	/* Of the tables passed, all together. */
	uint64_t inherited;
	/* Address of the descriptor of each level. */
	uint64_t at[QPASI_LPAE_LEVELS];
};

uint32_t qpasi_lpae_first_level(uint32_t input_bits);
/* Bytes that one descriptor of a level covers. */
uint64_t qpasi_lpae_span(uint32_t level);
void qpasi_lpae_descend(const struct qpasi_lpae *lpae, qpasi_lpae_read *read, void *user,
			uint64_t iova, struct qpasi_lpae_path *path);

#endif
