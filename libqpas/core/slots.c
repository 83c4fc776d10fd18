/* SPDX-License-Identifier: BSD-3-Clause */
/* Slot by slot: begin, call, end. */
#include "core/slots.h"

#include <stdio.h>
#include <string.h>

#include "core/names.h"

/* One call of a slot. */
struct call {
	const struct qpasi_link *link;
	const char *slot;
	struct qpas_error err;
};

/*
 * The lock knows its thread: a slot that calls back gets an answer instead of a deadlock. False
 * means that this thread is inside of a slot already.
 */
static bool lock(struct qpas_backend *backend)
{
	return !backend->serialised || !pthread_mutex_lock(&backend->slot_lock);
}

static void unlock(struct qpas_backend *backend)
{
	if (backend->serialised)
		(void)pthread_mutex_unlock(&backend->slot_lock);
}

/* Optional slots are asked for at run time: what a backend cannot do is an answer, not a crash. */
static int missing(const struct qpasi_link *link, const char *slot)
{
	struct qpasi_fault fault = QPASI_FAULT_INIT;

	fault.message = QPASI_MSG_SLOT_MISSING;
	fault.s = link->backend->desc.name;
	fault.t = slot;
	return qpasi_fault_report(&fault, link->stage, link->err);
}

static int begin(struct call *call, const struct qpasi_link *link, const char *slot, bool there)
{
	struct qpas_backend *backend = link->backend;
	static const struct qpas_error fresh = QPAS_ERROR_INIT;

	if (!there)
		return missing(link, slot);
	if (!lock(backend))
		return qpasi_error_set(link->err, QPASI_MSG_REENTERED, link->stage, NULL);
	call->link = link;
	call->slot = slot;
	call->err = fresh;
	if (backend->desc.set_deadline)
		backend->desc.set_deadline(backend->priv, link->deadline);
	return 0;
}

/* No pointers and no addresses, and no work unless somebody listens. */
static void trace(const struct call *call, int code)
{
	const struct qpasi_env *env = &call->link->backend->env;
	char text[96];

	if (!qpasi_env_logs(env, QPAS_LOG_DEBUG))
		return;
	(void)snprintf(text, sizeof(text), "%s: %s(pas id %u): %s", call->link->backend->desc.name,
		       call->slot, call->link->pas_id,
		       qpasi_err_known(code) ? qpas_err_text(code) : "undocumented answer");
	qpasi_env_log(env, QPAS_LOG_DEBUG, 0, text);
}

/* A slot that fails without saying why still has to give a whole error; its own words are kept. */
static void describe(struct call *call)
{
	struct qpasi_fault fault = QPASI_FAULT_INIT;

	if (call->err.text[0]) {
		call->err.message_id = QPASI_MSG_SLOT_FAILED;
		return;
	}
	fault.message = QPASI_MSG_SLOT_FAILED;
	fault.s = call->link->backend->desc.name;
	fault.t = call->slot;
	(void)qpasi_fault_report(&fault, call->link->stage, &call->err);
}

/* A positive number is no success, and an unknown negative one is no known failure. */
static int undocumented(const struct call *call, int code)
{
	struct qpasi_fault fault = QPASI_FAULT_INIT;

	fault.message = QPASI_MSG_BACKEND_RESULT;
	fault.s = call->link->backend->desc.name;
	fault.t = call->slot;
	fault.tz_status = code;
	return qpasi_fault_report(&fault, call->link->stage, call->link->err);
}

/* The slot wrote to an error of ours: what it left there is completed before the client sees it. */
static int end(struct call *call, int code)
{
	struct qpas_error *err = call->link->err;

	unlock(call->link->backend);
	trace(call, code);
	if (!code)
		return 0;
	if (code > 0 || !qpasi_err_known(code))
		return undocumented(call, code);
	if (!err)
		return code;
	if (!call->err.message_id)
		describe(call);
	call->err.code = code;
	if (!call->err.stage)
		call->err.stage = call->link->stage;
	call->err.text[sizeof(call->err.text) - 1] = '\0';
	qpasi_abi_give(err, &call->err, sizeof(call->err));
	return code;
}

