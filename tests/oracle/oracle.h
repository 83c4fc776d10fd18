/* SPDX-License-Identifier: BSD-3-Clause */
/* What a compiled loader is run with. The shim beside it stands for the rest of the kernel. */
#ifndef TESTS_ORACLE_ORACLE_H
#define TESTS_ORACLE_ORACLE_H

#include <setjmp.h>
#include <stddef.h>
#include <stdint.h>

/* The loader read or wrote where it must not: no errno has this value. */
#define ORACLE_WILD 9999

struct oracle_run {
	const uint8_t *file;
	size_t size;
	const char *name;
	uint64_t base;
	uint64_t region;
	/* Bytes of the firmware file of this name, or -1. */
	long (*part)(void *user, const char *name);
	void *user;
	/* Where a wild access goes; the caller of the two functions sets it. */
	sigjmp_buf out;
};

/* 0, a negative errno, or ORACLE_WILD. Nothing is copied into the region. */
typedef int oracle_load_function(struct oracle_run *run);
/* Span of the image, or a negative errno. */
typedef long oracle_size_function(struct oracle_run *run);

#endif
