/* SPDX-License-Identifier: BSD-3-Clause */
/* libc's memory functions in the shape of struct qpas_allocator. */
#include "base/host/host_memory.h"

#include <stdlib.h>

static void *host_malloc(void *user, size_t bytes)
{
	(void)user;
	return malloc(bytes);
}

static void *host_realloc(void *user, void *block, size_t bytes)
{
	(void)user;
	return realloc(block, bytes);
}

static void host_free(void *user, void *block)
{
	(void)user;
	free(block);
}

const struct qpas_allocator *qpasi_host_allocator(void)
{
	static const struct qpas_allocator allocator = {
		(uint32_t)sizeof(struct qpas_allocator),
		0,
		host_malloc,
		host_realloc,
		host_free,
		NULL,
	};

	return &allocator;
}
