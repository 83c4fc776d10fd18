/* SPDX-License-Identifier: BSD-3-Clause */
/* Reading a checked tree: libfdt's read-only calls, and the index for what they are slow at. */
#include "platform/tree.h"

#include <string.h>

#include <libfdt.h>

#include "platform/scan.h"

const char *qpasi_tree_name(const struct qpasi_tree *tree, uint32_t node)
{
	const char *name = fdt_get_name(tree->blob, (int)tree->nodes[node].offset, NULL);

	return name ? name : "";
}

bool qpasi_tree_is_named(const struct qpasi_tree *tree, uint32_t node, const char *name)
{
	const char *given = qpasi_tree_name(tree, node);
	size_t length = strlen(name);

	return strncmp(given, name, length) == 0 && (!given[length] || given[length] == '@');
}

uint32_t qpasi_tree_child(const struct qpasi_tree *tree, uint32_t node, const char *name)
{
	/* In the order of the tree a node's descendants follow it without a gap. */
	for (uint32_t i = node + 1; i < tree->node_count && tree->nodes[i].parent >= node; i++) {
		if (tree->nodes[i].parent == node && qpasi_tree_is_named(tree, i, name))
			return i;
	}
	return QPASI_TREE_NONE;
}

uint32_t qpasi_tree_by_handle(const struct qpasi_tree *tree, uint32_t handle)
{
	uint32_t low = 0;
	uint32_t high = tree->handle_count;

	while (low < high) {
		uint32_t middle = low + (high - low) / 2;

		if (tree->handles[middle].handle < handle)
			low = middle + 1;
		else
			high = middle;
	}
	if (low < tree->handle_count && tree->handles[low].handle == handle)
		return tree->handles[low].node;
	return QPASI_TREE_NONE;
}

/* From the node up, written from the end: no stack of parents is needed. */
const char *qpasi_tree_path(const struct qpasi_tree *tree, uint32_t node, struct qpasi_arena *arena)
{
	size_t length = 0;
	char *path;

	if (node == QPASI_TREE_ROOT)
		return "/";
	for (uint32_t i = node; i != QPASI_TREE_ROOT; i = tree->nodes[i].parent)
		length += strlen(qpasi_tree_name(tree, i)) + 1;
	path = qpasi_arena_array(arena, length + 1, 1);
	if (!path)
		return NULL;
	for (uint32_t i = node; i != QPASI_TREE_ROOT; i = tree->nodes[i].parent) {
		const char *name = qpasi_tree_name(tree, i);
		size_t part = strlen(name);

		length -= part;
		memcpy(path + length, name, part);
		path[--length] = '/';
	}
	return path;
}

/* libfdt may be asked now: lengths and strings of the blob have been checked. */
bool qpasi_tree_property(const struct qpasi_tree *tree, uint32_t node, const char *name,
			 struct qpas_slice *value)
{
	int length = 0;

	value->ptr = fdt_getprop(tree->blob, (int)tree->nodes[node].offset, name, &length);
	value->len = value->ptr && length > 0 ? (size_t)length : 0;
	return value->ptr != NULL;
}

bool qpasi_tree_cell(const struct qpasi_tree *tree, uint32_t node, const char *name,
		     uint32_t otherwise, uint32_t *value)
{
	struct qpas_slice cells;

	*value = otherwise;
	if (!qpasi_tree_property(tree, node, name, &cells))
		return true;
	if (cells.len != 4)
		return false;
	*value = qpasi_scan_be32(cells.ptr);
	return true;
}

const char *qpasi_tree_next_string(struct qpas_slice *list)
{
	const char *string = list->ptr;
	size_t length;

	if (list->len == 0)
		return NULL;
	length = strnlen(string, list->len);
	if (length == list->len)
		return NULL;
	list->ptr = string + length + 1;
	list->len -= length + 1;
	return string;
}

uint32_t qpasi_tree_next_cell(struct qpas_slice *list)
{
	uint32_t cell = qpasi_scan_be32(list->ptr);

	list->ptr = (const uint8_t *)list->ptr + 4;
	list->len -= 4;
	return cell;
}

const char *qpasi_tree_string(const struct qpasi_tree *tree, uint32_t node, const char *name)
{
	struct qpas_slice list;

	if (!qpasi_tree_property(tree, node, name, &list))
		return NULL;
	return qpasi_tree_next_string(&list);
}

/* As the kernel sees it: an empty status is not "okay". */
bool qpasi_tree_available(const struct qpasi_tree *tree, uint32_t node)
{
	struct qpas_slice value;
	const char *status;

	if (!qpasi_tree_property(tree, node, "status", &value))
		return true;
	status = qpasi_tree_next_string(&value);
	return status && (strcmp(status, "okay") == 0 || strcmp(status, "ok") == 0);
}

void qpasi_tree_walk_start(const struct qpasi_tree *tree, uint32_t node,
			   struct qpasi_tree_property_walk *walk)
{
	walk->offset = fdt_first_property_offset(tree->blob, (int)tree->nodes[node].offset);
}

const char *qpasi_tree_walk_next(const struct qpasi_tree *tree,
				 struct qpasi_tree_property_walk *walk, struct qpas_slice *value)
{
	const char *name = NULL;
	int length = 0;

	if (walk->offset < 0)
		return NULL;
	value->ptr = fdt_getprop_by_offset(tree->blob, walk->offset, &name, &length);
	value->len = value->ptr && length > 0 ? (size_t)length : 0;
	walk->offset = fdt_next_property_offset(tree->blob, walk->offset);
	return value->ptr ? name : NULL;
}
