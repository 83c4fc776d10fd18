/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Giving back, in the reverse of the order of taking. Nothing of a region is touched unless the
 * trusted world is known to have given it back.
 */
#include <inttypes.h>
#include <time.h>

#include "core/clock.h"
#include "core/context.h"

/* The modem decrypts its memory before it can stop: asked again 50 times, 100 ms apart each. */
#define DECRYPT_POLLS	 50u
#define DECRYPT_PAUSE_NS 100000000L

/* The text of the step is the context's, so it is only good during the callback. */
void qpasi_report(const struct qpas_context *context, const char *name, int code, int64_t begun,
		  bool undo)
{
	struct qpas_boot_step step = {0};

	if (!context->step)
		return;
	step.size = sizeof(step);
	step.code = code;
	step.name = name;
	step.detail = context->detail;
	step.duration = qpasi_now() - begun;
	step.undo = undo;
	context->step(context->user, &step);
}

static void undo_bridge(struct qpas_context *context)
{
	int64_t begun = qpasi_now();
	int code;

	if (!context->bridged)
		return;
	code = qpasi_step_unbridge(context, NULL);
	context->bridged = false;
	qpasi_report(context, "bridge_delete", code, begun, true);
}

/* After a refused unmap the ranges are forgotten all the same: trying again would undo nothing. */
static void undo_mappings(struct qpas_context *context)
{
	struct qpasi_link link = qpasi_context_link(context, QPAS_STAGE_RELEASE, NULL);
	struct qpas_backend_domain domain = {context->peripheral.streams, context->mappings,
					     context->peripheral.stream_count,
					     context->mapping_count};
	int64_t begun = qpasi_now();

	if (context->mapped) {
		int code = qpasi_slot_iommu_clear(&link, &domain);

		qpasi_detail_domain(context);
		qpasi_report(context, "iommu_clear", code, begun, true);
		if (code)
			qpasi_context_log(
				context, QPAS_LOG_WARNING,
				"keeps mappings that could not be undone:", qpas_err_text(code));
	}
	context->mapped = false;
	qpasi_env_free(&context->backend->env, context->mappings);
	context->mappings = NULL;
	context->mapping_count = 0;
}

static void scrub(struct qpas_context *context)
{
	struct qpasi_link link = qpasi_context_link(context, QPAS_STAGE_RELEASE, NULL);
	int64_t begun = qpasi_now();
	int code;

	if (!context->dirty)
		return;
	code = qpasi_slot_region_zero(&link, &context->region, context->span_offset,
				      context->span_length);
	context->dirty = false;
	context->written = false;
	qpasi_dump_forget(context);
	qpasi_detail(context, "0x%" PRIx64 " + 0x%" PRIx64,
		     context->region.address + context->span_offset, context->span_length);
	qpasi_report(context, "region_zero", code, begun, true);
}

static void undo_metadata(struct qpas_context *context)
{
	int64_t begun = qpasi_now();
	bool held = context->metadata.part.ptr != NULL;

	qpasi_step_release(context);
	if (!held)
		return;
	qpasi_detail(context, "pas id %" PRIu32, context->pas_id);
	qpasi_report(context, "metadata_release", 0, begun, true);
}

void qpasi_undo_auth(struct qpas_context *context)
{
	undo_bridge(context);
	undo_mappings(context);
	/* Refused, not merely busy: the memory is back, and what was refused does not stay in it. */
	if (context->state == QPAS_STATE_FAILED)
		scrub(context);
}

void qpasi_undo(struct qpas_context *context)
{
	undo_bridge(context);
	undo_mappings(context);
	scrub(context);
	undo_metadata(context);
}

/* Only for the modem itself (qcom_q6v5_pas.c); a cancelled poll leaves it as it was, running. */
static int shut_pas(struct qpas_context *context, struct qpas_error *err)
{
	static const struct timespec pause = {0, DECRYPT_PAUSE_NS};
	bool decrypts = !context->is_companion &&
			(context->peripheral.flags & QPAS_PERIPHERAL_DECRYPT_SHUTDOWN);
	struct qpasi_link link = qpasi_context_link(context, QPAS_STAGE_SHUTDOWN, err);
	int code = qpasi_slot_shutdown(&link);

	for (uint32_t i = 0; decrypts && code == QPAS_ERR_TZ && i < DECRYPT_POLLS; i++) {
		int canceled = qpasi_context_pause(context, "shutdown", err);

		if (canceled)
			return canceled;
		(void)nanosleep(&pause, NULL);
		code = qpasi_slot_shutdown(&link);
	}
	return code;
}

