/* SPDX-License-Identifier: BSD-3-Clause */
/* What cannot be signed, and by whom: each refusal of sign.h, before the target hears of anything. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "expect.h"
#include "support/signing.h"
#include "support/verdict.h"

static struct test_image plain;
static struct qpas_signer *silent; /* RSA-PSS, and its leaf has no identity */

static void refused(const char *row, int result, const struct qpas_error *err, int code,
		    uint32_t message)
{
	if (result != code || err->code != code || err->message_id != message || !err->text[0])
		fail_msg("%s: %d, message %u (%s), not %d, message %u", row, result,
			 (unsigned int)err->message_id, err->text, code, (unsigned int)message);
}

static void sign_refused(const char *row, const struct test_image *image,
			 const struct qpas_sign_params *params, int code, uint32_t message)
{
	struct qpas_slice bytes = {image->bytes, image->size};
	struct qpas_error err = QPAS_ERROR_INIT;
	struct test_output output = {0};
	int result = test_sign_bytes(bytes, NULL, params, &output, &err);

	refused(row, result, &err, code, message);
	expect_number(row, "calls of the target", output.calls, 0);
	test_output_free(&output);
}

static struct qpas_sign_params params_of(uint32_t version, enum test_signer oem,
					 const struct qpas_auth_identity *identity)
{
	struct qpas_sign_params params = QPAS_SIGN_PARAMS_INIT;

	params.mbn_version = version;
	params.oem = test_sign_signer(oem);
	params.oem_identity = identity;
	return params;
}

/* ---- images ---- */

static void versions_slots_and_digests_that_no_image_has_are_refused(void **state)
{
	static const struct {
		uint32_t version;
		enum test_signer oem;
		enum test_signer qti;
		uint32_t digest;
		int code;
		uint32_t message;
	} rows[] = {
		{0, TEST_SIGN_EC, TEST_SIGN_NOBODY, 0, QPAS_ERR_ARG, 574},
		{1, TEST_SIGN_EC, TEST_SIGN_NOBODY, 0, QPAS_ERR_ARG, 574},
		{2, TEST_SIGN_EC, TEST_SIGN_NOBODY, 0, QPAS_ERR_ARG, 574},
		{4, TEST_SIGN_PSS, TEST_SIGN_NOBODY, 0, QPAS_ERR_ARG, 574},
		{9, TEST_SIGN_EC, TEST_SIGN_NOBODY, 0, QPAS_ERR_ARG, 574},
		{UINT32_MAX, TEST_SIGN_EC, TEST_SIGN_NOBODY, 0, QPAS_ERR_ARG, 574},
		{7, TEST_SIGN_NOBODY, TEST_SIGN_NOBODY, 0, QPAS_ERR_ARG, 575},
		{3, TEST_SIGN_PSS, TEST_SIGN_PSS_QTI, 0, QPAS_ERR_UNSUPP, 576},
		{3, TEST_SIGN_NOBODY, TEST_SIGN_PSS_QTI, 0, QPAS_ERR_UNSUPP, 576},
		{8, TEST_SIGN_EC, TEST_SIGN_EC_QTI, 0, QPAS_ERR_UNSUPP, 576},
		{8, TEST_SIGN_NOBODY, TEST_SIGN_EC_QTI, 0, QPAS_ERR_UNSUPP, 576},
		{3, TEST_SIGN_LEGACY, TEST_SIGN_NOBODY, 384, QPAS_ERR_UNSUPP, 577},
		{5, TEST_SIGN_PSS, TEST_SIGN_NOBODY, 384, QPAS_ERR_UNSUPP, 577},
		{6, TEST_SIGN_EC, TEST_SIGN_NOBODY, 1, QPAS_ERR_UNSUPP, 577},
		{7, TEST_SIGN_EC, TEST_SIGN_NOBODY, 512, QPAS_ERR_UNSUPP, 577},
		{3, TEST_SIGN_EC, TEST_SIGN_NOBODY, 0, QPAS_ERR_UNSUPP, 550},
		{5, TEST_SIGN_EC, TEST_SIGN_NOBODY, 0, QPAS_ERR_UNSUPP, 550},
		{5, TEST_SIGN_PSS, TEST_SIGN_EC_QTI, 0, QPAS_ERR_UNSUPP, 550},
		{5, TEST_SIGN_LEGACY, TEST_SIGN_NOBODY, 0, QPAS_ERR_UNSUPP, 550},
		{6, TEST_SIGN_LEGACY, TEST_SIGN_NOBODY, 0, QPAS_ERR_UNSUPP, 550},
		{6, TEST_SIGN_EC, TEST_SIGN_LEGACY, 0, QPAS_ERR_UNSUPP, 550},
		{7, TEST_SIGN_PSS, TEST_SIGN_NOBODY, 0, QPAS_ERR_UNSUPP, 550},
		{7, TEST_SIGN_EC, TEST_SIGN_PSS_QTI, 0, QPAS_ERR_UNSUPP, 550},
		{7, TEST_SIGN_LEGACY, TEST_SIGN_NOBODY, 0, QPAS_ERR_UNSUPP, 550},
		{8, TEST_SIGN_PSS, TEST_SIGN_NOBODY, 0, QPAS_ERR_UNSUPP, 550},
		{8, TEST_SIGN_LEGACY, TEST_SIGN_NOBODY, 0, QPAS_ERR_UNSUPP, 550},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct qpas_auth_identity identity = test_sign_identity();
		struct qpas_sign_params params = params_of(rows[i].version, rows[i].oem, &identity);
		char row[64];

		params.qti = test_sign_signer(rows[i].qti);
		params.digest = rows[i].digest;
		(void)snprintf(row, sizeof(row), "row %zu, v%u", i, (unsigned int)rows[i].version);
		sign_refused(row, &plain, &params, rows[i].code, rows[i].message);
	}
}

