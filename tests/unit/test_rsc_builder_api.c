/* SPDX-License-Identifier: BSD-3-Clause */
/* Resource tables in the making: bytes, refusals, merging, short buffers (A04). */
#include "unit/expect.h"
#include "unit/rsc_bytes.h"

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

static void write_builder(const struct qpas_rsc_table_builder *builder)
{
	struct qpas_error err = QPAS_ERROR_INIT;

	assert_int_equal(qpas_rsc_table_builder_write(builder, written.at, sizeof(written.at),
						      &written.len, &err),
			 0);
}

static struct qpas_rsc_table_builder *new_builder(void)
{
	struct qpas_rsc_table_builder *builder;

	assert_int_equal(qpas_rsc_table_builder_new(NULL, &builder, NULL), 0);
	return builder;
}

static void what_was_built_is_what_the_layout_says(void **state)
{
	struct qpas_rsc_table_builder *builder = new_builder();
	struct qpas_rsc_entry entry = QPAS_RSC_ENTRY_INIT;

	(void)state;
	entry.type = 1;
	entry.da = entry.pa = 0x90c10000;
	entry.len = 0x1000;
	entry.flags = 3;
	memcpy(entry.name, "devmem", 6);
	assert_int_equal(qpas_rsc_table_builder_add(builder, &entry, NULL), 0);
	entry = (struct qpas_rsc_entry)QPAS_RSC_ENTRY_INIT;
	entry.type = 3;
	entry.vdev_id = 7;
	entry.vdev_notifyid = 0xffffffff;
	entry.vdev_dfeatures = 0x11;
	entry.vdev_gfeatures = 0x22;
	entry.vdev_status = 5;
	entry.vrings = 1;
	entry.vring[0] = (struct qpas_rsc_vring){0xffffffff, 4096, 256, 0, 0xffffffff};
	assert_int_equal(qpas_rsc_table_builder_add(builder, &entry, NULL), 0);
	entry = (struct qpas_rsc_entry)QPAS_RSC_ENTRY_INIT;
	entry.type = 2;
	entry.da = 0x100;
	entry.len = 0x40;
	memcpy(entry.name, "trace", 5);
	assert_int_equal(qpas_rsc_table_builder_add(builder, &entry, NULL), 0);
	write_builder(builder);
	start_table(&table, 3);
	(void)add_devmem(&table, 0, 0x90c10000, 0x1000);
	(void)add_vdev(&table, 1, 1, 0);
	(void)add_trace(&table, 2, 0x100, 0x40);
	assert_int_equal(written.len, table.len);
	assert_memory_equal(written.at, table.at, table.len);
	qpas_rsc_table_builder_free(builder);
}

static void an_empty_builder_writes_an_empty_table(void **state)
{
	static const uint8_t wanted[16] = {1};
	struct qpas_rsc_table_builder *builder = new_builder();

	(void)state;
	write_builder(builder);
	assert_int_equal(written.len, 16);
	assert_memory_equal(written.at, wanted, 16);
	qpas_rsc_table_builder_free(builder);
}

static void a_merged_table_keeps_each_entry_byte_for_byte(void **state)
{
	struct qpas_rsc_table_builder *builder = new_builder();
	struct qpas_rsc_table *first, *second;
	struct qpas_rsc_entry entry = QPAS_RSC_ENTRY_INIT;

	(void)state;
	mixed_table();
	first = table_of(&table);
	assert_int_equal(qpas_rsc_table_builder_merge(builder, first, NULL), 0);
	write_builder(builder);
	assert_int_equal(written.len, table.len);
	assert_memory_equal(written.at, table.at, table.len);
	entry.type = QPAS_RSC_DEVMEM;
	entry.da = entry.pa = 0x1000;
	entry.len = 0x1000;
	assert_int_equal(qpas_rsc_table_builder_add(builder, &entry, NULL), 0);
	write_builder(builder);
	second = table_of(&written);
	assert_int_equal(qpas_rsc_table_count(second), 5);
	assert_int_equal(qpas_rsc_table_entry(second, 1, &entry, NULL), 0);
	assert_int_equal(entry.type, 4711);
	assert_int_equal(entry.bytes, 16);
	qpas_rsc_table_free(first);
	qpas_rsc_table_free(second);
	qpas_rsc_table_builder_free(builder);
}

