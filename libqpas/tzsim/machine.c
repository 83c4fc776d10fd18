/* SPDX-License-Identifier: BSD-3-Clause */
/* The machine that a device tree describes: its memory, its PAS ids, its streams. */
#include "tzsim/model.h"

#include <string.h>

#include "base/ckd.h"

/* What is put behind the last reserved region where the tree leaves the size to the boot loader. */
#define OPEN_END   (UINT64_C(4) << 30)
#define POOL_BYTES (UINT64_C(64) << 20)
#define POOL_STEP  (UINT64_C(1) << 20)
/* Where memory is when the tree has none at all. */
#define USUAL_RAM UINT64_C(0x80000000)
#define RAM_LIMIT (UINT64_C(1) << 48)

static int no_memory(struct qpas_error *err)
{
	return qpasi_error_set(err, QPASI_MSG_NO_MEMORY, QPAS_STAGE_OPEN, NULL);
}

static int add_ram(struct qpas_tzsim *model, uint64_t start, uint64_t end)
{
	struct qpasi_tzsim_range range = {start, end, 0, 0};

	if (start >= end)
		return 0;
	return qpasi_tzsim_ranges_add(&model->env, &model->memory.ram, &range);
}

/* Reserved regions of the platform, by index; false past the end. Those that wrap are empty. */
static bool memory_range(struct qpas_tzsim *model, uint32_t index, struct qpas_memory_range *range,
			 uint64_t *end)
{
	struct qpas_error ignored = QPAS_ERROR_INIT;

	if (qpas_platform_memory(model->platform, index, range, &ignored))
		return false;
	if (qpasi_tzsim_wraps(range->address, range->size, end) || *end > RAM_LIMIT) {
		range->size = 0;
		*end = range->address;
	}
	return true;
}

static uint64_t top_of_reserved(struct qpas_tzsim *model)
{
	struct qpas_memory_range range;
	uint64_t top = 0, end;

	for (uint32_t i = 0; memory_range(model, i, &range, &end); i++) {
		if (!range.is_memory && end > top)
			top = end;
	}
	return top;
}

/* Boot loaders fill sizes in; what a tree reserves is there in any case. */
static int make_ram(struct qpas_tzsim *model)
{
	uint64_t top = top_of_reserved(model);
	struct qpas_memory_range range;
	uint32_t nodes = 0;
	uint64_t end;
	int code = 0;

	for (uint32_t i = 0; !code && memory_range(model, i, &range, &end); i++) {
		nodes += range.is_memory;
		if (range.is_memory && range.size == 0 && range.address < RAM_LIMIT)
			end = (range.address > top ? range.address : top) + OPEN_END;
		code = add_ram(model, range.address, end);
	}
	if (!code && !nodes)
		code = add_ram(model, USUAL_RAM, USUAL_RAM + OPEN_END);
	for (uint32_t i = 0; !code && i < model->profile.memory.count; i++)
		code = add_ram(model, model->profile.memory.at[i].start,
			       model->profile.memory.at[i].end);
	return code;
}

/* Whether a range of normal memory holds no reserved region; else where the region ends. */
static bool is_free(struct qpas_tzsim *model, uint64_t start, uint64_t end, uint64_t *next)
{
	struct qpas_memory_range range;
	uint64_t range_end;

	for (uint32_t i = 0; memory_range(model, i, &range, &range_end); i++) {
		if (!range.is_memory && range.address < end && start < range_end) {
			*next = range_end;
			return false;
		}
	}
	return true;
}

/* Shared buffers come from the lowest free memory, so that 32-bit calls can name them. */
static bool find_pool(struct qpas_tzsim *model, const struct qpasi_tzsim_range *ram)
{
	uint64_t start;

	if (qpasi_ckd_align_up(&start, ram->start ? ram->start : POOL_STEP, POOL_STEP))
		return false;
	while (start < ram->end && ram->end - start >= POOL_BYTES) {
		uint64_t next = start;

		if (is_free(model, start, start + POOL_BYTES, &next)) {
			model->memory.pool.start = start;
			model->memory.pool.end = start + POOL_BYTES;
			return true;
		}
		if (qpasi_ckd_align_up(&start, next, POOL_STEP))
			return false;
	}
	return false;
}

