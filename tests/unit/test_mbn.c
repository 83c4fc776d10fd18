/* SPDX-License-Identifier: BSD-3-Clause */
/* The hash segment's layout, for every header version. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "format/mbn.h"
#include "support/image_builder.h"

struct fixture {
	struct test_image image;
	struct qpasi_elf *elf;
};

static const uint32_t versions[] = {3, 5, 6, 7, 8};
#define VERSIONS (sizeof(versions) / sizeof(versions[0]))

static void make(struct fixture *fixture, const struct test_image_spec *spec)
{
	struct qpasi_fault fault = QPASI_FAULT_INIT;
	struct qpas_slice file;

	test_image_build(&fixture->image, spec);
	fixture->elf = malloc(sizeof(*fixture->elf));
	assert_non_null(fixture->elf);
	file.ptr = fixture->image.bytes;
	file.len = fixture->image.size;
	assert_int_equal(qpasi_elf_decode(file, 256, fixture->elf, &fault), 0);
}

/* RSA slots for the old versions, P-384 slots for the new ones, and some filler. */
static void make_version(struct fixture *fixture, uint32_t version, bool two_signers)
{
	struct test_image_spec spec = TEST_IMAGE_SPEC_INIT;

	spec.mbn_version = version;
	spec.oem_signature = version < 6 ? 256 : 104;
	spec.oem_chain = version < 6 ? 6144 : 3360;
	if (two_signers && version != 3 && version != 8) {
		spec.qti_signature = spec.oem_signature;
		spec.qti_chain = spec.oem_chain;
		spec.qti_metadata = version >= 6;
	}
	spec.filler = 64;
	make(fixture, &spec);
}

static void drop(struct fixture *fixture)
{
	test_image_free(&fixture->image);
	free(fixture->elf);
}

/* Decodes `length` bytes of the segment from an exact copy. */
static int decode(const struct fixture *fixture, size_t length, struct qpasi_mbn *mbn,
		  struct qpasi_fault *fault)
{
	uint8_t *copy = calloc(1, length ? length : 1);
	struct qpas_slice segment = {copy, length};
	size_t have = fixture->image.hash.length;
	int result;

	assert_non_null(copy);
	memcpy(copy, fixture->image.bytes + fixture->image.hash.offset,
	       length < have ? length : have);
	result = qpasi_mbn_decode(segment, fixture->elf, mbn, fault);
	free(copy);
	return result;
}

static void expect(const struct fixture *fixture, const char *what, int wanted)
{
	struct qpasi_fault fault = QPASI_FAULT_INIT;
	struct qpasi_mbn mbn;
	int result = decode(fixture, fixture->image.hash.length, &mbn, &fault);

	if (result != wanted)
		fail_msg("v%u, %s: got %d (message %u), want %d", fixture->image.mbn_version, what,
			 result, fault.message, wanted);
	if (result)
		assert_int_equal(mbn.table.length, 0);
}

static void part_equals(const char *name, const struct test_image *image,
			const struct test_part *want, const struct qpasi_mbn_part *got)
{
	if (got->length != want->length ||
	    (want->length && got->offset != want->offset - image->hash.offset))
		fail_msg("v%u, %s: %u + %u, want %zu + %zu", image->mbn_version, name, got->offset,
			 got->length, want->offset - image->hash.offset, want->length);
}

