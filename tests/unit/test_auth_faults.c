/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Everything that the checks call fails, one call after the other: rows H17, H18 and A06 of the list
 * of hostile inputs. Whatever fails, nothing may come out valid that was not, nothing may leak (the
 * sanitizer build says) and no OpenSSL error may stay queued.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <openssl/rsa.h>

#include "failing_openssl.h"
#include "support/signer.h"
#include "support/verdict.h"

#define OEM 1u

/* Functions that the checks use and that can fail. */
WRAP(EVP_MD *, EVP_MD_fetch, NULL, (OSSL_LIB_CTX * ctx, const char *name, const char *query),
     (ctx, name, query))
WRAP(EVP_MD_CTX *, EVP_MD_CTX_new, NULL, (void), ())
WRAP(int, EVP_DigestInit_ex2, 0, (EVP_MD_CTX * ctx, const EVP_MD *md, const OSSL_PARAM params[]),
     (ctx, md, params))
WRAP(int, EVP_DigestUpdate, 0, (EVP_MD_CTX * ctx, const void *data, size_t count),
     (ctx, data, count))
WRAP(int, EVP_DigestFinal_ex, 0, (EVP_MD_CTX * ctx, unsigned char *to, unsigned int *size),
     (ctx, to, size))
WRAP(EVP_PKEY_CTX *, EVP_PKEY_CTX_new, NULL, (EVP_PKEY * key, ENGINE *engine), (key, engine))
WRAP(int, EVP_PKEY_verify_init, 0, (EVP_PKEY_CTX * ctx), (ctx))
WRAP(int, EVP_PKEY_verify, -1,
     (EVP_PKEY_CTX * ctx, const unsigned char *sig, size_t siglen, const unsigned char *tbs,
      size_t tbslen),
     (ctx, sig, siglen, tbs, tbslen))
WRAP(int, EVP_PKEY_encrypt_init, 0, (EVP_PKEY_CTX * ctx), (ctx))
WRAP(int, EVP_PKEY_encrypt, 0,
     (EVP_PKEY_CTX * ctx, unsigned char *out, size_t *outlen, const unsigned char *in,
      size_t inlen),
     (ctx, out, outlen, in, inlen))
WRAP(int, EVP_PKEY_CTX_set_rsa_padding, 0, (EVP_PKEY_CTX * ctx, int mode), (ctx, mode))
WRAP(int, EVP_PKEY_CTX_set_signature_md, 0, (EVP_PKEY_CTX * ctx, const EVP_MD *md), (ctx, md))
WRAP(int, EVP_PKEY_CTX_set_rsa_mgf1_md, 0, (EVP_PKEY_CTX * ctx, const EVP_MD *md), (ctx, md))
WRAP(int, EVP_PKEY_CTX_set_rsa_pss_saltlen, 0, (EVP_PKEY_CTX * ctx, int length), (ctx, length))
WRAP(X509 *, d2i_X509, NULL, (X509 * *to, const unsigned char **in, long length), (to, in, length))
WRAP(int, X509_verify, 0, (X509 * cert, EVP_PKEY *key), (cert, key))
WRAP(EVP_PKEY *, X509_get0_pubkey, NULL, (const X509 *cert), (cert))
WRAP(int, X509_get_signature_nid, 0, (const X509 *cert), (cert))
WRAP(int, X509_get_signature_info, 0, (X509 * cert, int *md, int *key, int *bits, uint32_t *flags),
     (cert, md, key, bits, flags))
WRAP(int, X509_NAME_get0_der, 0, (const X509_NAME *name, const unsigned char **der, size_t *length),
     (name, der, length))
WRAP(int, EVP_PKEY_is_a, 0, (const EVP_PKEY *key, const char *name), (key, name))
WRAP(int, EVP_PKEY_get_bits, 0, (const EVP_PKEY *key), (key))
WRAP(int, EVP_PKEY_get_bn_param, 0, (const EVP_PKEY *key, const char *name, BIGNUM **bn),
     (key, name, bn))
WRAP(int, EVP_PKEY_get_int_param, 0, (const EVP_PKEY *key, const char *name, int *out),
     (key, name, out))
WRAP(int, EVP_PKEY_get_group_name, 0,
     (const EVP_PKEY *key, char *name, size_t capacity, size_t *length),
     (key, name, capacity, length))

/* The library's own memory, the same way. */
static unsigned int own_calls;
static unsigned int own_at;

static void *own_malloc(void *user, size_t bytes)
{
	(void)user;
	return ++own_calls == own_at ? NULL : malloc(bytes);
}

static void *own_realloc(void *user, void *block, size_t bytes)
{
	(void)user;
	return ++own_calls == own_at ? NULL : realloc(block, bytes);
}

static void own_free(void *user, void *block)
{
	(void)user;
	free(block);
}

static const enum test_scheme schemes[] = {TEST_SCHEME_LEGACY, TEST_SCHEME_PSS, TEST_SCHEME_ECDSA};
static struct test_image images[3];

