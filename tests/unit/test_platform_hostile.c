/* SPDX-License-Identifier: BSD-3-Clause */
/* Trees that are broken on purpose. Row numbers are those of the list of hostile inputs. */
#include "platform_open.h"

#define ADSP   "/soc@0/remoteproc@30000000"
#define REGION "/reserved-memory/pil-adsp@95900000"

static uint32_t be32_at(const uint8_t *bytes, size_t at)
{
	return (uint32_t)bytes[at] << 24 | (uint32_t)bytes[at + 1] << 16 |
	       (uint32_t)bytes[at + 2] << 8 | bytes[at + 3];
}

static void put_be32(uint8_t *bytes, size_t at, uint32_t value)
{
	for (int i = 0; i < 4; i++)
		bytes[at + (size_t)i] = (uint8_t)(value >> (24 - 8 * i));
}

static void refuse_bytes(const char *row, const uint8_t *bytes, size_t size, int wanted)
{
	struct qpas_error err = QPAS_ERROR_INIT;
	struct qpas_platform *platform = (void *)(uintptr_t)8;
	int ret = open_bytes(bytes, size, &platform, &err);

	if (ret != wanted || platform)
		fail_msg("%s: %s, not %s: %s", row, qpas_err_name(ret), qpas_err_name(wanted),
			 err.text);
	assert_int_equal(err.code, ret);
	assert_int_equal(err.stage, QPAS_STAGE_PLATFORM);
}

static void refuse_tree(const char *row, struct test_tree *tree, int wanted)
{
	struct qpas_slice slice = test_tree_slice(tree);

	refuse_bytes(row, slice.ptr, slice.len, wanted);
	test_tree_free(tree);
}

static void d01_refuses_every_prefix(void **state)
{
	struct test_tree tree = test_tree_lemans();
	struct qpas_slice slice = test_tree_slice(&tree);

	(void)state;
	for (size_t size = 0; size < slice.len; size++)
		refuse_bytes("prefix", slice.ptr, size,
			     size < 40 ? QPAS_ERR_TRUNC : QPAS_ERR_FORMAT);
	test_tree_free(&tree);
}

/* A tree whose header is that of the shorter one: nothing but the blocks is wrong. */
static void d01_refuses_every_prefix_that_claims_to_be_whole(void **state)
{
	struct test_tree tree = test_tree_lemans();
	struct qpas_slice slice = test_tree_slice(&tree);

	(void)state;
	for (size_t size = 40; size < slice.len; size++) {
		put_be32(tree.bytes, 4, (uint32_t)size);
		refuse_bytes("claimed prefix", slice.ptr, size, QPAS_ERR_FORMAT);
	}
	test_tree_free(&tree);
}

struct header_row {
	const char *name;
	size_t at;
	uint32_t value;
	int wanted;
};

static const struct header_row header_rows[] = {
	{"D02 magic", 0, 0xedfe0dd0, QPAS_ERR_FORMAT},
	{"D02 totalsize_0", 4, 0, QPAS_ERR_FORMAT},
	{"D02 totalsize_39", 4, 39, QPAS_ERR_FORMAT},
	{"D02 totalsize_largest", 4, 0xffffffff, QPAS_ERR_FORMAT},
	{"D02 structure_at_0", 8, 0, QPAS_ERR_FORMAT},
	{"D02 structure_unaligned", 8, 0x41, QPAS_ERR_FORMAT},
	{"D02 structure_wraps", 8, 0xfffffffc, QPAS_ERR_FORMAT},
	{"D02 structure_past_end", 8, 0x7ffffffc, QPAS_ERR_FORMAT},
	{"D02 strings_at_0", 12, 0, QPAS_ERR_FORMAT},
	{"D02 strings_wrap", 12, 0xffffffff, QPAS_ERR_FORMAT},
	{"D02 reservations_at_0", 16, 0, QPAS_ERR_FORMAT},
	{"D02 reservations_unaligned", 16, 44, QPAS_ERR_FORMAT},
	{"D02 reservations_wrap", 16, 0xfffffff8, QPAS_ERR_FORMAT},
	{"D02 version_0", 20, 0, QPAS_ERR_UNSUPP},
	{"D02 version_16", 20, 16, QPAS_ERR_UNSUPP},
	{"D02 version_255", 20, 255, QPAS_ERR_UNSUPP},
	{"D02 last_compatible_18", 24, 18, QPAS_ERR_UNSUPP},
	{"D02 strings_size_0", 32, 0, QPAS_ERR_FORMAT},
	{"D02 strings_size_largest", 32, 0xffffffff, QPAS_ERR_FORMAT},
	{"D02 structure_size_0", 36, 0, QPAS_ERR_FORMAT},
	{"D02 structure_size_largest", 36, 0xffffffff, QPAS_ERR_FORMAT},
};

