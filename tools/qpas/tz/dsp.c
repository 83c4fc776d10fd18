/* SPDX-License-Identifier: BSD-3-Clause */
/* State words and time of remote processors. Order of signals: qcom_q6v5.c of Linux 7.2. */
#include "dsp.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "smem.h"

#define MS INT64_C(1000000)

/* From the start to the first words, how often the kernel's word is read, how often the model is. */
#define BOOT_TIME  (20 * MS)
#define WORD_EVERY (20 * MS)
#define LOOK_EVERY (500 * MS)

#define TEXT_LENGTH 224u
/* How the model begins what it says of a processor that its watchdog ended. */
#define WATCHDOG_TEXT "watchdog bite: "

void dsps_init(struct dsps *dsps, const struct ram *ram, const struct board *board,
	       const struct dsp_host *host)
{
	memset(dsps, 0, sizeof(*dsps));
	dsps->ram = ram;
	dsps->board = board;
	dsps->host = *host;
}

static void tell(const struct dsps *dsps, uint32_t i, const char *what, const char *text)
{
	dsps->host.tell(dsps->host.user, &dsps->board->processors[i], what, text);
}

/* The word first, then the doorbell: the kernel reads it in the interrupt. */
static void say(struct dsps *dsps, uint32_t i, uint32_t word, const char *what)
{
	const struct board_processor *processor = &dsps->board->processors[i];

	dsps->at[i].word = word;
	if (processor->doorbell == BOARD_NO_SPI)
		return;
	if (!smem_set_state(dsps->ram, dsps->board, processor, word))
		tell(dsps, i, what, "its item of shared memory is damaged, so nobody hears it");
	else
		dsps->host.raise(dsps->host.user, processor->doorbell);
}

void dsps_adopt(struct dsps *dsps, int64_t now)
{
	uint32_t i;

	for (i = 0; i < dsps->board->processor_count; i++) {
		const struct board_processor *processor = &dsps->board->processors[i];
		uint32_t word = smem_last_state(dsps->ram, dsps->board, processor);

		if (!(word & processor->in[BIT_READY]) || (word & processor->in[BIT_FATAL]))
			continue;
		dsps->at[i].state = DSP_RUNNING;
		dsps->at[i].word = word;
		dsps->at[i].due = now;
		dsps->at[i].look = now + LOOK_EVERY;
	}
}

void dsps_changed(struct dsps *dsps, uint32_t pas_id, bool running, int64_t now)
{
	uint32_t i;

	for (i = 0; i < dsps->board->processor_count; i++) {
		if (dsps->board->processors[i].pas_id != pas_id)
			continue;
		dsps->at[i].state = running ? DSP_STARTING : DSP_OFF;
		dsps->at[i].due = now + BOOT_TIME;
		/* Told as well, so that the kernel sees the same bits rise again. */
		if (!running && dsps->at[i].word)
			say(dsps, i, 0, "off");
	}
}

static void die(struct dsps *dsps, uint32_t i, const char *what, const char *text)
{
	const struct board_processor *processor = &dsps->board->processors[i];

	dsps->at[i].state = DSP_DEAD;
	smem_set_reason(dsps->ram, dsps->board, processor, text);
	tell(dsps, i, what, text);
	say(dsps, i, dsps->at[i].word | processor->in[BIT_FATAL], what);
}

/* One that hangs says nothing any more: its watchdog does. */
static void bite(struct dsps *dsps, uint32_t i, const char *text)
{
	const struct board_processor *processor = &dsps->board->processors[i];

	dsps->at[i].state = DSP_DEAD;
	tell(dsps, i, "watchdog bite", text);
	if (processor->watchdog != BOARD_NO_SPI)
		dsps->host.raise(dsps->host.user, processor->watchdog);
}

/* What the processor said, with the access that a fault is about. */
static void describe(const struct qpas_backend_event *event, char *text, size_t room)
{
	if (event->type == QPAS_EVENT_FAULT)
		snprintf(text, room, "%s of %#" PRIx64 " by stream %#" PRIx32 ": %s",
			 event->write ? "write" : "read", event->address, event->stream,
			 event->text);
	else
		snprintf(text, room, "%s", event->text);
}

