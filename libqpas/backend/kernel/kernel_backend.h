/* SPDX-License-Identifier: BSD-3-Clause */
/* The descriptor of "kernel:", for the registry. */
#ifndef QPASI_KERNEL_BACKEND_H
#define QPASI_KERNEL_BACKEND_H

#include <qpas/backend.h>

extern const struct qpas_backend_desc qpasi_kernel_descriptor;

#endif
