/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Each rule of refuse.h has an input that it alone refuses; the same input without the defect is
 * refused by nobody. The last test wants a row for every rule that there is.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <openssl/evp.h>

#include <qpas/refuse.h>

#include "support/image_builder.h"
#include "support/must.h"
#include "support/signer.h"

#define TZ     (1u << QPAS_REFUSAL_TZ)
#define OLD    (1u << QPAS_REFUSAL_LINUX_6_1)
#define NEW    (1u << QPAS_REFUSAL_LINUX_7_2)
#define BOTH   (OLD | NEW)
#define OP_TEE (1u << QPAS_REFUSAL_OP_TEE)

/* Words of a v6 metadata block. */
#define META_MAJOR   0x00u
#define META_HW_ID   0x0cu
#define META_FLAGS   0x1cu
#define META_SOC     0x20u
#define META_SERIAL  0x50u
#define META_VERSION 0x74u

/* One input: how it is made, and what is known when it is judged. */
struct trial {
	struct test_image_spec spec;
	struct test_chain chain;
	struct test_image image;
	struct qpas_refusal_params params;
	struct qpas_refusal_device device;
	struct qpas_peripheral peripheral;
	/* File data of each header, for the parts of a split image; `short_part` lacks a byte. */
	uint64_t part[TEST_IMAGE_MAX_SEGMENTS];
	uint32_t short_part;
	bool has_parts;
};

struct row {
	uint32_t rule;
	uint32_t profiles;
	/* Before anything is built; on the built image, before it is hashed and signed; behind that. */
	void (*plan)(struct trial *trial);
	void (*bend)(struct trial *trial);
	void (*spoil)(struct trial *trial);
};

/* ---- edits ---- */

static void meta(struct trial *t, size_t at, uint32_t value)
{
	test_image_set(&t->image, t->image.oem_metadata.offset + at, 4, value);
}

static int part(void *user, uint32_t segment, uint64_t *bytes)
{
	const struct trial *t = user;

	if (!t->has_parts)
		return QPAS_ERR_NOTFOUND;
	*bytes = t->part[segment] - (segment == t->short_part);
	return 0;
}

/* The last byte of segment 3's data and all behind it go. */
static void cut(struct trial *t)
{
	test_image_resize(&t->image, (size_t)(test_phdr_get(&t->image, 3, TEST_P_OFFSET) +
					      test_phdr_get(&t->image, 3, TEST_P_FILESZ) - 1));
}

static void video(struct trial *t)
{
	t->peripheral.kind = QPAS_KIND_VIDEO;
	t->peripheral.pas_id = 9;
}

/* ---- Linux ---- */

static void be_short(struct trial *t)
{
	test_image_resize(&t->image, 51);
}
static void be_no_elf(struct trial *t)
{
	t->image.bytes[1] ^= 1;
}
static void be_elf64(struct trial *t)
{
	t->spec.elf_class = 64;
}
static void be_odd_phentsize(struct trial *t)
{
	test_ehdr_set(&t->image, TEST_E_PHENTSIZE, 31);
}
static void be_long_table(struct trial *t)
{
	test_ehdr_set(&t->image, TEST_E_PHNUM, 0xff00);
}

static void be_odd_shentsize(struct trial *t)
{
	test_ehdr_set(&t->image, TEST_E_SHNUM, 1);
	test_ehdr_set(&t->image, TEST_E_SHENTSIZE, 39);
}

static void be_far_sections(struct trial *t)
{
	test_ehdr_set(&t->image, TEST_E_SHNUM, 1);
	test_ehdr_set(&t->image, TEST_E_SHENTSIZE, 40);
	test_ehdr_set(&t->image, TEST_E_SHOFF, t->image.size);
}

/* A table at 0 fits; the one behind the ELF header does not. */
static void be_wild_headers(struct trial *t)
{
	test_ehdr_set(&t->image, TEST_E_PHOFF, 0);
	test_image_resize(&t->image, 5 * 32 + 10);
}

