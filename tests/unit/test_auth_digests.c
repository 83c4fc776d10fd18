/* SPDX-License-Identifier: BSD-3-Clause */
/* Digest tables against data: rows H10 to H14, H19, H23, H24 of the list of hostile inputs. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "support/image_builder.h"
#include "support/verdict.h"

#define DIGESTS QPAS_AUTH_DIGESTS_ONLY

/* Data, data with a zeroed tail, a note outside every PT_LOAD, zero-fill only. */
static const struct test_segment segments[] = {
	{TEST_PT_LOAD, TEST_FLAGS_RELOCATABLE | 5, 0, 0x88000000, 5000, 5000, NULL, 0},
	{TEST_PT_LOAD, TEST_FLAGS_RELOCATABLE | 6, 0, 0x88002000, 300, 4096, NULL, 0},
	{TEST_PT_NOTE, 4, 0, 0, 17, 17, NULL, 0},
	{TEST_PT_LOAD, TEST_FLAGS_RELOCATABLE | 6, 0, 0x88003000, 0, 4096, NULL, 0},
};

static struct test_image_spec unsigned_spec(uint32_t version, uint32_t elf_class)
{
	struct test_image_spec spec = TEST_IMAGE_SPEC_INIT;

	spec.mbn_version = version;
	spec.elf_class = elf_class;
	spec.oem_signature = 0;
	spec.oem_chain = 0;
	spec.segments = segments;
	spec.segment_count = 4;
	return spec;
}

static void build(struct test_image *image, uint32_t version, uint32_t elf_class)
{
	struct test_image_spec spec = unsigned_spec(version, elf_class);

	test_image_build(image, &spec);
}

static size_t entry_at(const struct test_image *image, uint32_t index)
{
	return image->table.offset + (size_t)index * image->digest_size;
}

static void flip(struct test_image *image, size_t at)
{
	test_image_set(image, at, 1, test_image_get(image, at, 1) ^ 0x10);
}

static const uint32_t versions[] = {3, 5, 6, 7, 8};

static void H24_a_table_without_signature_is_unsigned_and_counted(void **state)
{
	(void)state;
	for (size_t i = 0; i < 10; i++) {
		uint32_t version = versions[i / 2];
		struct test_image image;
		struct test_verdict verdict;
		char row[32];

		(void)snprintf(row, sizeof(row), "v%u", (unsigned int)version);
		build(&image, version, i % 2 ? 64 : 32);
		test_verify(&image, 0, &verdict);
		test_expect_verdict(&verdict, row, QPAS_AUTH_UNSIGNED, 0);
		/* The headers, two loads with data and the note; not the empty load, not the hash. */
		assert_int_equal(verdict.summary.digests_checked, 4);
		assert_int_equal(verdict.summary.digests_matched, 4);
		assert_int_equal(verdict.summary.mbn_version, version);
		assert_int_equal(verdict.summary.digest, version < 6 ? 256 : 384);
		assert_int_equal(verdict.summary.signatures, 0);
		test_verdict_free(&verdict);
		test_image_free(&image);
	}
}

static void H24_a_missing_signature_is_invalid_when_one_is_required(void **state)
{
	struct test_image image;

	(void)state;
	build(&image, 6, 32);
	test_verify_expect(&image, QPAS_AUTH_REQUIRE_SIGNATURE, "required", QPAS_AUTH_INVALID, 527);
	test_image_free(&image);
}

static void an_image_without_hash_segment_is_unsigned_with_nothing_checked(void **state)
{
	struct test_image_spec spec = unsigned_spec(0, 32);
	struct test_image image;
	struct test_verdict verdict;

	(void)state;
	test_image_build(&image, &spec);
	test_verify(&image, 0, &verdict);
	test_expect_verdict(&verdict, "no hash segment", QPAS_AUTH_UNSIGNED, 0);
	assert_int_equal(verdict.summary.mbn_version, 0);
	assert_int_equal(verdict.summary.digest, QPAS_AUTH_DIGEST_NONE);
	assert_int_equal(verdict.summary.digests_checked, 0);
	test_verdict_free(&verdict);
	test_image_free(&image);
}

