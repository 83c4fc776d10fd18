/* SPDX-License-Identifier: BSD-3-Clause */
/* Hashing, and single entries from sources that give their data in pieces or not at all. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "auth/auth.h"
#include "base/host/host_memory.h"
#include "base/params.h"
#include "support/image_builder.h"

static struct qpasi_env env;

static int set_up(void **state)
{
	(void)state;
	return qpasi_env_init(&env, NULL, qpasi_host_allocator(), NULL);
}

/* FIPS 180-4 examples. */
static const uint8_t sha256_abc[32] = {
	0xba, 0x78, 0x16, 0xbf, 0x8f, 0x01, 0xcf, 0xea, 0x41, 0x41, 0x40,
	0xde, 0x5d, 0xae, 0x22, 0x23, 0xb0, 0x03, 0x61, 0xa3, 0x96, 0x17,
	0x7a, 0x9c, 0xb4, 0x10, 0xff, 0x61, 0xf2, 0x00, 0x15, 0xad,
};
static const uint8_t sha384_abc[48] = {
	0xcb, 0x00, 0x75, 0x3f, 0x45, 0xa3, 0x5e, 0x8b, 0xb5, 0xa0, 0x3d, 0x69,
	0x9a, 0xc6, 0x50, 0x07, 0x27, 0x2c, 0x32, 0xab, 0x0e, 0xde, 0xd1, 0x63,
	0x1a, 0x8b, 0x60, 0x5a, 0x43, 0xff, 0x5b, 0xed, 0x80, 0x86, 0x07, 0x2b,
	0xa1, 0xe7, 0xcc, 0x23, 0x58, 0xba, 0xec, 0xa1, 0x34, 0xc8, 0x25, 0xa7,
};

static void expect_abc(struct qpasi_hasher *hasher, const uint8_t *wanted)
{
	uint8_t digest[QPASI_DIGEST_MAX];
	struct qpas_slice whole = {"abc", 3};
	struct qpas_slice ab = {"ab", 2};
	struct qpas_slice c = {"c", 1};
	struct qpas_slice none = {NULL, 0};

	assert_int_equal(qpasi_hasher_begin(hasher, NULL), 0);
	assert_int_equal(qpasi_hasher_update(hasher, whole, NULL), 0);
	assert_int_equal(qpasi_hasher_finish(hasher, digest, NULL), 0);
	assert_memory_equal(digest, wanted, qpasi_hasher_size(hasher));
	/* Begun and given up, begun again, in pieces. */
	assert_int_equal(qpasi_hasher_begin(hasher, NULL), 0);
	assert_int_equal(qpasi_hasher_update(hasher, whole, NULL), 0);
	assert_int_equal(qpasi_hasher_begin(hasher, NULL), 0);
	assert_int_equal(qpasi_hasher_update(hasher, ab, NULL), 0);
	assert_int_equal(qpasi_hasher_update(hasher, none, NULL), 0);
	assert_int_equal(qpasi_hasher_update(hasher, c, NULL), 0);
	memset(digest, 0, sizeof(digest));
	assert_int_equal(qpasi_hasher_finish(hasher, digest, NULL), 0);
	assert_memory_equal(digest, wanted, qpasi_hasher_size(hasher));
}

static void a_hasher_gives_the_published_digests_and_can_be_used_again(void **state)
{
	struct qpasi_hasher *hasher = NULL;

	(void)state;
	assert_int_equal(qpasi_hasher_new(&env, 256, &hasher, NULL), 0);
	assert_int_equal(qpasi_hasher_size(hasher), 32);
	expect_abc(hasher, sha256_abc);
	qpasi_hasher_free(hasher);
	assert_int_equal(qpasi_hasher_new(&env, 384, &hasher, NULL), 0);
	assert_int_equal(qpasi_hasher_size(hasher), 48);
	expect_abc(hasher, sha384_abc);
	qpasi_hasher_free(hasher);
	qpasi_hasher_free(NULL);
}

/* A source over an image in memory that misbehaves on request. */
struct source {
	const struct test_image *image;
	uint64_t chunk;
	uint64_t extra; /* gives that many bytes more than asked for */
	int fail_after; /* calls until it fails; -1: never */
	int calls;
};

static int give(void *user, uint32_t segment, uint64_t offset, uint64_t length,
		struct qpas_slice *part, struct qpasi_fault *fault)
{
	struct source *source = user;
	uint64_t at = test_phdr_get(source->image, segment, TEST_P_OFFSET) + offset;

	source->calls++;
	if (source->fail_after >= 0 && source->calls > source->fail_after)
		return qpasi_fault_set(fault, QPASI_MSG_FILE_READ, segment, 0, 0);
	part->ptr = source->image->bytes + at;
	part->len = (size_t)((length < source->chunk ? length : source->chunk) + source->extra);
	return 0;
}

struct fixture {
	struct test_image image;
	struct qpasi_elf *elf;
	struct qpasi_mbn mbn;
	struct qpasi_auth_input input;
	struct qpasi_hasher *hasher;
};

