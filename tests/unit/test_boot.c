/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The order of a boot, call by call, on both paths, and what is left behind when any call of it
 * fails in any way. Transcripts are literals: nothing of the library says what they should be.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <qpas/qpas.h>

#include "support/fake_board.h"
#include "support/image_builder.h"

#define RUN(board, context)                                        \
	struct board *board = board_new();                         \
	struct qpas_context *context = NULL;                       \
	struct qpas_error err = QPAS_ERROR_INIT;                   \
	board_open(board);                                         \
	assert_int_equal(board_context(board, &context, &err), 0); \
	fake_clear(&board->fake)

static int boot(struct board *board, struct qpas_context *context, struct qpas_error *err)
{
	struct qpas_boot_params params = QPAS_BOOT_PARAMS_INIT;

	params.companion = board->companion;
	return qpas_boot(context, board->image, &params, err);
}

/* One devmem entry: da 0x08fff000 -> pa 0x90c10000, 0x1000 bytes, read and write. */
static const uint8_t table_bytes[] = {
	1, 0, 0, 0, 1,	  0,	0,    0,    0,	  0,	0,    0,    0,	  0,	0, 0, 20, 0, 0,
	0, /* header, offset */
	1, 0, 0, 0, 0x00, 0xf0, 0xff, 0x08, 0x00, 0x00, 0xc1, 0x90, 0x00, 0x10, 0, 0, 3,  0, 0,
	0, 0, 0, 0, 0,	  'd',	'e',  'v',  0,	  0,	0,    0,    0,	  0,	0, 0, 0,  0, 0,
	0, 0, 0, 0, 0,	  0,	0,    0,    0,	  0,	0,    0,    0,	  0,	0, 0, 0,  0};

static const char *const el2_calls[] = {
	"shared_alloc",
	"bridge_create buffer",
	"rsc_table 1 in 16 out 16384",
	"metadata_begin 1",
	"mem_setup 1 0x80000000 0x5000",
	"region_zero 1",
	"region_write 1",
	"region_write 1",
	"iommu_apply 1 0x80000000 x2 stream 0x3000",
	"bridge_create 0x80000000 0x20000",
	"auth_reset 1",
	"bridge_delete carveout",
	"wait_event 1",
	"metadata_release 1",
	"bridge_delete buffer",
	"shared_free",
	NULL,
};

static void el2_boot_makes_the_calls_of_the_sequence_in_order(void **state)
{
	static const char *const stop[] = {"shutdown 1", "iommu_clear 1 x2", NULL};
	RUN(board, context);

	(void)state;
	board->fake.table.ptr = table_bytes;
	board->fake.table.len = sizeof(table_bytes);
	assert_int_equal(boot(board, context, &err), 0);
	fake_expect(&board->fake, el2_calls);
	assert_int_equal(board_state(context), QPAS_STATE_RUNNING);
	fake_clear(&board->fake);
	assert_int_equal(qpas_shutdown(context, &err), 0);
	fake_expect(&board->fake, stop);
	assert_int_equal(board_state(context), QPAS_STATE_STOPPED);
	/* Idempotent, without a call. */
	fake_clear(&board->fake);
	assert_int_equal(qpas_shutdown(context, &err), 0);
	assert_int_equal(board->fake.calls, 0);
	assert_int_equal(qpas_context_close(context), 0);
	board_free(board);
}

static void el1_boot_neither_bridges_nor_maps_nor_asks_for_a_table(void **state)
{
	static const char *const calls[] = {
		"shared_alloc",
		"metadata_begin 1",
		"mem_setup 1 0x80000000 0x5000",
		"region_zero 1",
		"region_write 1",
		"region_write 1",
		"auth_reset 1",
		"wait_event 1",
		"metadata_release 1",
		"shared_free",
		NULL,
	};
	struct board *board = board_new();
	struct qpas_context *context = NULL;
	struct qpas_error err = QPAS_ERROR_INIT;

	(void)state;
	board->fake.host_level = 1;
	board_open(board);
	assert_int_equal(board_context(board, &context, &err), 0);
	fake_clear(&board->fake);
	assert_int_equal(boot(board, context, &err), 0);
	fake_expect(&board->fake, calls);
	assert_int_equal(qpas_context_close(context), 0);
	assert_int_equal(board->fake.running[0], 0);
	board_free(board);
}

