/* SPDX-License-Identifier: BSD-3-Clause */
/* Makes images: layout first, then headers, hash segment and digests. Files: image_files.c. */
#include "support/image_builder.h"

#include <stdlib.h>
#include <string.h>

#include <openssl/evp.h>

#include "support/must.h"
#include "support/report.h"

#define NO_INDEX 0xffffffffu

static const struct test_segment default_segments[] = {
	{TEST_PT_LOAD, TEST_FLAGS_RELOCATABLE | 5, 0xc0000000, 0x8b000000, 0x1234, 0x3000, NULL, 0},
	{TEST_PT_LOAD, TEST_FLAGS_RELOCATABLE | 6, 0xc0003000, 0x8b003000, 0x800, 0x800, NULL, 0},
	{TEST_PT_LOAD, TEST_FLAGS_RELOCATABLE | 6, 0xc0004000, 0x8b004000, 0, 0x1000, NULL, 0},
};

static void put(uint8_t *to, unsigned int width, uint64_t value)
{
	for (unsigned int i = 0; i < width; i++)
		to[i] = (uint8_t)(value >> 8 * i);
}

static uint64_t get(const uint8_t *from, unsigned int width)
{
	uint64_t value = 0;

	for (unsigned int i = width; i-- > 0;)
		value = value << 8 | from[i];
	return value;
}

uint64_t test_image_get(const struct test_image *image, size_t offset, unsigned int width)
{
	test_must(width <= 8 && offset + width <= image->size, "read inside the image");
	return get(image->bytes + offset, width);
}

void test_image_set(struct test_image *image, size_t offset, unsigned int width, uint64_t value)
{
	test_must(width <= 8 && offset + width <= image->size, "write inside the image");
	put(image->bytes + offset, width, value);
}

size_t test_ehdr_offset(const struct test_image *image, enum test_ehdr field, unsigned int *width)
{
	static const uint8_t at[][4] = {
		/* offset and width, 32 then 64 bit */
		[TEST_E_MACHINE] = {18, 2, 18, 2}, [TEST_E_ENTRY] = {24, 4, 24, 8},
		[TEST_E_PHOFF] = {28, 4, 32, 8},   [TEST_E_SHOFF] = {32, 4, 40, 8},
		[TEST_E_EHSIZE] = {40, 2, 52, 2},  [TEST_E_PHENTSIZE] = {42, 2, 54, 2},
		[TEST_E_PHNUM] = {44, 2, 56, 2},   [TEST_E_SHENTSIZE] = {46, 2, 58, 2},
		[TEST_E_SHNUM] = {48, 2, 60, 2},   [TEST_E_SHSTRNDX] = {50, 2, 62, 2},
	};
	unsigned int wide = image->elf_class == 64 ? 2 : 0;

	*width = at[field][wide + 1];
	return at[field][wide];
}

static size_t header_size(const struct test_image *image)
{
	return image->elf_class == 64 ? 64 : 52;
}

static size_t entry_size(const struct test_image *image)
{
	return image->elf_class == 64 ? 56 : 32;
}

size_t test_phdr_offset(const struct test_image *image, uint32_t index, enum test_phdr field,
			unsigned int *width)
{
	static const uint8_t at[][4] = {
		[TEST_P_TYPE] = {0, 4, 0, 4},	 [TEST_P_FLAGS] = {24, 4, 4, 4},
		[TEST_P_OFFSET] = {4, 4, 8, 8},	 [TEST_P_VADDR] = {8, 4, 16, 8},
		[TEST_P_PADDR] = {12, 4, 24, 8}, [TEST_P_FILESZ] = {16, 4, 32, 8},
		[TEST_P_MEMSZ] = {20, 4, 40, 8}, [TEST_P_ALIGN] = {28, 4, 48, 8},
	};
	unsigned int wide = image->elf_class == 64 ? 2 : 0;

	*width = at[field][wide + 1];
	return header_size(image) + index * entry_size(image) + at[field][wide];
}

