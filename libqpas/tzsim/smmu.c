/* SPDX-License-Identifier: BSD-3-Clause */
/* From a stream id to the tables of its stage 1, through what the guest's kernel wrote. */
#include "tzsim/smmu.h"

#include <string.h>

#include "base/cursor.h"
#include "tzsim/iommu.h"
#include "tzsim/memory.h"

#define SMMU_CR0	      0x20u
#define SMMU_GBPA	      0x44u
#define SMMU_STRTAB_BASE      0x80u
#define SMMU_STRTAB_BASE_HIGH 0x84u
#define SMMU_STRTAB_BASE_CFG  0x88u

#define CR0_SMMUEN UINT32_C(1)
#define GBPA_ABORT (UINT32_C(1) << 20)

#define STREAM_TABLE UINT64_C(0x000fffffffffffc0)
#define LEVEL2_TABLE UINT64_C(0x000fffffffffffc0)
#define CONTEXT	     UINT64_C(0x000fffffffffffc0)
#define CONTEXTS     UINT64_C(0x000ffffffffff000)
#define TTB	     UINT64_C(0x000ffffffffffff0)

/* Entries of the stream table and context descriptors are 64 bytes, pointers to them 8. */
#define WORDS 8u

/* Bits 3:1 of a stream table entry. */
enum { CONFIG_BYPASS = 4, CONFIG_STAGE1 = 5, CONFIG_STAGE2 = 6, CONFIG_BOTH = 7 };
/* What accesses without a substream get when there are substreams (S1DSS). */
enum { SUBSTREAM_TERMINATE = 0, SUBSTREAM_BYPASS = 1, SUBSTREAM_FIRST = 2 };

static uint64_t bits(uint64_t word, unsigned high, unsigned low)
{
	return word >> low & ((UINT64_C(2) << (high - low)) - 1);
}

void qpasi_tzsim_smmu_init(struct qpasi_tzsim_smmu *smmu, struct qpasi_tzsim_memory *memory)
{
	memset(smmu, 0, sizeof(*smmu));
	smmu->memory = memory;
}

static int peek(const struct qpasi_tzsim_smmu *smmu, uint32_t offset, uint32_t *value)
{
	const struct qpas_tzsim_guest *guest = smmu->memory->guest;

	return guest->peek(guest->user, guest->smmu + offset, value);
}

void qpasi_tzsim_smmu_refresh(struct qpasi_tzsim_smmu *smmu)
{
	uint32_t low = 0, high = 0;

	smmu->known = false;
	if (!smmu->memory->guest->smmu || peek(smmu, SMMU_CR0, &smmu->cr0))
		return;
	if (smmu->cr0 & CR0_SMMUEN)
		smmu->known = !peek(smmu, SMMU_STRTAB_BASE, &low) &&
			      !peek(smmu, SMMU_STRTAB_BASE_HIGH, &high) &&
			      !peek(smmu, SMMU_STRTAB_BASE_CFG, &smmu->config);
	else
		smmu->known = !peek(smmu, SMMU_GBPA, &smmu->gbpa);
	smmu->base = ((uint64_t)high << 32 | low) & STREAM_TABLE;
}

/* ---- the guest's memory ---- */

/* Memory of a running processor answers nobody else, its own IOMMU included. */
static bool fetch(const struct qpasi_tzsim_smmu *smmu, uint64_t address, uint64_t *words,
		  uint32_t count)
{
	uint8_t bytes[WORDS * sizeof(*words)];
	size_t length = count * sizeof(*words);

	if (qpasi_tzsim_memory_owner(smmu->memory, address, length) ||
	    qpasi_tzsim_memory_read(smmu->memory, QPASI_TZSIM_DEVICE, address, bytes, length))
		return false;
	for (uint32_t i = 0; i < count; i++)
		words[i] = qpasi_get_le64(bytes + i * sizeof(*words));
	return true;
}

static int read_descriptor(void *user, uint64_t address, uint64_t *descriptor)
{
	return fetch(user, address, descriptor, 1) ? 0 : QPAS_ERR_RANGE;
}

/* ---- stream table ---- */

/* NULL, and *entry is the address of the stream's entry; or what is wrong. */
static const char *find_two_level(const struct qpasi_tzsim_smmu *smmu, uint32_t stream,
				  uint64_t *entry)
{
	unsigned split = (unsigned)bits(smmu->config, 10, 6);
	uint64_t index, span, pointer;

	if (split != 6 && split != 8 && split != 10)
		return "the stream table is split in a way that does not exist";
	if (!fetch(smmu, smmu->base + (uint64_t)(stream >> split) * sizeof(pointer), &pointer, 1))
		return "the stream table is not in memory";
	index = stream & ((UINT32_C(1) << split) - 1);
	span = bits(pointer, 4, 0);
	if (!span || span > split + 1 || index >> (span - 1))
		return "the stream has no entry in the stream table";
	*entry = (pointer & LEVEL2_TABLE) + index * WORDS * sizeof(uint64_t);
	return NULL;
}

static const char *find_entry(const struct qpasi_tzsim_smmu *smmu, uint32_t stream, uint64_t *entry)
{
	unsigned size = (unsigned)bits(smmu->config, 5, 0);

	if (size < 32 && stream >> size)
		return "the stream id is beyond the stream table";
	switch (bits(smmu->config, 17, 16)) {
	case 0:
		*entry = smmu->base + (uint64_t)stream * WORDS * sizeof(uint64_t);
		return NULL;
	case 1:
		return find_two_level(smmu, stream, entry);
	default:
		return "the stream table has a format that does not exist";
	}
}

