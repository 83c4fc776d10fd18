/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Contexts: which calls are allowed when, what opening one checks, and what a caller can do wrong.
 * The life-cycle table stands here as literals, so that it is compared with the published one and
 * not with the library's.
 */
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#include <qpas/el2.h>
#include <qpas/qpas.h>

#include "support/fake_board.h"

enum call { TABLE, INIT, SETUP, LOAD, AUTH, STOP, RELEASE, ATTACH, CALLS };

enum { NEW, META, MEM, LOADED, RUNNING, FAILED, STOPPED, CRASHED, UNKNOWN, STATES, XX = 255 };

/*
 * State after a call that works; XX: not allowed. The image is relocatable, so mem_setup is due.
 */
static const uint8_t lifecycle[STATES][CALLS] = {
	/*            TABLE    INIT  SETUP LOAD    AUTH     STOP     RELEASE  ATTACH */
	[NEW] = {NEW, META, XX, XX, XX, XX, NEW, RUNNING},
	[META] = {META, XX, MEM, XX, XX, XX, NEW, XX},
	[MEM] = {MEM, XX, XX, LOADED, XX, XX, NEW, XX},
	[LOADED] = {LOADED, XX, XX, XX, RUNNING, XX, NEW, XX},
	[RUNNING] = {XX, XX, XX, XX, XX, STOPPED, RUNNING, XX},
	[FAILED] = {XX, XX, XX, XX, XX, STOPPED, NEW, XX},
	[STOPPED] = {STOPPED, META, XX, XX, XX, STOPPED, NEW, XX},
	[CRASHED] = {XX, XX, XX, XX, XX, STOPPED, XX, XX},
	[UNKNOWN] = {XX, XX, XX, XX, XX, STOPPED, XX, XX},
};

static int make_call(struct board *board, struct qpas_context *context, enum call call)
{
	struct qpas_slice none = {NULL, 0};
	struct qpas_rsc_table *table = NULL;
	int code = QPAS_ERR_ARG;

	switch (call) {
	case TABLE:
		code = qpas_context_rsc_table(context, none, &table, NULL);
		qpas_rsc_table_free(table);
		/* The scripted world has no table; that is an answer. */
		return code == QPAS_ERR_NOTFOUND ? 0 : code;
	case INIT:
		return qpas_context_init_image(context, board->image, NULL);
	case SETUP:
		return qpas_context_mem_setup(context, NULL);
	case LOAD:
		return qpas_context_load(context, NULL);
	case AUTH:
		return qpas_context_auth_reset(context, NULL);
	case STOP:
		return qpas_shutdown(context, NULL);
	case RELEASE:
		return qpas_context_release(context, NULL);
	default:
		return qpas_attach(context, NULL);
	}
}

static void check_call(struct board *board, struct qpas_context *context, enum call call)
{
	uint32_t before = board_state(context);
	uint32_t wanted = lifecycle[before][call];
	uint32_t made = board->fake.fallible;
	int code = make_call(board, context, call);

	if (wanted == XX && (code != QPAS_ERR_STATE || board_state(context) != before ||
			     board->fake.fallible != made))
		fail_msg("call %d in state %u: %d, now %u, %u calls", (int)call, before, code,
			 board_state(context), board->fake.fallible - made);
	if (wanted != XX && (code || board_state(context) != wanted))
		fail_msg("call %d in state %u: %d, now %u instead of %u", (int)call, before, code,
			 board_state(context), wanted);
}

/* B10: all orders of eight calls, six deep: 262,144 of them. */
static void every_order_of_calls_follows_the_published_table(void **state)
{
	struct board *board = board_new();

	(void)state;
	board->fake.quiet = true;
	board_open(board);
	for (uint32_t order = 0; order < 1u << 18; order++) {
		struct qpas_context *context = NULL;

		assert_int_equal(board_context(board, &context, NULL), 0);
		for (uint32_t i = 0; i < 18; i += 3)
			check_call(board, context, (enum call)(order >> i & 7));
		assert_int_equal(qpas_context_close(context), 0);
		if (board->fake.buffers || board->fake.bridges || board->fake.mappings ||
		    board->fake.metadata || board->fake.running[0])
			fail_msg("order 0x%x leaves something behind", order);
	}
	board_free(board);
}

static struct qpas_context *bring_to(struct board *board, uint32_t wanted)
{
	static const enum call way[] = {INIT, SETUP, LOAD, AUTH};
	struct fake *fake = &board->fake;
	struct qpas_context *context = NULL;

	assert_int_equal(board_context(board, &context, NULL), 0);
	fake->fail_nth = 1;
	fake->fail_slot = "auth_reset";
	fake->fail_code = wanted == FAILED ? QPAS_ERR_TZ : wanted == UNKNOWN ? QPAS_ERR_UNKNOWN : 0;
	fake->event = QPAS_EVENT_CRASH;
	fake->seen = 0;
	for (size_t i = 0; i < 4 && board_state(context) != wanted; i++)
		(void)make_call(board, context, way[i]);
	fake->fail_code = 0;
	if (wanted == STOPPED)
		assert_int_equal(qpas_shutdown(context, NULL), 0);
	if (wanted == CRASHED)
		assert_int_equal(qpas_context_wait_ready(context, QPAS_NO_DEADLINE, NULL),
				 QPAS_ERR_BACKEND);
	assert_int_equal(board_state(context), wanted);
	return context;
}

