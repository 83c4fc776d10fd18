/* SPDX-License-Identifier: BSD-3-Clause */
/* Overlays: what they add, and those that would lead libfdt astray. */
#include <stdio.h>

#include "platform_open.h"

static int open_with(const struct test_tree *base, const struct test_tree *overlays, size_t count,
		     struct qpas_platform **out, struct qpas_error *err)
{
	struct qpas_slice tree = test_tree_slice(base);
	struct qpas_slice slices[4];
	uint8_t *copies[4];
	int ret;

	assert_true(count <= 4);
	for (size_t i = 0; i < count; i++) {
		slices[i] = test_tree_slice(&overlays[i]);
		copies[i] = exact_copy(slices[i].ptr, slices[i].len);
		slices[i].ptr = copies[i] + 1;
	}
	ret = qpas_platform_open_memory(tree, slices, count, NULL, out, err);
	for (size_t i = 0; i < count; i++)
		free(copies[i]);
	return ret;
}

/* A fragment with a target by label, as dtc writes it: phandle 0xffffffff and a fixup. */
static struct test_tree overlay_of(const char *label, const char *property, const void *value,
				   size_t bytes)
{
	struct test_tree overlay = test_tree_overlay();

	test_tree_add_node(&overlay, "/", "__fixups__");
	test_tree_set_text(&overlay, "/__fixups__", label, "/fragment@0:target:0");
	test_tree_add_node(&overlay, "/", "fragment@0");
	test_tree_cells(&overlay, "/fragment@0", "target", 0xffffffff);
	test_tree_add_node(&overlay, "/fragment@0", "__overlay__");
	test_tree_set(&overlay, "/fragment@0/__overlay__", property, value, bytes);
	return overlay;
}

static void overlay_changes_what_a_label_names(void **state)
{
	struct test_tree base = test_tree_lemans();
	struct test_tree overlay = overlay_of("remoteproc_adsp", "status", "disabled", 9);
	struct qpas_error err = QPAS_ERROR_INIT;
	struct qpas_platform *platform;
	struct qpas_peripheral adsp;

	(void)state;
	assert_int_equal(open_with(&base, &overlay, 1, &platform, &err), 0);
	adsp = must_find(platform, "adsp");
	assert_string_equal(adsp.status, "disabled");
	assert_int_equal(adsp.lacks, QPAS_LACKS_STATUS);
	assert_int_equal(qpas_platform_count(platform), 7);
	qpas_platform_unref(platform);
	test_tree_free(&base);
	test_tree_free(&overlay);
}

/* What turns a plain tree into its EL2 variant: iommus whose phandle is fixed up. */
static void overlay_gives_streams_to_a_plain_tree(void **state)
{
	struct test_tree base = test_tree_lemans();
	static const uint8_t iommus[] = {0xff, 0xff, 0xff, 0xff, 0, 0, 0x30, 0, 0, 0, 0, 0};
	struct test_tree overlay = overlay_of("remoteproc_adsp", "iommus", iommus, sizeof(iommus));
	struct qpas_error err = QPAS_ERROR_INIT;
	struct qpas_platform *platform;
	struct qpas_peripheral adsp;

	(void)state;
	test_tree_delete(&base, "/soc@0/remoteproc@30000000", "iommus");
	test_tree_set_text(&overlay, "/__fixups__", "apps_smmu",
			   "/fragment@0/__overlay__:iommus:0");
	assert_int_equal(open_with(&base, NULL, 0, &platform, &err), 0);
	assert_int_equal(must_find(platform, "adsp").lacks, QPAS_LACKS_IOMMUS);
	qpas_platform_unref(platform);
	assert_int_equal(open_with(&base, &overlay, 1, &platform, &err), 0);
	adsp = must_find(platform, "adsp");
	assert_int_equal(adsp.lacks, 0);
	assert_true(adsp.flags & QPAS_PERIPHERAL_EL2_PATH);
	assert_string_equal(adsp.streams[0].iommu, "/soc@0/iommu@15000000");
	assert_int_equal(adsp.streams[0].cells[0], 0x3000);
	qpas_platform_unref(platform);
	test_tree_free(&base);
	test_tree_free(&overlay);
}

