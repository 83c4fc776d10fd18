/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What each kind of client makes a backend do, call by call, and memory that is lent to another VM.
 * The lists are written down from what the kernel's drivers do (docs/lifecycle.md), not from code.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include <qpas/qpas.h>

#include "support/fake_board.h"

#define HOST 0x8u

static const uint32_t one_lite[] = {31};
static const struct qpas_assign to_modem[] = {{2, 0xf, 0, 0}, {3, 0xf, 0, 0}};
/* CP_CDSP is VM 42: its bit is beyond 32. */
static const struct qpas_assign to_cp_cdsp[] = {{1, 0x2a, 1, 0}};
static const struct qpas_video_ranges iris = {0, 0x25800000, 0x1000000, 0x24800000};

static const struct qpas_carveout four_regions[] = {
	{"image", FAKE_REGION_0, FAKE_REGION_BYTES, 0, 0},
	{"dtb", FAKE_REGION_1, FAKE_REGION_BYTES, 0, 0},
	{"dsm-0", FAKE_LENT_0, 0x1400000, 0, 0},
	{"dsm-1", FAKE_LENT_1, 0x800000, 0, 0},
};
static const struct qpas_carveout image_and_lent[] = {
	{"image", FAKE_REGION_0, FAKE_REGION_BYTES, 0, 0},
	{"lent", FAKE_LENT_0, 0x800000, 0, 0},
};

/* --- peripherals --- */

static void be_dsp(struct board *board)
{
	(void)board;
}

static void be_dsp_with_companion(struct board *board)
{
	board_add_companion(board);
	board->peripheral.lite_pas_ids = one_lite;
	board->peripheral.lite_count = 1;
}

static void be_modem(struct board *board)
{
	board_add_companion(board);
	board->peripheral.name = "modem";
	board->peripheral.carveouts = four_regions;
	board->peripheral.carveout_count = 4;
	board->peripheral.assigns = to_modem;
	board->peripheral.assign_count = 2;
}

static void be_modem_at_el1(struct board *board)
{
	be_modem(board);
	board->fake.host_level = 1;
}

static void be_cdsp_that_shares(struct board *board)
{
	board->peripheral.carveouts = image_and_lent;
	board->peripheral.carveout_count = 2;
	board->peripheral.assigns = to_cp_cdsp;
	board->peripheral.assign_count = 1;
}

static void be_kind(struct board *board, uint32_t kind, uint32_t pas_id, uint32_t streams)
{
	board->peripheral.kind = kind;
	board->peripheral.pas_id = pas_id;
	board->fake.pas_id[0] = pas_id;
	board->peripheral.stream_count = streams;
	board->peripheral.flags = QPAS_PERIPHERAL_ENABLED | QPAS_PERIPHERAL_PAS;
}

static void be_video(struct board *board)
{
	be_kind(board, QPAS_KIND_VIDEO, 9, 1);
	board->peripheral.flags |= QPAS_PERIPHERAL_VIDEO_FIRMWARE;
	board->peripheral.video_ranges = &iris;
	board->peripheral.video_range_count = 1;
}

/* Above a hypervisor there is no stream to know, so that plain trees will do. */
static void be_video_at_el1(struct board *board)
{
	be_video(board);
	board->peripheral.flags = QPAS_PERIPHERAL_ENABLED | QPAS_PERIPHERAL_PAS;
	board->peripheral.stream_count = 0;
	board->fake.host_level = 1;
}

static void be_gpu(struct board *board)
{
	be_kind(board, QPAS_KIND_GPU, 13, 0);
}

static void be_ipa(struct board *board)
{
	be_kind(board, QPAS_KIND_IPA, 15, 0);
}

static void be_camera(struct board *board)
{
	be_kind(board, QPAS_KIND_CAMERA, 33, 1);
}

/* Its driver takes the EL1 path, and waits. */
static void be_wcnss(struct board *board)
{
	be_kind(board, QPAS_KIND_REMOTEPROC, 6, 0);
	board->peripheral.flags |= QPAS_PERIPHERAL_READY_SIGNAL;
	board->fake.host_level = 0;
}