static int set_up(void **state)
{
	(void)state;
	for (size_t i = 0; i < 3; i++) {
		struct test_image_spec spec = TEST_IMAGE_SPEC_INIT;
		struct test_chain chain = test_chain_usual(schemes[i]);
		struct test_verdict verdict;

		spec.mbn_version = i == 0 ? 3 : i == 1 ? 5 : 7;
		spec.oem_signature = i == 2 ? 104 : 256;
		spec.oem_chain = 6144;
		test_image_build(&images[i], &spec);
		test_chain_write(&images[i], OEM, &chain);
		test_sign(&images[i], OEM, &chain);
		/* Also makes OpenSSL fetch and cache what it keeps. */
		test_verify(&images[i], 0, &verdict);
		test_expect_verdict(&verdict, "as signed", QPAS_AUTH_VALID, 0);
		test_verdict_free(&verdict);
	}
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	for (size_t i = 0; i < 3; i++)
		test_image_free(&images[i]);
	test_keys_free();
	return 0;
}

static void expect_not_valid(const struct test_verdict *verdict, const char *what, unsigned int at)
{
	bool failed = verdict->opened || verdict->result;

	if (!failed && verdict->summary.verdict == QPAS_AUTH_VALID)
		fail_msg("%s, failure %u: valid", what, at);
	if (failed && verdict->result != QPAS_ERR_CRYPTO && verdict->result != QPAS_ERR_NOMEM &&
	    verdict->opened != QPAS_ERR_NOMEM)
		fail_msg("%s, failure %u: %d %d", what, at, verdict->opened, verdict->result);
	if (ERR_peek_error())
		fail_msg("%s, failure %u: %s stays queued", what, at,
			 ERR_error_string(ERR_peek_error(), NULL));
}

/* Fails each call in turn until a check runs through without reaching the one that would fail. */
static unsigned int fail_each(const struct test_image *image, const char *name)
{
	for (unsigned int at = 1;; at++) {
		struct test_verdict verdict;

		arm(name, at);
		test_verify(image, 0, &verdict);
		plan.armed = false;
		if (!plan.hit) {
			test_expect_verdict(&verdict, "no failure", QPAS_AUTH_VALID, 0);
			test_verdict_free(&verdict);
			return at - 1;
		}
		/* What only describes may be missing from a right answer: SW_ID, or a remark. */
		if (verdict.summary.verdict != QPAS_AUTH_VALID ||
		    (name && verdict.summary.has_sw_id))
			expect_not_valid(&verdict, name ? name : "any call", at);
		test_verdict_free(&verdict);
	}
}

static void H17_every_call_of_openssl_may_fail(void **state)
{
	static const char *const every_scheme[] = {
		"EVP_MD_fetch",	    "EVP_MD_CTX_new",	  "EVP_DigestInit_ex2",
		"EVP_DigestUpdate", "EVP_DigestFinal_ex", "EVP_PKEY_CTX_new",
		"d2i_X509",	    "X509_verify",	  "X509_NAME_get0_der",
	};
	static const char *const one_scheme[] = {
		"EVP_PKEY_encrypt_init",	"EVP_PKEY_encrypt",
		"EVP_PKEY_CTX_set_rsa_padding", "EVP_PKEY_CTX_set_signature_md",
		"EVP_PKEY_CTX_set_rsa_mgf1_md", "EVP_PKEY_CTX_set_rsa_pss_saltlen",
		"EVP_PKEY_verify_init",		"EVP_PKEY_verify",
		"X509_get_signature_info",	"EVP_PKEY_get_int_param",
		"EVP_PKEY_get_group_name",
	};

	(void)state;
	for (size_t i = 0; i < 3; i++) {
		for (size_t j = 0; j < sizeof(every_scheme) / sizeof(every_scheme[0]); j++) {
			if (!fail_each(&images[i], every_scheme[j]))
				fail_msg("%s is never called", every_scheme[j]);
		}
	}
	for (size_t j = 0; j < sizeof(one_scheme) / sizeof(one_scheme[0]); j++) {
		unsigned int calls = 0;

		for (size_t i = 0; i < 3; i++)
			calls += fail_each(&images[i], one_scheme[j]);
		if (!calls)
			fail_msg("%s is never called", one_scheme[j]);
	}
}

/* Calls whose answer is a fact and not a success: a wrong one must not turn bad into good. */
static void H17_a_failed_question_never_makes_a_bad_image_valid(void **state)
{
	(void)state;
	for (size_t i = 0; i < 3; i++) {
		struct test_image bad;
		unsigned int at;

		test_image_copy(&bad, &images[i]);
		bad.bytes[bad.hash.offset] ^= 1;
		for (at = 1;; at++) {
			struct test_verdict verdict;

			arm(NULL, at);
			test_verify(&bad, 0, &verdict);
			plan.armed = false;
			expect_not_valid(&verdict, "a bad image", at);
			test_verdict_free(&verdict);
			if (!plan.hit)
				break;
		}
		assert_in_range(at, 40, 2000);
		test_image_free(&bad);
	}
}

static void H17_every_call_of_openssl_in_turn_leaves_no_error_and_no_leak(void **state)
{
	(void)state;
	for (size_t i = 0; i < 3; i++)
		assert_in_range(fail_each(&images[i], NULL), 40, 2000);
}

