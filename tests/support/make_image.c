/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A folder of files for tests of the tool: images that are right and wrong in known ways, device
 * trees, a resource table. Usage: make_image FOLDER (which exists and is empty)
 */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <lzma.h>
#include <zstd.h>

#include "support/image_builder.h"
#include "support/must.h"
#include "support/signer.h"
#include "support/tree_builder.h"

#define ADSP	      4u /* SW_ID */
#define VIDEO	      14u
#define ZAP	      20u
#define FIRST	      2u /* program header of the first loadable segment */
#define CARVEOUT      0x95900000u
#define CARVEOUT_SIZE 0x1e00000u

/* The other processors of the tree. */
static const struct {
	const char *name;
	uint32_t sw_id;
} cores[] = {{"cdsp0.mbn", 0x17}, {"cdsp1.mbn", 0x44}, {"gpdsp0.mbn", 0x58}, {"gpdsp1.mbn", 0x5a}};

/* What the ADSP of the tree is too small for by one page. */
static const struct test_segment large[] = {
	{TEST_PT_LOAD, TEST_FLAGS_RELOCATABLE | 5, 0x1000, 0x80000000, 0x1000, 0x1000, NULL, 0},
	{TEST_PT_LOAD, TEST_FLAGS_RELOCATABLE | 6, 0x2000, 0x80001000, 0x10, CARVEOUT_SIZE, NULL,
	 0},
};

/* The zap region of the tree has two pages. */
static const struct test_segment zap[] = {
	{TEST_PT_LOAD, TEST_FLAGS_RELOCATABLE | 6, 0, 0x80000000, 0x800, 0x1000, NULL, 0},
};

static const struct test_segment fixed[] = {
	{TEST_PT_LOAD, 5, CARVEOUT + 0x3000, CARVEOUT + 0x3000, 0x1000, 0x2000, NULL, 0},
};

static void make(struct test_image *image, uint32_t sw_id, const struct test_segment *segments,
		 size_t count)
{
	struct test_image_spec spec = TEST_IMAGE_SPEC_INIT;
	struct test_chain chain = test_chain_usual(TEST_SCHEME_ECDSA);

	spec.sw_id = sw_id;
	spec.segments = segments;
	spec.segment_count = count;
	chain.sw_id = sw_id;
	test_image_build(image, &spec);
	test_chain_write(image, 1, &chain);
	test_sign(image, 1, &chain);
}

static void make_unsigned(struct test_image *image, uint32_t version)
{
	struct test_image_spec spec = TEST_IMAGE_SPEC_INIT;

	spec.mbn_version = version;
	spec.oem_signature = 0;
	spec.oem_chain = 0;
	spec.filler = 0;
	spec.sw_id = ADSP;
	test_image_build(image, &spec);
}

static void write_and_free(struct test_image *image, int folder, const char *name)
{
	test_image_write(image, folder, name);
	test_image_free(image);
}

static void flip(struct test_image *image, uint64_t offset)
{
	test_image_set(image, (size_t)offset, 1, test_image_get(image, (size_t)offset, 1) ^ 1);
}

static void write_hash(int folder, const char *name, const uint8_t *bytes, size_t size)
{
	char text[2 * 48 + 16];
	size_t i;

	for (i = 0; i < size; i++)
		(void)snprintf(text + 2 * i, 3, "%02x", bytes[i]);
	(void)snprintf(text + 2 * size, sizeof(text) - 2 * size, "  root.der\n");
	test_file_write(folder, name, text, strlen(text));
}

static void write_roots(int folder)
{
	uint8_t sha256[32], sha384[48], other[48] = {1};

	test_chain_root(sha256, sha384);
	write_hash(folder, "root.sha256", sha256, sizeof(sha256));
	write_hash(folder, "root.sha384", sha384, sizeof(sha384));
	write_hash(folder, "other.sha384", other, sizeof(other));
	test_file_write(folder, "root.bytes", sha384, sizeof(sha384));
}

static void write_xz(int folder, const char *name, const uint8_t *bytes, size_t size)
{
	size_t room = lzma_stream_buffer_bound(size);
	uint8_t *packed = malloc(room);
	size_t length = 0;

	test_must(packed && lzma_easy_buffer_encode(6, LZMA_CHECK_CRC32, NULL, bytes, size, packed,
						    &length, room) == LZMA_OK,
		  "xz");
	test_file_write(folder, name, packed, length);
	free(packed);
}

static void write_zstd(int folder, const char *name, const uint8_t *bytes, size_t size)
{
	size_t room = ZSTD_compressBound(size);
	uint8_t *packed = malloc(room);
	size_t length = packed ? ZSTD_compress(packed, room, bytes, size, 3) : 0;

	test_must(length && !ZSTD_isError(length), "zstd");
	test_file_write(folder, name, packed, length);
	free(packed);
}

/* packed.mbn, zipped.mbn and mixed.mdt are there in compressed form only. */
static void write_compressed(int folder, const struct test_image *good)
{
	size_t part = (size_t)test_phdr_get(good, FIRST, TEST_P_OFFSET);
	struct test_image mdt;

	write_xz(folder, "packed.mbn.xz", good->bytes, good->size);
	write_zstd(folder, "zipped.mbn.zst", good->bytes, good->size);
	write_zstd(folder, "zipped/qcom/sa8775p/adsp.mbn.zst", good->bytes, good->size);
	test_image_write_split(good, folder, "mixed");
	test_image_copy(&mdt, good);
	test_image_resize(&mdt, (size_t)test_phdr_get(good, 0, TEST_P_FILESZ));
	test_image_append(&mdt, good->bytes + good->hash.offset, good->hash.length);
	write_zstd(folder, "mixed.mdt.zst", mdt.bytes, mdt.size);
	write_xz(folder, "mixed.b02.xz", good->bytes + part,
		 (size_t)test_phdr_get(good, FIRST, TEST_P_FILESZ));
	test_must(unlinkat(folder, "mixed.mdt", 0) == 0, "mixed.mdt");
	test_must(unlinkat(folder, "mixed.b02", 0) == 0, "mixed.b02");
	test_image_free(&mdt);
}

