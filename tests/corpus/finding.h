/* SPDX-License-Identifier: BSD-3-Clause */
/* What one verification said about a real image, and the hash segment it was about. */
#ifndef TESTS_CORPUS_FINDING_H
#define TESTS_CORPUS_FINDING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <qpas/auth.h>
#include <qpas/image.h>

struct finding {
	struct qpas_image *image;
	struct qpas_auth_report *report;
	struct qpas_auth_summary summary;
	struct qpas_auth_signature signature[2];
	struct qpas_auth_problem problem; /* the first */
	struct qpas_slice segment;
	bool split;
};

/* Bytes need not be an image: false if they do not open, with the reason in `err` (may be NULL). */
bool find_in_memory(const uint8_t *bytes, size_t size, struct finding *finding,
		    struct qpas_error *err);
/* A file has to be one. */
void find_in_file(const char *path, struct finding *finding);
void close_finding(struct finding *finding);

#endif
