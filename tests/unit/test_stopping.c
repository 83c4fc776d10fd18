/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * How a peripheral is adopted, how it is stopped when it takes its time, and what a context holds
 * meanwhile: the corners of lent memory and of the pool, whose sequences stand in test_sequences.c.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

#include <qpas/qpas.h>

#include "support/fake_rig.h"

#define HOST UINT64_C(8)

/* --- time: pauses between two shutdowns are counted, not slept --- */

static struct {
	uint32_t count;
	int64_t nanoseconds;
	/* Cancelled in the nth pause, 0: never. */
	uint32_t cancel_at;
	struct qpas_context *context;
} pauses;

int __wrap_nanosleep(const struct timespec *request, struct timespec *remaining);

int __wrap_nanosleep(const struct timespec *request, struct timespec *remaining)
{
	(void)remaining;
	pauses.count++;
	pauses.nanoseconds += request->tv_sec * INT64_C(1000000000) + request->tv_nsec;
	if (pauses.count == pauses.cancel_at)
		qpas_context_cancel(pauses.context);
	return 0;
}

/* --- adopting what the boot loader started --- */

static int call_wait_event(struct rig *rig)
{
	struct qpas_context_event event = QPAS_CONTEXT_EVENT_INIT;

	return qpas_context_wait_event(rig->context, 0, &event, &rig->err);
}

static void attached_peripheral_is_watched_and_stopped_like_any_other(void **state)
{
	static const char *const made[] = {"attach 1", "wait_event 1", "shutdown 1", NULL};
	struct rig rig = begin();

	(void)state;
	assert_int_equal(qpas_attach(rig.context, &rig.err), 0);
	assert_int_equal(call_wait_event(&rig), 0);
	assert_int_equal(ready_of(&rig), QPAS_READY_YES);
	assert_int_equal(qpas_shutdown(rig.context, &rig.err), 0);
	fake_expect(&rig.board->fake, made);
	assert_int_equal(boot(&rig), 0);
	end(&rig);
}

/* Whether the boot loader started the companion as well, only its shutdown tells. */
static void companion_of_an_attached_one_is_stopped_whether_it_was_up_or_not(void **state)
{
	static const struct {
		int companion; /* what the shutdown of id 36 answers */
		int code;
		uint32_t state;
	} rows[] = {
		{0, 0, QPAS_STATE_STOPPED},
		{QPAS_ERR_TZ, 0, QPAS_STATE_STOPPED},
		{QPAS_ERR_NOTFOUND, 0, QPAS_STATE_STOPPED},
		/* Not even tried: it may run on, and is asked again. */
		{QPAS_ERR_BUSY, QPAS_ERR_BUSY, QPAS_STATE_STOPPED},
		{QPAS_ERR_UNKNOWN, QPAS_ERR_UNKNOWN, QPAS_STATE_UNKNOWN},
	};
	static const char *const made[] = {"attach 1", "shutdown 1", "shutdown 36", NULL};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct board *board = board_new();
		struct rig rig;

		board_add_companion(board);
		rig = begin_with(&fake_descriptor, board);
		fail_at(&rig, "shutdown", 2, rows[i].companion);
		assert_int_equal(qpas_attach(rig.context, &rig.err), 0);
		assert_int_equal(qpas_shutdown(rig.context, &rig.err), rows[i].code);
		fake_expect(&board->fake, made);
		assert_int_equal(board_state(rig.context), rows[i].state);
		board->fake.fail_code = 0;
		assert_int_equal(qpas_shutdown(rig.context, &rig.err), 0);
		/* Asked again only if that was due. */
		assert_int_equal(board->fake.calls, rows[i].code ? 4 : 3);
		assert_int_equal(boot(&rig), 0);
		end(&rig);
	}
}

static void attach_that_fails_adopts_nothing(void **state)
{
	static const int codes[] = {QPAS_ERR_NOTFOUND, QPAS_ERR_IO, QPAS_ERR_UNKNOWN,
				    QPAS_ERR_TIMEOUT, 1};

	(void)state;
	for (size_t i = 0; i < sizeof(codes) / sizeof(codes[0]); i++) {
		struct board *board = board_new();
		struct rig rig;
		int code;

		board_add_companion(board);
		rig = begin_with(&fake_descriptor, board);
		fail_at(&rig, "attach", 1, codes[i]);
		code = qpas_attach(rig.context, &rig.err);
		assert_int_equal(code, codes[i] == 1 ? QPAS_ERR_BACKEND : codes[i]);
		assert_int_equal(board_state(rig.context), QPAS_STATE_NEW);
		board->fake.fail_code = 0;
		/* Both ids are free again. */
		assert_int_equal(boot(&rig), 0);
		end(&rig);
	}
}

