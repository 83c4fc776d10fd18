/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Reset and exception vectors of the EL3 relay. All cores start here; core 0 boots, the others park
 * until PSCI starts them. No decision is taken here.
 */
#include "memory.h"

	.section .text.start, "ax"
	.global el3_reset
el3_reset:
	msr	daifset, #15
	ldr	x0, =0x30c50830		// RES1; MMU, caches and alignment checks off
	msr	sctlr_el3, x0
	adr	x0, el3_vectors
	msr	vbar_el3, x0
	isb
	msr	spsel, #1
	mrs	x0, mpidr_el1
	and	x0, x0, #0xff
	ldr	x1, =SECURE_STACKS
	sub	x1, x1, x0, lsl #SECURE_STACK_LOG2
	mov	sp, x1
	cbnz	x0, 2f
	// Secure RAM outlives a system reset: clear what C takes to be zero.
	ldr	x1, =__bss_start
	ldr	x2, =__bss_end
1:	cmp	x1, x2
	b.hs	2f
	str	xzr, [x1], #8
	b	1b
2:	bl	el3_main
	b	.

	// el3_enter(entry, context, spsr): the lower world's first instruction.
	.section .text.el3_enter, "ax"
	.global el3_enter
el3_enter:
	msr	elr_el3, x0
	msr	spsr_el3, x2
	mrs	x3, mpidr_el1
	and	x3, x3, #0xff
	ldr	x4, =SECURE_STACKS
	sub	x4, x4, x3, lsl #SECURE_STACK_LOG2
	mov	sp, x4			// nothing returns into this stack
	mov	x0, x1
	.irp n, 1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,20,21,22,23,24,25,26,27,28,29,30
	mov	x\n, xzr
	.endr
	isb
	eret

	.macro vector target
	.balign 128
	b	\target
	.endm

	// el3_panic(number of the vector)
	.macro panic_vector number
	.balign 128
	mov	x0, #\number
	b	el3_panic
	.endm

	.section .text.vectors, "ax"
	.balign 2048
	.global el3_vectors
el3_vectors:
	panic_vector 0
	panic_vector 1
	panic_vector 2
	panic_vector 3
	panic_vector 4
	panic_vector 5
	panic_vector 6
	panic_vector 7
	vector	lower_sync
	panic_vector 9
	vector	lower_fiq
	panic_vector 11
	panic_vector 12
	panic_vector 13
	panic_vector 14
	panic_vector 15

	.macro save_frame
	sub	sp, sp, #256
	stp	x0, x1, [sp, #0]
	stp	x2, x3, [sp, #16]
	stp	x4, x5, [sp, #32]
	stp	x6, x7, [sp, #48]
	stp	x8, x9, [sp, #64]
	stp	x10, x11, [sp, #80]
	stp	x12, x13, [sp, #96]
	stp	x14, x15, [sp, #112]
	stp	x16, x17, [sp, #128]
	stp	x18, x19, [sp, #144]
	stp	x20, x21, [sp, #160]
	stp	x22, x23, [sp, #176]
	stp	x24, x25, [sp, #192]
	stp	x26, x27, [sp, #208]
	stp	x28, x29, [sp, #224]
	str	x30, [sp, #240]
	.endm

lower_sync:
	save_frame
	mrs	x1, esr_el3
	lsr	x1, x1, #26
	cmp	x1, #0x17		// SMC from AArch64
	mov	x0, #8
	b.ne	el3_panic
	mov	x0, sp
	bl	el3_smc
	b	restore

lower_fiq:
	save_frame
	bl	el3_fiq

restore:
	ldp	x0, x1, [sp, #0]
	ldp	x2, x3, [sp, #16]
	ldp	x4, x5, [sp, #32]
	ldp	x6, x7, [sp, #48]
	ldp	x8, x9, [sp, #64]
	ldp	x10, x11, [sp, #80]
	ldp	x12, x13, [sp, #96]
	ldp	x14, x15, [sp, #112]
	ldp	x16, x17, [sp, #128]
	ldp	x18, x19, [sp, #144]
	ldp	x20, x21, [sp, #160]
	ldp	x22, x23, [sp, #176]
	ldp	x24, x25, [sp, #192]
	ldp	x26, x27, [sp, #208]
	ldp	x28, x29, [sp, #224]
	ldr	x30, [sp, #240]
	add	sp, sp, #256
	eret
