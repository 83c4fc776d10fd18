/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The slots of the fault proxy. A slot that is due to fail does not reach the child, except for
 * UNKNOWN: then the child does its work and the answer is lost. Core has already taken out the slots
 * that the child lacks.
 */
#include "backend/record/fault_internal.h"

int qpasi_fault_boot(void *priv, uint32_t pas_id, const char *firmware, int64_t deadline,
		     struct qpas_error *err)
{
	struct qpasi_fault_proxy *proxy = priv;
	int code = 0;

	if (qpasi_fault_before(proxy, "boot", &code, err))
		return code;
	code = proxy->child->boot(proxy->child_private, pas_id, firmware, deadline, err);
	return qpasi_fault_after(proxy, code, err);
}

int qpasi_fault_supported(void *priv, uint32_t pas_id, struct qpas_error *err)
{
	struct qpasi_fault_proxy *proxy = priv;
	int code = 0;

	if (qpasi_fault_before(proxy, "supported", &code, err))
		return code;
	code = proxy->child->supported(proxy->child_private, pas_id, err);
	return qpasi_fault_after(proxy, code, err);
}

int qpasi_fault_metadata_begin(void *priv, uint32_t pas_id,
			       const struct qpas_backend_buffer *metadata, struct qpas_error *err)
{
	struct qpasi_fault_proxy *proxy = priv;
	int code = 0;

	if (qpasi_fault_before(proxy, "metadata_begin", &code, err))
		return code;
	code = proxy->child->metadata_begin(proxy->child_private, pas_id, metadata, err);
	return qpasi_fault_after(proxy, code, err);
}

int qpasi_fault_mem_setup(void *priv, uint32_t pas_id, const struct qpas_backend_region *region,
			  uint64_t offset, uint64_t length, struct qpas_error *err)
{
	struct qpasi_fault_proxy *proxy = priv;
	int code = 0;

	if (qpasi_fault_before(proxy, "mem_setup", &code, err))
		return code;
	code = proxy->child->mem_setup(proxy->child_private, pas_id, region, offset, length, err);
	return qpasi_fault_after(proxy, code, err);
}

int qpasi_fault_region_write(void *priv, uint32_t pas_id, const struct qpas_backend_region *region,
			     uint64_t offset, struct qpas_slice data, struct qpas_error *err)
{
	struct qpasi_fault_proxy *proxy = priv;
	int code = 0;

	if (qpasi_fault_before(proxy, "region_write", &code, err))
		return code;
	code = proxy->child->region_write(proxy->child_private, pas_id, region, offset, data, err);
	return qpasi_fault_after(proxy, code, err);
}

int qpasi_fault_region_zero(void *priv, uint32_t pas_id, const struct qpas_backend_region *region,
			    uint64_t offset, uint64_t length, struct qpas_error *err)
{
	struct qpasi_fault_proxy *proxy = priv;
	int code = 0;

	if (qpasi_fault_before(proxy, "region_zero", &code, err))
		return code;
	code = proxy->child->region_zero(proxy->child_private, pas_id, region, offset, length, err);
	return qpasi_fault_after(proxy, code, err);
}

int qpasi_fault_region_read(void *priv, uint32_t pas_id, const struct qpas_backend_region *region,
			    uint64_t offset, void *to, size_t length, struct qpas_error *err)
{
	struct qpasi_fault_proxy *proxy = priv;
	int code = 0;

	if (qpasi_fault_before(proxy, "region_read", &code, err))
		return code;
	code = proxy->child->region_read(proxy->child_private, pas_id, region, offset, to, length,
					 err);
	return qpasi_fault_after(proxy, code, err);
}

int qpasi_fault_rsc_table(void *priv, uint32_t pas_id, const struct qpas_backend_buffer *in,
			  const struct qpas_backend_buffer *out, size_t *length,
			  struct qpas_error *err)
{
	struct qpasi_fault_proxy *proxy = priv;
	int code = 0;

	if (qpasi_fault_before(proxy, "rsc_table", &code, err))
		return code;
	code = proxy->child->rsc_table(proxy->child_private, pas_id, in, out, length, err);
	return qpasi_fault_after(proxy, code, err);
}

int qpasi_fault_shared_alloc(void *priv, size_t length, struct qpas_backend_buffer *buffer,
			     struct qpas_error *err)
{
	struct qpasi_fault_proxy *proxy = priv;
	int code = 0;

	if (qpasi_fault_before(proxy, "shared_alloc", &code, err))
		return code;
	code = proxy->child->shared_alloc(proxy->child_private, length, buffer, err);
	return qpasi_fault_after(proxy, code, err);
}