/* When in doubt it is in doubt: memory that may be owned is never treated as free. */
enum qpasi_outcome qpasi_slot_outcome(int code)
{
	if (!code)
		return QPASI_OUTCOME_OK;
	if (code == QPAS_ERR_UNKNOWN || code == QPAS_ERR_TIMEOUT || code == QPAS_ERR_BACKEND)
		return QPASI_OUTCOME_UNKNOWN;
	return QPASI_OUTCOME_REFUSED;
}

bool qpasi_slot_not_tried(int code)
{
	return code == QPAS_ERR_BUSY || code == QPAS_ERR_CANCELED || code == QPAS_ERR_NOMEM ||
	       code == QPAS_ERR_ARG || code == QPAS_ERR_STATE;
}

/* --- the slots, in the order of backend.h --- */

int qpasi_slot_capabilities(const struct qpasi_link *link, struct qpas_backend_caps *caps)
{
	const struct qpas_backend *backend = link->backend;
	struct call call;
	int code = begin(&call, link, "capabilities", backend->desc.capabilities != NULL);

	if (code)
		return code;
	return end(&call, backend->desc.capabilities(backend->priv, link->pas_id, caps, &call.err));
}

int qpasi_slot_boot(const struct qpasi_link *link, const char *firmware)
{
	const struct qpas_backend *backend = link->backend;
	struct call call;
	int code = begin(&call, link, "boot", backend->desc.boot != NULL);

	if (code)
		return code;
	return end(&call, backend->desc.boot(backend->priv, link->pas_id, firmware, link->deadline,
					     &call.err));
}

int qpasi_slot_supported(const struct qpasi_link *link)
{
	const struct qpas_backend *backend = link->backend;
	struct call call;
	int code = begin(&call, link, "supported", backend->desc.supported != NULL);

	if (code)
		return code;
	return end(&call, backend->desc.supported(backend->priv, link->pas_id, &call.err));
}

int qpasi_slot_metadata_begin(const struct qpasi_link *link,
			      const struct qpas_backend_buffer *metadata)
{
	const struct qpas_backend *backend = link->backend;
	struct call call;
	int code = begin(&call, link, "metadata_begin", backend->desc.metadata_begin != NULL);

	if (code)
		return code;
	return end(&call,
		   backend->desc.metadata_begin(backend->priv, link->pas_id, metadata, &call.err));
}

int qpasi_slot_mem_setup(const struct qpasi_link *link, const struct qpas_backend_region *region,
			 uint64_t offset, uint64_t length)
{
	const struct qpas_backend *backend = link->backend;
	struct call call;
	int code = begin(&call, link, "mem_setup", backend->desc.mem_setup != NULL);

	if (code)
		return code;
	return end(&call, backend->desc.mem_setup(backend->priv, link->pas_id, region, offset,
						  length, &call.err));
}

int qpasi_slot_region_write(const struct qpasi_link *link, const struct qpas_backend_region *region,
			    uint64_t offset, struct qpas_slice data)
{
	const struct qpas_backend *backend = link->backend;
	struct call call;
	int code = begin(&call, link, "region_write", backend->desc.region_write != NULL);

	if (code)
		return code;
	return end(&call, backend->desc.region_write(backend->priv, link->pas_id, region, offset,
						     data, &call.err));
}

int qpasi_slot_region_zero(const struct qpasi_link *link, const struct qpas_backend_region *region,
			   uint64_t offset, uint64_t length)
{
	const struct qpas_backend *backend = link->backend;
	struct call call;
	int code = begin(&call, link, "region_zero", backend->desc.region_zero != NULL);

	if (code)
		return code;
	return end(&call, backend->desc.region_zero(backend->priv, link->pas_id, region, offset,
						    length, &call.err));
}

