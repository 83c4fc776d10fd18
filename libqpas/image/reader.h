/* SPDX-License-Identifier: BSD-3-Clause */
/* Descriptors to snapshot bytes: whole regular files that do not change meanwhile, or an error. */
#ifndef QPASI_IMAGE_READER_H
#define QPASI_IMAGE_READER_H

#include <stdint.h>

#include <qpas/error.h>

#include "image/snapshot.h"

/* What a file must be. */
struct qpasi_file_rule {
	const char *name;
	uint32_t segment; /* header that a part belongs to, or QPAS_NO_SEGMENT */
	uint64_t exact; /* bytes that a part has */
	uint64_t file_limit;
	uint64_t image_limit; /* for all files together */
};

/* Appends the file's contents to the snapshot. The descriptor's offset is not used. */
int qpasi_file_append(int fd, const struct qpasi_file_rule *rule, struct qpasi_snapshot *snapshot,
		      struct qpas_error *err);

#endif
