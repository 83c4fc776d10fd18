/* SPDX-License-Identifier: BSD-3-Clause */
/* A peripheral that runs, or did: what it tells, and what can be asked of it. */
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

#include <qpas/qpas.h>

#include "support/fake_rig.h"

#define STATES ((uint32_t)QPAS_STATE_UNKNOWN + 1)

static int64_t now(void)
{
	struct timespec at;

	assert_int_equal(clock_gettime(CLOCK_MONOTONIC, &at), 0);
	return at.tv_sec * INT64_C(1000000000) + at.tv_nsec;
}

/* --- events --- */

static void each_event_is_told_and_decides_the_state(void **state)
{
	static const struct {
		uint32_t type;
		uint32_t state;
		uint32_t ready;
	} rows[] = {
		{QPAS_EVENT_READY, QPAS_STATE_RUNNING, QPAS_READY_YES},
		{QPAS_EVENT_CRASH, QPAS_STATE_CRASHED, QPAS_READY_NO},
		{QPAS_EVENT_FAULT, QPAS_STATE_CRASHED, QPAS_READY_NO},
		{QPAS_EVENT_STOPPED, QPAS_STATE_CRASHED, QPAS_READY_NO},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct rig rig = begin_in(QPAS_STATE_RUNNING);
		struct qpas_context_event event = QPAS_CONTEXT_EVENT_INIT;

		assert_int_equal(ready_of(&rig), QPAS_READY_UNKNOWN);
		rig.board->fake.event = rows[i].type;
		assert_int_equal(qpas_context_wait_event(rig.context, QPAS_NO_DEADLINE, &event,
							 &rig.err),
				 0);
		assert_int_equal(event.type, rows[i].type);
		assert_int_equal(event.stream, 0x3000);
		assert_true(event.address == 0x95900000);
		assert_string_equal(event.text, "out of coffee");
		assert_int_equal(board_state(rig.context), rows[i].state);
		assert_int_equal(ready_of(&rig), rows[i].ready);
		/* What died is asked nothing more; only a shutdown is left, and a start after it. */
		rig.board->fake.event = QPAS_EVENT_READY;
		fake_clear(&rig.board->fake);
		if (rows[i].state == QPAS_STATE_CRASHED) {
			assert_int_equal(qpas_context_wait_event(rig.context, 0, &event, &rig.err),
					 QPAS_ERR_STATE);
			assert_int_equal(boot(&rig), QPAS_ERR_STATE);
			assert_int_equal(rig.board->fake.calls, 0);
		}
		assert_int_equal(qpas_shutdown(rig.context, &rig.err), 0);
		assert_int_equal(boot(&rig), 0);
		end(&rig);
	}
}

/* A15: what a processor says goes to terminals and logs. */
static void hostile_text_of_a_processor_is_bounded_and_harmless(void **state)
{
	static const char nasty[] = "\x1b[2J\r\n\t\x01\x7f%n%s";
	struct qpas_context_event event = QPAS_CONTEXT_EVENT_INIT;
	struct rig rig = begin_in(QPAS_STATE_RUNNING);

	(void)state;
	memset(rig.board->fake.event_text, 'A', sizeof(rig.board->fake.event_text));
	assert_int_equal(qpas_context_wait_event(rig.context, 0, &event, &rig.err), 0);
	assert_int_equal(strlen(event.text), sizeof(event.text) - 1);
	memset(rig.board->fake.event_text, 0, sizeof(rig.board->fake.event_text));
	memcpy(rig.board->fake.event_text, nasty, sizeof(nasty));
	/* Bytes behind the text are not the caller's to see. */
	rig.board->fake.event_text[100] = 'x';
	assert_int_equal(qpas_context_wait_event(rig.context, 0, &event, &rig.err), 0);
	assert_string_equal(event.text, "?[2J?????%n%s");
	assert_int_equal(event.text[100], 0);
	rig.board->fake.event = QPAS_EVENT_CRASH;
	assert_int_equal(qpas_context_wait_ready(rig.context, 0, &rig.err), QPAS_ERR_BACKEND);
	assert_string_equal(rig.err.text, "adsp crashed before it was ready: "
					  "\\x1b[2J\\x0d\\x0a\\x09\\x01\\x7f%n%s.");
	end(&rig);
}

