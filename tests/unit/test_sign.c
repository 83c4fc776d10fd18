/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Every version, scheme and slot: what is signed verifies, says what was asked for, and breaks where
 * a byte is changed. The verifier has been judged on public images and by an independent signer
 * (test_auth_signatures.c); the openssl command line judges these signatures in test_sign_openssl.py.
 */
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "expect.h"
#include "support/signing.h"
#include "support/verdict.h"

#define OEM 1u
#define QTI 2u

/* A way to sign that the format has. */
struct way {
	uint32_t version;
	enum test_signer oem;
	enum test_signer qti;
	uint32_t digest; /* 0: what the version has */
};

static const struct way ways[] = {
	{3, TEST_SIGN_LEGACY, TEST_SIGN_NOBODY, 0},  {3, TEST_SIGN_PSS, TEST_SIGN_NOBODY, 256},
	{5, TEST_SIGN_PSS, TEST_SIGN_NOBODY, 0},     {5, TEST_SIGN_NOBODY, TEST_SIGN_PSS_QTI, 256},
	{5, TEST_SIGN_PSS, TEST_SIGN_PSS_QTI, 0},    {6, TEST_SIGN_PSS, TEST_SIGN_NOBODY, 0},
	{6, TEST_SIGN_PSS, TEST_SIGN_PSS_QTI, 256},  {6, TEST_SIGN_EC, TEST_SIGN_NOBODY, 256},
	{6, TEST_SIGN_EC, TEST_SIGN_NOBODY, 384},    {6, TEST_SIGN_NOBODY, TEST_SIGN_EC_QTI, 0},
	{6, TEST_SIGN_NOBODY, TEST_SIGN_PSS_QTI, 0}, {6, TEST_SIGN_EC, TEST_SIGN_EC_QTI, 0},
	{6, TEST_SIGN_EC, TEST_SIGN_PSS_QTI, 0},     {7, TEST_SIGN_EC, TEST_SIGN_NOBODY, 0},
	{7, TEST_SIGN_EC, TEST_SIGN_NOBODY, 256},    {7, TEST_SIGN_NOBODY, TEST_SIGN_EC_QTI, 0},
	{7, TEST_SIGN_EC, TEST_SIGN_EC_QTI, 384},    {8, TEST_SIGN_EC, TEST_SIGN_NOBODY, 0},
	{8, TEST_SIGN_EC, TEST_SIGN_NOBODY, 256},
};

#define WAYS (sizeof(ways) / sizeof(ways[0]))

static void name_row(char *row, size_t size, const struct way *way, uint32_t elf_class)
{
	(void)snprintf(row, size, "v%u, OEM %u, QTI %u, SHA-%u, class %u",
		       (unsigned int)way->version, (unsigned int)way->oem, (unsigned int)way->qti,
		       (unsigned int)way->digest, (unsigned int)elf_class);
}

static struct qpas_sign_params params_of(const struct way *way,
					 const struct qpas_auth_identity *identity)
{
	struct qpas_sign_params params = QPAS_SIGN_PARAMS_INIT;

	params.mbn_version = way->version;
	params.digest = way->digest;
	params.oem = test_sign_signer(way->oem);
	params.qti = test_sign_signer(way->qti);
	params.oem_identity = identity;
	return params;
}

/* An ELF file as a linker leaves it: no placeholder, no hash segment. */
static void build_plain(struct test_image *image, uint32_t elf_class)
{
	struct test_image_spec spec = TEST_IMAGE_SPEC_INIT;

	spec.elf_class = elf_class;
	spec.mbn_version = 0;
	spec.entry = 0x8b000100;
	test_image_build(image, &spec);
}

static void sign_way(const struct way *way, uint32_t elf_class, struct test_image *to)
{
	struct qpas_auth_identity identity = test_sign_identity();
	struct qpas_sign_params params = params_of(way, &identity);
	struct test_image plain;

	build_plain(&plain, elf_class);
	test_sign_image(&plain, &params, 0, to);
	test_image_free(&plain);
}

static void describe(const struct test_image *image, struct qpas_image_info *info)
{
	const struct qpas_image_info fresh = QPAS_IMAGE_INFO_INIT;
	struct qpas_slice bytes = {image->bytes, image->size};
	struct qpas_image *opened = NULL;

	*info = fresh;
	assert_int_equal(qpas_image_open_memory(bytes, NULL, &opened, NULL), 0);
	assert_int_equal(qpas_image_describe(opened, info, NULL), 0);
	qpas_image_unref(opened);
}

/* ---- verdicts ---- */

/* The report names the signer that was asked for, and what it calls itself. */
static void expect_slot(const char *row, const struct qpas_auth_signature *got, uint32_t slot,
			enum test_signer who)
{
	struct qpas_auth_signature facts = QPAS_AUTH_SIGNATURE_INIT;
	char leaf[64];

