/* SPDX-License-Identifier: BSD-3-Clause */
/* Making, describing and freeing contexts, and what every public call of one begins and ends with. */
#include "core/context.h"

#include <stdio.h>
#include <string.h>

#include "base/ckd.h"
#include "core/clock.h"

#define PAGE	    UINT64_C(4096)
#define KNOWN_FLAGS (QPAS_CONTEXT_KEEP_RUNNING | QPAS_CONTEXT_FORCE)

/*
 * The error object is judged first, because everything else is reported in it; the flag is taken
 * last, so that no early return leaves the context busy.
 */
int qpasi_context_enter(struct qpas_context *context, struct qpas_error *err)
{
	int code = qpasi_error_begin(err);

	if (code)
		return code;
	if (!context)
		return qpasi_error_set(err, QPASI_MSG_NULL_ARGUMENT, QPAS_STAGE_NONE, "context");
	if (qpasi_backend_forked(context->backend))
		return qpasi_error_set(err, QPASI_MSG_FORKED, QPAS_STAGE_NONE, NULL);
	if (atomic_exchange(&context->busy, true))
		return qpasi_error_set(err, QPASI_MSG_REENTERED, QPAS_STAGE_NONE, NULL);
	atomic_store(&context->canceled, false);
	context->deadline = QPAS_NO_DEADLINE;
	context->step = NULL;
	context->user = NULL;
	return 0;
}

/* Callback and deadline belong to one call: a later one must not be told of, or ended by, them. */
int qpasi_context_leave(struct qpas_context *context, int code)
{
	context->step = NULL;
	context->deadline = QPAS_NO_DEADLINE;
	atomic_store(&context->busy, false);
	return code;
}

struct qpasi_link qpasi_context_link(const struct qpas_context *context, uint32_t stage,
				     struct qpas_error *err)
{
	struct qpasi_link link = {context->backend, context->pas_id, stage, context->deadline, err};

	return link;
}

/* The table decides, and before any slot is reached: an illegal call has no effect at all. */
int qpasi_context_admit(const struct qpas_context *context, enum qpasi_call call,
			struct qpas_error *err)
{
	struct qpasi_lifecycle_facts facts = {qpasi_step_mem_setup_due(context)};
	struct qpasi_fault fault = QPASI_FAULT_INIT;

	if (qpasi_lifecycle_allows(context->state, call, &facts))
		return 0;
	fault.message = QPASI_MSG_STATE_REFUSED;
	fault.s = qpasi_call_name(call);
	fault.t = qpas_state_name(context->state);
	return qpasi_fault_report(&fault, QPAS_STAGE_NONE, err);
}

void qpasi_context_log(const struct qpas_context *context, uint32_t level, const char *what,
		       const char *how)
{
	const struct qpasi_env *env = &context->backend->env;
	char text[160];

	if (!qpasi_env_logs(env, level))
		return;
	(void)snprintf(text, sizeof(text), "%s%s %s %s", context->peripheral.name,
		       context->is_companion ? " (companion)" : "", what, how);
	/* Names come from device trees: nothing of them may steer a terminal. */
	for (char *c = text; *c; c++)
		*c = (char)(*c < ' ' || *c > '~' ? '?' : *c);
	qpasi_env_log(env, level, 0, text);
}

static void tell(const struct qpas_context *context, uint32_t before)
{
	uint32_t level = context->state == QPAS_STATE_UNKNOWN ? QPAS_LOG_ERROR : QPAS_LOG_INFO;

	if (context->state != before && context->state >= QPAS_STATE_RUNNING)
		qpasi_context_log(context, level, "is", qpas_state_name(context->state));
}

void qpasi_context_settle(struct qpas_context *context, enum qpasi_call call, int code)
{
	uint32_t before = context->state;

	context->state = qpasi_lifecycle_next(before, call, qpasi_slot_outcome(code));
	tell(context, before);
}

int qpasi_context_pause(const struct qpas_context *context, const char *where,
			struct qpas_error *err)
{
	if (atomic_load(&context->canceled))
		return qpasi_error_set(err, QPASI_MSG_CANCELED_CALL, QPAS_STAGE_NONE, NULL);
	if (context->deadline >= 0 && qpasi_now() >= context->deadline)
		return qpasi_error_set(err, QPASI_MSG_DEADLINE, QPAS_STAGE_NONE, where);
	return 0;
}