static void events_of_no_known_type_are_not_told(void **state)
{
	static const uint32_t types[] = {5, 100, UINT32_MAX};
	struct qpas_context_event event = QPAS_CONTEXT_EVENT_INIT;

	(void)state;
	for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++) {
		struct rig rig = begin_in(QPAS_STATE_RUNNING);

		rig.board->fake.event = types[i];
		rig.board->fake.quiet = true;
		event.type = 77;
		assert_int_equal(qpas_context_wait_event(rig.context, now() + 1000000, &event,
							 &rig.err),
				 QPAS_ERR_TIMEOUT);
		assert_int_equal(event.type, 77);
		assert_int_equal(board_state(rig.context), QPAS_STATE_RUNNING);
		assert_int_equal(ready_of(&rig), QPAS_READY_UNKNOWN);
		end(&rig);
	}
}

static void third_call_brings_a_known_event(struct fake *fake, const char *slot)
{
	uint32_t *asked = fake->hook_user;

	if (!strcmp(slot, "wait_event") && ++*asked == 3)
		fake->event = QPAS_EVENT_STOPPED;
}

static void known_event_behind_unknown_ones_is_found(void **state)
{
	struct qpas_context_event event = QPAS_CONTEXT_EVENT_INIT;
	struct rig rig = begin_in(QPAS_STATE_RUNNING);
	uint32_t asked = 0;

	(void)state;
	rig.board->fake.event = 1000;
	rig.board->fake.hook = third_call_brings_a_known_event;
	rig.board->fake.hook_user = &asked;
	assert_int_equal(qpas_context_wait_event(rig.context, QPAS_NO_DEADLINE, &event, &rig.err),
			 0);
	assert_int_equal(event.type, QPAS_EVENT_STOPPED);
	assert_int_equal(asked, 3);
	rig.board->fake.hook = NULL;
	end(&rig);
}

static void nothing_until_the_deadline_is_a_timeout_that_changes_nothing(void **state)
{
	static const int64_t deadlines[] = {0, 1};

	(void)state;
	for (size_t i = 0; i < sizeof(deadlines) / sizeof(deadlines[0]); i++) {
		struct qpas_context_event event = QPAS_CONTEXT_EVENT_INIT;
		struct rig rig = begin_in(QPAS_STATE_RUNNING);

		rig.board->fake.event = 0;
		assert_int_equal(qpas_context_wait_event(rig.context, deadlines[i], &event,
							 &rig.err),
				 QPAS_ERR_TIMEOUT);
		assert_string_equal(rig.err.text, "Nothing happened to adsp until the deadline.");
		assert_int_equal(rig.err.stage, QPAS_STAGE_READY);
		/* One that has passed asks once all the same. */
		assert_int_equal(rig.board->fake.calls, 1);
		assert_int_equal(event.type, 0);
		assert_int_equal(board_state(rig.context), QPAS_STATE_RUNNING);
		rig.board->fake.event = QPAS_EVENT_READY;
		assert_int_equal(
			qpas_context_wait_event(rig.context, deadlines[i], &event, &rig.err), 0);
		end(&rig);
	}
}

struct waits {
	uint32_t count;
	int64_t last;
};

static struct waits waits;

/* As a backend should: not before its deadline. */
static int patient_wait(void *priv, uint32_t pas_id, int64_t deadline,
			struct qpas_backend_event *event, struct qpas_error *err)
{
	struct timespec until = {deadline / 1000000000, deadline % 1000000000};

	(void)priv;
	(void)pas_id;
	(void)event;
	(void)err;
	waits.count++;
	waits.last = deadline;
	(void)clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &until, NULL);
	return QPAS_ERR_TIMEOUT;
}

static struct rig begin_patient(void)
{
	struct qpas_boot_params params = QPAS_BOOT_PARAMS_INIT;
	struct qpas_backend_desc desc = fake_descriptor;
	struct rig rig;

	desc.wait_event = patient_wait;
	rig = begin_with(&desc, board_new());
	params.flags = QPAS_BOOT_NO_WAIT;
	assert_int_equal(qpas_boot(rig.context, rig.board->image, &params, &rig.err), 0);
	memset(&waits, 0, sizeof(waits));
	return rig;
}

