/* SPDX-License-Identifier: BSD-3-Clause */
/* Errors of files. */
#define _GNU_SOURCE
#include "image/os_error.h"

#include <string.h>

int qpasi_os_error(struct qpas_error *err, uint32_t message, uint32_t stage, const char *name,
		   int os_errno)
{
	struct qpasi_fault fault = QPASI_FAULT_INIT;

	fault.message = message;
	fault.os_errno = os_errno;
	fault.s = name;
	/* Unlike strerror() it needs no lock, no buffer and no locale. */
	fault.t = strerrordesc_np(os_errno);
	return qpasi_fault_report(&fault, stage, err);
}

int qpasi_name_error(struct qpas_error *err, uint32_t message, const char *name, const char *reason)
{
	struct qpasi_fault fault = QPASI_FAULT_INIT;

	fault.message = message;
	fault.s = name;
	fault.t = reason;
	return qpasi_fault_report(&fault, QPAS_STAGE_OPEN, err);
}

int qpasi_file_fault(struct qpas_error *err, const struct qpasi_fault *fault, const char *name)
{
	struct qpasi_fault named = *fault;

	named.s = name;
	return qpasi_fault_report(&named, QPAS_STAGE_READ, err);
}
