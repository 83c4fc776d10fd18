/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * System calls that fail, for LD_PRELOAD: of a process, rename() number QPAS_RENAME_FAILS with EIO and
 * pwrite() number QPAS_PWRITE_FAILS with ENOSPC, mkostemp() number QPAS_MKOSTEMP_FAILS with EROFS; all
 * others work. Not part of any program.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/uio.h>
#include <unistd.h>

#define VISIBLE __attribute__((visibility("default")))

static bool fails(const char *variable, long call)
{
	const char *number = getenv(variable);

	return number && strtol(number, NULL, 10) == call;
}

VISIBLE int rename(const char *old, const char *new)
{
	static long calls;

	if (fails("QPAS_RENAME_FAILS", ++calls)) {
		errno = EIO;
		return -1;
	}
	return renameat(AT_FDCWD, old, AT_FDCWD, new);
}

VISIBLE ssize_t pwrite(int fd, const void *buf, size_t n, off_t offset)
{
	static long calls;
	struct iovec piece = {(void *)(uintptr_t)buf, n};

	if (fails("QPAS_PWRITE_FAILS", ++calls)) {
		errno = ENOSPC;
		return -1;
	}
	return pwritev(fd, &piece, 1, offset);
}

VISIBLE int mkostemp(char *template, int flags)
{
	static long calls;

	if (fails("QPAS_MKOSTEMP_FAILS", ++calls)) {
		errno = EROFS;
		return -1;
	}
	return mkostemps(template, 0, flags);
}