/* One problem, on one header. */
static void expect_only(struct test_image *image, const char *row, uint32_t message,
			uint32_t segment)
{
	struct test_verdict verdict;

	test_verify(image, DIGESTS, &verdict);
	test_expect_verdict(&verdict, row, QPAS_AUTH_INVALID, message);
	if (verdict.summary.problems != 1 || verdict.problem[0].segment != segment ||
	    verdict.problem[0].code != QPAS_ERR_MISMATCH)
		fail_msg("%s: %u problems, the first on %u with %d", row,
			 (unsigned int)verdict.summary.problems,
			 (unsigned int)verdict.problem[0].segment, verdict.problem[0].code);
	assert_int_equal(verdict.summary.digests_matched, verdict.summary.digests_checked - 1);
	test_verdict_free(&verdict);
}

static void H10_a_flipped_bit_is_found_in_its_segment_and_in_no_other(void **state)
{
	(void)state;
	for (size_t i = 0; i < 5; i++) {
		struct test_image image;

		build(&image, versions[i], i % 2 ? 64 : 32);
		for (uint32_t segment = 2; segment < 5; segment++) {
			size_t at = (size_t)test_phdr_get(&image, segment, TEST_P_OFFSET);
			size_t last =
				at + (size_t)test_phdr_get(&image, segment, TEST_P_FILESZ) - 1;

			flip(&image, at);
			expect_only(&image, "first byte", 521, segment);
			flip(&image, at);
			flip(&image, last);
			expect_only(&image, "last byte", 521, segment);
			flip(&image, last);
		}
		test_image_free(&image);
	}
}

static void H11_a_changed_header_is_found_in_entry_0(void **state)
{
	static const enum test_phdr fields[] = {TEST_P_VADDR, TEST_P_ALIGN};
	struct test_image image;

	(void)state;
	build(&image, 7, 64);
	test_ehdr_set(&image, TEST_E_MACHINE, 183);
	expect_only(&image, "e_machine", 520, 0);
	test_ehdr_set(&image, TEST_E_MACHINE, 164);
	for (size_t i = 0; i < 2; i++) {
		uint64_t before = test_phdr_get(&image, 3, fields[i]);

		test_phdr_set(&image, 3, fields[i], before ^ 0x100);
		expect_only(&image, "program header", 520, 0);
		test_phdr_set(&image, 3, fields[i], before);
	}
	test_image_free(&image);
}

static void H11_a_changed_gap_is_a_remark_that_changes_no_verdict(void **state)
{
	struct test_image image;
	struct test_verdict verdict;
	size_t gap;

	(void)state;
	build(&image, 6, 32);
	gap = (size_t)test_phdr_get(&image, 3, TEST_P_OFFSET) + 300;
	test_image_set(&image, gap, 1, 1);
	test_verify(&image, DIGESTS, &verdict);
	test_expect_verdict(&verdict, "gap", QPAS_AUTH_UNSIGNED, 526);
	assert_int_equal(verdict.problem[0].code, 0);
	assert_int_equal(verdict.problem[0].offset, gap);
	assert_int_equal(verdict.summary.digests_matched, 4);
	test_verdict_free(&verdict);
	test_image_free(&image);
}

static void H12_a_digest_for_the_hash_segment_itself_is_malformed(void **state)
{
	struct test_image image;

	(void)state;
	build(&image, 6, 32);
	flip(&image, entry_at(&image, 1) + 47);
	test_verify_expect(&image, 0, "entry 1", QPAS_AUTH_MALFORMED, 514);
	test_image_free(&image);
}

