/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What the server tells: a line for each call and each thing that happens, as text or as JSON Lines,
 * and the transcript of calls with the memory that belongs to them.
 */
#ifndef QPAS_TOOL_TZ_JOURNAL_H
#define QPAS_TOOL_TZ_JOURNAL_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "ram.h"
#include "scmi.h"

struct journal {
	FILE *to;
	bool json;
	FILE *record; /* NULL: none */
	const char *record_path;
	int64_t start;
	bool failed; /* something could not be written */
	char line[160]; /* what the relay says, until its line ends */
	size_t length;
};

/* One call, before it is answered: what the answer may overwrite is kept. */
struct journal_call {
	unsigned core;
	uint64_t x[8];
	int decoded; /* 0, or why the registers are no call */
	struct qpas_scm_call call;
	struct json_object *blobs; /* NULL: none, or nothing is recorded */
};

/* Opens what the paths name; NULL: standard error, or standard output for JSON. Exit code. */
int journal_open(struct journal *journal, const char *log, const char *record, bool json,
		 struct qpas_error *err);
/* EXIT_HERE and a message if something was lost. */
int journal_close(struct journal *journal, int code);

void journal_begin(struct journal *journal, const struct ram *ram, struct journal_call *call,
		   unsigned core, const uint64_t x[8]);
void journal_end(struct journal *journal, const struct ram *ram, struct journal_call *call,
		 const uint64_t r[8], const char *reason);
/* The SCMI call, which is an SMC without arguments; NULL: there was no message. */
void journal_scmi(struct journal *journal, const struct journal_call *call,
		  const struct board *board, const struct scmi_said *said);
/* Anything else; `who` and `text` may be NULL. */
void journal_event(struct journal *journal, const char *what, const char *who, const char *text);
/* Text of the relay, in pieces. */
void journal_relay(struct journal *journal, const char *bytes, size_t length);

#endif
