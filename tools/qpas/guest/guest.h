/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The parts of `qpas guest`: the guest's device tree, its initramfs, and the processes that run it.
 */
#ifndef QPAS_TOOL_GUEST_H
#define QPAS_TOOL_GUEST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <qpas/qpas.h>

#include "../cli.h"
#include "words.h"

/* The device tree gives each processor two SPIs and one bit of the outgoing doorbell. */
#define GUEST_MOST_PERIPHERALS 16u

struct guest {
	const char *kernel;
	const char *modules;
	const char *busybox;
	const char *board; /* file of the board's tree */
	const char *firmware_path;
	const char *command; /* a shell command instead of an interactive shell, or NULL */
	const char *cpu; /* a model of QEMU's */
	const char *append; /* more kernel arguments, or NULL */
	const struct cli_arguments *args; /* for options that may be repeated */
	uint32_t level;
	uint32_t cores;
	uint32_t memory_mb;
	bool hypervisor; /* ours, below a kernel at level 1 */
	bool iommus; /* whether the processors keep that property */
	const char *folder; /* where everything that is made goes */
	uint64_t archive_size; /* once the initramfs is made */
	struct words pool; /* paths that were put together */
	struct qpas_platform *platform;
	struct qpas_peripheral *peripherals;
	size_t peripheral_count;
};

/*
 * The guest's tree: `machine` is QEMU's own, `board` the board's. *tree is malloc()ed.
 * Returns an exit code.
 */
int guest_tree(const struct guest *guest, struct qpas_slice machine, struct qpas_slice board,
	       struct qpas_slice *tree, struct qpas_error *err);

/* Whether carveouts and the guest's own pages fit into its memory. Returns an exit code. */
int guest_check_memory(const struct guest *guest, struct qpas_error *err);

/* Writes the initramfs to `path`; *size is its length. Returns an exit code. */
int guest_archive(const struct guest *guest, const char *path, uint64_t *size,
		  struct qpas_error *err);

/* Makes tree, initramfs and relay in guest->folder. Returns an exit code. */
int guest_prepare(struct guest *guest, struct qpas_error *err);

#endif