/* Who reads only the error must not take a lost reply for a refusal and use the memory again. */
int qpasi_context_unknown(const struct qpas_context *context, int code, uint32_t stage,
			  struct qpas_error *err)
{
	if (code == QPAS_ERR_UNKNOWN || context->state != QPAS_STATE_UNKNOWN ||
	    qpasi_slot_outcome(code) != QPASI_OUTCOME_UNKNOWN)
		return code;
	return qpasi_error_set(err, QPASI_MSG_UNKNOWN_STATE, stage, context->peripheral.name);
}

static int refuse(const struct qpas_context *context, uint32_t message, const char *why,
		  struct qpas_error *err)
{
	struct qpasi_fault fault = QPASI_FAULT_INIT;

	fault.message = message;
	fault.s = context->peripheral.name;
	fault.t = why;
	return qpasi_fault_report(&fault, QPAS_STAGE_OPEN, err);
}

static int missing_slot(const struct qpas_context *context, const char *slot,
			struct qpas_error *err)
{
	struct qpasi_fault fault = QPASI_FAULT_INIT;

	fault.message = QPASI_MSG_SLOT_MISSING;
	fault.s = context->backend->desc.name;
	fault.t = slot;
	return qpasi_fault_report(&fault, QPAS_STAGE_OPEN, err);
}

/*
 * Bridges and mappings are made of 4 KiB pages: a carveout that is not would open a stranger's memory
 * to the trusted world and to the peripheral.
 */
int qpasi_region_of(const struct qpas_peripheral *peripheral, uint32_t index,
		    struct qpas_backend_region *region, struct qpas_error *err)
{
	const struct qpas_carveout *carveout = peripheral->carveouts;
	struct qpasi_fault fault = QPASI_FAULT_INIT;
	uint64_t end;

	fault.s = peripheral->name;
	fault.message = QPASI_MSG_NO_CARVEOUT;
	if (index >= peripheral->carveout_count || carveout[index].dynamic)
		return qpasi_fault_report(&fault, QPAS_STAGE_OPEN, err);
	carveout += index;
	if (carveout->size && !(carveout->address % PAGE) && !(carveout->size % PAGE) &&
	    !ckd_add(&end, carveout->address, carveout->size)) {
		region->address = carveout->address;
		region->size = carveout->size;
		region->index = index;
		return 0;
	}
	fault.message = QPASI_MSG_CARVEOUT_BAD;
	fault.a = carveout->address;
	fault.b = carveout->size;
	return qpasi_fault_report(&fault, QPAS_STAGE_OPEN, err);
}

int qpasi_context_region(struct qpas_context *context, uint32_t index, struct qpas_error *err)
{
	return qpasi_region_of(&context->peripheral, index, &context->region, err);
}

/* Which path is taken, and whether the tree has what it needs. */
static int decide_path(struct qpas_context *context, uint32_t host_level, struct qpas_error *err)
{
	const struct qpas_peripheral *peripheral = &context->peripheral;
	bool wants_streams = peripheral->kind == QPAS_KIND_REMOTEPROC ||
			     peripheral->kind == QPAS_KIND_CAMERA;

	context->el2 = host_level == 2;
	if (!host_level)
		context->el2 = peripheral->flags & QPAS_PERIPHERAL_EL2_PATH;
	if (!context->el2)
		return 0;
	if (peripheral->kind == QPAS_KIND_VIDEO &&
	    !(peripheral->flags & QPAS_PERIPHERAL_VIDEO_FIRMWARE))
		return refuse(context, QPASI_MSG_VIDEO_FIRMWARE_STREAM, NULL, err);
	if (wants_streams && !peripheral->stream_count)
		return refuse(context, QPASI_MSG_NO_STREAMS, NULL, err);
	context->mapping = peripheral->stream_count != 0;
	if (context->mapping && !(context->caps & QPAS_CAP_IOMMU))
		return missing_slot(context, "iommu_apply", err);
	context->bridging = (context->caps & QPAS_CAP_NEEDS_BRIDGE) &&
			    !(peripheral->flags & QPAS_PERIPHERAL_NO_BRIDGE);
	return 0;
}

/* Refused before the backend hears of it (rows B05 and B17 of the tests). */
static int check_peripheral(const struct qpas_context *context, struct qpas_error *err)
{
	const struct qpas_peripheral *peripheral = &context->peripheral;
	const char *why = "its node has no PAS id";

	if (peripheral->pas_id == QPAS_NO_PAS_ID || !(peripheral->flags & QPAS_PERIPHERAL_PAS)) {
		if (peripheral->kind == QPAS_KIND_WIFI)
			why = "the driver of the network starts it";
		return refuse(context, QPASI_MSG_NOT_PAS, why, err);
	}
	if (!(peripheral->flags & QPAS_PERIPHERAL_ENABLED) &&
	    !(context->flags & QPAS_CONTEXT_FORCE))
		return refuse(context, QPASI_MSG_NODE_DISABLED, NULL, err);
	return 0;
}

