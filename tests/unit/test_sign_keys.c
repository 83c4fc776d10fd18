/* SPDX-License-Identifier: BSD-3-Clause */
/* Keys that are made, and keys and chains that users bring: what they must be to sign anything. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <openssl/pem.h>

#include "expect.h"
#include "support/must.h"
#include "support/signer.h"
#include "support/signing.h"
#include "support/verdict.h"

static void refused(const char *row, int result, const struct qpas_error *err, int code,
		    uint32_t message)
{
	if (result != code || err->code != code || err->message_id != message || !err->text[0])
		fail_msg("%s: %d, message %u (%s), not %d, message %u", row, result,
			 (unsigned int)err->message_id, err->text, code, (unsigned int)message);
}

static struct qpas_slice text(const char *string)
{
	struct qpas_slice slice = {string, strlen(string)};

	return slice;
}

static struct qpas_slice part(enum test_signer who, uint32_t number)
{
	return test_sign_pem(test_sign_keys(who), number);
}

/* Texts one behind the other; the caller frees the result. */
static struct qpas_slice join(const struct qpas_slice *texts, size_t count)
{
	struct qpas_slice all = {NULL, 0};
	char *bytes;

	for (size_t i = 0; i < count; i++)
		all.len += texts[i].len;
	bytes = malloc(all.len + 1);
	test_must(bytes != NULL, "memory");
	all.ptr = bytes;
	for (size_t i = 0; i < count; bytes += texts[i++].len)
		memcpy(bytes, texts[i].ptr, texts[i].len);
	return all;
}

static void release(struct qpas_slice slice)
{
	free((void *)(uintptr_t)slice.ptr);
}

/* ---- signers ---- */

static void signer_refused(const char *row, struct qpas_slice key, struct qpas_slice chain,
			   int code, uint32_t message)
{
	struct qpas_error err = QPAS_ERROR_INIT;
	struct qpas_signer *signer = (struct qpas_signer *)(uintptr_t)1;

	refused(row, qpas_signer_new(key, chain, NULL, &signer, &err), &err, code, message);
	assert_null(signer);
}

/* A key in another form of PEM: encrypted, or its public half. */
static struct qpas_slice rewrite_key(const char *pass_phrase)
{
	struct qpas_slice pem = part(TEST_SIGN_EC, QPAS_KEYS_LEAF_KEY);
	BIO *from = BIO_new_mem_buf(pem.ptr, (int)pem.len);
	BIO *to = BIO_new(BIO_s_mem());
	EVP_PKEY *key = from ? PEM_read_bio_PrivateKey(from, NULL, NULL, NULL) : NULL;
	struct qpas_slice all;
	char *data = NULL;
	int done;

	test_must(to && key, "a key");
	if (pass_phrase)
		done = PEM_write_bio_PKCS8PrivateKey(to, key, EVP_aes_128_cbc(), pass_phrase,
						     (int)strlen(pass_phrase), NULL, NULL);
	else
		done = PEM_write_bio_PUBKEY(to, key);
	test_must(done == 1, "a key in PEM");
	all.len = (size_t)BIO_get_mem_data(to, &data);
	all.ptr = data;
	all = join(&all, 1);
	EVP_PKEY_free(key);
	BIO_free(from);
	BIO_free(to);
	return all;
}

static void keys_that_cannot_be_read_are_refused(void **state)
{
	static const char *const bad[] = {
		"",
		"hello\n",
		"-----BEGIN PRIVATE KEY-----\n",
		"-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n",
		"-----BEGIN PRIVATE KEY-----\n!!!!\n-----END PRIVATE KEY-----\n",
	};
	struct qpas_slice chain = part(TEST_SIGN_EC, QPAS_KEYS_CHAIN);
	struct qpas_slice encrypted = rewrite_key("secret");
	struct qpas_slice public = rewrite_key(NULL);
	struct qpas_slice large = {encrypted.ptr, 262145};
	char *many = calloc(1, 262145);

	(void)state;
	test_must(many != NULL, "memory");
	large.ptr = many;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		signer_refused(bad[i], text(bad[i]), chain, QPAS_ERR_CRYPTO, 570);
	signer_refused("encrypted", encrypted, chain, QPAS_ERR_CRYPTO, 570);
	signer_refused("public", public, chain, QPAS_ERR_CRYPTO, 570);
	signer_refused("too long", large, chain, QPAS_ERR_CRYPTO, 570);
	signer_refused("a certificate", part(TEST_SIGN_EC, QPAS_KEYS_LEAF), chain, QPAS_ERR_CRYPTO,
		       570);
	free(many);
	release(encrypted);
	release(public);
}

