/* SPDX-License-Identifier: BSD-3-Clause */
/* One file to a split set and back: byte for byte, or refused before anything is written. */
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include <qpas/image.h>

#include "expect.h"
#include "failing_heap.h"
#include "support/image_builder.h"
#include "support/must.h"

#define FILES_MAX 260

/* The files that a call made, in memory. */
struct made {
	struct {
		uint32_t segment;
		uint8_t *bytes;
		size_t size;
		uint64_t written; /* where the last write ended */
	} file[FILES_MAX];
	size_t count;
	unsigned int calls;
	unsigned int fail_at; /* number of the call that fails; 0: none */
	int result; /* with this */
	bool says_why;
};

static int judge(struct made *made, struct qpas_error *err)
{
	if (++made->calls != made->fail_at)
		return 0;
	if (made->says_why && err) {
		err->code = made->result;
		(void)snprintf(err->text, sizeof(err->text), "The disk is full.");
	}
	return made->result;
}

static int new_file(void *user, uint32_t segment, uint64_t bytes, struct qpas_error *err)
{
	struct made *made = user;

	test_must(made->count < FILES_MAX, "files");
	made->file[made->count].segment = segment;
	made->file[made->count].bytes = calloc(1, (size_t)bytes + 1);
	made->file[made->count].size = (size_t)bytes;
	made->file[made->count].written = 0;
	test_must(made->file[made->count].bytes != NULL, "memory");
	made->count++;
	return judge(made, err);
}

static int write_file(void *user, uint64_t offset, struct qpas_slice data, struct qpas_error *err)
{
	struct made *made = user;

	test_must(made->count > 0, "a file begins first");
	if (offset < made->file[made->count - 1].written ||
	    offset + data.len > made->file[made->count - 1].size || !data.len)
		fail_msg("write of %zu at %llu after %llu, file of %zu", data.len,
			 (unsigned long long)offset,
			 (unsigned long long)made->file[made->count - 1].written,
			 made->file[made->count - 1].size);
	memcpy(made->file[made->count - 1].bytes + offset, data.ptr, data.len);
	made->file[made->count - 1].written = offset + data.len;
	return judge(made, err);
}

static void forget(struct made *made)
{
	for (size_t i = 0; i < made->count; i++)
		free(made->file[i].bytes);
	memset(made, 0, sizeof(*made));
}

static struct qpas_pack_target target_of(struct made *made, uint32_t flags)
{
	struct qpas_pack_target target = QPAS_PACK_TARGET_INIT;

	target.flags = flags;
	target.file = new_file;
	target.write = write_file;
	target.user = made;
	return target;
}

struct folder {
	char path[64];
	int fd;
	struct made made;
};

static int setup(void **state)
{
	struct folder *folder = calloc(1, sizeof(*folder));

	test_must(folder != NULL, "memory");
	folder->fd = test_folder_new(folder->path);
	*state = folder;
	return 0;
}

static int teardown(void **state)
{
	struct folder *folder = *state;

	forget(&folder->made);
	test_folder_remove(folder->path, folder->fd);
	free(folder);
	return 0;
}

static struct qpas_image *open_bytes(const uint8_t *bytes, size_t size)
{
	struct qpas_error err = QPAS_ERROR_INIT;
	struct qpas_slice slice = {bytes, size};
	struct qpas_image *image = NULL;

	if (qpas_image_open_memory(slice, NULL, &image, &err))
		fail_msg("%s", err.text);
	return image;
}

static struct qpas_image *open_name(const struct folder *folder, const char *name)
{
	struct qpas_error err = QPAS_ERROR_INIT;
	struct qpas_image *image = NULL;

	if (qpas_image_open(folder->fd, name, NULL, &image, &err))
		fail_msg("%s: %s", name, err.text);
	return image;
}

static int split_bytes(struct folder *folder, const struct test_image *from, uint32_t flags,
		       struct qpas_error *err)
{
	struct qpas_pack_target target = target_of(&folder->made, flags);
	struct qpas_image *image = open_bytes(from->bytes, from->size);
	int result = qpas_image_split(image, &target, err);

	qpas_image_unref(image);
	return result;
}

static int squash_name(struct folder *folder, const char *name, uint32_t flags,
		       struct qpas_error *err)
{
	struct qpas_pack_target target = target_of(&folder->made, flags);
	struct qpas_image *image = open_name(folder, name);
	int result = qpas_image_squash(image, &target, err);

