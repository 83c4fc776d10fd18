/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Video started by register, without PAS: the firmware stands at address 0 of its own stream
 * (the video-firmware way of drivers/media/platform/qcom/venus/firmware.c).
 */
#include "core/clock.h"
#include "core/context.h"

static int start(struct qpas_context *context, struct qpas_error *err)
{
	struct qpasi_link link = qpasi_context_link(context, QPAS_STAGE_AUTH_RESET, err);

	qpasi_detail(context, "%s, by register", context->peripheral.name);
	return qpasi_slot_direct_start(&link);
}

struct direct_step {
	const char *name;
	int (*run)(struct qpas_context *context, struct qpas_error *err);
};

static const struct direct_step steps[] = {
	{"load", qpasi_step_fill},
	{"iommu_apply", qpasi_step_iommu},
	{"direct_start", start},
};

static int check(const struct qpas_context *context, struct qpas_error *err)
{
	struct qpasi_fault fault = QPASI_FAULT_INIT;

	fault.message = QPASI_MSG_SLOT_MISSING;
	fault.s = context->backend->desc.name;
	fault.t = "direct_start";
	if (!context->backend->desc.direct_start || !context->backend->desc.direct_stop)
		return qpasi_fault_report(&fault, QPAS_STAGE_OPEN, err);
	fault.message = QPASI_MSG_NO_STREAMS;
	fault.s = context->peripheral.name;
	if (!context->peripheral.stream_count)
		return qpasi_fault_report(&fault, QPAS_STAGE_OPEN, err);
	return 0;
}

int qpasi_direct_boot(struct qpas_context *context, struct qpas_image *image,
		      struct qpas_error *err)
{
	int code = check(context, err);

	if (code)
		return code;
	context->direct = true;
	qpasi_step_hold(context, image);
	for (size_t i = 0; !code && i < sizeof(steps) / sizeof(steps[0]); i++) {
		int64_t begun = qpasi_now();

		code = qpasi_context_pause(context, steps[i].name, err);
		if (!code)
			code = steps[i].run(context, err);
		qpasi_report(context, steps[i].name, code, begun, false);
	}
	if (!code) {
		context->state = QPAS_STATE_RUNNING;
		context->ready = QPAS_READY_UNKNOWN;
		context->dirty = false;
		qpasi_step_release(context);
		return 0;
	}
	/* A lost answer leaves the processor perhaps running: nothing it might fetch is touched. */
	if (qpasi_slot_outcome(code) == QPASI_OUTCOME_UNKNOWN && context->mapped) {
		context->state = QPAS_STATE_UNKNOWN;
		return qpasi_context_unknown(context, code, QPAS_STAGE_AUTH_RESET, err);
	}
	qpasi_undo(context);
	context->direct = false;
	return code;
}
