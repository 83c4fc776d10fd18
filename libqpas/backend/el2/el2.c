/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The slots that are PAS calls: arguments in, answers to errors. Numbers and argument orders are
 * those of drivers/firmware/qcom/qcom_scm.c; docs/pas.md lists them.
 */
#include "backend/el2/el2_call.h"

#include "base/ckd.h"
#include "base/fault.h"
#include "base/mem.h"
#include "format/scm.h"
#include "format/shm_bridge.h"

/* x0 of a trusted world that has no such function, in both vocabularies. */
#define STATUS_NO_FUNCTION   (-1)
#define STATUS_NOT_SUPPORTED (-4)
#define PAS_ID_VIDEO	     9u

static bool has_no_function(const struct qpasi_el2_reply *reply)
{
	return reply->status == STATUS_NO_FUNCTION || reply->status == STATUS_NOT_SUPPORTED;
}

/* A call whose only answers are "done" and "refused"; `message` is that of a refusal. */
static int plain_call(struct qpasi_el2 *el2, const struct qpasi_el2_request *request,
		      uint32_t message, const char *advice, struct qpas_error *err)
{
	struct qpasi_el2_reply reply;
	int code = qpasi_el2_call(el2, request, &reply, err);

	if (code || qpasi_el2_accepted(&reply))
		return code;
	if (has_no_function(&reply))
		message = QPASI_MSG_TZ_REFUSED;
	return qpasi_el2_refused(el2, request, &reply, message, advice, err);
}

/* What the conduit and the trusted world really have, found out at open. */
int qpasi_el2_capabilities(void *priv, uint32_t pas_id, struct qpas_backend_caps *caps,
			   struct qpas_error *err)
{
	const struct qpasi_el2 *el2 = priv;

	(void)pas_id;
	(void)err;
	caps->caps = QPASI_EL2_CAPS;
	/* At level 1 what the client would bridge is the hypervisor's to bridge. */
	if (!el2->bridging || el2->ops.host_level == 1)
		caps->caps &= ~QPAS_CAP_NEEDS_BRIDGE;
	if (!el2->ops.iommu_map)
		caps->caps &= ~QPAS_CAP_IOMMU;
	if (!el2->ops.wait_event)
		caps->caps &= ~QPAS_CAP_EVENTS;
	caps->host_level = el2->ops.host_level;
	return 0;
}

/* A trusted world that cannot be asked does not know the id either. */
int qpasi_el2_supported(void *priv, uint32_t pas_id, struct qpas_error *err)
{
	struct qpasi_el2_request request = {
		QPAS_SCM_PAS_IS_SUPPORTED, QPAS_STAGE_SUPPORTED, 1, {pas_id}};
	struct qpasi_el2_reply reply;
	int code = qpasi_el2_call(priv, &request, &reply, err);

	if (code)
		return code;
	if (!reply.status && reply.result[0])
		return 0;
	return qpasi_el2_refused(priv, &request, &reply, QPASI_MSG_TZ_NOT_KNOWN, NULL, err);
}

int qpasi_el2_metadata_begin(void *priv, uint32_t pas_id,
			     const struct qpas_backend_buffer *metadata, struct qpas_error *err)
{
	struct qpasi_el2 *el2 = priv;
	struct qpasi_el2_request request = {
		QPAS_SCM_PAS_INIT_IMAGE, QPAS_STAGE_INIT_IMAGE, 2, {pas_id, metadata->address}};

	if (el2->ops.clean)
		el2->ops.clean(el2->ops.user, metadata->ptr, metadata->len);
	return plain_call(el2, &request, QPASI_MSG_TZ_AUTH,
			  "Check that it is signed for this chip and this peripheral.", err);
}

void qpasi_el2_metadata_release(void *priv, uint32_t pas_id)
{
	/* The trusted world has no such call: its copy goes with the next INIT_IMAGE or SHUTDOWN. */
	(void)priv;
	(void)pas_id;
}

/* Core has checked this; programs without core may not have. */
static int region_range(const struct qpas_backend_region *region, uint64_t offset, uint64_t length,
			uint64_t *address, struct qpas_error *err)
{
	if (!qpasi_fits(offset, length, region->size) || ckd_add(address, region->address, offset))
		return qpasi_error_numbers(err, QPASI_MSG_SIM_MEMORY, QPAS_STAGE_LOAD, offset,
					   length);
	return 0;
}