	qpas_image_unref(image);
	return result;
}

/* Writes what was made as STEM.mdt and STEM.bNN. */
static void write_made(const struct folder *folder, const char *stem)
{
	const struct made *made = &folder->made;

	for (size_t i = 0; i < made->count; i++) {
		char name[64];

		if (made->file[i].segment == UINT32_MAX)
			(void)snprintf(name, sizeof(name), "%s.mdt", stem);
		else
			(void)snprintf(name, sizeof(name), "%s.b%02u", stem,
				       (unsigned int)made->file[i].segment);
		test_file_write(folder->fd, name, made->file[i].bytes, made->file[i].size);
	}
}

static void expect_one_file(const struct made *made, const struct test_image *wanted,
			    const char *row)
{
	if (made->count != 1 || made->file[0].segment != UINT32_MAX)
		fail_msg("%s: %zu files", row, made->count);
	if (made->file[0].size != wanted->size ||
	    memcmp(made->file[0].bytes, wanted->bytes, wanted->size))
		fail_msg("%s: %zu bytes that are not the %zu of the original", row,
			 made->file[0].size, wanted->size);
}

static void refused(int result, const struct qpas_error *err, const struct made *made, int code,
		    uint32_t message)
{
	if (result != code || err->message_id != message || made->calls)
		fail_msg("got %d, message %u (%s) after %u calls, want %d, message %u", result,
			 err->message_id, err->text, made->calls, code, message);
}

/* A note inside a segment, a gap in front of one, one without data. */
static const struct test_segment odd[] = {
	{TEST_PT_LOAD, TEST_FLAGS_RELOCATABLE | 5, 0, 0x80000000, 0x1801, 0x2000, NULL, 0x8000},
	{TEST_PT_NOTE, 4, 0, 0x80000100, 0x20, 0x20, NULL, 0x8100},
	{TEST_PT_LOAD, TEST_FLAGS_RELOCATABLE | 6, 0, 0x80004000, 0, 0x1000, NULL, 0x9900},
	{TEST_PT_LOAD, TEST_FLAGS_RELOCATABLE | 6, 0, 0x80003000, 0x7, 0x10, NULL, 0x7ff0},
	{TEST_PT_LOAD, TEST_FLAGS_RELOCATABLE | 6, 0, 0x80006000, 0x33, 0x40, NULL, 0xa123},
};

/* What the builder wrote into the segment last stands where both lie. */
static void build_odd(struct test_image *image, struct test_image_spec *spec)
{
	spec->segments = odd;
	spec->segment_count = sizeof(odd) / sizeof(odd[0]);
	test_image_build(image, spec);
}

static void every_layout_comes_back_byte_for_byte(void **state)
{
	static const uint32_t versions[] = {3, 5, 6, 7, 8};
	struct folder *folder = *state;
	unsigned int rows = 0;

	for (unsigned int i = 0; i < 5 * 2 * 2 * 2; i++) {
		struct test_image_spec spec = TEST_IMAGE_SPEC_INIT;
		struct qpas_error err = QPAS_ERROR_INIT;
		struct test_image image;
		char row[64];

		spec.mbn_version = versions[i % 5];
		spec.elf_class = i / 5 % 2 ? 64 : 32;
		spec.hash_position = i / 10 % 2 ? TEST_HASH_LAST : TEST_HASH_SECOND;
		(void)snprintf(row, sizeof(row), "v%u, class %u, hash %u, odd %u", spec.mbn_version,
			       spec.elf_class, (unsigned int)spec.hash_position, i / 20 % 2);
		if (i / 20 % 2)
			build_odd(&image, &spec);
		else
			test_image_build(&image, &spec);
		expect_code(row, split_bytes(folder, &image, 0, &err), 0);
		write_made(folder, "x");
		forget(&folder->made);
		expect_code(row, squash_name(folder, "x.mdt", 0, &err), 0);
		expect_one_file(&folder->made, &image, row);
		forget(&folder->made);
		test_image_free(&image);
		rows++;
	}
	assert_int_equal(rows, 40);
}