static void each_call_in_each_state_follows_the_published_table(void **state)
{
	struct board *board = board_new();

	(void)state;
	board->fake.quiet = true;
	board_open(board);
	for (uint32_t from = 0; from < STATES; from++) {
		for (uint32_t call = 0; call < CALLS; call++) {
			struct qpas_context *context = bring_to(board, from);

			check_call(board, context, (enum call)call);
			if (board_state(context) == UNKNOWN)
				assert_int_equal(qpas_shutdown(context, NULL), 0);
			assert_int_equal(qpas_context_close(context), 0);
			assert_int_equal(board->fake.buffers + board->fake.bridges +
						 board->fake.mappings + board->fake.metadata,
					 0);
		}
	}
	board_free(board);
}

/* Definite refusals leave each state as the table says. */
static void refused_calls_leave_the_state(void **state)
{
	static const struct {
		uint32_t from;
		enum call call;
		const char *slot;
		uint32_t to;
	} rows[] = {
		{NEW, INIT, "metadata_begin", NEW},	 {STOPPED, INIT, "metadata_begin", STOPPED},
		{META, SETUP, "mem_setup", META},	 {MEM, LOAD, "region_write", MEM},
		{LOADED, AUTH, "auth_reset", FAILED},	 {LOADED, AUTH, "iommu_apply", LOADED},
		{LOADED, AUTH, "bridge_create", LOADED}, {RUNNING, STOP, "shutdown", RUNNING},
		{FAILED, STOP, "shutdown", FAILED},	 {CRASHED, STOP, "shutdown", CRASHED},
		{UNKNOWN, STOP, "shutdown", UNKNOWN},	 {NEW, ATTACH, "attach", NEW},
		{META, TABLE, "rsc_table", META},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct board *board = board_new();
		struct qpas_context *context;

		board_open(board);
		context = bring_to(board, rows[i].from);
		board->fake.fail_slot = rows[i].slot;
		board->fake.fail_nth = 1;
		board->fake.seen = 0;
		board->fake.fail_code = QPAS_ERR_TZ;
		assert_int_equal(make_call(board, context, rows[i].call), QPAS_ERR_TZ);
		assert_int_equal(board_state(context), rows[i].to);
		if (rows[i].call == AUTH) {
			assert_int_equal(board->fake.mappings, 0);
			assert_int_equal(board->fake.bridges, 1); /* that of the metadata */
		}
		board->fake.fail_code = 0;
		if (board_state(context) == UNKNOWN)
			assert_int_equal(qpas_shutdown(context, NULL), 0);
		assert_int_equal(qpas_context_close(context), 0);
		board_free(board);
	}
}

/* Busy or cancelled before it began: nothing changed (B26). */
static void auth_that_was_never_tried_leaves_the_image_loaded(void **state)
{
	struct board *board = board_new();
	struct qpas_context *context;

	(void)state;
	board_open(board);
	context = bring_to(board, LOADED);
	board->fake.fail_slot = "auth_reset";
	board->fake.fail_code = QPAS_ERR_BUSY;
	board->fake.fail_nth = 1;
	board->fake.seen = 0;
	assert_int_equal(qpas_context_auth_reset(context, NULL), QPAS_ERR_BUSY);
	assert_int_equal(board_state(context), LOADED);
	assert_false(fake_region_clean(&board->fake, 0));
	assert_int_equal(qpas_context_auth_reset(context, NULL), 0);
	assert_int_equal(qpas_context_close(context), 0);
	board_free(board);
}

/* B06 */
static void metadata_are_released_exactly_once(void **state)
{
	struct board *board = board_new();
	struct qpas_context *context;

	(void)state;
	board_open(board);
	context = bring_to(board, RUNNING);
	fake_clear(&board->fake);
	assert_int_equal(qpas_context_release(context, NULL), 0);
	assert_int_equal(qpas_context_release(context, NULL), 0);
	assert_string_equal(board->fake.call[0], "metadata_release 1");
	assert_int_equal(board->fake.calls, 3);
	assert_int_equal(qpas_context_close(context), 0);
	board_free(board);
}

