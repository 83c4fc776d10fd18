/* SPDX-License-Identifier: BSD-3-Clause */
/* qpas/shm_bridge.h: argument checks and error objects around the pure encoder and decoder. */
#include <qpas/shm_bridge.h>

#include "base/params.h"
#include "format/shm_bridge.h"

static int null_argument(struct qpas_error *err, const char *name)
{
	return qpasi_error_set(err, QPASI_MSG_NULL_ARGUMENT, QPAS_STAGE_BRIDGE, name);
}

int qpas_shm_bridge_encode(const struct qpas_shm_bridge *bridge, uint64_t words[4],
			   struct qpas_error *err)
{
	struct qpas_shm_bridge copy = QPAS_SHM_BRIDGE_INIT;
	struct qpasi_fault fault = QPASI_FAULT_INIT;
	int rc = qpasi_error_begin(err);

	if (rc)
		return rc;
	if (!bridge || !words)
		return null_argument(err, bridge ? "words" : "bridge");
	rc = qpasi_abi_copy(&copy, bridge, sizeof(copy), sizeof(copy), err);
	if (rc)
		return rc;
	rc = qpasi_shm_bridge_encode(&copy, words, &fault);
	return rc ? qpasi_fault_report(&fault, QPAS_STAGE_BRIDGE, err) : 0;
}

int qpas_shm_bridge_decode(const uint64_t words[4], struct qpas_shm_bridge *bridge,
			   struct qpas_error *err)
{
	struct qpas_shm_bridge made = QPAS_SHM_BRIDGE_INIT;
	struct qpasi_fault fault = QPASI_FAULT_INIT;
	int rc = qpasi_error_begin(err);

	if (rc)
		return rc;
	if (!words || !bridge)
		return null_argument(err, words ? "bridge" : "words");
	rc = qpasi_abi_check(bridge, sizeof(made), sizeof(made), err);
	if (rc)
		return rc;
	rc = qpasi_shm_bridge_decode(words, &made, &fault);
	if (rc)
		return qpasi_fault_report(&fault, QPAS_STAGE_BRIDGE, err);
	qpasi_abi_give(bridge, &made, sizeof(made));
	return 0;
}
