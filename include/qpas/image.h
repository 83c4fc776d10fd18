/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Peripheral images: MBN files and split `.mdt` + `.bNN` sets.
 * Reading, describing and placing them; whether they are authentic is the business of auth.h.
 *
 * An image is read once, into private sealed memory; everything afterwards works on that snapshot,
 * so that the bytes that were checked are the bytes that are loaded. Two levels apply: opening and
 * describing accept whatever can be read safely and report oddities as flags; loading refuses what
 * the kernel's loader, the trusted world and this library could read differently.
 *
 * Placing an image into memory of one's own:
 *
 *     struct qpas_load_target target = QPAS_LOAD_TARGET_INIT;
 *     struct qpas_error err = QPAS_ERROR_INIT;
 *     struct qpas_image *image = NULL;
 *
 *     target.base = 0x95900000;
 *     target.region_size = 0x1e00000;
 *     target.write = copy_into_region;
 *     target.zero = clear_region;
 *     if (qpas_image_open(AT_FDCWD, "adsp.mbn", NULL, &image, &err) ||
 *         qpas_image_load(image, &target, &err))
 *             fprintf(stderr, "%s\n", qpas_error_text(&err));
 *     qpas_image_unref(image);
 */
#ifndef QPAS_IMAGE_H
#define QPAS_IMAGE_H

#include <qpas/error.h>
#include <qpas/types.h>