/* B05, B17, B19 and what a tree can lack. */
static void open_refuses_what_could_not_be_booted(void **state)
{
	struct qpas_error err = QPAS_ERROR_INIT;
	struct qpas_context *first = NULL, *second = NULL;

	(void)state;
#define REFUSED(change, wanted)                                               \
	do {                                                                  \
		struct board *board = board_new();                            \
		struct qpas_peripheral *p = &board->peripheral;               \
		(void)p;                                                      \
		change;                                                       \
		board_open(board);                                            \
		first = (struct qpas_context *)board;                         \
		assert_int_equal(board_context(board, &first, &err), wanted); \
		assert_null(first);                                           \
		assert_int_equal(err.code, wanted);                           \
		assert_false(fake_called(&board->fake, "metadata_begin"));    \
		board_free(board);                                            \
	} while (0)
	REFUSED(p->pas_id = QPAS_NO_PAS_ID, QPAS_ERR_UNSUPP);
	REFUSED(p->flags &= ~QPAS_PERIPHERAL_PAS, QPAS_ERR_UNSUPP);
	REFUSED(p->flags &= ~QPAS_PERIPHERAL_ENABLED, QPAS_ERR_UNSUPP);
	REFUSED(p->stream_count = 0, QPAS_ERR_UNSUPP);
	REFUSED(p->carveout_count = 0, QPAS_ERR_NOTFOUND);
	REFUSED(board->carveouts[0].dynamic = 1, QPAS_ERR_NOTFOUND);
	REFUSED(board->carveouts[0].size = 0, QPAS_ERR_RANGE);
	REFUSED(board->carveouts[0].address += 1, QPAS_ERR_RANGE);
	REFUSED(board->carveouts[0].size = UINT64_MAX - 4095, QPAS_ERR_RANGE);
	REFUSED(p->kind = QPAS_KIND_VIDEO, QPAS_ERR_UNSUPP);
	REFUSED(p->pas_id = board->fake.id_unknown = 7, QPAS_ERR_UNSUPP);
	REFUSED(board->fake.caps = 0, QPAS_ERR_UNSUPP);
	REFUSED(p->name = NULL, QPAS_ERR_ARG);
	REFUSED(p->carveouts = NULL, QPAS_ERR_ARG);
	REFUSED(p->streams = NULL, QPAS_ERR_ARG);
	REFUSED(p->firmware = NULL, QPAS_ERR_ARG);
	REFUSED(p->lite_count = 1, QPAS_ERR_ARG);
	REFUSED(p->size = 8, QPAS_ERR_ABI);
	REFUSED(board->fake.caps &= ~QPAS_CAP_IOMMU, QPAS_ERR_UNSUPP);
	{
		struct board *board = board_new();

		board_open(board);
		assert_int_equal(board_context(board, &first, &err), 0);
		assert_int_equal(board_context(board, &second, &err), QPAS_ERR_BUSY);
		assert_int_equal(qpas_context_close(first), 0);
		assert_int_equal(board_context(board, &second, &err), 0);
		assert_int_equal(qpas_context_close(second), 0);
		board_free(board);
	}
}

static void host_level_decides_the_path_and_else_the_tree(void **state)
{
	static const struct {
		uint32_t level;
		bool el2_path;
		uint32_t el2;
	} rows[] = {{2, true, 1},  {2, false, 1}, {1, true, 0},
		    {1, false, 0}, {0, true, 1},  {0, false, 0}};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct qpas_context_info info = QPAS_CONTEXT_INFO_INIT;
		struct board *board = board_new();
		struct qpas_context *context = NULL;

		board->fake.host_level = rows[i].level;
		if (!rows[i].el2_path)
			board->peripheral.flags &= ~QPAS_PERIPHERAL_EL2_PATH;
		board_open(board);
		assert_int_equal(board_context(board, &context, NULL), 0);
		assert_int_equal(qpas_context_describe(context, &info, NULL), 0);
		assert_int_equal(info.el2, rows[i].el2);
		assert_int_equal(info.pas_id, 1);
		assert_string_equal(info.name, "adsp");
		assert_true(info.carveout_address == 0x80000000 && info.carveout_size == 0x20000);
		assert_int_equal(qpas_context_close(context), 0);
		board_free(board);
	}
}

/* Quirk: no bridges on this chip, although the trusted world offers them. */
static void chip_without_bridges_gets_none(void **state)
{
	struct board *board = board_new();
	struct qpas_context *context = NULL;

	(void)state;
	board->peripheral.flags |= QPAS_PERIPHERAL_NO_BRIDGE;
	board_open(board);
	assert_int_equal(board_context(board, &context, NULL), 0);
	assert_int_equal(qpas_boot(context, board->image, NULL, NULL), 0);
	assert_false(fake_called(&board->fake, "bridge_create"));
	assert_true(fake_called(&board->fake, "iommu_apply"));
	assert_int_equal(qpas_context_close(context), 0);
	board_free(board);
}

/* R21 */
static void table_that_keeps_growing_or_shrinks_is_refused(void **state)
{
	static const struct {
		uint32_t answers;
		size_t length;
		int code;
	} rows[] = {
		{1, 0x5000, QPAS_ERR_NOTFOUND}, {3, 0x5000, QPAS_ERR_BACKEND},
		{1, 0x4000, QPAS_ERR_BACKEND},	{1, 0, QPAS_ERR_BACKEND},
		{1, 0x10001, QPAS_ERR_LIMIT},	{1, SIZE_MAX, QPAS_ERR_LIMIT},
	};
	struct qpas_slice none = {NULL, 0};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct board *board = board_new();
		struct qpas_context *context = NULL;

		board->fake.short_answers = rows[i].answers;
		board->fake.short_length = rows[i].length;
		board_open(board);
		assert_int_equal(board_context(board, &context, NULL), 0);
		assert_int_equal(qpas_context_rsc_table(context, none, NULL, NULL), rows[i].code);
		assert_int_equal(board->fake.buffers + board->fake.bridges, 0);
		assert_int_equal(qpas_context_close(context), 0);
		board_free(board);
	}
}

