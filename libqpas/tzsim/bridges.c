/* SPDX-License-Identifier: BSD-3-Clause */
/* Bridges in an array without order; descriptors were decoded before. */
#include "tzsim/bridges.h"

#include <string.h>

#include "tzsim/memory.h"

/* Real handles are opaque; these are easy to recognise in a log. */
#define FIRST_HANDLE UINT64_C(0x5b000000)

void qpasi_tzsim_bridges_init(struct qpasi_tzsim_bridges *bridges, const struct qpasi_env *env)
{
	memset(bridges, 0, sizeof(*bridges));
	bridges->env = env;
	bridges->next_handle = FIRST_HANDLE;
}

void qpasi_tzsim_bridges_free(struct qpasi_tzsim_bridges *bridges)
{
	qpasi_env_free(bridges->env, bridges->at);
}

const struct qpasi_tzsim_bridge *qpasi_tzsim_bridges_meet(const struct qpasi_tzsim_bridges *bridges,
							  uint64_t start, uint64_t end)
{
	for (uint32_t i = 0; i < bridges->count; i++) {
		if (bridges->at[i].start < end && start < bridges->at[i].end)
			return &bridges->at[i];
	}
	return NULL;
}

int qpasi_tzsim_bridges_create(struct qpasi_tzsim_bridges *bridges,
			       struct qpasi_tzsim_bridge *bridge, uint64_t *other)
{
	const struct qpasi_tzsim_bridge *met =
		qpasi_tzsim_bridges_meet(bridges, bridge->start, bridge->end);
	int code;

	if (met) {
		*other = met->start;
		return QPAS_ERR_OVERLAP;
	}
	code = qpasi_tzsim_grow(bridges->env, &bridges->at, &bridges->capacity, bridges->count,
				sizeof(*bridge));
	if (code)
		return code;
	bridge->handle = bridges->next_handle++;
	bridges->at[bridges->count++] = *bridge;
	return 0;
}

/* Host and hypervisor do not see each other's bridges. */
int qpasi_tzsim_bridges_delete(struct qpasi_tzsim_bridges *bridges, uint64_t handle,
			       bool hypervisor, struct qpasi_tzsim_bridge *removed)
{
	for (uint32_t i = 0; i < bridges->count; i++) {
		if (bridges->at[i].handle != handle || bridges->at[i].hypervisor != hypervisor)
			continue;
		*removed = bridges->at[i];
		bridges->at[i] = bridges->at[--bridges->count];
		return 0;
	}
	return QPAS_ERR_NOTFOUND;
}

bool qpasi_tzsim_bridges_cover(const struct qpasi_tzsim_bridges *bridges, uint64_t start,
			       uint64_t end, uint32_t permissions, uint64_t *missing)
{
	while (start < end) {
		const struct qpasi_tzsim_bridge *bridge =
			qpasi_tzsim_bridges_meet(bridges, start, start + 1);

		if (!bridge || (bridge->permissions & permissions) != permissions) {
			*missing = start;
			return false;
		}
		start = bridge->end;
	}
	return true;
}
