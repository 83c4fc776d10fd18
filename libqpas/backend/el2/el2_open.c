/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Opening and closing the el2 backend, its descriptor, and what needs shared memory of its own: the
 * page for long argument lists and the lists of MP_ASSIGN.
 */
#include "backend/el2/el2_call.h"

#include "base/cursor.h"
#include "base/fault.h"
#include "base/mem.h"
#include "format/scm.h"
#include "format/shm_bridge.h"

#define PAGE	    4096u
#define KNOWN_FLAGS (QPAS_EL2_NO_BRIDGES | QPAS_EL2_SELF_OWNER)
/* Answer of BRIDGE_ENABLE where bridges are compiled in but not there (qcom_scm.c). */
#define ENABLE_NOT_SUPPORTED 4u

static int missing(const char *what, struct qpas_error *err)
{
	return qpasi_error_set(err, QPASI_MSG_NULL_ARGUMENT, QPAS_STAGE_OPEN, what);
}

static int check_values(const struct qpas_el2_ops *ops, struct qpas_error *err)
{
	struct qpasi_fault fault = QPASI_FAULT_INIT;
	bool known = !ops->convention || ops->convention == QPAS_SCM_SMC64 ||
		     ops->convention == QPAS_SCM_SMC32;

	if (ops->flags & ~KNOWN_FLAGS)
		return qpasi_error_numbers(err, QPASI_MSG_UNKNOWN_FLAGS, QPAS_STAGE_OPEN,
					   ops->flags, ops->flags & ~KNOWN_FLAGS);
	if (known && ops->host_level <= 2)
		return 0;
	fault.message = QPASI_MSG_URI_VALUE;
	fault.s = known ? "host_level" : "convention";
	fault.t = known ? "0, 1 and 2 are" : "32 and 64 are";
	return qpasi_fault_report(&fault, QPAS_STAGE_OPEN, err);
}

/* At level 2 nobody below maps for the peripheral, so the embedder must. */
static int check_functions(const struct qpas_el2_ops *ops, struct qpas_error *err)
{
	if (!ops->smc)
		return missing("ops->smc", err);
	if (!ops->shared_alloc || !ops->shared_free)
		return missing("ops->shared_alloc or shared_free", err);
	if (!ops->region_write || !ops->region_zero)
		return missing("ops->region_write or region_zero", err);
	if (ops->host_level == 2 && (!ops->iommu_map || !ops->iommu_unmap))
		return missing("ops->iommu_map or iommu_unmap", err);
	return 0;
}

/* The known part of the caller's table: later writes to it have no effect. */
static int copy_ops(struct qpasi_el2 *el2, const struct qpas_el2_ops *ops, struct qpas_error *err)
{
	size_t known = sizeof(el2->ops);
	int code = qpasi_abi_check(ops, known, known, err);

	if (code)
		return code;
	memset(el2, 0, sizeof(*el2));
	memcpy(&el2->ops, ops, known);
	el2->ops.size = (uint32_t)known;
	el2->deadline = QPAS_NO_DEADLINE;
	code = check_values(&el2->ops, err);
	if (!code)
		code = check_functions(&el2->ops, err);
	if (!el2->ops.convention)
		el2->ops.convention = QPAS_SCM_SMC64;
	return code;
}

/*
 * Whether bridges are there and on. A trusted world without them is no error: it then reads any
 * normal memory, and the capability NEEDS_BRIDGE is not claimed.
 */
static int enable_bridges(struct qpasi_el2 *el2, struct qpas_error *err)
{
	struct qpasi_el2_request ask = {QPAS_SCM_INFO_IS_CALL_AVAIL,
					QPAS_STAGE_OPEN,
					1,
					{QPASI_SCM_OWNER_SIP | QPAS_SCM_SHM_BRIDGE_ENABLE}};
	struct qpasi_el2_request enable = {QPAS_SCM_SHM_BRIDGE_ENABLE, QPAS_STAGE_OPEN, 0, {0}};
	struct qpasi_el2_reply reply;
	int code = qpasi_el2_call(el2, &ask, &reply, err);

	if (code)
		return code;
	if (reply.status || !reply.result[0])
		return 0;
	code = qpasi_el2_call(el2, &enable, &reply, err);
	if (code)
		return code;
	if (!reply.status && reply.result[0] == ENABLE_NOT_SUPPORTED)
		return 0;
	if (!qpasi_el2_accepted(&reply))
		return qpasi_el2_refused(el2, &enable, &reply, QPASI_MSG_TZ_REFUSED, NULL, err);
	el2->bridging = true;
	return 0;
}

static int bridge_buffer(struct qpasi_el2 *el2, const struct qpas_backend_buffer *buffer,
			 uint64_t *handle, struct qpas_error *err)
{
	struct qpas_shm_bridge bridge = QPAS_SHM_BRIDGE_INIT;

	qpasi_shm_bridge_hlos(&bridge, buffer->address, buffer->len);
	return qpasi_el2_bridge_create(el2, &bridge, handle, err);
}