static void E32_H12_a_second_hash_header_has_a_zero_digest_as_well(void **state)
{
	struct test_verdict verdict;
	struct test_image image;

	(void)state;
	build(&image, 6, 32);
	test_phdr_set(&image, 4, TEST_P_FLAGS, 0x02000000);
	test_image_rehash(&image);
	memset(image.bytes + entry_at(&image, 4), 0, 48);
	/* H11: nothing covers its data, and that is told. */
	test_verify(&image, DIGESTS, &verdict);
	test_expect_verdict(&verdict, "zero", QPAS_AUTH_UNSIGNED, 557);
	assert_int_equal(verdict.summary.problems, 1);
	assert_int_equal(verdict.problem[0].code, 0);
	assert_int_equal(verdict.problem[0].segment, 4);
	assert_int_equal(verdict.problem[0].offset, test_phdr_get(&image, 4, TEST_P_OFFSET));
	test_verdict_free(&verdict);
	flip(&image, entry_at(&image, 4) + 47);
	test_verify_expect(&image, DIGESTS, "not zero", QPAS_AUTH_MALFORMED, 514);
	flip(&image, entry_at(&image, 4) + 47);
	test_phdr_set(&image, 4, TEST_P_FILESZ, 0);
	test_image_rehash(&image);
	memset(image.bytes + entry_at(&image, 4), 0, 48);
	test_image_resize(&image, (size_t)test_phdr_get(&image, 4, TEST_P_OFFSET));
	test_verify_expect(&image, DIGESTS, "no data", QPAS_AUTH_UNSIGNED, 0);
	test_image_free(&image);
}

static void H13_a_zero_digest_for_data_is_a_mismatch(void **state)
{
	struct test_image image;

	(void)state;
	build(&image, 6, 32);
	memset(image.bytes + entry_at(&image, 3), 0, 48);
	expect_only(&image, "zero entry", 522, 3);
	test_image_free(&image);
}

static const uint8_t sha256_of_nothing[32] = {
	0xe3, 0xb0, 0xc4, 0x42, 0x98, 0xfc, 0x1c, 0x14, 0x9a, 0xfb, 0xf4,
	0xc8, 0x99, 0x6f, 0xb9, 0x24, 0x27, 0xae, 0x41, 0xe4, 0x64, 0x9b,
	0x93, 0x4c, 0xa4, 0x95, 0x99, 0x1b, 0x78, 0x52, 0xb8, 0x55,
};

/* Header 5 has no data. Only a page-mode header may have the digest of nothing. */
static void H13_the_digest_of_nothing_is_for_page_mode_headers(void **state)
{
	struct test_image image;
	uint32_t flags;

	(void)state;
	build(&image, 5, 32);
	memcpy(image.bytes + entry_at(&image, 5), sha256_of_nothing, 32);
	test_verify_expect(&image, DIGESTS, "ordinary", QPAS_AUTH_INVALID, 523);
	flags = (uint32_t)test_phdr_get(&image, 5, TEST_P_FLAGS);
	test_phdr_set(&image, 5, TEST_P_FLAGS, flags | 1u << 20);
	test_image_rehash(&image);
	test_verify_expect(&image, DIGESTS, "page mode, zero", QPAS_AUTH_UNSIGNED, 0);
	memcpy(image.bytes + entry_at(&image, 5), sha256_of_nothing, 32);
	test_verify_expect(&image, DIGESTS, "page mode", QPAS_AUTH_UNSIGNED, 0);
	flip(&image, entry_at(&image, 5));
	test_verify_expect(&image, DIGESTS, "neither", QPAS_AUTH_INVALID, 523);
	test_image_free(&image);
}

static void H02_H14_what_is_not_handled_is_unsupported(void **state)
{
	struct test_image_spec spec = unsigned_spec(6, 32);
	struct test_image image;

	(void)state;
	spec.filler = 64;
	test_image_build(&image, &spec);
	memcpy(image.bytes + image.hash.offset + image.hash.length - 64, "ISMQ", 4);
	test_verify_expect(&image, 0, "encrypted", QPAS_AUTH_UNSUPPORTED, 512);
	test_mbn_set(&image, 4, 9);
	test_verify_expect(&image, 0, "version 9", QPAS_AUTH_UNSUPPORTED, 501);
	memset(image.bytes + image.hash.offset, 0, image.hash.length);
	test_verify_expect(&image, 0, "all zero", QPAS_AUTH_UNSUPPORTED, 502);
	test_image_free(&image);
}

