/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * PSCI 1.1 for a few cores: on, off, how they are, and the end of the system. A core that is off
 * sleeps here in WFI until the SGI of CPU_ON.
 */
#include "relay.h"

#define PSCI_VERSION	       0x84000000u
#define PSCI_CPU_OFF	       0x84000002u
#define PSCI_CPU_ON	       0x84000003u
#define PSCI_AFFINITY_INFO     0x84000004u
#define PSCI_MIGRATE_INFO_TYPE 0x84000006u
#define PSCI_SYSTEM_OFF	       0x84000008u
#define PSCI_SYSTEM_RESET      0x84000009u
#define PSCI_FEATURES	       0x8400000au
#define PSCI_LAST	       0x8400001fu
#define SMC64		       0x40000000u
#define SMCCC_VERSION	       0x80000000u

#define NOT_SUPPORTED	   -1
#define INVALID_PARAMETERS -2
#define ALREADY_ON	   -4
#define ON_PENDING	   -5

enum { CORE_OFF, CORE_PENDING, CORE_ON };

/* Written by the core that calls CPU_ON while `state` is OFF, by the core itself afterwards. */
static struct {
	volatile uint32_t state;
	volatile uint64_t entry;
	volatile uint64_t context;
} cores[MAILBOX_SLOTS];
static volatile uint32_t core_count;
static volatile uint32_t entry_level;

void psci_init(uint32_t count, uint32_t level)
{
	core_count = count;
	entry_level = level;
	cores[0].state = CORE_ON;
	dsb();
}

void psci_park(void)
{
	uint32_t me = this_core();

	for (;;) {
		uint32_t id;

		__asm__ volatile("wfi");
		while ((id = gic_take()) < GIC_NOTHING - 3) {
			if (id == GIC_SPI_BASE + SECURE_SPI)
				console_drain();
			gic_end(id);
		}
		if (me == 0)
			relay_events();
		if (cores[me].state == CORE_PENDING)
			break;
	}
	dmb();
	cores[me].state = CORE_ON;
	cpu_enter(entry_level, cores[me].entry, cores[me].context);
}

/* The core that an MPIDR names, or MAILBOX_SLOTS. */
static uint32_t core_of(uint64_t mpidr)
{
	return mpidr < core_count ? (uint32_t)mpidr : MAILBOX_SLOTS;
}

static int64_t cpu_on(uint64_t mpidr, uint64_t entry, uint64_t context)
{
	uint32_t core = core_of(mpidr);

	if (core == MAILBOX_SLOTS)
		return INVALID_PARAMETERS;
	if (cores[core].state != CORE_OFF)
		return cores[core].state == CORE_ON ? ALREADY_ON : ON_PENDING;
	cores[core].entry = entry;
	cores[core].context = context;
	dsb();
	cores[core].state = CORE_PENDING;
	gic_wake(core);
	return 0;
}

/* 0 on, 1 off, 2 about to be on. */
static int64_t affinity_info(uint64_t mpidr)
{
	static const uint8_t answers[] = {[CORE_OFF] = 1, [CORE_PENDING] = 2, [CORE_ON] = 0};
	uint32_t core = core_of(mpidr);

	return core == MAILBOX_SLOTS ? INVALID_PARAMETERS : answers[cores[core].state];
}

static int64_t features(uint32_t function)
{
	switch (function) {
	case PSCI_VERSION:
	case PSCI_CPU_OFF:
	case PSCI_CPU_ON:
	case PSCI_CPU_ON | SMC64:
	case PSCI_AFFINITY_INFO:
	case PSCI_AFFINITY_INFO | SMC64:
	case PSCI_MIGRATE_INFO_TYPE:
	case PSCI_SYSTEM_OFF:
	case PSCI_SYSTEM_RESET:
	case PSCI_FEATURES:
	case SMCCC_VERSION:
		return 0;
	default:
		return NOT_SUPPORTED;
	}
}

static void __attribute__((noreturn)) cpu_off(void)
{
	cores[this_core()].state = CORE_OFF;
	dsb();
	psci_park();
}

static int64_t dispatch(uint32_t function, const uint64_t x[31])
{
	switch (function) {
	case PSCI_VERSION:
		return 0x10001;
	case PSCI_CPU_OFF:
		cpu_off();
	case PSCI_CPU_ON:
		return cpu_on((uint32_t)x[1], (uint32_t)x[2], (uint32_t)x[3]);
	case PSCI_CPU_ON | SMC64:
		return cpu_on(x[1], x[2], x[3]);
	case PSCI_AFFINITY_INFO:
		return affinity_info((uint32_t)x[1]);
	case PSCI_AFFINITY_INFO | SMC64:
		return affinity_info(x[1]);
	case PSCI_MIGRATE_INFO_TYPE:
		return 2; /* no trusted OS that would have to migrate */
	case PSCI_SYSTEM_OFF:
		relay_off(function);
		power_off();
	case PSCI_SYSTEM_RESET:
		relay_off(function);
		power_reset();
	case PSCI_FEATURES:
		return features((uint32_t)x[1]);
	default:
		return NOT_SUPPORTED;
	}
}

int psci_call(struct frame *frame)
{
	uint32_t function = (uint32_t)frame->x[0];

	if ((function & ~SMC64) < PSCI_VERSION || (function & ~SMC64) > PSCI_LAST)
		return 0;
	frame->x[0] = (uint64_t)dispatch(function, frame->x);
	return 1;
}