static void d02_refuses_a_wrong_header(void **state)
{
	const struct header_row *row = *state;
	struct test_tree tree = test_tree_lemans();
	struct qpas_slice slice = test_tree_slice(&tree);

	put_be32(tree.bytes, row->at, row->value);
	refuse_bytes(row->name, slice.ptr, slice.len, row->wanted);
	test_tree_free(&tree);
}

static void d02_refuses_another_totalsize(void **state)
{
	struct test_tree tree = test_tree_lemans();
	struct qpas_slice slice = test_tree_slice(&tree);

	(void)state;
	put_be32(tree.bytes, 4, (uint32_t)slice.len + 1);
	refuse_bytes("larger than the buffer", slice.ptr, slice.len, QPAS_ERR_FORMAT);
	put_be32(tree.bytes, 4, (uint32_t)slice.len - 1);
	refuse_bytes("smaller than the buffer", slice.ptr, slice.len, QPAS_ERR_FORMAT);
	test_tree_free(&tree);
}

static void d02_refuses_reservations_without_end(void **state)
{
	struct test_tree tree = test_tree_lemans();
	struct qpas_slice slice = test_tree_slice(&tree);
	uint32_t at = be32_at(tree.bytes, 16);

	(void)state;
	/* 16-byte entries from here to the end, none of them all zero. */
	for (size_t i = at; i + 16 <= slice.len; i += 16)
		tree.bytes[i] |= 1;
	refuse_bytes("no end", slice.ptr, slice.len, QPAS_ERR_FORMAT);
	test_tree_free(&tree);
}

/* A blob by hand: header, an empty reservation list, the given structure, two strings. */
#define STRUCTURE_AT 56
#define STRINGS_TEXT "compatible\0reg"

static size_t hand_made(uint8_t *blob, const uint32_t *structure, size_t words)
{
	size_t strings_at = STRUCTURE_AT + 4 * words;
	size_t total = strings_at + sizeof(STRINGS_TEXT);

	memset(blob, 0, STRUCTURE_AT);
	put_be32(blob, 0, 0xd00dfeed);
	put_be32(blob, 4, (uint32_t)total);
	put_be32(blob, 8, STRUCTURE_AT);
	put_be32(blob, 12, (uint32_t)strings_at);
	put_be32(blob, 16, 40);
	put_be32(blob, 20, 17);
	put_be32(blob, 24, 16);
	put_be32(blob, 32, sizeof(STRINGS_TEXT));
	put_be32(blob, 36, (uint32_t)(4 * words));
	for (size_t i = 0; i < words; i++)
		put_be32(blob, STRUCTURE_AT + 4 * i, structure[i]);
	memcpy(blob + strings_at, STRINGS_TEXT, sizeof(STRINGS_TEXT));
	return total;
}

struct structure_row {
	const char *name;
	int wanted;
	uint32_t words[12];
	size_t count;
};

#define WORDS(...) {__VA_ARGS__}, sizeof((const uint32_t[]){__VA_ARGS__}) / 4
#define NAME_A	   0x61000000u
#define NAME_SLASH 0x612f6200u

