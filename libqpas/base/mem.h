/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The four memory functions that a compiler may call even without a C library. An embedder at EL2
 * supplies them; on a host they are libc's.
 */
#ifndef QPASI_BASE_MEM_H
#define QPASI_BASE_MEM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

void *memcpy(void *restrict, const void *restrict, size_t);
void *memmove(void *, const void *, size_t);
void *memset(void *, int, size_t);
int memcmp(const void *, const void *, size_t);

/* Compares in time that depends on the length alone. */
bool qpasi_mem_equal(const void *a, const void *b, size_t bytes);

/* Whether all bytes have this value. */
bool qpasi_mem_all(const void *at, uint8_t value, size_t bytes);

#endif
