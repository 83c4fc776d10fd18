/* SPDX-License-Identifier: BSD-3-Clause */
/* The state machine of a PAS id: INIT_IMAGE, MEM_SETUP, AUTH_AND_RESET, SHUTDOWN and small calls. */
#include "tzsim/model.h"

#include "base/ckd.h"

#define PAS_VIDEO 9u

/* The PAS id of a call's argument, or NULL with the reason noted. */
static struct qpasi_tzsim_pas *known(struct qpas_tzsim *model, uint64_t id)
{
	struct qpasi_tzsim_pas *pas = qpasi_tzsim_find_pas(model, id);

	if (!pas)
		(void)qpasi_tzsim_refuse(model, QPASI_TZSIM_UNAVAILABLE,
					 "PAS id 0x%llx is not one of this machine's",
					 (unsigned long long)id);
	return pas;
}

static int64_t wrong_state(struct qpas_tzsim *model, const struct qpasi_tzsim_pas *pas,
			   const char *call)
{
	static const char *const names[] = {"idle", "with an image", "with its memory", "running"};

	return qpasi_tzsim_refuse(model, QPASI_TZSIM_FAILED, "PAS id %u: %s while it is %s",
				  pas->id, call, names[pas->state]);
}

void qpasi_tzsim_forget(struct qpas_tzsim *model, struct qpasi_tzsim_pas *pas)
{
	qpasi_tzsim_image_free(model, pas->image);
	pas->image = NULL;
	pas->state = QPASI_TZSIM_IDLE;
	pas->base = 0;
	pas->size = 0;
}

/* The call works for any id: the answer stands in the first result. */
int64_t qpasi_tzsim_is_supported(struct qpas_tzsim *model, const uint64_t *args, uint64_t *result)
{
	result[0] = known(model, args[0]) != NULL;
	return QPASI_TZSIM_DONE;
}

int64_t qpasi_tzsim_init_image(struct qpas_tzsim *model, const uint64_t *args, uint64_t *result)
{
	struct qpasi_tzsim_pas *pas = known(model, args[0]);
	struct qpasi_tzsim_image *image;
	int64_t status;

	(void)result;
	if (!pas)
		return QPASI_TZSIM_UNAVAILABLE;
	if (pas->state == QPASI_TZSIM_RUNNING)
		return wrong_state(model, pas, "INIT_IMAGE");
	/* There is no call that takes an image back: a second one replaces the first. */
	qpasi_tzsim_forget(model, pas);
	if (qpasi_tzsim_profile_take(&model->profile, QPASI_TZSIM_INIT_REFUSE))
		return qpasi_tzsim_refuse(model, QPASI_TZSIM_FAILED,
					  "INIT_IMAGE was asked to refuse");
	status = qpasi_tzsim_image_fetch(model, pas->id, args[1], &image);
	if (status)
		return status;
	pas->image = image;
	pas->state = QPASI_TZSIM_IMAGE;
	return QPASI_TZSIM_DONE;
}

/* Another id that has, or was promised, some of this memory. */
static const struct qpasi_tzsim_pas *other_user(const struct qpas_tzsim *model,
						const struct qpasi_tzsim_pas *pas, uint64_t start,
						uint64_t end)
{
	for (uint32_t i = 0; i < model->pas_count; i++) {
		const struct qpasi_tzsim_pas *other = &model->pas[i];

		if (other != pas && other->size && other->base < end &&
		    start < other->base + other->size)
			return other;
	}
	return NULL;
}

/* Whether a region may become an image's. */
static int64_t check_region(struct qpas_tzsim *model, const struct qpasi_tzsim_pas *pas,
			    uint64_t start, uint64_t length)
{
	const struct qpasi_tzsim_pas *other;
	uint64_t end;

	if (!length || qpasi_tzsim_wraps(start, length, &end))
		return qpasi_tzsim_refuse(model, QPASI_TZSIM_FAILED,
					  "PAS id %u: no region at 0x%llx + 0x%llx", pas->id,
					  (unsigned long long)start, (unsigned long long)length);
	if (qpasi_tzsim_may_guest(model, start, length, "the region"))
		return QPASI_TZSIM_FAILED;
	other = other_user(model, pas, start, end);
	if (other)
		return qpasi_tzsim_refuse(model, QPASI_TZSIM_FAILED,
					  "PAS id %u: the region overlaps that of PAS id %u",
					  pas->id, other->id);
	return QPASI_TZSIM_DONE;
}

