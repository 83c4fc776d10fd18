/* SPDX-License-Identifier: BSD-3-Clause */
/* The rule for names, and openat2() where there is one. */
#define _GNU_SOURCE
#include "image/path.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <stdint.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "image/os_error.h"

/* O_NONBLOCK: a FIFO or a device must not make the caller wait before it is refused. */
#define OPEN_FLAGS   (O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK)
#define RACE_RETRIES 16

/* Length of the UTF-8 sequence at `s`, or 0 if it is none; never reads behind a NUL. */
static size_t utf8_length(const unsigned char *s)
{
	size_t length = s[0] < 0x80 ? 1 : s[0] >= 0xf0 ? 4 : s[0] >= 0xe0 ? 3 : 2;
	uint32_t code = s[0];
	static const uint32_t least[] = {0, 0, 0x80, 0x800, 0x10000};

	if (length == 1)
		return 1;
	if (s[0] < 0xc2 || s[0] > 0xf4)
		return 0;
	code &= 0xffu >> (length + 1);
	for (size_t i = 1; i < length; i++) {
		if ((s[i] & 0xc0) != 0x80)
			return 0;
		code = code << 6 | (s[i] & 0x3fu);
	}
	if (code < least[length] || code > 0x10ffff || (code >= 0xd800 && code <= 0xdfff))
		return 0;
	return length;
}

static const char *judge_characters(const char *name)
{
	const unsigned char *s = (const unsigned char *)name;

	while (*s) {
		size_t length = utf8_length(s);

		if (*s < 0x20 || *s == 0x7f)
			return "it has a control character";
		if (*s == '%')
			return "it has a percent sign";
		if (length == 0)
			return "it is not valid UTF-8";
		s += length;
	}
	return NULL;
}

static const char *judge_components(const char *name)
{
	while (*name) {
		size_t length = strcspn(name, "/");

		if (length == 0)
			return "it has an empty component";
		if (length == 2 && name[0] == '.' && name[1] == '.')
			return "it has a \"..\" component";
		name += length;
		if (*name == '/' && *++name == '\0')
			return "it ends with a slash";
	}
	return NULL;
}

int qpasi_name_check(const char *name, struct qpas_error *err)
{
	const char *reason = NULL;

	if (name[0] == '\0')
		reason = "it is empty";
	else if (strnlen(name, QPASI_NAME_MAX + 1) > QPASI_NAME_MAX)
		reason = "it is longer than 255 bytes";
	else if (name[0] == '/')
		reason = "it is absolute";
	if (!reason)
		reason = judge_components(name);
	if (!reason)
		reason = judge_characters(name);
	return reason ? qpasi_name_error(err, QPASI_MSG_NAME_POLICY, name, reason) : 0;
}

/* Descriptor or negative errno. */
static int open_beneath(int dirfd, const char *name, bool no_symlinks)
{
	struct open_how how;
	long fd = -1;

	memset(&how, 0, sizeof(how));
	how.flags = OPEN_FLAGS;
	how.resolve = RESOLVE_BENEATH | RESOLVE_NO_MAGICLINKS;
	if (no_symlinks)
		how.resolve |= RESOLVE_NO_SYMLINKS;
	/* EAGAIN: somebody renames folders while the kernel proves that ".." stayed inside. */
	for (unsigned int i = 0; i < RACE_RETRIES; i++) {
		fd = syscall(SYS_openat2, dirfd, name, &how, sizeof(how));
		if (fd >= 0 || (errno != EAGAIN && errno != EINTR))
			break;
	}
	return fd < 0 ? -errno : (int)fd;
}

static int explain(int dirfd, const char *name, int os_errno, struct qpas_error *err)
{
	struct stat folder;

	switch (os_errno) {
	case EXDEV:
		return qpasi_name_error(err, QPASI_MSG_NAME_POLICY, name,
					"a symbolic link in it leaves the folder");
	case ELOOP:
		return qpasi_name_error(err, QPASI_MSG_NAME_POLICY, name,
					"a symbolic link in it is refused");
	case ENAMETOOLONG:
		return qpasi_name_error(err, QPASI_MSG_NAME_POLICY, name, "it is too long");
	case ENXIO:
	case ENODEV:
	case EISDIR:
		return qpasi_name_error(err, QPASI_MSG_FILE_KIND, name, NULL);
	case EBADF:
		return qpasi_os_error(err, QPASI_MSG_FOLDER_OPEN, QPAS_STAGE_OPEN, "dirfd",
				      os_errno);
	case ENOTDIR:
		if (dirfd != AT_FDCWD && !fstat(dirfd, &folder) && !S_ISDIR(folder.st_mode))
			return qpasi_os_error(err, QPASI_MSG_FOLDER_OPEN, QPAS_STAGE_OPEN, "dirfd",
					      os_errno);
		/* fallthrough */
	case ENOENT:
		return qpasi_os_error(err, QPASI_MSG_FILE_MISSING, QPAS_STAGE_OPEN, name, os_errno);
	default:
		return qpasi_os_error(err, QPASI_MSG_FILE_OPEN, QPAS_STAGE_OPEN, name, os_errno);
	}
}

/* Descriptor or negative errno. */
static int try_open(int dirfd, const char *name, bool no_symlinks)
{
	int result = open_beneath(dirfd, name, no_symlinks);

	/* EPERM: a sandbox that knows no openat2() says so in this way. */
	if (result == -ENOSYS || result == -EPERM)
		result = qpasi_path_walk(dirfd, name, no_symlinks);
	return result;
}

int qpasi_path_open(int dirfd, const char *name, bool no_symlinks, int *fd, struct qpas_error *err)
{
	int result = try_open(dirfd, name, no_symlinks);

	if (result < 0)
		return explain(dirfd, name, -result, err);
	*fd = result;
	return 0;
}

/* The order of the kernel (drivers/base/firmware_loader/main.c): plain, zst, xz. */
int qpasi_path_find(int dirfd, const char *name, bool no_symlinks, struct qpasi_found *found,
		    struct qpas_error *err)
{
	static const char *const endings[] = {"", ".zst", ".xz"};
	size_t length = strlen(name);
	int result = -ENOENT;

	for (size_t i = 0; result == -ENOENT && i < sizeof(endings) / sizeof(endings[0]); i++) {
		if (length + strlen(endings[i]) > QPASI_NAME_MAX)
			continue;
		memcpy(found->name, name, length);
		memcpy(found->name + length, endings[i], strlen(endings[i]) + 1);
		result = try_open(dirfd, found->name, no_symlinks);
	}
	if (result < 0)
		return explain(dirfd, result == -ENOENT ? name : found->name, -result, err);
	found->fd = result;
	return 0;
}
