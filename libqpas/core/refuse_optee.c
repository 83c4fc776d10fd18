/* SPDX-License-Identifier: BSD-3-Clause */
/* What OP-TEE's PAS service refuses: geometry (format/refuse_optee.c), then signature and bindings. */
#include "core/refuse.h"

#include <string.h>

#define FLAG_SOC       (UINT64_C(1) << 1)
#define FLAG_SERIAL    (UINT64_C(1) << 2)
#define FLAG_ANY_OEM   (UINT64_C(1) << 3)
#define FLAG_JTAG      (UINT64_C(1) << 10)
#define FLAG_ANY_MODEL (UINT64_C(1) << 11)

/* One kind of image for each id that it knows. */
static const struct {
	uint32_t pas_id;
	uint32_t sw_id;
} software[] = {
	{1, 0x04}, {6, 0x0d}, {9, 0x0e}, {18, 0x17}, {30, 0x44}, {33, 0x34}, {39, 0x58}, {40, 0x5a},
};

static void check_software(struct qpasi_refuse_facts *facts, struct qpasi_refusals *out)
{
	const struct qpas_auth_identity *identity = &facts->identity;
	size_t i = 0;

	if (facts->pas_id == QPAS_NO_PAS_ID) {
		facts->unasked |= QPAS_REFUSAL_UNASKED_PERIPHERAL;
		return;
	}
	while (i < sizeof(software) / sizeof(software[0]) && software[i].pas_id != facts->pas_id)
		i++;
	if (i == sizeof(software) / sizeof(software[0]))
		qpasi_refuse_note(out, QPASI_MSG_OPTEE_NO_ID, facts->pas_id, 0, NULL);
	else if (identity->signer && identity->sw_id != software[i].sw_id)
		qpasi_refuse_note(out, QPASI_MSG_OPTEE_SW_ID, identity->sw_id, facts->pas_id,
				  qpas_auth_sw_id_text(identity->sw_id));
}

/* It reads the flags more strictly than they are told by the report, where version 0 has no bit. */
static uint64_t bound_by(const struct qpas_auth_identity *identity)
{
	bool any_oem = identity->flags & FLAG_ANY_OEM;
	bool any_model = identity->major ? identity->flags & FLAG_ANY_MODEL : any_oem;
	uint64_t bound = 0;

	if (identity->flags & FLAG_SOC)
		bound |= QPAS_AUTH_BIND_SOC;
	if (identity->flags & FLAG_SERIAL)
		bound |= QPAS_AUTH_BIND_SERIAL;
	if (identity->flags & FLAG_JTAG)
		bound |= QPAS_AUTH_BIND_HW_ID;
	if (!any_oem)
		bound |= QPAS_AUTH_BIND_OEM_ID;
	if (!any_model)
		bound |= QPAS_AUTH_BIND_MODEL_ID;
	return bound;
}

static void check_identity(struct qpasi_refuse_facts *facts, struct qpasi_refusals *out)
{
	static const struct qpasi_refuse_binding bindings = {
		QPASI_MSG_OPTEE_SOC,	  QPASI_MSG_OPTEE_HW_ID,  QPASI_MSG_OPTEE_OEM_ID,
		QPASI_MSG_OPTEE_MODEL_ID, QPASI_MSG_OPTEE_SERIAL, QPASI_MSG_OPTEE_ROLLBACK};
	struct qpas_auth_identity *identity = &facts->identity;

	if (identity->signer != QPAS_AUTH_SIGNER_OEM || identity->major > 1 || identity->minor) {
		qpasi_refuse_note(out, QPASI_MSG_OPTEE_METADATA, identity->major, identity->minor,
				  NULL);
		return;
	}
	check_software(facts, out);
	identity->bound = bound_by(identity);
	qpasi_refuse_bindings(facts, &bindings, out);
}

