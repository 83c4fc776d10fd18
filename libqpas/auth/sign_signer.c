/* SPDX-License-Identifier: BSD-3-Clause */
/* Signers: a key and its chain, checked once, and the signatures that they make. */
#include <openssl/rsa.h>

#include "auth/crypto.h"
#include "auth/sign_key.h"
#include "auth/signature.h"
#include "base/host/host_memory.h"
#include "base/mem.h"

#define ECDSA_SLOT     104u
#define PSS_SALT_BYTES 32

struct qpas_signer {
	struct qpasi_env env;
	EVP_PKEY *key;
	struct qpasi_sign_chain chain;
	const struct qpasi_sign_scheme *scheme;
	uint32_t bytes; /* of a signature */
	struct qpas_auth_signature facts;
	struct qpas_auth_identity leaf;
};

/* The leaf's own signature names the scheme; its key must be able to follow. */
static int choose_scheme(struct qpas_signer *signer, struct qpasi_fault *fault)
{
	const X509 *leaf = signer->chain.chain.cert[0];
	const EVP_PKEY *key = X509_get0_pubkey(leaf);
	int nid = X509_get_signature_nid(leaf);
	const char *name = OBJ_nid2sn(nid);
	int result;

	signer->scheme = qpasi_sign_scheme(nid);
	if (signer->scheme && key && EVP_PKEY_is_a(key, signer->scheme->rsa ? "RSA" : "EC")) {
		signer->bytes = signer->scheme->rsa ? (uint32_t)EVP_PKEY_get_size(key) : ECDSA_SLOT;
		return 0;
	}
	result = qpasi_fault_set(fault, QPASI_MSG_SIGN_KEY_SCHEME, QPAS_NO_SEGMENT, 0, 0);
	if (fault) {
		fault->s = name ? name : "?";
		fault->t = signer->scheme && !signer->scheme->rsa ? "P-384" : "RSA";
	}
	return result;
}

/* The leaf is read as that of an image whose hash segment is nothing but the chain. */
static void identify(struct qpas_signer *signer)
{
	struct qpasi_mbn mbn = {0};
	struct qpasi_auth_input input = {NULL, &mbn, {NULL, 0}, {NULL, 0}};

	mbn.version = 5;
	mbn.oem_chain.length = (uint32_t)signer->chain.size;
	input.hash_segment.ptr = signer->chain.der;
	input.hash_segment.len = signer->chain.size;
	(void)qpasi_auth_identify(&input, QPAS_AUTH_SIGNER_OEM, &signer->leaf, NULL);
}

static int describe(struct qpas_signer *signer)
{
	static const struct qpas_auth_signature fresh = QPAS_AUTH_SIGNATURE_INIT;
	struct qpasi_claim claim = {&signer->env, NULL, 0, &signer->chain.chain, NULL, {NULL, 0}};
	int result;

	signer->facts = fresh;
	result = qpasi_claim_describe(&claim, &signer->facts);
	signer->facts.algorithm = signer->scheme->name;
	signer->facts.certificates = signer->chain.chain.count;
	signer->facts.chain_valid = QPAS_AUTH_YES;
	signer->facts.chain_bytes = (uint32_t)signer->chain.size;
	signer->facts.signature_bytes = qpasi_signer_bytes(signer);
	identify(signer);
	return result;
}

static int fill(struct qpas_signer *signer, struct qpas_slice key, struct qpas_slice chain,
		struct qpasi_fault *fault)
{
	int result = qpasi_sign_chain_open(&signer->env, chain, &signer->chain, fault);

	if (!result)
		result = qpasi_chain_check(&signer->chain.chain);
	if (!result)
		result = choose_scheme(signer, fault);
	if (!result)
		result = qpasi_sign_key_open(key, signer->chain.chain.cert[0], &signer->key, fault);
	if (!result)
		result = describe(signer);
	/* It belongs to this call. */
	signer->chain.chain.fault = NULL;
	return result;
}

int qpas_signer_new(struct qpas_slice key, struct qpas_slice chain,
		    const struct qpas_params *params, struct qpas_signer **out,
		    struct qpas_error *err)
{
	struct qpasi_fault fault = QPASI_FAULT_INIT;
	struct qpas_signer *signer;
	struct qpasi_env env;
	int result = qpasi_error_begin(err);

	if (out)
		*out = NULL;
	if (result)
		return result;
	if (!out || (!key.ptr && key.len) || (!chain.ptr && chain.len))
		return qpasi_error_set(err, QPASI_MSG_NULL_ARGUMENT, QPAS_STAGE_NONE,
				       !out		   ? "out" :
				       !key.ptr && key.len ? "key" :
							     "chain");
	result = qpasi_env_init(&env, params, qpasi_host_allocator(), err);
	if (result)
		return result;
	signer = qpasi_env_alloc(&env, sizeof(*signer));
	if (!signer)
		return qpasi_error_set(err, QPASI_MSG_NO_MEMORY, QPAS_STAGE_NONE, NULL);
	signer->env = env;
	qpasi_crypto_enter();
	result = fill(signer, key, chain, &fault);
	qpasi_crypto_leave();
	if (result) {
		qpas_signer_free(signer);
		return qpasi_fault_report(&fault, QPAS_STAGE_SIGNATURE, err);
	}
	*out = signer;
	return 0;
}