/* pil-squasher's input, and the names that every loader looks for. */
static void a_split_set_has_a_file_for_each_header_with_data_and_the_mdt_last(void **state)
{
	struct folder *folder = *state;
	struct qpas_error err = QPAS_ERROR_INIT;
	const struct made *made = &folder->made;
	struct test_image image;

	test_image_build(&image, NULL);
	expect_code("split", split_bytes(folder, &image, 0, &err), 0);
	assert_int_equal(made->count, 5);
	for (uint32_t i = 0; i < 4; i++) {
		size_t offset = (size_t)test_phdr_get(&image, i, TEST_P_OFFSET);

		expect_number("file", "segment", made->file[i].segment, i);
		expect_number("file", "size", made->file[i].size,
			      test_phdr_get(&image, i, TEST_P_FILESZ));
		assert_memory_equal(made->file[i].bytes, image.bytes + offset, made->file[i].size);
	}
	expect_number("mdt", "segment", made->file[4].segment, UINT32_MAX);
	expect_number("mdt", "size", made->file[4].size, made->file[0].size + made->file[1].size);
	assert_memory_equal(made->file[4].bytes, made->file[0].bytes, made->file[0].size);
	assert_memory_equal(made->file[4].bytes + made->file[0].size, made->file[1].bytes,
			    made->file[1].size);
	test_image_free(&image);
}

static void sets_made_elsewhere_squash_to_the_image(void **state)
{
	struct folder *folder = *state;
	struct qpas_error err = QPAS_ERROR_INIT;

	for (unsigned int i = 0; i < 2; i++) {
		struct test_image_spec spec = TEST_IMAGE_SPEC_INIT;
		struct test_image image;

		spec.hash_position = i ? TEST_HASH_LAST : TEST_HASH_SECOND;
		test_image_build(&image, &spec);
		test_image_write_split(&image, folder->fd, "x");
		expect_code("squash", squash_name(folder, "x.mdt", 0, &err), 0);
		expect_one_file(&folder->made, &image, "made elsewhere");
		forget(&folder->made);
		test_image_free(&image);
	}
}

static void a_split_set_can_be_split_again(void **state)
{
	struct folder *folder = *state;
	struct qpas_pack_target target = target_of(&folder->made, 0);
	struct qpas_error err = QPAS_ERROR_INIT;
	struct qpas_image *image;
	struct test_image from;

	test_image_build(&from, NULL);
	expect_code("split", split_bytes(folder, &from, 0, &err), 0);
	write_made(folder, "x");
	forget(&folder->made);
	image = open_name(folder, "x.mdt");
	expect_code("split again", qpas_image_split(image, &target, &err), 0);
	qpas_image_unref(image);
	write_made(folder, "y");
	forget(&folder->made);
	expect_code("squash", squash_name(folder, "y.mdt", 0, &err), 0);
	expect_one_file(&folder->made, &from, "split twice");
	test_image_free(&from);
}

/* Trailing data and all: nobody loses anything by a copy. */
static void one_file_is_squashed_to_itself(void **state)
{
	struct folder *folder = *state;
	struct qpas_error err = QPAS_ERROR_INIT;
	struct test_image image;

	test_image_build(&image, NULL);
	test_image_append(&image, "nested", 6);
	test_image_write(&image, folder->fd, "whole.mdt");
	expect_code("squash", squash_name(folder, "whole.mdt", 0, &err), 0);
	expect_one_file(&folder->made, &image, "whole");
	test_image_free(&image);
}

static void bytes_in_no_segment_are_refused_or_dropped_on_purpose(void **state)
{
	struct folder *folder = *state;
	struct qpas_error err = QPAS_ERROR_INIT;
	struct test_image_spec spec = TEST_IMAGE_SPEC_INIT;
	struct test_image clean;
	struct test_image image;

	build_odd(&clean, &spec);
	test_image_copy(&image, &clean);
	/* in the gap in front of the last segment, and behind it */
	test_image_set(&image, 0xa122, 1, 0x5a);
	refused(split_bytes(folder, &image, 0, &err), &err, &folder->made, QPAS_ERR_FORMAT, 426);
	expect_number("uncovered", "offset", err.offset, 0xa122);
	expect_code("drop", split_bytes(folder, &image, QPAS_PACK_DROP_UNCOVERED, &err), 0);
	write_made(folder, "x");
	forget(&folder->made);
	expect_code("squash", squash_name(folder, "x.mdt", 0, &err), 0);
	expect_one_file(&folder->made, &clean, "without the byte");
	forget(&folder->made);
	test_image_free(&image);

	test_image_copy(&image, &clean);
	test_image_append(&image, "x", 1);
	refused(split_bytes(folder, &image, 0, &err), &err, &folder->made, QPAS_ERR_FORMAT, 426);
	expect_number("trailing", "offset", err.offset, clean.size);
	test_image_free(&image);
	test_image_free(&clean);
}

