/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The server's half of the mailbox (firmware/el3/mailbox.h): which slots are open, answers, and the
 * interrupts that wait to be raised. What stands in the page is the guest's: it is copied, and only
 * sequence numbers are compared.
 */
#ifndef QPAS_TOOL_TZ_BOX_H
#define QPAS_TOOL_TZ_BOX_H

#include <stdbool.h>
#include <stdint.h>

#include "../../../firmware/el3/mailbox.h"

#define BOX_SPIS 988u /* of a GICv3 */

struct box {
	volatile struct mailbox *page;
	int bell; /* socket of the secure UART; -1: nobody is there */
	uint32_t closed[MAILBOX_SLOTS]; /* sequence of the last answer, by our own book */
	uint32_t accepted[MAILBOX_SLOTS]; /* sequence of the request that is worked on */
	uint32_t produced;
	uint64_t waiting[(BOX_SPIS + 63) / 64]; /* SPIs that found the ring full */
};

struct box_request {
	uint32_t kind;
	uint64_t x[8];
};

/* Opens our block; `timeout_ms` is how long the relay waits without a beat. */
void box_open(struct box *box, volatile struct mailbox *page, uint32_t timeout_ms);
/* Whether a relay has been there, in this boot or one before. */
bool box_has_relay(const struct box *box);
void box_beat(struct box *box);

/* True if the slot is open; the request is then a copy, and the slot is being worked on. */
bool box_take(struct box *box, unsigned core, struct box_request *request);
/* Ends the request that was taken last, or asks for an access. */
void box_answer(struct box *box, unsigned core, uint32_t kind, const uint64_t x[8]);
/* Ends whatever the slot holds, unheard. */
void box_void(struct box *box, unsigned core);

/* Raises an SPI as soon as there is room. */
void box_raise(struct box *box, uint32_t spi);
/* Moves SPIs that waited into the ring. */
void box_flush(struct box *box);

#endif
