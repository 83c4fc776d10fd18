/* SPDX-License-Identifier: BSD-3-Clause */
/* OpenSSL asked directly. */
#include "second_opinion.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/rsa.h>
#include <openssl/x509v3.h>

#include "support/must.h"

static uint32_t word(struct qpas_slice segment, size_t at)
{
	const uint8_t *byte = (const uint8_t *)segment.ptr + at;

	return byte[0] | (uint32_t)byte[1] << 8 | (uint32_t)byte[2] << 16 | (uint32_t)byte[3] << 24;
}

static STACK_OF(X509) *
	certificates(struct qpas_slice segment, const struct qpas_auth_signature *facts)
{
	const unsigned char *at = (const unsigned char *)segment.ptr + facts->chain_offset;
	const unsigned char *end = at + facts->chain_bytes;
	STACK_OF(X509) *chain = sk_X509_new_null();

	test_must(chain != NULL, "memory");
	while (at < end && *at == 0x30) {
		X509 *cert = d2i_X509(NULL, &at, (long)(end - at));

		if (!cert)
			break;
		test_must(sk_X509_push(chain, cert) > 0, "memory");
	}
	return chain;
}

bool second_chain(struct qpas_slice segment, const struct qpas_auth_signature *facts)
{
	STACK_OF(X509) *chain = certificates(segment, facts);
	X509_STORE *store = X509_STORE_new();
	X509_STORE_CTX *ctx = X509_STORE_CTX_new();
	int count = sk_X509_num(chain);
	bool good = false;

	test_must(store && ctx, "memory");
	if (count > 1) {
		test_must(X509_STORE_add_cert(store, sk_X509_value(chain, count - 1)), "a root");
		test_must(X509_STORE_CTX_init(ctx, store, sk_X509_value(chain, 0), chain),
			  "a store");
		X509_STORE_CTX_set_flags(ctx, X509_V_FLAG_NO_CHECK_TIME |
						      X509_V_FLAG_CHECK_SS_SIGNATURE);
		good = X509_verify_cert(ctx) == 1 && (uint32_t)count == facts->certificates;
	}
	X509_STORE_CTX_free(ctx);
	X509_STORE_free(store);
	sk_X509_pop_free(chain, X509_free);
	return good;
}

/* Where metadata begin and how long each block is, by literal offsets of each header version. */
struct blocks {
	size_t start;
	size_t qti;
	size_t oem;
};

static struct blocks blocks_of(struct qpas_slice segment, uint32_t version)
{
	struct blocks blocks = {40, 0, 0};

	if (version == 6) {
		blocks.start = 48;
		blocks.qti = word(segment, 0x28);
		blocks.oem = word(segment, 0x2c);
	} else if (version >= 7) {
		blocks.start = (version == 7 ? 40 : 56) + word(segment, 0x08);
		blocks.qti = word(segment, 0x0c);
		blocks.oem = word(segment, 0x10);
	}
	return blocks;
}

static void clear_sizes(uint8_t *copy, uint32_t version, bool oem)
{
	if (version == 6 && oem)
		memset(copy + 0x08, 0, 8);
	if (version == 7)
		memset(copy + (oem ? 0x18 : 0x20), 0, 8);
	if ((version == 5 || version == 6) && !oem) {
		memset(copy + 0x1c, 0, 4);
		memset(copy + 0x24, 0, 4);
	}
}

/* The signed bytes of one signer: what the other one adds is zero. */
static uint8_t *signed_copy(struct qpas_slice segment, uint32_t signer, size_t *length)
{
	uint32_t version = word(segment, 4);
	bool oem = signer == QPAS_AUTH_SIGNER_OEM;
	struct blocks blocks = blocks_of(segment, version);
	uint8_t *copy;

	*length = blocks.start + blocks.qti + blocks.oem + word(segment, 0x14);
	copy = malloc(*length);
	test_must(copy && *length <= segment.len, "a copy");
	memcpy(copy, segment.ptr, *length);
	clear_sizes(copy, version, oem);
	if (version == 6 || version == 7)
		memset(copy + blocks.start + (oem ? 0 : blocks.qti), 0,
		       oem ? blocks.qti : blocks.oem);
	return copy;
}