static void H18_a_provider_without_the_digest_is_a_clear_error(void **state)
{
	struct test_verdict verdict;

	(void)state;
	arm("EVP_MD_fetch", 1);
	test_verify(&images[2], 0, &verdict);
	plan.armed = false;
	assert_int_equal(verdict.result, QPAS_ERR_CRYPTO);
	assert_int_equal(verdict.err.message_id, 525);
	assert_non_null(strstr(verdict.err.text, "SHA2-384"));
	assert_null(verdict.report);
}

static void H17_openssl_may_run_out_of_memory_at_any_point(void **state)
{
	(void)state;
	for (size_t i = 0; i < 6; i++) {
		const struct test_image *image = &images[i / 2];
		unsigned int done = 0;

		for (unsigned int at = 1;; at += at < 150 ? 1 : 23) {
			struct test_verdict verdict;
			unsigned int calls;

			memory.sticky = i % 2 != 0;
			memory.at = at;
			memory.calls = 0;
			memory.armed = true;
			test_verify(image, 0, &verdict);
			memory.armed = false;
			calls = memory.calls;
			/* Some allocations OpenSSL can do without; a right answer is then right. */
			if (verdict.opened || verdict.result ||
			    verdict.summary.verdict != QPAS_AUTH_VALID)
				expect_not_valid(&verdict, "memory", at);
			test_verdict_free(&verdict);
			ERR_clear_error();
			done++;
			if (calls < at)
				break;
		}
		assert_in_range(done, 100, 5000);
	}
}

static void H17_without_memory_a_bad_image_is_not_valid_either(void **state)
{
	(void)state;
	for (size_t i = 0; i < 3; i++) {
		struct test_image bad;

		test_image_copy(&bad, &images[i]);
		bad.bytes[bad.hash.offset] ^= 1;
		for (unsigned int at = 1;; at += at < 150 ? 1 : 23) {
			struct test_verdict verdict;
			unsigned int calls;

			memory.sticky = false;
			memory.at = at;
			memory.calls = 0;
			memory.armed = true;
			test_verify(&bad, 0, &verdict);
			memory.armed = false;
			calls = memory.calls;
			expect_not_valid(&verdict, "memory", at);
			test_verdict_free(&verdict);
			ERR_clear_error();
			if (calls < at)
				break;
		}
		test_image_free(&bad);
	}
}

static void A06_every_allocation_of_our_own_may_fail(void **state)
{
	struct qpas_allocator allocator = QPAS_ALLOCATOR_INIT;
	struct qpas_params params = QPAS_PARAMS_INIT;

	(void)state;
	allocator.malloc = own_malloc;
	allocator.realloc = own_realloc;
	allocator.free = own_free;
	params.allocator = &allocator;
	for (size_t i = 0; i < 3; i++) {
		for (own_at = 1;; own_at++) {
			struct qpas_auth_params auth = QPAS_AUTH_PARAMS_INIT;
			struct test_verdict verdict;

			own_calls = 0;
			auth.threads = 3;
			test_verify_bytes(images[i].bytes, images[i].size, &params, &auth,
					  &verdict);
			if (own_calls < own_at) {
				test_expect_verdict(&verdict, "enough", QPAS_AUTH_VALID, 0);
				test_verdict_free(&verdict);
				break;
			}
			assert_int_equal(verdict.opened ? verdict.opened : verdict.result,
					 QPAS_ERR_NOMEM);
			test_verdict_free(&verdict);
		}
		assert_in_range(own_at, 6, 200);
	}
	own_at = 0;
}

static void errors_that_the_program_had_queued_stay_queued(void **state)
{
	struct test_verdict verdict;

	(void)state;
	ERR_raise(ERR_LIB_USER, ERR_R_PASSED_NULL_PARAMETER);
	test_verify(&images[0], 0, &verdict);
	test_expect_verdict(&verdict, "valid", QPAS_AUTH_VALID, 0);
	test_verdict_free(&verdict);
	assert_int_equal(ERR_GET_REASON(ERR_get_error()), ERR_R_PASSED_NULL_PARAMETER);
	assert_int_equal(ERR_get_error(), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(H17_every_call_of_openssl_may_fail),
		cmocka_unit_test(H17_a_failed_question_never_makes_a_bad_image_valid),
		cmocka_unit_test(H17_every_call_of_openssl_in_turn_leaves_no_error_and_no_leak),
		cmocka_unit_test(H18_a_provider_without_the_digest_is_a_clear_error),
		cmocka_unit_test(H17_openssl_may_run_out_of_memory_at_any_point),
		cmocka_unit_test(H17_without_memory_a_bad_image_is_not_valid_either),
		cmocka_unit_test(A06_every_allocation_of_our_own_may_fail),
		cmocka_unit_test(errors_that_the_program_had_queued_stay_queued),
	};

	if (!CRYPTO_set_mem_functions(ssl_malloc, ssl_realloc, ssl_free)) {
		fputs("OpenSSL has already taken memory\n", stderr);
		return 1;
	}
	return cmocka_run_group_tests_name("auth_faults", tests, set_up, tear_down);
}
