/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Exceptions from EL1 to the hypervisor: trapped SMCs, and what must not happen. The relay sets
 * VBAR_EL2 to the start of this program, SP_EL2 for each core, and HCR_EL2.TSC.
 */
	.macro lost
	.balign 128
	b	hypervisor_lost
	.endm

	.section .text.start, "ax"
	.balign 2048
	.global hypervisor_vectors
hypervisor_vectors:
	.rept 8
	lost
	.endr
	.balign 128
	b	lower_sync
	.rept 7
	lost
	.endr

lower_sync:
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
	stp	x18, x29, [sp, #144]
	str	x30, [sp, #160]
	mrs	x1, esr_el2
	lsr	x1, x1, #26
	cmp	x1, #0x17		// SMC from AArch64
	b.ne	hypervisor_lost
	// A trapped SMC returns to itself.
	mrs	x1, elr_el2
	add	x1, x1, #4
	msr	elr_el2, x1
	mov	x0, sp
	bl	hypervisor_call
	ldp	x0, x1, [sp, #0]
	ldp	x2, x3, [sp, #16]
	ldp	x4, x5, [sp, #32]
	ldp	x6, x7, [sp, #48]
	ldp	x8, x9, [sp, #64]
	ldp	x10, x11, [sp, #80]
	ldp	x12, x13, [sp, #96]
	ldp	x14, x15, [sp, #112]
	ldp	x16, x17, [sp, #128]
	ldp	x18, x29, [sp, #144]
	ldr	x30, [sp, #160]
	add	sp, sp, #256
	eret

	// hypervisor_smc(uint64_t x[8])
	.section .text.hypervisor_smc, "ax"
	.global hypervisor_smc
hypervisor_smc:
	stp	x30, x19, [sp, #-16]!
	mov	x19, x0
	ldp	x0, x1, [x19, #0]
	ldp	x2, x3, [x19, #16]
	ldp	x4, x5, [x19, #32]
	ldp	x6, x7, [x19, #48]
	smc	#0
	stp	x0, x1, [x19, #0]
	stp	x2, x3, [x19, #16]
	stp	x4, x5, [x19, #32]
	stp	x6, x7, [x19, #48]
	ldp	x30, x19, [sp], #16
	ret

	// Switches the machine off: there is no way back into the guest.
	.section .text.hypervisor_lost, "ax"
hypervisor_lost:
	ldr	x0, =0x84000008
	smc	#0
	b	hypervisor_lost
