/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Every signature and chain of every public image, nested images included, against the library and
 * against OpenSSL's own verifiers; then one changed byte in every part of one image per kind.
 * Properties, not lists of files: packages move on.
 */
#define _GNU_SOURCE
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <openssl/err.h>

#include <qpas/auth.h>
#include <qpas/image.h>

#include "coverage.h"
#include "finding.h"
#include "real_files.h"
#include "second_opinion.h"
#include "support/must.h"

#define ROWS 32

/* Behind each image that is kept: bytes of a file that no header claims. */
#define TAIL 16

/* A line of the table. The first image of each kind (the smallest) is kept for the flips. */
static struct kind {
	uint32_t version;
	const char *algorithm;
	uint32_t digest;
	uint32_t signers; /* enum qpas_auth_signer, or both */
	unsigned int images;
	unsigned int oem;
	unsigned int qti;
	unsigned int nested;
	uint8_t *bytes;
	size_t size;
} kinds[ROWS];

static size_t kind_count;

static struct {
	unsigned int signatures;
	unsigned int nested;
	unsigned int wrong;
	unsigned int disputed;
	unsigned int changed_headers;
	unsigned int oem_chains;
	unsigned int oem_test_roots;
	unsigned int unknown_ids;
} seen;

static const char *const signer_names[] = {"none", "OEM", "QTI", "OEM+QTI"};

static struct kind *kind_of(const struct finding *finding)
{
	const char *algorithm = finding->signature[0].algorithm;
	uint32_t signers = finding->signature[0].signer | finding->signature[1].signer;
	struct kind fresh = {0};

	if (!algorithm)
		algorithm = "none";
	for (size_t i = 0; i < kind_count; i++) {
		if (kinds[i].version == finding->summary.mbn_version &&
		    kinds[i].digest == finding->summary.digest && kinds[i].signers == signers &&
		    strcmp(kinds[i].algorithm, algorithm) == 0)
			return &kinds[i];
	}
	test_must(kind_count < ROWS, "too many kinds");
	fresh.version = finding->summary.mbn_version;
	fresh.digest = finding->summary.digest;
	fresh.signers = signers;
	fresh.algorithm = algorithm;
	kinds[kind_count] = fresh;
	return &kinds[kind_count++];
}

static void count_signature(const struct finding *finding, const struct qpas_auth_signature *facts,
			    struct kind *kind, const char *path)
{
	bool valid = facts->valid == QPAS_AUTH_YES && facts->chain_valid == QPAS_AUTH_YES;

	seen.signatures++;
	kind->oem += facts->signer == QPAS_AUTH_SIGNER_OEM;
	kind->qti += facts->signer == QPAS_AUTH_SIGNER_QTI;
	if (!valid) {
		print_message("%s: %s signature %u, chain %u: %s\n", path,
			      qpas_auth_signer_name(facts->signer), (unsigned int)facts->valid,
			      (unsigned int)facts->chain_valid,
			      finding->summary.problems ? finding->problem.text : "");
		seen.wrong++;
	} else if (!second_chain(finding->segment, facts) ||
		   !second_signature(finding->segment, facts)) {
		print_message("%s: OpenSSL disagrees about the %s slot\n", path,
			      qpas_auth_signer_name(facts->signer));
		seen.disputed++;
	}
	ERR_clear_error();
	if (facts->signer != QPAS_AUTH_SIGNER_OEM)
		return;
	seen.oem_chains++;
	seen.oem_test_roots += facts->test_root == QPAS_AUTH_YES;
}

/* One nested image of the public collection had its ELF header changed after it was signed. */
static bool is_changed_header(const struct finding *finding)
{
	return finding->summary.problems == 1 && finding->problem.message_id == 520;
}

static void count_image(const struct finding *finding, const char *path, bool nested,
			const struct real_file *file)
{
	struct kind *kind = kind_of(finding);

	kind->images++;
	kind->nested += nested;
	seen.nested += nested && finding->summary.signatures;
	for (uint32_t i = 0; i < finding->summary.signatures; i++)
		count_signature(finding, &finding->signature[i], kind, path);
	if (finding->summary.has_sw_id &&
	    strcmp(qpas_auth_sw_id_text(finding->summary.sw_id), "?") == 0) {
		print_message("%s: SW_ID 0x%x has no name\n", path,
			      (unsigned int)finding->summary.sw_id);
		seen.unknown_ids++;
	}
	if (nested && is_changed_header(finding)) {
		seen.changed_headers++;
	} else if (finding->summary.verdict == QPAS_AUTH_INVALID ||
		   finding->summary.verdict == QPAS_AUTH_MALFORMED) {
		print_message("%s: %s: %s\n", path,
			      qpas_auth_verdict_name(finding->summary.verdict),
			      finding->problem.text);
		seen.wrong++;
	}
	if (nested || finding->split || finding->summary.verdict != QPAS_AUTH_VALID ||
	    (kind->bytes && kind->size <= file->size))
		return;
	free(kind->bytes);
	kind->bytes = calloc(1, file->size + TAIL);
	test_must(kind->bytes != NULL, "memory");
	memcpy(kind->bytes, file->bytes, file->size);
	kind->size = file->size;
}

