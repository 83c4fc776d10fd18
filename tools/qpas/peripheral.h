/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * How peripherals are told: words for their flags, one JSON object, the pieces of a table row.
 */
#ifndef QPAS_TOOL_PERIPHERAL_H
#define QPAS_TOOL_PERIPHERAL_H

#include <stddef.h>

#include <qpas/qpas.h>

#include "json.h"

/* Room for any cell of the table; longer text is cut. */
#define PERIPHERAL_CELL 160u

/* A bit with its name for JSON and what it means and asks for. */
struct peripheral_word {
	uint64_t flag;
	const char *key;
	const char *text;
};
const struct peripheral_word *peripheral_lacks(void); /* ends with flag 0 */
const struct peripheral_word *peripheral_quirks(void);

struct json_object *peripheral_json(const struct qpas_peripheral *peripheral);
struct json_object *peripheral_json_streams(const struct qpas_peripheral *peripheral);

/* "0x95900000 + 0x1e00000", "dynamic, 0x100000", or "-" past the end. */
void peripheral_carveout(const struct qpas_peripheral *peripheral, uint32_t index, char *to,
			 size_t size);
/* "0x3000", "0x21c0/0x400", or "-" past the end. */
void peripheral_stream(const struct qpas_peripheral *peripheral, uint32_t index, char *to,
		       size_t size);
/* "1", or "-" for no PAS id. */
void peripheral_id(uint32_t id, char *to, size_t size);

#endif
