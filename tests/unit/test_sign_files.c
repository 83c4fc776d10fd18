/* SPDX-License-Identifier: BSD-3-Clause */
/* Any ELF file can be signed: what is in it stays as it was, wherever it has to move. */
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "expect.h"
#include "support/must.h"
#include "support/signing.h"
#include "support/verdict.h"

static const uint32_t versions[] = {3, 5, 6, 7, 8};

#define VERSIONS (sizeof(versions) / sizeof(versions[0]))

static struct qpas_auth_identity identity;

static struct qpas_sign_params params_for(uint32_t version)
{
	struct qpas_sign_params params = QPAS_SIGN_PARAMS_INIT;

	identity = test_sign_identity();
	params.mbn_version = version;
	params.oem = test_sign_signer(version < 6 ? TEST_SIGN_PSS : TEST_SIGN_EC);
	params.oem_identity = &identity;
	return params;
}

/* A header of the original and its place in the result: behind what comes first there. */
static uint32_t moved(const struct test_image *to, uint32_t index, uint32_t dropped)
{
	index = index - dropped + 1;
	return index >= to->hash_index ? index + 1 : index;
}

/* All but the offset is as it was, and so are the data, in the same place of a page. */
static void expect_same_segment(const char *row, const struct test_image *from, uint32_t index,
				const struct test_image *to, uint32_t at)
{
	static const enum test_phdr fields[] = {TEST_P_TYPE,  TEST_P_FLAGS, TEST_P_VADDR,
						TEST_P_PADDR, TEST_P_MEMSZ, TEST_P_FILESZ,
						TEST_P_ALIGN};
	uint64_t size = test_phdr_get(from, index, TEST_P_FILESZ);
	uint64_t before = test_phdr_get(from, index, TEST_P_OFFSET);
	uint64_t after = test_phdr_get(to, at, TEST_P_OFFSET);

	for (size_t i = 0; i < sizeof(fields) / sizeof(fields[0]); i++)
		expect_number(row, "a field", test_phdr_get(to, at, fields[i]),
			      test_phdr_get(from, index, fields[i]));
	if (!size)
		return;
	expect_number(row, "place in the page", after % 4096, before % 4096);
	if (memcmp(from->bytes + before, to->bytes + after, (size_t)size) != 0)
		fail_msg("%s: the data of header %u changed", row, (unsigned int)index);
}

static void expect_same_segments(const char *row, const struct test_image *from, uint32_t dropped,
				 const struct test_image *to)
{
	for (uint32_t i = dropped; i < from->phnum; i++)
		expect_same_segment(row, from, i, to, moved(to, i, dropped));
}

/* Signs by every version and hands the result on; all of them must verify. */
static void sign_all(const struct test_image *from, uint64_t sign_flags, uint32_t pack_flags,
		     void (*judge)(const char *row, const struct test_image *from,
				   const struct test_image *to))
{
	for (size_t i = 0; i < VERSIONS; i++) {
		struct qpas_sign_params params = params_for(versions[i]);
		struct test_verdict verdict;
		struct test_image to;
		char row[16];

		(void)snprintf(row, sizeof(row), "v%u", (unsigned int)versions[i]);
		params.flags = sign_flags;
		test_sign_image(from, &params, pack_flags, &to);
		test_verify(&to, 0, &verdict);
		if (verdict.opened || verdict.summary.verdict != QPAS_AUTH_VALID)
			fail_msg("%s: not valid", row);
		test_verdict_free(&verdict);
		judge(row, from, &to);
		test_image_free(&to);
	}
}

static void same(const char *row, const struct test_image *from, const struct test_image *to)
{
	expect_number(row, "headers", to->phnum, from->phnum + 2);
	expect_same_segments(row, from, 0, to);
}