/* --- one list per kind --- */

#define MOST_CALLS 40

struct client {
	const char *name;
	void (*be)(struct board *board);
	uint64_t flags; /* of the boot */
	const char *boot[MOST_CALLS];
	const char *stop[12];
};

#define TABLE(id) "shared_alloc", "bridge_create buffer", "rsc_table " id " in 16 out 16384"
#define IMAGE(id, at)                                                              \
	"metadata_begin " id, "mem_setup " id " " at " 0x5000", "region_zero " id, \
		"region_write " id, "region_write " id
#define MAP(id, at)   "iommu_apply " id " " at " x1 stream 0x3000"
#define START(id, at) "bridge_create " at " 0x20000", "auth_reset " id, "bridge_delete carveout"
#define NO_POOL	      "bridge_delete buffer", "shared_free"
#define MAIN_AT	      "0x80000000"
#define DTB_AT	      "0x90000000"

static const struct client clients[] = {
	{"DSP",
	 be_dsp,
	 0,
	 {TABLE("1"), IMAGE("1", MAIN_AT), MAP("1", MAIN_AT), START("1", MAIN_AT), "wait_event 1",
	  "metadata_release 1", NO_POOL},
	 {"shutdown 1", "iommu_clear 1 x1"}},
	{"DSP with companion and lite processor",
	 be_dsp_with_companion,
	 0,
	 {TABLE("1"), "shutdown 31", IMAGE("36", DTB_AT), MAP("36", DTB_AT), START("36", DTB_AT),
	  IMAGE("1", MAIN_AT), MAP("1", MAIN_AT), START("1", MAIN_AT), "wait_event 1",
	  "metadata_release 1", "metadata_release 36", NO_POOL},
	 {"shutdown 1", "iommu_clear 1 x1", "shutdown 36", "iommu_clear 36 x1"}},
	{"modem",
	 be_modem,
	 0,
	 {TABLE("1"), "assign 0x70000000 0x1400000 from 0x8 to 0x8000",
	  "assign 0x72000000 0x800000 from 0x8 to 0x8000", IMAGE("36", DTB_AT), MAP("36", DTB_AT),
	  START("36", DTB_AT), IMAGE("1", MAIN_AT), MAP("1", MAIN_AT), START("1", MAIN_AT),
	  "wait_event 1", "metadata_release 1", "metadata_release 36", NO_POOL},
	 {"shutdown 1", "iommu_clear 1 x1", "shutdown 36", "iommu_clear 36 x1",
	  "assign 0x72000000 0x800000 from 0x8000 to 0x8",
	  "assign 0x70000000 0x1400000 from 0x8000 to 0x8"}},
	{"modem above a hypervisor",
	 be_modem_at_el1,
	 0,
	 {"assign 0x70000000 0x1400000 from 0x8 to 0x8000",
	  "assign 0x72000000 0x800000 from 0x8 to 0x8000", "shared_alloc", IMAGE("36", DTB_AT),
	  "auth_reset 36", "shared_alloc", IMAGE("1", MAIN_AT), "auth_reset 1", "wait_event 1",
	  "metadata_release 1", "shared_free", "metadata_release 36", "shared_free"},
	 {"shutdown 1", "shutdown 36", "assign 0x72000000 0x800000 from 0x8000 to 0x8",
	  "assign 0x70000000 0x1400000 from 0x8000 to 0x8"}},
	{"CDSP that shares a region with VM 42",
	 be_cdsp_that_shares,
	 0,
	 {TABLE("1"), "assign 0x70000000 0x800000 from 0x8 to 0x40000000008", IMAGE("1", MAIN_AT),
	  MAP("1", MAIN_AT), START("1", MAIN_AT), "wait_event 1", "metadata_release 1", NO_POOL},
	 {"shutdown 1", "iommu_clear 1 x1",
	  "assign 0x70000000 0x800000 from 0x40000000008 to 0x8"}},
	{"video through PAS",
	 be_video,
	 QPAS_BOOT_USE_PAS,
	 {"supported 9", TABLE("9"), IMAGE("9", MAIN_AT), MAP("9", MAIN_AT), START("9", MAIN_AT),
	  "protect_video 9 0x0 0x25800000 0x1000000 0x24800000", "metadata_release 9", NO_POOL},
	 {"shutdown 9", "iommu_clear 9 x1"}},
	{"video through PAS above a hypervisor",
	 be_video_at_el1,
	 0,
	 {"shared_alloc", IMAGE("9", MAIN_AT), "auth_reset 9",
	  "protect_video 9 0x0 0x25800000 0x1000000 0x24800000", "metadata_release 9",
	  "shared_free"},
	 {"shutdown 9"}},
	{"video without PAS",
	 be_video,
	 0,
	 {"region_zero 9", "region_write 9", "region_write 9", "iommu_apply 9 0x0 x1 stream 0x3000",
	  "direct_start 9"},
	 {"direct_stop 9", "iommu_clear 9 x1"}},
	{"GPU zap",
	 be_gpu,
	 0,
	 {"shared_alloc", "bridge_create buffer", IMAGE("13", MAIN_AT), START("13", MAIN_AT),
	  "metadata_release 13", NO_POOL},
	 {"shutdown 13"}},
	{"IPA",
	 be_ipa,
	 0,
	 {"shared_alloc", "bridge_create buffer", IMAGE("15", MAIN_AT), START("15", MAIN_AT),
	  "metadata_release 15", NO_POOL},
	 {"shutdown 15"}},
	{"camera",
	 be_camera,
	 0,
	 {TABLE("33"), IMAGE("33", MAIN_AT), MAP("33", MAIN_AT), START("33", MAIN_AT),
	  "metadata_release 33", NO_POOL},
	 {"shutdown 33", "iommu_clear 33 x1"}},
	{"WCNSS",
	 be_wcnss,
	 0,
	 {"shared_alloc", IMAGE("6", MAIN_AT), "auth_reset 6", "wait_event 6", "metadata_release 6",
	  "shared_free"},
	 {"shutdown 6"}},
};