struct growing {
	struct fake *fake;
	uint32_t asked;
};

static void grow(struct fake *fake, const char *slot)
{
	struct growing *growing = fake->hook_user;

	if (strcmp(slot, "rsc_table") != 0)
		return;
	growing->asked++;
	fake->short_answers = 1;
	fake->short_length += 0x1000;
}

static void table_is_asked_for_four_times_at_most(void **state)
{
	struct qpas_slice none = {NULL, 0};
	struct growing growing = {NULL, 0};
	struct board *board = board_new();
	struct qpas_context *context = NULL;
	struct qpas_error err = QPAS_ERROR_INIT;

	(void)state;
	board->fake.hook = grow;
	board->fake.hook_user = &growing;
	board->fake.short_length = 0x4000;
	board_open(board);
	assert_int_equal(board_context(board, &context, NULL), 0);
	assert_int_equal(qpas_context_rsc_table(context, none, NULL, &err), QPAS_ERR_BACKEND);
	assert_int_equal(growing.asked, 4);
	assert_int_equal(board->fake.buffers + board->fake.bridges, 0);
	assert_int_equal(qpas_context_close(context), 0);
	board_free(board);
}

static const uint8_t devmem_over_carveout[] = {
	1, 0, 0, 0, 1, 0,    0,	   0,	 0,    0,    0,	   0,	 0,    0,    0,	   0, 20, 0, 0,
	0, 1, 0, 0, 0, 0x00, 0xf0, 0x01, 0x80, 0x00, 0x00, 0xc1, 0x90, 0x00, 0x10, 0, 0,  3, 0,
	0, 0, 0, 0, 0, 0,    'd',  'e',	 'v',  0,    0,	   0,	 0,    0,    0,	   0, 0,  0, 0,
	0, 0, 0, 0, 0, 0,    0,	   0,	 0,    0,    0,	   0,	 0,    0,    0,	   0, 0,  0, 0};

/* R12, R19: lengths above the buffer's are believed from nobody, and never read. */
static void table_over_the_carveout_or_beyond_its_buffer_is_refused(void **state)
{
	static const uint8_t huge[0x5000] = {1};
	const struct {
		struct qpas_slice table;
		int code;
	} rows[] = {
		{{devmem_over_carveout, sizeof(devmem_over_carveout)}, QPAS_ERR_OVERLAP},
		{{devmem_over_carveout, 40}, QPAS_ERR_RANGE},
		{{devmem_over_carveout, 15}, QPAS_ERR_TRUNC},
		{{huge, sizeof(huge)}, QPAS_ERR_BACKEND},
		{{huge, 0x4001}, QPAS_ERR_BACKEND},
		{{huge, 0x40000000}, QPAS_ERR_BACKEND},
		{{huge, SIZE_MAX}, QPAS_ERR_BACKEND},
	};
	struct qpas_slice none = {NULL, 0};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct board *board = board_new();
		struct qpas_context *context = NULL;

		board->fake.table = rows[i].table;
		board_open(board);
		assert_int_equal(board_context(board, &context, NULL), 0);
		assert_int_equal(qpas_context_rsc_table(context, none, NULL, NULL), rows[i].code);
		assert_int_equal(qpas_boot(context, board->image, NULL, NULL), rows[i].code);
		assert_int_equal(board_state(context), NEW);
		assert_int_equal(board->fake.buffers + board->fake.bridges, 0);
		assert_int_equal(qpas_context_close(context), 0);
		board_free(board);
	}
}

struct call_back {
	struct qpas_context *context;
	struct board *board;
	int code;
	int other;
	int description;
};

static void call_back(struct fake *fake, const char *slot)
{
	struct call_back *back = fake->hook_user;
	struct qpas_context_info info = QPAS_CONTEXT_INFO_INIT;
	struct qpas_context *another = NULL;

	(void)slot;
	back->code = qpas_context_load(back->context, NULL);
	back->description = qpas_context_describe(back->context, &info, NULL);
	back->board->peripheral.pas_id = 2;
	back->other = board_context(back->board, &another, NULL);
	back->board->peripheral.pas_id = 1;
	assert_null(another);
}

/* B15 */
static void slot_that_calls_back_gets_state_and_no_deadlock(void **state)
{
	struct board *board = board_new();
	struct call_back back = {NULL, board, 0, 0, 0};

	(void)state;
	board_open(board);
	assert_int_equal(board_context(board, &back.context, NULL), 0);
	board->fake.hook = call_back;
	board->fake.hook_user = &back;
	assert_int_equal(qpas_context_init_image(back.context, board->image, NULL), 0);
	board->fake.hook = NULL;
	assert_int_equal(back.code, QPAS_ERR_STATE);
	assert_int_equal(back.description, QPAS_ERR_STATE);
	assert_int_equal(back.other, QPAS_ERR_STATE);
	assert_int_equal(qpas_context_close(back.context), 0);
	board_free(board);
}

