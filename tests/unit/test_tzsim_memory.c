/* SPDX-License-Identifier: BSD-3-Clause */
/* Simulated memory and bridges for themselves, without a machine around them. */
#include <string.h>

#include "expect.h"

#include "base/host/host_memory.h"
#include "tzsim/bridges.h"
#include "tzsim/memory.h"

static struct qpasi_env env;
static struct qpasi_tzsim_memory memory;

static int set_up(void **state)
{
	struct qpasi_tzsim_range low = {0x80000000, 0x80100000, 0, 0};
	struct qpasi_tzsim_range next = {0x80100000, 0x80200000, 0, 0};

	(void)state;
	assert_int_equal(qpasi_env_init(&env, NULL, qpasi_host_allocator(), NULL), 0);
	qpasi_tzsim_memory_init(&memory, &env);
	assert_int_equal(qpasi_tzsim_ranges_add(&env, &memory.ram, &low), 0);
	assert_int_equal(qpasi_tzsim_ranges_add(&env, &memory.ram, &next), 0);
	memory.pool.start = 0x80180000;
	memory.pool.end = 0x80190000;
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	qpasi_tzsim_memory_free(&memory);
	return 0;
}

static void memory_that_nobody_wrote_is_zero_and_takes_no_space(void **state)
{
	uint8_t bytes[300];

	(void)state;
	memset(bytes, 0xff, sizeof(bytes));
	assert_int_equal(qpasi_tzsim_memory_zero(&memory, QPASI_TZSIM_HOST, 0x80000000, 0x200000),
			 0);
	assert_int_equal(qpasi_tzsim_memory_read(&memory, QPASI_TZSIM_HOST, 0x8000ff00, bytes, 300),
			 0);
	for (size_t i = 0; i < sizeof(bytes); i++)
		expect_number("untouched", "byte", bytes[i], 0);
	assert_int_equal(memory.chunk_count, 0);
}

static void writes_cross_chunks_and_ranges_and_read_back(void **state)
{
	uint8_t out[5000], in[5000];
	struct qpas_slice slice = {out, sizeof(out)};

	(void)state;
	for (size_t i = 0; i < sizeof(out); i++)
		out[i] = (uint8_t)(i * 7 + 1);
	assert_int_equal(
		qpasi_tzsim_memory_write(&memory, QPASI_TZSIM_HOST, 0x80100000 - 2500, slice), 0);
	assert_int_equal(qpasi_tzsim_memory_read(&memory, QPASI_TZSIM_HOST, 0x80100000 - 2500, in,
						 sizeof(in)),
			 0);
	assert_memory_equal(in, out, sizeof(in));
	assert_int_equal(qpasi_tzsim_memory_zero(&memory, QPASI_TZSIM_HOST, 0x80100000 - 1, 2), 0);
	assert_int_equal(qpasi_tzsim_memory_read(&memory, QPASI_TZSIM_HOST, 0x80100000 - 2, in, 4),
			 0);
	assert_int_equal(in[0], out[2498]);
	assert_int_equal(in[1] | in[2], 0);
	assert_int_equal(in[3], out[2501]);
}

static void accesses_outside_of_memory_are_refused(void **state)
{
	static const struct {
		uint64_t address;
		uint64_t length;
	} rows[] = {{0, 1},	     {0x7fffffff, 1}, {0x7fffffff, 2},
		    {0x80200000, 1}, {0x801fffff, 2}, {0x80000000, UINT64_MAX},
		    {UINT64_MAX, 1}, {UINT64_MAX, 2}, {0x80000000, (uint64_t)1 << 63}};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		expect_number("outside", "has",
			      qpasi_tzsim_memory_has(&memory, rows[i].address, rows[i].length), 0);
		expect_code("outside",
			    qpasi_tzsim_memory_zero(&memory, QPASI_TZSIM_HOST, rows[i].address,
						    rows[i].length),
			    QPAS_ERR_RANGE);
	}
	assert_int_equal(memory.protected_accesses, 0);
}

static void many_chunks_are_found_again(void **state)
{
	(void)state;
	memory.ram.at[1].end = UINT64_C(0x100000000);
	for (uint32_t i = 0; i < 2000; i++) {
		struct qpas_slice slice = {&i, sizeof(i)};

		assert_int_equal(qpasi_tzsim_memory_write(&memory, QPASI_TZSIM_HOST,
							  0x80000000 + i * UINT64_C(0x10000),
							  slice),
				 0);
	}
	for (uint32_t i = 0; i < 2000; i++) {
		uint32_t value = ~i;

		assert_int_equal(qpasi_tzsim_memory_read(&memory, QPASI_TZSIM_TRUSTED,
							 0x80000000 + i * UINT64_C(0x10000), &value,
							 sizeof(value)),
				 0);
		expect_number("chunk", "value", value, i);
	}
	assert_int_equal(memory.chunk_count, 2000);
}

