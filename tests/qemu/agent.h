/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The command blocks of the agent that stands in for a kernel: one for each core, in RAM. For C and
 * assembly, so numbers only.
 */
#ifndef QPAS_QEMU_AGENT_H
#define QPAS_QEMU_AGENT_H

#define AGENT_BLOCKS	 0x44300000
#define AGENT_BLOCK_LOG2 9

#define AGENT_WANTED	0x00 /* u32: the test counts it up after the members below */
#define AGENT_DONE	0x04 /* u32: the agent's answer to it */
#define AGENT_OPERATION 0x08 /* u32 */
#define AGENT_STARTS	0x0c /* u32: how often this core came to the agent */
#define AGENT_CONTEXT	0x10 /* u64: x0 at entry */
#define AGENT_LEVEL	0x18 /* u64: CurrentEL */
#define AGENT_SPOILT	0x20 /* u64: not 0 when an SMC changed x8 or later */
#define AGENT_IN	0x40 /* u64[8] */
#define AGENT_OUT	0x80 /* u64[8] */

#define AGENT_SMC   0
#define AGENT_READ  1 /* x0: address of a 32-bit word */
#define AGENT_WRITE 2 /* x0: address, x1: value */

#endif
