/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What every backend must do, asked through the public interface alone: this suite, not prose, is
 * the contract of backend.h. conformance_main.c says which backend, peripheral and image.
 */
#ifndef QPAS_TESTS_CONFORMANCE_H
#define QPAS_TESTS_CONFORMANCE_H

#include <stdbool.h>

#include <qpas/qpas.h>

struct conformance {
	const char *uri;
	/* Peripheral to boot, with a carveout that the image fits. */
	const char *name;
	/* A good, whole image for it. */
	struct qpas_slice image;
	/* With the platform that has the peripheral. */
	struct qpas_params params;
};

/* Each runs one group of tests and returns the number of failures. */
int conformance_boot(const struct conformance *given);
int conformance_steps(const struct conformance *given);
int conformance_faults(const struct conformance *given);

/* --- what the groups share; a failure ends the test --- */

/* Opens the subject, or the subject behind a prefix such as "fault:slot=x,child=". */
struct qpas_backend *conformance_open(const struct conformance *subject, const char *prefix);
struct qpas_context *conformance_context(const struct conformance *subject,
					 struct qpas_backend *backend);
/* The image; `flip`: with one bit of a loaded segment changed. */
struct qpas_image *conformance_image(const struct conformance *subject, bool flip);
uint32_t conformance_state(const struct qpas_context *context);
/* Fails the test with the text of the error unless the code is the wanted one. */
void conformance_code(int code, int wanted, const struct qpas_error *err);

#endif