	assert_int_equal(qpas_signer_describe(test_sign_signer(who), &facts, NULL), 0);
	(void)snprintf(leaf, sizeof(leaf), "%s Test Image Signing", test_sign_name(who));
	expect_number(row, "slot", got->signer, slot);
	expect_number(row, "valid", got->valid, QPAS_AUTH_YES);
	expect_number(row, "chain", got->chain_valid, QPAS_AUTH_YES);
	expect_number(row, "test root", got->test_root, QPAS_AUTH_YES);
	expect_number(row, "certificates", got->certificates, 3);
	expect_number(row, "key bits", got->key_bits, facts.key_bits);
	expect_number(row, "signature", got->signature_bytes, facts.signature_bytes);
	assert_string_equal(got->leaf_name, leaf);
	assert_string_equal(got->root_name, facts.root_name);
	assert_string_equal(got->algorithm, facts.algorithm);
	assert_memory_equal(got->root_sha256, facts.root_sha256, 32);
	assert_memory_equal(got->root_sha384, facts.root_sha384, 48);
}

static void expect_identity(const char *row, const struct test_verdict *verdict, uint32_t slot)
{
	const struct qpas_auth_identity wanted = test_sign_identity();
	struct qpas_auth_identity got = QPAS_AUTH_IDENTITY_INIT;

	assert_int_equal(qpas_auth_report_identity(verdict->report, slot, &got, NULL), 0);
	expect_number(row, "SW_ID", got.sw_id, wanted.sw_id);
	expect_number(row, "OEM_ID", got.oem_id, wanted.oem_id);
	expect_number(row, "MODEL_ID", got.model_id, wanted.model_id);
	expect_number(row, "anti-rollback", got.anti_rollback, wanted.anti_rollback);
	/* A leaf binds to HW_ID where it does not bind to SoC versions. */
	expect_number(row, "bindings", got.bound & ~QPAS_AUTH_BIND_HW_ID, wanted.bound);
}

static void every_version_scheme_and_slot_verifies_what_it_signed(void **state)
{
	(void)state;
	for (size_t i = 0; i < 2 * WAYS; i++) {
		const struct way *way = &ways[i / 2];
		uint32_t elf_class = i % 2 ? 64 : 32;
		uint32_t digest = way->digest ? way->digest : way->version < 6 ? 256 : 384;
		struct test_verdict verdict;
		struct test_image image;
		uint32_t slot = 0;
		char row[80];

		name_row(row, sizeof(row), way, elf_class);
		sign_way(way, elf_class, &image);
		test_verify(&image, QPAS_AUTH_REQUIRE_SIGNATURE, &verdict);
		test_expect_verdict(&verdict, row, QPAS_AUTH_VALID, 0);
		expect_number(row, "version", verdict.summary.mbn_version, way->version);
		expect_number(row, "digest", verdict.summary.digest, digest);
		expect_number(row, "digests", verdict.summary.digests_matched, 3);
		expect_number(row, "SW_ID", verdict.summary.sw_id, 4);
		expect_number(row, "signatures", verdict.summary.signatures,
			      (way->oem ? 1u : 0) + (way->qti ? 1u : 0));
		if (way->oem) {
			expect_slot(row, &verdict.signature[slot++], OEM, way->oem);
			expect_identity(row, &verdict, OEM);
		}
		if (way->qti) {
			expect_slot(row, &verdict.signature[slot], QTI, way->qti);
			expect_identity(row, &verdict, QTI);
		}
		test_verdict_free(&verdict);
		test_image_free(&image);
	}
}

/* Whose signature depends on a region; the other one must stay right. */
struct region {
	const char *name;
	struct test_part part;
	bool oem;
	bool qti;
	bool digests; /* the table says so, and no signature */
};

static size_t regions_of(const struct test_image *image, struct region regions[12])
{
	struct test_part headers = {24, 4}; /* e_entry */
	struct test_part data = {(size_t)test_phdr_get(image, 2, TEST_P_OFFSET), 0x800};
	struct test_part total = {image->hash.offset + 0x10, 4};
	const struct region all[] = {
		{"ELF header", headers, false, false, true},
		{"data", data, false, false, true},
		{"total size", total, true, true, false},
		{"common metadata", {image->common.offset + 0x14, 4}, true, true, false},
		{"OEM metadata", image->oem_metadata, true, false, false},
		{"QTI metadata", image->qti_metadata, false, true, false},
		{"table", {image->table.offset, image->digest_size}, true, true, true},
		{"OEM signature", image->oem_signature, true, false, false},
		{"QTI signature", image->qti_signature, false, true, false},
		{"OEM leaf", {image->oem_chain.offset, 400}, true, false, false},
		{"QTI leaf", {image->qti_chain.offset, 400}, false, true, false},
	};
	size_t count = 0;

	for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++) {
		bool there = all[i].part.length != 0;

		if (i == 2)
			there = image->mbn_version < 7;
		else if (i == 3)
			there = image->common.length != 0;
		else if (i == 9)
			there = image->oem_chain.length != 0;
		else if (i == 10)
			there = image->qti_chain.length != 0;
		if (there)
			regions[count++] = all[i];
	}
	return count;
}