/* The camera binding of docs/platform.md: region and processor in one overlay, a local reference. */
static struct test_tree camera_overlay(void)
{
	struct test_tree overlay = test_tree_overlay();

	test_tree_add_node(&overlay, "/", "__symbols__");
	test_tree_set_text(&overlay, "/__symbols__", "camera_icp",
			   "/fragment@1/__overlay__/camera-icp@ac00000");
	test_tree_add_node(&overlay, "/", "__local_fixups__");
	test_tree_add_node(&overlay, "/__local_fixups__", "fragment@1");
	test_tree_add_node(&overlay, "/__local_fixups__/fragment@1", "__overlay__");
	test_tree_add_node(&overlay, "/__local_fixups__/fragment@1/__overlay__",
			   "camera-icp@ac00000");
	test_tree_cells(&overlay, "/__local_fixups__/fragment@1/__overlay__/camera-icp@ac00000",
			"memory-region", 0);
	test_tree_add_node(&overlay, "/", "__fixups__");
	test_tree_set_text(&overlay, "/__fixups__", "apps_smmu",
			   "/fragment@1/__overlay__/camera-icp@ac00000:iommus:0");
	test_tree_add_node(&overlay, "/", "fragment@1");
	test_tree_set_text(&overlay, "/fragment@1", "target-path", "/soc@0");
	test_tree_add_node(&overlay, "/fragment@1", "__overlay__");
	test_tree_add_node(&overlay, "/fragment@1/__overlay__", "camera-icp@ac00000");
#define CAMERA "/fragment@1/__overlay__/camera-icp@ac00000"
	test_tree_set_text(&overlay, CAMERA, "compatible", "qpas,camera-icp");
	test_tree_cells(&overlay, CAMERA, "iommus", 0xffffffff, 0x8c1, 0x400);
	test_tree_cells(&overlay, CAMERA, "memory-region", 1);
	test_tree_add_node(&overlay, "/", "fragment@0");
	test_tree_set_text(&overlay, "/fragment@0", "target-path", "/reserved-memory");
	test_tree_add_node(&overlay, "/fragment@0", "__overlay__");
	test_tree_add_node(&overlay, "/fragment@0/__overlay__", "pil-camera@c0000000");
#define CAMERA_REGION "/fragment@0/__overlay__/pil-camera@c0000000"
	test_tree_cells(&overlay, CAMERA_REGION, "reg", 0, 0xc0000000, 0, 0x500000);
	test_tree_cells(&overlay, CAMERA_REGION, "phandle", 1);
	return overlay;
}

static void overlay_adds_a_camera(void **state)
{
	struct test_tree base = test_tree_lemans();
	struct test_tree overlay = camera_overlay();
	struct qpas_error err = QPAS_ERROR_INIT;
	struct qpas_platform *platform;
	struct qpas_peripheral camera;
	int ret;

	(void)state;
	ret = open_with(&base, &overlay, 1, &platform, &err);
	if (ret)
		fail_msg("%s", err.text);
	assert_int_equal(qpas_platform_count(platform), 8);
	camera = must_find(platform, "camera_icp");
	assert_string_equal(camera.name, "camera");
	assert_int_equal(camera.pas_id, 33);
	assert_int_equal(camera.carveouts[0].address, 0xc0000000u);
	assert_int_equal(camera.streams[0].cells[0], 0x8c1);
	assert_int_equal(camera.lacks, 0);
	/* The phandles of the base tree still mean what they meant. */
	assert_int_equal(must_find(platform, "adsp").carveouts[0].address, 0x95900000u);
	qpas_platform_unref(platform);
	test_tree_free(&base);
	test_tree_free(&overlay);
}

