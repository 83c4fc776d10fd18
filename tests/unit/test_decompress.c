/* SPDX-License-Identifier: BSD-3-Clause */
/* Images compressed with xz and zstd (F18): found, unpacked within the limits, refused when bad. */
/* WRAPS: pread fallocate ZSTD_createDCtx lzma_stream_decoder */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>
#include <lzma.h>
#include <zstd.h>

#include <qpas/image.h>

#include "failing_heap.h"
#include "support/image_builder.h"
#include "support/must.h"

/* What the calls below the library do; all zero: what they always do. */
static struct {
	bool one_byte; /* pread gives one byte at a time, after an EINTR */
	int read_errno;
	off_t fails_at; /* offset from which read_errno is given */
	const char *touch; /* a file to write into during the second read */
	unsigned int reads;
	off_t largest; /* that fallocate was asked for */
	bool no_zstd;
	bool no_xz;
} fake;

ssize_t __real_pread(int fd, void *to, size_t bytes, off_t at);
ssize_t __wrap_pread(int fd, void *to, size_t bytes, off_t at);
int __real_fallocate(int fd, int mode, off_t at, off_t bytes);
int __wrap_fallocate(int fd, int mode, off_t at, off_t bytes);
ZSTD_DCtx *__real_ZSTD_createDCtx(void);
ZSTD_DCtx *__wrap_ZSTD_createDCtx(void);
lzma_ret __real_lzma_stream_decoder(lzma_stream *stream, uint64_t limit, uint32_t flags);
lzma_ret __wrap_lzma_stream_decoder(lzma_stream *stream, uint64_t limit, uint32_t flags);

static void touch(void)
{
	int fd = open(fake.touch, O_WRONLY | O_CLOEXEC);

	/* file times have the resolution of a timer tick */
	(void)usleep(20000);
	test_must(fd >= 0 && pwrite(fd, "x", 1, 100) == 1 && close(fd) == 0, "change a file");
	fake.touch = NULL;
}

ssize_t __wrap_pread(int fd, void *to, size_t bytes, off_t at)
{
	static bool interrupted;

	if (++fake.reads == 2 && fake.touch)
		touch();
	if (fake.read_errno && at >= fake.fails_at) {
		errno = fake.read_errno;
		return -1;
	}
	interrupted = !interrupted;
	if (fake.one_byte && interrupted) {
		errno = EINTR;
		return -1;
	}
	return __real_pread(fd, to, fake.one_byte && bytes ? 1 : bytes, at);
}

int __wrap_fallocate(int fd, int mode, off_t at, off_t bytes)
{
	if (at + bytes > fake.largest)
		fake.largest = at + bytes;
	return __real_fallocate(fd, mode, at, bytes);
}

ZSTD_DCtx *__wrap_ZSTD_createDCtx(void)
{
	return fake.no_zstd ? NULL : __real_ZSTD_createDCtx();
}

lzma_ret __wrap_lzma_stream_decoder(lzma_stream *stream, uint64_t limit, uint32_t flags)
{
	return fake.no_xz ? LZMA_MEM_ERROR : __real_lzma_stream_decoder(stream, limit, flags);
}

enum form { PLAIN, XZ, ZST };

static const char *const form_names[] = {"plain", "xz", "zst"};

struct bytes {
	uint8_t *at;
	size_t size;
};

static size_t pack_xz(const void *from, size_t size, uint8_t *to, size_t room)
{
	size_t length = 0;

	test_must(lzma_easy_buffer_encode(6, LZMA_CHECK_CRC32, NULL, from, size, to, &length,
					  room) == LZMA_OK,
		  "xz");
	return length;
}

static size_t pack_zstd(const void *from, size_t size, uint8_t *to, size_t room)
{
	ZSTD_CCtx *zstd = ZSTD_createCCtx();
	size_t length;

	test_must(zstd != NULL, "memory");
	test_must(!ZSTD_isError(ZSTD_CCtx_setParameter(zstd, ZSTD_c_checksumFlag, 1)), "zstd");
	length = ZSTD_compress2(zstd, to, room, from, size);
	test_must(!ZSTD_isError(length), "zstd");
	(void)ZSTD_freeCCtx(zstd);
	return length;
}