/* The reason is told: nobody guesses that a pass phrase is what is wrong. */
static void an_encrypted_key_is_told_as_such(void **state)
{
	struct qpas_slice encrypted = rewrite_key("secret");
	struct qpas_error err = QPAS_ERROR_INIT;
	struct qpas_signer *signer = NULL;

	(void)state;
	assert_int_equal(qpas_signer_new(encrypted, part(TEST_SIGN_EC, QPAS_KEYS_CHAIN), NULL,
					 &signer, &err),
			 QPAS_ERR_CRYPTO);
	assert_non_null(strstr(err.text, "encrypted"));
	release(encrypted);
}

static void keys_that_do_not_belong_to_the_leaf_are_refused(void **state)
{
	struct qpas_slice chain = part(TEST_SIGN_EC, QPAS_KEYS_CHAIN);

	(void)state;
	signer_refused("another leaf's", part(TEST_SIGN_EC_QTI, QPAS_KEYS_LEAF_KEY), chain,
		       QPAS_ERR_CRYPTO, 572);
	signer_refused("the CA's", part(TEST_SIGN_EC, QPAS_KEYS_CA_KEY), chain, QPAS_ERR_CRYPTO,
		       572);
	signer_refused("another kind", part(TEST_SIGN_PSS, QPAS_KEYS_LEAF_KEY), chain,
		       QPAS_ERR_CRYPTO, 572);
	signer_refused("another scheme", part(TEST_SIGN_PSS, QPAS_KEYS_LEAF_KEY),
		       part(TEST_SIGN_LEGACY, QPAS_KEYS_CHAIN), QPAS_ERR_CRYPTO, 572);
}

static void chains_that_cannot_be_read_are_refused(void **state)
{
	static const char *const bad[] = {
		"",
		"hello\n",
		"-----BEGIN CERTIFICATE-----\nAAAA\n",
		"-----BEGIN CERTIFICATE-----\n!!!!\n-----END CERTIFICATE-----\n",
		"-----BEGIN A-----\nAAAA\n-----END A-----\n",
		"-----BEGIN CERTIFICATE REQUEST-----\nAAAA\n-----END CERTIFICATE REQUEST-----\n",
	};
	const struct qpas_slice with_key[] = {part(TEST_SIGN_EC, QPAS_KEYS_CHAIN),
					      part(TEST_SIGN_EC, QPAS_KEYS_LEAF_KEY)};
	struct qpas_slice key = part(TEST_SIGN_EC, QPAS_KEYS_LEAF_KEY);
	struct qpas_slice all = join(with_key, 2);
	struct qpas_slice large = {calloc(1, 262145), 262145};

	(void)state;
	test_must(large.ptr != NULL, "memory");
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		signer_refused(bad[i], key, text(bad[i]), QPAS_ERR_CRYPTO, 571);
	signer_refused("with a key", key, all, QPAS_ERR_CRYPTO, 571);
	signer_refused("too long", key, large, QPAS_ERR_CRYPTO, 571);
	/* two bytes of DER, and PEM around no certificate */
	signer_refused("short DER", key, text("0\x01"), QPAS_ERR_CRYPTO, 535);
	signer_refused("no DER", key,
		       text("-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"),
		       QPAS_ERR_CRYPTO, 535);
	release(large);
	release(all);
}

