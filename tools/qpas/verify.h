/* SPDX-License-Identifier: BSD-3-Clause */
/* What the parts of `qpas verify` share: options, one judged image, its JSON. */
#ifndef QPAS_TOOL_VERIFY_H
#define QPAS_TOOL_VERIFY_H

#include <stdbool.h>

#include <qpas/qpas.h>

#include "json.h"
#include "out.h"
#include "verify_for.h"

/* What the command line asks for, and the numbers of the summary. */
struct verify {
	struct qpas_auth_params params;
	uint8_t root[48];
	bool json;
	bool detail; /* a single image: who signed it is shown, too */
	uint32_t verdicts[QPAS_AUTH_MALFORMED + 1]; /* [0]: could not be judged */
	struct verify_for others;
};

/* One image with its report. */
struct judged {
	const char *file;
	struct qpas_image_info info;
	struct qpas_auth_summary summary;
	struct qpas_auth_report *report;
};

/* Whether the root is the one that was given; an image without a chain has none that could be. */
uint32_t verify_root_answer(const struct verify *verify, const struct judged *judged);

/* The exit code that a judged image gets by itself. */
int verify_code(const struct verify *verify, const struct judged *judged);
/* How a verdict with that exit code is shown. */
enum style verify_style(int code);
/* The image's lines of text; 0 or an enum qpas_err. */
int verify_text(const struct verify *verify, const struct judged *judged, struct qpas_error *err);

/* Adds everything about a judged image to its object; 0 or an enum qpas_err. */
int verify_json(const struct verify *verify, const struct judged *judged,
		struct json_object *object, struct qpas_error *err);
/* The same keys for a file that could not be read as an image. */
void verify_json_unread(struct json_object *object, const char *verdict);

#endif
