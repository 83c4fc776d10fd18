/* SPDX-License-Identifier: BSD-3-Clause */
/* How this module speaks of OpenSSL's failures. Nothing else of OpenSSL leaves its files. */
#ifndef QPASI_AUTH_CRYPTO_H
#define QPASI_AUTH_CRYPTO_H

#include <stdbool.h>
#include <stdint.h>

#include "base/fault.h"

/*
 * Every function that calls OpenSSL stands between these two: errors that it queued are gone when it
 * returns, errors that the application had queued before are still there.
 */
void qpasi_crypto_enter(void);
void qpasi_crypto_leave(void);

/* Whether what just failed ran out of memory. */
bool qpasi_crypto_no_memory(void);
/* OpenSSL's own word on what just failed; static. */
const char *qpasi_crypto_reason(void);

/*
 * Makes the fault of a failed call: NO_MEMORY if that was the reason, else `message` (one with {s}
 * and {t}) with `what` and OpenSSL's reason.
 */
int qpasi_crypto_failed(struct qpasi_fault *fault, uint32_t message, const char *what);

#endif