static void a_table_of_the_wrong_length_is_malformed_before_anything_is_hashed(void **state)
{
	struct test_image image;
	struct test_verdict verdict;

	(void)state;
	build(&image, 6, 32);
	test_mbn_set(&image, 0x14, (uint32_t)image.table.length - 48);
	test_verify(&image, 0, &verdict);
	test_expect_verdict(&verdict, "short table", QPAS_AUTH_MALFORMED, 503);
	assert_int_equal(verdict.summary.digests_checked, 0);
	assert_int_equal(verdict.summary.mbn_version, 6);
	test_verdict_free(&verdict);
	test_image_free(&image);
}

static void H23_a_one_shot_entry_is_checked_over_all_loaded_data(void **state)
{
	static const struct test_segment with_one_shot[] = {
		{TEST_PT_LOAD, 5, 0, 0x88000000, 5000, 5000, NULL, 0},
		{TEST_PT_LOAD, 6, 0, 0x88002000, 300, 4096, NULL, 0},
		{TEST_PT_ONE_SHOT, 0, 0, 0, 0, 0, NULL, 0},
	};
	struct test_image_spec spec = unsigned_spec(7, 32);
	struct test_image image;
	struct test_verdict verdict;

	(void)state;
	spec.segments = with_one_shot;
	spec.segment_count = 3;
	test_image_build(&image, &spec);
	test_verify(&image, DIGESTS, &verdict);
	test_expect_verdict(&verdict, "right", QPAS_AUTH_UNSIGNED, 0);
	assert_int_equal(verdict.summary.digests_checked, 4);
	test_verdict_free(&verdict);
	flip(&image, entry_at(&image, 4));
	expect_only(&image, "wrong", 524, 4);
	memset(image.bytes + entry_at(&image, 4), 0, 48);
	expect_only(&image, "zero", 524, 4);
	test_image_free(&image);
}

static void digests_only_lists_signatures_as_not_checked(void **state)
{
	struct qpas_auth_params auth = QPAS_AUTH_PARAMS_INIT;
	static const uint8_t root[32] = {1};
	struct test_image image;
	struct test_verdict verdict;

	(void)state;
	/* The usual image has a slot full of rubbish. */
	test_image_build(&image, NULL);
	auth.flags = DIGESTS;
	auth.root_hash.ptr = root;
	auth.root_hash.len = sizeof(root);
	test_verify_bytes(image.bytes, image.size, NULL, &auth, &verdict);
	test_expect_verdict(&verdict, "digests only", QPAS_AUTH_VALID, 0);
	assert_int_equal(verdict.summary.signatures, 1);
	assert_int_equal(verdict.signature[0].valid, QPAS_AUTH_NOT_CHECKED);
	assert_int_equal(verdict.signature[0].chain_valid, QPAS_AUTH_NOT_CHECKED);
	assert_int_equal(verdict.signature[0].certificates, 0);
	assert_null(verdict.signature[0].algorithm);
	assert_int_equal(verdict.signature[0].signature_bytes, image.oem_signature.length);
	assert_int_equal(verdict.signature[0].chain_offset,
			 image.oem_chain.offset - image.hash.offset);
	assert_int_equal(verdict.summary.root_match, QPAS_AUTH_NOT_CHECKED);
	test_verdict_free(&verdict);
	test_verify_expect(&image, 0, "rubbish", QPAS_AUTH_INVALID, 535);
	test_image_free(&image);
}

static void expect_refused(const struct test_image *image, const struct qpas_auth_params *auth,
			   const char *row)
{
	struct test_verdict verdict;

	test_verify_bytes(image->bytes, image->size, NULL, auth, &verdict);
	assert_int_equal(verdict.opened, 0);
	if (verdict.result != QPAS_ERR_ARG)
		fail_msg("%s: got %d", row, verdict.result);
	test_verdict_free(&verdict);
}

static void A03_wrong_parameters_are_refused(void **state)
{
	struct qpas_auth_params auth = QPAS_AUTH_PARAMS_INIT;
	static const uint8_t root[64];
	struct test_image image;

	(void)state;
	build(&image, 6, 32);
	for (unsigned int bit = 2; bit < 64; bit++) {
		auth.flags = UINT64_C(1) << bit;
		expect_refused(&image, &auth, "flag");
	}
	auth.flags = 0;
	auth.threads = 65;
	expect_refused(&image, &auth, "threads");
	auth.threads = 0;
	for (size_t length = 1; length <= 64; length++) {
		if (length == 32 || length == 48)
			continue;
		auth.root_hash.ptr = root;
		auth.root_hash.len = length;
		expect_refused(&image, &auth, "root hash");
	}
	auth.root_hash.ptr = NULL;
	auth.root_hash.len = 32;
	expect_refused(&image, &auth, "no root hash");
	test_image_free(&image);
}