static void chains_with_certificates_in_a_wrong_place_are_refused(void **state)
{
	const struct qpas_slice leaf = part(TEST_SIGN_EC, QPAS_KEYS_LEAF);
	const struct qpas_slice ca = part(TEST_SIGN_EC, QPAS_KEYS_CA);
	const struct qpas_slice root = part(TEST_SIGN_EC, QPAS_KEYS_ROOT);
	const struct qpas_slice other = part(TEST_SIGN_EC_QTI, QPAS_KEYS_ROOT);
	const struct {
		const char *name;
		struct qpas_slice texts[9];
		size_t count;
		int code;
		uint32_t message;
	} rows[] = {
		{"leaf alone", {leaf}, 1, QPAS_ERR_CRYPTO, 537},
		{"root alone", {root}, 1, QPAS_ERR_CRYPTO, 537},
		{"no root", {leaf, ca}, 2, QPAS_ERR_CRYPTO, 548},
		{"no CA", {leaf, root}, 2, QPAS_ERR_CRYPTO, 542},
		{"root first", {root, ca, leaf}, 3, QPAS_ERR_CRYPTO, 549},
		{"CA as leaf", {ca, root}, 2, QPAS_ERR_CRYPTO, 547},
		{"another root", {leaf, ca, other}, 3, QPAS_ERR_CRYPTO, 542},
		{"root twice", {leaf, ca, root, root}, 4, QPAS_ERR_CRYPTO, 549},
		{"nine certificates",
		 {leaf, ca, root, leaf, ca, root, leaf, ca, root},
		 9,
		 QPAS_ERR_LIMIT,
		 534},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct qpas_slice all = join(rows[i].texts, rows[i].count);

		signer_refused(rows[i].name, part(TEST_SIGN_EC, QPAS_KEYS_LEAF_KEY), all,
			       rows[i].code, rows[i].message);
		release(all);
	}
}

/* 32 KiB of DER are the most: PEM of 60 certificates is refused before anything parses them. */
static void a_chain_of_too_many_bytes_is_refused(void **state)
{
	struct qpas_slice many[60];
	struct qpas_slice all;

	(void)state;
	for (size_t i = 0; i < 60; i++)
		many[i] = part(TEST_SIGN_EC, QPAS_KEYS_LEAF);
	all = join(many, 60);
	signer_refused("60", part(TEST_SIGN_EC, QPAS_KEYS_LEAF_KEY), all, QPAS_ERR_LIMIT, 533);
	release(all);
}

/* A slot of an image, filler included, with a chain of the independent signer. */
static struct qpas_slice foreign_chain(struct test_image *image, const struct test_chain *chain)
{
	struct test_image_spec spec = TEST_IMAGE_SPEC_INIT;
	struct qpas_slice slot;

	spec.oem_chain = 6144;
	test_image_build(image, &spec);
	test_chain_write(image, 1, chain);
	slot.ptr = image->bytes + image->oem_chain.offset;
	slot.len = image->oem_chain.length;
	return slot;
}

static void kinds_of_keys_that_no_image_has_are_refused(void **state)
{
	static const struct {
		const char *name;
		enum test_scheme scheme;
		enum test_key leaf;
		int code;
		uint32_t message;
	} rows[] = {
		{"P-256", TEST_SCHEME_ECDSA, TEST_KEY_P256, QPAS_ERR_UNSUPP, 540},
		{"RSA of 512 bits", TEST_SCHEME_PSS, TEST_KEY_RSA_512, QPAS_ERR_CRYPTO, 541},
		{"P-384 under RSA", TEST_SCHEME_PSS, TEST_KEY_P384_A, QPAS_ERR_UNSUPP, 573},
		{"RSA under P-384", TEST_SCHEME_ECDSA, TEST_KEY_RSA_A, QPAS_ERR_UNSUPP, 573},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct test_chain chain = test_chain_usual(rows[i].scheme);
		struct test_image image;
		struct qpas_slice slot;

		chain.certificate[0].key = rows[i].leaf;
		slot = foreign_chain(&image, &chain);
		signer_refused(rows[i].name, part(TEST_SIGN_EC, QPAS_KEYS_LEAF_KEY), slot,
			       rows[i].code, rows[i].message);
		test_image_free(&image);
	}
}

