/* SPDX-License-Identifier: BSD-3-Clause */
/* One xz stream or zstd frame, piece by piece, into the snapshot; nothing may stand behind it. */
#include "image/decompress.h"

#include <errno.h>
#include <stdbool.h>
#include <string.h>

#include <lzma.h>
#include <zstd.h>
#include <zstd_errors.h>

#include "base/ckd.h"
#include "image/os_error.h"

#define CHUNK 65536u
/* The snapshot grows by this much: the limit is met by little steps, not by one allocation. */
#define STEP (UINT64_C(1) << 20)

struct unpack {
	const struct qpasi_packed *from;
	const struct qpasi_file_rule *rule;
	struct qpasi_snapshot *snapshot;
	struct qpas_error *err;
	size_t before; /* bytes of the snapshot that were there already */
	uint64_t bound; /* most bytes to make */
	uint64_t made;
	uint64_t room; /* bytes behind `before` that are mapped */
	const uint8_t *in;
	size_t left;
	uint64_t taken; /* bytes of the input so far, `left` included */
	bool ended; /* the input has no more */
	uint8_t *chunk;
	lzma_stream xz;
	ZSTD_DCtx *zstd;
};

/* What one call of a decoder did. */
struct progress {
	size_t made;
	bool done;
};

enum qpasi_packing qpasi_packing_of(const uint8_t *bytes, size_t length)
{
	static const uint8_t xz[] = {0xfd, '7', 'z', 'X', 'Z', 0};
	static const uint8_t zstd[] = {0x28, 0xb5, 0x2f, 0xfd};

	if (length >= sizeof(xz) && !memcmp(bytes, xz, sizeof(xz)))
		return QPASI_PACKED_XZ;
	if (length >= sizeof(zstd) && !memcmp(bytes, zstd, sizeof(zstd)))
		return QPASI_PACKED_ZSTD;
	return QPASI_PACKED_NOT;
}

size_t qpasi_packing_stem(const char *name)
{
	size_t length = strlen(name);

	if (length > 3 && !strcmp(name + length - 3, ".xz"))
		return length - 3;
	if (length > 4 && !strcmp(name + length - 4, ".zst"))
		return length - 4;
	return length;
}

static int report(const struct unpack *unpack, uint32_t message, uint64_t a, uint64_t b)
{
	struct qpasi_fault fault = QPASI_FAULT_INIT;

	(void)qpasi_fault_at(&fault, message, unpack->rule->segment, unpack->taken - unpack->left,
			     a, b);
	return qpasi_file_fault(unpack->err, &fault, unpack->rule->name);
}

static int corrupt(const struct unpack *unpack, const char *why)
{
	struct qpasi_fault fault = QPASI_FAULT_INIT;

	(void)qpasi_fault_at(&fault, QPASI_MSG_UNPACK_CORRUPT, unpack->rule->segment,
			     unpack->taken - unpack->left, 0, 0);
	fault.t = why;
	return qpasi_file_fault(unpack->err, &fault, unpack->rule->name);
}

static int no_memory(const struct unpack *unpack)
{
	return qpasi_error_set(unpack->err, QPASI_MSG_NO_MEMORY, QPAS_STAGE_READ, NULL);
}

static int judge_xz(const struct unpack *unpack, lzma_ret code)
{
	switch (code) {
	case LZMA_OK:
	case LZMA_STREAM_END:
	case LZMA_BUF_ERROR: /* it could do nothing; the caller sees that */
		return 0;
	case LZMA_MEM_ERROR:
		return no_memory(unpack);
	case LZMA_MEMLIMIT_ERROR:
		return report(unpack, QPASI_MSG_UNPACK_WINDOW, 0, QPASI_WINDOW_BYTES);
	case LZMA_OPTIONS_ERROR:
		return corrupt(unpack, "it has options of xz that are not known");
	case LZMA_UNSUPPORTED_CHECK:
		return corrupt(unpack, "its integrity check is of a kind that is not known");
	default:
		return corrupt(unpack, "the xz data are damaged");
	}
}

