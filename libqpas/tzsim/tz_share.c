/* SPDX-License-Identifier: BSD-3-Clause */
/* What the host shares and lends: SHM bridges and MP_ASSIGN. */
#include "tzsim/model.h"

#include "base/ckd.h"
#include "base/cursor.h"
#include "format/scm.h"
#include "format/shm_bridge.h"

/* struct qcom_scm_mem_map_info and qcom_scm_current_perm_info, drivers/firmware/qcom/qcom_scm.h */
#define SOURCE_BYTES	  4u
#define MAP_BYTES	  16u
#define DESTINATION_BYTES 24u
#define MOST_VMS	  64u
#define MOST_BYTES	  4096u
/* Owners above every PAS id: memory that was assigned away from the host. */
#define FIRST_OWNER (UINT32_C(1) << 31)

#define HLOS_ALONE (UINT64_C(1) << QPAS_VMID_HLOS)

int64_t qpasi_tzsim_bridge_enable(struct qpas_tzsim *model, const uint64_t *args, uint64_t *result)
{
	(void)args;
	(void)result;
	if (!model->no_bridges)
		return QPASI_TZSIM_DONE;
	/* Linux leaves it alone there for that reason (drivers/firmware/qcom/qcom_tzmem.c). */
	model->memory.protected_accesses++;
	return qpasi_tzsim_refuse(model, QPASI_TZSIM_FAILED,
				  "BRIDGE_ENABLE, which resets this chip");
}

static int64_t make_bridge(struct qpas_tzsim *model, const struct qpas_shm_bridge *bridge,
			   uint64_t *result)
{
	struct qpasi_tzsim_bridge made = {0, bridge->pa, bridge->pa + bridge->length,
					  bridge->secure_permissions, false};
	uint64_t other = 0;

	switch (qpasi_tzsim_bridges_create(&model->bridges, &made, &other)) {
	case 0:
		result[1] = made.handle;
		return QPASI_TZSIM_DONE;
	case QPAS_ERR_OVERLAP:
		/* The call itself worked; the answer stands in the first result. */
		result[0] = QPASI_SCM_BRIDGE_TAKEN;
		return qpasi_tzsim_refuse(model, QPASI_TZSIM_DONE,
					  "a bridge at 0x%llx would overlap the one at 0x%llx",
					  (unsigned long long)bridge->pa,
					  (unsigned long long)other);
	default:
		return qpasi_tzsim_refuse(model, QPASI_TZSIM_NO_MEMORY,
					  "the trusted world has no memory");
	}
}

int64_t qpasi_tzsim_bridge_create(struct qpas_tzsim *model, const uint64_t *args, uint64_t *result)
{
	struct qpas_shm_bridge bridge = QPAS_SHM_BRIDGE_INIT;
	struct qpasi_fault fault = QPASI_FAULT_INIT;
	char text[200];

	if (qpasi_shm_bridge_decode(args, &bridge, &fault)) {
		(void)qpasi_fault_text(&fault, text, sizeof(text));
		return qpasi_tzsim_refuse(model, QPASI_TZSIM_FAILED, "bridge: %s", text);
	}
	/* There is no second stage of translation below a host at level 2. */
	if (model->host_level == 2 && bridge.ipa != bridge.pa)
		return qpasi_tzsim_refuse(model, QPASI_TZSIM_FAILED,
					  "a bridge at 0x%llx names 0x%llx as its own address",
					  (unsigned long long)bridge.pa,
					  (unsigned long long)bridge.ipa);
	if (qpasi_tzsim_may_guest(model, bridge.pa, bridge.length, "a bridge's memory"))
		return QPASI_TZSIM_BAD_BUFFER;
	return make_bridge(model, &bridge, result);
}

int64_t qpasi_tzsim_bridge_delete(struct qpas_tzsim *model, const uint64_t *args, uint64_t *result)
{
	struct qpasi_tzsim_bridge removed;

	(void)result;
	if (qpasi_tzsim_bridges_delete(&model->bridges, args[0], false, &removed))
		return qpasi_tzsim_refuse(model, QPASI_TZSIM_FAILED, "no bridge has handle 0x%llx",
					  (unsigned long long)args[0]);
	if (model->tz == QPAS_TZSIM_STRICT)
		qpasi_tzsim_withdrawn(model, removed.start, removed.end);
	return QPASI_TZSIM_DONE;
}

/* ---- MP_ASSIGN ---- */

struct list {
	uint8_t bytes[MOST_BYTES];
	size_t length;
};

/* Copies one of the three lists: copy first, judge the copy. */
static int64_t fetch_list(struct qpas_tzsim *model, uint64_t address, uint64_t length, size_t item,
			  struct list *list)
{
	int64_t status;

	if (!length || length > sizeof(list->bytes) || length % item)
		return qpasi_tzsim_refuse(
			model, QPASI_TZSIM_BAD_ARGUMENTS,
			"MP_ASSIGN: a list of %llu bytes does not hold items of %zu",
			(unsigned long long)length, item);
	status = qpasi_tzsim_may(model, address, length, QPAS_SHM_BRIDGE_READ,
				 "a list of MP_ASSIGN");
	if (!status && qpasi_tzsim_memory_read(&model->memory, QPASI_TZSIM_TRUSTED, address,
					       list->bytes, (size_t)length))
		status = QPASI_TZSIM_BAD_BUFFER;
	list->length = (size_t)length;
	return status;
}

