/* SPDX-License-Identifier: BSD-3-Clause */
/* The fault proxy's configuration, its decision to fail, and its descriptor. */
#include <stdlib.h>
#include <string.h>

#include "backend/record/fault_backend.h"
#include "backend/record/fault_internal.h"
#include "base/fault.h"

struct class_name {
	const char *name;
	int code;
};

static const struct class_name class_names[] = {
	{"arg", QPAS_ERR_ARG},
	{"state", QPAS_ERR_STATE},
	{"busy", QPAS_ERR_BUSY},
	{"timeout", QPAS_ERR_TIMEOUT},
	{"canceled", QPAS_ERR_CANCELED},
	{"unknown", QPAS_ERR_UNKNOWN},
	{"nomem", QPAS_ERR_NOMEM},
	{"limit", QPAS_ERR_LIMIT},
	{"space", QPAS_ERR_SPACE},
	{"io", QPAS_ERR_IO},
	{"notfound", QPAS_ERR_NOTFOUND},
	{"changed", QPAS_ERR_CHANGED},
	{"policy", QPAS_ERR_POLICY},
	{"format", QPAS_ERR_FORMAT},
	{"trunc", QPAS_ERR_TRUNC},
	{"range", QPAS_ERR_RANGE},
	{"overflow", QPAS_ERR_OVERFLOW},
	{"overlap", QPAS_ERR_OVERLAP},
	{"unsupp", QPAS_ERR_UNSUPP},
	{"mismatch", QPAS_ERR_MISMATCH},
	{"crypto", QPAS_ERR_CRYPTO},
	{"backend", QPAS_ERR_BACKEND},
	{"tz", QPAS_ERR_TZ},
	{"auth", QPAS_ERR_AUTH},
	{"abi", QPAS_ERR_ABI},
};

static const char *const slot_names[] = {
	"boot",		 "supported",	 "metadata_begin", "mem_setup",	       "region_write",
	"region_zero",	 "region_read",	 "rsc_table",	   "shared_alloc",     "bridge_create",
	"bridge_delete", "iommu_apply",	 "iommu_clear",	   "auth_reset",       "shutdown",
	"attach",	 "detach",	 "wait_event",	   "set_remote_state", "protect_video",
	"assign",	 "direct_start", "direct_stop",	   "status",	       "coredump_read",
	"set_option",	 "adopt_fd",
};

static const char *const keys[] = {"slot", "nth", "err", "child", NULL};

static bool find_class(const char *text, int *code)
{
	char *end;
	long number;

	for (size_t i = 0; i < sizeof(class_names) / sizeof(class_names[0]); i++) {
		if (!strcmp(class_names[i].name, text)) {
			*code = class_names[i].code;
			return true;
		}
	}
	/* Any other number too: what a backend must never answer is tested with it. */
	number = strtol(text, &end, 10);
	*code = (int)number;
	return *text && !*end && number == (long)*code && number != 0;
}

/* Only slots that can fail: the others have nothing to answer with. */
static bool find_slot(struct qpasi_fault_proxy *proxy, const char *name)
{
	for (size_t i = 0; i < sizeof(slot_names) / sizeof(slot_names[0]); i++) {
		if (!strcmp(slot_names[i], name)) {
			memcpy(proxy->slot, name, strlen(name) + 1);
			return true;
		}
	}
	return !strcmp(name, "any");
}

/* Counted from 1, as people count. */
static bool find_nth(struct qpasi_fault_proxy *proxy, const char *text)
{
	char *end;
	unsigned long number;

	if (!strcmp(text, "all")) {
		proxy->nth = 0;
		return true;
	}
	if (*text < '1' || *text > '9')
		return false;
	number = strtoul(text, &end, 10);
	proxy->nth = (uint32_t)number;
	return !*end && number <= UINT32_MAX;
}

static int refuse(const struct qpas_backend_key *key, const char *allowed, struct qpas_error *err)
{
	struct qpasi_fault fault = QPASI_FAULT_INIT;

	fault.message = QPASI_MSG_URI_VALUE;
	fault.s = key->key;
	fault.t = allowed;
	return qpasi_fault_report(&fault, QPAS_STAGE_OPEN, err);
}

static int read_key(struct qpasi_fault_proxy *proxy, const struct qpas_backend_key *key,
		    struct qpas_error *err)
{
	if (!strcmp(key->key, "slot") && !find_slot(proxy, key->value))
		return refuse(key, "the name of a slot that can fail, or any", err);
	if (!strcmp(key->key, "nth") && !find_nth(proxy, key->value))
		return refuse(key, "a number from 1, or all", err);
	if (!strcmp(key->key, "err") && !find_class(key->value, &proxy->code))
		return refuse(key, "an error class such as tz or unknown, or a number", err);
	return 0;
}

static int fault_probe(struct qpas_error *err)
{
	(void)err;
	return 0;
}

