/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What a client does to a simulated machine, as lines of text: every secure monitor call with its
 * arguments, every mapping, every write to a carveout, every wait. Registers are decoded by a table
 * of this file's own, so that an encoder that is wrong cannot agree with itself.
 */
#ifndef TESTS_INTEGRATION_CALL_LOG_H
#define TESTS_INTEGRATION_CALL_LOG_H

#include "support/tzsim_rig.h"

#define CALL_LOG_LINES 160
#define CALL_LOG_WIDTH 112

/* Memory with a name: shared buffers, and what a bridge was made over. */
struct call_log_range {
	uint64_t address;
	uint64_t length;
	uint64_t handle;
	/* Made over memory that shared_alloc gave. */
	bool is_buffer;
};

struct call_log {
	char line[CALL_LOG_LINES][CALL_LOG_WIDTH];
	uint32_t count;
	/* What the client has of shared memory, and which bridges it made and has not deleted. */
	struct call_log_range buffers[8];
	struct call_log_range bridges[8];
	uint32_t buffer_count, bridge_count;
	/* The secure monitor call of this number, from 1, is answered with -2 and not carried out. */
	uint32_t refuse_nth;
	uint32_t smc_count;
	char refused[CALL_LOG_WIDTH];
	struct rig *rig;
};

/* Puts itself in front of the rig's functions; `log` must outlive the client. */
void call_log_begin(struct call_log *log, struct rig *rig);
/* Forgets the lines, not the memory. */
void call_log_clear(struct call_log *log);
/* The lines are these, in this order, up to NULL. */
void call_log_expect(const struct call_log *log, const char *what, const char *const *wanted);
/* How many lines begin with this. */
uint32_t call_log_number(const struct call_log *log, const char *start);

#endif