static void an_image_with_a_hash_segment_is_only_signed_again_on_purpose(void **state)
{
	struct qpas_auth_identity identity = test_sign_identity();
	struct qpas_sign_params params = params_of(7, TEST_SIGN_EC, &identity);
	struct test_image image;
	struct test_image to;

	(void)state;
	test_image_build(&image, NULL);
	sign_refused("present", &image, &params, QPAS_ERR_POLICY, 578);
	params.flags = QPAS_SIGN_AGAIN;
	test_sign_image(&image, &params, 0, &to);
	test_verify_expect(&to, 0, "again", QPAS_AUTH_VALID, 0);
	test_image_free(&to);
	test_image_free(&image);
	/* nothing to replace: the flag asks for nothing then */
	test_sign_image(&plain, &params, 0, &to);
	test_image_free(&to);
}

/* ---- identities ---- */

static void identities_that_metadata_cannot_say_are_refused(void **state)
{
	static const struct {
		const char *name;
		uint64_t known;
		uint64_t bound;
		uint32_t least; /* versions */
		uint32_t most;
		uint32_t message;
		uint64_t hw_id;
		uint64_t flags;
		uint32_t soc_count;
		uint32_t serial_count;
		uint64_t serial;
		uint32_t debug;
	} rows[] = {
		{"no SW_ID", QPAS_AUTH_HAS_OEM_ID, 0, 6, 8, 581, 0, 0, 0, 0, 0, 0},
		{"wide HW_ID", QPAS_AUTH_HAS_SW_ID | QPAS_AUTH_HAS_HW_ID, 0, 6, 8, 582,
		 UINT64_C(1) << 32, 0, 0, 0, 0, 0},
		{"wide flags", QPAS_AUTH_HAS_SW_ID | QPAS_AUTH_HAS_FLAGS, 0, 6, 8, 582, 0,
		 UINT64_C(1) << 32, 0, 0, 0, 0},
		{"13 SoC versions", QPAS_AUTH_HAS_SW_ID | QPAS_AUTH_HAS_SOC_VERSIONS, 0, 6, 8, 582,
		 0, 0, 13, 0, 0, 0},
		{"many SoC versions", QPAS_AUTH_HAS_SW_ID | QPAS_AUTH_HAS_SOC_VERSIONS, 0, 6, 8,
		 582, 0, 0, UINT32_MAX, 0, 0, 0},
		{"9 serial numbers", QPAS_AUTH_HAS_SW_ID | QPAS_AUTH_HAS_SERIALS, 0, 6, 8, 582, 0,
		 0, 0, 9, 0, 0},
		{"wide serial number", QPAS_AUTH_HAS_SW_ID | QPAS_AUTH_HAS_SERIALS, 0, 6, 6, 582, 0,
		 0, 0, 1, UINT64_C(1) << 32, 0},
		{"feature id", QPAS_AUTH_HAS_SW_ID | QPAS_AUTH_HAS_FEATURE_ID, 0, 6, 6, 582, 0, 0,
		 0, 0, 0, 0},
		{"other debugging", QPAS_AUTH_HAS_SW_ID | QPAS_AUTH_HAS_DEBUG, 0, 6, 8, 582, 0, 0,
		 0, 0, 0, QPAS_AUTH_DEBUG_OTHER},
		{"bound SoC", QPAS_AUTH_HAS_SW_ID, QPAS_AUTH_BIND_SOC, 6, 8, 582, 0, 0, 0, 0, 0, 0},
		{"bound HW_ID", QPAS_AUTH_HAS_SW_ID, QPAS_AUTH_BIND_HW_ID, 6, 8, 582, 0, 0, 0, 0, 0,
		 0},
		{"bound serial", QPAS_AUTH_HAS_SW_ID, QPAS_AUTH_BIND_SERIAL, 6, 8, 582, 0, 0, 0, 0,
		 0, 0},
		{"bound OEM_ID", QPAS_AUTH_HAS_SW_ID, QPAS_AUTH_BIND_OEM_ID, 6, 8, 582, 0, 0, 0, 0,
		 0, 0},
		{"bound MODEL_ID", QPAS_AUTH_HAS_SW_ID, QPAS_AUTH_BIND_MODEL_ID, 6, 8, 582, 0, 0, 0,
		 0, 0, 0},
		{"bound feature", QPAS_AUTH_HAS_SW_ID, QPAS_AUTH_BIND_FEATURE, 6, 8, 582, 0, 0, 0,
		 0, 0, 0},
		{"SoC lifecycle", QPAS_AUTH_HAS_SW_ID, QPAS_AUTH_BIND_SOC_LIFECYCLE, 6, 8, 582, 0,
		 0, 0, 0, 0, 0},
		{"OEM lifecycle", QPAS_AUTH_HAS_SW_ID, QPAS_AUTH_BIND_OEM_LIFECYCLE, 6, 8, 582, 0,
		 0, 0, 0, 0, 0},
		{"root hash", QPAS_AUTH_HAS_SW_ID, QPAS_AUTH_BIND_ROOT_HASH, 6, 8, 582, 0, 0, 0, 0,
		 0, 0},
		{"bound debugging", QPAS_AUTH_HAS_SW_ID, QPAS_AUTH_BIND_DEBUG, 6, 8, 582, 0, 0, 0,
		 0, 0, 0},
		{"unknown binding", QPAS_AUTH_HAS_SW_ID, UINT64_C(1) << 11, 6, 8, 582, 0, 0, 0, 0,
		 0, 0},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct qpas_auth_identity identity = QPAS_AUTH_IDENTITY_INIT;

		identity.known = rows[i].known;
		identity.bound = rows[i].bound;
		identity.hw_id = rows[i].hw_id;
		identity.flags = rows[i].flags;
		identity.soc_count = rows[i].soc_count;
		identity.serial_count = rows[i].serial_count;
		identity.serials[0] = rows[i].serial;
		identity.debug = rows[i].debug;
		for (uint32_t version = rows[i].least; version <= rows[i].most; version++) {
			struct qpas_sign_params params =
				params_of(version, TEST_SIGN_EC, &identity);

			sign_refused(rows[i].name, &plain, &params, QPAS_ERR_ARG, rows[i].message);
		}
	}
}

