/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The relay's half of the mailbox: posts calls, waits for answers, does the register accesses that
 * the server asks for, raises its interrupts. It never invents an answer: when the server is silent
 * it withdraws the call and switches the machine off.
 */
#include "relay.h"

/* Eight-byte accesses at most, one by one: nothing here may turn into memcpy. */
static volatile struct mailbox *const box = (volatile struct mailbox *)MAILBOX_ADDRESS;

#define LEAST_TICK_US 100u

static uint64_t ticks(uint64_t count, uint32_t per_second)
{
	return count * READ_SYSREG(cntfrq_el0) / per_second;
}

/* Core 0 alone. Behind each event's interrupt, so that the server may reuse its place. */
void relay_events(void)
{
	while (box->relay.ev_cons != box->server.ev_prod) {
		uint32_t next = box->relay.ev_cons;
		uint32_t spi;

		dmb();
		spi = box->events[next % MAILBOX_EVENTS];
		if (gic_raise(spi)) {
			console_text("el3: the server asked for SPI ");
			console_number(spi);
			console_text(", which this machine does not have\n");
		}
		box->relay.ev_t = now();
		dsb();
		box->relay.ev_cons = next + 1;
	}
}

void relay_tick(void)
{
	uint32_t us = box->server.tick_us;

	if (us && us < LEAST_TICK_US)
		us = LEAST_TICK_US;
	if (us)
		WRITE_SYSREG(cntps_tval_el1, ticks(us, 1000000));
	WRITE_SYSREG(cntps_ctl_el1, us ? 1 : 0);
	isb();
}

static void post(volatile struct mailbox_request *request, uint32_t kind, const uint64_t x[8])
{
	for (int i = 0; i < 8; i++)
		request->x[i] = x[i];
	request->kind = kind;
	request->t = now();
	dsb();
	request->seq = request->seq + 1;
	dsb();
	console_bell();
}

/* How long the server has shown no sign of life. */
struct patience {
	uint64_t since;
	uint32_t beat;
};

static int patience_ends(struct patience *patience)
{
	uint32_t limit = box->server.timeout_ms;

	if (box->server.beat != patience->beat) {
		patience->beat = box->server.beat;
		patience->since = now();
	}
	return limit && now() - patience->since > ticks(limit, 1000);
}

static void __attribute__((noreturn)) give_up(volatile struct mailbox_request *request)
{
	static const uint64_t nothing[8];

	post(request, MAILBOX_NONE, nothing);
	console_text("el3: no answer and no heartbeat for ");
	console_number(box->server.timeout_ms);
	console_text(" ms: the call is withdrawn, power off\n");
	power_off();
}

/* Until the server has closed the call. */
static void wait_closed(volatile struct mailbox_slot *slot)
{
	struct patience patience = {now(), box->server.beat};

	while (slot->answer.seq != slot->request.seq) {
		if (this_core() == 0)
			relay_events();
		if (patience_ends(&patience))
			give_up(&slot->request);
	}
	dmb();
}

/* The access that the answer asks for, as the next request. */
static void access(volatile struct mailbox_slot *slot)
{
	uint64_t reply[8] = {0};
	uint64_t address = slot->answer.x[0];

	if (address & 3) {
		console_text("el3: the server asked for a register at ");
		console_hex(address);
		console_text(", which is not aligned: power off\n");
		power_off();
	}
	if (slot->answer.kind == MAILBOX_PEEK)
		reply[0] = read32(address);
	else
		write32(address, (uint32_t)slot->answer.x[1]);
	dsb();
	post(&slot->request, MAILBOX_VALUE, reply);
}

/* One call from its request to DONE; x in and out. */
static void call(uint32_t kind, uint64_t x[8])
{
	volatile struct mailbox_slot *slot = &box->slots[this_core()];

	post(&slot->request, kind, x);
	wait_closed(slot);
	while (slot->answer.kind == MAILBOX_PEEK || slot->answer.kind == MAILBOX_POKE) {
		access(slot);
		wait_closed(slot);
	}
	if (slot->answer.kind != MAILBOX_DONE) {
		console_text("el3: the server's answer is of unknown kind ");
		console_number(slot->answer.kind);
		console_text(": power off\n");
		power_off();
	}
	for (int i = 0; i < 8; i++)
		x[i] = slot->answer.x[i];
	if (slot->answer.spi)
		gic_raise(slot->answer.spi - 1);
}

static void __attribute__((noreturn)) no_server(uint32_t waited_ms)
{
	console_text("el3: no server has opened the mailbox within ");
	console_number(waited_ms);
	console_text(" ms: power off\n");
	power_off();
}

static void wait_for_server(void)
{
	uint32_t wait_ms = read32(MAILBOX_BOOT_WAIT_MS);
	uint64_t start = now();

	if (!wait_ms)
		wait_ms = MAILBOX_DEFAULT_WAIT_MS;
	while (box->server.magic != MAILBOX_MAGIC)
		if (now() - start > ticks(wait_ms, 1000))
			no_server(wait_ms);
	dmb();
	if (box->server.version == MAILBOX_VERSION)
		return;
	console_text("el3: the server speaks version ");
	console_number(box->server.version);
	console_text(" of the mailbox, this relay ");
	console_number(MAILBOX_VERSION);
	console_text(": power off\n");
	power_off();
}

void relay_init(void)
{
	uint64_t x[8] = {0};

	box->relay.version = MAILBOX_VERSION;
	box->relay.boot_gen = box->relay.boot_gen + 1;
	box->relay.cntfrq = (uint32_t)READ_SYSREG(cntfrq_el0);
	box->relay.flags = 0; /* it spins: an answer is seen without a bell */
	box->relay.ev_cons = box->server.ev_prod; /* those were for the boot before */
	dsb();
	box->relay.magic = MAILBOX_MAGIC;
	dsb();
	wait_for_server();
	call(MAILBOX_RESET, x);
}

void relay_smc(struct frame *frame)
{
	call(MAILBOX_SMC, frame->x);
	if (this_core() == 0) {
		relay_events();
		relay_tick();
	}
}

void relay_off(uint32_t function)
{
	uint64_t x[8] = {function};

	call(MAILBOX_OFF, x);
}