static void zeros_behind_the_last_segment_are_no_gap(void **state)
{
	struct folder *folder = *state;
	struct qpas_error err = QPAS_ERROR_INIT;
	struct test_image image;
	size_t size;

	test_image_build(&image, NULL);
	size = image.size;
	test_image_resize(&image, size + 3);
	refused(split_bytes(folder, &image, 0, &err), &err, &folder->made, QPAS_ERR_FORMAT, 427);
	expect_number("trailing", "offset", err.offset, size);
	expect_code("drop", split_bytes(folder, &image, QPAS_PACK_DROP_UNCOVERED, &err), 0);
	test_image_free(&image);
}

/* The hash segment is in its own part then, and the rest of the .mdt is nobody's. */
static void an_mdt_with_more_than_headers_is_refused_or_cut(void **state)
{
	struct folder *folder = *state;
	struct qpas_error err = QPAS_ERROR_INIT;
	struct test_image image;
	struct test_image mdt;

	test_image_build(&image, NULL);
	test_image_write_split(&image, folder->fd, "x");
	test_file_write(folder->fd, "x.b01", image.bytes + image.hash.offset, image.hash.length);
	test_image_copy(&mdt, &image);
	test_image_resize(&mdt, (size_t)test_phdr_get(&image, 0, TEST_P_FILESZ));
	test_image_append(&mdt, "garbage", 7);
	test_image_write(&mdt, folder->fd, "x.mdt");
	refused(squash_name(folder, "x.mdt", 0, &err), &err, &folder->made, QPAS_ERR_FORMAT, 426);
	expect_code("drop", squash_name(folder, "x.mdt", QPAS_PACK_DROP_UNCOVERED, &err), 0);
	expect_one_file(&folder->made, &image, "without the garbage");
	test_image_free(&mdt);
	test_image_free(&image);
}

/* Never over garbage: what is written twice must be the same. */
static void parts_that_contradict_each_other_are_refused(void **state)
{
	static const uint8_t other[0x20] = {1};
	struct folder *folder = *state;
	struct qpas_error err = QPAS_ERROR_INIT;
	struct test_image_spec spec = TEST_IMAGE_SPEC_INIT;
	struct test_image image;

	build_odd(&image, &spec);
	expect_code("split", split_bytes(folder, &image, 0, &err), 0);
	write_made(folder, "x");
	forget(&folder->made);
	test_file_write(folder->fd, "x.b03", other, sizeof(other));
	refused(squash_name(folder, "x.mdt", 0, &err), &err, &folder->made, QPAS_ERR_FORMAT, 428);
	expect_number("conflict", "offset", err.offset, 0x8100);
	expect_number("conflict", "segment", err.segment, 2);
	test_image_free(&image);
}

static void parts_that_contradict_the_headers_are_refused(void **state)
{
	struct folder *folder = *state;
	struct qpas_error err = QPAS_ERROR_INIT;
	struct test_image image;

	test_image_build(&image, NULL);
	/* the hash segment still follows the headers in the .mdt */
	test_phdr_set(&image, 2, TEST_P_OFFSET, 0x40);
	test_image_write_split(&image, folder->fd, "x");
	memset(image.bytes, 0xee, (size_t)test_phdr_get(&image, 2, TEST_P_FILESZ));
	test_file_write(folder->fd, "x.b02", image.bytes, 0x1234);
	refused(squash_name(folder, "x.mdt", 0, &err), &err, &folder->made, QPAS_ERR_FORMAT, 428);
	expect_number("conflict", "offset", err.offset, 0x40);
	test_image_free(&image);
}

