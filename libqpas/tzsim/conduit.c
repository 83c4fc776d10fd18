/* SPDX-License-Identifier: BSD-3-Clause */
/* What an EL2 host does with the machine: calls, memory, IOMMU, waiting. */
#include "tzsim/conduit.h"

#include <poll.h>
#include <time.h>
#include <unistd.h>

#include "tzsim/model.h"

#define NS_PER_S  INT64_C(1000000000)
#define NS_PER_MS INT64_C(1000000)

static int smc(void *user, uint64_t regs[8])
{
	bool lost;

	qpasi_tzsim_call(user, regs, regs, &lost);
	return lost ? QPAS_ERR_UNKNOWN : 0;
}

/* ---- memory ---- */

static int memory_result(struct qpas_tzsim *model, int code, uint64_t address, uint64_t length)
{
	model->reason[0] = '\0';
	if (code == QPAS_ERR_RANGE)
		(void)qpasi_tzsim_refuse(model, 0, "0x%llx + 0x%llx is no memory",
					 (unsigned long long)address, (unsigned long long)length);
	if (code == QPAS_ERR_BACKEND)
		(void)qpasi_tzsim_refuse(model, 0,
					 "the host touched 0x%llx, which is not its own any more",
					 (unsigned long long)address);
	return code;
}

static int shared_alloc(void *user, size_t length, void **ptr, uint64_t *address)
{
	struct qpas_tzsim *model = user;

	return memory_result(model, qpasi_tzsim_memory_share(&model->memory, length, ptr, address),
			     0, length);
}

/* Memory that goes back to the host may hold metadata that the trusted world still needs. */
static void shared_free(void *user, void *ptr, uint64_t address, size_t length)
{
	struct qpas_tzsim *model = user;
	uint64_t freed = qpasi_tzsim_memory_unshare(&model->memory, address);

	(void)ptr;
	(void)length;
	if (freed)
		qpasi_tzsim_withdrawn(model, address, address + freed);
}

static int region_write(void *user, uint64_t address, struct qpas_slice data)
{
	struct qpas_tzsim *model = user;
	int code = qpasi_tzsim_memory_write(&model->memory, QPASI_TZSIM_HOST, address, data);

	return memory_result(model, code, address, data.len);
}

static int region_zero(void *user, uint64_t address, uint64_t length)
{
	struct qpas_tzsim *model = user;
	int code = qpasi_tzsim_memory_zero(&model->memory, QPASI_TZSIM_HOST, address, length);

	return memory_result(model, code, address, length);
}

static int region_read(void *user, uint64_t address, void *to, size_t length)
{
	struct qpas_tzsim *model = user;
	int code = qpasi_tzsim_memory_read(&model->memory, QPASI_TZSIM_HOST, address, to, length);

	return memory_result(model, code, address, length);
}

/* ---- IOMMU ---- */

/* `why` has the facts if `code` says that it failed. */
static int iommu_result(struct qpas_tzsim *model, int code, const struct qpas_stream *stream,
			const struct qpas_backend_mapping *mapping, const struct qpasi_fault *why)
{
	char text[160];

	model->reason[0] = '\0';
	if (!code)
		return 0;
	(void)qpasi_fault_text(why, text, sizeof(text));
	(void)qpasi_tzsim_refuse(model, 0, "IOMMU stream 0x%x: 0x%llx + 0x%llx: %s",
				 stream->cell_count ? stream->cells[0] : 0,
				 (unsigned long long)mapping->iova,
				 (unsigned long long)mapping->length, text);
	return code;
}

static int iommu_map(void *user, const struct qpas_stream *stream,
		     const struct qpas_backend_mapping *mapping)
{
	struct qpas_tzsim *model = user;
	struct qpasi_fault why = QPASI_FAULT_INIT;
	int code = qpasi_tzsim_iommu_map(&model->iommu, stream, mapping, &why);

	return iommu_result(model, code, stream, mapping, &why);
}

static int iommu_unmap(void *user, const struct qpas_stream *stream,
		       const struct qpas_backend_mapping *mapping)
{
	struct qpas_tzsim *model = user;
	struct qpasi_fault why = QPASI_FAULT_INIT;
	int code = qpasi_tzsim_iommu_unmap(&model->iommu, stream, mapping, &why);

	return iommu_result(model, code, stream, mapping, &why);
}