static void companion_is_authenticated_before_the_main_image_and_stopped_after_it(void **state)
{
	static const char *const calls[] = {
		"shared_alloc",
		"bridge_create buffer",
		"rsc_table 1 in 16 out 16384",
		"shutdown 31",
		"metadata_begin 36",
		"mem_setup 36 0x90000000 0x5000",
		"region_zero 36",
		"region_write 36",
		"region_write 36",
		"iommu_apply 36 0x90000000 x1 stream 0x3000",
		"bridge_create 0x90000000 0x20000",
		"auth_reset 36",
		"bridge_delete carveout",
		"metadata_begin 1",
		"mem_setup 1 0x80000000 0x5000",
		"region_zero 1",
		"region_write 1",
		"region_write 1",
		"iommu_apply 1 0x80000000 x1 stream 0x3000",
		"bridge_create 0x80000000 0x20000",
		"auth_reset 1",
		"bridge_delete carveout",
		"wait_event 1",
		"metadata_release 1",
		"metadata_release 36",
		"bridge_delete buffer",
		"shared_free",
		NULL,
	};
	static const char *const stop[] = {"shutdown 1", "iommu_clear 1 x1", "shutdown 36",
					   "iommu_clear 36 x1", NULL};
	struct board *board = board_new();
	struct qpas_context *context = NULL;
	struct qpas_error err = QPAS_ERROR_INIT;

	(void)state;
	board_add_companion(board);
	board->lite[0] = 31;
	board->peripheral.lite_pas_ids = board->lite;
	board->peripheral.lite_count = 1;
	board_open(board);
	assert_int_equal(board_context(board, &context, &err), 0);
	fake_clear(&board->fake);
	assert_int_equal(boot(board, context, &err), 0);
	fake_expect(&board->fake, calls);
	fake_clear(&board->fake);
	assert_int_equal(qpas_shutdown(context, &err), 0);
	fake_expect(&board->fake, stop);
	/* B18: and again, with the lite processor up this time. */
	board->fake.lite_up = 31;
	assert_int_equal(boot(board, context, &err), 0);
	assert_int_equal(qpas_context_close(context), 0);
	assert_false(board->fake.running[0] || board->fake.running[1]);
	board_free(board);
}

/* B18: the kernel forgets this one. */
static void companion_is_shut_down_when_the_main_image_is_refused(void **state)
{
	struct board *board = board_new();
	struct qpas_context *context = NULL;
	struct qpas_error err = QPAS_ERROR_INIT;
	static const char *const tail[] = {
		"auth_reset 1",	       "bridge_delete carveout",
		"iommu_clear 1 x1",    "region_zero 1",
		"metadata_release 1",  "shutdown 36",
		"iommu_clear 36 x1",   "region_zero 36",
		"metadata_release 36", "bridge_delete buffer",
		"shared_free",	       NULL,
	};
	uint32_t skip;

	(void)state;
	board_add_companion(board);
	board_open(board);
	assert_int_equal(board_context(board, &context, &err), 0);
	board->fake.fail_slot = "auth_reset";
	board->fake.fail_nth = 2;
	board->fake.fail_code = QPAS_ERR_AUTH;
	fake_clear(&board->fake);
	assert_int_equal(boot(board, context, &err), QPAS_ERR_AUTH);
	for (skip = 0; strcmp(board->fake.call[skip], "auth_reset 1") != 0;)
		skip++;
	memmove(board->fake.call, board->fake.call + skip,
		(board->fake.calls - skip) * sizeof(board->fake.call[0]));
	board->fake.calls -= skip;
	fake_expect(&board->fake, tail);
	assert_int_equal(board_state(context), QPAS_STATE_NEW);
	assert_false(board->fake.running[1]);
	assert_true(fake_region_clean(&board->fake, 0) && fake_region_clean(&board->fake, 1));
	assert_int_equal(qpas_context_close(context), 0);
	board_free(board);
}

static const int classes[] = {
	QPAS_ERR_ARG,
	QPAS_ERR_BUSY,
	QPAS_ERR_TIMEOUT,
	QPAS_ERR_CANCELED,
	QPAS_ERR_UNKNOWN,
	QPAS_ERR_NOMEM,
	QPAS_ERR_IO,
	QPAS_ERR_NOTFOUND,
	QPAS_ERR_RANGE,
	QPAS_ERR_OVERLAP,
	QPAS_ERR_UNSUPP,
	QPAS_ERR_BACKEND,
	QPAS_ERR_TZ,
	QPAS_ERR_AUTH,
	-1,
	-9999,
	(-2147483647 - 1),
	1,
};

