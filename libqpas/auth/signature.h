/* SPDX-License-Identifier: BSD-3-Clause */
/* The schemes of image signatures, each over a digest or a message that is already cut out. */
#ifndef QPASI_AUTH_SIGNATURE_H
#define QPASI_AUTH_SIGNATURE_H

#include "auth/certificate.h"

/* What a scheme checks. */
struct qpasi_claim {
	const struct qpasi_env *env;
	const struct qpasi_auth_input *input;
	uint32_t signer;
	const struct qpasi_chain *chain;
	EVP_PKEY *key; /* the leaf's; the chain owns it */
	struct qpas_slice signature; /* the whole slot */
};

/*
 * Hashes the signed bytes: the hash segment up to the end of the digest table, with what the other
 * signer adds later read as zero.
 */
int qpasi_claim_digest(const struct qpasi_claim *claim, uint32_t bits, bool masked,
		       uint8_t digest[QPASI_DIGEST_MAX], struct qpasi_fault *fault);

/* The keyed double hash of v3: SHA-256, keyed with SW_ID and HW_ID of the leaf. */
int qpasi_claim_keyed_digest(const struct qpasi_claim *claim, uint8_t digest[QPASI_DIGEST_MAX]);

/* Facts about a chain that is right, root hashes included. Of the claim only env and chain count. */
int qpasi_claim_describe(const struct qpasi_claim *claim, struct qpas_auth_signature *facts);

/* 0: right. CRYPTO: wrong, and the chain's fault says how. */
int qpasi_scheme_legacy(const struct qpasi_claim *claim);
int qpasi_scheme_pss(const struct qpasi_claim *claim);
int qpasi_scheme_ecdsa(const struct qpasi_claim *claim);

#endif