static const struct structure_row structure_rows[] = {
	{"D03 accepts_an_empty_root", 0, WORDS(1, 0, 2, 9)},
	{"D03 accepts_nops", 0, WORDS(1, 0, 4, 4, 2, 9)},
	{"D03 nop_before_root", QPAS_ERR_FORMAT, WORDS(4, 1, 0, 2, 9)},
	{"D03 no_end", QPAS_ERR_FORMAT, WORDS(1, 0, 2)},
	{"D03 no_end_of_root", QPAS_ERR_FORMAT, WORDS(1, 0, 9)},
	{"D03 nothing", QPAS_ERR_FORMAT, WORDS(9)},
	{"D03 only_nops", QPAS_ERR_FORMAT, WORDS(4, 4, 4)},
	{"D03 end_of_nothing", QPAS_ERR_FORMAT, WORDS(2, 9)},
	{"D03 two_roots", QPAS_ERR_FORMAT, WORDS(1, 0, 2, 1, 0, 2, 9)},
	{"D03 root_with_a_name", QPAS_ERR_FORMAT, WORDS(1, NAME_A, 2, 9)},
	{"D03 child_without_a_name", QPAS_ERR_FORMAT, WORDS(1, 0, 1, 0, 2, 2, 9)},
	{"D03 name_with_a_slash", QPAS_ERR_FORMAT, WORDS(1, 0, 1, NAME_SLASH, 2, 2, 9)},
	{"D03 name_without_end", QPAS_ERR_FORMAT, WORDS(1, 0x61616161)},
	{"D03 unknown_token", QPAS_ERR_FORMAT, WORDS(1, 0, 5, 2, 9)},
	{"D03 property_before_root", QPAS_ERR_FORMAT, WORDS(3, 0, 0, 1, 0, 2, 9)},
	{"D03 property_after_root", QPAS_ERR_FORMAT, WORDS(1, 0, 2, 3, 0, 0, 9)},
	{"D03 property_after_child", QPAS_ERR_FORMAT, WORDS(1, 0, 1, NAME_A, 2, 3, 0, 0, 2, 9)},
	{"D03 property_without_head", QPAS_ERR_FORMAT, WORDS(1, 0, 3, 0)},
	{"D03 property_length_largest", QPAS_ERR_FORMAT, WORDS(1, 0, 3, 0xffffffff, 0, 0, 2, 9)},
	{"D03 property_length_wraps_int", QPAS_ERR_FORMAT, WORDS(1, 0, 3, 0x7fffffff, 0, 2, 9)},
	{"D03 property_length_minus_12", QPAS_ERR_FORMAT, WORDS(1, 0, 3, 0xfffffff4, 0, 2, 9)},
	{"D03 property_one_byte_past_end", QPAS_ERR_FORMAT, WORDS(1, 0, 3, 5, 0, 0)},
	{"D03 property_name_past_strings", QPAS_ERR_FORMAT, WORDS(1, 0, 3, 0, 15, 2, 9)},
	{"D03 property_name_largest", QPAS_ERR_FORMAT, WORDS(1, 0, 3, 0, 0xffffffff, 2, 9)},
};

static void d03_judges_the_structure_block(void **state)
{
	const struct structure_row *row = *state;
	struct qpas_error err = QPAS_ERROR_INIT;
	struct qpas_platform *platform;
	uint8_t blob[256];
	size_t size = hand_made(blob, row->words, row->count);

	if (row->wanted) {
		refuse_bytes(row->name, blob, size, row->wanted);
		return;
	}
	if (open_bytes(blob, size, &platform, &err))
		fail_msg("%s: %s", row->name, err.text);
	assert_int_equal(qpas_platform_count(platform), 0);
	assert_string_equal(qpas_platform_model(platform), "");
	qpas_platform_unref(platform);
}

static void d03_refuses_a_property_name_without_end(void **state)
{
	static const uint32_t words[] = {1, 0, 3, 0, 11, 2, 9};
	uint8_t blob[256];
	size_t size = hand_made(blob, words, 7);

	(void)state;
	blob[size - 1] = 'x';
	refuse_bytes("no NUL behind the last string", blob, size, QPAS_ERR_FORMAT);
}