int64_t qpasi_tzsim_mem_setup(struct qpas_tzsim *model, const uint64_t *args, uint64_t *result)
{
	struct qpasi_tzsim_pas *pas = known(model, args[0]);
	int64_t status;

	(void)result;
	if (!pas)
		return QPASI_TZSIM_UNAVAILABLE;
	if (pas->state != QPASI_TZSIM_IMAGE)
		return wrong_state(model, pas, "MEM_SETUP");
	if (qpasi_tzsim_profile_take(&model->profile, QPASI_TZSIM_MEMORY_REFUSE))
		return qpasi_tzsim_refuse(model, QPASI_TZSIM_FAILED,
					  "MEM_SETUP was asked to refuse");
	if ((args[1] | args[2]) % QPASI_TZSIM_PAGE)
		return qpasi_tzsim_refuse(model, QPASI_TZSIM_FAILED,
					  "PAS id %u: the region is not made of pages", pas->id);
	status = check_region(model, pas, args[1], args[2]);
	if (status)
		return status;
	/* One that is not relocatable is placed when it starts, and may stand anywhere in there. */
	if (pas->image->plan.relocatable && args[2] < pas->image->plan.size)
		return qpasi_tzsim_refuse(
			model, QPASI_TZSIM_FAILED,
			"PAS id %u: the image has 0x%llx bytes, the region 0x%llx", pas->id,
			(unsigned long long)pas->image->plan.size, (unsigned long long)args[2]);
	pas->base = args[1];
	pas->size = args[2];
	pas->state = QPASI_TZSIM_MEMORY;
	return QPASI_TZSIM_DONE;
}

/* Everything that must hold before a processor is let run; *start and *length are its region. */
static int64_t authenticate(struct qpas_tzsim *model, struct qpasi_tzsim_pas *pas, uint64_t *start,
			    uint64_t *length)
{
	int64_t status;

	for (uint32_t i = 0; i < pas->lite_count; i++) {
		const struct qpasi_tzsim_pas *lite = qpasi_tzsim_find_pas(model, pas->lite_ids[i]);

		if (!pas->companion_of && lite && lite->state == QPASI_TZSIM_RUNNING)
			return qpasi_tzsim_refuse(
				model, QPASI_TZSIM_FAILED,
				"PAS id %u: the boot loader's PAS id %u still runs", pas->id,
				lite->id);
	}
	/* Since SM8450 the metadata stay in use until here (drivers/firmware/qcom/qcom_scm.c). */
	status = qpasi_tzsim_may(model, pas->image->address, pas->image->length,
				 QPAS_SHM_BRIDGE_READ, "the metadata");
	if (!status)
		status = qpasi_tzsim_image_place(model, pas, start, length);
	if (!status)
		status = check_region(model, pas, *start, *length);
	if (!status)
		status = qpasi_tzsim_image_check(model, pas, *start);
	return status;
}

int64_t qpasi_tzsim_auth_and_reset(struct qpas_tzsim *model, const uint64_t *args, uint64_t *result)
{
	struct qpasi_tzsim_pas *pas = known(model, args[0]);
	uint64_t start = 0, length = 0;
	int64_t status;

	if (!pas)
		return QPASI_TZSIM_UNAVAILABLE;
	if (pas->state != QPASI_TZSIM_IMAGE && pas->state != QPASI_TZSIM_MEMORY)
		return wrong_state(model, pas, "AUTH_AND_RESET");
	status = authenticate(model, pas, &start, &length);
	if (!status && qpasi_tzsim_profile_take(&model->profile, QPASI_TZSIM_AUTH_REFUSE)) {
		result[0] = QPASI_TZSIM_REFUSED_CODE;
		(void)qpasi_tzsim_refuse(model, 0, "AUTH_AND_RESET was asked to refuse");
		qpasi_tzsim_forget(model, pas);
		return QPASI_TZSIM_DONE;
	}
	if (!status && qpasi_tzsim_memory_own(&model->memory, start, length, pas->id))
		status = qpasi_tzsim_refuse(model, QPASI_TZSIM_NO_MEMORY,
					    "the trusted world has no memory");
	if (status) {
		qpasi_tzsim_forget(model, pas);
		return status;
	}
	/* From here on the span of the image counts, not the whole of MEM_SETUP's range. */
	pas->base = start;
	pas->size = length;
	pas->state = QPASI_TZSIM_RUNNING;
	qpasi_tzsim_processor_start(model, pas);
	return QPASI_TZSIM_DONE;
}

