/* SPDX-License-Identifier: BSD-3-Clause */
/* The one clock of the library: CLOCK_MONOTONIC nanoseconds. */
#ifndef QPASI_CORE_CLOCK_H
#define QPASI_CORE_CLOCK_H

#include <stdint.h>
#include <time.h>

static inline int64_t qpasi_now(void)
{
	struct timespec now = {0, 0};

	(void)clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * INT64_C(1000000000) + now.tv_nsec;
}

/* The deadline `nanoseconds` from now, or `latest` if that comes first; negative means none. */
static inline int64_t qpasi_deadline_in(int64_t nanoseconds, int64_t latest)
{
	int64_t at;

	if (__builtin_add_overflow(qpasi_now(), nanoseconds, &at))
		return latest;
	return latest >= 0 && latest < at ? latest : at;
}

#endif
