/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What the tool says to people: colours, error sentences, exit codes, progress, time.
 * No command logic and no JSON lives here.
 */
#ifndef QPAS_TOOL_OUT_H
#define QPAS_TOOL_OUT_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include <qpas/qpas.h>

/* Exit codes; with several inputs the highest one counts. */
enum exit_code {
	EXIT_FINE = 0,
	EXIT_BAD = 1, /* the input was read and is bad or refused */
	EXIT_USAGE = 2,
	EXIT_HERE = 3 /* could not be done here */
};

/* Whom NOTFOUND and UNSUPP are about: an image or peripheral is bad, a backend is missing here. */
enum blame { BLAME_INPUT, BLAME_BACKEND };

enum style { STYLE_PLAIN, STYLE_BOLD, STYLE_DIM, STYLE_GOOD, STYLE_WARN, STYLE_BAD };

#define OUT_FORMAT(a, b) __attribute__((format(printf, a, b)))

int exit_of(const struct qpas_error *err, enum blame blame);
int exit_worst(int a, int b);

/* The escape sequences of a style, or "" where the stream is no terminal or NO_COLOR is set. */
const char *style_on(FILE *to, enum style style);
const char *style_off(FILE *to);

/* Prints a text of unknown origin: control characters become \xNN. Returns the columns it takes. */
size_t print_safe(FILE *to, const char *text);
/* The columns that print_safe() would take. */
size_t safe_width(const char *text);
/* Spaces from column `from` to column `to`, at least one. */
void print_pad(size_t from, size_t to);

/* "qpas: SUBJECT: sentence", then class, stage, segment, offset and the trusted world's word. */
void report_error(const char *subject, const struct qpas_error *err);
/* A message of the tool's own, without a library error behind it. */
void report(const char *format, ...) OUT_FORMAT(1, 2);
/* A usage message with the way to the help; returns EXIT_USAGE. */
int report_usage(const char *command, const char *format, ...) OUT_FORMAT(2, 3);

/* Fills an error that the tool found itself. */
void error_set(struct qpas_error *err, int code, int os_errno, const char *format, ...)
	OUT_FORMAT(4, 5);

/* One line on a terminal's standard error that is overwritten by the next; nothing elsewhere. */
void progress(const char *format, ...) OUT_FORMAT(1, 2);
void progress_clear(void);

/* The ending of a noun after a number: "" for 1, else "s". */
const char *plural(uint64_t count);

int64_t now_ns(void);
double as_ms(int64_t ns);

/* Flushes standard output; EXIT_HERE and a message if what was printed did not get through. */
int out_finish(int code);

#endif