/* As somebody takes it out of an image with dd; another slot may be shorter than that one was. */
static void a_chain_out_of_an_image_is_the_same_as_its_pem(void **state)
{
	struct qpas_auth_identity identity = test_sign_identity();
	struct qpas_sign_params params = QPAS_SIGN_PARAMS_INIT;
	struct test_image_spec spec = TEST_IMAGE_SPEC_INIT;
	struct qpas_signer *signer = NULL;
	struct test_image plain, first, second;
	struct qpas_slice slot;
	uint8_t padded[6144];

	(void)state;
	spec.mbn_version = 0;
	test_image_build(&plain, &spec);
	params.mbn_version = 7;
	params.oem = test_sign_signer(TEST_SIGN_EC);
	params.oem_identity = &identity;
	test_sign_image(&plain, &params, 0, &first);
	memset(padded, 0xff, sizeof(padded));
	memcpy(padded, first.bytes + first.oem_chain.offset, first.oem_chain.length);
	slot.ptr = padded;
	slot.len = sizeof(padded);
	assert_int_equal(qpas_signer_new(part(TEST_SIGN_EC, QPAS_KEYS_LEAF_KEY), slot, NULL,
					 &signer, NULL),
			 0);
	params.oem = signer;
	test_sign_image(&plain, &params, 0, &second);
	memcpy(second.bytes + second.oem_signature.offset, first.bytes + first.oem_signature.offset,
	       first.oem_signature.length);
	expect_number("DER", "size", second.size, first.size);
	assert_memory_equal(first.bytes, second.bytes, first.size);
	qpas_signer_free(signer);
	test_image_free(&first);
	test_image_free(&second);
	test_image_free(&plain);
}

static void A01_A03_wrong_arguments_of_signers_are_refused(void **state)
{
	struct qpas_auth_signature facts = QPAS_AUTH_SIGNATURE_INIT;
	struct qpas_slice chain = part(TEST_SIGN_EC, QPAS_KEYS_CHAIN);
	struct qpas_slice key = part(TEST_SIGN_EC, QPAS_KEYS_LEAF_KEY);
	struct qpas_slice nothing = {NULL, 5};
	struct qpas_params params = QPAS_PARAMS_INIT;
	struct qpas_signer *signer = NULL;

	(void)state;
	expect_code("out", qpas_signer_new(key, chain, NULL, NULL, NULL), QPAS_ERR_ARG);
	signer_refused("key", nothing, chain, QPAS_ERR_ARG, 100);
	signer_refused("chain", key, nothing, QPAS_ERR_ARG, 100);
	params.size = 3;
	expect_code("size", qpas_signer_new(key, chain, &params, &signer, NULL), QPAS_ERR_ABI);
	expect_code("signer", qpas_signer_describe(NULL, &facts, NULL), QPAS_ERR_ARG);
	expect_code("facts", qpas_signer_describe(test_sign_signer(TEST_SIGN_EC), NULL, NULL),
		    QPAS_ERR_ARG);
	facts.size = 3;
	expect_code("size", qpas_signer_describe(test_sign_signer(TEST_SIGN_EC), &facts, NULL),
		    QPAS_ERR_ABI);
	qpas_signer_free(NULL);
}

/* ---- keys ---- */

static void keys_refused(const char *row, const struct qpas_keys_params *params, int code,
			 uint32_t message)
{
	struct qpas_error err = QPAS_ERROR_INIT;
	struct qpas_keys *keys = (struct qpas_keys *)(uintptr_t)1;

	refused(row, qpas_keys_new(params, NULL, &keys, &err), &err, code, message);
	assert_null(keys);
}

static void keys_with_wrong_parameters_are_refused(void **state)
{
	static const struct {
		const char *row;
		struct qpas_keys_params params;
	} rows[] = {
		{"no type", {.type = 0}},
		{"unknown type", {.type = 4}},
		{"empty name", {.type = 1, .name = ""}},
		{"long name", {.type = 1, .name = "123456789012345678901234567890123"}},
		{"line in name", {.type = 1, .name = "a\nb"}},
		{"UTF-8", {.type = 1, .name = "\xc3\xa4"}},
		{"reserved", {.type = 1, .reserved = 1}},
		{"dates in wrong order", {.type = 1, .not_before = 2, .not_after = 1}},
		{"no time at all", {.type = 1, .not_before = 2, .not_after = 2}},
		{"before 1970", {.type = 1, .not_before = -1, .not_after = 1}},
		{"after 2049", {.type = 1, .not_before = 1, .not_after = INT64_C(2524608000)}},
		{"far in the future", {.type = 1, .not_before = 1, .not_after = INT64_MAX}},
		{"key without chain", {.type = 1, .ca_key = {"x", 1}}},
		{"chain without key", {.type = 1, .ca_chain = {"x", 1}}},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct qpas_keys_params params = rows[i].params;

		params.size = (uint32_t)sizeof(params);
		keys_refused(rows[i].row, &params, QPAS_ERR_ARG, 584);
	}
}

