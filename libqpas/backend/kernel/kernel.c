/* SPDX-License-Identifier: BSD-3-Clause */
/* "kernel:": its keys, what it can do for whom, and the descriptor. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <linux/netlink.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include "backend/kernel/kernel_backend.h"
#include "backend/kernel/rproc.h"
#include "base/fault.h"

#define SYSFS	      "/sys"
#define CLASS_FOLDER  "class/remoteproc"
#define KERNEL_EVENTS 1u

static const char *const keys[] = {"sysfs", NULL};

static int probe(struct qpas_error *err)
{
	(void)err;
	return 0;
}

/* Without the class there is still a tree to ask about, and a reason to give. */
static int open_class(struct qpasi_kernel *kernel, const char *sysfs, struct qpas_error *err)
{
	struct qpasi_fault fault = QPASI_FAULT_INIT;
	int root = open(sysfs, O_PATH | O_DIRECTORY | O_CLOEXEC);

	if (root < 0) {
		fault.message = QPASI_MSG_KERNEL_SYSFS;
		fault.os_errno = errno;
		fault.s = sysfs;
		fault.t = strerrordesc_np(errno);
		return qpasi_fault_report(&fault, QPAS_STAGE_OPEN, err);
	}
	kernel->class_fd = openat(root, CLASS_FOLDER, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	(void)close(root);
	return 0;
}

/* A convenience: where they may not be had, the state is asked for a little later. */
static int open_events(void)
{
	struct sockaddr_nl address = {.nl_family = AF_NETLINK, .nl_groups = KERNEL_EVENTS};
	int fd = socket(AF_NETLINK, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK,
			NETLINK_KOBJECT_UEVENT);

	if (fd >= 0 && bind(fd, (const struct sockaddr *)&address, sizeof(address))) {
		(void)close(fd);
		fd = -1;
	}
	return fd;
}

static void close_kernel(void *priv)
{
	struct qpasi_kernel *kernel = priv;
	const int fds[] = {kernel->class_fd, kernel->uevent_fd, kernel->cancel_fd};

	for (size_t i = 0; i < sizeof(fds) / sizeof(fds[0]); i++) {
		if (fds[i] >= 0)
			(void)close(fds[i]);
	}
	qpas_platform_unref(kernel->platform);
}

static int open_parts(struct qpasi_kernel *kernel, const struct qpas_backend_open_args *args,
		      const char *sysfs, struct qpas_error *err)
{
	int code = open_class(kernel, sysfs, err);

	if (code)
		return code;
	if (!args->params->platform)
		code = qpas_platform_open_system(args->params, &kernel->platform, err);
	else
		kernel->platform = qpas_platform_ref(args->params->platform);
	if (code)
		return code;
	kernel->cancel_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (kernel->cancel_fd < 0)
		return qpasi_error_set(err, QPASI_MSG_NO_MEMORY, QPAS_STAGE_OPEN, NULL);
	kernel->uevent_fd = open_events();
	return 0;
}

static int open_kernel(void *priv, const struct qpas_backend_open_args *args,
		       struct qpas_error *err)
{
	struct qpasi_kernel *kernel = priv;
	const char *sysfs = SYSFS;
	int code;

	kernel->class_fd = -1;
	kernel->uevent_fd = -1;
	kernel->cancel_fd = -1;
	kernel->deadline = QPAS_NO_DEADLINE;
	atomic_init(&kernel->canceled, 0);
	for (uint32_t i = 0; i < args->key_count; i++)
		sysfs = args->keys[i].value;
	code = open_parts(kernel, args, sysfs, err);
	if (code)
		close_kernel(kernel);
	return code;
}

/* The same answer each time, as far as drivers come and go: a context asks once. */
static int capabilities(void *priv, uint32_t pas_id, struct qpas_backend_caps *caps,
			struct qpas_error *err)
{
	struct qpasi_rproc rproc;
	int code = qpasi_rproc_open(priv, pas_id, &rproc, err);

	if (code)
		return code;
	qpasi_rproc_close(&rproc);
	caps->caps = QPAS_CAP_FUSED | QPAS_CAP_EVENTS | QPAS_CAP_MAY_BLOCK;
	caps->host_level = 0;
	return 0;
}

static int platform(void *priv, struct qpas_platform **out, struct qpas_error *err)
{
	struct qpasi_kernel *kernel = priv;

	(void)err;
	*out = qpas_platform_ref(kernel->platform);
	return 0;
}

static int enumerate(void *priv, uint32_t index, uint32_t *pas_id, struct qpas_error *err)
{
	const struct qpasi_kernel *kernel = priv;
	uint32_t count = qpas_platform_count(kernel->platform);

	for (uint32_t i = 0; i < count; i++) {
		struct qpas_peripheral peripheral = QPAS_PERIPHERAL_INIT;
		struct qpasi_rproc rproc;

		if (qpas_platform_peripheral(kernel->platform, i, &peripheral, NULL) ||
		    qpasi_rproc_open(kernel, peripheral.pas_id, &rproc, NULL))
			continue;
		qpasi_rproc_close(&rproc);
		if (index-- > 0)
			continue;
		*pas_id = peripheral.pas_id;
		return 0;
	}
	return qpasi_error_numbers(err, QPASI_MSG_INDEX_PAST_END, QPAS_STAGE_OPEN, index, 0);
}

static int boot(void *priv, uint32_t pas_id, const char *firmware, int64_t deadline,
		struct qpas_error *err)
{
	struct qpasi_kernel *kernel = priv;

	kernel->deadline = deadline;
	return qpasi_rproc_boot(kernel, pas_id, firmware, err);
}

static int shutdown_rproc(void *priv, uint32_t pas_id, struct qpas_error *err)
{
	return qpasi_rproc_stop(priv, pas_id, err);
}

static int attach(void *priv, uint32_t pas_id, struct qpas_error *err)
{
	return qpasi_rproc_attach(priv, pas_id, err);
}

/* The driver owns it: there is nothing of ours to let go. */
static int detach(void *priv, uint32_t pas_id, struct qpas_error *err)
{
	(void)priv;
	(void)pas_id;
	(void)err;
	return 0;
}

static int wait_event(void *priv, uint32_t pas_id, int64_t deadline,
		      struct qpas_backend_event *event, struct qpas_error *err)
{
	return qpasi_rproc_wait(priv, pas_id, deadline, event, err);
}

static int status(void *priv, uint32_t pas_id, uint32_t *state, struct qpas_error *err)
{
	static const uint32_t states[] = {
		[QPASI_RPROC_OFFLINE] = QPAS_STATE_STOPPED,
		[QPASI_RPROC_SUSPENDED] = QPAS_STATE_UNKNOWN,
		[QPASI_RPROC_RUNNING] = QPAS_STATE_RUNNING,
		[QPASI_RPROC_CRASHED] = QPAS_STATE_CRASHED,
		[QPASI_RPROC_ATTACHED] = QPAS_STATE_RUNNING,
		[QPASI_RPROC_DETACHED] = QPAS_STATE_RUNNING,
		[QPASI_RPROC_INVALID] = QPAS_STATE_UNKNOWN,
		[QPASI_RPROC_OTHER] = QPAS_STATE_UNKNOWN,
	};
	struct qpasi_rproc rproc;
	uint32_t read;
	int code = qpasi_rproc_open(priv, pas_id, &rproc, err);

	if (code)
		return code;
	code = qpasi_rproc_state(&rproc, &read, err);
	qpasi_rproc_close(&rproc);
	if (!code)
		*state = states[read];
	return code;
}

/* Called from signal handlers: an atomic store and one write. */
static void cancel(void *priv, uint32_t pas_id)
{
	struct qpasi_kernel *kernel = priv;
	uint64_t one = 1;

	atomic_store(&kernel->canceled, pas_id + 1);
	if (write(kernel->cancel_fd, &one, sizeof(one)) < 0)
		return;
}

static void set_deadline(void *priv, int64_t deadline)
{
	struct qpasi_kernel *kernel = priv;

	kernel->deadline = deadline;
}

const struct qpas_backend_desc qpasi_kernel_descriptor = {
	.size = sizeof(struct qpas_backend_desc),
	.abi = QPAS_BACKEND_ABI,
	.name = "kernel",
	.summary = "processors that a driver of the running kernel owns",
	.config_help = "sysfs=DIR  where sysfs is mounted (/sys)",
	.keys = keys,
	.caps = QPAS_CAP_FUSED | QPAS_CAP_EVENTS | QPAS_CAP_MAY_BLOCK,
	.private_size = sizeof(struct qpasi_kernel),
	.probe = probe,
	.open = open_kernel,
	.close = close_kernel,
	.capabilities = capabilities,
	.platform = platform,
	.enumerate = enumerate,
	.boot = boot,
	.shutdown = shutdown_rproc,
	.attach = attach,
	.detach = detach,
	.wait_event = wait_event,
	.status = status,
	.cancel = cancel,
	.set_deadline = set_deadline,
};
