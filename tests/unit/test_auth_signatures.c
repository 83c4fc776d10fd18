/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Signatures of every scheme, region by region, and forged ones: rows H20 to H22 of the list of
 * hostile inputs. The signer (support/signer.c) shares no code with the library; that both agree
 * with the world is shown over real images in tests/corpus.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "support/signer.h"
#include "support/verdict.h"

#define OEM  1u
#define QTI  2u
#define BOTH 3u

struct kind {
	const char *name;
	uint32_t version;
	enum test_scheme scheme;
	uint32_t signers;
	const char *algorithm;
};

static const struct kind kinds[] = {
	{"v3 legacy", 3, TEST_SCHEME_LEGACY, OEM, "rsa-pkcs1-v15-mbn3"},
	{"v3 pss", 3, TEST_SCHEME_PSS, OEM, "rsa-pss-sha256"},
	{"v5 pss", 5, TEST_SCHEME_PSS, OEM, "rsa-pss-sha256"},
	{"v5 pss double", 5, TEST_SCHEME_PSS, BOTH, "rsa-pss-sha256"},
	{"v5 pss qti", 5, TEST_SCHEME_PSS, QTI, "rsa-pss-sha256"},
	{"v6 pss", 6, TEST_SCHEME_PSS, OEM, "rsa-pss-sha256"},
	{"v6 pss double", 6, TEST_SCHEME_PSS, BOTH, "rsa-pss-sha256"},
	{"v6 ecdsa", 6, TEST_SCHEME_ECDSA, OEM, "ecdsa-p384-sha384"},
	{"v6 ecdsa double", 6, TEST_SCHEME_ECDSA, BOTH, "ecdsa-p384-sha384"},
	{"v6 ecdsa qti", 6, TEST_SCHEME_ECDSA, QTI, "ecdsa-p384-sha384"},
	{"v7 ecdsa", 7, TEST_SCHEME_ECDSA, OEM, "ecdsa-p384-sha384"},
	{"v7 ecdsa double", 7, TEST_SCHEME_ECDSA, BOTH, "ecdsa-p384-sha384"},
	{"v7 ecdsa qti", 7, TEST_SCHEME_ECDSA, QTI, "ecdsa-p384-sha384"},
	{"v8 ecdsa", 8, TEST_SCHEME_ECDSA, OEM, "ecdsa-p384-sha384"},
};

#define KINDS (sizeof(kinds) / sizeof(kinds[0]))

static int tear_down(void **state)
{
	(void)state;
	test_keys_free();
	return 0;
}

static void build(struct test_image *image, const struct kind *kind)
{
	struct test_image_spec spec = TEST_IMAGE_SPEC_INIT;
	struct test_chain chain = test_chain_usual(kind->scheme);
	bool ec = kind->scheme == TEST_SCHEME_ECDSA;

	spec.mbn_version = kind->version;
	spec.oem_signature = spec.oem_chain = 0;
	spec.filler = 100;
	if (kind->signers & OEM) {
		spec.oem_signature = ec ? 104 : 256;
		spec.oem_chain = 6144;
	}
	if (kind->signers & QTI) {
		spec.qti_signature = ec ? 104 : 256;
		spec.qti_chain = 6144;
		spec.qti_metadata = kind->version > 5;
	}
	test_image_build(image, &spec);
	for (uint32_t signer = OEM; signer <= QTI; signer++) {
		if (!(kind->signers & signer))
			continue;
		test_chain_write(image, signer, &chain);
		test_sign(image, signer, &chain);
	}
}

static void flip(struct test_image *image, size_t at)
{
	image->bytes[at] ^= 0x04;
}

