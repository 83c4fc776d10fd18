/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What OP-TEE's PAS service refuses by geometry: where it looks for the hash segment, and what is
 * left of the segments when it hashes them in memory.
 */
#include "format/refuse.h"

#include "base/ckd.h"
#include "base/fault.h"

#define ACCESS_SHIFT   21
#define ACCESS_MASK    7u
#define ACCESS_NOTUSED 3u
#define ACCESS_SHARED  4u
#define OPTEE_VERSION  6u
#define OPTEE_DIGEST   48u

static void refuse(struct qpasi_refusals *out, uint32_t rule, uint32_t segment, uint64_t a,
		   uint64_t b)
{
	struct qpasi_refusal entry = {rule, 0, segment, 1, 0, a, b, NULL};

	qpasi_refusals_add(out, &entry);
}

bool qpasi_refuse_optee_hashes(const struct qpasi_phdr *phdr)
{
	uint32_t access = phdr->flags >> ACCESS_SHIFT & ACCESS_MASK;

	return phdr->type == QPASI_PT_LOAD && !(phdr->flags & QPASI_PF_PAGED) &&
	       !qpasi_phdr_is_hash(phdr) && access != ACCESS_NOTUSED && access != ACCESS_SHARED;
}

static void check_headers(const struct qpasi_refuse_optee *in, struct qpasi_refusals *out)
{
	const struct qpasi_elf *elf = in->elf;

	if (elf->ehsize != elf->ehdr_size)
		refuse(out, QPASI_MSG_OPTEE_EHSIZE, QPAS_NO_SEGMENT, elf->ehsize, elf->ehdr_size);
	if (elf->phoff != elf->ehdr_size)
		refuse(out, QPASI_MSG_OPTEE_PHOFF, QPAS_NO_SEGMENT, elf->phoff, elf->ehdr_size);
	if (elf->phnum < 2)
		refuse(out, QPASI_MSG_OPTEE_FEW_HEADERS, QPAS_NO_SEGMENT, elf->phnum, 2);
}

static void check_hash(const struct qpasi_refuse_optee *in, struct qpasi_refusals *out)
{
	const struct qpasi_elf *elf = in->elf;
	uint64_t headers = qpasi_elf_headers_size(elf);

	if (qpasi_phdr_is_hash(&elf->phdr[0]))
		refuse(out, QPASI_MSG_OPTEE_HASH_ZERO, 0, 0, 0);
	else if (in->plan->hash_index == QPAS_NO_SEGMENT)
		refuse(out, QPASI_MSG_OPTEE_NO_HASH, QPAS_NO_SEGMENT, 0, 0);
	else if (elf->phdr[0].filesz != headers)
		refuse(out, QPASI_MSG_OPTEE_HASH_PLACE, 0, elf->phdr[0].filesz, headers);
	if (!in->mbn)
		return;
	if (in->mbn->version != OPTEE_VERSION)
		refuse(out, QPASI_MSG_OPTEE_VERSION, in->plan->hash_index, in->mbn->version,
		       OPTEE_VERSION);
	if (in->mbn->digest_size != OPTEE_DIGEST)
		refuse(out, QPASI_MSG_OPTEE_DIGEST_SIZE, in->plan->hash_index,
		       UINT64_C(8) * in->mbn->digest_size, UINT64_C(8) * OPTEE_DIGEST);
}

static bool meets(uint64_t at, uint64_t size, uint64_t other, uint64_t other_size)
{
	return size && other_size && (at < other ? other - at < size : at - other < other_size);
}

static uint64_t later_of(uint64_t a, uint64_t b)
{
	return a > b ? a : b;
}

/* What stands in memory after a later segment came, or after OP-TEE zeroed an earlier one's tail. */
static void check_pair(const struct qpasi_elf *elf, uint32_t early, uint32_t late,
		       struct qpasi_refusals *out)
{
	const struct qpasi_phdr *a = &elf->phdr[early];
	const struct qpasi_phdr *b = &elf->phdr[late];
	uint64_t tail = a->memsz > a->filesz ? a->memsz - a->filesz : 0;