/* A note inside a segment, gaps, one without data, one out of order, one in page mode, one-shot. */
static const struct test_segment odd[] = {
	{TEST_PT_LOAD, TEST_FLAGS_RELOCATABLE | 5, 0, 0x80000000, 0x1801, 0x2000, NULL, 0x8000},
	{TEST_PT_NOTE, 4, 0, 0x80000100, 0x20, 0x20, NULL, 0x8100},
	{TEST_PT_LOAD, TEST_FLAGS_RELOCATABLE | 6, 0, 0x80004000, 0, 0x1000, NULL, 0x9900},
	{TEST_PT_LOAD, TEST_FLAGS_RELOCATABLE | 6, 0, 0x80003000, 0x7, 0x10, NULL, 0x7ff0},
	{TEST_PT_LOAD, TEST_FLAGS_RELOCATABLE | 0x100006, 0, 0x80006000, 0x33, 0x40, NULL, 0xa123},
	{TEST_PT_ONE_SHOT, 0, 0, 0, 0, 0, NULL, 0},
	{TEST_PT_NULL, 0x100000, 0, 0, 0, 0, NULL, 0},
};

static void build(struct test_image *image, uint32_t elf_class, const struct test_segment *segments,
		  size_t count)
{
	struct test_image_spec spec = TEST_IMAGE_SPEC_INIT;

	spec.elf_class = elf_class;
	spec.mbn_version = 0;
	spec.segments = segments;
	spec.segment_count = count;
	test_image_build(image, &spec);
}

static void data_of_all_segments_stay_as_they_were(void **state)
{
	(void)state;
	for (uint32_t elf_class = 32; elf_class <= 64; elf_class += 32) {
		struct test_image image;

		build(&image, elf_class, NULL, 0);
		sign_all(&image, 0, 0, same);
		sign_all(&image, 0, QPAS_PACK_DROP_UNCOVERED, same);
		test_image_free(&image);
		build(&image, elf_class, odd, sizeof(odd) / sizeof(odd[0]));
		sign_all(&image, 0, 0, same);
		sign_all(&image, 0, QPAS_PACK_DROP_UNCOVERED, same);
		test_image_free(&image);
	}
}

/* Right behind the headers, and over them: a first segment that loads the ELF header itself. */
static void segments_over_the_old_headers_stay_as_they_were(void **state)
{
	static const uint64_t starts[] = {0x54, 0x34, 0x20, 1, 0};

	(void)state;
	for (size_t i = 0; i < sizeof(starts) / sizeof(starts[0]); i++) {
		const struct test_segment all[] = {
			{TEST_PT_LOAD, 5, 0x1000, 0x1000, 0x400, 0x400, NULL, 0x1000}};
		struct test_image image;

		build(&image, 32, all, 1);
		test_phdr_set(&image, 0, TEST_P_OFFSET, starts[i]);
		sign_all(&image, 0, 0, same);
		test_image_free(&image);
	}
}

/* Other loaders map pages: offset and address must stay equal modulo the alignment. */
static void offsets_stay_congruent_to_larger_alignments(void **state)
{
	(void)state;
	for (uint64_t align = 0x4000; align <= 0x100000; align *= 4) {
		struct qpas_sign_params params = params_for(5);
		struct test_image image;
		struct test_image to;

		build(&image, 64, NULL, 0);
		test_phdr_set(&image, 0, TEST_P_ALIGN, align);
		test_sign_image(&image, &params, 0, &to);
		expect_number("aligned", "offset", test_phdr_get(&to, 2, TEST_P_OFFSET) % align,
			      test_phdr_get(&image, 0, TEST_P_OFFSET) % align);
		test_image_free(&to);
		test_image_free(&image);
	}
}

static void relocatable(const char *row, const struct test_image *from, const struct test_image *to)
{
	for (uint32_t i = 0; i < from->phnum; i++) {
		uint64_t before = test_phdr_get(from, i, TEST_P_FLAGS);
		uint64_t after = test_phdr_get(to, moved(to, i, 0), TEST_P_FLAGS);
		bool loadable = test_phdr_get(from, i, TEST_P_TYPE) == TEST_PT_LOAD;

		expect_number(row, "flags", after,
			      loadable ? before | TEST_FLAGS_RELOCATABLE : before);
	}
}

