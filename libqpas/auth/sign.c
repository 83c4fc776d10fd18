/* SPDX-License-Identifier: BSD-3-Clause */
/* The order of signing: lay out, write, hash, sign, and verify what came out. */
#include "auth/sign.h"

#include "auth/auth.h"
#include "base/cursor.h"
#include "base/mem.h"
#include "base/params.h"
#include "format/plan.h"

/* An image that is being signed. Large: kept off the stack. */
struct signing {
	const struct qpasi_sign_request *request;
	struct qpasi_sign_layout layout;
	uint8_t *bytes;
	uint8_t *segment; /* the hash segment among them */
	struct qpasi_elf elf; /* decoded from them again */
	struct qpasi_mbn mbn; /* from the segment */
	struct qpasi_auth_input input;
	struct qpasi_hasher *hasher;
	struct qpasi_fault *fault;
};

static struct qpas_slice data_of(const struct signing *signing, uint32_t index)
{
	const struct qpasi_phdr *phdr = &signing->elf.phdr[index];
	struct qpas_slice data = {signing->bytes + phdr->offset, (size_t)phdr->filesz};

	return data;
}

/* What is hashed for the one-shot entry: the loaded data of all segments, as if they were one. */
static int hash_all(const struct signing *signing)
{
	const struct qpasi_elf *elf = &signing->elf;
	int result = 0;

	for (uint32_t i = 0; !result && i < elf->phnum; i++) {
		if (elf->phdr[i].type == QPASI_PT_LOAD && !qpasi_phdr_is_hash(&elf->phdr[i]))
			result = qpasi_hasher_update(signing->hasher, data_of(signing, i),
						     signing->fault);
	}
	return result;
}

/* Entries of headers without data stay zero. */
static int hash_entry(const struct signing *signing, uint32_t index)
{
	enum qpasi_mbn_expect expect = qpasi_mbn_expected(&signing->elf, index);
	const struct qpasi_mbn *mbn = &signing->mbn;
	uint8_t *to = signing->segment + mbn->table.offset + (size_t)index * mbn->digest_size;
	uint8_t digest[QPASI_DIGEST_MAX];
	int result;

	if (expect == QPASI_EXPECT_ZERO || expect == QPASI_EXPECT_EMPTY)
		return 0;
	result = qpasi_hasher_begin(signing->hasher, signing->fault);
	if (!result && expect == QPASI_EXPECT_ONE_SHOT)
		result = hash_all(signing);
	else if (!result)
		result = qpasi_hasher_update(signing->hasher, data_of(signing, index),
					     signing->fault);
	if (!result)
		result = qpasi_hasher_finish(signing->hasher, digest, signing->fault);
	if (!result)
		memcpy(to, digest, mbn->digest_size);
	return result;
}

static int write_table(struct signing *signing)
{
	int result = qpasi_hasher_new(signing->request->env, signing->layout.digest_bits,
				      &signing->hasher, signing->fault);

	for (uint32_t i = 0; !result && i < signing->elf.phnum; i++)
		result = hash_entry(signing, i);
	return result;
}

/* From here on headers and segment are what a reader makes of them. */
static int decode(struct signing *signing)
{
	const struct qpas_slice file = {signing->bytes, (size_t)signing->layout.size};
	uint32_t limit = signing->request->env->limits.program_headers;
	struct qpasi_auth_input *input = &signing->input;
	int result = qpasi_elf_decode(file, limit, &signing->elf, signing->fault);

	if (result)
		return result;
	input->elf = &signing->elf;
	input->mbn = &signing->mbn;
	input->headers = data_of(signing, 0);
	input->hash_segment = data_of(signing, signing->layout.hash_index);
	return qpasi_mbn_decode(input->hash_segment, input->elf, &signing->mbn, signing->fault);
}

/* In either order: each signer leaves out what the other one adds. */
static int sign_slot(const struct signing *signing, uint32_t slot)
{
	static const uint32_t who[] = {QPAS_AUTH_SIGNER_OEM, QPAS_AUTH_SIGNER_QTI};
	const struct qpas_signer *signer = signing->request->slot[slot].signer;
	const struct qpasi_mbn_part *part = slot ? &signing->mbn.qti_signature :
						   &signing->mbn.oem_signature;

	if (!signer)
		return 0;
	return qpasi_signer_sign(signer, &signing->input, who[slot],
				 signing->segment + part->offset, signing->fault);
}

/* A faulty signature can give an RSA key away, so none leaves that was not checked. */
static int check_slot(const struct signing *signing, uint32_t slot)
{
	static const uint32_t who[] = {QPAS_AUTH_SIGNER_OEM, QPAS_AUTH_SIGNER_QTI};
	struct qpas_auth_signature facts = QPAS_AUTH_SIGNATURE_INIT;

	if (!signing->request->slot[slot].signer)
		return 0;
	return qpasi_auth_check_signature(signing->request->env, &signing->input, who[slot], &facts,
					  signing->fault);
}

static int run(struct signing *signing)
{
	const struct qpasi_sign_request *request = signing->request;
	struct qpasi_sign_layout *layout = &signing->layout;
	int result = qpasi_sign_lay_out(request, layout, signing->fault);

	if (result)
		return result;
	signing->bytes = qpasi_env_alloc(request->env, (size_t)layout->size);
	if (!signing->bytes)
		return qpasi_fault_set(signing->fault, QPASI_MSG_NO_MEMORY, QPAS_NO_SEGMENT, 0, 0);
	signing->segment = signing->bytes + layout->elf.phdr[layout->hash_index].offset;
	qpasi_sign_write_file(request, layout, signing->bytes);
	qpasi_sign_write_segment(request, layout, signing->segment);
	result = decode(signing);
	if (!result)
		result = write_table(signing);
	for (uint32_t i = 0; !result && i < QPASI_SIGN_SLOTS; i++)
		result = sign_slot(signing, i);
	for (uint32_t i = 0; !result && i < QPASI_SIGN_SLOTS; i++)
		result = check_slot(signing, i);
	return result;
}

int qpasi_sign(const struct qpasi_sign_request *request, struct qpasi_sign_result *result,
	       struct qpasi_fault *fault)
{
	struct signing *signing = qpasi_env_alloc(request->env, sizeof(*signing));
	int code;

	result->bytes = NULL;
	result->size = 0;
	if (!signing)
		return qpasi_fault_set(fault, QPASI_MSG_NO_MEMORY, QPAS_NO_SEGMENT, 0, 0);
	signing->request = request;
	signing->fault = fault;
	code = run(signing);
	qpasi_hasher_free(signing->hasher);
	if (code) {
		qpasi_env_free(request->env, signing->bytes);
	} else {
		result->bytes = signing->bytes;
		result->size = (size_t)signing->layout.size;
	}
	qpasi_env_free(request->env, signing);
	return code;
}