static void be_one_header(struct trial *t)
{
	test_ehdr_set(&t->image, TEST_E_PHNUM, 1);
}

static void be_load_first(struct trial *t)
{
	test_phdr_set(&t->image, 0, TEST_P_TYPE, TEST_PT_LOAD);
}

static void be_without_hash(struct trial *t)
{
	test_phdr_set(&t->image, 1, TEST_P_FLAGS, 0);
}

static void be_large_metadata(struct trial *t)
{
	test_image_resize(&t->image, (size_t)5 << 20);
	test_phdr_set(&t->image, 1, TEST_P_FILESZ, (4u << 20) + 1);
}

static void be_wild_metadata(struct trial *t)
{
	t->has_parts = true;
	test_phdr_set(&t->image, 0, TEST_P_FILESZ, t->image.size + 1);
}

static void be_at_zero(struct trial *t)
{
	t->params.region_base = 0;
}
static void be_in_small_region(struct trial *t)
{
	t->params.region_size = 0x4000;
}

static void be_more_file_than_memory(struct trial *t)
{
	test_phdr_set(&t->image, 3, TEST_P_MEMSZ, test_phdr_get(&t->image, 3, TEST_P_FILESZ) - 1);
}

static void be_named_mdt(struct trial *t)
{
	t->params.name = "image.mdt";
	cut(t);
}

static void be_short_part(struct trial *t)
{
	t->has_parts = true;
	t->short_part = 3;
	cut(t);
}

static void be_many_segments(struct trial *t)
{
	static struct test_segment segments[110];

	for (uint32_t i = 0; i < 110; i++) {
		segments[i].type = TEST_PT_LOAD;
		segments[i].flags = TEST_FLAGS_RELOCATABLE | 7;
		segments[i].paddr = segments[i].vaddr = 0x8b000000 + i * 0x10;
		segments[i].filesz = segments[i].memsz = 0x10;
	}
	t->spec.segments = segments;
	t->spec.segment_count = 110;
}

static void be_split(struct trial *t)
{
	t->has_parts = true;
	cut(t);
}

static void be_named_shortly(struct trial *t)
{
	t->params.name = "abc";
	t->has_parts = true;
	cut(t);
}

static void be_empty_behind_the_end(struct trial *t)
{
	test_phdr_set(&t->image, 4, TEST_P_OFFSET, t->image.size + 0x1000);
}

static void be_wrapping(struct trial *t)
{
	t->params.region_size = 0;
	test_phdr_set(&t->image, 3, TEST_P_OFFSET, 0x1000);
	test_phdr_set(&t->image, 3, TEST_P_FILESZ, 0xfffff800);
	test_phdr_set(&t->image, 3, TEST_P_MEMSZ, 0xfffff800);
}

static void be_without_loads(struct trial *t)
{
	for (uint32_t i = 2; i < 5; i++)
		test_phdr_set(&t->image, i, TEST_P_TYPE, TEST_PT_NULL);
}

/* The end of the last one is no multiple of a page, and nor is the region. */
static void be_too_long_in_pages(struct trial *t)
{
	uint64_t paddr = test_phdr_get(&t->image, 4, TEST_P_PADDR);

	test_phdr_set(&t->image, 4, TEST_P_MEMSZ, 0x8b004800 - paddr);
	t->params.region_size = 0x4800;
}

/* ---- what is bound, and the device that it is bound to ---- */

static void be_for_a_soc(struct trial *t)
{
	meta(t, META_FLAGS, 1u << 1);
	meta(t, META_SOC, 0x6018);
	t->device.known |= QPAS_AUTH_HAS_SOC_VERSIONS;
	t->device.soc_version = 0x6019;
}

static void be_for_a_chip(struct trial *t)
{
	meta(t, META_MAJOR, 1);
	meta(t, META_FLAGS, 1u << 10);
	meta(t, META_HW_ID, 0x950e1);
	t->device.known |= QPAS_AUTH_HAS_HW_ID;
	t->device.hw_id = 0xc30e1;
}