/*
 * The page is one buffer for all calls: slots of a backend come one at a time. It is bridged at level
 * 1 as well: the hypervisor there bridges images and their metadata, and nobody's argument lists.
 */
int qpasi_el2_open(struct qpasi_el2 *el2, const struct qpas_el2_ops *ops, struct qpas_error *err)
{
	int code = copy_ops(el2, ops, err);

	if (code)
		return code;
	code = qpasi_el2_shared_alloc(el2, PAGE, &el2->page, err);
	if (code)
		return code;
	if (!(el2->ops.flags & QPAS_EL2_NO_BRIDGES))
		code = enable_bridges(el2, err);
	if (!code && el2->bridging) {
		code = bridge_buffer(el2, &el2->page, &el2->page_bridge, err);
		el2->page_bridged = !code;
	}
	if (code)
		qpasi_el2_shared_free(el2, &el2->page);
	return code;
}

void qpasi_el2_close(void *priv)
{
	struct qpasi_el2 *el2 = priv;

	/* A page that the trusted world may still write to is never given back. */
	if (el2->page_bridged && qpasi_el2_bridge_delete(el2, el2->page_bridge, NULL))
		return;
	el2->page_bridged = false;
	qpasi_el2_shared_free(el2, &el2->page);
}

int qpasi_el2_shared_alloc(void *priv, size_t length, struct qpas_backend_buffer *buffer,
			   struct qpas_error *err)
{
	struct qpasi_el2 *el2 = priv;
	struct qpas_backend_buffer made = {NULL, 0, 0, 0};
	size_t pages;
	int code;

	if (!length || __builtin_add_overflow(length, (size_t)PAGE - 1, &pages))
		return qpasi_error_numbers(err, QPASI_MSG_NO_BACKEND_MEMORY, QPAS_STAGE_METADATA,
					   length, 0);
	made.len = pages & ~((size_t)PAGE - 1);
	code = el2->ops.shared_alloc(el2->ops.user, made.len, &made.ptr, &made.address);
	if (code)
		return qpasi_el2_embedder(el2, code, "shared_alloc", QPAS_STAGE_METADATA, err);
	if (!made.ptr || !made.address || made.address % PAGE) {
		if (made.ptr)
			el2->ops.shared_free(el2->ops.user, made.ptr, made.address, made.len);
		return qpasi_el2_embedder(el2, QPAS_ERR_BACKEND, "shared_alloc",
					  QPAS_STAGE_METADATA, err);
	}
	*buffer = made;
	return 0;
}

void qpasi_el2_shared_free(void *priv, const struct qpas_backend_buffer *buffer)
{
	struct qpasi_el2 *el2 = priv;

	if (buffer->ptr)
		el2->ops.shared_free(el2->ops.user, buffer->ptr, buffer->address, buffer->len);
}

/*
 * The lists of MP_ASSIGN (qcom_scm_assign_mem): source VM ids, one memory range, destinations of
 * 24 bytes each; the parts are 64-byte aligned. They stand in the page for arguments, behind those of
 * the call itself, so that its bridge covers them.
 */
#define ASSIGN_SOURCES		 1024u
#define ASSIGN_MAX_SOURCES	 64u
#define ASSIGN_MEMORY		 1280u
#define ASSIGN_MEMORY_BYTES	 16u
#define ASSIGN_DESTINATIONS	 1344u
#define ASSIGN_DESTINATION_BYTES 24u
#define ASSIGN_MAX_DESTINATIONS	 64u

_Static_assert(ASSIGN_SOURCES >= QPAS_SCM_PAGE_BYTES &&
		       ASSIGN_DESTINATIONS + ASSIGN_MAX_DESTINATIONS * ASSIGN_DESTINATION_BYTES <=
			       PAGE,
	       "lists and arguments share the page");

/* VM ids as words; the bitmap itself never reaches the trusted world. */
static uint32_t write_sources(uint8_t *page, uint64_t vms)
{
	uint32_t count = 0;

	for (uint32_t vmid = 0; vmid < ASSIGN_MAX_SOURCES; vmid++) {
		if (!(vms >> vmid & 1))
			continue;
		qpasi_put_le32(page + ASSIGN_SOURCES + (size_t)count * 4, vmid);
		count++;
	}
	return count * 4;
}

static uint32_t write_destinations(uint8_t *page, const struct qpas_backend_assign *assign)
{
	for (uint32_t i = 0; i < assign->destination_count; i++) {
		uint8_t *at = page + ASSIGN_DESTINATIONS + (size_t)i * ASSIGN_DESTINATION_BYTES;

		memset(at, 0, ASSIGN_DESTINATION_BYTES);
		qpasi_put_le32(at, assign->destinations[i].vmid);
		qpasi_put_le32(at + 4, assign->destinations[i].permissions);
	}
	return assign->destination_count * ASSIGN_DESTINATION_BYTES;
}