static void parts_stand_where_the_builder_put_them(void **state)
{
	(void)state;
	for (size_t i = 0; i < VERSIONS * 2; i++) {
		struct qpasi_fault fault = QPASI_FAULT_INIT;
		struct fixture fixture;
		struct qpasi_mbn mbn;

		make_version(&fixture, versions[i / 2], i % 2);
		assert_int_equal(decode(&fixture, fixture.image.hash.length, &mbn, &fault), 0);
		assert_int_equal(mbn.version, versions[i / 2]);
		assert_int_equal(mbn.header_size, fixture.image.header.length);
		assert_int_equal(mbn.digest_size, versions[i / 2] < 6 ? 32 : 48);
		assert_int_equal(mbn.entries, 5);
		part_equals("common", &fixture.image, &fixture.image.common, &mbn.common);
		part_equals("qti metadata", &fixture.image, &fixture.image.qti_metadata,
			    &mbn.qti_metadata);
		part_equals("oem metadata", &fixture.image, &fixture.image.oem_metadata,
			    &mbn.oem_metadata);
		part_equals("table", &fixture.image, &fixture.image.table, &mbn.table);
		part_equals("qti signature", &fixture.image, &fixture.image.qti_signature,
			    &mbn.qti_signature);
		part_equals("qti chain", &fixture.image, &fixture.image.qti_chain, &mbn.qti_chain);
		part_equals("oem signature", &fixture.image, &fixture.image.oem_signature,
			    &mbn.oem_signature);
		part_equals("oem chain", &fixture.image, &fixture.image.oem_chain, &mbn.oem_chain);
		assert_int_equal(mbn.filler.length, 64);
		drop(&fixture);
	}
}

static void h01_every_length_below_the_header_is_truncated(void **state)
{
	static const size_t least[] = {40, 40, 48, 64, 80};

	(void)state;
	for (size_t i = 0; i < VERSIONS; i++) {
		struct fixture fixture;

		make_version(&fixture, versions[i], false);
		for (size_t length = 0; length < least[i]; length++) {
			struct qpasi_fault fault = QPASI_FAULT_INIT;
			struct qpasi_mbn mbn;
			int result = decode(&fixture, length, &mbn, &fault);

			if (result != QPAS_ERR_TRUNC)
				fail_msg("v%u, %zu bytes: %d", versions[i], length, result);
		}
		drop(&fixture);
	}
}

static void h01_every_length_below_the_parts_is_refused(void **state)
{
	(void)state;
	for (size_t i = 0; i < VERSIONS; i++) {
		struct fixture fixture;
		struct qpasi_mbn mbn;
		size_t full;

		make_version(&fixture, versions[i], true);
		full = fixture.image.hash.length - 64;
		for (size_t length = 0; length <= full; length++) {
			struct qpasi_fault fault = QPASI_FAULT_INIT;
			int result = decode(&fixture, length, &mbn, &fault);

			if ((result == 0) != (length == full))
				fail_msg("v%u, %zu of %zu bytes: %d", versions[i], length, full,
					 result);
		}
		drop(&fixture);
	}
}

static void h02_unknown_versions_are_unsupported(void **state)
{
	static const uint32_t unknown[] = {0, 1, 2, 4, 9, 10, 0x06000000, 0xffffffff};
	struct fixture fixture;

	(void)state;
	make_version(&fixture, 6, false);
	for (size_t i = 0; i < sizeof(unknown) / sizeof(unknown[0]); i++) {
		test_mbn_set(&fixture.image, 4, unknown[i]);
		expect(&fixture, "unknown version", QPAS_ERR_UNSUPP);
	}
	drop(&fixture);
}

static void h02_an_all_zero_segment_is_unsupported(void **state)
{
	struct qpasi_fault fault = QPASI_FAULT_INIT;
	struct fixture fixture;
	struct qpasi_mbn mbn;

	(void)state;
	make_version(&fixture, 6, false);
	memset(fixture.image.bytes + fixture.image.hash.offset, 0, fixture.image.hash.length);
	/* 136 bytes: the two shipped ones */
	assert_int_equal(decode(&fixture, 136, &mbn, &fault), QPAS_ERR_UNSUPP);
	assert_int_equal(fault.message, QPASI_MSG_HASH_ALL_ZERO);
	drop(&fixture);
}

static size_t table_word(uint32_t version)
{
	(void)version;
	return 0x14;
}