static void leafs_that_cannot_say_that_are_refused(void **state)
{
	static const struct {
		const char *row;
		struct qpas_auth_identity leaf;
	} rows[] = {
		{"no SW_ID", {.known = QPAS_AUTH_HAS_OEM_ID}},
		{"flags", {.known = QPAS_AUTH_HAS_SW_ID | QPAS_AUTH_HAS_FLAGS}},
		{"serials", {.known = QPAS_AUTH_HAS_SW_ID | QPAS_AUTH_HAS_SERIALS}},
		{"root index", {.known = QPAS_AUTH_HAS_SW_ID | QPAS_AUTH_HAS_ROOT_INDEX}},
		{"feature", {.known = QPAS_AUTH_HAS_SW_ID | QPAS_AUTH_HAS_FEATURE_ID}},
		{"wide OEM_ID", {.known = QPAS_AUTH_HAS_SW_ID, .oem_id = 0x10000}},
		{"wide MODEL_ID", {.known = QPAS_AUTH_HAS_SW_ID, .model_id = 0x10000}},
		{"serial", {.known = QPAS_AUTH_HAS_SW_ID, .bound = QPAS_AUTH_BIND_SERIAL}},
		{"SoC and HW_ID",
		 {.known = QPAS_AUTH_HAS_SW_ID,
		  .bound = QPAS_AUTH_BIND_SOC | QPAS_AUTH_BIND_HW_ID}},
		{"OEM_ID alone", {.known = QPAS_AUTH_HAS_SW_ID, .bound = QPAS_AUTH_BIND_OEM_ID}},
		{"MODEL_ID alone",
		 {.known = QPAS_AUTH_HAS_SW_ID, .bound = QPAS_AUTH_BIND_MODEL_ID}},
		{"11 SoC versions", {.known = QPAS_AUTH_HAS_SW_ID, .soc_count = 11}},
		{"many SoC versions", {.known = QPAS_AUTH_HAS_SW_ID, .soc_count = UINT32_MAX}},
		{"wide SoC version",
		 {.known = QPAS_AUTH_HAS_SW_ID, .soc_count = 1, .soc_versions = {0x10000}}},
	};
	struct qpas_keys_params params = QPAS_KEYS_PARAMS_INIT;
	struct qpas_auth_identity leaf;

	(void)state;
	params.type = QPAS_KEY_RSA2048;
	params.leaf = &leaf;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		leaf = rows[i].leaf;
		leaf.size = (uint32_t)sizeof(leaf);
		keys_refused(rows[i].row, &params, QPAS_ERR_ARG, 584);
	}
	leaf = test_sign_identity();
	params.type = QPAS_KEY_P384;
	keys_refused("P-384", &params, QPAS_ERR_ARG, 584);
}

static void CAs_that_cannot_sign_a_leaf_are_refused(void **state)
{
	const struct qpas_slice whole[] = {part(TEST_SIGN_EC, QPAS_KEYS_CA),
					   part(TEST_SIGN_EC, QPAS_KEYS_ROOT)};
	const struct {
		const char *row;
		uint32_t type;
		struct qpas_slice key;
		struct qpas_slice chain;
		int code;
		uint32_t message;
	} rows[] = {
		{"garbage", 1, text("x"), text("x"), QPAS_ERR_CRYPTO, 571},
		{"leaf", 1, part(TEST_SIGN_EC, QPAS_KEYS_LEAF_KEY),
		 part(TEST_SIGN_EC, QPAS_KEYS_CHAIN), QPAS_ERR_CRYPTO, 585},
		{"another kind", 2, part(TEST_SIGN_EC, QPAS_KEYS_CA_KEY),
		 part(TEST_SIGN_EC, QPAS_KEYS_CA), QPAS_ERR_CRYPTO, 585},
		{"another key", 1, part(TEST_SIGN_EC, QPAS_KEYS_ROOT_KEY),
		 part(TEST_SIGN_EC, QPAS_KEYS_CA), QPAS_ERR_CRYPTO, 572},
		{"no root", 1, part(TEST_SIGN_EC, QPAS_KEYS_CA_KEY),
		 part(TEST_SIGN_EC, QPAS_KEYS_CA), QPAS_ERR_CRYPTO, 548},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct qpas_keys_params params = QPAS_KEYS_PARAMS_INIT;
		struct qpas_slice all;

		params.type = rows[i].type;
		params.ca_key = rows[i].key;
		params.ca_chain = rows[i].chain;
		if (i == 2) {
			all = join(whole, 2);
			params.ca_chain = all;
			keys_refused(rows[i].row, &params, rows[i].code, rows[i].message);
			release(all);
			continue;
		}
		keys_refused(rows[i].row, &params, rows[i].code, rows[i].message);
	}
}

