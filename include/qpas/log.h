/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Names for log levels. The sink itself is struct qpas_log in types.h, a member of the parameters
 * that objects are made with; there is no global log.
 */
#ifndef QPAS_LOG_H
#define QPAS_LOG_H

#include <qpas/types.h>

#ifdef __cplusplus
extern "C" {
#endif

/**
 * The name of an enum qpas_log_level, for instance "warning". Total: "?" for a number that is none.
 *
 * Ownership: static, never freed.
 * Threads: any thread, any time.
 * Errors: none.
 * @since 0.1
 */
QPAS_EXPORT const char *qpas_log_level_name(uint32_t level);

#ifdef __cplusplus
}
#endif

#endif