static void d03_refuses_an_endless_property_name(void **state)
{
	struct test_tree tree = test_tree_lemans();
	char name[257];

	(void)state;
	memset(name, 'n', sizeof(name));
	name[255] = '\0';
	test_tree_set(&tree, "/soc@0", name, NULL, 0);
	name[255] = 'n';
	name[256] = '\0';
	test_tree_set(&tree, "/soc@0", name, NULL, 0);
	refuse_tree("256 bytes", &tree, QPAS_ERR_FORMAT);
}

static int open_nested(size_t depth, uint32_t limit)
{
	uint32_t *words = calloc(3 * depth + 1, sizeof(*words));
	uint8_t *blob = malloc(4 * (3 * depth + 1) + 128);
	struct qpas_limits limits = QPAS_LIMITS_INIT;
	struct qpas_params params = QPAS_PARAMS_INIT;
	struct qpas_platform *platform;
	struct qpas_slice slice = {blob, 0};
	int ret;

	assert_true(words && blob);
	for (size_t i = 0; i < depth; i++) {
		words[2 * i] = 1;
		words[2 * i + 1] = i ? NAME_A : 0;
		words[2 * depth + i] = 2;
	}
	words[3 * depth] = 9;
	slice.len = hand_made(blob, words, 3 * depth + 1);
	limits.dtb_depth = limit;
	params.limits = &limits;
	ret = qpas_platform_open_memory(slice, NULL, 0, &params, &platform, NULL);
	qpas_platform_unref(platform);
	free(words);
	free(blob);
	return ret;
}

static void d03_depth_is_capped(void **state)
{
	(void)state;
	assert_int_equal(open_nested(32, 0), 0);
	assert_int_equal(open_nested(33, 0), QPAS_ERR_LIMIT);
	assert_int_equal(open_nested(64, 64), 0);
	assert_int_equal(open_nested(65, 64), QPAS_ERR_LIMIT);
	assert_int_equal(open_nested(10000, 64), QPAS_ERR_LIMIT);
	assert_int_equal(open_nested(1, 65), QPAS_ERR_ARG);
}

static void larger_than_the_limit_is_refused(void **state)
{
	struct test_tree tree = test_tree_lemans();
	struct qpas_slice slice = test_tree_slice(&tree);
	struct qpas_limits limits = QPAS_LIMITS_INIT;
	struct qpas_params params = QPAS_PARAMS_INIT;
	struct qpas_platform *platform;

	(void)state;
	params.limits = &limits;
	limits.dtb_bytes = (uint32_t)slice.len - 1;
	assert_int_equal(qpas_platform_open_memory(slice, NULL, 0, &params, &platform, NULL),
			 QPAS_ERR_LIMIT);
	limits.dtb_bytes = (uint32_t)slice.len;
	assert_int_equal(qpas_platform_open_memory(slice, NULL, 0, &params, &platform, NULL), 0);
	qpas_platform_unref(platform);
	test_tree_free(&tree);
}

/* Rows that set one property of the lemans tree. */
struct property_row {
	const char *name;
	const char *path, *property;
	int wanted;
	const char *value;
	size_t bytes;
};

#define VALUE(text) text, sizeof(text) - 1

