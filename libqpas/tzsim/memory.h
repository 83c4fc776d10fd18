/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Simulated physical memory: where there is some, what stands in it, whose it is. Bytes are kept
 * only where somebody wrote. Who may access what beyond ownership is decided by the callers.
 */
#ifndef QPASI_TZSIM_MEMORY_H
#define QPASI_TZSIM_MEMORY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <qpas/tzsim.h>
#include <qpas/types.h>

#include "base/params.h"

#define QPASI_TZSIM_PAGE UINT64_C(4096)

/* Who makes an access. Only the host is stopped here, at memory of the trusted world. */
enum qpasi_tzsim_initiator { QPASI_TZSIM_HOST, QPASI_TZSIM_TRUSTED, QPASI_TZSIM_DEVICE };

/* A range with what the list it stands in says about it: of RAM nothing, else its owner. */
struct qpasi_tzsim_range {
	uint64_t start;
	uint64_t end;
	uint32_t owner;
	uint32_t reserved;
};

/* Ranges in an array without order. */
struct qpasi_tzsim_ranges {
	struct qpasi_tzsim_range *at;
	uint32_t count;
	uint32_t capacity;
};

/* Memory that the host got by shared_alloc: it has a pointer to these bytes. */
struct qpasi_tzsim_window {
	uint64_t address;
	uint64_t length;
	uint8_t *bytes;
	void *block;
};

struct qpasi_tzsim_chunk;

struct qpasi_tzsim_memory {
	const struct qpasi_env *env;
	struct qpasi_tzsim_ranges ram;
	struct qpasi_tzsim_ranges owned;
	/* Where windows are made. */
	struct qpasi_tzsim_range pool;
	/* The IOMMU's tables: for the host and the IOMMU, and no memory to anybody else. */
	struct qpasi_tzsim_range tables;
	struct qpasi_tzsim_window *windows;
	uint32_t window_count;
	uint32_t window_capacity;
	/* Hash table by chunk number; its size is a power of two. */
	struct qpasi_tzsim_chunk **chunks;
	uint32_t chunk_count;
	uint32_t chunk_slots;
	/* A guest's memory instead of chunks, or NULL; a run of it is a copy in `scratch`. */
	const struct qpas_tzsim_guest *guest;
	uint8_t *scratch;
	/* Accesses of the host to memory that is not its own. */
	uint32_t protected_accesses;
};

void qpasi_tzsim_memory_init(struct qpasi_tzsim_memory *memory, const struct qpasi_env *env);
void qpasi_tzsim_memory_free(struct qpasi_tzsim_memory *memory);
/* Takes memory from a guest, which must outlive it, from now on. */
int qpasi_tzsim_memory_lend(struct qpasi_tzsim_memory *memory,
			    const struct qpas_tzsim_guest *guest);

/* Whether [a, a + length) wraps; *end is set if not. */
bool qpasi_tzsim_wraps(uint64_t address, uint64_t length, uint64_t *end);

int qpasi_tzsim_ranges_add(const struct qpasi_env *env, struct qpasi_tzsim_ranges *ranges,
			   const struct qpasi_tzsim_range *range);
/* The first range that meets this one, or NULL. */
const struct qpasi_tzsim_range *qpasi_tzsim_ranges_meet(const struct qpasi_tzsim_ranges *ranges,
							uint64_t start, uint64_t end);
void qpasi_tzsim_ranges_drop(struct qpasi_tzsim_ranges *ranges, uint32_t owner);

/* Whether all of a range, which is not empty and does not wrap, is memory. */
bool qpasi_tzsim_memory_has(const struct qpasi_tzsim_memory *memory, uint64_t address,
			    uint64_t length);

/* Gives memory to an owner other than the host, and all of an owner's memory back. */
int qpasi_tzsim_memory_own(struct qpasi_tzsim_memory *memory, uint64_t address, uint64_t length,
			   uint32_t owner);
void qpasi_tzsim_memory_disown(struct qpasi_tzsim_memory *memory, uint32_t owner);
/* Who owns a byte of a range, or NULL: it is the host's. */
const struct qpasi_tzsim_range *qpasi_tzsim_memory_owner(const struct qpasi_tzsim_memory *memory,
							 uint64_t address, uint64_t length);

/*
 * Accesses. RANGE: no memory there. BACKEND: the host touched what is not its own, which is counted.
 * NOMEM: the simulator's own memory ran out.
 */
int qpasi_tzsim_memory_read(struct qpasi_tzsim_memory *memory, enum qpasi_tzsim_initiator who,
			    uint64_t address, void *to, size_t length);
int qpasi_tzsim_memory_write(struct qpasi_tzsim_memory *memory, enum qpasi_tzsim_initiator who,
			     uint64_t address, struct qpas_slice data);
int qpasi_tzsim_memory_zero(struct qpasi_tzsim_memory *memory, enum qpasi_tzsim_initiator who,
			    uint64_t address, uint64_t length);

/*
 * The bytes from an address on, at most `length` of them, as far as they lie together. Of a guest's
 * memory they are a copy that the next call overwrites.
 */
struct qpas_slice qpasi_tzsim_memory_run(const struct qpasi_tzsim_memory *memory, uint64_t address,
					 uint64_t length);

/* Shared buffers: page-aligned, zeroed, with a page on each side that is in no other one. */
int qpasi_tzsim_memory_share(struct qpasi_tzsim_memory *memory, size_t length, void **ptr,
			     uint64_t *address);
/* Gives the length of the buffer that was given back, 0 if there is none at this address. */
uint64_t qpasi_tzsim_memory_unshare(struct qpasi_tzsim_memory *memory, uint64_t address);

/* Makes room for one more item of an array; the array may move. */
int qpasi_tzsim_grow(const struct qpasi_env *env, void *array, uint32_t *capacity, uint32_t count,
		     size_t item);

#endif