#ifdef __cplusplus
extern "C" {
#endif

/** A peripheral image, immutable once open, counted. */
struct qpas_image;

/** `flags` of struct qpas_image_info: facts worth telling about an image. @since 0.1 */
/** Read from an `.mdt` and its `.bNN` parts. */
#define QPAS_IMAGE_SPLIT (UINT64_C(1) << 0)
/** A loadable segment has the relocatable bit (27), so the image goes to any address. */
#define QPAS_IMAGE_RELOCATABLE (UINT64_C(1) << 1)
/** There is a hash segment. */
#define QPAS_IMAGE_HASH_SEGMENT (UINT64_C(1) << 2)
/** More than one program header has the hash type; the first one counts. */
#define QPAS_IMAGE_EXTRA_HASH (UINT64_C(1) << 3)
/** The entry point lies outside the loaded memory. Common, and never used by this library. */
#define QPAS_IMAGE_ENTRY_OUTSIDE (UINT64_C(1) << 4)
/** File ranges of two program headers overlap (dynamic or note headers inside a segment). */
#define QPAS_IMAGE_FILE_OVERLAP (UINT64_C(1) << 5)
/** Segments overwrite each other's file data in memory; refused by the load plan. */
#define QPAS_IMAGE_DATA_OVERLAP (UINT64_C(1) << 6)
/** A zero-filled tail covers the data of a later header. */
#define QPAS_IMAGE_TAIL_OVERLAP (UINT64_C(1) << 7)
/** Non-zero bytes of the file lie in no segment: no digest covers them, nothing loads them. */
#define QPAS_IMAGE_UNCOVERED (UINT64_C(1) << 8)
/** There are section headers or their fields are set; only qpas_image_rsc_table() reads them. */
#define QPAS_IMAGE_SECTIONS (UINT64_C(1) << 9)
/** The program headers do not follow the ELF header directly; refused by the load plan. */
#define QPAS_IMAGE_PHOFF_ODD (UINT64_C(1) << 10)
/** A header has the page-mode bit (20). */
#define QPAS_IMAGE_PAGED (UINT64_C(1) << 11)

/** Snapshot of what an image is. @since 0.1 */
struct qpas_image_info {
	/** sizeof(struct qpas_image_info) */
	uint32_t size;
	/** 32 or 64. */
	uint32_t elf_class;
	/** e_machine, no guide to the kind of image. */
	uint32_t machine;
	/** Number of program headers. */
	uint32_t segments;
	/** QPAS_IMAGE_* */
	uint64_t flags;
	/** e_entry. */
	uint64_t entry;
	/** Bytes of all files of the image together. */
	uint64_t file_bytes;
	/** Lowest p_paddr of a loadable segment, not rounded; 0 if nothing is loadable. */
	uint64_t load_min;
	/** Highest end of a loadable segment, rounded up to 4 KiB, minus load_min. */
	uint64_t load_size;
	/** Index of the hash segment, or QPAS_NO_SEGMENT. */
	uint32_t hash_segment;
	/** Bytes of the metadata blob (ELF headers, then hash segment); 0 without a hash segment. */
	uint32_t metadata_bytes;
	/** 0 if the image can be loaded, else the enum qpas_err of the rule that refuses it. */
	int32_t load_code;
	/** Message of that rule (qpas_message_text()), or 0. */
	uint32_t load_message;
};

/** Initialiser. @since 0.1 */
#define QPAS_IMAGE_INFO_INIT                                                                 \
	{                                                                                    \
		(uint32_t)sizeof(struct qpas_image_info), 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0 \
	}

/** `flags` of struct qpas_segment. @since 0.1 */
/** Takes part in loading: PT_LOAD, not of hash type, p_memsz not 0. */
#define QPAS_SEGMENT_LOADABLE (UINT32_C(1) << 0)
/** Has hash type. */
#define QPAS_SEGMENT_HASH (UINT32_C(1) << 1)
/** Has the relocatable bit. */
#define QPAS_SEGMENT_RELOCATABLE (UINT32_C(1) << 2)
/** Its data come from a `.bNN` file. */
#define QPAS_SEGMENT_OWN_FILE (UINT32_C(1) << 3)
/** Is the one-shot entry (p_type 0x70000000, all else 0): a digest over all loaded data. */
#define QPAS_SEGMENT_ONE_SHOT (UINT32_C(1) << 4)

/** One program header, widened to 64 bits, as the file has it. @since 0.1 */
struct qpas_segment {
	/** sizeof(struct qpas_segment) */
	uint32_t size;
	/** Index of the program header. */
	uint32_t index;
	/** p_type. */
	uint32_t p_type;
	/** p_flags; bits 26:24 are the segment type, 23:21 the access type. */
	uint32_t p_flags;
	/** p_offset: file offset in a merged image. */
	uint64_t p_offset;
	/** p_vaddr. */
	uint64_t p_vaddr;
	/** p_paddr: where the segment was linked to stand. */
	uint64_t p_paddr;
	/** p_filesz: bytes in the file. */
	uint64_t p_filesz;
	/** p_memsz: bytes in memory. */
	uint64_t p_memsz;
	/** p_align; never used. */
	uint64_t p_align;
	/** QPAS_SEGMENT_* */
	uint32_t flags;
	/** 0. */
	uint32_t reserved;
};

/** Initialiser. @since 0.1 */
#define QPAS_SEGMENT_INIT                                                              \
	{                                                                              \
		(uint32_t)sizeof(struct qpas_segment), 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0 \
	}

/**
 * Opens the image `name` below the folder `dirfd` (or AT_FDCWD).
 *
 * The name may have sub-folders. Names that are absolute, have a ".." component, are empty, longer
 * than 255 bytes or hold control characters are refused with QPAS_ERR_POLICY before anything is
 * opened; so is a symbolic link that leaves the folder, and anything but a regular file. An image
 * is split if and only if its name ends in ".mdt" and a segment with file data ends beyond the
 * file; its parts are then read from the same folder.
 *
 * Files compressed with xz or zstd are unpacked while they are read: a file with that contents,
 * whatever its name, and where `name` (or a part) is missing the file with ".zst" or ".xz" behind
 * its name, in this order, as in the kernel's firmware loader. The limits of struct qpas_limits
 * hold for the unpacked bytes, of which no more are made.
 *
 * Ownership: *out is the caller's, given back with qpas_image_unref(); NULL on failure.
 * Threads: any thread.
 * Errors: ARG, ABI, NOMEM, IO, NOTFOUND, POLICY, LIMIT, CHANGED, FORMAT, TRUNC, RANGE, OVERFLOW,
 * UNSUPP.
 * @since 0.1
 */
QPAS_EXPORT QPAS_MUST_USE int qpas_image_open(int dirfd, const char *name,
					      const struct qpas_params *params,
					      struct qpas_image **out, struct qpas_error *err);

/**
 * Opens an image from a file descriptor; the descriptor stays the caller's and its offset unused.
 *
 * `name` is used in messages and for the question whether the file is an `.mdt`; a split image
 * cannot be opened in this way (QPAS_ERR_NOTFOUND names the part that is missing). A pipe is
 * refused with QPAS_ERR_POLICY. Compressed files are unpacked.
 *
 * Ownership: *out is the caller's, given back with qpas_image_unref(); NULL on failure.
 * Threads: any thread.
 * Errors: as qpas_image_open().
 * @since 0.1
 */
QPAS_EXPORT QPAS_MUST_USE int qpas_image_open_fd(int fd, const char *name,
						 const struct qpas_params *params,
						 struct qpas_image **out, struct qpas_error *err);

/**
 * Opens an image from memory, which is copied, and unpacked if it is compressed.
 *
 * Ownership: *out is the caller's, given back with qpas_image_unref(); NULL on failure. `bytes` is
 * only read during the call.
 * Threads: any thread.
 * Errors: ARG, ABI, NOMEM, IO, LIMIT, FORMAT, TRUNC, RANGE, OVERFLOW, UNSUPP.
 * @since 0.1
 */
QPAS_EXPORT QPAS_MUST_USE int qpas_image_open_memory(struct qpas_slice bytes,
						     const struct qpas_params *params,
						     struct qpas_image **out,
						     struct qpas_error *err);

/**
 * Takes one more reference and returns `image`. NULL is allowed.
 *
 * Ownership: the caller owes one more qpas_image_unref().
 * Threads: any thread, any time.
 * Errors: none.
 * @since 0.1
 */
QPAS_EXPORT struct qpas_image *qpas_image_ref(struct qpas_image *image);

/**
 * Gives a reference back; the last one frees the image. NULL is allowed.
 *
 * Ownership: the caller's reference is gone.
 * Threads: any thread, any time.
 * Errors: none.
 * @since 0.1
 */
QPAS_EXPORT void qpas_image_unref(struct qpas_image *image);

/**
 * Opens the next image inside of the image's file: boot images wrap signed images in segments, and
 * some files are several images one behind the other. From the ELF header at *offset to the last byte
 * that one of its program headers claims; what only looks like an ELF header is passed over. The
 * parts of a split image are not searched.
 *
 *     uint64_t at = 0;
 *
 *     while (!qpas_image_nested(image, at, &inside, &at, &err)) {
 *             describe(inside, at++);
 *             qpas_image_unref(inside);
 *     }
 *
 * `from` is the first file offset to look at, in bytes; 0 and 1 are the same, as the image itself
 * does not count.
 *
 * Ownership: *out is the caller's, given back with qpas_image_unref(), and independent of `image`;
 * NULL on failure. *offset (bytes from the start of the file) is written only on success.
 * Threads: any thread; an image is immutable.
 * Errors: ARG, NOTFOUND (no further image), NOMEM, IO.
 * @since 0.1
 */
QPAS_EXPORT QPAS_MUST_USE int qpas_image_nested(const struct qpas_image *image, uint64_t from,
						struct qpas_image **out, uint64_t *offset,
						struct qpas_error *err);

/**
 * Describes the image.
 *
 * Ownership: *info is the caller's.
 * Threads: any thread; an image is immutable.
 * Errors: ARG, ABI.
 * @since 0.1
 */
QPAS_EXPORT QPAS_MUST_USE int qpas_image_describe(const struct qpas_image *image,
						  struct qpas_image_info *info,
						  struct qpas_error *err);

/**
 * Describes program header `index`, 0 up to `segments` - 1 of struct qpas_image_info.
 *
 * Ownership: *segment is the caller's.
 * Threads: any thread; an image is immutable.
 * Errors: ARG, ABI, NOTFOUND for an index past the end.
 * @since 0.1
 */
QPAS_EXPORT QPAS_MUST_USE int qpas_image_segment(const struct qpas_image *image, uint32_t index,
						 struct qpas_segment *segment,
						 struct qpas_error *err);

/**
 * The file data of program header `index`: p_filesz bytes.
 *
 * Ownership: *data belongs to the image and is valid as long as it.
 * Threads: any thread; an image is immutable.
 * Errors: ARG, NOTFOUND.
 * @since 0.1
 */
QPAS_EXPORT QPAS_MUST_USE int qpas_image_segment_data(const struct qpas_image *image,
						      uint32_t index, struct qpas_slice *data,
						      struct qpas_error *err);

/**
 * The metadata blob that PAS INIT_IMAGE takes: the first phdr[0].p_filesz bytes of the file, then
 * the hash segment, without padding.
 *
 * Ownership: *data belongs to the image and is valid as long as it.
 * Threads: any thread; an image is immutable.
 * Errors: ARG; FORMAT for an image without a hash segment; else as the load plan (`load_code`).
 * @since 0.1
 */
QPAS_EXPORT QPAS_MUST_USE int qpas_image_metadata(const struct qpas_image *image,
						  struct qpas_slice *data, struct qpas_error *err);

/**
 * The resource table that the image brings along: the section ".resource_table" of an image in one
 * file. The bytes are not validated; qpas_rsc_table_new() does that. Section headers are covered by no
 * digest, so a table counts only where it lies in the data of a loadable segment. No public firmware
 * has one; qpas_boot() takes it as the input of GET_RSCTABLE where there is one.
 *
 * Ownership: *bytes belongs to the image and is valid as long as it; empty on failure.
 * Threads: any thread; an image is immutable.
 * Errors: ARG; NOTFOUND (no such section, or section headers that make no sense); POLICY (it lies in
 * no segment).
 * @since 0.1
 */
QPAS_EXPORT QPAS_MUST_USE int qpas_image_rsc_table(const struct qpas_image *image,
						   struct qpas_slice *bytes,
						   struct qpas_error *err);

/**
 * Where a loaded image goes. `write` and `zero` get offsets from the start of the region, already
 * checked against its size. Each returns 0 or a negative enum qpas_err that ends the load.
 * @since 0.1
 */
struct qpas_load_target {
	/** sizeof(struct qpas_load_target) */
	uint32_t size;
	/** Must be 0. */
	uint32_t flags;
	/** Physical address of the region; a fixed image must fit it. Not 0 for a fixed image. */
	uint64_t base;
	/** Bytes of the region. */
	uint64_t region_size;
	/** Writes `data` at `offset`. */
	int (*write)(void *user, uint64_t offset, struct qpas_slice data, struct qpas_error *err);
	/** Makes `length` bytes at `offset` read as zero. */
	int (*zero)(void *user, uint64_t offset, uint64_t length, struct qpas_error *err);
	/** Handed to both. */
	void *user;
};

/** Initialiser. @since 0.1 */
#define QPAS_LOAD_TARGET_INIT                                                        \
	{                                                                            \
		(uint32_t)sizeof(struct qpas_load_target), 0, 0, 0, NULL, NULL, NULL \
	}

/**
 * Loads the image into a region: the whole span is made zero once, then each loadable segment's
 * file data are written in header order. A relocatable image stands at p_paddr - load_min from the
 * start of the region, a fixed one at p_paddr - base
 * (drivers/soc/qcom/mdt_loader.c has the same rule).
 *
 * Nothing is written before the plan as a whole is known to fit. After a failure in the middle the
 * contents of the region are unspecified.
 *
 * Ownership: the target is only used during the call.
 * Threads: any thread; callbacks run on it.
 * Errors: ARG, ABI; FORMAT, OVERLAP, RANGE, LIMIT when the plan refuses the image; whatever `write`
 * and `zero` return.
 * @since 0.1
 */
QPAS_EXPORT QPAS_MUST_USE int qpas_image_load(const struct qpas_image *image,
					      const struct qpas_load_target *target,
					      struct qpas_error *err);

/**
 * `flags` of struct qpas_pack_target: leave out what no segment claims instead of refusing the
 * image. Nothing loads those bytes and no digest covers them, but the result differs from the
 * original. @since 0.1
 */
#define QPAS_PACK_DROP_UNCOVERED (UINT32_C(1) << 0)

/**
 * Where the files of a packed or split image go. Each function returns 0 or a negative
 * enum qpas_err that ends the work. @since 0.1
 */
struct qpas_pack_target {
	/** sizeof(struct qpas_pack_target) */
	uint32_t size;
	/** QPAS_PACK_*; unknown bits are refused with QPAS_ERR_ARG. */
	uint32_t flags;
	/**
	 * A file of `bytes` bytes begins, and the one before it is complete. `segment` is the
	 * program header whose data it has (a `.bNN` file), or QPAS_NO_SEGMENT for the image
	 * itself (`.mbn` or `.mdt`). Bytes that are never written are zero.
	 */
	int (*file)(void *user, uint32_t segment, uint64_t bytes, struct qpas_error *err);
	/** Writes `data` at `offset` of the file that began last; offsets only grow. */
	int (*write)(void *user, uint64_t offset, struct qpas_slice data, struct qpas_error *err);
	/** Handed to both. */
	void *user;
};

/** Initialiser. @since 0.1 */
#define QPAS_PACK_TARGET_INIT                                                  \
	{                                                                      \
		(uint32_t)sizeof(struct qpas_pack_target), 0, NULL, NULL, NULL \
	}

/**
 * Writes the image as one file (`.mbn`): the headers at its start, each segment's data at its
 * p_offset, zeros between them. An image that is one file already is written as it is.
 *
 * What qpas_image_split() made of an image becomes that image again, byte for byte. Parts that claim
 * the same bytes of the file with different contents are refused, and so is an `.mdt` with bytes
 * other than zero besides headers and hash segment (QPAS_PACK_DROP_UNCOVERED leaves those out).
 * Nothing is written before all of that is known.
 *
 * Ownership: the target is only used during the call.
 * Threads: any thread; callbacks run on it.
 * Errors: ARG, ABI, NOMEM; FORMAT for contradictions and bytes that would be lost; LIMIT when the
 * file would be larger than `file_bytes` of struct qpas_limits; whatever `file` and `write` return.
 * @since 0.1
 */
QPAS_EXPORT QPAS_MUST_USE int qpas_image_squash(const struct qpas_image *image,
						const struct qpas_pack_target *target,
						struct qpas_error *err);

/**
 * Writes the image as a split set: one `.bNN` file for each program header with file data, in
 * their order, and last the `.mdt` with the headers and, directly behind them, the hash segment.
 * The `.mdt` comes last so that a set is never found incomplete.
 *
 * A split set has no place for bytes that no segment claims: an image with bytes other than zero
 * between its segments, or with any behind the last one, is refused (QPAS_PACK_DROP_UNCOVERED
 * leaves them out).
 *
 * Ownership: the target is only used during the call.
 * Threads: any thread; callbacks run on it.
 * Errors: ARG, ABI; FORMAT for bytes that would be lost and for an image without a split form, as
 * program header 0 does not cover the ELF headers; whatever `file` and `write` return.
 * @since 0.1
 */
QPAS_EXPORT QPAS_MUST_USE int qpas_image_split(const struct qpas_image *image,
					       const struct qpas_pack_target *target,
					       struct qpas_error *err);

#ifdef __cplusplus
}
#endif

#endif