static void every_scheme_is_valid_as_signed(void **state)
{
	(void)state;
	for (size_t i = 0; i < KINDS; i++) {
		uint32_t wanted = kinds[i].signers == BOTH ? 2 : 1;
		struct test_image image;
		struct test_verdict verdict;

		build(&image, &kinds[i]);
		test_verify(&image, 0, &verdict);
		/* The v6 image that QTI signed alone has a SW_ID in the OEM's metadata. */
		test_expect_verdict(&verdict, kinds[i].name, QPAS_AUTH_VALID,
				    kinds[i].signers == QTI && kinds[i].version == 6 ? 556 : 0);
		assert_int_equal(verdict.summary.signatures, wanted);
		for (uint32_t j = 0; j < wanted; j++) {
			const struct qpas_auth_signature *facts = &verdict.signature[j];

			assert_int_equal(facts->valid, QPAS_AUTH_YES);
			assert_int_equal(facts->chain_valid, QPAS_AUTH_YES);
			assert_int_equal(facts->certificates, 3);
			assert_string_equal(facts->algorithm, kinds[i].algorithm);
			assert_string_equal(facts->root_name, "Some Root CA");
			assert_string_equal(facts->leaf_name, "Leaf of tests");
			assert_int_equal(facts->test_root, QPAS_AUTH_NO);
		}
		/* OEM comes first. */
		assert_int_equal(verdict.signature[0].signer, kinds[i].signers & OEM ? OEM : QTI);
		test_verdict_free(&verdict);
		test_image_free(&image);
	}
}

/* A region of the hash segment, and what a flipped byte in it does to each signer. */
struct region {
	const char *name;
	struct test_part part;
	size_t step;
	uint32_t breaks; /* signers whose signature or chain no longer holds */
};

static void try_region(struct test_image *image, const struct kind *kind,
		       const struct region *region)
{
	for (size_t i = 0; i < region->part.length; i += region->step) {
		struct test_verdict verdict;
		uint32_t broken = 0;

		flip(image, region->part.offset + i);
		test_verify(image, 0, &verdict);
		for (uint32_t j = 0; j < verdict.summary.signatures; j++) {
			if (verdict.signature[j].valid != QPAS_AUTH_YES ||
			    verdict.signature[j].chain_valid != QPAS_AUTH_YES)
				broken |= verdict.signature[j].signer;
		}
		/* A table entry that no longer fits is malformed or a mismatch, and signed, too. */
		if (verdict.opened || verdict.result || broken != (region->breaks & kind->signers))
			fail_msg("%s: %s byte %zu: broke %u, not %u", kind->name, region->name, i,
				 (unsigned int)broken,
				 (unsigned int)(region->breaks & kind->signers));
		assert_int_equal(verdict.summary.verdict == QPAS_AUTH_VALID, !broken);
		test_verdict_free(&verdict);
		flip(image, region->part.offset + i);
	}
}

/* The image id is free to choose and signed; sizes are left alone: they move the parts. */
static void every_covered_region_is_covered_and_foreign_metadata_is_not(void **state)
{
	(void)state;
	for (size_t i = 0; i < KINDS; i++) {
		struct test_image image;

		build(&image, &kinds[i]);
		{
			const struct region regions[] = {
				{"image id", {image.hash.offset, 4}, 3, BOTH},
				{"common metadata",
				 {image.common.offset, image.common.length ? 8 : 0},
				 5,
				 BOTH},
				{"QTI metadata", image.qti_metadata, 37, QTI},
				{"OEM metadata", image.oem_metadata, 37, OEM},
				{"table", {image.table.offset, image.digest_size}, 13, BOTH},
				{"QTI signature",
				 {image.qti_signature.offset, image.qti_signature.length ? 90 : 0},
				 31,
				 QTI},
				{"OEM signature",
				 {image.oem_signature.offset, image.oem_signature.length ? 90 : 0},
				 31,
				 OEM},
				{"QTI leaf",
				 {image.qti_chain.offset, image.qti_chain.length ? 400 : 0},
				 57,
				 QTI},
				{"OEM leaf",
				 {image.oem_chain.offset, image.oem_chain.length ? 400 : 0},
				 57,
				 OEM},
			};

			for (size_t j = 0; j < sizeof(regions) / sizeof(regions[0]); j++)
				try_region(&image, &kinds[i], &regions[j]);
		}
		test_image_free(&image);
	}
}

/* Word 0x10 of v3, v5 and v6 is the total size: nothing reads it, and it is signed. */
static void H07_words_that_nobody_uses_are_signed_all_the_same(void **state)
{
	(void)state;
	for (size_t i = 0; i < 10; i++) {
		struct test_image image;

		build(&image, &kinds[i]);
		flip(&image, image.hash.offset + 0x10);
		test_verify_expect(&image, 0, kinds[i].name, QPAS_AUTH_INVALID, 553);
		test_image_free(&image);
	}
}