static void loadable_segments_can_be_made_relocatable(void **state)
{
	static const struct test_segment fixed[] = {
		{TEST_PT_LOAD, 5, 0, 0x80000000, 0x1801, 0x2000, NULL, 0},
		{TEST_PT_NOTE, 4, 0, 0x80000100, 0x20, 0x20, NULL, 0},
		{TEST_PT_LOAD, TEST_FLAGS_RELOCATABLE | 6, 0, 0x80004000, 0, 0x1000, NULL, 0},
	};
	struct test_image image;

	(void)state;
	build(&image, 32, fixed, 3);
	sign_all(&image, QPAS_SIGN_RELOCATABLE, 0, relocatable);
	test_image_free(&image);
}

/* ---- bytes that no segment claims ---- */

#define MARK "nobody claims this"

static size_t count_of(const struct test_image *image, const char *mark)
{
	size_t length = strlen(mark);
	size_t count = 0;

	for (size_t i = 0; i + length <= image->size; i++)
		count += memcmp(image->bytes + i, mark, length) == 0;
	return count;
}

static void kept_three(const char *row, const struct test_image *from, const struct test_image *to)
{
	same(row, from, to);
	expect_number(row, "marks", count_of(to, MARK), 3);
}

static void kept_none(const char *row, const struct test_image *from, const struct test_image *to)
{
	uint64_t end = 0;

	same(row, from, to);
	expect_number(row, "marks", count_of(to, MARK), 0);
	/* nor are there zeros in their place behind the last segment */
	for (uint32_t i = 0; i < to->phnum; i++) {
		uint64_t size = test_phdr_get(to, i, TEST_P_FILESZ);

		if (size && test_phdr_get(to, i, TEST_P_OFFSET) + size > end)
			end = test_phdr_get(to, i, TEST_P_OFFSET) + size;
	}
	expect_number(row, "file size", to->size, end);
}

/* In front of the first segment, between two, behind the last one. */
static void bytes_in_no_segment_are_kept_or_dropped_on_purpose(void **state)
{
	struct test_image image;

	(void)state;
	build(&image, 32, odd, sizeof(odd) / sizeof(odd[0]));
	memcpy(image.bytes + 0x400, MARK, sizeof(MARK) - 1);
	memcpy(image.bytes + 0xa000, MARK, sizeof(MARK) - 1);
	test_image_append(&image, MARK, sizeof(MARK) - 1);
	sign_all(&image, 0, 0, kept_three);
	sign_all(&image, 0, QPAS_PACK_DROP_UNCOVERED, kept_none);
	test_image_free(&image);
}

/* The old hash segment is not among what is kept, wherever it stood. */
static void an_old_hash_segment_is_gone(void **state)
{
	(void)state;
	for (unsigned int i = 0; i < 2; i++) {
		struct test_image_spec spec = TEST_IMAGE_SPEC_INIT;
		struct test_image image;
		struct test_image to;

		spec.hash_position = i ? TEST_HASH_LAST : TEST_HASH_SECOND;
		spec.filler = 100;
		test_image_build(&image, &spec);
		memcpy(image.bytes + image.oem_chain.offset, MARK, sizeof(MARK) - 1);
		for (size_t j = 0; j < VERSIONS; j++) {
			struct qpas_sign_params params = params_for(versions[j]);

			params.flags = QPAS_SIGN_AGAIN;
			test_sign_image(&image, &params, 0, &to);
			expect_number("again", "headers", to.phnum, image.phnum);
			expect_number("again", "marks", count_of(&to, MARK), 0);
			test_verify_expect(&to, 0, "again", QPAS_AUTH_VALID, 0);
			test_image_free(&to);
		}
		test_image_free(&image);
	}
}

