/* SPDX-License-Identifier: BSD-3-Clause */
/* From somebody's bytes to a checked private tree with an index. */
#include "platform/tree.h"

#include <string.h>

#include <libfdt.h>

#include "base/ckd.h"
#include "platform/overlay.h"

static void *allocate(const struct qpasi_env *env, uint64_t bytes, struct qpasi_fault *fault)
{
	void *block = qpasi_env_alloc(env, (size_t)bytes);

	if (!block)
		(void)qpasi_fault_set(fault, QPASI_MSG_NO_MEMORY, QPAS_NO_SEGMENT, 0, 0);
	return block;
}

/* libfdt 1.6.1 is not asked for its opinion before ours is known: it wraps on hostile lengths. */
int qpasi_tree_check(struct qpas_slice blob, const struct qpas_limits *limits,
		     struct qpasi_scan_counts *counts, struct qpasi_fault *fault)
{
	int ret = qpasi_scan_header(blob, limits->dtb_bytes, fault);

	if (!ret)
		ret = qpasi_scan_tree(blob, limits->dtb_depth, counts, fault);
	if (!ret && fdt_check_full(blob.ptr, blob.len) != 0) {
		ret = qpasi_fault_set(fault, QPASI_MSG_DTB_FORMAT, QPAS_NO_SEGMENT, 0, 0);
		fault->s = "libfdt refuses it";
	}
	return ret;
}

/* Room for the base tree and what overlays add: their bytes, and longer paths of their symbols. */
static uint64_t merged_room(const struct qpas_slice *trees, size_t count)
{
	uint64_t room = trees[0].len;

	for (size_t i = 1; i < count; i++) {
		/* A larger one is refused when its turn comes. */
		if (trees[i].len <= QPASI_OVERLAY_BYTES)
			room += 2 * (uint64_t)trees[i].len + 4096;
	}
	return room;
}

/* libfdt destroys the overlay that it applies, and the base if that fails: both are copies. */
static int apply_one(struct qpasi_tree *tree, struct qpas_slice bytes, uint32_t index,
		     struct qpasi_fault *fault)
{
	const struct qpas_limits *limits = &tree->env->limits;
	struct qpasi_scan_counts counts;
	void *copy;
	int ret;

	if (bytes.len > QPASI_OVERLAY_BYTES)
		return qpasi_fault_set(fault, QPASI_MSG_DTB_LIMIT, QPAS_NO_SEGMENT, bytes.len,
				       QPASI_OVERLAY_BYTES);
	ret = qpasi_scan_header(bytes, limits->dtb_bytes, fault);
	if (ret)
		return ret;
	copy = allocate(tree->env, bytes.len, fault);
	if (!copy)
		return QPAS_ERR_NOMEM;
	memcpy(copy, bytes.ptr, bytes.len);
	bytes.ptr = copy;
	ret = qpasi_tree_check(bytes, limits, &counts, fault);
	if (!ret)
		ret = qpasi_overlay_apply(tree->blob, copy, index, fault);
	qpasi_env_free(tree->env, copy);
	return ret;
}

/* Overlays are applied in a buffer of fixed size; the result is a new tree that nobody checked. */
static int apply_overlays(struct qpasi_tree *tree, const struct qpas_slice *trees, size_t count,
			  uint64_t room, struct qpasi_fault *fault)
{
	int ret = fdt_open_into(tree->blob, tree->blob, (int)room);

	if (ret)
		return qpasi_overlay_refuse(fault, 0, ret);
	for (size_t i = 1; i < count; i++) {
		ret = apply_one(tree, trees[i], (uint32_t)i, fault);
		if (ret)
			return ret;
	}
	ret = fdt_pack(tree->blob);
	return ret ? qpasi_overlay_refuse(fault, (uint32_t)count - 1, ret) : 0;
}

/* Restores the heap below `root`: the index is sorted in place, without recursion. */
static void sift_down(struct qpasi_tree_handle *heap, uint32_t root, uint32_t count)
{
	while (2 * (uint64_t)root + 1 < count) {
		uint32_t child = 2 * root + 1;
		struct qpasi_tree_handle swap = heap[root];

		if (child + 1 < count && heap[child].handle < heap[child + 1].handle)
			child++;
		if (heap[child].handle <= swap.handle)
			return;
		heap[root] = heap[child];
		heap[child] = swap;
		root = child;
	}
}

