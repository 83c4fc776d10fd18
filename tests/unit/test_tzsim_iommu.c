/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The simulator's IOMMU: stream entries, the tables that stand in simulated memory, and faults. The
 * tables are read back through the public interface by a reader that shares no code with it.
 */
#include "support/table_reader.h"
#include "support/tzsim_rig.h"

#include "base/host/host_memory.h"
#include "expect.h"
#include "failing_heap.h"
#include "tzsim/model.h"

#define IOMMU "/soc@0/iommu@15000000"
/* Where the tables of the tests without a machine are, and a page of ordinary memory. */
#define TABLES UINT64_C(0x90000000)
#define RAM    UINT64_C(0x80000000)

static const struct qpas_stream masked = {"/soc/iommu", {0x21c0, 0x400}, 2, 0};
static const struct qpas_stream inside = {"/soc/iommu", {0x25c0}, 1, 0};
static const struct qpas_stream elsewhere = {"/soc/other", {0x21c0, 0x400}, 2, 0};

static struct qpasi_env env;
static struct qpasi_tzsim_memory memory;
static struct qpasi_tzsim_iommu iommu;

static int set_up(void **state)
{
	struct qpasi_tzsim_range ram = {RAM, RAM + 0x100000, 0, 0};

	(void)state;
	assert_int_equal(qpasi_env_init(&env, NULL, qpasi_host_allocator(), NULL), 0);
	qpasi_tzsim_memory_init(&memory, &env);
	assert_int_equal(qpasi_tzsim_ranges_add(&env, &memory.ram, &ram), 0);
	memory.tables.start = TABLES;
	memory.tables.end = TABLES + QPASI_TZSIM_TABLE_BYTES;
	qpasi_tzsim_iommu_init(&iommu, &env, &memory);
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	qpasi_tzsim_iommu_free(&iommu);
	qpasi_tzsim_memory_free(&memory);
	return 0;
}

static int map(const struct qpas_stream *stream, const struct qpas_backend_mapping *mapping)
{
	return qpasi_tzsim_iommu_map(&iommu, stream, mapping, NULL);
}

static int unmap(const struct qpas_stream *stream, const struct qpas_backend_mapping *mapping)
{
	return qpasi_tzsim_iommu_unmap(&iommu, stream, mapping, NULL);
}

static void expect_nothing(const char *row)
{
	expect_number(row, "mappings", iommu.count, 0);
	expect_number(row, "banks", iommu.bank_count, 0);
	expect_number(row, "tables", iommu.tables, 0);
}

/* ---- stream entries ---- */

static void mapped_pages_translate_for_every_id_under_the_mask(void **state)
{
	static const struct {
		struct qpasi_tzsim_access access;
		const char *fault;
		uint32_t level;
	} rows[] = {
		{{"/soc/iommu", 0x21c0, QPASI_LPAE_READ, false, 0x10000}, NULL, 3},
		{{"/soc/iommu", 0x25c0, QPASI_LPAE_READ, false, 0x11fff}, NULL, 3},
		{{"/soc/iommu", 0x25c0, QPASI_LPAE_EXECUTE, true, 0x11fff}, NULL, 3},
		{{"/soc/iommu", 0x21c1, QPASI_LPAE_READ, false, 0x10000},
		 "nothing is mapped for this stream",
		 4},
		{{"/soc/other", 0x21c0, QPASI_LPAE_READ, false, 0x10000},
		 "nothing is mapped for this stream",
		 4},
		{{"/soc/iommu", 0x21c0, QPASI_LPAE_READ, false, 0xffff}, "translation fault", 3},
		{{"/soc/iommu", 0x21c0, QPASI_LPAE_READ, false, 0x12000}, "translation fault", 3},
		{{"/soc/iommu", 0x21c0, QPASI_LPAE_READ, false, 0x200000}, "translation fault", 2},
		{{"/soc/iommu", 0x21c0, QPASI_LPAE_READ, false, 0x40000000}, "translation fault", 1},
		{{"/soc/iommu", 0x21c0, QPASI_LPAE_READ, false, UINT64_C(0x8000000000)},
		 "translation fault",
		 0},
		{{"/soc/iommu", 0x21c0, QPASI_LPAE_READ, false, UINT64_MAX}, "translation fault", 0},
		{{"/soc/iommu", 0x21c0, QPASI_LPAE_WRITE, false, 0x10000}, "permission fault", 3},
	};
	struct qpas_backend_mapping mapping = {0x10000, 0x98000000, 0x2000, QPAS_RSC_READ, 0};

	(void)state;
	assert_int_equal(map(&masked, &mapping), 0);
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct qpasi_tzsim_translation got;
		bool through = qpasi_tzsim_iommu_translate(&iommu, &rows[i].access, &got);

		if (through != !rows[i].fault || got.level != rows[i].level ||
		    (rows[i].fault && strcmp(got.fault, rows[i].fault) != 0))
			fail_msg("row %zu: %s at level %u", i, got.fault ? got.fault : "no fault",
				 got.level);
		if (through)
			expect_number("row", "address", got.address,
				      0x98000000 + (rows[i].access.iova - 0x10000));
	}
}

