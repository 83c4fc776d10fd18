/* SPDX-License-Identifier: BSD-3-Clause */
/* Certificate chains, damaged and odd: rows H15 and H16 of the list of hostile inputs; roots. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

#include "support/must.h"
#include "support/signer.h"
#include "support/verdict.h"

#define OEM  1u
#define SLOT 6144

static int tear_down(void **state)
{
	(void)state;
	test_keys_free();
	return 0;
}

static void build(struct test_image *image, enum test_scheme scheme, uint32_t chain)
{
	struct test_image_spec spec = TEST_IMAGE_SPEC_INIT;

	spec.mbn_version = scheme == TEST_SCHEME_LEGACY ? 3 : 6;
	spec.oem_signature = scheme == TEST_SCHEME_ECDSA ? 104 : 256;
	spec.oem_chain = chain;
	test_image_build(image, &spec);
}

static uint8_t *chain_at(const struct test_image *image)
{
	return image->bytes + image->oem_chain.offset;
}

/* Length of the DER sequence of a certificate: always in the form 30 82 hi lo here. */
static size_t der_length(const uint8_t *at)
{
	test_must(at[0] == 0x30 && at[1] == 0x82, "a certificate");
	return 4 + ((size_t)at[2] << 8 | at[3]);
}

/* ---- H16: chains that are well-formed and wrong, or odd and right ---- */

struct chain_row {
	const char *name;
	enum test_scheme scheme;
	uint32_t verdict;
	uint32_t message;
	uint64_t remarks;
	void (*change)(struct test_chain *chain);
};

static void usual(struct test_chain *chain)
{
	(void)chain;
}

static void expired(struct test_chain *chain)
{
	for (uint32_t i = 0; i < 3; i++)
		chain->certificate[i].expired = true;
}

static void leaf_pathlen(struct test_chain *chain)
{
	chain->certificate[0].pathlen = 0;
}

static void leaf_plain(struct test_chain *chain)
{
	chain->certificate[0].ca = -1;
}

static void leaf_ca(struct test_chain *chain)
{
	chain->certificate[0].ca = 1;
}

static void leaf_usage(struct test_chain *chain)
{
	chain->certificate[0].usage = "critical,keyEncipherment";
}

static void no_usage(struct test_chain *chain)
{
	for (uint32_t i = 0; i < 3; i++)
		chain->certificate[i].usage = NULL;
}

static void middle_plain(struct test_chain *chain)
{
	chain->certificate[1].ca = -1;
}

static void middle_no_ca(struct test_chain *chain)
{
	chain->certificate[1].ca = 0;
}

static void middle_usage(struct test_chain *chain)
{
	chain->certificate[1].usage = "critical,digitalSignature";
}

static void root_no_ca(struct test_chain *chain)
{
	chain->certificate[2].ca = -1;
}

static void root_pathlen(struct test_chain *chain)
{
	chain->certificate[2].pathlen = 0;
}

static void root_pathlen_enough(struct test_chain *chain)
{
	chain->certificate[2].pathlen = 1;
}

static void four(struct test_chain *chain)
{
	chain->count = 4;
	chain->certificate[3] = chain->certificate[2];
	chain->certificate[2] = chain->certificate[1];
	chain->certificate[2].name = "Second middle";
	chain->certificate[2].pathlen = 1;
}

static void four_too_deep(struct test_chain *chain)
{
	four(chain);
	chain->certificate[2].pathlen = 0;
}

static void two(struct test_chain *chain)
{
	chain->count = 2;
	chain->certificate[1] = chain->certificate[2];
}

static void one(struct test_chain *chain)
{
	chain->count = 1;
}

static void root_missing(struct test_chain *chain)
{
	chain->count = 2;
	chain->certificate[1].issuer = "Some Root CA";
}

static void reversed(struct test_chain *chain)
{
	struct test_certificate root = chain->certificate[2];

	chain->certificate[2] = chain->certificate[0];
	chain->certificate[0] = root;
	chain->certificate[0].ca = 0;
	chain->certificate[0].usage = NULL;
	chain->certificate[2].usage = NULL;
	chain->certificate[0].issuer = "Some Root CA";
}

