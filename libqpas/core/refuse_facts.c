/* SPDX-License-Identifier: BSD-3-Clause */
/* Judgements that the trusted world and OP-TEE share: problems of a report, root, bindings. */
#include "core/refuse.h"

#include <stdio.h>
#include <string.h>

void qpasi_refuse_note(struct qpasi_refusals *out, uint32_t rule, uint64_t a, uint64_t b,
		       const char *s)
{
	struct qpasi_refusal entry = {rule, 0, QPAS_NO_SEGMENT, 1, 0, a, b, s};

	qpasi_refusals_add(out, &entry);
}

/* ---- problems ---- */

bool qpasi_refuse_is_signature(const struct qpas_auth_problem *problem)
{
	return problem->code && problem->message_id >= QPASI_MSG_SIGN_CRYPTO &&
	       problem->message_id <= QPASI_MSG_SIGN_NO_ID;
}

bool qpasi_refuse_is_digest(const struct qpas_auth_problem *problem)
{
	return problem->code == QPAS_ERR_MISMATCH && !qpasi_refuse_is_signature(problem);
}

bool qpasi_refuse_is_kind(const struct qpas_auth_problem *problem)
{
	return problem->code == QPAS_ERR_UNSUPP;
}

bool qpasi_refuse_is_form(const struct qpas_auth_problem *problem)
{
	switch (problem->code) {
	case QPAS_ERR_FORMAT:
	case QPAS_ERR_TRUNC:
	case QPAS_ERR_RANGE:
	case QPAS_ERR_OVERFLOW:
	case QPAS_ERR_LIMIT:
		return !qpasi_refuse_is_signature(problem);
	default:
		return false;
	}
}

/* Problem `index` of the report; false past the end. */
static bool problem_at(const struct qpasi_refuse_facts *facts, uint32_t index,
		       struct qpas_auth_problem *problem)
{
	static const struct qpas_auth_problem fresh = QPAS_AUTH_PROBLEM_INIT;

	*problem = fresh;
	return index < facts->summary.problems &&
	       !qpas_auth_report_problem(facts->report, index, problem, NULL);
}

const char *qpasi_refuse_problem(const struct qpasi_refuse_facts *facts,
				 bool (*wanted)(const struct qpas_auth_problem *problem),
				 struct qpas_auth_problem *problem)
{
	for (uint32_t i = 0; problem_at(facts, i, problem); i++) {
		if (wanted(problem))
			return problem->text;
	}
	return NULL;
}

void qpasi_refuse_digests(const struct qpasi_refuse_facts *facts, uint32_t rule,
			  bool (*counts)(const struct qpasi_phdr *phdr), struct qpasi_refusals *out)
{
	struct qpas_auth_problem problem;

	for (uint32_t i = 0; problem_at(facts, i, &problem); i++) {
		struct qpasi_refusal entry = {rule, 0, problem.segment, 1, problem.offset,
					      0,    0, problem.text};
		uint32_t segment = problem.segment;

		if (!qpasi_refuse_is_digest(&problem))
			continue;
		if (counts && segment && segment < facts->elf->phnum &&
		    !counts(&facts->elf->phdr[segment]))
			continue;
		qpasi_refusals_add(out, &entry);
	}
}

/* ---- root ---- */

bool qpasi_refuse_other_root(struct qpasi_refuse_facts *facts)
{
	const struct qpas_auth_signature *first = &facts->signatures[0];
	struct qpas_slice given = facts->device.root_hash;
	const uint8_t *root = given.len == 32 ? first->root_sha256 : first->root_sha384;

	/* Of a chain that is not right nobody knows the root. */
	if (!facts->summary.signatures || first->chain_valid != QPAS_AUTH_YES)
		return false;
	if (!given.len) {
		if (facts->device.secure_boot != QPAS_AUTH_NO)
			facts->unasked |= QPAS_REFUSAL_UNASKED_ROOT;
		return false;
	}
	return memcmp(root, given.ptr, given.len) != 0;
}

/* ---- bindings ---- */

/* Whether a member is to be compared: bound, and known of the device. */
static bool compares(struct qpasi_refuse_facts *facts, uint64_t bound, uint64_t known,
		     uint64_t unasked)
{
	if (!(facts->identity.bound & bound))
		return false;
	if (facts->device.known & known)
		return true;
	facts->unasked |= unasked;
	return false;
}

