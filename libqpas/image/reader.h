/* SPDX-License-Identifier: BSD-3-Clause */
/* Descriptors to snapshot bytes: whole regular files that do not change meanwhile, or an error. */
#ifndef QPASI_IMAGE_READER_H
#define QPASI_IMAGE_READER_H

#include <stdint.h>

#include <qpas/error.h>

#include "base/params.h"
#include "image/snapshot.h"

/* What a file must be. Sizes are those of the contents, unpacked if the file is compressed. */
struct qpasi_file_rule {
	const char *name;
	uint32_t segment; /* header that a part belongs to, or QPAS_NO_SEGMENT */
	uint64_t exact; /* bytes that a part has */
	uint64_t file_limit;
	uint64_t image_limit; /* for all files together */
	const struct qpasi_env *env;
};

/*
 * Appends the file's contents to the snapshot, unpacked if they are compressed. The descriptor's
 * offset is not used.
 */
int qpasi_file_append(int fd, const struct qpasi_file_rule *rule, struct qpasi_snapshot *snapshot,
		      struct qpas_error *err);

/* Reads up to `bytes` at an offset; *done says how many came before the end. 0 or an errno. */
int qpasi_file_read(int fd, uint8_t *to, uint64_t at, size_t bytes, size_t *done);

#endif
