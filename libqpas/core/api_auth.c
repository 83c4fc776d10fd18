/* SPDX-License-Identifier: BSD-3-Clause */
/* qpas_auth_verify(): takes an image apart for the checks, which know no images. */
#include <qpas/auth.h>

#include "auth/auth.h"
#include "base/cursor.h"
#include "base/params.h"
#include "image/image_internal.h"

static int give_data(void *user, uint32_t segment, uint64_t offset, uint64_t length,
		     struct qpas_slice *part, struct qpasi_fault *fault)
{
	const struct qpas_image *const *image = user;
	struct qpas_slice data = qpasi_image_data(*image, segment);

	/* An image holds all of its data, or it would not have been opened. */
	if (!qpasi_slice_sub(data, offset, length, part))
		return qpasi_fault_set(fault, QPASI_MSG_DIGEST_SOURCE, segment, data.len, length);
	return 0;
}

static void describe_subject(const struct qpas_image *image, struct qpasi_auth_subject *subject)
{
	const struct qpasi_elf *elf = qpasi_image_elf(image);

	subject->elf = elf;
	/* A first header that covers more than the file has no digest to match. */
	if (!qpasi_slice_sub(qpasi_image_file(image), 0, elf->phdr[0].filesz, &subject->headers))
		subject->headers = qpasi_image_file(image);
	subject->hash_segment = qpasi_image_hash(image);
	/* An empty hash segment is a damaged one, not a missing one. */
	if (qpasi_image_plan(image)->hash_index != QPAS_NO_SEGMENT && !subject->hash_segment.ptr)
		subject->hash_segment.ptr = "";
	subject->source.data = give_data;
	subject->uncovered = qpasi_image_uncovered(image, &subject->uncovered_first);
}

int qpas_auth_verify(const struct qpas_image *image, const struct qpas_auth_params *params,
		     struct qpas_auth_report **report, struct qpas_error *err)
{
	struct qpas_auth_params copy = QPAS_AUTH_PARAMS_INIT;
	struct qpasi_fault fault = QPASI_FAULT_INIT;
	struct qpasi_auth_subject subject = {0};
	int result = qpasi_error_begin(err);

	if (report)
		*report = NULL;
	if (result)
		return result;
	if (!image || !report)
		return qpasi_error_set(err, QPASI_MSG_NULL_ARGUMENT, QPAS_STAGE_NONE,
				       image ? "report" : "image");
	if (params)
		result = qpasi_abi_copy(&copy, params, sizeof(copy), sizeof(copy), err);
	if (result)
		return result;
	if (copy.root_hash.len && !copy.root_hash.ptr)
		return qpasi_error_set(err, QPASI_MSG_NULL_ARGUMENT, QPAS_STAGE_NONE, "root_hash");
	describe_subject(image, &subject);
	subject.source.user = &image;
	result = qpasi_auth_run(qpasi_image_env(image), &subject, &copy, report, &fault);
	return result ? qpasi_fault_report(&fault, QPAS_STAGE_DIGEST, err) : 0;
}
