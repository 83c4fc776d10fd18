/* SPDX-License-Identifier: BSD-3-Clause */
/* SHM-bridge descriptors, the freestanding half of qpas/shm_bridge.h. */
#ifndef QPASI_FORMAT_SHM_BRIDGE_H
#define QPASI_FORMAT_SHM_BRIDGE_H

#include <qpas/shm_bridge.h>

#include "base/fault.h"

int qpasi_shm_bridge_encode(const struct qpas_shm_bridge *bridge, uint64_t words[4],
			    struct qpasi_fault *fault);
/* `bridge->size` is left alone; all other members are written. */
int qpasi_shm_bridge_decode(const uint64_t words[4], struct qpas_shm_bridge *bridge,
			    struct qpasi_fault *fault);

/* The bridge that Linux 7.2 makes: one VM (HLOS), read and write on both sides, identity. */
void qpasi_shm_bridge_hlos(struct qpas_shm_bridge *bridge, uint64_t pa, uint64_t length);
/* The same memory in the self-owner form: who asks is the one VM, with its permissions. */
void qpasi_shm_bridge_own(struct qpas_shm_bridge *bridge);

#endif