void test_ehdr_set(struct test_image *image, enum test_ehdr field, uint64_t value)
{
	unsigned int width;
	size_t offset = test_ehdr_offset(image, field, &width);

	test_image_set(image, offset, width, value);
}

uint64_t test_phdr_get(const struct test_image *image, uint32_t index, enum test_phdr field)
{
	unsigned int width;
	size_t offset = test_phdr_offset(image, index, field, &width);

	return test_image_get(image, offset, width);
}

void test_phdr_set(struct test_image *image, uint32_t index, enum test_phdr field, uint64_t value)
{
	unsigned int width;
	size_t offset = test_phdr_offset(image, index, field, &width);

	test_image_set(image, offset, width, value);
}

void test_mbn_set(struct test_image *image, size_t offset, uint32_t value)
{
	test_must(image->hash_index != NO_INDEX, "the image has a hash segment");
	test_image_set(image, image->hash.offset + offset, 4, value);
}

/* Sizes of header, common metadata, metadata block. */
static void mbn_sizes(uint32_t version, uint32_t sizes[3])
{
	sizes[0] = version == 3 || version == 5 || version == 7 ? 40 : version == 8 ? 56 : 48;
	sizes[1] = version == 7 || version == 8 ? 24 : 0;
	sizes[2] = version == 3 || version == 5 ? 0 : sizes[1] ? 224 : 120;
}

static struct test_part next_part(size_t *at, size_t length)
{
	struct test_part part = {*at, length};

	*at += length;
	return part;
}

static size_t lay_out_hash(struct test_image *image, const struct test_image_spec *spec, size_t at)
{
	uint32_t sizes[3];
	size_t start = at;

	mbn_sizes(spec->mbn_version, sizes);
	image->header = next_part(&at, sizes[0]);
	image->common = next_part(&at, sizes[1]);
	image->qti_metadata = next_part(&at, spec->qti_metadata ? sizes[2] : 0);
	image->oem_metadata = next_part(&at, sizes[2]);
	image->table = next_part(&at, (size_t)image->phnum * image->digest_size);
	image->qti_signature = next_part(&at, spec->qti_signature);
	image->qti_chain = next_part(&at, spec->qti_chain);
	image->oem_signature = next_part(&at, spec->oem_signature);
	image->oem_chain = next_part(&at, spec->oem_chain);
	at += spec->filler;
	image->hash.offset = start;
	image->hash.length = at - start;
	return at;
}

static size_t page_up(size_t value)
{
	return (value + 4095) & ~(size_t)4095;
}

/* The header's index of a listed segment. */
static uint32_t index_of(const struct test_image *image, size_t segment)
{
	uint32_t index = (uint32_t)segment + (image->hash_index == NO_INDEX ? 0 : 1);

	return image->hash_index != NO_INDEX && index >= image->hash_index ? index + 1 : index;
}

static void lay_out(struct test_image *image, const struct test_image_spec *spec, size_t *offsets)
{
	size_t end = header_size(image) + image->phnum * entry_size(image);
	size_t at = end;

	if (image->hash_index != NO_INDEX && spec->hash_position == TEST_HASH_SECOND)
		at = end = lay_out_hash(image, spec, page_up(at));
	for (size_t i = 0; i < spec->segment_count; i++) {
		const struct test_segment *segment = &spec->segments[i];

		if (segment->filesz && !segment->offset)
			at = page_up(at);
		offsets[i] = segment->offset ? (size_t)segment->offset : segment->filesz ? at : 0;
		if (segment->filesz && !segment->offset)
			at += (size_t)segment->filesz;
		if (offsets[i] + segment->filesz > end)
			end = offsets[i] + (size_t)segment->filesz;
	}
	if (image->hash_index != NO_INDEX && spec->hash_position == TEST_HASH_LAST)
		end = lay_out_hash(image, spec, page_up(end));
	image->size = end;
}