static void mappings_overlap_on_no_stream_and_are_undone_exactly(void **state)
{
	struct qpas_backend_mapping mapping = {0x10000, 0x98000000, 0x2000, 3, 0};
	struct qpas_backend_mapping last = {0x11000, 0xa0000000, 0x1000, 3, 0};
	struct qpas_backend_mapping part = {0x11000, 0x98001000, 0x1000, 3, 0};
	struct qpas_backend_mapping moved = {0x10000, 0x98001000, 0x2000, 3, 0};

	(void)state;
	assert_int_equal(map(&masked, &mapping), 0);
	assert_int_equal(map(&masked, &last), QPAS_ERR_OVERLAP);
	assert_int_equal(map(&elsewhere, &last), 0);
	assert_int_equal(unmap(&masked, &last), QPAS_ERR_NOTFOUND);
	/* Part of a mapping is none, and neither is one of other memory or of other streams. */
	assert_int_equal(unmap(&masked, &part), QPAS_ERR_NOTFOUND);
	assert_int_equal(unmap(&masked, &moved), QPAS_ERR_NOTFOUND);
	assert_int_equal(unmap(&inside, &mapping), QPAS_ERR_NOTFOUND);
	assert_int_equal(unmap(&elsewhere, &mapping), QPAS_ERR_NOTFOUND);
	assert_int_equal(iommu.count, 2);
	assert_int_equal(unmap(&masked, &mapping), 0);
	assert_int_equal(unmap(&masked, &mapping), QPAS_ERR_NOTFOUND);
	assert_int_equal(unmap(&elsewhere, &last), 0);
	expect_nothing("undone");
}

/* An id that two entries have is a conflict, whatever either of them maps. */
static void entries_that_share_an_id_are_refused_unless_they_are_the_same(void **state)
{
	struct qpas_backend_mapping mapping = {0x10000, 0x98000000, 0x1000, 3, 0};
	struct qpas_backend_mapping other = {0x30000, 0x99000000, 0x1000, 3, 0};
	struct qpasi_fault fault = QPASI_FAULT_INIT;

	(void)state;
	assert_int_equal(map(&masked, &mapping), 0);
	assert_int_equal(qpasi_tzsim_iommu_map(&iommu, &inside, &other, &fault), QPAS_ERR_OVERLAP);
	assert_int_equal(fault.message, QPASI_MSG_SIM_STREAM_CONFLICT);
	assert_string_equal(fault.s, "/soc/iommu");
	assert_int_equal(map(&masked, &other), 0);
	assert_int_equal(iommu.bank_count, 1);
	assert_int_equal(unmap(&masked, &mapping), 0);
	assert_int_equal(map(&inside, &other), QPAS_ERR_OVERLAP);
	assert_int_equal(unmap(&masked, &other), 0);
	assert_int_equal(map(&inside, &other), 0);
	assert_int_equal(map(&masked, &mapping), QPAS_ERR_OVERLAP);
	assert_int_equal(unmap(&inside, &other), 0);
	expect_nothing("entries");
}

