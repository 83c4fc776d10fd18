/* SPDX-License-Identifier: BSD-3-Clause */
/* The three ways to open a platform: memory, files, the running system. */
#include "platform/open.h"

#include <string.h>

#include "base/ckd.h"
#include "base/host/host_memory.h"
#include "platform/source.h"

/* Where the kernel shows its tree: unpacked and readable by all, else as it was booted with. */
static const char *const system_trees[] = {"/proc/device-tree", "/sys/firmware/fdt"};

static int refuse_null(struct qpas_error *err, const char *what)
{
	return qpasi_error_set(err, QPASI_MSG_NULL_ARGUMENT, QPAS_STAGE_PLATFORM, what);
}

/* What all three begin with. */
static int begin(const struct qpas_params *params, struct qpas_platform **out,
		 struct qpasi_env *env, struct qpas_error *err)
{
	int ret = qpasi_error_begin(err);

	if (out)
		*out = NULL;
	if (ret)
		return ret;
	if (!out)
		return refuse_null(err, "out");
	return qpasi_env_init(env, params, qpasi_host_allocator(), err);
}

/* Zeroed, so that a list that was filled in part can be freed. */
static struct qpas_slice *make_list(const struct qpasi_env *env, size_t count,
				    struct qpas_error *err)
{
	struct qpas_slice *list = NULL;
	size_t bytes;

	if (!ckd_mul(&bytes, count, sizeof(*list)))
		list = qpasi_env_alloc(env, bytes);
	if (!list)
		(void)qpasi_error_set(err, QPASI_MSG_NO_MEMORY, QPAS_STAGE_PLATFORM, NULL);
	return list;
}

int qpas_platform_open_memory(struct qpas_slice dtb, const struct qpas_slice *overlays,
			      size_t overlay_count, const struct qpas_params *params,
			      struct qpas_platform **out, struct qpas_error *err)
{
	struct qpas_slice *trees;
	struct qpasi_env env;
	int ret = begin(params, out, &env, err);

	if (ret)
		return ret;
	if ((!dtb.ptr && dtb.len) || (!overlays && overlay_count))
		return refuse_null(err, dtb.ptr ? "overlays" : "dtb.ptr");
	if (overlay_count == SIZE_MAX)
		return qpasi_error_set(err, QPASI_MSG_NO_MEMORY, QPAS_STAGE_PLATFORM, NULL);
	trees = make_list(&env, overlay_count + 1, err);
	if (!trees)
		return QPAS_ERR_NOMEM;
	trees[0] = dtb;
	if (overlay_count)
		memcpy(trees + 1, overlays, overlay_count * sizeof(*trees));
	ret = qpasi_platform_new(&env, trees, overlay_count + 1, out, err);
	qpasi_env_free(&env, trees);
	return ret;
}

static void free_trees(const struct qpasi_env *env, struct qpas_slice *trees, size_t count)
{
	for (size_t i = 0; i < count; i++)
		qpasi_env_free(env, (void *)(uintptr_t)trees[i].ptr);
	qpasi_env_free(env, trees);
}

int qpas_platform_open_file(const char *const *names, size_t count,
			    const struct qpas_params *params, struct qpas_platform **out,
			    struct qpas_error *err)
{
	struct qpasi_fault fault = QPASI_FAULT_INIT;
	struct qpas_slice *trees;
	struct qpasi_env env;
	int ret = begin(params, out, &env, err);

	if (ret)
		return ret;
	if (!names || count == 0)
		return refuse_null(err, "names");
	trees = make_list(&env, count, err);
	if (!trees)
		return QPAS_ERR_NOMEM;
	for (size_t i = 0; i < count && !ret; i++) {
		ret = names[i] ? qpasi_source_read(&env, names[i], i == 0, &trees[i], &fault) :
				 refuse_null(err, "a name");
		if (ret && names[i])
			ret = qpasi_fault_report(&fault, QPAS_STAGE_PLATFORM, err);
	}
	if (!ret)
		ret = qpasi_platform_new(&env, trees, count, out, err);
	free_trees(&env, trees, count);
	return ret;
}

/* Unreadable is as good as absent here: the second place may still be readable. */
int qpas_platform_open_system(const struct qpas_params *params, struct qpas_platform **out,
			      struct qpas_error *err)
{
	int ret = QPAS_ERR_NOTFOUND;

	for (size_t i = 0; i < sizeof(system_trees) / sizeof(system_trees[0]); i++) {
		ret = qpas_platform_open_file(&system_trees[i], 1, params, out, err);
		if (ret != QPAS_ERR_NOTFOUND && ret != QPAS_ERR_IO)
			return ret;
	}
	if (ret == QPAS_ERR_NOTFOUND)
		ret = qpasi_error_set(err, QPASI_MSG_NO_SYSTEM_TREE, QPAS_STAGE_PLATFORM,
				      system_trees[0]);
	return ret;
}