static void write_ehdr(struct test_image *image, const struct test_image_spec *spec)
{
	static const uint8_t ident[7] = {0x7f, 'E', 'L', 'F', 1, 1, 1};

	memcpy(image->bytes, ident, sizeof(ident));
	image->bytes[4] = image->elf_class == 64 ? 2 : 1;
	put(image->bytes + 16, 2, 2);
	put(image->bytes + 20, 4, 1);
	test_ehdr_set(image, TEST_E_MACHINE, spec->machine);
	test_ehdr_set(image, TEST_E_ENTRY, spec->entry);
	test_ehdr_set(image, TEST_E_PHOFF, header_size(image));
	test_ehdr_set(image, TEST_E_EHSIZE, header_size(image));
	test_ehdr_set(image, TEST_E_PHENTSIZE, entry_size(image));
	test_ehdr_set(image, TEST_E_PHNUM, image->phnum);
}

static void write_segment(struct test_image *image, const struct test_segment *segment,
			  uint32_t index, size_t offset)
{
	test_phdr_set(image, index, TEST_P_TYPE, segment->type);
	test_phdr_set(image, index, TEST_P_FLAGS, segment->flags);
	test_phdr_set(image, index, TEST_P_OFFSET, offset);
	test_phdr_set(image, index, TEST_P_VADDR, segment->vaddr);
	test_phdr_set(image, index, TEST_P_PADDR, segment->paddr);
	test_phdr_set(image, index, TEST_P_FILESZ, segment->filesz);
	test_phdr_set(image, index, TEST_P_MEMSZ, segment->memsz);
	test_phdr_set(image, index, TEST_P_ALIGN, segment->type == TEST_PT_LOAD ? 4096 : 0);
	for (size_t i = 0; i < segment->filesz; i++) {
		uint32_t pattern = (uint32_t)i * 2654435761u + index * 0x9e3779b9u;

		image->bytes[offset + i] = segment->data ? ((const uint8_t *)segment->data)[i] :
							   (uint8_t)(pattern >> 24 | 1);
	}
}

static void write_signed_headers(struct test_image *image, const struct test_image_spec *spec)
{
	bool new_style = spec->mbn_version >= 7;
	uint32_t hash = image->hash_index;

	test_phdr_set(image, 0, TEST_P_FLAGS, TEST_FLAGS_HEADERS);
	test_phdr_set(image, 0, TEST_P_FILESZ,
		      header_size(image) + image->phnum * entry_size(image));
	test_phdr_set(image, hash, TEST_P_FLAGS, new_style ? TEST_FLAGS_HASH_NEW : TEST_FLAGS_HASH);
	test_phdr_set(image, hash, TEST_P_OFFSET, image->hash.offset);
	test_phdr_set(image, hash, TEST_P_FILESZ, image->hash.length);
	test_phdr_set(image, hash, TEST_P_MEMSZ,
		      new_style ? image->hash.length : page_up(image->hash.length));
}

/* Words 0x08 to 0x34 of the header, by version. */
static void write_mbn_header(struct test_image *image, const struct test_image_spec *spec)
{
	uint32_t qsig = spec->qti_signature, qchain = spec->qti_chain;
	uint32_t osig = spec->oem_signature, ochain = spec->oem_chain;
	uint32_t qmeta = (uint32_t)image->qti_metadata.length;
	uint32_t ometa = (uint32_t)image->oem_metadata.length;
	uint32_t table = (uint32_t)image->table.length;
	uint32_t total = table + qsig + qchain + osig + ochain;
	uint32_t unused = spec->mbn_version == 3 ? 0x8c000028u : 0xffffffffu;
	const uint32_t old[] = {spec->mbn_version == 3 ? 0 : qsig,
				spec->mbn_version == 3 ? unused : qchain,
				total,
				table,
				unused,
				osig,
				unused,
				ochain,
				qmeta,
				ometa};
	const uint32_t v7[] = {24, qmeta, ometa, table, qsig, qchain, osig, ochain};
	const uint32_t v8[] = {24, qmeta, ometa, table, 0, 0, 0, 0, osig, ochain, 0, 0};
	const uint32_t *words = spec->mbn_version == 7 ? v7 : spec->mbn_version == 8 ? v8 : old;

	test_mbn_set(image, 4, spec->mbn_version);
	for (size_t at = 8; at < image->header.length; at += 4)
		test_mbn_set(image, at, words[at / 4 - 2]);
}

