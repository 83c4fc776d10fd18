/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Measures what covers each part of a real image: one byte is changed at a time, and the report has
 * to name the part, or say that nothing covers it. Parts are laid out by literal offsets of the
 * format's description; nothing of the library's own layout is asked.
 */
#ifndef TESTS_CORPUS_COVERAGE_H
#define TESTS_CORPUS_COVERAGE_H

#include <stddef.h>
#include <stdint.h>

/* Bytes changed, and those of them that nothing covers. */
struct coverage {
	unsigned int changed;
	unsigned int uncovered;
};

/*
 * Prints a line for each kind of part; a part that is not named fails the test. `most` bytes are
 * changed in each part, evenly spread, the first and the last one among them. The bytes are as they
 * were when it returns.
 */
void coverage_measure(uint8_t *bytes, size_t size, unsigned int most, struct coverage *total);

#endif