static void h03_table_sizes_that_do_not_fit_are_refused(void **state)
{
	(void)state;
	for (size_t i = 0; i < VERSIONS; i++) {
		struct fixture fixture;
		uint32_t table;
		uint32_t digest;

		make_version(&fixture, versions[i], false);
		table = (uint32_t)fixture.image.table.length;
		digest = fixture.image.digest_size;
		uint32_t wrong[] = {
			0, 1, table - 1, table + 1, table - digest, table + digest, table / 2};
		for (size_t k = 0; k < sizeof(wrong) / sizeof(wrong[0]); k++) {
			test_mbn_set(&fixture.image, table_word(versions[i]), wrong[k]);
			expect(&fixture, "table size", QPAS_ERR_FORMAT);
		}
		/* one digest per page: many more entries than headers */
		test_mbn_set(&fixture.image, table_word(versions[i]), table + 4 * digest);
		expect(&fixture, "paged table", QPAS_ERR_UNSUPP);
		drop(&fixture);
	}
}

static void h04_one_header_more_or_less_is_refused(void **state)
{
	(void)state;
	for (size_t i = 0; i < VERSIONS; i++) {
		struct fixture fixture;

		make_version(&fixture, versions[i], false);
		fixture.elf->phnum = 4;
		expect(&fixture, "one header less", QPAS_ERR_FORMAT);
		fixture.elf->phnum = 6;
		expect(&fixture, "one header more", QPAS_ERR_FORMAT);
		drop(&fixture);
	}
}

/* Offsets of the size words, 0-terminated; common metadata have a rule of their own (H08). */
static const uint8_t size_words[VERSIONS][8] = {
	{0x14, 0x1c, 0x24},
	{0x08, 0x0c, 0x14, 0x1c, 0x24},
	{0x08, 0x0c, 0x14, 0x1c, 0x24, 0x28, 0x2c},
	{0x0c, 0x10, 0x14, 0x18, 0x1c, 0x20, 0x24},
	{0x0c, 0x10, 0x14, 0x28, 0x2c},
};

static void h05_huge_sizes_are_out_of_range(void **state)
{
	(void)state;
	for (size_t i = 0; i < VERSIONS; i++) {
		const uint8_t *words = size_words[i];

		for (size_t a = 0; a < 8 && words[a]; a++) {
			for (size_t b = a; b < 8 && words[b]; b++) {
				struct fixture fixture;

				make_version(&fixture, versions[i], true);
				test_mbn_set(&fixture.image, words[a], 0xffffffff);
				test_mbn_set(&fixture.image, words[b], 0xffffffff);
				expect(&fixture, "huge sizes", QPAS_ERR_RANGE);
				drop(&fixture);
			}
		}
		struct fixture all;

		make_version(&all, versions[i], true);
		for (size_t a = 0; a < 8 && words[a]; a++)
			test_mbn_set(&all.image, words[a], 0xffffffff);
		expect(&all, "all sizes huge", QPAS_ERR_RANGE);
		drop(&all);
	}
}

static void h05_a_sum_that_wraps_32_bits_to_the_right_value_is_out_of_range(void **state)
{
	struct fixture fixture;

	(void)state;
	make_version(&fixture, 5, false);
	/* signature + chain is 2^32 more than it should be */
	test_mbn_set(&fixture.image, 0x1c, 0x80000000 + 256);
	test_mbn_set(&fixture.image, 0x24, 0x80000000 + 6144);
	expect(&fixture, "wrapping sum", QPAS_ERR_RANGE);
	drop(&fixture);
}