static int make_pool(struct qpas_tzsim *model)
{
	struct qpasi_tzsim_range *pool = &model->memory.pool;

	for (uint32_t i = 0; i < model->memory.ram.count; i++) {
		struct qpasi_tzsim_range before = *pool;

		if (find_pool(model, &model->memory.ram.at[i]) && before.end &&
		    before.start < pool->start)
			*pool = before;
	}
	if (pool->end)
		return 0;
	/* A tree whose memory is reserved through and through: the pool is memory of its own. */
	if (qpasi_ckd_align_up(&pool->start, top_of_reserved(model), POOL_BYTES))
		return QPAS_ERR_NOMEM;
	pool->end = pool->start + POOL_BYTES;
	return add_ram(model, pool->start, pool->end);
}

/*
 * The tables of the IOMMU lie above all memory, or between two parts of it, with a gap below: nobody
 * is given memory there, and who runs over the end of his own does not meet them.
 */
static void find_tables(struct qpas_tzsim *model)
{
	struct qpasi_tzsim_range *tables = &model->memory.tables;
	const uint64_t limit = UINT64_C(1) << QPASI_TZSIM_OUTPUT_BITS;

	for (uint32_t i = 0; i < model->memory.ram.count; i++) {
		uint64_t start, next;

		if (qpasi_ckd_align_up(&start, model->memory.ram.at[i].end,
				       QPASI_TZSIM_TABLE_BYTES) ||
		    ckd_add(&start, start, QPASI_TZSIM_TABLE_BYTES) || start < tables->end ||
		    start > limit - QPASI_TZSIM_TABLE_BYTES)
			continue;
		next = start + QPASI_TZSIM_TABLE_BYTES;
		if (qpasi_tzsim_ranges_meet(&model->memory.ram, start, next) ||
		    !is_free(model, start, next, &next))
			continue;
		tables->start = start;
		tables->end = start + QPASI_TZSIM_TABLE_BYTES;
	}
}

/* ---- PAS ids ---- */

struct qpasi_tzsim_pas *qpasi_tzsim_find_pas(struct qpas_tzsim *model, uint64_t id)
{
	for (uint32_t i = 0; i < model->pas_count; i++) {
		if (model->pas[i].id == id)
			return &model->pas[i];
	}
	return NULL;
}

const struct qpas_stream *qpasi_tzsim_streams(const struct qpasi_tzsim_pas *pas, uint32_t *count)
{
	*count = pas->stream_count ? pas->stream_count : 1;
	return pas->stream_count ? pas->streams : &pas->own_stream;
}

static void describe_pas(struct qpasi_tzsim_pas *pas, uint32_t id,
			 const struct qpas_peripheral *peripheral)
{
	memset(pas, 0, sizeof(*pas));
	pas->id = id;
	pas->kind = peripheral->kind;
	pas->companion = QPAS_NO_PAS_ID;
	pas->path = peripheral->path;
	pas->carveouts = peripheral->carveouts;
	pas->carveout_count = peripheral->carveout_count;
	pas->streams = peripheral->streams;
	pas->stream_count = peripheral->stream_count;
	pas->enabled = (peripheral->flags & QPAS_PERIPHERAL_ENABLED) != 0;
	pas->own_stream.iommu = "unknown-iommu";
	/* A companion is data for the same processor: it is fetched by the same stream. */
	pas->own_stream.cells[0] = peripheral->pas_id & 0xffff;
	pas->own_stream.cell_count = 1;
}

/* Two nodes may share an id (one disabled, as a rule): the enabled one describes it. */
static int add_pas(struct qpas_tzsim *model, const struct qpasi_tzsim_pas *made)
{
	struct qpasi_tzsim_pas *known = qpasi_tzsim_find_pas(model, made->id);
	int code;

	if (known) {
		if (made->enabled && !known->enabled)
			*known = *made;
		return 0;
	}
	code = qpasi_tzsim_grow(&model->env, &model->pas, &model->pas_capacity, model->pas_count,
				sizeof(*made));
	if (!code)
		model->pas[model->pas_count++] = *made;
	return code;
}

