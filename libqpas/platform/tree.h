/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A device tree that may be read: a private copy that passed all checks, with an index of its
 * nodes. What the nodes mean is decided elsewhere.
 */
#ifndef QPASI_PLATFORM_TREE_H
#define QPASI_PLATFORM_TREE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/fault.h"
#include "base/params.h"
#include "platform/arena.h"
#include "platform/scan.h"

#define QPASI_TREE_ROOT 0u
#define QPASI_TREE_NONE UINT32_MAX

/* Nodes in the order of the tree; libfdt finds parents and phandles only by searching. */
struct qpasi_tree_node {
	uint32_t offset;
	uint32_t parent;
};

struct qpasi_tree_handle {
	uint32_t handle;
	uint32_t node;
};

struct qpasi_tree {
	const struct qpasi_env *env;
	/* Aligned to 8 bytes, as libfdt wants it. */
	void *blob;
	struct qpasi_tree_node *nodes;
	struct qpasi_tree_handle *handles;
	uint32_t node_count;
	uint32_t handle_count;
};

/* Copies and checks a tree, applies overlays in order, checks again, indexes. */
int qpasi_tree_open(struct qpasi_tree *tree, const struct qpasi_env *env,
		    const struct qpas_slice *trees, size_t count, struct qpasi_fault *fault);
void qpasi_tree_close(struct qpasi_tree *tree);

/* Our checks, then libfdt's own, over a blob aligned to 8 bytes. */
int qpasi_tree_check(struct qpas_slice blob, const struct qpas_limits *limits,
		     struct qpasi_scan_counts *counts, struct qpasi_fault *fault);

const char *qpasi_tree_name(const struct qpasi_tree *tree, uint32_t node);
/* Whether the node is called `name`, a unit address behind '@' apart. */
bool qpasi_tree_is_named(const struct qpasi_tree *tree, uint32_t node, const char *name);
/* The child of that name, or NONE. */
uint32_t qpasi_tree_child(const struct qpasi_tree *tree, uint32_t node, const char *name);
/* The node of a phandle, or NONE. */
uint32_t qpasi_tree_by_handle(const struct qpasi_tree *tree, uint32_t handle);
/* The full path, or NULL when the arena is spent. */
const char *qpasi_tree_path(const struct qpasi_tree *tree, uint32_t node,
			    struct qpasi_arena *arena);

/* False, and an empty slice, where the node has no such property. */
bool qpasi_tree_property(const struct qpasi_tree *tree, uint32_t node, const char *name,
			 struct qpas_slice *value);
/* A property of one cell; `otherwise` if it is absent, false if it is no single cell. */
bool qpasi_tree_cell(const struct qpasi_tree *tree, uint32_t node, const char *name,
		     uint32_t otherwise, uint32_t *value);
/* The first string of a property; NULL if it is absent, empty or does not end. */
const char *qpasi_tree_string(const struct qpasi_tree *tree, uint32_t node, const char *name);
/* Takes the next string off a list; NULL at the end, and where the last one does not end. */
const char *qpasi_tree_next_string(struct qpas_slice *list);
/* Takes the next cell off a list that has one. */
uint32_t qpasi_tree_next_cell(struct qpas_slice *list);

/* All properties of a node, in order. */
struct qpasi_tree_property_walk {
	int offset;
};

void qpasi_tree_walk_start(const struct qpasi_tree *tree, uint32_t node,
			   struct qpasi_tree_property_walk *walk);
/* The name of the next one, NULL at the end. */
const char *qpasi_tree_walk_next(const struct qpasi_tree *tree,
				 struct qpasi_tree_property_walk *walk, struct qpas_slice *value);

/* Whether status is absent, "okay" or "ok". */
bool qpasi_tree_available(const struct qpasi_tree *tree, uint32_t node);

#endif
