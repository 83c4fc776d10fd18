/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The page in the guest's RAM through which the EL3 relay and the server of the TrustZone model
 * (`qpas tz serve`) talk. Included by both, so it is freestanding and holds no code.
 *
 * Rules. Everything is little endian. Each block of 128 bytes has exactly one writer. A flag is an
 * aligned 32-bit word that is stored once, after the data it announces; nobody does a
 * read-modify-write. The writer puts a barrier before the flag (relay: dsb sy, server: a release
 * store), the reader one behind it (relay: dmb sy, server: an acquire load). Nothing may depend on
 * a store being seen before a later load of the same side: ring the bell instead of asking whether
 * the other one sleeps.
 *
 * A slot is idle while request.seq == answer.seq. The relay fills the request, then advances
 * request.seq: the call is open. The server fills the answer, then sets answer.seq to request.seq.
 * The sequence of a slot outlives a system reset: it goes on from request.seq, never from
 * answer.seq, so that a late answer to an earlier boot matches no call of the new one.
 *
 * Bell. Relay to server: the byte MAILBOX_BELL on the secure UART, after each request; bytes
 * below it are text of the relay's log. Server to relay: one byte of any value on the same socket,
 * after events; after an answer only if the relay set MAILBOX_RING_ANSWERS. A bell that cannot be
 * sent because earlier ones are unread may be dropped.
 *
 * Any code of the guest can write to this page. The server copies a request before it judges it.
 */
#ifndef QPAS_EL3_MAILBOX_H
#define QPAS_EL3_MAILBOX_H

#include <stdint.h>

#define MAILBOX_ADDRESS 0x90d00000u /* guest-physical; a no-map reserved region */
#define MAILBOX_SIZE	0x1000u
#define MAILBOX_MAGIC	0x51504153u
#define MAILBOX_VERSION 1u
#define MAILBOX_SLOTS	14u /* one for each core, by number */
#define MAILBOX_EVENTS	32u /* a power of two */
#define MAILBOX_BELL	0x80u

/*
 * The words that whoever starts the guest loads here: the exception level to enter the kernel at
 * (2 or 1), flags (none are defined: 0), and how many milliseconds to wait for a server (0: 10 s).
 */
#define MAILBOX_BOOT_WORDS	   0x49ff0000u
#define MAILBOX_BOOT_LEVEL	   (MAILBOX_BOOT_WORDS + 0)
#define MAILBOX_BOOT_FLAGS	   (MAILBOX_BOOT_WORDS + 4)
#define MAILBOX_BOOT_WAIT_MS	   (MAILBOX_BOOT_WORDS + 8)
#define MAILBOX_DEFAULT_WAIT_MS	   10000u
#define MAILBOX_DEFAULT_TIMEOUT_MS 10000u

/* Kinds of requests. */
#define MAILBOX_RESET 1u /* first call of each boot, core 0: forget all state, void other slots */
#define MAILBOX_SMC   2u /* x: x0-x7 of the guest */
#define MAILBOX_OFF   3u /* x0: the PSCI function that is about to stop or reset the system */
#define MAILBOX_VALUE 4u /* reply to PEEK (x0: the word read) and POKE (x0: 0) */
#define MAILBOX_NONE  5u /* the call before is withdrawn: it must not be executed any more */

/*
 * Kinds of answers. RESET, SMC and OFF end with DONE; before it the server may ask for any number
 * of accesses, each answered by VALUE in a new request. NONE takes no answer but its own
 * answer.seq.
 */
#define MAILBOX_DONE 1u /* x: what x0-x7 become; unused registers come back as they went */
#define MAILBOX_PEEK 2u /* x0: address of a 32-bit register that the relay reads */
#define MAILBOX_POKE 3u /* x0: address, x1: value of a 32-bit register that the relay writes */

/* Bit of mailbox_relay.flags: the relay sleeps while it waits, so ring for answers too. */
#define MAILBOX_RING_ANSWERS 1u

/* At 0x000; written by the relay. */
struct mailbox_relay {
	uint32_t magic; /* stored last: the other members are valid then */
	uint32_t version;
	uint32_t boot_gen; /* one more after each reset */
	uint32_t ev_cons; /* events consumed, modulo 2^32 */
	uint32_t cntfrq; /* ticks of the system counter in a second */
	uint32_t flags;
	uint64_t ev_t; /* system counter when the last event was consumed */
	uint32_t unused[24];
};

/* At 0x080; written by the server, before QEMU starts. */
struct mailbox_server {
	uint32_t magic; /* stored last */
	uint32_t version;
	uint32_t h_gen; /* process id: changes when another server takes over */
	uint32_t ev_prod; /* events produced, modulo 2^32 */
	uint32_t tick_us; /* period in which the relay looks for events by itself; 0: on bells */
	uint32_t timeout_ms; /* longest time without a beat while a call is open; 0: for ever */
	uint32_t beat; /* changes each time the server goes round its loop */
	uint32_t unused[25];
};

/* At 0x200 + 256 * core; written by the relay. */
struct mailbox_request {
	uint32_t seq;
	uint32_t kind;
	uint64_t x[8];
	uint64_t t; /* system counter when the request was posted */
	uint32_t unused[12];
};

/* At 0x280 + 256 * core; written by the server. */
struct mailbox_answer {
	uint32_t seq;
	uint32_t kind;
	uint64_t x[8];
	uint32_t spi; /* 1 + number of an SPI to raise together with DONE; 0: none */
	uint32_t unused[13];
};

struct mailbox_slot {
	struct mailbox_request request;
	struct mailbox_answer answer;
};

/*
 * An event is the number of an SPI (interrupt id minus 32) that the relay makes pending. The
 * server writes events[ev_prod % MAILBOX_EVENTS], advances ev_prod and rings; there is room while
 * ev_prod - ev_cons < MAILBOX_EVENTS. Core 0 alone consumes.
 */
struct mailbox {
	struct mailbox_relay relay;
	struct mailbox_server server;
	uint32_t events[MAILBOX_EVENTS];
	uint32_t unused[32];
	struct mailbox_slot slots[MAILBOX_SLOTS];
};

_Static_assert(sizeof(struct mailbox_relay) == 128, "a block has one writer");
_Static_assert(sizeof(struct mailbox_server) == 128, "a block has one writer");
_Static_assert(sizeof(struct mailbox_request) == 128, "a block has one writer");
_Static_assert(sizeof(struct mailbox_answer) == 128, "a block has one writer");
_Static_assert(sizeof(struct mailbox) == MAILBOX_SIZE, "one page");

#endif