static void expect_answers(const char *row, const struct region *region,
			   const struct test_verdict *verdict)
{
	if (verdict->opened || verdict->result)
		fail_msg("%s, %s: not judged", row, region->name);
	if (verdict->summary.verdict != QPAS_AUTH_INVALID)
		fail_msg("%s, %s: %s", row, region->name,
			 qpas_auth_verdict_name(verdict->summary.verdict));
	if ((verdict->summary.digests_matched == verdict->summary.digests_checked) ==
	    region->digests)
		fail_msg("%s, %s: %u of %u digests match", row, region->name,
			 (unsigned int)verdict->summary.digests_matched,
			 (unsigned int)verdict->summary.digests_checked);
	for (uint32_t i = 0; i < verdict->summary.signatures; i++) {
		const struct qpas_auth_signature *signature = &verdict->signature[i];
		bool broken = signature->signer == OEM ? region->oem : region->qti;

		if ((signature->valid == QPAS_AUTH_YES &&
		     signature->chain_valid == QPAS_AUTH_YES) == broken)
			fail_msg("%s, %s: signature %u: %u, chain %u", row, region->name,
				 (unsigned int)signature->signer, (unsigned int)signature->valid,
				 (unsigned int)signature->chain_valid);
	}
}

/* First, middle and last byte of each region. */
static void a_flipped_byte_breaks_what_covers_it_and_nothing_else(void **state)
{
	unsigned int flips = 0;

	(void)state;
	for (size_t i = 0; i < WAYS; i++) {
		struct region regions[12];
		struct test_image image;
		size_t count;
		char row[80];

		name_row(row, sizeof(row), &ways[i], 32);
		sign_way(&ways[i], 32, &image);
		count = regions_of(&image, regions);
		for (size_t j = 0; j < 3 * count; j++) {
			const struct region *region = &regions[j / 3];
			size_t at = region->part.offset + (region->part.length - 1) * (j % 3) / 2;
			struct test_verdict verdict;

			/* Nobody signed that block: an identity of zeros is all it can hold. */
			if (region->part.offset == image.oem_metadata.offset && !ways[i].oem)
				continue;
			image.bytes[at] ^= 0x01;
			test_verify(&image, 0, &verdict);
			expect_answers(row, region, &verdict);
			test_verdict_free(&verdict);
			image.bytes[at] ^= 0x01;
			flips++;
		}
		test_verify_expect(&image, 0, row, QPAS_AUTH_VALID, 0);
		test_image_free(&image);
	}
	assert_in_range(flips, 400, 1000);
}

/* ---- the bytes ---- */

static void expect_word(const char *row, const struct test_image *image, size_t offset,
			uint64_t wanted)
{
	char what[32];

	(void)snprintf(what, sizeof(what), "word at 0x%zx", offset);
	expect_number(row, what, test_image_get(image, image->hash.offset + offset, 4), wanted);
}

static void expect_filled(const char *row, const struct test_image *image, size_t from, size_t end,
			  uint8_t with)
{
	for (size_t i = from; i < end; i++) {
		if (image->bytes[i] != with)
			fail_msg("%s: 0x%02x at 0x%zx", row, image->bytes[i], i);
	}
}

/* Bytes of certificates: DER sequences with lengths of two bytes. */
static size_t certificates(const struct test_image *image, const struct test_part *part)
{
	size_t at = part->offset;

	while (at < part->offset + part->length && image->bytes[at] == 0x30)
		at += 4 + ((size_t)image->bytes[at + 2] << 8 | image->bytes[at + 3]);
	return at;
}

static void expect_slot_bytes(const char *row, const struct test_image *image, enum test_signer who,
			      const struct test_part *signature, const struct test_part *chain)
{
	bool ec = who == TEST_SIGN_EC || who == TEST_SIGN_EC_QTI;
	size_t slot = image->mbn_version < 6 ? 6144 : ec ? 3 * 1120 : 3 * 1440;

	if (who == TEST_SIGN_NOBODY) {
		expect_number(row, "bytes", signature->length + chain->length, 0);
		return;
	}
	expect_number(row, "signature slot", signature->length, ec ? 104 : 256);
	expect_number(row, "chain slot", chain->length, slot);
	expect_filled(row, image, certificates(image, chain), chain->offset + chain->length, 0xff);
	if (ec)
		expect_filled(row, image,
			      signature->offset + 2 + image->bytes[signature->offset + 1],
			      signature->offset + signature->length, 0);
}

