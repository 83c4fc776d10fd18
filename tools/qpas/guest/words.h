/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Lists of texts that own what they hold: command lines, and paths that were put together.
 */
#ifndef QPAS_TOOL_GUEST_WORDS_H
#define QPAS_TOOL_GUEST_WORDS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#include "../out.h"

/* Starts as all zero. */
struct words {
	char **list; /* ends with NULL */
	size_t count;
	bool failed; /* memory ran out: the list is not complete */
};

/* Adds a text and returns it, or "" when memory ran out. */
const char *words_add(struct words *words, const char *format, ...) OUT_FORMAT(2, 3);
void words_free(struct words *words);
/* On one line, as a shell would take them. */
void words_print(FILE *to, const struct words *words);

#endif