/* Leaf, middle, leaf's issuer again: the last one is issued by the middle. */
static void loop(struct test_chain *chain)
{
	chain->certificate[2].issuer = "Middle";
	chain->certificate[2].signed_by = (int)chain->certificate[1].key;
}

static void wrong_issuer(struct test_chain *chain)
{
	chain->certificate[0].issuer = "Somebody else";
}

static void issuer_in_other_case(struct test_chain *chain)
{
	chain->certificate[0].issuer = "MIDDLE";
}

static void wrong_signer(struct test_chain *chain)
{
	chain->certificate[0].signed_by = (int)chain->certificate[2].key;
}

static void root_not_self_signed(struct test_chain *chain)
{
	chain->certificate[2].signed_by = (int)chain->certificate[1].key;
}

static void wrong_key_id(struct test_chain *chain)
{
	chain->certificate[0].wrong_key_id = true;
}

static void critical(struct test_chain *chain)
{
	chain->certificate[1].critical = true;
}

static void short_middle(struct test_chain *chain)
{
	chain->certificate[1].key = TEST_KEY_RSA_512;
}

static void p256_middle(struct test_chain *chain)
{
	chain->certificate[1].key = TEST_KEY_P256;
}

static void p256_leaf(struct test_chain *chain)
{
	chain->certificate[0].key = TEST_KEY_P256;
}

static void exponent_3_leaf(struct test_chain *chain)
{
	chain->certificate[0].key = TEST_KEY_RSA_E3;
	chain->certificate[1].key = TEST_KEY_RSA_A;
}

/* The leaf's signature says ECDSA, its own key is RSA. */
static void rsa_leaf(struct test_chain *chain)
{
	chain->certificate[0].key = TEST_KEY_RSA_A;
}

static void H16_each_broken_rule_of_a_chain_is_named(void **state)
{
	static const struct chain_row rows[] = {
		{"as usual", TEST_SCHEME_ECDSA, 1, 0, 0, usual},
		{"as usual, PSS", TEST_SCHEME_PSS, 1, 0, QPAS_AUTH_REMARK_EXPONENT_3, usual},
		{"expired", TEST_SCHEME_ECDSA, 1, 0, 0, expired},
		{"path length on a leaf", TEST_SCHEME_ECDSA, 1, 0, QPAS_AUTH_REMARK_LEAF_PATHLEN,
		 leaf_pathlen},
		{"leaf without constraints", TEST_SCHEME_ECDSA, 1, 0, QPAS_AUTH_REMARK_LEAF_PLAIN,
		 leaf_plain},
		{"leaf with exponent 3", TEST_SCHEME_PSS, 1, 0, QPAS_AUTH_REMARK_EXPONENT_3,
		 exponent_3_leaf},
		{"no key usage", TEST_SCHEME_ECDSA, 1, 0, 0, no_usage},
		{"two certificates", TEST_SCHEME_ECDSA, 1, 0, 0, two},
		{"four certificates", TEST_SCHEME_ECDSA, 1, 0, 0, four},
		{"path length that is enough", TEST_SCHEME_ECDSA, 1, 0, 0, root_pathlen_enough},
		{"leaf is a CA", TEST_SCHEME_ECDSA, 2, 547, 0, leaf_ca},
		{"leaf may not sign", TEST_SCHEME_ECDSA, 2, 547, 0, leaf_usage},
		{"middle without constraints", TEST_SCHEME_ECDSA, 2, 545, 0, middle_plain},
		{"middle is no CA", TEST_SCHEME_ECDSA, 2, 545, 0, middle_no_ca},
		{"middle may not sign", TEST_SCHEME_ECDSA, 2, 545, 0, middle_usage},
		{"root is no CA", TEST_SCHEME_ECDSA, 2, 545, 0, root_no_ca},
		{"path length of the root", TEST_SCHEME_ECDSA, 2, 546, 0, root_pathlen},
		{"path length of a middle", TEST_SCHEME_ECDSA, 2, 546, 0, four_too_deep},
		{"one certificate", TEST_SCHEME_ECDSA, 2, 537, 0, one},
		{"no root", TEST_SCHEME_ECDSA, 2, 548, 0, root_missing},
		{"reversed", TEST_SCHEME_ECDSA, 2, 549, 0, reversed},
		{"loop", TEST_SCHEME_ECDSA, 2, 548, 0, loop},
		{"wrong issuer", TEST_SCHEME_ECDSA, 2, 542, 0, wrong_issuer},
		{"issuer in other letters", TEST_SCHEME_ECDSA, 2, 542, 0, issuer_in_other_case},
		{"signed by another key", TEST_SCHEME_ECDSA, 2, 544, 0, wrong_signer},
		{"signed by another key, PSS", TEST_SCHEME_PSS, 2, 544, 0, wrong_signer},
		{"signed by another key, PKCS#1", TEST_SCHEME_LEGACY, 2, 544, 0, wrong_signer},
		{"root signed by another key", TEST_SCHEME_ECDSA, 2, 544, 0, root_not_self_signed},
		{"key identifier of nobody", TEST_SCHEME_ECDSA, 2, 543, 0, wrong_key_id},
		{"unknown critical extension", TEST_SCHEME_ECDSA, 2, 538, 0, critical},
		{"RSA-512", TEST_SCHEME_LEGACY, 2, 541, 0, short_middle},
		{"P-256 in the middle", TEST_SCHEME_ECDSA, 4, 540, 0, p256_middle},
		{"P-256 as leaf", TEST_SCHEME_ECDSA, 4, 540, 0, p256_leaf},
		{"RSA leaf under P-384", TEST_SCHEME_ECDSA, 4, 540, 0, rsa_leaf},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct test_chain chain = test_chain_usual(rows[i].scheme);
		struct test_image image;
		struct test_verdict verdict;

		rows[i].change(&chain);
		build(&image, rows[i].scheme, SLOT);
		test_chain_write(&image, OEM, &chain);
		if (chain.certificate[0].key != TEST_KEY_P256 &&
		    !(rows[i].scheme == TEST_SCHEME_ECDSA &&
		      chain.certificate[0].key == TEST_KEY_RSA_A))
			test_sign(&image, OEM, &chain);
		test_verify(&image, 0, &verdict);
		test_expect_verdict(&verdict, rows[i].name, rows[i].verdict, rows[i].message);
		if (rows[i].verdict == QPAS_AUTH_VALID)
			assert_int_equal(verdict.signature[0].remarks, rows[i].remarks);
		else
			assert_int_not_equal(verdict.signature[0].chain_valid &
						     verdict.signature[0].valid,
					     QPAS_AUTH_YES);
		test_verdict_free(&verdict);
		test_image_free(&image);
	}
}

