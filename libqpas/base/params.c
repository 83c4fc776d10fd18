/* SPDX-License-Identifier: BSD-3-Clause */
/* Checks of struct qpas_params and of what hangs off it. */
#include "base/params.h"

#include "base/mem.h"

#define KIB UINT64_C(1024)
#define MIB (KIB * KIB)
#define GIB (KIB * MIB)

#define KNOWN_FLAGS (QPAS_PARAMS_NO_SYMLINKS | QPAS_PARAMS_ENVIRONMENT | QPAS_PARAMS_ALLOW_OVERLAP)

int qpasi_abi_copy(void *to, const void *from, size_t v1, size_t known, struct qpas_error *err)
{
	uint32_t size;
	uint32_t own = (uint32_t)known;
	int result = qpasi_abi_check(from, v1, known, err);

	if (result)
		return result;
	memcpy(&size, from, sizeof(size));
	memset(to, 0, known);
	memcpy(to, from, size < known ? size : known);
	memcpy(to, &own, sizeof(own));
	return 0;
}

void qpasi_abi_give(void *to, const void *from, size_t known)
{
	uint32_t size;
	size_t bytes;

	memcpy(&size, to, sizeof(size));
	bytes = size < known ? size : known;
	memcpy((uint8_t *)to + sizeof(size), (const uint8_t *)from + sizeof(size),
	       bytes - sizeof(size));
}

static int copy_allocator(struct qpas_allocator *to, const struct qpas_allocator *from,
			  const struct qpas_allocator *libc, struct qpas_error *err)
{
	unsigned int given;
	int result;

	*to = *libc;
	if (!from)
		return 0;
	result = qpasi_abi_copy(to, from, sizeof(*from), sizeof(*to), err);
	if (result)
		return result;
	if (to->reserved)
		return qpasi_error_set(err, QPASI_MSG_RESERVED_NOT_ZERO, QPAS_STAGE_NONE,
				       "qpas_allocator.reserved");
	given = (to->malloc ? 1u : 0u) + (to->realloc ? 1u : 0u) + (to->free ? 1u : 0u);
	if (given != 0 && given != 3)
		return qpasi_error_set(err, QPASI_MSG_ALLOCATOR_PARTIAL, QPAS_STAGE_NONE, NULL);
	if (given == 0)
		*to = *libc;
	return 0;
}

static int copy_log(struct qpas_log *to, const struct qpas_log *from, struct qpas_error *err)
{
	memset(to, 0, sizeof(*to));
	to->size = (uint32_t)sizeof(*to);
	return from ? qpasi_abi_copy(to, from, sizeof(*from), sizeof(*to), err) : 0;
}

struct bound {
	const char *name;
	uint64_t usual;
	uint64_t maximum;
};

static int fill_limit(uint64_t *value, const struct bound *bound, struct qpas_error *err)
{
	struct qpasi_fault fault = QPASI_FAULT_INIT;

	if (*value == 0)
		*value = bound->usual;
	if (*value <= bound->maximum)
		return 0;
	(void)qpasi_fault_set(&fault, QPASI_MSG_LIMIT_TOO_HIGH, QPAS_NO_SEGMENT, *value,
			      bound->maximum);
	fault.s = bound->name;
	return qpasi_fault_report(&fault, QPAS_STAGE_NONE, err);
}

static int fill_limit32(uint32_t *value, const struct bound *bound, struct qpas_error *err)
{
	uint64_t wide = *value;
	int result = fill_limit(&wide, bound, err);

	*value = (uint32_t)wide;
	return result;
}

static int copy_limits(struct qpas_limits *to, const struct qpas_limits *from,
		       struct qpas_error *err)
{
	static const struct bound phdrs = {"program_headers", 128, 256};
	static const struct bound file = {"file_bytes", 128 * MIB, GIB};
	static const struct bound image = {"image_bytes", 256 * MIB, GIB};
	static const struct bound span = {"span_bytes", 2 * GIB, 2 * GIB};
	static const struct bound metadata = {"metadata_bytes", MIB, 4 * MIB};
	static const struct bound table = {"rsc_table_bytes", 64 * KIB, MIB};
	static const struct bound entries = {"rsc_table_entries", 256, 1024};
	static const struct bound dtb = {"dtb_bytes", 2 * MIB, 16 * MIB};
	static const struct bound depth = {"dtb_depth", 32, 64};
	int result = 0;