/*
 * The OEM signature does not cover QTI's sizes. Bytes moved from QTI's signature to its chain leave
 * the OEM's word good and make QTI's worth nothing.
 */
static void H22_moved_qti_sizes_leave_the_oem_signature_valid_and_qti_invalid(void **state)
{
	static const struct {
		size_t kind;
		size_t signature;
		size_t chain;
	} rows[] = {{8, 0x08, 0x0c}, {11, 0x18, 0x1c}};

	(void)state;
	for (size_t i = 0; i < 2; i++) {
		struct test_image image;
		struct test_verdict verdict;

		build(&image, &kinds[rows[i].kind]);
		test_mbn_set(&image, rows[i].signature, 104 - 8);
		test_mbn_set(&image, rows[i].chain, 6144 + 8);
		test_verify(&image, 0, &verdict);
		assert_int_equal(verdict.summary.verdict, QPAS_AUTH_INVALID);
		assert_int_equal(verdict.signature[0].signer, OEM);
		assert_int_equal(verdict.signature[0].valid, QPAS_AUTH_YES);
		assert_int_equal(verdict.signature[0].chain_valid, QPAS_AUTH_YES);
		assert_int_equal(verdict.signature[1].signer, QTI);
		assert_int_not_equal(verdict.signature[1].valid, QPAS_AUTH_YES);
		test_verdict_free(&verdict);
		test_image_free(&image);
	}
}

/* H11: what only the other signer would cover is told, unless it is nothing but zeros. */
static void metadata_of_a_signer_who_has_not_signed_are_a_remark(void **state)
{
	(void)state;
	for (uint32_t version = 6; version <= 7; version++) {
		for (uint32_t signer = OEM; signer <= QTI; signer++) {
			struct test_image_spec spec = TEST_IMAGE_SPEC_INIT;
			struct test_chain chain = test_chain_usual(TEST_SCHEME_ECDSA);
			const struct test_part *foreign;
			struct test_verdict verdict;
			struct test_image image;

			spec.mbn_version = version;
			spec.qti_metadata = true;
			spec.oem_chain = signer == OEM ? 6144 : 0;
			spec.oem_signature = signer == OEM ? 104 : 0;
			spec.qti_chain = signer == QTI ? 6144 : 0;
			spec.qti_signature = signer == QTI ? 104 : 0;
			test_image_build(&image, &spec);
			foreign = signer == OEM ? &image.qti_metadata : &image.oem_metadata;
			memset(image.bytes + foreign->offset, 0, foreign->length);
			test_chain_write(&image, signer, &chain);
			test_sign(&image, signer, &chain);
			test_verify_expect(&image, 0, "zeros", QPAS_AUTH_VALID, 0);
			image.bytes[foreign->offset + foreign->length - 1] = 1;
			test_verify(&image, 0, &verdict);
			test_expect_verdict(&verdict, "last byte", QPAS_AUTH_VALID, 556);
			assert_int_equal(verdict.problem[0].code, 0);
			assert_int_equal(verdict.problem[0].offset,
					 foreign->offset - image.hash.offset);
			assert_non_null(
				strstr(verdict.problem[0].text, signer == OEM ? "QTI" : "the OEM"));
			test_verdict_free(&verdict);
			test_image_free(&image);
		}
	}
}

static void a_slot_with_half_of_what_it_needs_is_invalid(void **state)
{
	struct test_image image;

	(void)state;
	build(&image, &kinds[7]);
	test_mbn_set(&image, 0x1c, 0);
	test_mbn_set(&image, 0x24, 104 + 6144);
	test_verify_expect(&image, 0, "no signature", QPAS_AUTH_INVALID, 532);
	test_mbn_set(&image, 0x1c, 104 + 6144);
	test_mbn_set(&image, 0x24, 0);
	test_verify_expect(&image, 0, "no chain", QPAS_AUTH_INVALID, 531);
	test_image_free(&image);
}

/* ---- H20: RSA blocks ---- */

typedef void forge_fn(uint8_t block[256]);

static void leave(uint8_t block[256])
{
	(void)block;
}

