/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The server: takes requests from the mailbox, has the model answer them, plays the board around it.
 * One thread, one loop, no call that waits but poll().
 */
#ifndef QPAS_TOOL_TZ_SERVE_H
#define QPAS_TOOL_TZ_SERVE_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include <qpas/tzsim.h>

#include "board.h"
#include "box.h"
#include "dsp.h"
#include "journal.h"
#include "ram.h"

/* How the trusted world shall be. */
struct serve_options {
	uint32_t tz; /* enum qpas_tzsim_tz */
	uint32_t timeout_ms;
	struct qpas_slice tree; /* empty: the guest's own, in its RAM */
	const char *profile; /* lines of a profile */
};

struct server {
	struct serve_options options;
	struct ram ram;
	struct box box;
	struct journal journal;
	struct board board;
	struct dsps dsps;
	struct qpas_tzsim *model;
	int socket; /* of the secure UART, or one to listen on while `waits` */
	bool waits;
	int signals;
	pid_t child; /* 0: QEMU is somebody else's */
	uint32_t wake_interrupt; /* INTID that the kernel was told for its wait queues; 0: none */
	unsigned core; /* whose request is worked on */
	bool gone; /* that request was withdrawn, or nobody is there any more */
	bool off; /* the guest has said that it goes */
	bool ended; /* the loop is to end */
	bool told_to; /* by a signal */
	struct qpas_error err;
	int code;
};

/*
 * Serves until QEMU ends or a signal comes. `ram`, `socket`, `child` and the journal are set; all is
 * let go of by the caller. Exit code; the error is in server->err.
 */
int serve(struct server *server);

#endif
