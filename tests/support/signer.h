/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Signs images made by image_builder.h, with keys and chains made on the spot. Written from the
 * format's description alone and with OpenSSL only: nothing of the library is used, offsets and
 * masks stand here as literals.
 */
#ifndef QPAS_TESTS_SIGNER_H
#define QPAS_TESTS_SIGNER_H

#include <stdbool.h>
#include <stdint.h>

#include <openssl/x509v3.h>

#include "support/image_builder.h"

enum test_key {
	TEST_KEY_P384_A,
	TEST_KEY_P384_B,
	TEST_KEY_P384_C,
	TEST_KEY_RSA_A,
	TEST_KEY_RSA_B,
	TEST_KEY_RSA_E3,
	TEST_KEY_RSA_512,
	TEST_KEY_P256,
	TEST_KEY_ODD, /* made by test_key_with_exponent() */
	TEST_KEY_COUNT
};

enum test_scheme { TEST_SCHEME_ECDSA, TEST_SCHEME_PSS, TEST_SCHEME_LEGACY };

#define TEST_CHAIN_MAX 4
/* As sw_id of a chain: its leaf says nothing about it. */
#define TEST_NO_SW_ID UINT64_MAX

struct test_certificate {
	const char *name; /* common name of the subject */
	const char *issuer; /* NULL: the name of the next one, the last one's own */
	enum test_key key;
	int ca; /* 1: CA:TRUE, 0: CA:FALSE, -1: says nothing */
	int pathlen; /* -1: none */
	bool expired;
	bool critical; /* an unknown extension that must be understood */
	bool wrong_key_id; /* an authority key identifier of nobody */
	int signed_by; /* key that signs it, else the next one's; -1 */
	const char *usage; /* keyUsage as OpenSSL's configuration writes it, or NULL */
};

struct test_chain {
	enum test_scheme scheme; /* how links are signed; image signatures follow it */
	uint32_t count;
	struct test_certificate certificate[TEST_CHAIN_MAX];
	uint64_t sw_id; /* for the OU attributes of a leaf of v3 and v5 */
	uint64_t hw_id;
	const char *extra_ou; /* one more OU of the leaf, or NULL */
};

/* Leaf, intermediate and root with three keys of the scheme's kind. */
struct test_chain test_chain_usual(enum test_scheme scheme);

/* Writes the chain to a slot of the image (the signer is 1 for OEM, 2 for QTI), 0xff behind it. */
void test_chain_write(struct test_image *image, uint32_t signer, const struct test_chain *chain);
/* SHA-256 and SHA-384 of the root that was written last. */
void test_chain_root(uint8_t sha256[32], uint8_t sha384[48]);

/* Signs what the image holds now with the leaf's key. */
void test_sign(struct test_image *image, uint32_t signer, const struct test_chain *chain);

/* The block that RSA signs in the legacy scheme, and the private operation on any block. */
void test_legacy_block(const struct test_image *image, uint64_t sw_id, uint64_t hw_id, size_t size,
		       uint8_t *block);
void test_rsa_private(enum test_key key, const uint8_t *block, size_t size, uint8_t *to);

/* The bytes a signer signs: end of the digest table, foreign fields zero. Caller frees. */
uint8_t *test_signed_bytes(const struct test_image *image, uint32_t signer, size_t *length);

/* Makes TEST_KEY_ODD a public RSA key of 2048 bits with this exponent, in hex. */
void test_key_with_exponent(enum test_key key, const char *exponent);

/* Gives all keys back, once, at the end of a program. */
void test_keys_free(void);

#endif