	if (meets(a->paddr, a->filesz, b->paddr, b->memsz))
		refuse(out, QPASI_MSG_OPTEE_OVERLAP, early, late, later_of(a->paddr, b->paddr));
	/* A segment without file data is skipped, its zeros with it. */
	if (a->filesz && meets(a->paddr + a->filesz, tail, b->paddr, b->filesz))
		refuse(out, QPASI_MSG_OPTEE_TAIL, early, late,
		       later_of(a->paddr + a->filesz, b->paddr));
}

/* At most 256 headers: each is compared with each. */
static void check_overlaps(const struct qpasi_elf *elf, struct qpasi_refusals *out)
{
	for (uint32_t i = 0; i < elf->phnum; i++) {
		if (!qpasi_refuse_optee_hashes(&elf->phdr[i]))
			continue;
		for (uint32_t k = i + 1; k < elf->phnum; k++) {
			if (qpasi_refuse_optee_hashes(&elf->phdr[k]))
				check_pair(elf, i, k, out);
		}
	}
}

static bool check_segment(const struct qpasi_elf *elf, uint32_t index, uint64_t *end,
			  struct qpasi_refusals *out)
{
	const struct qpasi_phdr *phdr = &elf->phdr[index];

	/* No image: a sum that wraps is refused when it is opened. */
	if (ckd_add(end, phdr->paddr, phdr->memsz))
		return false;
	if (phdr->filesz > phdr->memsz)
		refuse(out, QPASI_MSG_OPTEE_FILESZ, index, phdr->filesz, phdr->memsz);
	return true;
}

static void check_span(const struct qpasi_refuse_optee *in, uint64_t lowest, uint64_t top,
		       struct qpasi_refusals *out)
{
	uint64_t base = lowest - lowest % QPASI_PAGE_SIZE;
	uint64_t end;

	if (qpasi_ckd_align_up(&end, top, QPASI_PAGE_SIZE))
		return;
	/* The end itself is let through. */
	if (in->elf->entry < base || in->elf->entry > end)
		refuse(out, QPASI_MSG_OPTEE_ENTRY, QPAS_NO_SEGMENT, in->elf->entry, end);
	if (in->size && end - base > in->size)
		refuse(out, QPASI_MSG_OPTEE_CARVEOUT, QPAS_NO_SEGMENT, end - base, in->size);
}

static void check_memory(const struct qpasi_refuse_optee *in, struct qpasi_refusals *out)
{
	uint64_t lowest = UINT64_MAX;
	uint64_t top = 0;
	bool with_data = false;
	bool whole = true;

	for (uint32_t i = 0; i < in->elf->phnum; i++) {
		uint64_t end = 0;

		if (!qpasi_refuse_optee_hashes(&in->elf->phdr[i]))
			continue;
		if (!check_segment(in->elf, i, &end, out))
			whole = false;
		with_data |= in->elf->phdr[i].filesz != 0;
		if (in->elf->phdr[i].paddr < lowest)
			lowest = in->elf->phdr[i].paddr;
		top = later_of(top, end);
	}
	if (!with_data)
		refuse(out, QPASI_MSG_OPTEE_NOTHING, QPAS_NO_SEGMENT, 0, 0);
	else if (whole)
		check_span(in, lowest, top, out);
	if (whole)
		check_overlaps(in->elf, out);
}

void qpasi_refuse_optee(const struct qpasi_refuse_optee *in, struct qpasi_refusals *refusals)
{
	check_headers(in, refusals);
	/* It looks no further, and there is nothing to be found. */
	if (in->elf->phnum < 2)
		return;
	check_hash(in, refusals);
	check_memory(in, refusals);
	if (!in->plan->relocatable)
		refuse(refusals, QPASI_MSG_OPTEE_FIXED, QPAS_NO_SEGMENT, in->plan->min, 0);
}
