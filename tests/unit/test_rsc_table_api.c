/* SPDX-License-Identifier: BSD-3-Clause */
/* Resource tables as objects: private copy (R18), trailing bytes (R20), rows A01, A02, A06. */
#include "unit/expect.h"
#include "unit/rsc_bytes.h"
#include "unit/counting_heap.h"

#include <stdlib.h>

#include <qpas/rsc_table.h>

#define POISON 0xa5

static struct bytes table;
static struct bytes written;

/* Devmem, an unknown type, a vdev, a trace; the last one is of a known type. */
static void mixed_table(void)
{
	const uint32_t unknown[4] = {4711, 1, 2, 3};

	start_table(&table, 4);
	(void)add_devmem(&table, 0, 0x90c10000, 0x1000);
	(void)add_entry(&table, 1, unknown, 4, 16);
	(void)add_vdev(&table, 2, 1, 8);
	(void)add_trace(&table, 3, 0x100, 0x40);
}

static struct qpas_rsc_table *table_of(const struct bytes *bytes)
{
	struct qpas_rsc_table *made;
	struct qpas_error err = QPAS_ERROR_INIT;
	int rc = qpas_rsc_table_new(as_slice(bytes), NULL, &made, &err);

	if (rc)
		fail_msg("table refused: %d, %s", rc, err.text);
	return made;
}

static struct qpas_rsc_table_builder *new_builder(void)
{
	struct qpas_rsc_table_builder *builder;

	assert_int_equal(qpas_rsc_table_builder_new(NULL, &builder, NULL), 0);
	return builder;
}

static struct qpas_rsc_entry devmem(uint32_t da, uint32_t len)
{
	struct qpas_rsc_entry entry = QPAS_RSC_ENTRY_INIT;

	entry.type = QPAS_RSC_DEVMEM;
	entry.da = da;
	entry.pa = da;
	entry.len = len;
	entry.flags = QPAS_RSC_READ;
	return entry;
}

static void a_table_is_read_through_its_object(void **state)
{
	struct qpas_rsc_entry entry = QPAS_RSC_ENTRY_INIT;
	struct qpas_rsc_table *made;
	struct qpas_slice bytes;

	(void)state;
	mixed_table();
	made = table_of(&table);
	assert_int_equal(qpas_rsc_table_count(made), 4);
	assert_int_equal(qpas_rsc_table_count(NULL), 0);
	assert_int_equal(qpas_rsc_table_entry(made, 0, &entry, NULL), 0);
	assert_int_equal(entry.type, 1);
	assert_int_equal(entry.pa, 0x90c10000);
	assert_int_equal(entry.size, sizeof(entry));
	assert_int_equal(qpas_rsc_table_entry(made, 4, &entry, NULL), QPAS_ERR_NOTFOUND);
	assert_int_equal(qpas_rsc_table_bytes(made, &bytes, NULL), 0);
	assert_int_equal(bytes.len, table.len);
	assert_memory_equal(bytes.ptr, table.at, table.len);
	assert_ptr_not_equal(bytes.ptr, table.at);
	qpas_rsc_table_free(made);
	qpas_rsc_table_free(NULL);
}

/*
 * R18: the source changes between any two looks that a reader without a private copy could take.
 * Either the new bytes were copied and refused, or the table is that of before, as a whole.
 */
static void r18_writes_to_the_source_never_reach_the_table(void **state)
{
	uint32_t accepted = 0;

	(void)state;
	for (uint32_t from = 1; from <= 8; from++) {
		struct heap heap = {.scribble_from = from};
		struct qpas_allocator allocator = allocator_of(&heap);
		struct qpas_params params = QPAS_PARAMS_INIT;
		struct qpas_rsc_table *made;
		static struct bytes kept;
		struct qpas_slice bytes;
		int rc;

		mixed_table();
		kept = table;
		params.allocator = &allocator;
		heap.source = table.at;
		heap.source_bytes = sizeof(table.at);
		rc = qpas_rsc_table_new(as_slice(&table), &params, &made, NULL);
		if (rc) {
			/* Overwritten before the copy was made: version 0xa5a5a5a5. */
			assert_int_equal(rc, QPAS_ERR_UNSUPP);
			continue;
		}
		accepted++;
		assert_int_equal(qpas_rsc_table_bytes(made, &bytes, NULL), 0);
		assert_int_equal(bytes.len, kept.len);
		assert_memory_equal(bytes.ptr, kept.at, kept.len);
		qpas_rsc_table_free(made);
		assert_int_equal(heap.blocks, 0);
	}
	assert_true(accepted >= 1 && accepted < 8);
}

static void r18_writes_after_the_call_never_reach_the_table(void **state)
{
	struct qpas_rsc_entry before = QPAS_RSC_ENTRY_INIT, after = QPAS_RSC_ENTRY_INIT;
	struct qpas_rsc_table *made;

	(void)state;
	mixed_table();
	made = table_of(&table);
	assert_int_equal(qpas_rsc_table_entry(made, 2, &before, NULL), 0);
	memset(table.at, POISON, sizeof(table.at));
	assert_int_equal(qpas_rsc_table_entry(made, 2, &after, NULL), 0);
	assert_memory_equal(&before, &after, sizeof(before));
	assert_int_equal(qpas_rsc_table_count(made), 4);
	qpas_rsc_table_free(made);
}