/* The header of version 8 has words that must be zero; others are sizes, seen by the verifier. */
static void expect_header(const char *row, const struct test_image *image)
{
	uint64_t total = image->table.length + image->qti_signature.length +
			 image->qti_chain.length + image->oem_signature.length +
			 image->oem_chain.length;

	expect_word(row, image, 4, image->mbn_version);
	if (image->mbn_version < 7) {
		expect_word(row, image, 0, 0x19);
		expect_word(row, image, 0x10, total);
	} else {
		expect_word(row, image, 0, 0);
		expect_word(row, image, 8, 24);
	}
	for (size_t i = 0x18; image->mbn_version == 8 && i < 0x38; i += 4) {
		if (i != 0x28 && i != 0x2c)
			expect_word(row, image, i, 0);
	}
	if (image->mbn_version == 5 || image->mbn_version == 6) {
		expect_word(row, image, 0x18, 0xffffffff);
		expect_word(row, image, 0x20, 0xffffffff);
	}
	if (image->mbn_version == 3)
		expect_word(row, image, 8, 0);
}

static void expect_headers(const char *row, const struct test_image *image)
{
	bool old = image->mbn_version < 7;
	uint32_t hash = old ? 1 : image->phnum - 1;
	uint64_t headers = image->elf_class == 64 ? 64 + 5 * 56 : 52 + 5 * 32;
	uint64_t length = image->hash.length;
	uint64_t behind = old ? 0x8b005000 : 0;

	expect_number(row, "headers", image->phnum, 5);
	expect_number(row, "hash index", image->hash_index, hash);
	expect_number(row, "placeholder type", test_phdr_get(image, 0, TEST_P_TYPE), 0);
	expect_number(row, "placeholder flags", test_phdr_get(image, 0, TEST_P_FLAGS), 0x07000000);
	expect_number(row, "placeholder offset", test_phdr_get(image, 0, TEST_P_OFFSET), 0);
	expect_number(row, "placeholder size", test_phdr_get(image, 0, TEST_P_FILESZ), headers);
	expect_number(row, "placeholder memory", test_phdr_get(image, 0, TEST_P_MEMSZ), 0);
	expect_number(row, "hash type", test_phdr_get(image, hash, TEST_P_TYPE), 0);
	expect_number(row, "hash flags", test_phdr_get(image, hash, TEST_P_FLAGS),
		      old ? 0x02200000 : 0x02000000);
	expect_number(row, "hash address", test_phdr_get(image, hash, TEST_P_PADDR), behind);
	expect_number(row, "hash memory", test_phdr_get(image, hash, TEST_P_MEMSZ),
		      old ? (length + 4095) / 4096 * 4096 : length);
	expect_number(row, "hash place", image->hash.offset % 4096, 0);
}

static void the_hash_segment_has_the_layout_of_public_images(void **state)
{
	(void)state;
	for (size_t i = 0; i < 2 * WAYS; i++) {
		const struct way *way = &ways[i / 2];
		struct qpas_auth_identity identity = test_sign_identity();
		struct qpas_sign_params params = params_of(way, &identity);
		uint32_t elf_class = i % 2 ? 64 : 32;
		uint64_t metadata = way->version < 6 ? 0 : way->version == 6 ? 120 : 224;
		struct test_image plain;
		struct test_image image;
		char row[80];

		name_row(row, sizeof(row), way, elf_class);
		params.image_id = 0x19;
		build_plain(&plain, elf_class);
		test_sign_image(&plain, &params, 0, &image);
		expect_headers(row, &image);
		expect_header(row, &image);
		expect_number(row, "QTI block", image.qti_metadata.length, way->qti ? metadata : 0);
		expect_number(row, "OEM block", image.oem_metadata.length,
			      way->oem || way->version == 7 ? metadata : 0);
		if (!way->oem)
			expect_filled(row, &image, image.oem_metadata.offset,
				      image.oem_metadata.offset + image.oem_metadata.length, 0);
		expect_slot_bytes(row, &image, way->oem, &image.oem_signature, &image.oem_chain);
		expect_slot_bytes(row, &image, way->qti, &image.qti_signature, &image.qti_chain);
		expect_number(row, "entry", test_image_get(&image, 24, 4), 0x8b000100);
		if (image.common.length)
			expect_number(row, "table digest",
				      test_image_get(&image, image.common.offset + 0x10, 4),
				      way->digest == 256 ? 2 : 3);
		test_image_free(&image);
		test_image_free(&plain);
	}
}

