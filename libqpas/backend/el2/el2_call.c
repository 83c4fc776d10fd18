/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Drives the conduit: INTERRUPTED, WAITQ and EBUSY are followed as drivers/firmware/qcom/
 * qcom_scm-smc.c follows them (docs/pas.md, "Return protocol").
 */
#include "backend/el2/el2_call.h"

#include "base/fault.h"
#include "base/mem.h"
#include "format/scm.h"

/* A trusted world that is interrupted or put to sleep for ever must not hang its host. */
#define MAX_INTERRUPTIONS (1u << 20)
#define MAX_SLEEPS	  (1u << 12)

/* What an attempt to finish a call came to, besides a negative enum qpas_err. */
#define ANSWERED 0

/* Linux truncates x0 to an int; a reply that has only high bits set is still no success. */
static int64_t status_of(uint64_t x0)
{
	int32_t low = (int32_t)(uint32_t)x0;

	return low ? low : (int64_t)x0;
}

static int lost(const struct qpasi_el2_request *request, struct qpas_error *err)
{
	return qpasi_error_set(err, QPASI_MSG_TZ_LOST, request->stage,
			       qpas_scm_function_name(request->function));
}

/* Anything but "cancelled before" may have reached the trusted world. */
static int conduit_result(int code, const struct qpasi_el2_request *request, struct qpas_error *err)
{
	if (!code)
		return 0;
	if (code == QPAS_ERR_CANCELED)
		return qpasi_error_set(err, QPASI_MSG_CANCELED_CALL, request->stage, NULL);
	return lost(request, err);
}

/* One call, reissued as long as interrupts of the host end it early. */
static int issue(struct qpasi_el2 *el2, const uint64_t in[8], uint64_t out[8],
		 const struct qpasi_el2_request *request, struct qpas_error *err)
{
	uint64_t regs[8];

	memcpy(regs, in, sizeof(regs));
	for (uint32_t round = 0; round < MAX_INTERRUPTIONS; round++) {
		int code;

		memcpy(out, regs, sizeof(regs));
		code = el2->ops.smc(el2->ops.user, out);
		/* Once begun, a call that is cancelled is a call whose end is not known. */
		if (code && round)
			return lost(request, err);
		if (code)
			return conduit_result(code, request, err);
		if (status_of(out[0]) != QPASI_SCM_INTERRUPTED)
			return ANSWERED;
		regs[0] = QPASI_SCM_INTERRUPTED;
		regs[6] = out[6];
	}
	return lost(request, err);
}

/* A resume is a call like any other, in the convention of the embedder. */
static int resume_registers(struct qpasi_el2 *el2, uint64_t context, uint64_t regs[8])
{
	struct qpas_scm_call call = QPAS_SCM_CALL_INIT;
	struct qpasi_fault fault = QPASI_FAULT_INIT;

	call.function = QPAS_SCM_WAITQ_RESUME;
	call.convention = el2->ops.convention;
	call.arg_count = 1;
	call.args[0] = context;
	return qpasi_scm_encode(&call, regs, NULL, 0, &fault);
}

/* Nothing was done: the state of whoever called stays as it is. */
static int stayed_busy(const struct qpasi_el2_request *request, uint32_t retries,
		       struct qpas_error *err)
{
	struct qpasi_fault fault = QPASI_FAULT_INIT;

	fault.message = QPASI_MSG_TZ_BUSY;
	fault.s = qpas_scm_function_name(request->function);
	fault.a = retries;
	fault.tz_status = QPASI_SCM_EBUSY;
	return qpasi_fault_report(&fault, request->stage, err);
}

/* As issue(), and goes to sleep and resumes for as long as the trusted world asks for it. */
static int issue_waitq(struct qpasi_el2 *el2, const uint64_t in[8], uint64_t out[8],
		       const struct qpasi_el2_request *request, struct qpas_error *err)
{
	uint64_t regs[8];

	memcpy(regs, in, sizeof(regs));
	for (uint32_t round = 0; round < MAX_SLEEPS; round++) {
		int code = issue(el2, regs, out, request, err);

		/* A resume that was not made leaves the sleeping call behind. */
		if (code)
			return round ? lost(request, err) : code;
		if (status_of(out[0]) != QPASI_SCM_WAITQ_SLEEP)
			return ANSWERED;
		if (!el2->ops.wait_wq)
			return stayed_busy(request, 0, err);
		if (el2->ops.wait_wq(el2->ops.user, out[1], el2->deadline))
			return lost(request, err);
		if (resume_registers(el2, out[2], regs))
			return lost(request, err);
	}
	return lost(request, err);
}

