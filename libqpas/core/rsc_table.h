/* SPDX-License-Identifier: BSD-3-Clause */
/* The inside of a resource-table object, for the two files that make and read it. */
#ifndef QPASI_CORE_RSC_TABLE_H
#define QPASI_CORE_RSC_TABLE_H

#include <qpas/rsc_table.h>

#include "base/params.h"

struct qpas_rsc_table {
	struct qpasi_env env;
	/* Validated; ends with the last entry. */
	struct qpas_slice bytes;
	/* The block that `bytes` lies in. */
	uint8_t *block;
};

#endif