/* As xz and zstd write them, with a checksum over the contents. */
static struct bytes pack(enum form form, const void *from, size_t size)
{
	size_t room = ZSTD_compressBound(size) + lzma_stream_buffer_bound(size) + 64;
	struct bytes out = {malloc(room), size};

	test_must(out.at != NULL, "memory");
	if (form == XZ)
		out.size = pack_xz(from, size, out.at, room);
	else if (form == ZST)
		out.size = pack_zstd(from, size, out.at, room);
	else
		memcpy(out.at, from, size);
	return out;
}

static void write_packed(int dirfd, const char *name, enum form form, const void *from, size_t size)
{
	struct bytes packed = pack(form, from, size);

	test_file_write(dirfd, name, packed.at, packed.size);
	free(packed.at);
}

struct folder {
	char path[64];
	int fd;
	struct test_image image;
};

static int setup(void **state)
{
	struct folder *folder = calloc(1, sizeof(*folder));

	test_must(folder != NULL, "memory");
	memset(&fake, 0, sizeof(fake));
	folder->fd = test_folder_new(folder->path);
	test_image_build(&folder->image, NULL);
	*state = folder;
	return 0;
}

static int teardown(void **state)
{
	struct folder *folder = *state;

	memset(&fake, 0, sizeof(fake));
	test_folder_remove(folder->path, folder->fd);
	test_image_free(&folder->image);
	free(folder);
	return 0;
}

/* The same headers and the same data as the image that was packed. */
static void expect_image(const struct qpas_image *image, const struct test_image *wanted,
			 const char *row)
{
	for (uint32_t i = 0; i < wanted->phnum; i++) {
		size_t offset = (size_t)test_phdr_get(wanted, i, TEST_P_OFFSET);
		size_t length = (size_t)test_phdr_get(wanted, i, TEST_P_FILESZ);
		struct qpas_slice data = {NULL, 0};

		assert_int_equal(qpas_image_segment_data(image, i, &data, NULL), 0);
		if (data.len != length ||
		    (length && memcmp(data.ptr, wanted->bytes + offset, length)))
			fail_msg("%s: segment %u differs", row, i);
	}
}

static int open_with(const struct folder *folder, const char *name,
		     const struct qpas_limits *limits, struct qpas_error *err)
{
	struct qpas_params params = QPAS_PARAMS_INIT;
	struct qpas_image *image = NULL;
	int result;

	params.limits = limits;
	result = qpas_image_open(folder->fd, name, &params, &image, err);
	if ((result == 0) != (image != NULL))
		fail_msg("%s: result %d, image %p", name, result, (void *)image);
	if (image)
		expect_image(image, &folder->image, name);
	qpas_image_unref(image);
	return result;
}

/* `message` 0: whichever. */
static void expect(const struct folder *folder, const char *name, int wanted, uint32_t message)
{
	struct qpas_error err = QPAS_ERROR_INIT;
	int result = open_with(folder, name, NULL, &err);

	if (result != wanted || (message && err.message_id != message))
		fail_msg("%s: got %d, message %u (%s), want %d, message %u", name, result,
			 err.message_id, err.text, wanted, message);
}

static void f18_compressed_images_are_read_under_any_name(void **state)
{
	static const struct {
		const char *file;
		enum form form;
		const char *asked;
	} rows[] = {
		{"own.mbn.xz", XZ, "own.mbn.xz"},     {"own.mbn.zst", ZST, "own.mbn.zst"},
		{"magic.mbn", XZ, "magic.mbn"},	      {"magic2.mbn", ZST, "magic2.mbn"},
		{"gone.mbn.xz", XZ, "gone.mbn"},      {"gone2.mbn.zst", ZST, "gone2.mbn"},
		{"plain.mbn.xz", PLAIN, "plain.mbn"}, {"swap.mbn.zst", XZ, "swap.mbn"},
		{"whole.mdt.xz", XZ, "whole.mdt"},    {"noend.xz", ZST, "noend"},
	};
	struct folder *folder = *state;

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		write_packed(folder->fd, rows[i].file, rows[i].form, folder->image.bytes,
			     folder->image.size);
		expect(folder, rows[i].asked, 0, 0);
	}
}