/* Between data that stay: their places in the file are zero then. */
static void an_old_hash_segment_between_segments_is_gone(void **state)
{
	static const struct test_segment around[] = {
		{TEST_PT_LOAD, TEST_FLAGS_RELOCATABLE | 5, 0, 0x80000000, 0x200, 0x200, NULL,
		 0x800},
		{TEST_PT_LOAD, TEST_FLAGS_RELOCATABLE | 6, 0, 0x80001000, 0x200, 0x200, NULL,
		 0x8000},
	};
	struct test_image_spec spec = TEST_IMAGE_SPEC_INIT;
	struct test_image image;

	(void)state;
	spec.segments = around;
	spec.segment_count = 2;
	test_image_build(&image, &spec);
	memcpy(image.bytes + image.oem_chain.offset, MARK, sizeof(MARK) - 1);
	for (size_t i = 0; i < VERSIONS; i++) {
		struct qpas_sign_params params = params_for(versions[i]);
		struct test_image to;

		params.flags = QPAS_SIGN_AGAIN;
		test_sign_image(&image, &params, 0, &to);
		expect_number("around", "marks", count_of(&to, MARK), 0);
		test_verify_expect(&to, 0, "around", QPAS_AUTH_VALID, 0);
		test_image_free(&to);
	}
	test_image_free(&image);
}

/* Readers take the first one: the new hash segment must come before one that stays. */
static void another_header_of_hash_type_stays_behind_the_new_one(void **state)
{
	static const struct test_segment twice[] = {
		{TEST_PT_LOAD, TEST_FLAGS_RELOCATABLE | 5, 0, 0x80000000, 0x800, 0x800, NULL, 0},
		{TEST_PT_NULL, TEST_FLAGS_HASH, 0, 0, 0x100, 0x1000, NULL, 0},
	};
	struct test_image_spec spec = TEST_IMAGE_SPEC_INIT;
	struct test_image image;

	(void)state;
	spec.segments = twice;
	spec.segment_count = 2;
	test_image_build(&image, &spec);
	for (size_t i = 0; i < VERSIONS; i++) {
		struct qpas_sign_params params = params_for(versions[i]);
		struct test_image to;

		params.flags = QPAS_SIGN_AGAIN;
		test_sign_image(&image, &params, 0, &to);
		expect_number("twice", "hash index", to.hash_index, 1);
		expect_number("twice", "headers", to.phnum, 4);
		expect_number("twice", "second one", test_phdr_get(&to, 3, TEST_P_FLAGS),
			      TEST_FLAGS_HASH);
		test_verify_expect(&to, 0, "twice", QPAS_AUTH_VALID, 557);
		test_image_free(&to);
	}
	test_image_free(&image);
}

/* A linker may put them anywhere; loaders of images want them right behind the ELF header. */
static void program_headers_elsewhere_are_brought_to_the_front(void **state)
{
	(void)state;
	for (uint32_t elf_class = 32; elf_class <= 64; elf_class += 32) {
		size_t ehdr = elf_class == 64 ? 64 : 52;
		size_t table = 3 * (elf_class == 64 ? 56 : 32);
		struct test_image image;
		struct test_image to;

		build(&image, elf_class, NULL, 0);
		test_image_resize(&image, image.size + table);
		memcpy(image.bytes + image.size - table, image.bytes + ehdr, table);
		test_ehdr_set(&image, TEST_E_PHOFF, image.size - table);
		memset(image.bytes + ehdr, 0xee, table);
		for (size_t i = 0; i < VERSIONS; i++) {
			struct qpas_sign_params params = params_for(versions[i]);
			struct qpas_image_info info = QPAS_IMAGE_INFO_INIT;
			struct qpas_image *opened = NULL;
			struct qpas_slice bytes;

			test_sign_image(&image, &params, 0, &to);
			bytes.ptr = to.bytes;
			bytes.len = to.size;
			assert_int_equal(qpas_image_open_memory(bytes, NULL, &opened, NULL), 0);
			assert_int_equal(qpas_image_describe(opened, &info, NULL), 0);
			expect_number("phoff", "flag", info.flags & QPAS_IMAGE_PHOFF_ODD, 0);
			expect_number("phoff", "load code", (uint64_t)info.load_code, 0);
			qpas_image_unref(opened);
			test_verify_expect(&to, 0, "phoff", QPAS_AUTH_VALID, 526);
			test_image_free(&to);
		}
		test_image_free(&image);
	}
}