static bool undocumented(int code)
{
	return code > 0 || code == -1 || code < -1000;
}

/* An answer that proves nothing. */
static bool proves_nothing(int code)
{
	return undocumented(code) || code == QPAS_ERR_UNKNOWN || code == QPAS_ERR_TIMEOUT ||
	       code == QPAS_ERR_BACKEND;
}

struct outcome {
	const char *slot; /* the call that failed */
	int code;
	int result;
	uint32_t state;
};

static void complain(const struct outcome *o, const char *what)
{
	fail_msg("%s fails with %d: boot gave %d, state %u: %s", o->slot, o->code, o->result,
		 o->state, what);
}

static bool starts(const char *call, const char *slot)
{
	return !strncmp(call, slot, strlen(slot));
}

/* A bridge that might still be there keeps its buffer for ever. */
static bool may_leak(const struct outcome *o)
{
	return starts(o->slot, "bridge_") ||
	       (starts(o->slot, "rsc_table") && proves_nothing(o->code));
}

static const char *what_is_left(const struct fake *fake, const struct outcome *o)
{
	if (fake->running[0] || fake->running[1] || fake->owned[0] || fake->owned[1])
		return "something runs";
	if (fake->metadata)
		return "metadata are held";
	if (fake->mappings && !starts(o->slot, "iommu_clear"))
		return "mappings are left";
	if ((fake->buffers || fake->bridges) && !may_leak(o))
		return "buffers or bridges are left";
	if (!fake_region_clean(fake, 0) || !fake_region_clean(fake, 1))
		return "the image is still in the carveout";
	return NULL;
}

/* What may be left of a failed boot, whatever failed in it. */
static void judge(const struct board *board, const struct outcome *o)
{
	const struct fake *fake = &board->fake;
	const char *left = what_is_left(fake, o);

	if (fake->touched_owned)
		complain(o, "the region was touched while the trusted world had it");
	if (fake->double_free)
		complain(o, "something was given back twice");
	if (o->state == QPAS_STATE_UNKNOWN) {
		if (o->result != QPAS_ERR_UNKNOWN)
			complain(o, "the state is UNKNOWN and the error is not");
		return;
	}
	if (o->state != QPAS_STATE_NEW && o->state != QPAS_STATE_STOPPED)
		complain(o, "neither NEW nor STOPPED nor UNKNOWN");
	if (left)
		complain(o, left);
}

static bool must_be_unknown(const struct outcome *o)
{
	static const char *const handing_over[] = {"metadata_begin", "mem_setup", "auth_reset"};

	for (size_t i = 0; i < 3; i++) {
		if (starts(o->slot, handing_over[i]) && proves_nothing(o->code))
			return true;
	}
	return false;
}

/* Transcript and count differ by the calls that cannot fail. */
static const char *failed_call(const struct fake *fake, uint32_t nth)
{
	uint32_t seen = 0;

	for (uint32_t at = 0; at < fake->calls; at++) {
		if (starts(fake->call[at], "metadata_release") ||
		    starts(fake->call[at], "shared_free"))
			continue;
		if (++seen == nth)
			return fake->call[at];
	}
	return "none";
}

static void judge_result(const struct board *board, const struct outcome *o,
			 const struct qpas_error *err)
{
	if (o->result == 0 && o->state != QPAS_STATE_RUNNING)
		complain(o, "success without a running processor");
	if (must_be_unknown(o) != (o->state == QPAS_STATE_UNKNOWN))
		complain(o, "UNKNOWN at the wrong time");
	if (o->result == 0)
		return;
	if (undocumented(o->code) && o->result != QPAS_ERR_BACKEND && o->result != QPAS_ERR_UNKNOWN)
		complain(o, "an undocumented answer has to be BACKEND or UNKNOWN");
	if (err->code != o->result || !err->text[0] || !err->message_id)
		complain(o, "the error object says something else");
	judge(board, o);
}

