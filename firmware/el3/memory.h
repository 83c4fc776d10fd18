/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The memory map of the guest, as QEMU's `virt` machine with secure=on has it and as the launcher
 * fills it. Shared by the relay, its assembly and the launcher: numbers only.
 */
#ifndef QPAS_EL3_MEMORY_H
#define QPAS_EL3_MEMORY_H

/* Devices of the secure world. */
#define SECURE_UART 0x09040000 /* PL011, interrupt SPI 8 */
#define SECURE_GPIO 0x090b0000 /* PL061: pin 0 powers off, pin 1 resets */
#define GIC_DIST    0x08000000
#define GIC_REDIST  0x080a0000 /* 128 KiB for each core */
#define SECURE_SPI  8

/* Secure RAM: the relay's data from the start, one stack for each core below the top. */
#define SECURE_RAM	  0x0e000000
#define SECURE_STACKS	  0x0e100000
#define SECURE_STACK_LOG2 13

/* The hypervisor's stacks: in its own 2 MiB, one for each core below the top. */
#define HYPERVISOR_SIZE	      0x200000
#define HYPERVISOR_STACK_LOG2 14

/* What the launcher loads. The size of memory is a word behind those of mailbox.h. */
#define GUEST_BOOT_MEMORY_MB 0x49ff000c
#define GUEST_RAM	     0x40000000
#define GUEST_KERNEL	     0x44200000
#define GUEST_HYPERVISOR     0x48e00000
#define GUEST_TREE	     0x49000000
#define GUEST_ARCHIVE	     0x4a000000 /* the initramfs */

/* A flag of MAILBOX_BOOT_FLAGS: a kernel at EL1 gets the hypervisor below it. */
#define GUEST_FLAG_HYPERVISOR 1

#endif
