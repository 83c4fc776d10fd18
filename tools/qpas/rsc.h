/* SPDX-License-Identifier: BSD-3-Clause */
/* What the parts of `qpas rsc` share: tables read from files, entries shown and made. */
#ifndef QPAS_TOOL_RSC_H
#define QPAS_TOOL_RSC_H

#include <qpas/qpas.h>

#include "cli.h"
#include "json.h"

/* Above the largest limit that the library takes, so that the library says what is too large. */
#define RSC_FILE_BYTES ((size_t)2 << 20)

/* Reads and validates a table. Exit code. */
int rsc_read(const char *path, struct qpas_rsc_table **table, struct qpas_error *err);

/* "carveout" and so on; what a table may have beyond is "vendor" or "unknown". */
const char *rsc_type_name(uint32_t type);
/* The entry as JSON, with all that is needed to make it again. */
struct json_object *rsc_json(const struct qpas_rsc_table *table,
			     const struct qpas_rsc_entry *entry);
/* The entry as one line behind `mark`. */
void rsc_print(const char *mark, const struct qpas_rsc_entry *entry);
/* The bytes of an entry, its type included. */
struct qpas_slice rsc_bytes(const struct qpas_rsc_table *table, const struct qpas_rsc_entry *entry);

/* qpas rsc make, qpas rsc diff: what stands behind the word. Exit code. */
int rsc_make(const struct cli_arguments *args);
int rsc_diff(const struct cli_arguments *args);

#endif