/* Program headers that no placeholder covers, and a part over them. */
static void parts_that_contradict_uncovered_headers_are_refused(void **state)
{
	struct folder *folder = *state;
	struct qpas_error err = QPAS_ERROR_INIT;
	struct test_image image;

	test_image_build(&image, NULL);
	test_phdr_set(&image, 0, TEST_P_FILESZ, 0);
	test_phdr_set(&image, 1, TEST_P_FILESZ, 0);
	test_phdr_set(&image, 2, TEST_P_OFFSET, 0x40);
	test_image_resize(&image, 0x400);
	memset(image.bytes + 0x34 + 5 * 0x20, 0, 0x400 - (0x34 + 5 * 0x20));
	test_image_write(&image, folder->fd, "x.mdt");
	memset(image.bytes, 0xee, 0x400);
	test_image_resize(&image, 0x1234);
	test_file_write(folder->fd, "x.b02", image.bytes, 0x1234);
	test_file_write(folder->fd, "x.b03", image.bytes, 0x800);
	refused(squash_name(folder, "x.mdt", 0, &err), &err, &folder->made, QPAS_ERR_FORMAT, 429);
	expect_number("conflict", "segment", err.segment, 2);
	test_image_free(&image);
}

/* 128 MiB is the limit of a file: the last byte below it, and one more. */
static void a_file_of_holes_is_refused_by_the_limit(void **state)
{
	struct folder *folder = *state;
	struct test_image image;

	for (unsigned int i = 0; i < 2; i++) {
		struct qpas_error err = QPAS_ERROR_INIT;
		struct test_image mdt;

		test_image_build(&image, NULL);
		test_image_write_split(&image, folder->fd, "x");
		test_phdr_set(&image, 3, TEST_P_OFFSET, 0x8000000 - 0x800 + i);
		test_image_copy(&mdt, &image);
		test_image_resize(&mdt, (size_t)test_phdr_get(&image, 0, TEST_P_FILESZ));
		test_image_append(&mdt, image.bytes + image.hash.offset, image.hash.length);
		test_image_write(&mdt, folder->fd, "x.mdt");
		test_image_free(&mdt);
		if (i) {
			refused(squash_name(folder, "x.mdt", 0, &err), &err, &folder->made,
				QPAS_ERR_LIMIT, 430);
		} else {
			expect_code("at the limit", squash_name(folder, "x.mdt", 0, &err), 0);
			expect_number("at the limit", "size", folder->made.file[0].size, 0x8000000);
			forget(&folder->made);
		}
		test_image_free(&image);
	}
}

static void an_image_without_placeholder_has_no_split_form(void **state)
{
	struct test_image_spec spec = TEST_IMAGE_SPEC_INIT;
	struct folder *folder = *state;
	struct qpas_error err = QPAS_ERROR_INIT;
	struct test_image image;

	spec.mbn_version = 0;
	test_image_build(&image, &spec);
	refused(split_bytes(folder, &image, 0, &err), &err, &folder->made, QPAS_ERR_FORMAT, 431);
	test_image_free(&image);
	/* one that ends a byte before the headers do */
	test_image_build(&image, NULL);
	test_phdr_set(&image, 0, TEST_P_FILESZ, test_phdr_get(&image, 0, TEST_P_FILESZ) - 1);
	refused(split_bytes(folder, &image, 0, &err), &err, &folder->made, QPAS_ERR_FORMAT, 431);
	test_image_free(&image);
}

/* Nothing ends beyond the .mdt, so it would be taken for the image, with a hash segment elsewhere. */
static void an_mdt_that_would_be_taken_for_the_image_is_refused(void **state)
{
	struct folder *folder = *state;
	struct qpas_error err = QPAS_ERROR_INIT;
	struct test_image image;

	test_image_build(&image, NULL);
	for (uint32_t i = 2; i < image.phnum; i++)
		test_phdr_set(&image, i, TEST_P_FILESZ, 0);
	test_phdr_set(&image, 1, TEST_P_OFFSET, 8);
	test_image_resize(&image, image.hash.length + 8);
	refused(split_bytes(folder, &image, QPAS_PACK_DROP_UNCOVERED, &err), &err, &folder->made,
		QPAS_ERR_FORMAT, 432);
	test_image_free(&image);
}

static void a_callback_that_fails_ends_the_work(void **state)
{
	struct folder *folder = *state;
	struct test_image image;
	unsigned int calls;

	test_image_build(&image, NULL);
	expect_code("count", split_bytes(folder, &image, 0, NULL), 0);
	calls = folder->made.calls;
	forget(&folder->made);
	assert_int_equal(calls, 11);
	for (unsigned int i = 1; i <= 2 * calls; i++) {
		struct qpas_error err = QPAS_ERROR_INIT;

		folder->made.fail_at = (i + 1) / 2;
		folder->made.result = QPAS_ERR_IO;
		folder->made.says_why = i % 2;
		expect_code("split", split_bytes(folder, &image, 0, &err), QPAS_ERR_IO);
		expect_number("split", "calls", folder->made.calls, (i + 1) / 2);
		expect_number("split", "code", (uint64_t)err.code, (uint64_t)QPAS_ERR_IO);
		expect_number("split", "message", err.message_id, i % 2 ? 0 : 425);
		assert_true(err.text[0]);
		forget(&folder->made);
	}
	/* a number that is no error class */
	folder->made.fail_at = 1;
	folder->made.result = 7;
	expect_code("positive", split_bytes(folder, &image, 0, NULL), QPAS_ERR_BACKEND);
	test_image_free(&image);
}

