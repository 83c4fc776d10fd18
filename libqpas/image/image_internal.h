/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The inside of an image, and what core may ask of it beyond the public header. All of it stays
 * as it is from open to the last unref.
 */
#ifndef QPASI_IMAGE_INTERNAL_H
#define QPASI_IMAGE_INTERNAL_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <qpas/image.h>

#include "base/params.h"
#include "format/elf.h"
#include "format/plan.h"
#include "image/snapshot.h"

struct qpas_image {
	atomic_uint references;
	struct qpasi_env env;
	struct qpasi_snapshot snapshot;
	char *name;
	bool named_mdt;
	struct qpasi_elf elf;
	struct qpasi_plan_params plan_params;
	struct qpasi_plan plan;
	/* Of the first file; parts follow it in the snapshot, a metadata copy stands last. */
	size_t first_size;
	size_t file_bytes;
	/* Where the data of each header stand in the snapshot. */
	size_t data_at[QPASI_ELF_MAX_PHDRS];
	size_t metadata_at;
	uint64_t uncovered;
	uint64_t uncovered_first;
	/* What refuses to load it, if anything. */
	struct qpasi_fault load_fault;
	int load_code;
};

const struct qpasi_elf *qpasi_image_elf(const struct qpas_image *image);
const struct qpasi_plan *qpasi_image_plan(const struct qpas_image *image);
const struct qpasi_env *qpasi_image_env(const struct qpas_image *image);
/* The name it was opened by; "(memory)" without one. */
const char *qpasi_image_name(const struct qpas_image *image);

/* The first (or only) file as a whole. */
struct qpas_slice qpasi_image_file(const struct qpas_image *image);
/* File data of a header; empty for none, and for an index past the end. */
struct qpas_slice qpasi_image_data(const struct qpas_image *image, uint32_t index);
/* The hash segment; empty without one. */
struct qpas_slice qpasi_image_hash(const struct qpas_image *image);

/* Bytes that are not zero and in no segment; *first is the offset of the first of them. */
uint64_t qpasi_image_uncovered(const struct qpas_image *image, uint64_t *first);

/* 0 if the image may be loaded through PAS, else the error that says why not. */
int qpasi_image_may_load(const struct qpas_image *image, struct qpas_error *err);

/* Header `index` is data of a file of its own (.bNN). */
bool qpasi_image_own_file(const struct qpas_image *image, uint32_t index);

/* Opens bytes out of the image's file as an image of its own, by the same limits and flags. */
int qpasi_image_open_inside(const struct qpas_image *image, struct qpas_slice bytes,
			    struct qpas_image **out, struct qpas_error *err);

/*
 * Judges what a callback of the caller's gave: one that fails without saying why still makes a whole
 * error. Returns 0 or a negative code.
 */
int qpasi_image_callback(int result, const char *callback, uint32_t stage, uint32_t segment,
			 struct qpas_error *err);

#endif
