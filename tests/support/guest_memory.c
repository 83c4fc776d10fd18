/* SPDX-License-Identifier: BSD-3-Clause */
/* A guest's memory, filled as its kernel would. */
#include "support/guest_memory.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define PAGE 0x1000u

uint8_t *guest_at(const struct guest_memory *memory, uint64_t address, uint64_t length)
{
	if (address < memory->base || address - memory->base > memory->size ||
	    length > memory->size - (address - memory->base)) {
		fprintf(stderr, "the test's guest has no memory at 0x%llx\n",
			(unsigned long long)address);
		abort();
	}
	return memory->bytes + (address - memory->base);
}

void guest_put64(const struct guest_memory *memory, uint64_t address, uint64_t value)
{
	uint8_t *at = guest_at(memory, address, 8);

	for (int i = 0; i < 8; i++)
		at[i] = (uint8_t)(value >> 8 * i);
}

uint64_t guest_get64(const struct guest_memory *memory, uint64_t address)
{
	const uint8_t *at = guest_at(memory, address, 8);
	uint64_t value = 0;

	for (int i = 7; i >= 0; i--)
		value = value << 8 | at[i];
	return value;
}

size_t guest_put_metadata(const struct guest_memory *memory, uint64_t address,
			  const struct test_image *image)
{
	size_t headers = 52 + (size_t)32 * image->phnum;
	uint8_t *at = guest_at(memory, address, headers + image->hash.length);

	memcpy(at, image->bytes, headers);
	memcpy(at + headers, image->bytes + image->hash.offset, image->hash.length);
	return headers + image->hash.length;
}

uint64_t guest_put_segments(const struct guest_memory *memory, uint64_t address,
			    const struct test_image *image)
{
	uint64_t lowest = UINT64_MAX, highest = 0;
	uint32_t i;

	for (i = 0; i < image->phnum; i++) {
		uint64_t start = test_phdr_get(image, i, TEST_P_PADDR);
		uint64_t end = start + test_phdr_get(image, i, TEST_P_MEMSZ);

		if (test_phdr_get(image, i, TEST_P_TYPE) != TEST_PT_LOAD)
			continue;
		lowest = start < lowest ? start : lowest;
		highest = end > highest ? end : highest;
	}
	for (i = 0; i < image->phnum; i++) {
		uint64_t offset = test_phdr_get(image, i, TEST_P_PADDR) - lowest;
		uint64_t bytes = test_phdr_get(image, i, TEST_P_FILESZ);

		if (test_phdr_get(image, i, TEST_P_TYPE) != TEST_PT_LOAD)
			continue;
		memset(guest_at(memory, address + offset, test_phdr_get(image, i, TEST_P_MEMSZ)), 0,
		       (size_t)test_phdr_get(image, i, TEST_P_MEMSZ));
		memcpy(guest_at(memory, address + offset, bytes),
		       image->bytes + test_phdr_get(image, i, TEST_P_OFFSET), (size_t)bytes);
	}
	return highest - lowest;
}

/* ---- SMMU ---- */

static uint64_t take_page(struct guest_smmu *smmu)
{
	uint64_t page = smmu->next;

	memset(guest_at(smmu->memory, page, PAGE), 0, PAGE);
	smmu->next += PAGE;
	return page;
}

/* Split of 8, as Linux has it: 256 entries of 64 bytes behind each pointer. */
static void make_two_levels(struct guest_smmu *smmu, uint32_t stream)
{
	uint64_t first = take_page(smmu), second = smmu->next;
	int i;

	for (i = 0; i < 4; i++)
		(void)take_page(smmu);
	smmu->pointer = first + (uint64_t)(stream >> 8) * 8;
	guest_put64(smmu->memory, smmu->pointer, second | 9);
	smmu->entry = second + (uint64_t)(stream & 0xff) * 64;
	smmu->base_low = (uint32_t)first;
	smmu->base_high = (uint32_t)(first >> 32);
	smmu->config = 0x10000 | 8 << 6 | 16;
}

static void make_one_level(struct guest_smmu *smmu, uint32_t stream)
{
	uint64_t table = smmu->next;
	uint64_t pages = ((uint64_t)(stream + 1) * 64 + PAGE - 1) / PAGE;

	while (pages--)
		(void)take_page(smmu);
	smmu->entry = table + (uint64_t)stream * 64;
	smmu->base_low = (uint32_t)table;
	smmu->base_high = (uint32_t)(table >> 32);
	smmu->config = 16;
}

void guest_smmu_make(struct guest_smmu *smmu, const struct guest_memory *memory, uint64_t pages,
		     uint32_t stream, bool two_levels)
{
	memset(smmu, 0, sizeof(*smmu));
	smmu->memory = memory;
	smmu->next = pages;
	smmu->cr0 = 0xd;
	if (two_levels)
		make_two_levels(smmu, stream);
	else
		make_one_level(smmu, stream);
	smmu->context = take_page(smmu);
	smmu->root = take_page(smmu);
	/* V, stage 1 translates. */
	guest_put64(memory, smmu->entry, smmu->context | 5 << 1 | 1);
	/* T0SZ 16, EPD1, V, IPS 44 bits, AA64. */
	guest_put64(memory, smmu->context,
		    16 | UINT64_C(1) << 30 | UINT64_C(1) << 31 | UINT64_C(4) << 32 |
			    UINT64_C(1) << 41);
	guest_put64(memory, smmu->context + 8, smmu->root);
}

static uint64_t slot(uint64_t table, uint64_t address, int level)
{
	return table + (address >> (39 - 9 * level) & 511) * 8;
}

void guest_smmu_map(struct guest_smmu *smmu, uint64_t address, uint64_t length)
{
	uint64_t page;

	for (page = address & ~(uint64_t)(PAGE - 1); page < address + length; page += PAGE) {
		uint64_t table = smmu->root;
		int level;

		for (level = 0; level < 3; level++) {
			uint64_t at = slot(table, page, level);

			if (!guest_get64(smmu->memory, at))
				guest_put64(smmu->memory, at, take_page(smmu) | 3);
			table = guest_get64(smmu->memory, at) & ~(uint64_t)(PAGE - 1);
		}
		/* nG, AF, inner shareable, unprivileged too, a page. */
		guest_put64(smmu->memory, slot(table, page, 3),
			    page | 1 << 11 | 1 << 10 | 3 << 8 | 1 << 6 | 3);
	}
}

uint64_t guest_smmu_descriptor(const struct guest_smmu *smmu, uint64_t address)
{
	uint64_t table = smmu->root;
	int level;

	for (level = 0; level < 3; level++)
		table = guest_get64(smmu->memory, slot(table, address, level)) &
			~(uint64_t)(PAGE - 1);
	return slot(table, address, 3);
}

bool guest_smmu_register(const struct guest_smmu *smmu, uint64_t offset, uint32_t *value)
{
	const struct {
		uint32_t offset;
		uint32_t value;
	} registers[] = {
		{0x20, smmu->cr0},	 {0x44, smmu->gbpa},   {0x80, smmu->base_low},
		{0x84, smmu->base_high}, {0x88, smmu->config},
	};
	size_t i;

	for (i = 0; i < sizeof(registers) / sizeof(registers[0]); i++) {
		if (registers[i].offset == offset) {
			*value = registers[i].value;
			return true;
		}
	}
	return false;
}