static int boot(struct board *board, struct qpas_context *context, uint64_t flags,
		struct qpas_error *err)
{
	struct qpas_boot_params params = QPAS_BOOT_PARAMS_INIT;

	params.companion = board->companion;
	params.flags = flags;
	return qpas_boot(context, board->image, &params, err);
}

static void expect_nothing_held(const struct fake *fake)
{
	assert_int_equal(fake->buffers, 0);
	assert_int_equal(fake->bridges, 0);
	assert_int_equal(fake->mappings, 0);
	assert_int_equal(fake->metadata, 0);
	assert_false(fake->running[0] || fake->running[1]);
	assert_true(fake->vms[0] == HOST && fake->vms[1] == HOST);
}

static void each_client_makes_its_own_calls(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(clients) / sizeof(clients[0]); i++) {
		struct board *board = board_new();
		struct qpas_context *context = NULL;
		struct qpas_error err = QPAS_ERROR_INIT;

		print_message("%s\n", clients[i].name);
		clients[i].be(board);
		board_open(board);
		assert_int_equal(board_context(board, &context, &err), 0);
		/* The second start makes the calls of the first. */
		for (int round = 0; round < 2; round++) {
			fake_clear(&board->fake);
			if (boot(board, context, clients[i].flags, &err))
				fail_msg("%s: %s", clients[i].name, err.text);
			fake_expect(&board->fake, clients[i].boot);
			assert_int_equal(board_state(context), QPAS_STATE_RUNNING);
			fake_clear(&board->fake);
			assert_int_equal(qpas_shutdown(context, &err), 0);
			fake_expect(&board->fake, clients[i].stop);
			assert_int_equal(board_state(context), QPAS_STATE_STOPPED);
			expect_nothing_held(&board->fake);
		}
		assert_int_equal(qpas_context_close(context), 0);
		board_free(board);
	}
}

/* --- memory that is lent --- */

struct rig {
	struct board *board;
	struct qpas_context *context;
	struct qpas_error err;
};

static struct rig begin(void (*be)(struct board *board))
{
	static const struct qpas_error fresh = QPAS_ERROR_INIT;
	struct rig rig = {board_new(), NULL, fresh};

