/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Names to descriptors: which names are allowed, and opening them without leaving a folder.
 * Nothing is read here.
 */
#ifndef QPASI_IMAGE_PATH_H
#define QPASI_IMAGE_PATH_H

#include <stdbool.h>
#include <stddef.h>

#include <qpas/error.h>

/* Bytes of the longest name, without its NUL. */
#define QPASI_NAME_MAX 255

/* Whether a name may be opened at all; POLICY otherwise. */
int qpasi_name_check(const char *name, struct qpas_error *err);

/*
 * Opens a checked name below a folder for reading, close-on-exec, without waiting. Symbolic links
 * are followed while they stay inside, or not at all. What kind of file it is, is not asked.
 */
int qpasi_path_open(int dirfd, const char *name, bool no_symlinks, int *fd, struct qpas_error *err);

/* What was opened: under the name that was asked for, or with .zst or .xz behind it. */
struct qpasi_found {
	int fd;
	char name[QPASI_NAME_MAX + 1];
};

/* The same for a file that may be there in compressed form only. */
int qpasi_path_find(int dirfd, const char *name, bool no_symlinks, struct qpasi_found *found,
		    struct qpas_error *err);

/* The component walk behind it for systems without openat2(): a descriptor or a negative errno. */
int qpasi_path_walk(int dirfd, const char *name, bool no_symlinks);

#endif
