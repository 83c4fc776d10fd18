/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What one start of a peripheral on the simulator came to, and whether a refusal is a fact about
 * the data: the classes that may refuse, each with its proof.
 */
#ifndef TESTS_CORPUS_BOOT_ALL_H
#define TESTS_CORPUS_BOOT_ALL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <qpas/qpas.h>

enum outcome { BOOTED, REFUSED, UNEXPECTED };

/* A tree, one of its peripherals whose image is at hand, and what happened. */
struct pair {
	const char *tree;
	char *path;
	char *image;
	uint32_t kind;
	enum outcome outcome;
	/* Number of docs/errors.md, 0 if nothing refused. */
	uint32_t message;
	/* The tree leaves the carveout's address to the kernel, so the program chose one. */
	bool placed;
	char text[640];
};

/* What a proof may look at. */
struct evidence {
	const struct qpas_peripheral *peripheral;
	uint32_t host_level;
	/* Whether a firmware name exists in the folders; opens it for who wants to see its size. */
	bool (*is_shipped)(const char *name);
	struct qpas_image *(*open)(const char *name);
};

/* Whether message `message` is a fact about tree and image; the fact goes to `text`. */
bool boot_all_explain(uint32_t message, const struct evidence *evidence, char *text, size_t bytes);

/* One line for each class that refused something: how often, and what it is about. */
void boot_all_print_classes(const struct pair *pairs, size_t count);

#endif