/* One boot in which call number `nth` fails; false if there is no such call. */
static bool fail_one(bool with_companion, uint32_t nth, int code)
{
	struct board *board = board_new();
	struct qpas_context *context = NULL;
	struct qpas_error err = QPAS_ERROR_INIT;
	struct outcome o = {"", code, 0, 0};
	char slot[FAKE_CALL_BYTES];
	bool reached;

	if (with_companion)
		board_add_companion(board);
	board_open(board);
	assert_int_equal(board_context(board, &context, &err), 0);
	board->fake.table.ptr = table_bytes;
	board->fake.table.len = sizeof(table_bytes);
	fake_clear(&board->fake);
	board->fake.fail_nth = nth;
	board->fake.fail_code = code;
	o.result = boot(board, context, &err);
	o.state = board_state(context);
	reached = board->fake.seen >= nth;
	(void)snprintf(slot, sizeof(slot), "%s", failed_call(&board->fake, nth));
	o.slot = slot;
	if (reached)
		judge_result(board, &o, &err);
	/* Nothing fails any more: what is left is given back, or pinned. */
	board->fake.fail_code = 0;
	if (o.state == QPAS_STATE_UNKNOWN) {
		assert_int_equal(qpas_shutdown(context, &err), 0);
		o.state = board_state(context);
		judge(board, &o);
	}
	if (o.result != 0) {
		fake_clear(&board->fake);
		assert_int_equal(boot(board, context, &err), 0);
		if (!with_companion)
			fake_expect(&board->fake, el2_calls);
	}
	assert_int_equal(qpas_context_close(context), 0);
	board_free(board);
	return reached;
}

/* B01, B04, B06, B07, B08: each class at each call. */
static void failure_of_any_call_with_any_class_leaves_nothing_behind(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(classes) / sizeof(classes[0]); i++) {
		uint32_t nth = 1;

		while (fail_one(false, nth, classes[i]))
			nth++;
		assert_int_equal(nth, 15);
		for (nth = 1; fail_one(true, nth, classes[i]);)
			nth++;
		assert_int_equal(nth, 24);
	}
}

/* B08, literally: what follows a refused AUTH_AND_RESET. */
static void refused_auth_is_undone_in_reverse_without_a_shutdown(void **state)
{
	static const char *const undo[] = {
		"iommu_apply 1 0x80000000 x1 stream 0x3000",
		"bridge_create 0x80000000 0x20000",
		"auth_reset 1",
		"bridge_delete carveout",
		"iommu_clear 1 x1",
		"region_zero 1",
		"metadata_release 1",
		"bridge_delete buffer",
		"shared_free",
		NULL,
	};
	RUN(board, context);

	(void)state;
	board->fake.fail_slot = "auth_reset";
	board->fake.fail_nth = 1;
	board->fake.fail_code = QPAS_ERR_AUTH;
	assert_int_equal(boot(board, context, &err), QPAS_ERR_AUTH);
	assert_int_equal(err.stage, QPAS_STAGE_AUTH_RESET);
	memmove(board->fake.call, board->fake.call + 8, sizeof(board->fake.call[0]) * 9);
	assert_int_equal(board->fake.calls, 17);
	board->fake.calls = 9;
	fake_expect(&board->fake, undo);
	assert_int_equal(board_state(context), QPAS_STATE_NEW);
	assert_int_equal(qpas_context_close(context), 0);
	board_free(board);
}

/* B04: a lost reply. */
static void lost_auth_reply_touches_nothing_until_a_shutdown_is_confirmed(void **state)
{
	RUN(board, context);

	(void)state;
	board->fake.fail_slot = "auth_reset";
	board->fake.fail_nth = 1;
	board->fake.fail_code = QPAS_ERR_UNKNOWN;
	assert_int_equal(boot(board, context, &err), QPAS_ERR_UNKNOWN);
	assert_string_equal(board->fake.call[board->fake.calls - 1], "auth_reset 1");
	assert_int_equal(board_state(context), QPAS_STATE_UNKNOWN);
	assert_int_equal(boot(board, context, &err), QPAS_ERR_STATE);
	assert_int_equal(qpas_context_release(context, &err), QPAS_ERR_STATE);
	assert_int_equal(qpas_context_load(context, &err), QPAS_ERR_STATE);
	assert_int_equal(qpas_context_auth_reset(context, &err), QPAS_ERR_STATE);
	/* Refused twice, then confirmed (B09). */
	board->fake.fail_slot = "shutdown";
	board->fake.fail_code = QPAS_ERR_TZ;
	board->fake.fail_on = true;
	fake_clear(&board->fake);
	assert_int_equal(qpas_shutdown(context, &err), QPAS_ERR_TZ);
	assert_int_equal(qpas_shutdown(context, &err), QPAS_ERR_TZ);
	assert_int_equal(board_state(context), QPAS_STATE_UNKNOWN);
	assert_int_equal(board->fake.calls, 2);
	board->fake.fail_code = 0;
	assert_int_equal(qpas_shutdown(context, &err), 0);
	assert_int_equal(board_state(context), QPAS_STATE_STOPPED);
	assert_int_equal(board->fake.buffers, 0);
	assert_int_equal(board->fake.bridges, 0);
	assert_int_equal(board->fake.mappings, 0);
	assert_int_equal(board->fake.metadata, 0);
	assert_true(fake_region_clean(&board->fake, 0));
	assert_int_equal(qpas_context_close(context), 0);
	board_free(board);
}