/* B16 */
static void context_keeps_its_backend_open(void **state)
{
	struct board *board = board_new();
	struct qpas_context *context = NULL;

	(void)state;
	board_open(board);
	assert_int_equal(board_context(board, &context, NULL), 0);
	qpas_backend_unref(board->backend);
	board->backend = NULL;
	assert_int_equal(board->fake.opened, 1);
	assert_int_equal(qpas_boot(context, board->image, NULL, NULL), 0);
	assert_int_equal(qpas_context_close(context), 0);
	assert_int_equal(board->fake.opened, 0);
	board_free(board);
}

/* B21 */
static void child_of_a_fork_may_only_free(void **state)
{
	struct board *board = board_new();
	struct qpas_context *context = NULL;
	int status = 1;
	pid_t child;

	(void)state;
	board_open(board);
	assert_int_equal(board_context(board, &context, NULL), 0);
	assert_int_equal(qpas_boot(context, board->image, NULL, NULL), 0);
	fake_clear(&board->fake);
	child = fork();
	if (!child) {
		bool good = qpas_shutdown(context, NULL) == QPAS_ERR_STATE &&
			    qpas_context_close(context) == 0;

		qpas_backend_unref(board->backend);
		_exit(good && board->fake.calls == 0 && board->fake.opened == 1 ? 0 : 1);
	}
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_int_equal(status, 0);
	assert_int_equal(qpas_context_close(context), 0);
	board_free(board);
}

static void close_leaves_it_running_when_asked_and_pins_what_is_not_known(void **state)
{
	struct qpas_context_params params = QPAS_CONTEXT_PARAMS_INIT;
	struct board *board = board_new();
	struct qpas_context *context = NULL;

	(void)state;
	board_open(board);
	params.peripheral = &board->peripheral;
	params.platform = board->platform;
	params.flags = QPAS_CONTEXT_KEEP_RUNNING;
	assert_int_equal(qpas_context_open(board->backend, NULL, &params, &context, NULL), 0);
	assert_int_equal(qpas_boot(context, board->image, NULL, NULL), 0);
	assert_int_equal(qpas_context_close(context), 0);
	assert_true(board->fake.running[0]);
	assert_int_equal(board->fake.metadata + board->fake.buffers, 0);
	/* It can be found again. */
	assert_int_equal(board_context(board, &context, NULL), 0);
	assert_int_equal(qpas_attach(context, NULL), 0);
	board->fake.fail_slot = "shutdown";
	board->fake.fail_code = QPAS_ERR_UNKNOWN;
	board->fake.fail_nth = 1;
	board->fake.seen = 0;
	assert_int_equal(qpas_shutdown(context, NULL), QPAS_ERR_UNKNOWN);
	fake_clear(&board->fake);
	assert_int_equal(qpas_context_close(context), QPAS_ERR_UNKNOWN);
	assert_int_equal(board->fake.calls, 0);
	assert_int_equal(board_context(board, &context, NULL), QPAS_ERR_BUSY);
	board_free(board);
}

