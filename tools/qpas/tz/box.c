/* SPDX-License-Identifier: BSD-3-Clause */
/* Flags, copies and bells of the mailbox. */
#define _GNU_SOURCE
#include "box.h"

#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static uint32_t load(const volatile uint32_t *flag)
{
	return __atomic_load_n(flag, __ATOMIC_ACQUIRE);
}

static void store(volatile uint32_t *flag, uint32_t value)
{
	__atomic_store_n(flag, value, __ATOMIC_RELEASE);
}

/* One that is not heard is dropped: an unread one is on its way then. */
static void ring(const struct box *box)
{
	if (box->bell >= 0 && send(box->bell, "!", 1, MSG_DONTWAIT | MSG_NOSIGNAL) < 0)
		return;
}

/* Sequences go on from what a server before this one has answered. */
void box_open(struct box *box, volatile struct mailbox *page, uint32_t timeout_ms)
{
	unsigned i;

	memset(box, 0, sizeof(*box));
	box->page = page;
	box->bell = -1;
	box->produced = load(&page->server.ev_prod);
	for (i = 0; i < MAILBOX_SLOTS; i++)
		box->closed[i] = load(&page->slots[i].answer.seq);
	page->server.version = MAILBOX_VERSION;
	page->server.h_gen = (uint32_t)getpid();
	page->server.tick_us = 0;
	page->server.timeout_ms = timeout_ms;
	store(&page->server.magic, MAILBOX_MAGIC);
}

bool box_has_relay(const struct box *box)
{
	return load(&box->page->relay.magic) == MAILBOX_MAGIC;
}

void box_beat(struct box *box)
{
	store(&box->page->server.beat, box->page->server.beat + 1);
}

bool box_take(struct box *box, unsigned core, struct box_request *request)
{
	const volatile struct mailbox_request *from = &box->page->slots[core].request;
	uint32_t seq = load(&from->seq);
	unsigned i;

	if (seq == box->closed[core])
		return false;
	box->accepted[core] = seq;
	request->kind = from->kind;
	for (i = 0; i < 8; i++)
		request->x[i] = from->x[i];
	return true;
}

void box_answer(struct box *box, unsigned core, uint32_t kind, const uint64_t x[8])
{
	volatile struct mailbox_answer *to = &box->page->slots[core].answer;
	unsigned i;

	for (i = 0; i < 8; i++)
		to->x[i] = x[i];
	to->kind = kind;
	to->spi = 0;
	box->closed[core] = box->accepted[core];
	store(&to->seq, box->accepted[core]);
	if (load(&box->page->relay.flags) & MAILBOX_RING_ANSWERS)
		ring(box);
}

void box_void(struct box *box, unsigned core)
{
	box->closed[core] = load(&box->page->slots[core].request.seq);
	store(&box->page->slots[core].answer.seq, box->closed[core]);
}

void box_raise(struct box *box, uint32_t spi)
{
	if (spi < BOX_SPIS)
		box->waiting[spi / 64] |= UINT64_C(1) << spi % 64;
	box_flush(box);
}

void box_flush(struct box *box)
{
	bool any = false;
	uint32_t spi;

	for (spi = 0; spi < BOX_SPIS; spi++) {
		if (!(box->waiting[spi / 64] >> spi % 64 & 1))
			continue;
		if (box->produced - load(&box->page->relay.ev_cons) >= MAILBOX_EVENTS)
			break;
		box->waiting[spi / 64] &= ~(UINT64_C(1) << spi % 64);
		box->page->events[box->produced % MAILBOX_EVENTS] = spi;
		store(&box->page->server.ev_prod, ++box->produced);
		any = true;
	}
	if (any)
		ring(box);
}
