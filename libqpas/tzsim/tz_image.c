/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Images as the trusted world sees them. INIT_IMAGE carries no length, so the metadata are read
 * step by step; each step takes its length from bytes that were copied before, never from the
 * host's memory, which the host may change at any time.
 */
#include "tzsim/model.h"

#include <string.h>

#include "base/ckd.h"
#include "base/cursor.h"

#define IDENT_BYTES  16u
#define EHDR32_BYTES 52u
#define EHDR64_BYTES 64u
#define ELFCLASS64   2u

/* A copy that grows. */
struct copy {
	struct qpas_tzsim *model;
	uint64_t address;
	uint8_t *bytes;
	size_t length;
	/* Read by the hypervisor, who needs no bridge to its guest's memory. */
	bool hypervisor;
};

static int64_t malformed(struct qpas_tzsim *model, const struct qpasi_fault *fault)
{
	char text[200];

	(void)qpasi_fault_text(fault, text, sizeof(text));
	return qpasi_tzsim_refuse(model, QPASI_TZSIM_FAILED, "metadata: %s", text);
}

static int64_t no_memory(struct qpas_tzsim *model)
{
	return qpasi_tzsim_refuse(model, QPASI_TZSIM_NO_MEMORY, "the trusted world has no memory");
}

/* Copies on, up to `length` bytes in all. */
static int64_t copy_to(struct copy *copy, uint64_t length)
{
	struct qpas_tzsim *model = copy->model;
	uint64_t more, from;
	void *bytes;
	int64_t status;

	if (length <= copy->length)
		return QPASI_TZSIM_DONE;
	if (length > model->env.limits.metadata_bytes)
		return qpasi_tzsim_refuse(model, QPASI_TZSIM_FAILED,
					  "metadata of %llu bytes are more than is believed",
					  (unsigned long long)length);
	more = length - copy->length;
	if (ckd_add(&from, copy->address, (uint64_t)copy->length))
		return qpasi_tzsim_refuse(model, QPASI_TZSIM_BAD_BUFFER,
					  "the metadata wrap around the end of memory");
	status = copy->hypervisor ?
			 qpasi_tzsim_may_guest(model, from, more, "the metadata") :
			 qpasi_tzsim_may(model, from, more, QPAS_SHM_BRIDGE_READ, "the metadata");
	if (status)
		return status;
	bytes = qpasi_env_realloc(&model->env, copy->bytes, (size_t)length);
	if (!bytes)
		return no_memory(model);
	copy->bytes = bytes;
	(void)qpasi_tzsim_memory_read(&model->memory, QPASI_TZSIM_TRUSTED, from,
				      copy->bytes + copy->length, (size_t)more);
	copy->length = (size_t)length;
	return QPASI_TZSIM_DONE;
}

/* ELF header, then the program headers: elf.c judges both, over the copy. */
static int64_t copy_headers(struct copy *copy, struct qpasi_elf *elf)
{
	struct qpas_tzsim *model = copy->model;
	struct qpasi_fault fault = QPASI_FAULT_INIT;
	uint64_t ehdr, table;
	int64_t status = copy_to(copy, IDENT_BYTES);
	struct qpas_slice bytes;
	bool wide;

	if (status)
		return status;
	wide = copy->bytes[4] == ELFCLASS64;
	ehdr = wide ? EHDR64_BYTES : EHDR32_BYTES;
	status = copy_to(copy, ehdr);
	if (status)
		return status;
	/* e_phentsize and e_phnum; the table is taken from behind the header, as firmware does. */
	table = (uint64_t)(copy->bytes[wide ? 54 : 42] | copy->bytes[wide ? 55 : 43] << 8) *
		(uint64_t)(copy->bytes[wide ? 56 : 44] | copy->bytes[wide ? 57 : 45] << 8);
	status = copy_to(copy, ehdr + table);
	if (status)
		return status;
	bytes.ptr = copy->bytes;
	bytes.len = copy->length;
	if (qpasi_elf_decode(bytes, model->env.limits.program_headers, elf, &fault))
		return malformed(model, &fault);
	return QPASI_TZSIM_DONE;
}

static void plan_params(const struct qpas_tzsim *model, const struct qpasi_elf *elf,
			struct qpasi_plan_params *params)
{
	memset(params, 0, sizeof(*params));
	params->span_limit = model->env.limits.span_bytes;
	params->metadata_limit = model->env.limits.metadata_bytes;
	params->allow_overlap = true;
	/* The segments are not here, and the hash segment follows the headers. */
	params->split = true;
	params->file_size = elf->phdr[0].filesz;
	for (uint32_t i = 1; i < elf->phnum; i++) {
		if (!qpasi_phdr_is_hash(&elf->phdr[i]))
			continue;
		if (ckd_add(&params->file_size, params->file_size, elf->phdr[i].filesz))
			params->file_size = UINT64_MAX;
		return;
	}
}

