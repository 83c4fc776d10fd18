/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The EL3 relay under QEMU, with the test as the server: what it answers itself, what it forwards,
 * and that it never invents an answer.
 */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <string.h>
#include <cmocka.h>
#include "../../firmware/el3/memory.h"
#include "agent.h"
#include "bench.h"

#define PSCI(n)	      (0x84000000u + (n))
#define PSCI64(n)     (0xc4000000u + (n))
#define SMCCC_VERSION 0x80000000u
#define PAS_CALL      0x42000201u
#define MINUS(n)      ((uint64_t) - (int64_t)(n))
#define SPI	      100u
#define SPI_ENABLE    (GIC_DIST + 0x100 + 4 * ((32 + SPI) / 32))
#define SPI_PENDING   (GIC_DIST + 0x200 + 4 * ((32 + SPI) / 32))
#define SPI_BIT	      (1u << (32 + SPI) % 32)

static struct bench bench;

static int end(void **state)
{
	(void)state;
	bench_end(&bench);
	return 0;
}

static void boot(const struct bench_options *options)
{
	bench_start(&bench, options);
	bench_boot(&bench);
	for (int i = 0; i < BENCH_PATIENCE && !bench_field(&bench, 0, AGENT_LEVEL); i += 10)
		bench_listen(&bench, 10);
}

static void says_and_ends(const char *text)
{
	if (!bench_says(&bench, text, BENCH_PATIENCE))
		fail_msg("'%s' expected, the relay said: %s", text, bench.log);
	assert_int_equal(bench_exit_code(&bench, BENCH_PATIENCE), 0);
}

static void relay_without_a_server_says_so_and_powers_off(void **state)
{
	static const struct bench_options options = {.magic = 1, .wait_ms = 300};

	(void)state;
	bench_start(&bench, &options);
	says_and_ends("no server has opened the mailbox within 300 ms: power off");
	/* Neither a call was made nor a kernel started. */
	assert_int_equal(bench.box->slots[0].request.seq, 0);
	assert_int_equal(bench_field(&bench, 0, AGENT_LEVEL), 0);
}

static void relay_refuses_a_server_of_another_version(void **state)
{
	static const struct bench_options options = {.version = 2};

	(void)state;
	bench_start(&bench, &options);
	says_and_ends("speaks version 2 of the mailbox, this relay 1");
	assert_int_equal(bench.box->slots[0].request.seq, 0);
}

static void relay_refuses_boot_words_that_it_does_not_know(void **state)
{
	static const struct bench_options rows[] = {
		{.level = 3}, {.flags = 1}, {.level = 1, .flags = 2}};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		bench_start(&bench, &rows[i]);
		says_and_ends("neither is known, power off");
		if (i + 1 < sizeof(rows) / sizeof(rows[0]))
			bench_end(&bench);
	}
}

static void kernel_enters_at_the_level_asked_for(void **state)
{
	static const struct bench_options rows[] = {{.level = 1}, {.level = 2}};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		boot(&rows[i]);
		assert_int_equal(bench_field(&bench, 0, AGENT_LEVEL), rows[i].level << 2);
		assert_int_equal(bench_field(&bench, 0, AGENT_CONTEXT), GUEST_TREE);
		if (i == 0)
			bench_end(&bench);
	}
}

static void call_goes_to_the_server_and_back_whole(void **state)
{
	static const struct bench_options options = {0};
	static const uint64_t question[8] = {PAS_CALL, 0x82, 1, 0x40fc0000, ~0ull, 5, 0x5e551, 7};
	static const uint64_t answer[8] = {1, ~0ull, 2, 0x8000000000000003, 4, 5, 0x77, 8};
	struct mailbox_request request;
	unsigned bells;

	(void)state;
	boot(&options);
	bells = bench.bells;
	bench_tell(&bench, 0, AGENT_SMC, question);
	request = bench_request(&bench, 0);
	assert_int_equal(request.kind, MAILBOX_SMC);
	assert_memory_equal(request.x, question, sizeof(question));
	bench_listen(&bench, 100);
	assert_int_equal(bench.bells, bells + 1);
	/* Without an answer the call does not return. */
	assert_false(bench_told(&bench, 0, 200));
	bench_answer(&bench, 0, MAILBOX_DONE, answer);
	assert_true(bench_told(&bench, 0, BENCH_PATIENCE));
	for (unsigned i = 0; i < 8; i++)
		assert_int_equal(bench_field(&bench, 0, AGENT_OUT + 8 * i), answer[i]);
	assert_int_equal(bench_field(&bench, 0, AGENT_SPOILT), 0);
}

