/* SPDX-License-Identifier: BSD-3-Clause */
/* Opening an image: files to snapshot, headers, plan, parts, metadata, seal; and its lifetime. */
#define _GNU_SOURCE
#include "image/image_internal.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/ckd.h"
#include "base/host/host_memory.h"
#include "image/decompress.h"
#include "image/libelf_check.h"
#include "image/os_error.h"
#include "image/path.h"
#include "image/reader.h"

#define NO_FOLDER   (-1)
#define MEMORY_NAME "(memory)"

/* NAME.mdt.xz is an .mdt, too. */
static bool ends_in_mdt(const char *name)
{
	size_t length = qpasi_packing_stem(name);

	return length >= 4 && !strncmp(name + length - 4, ".mdt", 4);
}

static void destroy(struct qpas_image *image)
{
	struct qpasi_env env = image->env;

	qpasi_snapshot_free(&image->snapshot);
	qpasi_env_free(&env, image->name);
	qpasi_env_free(&env, image);
}

/* An empty object with its name copied. */
static int create_in(const struct qpasi_env *env, const char *name, struct qpas_image **out,
		     struct qpas_error *err)
{
	struct qpas_image *image = qpasi_env_alloc(env, sizeof(*image));

	if (!image)
		return qpasi_error_set(err, QPASI_MSG_NO_MEMORY, QPAS_STAGE_OPEN, NULL);
	atomic_init(&image->references, 1);
	image->env = *env;
	/* Borrowed for the call only. */
	image->env.platform = NULL;
	image->env.firmware_path = NULL;
	image->snapshot.fd = -1;
	image->name = qpasi_env_strdup(env, name ? name : MEMORY_NAME);
	if (!image->name) {
		destroy(image);
		return qpasi_error_set(err, QPASI_MSG_NO_MEMORY, QPAS_STAGE_OPEN, NULL);
	}
	image->named_mdt = name && ends_in_mdt(name);
	qpasi_snapshot_init(&image->snapshot);
	*out = image;
	return 0;
}

static int create(const char *name, const struct qpas_params *params, struct qpas_image **out,
		  struct qpas_error *err)
{
	struct qpasi_env env;
	int result = qpasi_env_init(&env, params, qpasi_host_allocator(), err);

	return result ? result : create_in(&env, name, out, err);
}

static struct qpas_slice first_file(const struct qpas_image *image)
{
	struct qpas_slice file = {image->snapshot.bytes, image->first_size};

	return file;
}

static int decode(struct qpas_image *image, struct qpas_error *err)
{
	struct qpasi_plan_params *params = &image->plan_params;
	struct qpasi_fault fault = QPASI_FAULT_INIT;
	uint32_t limit = image->env.limits.program_headers;
	uint32_t stage = QPAS_STAGE_HEADERS;
	int result = qpasi_elf_decode(first_file(image), limit, &image->elf, &fault);

	if (result)
		return qpasi_fault_report(&fault, stage, err);
	result = qpasi_libelf_check(&image->env, first_file(image), &image->elf, err);
	if (result)
		return result;
	stage = QPAS_STAGE_PLAN;
	params->span_limit = image->env.limits.span_bytes;
	params->metadata_limit = image->env.limits.metadata_bytes;
	params->allow_overlap = image->env.flags & QPAS_PARAMS_ALLOW_OVERLAP;
	params->file_size = image->first_size;
	result = qpasi_plan_is_split(&image->elf, image->named_mdt, image->first_size,
				     &params->split, &fault);
	if (!result)
		result = qpasi_plan_describe(&image->elf, params, &image->plan, &fault);
	return result ? qpasi_fault_report(&fault, stage, err) : 0;
}

bool qpasi_image_own_file(const struct qpas_image *image, uint32_t index)
{
	if (!image->plan_params.split || index == 0 || image->elf.phdr[index].filesz == 0)
		return false;
	return index != image->plan.hash_index || image->plan.hash_place == QPASI_HASH_OWN_FILE;
}

/* NAME.mdt -> NAME.bNN, the kernel's way: two digits, more only where two do not do. */
static int part_name(const struct qpas_image *image, uint32_t index, char *to, size_t capacity)
{
	size_t stem = qpasi_packing_stem(image->name) - 3;

	return snprintf(to, capacity, "%.*sb%02u", (int)stem, image->name, (unsigned int)index);
}

static int missing_part(uint32_t index, const char *name, int os_errno, struct qpas_error *err)
{
	struct qpasi_fault fault = QPASI_FAULT_INIT;

	fault.message = QPASI_MSG_PART_MISSING;
	fault.segment = index;
	fault.os_errno = os_errno;
	return qpasi_file_fault(err, &fault, name);
}