static void a_file_without_any_data_can_be_signed(void **state)
{
	static const struct test_segment zeros[] = {
		{TEST_PT_LOAD, TEST_FLAGS_RELOCATABLE | 6, 0, 0x80000000, 0, 0x1000, NULL, 0},
	};
	struct test_image image;

	(void)state;
	build(&image, 32, zeros, 1);
	sign_all(&image, 0, 0, same);
	sign_all(&image, 0, QPAS_PACK_DROP_UNCOVERED, same);
	test_image_free(&image);
}

static void a_split_image_is_signed_as_one_file(void **state)
{
	struct test_image_spec spec = TEST_IMAGE_SPEC_INIT;
	struct test_image image;
	char path[64];
	int fd = test_folder_new(path);

	(void)state;
	test_image_build(&image, &spec);
	test_image_write_split(&image, fd, "x");
	for (size_t i = 0; i < VERSIONS; i++) {
		struct qpas_sign_params params = params_for(versions[i]);
		struct test_output output = {0};
		struct qpas_pack_target target = test_output_target(&output);
		struct qpas_image *opened = NULL;
		struct test_image to;

		params.flags = QPAS_SIGN_AGAIN;
		assert_int_equal(qpas_image_open(fd, "x.mdt", NULL, &opened, NULL), 0);
		assert_int_equal(qpas_image_sign(opened, &params, &target, NULL), 0);
		qpas_image_unref(opened);
		test_image_adopt(&to, output.bytes, output.size);
		test_verify_expect(&to, 0, "split", QPAS_AUTH_VALID, 0);
		expect_same_segment("split", &image, 2, &to, to.hash_index == 1 ? 2 : 1);
		expect_same_segment("split", &image, 3, &to, to.hash_index == 1 ? 3 : 2);
		test_image_free(&to);
	}
	test_image_free(&image);
	test_folder_remove(path, fd);
}

/* As qpas_image_squash() has it: bytes of the .mdt that are nobody's are refused or left out. */
static void garbage_in_an_mdt_is_refused_or_dropped(void **state)
{
	struct test_image image;
	struct test_image mdt;
	char path[64];
	int fd = test_folder_new(path);

	(void)state;
	test_image_build(&image, NULL);
	test_image_write_split(&image, fd, "x");
	test_file_write(fd, "x.b01", image.bytes + image.hash.offset, image.hash.length);
	test_image_copy(&mdt, &image);
	test_image_resize(&mdt, (size_t)test_phdr_get(&image, 0, TEST_P_FILESZ));
	test_image_append(&mdt, "garbage", 7);
	test_image_write(&mdt, fd, "x.mdt");
	for (uint32_t flags = 0; flags <= QPAS_PACK_DROP_UNCOVERED; flags++) {
		struct qpas_sign_params params = params_for(7);
		struct test_output output = {.flags = flags};
		struct qpas_pack_target target = test_output_target(&output);
		struct qpas_error err = QPAS_ERROR_INIT;
		struct qpas_image *opened = NULL;

		params.flags = QPAS_SIGN_AGAIN;
		assert_int_equal(qpas_image_open(fd, "x.mdt", NULL, &opened, NULL), 0);
		expect_code("garbage", qpas_image_sign(opened, &params, &target, &err),
			    flags ? 0 : QPAS_ERR_FORMAT);
		expect_number("garbage", "message", err.message_id, flags ? 0 : 426);
		expect_number("garbage", "calls", output.calls, flags ? 2 : 0);
		qpas_image_unref(opened);
		test_output_free(&output);
	}
	test_image_free(&mdt);
	test_image_free(&image);
	test_folder_remove(path, fd);
}

