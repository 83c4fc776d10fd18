/* SPDX-License-Identifier: BSD-3-Clause */
/* Layout of the hash segment. Addresses, total sizes and stale words are never used. */
#include "format/mbn.h"

#include "base/cursor.h"
#include "base/mem.h"
#include "format/plan.h"

#define COMMON_SIZE	 24u
#define V6_METADATA	 120u
#define V7_METADATA	 224u
#define ALGORITHM_OFFSET 16u
#define SHA256		 32u
#define SHA384		 48u

/* The size words of a header, whatever its version. */
struct sizes {
	uint32_t common;
	uint32_t qti_metadata;
	uint32_t oem_metadata;
	uint32_t table;
	uint32_t qti_signature;
	uint32_t qti_chain;
	uint32_t oem_signature;
	uint32_t oem_chain;
};

/* Where a version keeps its sizes; 0 = it has no such part. */
struct shape {
	uint32_t version;
	uint32_t header;
	uint32_t metadata; /* size of a metadata block */
	struct sizes at;
};

static const struct shape shapes[] = {
	{3, 40, 0, {0, 0, 0, 0x14, 0, 0, 0x1c, 0x24}},
	{5, 40, 0, {0, 0, 0, 0x14, 0x08, 0x0c, 0x1c, 0x24}},
	{6, 48, V6_METADATA, {0, 0x28, 0x2c, 0x14, 0x08, 0x0c, 0x1c, 0x24}},
	{7, 40, V7_METADATA, {0x08, 0x0c, 0x10, 0x14, 0x18, 0x1c, 0x20, 0x24}},
	{8, 56, V7_METADATA, {0x08, 0x0c, 0x10, 0x14, 0, 0, 0x28, 0x2c}},
};

/* Words of a v8 header whose meaning is not public. */
static const uint8_t v8_unknown[] = {0x18, 0x1c, 0x20, 0x24, 0x30, 0x34};

static uint32_t word_at(struct qpas_slice segment, uint32_t offset)
{
	struct qpasi_cursor cursor = qpasi_cursor_new(segment);

	qpasi_cursor_seek(&cursor, offset);
	return qpasi_cursor_le32(&cursor);
}

static uint32_t size_at(struct qpas_slice segment, uint32_t offset)
{
	return offset ? word_at(segment, offset) : 0;
}

static int find_shape(struct qpas_slice segment, const struct shape **shape,
		      struct qpasi_fault *fault)
{
	uint32_t version;
	uint32_t needed;

	if (segment.len < 8)
		return qpasi_fault_set(fault, QPASI_MSG_HASH_SHORT, QPAS_NO_SEGMENT, segment.len,
				       8);
	version = word_at(segment, 4);
	for (size_t i = 0; i < sizeof(shapes) / sizeof(shapes[0]); i++) {
		if (shapes[i].version != version)
			continue;
		*shape = &shapes[i];
		needed = shapes[i].header + (shapes[i].at.common ? COMMON_SIZE : 0);
		if (segment.len < needed)
			return qpasi_fault_set(fault, QPASI_MSG_HASH_SHORT, QPAS_NO_SEGMENT,
					       segment.len, needed);
		return 0;
	}
	if (qpasi_mem_all(segment.ptr, 0, segment.len))
		return qpasi_fault_set(fault, QPASI_MSG_HASH_ALL_ZERO, QPAS_NO_SEGMENT, 0, 0);
	return qpasi_fault_at(fault, QPASI_MSG_HASH_VERSION, QPAS_NO_SEGMENT, 4, version, 0);
}

