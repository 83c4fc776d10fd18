/* SPDX-License-Identifier: BSD-3-Clause */
/* Placing an image into a region through the caller's two callbacks. */
#include "image/image_internal.h"

int qpasi_image_callback(int result, const char *callback, uint32_t stage, uint32_t segment,
			 struct qpas_error *err)
{
	struct qpasi_fault fault = QPASI_FAULT_INIT;

	if (result == 0 || (result < 0 && (!err || err->code == result)))
		return result;
	fault.message = QPASI_MSG_TARGET_RESULT;
	fault.segment = segment;
	fault.s = callback;
	fault.tz_status = result;
	(void)qpasi_fault_report(&fault, stage, err);
	if (result > 0)
		return QPAS_ERR_BACKEND;
	err->code = result;
	return result;
}

static int write_segments(const struct qpas_image *image, const struct qpas_load_target *target,
			  uint64_t start, struct qpas_error *err)
{
	int result = 0;

	for (uint32_t i = 0; !result && i < image->elf.phnum; i++) {
		const struct qpasi_phdr *phdr = &image->elf.phdr[i];
		uint64_t offset = start + (phdr->paddr - image->plan.min);

		if (!qpasi_phdr_is_loadable(phdr) || phdr->filesz == 0)
			continue;
		result = target->write(target->user, offset, qpasi_image_data(image, i), err);
		result = qpasi_image_callback(result, "write", QPAS_STAGE_LOAD, i, err);
	}
	return result;
}

static int check_target(const struct qpas_load_target *target, struct qpas_error *err)
{
	if (target->flags)
		return qpasi_error_numbers(err, QPASI_MSG_UNKNOWN_FLAGS, QPAS_STAGE_LOAD,
					   target->flags, target->flags);
	if (!target->write || !target->zero)
		return qpasi_error_set(err, QPASI_MSG_NULL_ARGUMENT, QPAS_STAGE_LOAD,
				       target->write ? "target->zero" : "target->write");
	return 0;
}

int qpas_image_load(const struct qpas_image *image, const struct qpas_load_target *given,
		    struct qpas_error *err)
{
	struct qpas_load_target target;
	struct qpasi_fault fault = QPASI_FAULT_INIT;
	uint64_t start = 0;
	int result = qpasi_error_begin(err);

	if (result)
		return result;
	if (!image || !given)
		return qpasi_error_set(err, QPASI_MSG_NULL_ARGUMENT, QPAS_STAGE_LOAD,
				       image ? "target" : "image");
	result = qpasi_abi_copy(&target, given, sizeof(target), sizeof(target), err);
	if (!result)
		result = check_target(&target, err);
	if (!result)
		result = qpasi_image_may_load(image, err);
	if (result)
		return result;
	if (qpasi_plan_place(&image->elf, &image->plan, target.base, target.region_size, &start,
			     &fault))
		return qpasi_fault_report(&fault, QPAS_STAGE_PLAN, err);
	result = target.zero(target.user, start, image->plan.size, err);
	result = qpasi_image_callback(result, "zero", QPAS_STAGE_LOAD, QPAS_NO_SEGMENT, err);
	return result ? result : write_segments(image, &target, start, err);
}
