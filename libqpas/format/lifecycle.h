/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The PAS life cycle and the order of steps, as data. core runs them on a host, EL2 programs run
 * the same tables; docs/lifecycle.md is checked against them.
 */
#ifndef QPASI_FORMAT_LIFECYCLE_H
#define QPASI_FORMAT_LIFECYCLE_H

#include <stdbool.h>
#include <stdint.h>

#include <qpas/context.h>

/* Calls of the life-cycle table. */
enum qpasi_call {
	QPASI_CALL_RSC_TABLE,
	QPASI_CALL_INIT_IMAGE,
	QPASI_CALL_MEM_SETUP,
	QPASI_CALL_LOAD,
	QPASI_CALL_AUTH_RESET,
	QPASI_CALL_SHUTDOWN,
	QPASI_CALL_RELEASE,
	QPASI_CALL_ATTACH,
	QPASI_CALL_SET_REMOTE_STATE,
	QPASI_CALL_PROTECT_VIDEO,
	QPASI_CALL_REGION_READ,
	QPASI_CALL_COUNT
};

enum qpasi_outcome {
	QPASI_OUTCOME_OK, /* confirmed */
	QPASI_OUTCOME_REFUSED, /* definitely not done */
	QPASI_OUTCOME_UNKNOWN, /* lost reply */
	QPASI_OUTCOME_COUNT
};

/* What must hold for mem_setup and load beyond the state. */
struct qpasi_lifecycle_facts {
	bool mem_setup_due; /* relocatable plan, or the backend asks for it always */
};

/* Whether a call is allowed; a call that is not gets QPAS_ERR_STATE and reaches no backend. */
bool qpasi_lifecycle_allows(uint32_t state, enum qpasi_call call,
			    const struct qpasi_lifecycle_facts *facts);
/* The state behind an allowed call. */
uint32_t qpasi_lifecycle_next(uint32_t state, enum qpasi_call call, enum qpasi_outcome outcome);

const char *qpasi_call_name(enum qpasi_call call);

/* Steps of a start. Names are those of the backend slots (`boot` JSON and logs show them). */
enum qpasi_step {
	QPASI_STEP_LITE_SHUTDOWN, /* lite processors of the boot loader */
	QPASI_STEP_RSC_TABLE,
	QPASI_STEP_ASSIGN, /* regions that are lent while it runs */
	QPASI_STEP_COMPANION, /* the *_dtb image, authenticated in a context of its own */
	QPASI_STEP_METADATA_BRIDGE, /* shared buffer, bridged, holding the metadata */
	QPASI_STEP_INIT_IMAGE,
	QPASI_STEP_MEM_SETUP,
	QPASI_STEP_LOAD, /* zero, then segments */
	QPASI_STEP_IOMMU, /* carveout and devmem entries */
	QPASI_STEP_BRIDGE_CREATE, /* over the carveout */
	QPASI_STEP_AUTH_RESET,
	QPASI_STEP_BRIDGE_DELETE,
	QPASI_STEP_PROTECT_VIDEO,
	QPASI_STEP_READY,
	QPASI_STEP_METADATA_RELEASE,
	QPASI_STEP_COUNT
};

/* Conditions of a step: all that are set must hold. */
#define QPASI_WHEN_EL2	     (1u << 0) /* the EL2 path is taken */
#define QPASI_WHEN_MEM_SETUP (1u << 1) /* mem_setup is due */
#define QPASI_WHEN_READY     (1u << 2) /* the kind has a ready signal and the backend can wait */
#define QPASI_WHEN_COMPANION (1u << 3)
#define QPASI_WHEN_LITE	     (1u << 4)
#define QPASI_WHEN_MAIN	     (1u << 5) /* not for a companion image */
#define QPASI_WHEN_STREAMS   (1u << 6)
#define QPASI_WHEN_ASSIGN    (1u << 7) /* the peripheral has regions to lend */
#define QPASI_WHEN_RANGES    (1u << 8) /* a video core with ranges to protect */

struct qpasi_step_rule {
	enum qpasi_step step;
	uint32_t when;
};

/* The one sequence; *count is its length. */
const struct qpasi_step_rule *qpasi_sequence(uint32_t *count);
const char *qpasi_step_name(enum qpasi_step step);

#endif