/* dest = p_paddr + 40, then where the signature and the chain would stand in memory. */
static void v3_headers_have_addresses(void **state)
{
	struct test_image image;

	(void)state;
	sign_way(&ways[0], 32, &image);
	expect_word("v3", &image, 0x0c, 0x8b005000 + 40);
	expect_word("v3", &image, 0x18, 0x8b005000 + 40 + image.table.length);
	expect_word("v3", &image, 0x20, 0x8b005000 + 40 + image.table.length + 256);
	test_image_free(&image);
}

/* Which bytes vary (docs/auth.md, "Signing"): the signatures that are random, and nothing else. */
static void the_same_input_gives_the_same_bytes_but_for_random_signatures(void **state)
{
	(void)state;
	for (size_t i = 0; i < WAYS; i++) {
		struct test_image first;
		struct test_image second;
		struct test_part *random[2];
		char row[80];

		name_row(row, sizeof(row), &ways[i], 32);
		sign_way(&ways[i], 32, &first);
		sign_way(&ways[i], 32, &second);
		random[0] = &first.oem_signature;
		random[1] = &first.qti_signature;
		expect_number(row, "size", first.size, second.size);
		for (size_t j = 0; ways[i].oem != TEST_SIGN_LEGACY && j < 2; j++) {
			uint8_t *a = first.bytes + random[j]->offset;
			uint8_t *b = second.bytes + random[j]->offset;

			if (random[j]->length && memcmp(a, b, random[j]->length) == 0)
				fail_msg("%s: signature %zu is not random", row, j);
			memset(a, 0, random[j]->length);
			memset(b, 0, random[j]->length);
		}
		if (memcmp(first.bytes, second.bytes, first.size) != 0)
			fail_msg("%s: more than signatures vary", row);
		test_image_free(&first);
		test_image_free(&second);
	}
}

static void the_load_plan_stays_what_it_was(void **state)
{
	(void)state;
	for (size_t i = 0; i < 2 * WAYS; i++) {
		struct qpas_image_info before, after;
		struct test_image plain;
		struct test_image image;
		char row[80];

		name_row(row, sizeof(row), &ways[i / 2], i % 2 ? 64 : 32);
		build_plain(&plain, i % 2 ? 64 : 32);
		sign_way(&ways[i / 2], i % 2 ? 64 : 32, &image);
		describe(&plain, &before);
		describe(&image, &after);
		expect_number(row, "lowest address", after.load_min, before.load_min);
		expect_number(row, "memory", after.load_size, before.load_size);
		expect_number(row, "entry", after.entry, before.entry);
		expect_number(row, "machine", after.machine, before.machine);
		expect_number(row, "load code", (uint64_t)after.load_code, 0);
		expect_number(row, "flags", after.flags, before.flags | QPAS_IMAGE_HASH_SEGMENT);
		test_image_free(&image);
		test_image_free(&plain);
	}
}

static void an_image_that_is_signed_again_changes_in_its_signatures_alone(void **state)
{
	(void)state;
	for (size_t i = 0; i < WAYS; i++) {
		struct qpas_auth_identity identity = test_sign_identity();
		struct qpas_sign_params params = params_of(&ways[i], &identity);
		struct test_image first;
		struct test_image again;
		char row[80];

		name_row(row, sizeof(row), &ways[i], 32);
		params.flags = QPAS_SIGN_AGAIN;
		sign_way(&ways[i], 32, &first);
		test_sign_image(&first, &params, 0, &again);
		expect_number(row, "size", again.size, first.size);
		memcpy(again.bytes + again.oem_signature.offset,
		       first.bytes + first.oem_signature.offset, first.oem_signature.length);
		memcpy(again.bytes + again.qti_signature.offset,
		       first.bytes + first.qti_signature.offset, first.qti_signature.length);
		if (memcmp(again.bytes, first.bytes, first.size) != 0)
			fail_msg("%s: more than signatures changed", row);
		test_image_free(&again);
		test_image_free(&first);
	}
}

/* From each way to each other: a signed image of one version is the input of the next. */
static void an_image_can_be_signed_again_in_another_version(void **state)
{
	struct test_image image;

	(void)state;
	sign_way(&ways[0], 32, &image);
	for (size_t i = 0; i < WAYS; i++) {
		const struct way *way = &ways[(i * 7 + 3) % WAYS];
		struct qpas_auth_identity identity = test_sign_identity();
		struct qpas_sign_params params = params_of(way, &identity);
		struct test_image next;
		char row[80];

		name_row(row, sizeof(row), way, 32);
		params.flags = QPAS_SIGN_AGAIN;
		test_sign_image(&image, &params, 0, &next);
		test_verify_expect(&next, 0, row, QPAS_AUTH_VALID, 0);
		expect_number(row, "headers", next.phnum, 5);
		test_image_free(&image);
		image = next;
	}
	test_image_free(&image);
}

