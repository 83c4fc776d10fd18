/* SPDX-License-Identifier: BSD-3-Clause */
/* From text to keys and certificates. Nothing is signed here. */
#include "auth/sign_key.h"

#include <string.h>

#include <openssl/err.h>
#include <openssl/pem.h>

#include "auth/crypto.h"

/* Eight certificates of 4 KiB and their PEM armour fit many times over. */
#define TEXT_BYTES   262144u
#define DER_SEQUENCE 0x30u

static const struct qpasi_sign_scheme schemes[] = {
	{NID_sha256WithRSAEncryption, "rsa-pkcs1-v15-mbn3", true, false, 256, 1u << 3},
	{NID_rsassaPss, "rsa-pss-sha256", true, true, 256, 1u << 3 | 1u << 5 | 1u << 6},
	{NID_ecdsa_with_SHA384, "ecdsa-p384-sha384", false, false, 384,
	 1u << 6 | 1u << 7 | 1u << 8},
};

const struct qpasi_sign_scheme *qpasi_sign_scheme(int nid)
{
	for (size_t i = 0; i < sizeof(schemes) / sizeof(schemes[0]); i++) {
		if (schemes[i].nid == nid)
			return &schemes[i];
	}
	return NULL;
}

int qpasi_sign_crypto(struct qpasi_fault *fault, const char *what)
{
	return qpasi_crypto_failed(fault, QPASI_MSG_SIGN_CRYPTO, what);
}

static int unreadable(struct qpasi_fault *fault, uint32_t message, const char *why)
{
	int result;

	if (qpasi_crypto_no_memory())
		return qpasi_fault_set(fault, QPASI_MSG_NO_MEMORY, QPAS_NO_SEGMENT, 0, 0);
	result = qpasi_fault_set(fault, message, QPAS_NO_SEGMENT, 0, 0);
	if (fault)
		fault->t = why;
	return result;
}

/* Without this, OpenSSL would ask on the terminal. */
static int no_pass_phrase(char *to, int size, int writing, void *user)
{
	(void)to;
	(void)size;
	(void)writing;
	*(bool *)user = true;
	return -1;
}

static int read_key(struct qpas_slice pem, EVP_PKEY **key, struct qpasi_fault *fault)
{
	bool encrypted = false;
	BIO *bio;

	if (pem.len == 0 || pem.len > TEXT_BYTES)
		return unreadable(fault, QPASI_MSG_SIGN_KEY_READ,
				  pem.len ? "it is too long" : "it is empty");
	bio = BIO_new_mem_buf(pem.ptr, (int)pem.len);
	if (!bio)
		return qpasi_sign_crypto(fault, "reading a key");
	*key = PEM_read_bio_PrivateKey(bio, NULL, no_pass_phrase, &encrypted);
	BIO_free(bio);
	if (*key)
		return 0;
	return unreadable(fault, QPASI_MSG_SIGN_KEY_READ,
			  encrypted ? "it is encrypted" : qpasi_crypto_reason());
}

int qpasi_sign_key_open(struct qpas_slice pem, const X509 *cert, EVP_PKEY **key,
			struct qpasi_fault *fault)
{
	const EVP_PKEY *public = X509_get0_pubkey(cert);
	bool same;
	int result = read_key(pem, key, fault);

	if (result)
		return result;
	same = public && EVP_PKEY_eq(*key, public) == 1;
	if (same)
		return 0;
	if (public && EVP_PKEY_get_base_id(*key) == EVP_PKEY_get_base_id(public) &&
	    EVP_PKEY_get_bits(*key) == EVP_PKEY_get_bits(public))
		result = unreadable(fault, QPASI_MSG_SIGN_KEY_OTHER, "it is another one");
	else
		result = unreadable(fault, QPASI_MSG_SIGN_KEY_OTHER, "it is of another kind");
	EVP_PKEY_free(*key);
	*key = NULL;
	return result;
}

