/* SPDX-License-Identifier: BSD-3-Clause */
/* Resource tables as bytes, the frame: rows R01 to R09 and R20. Values: test_rsc_values.c. */
#include "unit/rsc_validate.h"

#define POISON 0xa5

static void a_table_of_all_kinds_is_read_field_by_field(void **state)
{
	struct qpas_rsc_entry entry;

	(void)state;
	mixed_table();
	assert_int_equal(validate(), 0);
	assert_int_equal(qpasi_rsc_count(as_slice(&table)), 6);
	entry = entry_at(0);
	assert_int_equal(entry.type, 0);
	assert_int_equal(entry.da, 0xffffffff);
	assert_int_equal(entry.bytes, 56);
	assert_string_equal(entry.name, "code");
	entry = entry_at(1);
	assert_int_equal(entry.type, 1);
	assert_int_equal(entry.da, 0x90c10000);
	assert_int_equal(entry.pa, 0x90c10000);
	assert_int_equal(entry.len, 0x1000);
	assert_int_equal(entry.flags, 3);
	assert_int_equal(entry.offset, 16 + 24 + 56);
	entry = entry_at(3);
	assert_int_equal(entry.da, 0x1234);
	assert_int_equal(entry.len, 0x100);
	assert_int_equal(entry.bytes, 48);
	assert_string_equal(entry.name, "trace");
	entry = entry_at(5);
	assert_int_equal(entry.vdev_id, 7);
	assert_int_equal(entry.vdev_notifyid, 0xffffffff);
	assert_int_equal(entry.vdev_dfeatures, 0x11);
	assert_int_equal(entry.vdev_gfeatures, 0x22);
	assert_int_equal(entry.vdev_config_len, 12);
	assert_int_equal(entry.vdev_status, 5);
	assert_int_equal(entry.vrings, 2);
	assert_int_equal(entry.vring[1].align, 4096);
	assert_int_equal(entry.vring[1].num, 256);
	assert_int_equal(entry.vring[1].notifyid, 1);
	assert_int_equal(entry.bytes, 28 + 40 + 12);
}

static void r01_short_tables_are_truncated_and_none_is_not_found(void **state)
{
	(void)state;
	start_table(&table, 0);
	for (table.len = 0; table.len < 16; table.len++)
		expect_code("R01", validate(), table.len ? QPAS_ERR_TRUNC : QPAS_ERR_NOTFOUND);
	assert_int_equal(qpasi_rsc_count((struct qpas_slice){NULL, 0}), 0);
}

static void r02_unknown_versions_and_reserved_words_are_refused(void **state)
{
	(void)state;
	mixed_table();
	for (uint32_t version = 0; version < 300; version++) {
		put32(&table, 0, version);
		expect_code("R02 version", validate(), version == 1 ? 0 : QPAS_ERR_UNSUPP);
	}
	put32(&table, 0, 0x01000000);
	expect_code("R02 big-endian", validate(), QPAS_ERR_UNSUPP);
	for (size_t bit = 0; bit < 64; bit++) {
		mixed_table();
		table.at[8 + bit / 8] = (uint8_t)(1u << bit % 8);
		expect_code("R02 reserved", validate(), QPAS_ERR_FORMAT);
	}
	/* 16 zero bytes mean "none" as an input of GET_RSCTABLE only. */
	start_table(&table, 0);
	put32(&table, 0, 0);
	expect_code("R02 all zero", validate(), QPAS_ERR_UNSUPP);
}

static void r02_reserved_words_of_entries_are_refused(void **state)
{
	static const struct {
		uint32_t entry, at, bytes;
	} rows[] = {{0, 20, 4}, {1, 20, 4}, {3, 12, 4}, {5, 26, 2}};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		for (uint32_t byte = 0; byte < rows[i].bytes; byte++) {
			mixed_table();
			table.at[get32(&table, 16 + 4 * rows[i].entry) + rows[i].at + byte] = 0x80;
			expect_code("R02 entry", validate(), QPAS_ERR_FORMAT);
		}
	}
}

