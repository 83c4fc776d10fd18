/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Program headers -> load plan: what is loadable, where it goes, what is refused. All decisions
 * about an image's geometry are taken here, over normalised headers, for both ELF classes, on a
 * host and at EL2 alike. Rules: docs/formats.md.
 */
#ifndef QPASI_FORMAT_PLAN_H
#define QPASI_FORMAT_PLAN_H

#include <stdbool.h>
#include <stdint.h>

#include "format/elf.h"

/* p_flags of a program header (docs/formats.md, "p_flags"). */
#define QPASI_PF_TYPE_SHIFT	  24
#define QPASI_PF_TYPE_MASK	  7u
#define QPASI_PF_TYPE_HASH	  2u
#define QPASI_PF_TYPE_PLACEHOLDER 7u
#define QPASI_PF_RELOCATABLE	  (1u << 27)
#define QPASI_PF_PAGED		  (1u << 20)
#define QPASI_PAGE_SIZE		  UINT64_C(4096)

/* p_type */
#define QPASI_PT_NULL	  0u
#define QPASI_PT_LOAD	  1u
#define QPASI_PT_ONE_SHOT 0x70000000u

bool qpasi_phdr_is_hash(const struct qpasi_phdr *phdr);
bool qpasi_phdr_is_loadable(const struct qpasi_phdr *phdr);
/* p_type 0x70000000 and everything else 0. */
bool qpasi_phdr_is_one_shot(const struct qpasi_phdr *phdr);

struct qpasi_plan_params {
	uint64_t span_limit;
	uint64_t metadata_limit;
	bool allow_overlap;
	/* Image read from an .mdt with parts: file ranges may end beyond the .mdt. */
	bool split;
	/* Bytes of the first (or only) file. */
	uint64_t file_size;
};

/* Where the hash segment's bytes stand in a split image (the kernel's three cases). */
enum qpasi_hash_place {
	QPASI_HASH_NONE = 0,
	QPASI_HASH_PACKED, /* directly behind phdr[0].p_filesz */
	QPASI_HASH_AT_OFFSET, /* at its p_offset */
	QPASI_HASH_OWN_FILE /* in its own .bNN */
};

struct qpasi_plan {
	/* QPAS_IMAGE_* facts that headers alone show. */
	uint64_t flags;
	uint32_t hash_index; /* QPAS_NO_SEGMENT if none */
	uint32_t loadable; /* number of loadable segments */
	enum qpasi_hash_place hash_place;
	uint64_t hash_offset; /* of PACKED and AT_OFFSET, in the first file */
	uint32_t highest; /* loadable segment that ends last */
	uint64_t min; /* lowest p_paddr */
	uint64_t size; /* highest end, rounded up to 4 KiB, minus min */
	uint64_t metadata_size; /* phdr[0].p_filesz + hash p_filesz, or 0 */
	bool relocatable;
};

/*
 * Whether a file is one part of a split set: its name ends in ".mdt" (the caller says) and a segment
 * with file data ends beyond it. Fails only on sums that wrap.
 */
int qpasi_plan_is_split(const struct qpasi_elf *elf, bool named_mdt, uint64_t file_size,
			bool *split, struct qpasi_fault *fault);

/* Facts about memory overlaps; the pair is (earlier, later) in header order. */
struct qpasi_plan_overlap {
	bool data; /* file data of two segments on the same address */
	bool tail_erases; /* zero range of the later header over data of the earlier one */
	bool tail_covered; /* zero range of the earlier header under data of the later one: harmless */
	uint32_t data_pair[2];
	uint64_t data_address;
	uint32_t erase_pair[2];
	uint64_t erase_address;
};

/* Finds overlaps of loadable segments in n log n steps. Their sums do not wrap. */
void qpasi_plan_overlaps(const struct qpasi_elf *elf, struct qpasi_plan_overlap *overlap);

/* Whether file ranges of two headers overlap. Their sums do not wrap. */
bool qpasi_plan_file_overlap(const struct qpasi_elf *elf);

/*
 * Describes: fills `plan` and refuses only what cannot be read safely (sums that wrap, a merged
 * file that ends too early).
 */
int qpasi_plan_describe(const struct qpasi_elf *elf, const struct qpasi_plan_params *params,
			struct qpasi_plan *plan, struct qpasi_fault *fault);

/*
 * Refuses what must not be loaded. `plan` comes from qpasi_plan_describe() with the same arguments.
 * `signed_only`: an image without hash segment is refused as well (boot through PAS).
 */
int qpasi_plan_check(const struct qpasi_elf *elf, const struct qpasi_plan_params *params,
		     const struct qpasi_plan *plan, bool signed_only, struct qpasi_fault *fault);

/*
 * Counts the bytes of the first file that are not zero and lie in no header's range; *first is where
 * the first of them stands.
 */
uint64_t qpasi_plan_uncovered(const struct qpasi_elf *elf, const struct qpasi_plan_params *params,
			      const struct qpasi_plan *plan, struct qpas_slice file,
			      uint64_t *first);

/*
 * Places a checked image into a region: *offset is where the byte at `plan->min` goes, from the
 * start of the region. The offset of a segment is then *offset + (p_paddr - min).
 */
int qpasi_plan_place(const struct qpasi_elf *elf, const struct qpasi_plan *plan, uint64_t base,
		     uint64_t region_size, uint64_t *offset, struct qpasi_fault *fault);

#endif
