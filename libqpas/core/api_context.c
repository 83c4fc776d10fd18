/* SPDX-License-Identifier: BSD-3-Clause */
/* The steps as public calls of their own. */
#include "core/context.h"

static int null_argument(const char *what, struct qpas_error *err)
{
	return qpasi_error_set(err, QPASI_MSG_NULL_ARGUMENT, QPAS_STAGE_NONE, what);
}

/* Whole boots only: such a backend has no steps to offer. */
static int enter_steps(struct qpas_context *context, struct qpas_error *err)
{
	struct qpasi_fault fault = QPASI_FAULT_INIT;
	int code = qpasi_context_enter(context, err);

	if (code || (context->caps & QPAS_CAP_STEPS))
		return code;
	fault.message = QPASI_MSG_SLOT_MISSING;
	fault.s = context->backend->desc.name;
	fault.t = "single steps";
	return qpasi_context_leave(context, qpasi_fault_report(&fault, QPAS_STAGE_NONE, err));
}

/* The boot loader starts a processor and what it needs; only a shutdown will tell whether it did. */
static int adopt_companion(struct qpas_context *context, struct qpas_error *err)
{
	int code;

	if (context->peripheral.dtb_pas_id == QPAS_NO_PAS_ID || !(context->caps & QPAS_CAP_STEPS))
		return 0;
	code = qpasi_context_companion(context, err);
	if (code)
		return code;
	context->companion->state = QPAS_STATE_RUNNING;
	context->companion->touched = true;
	context->companion->adopted = true;
	return 0;
}

static void disown_companion(struct qpas_context *context)
{
	struct qpas_context *companion = context->companion;

	context->companion = NULL;
	if (!companion)
		return;
	companion->state = QPAS_STATE_NEW;
	qpasi_context_free(companion);
}

/* The processor runs on memory that nobody here mapped or bridged: nothing is taken over but it. */
static int attach(struct qpas_context *context, struct qpas_error *err)
{
	struct qpasi_link link = qpasi_context_link(context, QPAS_STAGE_ATTACH, err);
	int code = qpasi_context_admit(context, QPASI_CALL_ATTACH, err);

	if (!code)
		code = adopt_companion(context, err);
	if (code)
		return code;
	code = qpasi_slot_attach(&link);
	/* An answer that proves nothing does not make a processor ours. */
	if (code) {
		disown_companion(context);
		return code;
	}
	qpasi_dump_forget(context);
	qpasi_context_settle(context, QPASI_CALL_ATTACH, 0);
	context->touched = true;
	return 0;
}

int qpas_attach(struct qpas_context *context, struct qpas_error *err)
{
	int code = qpasi_context_enter(context, err);

	return code ? code : qpasi_context_leave(context, attach(context, err));
}

/* The context keeps its own for the next start, whatever the client does with this one. */
static int copy_table(const struct qpas_context *context, struct qpas_rsc_table **table,
		      struct qpas_error *err)
{
	struct qpas_slice bytes = {NULL, 0};
	int code;

	if (!context->table)
		return qpasi_error_set(err, QPASI_MSG_RSC_EMPTY, QPAS_STAGE_RSC_TABLE, NULL);
	if (!table)
		return 0;
	code = qpas_rsc_table_bytes(context->table, &bytes, err);
	return code ? code : qpas_rsc_table_new(bytes, &context->backend->params, table, err);
}

int qpas_context_rsc_table(struct qpas_context *context, struct qpas_slice own,
			   struct qpas_rsc_table **table, struct qpas_error *err)
{
	int code = enter_steps(context, err);

	if (table)
		*table = NULL;
	if (code)
		return code;
	code = qpasi_step_rsc_table(context, own, err);
	if (!code)
		code = copy_table(context, table, err);
	return qpasi_context_leave(context, code);
}

/* After STOPPED the metadata of the last run are given back here, not at the stop. */
static int init_image(struct qpas_context *context, struct qpas_image *image,
		      struct qpas_error *err)
{
	int code = qpasi_context_admit(context, QPASI_CALL_INIT_IMAGE, err);

