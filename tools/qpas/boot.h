/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A boot as it is shown: one line or one JSON object per step. Used by `boot` and `demo`.
 */
#ifndef QPAS_TOOL_BOOT_H
#define QPAS_TOOL_BOOT_H

#include <stdbool.h>

#include <qpas/qpas.h>

#include "json.h"

struct boot {
	/* In. */
	struct qpas_backend *backend;
	const char *uri;
	const char *peripheral;
	struct qpas_image *image; /* NULL: the firmware that the platform names */
	const char *image_name; /* for people and JSON, may be NULL */
	uint64_t context_flags;
	uint64_t boot_flags;
	bool keep; /* run until a signal comes */
	bool quiet; /* no lines: JSON is wanted */
	bool header; /* a line that tells what is booted comes first */
	/* NULL, or called before the boot; once it runs, in place of `keep`; and once it was stopped. */
	int (*before)(struct boot *boot, struct qpas_context *context, struct qpas_error *err);
	int (*watch)(struct boot *boot, struct qpas_context *context, struct qpas_error *err);
	int (*after)(struct boot *boot, struct qpas_context *context, struct qpas_error *err);
	void *user;
	/* Out. */
	struct json_object *steps; /* may hold steps already */
	struct qpas_context_info info; /* state and ready: as the boot left them */
	bool opened;
	struct qpas_platform *platform;
	struct qpas_peripheral described;
};

/* Adds a step of the tool's own and shows it; `code` is 0 or an enum qpas_err. */
void boot_step(struct boot *boot, const char *name, int code, int64_t ns, const char *detail);

/* Whether Ctrl-C or a request to end came. */
bool boot_interrupted(void);

/* Opens, boots, shuts down, closes. Returns an exit code. */
int boot_run(struct boot *boot, struct qpas_error *err);
/* The boot as one JSON object. */
struct json_object *boot_json(const struct boot *boot, const struct qpas_error *err);
void boot_free(struct boot *boot);

#endif
