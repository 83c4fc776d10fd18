/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Dumps: which ranges of a carveout an image was loaded to, and an ELF core file of them once the
 * memory is the host's again.
 */
#include <inttypes.h>
#include <string.h>

#include "core/context.h"
#include "image/image_internal.h"

#define CHUNK ((size_t)65536)

void qpasi_dump_forget(struct qpas_context *context)
{
	qpasi_env_free(&context->backend->env, context->loaded_ranges);
	context->loaded_ranges = NULL;
	memset(&context->loaded, 0, sizeof(context->loaded));
}

/* The image itself is given back long before its processor dies. */
int qpasi_dump_note(struct qpas_context *context, struct qpas_error *err)
{
	const struct qpasi_elf *elf = qpasi_image_elf(context->image);
	const struct qpasi_plan *plan = qpasi_image_plan(context->image);
	struct qpasi_core_range *to;

	qpasi_dump_forget(context);
	to = qpasi_env_alloc(&context->backend->env, plan->loadable * sizeof(*to));
	if (!to)
		return qpasi_error_set(err, QPASI_MSG_NO_MEMORY, QPAS_STAGE_LOAD, NULL);
	context->loaded_ranges = to;
	context->loaded.ranges = to;
	context->loaded.class_bits = elf->class_bits;
	context->loaded.machine = elf->machine;
	context->loaded.entry = elf->entry;
	for (uint32_t i = 0; i < elf->phnum; i++) {
		const struct qpasi_phdr *phdr = &elf->phdr[i];

		if (!qpasi_phdr_is_loadable(phdr))
			continue;
		to->address = phdr->paddr;
		to->length = phdr->memsz;
		to->offset = context->span_offset + (phdr->paddr - plan->min);
		to++;
		context->loaded.count++;
	}
	return 0;
}

/* One dump; `chunk` has CHUNK bytes. */
struct dump {
	struct qpas_context *context;
	const struct qpas_dump_target *target;
	uint8_t *chunk;
	struct qpas_error *err;
};

static int put(const struct dump *dump, uint32_t segment, const void *bytes, size_t length)
{
	struct qpas_slice data = {bytes, length};
	int code = dump->target->write(dump->target->user, data, dump->err);

	return qpasi_image_callback(code, "write", QPAS_STAGE_NONE, segment, dump->err);
}

static int put_range(const struct dump *dump, uint32_t index)
{
	struct qpas_context *context = dump->context;
	const struct qpasi_core_range *range = &context->loaded.ranges[index];
	struct qpasi_link link = qpasi_context_link(context, QPAS_STAGE_NONE, dump->err);
	int code = 0;

	for (uint64_t at = 0; !code && at < range->length;) {
		uint64_t left = range->length - at;
		size_t length = left < CHUNK ? (size_t)left : CHUNK;

		code = qpasi_context_pause(context, "dump", dump->err);
		if (!code)
			code = qpasi_slot_region_read(&link, &context->region, range->offset + at,
						      dump->chunk, length);
		if (!code)
			code = put(dump, index, dump->chunk, length);
		at += length;
	}
	return code;
}

static int put_headers(const struct dump *dump, struct qpasi_core_file *core)
{
	size_t length = qpasi_core_settle(core);

	_Static_assert(QPASI_CORE_HEADERS_MAX <= CHUNK, "headers fit a chunk");
	qpasi_core_headers(core, dump->chunk);
	return put(dump, QPAS_NO_SEGMENT, dump->chunk, length);
}

static int write_dump(struct qpas_context *context, const struct qpas_dump_target *target,
		      struct qpas_error *err)
{
	struct dump dump = {context, target, NULL, err};
	struct qpasi_core_file core = context->loaded;
	int code;

	dump.chunk = qpasi_env_alloc(&context->backend->env, CHUNK);
	if (!dump.chunk)
		return qpasi_error_set(err, QPASI_MSG_NO_MEMORY, QPAS_STAGE_NONE, NULL);
	code = put_headers(&dump, &core);
	for (uint32_t i = 0; !code && i < core.count; i++)
		code = put_range(&dump, i);
	qpasi_env_free(&context->backend->env, dump.chunk);
	return code;
}

/* What cannot be done at all is told in any state: a client can ask before it starts anything. */
static int may_dump(const struct qpas_context *context, struct qpas_error *err)
{
	struct qpasi_fault fault = QPASI_FAULT_INIT;
	int code;

	if (!(context->caps & QPAS_CAP_STEPS) || !context->backend->desc.region_read) {
		fault.message = QPASI_MSG_SLOT_MISSING;
		fault.s = context->backend->desc.name;
		fault.t = "reading memory for a dump";
		return qpasi_fault_report(&fault, QPAS_STAGE_NONE, err);
	}
	code = qpasi_context_admit(context, QPASI_CALL_REGION_READ, err);
	if (code)
		return code;
	if (!context->loaded.count)
		return qpasi_error_set(err, QPASI_MSG_DUMP_NOTHING, QPAS_STAGE_NONE,
				       context->peripheral.name);
	return 0;
}

static int dump(struct qpas_context *context, const struct qpas_dump_target *given,
		struct qpas_error *err)
{
	struct qpas_dump_target target;
	int code = qpasi_abi_copy(&target, given, sizeof(target), sizeof(target), err);

	if (code)
		return code;
	if (target.reserved)
		return qpasi_error_set(err, QPASI_MSG_RESERVED_NOT_ZERO, QPAS_STAGE_NONE,
				       "target->reserved");
	if (!target.write)
		return qpasi_error_set(err, QPASI_MSG_NULL_ARGUMENT, QPAS_STAGE_NONE,
				       "target->write");
	code = may_dump(context, err);
	return code ? code : write_dump(context, &target, err);
}

int qpas_context_dump(struct qpas_context *context, const struct qpas_dump_target *target,
		      struct qpas_error *err)
{
	int code = qpasi_context_enter(context, err);

	if (code)
		return code;
	if (!target)
		code = qpasi_error_set(err, QPASI_MSG_NULL_ARGUMENT, QPAS_STAGE_NONE, "target");
	else
		code = dump(context, target, err);
	return qpasi_context_leave(context, code);
}