static void h06_parts_and_filler(void **state)
{
	(void)state;
	for (size_t i = 0; i < VERSIONS; i++) {
		uint8_t chain = versions[i] == 8 ? 0x2c : 0x24;
		struct fixture fixture;
		uint32_t length;

		make_version(&fixture, versions[i], false);
		length = (uint32_t)fixture.image.oem_chain.length;
		test_mbn_set(&fixture.image, chain, length + 65);
		expect(&fixture, "sum one above", QPAS_ERR_RANGE);
		test_mbn_set(&fixture.image, chain, length + 64);
		expect(&fixture, "sum exact", 0);
		test_mbn_set(&fixture.image, chain, length + 63);
		expect(&fixture, "one byte of filler", 0);
		test_mbn_set(&fixture.image, chain, 0);
		expect(&fixture, "all of the chain is filler", 0);
		fixture.image.bytes[fixture.image.hash.offset + fixture.image.hash.length - 1] = 0;
		expect(&fixture, "last filler byte is 0", QPAS_ERR_FORMAT);
		test_mbn_set(&fixture.image, chain, length + 64);
		expect(&fixture, "no filler", 0);
		drop(&fixture);
	}
}

static void h07_total_size_addresses_and_unused_words_do_not_matter(void **state)
{
	static const uint8_t unused[3][5] = {{0x00, 0x0c, 0x10, 0x18, 0x20}, /* v3 */
					     {0x00, 0x10, 0x18, 0x20, 0},
					     {0x00, 0x10, 0x18, 0x20, 0}};
	static const uint32_t values[] = {0, 0xffffffff, 0x8c0000f0, 0x12345678};

	(void)state;
	for (size_t i = 0; i < 3; i++) {
		struct qpasi_fault fault = QPASI_FAULT_INIT;
		struct fixture fixture;
		struct qpasi_mbn before;
		struct qpasi_mbn after;

		make_version(&fixture, versions[i], true);
		assert_int_equal(decode(&fixture, fixture.image.hash.length, &before, &fault), 0);
		for (size_t v = 0; v < sizeof(values) / sizeof(values[0]); v++) {
			for (size_t k = 0; k < 5; k++)
				test_mbn_set(&fixture.image, unused[i][k], values[v]);
			expect(&fixture, "unused words", 0);
			assert_int_equal(
				decode(&fixture, fixture.image.hash.length, &after, &fault), 0);
			assert_memory_equal(&before, &after, sizeof(before));
		}
		drop(&fixture);
	}
}

static void h08_common_metadata_have_24_bytes(void **state)
{
	static const uint32_t wrong[] = {0, 23, 25, 48, 0xffffffff};

	(void)state;
	for (uint32_t version = 7; version <= 8; version++) {
		struct fixture fixture;

		make_version(&fixture, version, false);
		for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
			test_mbn_set(&fixture.image, 8, wrong[i]);
			expect(&fixture, "common metadata size", QPAS_ERR_FORMAT);
		}
		drop(&fixture);
	}
}

static void h08_the_algorithm_must_fit_the_digests(void **state)
{
	(void)state;
	for (uint32_t version = 7; version <= 8; version++) {
		for (uint32_t digest = 32; digest <= 48; digest += 16) {
			struct test_image_spec spec = TEST_IMAGE_SPEC_INIT;
			struct fixture fixture;

			spec.mbn_version = version;
			spec.digest_size = digest;
			make(&fixture, &spec);
			for (uint32_t algorithm = 0; algorithm <= 4; algorithm++) {
				bool right = algorithm == (digest == 32 ? 2 : 3);

				test_image_set(&fixture.image, fixture.image.common.offset + 16, 4,
					       algorithm);
				expect(&fixture, "algorithm", right ? 0 : QPAS_ERR_FORMAT);
			}
			drop(&fixture);
		}
	}
}

static void h08_unknown_v8_words_must_be_zero(void **state)
{
	static const uint8_t words[] = {0x18, 0x1c, 0x20, 0x24, 0x30, 0x34};
	struct fixture fixture;

	(void)state;
	make_version(&fixture, 8, false);
	for (size_t i = 0; i < sizeof(words); i++) {
		test_mbn_set(&fixture.image, words[i], 1);
		expect(&fixture, "unknown word", QPAS_ERR_UNSUPP);
		test_mbn_set(&fixture.image, words[i], 0);
	}
	expect(&fixture, "all words zero again", 0);
	drop(&fixture);
}

