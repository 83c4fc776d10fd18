/* SPDX-License-Identifier: BSD-3-Clause */
/* The order of a full check: layout, identity, digests, signatures, verdict. */
#include "auth/auth.h"

#include "auth/queue.h"
#include "auth/report.h"
#include "base/cursor.h"
#include "base/mem.h"
#include "format/plan.h"

#define KNOWN_FLAGS (QPAS_AUTH_DIGESTS_ONLY | QPAS_AUTH_REQUIRE_SIGNATURE)

/* A check on its way. */
struct run {
	const struct qpasi_env *env;
	const struct qpasi_auth_subject *subject;
	const struct qpas_auth_params *params;
	struct qpas_auth_report *report;
	struct qpasi_mbn mbn;
	struct qpasi_auth_input input;
	struct qpasi_fault *fault;
};

/* Unknown flags might one day mean "be stricter", so they are refused. */
static int check_params(const struct qpas_auth_params *params, struct qpasi_fault *fault)
{
	if (params->flags & ~KNOWN_FLAGS)
		return qpasi_fault_set(fault, QPASI_MSG_UNKNOWN_FLAGS, QPAS_NO_SEGMENT,
				       params->flags, params->flags & ~KNOWN_FLAGS);
	if (params->threads > QPASI_QUEUE_THREADS_MAX) {
		int result = qpasi_fault_set(fault, QPASI_MSG_LIMIT_TOO_HIGH, QPAS_NO_SEGMENT,
					     params->threads, QPASI_QUEUE_THREADS_MAX);

		if (fault)
			fault->s = "qpas_auth_params.threads";
		return result;
	}
	if (params->root_hash.len != 0 && params->root_hash.len != 32 &&
	    params->root_hash.len != 48)
		return qpasi_fault_set(fault, QPASI_MSG_ROOT_HASH_SIZE, QPAS_NO_SEGMENT,
				       params->root_hash.len, 0);
	return 0;
}

/* Whether a failed check says something about the image, not about the one who checks. */
static bool is_finding(int result, const struct qpasi_fault *fault)
{
	switch (result) {
	case QPAS_ERR_NOMEM:
	case QPAS_ERR_ARG:
	case QPAS_ERR_IO:
	case QPAS_ERR_BACKEND:
		return false;
	default:
		return fault->message != QPASI_MSG_DIGEST_CRYPTO &&
		       fault->message != QPASI_MSG_SIGN_CRYPTO;
	}
}

/* Adds what a check found, or ends the run because the check itself failed. */
static int note(struct run *run, int result, const struct qpasi_fault *found)
{
	if (is_finding(result, found))
		return qpasi_report_add(run->report, found, false, run->fault);
	if (run->fault)
		*run->fault = *found;
	return result;
}

/* The version is worth telling even if the rest cannot be used. */
static uint32_t stated_version(struct qpas_slice segment)
{
	struct qpasi_cursor cursor = qpasi_cursor_new(segment);

	qpasi_cursor_skip(&cursor, 4);
	return qpasi_cursor_le32(&cursor);
}

/* A remark: nothing loads these bytes, and people should know that nothing protects them. */
static int add_uncovered(struct run *run)
{
	struct qpasi_fault remark;

	if (!run->subject->uncovered)
		return 0;
	(void)qpasi_fault_at(&remark, QPASI_MSG_UNCOVERED_BYTES, QPAS_NO_SEGMENT,
			     run->subject->uncovered_first, run->subject->uncovered, 0);
	return qpasi_report_add(run->report, &remark, true, run->fault);
}

/* One more remark: each header of hash type has a zero entry, whatever its data are. */
static int add_second_segments(struct run *run)
{
	const struct qpasi_elf *elf = run->subject->elf;
	bool first = true;
	int result = 0;

	for (uint32_t i = 1; !result && i < elf->phnum; i++) {
		const struct qpasi_phdr *phdr = &elf->phdr[i];
		struct qpasi_fault remark;

		if (!qpasi_phdr_is_hash(phdr))
			continue;
		if (!first && phdr->filesz) {
			(void)qpasi_fault_at(&remark, QPASI_MSG_HASH_SECOND, i, phdr->offset,
					     phdr->filesz, 0);
			result = qpasi_report_add(run->report, &remark, true, run->fault);
		}
		first = false;
	}
	return result;
}