static void only_the_host_is_stopped_at_owned_memory_and_every_time_is_counted(void **state)
{
	uint8_t byte;

	(void)state;
	assert_int_equal(qpasi_tzsim_memory_own(&memory, 0x80010000, 0x1000, 7), 0);
	assert_int_equal(qpasi_tzsim_memory_read(&memory, QPASI_TZSIM_HOST, 0x80010fff, &byte, 1),
			 QPAS_ERR_BACKEND);
	assert_int_equal(qpasi_tzsim_memory_zero(&memory, QPASI_TZSIM_HOST, 0x80000000, 0x10001),
			 QPAS_ERR_BACKEND);
	assert_int_equal(memory.protected_accesses, 2);
	assert_int_equal(
		qpasi_tzsim_memory_read(&memory, QPASI_TZSIM_TRUSTED, 0x80010000, &byte, 1), 0);
	assert_int_equal(qpasi_tzsim_memory_read(&memory, QPASI_TZSIM_HOST, 0x80011000, &byte, 1),
			 0);
	qpasi_tzsim_memory_disown(&memory, 8);
	assert_non_null(qpasi_tzsim_memory_owner(&memory, 0x80010000, 1));
	qpasi_tzsim_memory_disown(&memory, 7);
	assert_null(qpasi_tzsim_memory_owner(&memory, 0x80010000, 1));
}

static void shared_buffers_are_aligned_apart_and_seen_by_all(void **state)
{
	uint64_t address[3];
	uint32_t value = 0;
	void *ptr[3];

	(void)state;
	for (size_t i = 0; i < 3; i++) {
		assert_int_equal(qpasi_tzsim_memory_share(&memory, 5000, &ptr[i], &address[i]), 0);
		assert_int_equal((uintptr_t)ptr[i] % 4096, 0);
		assert_int_equal(address[i] % 4096, 0);
		assert_int_equal(((uint8_t *)ptr[i])[4999], 0);
		for (size_t j = 0; j < i; j++)
			assert_true(address[i] >= address[j] + 0x3000);
	}
	memcpy((uint8_t *)ptr[1] + 4998, "abcd", 4);
	assert_int_equal(qpasi_tzsim_memory_read(&memory, QPASI_TZSIM_TRUSTED, address[1] + 4998,
						 &value, 4),
			 0);
	assert_memory_equal(&value, "abcd", 4);
	/* What stood in the memory below a buffer is not seen through it, nor changed by it. */
	assert_int_equal(qpasi_tzsim_memory_unshare(&memory, address[1]), 0x2000);
	assert_int_equal(qpasi_tzsim_memory_unshare(&memory, address[1]), 0);
	assert_int_equal(qpasi_tzsim_memory_read(&memory, QPASI_TZSIM_HOST, address[1] + 4998,
						 &value, 4),
			 0);
	assert_int_equal(value, 0);
	assert_int_equal(qpasi_tzsim_memory_share(&memory, 1, &ptr[1], &address[1]), 0);
	assert_int_equal(memory.window_count, 3);
}

static void pool_runs_out_instead_of_growing(void **state)
{
	uint64_t address;
	uint32_t made = 0;
	void *ptr;

	(void)state;
	while (!qpasi_tzsim_memory_share(&memory, 4096, &ptr, &address)) {
		assert_true(address >= memory.pool.start && address + 4096 <= memory.pool.end);
		made++;
	}
	/* Sixteen pages, one free between any two. */
	assert_int_equal(made, 8);
	assert_int_equal(qpasi_tzsim_memory_share(&memory, 0, &ptr, &address), QPAS_ERR_NOMEM);
	assert_int_equal(qpasi_tzsim_memory_share(&memory, SIZE_MAX, &ptr, &address),
			 QPAS_ERR_NOMEM);
}

