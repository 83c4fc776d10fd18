/* SPDX-License-Identifier: BSD-3-Clause */
/* Bridges that exist, in an array without order: there are a handful at a time. */
#include "format/bridge_ledger.h"

#include "base/ckd.h"

static uint32_t find(const struct qpasi_bridge_ledger *ledger, uint64_t handle)
{
	uint32_t i = 0;

	while (i < ledger->count && ledger->entries[i].handle != handle)
		i++;
	return i;
}

int qpasi_bridge_ledger_admit(const struct qpasi_bridge_ledger *ledger, uint64_t pa,
			      uint64_t length, struct qpasi_fault *fault)
{
	uint64_t end;

	if (length == 0)
		return qpasi_fault_set(fault, QPASI_MSG_BRIDGE_EMPTY, QPAS_NO_SEGMENT, 0, 0);
	if (ckd_add(&end, pa, length))
		return qpasi_fault_set(fault, QPASI_MSG_BRIDGE_WRAP, QPAS_NO_SEGMENT, pa, length);
	for (uint32_t i = 0; i < ledger->count; i++) {
		const struct qpasi_bridge_entry *other = &ledger->entries[i];

		/* Entries were admitted, so their ends do not wrap. */
		if (pa < other->pa + other->length && other->pa < end)
			return qpasi_fault_set(fault, QPASI_MSG_BRIDGE_OVERLAP, QPAS_NO_SEGMENT, pa,
					       other->pa);
	}
	if (ledger->count >= ledger->capacity)
		return qpasi_fault_set(fault, QPASI_MSG_BRIDGE_TOO_MANY, QPAS_NO_SEGMENT,
				       ledger->capacity, 0);
	return 0;
}

int qpasi_bridge_ledger_add(struct qpasi_bridge_ledger *ledger,
			    const struct qpasi_bridge_entry *bridge, struct qpasi_fault *fault)
{
	int rc = qpasi_bridge_ledger_admit(ledger, bridge->pa, bridge->length, fault);

	if (rc)
		return rc;
	if (bridge->handle == 0 || find(ledger, bridge->handle) < ledger->count)
		return qpasi_fault_set(fault, QPASI_MSG_BRIDGE_HANDLE, QPAS_NO_SEGMENT,
				       bridge->handle, 0);
	ledger->entries[ledger->count++] = *bridge;
	return 0;
}

int qpasi_bridge_ledger_remove(struct qpasi_bridge_ledger *ledger, uint64_t handle,
			       struct qpasi_bridge_entry *removed, struct qpasi_fault *fault)
{
	uint32_t at = find(ledger, handle);

	if (handle == 0 || at == ledger->count)
		return qpasi_fault_set(fault, QPASI_MSG_BRIDGE_HANDLE, QPAS_NO_SEGMENT, handle, 0);
	*removed = ledger->entries[at];
	ledger->entries[at] = ledger->entries[--ledger->count];
	return 0;
}