/* The digest right behind a short run of ff, rubbish after it: what exponent 3 lets one forge. */
static void short_run(uint8_t block[256])
{
	uint8_t digest[32];

	memcpy(digest, block + 224, 32);
	memset(block + 10, 0x77, 246);
	block[10] = 0;
	memcpy(block + 11, digest, 32);
}

static void short_run_at_end(uint8_t block[256])
{
	memset(block + 10, 0x11, 256 - 33 - 10);
}

static void trailing_garbage(uint8_t block[256])
{
	memmove(block + 222, block + 223, 32);
	block[254] = 1;
}

static void type_two(uint8_t block[256])
{
	block[1] = 2;
}

static void not_zero_first(uint8_t block[256])
{
	block[0] = 1;
	block[1] = 0;
}

static void no_separator(uint8_t block[256])
{
	block[223] = 0xff;
}

static void wrong_digest(uint8_t block[256])
{
	block[255] ^= 1;
}

static void digest_info(uint8_t block[256])
{
	static const uint8_t prefix[19] = {0x30, 0x31, 0x30, 0x0d, 0x06, 0x09, 0x60,
					   0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02,
					   0x01, 0x05, 0x00, 0x04, 0x20};

	memcpy(block + 205, prefix, 19);
	block[204] = 0;
}

static void H20_a_legacy_block_is_compared_as_a_whole(void **state)
{
	static const struct {
		const char *name;
		forge_fn *forge;
		uint32_t verdict;
		uint32_t message;
	} rows[] = {
		{"untouched", leave, QPAS_AUTH_VALID, 0},
		{"H20 short ff run, garbage behind", short_run, QPAS_AUTH_INVALID, 553},
		{"H20 garbage in the ff run", short_run_at_end, QPAS_AUTH_INVALID, 553},
		{"H20 trailing garbage", trailing_garbage, QPAS_AUTH_INVALID, 553},
		{"block type 2", type_two, QPAS_AUTH_INVALID, 553},
		{"first bytes swapped", not_zero_first, QPAS_AUTH_INVALID, 553},
		{"no separator", no_separator, QPAS_AUTH_INVALID, 553},
		{"wrong digest", wrong_digest, QPAS_AUTH_INVALID, 553},
		{"standard DigestInfo", digest_info, QPAS_AUTH_INVALID, 553},
	};
	struct test_chain chain = test_chain_usual(TEST_SCHEME_LEGACY);
	struct test_image image;

	(void)state;
	chain.certificate[0].key = TEST_KEY_RSA_E3;
	chain.certificate[1].key = TEST_KEY_RSA_A;
	chain.sw_id = 0x0000000100000012;
	chain.hw_id = 0x6000000000010203;
	build(&image, &kinds[0]);
	test_chain_write(&image, OEM, &chain);
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		uint8_t block[256];

		test_legacy_block(&image, chain.sw_id, chain.hw_id, sizeof(block), block);
		rows[i].forge(block);
		test_rsa_private(TEST_KEY_RSA_E3, block, sizeof(block),
				 image.bytes + image.oem_signature.offset);
		test_verify_expect(&image, 0, rows[i].name, rows[i].verdict, rows[i].message);
	}
	/* A number that is not below the modulus. */
	memset(image.bytes + image.oem_signature.offset, 0xff, 256);
	test_verify_expect(&image, 0, "above the modulus", QPAS_AUTH_INVALID, 553);
	memset(image.bytes + image.oem_signature.offset, 0, 256);
	test_verify_expect(&image, 0, "zero", QPAS_AUTH_INVALID, 553);
	test_image_free(&image);
}

static void the_legacy_digest_is_keyed_by_sw_id_and_hw_id_of_the_leaf(void **state)
{
	struct test_chain chain = test_chain_usual(TEST_SCHEME_LEGACY);
	struct test_chain other = chain;
	struct test_image image;

	(void)state;
	build(&image, &kinds[0]);
	test_sign(&image, OEM, &chain);
	other.sw_id ^= 1;
	test_chain_write(&image, OEM, &other);
	test_verify_expect(&image, 0, "other SW_ID", QPAS_AUTH_INVALID, 553);
	other = chain;
	other.hw_id ^= 1;
	test_chain_write(&image, OEM, &other);
	test_verify_expect(&image, 0, "other HW_ID", QPAS_AUTH_INVALID, 553);
	other = chain;
	other.extra_ou = "01 0000000000000004 SW_ID";
	test_chain_write(&image, OEM, &other);
	test_verify_expect(&image, 0, "two SW_IDs", QPAS_AUTH_INVALID, 554);
	other.extra_ou = "01 000000000000004 SW_ID";
	test_chain_write(&image, OEM, &other);
	test_verify_expect(&image, 0, "15 digits are no SW_ID", QPAS_AUTH_VALID, 0);
	other.extra_ou = "01 0000000000000004 SW_IDs";
	test_chain_write(&image, OEM, &other);
	test_verify_expect(&image, 0, "SW_IDs are no SW_ID", QPAS_AUTH_VALID, 0);
	test_image_free(&image);
}