static void write_hash(struct test_image *image, const struct test_image_spec *spec)
{
	uint8_t *bytes = image->bytes;

	write_mbn_header(image, spec);
	if (image->common.length) {
		put(bytes + image->common.offset + 8, 4, spec->sw_id);
		put(bytes + image->common.offset + 16, 4, image->digest_size == 32 ? 2 : 3);
	} else if (image->oem_metadata.length) {
		put(bytes + image->oem_metadata.offset + 8, 4, spec->sw_id);
	}
	memset(bytes + image->qti_signature.offset, 0x5a, image->qti_signature.length);
	memset(bytes + image->oem_signature.offset, 0xa5, image->oem_signature.length);
	memset(bytes + image->qti_chain.offset, 0xff, image->qti_chain.length);
	memset(bytes + image->oem_chain.offset, 0xff, image->oem_chain.length + spec->filler);
}

static void digest(const struct test_image *image, size_t offset, size_t length, uint8_t *to)
{
	const EVP_MD *md = image->digest_size == 32 ? EVP_sha256() : EVP_sha384();

	test_must(offset + length <= image->size, "digest inside the image");
	test_must(EVP_Digest(image->bytes + offset, length, to, NULL, md, NULL) == 1, "digest");
}

/* All PT_LOAD data in header order, for the one-shot entry. */
static void digest_one_shot(const struct test_image *image, uint8_t *to)
{
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	const EVP_MD *md = image->digest_size == 32 ? EVP_sha256() : EVP_sha384();

	test_must(ctx && EVP_DigestInit_ex(ctx, md, NULL) == 1, "digest");
	for (uint32_t i = 0; i < image->phnum; i++) {
		size_t offset = (size_t)test_phdr_get(image, i, TEST_P_OFFSET);
		size_t length = (size_t)test_phdr_get(image, i, TEST_P_FILESZ);

		if (test_phdr_get(image, i, TEST_P_TYPE) != TEST_PT_LOAD)
			continue;
		test_must(offset + length <= image->size, "digest inside the image");
		test_must(EVP_DigestUpdate(ctx, image->bytes + offset, length) == 1, "digest");
	}
	test_must(EVP_DigestFinal_ex(ctx, to, NULL) == 1, "digest");
	EVP_MD_CTX_free(ctx);
}

void test_image_rehash(struct test_image *image)
{
	uint8_t *table = image->bytes + image->table.offset;

	test_must(image->hash_index != NO_INDEX, "the image has a hash segment");
	memset(table, 0, image->table.length);
	for (uint32_t i = 0; i < image->phnum; i++, table += image->digest_size) {
		size_t length = (size_t)test_phdr_get(image, i, TEST_P_FILESZ);
		uint64_t flags = test_phdr_get(image, i, TEST_P_FLAGS);

		if (i == 0)
			digest(image, 0, header_size(image) + image->phnum * entry_size(image),
			       table);
		else if ((flags >> 24 & 7) == 2)
			continue;
		else if (test_phdr_get(image, i, TEST_P_TYPE) == TEST_PT_ONE_SHOT)
			digest_one_shot(image, table);
		else if (length)
			digest(image, (size_t)test_phdr_get(image, i, TEST_P_OFFSET), length,
			       table);
	}
}

