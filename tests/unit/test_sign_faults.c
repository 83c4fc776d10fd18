/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Everything that signing calls fails, one call after the other: rows H17 and A06 of the list of
 * hostile inputs. Whatever fails, the target hears of nothing unless all is right, nothing leaks
 * (the sanitizer build says) and no OpenSSL error stays queued.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <openssl/x509v3.h>

#include "failing_heap.h"
#include "failing_openssl.h"
#include "support/must.h"
#include "support/signing.h"
#include "support/verdict.h"

WRAP(EVP_MD *, EVP_MD_fetch, NULL, (OSSL_LIB_CTX * ctx, const char *name, const char *query),
     (ctx, name, query))
WRAP(EVP_MD_CTX *, EVP_MD_CTX_new, NULL, (void), ())
WRAP(int, EVP_DigestInit_ex2, 0, (EVP_MD_CTX * ctx, const EVP_MD *md, const OSSL_PARAM params[]),
     (ctx, md, params))
WRAP(int, EVP_DigestUpdate, 0, (EVP_MD_CTX * ctx, const void *data, size_t count),
     (ctx, data, count))
WRAP(int, EVP_DigestFinal_ex, 0, (EVP_MD_CTX * ctx, unsigned char *to, unsigned int *size),
     (ctx, to, size))
WRAP(int, EVP_DigestSignInit, 0,
     (EVP_MD_CTX * ctx, EVP_PKEY_CTX **settings, const EVP_MD *md, ENGINE *engine, EVP_PKEY *key),
     (ctx, settings, md, engine, key))
WRAP(EVP_PKEY_CTX *, EVP_PKEY_CTX_new, NULL, (EVP_PKEY * key, ENGINE *engine), (key, engine))
WRAP(int, EVP_PKEY_sign_init, 0, (EVP_PKEY_CTX * ctx), (ctx))
WRAP(int, EVP_PKEY_sign, 0,
     (EVP_PKEY_CTX * ctx, unsigned char *sig, size_t *siglen, const unsigned char *tbs,
      size_t tbslen),
     (ctx, sig, siglen, tbs, tbslen))
WRAP(int, EVP_PKEY_verify_init, 0, (EVP_PKEY_CTX * ctx), (ctx))
WRAP(int, EVP_PKEY_verify, -1,
     (EVP_PKEY_CTX * ctx, const unsigned char *sig, size_t siglen, const unsigned char *tbs,
      size_t tbslen),
     (ctx, sig, siglen, tbs, tbslen))
WRAP(int, EVP_PKEY_encrypt, 0,
     (EVP_PKEY_CTX * ctx, unsigned char *out, size_t *outlen, const unsigned char *in,
      size_t inlen),
     (ctx, out, outlen, in, inlen))
WRAP(int, EVP_PKEY_eq, -1, (const EVP_PKEY *a, const EVP_PKEY *b), (a, b))
WRAP(int, EVP_PKEY_get_size, 0, (const EVP_PKEY *key), (key))
WRAP(int, EVP_PKEY_get_bits, 0, (const EVP_PKEY *key), (key))
WRAP(int, EVP_PKEY_is_a, 0, (const EVP_PKEY *key, const char *name), (key, name))
WRAP(int, EVP_PKEY_CTX_set_rsa_padding, 0, (EVP_PKEY_CTX * ctx, int mode), (ctx, mode))
WRAP(int, EVP_PKEY_CTX_set_signature_md, 0, (EVP_PKEY_CTX * ctx, const EVP_MD *md), (ctx, md))
WRAP(int, EVP_PKEY_CTX_set_rsa_mgf1_md, 0, (EVP_PKEY_CTX * ctx, const EVP_MD *md), (ctx, md))
WRAP(int, EVP_PKEY_CTX_set_rsa_pss_saltlen, 0, (EVP_PKEY_CTX * ctx, int length), (ctx, length))
WRAP(X509 *, d2i_X509, NULL, (X509 * *to, const unsigned char **in, long length), (to, in, length))
WRAP(int, X509_verify, 0, (X509 * cert, EVP_PKEY *key), (cert, key))
WRAP(EVP_PKEY *, X509_get0_pubkey, NULL, (const X509 *cert), (cert))
WRAP(int, X509_get_signature_nid, 0, (const X509 *cert), (cert))
WRAP(X509 *, X509_new, NULL, (void), ())
WRAP(int, X509_set_version, 0, (X509 * cert, long version), (cert, version))
WRAP(int, X509_set_pubkey, 0, (X509 * cert, EVP_PKEY *key), (cert, key))
WRAP(int, X509_set_issuer_name, 0, (X509 * cert, const X509_NAME *name), (cert, name))
WRAP(int, X509_add_ext, 0, (X509 * cert, X509_EXTENSION *extension, int at), (cert, extension, at))
WRAP(int, X509_add1_ext_i2d, 0,
     (X509 * cert, int nid, void *value, int critical, unsigned long flags),
     (cert, nid, value, critical, flags))