static void relay_answers_psci_and_smccc_version_alone(void **state)
{
	static const struct bench_options options = {.cores = 2};
	static const struct {
		uint64_t x[8];
		uint64_t answer;
	} rows[] = {
		{{SMCCC_VERSION}, 0x10002},
		{{PSCI(0)}, 0x10001},
		{{PSCI(10), PSCI(8)}, 0},
		{{PSCI(10), PSCI64(3)}, 0},
		{{PSCI(10), SMCCC_VERSION}, 0},
		{{PSCI(10), PSCI64(1)}, MINUS(1)},
		{{PSCI64(1)}, MINUS(1)},
		{{PSCI(6)}, 2},
		{{PSCI64(4), 0}, 0},
		{{PSCI64(4), 1}, 1},
		{{PSCI64(4), 2}, MINUS(2)},
		{{PSCI64(3), 2, AGENT_BLOCKS}, MINUS(2)},
		{{PSCI64(3), 1ull << 32, AGENT_BLOCKS}, MINUS(2)},
		{{PSCI64(3), 0, AGENT_BLOCKS}, MINUS(4)},
	};
	uint32_t calls;

	(void)state;
	boot(&options);
	calls = bench.box->slots[0].request.seq;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		uint64_t answer = bench_smc(&bench, 0, rows[i].x);

		if (answer != rows[i].answer)
			fail_msg("row %zu: %llx", i, (unsigned long long)answer);
		assert_int_equal(bench_field(&bench, 0, AGENT_SPOILT), 0);
	}
	assert_int_equal(bench.box->slots[0].request.seq, calls);
}

static void second_core_starts_stops_and_calls_in_a_slot_of_its_own(void **state)
{
	static const struct bench_options options = {.cores = 2};
	static const uint64_t on[8] = {PSCI64(3), 1, GUEST_KERNEL, 0x1234};
	static const uint64_t info[8] = {PSCI64(4), 1};
	static const uint64_t off[8] = {PSCI(2)};
	static const uint64_t call[8] = {PAS_CALL, 1, 2, 3, 4, 5, 6, 7};

	(void)state;
	boot(&options);
	for (uint32_t round = 1; round < 4; round++) {
		struct mailbox_request request;

		assert_int_equal(bench_smc(&bench, 0, on), 0);
		bench_tell(&bench, 1, AGENT_SMC, call);
		request = bench_request(&bench, 1);
		assert_memory_equal(request.x, call, sizeof(call));
		/* The other core is not held up by that call. */
		assert_int_equal(bench_smc(&bench, 0, info), 0);
		bench_answer(&bench, 1, MAILBOX_DONE, request.x);
		assert_true(bench_told(&bench, 1, BENCH_PATIENCE));
		assert_int_equal(bench_word(&bench, 1, AGENT_STARTS), round);
		assert_int_equal(bench_field(&bench, 1, AGENT_CONTEXT), 0x1234);
		assert_int_equal(bench_field(&bench, 1, AGENT_LEVEL), 8);
		bench_tell(&bench, 1, AGENT_SMC, off);
		for (int i = 0; i < 1000 && bench_smc(&bench, 0, info) != 1; i++)
			bench_listen(&bench, 1);
		assert_int_equal(bench_smc(&bench, 0, info), 1);
		bench_forget(&bench, 1);
	}
}

