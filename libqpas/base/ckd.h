/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Checked arithmetic, named as in C23 <stdckdint.h>: true means that the result does not fit.
 * Every sum, difference or product of values that come from outside goes through these.
 */
#ifndef QPASI_BASE_CKD_H
#define QPASI_BASE_CKD_H

#include <stdbool.h>
#include <stdint.h>

#define ckd_add(result, a, b) __builtin_add_overflow((a), (b), (result))
#define ckd_sub(result, a, b) __builtin_sub_overflow((a), (b), (result))
#define ckd_mul(result, a, b) __builtin_mul_overflow((a), (b), (result))

/* Rounds up to a power of two; true if that wraps. */
static inline bool qpasi_ckd_align_up(uint64_t *result, uint64_t value, uint64_t alignment)
{
	uint64_t sum;

	if (ckd_add(&sum, value, alignment - 1))
		return true;
	*result = sum & ~(alignment - 1);
	return false;
}

/* Whether [offset, offset + length) lies in [0, size): written so that nothing can wrap. */
static inline bool qpasi_fits(uint64_t offset, uint64_t length, uint64_t size)
{
	return offset <= size && length <= size - offset;
}

#endif
