/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Entries of /sys/class/remoteproc and their attributes. Matched by the device tree's node: the
 * number is the order of probing, and `name` need not be unique.
 */
#define _GNU_SOURCE
#include "backend/kernel/rproc.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/fault.h"

/* Where sysfs has the tree; what stands behind it is the path of the node. */
#define TREE_ROOT	"/devicetree/base"
#define ATTRIBUTE_BYTES 256u

static const char *const state_names[] = {
	"offline", "suspended", "running", "crashed", "attached", "detached", "invalid",
};

const char *qpasi_rproc_state_name(uint32_t state)
{
	return state < QPASI_RPROC_OTHER ? state_names[state] : "something unknown";
}

bool qpasi_rproc_peripheral(const struct qpasi_kernel *kernel, uint32_t pas_id,
			    struct qpas_peripheral *peripheral)
{
	uint32_t count = qpas_platform_count(kernel->platform);

	for (uint32_t i = 0; i < count; i++) {
		static const struct qpas_peripheral none = QPAS_PERIPHERAL_INIT;

		*peripheral = none;
		if (!qpas_platform_peripheral(kernel->platform, i, peripheral, NULL) &&
		    peripheral->pas_id == pas_id && pas_id != QPAS_NO_PAS_ID)
			return true;
	}
	return false;
}

/* ---- which entry ---- */

/* Whether the driver of an entry is bound to the node. */
static bool is_bound_to(int entry_fd, const char *path)
{
	char target[1024];
	ssize_t length = readlinkat(entry_fd, "device/of_node", target, sizeof(target));
	const char *at;

	/* One that fills the buffer may have been cut. */
	if (length <= 0 || (size_t)length == sizeof(target))
		return false;
	target[length] = '\0';
	at = strstr(target, TREE_ROOT);
	return at && !strcmp(at + strlen(TREE_ROOT), path);
}

static bool is_entry(const char *name)
{
	static const char prefix[] = "remoteproc";
	size_t length = sizeof(prefix) - 1;

	return !strncmp(name, prefix, length) && name[length] >= '0' && name[length] <= '9' &&
	       strlen(name) < sizeof(((struct qpasi_rproc *)0)->entry);
}