static void r03_no_entry_and_103_entries_are_accepted(void **state)
{
	(void)state;
	start_table(&table, 0);
	assert_int_equal(validate(), 0);
	assert_int_equal(qpasi_rsc_count(as_slice(&table)), 0);
	start_table(&table, 103);
	for (uint32_t i = 0; i < 103; i++)
		(void)add_devmem(&table, i, 0x10000000 + i * 0x2000, 0x2000);
	assert_int_equal(validate(), 0);
	assert_int_equal(entry_at(102).da, 0x10000000 + 102 * 0x2000);
}

static void r04_counts_beyond_the_table_are_refused(void **state)
{
	static const struct {
		uint32_t num;
		int wanted;
	} rows[] = {
		{0x3fffffff, QPAS_ERR_OVERFLOW}, {0x40000000, QPAS_ERR_OVERFLOW},
		{0xffffffff, QPAS_ERR_OVERFLOW}, {0x3ffffffc, QPAS_ERR_OVERFLOW},
		{0x3ffffffb, QPAS_ERR_RANGE},	 {0x20000000, QPAS_ERR_RANGE},
		{0x10000, QPAS_ERR_RANGE},	 {1, QPAS_ERR_RANGE},
	};
	struct qpasi_rsc_limits limits = {65536, 256};
	struct qpasi_fault fault = QPASI_FAULT_INIT;

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		start_table(&table, 0);
		put32(&table, 4, rows[i].num);
		expect_code("R04", validate(), rows[i].wanted);
	}
	for (uint32_t num = 1; num < 200; num++) {
		start_table(&table, num);
		table.len--;
		expect_code("R04 one byte short",
			    qpasi_rsc_validate(as_slice(&table), &limits, scratch, &fault),
			    QPAS_ERR_RANGE);
		/* Because of the count, not because of an offset that was never there. */
		expect_number("R04 one byte short", "message", fault.message, 604);
	}
}

static void limits_on_entries_and_bytes_hold(void **state)
{
	(void)state;
	mixed_table();
	expect_code("entries", validate_limited(65536, 6), 0);
	expect_code("entries", validate_limited(65536, 5), QPAS_ERR_LIMIT);
	expect_code("bytes", validate_limited((uint32_t)table.len, 256), 0);
	expect_code("bytes", validate_limited((uint32_t)table.len - 1, 256), QPAS_ERR_LIMIT);
}

static void r05_offsets_outside_the_entries_are_refused(void **state)
{
	uint32_t size;

	(void)state;
	mixed_table();
	size = (uint32_t)table.len;
	for (uint32_t index = 0; index < 6; index++) {
		const uint32_t rows[] = {0,	     4,		 12,	     15,	 16,
					 20,	     39,	 size,	     size - 1,	 size - 2,
					 size - 3,   size + 1,	 size + 4,   0x7fffffff, 0x80000000,
					 0x80000010, 0xfffffff0, 0xfffffffc, 0xffffffff};

		for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
			mixed_table();
			put32(&table, 16 + 4 * index, rows[i]);
			expect_code("R05", validate(), QPAS_ERR_RANGE);
		}
	}
}

static void r06_unaligned_offsets_are_refused(void **state)
{
	(void)state;
	for (uint32_t index = 0; index < 6; index++) {
		for (uint32_t by = 1; by < 4; by++) {
			mixed_table();
			put32(&table, 16 + 4 * index, get32(&table, 16 + 4 * index) + by);
			expect_code("R06", validate(), QPAS_ERR_FORMAT);
		}
	}
}

static void r07_overlapping_entries_are_refused(void **state)
{
	(void)state;
	for (uint32_t index = 1; index < 6; index++) {
		mixed_table();
		put32(&table, 16 + 4 * index, get32(&table, 16));
		expect_code("R07 same offset", validate(), QPAS_ERR_FORMAT);
	}
	/* The unknown entry's type word inside its neighbour's name. */
	mixed_table();
	put32(&table, get32(&table, 16) + 52, 4711);
	put32(&table, 24, get32(&table, 16) + 52);
	expect_code("R07 inside a name", validate(), QPAS_ERR_FORMAT);
	/* A configuration space that reaches into the next entry. */
	start_table(&table, 2);
	(void)add_vdev(&table, 0, 1, 8);
	(void)add_trace(&table, 1, 0, 0);
	assert_int_equal(validate(), 0);
	put32(&table, get32(&table, 16) + 20, 9);
	expect_code("R07 configuration", validate(), QPAS_ERR_FORMAT);
}