static const struct property_row property_rows[] = {
	{"D04 memory_region_0", ADSP, "memory-region", QPAS_ERR_FORMAT, VALUE("\0\0\0\0")},
	{"D04 memory_region_largest", ADSP, "memory-region", QPAS_ERR_FORMAT,
	 VALUE("\xff\xff\xff\xff")},
	{"D04 memory_region_dangling", ADSP, "memory-region", QPAS_ERR_FORMAT,
	 VALUE("\0\0\x12\x34")},
	{"D04 memory_region_no_region", ADSP, "memory-region", QPAS_ERR_FORMAT,
	 VALUE("\0\0\0\x10")},
	{"D04 memory_region_3_bytes", ADSP, "memory-region", QPAS_ERR_FORMAT, VALUE("\0\0\0")},
	{"D04 second_memory_region_dangling", ADSP, "memory-region", QPAS_ERR_FORMAT,
	 VALUE("\0\0\0\1\0\0\0\x77")},
	{"D04 duplicate_phandle", "/soc@0", "phandle", QPAS_ERR_FORMAT, VALUE("\0\0\0\1")},
	{"D04 duplicate_phandle_by_its_old_name", "/soc@0", "linux,phandle", QPAS_ERR_FORMAT,
	 VALUE("\0\0\0\1")},
	{"D04 region_disagrees_with_itself", REGION, "linux,phandle", 0, VALUE("\0\0\0\1")},
	{"D05 address_cells_0", "/reserved-memory", "#address-cells", QPAS_ERR_FORMAT,
	 VALUE("\0\0\0\0")},
	{"D05 address_cells_3", "/reserved-memory", "#address-cells", QPAS_ERR_FORMAT,
	 VALUE("\0\0\0\3")},
	{"D05 address_cells_largest", "/reserved-memory", "#address-cells", QPAS_ERR_FORMAT,
	 VALUE("\xff\xff\xff\xff")},
	{"D05 address_cells_two_cells_long", "/reserved-memory", "#address-cells", QPAS_ERR_FORMAT,
	 VALUE("\0\0\0\2\0\0\0\2")},
	{"D05 size_cells_0", "/reserved-memory", "#size-cells", QPAS_ERR_FORMAT, VALUE("\0\0\0\0")},
	{"D05 size_cells_3", "/reserved-memory", "#size-cells", QPAS_ERR_FORMAT, VALUE("\0\0\0\3")},
	{"D05 size_cells_largest", "/reserved-memory", "#size-cells", QPAS_ERR_FORMAT,
	 VALUE("\xff\xff\xff\xff")},
	{"D05 root_address_cells_0", "/", "#address-cells", QPAS_ERR_FORMAT, VALUE("\0\0\0\0")},
	{"D05 root_size_cells_3", "/", "#size-cells", QPAS_ERR_FORMAT, VALUE("\0\0\0\3")},
	{"D05 other_cells_do_not_matter", "/soc@0", "#address-cells", 0, VALUE("\0\0\0\7")},
	{"D05 reg_4_bytes_short", REGION, "reg", QPAS_ERR_FORMAT,
	 VALUE("\0\0\0\0\x95\x90\0\0\0\0\0\0")},
	{"D05 reg_1_byte_long", REGION, "reg", QPAS_ERR_FORMAT,
	 VALUE("\0\0\0\0\x95\x90\0\0\0\0\0\0\1\xe0\0\0\0")},
	{"D05 reg_empty", REGION, "reg", QPAS_ERR_FORMAT, VALUE("")},
	{"D05 memory_reg_4_bytes", "/memory@80000000", "reg", QPAS_ERR_FORMAT, VALUE("\0\0\0\0")},
	{"D05 iommu_cells_0", "/soc@0/iommu@15000000", "#iommu-cells", QPAS_ERR_FORMAT,
	 VALUE("\0\0\0\0")},
	{"D05 iommu_cells_5", "/soc@0/iommu@15000000", "#iommu-cells", QPAS_ERR_FORMAT,
	 VALUE("\0\0\0\5")},
	{"D05 iommu_cells_largest", "/soc@0/iommu@15000000", "#iommu-cells", QPAS_ERR_FORMAT,
	 VALUE("\xff\xff\xff\xff")},
	{"D05 iommus_cut", ADSP, "iommus", QPAS_ERR_FORMAT, VALUE("\0\0\0\x10\0\0\x30\0")},
	{"D05 iommus_7_bytes", ADSP, "iommus", QPAS_ERR_FORMAT, VALUE("\0\0\0\x10\0\0\x30")},
	{"D04 iommus_dangling", ADSP, "iommus", QPAS_ERR_FORMAT,
	 VALUE("\0\0\x12\x34\0\0\x30\0\0\0\0\0")},
	{"D04 iommus_no_iommu", ADSP, "iommus", QPAS_ERR_FORMAT,
	 VALUE("\0\0\0\1\0\0\x30\0\0\0\0\0")},
	{"D06 firmware_without_NUL", ADSP, "firmware-name", QPAS_ERR_POLICY, VALUE("adsp.mbn")},
	{"D06 firmware_empty_list", ADSP, "firmware-name", QPAS_ERR_POLICY, VALUE("")},
	{"D06 firmware_empty_name", ADSP, "firmware-name", QPAS_ERR_POLICY, VALUE("\0")},
	{"D06 second_firmware_empty", ADSP, "firmware-name", QPAS_ERR_POLICY, VALUE("a\0\0")},
	{"D06 second_firmware_without_NUL", ADSP, "firmware-name", QPAS_ERR_POLICY, VALUE("a\0b")},
	{"D06 firmware_leaves_its_folder", ADSP, "firmware-name", QPAS_ERR_POLICY,
	 VALUE("../adsp.mbn\0")},
	{"D06 firmware_leaves_in_the_middle", ADSP, "firmware-name", QPAS_ERR_POLICY,
	 VALUE("qcom/../../adsp.mbn\0")},
	{"D06 firmware_ends_in_dots", ADSP, "firmware-name", QPAS_ERR_POLICY, VALUE("qcom/..\0")},
	{"D06 firmware_absolute", ADSP, "firmware-name", QPAS_ERR_POLICY, VALUE("/etc/passwd\0")},
	{"D06 firmware_ends_in_a_slash", ADSP, "firmware-name", QPAS_ERR_POLICY, VALUE("qcom/\0")},
	{"D06 firmware_has_two_slashes", ADSP, "firmware-name", QPAS_ERR_POLICY, VALUE("a//b\0")},
	{"D06 firmware_with_newline", ADSP, "firmware-name", QPAS_ERR_POLICY, VALUE("a\nb\0")},
	{"D06 firmware_with_percent", ADSP, "firmware-name", QPAS_ERR_POLICY, VALUE("a%nb\0")},
	{"D06 firmware_bad_UTF8", ADSP, "firmware-name", QPAS_ERR_POLICY, VALUE("a\xc3(\0")},
	{"D06 firmware_cut_UTF8", ADSP, "firmware-name", QPAS_ERR_POLICY, VALUE("a\xe2\x82\0")},
	{"D06 firmware_overlong_UTF8", ADSP, "firmware-name", QPAS_ERR_POLICY,
	 VALUE("a\xe0\x80\xaf\0")},
	{"D06 firmware_surrogate", ADSP, "firmware-name", QPAS_ERR_POLICY, VALUE("\xed\xa0\x80\0")},
	{"D06 accepts_UTF8_and_sub_folders", ADSP, "firmware-name", 0,
	 VALUE("qcom/s\xc3\xa4/\xf0\x9f\x92\xbe/a..b\0")},
	{"D07 region_of_size_0", REGION, "reg", QPAS_ERR_RANGE,
	 VALUE("\0\0\0\0\x95\x90\0\0\0\0\0\0\0\0\0\0")},
	{"D07 region_wraps", REGION, "reg", QPAS_ERR_RANGE,
	 VALUE("\xff\xff\xff\xff\xff\xff\xf0\0\0\0\0\0\0\0\x20\0")},
	{"D07 region_ends_at_2_64", REGION, "reg", QPAS_ERR_RANGE,
	 VALUE("\xff\xff\xff\xff\xff\xff\xf0\0\0\0\0\0\0\0\x10\0")},
	{"D07 second_range_of_size_0", REGION, "reg", QPAS_ERR_RANGE,
	 VALUE("\0\0\0\0\x95\x90\0\0\0\0\0\0\1\xe0\0\0\0\0\0\0\1\0\0\0\0\0\0\0\0\0\0\0")},
	{"D07 memory_wraps", "/memory@80000000", "reg", QPAS_ERR_RANGE,
	 VALUE("\xff\xff\xff\xff\xff\xff\xf0\0\0\0\0\0\0\0\x20\0")},
	{"D07 carveout_outside_memory", "/memory@80000000", "reg", QPAS_ERR_RANGE,
	 VALUE("\0\0\0\0\x80\0\0\0\0\0\0\0\1\0\0\0")},
	{"D07 carveout_one_byte_outside", "/memory@80000000", "reg", QPAS_ERR_RANGE,
	 VALUE("\0\0\0\0\x80\0\0\0\0\0\0\0\x20\x8f\xff\xff")},
	{"D07 accepts_memory_that_just_holds_all", "/memory@80000000", "reg", 0,
	 VALUE("\0\0\0\0\x80\0\0\0\0\0\0\0\x20\x90\0\0")},
	{"D07 accepts_memory_in_two_halves", "/memory@80000000", "reg", 0,
	 VALUE("\0\0\0\0\x96\0\0\0\0\0\0\0\x20\0\0\0\0\0\0\0\x80\0\0\0\0\0\0\0\x16\0\0\0")},
	{"D07 accepts_memory_of_size_0", "/memory@80000000", "reg", 0,
	 VALUE("\0\0\0\0\x80\0\0\0\0\0\0\0\0\0\0\0")},
	{"status_without_NUL", ADSP, "status", QPAS_ERR_FORMAT, VALUE("okay")},
	{"compatible_without_NUL_elsewhere", "/soc@0", "compatible", 0, VALUE("simple-bus")},
};