/* The names, dates and parts that the header promises. */
static void keys_have_names_dates_and_parts_as_promised(void **state)
{
	struct qpas_auth_signature facts = QPAS_AUTH_SIGNATURE_INIT;
	struct qpas_keys_params params = QPAS_KEYS_PARAMS_INIT;
	struct qpas_slice pem = {NULL, 0};
	struct qpas_signer *signer = NULL;
	struct qpas_keys *keys = NULL;

	(void)state;
	params.type = QPAS_KEY_P384;
	for (unsigned int i = 0; i < 2; i++) {
		assert_int_equal(qpas_keys_new(&params, NULL, &keys, NULL), 0);
		for (uint32_t number = QPAS_KEYS_LEAF_KEY; number <= QPAS_KEYS_CHAIN; number++) {
			bool is_key = number == QPAS_KEYS_LEAF_KEY || number == QPAS_KEYS_CA_KEY ||
				      number == QPAS_KEYS_ROOT_KEY;
			const char *begin = is_key ? "-----BEGIN PRIVATE KEY-----\n" :
						     "-----BEGIN CERTIFICATE-----\n";

			pem = test_sign_pem(keys, number);
			assert_memory_equal(pem.ptr, begin, strlen(begin));
		}
		assert_int_equal(qpas_signer_new(test_sign_pem(keys, QPAS_KEYS_LEAF_KEY), pem, NULL,
						 &signer, NULL),
				 0);
		assert_int_equal(qpas_signer_describe(signer, &facts, NULL), 0);
		assert_string_equal(facts.root_name,
				    i ? "A & B Test Root CA" : "libqpas Test Root CA");
		assert_string_equal(facts.leaf_name,
				    i ? "A & B Test Image Signing" : "libqpas Test Image Signing");
		expect_number("dates", "first", (uint64_t)facts.not_before, i ? 0 : 1577836800);
		expect_number("dates", "last", (uint64_t)facts.not_after,
			      i ? 2147483648 : 2524607999);
		expect_number("facts", "test root", facts.test_root, QPAS_AUTH_YES);
		expect_number("facts", "valid", facts.valid, QPAS_AUTH_NOT_CHECKED);
		expect_number("facts", "signer", facts.signer, 0);
		expect_number("facts", "places", facts.signature_offset | facts.chain_offset, 0);
		expect_number("facts", "remarks", facts.remarks, 0);
		qpas_signer_free(signer);
		qpas_keys_free(keys);
		params.name = "A & B";
		params.not_after = INT64_C(2147483648);
	}
}

/* Under the intermediate CA, and under the root itself. */
static void a_leaf_can_be_made_under_a_CA_that_exists(void **state)
{
	const struct qpas_slice ca[] = {part(TEST_SIGN_EC, QPAS_KEYS_CA),
					part(TEST_SIGN_EC, QPAS_KEYS_ROOT)};
	struct qpas_slice both = join(ca, 2);

	(void)state;
	for (unsigned int i = 0; i < 2; i++) {
		struct qpas_auth_signature facts = QPAS_AUTH_SIGNATURE_INIT;
		struct qpas_auth_signature above = QPAS_AUTH_SIGNATURE_INIT;
		struct qpas_keys_params params = QPAS_KEYS_PARAMS_INIT;
		struct qpas_error err = QPAS_ERROR_INIT;
		struct qpas_signer *signer = NULL;
		struct qpas_keys *keys = NULL;
		struct qpas_slice pem;

		params.type = QPAS_KEY_P384;
		params.ca_key = part(TEST_SIGN_EC, i ? QPAS_KEYS_ROOT_KEY : QPAS_KEYS_CA_KEY);
		params.ca_chain = i ? ca[1] : both;
		assert_int_equal(qpas_keys_new(&params, NULL, &keys, NULL), 0);
		assert_int_equal(qpas_signer_new(test_sign_pem(keys, QPAS_KEYS_LEAF_KEY),
						 test_sign_pem(keys, QPAS_KEYS_CHAIN), NULL,
						 &signer, NULL),
				 0);
		assert_int_equal(qpas_signer_describe(signer, &facts, NULL), 0);
		assert_int_equal(qpas_signer_describe(test_sign_signer(TEST_SIGN_EC), &above, NULL),
				 0);
		assert_memory_equal(facts.root_sha384, above.root_sha384, 48);
		expect_number("CA", "certificates", facts.certificates, i ? 2 : 3);
		refused("CA's key", qpas_keys_pem(keys, QPAS_KEYS_CA_KEY, &pem, &err), &err,
			QPAS_ERR_NOTFOUND, 586);
		refused("root's key", qpas_keys_pem(keys, QPAS_KEYS_ROOT_KEY, &pem, &err), &err,
			QPAS_ERR_NOTFOUND, 586);
		qpas_signer_free(signer);
		qpas_keys_free(keys);
	}
	release(both);
}

