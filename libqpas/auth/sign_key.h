/* SPDX-License-Identifier: BSD-3-Clause */
/* Keys, certificates and schemes on the signing side: what signers and key making share. */
#ifndef QPASI_AUTH_SIGN_KEY_H
#define QPASI_AUTH_SIGN_KEY_H

#include "auth/certificate.h"
#include "auth/sign.h"
#include "base/params.h"

/* How a chain of one kind is signed, and images with it. */
struct qpasi_sign_scheme {
	int nid; /* signature algorithm of the certificates */
	const char *name; /* as reports have it */
	bool rsa;
	bool pss;
	uint32_t bits; /* of the digest */
	uint32_t versions; /* bit n: images of version n */
};

/* Of a certificate's signature algorithm; NULL: no image is signed that way. */
const struct qpasi_sign_scheme *qpasi_sign_scheme(int nid);

/* Certificates as they were given, in DER and parsed. */
struct qpasi_sign_chain {
	uint8_t *der;
	size_t size;
	struct qpasi_chain chain; /* of `der`; its fault belongs to the call that opened it */
};

/* From PEM or DER; nothing but its form is checked. Closed in either case. */
int qpasi_sign_chain_open(const struct qpasi_env *env, struct qpas_slice text,
			  struct qpasi_sign_chain *chain, struct qpasi_fault *fault);
void qpasi_sign_chain_close(const struct qpasi_env *env, struct qpasi_sign_chain *chain);

/* From PEM, and the private half of this certificate's key. */
int qpasi_sign_key_open(struct qpas_slice pem, const X509 *cert, EVP_PKEY **key,
			struct qpasi_fault *fault);

/* SIGN_CRYPTO with what failed. */
int qpasi_sign_crypto(struct qpasi_fault *fault, const char *what);

/* ---- making certificates ---- */

enum qpasi_role { QPASI_ROLE_LEAF, QPASI_ROLE_CA, QPASI_ROLE_ROOT };

/* A certificate to be made. */
struct qpasi_certificate_plan {
	enum qpasi_role role;
	const struct qpas_keys_params *params; /* complete: name and dates are there */
	const struct qpasi_sign_scheme *scheme;
	EVP_PKEY *key;
	/* Who signs: NULL for the certificate itself. */
	X509 *issuer;
	EVP_PKEY *issuer_key;
};

/* NULL on failure, with OpenSSL's reason queued. */
X509 *qpasi_certificate_make(const struct qpasi_certificate_plan *plan);

/* Adds the numbered words of a v3 or v5 leaf to its subject. */
bool qpasi_leaf_write(X509_NAME *subject, const struct qpas_keys_params *params);
/* NULL, or what of an identity such a leaf cannot say. */
const char *qpasi_leaf_refuses(const struct qpas_auth_identity *identity);

#endif