static bool all_zero(const struct run *run, const struct qpasi_mbn_part *part)
{
	struct qpasi_cursor cursor = qpasi_cursor_new(run->subject->hash_segment);
	uint32_t bits = 0;

	qpasi_cursor_seek(&cursor, part->offset);
	for (uint32_t i = 0; i < part->length / 4; i++)
		bits |= qpasi_cursor_le32(&cursor);
	return !bits;
}

/*
 * In v6 and v7 a signer leaves out the other one's metadata. If that one has not signed, anybody may
 * have written them. Of an image without any signature the verdict says as much.
 */
static int add_unsigned_metadata(struct run *run, uint32_t signer)
{
	const struct qpasi_mbn *mbn = &run->mbn;
	const struct qpasi_mbn_part *part = signer == QPAS_AUTH_SIGNER_OEM ? &mbn->oem_metadata :
									     &mbn->qti_metadata;
	struct qpasi_fault remark;

	if (!run->report->summary.signatures || (mbn->version != 6 && mbn->version != 7) ||
	    qpasi_auth_slot_filled(mbn, signer) || all_zero(run, part))
		return 0;
	(void)qpasi_fault_at(&remark, QPASI_MSG_METADATA_UNSIGNED, QPAS_NO_SEGMENT, part->offset,
			     part->length, 0);
	remark.s = signer == QPAS_AUTH_SIGNER_OEM ? "the OEM" : "QTI";
	return qpasi_report_add(run->report, &remark, true, run->fault);
}

/* All outcomes are gathered first: problems are listed in header order, whatever ran first. */
static int check_digests(struct run *run)
{
	struct qpas_auth_summary *summary = &run->report->summary;
	const struct qpasi_elf *elf = run->subject->elf;
	struct qpasi_queue_job job = {&run->input, &run->subject->source, run->params->threads,
				      NULL};
	int result;

	job.outcomes = qpasi_env_alloc(run->env, elf->phnum * sizeof(*job.outcomes));
	if (!job.outcomes)
		return qpasi_fault_set(run->fault, QPASI_MSG_NO_MEMORY, QPAS_NO_SEGMENT, 0, 0);
	result = qpasi_queue_run(run->env, &job, run->fault);
	for (uint32_t i = 0; !result && i < elf->phnum; i++) {
		bool counts = qpasi_auth_entry_counts(elf, i);

		summary->digests_checked += counts ? 1u : 0u;
		if (!job.outcomes[i].result)
			summary->digests_matched += counts ? 1u : 0u;
		else
			result = note(run, job.outcomes[i].result, &job.outcomes[i].fault);
	}
	qpasi_env_free(run->env, job.outcomes);
	return result;
}

/* Listed even when nobody checks it: a slot that nobody looked at must not go unseen. */
static int check_slot(struct run *run, uint32_t signer)
{
	struct qpas_auth_report *report = run->report;
	struct qpas_auth_signature *facts = &report->signatures[report->summary.signatures];
	struct qpasi_fault found = QPASI_FAULT_INIT;
	int result;

	if (!qpasi_auth_slot_filled(run->input.mbn, signer))
		return 0;
	report->summary.signatures++;
	qpasi_auth_list_signature(run->input.mbn, signer, facts);
	if (run->params->flags & QPAS_AUTH_DIGESTS_ONLY)
		return 0;
	result = qpasi_auth_check_signature(run->env, &run->input, signer, facts, &found);
	return result ? note(run, result, &found) : 0;
}

/* A leaf that cannot be read has no identity; what is wrong with it, its slot's check says. */
static int identify(struct run *run, uint32_t signer)
{
	struct qpas_auth_report *report = run->report;
	struct qpas_auth_identity *identity = &report->identities[report->identity_count];
	struct qpasi_fault found = QPASI_FAULT_INIT;
	int result = qpasi_auth_identify(&run->input, signer, identity, &found);

	if (result == QPAS_ERR_NOMEM) {
		if (run->fault)
			*run->fault = found;
		return result;
	}
	if (result)
		return 0;
	report->identity_count++;
	if (!report->summary.has_sw_id && (identity->known & QPAS_AUTH_HAS_SW_ID)) {
		report->summary.has_sw_id = 1;
		report->summary.sw_id = identity->sw_id;
	}
	return 0;
}

