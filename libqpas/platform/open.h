/* SPDX-License-Identifier: BSD-3-Clause */
/* Between the calls that open a platform and the object itself. */
#ifndef QPASI_PLATFORM_OPEN_H
#define QPASI_PLATFORM_OPEN_H

#include <qpas/platform.h>

#include "base/params.h"

/* `count` trees, the base first. *out is written on success only. */
int qpasi_platform_new(const struct qpasi_env *env, const struct qpas_slice *trees, size_t count,
		       struct qpas_platform **out, struct qpas_error *err);

#endif
