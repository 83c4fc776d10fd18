/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The IOMMU's part of a boot: what is mapped for which stream, as the tables in simulated memory say
 * it; what is refused before anything is mapped; and that every failure takes all of it back.
 */
#include <stdio.h>

#include "integration/tzsim_boot.h"
#include "support/table_reader.h"

#define ADSP	  "/soc@0/remoteproc@30000000"
#define IOMMU	  "/soc@0/iommu@15000000"
#define COMPANION UINT64_C(0x90b00000)
/* The static table: a ring that is written, values that are read, a page for privileged accesses. */
#define DEVICES                                                \
	"devmem 1 0x8fff000 0x90c10000 0x2000 3 ring\n"        \
	"devmem 1 0x9100000 0x90d00000 0x1000 1 calibration\n" \
	"devmem 1 0x9200000 0x90e00000 0x1000 35 keys\n"

/* Three entries as those of kodiak-el2, one with a mask of two bits. */
static struct test_tree streams_tree(void)
{
	struct test_tree tree = companion_tree();

	test_tree_cells(&tree, ADSP, "iommus", 0x10, 0x1800, 0, 0x10, 0x1860, 9, 0x10, 0x1864, 0);
	return tree;
}

/* ---- what is mapped ---- */

struct expected {
	uint64_t input, output, bytes;
	/* AP[2:1]: 0 and 1 read and write, 3 read only; 0 for privileged accesses, the others for all. */
	uint8_t access;
};

static const struct expected expected[] = {
	{0x8fff000, 0x90c10000, 0x2000, 1},	    {0x9100000, 0x90d00000, 0x1000, 3},
	{0x9200000, 0x90e00000, 0x1000, 0},	    {COMPANION, COMPANION, 0x80000, 1},
	{RIG_CARVEOUT, RIG_CARVEOUT, 0x1e00000, 1},
};

struct reading {
	struct rig *rig;
	uint64_t bytes;
};

static bool fetch(void *user, uint64_t address, uint8_t bytes[8])
{
	struct reading *reading = user;

	return qpas_tzsim_read(reading->rig->model, address, bytes, 8, NULL) == 0;
}

static void expect_leaf(void *user, const struct table_leaf *leaf)
{
	struct reading *reading = user;

	reading->bytes += leaf->bytes;
	for (size_t i = 0; i < sizeof(expected) / sizeof(expected[0]); i++) {
		uint64_t within = leaf->input - expected[i].input;

		if (leaf->input < expected[i].input || within >= expected[i].bytes)
			continue;
		if (leaf->output - expected[i].output != within ||
		    leaf->access_permissions != expected[i].access)
			break;
		return;
	}
	fail_msg("0x%llx leads to 0x%llx with AP %u", (unsigned long long)leaf->input,
		 (unsigned long long)leaf->output, leaf->access_permissions);
}

static void each_stream_has_image_companion_and_devices_and_nothing_else(void **state)
{
	/* Of the masked entry each of the four ids, and two that it does not have. */
	static const struct {
		uint32_t id;
		bool mapped;
	} rows[] = {{0x1800, true}, {0x1860, true}, {0x1861, true},  {0x1868, true},
		    {0x1869, true}, {0x1864, true}, {0x1862, false}, {0x1801, false}};
	struct qpas_image *companion = NULL;
	struct test_tree tree = streams_tree();
	struct rig rig;

	(void)state;
	begin_companion_on(&rig, 2, DEVICES, &tree, &companion);
	rig_open(&rig, "adsp");
	rig_must(&rig, boot_with(&rig, companion), "boot");
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct qpas_tzsim_stage1 stage1 = QPAS_TZSIM_STAGE1_INIT;
		struct reading reading = {&rig, 0};
		struct table_reader reader = {fetch, expect_leaf, &reading, 0, 0, 0};
		int code = qpas_tzsim_describe_stream(rig.model, IOMMU, rows[i].id, &stage1, NULL);

		if ((code == 0) != rows[i].mapped)
			fail_msg("stream 0x%x: %s", rows[i].id, qpas_err_name(code));
		if (code)
			continue;
		assert_true(table_read(&reader, stage1.root, stage1.input_bits));
		assert_true(reading.bytes == 0x2000 + 0x1000 + 0x1000 + 0x80000 + 0x1e00000);
		assert_int_equal(reader.tables, stage1.table_pages);
	}
	/* Five ranges for three entries. */
	assert_int_equal(rig_books(&rig).mappings, 15);
	rig_must(&rig, qpas_shutdown(rig.context, &rig.err), "shutdown");
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct qpas_tzsim_stage1 stage1 = QPAS_TZSIM_STAGE1_INIT;

		assert_int_equal(qpas_tzsim_describe_stream(rig.model, IOMMU, rows[i].id, &stage1,
							    NULL),
				 QPAS_ERR_NOTFOUND);
	}
	expect_idle(&rig);
	qpas_image_unref(companion);
	rig_end(&rig);
}

