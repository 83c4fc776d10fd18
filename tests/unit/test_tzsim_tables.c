/* SPDX-License-Identifier: BSD-3-Clause */
/* Calls with more than four arguments: GET_RSCTABLE and MP_ASSIGN. */
#include "unit/tzsim_calls.h"

struct table_call {
	struct buffer in, out, page;
	uint64_t in_size, out_size;
};

static void begin_table(struct rig *rig, struct table_call *table)
{
	table->in = take(rig, 4096);
	table->out = take(rig, 16384);
	table->page = take(rig, 4096);
	table->in_size = 16;
	table->out_size = 16384;
}

static void end_table(struct rig *rig, struct table_call *table)
{
	give(rig, &table->in);
	give(rig, &table->out);
	give(rig, &table->page);
}

static int64_t get_table(struct rig *rig, struct table_call *table, uint64_t id, uint64_t out[8])
{
	uint64_t rest[2] = {table->out.address, table->out_size};

	memcpy(table->page.ptr, rest, sizeof(rest));
	return call(rig, out, 0x42000221, 0x845, id, table->in.address, table->in_size,
		    table->page.address);
}

static uint32_t word(const uint8_t *at)
{
	return (uint32_t)at[0] | (uint32_t)at[1] << 8 | (uint32_t)at[2] << 16 |
	       (uint32_t)at[3] << 24;
}

static void table_of_the_profile_comes_out_word_for_word(void **state)
{
	struct table_call table;
	struct rig rig;
	uint64_t out[8];

	(void)state;
	machine(&rig, 2, QPAS_TZSIM_LENIENT,
		"devmem 1 0x8fff000 0x90c10000 0x1000 3 mbox\n"
		"devmem 1 0x1c000000 0x1c000000 0x4000 0x13 tlmm\n"
		"devmem 18 0x1000 0x1000 0x1000 1 other # not this one\n");
	begin_table(&rig, &table);
	assert_int_equal(get_table(&rig, &table, 1, out), 0);
	assert_int_equal(out[1], 0);
	/* Header, two offsets, two entries of 56 bytes. */
	assert_int_equal(out[3], 16 + 8 + 112);
	assert_int_equal(word(table.out.ptr), 1);
	assert_int_equal(word(table.out.ptr + 4), 2);
	assert_int_equal(word(table.out.ptr + 16), 24);
	assert_int_equal(word(table.out.ptr + 20), 80);
	assert_int_equal(word(table.out.ptr + 24), 1);
	assert_int_equal(word(table.out.ptr + 28), 0x8fff000);
	assert_int_equal(word(table.out.ptr + 32), 0x90c10000);
	assert_int_equal(word(table.out.ptr + 36), 0x1000);
	assert_int_equal(word(table.out.ptr + 40), 3);
	assert_string_equal((const char *)table.out.ptr + 48, "mbox");
	assert_string_equal((const char *)table.out.ptr + 104, "tlmm");
	end_table(&rig, &table);
	rig_free(&rig);
}

static void short_buffer_is_answered_with_20_and_the_size(void **state)
{
	struct table_call table;
	struct rig rig;
	uint64_t out[8], needed;

	(void)state;
	machine(&rig, 2, QPAS_TZSIM_LENIENT, "");
	begin_table(&rig, &table);
	assert_int_equal(get_table(&rig, &table, 1, out), 0);
	needed = out[3];
	memset(table.out.ptr, 0xee, 64);
	for (uint64_t size = 0; size < needed; size += needed - 1) {
		table.out_size = size;
		assert_int_not_equal(get_table(&rig, &table, 1, out), 0);
		assert_int_equal(out[2], 20);
		assert_int_equal(out[3], needed);
		assert_int_equal(table.out.ptr[0], 0xee);
	}
	table.out_size = needed;
	assert_int_equal(get_table(&rig, &table, 1, out), 0);
	assert_int_equal(out[3], needed);
	end_table(&rig, &table);
	rig_free(&rig);
}

