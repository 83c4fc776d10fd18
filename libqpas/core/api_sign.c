/* SPDX-License-Identifier: BSD-3-Clause */
/* qpas_image_sign(): takes an image apart for signing, which knows no images. */
#include <qpas/sign.h>

#include "auth/sign.h"
#include "base/mem.h"
#include "base/params.h"
#include "image/image_internal.h"

#define KNOWN_FLAGS (QPAS_SIGN_AGAIN | QPAS_SIGN_RELOCATABLE)

/* The caller's structures, each as large as here. */
struct given {
	struct qpas_sign_params params;
	struct qpas_pack_target target;
	struct qpas_auth_identity oem;
	struct qpas_auth_identity qti;
};

static int copy_identity(struct qpas_auth_identity *to, const struct qpas_auth_identity **identity,
			 struct qpas_error *err)
{
	int result;

	if (!*identity)
		return 0;
	result = qpasi_abi_copy(to, *identity, sizeof(*to), sizeof(*to), err);
	*identity = to;
	return result;
}

static int copy_given(struct given *given, const struct qpas_sign_params *sign,
		      const struct qpas_pack_target *target, struct qpas_error *err)
{
	int result = qpasi_abi_copy(&given->params, sign, sizeof(*sign), sizeof(*sign), err);

	if (!result)
		result = qpasi_abi_copy(&given->target, target, sizeof(*target), sizeof(*target),
					err);
	if (!result)
		result = copy_identity(&given->oem, &given->params.oem_identity, err);
	if (!result)
		result = copy_identity(&given->qti, &given->params.qti_identity, err);
	return result;
}

static int check_given(const struct given *given, struct qpas_error *err)
{
	uint64_t flags = given->params.flags;
	uint32_t pack = given->target.flags;

	if (flags & ~KNOWN_FLAGS)
		return qpasi_error_numbers(err, QPASI_MSG_UNKNOWN_FLAGS, QPAS_STAGE_NONE, flags,
					   flags & ~KNOWN_FLAGS);
	if (pack & ~QPAS_PACK_DROP_UNCOVERED)
		return qpasi_error_numbers(err, QPASI_MSG_UNKNOWN_FLAGS, QPAS_STAGE_NONE, pack,
					   pack & ~QPAS_PACK_DROP_UNCOVERED);
	if (!given->target.file || !given->target.write)
		return qpasi_error_set(err, QPASI_MSG_NULL_ARGUMENT, QPAS_STAGE_NONE,
				       given->target.file ? "target->write" : "target->file");
	return 0;
}

/* A split image becomes one file in memory first. */
struct joined {
	const struct qpasi_env *env;
	uint8_t *bytes;
	size_t size;
};

static int begin_joined(void *user, uint32_t segment, uint64_t bytes, struct qpas_error *err)
{
	struct joined *joined = user;

	(void)segment;
	joined->bytes = qpasi_env_alloc(joined->env, (size_t)bytes);
	joined->size = (size_t)bytes;
	if (!joined->bytes)
		return qpasi_error_set(err, QPASI_MSG_NO_MEMORY, QPAS_STAGE_NONE, NULL);
	return 0;
}

static int write_joined(void *user, uint64_t offset, struct qpas_slice data, struct qpas_error *err)
{
	struct joined *joined = user;

	(void)err;
	memcpy(joined->bytes + offset, data.ptr, data.len);
	return 0;
}

static int join(const struct qpas_image *image, uint32_t flags, struct joined *joined,
		struct qpas_error *err)
{
	struct qpas_pack_target target = QPAS_PACK_TARGET_INIT;

	target.flags = flags;
	target.file = begin_joined;
	target.write = write_joined;
	target.user = joined;
	return qpas_image_squash(image, &target, err);
}

static void fill_request(const struct qpas_image *image, const struct given *given,
			 struct qpasi_sign_request *request)
{
	const struct qpas_sign_params *params = &given->params;

	request->env = qpasi_image_env(image);
	request->file = qpasi_image_file(image);
	request->elf = qpasi_image_elf(image);
	request->hash_index = qpasi_image_plan(image)->hash_index;
	request->version = params->mbn_version;
	request->digest_bits = params->digest;
	request->image_id = params->image_id;
	request->again = (params->flags & QPAS_SIGN_AGAIN) != 0;
	request->relocatable = (params->flags & QPAS_SIGN_RELOCATABLE) != 0;
	request->drop_uncovered = (given->target.flags & QPAS_PACK_DROP_UNCOVERED) != 0;
	request->slot[0].signer = params->oem;
	request->slot[0].identity = params->oem_identity;
	request->slot[1].signer = params->qti;
	request->slot[1].identity = params->qti_identity;
}

/* The whole of it is known to be right by now. */
static int give(const struct qpas_pack_target *target, const struct qpasi_sign_result *signed_image,
		struct qpas_error *err)
{
	const struct qpas_slice data = {signed_image->bytes, signed_image->size};
	int result = target->file(target->user, QPAS_NO_SEGMENT, data.len, err);

	result = qpasi_image_callback(result, "file", QPAS_STAGE_NONE, QPAS_NO_SEGMENT, err);
	if (result)
		return result;
	result = target->write(target->user, 0, data, err);
	return qpasi_image_callback(result, "write", QPAS_STAGE_NONE, QPAS_NO_SEGMENT, err);
}

static int sign_and_give(const struct given *given, const struct qpasi_sign_request *request,
			 struct qpas_error *err)
{
	struct qpasi_fault fault = QPASI_FAULT_INIT;
	struct qpasi_sign_result signed_image;
	int result = qpasi_sign(request, &signed_image, &fault);

	if (result)
		return qpasi_fault_report(&fault, QPAS_STAGE_SIGNATURE, err);
	result = give(&given->target, &signed_image, err);
	qpasi_env_free(request->env, signed_image.bytes);
	return result;
}

int qpas_image_sign(const struct qpas_image *image, const struct qpas_sign_params *sign,
		    const struct qpas_pack_target *target, struct qpas_error *err)
{
	struct qpasi_sign_request request = {0};
	struct joined joined = {0};
	struct given given;
	int result = qpasi_error_begin(err);

	if (result)
		return result;
	if (!image || !sign || !target)
		return qpasi_error_set(err, QPASI_MSG_NULL_ARGUMENT, QPAS_STAGE_NONE,
				       !image ? "image" :
				       sign   ? "target" :
						"sign");
	result = copy_given(&given, sign, target, err);
	if (!result)
		result = check_given(&given, err);
	if (result)
		return result;
	fill_request(image, &given, &request);
	joined.env = request.env;
	if (qpasi_image_plan(image)->flags & QPAS_IMAGE_SPLIT) {
		result = join(image, given.target.flags, &joined, err);
		request.file.ptr = joined.bytes;
		request.file.len = joined.size;
	}
	if (!result)
		result = sign_and_give(&given, &request, err);
	qpasi_env_free(request.env, joined.bytes);
	return result;
}
