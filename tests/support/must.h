/* SPDX-License-Identifier: BSD-3-Clause */
/* Stops a test program whose own scaffolding breaks: that is never a result of what is tested. */
#ifndef QPAS_TESTS_MUST_H
#define QPAS_TESTS_MUST_H

#include <stdio.h>
#include <stdlib.h>

#define test_must(condition, what)                                                           \
	do {                                                                                 \
		if (!(condition)) {                                                          \
			fprintf(stderr, "%s:%d: test scaffolding: %s\n", __FILE__, __LINE__, \
				what);                                                       \
			abort();                                                             \
		}                                                                            \
	} while (0)

#endif
