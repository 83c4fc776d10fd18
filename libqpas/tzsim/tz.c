/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The trusted world's front door: registers to calls, the three retry protocols, who answers what.
 */
#include "tzsim/model.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "format/scm.h"

/* Function ids whose service is PAS. */
#define SERVICE_MASK UINT32_C(0xff00)
#define SERVICE_PAS  UINT32_C(0x0200)
#define OWNER_MASK   UINT32_C(0xffff0000)
/* Only these calls have more than four arguments; all their words are read at once. */
#define PAGE_WORDS 7u

/* Wait-queue numbers of the model: one queue, and the interrupt that a guest would be given. */
#define WAITQ_QUEUE	0u
#define WAITQ_COUNT	1u
#define WAITQ_INTERRUPT 0x86u

int64_t qpasi_tzsim_refuse(struct qpas_tzsim *model, int64_t status, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	(void)vsnprintf(model->reason, sizeof(model->reason), format, arguments);
	va_end(arguments);
	return status;
}

int64_t qpasi_tzsim_may_guest(struct qpas_tzsim *model, uint64_t address, uint64_t length,
			      const char *what)
{
	if (!qpasi_tzsim_memory_has(&model->memory, address, length))
		return qpasi_tzsim_refuse(
			model, QPASI_TZSIM_BAD_BUFFER,
			"TrustZone cannot access %s: no memory at 0x%llx + 0x%llx", what,
			(unsigned long long)address, (unsigned long long)length);
	if (qpasi_tzsim_memory_owner(&model->memory, address, length))
		return qpasi_tzsim_refuse(
			model, QPASI_TZSIM_BAD_BUFFER,
			"TrustZone does not take %s at 0x%llx: it is not the host's", what,
			(unsigned long long)address);
	return QPASI_TZSIM_DONE;
}

int64_t qpasi_tzsim_may(struct qpas_tzsim *model, uint64_t address, uint64_t length,
			uint32_t permissions, const char *what)
{
	const char *verb = permissions & QPAS_SHM_BRIDGE_WRITE ? "write" : "read";
	int64_t status = qpasi_tzsim_may_guest(model, address, length, what);
	uint64_t missing;

	if (status || model->tz != QPAS_TZSIM_STRICT ||
	    qpasi_tzsim_bridges_cover(&model->bridges, address, address + length, permissions,
				      &missing))
		return status;
	return qpasi_tzsim_refuse(
		model, QPASI_TZSIM_BAD_BUFFER,
		"TrustZone cannot %s %s: 0x%llx lies in no SHM bridge that allows it", verb, what,
		(unsigned long long)missing);
}

/* ---- calls that need nothing else ---- */

static int64_t waitq_info(struct qpas_tzsim *model, const uint64_t *args, uint64_t *result)
{
	(void)args;
	if (!model->profile.faults[QPASI_TZSIM_WAITQ])
		return qpasi_tzsim_refuse(model, QPASI_TZSIM_NOT_SUPPORTED,
					  "this trusted world has no wait queues");
	result[0] = WAITQ_COUNT;
	result[1] = WAITQ_INTERRUPT;
	return QPASI_TZSIM_DONE;
}

static int64_t waitq_context(struct qpas_tzsim *model, const uint64_t *args, uint64_t *result)
{
	(void)args;
	if (model->pending.how != QPASI_TZSIM_WAITQ)
		return qpasi_tzsim_refuse(model, QPASI_TZSIM_FAILED, "no call sleeps");
	model->pending.woken = true;
	result[0] = WAITQ_QUEUE;
	/* Flags: wake one sleeper. */
	result[1] = 1;
	return QPASI_TZSIM_DONE;
}

/* Calls that Linux makes at probe and that have nothing to do with PAS: IS_CALL_AVAIL says 0. */
static int64_t not_supported(struct qpas_tzsim *model, const uint64_t *args, uint64_t *result)
{
	(void)args;
	(void)result;
	return qpasi_tzsim_refuse(model, QPASI_TZSIM_NOT_SUPPORTED,
				  "this trusted world does not support it");
}

static int64_t is_call_available(struct qpas_tzsim *model, const uint64_t *args, uint64_t *result);