int qpasi_fault_bridge_create(void *priv, const struct qpas_shm_bridge *bridge, uint64_t *handle,
			      struct qpas_error *err)
{
	struct qpasi_fault_proxy *proxy = priv;
	int code = 0;

	if (qpasi_fault_before(proxy, "bridge_create", &code, err))
		return code;
	code = proxy->child->bridge_create(proxy->child_private, bridge, handle, err);
	return qpasi_fault_after(proxy, code, err);
}

int qpasi_fault_bridge_delete(void *priv, uint64_t handle, struct qpas_error *err)
{
	struct qpasi_fault_proxy *proxy = priv;
	int code = 0;

	if (qpasi_fault_before(proxy, "bridge_delete", &code, err))
		return code;
	code = proxy->child->bridge_delete(proxy->child_private, handle, err);
	return qpasi_fault_after(proxy, code, err);
}

int qpasi_fault_iommu_apply(void *priv, uint32_t pas_id, const struct qpas_backend_domain *domain,
			    struct qpas_error *err)
{
	struct qpasi_fault_proxy *proxy = priv;
	int code = 0;

	if (qpasi_fault_before(proxy, "iommu_apply", &code, err))
		return code;
	code = proxy->child->iommu_apply(proxy->child_private, pas_id, domain, err);
	return qpasi_fault_after(proxy, code, err);
}

int qpasi_fault_iommu_clear(void *priv, uint32_t pas_id, const struct qpas_backend_domain *domain,
			    struct qpas_error *err)
{
	struct qpasi_fault_proxy *proxy = priv;
	int code = 0;

	if (qpasi_fault_before(proxy, "iommu_clear", &code, err))
		return code;
	code = proxy->child->iommu_clear(proxy->child_private, pas_id, domain, err);
	return qpasi_fault_after(proxy, code, err);
}

int qpasi_fault_auth_reset(void *priv, uint32_t pas_id, struct qpas_error *err)
{
	struct qpasi_fault_proxy *proxy = priv;
	int code = 0;

	if (qpasi_fault_before(proxy, "auth_reset", &code, err))
		return code;
	code = proxy->child->auth_reset(proxy->child_private, pas_id, err);
	return qpasi_fault_after(proxy, code, err);
}

int qpasi_fault_shutdown(void *priv, uint32_t pas_id, struct qpas_error *err)
{
	struct qpasi_fault_proxy *proxy = priv;
	int code = 0;

	if (qpasi_fault_before(proxy, "shutdown", &code, err))
		return code;
	code = proxy->child->shutdown(proxy->child_private, pas_id, err);
	return qpasi_fault_after(proxy, code, err);
}

int qpasi_fault_attach(void *priv, uint32_t pas_id, struct qpas_error *err)
{
	struct qpasi_fault_proxy *proxy = priv;
	int code = 0;

	if (qpasi_fault_before(proxy, "attach", &code, err))
		return code;
	code = proxy->child->attach(proxy->child_private, pas_id, err);
	return qpasi_fault_after(proxy, code, err);
}

int qpasi_fault_detach(void *priv, uint32_t pas_id, struct qpas_error *err)
{
	struct qpasi_fault_proxy *proxy = priv;
	int code = 0;

	if (qpasi_fault_before(proxy, "detach", &code, err))
		return code;
	code = proxy->child->detach(proxy->child_private, pas_id, err);
	return qpasi_fault_after(proxy, code, err);
}

int qpasi_fault_wait_event(void *priv, uint32_t pas_id, int64_t deadline,
			   struct qpas_backend_event *event, struct qpas_error *err)
{
	struct qpasi_fault_proxy *proxy = priv;
	int code = 0;

	if (qpasi_fault_before(proxy, "wait_event", &code, err))
		return code;
	code = proxy->child->wait_event(proxy->child_private, pas_id, deadline, event, err);
	return qpasi_fault_after(proxy, code, err);
}

int qpasi_fault_set_remote_state(void *priv, uint32_t pas_id, uint32_t state,
				 struct qpas_error *err)
{
	struct qpasi_fault_proxy *proxy = priv;
	int code = 0;

	if (qpasi_fault_before(proxy, "set_remote_state", &code, err))
		return code;
	code = proxy->child->set_remote_state(proxy->child_private, pas_id, state, err);
	return qpasi_fault_after(proxy, code, err);
}

int qpasi_fault_protect_video(void *priv, uint32_t pas_id, const struct qpas_video_ranges *ranges,
			      struct qpas_error *err)
{
	struct qpasi_fault_proxy *proxy = priv;
	int code = 0;

	if (qpasi_fault_before(proxy, "protect_video", &code, err))
		return code;
	code = proxy->child->protect_video(proxy->child_private, pas_id, ranges, err);
	return qpasi_fault_after(proxy, code, err);
}

