/* SPDX-License-Identifier: BSD-3-Clause */
/* The ELF header decoder: bytes to normalised program headers, and no judgement on them. */
#include "format/elf.h"

#include "base/ckd.h"
#include "base/cursor.h"
#include "base/mem.h"

#define EI_CLASS   4
#define EI_DATA	   5
#define EI_VERSION 6
#define EI_NIDENT  16

#define CLASS32	    1
#define CLASS64	    2
#define DATA_LITTLE 1
#define PN_XNUM	    0xffffu

static int check_magic(struct qpas_slice file, struct qpasi_fault *fault)
{
	static const uint8_t magic[4] = {0x7f, 'E', 'L', 'F'};
	const uint8_t *byte = file.ptr;

	for (size_t i = 0; i < sizeof(magic) && i < file.len; i++) {
		if (byte[i] != magic[i])
			return qpasi_fault_at(fault, QPASI_MSG_ELF_MAGIC, QPAS_NO_SEGMENT, i,
					      byte[i], magic[i]);
	}
	return 0;
}

static int too_short(struct qpas_slice file, uint64_t needed, struct qpasi_fault *fault)
{
	return qpasi_fault_at(fault, QPASI_MSG_ELF_SHORT, QPAS_NO_SEGMENT, file.len, file.len,
			      needed);
}

static int decode_ident(struct qpas_slice file, struct qpasi_elf *elf, struct qpasi_fault *fault)
{
	const uint8_t *ident = file.ptr;
	int result = check_magic(file, fault);

	if (result)
		return result;
	if (file.len < EI_NIDENT)
		return too_short(file, EI_NIDENT, fault);
	if (ident[EI_CLASS] != CLASS32 && ident[EI_CLASS] != CLASS64)
		return qpasi_fault_at(fault, QPASI_MSG_ELF_CLASS, QPAS_NO_SEGMENT, EI_CLASS,
				      ident[EI_CLASS], 0);
	if (ident[EI_DATA] != DATA_LITTLE)
		return qpasi_fault_at(fault, QPASI_MSG_ELF_ENDIAN, QPAS_NO_SEGMENT, EI_DATA,
				      ident[EI_DATA], 0);
	if (ident[EI_VERSION] != 1)
		return qpasi_fault_at(fault, QPASI_MSG_ELF_VERSION, QPAS_NO_SEGMENT, EI_VERSION,
				      ident[EI_VERSION], 0);
	elf->class_bits = ident[EI_CLASS] == CLASS64 ? 64 : 32;
	elf->ehdr_size = elf->class_bits == 64 ? 64 : 52;
	return 0;
}

/* A field whose width is that of the class. */
static uint64_t read_word(struct qpasi_cursor *cursor, const struct qpasi_elf *elf)
{
	return elf->class_bits == 64 ? qpasi_cursor_le64(cursor) : qpasi_cursor_le32(cursor);
}

static int decode_header(struct qpas_slice file, struct qpasi_elf *elf, struct qpasi_fault *fault)
{
	struct qpasi_cursor cursor = qpasi_cursor_new(file);

	qpasi_cursor_skip(&cursor, EI_NIDENT + 2);
	elf->machine = qpasi_cursor_le16(&cursor);
	qpasi_cursor_skip(&cursor, 4);
	elf->entry = read_word(&cursor, elf);
	elf->phoff = read_word(&cursor, elf);
	elf->shoff = read_word(&cursor, elf);
	qpasi_cursor_skip(&cursor, 4);
	elf->ehsize = qpasi_cursor_le16(&cursor);
	elf->phentsize = qpasi_cursor_le16(&cursor);
	elf->phnum = qpasi_cursor_le16(&cursor);
	qpasi_cursor_skip(&cursor, 2);
	elf->shnum = qpasi_cursor_le16(&cursor);
	elf->shstrndx = qpasi_cursor_le16(&cursor);
	if (cursor.failed)
		return too_short(file, elf->ehdr_size, fault);
	return 0;
}

