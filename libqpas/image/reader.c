/* SPDX-License-Identifier: BSD-3-Clause */
/* Reads files once, completely. */
#define _GNU_SOURCE
#include "image/reader.h"

#include <errno.h>
#include <poll.h>
#include <stdbool.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/ckd.h"
#include "image/decompress.h"
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

int qpasi_file_read(int fd, uint8_t *to, uint64_t at, size_t bytes, size_t *done)
{
	unsigned int waits = 0;
	int reason = 0;

	*done = 0;
	while (!reason && *done < bytes) {
		ssize_t got = pread(fd, to + *done, bytes - *done, (off_t)(at + *done));

		if (got == 0)
			break;
		if (got > 0)
			*done += (size_t)got;
		else
			reason = judge_errno(fd, errno, &waits);
	}
	return reason;
}

static int cannot_read(const struct qpasi_file_rule *rule, int os_errno, struct qpas_error *err)
{
	return qpasi_os_error(err, QPASI_MSG_FILE_READ, QPAS_STAGE_READ, rule->name, os_errno);
}

/*
 * An image begins with the ELF header, so its first bytes tell. A part may begin with anything: it
 * is compressed if its name says so, and must be then.
 */
static int find_packing(int fd, const struct qpasi_file_rule *rule, uint64_t size,
			enum qpasi_packing *kind, struct qpas_error *err)
{
	bool named = rule->name[qpasi_packing_stem(rule->name)] != '\0';
	uint8_t magic[QPASI_MAGIC_BYTES];
	size_t got;
	int reason;

	*kind = QPASI_PACKED_NOT;
	if (rule->segment != QPAS_NO_SEGMENT && !named)
		return 0;
	if (size > rule->file_limit)
		return report(rule, QPASI_MSG_FILE_TOO_LARGE, size, rule->file_limit, err);
	reason = qpasi_file_read(fd, magic, 0, sizeof(magic), &got);
	if (reason)
		return cannot_read(rule, reason, err);
	*kind = qpasi_packing_of(magic, got);
	if (rule->segment != QPAS_NO_SEGMENT && *kind == QPASI_PACKED_NOT)
		return report(rule, QPASI_MSG_UNPACK_MAGIC, 0, 0, err);
	return 0;
}

/* What a file gave. */
struct taken {
	uint64_t size; /* of the file */
	uint64_t done; /* bytes before its end came */
};

static int append_plain(int fd, const struct qpasi_file_rule *rule, struct taken *taken,
			struct qpasi_snapshot *snapshot, struct qpas_error *err)
{
	size_t before = snapshot->size;
	size_t done = 0;
	int result = check_size(rule, taken->size, before, err);

	if (!result)
		result = qpasi_snapshot_grow(snapshot, before + taken->size, rule->name, err);
	if (result)
		return result;
	result = qpasi_file_read(fd, snapshot->bytes + before, 0, (size_t)taken->size, &done);
	taken->done = done;
	return result ? cannot_read(rule, result, err) : 0;
}

static int append_packed(int fd, const struct qpasi_file_rule *rule, enum qpasi_packing kind,
			 struct qpasi_snapshot *snapshot, struct qpas_error *err)
{
	const struct qpasi_packed from = {kind, fd, {NULL, 0}};

	return qpasi_unpack(&from, rule, snapshot, err);
}

/* Asked after a failure, too: half a new file and half an old one unpack to nonsense. */
static int check_unchanged(int fd, const struct qpasi_file_rule *rule, const struct stat *first,
			   int result, struct qpas_error *err)
{
	struct stat last;

	if (result && result != QPAS_ERR_FORMAT && result != QPAS_ERR_TRUNC)
		return result;
	if (fstat(fd, &last))
		return cannot_read(rule, errno, err);
	return same_file(first, &last) ? result : report(rule, QPASI_MSG_FILE_CHANGED, 0, 0, err);
}

int qpasi_file_append(int fd, const struct qpasi_file_rule *rule, struct qpasi_snapshot *snapshot,
		      struct qpas_error *err)
{
	enum qpasi_packing kind = QPASI_PACKED_NOT;
	struct taken taken;
	struct stat first;
	int result = look(fd, rule, &first, err);

	if (!result)
		result = find_packing(fd, rule, (uint64_t)first.st_size, &kind, err);
	if (result)
		return result;
	taken.size = (uint64_t)first.st_size;
	taken.done = taken.size;
	if (kind == QPASI_PACKED_NOT)
		result = append_plain(fd, rule, &taken, snapshot, err);
	else
		result = append_packed(fd, rule, kind, snapshot, err);
	result = check_unchanged(fd, rule, &first, result, err);
	if (!result && taken.done < taken.size)
		return report(rule, QPASI_MSG_FILE_SHORTENED, taken.done, taken.size, err);
	return result;
}