static void server_reads_and_writes_registers_through_the_relay(void **state)
{
	static const struct bench_options options = {0};
	static const uint64_t question[8] = {PAS_CALL};
	static const uint64_t typer[8] = {GIC_DIST + 4};
	static const uint64_t poke[8] = {SPI_ENABLE, SPI_BIT};
	static const uint64_t done[8] = {42};
	struct mailbox_request request;
	uint32_t expected;

	(void)state;
	boot(&options);
	expected = bench_read(&bench, typer[0]);
	assert_int_equal(bench_read(&bench, SPI_ENABLE) & SPI_BIT, 0);
	bench_tell(&bench, 0, AGENT_SMC, question);
	bench_request(&bench, 0);
	bench_answer(&bench, 0, MAILBOX_PEEK, typer);
	request = bench_request(&bench, 0);
	assert_int_equal(request.kind, MAILBOX_VALUE);
	/* The secure view has one bit more than the kernel's. */
	assert_int_equal(request.x[0] & ~0x400u, expected & ~0x400u);
	bench_answer(&bench, 0, MAILBOX_POKE, poke);
	request = bench_request(&bench, 0);
	assert_int_equal(request.kind, MAILBOX_VALUE);
	bench_answer(&bench, 0, MAILBOX_DONE, done);
	assert_true(bench_told(&bench, 0, BENCH_PATIENCE));
	assert_int_equal(bench_field(&bench, 0, AGENT_OUT), 42);
	assert_int_equal(bench_read(&bench, SPI_ENABLE) & SPI_BIT, SPI_BIT);
}

static int becomes_pending(void)
{
	for (int i = 0; i < 200; i++) {
		if (bench_read(&bench, SPI_PENDING) & SPI_BIT)
			return 1;
		bench_listen(&bench, 10);
	}
	return 0;
}

static void bell_makes_the_relay_raise_interrupts(void **state)
{
	static const struct bench_options options = {0};

	(void)state;
	boot(&options);
	assert_int_equal(bench_read(&bench, SPI_PENDING) & SPI_BIT, 0);
	bench_event(&bench, SPI);
	bench_listen(&bench, 300);
	/* No clock, no call, no bell: nobody looks. */
	assert_int_equal(bench_read(&bench, SPI_PENDING) & SPI_BIT, 0);
	bench_ring(&bench);
	assert_true(becomes_pending());
	assert_int_equal(bench.box->relay.ev_cons, 1);
	assert_int_not_equal(bench.box->relay.ev_t, 0);
}

static void clock_makes_the_relay_raise_interrupts(void **state)
{
	static const struct bench_options options = {.tick_us = 2000};

	(void)state;
	boot(&options);
	bench_event(&bench, SPI);
	assert_true(becomes_pending());
}

static void answer_raises_its_interrupt(void **state)
{
	static const struct bench_options options = {0};
	static const uint64_t question[8] = {PAS_CALL};

	(void)state;
	boot(&options);
	bench_tell(&bench, 0, AGENT_SMC, question);
	bench_request(&bench, 0);
	bench.box->slots[0].answer.spi = 1 + SPI;
	bench_answer(&bench, 0, MAILBOX_DONE, question);
	assert_true(bench_told(&bench, 0, BENCH_PATIENCE));
	assert_int_equal(bench_read(&bench, SPI_PENDING) & SPI_BIT, SPI_BIT);
}

static void interrupt_that_the_machine_lacks_is_named_and_left_out(void **state)
{
	static const struct bench_options options = {0};

	(void)state;
	boot(&options);
	bench_event(&bench, 100000);
	bench_event(&bench, SPI);
	bench_ring(&bench);
	assert_true(becomes_pending());
	assert_true(bench_says(&bench, "asked for SPI 100000, which this machine does not have",
			       BENCH_PATIENCE));
}

static void silent_server_gets_its_call_withdrawn_and_no_answer_is_invented(void **state)
{
	static const struct bench_options options = {.timeout_ms = 400};
	static const uint64_t question[8] = {PAS_CALL};
	struct mailbox_request request;
	uint32_t seq;

	(void)state;
	boot(&options);
	bench_tell(&bench, 0, AGENT_SMC, question);
	seq = bench_request(&bench, 0).seq;
	says_and_ends("no answer and no heartbeat for 400 ms: the call is withdrawn, power off");
	request = bench.box->slots[0].request;
	assert_int_equal(request.kind, MAILBOX_NONE);
	assert_int_equal(request.seq, seq + 1);
	assert_int_not_equal(bench_word(&bench, 0, AGENT_DONE),
			     bench_word(&bench, 0, AGENT_WANTED));
}