static void dates_are_told_and_never_decide(void **state)
{
	struct test_chain chain = test_chain_usual(TEST_SCHEME_ECDSA);
	struct test_image image;
	struct test_verdict verdict;
	int64_t now = (int64_t)time(NULL);

	(void)state;
	chain.certificate[0].expired = true;
	build(&image, TEST_SCHEME_ECDSA, SLOT);
	test_chain_write(&image, OEM, &chain);
	test_sign(&image, OEM, &chain);
	test_verify(&image, 0, &verdict);
	test_expect_verdict(&verdict, "expired", QPAS_AUTH_VALID, 0);
	assert_in_range(now - verdict.signature[0].not_before, 199000, 201000);
	assert_in_range(now - verdict.signature[0].not_after, 99000, 101000);
	test_verdict_free(&verdict);
	test_image_free(&image);
}

/* A public key that no generator makes: exponents 1, 2 and one of 65 bits. */
static void H16_an_exponent_of_1_proves_nothing(void **state)
{
	static const char *const exponents[] = {"1", "2", "10000000000000001"};
	struct test_chain chain = test_chain_usual(TEST_SCHEME_PSS);

	(void)state;
	for (size_t i = 0; i < 3; i++) {
		struct test_image image;

		build(&image, TEST_SCHEME_PSS, SLOT);
		test_key_with_exponent(TEST_KEY_ODD, exponents[i]);
		chain.certificate[0].key = TEST_KEY_ODD;
		test_chain_write(&image, OEM, &chain);
		test_verify_expect(&image, 0, exponents[i], QPAS_AUTH_INVALID, 541);
		test_image_free(&image);
	}
}

/* ---- H15: slots that are not well-formed ---- */

struct der_row {
	const char *name;
	uint32_t message;
	uint32_t verdict;
	void (*change)(struct test_image *image);
};

