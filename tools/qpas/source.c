/* SPDX-License-Identifier: BSD-3-Clause */
/* From words of the command line to objects of the library: images, device trees, firmware. */
#define _GNU_SOURCE
#include "source.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "out.h"

/* A file that cannot be opened at all is no bad input: it could not be read here. */
static int cannot_read(const char *path, struct qpas_error *err)
{
	int reason = errno;

	error_set(err, QPAS_ERR_IO, reason, "%s: %s. Check the path and its permissions.", path,
		  strerror(reason));
	err->stage = QPAS_STAGE_OPEN;
	return EXIT_HERE;
}

/* The library opens names below a folder: the parts of a split image stand beside it. */
static int open_in_folder(char *resolved, const struct qpas_params *params,
			  struct qpas_image **image, struct qpas_error *err)
{
	char *slash = strrchr(resolved, '/');
	const char *folder = slash == resolved ? "/" : resolved;
	int code = EXIT_FINE;
	int dirfd;

	*slash = 0;
	dirfd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (dirfd < 0)
		return cannot_read(folder, err);
	if (qpas_image_open(dirfd, slash + 1, params, image, err))
		code = exit_of(err, BLAME_INPUT);
	close(dirfd);
	return code;
}

/* What the library tries, too, where a file is missing: distributions compress firmware. */
static const char *const endings[] = {"", ".zst", ".xz"};

#define ENDINGS (sizeof(endings) / sizeof(endings[0]))

/* realpath() of the file, or of its compressed form. */
static char *resolve(const char *path)
{
	char *resolved = NULL;
	size_t i;

	errno = ENOENT;
	for (i = 0; !resolved && errno == ENOENT && i < ENDINGS; i++) {
		char *name = NULL;

		if (asprintf(&name, "%s%s", path, endings[i]) < 0)
			return NULL;
		resolved = realpath(name, NULL);
		free(name);
	}
	return resolved;
}

static bool is_in_folder(int dirfd, const char *name)
{
	bool found = false;
	size_t i;

	for (i = 0; !found && i < ENDINGS; i++) {
		char *file = NULL;

		if (asprintf(&file, "%s%s", name, endings[i]) < 0)
			return false;
		found = faccessat(dirfd, file, F_OK, 0) == 0;
		free(file);
	}
	return found;
}

/* Checked before the library is asked, as a missing file is no bad image. */
int source_image(const char *path, const struct qpas_params *params, struct qpas_image **image,
		 struct qpas_error *err)
{
	char *resolved = resolve(path);
	struct stat status;
	int code;

	*image = NULL;
	if (!resolved)
		return cannot_read(path, err);
	if (access(resolved, R_OK) != 0 || stat(resolved, &status) != 0) {
		code = cannot_read(path, err);
	} else if (!S_ISREG(status.st_mode)) {
		error_set(err, QPAS_ERR_POLICY, 0,
			  "%s is no regular file. Give an .mbn file, or the .mdt of a split image.",
			  path);
		code = EXIT_BAD;
	} else {
		code = open_in_folder(resolved, params, image, err);
	}
	free(resolved);
	return code;
}

static int firmware_missing(const char *name, const char *path, struct qpas_error *err)
{
	error_set(err, QPAS_ERR_NOTFOUND, 0,
		  "%s is in none of the firmware folders (%s). Install the firmware package, or "
		  "give a folder with --firmware-path.",
		  name, path);
	err->stage = QPAS_STAGE_OPEN;
	return EXIT_HERE;
}

/* A folder of the list, opened; -1 if it cannot be. */
static int open_folder(const char *from, size_t length)
{
	char *folder = length ? strndup(from, length) : NULL;
	int dirfd = folder ? open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC) : -1;

	free(folder);
	return dirfd;
}

int source_firmware(const char *name, const char *path, const struct qpas_params *params,
		    struct qpas_image **image, struct qpas_error *err)
{
	const char *from = path ? path : SOURCE_FIRMWARE_PATH;
	bool found = false;
	int code = 0;

