/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Which bridges exist: bookkeeping for whoever creates and deletes them, so that two never overlap
 * and none is deleted twice. Memory is the caller's; no call is issued here.
 */
#ifndef QPASI_FORMAT_BRIDGE_LEDGER_H
#define QPASI_FORMAT_BRIDGE_LEDGER_H

#include <stdint.h>

#include "base/fault.h"

struct qpasi_bridge_entry {
	uint64_t pa;
	uint64_t length;
	uint64_t handle;
};

struct qpasi_bridge_ledger {
	struct qpasi_bridge_entry *entries;
	uint32_t capacity;
	uint32_t count;
};

/*
 * Whether a bridge over this range may be created now: OVERLAP if it touches one that exists, LIMIT
 * if no place is left, OVERFLOW if the range wraps, FORMAT if it is empty. Asked before the call.
 */
int qpasi_bridge_ledger_admit(const struct qpasi_bridge_ledger *ledger, uint64_t pa,
			      uint64_t length, struct qpasi_fault *fault);

/*
 * Enters a bridge that was created. The checks of admit are made once more; STATE for a handle that
 * is 0 or in use.
 */
int qpasi_bridge_ledger_add(struct qpasi_bridge_ledger *ledger,
			    const struct qpasi_bridge_entry *bridge, struct qpasi_fault *fault);

/*
 * Strikes a bridge out, before the call that deletes it: STATE for a handle that is 0, unknown or
 * already struck out, in which case no call is to be made.
 */
int qpasi_bridge_ledger_remove(struct qpasi_bridge_ledger *ledger, uint64_t handle,
			       struct qpasi_bridge_entry *removed, struct qpasi_fault *fault);

#endif