/* EVP_PKEY_free() wipes the private key. */
void qpas_signer_free(struct qpas_signer *signer)
{
	struct qpasi_env env;

	if (!signer)
		return;
	env = signer->env;
	EVP_PKEY_free(signer->key);
	qpasi_sign_chain_close(&env, &signer->chain);
	qpasi_env_free(&env, signer);
}

int qpas_signer_describe(const struct qpas_signer *signer, struct qpas_auth_signature *facts,
			 struct qpas_error *err)
{
	int result = qpasi_error_begin(err);

	if (result)
		return result;
	if (!signer || !facts)
		return qpasi_error_set(err, QPASI_MSG_NULL_ARGUMENT, QPAS_STAGE_NONE,
				       signer ? "facts" : "signer");
	result = qpasi_abi_check(facts, sizeof(*facts), sizeof(*facts), err);
	if (!result)
		qpasi_abi_give(facts, &signer->facts, sizeof(signer->facts));
	return result;
}

uint32_t qpasi_signer_bytes(const struct qpas_signer *signer)
{
	return signer->bytes;
}

uint32_t qpasi_signer_certificates(const struct qpas_signer *signer, struct qpas_slice *der)
{
	der->ptr = signer->chain.der;
	der->len = signer->chain.size;
	return signer->chain.chain.count;
}

const struct qpas_auth_identity *qpasi_signer_leaf(const struct qpas_signer *signer)
{
	return &signer->leaf;
}

int qpasi_signer_fits(const struct qpas_signer *signer, uint32_t version, const char *slot,
		      struct qpasi_fault *fault)
{
	int result;

	if (signer->scheme->versions & 1u << version)
		return 0;
	result = qpasi_fault_set(fault, QPASI_MSG_SIGN_SCHEME, QPAS_NO_SEGMENT, version, 0);
	if (fault) {
		fault->s = slot;
		fault->t = OBJ_nid2sn(signer->scheme->nid);
	}
	return result;
}

/* PKCS#1 v1.5 without a digest named pads what it gets as it is, which is the legacy block. */
static bool set_up(EVP_PKEY_CTX *context, const struct qpasi_sign_scheme *scheme)
{
	if (!context || EVP_PKEY_sign_init(context) <= 0)
		return false;
	if (!scheme->rsa)
		return true;
	if (!scheme->pss)
		return EVP_PKEY_CTX_set_rsa_padding(context, RSA_PKCS1_PADDING) > 0;
	return EVP_PKEY_CTX_set_rsa_padding(context, RSA_PKCS1_PSS_PADDING) > 0 &&
	       EVP_PKEY_CTX_set_signature_md(context, EVP_sha256()) > 0 &&
	       EVP_PKEY_CTX_set_rsa_mgf1_md(context, EVP_sha256()) > 0 &&
	       EVP_PKEY_CTX_set_rsa_pss_saltlen(context, PSS_SALT_BYTES) > 0;
}

static int sign_digest(const struct qpas_signer *signer, const uint8_t *digest, uint8_t *to,
		       struct qpasi_fault *fault)
{
	EVP_PKEY_CTX *context = EVP_PKEY_CTX_new(signer->key, NULL);
	size_t length = qpasi_signer_bytes(signer);
	int result = 0;

	if (!set_up(context, signer->scheme) ||
	    EVP_PKEY_sign(context, to, &length, digest, signer->scheme->bits / 8) <= 0)
		result = qpasi_sign_crypto(fault, "signing");
	EVP_PKEY_CTX_free(context);
	return result;
}

int qpasi_signer_sign(const struct qpas_signer *signer, const struct qpasi_auth_input *input,
		      uint32_t who, uint8_t *to, struct qpasi_fault *fault)
{
	const struct qpasi_sign_scheme *scheme = signer->scheme;
	struct qpasi_chain chain = signer->chain.chain;
	struct qpasi_claim claim = {&signer->env, input, who, &chain, NULL, {NULL, 0}};
	uint8_t digest[QPASI_DIGEST_MAX];
	int result;

	chain.fault = fault;
	chain.slot = qpasi_slot_name(who);
	qpasi_crypto_enter();
	if (scheme->rsa && !scheme->pss)
		result = qpasi_claim_keyed_digest(&claim, digest);
	else
		result = qpasi_claim_digest(&claim, scheme->bits, true, digest, fault);
	if (!result)
		result = sign_digest(signer, digest, to, fault);
	qpasi_crypto_leave();
	return result;
}
