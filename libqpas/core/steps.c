/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The steps of a start, one function each. A step does its work or leaves things as they were;
 * what it took is noted in the context, and undo.c gives it back.
 */
#include <inttypes.h>
#include <string.h>

#include "core/context.h"
#include "format/shm_bridge.h"
#include "image/image_internal.h"
#include "platform/platform.h"

bool qpasi_step_mem_setup_due(const struct qpas_context *context)
{
	if (context->caps & QPAS_CAP_MEM_SETUP_ALWAYS ||
	    context->peripheral.flags & QPAS_PERIPHERAL_MEM_SETUP_ALWAYS)
		return true;
	return context->image && qpasi_image_plan(context->image)->relocatable;
}

int qpasi_step_check(const struct qpas_context *context, const struct qpas_image *image,
		     struct qpas_error *err)
{
	const struct qpasi_plan *plan = qpasi_image_plan(image);
	struct qpasi_fault fault = QPASI_FAULT_INIT;
	uint64_t offset;
	int code = qpasi_platform_check_boot(context->platform, &context->peripheral, err);

	if (!code)
		code = qpasi_image_may_load(image, err);
	if (code)
		return code;
	if (plan->size > context->region.size) {
		fault.message = QPASI_MSG_CARVEOUT_SMALL;
		fault.s = context->peripheral.name;
		fault.a = plan->size;
		fault.b = context->region.size;
		return qpasi_fault_report(&fault, QPAS_STAGE_PLAN, err);
	}
	if (qpasi_plan_place(qpasi_image_elf(image), plan, context->region.address,
			     context->region.size, &offset, &fault))
		return qpasi_fault_report(&fault, QPAS_STAGE_PLAN, err);
	return 0;
}

void qpasi_step_hold(struct qpas_context *context, struct qpas_image *image)
{
	const struct qpasi_plan *plan = qpasi_image_plan(image);
	struct qpasi_fault fault = QPASI_FAULT_INIT;

	context->image = qpas_image_ref(image);
	context->written = false;
	context->dirty = false;
	context->span_offset = 0;
	(void)qpasi_plan_place(qpasi_image_elf(context->image), plan, context->region.address,
			       context->region.size, &context->span_offset, &fault);
	context->span_length = plan->size;
}

/* The bytes are copied once and do not change until they are released: the buffer is the snapshot. */
int qpasi_step_metadata(struct qpas_context *context, struct qpas_image *image,
			struct qpas_error *err)
{
	struct qpasi_link link = qpasi_context_link(context, QPAS_STAGE_METADATA, err);
	struct qpas_slice bytes = {NULL, 0};
	int code = qpas_image_metadata(image, &bytes, err);

	if (code)
		return code;
	code = qpasi_shared_take(context, bytes.len, context->caps & QPAS_CAP_COPIES_METADATA,
				 &context->metadata, &link);
	if (code)
		return code;
	memcpy(context->metadata.part.ptr, bytes.ptr, bytes.len);
	qpasi_step_hold(context, image);
	qpasi_detail(context, "%zu bytes of metadata%s", bytes.len,
		     context->metadata.bridged ? ", bridged" : "");
	return 0;
}

/* The slot first: while the trusted world uses the buffer, it stays bridged. */
void qpasi_step_release(struct qpas_context *context)
{
	struct qpasi_link link = qpasi_context_link(context, QPAS_STAGE_RELEASE, NULL);

	if (context->metadata_begun)
		qpasi_slot_metadata_release(&link);
	context->metadata_begun = false;
	qpasi_shared_give(context, &context->metadata, &link);
	qpas_image_unref(context->image);
	context->image = NULL;
}

int qpasi_step_init_image(struct qpas_context *context, struct qpas_error *err)
{
	struct qpasi_link link = qpasi_context_link(context, QPAS_STAGE_INIT_IMAGE, err);
	int code = qpasi_context_admit(context, QPASI_CALL_INIT_IMAGE, err);

	if (code)
		return code;
	qpasi_detail(context, "pas id %" PRIu32, context->pas_id);
	code = qpasi_slot_metadata_begin(&link, &context->metadata.part);
	qpasi_context_settle(context, QPASI_CALL_INIT_IMAGE, code);
	context->metadata_begun = !code;
	context->touched = !code || context->state == QPAS_STATE_UNKNOWN;
	return qpasi_context_unknown(context, code, QPAS_STAGE_INIT_IMAGE, err);
}

