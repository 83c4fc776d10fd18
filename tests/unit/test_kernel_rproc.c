/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The remoteproc transport of "kernel:" over a faked sysfs: real files, and a write() that does to
 * them what Linux 7.2 does (drivers/remoteproc/remoteproc_sysfs.c, remoteproc_core.c), or fails.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#include <qpas/qpas.h>

#include "support/image_builder.h"
#include "support/must.h"
#include "support/tree_builder.h"

#define ENTRY "class/remoteproc/remoteproc3/"
#define MS    INT64_C(1000000)

ssize_t __real_write(int fd, const void *bytes, size_t length);
ssize_t __wrap_write(int fd, const void *bytes, size_t length);
int __real_poll(struct pollfd *fds, nfds_t count, int ms);
int __wrap_poll(struct pollfd *fds, nfds_t count, int ms);

static unsigned int pauses;

int __wrap_poll(struct pollfd *fds, nfds_t count, int ms)
{
	pauses++;
	return __real_poll(fds, count, ms);
}

/* What the faked kernel is asked, and how it answers. */
static struct {
	char folder[64];
	int dirfd;
	/* Starts that were not stopped yet, as rproc->power. */
	int users;
	/* For the next write of "start" or "stop": errno, state that is left behind; interruptions. */
	int fail;
	const char *leaves;
	int interrupted;
	/* Errno for the attribute firmware. */
	int firmware_fail;
	char log[512];
} sysfs;