static void r20_trailing_bytes_are_not_part_of_the_table(void **state)
{
	struct qpas_rsc_table *made;
	struct qpas_slice bytes;
	size_t used;

	(void)state;
	mixed_table();
	used = table.len;
	memset(table.at + used, POISON, 100);
	table.len += 100;
	made = table_of(&table);
	assert_int_equal(qpas_rsc_table_bytes(made, &bytes, NULL), 0);
	assert_int_equal(bytes.len, used);
	qpas_rsc_table_free(made);
}

static void refusals_say_where_and_leave_no_object(void **state)
{
	struct qpas_rsc_table *made = (struct qpas_rsc_table *)&table;
	struct qpas_error err = QPAS_ERROR_INIT;

	(void)state;
	mixed_table();
	put32(&table, get32(&table, 16) + 12, 0x1234);
	assert_int_equal(qpas_rsc_table_new(as_slice(&table), NULL, &made, &err), QPAS_ERR_FORMAT);
	assert_null(made);
	assert_int_equal(err.code, QPAS_ERR_FORMAT);
	assert_int_equal(err.stage, QPAS_STAGE_RSC_TABLE);
	assert_int_equal(err.segment, 0);
	assert_int_equal(err.offset, get32(&table, 16));
	assert_non_null(strstr(err.text, "0x1234"));
}

static void limits_of_the_parameters_hold(void **state)
{
	struct qpas_params params = QPAS_PARAMS_INIT;
	struct qpas_limits limits = QPAS_LIMITS_INIT;
	struct qpas_rsc_table *made;

	(void)state;
	mixed_table();
	params.limits = &limits;
	limits.rsc_table_entries = 3;
	assert_int_equal(qpas_rsc_table_new(as_slice(&table), &params, &made, NULL),
			 QPAS_ERR_LIMIT);
	limits.rsc_table_entries = 4;
	limits.rsc_table_bytes = (uint32_t)table.len;
	assert_int_equal(qpas_rsc_table_new(as_slice(&table), &params, &made, NULL), 0);
	qpas_rsc_table_free(made);
	limits.rsc_table_bytes--;
	assert_int_equal(qpas_rsc_table_new(as_slice(&table), &params, &made, NULL),
			 QPAS_ERR_LIMIT);
	limits.rsc_table_bytes = 0x100001;
	assert_int_equal(qpas_rsc_table_new(as_slice(&table), &params, &made, NULL), QPAS_ERR_ARG);
}

static void a01_null_is_refused_for_each_parameter(void **state)
{
	struct qpas_rsc_entry entry = QPAS_RSC_ENTRY_INIT;
	struct qpas_rsc_table_builder *builder = new_builder();
	struct qpas_slice none = {NULL, 16}, empty = {NULL, 0};
	struct qpas_rsc_table *made;
	size_t len;

	(void)state;
	mixed_table();
	made = table_of(&table);
	entry.type = QPAS_RSC_TRACE;
	assert_int_equal(qpas_rsc_table_new(as_slice(&table), NULL, NULL, NULL), QPAS_ERR_ARG);
	assert_int_equal(qpas_rsc_table_entry(NULL, 0, &entry, NULL), QPAS_ERR_ARG);
	assert_int_equal(qpas_rsc_table_entry(made, 0, NULL, NULL), QPAS_ERR_ARG);
	assert_int_equal(qpas_rsc_table_bytes(NULL, &empty, NULL), QPAS_ERR_ARG);
	assert_int_equal(qpas_rsc_table_bytes(made, NULL, NULL), QPAS_ERR_ARG);
	assert_int_equal(qpas_rsc_table_builder_new(NULL, NULL, NULL), QPAS_ERR_ARG);
	assert_int_equal(qpas_rsc_table_builder_add(NULL, &entry, NULL), QPAS_ERR_ARG);
	assert_int_equal(qpas_rsc_table_builder_add(builder, NULL, NULL), QPAS_ERR_ARG);
	assert_int_equal(qpas_rsc_table_builder_merge(NULL, made, NULL), QPAS_ERR_ARG);
	assert_int_equal(qpas_rsc_table_builder_merge(builder, NULL, NULL), QPAS_ERR_ARG);
	assert_int_equal(qpas_rsc_table_builder_write(NULL, written.at, 16, &len, NULL),
			 QPAS_ERR_ARG);
	assert_int_equal(qpas_rsc_table_builder_write(builder, NULL, 16, &len, NULL), QPAS_ERR_ARG);
	assert_int_equal(qpas_rsc_table_builder_write(builder, written.at, 16, NULL, NULL),
			 QPAS_ERR_ARG);
	qpas_rsc_table_free(made);
	assert_int_equal(qpas_rsc_table_new(none, NULL, &made, NULL), QPAS_ERR_ARG);
	assert_int_equal(qpas_rsc_table_new(empty, NULL, &made, NULL), QPAS_ERR_NOTFOUND);
	qpas_rsc_table_builder_free(builder);
	qpas_rsc_table_builder_free(NULL);
}

