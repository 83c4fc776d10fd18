/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * OpenSSL that fails on purpose: calls that the linker hands over (qpas_add_test() WRAP), and its
 * memory, once CRYPTO_set_mem_functions() has been given the functions below.
 */
#ifndef TESTS_UNIT_FAILING_OPENSSL_H
#define TESTS_UNIT_FAILING_OPENSSL_H

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/crypto.h>
#include <openssl/err.h>

/* Which call fails next; counted only while it is armed. */
static struct {
	bool armed;
	unsigned int at; /* 0: none */
	unsigned int calls;
	const char *name; /* only calls of this function; NULL: all */
	bool hit;
} plan;

static inline bool fails(const char *name)
{
	if (!plan.armed || (plan.name && strcmp(plan.name, name) != 0))
		return false;
	if (++plan.calls != plan.at)
		return false;
	plan.hit = true;
	ERR_raise_data(ERR_LIB_USER, ERR_R_INTERNAL_ERROR, "made to fail: %s", name);
	return true;
}

static inline void arm(const char *name, unsigned int at)
{
	plan.armed = true;
	plan.name = name;
	plan.calls = 0;
	plan.at = at;
	plan.hit = false;
}

/* A wrapper for a function of OpenSSL that can fail: its type, name, answer when it fails, arguments. */
#define WRAP(type, name, failure, declared, passed) \
	type __real_##name declared;                \
	type __wrap_##name declared;                \
	type __wrap_##name declared                 \
	{                                           \
		if (fails(#name))                   \
			return failure;             \
		return __real_##name passed;        \
	}

/* OpenSSL's memory: the at-th allocation fails, and all later ones if it is sticky. */
static struct {
	bool armed;
	bool sticky;
	unsigned int at;
	unsigned int calls;
} memory;

static inline bool no_memory(void)
{
	if (!memory.armed)
		return false;
	memory.calls++;
	return memory.sticky ? memory.calls >= memory.at : memory.calls == memory.at;
}

static inline void *ssl_malloc(size_t bytes, const char *file, int line)
{
	(void)file;
	(void)line;
	return no_memory() ? NULL : malloc(bytes);
}

static inline void *ssl_realloc(void *block, size_t bytes, const char *file, int line)
{
	(void)file;
	(void)line;
	return no_memory() ? NULL : realloc(block, bytes);
}

static inline void ssl_free(void *block, const char *file, int line)
{
	(void)file;
	(void)line;
	free(block);
}

#endif
