/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Kinds of clients and kinds of machines: what a board of each looks like, which calls each client
 * makes on each machine, and how that ends. The lists are literal.
 */
#ifndef TESTS_INTEGRATION_BOOT_MATRIX_H
#define TESTS_INTEGRATION_BOOT_MATRIX_H

#include "integration/call_log.h"

enum machine {
	EL2_STRICT, /* nobody below the host; the trusted world reads bridged memory only */
	EL1_HYPERVISOR, /* the same trusted world; a hypervisor below the host traps, bridges, maps */
	EL1_OLD, /* a trusted world that reads any memory and has no GET_RSCTABLE */
	EL2_OLD, /* the same, and nobody below the host */
	MACHINES
};

struct machine_row {
	const char *name;
	uint32_t level, tz;
};

/* How one kind fares on one machine. */
struct cell {
	/* 0, or the class and the stage of a refusal, and what its text must say. */
	int code;
	uint32_t stage;
	const char *cause, *help;
	/* Lines up to NULL. `boot` is what happens up to the end of the boot, refused or not. */
	const char *const *open, *const *boot, *const *stop;
};

struct client_row {
	const char *name;
	const char *peripheral;
	/* SW_IDs of the image and of its companion (0: it has none). */
	uint32_t sw_id, companion_sw_id;
	void (*bend)(struct test_tree *tree);
	struct test_tree (*overlay)(void);
	const char *profile;
	uint64_t flags; /* of the boot */
	/* Started by its registers: no secure monitor call at all. */
	bool direct;
	struct cell cells[MACHINES];
};

extern const struct machine_row matrix_machines[MACHINES];
extern const struct client_row matrix_clients[];
extern const size_t matrix_client_count;

#endif