static void wrong_arguments_are_refused(void **state)
{
	struct folder *folder = *state;
	struct qpas_pack_target target = target_of(&folder->made, 0);
	struct test_image from;
	struct qpas_image *image;

	test_image_build(&from, NULL);
	image = open_bytes(from.bytes, from.size);
	for (unsigned int i = 0; i < 2; i++) {
		int (*call)(const struct qpas_image *, const struct qpas_pack_target *,
			    struct qpas_error *) = i ? qpas_image_split : qpas_image_squash;

		target = target_of(&folder->made, 0);
		expect_code("image", call(NULL, &target, NULL), QPAS_ERR_ARG);
		expect_code("target", call(image, NULL, NULL), QPAS_ERR_ARG);
		target.flags = 2;
		expect_code("flags", call(image, &target, NULL), QPAS_ERR_ARG);
		target = target_of(&folder->made, 0);
		target.file = NULL;
		expect_code("file", call(image, &target, NULL), QPAS_ERR_ARG);
		target = target_of(&folder->made, 0);
		target.write = NULL;
		expect_code("write", call(image, &target, NULL), QPAS_ERR_ARG);
		target = target_of(&folder->made, 0);
		target.size = 8;
		expect_code("size", call(image, &target, NULL), QPAS_ERR_ABI);
	}
	assert_int_equal(folder->made.calls, 0);
	qpas_image_unref(image);
	test_image_free(&from);
}

static void memory_that_runs_out_is_told(void **state)
{
	struct folder *folder = *state;
	struct heap heap = {0, 0, 0, 0, false};
	struct qpas_allocator functions = QPAS_ALLOCATOR_INIT;
	struct qpas_pack_target target = target_of(&folder->made, 0);
	struct qpas_params params = QPAS_PARAMS_INIT;
	struct qpas_image *image = NULL;
	struct test_image from;

	functions.malloc = heap_malloc;
	functions.realloc = heap_realloc;
	functions.free = heap_free;
	functions.user = &heap;
	params.allocator = &functions;
	test_image_build(&from, NULL);
	test_image_write_split(&from, folder->fd, "x");
	assert_int_equal(qpas_image_open(folder->fd, "x.mdt", &params, &image, NULL), 0);
	heap.fail_at = heap.calls + 1;
	expect_code("squash", qpas_image_squash(image, &target, NULL), QPAS_ERR_NOMEM);
	assert_int_equal(folder->made.calls, 0);
	expect_code("squash", qpas_image_squash(image, &target, NULL), 0);
	qpas_image_unref(image);
	assert_int_equal(heap.live, 0);
	test_image_free(&from);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
	static const struct CMUnitTest tests[] = {
		TEST(every_layout_comes_back_byte_for_byte),
		TEST(a_split_set_has_a_file_for_each_header_with_data_and_the_mdt_last),
		TEST(sets_made_elsewhere_squash_to_the_image),
		TEST(a_split_set_can_be_split_again),
		TEST(one_file_is_squashed_to_itself),
		TEST(bytes_in_no_segment_are_refused_or_dropped_on_purpose),
		TEST(zeros_behind_the_last_segment_are_no_gap),
		TEST(an_mdt_with_more_than_headers_is_refused_or_cut),
		TEST(parts_that_contradict_each_other_are_refused),
		TEST(parts_that_contradict_the_headers_are_refused),
		TEST(parts_that_contradict_uncovered_headers_are_refused),
		TEST(a_file_of_holes_is_refused_by_the_limit),
		TEST(an_image_without_placeholder_has_no_split_form),
		TEST(an_mdt_that_would_be_taken_for_the_image_is_refused),
		TEST(a_callback_that_fails_ends_the_work),
		TEST(wrong_arguments_are_refused),
		TEST(memory_that_runs_out_is_told),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
