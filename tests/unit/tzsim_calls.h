/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Calls to a simulated trusted world by registers. Numbers are literals of drivers/firmware/qcom/
 * qcom_scm.h and qcom_scm-smc.c, none of the library's, so that encoder and model cannot be wrong
 * together.
 */
#ifndef TESTS_UNIT_TZSIM_CALLS_H
#define TESTS_UNIT_TZSIM_CALLS_H

#include <stdio.h>

#include "support/tzsim_rig.h"

/* A buffer that the client shares. */
struct buffer {
	uint8_t *ptr;
	uint64_t address;
};

static inline struct buffer take(struct rig *rig, size_t length)
{
	struct buffer buffer = {NULL, 0};
	void *ptr = NULL;

	rig_must(rig, rig->own.shared_alloc(rig->own.user, length, &ptr, &buffer.address), "share");
	buffer.ptr = ptr;
	return buffer;
}

static inline void give(struct rig *rig, struct buffer *buffer)
{
	rig->own.shared_free(rig->own.user, buffer->ptr, buffer->address, 0);
}

/* One call; x0 sign-extended comes back, the registers stay in `out`. */
static inline int64_t issue(struct rig *rig, const uint64_t in[8], uint64_t out[8])
{
	qpas_tzsim_smc(rig->model, in, out);
	return (int64_t)out[0];
}

/* The registers from x0 on. */
#define call(rig, out, ...) issue(rig, (const uint64_t[8]){__VA_ARGS__}, out)

static inline uint64_t bridge(struct rig *rig, uint64_t address, uint64_t length)
{
	uint64_t out[8];

	assert_int_equal(
		call(rig, out, 0x42000c1e, 4, address | 6, address | 6, length | 1 << 9, 3), 0);
	assert_int_equal(out[1], 0);
	return out[2];
}

static inline void expect_reason(struct rig *rig, int64_t got, int64_t wanted, const char *part)
{
	const char *reason = qpas_tzsim_reason(rig->model);

	if (got != wanted || !strstr(reason, part))
		fail_msg("x0 is %lld, not %lld; \"%s\" should say \"%s\"", (long long)got,
			 (long long)wanted, reason, part);
}

static inline void machine(struct rig *rig, uint32_t level, uint32_t tz, const char *profile)
{
	struct test_tree tree = test_tree_lemans();

	rig_machine(rig, level, tz, profile, &tree);
	rig_image(rig);
}

/* Headers and hash segment, packed as the kernel does it. */
static inline size_t write_metadata(struct rig *rig, struct buffer *buffer)
{
	const struct test_image *built = &rig->built;
	size_t headers = 52 + (size_t)32 * built->phnum;

	memcpy(buffer->ptr, built->bytes, headers);
	memcpy(buffer->ptr + headers, built->bytes + built->hash.offset, built->hash.length);
	return headers + built->hash.length;
}

/* Segments of the usual image at a place. */
static inline void write_segments(struct rig *rig, uint64_t at)
{
	for (uint32_t i = 1; i < rig->built.phnum; i++) {
		uint64_t size = test_phdr_get(&rig->built, i, TEST_P_FILESZ);
		struct qpas_slice data = {rig->built.bytes +
						  test_phdr_get(&rig->built, i, TEST_P_OFFSET),
					  (size_t)size};
		uint64_t to = at + test_phdr_get(&rig->built, i, TEST_P_PADDR) - 0x8b000000;

		if (i != rig->built.hash_index && size)
			rig_must(rig, qpas_tzsim_write(rig->model, to, data, &rig->err), "segment");
	}
}

#endif