static void an_image_needs_an_identity_from_version_6_on(void **state)
{
	(void)state;
	for (uint32_t version = 6; version <= 8; version++) {
		struct qpas_sign_params params = params_of(version, TEST_SIGN_EC, NULL);

		sign_refused("no identity", &plain, &params, QPAS_ERR_ARG, 581);
	}
}

/* The common metadata have one SW_ID; v6 has one for each signer. */
static void two_signers_of_v7_agree_about_the_sw_id(void **state)
{
	struct qpas_auth_identity oem = test_sign_identity();
	struct qpas_auth_identity qti = test_sign_identity();
	struct qpas_sign_params params = params_of(7, TEST_SIGN_EC, &oem);
	struct test_image to;

	(void)state;
	params.qti = test_sign_signer(TEST_SIGN_EC_QTI);
	params.qti_identity = &qti;
	qti.sw_id = 5;
	sign_refused("SW_ID", &plain, &params, QPAS_ERR_ARG, 582);
	qti.sw_id = 4;
	qti.known |= QPAS_AUTH_HAS_SECONDARY_SW_ID;
	qti.secondary_sw_id = 1;
	sign_refused("secondary", &plain, &params, QPAS_ERR_ARG, 582);
	qti.known &= ~QPAS_AUTH_HAS_SECONDARY_SW_ID;
	test_sign_image(&plain, &params, 0, &to);
	test_image_free(&to);
	qti.sw_id = 5;
	params.mbn_version = 6;
	test_sign_image(&plain, &params, 0, &to);
	test_image_free(&to);
}

