/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A bench for the EL3 relay: QEMU with the relay and the agent, and the server's side of the
 * mailbox in the hands of the test. Everything that waits takes a limit in milliseconds.
 */
#ifndef QPAS_QEMU_BENCH_H
#define QPAS_QEMU_BENCH_H

#include <stdint.h>
#include <stddef.h>
#include <sys/types.h>
#include "../../firmware/el3/mailbox.h"

struct bench_options {
	uint32_t cores; /* 0: one */
	uint32_t level; /* 0: 2 */
	uint32_t flags; /* the boot word */
	uint32_t wait_ms; /* the boot word; 0: what the relay takes by itself */
	uint32_t timeout_ms; /* of the mailbox */
	uint32_t tick_us;
	uint32_t magic; /* 0: MAILBOX_MAGIC */
	uint32_t version; /* 0: MAILBOX_VERSION */
};

struct bench {
	uint8_t *ram;
	struct mailbox *box;
	int memory;
	int bell;
	pid_t qemu;
	unsigned bells; /* how often the relay rang */
	size_t log_size;
	char log[8192]; /* what the relay said, NUL-terminated */
};

#define BENCH_PATIENCE 10000

/* Starts QEMU; fails the test when that is impossible. */
void bench_start(struct bench *bench, const struct bench_options *options);
/* Ends QEMU if it still runs. */
void bench_end(struct bench *bench);

/* Takes what has come over the secure UART for that long. */
void bench_listen(struct bench *bench, int ms);
/* Waits for text in the relay's log; whether it came. */
int bench_says(struct bench *bench, const char *text, int ms);
/* Waits for QEMU's end: its exit code, or -1 while it runs on. */
int bench_exit_code(struct bench *bench, int ms);

/* Waits for an open call of a core and copies it; fails the test when none comes. */
struct mailbox_request bench_request(struct bench *bench, uint32_t core);
/* Whether a call of that core is open within so long. */
int bench_is_open(struct bench *bench, uint32_t core, int ms);
void bench_answer(struct bench *bench, uint32_t core, uint32_t kind, const uint64_t x[8]);
/* Takes the RESET of a boot and lets the kernel start. */
void bench_boot(struct bench *bench);
void bench_ring(struct bench *bench);
void bench_event(struct bench *bench, uint32_t spi);

/* Lets the agent of a core do something, and waits until it has been done. */
void bench_tell(struct bench *bench, uint32_t core, uint32_t operation, const uint64_t x[8]);
int bench_told(struct bench *bench, uint32_t core, int ms);
uint64_t bench_field(const struct bench *bench, uint32_t core, uint32_t offset);
uint32_t bench_word(const struct bench *bench, uint32_t core, uint32_t offset);
/* Takes an order back whose call does not return, CPU_OFF for one. */
void bench_forget(struct bench *bench, uint32_t core);
/* An SMC that the relay answers by itself: x0 of the answer. */
uint64_t bench_smc(struct bench *bench, uint32_t core, const uint64_t x[8]);
uint32_t bench_read(struct bench *bench, uint64_t address);

#endif