static void one_property_decides(void **state)
{
	const struct property_row *row = *state;
	struct test_tree tree = test_tree_lemans();
	struct qpas_platform *platform;

	test_tree_set(&tree, row->path, row->property, row->value, row->bytes);
	if (row->wanted) {
		refuse_tree(row->name, &tree, row->wanted);
		return;
	}
	platform = must_open(&tree);
	assert_int_equal(qpas_platform_count(platform), 7);
	qpas_platform_unref(platform);
}

static void d04_refuses_a_peripheral_that_is_its_own_region(void **state)
{
	struct test_tree tree = test_tree_lemans();

	(void)state;
	test_tree_cells(&tree, ADSP, "phandle", 0x55);
	test_tree_cells(&tree, ADSP, "memory-region", 0x55);
	refuse_tree("self", &tree, QPAS_ERR_FORMAT);
}

static void d06_refuses_a_hundred_names(void **state)
{
	struct test_tree tree = test_tree_lemans();
	char names[200];

	(void)state;
	for (size_t i = 0; i < sizeof(names); i++)
		names[i] = i % 2 ? '\0' : 'a';
	test_tree_set(&tree, ADSP, "firmware-name", names, sizeof(names));
	refuse_tree("100 names", &tree, QPAS_ERR_POLICY);
}