static int open_part(const struct qpas_image *image, int dirfd, uint32_t index, const char *name,
		     struct qpasi_found *found, struct qpas_error *err)
{
	bool no_symlinks = image->env.flags & QPAS_PARAMS_NO_SYMLINKS;
	struct qpas_error detail = QPAS_ERROR_INIT;
	int result;

	if (dirfd == NO_FOLDER)
		return missing_part(index, name, 0, err);
	result = qpasi_path_find(dirfd, name, no_symlinks, found, &detail);
	if (result == QPAS_ERR_NOTFOUND)
		return missing_part(index, name, detail.os_errno, err);
	if (result && err) {
		detail.segment = index;
		detail.size = err->size;
		qpasi_abi_give(err, &detail, sizeof(detail));
	}
	return result;
}

static int read_part(struct qpas_image *image, int dirfd, uint32_t index, struct qpas_error *err)
{
	/* The name was checked; "bNN" may have more digits than "mdt" has letters. */
	char name[QPASI_NAME_MAX + 16];
	struct qpasi_found found;
	struct qpasi_file_rule rule = {found.name,
				       index,
				       image->elf.phdr[index].filesz,
				       image->env.limits.file_bytes,
				       image->env.limits.image_bytes,
				       &image->env};
	int result;

	if (part_name(image, index, name, sizeof(name)) > QPASI_NAME_MAX)
		return qpasi_name_error(err, QPASI_MSG_PART_NAME, name, NULL);
	result = open_part(image, dirfd, index, name, &found, err);
	if (result)
		return result;
	image->data_at[index] = image->snapshot.size;
	result = qpasi_file_append(found.fd, &rule, &image->snapshot, err);
	(void)close(found.fd);
	return result;
}

static int read_parts(struct qpas_image *image, int dirfd, struct qpas_error *err)
{
	int result = 0;

	for (uint32_t i = 0; !result && i < image->elf.phnum; i++) {
		if (qpasi_image_own_file(image, i))
			result = read_part(image, dirfd, i, err);
		else if (i == image->plan.hash_index)
			image->data_at[i] = (size_t)image->plan.hash_offset;
		else
			image->data_at[i] = (size_t)image->elf.phdr[i].offset;
	}
	image->file_bytes = image->snapshot.size;
	return result;
}

/* The blob for INIT_IMAGE: as it stands in the file where that is so, else a copy behind all. */
static int place_metadata(struct qpas_image *image, struct qpas_error *err)
{
	size_t headers = (size_t)image->elf.phdr[0].filesz;
	size_t end = image->snapshot.size;
	uint32_t hash = image->plan.hash_index;
	uint8_t *bytes;
	int result;

	if (image->load_code || hash == QPAS_NO_SEGMENT || image->data_at[hash] == headers)
		return 0;
	result = qpasi_snapshot_grow(&image->snapshot, end + image->plan.metadata_size, image->name,
				     err);
	if (result)
		return result;
	bytes = image->snapshot.bytes;
	memcpy(bytes + end, bytes, headers);
	memcpy(bytes + end + headers, bytes + image->data_at[hash],
	       (size_t)image->elf.phdr[hash].filesz);
	image->metadata_at = end;
	return 0;
}

/* Everything behind the reading of the first file. */
static int finish(struct qpas_image *image, int dirfd, struct qpas_error *err)
{
	struct qpasi_fault none = QPASI_FAULT_INIT;
	int result;

	image->first_size = image->snapshot.size;
	result = decode(image, err);
	if (!result)
		result = read_parts(image, dirfd, err);
	if (result)
		return result;
	image->uncovered = qpasi_plan_uncovered(&image->elf, &image->plan_params, &image->plan,
						first_file(image), &image->uncovered_first);
	image->load_fault = none;
	image->load_code = qpasi_plan_check(&image->elf, &image->plan_params, &image->plan, true,
					    &image->load_fault);
	result = place_metadata(image, err);
	if (!result)
		result = qpasi_snapshot_seal(&image->snapshot, image->name, err);
	return result;
}

static struct qpasi_file_rule first_rule(const struct qpas_image *image, const char *name)
{
	const struct qpas_limits *limits = &image->env.limits;
	struct qpasi_file_rule rule = {
		name, QPAS_NO_SEGMENT, 0, limits->file_bytes, limits->image_bytes, &image->env};

	return rule;
}

static int read_first(struct qpas_image *image, int fd, const char *name, struct qpas_error *err)
{
	struct qpasi_file_rule rule = first_rule(image, name);

	return qpasi_file_append(fd, &rule, &image->snapshot, err);
}