	be(rig.board);
	board_open(rig.board);
	assert_int_equal(board_context(rig.board, &rig.context, &rig.err), 0);
	fake_clear(&rig.board->fake);
	return rig;
}

static void fail_at(struct rig *rig, const char *slot, uint32_t nth, int code)
{
	rig->board->fake.fail_slot = slot;
	rig->board->fake.fail_nth = nth;
	rig->board->fake.fail_code = code;
	rig->board->fake.seen = 0;
}

static int boot_rig(struct rig *rig)
{
	return boot(rig->board, rig->context, 0, &rig->err);
}

static void end(struct rig *rig)
{
	assert_int_equal(qpas_context_close(rig->context), 0);
	expect_nothing_held(&rig->board->fake);
	board_free(rig->board);
}

/* One boot in which call `nth` fails; false if there is no such call. */
static bool fail_one(uint32_t nth, int code)
{
	struct rig rig = begin(be_modem);
	struct fake *fake = &rig.board->fake;
	bool reached;
	int result;

	fail_at(&rig, NULL, nth, code);
	result = boot_rig(&rig);
	reached = fake->seen >= nth;
	fake->fail_code = 0;
	if (result && board_state(rig.context) == QPAS_STATE_UNKNOWN) {
		assert_int_equal(result, QPAS_ERR_UNKNOWN);
		assert_int_equal(qpas_shutdown(rig.context, &rig.err), 0);
	}
	if (result && (fake->vms[0] != HOST || fake->vms[1] != HOST))
		fail_msg("call %u failing with %d: memory is still lent", nth, code);
	if (result && (fake->running[0] || fake->running[1]))
		fail_msg("call %u failing with %d: something runs", nth, code);
	if (result)
		assert_int_equal(boot_rig(&rig), 0);
	assert_int_equal(qpas_context_close(rig.context), 0);
	assert_true(fake->vms[0] == HOST && fake->vms[1] == HOST);
	assert_false(fake->running[0] || fake->running[1]);
	board_free(rig.board);
	return reached;
}

/* B01, B07, B18: whatever fails, the memory comes back and the companion does not run on. */
static void lent_memory_comes_back_and_companion_stops_whatever_call_fails(void **state)
{
	static const int codes[] = {QPAS_ERR_TZ,   QPAS_ERR_AUTH,    QPAS_ERR_UNKNOWN,
				    QPAS_ERR_BUSY, QPAS_ERR_TIMEOUT, QPAS_ERR_CANCELED,
				    QPAS_ERR_IO,   QPAS_ERR_BACKEND, 1};

	(void)state;
	for (size_t i = 0; i < sizeof(codes) / sizeof(codes[0]); i++) {
		uint32_t nth = 1;

		while (fail_one(nth, codes[i]))
			nth++;
		/* Two more calls than a DSP with companion makes. */
		assert_int_equal(nth, 26);
	}
}

static void refused_second_region_gives_the_first_one_back(void **state)
{
	static const char *const calls[] = {
		"shared_alloc",
		"bridge_create buffer",
		"rsc_table 1 in 16 out 16384",
		"assign 0x70000000 0x1400000 from 0x8 to 0x8000",
		"assign 0x72000000 0x800000 from 0x8 to 0x8000",
		"assign 0x70000000 0x1400000 from 0x8000 to 0x8",
		NO_POOL,
		NULL,
	};
	struct rig rig = begin(be_modem);

	(void)state;
	fail_at(&rig, "assign", 2, QPAS_ERR_TZ);
	assert_int_equal(boot_rig(&rig), QPAS_ERR_TZ);
	assert_int_equal(rig.err.stage, QPAS_STAGE_ASSIGN);
	fake_expect(&rig.board->fake, calls);
	assert_int_equal(board_state(rig.context), QPAS_STATE_NEW);
	end(&rig);
}