static void check_chain(struct qpasi_refuse_facts *facts, struct qpasi_refusals *out)
{
	const struct qpas_auth_signature *first = &facts->signatures[0];
	struct qpas_auth_problem problem;
	const char *text = qpasi_refuse_problem(facts, qpasi_refuse_is_signature, &problem);

	if (first->algorithm && strcmp(first->algorithm, "ecdsa-p384-sha384") != 0)
		qpasi_refuse_note(out, QPASI_MSG_OPTEE_SCHEME, 0, 0, first->algorithm);
	if (first->certificates && (first->certificates < 2 || first->certificates > 3))
		qpasi_refuse_note(out, QPASI_MSG_OPTEE_CHAIN_LENGTH, first->certificates, 0, NULL);
	if (text && first->chain_valid == QPAS_AUTH_YES)
		qpasi_refuse_note(out, QPASI_MSG_OPTEE_SIGNATURE, 0, 0, text);
	else if (text)
		qpasi_refuse_note(out, QPASI_MSG_OPTEE_CHAIN, 0, 0, text);
	if (qpasi_refuse_other_root(facts))
		qpasi_refuse_note(out, QPASI_MSG_OPTEE_ROOT, 0, 0, first->root_name);
}

/* All that it leaves out on a device without secure boot. */
static void check_signature(struct qpasi_refuse_facts *facts, struct qpasi_refusals *out)
{
	const struct qpasi_mbn *mbn = &facts->mbn;

	if (facts->device.secure_boot == QPAS_AUTH_NO || mbn->version != 6)
		return;
	if (facts->device.secure_boot == QPAS_AUTH_NOT_CHECKED)
		facts->unasked |= QPAS_REFUSAL_UNASKED_SECURE_BOOT;
	if (mbn->qti_signature.length || mbn->qti_chain.length)
		qpasi_refuse_note(out, QPASI_MSG_OPTEE_QTI,
				  (uint64_t)mbn->qti_signature.length + mbn->qti_chain.length, 0,
				  NULL);
	if (!mbn->oem_signature.length || !mbn->oem_chain.length)
		qpasi_refuse_note(out, QPASI_MSG_OPTEE_UNSIGNED, 0, 0, NULL);
	else
		check_chain(facts, out);
	check_identity(facts, out);
}

static bool is_encrypted(const struct qpas_auth_problem *problem)
{
	return problem->message_id == QPASI_MSG_HASH_ENCRYPTED;
}

static void check_hash_segment(struct qpasi_refuse_facts *facts, struct qpasi_refusals *out)
{
	struct qpas_auth_problem problem;
	const char *text;

	if (facts->mbn.version || facts->plan->hash_index == QPAS_NO_SEGMENT)
		return;
	if (qpasi_refuse_problem(facts, is_encrypted, &problem)) {
		qpasi_refuse_note(out, QPASI_MSG_OPTEE_ENCRYPTED, 0, 0, NULL);
		return;
	}
	text = qpasi_refuse_problem(facts, qpasi_refuse_is_form, &problem);
	if (!text)
		text = qpasi_refuse_problem(facts, qpasi_refuse_is_kind, &problem);
	if (text)
		qpasi_refuse_note(out, QPASI_MSG_OPTEE_HASH_SEGMENT, 0, 0, text);
}

void qpasi_refuse_optee_service(struct qpasi_refuse_facts *facts, struct qpasi_refusals *out)
{
	struct qpasi_refuse_optee in = {facts->elf, facts->plan, NULL, facts->size};

	if (!facts->image) {
		qpasi_refuse_note(out, QPASI_MSG_WORLD_UNREADABLE, 0, 0, facts->reason);
		return;
	}
	if (facts->mbn.version)
		in.mbn = &facts->mbn;
	if (!facts->size)
		facts->unasked |= QPAS_REFUSAL_UNASKED_REGION;
	qpasi_refuse_optee(&in, out);
	check_hash_segment(facts, out);
	check_signature(facts, out);
	qpasi_refuse_digests(facts, QPASI_MSG_OPTEE_DIGEST, qpasi_refuse_optee_hashes, out);
}
