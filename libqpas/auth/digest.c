/* SPDX-License-Identifier: BSD-3-Clause */
/* One entry of the digest table against the data that it speaks of. */
#include "auth/auth.h"

#include "base/mem.h"
#include "format/plan.h"

/* An entry being checked. */
struct check {
	struct qpasi_hasher *hasher;
	const struct qpasi_auth_input *input;
	const struct qpasi_auth_source *source;
	uint32_t index;
	struct qpas_slice entry;
	struct qpasi_fault *fault;
};

/* A refusal that names the header and where its data stand in the file. */
static int refuse(const struct check *check, uint32_t message)
{
	const struct qpasi_phdr *phdr = &check->input->elf->phdr[check->index];

	return qpasi_fault_at(check->fault, message, check->index, phdr->offset, phdr->filesz, 0);
}

/* Whether the table has no digest: right for some headers, a hole in the protection for others. */
static bool entry_is_zero(const struct check *check)
{
	return qpasi_mem_all(check->entry.ptr, 0, check->entry.len);
}

/* In constant time, as everything that is compared with a secret or a signature is. */
static int compare(const struct check *check, uint32_t message)
{
	uint8_t digest[QPASI_DIGEST_MAX];
	int result = qpasi_hasher_finish(check->hasher, digest, check->fault);

	if (result)
		return result;
	if (!qpasi_mem_equal(digest, check->entry.ptr, check->entry.len))
		return refuse(check, message);
	return 0;
}

/* Feeds the file data of header `segment`. */
static int feed(const struct check *check, uint32_t segment)
{
	const struct qpasi_auth_source *source = check->source;
	uint64_t left = check->input->elf->phdr[segment].filesz;
	uint64_t at = 0;

	while (left) {
		struct qpas_slice part = {NULL, 0};
		int result = source->data(source->user, segment, at, left, &part, check->fault);

		if (result)
			return result;
		if (!part.len || part.len > left)
			return qpasi_fault_set(check->fault, QPASI_MSG_DIGEST_SOURCE, segment,
					       part.len, left);
		result = qpasi_hasher_update(check->hasher, part, check->fault);
		if (result)
			return result;
		at += part.len;
		left -= part.len;
	}
	return 0;
}

/* The slice is what the trusted world gets: what it hashes is what is hashed here. */
static int check_headers(const struct check *check)
{
	int result = qpasi_hasher_update(check->hasher, check->input->headers, check->fault);

	return result ? result : compare(check, QPASI_MSG_DIGEST_HEADERS);
}

/* Zero is refused before hashing: no digest is zero, and nobody may call that "not hashed". */
static int check_data(const struct check *check)
{
	int result;

	if (entry_is_zero(check))
		return refuse(check, QPASI_MSG_DIGEST_ZERO);
	result = feed(check, check->index);
	return result ? result : compare(check, QPASI_MSG_DIGEST_SEGMENT);
}

/* Over what the PT_LOADs have in the file, in header order, as if it were one segment. */
static int check_one_shot(const struct check *check)
{
	const struct qpasi_elf *elf = check->input->elf;

	for (uint32_t i = 0; i < elf->phnum; i++) {
		int result;

		if (elf->phdr[i].type != QPASI_PT_LOAD || qpasi_phdr_is_hash(&elf->phdr[i]))
			continue;
		result = feed(check, i);
		if (result)
			return result;
	}
	return compare(check, QPASI_MSG_DIGEST_ONE_SHOT);
}

/* Nothing was fed: finishing gives the digest of nothing, which page-mode headers may have. */
static int check_empty(const struct check *check)
{
	if (entry_is_zero(check))
		return 0;
	if (!(check->input->elf->phdr[check->index].flags & QPASI_PF_PAGED))
		return refuse(check, QPASI_MSG_DIGEST_EMPTY);
	return compare(check, QPASI_MSG_DIGEST_EMPTY);
}

int qpasi_auth_check_entry(struct qpasi_hasher *hasher, const struct qpasi_auth_input *input,
			   const struct qpasi_auth_source *source, uint32_t index,
			   struct qpasi_fault *fault)
{
	struct check check = {hasher, input, source, index, {NULL, 0}, fault};
	enum qpasi_mbn_expect expect = qpasi_mbn_expected(input->elf, index);
	int result;

	check.entry = qpasi_mbn_entry(input->hash_segment, input->mbn, index);
	if (check.entry.len != qpasi_hasher_size(hasher))
		return refuse(&check, QPASI_MSG_HASH_TABLE_SIZE);
	if (expect == QPASI_EXPECT_ZERO)
		return entry_is_zero(&check) ? 0 : refuse(&check, QPASI_MSG_HASH_ENTRY_NOT_ZERO);
	result = qpasi_hasher_begin(hasher, fault);
	if (result)
		return result;
	switch (expect) {
	case QPASI_EXPECT_HEADERS:
		return check_headers(&check);
	case QPASI_EXPECT_ONE_SHOT:
		return check_one_shot(&check);
	case QPASI_EXPECT_DATA:
		return check_data(&check);
	default:
		return check_empty(&check);
	}
}

bool qpasi_auth_entry_counts(const struct qpasi_elf *elf, uint32_t index)
{
	enum qpasi_mbn_expect expect = qpasi_mbn_expected(elf, index);

	return expect != QPASI_EXPECT_ZERO && expect != QPASI_EXPECT_EMPTY;
}
