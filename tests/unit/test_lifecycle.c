/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The life-cycle table and the order of steps (row B10, state machine). The tables here are written
 * out by hand and independent of those that are tested; docs/lifecycle.md is compared as well.
 */
#include "unit/expect.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "format/lifecycle.h"

#define STATES 9
#define CALLS  11
#define DEPTH  6

/* In the order of the published table. */
static const char *const state_names[STATES] = {"NEW",	  "META",    "MEM",	"LOADED", "RUNNING",
						"FAILED", "STOPPED", "CRASHED", "UNKNOWN"};
static const char *const call_names[CALLS] = {"rsc_table",     "init_image", "mem_setup",
					      "load",	       "auth_reset", "shutdown",
					      "release",       "attach",     "set_remote_state",
					      "protect_video", "region_read"};

/*
 * One letter per state: New Meta meM(E) Loaded Running Failed Stopped Crashed Unknown. A cell has the
 * state after a confirmed call, a refused one, a lost reply; ? only if mem_setup is due, ! only if
 * it is not; "" not allowed.
 */
static const char letters[STATES + 1] = "NMELRFSCU";
static const char *const table[STATES][CALLS] = {
	/* rsc   init   mem     load    auth   shut   rel    att    state  video  read */
	{"NNN", "MNU", "", "", "", "", "NNN", "RNN", "", "", ""},
	{"MMM", "", "?EMU", "!LMM", "", "", "NNN", "", "", "", ""},
	{"EEE", "", "", "LEE", "", "", "NNN", "", "", "", ""},
	{"LLL", "", "", "", "RFU", "", "NNN", "", "", "", ""},
	{"", "", "", "", "", "SRU", "RRR", "", "RRR", "RRR", ""},
	{"", "", "", "", "", "SFU", "NNN", "", "", "", ""},
	{"SSS", "MSU", "", "", "", "SSS", "NNN", "", "", "", "SSS"},
	{"", "", "", "", "", "SCU", "", "", "", "", ""},
	{"", "", "", "", "", "SUU", "", "", "", "", ""},
};

static bool wanted_allowed(uint32_t state, uint32_t call, bool due)
{
	const char *cell = table[state][call];

	return cell[0] && (cell[0] != '?' || due) && (cell[0] != '!' || !due);
}

static uint32_t wanted_next(uint32_t state, uint32_t call, uint32_t outcome)
{
	const char *cell = table[state][call];

	cell += cell[0] == '?' || cell[0] == '!';
	return (uint32_t)(strchr(letters, cell[outcome]) - letters);
}

static void each_cell_equals_the_table(void **unused)
{
	uint32_t allowed = 0;

	(void)unused;
	for (uint32_t state = 0; state < STATES; state++) {
		for (uint32_t at = 0; at < 2 * CALLS; at++) {
			struct qpasi_lifecycle_facts facts = {at >= CALLS};
			uint32_t call = at % CALLS;
			bool got = qpasi_lifecycle_allows(state, (enum qpasi_call)call, &facts);

			if (got != wanted_allowed(state, call, facts.mem_setup_due))
				fail_msg("%s in %s, due %d: %s", call_names[call],
					 state_names[state], facts.mem_setup_due,
					 got ? "allowed" : "refused");
			allowed += got;
			for (uint32_t outcome = 0; outcome < 3 && got; outcome++)
				expect_number(state_names[state], call_names[call],
					      qpasi_lifecycle_next(state, (enum qpasi_call)call,
								   (enum qpasi_outcome)outcome),
					      wanted_next(state, call, outcome));
		}
	}
	assert_int_equal(allowed, 2 * 27 - 2);
}

struct walk {
	uint64_t orders;
	uint64_t legal;
	bool seen[STATES];
	bool due;
};

/* The order in which calls were made, for the message of a failure. */
static void fail_order(const uint32_t *calls, uint32_t depth, uint32_t state)
{
	for (uint32_t i = 0; i < depth; i++)
		print_error("%s ", calls[i] < CALLS ? call_names[calls[i]] : "(crash)");
	fail_msg("ends in %s, which the table denies", state_names[state]);
}

/*
 * All calls in all orders with all outcomes. The bounded depth makes this a loop over a stack of
 * positions rather than a recursion.
 */
struct position {
	uint32_t state;
	uint32_t call;
	uint32_t outcome;
};

