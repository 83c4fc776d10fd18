/* SPDX-License-Identifier: BSD-3-Clause */
/* A second opinion on the headers, from libelf. */
#ifndef QPASI_IMAGE_LIBELF_CHECK_H
#define QPASI_IMAGE_LIBELF_CHECK_H

#include <qpas/types.h>

#include "base/params.h"
#include "format/elf.h"

/* Decodes the same headers with libelf: FORMAT if any field differs from `elf`. */
int qpasi_libelf_check(const struct qpasi_env *env, struct qpas_slice file,
		       const struct qpasi_elf *elf, struct qpas_error *err);

#endif