/* ---- threads ---- */

#define THREADS 4

struct worker {
	const struct qpas_image *image;
	const struct qpas_sign_params *params;
	struct test_output output;
	int result;
};

static void *work(void *user)
{
	struct worker *worker = user;
	struct qpas_pack_target target = test_output_target(&worker->output);

	worker->result = qpas_image_sign(worker->image, worker->params, &target, NULL);
	return NULL;
}

static void one_signer_signs_one_image_in_many_threads(void **state)
{
	static const struct way both = {6, TEST_SIGN_EC, TEST_SIGN_PSS_QTI, 0};
	struct qpas_auth_identity identity = test_sign_identity();
	struct qpas_sign_params params = params_of(&both, &identity);
	struct worker workers[THREADS] = {{NULL, NULL, {0}, 0}};
	struct qpas_image *image = NULL;
	pthread_t threads[THREADS];
	struct test_image plain;
	struct qpas_slice bytes;

	(void)state;
	build_plain(&plain, 32);
	bytes.ptr = plain.bytes;
	bytes.len = plain.size;
	assert_int_equal(qpas_image_open_memory(bytes, NULL, &image, NULL), 0);
	for (size_t i = 0; i < THREADS; i++) {
		workers[i].image = image;
		workers[i].params = &params;
		assert_int_equal(pthread_create(&threads[i], NULL, work, &workers[i]), 0);
	}
	for (size_t i = 0; i < THREADS; i++) {
		struct test_image to;

		assert_int_equal(pthread_join(threads[i], NULL), 0);
		expect_code("thread", workers[i].result, 0);
		test_image_adopt(&to, workers[i].output.bytes, workers[i].output.size);
		test_verify_expect(&to, 0, "thread", QPAS_AUTH_VALID, 0);
		test_image_free(&to);
	}
	qpas_image_unref(image);
	test_image_free(&plain);
}

/* ---- identities ---- */

static void identity_of(const struct test_image *image, uint32_t slot,
			struct qpas_auth_identity *identity)
{
	const struct qpas_auth_identity fresh = QPAS_AUTH_IDENTITY_INIT;
	struct test_verdict verdict;

	*identity = fresh;
	test_verify(image, 0, &verdict);
	assert_int_equal(qpas_auth_report_identity(verdict.report, slot, identity, NULL), 0);
	test_verdict_free(&verdict);
}

static const struct test_part *metadata_of(const struct test_image *image, uint32_t slot)
{
	return slot == OEM ? &image->oem_metadata : &image->qti_metadata;
}

/* Every word of a block that has a meaning, different ones in the two slots. */
static void scramble(struct test_image *image, const struct test_part *part, uint32_t seed)
{
	/* serial numbers of v7 have 64 bits; lifecycle and root hash are in no identity */
	size_t words = part->length / 4;

	for (size_t i = 0; i < words; i++) {
		bool skip = image->mbn_version > 6 && i >= 0x90 / 4 && i < 0xdc / 4;
		uint32_t value = (uint32_t)(i + 1) * 0x01010101u + seed;

		test_image_set(image, part->offset + 4 * i, 4, skip ? 0 : value);
	}
}

static void an_identity_out_of_a_report_is_written_back_as_it_was(void **state)
{
	static const struct way doubles[] = {
		{6, TEST_SIGN_EC, TEST_SIGN_EC_QTI, 0},
		{7, TEST_SIGN_EC, TEST_SIGN_EC_QTI, 0},
		{8, TEST_SIGN_EC, TEST_SIGN_NOBODY, 0},
	};

	(void)state;
	for (size_t i = 0; i < 3; i++) {
		uint32_t slots = doubles[i].qti ? 2 : 1;
		struct qpas_auth_identity identity[2];
		struct qpas_sign_params params;
		struct test_image image;
		struct test_image again;

		sign_way(&doubles[i], 32, &image);
		for (uint32_t slot = OEM; slot <= slots; slot++) {
			scramble(&image, metadata_of(&image, slot), slot);
			if (image.mbn_version > 6)
				test_image_set(&image, image.common.offset + 0x0c, 4, 0x12345678);
			else
				test_image_set(&image, metadata_of(&image, slot)->offset + 8, 4, 4);
		}
		for (uint32_t slot = OEM; slot <= slots; slot++)
			identity_of(&image, slot, &identity[slot - 1]);
		params = params_of(&doubles[i], &identity[0]);
		params.qti_identity = &identity[1];
		if (slots == 1)
			params.qti_identity = NULL;
		params.flags = QPAS_SIGN_AGAIN;
		test_sign_image(&image, &params, 0, &again);
		test_verify_expect(&again, 0, "again", QPAS_AUTH_VALID, 0);
		assert_memory_equal(again.bytes + again.common.offset,
				    image.bytes + image.common.offset, image.common.length);
		for (uint32_t slot = OEM; slot <= slots; slot++)
			assert_memory_equal(again.bytes + metadata_of(&again, slot)->offset,
					    image.bytes + metadata_of(&image, slot)->offset,
					    metadata_of(&image, slot)->length);
		test_image_free(&again);
		test_image_free(&image);
	}
}

