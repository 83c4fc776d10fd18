/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Every public image signed again: in its own version and slots, as what it says that it is. The
 * result verifies, says the same, loads the same data to the same places; what was not signed before
 * is signed in version 7.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "real_files.h"
#include "support/must.h"
#include "support/signing.h"

#define OEM 1u
#define QTI 2u

static struct {
	unsigned int images;
	unsigned int version[9];
	unsigned int twice;
	unsigned int plain;
	uint64_t bytes;
} seen;

/* What an image says, and by whom it is signed again. */
struct again {
	struct qpas_auth_summary summary;
	struct qpas_auth_identity identity[2]; /* OEM, QTI; known 0: it says nothing */
	bool filled[2];
	struct qpas_signer *own[2]; /* made for this image */
	const struct qpas_signer *signer[2];
};

static void read_facts(const struct real_file *file, const struct qpas_image *image,
		       struct again *again)
{
	static const struct qpas_auth_identity nobody = QPAS_AUTH_IDENTITY_INIT;
	static const struct qpas_auth_summary fresh = QPAS_AUTH_SUMMARY_INIT;
	struct qpas_auth_signature signature = QPAS_AUTH_SIGNATURE_INIT;
	struct qpas_auth_report *report = NULL;

	memset(again, 0, sizeof(*again));
	again->summary = fresh;
	if (qpas_auth_verify(image, NULL, &report, NULL))
		fail_msg("%s: not judged", file->path);
	assert_int_equal(qpas_auth_report_describe(report, &again->summary, NULL), 0);
	for (uint32_t i = 0; i < again->summary.signatures; i++) {
		assert_int_equal(qpas_auth_report_signature(report, i, &signature, NULL), 0);
		again->filled[signature.signer - 1] = true;
	}
	for (uint32_t i = 0; i < 2; i++) {
		again->identity[i] = nobody;
		if (qpas_auth_report_identity(report, i + 1, &again->identity[i], NULL))
			again->identity[i] = nobody;
	}
	qpas_auth_report_free(report);
}

/* A leaf that says what the old one said, under a root of the tests. */
static struct qpas_signer *make_signer(const struct real_file *file,
				       const struct qpas_auth_identity *identity)
{
	struct qpas_keys_params params = QPAS_KEYS_PARAMS_INIT;
	struct qpas_error err = QPAS_ERROR_INIT;
	struct qpas_signer *signer = NULL;
	struct qpas_keys *keys = NULL;

	params.type = QPAS_KEY_RSA2048;
	params.leaf = identity;
	params.ca_key = test_sign_pem(test_sign_keys(TEST_SIGN_PSS), QPAS_KEYS_ROOT_KEY);
	params.ca_chain = test_sign_pem(test_sign_keys(TEST_SIGN_PSS), QPAS_KEYS_ROOT);
	if (qpas_keys_new(&params, NULL, &keys, &err) ||
	    qpas_signer_new(test_sign_pem(keys, QPAS_KEYS_LEAF_KEY),
			    test_sign_pem(keys, QPAS_KEYS_CHAIN), NULL, &signer, &err))
		fail_msg("%s: %s", file->path, err.text);
	qpas_keys_free(keys);
	return signer;
}

static void choose_signers(const struct real_file *file, struct again *again,
			   struct qpas_sign_params *params)
{
	static const enum test_signer newer[2] = {TEST_SIGN_EC, TEST_SIGN_EC_QTI};

	if (!again->filled[0] && !again->filled[1])
		again->filled[0] = true;
	for (uint32_t i = 0; i < 2; i++) {
		if (!again->filled[i])
			continue;
		if (params->mbn_version < 6)
			again->own[i] = make_signer(file, &again->identity[i]);
		again->signer[i] = again->own[i] ? again->own[i] : test_sign_signer(newer[i]);
	}
	params->oem = again->signer[0];
	params->qti = again->signer[1];
	params->oem_identity = again->identity[0].known ? &again->identity[0] : NULL;
	params->qti_identity = again->identity[1].known ? &again->identity[1] : NULL;
}

static bool was_dropped(const struct qpas_segment *segment)
{
	bool placeholder = segment->index == 0 && segment->p_type != 1 &&
			   (segment->p_flags >> 24 & 7) == 7;

	return placeholder || (segment->flags & QPAS_SEGMENT_HASH);
}

/* All headers but the two of a signature, in their order, with their data. */
static void expect_same_data(const struct real_file *file, const struct qpas_image *before,
			     const struct qpas_image *after, const struct qpas_image_info *info)
{
	uint32_t to = 0;

	for (uint32_t from = 0; from < info->segments; from++) {
		struct qpas_segment old = QPAS_SEGMENT_INIT;
		struct qpas_segment new = QPAS_SEGMENT_INIT;
		struct qpas_slice was, is;

		assert_int_equal(qpas_image_segment(before, from, &old, NULL), 0);
		if (was_dropped(&old))
			continue;
		do {
			assert_int_equal(qpas_image_segment(after, to++, &new, NULL), 0);
		} while (was_dropped(&new));
		if (old.p_type != new.p_type || old.p_flags != new.p_flags ||
		    old.p_paddr != new.p_paddr || old.p_vaddr != new.p_vaddr ||
		    old.p_filesz != new.p_filesz || old.p_memsz != new.p_memsz)
			fail_msg("%s: header %u changed", file->path, (unsigned int)from);
		assert_int_equal(qpas_image_segment_data(before, from, &was, NULL), 0);
		assert_int_equal(qpas_image_segment_data(after, to - 1, &is, NULL), 0);
		if (was.len != is.len || (was.len && memcmp(was.ptr, is.ptr, was.len) != 0))
			fail_msg("%s: data of header %u changed", file->path, (unsigned int)from);
	}
}