/* Sleeps before the next try; false if the deadline comes first. */
static bool pause_before_retry(struct qpasi_el2 *el2)
{
	int64_t now, next;

	if (!el2->ops.now)
		return true;
	now = el2->ops.now(el2->ops.user);
	if (__builtin_add_overflow(now, QPASI_SCM_BUSY_DELAY_NS, &next))
		return false;
	if (el2->deadline >= 0 && next > el2->deadline)
		return false;
	if (el2->ops.sleep_until)
		el2->ops.sleep_until(el2->ops.user, next);
	return true;
}

static int encode(struct qpasi_el2 *el2, const struct qpasi_el2_request *request, uint64_t regs[8],
		  struct qpas_error *err)
{
	struct qpas_scm_call call = QPAS_SCM_CALL_INIT;
	struct qpasi_fault fault = QPASI_FAULT_INIT;

	call.function = request->function;
	call.convention = el2->ops.convention;
	call.arg_count = request->count;
	memcpy(call.args, request->args, sizeof(call.args));
	call.page_address = el2->page.address;
	if (qpasi_scm_encode(&call, regs, el2->page.ptr, el2->page.len, &fault))
		return qpasi_fault_report(&fault, request->stage, err);
	if (el2->ops.clean && request->count > 4)
		el2->ops.clean(el2->ops.user, el2->page.ptr, QPAS_SCM_PAGE_BYTES);
	return 0;
}

int qpasi_el2_call(struct qpasi_el2 *el2, const struct qpasi_el2_request *request,
		   struct qpasi_el2_reply *reply, struct qpas_error *err)
{
	uint64_t regs[8], out[8];
	uint32_t retries = 0;
	int code = encode(el2, request, regs, err);

	if (code)
		return code;
	for (;;) {
		code = issue_waitq(el2, regs, out, request, err);
		if (code)
			return code;
		reply->status = status_of(out[0]);
		memcpy(reply->result, out + 1, sizeof(reply->result));
		if (reply->status != QPASI_SCM_EBUSY)
			return 0;
		if (retries == QPASI_SCM_BUSY_RETRIES || !pause_before_retry(el2))
			return stayed_busy(request, retries, err);
		retries++;
	}
}

bool qpasi_el2_accepted(const struct qpasi_el2_reply *reply)
{
	return !reply->status && !reply->result[0];
}

/* Both vocabularies in one text: nobody can tell which of them a firmware speaks. */
static const char *meaning(const struct qpasi_el2_reply *reply, char *to, size_t capacity)
{
	const char *parts[4] = {"to Linux ", qpas_scm_status_text(reply->status),
				", to boot firmware ",
				qpas_scm_firmware_status_text(reply->status)};
	size_t length = 0;

	if (reply->status >= 0)
		return "a code of its own, known to its makers only";
	for (size_t i = 0; i < 4; i++) {
		for (const char *c = parts[i]; *c && length + 1 < capacity; c++)
			to[length++] = *c;
	}
	to[length] = '\0';
	return to;
}

/* Simulators and firmware with a log can say more than a number. */
static const char *explanation(struct qpasi_el2 *el2)
{
	const char *text = el2->ops.explain ? el2->ops.explain(el2->ops.user) : NULL;

	return text && *text ? text : NULL;
}

int qpasi_el2_refused(struct qpasi_el2 *el2, const struct qpasi_el2_request *request,
		      const struct qpasi_el2_reply *reply, uint32_t message, const char *advice,
		      struct qpas_error *err)
{
	struct qpasi_fault fault = QPASI_FAULT_INIT;
	const char *why = explanation(el2);
	char both[128];
	int code;

	if (!why)
		why = advice ? advice : meaning(reply, both, sizeof(both));
	fault.message = message;
	fault.s = qpas_scm_function_name(request->function);
	fault.t = why;
	fault.a = request->args[0];
	/* The sentence names the code that refused, the object keeps both registers apart. */
	fault.tz_status = reply->status ? reply->status : (int64_t)reply->result[0];
	memcpy(fault.tz_result, reply->result, sizeof(fault.tz_result));
	code = qpasi_fault_report(&fault, request->stage, err);
	if (err)
		err->tz_status = reply->status;
	return code;
}

int qpasi_el2_embedder(struct qpasi_el2 *el2, int code, const char *function, uint32_t stage,
		       struct qpas_error *err)
{
	struct qpasi_fault fault = QPASI_FAULT_INIT;
	const char *why;

	if (!code)
		return 0;
	why = explanation(el2);
	fault.message = QPASI_MSG_EMBEDDER_FAILED;
	fault.s = function;
	fault.t = why ? why : "no reason given";
	fault.tz_status = code;
	(void)qpasi_fault_report(&fault, stage, err);
	if (code > 0)
		return QPAS_ERR_BACKEND;
	if (err) {
		err->code = code;
		err->tz_status = 0;
	}
	return code;
}