static void be_for_a_maker(struct trial *t)
{
	t->device.known |= QPAS_AUTH_HAS_OEM_ID;
	t->device.oem_id = 0x14d;
}

static void be_for_a_model(struct trial *t)
{
	t->device.known |= QPAS_AUTH_HAS_MODEL_ID;
	t->device.model_id = 0x2e8;
}

static void be_for_a_serial(struct trial *t)
{
	meta(t, META_FLAGS, 1u << 2);
	meta(t, META_SERIAL, 0x1111);
	t->device.known |= QPAS_AUTH_HAS_SERIALS;
	t->device.serial = 0x2222;
}

static void be_old(struct trial *t)
{
	meta(t, META_VERSION, 4);
	t->device.known |= QPAS_AUTH_HAS_ANTI_ROLLBACK;
	t->device.anti_rollback = 5;
}

/* ---- digests, signatures, chains ---- */

static void be_changed(struct trial *t)
{
	t->image.bytes[test_phdr_get(&t->image, 3, TEST_P_OFFSET)] ^= 1;
}

static void be_unsigned(struct trial *t)
{
	t->spec.oem_signature = 0;
	t->spec.oem_chain = 0;
	t->device.secure_boot = QPAS_AUTH_YES;
}

static void be_wrongly_signed(struct trial *t)
{
	t->image.bytes[t->image.oem_signature.offset + 20] ^= 1;
}

static void be_wrongly_chained(struct trial *t)
{
	t->chain.certificate[1].signed_by = TEST_KEY_P384_A;
}

static void be_of_another_root(struct trial *t)
{
	static const uint8_t other[48] = {1};

	t->device.root_hash.ptr = other;
	t->device.root_hash.len = sizeof(other);
}

static void be_a_test_image(struct trial *t)
{
	t->chain.certificate[2].name = "Somebody's Test Root CA";
	t->device.secure_boot = QPAS_AUTH_YES;
}

static void be_a_cdsp(struct trial *t)
{
	t->peripheral.pas_id = 18;
}
static void be_an_slpi(struct trial *t)
{
	t->peripheral.pas_id = 12;
}
static void be_no_pas(struct trial *t)
{
	t->peripheral.pas_id = QPAS_NO_PAS_ID;
}

static void be_overlapping(struct trial *t)
{
	test_phdr_set(&t->image, 3, TEST_P_PADDR, test_phdr_get(&t->image, 2, TEST_P_PADDR));
}

static void be_without_hash_segment(struct trial *t)
{
	t->spec.mbn_version = 0;
}
static void be_odd_table(struct trial *t)
{
	test_mbn_set(&t->image, 0x14, 47);
}
static void be_version_9(struct trial *t)
{
	test_mbn_set(&t->image, 4, 9);
}

static void be_fixed(struct trial *t)
{
	for (uint32_t i = 2; i < 5; i++)
		test_phdr_set(&t->image, i, TEST_P_FLAGS, 7);
}

static void be_linked_elsewhere(struct trial *t)
{
	be_fixed(t);
	t->params.region_base = 0x95900000;
}

/* ---- OP-TEE ---- */

static void be_odd_ehsize(struct trial *t)
{
	test_ehdr_set(&t->image, TEST_E_EHSIZE, 53);
}

/* A second table; the first one stays where the builder looks for it. */
static void be_odd_phoff(struct trial *t)
{
	memcpy(t->image.bytes + 0x400, t->image.bytes + 52, 5 * 32);
	test_ehdr_set(&t->image, TEST_E_PHOFF, 0x400);
}

static void be_long_placeholder(struct trial *t)
{
	test_phdr_set(&t->image, 0, TEST_P_FILESZ, 52 + 5 * 32 + 12);
}

static void be_hash_first(struct trial *t)
{
	test_phdr_set(&t->image, 0, TEST_P_FLAGS, TEST_FLAGS_HASH_NEW);
}

