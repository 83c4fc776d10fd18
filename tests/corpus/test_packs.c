/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Every public image split and squashed again: the same file, byte for byte, or a refusal whose reason
 * the file's own headers show. The public split sets squashed: every digest still matches, and a split
 * gives the published parts.
 */
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

#include <qpas/auth.h>
#include <qpas/image.h>

#include "real_files.h"
#include "support/image_builder.h"
#include "support/must.h"

/* Message numbers of docs/errors.md. */
#define UNCOVERED      426u
#define NO_PLACEHOLDER 431u

static struct {
	unsigned int images;
	unsigned int same;
	unsigned int sets;
	unsigned int uncovered;
	unsigned int no_placeholder;
	unsigned int elf64;
	unsigned int hash_last;
	unsigned int wrong;
	uint64_t bytes;
} seen;

/* A folder that the files of one image go to. */
struct sink {
	char path[64];
	int dirfd;
	int fd;
};

static void part_name(char name[32], uint32_t segment)
{
	if (segment == QPAS_NO_SEGMENT)
		(void)snprintf(name, 32, "image.mdt");
	else
		(void)snprintf(name, 32, "image.b%02u", (unsigned int)segment);
}

static int new_file(void *user, uint32_t segment, uint64_t bytes, struct qpas_error *err)
{
	struct sink *sink = user;
	char name[32];

	(void)err;
	part_name(name, segment);
	if (sink->fd >= 0)
		(void)close(sink->fd);
	sink->fd = openat(sink->dirfd, name, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	test_must(sink->fd >= 0 && ftruncate(sink->fd, (off_t)bytes) == 0, name);
	return 0;
}

static int write_file(void *user, uint64_t offset, struct qpas_slice data, struct qpas_error *err)
{
	const struct sink *sink = user;
	const uint8_t *from = data.ptr;
	size_t done = 0;

	(void)err;
	while (done < data.len) {
		ssize_t part =
			pwrite(sink->fd, from + done, data.len - done, (off_t)(offset + done));

		test_must(part > 0, "write");
		done += (size_t)part;
	}
	return 0;
}

static void open_sink(struct sink *sink)
{
	sink->dirfd = test_folder_new(sink->path);
	sink->fd = -1;
}

static void close_sink(struct sink *sink)
{
	if (sink->fd >= 0)
		(void)close(sink->fd);
	test_folder_remove(sink->path, sink->dirfd);
}

static struct qpas_pack_target target_of(struct sink *sink)
{
	struct qpas_pack_target target = QPAS_PACK_TARGET_INIT;

	target.file = new_file;
	target.write = write_file;
	target.user = sink;
	return target;
}

static struct qpas_image *open_at(int dirfd, const char *name)
{
	struct qpas_error err = QPAS_ERROR_INIT;
	struct qpas_image *image = NULL;

	if (qpas_image_open(dirfd, name, NULL, &image, &err))
		fail_msg("%s: %s", name, err.text);
	return image;
}

static struct qpas_image *open_path(const char *path)
{
	const char *name = strrchr(path, '/') + 1;
	char *folder = strndup(path, (size_t)(name - path));
	struct qpas_image *image;
	int fd;

	test_must(folder != NULL, path);
	fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	test_must(fd >= 0, folder);
	image = open_at(fd, name);
	(void)close(fd);
	free(folder);
	return image;
}

/* Whether the file that was written last has these bytes. */
static bool has_bytes(const struct sink *sink, const uint8_t *bytes, size_t size)
{
	struct stat info;
	uint8_t chunk[65536];
	size_t done = 0;

	if (fstat(sink->fd, &info) || (size_t)info.st_size != size)
		return false;
	while (done < size) {
		ssize_t got = pread(sink->fd, chunk, sizeof(chunk), (off_t)done);

		if (got <= 0 || memcmp(chunk, bytes + done, (size_t)got))
			return false;
		done += (size_t)got;
	}
	return true;
}

/* The set in `from` as one file. */
static void squash(const struct sink *from, struct sink *to)
{
	struct qpas_pack_target target = target_of(to);
	struct qpas_error err = QPAS_ERROR_INIT;
	struct qpas_image *image = open_at(from->dirfd, "image.mdt");

	if (qpas_image_squash(image, &target, &err))
		fail_msg("%s", err.text);
	qpas_image_unref(image);
}

/* p_offset and p_filesz of header 0, read again from the bytes. */
static bool headers_covered(const struct real_file *file, uint32_t count)
{
	bool wide = file->bytes[4] == 2;
	uint64_t offset = 0;
	uint64_t filesz = 0;

	memcpy(&offset, file->bytes + (wide ? 64 + 8 : 52 + 4), wide ? 8 : 4);
	memcpy(&filesz, file->bytes + (wide ? 64 + 32 : 52 + 16), wide ? 8 : 4);
	return offset == 0 && filesz >= (wide ? 64 + 56 * count : 52 + 32 * count);
}

static void judge_refusal(const struct real_file *file, const struct qpas_image_info *info,
			  const struct qpas_error *err)
{
	bool right = false;

	if (err->message_id == UNCOVERED) {
		right = (info->flags & QPAS_IMAGE_UNCOVERED) && file->bytes[err->offset];
		seen.uncovered++;
	} else if (err->message_id == NO_PLACEHOLDER) {
		right = !headers_covered(file, info->segments);
		seen.no_placeholder++;
	}
	if (right)
		return;
	print_message("%s: %s\n", file->path, err->text);
	seen.wrong++;
}

static void split_and_back(const struct real_file *file, const struct qpas_image *image,
			   const struct qpas_image_info *info)
{
	struct qpas_error err = QPAS_ERROR_INIT;
	struct qpas_pack_target target;
	struct sink parts;
	struct sink whole;

	open_sink(&parts);
	open_sink(&whole);
	target = target_of(&parts);
	if (qpas_image_split(image, &target, &err)) {
		judge_refusal(file, info, &err);
	} else {
		squash(&parts, &whole);
		if (has_bytes(&whole, file->bytes, file->size)) {
			seen.same++;
			seen.bytes += file->size;
			seen.elf64 += info->elf_class == 64;
			seen.hash_last += info->hash_segment + 1 == info->segments;
		} else {
			print_message("%s: not the same\n", file->path);
			seen.wrong++;
		}
	}
	close_sink(&parts);
	close_sink(&whole);
}

static void expect_digests(const char *path, const struct qpas_image *image)
{
	struct qpas_auth_summary summary = QPAS_AUTH_SUMMARY_INIT;
	struct qpas_auth_params params = QPAS_AUTH_PARAMS_INIT;
	struct qpas_auth_report *report = NULL;

	params.flags = QPAS_AUTH_DIGESTS_ONLY;
	assert_int_equal(qpas_auth_verify(image, &params, &report, NULL), 0);
	assert_int_equal(qpas_auth_report_describe(report, &summary, NULL), 0);
	qpas_auth_report_free(report);
	if (summary.digests_checked < 2 || summary.digests_matched != summary.digests_checked)
		fail_msg("%s: %u of %u digests", path, summary.digests_matched,
			 summary.digests_checked);
}

/* What a split of the squashed image gives stands in the package, too. */
static void expect_published(const char *path, const struct sink *parts, uint32_t segments)
{
	unsigned int compared = 0;

	for (uint32_t i = 0; i <= segments; i++) {
		uint32_t segment = i == segments ? QPAS_NO_SEGMENT : i;
		char published[4096];
		char name[32];
		struct sink one = {"", -1, -1};
		struct stat info;
		uint8_t *bytes;
		int fd;

		part_name(name, segment);
		(void)snprintf(published, sizeof(published), "%.*s%s", (int)(strlen(path) - 3),
			       path, strrchr(name, '.') + 1);
		fd = open(published, O_RDONLY | O_CLOEXEC);
		one.fd = openat(parts->dirfd, name, O_RDONLY | O_CLOEXEC);
		if ((fd >= 0) != (one.fd >= 0))
			fail_msg("%s: %s", published, fd >= 0 ? "not made" : "not published");
		if (fd < 0)
			continue;
		test_must(fstat(fd, &info) == 0, published);
		bytes = malloc((size_t)info.st_size + 1);
		test_must(bytes && read(fd, bytes, (size_t)info.st_size) == info.st_size,
			  published);
		if (!has_bytes(&one, bytes, (size_t)info.st_size))
			fail_msg("%s: differs", published);
		free(bytes);
		(void)close(one.fd);
		(void)close(fd);
		compared++;
	}
	assert_true(compared >= 4);
}

static void squash_set(const struct real_file *file, const struct qpas_image *set)
{
	struct qpas_image_info info = QPAS_IMAGE_INFO_INIT;
	struct qpas_error err = QPAS_ERROR_INIT;
	struct qpas_pack_target target;
	struct qpas_image *image = NULL;
	struct sink whole;
	struct sink parts;

	open_sink(&whole);
	open_sink(&parts);
	target = target_of(&whole);
	if (qpas_image_squash(set, &target, &err) ||
	    qpas_image_open_fd(whole.fd, "image.mbn", NULL, &image, &err))
		fail_msg("%s: %s", file->path, err.text);
	assert_int_equal(qpas_image_describe(image, &info, NULL), 0);
	assert_false(info.flags & (QPAS_IMAGE_SPLIT | QPAS_IMAGE_UNCOVERED));
	expect_digests(file->path, image);
	target = target_of(&parts);
	if (qpas_image_split(image, &target, &err))
		fail_msg("%s: %s", file->path, err.text);
	expect_published(file->path, &parts, info.segments);
	qpas_image_unref(image);
	close_sink(&whole);
	close_sink(&parts);
	seen.sets++;
}

static void visit(const struct real_file *file, void *user)
{
	struct qpas_image_info info = QPAS_IMAGE_INFO_INIT;
	struct qpas_image *image = open_path(file->path);

	(void)user;
	assert_int_equal(qpas_image_describe(image, &info, NULL), 0);
	seen.images++;
	if (info.flags & QPAS_IMAGE_SPLIT)
		squash_set(file, image);
	else
		split_and_back(file, image, &info);
	qpas_image_unref(image);
}

static void every_public_image_survives_split_and_squash(void **state)
{
	(void)state;
	(void)real_files_visit(visit, NULL);
	print_message(
		"%u images: %u the same after split and squash (%llu MiB, %u ELF64), %u split "
		"sets squashed; refused: %u with bytes in no segment, %u without placeholder\n",
		seen.images, seen.same, (unsigned long long)(seen.bytes >> 20), seen.elf64,
		seen.sets, seen.uncovered, seen.no_placeholder);
	assert_int_equal(seen.wrong, 0);
	assert_int_equal(seen.same + seen.sets + seen.uncovered + seen.no_placeholder, seen.images);
	/* Shapes that the collection has; without them the test above would prove little. */
	assert_true(seen.same >= 150);
	assert_true(seen.sets >= 4);
	assert_true(seen.elf64 >= 4);
	assert_true(seen.hash_last >= 20 && seen.hash_last < seen.same);
	assert_true(seen.uncovered + seen.no_placeholder <= seen.images / 10);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_public_image_survives_split_and_squash),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
