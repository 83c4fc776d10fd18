/* SPDX-License-Identifier: BSD-3-Clause */
/* The calls that are encoded: number, name, kinds of arguments. */
#ifndef QPASI_FORMAT_SCM_TABLE_H
#define QPASI_FORMAT_SCM_TABLE_H

#include <stdint.h>

/* Kinds as the argument information has them, two bits each. */
enum qpasi_scm_kind {
	QPASI_SCM_VALUE = 0,
	QPASI_SCM_BUFFER_READ = 1,
	QPASI_SCM_BUFFER_WRITTEN = 2
};

struct qpasi_scm_function {
	const char *name;
	uint16_t number;
	uint8_t arg_count;
	uint8_t kind[7];
};

/* NULL for a number that is none of enum qpas_scm_function. */
const struct qpasi_scm_function *qpasi_scm_function_find(uint32_t number);

#endif
