/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Keeps the remote processors of a board running: boots every enabled one that is to start by itself,
 * in the order of the device tree; watches them; restarts what crashed, and tries again what could
 * not start yet (firmware that is mounted late), with a pause that doubles; stops all of them in
 * reverse on SIGTERM. One thread, no allocation of its own.
 *
 * Usage: rproc-daemon [BACKEND-URI [FIRMWARE-PATH]]
 *   rproc-daemon
 *   rproc-daemon tzsim:dtb=lemans-evk-el2.dtb /lib/firmware
 */
#define _POSIX_C_SOURCE 200809L
#include <inttypes.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <time.h>

#include <qpas/qpas.h>
#include <qpas/tzsim.h>

#define MS	    INT64_C(1000000)
#define UNITS_MAX   32
#define FIRST_PAUSE (250 * MS)
#define LONGEST	    (30000 * MS)
/* One that ran for so long is healthy: its next crash starts with the first pause again. */
#define HEALTHY (60000 * MS)
/* How long one processor is listened to before the next one gets its turn. */
#define TURN (50 * MS)

struct unit {
	struct qpas_peripheral peripheral;
	struct qpas_context *context;
	/* CLOCK_MONOTONIC: when it is to be started, since when it runs. */
	int64_t due;
	int64_t since;
	int64_t pause;
	bool given_up;
};

struct daemon {
	struct qpas_backend *tz;
	struct qpas_platform *platform;
	struct unit units[UNITS_MAX];
	unsigned int count;
};

/* What a signal handler may touch: a flag, and the context whose call it is to end. */
static atomic_bool stopping;
static _Atomic(struct qpas_context *) current;

static void on_signal(int number)
{
	(void)number;
	atomic_store(&stopping, true);
	qpas_context_cancel(atomic_load(&current));
}

static int64_t now(void)
{
	struct timespec time;

	(void)clock_gettime(CLOCK_MONOTONIC, &time);
	return (int64_t)time.tv_sec * 1000 * MS + time.tv_nsec;
}

static void say(const struct unit *unit, const char *what, const struct qpas_error *err)
{
	printf("%s: %s%s%s\n", unit->peripheral.name, what, err ? ": " : "",
	       err ? qpas_error_text(err) : "");
	(void)fflush(stdout);
}

static uint32_t state_of(const struct unit *unit)
{
	struct qpas_context_info info = QPAS_CONTEXT_INFO_INIT;

	if (!unit->context || qpas_context_describe(unit->context, &info, NULL))
		return QPAS_STATE_NEW;
	return info.state;
}

/* Whether time may help: late firmware, a busy or silent processor. A bad image stays bad. */
static bool may_heal(int code)
{
	return code == QPAS_ERR_NOTFOUND || code == QPAS_ERR_BUSY || code == QPAS_ERR_TIMEOUT ||
	       code == QPAS_ERR_IO || code == QPAS_ERR_BACKEND || code == QPAS_ERR_CANCELED ||
	       code == QPAS_ERR_UNKNOWN || code == QPAS_ERR_NOMEM;
}

static void put_off(struct unit *unit)
{
	unit->due = now() + unit->pause;
	unit->pause = unit->pause * 2 < LONGEST ? unit->pause * 2 : LONGEST;
}

/* A context stays open through crashes and restarts, so nobody else gets its processor. */
static int start(struct daemon *daemon, struct unit *unit, struct qpas_error *err)
{
	struct qpas_context_params how = QPAS_CONTEXT_PARAMS_INIT;
	int code = 0;

	how.peripheral = &unit->peripheral;
	how.platform = daemon->platform;
	if (!unit->context)
		code = qpas_context_open(daemon->tz, NULL, &how, &unit->context, err);
	atomic_store(&current, unit->context);
	/* A signal that came before this line found nothing to cancel. */
	if (atomic_load(&stopping))
		code = QPAS_ERR_CANCELED;
	/* After a crash or a lost reply only a shutdown gives the memory back. */
	if (!code && (state_of(unit) == QPAS_STATE_CRASHED || state_of(unit) == QPAS_STATE_UNKNOWN))
		code = qpas_shutdown(unit->context, err);
	if (!code)
		code = qpas_boot(unit->context, NULL, NULL, err);
	atomic_store(&current, NULL);
	return code;
}

