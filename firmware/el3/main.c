/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The relay's way from reset to the kernel, and what it does with each exception from below.
 */
#include "relay.h"

#define SMCCC_VERSION 0x80000000u
#define SMCCC_1_2     0x10002u

static void announce(uint32_t cores, uint32_t level)
{
	console_text("el3: qpas relay, boot ");
	console_number(((volatile struct mailbox *)MAILBOX_ADDRESS)->relay.boot_gen);
	console_text(", ");
	console_number(cores);
	console_text(" cores, kernel enters at EL");
	console_number(level);
	if (read32(MAILBOX_BOOT_FLAGS) & GUEST_FLAG_HYPERVISOR)
		console_text(" above a hypervisor");
	console_text("\n");
}

/* The hypervisor's flag means something at level 1 only. */
static uint32_t wanted_level(void)
{
	uint32_t level = read32(MAILBOX_BOOT_LEVEL);
	uint32_t flags = read32(MAILBOX_BOOT_FLAGS);

	if ((level == 1 && flags <= GUEST_FLAG_HYPERVISOR) || (level == 2 && !flags))
		return level;
	console_text("el3: the boot words ask for level ");
	console_number(level);
	console_text(", flags ");
	console_hex(flags);
	console_text(": neither is known, power off\n");
	power_off();
}

void el3_main(void)
{
	uint32_t cores;
	uint32_t level;

	cpu_init();
	if (this_core()) {
		gic_init_core();
		psci_park();
	}
	console_init();
	level = wanted_level();
	cores = gic_init();
	gic_init_core();
	psci_init(cores, level);
	relay_init();
	announce(cores, level);
	relay_tick();
	cpu_enter(level, GUEST_KERNEL, GUEST_TREE);
}

void el3_smc(struct frame *frame)
{
	if ((uint32_t)frame->x[0] == SMCCC_VERSION)
		frame->x[0] = SMCCC_1_2;
	else if (!psci_call(frame))
		relay_smc(frame);
}

void el3_fiq(void)
{
	uint32_t id = gic_take();

	if (id == GIC_SPI_BASE + SECURE_SPI)
		console_drain();
	if (this_core() == 0) {
		relay_events();
		relay_tick();
	}
	if (id < GIC_NOTHING - 3)
		gic_end(id);
}

void el3_panic(uint64_t which)
{
	console_text("el3: exception that nobody handles, vector ");
	console_number((uint32_t)which);
	console_text(" core ");
	console_number(this_core());
	console_text(" esr ");
	console_hex(READ_SYSREG(esr_el3));
	console_text(" elr ");
	console_hex(READ_SYSREG(elr_el3));
	console_text(" far ");
	console_hex(READ_SYSREG(far_el3));
	console_text(": power off\n");
	power_off();
}