/* B04: who has it is not known. */
static void lost_reply_of_assign_is_unknown_until_the_host_proves_that_it_has_it(void **state)
{
	static const struct {
		int code; /* UNKNOWN: done and lost; TIMEOUT: not done */
		const char *const back[4];
	} rows[] = {
		{QPAS_ERR_UNKNOWN, {"assign 0x70000000 0x1400000 from 0x8000 to 0x8"}},
		{QPAS_ERR_TIMEOUT,
		 {"assign 0x70000000 0x1400000 from 0x8000 to 0x8",
		  "assign 0x70000000 0x1400000 from 0x8 to 0x8"}},
	};

	(void)state;
	for (size_t i = 0; i < 2; i++) {
		struct rig rig = begin(be_modem);

		fail_at(&rig, "assign", 1, rows[i].code);
		assert_int_equal(boot_rig(&rig), QPAS_ERR_UNKNOWN);
		assert_int_equal(board_state(rig.context), QPAS_STATE_UNKNOWN);
		assert_int_equal(boot_rig(&rig), QPAS_ERR_STATE);
		fake_clear(&rig.board->fake);
		rig.board->fake.fail_code = 0;
		assert_int_equal(qpas_shutdown(rig.context, &rig.err), 0);
		fake_expect(&rig.board->fake, rows[i].back);
		assert_int_equal(board_state(rig.context), QPAS_STATE_STOPPED);
		end(&rig);
	}
}

static void answer_that_names_other_vms_proves_nothing(void **state)
{
	struct rig rig = begin(be_cdsp_that_shares);

	(void)state;
	rig.board->fake.vms_lie = true;
	assert_int_equal(boot_rig(&rig), QPAS_ERR_UNKNOWN);
	assert_int_equal(board_state(rig.context), QPAS_STATE_UNKNOWN);
	rig.board->fake.vms_lie = false;
	assert_int_equal(qpas_shutdown(rig.context, &rig.err), 0);
	end(&rig);
}

/* B09, for memory. */
static void memory_that_does_not_come_back_is_asked_for_again(void **state)
{
	struct rig rig = begin(be_modem);

	(void)state;
	assert_int_equal(boot_rig(&rig), 0);
	fail_at(&rig, "assign", 1, QPAS_ERR_TZ);
	rig.board->fake.fail_on = true;
	assert_int_equal(qpas_shutdown(rig.context, &rig.err), QPAS_ERR_TZ);
	assert_int_equal(rig.err.stage, QPAS_STAGE_ASSIGN);
	assert_int_equal(board_state(rig.context), QPAS_STATE_STOPPED);
	/* No start before it is back. */
	fake_clear(&rig.board->fake);
	assert_int_equal(boot_rig(&rig), QPAS_ERR_TZ);
	assert_int_equal(rig.board->fake.calls, 2);
	rig.board->fake.fail_code = 0;
	assert_int_equal(qpas_shutdown(rig.context, &rig.err), 0);
	assert_true(rig.board->fake.vms[0] == HOST && rig.board->fake.vms[1] == HOST);
	assert_int_equal(boot_rig(&rig), 0);
	/* Lost on the way back. */
	fail_at(&rig, "assign", 1, QPAS_ERR_UNKNOWN);
	rig.board->fake.fail_on = false;
	assert_int_equal(qpas_shutdown(rig.context, &rig.err), QPAS_ERR_UNKNOWN);
	assert_int_equal(board_state(rig.context), QPAS_STATE_UNKNOWN);
	rig.board->fake.fail_code = 0;
	assert_int_equal(qpas_shutdown(rig.context, &rig.err), 0);
	end(&rig);
}

static void memory_that_stays_lent_keeps_the_id(void **state)
{
	struct rig rig = begin(be_modem);

	(void)state;
	assert_int_equal(boot_rig(&rig), 0);
	fail_at(&rig, "assign", 1, QPAS_ERR_TZ);
	rig.board->fake.fail_on = true;
	assert_int_equal(qpas_context_close(rig.context), QPAS_ERR_TZ);
	assert_int_equal(board_context(rig.board, &rig.context, &rig.err), QPAS_ERR_BUSY);
	board_free(rig.board);
}