static void long_waits_are_made_of_slices_that_end_at_the_deadline(void **state)
{
	struct qpas_context_event event = QPAS_CONTEXT_EVENT_INIT;
	struct rig rig = begin_patient();
	int64_t deadline = now() + 230000000;

	(void)state;
	assert_int_equal(qpas_context_wait_event(rig.context, deadline, &event, &rig.err),
			 QPAS_ERR_TIMEOUT);
	assert_true(now() >= deadline);
	assert_true(waits.count >= 3);
	assert_true(waits.last == deadline);
	end(&rig);
}

static void *cancel_soon(void *user)
{
	struct timespec soon = {0, 30000000};

	(void)clock_nanosleep(CLOCK_MONOTONIC, 0, &soon, NULL);
	qpas_context_cancel(user);
	return NULL;
}

/* A13 */
static void cancel_from_another_thread_ends_a_wait_for_events(void **state)
{
	struct qpas_context_event event = QPAS_CONTEXT_EVENT_INIT;
	struct rig rig = begin_patient();
	pthread_t thread;

	(void)state;
	assert_int_equal(pthread_create(&thread, NULL, cancel_soon, rig.context), 0);
	assert_int_equal(qpas_context_wait_event(rig.context, QPAS_NO_DEADLINE, &event, &rig.err),
			 QPAS_ERR_CANCELED);
	assert_int_equal(pthread_join(thread, NULL), 0);
	assert_int_equal(board_state(rig.context), QPAS_STATE_RUNNING);
	assert_int_equal(event.type, 0);
	/* It ended that call and no later one. */
	assert_int_equal(qpas_context_wait_event(rig.context, 1, &event, &rig.err),
			 QPAS_ERR_TIMEOUT);
	end(&rig);
}

static void backend_without_events_says_so(void **state)
{
	struct qpas_context_event event = QPAS_CONTEXT_EVENT_INIT;
	struct board *board = board_new();
	struct rig rig;
	int fd = 7;

	(void)state;
	board->fake.caps &= ~QPAS_CAP_EVENTS;
	rig = begin_with(&fake_descriptor, board);
	assert_int_equal(boot(&rig), 0);
	fake_clear(&board->fake);
	assert_int_equal(qpas_context_wait_event(rig.context, 0, &event, &rig.err),
			 QPAS_ERR_UNSUPP);
	assert_int_equal(board->fake.calls, 0);
	assert_int_equal(qpas_context_fd(rig.context, &fd, &rig.err), QPAS_ERR_UNSUPP);
	assert_int_equal(fd, -1);
	end(&rig);
}

static void descriptor_of_events_is_the_backends(void **state)
{
	struct rig rig = begin();
	int fd = 7;

	(void)state;
	rig.board->fake.event_fd = 42;
	assert_int_equal(qpas_context_fd(rig.context, &fd, &rig.err), 0);
	assert_int_equal(fd, 42);
	assert_true(fake_called(&rig.board->fake, "event_fd 1"));
	/* Any negative number means that there is none. */
	rig.board->fake.event_fd = -22;
	assert_int_equal(qpas_context_fd(rig.context, &fd, &rig.err), QPAS_ERR_UNSUPP);
	assert_int_equal(fd, -1);
	end(&rig);
}

/* --- calls for one that runs, and reading one that did --- */

static const struct qpas_video_ranges iris = {0, 0x25800000, 0x1000000, 0x24800000};

static int call_wait_event(struct rig *rig)
{
	struct qpas_context_event event = QPAS_CONTEXT_EVENT_INIT;

	return qpas_context_wait_event(rig->context, 0, &event, &rig->err);
}

static int call_remote_state(struct rig *rig)
{
	return qpas_context_set_remote_state(rig->context, 1, &rig->err);
}

static int call_protect(struct rig *rig)
{
	return qpas_context_protect_video(rig->context, &iris, &rig->err);
}

static int call_read(struct rig *rig)
{
	uint8_t bytes[16];

	return qpas_context_read(rig->context, 0x1000, bytes, sizeof(bytes), &rig->err);
}

