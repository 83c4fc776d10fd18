/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * libc's memory functions as an allocator, for hosted modules. Beside base, not part of it: base
 * itself is freestanding.
 */
#ifndef QPASI_BASE_HOST_MEMORY_H
#define QPASI_BASE_HOST_MEMORY_H

#include <qpas/types.h>

/* Static, never freed. */
const struct qpas_allocator *qpasi_host_allocator(void);

#endif