static bool video_without_pas(const struct qpas_context *context)
{
	return context->peripheral.flags & QPAS_PERIPHERAL_VIDEO_FIRMWARE;
}

/*
 * From a peripheral to a context. What can be refused by looking is refused before the id is taken,
 * and the trusted world is asked last.
 */
static int bind(struct qpas_context *context, struct qpas_error *err)
{
	struct qpasi_link link = qpasi_context_link(context, QPAS_STAGE_OPEN, err);
	struct qpas_backend_caps caps = {0, 0, 0};
	int code = check_peripheral(context, err);

	context->pas_id = link.pas_id = context->peripheral.pas_id;
	if (!code)
		code = qpasi_slot_capabilities(&link, &caps);
	if (code)
		return code;
	/* What was not declared is not believed later: its slots were not checked. */
	context->caps = caps.caps & context->backend->desc.caps;
	if (!(context->caps & (QPAS_CAP_STEPS | QPAS_CAP_FUSED)))
		return missing_slot(context, "boot", err);
	if (context->caps & QPAS_CAP_STEPS)
		code = qpasi_context_region(context, 0, err);
	if (!code && (context->caps & QPAS_CAP_STEPS))
		code = decide_path(context, caps.host_level, err);
	if (!code)
		code = qpasi_claim_take(context->backend, context->pas_id, &context->claim, err);
	if (code || !(context->caps & QPAS_CAP_STEPS) || video_without_pas(context))
		return code;
	link.stage = QPAS_STAGE_SUPPORTED;
	return qpasi_slot_supported(&link);
}

static struct qpas_context *new_context(struct qpas_backend *backend)
{
	struct qpas_context *context = qpasi_env_alloc(&backend->env, sizeof(*context));

	if (!context)
		return NULL;
	context->backend = qpas_backend_ref(backend);
	context->deadline = QPAS_NO_DEADLINE;
	context->pool = &context->own_pool;
	atomic_init(&context->busy, false);
	atomic_init(&context->canceled, false);
	return context;
}

/* A peripheral that was filled in by hand: counts without arrays are caught here, not later. */
static int check_by_hand(const struct qpas_peripheral *p, struct qpas_error *err)
{
	const char *missing = NULL;

	if (!p->name)
		missing = "peripheral->name";
	else if (p->carveout_count && !p->carveouts)
		missing = "peripheral->carveouts";
	else if (p->stream_count && !p->streams)
		missing = "peripheral->streams";
	else if (p->firmware_count && !p->firmware)
		missing = "peripheral->firmware";
	else if (p->lite_count && !p->lite_pas_ids)
		missing = "peripheral->lite_pas_ids";
	else if (p->assign_count && !p->assigns)
		missing = "peripheral->assigns";
	else if (p->video_range_count && !p->video_ranges)
		missing = "peripheral->video_ranges";
	return missing ? qpasi_error_set(err, QPASI_MSG_NULL_ARGUMENT, QPAS_STAGE_OPEN, missing) :
			 0;
}

/* The platform is held as long as the context: every string of the peripheral is its. */
static int find_peripheral(struct qpas_context *context, const char *name,
			   const struct qpas_context_params *params, struct qpas_error *err)
{
	struct qpas_peripheral found = QPAS_PERIPHERAL_INIT;
	int code = 0;

	if (params->peripheral) {
		context->platform = qpas_platform_ref(params->platform);
		code = qpasi_abi_copy(&context->peripheral, params->peripheral, sizeof(found),
				      sizeof(found), err);
		return code ? code : check_by_hand(&context->peripheral, err);
	}
	if (params->platform)
		context->platform = qpas_platform_ref(params->platform);
	else
		code = qpas_backend_platform(context->backend, &context->platform, err);
	if (code)
		return code;
	code = qpas_platform_find(context->platform, name, &found, err);
	context->peripheral = found;
	return code;
}

