/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Facts about images as several commands tell them: names for numbers, the parts of JSON objects
 * that `info` and `verify` share.
 */
#ifndef QPAS_TOOL_FACTS_H
#define QPAS_TOOL_FACTS_H

#include <qpas/qpas.h>

#include "json.h"

const char *fact_machine(uint32_t machine);
/* "SHA-256", "SHA-384" for people, "sha256", "sha384" for JSON; NULL without a digest table. */
const char *fact_digest(uint32_t digest);
const char *fact_digest_key(uint32_t digest);

/* Remarks of an image's flags: entry `index`, NULL past the end. */
struct fact_remark {
	uint64_t flag;
	const char *key; /* for JSON */
	const char *text; /* for people */
};
const struct fact_remark *fact_remarks(void); /* ends with flag 0 */

/* Adds elf_class, relocatable, load, mbn_version and digest to an image's object. */
void fact_put_image(struct json_object *object, const struct qpas_image_info *info);
void fact_put_auth(struct json_object *object, const struct qpas_auth_summary *summary);

#endif