static void intact(struct test_image *image)
{
	(void)image;
}

static void cut_leaf(struct test_image *image)
{
	size_t leaf = der_length(chain_at(image));

	memset(chain_at(image) + leaf - 20, 0xff, SLOT - leaf + 20);
}

/* The last certificate claims more than the slot has. */
static void cut_root(struct test_image *image)
{
	uint8_t *at = chain_at(image);

	at += der_length(at);
	at += der_length(at);
	at[2] = 0x7f;
}

static void write_length(struct test_image *image, const uint8_t *bytes, size_t count)
{
	memcpy(chain_at(image) + 1, bytes, count);
}

static void length_31_bits(struct test_image *image)
{
	static const uint8_t bytes[5] = {0x84, 0x80, 0, 0, 0};

	write_length(image, bytes, sizeof(bytes));
}

static void length_32_bits(struct test_image *image)
{
	static const uint8_t bytes[5] = {0x84, 0xff, 0xff, 0xff, 0xff};

	write_length(image, bytes, sizeof(bytes));
}

static void length_64_bits(struct test_image *image)
{
	static const uint8_t bytes[9] = {0x88, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff};

	write_length(image, bytes, sizeof(bytes));
}

static void length_indefinite(struct test_image *image)
{
	static const uint8_t bytes[1] = {0x80};

	write_length(image, bytes, sizeof(bytes));
}

static void length_not_minimal(struct test_image *image)
{
	static const uint8_t bytes[3] = {0x82, 0x00, 0xf0};

	write_length(image, bytes, sizeof(bytes));
}

static void length_short_in_long_form(struct test_image *image)
{
	static const uint8_t bytes[2] = {0x81, 0x10};

	write_length(image, bytes, sizeof(bytes));
}

/* A length inside the certificate runs out of it. */
static void inner_length(struct test_image *image)
{
	chain_at(image)[6] = 0x7f;
}

static void inner_indefinite(struct test_image *image)
{
	chain_at(image)[5] = 0x80;
}

static void all_ff(struct test_image *image)
{
	memset(chain_at(image), 0xff, SLOT);
}

static void all_zero(struct test_image *image)
{
	memset(chain_at(image), 0, SLOT);
}

static void zero_padding(struct test_image *image)
{
	chain_at(image)[SLOT - 1] = 0;
}

static void rubbish_behind(struct test_image *image)
{
	uint8_t *at = chain_at(image);

	for (int i = 0; i < 3; i++)
		at += der_length(at);
	*at = 0x31;
}

static void tiny_certificates(struct test_image *image)
{
	for (size_t i = 0; i < SLOT; i += 2) {
		chain_at(image)[i] = 0x30;
		chain_at(image)[i + 1] = 0;
	}
}

static void eight_tiny_certificates(struct test_image *image)
{
	all_ff(image);
	for (size_t i = 0; i < 16; i += 2) {
		chain_at(image)[i] = 0x30;
		chain_at(image)[i + 1] = 0;
	}
}

static void no_certificate(struct test_image *image)
{
	chain_at(image)[0] = 0x02;
}

