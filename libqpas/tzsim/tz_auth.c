/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Whether the trusted world believes an image's metadata: digest of the headers, signatures and
 * chains, root against the fuses, and what the image is bound to. Judges a copy, never the host's
 * memory.
 */
#include "tzsim/model.h"

/* The copy that is judged, and for whom. */
struct trial {
	struct qpas_tzsim *model;
	uint32_t id;
	const struct qpasi_auth_input *input;
};

/* ---- signatures ---- */

static int64_t not_signed(const struct trial *trial)
{
	return qpasi_tzsim_refuse(
		trial->model, QPASI_TZSIM_NOT_SIGNED,
		"PAS id %u: this machine has a root fused, and the image has no OEM "
		"signature; sign it",
		trial->id);
}

static int64_t refuse_signature(const struct trial *trial, const struct qpas_auth_signature *facts,
				int code, const struct qpasi_fault *fault)
{
	bool chain = facts->signature_bytes && facts->chain_valid != QPAS_AUTH_YES;
	int64_t status = chain ? QPASI_TZSIM_WRONG_CHAIN : QPASI_TZSIM_WRONG_SIGNATURE;
	char text[200];

	if (code == QPAS_ERR_UNSUPP)
		status = QPASI_TZSIM_UNKNOWN_SCHEME;
	if (code == QPAS_ERR_NOMEM)
		status = QPASI_TZSIM_NO_MEMORY;
	(void)qpasi_fault_text(fault, text, sizeof(text));
	return qpasi_tzsim_refuse(trial->model, status, "PAS id %u: %s", trial->id, text);
}

/* Right to its own root, and that root the fused one where one is. */
static int64_t check_signature(const struct trial *trial, uint32_t signer)
{
	struct qpasi_fault fault = QPASI_FAULT_INIT;
	struct qpas_auth_signature facts;
	int code = qpasi_auth_check_signature(&trial->model->env, trial->input, signer, &facts,
					      &fault);

	if (code)
		return refuse_signature(trial, &facts, code, &fault);
	if (qpasi_tzsim_fuses_root(&trial->model->profile.fuses, &facts))
		return QPASI_TZSIM_DONE;
	return qpasi_tzsim_refuse(
		trial->model, QPASI_TZSIM_WRONG_ROOT,
		"PAS id %u: the %s chain ends in \"%s\", which is not the fused root; "
		"sign with a key of this machine's root",
		trial->id, qpas_auth_signer_name(signer), facts.root_name);
}

static int64_t check_signatures(const struct trial *trial)
{
	const struct qpasi_mbn *mbn = trial->input->mbn;
	int64_t status = QPASI_TZSIM_DONE;

	if (trial->model->profile.fuses.root[0].length &&
	    !qpasi_auth_slot_filled(mbn, QPAS_AUTH_SIGNER_OEM))
		return not_signed(trial);
	for (uint32_t signer = QPAS_AUTH_SIGNER_OEM; !status && signer <= QPAS_AUTH_SIGNER_QTI;
	     signer++) {
		if (qpasi_auth_slot_filled(mbn, signer))
			status = check_signature(trial, signer);
	}
	return status;
}

/* ---- identity ---- */

static int64_t check_identity(const struct trial *trial, const struct qpas_auth_identity *identity)
{
	const char *signer = qpas_auth_signer_name(identity->signer);
	struct qpasi_tzsim_misfit misfit;

	if (identity->known & QPAS_AUTH_HAS_SW_ID &&
	    !qpasi_auth_software_fits(trial->id, identity->sw_id))
		return qpasi_tzsim_refuse(
			trial->model, QPASI_TZSIM_WRONG_SW_ID,
			"the image is signed as SW_ID 0x%x, which is not what PAS id %u runs; "
			"load its own image",
			identity->sw_id, trial->id);
	if (qpasi_tzsim_fuses_fit(&trial->model->profile.fuses, identity, &misfit))
		return QPASI_TZSIM_DONE;
	if (misfit.status == QPASI_TZSIM_ROLLED_BACK)
		return qpasi_tzsim_refuse(
			trial->model, misfit.status,
			"PAS id %u: the image's %s is %u, this machine wants 0x%llx "
			"at least; load a newer one",
			trial->id, misfit.what, identity->anti_rollback,
			(unsigned long long)misfit.number);
	return qpasi_tzsim_refuse(trial->model, misfit.status,
				  "PAS id %u: the %s signer bound the image to other %s; this "
				  "machine has 0x%llx",
				  trial->id, signer, misfit.what,
				  (unsigned long long)misfit.number);
}

/* A leaf was read before, so whatever goes wrong now is no fault of the image. */
static int64_t check_signer(const struct trial *trial, uint32_t signer, bool *named)
{
	struct qpas_auth_identity identity = QPAS_AUTH_IDENTITY_INIT;
	struct qpasi_fault fault = QPASI_FAULT_INIT;
	int code = qpasi_auth_identify(trial->input, signer, &identity, &fault);

	if (code == QPAS_ERR_NOTFOUND)
		return QPASI_TZSIM_DONE;
	if (code)
		return qpasi_tzsim_refuse(trial->model, QPASI_TZSIM_NO_MEMORY,
					  "PAS id %u: the %s leaf could not be read again",
					  trial->id, qpas_auth_signer_name(signer));
	*named = *named || identity.known & QPAS_AUTH_HAS_SW_ID;
	return check_identity(trial, &identity);
}

/*
 * A signer who did not sign is not heard: no signature protects its words. Only of an image that
 * nobody signed is the OEM's word taken, as it is all that there is; without a leaf that is nothing
 * in v3 and v5. Whoever signs has to say what.
 */
static int64_t check_identities(const struct trial *trial)
{
	const struct qpasi_mbn *mbn = trial->input->mbn;
	bool qti = qpasi_auth_slot_filled(mbn, QPAS_AUTH_SIGNER_QTI);
	bool oem = qpasi_auth_slot_filled(mbn, QPAS_AUTH_SIGNER_OEM);
	int64_t status = QPASI_TZSIM_DONE;
	bool named = !oem && !qti;

	if (oem || !qti)
		status = check_signer(trial, QPAS_AUTH_SIGNER_OEM, &named);
	if (!status && qti)
		status = check_signer(trial, QPAS_AUTH_SIGNER_QTI, &named);
	if (status || named)
		return status;
	return qpasi_tzsim_refuse(
		trial->model, QPASI_TZSIM_WRONG_SW_ID,
		"PAS id %u: the image is signed and has no SW_ID; sign it with the "
		"one of its kind",
		trial->id);
}

/* Which of the two: headers that are wrong, or a digest that could not be made. */
static int64_t refuse_headers(struct qpas_tzsim *model, int code, const struct qpasi_fault *fault)
{
	int64_t status = code == QPAS_ERR_MISMATCH ? QPASI_TZSIM_WRONG_HEADERS :
						     QPASI_TZSIM_NO_MEMORY;
	char text[200];

	(void)qpasi_fault_text(fault, text, sizeof(text));
	return qpasi_tzsim_refuse(model, status, "metadata: %s", text);
}

int64_t qpasi_tzsim_auth_judge(struct qpas_tzsim *model, uint32_t id,
			       const struct qpasi_auth_input *input, struct qpasi_hasher *hasher)
{
	struct trial trial = {model, id, input};
	struct qpasi_fault fault = QPASI_FAULT_INIT;
	int code = qpasi_auth_check_entry(hasher, input, NULL, 0, &fault);
	int64_t status;

	if (code)
		return refuse_headers(model, code, &fault);
	status = check_signatures(&trial);
	return status ? status : check_identities(&trial);
}