static void contradict(struct qpas_auth_identity *identity, size_t row)
{
	static const uint64_t more[] = {QPAS_AUTH_HAS_SECONDARY_SW_ID, QPAS_AUTH_HAS_SERIALS,
					QPAS_AUTH_HAS_ROOT_INDEX, QPAS_AUTH_HAS_FEATURE_ID};

	switch (row) {
	case 0:
		identity->sw_id ^= 1;
		break;
	case 1:
		identity->oem_id ^= 1;
		break;
	case 2:
		identity->model_id ^= 1;
		break;
	case 3:
		identity->anti_rollback ^= 1;
		break;
	case 4:
		identity->known |= QPAS_AUTH_HAS_HW_ID;
		break;
	case 5:
		identity->known |= QPAS_AUTH_HAS_DEBUG;
		break;
	case 6:
		identity->known |= QPAS_AUTH_HAS_SOC_VERSIONS;
		identity->soc_count = 13;
		break;
	case 7:
		identity->bound |= QPAS_AUTH_BIND_SOC;
		break;
	default:
		identity->known |= more[row - 8];
		break;
	}
}

static void a_leaf_that_says_something_else_is_refused(void **state)
{
	static const struct {
		uint32_t version;
		enum test_signer who;
	} rows[] = {{3, TEST_SIGN_LEGACY}, {3, TEST_SIGN_PSS}, {5, TEST_SIGN_PSS}};

	(void)state;
	for (size_t i = 0; i < 12 * 3; i++) {
		struct qpas_auth_identity identity = test_sign_identity();
		struct qpas_sign_params params =
			params_of(rows[i % 3].version, rows[i % 3].who, &identity);
		char row[32];

		(void)snprintf(row, sizeof(row), "leaf, row %zu", i);
		contradict(&identity, i / 3);
		sign_refused(row, &plain, &params, QPAS_ERR_MISMATCH, 583);
	}
}

/* For v6 such a leaf will do: the image itself says what it is. */
static void a_leaf_that_says_nothing_signs_no_old_image(void **state)
{
	struct qpas_auth_identity identity = test_sign_identity();

	(void)state;
	for (uint32_t version = 3; version <= 6; version++) {
		struct qpas_sign_params params = params_of(version, TEST_SIGN_NOBODY, NULL);
		struct test_image to;

		if (version == 4)
			continue;
		params.oem = silent;
		params.oem_identity = version == 6 ? &identity : NULL;
		if (version < 6) {
			sign_refused("silent", &plain, &params, QPAS_ERR_MISMATCH, 1450);
			continue;
		}
		test_sign_image(&plain, &params, 0, &to);
		test_verify_expect(&to, 0, "silent", QPAS_AUTH_VALID, 0);
		test_image_free(&to);
	}
}

/* ---- limits ---- */

/* 128 headers are the limit of the library's own; 2 of them are added. */
static void the_last_program_header_below_the_limit_fits(void **state)
{
	static struct test_segment many[127];

	(void)state;
	for (size_t i = 0; i < 127; i++) {
		many[i].type = TEST_PT_LOAD;
		many[i].paddr = 0x80000000 + 0x1000 * i;
		many[i].filesz = 16;
		many[i].memsz = 16;
	}
	for (size_t count = 126; count <= 127; count++) {
		struct qpas_auth_identity identity = test_sign_identity();
		struct qpas_sign_params params = params_of(8, TEST_SIGN_EC, &identity);
		struct test_image_spec spec = TEST_IMAGE_SPEC_INIT;
		struct test_image image;
		struct test_image to;

		spec.mbn_version = 0;
		spec.segments = many;
		spec.segment_count = count;
		test_image_build(&image, &spec);
		if (count == 127) {
			sign_refused("127", &image, &params, QPAS_ERR_LIMIT, 579);
		} else {
			test_sign_image(&image, &params, 0, &to);
			test_verify_expect(&to, 0, "126", QPAS_AUTH_VALID, 0);
			test_image_free(&to);
		}
		test_image_free(&image);
	}
}

