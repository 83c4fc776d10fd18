/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A context on the scripted board, brought to a state, and taken down with its books checked: for
 * tests of what can be done with a peripheral that runs or did.
 */
#ifndef QPAS_TESTS_FAKE_RIG_H
#define QPAS_TESTS_FAKE_RIG_H

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <qpas/qpas.h>

#include "support/fake_board.h"

struct rig {
	struct board *board;
	struct qpas_context *context;
	struct qpas_error err;
};

static inline struct rig begin_with(const struct qpas_backend_desc *desc, struct board *board)
{
	static const struct qpas_error fresh = QPAS_ERROR_INIT;
	struct rig rig = {board, NULL, fresh};

	assert_int_equal(qpas_backend_open_desc(desc, &board->fake, &board->params, &board->backend,
						NULL),
			 0);
	assert_int_equal(board_context(board, &rig.context, &rig.err), 0);
	fake_clear(&board->fake);
	return rig;
}

static inline struct rig begin(void)
{
	return begin_with(&fake_descriptor, board_new());
}

static inline void fail_at(struct rig *rig, const char *slot, uint32_t nth, int code)
{
	rig->board->fake.fail_slot = slot;
	rig->board->fake.fail_nth = nth;
	rig->board->fake.fail_code = code;
	rig->board->fake.seen = 0;
}

static inline int boot(struct rig *rig)
{
	struct qpas_boot_params params = QPAS_BOOT_PARAMS_INIT;

	params.companion = rig->board->companion;
	return qpas_boot(rig->context, rig->board->image, &params, &rig->err);
}

static inline void end(struct rig *rig)
{
	rig->board->fake.fail_code = 0;
	if (board_state(rig->context) == QPAS_STATE_UNKNOWN)
		assert_int_equal(qpas_shutdown(rig->context, &rig->err), 0);
	assert_int_equal(qpas_context_close(rig->context), 0);
	assert_int_equal(rig->board->fake.buffers, 0);
	assert_int_equal(rig->board->fake.bridges, 0);
	assert_int_equal(rig->board->fake.mappings, 0);
	assert_int_equal(rig->board->fake.metadata, 0);
	assert_false(rig->board->fake.running[0] || rig->board->fake.running[1]);
	board_free(rig->board);
}

static inline void go_to_loaded(struct rig *rig, uint32_t wanted)
{
	if (wanted != QPAS_STATE_NEW)
		assert_int_equal(qpas_context_init_image(rig->context, rig->board->image, NULL), 0);
	if (wanted != QPAS_STATE_NEW && wanted != QPAS_STATE_META)
		assert_int_equal(qpas_context_mem_setup(rig->context, NULL), 0);
	if (wanted >= QPAS_STATE_LOADED)
		assert_int_equal(qpas_context_load(rig->context, NULL), 0);
}

static inline struct rig begin_in(uint32_t wanted)
{
	struct qpas_context_event event = QPAS_CONTEXT_EVENT_INIT;
	struct rig rig = begin();

	go_to_loaded(&rig, wanted);
	if (wanted == QPAS_STATE_FAILED || wanted == QPAS_STATE_UNKNOWN)
		fail_at(&rig, "auth_reset", 1,
			wanted == QPAS_STATE_FAILED ? QPAS_ERR_TZ : QPAS_ERR_UNKNOWN);
	if (wanted >= QPAS_STATE_RUNNING)
		assert_int_equal(qpas_context_auth_reset(rig.context, NULL),
				 rig.board->fake.fail_code);
	rig.board->fake.fail_code = 0;
	if (wanted == QPAS_STATE_STOPPED)
		assert_int_equal(qpas_shutdown(rig.context, NULL), 0);
	if (wanted == QPAS_STATE_CRASHED) {
		rig.board->fake.event = QPAS_EVENT_CRASH;
		assert_int_equal(qpas_context_wait_event(rig.context, 0, &event, NULL), 0);
	}
	assert_int_equal(board_state(rig.context), wanted);
	fake_clear(&rig.board->fake);
	return rig;
}

static inline uint32_t ready_of(const struct rig *rig)
{
	struct qpas_context_info info = QPAS_CONTEXT_INFO_INIT;

	assert_int_equal(qpas_context_describe(rig->context, &info, NULL), 0);
	return info.ready;
}

#endif
