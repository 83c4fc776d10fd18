/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A reading position in a byte slice with a sticky error: read as many fields as needed, ask once.
 * A read past the end gives 0 and marks the cursor; nothing outside the slice is ever touched.
 */
#ifndef QPASI_BASE_CURSOR_H
#define QPASI_BASE_CURSOR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <qpas/types.h>

struct qpasi_cursor {
	const uint8_t *base;
	size_t size;
	size_t at;
	bool failed;
};

struct qpasi_cursor qpasi_cursor_new(struct qpas_slice bytes);

/* Moves to an absolute offset; past the end is a failure. */
void qpasi_cursor_seek(struct qpasi_cursor *cursor, uint64_t offset);
void qpasi_cursor_skip(struct qpasi_cursor *cursor, uint64_t bytes);

uint8_t qpasi_cursor_u8(struct qpasi_cursor *cursor);
uint16_t qpasi_cursor_le16(struct qpasi_cursor *cursor);
uint32_t qpasi_cursor_le32(struct qpasi_cursor *cursor);
uint64_t qpasi_cursor_le64(struct qpasi_cursor *cursor);

/* The next bytes as a slice; an empty one after a failure. */
struct qpas_slice qpasi_cursor_take(struct qpasi_cursor *cursor, uint64_t bytes);

/* Part of a slice. Returns false, and an empty slice, unless it lies inside as a whole. */
bool qpasi_slice_sub(struct qpas_slice whole, uint64_t offset, uint64_t length,
		     struct qpas_slice *part);

/* Little-endian stores into memory of any alignment. */
void qpasi_put_le16(void *to, uint16_t value);
void qpasi_put_le32(void *to, uint32_t value);
void qpasi_put_le64(void *to, uint64_t value);

/* Little-endian loads from memory of any alignment that the caller knows to be there. */
uint32_t qpasi_get_le32(const void *from);
uint64_t qpasi_get_le64(const void *from);

#endif