static void run_across_a_buffer_ends_at_it(void **state)
{
	uint64_t address;
	void *ptr;

	(void)state;
	assert_int_equal(qpasi_tzsim_memory_share(&memory, 4096, &ptr, &address), 0);
	assert_int_equal(qpasi_tzsim_memory_run(&memory, address - 16, 64).len, 16);
	assert_ptr_equal(qpasi_tzsim_memory_run(&memory, address + 8, 64).ptr, (uint8_t *)ptr + 8);
	assert_int_equal(qpasi_tzsim_memory_run(&memory, address + 4090, 64).len, 6);
}

/* ---- bridges ---- */

/* S06, S07 */
static void bridges_overlap_in_no_byte_and_handles_never_come_back(void **state)
{
	struct qpasi_tzsim_bridge first = {0, 0x80001000, 0x80003000, 6, false};
	struct qpasi_tzsim_bridge other, removed;
	struct qpasi_tzsim_bridges bridges;
	uint64_t met = 0, handle;

	(void)state;
	qpasi_tzsim_bridges_init(&bridges, &env);
	assert_int_equal(qpasi_tzsim_bridges_create(&bridges, &first, &met), 0);
	handle = first.handle;
	other = first;
	assert_int_equal(qpasi_tzsim_bridges_create(&bridges, &other, &met), QPAS_ERR_OVERLAP);
	assert_int_equal(met, 0x80001000);
	other.start = 0x80002fff;
	other.end = 0x80004000;
	assert_int_equal(qpasi_tzsim_bridges_create(&bridges, &other, &met), QPAS_ERR_OVERLAP);
	other.start = 0x80003000;
	assert_int_equal(qpasi_tzsim_bridges_create(&bridges, &other, &met), 0);
	assert_int_not_equal(other.handle, handle);
	assert_int_equal(qpasi_tzsim_bridges_delete(&bridges, handle, true, &removed),
			 QPAS_ERR_NOTFOUND);
	assert_int_equal(qpasi_tzsim_bridges_delete(&bridges, handle, false, &removed), 0);
	assert_int_equal(removed.start, 0x80001000);
	assert_int_equal(qpasi_tzsim_bridges_delete(&bridges, handle, false, &removed),
			 QPAS_ERR_NOTFOUND);
	assert_int_equal(qpasi_tzsim_bridges_create(&bridges, &first, &met), 0);
	assert_int_not_equal(first.handle, handle);
	qpasi_tzsim_bridges_free(&bridges);
}

static void bridges_cover_by_page_and_by_permission(void **state)
{
	struct qpasi_tzsim_bridge one = {0, 0x1000, 0x3000, 6, false};
	struct qpasi_tzsim_bridge two = {0, 0x3000, 0x4000, 4, false};
	struct qpasi_tzsim_bridges bridges;
	uint64_t missing = 0;

	(void)state;
	qpasi_tzsim_bridges_init(&bridges, &env);
	assert_int_equal(qpasi_tzsim_bridges_create(&bridges, &one, &missing), 0);
	assert_int_equal(qpasi_tzsim_bridges_create(&bridges, &two, &missing), 0);
	assert_true(qpasi_tzsim_bridges_cover(&bridges, 0x1000, 0x4000, 4, &missing));
	assert_false(qpasi_tzsim_bridges_cover(&bridges, 0x1000, 0x4000, 6, &missing));
	assert_int_equal(missing, 0x3000);
	assert_false(qpasi_tzsim_bridges_cover(&bridges, 0x1000, 0x4001, 4, &missing));
	assert_int_equal(missing, 0x4000);
	assert_false(qpasi_tzsim_bridges_cover(&bridges, 0xfff, 0x2000, 4, &missing));
	assert_int_equal(missing, 0xfff);
	qpasi_tzsim_bridges_free(&bridges);
}

#define WITH_MEMORY(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		WITH_MEMORY(memory_that_nobody_wrote_is_zero_and_takes_no_space),
		WITH_MEMORY(writes_cross_chunks_and_ranges_and_read_back),
		WITH_MEMORY(accesses_outside_of_memory_are_refused),
		WITH_MEMORY(many_chunks_are_found_again),
		WITH_MEMORY(only_the_host_is_stopped_at_owned_memory_and_every_time_is_counted),
		WITH_MEMORY(shared_buffers_are_aligned_apart_and_seen_by_all),
		WITH_MEMORY(pool_runs_out_instead_of_growing),
		WITH_MEMORY(run_across_a_buffer_ends_at_it),
		WITH_MEMORY(bridges_overlap_in_no_byte_and_handles_never_come_back),
		WITH_MEMORY(bridges_cover_by_page_and_by_permission),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