static const struct call {
	const char *slot;
	int (*make)(struct rig *rig);
	uint32_t allowed;
	int result; /* of the scripted backend: a DSP has no video ranges */
	const char *transcript;
} calls[] = {
	{"wait_event", call_wait_event, QPAS_STATE_RUNNING, 0, "wait_event 1"},
	{"set_remote_state", call_remote_state, QPAS_STATE_RUNNING, 0, "set_remote_state 1 1"},
	{"protect_video", call_protect, QPAS_STATE_RUNNING, QPAS_ERR_UNSUPP, NULL},
	{"region_read", call_read, QPAS_STATE_STOPPED, 0, "region_read 1 0x1000 0x10"},
};

#define CALLS (sizeof(calls) / sizeof(calls[0]))

/* B10 for the calls that change no state. */
static void each_call_is_for_one_state_and_reaches_no_slot_in_the_others(void **state)
{
	(void)state;
	for (uint32_t from = 0; from < STATES; from++) {
		for (size_t i = 0; i < CALLS; i++) {
			struct rig rig = begin_in(from);
			const char *const made[] = {calls[i].transcript, NULL};
			const char *const none[] = {NULL};
			bool allowed = from == calls[i].allowed;
			int code = calls[i].make(&rig);

			if (code != (allowed ? calls[i].result : QPAS_ERR_STATE))
				fail_msg("%s in state %u: %d", calls[i].slot, from, code);
			fake_expect(&rig.board->fake, allowed ? made : none);
			assert_int_equal(board_state(rig.context), from);
			end(&rig);
		}
	}
}

static struct rig begin_video(void)
{
	struct board *board = board_new();
	struct rig rig;

	board->peripheral.kind = QPAS_KIND_VIDEO;
	board->peripheral.pas_id = 9;
	board->fake.pas_id[0] = 9;
	board->peripheral.flags = QPAS_PERIPHERAL_ENABLED | QPAS_PERIPHERAL_PAS |
				  QPAS_PERIPHERAL_READY_SIGNAL;
	board->peripheral.stream_count = 0;
	board->fake.host_level = 1;
	rig = begin_with(&fake_descriptor, board);
	assert_int_equal(boot(&rig), 0);
	fake_clear(&board->fake);
	return rig;
}

static void ranges_of_a_video_core_are_protected(void **state)
{
	static const char *const made[] = {"protect_video 9 0x0 0x25800000 0x1000000 0x24800000",
					   NULL};
	struct rig rig = begin_video();

	(void)state;
	assert_int_equal(call_protect(&rig), 0);
	fake_expect(&rig.board->fake, made);
	end(&rig);
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
	QPAS_ERR_UNSUPP,
	QPAS_ERR_BACKEND,
	QPAS_ERR_TZ,
	-1,
	-9999,
	-2147483647 - 1,
	1,
};

/* B01: each answer of each of these slots, and none of them changes what the context is. */
static void any_answer_is_passed_on_and_changes_no_state(void **state)
{
	(void)state;
	for (size_t i = 0; i < CALLS; i++) {
		for (size_t k = 0; k < sizeof(classes) / sizeof(classes[0]); k++) {
			bool video = !strcmp(calls[i].slot, "protect_video");
			struct rig rig = video ? begin_video() : begin_in(calls[i].allowed);
			bool known = classes[k] < -1 && classes[k] > -9999;
			int wanted = known ? classes[k] : QPAS_ERR_BACKEND;
			int code;

			fail_at(&rig, calls[i].slot, 1, classes[k]);
			code = calls[i].make(&rig);
			if (code != wanted || rig.err.code != wanted || !rig.err.text[0] ||
			    !rig.err.message_id)
				fail_msg("%s answers %d: %d \"%s\"", calls[i].slot, classes[k],
					 code, rig.err.text);
			assert_int_equal(board_state(rig.context), calls[i].allowed);
			rig.board->fake.fail_code = 0;
			assert_int_equal(calls[i].make(&rig), 0);
			end(&rig);
		}
	}
}

static void backend_without_the_slot_answers_unsupported(void **state)
{
	struct qpas_backend_desc desc = fake_descriptor;
	uint8_t byte;
	struct rig rig;

	(void)state;
	desc.set_remote_state = NULL;
	desc.region_read = NULL;
	desc.event_fd = NULL;
	rig = begin_with(&desc, board_new());
	assert_int_equal(boot(&rig), 0);
	assert_int_equal(call_remote_state(&rig), QPAS_ERR_UNSUPP);
	assert_int_equal(board_state(rig.context), QPAS_STATE_RUNNING);
	assert_int_equal(qpas_shutdown(rig.context, &rig.err), 0);
	assert_int_equal(qpas_context_read(rig.context, 0, &byte, 1, &rig.err), QPAS_ERR_UNSUPP);
	end(&rig);
}

