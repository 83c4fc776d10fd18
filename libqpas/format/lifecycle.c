/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The life-cycle table and the order of steps. docs/lifecycle.md shows both; a test compares them
 * cell by cell.
 */
#include "format/lifecycle.h"

#include <stddef.h>

enum need { ALWAYS, IF_DUE, IF_NOT_DUE };

struct rule {
	uint8_t state;
	uint8_t call;
	uint8_t need;
	uint8_t next[QPASI_OUTCOME_COUNT];
};

/* From, call, condition, then the state after a confirmed call, a refused one, a lost reply. */
#define RULE(from, call, need, confirmed, refused, lost)                                \
	{                                                                               \
		QPAS_STATE_##from, QPASI_CALL_##call, need,                             \
		{                                                                       \
			QPAS_STATE_##confirmed, QPAS_STATE_##refused, QPAS_STATE_##lost \
		}                                                                       \
	}

/*
 * What is not listed is not allowed. A lost reply to INIT_IMAGE or MEM_SETUP leads to UNKNOWN as
 * well: the trusted world may still read the metadata buffer. Loading is the host's own doing, so
 * a failure of it leaves the state; so do calls that change nothing in the trusted world.
 */
static const struct rule rules[] = {
	RULE(NEW, RSC_TABLE, ALWAYS, NEW, NEW, NEW),
	RULE(NEW, INIT_IMAGE, ALWAYS, META, NEW, UNKNOWN),
	RULE(NEW, RELEASE, ALWAYS, NEW, NEW, NEW),
	RULE(NEW, ATTACH, ALWAYS, RUNNING, NEW, NEW),

	RULE(META, RSC_TABLE, ALWAYS, META, META, META),
	RULE(META, MEM_SETUP, IF_DUE, MEM, META, UNKNOWN),
	RULE(META, LOAD, IF_NOT_DUE, LOADED, META, META),
	RULE(META, RELEASE, ALWAYS, NEW, NEW, NEW),

	RULE(MEM, RSC_TABLE, ALWAYS, MEM, MEM, MEM),
	RULE(MEM, LOAD, ALWAYS, LOADED, MEM, MEM),
	RULE(MEM, RELEASE, ALWAYS, NEW, NEW, NEW),

	RULE(LOADED, RSC_TABLE, ALWAYS, LOADED, LOADED, LOADED),
	RULE(LOADED, AUTH_RESET, ALWAYS, RUNNING, FAILED, UNKNOWN),
	RULE(LOADED, RELEASE, ALWAYS, NEW, NEW, NEW),

	RULE(RUNNING, SHUTDOWN, ALWAYS, STOPPED, RUNNING, UNKNOWN),
	RULE(RUNNING, RELEASE, ALWAYS, RUNNING, RUNNING, RUNNING),
	RULE(RUNNING, SET_REMOTE_STATE, ALWAYS, RUNNING, RUNNING, RUNNING),
	RULE(RUNNING, PROTECT_VIDEO, ALWAYS, RUNNING, RUNNING, RUNNING),

	RULE(FAILED, SHUTDOWN, ALWAYS, STOPPED, FAILED, UNKNOWN),
	RULE(FAILED, RELEASE, ALWAYS, NEW, NEW, NEW),

	RULE(STOPPED, RSC_TABLE, ALWAYS, STOPPED, STOPPED, STOPPED),
	RULE(STOPPED, INIT_IMAGE, ALWAYS, META, STOPPED, UNKNOWN),
	RULE(STOPPED, SHUTDOWN, ALWAYS, STOPPED, STOPPED, STOPPED),
	RULE(STOPPED, RELEASE, ALWAYS, NEW, NEW, NEW),
	RULE(STOPPED, REGION_READ, ALWAYS, STOPPED, STOPPED, STOPPED),

	RULE(CRASHED, SHUTDOWN, ALWAYS, STOPPED, CRASHED, UNKNOWN),

	RULE(UNKNOWN, SHUTDOWN, ALWAYS, STOPPED, UNKNOWN, UNKNOWN),
};

static const struct rule *find_rule(uint32_t state, enum qpasi_call call)
{
	for (size_t i = 0; i < sizeof(rules) / sizeof(rules[0]); i++) {
		if (rules[i].state == state && rules[i].call == (uint32_t)call)
			return &rules[i];
	}
	return NULL;
}

bool qpasi_lifecycle_allows(uint32_t state, enum qpasi_call call,
			    const struct qpasi_lifecycle_facts *facts)
{
	const struct rule *rule = find_rule(state, call);

	if (!rule)
		return false;
	if (rule->need == ALWAYS)
		return true;
	return facts && facts->mem_setup_due == (rule->need == IF_DUE);
}

