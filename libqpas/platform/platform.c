/* SPDX-License-Identifier: BSD-3-Clause */
/* The platform object: life time, and the calls of qpas/platform.h that look things up. */
#include "platform/platform.h"

#include <string.h>

#include "platform/open.h"

/* Sizes of the first release. */
#define PERIPHERAL_V1 sizeof(struct qpas_peripheral)

_Static_assert(sizeof(void *) != 8 || sizeof(struct qpas_peripheral) == 160, "public layout");
_Static_assert(sizeof(void *) != 8 || sizeof(struct qpas_memory_range) == 32, "public layout");

/* The environment lives in the object that it frees. */
static void destroy(struct qpas_platform *platform)
{
	struct qpasi_env env = platform->env;

	qpasi_arena_free(&platform->arena);
	qpasi_tree_close(&platform->tree);
	qpasi_env_free(&env, platform);
}

int qpasi_platform_new(const struct qpasi_env *env, const struct qpas_slice *trees, size_t count,
		       struct qpas_platform **out, struct qpas_error *err)
{
	struct qpas_platform *platform = qpasi_env_alloc(env, sizeof(*platform));
	struct qpasi_fault fault = QPASI_FAULT_INIT;
	int ret;

	if (!platform)
		return qpasi_error_set(err, QPASI_MSG_NO_MEMORY, QPAS_STAGE_PLATFORM, NULL);
	atomic_init(&platform->references, 1);
	platform->env = *env;
	platform->env.platform = NULL;
	platform->env.firmware_path = NULL;
	qpasi_arena_init(&platform->arena, &platform->env);
	ret = qpasi_tree_open(&platform->tree, &platform->env, trees, count, &fault);
	if (!ret)
		ret = qpasi_platform_describe(platform, &fault);
	if (ret) {
		/* The facts point into the tree. */
		ret = qpasi_fault_report(&fault, QPAS_STAGE_PLATFORM, err);
		destroy(platform);
		return ret;
	}
	*out = platform;
	return 0;
}

struct qpas_platform *qpas_platform_ref(struct qpas_platform *platform)
{
	if (platform)
		(void)atomic_fetch_add_explicit(&platform->references, 1, memory_order_relaxed);
	return platform;
}

void qpas_platform_unref(struct qpas_platform *platform)
{
	if (platform &&
	    atomic_fetch_sub_explicit(&platform->references, 1, memory_order_acq_rel) == 1)
		destroy(platform);
}

uint32_t qpas_platform_count(const struct qpas_platform *platform)
{
	return platform ? platform->count : 0;
}

const char *qpas_platform_model(const struct qpas_platform *platform)
{
	return platform ? platform->model : "";
}

const char *qpas_kind_name(uint32_t kind)
{
	static const char *const names[] = {"?",      "remoteproc", "video", "gpu",
					    "camera", "ipa",	    "wifi"};

	return kind < sizeof(names) / sizeof(names[0]) ? names[kind] : "?";
}

/* Entry of the calls that give a structure back. */
static int begin(const struct qpas_platform *platform, const void *result, struct qpas_error *err)
{
	int ret = qpasi_error_begin(err);

	if (ret)
		return ret;
	if (!platform)
		return qpasi_error_set(err, QPASI_MSG_NULL_ARGUMENT, QPAS_STAGE_PLATFORM,
				       "platform");
	if (!result)
		return qpasi_error_set(err, QPASI_MSG_NULL_ARGUMENT, QPAS_STAGE_PLATFORM,
				       "the result");
	return 0;
}

/* Older users get what they know: the size-first rule of qpas/types.h. */
static int give_peripheral(const struct qpas_platform *platform, uint32_t index,
			   struct qpas_peripheral *peripheral, struct qpas_error *err)
{
	int ret = qpasi_abi_check(peripheral, PERIPHERAL_V1, sizeof(*peripheral), err);

	if (!ret)
		qpasi_abi_give(peripheral, &platform->peripherals[index], sizeof(*peripheral));
	return ret;
}

int qpas_platform_peripheral(const struct qpas_platform *platform, uint32_t index,
			     struct qpas_peripheral *peripheral, struct qpas_error *err)
{
	int ret = begin(platform, peripheral, err);

	if (ret)
		return ret;
	if (index >= platform->count)
		return qpasi_error_numbers(err, QPASI_MSG_INDEX_PAST_END, QPAS_STAGE_PLATFORM,
					   index, platform->count);
	return give_peripheral(platform, index, peripheral, err);
}

int qpas_platform_memory(const struct qpas_platform *platform, uint32_t index,
			 struct qpas_memory_range *range, struct qpas_error *err)
{
	int ret = begin(platform, range, err);