static void a_legacy_leaf_on_a_later_version_has_no_scheme(void **state)
{
	struct test_chain legacy = test_chain_usual(TEST_SCHEME_LEGACY);
	struct test_image image;
	struct test_verdict verdict;

	(void)state;
	build(&image, &kinds[2]);
	test_chain_write(&image, OEM, &legacy);
	test_verify(&image, 0, &verdict);
	test_expect_verdict(&verdict, "v5", QPAS_AUTH_UNSUPPORTED, 550);
	assert_int_equal(verdict.signature[0].valid, QPAS_AUTH_NOT_CHECKED);
	assert_int_equal(verdict.signature[0].chain_valid, QPAS_AUTH_YES);
	test_verdict_free(&verdict);
	test_image_free(&image);
}

static void a_signature_of_another_length_than_its_key_is_refused(void **state)
{
	struct test_image_spec spec = TEST_IMAGE_SPEC_INIT;
	struct test_chain chain = test_chain_usual(TEST_SCHEME_PSS);
	struct test_image image;

	(void)state;
	spec.mbn_version = 5;
	spec.oem_signature = 257;
	spec.oem_chain = 6144;
	test_image_build(&image, &spec);
	test_chain_write(&image, OEM, &chain);
	test_sign(&image, OEM, &chain);
	test_verify_expect(&image, 0, "one byte more", QPAS_AUTH_INVALID, 551);
	test_image_free(&image);
}

/* ---- H21: ECDSA slots ---- */

struct slot_row {
	const char *name;
	uint32_t verdict;
	uint32_t message;
	int (*change)(uint8_t slot[104], size_t length); /* `length` of the DER */
};

static int keep(uint8_t slot[104], size_t length)
{
	(void)slot;
	(void)length;
	return 0;
}

static int length_zero(uint8_t slot[104], size_t length)
{
	(void)length;
	slot[1] = 0;
	return 0;
}

static int empty_sequence(uint8_t slot[104], size_t length)
{
	(void)length;
	memset(slot + 1, 0, 103);
	return 0;
}

static int length_105(uint8_t slot[104], size_t length)
{
	(void)length;
	slot[1] = 103;
	return 0;
}

static int one_less(uint8_t slot[104], size_t length)
{
	(void)length;
	slot[1]--;
	return 0;
}

static int length_long_form(uint8_t slot[104], size_t length)
{
	memmove(slot + 3, slot + 2, length - 2 < 101 ? length - 2 : 101);
	slot[2] = slot[1];
	slot[1] = 0x81;
	return 0;
}

static int indefinite(uint8_t slot[104], size_t length)
{
	(void)length;
	slot[1] = 0x80;
	return 0;
}

static int other_tag(uint8_t slot[104], size_t length)
{
	(void)length;
	slot[0] = 0x31;
	return 0;
}

static int padding_not_zero(uint8_t slot[104], size_t length)
{
	if (length == 104)
		return 1;
	slot[103] = 0xff;
	return 0;
}

static int negative(uint8_t slot[104], size_t length)
{
	(void)length;
	slot[4] = slot[4] ? (uint8_t)(slot[4] | 0x80) : slot[4];
	slot[5] |= 0x80;
	if (slot[4] == 0)
		slot[4] = 0x80;
	return 0;
}

static int zero_r(uint8_t slot[104], size_t length)
{
	static const uint8_t der[8] = {0x30, 6, 2, 1, 0, 2, 1, 1};

	(void)length;
	memset(slot, 0, 104);
	memcpy(slot, der, sizeof(der));
	return 0;
}