static void open_fixture(struct fixture *fixture)
{
	struct qpas_slice file;
	struct qpas_slice hash;

	test_image_build(&fixture->image, NULL);
	file.ptr = fixture->image.bytes;
	file.len = fixture->image.size;
	hash.ptr = fixture->image.bytes + fixture->image.hash.offset;
	hash.len = fixture->image.hash.length;
	fixture->elf = calloc(1, sizeof(*fixture->elf));
	assert_non_null(fixture->elf);
	assert_int_equal(qpasi_elf_decode(file, 128, fixture->elf, NULL), 0);
	assert_int_equal(qpasi_mbn_decode(hash, fixture->elf, &fixture->mbn, NULL), 0);
	fixture->input.elf = fixture->elf;
	fixture->input.mbn = &fixture->mbn;
	fixture->input.hash_segment = hash;
	fixture->input.headers.ptr = file.ptr;
	fixture->input.headers.len = (size_t)test_phdr_get(&fixture->image, 0, TEST_P_FILESZ);
	assert_int_equal(qpasi_hasher_new(&env, 384, &fixture->hasher, NULL), 0);
}

static void close_fixture(struct fixture *fixture)
{
	qpasi_hasher_free(fixture->hasher);
	free(fixture->elf);
	test_image_free(&fixture->image);
}

static int check(struct fixture *fixture, struct source *source, uint32_t index,
		 struct qpasi_fault *fault)
{
	struct qpasi_auth_source from = {give, source};

	source->image = &fixture->image;
	return qpasi_auth_check_entry(fixture->hasher, &fixture->input,
				      source->chunk ? &from : NULL, index, fault);
}

static void data_in_pieces_have_the_same_digest(void **state)
{
	static const uint64_t chunks[] = {1, 7, 64, 4096, UINT64_MAX / 2};
	struct fixture fixture;

	(void)state;
	open_fixture(&fixture);
	for (size_t i = 0; i < 5; i++) {
		for (uint32_t index = 0; index < fixture.image.phnum; index++) {
			struct source source = {NULL, chunks[i], 0, -1, 0};
			int result = check(&fixture, &source, index, NULL);

			if (result)
				fail_msg("entry %u in pieces of %llu: %d", (unsigned int)index,
					 (unsigned long long)chunks[i], result);
		}
	}
	close_fixture(&fixture);
}

static void entries_without_data_need_no_source(void **state)
{
	struct fixture fixture;
	struct source none = {NULL, 0, 0, -1, 0};

	(void)state;
	open_fixture(&fixture);
	assert_int_equal(check(&fixture, &none, 0, NULL), 0);
	assert_int_equal(check(&fixture, &none, 1, NULL), 0);
	/* The last one is zero-fill only. */
	assert_int_equal(check(&fixture, &none, fixture.image.phnum - 1, NULL), 0);
	close_fixture(&fixture);
}

static void a_byte_changed_behind_the_table_is_a_mismatch_that_names_the_segment(void **state)
{
	struct fixture fixture;
	struct source source = {NULL, 100, 0, -1, 0};
	struct qpasi_fault fault = QPASI_FAULT_INIT;
	char text[256];

	(void)state;
	open_fixture(&fixture);
	fixture.image.bytes[test_phdr_get(&fixture.image, 3, TEST_P_OFFSET) + 5] ^= 1;
	assert_int_equal(check(&fixture, &source, 3, &fault), QPAS_ERR_MISMATCH);
	assert_int_equal(fault.segment, 3);
	assert_int_equal(fault.offset, test_phdr_get(&fixture.image, 3, TEST_P_OFFSET));
	(void)qpasi_fault_text(&fault, text, sizeof(text));
	assert_non_null(strstr(text, "segment 3"));
	source.calls = 0;
	assert_int_equal(check(&fixture, &source, 2, &fault), 0);
	close_fixture(&fixture);
}

static void a_source_that_fails_ends_the_check_with_its_own_error(void **state)
{
	struct fixture fixture;

	(void)state;
	open_fixture(&fixture);
	for (int after = 0; after < 3; after++) {
		struct source source = {NULL, 16, 0, after, 0};
		struct qpasi_fault fault = QPASI_FAULT_INIT;

		assert_int_equal(check(&fixture, &source, 2, &fault), QPAS_ERR_IO);
		assert_int_equal(source.calls, after + 1);
		assert_int_equal(fault.segment, 2);
	}
	close_fixture(&fixture);
}

static void a_source_that_gives_nothing_or_too_much_is_refused(void **state)
{
	struct fixture fixture;
	struct source greedy = {NULL, UINT64_MAX / 2, 1, -1, 0};
	struct qpasi_fault fault = QPASI_FAULT_INIT;
	struct source empty = {NULL, 4, (uint64_t)0 - 4, -1, 0};

	(void)state;
	open_fixture(&fixture);
	assert_int_equal(check(&fixture, &greedy, 2, &fault), QPAS_ERR_BACKEND);
	assert_int_equal(check(&fixture, &empty, 2, &fault), QPAS_ERR_BACKEND);
	assert_int_equal(empty.calls, 1);
	close_fixture(&fixture);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_hasher_gives_the_published_digests_and_can_be_used_again),
		cmocka_unit_test(data_in_pieces_have_the_same_digest),
		cmocka_unit_test(entries_without_data_need_no_source),
		cmocka_unit_test(
			a_byte_changed_behind_the_table_is_a_mismatch_that_names_the_segment),
		cmocka_unit_test(a_source_that_fails_ends_the_check_with_its_own_error),
		cmocka_unit_test(a_source_that_gives_nothing_or_too_much_is_refused),
	};

	return cmocka_run_group_tests_name("auth_entry", tests, set_up, NULL);
}