/* B04: the same for a shutdown, and what is left of an ordinary stop is not scrubbed. */
static void lost_shutdown_reply_leads_to_unknown_and_a_stop_keeps_the_memory(void **state)
{
	RUN(board, context);

	(void)state;
	assert_int_equal(boot(board, context, &err), 0);
	board->fake.fail_slot = "shutdown";
	board->fake.fail_nth = 1;
	board->fake.fail_code = QPAS_ERR_TIMEOUT;
	fake_clear(&board->fake);
	assert_int_equal(qpas_shutdown(context, &err), QPAS_ERR_UNKNOWN);
	assert_int_equal(board_state(context), QPAS_STATE_UNKNOWN);
	assert_int_equal(board->fake.calls, 1);
	board->fake.fail_code = 0;
	assert_int_equal(qpas_shutdown(context, &err), 0);
	assert_false(fake_region_clean(&board->fake, 0));
	assert_int_equal(qpas_context_close(context), 0);
	board_free(board);
}

/* B24 */
static void shutdown_that_is_not_implemented_leaves_it_running(void **state)
{
	RUN(board, context);

	(void)state;
	assert_int_equal(boot(board, context, &err), 0);
	board->fake.fail_slot = "shutdown";
	board->fake.fail_nth = 1;
	board->fake.fail_on = true;
	board->fake.fail_code = QPAS_ERR_UNSUPP;
	fake_clear(&board->fake);
	assert_int_equal(qpas_shutdown(context, &err), QPAS_ERR_UNSUPP);
	assert_int_equal(board_state(context), QPAS_STATE_RUNNING);
	assert_int_equal(board->fake.calls, 1);
	/* Nobody gets the id again on this backend: its memory is not back. */
	assert_int_equal(qpas_context_close(context), QPAS_ERR_UNSUPP);
	assert_int_equal(board_context(board, &context, &err), QPAS_ERR_BUSY);
	board->fake.owned[0] = false;
	board_free(board);
}

static void processor_that_faults_crashes_or_hangs_is_stopped_again(void **state)
{
	static const struct {
		uint32_t event;
		int code;
		const char *text;
	} rows[] = {
		{QPAS_EVENT_FAULT, QPAS_ERR_BACKEND,
		 "adsp faulted: stream 0x3000, read at 0x95900000: out of coffee."},
		{QPAS_EVENT_CRASH, QPAS_ERR_BACKEND,
		 "adsp crashed before it was ready: out of coffee."},
		{0, QPAS_ERR_TIMEOUT, "adsp did not become ready in time. Its log would tell why."},
	};

	(void)state;
	for (size_t i = 0; i < 3; i++) {
		RUN(board, context);

		board->fake.event = rows[i].event;
		assert_int_equal(boot(board, context, &err), rows[i].code);
		assert_string_equal(err.text, rows[i].text);
		assert_int_equal(err.stage, QPAS_STAGE_READY);
		assert_int_equal(board_state(context), QPAS_STATE_STOPPED);
		assert_true(fake_called(&board->fake, "shutdown 1"));
		assert_true(fake_region_clean(&board->fake, 0));
		assert_int_equal(board->fake.buffers + board->fake.bridges + board->fake.mappings,
				 0);
		assert_int_equal(qpas_context_close(context), 0);
		board_free(board);
	}
}

/* An image that goes where it was linked to: this board's carveout. */
static void take_fixed_image(struct board *board)
{
	static const struct test_segment segments[] = {
		{TEST_PT_LOAD, 6, FAKE_REGION_0, FAKE_REGION_0, 0x800, 0x1000, NULL, 0},
	};
	struct test_image_spec spec = TEST_IMAGE_SPEC_INIT;
	struct test_image made;

	spec.segments = segments;
	spec.segment_count = 1;
	test_image_build(&made, &spec);
	qpas_image_unref(board->image);
	assert_int_equal(qpas_image_open_memory((struct qpas_slice){made.bytes, made.size}, NULL,
						&board->image, NULL),
			 0);
	test_image_free(&made);
}