static int step_xz(struct unpack *unpack, uint8_t *out, size_t room, struct progress *progress)
{
	lzma_ret code;

	unpack->xz.next_in = unpack->in;
	unpack->xz.avail_in = unpack->left;
	unpack->xz.next_out = out;
	unpack->xz.avail_out = room;
	code = lzma_code(&unpack->xz, LZMA_RUN);
	unpack->in = unpack->xz.next_in;
	unpack->left = unpack->xz.avail_in;
	progress->made = room - unpack->xz.avail_out;
	progress->done = code == LZMA_STREAM_END;
	return judge_xz(unpack, code);
}

static int step_zstd(struct unpack *unpack, uint8_t *out, size_t room, struct progress *progress)
{
	ZSTD_inBuffer in = {unpack->in, unpack->left, 0};
	ZSTD_outBuffer to = {out, room, 0};
	size_t code = ZSTD_decompressStream(unpack->zstd, &to, &in);

	unpack->in += in.pos;
	unpack->left -= in.pos;
	progress->made = to.pos;
	progress->done = code == 0;
	if (!ZSTD_isError(code))
		return 0;
	switch (ZSTD_getErrorCode(code)) {
	case ZSTD_error_frameParameter_windowTooLarge:
		return report(unpack, QPASI_MSG_UNPACK_WINDOW, 0, QPASI_WINDOW_BYTES);
	case ZSTD_error_memory_allocation:
		return no_memory(unpack);
	default:
		return corrupt(unpack, ZSTD_getErrorName(code));
	}
}

static int start_decoder(struct unpack *unpack)
{
	const lzma_stream fresh = LZMA_STREAM_INIT;

	if (unpack->from->kind == QPASI_PACKED_XZ) {
		unpack->xz = fresh;
		/* An unknown check would be skipped without a word. */
		return judge_xz(unpack, lzma_stream_decoder(&unpack->xz, QPASI_WINDOW_BYTES,
							    LZMA_TELL_UNSUPPORTED_CHECK));
	}
	unpack->zstd = ZSTD_createDCtx();
	if (!unpack->zstd || ZSTD_isError(ZSTD_DCtx_setParameter(unpack->zstd, ZSTD_d_windowLogMax,
								 QPASI_WINDOW_LOG)))
		return no_memory(unpack);
	return 0;
}

static void end_decoder(struct unpack *unpack)
{
	if (unpack->from->kind == QPASI_PACKED_XZ)
		lzma_end(&unpack->xz);
	else
		(void)ZSTD_freeDCtx(unpack->zstd);
}

/* More input, if there is any and the last is used up. */
static int refill(struct unpack *unpack)
{
	int reason;

	if (unpack->left || unpack->ended)
		return 0;
	if (unpack->from->fd < 0) {
		unpack->in = unpack->from->bytes.ptr;
		unpack->left = unpack->from->bytes.len;
		unpack->taken = unpack->left;
		unpack->ended = true;
		return 0;
	}
	reason = qpasi_file_read(unpack->from->fd, unpack->chunk, unpack->taken, CHUNK,
				 &unpack->left);
	if (reason)
		return qpasi_os_error(unpack->err, QPASI_MSG_FILE_READ, QPAS_STAGE_READ,
				      unpack->rule->name, reason);
	unpack->in = unpack->chunk;
	unpack->taken += unpack->left;
	unpack->ended = unpack->left == 0;
	return 0;
}

/* Room behind what was made, up to the bound. */
static int make_room(struct unpack *unpack)
{
	uint64_t more = unpack->bound - unpack->room;
	int result;

	if (unpack->made < unpack->room || more == 0)
		return 0;
	if (more > STEP)
		more = STEP;
	result = qpasi_snapshot_grow(unpack->snapshot, unpack->before + unpack->room + more,
				     unpack->rule->name, unpack->err);
	if (!result)
		unpack->room += more;
	return result;
}

