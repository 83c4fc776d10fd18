/* SPDX-License-Identifier: BSD-3-Clause */
/* RSA with the keyed double hash of v3, RSA-PSS and ECDSA P-384 over a claim's bytes. */
#include "auth/signature.h"

#include <openssl/rsa.h>

#include "auth/crypto.h"
#include "base/cursor.h"
#include "base/mem.h"

#define SHA256_BYTES   32u
#define SHA384_BYTES   48u
#define PSS_SALT_BYTES 32
#define RSA_BYTES_MAX  512u

static int fault_of(const struct qpasi_claim *claim, uint32_t message, uint32_t a, uint32_t b)
{
	return qpasi_chain_fault(claim->chain, message, a, b, NULL);
}

static int crypto_fault(const struct qpasi_claim *claim, const char *what)
{
	return qpasi_crypto_failed(claim->chain->fault, QPASI_MSG_SIGN_CRYPTO, what);
}

/* An RSA slot is exactly as long as the modulus. */
static int check_rsa_size(const struct qpasi_claim *claim)
{
	size_t size = ((size_t)EVP_PKEY_get_bits(claim->key) + 7) / 8;

	if (!EVP_PKEY_is_a(claim->key, "RSA") && !EVP_PKEY_is_a(claim->key, "RSA-PSS"))
		return qpasi_chain_fault(claim->chain, QPASI_MSG_KEY_KIND, 0, 0,
					 "RSA is what the leaf's signature calls for");
	if (claim->signature.len != size || size > RSA_BYTES_MAX)
		return fault_of(claim, QPASI_MSG_SIGN_SIZE, (uint32_t)claim->signature.len,
				(uint32_t)size);
	return 0;
}

/* 1 and 0 are OpenSSL's yes and no; a failed call may be either's excuse only if memory ran out. */
static int verify_digest(const struct qpasi_claim *claim, EVP_PKEY_CTX *context,
			 struct qpas_slice signature, struct qpas_slice digest)
{
	int answer = EVP_PKEY_verify(context, signature.ptr, signature.len, digest.ptr, digest.len);

	if (answer == 1)
		return 0;
	if (qpasi_crypto_no_memory())
		return crypto_fault(claim, "EVP_PKEY_verify");
	return fault_of(claim, QPASI_MSG_SIGN_WRONG, 0, 0);
}

static bool set_pss(EVP_PKEY_CTX *context)
{
	return EVP_PKEY_verify_init(context) > 0 &&
	       EVP_PKEY_CTX_set_rsa_padding(context, RSA_PKCS1_PSS_PADDING) > 0 &&
	       EVP_PKEY_CTX_set_signature_md(context, EVP_sha256()) > 0 &&
	       EVP_PKEY_CTX_set_rsa_mgf1_md(context, EVP_sha256()) > 0 &&
	       EVP_PKEY_CTX_set_rsa_pss_saltlen(context, PSS_SALT_BYTES) > 0;
}

int qpasi_scheme_pss(const struct qpasi_claim *claim)
{
	uint8_t digest[QPASI_DIGEST_MAX];
	struct qpas_slice hashed = {digest, SHA256_BYTES};
	EVP_PKEY_CTX *context;
	int result = check_rsa_size(claim);

	if (!result)
		result = qpasi_claim_digest(claim, 256, true, digest, claim->chain->fault);
	if (result)
		return result;
	context = EVP_PKEY_CTX_new(claim->key, NULL);
	if (!context || !set_pss(context))
		result = crypto_fault(claim, "setting up RSA-PSS");
	else
		result = verify_digest(claim, context, claim->signature, hashed);
	EVP_PKEY_CTX_free(context);
	return result;
}

/*
 * The slot holds a DER sequence (short form: it has at most 104 bytes), then zeros. What is inside
 * is left to OpenSSL, which refuses what it would not write itself.
 */
static int cut_ecdsa(const struct qpasi_claim *claim, struct qpas_slice *der)
{
	const uint8_t *byte = claim->signature.ptr;
	size_t slot = claim->signature.len;
	size_t length;

	if (slot < 2 || byte[0] != 0x30 || byte[1] >= 0x80)
		return fault_of(claim, QPASI_MSG_SIGN_DER, 0, 0);
	length = (size_t)byte[1] + 2;
	if (length > slot || !qpasi_mem_all(byte + length, 0, slot - length))
		return fault_of(claim, QPASI_MSG_SIGN_DER, 0, 0);
	der->ptr = byte;
	der->len = length;
	return 0;
}