static void H15_a_slot_that_is_no_chain_is_refused(void **state)
{
	static const struct der_row rows[] = {
		{"intact", 0, QPAS_AUTH_VALID, intact},
		{"leaf cut short", 537, QPAS_AUTH_INVALID, cut_leaf},
		{"root cut short", 535, QPAS_AUTH_INVALID, cut_root},
		{"length 2^31", 535, QPAS_AUTH_INVALID, length_31_bits},
		{"length ffffffff", 535, QPAS_AUTH_INVALID, length_32_bits},
		{"length of 64 bits", 535, QPAS_AUTH_INVALID, length_64_bits},
		{"indefinite length", 535, QPAS_AUTH_INVALID, length_indefinite},
		{"length not minimal", 535, QPAS_AUTH_INVALID, length_not_minimal},
		{"short length in long form", 535, QPAS_AUTH_INVALID, length_short_in_long_form},
		{"inner length", 538, QPAS_AUTH_INVALID, inner_length},
		{"inner indefinite length", 538, QPAS_AUTH_INVALID, inner_indefinite},
		{"filler alone", 535, QPAS_AUTH_INVALID, all_ff},
		{"zeros alone", 535, QPAS_AUTH_INVALID, all_zero},
		{"a zero behind the chain", 536, QPAS_AUTH_INVALID, zero_padding},
		{"rubbish behind the chain", 536, QPAS_AUTH_INVALID, rubbish_behind},
		{"3072 tiny certificates", 534, QPAS_AUTH_INVALID, tiny_certificates},
		{"8 tiny certificates", 538, QPAS_AUTH_INVALID, eight_tiny_certificates},
		{"an integer", 535, QPAS_AUTH_INVALID, no_certificate},
	};
	struct test_chain chain = test_chain_usual(TEST_SCHEME_ECDSA);

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct test_image image;
		struct test_verdict verdict;

		build(&image, TEST_SCHEME_ECDSA, SLOT);
		test_chain_write(&image, OEM, &chain);
		test_sign(&image, OEM, &chain);
		rows[i].change(&image);
		test_verify(&image, 0, &verdict);
		test_expect_verdict(&verdict, rows[i].name, rows[i].verdict, rows[i].message);
		if (rows[i].message)
			assert_int_equal(verdict.signature[0].chain_valid, QPAS_AUTH_NO);
		/* Only a leaf that can be read has a key to check the signature with. */
		if (rows[i].message && rows[i].message != 537)
			assert_int_equal(verdict.signature[0].valid, QPAS_AUTH_NOT_CHECKED);
		test_verdict_free(&verdict);
		test_image_free(&image);
	}
}

static void H15_a_chain_above_32_kib_is_not_looked_at(void **state)
{
	struct test_chain chain = test_chain_usual(TEST_SCHEME_ECDSA);
	struct test_image image;

	(void)state;
	build(&image, TEST_SCHEME_ECDSA, 32768);
	test_chain_write(&image, OEM, &chain);
	test_sign(&image, OEM, &chain);
	test_verify_expect(&image, 0, "32 KiB", QPAS_AUTH_VALID, 0);
	test_image_free(&image);
	build(&image, TEST_SCHEME_ECDSA, 32769);
	test_chain_write(&image, OEM, &chain);
	test_sign(&image, OEM, &chain);
	test_verify_expect(&image, 0, "32 KiB + 1", QPAS_AUTH_INVALID, 533);
	test_image_free(&image);
}

/* Every byte of the leaf, changed: never a crash, never valid. */
static void H15_no_changed_byte_of_a_certificate_is_valid(void **state)
{
	struct test_chain chain = test_chain_usual(TEST_SCHEME_ECDSA);
	struct test_image image;
	size_t leaf;

	(void)state;
	build(&image, TEST_SCHEME_ECDSA, SLOT);
	test_chain_write(&image, OEM, &chain);
	test_sign(&image, OEM, &chain);
	leaf = der_length(chain_at(&image));
	for (size_t i = 0; i < leaf; i++) {
		static const uint8_t changes[] = {0x01, 0x80, 0xff};

		for (size_t j = 0; j < 3; j++) {
			struct test_verdict verdict;

			chain_at(&image)[i] ^= changes[j];
			test_verify(&image, 0, &verdict);
			if (verdict.opened || verdict.result ||
			    verdict.summary.verdict == QPAS_AUTH_VALID)
				fail_msg("byte %zu ^ %02x: %d %d, verdict %u", i, changes[j],
					 verdict.opened, verdict.result,
					 (unsigned int)verdict.summary.verdict);
			test_verdict_free(&verdict);
			chain_at(&image)[i] ^= changes[j];
		}
	}
	test_image_free(&image);
}

/* ---- roots ---- */

static void verify_with_root(const struct test_image *image, const uint8_t *root, size_t length,
			     struct test_verdict *verdict)
{
	struct qpas_auth_params auth = QPAS_AUTH_PARAMS_INIT;

	auth.root_hash.ptr = root;
	auth.root_hash.len = length;
	test_verify_bytes(image->bytes, image->size, NULL, &auth, verdict);
}

