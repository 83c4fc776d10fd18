/* SPDX-License-Identifier: BSD-3-Clause */
/* The fault proxy over the scripted backend: what it makes fail, and that it else stays out of it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <qpas/qpas.h>

#include "support/fake_board.h"

/* A URI has no embedder: the child finds its script here. */
static struct fake *script;

static int child_open(void *priv, const struct qpas_backend_open_args *args, struct qpas_error *err)
{
	struct qpas_backend_open_args with = *args;

	with.embedder = script;
	return fake_descriptor.open(priv, &with, err);
}

static int setup(void **state)
{
	struct qpas_backend_desc desc = fake_descriptor;

	(void)state;
	desc.name = "scripted";
	desc.open = child_open;
	if (qpas_backend_register(&desc, NULL))
		return -1;
	/* A child that has no events, no shared memory and no bridges. */
	desc.name = "poor";
	desc.caps = QPAS_CAP_STEPS | QPAS_CAP_COPIES_METADATA;
	desc.wait_event = NULL;
	desc.shared_alloc = NULL;
	desc.shared_free = NULL;
	desc.bridge_create = NULL;
	desc.bridge_delete = NULL;
	return qpas_backend_register(&desc, NULL);
}

static int boot_over(struct board *board, const char *uri, uint32_t *state)
{
	struct qpas_context *context = NULL;
	struct qpas_error err = QPAS_ERROR_INIT;
	int code;

	script = &board->fake;
	assert_int_equal(qpas_backend_open(uri, &board->params, &board->backend, &err), 0);
	code = board_context(board, &context, &err);
	if (code)
		return code;
	fake_clear(&board->fake);
	code = qpas_boot(context, board->image, NULL, &err);
	*state = board_state(context);
	if (*state == QPAS_STATE_UNKNOWN)
		assert_int_equal(qpas_shutdown(context, &err), 0);
	assert_int_equal(qpas_context_close(context), 0);
	return code;
}

static void named_slot_fails_once_with_the_class(void **state)
{
	static const struct {
		const char *uri;
		int code;
		uint32_t state;
		const char *reached; /* a call that the child still gets */
		const char *spared; /* and one that it does not */
	} rows[] = {
		{"fault:slot=auth_reset,err=auth,child=scripted:", QPAS_ERR_AUTH, 0,
		 "bridge_create 0x80000000", "auth_reset"},
		{"fault:slot=auth_reset,err=unknown,child=scripted:", QPAS_ERR_UNKNOWN, 8,
		 "auth_reset", "wait_event"},
		{"fault:slot=auth_reset,nth=2,child=scripted:", 0, 4, "auth_reset", NULL},
		{"fault:slot=region_write,nth=2,err=io,child=scripted:", QPAS_ERR_IO, 0,
		 "region_write", "auth_reset"},
		{"fault:slot=region_write,nth=all,err=busy,child=scripted:", QPAS_ERR_BUSY, 0,
		 "region_zero", "region_write"},
		{"fault:slot=metadata_begin,err=7,child=scripted:", QPAS_ERR_UNKNOWN, 8,
		 "bridge_create buffer", "metadata_begin"},
		{"fault:slot=iommu_apply,err=-9999,child=scripted:", QPAS_ERR_BACKEND, 0,
		 "region_write", "iommu_apply"},
		{"fault:slot=any,nth=10,err=nomem,child=scripted:", QPAS_ERR_NOMEM, 0, NULL, NULL},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct board *board = board_new();
		uint32_t now = 99;
		int code = boot_over(board, rows[i].uri, &now);

		if (code != rows[i].code || now != rows[i].state)
			fail_msg("%s: %d, state %u", rows[i].uri, code, now);
		if (rows[i].reached)
			assert_true(fake_called(&board->fake, rows[i].reached));
		if (rows[i].spared)
			assert_false(fake_called(&board->fake, rows[i].spared));
		assert_int_equal(board->fake.buffers + board->fake.bridges + board->fake.metadata +
					 board->fake.mappings,
				 0);
		board_free(board);
	}
}

/* The first call of all is `supported`, when the context is opened. */
static void any_counts_from_the_first_call(void **state)
{
	struct board *board = board_new();
	uint32_t now = 99;

	(void)state;
	assert_int_equal(boot_over(board, "fault:child=scripted:", &now), QPAS_ERR_TZ);
	assert_int_equal(now, 99);
	board_free(board);
}

static void proxy_can_do_no_more_than_its_child(void **state)
{
	struct board *board = board_new();
	uint32_t now = 99;

	(void)state;
	board->fake.caps = QPAS_CAP_STEPS | QPAS_CAP_COPIES_METADATA;
	board->fake.host_level = 1;
	assert_int_equal(boot_over(board, "fault:slot=auth_reset,nth=9,child=poor:", &now), 0);
	assert_int_equal(now, QPAS_STATE_RUNNING);
	assert_false(fake_called(&board->fake, "shared_alloc"));
	assert_false(fake_called(&board->fake, "wait_event"));
	board_free(board);
}

static void proxies_can_be_stacked(void **state)
{
	struct board *board = board_new();
	uint32_t now = 99;

	(void)state;
	assert_int_equal(boot_over(board,
				   "fault:slot=shutdown,err=busy,child=fault:slot=wait_event,err="
				   "canceled,child=scripted:",
				   &now),
			 QPAS_ERR_CANCELED);
	/* The stop that undoes the boot was refused: it runs on, and close tries again. */
	assert_int_equal(now, QPAS_STATE_RUNNING);
	assert_false(board->fake.running[0]);
	board_free(board);
}

static void bad_values_are_refused(void **state)
{
	static const char *const uris[] = {
		"fault:",
		"fault:slot=nothing,child=scripted:",
		"fault:slot=,child=scripted:",
		"fault:nth=0,child=scripted:",
		"fault:nth=-1,child=scripted:",
		"fault:nth=4294967296,child=scripted:",
		"fault:nth=1x,child=scripted:",
		"fault:err=,child=scripted:",
		"fault:err=0,child=scripted:",
		"fault:err=ok,child=scripted:",
		"fault:err=99999999999,child=scripted:",
		"fault:other=1,child=scripted:",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(uris) / sizeof(uris[0]); i++) {
		struct board *board = board_new();
		struct qpas_backend *backend = NULL;

		script = &board->fake;
		if (qpas_backend_open(uris[i], &board->params, &backend, NULL) != QPAS_ERR_ARG)
			fail_msg("%s was accepted", uris[i]);
		board_free(board);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(named_slot_fails_once_with_the_class),
		cmocka_unit_test(any_counts_from_the_first_call),
		cmocka_unit_test(proxy_can_do_no_more_than_its_child),
		cmocka_unit_test(proxies_can_be_stacked),
		cmocka_unit_test(bad_values_are_refused),
	};

	return cmocka_run_group_tests(tests, setup, NULL);
}