static void be_v7(struct trial *t)
{
	t->spec.mbn_version = 7;
}
static void be_sha256(struct trial *t)
{
	t->spec.digest_size = 32;
}
static void be_entered_outside(struct trial *t)
{
	t->spec.entry = 0x1000;
}

/* The data of segment 3 in the zeros behind those of segment 2. */
static void be_in_a_tail(struct trial *t)
{
	test_phdr_set(&t->image, 3, TEST_P_PADDR,
		      test_phdr_get(&t->image, 2, TEST_P_PADDR) +
			      test_phdr_get(&t->image, 2, TEST_P_FILESZ) + 0x100);
}

/* Access type "not used": nobody hashes it. */
static void be_unused(struct trial *t)
{
	for (uint32_t i = 2; i < 4; i++)
		test_phdr_set(&t->image, i, TEST_P_FLAGS,
			      test_phdr_get(&t->image, i, TEST_P_FLAGS) | 3u << 21);
}

static void be_encrypted(struct trial *t)
{
	memcpy(t->image.bytes + t->image.oem_chain.offset + t->image.oem_chain.length, "ISMQ", 4);
}

static void be_signed_by_both(struct trial *t)
{
	t->spec.qti_signature = 104;
	t->spec.qti_chain = 3360;
	t->spec.qti_metadata = true;
}

static void be_rsa(struct trial *t)
{
	t->spec.oem_signature = 256;
	t->spec.oem_chain = 6144;
	t->chain = test_chain_usual(TEST_SCHEME_PSS);
}

static void be_chained_longer(struct trial *t)
{
	t->spec.oem_chain = 6144;
	t->chain.count = 4;
	t->chain.certificate[3] = t->chain.certificate[2];
	t->chain.certificate[2] = t->chain.certificate[1];
	t->chain.certificate[2].name = "Another CA";
	t->chain.certificate[2].pathlen = -1;
	t->chain.certificate[2].key = TEST_KEY_P384_A;
}

static void be_of_new_metadata(struct trial *t)
{
	meta(t, META_MAJOR, 2);
}

#define NONE NULL

