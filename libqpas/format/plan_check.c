/* SPDX-License-Identifier: BSD-3-Clause */
/* What must not be loaded, although it can be read. Each rule refuses no image that is shipped. */
#include "format/plan.h"

#include "base/ckd.h"

static bool ranges_meet(uint64_t a, uint64_t a_size, uint64_t b, uint64_t b_size)
{
	return a_size && b_size && (a < b ? b - a < a_size : a - b < b_size);
}

/* The trusted world takes the program headers from behind the ELF header, whatever e_phoff says. */
static int check_headers(const struct qpasi_elf *elf, const struct qpasi_plan *plan,
			 bool signed_only, struct qpasi_fault *fault)
{
	if (elf->ehsize != elf->ehdr_size)
		return qpasi_fault_set(fault, QPASI_MSG_PLAN_EHSIZE, QPAS_NO_SEGMENT, elf->ehsize,
				       elf->ehdr_size);
	if (elf->phoff != elf->ehdr_size)
		return qpasi_fault_set(fault, QPASI_MSG_PLAN_PHOFF, QPAS_NO_SEGMENT, elf->phoff,
				       elf->ehdr_size);
	if (elf->phnum == 1)
		return qpasi_fault_set(fault, QPASI_MSG_PLAN_ONE_HEADER, 0, 0, 0);
	if (qpasi_phdr_is_hash(&elf->phdr[0]))
		return qpasi_fault_set(fault, QPASI_MSG_HASH_AT_ZERO, 0, 0, 0);
	if (plan->hash_index == QPAS_NO_SEGMENT && signed_only)
		return qpasi_fault_set(fault, QPASI_MSG_PLAN_UNSIGNED, QPAS_NO_SEGMENT, 0, 0);
	return 0;
}

/* Kernel: length from header 0. Trusted world: from the counts. They must be one. */
static int check_placeholder(const struct qpasi_elf *elf, struct qpasi_fault *fault)
{
	const struct qpasi_phdr *first = &elf->phdr[0];
	uint32_t type = first->flags >> QPASI_PF_TYPE_SHIFT & QPASI_PF_TYPE_MASK;

	if (first->type == QPASI_PT_LOAD || type != QPASI_PF_TYPE_PLACEHOLDER || first->offset)
		return qpasi_fault_at(fault, QPASI_MSG_PLAN_PLACEHOLDER, 0, first->offset, type,
				      first->type);
	if (first->filesz != qpasi_elf_headers_size(elf))
		return qpasi_fault_set(fault, QPASI_MSG_PLAN_PLACEHOLDER_SIZE, 0, first->filesz,
				       qpasi_elf_headers_size(elf));
	return 0;
}

static int check_hash(const struct qpasi_elf *elf, const struct qpasi_plan_params *params,
		      const struct qpasi_plan *plan, struct qpasi_fault *fault)
{
	const struct qpasi_phdr *hash;
	int result;

	if (plan->hash_index == QPAS_NO_SEGMENT)
		return 0;
	result = check_placeholder(elf, fault);
	if (result)
		return result;
	hash = &elf->phdr[plan->hash_index];
	if (plan->metadata_size > params->metadata_limit)
		return qpasi_fault_set(fault, QPASI_MSG_META_LIMIT, plan->hash_index,
				       plan->metadata_size, params->metadata_limit);
	if (ranges_meet(hash->offset, hash->filesz, 0, qpasi_elf_headers_size(elf)))
		return qpasi_fault_at(fault, QPASI_MSG_PLAN_HASH_HEADERS, plan->hash_index,
				      hash->offset, qpasi_elf_headers_size(elf), 0);
	return 0;
}

/* Loaded bytes are hashed as segments; headers and hash segment are not, so they stay out. */
static int check_segment(const struct qpasi_elf *elf, const struct qpasi_plan *plan, uint32_t index,
			 struct qpasi_fault *fault)
{
	const struct qpasi_phdr *phdr = &elf->phdr[index];
	bool meets;

	if (phdr->filesz > phdr->memsz)
		return qpasi_fault_set(fault, QPASI_MSG_SEG_FILESZ, index, phdr->filesz,
				       phdr->memsz);
	if (plan->hash_index == QPAS_NO_SEGMENT)
		return 0;
	if ((phdr->flags >> QPASI_PF_TYPE_SHIFT & QPASI_PF_TYPE_MASK) == QPASI_PF_TYPE_PLACEHOLDER)
		return qpasi_fault_set(fault, QPASI_MSG_PLAN_PLACEHOLDER_LATE, index, 0, 0);
	meets = ranges_meet(phdr->offset, phdr->filesz, 0, qpasi_elf_headers_size(elf)) ||
		ranges_meet(phdr->offset, phdr->filesz, elf->phdr[plan->hash_index].offset,
			    elf->phdr[plan->hash_index].filesz);
	if (meets)
		return qpasi_fault_at(fault, QPASI_MSG_PLAN_FILE_HEADERS, index, phdr->offset,
				      phdr->filesz, 0);
	return 0;
}

static int check_overlaps(const struct qpasi_elf *elf, const struct qpasi_plan_params *params,
			  struct qpasi_fault *fault)
{
	struct qpasi_plan_overlap overlap;

	qpasi_plan_overlaps(elf, &overlap);
	if (overlap.data && !params->allow_overlap)
		return qpasi_fault_set(fault, QPASI_MSG_PLAN_OVERLAP, overlap.data_pair[0],
				       overlap.data_pair[1], overlap.data_address);
	if (overlap.tail_erases)
		return qpasi_fault_set(fault, QPASI_MSG_PLAN_TAIL, overlap.erase_pair[0],
				       overlap.erase_pair[1], overlap.erase_address);
	return 0;
}

int qpasi_plan_check(const struct qpasi_elf *elf, const struct qpasi_plan_params *params,
		     const struct qpasi_plan *plan, bool signed_only, struct qpasi_fault *fault)
{
	int result = check_headers(elf, plan, signed_only, fault);

	if (!result)
		result = check_hash(elf, params, plan, fault);
	if (!result && plan->loadable == 0)
		result = qpasi_fault_set(fault, QPASI_MSG_PLAN_EMPTY, QPAS_NO_SEGMENT, 0, 0);
	for (uint32_t i = 0; !result && i < elf->phnum; i++) {
		if (qpasi_phdr_is_loadable(&elf->phdr[i]))
			result = check_segment(elf, plan, i, fault);
	}
	if (!result)
		result = check_overlaps(elf, params, fault);
	if (!result && plan->size > params->span_limit)
		result = qpasi_fault_set(fault, QPASI_MSG_PLAN_SPAN, plan->highest, plan->size,
					 params->span_limit);
	return result;
}