/* Takes one step from a position; false when its calls are used up. */
static bool step(struct walk *walk, struct position *at, uint32_t *next)
{
	struct qpasi_lifecycle_facts facts = {walk->due};
	enum qpasi_call call = (enum qpasi_call)at->call;
	bool allowed;

	if (at->call == CALLS) {
		/* The processor dies on its own. */
		at->call++;
		*next = 7;
		return at->state == 4;
	}
	if (at->call > CALLS)
		return false;
	allowed = qpasi_lifecycle_allows(at->state, call, &facts);
	walk->orders++;
	walk->legal += allowed;
	if (!allowed) {
		*next = at->state;
		if (wanted_allowed(at->state, at->call, walk->due))
			*next = STATES;
		at->call++;
		return true;
	}
	*next = qpasi_lifecycle_next(at->state, call, (enum qpasi_outcome)at->outcome);
	if (!wanted_allowed(at->state, at->call, walk->due) ||
	    *next != wanted_next(at->state, at->call, at->outcome))
		*next = STATES;
	if (++at->outcome == 3) {
		at->outcome = 0;
		at->call++;
	}
	return true;
}

static void walk_all_orders(struct walk *walk)
{
	struct position stack[DEPTH + 1] = {{0, 0, 0}};
	uint32_t calls[DEPTH];
	uint32_t depth = 0;

	for (;;) {
		struct position *at = &stack[depth];
		uint32_t call = at->call;
		uint32_t next = STATES;

		if (depth == DEPTH || !step(walk, at, &next)) {
			if (depth == 0)
				return;
			depth--;
			continue;
		}
		calls[depth] = call;
		if (next >= STATES) {
			fail_order(calls, depth + 1, at->state);
			return;
		}
		walk->seen[next] = true;
		depth++;
		stack[depth] = (struct position){next, 0, 0};
	}
}

static void b10_every_order_of_six_calls_equals_the_table(void **unused)
{
	struct walk due = {.due = true};
	struct walk not_due = {.due = false};

	(void)unused;
	walk_all_orders(&due);
	walk_all_orders(&not_due);
	/* At least all orders of six calls were tried, and every state was reached. */
	assert_true(due.orders > 1771561 && not_due.orders > 1771561);
	assert_true(due.legal > 100000 && not_due.legal > 100000);
	for (uint32_t state = 0; state < STATES; state++) {
		assert_true(due.seen[state]);
		assert_true(not_due.seen[state] == (state != 2));
	}
}

static void calls_that_need_facts_are_refused_without_them(void **unused)
{
	(void)unused;
	assert_false(qpasi_lifecycle_allows(1, QPASI_CALL_MEM_SETUP, NULL));
	assert_false(qpasi_lifecycle_allows(1, QPASI_CALL_LOAD, NULL));
	assert_true(qpasi_lifecycle_allows(0, QPASI_CALL_INIT_IMAGE, NULL));
}

static void numbers_that_are_no_state_or_call_are_refused(void **unused)
{
	struct qpasi_lifecycle_facts facts = {true};
	static const uint32_t numbers[] = {STATES, CALLS, 255, 256, 0x7fffffff, 0xffffffff};

	(void)unused;
	for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++) {
		uint32_t number = numbers[i];

		for (uint32_t call = 0; call < CALLS; call++) {
			assert_false(qpasi_lifecycle_allows(number, (enum qpasi_call)call, &facts));
			assert_int_equal(qpasi_lifecycle_next(number, (enum qpasi_call)call,
							      QPASI_OUTCOME_OK),
					 number);
		}
		if (number < CALLS)
			continue;
		for (uint32_t state = 0; state < STATES; state++)
			assert_false(
				qpasi_lifecycle_allows(state, (enum qpasi_call)number, &facts));
		assert_string_equal(qpasi_call_name((enum qpasi_call)number), "?");
	}
	assert_int_equal(qpasi_lifecycle_next(0, QPASI_CALL_INIT_IMAGE, QPASI_OUTCOME_COUNT), 0);
	assert_string_equal(qpasi_step_name(QPASI_STEP_COUNT), "?");
	assert_string_equal(qpasi_step_name((enum qpasi_step)0xffffffff), "?");
}

static void calls_have_their_names(void **unused)
{
	(void)unused;
	assert_int_equal(QPASI_CALL_COUNT, CALLS);
	for (uint32_t call = 0; call < CALLS; call++)
		assert_string_equal(qpasi_call_name((enum qpasi_call)call), call_names[call]);
}

/* What runs under conditions, as names in order. */
static void expect_sequence(const char *row, uint32_t holds, const char *wanted)
{
	char got[512] = "";
	uint32_t count;
	const struct qpasi_step_rule *rules = qpasi_sequence(&count);

	for (uint32_t i = 0; i < count; i++) {
		size_t length = strlen(got);

		if (rules[i].when & ~holds)
			continue;
		(void)snprintf(got + length, sizeof(got) - length, "%s%s", length ? " " : "",
			       qpasi_step_name(rules[i].step));
	}
	if (strcmp(got, wanted) != 0)
		fail_msg("%s:\n%s\nnot\n%s", row, got, wanted);
}

#define EL2_MAIN (QPASI_WHEN_EL2 | QPASI_WHEN_MAIN | QPASI_WHEN_STREAMS | QPASI_WHEN_READY)

