/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Output files that appear whole or not at all: a temporary file in the same folder that takes the
 * name at the end. Nothing about images lives here.
 */
#ifndef QPAS_TOOL_ATOMIC_FILE_H
#define QPAS_TOOL_ATOMIC_FILE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <qpas/qpas.h>

struct atomic_file {
	int fd; /* -1: not open */
	char *target; /* where it goes, symbolic links resolved */
	char *temporary; /* NULL once it has its name */
	bool secret; /* set before it is opened: nobody but the owner may read it */
};

#define ATOMIC_FILE_INIT              \
	{                             \
		-1, NULL, NULL, false \
	}

/* Starts a file. `path` may exist as a regular file; anything else there is refused. Exit code. */
int atomic_open(struct atomic_file *file, const char *path, struct qpas_error *err);
/* Writes all of `data` at an offset; 0 or QPAS_ERR_IO. */
int atomic_write(struct atomic_file *file, uint64_t offset, struct qpas_slice data,
		 struct qpas_error *err);
/* Makes the file that long; what was not written reads as zero. */
int atomic_size(struct atomic_file *file, uint64_t size, struct qpas_error *err);
/* Flushes the file to the disk; it still has its temporary name. */
int atomic_flush(struct atomic_file *file, struct qpas_error *err);
/* Gives the file its name. */
int atomic_commit(struct atomic_file *file, struct qpas_error *err);
/* Makes the name itself last: names given later never outlive it. 0 or QPAS_ERR_IO. */
int atomic_sync_folder(const struct atomic_file *file, struct qpas_error *err);
/* Takes the name away again. */
void atomic_undo(struct atomic_file *file);
/* Removes what has no name yet and frees all. */
void atomic_close(struct atomic_file *file);

#endif