	*image = NULL;
	while (*from && !found) {
		size_t length = strcspn(from, ":");
		int dirfd = open_folder(from, length);

		if (dirfd >= 0) {
			found = is_in_folder(dirfd, name);
			if (found)
				code = qpas_image_open(dirfd, name, params, image, err);
			close(dirfd);
		}
		from += length + (from[length] == ':');
	}
	if (!found)
		return firmware_missing(name, path ? path : SOURCE_FIRMWARE_PATH, err);
	return code ? exit_of(err, BLAME_INPUT) : EXIT_FINE;
}

const char *source_platform_name(const char *dtb)
{
	return dtb ? dtb : "/sys/firmware/fdt";
}

/* Each file is tried first, so that the message names the one that is missing. */
int source_platform(const struct cli_arguments *args, const char *dtb,
		    const struct qpas_params *params, struct qpas_platform **platform,
		    struct qpas_error *err)
{
	const char **names;
	size_t count = 1;
	size_t i;
	int code = EXIT_FINE;

	*platform = NULL;
	if (!dtb)
		return qpas_platform_open_system(params, platform, err) ?
			       exit_of(err, BLAME_BACKEND) :
			       EXIT_FINE;
	names = calloc(args->hit_count + 1, sizeof(*names));
	if (!names) {
		error_set(err, QPAS_ERR_NOMEM, 0, "Memory ran out.");
		return EXIT_HERE;
	}
	names[0] = dtb;
	for (i = 0; cli_value_at(args, "overlay", i); i++)
		names[count++] = cli_value_at(args, "overlay", i);
	for (i = 0; i < count && !code; i++) {
		if (access(names[i], R_OK) != 0)
			code = cannot_read(names[i], err);
	}
	if (!code && qpas_platform_open_file(names, count, params, platform, err))
		code = exit_of(err, BLAME_INPUT);
	free(names);
	return code;
}

/* One byte more than the limit is asked for: that tells "too large" from "just fits". */
static int read_all(int fd, const char *path, size_t limit, struct qpas_slice *bytes,
		    struct qpas_error *err)
{
	unsigned char *buffer = malloc(limit + 1);
	size_t length = 0;
	ssize_t got = -1;

	if (!buffer) {
		error_set(err, QPAS_ERR_NOMEM, 0, "Memory ran out.");
		return EXIT_HERE;
	}
	while (length <= limit) {
		got = read(fd, buffer + length, limit + 1 - length);
		if (got < 0 && errno == EINTR)
			continue;
		if (got <= 0)
			break;
		length += (size_t)got;
	}
	if (got < 0) {
		free(buffer);
		return cannot_read(path, err);
	}
	if (length > limit) {
		free(buffer);
		error_set(err, QPAS_ERR_LIMIT, 0, "%s has more than %zu bytes, the limit.", path,
			  limit);
		return EXIT_BAD;
	}
	bytes->ptr = buffer;
	bytes->len = length;
	return EXIT_FINE;
}

int source_file(const char *path, size_t limit, struct qpas_slice *bytes, struct qpas_error *err)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	int code;

	bytes->ptr = NULL;
	bytes->len = 0;
	if (fd < 0)
		return cannot_read(path, err);
	code = read_all(fd, path, limit, bytes, err);
	close(fd);
	return code;
}

bool source_same_file(const char *a, const char *b)
{
	struct stat first, second;

	return a && b && stat(a, &first) == 0 && stat(b, &second) == 0 &&
	       first.st_dev == second.st_dev && first.st_ino == second.st_ino;
}

bool source_is_part(const char *path)
{
	const char *dot = strrchr(path, '.');
	size_t digits = dot && dot[1] == 'b' ? strspn(dot + 2, "0123456789") : 0;

	return digits >= 2 && dot[2 + digits] == 0;
}

void source_wipe(struct qpas_slice *bytes)
{
	void *memory = (void *)(uintptr_t)bytes->ptr;

	if (memory)
		explicit_bzero(memory, bytes->len);
	free(memory);
	bytes->ptr = NULL;
	bytes->len = 0;
}