/* Bindings are asked for, written as flags, and read as the same bindings. */
static void bindings_come_back_as_they_were_asked_for(void **state)
{
	static const uint64_t v6 = QPAS_AUTH_BIND_SOC | QPAS_AUTH_BIND_HW_ID |
				   QPAS_AUTH_BIND_SERIAL | QPAS_AUTH_BIND_OEM_ID |
				   QPAS_AUTH_BIND_MODEL_ID | QPAS_AUTH_BIND_ROT;

	(void)state;
	for (uint32_t i = 0; i < 3 * 128; i++) {
		const struct way way = {6 + i % 3, TEST_SIGN_EC, TEST_SIGN_NOBODY, 0};
		struct qpas_auth_identity asked = test_sign_identity();
		struct qpas_auth_identity got;
		struct qpas_sign_params params;
		struct test_image plain;
		struct test_image image;
		uint64_t bits = i / 3;

		/* six bits as they stand, the seventh is the feature id, which v6 has not */
		asked.bound = (bits & 0x3f) | (bits & 0x40 ? QPAS_AUTH_BIND_ROT : 0);
		asked.known |= QPAS_AUTH_HAS_HW_ID | QPAS_AUTH_HAS_SOC_VERSIONS |
			       QPAS_AUTH_HAS_SERIALS | QPAS_AUTH_HAS_ROOT_INDEX |
			       QPAS_AUTH_HAS_DEBUG;
		if (way.version == 6)
			asked.bound &= v6;
		else
			asked.known |= QPAS_AUTH_HAS_FEATURE_ID;
		asked.hw_id = 0xc30e1;
		asked.root_index = 1;
		asked.feature_id = way.version == 6 ? 0 : 0x66;
		asked.debug = i % 2 ? QPAS_AUTH_DEBUG_ENABLE : QPAS_AUTH_DEBUG_DISABLE;
		asked.soc_count = 2;
		asked.soc_versions[0] = 0x6018;
		asked.soc_versions[1] = 0x6008;
		asked.serial_count = 1;
		asked.serials[0] = 0x12345678;
		params = params_of(&way, &asked);
		build_plain(&plain, 32);
		test_sign_image(&plain, &params, 0, &image);
		identity_of(&image, OEM, &got);
		/* v7 and v8 keep debugging among the bindings */
		if (way.version > 6 && asked.debug == QPAS_AUTH_DEBUG_ENABLE)
			asked.bound |= QPAS_AUTH_BIND_DEBUG;
		expect_number("identity", "bindings", got.bound, asked.bound);
		expect_number("identity", "debug", got.debug, asked.debug);
		expect_number("identity", "HW_ID", got.hw_id, asked.hw_id);
		expect_number("identity", "SoC versions", got.soc_count, 2);
		expect_number("identity", "SoC version", got.soc_versions[1], 0x6008);
		expect_number("identity", "serials", got.serial_count, 1);
		expect_number("identity", "serial", got.serials[0], 0x12345678);
		expect_number("identity", "root index", got.root_index, 1);
		expect_number("identity", "feature", got.feature_id, asked.feature_id);
		test_image_free(&image);
		test_image_free(&plain);
	}
}

/* Members count if `known` has their bit, and are 0 else. */
static void members_that_are_not_known_are_not_written(void **state)
{
	(void)state;
	for (uint32_t version = 6; version <= 8; version++) {
		const struct way way = {version, TEST_SIGN_EC, TEST_SIGN_NOBODY, 0};
		struct qpas_auth_identity asked = QPAS_AUTH_IDENTITY_INIT;
		struct qpas_sign_params params;
		struct qpas_auth_identity got;
		struct test_image plain;
		struct test_image image;

		memset(&asked.major, 0xee,
		       sizeof(asked) - offsetof(struct qpas_auth_identity, major));
		asked.sw_id = 4;
		asked.known = QPAS_AUTH_HAS_SW_ID;
		params = params_of(&way, &asked);
		build_plain(&plain, 32);
		test_sign_image(&plain, &params, 0, &image);
		identity_of(&image, OEM, &got);
		expect_number("identity", "SW_ID", got.sw_id, 4);
		expect_number("identity", "major", got.major,
			      version == 6 ? 1 :
			      version == 7 ? 3 :
					     4);
		expect_number("identity", "all others",
			      got.secondary_sw_id | got.hw_id | got.oem_id | got.model_id |
				      got.anti_rollback | got.root_index | got.feature_id |
				      got.minor | got.soc_count | got.serial_count | got.bound,
			      0);
		test_image_free(&image);
		test_image_free(&plain);
	}
}

