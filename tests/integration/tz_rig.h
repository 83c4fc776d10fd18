/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Plays the EL3 relay and the kernel above it against a real `qpas tz serve`: a RAM file, the
 * mailbox in it, the doorbell's socket. The test's side listens on the socket, as QEMU does.
 */
#ifndef QPAS_TESTS_TZ_RIG_H
#define QPAS_TESTS_TZ_RIG_H

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include <cmocka.h>

#include "../../firmware/el3/mailbox.h"
#include "support/guest_memory.h"
#include "support/image_builder.h"
#include "support/tree_builder.h"

#define RIG_RAM	      UINT64_C(0x40000000)
#define RIG_RAM_MIB   1536u
#define RIG_TREE      UINT64_C(0x49000000)
#define RIG_SMEM      UINT64_C(0x90900000)
#define RIG_SMEM_SIZE UINT64_C(0x200000)
#define RIG_HWLOCK    UINT64_C(0x90c00000)
#define RIG_SCMI      UINT64_C(0x90c20000)
#define RIG_SMMU      UINT64_C(0x9050000)
#define RIG_PAGES     UINT64_C(0x50000000) /* for the tables of the SMMU */
#define RIG_METADATA  UINT64_C(0x48000000)
#define RIG_CARVEOUT  UINT64_C(0x95900000)
#define RIG_STREAM    0x3000u
#define RIG_ITEM_IN   443u
#define RIG_ITEM_OUT  429u
#define RIG_DOORBELL  192u
#define RIG_WATCHDOG  193u
#define RIG_SCMI_CALL 0x82000010u

/* How long anything that must happen may take: long, as machines that test are busy. */
#define TZ_PATIENCE_MS 10000

struct tz_rig {
	char folder[64];
	char ram_path[96];
	char socket_path[96];
	char log_path[96];
	int listener;
	int socket;
	pid_t server;
	struct guest_memory memory;
	volatile struct mailbox *box;
	struct guest_smmu smmu;
	struct test_image image;
	uint64_t span;
	uint32_t consumed; /* events */
	uint32_t peeks;
};

/* Folder, listening socket and image; no server yet. */
void tz_rig_prepare(struct tz_rig *rig);
/* Starts the server with further words (NULL ends them); `streams`: the ADSP has an IOMMU. */
void tz_rig_begin(struct tz_rig *rig, bool streams, const char *const *more);
/* Starts a server over the RAM that is there, and waits until it has met the relay. */
void tz_rig_start_server(struct tz_rig *rig, const char *const *more);
/* Writes the guest's device tree; `streams` as above. */
void tz_rig_put_tree(struct tz_rig *rig, bool streams);
/* The relay's side after a reset of the machine. */
void tz_rig_boot(struct tz_rig *rig);
/* The guest says that it stops, and QEMU goes; the server's exit code must be 0. */
void tz_rig_end(struct tz_rig *rig);
/* Removes what is there; no server may run. */
void tz_rig_clean(struct tz_rig *rig);

/* Waits for the server; its exit code, or 128 and the signal. */
int tz_rig_wait(struct tz_rig *rig);
/* Posts a request without waiting for its answer. */
void tz_rig_post(struct tz_rig *rig, unsigned core, uint32_t kind, const uint64_t x[8]);
/* Waits for the answer, doing the accesses that the server asks for; false after `ms`. */
bool tz_rig_answered(struct tz_rig *rig, unsigned core, int ms);
/* Both, for an SMC on core 0: x0 of the answer, the rest in `r`. */
int64_t tz_rig_smc(struct tz_rig *rig, const uint64_t x[8], uint64_t r[8]);
#define tz_smc(rig, r, ...) tz_rig_smc(rig, (const uint64_t[8]){__VA_ARGS__}, r)

/* The next SPI that the server raises, or -1 after `ms`. */
int tz_rig_event(struct tz_rig *rig, int ms);
/* Waits until the word to the kernel has this value; fails the test if it never has. */
void tz_rig_expect_word(struct tz_rig *rig, uint32_t word);
uint32_t tz_rig_word(struct tz_rig *rig);
/* The kernel's half of the state words, as smp2p makes it; `word` is the master's. */
void tz_rig_put_word(struct tz_rig *rig, uint32_t word);
/* Whether the log has a text by now, and the same with patience. */
bool tz_rig_has_logged(struct tz_rig *rig, const char *text);
bool tz_rig_logged(struct tz_rig *rig, const char *text);

/* Resource table, image, segments, mappings: all that comes before AUTH_AND_RESET. */
void tz_rig_load(struct tz_rig *rig);
/* The whole start; x0 of AUTH_AND_RESET. */
int64_t tz_rig_boot_adsp(struct tz_rig *rig);

/* Runs the tool with words, output thrown away; its exit code. */
int tz_rig_run(const char *const *words, const char *output);

uint32_t tz_get32(const struct tz_rig *rig, uint64_t address);
void tz_put32(const struct tz_rig *rig, uint64_t address, uint32_t value);

#endif