/* B19 for a companion: somebody else has its id. */
static void companion_id_that_is_taken_is_busy_before_anything_is_asked(void **state)
{
	struct qpas_context_params params = QPAS_CONTEXT_PARAMS_INIT;
	struct board *board = board_new();
	struct qpas_peripheral other = board->peripheral;
	struct qpas_context *holder = NULL;
	struct rig rig;

	(void)state;
	board_add_companion(board);
	rig = begin_with(&fake_descriptor, board);
	other.pas_id = 36;
	params.peripheral = &other;
	params.platform = board->platform;
	assert_int_equal(qpas_context_open(board->backend, NULL, &params, &holder, &rig.err), 0);
	fake_clear(&board->fake);
	assert_int_equal(qpas_attach(rig.context, &rig.err), QPAS_ERR_BUSY);
	assert_int_equal(board->fake.calls, 0);
	assert_int_equal(board_state(rig.context), QPAS_STATE_NEW);
	assert_int_equal(boot(&rig), QPAS_ERR_BUSY);
	assert_int_equal(board_state(rig.context), QPAS_STATE_NEW);
	assert_int_equal(qpas_context_close(holder), 0);
	assert_int_equal(boot(&rig), 0);
	end(&rig);
}

/* --- a modem that decrypts its memory before it stops --- */

static struct rig begin_modem(bool companion)
{
	struct board *board = board_new();
	struct rig rig;

	if (companion)
		board_add_companion(board);
	board->peripheral.flags |= QPAS_PERIPHERAL_DECRYPT_SHUTDOWN;
	rig = begin_with(&fake_descriptor, board);
	memset(&pauses, 0, sizeof(pauses));
	pauses.context = rig.context;
	assert_int_equal(boot(&rig), 0);
	fake_clear(&board->fake);
	return rig;
}

static void succeed_later(struct fake *fake, const char *slot)
{
	const uint32_t *nth = fake->hook_user;

	if (!strcmp(slot, "shutdown") && fake->seen + 1 == *nth)
		fake->fail_code = 0;
}

static void modem_that_decrypts_is_asked_until_it_stops(void **state)
{
	static const uint32_t rows[] = {1, 2, 17, 51};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct rig rig = begin_modem(false);
		uint32_t nth = rows[i];

		fail_at(&rig, "shutdown", 1, QPAS_ERR_TZ);
		rig.board->fake.fail_on = true;
		rig.board->fake.hook = succeed_later;
		rig.board->fake.hook_user = &nth;
		assert_int_equal(qpas_shutdown(rig.context, &rig.err), 0);
		assert_int_equal(pauses.count, nth - 1);
		assert_true(pauses.nanoseconds == (int64_t)(nth - 1) * 100000000);
		assert_int_equal(board_state(rig.context), QPAS_STATE_STOPPED);
		rig.board->fake.hook = NULL;
		end(&rig);
	}
}

static void modem_that_never_stops_is_asked_51_times(void **state)
{
	struct rig rig = begin_modem(true);

	(void)state;
	fail_at(&rig, "shutdown", 1, QPAS_ERR_TZ);
	rig.board->fake.fail_on = true;
	assert_int_equal(qpas_shutdown(rig.context, &rig.err), QPAS_ERR_TZ);
	assert_int_equal(pauses.count, 50);
	assert_true(pauses.nanoseconds == INT64_C(5000000000));
	assert_int_equal(rig.board->fake.calls, 51);
	assert_false(fake_called(&rig.board->fake, "shutdown 36"));
	assert_int_equal(board_state(rig.context), QPAS_STATE_RUNNING);
	end(&rig);
}

static void cancel_ends_the_polling_and_leaves_the_modem_running(void **state)
{
	struct rig rig = begin_modem(false);

	(void)state;
	fail_at(&rig, "shutdown", 1, QPAS_ERR_TZ);
	rig.board->fake.fail_on = true;
	pauses.cancel_at = 3;
	assert_int_equal(qpas_shutdown(rig.context, &rig.err), QPAS_ERR_CANCELED);
	assert_int_equal(pauses.count, 3);
	assert_int_equal(board_state(rig.context), QPAS_STATE_RUNNING);
	pauses.cancel_at = 0;
	rig.board->fake.fail_code = 0;
	assert_int_equal(qpas_shutdown(rig.context, &rig.err), 0);
	end(&rig);
}

