/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Start, stop and watch. The traps: a second `start` only counts, and then two stops are needed; a
 * state changes without a word, so it is asked for; an error proves nothing until the state is read
 * back.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "backend/kernel/rproc.h"
#include "base/fault.h"

/* From one look at the state to the next. */
#define FIRST_PAUSE_MS 10
#define LAST_PAUSE_MS  250
#define SECOND_NS      INT64_C(1000000000)
#define MS_NS	       INT64_C(1000000)

static int fail(const struct qpasi_rproc *rproc, uint32_t message, uint32_t stage, const char *t,
		int os_errno, struct qpas_error *err)
{
	struct qpasi_fault fault = QPASI_FAULT_INIT;

	fault.message = message;
	fault.s = rproc->peripheral.name;
	fault.t = t;
	fault.os_errno = os_errno;
	return qpasi_fault_report(&fault, stage, err);
}

static struct qpasi_rproc_told *told_of(struct qpasi_kernel *kernel, uint32_t pas_id)
{
	for (uint32_t i = 0; i < kernel->told_count; i++) {
		if (kernel->told[i].pas_id == pas_id)
			return &kernel->told[i];
	}
	if (kernel->told_count == QPASI_RPROCS_MAX)
		return NULL;
	kernel->told[kernel->told_count].pas_id = pas_id;
	return &kernel->told[kernel->told_count++];
}

static void begin_watch(struct qpasi_kernel *kernel, uint32_t pas_id)
{
	struct qpasi_rproc_told *told = told_of(kernel, pas_id);

	if (!told)
		return;
	told->state = QPASI_RPROC_RUNNING;
	told->ready = false;
}

/* ---- start ---- */

/* Only from offline: elsewhere a start counts, or is refused. */
static int check_offline(const struct qpasi_rproc *rproc, struct qpas_error *err)
{
	uint32_t state;
	int code = qpasi_rproc_state(rproc, &state, err);

	if (code || state == QPASI_RPROC_OFFLINE)
		return code;
	return fail(rproc, QPASI_MSG_RPROC_NOT_OFFLINE, QPAS_STAGE_AUTH_RESET,
		    qpasi_rproc_state_name(state), 0, err);
}

/* Left alone if it is the name already: the attribute may be read-only where `state` is not. */
static int set_firmware(const struct qpasi_kernel *kernel, const struct qpasi_rproc *rproc,
			const char *firmware, struct qpas_error *err)
{
	char now[256];
	int code;

	if (!firmware ||
	    (!qpasi_rproc_read(rproc, "firmware", now, sizeof(now)) && !strcmp(now, firmware)))
		return 0;
	code = qpasi_rproc_write(kernel, rproc, "firmware", firmware);
	if (code == EBUSY)
		return fail(rproc, QPASI_MSG_RPROC_NOT_OFFLINE, QPAS_STAGE_AUTH_RESET,
			    "being started", code, err);
	return code ? qpasi_rproc_refused(rproc, "firmware", code, err) : 0;
}

/* The driver's errno in words. It stands for what the driver met, TrustZone's answer among it. */
static int explain_start(const struct qpasi_rproc *rproc, const char *firmware, int os_errno,
			 struct qpas_error *err)
{
	if (!firmware)
		firmware = "the driver's own image";
	switch (os_errno) {
	case ENOENT:
		return fail(rproc, QPASI_MSG_RPROC_FIRMWARE, QPAS_STAGE_AUTH_RESET, firmware,
			    os_errno, err);
	case EINVAL:
	case EIO:
	case EOPNOTSUPP:
		return fail(rproc, QPASI_MSG_RPROC_START, QPAS_STAGE_AUTH_RESET, firmware, os_errno,
			    err);
	case ETIMEDOUT:
		return fail(rproc, QPASI_MSG_RPROC_READY, QPAS_STAGE_READY, firmware, os_errno,
			    err);
	default:
		return qpasi_rproc_refused(rproc, "state", os_errno, err);
	}
}

/* Definite only if the state says so: a start that failed late may have left it running. */
static int judge_start(const struct qpasi_rproc *rproc, const char *firmware, int os_errno,
		       struct qpas_error *err)
{
	uint32_t state;

