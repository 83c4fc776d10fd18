/* SPDX-License-Identifier: BSD-3-Clause */
/* Errors that come with an errno, and with the name of a file. */
#ifndef QPASI_IMAGE_OS_ERROR_H
#define QPASI_IMAGE_OS_ERROR_H

#include <qpas/error.h>

#include "base/fault.h"

/* {s} is the name, {t} the errno's meaning. */
int qpasi_os_error(struct qpas_error *err, uint32_t message, uint32_t stage, const char *name,
		   int os_errno);

/* {s} is the name, {t} a reason of our own. */
int qpasi_name_error(struct qpas_error *err, uint32_t message, const char *name,
		     const char *reason);

/* {s} is the name; the facts are in the fault. */
int qpasi_file_fault(struct qpas_error *err, const struct qpasi_fault *fault, const char *name);

#endif