static void visit_nested(const struct real_file *file)
{
	const uint8_t *at = file->bytes + 1;
	const uint8_t *end = file->bytes + file->size;

	while ((at = memmem(at, (size_t)(end - at), "\177ELF", 4)) != NULL) {
		struct finding finding;
		char name[4200];

		(void)snprintf(name, sizeof(name), "%s@0x%zx", file->path,
			       (size_t)(at - file->bytes));
		if (find_in_memory(at, (size_t)(end - at), &finding, NULL)) {
			if (finding.summary.signatures)
				count_image(&finding, name, true, file);
			close_finding(&finding);
		}
		at++;
	}
}

static void visit(const struct real_file *file, void *user)
{
	struct finding finding;

	(void)user;
	find_in_file(file->path, &finding);
	count_image(&finding, file->path, false, file);
	close_finding(&finding);
	visit_nested(file);
}

static int compare_kinds(const void *a, const void *b)
{
	const struct kind *one = a;
	const struct kind *two = b;
	int scheme = strcmp(one->algorithm, two->algorithm);

	if (one->version != two->version)
		return one->version < two->version ? -1 : 1;
	if (scheme)
		return scheme;
	if (one->digest != two->digest)
		return one->digest < two->digest ? -1 : 1;
	return one->signers < two->signers ? -1 : one->signers > two->signers;
}

static void print_table(void)
{
	qsort(kinds, kind_count, sizeof(kinds[0]), compare_kinds);
	print_message(
		"version  digest  scheme               signers  images  (nested)  OEM  QTI\n");
	for (size_t i = 0; i < kind_count; i++)
		print_message("%-7u  %-6u  %-19s  %-7s  %-6u  %-8u  %-3u  %u\n", kinds[i].version,
			      kinds[i].digest, kinds[i].algorithm, signer_names[kinds[i].signers],
			      kinds[i].images, kinds[i].nested, kinds[i].oem, kinds[i].qti);
}

static bool has_kind(uint32_t version, const char *algorithm)
{
	for (size_t i = 0; i < kind_count; i++) {
		if (kinds[i].version == version && strcmp(kinds[i].algorithm, algorithm) == 0)
			return true;
	}
	return false;
}

static void every_signature_and_chain_of_every_public_image_is_valid(void **state)
{
	size_t files = real_files_visit(visit, NULL);

	(void)state;
	print_table();
	print_message(
		"%zu ELF files, %u signatures (%u signed images nested in others), %u wrong, %u "
		"disputed by OpenSSL; %u of %u OEM chains end in test roots\n",
		files, seen.signatures, seen.nested, seen.wrong, seen.disputed, seen.oem_test_roots,
		seen.oem_chains);
	assert_int_equal(seen.wrong, 0);
	assert_int_equal(seen.disputed, 0);
	assert_true(seen.unknown_ids < seen.signatures / 20);
	assert_in_range(seen.changed_headers, 0, 1);
	assert_true(seen.signatures > 150);
	assert_true(seen.oem_test_roots > 0 && seen.oem_test_roots < seen.oem_chains);
	assert_true(has_kind(3, "rsa-pkcs1-v15-mbn3"));
	assert_true(has_kind(3, "rsa-pss-sha256"));
	assert_true(has_kind(5, "rsa-pss-sha256"));
	assert_true(has_kind(6, "rsa-pss-sha256"));
	assert_true(has_kind(6, "ecdsa-p384-sha384"));
	assert_true(has_kind(7, "ecdsa-p384-sha384"));
	assert_true(has_kind(8, "ecdsa-p384-sha384"));
}

/* ---- changed bytes ---- */

/* Bytes that are changed in each part of an image: all of a small part where somebody has the time. */
static unsigned int changes_of_a_part(void)
{
	const char *text = getenv("QPAS_CORPUS_CHANGES");
	long number = text ? strtol(text, NULL, 10) : 3;

	test_must(number > 0 && number < 100000, "QPAS_CORPUS_CHANGES");
	return (unsigned int)number;
}

static void a_changed_byte_is_named_by_its_part_in_one_image_of_each_kind(void **state)
{
	struct coverage total = {0, 0};
	unsigned int images = 0;

	(void)state;
	for (size_t i = 0; i < kind_count; i++) {
		struct kind *kind = &kinds[i];

		if (!kind->bytes)
			continue;
		print_message("version %u, %s, SHA-%u table, %s: %zu bytes and %d behind them\n",
			      kind->version, kind->algorithm, kind->digest,
			      signer_names[kind->signers], kind->size, TAIL);
		coverage_measure(kind->bytes, kind->size + TAIL, changes_of_a_part(), &total);
		free(kind->bytes);
		kind->bytes = NULL;
		images++;
	}
	print_message("%u bytes changed in %u images of different kinds, %u of them uncovered and "
		      "told as such, each other one caught and named\n",
		      total.changed, images, total.uncovered);
	assert_true(images >= 7);
	assert_true(total.changed > 50 * images);
	assert_true(total.uncovered > images);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_signature_and_chain_of_every_public_image_is_valid),
		cmocka_unit_test(a_changed_byte_is_named_by_its_part_in_one_image_of_each_kind),
	};

	return cmocka_run_group_tests_name("signatures", tests, NULL, NULL);
}