int qpasi_scheme_ecdsa(const struct qpasi_claim *claim)
{
	uint8_t digest[QPASI_DIGEST_MAX];
	struct qpas_slice hashed = {digest, SHA384_BYTES};
	struct qpas_slice der = {NULL, 0};
	EVP_PKEY_CTX *context;
	int result;

	if (!EVP_PKEY_is_a(claim->key, "EC"))
		return qpasi_chain_fault(claim->chain, QPASI_MSG_KEY_KIND, 0, 0,
					 "P-384 is what the leaf's signature calls for");
	result = cut_ecdsa(claim, &der);
	if (!result)
		result = qpasi_claim_digest(claim, 384, true, digest, claim->chain->fault);
	if (result)
		return result;
	context = EVP_PKEY_CTX_new(claim->key, NULL);
	if (!context || EVP_PKEY_verify_init(context) <= 0)
		result = crypto_fault(claim, "setting up ECDSA");
	else
		result = verify_digest(claim, context, der, hashed);
	EVP_PKEY_CTX_free(context);
	return result;
}

/* One round of the double hash: SHA-256 over the key, spread by a pattern, and the inner digest. */
static int keyed_round(struct qpasi_hasher *hasher, uint64_t key, uint8_t pattern,
		       uint8_t digest[QPASI_DIGEST_MAX], struct qpasi_fault *fault)
{
	uint8_t prefix[8];
	struct qpas_slice first = {prefix, sizeof(prefix)};
	struct qpas_slice second = {digest, SHA256_BYTES};
	int result;

	for (unsigned int i = 0; i < sizeof(prefix); i++)
		prefix[i] = (uint8_t)(key >> (56 - 8 * i)) ^ pattern;
	result = qpasi_hasher_begin(hasher, fault);
	if (!result)
		result = qpasi_hasher_update(hasher, first, fault);
	if (!result)
		result = qpasi_hasher_update(hasher, second, fault);
	return result ? result : qpasi_hasher_finish(hasher, digest, fault);
}

/* SW_ID keys the inner round, HW_ID the outer one. The keys are 8 bytes: this is no HMAC. */
int qpasi_claim_keyed_digest(const struct qpasi_claim *claim, uint8_t digest[QPASI_DIGEST_MAX])
{
	struct qpasi_fault *fault = claim->chain->fault;
	struct qpasi_hasher *hasher = NULL;
	struct qpasi_leaf_words words;
	int result;

	qpasi_leaf_read(claim->chain->cert[0], &words);
	if (words.seen[QPASI_OU_SW_ID] != 1)
		return qpasi_chain_fault(claim->chain, QPASI_MSG_SIGN_NO_ID, 0, 0, "SW_ID");
	if (words.seen[QPASI_OU_HW_ID] != 1)
		return qpasi_chain_fault(claim->chain, QPASI_MSG_SIGN_NO_ID, 0, 0, "HW_ID");
	result = qpasi_claim_digest(claim, 256, false, digest, fault);
	if (!result)
		result = qpasi_hasher_new(claim->env, 256, &hasher, fault);
	if (!result)
		result = keyed_round(hasher, words.value[QPASI_OU_SW_ID], 0x36, digest, fault);
	if (!result)
		result = keyed_round(hasher, words.value[QPASI_OU_HW_ID], 0x5c, digest, fault);
	qpasi_hasher_free(hasher);
	return result;
}

/* The public operation alone: what the signer padded and signed. */
static int recover(const struct qpasi_claim *claim, uint8_t block[RSA_BYTES_MAX])
{
	EVP_PKEY_CTX *context = EVP_PKEY_CTX_new(claim->key, NULL);
	size_t length = RSA_BYTES_MAX;
	int result = 0;

	if (!context || EVP_PKEY_encrypt_init(context) <= 0 ||
	    EVP_PKEY_CTX_set_rsa_padding(context, RSA_NO_PADDING) <= 0) {
		result = crypto_fault(claim, "setting up RSA");
		goto out;
	}
	if (EVP_PKEY_encrypt(context, block, &length, claim->signature.ptr, claim->signature.len) >
		    0 &&
	    length == claim->signature.len)
		goto out;
	result = qpasi_crypto_no_memory() ? crypto_fault(claim, "EVP_PKEY_encrypt") :
					    fault_of(claim, QPASI_MSG_SIGN_WRONG, 0, 0);
out:
	EVP_PKEY_CTX_free(context);
	return result;
}

/*
 * The encoded block is 00 01 ff … ff 00 and the bare digest, with no algorithm identifier. It is
 * built and compared as a whole: with exponent 3, anything less could be forged.
 */
int qpasi_scheme_legacy(const struct qpasi_claim *claim)
{
	uint8_t block[RSA_BYTES_MAX];
	uint8_t wanted[RSA_BYTES_MAX];
	uint8_t digest[QPASI_DIGEST_MAX];
	size_t size = claim->signature.len;
	int result = check_rsa_size(claim);

	if (!result)
		result = qpasi_claim_keyed_digest(claim, digest);
	if (!result)
		result = recover(claim, block);
	if (result)
		return result;
	memset(wanted, 0xff, size);
	wanted[0] = 0;
	wanted[1] = 1;
	wanted[size - SHA256_BYTES - 1] = 0;
	memcpy(wanted + size - SHA256_BYTES, digest, SHA256_BYTES);
	if (!qpasi_mem_equal(block, wanted, size))
		return fault_of(claim, QPASI_MSG_SIGN_WRONG, 0, 0);
	return 0;
}
