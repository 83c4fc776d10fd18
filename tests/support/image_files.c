/* SPDX-License-Identifier: BSD-3-Clause */
/* Temporary folders, and test images as files, whole or split. */
#define _GNU_SOURCE
#include "support/image_builder.h"

#include <fcntl.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "support/must.h"

int test_folder_new(char path[64])
{
	const char *top = getenv("TMPDIR");
	int fd;

	if (!top || strlen(top) > 40)
		top = "/tmp";
	(void)snprintf(path, 64, "%s/qpas-test-XXXXXX", top);
	test_must(mkdtemp(path) != NULL, "temporary folder");
	fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	test_must(fd >= 0, "temporary folder");
	return fd;
}

static int remove_entry(const char *path, const struct stat *info, int kind, struct FTW *where)
{
	(void)info;
	(void)kind;
	(void)where;
	return remove(path);
}

void test_folder_remove(const char *path, int dirfd)
{
	if (dirfd >= 0)
		(void)close(dirfd);
	test_must(nftw(path, remove_entry, 16, FTW_DEPTH | FTW_PHYS) == 0, "remove the folder");
}

void test_file_write(int dirfd, const char *name, const void *bytes, size_t size)
{
	int fd = openat(dirfd, name, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
	size_t done = 0;

	test_must(fd >= 0, "create a file");
	while (done < size) {
		ssize_t written = write(fd, (const uint8_t *)bytes + done, size - done);

		test_must(written > 0, "write a file");
		done += (size_t)written;
	}
	test_must(close(fd) == 0, "close a file");
}

void test_image_write(const struct test_image *image, int dirfd, const char *name)
{
	test_file_write(dirfd, name, image->bytes, image->size);
}

void test_image_write_split(const struct test_image *image, int dirfd, const char *stem)
{
	size_t headers = (size_t)test_phdr_get(image, 0, TEST_P_FILESZ);
	struct test_image mdt;
	char name[300];

	test_must(image->hash_index != 0xffffffffu, "a split image has a hash segment");
	test_image_copy(&mdt, image);
	test_image_resize(&mdt, headers);
	test_image_append(&mdt, image->bytes + image->hash.offset, image->hash.length);
	(void)snprintf(name, sizeof(name), "%s.mdt", stem);
	test_image_write(&mdt, dirfd, name);
	test_image_free(&mdt);
	for (uint32_t i = 1; i < image->phnum; i++) {
		size_t length = (size_t)test_phdr_get(image, i, TEST_P_FILESZ);
		size_t offset = (size_t)test_phdr_get(image, i, TEST_P_OFFSET);

		if (!length || i == image->hash_index)
			continue;
		test_must(offset + length <= image->size, "segment inside the image");
		(void)snprintf(name, sizeof(name), "%s.b%02u", stem, (unsigned int)i);
		test_file_write(dirfd, name, image->bytes + offset, length);
	}
}
