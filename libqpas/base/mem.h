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

void *memcpy(void *restrict to, const void *restrict from, size_t bytes);
void *memmove(void *to, const void *from, size_t bytes);
void *memset(void *to, int value, size_t bytes);
int memcmp(const void *a, const void *b, size_t bytes);

/* Compares in time that depends on the length alone. */
bool qpasi_mem_equal(const void *a, const void *b, size_t bytes);

/* Whether all bytes have this value. */
bool qpasi_mem_all(const void *at, uint8_t value, size_t bytes);

#endif
