/* SPDX-License-Identifier: BSD-3-Clause */
/* OpenSSL's error queue: read, turned into faults, left as it was found. */
#include "auth/crypto.h"

#include <openssl/err.h>

/* Without errors in the queue no mark is set, and leaving clears all of it: the same outcome. */
void qpasi_crypto_enter(void)
{
	(void)ERR_set_mark();
}

void qpasi_crypto_leave(void)
{
	(void)ERR_pop_to_mark();
}

/* The first entry is the cause and the last one the outermost call; either may tell. */
bool qpasi_crypto_no_memory(void)
{
	return ERR_GET_REASON(ERR_peek_last_error()) == ERR_R_MALLOC_FAILURE ||
	       ERR_GET_REASON(ERR_peek_error()) == ERR_R_MALLOC_FAILURE;
}

/* The text is static in OpenSSL, so it outlives the queue that named it. */
const char *qpasi_crypto_reason(void)
{
	const char *reason = ERR_reason_error_string(ERR_peek_last_error());

	return reason ? reason : "no reason given";
}

int qpasi_crypto_failed(struct qpasi_fault *fault, uint32_t message, const char *what)
{
	int result;

	if (qpasi_crypto_no_memory())
		return qpasi_fault_set(fault, QPASI_MSG_NO_MEMORY, QPAS_NO_SEGMENT, 0, 0);
	result = qpasi_fault_set(fault, message, QPAS_NO_SEGMENT, 0, 0);
	if (fault) {
		fault->s = what;
		fault->t = qpasi_crypto_reason();
	}
	return result;
}