static void mappings_that_cannot_be_are_refused(void **state)
{
	static const struct qpas_stream nowhere = {NULL, {1}, 1, 0};
	static const struct qpas_stream nobody = {"/soc/iommu", {1}, 0, 0};
	static const struct {
		const struct qpas_stream *stream;
		struct qpas_backend_mapping mapping;
		int code;
	} rows[] = {
		{&masked, {0x10000, 0x98000000, 0, 3, 0}, QPAS_ERR_RANGE},
		{&masked, {0x10001, 0x98000000, 0x1000, 3, 0}, QPAS_ERR_RANGE},
		{&masked, {0x10000, 0x98000800, 0x1000, 3, 0}, QPAS_ERR_RANGE},
		{&masked, {0x10000, 0x98000000, 0x1001, 3, 0}, QPAS_ERR_RANGE},
		{&masked, {UINT64_C(0xfffffffffffff000), 0x98000000, 0x1000, 3, 0}, QPAS_ERR_RANGE},
		{&masked, {0x10000, UINT64_C(0xfffffffffffff000), 0x2000, 3, 0}, QPAS_ERR_RANGE},
		{&masked, {0x10000, UINT64_C(0x100000000000), 0x1000, 3, 0}, QPAS_ERR_RANGE},
		{&masked, {UINT64_C(0x1000000000000), 0x98000000, 0x1000, 3, 0}, QPAS_ERR_RANGE},
		{&masked, {0x10000, 0x98000000, 0x1000, 0, 0}, QPAS_ERR_ARG},
		{&masked, {0x10000, 0x98000000, 0x1000, QPAS_RSC_MMIO, 0}, QPAS_ERR_ARG},
		{&nowhere, {0x10000, 0x98000000, 0x1000, 3, 0}, QPAS_ERR_ARG},
		{&nobody, {0x10000, 0x98000000, 0x1000, 3, 0}, QPAS_ERR_ARG},
		/* By pages only, that takes more tables than there are. */
		{&masked, {0x1000, 0x98000000, UINT64_C(0x400000000), 3, 0}, QPAS_ERR_NOMEM},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		expect_code("mapping", map(rows[i].stream, &rows[i].mapping), rows[i].code);
		expect_nothing("mapping");
		if (rows[i].code == QPAS_ERR_ARG && rows[i].stream != &masked)
			expect_code("unmapping", unmap(rows[i].stream, &rows[i].mapping),
				    QPAS_ERR_ARG);
	}
}

/* ---- tables ---- */

static uint64_t get(uint64_t address)
{
	uint64_t value = 0;

	assert_int_equal(qpasi_tzsim_memory_read(&memory, QPASI_TZSIM_HOST, address, &value, 8), 0);
	return value;
}

static void put(uint64_t address, uint64_t value)
{
	struct qpas_slice slice = {&value, sizeof(value)};

	assert_int_equal(qpasi_tzsim_memory_write(&memory, QPASI_TZSIM_HOST, address, slice), 0);
}

