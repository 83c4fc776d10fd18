/* SPDX-License-Identifier: BSD-3-Clause */
/* The resource table that an image brings along, in a section as for any remoteproc driver. */
#include "format/section.h"
#include "image/image_internal.h"

#define SECTION ".resource_table"

/* The part of a loadable segment's data that a range of the file is, or an empty slice. */
static struct qpas_slice inside_segment(const struct qpas_image *image, uint64_t offset,
					uint64_t size)
{
	struct qpas_slice none = {NULL, 0};

	for (uint32_t i = 0; i < image->elf.phnum; i++) {
		const struct qpasi_phdr *phdr = &image->elf.phdr[i];
		struct qpas_slice data = qpasi_image_data(image, i);

		if (!qpasi_phdr_is_loadable(phdr) || offset < phdr->offset ||
		    offset - phdr->offset > data.len || size > data.len - (offset - phdr->offset))
			continue;
		data.ptr = (const uint8_t *)data.ptr + (offset - phdr->offset);
		data.len = (size_t)size;
		return data;
	}
	return none;
}

static int find_table(const struct qpas_image *image, struct qpas_slice *bytes,
		      struct qpas_error *err)
{
	struct qpasi_fault fault = QPASI_FAULT_INIT;
	uint64_t offset = 0, size = 0;

	fault.message = QPASI_MSG_RSC_NO_SECTION;
	fault.s = qpasi_image_name(image);
	/* The .mdt of a split image has no sections that could be meant. */
	if (image->plan_params.split ||
	    qpasi_elf_section(&image->elf, qpasi_image_file(image), SECTION, &offset, &size))
		return qpasi_fault_report(&fault, QPAS_STAGE_RSC_TABLE, err);
	*bytes = inside_segment(image, offset, size);
	if (bytes->len)
		return 0;
	fault.message = QPASI_MSG_RSC_UNCOVERED;
	fault.a = offset;
	fault.b = size;
	return qpasi_fault_report(&fault, QPAS_STAGE_RSC_TABLE, err);
}

int qpas_image_rsc_table(const struct qpas_image *image, struct qpas_slice *bytes,
			 struct qpas_error *err)
{
	int code = qpasi_error_begin(err);

	if (bytes) {
		bytes->ptr = NULL;
		bytes->len = 0;
	}
	if (code)
		return code;
	if (!image || !bytes)
		return qpasi_error_set(err, QPASI_MSG_NULL_ARGUMENT, QPAS_STAGE_RSC_TABLE,
				       image ? "bytes" : "image");
	return find_table(image, bytes, err);
}