/* The order of the kernel's firmware loader. */
static void f18_the_plain_file_comes_first_then_zst_then_xz(void **state)
{
	struct folder *folder = *state;

	test_file_write(folder->fd, "a.mbn.xz", "bad", 3);
	expect(folder, "a.mbn", QPAS_ERR_FORMAT, 301);
	write_packed(folder->fd, "a.mbn.zst", ZST, folder->image.bytes, folder->image.size);
	expect(folder, "a.mbn", 0, 0);
	test_file_write(folder->fd, "a.mbn.zst", "bad", 3);
	test_image_write(&folder->image, folder->fd, "a.mbn");
	expect(folder, "a.mbn", 0, 0);
}

static void f18_what_is_missing_in_every_form_is_named_as_it_was_asked_for(void **state)
{
	struct folder *folder = *state;
	struct qpas_error err = QPAS_ERROR_INIT;
	char longest[256];

	assert_int_equal(open_with(folder, "none.mbn", NULL, &err), QPAS_ERR_NOTFOUND);
	assert_non_null(strstr(err.text, "none.mbn:"));
	assert_int_equal(err.os_errno, ENOENT);
	/* no room for an ending */
	memset(longest, 'a', 255);
	longest[255] = '\0';
	expect(folder, longest, QPAS_ERR_NOTFOUND, 201);
	/* the compressed form obeys the rules for links, too */
	assert_int_equal(symlinkat("/etc/hostname", folder->fd, "out.mbn.zst"), 0);
	assert_int_equal(open_with(folder, "out.mbn", NULL, &err), QPAS_ERR_POLICY);
	assert_non_null(strstr(err.text, "out.mbn.zst"));
}

static void f18_descriptors_and_memory_are_unpacked_as_well(void **state)
{
	struct folder *folder = *state;

	for (enum form form = PLAIN; form <= ZST; form++) {
		struct bytes packed = pack(form, folder->image.bytes, folder->image.size);
		struct qpas_slice slice = {packed.at, packed.size};
		struct qpas_image *image = NULL;
		int fd;

		assert_int_equal(qpas_image_open_memory(slice, NULL, &image, NULL), 0);
		expect_image(image, &folder->image, form_names[form]);
		qpas_image_unref(image);
		test_file_write(folder->fd, "x", packed.at, packed.size);
		fd = openat(folder->fd, "x", O_RDONLY | O_CLOEXEC);
		assert_int_equal(qpas_image_open_fd(fd, "x", NULL, &image, NULL), 0);
		expect_image(image, &folder->image, form_names[form]);
		qpas_image_unref(image);
		(void)close(fd);
		free(packed.at);
	}
}

static void remove_if_there(const struct folder *folder, const char *name)
{
	(void)unlinkat(folder->fd, name, 0);
}

/* Writes part `index` of the split image in a form of its own. */
static void write_part(const struct folder *folder, uint32_t index, enum form form)
{
	size_t offset = (size_t)test_phdr_get(&folder->image, index, TEST_P_OFFSET);
	size_t length = (size_t)test_phdr_get(&folder->image, index, TEST_P_FILESZ);
	char name[64];

	(void)snprintf(name, sizeof(name), "s.b%02u", index);
	remove_if_there(folder, name);
	(void)snprintf(name, sizeof(name), "s.b%02u%s", index,
		       form == XZ  ? ".xz" :
		       form == ZST ? ".zst" :
				     "");
	write_packed(folder->fd, name, form, folder->image.bytes + offset, length);
}

static void write_mdt(const struct folder *folder, enum form form)
{
	size_t headers = (size_t)test_phdr_get(&folder->image, 0, TEST_P_FILESZ);
	struct test_image mdt;

	test_image_copy(&mdt, &folder->image);
	test_image_resize(&mdt, headers);
	test_image_append(&mdt, folder->image.bytes + folder->image.hash.offset,
			  folder->image.hash.length);
	remove_if_there(folder, "s.mdt");
	write_packed(folder->fd,
		     form == XZ	 ? "s.mdt.xz" :
		     form == ZST ? "s.mdt.zst" :
				   "s.mdt",
		     form, mdt.bytes, mdt.size);
	test_image_free(&mdt);
}