static void el2_start_has_the_published_order(void **unused)
{
	(void)unused;
	expect_sequence("relocatable", EL2_MAIN | QPASI_WHEN_MEM_SETUP,
			"rsc_table shared_alloc metadata_begin mem_setup load iommu_apply "
			"bridge_create auth_reset bridge_delete ready metadata_release");
	expect_sequence("fixed", EL2_MAIN,
			"rsc_table shared_alloc metadata_begin load iommu_apply bridge_create "
			"auth_reset bridge_delete ready metadata_release");
	expect_sequence("no ready signal", EL2_MAIN & ~QPASI_WHEN_READY,
			"rsc_table shared_alloc metadata_begin load iommu_apply bridge_create "
			"auth_reset bridge_delete metadata_release");
	/* GPU and IPA: nothing to map a table's entries in. */
	expect_sequence("no streams", EL2_MAIN & ~(QPASI_WHEN_READY | QPASI_WHEN_STREAMS),
			"shared_alloc metadata_begin load bridge_create auth_reset bridge_delete "
			"metadata_release");
	expect_sequence("video", (EL2_MAIN & ~QPASI_WHEN_READY) | QPASI_WHEN_RANGES,
			"rsc_table shared_alloc metadata_begin load iommu_apply bridge_create "
			"auth_reset bridge_delete protect_video metadata_release");
}

static void companion_start_has_the_published_order(void **unused)
{
	(void)unused;
	expect_sequence(
		"main image",
		EL2_MAIN | QPASI_WHEN_MEM_SETUP | QPASI_WHEN_COMPANION | QPASI_WHEN_LITE,
		"rsc_table shutdown companion shared_alloc metadata_begin mem_setup load "
		"iommu_apply bridge_create auth_reset bridge_delete ready metadata_release");
	expect_sequence("modem that is lent memory",
			EL2_MAIN | QPASI_WHEN_COMPANION | QPASI_WHEN_ASSIGN,
			"rsc_table assign companion shared_alloc metadata_begin load iommu_apply "
			"bridge_create auth_reset bridge_delete ready metadata_release");
	expect_sequence("companion image",
			(EL2_MAIN & ~QPASI_WHEN_MAIN) | QPASI_WHEN_MEM_SETUP |
				QPASI_WHEN_COMPANION | QPASI_WHEN_LITE | QPASI_WHEN_ASSIGN |
				QPASI_WHEN_RANGES,
			"shared_alloc metadata_begin mem_setup load iommu_apply bridge_create "
			"auth_reset bridge_delete");
}

static void el1_start_has_no_bridge_no_table_and_no_iommu(void **unused)
{
	uint32_t holds = QPASI_WHEN_MAIN | QPASI_WHEN_READY | QPASI_WHEN_STREAMS;

	(void)unused;
	expect_sequence("relocatable", holds | QPASI_WHEN_MEM_SETUP,
			"metadata_begin mem_setup load auth_reset ready metadata_release");
	expect_sequence("with companion and lite ids",
			holds | QPASI_WHEN_COMPANION | QPASI_WHEN_LITE,
			"shutdown companion metadata_begin load auth_reset ready metadata_release");
	expect_sequence("companion image", holds & ~QPASI_WHEN_MAIN,
			"metadata_begin load auth_reset");
}

static void every_step_stands_once_in_the_sequence(void **unused)
{
	uint32_t times[QPASI_STEP_COUNT] = {0};
	uint32_t count;
	const struct qpasi_step_rule *rules = qpasi_sequence(&count);

	(void)unused;
	assert_int_equal(count, QPASI_STEP_COUNT);
	for (uint32_t i = 0; i < count; i++)
		times[rules[i].step]++;
	for (uint32_t i = 0; i < QPASI_STEP_COUNT; i++)
		assert_int_equal(times[i], 1);
}

static char *read_page(void)
{
	FILE *file = fopen(QPAS_SOURCE_DIR "/docs/lifecycle.md", "rb");
	char *text = calloc(1, 65536);

	assert_non_null(file);
	assert_non_null(text);
	assert_true(fread(text, 1, 65535, file) > 1000);
	assert_int_equal(fclose(file), 0);
	return text;
}

static void expect_line(const char *page, const char *line)
{
	const char *found = strstr(page, line);

	if (!found)
		fail_msg("docs/lifecycle.md lacks: %s", line);
	else if (strstr(found + 1, line))
		fail_msg("docs/lifecycle.md has twice: %s", line);
}

static const char *relative(uint32_t from, uint32_t to)
{
	return from == to ? "=" : state_names[to];
}

