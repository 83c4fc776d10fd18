/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * One file to a split set and back, through the caller's callbacks. What would not come back byte for
 * byte is refused before anything is written.
 */
#include <stdlib.h>
#include <string.h>

#include "base/ckd.h"
#include "image/image_internal.h"

/* ELF header and program headers, beside the data of the segments. */
#define HEADER_PIECES 2u

/* Bytes of the file and who claims them. */
struct piece {
	uint64_t offset;
	uint64_t end;
	const uint8_t *bytes;
	uint32_t segment; /* QPAS_NO_SEGMENT: the ELF headers */
};

struct pieces {
	size_t count;
	struct piece piece[QPASI_ELF_MAX_PHDRS + HEADER_PIECES];
};

struct pack {
	const struct qpas_image *image;
	struct qpas_pack_target target;
	struct qpas_error *err;
	uint32_t segment; /* whose file is being written */
};

static int refuse(const struct pack *pack, uint32_t message, uint32_t segment, uint64_t offset,
		  uint64_t a, uint64_t b)
{
	struct qpasi_fault fault = QPASI_FAULT_INIT;

	(void)qpasi_fault_at(&fault, message, segment, offset, a, b);
	return qpasi_fault_report(&fault, QPAS_STAGE_PLAN, pack->err);
}

static int begin_file(struct pack *pack, uint32_t segment, uint64_t bytes)
{
	int result = pack->target.file(pack->target.user, segment, bytes, pack->err);

	pack->segment = segment;
	return qpasi_image_callback(result, "file", QPAS_STAGE_NONE, segment, pack->err);
}

static int write_bytes(const struct pack *pack, uint64_t offset, const uint8_t *bytes,
		       uint64_t length)
{
	const struct qpas_slice data = {bytes, (size_t)length};
	int result = pack->target.write(pack->target.user, offset, data, pack->err);

	return qpasi_image_callback(result, "write", QPAS_STAGE_NONE, pack->segment, pack->err);
}

/* The entry of both calls: arguments, and bytes that only the file as it is can keep. */
static int begin(struct pack *pack, const struct qpas_image *image,
		 const struct qpas_pack_target *target, struct qpas_error *err)
{
	int result = qpasi_error_begin(err);

	if (result)
		return result;
	if (!image || !target)
		return qpasi_error_set(err, QPASI_MSG_NULL_ARGUMENT, QPAS_STAGE_NONE,
				       image ? "target" : "image");
	result = qpasi_abi_copy(&pack->target, target, sizeof(*target), sizeof(*target), err);
	if (result)
		return result;
	pack->image = image;
	pack->err = err;
	if (pack->target.flags & ~QPAS_PACK_DROP_UNCOVERED)
		return qpasi_error_numbers(err, QPASI_MSG_UNKNOWN_FLAGS, QPAS_STAGE_NONE,
					   pack->target.flags,
					   pack->target.flags & ~QPAS_PACK_DROP_UNCOVERED);
	if (!pack->target.file || !pack->target.write)
		return qpasi_error_set(err, QPASI_MSG_NULL_ARGUMENT, QPAS_STAGE_NONE,
				       pack->target.file ? "target->write" : "target->file");
	return 0;
}

static int check_uncovered(const struct pack *pack)
{
	const struct qpas_image *image = pack->image;

	if (!image->uncovered || (pack->target.flags & QPAS_PACK_DROP_UNCOVERED))
		return 0;
	return refuse(pack, QPASI_MSG_PACK_UNCOVERED, QPAS_NO_SEGMENT, image->uncovered_first,
		      image->uncovered, 0);
}

static void add(struct pieces *pieces, uint32_t segment, uint64_t offset, uint64_t length,
		const uint8_t *bytes)
{
	const struct piece piece = {offset, offset + length, bytes, segment};

	if (length)
		pieces->piece[pieces->count++] = piece;
}