static void h09_digest_lengths_by_version(void **state)
{
	static const struct {
		uint32_t version;
		uint32_t digest;
		int result;
	} cases[] = {
		{3, 32, 0}, {3, 48, QPAS_ERR_UNSUPP},
		{5, 32, 0}, {5, 48, QPAS_ERR_UNSUPP},
		{6, 32, 0}, {6, 48, 0},
		{7, 32, 0}, {7, 48, 0},
		{8, 32, 0}, {8, 48, 0},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct test_image_spec spec = TEST_IMAGE_SPEC_INIT;
		struct fixture fixture;

		spec.mbn_version = cases[i].version;
		spec.digest_size = cases[i].digest;
		make(&fixture, &spec);
		expect(&fixture, cases[i].digest == 32 ? "SHA-256" : "SHA-384", cases[i].result);
		drop(&fixture);
	}
}

static void metadata_blocks_have_one_size_by_version(void **state)
{
	static const struct {
		uint32_t version;
		uint8_t word;
		uint8_t chain;
		uint32_t size;
	} cases[] = {{6, 0x2c, 0x24, 120}, {7, 0x10, 0x24, 224}, {8, 0x10, 0x2c, 224}};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct fixture fixture;

		make_version(&fixture, cases[i].version, false);
		/* no room is needed for the difference: the chain gives it */
		test_mbn_set(&fixture.image, cases[i].chain, 0);
		test_mbn_set(&fixture.image, cases[i].word, cases[i].size - 4);
		expect(&fixture, "metadata 4 bytes short", QPAS_ERR_FORMAT);
		test_mbn_set(&fixture.image, cases[i].word, cases[i].size + 4);
		expect(&fixture, "metadata 4 bytes long", QPAS_ERR_FORMAT);
		drop(&fixture);
	}
}

static void h14_encrypted_images_are_unsupported(void **state)
{
	struct qpasi_fault fault = QPASI_FAULT_INIT;
	struct fixture fixture;
	struct qpasi_mbn mbn;
	uint8_t *filler;

	(void)state;
	make_version(&fixture, 6, false);
	filler = fixture.image.bytes + fixture.image.hash.offset + fixture.image.hash.length - 64;
	memcpy(filler, "ISMQ", 4);
	assert_int_equal(decode(&fixture, fixture.image.hash.length, &mbn, &fault),
			 QPAS_ERR_UNSUPP);
	assert_int_equal(fault.message, QPASI_MSG_HASH_ENCRYPTED);
	/* behind some filler, too */
	memset(filler, 0xff, 4);
	memcpy(filler + 12, "ISMQ", 4);
	expect(&fixture, "magic behind filler", QPAS_ERR_UNSUPP);
	memset(filler, 0xff, 64);
	memcpy(filler + 60, "ISMQ", 4);
	expect(&fixture, "magic as the last word", QPAS_ERR_UNSUPP);
	memcpy(filler, "ISMP", 4);
	expect(&fixture, "another word", QPAS_ERR_FORMAT);
	/* no room for all of it: not the magic */
	memset(filler, 0xff, 64);
	memcpy(filler + 61, "ISM", 3);
	expect(&fixture, "cut magic", QPAS_ERR_FORMAT);
	drop(&fixture);
}

static void entries_are_cut_from_the_table(void **state)
{
	struct qpasi_fault fault = QPASI_FAULT_INIT;
	struct fixture fixture;
	struct qpas_slice segment;
	struct qpas_slice entry;
	struct qpasi_mbn mbn;

	(void)state;
	make_version(&fixture, 7, true);
	segment.ptr = fixture.image.bytes + fixture.image.hash.offset;
	segment.len = fixture.image.hash.length;
	assert_int_equal(qpasi_mbn_decode(segment, fixture.elf, &mbn, &fault), 0);
	for (uint32_t i = 0; i < 5; i++) {
		entry = qpasi_mbn_entry(segment, &mbn, i);
		assert_ptr_equal(entry.ptr,
				 fixture.image.bytes + fixture.image.table.offset + i * 48);
		assert_int_equal(entry.len, 48);
	}
	entry = qpasi_mbn_entry(segment, &mbn, 5);
	assert_int_equal(entry.len, 0);
	drop(&fixture);
}