static void A01_A03_wrong_arguments_of_keys_are_refused(void **state)
{
	const struct qpas_keys *keys = test_sign_keys(TEST_SIGN_EC);
	struct qpas_keys_params params = QPAS_KEYS_PARAMS_INIT;
	struct qpas_auth_identity leaf = test_sign_identity();
	struct qpas_keys *out = NULL;
	struct qpas_slice pem;

	(void)state;
	expect_code("params", qpas_keys_new(NULL, NULL, &out, NULL), QPAS_ERR_ARG);
	expect_code("out", qpas_keys_new(&params, NULL, NULL, NULL), QPAS_ERR_ARG);
	params.type = QPAS_KEY_RSA2048;
	params.leaf = &leaf;
	leaf.size = 3;
	expect_code("size", qpas_keys_new(&params, NULL, &out, NULL), QPAS_ERR_ABI);
	params.size = 3;
	expect_code("size", qpas_keys_new(&params, NULL, &out, NULL), QPAS_ERR_ABI);
	expect_code("keys", qpas_keys_pem(NULL, QPAS_KEYS_LEAF, &pem, NULL), QPAS_ERR_ARG);
	expect_code("pem", qpas_keys_pem(keys, QPAS_KEYS_LEAF, NULL, NULL), QPAS_ERR_ARG);
	expect_code("part", qpas_keys_pem(keys, 0, &pem, NULL), QPAS_ERR_NOTFOUND);
	expect_code("part", qpas_keys_pem(keys, 8, &pem, NULL), QPAS_ERR_NOTFOUND);
	expect_code("part", qpas_keys_pem(keys, UINT32_MAX, &pem, NULL), QPAS_ERR_NOTFOUND);
	qpas_keys_free(NULL);
}

static int tear_down(void **state)
{
	(void)state;
	test_sign_free();
	test_keys_free();
	return 0;
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(keys_that_cannot_be_read_are_refused),
		cmocka_unit_test(an_encrypted_key_is_told_as_such),
		cmocka_unit_test(keys_that_do_not_belong_to_the_leaf_are_refused),
		cmocka_unit_test(chains_that_cannot_be_read_are_refused),
		cmocka_unit_test(chains_with_certificates_in_a_wrong_place_are_refused),
		cmocka_unit_test(a_chain_of_too_many_bytes_is_refused),
		cmocka_unit_test(kinds_of_keys_that_no_image_has_are_refused),
		cmocka_unit_test(a_chain_out_of_an_image_is_the_same_as_its_pem),
		cmocka_unit_test(A01_A03_wrong_arguments_of_signers_are_refused),
		cmocka_unit_test(keys_with_wrong_parameters_are_refused),
		cmocka_unit_test(leafs_that_cannot_say_that_are_refused),
		cmocka_unit_test(CAs_that_cannot_sign_a_leaf_are_refused),
		cmocka_unit_test(keys_have_names_dates_and_parts_as_promised),
		cmocka_unit_test(a_leaf_can_be_made_under_a_CA_that_exists),
		cmocka_unit_test(A01_A03_wrong_arguments_of_keys_are_refused),
	};

	return cmocka_run_group_tests_name("sign_keys", tests, NULL, tear_down);
}