/* A01 */
static void null_pointers_are_refused_one_by_one(void **state)
{
	struct qpas_context_info info = QPAS_CONTEXT_INFO_INIT;
	struct qpas_slice none = {NULL, 0};
	struct board *board = board_new();
	struct qpas_context *context = NULL;
	struct qpas_backend *backend = NULL;
	struct qpas_platform *platform = NULL;
	struct qpas_el2_ops ops = QPAS_EL2_OPS_INIT;

	(void)state;
	board_open(board);
	assert_int_equal(qpas_backend_open("el2:", NULL, NULL, NULL), QPAS_ERR_ARG);
	assert_int_equal(qpas_backend_open_desc(NULL, NULL, NULL, &backend, NULL), QPAS_ERR_ARG);
	assert_int_equal(qpas_backend_open_desc(&fake_descriptor, NULL, NULL, NULL, NULL),
			 QPAS_ERR_ARG);
	assert_int_equal(qpas_el2_open(NULL, NULL, &backend, NULL), QPAS_ERR_ARG);
	assert_int_equal(qpas_el2_open(&ops, NULL, NULL, NULL), QPAS_ERR_ARG);
	assert_int_equal(qpas_backend_register(NULL, NULL), QPAS_ERR_ARG);
	assert_int_equal(qpas_backend_platform(NULL, &platform, NULL), QPAS_ERR_ARG);
	assert_int_equal(qpas_backend_platform(board->backend, NULL, NULL), QPAS_ERR_ARG);
	assert_null(qpas_backend_ref(NULL));
	qpas_backend_unref(NULL);
	assert_int_equal(qpas_context_open(NULL, "adsp", NULL, &context, NULL), QPAS_ERR_ARG);
	assert_int_equal(qpas_context_open(board->backend, NULL, NULL, &context, NULL),
			 QPAS_ERR_ARG);
	assert_int_equal(qpas_context_open(board->backend, "adsp", NULL, NULL, NULL), QPAS_ERR_ARG);
	assert_int_equal(board_context(board, &context, NULL), 0);
	assert_int_equal(qpas_context_describe(NULL, &info, NULL), QPAS_ERR_ARG);
	assert_int_equal(qpas_context_describe(context, NULL, NULL), QPAS_ERR_ARG);
	assert_int_equal(qpas_boot(NULL, board->image, NULL, NULL), QPAS_ERR_ARG);
	assert_int_equal(qpas_shutdown(NULL, NULL), QPAS_ERR_ARG);
	assert_int_equal(qpas_attach(NULL, NULL), QPAS_ERR_ARG);
	assert_int_equal(qpas_context_rsc_table(NULL, none, NULL, NULL), QPAS_ERR_ARG);
	assert_int_equal(qpas_context_init_image(NULL, board->image, NULL), QPAS_ERR_ARG);
	assert_int_equal(qpas_context_init_image(context, NULL, NULL), QPAS_ERR_ARG);
	assert_int_equal(qpas_context_mem_setup(NULL, NULL), QPAS_ERR_ARG);
	assert_int_equal(qpas_context_load(NULL, NULL), QPAS_ERR_ARG);
	assert_int_equal(qpas_context_auth_reset(NULL, NULL), QPAS_ERR_ARG);
	assert_int_equal(qpas_context_wait_ready(NULL, 0, NULL), QPAS_ERR_ARG);
	assert_int_equal(qpas_context_release(NULL, NULL), QPAS_ERR_ARG);
	assert_int_equal(qpas_context_close(NULL), 0);
	qpas_context_cancel(NULL);
	assert_int_equal(qpas_context_close(context), 0);
	board_free(board);
}

union grown {
	uint32_t size;
	struct qpas_context_params context;
	struct qpas_boot_params boot;
	struct qpas_context_info info;
	struct qpas_error error;
	uint8_t bytes[8192];
};

static int use_context_params(struct board *board, struct qpas_context *context, union grown *grown)
{
	struct qpas_context *other = NULL;
	int code;

	(void)context;
	grown->context.peripheral = &board->peripheral;
	grown->context.platform = board->platform;
	code = qpas_context_open(board->backend, NULL, &grown->context, &other, NULL);
	/* Taken by the other context: the structure itself was fine. */
	return code == QPAS_ERR_BUSY ? 0 : code;
}

static int use_boot_params(struct board *board, struct qpas_context *context, union grown *grown)
{
	int code = qpas_boot(context, board->image, &grown->boot, NULL);

	return code ? code : qpas_shutdown(context, NULL);
}

static int use_info(struct board *board, struct qpas_context *context, union grown *grown)
{
	(void)board;
	return qpas_context_describe(context, &grown->info, NULL);
}

static int use_error(struct board *board, struct qpas_context *context, union grown *grown)
{
	(void)board;
	return qpas_context_load(context, &grown->error) == QPAS_ERR_ABI ? QPAS_ERR_ABI : 0;
}

/* A02 */
static void sizes_of_structures_follow_the_rule(void **state)
{
	static const struct {
		int (*use)(struct board *board, struct qpas_context *context, union grown *grown);
		uint32_t v1;
		bool ignores_tail; /* written, never read */
	} rows[] = {
		{use_context_params, sizeof(struct qpas_context_params), false},
		{use_boot_params, sizeof(struct qpas_boot_params), false},
		{use_info, sizeof(struct qpas_context_info), false},
		{use_error, sizeof(struct qpas_error), true},
	};
	struct board *board = board_new();
	struct qpas_context *context = NULL;

	(void)state;
	board_open(board);
	assert_int_equal(board_context(board, &context, NULL), 0);
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const uint32_t v1 = rows[i].v1;
		const struct {
			uint32_t size;
			bool dirty;
			int code;
		} sizes[] = {
			{0, false, QPAS_ERR_ABI},
			{4, false, QPAS_ERR_ABI},
			{v1 - 1, false, QPAS_ERR_ABI},
			{v1, false, 0},
			{v1 + 8, false, 0},
			{v1 + 8, true, rows[i].ignores_tail ? 0 : QPAS_ERR_ABI},
			{4096, false, 0},
			{4097, false, QPAS_ERR_ABI},
		};

		for (size_t j = 0; j < sizeof(sizes) / sizeof(sizes[0]); j++) {
			union grown grown;
			int code;

			fake_clear(&board->fake);
			memset(&grown, 0, sizeof(grown));
			grown.size = sizes[j].size;
			if (rows[i].use == use_boot_params)
				grown.boot.deadline = QPAS_NO_DEADLINE;
			if (sizes[j].dirty)
				grown.bytes[v1 + 3] = 1;
			code = rows[i].use(board, context, &grown);
			if (code != sizes[j].code)
				fail_msg("structure %zu of %u bytes: %d", i, sizes[j].size, code);
		}
	}
	assert_int_equal(qpas_context_close(context), 0);
	board_free(board);
}

