/* SPDX-License-Identifier: BSD-3-Clause */
/* Finds a section: every offset is the file's word, and every access goes through a cursor. */
#include "format/section.h"

#include "base/ckd.h"
#include "base/cursor.h"

#define SHENTSIZE_32 40u
#define SHENTSIZE_64 64u
#define AT_ENTSIZE32 46u
#define AT_ENTSIZE64 58u
#define SHT_NULL     0u
#define SHT_NOBITS   8u
/* More than any firmware has; the kernel's limit would be 65,279. */
#define MOST 256u

struct section {
	uint32_t name;
	uint32_t type;
	uint64_t offset;
	uint64_t size;
};

static uint64_t read_word(struct qpasi_cursor *cursor, const struct qpasi_elf *elf)
{
	return elf->class_bits == 64 ? qpasi_cursor_le64(cursor) : qpasi_cursor_le32(cursor);
}

static bool read_section(const struct qpasi_elf *elf, struct qpas_slice file, uint32_t index,
			 struct section *section)
{
	struct qpasi_cursor cursor = qpasi_cursor_new(file);
	uint32_t size = elf->class_bits == 64 ? SHENTSIZE_64 : SHENTSIZE_32;
	uint64_t at;

	if (ckd_add(&at, elf->shoff, (uint64_t)index * size))
		return false;
	qpasi_cursor_seek(&cursor, at);
	section->name = qpasi_cursor_le32(&cursor);
	section->type = qpasi_cursor_le32(&cursor);
	(void)read_word(&cursor, elf); /* sh_flags */
	(void)read_word(&cursor, elf); /* sh_addr */
	section->offset = read_word(&cursor, elf);
	section->size = read_word(&cursor, elf);
	return !cursor.failed;
}

/* The name table's bytes; false where it is not inside of the file. */
static bool read_names(const struct qpasi_elf *elf, struct qpas_slice file,
		       struct qpas_slice *names)
{
	struct section section;

	if (!read_section(elf, file, elf->shstrndx, &section) || section.type == SHT_NOBITS ||
	    section.offset > file.len || section.size > file.len - section.offset)
		return false;
	names->ptr = (const uint8_t *)file.ptr + section.offset;
	names->len = (size_t)section.size;
	return true;
}

/* The whole name with its NUL, inside of the table. */
static bool has_name(struct qpas_slice names, uint32_t at, const char *name)
{
	struct qpasi_cursor cursor = qpasi_cursor_new(names);

	qpasi_cursor_seek(&cursor, at);
	for (;; name++) {
		if (qpasi_cursor_u8(&cursor) != (uint8_t)*name || cursor.failed)
			return false;
		if (!*name)
			return true;
	}
}

static bool may_have_sections(const struct qpasi_elf *elf, struct qpas_slice file)
{
	struct qpasi_cursor cursor = qpasi_cursor_new(file);
	bool wide = elf->class_bits == 64;

	qpasi_cursor_seek(&cursor, wide ? AT_ENTSIZE64 : AT_ENTSIZE32);
	return elf->shoff && elf->shnum && elf->shnum <= MOST && elf->shstrndx < elf->shnum &&
	       qpasi_cursor_le16(&cursor) == (wide ? SHENTSIZE_64 : SHENTSIZE_32) && !cursor.failed;
}

int qpasi_elf_section(const struct qpasi_elf *elf, struct qpas_slice file, const char *name,
		      uint64_t *offset, uint64_t *size)
{
	struct qpas_slice names = {NULL, 0};
	struct section section;

	if (!may_have_sections(elf, file) || !read_names(elf, file, &names))
		return QPAS_ERR_NOTFOUND;
	for (uint32_t i = 0; i < elf->shnum; i++) {
		if (!read_section(elf, file, i, &section))
			return QPAS_ERR_NOTFOUND;
		if (section.type == SHT_NULL || section.type == SHT_NOBITS || !section.size ||
		    !has_name(names, section.name, name))
			continue;
		*offset = section.offset;
		*size = section.size;
		return 0;
	}
	return QPAS_ERR_NOTFOUND;
}