/* One byte above the bound came out: which limit was it? */
static int too_large(const struct unpack *unpack)
{
	const struct qpasi_file_rule *rule = unpack->rule;

	if (rule->segment != QPAS_NO_SEGMENT && unpack->bound == rule->exact)
		return report(unpack, QPASI_MSG_UNPACK_PART_LONG, 0, rule->exact);
	if (unpack->bound == rule->file_limit)
		return report(unpack, QPASI_MSG_UNPACK_LARGE, 0, rule->file_limit);
	return report(unpack, QPASI_MSG_IMAGE_TOO_LARGE, 0, rule->image_limit);
}

/* A stream may end exactly at the bound, and its last bytes give no output: one spare byte tells. */
static int step(struct unpack *unpack, struct progress *progress)
{
	bool full = unpack->made == unpack->bound;
	uint8_t spare;
	uint8_t *out = full ? &spare : unpack->snapshot->bytes + unpack->before + unpack->made;
	size_t room = full ? 1 : (size_t)(unpack->room - unpack->made);
	int result;

	progress->made = 0;
	progress->done = false;
	result = unpack->from->kind == QPASI_PACKED_XZ ? step_xz(unpack, out, room, progress) :
							 step_zstd(unpack, out, room, progress);
	if (!result && full && progress->made)
		return too_large(unpack);
	unpack->made += progress->made;
	return result;
}

static int run(struct unpack *unpack)
{
	struct progress progress = {0, false};
	int result = 0;

	while (!result && !progress.done) {
		size_t left;

		result = refill(unpack);
		if (!result)
			result = make_room(unpack);
		if (result)
			return result;
		left = unpack->left;
		result = step(unpack, &progress);
		if (result || progress.done || progress.made || unpack->left != left)
			continue;
		if (left)
			return corrupt(unpack, "the decoder stands still");
		if (unpack->ended)
			return report(unpack, QPASI_MSG_UNPACK_SHORT, unpack->taken, 0);
	}
	return result;
}

/* The kernel's loader would not look at what stands behind: whoever put it there has other plans. */
static int check_end(struct unpack *unpack)
{
	const struct qpasi_file_rule *rule = unpack->rule;
	int result = refill(unpack);

	if (result)
		return result;
	if (unpack->left)
		return report(unpack, QPASI_MSG_UNPACK_TAIL, 0, 0);
	if (rule->segment != QPAS_NO_SEGMENT && unpack->made < rule->exact)
		return report(unpack, QPASI_MSG_PART_SHORT, unpack->made, rule->exact);
	return 0;
}

/* Behind the last byte a decoder may have left anything; new bytes of a snapshot are zero. */
static int give_back_room(struct unpack *unpack)
{
	size_t end = unpack->before + (size_t)unpack->made;

	if (unpack->room > unpack->made)
		memset(unpack->snapshot->bytes + end, 0, (size_t)(unpack->room - unpack->made));
	return qpasi_snapshot_grow(unpack->snapshot, end, unpack->rule->name, unpack->err);
}

static uint64_t least(uint64_t a, uint64_t b)
{
	return a < b ? a : b;
}

int qpasi_unpack(const struct qpasi_packed *from, const struct qpasi_file_rule *rule,
		 struct qpasi_snapshot *snapshot, struct qpas_error *err)
{
	struct unpack *unpack = qpasi_env_alloc(rule->env, sizeof(*unpack) + CHUNK);
	uint64_t others = 0;
	int result;

	if (!unpack)
		return qpasi_error_set(err, QPASI_MSG_NO_MEMORY, QPAS_STAGE_READ, NULL);
	unpack->from = from;
	unpack->rule = rule;
	unpack->snapshot = snapshot;
	unpack->err = err;
	unpack->before = snapshot->size;
	unpack->chunk = (uint8_t *)(unpack + 1);
	if (ckd_sub(&others, rule->image_limit, unpack->before))
		others = 0;
	unpack->bound = least(rule->file_limit, others);
	if (rule->segment != QPAS_NO_SEGMENT)
		unpack->bound = least(unpack->bound, rule->exact);
	result = start_decoder(unpack);
	if (!result)
		result = run(unpack);
	if (!result)
		result = check_end(unpack);
	if (!result)
		result = give_back_room(unpack);
	end_decoder(unpack);
	qpasi_env_free(rule->env, unpack);
	return result;
}