/* Drops every mapping of one stream. */
static int drop_stream(void *user, const struct qpas_stream *stream,
		       const struct qpas_backend_mapping *mapping)
{
	struct rig *rig = user;

	return stream->cells[0] == rig->value ? 0 : rig_map(user, stream, mapping);
}

static int keep_dropped(void *user, const struct qpas_stream *stream,
			const struct qpas_backend_mapping *mapping)
{
	struct rig *rig = user;

	return stream->cells[0] == rig->value ? 0 : rig_unmap(user, stream, mapping);
}

static void stream_without_its_mappings_faults_by_its_id(void **state)
{
	static const struct {
		uint32_t id;
		const char *says;
	} rows[] = {{0x1800, "stream 0x1800, read at 0x95900000"},
		    {0x1860, "stream 0x1860, read at 0x95900000"},
		    {0x1864, "stream 0x1864, read at 0x95900000"}};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct qpas_image *companion = NULL;
		struct test_tree tree = streams_tree();
		struct rig rig;

		begin_companion_on(&rig, 2, DEVICES, &tree, &companion);
		rig.value = rows[i].id;
		rig.ops.iommu_map = drop_stream;
		rig.ops.iommu_unmap = keep_dropped;
		rig_open(&rig, "adsp");
		expect_failure(&rig, boot_with(&rig, companion), QPAS_ERR_BACKEND,
			       QPAS_STAGE_READY);
		expect_text(&rig, rows[i].says);
		expect_text(&rig, "nothing is mapped for this stream");
		assert_int_equal(rig_books(&rig).faults, 1);
		expect_idle(&rig);
		qpas_image_unref(companion);
		rig_end(&rig);
	}
}

/* An entry without its mask: some ids of it are left out. */
static struct qpas_stream one_id(const struct qpas_stream *stream)
{
	struct qpas_stream one = *stream;

	one.cells[1] = 0;
	return one;
}

static int map_one_id(void *user, const struct qpas_stream *stream,
		      const struct qpas_backend_mapping *mapping)
{
	struct qpas_stream one = one_id(stream);

	return rig_map(user, &one, mapping);
}

static int unmap_one_id(void *user, const struct qpas_stream *stream,
			const struct qpas_backend_mapping *mapping)
{
	struct qpas_stream one = one_id(stream);

	return rig_unmap(user, &one, mapping);
}

static void mask_that_is_forgotten_leaves_ids_without_mappings(void **state)
{
	struct qpas_image *companion = NULL;
	struct test_tree tree = streams_tree();
	struct rig rig;

	(void)state;
	begin_companion_on(&rig, 2, DEVICES, &tree, &companion);
	rig.ops.iommu_map = map_one_id;
	rig.ops.iommu_unmap = unmap_one_id;
	rig_open(&rig, "adsp");
	expect_failure(&rig, boot_with(&rig, companion), QPAS_ERR_BACKEND, QPAS_STAGE_READY);
	expect_text(&rig, "stream 0x1869, read at 0x95900000: nothing is mapped for this stream");
	expect_idle(&rig);
	qpas_image_unref(companion);
	rig_end(&rig);
}

/* ---- permissions ---- */