static void r07_descending_offsets_are_accepted(void **state)
{
	uint32_t offsets[6];

	(void)state;
	mixed_table();
	for (uint32_t i = 0; i < 6; i++)
		offsets[i] = get32(&table, 16 + 4 * i);
	for (uint32_t i = 0; i < 6; i++)
		put32(&table, 16 + 4 * i, offsets[5 - i]);
	assert_int_equal(validate(), 0);
	assert_int_equal(entry_at(0).type, 3);
	assert_int_equal(entry_at(5).type, 0);
}

static void r07_gaps_between_entries_are_accepted(void **state)
{
	(void)state;
	start_table(&table, 2);
	(void)add_devmem(&table, 0, 0x1000, 0x1000);
	memset(table.at + table.len, POISON, 64);
	table.len += 64;
	(void)add_devmem(&table, 1, 0x2000, 0x1000);
	assert_int_equal(validate(), 0);
}

static void r08_unknown_and_vendor_types_are_kept(void **state)
{
	static const uint32_t types[] = {4, 5, 127, 128, 300, 512, 513, 0x80000000, 0xffffffff};

	(void)state;
	mixed_table();
	assert_int_equal(entry_at(2).type, 4711);
	assert_int_equal(entry_at(2).bytes, 12);
	assert_int_equal(entry_at(4).type, 128);
	assert_int_equal(entry_at(4).bytes, 8);
	for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++) {
		mixed_table();
		put32(&table, get32(&table, 24), types[i]);
		expect_code("R08", validate(), 0);
		assert_int_equal(entry_at(2).type, types[i]);
		assert_int_equal(entry_at(2).len, 0);
	}
	/* The last one reaches to the end. */
	start_table(&table, 1);
	(void)add_entry(&table, 0, &types[3], 1, 40);
	assert_int_equal(validate(), 0);
	assert_int_equal(entry_at(0).bytes, 40);
	assert_int_equal(qpasi_rsc_used_bytes(as_slice(&table)), table.len);
}

static void r09_entries_cut_short_are_refused(void **state)
{
	(void)state;
	for (uint32_t kind = 0; kind < 4; kind++) {
		size_t full;

		start_table(&table, 1);
		if (kind == 3)
			(void)add_vdev(&table, 0, 2, 7);
		else if (kind == 2)
			(void)add_trace(&table, 0, 0, 16);
		else
			(void)add_devmem(&table, 0, 0x1000, 0x1000);
		if (kind == 0)
			put32(&table, 20, 0);
		full = table.len;
		expect_code("R09 whole", validate(), 0);
		for (table.len = full - 1; table.len >= 20; table.len--)
			expect_code("R09", validate(), QPAS_ERR_RANGE);
	}
}

static void r20_bytes_behind_the_last_entry_change_nothing(void **state)
{
	struct qpas_rsc_entry before[5];
	size_t used;

	(void)state;
	mixed_table();
	/* The last entry in memory is of a known type. */
	used = table.len;
	assert_int_equal(qpasi_rsc_used_bytes(as_slice(&table)), used);
	for (uint32_t i = 0; i < 5; i++)
		before[i] = entry_at(i);
	for (size_t extra = 1; extra < 200; extra++) {
		memset(table.at + used, POISON, extra);
		table.len = used + extra;
		expect_code("R20", validate(), 0);
		expect_number("R20", "used", qpasi_rsc_used_bytes(as_slice(&table)), used);
		for (uint32_t i = 0; i < 5; i++) {
			struct qpas_rsc_entry after = entry_at(i);

			assert_memory_equal(&before[i], &after, sizeof(after));
		}
	}
	start_table(&table, 0);
	memset(table.at + 16, POISON, 100);
	table.len = 116;
	assert_int_equal(validate(), 0);
	assert_int_equal(qpasi_rsc_used_bytes(as_slice(&table)), 16);
}

static void an_index_past_the_end_is_not_found(void **state)
{
	struct qpas_rsc_entry entry = QPAS_RSC_ENTRY_INIT;

	(void)state;
	mixed_table();
	assert_int_equal(qpasi_rsc_entry(as_slice(&table), 6, &entry, NULL), QPAS_ERR_NOTFOUND);
	assert_int_equal(qpasi_rsc_entry(as_slice(&table), 0xffffffff, &entry, NULL),
			 QPAS_ERR_NOTFOUND);
}

