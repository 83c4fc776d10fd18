/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Where the guest's invented devices lie. They are plain RAM: nobody but the server plays them.
 * The mailbox and what the launcher loads stand in firmware/el3.
 */
#ifndef QPAS_TOOL_GUEST_LAYOUT_H
#define QPAS_TOOL_GUEST_LAYOUT_H

#define LAYOUT_ARCHIVE_END 0x80000000u /* boards have their carveouts above */
#define LAYOUT_SMEM	   0x90900000u
#define LAYOUT_SMEM_SIZE   0x200000u
#define LAYOUT_SMEM_ITEMS  512u /* of the heap's version 11 */
#define LAYOUT_SMEM_OWN	   460u /* items that replace the board's, two for each processor */
#define LAYOUT_HWLOCK	   0x90c00000u
#define LAYOUT_IPC	   0x90c10000u /* outgoing doorbell; what device memory entries map */
#define LAYOUT_SCMI	   0x90c20000u
#define LAYOUT_PAGE	   0x1000u

/* SPIs of processor i: doorbell inwards, watchdog. QEMU's own devices end below. */
#define LAYOUT_SPI_FIRST       192u
#define LAYOUT_SPI_DOORBELL(i) (LAYOUT_SPI_FIRST + 2u * (i))
#define LAYOUT_SPI_WATCHDOG(i) (LAYOUT_SPI_FIRST + 2u * (i) + 1u)

#endif