static void f18_each_file_of_a_split_image_may_be_compressed(void **state)
{
	static const enum form rows[][3] = {
		{XZ, PLAIN, PLAIN}, {PLAIN, XZ, ZST},	{ZST, ZST, ZST},
		{XZ, XZ, XZ},	    {PLAIN, PLAIN, XZ}, {ZST, XZ, PLAIN},
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct folder *folder = *state;

		write_mdt(folder, rows[i][0]);
		write_part(folder, 2, rows[i][1]);
		write_part(folder, 3, rows[i][2]);
		expect(folder, "s.mdt", 0, 0);
		if (rows[i][0] != PLAIN)
			expect(folder, rows[i][0] == XZ ? "s.mdt.xz" : "s.mdt.zst", 0, 0);
		teardown(state);
		setup(state);
	}
}

/* F02 in its compressed form; part 2 has 0x1234 bytes. */
static void f18_a_compressed_part_has_exactly_its_size(void **state)
{
	static const struct {
		size_t size;
		int wanted;
		uint32_t message;
	} rows[] = {
		{0x1233, QPAS_ERR_TRUNC, 209},
		{0, QPAS_ERR_TRUNC, 209},
		{0x1235, QPAS_ERR_FORMAT, 219},
		{0x800000, QPAS_ERR_FORMAT, 219},
	};
	struct folder *folder = *state;
	uint8_t *zeros = calloc(1, 0x800000);

	test_must(zeros != NULL, "memory");
	for (enum form form = XZ; form <= ZST; form++) {
		for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
			test_image_write_split(&folder->image, folder->fd, "s");
			assert_int_equal(unlinkat(folder->fd, "s.b02", 0), 0);
			remove_if_there(folder, "s.b02.zst");
			write_packed(folder->fd, form == XZ ? "s.b02.xz" : "s.b02.zst", form, zeros,
				     rows[i].size);
			fake.largest = 0;
			expect(folder, "s.mdt", rows[i].wanted, rows[i].message);
			assert_in_range(fake.largest, 0, 0x10000);
		}
		remove_if_there(folder, "s.b02.xz");
	}
	free(zeros);
}

static void f18_a_part_whose_name_says_so_must_be_compressed(void **state)
{
	struct folder *folder = *state;
	struct qpas_error err = QPAS_ERROR_INIT;

	test_image_write_split(&folder->image, folder->fd, "s");
	assert_int_equal(renameat(folder->fd, "s.b02", folder->fd, "s.b02.zst"), 0);
	assert_int_equal(open_with(folder, "s.mdt", NULL, &err), QPAS_ERR_FORMAT);
	assert_int_equal(err.message_id, 221);
	assert_int_equal(err.segment, 2);
	assert_non_null(strstr(err.text, "s.b02.zst"));
}

/* A part may begin with anything; under its own name it is never unpacked. */
static void f18_data_that_look_compressed_stay_what_they_are(void **state)
{
	static const uint8_t magics[2][8] = {{0x28, 0xb5, 0x2f, 0xfd}, {0xfd, '7', 'z', 'X', 'Z'}};
	struct folder *folder = *state;
	size_t offset = (size_t)test_phdr_get(&folder->image, 2, TEST_P_OFFSET);

	for (size_t i = 0; i < 2; i++) {
		memcpy(folder->image.bytes + offset, magics[i], 8);
		test_image_write_split(&folder->image, folder->fd, "s");
		expect(folder, "s.mdt", 0, 0);
	}
}

static void f18_every_truncation_is_truncated(void **state)
{
	struct folder *folder = *state;

	for (enum form form = XZ; form <= ZST; form++) {
		struct bytes packed = pack(form, folder->image.bytes, folder->image.size);

		for (size_t size = 0; size < packed.size; size += size < 100 ? 1 : 7) {
			bool told = size >= (form == XZ ? 6 : 4);

			test_file_write(folder->fd, "t", packed.at, size);
			if (told)
				expect(folder, "t", QPAS_ERR_TRUNC, 216);
			else
				expect(folder, "t", size ? QPAS_ERR_FORMAT : QPAS_ERR_TRUNC, 0);
		}
		test_file_write(folder->fd, "t", packed.at, packed.size - 1);
		expect(folder, "t", QPAS_ERR_TRUNC, 216);
		free(packed.at);
	}
}