int qpasi_slot_region_read(const struct qpasi_link *link, const struct qpas_backend_region *region,
			   uint64_t offset, void *to, size_t length)
{
	const struct qpas_backend *backend = link->backend;
	struct call call;
	int code = begin(&call, link, "region_read", backend->desc.region_read != NULL);

	if (code)
		return code;
	return end(&call, backend->desc.region_read(backend->priv, link->pas_id, region, offset, to,
						    length, &call.err));
}

int qpasi_slot_rsc_table(const struct qpasi_link *link, const struct qpas_backend_buffer *in,
			 const struct qpas_backend_buffer *out, size_t *length)
{
	const struct qpas_backend *backend = link->backend;
	struct call call;
	int code = begin(&call, link, "rsc_table", backend->desc.rsc_table != NULL);

	if (code)
		return code;
	return end(&call, backend->desc.rsc_table(backend->priv, link->pas_id, in, out, length,
						  &call.err));
}

int qpasi_slot_shared_alloc(const struct qpasi_link *link, size_t length,
			    struct qpas_backend_buffer *buffer)
{
	const struct qpas_backend *backend = link->backend;
	struct call call;
	int code = begin(&call, link, "shared_alloc", backend->desc.shared_alloc != NULL);

	if (code)
		return code;
	return end(&call, backend->desc.shared_alloc(backend->priv, length, buffer, &call.err));
}

int qpasi_slot_bridge_create(const struct qpasi_link *link, const struct qpas_shm_bridge *bridge,
			     uint64_t *handle)
{
	const struct qpas_backend *backend = link->backend;
	struct call call;
	int code = begin(&call, link, "bridge_create", backend->desc.bridge_create != NULL);

	if (code)
		return code;
	return end(&call, backend->desc.bridge_create(backend->priv, bridge, handle, &call.err));
}

int qpasi_slot_bridge_delete(const struct qpasi_link *link, uint64_t handle)
{
	const struct qpas_backend *backend = link->backend;
	struct call call;
	int code = begin(&call, link, "bridge_delete", backend->desc.bridge_delete != NULL);

	if (code)
		return code;
	return end(&call, backend->desc.bridge_delete(backend->priv, handle, &call.err));
}

int qpasi_slot_iommu_apply(const struct qpasi_link *link, const struct qpas_backend_domain *domain)
{
	const struct qpas_backend *backend = link->backend;
	struct call call;
	int code = begin(&call, link, "iommu_apply", backend->desc.iommu_apply != NULL);

	if (code)
		return code;
	return end(&call,
		   backend->desc.iommu_apply(backend->priv, link->pas_id, domain, &call.err));
}

int qpasi_slot_iommu_clear(const struct qpasi_link *link, const struct qpas_backend_domain *domain)
{
	const struct qpas_backend *backend = link->backend;
	struct call call;
	int code = begin(&call, link, "iommu_clear", backend->desc.iommu_clear != NULL);

	if (code)
		return code;
	return end(&call,
		   backend->desc.iommu_clear(backend->priv, link->pas_id, domain, &call.err));
}

int qpasi_slot_auth_reset(const struct qpasi_link *link)
{
	const struct qpas_backend *backend = link->backend;
	struct call call;
	int code = begin(&call, link, "auth_reset", backend->desc.auth_reset != NULL);

	if (code)
		return code;
	return end(&call, backend->desc.auth_reset(backend->priv, link->pas_id, &call.err));
}

int qpasi_slot_shutdown(const struct qpasi_link *link)
{
	const struct qpas_backend *backend = link->backend;
	struct call call;
	int code = begin(&call, link, "shutdown", backend->desc.shutdown != NULL);

	if (code)
		return code;
	return end(&call, backend->desc.shutdown(backend->priv, link->pas_id, &call.err));
}

int qpasi_slot_attach(const struct qpasi_link *link)
{
	const struct qpas_backend *backend = link->backend;
	struct call call;
	int code = begin(&call, link, "attach", backend->desc.attach != NULL);

	if (code)
		return code;
	return end(&call, backend->desc.attach(backend->priv, link->pas_id, &call.err));
}

