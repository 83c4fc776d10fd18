/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Device trees that tests make and bend: a small board of the lemans kind, and edits by path.
 * Numbers are literals of the board's tree, none of the library's.
 */
#ifndef QPAS_TESTS_TREE_BUILDER_H
#define QPAS_TESTS_TREE_BUILDER_H

#include <stddef.h>
#include <stdint.h>

#include <qpas/types.h>

struct test_tree {
	uint8_t *bytes;
	size_t size;
};

/*
 * A GPU, a video core, adsp, cdsp0, cdsp1, gpdsp0 and gpdsp1, each with its carveout and with the
 * stream ids of lemans-el2; a memory node of size 0; __symbols__.
 */
struct test_tree test_tree_lemans(void);
/* Only a root with this compatible string, two cells each, and an empty /reserved-memory. */
struct test_tree test_tree_bare(const char *compatible);
/* An overlay with no fragment. */
struct test_tree test_tree_overlay(void);
void test_tree_free(struct test_tree *tree);

/* Exactly the bytes of the tree, without slack. */
struct qpas_slice test_tree_slice(const struct test_tree *tree);

/* Edits; a path that does not exist, or a full buffer, stops the program. */
void test_tree_add_node(struct test_tree *tree, const char *parent, const char *name);
void test_tree_delete_node(struct test_tree *tree, const char *path);
void test_tree_set(struct test_tree *tree, const char *path, const char *property,
		   const void *value, size_t bytes);
void test_tree_delete(struct test_tree *tree, const char *path, const char *property);
/* One string and its NUL. */
void test_tree_set_text(struct test_tree *tree, const char *path, const char *property,
			const char *text);
void test_tree_set_cells(struct test_tree *tree, const char *path, const char *property,
			 size_t count, const uint32_t *cells);
#define test_tree_cells(tree, path, property, ...)                                      \
	test_tree_set_cells(tree, path, property,                                       \
			    sizeof((const uint32_t[]){__VA_ARGS__}) / sizeof(uint32_t), \
			    (const uint32_t[]){__VA_ARGS__})

/* A reserved region with this phandle, below /reserved-memory. */
void test_tree_add_region(struct test_tree *tree, const char *name, uint32_t phandle,
			  uint64_t address, uint64_t size);

/* Writes the tree's nodes as folders and its properties as files below an existing folder. */
void test_tree_unpack(const struct test_tree *tree, const char *folder);

#endif