/* A cell as the page writes it, from the code's own table. */
static void write_cell(char *cell, size_t bytes, uint32_t state, enum qpasi_call call)
{
	struct qpasi_lifecycle_facts due = {true}, not_due = {false};
	bool first = qpasi_lifecycle_allows(state, call, &due);
	bool second = qpasi_lifecycle_allows(state, call, &not_due);
	uint32_t next[3];

	for (uint32_t i = 0; i < 3; i++)
		next[i] = qpasi_lifecycle_next(state, call, (enum qpasi_outcome)i);
	if (!first && !second)
		(void)snprintf(cell, bytes, "✗");
	else if (next[0] == next[1] && next[1] == next[2])
		(void)snprintf(cell, bytes, "%s", relative(state, next[0]));
	else
		(void)snprintf(cell, bytes, "%s / %s / %s%s", relative(state, next[0]),
			       relative(state, next[1]), relative(state, next[2]),
			       first == second ? "" :
			       first	       ? " if due" :
						 " if not due");
}

static void the_page_shows_the_table_of_the_code(void **unused)
{
	char *page = read_page();

	(void)unused;
	for (uint32_t state = 0; state < STATES; state++) {
		char line[512];
		size_t length =
			(size_t)snprintf(line, sizeof(line), "\n| %s |", state_names[state]);

		for (uint32_t call = 0; call < CALLS; call++) {
			char cell[64];

			write_cell(cell, sizeof(cell), state, (enum qpasi_call)call);
			length += (size_t)snprintf(line + length, sizeof(line) - length, " %s |",
						   cell);
		}
		assert_true(length + 2 < sizeof(line));
		(void)snprintf(line + length, sizeof(line) - length, "\n");
		expect_line(page, line);
	}
	free(page);
}

static void the_page_has_the_calls_in_the_order_of_the_code(void **unused)
{
	char line[512];
	size_t length = (size_t)snprintf(line, sizeof(line), "\n| From \\ call |");
	char *page = read_page();

	(void)unused;
	for (uint32_t call = 0; call < CALLS; call++)
		length += (size_t)snprintf(line + length, sizeof(line) - length, " %s |",
					   qpasi_call_name((enum qpasi_call)call));
	expect_line(page, line);
	free(page);
}

static void write_conditions(char *text, size_t bytes, uint32_t when)
{
	static const struct {
		uint32_t bit;
		const char *name;
	} conditions[] = {
		{QPASI_WHEN_EL2, "EL2 path"},
		{QPASI_WHEN_MEM_SETUP, "MEM_SETUP due"},
		{QPASI_WHEN_READY, "ready signal"},
		{QPASI_WHEN_LITE, "lite ids"},
		{QPASI_WHEN_COMPANION, "companion image"},
		{QPASI_WHEN_MAIN, "main image"},
		{QPASI_WHEN_STREAMS, "streams"},
		{QPASI_WHEN_ASSIGN, "regions to lend"},
		{QPASI_WHEN_RANGES, "ranges to protect"},
	};
	size_t length = 0;

	(void)snprintf(text, bytes, "always");
	for (size_t i = 0; i < sizeof(conditions) / sizeof(conditions[0]); i++) {
		if (when & conditions[i].bit)
			length += (size_t)snprintf(text + length, bytes - length, "%s%s",
						   length ? ", " : "", conditions[i].name);
	}
}

static void the_page_shows_the_sequence_of_the_code(void **unused)
{
	uint32_t count;
	const struct qpasi_step_rule *rules = qpasi_sequence(&count);
	char *page = read_page();
	const char *at = strstr(page, "\n| step | when |");

	(void)unused;
	assert_non_null(at);
	for (uint32_t i = 0; i < count; i++) {
		char line[128], conditions[96];

		write_conditions(conditions, sizeof(conditions), rules[i].when);
		(void)snprintf(line, sizeof(line), "\n| %s | %s |", qpasi_step_name(rules[i].step),
			       conditions);
		expect_line(page, line);
		if (strstr(page, line) < at)
			fail_msg("docs/lifecycle.md has out of order: %s", line);
		at = strstr(page, line);
	}
	free(page);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_cell_equals_the_table),
		cmocka_unit_test(b10_every_order_of_six_calls_equals_the_table),
		cmocka_unit_test(calls_that_need_facts_are_refused_without_them),
		cmocka_unit_test(numbers_that_are_no_state_or_call_are_refused),
		cmocka_unit_test(calls_have_their_names),
		cmocka_unit_test(el2_start_has_the_published_order),
		cmocka_unit_test(companion_start_has_the_published_order),
		cmocka_unit_test(el1_start_has_no_bridge_no_table_and_no_iommu),
		cmocka_unit_test(every_step_stands_once_in_the_sequence),
		cmocka_unit_test(the_page_shows_the_table_of_the_code),
		cmocka_unit_test(the_page_has_the_calls_in_the_order_of_the_code),
		cmocka_unit_test(the_page_shows_the_sequence_of_the_code),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
