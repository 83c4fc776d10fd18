/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What stands in for a kernel in the relay's tests: each core does what its command block in RAM
 * says and reports what came of it. agent.h has the block's layout.
 */
#include "memory.h"
#include "agent.h"

	.section .text.start, "ax"
	.global agent_start
agent_start:
	mrs	x19, mpidr_el1
	and	x19, x19, #0xff
	ldr	x20, =AGENT_BLOCKS
	add	x20, x20, x19, lsl #AGENT_BLOCK_LOG2
	mrs	x21, CurrentEL
	str	x0, [x20, #AGENT_CONTEXT]
	str	x21, [x20, #AGENT_LEVEL]
	dsb	sy
	ldr	w21, [x20, #AGENT_STARTS]
	add	w21, w21, #1
	str	w21, [x20, #AGENT_STARTS]
1:	ldr	w21, [x20, #AGENT_WANTED]
	ldr	w22, [x20, #AGENT_DONE]
	cmp	w21, w22
	b.eq	1b
	dmb	sy
	ldr	w23, [x20, #AGENT_OPERATION]
	ldr	x0, [x20, #AGENT_IN]
	ldr	x1, [x20, #(AGENT_IN + 8)]
	cmp	w23, #AGENT_READ
	b.eq	3f
	cmp	w23, #AGENT_WRITE
	b.eq	4f
	ldp	x2, x3, [x20, #(AGENT_IN + 16)]
	ldp	x4, x5, [x20, #(AGENT_IN + 32)]
	ldp	x6, x7, [x20, #(AGENT_IN + 48)]
	.irp n, 8,9,10,11,12,13,14,15,16,17,18,24,25,26,27,28,29,30
	mov	x\n, #(\n * 257)
	.endr
	smc	#0
	stp	x0, x1, [x20, #AGENT_OUT]
	stp	x2, x3, [x20, #(AGENT_OUT + 16)]
	stp	x4, x5, [x20, #(AGENT_OUT + 32)]
	stp	x6, x7, [x20, #(AGENT_OUT + 48)]
	// No other register may have changed.
	mov	x0, #0
	.irp n, 8,9,10,11,12,13,14,15,16,17,18,24,25,26,27,28,29,30
	mov	x1, #(\n * 257)
	eor	x1, x1, x\n
	orr	x0, x0, x1
	.endr
	str	x0, [x20, #AGENT_SPOILT]
	b	5f
3:	ldr	w0, [x0]
	str	x0, [x20, #AGENT_OUT]
	b	5f
4:	str	w1, [x0]
5:	dsb	sy
	str	w21, [x20, #AGENT_DONE]
	b	1b