int qpasi_fault_assign(void *priv, const struct qpas_backend_assign *assign, uint64_t *vms,
		       struct qpas_error *err)
{
	struct qpasi_fault_proxy *proxy = priv;
	int code = 0;

	if (qpasi_fault_before(proxy, "assign", &code, err))
		return code;
	code = proxy->child->assign(proxy->child_private, assign, vms, err);
	return qpasi_fault_after(proxy, code, err);
}

int qpasi_fault_direct_start(void *priv, uint32_t peripheral, struct qpas_error *err)
{
	struct qpasi_fault_proxy *proxy = priv;
	int code = 0;

	if (qpasi_fault_before(proxy, "direct_start", &code, err))
		return code;
	code = proxy->child->direct_start(proxy->child_private, peripheral, err);
	return qpasi_fault_after(proxy, code, err);
}

int qpasi_fault_direct_stop(void *priv, uint32_t peripheral, struct qpas_error *err)
{
	struct qpasi_fault_proxy *proxy = priv;
	int code = 0;

	if (qpasi_fault_before(proxy, "direct_stop", &code, err))
		return code;
	code = proxy->child->direct_stop(proxy->child_private, peripheral, err);
	return qpasi_fault_after(proxy, code, err);
}

int qpasi_fault_status(void *priv, uint32_t pas_id, uint32_t *state, struct qpas_error *err)
{
	struct qpasi_fault_proxy *proxy = priv;
	int code = 0;

	if (qpasi_fault_before(proxy, "status", &code, err))
		return code;
	code = proxy->child->status(proxy->child_private, pas_id, state, err);
	return qpasi_fault_after(proxy, code, err);
}

int qpasi_fault_coredump_read(void *priv, uint32_t pas_id, uint64_t offset, void *to,
			      size_t *length, struct qpas_error *err)
{
	struct qpasi_fault_proxy *proxy = priv;
	int code = 0;

	if (qpasi_fault_before(proxy, "coredump_read", &code, err))
		return code;
	code = proxy->child->coredump_read(proxy->child_private, pas_id, offset, to, length, err);
	return qpasi_fault_after(proxy, code, err);
}

int qpasi_fault_set_option(void *priv, uint32_t pas_id, const char *option, const char *value,
			   struct qpas_error *err)
{
	struct qpasi_fault_proxy *proxy = priv;
	int code = 0;

	if (qpasi_fault_before(proxy, "set_option", &code, err))
		return code;
	code = proxy->child->set_option(proxy->child_private, pas_id, option, value, err);
	return qpasi_fault_after(proxy, code, err);
}

int qpasi_fault_adopt_fd(void *priv, int fd, uint32_t *pas_id, struct qpas_error *err)
{
	struct qpasi_fault_proxy *proxy = priv;
	int code = 0;

	if (qpasi_fault_before(proxy, "adopt_fd", &code, err))
		return code;
	code = proxy->child->adopt_fd(proxy->child_private, fd, pas_id, err);
	return qpasi_fault_after(proxy, code, err);
}

int qpasi_fault_capabilities(void *priv, uint32_t pas_id, struct qpas_backend_caps *caps,
			     struct qpas_error *err)
{
	struct qpasi_fault_proxy *proxy = priv;

	return proxy->child->capabilities(proxy->child_private, pas_id, caps, err);
}

int qpasi_fault_enumerate(void *priv, uint32_t index, uint32_t *pas_id, struct qpas_error *err)
{
	struct qpasi_fault_proxy *proxy = priv;

	return proxy->child->enumerate(proxy->child_private, index, pas_id, err);
}

void qpasi_fault_metadata_release(void *priv, uint32_t pas_id)
{
	struct qpasi_fault_proxy *proxy = priv;

	proxy->child->metadata_release(proxy->child_private, pas_id);
}

void qpasi_fault_shared_free(void *priv, const struct qpas_backend_buffer *buffer)
{
	struct qpasi_fault_proxy *proxy = priv;

	proxy->child->shared_free(proxy->child_private, buffer);
}

int qpasi_fault_event_fd(void *priv, uint32_t pas_id)
{
	struct qpasi_fault_proxy *proxy = priv;

	return proxy->child->event_fd(proxy->child_private, pas_id);
}

void qpasi_fault_cancel(void *priv, uint32_t pas_id)
{
	struct qpasi_fault_proxy *proxy = priv;

	proxy->child->cancel(proxy->child_private, pas_id);
}

void qpasi_fault_set_deadline(void *priv, int64_t deadline)
{
	struct qpasi_fault_proxy *proxy = priv;

	proxy->child->set_deadline(proxy->child_private, deadline);
}
