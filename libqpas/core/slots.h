/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The one way to a backend's slots: one function per slot. Here a missing slot is refused, calls of
 * one backend are serialised, deadlines are handed on, answers are checked against the contract and
 * traced.
 */
#ifndef QPASI_CORE_SLOTS_H
#define QPASI_CORE_SLOTS_H

#include "core/backend.h"
#include "format/lifecycle.h"

/* Who calls, for whom, why. */
struct qpasi_link {
	struct qpas_backend *backend;
	uint32_t pas_id;
	uint32_t stage;
	int64_t deadline;
	struct qpas_error *err;
};

int qpasi_slot_capabilities(const struct qpasi_link *link, struct qpas_backend_caps *caps);
int qpasi_slot_boot(const struct qpasi_link *link, const char *firmware);
int qpasi_slot_supported(const struct qpasi_link *link);
int qpasi_slot_metadata_begin(const struct qpasi_link *link,
			      const struct qpas_backend_buffer *metadata);
void qpasi_slot_metadata_release(const struct qpasi_link *link);
int qpasi_slot_mem_setup(const struct qpasi_link *link, const struct qpas_backend_region *region,
			 uint64_t offset, uint64_t length);
int qpasi_slot_region_write(const struct qpasi_link *link, const struct qpas_backend_region *region,
			    uint64_t offset, struct qpas_slice data);
int qpasi_slot_region_zero(const struct qpasi_link *link, const struct qpas_backend_region *region,
			   uint64_t offset, uint64_t length);
int qpasi_slot_region_read(const struct qpasi_link *link, const struct qpas_backend_region *region,
			   uint64_t offset, void *to, size_t length);
int qpasi_slot_rsc_table(const struct qpasi_link *link, const struct qpas_backend_buffer *in,
			 const struct qpas_backend_buffer *out, size_t *length);
int qpasi_slot_shared_alloc(const struct qpasi_link *link, size_t length,
			    struct qpas_backend_buffer *buffer);
void qpasi_slot_shared_free(const struct qpasi_link *link,
			    const struct qpas_backend_buffer *buffer);
int qpasi_slot_bridge_create(const struct qpasi_link *link, const struct qpas_shm_bridge *bridge,
			     uint64_t *handle);
int qpasi_slot_bridge_delete(const struct qpasi_link *link, uint64_t handle);
int qpasi_slot_iommu_apply(const struct qpasi_link *link, const struct qpas_backend_domain *domain);
int qpasi_slot_iommu_clear(const struct qpasi_link *link, const struct qpas_backend_domain *domain);
int qpasi_slot_auth_reset(const struct qpasi_link *link);
int qpasi_slot_shutdown(const struct qpasi_link *link);
int qpasi_slot_attach(const struct qpasi_link *link);
int qpasi_slot_detach(const struct qpasi_link *link);
int qpasi_slot_status(const struct qpasi_link *link, uint32_t *state);
int qpasi_slot_wait_event(const struct qpasi_link *link, struct qpas_backend_event *event);
/* *fd is -1 and the answer UNSUPP where there is none. */
int qpasi_slot_event_fd(const struct qpasi_link *link, int *fd);
int qpasi_slot_set_remote_state(const struct qpasi_link *link, uint32_t state);
int qpasi_slot_protect_video(const struct qpasi_link *link, const struct qpas_video_ranges *ranges);
int qpasi_slot_assign(const struct qpasi_link *link, const struct qpas_backend_assign *assign,
		      uint64_t *vms);
int qpasi_slot_direct_start(const struct qpasi_link *link);
int qpasi_slot_direct_stop(const struct qpasi_link *link);

/*
 * What an answer to a call into the trusted world means for the life cycle. Only an answer that says
 * so is a refusal: a timeout, or an answer outside of the contract, proves nothing.
 */
enum qpasi_outcome qpasi_slot_outcome(int code);

/* The call was not even tried, so nothing changed: BUSY, CANCELED, NOMEM, ARG. */
bool qpasi_slot_not_tried(int code);

#endif
