/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Every signature and chain of every public image, nested images included, against the library and
 * against OpenSSL's own verifiers; then one flipped byte in every region of one image per scheme.
 * Properties, not lists of files: packages move on.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include <openssl/err.h>

#include <qpas/auth.h>
#include <qpas/image.h>

#include "real_files.h"
#include "second_opinion.h"
#include "support/must.h"

#define ROWS 32

/* A line of the table. The first image of each kind (the smallest) is kept for the flips. */
static struct kind {
	uint32_t version;
	const char *algorithm;
	uint32_t digest;
	uint32_t signatures;
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

/* What one verification said, and the hash segment it was about. */
struct finding {
	struct qpas_image *image;
	struct qpas_auth_report *report;
	struct qpas_auth_summary summary;
	struct qpas_auth_signature signature[2];
	struct qpas_auth_problem problem;
	struct qpas_slice segment;
	bool split;
};

static void read_finding(struct finding *finding)
{
	const struct qpas_auth_signature signature = QPAS_AUTH_SIGNATURE_INIT;
	const struct qpas_auth_summary summary = QPAS_AUTH_SUMMARY_INIT;
	const struct qpas_auth_problem problem = QPAS_AUTH_PROBLEM_INIT;
	struct qpas_image_info info = QPAS_IMAGE_INFO_INIT;
	struct qpas_error err = QPAS_ERROR_INIT;

	if (qpas_auth_verify(finding->image, NULL, &finding->report, &err))
		fail_msg("%s", err.text);
	finding->summary = summary;
	finding->problem = problem;
	assert_int_equal(qpas_auth_report_describe(finding->report, &finding->summary, NULL), 0);
	for (uint32_t i = 0; i < finding->summary.signatures; i++) {
		finding->signature[i] = signature;
		assert_int_equal(qpas_auth_report_signature(finding->report, i,
							    &finding->signature[i], NULL),
				 0);
	}
	if (finding->summary.problems)
		assert_int_equal(
			qpas_auth_report_problem(finding->report, 0, &finding->problem, NULL), 0);
	assert_int_equal(qpas_image_describe(finding->image, &info, NULL), 0);
	finding->split = (info.flags & QPAS_IMAGE_SPLIT) != 0;
	if (info.hash_segment != QPAS_NO_SEGMENT)
		assert_int_equal(qpas_image_segment_data(finding->image, info.hash_segment,
							 &finding->segment, NULL),
				 0);
	assert_int_equal(ERR_peek_error(), 0);
}

static void close_finding(struct finding *finding)
{
	qpas_auth_report_free(finding->report);
	qpas_image_unref(finding->image);
}

static bool find_in_memory(const uint8_t *bytes, size_t size, struct finding *finding)
{
	struct qpas_slice slice = {bytes, size};

	memset(finding, 0, sizeof(*finding));
	if (qpas_image_open_memory(slice, NULL, &finding->image, NULL))
		return false;
	read_finding(finding);
	return true;
}

static void find_in_file(const char *path, struct finding *finding)
{
	struct qpas_error err = QPAS_ERROR_INIT;
	char folder[4096];
	char *name;
	int fd;

	(void)snprintf(folder, sizeof(folder), "%s", path);
	name = strrchr(folder, '/');
	test_must(name != NULL, path);
	*name++ = '\0';
	fd = open(folder, O_PATH | O_DIRECTORY | O_CLOEXEC);
	test_must(fd >= 0, folder);
	memset(finding, 0, sizeof(*finding));
	if (qpas_image_open(fd, name, NULL, &finding->image, &err))
		fail_msg("%s: %s", path, err.text);
	(void)close(fd);
	read_finding(finding);
}

static struct kind *kind_of(const struct finding *finding)
{
	const char *algorithm = finding->signature[0].algorithm;
	struct kind fresh = {0};