static int oversize(uint8_t slot[104], size_t length)
{
	(void)length;
	memset(slot, 0x7f, 104);
	slot[0] = 0x30;
	slot[1] = 102;
	slot[2] = 2;
	slot[3] = 97;
	slot[101] = 2;
	slot[102] = 1;
	return 0;
}

static void H21_an_ecdsa_slot_is_exact_der_and_zeros(void **state)
{
	static const struct slot_row rows[] = {
		{"as signed", QPAS_AUTH_VALID, 0, keep},
		{"DER length 0", QPAS_AUTH_INVALID, 552, length_zero},
		{"empty sequence", QPAS_AUTH_INVALID, 553, empty_sequence},
		{"DER length 105", QPAS_AUTH_INVALID, 552, length_105},
		{"one byte cut off", QPAS_AUTH_INVALID, 552, one_less},
		{"long form", QPAS_AUTH_INVALID, 552, length_long_form},
		{"indefinite", QPAS_AUTH_INVALID, 552, indefinite},
		{"a set", QPAS_AUTH_INVALID, 552, other_tag},
		{"padding ff", QPAS_AUTH_INVALID, 552, padding_not_zero},
		{"negative", QPAS_AUTH_INVALID, 553, negative},
		{"r = 0", QPAS_AUTH_INVALID, 553, zero_r},
		{"r of 97 bytes", QPAS_AUTH_INVALID, 553, oversize},
	};
	struct test_chain chain = test_chain_usual(TEST_SCHEME_ECDSA);
	uint32_t lengths = 0;

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct test_image image;
		uint8_t *slot;
		size_t length;

		build(&image, &kinds[7]);
		slot = image.bytes + image.oem_signature.offset;
		/* The nonce is random, and so is the length; padding needs one below 104. */
		do {
			test_sign(&image, OEM, &chain);
			length = (size_t)slot[1] + 2;
			lengths |= 1u << (104 - length);
		} while (rows[i].change(slot, length));
		test_verify_expect(&image, 0, rows[i].name, rows[i].verdict, rows[i].message);
		test_image_free(&image);
	}
	assert_int_not_equal(lengths, 0);
}

static void every_length_of_an_ecdsa_signature_is_accepted(void **state)
{
	struct test_chain chain = test_chain_usual(TEST_SCHEME_ECDSA);
	struct test_image image;
	uint32_t seen = 0;

	(void)state;
	build(&image, &kinds[7]);
	/* 102 to 104 bytes; the odds against seeing all three in 500 rounds are astronomical. */
	for (int i = 0; i < 500 && seen != 7; i++) {
		size_t length;

		test_sign(&image, OEM, &chain);
		length = (size_t)image.bytes[image.oem_signature.offset + 1] + 2;
		if (length < 102 || (seen & 1u << (104 - length)))
			continue;
		seen |= 1u << (104 - length);
		test_verify_expect(&image, 0, "length", QPAS_AUTH_VALID, 0);
	}
	assert_int_equal(seen, 7);
	test_image_free(&image);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_scheme_is_valid_as_signed),
		cmocka_unit_test(every_covered_region_is_covered_and_foreign_metadata_is_not),
		cmocka_unit_test(H07_words_that_nobody_uses_are_signed_all_the_same),
		cmocka_unit_test(H22_moved_qti_sizes_leave_the_oem_signature_valid_and_qti_invalid),
		cmocka_unit_test(metadata_of_a_signer_who_has_not_signed_are_a_remark),
		cmocka_unit_test(a_slot_with_half_of_what_it_needs_is_invalid),
		cmocka_unit_test(H20_a_legacy_block_is_compared_as_a_whole),
		cmocka_unit_test(the_legacy_digest_is_keyed_by_sw_id_and_hw_id_of_the_leaf),
		cmocka_unit_test(a_legacy_leaf_on_a_later_version_has_no_scheme),
		cmocka_unit_test(a_signature_of_another_length_than_its_key_is_refused),
		cmocka_unit_test(H21_an_ecdsa_slot_is_exact_der_and_zeros),
		cmocka_unit_test(every_length_of_an_ecdsa_signature_is_accepted),
	};

	return cmocka_run_group_tests_name("auth_signatures", tests, NULL, tear_down);
}