static void beating_server_may_take_its_time(void **state)
{
	static const struct bench_options options = {.timeout_ms = 400};
	static const uint64_t question[8] = {PAS_CALL};
	static const uint64_t answer[8] = {99};

	(void)state;
	boot(&options);
	bench_tell(&bench, 0, AGENT_SMC, question);
	bench_request(&bench, 0);
	for (uint32_t beat = 1; beat < 15; beat++) {
		bench.box->server.beat = beat;
		bench_listen(&bench, 1);
		assert_false(bench_told(&bench, 0, 100));
	}
	bench_answer(&bench, 0, MAILBOX_DONE, answer);
	assert_true(bench_told(&bench, 0, BENCH_PATIENCE));
	assert_int_equal(bench_field(&bench, 0, AGENT_OUT), 99);
}

static void relay_waits_for_ever_when_no_limit_is_set(void **state)
{
	static const struct bench_options options = {.timeout_ms = 0};
	static const uint64_t question[8] = {PAS_CALL};

	(void)state;
	boot(&options);
	bench_tell(&bench, 0, AGENT_SMC, question);
	bench_request(&bench, 0);
	assert_int_equal(bench_exit_code(&bench, 3000), -1);
	bench_answer(&bench, 0, MAILBOX_DONE, question);
	assert_true(bench_told(&bench, 0, BENCH_PATIENCE));
}

static void power_off_is_announced_first(void **state)
{
	static const struct bench_options options = {0};
	static const uint64_t off[8] = {PSCI(8)};
	struct mailbox_request request;

	(void)state;
	boot(&options);
	bench_tell(&bench, 0, AGENT_SMC, off);
	request = bench_request(&bench, 0);
	assert_int_equal(request.kind, MAILBOX_OFF);
	assert_int_equal(request.x[0], PSCI(8));
	assert_int_equal(bench_exit_code(&bench, 200), -1);
	bench_answer(&bench, 0, MAILBOX_DONE, request.x);
	assert_int_equal(bench_exit_code(&bench, BENCH_PATIENCE), 0);
}

static void reset_starts_a_new_boot_and_late_answers_match_nothing(void **state)
{
	static const struct bench_options options = {.cores = 2};
	static const uint64_t reset[8] = {PSCI(9)};
	struct mailbox_request request;
	uint32_t seq;

	(void)state;
	boot(&options);
	assert_int_equal(bench.box->relay.boot_gen, 1);
	bench_tell(&bench, 0, AGENT_SMC, reset);
	request = bench_request(&bench, 0);
	assert_int_equal(request.kind, MAILBOX_OFF);
	seq = request.seq;
	bench_answer(&bench, 0, MAILBOX_DONE, request.x);
	request = bench_request(&bench, 0);
	assert_int_equal(request.kind, MAILBOX_RESET);
	assert_int_equal(request.seq, seq + 1);
	assert_int_equal(bench.box->relay.boot_gen, 2);
}

#define RELAY_TEST(name) cmocka_unit_test_teardown(name, end)

int main(void)
{
	const struct CMUnitTest tests[] = {
		RELAY_TEST(relay_without_a_server_says_so_and_powers_off),
		RELAY_TEST(relay_refuses_a_server_of_another_version),
		RELAY_TEST(relay_refuses_boot_words_that_it_does_not_know),
		RELAY_TEST(kernel_enters_at_the_level_asked_for),
		RELAY_TEST(call_goes_to_the_server_and_back_whole),
		RELAY_TEST(relay_answers_psci_and_smccc_version_alone),
		RELAY_TEST(second_core_starts_stops_and_calls_in_a_slot_of_its_own),
		RELAY_TEST(server_reads_and_writes_registers_through_the_relay),
		RELAY_TEST(bell_makes_the_relay_raise_interrupts),
		RELAY_TEST(clock_makes_the_relay_raise_interrupts),
		RELAY_TEST(answer_raises_its_interrupt),
		RELAY_TEST(interrupt_that_the_machine_lacks_is_named_and_left_out),
		RELAY_TEST(silent_server_gets_its_call_withdrawn_and_no_answer_is_invented),
		RELAY_TEST(beating_server_may_take_its_time),
		RELAY_TEST(relay_waits_for_ever_when_no_limit_is_set),
		RELAY_TEST(power_off_is_announced_first),
		RELAY_TEST(reset_starts_a_new_boot_and_late_answers_match_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
