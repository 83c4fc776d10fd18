/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Remote processors as the kernel's driver sees them: ready and handover after a start, stop-ack
 * after a stop request, fatal or a watchdog bite after a crash. Whether one runs at all is the
 * model's to say; this gives it time, state words and interrupts. Nothing here blocks.
 */
#ifndef QPAS_TOOL_TZ_DSP_H
#define QPAS_TOOL_TZ_DSP_H

#include <stdbool.h>
#include <stdint.h>

#include <qpas/backend.h>

#include "board.h"
#include "ram.h"

enum dsp_state { DSP_OFF, DSP_STARTING, DSP_RUNNING, DSP_STOPPED, DSP_DEAD };

struct dsp {
	enum dsp_state state;
	uint32_t word; /* to the kernel */
	int64_t due; /* when the next thing happens; meaningless when off */
	int64_t look; /* when the model is asked next */
};

/* What the processors need of the server. */
struct dsp_host {
	void *user;
	/* What the model says about a processor; false: nothing. */
	bool (*event)(void *user, uint32_t pas_id, struct qpas_backend_event *event);
	void (*raise)(void *user, uint32_t spi);
	/* For the log. */
	void (*tell)(void *user, const struct board_processor *processor, const char *what,
		     const char *text);
};

struct dsps {
	const struct ram *ram;
	const struct board *board;
	struct dsp_host host;
	struct dsp at[BOARD_PROCESSORS];
};

void dsps_init(struct dsps *dsps, const struct ram *ram, const struct board *board,
	       const struct dsp_host *host);
/* Takes processors that a server before this one had started as running. */
void dsps_adopt(struct dsps *dsps, int64_t now);
/* The trusted world started or stopped one. */
void dsps_changed(struct dsps *dsps, uint32_t pas_id, bool running, int64_t now);
/* Does what is due; when the next thing is, or INT64_MAX. */
int64_t dsps_tick(struct dsps *dsps, int64_t now);
/* Kills all that run: by a word (fatal), or by the watchdog. How many there were. */
uint32_t dsps_crash(struct dsps *dsps, bool watchdog);
uint32_t dsps_running(const struct dsps *dsps);

#endif