static void regions_that_cannot_be_lent_are_refused_before_any_call(void **state)
{
	static const struct {
		struct qpas_assign assign;
		uint32_t count;
		const char *text;
	} rows[] = {
		{{0, 0xf, 0, 0}, 1, "an image goes there"},
		{{1, 0xf, 0, 0}, 1, "an image goes there"},
		{{2, 64, 0, 0}, 1, "there is no such VM"},
		{{2, 3, 0, 0}, 1, "there is no such VM"},
		{{3, 0xf, 0, 0}, 1, "it has no address"},
		{{2, 0xf, 0, 0}, 9, "there are too many"},
	};
	struct qpas_carveout carveouts[4];
	struct qpas_assign assigns[9];

	(void)state;
	memcpy(carveouts, four_regions, sizeof(carveouts));
	carveouts[3].dynamic = 1;
	carveouts[3].address = 0;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct board *board = board_new();
		struct qpas_context *context = NULL;
		struct qpas_error err = QPAS_ERROR_INIT;

		be_modem(board);
		board->peripheral.carveouts = carveouts;
		for (size_t k = 0; k < 9; k++)
			assigns[k] = rows[i].assign;
		board->peripheral.assigns = assigns;
		board->peripheral.assign_count = rows[i].count;
		board_open(board);
		assert_int_equal(board_context(board, &context, &err), 0);
		fake_clear(&board->fake);
		assert_int_equal(boot(board, context, 0, &err), QPAS_ERR_RANGE);
		if (!strstr(err.text, rows[i].text))
			fail_msg("\"%s\" does not say \"%s\"", err.text, rows[i].text);
		assert_int_equal(board->fake.calls, 0);
		assert_int_equal(qpas_context_close(context), 0);
		board_free(board);
	}
}

/* --- companions --- */

static void refuse_shutdown_after_auth(struct fake *fake, const char *slot)
{
	/* The failure of auth_reset 1 has happened; from here on it is shutdown's turn. */
	if (!strcmp(slot, "iommu_clear") && !strcmp(fake->fail_slot, "auth_reset")) {
		fake->fail_slot = "shutdown";
		fake->fail_nth = 1;
		fake->seen = 0;
		fake->fail_code = QPAS_ERR_TZ;
	}
}

/* B18: it would run on for ever if nobody could ask it again. */
static void companion_left_running_by_a_failed_boot_is_stopped_by_shutdown_or_close(void **state)
{
	(void)state;
	for (int by_close = 0; by_close < 2; by_close++) {
		struct rig rig = begin(be_modem);
		struct fake *fake = &rig.board->fake;

		fail_at(&rig, "auth_reset", 2, QPAS_ERR_AUTH);
		fake->hook = refuse_shutdown_after_auth;
		assert_int_equal(boot_rig(&rig), QPAS_ERR_AUTH);
		assert_true(fake->running[1]);
		assert_int_equal(board_state(rig.context), QPAS_STATE_STOPPED);
		assert_int_equal(boot_rig(&rig), QPAS_ERR_STATE);
		fake->fail_code = 0;
		fake->hook = NULL;
		if (!by_close)
			assert_int_equal(qpas_shutdown(rig.context, &rig.err), 0);
		end(&rig);
	}
}

/* --- video --- */

static void ranges_of_the_caller_replace_those_of_the_chip(void **state)
{
	static const struct qpas_video_ranges own[] = {{1, 0, 0, 0x1000000},
						       {2, 0, 0x1000000, 0x24800000}};
	struct qpas_boot_params params = QPAS_BOOT_PARAMS_INIT;
	struct rig rig = begin(be_video_at_el1);

	(void)state;
	params.video_ranges = own;
	params.video_range_count = 2;
	assert_int_equal(qpas_boot(rig.context, rig.board->image, &params, &rig.err), 0);
	assert_true(fake_called(&rig.board->fake, "protect_video 9 0x1 0x0 0x0 0x1000000"));
	assert_true(fake_called(&rig.board->fake, "protect_video 9 0x2 0x0 0x1000000 0x24800000"));
	assert_false(fake_called(&rig.board->fake, "protect_video 9 0x0"));
	assert_int_equal(qpas_shutdown(rig.context, &rig.err), 0);
	fake_clear(&rig.board->fake);
	params.video_range_count = 0;
	assert_int_equal(qpas_boot(rig.context, rig.board->image, &params, &rig.err), 0);
	assert_false(fake_called(&rig.board->fake, "protect_video"));
	params.video_ranges = NULL;
	params.video_range_count = 1;
	assert_int_equal(qpas_boot(rig.context, rig.board->image, &params, &rig.err), QPAS_ERR_ARG);
	end(&rig);
}