static int copy_params(const struct qpas_context_params *given, struct qpas_context_params *params,
		       const char *name, struct qpas_error *err)
{
	static const struct qpas_context_params defaults = QPAS_CONTEXT_PARAMS_INIT;
	const char *missing = NULL;
	int code = 0;

	*params = defaults;
	if (given)
		code = qpasi_abi_copy(params, given, sizeof(*params), sizeof(*params), err);
	if (code)
		return code;
	if (params->flags & ~KNOWN_FLAGS)
		return qpasi_error_numbers(err, QPASI_MSG_UNKNOWN_FLAGS, QPAS_STAGE_OPEN,
					   params->flags, params->flags & ~KNOWN_FLAGS);
	if (params->reserved)
		return qpasi_error_set(err, QPASI_MSG_RESERVED_NOT_ZERO, QPAS_STAGE_OPEN,
				       "params->reserved");
	if (params->peripheral && !params->platform)
		missing = "params->platform";
	if (!params->peripheral && !name)
		missing = "name";
	return missing ? qpasi_error_set(err, QPASI_MSG_NULL_ARGUMENT, QPAS_STAGE_OPEN, missing) :
			 0;
}

int qpas_context_open(struct qpas_backend *backend, const char *name,
		      const struct qpas_context_params *given, struct qpas_context **out,
		      struct qpas_error *err)
{
	struct qpas_context_params params;
	struct qpas_context *context;
	int code = qpasi_error_begin(err);

	if (code)
		return code;
	if (out)
		*out = NULL;
	if (!backend || !out)
		return qpasi_error_set(err, QPASI_MSG_NULL_ARGUMENT, QPAS_STAGE_OPEN,
				       backend ? "out" : "backend");
	if (qpasi_backend_forked(backend))
		return qpasi_error_set(err, QPASI_MSG_FORKED, QPAS_STAGE_OPEN, NULL);
	code = copy_params(given, &params, name, err);
	if (code)
		return code;
	context = new_context(backend);
	if (!context)
		return qpasi_error_set(err, QPASI_MSG_NO_MEMORY, QPAS_STAGE_OPEN, NULL);
	context->flags = params.flags;
	code = find_peripheral(context, name, &params, err);
	if (!code)
		code = bind(context, err);
	if (code)
		qpasi_context_free(context);
	else
		*out = context;
	return code;
}

/*
 * To the trusted world a companion is an image of its own: another id, the second carveout, metadata
 * and bridge of its own. Only the streams are those of the main image.
 */
int qpasi_context_companion(struct qpas_context *context, struct qpas_error *err)
{
	struct qpas_context *made = new_context(context->backend);
	int code;

	if (!made)
		return qpasi_error_set(err, QPASI_MSG_NO_MEMORY, QPAS_STAGE_OPEN, NULL);
	made->platform = qpas_platform_ref(context->platform);
	made->peripheral = context->peripheral;
	made->pas_id = context->peripheral.dtb_pas_id;
	made->caps = context->caps;
	made->flags = context->flags;
	made->el2 = context->el2;
	made->bridging = context->bridging;
	made->mapping = context->mapping;
	made->is_companion = true;
	made->pool = context->pool;
	made->deadline = context->deadline;
	made->step = context->step;
	made->user = context->user;
	code = qpasi_context_region(made, 1, err);
	if (!code)
		code = qpasi_claim_take(made->backend, made->pas_id, &made->claim, err);
	if (code)
		qpasi_context_free(made);
	else
		context->companion = made;
	return code;
}

/* The trusted world has, or may have, the memory of this id. */
static bool must_pin(const struct qpas_context *context)
{
	for (uint32_t i = 0; i < QPASI_ASSIGNS_MAX; i++) {
		if (context->lent[i] && context->state != QPAS_STATE_RUNNING)
			return true;
	}
	switch (context->state) {
	case QPAS_STATE_UNKNOWN:
	case QPAS_STATE_CRASHED:
		return true;
	case QPAS_STATE_RUNNING:
		return !(context->flags & QPAS_CONTEXT_KEEP_RUNNING);
	default:
		return false;
	}
}

/*
 * Frees the object and nothing else. Buffers, bridges and mappings that are still held stay with the
 * backend on purpose: the trusted world may be using them.
 */
void qpasi_context_free(struct qpas_context *context)
{
	struct qpas_backend *backend = context->backend;

	if (context->companion) {
		struct qpas_context *companion = context->companion;

		context->companion = NULL;
		qpasi_claim_give(backend, companion->claim, must_pin(companion));
		companion->claim = NULL;
		qpas_rsc_table_free(companion->table);
		qpas_image_unref(companion->image);
		qpas_platform_unref(companion->platform);
		qpasi_env_free(&backend->env, companion->mappings);
		qpasi_env_free(&backend->env, companion->loaded_ranges);
		qpasi_env_free(&backend->env, companion);
		qpas_backend_unref(backend);
	}
	qpasi_claim_give(backend, context->claim, must_pin(context));
	qpas_rsc_table_free(context->table);
	qpas_image_unref(context->image);
	qpas_platform_unref(context->platform);
	qpasi_env_free(&backend->env, context->mappings);
	qpasi_env_free(&backend->env, context->loaded_ranges);
	qpasi_env_free(&backend->env, context);
	qpas_backend_unref(backend);
}