/* The only mapping's page at 0x201000 is the second descriptor of the fourth page of the area. */
static void whatever_is_written_to_the_tables_is_what_translates(void **state)
{
	static const struct {
		uint64_t at, descriptor, address;
		const char *fault;
		uint32_t level;
	} rows[] = {
		{0x3008, UINT64_C(0x9a000743), 0x9a000234, NULL, 3},
		{0x3008, 0, 0, "translation fault", 3},
		{0x3008, UINT64_C(0x9a000343), 0, "access flag fault", 3},
		{0x3008, UINT64_C(0x9a000703), 0, "permission fault", 3},
		{0x3008, UINT64_C(0x100000000743), 0, "address size fault", 3},
		{0x2008, 0, 0, "translation fault", 2},
		{0x2008, UINT64_C(0x40000743 - 2), 0x40001234, NULL, 2},
		/* A table that is the area's end, one that is the trusted world's, and the first one. */
		{0x2008, TABLES + QPASI_TZSIM_TABLE_BYTES + 3, 0, "external abort on a table walk",
		 3},
		{0x2008, RAM + 0x5003, 0, "external abort on a table walk", 3},
		{0x0000, TABLES + 3, 0, "translation fault", 2},
		/* Any memory of the host's can be a table. */
		{0x2008, RAM + 3, 0x12345234, NULL, 3},
	};
	const struct qpasi_tzsim_access access = {"/soc/iommu", 0x21c0, QPASI_LPAE_READ, false,
						  0x201234};
	struct qpas_backend_mapping mapping = {0x201000, 0x98000000, 0x1000, 3, 0};
	struct qpasi_tzsim_translation got;

	(void)state;
	assert_int_equal(map(&masked, &mapping), 0);
	assert_int_equal(qpasi_tzsim_memory_own(&memory, RAM + 0x5000, 0x1000, 1), 0);
	put(RAM + 8, 0x12345743);
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		uint64_t before = get(TABLES + rows[i].at);

		put(TABLES + rows[i].at, rows[i].descriptor);
		(void)qpasi_tzsim_iommu_translate(&iommu, &access, &got);
		if (got.level != rows[i].level || !got.fault != !rows[i].fault ||
		    (got.fault && strcmp(got.fault, rows[i].fault) != 0))
			fail_msg("row %zu: %s at level %u", i, got.fault ? got.fault : "no fault",
				 got.level);
		expect_number("row", "address", got.address, rows[i].address);
		/* Taking the mapping back never follows what somebody else wrote. */
		if (rows[i].fault && rows[i].at != 0x3008)
			assert_int_not_equal(unmap(&masked, &mapping), 0);
		put(TABLES + rows[i].at, before);
	}
	assert_int_equal(qpasi_tzsim_iommu_translate(&iommu, &access, &got), true);
	assert_int_equal(memory.protected_accesses, 0);
	assert_int_equal(unmap(&masked, &mapping), 0);
	expect_nothing("restored");
}

/* What stood in a page before it became a table is none of its descriptors. */
static void pages_of_the_area_are_cleared_before_they_are_tables(void **state)
{
	const struct qpasi_tzsim_access access = {"/soc/iommu", 0x21c0, QPASI_LPAE_READ, false,
						  0x202000};
	struct qpas_backend_mapping mapping = {0x201000, 0x98000000, 0x1000, 3, 0};
	struct qpasi_tzsim_translation got;

	(void)state;
	for (uint64_t i = 0; i < UINT64_C(0x4000); i += 8)
		put(TABLES + i, 0x9a000743);
	assert_int_equal(map(&masked, &mapping), 0);
	assert_false(qpasi_tzsim_iommu_translate(&iommu, &access, &got));
	assert_string_equal(got.fault, "translation fault");
	assert_int_equal(got.level, 3);
	assert_int_equal(unmap(&masked, &mapping), 0);
	expect_nothing("cleared");
}

/*
 * H: a host that writes anything anywhere into its tables, between maps and unmaps. What comes of it
 * is its own fault, but every call ends, no page is counted twice, and no other memory is touched.
 */
static void damaged_tables_do_no_harm_beyond_themselves(void **state)
{
	uint64_t seed = 0xdead, faults = 0, refused = 0;

	(void)state;
	for (uint32_t round = 0; round < 20000; round++) {
		const struct qpas_stream *stream = next_random(&seed) % 2 ? &masked : &elsewhere;
		struct qpas_backend_mapping mapping = {
			next_random(&seed) % 64 * 0x100000,
			0x98000000 + next_random(&seed) % 8 * 0x100000, 0x100000, 3, 0};
		struct qpasi_tzsim_access access = {stream->iommu, 0x21c0, QPASI_LPAE_WRITE, false,
						    mapping.iova};
		struct qpasi_tzsim_translation got;

		if (next_random(&seed) % 2)
			refused += map(stream, &mapping) != 0;
		else if (iommu.count)
			refused += unmap(stream, &mapping) != 0;
		/* A link to one of the first 64 pages, mostly those in use, or anything at all. */
		if (round % 8 == 0)
			put(TABLES + next_random(&seed) % (64 * 512) * 8,
			    next_random(&seed) % 4 ?
				    TABLES + next_random(&seed) % 64 * 4096 + 0x443 :
				    next_random(&seed));
		faults += !qpasi_tzsim_iommu_translate(&iommu, &access, &got);
		if (iommu.tables > QPASI_TZSIM_TABLES || iommu.bank_count > 2)
			fail_msg("round %u: %u tables, %u banks", round, iommu.tables,
				 iommu.bank_count);
	}
	assert_true(faults > 100 && refused > 100);
	/* A fresh one is not worse for it. */
	qpasi_tzsim_iommu_free(&iommu);
	qpasi_tzsim_iommu_init(&iommu, &env, &memory);
	{
		struct qpas_backend_mapping mapping = {0x201000, 0x98000000, 0x1000, 3, 0};

		assert_int_equal(map(&masked, &mapping), 0);
		assert_int_equal(unmap(&masked, &mapping), 0);
	}
	expect_nothing("fresh");
}