/* B22 */
static void mem_setup_is_due_when_backend_or_tree_say_so_or_the_image_moves(void **state)
{
	static const struct {
		bool fixed, backend, tree, due;
	} rows[] = {
		{false, false, false, true}, {true, false, false, false}, {true, true, false, true},
		{true, false, true, true},   {false, true, true, true},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct board *board = board_new();
		struct qpas_context *context = NULL;
		struct qpas_error err = QPAS_ERROR_INIT;

		if (rows[i].fixed)
			take_fixed_image(board);
		if (rows[i].backend)
			board->fake.caps |= QPAS_CAP_MEM_SETUP_ALWAYS;
		if (rows[i].tree)
			board->peripheral.flags |= QPAS_PERIPHERAL_MEM_SETUP_ALWAYS;
		board_open(board);
		assert_int_equal(board_context(board, &context, &err), 0);
		assert_int_equal(qpas_context_init_image(context, board->image, &err), 0);
		fake_clear(&board->fake);
		/* Whichever of the two is out of order reaches no slot. */
		if (rows[i].due)
			assert_int_equal(qpas_context_load(context, &err), QPAS_ERR_STATE);
		else
			assert_int_equal(qpas_context_mem_setup(context, &err), QPAS_ERR_STATE);
		assert_int_equal(board->fake.calls, 0);
		if (rows[i].due)
			assert_int_equal(qpas_context_mem_setup(context, &err), 0);
		assert_int_equal(qpas_context_load(context, &err), 0);
		assert_int_equal(fake_called(&board->fake, "mem_setup"), rows[i].due);
		assert_int_equal(qpas_context_close(context), 0);
		board_free(board);
	}
}

static void image_larger_than_the_carveout_reaches_no_slot(void **state)
{
	struct board *board = board_new();
	struct qpas_context *context = NULL;
	struct qpas_error err = QPAS_ERROR_INIT;

	(void)state;
	board->carveouts[0].size = 0x4000;
	board_open(board);
	assert_int_equal(board_context(board, &context, &err), 0);
	fake_clear(&board->fake);
	assert_int_equal(boot(board, context, &err), QPAS_ERR_RANGE);
	assert_string_equal(err.text,
			    "The image needs 0x5000 bytes, the carveout of adsp has 0x4000. "
			    "It is not the image for this board.");
	assert_int_equal(board->fake.calls, 0);
	assert_int_equal(board_state(context), QPAS_STATE_NEW);
	assert_int_equal(qpas_context_close(context), 0);
	board_free(board);
}

struct seen {
	char text[2048];
	size_t length;
	struct qpas_context *context;
	int reentry;
};

static void note_step(void *user, const struct qpas_boot_step *step)
{
	struct seen *seen = user;

	seen->reentry = qpas_shutdown(seen->context, NULL);
	seen->length += (size_t)snprintf(seen->text + seen->length,
					 sizeof(seen->text) - seen->length, "%s%s: %s\n",
					 step->undo ? "undo " : "", step->name, step->detail);
	assert_true(step->duration >= 0);
}

static void steps_are_told_in_words_and_callbacks_may_not_call_back(void **state)
{
	struct qpas_boot_params params = QPAS_BOOT_PARAMS_INIT;
	struct seen seen = {{0}, 0, NULL, 0};
	RUN(board, context);

	(void)state;
	board->fake.table.ptr = table_bytes;
	board->fake.table.len = sizeof(table_bytes);
	board->fake.event = 0;
	seen.context = context;
	params.step = note_step;
	params.user = &seen;
	assert_int_equal(qpas_boot(context, board->image, &params, &err), QPAS_ERR_TIMEOUT);
	assert_int_equal(seen.reentry, QPAS_ERR_STATE);
	assert_string_equal(
		seen.text,
		"rsc_table: 1 entry, 76 bytes\n"
		"shared_alloc: 4084 bytes of metadata, bridged\n"
		"metadata_begin: pas id 1\n"
		"mem_setup: 0x80000000 + 0x5000\n"
		"load: 3 segments, 6.5 KiB\n"
		"iommu_apply: carveout 0x80000000 + 0x20000 and 1 device range for stream 0x3000\n"
		"bridge_create: 0x80000000 + 0x20000\n"
		"auth_reset: pas id 1\n"
		"bridge_delete: 0x80000000 + 0x20000\n"
		"ready: \n"
		"undo shutdown: pas id 1\n"
		"undo iommu_clear: carveout 0x80000000 + 0x20000 and 1 device range for stream 0x3000\n"
		"undo region_zero: 0x80000000 + 0x5000\n"
		"undo metadata_release: pas id 1\n");
	assert_int_equal(qpas_context_close(context), 0);
	board_free(board);
}