int qpasi_el2_mem_setup(void *priv, uint32_t pas_id, const struct qpas_backend_region *region,
			uint64_t offset, uint64_t length, struct qpas_error *err)
{
	struct qpasi_el2_request request = {
		QPAS_SCM_PAS_MEM_SETUP, QPAS_STAGE_MEM_SETUP, 3, {pas_id, 0, length}};
	int code = region_range(region, offset, length, &request.args[1], err);

	if (code)
		return code;
	return plain_call(priv, &request, QPASI_MSG_TZ_REFUSED, NULL, err);
}

int qpasi_el2_auth_reset(void *priv, uint32_t pas_id, struct qpas_error *err)
{
	struct qpasi_el2_request request = {
		QPAS_SCM_PAS_AUTH_AND_RESET, QPAS_STAGE_AUTH_RESET, 1, {pas_id}};

	return plain_call(priv, &request, QPASI_MSG_TZ_AUTH,
			  "Check its signature, and that its memory is mapped and bridged.", err);
}

/* "Cannot" is told from "will not": after the first one, asking again is of no use. */
int qpasi_el2_shutdown(void *priv, uint32_t pas_id, struct qpas_error *err)
{
	struct qpasi_el2_request request = {
		QPAS_SCM_PAS_SHUTDOWN, QPAS_STAGE_SHUTDOWN, 1, {pas_id}};
	struct qpasi_el2_reply reply;
	int code = qpasi_el2_call(priv, &request, &reply, err);

	if (code || qpasi_el2_accepted(&reply))
		return code;
	return qpasi_el2_refused(
		priv, &request, &reply,
		has_no_function(&reply) ? QPASI_MSG_TZ_NOT_SHUT : QPASI_MSG_TZ_REFUSED, NULL, err);
}

/* Drivers of video cores name theirs 0, the one of the GPU uses its PAS id. */
int qpasi_el2_set_remote_state(void *priv, uint32_t pas_id, uint32_t state, struct qpas_error *err)
{
	uint32_t remote = pas_id == PAS_ID_VIDEO ? 0 : pas_id;
	struct qpasi_el2_request request = {
		QPAS_SCM_SET_REMOTE_STATE, QPAS_STAGE_NONE, 2, {state, remote}};

	return plain_call(priv, &request, QPASI_MSG_TZ_REFUSED, NULL, err);
}

int qpasi_el2_protect_video(void *priv, uint32_t pas_id, const struct qpas_video_ranges *ranges,
			    struct qpas_error *err)
{
	struct qpasi_el2_request request = {QPAS_SCM_MP_VIDEO_VAR,
					    QPAS_STAGE_PROTECT,
					    4,
					    {ranges->cp_start, ranges->cp_size,
					     ranges->nonpixel_start, ranges->nonpixel_size}};

	(void)pas_id;
	return plain_call(priv, &request, QPASI_MSG_TZ_REFUSED, NULL, err);
}

/* "PAS id N" for the sentence that tells people to update their boot firmware. */
static const char *id_text(uint32_t pas_id, char to[24])
{
	static const char words[] = "PAS id ";
	char digits[10];
	size_t count = 0, length = sizeof(words) - 1;

	memcpy(to, words, length);
	do {
		digits[count++] = (char)('0' + pas_id % 10);
		pas_id /= 10;
	} while (pas_id);
	while (count)
		to[length++] = digits[--count];
	to[length] = '\0';
	return to;
}

/* The usual reason for a missing call is old boot firmware, and only its maker can help. */
static int too_old(struct qpasi_el2 *el2, const struct qpasi_el2_request *request,
		   const struct qpasi_el2_reply *reply, struct qpas_error *err)
{
	struct qpasi_fault fault = QPASI_FAULT_INIT;
	char id[24];

	(void)el2;
	fault.message = QPASI_MSG_TZ_OLD;
	fault.s = qpas_scm_function_name(request->function);
	fault.t = id_text((uint32_t)request->args[0], id);
	fault.tz_status = reply->status;
	memcpy(fault.tz_result, reply->result, sizeof(fault.tz_result));
	return qpasi_fault_report(&fault, request->stage, err);
}

/* Both short-buffer protocols end here; how much is believed, and how often, is the core's. */
static int table_short(const struct qpas_backend_buffer *out, uint64_t needed, size_t *length,
		       struct qpas_error *err)
{
	*length = needed > SIZE_MAX ? SIZE_MAX : (size_t)needed;
	return qpasi_error_numbers(err, QPASI_MSG_BUFFER_SHORT, QPAS_STAGE_RSC_TABLE, out->len,
				   needed);
}