static void overlays_are_applied_in_order(void **state)
{
	struct test_tree base = test_tree_lemans();
	struct test_tree overlays[] = {overlay_of("remoteproc_adsp", "status", "disabled", 9),
				       overlay_of("remoteproc_adsp", "status", "fail", 5),
				       overlay_of("remoteproc_cdsp0", "status", "disabled", 9)};
	struct qpas_error err = QPAS_ERROR_INIT;
	struct qpas_platform *platform;

	(void)state;
	assert_int_equal(open_with(&base, overlays, 3, &platform, &err), 0);
	assert_string_equal(must_find(platform, "adsp").status, "fail");
	assert_string_equal(must_find(platform, "cdsp0").status, "disabled");
	assert_string_equal(must_find(platform, "cdsp1").status, "okay");
	qpas_platform_unref(platform);
	for (size_t i = 0; i < 3; i++)
		test_tree_free(&overlays[i]);
	test_tree_free(&base);
}

static void result_of_an_overlay_is_checked_again(void **state)
{
	struct test_tree base = test_tree_lemans();
	struct test_tree overlay =
		overlay_of("remoteproc_adsp", "firmware-name", "../adsp.mbn", 12);
	struct qpas_error err = QPAS_ERROR_INIT;
	struct qpas_platform *platform;

	(void)state;
	assert_int_equal(open_with(&base, &overlay, 1, &platform, &err), QPAS_ERR_POLICY);
	assert_null(platform);
	test_tree_free(&base);
	test_tree_free(&overlay);
}

/* One property of the camera overlay or of the base tree that must make the pair refused. */
struct bad_row {
	const char *name;
	bool in_base;
	const char *path, *property;
	const char *value;
	size_t bytes;
};

#define VALUE(text) text, sizeof(text) - 1
#define LOCAL	    "/__local_fixups__/fragment@1/__overlay__/camera-icp@ac00000"

static const struct bad_row bad_rows[] = {
	{"fixup_offset_past_the_property", false, "/__fixups__", "apps_smmu",
	 VALUE(CAMERA ":iommus:9\0")},
	/* offset + 4 is 0 in 32 bits: libfdt would write 4 GiB away */
	{"fixup_offset_wraps", false, "/__fixups__", "apps_smmu",
	 VALUE(CAMERA ":iommus:4294967292\0")},
	{"fixup_offset_negative", false, "/__fixups__", "apps_smmu", VALUE(CAMERA ":iommus:-4\0")},
	{"fixup_without_offset", false, "/__fixups__", "apps_smmu", VALUE(CAMERA ":iommus:\0")},
	{"fixup_without_property", false, "/__fixups__", "apps_smmu", VALUE(CAMERA "\0")},
	{"fixup_of_another_property", false, "/__fixups__", "apps_smmu", VALUE(CAMERA ":x:0\0")},
	{"fixup_of_another_node", false, "/__fixups__", "apps_smmu", VALUE("/nowhere:iommus:0\0")},
	{"fixup_through_an_alias", false, "/__fixups__", "apps_smmu", VALUE("loop:iommus:0\0")},
	{"fixup_without_NUL", false, "/__fixups__", "apps_smmu", VALUE(CAMERA ":iommus:0")},
	{"fixup_for_an_unknown_label", false, "/__fixups__", "no_such_label",
	 VALUE(CAMERA ":iommus:0\0")},
	{"local_fixup_past_the_property", false, LOCAL, "memory-region", VALUE("\0\0\0\1")},
	{"local_fixup_largest", false, LOCAL, "memory-region", VALUE("\xff\xff\xff\xfc")},
	{"local_fixup_3_bytes", false, LOCAL, "memory-region", VALUE("\0\0\0")},
	{"local_fixup_of_another_property", false, LOCAL, "x", VALUE("\0\0\0\0")},
	{"target_path_without_NUL", false, "/fragment@1", "target-path", VALUE("/soc@0")},
	{"target_path_empty", false, "/fragment@1", "target-path", VALUE("")},
	{"target_path_through_an_alias", false, "/fragment@1", "target-path", VALUE("loop\0")},
	{"target_path_nowhere", false, "/fragment@1", "target-path", VALUE("/nowhere\0")},
	{"symbol_without_NUL", false, "/__symbols__", "camera_icp", VALUE("/fragment@1")},
	{"symbol_empty", false, "/__symbols__", "camera_icp", VALUE("\0")},
	{"symbol_empty_value", false, "/__symbols__", "camera_icp", VALUE("")},
	{"base_symbol_without_NUL", true, "/__symbols__", "apps_smmu", VALUE("/soc@0")},
	{"base_symbol_through_an_alias", true, "/__symbols__", "apps_smmu", VALUE("loop\0")},
	{"base_symbol_empty", true, "/__symbols__", "apps_smmu", VALUE("")},
	{"base_symbol_nowhere", true, "/__symbols__", "apps_smmu", VALUE("/nowhere\0")},
};

