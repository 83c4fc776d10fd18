/* SPDX-License-Identifier: BSD-3-Clause */
/* What remote processors say: waiting for it, and what it means to a context. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "core/clock.h"
#include "core/context.h"

/* Longest uninterrupted wait: others may use the backend in between, and cancel is seen. */
#define WAIT_SLICE_NS INT64_C(100000000)

static bool is_known(const struct qpas_backend_event *event)
{
	return event->type >= QPAS_EVENT_READY && event->type <= QPAS_EVENT_STOPPED;
}

/* Whatever else is told, however often, does not keep the caller beyond its deadline. */
static int next_slice(struct qpas_context *context, int64_t deadline,
		      struct qpas_backend_event *event, struct qpas_error *err)
{
	struct qpasi_link link = qpasi_context_link(context, QPAS_STAGE_READY, err);
	int64_t now;
	int code;

	memset(event, 0, sizeof(*event));
	link.deadline = qpasi_deadline_in(WAIT_SLICE_NS, deadline);
	code = qpasi_slot_wait_event(&link, event);
	event->text[sizeof(event->text) - 1] = '\0';
	if (code ? code != QPAS_ERR_TIMEOUT : is_known(event))
		return code;
	now = qpasi_now();
	/* A backend that gives up before its time has nothing more to wait for. */
	if ((code && now < link.deadline) || (deadline >= 0 && now >= deadline))
		return QPAS_ERR_TIMEOUT;
	return 1;
}

int qpasi_next_event(struct qpas_context *context, int64_t deadline,
		     struct qpas_backend_event *event, struct qpas_error *err)
{
	int code = 1;

	while (code > 0) {
		code = qpasi_context_pause(context, "wait_event", err);
		if (!code)
			code = next_slice(context, deadline, event, err);
	}
	return code;
}

/* One that stopped although nobody here told it to has died as far as this context can tell. */
void qpasi_take_event(struct qpas_context *context, const struct qpas_backend_event *event)
{
	bool ready = event->type == QPAS_EVENT_READY;

	context->ready = ready ? QPAS_READY_YES : QPAS_READY_NO;
	if (!ready)
		context->state = QPAS_STATE_CRASHED;
}

static int not_ready(const struct qpas_context *context, const struct qpas_backend_event *event,
		     struct qpas_error *err)
{
	struct qpasi_fault fault = QPASI_FAULT_INIT;
	char text[48 + sizeof(event->text)];

	fault.message = QPASI_MSG_PROCESSOR_CRASH;
	fault.s = context->peripheral.name;
	fault.t = event->text[0] ? event->text : "it gave no reason";
	if (event->type == QPAS_EVENT_FAULT) {
		fault.message = QPASI_MSG_PROCESSOR_FAULT;
		fault.a = event->stream;
		(void)snprintf(text, sizeof(text), "%s at 0x%" PRIx64 "%s%s",
			       event->write ? "write" : "read", event->address,
			       event->text[0] ? ": " : ", which nobody mapped for it", event->text);
		fault.t = text;
	}
	return qpasi_fault_report(&fault, QPAS_STAGE_READY, err);
}

int qpasi_step_ready(struct qpas_context *context, int64_t deadline, struct qpas_error *err)
{
	struct qpas_backend_event event;
	int code = qpasi_next_event(context, deadline, &event, err);

	if (!code)
		qpasi_take_event(context, &event);
	if (!code && event.type != QPAS_EVENT_READY)
		return not_ready(context, &event, err);
	if (!code)
		qpasi_detail(context, "%s says ready", context->peripheral.name);
	if (code != QPAS_ERR_TIMEOUT)
		return code;
	/* One that was ready and has nothing new to say is ready still. */
	if (context->ready != QPAS_READY_YES)
		context->ready = QPAS_READY_NO;
	return qpasi_error_set(err, QPASI_MSG_NO_READY, QPAS_STAGE_READY, context->peripheral.name);
}