static int check_counts(const struct qpasi_elf *elf, uint32_t limit, struct qpasi_fault *fault)
{
	uint32_t size = elf->class_bits == 64 ? 56 : 32;

	if (limit > QPASI_ELF_MAX_PHDRS)
		limit = QPASI_ELF_MAX_PHDRS;
	/* First: a header of the other class has its count in another place. */
	if (elf->phentsize != size)
		return qpasi_fault_set(fault, QPASI_MSG_ELF_PHENTSIZE, QPAS_NO_SEGMENT,
				       elf->phentsize, size);
	if (elf->phnum == 0)
		return qpasi_fault_set(fault, QPASI_MSG_ELF_NO_HEADERS, QPAS_NO_SEGMENT, 0, 0);
	if (elf->phnum == PN_XNUM)
		return qpasi_fault_set(fault, QPASI_MSG_ELF_XNUM, QPAS_NO_SEGMENT, 0, 0);
	if (elf->phnum > limit)
		return qpasi_fault_set(fault, QPASI_MSG_ELF_TOO_MANY, QPAS_NO_SEGMENT, elf->phnum,
				       limit);
	return 0;
}

/* A table in its usual place behind the header that does not fit means a file that was cut. */
static int check_table(struct qpas_slice file, const struct qpasi_elf *elf,
		       struct qpasi_fault *fault)
{
	uint64_t bytes = (uint64_t)elf->phnum * elf->phentsize;
	uint64_t end;

	if (qpasi_elf_sum(elf, elf->phoff, bytes, &end))
		return qpasi_fault_set(fault, QPASI_MSG_ELF_PHOFF_WRAP, QPAS_NO_SEGMENT, elf->phoff,
				       elf->phnum);
	if (elf->phoff < elf->ehdr_size)
		return qpasi_fault_set(fault, QPASI_MSG_ELF_PHOFF_INSIDE, QPAS_NO_SEGMENT,
				       elf->phoff, elf->ehdr_size);
	if (end > file.len && elf->phoff == elf->ehdr_size)
		return too_short(file, end, fault);
	if (end > file.len)
		return qpasi_fault_set(fault, QPASI_MSG_ELF_PHOFF_RANGE, QPAS_NO_SEGMENT,
				       elf->phoff, file.len);
	return 0;
}

static void decode_phdr32(struct qpasi_cursor *cursor, struct qpasi_phdr *phdr)
{
	phdr->type = qpasi_cursor_le32(cursor);
	phdr->offset = qpasi_cursor_le32(cursor);
	phdr->vaddr = qpasi_cursor_le32(cursor);
	phdr->paddr = qpasi_cursor_le32(cursor);
	phdr->filesz = qpasi_cursor_le32(cursor);
	phdr->memsz = qpasi_cursor_le32(cursor);
	phdr->flags = qpasi_cursor_le32(cursor);
	phdr->align = qpasi_cursor_le32(cursor);
}

static void decode_phdr64(struct qpasi_cursor *cursor, struct qpasi_phdr *phdr)
{
	phdr->type = qpasi_cursor_le32(cursor);
	phdr->flags = qpasi_cursor_le32(cursor);
	phdr->offset = qpasi_cursor_le64(cursor);
	phdr->vaddr = qpasi_cursor_le64(cursor);
	phdr->paddr = qpasi_cursor_le64(cursor);
	phdr->filesz = qpasi_cursor_le64(cursor);
	phdr->memsz = qpasi_cursor_le64(cursor);
	phdr->align = qpasi_cursor_le64(cursor);
}

int qpasi_elf_decode(struct qpas_slice file, uint32_t limit, struct qpasi_elf *elf,
		     struct qpasi_fault *fault)
{
	struct qpasi_cursor cursor = qpasi_cursor_new(file);
	int result;

	memset(elf, 0, sizeof(*elf));
	result = decode_ident(file, elf, fault);
	if (!result)
		result = decode_header(file, elf, fault);
	if (!result)
		result = check_counts(elf, limit, fault);
	if (!result)
		result = check_table(file, elf, fault);
	if (result)
		goto out;
	qpasi_cursor_seek(&cursor, elf->phoff);
	for (uint32_t i = 0; i < elf->phnum; i++) {
		if (elf->class_bits == 64)
			decode_phdr64(&cursor, &elf->phdr[i]);
		else
			decode_phdr32(&cursor, &elf->phdr[i]);
	}
	if (cursor.failed)
		result = too_short(file, cursor.size, fault);
out:
	/* A half-read header must not look like one. */
	if (result)
		memset(elf, 0, sizeof(*elf));
	return result;
}

uint64_t qpasi_elf_headers_size(const struct qpasi_elf *elf)
{
	return elf->ehdr_size + (uint64_t)elf->phnum * elf->phentsize;
}

bool qpasi_elf_sum(const struct qpasi_elf *elf, uint64_t a, uint64_t b, uint64_t *sum)
{
	if (ckd_add(sum, a, b))
		return true;
	return elf->class_bits == 32 && *sum > UINT32_MAX;
}