static int append(const struct qpasi_env *env, struct qpasi_sign_chain *chain, const void *bytes,
		  size_t length, struct qpasi_fault *fault)
{
	uint8_t *der;

	/* Neither can wrap: both are bounded by the text. */
	if (chain->size + length > QPASI_CHAIN_BYTES)
		return qpasi_chain_fault(&chain->chain, QPASI_MSG_CHAIN_BYTES,
					 (uint32_t)(chain->size + length), QPASI_CHAIN_BYTES, NULL);
	der = qpasi_env_realloc(env, chain->der, chain->size + length);
	if (!der)
		return qpasi_fault_set(fault, QPASI_MSG_NO_MEMORY, QPAS_NO_SEGMENT, 0, 0);
	memcpy(der + chain->size, bytes, length);
	chain->der = der;
	chain->size += length;
	return 0;
}

static bool is_certificate(const char *name)
{
	static const char *const names[] = {PEM_STRING_X509, PEM_STRING_X509_OLD};

	for (size_t i = 0; i < 2; i++) {
		if (strcmp(names[i], name) == 0)
			return true;
	}
	return false;
}

/* One block of PEM; *more is false behind the last one. */
static int read_block(const struct qpasi_env *env, BIO *bio, struct qpasi_sign_chain *chain,
		      bool *more, struct qpasi_fault *fault)
{
	unsigned char *data = NULL;
	char *header = NULL;
	char *name = NULL;
	long length = 0;
	int result = 0;

	*more = PEM_read_bio(bio, &name, &header, &data, &length) == 1;
	if (*more && !is_certificate(name))
		result = unreadable(fault, QPASI_MSG_SIGN_CHAIN_READ,
				    "something else than certificates stands there");
	else if (*more)
		result = append(env, chain, data, (size_t)length, fault);
	else if (ERR_GET_REASON(ERR_peek_last_error()) != PEM_R_NO_START_LINE)
		result = unreadable(fault, QPASI_MSG_SIGN_CHAIN_READ, qpasi_crypto_reason());
	OPENSSL_free(name);
	OPENSSL_free(header);
	OPENSSL_free(data);
	return result;
}

static int read_pem(const struct qpasi_env *env, struct qpas_slice text,
		    struct qpasi_sign_chain *chain, struct qpasi_fault *fault)
{
	BIO *bio = BIO_new_mem_buf(text.ptr, (int)text.len);
	bool more = true;
	int result = 0;

	if (!bio)
		return qpasi_sign_crypto(fault, "reading certificates");
	while (!result && more)
		result = read_block(env, bio, chain, &more, fault);
	BIO_free(bio);
	if (!result && !chain->size)
		result = unreadable(fault, QPASI_MSG_SIGN_CHAIN_READ, "there is no certificate");
	return result;
}

/* Without what fills up a slot: another slot may be shorter. */
static size_t certificates_bytes(const struct qpasi_chain *chain)
{
	size_t size = 0;

	for (uint32_t i = 0; i < chain->count; i++)
		size += chain->der[i].len;
	return size;
}

int qpasi_sign_chain_open(const struct qpasi_env *env, struct qpas_slice text,
			  struct qpasi_sign_chain *chain, struct qpasi_fault *fault)
{
	struct qpasi_mbn_part part = {0, 0};
	struct qpas_slice der;
	int result;

	memset(chain, 0, sizeof(*chain));
	chain->chain.slot = "certificate chain";
	chain->chain.fault = fault;
	if (text.len == 0 || text.len > TEXT_BYTES)
		return unreadable(fault, QPASI_MSG_SIGN_CHAIN_READ,
				  text.len ? "it is too long" : "it is empty");
	if (*(const uint8_t *)text.ptr == DER_SEQUENCE)
		result = append(env, chain, text.ptr, text.len, fault);
	else
		result = read_pem(env, text, chain, fault);
	if (result)
		return result;
	der.ptr = chain->der;
	der.len = chain->size;
	part.length = (uint32_t)chain->size;
	result = qpasi_chain_open(&chain->chain, der, &part, false);
	if (!result)
		chain->size = certificates_bytes(&chain->chain);
	return result;
}

void qpasi_sign_chain_close(const struct qpasi_env *env, struct qpasi_sign_chain *chain)
{
	qpasi_chain_close(&chain->chain);
	qpasi_env_free(env, chain->der);
	memset(chain, 0, sizeof(*chain));
}