/* The OEM chain's root counts, the QTI one's only where there is no OEM chain. */
static void compare_root(struct run *run)
{
	struct qpas_slice given = run->params->root_hash;
	const struct qpas_auth_signature *first = &run->report->signatures[0];
	const uint8_t *root = given.len == 32 ? first->root_sha256 : first->root_sha384;
	bool same;

	if (!given.len || (run->params->flags & QPAS_AUTH_DIGESTS_ONLY))
		return;
	same = run->report->summary.signatures && first->chain_valid == QPAS_AUTH_YES &&
	       qpasi_mem_equal(root, given.ptr, given.len);
	run->report->summary.root_match = same ? QPAS_AUTH_YES : QPAS_AUTH_NO;
}

/* Identity before digests: it is wanted of damaged images most of all. */
static int check_segment(struct run *run)
{
	struct qpas_auth_summary *summary = &run->report->summary;
	struct qpasi_fault found = QPASI_FAULT_INIT;
	int result;

	result = qpasi_mbn_decode(run->subject->hash_segment, run->subject->elf, &run->mbn, &found);
	summary->mbn_version = stated_version(run->subject->hash_segment);
	if (result)
		return note(run, result, &found);
	summary->digest = run->mbn.digest_size * 8;
	result = identify(run, QPAS_AUTH_SIGNER_OEM);
	if (!result)
		result = identify(run, QPAS_AUTH_SIGNER_QTI);
	if (!result)
		result = check_digests(run);
	if (!result)
		result = check_slot(run, QPAS_AUTH_SIGNER_OEM);
	if (!result)
		result = check_slot(run, QPAS_AUTH_SIGNER_QTI);
	if (!result)
		result = add_unsigned_metadata(run, QPAS_AUTH_SIGNER_OEM);
	if (!result)
		result = add_unsigned_metadata(run, QPAS_AUTH_SIGNER_QTI);
	return result;
}

/* A filled slot is what makes an image signed, right or wrong. */
static int judge(struct run *run)
{
	struct qpas_auth_summary *summary = &run->report->summary;
	struct qpasi_fault found;
	int result = 0;

	summary->verdict = qpasi_report_judge(
		run->report, summary->signatures ? QPAS_AUTH_VALID : QPAS_AUTH_UNSIGNED);
	if (summary->verdict == QPAS_AUTH_UNSIGNED &&
	    (run->params->flags & QPAS_AUTH_REQUIRE_SIGNATURE)) {
		(void)qpasi_fault_set(&found, QPASI_MSG_NOT_SIGNED, QPAS_NO_SEGMENT, 0, 0);
		result = qpasi_report_add(run->report, &found, false, run->fault);
		summary->verdict = QPAS_AUTH_INVALID;
	}
	return result;
}

int qpasi_auth_run(const struct qpasi_env *env, const struct qpasi_auth_subject *subject,
		   const struct qpas_auth_params *params, struct qpas_auth_report **report,
		   struct qpasi_fault *fault)
{
	static const struct qpas_auth_params all = QPAS_AUTH_PARAMS_INIT;
	struct run run = {env, subject, params ? params : &all, NULL, {0}, {0}, fault};
	int result;

	*report = NULL;
	run.input.elf = subject->elf;
	run.input.mbn = &run.mbn;
	run.input.headers = subject->headers;
	run.input.hash_segment = subject->hash_segment;
	result = check_params(run.params, fault);
	if (!result)
		result = qpasi_report_new(env, &run.report, fault);
	if (!result && subject->hash_segment.ptr)
		result = check_segment(&run);
	if (!result)
		result = add_second_segments(&run);
	if (!result)
		result = add_uncovered(&run);
	if (result)
		goto out;
	compare_root(&run);
	result = judge(&run);
out:
	if (result)
		qpas_auth_report_free(run.report);
	else
		*report = run.report;
	return result;
}
