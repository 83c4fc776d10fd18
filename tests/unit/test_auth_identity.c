/* SPDX-License-Identifier: BSD-3-Clause */
/* What images say about themselves, from literal blocks: every member has a value of its own. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "support/signer.h"
#include "support/verdict.h"

#define OEM 1u
#define QTI 2u

static int tear_down(void **state)
{
	(void)state;
	test_keys_free();
	return 0;
}

static void build(struct test_image *image, uint32_t version, bool qti)
{
	struct test_image_spec spec = TEST_IMAGE_SPEC_INIT;

	spec.mbn_version = version;
	spec.oem_signature = spec.oem_chain = 0;
	if (version == 3 || version == 5) {
		spec.oem_signature = 256;
		spec.oem_chain = 6144;
	}
	spec.qti_metadata = qti;
	test_image_build(image, &spec);
}

static void put32(struct test_image *image, const struct test_part *part, size_t at, uint32_t value)
{
	test_image_set(image, part->offset + at, 4, value);
}

static void identify(const struct test_image *image, uint32_t signer,
		     struct qpas_auth_identity *identity, struct test_verdict *verdict)
{
	const struct qpas_auth_identity fresh = QPAS_AUTH_IDENTITY_INIT;

	*identity = fresh;
	test_verify(image, QPAS_AUTH_DIGESTS_ONLY, verdict);
	assert_int_equal(verdict->opened, 0);
	assert_int_equal(verdict->result, 0);
	assert_int_equal(qpas_auth_report_identity(verdict->report, signer, identity, NULL), 0);
	assert_int_equal(identity->signer, signer);
	test_verdict_free(verdict);
}

static void v6_metadata_are_read_member_by_member(void **state)
{
	struct qpas_auth_identity id;
	struct test_verdict verdict;
	struct test_image image;

	(void)state;
	build(&image, 6, false);
	/* Flags 0x0908: OEM_ID independent, debug 1, MODEL_ID independent (major 1). */
	{
		static const uint32_t words[30] = {1,	 2,	0x24,	0x950e1, 0x14d,	 0x2e8,
						   0x77, 0x908, 0x6018, 0x6008,	 0,	 0x6021,
						   0,	 0,	0,	0,	 0,	 0,
						   0,	 0,	0x1111, 0,	 0x3333, 0,
						   0,	 0,	0,	0,	 3,	 9};

		for (size_t i = 0; i < 30; i++)
			put32(&image, &image.oem_metadata, 4 * i, words[i]);
	}
	identify(&image, OEM, &id, &verdict);
	assert_int_equal(verdict.summary.sw_id, 0x24);
	assert_int_equal(verdict.summary.has_sw_id, 1);
	assert_int_equal(id.major, 1);
	assert_int_equal(id.minor, 2);
	assert_int_equal(id.sw_id, 0x24);
	assert_int_equal(id.hw_id, 0x950e1);
	assert_int_equal(id.oem_id, 0x14d);
	assert_int_equal(id.model_id, 0x2e8);
	assert_int_equal(id.secondary_sw_id, 0x77);
	assert_int_equal(id.flags, 0x908);
	assert_int_equal(id.soc_count, 4);
	assert_int_equal(id.soc_versions[0], 0x6018);
	assert_int_equal(id.soc_versions[1], 0x6008);
	assert_int_equal(id.soc_versions[3], 0x6021);
	assert_int_equal(id.serial_count, 3);
	assert_int_equal(id.serials[0], 0x1111);
	assert_int_equal(id.serials[2], 0x3333);
	assert_int_equal(id.root_index, 3);
	assert_int_equal(id.anti_rollback, 9);
	assert_int_equal(id.debug, QPAS_AUTH_DEBUG_DISABLE);
	/* Bit 10 is clear: no JTAG id; bits 3 and 11 free OEM_ID and MODEL_ID. */
	assert_int_equal(id.bound, 0);
	assert_int_equal(id.known & QPAS_AUTH_HAS_FEATURE_ID, 0);
	test_image_free(&image);
}

