/* SPDX-License-Identifier: BSD-3-Clause */
/* The image of a demo without files: what qpas keygen and qpas sign do, in memory. */
#include <stdlib.h>
#include <string.h>

#include "demo_fixture.h"
#include "out.h"

#define MBN_VERSION 7u
#define SW_ID_ADSP  4u

static int begin_image(void *user, uint32_t segment, uint64_t bytes, struct qpas_error *err)
{
	struct qpas_slice *slice = user;

	(void)segment;
	slice->ptr = calloc(1, (size_t)bytes);
	slice->len = (size_t)bytes;
	if (slice->ptr)
		return 0;
	error_set(err, QPAS_ERR_NOMEM, 0, "Memory ran out.");
	return QPAS_ERR_NOMEM;
}

static int write_image(void *user, uint64_t offset, struct qpas_slice data, struct qpas_error *err)
{
	const struct qpas_slice *slice = user;

	(void)err;
	memcpy((char *)(uintptr_t)slice->ptr + offset, data.ptr, data.len);
	return 0;
}

static int make_signer(struct qpas_signer **signer, struct qpas_error *err)
{
	struct qpas_keys_params params = QPAS_KEYS_PARAMS_INIT;
	struct qpas_keys *keys = NULL;
	struct qpas_slice key, chain;
	int code;

	params.type = QPAS_KEY_P384;
	params.name = "qpas demo";
	code = qpas_keys_new(&params, NULL, &keys, err);
	if (!code)
		code = qpas_keys_pem(keys, QPAS_KEYS_LEAF_KEY, &key, err);
	if (!code)
		code = qpas_keys_pem(keys, QPAS_KEYS_CHAIN, &chain, err);
	if (!code)
		code = qpas_signer_new(key, chain, NULL, signer, err);
	qpas_keys_free(keys);
	return code;
}

/* No linker sets the relocatable bit, and the demo's carveout could be anywhere. */
static int sign(const struct qpas_image *plain, struct qpas_slice *to, struct qpas_error *err)
{
	struct qpas_auth_identity identity = QPAS_AUTH_IDENTITY_INIT;
	struct qpas_pack_target target = QPAS_PACK_TARGET_INIT;
	struct qpas_sign_params params = QPAS_SIGN_PARAMS_INIT;
	struct qpas_signer *signer = NULL;
	int code = make_signer(&signer, err);

	identity.known = QPAS_AUTH_HAS_SW_ID;
	identity.sw_id = SW_ID_ADSP;
	params.mbn_version = MBN_VERSION;
	params.flags = QPAS_SIGN_RELOCATABLE;
	params.oem = signer;
	params.oem_identity = &identity;
	target.file = begin_image;
	target.write = write_image;
	target.user = to;
	if (!code)
		code = qpas_image_sign(plain, &params, &target, err);
	qpas_signer_free(signer);
	return code;
}

int demo_image_open(struct qpas_image **image, struct qpas_error *err)
{
	const struct qpas_slice bytes = {demo_image, demo_image_size};
	struct qpas_slice signed_bytes = {NULL, 0};
	struct qpas_image *plain = NULL;
	int code = qpas_image_open_memory(bytes, NULL, &plain, err);

	if (!code)
		code = sign(plain, &signed_bytes, err);
	if (!code)
		code = qpas_image_open_memory(signed_bytes, NULL, image, err);
	qpas_image_unref(plain);
	free((void *)(uintptr_t)signed_bytes.ptr);
	return code;
}