/* 0 with rproc->fd, or an errno: ENOENT if no driver is bound to the node. */
static int find_entry(const struct qpasi_kernel *kernel, struct qpasi_rproc *rproc)
{
	/* Its own descriptor: fdopendir() moves and closes the one that it is given. */
	int copy = openat(kernel->class_fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *folder = copy < 0 ? NULL : fdopendir(copy);
	const struct dirent *entry;
	int code = ENOENT;

	rproc->fd = -1;
	if (!folder) {
		code = errno;

		if (copy >= 0)
			(void)close(copy);
		return code;
	}
	while (rproc->fd < 0 && (entry = readdir(folder)) != NULL) {
		int fd;

		if (!is_entry(entry->d_name))
			continue;
		fd = openat(kernel->class_fd, entry->d_name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
		if (fd >= 0 && is_bound_to(fd, rproc->peripheral.path)) {
			rproc->fd = fd;
			(void)snprintf(rproc->entry, sizeof(rproc->entry), "%s", entry->d_name);
		} else if (fd >= 0) {
			(void)close(fd);
		} else if (errno != ENOENT) {
			/* It may be the one; an entry that has just gone is not. */
			code = errno;
		}
	}
	(void)closedir(folder);
	return rproc->fd < 0 ? code : 0;
}

/* What lacks, and what to do, by what kind of peripheral it is. */
static const char *why_none(const struct qpasi_kernel *kernel,
			    const struct qpas_peripheral *peripheral)
{
	if (peripheral->kind != QPAS_KIND_REMOTEPROC)
		return "drivers of such peripherals start them themselves and cannot be asked to; "
		       "boot it over another backend (docs/backends.md)";
	if (kernel->class_fd < 0)
		return "/sys/class/remoteproc is not there: mount /sys, or enable "
		       "CONFIG_REMOTEPROC";
	return "no driver is bound to its node: load qcom_q6v5_pas, and look into "
	       "/sys/kernel/debug/devices_deferred for what it waits for";
}

int qpasi_rproc_open(const struct qpasi_kernel *kernel, uint32_t pas_id, struct qpasi_rproc *rproc,
		     struct qpas_error *err)
{
	struct qpasi_fault fault = QPASI_FAULT_INIT;
	int code = ENOENT;

	rproc->fd = -1;
	if (!qpasi_rproc_peripheral(kernel, pas_id, &rproc->peripheral))
		return qpasi_error_numbers(err, QPASI_MSG_RPROC_NO_ID, QPAS_STAGE_OPEN, pas_id, 0);
	if (kernel->class_fd >= 0 && rproc->peripheral.kind == QPAS_KIND_REMOTEPROC)
		code = find_entry(kernel, rproc);
	if (!code)
		return 0;
	fault.message = code == ENOENT ? QPASI_MSG_RPROC_NONE : QPASI_MSG_RPROC_ATTRIBUTE;
	fault.os_errno = code;
	fault.s = rproc->peripheral.name;
	fault.t = code == ENOENT ? why_none(kernel, &rproc->peripheral) : strerrordesc_np(code);
	return qpasi_fault_report(&fault, QPAS_STAGE_OPEN, err);
}

void qpasi_rproc_close(struct qpasi_rproc *rproc)
{
	if (rproc->fd >= 0)
		(void)close(rproc->fd);
	rproc->fd = -1;
}

/* ---- attributes ---- */

int qpasi_rproc_read(const struct qpasi_rproc *rproc, const char *attribute, char *to,
		     size_t capacity)
{
	int fd = openat(rproc->fd, attribute, O_RDONLY | O_CLOEXEC);
	size_t length = 0;
	int code = 0;

	if (fd < 0)
		return errno;
	while (length + 1 < capacity) {
		ssize_t got = read(fd, to + length, capacity - 1 - length);

		if (got < 0 && errno == EINTR)
			continue;
		if (got <= 0) {
			code = got < 0 ? errno : 0;
			break;
		}
		length += (size_t)got;
	}
	(void)close(fd);
	to[length] = '\0';
	to[strcspn(to, "\n")] = '\0';
	return code;
}

static bool is_over(const struct qpasi_kernel *kernel)
{
	struct timespec now;

	if (atomic_load(&kernel->canceled))
		return true;
	if (kernel->deadline < 0 || clock_gettime(CLOCK_MONOTONIC, &now))
		return false;
	return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec >= kernel->deadline;
}

/* One write is one command: what the kernel did not take whole, it did not take. */
int qpasi_rproc_write(const struct qpasi_kernel *kernel, const struct qpasi_rproc *rproc,
		      const char *attribute, const char *text)
{
	size_t length = strlen(text);
	int fd = openat(rproc->fd, attribute, O_WRONLY | O_CLOEXEC);
	ssize_t done;
	int code;

	if (fd < 0)
		return errno;
	/* The processor's lock is taken interruptibly: nothing was done yet. */
	do {
		done = write(fd, text, length);
		code = done < 0 ? errno : 0;
	} while (code == EINTR && !is_over(kernel));
	(void)close(fd);
	if (!code && (size_t)done != length)
		code = EIO;
	return code;
}

int qpasi_rproc_state(const struct qpasi_rproc *rproc, uint32_t *state, struct qpas_error *err)
{
	char text[ATTRIBUTE_BYTES];
	int code = qpasi_rproc_read(rproc, "state", text, sizeof(text));

	*state = QPASI_RPROC_OTHER;
	if (code)
		return qpasi_rproc_refused(rproc, "state", code, err);
	for (uint32_t i = 0; i < QPASI_RPROC_OTHER; i++) {
		if (!strcmp(text, state_names[i]))
			*state = i;
	}
	return 0;
}

/* A driver may have made all of it read-only; then no right helps. */
static bool is_read_only(const struct qpasi_rproc *rproc, const char *attribute)
{
	struct stat status;

	return !fstatat(rproc->fd, attribute, &status, 0) &&
	       !(status.st_mode & (S_IWUSR | S_IWGRP | S_IWOTH));
}

int qpasi_rproc_refused(const struct qpasi_rproc *rproc, const char *attribute, int os_errno,
			struct qpas_error *err)
{
	struct qpasi_fault fault = QPASI_FAULT_INIT;
	char where[64];

	(void)snprintf(where, sizeof(where), "%s/%s", rproc->entry, attribute);
	fault.message = QPASI_MSG_RPROC_ATTRIBUTE;
	fault.os_errno = os_errno;
	fault.s = where;
	switch (os_errno) {
	case EACCES:
	case EPERM:
	case EROFS:
		fault.t = is_read_only(rproc, attribute) ?
				  "the driver made it read-only, so that only the kernel starts "
				  "and stops this processor" :
				  "permission denied: run as root, or give the group the right to "
				  "write it with a udev rule";
		break;
	case ENODEV:
	case ENOENT:
		fault.t = "it has vanished: its driver was unbound or unloaded";
		break;
	case EINTR:
		fault.t = "interrupted until the time was over; nothing was done";
		break;
	default:
		fault.t = strerrordesc_np(os_errno);
		break;
	}
	return qpasi_fault_report(&fault, QPAS_STAGE_OPEN, err);
}