	if (!code)
		code = qpasi_step_check(context, image, err);
	if (code)
		return code;
	qpasi_step_release(context);
	code = qpasi_step_metadata(context, image, err);
	if (code)
		return code;
	code = qpasi_step_init_image(context, err);
	if (code && context->state != QPAS_STATE_UNKNOWN)
		qpasi_step_release(context);
	return code;
}

int qpas_context_init_image(struct qpas_context *context, struct qpas_image *image,
			    struct qpas_error *err)
{
	int code = enter_steps(context, err);

	if (code)
		return code;
	code = image ? init_image(context, image, err) : null_argument("image", err);
	return qpasi_context_leave(context, code);
}

int qpas_context_mem_setup(struct qpas_context *context, struct qpas_error *err)
{
	int code = enter_steps(context, err);

	return code ? code : qpasi_context_leave(context, qpasi_step_mem_setup(context, err));
}

int qpas_context_load(struct qpas_context *context, struct qpas_error *err)
{
	int code = enter_steps(context, err);

	return code ? code : qpasi_context_leave(context, qpasi_step_load(context, err));
}

/* Mapping and bridge before, the bridge's end after, and everything back after a refusal. */
static int auth_reset(struct qpas_context *context, struct qpas_error *err)
{
	int code = qpasi_context_admit(context, QPASI_CALL_AUTH_RESET, err);

	if (code)
		return code;
	if (context->mapping)
		code = qpasi_step_iommu(context, err);
	if (!code && context->bridging)
		code = qpasi_step_bridge(context, err);
	if (!code)
		code = qpasi_step_auth_reset(context, err);
	if (context->state == QPAS_STATE_UNKNOWN)
		return code;
	if (!code)
		return context->bridged ? qpasi_step_unbridge(context, err) : 0;
	qpasi_undo_auth(context);
	return code;
}

int qpas_context_auth_reset(struct qpas_context *context, struct qpas_error *err)
{
	int code = enter_steps(context, err);

	return code ? code : qpasi_context_leave(context, auth_reset(context, err));
}

/* Not a call of the life-cycle table: it changes nothing in the trusted world. */
int qpas_context_wait_ready(struct qpas_context *context, int64_t deadline, struct qpas_error *err)
{
	struct qpasi_fault fault = QPASI_FAULT_INIT;
	int code = qpasi_context_enter(context, err);

	if (code)
		return code;
	fault.s = context->backend->desc.name;
	fault.t = "wait_ready";
	if (context->state != QPAS_STATE_RUNNING) {
		fault.message = QPASI_MSG_STATE_REFUSED;
		fault.s = "wait_ready";
		fault.t = qpas_state_name(context->state);
	} else if (!(context->caps & QPAS_CAP_EVENTS) ||
		   !(context->peripheral.flags & QPAS_PERIPHERAL_READY_SIGNAL)) {
		fault.message = QPASI_MSG_SLOT_MISSING;
	}
	if (fault.message)
		code = qpasi_fault_report(&fault, QPAS_STAGE_READY, err);
	else
		code = qpasi_step_ready(context, deadline, err);
	return qpasi_context_leave(context, code);
}

/* In RUNNING only metadata go: mappings are what the processor lives on. */
int qpas_context_release(struct qpas_context *context, struct qpas_error *err)
{
	int code = qpasi_context_enter(context, err);

	if (code)
		return code;
	code = qpasi_context_admit(context, QPASI_CALL_RELEASE, err);
	if (code)
		return qpasi_context_leave(context, code);
	if (context->state == QPAS_STATE_RUNNING)
		qpasi_step_release(context);
	else
		qpasi_undo(context);
	qpasi_context_settle(context, QPASI_CALL_RELEASE, 0);
	if (context->state == QPAS_STATE_NEW)
		context->touched = false;
	return qpasi_context_leave(context, 0);
}