static void area_of_the_tables_is_no_memory_but_for_the_host(void **state)
{
	uint64_t end = TABLES + QPASI_TZSIM_TABLE_BYTES;
	uint8_t bytes[8];

	(void)state;
	assert_false(qpasi_tzsim_memory_has(&memory, TABLES, 8));
	assert_int_equal(qpasi_tzsim_memory_read(&memory, QPASI_TZSIM_TRUSTED, TABLES, bytes, 8),
			 QPAS_ERR_RANGE);
	assert_int_equal(qpasi_tzsim_memory_read(&memory, QPASI_TZSIM_HOST, end - 8, bytes, 8), 0);
	assert_int_equal(qpasi_tzsim_memory_read(&memory, QPASI_TZSIM_HOST, end - 7, bytes, 8),
			 QPAS_ERR_RANGE);
	assert_int_equal(qpasi_tzsim_memory_read(&memory, QPASI_TZSIM_HOST, TABLES - 8, bytes, 8),
			 QPAS_ERR_RANGE);
}

/* H: the simulator's own memory runs out anywhere: nothing is mapped, and nothing is lost. */
static void heap_that_runs_out_leaves_no_mapping_and_no_table(void **state)
{
	struct qpas_backend_mapping mapping = {0x1ff000, 0x98000000, 0x2000, 3, 0};
	struct qpasi_tzsim_range ram = {RAM, RAM + 0x1000, 0, 0};
	struct heap heap = {0};
	struct qpas_allocator allocator = QPAS_ALLOCATOR_INIT;
	struct qpas_params params = QPAS_PARAMS_INIT;
	uint32_t failures = 0;
	int code;

	tear_down(state);
	allocator.user = &heap;
	allocator.malloc = heap_malloc;
	allocator.realloc = heap_realloc;
	allocator.free = heap_free;
	params.allocator = &allocator;
	assert_int_equal(qpasi_env_init(&env, &params, qpasi_host_allocator(), NULL), 0);
	do {
		heap.fail_at = 0;
		qpasi_tzsim_memory_init(&memory, &env);
		assert_int_equal(qpasi_tzsim_ranges_add(&env, &memory.ram, &ram), 0);
		memory.tables.start = TABLES;
		memory.tables.end = TABLES + QPASI_TZSIM_TABLE_BYTES;
		qpasi_tzsim_iommu_init(&iommu, &env, &memory);
		heap.calls = 0;
		heap.fail_at = ++failures;
		code = map(&masked, &mapping);
		expect_code("map", code, code ? QPAS_ERR_NOMEM : 0);
		if (code)
			expect_nothing("no memory");
		qpasi_tzsim_iommu_free(&iommu);
		qpasi_tzsim_memory_free(&memory);
		assert_int_equal(heap.live, 0);
	} while (code);
	/* Array of mappings, of banks, name, chunk table, chunk. */
	expect_number("heap", "failures", failures, 6);
	set_up(state);
}

/* ---- the machine: random sequences, read back through the public interface ---- */

#define ENTRIES 4
#define RANGES	24

static const struct qpas_stream entries[ENTRIES] = {
	{IOMMU, {0x3000, 0}, 2, 0},
	{IOMMU, {0x21c0, 0x400}, 2, 0},
	{IOMMU, {0x1860, 0x9}, 2, 0},
	{"/soc@0/iommu@3da0000", {0x3000, 0}, 2, 0},
};

