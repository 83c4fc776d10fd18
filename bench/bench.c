/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What the library's work costs, as ratios to a limit measured in the same run: hashing the same
 * bytes with OpenSSL alone (H1) and copying them (memcpy). Machines differ and are shared, so only
 * the ratios are printed as results; the seconds beside them are for the reader's orientation.
 */
#include <openssl/evp.h>
#include <qpas/qpas.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "support/image_builder.h"

#define ROUNDS	      7
#define SEGMENTS      8
#define SEGMENT_BYTES ((size_t)8 << 20)

struct work {
	struct test_image file;
	struct qpas_image *image;
	uint8_t *warm; /* destination that has been touched */
	size_t warm_size;
	const EVP_MD *md;
};

static double seconds(void)
{
	struct timespec now;

	(void)clock_gettime(CLOCK_MONOTONIC, &now);
	return (double)now.tv_sec + (double)now.tv_nsec * 1e-9;
}

static void must(int ok, const char *what)
{
	if (!ok) {
		(void)fprintf(stderr, "bench: %s failed\n", what);
		exit(1);
	}
}

/* The limits. */
static void hash_only(struct work *work)
{
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	unsigned char digest[EVP_MAX_MD_SIZE];

	for (uint32_t i = 0; i < work->file.phnum; i++) {
		struct qpas_slice data;

		must(!qpas_image_segment_data(work->image, i, &data, NULL), "segment data");
		if (!data.len || i == work->file.hash_index)
			continue;
		must(EVP_DigestInit_ex(ctx, work->md, NULL) &&
			     EVP_DigestUpdate(ctx, data.ptr, data.len) &&
			     EVP_DigestFinal_ex(ctx, digest, NULL),
		     "digest");
	}
	EVP_MD_CTX_free(ctx);
}

static void copy_only(struct work *work)
{
	size_t bytes = work->file.size < work->warm_size ? work->file.size : work->warm_size;

	memcpy(work->warm, work->file.bytes, bytes);
}

/* The work. */
static void verify_with(struct work *work, uint32_t threads)
{
	struct qpas_auth_params params = QPAS_AUTH_PARAMS_INIT;
	struct qpas_auth_summary summary = QPAS_AUTH_SUMMARY_INIT;
	struct qpas_auth_report *report;

	params.flags = QPAS_AUTH_DIGESTS_ONLY;
	params.threads = threads;
	must(!qpas_auth_verify(work->image, &params, &report, NULL), "verify");
	must(!qpas_auth_report_describe(report, &summary, NULL), "describe");
	must(summary.digests_matched == summary.digests_checked, "digests");
	qpas_auth_report_free(report);
}

static void verify_one(struct work *work)
{
	verify_with(work, 1);
}

static void verify_two(struct work *work)
{
	verify_with(work, 2);
}

static int load_write(void *user, uint64_t offset, struct qpas_slice data, struct qpas_error *err)
{
	struct work *work = user;

	(void)err;
	memcpy(work->warm + offset, data.ptr, data.len);
	return 0;
}

static int load_zero(void *user, uint64_t offset, uint64_t length, struct qpas_error *err)
{
	struct work *work = user;

	(void)err;
	memset(work->warm + offset, 0, length);
	return 0;
}

static void load(struct work *work)
{
	struct qpas_load_target target = QPAS_LOAD_TARGET_INIT;

	target.base = 0x90000000;
	target.region_size = work->warm_size;
	target.write = load_write;
	target.zero = load_zero;
	target.user = work;
	must(!qpas_image_load(work->image, &target, NULL), "load");
}

static void load_and_verify(struct work *work)
{
	load(work);
	verify_one(work);
}

static void open_image(struct work *work)
{
	struct qpas_slice bytes = {work->file.bytes, work->file.size};
	struct qpas_image *image;

	must(!qpas_image_open_memory(bytes, NULL, &image, NULL), "open");
	qpas_image_unref(image);
}

/* Best of several rounds, limit and work in turn, so that both see the same machine. */
static void compare(const char *name, const char *limit_name, struct work *work,
		    void (*limit)(struct work *), void (*job)(struct work *))
{
	double best_limit = 1e9;
	double best_job = 1e9;

	for (int round = 0; round < ROUNDS; round++) {
		double start = seconds();
		double middle;
		double end;

		limit(work);
		middle = seconds();
		job(work);
		end = seconds();
		if (middle - start < best_limit)
			best_limit = middle - start;
		if (end - middle < best_job)
			best_job = end - middle;
	}
	(void)printf("%-34s %6.3f x %-8s (%.1f ms, %.1f ms)\n", name, best_job / best_limit,
		     limit_name, best_job * 1e3, best_limit * 1e3);
}

static void prepare(struct work *work, uint32_t digest_bytes)
{
	struct test_image_spec spec = TEST_IMAGE_SPEC_INIT;
	struct test_segment segments[SEGMENTS];
	struct qpas_slice bytes;

	memset(segments, 0, sizeof(segments));
	for (size_t i = 0; i < SEGMENTS; i++) {
		segments[i].type = TEST_PT_LOAD;
		segments[i].flags = TEST_FLAGS_RELOCATABLE | 7;
		segments[i].paddr = 0x80000000 + i * SEGMENT_BYTES;
		segments[i].filesz = SEGMENT_BYTES;
		segments[i].memsz = SEGMENT_BYTES;
	}
	spec.digest_size = digest_bytes;
	spec.segments = segments;
	spec.segment_count = SEGMENTS;
	test_image_build(&work->file, &spec);
	bytes.ptr = work->file.bytes;
	bytes.len = work->file.size;
	must(!qpas_image_open_memory(bytes, NULL, &work->image, NULL), "open");
	work->warm_size = SEGMENTS * SEGMENT_BYTES;
	work->warm = malloc(work->warm_size);
	must(work->warm != NULL, "malloc");
	memset(work->warm, 1, work->warm_size);
	work->md = digest_bytes == 48 ? EVP_sha384() : EVP_sha256();
}

static void run(uint32_t digest_bytes)
{
	struct work work;

	memset(&work, 0, sizeof(work));
	prepare(&work, digest_bytes);
	(void)printf("SHA-%u, %zu MiB in %d segments\n", digest_bytes * 8,
		     (SEGMENTS * SEGMENT_BYTES) >> 20, SEGMENTS);
	compare("verify, 1 thread", "H1", &work, hash_only, verify_one);
	compare("verify, 2 threads", "H1", &work, hash_only, verify_two);
	compare("load into warm memory and verify", "H1", &work, hash_only, load_and_verify);
	compare("load into warm memory", "memcpy", &work, copy_only, load);
	compare("open (private snapshot)", "memcpy", &work, copy_only, open_image);
	qpas_image_unref(work.image);
	test_image_free(&work.file);
	free(work.warm);
}

int main(void)
{
	run(48);
	run(32);
	return 0;
}