/* One byte less than the result has, and the result itself. */
static void the_limit_of_files_holds_for_the_result(void **state)
{
	static const uint32_t versions[] = {5, 8};

	(void)state;
	for (size_t i = 0; i < 2; i++) {
		struct qpas_auth_identity identity = test_sign_identity();
		struct qpas_sign_params params = params_of(
			versions[i], versions[i] == 5 ? TEST_SIGN_PSS : TEST_SIGN_EC, &identity);
		struct qpas_limits limits = QPAS_LIMITS_INIT;
		struct qpas_params own = QPAS_PARAMS_INIT;
		struct qpas_slice bytes = {plain.bytes, plain.size};
		struct qpas_error err = QPAS_ERROR_INIT;
		struct test_output output = {0};
		struct test_image to;

		test_sign_image(&plain, &params, 0, &to);
		own.limits = &limits;
		limits.file_bytes = to.size - 1;
		refused("size", test_sign_bytes(bytes, &own, &params, &output, &err), &err,
			QPAS_ERR_LIMIT, 580);
		assert_int_equal(output.calls, 0);
		limits.file_bytes = to.size;
		expect_code("size", test_sign_bytes(bytes, &own, &params, &output, &err), 0);
		expect_number("size", "bytes", output.size, to.size);
		test_output_free(&output);
		test_image_free(&to);
	}
}

static void parts_that_contradict_each_other_are_not_signed(void **state)
{
	static const struct test_segment overlapping[] = {
		{TEST_PT_LOAD, 5, 0, 0x80000000, 0x1800, 0x2000, NULL, 0x8000},
		{TEST_PT_NOTE, 4, 0, 0, 0x20, 0x20, NULL, 0x8100},
	};
	static const uint8_t other[0x20] = {1};
	struct qpas_auth_identity identity = test_sign_identity();
	struct qpas_sign_params params = params_of(7, TEST_SIGN_EC, &identity);
	struct test_output output = {0};
	struct qpas_pack_target target = test_output_target(&output);
	struct test_image_spec spec = TEST_IMAGE_SPEC_INIT;
	struct qpas_error err = QPAS_ERROR_INIT;
	struct qpas_image *opened = NULL;
	struct test_image image;
	char path[64];
	int fd = test_folder_new(path);

	(void)state;
	spec.segments = overlapping;
	spec.segment_count = 2;
	test_image_build(&image, &spec);
	test_image_write_split(&image, fd, "x");
	test_file_write(fd, "x.b03", other, sizeof(other));
	params.flags = QPAS_SIGN_AGAIN;
	assert_int_equal(qpas_image_open(fd, "x.mdt", NULL, &opened, NULL), 0);
	refused("split", qpas_image_sign(opened, &params, &target, &err), &err, QPAS_ERR_FORMAT,
		428);
	assert_int_equal(output.calls, 0);
	qpas_image_unref(opened);
	test_image_free(&image);
	test_folder_remove(path, fd);
}

/* ---- arguments: rows A01 to A04 of the list of hostile inputs ---- */