static void own_entries_of_the_firmware_are_put_behind_the_static_ones(void **state)
{
	/* One vendor entry of 12 bytes that nobody understands. */
	static const uint32_t own[] = {1, 1, 0, 0, 20, 200, 0x11223344, 0x55667788};
	struct table_call table;
	struct rig rig;
	uint64_t out[8];

	(void)state;
	machine(&rig, 2, QPAS_TZSIM_LENIENT, "devmem 1 0x1000000 0x1000000 0x1000 3 a\n");
	begin_table(&rig, &table);
	memcpy(table.in.ptr, own, sizeof(own));
	table.in_size = sizeof(own);
	assert_int_equal(get_table(&rig, &table, 1, out), 0);
	assert_int_equal(word(table.out.ptr + 4), 2);
	assert_int_equal(word(table.out.ptr + 20), 80);
	assert_int_equal(word(table.out.ptr + 80), 200);
	assert_int_equal(word(table.out.ptr + 88), 0x55667788);
	/* A table of its own that is broken is the firmware's fault, and refused. */
	table.in.ptr[16] = 21;
	expect_reason(&rig, get_table(&rig, &table, 1, out), -2, "firmware's own");
	table.in_size = 15;
	expect_reason(&rig, get_table(&rig, &table, 1, out), -5, "15 bytes");
	table.in_size = UINT64_MAX;
	expect_reason(&rig, get_table(&rig, &table, 1, out), -5, "bytes");
	end_table(&rig, &table);
	rig_free(&rig);
}

static void entry_that_overlaps_a_static_one_is_refused(void **state)
{
	uint32_t own[5 + 14] = {1, 1, 0, 0, 20, 1, 0x1000000, 0x1000000, 0x1000, 3};
	struct table_call table;
	struct rig rig;
	uint64_t out[8];

	(void)state;
	machine(&rig, 2, QPAS_TZSIM_LENIENT, "devmem 1 0x1000000 0x1000000 0x1000 3 a\n");
	begin_table(&rig, &table);
	memcpy(table.in.ptr, own, sizeof(own));
	table.in_size = sizeof(own);
	expect_reason(&rig, get_table(&rig, &table, 1, out), -2, "merged");
	end_table(&rig, &table);
	rig_free(&rig);
}

static void ids_without_a_table_give_none(void **state)
{
	struct table_call table;
	struct rig rig;
	uint64_t out[8];

	(void)state;
	machine(&rig, 2, QPAS_TZSIM_LENIENT, "no-table 18\n");
	begin_table(&rig, &table);
	assert_int_equal(get_table(&rig, &table, 18, out), 0);
	assert_int_equal(out[3], 0);
	assert_int_equal(get_table(&rig, &table, 13, out), 0);
	assert_int_equal(out[3], 0);
	expect_reason(&rig, get_table(&rig, &table, 78, out), -3, "PAS id");
	end_table(&rig, &table);
	rig_free(&rig);
}

static void page_of_arguments_must_be_bridged_in_strict(void **state)
{
	struct table_call table;
	struct rig rig;
	uint64_t out[8];

	(void)state;
	machine(&rig, 2, QPAS_TZSIM_STRICT, "");
	begin_table(&rig, &table);
	expect_reason(&rig, get_table(&rig, &table, 1, out), -6, "page of arguments");
	(void)bridge(&rig, table.page.address, 0x1000);
	expect_reason(&rig, get_table(&rig, &table, 1, out), -8, "input table");
	(void)bridge(&rig, table.in.address, 0x1000);
	expect_reason(&rig, get_table(&rig, &table, 1, out), -8, "output table");
	(void)bridge(&rig, table.out.address, 0x4000);
	assert_int_equal(get_table(&rig, &table, 1, out), 0);
	end_table(&rig, &table);
	rig_free(&rig);
}

static void page_of_arguments_is_read_in_32_bit_words_under_smc32(void **state)
{
	struct table_call table;
	struct rig rig;
	uint64_t out[8];
	uint32_t rest[2];

	(void)state;
	machine(&rig, 2, QPAS_TZSIM_LENIENT, "");
	begin_table(&rig, &table);
	rest[0] = (uint32_t)table.out.address;
	rest[1] = 16384;
	assert_true(table.out.address <= UINT32_MAX);
	memcpy(table.page.ptr, rest, sizeof(rest));
	assert_int_equal(
		call(&rig, out, 0x02000221, 0x845, 1, table.in.address, 16, table.page.address), 0);
	assert_true(out[3] >= 16);
	assert_int_equal(word(table.out.ptr), 1);
	end_table(&rig, &table);
	rig_free(&rig);
}

/* ---- MP_ASSIGN ---- */

struct assign_call {
	struct buffer lists, page;
};