static void expectations_follow_the_headers(void **state)
{
	struct fixture fixture;

	(void)state;
	make_version(&fixture, 6, false);
	assert_int_equal(qpasi_mbn_expected(fixture.elf, 0), QPASI_EXPECT_HEADERS);
	assert_int_equal(qpasi_mbn_expected(fixture.elf, 1), QPASI_EXPECT_ZERO);
	assert_int_equal(qpasi_mbn_expected(fixture.elf, 2), QPASI_EXPECT_DATA);
	assert_int_equal(qpasi_mbn_expected(fixture.elf, 4), QPASI_EXPECT_EMPTY);
	fixture.elf->phdr[2].type = 0x70000003;
	assert_int_equal(qpasi_mbn_expected(fixture.elf, 2), QPASI_EXPECT_DATA);
	memset(&fixture.elf->phdr[4], 0, sizeof(fixture.elf->phdr[4]));
	fixture.elf->phdr[4].type = 0x70000000;
	assert_int_equal(qpasi_mbn_expected(fixture.elf, 4), QPASI_EXPECT_ONE_SHOT);
	/* with any word set it is a header like others */
	for (uint32_t field = 0; field < 7; field++) {
		const struct qpasi_phdr others[] = {
			{.flags = 1},  {.offset = 1}, {.vaddr = 1}, {.paddr = 1},
			{.filesz = 1}, {.memsz = 1},  {.align = 1},
		};

		fixture.elf->phdr[4] = others[field];
		fixture.elf->phdr[4].type = 0x70000000;
		assert_int_equal(qpasi_mbn_expected(fixture.elf, 4),
				 field == 4 ? QPASI_EXPECT_DATA : QPASI_EXPECT_EMPTY);
	}
	fixture.elf->phdr[4] = (struct qpasi_phdr){.type = 0x70000001};
	assert_int_equal(qpasi_mbn_expected(fixture.elf, 4), QPASI_EXPECT_EMPTY);
	drop(&fixture);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(parts_stand_where_the_builder_put_them),
		cmocka_unit_test(h01_every_length_below_the_header_is_truncated),
		cmocka_unit_test(h01_every_length_below_the_parts_is_refused),
		cmocka_unit_test(h02_unknown_versions_are_unsupported),
		cmocka_unit_test(h02_an_all_zero_segment_is_unsupported),
		cmocka_unit_test(h03_table_sizes_that_do_not_fit_are_refused),
		cmocka_unit_test(h04_one_header_more_or_less_is_refused),
		cmocka_unit_test(h05_huge_sizes_are_out_of_range),
		cmocka_unit_test(h05_a_sum_that_wraps_32_bits_to_the_right_value_is_out_of_range),
		cmocka_unit_test(h06_parts_and_filler),
		cmocka_unit_test(h07_total_size_addresses_and_unused_words_do_not_matter),
		cmocka_unit_test(h08_common_metadata_have_24_bytes),
		cmocka_unit_test(h08_the_algorithm_must_fit_the_digests),
		cmocka_unit_test(h08_unknown_v8_words_must_be_zero),
		cmocka_unit_test(h09_digest_lengths_by_version),
		cmocka_unit_test(metadata_blocks_have_one_size_by_version),
		cmocka_unit_test(h14_encrypted_images_are_unsupported),
		cmocka_unit_test(entries_are_cut_from_the_table),
		cmocka_unit_test(expectations_follow_the_headers),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
