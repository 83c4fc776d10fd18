/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What a guest's kernel leaves in its memory, for tests that play one: metadata and segments of an
 * image, and the tables of an SMMUv3. Written from the architecture's figures; no constant here is
 * the library's.
 */
#ifndef QPAS_TESTS_GUEST_MEMORY_H
#define QPAS_TESTS_GUEST_MEMORY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "support/image_builder.h"

/* A piece of RAM that the test has a pointer to. */
struct guest_memory {
	uint8_t *bytes;
	uint64_t base;
	uint64_t size;
};

/* The bytes at an address; a test that names memory that is not there ends. */
uint8_t *guest_at(const struct guest_memory *memory, uint64_t address, uint64_t length);
void guest_put64(const struct guest_memory *memory, uint64_t address, uint64_t value);
uint64_t guest_get64(const struct guest_memory *memory, uint64_t address);

/* Headers and hash segment, packed as the kernel does it; returns their length. */
size_t guest_put_metadata(const struct guest_memory *memory, uint64_t address,
			  const struct test_image *image);
/* Loadable segments, `address` being the image's lowest byte; returns the span. */
uint64_t guest_put_segments(const struct guest_memory *memory, uint64_t address,
			    const struct test_image *image);

/* The registers of an SMMU, and where the structures of its one stream stand. */
struct guest_smmu {
	const struct guest_memory *memory;
	uint64_t next; /* the next free page of those that were given */
	uint32_t cr0;
	uint32_t gbpa;
	uint32_t base_low;
	uint32_t base_high;
	uint32_t config;
	uint64_t pointer; /* of the first level of the stream table; 0: it has one level */
	uint64_t entry;
	uint64_t context;
	uint64_t root;
};

/* Makes stream table, context descriptor and an empty first table (48 bits) from `pages` on. */
void guest_smmu_make(struct guest_smmu *smmu, const struct guest_memory *memory, uint64_t pages,
		     uint32_t stream, bool two_levels);
/* Maps pages to themselves, as Linux does for a remote processor: read and write. */
void guest_smmu_map(struct guest_smmu *smmu, uint64_t address, uint64_t length);
/* Where the descriptor of a mapped page stands. */
uint64_t guest_smmu_descriptor(const struct guest_smmu *smmu, uint64_t address);
/* The register at an offset; false if it is none of those that a walk needs. */
bool guest_smmu_register(const struct guest_smmu *smmu, uint64_t offset, uint32_t *value);

#endif
