/* SPDX-License-Identifier: BSD-3-Clause */
/* What a signer bound the image to: metadata blocks of v6 to v8, the leaf's OUs of v3 and v5. */
#include "auth/auth.h"

#include "auth/certificate.h"
#include "auth/crypto.h"
#include "auth/identity.h"
#include "base/mem.h"

/* Number of values up to the last one that is not zero. */
static uint32_t count_used(const uint32_t *values, uint32_t count)
{
	while (count && !values[count - 1])
		count--;
	return count;
}

/* What DEBUG means in these versions is not public, so its word is passed on as it is. */
static void from_words(const struct qpasi_leaf_words *words, struct qpas_auth_identity *identity)
{
	static const struct {
		enum qpasi_ou number;
		uint64_t known;
	} members[] = {
		{QPASI_OU_SW_ID, QPAS_AUTH_HAS_SW_ID | QPAS_AUTH_HAS_ANTI_ROLLBACK},
		{QPASI_OU_HW_ID, QPAS_AUTH_HAS_HW_ID},
		{QPASI_OU_DEBUG, QPAS_AUTH_HAS_DEBUG},
		{QPASI_OU_OEM_ID, QPAS_AUTH_HAS_OEM_ID},
		{QPASI_OU_MODEL_ID, QPAS_AUTH_HAS_MODEL_ID},
		{QPASI_OU_APP_ID, QPAS_AUTH_HAS_SECONDARY_SW_ID},
		{QPASI_OU_SOC_VERS, QPAS_AUTH_HAS_SOC_VERSIONS},
	};

	for (size_t i = 0; i < sizeof(members) / sizeof(members[0]); i++) {
		if (words->seen[members[i].number])
			identity->known |= members[i].known;
	}
	identity->sw_id = (uint32_t)words->value[QPASI_OU_SW_ID];
	identity->anti_rollback = (uint32_t)(words->value[QPASI_OU_SW_ID] >> 32);
	identity->hw_id = words->value[QPASI_OU_HW_ID];
	identity->oem_id = (uint32_t)words->value[QPASI_OU_OEM_ID];
	identity->model_id = (uint32_t)words->value[QPASI_OU_MODEL_ID];
	identity->secondary_sw_id = (uint32_t)words->value[QPASI_OU_APP_ID];
	identity->debug_word = words->value[QPASI_OU_DEBUG];
	identity->debug = identity->debug_word ? QPAS_AUTH_DEBUG_OTHER : QPAS_AUTH_DEBUG_UNSET;
	memcpy(identity->soc_versions, words->soc, sizeof(words->soc));
	identity->soc_count = count_used(words->soc, QPASI_OU_SOC_MAX);
}

/* HW_ID holds OEM_ID and MODEL_ID, so these are bound with it unless the leaf says otherwise. */
static uint64_t bound_by_words(const struct qpasi_leaf_words *words)
{
	uint64_t bound = 0;

	bound |= words->value[QPASI_OU_IN_USE_SOC] ? QPAS_AUTH_BIND_SOC : QPAS_AUTH_BIND_HW_ID;
	if (words->value[QPASI_OU_USE_SERIAL])
		bound |= QPAS_AUTH_BIND_SERIAL;
	if (!words->value[QPASI_OU_OEM_INDEPENDENT])
		bound |= QPAS_AUTH_BIND_OEM_ID | QPAS_AUTH_BIND_MODEL_ID;
	return bound;
}

/* Parses the leaf once more, so that an identity can be had without checking anything. */
static int from_leaf(const struct qpasi_auth_input *input, uint32_t signer,
		     struct qpas_auth_identity *identity, struct qpasi_fault *fault)
{
	const struct qpasi_mbn *mbn = input->mbn;
	const struct qpasi_mbn_part *part = signer == QPAS_AUTH_SIGNER_OEM ? &mbn->oem_chain :
									     &mbn->qti_chain;
	struct qpasi_chain chain = {qpasi_slot_name(signer), fault, 0, {NULL}, {{NULL, 0}}};
	struct qpasi_leaf_words words;
	int result;

	if (!part->length)
		return qpasi_chain_fault(&chain, QPASI_MSG_NO_IDENTITY, 0, 0, NULL);
	qpasi_crypto_enter();
	result = qpasi_chain_open(&chain, input->hash_segment, part, true);
	if (!result) {
		qpasi_leaf_read(chain.cert[0], &words);
		from_words(&words, identity);
		identity->bound = bound_by_words(&words);
	}
	qpasi_chain_close(&chain);
	qpasi_crypto_leave();
	return result;
}

int qpasi_auth_identify(const struct qpasi_auth_input *input, uint32_t signer,
			struct qpas_auth_identity *identity, struct qpasi_fault *fault)
{
	static const struct qpas_auth_identity fresh = QPAS_AUTH_IDENTITY_INIT;

	*identity = fresh;
	identity->signer = signer;
	if (input->mbn->version < 6)
		return from_leaf(input, signer, identity, fault);
	return qpasi_identity_from_metadata(input, signer, identity, fault);
}
