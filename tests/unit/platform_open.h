/* SPDX-License-Identifier: BSD-3-Clause */
/* Opening trees in tests: exact copies, so that AddressSanitizer sees the first byte past the end. */
#ifndef TESTS_UNIT_PLATFORM_OPEN_H
#define TESTS_UNIT_PLATFORM_OPEN_H

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <qpas/platform.h>

#include "support/tree_builder.h"

static inline void *exact_copy(const void *bytes, size_t size)
{
	/* Not aligned: the library promises nothing about its caller's bytes. */
	uint8_t *copy = malloc(size + 1);

	assert_non_null(copy);
	if (size)
		memcpy(copy + 1, bytes, size);
	return copy;
}

static inline int open_bytes(const void *bytes, size_t size, struct qpas_platform **out,
			     struct qpas_error *err)
{
	uint8_t *copy = exact_copy(bytes, size);
	struct qpas_slice slice = {copy + 1, size};
	int ret = qpas_platform_open_memory(slice, NULL, 0, NULL, out, err);

	free(copy);
	return ret;
}

static inline int open_tree(const struct test_tree *tree, struct qpas_platform **out,
			    struct qpas_error *err)
{
	struct qpas_slice slice = test_tree_slice(tree);

	return open_bytes(slice.ptr, slice.len, out, err);
}

/* Opens a tree that must be good, and gives the builder's memory back. */
static inline struct qpas_platform *must_open(struct test_tree *tree)
{
	struct qpas_error err = QPAS_ERROR_INIT;
	struct qpas_platform *platform = NULL;
	int ret = open_tree(tree, &platform, &err);

	if (ret)
		fail_msg("%s: %s", qpas_err_name(ret), err.text);
	test_tree_free(tree);
	return platform;
}

static inline struct qpas_peripheral must_find(const struct qpas_platform *platform,
					       const char *name)
{
	struct qpas_peripheral peripheral = QPAS_PERIPHERAL_INIT;
	struct qpas_error err = QPAS_ERROR_INIT;
	int ret = qpas_platform_find(platform, name, &peripheral, &err);

	if (ret)
		fail_msg("%s: %s", qpas_err_name(ret), err.text);
	return peripheral;
}

#endif
