/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What lies around the trusted world of a guest, as its device tree says: shared memory, state words
 * and interrupts of each remote processor, power domains, SMMU.
 */
#ifndef QPAS_TOOL_TZ_BOARD_H
#define QPAS_TOOL_TZ_BOARD_H

#include <stdbool.h>
#include <stdint.h>

#include <qpas/qpas.h>

#define BOARD_PROCESSORS 32u
#define BOARD_DOMAINS	 64u
#define BOARD_NAME	 16u
#define BOARD_NO_SPI	 UINT32_MAX

/* Bits of the state words, by what they say. */
enum board_bit { BIT_FATAL, BIT_READY, BIT_HANDOVER, BIT_STOP_ACK, BOARD_BITS };

struct board_processor {
	char name[32];
	uint32_t pas_id;
	uint32_t doorbell; /* SPI; BOARD_NO_SPI: it has no state words */
	uint32_t watchdog; /* SPI, or BOARD_NO_SPI */
	uint32_t item_out; /* of shared memory, from the kernel */
	uint32_t item_in; /* to the kernel */
	uint32_t remote_pid;
	char entry_in[BOARD_NAME + 1];
	char entry_out[BOARD_NAME + 1];
	uint32_t in[BOARD_BITS]; /* masks in the word to the kernel */
	uint32_t stop; /* mask in the word from the kernel */
};

struct board {
	uint64_t smem;
	uint64_t smem_size; /* 0: there is none */
	uint64_t hwlock;
	uint64_t hwlock_size;
	uint64_t smmu;
	uint32_t scmi_function; /* 0: there are no power domains */
	uint64_t scmi;
	uint64_t scmi_size;
	char domains[BOARD_DOMAINS][BOARD_NAME];
	bool powered[BOARD_DOMAINS];
	uint32_t domain_count;
	struct board_processor processors[BOARD_PROCESSORS];
	uint32_t processor_count;
};

/* Reads a tree that the platform was opened on. Exit code. */
int board_read(struct board *board, struct qpas_slice tree, const struct qpas_platform *platform,
	       struct qpas_error *err);

#endif