/* A03 */
static void unknown_flags_are_refused_bit_by_bit(void **state)
{
	struct board *board = board_new();
	struct qpas_context *context = NULL, *other = NULL;

	(void)state;
	board_open(board);
	assert_int_equal(board_context(board, &context, NULL), 0);
	for (uint32_t bit = 2; bit < 64; bit++) {
		struct qpas_context_params opening = QPAS_CONTEXT_PARAMS_INIT;
		struct qpas_boot_params booting = QPAS_BOOT_PARAMS_INIT;

		opening.peripheral = &board->peripheral;
		opening.platform = board->platform;
		opening.flags = UINT64_C(1) << bit;
		booting.flags = UINT64_C(1) << bit;
		fake_clear(&board->fake);
		assert_int_equal(qpas_context_open(board->backend, NULL, &opening, &other, NULL),
				 QPAS_ERR_ARG);
		assert_int_equal(qpas_boot(context, board->image, &booting, NULL), QPAS_ERR_ARG);
		assert_int_equal(board->fake.calls, 0);
	}
	assert_int_equal(qpas_context_close(context), 0);
	board_free(board);
}

#define THREADS 8
#define ROUNDS	50

struct worker {
	struct board *board;
	uint32_t pas_id;
	uint32_t booted;
};

static void *work(void *user)
{
	struct worker *worker = user;
	struct board *board = worker->board;
	struct qpas_peripheral peripheral = board->peripheral;
	struct qpas_context_params params = QPAS_CONTEXT_PARAMS_INIT;

	peripheral.pas_id = worker->pas_id;
	params.peripheral = &peripheral;
	params.platform = board->platform;
	for (uint32_t i = 0; i < ROUNDS; i++) {
		struct qpas_context *context = NULL;

		if (qpas_context_open(board->backend, NULL, &params, &context, NULL))
			break;
		if (!qpas_boot(context, board->image, NULL, NULL))
			worker->booted++;
		if (qpas_context_close(context))
			break;
	}
	return NULL;
}

/* A12, small: contexts of one backend are distinct objects; one image for all. */
static void contexts_of_one_backend_work_from_many_threads(void **state)
{
	struct board *board = board_new();
	struct worker workers[THREADS];
	pthread_t threads[THREADS];

	(void)state;
	board->fake.quiet = true;
	/* They all write the one scripted region; who owns it is not the point here. */
	board->fake.pas_id[0] = 0;
	board->params.allocator = NULL;
	board_open(board);
	board->fake.share_region = true;
	for (uint32_t i = 0; i < THREADS; i++) {
		workers[i] = (struct worker){board, i + 100, 0};
		assert_int_equal(pthread_create(&threads[i], NULL, work, &workers[i]), 0);
	}
	for (uint32_t i = 0; i < THREADS; i++) {
		assert_int_equal(pthread_join(threads[i], NULL), 0);
		assert_int_equal(workers[i].booted, ROUNDS);
	}
	assert_int_equal(board->fake.buffers + board->fake.bridges + board->fake.mappings, 0);
	board_free(board);
}

/* A06 for opening: every allocation fails once, nothing is lost, the next try works. */
static void failed_allocations_of_an_open_lose_nothing(void **state)
{
	struct board *board = board_new();
	struct qpas_context *context = NULL;
	long nth;
	int code = QPAS_ERR_NOMEM;

	(void)state;
	for (nth = 1; code; nth++) {
		board->fail_block = nth;
		code = qpas_backend_open_desc(&fake_descriptor, &board->fake, &board->params,
					      &board->backend, NULL);
		board->fail_block = 0;
		if (code) {
			assert_int_equal(code, QPAS_ERR_NOMEM);
			assert_null(board->backend);
			assert_int_equal(board->blocks, 0);
		}
	}
	assert_true(nth > 2);
	code = QPAS_ERR_NOMEM;
	for (nth = 1; code; nth++) {
		long before = board->blocks;

		board->fail_block = nth;
		code = board_context(board, &context, NULL);
		board->fail_block = 0;
		if (code) {
			assert_int_equal(code, QPAS_ERR_NOMEM);
			assert_int_equal(board->blocks, before);
		}
	}
	assert_true(nth > 2);
	assert_int_equal(qpas_context_close(context), 0);
	board_free(board);
}

static int slow_wait(void *priv, uint32_t pas_id, int64_t deadline,
		     struct qpas_backend_event *event, struct qpas_error *err)
{
	struct timespec until = {deadline / 1000000000, deadline % 1000000000};

	(void)priv;
	(void)pas_id;
	(void)event;
	(void)err;
	(void)clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &until, NULL);
	return QPAS_ERR_TIMEOUT;
}

static void *cancel_soon(void *user)
{
	struct timespec soon = {0, 30000000};

	(void)nanosleep(&soon, NULL);
	qpas_context_cancel(user);
	return NULL;
}