int64_t qpasi_tzsim_shutdown(struct qpas_tzsim *model, const uint64_t *args, uint64_t *result)
{
	struct qpasi_tzsim_pas *pas = known(model, args[0]);

	(void)result;
	if (!pas)
		return QPASI_TZSIM_UNAVAILABLE;
	if (pas->state == QPASI_TZSIM_IDLE)
		return qpasi_tzsim_refuse(model, QPASI_TZSIM_FAILED,
					  "PAS id %u: SHUTDOWN, and it is not up", pas->id);
	if (qpasi_tzsim_profile_take(&model->profile, QPASI_TZSIM_SHUTDOWN_REFUSE))
		return qpasi_tzsim_refuse(model, QPASI_TZSIM_FAILED,
					  "SHUTDOWN was asked to refuse");
	/* The bytes stay: a host may want to read them for a dump. */
	qpasi_tzsim_processor_stop(model, pas);
	qpasi_tzsim_memory_disown(&model->memory, pas->id);
	qpasi_tzsim_forget(model, pas);
	return QPASI_TZSIM_DONE;
}

/* This call's number of a video core is 0 (drivers/media/platform/qcom/venus/firmware.c). */
int64_t qpasi_tzsim_set_remote_state(struct qpas_tzsim *model, const uint64_t *args,
				     uint64_t *result)
{
	struct qpasi_tzsim_pas *pas = known(model, args[1] ? args[1] : PAS_VIDEO);

	(void)result;
	if (!pas)
		return QPASI_TZSIM_UNAVAILABLE;
	if (pas->state != QPASI_TZSIM_RUNNING)
		return wrong_state(model, pas, "SET_REMOTE_STATE");
	pas->remote_state = (uint32_t)args[0];
	return QPASI_TZSIM_DONE;
}

/* The ranges are the driver's data; only that they can be is judged. */
int64_t qpasi_tzsim_video_var(struct qpas_tzsim *model, const uint64_t *args, uint64_t *result)
{
	struct qpasi_tzsim_pas *pas = known(model, PAS_VIDEO);
	uint32_t end;

	(void)result;
	if (!pas)
		return QPASI_TZSIM_UNAVAILABLE;
	if (pas->state != QPASI_TZSIM_RUNNING)
		return wrong_state(model, pas, "MP_VIDEO_VAR");
	for (uint32_t i = 0; i < 4; i += 2) {
		if (args[i] > UINT32_MAX || args[i + 1] > UINT32_MAX ||
		    ckd_add(&end, (uint32_t)args[i], (uint32_t)args[i + 1]))
			return qpasi_tzsim_refuse(model, QPASI_TZSIM_FAILED,
						  "a video range ends beyond 4 GiB");
	}
	return QPASI_TZSIM_DONE;
}

void qpasi_tzsim_withdrawn(struct qpas_tzsim *model, uint64_t start, uint64_t end)
{
	for (uint32_t i = 0; i < model->pas_count; i++) {
		struct qpasi_tzsim_pas *pas = &model->pas[i];

		if (pas->state != QPASI_TZSIM_IMAGE && pas->state != QPASI_TZSIM_MEMORY)
			continue;
		if (pas->image->address >= end || pas->image->address + pas->image->length <= start)
			continue;
		qpasi_tzsim_hypervisor_clear(model, pas);
		qpasi_tzsim_forget(model, pas);
	}
}