uint32_t qpasi_lifecycle_next(uint32_t state, enum qpasi_call call, enum qpasi_outcome outcome)
{
	const struct rule *rule = find_rule(state, call);

	if (!rule || (uint32_t)outcome >= QPASI_OUTCOME_COUNT)
		return state;
	return rule->next[outcome];
}

const char *qpasi_call_name(enum qpasi_call call)
{
	static const char *const names[QPASI_CALL_COUNT] = {
		[QPASI_CALL_RSC_TABLE] = "rsc_table",
		[QPASI_CALL_INIT_IMAGE] = "init_image",
		[QPASI_CALL_MEM_SETUP] = "mem_setup",
		[QPASI_CALL_LOAD] = "load",
		[QPASI_CALL_AUTH_RESET] = "auth_reset",
		[QPASI_CALL_SHUTDOWN] = "shutdown",
		[QPASI_CALL_RELEASE] = "release",
		[QPASI_CALL_ATTACH] = "attach",
		[QPASI_CALL_SET_REMOTE_STATE] = "set_remote_state",
		[QPASI_CALL_PROTECT_VIDEO] = "protect_video",
		[QPASI_CALL_REGION_READ] = "region_read",
	};

	return (uint32_t)call < QPASI_CALL_COUNT ? names[call] : "?";
}

/*
 * The main image's table is fetched before anything is started, and only where there is an IOMMU to
 * map its entries in. Regions are lent before the first image is handed over, as the kernel's driver
 * does. A companion runs the rules without MAIN between INIT_IMAGE and bridge delete, in a context of
 * its own; its metadata are released together with those of the main image.
 */
static const struct qpasi_step_rule sequence[] = {
	{QPASI_STEP_RSC_TABLE, QPASI_WHEN_EL2 | QPASI_WHEN_MAIN | QPASI_WHEN_STREAMS},
	{QPASI_STEP_LITE_SHUTDOWN, QPASI_WHEN_LITE | QPASI_WHEN_MAIN},
	{QPASI_STEP_ASSIGN, QPASI_WHEN_ASSIGN | QPASI_WHEN_MAIN},
	{QPASI_STEP_COMPANION, QPASI_WHEN_COMPANION | QPASI_WHEN_MAIN},
	{QPASI_STEP_METADATA_BRIDGE, QPASI_WHEN_EL2},
	{QPASI_STEP_INIT_IMAGE, 0},
	{QPASI_STEP_MEM_SETUP, QPASI_WHEN_MEM_SETUP},
	{QPASI_STEP_LOAD, 0},
	{QPASI_STEP_IOMMU, QPASI_WHEN_EL2 | QPASI_WHEN_STREAMS},
	{QPASI_STEP_BRIDGE_CREATE, QPASI_WHEN_EL2},
	{QPASI_STEP_AUTH_RESET, 0},
	{QPASI_STEP_BRIDGE_DELETE, QPASI_WHEN_EL2},
	{QPASI_STEP_PROTECT_VIDEO, QPASI_WHEN_RANGES | QPASI_WHEN_MAIN},
	{QPASI_STEP_READY, QPASI_WHEN_READY | QPASI_WHEN_MAIN},
	{QPASI_STEP_METADATA_RELEASE, QPASI_WHEN_MAIN},
};

const struct qpasi_step_rule *qpasi_sequence(uint32_t *count)
{
	*count = sizeof(sequence) / sizeof(sequence[0]);
	return sequence;
}

const char *qpasi_step_name(enum qpasi_step step)
{
	static const char *const names[QPASI_STEP_COUNT] = {
		[QPASI_STEP_LITE_SHUTDOWN] = "shutdown",
		[QPASI_STEP_RSC_TABLE] = "rsc_table",
		[QPASI_STEP_ASSIGN] = "assign",
		[QPASI_STEP_COMPANION] = "companion",
		[QPASI_STEP_METADATA_BRIDGE] = "shared_alloc",
		[QPASI_STEP_INIT_IMAGE] = "metadata_begin",
		[QPASI_STEP_MEM_SETUP] = "mem_setup",
		[QPASI_STEP_LOAD] = "load",
		[QPASI_STEP_IOMMU] = "iommu_apply",
		[QPASI_STEP_BRIDGE_CREATE] = "bridge_create",
		[QPASI_STEP_AUTH_RESET] = "auth_reset",
		[QPASI_STEP_BRIDGE_DELETE] = "bridge_delete",
		[QPASI_STEP_PROTECT_VIDEO] = "protect_video",
		[QPASI_STEP_READY] = "ready",
		[QPASI_STEP_METADATA_RELEASE] = "metadata_release",
	};

	return (uint32_t)step < QPASI_STEP_COUNT ? names[step] : "?";
}