static void A01_A04_wrong_arguments_of_signing_are_refused(void **state)
{
	struct qpas_auth_identity identity = test_sign_identity();
	struct qpas_sign_params good = params_of(7, TEST_SIGN_EC, &identity);
	struct qpas_slice bytes = {plain.bytes, plain.size};
	struct test_output output = {0};
	struct qpas_pack_target target = test_output_target(&output);
	struct qpas_image *image = NULL;
	struct qpas_sign_params params;

	(void)state;
	assert_int_equal(qpas_image_open_memory(bytes, NULL, &image, NULL), 0);
	expect_code("image", qpas_image_sign(NULL, &good, &target, NULL), QPAS_ERR_ARG);
	expect_code("sign", qpas_image_sign(image, NULL, &target, NULL), QPAS_ERR_ARG);
	expect_code("target", qpas_image_sign(image, &good, NULL, NULL), QPAS_ERR_ARG);
	for (unsigned int bit = 0; bit < 64; bit++) {
		params = good;
		params.flags = UINT64_C(1) << bit;
		expect_code("flags", qpas_image_sign(image, &params, &target, NULL),
			    bit < 2 ? 0 : QPAS_ERR_ARG);
		test_output_free(&output);
	}
	for (unsigned int bit = 1; bit < 32; bit++) {
		target.flags = UINT32_C(1) << bit;
		expect_code("flags", qpas_image_sign(image, &good, &target, NULL), QPAS_ERR_ARG);
	}
	target = test_output_target(&output);
	target.file = NULL;
	expect_code("file", qpas_image_sign(image, &good, &target, NULL), QPAS_ERR_ARG);
	target = test_output_target(&output);
	target.write = NULL;
	expect_code("write", qpas_image_sign(image, &good, &target, NULL), QPAS_ERR_ARG);
	target = test_output_target(&output);
	for (unsigned int i = 0; i < 3; i++) {
		static const uint32_t sizes[] = {0, 8, 5000};

		params = good;
		params.size = sizes[i];
		expect_code("size", qpas_image_sign(image, &params, &target, NULL), QPAS_ERR_ABI);
		params = good;
		identity.size = sizes[i];
		expect_code("size", qpas_image_sign(image, &params, &target, NULL), QPAS_ERR_ABI);
		params.qti_identity = &identity;
		params.oem_identity = NULL;
		expect_code("size", qpas_image_sign(image, &params, &target, NULL), QPAS_ERR_ABI);
		identity = test_sign_identity();
		target.size = sizes[i];
		expect_code("size", qpas_image_sign(image, &good, &target, NULL), QPAS_ERR_ABI);
		target = test_output_target(&output);
	}
	assert_int_equal(output.calls, 0);
	qpas_image_unref(image);
}

static void a_target_that_fails_ends_the_work_with_its_code(void **state)
{
	struct qpas_auth_identity identity = test_sign_identity();
	struct qpas_sign_params params = params_of(7, TEST_SIGN_EC, &identity);
	struct qpas_slice bytes = {plain.bytes, plain.size};

	(void)state;
	for (unsigned int i = 0; i < 4; i++) {
		struct test_output output = {0};
		struct qpas_error err = QPAS_ERROR_INIT;

		output.fail_at = i / 2 + 1;
		output.result = QPAS_ERR_IO;
		output.says_why = i % 2;
		refused("target", test_sign_bytes(bytes, NULL, &params, &output, &err), &err,
			QPAS_ERR_IO, i % 2 ? 0 : 425);
		assert_int_equal(output.calls, i / 2 + 1);
		test_output_free(&output);
	}
}

static int set_up(void **state)
{
	struct qpas_keys_params params = QPAS_KEYS_PARAMS_INIT;
	struct test_image_spec spec = TEST_IMAGE_SPEC_INIT;
	struct qpas_keys *keys = NULL;

	(void)state;
	spec.mbn_version = 0;
	test_image_build(&plain, &spec);
	params.type = QPAS_KEY_RSA2048;
	assert_int_equal(qpas_keys_new(&params, NULL, &keys, NULL), 0);
	assert_int_equal(qpas_signer_new(test_sign_pem(keys, QPAS_KEYS_LEAF_KEY),
					 test_sign_pem(keys, QPAS_KEYS_CHAIN), NULL, &silent, NULL),
			 0);
	qpas_keys_free(keys);
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	test_image_free(&plain);
	qpas_signer_free(silent);
	test_sign_free();
	return 0;
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(versions_slots_and_digests_that_no_image_has_are_refused),
		cmocka_unit_test(an_image_with_a_hash_segment_is_only_signed_again_on_purpose),
		cmocka_unit_test(identities_that_metadata_cannot_say_are_refused),
		cmocka_unit_test(an_image_needs_an_identity_from_version_6_on),
		cmocka_unit_test(two_signers_of_v7_agree_about_the_sw_id),
		cmocka_unit_test(a_leaf_that_says_something_else_is_refused),
		cmocka_unit_test(a_leaf_that_says_nothing_signs_no_old_image),
		cmocka_unit_test(the_last_program_header_below_the_limit_fits),
		cmocka_unit_test(the_limit_of_files_holds_for_the_result),
		cmocka_unit_test(parts_that_contradict_each_other_are_not_signed),
		cmocka_unit_test(A01_A04_wrong_arguments_of_signing_are_refused),
		cmocka_unit_test(a_target_that_fails_ends_the_work_with_its_code),
	};

	return cmocka_run_group_tests_name("sign_refusals", tests, set_up, tear_down);
}
