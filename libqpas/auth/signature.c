/* SPDX-License-Identifier: BSD-3-Clause */
/* One slot of the hash segment: which bytes are signed, and by which scheme. */
#include "auth/signature.h"

#include "auth/crypto.h"
#include "base/cursor.h"
#include "base/mem.h"

#define RANGES 3u
#define ZEROS  224u

/* Bytes of the hash segment that a signer's copy of the message has as zero. */
struct mask {
	uint32_t count;
	struct qpasi_mbn_part range[RANGES];
};

static void hide(struct mask *mask, uint32_t offset, uint32_t length)
{
	if (!length)
		return;
	mask->range[mask->count].offset = offset;
	mask->range[mask->count].length = length;
	mask->count++;
}

/*
 * Each signer leaves out the other one's sizes and metadata, with one exception: in v5 the OEM
 * covers QTI's sizes (docs/auth.md, "What is signed"). Ranges are added in ascending order.
 */
static void make_mask(const struct qpasi_mbn *mbn, uint32_t signer, struct mask *mask)
{
	bool oem = signer == QPAS_AUTH_SIGNER_OEM;
	const struct qpasi_mbn_part *other = oem ? &mbn->qti_metadata : &mbn->oem_metadata;

	mask->count = 0;
	switch (mbn->version) {
	case 5:
	case 6:
		if (oem && mbn->version == 6)
			hide(mask, 0x08, 8);
		if (!oem) {
			hide(mask, 0x1c, 4);
			hide(mask, 0x24, 4);
		}
		break;
	case 7:
		hide(mask, oem ? 0x18 : 0x20, 8);
		break;
	default:
		return;
	}
	hide(mask, other->offset, other->length);
}

/* Feeds [from, to) of the segment. */
static int feed(const struct qpasi_claim *claim, struct qpasi_hasher *hasher, uint32_t from,
		uint32_t to, struct qpasi_fault *fault)
{
	struct qpas_slice part;

	if (!qpasi_slice_sub(claim->input->hash_segment, from, to - from, &part))
		return qpasi_fault_set(fault, QPASI_MSG_HASH_PARTS_RANGE, QPAS_NO_SEGMENT, to,
				       claim->input->hash_segment.len);
	return qpasi_hasher_update(hasher, part, fault);
}

/* Hashed in place, with a block of zeros for what is hidden: no copy of the message is made. */
static int feed_masked(const struct qpasi_claim *claim, struct qpasi_hasher *hasher,
		       const struct mask *mask, struct qpasi_fault *fault)
{
	static const uint8_t zeros[ZEROS];
	const struct qpasi_mbn_part *table = &claim->input->mbn->table;
	uint32_t at = 0;
	int result = 0;

	for (uint32_t i = 0; !result && i < mask->count; i++) {
		struct qpas_slice hidden = {zeros, mask->range[i].length};

		result = feed(claim, hasher, at, mask->range[i].offset, fault);
		if (!result)
			result = qpasi_hasher_update(hasher, hidden, fault);
		at = mask->range[i].offset + mask->range[i].length;
	}
	return result ? result : feed(claim, hasher, at, table->offset + table->length, fault);
}

int qpasi_claim_digest(const struct qpasi_claim *claim, uint32_t bits, bool masked,
		       uint8_t digest[QPASI_DIGEST_MAX], struct qpasi_fault *fault)
{
	struct qpasi_hasher *hasher = NULL;
	struct mask mask = {0};
	int result;

	if (masked)
		make_mask(claim->input->mbn, claim->signer, &mask);
	result = qpasi_hasher_new(claim->env, bits, &hasher, fault);
	if (!result)
		result = qpasi_hasher_begin(hasher, fault);
	if (!result)
		result = feed_masked(claim, hasher, &mask, fault);
	if (!result)
		result = qpasi_hasher_finish(hasher, digest, fault);
	qpasi_hasher_free(hasher);
	return result;
}

/* The leaf's own signature algorithm names the image's scheme. */
static int check_claim(const struct qpasi_claim *claim, struct qpas_auth_signature *facts)
{
	int nid = X509_get_signature_nid(claim->chain->cert[0]);
	uint32_t version = claim->input->mbn->version;
	const char *name = OBJ_nid2sn(nid);

	if (nid == NID_rsassaPss) {
		facts->algorithm = "rsa-pss-sha256";
		return qpasi_scheme_pss(claim);
	}
	if (nid == NID_ecdsa_with_SHA384) {
		facts->algorithm = "ecdsa-p384-sha384";
		return qpasi_scheme_ecdsa(claim);
	}
	if (nid == NID_sha256WithRSAEncryption && version == 3) {
		facts->algorithm = "rsa-pkcs1-v15-mbn3";
		return qpasi_scheme_legacy(claim);
	}
	return qpasi_chain_fault(claim->chain, QPASI_MSG_SIGN_SCHEME, version, 0,
				 name ? name : "?");
}

/* Over the DER as it stands in the slot, as fuses hold it, not over a re-encoding. */
static int hash_root(const struct qpasi_env *env, const struct qpasi_chain *chain, uint32_t bits,
		     uint8_t *to)
{
	struct qpasi_hasher *hasher;
	uint8_t digest[QPASI_DIGEST_MAX];
	int result = qpasi_hasher_new(env, bits, &hasher, chain->fault);

	if (result)
		return result;
	result = qpasi_hasher_begin(hasher, chain->fault);
	if (!result)
		result = qpasi_hasher_update(hasher, chain->der[chain->count - 1], chain->fault);
	if (!result)
		result = qpasi_hasher_finish(hasher, digest, chain->fault);
	if (!result)
		memcpy(to, digest, bits / 8);
	qpasi_hasher_free(hasher);
	return result;
}