static void video_core_whose_ranges_are_refused_is_shut_down(void **state)
{
	struct rig rig = begin(be_video_at_el1);

	(void)state;
	fail_at(&rig, "protect_video", 1, QPAS_ERR_TZ);
	assert_int_equal(boot_rig(&rig), QPAS_ERR_TZ);
	assert_int_equal(rig.err.stage, QPAS_STAGE_PROTECT);
	assert_true(fake_called(&rig.board->fake, "shutdown 9"));
	assert_int_equal(board_state(rig.context), QPAS_STATE_STOPPED);
	assert_true(fake_region_clean(&rig.board->fake, 0));
	end(&rig);
}

/* --- the pool of small buffers --- */

static void buffer_that_does_not_fit_the_pool_has_its_own_bridge(void **state)
{
	static const char *const calls[] = {
		TABLE("1"),
		"shared_alloc",
		"bridge_create buffer",
		"rsc_table 1 in 16 out 65536",
		"bridge_delete buffer",
		"shared_free",
		IMAGE("1", MAIN_AT),
		MAP("1", MAIN_AT),
		START("1", MAIN_AT),
		"wait_event 1",
		"metadata_release 1",
		NO_POOL,
		NULL,
	};
	struct rig rig = begin(be_dsp);

	(void)state;
	rig.board->fake.short_answers = 1;
	rig.board->fake.short_length = 65536;
	assert_int_equal(boot_rig(&rig), 0);
	fake_expect(&rig.board->fake, calls);
	end(&rig);
}

/* The trusted world may still write to a table's buffer: its pages are never anything else. */
static void pool_with_a_lost_buffer_is_never_given_back(void **state)
{
	struct rig rig = begin(be_dsp);

	(void)state;
	fail_at(&rig, "rsc_table", 1, QPAS_ERR_UNKNOWN);
	assert_int_equal(boot_rig(&rig), QPAS_ERR_UNKNOWN);
	assert_int_equal(rig.board->fake.buffers, 1);
	assert_int_equal(rig.board->fake.bridges, 1);
	rig.board->fake.fail_code = 0;
	fake_clear(&rig.board->fake);
	/* The next boot has a pool of its own, and gives that back. */
	assert_int_equal(boot_rig(&rig), 0);
	assert_string_equal(rig.board->fake.call[0], "shared_alloc");
	assert_true(fake_called(&rig.board->fake, "bridge_delete buffer"));
	assert_int_equal(qpas_context_close(rig.context), 0);
	assert_int_equal(rig.board->fake.buffers, 1);
	assert_int_equal(rig.board->fake.bridges, 1);
	board_free(rig.board);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_client_makes_its_own_calls),
		cmocka_unit_test(lent_memory_comes_back_and_companion_stops_whatever_call_fails),
		cmocka_unit_test(refused_second_region_gives_the_first_one_back),
		cmocka_unit_test(
			lost_reply_of_assign_is_unknown_until_the_host_proves_that_it_has_it),
		cmocka_unit_test(answer_that_names_other_vms_proves_nothing),
		cmocka_unit_test(memory_that_does_not_come_back_is_asked_for_again),
		cmocka_unit_test(memory_that_stays_lent_keeps_the_id),
		cmocka_unit_test(regions_that_cannot_be_lent_are_refused_before_any_call),
		cmocka_unit_test(
			companion_left_running_by_a_failed_boot_is_stopped_by_shutdown_or_close),
		cmocka_unit_test(ranges_of_the_caller_replace_those_of_the_chip),
		cmocka_unit_test(video_core_whose_ranges_are_refused_is_shut_down),
		cmocka_unit_test(buffer_that_does_not_fit_the_pool_has_its_own_bridge),
		cmocka_unit_test(pool_with_a_lost_buffer_is_never_given_back),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