/* The very range that is zeroed, loaded and authenticated: all three are noted in one place. */
int qpasi_step_mem_setup(struct qpas_context *context, struct qpas_error *err)
{
	struct qpasi_link link = qpasi_context_link(context, QPAS_STAGE_MEM_SETUP, err);
	int code = qpasi_context_admit(context, QPASI_CALL_MEM_SETUP, err);

	if (code)
		return code;
	qpasi_detail(context, "0x%" PRIx64 " + 0x%" PRIx64,
		     context->region.address + context->span_offset, context->span_length);
	code = qpasi_slot_mem_setup(&link, &context->region, context->span_offset,
				    context->span_length);
	qpasi_context_settle(context, QPASI_CALL_MEM_SETUP, code);
	return qpasi_context_unknown(context, code, QPAS_STAGE_MEM_SETUP, err);
}

struct load {
	struct qpas_context *context;
	uint32_t segments;
	uint64_t bytes;
};

/* Between two segments a boot can be cancelled; a segment is written as a whole. */
static int load_write(void *user, uint64_t offset, struct qpas_slice data, struct qpas_error *err)
{
	struct load *load = user;
	struct qpasi_link link = qpasi_context_link(load->context, QPAS_STAGE_LOAD, err);
	int code = qpasi_context_pause(load->context, "load", err);

	if (code)
		return code;
	load->segments++;
	load->bytes += data.len;
	return qpasi_slot_region_write(&link, &load->context->region, offset, data);
}

static int load_zero(void *user, uint64_t offset, uint64_t length, struct qpas_error *err)
{
	struct load *load = user;
	struct qpasi_link link = qpasi_context_link(load->context, QPAS_STAGE_LOAD, err);

	return qpasi_slot_region_zero(&link, &load->context->region, offset, length);
}

int qpasi_step_fill(struct qpas_context *context, struct qpas_error *err)
{
	struct qpas_load_target target = QPAS_LOAD_TARGET_INIT;
	struct load load = {context, 0, 0};
	int code = qpasi_dump_note(context, err);

	if (code)
		return code;
	target.base = context->region.address;
	target.region_size = context->region.size;
	target.write = load_write;
	target.zero = load_zero;
	target.user = &load;
	context->written = true;
	context->dirty = true;
	code = qpas_image_load(context->image, &target, err);
	/* Zero-filled segments are loaded, too, all at once. */
	qpasi_detail_load(context,
			  code ? load.segments : qpasi_image_plan(context->image)->loadable,
			  load.bytes);
	return code;
}

int qpasi_step_load(struct qpas_context *context, struct qpas_error *err)
{
	int code = qpasi_context_admit(context, QPASI_CALL_LOAD, err);

	if (code)
		return code;
	code = qpasi_step_fill(context, err);
	qpasi_context_settle(context, QPASI_CALL_LOAD, code);
	return code;
}

static uint32_t count_devmem(const struct qpas_rsc_table *table)
{
	struct qpas_rsc_entry entry = QPAS_RSC_ENTRY_INIT;
	uint32_t count = 0;

	for (uint32_t i = 0; i < qpas_rsc_table_count(table); i++) {
		if (!qpas_rsc_table_entry(table, i, &entry, NULL) && entry.type == QPAS_RSC_DEVMEM)
			count++;
	}
	return count;
}

/* Devmem entries as the table says them; the first mapping is the carveout's. */
static void add_devmem(struct qpas_context *context)
{
	struct qpas_rsc_entry entry = QPAS_RSC_ENTRY_INIT;

	for (uint32_t i = 0; i < qpas_rsc_table_count(context->table); i++) {
		struct qpas_backend_mapping *to = &context->mappings[context->mapping_count];

		if (qpas_rsc_table_entry(context->table, i, &entry, NULL) ||
		    entry.type != QPAS_RSC_DEVMEM)
			continue;
		to->iova = entry.da;
		to->address = entry.pa;
		to->length = entry.len;
		to->permissions = entry.flags;
		context->mapping_count++;
	}
}