/* ---- context descriptor ---- */

/* Descriptor 0 of a table of them, which has one level or two. */
static const char *find_first_context(const struct qpasi_tzsim_smmu *smmu, const uint64_t *entry,
				      uint64_t *context)
{
	uint64_t pointer;

	*context = entry[0] & CONTEXT;
	if (!bits(entry[0], 63, 59) || !bits(entry[0], 5, 4))
		return NULL;
	if (!fetch(smmu, *context, &pointer, 1))
		return "the table of context descriptors is not in memory";
	*context = pointer & CONTEXTS;
	return pointer & 1 ? NULL : "the stream has no context descriptor";
}

static const char *read_context(const struct qpasi_tzsim_smmu *smmu, uint64_t address,
				struct qpasi_lpae *lpae)
{
	static const uint8_t widths[] = {32, 36, 40, 42, 44, 48, 48, 48};
	uint64_t words[WORDS];

	if (!fetch(smmu, address, words, WORDS))
		return "the context descriptor is not in memory";
	if (!bits(words[0], 31, 31))
		return "the context descriptor is not valid";
	if (!bits(words[0], 41, 41) || bits(words[0], 15, 15) || bits(words[0], 7, 6))
		return "the tables are not little-endian VMSAv8-64 ones with pages of 4 KiB";
	if (bits(words[0], 14, 14))
		return "table walks are disabled in the context descriptor";
	lpae->input_bits = 64 - (uint32_t)bits(words[0], 5, 0);
	lpae->output_bits = widths[bits(words[0], 34, 32)];
	lpae->root = words[1] & TTB;
	lpae->regime = QPASI_LPAE_EL10;
	if (lpae->input_bits < 25 || lpae->input_bits > 48)
		return "the context descriptor has a size of input that does not exist";
	return NULL;
}

/* ---- one access ---- */

static bool bypass(const struct qpasi_tzsim_access *access, struct qpasi_tzsim_translation *out)
{
	out->fault = NULL;
	out->address = access->iova;
	out->span = QPASI_LPAE_BLOCK - (access->iova & (QPASI_LPAE_BLOCK - 1));
	return true;
}

static bool walk(const struct qpasi_tzsim_smmu *smmu, const struct qpasi_lpae *lpae,
		 const struct qpasi_tzsim_access *access, struct qpasi_tzsim_translation *out)
{
	const struct qpasi_lpae_access wanted = {access->iova, access->kind, access->privileged};
	struct qpasi_tzsim_smmu reader = *smmu;
	struct qpasi_lpae_walk walk;

	qpasi_lpae_walk(lpae, read_descriptor, &reader, &wanted, &walk);
	out->level = walk.level;
	out->address = walk.address;
	out->span = walk.span;
	out->fault = walk.fault ? qpasi_lpae_fault_name(walk.fault) : NULL;
	return !walk.fault;
}

static bool stage1(const struct qpasi_tzsim_smmu *smmu, const uint64_t *entry,
		   const struct qpasi_tzsim_access *access, struct qpasi_tzsim_translation *out)
{
	uint64_t way = bits(entry[1], 1, 0), context = 0;
	struct qpasi_lpae lpae = {0, 0, 0, 0};

	if (bits(entry[0], 63, 59) && way == SUBSTREAM_BYPASS)
		return bypass(access, out);
	out->fault = bits(entry[0], 63, 59) && way != SUBSTREAM_FIRST ?
			     "the stream takes no access without a substream" :
			     find_first_context(smmu, entry, &context);
	if (!out->fault)
		out->fault = read_context(smmu, context, &lpae);
	return !out->fault && walk(smmu, &lpae, access, out);
}

bool qpasi_tzsim_smmu_translate(const struct qpasi_tzsim_smmu *smmu,
				const struct qpasi_tzsim_access *access,
				struct qpasi_tzsim_translation *out)
{
	uint64_t address = 0, entry[WORDS];

	memset(out, 0, sizeof(*out));
	out->level = QPASI_LPAE_LEVELS;
	out->fault = "the SMMU cannot be read";
	if (!smmu->known)
		return false;
	if (!(smmu->cr0 & CR0_SMMUEN) && !(smmu->gbpa & GBPA_ABORT))
		return bypass(access, out);
	out->fault = "the SMMU is off and lets nothing through";
	if (!(smmu->cr0 & CR0_SMMUEN))
		return false;
	out->fault = find_entry(smmu, access->stream, &address);
	if (!out->fault && !fetch(smmu, address, entry, WORDS))
		out->fault = "the stream table is not in memory";
	if (!out->fault && !(entry[0] & 1))
		out->fault = "the stream's entry in the stream table is not valid";
	if (out->fault)
		return false;
	switch (bits(entry[0], 3, 1)) {
	case CONFIG_BYPASS:
		return bypass(access, out);
	case CONFIG_STAGE1:
		return stage1(smmu, entry, access, out);
	case CONFIG_STAGE2:
	case CONFIG_BOTH:
		out->fault = "the stream is translated by a second stage, which is not modelled";
		return false;
	default:
		out->fault = "the stream's entry in the stream table lets nothing through";
		return false;
	}
}