/* ---- time ---- */

static int64_t now(void *user)
{
	(void)user;
	return qpasi_tzsim_now();
}

/* Real time, as deadlines come from the client's clock. */
static void sleep_until(void *user, int64_t deadline)
{
	struct timespec time = {(time_t)(deadline / NS_PER_S), (long)(deadline % NS_PER_S)};

	(void)user;
	(void)clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &time, NULL);
}

/* Nobody else would wake it: the one who waits is the one who wakes. */
static int wait_wq(void *user, uint64_t context, int64_t deadline)
{
	(void)deadline;
	return qpasi_tzsim_wake(user, context);
}

/* Whether somebody cancelled the wait for this id; forgets all cancellations. */
static bool was_cancelled(struct qpas_tzsim *model, uint32_t pas_id)
{
	uint64_t count;

	if (read(model->wake_fd, &count, sizeof(count)) < 0)
		count = 0;
	return atomic_exchange(&model->cancelled, 0) == pas_id + 1;
}

/* How long poll() may sleep: rounded up, so that it does not end before the deadline. */
static int poll_timeout(int64_t deadline)
{
	int64_t left;

	if (deadline < 0)
		return -1;
	left = deadline - now(NULL);
	if (left <= 0)
		return 0;
	left = left / NS_PER_MS + 1;
	return left > 1000 ? 1000 : (int)left;
}

/* The earlier of two deadlines, where a negative one never comes. */
static int64_t earlier(int64_t a, int64_t b)
{
	return a < 0 || (b >= 0 && b < a) ? b : a;
}

static int wait_event(void *user, uint32_t pas_id, int64_t deadline,
		      struct qpas_backend_event *event)
{
	struct qpas_tzsim *model = user;
	struct qpasi_tzsim_pas *pas = qpasi_tzsim_find_pas(model, pas_id);
	struct pollfd wake = {model->wake_fd, POLLIN, 0};

	model->reason[0] = '\0';
	if (!pas || pas->state != QPASI_TZSIM_RUNNING) {
		(void)qpasi_tzsim_refuse(model, 0, "PAS id %u does not run", pas_id);
		return QPAS_ERR_NOTFOUND;
	}
	/* Nothing in the machine moves while its host waits, but for the clock and cancel(). */
	for (;;) {
		if (qpasi_tzsim_processor_event(model, pas, event))
			return 0;
		if (was_cancelled(model, pas_id))
			return QPAS_ERR_CANCELED;
		if (deadline >= 0 && now(NULL) >= deadline)
			return QPAS_ERR_TIMEOUT;
		(void)poll(&wake, 1,
			   poll_timeout(earlier(deadline, qpasi_tzsim_processor_next(pas))));
	}
}

/* Called from signal handlers: an atomic store and one write. */
static void cancel(void *user, uint32_t pas_id)
{
	struct qpas_tzsim *model = user;
	const uint64_t one = 1;

	atomic_store(&model->cancelled, pas_id + 1);
	if (write(model->wake_fd, &one, sizeof(one)) < 0)
		return;
}

static const char *explain(void *user)
{
	const struct qpas_tzsim *model = user;

	return model->explains ? model->reason : NULL;
}

void qpasi_tzsim_conduit(struct qpas_tzsim *model, struct qpas_el2_ops *ops)
{
	struct qpas_el2_ops made = QPAS_EL2_OPS_INIT;

	made.host_level = model->host_level;
	made.convention = QPAS_SCM_SMC64;
	made.flags = (model->no_bridges ? QPAS_EL2_NO_BRIDGES : 0) |
		     (model->self_owner ? QPAS_EL2_SELF_OWNER : 0);
	made.user = model;
	made.smc = smc;
	made.shared_alloc = shared_alloc;
	made.shared_free = shared_free;
	made.region_write = region_write;
	made.region_zero = region_zero;
	made.region_read = region_read;
	made.iommu_map = iommu_map;
	made.iommu_unmap = iommu_unmap;
	made.now = now;
	made.sleep_until = sleep_until;
	made.wait_wq = wait_wq;
	made.wait_event = wait_event;
	made.explain = explain;
	made.cancel = cancel;
	*ops = made;
}
