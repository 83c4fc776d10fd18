/* SPDX-License-Identifier: BSD-3-Clause */
/* What an open image tells about itself. */
#include <string.h>

#include "image/image_internal.h"

static int begin(const struct qpas_image *image, const void *out, const char *what,
		 struct qpas_error *err)
{
	int result = qpasi_error_begin(err);

	if (result)
		return result;
	if (!image)
		return qpasi_error_set(err, QPASI_MSG_NULL_ARGUMENT, QPAS_STAGE_NONE, "image");
	if (!out)
		return qpasi_error_set(err, QPASI_MSG_NULL_ARGUMENT, QPAS_STAGE_NONE, what);
	return 0;
}

static int check_index(const struct qpas_image *image, uint32_t index, struct qpas_error *err)
{
	if (index < image->elf.phnum)
		return 0;
	return qpasi_error_numbers(err, QPASI_MSG_INDEX_PAST_END, QPAS_STAGE_NONE, index,
				   image->elf.phnum);
}

int qpas_image_describe(const struct qpas_image *image, struct qpas_image_info *info,
			struct qpas_error *err)
{
	struct qpas_image_info own = QPAS_IMAGE_INFO_INIT;
	int result = begin(image, info, "info", err);

	if (!result)
		result = qpasi_abi_check(info, sizeof(own), sizeof(own), err);
	if (result)
		return result;
	own.elf_class = image->elf.class_bits;
	own.machine = image->elf.machine;
	own.segments = image->elf.phnum;
	own.flags = image->plan.flags | (image->uncovered ? QPAS_IMAGE_UNCOVERED : 0);
	own.entry = image->elf.entry;
	own.file_bytes = image->file_bytes;
	own.load_min = image->plan.min;
	own.load_size = image->plan.size;
	own.hash_segment = image->plan.hash_index;
	own.metadata_bytes = (uint32_t)image->plan.metadata_size;
	own.load_code = image->load_code;
	own.load_message = image->load_fault.message;
	qpasi_abi_give(info, &own, sizeof(own));
	return 0;
}

static uint32_t segment_flags(const struct qpas_image *image, uint32_t index)
{
	const struct qpasi_phdr *phdr = &image->elf.phdr[index];
	uint32_t flags = 0;

	if (qpasi_phdr_is_loadable(phdr))
		flags |= QPAS_SEGMENT_LOADABLE;
	if (qpasi_phdr_is_hash(phdr))
		flags |= QPAS_SEGMENT_HASH;
	if (phdr->flags & QPASI_PF_RELOCATABLE)
		flags |= QPAS_SEGMENT_RELOCATABLE;
	if (qpasi_image_own_file(image, index))
		flags |= QPAS_SEGMENT_OWN_FILE;
	if (qpasi_phdr_is_one_shot(phdr))
		flags |= QPAS_SEGMENT_ONE_SHOT;
	return flags;
}

int qpas_image_segment(const struct qpas_image *image, uint32_t index, struct qpas_segment *segment,
		       struct qpas_error *err)
{
	struct qpas_segment own = QPAS_SEGMENT_INIT;
	const struct qpasi_phdr *phdr;
	int result = begin(image, segment, "segment", err);

	if (!result)
		result = qpasi_abi_check(segment, sizeof(own), sizeof(own), err);
	if (!result)
		result = check_index(image, index, err);
	if (result)
		return result;
	phdr = &image->elf.phdr[index];
	own.index = index;
	own.p_type = phdr->type;
	own.p_flags = phdr->flags;
	own.p_offset = phdr->offset;
	own.p_vaddr = phdr->vaddr;
	own.p_paddr = phdr->paddr;
	own.p_filesz = phdr->filesz;
	own.p_memsz = phdr->memsz;
	own.p_align = phdr->align;
	own.flags = segment_flags(image, index);
	qpasi_abi_give(segment, &own, sizeof(own));
	return 0;
}

int qpas_image_segment_data(const struct qpas_image *image, uint32_t index, struct qpas_slice *data,
			    struct qpas_error *err)
{
	int result = begin(image, data, "data", err);

	if (!result)
		result = check_index(image, index, err);
	if (!result)
		*data = qpasi_image_data(image, index);
	return result;
}

int qpas_image_metadata(const struct qpas_image *image, struct qpas_slice *data,
			struct qpas_error *err)
{
	int result = begin(image, data, "data", err);

	if (!result)
		result = qpasi_image_may_load(image, err);
	if (result)
		return result;
	data->ptr = image->snapshot.bytes + image->metadata_at;
	data->len = (size_t)image->plan.metadata_size;
	return 0;
}

const struct qpasi_elf *qpasi_image_elf(const struct qpas_image *image)
{
	return &image->elf;
}

const struct qpasi_plan *qpasi_image_plan(const struct qpas_image *image)
{
	return &image->plan;
}

const struct qpasi_env *qpasi_image_env(const struct qpas_image *image)
{
	return &image->env;
}

const char *qpasi_image_name(const struct qpas_image *image)
{
	return image->name;
}

struct qpas_slice qpasi_image_file(const struct qpas_image *image)
{
	struct qpas_slice file = {image->snapshot.bytes, image->first_size};

	return file;
}

struct qpas_slice qpasi_image_data(const struct qpas_image *image, uint32_t index)
{
	struct qpas_slice data = {NULL, 0};

	if (index < image->elf.phnum && image->elf.phdr[index].filesz) {
		data.ptr = image->snapshot.bytes + image->data_at[index];
		data.len = (size_t)image->elf.phdr[index].filesz;
	}
	return data;
}

struct qpas_slice qpasi_image_hash(const struct qpas_image *image)
{
	return qpasi_image_data(image, image->plan.hash_index);
}

uint64_t qpasi_image_uncovered(const struct qpas_image *image, uint64_t *first)
{
	*first = image->uncovered_first;
	return image->uncovered;
}

int qpasi_image_may_load(const struct qpas_image *image, struct qpas_error *err)
{
	if (!image->load_code)
		return 0;
	return qpasi_fault_report(&image->load_fault, QPAS_STAGE_PLAN, err);
}