/*
 * The carveout stands where it is, for the processor to read and write; started without PAS it
 * stands at 0, privileged (drivers/media/platform/qcom/venus/firmware.c).
 */
static int make_mappings(struct qpas_context *context, struct qpas_error *err)
{
	size_t count = (size_t)count_devmem(context->table) + 1;
	struct qpas_backend_mapping *to =
		qpasi_env_alloc(&context->backend->env, count * sizeof(*to));

	if (!to)
		return qpasi_error_set(err, QPASI_MSG_NO_MEMORY, QPAS_STAGE_IOMMU, NULL);
	to->iova = context->direct ? 0 : context->region.address;
	to->address = context->region.address;
	to->length = context->region.size;
	to->permissions = QPAS_RSC_READ | QPAS_RSC_WRITE | (context->direct ? QPAS_RSC_PRIV : 0);
	context->mappings = to;
	context->mapping_count = 1;
	if (!context->direct)
		add_devmem(context);
	return 0;
}

/* All or nothing: what the backend refused is not remembered, so it is not undone either. */
int qpasi_step_iommu(struct qpas_context *context, struct qpas_error *err)
{
	struct qpasi_link link = qpasi_context_link(context, QPAS_STAGE_IOMMU, err);
	struct qpas_backend_domain domain = {context->peripheral.streams, NULL,
					     context->peripheral.stream_count, 0};
	int code = make_mappings(context, err);

	if (code)
		return code;
	domain.mappings = context->mappings;
	domain.mapping_count = context->mapping_count;
	code = qpasi_slot_iommu_apply(&link, &domain);
	context->mapped = !code;
	if (!code) {
		qpasi_detail_domain(context);
		return 0;
	}
	qpasi_env_free(&context->backend->env, context->mappings);
	context->mappings = NULL;
	return code;
}

/* The whole carveout, as the kernel does it, not only the image: it is what the processor gets. */
int qpasi_step_bridge(struct qpas_context *context, struct qpas_error *err)
{
	struct qpasi_link link = qpasi_context_link(context, QPAS_STAGE_BRIDGE, err);
	struct qpas_shm_bridge bridge = QPAS_SHM_BRIDGE_INIT;
	int code;

	qpasi_shm_bridge_hlos(&bridge, context->region.address, context->region.size);
	code = qpasi_slot_bridge_create(&link, &bridge, &context->bridge);
	context->bridged = !code;
	qpasi_detail_region(context);
	return code;
}

int qpasi_step_unbridge(struct qpas_context *context, struct qpas_error *err)
{
	struct qpasi_link link = qpasi_context_link(context, QPAS_STAGE_BRIDGE, err);
	int code = qpasi_slot_bridge_delete(&link, context->bridge);

	/* Never twice for a handle, unless the first call was not even made. */
	context->bridged = qpasi_slot_not_tried(code);
	qpasi_detail_region(context);
	return code;
}

/* From here on nothing touches the region until an answer says whose it is. */
int qpasi_step_auth_reset(struct qpas_context *context, struct qpas_error *err)
{
	struct qpasi_link link = qpasi_context_link(context, QPAS_STAGE_AUTH_RESET, err);
	int code = qpasi_context_admit(context, QPASI_CALL_AUTH_RESET, err);

	if (code)
		return code;
	qpasi_detail(context, "pas id %" PRIu32, context->pas_id);
	code = qpasi_slot_auth_reset(&link);
	if (!qpasi_slot_not_tried(code))
		qpasi_context_settle(context, QPASI_CALL_AUTH_RESET, code);
	if (!code) {
		context->dirty = false;
		context->ready = QPAS_READY_UNKNOWN;
	}
	return qpasi_context_unknown(context, code, QPAS_STAGE_AUTH_RESET, err);
}