/* One that cannot fetch its first instruction says nothing: the kernel's time runs out. */
static void stay_silent(struct dsps *dsps, uint32_t i, const char *text)
{
	dsps->at[i].state = DSP_DEAD;
	tell(dsps, i, "fault before ready", text);
}

static void start(struct dsps *dsps, uint32_t i, int64_t now)
{
	const struct board_processor *processor = &dsps->board->processors[i];
	struct qpas_backend_event event;
	char text[TEXT_LENGTH];

	if (!dsps->host.event(dsps->host.user, processor->pas_id, &event)) {
		dsps->at[i].state = DSP_DEAD;
		tell(dsps, i, "never ready", "it was asked to say nothing");
		return;
	}
	describe(&event, text, sizeof(text));
	if (event.type == QPAS_EVENT_FAULT) {
		stay_silent(dsps, i, text);
		return;
	}
	if (event.type != QPAS_EVENT_READY) {
		die(dsps, i, "crash", text);
		return;
	}
	dsps->at[i].state = DSP_RUNNING;
	dsps->at[i].due = now + WORD_EVERY;
	dsps->at[i].look = now + LOOK_EVERY;
	tell(dsps, i, "ready", "");
	say(dsps, i, processor->in[BIT_READY] | processor->in[BIT_HANDOVER], "ready");
}

static void look_at_word(struct dsps *dsps, uint32_t i)
{
	const struct board_processor *processor = &dsps->board->processors[i];
	uint32_t word = 0;

	if (!smem_get_state(dsps->ram, dsps->board, processor, &word) || !(word & processor->stop))
		return;
	dsps->at[i].state = DSP_STOPPED;
	tell(dsps, i, "stop requested", "");
	say(dsps, i, dsps->at[i].word | processor->in[BIT_STOP_ACK], "stop-ack");
}

static void look_at_model(struct dsps *dsps, uint32_t i)
{
	struct qpas_backend_event event;
	char text[TEXT_LENGTH];

	if (!dsps->host.event(dsps->host.user, dsps->board->processors[i].pas_id, &event))
		return;
	describe(&event, text, sizeof(text));
	if (strncmp(text, WATCHDOG_TEXT, strlen(WATCHDOG_TEXT)) == 0)
		bite(dsps, i, text + strlen(WATCHDOG_TEXT));
	else
		die(dsps, i, event.type == QPAS_EVENT_FAULT ? "fault" : "crash", text);
}

static void run(struct dsps *dsps, uint32_t i, int64_t now)
{
	struct dsp *dsp = &dsps->at[i];

	dsp->due = now + WORD_EVERY;
	look_at_word(dsps, i);
	if (dsp->state != DSP_RUNNING || now < dsp->look)
		return;
	dsp->look = now + LOOK_EVERY;
	look_at_model(dsps, i);
}

int64_t dsps_tick(struct dsps *dsps, int64_t now)
{
	int64_t next = INT64_MAX;
	uint32_t i;

	for (i = 0; i < dsps->board->processor_count; i++) {
		struct dsp *dsp = &dsps->at[i];

		if (dsp->state == DSP_STARTING && now >= dsp->due)
			start(dsps, i, now);
		else if (dsp->state == DSP_RUNNING && now >= dsp->due)
			run(dsps, i, now);
		if ((dsp->state == DSP_STARTING || dsp->state == DSP_RUNNING) && dsp->due < next)
			next = dsp->due;
	}
	return next;
}

uint32_t dsps_crash(struct dsps *dsps, bool watchdog)
{
	uint32_t count = 0, i;

	for (i = 0; i < dsps->board->processor_count; i++) {
		if (dsps->at[i].state != DSP_RUNNING)
			continue;
		count++;
		if (watchdog)
			bite(dsps, i, "asked for");
		else
			die(dsps, i, "crash", "err_fatal: asked to crash now");
	}
	return count;
}

uint32_t dsps_running(const struct dsps *dsps)
{
	uint32_t count = 0, i;

	for (i = 0; i < dsps->board->processor_count; i++)
		count += dsps->at[i].state == DSP_RUNNING;
	return count;
}