	memset(to, 0, sizeof(*to));
	to->size = (uint32_t)sizeof(*to);
	if (from)
		result = qpasi_abi_copy(to, from, sizeof(*from), sizeof(*to), err);
	if (!result)
		result = fill_limit32(&to->program_headers, &phdrs, err);
	if (!result)
		result = fill_limit(&to->file_bytes, &file, err);
	if (!result)
		result = fill_limit(&to->image_bytes, &image, err);
	if (!result)
		result = fill_limit(&to->span_bytes, &span, err);
	if (!result)
		result = fill_limit(&to->metadata_bytes, &metadata, err);
	if (!result)
		result = fill_limit32(&to->rsc_table_bytes, &table, err);
	if (!result)
		result = fill_limit32(&to->rsc_table_entries, &entries, err);
	if (!result)
		result = fill_limit32(&to->dtb_bytes, &dtb, err);
	if (!result)
		result = fill_limit32(&to->dtb_depth, &depth, err);
	return result;
}

int qpasi_env_init(struct qpasi_env *env, const struct qpas_params *params,
		   const struct qpas_allocator *libc, struct qpas_error *err)
{
	struct qpas_params copy = QPAS_PARAMS_INIT;
	int result = 0;

	memset(env, 0, sizeof(*env));
	if (params)
		result = qpasi_abi_copy(&copy, params, sizeof(copy), sizeof(copy), err);
	if (result)
		return result;
	if (copy.reserved)
		return qpasi_error_set(err, QPASI_MSG_RESERVED_NOT_ZERO, QPAS_STAGE_NONE,
				       "qpas_params.reserved");
	if (copy.flags & ~KNOWN_FLAGS)
		return qpasi_error_numbers(err, QPASI_MSG_UNKNOWN_FLAGS, QPAS_STAGE_NONE,
					   copy.flags, copy.flags & ~KNOWN_FLAGS);
	env->flags = copy.flags;
	env->platform = copy.platform;
	env->firmware_path = copy.firmware_path;
	result = copy_allocator(&env->allocator, copy.allocator, libc, err);
	if (!result)
		result = copy_log(&env->log, copy.log, err);
	if (!result)
		result = copy_limits(&env->limits, copy.limits, err);
	return result;
}

void *qpasi_env_realloc(const struct qpasi_env *env, void *block, size_t bytes)
{
	const struct qpas_allocator *allocator = &env->allocator;

	return allocator->realloc(allocator->user, block, bytes ? bytes : 1);
}

void *qpasi_env_alloc(const struct qpasi_env *env, size_t bytes)
{
	const struct qpas_allocator *allocator = &env->allocator;
	void *block = allocator->malloc(allocator->user, bytes ? bytes : 1);

	return block ? memset(block, 0, bytes ? bytes : 1) : NULL;
}

void qpasi_env_free(const struct qpasi_env *env, void *block)
{
	if (block)
		env->allocator.free(env->allocator.user, block);
}

char *qpasi_env_strdup(const struct qpasi_env *env, const char *s)
{
	size_t length = 0;
	char *copy;

	while (s[length])
		length++;
	copy = qpasi_env_alloc(env, length + 1);
	return copy ? memcpy(copy, s, length) : NULL;
}

bool qpasi_env_logs(const struct qpasi_env *env, uint32_t level)
{
	return env->log.write && level <= env->log.level;
}

void qpasi_env_log(const struct qpasi_env *env, uint32_t level, uint32_t message_id,
		   const char *text)
{
	if (qpasi_env_logs(env, level))
		env->log.write(env->log.user, level, message_id, text);
}

void qpasi_env_log_fault(const struct qpasi_env *env, uint32_t level,
			 const struct qpasi_fault *fault)
{
	char text[256];

	if (!qpasi_env_logs(env, level))
		return;
	(void)qpasi_fault_text(fault, text, sizeof(text));
	env->log.write(env->log.user, level, fault->message, text);
}