/* Lists at 0 (source), 64 (map), 128 (destination) of one buffer, as Linux lays them out. */
static int64_t assign(struct rig *rig, struct assign_call *lists, const uint32_t *source,
		      size_t sources, const uint32_t *destination, size_t destinations)
{
	uint64_t map[2] = {0x95900000, 0x10000};
	uint64_t rest[4];
	uint64_t out[8];
	uint64_t base = lists->lists.address;

	memset(lists->lists.ptr, 0, 4096);
	memcpy(lists->lists.ptr, source, sources * 4);
	memcpy(lists->lists.ptr + 1024, map, sizeof(map));
	for (size_t i = 0; i < destinations; i++) {
		memcpy(lists->lists.ptr + 2048 + i * 24, &destination[i], 4);
		lists->lists.ptr[2048 + i * 24 + 4] = 6;
	}
	rest[0] = sources * 4;
	rest[1] = base + 2048;
	rest[2] = destinations * 24;
	rest[3] = 0;
	memcpy(lists->page.ptr, rest, sizeof(rest));
	return call(rig, out, 0x42000c16, 0x1117, base + 1024, 16, base, lists->page.address);
}

static void memory_is_assigned_and_given_back_with_64_bit_vm_sets(void **state)
{
	/* MSS_MSA, and an id above 31, which a 32-bit bitmap loses. */
	static const uint32_t hlos[] = {3}, modem[] = {15}, high[] = {0x25, 0x33},
			      both[] = {3, 0x2a};
	struct assign_call lists;
	struct rig rig;
	uint8_t byte;

	(void)state;
	machine(&rig, 2, QPAS_TZSIM_LENIENT, "");
	lists.lists = take(&rig, 4096);
	lists.page = take(&rig, 4096);
	expect_reason(&rig, assign(&rig, &lists, modem, 1, hlos, 1), -2, "VMs 0x8 have");
	assert_int_equal(assign(&rig, &lists, hlos, 1, modem, 1), 0);
	/* The host has no part in it any more. */
	assert_int_equal(qpas_tzsim_read(rig.model, 0x95900000, &byte, 1, &rig.err),
			 QPAS_ERR_BACKEND);
	assert_int_equal(assign(&rig, &lists, modem, 1, high, 2), 0);
	expect_reason(&rig, assign(&rig, &lists, modem, 1, hlos, 1), -2,
		      "VMs 0x8002000000000 have");
	assert_int_equal(assign(&rig, &lists, high, 2, both, 2), 0);
	rig_must(&rig, qpas_tzsim_read(rig.model, 0x95900000, &byte, 1, &rig.err), "shared");
	assert_int_equal(assign(&rig, &lists, both, 2, hlos, 1), 0);
	assert_int_equal(assign(&rig, &lists, hlos, 1, modem, 1), 0);
	assert_int_equal(assign(&rig, &lists, modem, 1, hlos, 1), 0);
	give(&rig, &lists.lists);
	give(&rig, &lists.page);
	rig_free(&rig);
}

static void assignments_that_make_no_sense_are_refused(void **state)
{
	static const uint32_t hlos[] = {3, 3}, wide[] = {64}, huge[] = {0xffffffff};
	struct assign_call lists;
	struct rig rig;

	(void)state;
	machine(&rig, 2, QPAS_TZSIM_LENIENT, "");
	lists.lists = take(&rig, 4096);
	lists.page = take(&rig, 4096);
	expect_reason(&rig, assign(&rig, &lists, hlos, 2, wide, 1), -2, "named twice");
	expect_reason(&rig, assign(&rig, &lists, hlos, 1, wide, 1), -2, "VM id 64");
	expect_reason(&rig, assign(&rig, &lists, hlos, 1, huge, 1), -2, "VM id");
	expect_reason(&rig, assign(&rig, &lists, hlos, 0, hlos, 1), -5, "0 bytes");
	expect_reason(&rig, assign(&rig, &lists, hlos, 1, hlos, 0), -5, "0 bytes");
	give(&rig, &lists.lists);
	give(&rig, &lists.page);
	rig_free(&rig);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(table_of_the_profile_comes_out_word_for_word),
		cmocka_unit_test(short_buffer_is_answered_with_20_and_the_size),
		cmocka_unit_test(own_entries_of_the_firmware_are_put_behind_the_static_ones),
		cmocka_unit_test(entry_that_overlaps_a_static_one_is_refused),
		cmocka_unit_test(ids_without_a_table_give_none),
		cmocka_unit_test(page_of_arguments_must_be_bridged_in_strict),
		cmocka_unit_test(page_of_arguments_is_read_in_32_bit_words_under_smc32),
		cmocka_unit_test(memory_is_assigned_and_given_back_with_64_bit_vm_sets),
		cmocka_unit_test(assignments_that_make_no_sense_are_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