static void reading_stays_inside_of_the_carveout(void **state)
{
	static const struct {
		uint64_t offset;
		size_t length;
		int code;
	} rows[] = {
		{0, FAKE_REGION_BYTES, 0},
		{FAKE_REGION_BYTES - 1, 1, 0},
		{FAKE_REGION_BYTES, 0, 0},
		{FAKE_REGION_BYTES, 1, QPAS_ERR_RANGE},
		{FAKE_REGION_BYTES + 1, 0, QPAS_ERR_RANGE},
		{1, FAKE_REGION_BYTES, QPAS_ERR_RANGE},
		{UINT64_MAX, 1, QPAS_ERR_RANGE},
		{UINT64_MAX, 0, QPAS_ERR_RANGE},
		{0x10, SIZE_MAX, QPAS_ERR_RANGE},
	};
	static uint8_t bytes[FAKE_REGION_BYTES];
	struct rig rig = begin_in(QPAS_STATE_STOPPED);

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		uint32_t made = rig.board->fake.calls;
		int code = qpas_context_read(rig.context, rows[i].offset, bytes, rows[i].length,
					     &rig.err);

		if (code != rows[i].code)
			fail_msg("row %zu: %d", i, code);
		assert_int_equal(rig.board->fake.calls - made, !code && rows[i].length ? 1 : 0);
	}
	assert_int_equal(qpas_context_read(rig.context, 0, bytes, sizeof(bytes), &rig.err), 0);
	assert_memory_equal(bytes, rig.board->fake.region[0], sizeof(bytes));
	assert_false(fake_region_clean(&rig.board->fake, 0));
	end(&rig);
}

/* --- the caller's mistakes --- */

/* A01 */
static void null_is_refused_for_each_parameter(void **state)
{
	struct qpas_context_event event = QPAS_CONTEXT_EVENT_INIT;
	struct rig rig = begin_in(QPAS_STATE_RUNNING);
	uint8_t byte;
	int fd = 7;

	(void)state;
	assert_int_equal(qpas_context_wait_event(NULL, 0, &event, NULL), QPAS_ERR_ARG);
	assert_int_equal(qpas_context_wait_event(rig.context, 0, NULL, NULL), QPAS_ERR_ARG);
	assert_int_equal(qpas_context_fd(NULL, &fd, NULL), QPAS_ERR_ARG);
	assert_int_equal(fd, -1);
	assert_int_equal(qpas_context_fd(rig.context, NULL, NULL), QPAS_ERR_ARG);
	assert_int_equal(qpas_context_set_remote_state(NULL, 0, NULL), QPAS_ERR_ARG);
	assert_int_equal(qpas_context_protect_video(NULL, &iris, NULL), QPAS_ERR_ARG);
	assert_int_equal(qpas_context_protect_video(rig.context, NULL, NULL), QPAS_ERR_ARG);
	assert_int_equal(qpas_context_read(NULL, 0, &byte, 1, NULL), QPAS_ERR_ARG);
	assert_int_equal(rig.board->fake.calls, 0);
	assert_int_equal(qpas_shutdown(rig.context, NULL), 0);
	assert_int_equal(qpas_context_read(rig.context, 0, NULL, 1, NULL), QPAS_ERR_ARG);
	assert_int_equal(qpas_context_read(rig.context, 0, NULL, 0, NULL), 0);
	end(&rig);
}