static void expect_refused(const struct test_image *plain, const struct qpas_sign_params *params,
			   int code)
{
	struct qpas_slice bytes = {plain->bytes, plain->size};
	struct test_output output = {0};

	expect_code("refused", test_sign_bytes(bytes, NULL, params, &output, NULL), code);
	assert_int_equal(output.calls, 0);
}

/* What a leaf says is what was asked for, and a leaf made of a report is the same leaf. */
static void the_identity_of_a_leaf_comes_back(void **state)
{
	struct qpas_keys_params params = QPAS_KEYS_PARAMS_INIT;
	struct qpas_auth_identity asked = test_sign_identity();
	static const struct way way = {5, TEST_SIGN_NOBODY, TEST_SIGN_NOBODY, 0};

	(void)state;
	asked.known |= QPAS_AUTH_HAS_HW_ID | QPAS_AUTH_HAS_SECONDARY_SW_ID |
		       QPAS_AUTH_HAS_SOC_VERSIONS | QPAS_AUTH_HAS_DEBUG;
	asked.bound |= QPAS_AUTH_BIND_SOC;
	asked.hw_id = UINT64_C(0x600000000001014d);
	asked.secondary_sw_id = 0x77;
	asked.debug_word = 3;
	asked.soc_count = 10;
	for (uint32_t i = 0; i < 10; i++)
		asked.soc_versions[i] = 0x6000 + i;
	params.type = QPAS_KEY_RSA2048;
	for (unsigned int round = 0; round < 2; round++) {
		struct qpas_sign_params sign = params_of(&way, NULL);
		struct qpas_auth_identity got;
		struct qpas_signer *signer = NULL;
		struct qpas_keys *keys = NULL;
		struct test_image plain;
		struct test_image image;

		params.leaf = &asked;
		assert_int_equal(qpas_keys_new(&params, NULL, &keys, NULL), 0);
		assert_int_equal(qpas_signer_new(test_sign_pem(keys, QPAS_KEYS_LEAF_KEY),
						 test_sign_pem(keys, QPAS_KEYS_CHAIN), NULL,
						 &signer, NULL),
				 0);
		sign.oem = signer;
		/* compared with the leaf, word by word */
		sign.oem_identity = &asked;
		build_plain(&plain, 32);
		test_sign_image(&plain, &sign, 0, &image);
		identity_of(&image, OEM, &got);
		expect_number("leaf", "known", got.known, asked.known);
		expect_number("leaf", "bound", got.bound, asked.bound);
		expect_number("leaf", "SW_ID", got.sw_id, asked.sw_id);
		expect_number("leaf", "HW_ID", got.hw_id, asked.hw_id);
		expect_number("leaf", "APP_ID", got.secondary_sw_id, asked.secondary_sw_id);
		expect_number("leaf", "DEBUG", got.debug_word, 3);
		expect_number("leaf", "anti-rollback", got.anti_rollback, 2);
		expect_number("leaf", "SoC versions", got.soc_count, 10);
		assert_memory_equal(got.soc_versions, asked.soc_versions, 40);
		asked.soc_versions[9] ^= 1;
		expect_refused(&plain, &sign, QPAS_ERR_MISMATCH);
		asked = got;
		test_image_free(&image);
		test_image_free(&plain);
		qpas_signer_free(signer);
		qpas_keys_free(keys);
	}
}

static int tear_down(void **state)
{
	(void)state;
	test_sign_free();
	return 0;
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_version_scheme_and_slot_verifies_what_it_signed),
		cmocka_unit_test(a_flipped_byte_breaks_what_covers_it_and_nothing_else),
		cmocka_unit_test(the_hash_segment_has_the_layout_of_public_images),
		cmocka_unit_test(v3_headers_have_addresses),
		cmocka_unit_test(the_same_input_gives_the_same_bytes_but_for_random_signatures),
		cmocka_unit_test(the_load_plan_stays_what_it_was),
		cmocka_unit_test(an_image_that_is_signed_again_changes_in_its_signatures_alone),
		cmocka_unit_test(an_image_can_be_signed_again_in_another_version),
		cmocka_unit_test(one_signer_signs_one_image_in_many_threads),
		cmocka_unit_test(an_identity_out_of_a_report_is_written_back_as_it_was),
		cmocka_unit_test(bindings_come_back_as_they_were_asked_for),
		cmocka_unit_test(members_that_are_not_known_are_not_written),
		cmocka_unit_test(the_identity_of_a_leaf_comes_back),
	};

	return cmocka_run_group_tests_name("sign", tests, NULL, tear_down);
}
