/* SPDX-License-Identifier: BSD-3-Clause */
/* Reads files once, completely. */
#define _GNU_SOURCE
#include "image/reader.h"

#include <errno.h>
#include <poll.h>
#include <stdbool.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/ckd.h"
#include "image/os_error.h"

#define WAIT_MS	  10
#define WAITS_MAX 100

static int report(const struct qpasi_file_rule *rule, uint32_t message, uint64_t a, uint64_t b,
		  struct qpas_error *err)
{
	struct qpasi_fault fault = QPASI_FAULT_INIT;

	(void)qpasi_fault_set(&fault, message, rule->segment, a, b);
	return qpasi_file_fault(err, &fault, rule->name);
}

static int look(int fd, const struct qpasi_file_rule *rule, struct stat *info,
		struct qpas_error *err)
{
	if (fstat(fd, info))
		return qpasi_os_error(err, QPASI_MSG_FILE_READ, QPAS_STAGE_READ, rule->name, errno);
	if (!S_ISREG(info->st_mode))
		return report(rule, QPASI_MSG_FILE_KIND, 0, 0, err);
	return 0;
}

static int check_size(const struct qpasi_file_rule *rule, uint64_t bytes, uint64_t before,
		      struct qpas_error *err)
{
	uint64_t sum;

	if (rule->segment != QPAS_NO_SEGMENT && bytes < rule->exact)
		return report(rule, QPASI_MSG_PART_SHORT, bytes, rule->exact, err);
	if (bytes > rule->file_limit)
		return report(rule, QPASI_MSG_FILE_TOO_LARGE, bytes, rule->file_limit, err);
	if (rule->segment != QPAS_NO_SEGMENT && bytes > rule->exact)
		return report(rule, QPASI_MSG_PART_LONG, bytes, rule->exact, err);
	if (ckd_add(&sum, before, bytes) || sum > rule->image_limit)
		return report(rule, QPASI_MSG_IMAGE_TOO_LARGE, sum, rule->image_limit, err);
	return 0;
}

static bool same_file(const struct stat *a, const struct stat *b)
{
	return a->st_size == b->st_size && a->st_mtim.tv_sec == b->st_mtim.tv_sec &&
	       a->st_mtim.tv_nsec == b->st_mtim.tv_nsec && a->st_ctim.tv_sec == b->st_ctim.tv_sec &&
	       a->st_ctim.tv_nsec == b->st_ctim.tv_nsec;
}

/* One read that did not work: 0 if it is worth another try. */
static int judge_errno(int fd, int os_errno, unsigned int *waits)
{
	struct pollfd wanted = {fd, POLLIN, 0};

	if (os_errno == EINTR)
		return 0;
	if (os_errno != EAGAIN || ++*waits > WAITS_MAX)
		return os_errno;
	(void)poll(&wanted, 1, WAIT_MS);
	return 0;
}

/* Fills `to` from the start of the file; *done says how much came. Returns 0 or an errno. */
static int fill(int fd, uint8_t *to, size_t bytes, size_t *done)
{
	unsigned int waits = 0;
	int reason = 0;

	*done = 0;
	while (!reason && *done < bytes) {
		ssize_t got = pread(fd, to + *done, bytes - *done, (off_t)*done);

		if (got == 0)
			break;
		if (got > 0)
			*done += (size_t)got;
		else
			reason = judge_errno(fd, errno, &waits);
	}
	return reason;
}

int qpasi_file_append(int fd, const struct qpasi_file_rule *rule, struct qpasi_snapshot *snapshot,
		      struct qpas_error *err)
{
	size_t before = snapshot->size;
	struct stat first;
	struct stat last;
	size_t done;
	size_t bytes;
	int result = look(fd, rule, &first, err);

	if (!result)
		result = check_size(rule, (uint64_t)first.st_size, before, err);
	if (!result)
		result = qpasi_snapshot_grow(snapshot, before + (uint64_t)first.st_size, rule->name,
					     err);
	if (result)
		return result;
	bytes = (size_t)first.st_size;
	result = fill(fd, snapshot->bytes + before, bytes, &done);
	if (result)
		return qpasi_os_error(err, QPASI_MSG_FILE_READ, QPAS_STAGE_READ, rule->name,
				      result);
	result = look(fd, rule, &last, err);
	if (result)
		return result;
	if (!same_file(&first, &last))
		return report(rule, QPASI_MSG_FILE_CHANGED, 0, 0, err);
	if (done < bytes)
		return report(rule, QPASI_MSG_FILE_SHORTENED, done, bytes, err);
	return 0;
}