struct service {
	uint32_t function;
	int64_t (*answer)(struct qpas_tzsim *model, const uint64_t *args, uint64_t *result);
	/* The same at host level 1, where a hypervisor traps it. */
	int64_t (*trap)(struct qpas_tzsim *model, const uint64_t *args, uint64_t *result);
};

static const struct service services[] = {
	{QPAS_SCM_BOOT_SDI_CONFIG, not_supported, NULL},
	{QPAS_SCM_SET_REMOTE_STATE, qpasi_tzsim_set_remote_state, NULL},
	{QPAS_SCM_SET_DLOAD_MODE, not_supported, NULL},
	{QPAS_SCM_PAS_INIT_IMAGE, qpasi_tzsim_init_image, qpasi_tzsim_trap_init_image},
	{QPAS_SCM_PAS_MEM_SETUP, qpasi_tzsim_mem_setup, NULL},
	{QPAS_SCM_PAS_AUTH_AND_RESET, qpasi_tzsim_auth_and_reset, qpasi_tzsim_trap_auth_and_reset},
	{QPAS_SCM_PAS_SHUTDOWN, qpasi_tzsim_shutdown, qpasi_tzsim_trap_shutdown},
	{QPAS_SCM_PAS_IS_SUPPORTED, qpasi_tzsim_is_supported, NULL},
	{QPAS_SCM_PAS_GET_RSCTABLE, qpasi_tzsim_get_rsctable, NULL},
	{QPAS_SCM_INFO_IS_CALL_AVAIL, is_call_available, NULL},
	{QPAS_SCM_INFO_VERSION, not_supported, NULL},
	{QPAS_SCM_MP_VIDEO_VAR, qpasi_tzsim_video_var, NULL},
	{QPAS_SCM_MP_ASSIGN, qpasi_tzsim_assign, NULL},
	{QPAS_SCM_SHM_BRIDGE_ENABLE, qpasi_tzsim_bridge_enable, NULL},
	{QPAS_SCM_SHM_BRIDGE_DELETE, qpasi_tzsim_bridge_delete, NULL},
	{QPAS_SCM_SHM_BRIDGE_CREATE, qpasi_tzsim_bridge_create, NULL},
	{QPAS_SCM_WAITQ_GET_WQ_CTX, waitq_context, NULL},
	{QPAS_SCM_WAITQ_GET_INFO, waitq_info, NULL},
};

static const struct service *find_service(const struct qpas_tzsim *model, uint32_t function)
{
	if (function == QPAS_SCM_PAS_GET_RSCTABLE && model->tz == QPAS_TZSIM_OLD)
		return NULL;
	for (size_t i = 0; i < sizeof(services) / sizeof(services[0]); i++) {
		if (services[i].function == function)
			return &services[i];
	}
	return NULL;
}

static int64_t is_call_available(struct qpas_tzsim *model, const uint64_t *args, uint64_t *result)
{
	uint32_t function = (uint32_t)args[0] & ~OWNER_MASK;
	const struct service *service = find_service(model, function);

	if (args[0] > UINT32_MAX || ((uint32_t)args[0] & OWNER_MASK) != QPASI_SCM_OWNER_SIP)
		return QPASI_TZSIM_DONE;
	result[0] = function == QPAS_SCM_WAITQ_RESUME ||
		    (service && service->answer != not_supported);
	return QPASI_TZSIM_DONE;
}

static int64_t answer(struct qpas_tzsim *model, const struct qpas_scm_call *call, uint64_t *result)
{
	const struct service *service = find_service(model, call->function);

	if (!service)
		return qpasi_tzsim_refuse(model, QPASI_TZSIM_NO_FUNCTION,
					  "this trusted world has no %s",
					  qpas_scm_function_name(call->function));
	if (model->host_level == 1 && service->trap)
		return service->trap(model, call->args, result);
	return service->answer(model, call->args, result);
}

/* ---- protocols ---- */

/* Puts a call aside. A second one at the same time is not put aside: there is one place. */
static bool put_aside(struct qpas_tzsim *model, const struct qpas_scm_call *call,
		      enum qpasi_tzsim_fault how)
{
	struct qpasi_tzsim_pending *pending = &model->pending;

	if ((call->function & SERVICE_MASK) != SERVICE_PAS ||
	    pending->how != QPASI_TZSIM_FAULT_COUNT ||
	    !qpasi_tzsim_profile_take(&model->profile, how))
		return false;
	pending->call = *call;
	pending->how = how;
	pending->woken = false;
	pending->session = model->next_session++;
	return true;
}

