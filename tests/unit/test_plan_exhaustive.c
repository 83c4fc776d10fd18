/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Program header fields at all their boundaries, singly and in pairs, against a slow reference in
 * 128-bit integers that shares no code and no order of checks with the plan. It only says whether
 * an image may be read and whether it may be loaded; which error is told is the business of
 * test_plan.c.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "format/plan.h"
#include "support/image_builder.h"

__extension__ typedef unsigned __int128 wide;

#define COUNT	       5u
#define SPAN_LIMIT     UINT64_C(0x80000000)
#define METADATA_LIMIT UINT64_C(0x100000)

/* A program header as the file has it. */
struct header {
	wide type, flags, offset, paddr, filesz, memsz;
};

struct picture {
	uint32_t elf_class;
	wide file_size;
	wide headers; /* bytes of ELF header and program headers */
	struct header at[COUNT];
};

struct range {
	wide from, to;
};

static bool meet(struct range a, struct range b)
{
	wide from = a.from > b.from ? a.from : b.from;
	wide to = a.to < b.to ? a.to : b.to;

	return from < to;
}

static bool is_hash(const struct header *header)
{
	return header->flags / 0x1000000 % 8 == 2;
}

static bool is_loaded(const struct header *header)
{
	return header->type == 1 && !is_hash(header) && header->memsz > 0;
}

static struct range file_range(const struct header *header)
{
	struct range range = {header->offset, header->offset + header->filesz};

	return range;
}

static unsigned int hash_of(const struct picture *picture)
{
	unsigned int i = 1;

	while (i < COUNT && !is_hash(&picture->at[i]))
		i++;
	return i;
}

/* Nothing wraps in the width of the class, and all bytes are there. */
static bool may_read(const struct picture *picture)
{
	wide top = picture->elf_class == 64 ? ~(uint64_t)0 : 0xffffffffu;
	unsigned int hash = hash_of(picture);

	for (unsigned int i = 0; i < COUNT; i++) {
		const struct header *header = &picture->at[i];

		if (header->filesz && header->offset + header->filesz > picture->file_size)
			return false;
		if (is_loaded(header) && header->paddr + header->memsz > top)
			return false;
		/* rounding up to a page must not wrap 64 bits either */
		if (is_loaded(header) && header->paddr + header->memsz > ((wide)1 << 64) - 4096)
			return false;
	}
	if (hash == COUNT)
		return true;
	if (picture->at[0].filesz > picture->file_size)
		return false;
	/* the hash segment is looked for even if it is empty, unless the sizes add up */
	return picture->at[0].filesz + picture->at[hash].filesz == picture->file_size ||
	       picture->at[hash].offset + picture->at[hash].filesz <= picture->file_size;
}

static bool memory_is_sound(const struct picture *picture)
{
	for (unsigned int a = 0; a < COUNT; a++) {
		const struct header *p = &picture->at[a];
		struct range p_data = {p->paddr, p->paddr + p->filesz};

		for (unsigned int b = a + 1; b < COUNT; b++) {
			const struct header *q = &picture->at[b];
			struct range q_all = {q->paddr, q->paddr + q->memsz};
			struct range q_data = {q->paddr, q->paddr + q->filesz};

			if (!is_loaded(p) || !is_loaded(q))
				continue;
			/* a later segment may cover an earlier tail, never earlier data */
			if (meet(p_data, q_all) || meet(p_data, q_data))
				return false;
		}
	}
	return true;
}

static bool headers_are_sound(const struct picture *picture, unsigned int hash)
{
	struct range headers = {0, picture->headers};
	const struct header *first = &picture->at[0];

	if (hash == COUNT || first->type == 1 || first->flags / 0x1000000 % 8 != 7)
		return false;
	if (first->offset || first->filesz != picture->headers)
		return false;
	return first->filesz + picture->at[hash].filesz <= METADATA_LIMIT &&
	       !meet(file_range(&picture->at[hash]), headers);
}

static bool segment_is_sound(const struct picture *picture, const struct header *header,
			     unsigned int hash)
{
	struct range headers = {0, picture->headers};

	return header->filesz <= header->memsz && header->flags / 0x1000000 % 8 != 7 &&
	       !meet(file_range(header), headers) &&
	       !meet(file_range(header), file_range(&picture->at[hash]));
}

static bool may_load(const struct picture *picture)
{
	unsigned int hash = hash_of(picture);
	wide min = (wide)1 << 100, max = 0;

	if (!headers_are_sound(picture, hash))
		return false;
	for (unsigned int i = 0; i < COUNT; i++) {
		const struct header *header = &picture->at[i];

		if (!is_loaded(header))
			continue;
		if (!segment_is_sound(picture, header, hash))
			return false;
		min = header->paddr < min ? header->paddr : min;
		max = header->paddr + header->memsz > max ? header->paddr + header->memsz : max;
	}
	if (max == 0 || (max + 4095) / 4096 * 4096 - min > SPAN_LIMIT)
		return false;
	return memory_is_sound(picture);
}

static void take_picture(const struct test_image *image, struct picture *picture)
{
	picture->elf_class = image->elf_class;
	picture->file_size = image->size;
	picture->headers = image->elf_class == 64 ? 64 + COUNT * 56 : 52 + COUNT * 32;
	for (uint32_t i = 0; i < COUNT; i++) {
		picture->at[i].type = test_phdr_get(image, i, TEST_P_TYPE);
		picture->at[i].flags = test_phdr_get(image, i, TEST_P_FLAGS);
		picture->at[i].offset = test_phdr_get(image, i, TEST_P_OFFSET);
		picture->at[i].paddr = test_phdr_get(image, i, TEST_P_PADDR);
		picture->at[i].filesz = test_phdr_get(image, i, TEST_P_FILESZ);
		picture->at[i].memsz = test_phdr_get(image, i, TEST_P_MEMSZ);
	}
}

