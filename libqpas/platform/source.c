/* SPDX-License-Identifier: BSD-3-Clause */
/* Reading files of a stated size. */
#define _GNU_SOURCE
#include "platform/source.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/ckd.h"

int qpasi_source_refuse(struct qpasi_fault *fault, uint32_t message, int os_errno)
{
	int class = qpasi_fault_set(fault, message, QPAS_NO_SEGMENT, 0, 0);

	fault->os_errno = os_errno;
	/* Unlike strerror() it needs no lock, no buffer and no locale. */
	fault->t = strerrordesc_np(os_errno);
	return class;
}

/* Reads until the end of the file, at most one byte more than is expected. */
static int read_all(int fd, uint8_t *to, size_t room, size_t *got, struct qpasi_fault *fault)
{
	*got = 0;
	while (*got < room) {
		ssize_t part = read(fd, to + *got, room - *got);

		if (part < 0 && errno == EINTR)
			continue;
		if (part < 0)
			return qpasi_source_refuse(fault, QPASI_MSG_FILE_READ, errno);
		if (part == 0)
			break;
		*got += (size_t)part;
	}
	return 0;
}

/* A FIFO or a device could block or never end; a file states its size and must keep it. */
int qpasi_source_read_fd(const struct qpasi_env *env, int fd, uint64_t limit,
			 struct qpas_slice *bytes, struct qpasi_fault *fault)
{
	struct stat status;
	uint8_t *block;
	size_t expected;
	size_t got;
	int ret;

	if (fstat(fd, &status) != 0)
		return qpasi_source_refuse(fault, QPASI_MSG_FILE_READ, errno);
	if (!S_ISREG(status.st_mode))
		return qpasi_fault_set(fault, QPASI_MSG_FILE_KIND, QPAS_NO_SEGMENT, 0, 0);
	if ((uint64_t)status.st_size > limit)
		return qpasi_fault_set(fault, QPASI_MSG_FILE_TOO_LARGE, QPAS_NO_SEGMENT,
				       (uint64_t)status.st_size, limit);
	expected = (size_t)status.st_size;
	block = qpasi_env_alloc(env, expected + 1);
	if (!block)
		return qpasi_fault_set(fault, QPASI_MSG_NO_MEMORY, QPAS_NO_SEGMENT, 0, 0);
	ret = read_all(fd, block, expected + 1, &got, fault);
	if (!ret && got < expected)
		ret = qpasi_fault_set(fault, QPASI_MSG_FILE_SHORTENED, QPAS_NO_SEGMENT, got,
				      expected);
	if (!ret && got > expected)
		ret = qpasi_fault_set(fault, QPASI_MSG_FILE_CHANGED, QPAS_NO_SEGMENT, 0, 0);
	if (ret) {
		qpasi_env_free(env, block);
		return ret;
	}
	bytes->ptr = block;
	bytes->len = got;
	return 0;
}

static int open_path(const char *path, struct qpasi_fault *fault, int *fd)
{
	do {
		*fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	} while (*fd < 0 && errno == EINTR);
	if (*fd >= 0)
		return 0;
	if (errno == ENOENT || errno == ENOTDIR)
		return qpasi_source_refuse(fault, QPASI_MSG_FILE_MISSING, errno);
	return qpasi_source_refuse(fault, QPASI_MSG_FILE_OPEN, errno);
}

int qpasi_source_read(const struct qpasi_env *env, const char *path, bool folder,
		      struct qpas_slice *bytes, struct qpasi_fault *fault)
{
	struct stat status;
	int fd;
	int ret = open_path(path, fault, &fd);

	if (!ret && folder && fstat(fd, &status) == 0 && S_ISDIR(status.st_mode)) {
		ret = qpasi_source_pack(env, fd, bytes, fault);
	} else if (!ret) {
		ret = qpasi_source_read_fd(env, fd, env->limits.dtb_bytes, bytes, fault);
		(void)close(fd);
	}
	if (ret && !fault->s)
		fault->s = path;
	return ret;
}