static bool loses_reply(struct qpas_tzsim *model, uint32_t function)
{
	static const struct {
		uint32_t function;
		enum qpasi_tzsim_fault fault;
	} losses[] = {
		{QPAS_SCM_PAS_INIT_IMAGE, QPASI_TZSIM_LOST_INIT},
		{QPAS_SCM_PAS_AUTH_AND_RESET, QPASI_TZSIM_LOST_AUTH},
		{QPAS_SCM_PAS_SHUTDOWN, QPASI_TZSIM_LOST_SHUTDOWN},
		{QPAS_SCM_PAS_GET_RSCTABLE, QPASI_TZSIM_LOST_TABLE},
	};

	for (size_t i = 0; i < sizeof(losses) / sizeof(losses[0]); i++) {
		if (losses[i].function == function)
			return qpasi_tzsim_profile_take(&model->profile, losses[i].fault);
	}
	return false;
}

/* Runs a call, or one of the reasons why it is not done yet. out[0] gets the status. */
static void run(struct qpas_tzsim *model, const struct qpas_scm_call *call, uint64_t out[8],
		bool *lost)
{
	struct qpasi_tzsim_profile *profile = &model->profile;
	int64_t status;

	if ((call->function & SERVICE_MASK) == SERVICE_PAS &&
	    qpasi_tzsim_profile_take(profile, QPASI_TZSIM_BUSY)) {
		status = qpasi_tzsim_refuse(model, QPASI_SCM_EBUSY,
					    "the trusted world is busy, as it was asked to be");
	} else if (put_aside(model, call, QPASI_TZSIM_INTERRUPTED)) {
		status = QPASI_SCM_INTERRUPTED;
		out[6] = model->pending.session;
	} else if (put_aside(model, call, QPASI_TZSIM_WAITQ)) {
		status = QPASI_SCM_WAITQ_SLEEP;
		out[1] = WAITQ_QUEUE;
		out[2] = model->pending.session;
	} else {
		status = answer(model, call, out + 1);
		*lost = !status && !out[1] && loses_reply(model, call->function);
	}
	out[0] = (uint64_t)status;
}

/* Goes on with the call that was put aside under this session number. */
static void go_on(struct qpas_tzsim *model, enum qpasi_tzsim_fault how, uint64_t session,
		  uint64_t out[8], bool *lost)
{
	struct qpas_scm_call call = model->pending.call;

	if (model->pending.how != how || model->pending.session != session) {
		out[0] = (uint64_t)qpasi_tzsim_refuse(model, QPASI_TZSIM_FAILED,
						      "no call 0x%llx waits to be gone on with",
						      (unsigned long long)session);
		return;
	}
	model->pending.how = QPASI_TZSIM_FAULT_COUNT;
	run(model, &call, out, lost);
}

int qpasi_tzsim_wake(struct qpas_tzsim *model, uint64_t queue)
{
	if (model->pending.how != QPASI_TZSIM_WAITQ || queue != WAITQ_QUEUE)
		return QPAS_ERR_NOTFOUND;
	model->pending.woken = true;
	return 0;
}

/* ---- registers ---- */

/* Arguments four and up stand in memory of the host, which is judged before it is read. */
static int64_t fetch_page(struct qpas_tzsim *model, const uint64_t in[8],
			  struct qpas_scm_call *call, struct qpasi_fault *fault)
{
	uint8_t words[PAGE_WORDS * sizeof(uint64_t)];
	size_t bytes = call->convention == QPAS_SCM_SMC32 ? PAGE_WORDS * sizeof(uint32_t) :
							    sizeof(words);
	struct qpas_slice page = {words, bytes};

	if (qpasi_tzsim_may(model, call->page_address, bytes, QPAS_SHM_BRIDGE_READ,
			    "the page of arguments"))
		return QPASI_TZSIM_BAD_PAGE;
	if (qpasi_tzsim_memory_read(&model->memory, QPASI_TZSIM_TRUSTED, call->page_address, words,
				    bytes))
		return QPASI_TZSIM_BAD_PAGE;
	if (qpasi_scm_decode(in, page, call, fault))
		return QPASI_TZSIM_BAD_ARGUMENTS;
	return QPASI_TZSIM_DONE;
}

