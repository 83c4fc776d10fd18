/* SPDX-License-Identifier: BSD-3-Clause */
/* Decisions about an image's geometry; what overlaps what is found in plan_overlap.c. */
#include "format/plan.h"

#include <qpas/image.h>

#include "base/ckd.h"
#include "base/mem.h"

static uint32_t type_bits(const struct qpasi_phdr *phdr)
{
	return phdr->flags >> QPASI_PF_TYPE_SHIFT & QPASI_PF_TYPE_MASK;
}

bool qpasi_phdr_is_hash(const struct qpasi_phdr *phdr)
{
	return type_bits(phdr) == QPASI_PF_TYPE_HASH;
}

bool qpasi_phdr_is_loadable(const struct qpasi_phdr *phdr)
{
	return phdr->type == QPASI_PT_LOAD && !qpasi_phdr_is_hash(phdr) && phdr->memsz != 0;
}

bool qpasi_phdr_is_one_shot(const struct qpasi_phdr *phdr)
{
	return phdr->type == QPASI_PT_ONE_SHOT && !phdr->flags && !phdr->offset && !phdr->vaddr &&
	       !phdr->paddr && !phdr->filesz && !phdr->memsz && !phdr->align;
}

/* Where a header's file bytes end, in the width of the class; no bytes end where they start. */
static int file_end(const struct qpasi_elf *elf, uint32_t index, uint64_t *end,
		    struct qpasi_fault *fault)
{
	const struct qpasi_phdr *phdr = &elf->phdr[index];

	*end = phdr->offset;
	if (phdr->filesz && qpasi_elf_sum(elf, phdr->offset, phdr->filesz, end))
		return qpasi_fault_at(fault, QPASI_MSG_SEG_FILE_WRAP, index, phdr->offset,
				      phdr->offset, phdr->filesz);
	return 0;
}

int qpasi_plan_is_split(const struct qpasi_elf *elf, bool named_mdt, uint64_t file_size,
			bool *split, struct qpasi_fault *fault)
{
	uint64_t end;
	int result;

	*split = false;
	for (uint32_t i = 0; i < elf->phnum; i++) {
		result = file_end(elf, i, &end, fault);
		if (result)
			return result;
		if (named_mdt && elf->phdr[i].filesz && end > file_size)
			*split = true;
	}
	return 0;
}

static void find_hash(const struct qpasi_elf *elf, struct qpasi_plan *plan)
{
	plan->hash_index = QPAS_NO_SEGMENT;
	for (uint32_t i = 1; i < elf->phnum; i++) {
		if (!qpasi_phdr_is_hash(&elf->phdr[i]))
			continue;
		if (plan->hash_index != QPAS_NO_SEGMENT) {
			plan->flags |= QPAS_IMAGE_EXTRA_HASH;
			return;
		}
		plan->hash_index = i;
		plan->flags |= QPAS_IMAGE_HASH_SEGMENT;
	}
}

static int size_metadata(const struct qpasi_elf *elf, struct qpasi_plan *plan,
			 struct qpasi_fault *fault)
{
	uint64_t headers = elf->phdr[0].filesz;
	uint64_t hash;

	if (plan->hash_index == QPAS_NO_SEGMENT)
		return 0;
	hash = elf->phdr[plan->hash_index].filesz;
	/* 32 bits for both classes: the kernel and PAS INIT_IMAGE have no wider length. */
	if (ckd_add(&plan->metadata_size, headers, hash) || plan->metadata_size > UINT32_MAX)
		return qpasi_fault_set(fault, QPASI_MSG_META_WRAP, plan->hash_index, headers, hash);
	return 0;
}

/* The three cases of the kernel's qcom_mdt_read_metadata(), for split and merged files alike. */
static int place_hash(const struct qpasi_elf *elf, const struct qpasi_plan_params *params,
		      struct qpasi_plan *plan, struct qpasi_fault *fault)
{
	const struct qpasi_phdr *first = &elf->phdr[0];
	const struct qpasi_phdr *hash;

	if (plan->hash_index == QPAS_NO_SEGMENT)
		return 0;
	hash = &elf->phdr[plan->hash_index];
	if (first->filesz > params->file_size)
		return qpasi_fault_set(fault, QPASI_MSG_PLAN_PLACEHOLDER_RANGE, 0, first->filesz,
				       params->file_size);
	plan->hash_offset = hash->offset;
	if (plan->metadata_size == params->file_size) {
		plan->hash_place = QPASI_HASH_PACKED;
		plan->hash_offset = first->filesz;
	} else if (qpasi_fits(hash->offset, hash->filesz, params->file_size)) {
		plan->hash_place = QPASI_HASH_AT_OFFSET;
	} else if (params->split) {
		plan->hash_place = QPASI_HASH_OWN_FILE;
	} else {
		return qpasi_fault_at(fault, QPASI_MSG_META_RANGE, plan->hash_index, hash->offset,
				      hash->filesz, params->file_size);
	}
	return 0;
}

/* File bytes must be there, unless they come from a part of their own. */
static int check_file_ranges(const struct qpasi_elf *elf, const struct qpasi_plan_params *params,
			     struct qpasi_fault *fault)
{
	uint64_t end;
	int result;

	for (uint32_t i = 0; i < elf->phnum; i++) {
		result = file_end(elf, i, &end, fault);
		if (result)
			return result;
		if (elf->phdr[i].filesz && end > params->file_size && (i == 0 || !params->split))
			return qpasi_fault_at(fault, QPASI_MSG_SEG_FILE_RANGE, i,
					      elf->phdr[i].offset, end - params->file_size,
					      params->file_size);
	}
	return 0;
}