/* What a builder refuses leaves it as it was. */
static void expect_add_refused(struct qpas_rsc_table_builder *builder,
			       const struct qpas_rsc_entry *entry, int wanted)
{
	struct qpas_error err = QPAS_ERROR_INIT;
	struct bytes before;

	write_builder(builder);
	before = written;
	expect_code("add", qpas_rsc_table_builder_add(builder, entry, &err), wanted);
	assert_int_equal(err.code, wanted);
	assert_int_equal(err.segment, 1);
	write_builder(builder);
	assert_int_equal(before.len, written.len);
	assert_memory_equal(before.at, written.at, written.len);
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

static void the_builder_refuses_what_validation_refuses(void **state)
{
	struct qpas_rsc_table_builder *builder = new_builder();
	struct qpas_rsc_entry entry = devmem(0x10000, 0x4000);

	(void)state;
	assert_int_equal(qpas_rsc_table_builder_add(builder, &entry, NULL), 0);
	expect_add_refused(builder, &entry, QPAS_ERR_OVERLAP);
	entry = devmem(0x13000, 0x2000);
	expect_add_refused(builder, &entry, QPAS_ERR_OVERLAP);
	entry = devmem(0x20000, 0);
	expect_add_refused(builder, &entry, QPAS_ERR_FORMAT);
	entry = devmem(0x20000, 0xfffff000);
	expect_add_refused(builder, &entry, QPAS_ERR_LIMIT);
	entry = devmem(0xfffff000, 0x2000);
	expect_add_refused(builder, &entry, QPAS_ERR_OVERFLOW);
	entry = devmem(0x20000, 0x1000);
	entry.flags = 0x40;
	expect_add_refused(builder, &entry, QPAS_ERR_FORMAT);
	entry = devmem(0x20000, 0x1000);
	memset(entry.name, 'n', sizeof(entry.name));
	expect_add_refused(builder, &entry, QPAS_ERR_FORMAT);
	for (uint32_t type = 4; type < 600; type++) {
		entry.type = type;
		expect_code("type", qpas_rsc_table_builder_add(builder, &entry, NULL),
			    QPAS_ERR_UNSUPP);
	}
	entry = (struct qpas_rsc_entry)QPAS_RSC_ENTRY_INIT;
	entry.type = QPAS_RSC_VDEV;
	entry.vrings = 3;
	expect_add_refused(builder, &entry, QPAS_ERR_LIMIT);
	entry.vrings = 0;
	entry.vdev_status = 256;
	expect_add_refused(builder, &entry, QPAS_ERR_FORMAT);
	entry.vdev_status = 0;
	entry.vdev_config_len = 0xffffffff;
	expect_add_refused(builder, &entry, QPAS_ERR_LIMIT);
	qpas_rsc_table_builder_free(builder);
}

static void a_name_of_32_bytes_survives(void **state)
{
	struct qpas_rsc_table_builder *builder = new_builder();
	struct qpas_rsc_entry entry = devmem(0x10000, 0x4000);
	struct qpas_rsc_table *made;

	(void)state;
	memset(entry.name, 'n', 32);
	assert_int_equal(qpas_rsc_table_builder_add(builder, &entry, NULL), 0);
	write_builder(builder);
	made = table_of(&written);
	assert_int_equal(qpas_rsc_table_entry(made, 0, &entry, NULL), 0);
	assert_int_equal(entry.name_unterminated, 1);
	assert_int_equal(strlen(entry.name), 32);
	qpas_rsc_table_free(made);
	qpas_rsc_table_builder_free(builder);
}

static void a_refused_merge_leaves_the_builder(void **state)
{
	struct qpas_rsc_table_builder *builder = new_builder();
	struct qpas_rsc_entry entry = devmem(0x90c10000, 0x1000);
	struct qpas_rsc_table *made;

	(void)state;
	mixed_table();
	made = table_of(&table);
	assert_int_equal(qpas_rsc_table_builder_add(builder, &entry, NULL), 0);
	assert_int_equal(qpas_rsc_table_builder_merge(builder, made, NULL), QPAS_ERR_OVERLAP);
	write_builder(builder);
	assert_int_equal(written.len, 16 + 4 + 56);
	qpas_rsc_table_free(made);
	qpas_rsc_table_builder_free(builder);
}

static void the_builder_keeps_to_its_limits(void **state)
{
	struct qpas_params params = QPAS_PARAMS_INIT;
	struct qpas_limits limits = QPAS_LIMITS_INIT;
	struct qpas_rsc_table_builder *builder;
	struct qpas_rsc_entry entry = devmem(0, 0x1000);
	struct qpas_rsc_table *made;

	(void)state;
	mixed_table();
	made = table_of(&table);
	params.limits = &limits;
	limits.rsc_table_entries = 4;
	limits.rsc_table_bytes = 16 + 3 * 60;
	assert_int_equal(qpas_rsc_table_builder_new(&params, &builder, NULL), 0);
	for (uint32_t i = 0; i < 3; i++) {
		entry.da = entry.pa = i * 0x1000;
		assert_int_equal(qpas_rsc_table_builder_add(builder, &entry, NULL), 0);
	}
	entry.da = 0x10000;
	assert_int_equal(qpas_rsc_table_builder_add(builder, &entry, NULL), QPAS_ERR_LIMIT);
	assert_int_equal(qpas_rsc_table_builder_merge(builder, made, NULL), QPAS_ERR_LIMIT);
	qpas_rsc_table_builder_free(builder);
	qpas_rsc_table_free(made);
}

static void entries_of_a_vendor_are_made_of_bytes(void **state)
{
	static const uint8_t bytes[7] = {1, 2, 3, 4, 5, 6, 7};
	static const uint8_t wanted[12] = {200, 0, 0, 0, 1, 2, 3, 4, 5, 6, 7, 0};
	struct qpas_slice payload = {bytes, sizeof(bytes)}, none = {NULL, 0}, bad = {NULL, 1};
	struct qpas_rsc_table_builder *builder = new_builder();
	struct qpas_slice huge = {bytes, SIZE_MAX};
	struct qpas_rsc_entry entry = QPAS_RSC_ENTRY_INIT;
	struct qpas_rsc_table *made;

	(void)state;
	assert_int_equal(qpas_rsc_table_builder_add_payload(NULL, 200, payload, NULL),
			 QPAS_ERR_ARG);
	assert_int_equal(qpas_rsc_table_builder_add_payload(builder, 200, bad, NULL), QPAS_ERR_ARG);
	assert_int_equal(qpas_rsc_table_builder_add_payload(builder, 200, huge, NULL),
			 QPAS_ERR_LIMIT);
	for (uint32_t type = 0; type <= QPAS_RSC_VDEV; type++)
		assert_int_equal(qpas_rsc_table_builder_add_payload(builder, type, payload, NULL),
				 QPAS_ERR_UNSUPP);
	assert_int_equal(qpas_rsc_table_builder_add_payload(builder, 200, payload, NULL), 0);
	assert_int_equal(qpas_rsc_table_builder_add_payload(builder, UINT32_MAX, none, NULL), 0);
	write_builder(builder);
	made = table_of(&written);
	assert_int_equal(qpas_rsc_table_count(made), 2);
	assert_int_equal(qpas_rsc_table_entry(made, 0, &entry, NULL), 0);
	assert_int_equal(entry.type, 200);
	assert_int_equal(entry.bytes, sizeof(wanted));
	assert_memory_equal(written.at + entry.offset, wanted, sizeof(wanted));
	assert_int_equal(qpas_rsc_table_entry(made, 1, &entry, NULL), 0);
	assert_int_equal(entry.type, UINT32_MAX);
	qpas_rsc_table_free(made);
	qpas_rsc_table_builder_free(builder);
}

static void a04_short_buffers_are_not_touched(void **state)
{
	struct qpas_rsc_table_builder *builder = new_builder();
	struct qpas_rsc_entry entry = devmem(0x10000, 0x4000);
	uint8_t zone[128];
	size_t len;

	(void)state;
	assert_int_equal(qpas_rsc_table_builder_add(builder, &entry, NULL), 0);
	assert_int_equal(qpas_rsc_table_builder_write(builder, NULL, 0, &len, NULL),
			 QPAS_ERR_SPACE);
	assert_int_equal(len, 76);
	for (size_t cap = 0; cap <= 80; cap++) {
		struct qpas_error err = QPAS_ERROR_INIT;

		memset(zone, POISON, sizeof(zone));
		len = 0;
		expect_code("A04", qpas_rsc_table_builder_write(builder, zone, cap, &len, &err),
			    cap < 76 ? QPAS_ERR_SPACE : 0);
		assert_int_equal(len, 76);
		for (size_t i = cap < 76 ? 0 : 76; i < sizeof(zone); i++)
			assert_int_equal(zone[i], POISON);
	}
	qpas_rsc_table_builder_free(builder);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_was_built_is_what_the_layout_says),
		cmocka_unit_test(an_empty_builder_writes_an_empty_table),
		cmocka_unit_test(a_merged_table_keeps_each_entry_byte_for_byte),
		cmocka_unit_test(the_builder_refuses_what_validation_refuses),
		cmocka_unit_test(a_name_of_32_bytes_survives),
		cmocka_unit_test(a_refused_merge_leaves_the_builder),
		cmocka_unit_test(the_builder_keeps_to_its_limits),
		cmocka_unit_test(entries_of_a_vendor_are_made_of_bytes),
		cmocka_unit_test(a04_short_buffers_are_not_touched),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
