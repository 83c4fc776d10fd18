/* SPDX-License-Identifier: BSD-3-Clause */
/* Verifies, and copies what the report says. */
#define _GNU_SOURCE
#include "finding.h"

#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include <openssl/err.h>

#include "support/must.h"

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

void close_finding(struct finding *finding)
{
	qpas_auth_report_free(finding->report);
	qpas_image_unref(finding->image);
}

bool find_in_memory(const uint8_t *bytes, size_t size, struct finding *finding,
		    struct qpas_error *err)
{
	struct qpas_slice slice = {bytes, size};

	memset(finding, 0, sizeof(*finding));
	if (qpas_image_open_memory(slice, NULL, &finding->image, err))
		return false;
	read_finding(finding);
	return true;
}

void find_in_file(const char *path, struct finding *finding)
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