int qpasi_el2_rsc_table(void *priv, uint32_t pas_id, const struct qpas_backend_buffer *in,
			const struct qpas_backend_buffer *out, size_t *length,
			struct qpas_error *err)
{
	struct qpasi_el2 *el2 = priv;
	struct qpasi_el2_request request = {QPAS_SCM_PAS_GET_RSCTABLE,
					    QPAS_STAGE_RSC_TABLE,
					    5,
					    {pas_id, in->address, in->len, out->address, out->len}};
	struct qpasi_el2_reply reply;
	int code;

	if (el2->ops.clean)
		el2->ops.clean(el2->ops.user, in->ptr, in->len);
	code = qpasi_el2_call(el2, &request, &reply, err);
	if (code)
		return code;
	/* The number alone is no proof: it may also stand in the answer to a call that worked. */
	if (reply.status && reply.result[1] == QPASI_SCM_RSCTABLE_SHORT)
		return table_short(out, reply.result[2], length, err);
	if (has_no_function(&reply))
		return too_old(el2, &request, &reply, err);
	if (!qpasi_el2_accepted(&reply))
		return qpasi_el2_refused(el2, &request, &reply, QPASI_MSG_TZ_REFUSED, NULL, err);
	/* OP-TEE's way to say the same: a success with the size that it would have taken. */
	if (reply.result[2] > out->len)
		return table_short(out, reply.result[2], length, err);
	*length = (size_t)reply.result[2];
	return 0;
}

/* The form that this trusted world wants; lists with other VMs than the host are what they are. */
static struct qpas_shm_bridge in_form(const struct qpasi_el2 *el2,
				      const struct qpas_shm_bridge *bridge)
{
	struct qpas_shm_bridge made = *bridge;

	if (el2->ops.flags & QPAS_EL2_SELF_OWNER && bridge->form == QPAS_SHM_BRIDGE_VM_LIST &&
	    bridge->vm_count == 1 && bridge->vm[0].vmid == QPAS_VMID_HLOS)
		qpasi_shm_bridge_own(&made);
	return made;
}

int qpasi_el2_bridge_create(void *priv, const struct qpas_shm_bridge *bridge, uint64_t *handle,
			    struct qpas_error *err)
{
	struct qpasi_el2_request request = {QPAS_SCM_SHM_BRIDGE_CREATE, QPAS_STAGE_BRIDGE, 4, {0}};
	struct qpas_shm_bridge wanted = in_form(priv, bridge);
	struct qpasi_fault fault = QPASI_FAULT_INIT;
	struct qpasi_el2_reply reply;
	int code;

	if (qpasi_shm_bridge_encode(&wanted, request.args, &fault))
		return qpasi_fault_report(&fault, QPAS_STAGE_BRIDGE, err);
	code = qpasi_el2_call(priv, &request, &reply, err);
	if (code)
		return code;
	if (qpasi_el2_accepted(&reply)) {
		*handle = reply.result[1];
		return 0;
	}
	if (reply.status == QPASI_SCM_BRIDGE_TAKEN ||
	    (!reply.status && reply.result[0] == QPASI_SCM_BRIDGE_TAKEN)) {
		request.args[0] = bridge->pa;
		return qpasi_el2_refused(priv, &request, &reply, QPASI_MSG_TZ_BRIDGE_TAKEN, NULL,
					 err);
	}
	return qpasi_el2_refused(priv, &request, &reply, QPASI_MSG_TZ_REFUSED, NULL, err);
}

int qpasi_el2_bridge_delete(void *priv, uint64_t handle, struct qpas_error *err)
{
	struct qpasi_el2_request request = {
		QPAS_SCM_SHM_BRIDGE_DELETE, QPAS_STAGE_BRIDGE, 1, {handle}};

	return plain_call(priv, &request, QPASI_MSG_TZ_REFUSED, NULL, err);
}

/* --- memory: no call to the trusted world --- */

int qpasi_el2_region_write(void *priv, uint32_t pas_id, const struct qpas_backend_region *region,
			   uint64_t offset, struct qpas_slice data, struct qpas_error *err)
{
	struct qpasi_el2 *el2 = priv;
	uint64_t address = 0;
	int code = region_range(region, offset, data.len, &address, err);

	(void)pas_id;
	if (code)
		return code;
	code = el2->ops.region_write(el2->ops.user, address, data);
	return qpasi_el2_embedder(el2, code, "region_write", QPAS_STAGE_LOAD, err);
}

int qpasi_el2_region_zero(void *priv, uint32_t pas_id, const struct qpas_backend_region *region,
			  uint64_t offset, uint64_t length, struct qpas_error *err)
{
	struct qpasi_el2 *el2 = priv;
	uint64_t address = 0;
	int code = region_range(region, offset, length, &address, err);

	(void)pas_id;
	if (code)
		return code;
	code = el2->ops.region_zero(el2->ops.user, address, length);
	return qpasi_el2_embedder(el2, code, "region_zero", QPAS_STAGE_LOAD, err);
}