static int check_assign(const struct qpas_backend_assign *assign, struct qpas_error *err)
{
	uint32_t count = assign->destination_count;

	if (!assign->source_vms || !count)
		return qpasi_error_set(err, QPASI_MSG_BRIDGE_NO_VM, QPAS_STAGE_ASSIGN, NULL);
	if (count > ASSIGN_MAX_DESTINATIONS)
		return qpasi_error_numbers(err, QPASI_MSG_BRIDGE_VMS, QPAS_STAGE_ASSIGN, count,
					   ASSIGN_MAX_DESTINATIONS);
	for (uint32_t i = 0; i < count; i++) {
		if (assign->destinations[i].vmid >= 64)
			return qpasi_error_numbers(err, QPASI_MSG_BRIDGE_VMID, QPAS_STAGE_ASSIGN,
						   assign->destinations[i].vmid, 64);
	}
	return 0;
}

static int call_assign(struct qpasi_el2 *el2, const struct qpas_backend_assign *assign,
		       struct qpas_error *err)
{
	struct qpasi_el2_request request = {QPAS_SCM_MP_ASSIGN, QPAS_STAGE_ASSIGN, 7, {0}};
	struct qpasi_el2_reply reply;
	uint8_t *at = el2->page.ptr;
	int code;

	request.args[0] = el2->page.address + ASSIGN_MEMORY;
	request.args[1] = ASSIGN_MEMORY_BYTES;
	request.args[2] = el2->page.address + ASSIGN_SOURCES;
	request.args[3] = write_sources(at, assign->source_vms);
	request.args[4] = el2->page.address + ASSIGN_DESTINATIONS;
	request.args[5] = write_destinations(at, assign);
	qpasi_put_le64(at + ASSIGN_MEMORY, assign->address);
	qpasi_put_le64(at + ASSIGN_MEMORY + 8, assign->length);
	if (el2->ops.clean)
		el2->ops.clean(el2->ops.user, at, el2->page.len);
	code = qpasi_el2_call(el2, &request, &reply, err);
	if (code || qpasi_el2_accepted(&reply))
		return code;
	return qpasi_el2_refused(el2, &request, &reply, QPASI_MSG_TZ_REFUSED, NULL, err);
}

int qpasi_el2_assign(void *priv, const struct qpas_backend_assign *assign, uint64_t *vms,
		     struct qpas_error *err)
{
	uint64_t after = 0;
	int code = check_assign(assign, err);

	if (!code)
		code = call_assign(priv, assign, err);
	if (code)
		return code;
	/* All 64 bits: VM ids above 31 exist (0x25 and up). */
	for (uint32_t i = 0; i < assign->destination_count; i++)
		after |= UINT64_C(1) << assign->destinations[i].vmid;
	*vms = after;
	return 0;
}

static int el2_probe(struct qpas_error *err)
{
	(void)err;
	return 0;
}

static int el2_open(void *priv, const struct qpas_backend_open_args *args, struct qpas_error *err)
{
	if (!args->embedder)
		return qpasi_error_set(err, QPASI_MSG_EL2_NEEDS_TABLE, QPAS_STAGE_OPEN, NULL);
	return qpasi_el2_open(priv, args->embedder, err);
}

const struct qpas_backend_desc qpasi_el2_descriptor = {
	.size = sizeof(struct qpas_backend_desc),
	.abi = QPAS_BACKEND_ABI,
	.name = "el2",
	.summary = "secure monitor calls over a conduit of the embedder",
	.config_help = "no keys: opened with qpas_el2_open()",
	.caps = QPASI_EL2_CAPS,
	.private_size = sizeof(struct qpasi_el2),
	.probe = el2_probe,
	.open = el2_open,
	.close = qpasi_el2_close,
	.capabilities = qpasi_el2_capabilities,
	.supported = qpasi_el2_supported,
	.metadata_begin = qpasi_el2_metadata_begin,
	.metadata_release = qpasi_el2_metadata_release,
	.mem_setup = qpasi_el2_mem_setup,
	.region_write = qpasi_el2_region_write,
	.region_zero = qpasi_el2_region_zero,
	.region_read = qpasi_el2_region_read,
	.rsc_table = qpasi_el2_rsc_table,
	.shared_alloc = qpasi_el2_shared_alloc,
	.shared_free = qpasi_el2_shared_free,
	.bridge_create = qpasi_el2_bridge_create,
	.bridge_delete = qpasi_el2_bridge_delete,
	.iommu_apply = qpasi_el2_iommu_apply,
	.iommu_clear = qpasi_el2_iommu_clear,
	.auth_reset = qpasi_el2_auth_reset,
	.shutdown = qpasi_el2_shutdown,
	.wait_event = qpasi_el2_wait_event,
	.set_remote_state = qpasi_el2_set_remote_state,
	.protect_video = qpasi_el2_protect_video,
	.assign = qpasi_el2_assign,
	.cancel = qpasi_el2_cancel,
	.set_deadline = qpasi_el2_set_deadline,
};