WRAP(X509_EXTENSION *, X509V3_EXT_conf_nid, NULL,
     (LHASH_OF(CONF_VALUE) * conf, X509V3_CTX *ctx, int nid, const char *value),
     (conf, ctx, nid, value))
WRAP(int, X509_NAME_add_entry_by_NID, 0,
     (X509_NAME * name, int nid, int type, const unsigned char *bytes, int length, int at, int set),
     (name, nid, type, bytes, length, at, set))
WRAP(BASIC_CONSTRAINTS *, BASIC_CONSTRAINTS_new, NULL, (void), ())
WRAP(ASN1_INTEGER *, ASN1_INTEGER_new, NULL, (void), ())
WRAP(int, ASN1_INTEGER_set, 0, (ASN1_INTEGER * number, long value), (number, value))
WRAP(ASN1_TIME *, ASN1_TIME_adj, NULL, (ASN1_TIME * date, time_t t, int days, long seconds),
     (date, t, days, seconds))
WRAP(BIGNUM *, BN_bin2bn, NULL, (const unsigned char *bytes, int length, BIGNUM *to),
     (bytes, length, to))
WRAP(ASN1_INTEGER *, BN_to_ASN1_INTEGER, NULL, (const BIGNUM *number, ASN1_INTEGER *to),
     (number, to))
WRAP(int, i2d_PUBKEY, -1, (const EVP_PKEY *key, unsigned char **to), (key, to))
WRAP(int, i2d_X509_NAME, -1, (const X509_NAME *name, unsigned char **to), (name, to))
WRAP(BIO *, BIO_new, NULL, (const BIO_METHOD *type), (type))
WRAP(BIO *, BIO_new_mem_buf, NULL, (const void *bytes, int length), (bytes, length))
WRAP(int, PEM_read_bio, 0,
     (BIO * bio, char **name, char **header, unsigned char **data, long *length),
     (bio, name, header, data, length))
WRAP(EVP_PKEY *, PEM_read_bio_PrivateKey, NULL,
     (BIO * bio, EVP_PKEY **key, pem_password_cb *callback, void *user), (bio, key, callback, user))
WRAP(int, PEM_write_bio_X509, 0, (BIO * bio, const X509 *cert), (bio, cert))
WRAP(int, PEM_write_bio_PKCS8PrivateKey, 0,
     (BIO * bio, const EVP_PKEY *key, const EVP_CIPHER *cipher, const char *pass, int length,
      pem_password_cb *callback, void *user),
     (bio, key, cipher, pass, length, callback, user))

int __real_X509_sign_ctx(X509 *cert, EVP_MD_CTX *ctx);
int __wrap_X509_sign_ctx(X509 *cert, EVP_MD_CTX *ctx);

/*
 * When memory runs out in there, OpenSSL 3.0 frees a part of the certificate as if it were a block of
 * its own (d2i_X509_ALGOR() over an embedded structure). That is not to be had otherwise, so the call
 * fails as a whole or not at all.
 */
int __wrap_X509_sign_ctx(X509 *cert, EVP_MD_CTX *ctx)
{
	bool armed = memory.armed;
	int result;

	if (fails("X509_sign_ctx"))
		return 0;
	memory.armed = false;
	result = __real_X509_sign_ctx(cert, ctx);
	memory.armed = armed;
	return result;
}

EVP_PKEY *__real_EVP_PKEY_Q_keygen(OSSL_LIB_CTX *ctx, const char *query, const char *type, ...);
EVP_PKEY *__wrap_EVP_PKEY_Q_keygen(OSSL_LIB_CTX *ctx, const char *query, const char *type, ...);

static EVP_PKEY *rsa;