static bool standard(EVP_PKEY *key, const uint8_t *sig, size_t siglen, const uint8_t *bytes,
		     size_t length)
{
	bool rsa = EVP_PKEY_is_a(key, "RSA");
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	EVP_PKEY_CTX *settings = NULL;
	bool good;

	test_must(ctx && EVP_DigestVerifyInit(ctx, &settings, rsa ? EVP_sha256() : EVP_sha384(),
					      NULL, key) > 0,
		  "verifying");
	if (rsa) {
		test_must(EVP_PKEY_CTX_set_rsa_padding(settings, RSA_PKCS1_PSS_PADDING) > 0, "PSS");
		test_must(EVP_PKEY_CTX_set_rsa_pss_saltlen(settings, 32) > 0, "salt");
	} else {
		siglen = (size_t)sig[1] + 2;
	}
	good = EVP_DigestVerify(ctx, sig, siglen, bytes, length) == 1;
	EVP_MD_CTX_free(ctx);
	return good;
}

/* The 64 bits in front of " SW_ID" or " HW_ID" in the subject, printed as text. */
static uint64_t subject_word(const X509 *leaf, const char *name)
{
	char text[4096];
	const char *at;

	(void)X509_NAME_oneline(X509_get_subject_name(leaf), text, sizeof(text));
	at = strstr(text, name);
	test_must(at && at - text > 17, name);
	return strtoull(at - 16, NULL, 16);
}

static void keyed(uint64_t key, uint8_t pattern, uint8_t digest[32])
{
	uint8_t bytes[40];

	for (int i = 0; i < 8; i++)
		bytes[i] = (uint8_t)(key >> (56 - 8 * i)) ^ pattern;
	memcpy(bytes + 8, digest, 32);
	test_must(EVP_Digest(bytes, sizeof(bytes), digest, NULL, EVP_sha256(), NULL) == 1,
		  "digest");
}

static bool legacy(const X509 *leaf, EVP_PKEY *key, const uint8_t *sig, size_t siglen,
		   const uint8_t *bytes, size_t length)
{
	EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new(key, NULL);
	uint8_t digest[32];
	uint8_t block[512];
	size_t size = sizeof(block);
	bool good;

	test_must(EVP_Digest(bytes, length, digest, NULL, EVP_sha256(), NULL) == 1, "digest");
	keyed(subject_word(leaf, " SW_ID"), 0x36, digest);
	keyed(subject_word(leaf, " HW_ID"), 0x5c, digest);
	/* Strips 00 01 ff … 00 itself, and hands back what is behind. */
	test_must(ctx && EVP_PKEY_verify_recover_init(ctx) > 0, "RSA");
	test_must(EVP_PKEY_CTX_set_rsa_padding(ctx, RSA_PKCS1_PADDING) > 0, "RSA");
	good = EVP_PKEY_verify_recover(ctx, block, &size, sig, siglen) == 1 && size == 32 &&
	       memcmp(block, digest, 32) == 0;
	EVP_PKEY_CTX_free(ctx);
	return good;
}

bool second_signature(struct qpas_slice segment, const struct qpas_auth_signature *facts)
{
	const uint8_t *sig = (const uint8_t *)segment.ptr + facts->signature_offset;
	STACK_OF(X509) *chain = certificates(segment, facts);
	const X509 *leaf = sk_X509_value(chain, 0);
	EVP_PKEY *key = X509_get0_pubkey(leaf);
	size_t length;
	uint8_t *bytes = signed_copy(segment, facts->signer, &length);
	bool good;

	if (X509_get_signature_nid(leaf) == NID_sha256WithRSAEncryption)
		good = legacy(leaf, key, sig, facts->signature_bytes, bytes, length);
	else
		good = standard(key, sig, facts->signature_bytes, bytes, length);
	free(bytes);
	sk_X509_pop_free(chain, X509_free);
	return good;
}