static void set_file(const char *name, const char *text)
{
	char path[128];
	int fd;

	(void)snprintf(path, sizeof(path), ENTRY "%s", name);
	fd = openat(sysfs.dirfd, path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
	test_must(fd >= 0, path);
	test_must(__real_write(fd, text, strlen(text)) == (ssize_t)strlen(text), path);
	test_must(__real_write(fd, "\n", 1) == 1, path);
	(void)close(fd);
}

static ssize_t write_state(const char *text)
{
	bool starts = !strcmp(text, "start");

	if (sysfs.interrupted > 0) {
		sysfs.interrupted--;
		errno = EINTR;
		return -1;
	}
	if (sysfs.leaves)
		set_file("state", sysfs.leaves);
	if (sysfs.fail) {
		errno = sysfs.fail;
		return -1;
	}
	sysfs.users += starts ? 1 : -1;
	if (!sysfs.leaves)
		set_file("state", sysfs.users > 0 ? "running" : "offline");
	return (ssize_t)strlen(text);
}

ssize_t __wrap_write(int fd, const void *bytes, size_t length)
{
	char link[64], path[256], text[64];
	ssize_t size;

	(void)snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
	size = readlink(link, path, sizeof(path) - 1);
	if (size < 0 || !sysfs.folder[0])
		return __real_write(fd, bytes, length);
	path[size] = '\0';
	(void)snprintf(text, sizeof(text), "%.*s", (int)length, (const char *)bytes);
	if (strstr(path, ENTRY "state")) {
		(void)snprintf(sysfs.log + strlen(sysfs.log), sizeof(sysfs.log) - strlen(sysfs.log),
			       "%s;", text);
		return write_state(text);
	}
	if (strstr(path, ENTRY "firmware")) {
		(void)snprintf(sysfs.log + strlen(sysfs.log), sizeof(sysfs.log) - strlen(sysfs.log),
			       "firmware=%s;", text);
		if (sysfs.firmware_fail) {
			errno = sysfs.firmware_fail;
			return -1;
		}
		set_file("firmware", text);
		return (ssize_t)length;
	}
	return __real_write(fd, bytes, length);
}

/* ---- the board ---- */

struct rig {
	struct test_tree tree;
	struct qpas_platform *platform;
	struct qpas_backend *backend;
	struct qpas_context *context;
	struct qpas_error err;
};

static void make_folder(const char *path)
{
	test_must(!mkdirat(sysfs.dirfd, path, 0755), path);
}

/* An entry whose driver is bound to the node at `path`. */
static void make_entry(const char *entry, const char *node)
{
	char path[128], target[512];

	(void)snprintf(path, sizeof(path), "class/remoteproc/%s", entry);
	make_folder(path);
	(void)snprintf(path, sizeof(path), "class/remoteproc/%s/device", entry);
	make_folder(path);
	(void)snprintf(path, sizeof(path), "class/remoteproc/%s/device/of_node", entry);
	(void)snprintf(target, sizeof(target), "../../../../firmware/devicetree/base%s", node);
	test_must(!symlinkat(target, sysfs.dirfd, path), path);
}

static void rig_begin(struct rig *rig)
{
	struct qpas_peripheral adsp = QPAS_PERIPHERAL_INIT, cdsp = QPAS_PERIPHERAL_INIT;

	memset(rig, 0, sizeof(*rig));
	memset(&sysfs, 0, sizeof(sysfs));
	rig->err.size = sizeof(rig->err);
	rig->tree = test_tree_lemans();
	test_must(!qpas_platform_open_memory(test_tree_slice(&rig->tree), NULL, 0, NULL,
					     &rig->platform, &rig->err),
		  rig->err.text);
	test_must(!qpas_platform_find(rig->platform, "adsp", &adsp, NULL), "adsp");
	test_must(!qpas_platform_find(rig->platform, "cdsp0", &cdsp, NULL), "cdsp0");
	sysfs.dirfd = test_folder_new(sysfs.folder);
	make_folder("class");
	make_folder("class/remoteproc");
	/* Probe order is no order; the first ones are others, and no processors at all. */
	make_entry("remoteproc0", cdsp.path);
	make_entry("remoteproc1", "/soc@0/remoteproc@3000000");
	make_entry("remoteprocess", adsp.path);
	make_entry("remoteproc3", adsp.path);
	set_file("state", "offline");
	set_file("firmware", "adsp.mdt");
	set_file("name", "adsp");
}

static void rig_open(struct rig *rig)
{
	struct qpas_params params = QPAS_PARAMS_INIT;
	char uri[128];

	params.platform = rig->platform;
	(void)snprintf(uri, sizeof(uri), "kernel:sysfs=%s", sysfs.folder);
	if (qpas_backend_open(uri, &params, &rig->backend, &rig->err) ||
	    qpas_context_open(rig->backend, "adsp", NULL, &rig->context, &rig->err))
		fail_msg("%s", rig->err.text);
}

static void rig_end(struct rig *rig)
{
	(void)!qpas_context_close(rig->context);
	qpas_backend_unref(rig->backend);
	qpas_platform_unref(rig->platform);
	test_tree_free(&rig->tree);
	test_folder_remove(sysfs.folder, sysfs.dirfd);
	memset(&sysfs, 0, sizeof(sysfs));
}

static int boot(struct rig *rig)
{
	return qpas_boot(rig->context, NULL, NULL, &rig->err);
}

static uint32_t state_of(const struct rig *rig)
{
	struct qpas_context_info info = QPAS_CONTEXT_INFO_INIT;

	assert_int_equal(qpas_context_describe(rig->context, &info, NULL), 0);
	return info.state;
}

static int64_t in_ms(int64_t ms)
{
	struct timespec now;

	assert_int_equal(clock_gettime(CLOCK_MONOTONIC, &now), 0);
	return (int64_t)now.tv_sec * 1000 * MS + now.tv_nsec + ms * MS;
}

/* ---- tests ---- */

static void boot_sets_the_firmware_and_starts_the_entry_of_the_node(void **state)
{
	struct rig rig;

	(void)state;
	rig_begin(&rig);
	rig_open(&rig);
	assert_int_equal(boot(&rig), 0);
	assert_string_equal(sysfs.log, "firmware=qcom/sa8775p/adsp.mbn;start;");
	assert_int_equal(state_of(&rig), QPAS_STATE_RUNNING);
	assert_int_equal(qpas_shutdown(rig.context, &rig.err), 0);
	assert_int_equal(state_of(&rig), QPAS_STATE_STOPPED);
	/* The name is the right one now. */
	sysfs.log[0] = '\0';
	assert_int_equal(boot(&rig), 0);
	assert_string_equal(sysfs.log, "start;");
	assert_int_equal(qpas_context_close(rig.context), 0);
	rig.context = NULL;
	assert_string_equal(sysfs.log, "start;stop;");
	assert_int_equal(sysfs.users, 0);
	rig_end(&rig);
}

/* A second start would only count, and one stop would then not stop it. */
static void processor_that_is_not_offline_is_not_started(void **state)
{
	static const char *const states[] = {"running",	 "crashed", "suspended",    "attached",
					     "detached", "invalid", "something new"};

	(void)state;
	for (size_t i = 0; i < sizeof(states) / sizeof(states[0]); i++) {
		struct rig rig;

		rig_begin(&rig);
		rig_open(&rig);
		set_file("state", states[i]);
		assert_int_equal(boot(&rig), QPAS_ERR_BUSY);
		assert_int_equal(rig.err.message_id, 1503);
		assert_string_equal(sysfs.log, "");
		assert_int_equal(state_of(&rig), QPAS_STATE_NEW);
		rig_end(&rig);
	}
}

static void each_errno_of_a_start_is_explained(void **state)
{
	static const struct {
		int os_errno, code;
		uint32_t message;
		const char *says;
	} rows[] = {
		{ENOENT, QPAS_ERR_NOTFOUND, 1504, "qcom/sa8775p/adsp.mbn"},
		{EINVAL, QPAS_ERR_TZ, 1505, "qpas verify --for"},
		{EIO, QPAS_ERR_TZ, 1505, "qpas verify --for"},
		{EOPNOTSUPP, QPAS_ERR_TZ, 1505, "qpas verify --for"},
		{ETIMEDOUT, QPAS_ERR_IO, 1506, "did not say that it is ready"},
		{EACCES, QPAS_ERR_IO, 1502, "run as root"},
		{EPERM, QPAS_ERR_IO, 1502, "run as root"},
		{ENOMEM, QPAS_ERR_IO, 1502, "Cannot allocate memory"},
		{ENODEV, QPAS_ERR_IO, 1502, "vanished"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct rig rig;
		int code;

		rig_begin(&rig);
		rig_open(&rig);
		sysfs.fail = rows[i].os_errno;
		code = boot(&rig);
		if (code != rows[i].code || rig.err.message_id != rows[i].message ||
		    !strstr(rig.err.text, rows[i].says))
			fail_msg("%s: %s, %u: %s", strerrorname_np(rows[i].os_errno),
				 qpas_err_name(code), rig.err.message_id, rig.err.text);
		assert_int_equal(rig.err.os_errno, rows[i].os_errno);
		assert_int_equal(state_of(&rig), QPAS_STATE_NEW);
		/* Nothing is left of it. */
		sysfs.fail = 0;
		assert_int_equal(boot(&rig), 0);
		rig_end(&rig);
	}
}

/* What the kernel answers and what the state says must agree: else nobody knows (B04). */
static void start_whose_outcome_is_in_doubt_is_unknown(void **state)
{
	static const struct {
		int fail;
		const char *leaves;
	} rows[] = {
		{EIO, "running"}, {EIO, "crashed"},	{ETIMEDOUT, "suspended"},
		{0, "offline"},	  {0, "something new"}, {EINVAL, "invalid"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct rig rig;

		rig_begin(&rig);
		rig_open(&rig);
		sysfs.fail = rows[i].fail;
		sysfs.leaves = rows[i].leaves;
		assert_int_equal(boot(&rig), QPAS_ERR_UNKNOWN);
		assert_int_equal(rig.err.message_id, 1507);
		assert_int_equal(state_of(&rig), QPAS_STATE_UNKNOWN);
		assert_int_equal(boot(&rig), QPAS_ERR_STATE);
		/* Only a confirmed stop leads out. */
		sysfs.fail = 0;
		sysfs.leaves = "offline";
		assert_int_equal(qpas_shutdown(rig.context, &rig.err), 0);
		assert_int_equal(state_of(&rig), QPAS_STATE_STOPPED);
		rig_end(&rig);
	}
}

static void interrupted_command_is_given_again_until_the_time_is_over(void **state)
{
	struct qpas_boot_params params = QPAS_BOOT_PARAMS_INIT;
	struct rig rig;

	(void)state;
	rig_begin(&rig);
	rig_open(&rig);
	sysfs.interrupted = 5;
	assert_int_equal(boot(&rig), 0);
	assert_string_equal(strchr(sysfs.log, ';') + 1, "start;start;start;start;start;start;");
	assert_int_equal(qpas_shutdown(rig.context, &rig.err), 0);
	sysfs.interrupted = INT32_MAX;
	params.deadline = in_ms(30);
	assert_int_equal(qpas_boot(rig.context, NULL, &params, &rig.err), QPAS_ERR_IO);
	assert_int_equal(rig.err.os_errno, EINTR);
	sysfs.interrupted = 0;
	rig_end(&rig);
}

static void firmware_that_cannot_be_set_starts_nothing(void **state)
{
	static const struct {
		int os_errno, code;
	} rows[] = {{EBUSY, QPAS_ERR_BUSY}, {EINVAL, QPAS_ERR_IO}, {EACCES, QPAS_ERR_IO}};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct rig rig;

		rig_begin(&rig);
		rig_open(&rig);
		sysfs.firmware_fail = rows[i].os_errno;
		assert_int_equal(boot(&rig), rows[i].code);
		assert_null(strstr(sysfs.log, "start"));
		assert_int_equal(state_of(&rig), QPAS_STATE_NEW);
		rig_end(&rig);
	}
}

static void read_only_entry_says_that_its_driver_made_it_so(void **state)
{
	struct rig rig;

	(void)state;
	rig_begin(&rig);
	rig_open(&rig);
	test_must(!fchmodat(sysfs.dirfd, ENTRY "state", 0444, 0), "chmod");
	sysfs.fail = EACCES;
	assert_int_equal(boot(&rig), QPAS_ERR_IO);
	assert_non_null(strstr(rig.err.text, "the driver made it read-only"));
	rig_end(&rig);
}

static void stop_that_only_counts_down_leaves_it_running_and_says_why(void **state)
{
	struct rig rig;

	(void)state;
	rig_begin(&rig);
	rig_open(&rig);
	assert_int_equal(boot(&rig), 0);
	/* Somebody's udev rule wrote "start", too. */
	sysfs.users++;
	assert_int_equal(qpas_shutdown(rig.context, &rig.err), QPAS_ERR_BUSY);
	assert_int_equal(rig.err.message_id, 1508);
	assert_int_equal(state_of(&rig), QPAS_STATE_RUNNING);
	assert_int_equal(qpas_shutdown(rig.context, &rig.err), 0);
	assert_int_equal(state_of(&rig), QPAS_STATE_STOPPED);
	rig_end(&rig);
}

static void one_that_somebody_else_stopped_is_stopped(void **state)
{
	struct rig rig;

	(void)state;
	rig_begin(&rig);
	rig_open(&rig);
	assert_int_equal(boot(&rig), 0);
	set_file("state", "offline");
	sysfs.log[0] = '\0';
	assert_int_equal(qpas_shutdown(rig.context, &rig.err), 0);
	assert_string_equal(sysfs.log, "");
	rig_end(&rig);
}

/* B09 */
static void refused_stop_leaves_the_state(void **state)
{
	struct rig rig;

	(void)state;
	rig_begin(&rig);
	rig_open(&rig);
	assert_int_equal(boot(&rig), 0);
	sysfs.fail = EBUSY;
	for (int i = 0; i < 2; i++) {
		assert_int_equal(qpas_shutdown(rig.context, &rig.err), QPAS_ERR_TZ);
		assert_int_equal(rig.err.message_id, 1509);
		assert_int_equal(state_of(&rig), QPAS_STATE_RUNNING);
	}
	sysfs.fail = 0;
	assert_int_equal(qpas_shutdown(rig.context, &rig.err), 0);
	rig_end(&rig);
}

static void attach_takes_what_runs_and_nothing_else(void **state)
{
	static const struct {
		const char *state;
		int code;
	} rows[] = {
		{"running", 0},
		{"attached", 0},
		{"offline", QPAS_ERR_NOTFOUND},
		{"crashed", QPAS_ERR_NOTFOUND},
		{"detached", QPAS_ERR_NOTFOUND},
		{"something new", QPAS_ERR_NOTFOUND},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct rig rig;

		rig_begin(&rig);
		rig_open(&rig);
		set_file("state", rows[i].state);
		assert_int_equal(qpas_attach(rig.context, &rig.err), rows[i].code);
		assert_string_equal(sysfs.log, "");
		rig_end(&rig);
	}
}

static void status_is_that_of_the_driver_whoever_started_it(void **state)
{
	static const struct {
		const char *text;
		uint32_t state;
	} rows[] = {
		{"offline", QPAS_STATE_STOPPED},  {"running", QPAS_STATE_RUNNING},
		{"crashed", QPAS_STATE_CRASHED},  {"attached", QPAS_STATE_RUNNING},
		{"detached", QPAS_STATE_RUNNING}, {"suspended", QPAS_STATE_UNKNOWN},
		{"invalid", QPAS_STATE_UNKNOWN},  {"something new", QPAS_STATE_UNKNOWN},
	};
	struct rig rig;
	uint32_t told;

	(void)state;
	rig_begin(&rig);
	rig_open(&rig);
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		set_file("state", rows[i].text);
		assert_int_equal(qpas_context_status(rig.context, &told, &rig.err), 0);
		assert_int_equal(told, rows[i].state);
	}
	assert_int_equal(state_of(&rig), QPAS_STATE_NEW);
	assert_int_equal(qpas_context_status(rig.context, NULL, NULL), QPAS_ERR_ARG);
	assert_int_equal(qpas_context_status(NULL, &told, NULL), QPAS_ERR_ARG);
	test_must(!unlinkat(sysfs.dirfd, ENTRY "state", 0), "state");
	assert_int_equal(qpas_context_status(rig.context, &told, &rig.err), QPAS_ERR_IO);
	rig_end(&rig);
}

/* ---- events ---- */

static void expect_event(struct rig *rig, uint32_t type)
{
	struct qpas_context_event event = QPAS_CONTEXT_EVENT_INIT;

	if (qpas_context_wait_event(rig->context, in_ms(2000), &event, &rig->err))
		fail_msg("event %u: %s", type, rig->err.text);
	assert_int_equal(event.type, type);
}

static void running_processor_tells_ready_once_then_its_crash(void **state)
{
	struct qpas_context_event event = QPAS_CONTEXT_EVENT_INIT;
	struct rig rig;

	(void)state;
	rig_begin(&rig);
	rig_open(&rig);
	assert_int_equal(boot(&rig), 0);
	expect_event(&rig, QPAS_EVENT_READY);
	assert_int_equal(qpas_context_wait_event(rig.context, in_ms(30), &event, &rig.err),
			 QPAS_ERR_TIMEOUT);
	set_file("state", "crashed");
	expect_event(&rig, QPAS_EVENT_CRASH);
	assert_int_equal(state_of(&rig), QPAS_STATE_CRASHED);
	/* `stop` is the way out of crashed, too. */
	assert_int_equal(qpas_shutdown(rig.context, &rig.err), 0);
	assert_int_equal(boot(&rig), 0);
	expect_event(&rig, QPAS_EVENT_READY);
	rig_end(&rig);
}

static void one_that_stops_or_loses_its_driver_is_told(void **state)
{
	struct rig rig;

	(void)state;
	rig_begin(&rig);
	rig_open(&rig);
	assert_int_equal(boot(&rig), 0);
	expect_event(&rig, QPAS_EVENT_READY);
	set_file("state", "offline");
	expect_event(&rig, QPAS_EVENT_STOPPED);
	rig_end(&rig);

	rig_begin(&rig);
	rig_open(&rig);
	assert_int_equal(boot(&rig), 0);
	expect_event(&rig, QPAS_EVENT_READY);
	test_must(!unlinkat(sysfs.dirfd, ENTRY "device/of_node", 0), "unbind");
	expect_event(&rig, QPAS_EVENT_STOPPED);
	rig_end(&rig);
}

/* None of them is an end, and a context that took it for one would never see it run again. */
static void states_that_are_no_end_tell_nothing(void **state)
{
	static const char *const states[] = {"suspended", "detached", "invalid", "something new"};
	struct qpas_context_event event = QPAS_CONTEXT_EVENT_INIT;
	struct rig rig;

	(void)state;
	rig_begin(&rig);
	rig_open(&rig);
	assert_int_equal(boot(&rig), 0);
	expect_event(&rig, QPAS_EVENT_READY);
	for (size_t i = 0; i < sizeof(states) / sizeof(states[0]); i++) {
		set_file("state", states[i]);
		assert_int_equal(qpas_context_wait_event(rig.context, in_ms(15), &event, &rig.err),
				 QPAS_ERR_TIMEOUT);
		assert_int_equal(state_of(&rig), QPAS_STATE_RUNNING);
	}
	set_file("state", "crashed");
	expect_event(&rig, QPAS_EVENT_CRASH);
	rig_end(&rig);
}

/* Says how many descriptors this process may have; returns what it was. */
static rlim_t allow_files(rlim_t most)
{
	struct rlimit limit;
	rlim_t was;

	test_must(!getrlimit(RLIMIT_NOFILE, &limit), "getrlimit");
	was = limit.rlim_cur;
	limit.rlim_cur = most;
	test_must(!setrlimit(RLIMIT_NOFILE, &limit), "setrlimit");
	return was;
}

static void state_that_cannot_be_read_is_an_error_and_no_event(void **state)
{
	struct qpas_context_event event = QPAS_CONTEXT_EVENT_INIT;
	struct qpas_context *other = NULL;
	struct rig rig;
	rlim_t was;

	(void)state;
	rig_begin(&rig);
	rig_open(&rig);
	assert_int_equal(boot(&rig), 0);
	expect_event(&rig, QPAS_EVENT_READY);
	/* None, then one, which the folder of the class takes. */
	for (int room = 0; room < 2; room++) {
		int lowest = dup(0);

		test_must(lowest >= 0 && !close(lowest), "dup");
		was = allow_files((rlim_t)lowest + (rlim_t)room);
		assert_int_equal(qpas_context_wait_event(rig.context, in_ms(2000), &event,
							 &rig.err),
				 QPAS_ERR_IO);
		assert_int_equal(rig.err.os_errno, EMFILE);
		if (room == 1)
			assert_int_equal(qpas_context_open(rig.backend, "cdsp0", NULL, &other,
							   &rig.err),
					 QPAS_ERR_IO);
		(void)allow_files(was);
		assert_non_null(strstr(rig.err.text, "Too many open files"));
		assert_int_equal(state_of(&rig), QPAS_STATE_RUNNING);
	}
	set_file("state", "crashed");
	expect_event(&rig, QPAS_EVENT_CRASH);
	rig_end(&rig);
}

static void *crash_later(void *user)
{
	struct timespec pause = {0, 60 * MS};

	(void)user;
	(void)nanosleep(&pause, NULL);
	set_file("state", "crashed");
	return NULL;
}

static void *cancel_later(void *user)
{
	struct timespec pause = {0, 60 * MS};

	(void)nanosleep(&pause, NULL);
	qpas_context_cancel(user);
	return NULL;
}

static void wait_sees_a_crash_that_comes_while_it_waits(void **state)
{
	pthread_t thread;
	struct rig rig;

	(void)state;
	rig_begin(&rig);
	rig_open(&rig);
	assert_int_equal(boot(&rig), 0);
	expect_event(&rig, QPAS_EVENT_READY);
	assert_int_equal(pthread_create(&thread, NULL, crash_later, NULL), 0);
	expect_event(&rig, QPAS_EVENT_CRASH);
	assert_int_equal(pthread_join(thread, NULL), 0);
	rig_end(&rig);
}

/* A13 */
static void wait_ends_when_it_is_cancelled(void **state)
{
	struct qpas_context_event event = QPAS_CONTEXT_EVENT_INIT;
	pthread_t thread;
	int64_t begun;
	struct rig rig;

	(void)state;
	rig_begin(&rig);
	rig_open(&rig);
	assert_int_equal(boot(&rig), 0);
	expect_event(&rig, QPAS_EVENT_READY);
	assert_int_equal(pthread_create(&thread, NULL, cancel_later, rig.context), 0);
	begun = in_ms(0);
	assert_int_equal(qpas_context_wait_event(rig.context, QPAS_NO_DEADLINE, &event, &rig.err),
			 QPAS_ERR_CANCELED);
	assert_true(in_ms(0) - begun < 5000 * MS);
	assert_int_equal(pthread_join(thread, NULL), 0);
	rig_end(&rig);
}

/* A cancel that nobody waited for must not keep later waits from sleeping. */
static void wait_after_an_idle_cancel_sleeps(void **state)
{
	struct qpas_context_event event = QPAS_CONTEXT_EVENT_INIT;
	struct rig rig;

	(void)state;
	rig_begin(&rig);
	rig_open(&rig);
	qpas_context_cancel(rig.context);
	if (boot(&rig))
		assert_int_equal(boot(&rig), 0);
	expect_event(&rig, QPAS_EVENT_READY);
	pauses = 0;
	assert_int_equal(qpas_context_wait_event(rig.context, in_ms(150), &event, &rig.err),
			 QPAS_ERR_TIMEOUT);
	assert_in_range(pauses, 1, 20);
	rig_end(&rig);
}

/* ---- what cannot be had ---- */

static void what_lacks_is_named(void **state)
{
	static const struct {
		const char *peripheral, *says;
		bool no_class;
	} rows[] = {
		{"cdsp1", "load qcom_q6v5_pas", false},
		{"video", "boot it over another backend", false},
		{"gpu", "boot it over another backend", false},
		{"adsp", "CONFIG_REMOTEPROC", true},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct rig rig;
		struct qpas_context *other = NULL;

		rig_begin(&rig);
		if (rows[i].no_class)
			test_must(!renameat(sysfs.dirfd, "class", sysfs.dirfd, "gone"), "rename");
		if (!rows[i].no_class)
			rig_open(&rig);
		else {
			struct qpas_params params = QPAS_PARAMS_INIT;
			char uri[128];

			params.platform = rig.platform;
			(void)snprintf(uri, sizeof(uri), "kernel:sysfs=%s", sysfs.folder);
			assert_int_equal(qpas_backend_open(uri, &params, &rig.backend, &rig.err),
					 0);
		}
		assert_int_equal(qpas_context_open(rig.backend, rows[i].peripheral, NULL, &other,
						   &rig.err),
				 QPAS_ERR_UNSUPP);
		if (!strstr(rig.err.text, rows[i].says))
			fail_msg("%s: %s", rows[i].peripheral, rig.err.text);
		rig_end(&rig);
	}
}

static void steps_and_images_are_not_this_transports(void **state)
{
	struct test_image built;
	struct qpas_image *image = NULL;
	struct qpas_slice bytes;
	struct rig rig;

	(void)state;
	rig_begin(&rig);
	rig_open(&rig);
	test_image_build(&built, NULL);
	bytes.ptr = built.bytes;
	bytes.len = built.size;
	assert_int_equal(qpas_image_open_memory(bytes, NULL, &image, NULL), 0);
	assert_int_equal(qpas_boot(rig.context, image, NULL, &rig.err), QPAS_ERR_UNSUPP);
	assert_int_equal(qpas_context_init_image(rig.context, image, &rig.err), QPAS_ERR_UNSUPP);
	assert_string_equal(sysfs.log, "");
	qpas_image_unref(image);
	test_image_free(&built);
	rig_end(&rig);
}

static void wrong_folder_and_unknown_keys_are_usage(void **state)
{
	struct qpas_params params = QPAS_PARAMS_INIT;
	struct qpas_backend *backend = NULL;
	struct rig rig;

	(void)state;
	rig_begin(&rig);
	params.platform = rig.platform;
	assert_int_equal(qpas_backend_open("kernel:sysfs=/nowhere", &params, &backend, &rig.err),
			 QPAS_ERR_ARG);
	assert_non_null(strstr(rig.err.text, "/nowhere"));
	assert_int_equal(qpas_backend_open("kernel:nix=1", &params, &backend, &rig.err),
			 QPAS_ERR_ARG);
	rig_end(&rig);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(boot_sets_the_firmware_and_starts_the_entry_of_the_node),
		cmocka_unit_test(processor_that_is_not_offline_is_not_started),
		cmocka_unit_test(each_errno_of_a_start_is_explained),
		cmocka_unit_test(start_whose_outcome_is_in_doubt_is_unknown),
		cmocka_unit_test(interrupted_command_is_given_again_until_the_time_is_over),
		cmocka_unit_test(firmware_that_cannot_be_set_starts_nothing),
		cmocka_unit_test(read_only_entry_says_that_its_driver_made_it_so),
		cmocka_unit_test(stop_that_only_counts_down_leaves_it_running_and_says_why),
		cmocka_unit_test(one_that_somebody_else_stopped_is_stopped),
		cmocka_unit_test(refused_stop_leaves_the_state),
		cmocka_unit_test(attach_takes_what_runs_and_nothing_else),
		cmocka_unit_test(status_is_that_of_the_driver_whoever_started_it),
		cmocka_unit_test(running_processor_tells_ready_once_then_its_crash),
		cmocka_unit_test(one_that_stops_or_loses_its_driver_is_told),
		cmocka_unit_test(states_that_are_no_end_tell_nothing),
		cmocka_unit_test(state_that_cannot_be_read_is_an_error_and_no_event),
		cmocka_unit_test(wait_sees_a_crash_that_comes_while_it_waits),
		cmocka_unit_test(wait_ends_when_it_is_cancelled),
		cmocka_unit_test(wait_after_an_idle_cancel_sleeps),
		cmocka_unit_test(what_lacks_is_named),
		cmocka_unit_test(steps_and_images_are_not_this_transports),
		cmocka_unit_test(wrong_folder_and_unknown_keys_are_usage),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