/* RSA keys take long to make and are not what is tested: it is always the same one. */
EVP_PKEY *__wrap_EVP_PKEY_Q_keygen(OSSL_LIB_CTX *ctx, const char *query, const char *type, ...)
{
	if (fails("EVP_PKEY_Q_keygen"))
		return NULL;
	if (strcmp(type, "EC") == 0)
		return __real_EVP_PKEY_Q_keygen(ctx, query, type, "P-384");
	if (!rsa)
		rsa = __real_EVP_PKEY_Q_keygen(ctx, query, type, (size_t)2048);
	test_must(rsa && EVP_PKEY_up_ref(rsa), "a key");
	return rsa;
}

/* ---- what fails: each returns its code, and judges what came out of a success ---- */

static const struct qpas_params *params; /* with the failing heap, or NULL */
static struct test_image plain;
static struct qpas_slice ca_chain;

static int make_keys(const struct qpas_keys_params *what)
{
	struct qpas_signer *signer = NULL;
	struct qpas_keys *keys = NULL;
	int result = qpas_keys_new(what, params, &keys, NULL);

	plan.armed = false;
	memory.armed = false;
	if (result) {
		assert_null(keys);
		return result;
	}
	assert_int_equal(qpas_signer_new(test_sign_pem(keys, QPAS_KEYS_LEAF_KEY),
					 test_sign_pem(keys, QPAS_KEYS_CHAIN), NULL, &signer, NULL),
			 0);
	qpas_signer_free(signer);
	qpas_keys_free(keys);
	return 0;
}

static int make_ec_keys(void)
{
	struct qpas_keys_params what = QPAS_KEYS_PARAMS_INIT;

	what.type = QPAS_KEY_P384;
	return make_keys(&what);
}

static int make_old_keys(void)
{
	struct qpas_keys_params what = QPAS_KEYS_PARAMS_INIT;
	struct qpas_auth_identity leaf = test_sign_identity();

	what.type = QPAS_KEY_RSA2048;
	what.leaf = &leaf;
	what.sw_size = 0x100;
	return make_keys(&what);
}

static int make_keys_below_a_ca(void)
{
	struct qpas_keys_params what = QPAS_KEYS_PARAMS_INIT;

	what.type = QPAS_KEY_P384;
	what.ca_key = test_sign_pem(test_sign_keys(TEST_SIGN_EC), QPAS_KEYS_ROOT_KEY);
	what.ca_chain = ca_chain;
	return make_keys(&what);
}

static int read_signer(enum test_signer who)
{
	struct qpas_auth_signature facts = QPAS_AUTH_SIGNATURE_INIT;
	struct qpas_auth_signature usual = QPAS_AUTH_SIGNATURE_INIT;
	const struct qpas_keys *keys = test_sign_keys(who);
	struct qpas_signer *signer = NULL;
	int result = qpas_signer_new(test_sign_pem(keys, QPAS_KEYS_LEAF_KEY),
				     test_sign_pem(keys, QPAS_KEYS_CHAIN), params, &signer, NULL);

	plan.armed = false;
	memory.armed = false;
	if (result) {
		assert_null(signer);
		return result;
	}
	assert_int_equal(qpas_signer_describe(signer, &facts, NULL), 0);
	assert_int_equal(qpas_signer_describe(test_sign_signer(who), &usual, NULL), 0);
	assert_memory_equal(facts.root_sha384, usual.root_sha384, 48);
	qpas_signer_free(signer);
	return 0;
}

static int read_ec_signer(void)
{
	return read_signer(TEST_SIGN_EC);
}

static int read_old_signer(void)
{
	return read_signer(TEST_SIGN_LEGACY);
}

static int sign(uint32_t version, enum test_signer oem, enum test_signer qti)
{
	struct qpas_auth_identity identity = test_sign_identity();
	struct qpas_sign_params what = QPAS_SIGN_PARAMS_INIT;
	struct qpas_slice bytes = {plain.bytes, plain.size};
	struct test_output output = {0};
	struct qpas_pack_target target = test_output_target(&output);
	struct qpas_image *image = NULL;
	struct test_image to;
	int result;

	what.mbn_version = version;
	what.oem = test_sign_signer(oem);
	what.qti = test_sign_signer(qti);
	what.oem_identity = &identity;
	result = qpas_image_open_memory(bytes, params, &image, NULL);
	if (!result)
		result = qpas_image_sign(image, &what, &target, NULL);
	qpas_image_unref(image);
	plan.armed = false;
	memory.armed = false;
	if (result) {
		assert_int_equal(output.calls, 0);
		return result;
	}
	test_image_adopt(&to, output.bytes, output.size);
	test_verify_expect(&to, 0, "signed in spite of a failure", QPAS_AUTH_VALID, 0);
	test_image_free(&to);
	return 0;
}