/* ---- sections ---- */

/* Field of a section header; offsets as in both classes of the format. */
static uint64_t section(const struct test_image *image, uint64_t index, size_t narrow, size_t wide)
{
	bool is_wide = image->elf_class == 64;
	size_t table = (size_t)test_image_get(image, is_wide ? 40 : 32, is_wide ? 8 : 4);

	return test_image_get(
		image, table + (size_t)index * (is_wide ? 64 : 40) + (is_wide ? wide : narrow),
		is_wide && wide >= 16 ? 8 : 4);
}

static uint64_t section_count(const struct test_image *image)
{
	return test_image_get(image, image->elf_class == 64 ? 60 : 48, 2);
}

/* All sections with file data have the same data; returns how many there are. */
static unsigned int expect_same_sections(const char *row, const struct test_image *from,
					 const struct test_image *to)
{
	unsigned int compared = 0;

	expect_number(row, "sections", section_count(to), section_count(from));
	for (uint64_t i = 0; i < section_count(from); i++) {
		uint64_t type = section(from, i, 4, 4);
		uint64_t size = section(from, i, 20, 32);

		expect_number(row, "type", section(to, i, 4, 4), type);
		expect_number(row, "size", section(to, i, 20, 32), size);
		if (!type || type == 8)
			expect_number(row, "place of no data", section(to, i, 16, 24),
				      section(from, i, 16, 24));
		if (!type || type == 8 || !size)
			continue;
		compared++;
		if (memcmp(from->bytes + section(from, i, 16, 24),
			   to->bytes + section(to, i, 16, 24), (size_t)size) != 0)
			fail_msg("%s: section %u changed", row, (unsigned int)i);
	}
	return compared;
}

static void same_with_sections(const char *row, const struct test_image *from,
			       const struct test_image *to)
{
	same(row, from, to);
	assert_true(expect_same_sections(row, from, to) >= 3);
}

static void same_without_sections(const char *row, const struct test_image *from,
				  const struct test_image *to)
{
	same(row, from, to);
	expect_number(row, "sections", section_count(to), 0);
	expect_number(
		row, "offset",
		test_image_get(to, to->elf_class == 64 ? 40 : 32, to->elf_class == 64 ? 8 : 4), 0);
}

/* Null, two over the data of segments, one without data, and names behind everything. */
static void add_sections(struct test_image *image)
{
	bool wide = image->elf_class == 64;
	size_t entry = wide ? 64 : 40;
	size_t table = image->size + 16;
	static const uint32_t types[] = {0, 1, 1, 8, 3};

	test_image_append(image, "\0.names\0.text\0\0\0", 16);
	test_image_resize(image, table + 5 * entry);
	for (uint32_t i = 1; i < 5; i++) {
		uint64_t offset = i < 3	 ? test_phdr_get(image, i - 1, TEST_P_OFFSET) + 8 :
				  i == 3 ? 0x123 :
					   table - 16;

		test_image_set(image, table + i * entry + 4, 4, types[i]);
		test_image_set(image, table + i * entry + (wide ? 24 : 16), wide ? 8 : 4, offset);
		test_image_set(image, table + i * entry + (wide ? 32 : 20), wide ? 8 : 4, 16);
	}
	test_ehdr_set(image, TEST_E_SHOFF, table);
	test_ehdr_set(image, TEST_E_SHENTSIZE, entry);
	test_ehdr_set(image, TEST_E_SHNUM, 5);
	test_ehdr_set(image, TEST_E_SHSTRNDX, 4);
}

