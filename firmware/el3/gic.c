/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * GICv3. Three interrupts are the relay's own (group 0, which arrives at EL3 as FIQ): the bell of
 * the secure UART, the secure timer and the SGI that wakes parked cores. All others belong to the
 * non-secure world.
 */
#include "relay.h"

#define GICD_CTLR	   (GIC_DIST + 0x0)
#define GICD_TYPER	   (GIC_DIST + 0x4)
#define GICD_IGROUPR(n)	   (GIC_DIST + 0x80 + 4 * (n))
#define GICD_ISENABLER(n)  (GIC_DIST + 0x100 + 4 * (n))
#define GICD_ISPENDR(n)	   (GIC_DIST + 0x200 + 4 * (n))
#define GICD_IPRIORITYR(n) (GIC_DIST + 0x400 + 4 * (n))
#define GICD_IROUTER(n)	   (GIC_DIST + 0x6000 + 8 * (n))
#define CTLR_GROUPS	   0x1u /* group 0; the kernel switches its own group on */
#define CTLR_ARE	   0x30u /* affinity routing, both worlds */

#define REDIST_LOG2	17 /* two frames of 64 KiB */
#define GICR_TYPER	0x8
#define TYPER_LAST	0x10u
#define GICR_WAKER	0x14
#define WAKER_SLEEP	0x2u
#define WAKER_ASLEEP	0x4u
#define GICR_SGI_BASE	0x10000
#define GICR_IGROUPR0	(GICR_SGI_BASE + 0x80)
#define GICR_ISENABLER0 (GICR_SGI_BASE + 0x100)
#define GICR_IPRIORITYR (GICR_SGI_BASE + 0x400)

#define BELL	(GIC_SPI_BASE + SECURE_SPI)
#define PRIVATE (1u << GIC_WAKE | 1u << GIC_TIMER)

static uint32_t lines; /* interrupt ids that the distributor has */

static uint64_t redistributor(uint32_t core)
{
	return GIC_REDIST + ((uint64_t)core << REDIST_LOG2);
}

static uint32_t count_cores(void)
{
	uint32_t n = 0;

	while (n + 1 < MAILBOX_SLOTS && !(read32(redistributor(n) + GICR_TYPER) & TYPER_LAST))
		n++;
	return n + 1;
}

uint32_t gic_init(void)
{
	lines = 32 * ((read32(GICD_TYPER) & 31) + 1);
	write32(GICD_CTLR, CTLR_ARE);
	for (uint32_t n = 1; n < lines / 32; n++)
		write32(GICD_IGROUPR(n), BELL / 32 == n ? ~(1u << BELL % 32) : ~0u);
	write32(GICD_IPRIORITYR(BELL / 4),
		read32(GICD_IPRIORITYR(BELL / 4)) & ~(0xffu << 8 * (BELL % 4)));
	write32(GICD_IROUTER(BELL), 0);
	write32(GICD_IROUTER(BELL) + 4, 0);
	write32(GICD_ISENABLER(BELL / 32), 1u << BELL % 32);
	write32(GICD_CTLR, CTLR_ARE | CTLR_GROUPS);
	return count_cores();
}

void gic_init_core(void)
{
	uint64_t base = redistributor(this_core());

	write32(base + GICR_WAKER, read32(base + GICR_WAKER) & ~WAKER_SLEEP);
	while (read32(base + GICR_WAKER) & WAKER_ASLEEP)
		;
	write32(base + GICR_IGROUPR0, ~PRIVATE);
	for (uint32_t id = 0; id < 32; id++) {
		uint64_t word = base + GICR_IPRIORITYR + (id & ~3u);

		if (PRIVATE >> id & 1)
			write32(word, read32(word) & ~(0xffu << 8 * (id % 4)));
	}
	write32(base + GICR_ISENABLER0, PRIVATE);
	WRITE_SYSREG(icc_sre_el3, 0xf);
	isb();
	WRITE_SYSREG(icc_pmr_el1, 0xff);
	WRITE_SYSREG(icc_igrpen0_el1, 1);
	isb();
}

void gic_wake(uint32_t core)
{
	dsb();
	WRITE_SYSREG(icc_sgi0r_el1, (uint64_t)GIC_WAKE << 24 | 1u << core);
	isb();
}

int gic_raise(uint32_t spi)
{
	if (spi >= lines - GIC_SPI_BASE || spi == SECURE_SPI)
		return -1;
	write32(GICD_ISPENDR((GIC_SPI_BASE + spi) / 32), 1u << (GIC_SPI_BASE + spi) % 32);
	return 0;
}

uint32_t gic_take(void)
{
	return (uint32_t)READ_SYSREG(icc_iar0_el1) & 0xffffff;
}

void gic_end(uint32_t id)
{
	WRITE_SYSREG(icc_eoir0_el1, id);
	isb();
}