static void d06_names_have_at_most_255_bytes(void **state)
{
	char name[257];

	(void)state;
	memset(name, 'n', sizeof(name));
	for (size_t length = 255; length <= 256; length++) {
		struct test_tree tree = test_tree_lemans();

		name[length] = '\0';
		test_tree_set(&tree, ADSP, "firmware-name", name, length + 1);
		if (length > 255)
			refuse_tree("256 bytes", &tree, QPAS_ERR_POLICY);
		else
			qpas_platform_unref(must_open(&tree));
		name[length] = 'n';
	}
}

static void lists_longer_than_any_boards_are_refused(void **state)
{
	static const struct {
		const char *property;
		size_t cells;
		int wanted;
	} rows[] = {
		{"memory-region", 16, 0},
		{"memory-region", 17, QPAS_ERR_LIMIT},
		{"iommus", 60, 0},
	};
	uint32_t cells[60];

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct test_tree tree = test_tree_lemans();

		for (size_t n = 0; n < rows[i].cells; n++)
			cells[n] = i < 2 ? 1 : 0x10;
		test_tree_set_cells(&tree, ADSP, rows[i].property, rows[i].cells, cells);
		if (rows[i].wanted)
			refuse_tree(rows[i].property, &tree, rows[i].wanted);
		else
			qpas_platform_unref(must_open(&tree));
	}
}

static void d07_accepts_a_disabled_region_of_size_0(void **state)
{
	struct test_tree tree = test_tree_lemans();

	(void)state;
	test_tree_add_region(&tree, "mpss@86800000", 0x60, 0x86800000, 0);
	test_tree_set_text(&tree, "/reserved-memory/mpss@86800000", "status", "disabled");
	qpas_platform_unref(must_open(&tree));
}

