/* SPDX-License-Identifier: BSD-3-Clause */
/* Headers of ELF core files; places of fields are those of the System V ABI. */
#include "format/core_file.h"

#include "base/ckd.h"
#include "base/cursor.h"
#include "base/mem.h"
#include "format/plan.h"

#define EHDR_32 52u
#define EHDR_64 64u
#define PHDR_32 32u
#define PHDR_64 56u
#define ET_CORE 4u
/* Of every range: what the processor may do with it is not the host's to say. */
#define PF_RWX 7u

static size_t headers_size(const struct qpasi_core_file *core)
{
	if (core->class_bits == 32)
		return EHDR_32 + (size_t)core->count * PHDR_32;
	return EHDR_64 + (size_t)core->count * PHDR_64;
}

size_t qpasi_core_settle(struct qpasi_core_file *core)
{
	uint64_t end = headers_size(core);

	for (uint32_t i = 0; i < core->count; i++) {
		if (ckd_add(&end, end, core->ranges[i].length))
			end = UINT64_MAX;
	}
	if (end > UINT32_MAX)
		core->class_bits = 64;
	return headers_size(core);
}

static void write_ident(const struct qpasi_core_file *core, uint8_t *to)
{
	static const uint8_t magic[] = {0x7f, 'E', 'L', 'F'};

	memcpy(to, magic, sizeof(magic));
	to[4] = core->class_bits == 32 ? 1 : 2;
	to[5] = 1; /* little-endian */
	to[6] = 1;
	qpasi_put_le16(to + 16, ET_CORE);
	qpasi_put_le16(to + 18, (uint16_t)core->machine);
	qpasi_put_le32(to + 20, 1);
}

static void write_ehdr_32(const struct qpasi_core_file *core, uint8_t *to)
{
	qpasi_put_le32(to + 24, (uint32_t)core->entry);
	qpasi_put_le32(to + 28, EHDR_32);
	qpasi_put_le16(to + 40, EHDR_32);
	qpasi_put_le16(to + 42, PHDR_32);
	qpasi_put_le16(to + 44, (uint16_t)core->count);
}

static void write_ehdr_64(const struct qpasi_core_file *core, uint8_t *to)
{
	qpasi_put_le64(to + 24, core->entry);
	qpasi_put_le64(to + 32, EHDR_64);
	qpasi_put_le16(to + 52, EHDR_64);
	qpasi_put_le16(to + 54, PHDR_64);
	qpasi_put_le16(to + 56, (uint16_t)core->count);
}

static void write_phdr_32(const struct qpasi_core_range *range, uint64_t offset, uint8_t *to)
{
	qpasi_put_le32(to, QPASI_PT_LOAD);
	qpasi_put_le32(to + 4, (uint32_t)offset);
	qpasi_put_le32(to + 8, (uint32_t)range->address);
	qpasi_put_le32(to + 12, (uint32_t)range->address);
	qpasi_put_le32(to + 16, (uint32_t)range->length);
	qpasi_put_le32(to + 20, (uint32_t)range->length);
	qpasi_put_le32(to + 24, PF_RWX);
}

static void write_phdr_64(const struct qpasi_core_range *range, uint64_t offset, uint8_t *to)
{
	qpasi_put_le32(to, QPASI_PT_LOAD);
	qpasi_put_le32(to + 4, PF_RWX);
	qpasi_put_le64(to + 8, offset);
	qpasi_put_le64(to + 16, range->address);
	qpasi_put_le64(to + 24, range->address);
	qpasi_put_le64(to + 32, range->length);
	qpasi_put_le64(to + 40, range->length);
}

void qpasi_core_headers(const struct qpasi_core_file *core, uint8_t *to)
{
	uint64_t offset = headers_size(core);

	memset(to, 0, headers_size(core));
	write_ident(core, to);
	if (core->class_bits == 32)
		write_ehdr_32(core, to);
	else
		write_ehdr_64(core, to);
	to += core->class_bits == 32 ? EHDR_32 : EHDR_64;
	for (uint32_t i = 0; i < core->count; i++) {
		if (core->class_bits == 32)
			write_phdr_32(&core->ranges[i], offset, to);
		else
			write_phdr_64(&core->ranges[i], offset, to);
		to += core->class_bits == 32 ? PHDR_32 : PHDR_64;
		/* It did not wrap: ELF64 takes what ELF32 cannot, and the lengths are those of a region. */
		offset += core->ranges[i].length;
	}
}
