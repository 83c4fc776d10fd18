/* SPDX-License-Identifier: BSD-3-Clause */
/* The other end: QEMU as a child, or one that somebody else has started. */
#ifndef QPAS_TOOL_TZ_LAUNCH_H
#define QPAS_TOOL_TZ_LAUNCH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "ram.h"

/* QEMU's command line. */
struct launch_words {
	const char *const *list; /* NULL: it is started by somebody else */
	size_t count;
};

/* Bytes of RAM that QEMU's own words ask for (-m). Exit code. */
int launch_memory(const struct launch_words *words, uint64_t *size, struct qpas_error *err);
/* Starts it with our RAM, and with the secure UART on *bell. Exit code. */
int launch_qemu(const struct launch_words *words, const struct ram *ram, pid_t *child, int *bell,
		struct qpas_error *err);
/*
 * The secure UART of a QEMU that runs: connects to a socket that it listens on, else listens there
 * for it; *waits says which. Exit code.
 */
int launch_meet(const char *path, int *fd, bool *waits, struct qpas_error *err);
/* Waits for a child that is told to end, and makes it end. Its exit status, or -1. */
int launch_end(pid_t child, bool kill_it);

#endif