struct ranges {
	struct qpas_backend_mapping at[RANGES];
	uint32_t count;
};

struct reading {
	struct rig *rig;
	const struct ranges *ranges;
	uint64_t bytes;
};

static bool fetch(void *user, uint64_t address, uint8_t bytes[8])
{
	struct reading *reading = user;

	return qpas_tzsim_read(reading->rig->model, address, bytes, 8, NULL) == 0;
}

/* Each leaf lies in one range of the list, leads where that leads, and says what that says. */
static void expect_in_list(void *user, const struct table_leaf *leaf)
{
	struct reading *reading = user;
	const struct qpas_backend_mapping *range = NULL;
	bool write, priv;

	for (uint32_t i = 0; i < reading->ranges->count && !range; i++) {
		const struct qpas_backend_mapping *at = &reading->ranges->at[i];

		if (leaf->input >= at->iova && leaf->bytes <= at->length &&
		    leaf->input - at->iova <= at->length - leaf->bytes)
			range = at;
	}
	if (!range) {
		fail_msg("0x%llx is mapped and should not be", (unsigned long long)leaf->input);
		return;
	}
	write = range->permissions & QPAS_RSC_WRITE;
	priv = range->permissions & QPAS_RSC_PRIV;
	expect_number("leaf", "output", leaf->output - range->address, leaf->input - range->iova);
	expect_number("leaf", "AP", leaf->access_permissions, (write ? 0u : 2u) + (priv ? 0u : 1u));
	reading->bytes += leaf->bytes;
}

static uint32_t expect_tables(struct rig *rig, const struct qpas_stream *stream,
			      const struct ranges *ranges)
{
	struct qpas_tzsim_stage1 stage1 = QPAS_TZSIM_STAGE1_INIT;
	struct reading reading = {rig, ranges, 0};
	struct table_reader reader = {fetch, expect_in_list, &reading, 0, 0, 0};
	uint64_t bytes = 0;
	int code = qpas_tzsim_describe_stream(
		rig->model, stream->iommu, stream->cells[0] ^ stream->cells[1], &stage1, &rig->err);

	expect_code("stage1", code, ranges->count ? 0 : QPAS_ERR_NOTFOUND);
	if (code)
		return 0;
	for (uint32_t i = 0; i < ranges->count; i++)
		bytes += ranges->at[i].length;
	assert_true(table_read(&reader, stage1.root, stage1.input_bits));
	expect_number("tables", "bytes", reading.bytes, bytes);
	expect_number("tables", "pages", reader.tables, stage1.table_pages);
	expect_number("tables", "odd descriptors", reader.odd, 0);
	expect_number("tables", "empty ones", reader.empty_tables, 0);
	return stage1.table_pages;
}

static struct qpas_backend_mapping random_mapping(uint64_t *seed)
{
	uint64_t step = next_random(seed) % 2 ? 0x200000 : 0x1000;
	struct qpas_backend_mapping made;

	made.iova = next_random(seed) % 0x4000000 / step * step;
	made.address = 0x80000000 + next_random(seed) % 0x4000000 / step * step;
	made.length = (1 + next_random(seed) % 3) * step;
	made.permissions = (uint32_t)(1 + next_random(seed) % 63);
	made.reserved = 0;
	return made;
}

static void random_map(struct rig *rig, uint64_t *seed, const struct qpas_stream *stream,
		       struct ranges *ranges)
{
	struct qpas_backend_mapping made = random_mapping(seed);
	int wanted = made.permissions & 3 ? 0 : QPAS_ERR_ARG;

	if (ranges->count == RANGES)
		return;
	for (uint32_t i = 0; i < ranges->count && !wanted; i++) {
		if (made.iova < ranges->at[i].iova + ranges->at[i].length &&
		    ranges->at[i].iova < made.iova + made.length)
			wanted = QPAS_ERR_OVERLAP;
	}
	expect_code("map", rig->own.iommu_map(rig->own.user, stream, &made), wanted);
	if (wanted)
		assert_true(strlen(qpas_tzsim_reason(rig->model)) > 0);
	else
		ranges->at[ranges->count++] = made;
}