static void d07_judges_the_size_of_a_dynamic_region(void **state)
{
	static const struct {
		uint32_t high, low;
		size_t cells;
		int wanted;
	} rows[] = {{0, 0x1000, 2, 0},
		    {0, 0, 2, QPAS_ERR_RANGE},
		    {0x1000, 0, 1, QPAS_ERR_FORMAT},
		    {0, 0, 0, QPAS_ERR_FORMAT}};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const uint32_t size[] = {rows[i].high, rows[i].low};
		struct test_tree tree = test_tree_lemans();

		test_tree_delete(&tree, REGION, "reg");
		if (rows[i].cells)
			test_tree_set_cells(&tree, REGION, "size", rows[i].cells, size);
		if (rows[i].wanted)
			refuse_tree("dynamic", &tree, rows[i].wanted);
		else
			qpas_platform_unref(must_open(&tree));
	}
}

static void errors_name_the_node(void **state)
{
	struct test_tree tree = test_tree_lemans();
	struct qpas_error err = QPAS_ERROR_INIT;
	struct qpas_platform *platform;

	(void)state;
	test_tree_cells(&tree, ADSP, "memory-region", 0x1234);
	assert_int_equal(open_tree(&tree, &platform, &err), QPAS_ERR_FORMAT);
	assert_int_equal(err.message_id, 806);
	assert_string_equal(err.text, ADSP ": memory-region refers to a node that does not exist "
					   "(phandle 0x1234).");
	test_tree_free(&tree);
}

/* Every byte of a good tree, each with a few values: never a crash, and the outcome is a code. */
static void any_single_byte_may_be_wrong(void **state)
{
	static const uint8_t masks[] = {0x01, 0x80, 0xff};
	struct test_tree tree = test_tree_lemans();
	struct qpas_slice slice = test_tree_slice(&tree);
	uint32_t read = 0;

	(void)state;
	for (size_t at = 0; at < slice.len; at++) {
		for (size_t i = 0; i < sizeof(masks); i++) {
			struct qpas_platform *platform;

			tree.bytes[at] ^= masks[i];
			if (open_bytes(slice.ptr, slice.len, &platform, NULL) == 0)
				read++;
			else
				assert_null(platform);
			qpas_platform_unref(platform);
			tree.bytes[at] ^= masks[i];
		}
	}
	assert_true(read > 0 && read < slice.len * sizeof(masks));
	test_tree_free(&tree);
}

#define ROWS(table, function)                                                         \
	for (size_t i = 0; i < sizeof(table) / sizeof((table)[0]); i++) {             \
		const struct CMUnitTest row = {(table)[i].name, function, NULL, NULL, \
					       (void *)(uintptr_t) & (table)[i]};     \
		tests[count++] = row;                                                 \
	}

int main(void)
{
	struct CMUnitTest tests[160] = {
		cmocka_unit_test(d01_refuses_every_prefix),
		cmocka_unit_test(d01_refuses_every_prefix_that_claims_to_be_whole),
		cmocka_unit_test(d02_refuses_another_totalsize),
		cmocka_unit_test(d02_refuses_reservations_without_end),
		cmocka_unit_test(d03_refuses_a_property_name_without_end),
		cmocka_unit_test(d03_refuses_an_endless_property_name),
		cmocka_unit_test(d03_depth_is_capped),
		cmocka_unit_test(larger_than_the_limit_is_refused),
		cmocka_unit_test(d04_refuses_a_peripheral_that_is_its_own_region),
		cmocka_unit_test(d06_refuses_a_hundred_names),
		cmocka_unit_test(d06_names_have_at_most_255_bytes),
		cmocka_unit_test(lists_longer_than_any_boards_are_refused),
		cmocka_unit_test(d07_accepts_a_disabled_region_of_size_0),
		cmocka_unit_test(d07_judges_the_size_of_a_dynamic_region),
		cmocka_unit_test(errors_name_the_node),
		cmocka_unit_test(any_single_byte_may_be_wrong),
	};
	size_t count = 16;

	ROWS(header_rows, d02_refuses_a_wrong_header)
	ROWS(structure_rows, d03_judges_the_structure_block)
	ROWS(property_rows, one_property_decides)
	return _cmocka_run_group_tests("hostile trees", tests, count, NULL, NULL);
}
