/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Compressed files to snapshot bytes: .xz and .zst as distributions ship firmware. The only place
 * that sees liblzma and libzstd. Which file is opened is decided elsewhere.
 */
#ifndef QPASI_IMAGE_DECOMPRESS_H
#define QPASI_IMAGE_DECOMPRESS_H

#include <stddef.h>
#include <stdint.h>

#include <qpas/error.h>

#include "base/params.h"
#include "image/reader.h"
#include "image/snapshot.h"

/* Bytes that tell the kinds apart. */
#define QPASI_MAGIC_BYTES 6

/* Most memory that a decoder may ask for its window: what `zstd` and `xz -9` need at most. */
#define QPASI_WINDOW_LOG   27
#define QPASI_WINDOW_BYTES (UINT64_C(1) << QPASI_WINDOW_LOG)

enum qpasi_packing { QPASI_PACKED_NOT = 0, QPASI_PACKED_XZ, QPASI_PACKED_ZSTD };

/* What the first bytes of a file say. */
enum qpasi_packing qpasi_packing_of(const uint8_t *bytes, size_t length);

/* Length of a file's name without .xz or .zst. */
size_t qpasi_packing_stem(const char *name);

/* Where compressed bytes come from: a descriptor, or memory when it is -1. */
struct qpasi_packed {
	enum qpasi_packing kind;
	int fd;
	struct qpas_slice bytes;
};

/*
 * Unpacks behind what the snapshot has. Nothing above the rule's limits is ever made, whatever the
 * compressed data claim.
 */
int qpasi_unpack(const struct qpasi_packed *from, const struct qpasi_file_rule *rule,
		 struct qpasi_snapshot *snapshot, struct qpas_error *err);

#endif