/* Only a refusal is worth another try, only for the modem itself, and only where its chip wants it. */
static void nothing_else_is_polled(void **state)
{
	static const struct {
		int code;
		int result;
	} rows[] = {{QPAS_ERR_UNSUPP, QPAS_ERR_UNSUPP},
		    {QPAS_ERR_BUSY, QPAS_ERR_BUSY},
		    {QPAS_ERR_UNKNOWN, QPAS_ERR_UNKNOWN},
		    {QPAS_ERR_TIMEOUT, QPAS_ERR_UNKNOWN}};
	struct rig rig;

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		rig = begin_modem(false);
		fail_at(&rig, "shutdown", 1, rows[i].code);
		rig.board->fake.fail_on = true;
		assert_int_equal(qpas_shutdown(rig.context, &rig.err), rows[i].result);
		assert_int_equal(pauses.count, 0);
		end(&rig);
	}
	rig = begin_modem(true);
	fail_at(&rig, "shutdown", 2, QPAS_ERR_TZ);
	assert_int_equal(qpas_shutdown(rig.context, &rig.err), QPAS_ERR_TZ);
	assert_int_equal(pauses.count, 0);
	end(&rig);
	rig = begin_in(QPAS_STATE_RUNNING);
	fail_at(&rig, "shutdown", 1, QPAS_ERR_TZ);
	assert_int_equal(qpas_shutdown(rig.context, &rig.err), QPAS_ERR_TZ);
	assert_int_equal(pauses.count, 0);
	end(&rig);
}

/* --- memory for VMs: ids at the edges of 32 and 64 bits --- */

static const struct qpas_carveout image_and_lent[] = {
	{"image", FAKE_REGION_0, FAKE_REGION_BYTES, 0, 0},
	{"lent", FAKE_LENT_0, 0x800000, 0, 0},
};

/* pas-interface.md section 5.3: the kernel accumulates them in an int. */
static void vm_ids_up_to_63_are_named_on_the_way_there_and_back(void **state)
{
	static const uint32_t ids[] = {1, 30, 31, 32, 33, 0x25, 0x33, 62, 63};

	(void)state;
	for (size_t i = 0; i < sizeof(ids) / sizeof(ids[0]) * 2; i++) {
		const bool shared = i & 1;
		const struct qpas_assign assign = {1, ids[i / 2], shared, 0};
		const uint64_t lent = UINT64_C(1) << ids[i / 2] | (shared ? HOST : 0);
		struct board *board = board_new();
		struct rig rig;

		board->peripheral.carveouts = image_and_lent;
		board->peripheral.carveout_count = 2;
		board->peripheral.assigns = &assign;
		board->peripheral.assign_count = 1;
		rig = begin_with(&fake_descriptor, board);
		assert_int_equal(boot(&rig), 0);
		assert_true(board->fake.vms[0] == lent);
		/* The scripted world refuses a call that does not name those that have it. */
		assert_int_equal(qpas_shutdown(rig.context, &rig.err), 0);
		assert_true(board->fake.vms[0] == HOST);
		end(&rig);
	}
}

/* --- the pool, two contexts at a time --- */

static void contexts_have_pools_of_their_own(void **state)
{
	struct qpas_context_params params = QPAS_CONTEXT_PARAMS_INIT;
	struct board *board = board_new();
	struct qpas_peripheral other = board->peripheral;
	struct qpas_context *second = NULL;
	struct rig rig = begin_with(&fake_descriptor, board);

	(void)state;
	other.pas_id = 36;
	other.carveouts = board->carveouts + 1;
	params.peripheral = &other;
	params.platform = board->platform;
	assert_int_equal(qpas_context_open(board->backend, NULL, &params, &second, &rig.err), 0);
	assert_int_equal(qpas_context_init_image(rig.context, board->image, &rig.err), 0);
	assert_int_equal(qpas_context_init_image(second, board->image, &rig.err), 0);
	assert_int_equal(board->fake.buffers, 2);
	assert_int_equal(board->fake.bridges, 2);
	/* The table's buffers come out of the one that is there. */
	assert_int_equal(qpas_context_rsc_table(second, (struct qpas_slice){NULL, 0}, NULL, NULL),
			 QPAS_ERR_NOTFOUND);
	assert_int_equal(board->fake.buffers, 2);
	assert_int_equal(qpas_context_release(rig.context, &rig.err), 0);
	assert_int_equal(board->fake.buffers, 1);
	assert_int_equal(board->fake.bridges, 1);
	assert_int_equal(qpas_context_mem_setup(second, &rig.err), 0);
	assert_int_equal(qpas_context_close(second), 0);
	end(&rig);
}

