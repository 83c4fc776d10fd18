/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Regions that are lent to another VM while a peripheral runs: MP_ASSIGN there and back. VMs are
 * named in 64-bit maps throughout: ids above 31 exist.
 */
#include <inttypes.h>

#include "core/clock.h"
#include "core/context.h"

#define HOST	     (UINT64_C(1) << QPAS_VMID_HLOS)
#define READ_WRITE   (QPAS_SHM_BRIDGE_READ | QPAS_SHM_BRIDGE_WRITE)
#define MOST_VM_IDS  64u
#define NO_ASSIGN_OF "memory for another VM"

static const char *why_not(const struct qpas_peripheral *peripheral, uint32_t i)
{
	const struct qpas_assign *wanted = &peripheral->assigns[i];
	uint32_t images = peripheral->dtb_pas_id == QPAS_NO_PAS_ID ? 1 : 2;
	struct qpas_backend_region region;

	if (i >= QPASI_ASSIGNS_MAX)
		return "there are too many";
	if (wanted->vmid >= MOST_VM_IDS || wanted->vmid == QPAS_VMID_HLOS)
		return "there is no such VM";
	if (wanted->region_index < images)
		return "an image goes there";
	if (qpasi_region_of(peripheral, wanted->region_index, &region, NULL))
		return "it has no address, or not whole pages";
	return NULL;
}

int qpasi_assign_check(const struct qpas_context *context, struct qpas_error *err)
{
	const struct qpas_peripheral *peripheral = &context->peripheral;
	struct qpasi_fault fault = QPASI_FAULT_INIT;

	if (peripheral->assign_count && !context->backend->desc.assign) {
		fault.message = QPASI_MSG_SLOT_MISSING;
		fault.s = context->backend->desc.name;
		fault.t = NO_ASSIGN_OF;
		return qpasi_fault_report(&fault, QPAS_STAGE_ASSIGN, err);
	}
	for (uint32_t i = 0; i < peripheral->assign_count; i++) {
		fault.t = why_not(peripheral, i);
		if (!fault.t)
			continue;
		fault.message = QPASI_MSG_ASSIGN_BAD;
		fault.s = peripheral->name;
		fault.a = peripheral->assigns[i].region_index;
		fault.b = peripheral->assigns[i].vmid;
		return qpasi_fault_report(&fault, QPAS_STAGE_ASSIGN, err);
	}
	return 0;
}

/* An answer that names other VMs than those that were asked for proves nothing. */
static int call(struct qpas_context *context, struct qpas_backend_assign *assign, uint32_t i,
		struct qpas_error *err)
{
	struct qpasi_link link = qpasi_context_link(context, QPAS_STAGE_ASSIGN, err);
	struct qpas_backend_region region = {0, 0, 0, 0};
	struct qpasi_fault fault = QPASI_FAULT_INIT;
	uint64_t wanted = 0, got = 0;
	int code = qpasi_region_of(&context->peripheral,
				   context->peripheral.assigns[i].region_index, &region, err);

	if (code)
		return code;
	assign->address = region.address;
	assign->length = region.size;
	for (uint32_t at = 0; at < assign->destination_count; at++)
		wanted |= UINT64_C(1) << assign->destinations[at].vmid;
	code = qpasi_slot_assign(&link, assign, &got);
	if (code || got == wanted)
		return code;
	fault.message = QPASI_MSG_BACKEND_RESULT;
	fault.s = context->backend->desc.name;
	fault.t = "assign";
	fault.tz_status = (int64_t)got;
	return qpasi_fault_report(&fault, QPAS_STAGE_ASSIGN, err);
}

/* A lost reply leaves the memory perhaps with the other VM: the context is then UNKNOWN. */
static int lend(struct qpas_context *context, uint32_t i, struct qpas_error *err)
{
	const struct qpas_assign *wanted = &context->peripheral.assigns[i];
	const struct qpas_shm_bridge_vm vms[2] = {{wanted->vmid, READ_WRITE},
						  {QPAS_VMID_HLOS, READ_WRITE}};
	struct qpas_backend_assign assign = {0, 0, HOST, vms, wanted->shared ? 2 : 1, 0};
	int code = call(context, &assign, i, err);
	bool lost = code && qpasi_slot_outcome(code) == QPASI_OUTCOME_UNKNOWN;

	if (code && !lost)
		return code;
	context->lent[i] = UINT64_C(1) << wanted->vmid | (wanted->shared ? HOST : 0);
	if (!lost)
		return 0;
	context->lent_doubts |= UINT32_C(1) << i;
	context->state = QPAS_STATE_UNKNOWN;
	return qpasi_context_unknown(context, code, QPAS_STAGE_ASSIGN, err);
}

int qpasi_step_assign(struct qpas_context *context, struct qpas_error *err)
{
	uint32_t count = context->peripheral.assign_count;
	int code = 0;

	for (uint32_t i = 0; !code && i < count; i++)
		code = lend(context, i, err);
	qpasi_detail(context, "%" PRIu32 " region%s lent to VM %" PRIu32, count,
		     count == 1 ? "" : "s", context->peripheral.assigns[0].vmid);
	return code;
}

/*
 * Where it is not known who has a region, a refusal may mean that the host has it. It then can give
 * it to itself, and only then, because the call names the VMs that have it.
 */
static int take_back(struct qpas_context *context, uint32_t i, struct qpas_error *err)
{
	static const struct qpas_shm_bridge_vm host = {QPAS_VMID_HLOS, READ_WRITE};
	struct qpas_backend_assign assign = {0, 0, context->lent[i], &host, 1, 0};
	uint32_t doubt = UINT32_C(1) << i;
	int code = call(context, &assign, i, err);

	if (code && !qpasi_slot_not_tried(code) && (context->lent_doubts & doubt) &&
	    qpasi_slot_outcome(code) == QPASI_OUTCOME_REFUSED) {
		assign.source_vms = HOST;
		code = call(context, &assign, i, NULL) ? code : 0;
	}
	if (!code) {
		context->lent[i] = 0;
		context->lent_doubts &= ~doubt;
	} else if (qpasi_slot_outcome(code) == QPASI_OUTCOME_UNKNOWN) {
		context->lent_doubts |= doubt;
		context->state = QPAS_STATE_UNKNOWN;
		code = qpasi_context_unknown(context, code, QPAS_STAGE_ASSIGN, err);
	}
	return code;
}

int qpasi_assign_back(struct qpas_context *context, bool undo, struct qpas_error *err)
{
	int64_t begun = qpasi_now();
	uint32_t count = 0;
	int first = 0;

	for (uint32_t i = QPASI_ASSIGNS_MAX; i-- > 0;) {
		int code;

		if (!context->lent[i])
			continue;
		count++;
		code = take_back(context, i, first ? NULL : err);
		if (code && !first)
			first = code;
	}
	qpasi_detail(context, "%" PRIu32 " region%s taken back", count, count == 1 ? "" : "s");
	if (undo && count)
		qpasi_report(context, "assign", first, begun, true);
	return first;
}