static void any_number_of_threads_gives_the_same_report(void **state)
{
	static const uint32_t threads[] = {0, 1, 2, 3, 8, 64};
	struct test_image image;

	(void)state;
	build(&image, 6, 32);
	flip(&image, (size_t)test_phdr_get(&image, 3, TEST_P_OFFSET));
	flip(&image, (size_t)test_phdr_get(&image, 4, TEST_P_OFFSET));
	for (size_t i = 0; i < 6; i++) {
		struct qpas_auth_params auth = QPAS_AUTH_PARAMS_INIT;
		struct test_verdict verdict;

		auth.threads = threads[i];
		test_verify_bytes(image.bytes, image.size, NULL, &auth, &verdict);
		test_expect_verdict(&verdict, "threads", QPAS_AUTH_INVALID, 521);
		assert_int_equal(verdict.summary.problems, 2);
		assert_int_equal(verdict.problem[0].segment, 3);
		assert_int_equal(verdict.problem[1].segment, 4);
		assert_int_equal(verdict.summary.digests_matched, 2);
		test_verdict_free(&verdict);
	}
	test_image_free(&image);
}

static void many_problems_are_all_listed_in_header_order(void **state)
{
	struct test_segment many[40];
	struct test_image_spec spec = unsigned_spec(6, 32);
	struct test_image image;
	struct test_verdict verdict;

	(void)state;
	for (uint32_t i = 0; i < 40; i++) {
		many[i] = segments[0];
		many[i].filesz = many[i].memsz = 64;
		many[i].paddr = 0x88000000 + 64 * i;
	}
	spec.segments = many;
	spec.segment_count = 40;
	test_image_build(&image, &spec);
	memset(image.bytes + entry_at(&image, 2), 0xee, 40 * 48);
	test_verify(&image, 0, &verdict);
	assert_int_equal(verdict.summary.problems, 40);
	for (uint32_t i = 0; i < 40; i++) {
		struct qpas_auth_problem problem = QPAS_AUTH_PROBLEM_INIT;

		assert_int_equal(qpas_auth_report_problem(verdict.report, i, &problem, NULL), 0);
		assert_int_equal(problem.segment, i + 2);
		assert_non_null(strstr(problem.text, "digest of segment"));
	}
	test_verdict_free(&verdict);
	test_image_free(&image);
}

static void getters_check_what_they_are_given(void **state)
{
	struct qpas_auth_problem problem = QPAS_AUTH_PROBLEM_INIT;
	struct qpas_auth_signature signature = QPAS_AUTH_SIGNATURE_INIT;
	struct qpas_auth_identity identity = QPAS_AUTH_IDENTITY_INIT;
	struct qpas_auth_summary summary = QPAS_AUTH_SUMMARY_INIT;
	struct test_image image;
	struct test_verdict verdict;
	const struct qpas_auth_report *report;

	(void)state;
	build(&image, 3, 32);
	test_verify(&image, 0, &verdict);
	report = verdict.report;
	assert_int_equal(qpas_auth_report_problem(report, 0, &problem, NULL), QPAS_ERR_NOTFOUND);
	assert_int_equal(qpas_auth_report_signature(report, 0, &signature, NULL),
			 QPAS_ERR_NOTFOUND);
	assert_int_equal(qpas_auth_report_identity(report, 1, &identity, NULL), QPAS_ERR_NOTFOUND);
	assert_int_equal(qpas_auth_report_identity(report, 7, &identity, NULL), QPAS_ERR_NOTFOUND);
	assert_int_equal(qpas_auth_report_describe(NULL, &summary, NULL), QPAS_ERR_ARG);
	assert_int_equal(qpas_auth_report_describe(report, NULL, NULL), QPAS_ERR_ARG);
	assert_int_equal(qpas_auth_report_problem(NULL, 0, &problem, NULL), QPAS_ERR_ARG);
	assert_int_equal(qpas_auth_report_problem(report, 0, NULL, NULL), QPAS_ERR_ARG);
	assert_int_equal(qpas_auth_report_signature(NULL, 0, &signature, NULL), QPAS_ERR_ARG);
	assert_int_equal(qpas_auth_report_signature(report, 0, NULL, NULL), QPAS_ERR_ARG);
	assert_int_equal(qpas_auth_report_identity(NULL, 1, &identity, NULL), QPAS_ERR_ARG);
	assert_int_equal(qpas_auth_report_identity(report, 1, NULL, NULL), QPAS_ERR_ARG);
	summary.size -= 4;
	assert_int_equal(qpas_auth_report_describe(report, &summary, NULL), QPAS_ERR_ABI);
	qpas_auth_report_free(NULL);
	test_verdict_free(&verdict);
	test_image_free(&image);
}

