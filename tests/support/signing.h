/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Keys and signers that the library makes, and images that it signs, taken apart again by offsets
 * that stand here as literals. Keys are made when they are first asked for: RSA takes its time.
 */
#ifndef QPAS_TESTS_SIGNING_H
#define QPAS_TESTS_SIGNING_H

#include <stdbool.h>

#include <qpas/sign.h>

#include "support/image_builder.h"

enum test_signer {
	TEST_SIGN_NOBODY,
	TEST_SIGN_EC, /* P-384 */
	TEST_SIGN_EC_QTI,
	TEST_SIGN_PSS, /* RSA-PSS; the leaf has an identity */
	TEST_SIGN_PSS_QTI, /* another leaf under the CA of TEST_SIGN_PSS */
	TEST_SIGN_LEGACY, /* RSA PKCS#1 v1.5 of v3; the leaf has an identity */
	TEST_SIGN_COUNT
};

/* SW_ID 4, OEM_ID 0x14d and MODEL_ID 7, both bound, anti-rollback 2: of leafs and in images. */
struct qpas_auth_identity test_sign_identity(void);

const struct qpas_keys *test_sign_keys(enum test_signer who);
/* NULL for TEST_SIGN_NOBODY. */
const struct qpas_signer *test_sign_signer(enum test_signer who);
/* The first word of the names in its certificates. */
const char *test_sign_name(enum test_signer who);
struct qpas_slice test_sign_pem(const struct qpas_keys *keys, uint32_t part);
/* Gives everything back, once, at the end of a program. */
void test_sign_free(void);

/* What a target was given. A call that fails is counted, too. */
struct test_output {
	uint32_t flags; /* QPAS_PACK_* of the target */
	uint8_t *bytes;
	size_t size;
	unsigned int calls;
	unsigned int fail_at; /* number of the call that fails; 0: none */
	int result; /* with this */
	bool says_why;
};

struct qpas_pack_target test_output_target(struct test_output *output);
void test_output_free(struct test_output *output);

/* Signs bytes; the image is opened for it and must open. `params` of the image may be NULL. */
int test_sign_bytes(struct qpas_slice bytes, const struct qpas_params *params,
		    const struct qpas_sign_params *sign, struct test_output *output,
		    struct qpas_error *err);
/* The same for an image of the builder; what comes out is taken apart, and must have come out. */
void test_sign_image(const struct test_image *from, const struct qpas_sign_params *sign,
		     uint32_t flags, struct test_image *to);

/* Finds headers, hash segment and its parts in a signed file; takes over the bytes. */
void test_image_adopt(struct test_image *image, uint8_t *bytes, size_t size);

#endif