static void sections_move_with_their_data(void **state)
{
	(void)state;
	for (uint32_t elf_class = 32; elf_class <= 64; elf_class += 32) {
		struct test_image image;

		build(&image, elf_class, NULL, 0);
		add_sections(&image);
		sign_all(&image, 0, 0, same_with_sections);
		sign_all(&image, 0, QPAS_PACK_DROP_UNCOVERED, same_without_sections);
		test_image_free(&image);
	}
}

/* Nobody reads sections: fields that are nonsense go, and are no reason to refuse the file. */
static void section_headers_that_are_nonsense_are_left_out(void **state)
{
	static const uint64_t offsets[] = {1, 0xfffffff0, 0x7fffffff};
	struct test_image image;

	(void)state;
	for (size_t i = 0; i < sizeof(offsets) / sizeof(offsets[0]); i++) {
		build(&image, 32, NULL, 0);
		test_ehdr_set(&image, TEST_E_SHOFF, offsets[i]);
		test_ehdr_set(&image, TEST_E_SHNUM, 0xffff);
		sign_all(&image, 0, 0, same_without_sections);
		test_image_free(&image);
	}
}

/* Their bytes are data of a segment then, and those stay what they are. */
static void section_headers_inside_a_segment_are_not_touched(void **state)
{
	struct test_image image;

	(void)state;
	build(&image, 32, NULL, 0);
	test_ehdr_set(&image, TEST_E_SHOFF, test_phdr_get(&image, 0, TEST_P_OFFSET));
	test_ehdr_set(&image, TEST_E_SHENTSIZE, 40);
	test_ehdr_set(&image, TEST_E_SHNUM, 4);
	sign_all(&image, 0, 0, same);
	test_image_free(&image);
}

/* The program itself: whatever this system's compiler and linker make. */
static void an_ordinary_program_of_this_system_can_be_signed(void **state)
{
	struct test_image image = {0};
	struct stat status;
	int fd = open("/proc/self/exe", O_RDONLY | O_CLOEXEC);

	(void)state;
	test_must(fd >= 0 && fstat(fd, &status) == 0, "the program itself");
	image.size = (size_t)status.st_size;
	image.bytes = malloc(image.size);
	test_must(image.bytes && read(fd, image.bytes, image.size) == status.st_size,
		  "the program itself");
	close(fd);
	image.elf_class = image.bytes[4] == 2 ? 64 : 32;
	image.phnum = (uint32_t)test_image_get(&image, image.elf_class == 64 ? 56 : 44, 2);
	sign_all(&image, 0, 0, same_with_sections);
	test_image_free(&image);
}

static int tear_down(void **state)
{
	(void)state;
	test_sign_free();
	return 0;
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(data_of_all_segments_stay_as_they_were),
		cmocka_unit_test(segments_over_the_old_headers_stay_as_they_were),
		cmocka_unit_test(offsets_stay_congruent_to_larger_alignments),
		cmocka_unit_test(loadable_segments_can_be_made_relocatable),
		cmocka_unit_test(bytes_in_no_segment_are_kept_or_dropped_on_purpose),
		cmocka_unit_test(an_old_hash_segment_is_gone),
		cmocka_unit_test(an_old_hash_segment_between_segments_is_gone),
		cmocka_unit_test(another_header_of_hash_type_stays_behind_the_new_one),
		cmocka_unit_test(program_headers_elsewhere_are_brought_to_the_front),
		cmocka_unit_test(a_file_without_any_data_can_be_signed),
		cmocka_unit_test(a_split_image_is_signed_as_one_file),
		cmocka_unit_test(garbage_in_an_mdt_is_refused_or_dropped),
		cmocka_unit_test(sections_move_with_their_data),
		cmocka_unit_test(section_headers_that_are_nonsense_are_left_out),
		cmocka_unit_test(section_headers_inside_a_segment_are_not_touched),
		cmocka_unit_test(an_ordinary_program_of_this_system_can_be_signed),
	};

	return cmocka_run_group_tests_name("sign_files", tests, NULL, tear_down);
}