/* Both hashes: fuses of older devices hold SHA-256, of newer ones SHA-384. */
int qpasi_claim_describe(const struct qpasi_claim *claim, struct qpas_auth_signature *facts)
{
	int result = hash_root(claim->env, claim->chain, 256, facts->root_sha256);

	if (!result)
		result = hash_root(claim->env, claim->chain, 384, facts->root_sha384);
	if (!result)
		qpasi_chain_describe(claim->chain, facts);
	return result;
}

/* What is of a kind that is not handled has not been checked. */
static uint32_t answer_of(int result)
{
	if (!result)
		return QPAS_AUTH_YES;
	return result == QPAS_ERR_UNSUPP ? QPAS_AUTH_NOT_CHECKED : QPAS_AUTH_NO;
}

/* Both halves are answered, whatever the first one says; the first fault is the one reported. */
static int check_both(const struct qpasi_claim *claim, struct qpas_auth_signature *facts)
{
	struct qpasi_fault later = QPASI_FAULT_INIT;
	struct qpasi_chain chain = *claim->chain;
	struct qpasi_claim second = *claim;
	int result = qpasi_chain_check(claim->chain);
	int signature;

	facts->certificates = claim->chain->count;
	facts->chain_valid = answer_of(result);
	if (!result)
		result = qpasi_claim_describe(claim, facts);
	if (result)
		chain.fault = &later;
	second.chain = &chain;
	signature = qpasi_chain_check_key(&chain, 0);
	if (!signature)
		signature = check_claim(&second, facts);
	facts->valid = answer_of(signature);
	return result ? result : signature;
}

/* Half a slot is no signature: the missing half might have been taken away. */
static int check_slot(struct qpasi_claim *claim, struct qpasi_chain *chain,
		      const struct qpasi_mbn_part *signature, const struct qpasi_mbn_part *part,
		      struct qpas_auth_signature *facts)
{
	int result;

	if (!part->length)
		return qpasi_chain_fault(chain, QPASI_MSG_SIGN_NO_CHAIN, 0, 0, NULL);
	if (!signature->length)
		return qpasi_chain_fault(chain, QPASI_MSG_SIGN_NO_SIGNATURE, 0, 0, NULL);
	facts->chain_valid = QPAS_AUTH_NO;
	(void)qpasi_slice_sub(claim->input->hash_segment, signature->offset, signature->length,
			      &claim->signature);
	result = qpasi_chain_open(chain, claim->input->hash_segment, part, false);
	if (result)
		return result;
	claim->chain = chain;
	claim->key = X509_get0_pubkey(chain->cert[0]);
	return check_both(claim, facts);
}

bool qpasi_auth_slot_filled(const struct qpasi_mbn *mbn, uint32_t signer)
{
	if (signer == QPAS_AUTH_SIGNER_OEM)
		return mbn->oem_signature.length || mbn->oem_chain.length;
	return mbn->qti_signature.length || mbn->qti_chain.length;
}

void qpasi_auth_list_signature(const struct qpasi_mbn *mbn, uint32_t signer,
			       struct qpas_auth_signature *facts)
{
	static const struct qpas_auth_signature fresh = QPAS_AUTH_SIGNATURE_INIT;
	bool oem = signer == QPAS_AUTH_SIGNER_OEM;
	const struct qpasi_mbn_part *signature = oem ? &mbn->oem_signature : &mbn->qti_signature;
	const struct qpasi_mbn_part *chain = oem ? &mbn->oem_chain : &mbn->qti_chain;

	*facts = fresh;
	facts->signer = signer;
	facts->signature_bytes = signature->length;
	facts->signature_offset = signature->offset;
	facts->chain_bytes = chain->length;
	facts->chain_offset = chain->offset;
}

int qpasi_auth_check_signature(const struct qpasi_env *env, const struct qpasi_auth_input *input,
			       uint32_t signer, struct qpas_auth_signature *facts,
			       struct qpasi_fault *fault)
{
	const struct qpasi_mbn *mbn = input->mbn;
	bool oem = signer == QPAS_AUTH_SIGNER_OEM;
	const struct qpasi_mbn_part *signature = oem ? &mbn->oem_signature : &mbn->qti_signature;
	const struct qpasi_mbn_part *part = oem ? &mbn->oem_chain : &mbn->qti_chain;
	struct qpasi_chain chain = {qpasi_slot_name(signer), fault, 0, {NULL}, {{NULL, 0}}};
	struct qpasi_claim claim = {env, input, signer, &chain, NULL, {NULL, 0}};
	int result;

	qpasi_auth_list_signature(mbn, signer, facts);
	qpasi_crypto_enter();
	result = check_slot(&claim, &chain, signature, part, facts);
	if (result && qpasi_crypto_no_memory())
		result = qpasi_fault_set(fault, QPASI_MSG_NO_MEMORY, QPAS_NO_SEGMENT, 0, 0);
	qpasi_chain_close(&chain);
	qpasi_crypto_leave();
	return result;
}
