/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What is fused into the simulated chip: hashes of roots, ids, minimum versions. Says whether an
 * image is bound to another chip; knows neither images nor signatures.
 */
#ifndef QPASI_TZSIM_FUSES_H
#define QPASI_TZSIM_FUSES_H

#include <stdbool.h>
#include <stdint.h>

#include <qpas/auth.h>

#include "tzsim/memory.h"

/* Numbers that an image may be bound to. */
enum qpasi_tzsim_fuse {
	QPASI_TZSIM_FUSE_SOC,
	QPASI_TZSIM_FUSE_JTAG_ID,
	QPASI_TZSIM_FUSE_OEM_ID,
	QPASI_TZSIM_FUSE_MODEL_ID,
	QPASI_TZSIM_FUSE_FEATURE,
	QPASI_TZSIM_FUSE_SERIAL,
	QPASI_TZSIM_FUSE_COUNT
};

/* SHA-256 or SHA-384 of a whole root certificate; length 0: not fused, any root will do. */
struct qpasi_tzsim_root {
	uint8_t hash[48];
	uint32_t length;
};

struct qpasi_tzsim_fuses {
	/* One bit for each number that is known; the others fit whatever an image wants. */
	uint32_t known;
	uint32_t reserved;
	uint64_t number[QPASI_TZSIM_FUSE_COUNT];
	/* By signer, QPAS_AUTH_SIGNER_OEM first. */
	struct qpasi_tzsim_root root[2];
	/* Least version (start) by SW_ID (owner). */
	struct qpasi_tzsim_ranges minimum;
};

/* A line "fuse NAME VALUE" of a profile. FORMAT: no such fuse, or it cannot have that value. */
int qpasi_tzsim_fuses_read(struct qpasi_tzsim_fuses *fuses, const char *name, const char *value);

/* Whether a fused hash, if there is one, is that of the root a chain ends in. */
bool qpasi_tzsim_fuses_root(const struct qpasi_tzsim_fuses *fuses,
			    const struct qpas_auth_signature *facts);

/* Why an image does not fit a chip. */
struct qpasi_tzsim_misfit {
	/* enum qpasi_tzsim_status */
	int64_t status;
	/* What does not fit, and the chip's own value of it. */
	const char *what;
	uint64_t number;
};

/* Whether the chip is one that the image may run on; *misfit has the first thing that is not so. */
bool qpasi_tzsim_fuses_fit(const struct qpasi_tzsim_fuses *fuses,
			   const struct qpas_auth_identity *identity,
			   struct qpasi_tzsim_misfit *misfit);

#endif