static void v6_flags_bind_by_major_version(void **state)
{
	static const struct {
		uint32_t major;
		uint32_t flags;
		uint64_t bound;
		uint32_t debug;
	} rows[] = {
		{0, 0, QPAS_AUTH_BIND_HW_ID | QPAS_AUTH_BIND_OEM_ID | QPAS_AUTH_BIND_MODEL_ID, 0},
		{0, 0x2, QPAS_AUTH_BIND_SOC | QPAS_AUTH_BIND_OEM_ID | QPAS_AUTH_BIND_MODEL_ID, 0},
		{0, 0xa, QPAS_AUTH_BIND_SOC, 0},
		{0, 0x10a, QPAS_AUTH_BIND_SOC, 1},
		{0, 0x20e, QPAS_AUTH_BIND_SOC | QPAS_AUTH_BIND_SERIAL, 2},
		{0, 0x30b, QPAS_AUTH_BIND_SOC | QPAS_AUTH_BIND_ROT, 3},
		{1, 0x808, 0, 0},
		{1, 0x400, QPAS_AUTH_BIND_HW_ID | QPAS_AUTH_BIND_OEM_ID | QPAS_AUTH_BIND_MODEL_ID,
		 0},
		{1, 0x80a, QPAS_AUTH_BIND_SOC, 0},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct qpas_auth_identity id;
		struct test_verdict verdict;
		struct test_image image;

		build(&image, 6, false);
		put32(&image, &image.oem_metadata, 0, rows[i].major);
		put32(&image, &image.oem_metadata, 0x1c, rows[i].flags);
		identify(&image, OEM, &id, &verdict);
		if (id.bound != rows[i].bound || id.debug != rows[i].debug)
			fail_msg("row %zu: bound 0x%llx, debug %u", i, (unsigned long long)id.bound,
				 (unsigned int)id.debug);
		test_image_free(&image);
	}
}

static void v7_metadata_are_read_member_by_member(void **state)
{
	static const uint32_t versions[] = {7, 8};

	(void)state;
	for (size_t i = 0; i < 2; i++) {
		struct qpas_auth_identity id;
		struct test_verdict verdict;
		struct test_image image;

		build(&image, versions[i], false);
		put32(&image, &image.common, 8, 0x53);
		put32(&image, &image.common, 12, 1);
		put32(&image, &image.oem_metadata, 0x00, 3);
		put32(&image, &image.oem_metadata, 0x04, 1);
		put32(&image, &image.oem_metadata, 0x08, 7);
		put32(&image, &image.oem_metadata, 0x0c, 2);
		put32(&image, &image.oem_metadata, 0x10, 0xa009);
		put32(&image, &image.oem_metadata, 0x14, 0xa01b);
		put32(&image, &image.oem_metadata, 0x3c, 0xa0ff);
		put32(&image, &image.oem_metadata, 0x40, 0x1234);
		put32(&image, &image.oem_metadata, 0x44, 0xc30e1);
		put32(&image, &image.oem_metadata, 0x48, 0x55667788);
		put32(&image, &image.oem_metadata, 0x4c, 0x11223344);
		put32(&image, &image.oem_metadata, 0x88, 0x64);
		put32(&image, &image.oem_metadata, 0x8c, 0xc69);
		put32(&image, &image.oem_metadata, 0xdc, 0x155a56);
		identify(&image, OEM, &id, &verdict);
		assert_int_equal(verdict.summary.sw_id, 0x53);
		assert_int_equal(id.sw_id, 0x53);
		assert_int_equal(id.secondary_sw_id, 1);
		assert_int_equal(id.major, 3);
		assert_int_equal(id.minor, 1);
		assert_int_equal(id.anti_rollback, 7);
		assert_int_equal(id.root_index, 2);
		assert_int_equal(id.soc_count, 12);
		assert_int_equal(id.soc_versions[1], 0xa01b);
		assert_int_equal(id.soc_versions[11], 0xa0ff);
		assert_int_equal(id.feature_id, 0x1234);
		assert_int_equal(id.hw_id, 0xc30e1);
		assert_int_equal(id.serial_count, 1);
		assert_int_equal(id.serials[0], UINT64_C(0x1122334455667788));
		assert_int_equal(id.oem_id, 0x64);
		assert_int_equal(id.model_id, 0xc69);
		assert_int_equal(id.flags, 0x155a56);
		/* Pairs of 10: bits 1:0 SoC, 9:8 OEM_ID, 11:10 MODEL_ID. Bits 19:18 are 01. */
		assert_int_equal(id.bound, QPAS_AUTH_BIND_SOC | QPAS_AUTH_BIND_OEM_ID |
						   QPAS_AUTH_BIND_MODEL_ID);
		assert_int_equal(id.debug, QPAS_AUTH_DEBUG_DISABLE);
		test_image_free(&image);
	}
}