static void random_unmap(struct rig *rig, uint64_t *seed, const struct qpas_stream *stream,
			 struct ranges *ranges)
{
	uint64_t at = ranges->count ? next_random(seed) % ranges->count : 0;
	struct qpas_backend_mapping wrong = ranges->count ? ranges->at[at] : random_mapping(seed);

	wrong.length += 0x1000;
	expect_code("longer", rig->own.iommu_unmap(rig->own.user, stream, &wrong),
		    QPAS_ERR_NOTFOUND);
	if (!ranges->count)
		return;
	expect_code("unmap", rig->own.iommu_unmap(rig->own.user, stream, &ranges->at[at]), 0);
	ranges->at[at] = ranges->at[--ranges->count];
}

static void random_mappings_of_several_streams_are_what_the_tables_say(void **state)
{
	static struct ranges lists[ENTRIES];
	struct test_tree tree = test_tree_lemans();
	uint64_t seed = 0xcafe;
	struct rig rig;

	(void)state;
	rig_machine(&rig, 2, 0, "", &tree);
	for (uint32_t round = 0; round < 4000; round++) {
		uint64_t which = next_random(&seed) % ENTRIES;

		if (next_random(&seed) % 2)
			random_map(&rig, &seed, &entries[which], &lists[which]);
		else
			random_unmap(&rig, &seed, &entries[which], &lists[which]);
		if (round % 16 == 0 || round >= 3990) {
			uint32_t tables = 0, mappings = 0;

			for (uint32_t i = 0; i < ENTRIES; i++) {
				tables += expect_tables(&rig, &entries[i], &lists[i]);
				mappings += lists[i].count;
			}
			expect_number("books", "tables", rig_books(&rig).table_pages, tables);
			expect_number("books", "mappings", rig_books(&rig).mappings, mappings);
		}
	}
	for (uint32_t i = 0; i < ENTRIES; i++) {
		while (lists[i].count)
			random_unmap(&rig, &seed, &entries[i], &lists[i]);
	}
	expect_number("end", "tables", rig_books(&rig).table_pages, 0);
	expect_number("end", "mappings", rig_books(&rig).mappings, 0);
	rig_free(&rig);
}

/* ---- the public interface ---- */

static void tables_are_found_by_iommu_and_id_as_long_as_something_is_mapped(void **state)
{
	struct qpas_backend_mapping mapping = {0x200000, 0x95a00000, 0x200000, 3, 0};
	struct qpas_tzsim_stage1 stage1 = QPAS_TZSIM_STAGE1_INIT;
	struct test_tree tree = test_tree_lemans();
	uint8_t word[8];
	struct rig rig;

	(void)state;
	rig_machine(&rig, 2, 0, "", &tree);
	assert_int_equal(qpas_tzsim_describe_stream(rig.model, IOMMU, 0x21c0, &stage1, &rig.err),
			 QPAS_ERR_NOTFOUND);
	assert_int_equal(rig.err.message_id, 1150);
	assert_non_null(strstr(rig.err.text, "0x21c0 of " IOMMU));
	rig_must(&rig, rig.own.iommu_map(rig.own.user, &entries[1], &mapping), "map");
	assert_int_equal(qpas_tzsim_describe_stream(rig.model, IOMMU, 0x21c1, &stage1, NULL),
			 QPAS_ERR_NOTFOUND);
	assert_int_equal(qpas_tzsim_describe_stream(rig.model, "/", 0x21c0, &stage1, NULL),
			 QPAS_ERR_NOTFOUND);
	rig_must(&rig, qpas_tzsim_describe_stream(rig.model, IOMMU, 0x25c0, &stage1, &rig.err),
		 "stage1");
	assert_int_equal(stage1.input_bits, 48);
	assert_int_equal(stage1.output_bits, 44);
	assert_int_equal(stage1.table_pages, 3);
	/* Bytes of MAIR: normal without cache, write-back, device. */
	assert_int_equal(stage1.mair, 0x04ff44);
	assert_int_equal(rig_books(&rig).table_pages, 3);
	/* A region of the tree is no table, and the trusted world is given none: the last one read. */
	assert_null(
		qpasi_tzsim_ranges_meet(&rig.model->memory.ram, stage1.root, stage1.root + 0x1000));
	rig_must(&rig, qpas_tzsim_read(rig.model, stage1.root, word, 8, &rig.err), "read");
	assert_int_equal(word[0] & 3, 3);
	{
		uint64_t regs[8] = {0x42000202, 3, 1, stage1.root, 0x1000};

		qpas_tzsim_smc(rig.model, regs, regs);
		assert_int_not_equal(regs[0], 0);
	}
	assert_int_equal(qpas_tzsim_describe_stream(NULL, IOMMU, 0, &stage1, NULL), QPAS_ERR_ARG);
	assert_int_equal(qpas_tzsim_describe_stream(rig.model, NULL, 0, &stage1, NULL),
			 QPAS_ERR_ARG);
	assert_int_equal(qpas_tzsim_describe_stream(rig.model, IOMMU, 0, NULL, NULL), QPAS_ERR_ARG);
	stage1.size = 4;
	assert_int_equal(qpas_tzsim_describe_stream(rig.model, IOMMU, 0x21c0, &stage1, NULL),
			 QPAS_ERR_ABI);
	rig_must(&rig, rig.own.iommu_unmap(rig.own.user, &entries[1], &mapping), "unmap");
	assert_int_equal(rig_books(&rig).table_pages, 0);
	rig_free(&rig);
}