static int64_t plan(struct qpas_tzsim *model, struct qpasi_tzsim_image *image)
{
	struct qpasi_fault fault = QPASI_FAULT_INIT;
	struct qpasi_plan_params params;

	plan_params(model, &image->elf, &params);
	if (qpasi_plan_describe(&image->elf, &params, &image->plan, &fault) ||
	    qpasi_plan_check(&image->elf, &params, &image->plan, true, &fault))
		return malformed(model, &fault);
	return QPASI_TZSIM_DONE;
}

static void auth_input(const struct qpasi_tzsim_image *image, struct qpasi_auth_input *input)
{
	size_t headers = (size_t)image->elf.phdr[0].filesz;

	input->elf = &image->elf;
	input->mbn = &image->mbn;
	input->headers.ptr = image->metadata;
	input->headers.len = headers;
	input->hash_segment.ptr = image->metadata + headers;
	input->hash_segment.len = image->length - headers;
}

/* Digests are fetched once per model. */
static int64_t hasher_of(struct qpas_tzsim *model, const struct qpasi_tzsim_image *image,
			 struct qpasi_hasher **hasher)
{
	struct qpasi_fault fault = QPASI_FAULT_INIT;
	bool wide = image->mbn.digest_size == QPASI_DIGEST_MAX;

	if (!model->hasher[wide] &&
	    qpasi_hasher_new(&model->env, wide ? 384 : 256, &model->hasher[wide], &fault))
		return qpasi_tzsim_refuse(model, QPASI_TZSIM_FAILED, "no digest to check with");
	*hasher = model->hasher[wide];
	return QPASI_TZSIM_DONE;
}

static int64_t judge(struct qpas_tzsim *model, uint32_t id, struct qpasi_tzsim_image *image)
{
	struct qpasi_fault fault = QPASI_FAULT_INIT;
	struct qpasi_auth_input input;
	struct qpasi_hasher *hasher;
	int64_t status;

	auth_input(image, &input);
	if (qpasi_mbn_decode(input.hash_segment, &image->elf, &image->mbn, &fault))
		return malformed(model, &fault);
	status = hasher_of(model, image, &hasher);
	return status ? status : qpasi_tzsim_auth_judge(model, id, &input, hasher);
}

void qpasi_tzsim_image_free(struct qpas_tzsim *model, struct qpasi_tzsim_image *image)
{
	if (image)
		qpasi_env_free(&model->env, image->metadata);
	qpasi_env_free(&model->env, image);
}

/* Copies headers and hash segment into `image`; nothing but lengths is believed yet. */
static int64_t fetch(struct copy *copy, struct qpasi_tzsim_image *image)
{
	int64_t status = copy_headers(copy, &image->elf);

	if (!status)
		status = plan(copy->model, image);
	if (!status)
		status = copy_to(copy, image->plan.metadata_size);
	image->metadata = copy->bytes;
	image->length = copy->length;
	image->address = copy->address;
	return status;
}

int64_t qpasi_tzsim_image_fetch(struct qpas_tzsim *model, uint32_t id, uint64_t address,
				struct qpasi_tzsim_image **out)
{
	struct qpasi_tzsim_image *image = qpasi_env_alloc(&model->env, sizeof(*image));
	struct copy copy = {model, address, NULL, 0, false};
	int64_t status;

	*out = NULL;
	if (!image)
		return no_memory(model);
	status = fetch(&copy, image);
	if (!status)
		status = judge(model, id, image);
	if (status)
		qpasi_tzsim_image_free(model, image);
	else
		*out = image;
	return status;
}

int64_t qpasi_tzsim_image_measure(struct qpas_tzsim *model, uint64_t address, uint64_t *length)
{
	struct qpasi_tzsim_image *image = qpasi_env_alloc(&model->env, sizeof(*image));
	struct copy copy = {model, address, NULL, 0, true};
	int64_t status;

	if (!image)
		return no_memory(model);
	status = fetch(&copy, image);
	*length = image->length;
	qpasi_tzsim_image_free(model, image);
	return status;
}

/* ---- in its place ---- */