static void each_v7_flag_pair_binds_one_thing(void **state)
{
	static const uint64_t order[] = {
		QPAS_AUTH_BIND_SOC,	      QPAS_AUTH_BIND_FEATURE,
		QPAS_AUTH_BIND_HW_ID,	      QPAS_AUTH_BIND_SERIAL,
		QPAS_AUTH_BIND_OEM_ID,	      QPAS_AUTH_BIND_MODEL_ID,
		QPAS_AUTH_BIND_SOC_LIFECYCLE, QPAS_AUTH_BIND_OEM_LIFECYCLE,
		QPAS_AUTH_BIND_ROOT_HASH,     QPAS_AUTH_BIND_DEBUG,
		QPAS_AUTH_BIND_ROT,
	};

	(void)state;
	for (unsigned int i = 0; i < 11; i++) {
		struct qpas_auth_identity id;
		struct test_verdict verdict;
		struct test_image image;

		build(&image, 7, false);
		put32(&image, &image.oem_metadata, 0xdc, 0x155555u ^ 3u << 2 * i);
		identify(&image, OEM, &id, &verdict);
		assert_int_equal(id.bound, order[i]);
		assert_int_equal(id.debug,
				 i == 9 ? QPAS_AUTH_DEBUG_ENABLE : QPAS_AUTH_DEBUG_DISABLE);
		test_image_free(&image);
	}
}

static void each_signer_has_a_block_of_its_own(void **state)
{
	static const uint32_t versions[] = {6, 7};

	(void)state;
	for (size_t i = 0; i < 2; i++) {
		size_t oem_id = versions[i] == 6 ? 0x10 : 0x88;
		struct qpas_auth_identity id;
		struct test_verdict verdict;
		struct test_image image;

		build(&image, versions[i], true);
		put32(&image, &image.oem_metadata, oem_id, 0x1111);
		put32(&image, &image.qti_metadata, oem_id, 0x2222);
		identify(&image, OEM, &id, &verdict);
		assert_int_equal(id.oem_id, 0x1111);
		identify(&image, QTI, &id, &verdict);
		assert_int_equal(id.oem_id, 0x2222);
		test_image_free(&image);
	}
}

static void v3_and_v5_take_it_from_the_words_of_the_leaf(void **state)
{
	static const uint32_t versions[] = {3, 5};

	(void)state;
	for (size_t i = 0; i < 2; i++) {
		enum test_scheme scheme = i ? TEST_SCHEME_PSS : TEST_SCHEME_LEGACY;
		struct test_chain chain = test_chain_usual(scheme);
		struct qpas_auth_identity id;
		struct test_verdict verdict;
		struct test_image image;

		chain.sw_id = UINT64_C(0x000000050000000d);
		chain.hw_id = UINT64_C(0x6000000000010203);
		chain.extra_ou = "03 0000000000000002 DEBUG";
		build(&image, versions[i], false);
		test_chain_write(&image, OEM, &chain);
		identify(&image, OEM, &id, &verdict);
		assert_int_equal(verdict.summary.sw_id, 0xd);
		assert_int_equal(id.sw_id, 0xd);
		assert_int_equal(id.anti_rollback, 5);
		assert_int_equal(id.hw_id, UINT64_C(0x6000000000010203));
		assert_int_equal(id.oem_id, 1);
		assert_int_equal(id.model_id, 0x203);
		assert_int_equal(id.soc_count, 2);
		assert_int_equal(id.soc_versions[0], 0x6000);
		assert_int_equal(id.soc_versions[1], 0x6001);
		assert_int_equal(id.debug, QPAS_AUTH_DEBUG_OTHER);
		assert_int_equal(id.debug_word, 2);
		assert_int_equal(id.bound, QPAS_AUTH_BIND_SOC | QPAS_AUTH_BIND_OEM_ID |
						   QPAS_AUTH_BIND_MODEL_ID);
		assert_int_equal(id.known & QPAS_AUTH_HAS_SERIALS, 0);
		test_image_free(&image);
	}
}

static void a_leaf_without_words_is_an_identity_without_members(void **state)
{
	struct test_chain chain = test_chain_usual(TEST_SCHEME_ECDSA);
	struct qpas_auth_identity id;
	struct test_verdict verdict;
	struct test_image image;

	(void)state;
	build(&image, 5, false);
	test_chain_write(&image, OEM, &chain);
	identify(&image, OEM, &id, &verdict);
	assert_int_equal(id.known, 0);
	assert_int_equal(verdict.summary.has_sw_id, 0);
	test_image_free(&image);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(v6_metadata_are_read_member_by_member),
		cmocka_unit_test(v6_flags_bind_by_major_version),
		cmocka_unit_test(v7_metadata_are_read_member_by_member),
		cmocka_unit_test(each_v7_flag_pair_binds_one_thing),
		cmocka_unit_test(each_signer_has_a_block_of_its_own),
		cmocka_unit_test(v3_and_v5_take_it_from_the_words_of_the_leaf),
		cmocka_unit_test(a_leaf_without_words_is_an_identity_without_members),
	};

	return cmocka_run_group_tests_name("auth_identity", tests, NULL, tear_down);
}
