/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Private memory that is filled once and cannot change afterwards: a sealed memfd, or, where the
 * system has none, anonymous memory made read-only. No parser lives here.
 */
#ifndef QPASI_IMAGE_SNAPSHOT_H
#define QPASI_IMAGE_SNAPSHOT_H

#include <stddef.h>
#include <stdint.h>

#include <qpas/error.h>

struct qpasi_snapshot {
	uint8_t *bytes;
	size_t size;
	size_t mapped; /* `size` in whole pages */
	int fd; /* -1: anonymous memory */
};

/* Starts an empty snapshot; never fails, and qpasi_snapshot_free() is always allowed after it. */
void qpasi_snapshot_init(struct qpasi_snapshot *snapshot);

/* Makes it `size` bytes; new bytes are zero. `bytes` may move. Only before sealing. */
int qpasi_snapshot_grow(struct qpasi_snapshot *snapshot, uint64_t size, const char *name,
			struct qpas_error *err);

/* Ends the writing for good. `bytes` may move. */
int qpasi_snapshot_seal(struct qpasi_snapshot *snapshot, const char *name, struct qpas_error *err);

void qpasi_snapshot_free(struct qpasi_snapshot *snapshot);

#endif
