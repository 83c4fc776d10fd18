/* SPDX-License-Identifier: BSD-3-Clause */
/* libelf and our decoder must read the same headers from the same bytes. */
#include "image/libelf_check.h"

#include <gelf.h>
#include <libelf.h>
#include <string.h>

/* Where the section fields stand: e_shoff, then e_shentsize, e_shnum, e_shstrndx. */
#define SHOFF32	   32
#define SHOFF64	   40
#define SECTIONS32 46
#define SECTIONS64 58

static int differs(struct qpas_error *err, const char *field, uint32_t segment, uint64_t ours,
		   uint64_t theirs)
{
	struct qpasi_fault fault = QPASI_FAULT_INIT;

	(void)qpasi_fault_set(&fault, QPASI_MSG_ELF_DISAGREE, segment, ours, theirs);
	fault.s = field;
	return qpasi_fault_report(&fault, QPAS_STAGE_HEADERS, err);
}

static int refused(struct qpas_error *err)
{
	const char *reason = elf_errmsg(-1);

	return qpasi_error_set(err, QPASI_MSG_ELF_LIBELF, QPAS_STAGE_HEADERS,
			       reason ? reason : "no reason given");
}

struct pair {
	const char *field;
	uint64_t ours;
	uint64_t theirs;
};

static int compare(const struct pair *pairs, size_t count, uint32_t segment, struct qpas_error *err)
{
	for (size_t i = 0; i < count; i++) {
		if (pairs[i].ours != pairs[i].theirs)
			return differs(err, pairs[i].field, segment, pairs[i].ours,
				       pairs[i].theirs);
	}
	return 0;
}

static int compare_header(Elf *handle, const struct qpasi_elf *elf, struct qpas_error *err)
{
	GElf_Ehdr header;
	size_t phnum = 0;

	if (!gelf_getehdr(handle, &header) || elf_getphdrnum(handle, &phnum))
		return refused(err);
	const struct pair pairs[] = {
		{"the class", elf->class_bits, header.e_ident[EI_CLASS] == ELFCLASS64 ? 64u : 32u},
		{"e_machine", elf->machine, header.e_machine},
		{"e_entry", elf->entry, header.e_entry},
		{"e_phoff", elf->phoff, header.e_phoff},
		{"e_ehsize", elf->ehsize, header.e_ehsize},
		{"e_phentsize", elf->phentsize, header.e_phentsize},
		{"e_phnum", elf->phnum, phnum},
	};

	return compare(pairs, sizeof(pairs) / sizeof(pairs[0]), QPAS_NO_SEGMENT, err);
}

static int compare_phdr(Elf *handle, const struct qpasi_elf *elf, uint32_t index,
			struct qpas_error *err)
{
	const struct qpasi_phdr *phdr = &elf->phdr[index];
	GElf_Phdr theirs;

	if (!gelf_getphdr(handle, (int)index, &theirs))
		return refused(err);
	const struct pair pairs[] = {
		{"p_type", phdr->type, theirs.p_type},
		{"p_flags", phdr->flags, theirs.p_flags},
		{"p_offset", phdr->offset, theirs.p_offset},
		{"p_vaddr", phdr->vaddr, theirs.p_vaddr},
		{"p_paddr", phdr->paddr, theirs.p_paddr},
		{"p_filesz", phdr->filesz, theirs.p_filesz},
		{"p_memsz", phdr->memsz, theirs.p_memsz},
		{"p_align", phdr->align, theirs.p_align},
	};

	return compare(pairs, sizeof(pairs) / sizeof(pairs[0]), index, err);
}

static int compare_all(Elf *handle, const struct qpasi_elf *elf, struct qpas_error *err)
{
	int result = compare_header(handle, elf, err);

	for (uint32_t i = 0; !result && i < elf->phnum; i++)
		result = compare_phdr(handle, elf, i, err);
	return result;
}

/*
 * libelf looks at section fields when it opens a file, even if nobody asks for sections; what it
 * refuses and how much memory it takes for them (several hundred bytes for each section that fits
 * the file) is up to its release. Nothing here uses sections, and images with nonsense in those
 * fields must open. So libelf gets a copy of the ELF header and the program headers, byte for byte,
 * with only the section fields cleared.
 */
static void clear_sections(char *copy, const struct qpasi_elf *elf)
{
	bool wide = elf->class_bits == 64;

	memset(copy + (wide ? SHOFF64 : SHOFF32), 0, wide ? 8 : 4);
	memset(copy + (wide ? SECTIONS64 : SECTIONS32), 0, 6);
}

int qpasi_libelf_check(const struct qpasi_env *env, struct qpas_slice file,
		       const struct qpasi_elf *elf, struct qpas_error *err)
{
	size_t bytes = (size_t)(elf->phoff + (uint64_t)elf->phnum * elf->phentsize);
	char *copy = qpasi_env_alloc(env, bytes);
	Elf *handle = NULL;
	int result;

	if (!copy)
		return qpasi_error_set(err, QPASI_MSG_NO_MEMORY, QPAS_STAGE_HEADERS, NULL);
	memcpy(copy, file.ptr, bytes);
	clear_sections(copy, elf);
	if (elf_version(EV_CURRENT) != EV_NONE)
		handle = elf_memory(copy, bytes);
	result = handle ? compare_all(handle, elf, err) : refused(err);
	if (handle)
		(void)elf_end(handle);
	qpasi_env_free(env, copy);
	return result;
}
