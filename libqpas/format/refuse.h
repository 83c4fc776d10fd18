/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Why others would refuse an image: their rules, judged over bytes and headers, listed by number.
 * Nothing here decides what this library itself refuses (plan.h). Rules and sources:
 * docs/refusals.md.
 */
#ifndef QPASI_FORMAT_REFUSE_H
#define QPASI_FORMAT_REFUSE_H

#include <stdbool.h>
#include <stdint.h>

#include <qpas/types.h>

#include "format/elf.h"
#include "format/mbn.h"
#include "format/plan.h"

/* More than there are rules of one profile: each stands in a list once. */
#define QPASI_REFUSALS_MAX 48u

/* A rule that an image breaks, with the facts of the first place where it does. */
struct qpasi_refusal {
	/* A message number, QPASI_MSG_LINUX_… and so on. */
	uint32_t rule;
	/* What the refuser answers, -22 for instance; 0: not known, or it misbehaves instead. */
	int32_t status;
	uint32_t segment;
	/* Places that break the rule. */
	uint32_t times;
	uint64_t offset;
	uint64_t a;
	uint64_t b;
	/* Static or the caller's: only used while the sentence is made. */
	const char *s;
};

struct qpasi_refusals {
	uint32_t count;
	struct qpasi_refusal list[QPASI_REFUSALS_MAX];
};

/* Adds a broken rule; one that is listed already counts once more. */
void qpasi_refusals_add(struct qpasi_refusals *refusals, const struct qpasi_refusal *refusal);

/* ---- rules as data ---- */

/* Bits of struct qpasi_refuse_rule.profiles: 1 << enum qpas_refusal_profile. */
struct qpasi_refuse_rule {
	uint32_t number;
	uint32_t profiles;
	const char *name;
	const char *source;
};

/* Rule `index`, in the order of their numbers; NULL past the end. */
const struct qpasi_refuse_rule *qpasi_refuse_rule_at(uint32_t index);
/* The rule of a number, or NULL. */
const struct qpasi_refuse_rule *qpasi_refuse_rule_find(uint32_t number);

/* ---- Linux: drivers/soc/qcom/mdt_loader.c ---- */

/* What two releases of the loader do differently. */
struct qpasi_refuse_loader {
	/* 7.2 looks where e_phoff says, 6.1 always behind the ELF header. */
	bool uses_phoff;
	/* 6.1 counts headers without data when it decides whether an image is split. */
	bool empty_splits;
};

struct qpasi_refuse_linux {
	struct qpasi_refuse_loader loader;
	/* The first (or only) file as the kernel has it, whatever this library thinks of it. */
	struct qpas_slice file;
	/* Its name in the firmware folder; NULL: not known. */
	const char *name;
	/* Region that it is loaded into; size 0: not known. */
	uint64_t base;
	uint64_t size;
	/* Video and GPU drivers ask for the span of the image before they load it. */
	bool asks_size;
	/* Size of the file NAME.bNN of a header; false if there is none. NULL: there are none. */
	bool (*part)(void *user, uint32_t segment, uint64_t *bytes);
	void *user;
};

/* Lists what the loader refuses, in its own order: the first entry is what it answers with. */
void qpasi_refuse_linux(const struct qpasi_refuse_linux *in, struct qpasi_refusals *refusals);

/* ---- OP-TEE's PAS service ---- */

struct qpasi_refuse_optee {
	const struct qpasi_elf *elf;
	const struct qpasi_plan *plan;
	/* NULL: no hash segment, or one that cannot be laid out. */
	const struct qpasi_mbn *mbn;
	/* Bytes of the region that MEM_SETUP tells; 0: not known. */
	uint64_t size;
};

/* Whether it compares a segment's digest in memory; others are none of its business. */
bool qpasi_refuse_optee_hashes(const struct qpasi_phdr *phdr);

/* Lists what its parser refuses by geometry alone; digests and signatures are judged elsewhere. */
void qpasi_refuse_optee(const struct qpasi_refuse_optee *in, struct qpasi_refusals *refusals);

#endif
