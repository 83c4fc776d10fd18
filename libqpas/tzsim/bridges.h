/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The trusted world's list of SHM bridges: what it may read and write of the host's memory.
 */
#ifndef QPASI_TZSIM_BRIDGES_H
#define QPASI_TZSIM_BRIDGES_H

#include <stdbool.h>
#include <stdint.h>

#include <qpas/shm_bridge.h>

#include "base/params.h"

struct qpasi_tzsim_bridge {
	uint64_t handle;
	uint64_t start;
	uint64_t end;
	/* What the trusted world may do. */
	uint32_t permissions;
	/* Made by the hypervisor below the host: the host cannot delete it. */
	bool hypervisor;
};

struct qpasi_tzsim_bridges {
	const struct qpasi_env *env;
	struct qpasi_tzsim_bridge *at;
	uint32_t count;
	uint32_t capacity;
	uint64_t next_handle;
};

void qpasi_tzsim_bridges_init(struct qpasi_tzsim_bridges *bridges, const struct qpasi_env *env);
void qpasi_tzsim_bridges_free(struct qpasi_tzsim_bridges *bridges);

/* OVERLAP: some of it lies in a bridge, which *other then is. No handle is ever given twice. */
int qpasi_tzsim_bridges_create(struct qpasi_tzsim_bridges *bridges,
			       struct qpasi_tzsim_bridge *bridge, uint64_t *other);
/* NOTFOUND: nobody of that side has this handle. *removed is what it was. */
int qpasi_tzsim_bridges_delete(struct qpasi_tzsim_bridges *bridges, uint64_t handle,
			       bool hypervisor, struct qpasi_tzsim_bridge *removed);
/* The bridge that lies on some of a range, or NULL. */
const struct qpasi_tzsim_bridge *qpasi_tzsim_bridges_meet(const struct qpasi_tzsim_bridges *bridges,
							  uint64_t start, uint64_t end);
/*
 * Whether bridges with these QPAS_SHM_BRIDGE_* permissions cover every byte; *missing is the first
 * one that they do not.
 */
bool qpasi_tzsim_bridges_cover(const struct qpasi_tzsim_bridges *bridges, uint64_t start,
			       uint64_t end, uint32_t permissions, uint64_t *missing);

#endif