static void list_soc_versions(struct qpasi_refuse_facts *facts)
{
	const struct qpas_auth_identity *identity = &facts->identity;
	size_t used = 0;

	facts->soc_versions[0] = '\0';
	for (uint32_t i = 0; i < identity->soc_count && i < 12; i++) {
		int more = snprintf(facts->soc_versions + used, sizeof(facts->soc_versions) - used,
				    "%s0x%x", i ? " " : "",
				    (unsigned int)identity->soc_versions[i]);

		if (more < 0 || (size_t)more >= sizeof(facts->soc_versions) - used)
			break;
		used += (size_t)more;
	}
}

static void check_soc(struct qpasi_refuse_facts *facts, uint32_t rule, struct qpasi_refusals *out)
{
	const struct qpas_auth_identity *identity = &facts->identity;

	if (!compares(facts, QPAS_AUTH_BIND_SOC, QPAS_AUTH_HAS_SOC_VERSIONS,
		      QPAS_REFUSAL_UNASKED_SOC))
		return;
	for (uint32_t i = 0; i < identity->soc_count && i < 12; i++) {
		if (identity->soc_versions[i] == facts->device.soc_version)
			return;
	}
	list_soc_versions(facts);
	qpasi_refuse_note(out, rule, facts->device.soc_version, 0, facts->soc_versions);
}

static void check_serial(struct qpasi_refuse_facts *facts, uint32_t rule,
			 struct qpasi_refusals *out)
{
	const struct qpas_auth_identity *identity = &facts->identity;

	if (!compares(facts, QPAS_AUTH_BIND_SERIAL, QPAS_AUTH_HAS_SERIALS,
		      QPAS_REFUSAL_UNASKED_SERIAL))
		return;
	for (uint32_t i = 0; i < identity->serial_count && i < 8; i++) {
		if (identity->serials[i] == facts->device.serial)
			return;
	}
	qpasi_refuse_note(out, rule, facts->device.serial, 0, NULL);
}

static void check_rollback(struct qpasi_refuse_facts *facts, uint32_t rule,
			   struct qpasi_refusals *out)
{
	uint32_t image = facts->identity.anti_rollback;

	if (!(facts->identity.known & QPAS_AUTH_HAS_ANTI_ROLLBACK))
		return;
	if (!(facts->device.known & QPAS_AUTH_HAS_ANTI_ROLLBACK))
		facts->unasked |= QPAS_REFUSAL_UNASKED_ANTI_ROLLBACK;
	else if (image < facts->device.anti_rollback)
		qpasi_refuse_note(out, rule, image, facts->device.anti_rollback, NULL);
}

void qpasi_refuse_bindings(struct qpasi_refuse_facts *facts,
			   const struct qpasi_refuse_binding *rules, struct qpasi_refusals *out)
{
	const struct qpas_auth_identity *identity = &facts->identity;
	const struct qpas_refusal_device *device = &facts->device;

	if (!identity->signer)
		return;
	check_soc(facts, rules->soc, out);
	if (compares(facts, QPAS_AUTH_BIND_HW_ID, QPAS_AUTH_HAS_HW_ID,
		     QPAS_REFUSAL_UNASKED_HW_ID) &&
	    identity->hw_id != device->hw_id)
		qpasi_refuse_note(out, rules->hw_id, identity->hw_id, device->hw_id, NULL);
	if (compares(facts, QPAS_AUTH_BIND_OEM_ID, QPAS_AUTH_HAS_OEM_ID,
		     QPAS_REFUSAL_UNASKED_OEM_ID) &&
	    identity->oem_id != device->oem_id)
		qpasi_refuse_note(out, rules->oem_id, identity->oem_id, device->oem_id, NULL);
	if (compares(facts, QPAS_AUTH_BIND_MODEL_ID, QPAS_AUTH_HAS_MODEL_ID,
		     QPAS_REFUSAL_UNASKED_MODEL_ID) &&
	    identity->model_id != device->model_id)
		qpasi_refuse_note(out, rules->model_id, identity->model_id, device->model_id, NULL);
	check_serial(facts, rules->serial, out);
	check_rollback(facts, rules->rollback, out);
}
