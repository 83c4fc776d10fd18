/* SPDX-License-Identifier: BSD-3-Clause */
/* Acceptance, registration and look-up of backend descriptors. */
#include "core/registry.h"

#include <pthread.h>
#include <stddef.h>
#include <string.h>

#include "backend/el2/el2_backend.h"
#include "backend/kernel/kernel_backend.h"
#include "backend/record/fault_backend.h"
#include "base/params.h"

#define MAX_REGISTERED 16u
#define SCHEME_MAX     16u
#define ABI_MAJOR(abi) ((abi) >> 16)

/* Known without registration; their names cannot be taken by others. */
static const struct qpas_backend_desc *const builtins[] = {
	&qpasi_el2_descriptor,
	&qpasi_fault_descriptor,
	&qpasi_kernel_descriptor,
};

static struct {
	pthread_mutex_t lock;
	uint32_t count;
	struct qpas_backend_desc descs[MAX_REGISTERED];
} registry = {PTHREAD_MUTEX_INITIALIZER, 0, {{0}}};

/* Checked before a name is compared with anything, so that it can be part of a file name one day. */
bool qpasi_scheme_valid(const char *name)
{
	size_t length = 0;

	for (; name[length]; length++) {
		bool letter = name[length] >= 'a' && name[length] <= 'z';
		bool digit = name[length] >= '0' && name[length] <= '9';

		if (length == SCHEME_MAX || !(letter || (digit && length)))
			return false;
	}
	return length > 0;
}

struct needed {
	uint64_t cap; /* 0: always */
	size_t offset;
	const char *text;
};

#define NEEDS(cap, slot)                                                                          \
	{                                                                                         \
		cap, offsetof(struct qpas_backend_desc, slot), "mandatory slot " #slot " is NULL" \
	}

static const struct needed needed_slots[] = {
	NEEDS(0, probe),
	NEEDS(0, open),
	NEEDS(0, close),
	NEEDS(0, capabilities),
	NEEDS(0, shutdown),
	NEEDS(QPAS_CAP_FUSED, boot),
	NEEDS(QPAS_CAP_STEPS, supported),
	NEEDS(QPAS_CAP_STEPS, metadata_begin),
	NEEDS(QPAS_CAP_STEPS, metadata_release),
	NEEDS(QPAS_CAP_STEPS, mem_setup),
	NEEDS(QPAS_CAP_STEPS, region_write),
	NEEDS(QPAS_CAP_STEPS, region_zero),
	NEEDS(QPAS_CAP_STEPS, auth_reset),
	NEEDS(QPAS_CAP_NEEDS_BRIDGE, shared_alloc),
	NEEDS(QPAS_CAP_NEEDS_BRIDGE, shared_free),
	NEEDS(QPAS_CAP_NEEDS_BRIDGE, bridge_create),
	NEEDS(QPAS_CAP_NEEDS_BRIDGE, bridge_delete),
	NEEDS(QPAS_CAP_RSC_TABLE, rsc_table),
	NEEDS(QPAS_CAP_IOMMU, iommu_apply),
	NEEDS(QPAS_CAP_IOMMU, iommu_clear),
	NEEDS(QPAS_CAP_EVENTS, wait_event),
};

/* Function pointers are compared as bytes: all platforms of this library have null as zeros. */
static bool slot_is_null(const struct qpas_backend_desc *desc, size_t offset)
{
	static const unsigned char null[sizeof(void (*)(void))];

	return !memcmp((const unsigned char *)desc + offset, null, sizeof(null));
}

/* Capabilities are promises: each brings slots that must then be there. */
static const char *missing_slot(const struct qpas_backend_desc *desc)
{
	for (size_t i = 0; i < sizeof(needed_slots) / sizeof(needed_slots[0]); i++) {
		const struct needed *slot = &needed_slots[i];

		if ((desc->caps & slot->cap) == slot->cap && slot_is_null(desc, slot->offset))
			return slot->text;
	}
	return NULL;
}