static int read_sizes(struct qpas_slice segment, const struct shape *shape, struct sizes *sizes,
		      struct qpasi_fault *fault)
{
	sizes->common = size_at(segment, shape->at.common);
	sizes->qti_metadata = size_at(segment, shape->at.qti_metadata);
	sizes->oem_metadata = size_at(segment, shape->at.oem_metadata);
	sizes->table = size_at(segment, shape->at.table);
	sizes->qti_signature = size_at(segment, shape->at.qti_signature);
	sizes->qti_chain = size_at(segment, shape->at.qti_chain);
	sizes->oem_signature = size_at(segment, shape->at.oem_signature);
	sizes->oem_chain = size_at(segment, shape->at.oem_chain);
	for (size_t i = 0; shape->version == 8 && i < sizeof(v8_unknown); i++) {
		uint32_t value = word_at(segment, v8_unknown[i]);

		if (value)
			return qpasi_fault_at(fault, QPASI_MSG_HASH_V8_WORDS, QPAS_NO_SEGMENT,
					      v8_unknown[i], value, 0);
	}
	if (shape->at.common && sizes->common != COMMON_SIZE)
		return qpasi_fault_set(fault, QPASI_MSG_HASH_COMMON_SIZE, QPAS_NO_SEGMENT,
				       sizes->common, COMMON_SIZE);
	return 0;
}

/* Whether a version's digests may have this length, as far as its header tells. */
static bool may_have(struct qpas_slice segment, const struct shape *shape, uint32_t digest)
{
	if (shape->version < 6)
		return digest == SHA256;
	if (!shape->at.common)
		return true;
	return word_at(segment, shape->header + ALGORITHM_OFFSET) == (digest == SHA256 ? 2u : 3u);
}

/* A table that one missing or added header explains is wrong; one with many more entries is paged. */
static uint32_t wrong_table(struct qpas_slice segment, const struct shape *shape, uint32_t table,
			    uint32_t headers)
{
	static const uint32_t digests[] = {SHA256, SHA384};
	uint32_t message = QPASI_MSG_HASH_TABLE_SIZE;

	for (size_t i = 0; i < 2; i++) {
		if (!may_have(segment, shape, digests[i]) || table % digests[i])
			continue;
		if (table / digests[i] == headers + 1)
			return QPASI_MSG_HASH_TABLE_SIZE;
		if (table / digests[i] > headers)
			message = QPASI_MSG_HASH_TABLE_PAGED;
	}
	return message;
}

static int judge_table(struct qpas_slice segment, const struct shape *shape, uint32_t table,
		       struct qpasi_mbn *mbn, struct qpasi_fault *fault)
{
	uint32_t algorithm;

	if (table > segment.len)
		return qpasi_fault_set(fault, QPASI_MSG_HASH_PARTS_RANGE, QPAS_NO_SEGMENT, table,
				       segment.len);
	if (table == mbn->entries * SHA256)
		mbn->digest_size = SHA256;
	else if (table == mbn->entries * SHA384)
		mbn->digest_size = SHA384;
	else
		return qpasi_fault_set(fault, wrong_table(segment, shape, table, mbn->entries),
				       QPAS_NO_SEGMENT, table, mbn->entries);
	if (shape->version < 6 && mbn->digest_size != SHA256)
		return qpasi_fault_set(fault, QPASI_MSG_HASH_SHA256_ONLY, QPAS_NO_SEGMENT,
				       shape->version, mbn->digest_size);
	if (!shape->at.common)
		return 0;
	algorithm = word_at(segment, shape->header + ALGORITHM_OFFSET);
	if (algorithm != (mbn->digest_size == SHA256 ? 2u : 3u))
		return qpasi_fault_set(fault, QPASI_MSG_HASH_ALGORITHM, QPAS_NO_SEGMENT, algorithm,
				       mbn->digest_size);
	return 0;
}

/* Offsets stay below 8 * 2^32, so a 64-bit sum cannot wrap. */
static void place(struct qpasi_mbn_part *part, uint32_t length, uint64_t *at)
{
	part->offset = (uint32_t)*at;
	part->length = length;
	*at += length;
}

static int place_parts(struct qpas_slice segment, const struct sizes *sizes, struct qpasi_mbn *mbn,
		       struct qpasi_fault *fault)
{
	uint64_t at = mbn->header_size;

