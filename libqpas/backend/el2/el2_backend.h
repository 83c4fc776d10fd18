/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The el2 backend: operations as secure monitor calls over a conduit. Freestanding, no allocation.
 * A backend that is the el2 backend plus something (the simulator) puts a struct qpasi_el2 first in
 * its private data and names these slots in its own descriptor; so does an EL2 program without core.
 */
#ifndef QPASI_BACKEND_EL2_BACKEND_H
#define QPASI_BACKEND_EL2_BACKEND_H

#include <stdbool.h>
#include <stdint.h>

#include <qpas/backend.h>
#include <qpas/el2.h>

/* Private data; nothing in it belongs to anybody but the el2 backend. */
struct qpasi_el2 {
	/* The embedder's, completed: `convention` is never 0, unknown members are cleared. */
	struct qpas_el2_ops ops;
	/* Of the calls that follow (set_deadline); QPAS_NO_DEADLINE if there is none. */
	int64_t deadline;
	/* One shared page for arguments four and up, for as long as the backend is open. */
	struct qpas_backend_buffer page;
	/* Its bridge, where bridges are on. */
	uint64_t page_bridge;
	bool page_bridged;
	/* The trusted world has bridges and they were switched on. */
	bool bridging;
};

/* Scheme "el2"; opens only with a struct qpas_el2_ops as embedder (QPAS_ERR_UNSUPP without one). */
extern const struct qpas_backend_desc qpasi_el2_descriptor;

/* The capabilities that a descriptor over these slots may claim. */
#define QPASI_EL2_CAPS                                                                  \
	(QPAS_CAP_STEPS | QPAS_CAP_NEEDS_BRIDGE | QPAS_CAP_RSC_TABLE | QPAS_CAP_IOMMU | \
	 QPAS_CAP_EVENTS | QPAS_CAP_MAY_BLOCK)

/*
 * Checks and copies `ops`, allocates the page, and unless QPAS_EL2_NO_BRIDGES is set switches bridges
 * on (IS_CALL_AVAIL, BRIDGE_ENABLE) and bridges the page. `el2` need not be cleared before.
 * After a failure nothing is held.
 */
int qpasi_el2_open(struct qpasi_el2 *el2, const struct qpas_el2_ops *ops, struct qpas_error *err);

/* The slots. `priv` points at a struct qpasi_el2. */
void qpasi_el2_close(void *priv);
/* QPASI_EL2_CAPS without NEEDS_BRIDGE, IOMMU or EVENTS where this conduit has none, or level 1. */
int qpasi_el2_capabilities(void *priv, uint32_t pas_id, struct qpas_backend_caps *caps,
			   struct qpas_error *err);
int qpasi_el2_supported(void *priv, uint32_t pas_id, struct qpas_error *err);
int qpasi_el2_metadata_begin(void *priv, uint32_t pas_id,
			     const struct qpas_backend_buffer *metadata, struct qpas_error *err);
void qpasi_el2_metadata_release(void *priv, uint32_t pas_id);
int qpasi_el2_mem_setup(void *priv, uint32_t pas_id, const struct qpas_backend_region *region,
			uint64_t offset, uint64_t length, struct qpas_error *err);
int qpasi_el2_region_write(void *priv, uint32_t pas_id, const struct qpas_backend_region *region,
			   uint64_t offset, struct qpas_slice data, struct qpas_error *err);
int qpasi_el2_region_zero(void *priv, uint32_t pas_id, const struct qpas_backend_region *region,
			  uint64_t offset, uint64_t length, struct qpas_error *err);
int qpasi_el2_region_read(void *priv, uint32_t pas_id, const struct qpas_backend_region *region,
			  uint64_t offset, void *to, size_t length, struct qpas_error *err);
int qpasi_el2_rsc_table(void *priv, uint32_t pas_id, const struct qpas_backend_buffer *in,
			const struct qpas_backend_buffer *out, size_t *length,
			struct qpas_error *err);
int qpasi_el2_shared_alloc(void *priv, size_t length, struct qpas_backend_buffer *buffer,
			   struct qpas_error *err);
void qpasi_el2_shared_free(void *priv, const struct qpas_backend_buffer *buffer);
int qpasi_el2_bridge_create(void *priv, const struct qpas_shm_bridge *bridge, uint64_t *handle,
			    struct qpas_error *err);
int qpasi_el2_bridge_delete(void *priv, uint64_t handle, struct qpas_error *err);
int qpasi_el2_iommu_apply(void *priv, uint32_t pas_id, const struct qpas_backend_domain *domain,
			  struct qpas_error *err);
int qpasi_el2_iommu_clear(void *priv, uint32_t pas_id, const struct qpas_backend_domain *domain,
			  struct qpas_error *err);
int qpasi_el2_auth_reset(void *priv, uint32_t pas_id, struct qpas_error *err);
int qpasi_el2_shutdown(void *priv, uint32_t pas_id, struct qpas_error *err);
int qpasi_el2_wait_event(void *priv, uint32_t pas_id, int64_t deadline,
			 struct qpas_backend_event *event, struct qpas_error *err);
int qpasi_el2_set_remote_state(void *priv, uint32_t pas_id, uint32_t state, struct qpas_error *err);
int qpasi_el2_protect_video(void *priv, uint32_t pas_id, const struct qpas_video_ranges *ranges,
			    struct qpas_error *err);
int qpasi_el2_assign(void *priv, const struct qpas_backend_assign *assign, uint64_t *vms,
		     struct qpas_error *err);
void qpasi_el2_cancel(void *priv, uint32_t pas_id);
void qpasi_el2_set_deadline(void *priv, int64_t deadline);

#endif
