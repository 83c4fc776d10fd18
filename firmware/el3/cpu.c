/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * EL3's own settings of a core, and the state in which it hands the core to EL2 or EL1: what the
 * kernel's boot protocol asks for, on the first start as after CPU_OFF.
 */
#include "relay.h"

/* SCR_EL3; bits of features that the core lacks read back as zero. */
#define SCR_NS	   (1ull << 0)
#define SCR_FIQ	   (1ull << 2) /* to EL3 */
#define SCR_RES1   (3ull << 4)
#define SCR_HCE	   (1ull << 8)
#define SCR_RW	   (1ull << 10)
#define SCR_APK	   (1ull << 16)
#define SCR_API	   (1ull << 17)
#define SCR_ENSCXT (1ull << 25)
#define SCR_ATA	   (1ull << 26)
#define SCR_FGTEN  (1ull << 27)
#define SCR_ECVEN  (1ull << 28)
#define SCR_HXEN   (1ull << 38)
#define SCR_ENTP2  (1ull << 41)
#define SCR_ALL                                                                            \
	(SCR_NS | SCR_FIQ | SCR_RES1 | SCR_HCE | SCR_RW | SCR_APK | SCR_API | SCR_ENSCXT | \
	 SCR_ATA | SCR_FGTEN | SCR_ECVEN | SCR_HXEN | SCR_ENTP2)

#define CPTR_EL3_EZ    (1ull << 8)
#define CPTR_EL3_ESM   (1ull << 12)
#define PFR0_SVE       (15ull << 32)
#define PFR1_SME       (15ull << 24)
#define SCTLR_EL2_RES1 0x30c50830ull
#define SCTLR_EL1_RES1 0x30d00800ull
#define HCR_TSC	       (1ull << 19) /* SMC traps to EL2 */
#define HCR_RW	       (1ull << 31)
#define HCR_APK	       (1ull << 40)
#define HCR_API	       (1ull << 41)
#define CPTR_EL2_RES1  0x33ffull
#define CPTR_EL2_TZ    (1ull << 8)
#define CPTR_EL2_TSM   (1ull << 12)
#define SPSR_EL2H      0x3c9ull /* all masked */
#define SPSR_EL1H      0x3c5ull

/* By encoding: an assembler for the base architecture has no names for them. */
#define ZCR_EL3	    S3_6_C1_C2_0
#define SMCR_EL3    S3_6_C1_C2_6
#define ICC_SRE_EL2 S3_4_C12_C9_5

void cpu_init(void)
{
	WRITE_SYSREG(scr_el3, SCR_ALL);
	WRITE_SYSREG(mdcr_el3, 0);
	WRITE_SYSREG(cptr_el3, CPTR_EL3_EZ | CPTR_EL3_ESM);
	isb();
	if (READ_SYSREG(id_aa64pfr0_el1) & PFR0_SVE)
		WRITE_SYSREG(S3_6_C1_C2_0, 0xf); /* ZCR_EL3: all lengths */
	if (READ_SYSREG(id_aa64pfr1_el1) & PFR1_SME)
		WRITE_SYSREG(S3_6_C1_C2_6, 0x8000000full); /* SMCR_EL3: all lengths, FA64 */
}

/* EL2 as a kernel at EL1 wants to find it: nothing is trapped, time is not shifted. */
static void open_el2(void)
{
	WRITE_SYSREG(hcr_el2, HCR_RW | HCR_APK | HCR_API);
	WRITE_SYSREG(cptr_el2, CPTR_EL2_RES1 & ~(CPTR_EL2_TZ | CPTR_EL2_TSM));
	WRITE_SYSREG(cnthctl_el2, 3);
	WRITE_SYSREG(cntvoff_el2, 0);
	WRITE_SYSREG(mdcr_el2, READ_SYSREG(pmcr_el0) >> 11 & 31);
	WRITE_SYSREG(hstr_el2, 0);
	WRITE_SYSREG(vttbr_el2, 0);
	WRITE_SYSREG(vpidr_el2, READ_SYSREG(midr_el1));
	WRITE_SYSREG(vmpidr_el2, READ_SYSREG(mpidr_el1));
}

/* Hands the traps of SMC to the hypervisor, on a stack of its own for each core. */
static void hand_to_hypervisor(void)
{
	WRITE_SYSREG(vbar_el2, GUEST_HYPERVISOR);
	WRITE_SYSREG(sp_el2, GUEST_HYPERVISOR + HYPERVISOR_SIZE -
				     ((uint64_t)this_core() << HYPERVISOR_STACK_LOG2));
	WRITE_SYSREG(hcr_el2, READ_SYSREG(hcr_el2) | HCR_TSC);
}

void cpu_enter(uint32_t level, uint64_t entry, uint64_t context)
{
	WRITE_SYSREG(icc_sre_el2, 0xf);
	WRITE_SYSREG(hcr_el2, level == 2 ? 0 : HCR_RW);
	WRITE_SYSREG(sctlr_el2, SCTLR_EL2_RES1);
	WRITE_SYSREG(sctlr_el1, SCTLR_EL1_RES1);
	if (level == 1)
		open_el2();
	if (level == 1 && read32(MAILBOX_BOOT_FLAGS) & GUEST_FLAG_HYPERVISOR)
		hand_to_hypervisor();
	isb();
	el3_enter(entry, context, level == 2 ? SPSR_EL2H : SPSR_EL1H);
}