static const struct row rows[] = {
	{1200, BOTH, NONE, NONE, be_short},
	{1201, BOTH, NONE, NONE, be_no_elf},
	{1202, BOTH, be_elf64, NONE, NONE},
	{1203, BOTH, NONE, NONE, be_odd_phentsize},
	{1204, BOTH, NONE, NONE, be_long_table},
	{1205, BOTH, NONE, NONE, be_odd_shentsize},
	{1206, BOTH, NONE, NONE, be_far_sections},
	{1207, OLD, NONE, NONE, be_wild_headers},
	{1210, BOTH, NONE, NONE, be_one_header},
	{1211, BOTH, NONE, NONE, be_load_first},
	{1212, BOTH, NONE, NONE, be_without_hash},
	{1213, BOTH, NONE, NONE, be_large_metadata},
	{1214, BOTH, NONE, NONE, be_wild_metadata},
	{1220, BOTH, NONE, NONE, be_at_zero},
	{1221, BOTH, NONE, NONE, be_in_small_region},
	{1222, BOTH, NONE, NONE, be_more_file_than_memory},
	{1223, BOTH, NONE, NONE, cut},
	{1224, BOTH, NONE, NONE, be_named_mdt},
	{1225, BOTH, NONE, NONE, be_short_part},
	{1226, BOTH, be_many_segments, NONE, be_split},
	{1227, BOTH, NONE, NONE, be_named_shortly},
	{1228, OLD, NONE, NONE, be_empty_behind_the_end},
	{1229, BOTH, NONE, NONE, be_wrapping},
	{1230, BOTH, video, NONE, be_without_loads},
	{1231, BOTH, video, NONE, be_too_long_in_pages},
	{1300, TZ | OP_TEE, NONE, NONE, be_short},
	{1301, TZ, NONE, be_overlapping, NONE},
	{1302, TZ, be_without_hash_segment, NONE, NONE},
	{1303, TZ, NONE, NONE, be_odd_table},
	{1304, TZ, NONE, NONE, be_version_9},
	{1305, TZ, NONE, NONE, be_changed},
	{1306, TZ, be_unsigned, NONE, NONE},
	{1307, TZ, NONE, NONE, be_wrongly_signed},
	{1308, TZ, be_wrongly_chained, NONE, NONE},
	{1309, TZ, be_of_another_root, NONE, NONE},
	{1310, TZ, be_a_test_image, NONE, NONE},
	{1311, TZ, be_a_cdsp, NONE, NONE},
	{1312, TZ, be_no_pas, NONE, NONE},
	{1313, TZ, NONE, NONE, be_in_small_region},
	{1314, TZ, NONE, be_linked_elsewhere, NONE},
	{1315, TZ, NONE, be_for_a_soc, NONE},
	{1316, TZ, NONE, be_for_a_chip, NONE},
	{1317, TZ, NONE, be_for_a_maker, NONE},
	{1318, TZ, NONE, be_for_a_model, NONE},
	{1319, TZ, NONE, be_for_a_serial, NONE},
	{1320, TZ, NONE, be_old, NONE},
	{1400, OP_TEE, NONE, be_odd_ehsize, NONE},
	{1401, OP_TEE, NONE, be_odd_phoff, NONE},
	{1402, OP_TEE, NONE, NONE, be_one_header},
	{1403, OP_TEE, NONE, NONE, be_without_hash},
	{1404, OP_TEE, NONE, be_long_placeholder, NONE},
	{1405, OP_TEE, NONE, be_hash_first, NONE},
	{1406, OP_TEE, be_v7, NONE, NONE},
	{1407, OP_TEE, be_sha256, NONE, NONE},
	{1408, OP_TEE, NONE, NONE, be_odd_table},
	{1409, OP_TEE, be_entered_outside, NONE, NONE},
	{1410, OP_TEE, NONE, NONE, be_in_small_region},
	{1411, OP_TEE, NONE, be_more_file_than_memory, NONE},
	{1412, OP_TEE, NONE, be_overlapping, NONE},
	{1413, OP_TEE, NONE, be_in_a_tail, NONE},
	{1414, OP_TEE, NONE, be_unused, NONE},
	{1416, OP_TEE, NONE, be_fixed, NONE},
	{1420, OP_TEE, NONE, NONE, be_encrypted},
	{1421, OP_TEE, be_signed_by_both, NONE, NONE},
	{1422, OP_TEE, be_unsigned, NONE, NONE},
	{1423, OP_TEE, be_rsa, NONE, NONE},
	{1424, OP_TEE, be_chained_longer, NONE, NONE},
	{1425, OP_TEE, be_wrongly_chained, NONE, NONE},
	{1426, OP_TEE, NONE, NONE, be_wrongly_signed},
	{1427, OP_TEE, be_of_another_root, NONE, NONE},
	{1428, OP_TEE, NONE, NONE, be_changed},
	{1430, OP_TEE, NONE, be_of_new_metadata, NONE},
	{1431, OP_TEE, be_an_slpi, NONE, NONE},
	{1432, OP_TEE, be_a_cdsp, NONE, NONE},
	{1433, OP_TEE, NONE, be_for_a_maker, NONE},
	{1434, OP_TEE, NONE, be_for_a_model, NONE},
	{1435, OP_TEE, NONE, be_for_a_chip, NONE},
	{1436, OP_TEE, NONE, be_for_a_serial, NONE},
	{1437, OP_TEE, NONE, be_for_a_soc, NONE},
	{1438, OP_TEE, NONE, be_old, NONE},
};

/* ---- making and judging ---- */