static int sign_legacy(void)
{
	return sign(3, TEST_SIGN_LEGACY, TEST_SIGN_NOBODY);
}

static int sign_pss(void)
{
	return sign(5, TEST_SIGN_PSS, TEST_SIGN_PSS_QTI);
}

static int sign_ec(void)
{
	return sign(7, TEST_SIGN_EC, TEST_SIGN_EC_QTI);
}

static const struct {
	const char *name;
	int (*run)(void);
	unsigned int least; /* calls of OpenSSL that can fail */
} works[] = {
	{"EC keys", make_ec_keys, 100},
	{"RSA keys", make_old_keys, 100},
	{"keys below a CA", make_keys_below_a_ca, 50},
	{"EC signer", read_ec_signer, 20},
	{"old signer", read_old_signer, 20},
	{"v3 image", sign_legacy, 40},
	{"v5 image", sign_pss, 60},
	{"v7 image", sign_ec, 60},
};

#define WORKS (sizeof(works) / sizeof(works[0]))

/* A failed question may also look like a key or a leaf of another kind. */
static void expect_refusal(const char *work, unsigned int at, int result)
{
	if (result && result != QPAS_ERR_NOMEM && result != QPAS_ERR_CRYPTO &&
	    result != QPAS_ERR_UNSUPP)
		fail_msg("%s, failure %u: %d", work, at, result);
	if (ERR_peek_error())
		fail_msg("%s, failure %u: %s stays queued", work, at,
			 ERR_error_string(ERR_peek_error(), NULL));
}

static void H17_every_call_of_openssl_in_turn_stops_signing_and_nothing_is_written(void **state)
{
	(void)state;
	for (size_t i = 0; i < WORKS; i++) {
		unsigned int refusals = 0;
		unsigned int at;

		for (at = 1;; at++) {
			int result;

			arm(NULL, at);
			result = works[i].run();
			expect_refusal(works[i].name, at, result);
			if (!plan.hit) {
				assert_int_equal(result, 0);
				break;
			}
			refusals += result != 0;
		}
		if (at < works[i].least || refusals < at / 2)
			fail_msg("%s: %u calls, %u refusals", works[i].name, at, refusals);
	}
}

/* Each of them is really reached by one of the works. */
static void H17_every_function_that_can_fail_is_called(void **state)
{
	static const char *const names[] = {
		"EVP_MD_fetch",
		"EVP_MD_CTX_new",
		"EVP_DigestInit_ex2",
		"EVP_DigestUpdate",
		"EVP_DigestFinal_ex",
		"EVP_DigestSignInit",
		"EVP_PKEY_CTX_new",
		"EVP_PKEY_sign_init",
		"EVP_PKEY_sign",
		"EVP_PKEY_verify_init",
		"EVP_PKEY_verify",
		"EVP_PKEY_encrypt",
		"EVP_PKEY_eq",
		"EVP_PKEY_CTX_set_rsa_padding",
		"EVP_PKEY_CTX_set_signature_md",
		"EVP_PKEY_CTX_set_rsa_mgf1_md",
		"EVP_PKEY_CTX_set_rsa_pss_saltlen",
		"EVP_PKEY_Q_keygen",
		"d2i_X509",
		"X509_verify",
		"X509_new",
		"X509_set_version",
		"X509_set_pubkey",
		"X509_set_issuer_name",
		"X509_sign_ctx",
		"X509_add_ext",
		"X509_add1_ext_i2d",
		"X509V3_EXT_conf_nid",
		"X509_NAME_add_entry_by_NID",
		"BASIC_CONSTRAINTS_new",
		"ASN1_INTEGER_new",
		"ASN1_INTEGER_set",
		"ASN1_TIME_adj",
		"BN_bin2bn",
		"BN_to_ASN1_INTEGER",
		"i2d_PUBKEY",
		"i2d_X509_NAME",
		"BIO_new",
		"BIO_new_mem_buf",
		"PEM_read_bio",
		"PEM_read_bio_PrivateKey",
		"PEM_write_bio_X509",
		"PEM_write_bio_PKCS8PrivateKey",
	};

	(void)state;
	for (size_t j = 0; j < sizeof(names) / sizeof(names[0]); j++) {
		unsigned int refusals = 0;

		for (size_t i = 0; i < WORKS; i++) {
			int result;

			arm(names[j], 1);
			result = works[i].run();
			expect_refusal(names[j], 1, result);
			if (plan.hit && !result)
				fail_msg("%s went on without %s", works[i].name, names[j]);
			refusals += plan.hit;
		}
		if (!refusals)
			fail_msg("%s is never called", names[j]);
	}
}

