/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The platform object and what its sources share. Other modules see qpasi_platform_check_boot()
 * of this file; the rest is for this folder.
 */
#ifndef QPASI_PLATFORM_PLATFORM_H
#define QPASI_PLATFORM_PLATFORM_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include <qpas/platform.h>

#include "base/fault.h"
#include "base/params.h"
#include "platform/arena.h"
#include "platform/soc_table.h"
#include "platform/tree.h"

/* Real trees have at most 15 peripherals, 5 regions, 2 streams and 2 names each. */
#define QPASI_PERIPHERALS_MAX 128u
#define QPASI_REGIONS_MAX     16u
#define QPASI_STREAMS_MAX     32u
#define QPASI_FIRMWARE_MAX    8u

struct qpas_platform {
	atomic_uint references;
	struct qpasi_env env;
	/* Strings of the tree are not copied: all names point into it. */
	struct qpasi_tree tree;
	struct qpasi_arena arena;
	struct qpas_peripheral *peripherals;
	struct qpas_memory_range *ranges;
	const char *model;
	uint32_t count;
	/* Memory nodes come first in `ranges`. */
	uint32_t memory_count;
	uint32_t range_count;
};

/* A node that describes a peripheral, before it is read. */
struct qpasi_candidate {
	uint32_t node;
	uint32_t kind;
	/* The string that told the kind, and that the name is made of. */
	const char *known_by;
	const struct qpasi_soc_row *row;
};

/* Numbers of cells in reg properties below one node. */
struct qpasi_cells {
	uint32_t address;
	uint32_t size;
};

/* What lives only while a tree is being read. */
struct qpasi_reader {
	struct qpas_platform *platform;
	struct qpasi_fault *fault;
	/* The root's compatible property. */
	struct qpas_slice machine;
	uint32_t reserved_memory;
	struct qpasi_cells reserved_cells;
	/* Flags that all peripherals of this machine share. */
	uint64_t machine_flags;
	/* The IOMMU whose path was made last: one IOMMU serves most peripherals. */
	uint32_t iommu;
	const char *iommu_path;
};

/* Makes the error of a node: {s} its path, {t} `about`. */
int qpasi_reader_refuse(struct qpasi_reader *reader, uint32_t message, uint32_t node,
			const char *about);
/* The error for an arena that gave NULL. */
int qpasi_reader_out_of_memory(struct qpasi_reader *reader);

/* classify.c */
bool qpasi_candidate_find(const struct qpasi_reader *reader, uint32_t node,
			  struct qpasi_candidate *candidate);
/* The zap shader of a GPU: `gpu` is the GPU's node, the candidate's is its child. */
bool qpasi_candidate_find_zap(const struct qpasi_reader *reader, uint32_t gpu,
			      struct qpasi_candidate *candidate);
const char *qpasi_candidate_name(const struct qpasi_candidate *candidate,
				 struct qpasi_arena *arena);

/* regions.c */
int qpasi_regions_read(struct qpasi_reader *reader);
int qpasi_carveouts_read(struct qpasi_reader *reader, uint32_t node,
			 struct qpas_peripheral *peripheral);
/* The reserved region that a carveout overlaps, or NULL. */
const struct qpas_memory_range *qpasi_carveout_overlap(const struct qpas_platform *platform,
						       const struct qpas_carveout *carveout);

/* streams.c */
int qpasi_streams_read(struct qpasi_reader *reader, uint32_t node,
		       struct qpas_peripheral *peripheral);

/* firmware.c */
int qpasi_firmware_read(struct qpasi_reader *reader, const struct qpasi_candidate *candidate,
			struct qpas_peripheral *peripheral);

/* aliases.c */
int qpasi_aliases_read(struct qpasi_reader *reader, const uint32_t *nodes);

/* describe.c: everything, into a platform whose tree is open. */
int qpasi_platform_describe(struct qpas_platform *platform, struct qpasi_fault *fault);

/*
 * What only a boot refuses: a carveout that overlaps another reserved region, a region to be lent
 * that the node does not list. `peripheral` is of this platform. RANGE.
 */
int qpasi_platform_check_boot(const struct qpas_platform *platform,
			      const struct qpas_peripheral *peripheral, struct qpas_error *err);

#endif
