/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * qpas_boot() and qpas_shutdown(): runs the sequence of format/lifecycle.c and, when a step fails,
 * has undo.c bring everything back.
 */
#include <inttypes.h>
#include <string.h>

#include "core/clock.h"
#include "core/context.h"

#define KNOWN_FLAGS (QPAS_BOOT_USE_PAS | QPAS_BOOT_NO_WAIT)
/* As long as the kernel waits (qcom_q6v5_pas.c). */
#define READY_NS INT64_C(5000000000)

/* One boot: of a main image, or of its companion. */
struct boot {
	struct qpas_context *context;
	struct qpas_image *image;
	struct qpas_image *companion;
	const struct qpas_boot_params *params;
	struct qpas_error *err;
};

/* Asked before each step: whether mem_setup is due is known only when the image is held. */
static uint32_t facts(const struct boot *boot)
{
	const struct qpas_context *context = boot->context;
	const struct qpas_peripheral *peripheral = &context->peripheral;
	bool waits = (peripheral->flags & QPAS_PERIPHERAL_READY_SIGNAL) &&
		     (context->caps & QPAS_CAP_EVENTS) &&
		     !(boot->params->flags & QPAS_BOOT_NO_WAIT);

	return (context->el2 ? QPASI_WHEN_EL2 : 0) |
	       (qpasi_step_mem_setup_due(context) ? QPASI_WHEN_MEM_SETUP : 0) |
	       (waits ? QPASI_WHEN_READY : 0) | (boot->companion ? QPASI_WHEN_COMPANION : 0) |
	       (peripheral->lite_count ? QPASI_WHEN_LITE : 0) |
	       (context->is_companion ? 0 : QPASI_WHEN_MAIN) |
	       (context->mapping ? QPASI_WHEN_STREAMS : 0) |
	       (peripheral->assign_count ? QPASI_WHEN_ASSIGN : 0) |
	       (context->range_count ? QPASI_WHEN_RANGES : 0);
}

/* A lite processor that was not up is what is wanted; only a call without an answer is not. */
static int shut_lite(struct boot *boot)
{
	struct qpas_context *context = boot->context;

	for (uint32_t i = 0; i < context->peripheral.lite_count; i++) {
		struct qpasi_link link =
			qpasi_context_link(context, QPAS_STAGE_SHUTDOWN, boot->err);
		int64_t begun = qpasi_now();
		bool refused;
		int code;

		link.pas_id = context->peripheral.lite_pas_ids[i];
		code = qpasi_slot_shutdown(&link);
		refused = code == QPAS_ERR_TZ || code == QPAS_ERR_UNSUPP ||
			  code == QPAS_ERR_NOTFOUND;
		qpasi_detail(context, "pas id %" PRIu32 "%s", link.pas_id,
			     refused ? ", was not up" : ", left by the boot loader");
		if (refused)
			code = 0;
		qpasi_report(context, "shutdown", code, begun, false);
		if (code)
			return code;
	}
	return 0;
}

static int run_sequence(struct boot *boot);

/* One level deep: a companion has no companion. Its steps are told under the same names. */
static int boot_companion(struct boot *boot)
{
	struct boot inner = *boot;
	int code = qpasi_context_companion(boot->context, boot->err);

	if (code)
		return code;
	inner.context = boot->context->companion;
	inner.image = boot->companion;
	inner.companion = NULL;
	return run_sequence(&inner);
}

static int init_image(struct boot *boot)
{
	int code = 0;

	/* Above a hypervisor the buffer is ordinary memory, taken without a step of its own. */
	if (!boot->context->image)
		code = qpasi_step_metadata(boot->context, boot->image, boot->err);
	return code ? code : qpasi_step_init_image(boot->context, boot->err);
}

/* The ready signal has a limit of its own besides that of the whole boot. */
static int wait_ready(struct boot *boot)
{
	struct qpas_context *context = boot->context;
	int64_t span = boot->params->ready_timeout ? boot->params->ready_timeout : READY_NS;

	return qpasi_step_ready(context, qpasi_deadline_in(span, context->deadline), boot->err);
}

