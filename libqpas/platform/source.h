/* SPDX-License-Identifier: BSD-3-Clause */
/* Where device trees come from: files, and folders that hold an unpacked tree. */
#ifndef QPASI_PLATFORM_SOURCE_H
#define QPASI_PLATFORM_SOURCE_H

#include "base/fault.h"
#include "base/params.h"

/*
 * Reads a file, or, where `folder` allows it, packs an unpacked tree. The bytes are the caller's,
 * freed with qpasi_env_free().
 */
int qpasi_source_read(const struct qpasi_env *env, const char *path, bool folder,
		      struct qpas_slice *bytes, struct qpasi_fault *fault);

/* Packs the tree below an open folder, which is closed. */
int qpasi_source_pack(const struct qpasi_env *env, int folder, struct qpas_slice *bytes,
		      struct qpasi_fault *fault);

/* The bytes of an open file, exactly as many as it says to have; the file stays open. */
int qpasi_source_read_fd(const struct qpasi_env *env, int fd, uint64_t limit,
			 struct qpas_slice *bytes, struct qpasi_fault *fault);

/* The fault of a system call that failed, {t} its reason. */
int qpasi_source_refuse(struct qpasi_fault *fault, uint32_t message, int os_errno);

#endif
