/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The facts that profiles judge by, gathered once: headers, authentication report, identity, device,
 * region. Profiles are pure over them.
 */
#ifndef QPASI_CORE_REFUSE_H
#define QPASI_CORE_REFUSE_H

#include <qpas/refuse.h>

#include "base/fault.h"
#include "format/refuse.h"

#define QPASI_REFUSE_SIGNERS 2u

struct qpasi_refuse_facts {
	const struct qpas_refusal_params *params;
	struct qpas_refusal_device device;
	uint64_t base;
	uint64_t size;
	/* PAS id of the image's peripheral; QPAS_NO_PAS_ID if it has none or nobody said. */
	uint32_t pas_id;
	/* NULL: the file is no image. */
	const struct qpas_image *image;
	/* Why it is none, or why it cannot be loaded. */
	const char *reason;
	const struct qpasi_elf *elf;
	const struct qpasi_plan *plan;
	/* Laid-out hash segment; version 0: there is none, or it cannot be laid out. */
	struct qpasi_mbn mbn;
	const struct qpas_auth_report *report;
	struct qpas_auth_summary summary;
	struct qpas_auth_signature signatures[QPASI_REFUSE_SIGNERS];
	/* What the maker says, else what Qualcomm says; signer 0: nobody says anything. */
	struct qpas_auth_identity identity;
	uint64_t unasked;
	/* Room for a sentence's text: SoC versions. */
	char soc_versions[160];
};

/* Adds a rule with up to two numbers and a text. */
void qpasi_refuse_note(struct qpasi_refusals *out, uint32_t rule, uint64_t a, uint64_t b,
		       const char *s);

/* Rules of one kind under the numbers that a profile gives them; 0: the profile lacks it. */
struct qpasi_refuse_binding {
	uint32_t soc;
	uint32_t hw_id;
	uint32_t oem_id;
	uint32_t model_id;
	uint32_t serial;
	uint32_t rollback;
};

/* What the image's identity ties it to, compared with the device; notes what nobody said. */
void qpasi_refuse_bindings(struct qpasi_refuse_facts *facts,
			   const struct qpasi_refuse_binding *rules, struct qpasi_refusals *out);

/* Text of the first problem that `wanted` takes, or NULL. */
const char *qpasi_refuse_problem(const struct qpasi_refuse_facts *facts,
				 bool (*wanted)(const struct qpas_auth_problem *problem),
				 struct qpas_auth_problem *problem);
/* Takers for it: contents differ, form is broken, kind is not known, signature or chain. */
bool qpasi_refuse_is_digest(const struct qpas_auth_problem *problem);
bool qpasi_refuse_is_form(const struct qpas_auth_problem *problem);
bool qpasi_refuse_is_kind(const struct qpas_auth_problem *problem);
bool qpasi_refuse_is_signature(const struct qpas_auth_problem *problem);

/* Adds the digests that do not match; of the segments that `counts` takes, if it is given. */
void qpasi_refuse_digests(const struct qpasi_refuse_facts *facts, uint32_t rule,
			  bool (*counts)(const struct qpasi_phdr *phdr),
			  struct qpasi_refusals *out);

/* Root of the slot that counts against the one given; notes that nobody gave one. */
bool qpasi_refuse_other_root(struct qpasi_refuse_facts *facts);

void qpasi_refuse_tz(struct qpasi_refuse_facts *facts, struct qpasi_refusals *out);
void qpasi_refuse_optee_service(struct qpasi_refuse_facts *facts, struct qpasi_refusals *out);

#endif
