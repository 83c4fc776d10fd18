/* SPDX-License-Identifier: BSD-3-Clause */
/* The report object: made once, then only read. */
#include "auth/report.h"

#include "base/mem.h"

int qpasi_report_new(const struct qpasi_env *env, struct qpas_auth_report **out,
		     struct qpasi_fault *fault)
{
	static const struct qpas_auth_summary summary = QPAS_AUTH_SUMMARY_INIT;
	struct qpas_auth_report *report = qpasi_env_alloc(env, sizeof(*report));

	*out = report;
	if (!report)
		return qpasi_fault_set(fault, QPASI_MSG_NO_MEMORY, QPAS_NO_SEGMENT, 0, 0);
	report->env = *env;
	report->summary = summary;
	return 0;
}

/* The allocator is kept in what it frees last. */
void qpas_auth_report_free(struct qpas_auth_report *report)
{
	struct qpasi_env env;

	if (!report)
		return;
	env = report->env;
	qpasi_env_free(&env, report->problems);
	qpasi_env_free(&env, report);
}

/* Doubles up to a few hundred: headers, signers and remarks bound the number. */
static int grow(struct qpas_auth_report *report, struct qpasi_fault *fault)
{
	uint32_t capacity = report->capacity ? 2 * report->capacity : 4;
	struct qpasi_problem *problems;

	problems = qpasi_env_realloc(&report->env, report->problems, capacity * sizeof(*problems));
	if (!problems)
		return qpasi_fault_set(fault, QPASI_MSG_NO_MEMORY, QPAS_NO_SEGMENT, 0, 0);
	report->problems = problems;
	report->capacity = capacity;
	return 0;
}

int qpasi_report_add(struct qpas_auth_report *report, const struct qpasi_fault *problem,
		     bool remark, struct qpasi_fault *fault)
{
	static const struct qpas_auth_problem fresh = QPAS_AUTH_PROBLEM_INIT;
	struct qpasi_problem *slot;

	if (report->summary.problems == report->capacity) {
		int result = grow(report, fault);

		if (result)
			return result;
	}
	slot = &report->problems[report->summary.problems++];
	slot->public = fresh;
	slot->public.code = remark ? 0 : qpasi_message_class(problem->message);
	slot->public.message_id = problem->message;
	slot->public.segment = problem->segment;
	slot->public.offset = problem->offset;
	(void)qpasi_fault_text(problem, slot->text, sizeof(slot->text));
	return 0;
}

/* Everything that is not about form or kind is about truth. */
static uint32_t verdict_of(int32_t code)
{
	switch (code) {
	case QPAS_ERR_UNSUPP:
		return QPAS_AUTH_UNSUPPORTED;
	case QPAS_ERR_FORMAT:
	case QPAS_ERR_TRUNC:
	case QPAS_ERR_RANGE:
	case QPAS_ERR_OVERFLOW:
		return QPAS_AUTH_MALFORMED;
	default:
		return QPAS_AUTH_INVALID;
	}
}

/* INVALID stands before MALFORMED before UNSUPPORTED. */
static unsigned int weight_of(uint32_t verdict)
{
	switch (verdict) {
	case QPAS_AUTH_INVALID:
		return 3;
	case QPAS_AUTH_MALFORMED:
		return 2;
	case QPAS_AUTH_UNSUPPORTED:
		return 1;
	default:
		return 0;
	}
}

uint32_t qpasi_report_judge(const struct qpas_auth_report *report, uint32_t otherwise)
{
	uint32_t worst = otherwise;

	for (uint32_t i = 0; i < report->summary.problems; i++) {
		int32_t code = report->problems[i].public.code;

		if (code && weight_of(verdict_of(code)) > weight_of(worst))
			worst = verdict_of(code);
	}
	return worst;
}

/* What every getter checks: its own arguments and the size of the structure to fill. */
static int begin(const struct qpas_auth_report *report, const void *to, size_t known,
		 struct qpas_error *err)
{
	int result = qpasi_error_begin(err);

	if (result)
		return result;
	if (!report || !to)
		return qpasi_error_set(err, QPASI_MSG_NULL_ARGUMENT, QPAS_STAGE_NONE,
				       report ? "The structure to fill" : "report");
	return qpasi_abi_check(to, known, known, err);
}

static int past_end(struct qpas_error *err, uint32_t index, uint32_t count)
{
	return qpasi_error_numbers(err, QPASI_MSG_INDEX_PAST_END, QPAS_STAGE_NONE, index, count);
}

int qpas_auth_report_describe(const struct qpas_auth_report *report,
			      struct qpas_auth_summary *summary, struct qpas_error *err)
{
	int result = begin(report, summary, sizeof(*summary), err);

	if (!result)
		qpasi_abi_give(summary, &report->summary, sizeof(*summary));
	return result;
}

int qpas_auth_report_signature(const struct qpas_auth_report *report, uint32_t index,
			       struct qpas_auth_signature *signature, struct qpas_error *err)
{
	int result = begin(report, signature, sizeof(*signature), err);

	if (result)
		return result;
	if (index >= report->summary.signatures)
		return past_end(err, index, report->summary.signatures);
	qpasi_abi_give(signature, &report->signatures[index], sizeof(*signature));
	return 0;
}

int qpas_auth_report_identity(const struct qpas_auth_report *report, uint32_t signer,
			      struct qpas_auth_identity *identity, struct qpas_error *err)
{
	int result = begin(report, identity, sizeof(*identity), err);

	if (result)
		return result;
	for (uint32_t i = 0; i < report->identity_count; i++) {
		if (report->identities[i].signer != signer)
			continue;
		qpasi_abi_give(identity, &report->identities[i], sizeof(*identity));
		return 0;
	}
	return qpasi_error_set(err, QPASI_MSG_NO_IDENTITY, QPAS_STAGE_SIGNATURE,
			       qpas_auth_signer_name(signer));
}

int qpas_auth_report_problem(const struct qpas_auth_report *report, uint32_t index,
			     struct qpas_auth_problem *problem, struct qpas_error *err)
{
	struct qpas_auth_problem found;
	int result = begin(report, problem, sizeof(*problem), err);

	if (result)
		return result;
	if (index >= report->summary.problems)
		return past_end(err, index, report->summary.problems);
	/* Set here, not when it was added: the list moves while it grows. */
	found = report->problems[index].public;
	found.text = report->problems[index].text;
	qpasi_abi_give(problem, &found, sizeof(*problem));
	return 0;
}