/* A changed byte is found, or it changes nothing: expect() compares the data of an image. */
static void f18_no_changed_byte_gives_another_image(void **state)
{
	struct folder *folder = *state;

	for (enum form form = XZ; form <= ZST; form++) {
		struct bytes packed = pack(form, folder->image.bytes, folder->image.size);
		size_t refused = 0;

		for (size_t i = 0; i < packed.size; i++) {
			struct qpas_error err = QPAS_ERROR_INIT;
			int result;

			packed.at[i] ^= (uint8_t)(1u << i % 8);
			test_file_write(folder->fd, "t", packed.at, packed.size);
			result = open_with(folder, "t", NULL, &err);
			if (result && result != QPAS_ERR_FORMAT && result != QPAS_ERR_TRUNC &&
			    result != QPAS_ERR_LIMIT)
				fail_msg("%s, byte %zu: %d (%s)", form_names[form], i, result,
					 err.text);
			refused += result != 0;
			packed.at[i] ^= (uint8_t)(1u << i % 8);
		}
		/* zstd has a few bits that mean nothing, and matches that may come from two places */
		if (refused * 100 < packed.size * 95)
			fail_msg("%s: %zu of %zu changes refused", form_names[form], refused,
				 packed.size);
		free(packed.at);
	}
}

/* The kernel's loader stops at the end of the first stream, so nothing may stand behind it. */
static void f18_nothing_may_stand_behind_the_compressed_data(void **state)
{
	struct folder *folder = *state;
	static const uint8_t zeros[4];

	for (enum form form = XZ; form <= ZST; form++) {
		struct bytes packed = pack(form, folder->image.bytes, folder->image.size);
		struct qpas_error err = QPAS_ERROR_INIT;
		uint8_t *twice = malloc(2 * packed.size);

		test_must(twice != NULL, "memory");
		memcpy(twice, packed.at, packed.size);
		memcpy(twice + packed.size, packed.at, packed.size);
		test_file_write(folder->fd, "t", twice, 2 * packed.size);
		assert_int_equal(open_with(folder, "t", NULL, &err), QPAS_ERR_FORMAT);
		assert_int_equal(err.message_id, 217);
		assert_int_equal(err.offset, packed.size);
		memcpy(twice + packed.size, zeros, sizeof(zeros));
		test_file_write(folder->fd, "t", twice, packed.size + 1);
		expect(folder, "t", QPAS_ERR_FORMAT, 217);
		test_file_write(folder->fd, "t", twice, packed.size + 4);
		expect(folder, "t", QPAS_ERR_FORMAT, 217);
		free(twice);
		free(packed.at);
	}
}

static void f18_output_above_the_limit_is_never_made(void **state)
{
	struct qpas_limits limits = QPAS_LIMITS_INIT;
	struct folder *folder = *state;
	struct test_image large;

	limits.file_bytes = 3u << 20;
	test_image_copy(&large, &folder->image);
	test_image_resize(&large, (size_t)64 << 20);
	for (enum form form = XZ; form <= ZST; form++) {
		struct qpas_error err = QPAS_ERROR_INIT;

		write_packed(folder->fd, "bomb", form, large.bytes, large.size);
		fake.largest = 0;
		assert_int_equal(open_with(folder, "bomb", &limits, &err), QPAS_ERR_LIMIT);
		assert_int_equal(err.message_id, 218);
		assert_non_null(strstr(err.text, "3145728"));
		assert_in_range(fake.largest, 1 << 20, 3 << 20);
	}
	test_image_free(&large);
}

static void f18_the_limit_itself_is_allowed(void **state)
{
	struct qpas_limits limits = QPAS_LIMITS_INIT;
	struct folder *folder = *state;

	for (enum form form = XZ; form <= ZST; form++) {
		struct qpas_error err = QPAS_ERROR_INIT;

		write_packed(folder->fd, "x", form, folder->image.bytes, folder->image.size);
		limits.file_bytes = folder->image.size;
		assert_int_equal(open_with(folder, "x", &limits, &err), 0);
		limits.file_bytes--;
		assert_int_equal(open_with(folder, "x", &limits, &err), QPAS_ERR_LIMIT);
		limits.file_bytes = 16;
		assert_int_equal(open_with(folder, "x", &limits, &err), QPAS_ERR_LIMIT);
		assert_int_equal(err.message_id, 205);
	}
}