/* VM ids at the start of each item, as a bitmap. */
static int64_t bitmap(struct qpas_tzsim *model, const struct list *list, size_t item, uint64_t *vms)
{
	*vms = 0;
	for (size_t at = 0; at < list->length; at += item) {
		uint32_t vm = qpasi_get_le32(list->bytes + at);

		if (vm >= MOST_VMS || *vms >> vm & 1)
			return qpasi_tzsim_refuse(model, QPASI_TZSIM_FAILED,
						  "MP_ASSIGN: VM id %u is unknown or named twice",
						  vm);
		*vms |= UINT64_C(1) << vm;
	}
	return QPASI_TZSIM_DONE;
}

/* The record of exactly this range, or NULL; false if another one meets it. */
static bool find_assigned(struct qpas_tzsim *model, uint64_t start, uint64_t end,
			  struct qpasi_tzsim_assigned **found)
{
	*found = NULL;
	for (uint32_t i = 0; i < model->assigned_count; i++) {
		struct qpasi_tzsim_assigned *at = &model->assigned[i];

		if (at->start == start && at->end == end)
			*found = at;
		else if (at->start < end && start < at->end)
			return false;
	}
	return true;
}

static int64_t check_assign(struct qpas_tzsim *model, uint64_t start, uint64_t length,
			    uint64_t source, struct qpasi_tzsim_assigned **found)
{
	const struct qpasi_tzsim_range *owner;
	uint64_t now;

	if ((start | length) % QPASI_TZSIM_PAGE ||
	    !qpasi_tzsim_memory_has(&model->memory, start, length) ||
	    !find_assigned(model, start, start + length, found))
		return qpasi_tzsim_refuse(model, QPASI_TZSIM_FAILED,
					  "MP_ASSIGN: 0x%llx + 0x%llx is not one piece of memory",
					  (unsigned long long)start, (unsigned long long)length);
	owner = qpasi_tzsim_memory_owner(&model->memory, start, length);
	if (owner && owner->owner < FIRST_OWNER)
		return qpasi_tzsim_refuse(model, QPASI_TZSIM_FAILED,
					  "MP_ASSIGN: 0x%llx belongs to PAS id %u",
					  (unsigned long long)start, owner->owner);
	now = *found ? (*found)->vms : HLOS_ALONE;
	if (source != now)
		return qpasi_tzsim_refuse(
			model, QPASI_TZSIM_FAILED,
			"MP_ASSIGN: VMs 0x%llx have the memory, the call says 0x%llx",
			(unsigned long long)now, (unsigned long long)source);
	return QPASI_TZSIM_DONE;
}

static int64_t record(struct qpas_tzsim *model, const struct qpasi_tzsim_assigned *made)
{
	bool hosts = made->vms >> QPAS_VMID_HLOS & 1;
	struct qpasi_tzsim_assigned *old = NULL;

	/* All that can fail comes first. */
	if (qpasi_tzsim_grow(&model->env, &model->assigned, &model->assigned_capacity,
			     model->assigned_count, sizeof(*made)) ||
	    (!hosts && qpasi_tzsim_memory_own(&model->memory, made->start, made->end - made->start,
					      made->owner)))
		return qpasi_tzsim_refuse(model, QPASI_TZSIM_NO_MEMORY,
					  "the trusted world has no memory");
	(void)find_assigned(model, made->start, made->end, &old);
	if (old) {
		qpasi_tzsim_memory_disown(&model->memory, old->owner);
		*old = model->assigned[--model->assigned_count];
	}
	if (made->vms != HLOS_ALONE)
		model->assigned[model->assigned_count++] = *made;
	return QPASI_TZSIM_DONE;
}

/* args: map, its size, source, its size, destination, its size, 0 */
int64_t qpasi_tzsim_assign(struct qpas_tzsim *model, const uint64_t *args, uint64_t *result)
{
	struct qpasi_tzsim_assigned made = {0, 0, 0, 0, 0};
	struct qpasi_tzsim_assigned *old = NULL;
	uint64_t source = 0, length = 0;
	struct list *list = qpasi_env_alloc(&model->env, sizeof(*list));
	int64_t status = list ? QPASI_TZSIM_DONE : QPASI_TZSIM_NO_MEMORY;

	(void)result;
	if (!status)
		status = fetch_list(model, args[2], args[3], SOURCE_BYTES, list);
	if (!status)
		status = bitmap(model, list, SOURCE_BYTES, &source);
	if (!status)
		status = fetch_list(model, args[4], args[5], DESTINATION_BYTES, list);
	if (!status)
		status = bitmap(model, list, DESTINATION_BYTES, &made.vms);
	if (!status && args[1] != MAP_BYTES)
		status = qpasi_tzsim_refuse(model, QPASI_TZSIM_BAD_ARGUMENTS,
					    "MP_ASSIGN: one range at a time is modelled");
	if (!status)
		status = fetch_list(model, args[0], args[1], MAP_BYTES, list);
	if (!status) {
		made.start = qpasi_get_le64(list->bytes);
		length = qpasi_get_le64(list->bytes + 8);
		status = check_assign(model, made.start, length, source, &old);
	}
	if (!status) {
		made.end = made.start + length;
		made.owner = FIRST_OWNER + model->next_owner++ % FIRST_OWNER;
		status = record(model, &made);
	}
	qpasi_env_free(&model->env, list);
	return status;
}