/* No sum wraps: opening the image has checked each of them. */
static void collect(const struct qpas_image *image, struct pieces *pieces)
{
	const struct qpasi_elf *elf = &image->elf;
	const uint8_t *file = image->snapshot.bytes;

	add(pieces, QPAS_NO_SEGMENT, 0, elf->ehdr_size, file);
	add(pieces, QPAS_NO_SEGMENT, elf->phoff, (uint64_t)elf->phnum * elf->phentsize,
	    file + elf->phoff);
	for (uint32_t i = 0; i < elf->phnum; i++)
		add(pieces, i, elf->phdr[i].offset, elf->phdr[i].filesz, file + image->data_at[i]);
}

static int compare(const void *a, const void *b)
{
	const struct piece *one = a;
	const struct piece *two = b;

	if (one->offset != two->offset)
		return one->offset < two->offset ? -1 : 1;
	if (one->end != two->end)
		return one->end > two->end ? -1 : 1;
	return one->segment < two->segment ? -1 : one->segment > two->segment;
}

static int conflict(const struct pack *pack, const struct piece *one, const struct piece *two,
		    uint64_t offset)
{
	uint32_t named = one->segment == QPAS_NO_SEGMENT ? two->segment : one->segment;
	uint32_t other = one->segment == QPAS_NO_SEGMENT ? one->segment : two->segment;

	if (other == QPAS_NO_SEGMENT)
		return refuse(pack, QPASI_MSG_PACK_HEADERS, named, offset, 0, 0);
	return refuse(pack, QPASI_MSG_PACK_CONFLICT, named, offset, other, 0);
}

/*
 * Pieces may lie on each other (a PT_DYNAMIC inside its segment) if they agree. In the order of
 * their offsets it is enough to compare each with the one that reaches furthest so far: that one
 * covers all bytes that were claimed before and are claimed again.
 */
static int check_agreement(const struct pack *pack, const struct pieces *pieces, uint64_t *size)
{
	const struct piece *furthest = &pieces->piece[0];

	for (size_t i = 1; i < pieces->count; i++) {
		const struct piece *piece = &pieces->piece[i];
		uint64_t end = piece->end < furthest->end ? piece->end : furthest->end;

		if (piece->offset < end &&
		    memcmp(piece->bytes, furthest->bytes + (piece->offset - furthest->offset),
			   (size_t)(end - piece->offset)))
			return conflict(pack, furthest, piece, piece->offset);
		if (piece->end > furthest->end)
			furthest = piece;
	}
	*size = furthest->end;
	if (*size > pack->image->env.limits.file_bytes)
		return refuse(pack, QPASI_MSG_PACK_LARGE, furthest->segment, 0, *size,
			      pack->image->env.limits.file_bytes);
	return 0;
}

/* Each byte once, in the order of the file. */
static int write_pieces(const struct pack *pack, const struct pieces *pieces)
{
	uint64_t written = 0;
	int result = 0;

	for (size_t i = 0; !result && i < pieces->count; i++) {
		const struct piece *piece = &pieces->piece[i];
		uint64_t from = piece->offset > written ? piece->offset : written;

		if (piece->end <= from)
			continue;
		result = write_bytes(pack, from, piece->bytes + (from - piece->offset),
				     piece->end - from);
		written = piece->end;
	}
	return result;
}

static int join(struct pack *pack, struct pieces *pieces)
{
	uint64_t size = 0;
	int result;

	collect(pack->image, pieces);
	qsort(pieces->piece, pieces->count, sizeof(pieces->piece[0]), compare);
	result = check_agreement(pack, pieces, &size);
	if (!result)
		result = begin_file(pack, QPAS_NO_SEGMENT, size);
	return result ? result : write_pieces(pack, pieces);
}

static int copy_whole(struct pack *pack)
{
	int result = begin_file(pack, QPAS_NO_SEGMENT, pack->image->first_size);

	if (result)
		return result;
	return write_bytes(pack, 0, pack->image->snapshot.bytes, pack->image->first_size);
}

int qpas_image_squash(const struct qpas_image *image, const struct qpas_pack_target *target,
		      struct qpas_error *err)
{
	struct pieces *pieces;
	struct pack pack;
	int result = begin(&pack, image, target, err);

	if (result)
		return result;
	if (!image->plan_params.split)
		return copy_whole(&pack);
	result = check_uncovered(&pack);
	if (result)
		return result;
	pieces = qpasi_env_alloc(&image->env, sizeof(*pieces));
	if (!pieces)
		return qpasi_error_set(err, QPASI_MSG_NO_MEMORY, QPAS_STAGE_NONE, NULL);
	result = join(&pack, pieces);
	qpasi_env_free(&image->env, pieces);
	return result;
}