/* A13: a wait without a deadline ends when another thread says so. */
static void cancel_ends_a_wait_of_another_thread(void **state)
{
	struct qpas_backend_desc desc = fake_descriptor;
	struct qpas_boot_params params = QPAS_BOOT_PARAMS_INIT;
	struct board *board = board_new();
	struct qpas_context *context = NULL;
	pthread_t thread;

	(void)state;
	desc.wait_event = slow_wait;
	assert_int_equal(qpas_backend_open_desc(&desc, &board->fake, &board->params,
						&board->backend, NULL),
			 0);
	assert_int_equal(board_context(board, &context, NULL), 0);
	params.flags = QPAS_BOOT_NO_WAIT;
	assert_int_equal(qpas_boot(context, board->image, &params, NULL), 0);
	assert_int_equal(pthread_create(&thread, NULL, cancel_soon, context), 0);
	assert_int_equal(qpas_context_wait_ready(context, QPAS_NO_DEADLINE, NULL),
			 QPAS_ERR_CANCELED);
	assert_int_equal(pthread_join(thread, NULL), 0);
	assert_int_equal(board_state(context), RUNNING);
	/* And a deadline ends it by itself. */
	assert_int_equal(qpas_context_wait_ready(context, 1, NULL), QPAS_ERR_TIMEOUT);
	assert_int_equal(qpas_context_close(context), 0);
	board_free(board);
}

struct lines {
	uint32_t count;
	char text[64][128];
};

static void keep_line(void *user, uint32_t level, uint32_t message_id, const char *text)
{
	struct lines *lines = user;

	(void)level;
	(void)message_id;
	if (lines->count < 64)
		(void)snprintf(lines->text[lines->count++], sizeof(lines->text[0]), "%s", text);
}

static uint32_t boot_with_log(uint32_t level, struct lines *lines)
{
	struct qpas_log log = QPAS_LOG_INIT;
	struct board *board = board_new();
	struct qpas_context *context = NULL;

	memset(lines, 0, sizeof(*lines));
	log.level = level;
	log.write = keep_line;
	log.user = lines;
	board->params.log = &log;
	board_open(board);
	memset(&log, 0xa5, sizeof(log)); /* it was copied */
	assert_int_equal(board_context(board, &context, NULL), 0);
	assert_int_equal(qpas_boot(context, board->image, NULL, NULL), 0);
	assert_int_equal(qpas_context_close(context), 0);
	board_free(board);
	return lines->count;
}

/* G10: nothing address-like below DEBUG, every slot at DEBUG, nothing by default. */
static void log_tells_what_its_level_allows(void **state)
{
	struct lines *lines = calloc(1, sizeof(*lines));

	(void)state;
	assert_non_null(lines);
	assert_int_equal(boot_with_log(0, lines), 0);
	assert_int_equal(boot_with_log(QPAS_LOG_INFO, lines), 2);
	assert_string_equal(lines->text[0], "adsp is running");
	assert_string_equal(lines->text[1], "adsp is stopped");
	assert_true(boot_with_log(QPAS_LOG_DEBUG, lines) > 15);
	assert_string_equal(lines->text[1], "fake: supported(pas id 1): no error");
	for (uint32_t i = 0; i < lines->count; i++)
		assert_null(strstr(lines->text[i], "0x"));
	free(lines);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_order_of_calls_follows_the_published_table),
		cmocka_unit_test(each_call_in_each_state_follows_the_published_table),
		cmocka_unit_test(refused_calls_leave_the_state),
		cmocka_unit_test(auth_that_was_never_tried_leaves_the_image_loaded),
		cmocka_unit_test(metadata_are_released_exactly_once),
		cmocka_unit_test(open_refuses_what_could_not_be_booted),
		cmocka_unit_test(host_level_decides_the_path_and_else_the_tree),
		cmocka_unit_test(chip_without_bridges_gets_none),
		cmocka_unit_test(table_that_keeps_growing_or_shrinks_is_refused),
		cmocka_unit_test(table_is_asked_for_four_times_at_most),
		cmocka_unit_test(table_over_the_carveout_or_beyond_its_buffer_is_refused),
		cmocka_unit_test(slot_that_calls_back_gets_state_and_no_deadlock),
		cmocka_unit_test(context_keeps_its_backend_open),
		cmocka_unit_test(child_of_a_fork_may_only_free),
		cmocka_unit_test(close_leaves_it_running_when_asked_and_pins_what_is_not_known),
		cmocka_unit_test(null_pointers_are_refused_one_by_one),
		cmocka_unit_test(sizes_of_structures_follow_the_rule),
		cmocka_unit_test(unknown_flags_are_refused_bit_by_bit),
		cmocka_unit_test(contexts_of_one_backend_work_from_many_threads),
		cmocka_unit_test(failed_allocations_of_an_open_lose_nothing),
		cmocka_unit_test(cancel_ends_a_wait_of_another_thread),
		cmocka_unit_test(log_tells_what_its_level_allows),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
