/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A peripheral on the scripted backend with a small image, and an allocator that counts: what tests
 * of contexts and boots start from.
 */
#ifndef QPAS_TESTS_FAKE_BOARD_H
#define QPAS_TESTS_FAKE_BOARD_H

#include <qpas/backend.h>
#include <qpas/context.h>

#include "support/fake_backend.h"

struct board {
	struct fake fake;
	struct qpas_peripheral peripheral;
	struct qpas_carveout carveouts[2];
	struct qpas_stream streams[2];
	uint32_t lite[1];
	struct qpas_platform *platform;
	struct qpas_image *image;
	struct qpas_image *companion;
	struct qpas_backend *backend;
	struct qpas_allocator allocator;
	struct qpas_params params;
	long blocks; /* given out and not given back */
	/* The nth allocation from now fails, 0: none. */
	long fail_block;
};

/* "adsp", id 1, one stream, relocatable image, no companion, host level 2. */
struct board *board_new(void);
/* Gives it a companion with id 36 in carveout 1. */
void board_add_companion(struct board *board);
/* Opens the backend over what `fake` says now. */
void board_open(struct board *board);
/* A context of the peripheral as it stands now; the result of qpas_context_open(). */
int board_context(struct board *board, struct qpas_context **context, struct qpas_error *err);
uint32_t board_state(const struct qpas_context *context);
/* Closes backend and images, fails the test on a leak, frees. */
void board_free(struct board *board);

#endif