static int add_peripheral(struct qpas_tzsim *model, const struct qpas_peripheral *peripheral)
{
	struct qpasi_tzsim_pas made;
	int code;

	describe_pas(&made, peripheral->pas_id, peripheral);
	made.companion = peripheral->dtb_pas_id;
	made.lite_ids = peripheral->lite_pas_ids;
	made.lite_count = peripheral->lite_count;
	code = add_pas(model, &made);
	if (!code && peripheral->dtb_pas_id != QPAS_NO_PAS_ID) {
		describe_pas(&made, peripheral->dtb_pas_id, peripheral);
		made.companion_of = 1;
		code = add_pas(model, &made);
	}
	for (uint32_t i = 0; !code && i < peripheral->lite_count; i++) {
		describe_pas(&made, peripheral->lite_pas_ids[i], peripheral);
		made.companion_of = 1;
		code = add_pas(model, &made);
	}
	return code;
}

static int make_pas(struct qpas_tzsim *model)
{
	int code = 0;

	for (uint32_t i = 0; !code && i < qpas_platform_count(model->platform); i++) {
		struct qpas_peripheral peripheral = QPAS_PERIPHERAL_INIT;

		code = qpas_platform_peripheral(model->platform, i, &peripheral, NULL);
		model->no_bridges |= (peripheral.flags & QPAS_PERIPHERAL_NO_BRIDGE) != 0;
		if (!code && peripheral.pas_id != QPAS_NO_PAS_ID)
			code = add_peripheral(model, &peripheral);
	}
	for (uint32_t i = 0; i < model->profile.running.count; i++) {
		struct qpasi_tzsim_pas *pas =
			qpasi_tzsim_find_pas(model, model->profile.running.at[i].owner);

		if (pas) {
			pas->state = QPASI_TZSIM_RUNNING;
			pas->processor = QPASI_TZSIM_SILENT;
		}
	}
	return code;
}

/* Memory, buffers and tables of a simulated machine. */
static int make_memory(struct qpas_tzsim *model, struct qpas_error *err)
{
	int code = make_ram(model);

	if (!code)
		code = make_pool(model);
	if (code)
		return no_memory(err);
	find_tables(model);
	if (!model->memory.tables.end)
		return qpasi_error_set(err, QPASI_MSG_SIM_NO_TABLE_AREA, QPAS_STAGE_OPEN, NULL);
	return 0;
}

/* A guest has all that already; `ram` is the caller's and read here only. */
static int lend_memory(struct qpas_tzsim *model, struct qpas_error *err)
{
	const struct qpas_tzsim_guest *guest = &model->guest;

	for (uint32_t i = 0; i < guest->ram_count; i++) {
		uint64_t start = guest->ram[i].address, size = guest->ram[i].size, end;

		if (!size || qpasi_tzsim_wraps(start, size, &end) || end > RAM_LIMIT)
			return qpasi_error_numbers(err, QPASI_MSG_SIM_GUEST_RAM, QPAS_STAGE_OPEN,
						   start, size);
		if (add_ram(model, start, end))
			return no_memory(err);
	}
	if (qpasi_tzsim_memory_lend(&model->memory, guest))
		return no_memory(err);
	qpasi_tzsim_smmu_init(&model->smmu, &model->memory);
	model->iommu.smmu = &model->smmu;
	model->guest.ram = NULL;
	return 0;
}

int qpasi_tzsim_machine_make(struct qpas_tzsim *model, struct qpas_error *err)
{
	int code = model->guest.size ? lend_memory(model, err) : make_memory(model, err);

	if (code)
		return code;
	if (make_pas(model))
		return no_memory(err);
	/* Where Linux makes no bridges although it could, the trusted world cannot insist on them. */
	if (!model->tz)
		model->tz = model->host_level == 2 && !model->no_bridges ? QPAS_TZSIM_STRICT :
									   QPAS_TZSIM_LENIENT;
	return 0;
}
