/* SPDX-License-Identifier: BSD-3-Clause */
/* Output files that appear whole or not at all. */
#define _GNU_SOURCE
#include "atomic_file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "out.h"

/* An error of the file system, with the promise that the caller's atomic_close() keeps. */
static int cannot(const char *what, const char *path, struct qpas_error *err)
{
	int reason = errno;

	error_set(err, QPAS_ERR_IO, reason, "%s could not be %s: %s. Nothing was left behind.",
		  path, what, strerror(reason));
	return QPAS_ERR_IO;
}

static void *no_memory(struct qpas_error *err)
{
	error_set(err, QPAS_ERR_NOMEM, 0, "Memory ran out.");
	return NULL;
}

/* A name in the target's folder, so that the rename stays on one file system. */
static char *temporary_name(const char *target, struct qpas_error *err)
{
	const char *slash = strrchr(target, '/');
	size_t folder = slash ? (size_t)(slash - target) + 1 : 0;
	size_t size = folder + sizeof(".qpas-XXXXXX");
	char *name = malloc(size);

	if (!name)
		return no_memory(err);
	memcpy(name, target, folder);
	snprintf(name + folder, size - folder, ".qpas-XXXXXX");
	return name;
}

/* What mkstemp() made private gets the permissions of any new file. */
static int open_permissions(int fd)
{
	mode_t mask = umask(0);

	umask(mask);
	return fchmod(fd, 0666 & ~mask);
}

/* A device or pipe is refused: the rename at the end would replace it with a file. */
int atomic_open(struct atomic_file *file, const char *path, struct qpas_error *err)
{
	struct stat status;
	bool exists = stat(path, &status) == 0;

	if (exists && !S_ISREG(status.st_mode)) {
		error_set(err, QPAS_ERR_ARG, 0,
			  "%s exists and is no regular file. Give a file name.", path);
		return EXIT_USAGE;
	}
	file->target = exists ? realpath(path, NULL) : strdup(path);
	if (!file->target) {
		no_memory(err);
		return EXIT_HERE;
	}
	file->temporary = temporary_name(file->target, err);
	if (!file->temporary)
		return EXIT_HERE;
	file->fd = mkostemp(file->temporary, O_CLOEXEC);
	if (file->fd < 0) {
		cannot("created", path, err);
		free(file->temporary);
		file->temporary = NULL;
		return EXIT_HERE;
	}
	/* What mkostemp() makes is the owner's alone already. */
	if (!file->secret && open_permissions(file->fd) != 0) {
		cannot("created", path, err);
		return EXIT_HERE;
	}
	return EXIT_FINE;
}

/* A short write is carried on; a write of nothing means that the disk is full. */
int atomic_write(struct atomic_file *file, uint64_t offset, struct qpas_slice data,
		 struct qpas_error *err)
{
	const unsigned char *from = data.ptr;
	size_t left = data.len;

	while (left) {
		ssize_t done = pwrite(file->fd, from, left, (off_t)offset);

		if (done < 0 && errno == EINTR)
			continue;
		if (done <= 0) {
			if (done == 0)
				errno = ENOSPC;
			return cannot("written", file->target, err);
		}
		from += done;
		left -= (size_t)done;
		offset += (uint64_t)done;
	}
	return 0;
}

int atomic_size(struct atomic_file *file, uint64_t size, struct qpas_error *err)
{
	if (ftruncate(file->fd, (off_t)size) != 0)
		return cannot("made that large", file->target, err);
	return 0;
}

/* Before the rename, so that a crash leaves the old file or the whole new one. */
int atomic_flush(struct atomic_file *file, struct qpas_error *err)
{
	return fsync(file->fd) != 0 ? cannot("flushed", file->target, err) : 0;
}

int atomic_commit(struct atomic_file *file, struct qpas_error *err)
{
	if (rename(file->temporary, file->target) != 0)
		return cannot("renamed into place", file->target, err);
	free(file->temporary);
	file->temporary = NULL;
	return 0;
}

/* A file system that cannot flush folders (EINVAL) keeps their order by itself or not at all. */
int atomic_sync_folder(const struct atomic_file *file, struct qpas_error *err)
{
	char *folder = strdup(file->target);
	char *slash = folder ? strrchr(folder, '/') : NULL;
	int code = 0;
	int fd;

	if (!folder) {
		no_memory(err);
		return QPAS_ERR_NOMEM;
	}
	if (slash)
		slash[slash == folder] = 0;
	fd = open(slash ? folder : ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0 || (fsync(fd) != 0 && errno != EINVAL))
		code = cannot("flushed with its folder", file->target, err);
	if (fd >= 0)
		close(fd);
	free(folder);
	return code;
}

void atomic_undo(struct atomic_file *file)
{
	if (file->target && !file->temporary)
		unlink(file->target);
}

/* Also the way out of every failure: the temporary file goes, the target was never touched. */
void atomic_close(struct atomic_file *file)
{
	if (file->fd >= 0)
		close(file->fd);
	if (file->temporary)
		unlink(file->temporary);
	free(file->temporary);
	free(file->target);
	file->fd = -1;
	file->temporary = NULL;
	file->target = NULL;
}