/* A split set ends with its last segment. */
static int check_trailing(const struct pack *pack)
{
	const struct qpas_image *image = pack->image;
	const struct qpasi_elf *elf = &image->elf;
	uint64_t end = elf->phoff + (uint64_t)elf->phnum * elf->phentsize;

	if (image->plan_params.split || (pack->target.flags & QPAS_PACK_DROP_UNCOVERED))
		return 0;
	for (uint32_t i = 0; i < elf->phnum; i++) {
		if (elf->phdr[i].filesz && elf->phdr[i].offset + elf->phdr[i].filesz > end)
			end = elf->phdr[i].offset + elf->phdr[i].filesz;
	}
	if (end >= image->first_size)
		return 0;
	return refuse(pack, QPASI_MSG_PACK_TRAILING, QPAS_NO_SEGMENT, end, image->first_size - end,
		      0);
}

static int check_placeholder(const struct pack *pack)
{
	const struct qpasi_elf *elf = &pack->image->elf;
	const struct qpasi_phdr *first = &elf->phdr[0];
	uint64_t needed = elf->phoff + (uint64_t)elf->phnum * elf->phentsize;

	if (first->offset == 0 && first->filesz >= needed)
		return 0;
	return refuse(pack, QPASI_MSG_PACK_NO_PLACEHOLDER, 0, 0, first->offset ? 0 : first->filesz,
		      needed);
}

/*
 * A reader takes an .mdt for the whole image if no segment ends beyond it. That is right only if its
 * bytes are those of the image.
 */
static int check_distinct(const struct pack *pack, uint64_t mdt_bytes)
{
	const struct qpas_image *image = pack->image;
	uint64_t headers = image->elf.phdr[0].filesz;
	struct qpas_slice hash = qpasi_image_hash(image);

	for (uint32_t i = 0; i < image->elf.phnum; i++) {
		if (image->elf.phdr[i].filesz &&
		    image->elf.phdr[i].offset + image->elf.phdr[i].filesz > mdt_bytes)
			return 0;
	}
	if (mdt_bytes <= image->first_size &&
	    (hash.len == 0 || !memcmp(image->snapshot.bytes + headers, hash.ptr, hash.len)))
		return 0;
	return refuse(pack, QPASI_MSG_PACK_AMBIGUOUS, image->plan.hash_index, headers, 0, 0);
}

static int write_parts(struct pack *pack)
{
	const struct qpasi_elf *elf = &pack->image->elf;
	int result = 0;

	for (uint32_t i = 0; !result && i < elf->phnum; i++) {
		struct qpas_slice data = qpasi_image_data(pack->image, i);

		if (data.len == 0)
			continue;
		result = begin_file(pack, i, data.len);
		if (!result)
			result = write_bytes(pack, 0, data.ptr, data.len);
	}
	return result;
}

static int write_mdt(struct pack *pack, uint64_t headers, struct qpas_slice hash)
{
	int result = begin_file(pack, QPAS_NO_SEGMENT, headers + hash.len);

	if (!result)
		result = write_bytes(pack, 0, pack->image->snapshot.bytes, headers);
	if (!result && hash.len)
		result = write_bytes(pack, headers, hash.ptr, hash.len);
	return result;
}

int qpas_image_split(const struct qpas_image *image, const struct qpas_pack_target *target,
		     struct qpas_error *err)
{
	struct qpas_slice hash;
	struct pack pack;
	uint64_t headers;
	int result = begin(&pack, image, target, err);

	if (!result)
		result = check_placeholder(&pack);
	if (!result)
		result = check_uncovered(&pack);
	if (!result)
		result = check_trailing(&pack);
	if (result)
		return result;
	hash = qpasi_image_hash(image);
	headers = image->elf.phdr[0].filesz;
	result = check_distinct(&pack, headers + hash.len);
	if (!result)
		result = write_parts(&pack);
	return result ? result : write_mdt(&pack, headers, hash);
}