static int fault_open(void *priv, const struct qpas_backend_open_args *args, struct qpas_error *err)
{
	static const struct qpas_backend_key no_child = {"child", ""};
	struct qpasi_fault_proxy *proxy = priv;
	int code = 0;

	if (!args->child)
		return refuse(&no_child, "fault: needs child=URI, as its last key", err);
	proxy->child = args->child;
	proxy->child_private = args->child_private;
	proxy->nth = 1;
	proxy->code = QPAS_ERR_TZ;
	for (uint32_t i = 0; !code && i < args->key_count; i++)
		code = read_key(proxy, &args->keys[i], err);
	return code;
}

static void fault_close(void *priv)
{
	/* The child is closed by whoever opened it. */
	(void)priv;
}

static int make_error(const struct qpasi_fault_proxy *proxy, const char *slot,
		      struct qpas_error *err)
{
	struct qpasi_fault fault = QPASI_FAULT_INIT;

	fault.message = QPASI_MSG_TZ_REFUSED;
	fault.s = slot;
	fault.t = "a fault that was asked for";
	fault.tz_status = proxy->code;
	(void)qpasi_fault_report(&fault, QPAS_STAGE_NONE, err);
	err->code = proxy->code;
	return proxy->code;
}

/*
 * One call is counted once, whether it fails or not. A lost reply is the one failure that happens
 * after the work: only then does a test see what a client does about memory that is perhaps gone.
 */
bool qpasi_fault_before(struct qpasi_fault_proxy *proxy, const char *slot, int *code,
			struct qpas_error *err)
{
	proxy->losing = false;
	if (proxy->slot[0] && strcmp(proxy->slot, slot) != 0)
		return false;
	proxy->seen++;
	if (proxy->nth && proxy->seen != proxy->nth)
		return false;
	proxy->losing = proxy->code == QPAS_ERR_UNKNOWN;
	if (proxy->losing)
		return false;
	*code = make_error(proxy, slot, err);
	return true;
}

int qpasi_fault_after(struct qpasi_fault_proxy *proxy, int code, struct qpas_error *err)
{
	if (!proxy->losing)
		return code;
	proxy->losing = false;
	return qpasi_error_set(err, QPASI_MSG_TZ_LOST, QPAS_STAGE_NONE, "the call");
}

const struct qpas_backend_desc qpasi_fault_descriptor = {
	.size = sizeof(struct qpas_backend_desc),
	.abi = QPAS_BACKEND_ABI,
	.name = "fault",
	.summary = "makes one call of another backend fail, for tests",
	.config_help = "slot=NAME|any  slot that fails\n"
		       "nth=N|all      which of its calls, from 1\n"
		       "err=CLASS      what it answers: tz, auth, busy, unknown ...\n"
		       "child=URI      the backend behind it, last",
	.keys = keys,
	.caps = QPAS_CAP_STEPS | QPAS_CAP_FUSED | QPAS_CAP_NEEDS_BRIDGE | QPAS_CAP_COPIES_METADATA |
		QPAS_CAP_RSC_TABLE | QPAS_CAP_IOMMU | QPAS_CAP_MEM_SETUP_ALWAYS | QPAS_CAP_EVENTS |
		QPAS_CAP_MAY_BLOCK | QPAS_CAP_SIMULATOR,
	.private_size = sizeof(struct qpasi_fault_proxy),
	.probe = fault_probe,
	.open = fault_open,
	.close = fault_close,
	.capabilities = qpasi_fault_capabilities,
	.enumerate = qpasi_fault_enumerate,
	.metadata_release = qpasi_fault_metadata_release,
	.shared_free = qpasi_fault_shared_free,
	.event_fd = qpasi_fault_event_fd,
	.cancel = qpasi_fault_cancel,
	.set_deadline = qpasi_fault_set_deadline,
	.boot = qpasi_fault_boot,
	.supported = qpasi_fault_supported,
	.metadata_begin = qpasi_fault_metadata_begin,
	.mem_setup = qpasi_fault_mem_setup,
	.region_write = qpasi_fault_region_write,
	.region_zero = qpasi_fault_region_zero,
	.region_read = qpasi_fault_region_read,
	.rsc_table = qpasi_fault_rsc_table,
	.shared_alloc = qpasi_fault_shared_alloc,
	.bridge_create = qpasi_fault_bridge_create,
	.bridge_delete = qpasi_fault_bridge_delete,
	.iommu_apply = qpasi_fault_iommu_apply,
	.iommu_clear = qpasi_fault_iommu_clear,
	.auth_reset = qpasi_fault_auth_reset,
	.shutdown = qpasi_fault_shutdown,
	.attach = qpasi_fault_attach,
	.detach = qpasi_fault_detach,
	.wait_event = qpasi_fault_wait_event,
	.set_remote_state = qpasi_fault_set_remote_state,
	.protect_video = qpasi_fault_protect_video,
	.assign = qpasi_fault_assign,
	.direct_start = qpasi_fault_direct_start,
	.direct_stop = qpasi_fault_direct_stop,
	.status = qpasi_fault_status,
	.coredump_read = qpasi_fault_coredump_read,
	.set_option = qpasi_fault_set_option,
	.adopt_fd = qpasi_fault_adopt_fd,
};
