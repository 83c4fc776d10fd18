/* SPDX-License-Identifier: BSD-3-Clause */
/* The four memory functions that libqpas asks an embedder at EL2 for. */
#include "base/mem.h"

void *memcpy(void *restrict to, const void *restrict from, size_t size)
{
	unsigned char *restrict target = to;
	const unsigned char *restrict source = from;

	for (size_t i = 0; i < size; i++)
		target[i] = source[i];
	return to;
}

void *memmove(void *to, const void *from, size_t size)
{
	unsigned char *target = to;
	const unsigned char *source = from;

	if (target < source)
		return memcpy(to, from, size);
	while (size--)
		target[size] = source[size];
	return to;
}

void *memset(void *to, int value, size_t size)
{
	unsigned char *target = to;

	for (size_t i = 0; i < size; i++)
		target[i] = (unsigned char)value;
	return to;
}

int memcmp(const void *one, const void *other, size_t size)
{
	const unsigned char *a = one;
	const unsigned char *b = other;

	for (size_t i = 0; i < size; i++) {
		if (a[i] != b[i])
			return a[i] < b[i] ? -1 : 1;
	}
	return 0;
}