/* An alias that means itself: libfdt 1.6.1 follows it until the stack is full. */
static void add_loop(struct test_tree *tree)
{
	test_tree_add_node(tree, "/", "aliases");
	test_tree_set_text(tree, "/aliases", "loop", "loop");
}

static void bad_overlay_is_refused(void **state)
{
	const struct bad_row *row = *state;
	struct test_tree base = test_tree_lemans();
	struct test_tree overlay = camera_overlay();
	struct qpas_error err = QPAS_ERROR_INIT;
	struct qpas_platform *platform;
	int ret;

	add_loop(&base);
	add_loop(&overlay);
	test_tree_set(row->in_base ? &base : &overlay, row->path, row->property, row->value,
		      row->bytes);
	ret = open_with(&base, &overlay, 1, &platform, &err);
	if (ret != QPAS_ERR_FORMAT || platform)
		fail_msg("%s: %d: %s", row->name, ret, err.text);
	assert_int_equal(err.message_id, 815);
	assert_non_null(strstr(err.text, "Overlay 1 "));
	test_tree_free(&base);
	test_tree_free(&overlay);
}

static void base_without_symbols_takes_no_labels(void **state)
{
	struct test_tree base = test_tree_lemans();
	struct test_tree overlay = overlay_of("remoteproc_adsp", "status", "okay", 5);
	struct qpas_error err = QPAS_ERROR_INIT;
	struct qpas_platform *platform;

	(void)state;
	test_tree_delete_node(&base, "/__symbols__");
	assert_int_equal(open_with(&base, &overlay, 1, &platform, &err), QPAS_ERR_FORMAT);
	assert_int_equal(err.message_id, 815);
	test_tree_free(&base);
	test_tree_free(&overlay);
}

/* D01, D02 for the overlay's own bytes */
static void broken_overlay_bytes_are_refused(void **state)
{
	struct test_tree base = test_tree_lemans();
	struct test_tree overlay = camera_overlay();
	struct qpas_slice tree = test_tree_slice(&base);
	struct qpas_slice slice = test_tree_slice(&overlay);
	struct qpas_platform *platform;
	uint32_t read = 0;

	(void)state;
	for (size_t size = 0; size < slice.len; size++) {
		struct qpas_slice prefix = {slice.ptr, size};
		int ret = qpas_platform_open_memory(tree, &prefix, 1, NULL, &platform, NULL);

		assert_int_equal(ret, size < 40 ? QPAS_ERR_TRUNC : QPAS_ERR_FORMAT);
	}
	for (size_t at = 0; at < slice.len; at++) {
		for (uint32_t bit = 0; bit < 8; bit++) {
			overlay.bytes[at] ^= (uint8_t)(1u << bit);
			if (qpas_platform_open_memory(tree, &slice, 1, NULL, &platform, NULL) == 0)
				read++;
			qpas_platform_unref(platform);
			overlay.bytes[at] ^= (uint8_t)(1u << bit);
		}
	}
	assert_true(read > 0 && read < 8 * slice.len);
	test_tree_free(&base);
	test_tree_free(&overlay);
}