/* A02 */
static void sizes_of_event_and_error_follow_the_rule(void **state)
{
	static const uint32_t v1 = sizeof(struct qpas_context_event);
	static const struct {
		uint32_t size;
		bool dirty;
		int code;
	} rows[] = {
		{0, false, QPAS_ERR_ABI},
		{4, false, QPAS_ERR_ABI},
		{v1 - 1, false, QPAS_ERR_ABI},
		{v1, false, 0},
		{v1 + 8, false, 0},
		{v1 + 8, true, QPAS_ERR_ABI},
		{4096, false, 0},
		{4097, false, QPAS_ERR_ABI},
	};
	struct rig rig = begin_in(QPAS_STATE_RUNNING);
	struct qpas_error small = QPAS_ERROR_INIT;
	uint8_t byte = 0;
	int fd = 7;

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		union {
			struct qpas_context_event event;
			uint8_t bytes[8192];
		} grown;
		int code;

		memset(&grown, 0, sizeof(grown));
		grown.event.size = rows[i].size;
		if (rows[i].dirty)
			grown.bytes[v1 + 3] = 1;
		fake_clear(&rig.board->fake);
		code = qpas_context_wait_event(rig.context, 0, &grown.event, NULL);
		if (code != rows[i].code)
			fail_msg("event of %u bytes: %d", rows[i].size, code);
		assert_int_equal(rig.board->fake.calls, code ? 0 : 1);
		assert_int_equal(grown.event.size, rows[i].size);
	}
	small.size = 8;
	fake_clear(&rig.board->fake);
	assert_int_equal(qpas_context_fd(rig.context, &fd, &small), QPAS_ERR_ABI);
	assert_int_equal(qpas_context_set_remote_state(rig.context, 0, &small), QPAS_ERR_ABI);
	assert_int_equal(qpas_context_protect_video(rig.context, &iris, &small), QPAS_ERR_ABI);
	assert_int_equal(qpas_context_read(rig.context, 0, &byte, 1, &small), QPAS_ERR_ABI);
	assert_int_equal(rig.board->fake.calls, 0);
	end(&rig);
}

struct back {
	struct rig *rig;
	int codes[5];
};

static void call_back(struct fake *fake, const char *slot)
{
	struct qpas_context_event event = QPAS_CONTEXT_EVENT_INIT;
	struct back *back = fake->hook_user;
	struct qpas_context *context = back->rig->context;
	uint8_t byte;
	int fd;

	if (strcmp(slot, "set_remote_state") != 0)
		return;
	back->codes[0] = qpas_context_wait_event(context, 0, &event, NULL);
	back->codes[1] = qpas_context_fd(context, &fd, NULL);
	back->codes[2] = qpas_context_set_remote_state(context, 0, NULL);
	back->codes[3] = qpas_context_protect_video(context, &iris, NULL);
	back->codes[4] = qpas_context_read(context, 0, &byte, 1, NULL);
}

/* B15 */
static void slot_that_calls_back_gets_state(void **state)
{
	struct rig rig = begin_in(QPAS_STATE_RUNNING);
	struct back back = {&rig, {0}};

	(void)state;
	rig.board->fake.hook = call_back;
	rig.board->fake.hook_user = &back;
	assert_int_equal(call_remote_state(&rig), 0);
	for (size_t i = 0; i < 5; i++)
		assert_int_equal(back.codes[i], QPAS_ERR_STATE);
	rig.board->fake.hook = NULL;
	end(&rig);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_event_is_told_and_decides_the_state),
		cmocka_unit_test(hostile_text_of_a_processor_is_bounded_and_harmless),
		cmocka_unit_test(events_of_no_known_type_are_not_told),
		cmocka_unit_test(known_event_behind_unknown_ones_is_found),
		cmocka_unit_test(nothing_until_the_deadline_is_a_timeout_that_changes_nothing),
		cmocka_unit_test(long_waits_are_made_of_slices_that_end_at_the_deadline),
		cmocka_unit_test(cancel_from_another_thread_ends_a_wait_for_events),
		cmocka_unit_test(backend_without_events_says_so),
		cmocka_unit_test(descriptor_of_events_is_the_backends),
		cmocka_unit_test(each_call_is_for_one_state_and_reaches_no_slot_in_the_others),
		cmocka_unit_test(ranges_of_a_video_core_are_protected),
		cmocka_unit_test(any_answer_is_passed_on_and_changes_no_state),
		cmocka_unit_test(backend_without_the_slot_answers_unsupported),
		cmocka_unit_test(reading_stays_inside_of_the_carveout),
		cmocka_unit_test(null_is_refused_for_each_parameter),
		cmocka_unit_test(sizes_of_event_and_error_follow_the_rule),
		cmocka_unit_test(slot_that_calls_back_gets_state),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
