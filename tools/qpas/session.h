/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A backend with its platform, opened as --backend, --dtb, --overlay and --firmware-path say.
 */
#ifndef QPAS_TOOL_SESSION_H
#define QPAS_TOOL_SESSION_H

#include <stdbool.h>

#include <qpas/qpas.h>

#include "cli.h"

struct session {
	const char *uri; /* never NULL */
	struct qpas_platform *platform; /* of --dtb, or NULL */
	struct qpas_backend *backend;
};

/* Options that every command with a backend has. */
#define SESSION_OPTIONS                                                                      \
	{"backend", "URI", "how to reach the trusted world (default kernel:), e.g. tzsim:"}, \
		{"dtb", "DTB",                                                               \
		 "device tree to look the peripheral up in (default: this system's)"},       \
		{"overlay", "DTBO", "apply an overlay to it; may be repeated, in order"},    \
	{                                                                                    \
		"firmware-path", "DIR",                                                      \
			"folders of firmware, separated by ':' (default: the kernel's)"      \
	}

/* Opens all of it. Exit code; *subject is what the error is about. */
int session_open(struct session *session, const struct cli_arguments *args, const char **subject,
		 struct qpas_error *err);
void session_close(struct session *session);

bool session_is_simulator(const char *uri);

#endif