/* Ends what can be ended; the object goes in any case. */
static int end(struct qpas_context *context)
{
	bool keep = context->flags & QPAS_CONTEXT_KEEP_RUNNING;
	struct qpasi_link link = qpasi_context_link(context, QPAS_STAGE_RELEASE, NULL);

	switch (context->state) {
	case QPAS_STATE_UNKNOWN:
		return QPAS_ERR_UNKNOWN;
	case QPAS_STATE_RUNNING:
		if (!keep)
			return qpasi_stop(context, NULL);
		if (context->backend->desc.detach)
			(void)qpasi_slot_detach(&link);
		qpasi_step_release(context);
		return 0;
	case QPAS_STATE_CRASHED:
		return qpasi_stop(context, NULL);
	case QPAS_STATE_STOPPED:
		/* A companion whose shutdown was refused gets one more chance. */
		return qpasi_stop(context, NULL);
	default:
		qpasi_undo(context);
		return qpasi_assign_back(context, false, NULL);
	}
}

/* A close from a callback would pull the context from under its caller: it is refused. */
int qpas_context_close(struct qpas_context *context)
{
	int code = 0;

	if (!context)
		return 0;
	if (atomic_exchange(&context->busy, true))
		return QPAS_ERR_STATE;
	atomic_store(&context->canceled, false);
	context->deadline = QPAS_NO_DEADLINE;
	context->step = NULL;
	/* A child only frees its copy: memory and processors are its parent's. */
	if (!qpasi_backend_forked(context->backend))
		code = end(context);
	qpasi_context_free(context);
	return code;
}

/* Also refused from a slot or callback: in the middle of a step the answer would be a guess. */
static int ask_status(const struct qpas_context *context, uint32_t *state, struct qpas_error *err)
{
	struct qpasi_link link = qpasi_context_link(context, QPAS_STAGE_NONE, err);
	struct qpasi_fault fault = QPASI_FAULT_INIT;
	uint32_t told = UINT32_MAX;
	int code = qpasi_slot_status(&link, &told);

	if (code)
		return code;
	if (told <= QPAS_STATE_UNKNOWN) {
		*state = told;
		return 0;
	}
	fault.message = QPASI_MSG_BACKEND_RESULT;
	fault.s = context->backend->desc.name;
	fault.t = "status";
	fault.tz_status = told;
	return qpasi_fault_report(&fault, QPAS_STAGE_NONE, err);
}

int qpas_context_status(struct qpas_context *context, uint32_t *state, struct qpas_error *err)
{
	int code = qpasi_context_enter(context, err);

	if (code)
		return code;
	if (!state)
		code = qpasi_error_set(err, QPASI_MSG_NULL_ARGUMENT, QPAS_STAGE_NONE, "state");
	else
		code = ask_status(context, state, err);
	return qpasi_context_leave(context, code);
}

int qpas_context_describe(const struct qpas_context *context, struct qpas_context_info *info,
			  struct qpas_error *err)
{
	struct qpas_context_info known = QPAS_CONTEXT_INFO_INIT;
	int code = qpasi_error_begin(err);

	if (code)
		return code;
	if (!context || !info)
		return qpasi_error_set(err, QPASI_MSG_NULL_ARGUMENT, QPAS_STAGE_NONE,
				       context ? "info" : "context");
	code = qpasi_abi_check(info, sizeof(known), sizeof(known), err);
	if (code)
		return code;
	if (atomic_load(&context->busy))
		return qpasi_error_set(err, QPASI_MSG_REENTERED, QPAS_STAGE_NONE, NULL);
	known.state = context->state;
	known.ready = context->ready;
	known.pas_id = context->pas_id;
	known.el2 = context->el2;
	known.kind = context->peripheral.kind;
	known.carveout_address = context->region.address;
	known.carveout_size = context->region.size;
	known.name = context->peripheral.name;
	qpasi_abi_give(info, &known, sizeof(known));
	return 0;
}

/* Called from signal handlers: an atomic store, and the backend's own promise to do no more. */
void qpas_context_cancel(struct qpas_context *context)
{
	struct qpas_backend *backend;

	if (!context)
		return;
	backend = context->backend;
	atomic_store(&context->canceled, true);
	if (backend->desc.cancel)
		backend->desc.cancel(backend->priv, context->pas_id);
}