static void begin(struct trial *t)
{
	static const struct test_image_spec spec = TEST_IMAGE_SPEC_INIT;
	static const struct qpas_refusal_params params = QPAS_REFUSAL_PARAMS_INIT;
	static const struct qpas_refusal_device device = QPAS_REFUSAL_DEVICE_INIT;
	static const struct qpas_peripheral peripheral = QPAS_PERIPHERAL_INIT;

	memset(t, 0, sizeof(*t));
	t->spec = spec;
	t->spec.sw_id = 4;
	t->spec.filler = 8;
	t->spec.entry = 0x8b000010;
	t->chain = test_chain_usual(TEST_SCHEME_ECDSA);
	t->params = params;
	t->device = device;
	t->peripheral = peripheral;
	t->peripheral.name = "adsp";
	t->peripheral.kind = QPAS_KIND_REMOTEPROC;
	t->peripheral.pas_id = 1;
	t->short_part = UINT32_MAX;
	t->params.region_base = 0x8b000000;
	t->params.region_size = 0x200000;
	t->params.name = "image.mbn";
	t->params.part = part;
}

static void sign(struct trial *t)
{
	for (uint32_t signer = 1; signer <= 2; signer++) {
		const struct test_part *slot = signer == 1 ? &t->image.oem_signature :
							     &t->image.qti_signature;

		if (!slot->length)
			continue;
		test_chain_write(&t->image, signer, &t->chain);
	}
	for (uint32_t signer = 1; signer <= 2; signer++) {
		const struct test_part *slot = signer == 1 ? &t->image.oem_signature :
							     &t->image.qti_signature;

		if (slot->length)
			test_sign(&t->image, signer, &t->chain);
	}
}

/* Entry 0 covers what the placeholder says, which a row may have changed. */
static void hash_headers(struct test_image *image)
{
	const EVP_MD *md = image->digest_size == 32 ? EVP_sha256() : EVP_sha384();

	if (image->mbn_version && test_phdr_get(image, 0, TEST_P_FLAGS) == TEST_FLAGS_HEADERS)
		test_must(EVP_Digest(image->bytes, (size_t)test_phdr_get(image, 0, TEST_P_FILESZ),
				     image->bytes + image->table.offset, NULL, md, NULL) == 1,
			  "digest");
}

/* An input with the row's defect, or without any when `row` is NULL. */
static void make(struct trial *t, const struct row *row)
{
	begin(t);
	if (row && row->plan)
		row->plan(t);
	test_image_build(&t->image, &t->spec);
	if (row && row->bend)
		row->bend(t);
	if (t->image.hash_index != UINT32_MAX) {
		test_image_rehash(&t->image);
		hash_headers(&t->image);
		sign(t);
	}
	for (uint32_t i = 0; i < t->image.phnum && t->spec.elf_class == 32; i++)
		t->part[i] = test_phdr_get(&t->image, i, TEST_P_FILESZ);
	if (row && row->spoil)
		row->spoil(t);
	t->params.peripheral = &t->peripheral;
	t->params.device = &t->device;
	t->params.user = t;
}

static struct qpas_refusal_list *judge(struct trial *t, uint32_t profile)
{
	struct qpas_slice bytes = {t->image.bytes, t->image.size};
	struct qpas_refusal_list *list = NULL;
	struct qpas_error err = QPAS_ERROR_INIT;

	t->params.profile = profile;
	if (qpas_refusal_check_bytes(bytes, &t->params, &list, &err))
		fail_msg("check: %s", err.text);
	return list;
}

static uint32_t count_of(const struct qpas_refusal_list *list)
{
	struct qpas_refusal_summary summary = QPAS_REFUSAL_SUMMARY_INIT;

	assert_int_equal(qpas_refusal_describe(list, &summary, NULL), 0);
	return summary.count;
}

static void print_list(const struct qpas_refusal_list *list)
{
	struct qpas_refusal refusal = QPAS_REFUSAL_INIT;

	for (uint32_t i = 0; !qpas_refusal_get(list, i, &refusal, NULL); i++)
		print_message("  %u %s: %s\n", refusal.rule, refusal.name, refusal.text);
}