static void expect_same_facts(const struct real_file *file, const struct again *before,
			      const struct again *after, uint32_t version)
{
	if (after->summary.verdict != QPAS_AUTH_VALID || after->summary.mbn_version != version ||
	    after->summary.digests_matched != after->summary.digests_checked)
		fail_msg("%s: %s in version %u, %u of %u digests", file->path,
			 qpas_auth_verdict_name(after->summary.verdict),
			 (unsigned int)after->summary.mbn_version,
			 (unsigned int)after->summary.digests_matched,
			 (unsigned int)after->summary.digests_checked);
	for (uint32_t i = 0; i < 2; i++) {
		if (before->filled[i] != after->filled[i])
			fail_msg("%s: slot %u", file->path, (unsigned int)i);
		if (before->filled[i] && before->identity[i].known &&
		    memcmp(&before->identity[i], &after->identity[i],
			   sizeof(before->identity[i])) != 0)
			fail_msg("%s: what slot %u says changed", file->path, (unsigned int)i);
	}
}

static void compare(const struct real_file *file, const struct qpas_image *image,
		    const struct again *again, const struct test_output *output, uint32_t version)
{
	struct qpas_image_info before = QPAS_IMAGE_INFO_INIT;
	struct qpas_image_info after = QPAS_IMAGE_INFO_INIT;
	struct qpas_slice bytes = {output->bytes, output->size};
	struct qpas_error err = QPAS_ERROR_INIT;
	struct qpas_image *result = NULL;
	struct again now;

	if (qpas_image_open_memory(bytes, NULL, &result, &err))
		fail_msg("%s: %s", file->path, err.text);
	read_facts(file, result, &now);
	expect_same_facts(file, again, &now, version);
	assert_int_equal(qpas_image_describe(image, &before, NULL), 0);
	assert_int_equal(qpas_image_describe(result, &after, NULL), 0);
	if (before.load_min != after.load_min || before.load_size != after.load_size ||
	    before.entry != after.entry || (before.load_code == 0 && after.load_code))
		fail_msg("%s: another load plan", file->path);
	expect_same_data(file, image, result, &before);
	qpas_image_unref(result);
}

static void visit(const struct real_file *file, void *user)
{
	struct qpas_sign_params params = QPAS_SIGN_PARAMS_INIT;
	struct qpas_slice bytes = {file->bytes, file->size};
	struct qpas_error err = QPAS_ERROR_INIT;
	struct test_output output = {0};
	struct qpas_pack_target target = test_output_target(&output);
	struct qpas_image *image = NULL;
	struct again again;
	bool silent;

	(void)user;
	/* The parts of a split set are no image in memory; test_packs.c makes them one. */
	if (qpas_image_open_memory(bytes, NULL, &image, &err))
		return;
	read_facts(file, image, &again);
	params.mbn_version = again.summary.mbn_version;
	params.flags = QPAS_SIGN_AGAIN;
	params.digest = again.summary.digest;
	silent = !again.identity[0].known && !again.identity[1].known;
	if (silent) {
		again.identity[0] = test_sign_identity();
		params.mbn_version = 7;
		params.digest = 0;
		seen.plain++;
	}
	choose_signers(file, &again, &params);
	if (qpas_image_sign(image, &params, &target, &err))
		fail_msg("%s, v%u: %s", file->path, (unsigned int)params.mbn_version, err.text);
	/* There is nothing to compare it with. */
	if (silent)
		again.identity[0].known = 0;
	compare(file, image, &again, &output, params.mbn_version);
	seen.images++;
	seen.version[params.mbn_version]++;
	seen.twice += params.oem && params.qti;
	seen.bytes += file->size;
	test_output_free(&output);
	qpas_signer_free(again.own[0]);
	qpas_signer_free(again.own[1]);
	qpas_image_unref(image);
}

static void every_public_image_can_be_signed_again(void **state)
{
	size_t files = real_files_visit(visit, NULL);

	(void)state;
	print_message("%zu files: %u signed again (v3 %u, v5 %u, v6 %u, v7 %u, v8 %u; %u twice, %u "
		      "that nobody had signed), %llu MiB\n",
		      files, seen.images, seen.version[3], seen.version[5], seen.version[6],
		      seen.version[7], seen.version[8], seen.twice, seen.plain,
		      (unsigned long long)(seen.bytes >> 20));
	/* Shapes that the collection has; without them the test above would prove little. */
	assert_true(seen.images + 10 >= files);
	assert_true(seen.version[3] >= 10 && seen.version[5] >= 10 && seen.version[6] >= 50);
	assert_true(seen.version[7] >= 50 && seen.version[8] >= 5);
	assert_true(seen.twice >= 10);
}

static int tear_down(void **state)
{
	(void)state;
	test_sign_free();
	return 0;
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_public_image_can_be_signed_again),
	};

	return cmocka_run_group_tests_name("signing", tests, NULL, tear_down);
}
