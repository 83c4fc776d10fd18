/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Every digest of every public image, and one flipped byte in each segment of one image per header
 * version. Properties, not lists of files: packages move on.
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

#include <qpas/auth.h>
#include <qpas/image.h>

#include "real_files.h"
#include "support/must.h"

#define VERSIONS 9
#define SEGMENTS 6

/* The smallest file of each header version that has some segments, kept for the flips. */
static struct {
	uint8_t *bytes;
	size_t size;
} smallest[VERSIONS];

static struct {
	unsigned int files;
	unsigned int tables;
	unsigned int checked;
	unsigned int matched;
	unsigned int verdicts[6];
	unsigned int versions[VERSIONS];
	unsigned int wrong;
	unsigned int unequal;
} seen;

static struct qpas_image *open_file(const char *path)
{
	struct qpas_params params = QPAS_PARAMS_INIT;
	struct qpas_error err = QPAS_ERROR_INIT;
	struct qpas_image *image = NULL;
	char folder[4096];
	char *name;
	int fd;

	(void)snprintf(folder, sizeof(folder), "%s", path);
	name = strrchr(folder, '/');
	test_must(name != NULL, path);
	*name++ = '\0';
	fd = open(folder, O_PATH | O_DIRECTORY | O_CLOEXEC);
	test_must(fd >= 0, folder);
	if (qpas_image_open(fd, name, &params, &image, &err))
		fail_msg("%s: %s", path, err.text);
	(void)close(fd);
	return image;
}

static void verify(const struct qpas_image *image, uint32_t threads,
		   struct qpas_auth_summary *summary, struct qpas_auth_problem *first)
{
	const struct qpas_auth_summary fresh = QPAS_AUTH_SUMMARY_INIT;
	struct qpas_auth_params params = QPAS_AUTH_PARAMS_INIT;
	struct qpas_error err = QPAS_ERROR_INIT;
	struct qpas_auth_report *report = NULL;

	params.threads = threads;
	params.flags = QPAS_AUTH_DIGESTS_ONLY;
	if (qpas_auth_verify(image, &params, &report, &err))
		fail_msg("%s", err.text);
	*summary = fresh;
	assert_int_equal(qpas_auth_report_describe(report, summary, &err), 0);
	if (summary->problems) {
		assert_int_equal(qpas_auth_report_problem(report, 0, first, &err), 0);
		first->text = NULL;
	}
	qpas_auth_report_free(report);
}

static void keep_smallest(const struct real_file *file, uint32_t version)
{
	if (smallest[version].bytes && smallest[version].size <= file->size)
		return;
	free(smallest[version].bytes);
	smallest[version].bytes = malloc(file->size);
	test_must(smallest[version].bytes != NULL, "memory");
	memcpy(smallest[version].bytes, file->bytes, file->size);
	smallest[version].size = file->size;
}

static void visit(const struct real_file *file, void *user)
{
	struct qpas_auth_problem problem = QPAS_AUTH_PROBLEM_INIT;
	struct qpas_image_info info = QPAS_IMAGE_INFO_INIT;
	struct qpas_image *image = open_file(file->path);
	struct qpas_auth_summary one;
	struct qpas_auth_summary two;

	(void)user;
	assert_int_equal(qpas_image_describe(image, &info, NULL), 0);
	verify(image, 1, &one, &problem);
	verify(image, 2, &two, &problem);
	qpas_image_unref(image);
	seen.unequal += memcmp(&one, &two, sizeof(one)) != 0;
	seen.files++;
	assert_in_range(one.verdict, 1, 5);
	seen.verdicts[one.verdict]++;
	seen.checked += one.digests_checked;
	seen.matched += one.digests_matched;
	if (one.verdict == QPAS_AUTH_INVALID || one.verdict == QPAS_AUTH_MALFORMED ||
	    one.digests_matched != one.digests_checked) {
		print_message("%s: %s, %u of %u digests\n", file->path,
			      qpas_auth_verdict_name(one.verdict), one.digests_matched,
			      one.digests_checked);
		seen.wrong++;
	}
	if (one.verdict != QPAS_AUTH_UNSUPPORTED && one.mbn_version && one.mbn_version < VERSIONS) {
		seen.tables++;
		seen.versions[one.mbn_version]++;
		if (!(info.flags & QPAS_IMAGE_SPLIT) && one.digests_checked >= SEGMENTS)
			keep_smallest(file, one.mbn_version);
	}
}