/* Above all memory where that can be; else between; nowhere is an error that says so. */
static void tables_find_a_place_beside_all_memory(void **state)
{
	static const struct {
		const char *profile;
		uint64_t start;
	} rows[] = {
		{"memory 0x200000000 0x1000", 0x202000000},
		{"memory 0x200000000 0x1000\nmemory 0xffffffff000 0x1000", 0x202000000},
		{"memory 0 0x100000000000", 0},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct qpas_tzsim_params params = QPAS_TZSIM_PARAMS_INIT;
		struct qpas_params common = QPAS_PARAMS_INIT;
		struct test_tree tree = test_tree_lemans();
		struct qpas_error err = QPAS_ERROR_INIT;
		struct qpas_platform *platform = NULL;
		struct qpas_tzsim *model = NULL;
		int code;

		assert_int_equal(qpas_platform_open_memory(test_tree_slice(&tree), NULL, 0, NULL,
							   &platform, &err),
				 0);
		test_tree_free(&tree);
		common.platform = platform;
		params.params = &common;
		params.profile.ptr = rows[i].profile;
		params.profile.len = strlen(rows[i].profile);
		code = qpas_tzsim_new(&params, &model, &err);
		expect_code(rows[i].profile, code, rows[i].start ? 0 : QPAS_ERR_LIMIT);
		if (code)
			assert_int_equal(err.message_id, 1151);
		else
			expect_number(rows[i].profile, "start", model->memory.tables.start,
				      rows[i].start);
		qpas_tzsim_free(model);
		qpas_platform_unref(platform);
	}
}

#define BARE(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		BARE(mapped_pages_translate_for_every_id_under_the_mask),
		BARE(mappings_overlap_on_no_stream_and_are_undone_exactly),
		BARE(entries_that_share_an_id_are_refused_unless_they_are_the_same),
		BARE(mappings_that_cannot_be_are_refused),
		BARE(whatever_is_written_to_the_tables_is_what_translates),
		BARE(pages_of_the_area_are_cleared_before_they_are_tables),
		BARE(damaged_tables_do_no_harm_beyond_themselves),
		BARE(area_of_the_tables_is_no_memory_but_for_the_host),
		BARE(heap_that_runs_out_leaves_no_mapping_and_no_table),
		cmocka_unit_test(random_mappings_of_several_streams_are_what_the_tables_say),
		cmocka_unit_test(tables_are_found_by_iommu_and_id_as_long_as_something_is_mapped),
		cmocka_unit_test(tables_find_a_place_beside_all_memory),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
