/* SPDX-License-Identifier: BSD-3-Clause */
/* The inside of the fault proxy: when to fail, and its slots. */
#ifndef QPASI_BACKEND_FAULT_INTERNAL_H
#define QPASI_BACKEND_FAULT_INTERNAL_H

#include <stdbool.h>

#include <qpas/backend.h>

struct qpasi_fault_proxy {
	const struct qpas_backend_desc *child;
	void *child_private;
	/* Slot that fails; empty: any. */
	char slot[24];
	/* Which of its calls, from 1; 0: each. */
	uint32_t nth;
	uint32_t seen;
	/* What it answers. */
	int code;
	/* The running call's answer is to be lost. */
	bool losing;
};

/* True: the call fails here with *code. Else the child is called and its answer goes to after(). */
bool qpasi_fault_before(struct qpasi_fault_proxy *proxy, const char *slot, int *code,
			struct qpas_error *err);
int qpasi_fault_after(struct qpasi_fault_proxy *proxy, int code, struct qpas_error *err);

int qpasi_fault_boot(void *priv, uint32_t pas_id, const char *firmware, int64_t deadline,
		     struct qpas_error *err);
int qpasi_fault_supported(void *priv, uint32_t pas_id, struct qpas_error *err);
int qpasi_fault_metadata_begin(void *priv, uint32_t pas_id,
			       const struct qpas_backend_buffer *metadata, struct qpas_error *err);
int qpasi_fault_mem_setup(void *priv, uint32_t pas_id, const struct qpas_backend_region *region,
			  uint64_t offset, uint64_t length, struct qpas_error *err);
int qpasi_fault_region_write(void *priv, uint32_t pas_id, const struct qpas_backend_region *region,
			     uint64_t offset, struct qpas_slice data, struct qpas_error *err);
int qpasi_fault_region_zero(void *priv, uint32_t pas_id, const struct qpas_backend_region *region,
			    uint64_t offset, uint64_t length, struct qpas_error *err);
int qpasi_fault_region_read(void *priv, uint32_t pas_id, const struct qpas_backend_region *region,
			    uint64_t offset, void *to, size_t length, struct qpas_error *err);
int qpasi_fault_rsc_table(void *priv, uint32_t pas_id, const struct qpas_backend_buffer *in,
			  const struct qpas_backend_buffer *out, size_t *length,
			  struct qpas_error *err);
int qpasi_fault_shared_alloc(void *priv, size_t length, struct qpas_backend_buffer *buffer,
			     struct qpas_error *err);
int qpasi_fault_bridge_create(void *priv, const struct qpas_shm_bridge *bridge, uint64_t *handle,
			      struct qpas_error *err);
int qpasi_fault_bridge_delete(void *priv, uint64_t handle, struct qpas_error *err);
int qpasi_fault_iommu_apply(void *priv, uint32_t pas_id, const struct qpas_backend_domain *domain,
			    struct qpas_error *err);
int qpasi_fault_iommu_clear(void *priv, uint32_t pas_id, const struct qpas_backend_domain *domain,
			    struct qpas_error *err);
int qpasi_fault_auth_reset(void *priv, uint32_t pas_id, struct qpas_error *err);
int qpasi_fault_shutdown(void *priv, uint32_t pas_id, struct qpas_error *err);
int qpasi_fault_attach(void *priv, uint32_t pas_id, struct qpas_error *err);
int qpasi_fault_detach(void *priv, uint32_t pas_id, struct qpas_error *err);
int qpasi_fault_wait_event(void *priv, uint32_t pas_id, int64_t deadline,
			   struct qpas_backend_event *event, struct qpas_error *err);
int qpasi_fault_set_remote_state(void *priv, uint32_t pas_id, uint32_t state,
				 struct qpas_error *err);
int qpasi_fault_protect_video(void *priv, uint32_t pas_id, const struct qpas_video_ranges *ranges,
			      struct qpas_error *err);
int qpasi_fault_assign(void *priv, const struct qpas_backend_assign *assign, uint64_t *vms,
		       struct qpas_error *err);
int qpasi_fault_direct_start(void *priv, uint32_t peripheral, struct qpas_error *err);
int qpasi_fault_direct_stop(void *priv, uint32_t peripheral, struct qpas_error *err);
int qpasi_fault_status(void *priv, uint32_t pas_id, uint32_t *state, struct qpas_error *err);
int qpasi_fault_coredump_read(void *priv, uint32_t pas_id, uint64_t offset, void *to,
			      size_t *length, struct qpas_error *err);
int qpasi_fault_set_option(void *priv, uint32_t pas_id, const char *option, const char *value,
			   struct qpas_error *err);
int qpasi_fault_adopt_fd(void *priv, int fd, uint32_t *pas_id, struct qpas_error *err);
int qpasi_fault_capabilities(void *priv, uint32_t pas_id, struct qpas_backend_caps *caps,
			     struct qpas_error *err);
int qpasi_fault_enumerate(void *priv, uint32_t index, uint32_t *pas_id, struct qpas_error *err);
void qpasi_fault_metadata_release(void *priv, uint32_t pas_id);
void qpasi_fault_shared_free(void *priv, const struct qpas_backend_buffer *buffer);
int qpasi_fault_event_fd(void *priv, uint32_t pas_id);
void qpasi_fault_cancel(void *priv, uint32_t pas_id);
void qpasi_fault_set_deadline(void *priv, int64_t deadline);

#endif