static void sort_handles(struct qpasi_tree_handle *handles, uint32_t count)
{
	for (uint32_t i = count / 2; i > 0; i--)
		sift_down(handles, i - 1, count);
	for (uint32_t i = count; i > 1; i--) {
		struct qpasi_tree_handle last = handles[i - 1];

		handles[i - 1] = handles[0];
		handles[0] = last;
		sift_down(handles, 0, i - 1);
	}
}

/* A node may carry the same number twice, as phandle and under its older name. */
static int check_handles(const struct qpasi_tree *tree, struct qpasi_fault *fault)
{
	for (uint32_t i = 1; i < tree->handle_count; i++) {
		if (tree->handles[i].handle == tree->handles[i - 1].handle &&
		    tree->handles[i].node != tree->handles[i - 1].node)
			return qpasi_fault_set(fault, QPASI_MSG_DT_DUPLICATE_PHANDLE,
					       QPAS_NO_SEGMENT, tree->handles[i].handle, 0);
	}
	return 0;
}

/* The blob passed qpasi_tree_check(), so that no token can fail here. */
static void fill_index(struct qpasi_tree *tree, struct qpas_slice blob)
{
	struct qpasi_scanner scanner = qpasi_scan_start(blob);
	struct qpasi_fault ignored = QPASI_FAULT_INIT;
	struct qpasi_scan_token token;
	uint32_t here = QPASI_TREE_NONE;
	uint32_t nodes = 0;
	uint32_t handles = 0;

	while (qpasi_scan_next(&scanner, &token, &ignored) == 0 && token.kind != QPASI_SCAN_END) {
		if (token.kind == QPASI_SCAN_NODE) {
			tree->nodes[nodes].offset = token.offset;
			tree->nodes[nodes].parent = here == QPASI_TREE_NONE ? 0 : here;
			here = nodes++;
		} else if (token.kind == QPASI_SCAN_NODE_END) {
			here = tree->nodes[here].parent;
		} else if (qpasi_scan_handle(&token)) {
			tree->handles[handles].handle = qpasi_scan_handle(&token);
			tree->handles[handles].node = here;
			handles++;
		}
	}
}

static int make_index(struct qpasi_tree *tree, struct qpas_slice blob,
		      const struct qpasi_scan_counts *counts, struct qpasi_fault *fault)
{
	uint64_t nodes = (uint64_t)counts->nodes * sizeof(*tree->nodes);
	uint64_t handles = (uint64_t)counts->handles * sizeof(*tree->handles);

	tree->nodes = allocate(tree->env, nodes, fault);
	tree->handles = allocate(tree->env, handles, fault);
	if (!tree->nodes || !tree->handles)
		return QPAS_ERR_NOMEM;
	tree->node_count = counts->nodes;
	tree->handle_count = counts->handles;
	fill_index(tree, blob);
	sort_handles(tree->handles, tree->handle_count);
	return check_handles(tree, fault);
}

/* The caller closes the tree after a failure, too. */
int qpasi_tree_open(struct qpasi_tree *tree, const struct qpasi_env *env,
		    const struct qpas_slice *trees, size_t count, struct qpasi_fault *fault)
{
	uint64_t room = merged_room(trees, count);
	struct qpas_slice blob = trees[0];
	struct qpasi_scan_counts counts;
	int ret;

	memset(tree, 0, sizeof(*tree));
	tree->env = env;
	ret = qpasi_scan_header(blob, env->limits.dtb_bytes, fault);
	if (ret)
		return ret;
	if (room > env->limits.dtb_bytes)
		room = env->limits.dtb_bytes;
	tree->blob = allocate(env, room, fault);
	if (!tree->blob)
		return QPAS_ERR_NOMEM;
	memcpy(tree->blob, blob.ptr, blob.len);
	blob.ptr = tree->blob;
	ret = qpasi_tree_check(blob, &env->limits, &counts, fault);
	if (!ret && count > 1) {
		ret = apply_overlays(tree, trees, count, room, fault);
		if (!ret) {
			blob.len = fdt_totalsize(tree->blob);
			ret = qpasi_tree_check(blob, &env->limits, &counts, fault);
		}
	}
	if (!ret)
		ret = make_index(tree, blob, &counts, fault);
	return ret;
}

void qpasi_tree_close(struct qpasi_tree *tree)
{
	if (!tree->env)
		return;
	qpasi_env_free(tree->env, tree->blob);
	qpasi_env_free(tree->env, tree->nodes);
	qpasi_env_free(tree->env, tree->handles);
	memset(tree, 0, sizeof(*tree));
}
