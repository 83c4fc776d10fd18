/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Every ELF file of the public firmware: what opens, what loads, and where. Properties, not lists of
 * files: packages move on. The folder comes from QPAS_DATA_DIR; without firmware in it the test
 * fails and says how to get some.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cmocka.h>

#include <qpas/image.h>

#include "format/mbn.h"
#include "image/image_internal.h"
#include "real_files.h"
#include "support/report.h"

/* Larger spans are planned, not loaded. */
#define SPAN_MAX (UINT64_C(512) << 20)

static char **files;
static size_t file_count;

static struct {
	unsigned int images;
	unsigned int signed_images;
	unsigned int elf64;
	unsigned int relocatable;
	unsigned int loaded;
	unsigned int split;
	unsigned int nested;
	unsigned int nested_signed;
	unsigned int overlaps;
	unsigned int file_overlaps;
	unsigned int entries_outside;
	unsigned int hash_last;
	unsigned int unaligned;
	unsigned int versions[9]; /* by MBN version; 0: all zero */
} seen;

static int open_path(const char *path, uint64_t flags, struct qpas_image **image,
		     struct qpas_error *err)
{
	struct qpas_params params = QPAS_PARAMS_INIT;
	const char *name = strrchr(path, '/') + 1;
	char *folder = strndup(path, (size_t)(name - path));
	int fd = folder ? open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC) : -1;
	int result;

	assert_true(fd >= 0);
	params.flags = flags;
	result = qpas_image_open(fd, name, &params, image, err);
	(void)close(fd);
	free(folder);
	return result;
}

/* The span by the rule as it is written down, over what qpas_image_segment() says. */
static void reference_span(const struct qpas_image *image, uint32_t count, uint64_t *min,
			   uint64_t *size, bool *relocatable)
{
	uint64_t max = 0;

	*min = UINT64_MAX;
	*relocatable = false;
	for (uint32_t i = 0; i < count; i++) {
		struct qpas_segment segment = QPAS_SEGMENT_INIT;

		assert_int_equal(qpas_image_segment(image, i, &segment, NULL), 0);
		if (segment.p_type != 1 || (segment.p_flags >> 24 & 7) == 2 || !segment.p_memsz)
			continue;
		if (segment.p_paddr < *min)
			*min = segment.p_paddr;
		if (segment.p_paddr + segment.p_memsz > max)
			max = segment.p_paddr + segment.p_memsz;
		if (segment.p_flags & 0x08000000)
			*relocatable = true;
	}
	if (max == 0)
		*min = 0;
	*size = ((max + 4095) & ~UINT64_C(4095)) - *min;
}

static int copy_in(void *user, uint64_t offset, struct qpas_slice data, struct qpas_error *err)
{
	(void)err;
	memcpy((uint8_t *)user + offset, data.ptr, data.len);
	return 0;
}

/* The region is fresh memory, so that it is zero already: only the range is looked at. */
static int note_zero(void *user, uint64_t offset, uint64_t length, struct qpas_error *err)
{
	(void)user;
	(void)err;
	return offset + length <= SPAN_MAX ? 0 : QPAS_ERR_RANGE;
}