	if (qpasi_rproc_state(rproc, &state, err))
		return fail(rproc, QPASI_MSG_RPROC_UNKNOWN, QPAS_STAGE_AUTH_RESET,
			    "it cannot be read", os_errno, err);
	if (!os_errno && (state == QPASI_RPROC_RUNNING || state == QPASI_RPROC_CRASHED))
		return 0;
	if (os_errno && state == QPASI_RPROC_OFFLINE)
		return explain_start(rproc, firmware, os_errno, err);
	return fail(rproc, QPASI_MSG_RPROC_UNKNOWN, QPAS_STAGE_AUTH_RESET,
		    qpasi_rproc_state_name(state), os_errno, err);
}

int qpasi_rproc_boot(struct qpasi_kernel *kernel, uint32_t pas_id, const char *firmware,
		     struct qpas_error *err)
{
	struct qpasi_rproc rproc;
	int code = qpasi_rproc_open(kernel, pas_id, &rproc, err);

	if (code)
		return code;
	atomic_store(&kernel->canceled, 0);
	code = check_offline(&rproc, err);
	if (!code)
		code = set_firmware(kernel, &rproc, firmware, err);
	if (!code) {
		int os_errno = qpasi_rproc_write(kernel, &rproc, "state", "start");

		/* Refused at the door: the driver has not heard of it. */
		if (os_errno == EACCES || os_errno == EPERM || os_errno == EROFS ||
		    os_errno == EINTR)
			code = qpasi_rproc_refused(&rproc, "state", os_errno, err);
		else
			code = judge_start(&rproc, firmware, os_errno, err);
	}
	if (!code)
		begin_watch(kernel, pas_id);
	qpasi_rproc_close(&rproc);
	return code;
}

/* ---- stop ---- */

/* One that somebody else stopped is stopped. */
static int stop(struct qpasi_kernel *kernel, const struct qpasi_rproc *rproc,
		struct qpas_error *err)
{
	uint32_t state;
	int os_errno;
	int code = qpasi_rproc_state(rproc, &state, err);

	if (code || state == QPASI_RPROC_OFFLINE)
		return code;
	os_errno = qpasi_rproc_write(kernel, rproc, "state", "stop");
	if (os_errno == EACCES || os_errno == EPERM || os_errno == EROFS || os_errno == EINTR)
		return qpasi_rproc_refused(rproc, "state", os_errno, err);
	if (qpasi_rproc_state(rproc, &state, err))
		return fail(rproc, QPASI_MSG_RPROC_UNKNOWN, QPAS_STAGE_SHUTDOWN,
			    "it cannot be read", os_errno, err);
	if (state == QPASI_RPROC_OFFLINE)
		return 0;
	if (!os_errno)
		return fail(rproc, QPASI_MSG_RPROC_COUNTED, QPAS_STAGE_SHUTDOWN, NULL, 0, err);
	return fail(rproc, QPASI_MSG_RPROC_STOP, QPAS_STAGE_SHUTDOWN, qpasi_rproc_state_name(state),
		    os_errno, err);
}

int qpasi_rproc_stop(struct qpasi_kernel *kernel, uint32_t pas_id, struct qpas_error *err)
{
	struct qpasi_rproc rproc;
	int code = qpasi_rproc_open(kernel, pas_id, &rproc, err);

	if (code)
		return code;
	atomic_store(&kernel->canceled, 0);
	code = stop(kernel, &rproc, err);
	qpasi_rproc_close(&rproc);
	return code;
}

int qpasi_rproc_attach(struct qpasi_kernel *kernel, uint32_t pas_id, struct qpas_error *err)
{
	struct qpasi_rproc rproc;
	uint32_t state;
	int code = qpasi_rproc_open(kernel, pas_id, &rproc, err);

	if (code)
		return code;
	code = qpasi_rproc_state(&rproc, &state, err);
	if (!code && state != QPASI_RPROC_RUNNING && state != QPASI_RPROC_ATTACHED)
		code = fail(&rproc, QPASI_MSG_RPROC_NOT_RUNNING, QPAS_STAGE_ATTACH,
			    qpasi_rproc_state_name(state), 0, err);
	if (!code)
		begin_watch(kernel, pas_id);
	qpasi_rproc_close(&rproc);
	return code;
}

/* ---- watch ---- */

