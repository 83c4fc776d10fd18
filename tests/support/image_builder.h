/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Peripheral images made in memory for tests: both ELF classes, every MBN header version, correct
 * digest tables, slots for signatures and chains. Numbers here are the format's own, written out
 * again on purpose: a test must not judge the library by the library's constants.
 * Nothing here fails softly: a builder that cannot do its work ends the test.
 */
#ifndef QPAS_TESTS_IMAGE_BUILDER_H
#define QPAS_TESTS_IMAGE_BUILDER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define TEST_IMAGE_MAX_SEGMENTS 256

/* p_type and p_flags, as files have them. */
#define TEST_PT_NULL	       0u
#define TEST_PT_LOAD	       1u
#define TEST_PT_NOTE	       4u
#define TEST_PT_ONE_SHOT       0x70000000u
#define TEST_FLAGS_HEADERS     0x07000000u
#define TEST_FLAGS_HASH	       0x02200000u
#define TEST_FLAGS_HASH_NEW    0x02000000u
#define TEST_FLAGS_RELOCATABLE 0x08000000u

/* One program header behind the placeholder; the hash segment is not listed. */
struct test_segment {
	uint32_t type; /* p_type */
	uint32_t flags; /* p_flags, the relocatable bit included */
	uint64_t vaddr;
	uint64_t paddr;
	uint64_t filesz;
	uint64_t memsz;
	const void *data; /* filesz bytes; NULL: a pattern that differs for each segment */
	uint64_t offset; /* p_offset; 0: packed in order behind what comes before, 4 KiB aligned */
};

enum test_hash_position {
	TEST_HASH_SECOND, /* index 1, behind the headers in the file */
	TEST_HASH_LAST /* last header, behind everything in the file */
};

struct test_image_spec {
	uint32_t elf_class; /* 32 or 64 */
	uint32_t machine; /* e_machine */
	uint64_t entry;
	/* 3, 5, 6, 7, 8; 0: no placeholder and no hash segment; other numbers: a v6 layout with it */
	uint32_t mbn_version;
	uint32_t digest_size; /* 32 or 48; 0: what the version usually has */
	enum test_hash_position hash_position;
	/* Slots of the hash segment; they are filled with 0xa5 and 0x5a (signatures), 0xff (chains). */
	uint32_t oem_signature;
	uint32_t oem_chain;
	uint32_t qti_signature;
	uint32_t qti_chain;
	bool qti_metadata; /* v6 to v8: a metadata block for that signer, too */
	uint32_t filler; /* 0xff bytes behind the last slot */
	uint32_t sw_id; /* v6 to v8: written where the version has it */
	const struct test_segment *segments;
	size_t segment_count;
};

/*
 * The usual image: ELF32, v6, SHA-384, ECDSA-sized slots, and, when `segments` is NULL, three
 * relocatable PT_LOADs: data with a zeroed tail, data only, zero-fill only.
 */
#define TEST_IMAGE_SPEC_INIT                                                              \
	{                                                                                 \
		32, 164, 0, 6, 0, TEST_HASH_SECOND, 104, 3360, 0, 0, false, 0, 4, NULL, 0 \
	}

/* Part of the hash segment: offset in the file, length. */
struct test_part {
	size_t offset;
	size_t length;
};

struct test_image {
	uint8_t *bytes;
	size_t size;
	uint32_t elf_class;
	uint32_t phnum;
	uint32_t hash_index; /* 0xffffffff: none */
	uint32_t digest_size;
	uint32_t mbn_version;
	struct test_part hash; /* the whole segment */
	struct test_part header; /* common metadata not included */
	struct test_part common;
	struct test_part qti_metadata;
	struct test_part oem_metadata;
	struct test_part table;
	struct test_part qti_signature;
	struct test_part qti_chain;
	struct test_part oem_signature;
	struct test_part oem_chain;
};

/* Fields of the ELF header and of a program header. */
enum test_ehdr {
	TEST_E_MACHINE,
	TEST_E_ENTRY,
	TEST_E_PHOFF,
	TEST_E_SHOFF,
	TEST_E_EHSIZE,
	TEST_E_PHENTSIZE,
	TEST_E_PHNUM,
	TEST_E_SHENTSIZE,
	TEST_E_SHNUM,
	TEST_E_SHSTRNDX
};

enum test_phdr {
	TEST_P_TYPE,
	TEST_P_FLAGS,
	TEST_P_OFFSET,
	TEST_P_VADDR,
	TEST_P_PADDR,
	TEST_P_FILESZ,
	TEST_P_MEMSZ,
	TEST_P_ALIGN
};

/* Makes an image; the caller frees it. `spec` NULL: the usual one. */
void test_image_build(struct test_image *image, const struct test_image_spec *given);
void test_image_free(struct test_image *image);
void test_image_copy(struct test_image *to, const struct test_image *from);

/* Little-endian fields at an offset of the file; width 1, 2, 4 or 8. */
uint64_t test_image_get(const struct test_image *image, size_t offset, unsigned int width);
void test_image_set(struct test_image *image, size_t offset, unsigned int width, uint64_t value);

/* Where a field stands, and edits by name; `index` is that of the program header. */
size_t test_ehdr_offset(const struct test_image *image, enum test_ehdr field, unsigned int *width);
size_t test_phdr_offset(const struct test_image *image, uint32_t index, enum test_phdr field,
			unsigned int *width);
void test_ehdr_set(struct test_image *image, enum test_ehdr field, uint64_t value);
uint64_t test_phdr_get(const struct test_image *image, uint32_t index, enum test_phdr field);
void test_phdr_set(struct test_image *image, uint32_t index, enum test_phdr field, uint64_t value);

/* 32-bit word of the MBN header. */
void test_mbn_set(struct test_image *image, size_t offset, uint32_t value);

/* Makes the digest table right again after an edit, in the place where it is. */
void test_image_rehash(struct test_image *image);

/*
 * Gives the image section headers, behind all else: an empty one, one of this name over these bytes of
 * the file, and the names. Digests are made right again.
 */
void test_image_add_section(struct test_image *image, const char *name, uint64_t offset,
			    uint64_t size);
/* Where section header `index` (0 to 2) stands that test_image_add_section() made. */
size_t test_section_offset(const struct test_image *image, uint32_t index);

/* Appends bytes to the file (trailing data, nested images). */
void test_image_append(struct test_image *image, const void *bytes, size_t length);
/* Cuts or zero-extends the file. */
void test_image_resize(struct test_image *image, size_t size);

/* A new empty folder; `path` has room for 64 bytes. Returns an O_DIRECTORY descriptor. */
int test_folder_new(char path[64]);
/* Removes it with all it holds and closes the descriptor. */
void test_folder_remove(const char *path, int dirfd);

void test_file_write(int dirfd, const char *name, const void *bytes, size_t size);
void test_image_write(const struct test_image *image, int dirfd, const char *name);
/* STEM.mdt (headers, then hash segment) and STEM.bNN for every other header with data. */
void test_image_write_split(const struct test_image *image, int dirfd, const char *stem);

#endif