static void a_root_is_compared_by_either_hash_and_never_changes_the_verdict(void **state)
{
	struct test_chain chain = test_chain_usual(TEST_SCHEME_ECDSA);
	uint8_t sha256[32];
	uint8_t sha384[48];
	struct test_image image;
	struct test_verdict verdict;

	(void)state;
	build(&image, TEST_SCHEME_ECDSA, SLOT);
	test_chain_write(&image, OEM, &chain);
	test_chain_root(sha256, sha384);
	test_sign(&image, OEM, &chain);
	for (int i = 0; i < 4; i++) {
		bool wrong = i >= 2;

		sha256[31] ^= wrong ? 1 : 0;
		sha384[0] ^= wrong ? 1 : 0;
		verify_with_root(&image, i % 2 ? sha384 : sha256, i % 2 ? 48 : 32, &verdict);
		sha256[31] ^= wrong ? 1 : 0;
		sha384[0] ^= wrong ? 1 : 0;
		test_expect_verdict(&verdict, "root", QPAS_AUTH_VALID, 0);
		assert_int_equal(verdict.summary.root_match, wrong ? QPAS_AUTH_NO : QPAS_AUTH_YES);
		assert_memory_equal(verdict.signature[0].root_sha256, sha256, 32);
		assert_memory_equal(verdict.signature[0].root_sha384, sha384, 48);
		test_verdict_free(&verdict);
	}
	test_verify(&image, 0, &verdict);
	assert_int_equal(verdict.summary.root_match, QPAS_AUTH_NOT_CHECKED);
	test_verdict_free(&verdict);
	/* The right root of a chain that does not hold is no match. */
	chain.certificate[0].signed_by = TEST_KEY_P384_A;
	test_chain_write(&image, OEM, &chain);
	test_chain_root(sha256, sha384);
	verify_with_root(&image, sha256, 32, &verdict);
	test_expect_verdict(&verdict, "broken chain", QPAS_AUTH_INVALID, 544);
	assert_int_equal(verdict.summary.root_match, QPAS_AUTH_NO);
	test_verdict_free(&verdict);
	test_image_free(&image);
}

static void a_test_root_is_known_by_a_word_of_its_name(void **state)
{
	static const struct {
		const char *name;
		uint32_t test;
	} rows[] = {
		{"Some Test Root CA", QPAS_AUTH_YES},
		{"SECTOOLS SECP384R1 CURVE TEST ROOT", QPAS_AUTH_YES},
		{"test", QPAS_AUTH_YES},
		{"Root, for testing only", QPAS_AUTH_YES},
		{"Root (test)", QPAS_AUTH_YES},
		{"Attestation Root CA 6", QPAS_AUTH_NO},
		{"Latest Root", QPAS_AUTH_NO},
		{"Testament Root", QPAS_AUTH_NO},
		{"tes", QPAS_AUTH_NO},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct test_chain chain = test_chain_usual(TEST_SCHEME_ECDSA);
		struct test_image image;
		struct test_verdict verdict;

		chain.certificate[2].name = rows[i].name;
		build(&image, TEST_SCHEME_ECDSA, SLOT);
		test_chain_write(&image, OEM, &chain);
		test_sign(&image, OEM, &chain);
		test_verify(&image, 0, &verdict);
		test_expect_verdict(&verdict, rows[i].name, QPAS_AUTH_VALID, 0);
		assert_string_equal(verdict.signature[0].root_name, rows[i].name);
		if (verdict.signature[0].test_root != rows[i].test)
			fail_msg("%s: test root %u", rows[i].name,
				 (unsigned int)verdict.signature[0].test_root);
		test_verdict_free(&verdict);
		test_image_free(&image);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(H16_each_broken_rule_of_a_chain_is_named),
		cmocka_unit_test(dates_are_told_and_never_decide),
		cmocka_unit_test(H16_an_exponent_of_1_proves_nothing),
		cmocka_unit_test(H15_a_slot_that_is_no_chain_is_refused),
		cmocka_unit_test(H15_a_chain_above_32_kib_is_not_looked_at),
		cmocka_unit_test(H15_no_changed_byte_of_a_certificate_is_valid),
		cmocka_unit_test(a_root_is_compared_by_either_hash_and_never_changes_the_verdict),
		cmocka_unit_test(a_test_root_is_known_by_a_word_of_its_name),
	};

	return cmocka_run_group_tests_name("auth_chains", tests, NULL, tear_down);
}