static void overlay_that_does_not_fit_is_refused(void **state)
{
	struct test_tree base = test_tree_lemans();
	struct test_tree overlay = overlay_of("remoteproc_adsp", "status", "okay", 5);
	struct qpas_slice tree;
	struct qpas_slice slice;
	struct qpas_limits limits = QPAS_LIMITS_INIT;
	struct qpas_params params = QPAS_PARAMS_INIT;
	struct qpas_platform *platform;
	struct qpas_error err = QPAS_ERROR_INIT;
	static char much[4096];

	(void)state;
	test_tree_set(&base, "/soc@0", "much", much, sizeof(much));
	test_tree_set(&overlay, "/fragment@0/__overlay__", "much", much, sizeof(much));
	tree = test_tree_slice(&base);
	slice = test_tree_slice(&overlay);
	limits.dtb_bytes = (uint32_t)tree.len + 256;
	params.limits = &limits;
	assert_true(slice.len < limits.dtb_bytes);
	assert_int_equal(qpas_platform_open_memory(tree, &slice, 1, &params, &platform, &err),
			 QPAS_ERR_LIMIT);
	assert_int_equal(err.message_id, 824);
	test_tree_free(&base);
	test_tree_free(&overlay);
}

/* Time grows with size times references: both are capped. */
static void overlay_with_too_much_in_it_is_refused(void **state)
{
	struct test_tree base = test_tree_lemans();
	struct test_tree symbols = test_tree_overlay();
	struct test_tree large = test_tree_overlay();
	struct qpas_error err = QPAS_ERROR_INIT;
	struct qpas_platform *platform;
	char name[16];
	uint8_t *much = calloc(1, 256 * 1024);

	(void)state;
	assert_non_null(much);
	test_tree_add_node(&symbols, "/", "__symbols__");
	for (int i = 0; i < 2049; i++) {
		(void)snprintf(name, sizeof(name), "s%d", i);
		test_tree_set_text(&symbols, "/__symbols__", name, "/fragment@0/x");
		if (i == 2047)
			assert_int_equal(open_with(&base, &symbols, 1, &platform, &err), 0);
		if (i == 2047)
			qpas_platform_unref(platform);
	}
	assert_int_equal(open_with(&base, &symbols, 1, &platform, &err), QPAS_ERR_FORMAT);
	assert_non_null(strstr(err.text, "too many"));
	test_tree_set(&large, "/", "much", much, 256 * 1024);
	assert_int_equal(open_with(&base, &large, 1, &platform, &err), QPAS_ERR_LIMIT);
	assert_int_equal(err.message_id, 803);
	free(much);
	test_tree_free(&base);
	test_tree_free(&symbols);
	test_tree_free(&large);
}

int main(void)
{
	struct CMUnitTest tests[64] = {
		cmocka_unit_test(overlay_changes_what_a_label_names),
		cmocka_unit_test(overlay_gives_streams_to_a_plain_tree),
		cmocka_unit_test(overlay_adds_a_camera),
		cmocka_unit_test(overlays_are_applied_in_order),
		cmocka_unit_test(result_of_an_overlay_is_checked_again),
		cmocka_unit_test(base_without_symbols_takes_no_labels),
		cmocka_unit_test(broken_overlay_bytes_are_refused),
		cmocka_unit_test(overlay_that_does_not_fit_is_refused),
		cmocka_unit_test(overlay_with_too_much_in_it_is_refused),
	};
	size_t count = 9;

	for (size_t i = 0; i < sizeof(bad_rows) / sizeof(bad_rows[0]); i++) {
		const struct CMUnitTest row = {bad_rows[i].name, bad_overlay_is_refused, NULL, NULL,
					       (void *)(uintptr_t)&bad_rows[i]};

		tests[count++] = row;
	}
	return _cmocka_run_group_tests("overlays", tests, count, NULL, NULL);
}
