/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What a user says about the simulated machine beyond its device tree: age of the trusted world,
 * resource tables, faults. The format is in docs/tzsim.md.
 */
#ifndef QPASI_TZSIM_PROFILE_H
#define QPASI_TZSIM_PROFILE_H

#include <stdbool.h>
#include <stdint.h>

#include <qpas/rsc_table.h>

#include "tzsim/fuses.h"
#include "tzsim/memory.h"

/* Things that go wrong on demand, a number of times each. */
enum qpasi_tzsim_fault {
	QPASI_TZSIM_BUSY, /* a PAS call answers EBUSY */
	QPASI_TZSIM_INTERRUPTED, /* a PAS call is interrupted before it is done */
	QPASI_TZSIM_WAITQ, /* a PAS call sleeps on a wait queue */
	QPASI_TZSIM_SHORT_TABLE, /* GET_RSCTABLE wants a larger buffer */
	QPASI_TZSIM_INIT_REFUSE, /* INIT_IMAGE refuses */
	QPASI_TZSIM_MEMORY_REFUSE, /* MEM_SETUP refuses */
	QPASI_TZSIM_AUTH_REFUSE, /* AUTH_AND_RESET refuses with a code of its own */
	QPASI_TZSIM_SHUTDOWN_REFUSE, /* SHUTDOWN refuses, the processor goes on */
	QPASI_TZSIM_LOST_AUTH, /* AUTH_AND_RESET is done, its reply is lost */
	QPASI_TZSIM_LOST_SHUTDOWN, /* SHUTDOWN is done, its reply is lost */
	QPASI_TZSIM_NEVER_READY, /* a processor starts and says nothing */
	QPASI_TZSIM_CRASH, /* a processor dies before it is ready */
	QPASI_TZSIM_CRASH_RUNNING, /* a processor dies after it said ready */
	QPASI_TZSIM_CRASH_AFTER, /* one dies that many milliseconds after it said ready */
	QPASI_TZSIM_WATCHDOG, /* one hangs, and its watchdog bites after that many milliseconds */
	QPASI_TZSIM_LOST_INIT, /* INIT_IMAGE is done, its reply is lost */
	QPASI_TZSIM_LOST_TABLE, /* GET_RSCTABLE is done, its reply is lost */
	QPASI_TZSIM_LONG_TABLE, /* GET_RSCTABLE succeeds, with a size above the buffer's */
	QPASI_TZSIM_FAULT_COUNT
};

/* A devmem entry of the static table of a PAS id. */
struct qpasi_tzsim_devmem {
	uint32_t pas_id;
	uint32_t reserved;
	struct qpas_rsc_entry entry;
};

struct qpasi_tzsim_profile {
	const struct qpasi_env *env;
	/* 0: not said. */
	uint32_t host_level;
	uint32_t tz;
	uint32_t faults[QPASI_TZSIM_FAULT_COUNT];
	struct qpasi_tzsim_devmem *devmem;
	uint32_t devmem_count;
	uint32_t devmem_capacity;
	/* PAS ids (owner) that run already, those without a table, memory that the tree lacks. */
	struct qpasi_tzsim_ranges running;
	struct qpasi_tzsim_ranges no_table;
	struct qpasi_tzsim_ranges memory;
	struct qpasi_tzsim_fuses fuses;
};

void qpasi_tzsim_profile_init(struct qpasi_tzsim_profile *profile, const struct qpasi_env *env);
void qpasi_tzsim_profile_free(struct qpasi_tzsim_profile *profile);

/* A number of a profile: decimal, or hexadecimal behind 0x; all of the word, at most `most`. */
bool qpasi_tzsim_number(const char *word, uint64_t most, uint64_t *value);

/* Adds the lines of a text. FORMAT names the line, counted from 1. */
int qpasi_tzsim_profile_read(struct qpasi_tzsim_profile *profile, struct qpas_slice text,
			     struct qpas_error *err);

/* Uses up one of a fault's times; false when there is none (left). */
bool qpasi_tzsim_profile_take(struct qpasi_tzsim_profile *profile, enum qpasi_tzsim_fault fault);
/* For a fault whose number is milliseconds, and which happens once: the number, or 0. */
uint32_t qpasi_tzsim_profile_take_ms(struct qpasi_tzsim_profile *profile,
				     enum qpasi_tzsim_fault fault);

#endif