/* Whether the state means an event that was not told yet. */
static bool make_event(struct qpasi_rproc_told *told, uint32_t state,
		       struct qpas_backend_event *event)
{
	bool runs = state == QPASI_RPROC_RUNNING || state == QPASI_RPROC_ATTACHED;
	bool ended = state == QPASI_RPROC_OFFLINE || state == QPASI_RPROC_CRASHED;

	/* The driver has waited for the signal before it said running. */
	if (runs && !told->ready && told->state == QPASI_RPROC_RUNNING) {
		told->ready = true;
		event->type = QPAS_EVENT_READY;
		return true;
	}
	/* Suspended, detached and what newer kernels say are no end. */
	if (!ended || state == told->state)
		return false;
	told->state = state;
	event->type = state == QPASI_RPROC_CRASHED ? QPAS_EVENT_CRASH : QPAS_EVENT_STOPPED;
	(void)snprintf(event->text, sizeof(event->text), "its driver says %s",
		       qpasi_rproc_state_name(state));
	return true;
}

/*
 * 0 if there is an event, TIMEOUT if not. One whose entry is gone does not run for us any more; of
 * one that only cannot be read, that is told and nothing else.
 */
static int look(struct qpasi_kernel *kernel, uint32_t pas_id, struct qpasi_rproc_told *told,
		struct qpas_backend_event *event, struct qpas_error *err)
{
	struct qpas_error why = QPAS_ERROR_INIT;
	struct qpasi_rproc rproc;
	uint32_t state = QPASI_RPROC_OTHER;
	int code = qpasi_rproc_open(kernel, pas_id, &rproc, &why);

	if (!code) {
		code = qpasi_rproc_state(&rproc, &state, &why);
		qpasi_rproc_close(&rproc);
	}
	if (why.os_errno == ENOENT || why.os_errno == ENODEV)
		state = QPASI_RPROC_OFFLINE;
	else if (code) {
		*err = why;
		return code;
	}
	return make_event(told, state, event) ? 0 : QPAS_ERR_TIMEOUT;
}

static int64_t now_ns(void)
{
	struct timespec now = {0, 0};

	(void)clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * SECOND_NS + now.tv_nsec;
}

/* A kernel event ends the pause early: a dump of a crash makes one. What it says is not needed. */
static void drain(int fd)
{
	char scrap[512];

	while (fd >= 0 && read(fd, scrap, sizeof(scrap)) > 0)
		;
}

/* One for another id that came too late is forgotten. */
static bool was_canceled(struct qpasi_kernel *kernel, uint32_t pas_id)
{
	/* First, and also when a boot has forgotten the cancel: left readable it would end each pause. */
	drain(kernel->cancel_fd);
	return atomic_exchange(&kernel->canceled, 0) == pas_id + 1;
}

static void pause_a_little(const struct qpasi_kernel *kernel, int64_t deadline, int ms)
{
	struct pollfd fds[] = {{kernel->cancel_fd, POLLIN, 0}, {kernel->uevent_fd, POLLIN, 0}};
	int64_t left = deadline < 0 ? ms : (deadline - now_ns() + MS_NS - 1) / MS_NS;

	if (left < ms)
		ms = left < 0 ? 0 : (int)left;
	if (poll(fds, 2, ms) > 0 && fds[1].revents)
		drain(kernel->uevent_fd);
}

int qpasi_rproc_wait(struct qpasi_kernel *kernel, uint32_t pas_id, int64_t deadline,
		     struct qpas_backend_event *event, struct qpas_error *err)
{
	struct qpasi_rproc_told *told = told_of(kernel, pas_id);
	int code, pause = FIRST_PAUSE_MS;

	if (!told)
		return qpasi_error_numbers(err, QPASI_MSG_RPROC_NO_ID, QPAS_STAGE_READY, pas_id, 0);
	for (;;) {
		if (was_canceled(kernel, pas_id))
			return qpasi_error_set(err, QPASI_MSG_CANCELED_CALL, QPAS_STAGE_READY,
					       NULL);
		code = look(kernel, pas_id, told, event, err);
		if (code != QPAS_ERR_TIMEOUT)
			return code;
		if (deadline >= 0 && now_ns() >= deadline)
			return qpasi_error_set(err, QPASI_MSG_NO_EVENT, QPAS_STAGE_READY,
					       "the processor");
		pause_a_little(kernel, deadline, pause);
		pause = pause * 2 > LAST_PAUSE_MS ? LAST_PAUSE_MS : pause * 2;
	}
}