/* good.mbn, split.mdt, and one image per way to be wrong. */
static void write_signed(int folder)
{
	struct test_image good, bent;

	make(&good, ADSP, NULL, 0);
	write_roots(folder);
	test_image_write(&good, folder, "good.mbn");
	test_image_write(&good, folder, "qcom/sa8775p/adsp.mbn");
	test_image_write_split(&good, folder, "split");
	test_image_write_split(&good, folder, "incomplete");
	test_must(unlinkat(folder, "incomplete.b03", 0) == 0, "incomplete.b03");
	write_compressed(folder, &good);

	test_image_copy(&bent, &good);
	flip(&bent, test_phdr_get(&bent, FIRST, TEST_P_OFFSET) + 5);
	write_and_free(&bent, folder, "flipped.mbn");
	test_image_copy(&bent, &good);
	flip(&bent, bent.oem_signature.offset + 20);
	write_and_free(&bent, folder, "badsignature.mbn");
	test_image_copy(&bent, &good);
	test_image_resize(&bent, bent.size - 9);
	write_and_free(&bent, folder, "short.mbn");
	test_image_copy(&bent, &good);
	test_mbn_set(&bent, 4, 9);
	write_and_free(&bent, folder, "future.mbn");
	test_image_free(&good);
}

static void write_others(int folder)
{
	struct test_image image;

	make_unsigned(&image, 6);
	write_and_free(&image, folder, "unsigned.mbn");
	make_unsigned(&image, 0);
	write_and_free(&image, folder, "bare.elf");
	make(&image, ADSP, large, 2);
	write_and_free(&image, folder, "large.mbn");
	make(&image, ADSP, fixed, 1);
	write_and_free(&image, folder, "fixed.mbn");
	make(&image, VIDEO, NULL, 0);
	write_and_free(&image, folder, "video.mbn");
	make(&image, ZAP, zap, 1);
	write_and_free(&image, folder, "zap.mbn");
	for (size_t i = 0; i < sizeof(cores) / sizeof(cores[0]); i++) {
		make(&image, cores[i].sw_id, NULL, 0);
		write_and_free(&image, folder, cores[i].name);
	}
	test_file_write(folder, "text.mbn", "This is no image.\n", 18);
	test_file_write(folder, "empty.mbn", "", 0);
}

static void write_tree(struct test_tree *tree, int folder, const char *name)
{
	struct qpas_slice bytes = test_tree_slice(tree);

	test_file_write(folder, name, bytes.ptr, bytes.len);
	test_tree_free(tree);
}

static void write_trees(int folder)
{
	struct test_tree tree = test_tree_lemans();
	struct qpas_slice bytes;

	/* The label that overlays for these boards refer to. */
	test_tree_set_text(&tree, "/__symbols__", "apps_smmu", "/soc@0/iommu@15000000");
	bytes = test_tree_slice(&tree);
	test_file_write(folder, "board.dtb", bytes.ptr, bytes.len);
	test_file_write(folder, "short.dtb", bytes.ptr, bytes.len / 2);
	test_tree_set_text(&tree, "/soc@0/remoteproc@30000000", "status", "disabled");
	write_tree(&tree, folder, "disabled.dtb");
	tree = test_tree_lemans();
	test_tree_set_text(&tree, "/soc@0/gpu@3d00000/zap-shader", "status", "disabled");
	write_tree(&tree, folder, "nozap.dtb");
	tree = test_tree_bare("acme,toaster");
	write_tree(&tree, folder, "bare.dtb");
	tree = test_tree_overlay();
	write_tree(&tree, folder, "empty.dtbo");
}

/* One devmem entry: version 1, one offset, type 1, da, pa, length, flags, reserved, name. */
static void write_table(int folder)
{
	static const uint8_t table[20 + 56] = {
		[0] = 1,     [4] = 1,  [16] = 20,  [20] = 1,   [25] = 0x10, [29] = 0x20,
		[33] = 0x40, [36] = 3, [44] = 'u', [45] = 'a', [46] = 'r',  [47] = 't',
	};

	test_file_write(folder, "table.rsc", table, sizeof(table));
	test_file_write(folder, "short.rsc", table, 30);
}

int main(int argc, char **argv)
{
	int folder;

	test_must(argc == 2, "usage: make_image FOLDER");
	folder = open(argv[1], O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	test_must(folder >= 0, argv[1]);
	test_must(mkdirat(folder, "qcom", 0755) == 0, "qcom");
	test_must(mkdirat(folder, "qcom/sa8775p", 0755) == 0, "qcom/sa8775p");
	test_must(mkdirat(folder, "zipped", 0755) == 0, "zipped");
	test_must(mkdirat(folder, "zipped/qcom", 0755) == 0, "zipped/qcom");
	test_must(mkdirat(folder, "zipped/qcom/sa8775p", 0755) == 0, "zipped/qcom/sa8775p");
	write_signed(folder);
	write_others(folder);
	write_trees(folder);
	write_table(folder);
	test_keys_free();
	close(folder);
	return 0;
}