/* The firmware's own table, where it has one, is what the trusted world adds its own to. */
static int fetch_table(struct boot *boot)
{
	struct qpas_slice own = {NULL, 0};
	int code = qpas_image_rsc_table(boot->image, &own, NULL);

	/* That there is none is no error, and leaves none behind. */
	if (code && code != QPAS_ERR_NOTFOUND)
		return qpas_image_rsc_table(boot->image, &own, boot->err);
	return qpasi_step_rsc_table(boot->context, own, boot->err);
}

/* Both at the end: the trusted world may still read the companion's metadata until then. */
static int release(struct boot *boot)
{
	struct qpas_context *context = boot->context;

	qpasi_step_release(context);
	if (context->companion)
		qpasi_step_release(context->companion);
	qpasi_detail(context, "pas id %" PRIu32 "%s", context->pas_id,
		     context->companion ? " and its companion" : "");
	return 0;
}

static int run_step(struct boot *boot, enum qpasi_step step)
{
	struct qpas_context *context = boot->context;

	switch (step) {
	case QPASI_STEP_RSC_TABLE:
		return fetch_table(boot);
	case QPASI_STEP_ASSIGN:
		return qpasi_step_assign(context, boot->err);
	case QPASI_STEP_METADATA_BRIDGE:
		return qpasi_step_metadata(context, boot->image, boot->err);
	case QPASI_STEP_INIT_IMAGE:
		return init_image(boot);
	case QPASI_STEP_MEM_SETUP:
		return qpasi_step_mem_setup(context, boot->err);
	case QPASI_STEP_LOAD:
		return qpasi_step_load(context, boot->err);
	case QPASI_STEP_IOMMU:
		return qpasi_step_iommu(context, boot->err);
	case QPASI_STEP_BRIDGE_CREATE:
		return qpasi_step_bridge(context, boot->err);
	case QPASI_STEP_AUTH_RESET:
		return qpasi_step_auth_reset(context, boot->err);
	case QPASI_STEP_BRIDGE_DELETE:
		return qpasi_step_unbridge(context, boot->err);
	case QPASI_STEP_PROTECT_VIDEO:
		return qpasi_step_protect(context, boot->err);
	case QPASI_STEP_READY:
		return wait_ready(boot);
	default:
		return release(boot);
	}
}

/* Steps that consist of steps, and those that this machine has no use for. */
static bool is_plain(const struct boot *boot, enum qpasi_step step)
{
	if (step == QPASI_STEP_BRIDGE_CREATE || step == QPASI_STEP_BRIDGE_DELETE)
		return boot->context->bridging;
	return step != QPASI_STEP_COMPANION && step != QPASI_STEP_LITE_SHUTDOWN;
}

/* What was begun is ended, whatever the time. */
static bool may_pause(enum qpasi_step step)
{
	return step != QPASI_STEP_BRIDGE_DELETE && step != QPASI_STEP_METADATA_RELEASE;
}

static int run_reported(struct boot *boot, enum qpasi_step step)
{
	struct qpas_context *context = boot->context;
	int64_t begun = qpasi_now();
	int code = 0;

	context->detail[0] = '\0';
	if (may_pause(step))
		code = qpasi_context_pause(context, qpasi_step_name(step), boot->err);
	if (!code)
		code = run_step(boot, step);
	qpasi_report(context, qpasi_step_name(step), code, begun, false);
	return code;
}

static int run_sequence(struct boot *boot)
{
	uint32_t count;
	const struct qpasi_step_rule *rules = qpasi_sequence(&count);
	int code = 0;

	for (uint32_t i = 0; !code && i < count; i++) {
		if ((facts(boot) & rules[i].when) != rules[i].when)
			continue;
		if (is_plain(boot, rules[i].step))
			code = run_reported(boot, rules[i].step);
		else if (rules[i].step == QPASI_STEP_COMPANION)
			code = boot_companion(boot);
		else if (rules[i].step == QPASI_STEP_LITE_SHUTDOWN)
			code = shut_lite(boot);
	}
	return code;
}