static int map_never_executed(void *user, const struct qpas_stream *stream,
			      const struct qpas_backend_mapping *mapping)
{
	struct qpas_backend_mapping never = *mapping;

	never.permissions |= QPAS_RSC_NOEXEC;
	return rig_map(user, stream, &never);
}

static int map_privileged(void *user, const struct qpas_stream *stream,
			  const struct qpas_backend_mapping *mapping)
{
	struct qpas_backend_mapping privileged = *mapping;

	if (mapping->iova == RIG_CARVEOUT)
		privileged.permissions |= QPAS_RSC_PRIV;
	return rig_map(user, stream, &privileged);
}

static void permission_that_is_missing_is_told_from_a_mapping_that_is(void **state)
{
	static const struct {
		int (*map)(void *user, const struct qpas_stream *stream,
			   const struct qpas_backend_mapping *mapping);
		const char *says;
	} rows[] = {
		{map_never_executed, "stream 0x3000, read at 0x95900000: permission fault at level "
				     "3 on an instruction fetch"},
		{map_privileged, "stream 0x3000, read at 0x95900000: permission fault at level 3"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct rig rig;

		rig_begin(&rig, 2, 0, "");
		rig.ops.iommu_map = rows[i].map;
		rig_open(&rig, "adsp");
		expect_failure(&rig, rig_boot(&rig), QPAS_ERR_BACKEND, QPAS_STAGE_READY);
		expect_text(&rig, rows[i].says);
		expect_idle(&rig);
		rig_end(&rig);
	}
}

/* ---- tables that somebody writes to ---- */

/* A descriptor on the way of the carveout's first page, by level; all levels have one. */
static uint64_t place_of(struct rig *rig, uint32_t level)
{
	struct qpas_tzsim_stage1 stage1 = QPAS_TZSIM_STAGE1_INIT;
	uint64_t place = 0, table;

	rig_must(rig, qpas_tzsim_describe_stream(rig->model, IOMMU, RIG_STREAM, &stage1, &rig->err),
		 "root");
	table = stage1.root;
	for (uint32_t i = 0; i <= level; i++) {
		place = table + (RIG_CARVEOUT >> (39 - 9 * i) & 511) * 8;
		rig_must(rig, qpas_tzsim_read(rig->model, place, &table, 8, &rig->err), "read");
		table &= UINT64_C(0xfffffffff000);
	}
	return place;
}

static uint64_t swap(struct rig *rig, uint64_t place, uint64_t value)
{
	struct qpas_slice slice = {&value, sizeof(value)};
	uint64_t before = 0;

	rig_must(rig, qpas_tzsim_read(rig->model, place, &before, 8, &rig->err), "read");
	rig_must(rig, qpas_tzsim_write(rig->model, place, slice, &rig->err), "write");
	return before;
}

struct lines {
	char text[512];
};

static void keep_line(void *user, uint32_t level, uint32_t message_id, const char *text)
{
	struct lines *lines = user;

	(void)level;
	(void)message_id;
	if (strstr(text, "stream 0x") && !strstr(text, "("))
		(void)snprintf(lines->text, sizeof(lines->text), "%s", text);
}

static void damaged_descriptor_under_a_running_processor_is_noticed(void **state)
{
	static const struct {
		uint32_t level;
		uint64_t keep, set;
		const char *says;
	} rows[] = {
		{0, 0, 0, "read at 0x95900000: translation fault at level 0"},
		{1, 0, 0, "read at 0x95900000: translation fault at level 1"},
		{2, 0, 0, "read at 0x95900000: translation fault at level 2"},
		{3, 0, 0, "read at 0x95900000: translation fault at level 3"},
		{3, ~UINT64_C(0x400), 0, "read at 0x95900000: access flag fault at level 3"},
		{3, ~UINT64_C(0x40), 0, "read at 0x95900000: permission fault at level 3"},
		{3, UINT64_MAX, UINT64_C(1) << 44,
		 "read at 0x95900000: address size fault at level 3"},
		{2, 0xfff, UINT64_C(0xfff00000000), "external abort on a table walk at level 3"},
		/* Somewhere else in memory, read as a page of its own. */
		{3, UINT64_MAX, 0x400000, "another page than its own"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		uint64_t place, before;
		struct rig rig;

		rig_begin(&rig, 2, 0, "");
		rig_open(&rig, "adsp");
		rig_must(&rig, rig_boot(&rig), "boot");
		place = place_of(&rig, rows[i].level);
		before = swap(&rig, place, 0);
		(void)swap(&rig, place, (before & rows[i].keep) | rows[i].set);
		assert_int_equal(qpas_context_wait_ready(rig.context, 1, &rig.err),
				 QPAS_ERR_BACKEND);
		expect_text(&rig, rows[i].says);
		assert_int_equal(rig_state(&rig), QPAS_STATE_CRASHED);
		(void)swap(&rig, place, before);
		rig_must(&rig, qpas_shutdown(rig.context, &rig.err), "shutdown");
		expect_idle(&rig);
		rig_must(&rig, rig_boot(&rig), "second boot");
		rig_end(&rig);
	}
}

/* Everything that the IOMMU knows of a fault is in one line of the log. */
static void fault_is_a_line_of_the_log(void **state)
{
	struct qpas_backend_mapping carveout = {RIG_CARVEOUT, RIG_CARVEOUT, 0x1e00000, 3, 0};
	static const struct qpas_stream stream = {IOMMU, {RIG_STREAM, 0}, 2, 0};
	struct qpas_tzsim_params params = QPAS_TZSIM_PARAMS_INIT;
	struct qpas_params common = QPAS_PARAMS_INIT;
	struct lines lines = {""};
	struct qpas_log log = QPAS_LOG_INIT;
	struct rig rig;

	(void)state;
	rig_begin(&rig, 2, 0, "");
	qpas_tzsim_free(rig.model);
	log.level = QPAS_LOG_DEBUG;
	log.write = keep_line;
	log.user = &lines;
	common.platform = rig.platform;
	common.log = &log;
	params.params = &common;
	rig_must(&rig, qpas_tzsim_new(&params, &rig.model, &rig.err), "model");
	rig_must(&rig, qpas_tzsim_ops(rig.model, &rig.own, &rig.err), "ops");
	rig_open(&rig, "adsp");
	rig_must(&rig, rig_boot(&rig), "boot");
	assert_int_equal(rig.own.iommu_unmap(rig.own.user, &stream, &carveout), 0);
	carveout.permissions = QPAS_RSC_READ;
	assert_int_equal(rig.own.iommu_map(rig.own.user, &stream, &carveout), 0);
	assert_int_equal(qpas_context_wait_ready(rig.context, 1, &rig.err), QPAS_ERR_BACKEND);
	assert_string_equal(lines.text,
			    "PAS id 1: permission fault at level 3: stream 0x3000 of " IOMMU
			    ", write at 0x95903000");
	rig_end(&rig);
}

/* ---- overlap ---- */

static int count_map(void *user, const struct qpas_stream *stream,
		     const struct qpas_backend_mapping *mapping)
{
	struct rig *rig = user;

	rig->count++;
	return rig_map(user, stream, mapping);
}

static void overlapping_entries_are_refused_before_anything_is_mapped(void **state)
{
	static const struct {
		const char *profile;
		const char *one, *two;
		int code;
	} rows[] = {
		/* Last page of the carveout, first of the companion's, all of either. */
		{"devmem 1 0x976ff000 0x90c10000 0x1000 3 a\n", "0x976ff000", "0x95900000",
		 QPAS_ERR_OVERLAP},
		{"devmem 1 0x958ff000 0x90c10000 0x2000 3 a\n", "0x958ff000", "0x95900000",
		 QPAS_ERR_OVERLAP},
		{"devmem 1 0x90b7f000 0x90c10000 0x2000 1 a\n", "0x90b7f000", "0x90b00000",
		 QPAS_ERR_OVERLAP},
		{"devmem 1 0x90aff000 0x90c10000 0x100000 1 a\n", "0x90aff000", "0x90b00000",
		 QPAS_ERR_OVERLAP},
		/* Side by side, and two ways to one physical page, are no overlap. */
		{"devmem 1 0x97700000 0x90c10000 0x1000 3 a\ndevmem 1 0x90aff000 0x90c10000 0x1000 3 b\n"
		 "devmem 1 0x90b80000 0x90c10000 0x1000 3 c\ndevmem 1 0x958ff000 0x90c10000 0x1000 3 d\n",
		 NULL, NULL, 0},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct qpas_image *companion = NULL;
		struct rig rig;
		int code;

		begin_companion(&rig, 2, rows[i].profile, &companion);
		rig.ops.iommu_map = count_map;
		rig_open(&rig, "adsp");
		code = boot_with(&rig, companion);
		if (code != rows[i].code)
			fail_msg("row %zu: %s: %s", i, qpas_err_name(code),
				 code ? qpas_error_text(&rig.err) : "");
		if (code) {
			assert_int_equal(rig.err.stage, QPAS_STAGE_RSC_TABLE);
			expect_text(&rig, rows[i].one);
			expect_text(&rig, rows[i].two);
			assert_int_equal(rig.count, 0);
			assert_int_equal(rig_state(&rig), QPAS_STATE_NEW);
			expect_idle(&rig);
		}
		qpas_image_unref(companion);
		rig_end(&rig);
	}
}

/* Moves the second entry of the table that the trusted world gives onto the first one. */
static int bend_table(void *user, uint64_t regs[8])
{
	const uint64_t page = regs[5];
	const bool bends = (uint32_t)regs[0] == 0x42000221;
	struct rig *rig = user;
	int code = rig_smc(user, regs);
	uint32_t second = 0, address = 0x9000000;
	struct qpas_slice slice = {&address, sizeof(address)};
	uint64_t table = 0;

	if (!bends || code || regs[0])
		return code;
	/* The fourth argument and those behind it are in a page; each entry begins with its type. */
	rig_must(rig, qpas_tzsim_read(rig->model, page, &table, 8, &rig->err), "page");
	rig_must(rig, qpas_tzsim_read(rig->model, table + 20, &second, 4, &rig->err), "offset");
	rig_must(rig, qpas_tzsim_write(rig->model, table + second + 4, slice, &rig->err), "entry");
	rig->handle++;
	return code;
}

/* A trusted world that gives such a table is not believed. */
static void entries_on_each_other_are_refused_before_anything_is_mapped(void **state)
{
	struct rig rig;

	(void)state;
	rig_begin(&rig, 2, 0, DEVICES);
	rig.ops.iommu_map = count_map;
	rig.ops.smc = bend_table;
	rig_open(&rig, "adsp");
	expect_failure(&rig, rig_boot(&rig), QPAS_ERR_OVERLAP, QPAS_STAGE_RSC_TABLE);
	expect_text(&rig, "map the same device addresses, from 0x9000000");
	assert_int_equal(rig.handle, 1);
	assert_int_equal(rig.count, 0);
	expect_idle(&rig);
	rig_end(&rig);
}

/* ---- taking back ---- */

/* Fails the map with number `value`, counted from 1. */
static int fail_map(void *user, const struct qpas_stream *stream,
		    const struct qpas_backend_mapping *mapping)
{
	struct rig *rig = user;

	if (++rig->count == rig->value)
		return QPAS_ERR_NOMEM;
	return rig_map(user, stream, mapping);
}

/* Counts what is given back, in the upper half. */
static int count_unmap(void *user, const struct qpas_stream *stream,
		       const struct qpas_backend_mapping *mapping)
{
	struct rig *rig = user;
	int code = rig_unmap(user, stream, mapping);

	if (code)
		fail_msg("unmap of 0x%llx: %s", (unsigned long long)mapping->iova,
			 qpas_tzsim_reason(rig->model));
	rig->handle++;
	return code;
}

/* Three maps are the companion's, twelve the main image's and its devices'. */
static void map_that_fails_at_any_call_takes_back_exactly_those_before_it(void **state)
{
	(void)state;
	for (uint32_t nth = 1; nth <= 16; nth++) {
		struct qpas_image *companion = NULL;
		struct test_tree tree = streams_tree();
		struct rig rig;

		begin_companion_on(&rig, 2, DEVICES, &tree, &companion);
		rig.value = nth;
		rig.ops.iommu_map = fail_map;
		rig.ops.iommu_unmap = count_unmap;
		rig_open(&rig, "adsp");
		if (nth == 16) {
			rig_must(&rig, boot_with(&rig, companion), "boot");
			assert_int_equal(rig.count, 15);
			rig_must(&rig, qpas_shutdown(rig.context, &rig.err), "shutdown");
			assert_int_equal(rig.handle, 15);
		} else {
			expect_failure(&rig, boot_with(&rig, companion), QPAS_ERR_NOMEM,
				       QPAS_STAGE_IOMMU);
			assert_int_equal(rig.count, nth);
			assert_int_equal(rig.handle, nth - 1);
			expect_idle(&rig);
			/* It failed once: what is left behind would be in the way of the next start. */
			rig_must(&rig, boot_with(&rig, companion), "second boot");
		}
		qpas_image_unref(companion);
		rig_end(&rig);
	}
}

/* Refuses the unmap with number `value`. */
static int fail_unmap(void *user, const struct qpas_stream *stream,
		      const struct qpas_backend_mapping *mapping)
{
	struct rig *rig = user;

	if (++rig->count == rig->value)
		return QPAS_ERR_IO;
	return rig_unmap(user, stream, mapping);
}

static void keep_warning(void *user, uint32_t level, uint32_t message_id, const char *text)
{
	struct lines *lines = user;

	(void)message_id;
	if (level == QPAS_LOG_WARNING)
		(void)snprintf(lines->text, sizeof(lines->text), "%s", text);
}

/* The boot or the stop is over all the same; one mapping stays, and the log says so. */
static void unmap_that_fails_leaves_that_one_and_a_warning(void **state)
{
	(void)state;
	for (uint32_t nth = 1; nth <= 15; nth++) {
		struct qpas_params params = QPAS_PARAMS_INIT;
		struct qpas_image *companion = NULL;
		struct test_tree tree = streams_tree();
		struct qpas_log log = QPAS_LOG_INIT;
		struct lines lines = {""};
		struct rig rig;

		begin_companion_on(&rig, 2, DEVICES, &tree, &companion);
		rig.value = nth;
		rig.ops.iommu_unmap = fail_unmap;
		log.level = QPAS_LOG_WARNING;
		log.write = keep_warning;
		log.user = &lines;
		params.platform = rig.platform;
		params.log = &log;
		rig_must(&rig, qpas_el2_open(&rig.ops, &params, &rig.backend, &rig.err), "open");
		rig_must(&rig, qpas_context_open(rig.backend, "adsp", NULL, &rig.context, &rig.err),
			 "context");
		rig_must(&rig, boot_with(&rig, companion), "boot");
		rig_must(&rig, qpas_shutdown(rig.context, &rig.err), "shutdown");
		assert_int_equal(rig_books(&rig).mappings, 1);
		assert_int_equal(rig_books(&rig).running, 0);
		if (!strstr(lines.text,
			    nth > 12 ? "adsp (companion) keeps mappings" : "adsp keeps mappings"))
			fail_msg("unmap %u: \"%s\"", nth, lines.text);
		/* Its tables are the next start's, who finds that out before anything runs. */
		assert_int_equal(boot_with(&rig, companion), QPAS_ERR_OVERLAP);
		assert_int_equal(rig_books(&rig).mappings, 1);
		assert_int_equal(qpas_context_close(rig.context), 0);
		qpas_backend_unref(rig.backend);
		qpas_image_unref(companion);
		rig_free(&rig);
	}
}

/*
 * Above a hypervisor: two processors of one stream, whose tables name the same device memory. The
 * second one cannot be mapped, and taking back its share leaves the first one's.
 */
static void mappings_of_another_processor_are_not_taken_back(void **state)
{
	struct test_tree tree = test_tree_lemans();
	struct test_image_spec spec = rig_spec();
	struct qpas_context *other = NULL;
	struct qpas_image *image = NULL;
	struct test_image built;
	uint32_t mappings;
	struct rig rig;

	(void)state;
	test_tree_cells(&tree, "/soc@0/remoteproc@26300000", "iommus", 0x10, RIG_STREAM, 0);
	rig_machine(&rig, 1, 0, DEVICES "devmem 18 0x8fff000 0x90c10000 0x2000 3 ring\n", &tree);
	rig_ops(&rig);
	rig_image(&rig);
	spec.sw_id = 0x17;
	test_image_build(&built, &spec);
	rig_open_image(&rig, &built, &image);
	test_image_free(&built);
	rig_open(&rig, "adsp");
	rig_must(&rig, rig_boot(&rig), "adsp");
	mappings = rig_books(&rig).mappings;
	assert_int_equal(mappings, 4);
	rig_must(&rig, qpas_context_open(rig.backend, "cdsp0", NULL, &other, &rig.err), "cdsp0");
	expect_failure(&rig, qpas_boot(other, image, NULL, &rig.err), QPAS_ERR_AUTH,
		       QPAS_STAGE_AUTH_RESET);
	expect_text(&rig, "the hypervisor cannot map the region of PAS id 18");
	expect_text(&rig, "Address 0x8fff000 is mapped already");
	assert_int_equal(rig_books(&rig).mappings, mappings);
	assert_int_equal(qpas_context_close(other), 0);
	assert_int_equal(rig_books(&rig).mappings, mappings);
	/* It still reaches all that it needs. */
	assert_int_equal(qpas_context_wait_ready(rig.context, 1, &rig.err), QPAS_ERR_TIMEOUT);
	assert_int_equal(rig_state(&rig), QPAS_STATE_RUNNING);
	assert_int_equal(rig_books(&rig).faults, 0);
	qpas_image_unref(image);
	rig_end(&rig);
}

/* What a former run had mapped serves no later one. */
static void mappings_of_a_former_run_are_gone(void **state)
{
	static const uint64_t dropped[] = {RIG_CARVEOUT, 0x8fff000, 0x9100000, 0x9200000};

	(void)state;
	for (size_t i = 0; i < sizeof(dropped) / sizeof(dropped[0]); i++) {
		struct rig rig;

		rig_begin(&rig, 2, 0, DEVICES);
		rig.value = UINT64_MAX;
		rig.ops.iommu_map = drop_mapping;
		rig.ops.iommu_unmap = drop_unmapping;
		rig_open(&rig, "adsp");
		rig_must(&rig, rig_boot(&rig), "boot");
		rig_must(&rig, qpas_shutdown(rig.context, &rig.err), "shutdown");
		rig.value = dropped[i];
		expect_failure(&rig, rig_boot(&rig), QPAS_ERR_BACKEND, QPAS_STAGE_READY);
		expect_text(&rig, "stream 0x3000, read at ");
		expect_text(&rig, "translation fault at level ");
		assert_true(rig_books(&rig).faults == 1);
		expect_idle(&rig);
		rig.value = UINT64_MAX;
		rig_must(&rig, rig_boot(&rig), "third boot");
		rig_end(&rig);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_stream_has_image_companion_and_devices_and_nothing_else),
		cmocka_unit_test(stream_without_its_mappings_faults_by_its_id),
		cmocka_unit_test(mask_that_is_forgotten_leaves_ids_without_mappings),
		cmocka_unit_test(permission_that_is_missing_is_told_from_a_mapping_that_is),
		cmocka_unit_test(damaged_descriptor_under_a_running_processor_is_noticed),
		cmocka_unit_test(fault_is_a_line_of_the_log),
		cmocka_unit_test(overlapping_entries_are_refused_before_anything_is_mapped),
		cmocka_unit_test(entries_on_each_other_are_refused_before_anything_is_mapped),
		cmocka_unit_test(map_that_fails_at_any_call_takes_back_exactly_those_before_it),
		cmocka_unit_test(unmap_that_fails_leaves_that_one_and_a_warning),
		cmocka_unit_test(mappings_of_another_processor_are_not_taken_back),
		cmocka_unit_test(mappings_of_a_former_run_are_gone),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
