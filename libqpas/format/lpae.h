/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Stage 1 translation tables of the Arm VMSAv8-64 (LPAE): 4 KiB granule, pages of 4 KiB, blocks of
 * 2 MiB, an input of 25 to 48 bits, one range from 0 on. A walker over a read function, for whoever
 * plays the hardware, and a builder over an embedder's memory, for whoever programs it. Neither
 * trusts what stands in a table: a walk ends after at most four descriptors.
 *
 * Facts: Arm ARM (DDI 0487), D8.2 "Translation process", D8.3 "Translation table descriptor
 * formats", D8.4 "Memory access control".
 */
#ifndef QPASI_FORMAT_LPAE_H
#define QPASI_FORMAT_LPAE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/fault.h"

#define QPASI_LPAE_PAGE	 UINT64_C(0x1000)
#define QPASI_LPAE_BLOCK UINT64_C(0x200000)
/* Tables are pages of 512 descriptors, in levels 0 to 3. */
#define QPASI_LPAE_ENTRIES 512u
#define QPASI_LPAE_LEVELS  4u

/*
 * MAIR for the indices that the builder uses: 0 normal, not cached; 1 normal, write-back; 2 device
 * (nGnRE). The order is that of Linux's io-pgtable-arm.
 */
#define QPASI_LPAE_MAIR UINT64_C(0x04ff44)

/* Whose accesses are translated. */
enum qpasi_lpae_regime {
	/* EL1&0: privileged and unprivileged ones. What an SMMU's stage 1 has. */
	QPASI_LPAE_EL10,
	/* EL2: one privilege only; AP[1] is RES1, PXN does not exist. */
	QPASI_LPAE_EL2
};

/* What TTBR and TCR say. */
struct qpasi_lpae {
	/* Address of the first table, a page. */
	uint64_t root;
	/* 64 - TxSZ: 25 to 48. The first level follows: 0 from 40 bits on, 1 from 31 on, else 2. */
	uint32_t input_bits;
	/* As (I)PS says: 32 to 48. */
	uint32_t output_bits;
	uint32_t regime;
};

/* ---- walker ---- */

/* Reads 8 bytes, little-endian, at a multiple of 8. Not 0: nothing answers at this address. */
typedef int qpasi_lpae_read(void *user, uint64_t address, uint64_t *descriptor);

enum qpasi_lpae_kind { QPASI_LPAE_READ, QPASI_LPAE_WRITE, QPASI_LPAE_EXECUTE };

struct qpasi_lpae_access {
	uint64_t iova;
	uint32_t kind;
	bool privileged;
};

/* In the order in which hardware finds them ("MMU fault prioritization"). */
enum qpasi_lpae_fault {
	QPASI_LPAE_FINE,
	/* External abort: the descriptor could not be read. */
	QPASI_LPAE_ABORT,
	/* Nothing is mapped, or the descriptor is reserved. */
	QPASI_LPAE_TRANSLATION,
	/* A table, page or block lies above output_bits. */
	QPASI_LPAE_ADDRESS_SIZE,
	QPASI_LPAE_ACCESS_FLAG,
	QPASI_LPAE_PERMISSION
};

struct qpasi_lpae_walk {
	/* enum qpasi_lpae_fault, and the level of the descriptor that it was found at. */
	uint32_t fault;
	uint32_t level;
	/* Where the access ends up, and how many bytes from there on the same descriptor maps. */
	uint64_t address;
	uint64_t span;
	/* The last descriptor that was read, and where. */
	uint64_t descriptor;
	uint64_t at;
};

/* One access. `walk` is filled in any case; its address and span only without a fault. */
void qpasi_lpae_walk(const struct qpasi_lpae *lpae, qpasi_lpae_read *read, void *user,
		     const struct qpasi_lpae_access *access, struct qpasi_lpae_walk *walk);

/* "translation fault" and so on; total. */
const char *qpasi_lpae_fault_name(uint32_t fault);

/* ---- builder ---- */

/* Where tables are made. Functions return 0, or a negative enum qpas_err. */
struct qpasi_lpae_memory {
	void *user;
	qpasi_lpae_read *read;
	/* One descriptor, to a table that was handed out. Visible to the walker when it returns. */
	int (*write)(void *user, uint64_t address, uint64_t descriptor);
	/* A page of zeros below output_bits. */
	int (*alloc)(void *user, uint64_t *page);
	void (*free)(void *user, uint64_t page);
	/*
	 * Forgets what the hardware has cached of a range; comes after a descriptor was cleared and
	 * before its place is used again ("break-before-make"). NULL where nothing is cached.
	 */
	void (*invalidate)(void *user, uint64_t iova, uint64_t length);
};

/* A range; all of it multiples of 4 KiB. */
struct qpasi_lpae_mapping {
	uint64_t iova;
	uint64_t address;
	uint64_t length;
	/*
	 * QPAS_RSC_READ, WRITE, CACHE, NOEXEC, MMIO, PRIV. Stage 1 cannot say "write only": such a
	 * range can be read, too.
	 */
	uint32_t permissions;
};

/* Checks input_bits and output_bits, and makes an empty first table. */
int qpasi_lpae_create(struct qpasi_lpae *lpae, const struct qpasi_lpae_memory *memory,
		      struct qpasi_fault *fault);
/* Gives the first table back. STATE while something is mapped. */
int qpasi_lpae_destroy(struct qpasi_lpae *lpae, const struct qpasi_lpae_memory *memory,
		       struct qpasi_fault *fault);

/*
 * Maps a range, by blocks where all three are aligned for them: all or nothing. RANGE: no pages, a
 * wrap, or beyond either width. ARG: neither read nor write. OVERLAP: some of it is mapped. FORMAT:
 * the tables are not what this builder makes. And what `memory` returns.
 */
int qpasi_lpae_map(const struct qpasi_lpae *lpae, const struct qpasi_lpae_memory *memory,
		   const struct qpasi_lpae_mapping *mapping, struct qpasi_fault *fault);
/*
 * Unmaps a range, of however many mappings it is part, and gives back tables that got empty: all or
 * nothing. NOTFOUND: some of it is not mapped. RANGE, FORMAT as above. Only a block that is unmapped
 * in part needs a new table; when there is none, it may stay mapped by pages.
 */
int qpasi_lpae_unmap(const struct qpasi_lpae *lpae, const struct qpasi_lpae_memory *memory,
		     uint64_t iova, uint64_t length, struct qpasi_fault *fault);

#endif