	place(&mbn->common, sizes->common, &at);
	place(&mbn->qti_metadata, sizes->qti_metadata, &at);
	place(&mbn->oem_metadata, sizes->oem_metadata, &at);
	place(&mbn->table, sizes->table, &at);
	place(&mbn->qti_signature, sizes->qti_signature, &at);
	place(&mbn->qti_chain, sizes->qti_chain, &at);
	place(&mbn->oem_signature, sizes->oem_signature, &at);
	place(&mbn->oem_chain, sizes->oem_chain, &at);
	if (at > segment.len || segment.len > UINT32_MAX)
		return qpasi_fault_set(fault, QPASI_MSG_HASH_PARTS_RANGE, QPAS_NO_SEGMENT, at,
				       segment.len);
	place(&mbn->filler, (uint32_t)(segment.len - at), &at);
	return 0;
}

static int check_metadata(const struct shape *shape, const struct sizes *sizes,
			  struct qpasi_fault *fault)
{
	if (sizes->qti_metadata && sizes->qti_metadata != shape->metadata)
		return qpasi_fault_set(fault, QPASI_MSG_HASH_METADATA_SIZE, QPAS_NO_SEGMENT,
				       sizes->qti_metadata, shape->metadata);
	if (sizes->oem_metadata && sizes->oem_metadata != shape->metadata)
		return qpasi_fault_set(fault, QPASI_MSG_HASH_METADATA_SIZE, QPAS_NO_SEGMENT,
				       sizes->oem_metadata, shape->metadata);
	return 0;
}

/* Behind the last chain: 0xff, or the parameters of an encrypted image. */
static int check_filler(struct qpas_slice segment, const struct qpasi_mbn_part *filler,
			struct qpasi_fault *fault)
{
	static const uint8_t encrypted[4] = {'I', 'S', 'M', 'Q'};
	const uint8_t *byte = segment.ptr;
	uint32_t at = filler->offset;
	uint32_t end = filler->offset + filler->length;
	uint32_t message = QPASI_MSG_HASH_FILLER;

	while (at < end && byte[at] == 0xff)
		at++;
	if (at == end)
		return 0;
	if (end - at >= sizeof(encrypted) && qpasi_mem_equal(byte + at, encrypted, 4))
		message = QPASI_MSG_HASH_ENCRYPTED;
	return qpasi_fault_at(fault, message, QPAS_NO_SEGMENT, at, byte[at], 0);
}

int qpasi_mbn_decode(struct qpas_slice segment, const struct qpasi_elf *elf, struct qpasi_mbn *mbn,
		     struct qpasi_fault *fault)
{
	const struct shape *shape = NULL;
	struct sizes sizes;
	int result;

	memset(mbn, 0, sizeof(*mbn));
	result = find_shape(segment, &shape, fault);
	if (result)
		goto out;
	mbn->version = shape->version;
	mbn->header_size = shape->header;
	mbn->entries = elf->phnum;
	result = read_sizes(segment, shape, &sizes, fault);
	if (!result)
		result = judge_table(segment, shape, sizes.table, mbn, fault);
	if (!result)
		result = place_parts(segment, &sizes, mbn, fault);
	if (!result)
		result = check_metadata(shape, &sizes, fault);
	if (!result)
		result = check_filler(segment, &mbn->filler, fault);
out:
	/* A layout that was not judged to the end must not be used by mistake. */
	if (result)
		memset(mbn, 0, sizeof(*mbn));
	return result;
}

struct qpas_slice qpasi_mbn_entry(struct qpas_slice segment, const struct qpasi_mbn *mbn,
				  uint32_t index)
{
	struct qpas_slice entry = {NULL, 0};

	if (index < mbn->entries)
		(void)qpasi_slice_sub(segment,
				      mbn->table.offset + (uint64_t)index * mbn->digest_size,
				      mbn->digest_size, &entry);
	return entry;
}

enum qpasi_mbn_expect qpasi_mbn_expected(const struct qpasi_elf *elf, uint32_t index)
{
	const struct qpasi_phdr *phdr = &elf->phdr[index];

	if (index == 0)
		return QPASI_EXPECT_HEADERS;
	if (qpasi_phdr_is_hash(phdr))
		return QPASI_EXPECT_ZERO;
	if (qpasi_phdr_is_one_shot(phdr))
		return QPASI_EXPECT_ONE_SHOT;
	return phdr->filesz ? QPASI_EXPECT_DATA : QPASI_EXPECT_EMPTY;
}