static void deadline_that_passed_stops_the_boot_before_the_next_call(void **state)
{
	struct qpas_boot_params params = QPAS_BOOT_PARAMS_INIT;
	RUN(board, context);

	(void)state;
	params.deadline = 1;
	assert_int_equal(qpas_boot(context, board->image, &params, &err), QPAS_ERR_TIMEOUT);
	assert_int_equal(board->fake.calls, 0);
	assert_int_equal(board_state(context), QPAS_STATE_NEW);
	assert_int_equal(qpas_context_close(context), 0);
	board_free(board);
}

static void cancel_from_a_slot(struct fake *fake, const char *slot)
{
	if (!strcmp(slot, "region_write"))
		qpas_context_cancel(fake->hook_user);
}

static void cancelled_boot_is_undone(void **state)
{
	RUN(board, context);

	(void)state;
	board->fake.hook = cancel_from_a_slot;
	board->fake.hook_user = context;
	assert_int_equal(boot(board, context, &err), QPAS_ERR_CANCELED);
	assert_true(fake_called(&board->fake, "cancel 1"));
	assert_int_equal(board_state(context), QPAS_STATE_NEW);
	assert_true(fake_region_clean(&board->fake, 0));
	board->fake.hook = NULL;
	assert_int_equal(boot(board, context, &err), 0);
	assert_int_equal(qpas_context_close(context), 0);
	board_free(board);
}

/* The venus way: firmware at address 0 of its own stream, no PAS call at all. */
static void video_firmware_is_started_by_register_unless_pas_is_asked_for(void **state)
{
	static const char *const calls[] = {"region_zero 1",  "region_write 1",
					    "region_write 1", "iommu_apply 1 0x0 x1 stream 0x3000",
					    "direct_start 1", NULL};
	static const char *const stop[] = {"direct_stop 1", "iommu_clear 1 x1", NULL};
	struct qpas_boot_params params = QPAS_BOOT_PARAMS_INIT;
	struct board *board = board_new();
	struct qpas_context *context = NULL;
	struct qpas_error err = QPAS_ERROR_INIT;

	(void)state;
	board->peripheral.kind = QPAS_KIND_VIDEO;
	board->peripheral.flags = QPAS_PERIPHERAL_ENABLED | QPAS_PERIPHERAL_PAS |
				  QPAS_PERIPHERAL_VIDEO_FIRMWARE;
	board_open(board);
	assert_int_equal(board_context(board, &context, &err), 0);
	assert_int_equal(board->fake.calls, 0);
	assert_int_equal(boot(board, context, &err), 0);
	fake_expect(&board->fake, calls);
	fake_clear(&board->fake);
	assert_int_equal(qpas_shutdown(context, &err), 0);
	fake_expect(&board->fake, stop);
	fake_clear(&board->fake);
	params.flags = QPAS_BOOT_USE_PAS;
	assert_int_equal(qpas_boot(context, board->image, &params, &err), 0);
	assert_string_equal(board->fake.call[0], "supported 1");
	assert_true(fake_called(&board->fake, "auth_reset 1"));
	assert_int_equal(qpas_context_close(context), 0);
	assert_false(board->fake.running[0]);
	board_free(board);
}