static int64_t decode(struct qpas_tzsim *model, const uint64_t in[8], struct qpas_scm_call *call)
{
	struct qpasi_fault fault = QPASI_FAULT_INIT;
	struct qpas_slice none = {NULL, 0};

	switch (qpasi_scm_decode(in, none, call, &fault)) {
	case 0:
		return QPASI_TZSIM_DONE;
	case QPAS_ERR_SPACE:
		return fetch_page(model, in, call, &fault);
	case QPAS_ERR_FORMAT:
		return qpasi_tzsim_refuse(model, QPASI_TZSIM_BAD_ARGUMENTS,
					  "argument information 0x%llx does not fit the call",
					  (unsigned long long)in[1]);
	default:
		return qpasi_tzsim_refuse(model, QPASI_TZSIM_NO_FUNCTION,
					  "function id 0x%llx is not there",
					  (unsigned long long)in[0]);
	}
}

static void log_call(struct qpas_tzsim *model, const struct qpas_scm_call *call,
		     const uint64_t out[8])
{
	char text[384];

	if (!qpasi_env_logs(&model->env, QPAS_LOG_DEBUG))
		return;
	(void)snprintf(text, sizeof(text), "%s(0x%llx, 0x%llx, 0x%llx) -> %lld 0x%llx 0x%llx %s",
		       call->function ? qpas_scm_function_name(call->function) : "?",
		       (unsigned long long)call->args[0], (unsigned long long)call->args[1],
		       (unsigned long long)call->args[2], (long long)out[0],
		       (unsigned long long)out[1], (unsigned long long)out[2], model->reason);
	qpasi_env_log(&model->env, QPAS_LOG_DEBUG, 0, text);
}

/* The simulator's side of a refusal. Busy worlds are part of the protocol, and asked 22 times. */
static void log_refusal(struct qpas_tzsim *model, const struct qpas_scm_call *call, int64_t status)
{
	struct qpasi_fault fault = QPASI_FAULT_INIT;
	char text[384];

	if (status >= 0 || status == QPASI_SCM_EBUSY ||
	    !qpasi_env_logs(&model->env, QPAS_LOG_WARNING))
		return;
	fault.message = QPASI_MSG_SIM_REFUSED;
	fault.tz_status = status;
	fault.s = call->function ? qpas_scm_function_name(call->function) : "a call";
	fault.t = model->reason;
	(void)qpasi_fault_text(&fault, text, sizeof(text));
	qpasi_env_log(&model->env, QPAS_LOG_WARNING, QPASI_MSG_SIM_REFUSED, text);
}

/* Hardware does not say why it does not believe an image. */
static uint64_t hide(const struct qpas_tzsim *model, int64_t status)
{
	bool hidden = status <= QPASI_TZSIM_FIRST_HIDDEN && status >= QPASI_TZSIM_LAST_HIDDEN;

	return (uint64_t)(hidden && !model->explains ? QPASI_TZSIM_NOT_BELIEVED : status);
}

void qpasi_tzsim_call(struct qpas_tzsim *model, const uint64_t in[8], uint64_t out[8], bool *lost)
{
	struct qpas_scm_call call = QPAS_SCM_CALL_INIT;
	uint64_t reply[8] = {0};
	int64_t status;

	model->calls++;
	model->reason[0] = '\0';
	*lost = false;
	if ((uint32_t)in[0] == QPASI_SCM_INTERRUPTED) {
		go_on(model, QPASI_TZSIM_INTERRUPTED, in[6], reply, lost);
	} else {
		status = decode(model, in, &call);
		reply[0] = (uint64_t)status;
		if (!status && call.function == QPAS_SCM_WAITQ_RESUME)
			go_on(model, QPASI_TZSIM_WAITQ, call.args[0], reply, lost);
		else if (!status)
			run(model, &call, reply, lost);
	}
	log_call(model, &call, reply);
	log_refusal(model, &call, (int64_t)reply[0]);
	reply[0] = hide(model, (int64_t)reply[0]);
	for (uint32_t i = 0; i < 8; i++)
		out[i] = call.convention == QPAS_SCM_SMC32 ? (uint32_t)reply[i] : reply[i];
}