static void names_are_total(void **state)
{
	(void)state;
	assert_string_equal(qpas_auth_verdict_name(1), "valid");
	assert_string_equal(qpas_auth_verdict_name(2), "invalid");
	assert_string_equal(qpas_auth_verdict_name(3), "unsigned");
	assert_string_equal(qpas_auth_verdict_name(4), "unsupported");
	assert_string_equal(qpas_auth_verdict_name(5), "malformed");
	assert_string_equal(qpas_auth_verdict_name(0), "?");
	assert_string_equal(qpas_auth_verdict_name(6), "?");
	assert_string_equal(qpas_auth_signer_name(1), "oem");
	assert_string_equal(qpas_auth_signer_name(2), "qti");
	assert_string_equal(qpas_auth_signer_name(3), "?");
	assert_string_equal(qpas_auth_sw_id_text(4), "adsp");
	assert_string_equal(qpas_auth_sw_id_text(0xd2), "lpaicp_dtb");
	assert_string_equal(qpas_auth_sw_id_text(0xffffffff), "?");
	assert_string_equal(qpas_auth_binding_name(1), "soc");
	assert_string_equal(qpas_auth_binding_name(1u << 10), "rot");
	assert_string_equal(qpas_auth_binding_name(3), "?");
	assert_string_equal(qpas_auth_debug_name(0), "unset");
	assert_string_equal(qpas_auth_debug_name(4), "?");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(H24_a_table_without_signature_is_unsigned_and_counted),
		cmocka_unit_test(H24_a_missing_signature_is_invalid_when_one_is_required),
		cmocka_unit_test(an_image_without_hash_segment_is_unsigned_with_nothing_checked),
		cmocka_unit_test(H10_a_flipped_bit_is_found_in_its_segment_and_in_no_other),
		cmocka_unit_test(H11_a_changed_header_is_found_in_entry_0),
		cmocka_unit_test(H11_a_changed_gap_is_a_remark_that_changes_no_verdict),
		cmocka_unit_test(H12_a_digest_for_the_hash_segment_itself_is_malformed),
		cmocka_unit_test(E32_H12_a_second_hash_header_has_a_zero_digest_as_well),
		cmocka_unit_test(H13_a_zero_digest_for_data_is_a_mismatch),
		cmocka_unit_test(H13_the_digest_of_nothing_is_for_page_mode_headers),
		cmocka_unit_test(H02_H14_what_is_not_handled_is_unsupported),
		cmocka_unit_test(
			a_table_of_the_wrong_length_is_malformed_before_anything_is_hashed),
		cmocka_unit_test(H23_a_one_shot_entry_is_checked_over_all_loaded_data),
		cmocka_unit_test(digests_only_lists_signatures_as_not_checked),
		cmocka_unit_test(A03_wrong_parameters_are_refused),
		cmocka_unit_test(any_number_of_threads_gives_the_same_report),
		cmocka_unit_test(many_problems_are_all_listed_in_header_order),
		cmocka_unit_test(getters_check_what_they_are_given),
		cmocka_unit_test(names_are_total),
	};

	return cmocka_run_group_tests_name("auth_digests", tests, NULL, NULL);
}
