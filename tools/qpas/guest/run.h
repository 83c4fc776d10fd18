/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The programs that `qpas guest` starts: QEMU once for its own device tree, then the server, which
 * starts QEMU and ends with it.
 */
#ifndef QPAS_TOOL_GUEST_RUN_H
#define QPAS_TOOL_GUEST_RUN_H

#include "guest.h"
#include "words.h"

/* QEMU with everything but what the server adds: RAM and the secure UART's socket. */
void run_qemu_words(const struct guest *guest, struct words *words);

/* Lets QEMU write its own tree to `path`. Returns an exit code. */
int run_dump_tree(const struct guest *guest, const char *path, struct qpas_error *err);

/*
 * Runs the server with QEMU below it until both have ended. With a command in the guest its output
 * goes through here, and the exit code is the command's: 0, or EXIT_BAD.
 */
int run_guest(const struct guest *guest, const struct words *server, struct qpas_error *err);

#endif