/* The check must find two touching ranges wherever they stand, among as many as there may be. */
static void one_overlap_among_1024_entries_is_found(void **state)
{
	static uint32_t order[1024];
	uint64_t seed = 12;

	(void)state;
	for (uint32_t round = 0; round < 20; round++) {
		uint32_t victim = (uint32_t)(next_random(&seed) % 1023);

		for (uint32_t i = 0; i < 1024; i++)
			order[i] = i;
		for (uint32_t i = 1023; i > 0; i--) {
			uint32_t other = (uint32_t)(next_random(&seed) % (i + 1));
			uint32_t kept = order[i];

			order[i] = order[other];
			order[other] = kept;
		}
		start_table(&table, 1024);
		for (uint32_t i = 0; i < 1024; i++)
			(void)add_devmem(&table, i, 0x1000000 + order[i] * 0x2000, 0x2000);
		expect_code("apart", validate_limited(65536, 1024), 0);
		for (uint32_t i = 0; i < 1024; i++) {
			if (order[i] == victim)
				put32(&table, get32(&table, 16 + 4 * i) + 12, 0x3000);
		}
		expect_code("one touches", validate_limited(65536, 1024), QPAS_ERR_OVERLAP);
	}
}

static void faults_name_entry_and_offset(void **state)
{
	struct qpasi_rsc_limits limits = {65536, 256};
	struct qpasi_fault fault = QPASI_FAULT_INIT;

	(void)state;
	mixed_table();
	put32(&table, get32(&table, 20) + 16, 0x40);
	assert_int_equal(qpasi_rsc_validate(as_slice(&table), &limits, scratch, &fault),
			 QPAS_ERR_FORMAT);
	expect_number("fault", "entry", fault.segment, 1);
	expect_number("fault", "offset", fault.offset, get32(&table, 20));
	expect_number("fault", "flags", fault.a, 0x40);
	expect_number("fault", "known", fault.b, 0x3f);
}

/* Every single-bit change of a good table: an answer, and what is accepted can be read in full. */
static void each_flipped_bit_gets_an_answer(void **state)
{
	uint32_t accepted = 0;

	(void)state;
	mixed_table();
	for (size_t bit = 0; bit < 8 * table.len; bit++) {
		struct qpas_rsc_entry entry = QPAS_RSC_ENTRY_INIT;

		mixed_table();
		table.at[bit / 8] ^= (uint8_t)(1u << bit % 8);
		if (validate())
			continue;
		accepted++;
		for (uint32_t i = 0; i < qpasi_rsc_count(as_slice(&table)); i++)
			expect_code("flipped", qpasi_rsc_entry(as_slice(&table), i, &entry, NULL),
				    0);
		assert_true(qpasi_rsc_used_bytes(as_slice(&table)) <= table.len);
	}
	assert_true(accepted > 100);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_table_of_all_kinds_is_read_field_by_field),
		cmocka_unit_test(r01_short_tables_are_truncated_and_none_is_not_found),
		cmocka_unit_test(r02_unknown_versions_and_reserved_words_are_refused),
		cmocka_unit_test(r02_reserved_words_of_entries_are_refused),
		cmocka_unit_test(r03_no_entry_and_103_entries_are_accepted),
		cmocka_unit_test(r04_counts_beyond_the_table_are_refused),
		cmocka_unit_test(limits_on_entries_and_bytes_hold),
		cmocka_unit_test(r05_offsets_outside_the_entries_are_refused),
		cmocka_unit_test(r06_unaligned_offsets_are_refused),
		cmocka_unit_test(r07_overlapping_entries_are_refused),
		cmocka_unit_test(r07_descending_offsets_are_accepted),
		cmocka_unit_test(r07_gaps_between_entries_are_accepted),
		cmocka_unit_test(r08_unknown_and_vendor_types_are_kept),
		cmocka_unit_test(r09_entries_cut_short_are_refused),
		cmocka_unit_test(r20_bytes_behind_the_last_entry_change_nothing),
		cmocka_unit_test(an_index_past_the_end_is_not_found),
		cmocka_unit_test(one_overlap_among_1024_entries_is_found),
		cmocka_unit_test(faults_name_entry_and_offset),
		cmocka_unit_test(each_flipped_bit_gets_an_answer),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
