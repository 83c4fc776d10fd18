/* SPDX-License-Identifier: BSD-3-Clause */
/* SHA-256 and SHA-384 through OpenSSL. */
#include "auth/auth.h"

#include <openssl/evp.h>

#include "auth/crypto.h"
#include "base/params.h"

struct qpasi_hasher {
	const struct qpasi_env *env;
	EVP_MD *md;
	EVP_MD_CTX *context;
	uint32_t size;
	const char *name;
};

/* Fetched here, once: a fetch for each segment would cost more than hashing small ones. */
static int make(struct qpasi_hasher *hasher, struct qpasi_fault *fault)
{
	int result = 0;

	qpasi_crypto_enter();
	hasher->md = EVP_MD_fetch(NULL, hasher->name, NULL);
	hasher->context = EVP_MD_CTX_new();
	if (!hasher->md || !hasher->context)
		result = qpasi_crypto_failed(fault, QPASI_MSG_DIGEST_CRYPTO, hasher->name);
	qpasi_crypto_leave();
	return result;
}

int qpasi_hasher_new(const struct qpasi_env *env, uint32_t bits, struct qpasi_hasher **out,
		     struct qpasi_fault *fault)
{
	struct qpasi_hasher *hasher;
	int result;

	*out = NULL;
	hasher = qpasi_env_alloc(env, sizeof(*hasher));
	if (!hasher)
		return qpasi_fault_set(fault, QPASI_MSG_NO_MEMORY, QPAS_NO_SEGMENT, 0, 0);
	hasher->env = env;
	hasher->size = bits / 8;
	hasher->name = bits == QPAS_AUTH_SHA256 ? "SHA2-256" : "SHA2-384";
	result = make(hasher, fault);
	if (result) {
		qpasi_hasher_free(hasher);
		return result;
	}
	*out = hasher;
	return 0;
}

/* EVP_MD_CTX_free() wipes what is left of the state. */
void qpasi_hasher_free(struct qpasi_hasher *hasher)
{
	if (!hasher)
		return;
	EVP_MD_CTX_free(hasher->context);
	EVP_MD_free(hasher->md);
	qpasi_env_free(hasher->env, hasher);
}

uint32_t qpasi_hasher_size(const struct qpasi_hasher *hasher)
{
	return hasher->size;
}

/* What each step of a hash comes to, `ok` being OpenSSL's answer. */
static int outcome(const struct qpasi_hasher *hasher, int ok, struct qpasi_fault *fault)
{
	int result = 0;

	if (ok != 1)
		result = qpasi_crypto_failed(fault, QPASI_MSG_DIGEST_CRYPTO, hasher->name);
	qpasi_crypto_leave();
	return result;
}

int qpasi_hasher_begin(struct qpasi_hasher *hasher, struct qpasi_fault *fault)
{
	qpasi_crypto_enter();
	return outcome(hasher, EVP_DigestInit_ex2(hasher->context, hasher->md, NULL), fault);
}

int qpasi_hasher_update(struct qpasi_hasher *hasher, struct qpas_slice data,
			struct qpasi_fault *fault)
{
	qpasi_crypto_enter();
	return outcome(hasher, EVP_DigestUpdate(hasher->context, data.ptr, data.len), fault);
}

int qpasi_hasher_finish(struct qpasi_hasher *hasher, uint8_t digest[QPASI_DIGEST_MAX],
			struct qpasi_fault *fault)
{
	unsigned int size = 0;

	qpasi_crypto_enter();
	return outcome(hasher, EVP_DigestFinal_ex(hasher->context, digest, &size), fault);
}
