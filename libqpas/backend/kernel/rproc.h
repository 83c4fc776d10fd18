/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Processors that a kernel driver owns, through /sys/class/remoteproc (Documentation/ABI/testing/
 * sysfs-class-remoteproc of Linux 7.2). Whole boots only: the driver takes the steps.
 */
#ifndef QPASI_KERNEL_RPROC_H
#define QPASI_KERNEL_RPROC_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include <qpas/backend.h>
#include <qpas/platform.h>

/* The kernel itself makes 64 character devices at most. */
#define QPASI_RPROCS_MAX 64u

/* What `state` reads, drivers/remoteproc/remoteproc_sysfs.c. */
enum qpasi_rproc_state {
	QPASI_RPROC_OFFLINE,
	QPASI_RPROC_SUSPENDED,
	QPASI_RPROC_RUNNING,
	QPASI_RPROC_CRASHED,
	QPASI_RPROC_ATTACHED,
	QPASI_RPROC_DETACHED,
	QPASI_RPROC_INVALID,
	/* Anything else, of a kernel that is newer than this list. */
	QPASI_RPROC_OTHER
};

/* What was told of a processor, so that a change is told once. */
struct qpasi_rproc_told {
	uint32_t pas_id;
	uint32_t state;
	bool ready;
};

struct qpasi_kernel {
	struct qpas_platform *platform;
	/* Folder of the class; -1 if there is none. */
	int class_fd;
	/* Kernel events, -1 if they cannot be had; and the eventfd that cancel writes to. */
	int uevent_fd;
	int cancel_fd;
	/* PAS id + 1 of a cancelled call; 0: none. */
	atomic_uint canceled;
	int64_t deadline;
	uint32_t told_count;
	struct qpasi_rproc_told told[QPASI_RPROCS_MAX];
};

/* One of them, open. */
struct qpasi_rproc {
	int fd;
	/* remoteprocN */
	char entry[32];
	struct qpas_peripheral peripheral;
};

/* Finds the entry of a PAS id by the node that its driver is bound to; close with _close. */
int qpasi_rproc_open(const struct qpasi_kernel *kernel, uint32_t pas_id, struct qpasi_rproc *rproc,
		     struct qpas_error *err);
void qpasi_rproc_close(struct qpasi_rproc *rproc);
/* The peripheral of a PAS id; false if the tree has none. */
bool qpasi_rproc_peripheral(const struct qpasi_kernel *kernel, uint32_t pas_id,
			    struct qpas_peripheral *peripheral);

/* 0 or an errno; text without its newline, cut to the buffer. */
int qpasi_rproc_read(const struct qpasi_rproc *rproc, const char *attribute, char *to,
		     size_t capacity);
/* 0 or an errno; EINTR is retried until a deadline or a cancel. */
int qpasi_rproc_write(const struct qpasi_kernel *kernel, const struct qpasi_rproc *rproc,
		      const char *attribute, const char *text);
int qpasi_rproc_state(const struct qpasi_rproc *rproc, uint32_t *state, struct qpas_error *err);
const char *qpasi_rproc_state_name(uint32_t state);
/* Makes the error of an attribute that could not be read or written. */
int qpasi_rproc_refused(const struct qpasi_rproc *rproc, const char *attribute, int os_errno,
			struct qpas_error *err);

/* --- rproc_run.c --- */

int qpasi_rproc_boot(struct qpasi_kernel *kernel, uint32_t pas_id, const char *firmware,
		     struct qpas_error *err);
int qpasi_rproc_stop(struct qpasi_kernel *kernel, uint32_t pas_id, struct qpas_error *err);
int qpasi_rproc_attach(struct qpasi_kernel *kernel, uint32_t pas_id, struct qpas_error *err);
int qpasi_rproc_wait(struct qpasi_kernel *kernel, uint32_t pas_id, int64_t deadline,
		     struct qpas_backend_event *event, struct qpas_error *err);

#endif
