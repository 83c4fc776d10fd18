/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What the files of the EL3 relay share. The relay has no policy: it starts the cores, answers
 * PSCI and SMCCC_VERSION, and hands every other call to the server behind the mailbox. It runs with
 * MMU and caches off, one stack for each core, interrupts masked.
 */
#ifndef QPAS_EL3_RELAY_H
#define QPAS_EL3_RELAY_H

#include "mailbox.h"
#include "memory.h"

#ifndef __ASSEMBLER__

/* Registers of the interrupted world, as start.S saves them. */
struct frame {
	uint64_t x[31];
	uint64_t unused;
};

#define READ_SYSREG(name)                                          \
	({                                                         \
		uint64_t value_;                                   \
		__asm__ volatile("mrs %0, " #name : "=r"(value_)); \
		value_;                                            \
	})
#define WRITE_SYSREG(name, value) \
	__asm__ volatile("msr " #name ", %0" ::"r"((uint64_t)(value)) : "memory")

static inline void isb(void)
{
	__asm__ volatile("isb" ::: "memory");
}
static inline void dmb(void)
{
	__asm__ volatile("dmb sy" ::: "memory");
}
static inline void dsb(void)
{
	__asm__ volatile("dsb sy" ::: "memory");
}
static inline uint32_t read32(uint64_t address)
{
	return *(volatile uint32_t *)address;
}
static inline void write32(uint64_t address, uint32_t value)
{
	*(volatile uint32_t *)address = value;
}
static inline uint64_t read64(uint64_t address)
{
	return *(volatile uint64_t *)address;
}
static inline uint32_t this_core(void)
{
	return (uint32_t)(READ_SYSREG(mpidr_el1) & 0xff);
}
static inline uint64_t now(void)
{
	isb();
	return READ_SYSREG(cntpct_el0);
}

/* start.S */
void el3_enter(uint64_t entry, uint64_t context, uint64_t spsr) __attribute__((noreturn));
extern const char el3_vectors[];

/* main.c: called from start.S. */
void el3_main(void);
void el3_smc(struct frame *frame);
void el3_fiq(void);
void el3_panic(uint64_t which) __attribute__((noreturn));

/* cpu.c: the world below EL3. */
void cpu_init(void);
void cpu_enter(uint32_t level, uint64_t entry, uint64_t context) __attribute__((noreturn));

/* console.c: the log, and the power switch. */
void console_init(void);
void console_text(const char *text);
void console_hex(uint64_t value);
void console_number(uint32_t value);
void console_bell(void);
void console_drain(void);
void power_off(void) __attribute__((noreturn));
void power_reset(void) __attribute__((noreturn));

/* gic.c */
#define GIC_WAKE     15u /* SGI that starts a parked core */
#define GIC_TIMER    29u /* secure physical timer */
#define GIC_NOTHING  1023u
#define GIC_SPI_BASE 32u
uint32_t gic_init(void); /* core 0; the number of cores */
void gic_init_core(void);
void gic_wake(uint32_t core);
int gic_raise(uint32_t spi); /* 0, or -1 when there is no such line */
uint32_t gic_take(void);
void gic_end(uint32_t id);

/* psci.c */
void psci_init(uint32_t count, uint32_t level);
int psci_call(struct frame *frame); /* whether it was one of PSCI's */
void psci_park(void) __attribute__((noreturn));

/* relay.c: the mailbox. */
void relay_init(void); /* core 0: waits for a server, resets it */
void relay_smc(struct frame *frame);
void relay_off(uint32_t function);
void relay_events(void); /* core 0 */
void relay_tick(void); /* core 0: sets the timer of the next look for events */

#endif
#endif
