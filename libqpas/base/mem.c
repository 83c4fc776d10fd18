/* SPDX-License-Identifier: BSD-3-Clause */
/* Comparisons over byte ranges. */
#include "base/mem.h"

bool qpasi_mem_equal(const void *a, const void *b, size_t bytes)
{
	const uint8_t *left = a;
	const uint8_t *right = b;
	/* volatile keeps the compiler from leaving the loop at the first difference */
	volatile uint8_t difference = 0;

	for (size_t i = 0; i < bytes; i++)
		difference = (uint8_t)(difference | (left[i] ^ right[i]));
	return difference == 0;
}

bool qpasi_mem_all(const void *at, uint8_t value, size_t bytes)
{
	const uint8_t *byte = at;

	for (size_t i = 0; i < bytes; i++) {
		if (byte[i] != value)
			return false;
	}
	return true;
}