static void direct_start_that_fails_is_undone(void **state)
{
	struct board *board = board_new();
	struct qpas_context *context = NULL;
	struct qpas_error err = QPAS_ERROR_INIT;

	(void)state;
	board->peripheral.kind = QPAS_KIND_VIDEO;
	board->peripheral.flags = QPAS_PERIPHERAL_ENABLED | QPAS_PERIPHERAL_PAS |
				  QPAS_PERIPHERAL_VIDEO_FIRMWARE;
	board_open(board);
	assert_int_equal(board_context(board, &context, &err), 0);
	board->fake.fail_slot = "direct_start";
	board->fake.fail_nth = 1;
	board->fake.fail_code = QPAS_ERR_IO;
	assert_int_equal(boot(board, context, &err), QPAS_ERR_IO);
	assert_int_equal(board_state(context), QPAS_STATE_NEW);
	assert_int_equal(board->fake.mappings, 0);
	assert_true(fake_region_clean(&board->fake, 0));
	fake_clear(&board->fake);
	board->fake.fail_code = QPAS_ERR_UNKNOWN;
	assert_int_equal(boot(board, context, &err), QPAS_ERR_UNKNOWN);
	assert_int_equal(board_state(context), QPAS_STATE_UNKNOWN);
	assert_int_equal(qpas_shutdown(context, &err), 0);
	assert_int_equal(board->fake.mappings, 0);
	assert_int_equal(qpas_context_close(context), 0);
	board_free(board);
}

static void fused_backend_boots_by_name_and_refuses_steps(void **state)
{
	struct board *board = board_new();
	struct qpas_context *context = NULL;
	struct qpas_error err = QPAS_ERROR_INIT;

	(void)state;
	board->fake.caps = QPAS_CAP_FUSED;
	board_open(board);
	assert_int_equal(board_context(board, &context, &err), 0);
	assert_int_equal(qpas_boot(context, board->image, NULL, &err), QPAS_ERR_UNSUPP);
	assert_int_equal(qpas_context_load(context, &err), QPAS_ERR_UNSUPP);
	assert_int_equal(qpas_boot(context, NULL, NULL, &err), 0);
	assert_string_equal(board->fake.call[0], "boot 1 qcom/fake/adsp.mbn");
	assert_int_equal(board_state(context), QPAS_STATE_RUNNING);
	assert_int_equal(qpas_context_close(context), 0);
	assert_false(board->fake.running[0]);
	board_free(board);
}

/* A06: every allocation of a boot fails once; the next boot works and is the same. */
static void allocation_failures_are_undone(void **state)
{
	long nth = 1;
	int code;

	(void)state;
	do {
		RUN(board, context);

		board->fail_block = nth;
		code = boot(board, context, &err);
		board->fail_block = 0;
		if (code) {
			assert_int_equal(code, QPAS_ERR_NOMEM);
			assert_int_equal(board_state(context), QPAS_STATE_NEW);
			fake_clear(&board->fake);
			assert_int_equal(boot(board, context, &err), 0);
		}
		assert_int_equal(qpas_context_close(context), 0);
		board_free(board);
		nth++;
	} while (code);
	assert_true(nth > 2);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(el2_boot_makes_the_calls_of_the_sequence_in_order),
		cmocka_unit_test(el1_boot_neither_bridges_nor_maps_nor_asks_for_a_table),
		cmocka_unit_test(
			companion_is_authenticated_before_the_main_image_and_stopped_after_it),
		cmocka_unit_test(companion_is_shut_down_when_the_main_image_is_refused),
		cmocka_unit_test(failure_of_any_call_with_any_class_leaves_nothing_behind),
		cmocka_unit_test(refused_auth_is_undone_in_reverse_without_a_shutdown),
		cmocka_unit_test(lost_auth_reply_touches_nothing_until_a_shutdown_is_confirmed),
		cmocka_unit_test(lost_shutdown_reply_leads_to_unknown_and_a_stop_keeps_the_memory),
		cmocka_unit_test(shutdown_that_is_not_implemented_leaves_it_running),
		cmocka_unit_test(processor_that_faults_crashes_or_hangs_is_stopped_again),
		cmocka_unit_test(mem_setup_is_due_when_backend_or_tree_say_so_or_the_image_moves),
		cmocka_unit_test(image_larger_than_the_carveout_reaches_no_slot),
		cmocka_unit_test(steps_are_told_in_words_and_callbacks_may_not_call_back),
		cmocka_unit_test(deadline_that_passed_stops_the_boot_before_the_next_call),
		cmocka_unit_test(cancelled_boot_is_undone),
		cmocka_unit_test(video_firmware_is_started_by_register_unless_pas_is_asked_for),
		cmocka_unit_test(direct_start_that_fails_is_undone),
		cmocka_unit_test(fused_backend_boots_by_name_and_refuses_steps),
		cmocka_unit_test(allocation_failures_are_undone),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
