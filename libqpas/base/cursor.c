/* SPDX-License-Identifier: BSD-3-Clause */
/* The bounds-checked reader. */
#include "base/cursor.h"

#include "base/ckd.h"

struct qpasi_cursor qpasi_cursor_new(struct qpas_slice bytes)
{
	struct qpasi_cursor cursor = {bytes.ptr, bytes.ptr ? bytes.len : 0, 0, false};

	return cursor;
}

void qpasi_cursor_seek(struct qpasi_cursor *cursor, uint64_t offset)
{
	if (offset > cursor->size)
		cursor->failed = true;
	else
		cursor->at = (size_t)offset;
}

/* Where the next `bytes` bytes start, or NULL; moves past them. */
static const uint8_t *advance(struct qpasi_cursor *cursor, uint64_t bytes)
{
	const uint8_t *from;

	if (cursor->failed || !qpasi_fits(cursor->at, bytes, cursor->size)) {
		cursor->failed = true;
		return NULL;
	}
	from = cursor->base + cursor->at;
	cursor->at += (size_t)bytes;
	return from;
}

void qpasi_cursor_skip(struct qpasi_cursor *cursor, uint64_t bytes)
{
	(void)advance(cursor, bytes);
}

uint8_t qpasi_cursor_u8(struct qpasi_cursor *cursor)
{
	const uint8_t *from = advance(cursor, 1);

	return from ? from[0] : 0;
}

uint16_t qpasi_cursor_le16(struct qpasi_cursor *cursor)
{
	const uint8_t *from = advance(cursor, 2);

	if (!from)
		return 0;
	return (uint16_t)(from[0] | from[1] << 8);
}

uint32_t qpasi_cursor_le32(struct qpasi_cursor *cursor)
{
	const uint8_t *from = advance(cursor, 4);

	return from ? qpasi_get_le32(from) : 0;
}

uint64_t qpasi_cursor_le64(struct qpasi_cursor *cursor)
{
	const uint8_t *from = advance(cursor, 8);

	return from ? qpasi_get_le64(from) : 0;
}

struct qpas_slice qpasi_cursor_take(struct qpasi_cursor *cursor, uint64_t bytes)
{
	const uint8_t *from = advance(cursor, bytes);
	struct qpas_slice part = {from, from ? (size_t)bytes : 0};

	return part;
}

bool qpasi_slice_sub(struct qpas_slice whole, uint64_t offset, uint64_t length,
		     struct qpas_slice *part)
{
	part->ptr = NULL;
	part->len = 0;
	if (!qpasi_fits(offset, length, whole.len))
		return false;
	if (whole.ptr)
		part->ptr = (const uint8_t *)whole.ptr + offset;
	part->len = (size_t)length;
	return true;
}

void qpasi_put_le16(void *to, uint16_t value)
{
	uint8_t *byte = to;

	byte[0] = (uint8_t)value;
	byte[1] = (uint8_t)(value >> 8);
}

void qpasi_put_le32(void *to, uint32_t value)
{
	uint8_t *byte = to;

	qpasi_put_le16(byte, (uint16_t)value);
	qpasi_put_le16(byte + 2, (uint16_t)(value >> 16));
}

void qpasi_put_le64(void *to, uint64_t value)
{
	uint8_t *byte = to;

	qpasi_put_le32(byte, (uint32_t)value);
	qpasi_put_le32(byte + 4, (uint32_t)(value >> 32));
}

uint32_t qpasi_get_le32(const void *from)
{
	const uint8_t *byte = from;

	return (uint32_t)byte[0] | (uint32_t)byte[1] << 8 | (uint32_t)byte[2] << 16 |
	       (uint32_t)byte[3] << 24;
}

uint64_t qpasi_get_le64(const void *from)
{
	const uint8_t *byte = from;

	return (uint64_t)qpasi_get_le32(byte) | (uint64_t)qpasi_get_le32(byte + 4) << 32;
}