/* Nobody knows whether the bridge is there: its memory is never used again, and the next boot works. */
static void pool_whose_bridge_is_in_doubt_is_left_alone(void **state)
{
	static const int codes[] = {QPAS_ERR_UNKNOWN, QPAS_ERR_TZ};

	(void)state;
	for (uint32_t i = 0; i < 2; i++) {
		uint32_t kept = codes[i] == QPAS_ERR_UNKNOWN;
		struct rig rig = begin();

		fail_at(&rig, "bridge_create", 1, codes[i]);
		assert_int_equal(boot(&rig), codes[i]);
		assert_int_equal(board_state(rig.context), QPAS_STATE_NEW);
		assert_int_equal(rig.board->fake.buffers, kept);
		assert_int_equal(rig.board->fake.bridges, kept);
		rig.board->fake.fail_code = 0;
		assert_int_equal(boot(&rig), 0);
		assert_int_equal(qpas_context_close(rig.context), 0);
		assert_int_equal(rig.board->fake.buffers, kept);
		assert_int_equal(rig.board->fake.bridges, kept);
		board_free(rig.board);
	}
}

/* Metadata and a lost table share a pool: it stays until the metadata are no longer needed, then for ever. */
static void lost_pages_outlive_what_they_stand_beside(void **state)
{
	static const char *const made[] = {"rsc_table 1 in 16 out 16384",
					   "mem_setup 1 0x80000000 0x5000", "metadata_release 1",
					   NULL};
	struct rig rig = begin_in(QPAS_STATE_META);

	(void)state;
	fail_at(&rig, "rsc_table", 1, QPAS_ERR_TIMEOUT);
	assert_int_equal(qpas_context_rsc_table(rig.context, (struct qpas_slice){NULL, 0}, NULL,
						&rig.err),
			 QPAS_ERR_TIMEOUT);
	assert_int_equal(board_state(rig.context), QPAS_STATE_META);
	assert_int_equal(qpas_context_mem_setup(rig.context, &rig.err), 0);
	assert_int_equal(qpas_context_release(rig.context, &rig.err), 0);
	/* Neither bridge nor memory is given back. */
	fake_expect(&rig.board->fake, made);
	assert_int_equal(rig.board->fake.buffers, 1);
	assert_int_equal(rig.board->fake.bridges, 1);
	assert_int_equal(qpas_context_close(rig.context), 0);
	board_free(rig.board);
}

static size_t alloc_bytes;
static bool alloc_null;

/* Less than was asked for, or nothing at all, as a success. */
static int stingy_alloc(void *priv, size_t length, struct qpas_backend_buffer *buffer,
			struct qpas_error *err)
{
	int code = fake_descriptor.shared_alloc(priv, length, buffer, err);

	buffer->len = alloc_bytes;
	if (alloc_null)
		buffer->ptr = NULL;
	return code;
}

static void ignore_free(void *priv, const struct qpas_backend_buffer *buffer)
{
	struct qpas_backend_buffer whole = *buffer;

	if (buffer->ptr)
		fake_descriptor.shared_free(priv, &whole);
}

/* B03 for memory: a success without the memory is none. */
static void allocation_that_is_too_small_is_refused(void **state)
{
	static const struct {
		size_t bytes;
		bool null;
	} rows[] = {{0, false}, {4096, false}, {65535, false}, {65536, true}};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct qpas_backend_desc desc = fake_descriptor;
		struct rig rig;

		desc.shared_alloc = stingy_alloc;
		desc.shared_free = ignore_free;
		alloc_bytes = rows[i].bytes;
		alloc_null = rows[i].null;
		rig = begin_with(&desc, board_new());
		assert_int_equal(boot(&rig), QPAS_ERR_NOMEM);
		assert_int_equal(board_state(rig.context), QPAS_STATE_NEW);
		assert_int_equal(rig.board->fake.bridges, 0);
		assert_int_equal(rig.board->fake.buffers, rows[i].null ? 1 : 0);
		assert_int_equal(qpas_context_close(rig.context), 0);
		board_free(rig.board);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(attached_peripheral_is_watched_and_stopped_like_any_other),
		cmocka_unit_test(companion_of_an_attached_one_is_stopped_whether_it_was_up_or_not),
		cmocka_unit_test(attach_that_fails_adopts_nothing),
		cmocka_unit_test(companion_id_that_is_taken_is_busy_before_anything_is_asked),
		cmocka_unit_test(modem_that_decrypts_is_asked_until_it_stops),
		cmocka_unit_test(modem_that_never_stops_is_asked_51_times),
		cmocka_unit_test(cancel_ends_the_polling_and_leaves_the_modem_running),
		cmocka_unit_test(nothing_else_is_polled),
		cmocka_unit_test(vm_ids_up_to_63_are_named_on_the_way_there_and_back),
		cmocka_unit_test(contexts_have_pools_of_their_own),
		cmocka_unit_test(pool_whose_bridge_is_in_doubt_is_left_alone),
		cmocka_unit_test(lost_pages_outlive_what_they_stand_beside),
		cmocka_unit_test(allocation_that_is_too_small_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