static int refuse_name(const char *name, const char *why, struct qpas_error *err)
{
	struct qpasi_fault fault = QPASI_FAULT_INIT;

	fault.message = QPASI_MSG_BACKEND_NAME;
	fault.s = name;
	fault.t = why;
	return qpasi_fault_report(&fault, QPAS_STAGE_OPEN, err);
}

static int refuse_table(const char *why, struct qpas_error *err)
{
	return qpasi_error_set(err, QPASI_MSG_BACKEND_TABLE, QPAS_STAGE_OPEN, why);
}

int qpasi_registry_accept(const struct qpas_backend_desc *desc, struct qpas_backend_desc *copy,
			  struct qpas_error *err)
{
	const char *slot;
	int code;

	if (!desc)
		return qpasi_error_set(err, QPASI_MSG_NULL_ARGUMENT, QPAS_STAGE_OPEN, "desc");
	/* Size before everything else: nothing behind it may be read otherwise. */
	code = qpasi_abi_copy(copy, desc, sizeof(*desc), sizeof(*copy), err);
	if (code)
		return code;
	if (ABI_MAJOR(copy->abi) != ABI_MAJOR(QPAS_BACKEND_ABI))
		return refuse_table("its major version differs from this library's", err);
	if (!copy->name)
		return qpasi_error_set(err, QPASI_MSG_NULL_ARGUMENT, QPAS_STAGE_OPEN, "desc->name");
	if (!qpasi_scheme_valid(copy->name))
		return refuse_name(copy->name, "a name is [a-z][a-z0-9]{0,15}", err);
	if (copy->private_size > QPAS_BACKEND_PRIVATE_MAX)
		return refuse_table("private_size is above 16 MiB", err);
	slot = missing_slot(copy);
	return slot ? refuse_table(slot, err) : 0;
}

static const struct qpas_backend_desc *find_builtin(const char *name)
{
	for (size_t i = 0; i < sizeof(builtins) / sizeof(builtins[0]); i++) {
		if (!strcmp(builtins[i]->name, name))
			return builtins[i];
	}
	return NULL;
}

/* With the lock held. */
static const struct qpas_backend_desc *find_registered(const char *name)
{
	for (uint32_t i = 0; i < registry.count; i++) {
		if (!strcmp(registry.descs[i].name, name))
			return &registry.descs[i];
	}
	return NULL;
}

/* A copy goes out, so that the lock is not held while a backend opens. */
bool qpasi_registry_find(const char *name, struct qpas_backend_desc *copy)
{
	const struct qpas_backend_desc *found = find_builtin(name);

	if (found) {
		*copy = *found;
		return true;
	}
	(void)pthread_mutex_lock(&registry.lock);
	found = find_registered(name);
	if (found)
		*copy = *found;
	(void)pthread_mutex_unlock(&registry.lock);
	return found != NULL;
}

static int add(const struct qpas_backend_desc *desc, struct qpas_error *err)
{
	if (find_builtin(desc->name) || find_registered(desc->name))
		return qpasi_error_set(err, QPASI_MSG_BACKEND_NAME_TAKEN, QPAS_STAGE_OPEN,
				       desc->name);
	if (registry.count == MAX_REGISTERED)
		return qpasi_error_numbers(err, QPASI_MSG_BACKEND_TOO_MANY, QPAS_STAGE_OPEN,
					   MAX_REGISTERED, 0);
	registry.descs[registry.count++] = *desc;
	return 0;
}

/* Judged on a private copy: a table that changes meanwhile is not read twice. */
int qpas_backend_register(const struct qpas_backend_desc *desc, struct qpas_error *err)
{
	struct qpas_backend_desc copy;
	int code = qpasi_error_begin(err);

	if (code)
		return code;
	code = qpasi_registry_accept(desc, &copy, err);
	if (code)
		return code;
	(void)pthread_mutex_lock(&registry.lock);
	code = add(&copy, err);
	(void)pthread_mutex_unlock(&registry.lock);
	return code;
}
