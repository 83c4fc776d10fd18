/* SPDX-License-Identifier: BSD-3-Clause */
/* Finds, sorts and maps the files. */
#define _GNU_SOURCE
#include "real_files.h"

#include <fcntl.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "support/must.h"

#define FILES_MAX 4096

static char *files[FILES_MAX];
static size_t file_count;

bool real_files_is_part(const char *path)
{
	size_t length = strlen(path);

	return length > 4 && path[length - 4] == '.' && path[length - 3] == 'b' &&
	       strspn(path + length - 2, "0123456789") == 2;
}

static int collect(const char *path, const struct stat *info, int kind, struct FTW *where)
{
	uint8_t magic[4] = {0, 0, 0, 0};
	int fd;

	(void)where;
	if (kind != FTW_F || !S_ISREG(info->st_mode) || info->st_size < 52)
		return 0;
	fd = open(path, O_RDONLY | O_CLOEXEC);
	test_must(fd >= 0 && pread(fd, magic, 4, 0) == 4, path);
	(void)close(fd);
	if (memcmp(magic, "\177ELF", 4) != 0)
		return 0;
	test_must(file_count < FILES_MAX, "too many files");
	files[file_count] = strdup(path);
	test_must(files[file_count++] != NULL, "memory");
	return 0;
}

static int compare(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

static void visit_one(const char *path, void (*visit)(const struct real_file *file, void *user),
		      void *user)
{
	struct real_file file = {path, NULL, 0};
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	struct stat info;
	void *map;

	test_must(fd >= 0 && fstat(fd, &info) == 0, path);
	map = mmap(NULL, (size_t)info.st_size, PROT_READ, MAP_PRIVATE, fd, 0);
	test_must(map != MAP_FAILED, path);
	file.bytes = map;
	file.size = (size_t)info.st_size;
	visit(&file, user);
	(void)munmap(map, file.size);
	(void)close(fd);
}

size_t real_files_list(char ***paths)
{
	/* Not all below the folder: kernels' modules are ELF files of another kind. */
	static const char *const folders[] = {"firmware", "firmware-extra", "boot"};
	const char *top = getenv("QPAS_DATA_DIR");

	for (size_t i = 0; top && i < 3; i++) {
		char path[4096];

		(void)snprintf(path, sizeof(path), "%s/%s", top, folders[i]);
		(void)nftw(path, collect, 16, FTW_PHYS);
	}
	if (!file_count) {
		fprintf(stderr, "No firmware below QPAS_DATA_DIR (%s): run scripts/fetch-data.\n",
			top ? top : "not set");
		exit(1);
	}
	qsort(files, file_count, sizeof(files[0]), compare);
	*paths = files;
	return file_count;
}

size_t real_files_visit(void (*visit)(const struct real_file *file, void *user), void *user)
{
	char **paths;
	size_t count = real_files_list(&paths), visited = 0;

	for (size_t i = 0; i < count; i++) {
		if (!real_files_is_part(paths[i])) {
			visit_one(paths[i], visit, user);
			visited++;
		}
		free(paths[i]);
	}
	return visited;
}
