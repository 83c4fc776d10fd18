/* SPDX-License-Identifier: BSD-3-Clause */
/* What core asks about numbers beyond the public names. */
#ifndef QPASI_CORE_NAMES_H
#define QPASI_CORE_NAMES_H

#include <stdbool.h>

/* Whether a number is a class of enum qpas_err, 0 included. */
bool qpasi_err_known(int code);

#endif
