/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What Qualcomm's trusted world refuses, as far as sources or public images tell. It is a black box:
 * a list without entries is no promise.
 */
#include "core/refuse.h"

#include "auth/auth.h"
#include "image/image_internal.h"

static void check_software(struct qpasi_refuse_facts *facts, struct qpasi_refusals *out)
{
	const struct qpas_auth_summary *summary = &facts->summary;
	const struct qpas_peripheral *peripheral = facts->params->peripheral;

	if (!peripheral) {
		facts->unasked |= QPAS_REFUSAL_UNASKED_PERIPHERAL;
		return;
	}
	if (facts->pas_id == QPAS_NO_PAS_ID)
		qpasi_refuse_note(out, QPASI_MSG_WORLD_NO_ID, 0, 0, peripheral->name);
	else if (summary->has_sw_id && !qpasi_auth_software_fits(facts->pas_id, summary->sw_id))
		qpasi_refuse_note(out, QPASI_MSG_WORLD_SW_ID, summary->sw_id, facts->pas_id,
				  qpas_auth_sw_id_text(summary->sw_id));
}

static void check_region(struct qpasi_refuse_facts *facts, struct qpasi_refusals *out)
{
	const struct qpasi_plan *plan = facts->plan;

	if (!facts->size) {
		facts->unasked |= QPAS_REFUSAL_UNASKED_REGION;
		return;
	}
	if (plan->size > facts->size)
		qpasi_refuse_note(out, QPASI_MSG_WORLD_CARVEOUT, plan->size, facts->size, NULL);
	else if (!plan->relocatable &&
		 (plan->min < facts->base || plan->min - facts->base > facts->size - plan->size))
		qpasi_refuse_note(out, QPASI_MSG_WORLD_ADDRESS, plan->min, facts->base, NULL);
}

static void check_plan(const struct qpasi_refuse_facts *facts, struct qpasi_refusals *out)
{
	const struct qpasi_fault *fault = &facts->image->load_fault;
	uint32_t rule = fault->message == QPASI_MSG_PLAN_UNSIGNED ? QPASI_MSG_WORLD_NO_HASH :
								    QPASI_MSG_WORLD_PLAN;

	if (facts->image->load_code)
		qpasi_refuse_note(out, rule, 0, 0, facts->reason);
}

/* Which rule a broken signature or chain falls under. */
static uint32_t signature_rule(const struct qpas_auth_problem *problem)
{
	if (problem->code == QPAS_ERR_UNSUPP)
		return QPASI_MSG_WORLD_UNSUPPORTED;
	if (problem->message_id >= QPASI_MSG_SIGN_SCHEME ||
	    problem->message_id == QPASI_MSG_SIGN_CRYPTO ||
	    problem->message_id == QPASI_MSG_SIGN_NO_SIGNATURE)
		return QPASI_MSG_WORLD_SIGNATURE;
	return QPASI_MSG_WORLD_CHAIN;
}

static void check_report(struct qpasi_refuse_facts *facts, struct qpasi_refusals *out)
{
	struct qpas_auth_problem problem;
	const char *text;

	text = qpasi_refuse_problem(facts, qpasi_refuse_is_form, &problem);
	if (text)
		qpasi_refuse_note(out, QPASI_MSG_WORLD_HASH_SEGMENT, 0, 0, text);
	text = qpasi_refuse_problem(facts, qpasi_refuse_is_kind, &problem);
	if (text)
		qpasi_refuse_note(out, QPASI_MSG_WORLD_UNSUPPORTED, 0, 0, text);
	qpasi_refuse_digests(facts, QPASI_MSG_WORLD_DIGEST, NULL, out);
	text = qpasi_refuse_problem(facts, qpasi_refuse_is_signature, &problem);
	if (text)
		qpasi_refuse_note(out, signature_rule(&problem), 0, 0, text);
}

static void check_unsigned(struct qpasi_refuse_facts *facts, struct qpasi_refusals *out)
{
	if (facts->summary.verdict != QPAS_AUTH_UNSIGNED || !facts->mbn.version)
		return;
	if (facts->device.secure_boot == QPAS_AUTH_NOT_CHECKED)
		facts->unasked |= QPAS_REFUSAL_UNASKED_SECURE_BOOT;
	if (facts->device.secure_boot != QPAS_AUTH_NO)
		qpasi_refuse_note(out, QPASI_MSG_WORLD_UNSIGNED, 0, 0, NULL);
}

static void check_root(struct qpasi_refuse_facts *facts, struct qpasi_refusals *out)
{
	const struct qpas_auth_signature *first = &facts->signatures[0];
	bool given = facts->device.root_hash.len != 0;

	if (facts->device.secure_boot == QPAS_AUTH_NO)
		return;
	if (qpasi_refuse_other_root(facts))
		qpasi_refuse_note(out, QPASI_MSG_WORLD_ROOT, 0, 0, first->root_name);
	if (given || !facts->summary.signatures || first->test_root != QPAS_AUTH_YES)
		return;
	/* Most public images have test roots: without a word on the device that is a question. */
	if (facts->device.secure_boot == QPAS_AUTH_YES)
		qpasi_refuse_note(out, QPASI_MSG_WORLD_TEST_ROOT, 0, 0, first->root_name);
	else
		facts->unasked |= QPAS_REFUSAL_UNASKED_SECURE_BOOT;
}

void qpasi_refuse_tz(struct qpasi_refuse_facts *facts, struct qpasi_refusals *out)
{
	static const struct qpasi_refuse_binding bindings = {
		QPASI_MSG_WORLD_SOC,	  QPASI_MSG_WORLD_HW_ID,  QPASI_MSG_WORLD_OEM_ID,
		QPASI_MSG_WORLD_MODEL_ID, QPASI_MSG_WORLD_SERIAL, QPASI_MSG_WORLD_ROLLBACK};

	check_software(facts, out);
	if (!facts->image) {
		qpasi_refuse_note(out, QPASI_MSG_WORLD_UNREADABLE, 0, 0, facts->reason);
		return;
	}
	check_plan(facts, out);
	check_region(facts, out);
	check_report(facts, out);
	check_unsigned(facts, out);
	check_root(facts, out);
	qpasi_refuse_bindings(facts, &bindings, out);
}