	if (ret)
		return ret;
	if (index >= platform->range_count)
		return qpasi_error_numbers(err, QPASI_MSG_INDEX_PAST_END, QPAS_STAGE_PLATFORM,
					   index, platform->range_count);
	*range = platform->ranges[index];
	return 0;
}

/* The ways to call a peripheral, the surest first. */
enum way { BY_PATH, BY_NAME, BY_ALIAS, WAYS };

static bool is_called(const struct qpas_peripheral *peripheral, enum way way, const char *name)
{
	if (way == BY_PATH)
		return strcmp(peripheral->path, name) == 0;
	if (way == BY_NAME)
		return strcmp(peripheral->name, name) == 0;
	for (uint32_t i = 0; i < peripheral->alias_count; i++) {
		if (strcmp(peripheral->aliases[i], name) == 0)
			return true;
	}
	return false;
}

/* A list of names for a sentence; what does not fit is left out. */
struct list {
	char text[200];
	size_t used;
};

/* " ..." stands for the rest, once. */
static void add_to_list(struct list *list, const char *name)
{
	size_t length = strlen(name);
	size_t comma = list->used ? 2 : 0;

	if (comma + length + 4 >= sizeof(list->text) - list->used) {
		if (list->used && list->text[list->used - 1] != '.') {
			memcpy(list->text + list->used, " ...", 5);
			list->used += 4;
		}
		return;
	}
	memcpy(list->text + list->used, ", ", comma);
	memcpy(list->text + list->used + comma, name, length + 1);
	list->used += comma + length;
}

static int refuse_name(const struct qpas_platform *platform, enum way way, const char *name,
		       struct qpas_error *err)
{
	struct qpasi_fault fault = QPASI_FAULT_INIT;
	struct list list = {{0}, 0};

	for (uint32_t i = 0; i < platform->count; i++) {
		if (way == WAYS)
			add_to_list(&list, platform->peripherals[i].name);
		else if (is_called(&platform->peripherals[i], way, name))
			add_to_list(&list, platform->peripherals[i].path);
	}
	fault.message = way == WAYS ? QPASI_MSG_PERIPHERAL_UNKNOWN : QPASI_MSG_PERIPHERAL_AMBIGUOUS;
	if (!platform->count)
		fault.message = QPASI_MSG_NOT_QUALCOMM;
	fault.s = name;
	fault.t = list.text;
	return qpasi_fault_report(&fault, QPAS_STAGE_PLATFORM, err);
}

int qpas_platform_find(const struct qpas_platform *platform, const char *name,
		       struct qpas_peripheral *peripheral, struct qpas_error *err)
{
	int ret = begin(platform, peripheral, err);

	if (!ret && !name)
		ret = qpasi_error_set(err, QPASI_MSG_NULL_ARGUMENT, QPAS_STAGE_PLATFORM, "name");
	if (ret)
		return ret;
	for (enum way way = BY_PATH; way < WAYS; way++) {
		uint32_t found = 0;
		uint32_t index = 0;

		for (uint32_t i = 0; i < platform->count; i++) {
			if (is_called(&platform->peripherals[i], way, name)) {
				index = i;
				found++;
			}
		}
		if (found == 1)
			return give_peripheral(platform, index, peripheral, err);
		if (found > 1)
			return refuse_name(platform, way, name, err);
	}
	return refuse_name(platform, WAYS, name, err);
}

int qpasi_platform_check_boot(const struct qpas_platform *platform,
			      const struct qpas_peripheral *peripheral, struct qpas_error *err)
{
	struct qpasi_fault fault = QPASI_FAULT_INIT;

	fault.s = peripheral->path;
	for (uint32_t i = 0; i < peripheral->carveout_count; i++) {
		const struct qpas_memory_range *other =
			qpasi_carveout_overlap(platform, &peripheral->carveouts[i]);

		if (!other)
			continue;
		fault.message = QPASI_MSG_DT_REGION_OVERLAP;
		fault.t = other->name;
		return qpasi_fault_report(&fault, QPAS_STAGE_PLATFORM, err);
	}
	for (uint32_t i = 0; i < peripheral->assign_count; i++) {
		if (peripheral->assigns[i].region_index < peripheral->carveout_count)
			continue;
		fault.message = QPASI_MSG_DT_ASSIGN;
		fault.a = peripheral->assigns[i].region_index;
		fault.b = peripheral->carveout_count;
		return qpasi_fault_report(&fault, QPAS_STAGE_PLATFORM, err);
	}
	return 0;
}