static void a02_structures_of_wrong_size_are_refused(void **state)
{
	struct qpas_rsc_table_builder *builder = new_builder();
	struct {
		struct qpas_rsc_entry entry;
		uint8_t tail[4200];
	} large;
	static const struct {
		uint32_t size;
		uint8_t tail;
		int wanted;
	} rows[] = {
		{0, 0, QPAS_ERR_ABI},
		{4, 0, QPAS_ERR_ABI},
		{sizeof(struct qpas_rsc_entry) - 1, 0, QPAS_ERR_ABI},
		{sizeof(struct qpas_rsc_entry), 0, 0},
		{sizeof(struct qpas_rsc_entry) + 8, 0, 0},
		{sizeof(struct qpas_rsc_entry) + 8, 1, QPAS_ERR_ABI},
		{4096, 0, 0},
		{4097, 0, QPAS_ERR_ABI},
	};
	struct qpas_rsc_table *made;

	(void)state;
	mixed_table();
	made = table_of(&table);
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		memset(&large, 0, sizeof(large));
		large.entry.type = QPAS_RSC_TRACE;
		large.entry.size = rows[i].size;
		large.tail[0] = rows[i].tail;
		expect_code("A02 add", qpas_rsc_table_builder_add(builder, &large.entry, NULL),
			    rows[i].wanted);
		expect_code("A02 entry", qpas_rsc_table_entry(made, 0, &large.entry, NULL),
			    rows[i].wanted);
		assert_int_equal(large.entry.size, rows[i].size);
	}
	qpas_rsc_table_free(made);
	qpas_rsc_table_builder_free(builder);
}

/* Everything that allocates, once through; each call that fails is made again. */
static uint32_t exercise(const struct qpas_params *params, struct bytes *result)
{
	struct qpas_rsc_table_builder *builder = NULL;
	struct qpas_rsc_table *made = NULL;
	uint32_t failures = 0;
	int rc;

	while ((rc = qpas_rsc_table_new(as_slice(&table), params, &made, NULL)) != 0) {
		assert_int_equal(rc, QPAS_ERR_NOMEM);
		failures++;
	}
	while ((rc = qpas_rsc_table_builder_new(params, &builder, NULL)) != 0) {
		assert_int_equal(rc, QPAS_ERR_NOMEM);
		assert_null(builder);
		failures++;
	}
	while ((rc = qpas_rsc_table_builder_merge(builder, made, NULL)) != 0) {
		assert_int_equal(rc, QPAS_ERR_NOMEM);
		failures++;
	}
	for (uint32_t i = 0; i < 20; i++) {
		struct qpas_rsc_entry entry = devmem(i * 0x1000, 0x1000);

		while ((rc = qpas_rsc_table_builder_add(builder, &entry, NULL)) != 0) {
			assert_int_equal(rc, QPAS_ERR_NOMEM);
			failures++;
		}
	}
	assert_int_equal(qpas_rsc_table_builder_write(builder, result->at, sizeof(result->at),
						      &result->len, NULL),
			 0);
	qpas_rsc_table_builder_free(builder);
	qpas_rsc_table_free(made);
	return failures;
}

static void a06_each_allocation_may_fail_and_a_retry_gives_the_same(void **state)
{
	struct heap heap = {0};
	struct qpas_allocator allocator = allocator_of(&heap);
	struct qpas_params params = QPAS_PARAMS_INIT;
	static struct bytes wanted, got;
	uint32_t total;

	(void)state;
	mixed_table();
	params.allocator = &allocator;
	assert_int_equal(exercise(&params, &wanted), 0);
	total = heap.calls;
	assert_true(total >= 8);
	for (uint32_t nth = 1; nth <= total; nth++) {
		for (uint32_t times = 1; times <= 3; times++) {
			heap = (struct heap){.fail_from = nth, .fail_until = nth + times - 1};
			assert_true(exercise(&params, &got) >= 1);
			assert_int_equal(heap.blocks, 0);
			assert_int_equal(got.len, wanted.len);
			assert_memory_equal(got.at, wanted.at, wanted.len);
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_table_is_read_through_its_object),
		cmocka_unit_test(r18_writes_to_the_source_never_reach_the_table),
		cmocka_unit_test(r18_writes_after_the_call_never_reach_the_table),
		cmocka_unit_test(r20_trailing_bytes_are_not_part_of_the_table),
		cmocka_unit_test(refusals_say_where_and_leave_no_object),
		cmocka_unit_test(limits_of_the_parameters_hold),
		cmocka_unit_test(a01_null_is_refused_for_each_parameter),
		cmocka_unit_test(a02_structures_of_wrong_size_are_refused),
		cmocka_unit_test(a06_each_allocation_may_fail_and_a_retry_gives_the_same),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