/* Loads it, and compares memory segment by segment: no byte of data was lost. */
static void check_load(const char *path, const struct qpas_image *image,
		       const struct qpas_image_info *info)
{
	struct qpas_load_target target = QPAS_LOAD_TARGET_INIT;
	struct qpas_error err = QPAS_ERROR_INIT;
	uint8_t *region = mmap(NULL, (size_t)info->load_size, PROT_READ | PROT_WRITE,
			       MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

	assert_true(region != MAP_FAILED);
	target.base = info->load_min;
	target.region_size = info->load_size;
	target.write = copy_in;
	target.zero = note_zero;
	target.user = region;
	if (info->load_min == 0 && !(info->flags & QPAS_IMAGE_RELOCATABLE)) {
		assert_int_equal(qpas_image_load(image, &target, &err), QPAS_ERR_ARG);
		(void)munmap(region, (size_t)info->load_size);
		return;
	}
	if (qpas_image_load(image, &target, &err))
		fail_msg("%s: %s", path, err.text);
	for (uint32_t i = 0; i < info->segments; i++) {
		struct qpas_segment segment = QPAS_SEGMENT_INIT;
		struct qpas_slice data;

		assert_int_equal(qpas_image_segment(image, i, &segment, NULL), 0);
		assert_int_equal(qpas_image_segment_data(image, i, &data, NULL), 0);
		assert_int_equal(data.len, segment.p_filesz);
		if (!(segment.flags & QPAS_SEGMENT_LOADABLE) || !data.len)
			continue;
		if (memcmp(region + (segment.p_paddr - info->load_min), data.ptr, data.len))
			fail_msg("%s: segment %u is not in memory", path, i);
	}
	(void)munmap(region, (size_t)info->load_size);
	seen.loaded++;
}

static void check_metadata(const char *path, const struct qpas_image *image,
			   const struct qpas_image_info *info)
{
	struct qpas_slice blob;
	struct qpas_slice hash;
	struct qpas_slice headers;

	assert_int_equal(qpas_image_metadata(image, &blob, NULL), 0);
	assert_int_equal(qpas_image_segment_data(image, 0, &headers, NULL), 0);
	assert_int_equal(qpas_image_segment_data(image, info->hash_segment, &hash, NULL), 0);
	assert_int_equal(blob.len, info->metadata_bytes);
	if (blob.len != headers.len + hash.len || memcmp(blob.ptr, headers.ptr, headers.len) ||
	    memcmp((const uint8_t *)blob.ptr + headers.len, hash.ptr, hash.len))
		fail_msg("%s: metadata", path);
	assert_in_range(blob.len, 200, 64 << 10);
}

static void count(const struct qpas_image_info *info)
{
	seen.images++;
	seen.elf64 += info->elf_class == 64;
	seen.relocatable += !!(info->flags & QPAS_IMAGE_RELOCATABLE);
	seen.split += !!(info->flags & QPAS_IMAGE_SPLIT);
	seen.overlaps += !!(info->flags & QPAS_IMAGE_DATA_OVERLAP);
	seen.file_overlaps += !!(info->flags & QPAS_IMAGE_FILE_OVERLAP);
	seen.hash_last += info->hash_segment == info->segments - 1;
	seen.unaligned += info->load_min % 4096 != 0;
	if (info->hash_segment == QPAS_NO_SEGMENT)
		return;
	seen.signed_images++;
	seen.entries_outside += !!(info->flags & QPAS_IMAGE_ENTRY_OUTSIDE);
}

/* What may refuse a shipped image: it is unsigned, its data overlap, its span is no carveout's. */
static void check_verdict(const char *path, const struct qpas_image_info *info)
{
	bool unsigned_image = info->hash_segment == QPAS_NO_SEGMENT;
	int wanted = 0;

	if (unsigned_image)
		wanted = QPAS_ERR_FORMAT;
	else if (info->flags & QPAS_IMAGE_DATA_OVERLAP)
		wanted = QPAS_ERR_OVERLAP;
	else if (info->load_size > UINT64_C(2) << 30)
		wanted = QPAS_ERR_LIMIT;
	if (info->load_code != wanted)
		fail_msg("%s: load %d (%s), want %d", path, info->load_code, "load_message",
			 wanted);
}

static void check_with_overlap_allowed(const char *path, const struct qpas_image_info *info)
{
	struct qpas_image_info again = QPAS_IMAGE_INFO_INIT;
	struct qpas_error err = QPAS_ERROR_INIT;
	struct qpas_image *image = NULL;
	int wanted = info->load_size > UINT64_C(2) << 30 ? QPAS_ERR_LIMIT : 0;

	assert_int_equal(open_path(path, QPAS_PARAMS_ALLOW_OVERLAP, &image, &err), 0);
	assert_int_equal(qpas_image_describe(image, &again, NULL), 0);
	if (again.load_code != wanted)
		fail_msg("%s: load %d with overlap allowed, want %d", path, again.load_code,
			 wanted);
	qpas_image_unref(image);
}

/* The parts of the hash segment add up, but for the two segments of zeros (one of 136 bytes). */
static void check_hash_segment(const char *path, const struct qpas_image *image)
{
	struct qpas_slice hash = qpasi_image_hash(image);
	struct qpasi_fault fault = QPASI_FAULT_INIT;
	struct qpasi_mbn mbn;
	int result = qpasi_mbn_decode(hash, qpasi_image_elf(image), &mbn, &fault);

	if (result == 0)
		seen.versions[mbn.version]++;
	else if (result == QPAS_ERR_UNSUPP && fault.message == QPASI_MSG_HASH_ALL_ZERO)
		seen.versions[0]++;
	else
		fail_msg("%s: hash segment: message %u", path, fault.message);
}

/* Whether what stands at these bytes opens as an image that claims any data. */
static bool opens_with_data(struct qpas_slice bytes)
{
	struct qpas_segment segment = QPAS_SEGMENT_INIT;
	struct qpas_image *image = NULL;
	bool data = false;

	if (qpas_image_open_memory(bytes, NULL, &image, NULL))
		return false;
	for (uint32_t i = 0; !qpas_image_segment(image, i, &segment, NULL); i++)
		data = data || (segment.p_filesz && segment.p_offset);
	qpas_image_unref(image);
	return data;
}

/* E43: images inside are those that open when everything before them is cut off. */
static void check_nested(const char *path, const struct qpas_image *image)
{
	struct qpas_slice file = qpasi_image_file(image);
	const uint8_t *start = file.ptr;
	const uint8_t *end = start + file.len;
	const uint8_t *at = start + 1;
	struct qpas_image *inside = NULL;
	uint64_t found = 0;

	while ((at = memmem(at, (size_t)(end - at), "\177ELF", 4)) != NULL) {
		struct qpas_slice rest = {at, (size_t)(end - at)};

		if (opens_with_data(rest)) {
			struct qpas_image_info info = QPAS_IMAGE_INFO_INIT;

			if (qpas_image_nested(image, found + 1, &inside, &found, NULL) ||
			    found != (uint64_t)(at - start))
				fail_msg("%s: the image at 0x%zx is missed", path,
					 (size_t)(at - start));
			assert_int_equal(qpas_image_describe(inside, &info, NULL), 0);
			seen.nested++;
			seen.nested_signed += info.hash_segment != QPAS_NO_SEGMENT;
			qpas_image_unref(inside);
		}
		at++;
	}
	assert_int_equal(qpas_image_nested(image, found + 1, &inside, &found, NULL),
			 QPAS_ERR_NOTFOUND);
}

static void check_file(const char *path)
{
	struct qpas_image_info info = QPAS_IMAGE_INFO_INIT;
	struct qpas_error err = QPAS_ERROR_INIT;
	struct qpas_image *image = NULL;
	uint64_t min, size;
	bool relocatable;

	if (open_path(path, 0, &image, &err)) {
		/* NAME.b00 is the start of a split image, and an ELF file to look at. */
		if (!real_files_is_part(path) || err.code != QPAS_ERR_TRUNC)
			fail_msg("%s: %s", path, err.text);
		return;
	}
	assert_int_equal(qpas_image_describe(image, &info, NULL), 0);
	count(&info);
	reference_span(image, info.segments, &min, &size, &relocatable);
	if (min != info.load_min || size != info.load_size ||
	    relocatable != !!(info.flags & QPAS_IMAGE_RELOCATABLE))
		fail_msg("%s: span %llx + %llx", path, (unsigned long long)info.load_min,
			 (unsigned long long)info.load_size);
	check_verdict(path, &info);
	check_nested(path, image);
	if (info.hash_segment != QPAS_NO_SEGMENT)
		check_hash_segment(path, image);
	if (info.load_code == QPAS_ERR_OVERLAP)
		check_with_overlap_allowed(path, &info);
	if (info.load_code == 0)
		check_metadata(path, image, &info);
	if (info.load_code == 0 && info.load_size <= SPAN_MAX)
		check_load(path, image, &info);
	qpas_image_unref(image);
}

static void every_shipped_image_opens_and_loads_where_the_kernel_puts_it(void **state)
{
	(void)state;
	for (size_t i = 0; i < file_count; i++)
		check_file(files[i]);
	print_message("%u images, %u signed, %u ELF64, %u relocatable, %u split, %u loaded\n",
		      seen.images, seen.signed_images, seen.elf64, seen.relocatable, seen.split,
		      seen.loaded);
	print_message("%u images inside of others, %u signed\n", seen.nested, seen.nested_signed);
	test_report("real-images", seen.images);
	/* Shapes that the collection has; without them the test above would prove little. */
	assert_true(seen.signed_images >= 150);
	assert_true(seen.signed_images >= seen.images - 20);
	assert_true(seen.loaded >= 150);
	assert_true(seen.relocatable >= 100 && seen.relocatable < seen.images);
	assert_true(seen.elf64 >= 4);
	assert_true(seen.hash_last >= 20 && seen.hash_last < seen.signed_images);
	assert_true(seen.versions[3] && seen.versions[5] && seen.versions[6] && seen.versions[7]);
	assert_true(seen.nested_signed >= 10 && seen.nested_signed <= seen.nested);
	assert_true(seen.versions[0] <= 4);
	assert_true(seen.file_overlaps >= 2);
	assert_true(seen.entries_outside >= 3);
	assert_true(seen.overlaps >= 2 && seen.overlaps <= 20);
}

/* mbn-format facts: every processor, video and GPU image that PAS starts is relocatable. */
static void dsp_modem_video_and_gpu_images_are_relocatable(void **state)
{
	static const char *const kinds[] = {"/adsp.mbn", "/cdsp.mbn",  "/cdsp0.mbn",  "/cdsp1.mbn",
					    "/slpi.mbn", "/modem.mbn", "/gpdsp0.mbn", "/gpdsp1.mbn",
					    "zap.mbn",	 "venus.mbn",  "/ipa_fws.mbn"};
	unsigned int checked = 0;

	(void)state;
	for (size_t i = 0; i < file_count; i++) {
		struct qpas_image_info info = QPAS_IMAGE_INFO_INIT;
		struct qpas_image *image = NULL;
		bool wanted = false;

		for (size_t k = 0; k < sizeof(kinds) / sizeof(kinds[0]); k++) {
			size_t length = strlen(kinds[k]);

			wanted = wanted ||
				 (strlen(files[i]) > length &&
				  !strcmp(files[i] + strlen(files[i]) - length, kinds[k]));
		}
		if (!wanted)
			continue;
		assert_int_equal(open_path(files[i], 0, &image, NULL), 0);
		assert_int_equal(qpas_image_describe(image, &info, NULL), 0);
		if (!(info.flags & QPAS_IMAGE_RELOCATABLE) || info.load_code)
			fail_msg("%s: flags %llx, load %d", files[i],
				 (unsigned long long)info.flags, info.load_code);
		qpas_image_unref(image);
		checked++;
	}
	assert_true(checked >= 30);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_shipped_image_opens_and_loads_where_the_kernel_puts_it),
		cmocka_unit_test(dsp_modem_video_and_gpu_images_are_relocatable),
	};
	int failed;

	file_count = real_files_list(&files);
	failed = cmocka_run_group_tests(tests, NULL, NULL);
	while (file_count)
		free(files[--file_count]);
	return failed;
}