int qpasi_slot_detach(const struct qpasi_link *link)
{
	const struct qpas_backend *backend = link->backend;
	struct call call;
	int code = begin(&call, link, "detach", backend->desc.detach != NULL);

	if (code)
		return code;
	return end(&call, backend->desc.detach(backend->priv, link->pas_id, &call.err));
}

int qpasi_slot_status(const struct qpasi_link *link, uint32_t *state)
{
	const struct qpas_backend *backend = link->backend;
	struct call call;
	int code = begin(&call, link, "status", backend->desc.status != NULL);

	if (code)
		return code;
	return end(&call, backend->desc.status(backend->priv, link->pas_id, state, &call.err));
}

int qpasi_slot_wait_event(const struct qpasi_link *link, struct qpas_backend_event *event)
{
	const struct qpas_backend *backend = link->backend;
	struct call call;
	int code = begin(&call, link, "wait_event", backend->desc.wait_event != NULL);

	if (code)
		return code;
	return end(&call, backend->desc.wait_event(backend->priv, link->pas_id, link->deadline,
						   event, &call.err));
}

int qpasi_slot_event_fd(const struct qpasi_link *link, int *fd)
{
	struct qpas_backend *backend = link->backend;
	bool locked;

	*fd = -1;
	if (backend->desc.event_fd) {
		locked = lock(backend);
		if (!locked)
			return qpasi_error_set(link->err, QPASI_MSG_REENTERED, link->stage, NULL);
		*fd = backend->desc.event_fd(backend->priv, link->pas_id);
		unlock(backend);
	}
	if (*fd >= 0)
		return 0;
	*fd = -1;
	return missing(link, "event_fd");
}

int qpasi_slot_set_remote_state(const struct qpasi_link *link, uint32_t state)
{
	const struct qpas_backend *backend = link->backend;
	struct call call;
	int code = begin(&call, link, "set_remote_state", backend->desc.set_remote_state != NULL);

	if (code)
		return code;
	return end(&call,
		   backend->desc.set_remote_state(backend->priv, link->pas_id, state, &call.err));
}

int qpasi_slot_protect_video(const struct qpasi_link *link, const struct qpas_video_ranges *ranges)
{
	const struct qpas_backend *backend = link->backend;
	struct call call;
	int code = begin(&call, link, "protect_video", backend->desc.protect_video != NULL);

	if (code)
		return code;
	return end(&call,
		   backend->desc.protect_video(backend->priv, link->pas_id, ranges, &call.err));
}

int qpasi_slot_assign(const struct qpasi_link *link, const struct qpas_backend_assign *assign,
		      uint64_t *vms)
{
	const struct qpas_backend *backend = link->backend;
	struct call call;
	int code = begin(&call, link, "assign", backend->desc.assign != NULL);

	if (code)
		return code;
	return end(&call, backend->desc.assign(backend->priv, assign, vms, &call.err));
}

int qpasi_slot_direct_start(const struct qpasi_link *link)
{
	const struct qpas_backend *backend = link->backend;
	struct call call;
	int code = begin(&call, link, "direct_start", backend->desc.direct_start != NULL);

	if (code)
		return code;
	return end(&call, backend->desc.direct_start(backend->priv, link->pas_id, &call.err));
}

int qpasi_slot_direct_stop(const struct qpasi_link *link)
{
	const struct qpas_backend *backend = link->backend;
	struct call call;
	int code = begin(&call, link, "direct_stop", backend->desc.direct_stop != NULL);

	if (code)
		return code;
	return end(&call, backend->desc.direct_stop(backend->priv, link->pas_id, &call.err));
}

void qpasi_slot_metadata_release(const struct qpasi_link *link)
{
	struct qpas_backend *backend = link->backend;
	bool locked = lock(backend);

	backend->desc.metadata_release(backend->priv, link->pas_id);
	if (locked)
		unlock(backend);
}

void qpasi_slot_shared_free(const struct qpasi_link *link, const struct qpas_backend_buffer *buffer)
{
	struct qpas_backend *backend = link->backend;
	bool locked = lock(backend);

	if (backend->desc.shared_free)
		backend->desc.shared_free(backend->priv, buffer);
	if (locked)
		unlock(backend);
}