static void every_digest_of_every_public_image_matches(void **state)
{
	(void)state;
	(void)real_files_visit(visit, NULL);
	print_message(
		"%u ELF files, %u digest tables (v3 %u, v5 %u, v6 %u, v7 %u, v8 %u), %u of %u "
		"digests match; %u files without a table, %u with an empty one\n",
		seen.files, seen.tables, seen.versions[3], seen.versions[5], seen.versions[6],
		seen.versions[7], seen.versions[8], seen.matched, seen.checked,
		seen.files - seen.tables - seen.verdicts[QPAS_AUTH_UNSUPPORTED],
		seen.verdicts[QPAS_AUTH_UNSUPPORTED]);
	assert_int_equal(seen.wrong, 0);
	assert_int_equal(seen.unequal, 0);
	assert_int_equal(seen.matched, seen.checked);
	assert_true(seen.tables > 100);
	assert_true(seen.checked > 10 * seen.tables);
}

/* The problem that one flipped byte makes, or verdict VALID with the remark about gaps. */
static void flip(uint8_t *bytes, size_t size, size_t at, struct qpas_auth_summary *summary,
		 struct qpas_auth_problem *problem)
{
	struct qpas_slice slice = {bytes, size};
	struct qpas_error err = QPAS_ERROR_INIT;
	struct qpas_image *image = NULL;

	bytes[at] ^= 0x08;
	if (qpas_image_open_memory(slice, NULL, &image, &err))
		fail_msg("%s", err.text);
	verify(image, 1, summary, problem);
	qpas_image_unref(image);
	bytes[at] ^= 0x08;
}

/* Headers that share file bytes with another one have two digests to break. */
static bool shares_bytes(const struct qpas_image *image, uint32_t count, uint32_t index,
			 uint64_t at)
{
	for (uint32_t i = 1; i < count; i++) {
		struct qpas_segment other = QPAS_SEGMENT_INIT;

		assert_int_equal(qpas_image_segment(image, i, &other, NULL), 0);
		if (i != index && at >= other.p_offset && at - other.p_offset < other.p_filesz)
			return true;
	}
	return false;
}

static unsigned int flip_each_segment(uint8_t *bytes, size_t size)
{
	struct qpas_auth_problem problem = QPAS_AUTH_PROBLEM_INIT;
	struct qpas_image_info info = QPAS_IMAGE_INFO_INIT;
	struct qpas_slice slice = {bytes, size};
	struct qpas_auth_summary summary;
	struct qpas_image *image = NULL;
	unsigned int flips = 0;

	assert_int_equal(qpas_image_open_memory(slice, NULL, &image, NULL), 0);
	assert_int_equal(qpas_image_describe(image, &info, NULL), 0);
	for (uint32_t i = 1; i < info.segments; i++) {
		struct qpas_segment segment = QPAS_SEGMENT_INIT;
		uint64_t at;

		assert_int_equal(qpas_image_segment(image, i, &segment, NULL), 0);
		at = segment.p_offset + segment.p_filesz / 2;
		if (!segment.p_filesz || (segment.flags & QPAS_SEGMENT_HASH) ||
		    shares_bytes(image, info.segments, i, at))
			continue;
		flip(bytes, size, (size_t)at, &summary, &problem);
		if (summary.verdict != QPAS_AUTH_INVALID || problem.segment != i ||
		    problem.code != QPAS_ERR_MISMATCH ||
		    summary.digests_matched + 1 != summary.digests_checked)
			fail_msg("v%u, segment %u: %s, first problem on %u", summary.mbn_version, i,
				 qpas_auth_verdict_name(summary.verdict), problem.segment);
		flips++;
	}
	qpas_image_unref(image);
	/* e_flags: in the headers, read by nobody. */
	flip(bytes, size, bytes[4] == 2 ? 48 : 36, &summary, &problem);
	assert_int_equal(summary.verdict, QPAS_AUTH_INVALID);
	assert_int_equal(problem.segment, 0);
	assert_int_equal(summary.digests_matched + 1, summary.digests_checked);
	return flips + 1;
}

static void a_flipped_byte_in_any_segment_is_found_there(void **state)
{
	unsigned int flips = 0;
	unsigned int versions = 0;

	(void)state;
	for (uint32_t version = 0; version < VERSIONS; version++) {
		if (!smallest[version].bytes)
			continue;
		flips += flip_each_segment(smallest[version].bytes, smallest[version].size);
		free(smallest[version].bytes);
		versions++;
	}
	print_message("%u flipped bytes in images of %u header versions, each found where it is\n",
		      flips, versions);
	assert_true(versions >= 5);
	assert_true(flips > 2 * versions);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_digest_of_every_public_image_matches),
		cmocka_unit_test(a_flipped_byte_in_any_segment_is_found_there),
	};

	return cmocka_run_group_tests_name("digests", tests, NULL, NULL);
}
