/* SPDX-License-Identifier: BSD-3-Clause */
/* What table-driven tests share: a failure names its row. No rule of the library lives here. */
#ifndef TESTS_UNIT_EXPECT_H
#define TESTS_UNIT_EXPECT_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static inline void expect_code(const char *row, int got, int wanted)
{
	if (got != wanted)
		fail_msg("%s: returned %d, not %d", row, got, wanted);
}

static inline void expect_number(const char *row, const char *what, uint64_t got, uint64_t wanted)
{
	if (got != wanted)
		fail_msg("%s: %s is 0x%llx, not 0x%llx", row, what, (unsigned long long)got,
			 (unsigned long long)wanted);
}

/* Repeatable pseudo-random numbers (xorshift64*). */
static inline uint64_t next_random(uint64_t *seed)
{
	*seed ^= *seed >> 12;
	*seed ^= *seed << 25;
	*seed ^= *seed >> 27;
	return *seed * UINT64_C(0x2545f4914f6cdd1d);
}

#endif