	if (!algorithm)
		algorithm = "none";
	for (size_t i = 0; i < kind_count; i++) {
		if (kinds[i].version == finding->summary.mbn_version &&
		    kinds[i].digest == finding->summary.digest &&
		    kinds[i].signatures == finding->summary.signatures &&
		    strcmp(kinds[i].algorithm, algorithm) == 0)
			return &kinds[i];
	}
	test_must(kind_count < ROWS, "too many kinds");
	fresh.version = finding->summary.mbn_version;
	fresh.digest = finding->summary.digest;
	fresh.signatures = finding->summary.signatures;
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
	kind->bytes = malloc(file->size);
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
		if (find_in_memory(at, (size_t)(end - at), &finding)) {
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

static void print_table(void)
{
	print_message(
		"version  digest  scheme               signers  images  (nested)  OEM  QTI\n");
	for (size_t i = 0; i < kind_count; i++)
		print_message("%-7u  %-6u  %-19s  %-7u  %-6u  %-8u  %-3u  %u\n", kinds[i].version,
			      kinds[i].digest, kinds[i].algorithm, kinds[i].signatures,
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

/* ---- flips ---- */

/* A stretch of the hash segment, and the signers whose word a change there breaks. */
struct region {
	const char *name;
	size_t at;
	size_t length;
	uint32_t breaks;
};

#define OEM  QPAS_AUTH_SIGNER_OEM
#define QTI  QPAS_AUTH_SIGNER_QTI
#define BOTH (OEM | QTI)

static uint32_t word(struct qpas_slice segment, size_t at)
{
	uint32_t value;

	memcpy(&value, (const uint8_t *)segment.ptr + at, sizeof(value));
	return value;
}

static uint32_t broken_signers(const struct finding *finding)
{
	uint32_t broken = 0;

	for (uint32_t i = 0; i < finding->summary.signatures; i++) {
		if (finding->signature[i].valid != QPAS_AUTH_YES ||
		    finding->signature[i].chain_valid != QPAS_AUTH_YES)
			broken |= finding->signature[i].signer;
	}
	return broken;
}

static unsigned int flip_region(struct kind *kind, size_t base, const struct region *region,
				uint32_t signers)
{
	size_t step = region->length / 5 + 1;
	unsigned int flips = 0;

	for (size_t i = 0; i < region->length; i += step) {
		uint8_t *byte = kind->bytes + base + region->at + i;
		struct finding finding;

		*byte ^= 0x20;
		if (!find_in_memory(kind->bytes, kind->size, &finding))
			fail_msg("%s: does not open", region->name);
		if (broken_signers(&finding) != (region->breaks & signers) ||
		    (finding.summary.verdict == QPAS_AUTH_VALID) != !(region->breaks & signers))
			fail_msg("v%u %s, %s + %zu: broke %u (%s)", kind->version, kind->algorithm,
				 region->name, i, broken_signers(&finding),
				 qpas_auth_verdict_name(finding.summary.verdict));
		close_finding(&finding);
		*byte ^= 0x20;
		flips++;
	}
	return flips;
}

/* Metadata blocks and the table, by literal offsets. */
static void lay_out(struct qpas_slice segment, struct region regions[4])
{
	uint32_t version = word(segment, 4);
	size_t at = version == 6 ? 48 : version == 8 ? 56 : 40;
	size_t common = version >= 7 ? word(segment, 0x08) : 0;
	size_t qti = version == 6 ? word(segment, 0x28) : version >= 7 ? word(segment, 0x0c) : 0;
	size_t oem = version == 6 ? word(segment, 0x2c) : version >= 7 ? word(segment, 0x10) : 0;
	size_t digest;

	/* Not the words that say where things are, nor the algorithm. */
	regions[0] = (struct region){"common metadata", at, common ? 16 : 0, BOTH};
	at += common;
	regions[1] = (struct region){"QTI metadata", at, qti, QTI};
	at += qti;
	regions[2] = (struct region){"OEM metadata", at, oem, OEM};
	at += oem;
	digest = word(segment, 0x14);
	/* The first entry is that of the headers: a wrong digest, and still a readable table. */
	regions[3] = (struct region){"table", at, digest < 32 ? 0 : 32, BOTH};
}

static unsigned int flip_slot(struct kind *kind, size_t base,
			      const struct qpas_auth_signature *facts, uint32_t signers)
{
	const struct region regions[] = {
		{"signature", facts->signature_offset, facts->signature_bytes > 96 ? 96 : 0,
		 facts->signer},
		{"chain", facts->chain_offset, 600, facts->signer},
	};
	unsigned int flips = 0;

	for (size_t i = 0; i < 2; i++)
		flips += flip_region(kind, base, &regions[i], signers);
	return flips;
}

static unsigned int flip_kind(struct kind *kind)
{
	const struct region id = {"image id", 0, 4, BOTH};
	struct region regions[4];
	struct finding finding;
	uint32_t signers = 0;
	unsigned int flips;
	size_t base;

	if (!find_in_memory(kind->bytes, kind->size, &finding))
		fail_msg("v%u does not open again", kind->version);
	base = (size_t)((const uint8_t *)memmem(kind->bytes, kind->size, finding.segment.ptr,
						finding.segment.len) -
			kind->bytes);
	lay_out(finding.segment, regions);
	for (uint32_t i = 0; i < finding.summary.signatures; i++)
		signers |= finding.signature[i].signer;
	flips = flip_region(kind, base, &id, signers);
	for (size_t i = 0; i < 4; i++)
		flips += flip_region(kind, base, &regions[i], signers);
	for (uint32_t i = 0; i < finding.summary.signatures; i++)
		flips += flip_slot(kind, base, &finding.signature[i], signers);
	close_finding(&finding);
	return flips;
}

static void a_flipped_byte_breaks_the_signers_that_cover_it_and_no_other(void **state)
{
	unsigned int flips = 0;
	unsigned int images = 0;

	(void)state;
	for (size_t i = 0; i < kind_count; i++) {
		if (!kinds[i].bytes)
			continue;
		flips += flip_kind(&kinds[i]);
		free(kinds[i].bytes);
		images++;
	}
	print_message("%u flipped bytes in the hash segments of %u images of different kinds\n",
		      flips, images);
	assert_true(images >= 7);
	assert_true(flips > 20 * images);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_signature_and_chain_of_every_public_image_is_valid),
		cmocka_unit_test(a_flipped_byte_breaks_the_signers_that_cover_it_and_no_other),
	};

	return cmocka_run_group_tests_name("signatures", tests, NULL, NULL);
}
