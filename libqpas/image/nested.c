/* SPDX-License-Identifier: BSD-3-Clause */
/* Images inside of an image's file: wrapped in a segment, or one behind the other. */
#define _GNU_SOURCE
#include <string.h>

#include "image/image_internal.h"

#define MAGIC	    "\177ELF"
#define MAGIC_BYTES 4u

/* Where the search is. The decoded headers are large, so all of it lives on the heap. */
struct search {
	struct qpas_slice file;
	const struct qpas_image *image;
	struct qpasi_elf elf;
	struct qpasi_plan plan;
};

/* End of the last byte that a header claims; its sums do not wrap, as the plan has checked. */
static uint64_t extent(const struct qpasi_elf *elf)
{
	uint64_t end = qpasi_elf_headers_size(elf);

	for (uint32_t i = 0; i < elf->phnum; i++) {
		uint64_t stop = elf->phdr[i].offset + elf->phdr[i].filesz;

		if (elf->phdr[i].filesz && stop > end)
			end = stop;
	}
	return end;
}

/* Judged where it stands: only what will be an image is copied, so that magics cost no copies. */
static bool is_image(struct search *search, struct qpas_slice rest, struct qpas_slice *bytes)
{
	struct qpasi_plan_params params = search->image->plan_params;
	struct qpasi_fault fault = QPASI_FAULT_INIT;
	uint64_t end;

	params.split = false;
	params.file_size = rest.len;
	if (qpasi_elf_decode(rest, search->image->env.limits.program_headers, &search->elf,
			     &fault) ||
	    qpasi_plan_describe(&search->elf, &params, &search->plan, &fault))
		return false;
	end = extent(&search->elf);
	if (end > rest.len || end == qpasi_elf_headers_size(&search->elf))
		return false;
	bytes->ptr = rest.ptr;
	bytes->len = (size_t)end;
	return true;
}

/* The next place from `from` on that is an image; false if there is none. */
static bool find(struct search *search, uint64_t from, struct qpas_slice *bytes)
{
	const uint8_t *start = search->file.ptr;
	const uint8_t *end = start + search->file.len;
	const uint8_t *at = from < search->file.len ? start + from : end;

	while ((at = memmem(at, (size_t)(end - at), MAGIC, MAGIC_BYTES)) != NULL) {
		struct qpas_slice rest = {at, (size_t)(end - at)};

		if (is_image(search, rest, bytes))
			return true;
		at++;
	}
	return false;
}

static int open_next(struct search *search, uint64_t from, struct qpas_image **out,
		     uint64_t *offset, struct qpas_error *err)
{
	struct qpas_slice bytes = {NULL, 0};
	int result;

	while (find(search, from, &bytes)) {
		from = (uint64_t)((const uint8_t *)bytes.ptr - (const uint8_t *)search->file.ptr);
		result = qpasi_image_open_inside(search->image, bytes, out, err);
		if (!result)
			*offset = from;
		/* What the second decoder reads differently is no image. */
		if (result == 0 || result == QPAS_ERR_NOMEM || result == QPAS_ERR_IO)
			return result;
		from++;
	}
	return qpasi_error_set(err, QPASI_MSG_NO_NESTED, QPAS_STAGE_OPEN, NULL);
}

static int check(const struct qpas_image *image, struct qpas_image **out, const uint64_t *offset,
		 struct qpas_error *err)
{
	int result = qpasi_error_begin(err);

	if (out)
		*out = NULL;
	if (result)
		return result;
	if (image && out && offset)
		return 0;
	return qpasi_error_set(err, QPASI_MSG_NULL_ARGUMENT, QPAS_STAGE_OPEN,
			       !image ? "image" :
			       !out   ? "out" :
					"offset");
}

int qpas_image_nested(const struct qpas_image *image, uint64_t from, struct qpas_image **out,
		      uint64_t *offset, struct qpas_error *err)
{
	struct search *search;
	int result = check(image, out, offset, err);

	if (result)
		return result;
	search = qpasi_env_alloc(&image->env, sizeof(*search));
	if (!search)
		return qpasi_error_set(err, QPASI_MSG_NO_MEMORY, QPAS_STAGE_OPEN, NULL);
	search->image = image;
	search->file = qpasi_image_file(image);
	/* Its own first byte is no nested image. */
	result = open_next(search, from ? from : 1, out, offset, err);
	qpasi_env_free(&image->env, search);
	return result;
}