/* Takes one loadable segment into the span. */
static int extend_span(const struct qpasi_elf *elf, uint32_t index, uint64_t *top,
		       struct qpasi_plan *plan, struct qpasi_fault *fault)
{
	const struct qpasi_phdr *phdr = &elf->phdr[index];
	uint64_t end;

	if (qpasi_elf_sum(elf, phdr->paddr, phdr->memsz, &end))
		return qpasi_fault_set(fault, QPASI_MSG_SEG_MEM_WRAP, index, phdr->paddr,
				       phdr->memsz);
	if (phdr->flags & QPASI_PF_RELOCATABLE)
		plan->relocatable = true;
	if (plan->loadable == 0 || phdr->paddr < plan->min)
		plan->min = phdr->paddr;
	if (plan->loadable == 0 || end > *top) {
		*top = end;
		plan->highest = index;
	}
	plan->loadable++;
	return 0;
}

static int find_span(const struct qpasi_elf *elf, struct qpasi_plan *plan,
		     struct qpasi_fault *fault)
{
	uint64_t top = 0;
	uint64_t end;
	int result;

	plan->highest = QPAS_NO_SEGMENT;
	for (uint32_t i = 0; i < elf->phnum; i++) {
		if (!qpasi_phdr_is_loadable(&elf->phdr[i]))
			continue;
		result = extend_span(elf, i, &top, plan, fault);
		if (result)
			return result;
	}
	if (qpasi_ckd_align_up(&end, top, QPASI_PAGE_SIZE))
		return qpasi_fault_set(fault, QPASI_MSG_SEG_MEM_WRAP, plan->highest, top,
				       QPASI_PAGE_SIZE - 1);
	plan->size = end - plan->min;
	return 0;
}

static bool entry_inside(const struct qpasi_elf *elf)
{
	for (uint32_t i = 0; i < elf->phnum; i++) {
		const struct qpasi_phdr *phdr = &elf->phdr[i];

		if (qpasi_phdr_is_loadable(phdr) && elf->entry >= phdr->paddr &&
		    elf->entry - phdr->paddr < phdr->memsz)
			return true;
	}
	return false;
}

static uint64_t header_flags(const struct qpasi_elf *elf)
{
	uint64_t flags = 0;

	if (!entry_inside(elf))
		flags |= QPAS_IMAGE_ENTRY_OUTSIDE;
	if (elf->shoff || elf->shnum || elf->shstrndx)
		flags |= QPAS_IMAGE_SECTIONS;
	if (elf->phoff != elf->ehdr_size)
		flags |= QPAS_IMAGE_PHOFF_ODD;
	for (uint32_t i = 0; i < elf->phnum; i++) {
		if (elf->phdr[i].flags & QPASI_PF_PAGED)
			flags |= QPAS_IMAGE_PAGED;
	}
	return flags;
}

static uint64_t geometry_flags(const struct qpasi_elf *elf)
{
	struct qpasi_plan_overlap overlap;
	uint64_t flags = 0;

	qpasi_plan_overlaps(elf, &overlap);
	if (overlap.data)
		flags |= QPAS_IMAGE_DATA_OVERLAP;
	if (overlap.tail_covered)
		flags |= QPAS_IMAGE_TAIL_OVERLAP;
	if (qpasi_plan_file_overlap(elf))
		flags |= QPAS_IMAGE_FILE_OVERLAP;
	return flags;
}

int qpasi_plan_describe(const struct qpasi_elf *elf, const struct qpasi_plan_params *params,
			struct qpasi_plan *plan, struct qpasi_fault *fault)
{
	bool split;
	int result;

	memset(plan, 0, sizeof(*plan));
	if (params->split)
		plan->flags |= QPAS_IMAGE_SPLIT;
	find_hash(elf, plan);
	result = size_metadata(elf, plan, fault);
	/* Asked again for its other result: no file range wraps. */
	if (!result)
		result = qpasi_plan_is_split(elf, false, params->file_size, &split, fault);
	if (!result)
		result = place_hash(elf, params, plan, fault);
	if (!result)
		result = check_file_ranges(elf, params, fault);
	if (!result)
		result = find_span(elf, plan, fault);
	if (result)
		return result;
	if (plan->relocatable)
		plan->flags |= QPAS_IMAGE_RELOCATABLE;
	plan->flags |= header_flags(elf) | geometry_flags(elf);
	return 0;
}

int qpasi_plan_place(const struct qpasi_elf *elf, const struct qpasi_plan *plan, uint64_t base,
		     uint64_t region_size, uint64_t *offset, struct qpasi_fault *fault)
{
	uint64_t start = 0;

	if (!plan->relocatable && base == 0)
		return qpasi_fault_set(fault, QPASI_MSG_PLAN_BASE_ZERO, QPAS_NO_SEGMENT, 0, 0);
	if (!plan->relocatable && ckd_sub(&start, plan->min, base)) {
		uint32_t lowest = 0;

		while (!qpasi_phdr_is_loadable(&elf->phdr[lowest]) ||
		       elf->phdr[lowest].paddr != plan->min)
			lowest++;
		return qpasi_fault_set(fault, QPASI_MSG_PLAN_BELOW, lowest, plan->min, base);
	}
	if (!qpasi_fits(start, plan->size, region_size)) {
		uint64_t end;

		if (ckd_add(&end, start, plan->size))
			end = UINT64_MAX;
		return qpasi_fault_set(fault, QPASI_MSG_PLAN_REGION, plan->highest,
				       end - region_size, region_size);
	}
	*offset = start;
	return 0;
}