void test_image_build(struct test_image *image, const struct test_image_spec *given)
{
	struct test_image_spec spec = TEST_IMAGE_SPEC_INIT;
	size_t *offsets = calloc(TEST_IMAGE_MAX_SEGMENTS, sizeof(*offsets));

	test_must(offsets != NULL, "memory");
	test_report("generated-images", 1);
	if (given)
		spec = *given;
	if (!spec.segments) {
		spec.segments = default_segments;
		spec.segment_count = sizeof(default_segments) / sizeof(default_segments[0]);
	}
	test_must(spec.segment_count + 2 <= TEST_IMAGE_MAX_SEGMENTS, "not too many segments");
	memset(image, 0, sizeof(*image));
	image->elf_class = spec.elf_class;
	image->mbn_version = spec.mbn_version;
	image->phnum = (uint32_t)spec.segment_count + (spec.mbn_version ? 2 : 0);
	image->hash_index = NO_INDEX;
	if (spec.mbn_version)
		image->hash_index = spec.hash_position == TEST_HASH_SECOND ? 1 : image->phnum - 1;
	image->digest_size = spec.digest_size ? spec.digest_size : spec.mbn_version < 6 ? 32 : 48;
	lay_out(image, &spec, offsets);
	image->bytes = calloc(1, image->size);
	test_must(image->bytes != NULL, "memory");
	write_ehdr(image, &spec);
	for (size_t i = 0; i < spec.segment_count; i++)
		write_segment(image, &spec.segments[i], index_of(image, i), offsets[i]);
	free(offsets);
	if (!spec.mbn_version)
		return;
	write_signed_headers(image, &spec);
	write_hash(image, &spec);
	test_image_rehash(image);
}

void test_image_free(struct test_image *image)
{
	free(image->bytes);
	memset(image, 0, sizeof(*image));
}

void test_image_copy(struct test_image *to, const struct test_image *from)
{
	*to = *from;
	to->bytes = malloc(from->size);
	test_must(to->bytes != NULL, "memory");
	memcpy(to->bytes, from->bytes, from->size);
}

void test_image_resize(struct test_image *image, size_t size)
{
	uint8_t *bytes = calloc(1, size ? size : 1);

	test_must(bytes != NULL, "memory");
	memcpy(bytes, image->bytes, size < image->size ? size : image->size);
	free(image->bytes);
	image->bytes = bytes;
	image->size = size;
}

void test_image_append(struct test_image *image, const void *bytes, size_t length)
{
	size_t end = image->size;

	test_image_resize(image, end + length);
	memcpy(image->bytes + end, bytes, length);
}

size_t test_section_offset(const struct test_image *image, uint32_t index)
{
	size_t size = image->elf_class == 64 ? 64 : 40;

	return image->size - (3 - index) * size;
}

/* Name, type, offset and size of a section header; all else is 0. */
static void set_section(struct test_image *image, uint32_t index, const uint64_t fields[4])
{
	size_t at = test_section_offset(image, index);
	unsigned int word = image->elf_class / 8;

	test_image_set(image, at, 4, fields[0]);
	test_image_set(image, at + 4, 4, fields[1]);
	test_image_set(image, at + 8 + 2 * word, word, fields[2]);
	test_image_set(image, at + 8 + 3 * word, word, fields[3]);
}

void test_image_add_section(struct test_image *image, const char *name, uint64_t offset,
			    uint64_t size)
{
	size_t names = image->size;
	size_t entry = image->elf_class == 64 ? 64 : 40;
	size_t headers = (names + 1 + strlen(name) + 1 + 7) & ~(size_t)7;

	test_image_resize(image, headers + 3 * entry);
	memcpy(image->bytes + names + 1, name, strlen(name));
	test_ehdr_set(image, TEST_E_SHOFF, headers);
	test_ehdr_set(image, TEST_E_SHENTSIZE, entry);
	test_ehdr_set(image, TEST_E_SHNUM, 3);
	test_ehdr_set(image, TEST_E_SHSTRNDX, 2);
	set_section(image, 1, (const uint64_t[]){1, 1, offset, size});
	set_section(image, 2, (const uint64_t[]){0, 3, names, strlen(name) + 2});
	test_image_rehash(image);
}
