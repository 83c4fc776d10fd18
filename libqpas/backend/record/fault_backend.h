/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The fault proxy: a backend over a child that makes one call of one slot fail. For tests of what
 * stands above it.
 */
#ifndef QPASI_BACKEND_FAULT_BACKEND_H
#define QPASI_BACKEND_FAULT_BACKEND_H

#include <qpas/backend.h>

/* fault:slot=NAME,nth=N,err=CLASS,child=URI */
extern const struct qpas_backend_desc qpasi_fault_descriptor;

#endif