/* Everything that can be refused is refused before the trusted world hears of it. */
static int check_images(struct boot *boot)
{
	struct qpas_context scratch;
	int code = qpasi_step_check(boot->context, boot->image, boot->err);

	if (!code)
		code = qpasi_assign_check(boot->context, boot->err);
	if (code || !boot->companion)
		return code;
	memset(&scratch, 0, sizeof(scratch));
	scratch.platform = boot->context->platform;
	scratch.peripheral = boot->context->peripheral;
	code = qpasi_context_region(&scratch, 1, boot->err);
	return code ? code : qpasi_step_check(&scratch, boot->companion, boot->err);
}

/* Files are read before anything is started: late firmware must not cost a half boot. */
static int take_images(struct boot *boot, struct qpas_image *image)
{
	struct qpas_context *context = boot->context;
	bool has_companion = context->peripheral.dtb_pas_id != QPAS_NO_PAS_ID;
	int code = 0;

	if (boot->params->companion && !has_companion)
		return qpasi_error_set(boot->err, QPASI_MSG_RESERVED_NOT_ZERO, QPAS_STAGE_NONE,
				       "params->companion");
	boot->image = qpas_image_ref(image);
	if (!image)
		code = qpasi_firmware_open(context, 0, &boot->image, boot->err);
	if (code || !has_companion)
		return code;
	boot->companion = qpas_image_ref(boot->params->companion);
	if (!boot->companion)
		code = qpasi_firmware_open(context, 1, &boot->companion, boot->err);
	return code;
}

static bool goes_direct(const struct boot *boot)
{
	return (boot->context->peripheral.flags & QPAS_PERIPHERAL_VIDEO_FIRMWARE) &&
	       !(boot->params->flags & QPAS_BOOT_USE_PAS);
}

/* Asked at open for all but video that can start without PAS. */
static int ask_supported(const struct boot *boot)
{
	struct qpasi_link link = qpasi_context_link(boot->context, QPAS_STAGE_SUPPORTED, boot->err);

	if (!(boot->context->peripheral.flags & QPAS_PERIPHERAL_VIDEO_FIRMWARE))
		return 0;
	return qpasi_slot_supported(&link);
}

/* The main path. Whatever fails after the first call is undone in one place. */
static int boot_steps(struct boot *boot, struct qpas_image *image)
{
	struct qpas_context *context = boot->context;
	struct qpasi_link link = qpasi_context_link(context, QPAS_STAGE_RELEASE, NULL);
	int code = take_images(boot, image);

	link.deadline = QPAS_NO_DEADLINE;
	if (!code)
		code = check_images(boot);
	if (!code && goes_direct(boot)) {
		code = qpasi_direct_boot(context, boot->image, boot->err);
	} else if (!code) {
		code = ask_supported(boot);
		qpasi_pool_hold(context->pool);
		if (!code)
			code = run_sequence(boot);
		if (code)
			qpasi_recover(context);
		qpasi_pool_unhold(context->pool, &link);
	}
	qpas_image_unref(boot->image);
	qpas_image_unref(boot->companion);
	return code;
}

/* Somebody else's loader: a kernel driver that looks the firmware up by name. */
static int boot_fused(struct boot *boot, const struct qpas_image *image)
{
	struct qpas_context *context = boot->context;
	struct qpasi_link link = qpasi_context_link(context, QPAS_STAGE_AUTH_RESET, boot->err);
	const char *name = context->peripheral.firmware_count ? context->peripheral.firmware[0] :
								NULL;
	int64_t begun = qpasi_now();
	int code;

	if (image || boot->params->companion) {
		struct qpasi_fault fault = QPASI_FAULT_INIT;

		fault.message = QPASI_MSG_SLOT_MISSING;
		fault.s = context->backend->desc.name;
		fault.t = "a boot from an image that is not in the firmware folder";
		return qpasi_fault_report(&fault, QPAS_STAGE_OPEN, boot->err);
	}
	code = qpasi_slot_boot(&link, name);
	context->touched = true;
	if (!code)
		context->state = QPAS_STATE_RUNNING;
	else if (qpasi_slot_outcome(code) == QPASI_OUTCOME_UNKNOWN)
		context->state = QPAS_STATE_UNKNOWN;
	qpasi_detail(context, "%s", name ? name : "the driver's own firmware");
	qpasi_report(context, "boot", code, begun, false);
	return qpasi_context_unknown(context, code, QPAS_STAGE_AUTH_RESET, boot->err);
}