/* An optional function of the embedder is missing. */
static int cannot(const char *what, uint32_t stage, struct qpas_error *err)
{
	struct qpasi_fault fault = QPASI_FAULT_INIT;

	fault.message = QPASI_MSG_SLOT_MISSING;
	fault.s = "el2";
	fault.t = what;
	return qpasi_fault_report(&fault, stage, err);
}

int qpasi_el2_region_read(void *priv, uint32_t pas_id, const struct qpas_backend_region *region,
			  uint64_t offset, void *to, size_t length, struct qpas_error *err)
{
	struct qpasi_el2 *el2 = priv;
	uint64_t address = 0;
	int code = region_range(region, offset, length, &address, err);

	(void)pas_id;
	if (code)
		return code;
	if (!el2->ops.region_read)
		return cannot("region_read", QPAS_STAGE_NONE, err);
	code = el2->ops.region_read(el2->ops.user, address, to, length);
	return qpasi_el2_embedder(el2, code, "region_read", QPAS_STAGE_NONE, err);
}

/* In reverse, and to the end: one range that stays must not keep the others. */
static int unmap_all(struct qpasi_el2 *el2, const struct qpas_backend_domain *domain,
		     uint64_t mapped)
{
	int first = 0;

	while (mapped) {
		uint64_t at = --mapped;
		int code = el2->ops.iommu_unmap(el2->ops.user,
						&domain->streams[at / domain->mapping_count],
						&domain->mappings[at % domain->mapping_count]);

		if (code && !first)
			first = code;
	}
	return first;
}

/* Every range for every stream, in that order; `at` counts pairs. */
static uint64_t pairs(const struct qpas_backend_domain *domain)
{
	return (uint64_t)domain->stream_count * domain->mapping_count;
}

int qpasi_el2_iommu_apply(void *priv, uint32_t pas_id, const struct qpas_backend_domain *domain,
			  struct qpas_error *err)
{
	struct qpasi_el2 *el2 = priv;

	(void)pas_id;
	if (!el2->ops.iommu_map || !el2->ops.iommu_unmap)
		return cannot("iommu_apply", QPAS_STAGE_IOMMU, err);
	for (uint64_t at = 0; at < pairs(domain); at++) {
		int code = el2->ops.iommu_map(el2->ops.user,
					      &domain->streams[at / domain->mapping_count],
					      &domain->mappings[at % domain->mapping_count]);

		if (!code)
			continue;
		/* The reason is asked for before unmapping can give another one. */
		code = qpasi_el2_embedder(el2, code, "iommu_map", QPAS_STAGE_IOMMU, err);
		(void)unmap_all(el2, domain, at);
		return code;
	}
	return 0;
}

int qpasi_el2_iommu_clear(void *priv, uint32_t pas_id, const struct qpas_backend_domain *domain,
			  struct qpas_error *err)
{
	struct qpasi_el2 *el2 = priv;

	(void)pas_id;
	if (!el2->ops.iommu_unmap)
		return cannot("iommu_clear", QPAS_STAGE_IOMMU, err);
	return qpasi_el2_embedder(el2, unmap_all(el2, domain, pairs(domain)), "iommu_unmap",
				  QPAS_STAGE_IOMMU, err);
}

int qpasi_el2_wait_event(void *priv, uint32_t pas_id, int64_t deadline,
			 struct qpas_backend_event *event, struct qpas_error *err)
{
	struct qpasi_el2 *el2 = priv;
	int code;

	if (!el2->ops.wait_event)
		return cannot("wait_event", QPAS_STAGE_READY, err);
	code = el2->ops.wait_event(el2->ops.user, pas_id, deadline, event);
	if (code == QPAS_ERR_TIMEOUT)
		return qpasi_error_set(err, QPASI_MSG_DEADLINE, QPAS_STAGE_READY, "wait_event");
	if (code == QPAS_ERR_CANCELED)
		return qpasi_error_set(err, QPASI_MSG_CANCELED_CALL, QPAS_STAGE_READY, NULL);
	return qpasi_el2_embedder(el2, code, "wait_event", QPAS_STAGE_READY, err);
}

void qpasi_el2_cancel(void *priv, uint32_t pas_id)
{
	struct qpasi_el2 *el2 = priv;

	if (el2->ops.cancel)
		el2->ops.cancel(el2->ops.user, pas_id);
}

void qpasi_el2_set_deadline(void *priv, int64_t deadline)
{
	struct qpasi_el2 *el2 = priv;

	el2->deadline = deadline;
}