int64_t qpasi_tzsim_image_place(struct qpas_tzsim *model, const struct qpasi_tzsim_pas *pas,
				uint64_t *start, uint64_t *length)
{
	const struct qpasi_plan *plan = &pas->image->plan;
	struct qpasi_fault fault = QPASI_FAULT_INIT;
	uint64_t offset = 0;

	*start = plan->min;
	*length = plan->size;
	if (pas->state != QPASI_TZSIM_MEMORY) {
		if (plan->relocatable)
			return qpasi_tzsim_refuse(model, QPASI_TZSIM_FAILED,
						  "PAS id %u: a relocatable image needs MEM_SETUP",
						  pas->id);
		return QPASI_TZSIM_DONE;
	}
	if (qpasi_plan_place(&pas->image->elf, plan, pas->base, pas->size, &offset, &fault))
		return malformed(model, &fault);
	*start = pas->base + offset;
	return QPASI_TZSIM_DONE;
}

/* Where the bytes of a segment stand: the source of the digests is simulated memory. */
struct place {
	struct qpas_tzsim *model;
	const struct qpasi_tzsim_image *image;
	uint64_t start;
};

static int segment_data(void *user, uint32_t segment, uint64_t offset, uint64_t length,
			struct qpas_slice *part, struct qpasi_fault *fault)
{
	const struct place *place = user;
	uint64_t address = place->start +
			   (place->image->elf.phdr[segment].paddr - place->image->plan.min) +
			   offset;

	/* Entries of other headers are not asked for; a crafted one-shot entry may name any. */
	if (!qpasi_phdr_is_loadable(&place->image->elf.phdr[segment]) ||
	    qpasi_tzsim_may(place->model, address, length, QPAS_SHM_BRIDGE_READ, "a segment"))
		return qpasi_fault_set(fault, QPASI_MSG_SIM_MEMORY, segment, address, length);
	*part = qpasi_tzsim_memory_run(&place->model->memory, address, length);
	return 0;
}

/* TrustZone takes the whole of each segment, the part that is not in the file included. */
static int64_t may_take(struct qpas_tzsim *model, const struct place *place, uint32_t index)
{
	const struct qpasi_phdr *phdr = &place->image->elf.phdr[index];
	char what[32] = "segment 000";

	what[8] = (char)('0' + index / 100 % 10);
	what[9] = (char)('0' + index / 10 % 10);
	what[10] = (char)('0' + index % 10);
	return qpasi_tzsim_may(model, place->start + (phdr->paddr - place->image->plan.min),
			       phdr->memsz, QPAS_SHM_BRIDGE_READ | QPAS_SHM_BRIDGE_WRITE, what);
}

static int64_t check_entry(struct qpas_tzsim *model, const struct place *place, uint32_t index)
{
	const struct qpasi_phdr *phdr = &place->image->elf.phdr[index];
	struct qpasi_auth_source source = {segment_data, NULL};
	struct qpasi_fault fault = QPASI_FAULT_INIT;
	struct qpasi_auth_input input;
	struct qpasi_hasher *hasher;
	struct place user = *place;
	char text[200];
	int64_t status;

	/* Data that are not loaded are not in memory, so nobody can hash them here. */
	if (!qpasi_phdr_is_loadable(phdr) && !qpasi_phdr_is_one_shot(phdr) &&
	    !qpasi_phdr_is_hash(phdr))
		return QPASI_TZSIM_DONE;
	auth_input(place->image, &input);
	status = hasher_of(model, place->image, &hasher);
	source.user = &user;
	if (status || !qpasi_auth_check_entry(hasher, &input, &source, index, &fault))
		return status;
	if (model->reason[0])
		return QPASI_TZSIM_BAD_BUFFER;
	(void)qpasi_fault_text(&fault, text, sizeof(text));
	return qpasi_tzsim_refuse(model, QPASI_TZSIM_WRONG_SEGMENT, "in memory: %s", text);
}

int64_t qpasi_tzsim_image_check(struct qpas_tzsim *model, const struct qpasi_tzsim_pas *pas,
				uint64_t start)
{
	struct place place = {model, pas->image, start};
	const struct qpasi_elf *elf = &pas->image->elf;
	int64_t status = QPASI_TZSIM_DONE;

	for (uint32_t i = 1; !status && i < elf->phnum; i++) {
		if (qpasi_phdr_is_loadable(&elf->phdr[i]))
			status = may_take(model, &place, i);
	}
	for (uint32_t i = 1; !status && i < elf->phnum; i++)
		status = check_entry(model, &place, i);
	return status;
}
