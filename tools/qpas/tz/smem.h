/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Shared memory as the boot loader leaves it and as remote processors use it: one global heap
 * (version 11) without partitions, and items with state words ("smp2p").
 *
 * Facts: drivers/soc/qcom/smem.c and smp2p.c of Linux 7.2.
 */
#ifndef QPAS_TOOL_TZ_SMEM_H
#define QPAS_TOOL_TZ_SMEM_H

#include "board.h"
#include "ram.h"

/* Lays out the heap, with an item to the kernel for each processor; false: it does not fit. */
bool smem_make(const struct ram *ram, const struct board *board);

/* The word from the kernel; false while the kernel has none. */
bool smem_get_state(const struct ram *ram, const struct board *board,
		    const struct board_processor *processor, uint32_t *state);
/* The word to the kernel: sets it, with all that stands around it. */
bool smem_set_state(const struct ram *ram, const struct board *board,
		    const struct board_processor *processor, uint32_t state);
/* What stands in the word to the kernel, left by a server before this one; 0 if nothing does. */
uint32_t smem_last_state(const struct ram *ram, const struct board *board,
			 const struct board_processor *processor);
/* The text that Linux prints when a processor dies, where it has an item for it. */
void smem_set_reason(const struct ram *ram, const struct board *board,
		     const struct board_processor *processor, const char *text);

#endif