static void f18_all_files_together_have_a_limit_unpacked(void **state)
{
	struct qpas_limits limits = QPAS_LIMITS_INIT;
	struct folder *folder = *state;
	struct qpas_error err = QPAS_ERROR_INIT;
	size_t all;

	write_mdt(folder, XZ);
	write_part(folder, 2, ZST);
	write_part(folder, 3, XZ);
	all = (size_t)test_phdr_get(&folder->image, 0, TEST_P_FILESZ) + folder->image.hash.length;
	for (uint32_t i = 2; i < 4; i++)
		all += (size_t)test_phdr_get(&folder->image, i, TEST_P_FILESZ);
	limits.image_bytes = all;
	assert_int_equal(open_with(folder, "s.mdt", &limits, &err), 0);
	limits.image_bytes = all - 1;
	assert_int_equal(open_with(folder, "s.mdt", &limits, &err), QPAS_ERR_LIMIT);
	assert_int_equal(err.message_id, 212);
}

static void store32(uint8_t *to, uint32_t value)
{
	for (int i = 0; i < 4; i++)
		to[i] = (uint8_t)(value >> 8 * i);
}

static void f18_a_huge_window_is_refused_before_it_is_allocated(void **state)
{
	/* magic, no flags, window of 2^31 bytes, an empty last block */
	static const uint8_t zstd[] = {0x28, 0xb5, 0x2f, 0xfd, 0x00, 21 << 3, 0x01, 0x00, 0x00};
	struct folder *folder = *state;
	struct bytes xz = pack(XZ, folder->image.bytes, folder->image.size);
	size_t header = (xz.at[12] + 1u) * 4u;
	size_t property = 2;

	test_file_write(folder->fd, "w", zstd, sizeof(zstd));
	expect(folder, "w", QPAS_ERR_LIMIT, 220);
	/* block header: LZMA2 with one byte of properties, the size of its dictionary: 4 GiB */
	while (property + 2 < header && memcmp(xz.at + 12 + property, "\x21\x01", 2) != 0)
		property++;
	assert_in_range(property, 2, header - 7);
	xz.at[12 + property + 2] = 40;
	store32(xz.at + 12 + header - 4, lzma_crc32(xz.at + 12, header - 4, 0));
	test_file_write(folder->fd, "w", xz.at, xz.size);
	expect(folder, "w", QPAS_ERR_LIMIT, 220);
	free(xz.at);
}

/* Which would otherwise be skipped: nothing would be checked. */
static void f18_an_unknown_integrity_check_is_refused(void **state)
{
	struct folder *folder = *state;
	struct bytes xz = pack(XZ, folder->image.bytes, folder->image.size);
	struct qpas_error err = QPAS_ERROR_INIT;

	xz.at[7] = 2;
	store32(xz.at + 8, lzma_crc32(xz.at + 6, 2, 0));
	test_file_write(folder->fd, "c", xz.at, xz.size);
	assert_int_equal(open_with(folder, "c", NULL, &err), QPAS_ERR_FORMAT);
	assert_int_equal(err.message_id, 215);
	assert_non_null(strstr(err.text, "integrity check"));
	/* options from the future: reserved flags */
	xz.at[6] = 0x10;
	store32(xz.at + 8, lzma_crc32(xz.at + 6, 2, 0));
	test_file_write(folder->fd, "c", xz.at, xz.size);
	expect(folder, "c", QPAS_ERR_FORMAT, 215);
	free(xz.at);
}

static void f18_contents_that_are_no_image_are_told_as_such(void **state)
{
	struct folder *folder = *state;

	for (enum form form = XZ; form <= ZST; form++) {
		struct bytes inner = pack(form, folder->image.bytes, folder->image.size);

		write_packed(folder->fd, "text", form,
			     "This is no image, and it is more than 52 bytes.....", 52);
		expect(folder, "text", QPAS_ERR_FORMAT, 301);
		write_packed(folder->fd, "empty", form, "", 0);
		expect(folder, "empty", QPAS_ERR_TRUNC, 300);
		/* compressed twice: the contents is no ELF file */
		write_packed(folder->fd, "twice", form, inner.at, inner.size);
		expect(folder, "twice", QPAS_ERR_FORMAT, 301);
		free(inner.at);
	}
}