static void H17_openssl_may_run_out_of_memory_at_any_point(void **state)
{
	(void)state;
	for (size_t i = 0; i < 2 * WORKS; i++) {
		unsigned int done = 0;

		for (unsigned int at = 1;; at += at < 100 ? 1 : 37) {
			unsigned int calls;
			int result;

			memory.sticky = i % 2 != 0;
			memory.at = at;
			memory.calls = 0;
			memory.armed = true;
			plan.armed = false;
			result = works[i / 2].run();
			calls = memory.calls;
			expect_refusal(works[i / 2].name, at, result);
			ERR_clear_error();
			done++;
			if (calls < at) {
				assert_int_equal(result, 0);
				break;
			}
		}
		assert_in_range(done, 50, 20000);
	}
}

static void A06_every_allocation_of_our_own_may_fail(void **state)
{
	struct qpas_allocator allocator = QPAS_ALLOCATOR_INIT;
	struct qpas_params own = QPAS_PARAMS_INIT;
	struct heap heap = {0, 0, 0, 0, false};

	(void)state;
	allocator.malloc = heap_malloc;
	allocator.realloc = heap_realloc;
	allocator.free = heap_free;
	allocator.user = &heap;
	own.allocator = &allocator;
	params = &own;
	for (size_t i = 0; i < WORKS; i++) {
		int result = QPAS_ERR_NOMEM;

		for (heap.fail_at = 1; result; heap.fail_at++) {
			heap.calls = 0;
			result = works[i].run();
			if (result && result != QPAS_ERR_NOMEM)
				fail_msg("%s, allocation %u: %d", works[i].name, heap.fail_at,
					 result);
			if (heap.live)
				fail_msg("%s, allocation %u: %u blocks are left", works[i].name,
					 heap.fail_at, heap.live);
		}
		assert_in_range(heap.fail_at, 3, 200);
	}
	params = NULL;
}

/* Nobody else's errors are taken away. */
static void errors_that_the_program_had_queued_stay_queued(void **state)
{
	(void)state;
	for (size_t i = 0; i < WORKS; i++) {
		ERR_raise(ERR_LIB_USER, ERR_R_PASSED_NULL_PARAMETER);
		assert_int_equal(works[i].run(), 0);
		assert_int_equal(ERR_GET_REASON(ERR_get_error()), ERR_R_PASSED_NULL_PARAMETER);
		assert_int_equal(ERR_get_error(), 0);
	}
}

static int set_up(void **state)
{
	struct test_image_spec spec = TEST_IMAGE_SPEC_INIT;

	(void)state;
	spec.mbn_version = 0;
	test_image_build(&plain, &spec);
	ca_chain = test_sign_pem(test_sign_keys(TEST_SIGN_EC), QPAS_KEYS_ROOT);
	/* Also makes OpenSSL fetch and cache what it keeps. */
	for (size_t i = 0; i < WORKS; i++)
		assert_int_equal(works[i].run(), 0);
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	test_image_free(&plain);
	test_sign_free();
	EVP_PKEY_free(rsa);
	return 0;
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(
			H17_every_call_of_openssl_in_turn_stops_signing_and_nothing_is_written),
		cmocka_unit_test(H17_every_function_that_can_fail_is_called),
		cmocka_unit_test(H17_openssl_may_run_out_of_memory_at_any_point),
		cmocka_unit_test(A06_every_allocation_of_our_own_may_fail),
		cmocka_unit_test(errors_that_the_program_had_queued_stay_queued),
	};

	if (!CRYPTO_set_mem_functions(ssl_malloc, ssl_realloc, ssl_free)) {
		fputs("OpenSSL has already taken memory\n", stderr);
		return 1;
	}
	return cmocka_run_group_tests_name("sign_faults", tests, set_up, tear_down);
}
