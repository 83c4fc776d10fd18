/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Public calls for a peripheral that runs, or did: events, power, protected ranges, its memory after
 * a stop.
 */
#include <inttypes.h>

#include "core/context.h"

static int null_argument(const char *what, struct qpas_error *err)
{
	return qpasi_error_set(err, QPASI_MSG_NULL_ARGUMENT, QPAS_STAGE_NONE, what);
}

static int cannot(const struct qpas_context *context, const char *what, struct qpas_error *err)
{
	struct qpasi_fault fault = QPASI_FAULT_INIT;

	fault.message = QPASI_MSG_SLOT_MISSING;
	fault.s = context->backend->desc.name;
	fault.t = what;
	return qpasi_fault_report(&fault, QPAS_STAGE_NONE, err);
}

/* --- events: no call of the life-cycle table, they change nothing in the trusted world --- */

/*
 * Text of a remote processor goes to logs and terminals: nothing of it may steer them, and what
 * stands behind its end is nobody's.
 */
static void copy_text(char *to, const char *from)
{
	for (; *from; from++) {
		unsigned char c = (unsigned char)*from;

		*to++ = (char)(c < ' ' || c == 0x7f ? '?' : c);
	}
	*to = '\0';
}

static void give_event(struct qpas_context_event *to, const struct qpas_backend_event *event)
{
	struct qpas_context_event known = QPAS_CONTEXT_EVENT_INIT;

	known.type = event->type;
	known.stream = event->stream;
	known.write = event->write;
	known.address = event->address;
	copy_text(known.text, event->text);
	qpasi_abi_give(to, &known, sizeof(known));
}

static int may_wait(const struct qpas_context *context, struct qpas_error *err)
{
	struct qpasi_fault fault = QPASI_FAULT_INIT;

	if (context->state != QPAS_STATE_RUNNING) {
		fault.message = QPASI_MSG_STATE_REFUSED;
		fault.s = "wait_event";
		fault.t = qpas_state_name(context->state);
		return qpasi_fault_report(&fault, QPAS_STAGE_READY, err);
	}
	return context->caps & QPAS_CAP_EVENTS ? 0 : cannot(context, "wait_event", err);
}

static int wait_event(struct qpas_context *context, int64_t deadline,
		      struct qpas_backend_event *event, struct qpas_error *err)
{
	int code = may_wait(context, err);

	if (!code)
		code = qpasi_next_event(context, deadline, event, err);
	if (!code)
		qpasi_take_event(context, event);
	if (code == QPAS_ERR_TIMEOUT)
		return qpasi_error_set(err, QPASI_MSG_NO_EVENT, QPAS_STAGE_READY,
				       context->peripheral.name);
	return code;
}

int qpas_context_wait_event(struct qpas_context *context, int64_t deadline,
			    struct qpas_context_event *event, struct qpas_error *err)
{
	struct qpas_backend_event told;
	int code = qpasi_context_enter(context, err);

	if (code)
		return code;
	code = event ? qpasi_abi_check(event, sizeof(*event), sizeof(*event), err) :
		       null_argument("event", err);
	if (!code)
		code = wait_event(context, deadline, &told, err);
	if (!code)
		give_event(event, &told);
	return qpasi_context_leave(context, code);
}

int qpas_context_fd(struct qpas_context *context, int *fd, struct qpas_error *err)
{
	struct qpasi_link link;
	int code;

	if (fd)
		*fd = -1;
	code = qpasi_context_enter(context, err);
	if (code)
		return code;
	link = qpasi_context_link(context, QPAS_STAGE_READY, err);
	code = fd ? qpasi_slot_event_fd(&link, fd) : null_argument("fd", err);
	return qpasi_context_leave(context, code);
}

/* --- the trusted world's calls for one that runs --- */

int qpas_context_set_remote_state(struct qpas_context *context, uint32_t state,
				  struct qpas_error *err)
{
	struct qpasi_link link;
	int code = qpasi_context_enter(context, err);

	if (code)
		return code;
	link = qpasi_context_link(context, QPAS_STAGE_NONE, err);
	code = qpasi_context_admit(context, QPASI_CALL_SET_REMOTE_STATE, err);
	if (!code)
		code = qpasi_slot_set_remote_state(&link, state);
	return qpasi_context_leave(context, code);
}

static int protect(struct qpas_context *context, const struct qpas_video_ranges *ranges,
		   struct qpas_error *err)
{
	struct qpasi_link link = qpasi_context_link(context, QPAS_STAGE_PROTECT, err);
	int code = qpasi_context_admit(context, QPASI_CALL_PROTECT_VIDEO, err);

	if (code)
		return code;
	if (context->peripheral.kind != QPAS_KIND_VIDEO)
		return qpasi_error_set(err, QPASI_MSG_NOT_VIDEO, QPAS_STAGE_PROTECT,
				       context->peripheral.name);
	return qpasi_slot_protect_video(&link, ranges);
}

int qpas_context_protect_video(struct qpas_context *context, const struct qpas_video_ranges *ranges,
			       struct qpas_error *err)
{
	int code = qpasi_context_enter(context, err);

	if (code)
		return code;
	code = ranges ? protect(context, ranges, err) : null_argument("ranges", err);
	return qpasi_context_leave(context, code);
}

int qpasi_step_protect(struct qpas_context *context, struct qpas_error *err)
{
	int code = 0;

	for (uint32_t i = 0; !code && i < context->range_count; i++)
		code = protect(context, &context->ranges[i], err);
	qpasi_detail(context, "%" PRIu32 " range%s", context->range_count,
		     context->range_count == 1 ? "" : "s");
	return code;
}

/* --- the memory, after a stop --- */

static int read_region(struct qpas_context *context, uint64_t offset, void *to, size_t length,
		       struct qpas_error *err)
{
	struct qpasi_link link = qpasi_context_link(context, QPAS_STAGE_NONE, err);
	struct qpasi_fault fault = QPASI_FAULT_INIT;
	int code = qpasi_context_admit(context, QPASI_CALL_REGION_READ, err);

	if (code)
		return code;
	fault.message = QPASI_MSG_READ_RANGE;
	fault.s = context->peripheral.name;
	fault.a = offset;
	fault.b = length;
	if (offset > context->region.size || length > context->region.size - offset)
		return qpasi_fault_report(&fault, QPAS_STAGE_NONE, err);
	return length ? qpasi_slot_region_read(&link, &context->region, offset, to, length) : 0;
}

int qpas_context_read(struct qpas_context *context, uint64_t offset, void *to, size_t length,
		      struct qpas_error *err)
{
	int code = qpasi_context_enter(context, err);

	if (code)
		return code;
	if (!to && length)
		code = null_argument("to", err);
	else
		code = read_region(context, offset, to, length, err);
	return qpasi_context_leave(context, code);
}