static void try_start(struct daemon *daemon, struct unit *unit)
{
	struct qpas_error err = QPAS_ERROR_INIT;
	int code = start(daemon, unit, &err);

	if (atomic_load(&stopping))
		return;
	if (!code) {
		unit->since = now();
		say(unit, "running", NULL);
	} else if (may_heal(code)) {
		say(unit, "not started, will be tried again", &err);
		put_off(unit);
	} else {
		say(unit, "given up", &err);
		unit->given_up = true;
	}
}

/* Listens to one that is ready for a turn; false if nothing is ever heard of it. */
static bool watch(struct unit *unit)
{
	struct qpas_error err = QPAS_ERROR_INIT;
	int code = 0;

	atomic_store(&current, unit->context);
	if (!atomic_load(&stopping))
		code = qpas_context_wait_ready(unit->context, now() + TURN, &err);
	atomic_store(&current, NULL);
	if (state_of(unit) != QPAS_STATE_CRASHED)
		return code != QPAS_ERR_UNSUPP;
	say(unit, "crashed", &err);
	if (now() - unit->since > HEALTHY)
		unit->pause = FIRST_PAUSE;
	put_off(unit);
	return true;
}

/* One round over all; sleeps only if nobody was there to be listened to. */
static void serve(struct daemon *daemon)
{
	static const struct timespec turn = {0, TURN};
	bool listened = false;

	for (unsigned int i = 0; i < daemon->count && !atomic_load(&stopping); i++) {
		struct unit *unit = &daemon->units[i];

		if (state_of(unit) == QPAS_STATE_RUNNING)
			listened |= watch(unit);
		else if (!unit->given_up && now() >= unit->due)
			try_start(daemon, unit);
	}
	if (!listened)
		(void)nanosleep(&turn, NULL);
}

/* In reverse: what came later may use what came before. */
static int stop_all(struct daemon *daemon)
{
	int failures = 0;

	while (daemon->count) {
		struct unit *unit = &daemon->units[--daemon->count];
		bool ran = state_of(unit) == QPAS_STATE_RUNNING;
		int code = qpas_context_close(unit->context);

		failures += code != QPAS_OK;
		if (ran || code)
			say(unit, code ? "NOT STOPPED, its memory stays reserved" : "stopped",
			    NULL);
	}
	return failures;
}

static int collect(struct daemon *daemon, struct qpas_error *err)
{
	const uint64_t wanted = QPAS_PERIPHERAL_ENABLED | QPAS_PERIPHERAL_PAS |
				QPAS_PERIPHERAL_AUTO_BOOT;
	int code = qpas_backend_platform(daemon->tz, &daemon->platform, err);

	for (uint32_t i = 0; !code && i < qpas_platform_count(daemon->platform); i++) {
		struct unit unit = {.peripheral = QPAS_PERIPHERAL_INIT, .pause = FIRST_PAUSE};

		code = qpas_platform_peripheral(daemon->platform, i, &unit.peripheral, err);
		if (!code && unit.peripheral.kind == QPAS_KIND_REMOTEPROC &&
		    (unit.peripheral.flags & wanted) == wanted && daemon->count < UNITS_MAX)
			daemon->units[daemon->count++] = unit;
	}
	return code;
}

int main(int argc, char **argv)
{
	struct sigaction action = {.sa_handler = on_signal};
	struct qpas_params params = QPAS_PARAMS_INIT;
	struct qpas_error err = QPAS_ERROR_INIT;
	static struct daemon daemon;
	int failures, code;

	(void)sigaction(SIGTERM, &action, NULL);
	(void)sigaction(SIGINT, &action, NULL);
	params.firmware_path = argc > 2 ? argv[2] : NULL;
	/* Makes "tzsim:" known; a product leaves this out. */
	code = qpas_tzsim_register(&err);
	if (!code)
		code = qpas_backend_open(argc > 1 ? argv[1] : NULL, &params, &daemon.tz, &err);
	if (!code)
		code = collect(&daemon, &err);
	while (!code && daemon.count && !atomic_load(&stopping))
		serve(&daemon);
	failures = stop_all(&daemon);
	if (code)
		fprintf(stderr, "rproc-daemon: %s (%s)\n", qpas_error_text(&err),
			qpas_err_name(code));
	qpas_platform_unref(daemon.platform);
	qpas_backend_unref(daemon.tz);
	return code || failures ? 1 : 0;
}