static void f18_reading_obeys_the_rules_of_plain_files(void **state)
{
	struct folder *folder = *state;
	struct qpas_error err = QPAS_ERROR_INIT;
	char path[128];

	for (enum form form = XZ; form <= ZST; form++) {
		write_packed(folder->fd, "x", form, folder->image.bytes, folder->image.size);
		/* F12 */
		fake.one_byte = true;
		expect(folder, "x", 0, 0);
		fake.one_byte = false;
		/* F11: the first read is that of the magic */
		fake.read_errno = EIO;
		for (fake.fails_at = 0; fake.fails_at < 7; fake.fails_at += 6) {
			assert_int_equal(open_with(folder, "x", NULL, &err), QPAS_ERR_IO);
			assert_int_equal(err.os_errno, EIO);
		}
		fake.read_errno = 0;
		/* F03: whatever the mixture unpacks to, the change is what is told */
		(void)snprintf(path, sizeof(path), "%s/x", folder->path);
		fake.touch = path;
		fake.reads = 0;
		expect(folder, "x", QPAS_ERR_CHANGED, 206);
	}
}

static void memory_that_runs_out_is_told_at_every_place(void **state)
{
	struct folder *folder = *state;
	uint32_t passed = 0;

	for (enum form form = XZ; form <= ZST; form++) {
		struct bytes packed = pack(form, folder->image.bytes, folder->image.size);
		struct qpas_slice slice = {packed.at, packed.size};
		struct qpas_image *image = NULL;

		for (uint32_t at = 1; !image; at++) {
			struct heap heap = {0, at, 0, 0, false};
			struct qpas_allocator functions = QPAS_ALLOCATOR_INIT;
			struct qpas_params params = QPAS_PARAMS_INIT;
			int result;

			functions.malloc = heap_malloc;
			functions.realloc = heap_realloc;
			functions.free = heap_free;
			functions.user = &heap;
			params.allocator = &functions;
			result = qpas_image_open_memory(slice, &params, &image, NULL);
			if (result != (image ? 0 : QPAS_ERR_NOMEM))
				fail_msg("allocation %u: %d", at, result);
			qpas_image_unref(image);
			assert_int_equal(heap.live, 0);
			passed += !image;
		}
		fake.no_xz = fake.no_zstd = true;
		assert_int_equal(qpas_image_open_memory(slice, NULL, &image, NULL), QPAS_ERR_NOMEM);
		fake.no_xz = fake.no_zstd = false;
		free(packed.at);
	}
	assert_true(passed >= 6);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
	static const struct CMUnitTest tests[] = {
		TEST(f18_compressed_images_are_read_under_any_name),
		TEST(f18_the_plain_file_comes_first_then_zst_then_xz),
		TEST(f18_what_is_missing_in_every_form_is_named_as_it_was_asked_for),
		TEST(f18_descriptors_and_memory_are_unpacked_as_well),
		TEST(f18_each_file_of_a_split_image_may_be_compressed),
		TEST(f18_a_compressed_part_has_exactly_its_size),
		TEST(f18_a_part_whose_name_says_so_must_be_compressed),
		TEST(f18_data_that_look_compressed_stay_what_they_are),
		TEST(f18_every_truncation_is_truncated),
		TEST(f18_no_changed_byte_gives_another_image),
		TEST(f18_nothing_may_stand_behind_the_compressed_data),
		TEST(f18_output_above_the_limit_is_never_made),
		TEST(f18_the_limit_itself_is_allowed),
		TEST(f18_all_files_together_have_a_limit_unpacked),
		TEST(f18_a_huge_window_is_refused_before_it_is_allocated),
		TEST(f18_an_unknown_integrity_check_is_refused),
		TEST(f18_contents_that_are_no_image_are_told_as_such),
		TEST(f18_reading_obeys_the_rules_of_plain_files),
		TEST(memory_that_runs_out_is_told_at_every_place),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