static struct {
	unsigned long cases;
	unsigned long read;
	unsigned long loaded;
} tally;

static void judge(const struct test_image *image, struct qpasi_elf *elf)
{
	struct qpasi_plan_params params = {SPAN_LIMIT, METADATA_LIMIT, false, false, image->size};
	struct qpas_slice file = {image->bytes, image->size};
	struct qpasi_fault fault = QPASI_FAULT_INIT;
	struct qpasi_plan plan;
	struct picture picture;
	bool read, load = false;

	assert_int_equal(qpasi_elf_decode(file, COUNT, elf, &fault), 0);
	read = qpasi_plan_describe(elf, &params, &plan, &fault) == 0;
	if (read)
		load = qpasi_plan_check(elf, &params, &plan, true, &fault) == 0;
	take_picture(image, &picture);
	if (read != may_read(&picture) || load != (read && may_load(&picture))) {
		for (uint32_t i = 0; i < COUNT; i++)
			print_error("%u: type %x flags %x offset %llx paddr %llx filesz %llx "
				    "memsz %llx\n",
				    i, elf->phdr[i].type, elf->phdr[i].flags,
				    (unsigned long long)elf->phdr[i].offset,
				    (unsigned long long)elf->phdr[i].paddr,
				    (unsigned long long)elf->phdr[i].filesz,
				    (unsigned long long)elf->phdr[i].memsz);
		fail_msg("ELF%u, message %u: read %d, load %d", image->elf_class, fault.message,
			 read, load);
	}
	tally.cases++;
	tally.read += read;
	tally.loaded += load;
}

static const enum test_phdr fields[] = {TEST_P_TYPE,  TEST_P_FLAGS,  TEST_P_OFFSET, TEST_P_VADDR,
					TEST_P_PADDR, TEST_P_FILESZ, TEST_P_MEMSZ,  TEST_P_ALIGN};
#define FIELDS (sizeof(fields) / sizeof(fields[0]))
#define VALUES 18

/* The boundaries for one field: general ones, and those around what stands there and elsewhere. */
static void list_values(const struct test_image *image, uint32_t index, enum test_phdr field,
			uint64_t values[VALUES])
{
	uint64_t now = test_phdr_get(image, index, field);
	uint64_t other = test_phdr_get(image, index == 2 ? 3 : 2, field);
	const uint64_t list[VALUES] = {0,
				       1,
				       2,
				       image->size - 1,
				       image->size,
				       image->size + 1,
				       0x7fffffff,
				       0x80000000,
				       0xfffff000,
				       0xffffffff,
				       UINT64_C(1) << 32,
				       INT64_MAX,
				       UINT64_C(1) << 63,
				       UINT64_MAX - 4095,
				       UINT64_MAX,
				       now + 1,
				       now - 1,
				       other};

	memcpy(values, list, sizeof(list));
}

/* All pairs of (header, field) that `index` takes part in; a pair with itself is a single. */
static void vary(struct test_image *image, uint32_t index, size_t field, struct qpasi_elf *elf)
{
	uint64_t values[VALUES], others[VALUES];
	uint64_t kept = test_phdr_get(image, index, fields[field]);

	list_values(image, index, fields[field], values);
	for (uint32_t b = index; b < COUNT; b++) {
		for (size_t g = b == index ? field : 0; g < FIELDS; g++) {
			uint64_t kept_other = test_phdr_get(image, b, fields[g]);
			bool same = b == index && g == field;

			list_values(image, b, fields[g], others);
			for (size_t i = 0; i < VALUES; i++) {
				for (size_t k = 0; k < (same ? 1 : VALUES); k++) {
					if (!same)
						test_phdr_set(image, b, fields[g], others[k]);
					test_phdr_set(image, index, fields[field], values[i]);
					judge(image, elf);
					test_phdr_set(image, b, fields[g], kept_other);
					test_phdr_set(image, index, fields[field], kept);
				}
			}
		}
	}
}

static void fields_singly_and_in_pairs_agree_with_the_reference(void **state)
{
	struct qpasi_elf *elf = malloc(sizeof(*elf));

	(void)state;
	assert_non_null(elf);
	for (uint32_t elf_class = 32; elf_class <= 64; elf_class += 32) {
		for (int last = 0; last < 2; last++) {
			struct test_image_spec spec = TEST_IMAGE_SPEC_INIT;
			struct test_image image;

			spec.elf_class = elf_class;
			spec.hash_position = last ? TEST_HASH_LAST : TEST_HASH_SECOND;
			test_image_build(&image, &spec);
			for (uint32_t index = 0; index < COUNT; index++) {
				for (size_t field = 0; field < FIELDS; field++)
					vary(&image, index, field, elf);
			}
			test_image_free(&image);
		}
	}
	print_message("%lu cases, %lu readable, %lu loadable\n", tally.cases, tally.read,
		      tally.loaded);
	assert_true(tally.cases > 900000);
	assert_true(tally.read > tally.cases / 10 && tally.loaded > tally.cases / 100);
	free(elf);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(fields_singly_and_in_pairs_agree_with_the_reference),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