static int copy_params(const struct qpas_boot_params *given, struct qpas_boot_params *params,
		       struct qpas_error *err)
{
	static const struct qpas_boot_params defaults = QPAS_BOOT_PARAMS_INIT;
	int code = 0;

	*params = defaults;
	if (given)
		code = qpasi_abi_copy(params, given, sizeof(*params), sizeof(*params), err);
	if (code)
		return code;
	if (params->flags & ~KNOWN_FLAGS)
		return qpasi_error_numbers(err, QPASI_MSG_UNKNOWN_FLAGS, QPAS_STAGE_NONE,
					   params->flags, params->flags & ~KNOWN_FLAGS);
	if (params->reserved)
		return qpasi_error_set(err, QPASI_MSG_RESERVED_NOT_ZERO, QPAS_STAGE_NONE,
				       "params->reserved");
	if (params->reserved2)
		return qpasi_error_set(err, QPASI_MSG_RESERVED_NOT_ZERO, QPAS_STAGE_NONE,
				       "params->reserved2");
	if (params->video_range_count && !params->video_ranges)
		return qpasi_error_set(err, QPASI_MSG_NULL_ARGUMENT, QPAS_STAGE_NONE,
				       "params->video_ranges");
	if (params->ready_timeout < 0)
		return qpasi_error_set(err, QPASI_MSG_RESERVED_NOT_ZERO, QPAS_STAGE_NONE,
				       "the sign of params->ready_timeout");
	return 0;
}

/* The caller's ranges, or those of the chip; only video cores have any. */
static void choose_ranges(struct qpas_context *context, const struct qpas_boot_params *params)
{
	const struct qpas_peripheral *peripheral = &context->peripheral;
	bool given = params->video_ranges != NULL;

	context->ranges = given ? params->video_ranges : peripheral->video_ranges;
	context->range_count = given ? params->video_range_count : peripheral->video_range_count;
	if (peripheral->kind != QPAS_KIND_VIDEO)
		context->range_count = 0;
}

/* A boot starts from nothing: no steps of somebody else, no companion that would not stop. */
static int check_state(const struct qpas_context *context, struct qpas_error *err)
{
	struct qpasi_fault fault = QPASI_FAULT_INIT;

	if (!context->companion &&
	    (context->state == QPAS_STATE_NEW || context->state == QPAS_STATE_STOPPED))
		return 0;
	fault.message = QPASI_MSG_STATE_REFUSED;
	fault.s = "boot";
	fault.t = qpas_state_name(context->state);
	return qpasi_fault_report(&fault, QPAS_STAGE_NONE, err);
}

/* A boot from STOPPED gives the last run's metadata back first. */
int qpas_boot(struct qpas_context *context, struct qpas_image *image,
	      const struct qpas_boot_params *given, struct qpas_error *err)
{
	struct qpas_boot_params params;
	struct boot boot = {context, NULL, NULL, &params, err};
	int code = qpasi_context_enter(context, err);

	if (code)
		return code;
	code = copy_params(given, &params, err);
	if (!code)
		code = check_state(context, err);
	if (code)
		return qpasi_context_leave(context, code);
	context->deadline = params.deadline;
	context->step = params.step;
	context->user = params.user;
	context->ready = QPAS_READY_UNKNOWN;
	context->written = false;
	choose_ranges(context, &params);
	qpasi_step_release(context);
	code = qpasi_assign_back(context, false, err);
	if (!code && (context->caps & QPAS_CAP_STEPS))
		code = boot_steps(&boot, image);
	else if (!code)
		code = boot_fused(&boot, image);
	context->ranges = NULL;
	context->range_count = 0;
	if (context->companion) {
		context->companion->step = NULL;
		context->companion->deadline = QPAS_NO_DEADLINE;
	}
	return qpasi_context_leave(context, code);
}

/* The main processor first: it uses what its companion provides. */
int qpas_shutdown(struct qpas_context *context, struct qpas_error *err)
{
	int code = qpasi_context_enter(context, err);

	return code ? code : qpasi_context_leave(context, qpasi_stop(context, err));
}
