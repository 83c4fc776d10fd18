/* SPDX-License-Identifier: BSD-3-Clause */
/* Sealed memory for an image's bytes. */
#define _GNU_SOURCE
#include "image/snapshot.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/ckd.h"
#include "image/os_error.h"

#define SEALS (F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE | F_SEAL_SEAL)

void qpasi_snapshot_init(struct qpasi_snapshot *snapshot)
{
	snapshot->bytes = NULL;
	snapshot->size = 0;
	snapshot->mapped = 0;
	snapshot->fd = memfd_create("qpas-image", MFD_CLOEXEC | MFD_ALLOW_SEALING);
}

static int fail(const char *name, int os_errno, struct qpas_error *err)
{
	if (os_errno == ENOMEM || os_errno == ENOSPC)
		return qpasi_error_set(err, QPASI_MSG_NO_MEMORY, QPAS_STAGE_READ, NULL);
	return qpasi_os_error(err, QPASI_MSG_SNAPSHOT, QPAS_STAGE_READ, name, os_errno);
}

/*
 * Pages are taken here and not at the first touch: memory that runs out is an error code then, and
 * not a SIGBUS in the middle of a copy.
 */
static int extend_file(int fd, size_t from, size_t bytes)
{
	if (fd < 0)
		return 0;
	if (ftruncate(fd, (off_t)bytes))
		return errno;
	if (fallocate(fd, 0, (off_t)from, (off_t)(bytes - from)) && errno != EOPNOTSUPP &&
	    errno != ENOSYS)
		return errno;
	return 0;
}

static void *map(const struct qpasi_snapshot *snapshot, size_t bytes)
{
	int kind = snapshot->fd < 0 ? MAP_PRIVATE | MAP_ANONYMOUS : MAP_SHARED;

	if (snapshot->bytes)
		return mremap(snapshot->bytes, snapshot->mapped, bytes, MREMAP_MAYMOVE);
	return mmap(NULL, bytes, PROT_READ | PROT_WRITE, kind, snapshot->fd, 0);
}

int qpasi_snapshot_grow(struct qpasi_snapshot *snapshot, uint64_t size, const char *name,
			struct qpas_error *err)
{
	uint64_t page = (uint64_t)sysconf(_SC_PAGESIZE);
	uint64_t rounded;
	void *bytes;
	int reason;

	if (qpasi_ckd_align_up(&rounded, size ? size : 1, page) || rounded > SIZE_MAX / 2)
		return fail(name, ENOMEM, err);
	if (rounded > snapshot->mapped) {
		reason = extend_file(snapshot->fd, snapshot->mapped, (size_t)rounded);
		if (reason)
			return fail(name, reason, err);
		bytes = map(snapshot, (size_t)rounded);
		if (bytes == MAP_FAILED)
			return fail(name, errno, err);
		snapshot->bytes = bytes;
		snapshot->mapped = (size_t)rounded;
	}
	snapshot->size = (size_t)size;
	return 0;
}

/* Where sealing does not work, the contents move to memory that no descriptor leads to. */
static int move_to_anonymous(struct qpasi_snapshot *snapshot)
{
	void *bytes = mmap(NULL, snapshot->mapped, PROT_READ | PROT_WRITE,
			   MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (bytes == MAP_FAILED)
		return errno;
	memcpy(bytes, snapshot->bytes, snapshot->size);
	(void)munmap(snapshot->bytes, snapshot->mapped);
	(void)close(snapshot->fd);
	snapshot->bytes = bytes;
	snapshot->fd = -1;
	return 0;
}

/* F_SEAL_WRITE wants the writable mapping gone first; without it the file could still be changed. */
static int seal_file(struct qpasi_snapshot *snapshot)
{
	void *bytes;

	(void)munmap(snapshot->bytes, snapshot->mapped);
	snapshot->bytes = NULL;
	if (!fcntl(snapshot->fd, F_ADD_SEALS, SEALS)) {
		bytes = mmap(NULL, snapshot->mapped, PROT_READ, MAP_PRIVATE, snapshot->fd, 0);
		if (bytes == MAP_FAILED)
			return errno;
		snapshot->bytes = bytes;
		/* The mapping keeps the memory, so that an image costs no descriptor. */
		(void)close(snapshot->fd);
		snapshot->fd = -1;
		return 0;
	}
	bytes = mmap(NULL, snapshot->mapped, PROT_READ | PROT_WRITE, MAP_SHARED, snapshot->fd, 0);
	if (bytes == MAP_FAILED)
		return errno;
	snapshot->bytes = bytes;
	return move_to_anonymous(snapshot);
}

int qpasi_snapshot_seal(struct qpasi_snapshot *snapshot, const char *name, struct qpas_error *err)
{
	int reason = 0;

	if (snapshot->fd >= 0)
		reason = seal_file(snapshot);
	/* For the anonymous kind this is the seal. */
	if (!reason && mprotect(snapshot->bytes, snapshot->mapped, PROT_READ))
		reason = errno;
	return reason ? fail(name, reason, err) : 0;
}

void qpasi_snapshot_free(struct qpasi_snapshot *snapshot)
{
	if (snapshot->bytes)
		(void)munmap(snapshot->bytes, snapshot->mapped);
	if (snapshot->fd >= 0)
		(void)close(snapshot->fd);
	snapshot->bytes = NULL;
	snapshot->size = 0;
	snapshot->fd = -1;
}