/* Whether the row's rule alone refuses its input. */
static bool alone(const struct row *row, uint32_t profile)
{
	struct qpas_refusal refusal = QPAS_REFUSAL_INIT;
	struct qpas_refusal_list *list;
	struct trial t;
	bool good;

	make(&t, row);
	list = judge(&t, profile);
	good = count_of(list) == 1 && !qpas_refusal_get(list, 0, &refusal, NULL) &&
	       refusal.rule == row->rule && refusal.text[0] && !strchr(refusal.text, '{');
	if (!good) {
		print_message("rule %u of %s:\n", row->rule, qpas_refusal_profile_name(profile));
		print_list(list);
	}
	qpas_refusal_list_free(list);
	test_image_free(&t.image);
	return good;
}

static void each_rule_has_an_input_that_it_alone_refuses(void **state)
{
	uint32_t wrong = 0;

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		for (uint32_t profile = QPAS_REFUSAL_TZ; profile <= QPAS_REFUSAL_OP_TEE;
		     profile++) {
			if (rows[i].profiles >> profile & 1 && !alone(&rows[i], profile))
				wrong++;
		}
	}
	assert_int_equal(wrong, 0);
}

static void input_without_a_defect_is_refused_by_nobody(void **state)
{
	(void)state;
	for (uint32_t profile = QPAS_REFUSAL_TZ; profile <= QPAS_REFUSAL_OP_TEE; profile++) {
		struct qpas_refusal_list *list;
		struct trial t;

		make(&t, NULL);
		list = judge(&t, profile);
		print_list(list);
		assert_int_equal(count_of(list), 0);
		qpas_refusal_list_free(list);
		test_image_free(&t.image);
	}
}

/* What 6.1 gets wrong, 7.2 does right. */
static void rules_of_the_old_loader_are_no_rules_of_the_new_one(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct qpas_refusal refusal = QPAS_REFUSAL_INIT;
		struct qpas_refusal_list *list;
		struct trial t;

		if (rows[i].profiles != OLD)
			continue;
		make(&t, &rows[i]);
		list = judge(&t, QPAS_REFUSAL_LINUX_7_2);
		for (uint32_t k = 0; !qpas_refusal_get(list, k, &refusal, NULL); k++)
			assert_int_not_equal(refusal.rule, rows[i].rule);
		qpas_refusal_list_free(list);
		test_image_free(&t.image);
	}
}

/* A rule without an input above, or for other profiles than it says, fails here. */
static void every_rule_that_there_is_has_its_input(void **state)
{
	struct qpas_refusal_rule rule = QPAS_REFUSAL_RULE_INIT;
	uint32_t count = 0;

	(void)state;
	while (!qpas_refusal_rule_get(count, &rule, NULL)) {
		if (count >= sizeof(rows) / sizeof(rows[0]) || rows[count].rule != rule.number)
			fail_msg("rule %u (%s) has no row in its place", rule.number, rule.name);
		assert_int_equal(rows[count].profiles, rule.profiles);
		assert_true(rule.name[0] && rule.source[0]);
		assert_true(qpas_refusal_rule_text(rule.number)[0]);
		count++;
	}
	assert_int_equal(count, sizeof(rows) / sizeof(rows[0]));
	assert_string_equal(qpas_refusal_rule_text(100), "");
	assert_string_equal(qpas_refusal_rule_text(0), "");
}

static int end(void **state)
{
	(void)state;
	test_keys_free();
	return 0;
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(input_without_a_defect_is_refused_by_nobody),
		cmocka_unit_test(each_rule_has_an_input_that_it_alone_refuses),
		cmocka_unit_test(rules_of_the_old_loader_are_no_rules_of_the_new_one),
		cmocka_unit_test(every_rule_that_there_is_has_its_input),
	};

	return cmocka_run_group_tests(tests, NULL, end);
}
