/* SPDX-License-Identifier: BSD-3-Clause */
/* The half of identity.c that reads metadata blocks, without OpenSSL. */
#ifndef QPASI_AUTH_IDENTITY_H
#define QPASI_AUTH_IDENTITY_H

#include "auth/auth.h"

/* v6 to v8. NOTFOUND if the signer has no block. */
int qpasi_identity_from_metadata(const struct qpasi_auth_input *input, uint32_t signer,
				 struct qpas_auth_identity *identity, struct qpasi_fault *fault);

#endif