/* Hands the object over, or takes it apart. */
static int settle(struct qpas_image *image, int result, struct qpas_image **out)
{
	if (result)
		destroy(image);
	else
		*out = image;
	return result;
}

static int begin(const void *input, const char *what, struct qpas_image **out,
		 struct qpas_error *err)
{
	int result = qpasi_error_begin(err);

	if (result)
		return result;
	if (!out)
		return qpasi_error_set(err, QPASI_MSG_NULL_ARGUMENT, QPAS_STAGE_OPEN, "out");
	*out = NULL;
	if (!input)
		return qpasi_error_set(err, QPASI_MSG_NULL_ARGUMENT, QPAS_STAGE_OPEN, what);
	return 0;
}

int qpas_image_open(int dirfd, const char *name, const struct qpas_params *params,
		    struct qpas_image **out, struct qpas_error *err)
{
	struct qpas_image *image = NULL;
	struct qpasi_found found;
	int result = begin(name, "name", out, err);

	if (!result)
		result = qpasi_name_check(name, err);
	if (!result)
		result = create(name, params, &image, err);
	if (result)
		return result;
	result = qpasi_path_find(dirfd, name, image->env.flags & QPAS_PARAMS_NO_SYMLINKS, &found,
				 err);
	if (!result) {
		result = read_first(image, found.fd, found.name, err);
		(void)close(found.fd);
	}
	if (!result)
		result = finish(image, dirfd, err);
	return settle(image, result, out);
}

int qpas_image_open_fd(int fd, const char *name, const struct qpas_params *params,
		       struct qpas_image **out, struct qpas_error *err)
{
	struct qpas_image *image = NULL;
	int result = begin(name, "name", out, err);

	if (!result)
		result = qpasi_name_check(name, err);
	if (!result)
		result = create(name, params, &image, err);
	if (result)
		return result;
	result = read_first(image, fd, name, err);
	if (!result)
		result = finish(image, NO_FOLDER, err);
	return settle(image, result, out);
}

static int copy_bytes(struct qpas_image *image, struct qpas_slice bytes, struct qpas_error *err)
{
	uint64_t limit = image->env.limits.file_bytes;
	struct qpasi_packed from = {QPASI_PACKED_NOT, NO_FOLDER, bytes};
	struct qpasi_file_rule rule = first_rule(image, image->name);
	struct qpasi_fault fault = QPASI_FAULT_INIT;
	int result;

	if (bytes.len > limit) {
		(void)qpasi_fault_set(&fault, QPASI_MSG_FILE_TOO_LARGE, QPAS_NO_SEGMENT, bytes.len,
				      limit);
		return qpasi_file_fault(err, &fault, image->name);
	}
	if (bytes.len)
		from.kind = qpasi_packing_of(bytes.ptr, bytes.len);
	if (from.kind != QPASI_PACKED_NOT)
		return qpasi_unpack(&from, &rule, &image->snapshot, err);
	result = qpasi_snapshot_grow(&image->snapshot, bytes.len, image->name, err);
	if (!result && bytes.len)
		memcpy(image->snapshot.bytes, bytes.ptr, bytes.len);
	return result;
}

int qpas_image_open_memory(struct qpas_slice bytes, const struct qpas_params *params,
			   struct qpas_image **out, struct qpas_error *err)
{
	struct qpas_image *image = NULL;
	int result = begin(bytes.len ? bytes.ptr : "", "bytes.ptr", out, err);

	if (!result)
		result = create(NULL, params, &image, err);
	if (result)
		return result;
	result = copy_bytes(image, bytes, err);
	if (!result)
		result = finish(image, NO_FOLDER, err);
	return settle(image, result, out);
}

int qpasi_image_open_inside(const struct qpas_image *image, struct qpas_slice bytes,
			    struct qpas_image **out, struct qpas_error *err)
{
	struct qpas_image *inside = NULL;
	int result = create_in(&image->env, NULL, &inside, err);

	if (result)
		return result;
	result = copy_bytes(inside, bytes, err);
	if (!result)
		result = finish(inside, NO_FOLDER, err);
	return settle(inside, result, out);
}

struct qpas_image *qpas_image_ref(struct qpas_image *image)
{
	if (image)
		(void)atomic_fetch_add_explicit(&image->references, 1, memory_order_relaxed);
	return image;
}

void qpas_image_unref(struct qpas_image *image)
{
	if (!image)
		return;
	/* The last one must see all that the others did with the object before. */
	if (atomic_fetch_sub_explicit(&image->references, 1, memory_order_acq_rel) == 1)
		destroy(image);
}