static int shut_direct(struct qpas_context *context, struct qpas_error *err)
{
	struct qpasi_link link = qpasi_context_link(context, QPAS_STAGE_SHUTDOWN, err);

	return qpasi_slot_direct_stop(&link);
}

/* Whether to ask, whom, and what the answer means; giving back is the caller's. */
int qpasi_shut(struct qpas_context *context, struct qpas_error *err)
{
	int code = qpasi_context_admit(context, QPASI_CALL_SHUTDOWN, err);

	if (code || context->state == QPAS_STATE_STOPPED)
		return code;
	/* Nothing was ever given for this id: only its companion's fate is unknown. */
	if (context->touched)
		code = shut_pas(context, err);
	else if (context->direct)
		code = shut_direct(context, err);
	/* One that was adopted with its main processor may never have been up. */
	if (context->adopted && qpasi_slot_outcome(code) == QPASI_OUTCOME_REFUSED &&
	    !qpasi_slot_not_tried(code))
		code = 0;
	qpasi_context_settle(context, QPASI_CALL_SHUTDOWN, code);
	qpasi_detail(context, "pas id %" PRIu32, context->pas_id);
	if (context->state == QPAS_STATE_STOPPED)
		context->touched = false;
	return qpasi_context_unknown(context, code, QPAS_STAGE_SHUTDOWN, err);
}

static bool is_down(const struct qpas_context *context)
{
	return context->state == QPAS_STATE_NEW || context->state == QPAS_STATE_STOPPED;
}

/*
 * What the companion's end means to its main context: one that runs on leaves it in a state in which
 * the shutdown can be tried again.
 */
static void drop_companion(struct qpas_context *context)
{
	struct qpas_context *companion = context->companion;

	if (companion->state == QPAS_STATE_UNKNOWN)
		context->state = QPAS_STATE_UNKNOWN;
	else if (!is_down(companion))
		context->state = QPAS_STATE_STOPPED;
	if (!is_down(companion))
		return;
	context->companion = NULL;
	qpasi_context_free(companion);
}

static int stop_companion(struct qpas_context *context, struct qpas_error *err)
{
	int code = qpasi_shut(context->companion, err);

	if (!code)
		qpasi_undo(context->companion);
	drop_companion(context);
	return code;
}

/* The main image's memory is given back before its companion is asked to stop, as it was taken. */
int qpasi_stop(struct qpas_context *context, struct qpas_error *err)
{
	int code = qpasi_shut(context, err);

	if (code)
		return code;
	qpasi_undo(context);
	if (context->companion)
		code = stop_companion(context, err);
	return code ? code : qpasi_assign_back(context, false, err);
}

static void recover_one(struct qpas_context *context)
{
	int64_t begun = qpasi_now();
	int code;

	context->deadline = QPAS_NO_DEADLINE;
	/* A start that failed leaves nothing in memory, once that is known to be back. */
	context->dirty = context->written;
	if (context->state == QPAS_STATE_UNKNOWN)
		return;
	if (context->state == QPAS_STATE_RUNNING || context->state == QPAS_STATE_CRASHED) {
		code = qpasi_shut(context, NULL);
		qpasi_report(context, "shutdown", code, begun, true);
		if (code)
			return;
	}
	qpasi_undo(context);
	if (context->state != QPAS_STATE_STOPPED)
		qpasi_context_settle(context, QPASI_CALL_RELEASE, 0);
	context->touched = false;
}

/*
 * The whole of a failed boot, backwards: the main image, its companion, lent memory. A main processor
 * that is not known to be down may still need the other two.
 */
void qpasi_recover(struct qpas_context *context)
{
	/* What cancelled the boot does not cancel its undoing. */
	atomic_store(&context->canceled, false);
	recover_one(context);
	if (context->companion)
		context->companion->dirty = context->companion->written;
	if (context->companion && is_down(context)) {
		recover_one(context->companion);
		drop_companion(context);
	}
	if (!context->companion && is_down(context))
		(void)qpasi_assign_back(context, true, NULL);
}
