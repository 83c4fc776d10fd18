/* SPDX-License-Identifier: BSD-3-Clause */
/* The calls themselves: names, indices, sizes, counting, memory that runs out. */
#include "failing_heap.h"
#include "platform_open.h"

#include "platform/platform.h"

static void finds_by_path_name_label_and_device(void **state)
{
	static const char *const names[] = {"/soc@0/remoteproc@30000000", "adsp", "remoteproc_adsp",
					    "30000000.remoteproc"};
	struct test_tree tree = test_tree_lemans();
	struct qpas_platform *platform = must_open(&tree);

	(void)state;
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		assert_int_equal(must_find(platform, names[i]).pas_id, 1);
	assert_string_equal(must_find(platform, "adsp").aliases[0], "remoteproc_adsp");
	assert_string_equal(must_find(platform, "adsp").aliases[1], "30000000.remoteproc");
	assert_int_equal(must_find(platform, "adsp").alias_count, 2);
	/* The zap shader is no device. */
	assert_int_equal(must_find(platform, "gpu").alias_count, 0);
	qpas_platform_unref(platform);
}

static void device_without_reg_is_called_by_its_parents(void **state)
{
	struct test_tree tree = test_tree_lemans();
	struct qpas_platform *platform;

	(void)state;
	test_tree_delete(&tree, "/soc@0/remoteproc@30000000", "reg");
	platform = must_open(&tree);
	assert_int_equal(must_find(platform, "soc@0:remoteproc@30000000").pas_id, 1);
	qpas_platform_unref(platform);
}

static void ambiguous_name_lists_the_paths(void **state)
{
	struct test_tree tree = test_tree_lemans();
	struct qpas_peripheral found = QPAS_PERIPHERAL_INIT;
	struct qpas_error err = QPAS_ERROR_INIT;
	struct qpas_platform *platform;

	(void)state;
	test_tree_add_node(&tree, "/", "camera-a");
	test_tree_set_text(&tree, "/camera-a", "compatible", "qpas,camera-icp");
	test_tree_add_node(&tree, "/", "camera-b");
	test_tree_set_text(&tree, "/camera-b", "compatible", "qpas,camera-icp");
	platform = must_open(&tree);
	assert_int_equal(qpas_platform_find(platform, "camera", &found, &err), QPAS_ERR_ARG);
	assert_int_equal(err.message_id, 812);
	assert_non_null(strstr(err.text, "/camera-a"));
	assert_non_null(strstr(err.text, "/camera-b"));
	assert_null(found.name);
	assert_string_equal(must_find(platform, "/camera-b").path, "/camera-b");
	qpas_platform_unref(platform);
}

static void unknown_name_lists_what_there_is(void **state)
{
	struct test_tree tree = test_tree_lemans();
	struct qpas_peripheral found = QPAS_PERIPHERAL_INIT;
	struct qpas_error err = QPAS_ERROR_INIT;
	struct qpas_platform *platform = must_open(&tree);

	(void)state;
	assert_int_equal(qpas_platform_find(platform, "modem\n", &found, &err), QPAS_ERR_NOTFOUND);
	assert_int_equal(err.message_id, 811);
	assert_non_null(strstr(err.text, "\"modem\\x0a\""));
	assert_non_null(strstr(err.text, "gpu, video, gpdsp0, gpdsp1, cdsp0, cdsp1, adsp."));
	qpas_platform_unref(platform);
}

static void long_lists_are_cut(void **state)
{
	struct test_tree tree = test_tree_bare("qcom,board");
	struct qpas_peripheral found = QPAS_PERIPHERAL_INIT;
	struct qpas_error err = QPAS_ERROR_INIT;
	struct qpas_platform *platform;
	char name[] = "node-with-a-rather-long-name-00";

	(void)state;
	for (int i = 0; i < 20; i++) {
		char path[64] = "/";

		name[sizeof(name) - 2] = (char)('a' + i);
		strncat(path, name, sizeof(path) - 2);
		test_tree_add_node(&tree, "/", name);
		test_tree_set_text(&tree, path, "compatible", "qcom,wcn6750-wifi");
	}
	platform = must_open(&tree);
	assert_int_equal(qpas_platform_find(platform, "wifi", &found, &err), QPAS_ERR_ARG);
	assert_non_null(strstr(err.text, " ...."));
	assert_int_equal(qpas_platform_find(platform, "x", &found, &err), QPAS_ERR_NOTFOUND);
	qpas_platform_unref(platform);
}

static void memory_ranges_are_memory_then_reserved(void **state)
{
	struct test_tree tree = test_tree_lemans();
	struct qpas_memory_range range;
	struct qpas_error err = QPAS_ERROR_INIT;
	struct qpas_platform *platform = must_open(&tree);

	(void)state;
	assert_int_equal(qpas_platform_memory(platform, 0, &range, &err), 0);
	assert_string_equal(range.name, "memory@80000000");
	assert_int_equal(range.address, 0x80000000u);
	assert_int_equal(range.size, 0);
	assert_int_equal(range.is_memory, 1);
	assert_int_equal(range.no_map, 0);
	assert_int_equal(qpas_platform_memory(platform, 1, &range, &err), 0);
	assert_string_equal(range.name, "pil-gpu@9d300000");
	assert_int_equal(range.address, 0x9d300000u);
	assert_int_equal(range.size, 0x2000);
	assert_int_equal(range.is_memory, 0);
	assert_int_equal(range.no_map, 1);
	assert_int_equal(qpas_platform_memory(platform, 7, &range, &err), 0);
	assert_int_equal(qpas_platform_memory(platform, 8, &range, &err), QPAS_ERR_NOTFOUND);
	qpas_platform_unref(platform);
}

static void kinds_have_names(void **state)
{
	static const char *const names[] = {"?",      "remoteproc", "video", "gpu",
					    "camera", "ipa",	    "wifi",  "?"};

	(void)state;
	for (uint32_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		assert_string_equal(qpas_kind_name(i), names[i]);
	assert_string_equal(qpas_kind_name(UINT32_MAX), "?");
}

/* A01 */
static void null_arguments_are_refused(void **state)
{
	struct test_tree tree = test_tree_lemans();
	struct qpas_slice slice = test_tree_slice(&tree);
	struct qpas_slice nothing = {NULL, 8};
	struct qpas_peripheral found = QPAS_PERIPHERAL_INIT;
	struct qpas_error err = QPAS_ERROR_INIT;
	struct qpas_platform *platform = (void *)(uintptr_t)8;
	struct qpas_memory_range range;
	const char *const names[] = {NULL};

	(void)state;
	assert_int_equal(qpas_platform_open_memory(slice, NULL, 0, NULL, NULL, &err), QPAS_ERR_ARG);
	assert_int_equal(qpas_platform_open_memory(nothing, NULL, 0, NULL, &platform, &err),
			 QPAS_ERR_ARG);
	assert_null(platform);
	assert_int_equal(qpas_platform_open_memory(slice, NULL, 1, NULL, &platform, &err),
			 QPAS_ERR_ARG);
	assert_int_equal(qpas_platform_open_file(NULL, 1, NULL, &platform, &err), QPAS_ERR_ARG);
	assert_int_equal(qpas_platform_open_file(names, 0, NULL, &platform, &err), QPAS_ERR_ARG);
	assert_int_equal(qpas_platform_open_file(names, 1, NULL, &platform, &err), QPAS_ERR_ARG);
	assert_int_equal(qpas_platform_open_file(names, 1, NULL, NULL, &err), QPAS_ERR_ARG);
	assert_int_equal(qpas_platform_open_system(NULL, NULL, &err), QPAS_ERR_ARG);
	assert_int_equal(qpas_platform_open_memory(slice, NULL, 0, NULL, &platform, NULL), 0);
	assert_int_equal(qpas_platform_find(platform, NULL, &found, &err), QPAS_ERR_ARG);
	assert_int_equal(qpas_platform_find(platform, "adsp", NULL, &err), QPAS_ERR_ARG);
	assert_int_equal(qpas_platform_find(NULL, "adsp", &found, &err), QPAS_ERR_ARG);
	assert_int_equal(qpas_platform_peripheral(NULL, 0, &found, &err), QPAS_ERR_ARG);
	assert_int_equal(qpas_platform_peripheral(platform, 0, NULL, &err), QPAS_ERR_ARG);
	assert_int_equal(qpas_platform_memory(NULL, 0, &range, &err), QPAS_ERR_ARG);
	assert_int_equal(qpas_platform_memory(platform, 0, NULL, &err), QPAS_ERR_ARG);
	assert_int_equal(qpas_platform_find(platform, "adsp", &found, NULL), 0);
	assert_int_equal(qpas_platform_count(NULL), 0);
	assert_string_equal(qpas_platform_model(NULL), "");
	assert_null(qpas_platform_ref(NULL));
	qpas_platform_unref(NULL);
	qpas_platform_unref(platform);
	test_tree_free(&tree);
}

/* A02 */
static void sizes_of_a_peripheral_follow_the_rule(void **state)
{
	struct grown {
		struct qpas_peripheral known;
		uint64_t later;
	} grown = {QPAS_PERIPHERAL_INIT, 0};
	const uint32_t v1 = sizeof(struct qpas_peripheral);
	const struct {
		uint32_t size;
		uint64_t later;
		int wanted;
	} rows[] = {
		{0, 0, QPAS_ERR_ABI},
		{4, 0, QPAS_ERR_ABI},
		{v1 - 1, 0, QPAS_ERR_ABI},
		{v1, 7, 0},
		{v1 + 8, 0, 0},
		{v1 + 8, 7, QPAS_ERR_ABI},
		{4097, 0, QPAS_ERR_ABI},
	};
	struct test_tree tree = test_tree_lemans();
	struct qpas_error err = QPAS_ERROR_INIT;
	struct qpas_platform *platform = must_open(&tree);

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		memset(&grown, 0, sizeof(grown));
		grown.known.size = rows[i].size;
		grown.later = rows[i].later;
		assert_int_equal(qpas_platform_find(platform, "adsp", &grown.known, &err),
				 rows[i].wanted);
		assert_int_equal(grown.known.pas_id, rows[i].wanted ? 0 : 1);
		/* What the library does not know it does not write, the size included. */
		assert_int_equal(grown.known.size, rows[i].size);
		assert_int_equal(grown.later, rows[i].later);
	}
	qpas_platform_unref(platform);
}

static void references_are_counted(void **state)
{
	struct test_tree tree = test_tree_lemans();
	struct qpas_platform *platform = must_open(&tree);
	struct qpas_platform *second = qpas_platform_ref(platform);

	(void)state;
	assert_ptr_equal(second, platform);
	qpas_platform_unref(platform);
	assert_int_equal(qpas_platform_count(second), 7);
	qpas_platform_unref(second);
}

static void carveout_overlap_is_reported_and_not_booted(void **state)
{
	struct test_tree tree = test_tree_lemans();
	struct qpas_error err = QPAS_ERROR_INIT;
	struct qpas_platform *platform;
	struct qpas_peripheral adsp;
	struct qpas_peripheral cdsp;

	(void)state;
	/* One byte of the last page of the ADSP's, and none of anybody else's. */
	test_tree_add_region(&tree, "other@976ff000", 0x40, 0x976fffff, 1);
	/* D07: overlapping regions elsewhere are accepted. */
	test_tree_add_region(&tree, "far@c0000000", 0x41, 0xc0000000, 0x2000);
	test_tree_add_region(&tree, "near@c0001000", 0x42, 0xc0001000, 0x2000);
	platform = must_open(&tree);
	adsp = must_find(platform, "adsp");
	cdsp = must_find(platform, "cdsp0");
	assert_true(adsp.flags & QPAS_PERIPHERAL_CARVEOUT_OVERLAP);
	assert_false(cdsp.flags & QPAS_PERIPHERAL_CARVEOUT_OVERLAP);
	assert_int_equal(qpasi_platform_check_boot(platform, &cdsp, &err), 0);
	assert_int_equal(qpasi_platform_check_boot(platform, &adsp, &err), QPAS_ERR_RANGE);
	assert_int_equal(err.message_id, 817);
	assert_non_null(strstr(err.text, "other@976ff000"));
	qpas_platform_unref(platform);
}

static int open_on_heap(struct heap *heap, struct qpas_slice base, struct qpas_slice overlay,
			struct qpas_error *err)
{
	const struct qpas_allocator allocator = {sizeof(allocator), 0,	       heap_malloc,
						 heap_realloc,	    heap_free, heap};
	struct qpas_params params = QPAS_PARAMS_INIT;
	struct qpas_platform *platform;
	int ret;

	params.allocator = &allocator;
	ret = qpas_platform_open_memory(base, &overlay, 1, &params, &platform, err);
	if (ret)
		assert_null(platform);
	else
		assert_int_equal(qpas_platform_count(platform), 7);
	qpas_platform_unref(platform);
	return ret;
}

/* A06 */
static void every_failed_allocation_is_survived(void **state)
{
	struct test_tree tree = test_tree_lemans();
	struct test_tree overlay = test_tree_overlay();
	struct qpas_slice base = test_tree_slice(&tree);
	struct qpas_slice added;
	struct heap all = {0, UINT32_MAX, 0, 0, false};
	struct qpas_error err = QPAS_ERROR_INIT;

	(void)state;
	test_tree_add_node(&overlay, "/", "fragment@0");
	test_tree_set_text(&overlay, "/fragment@0", "target-path", "/soc@0");
	test_tree_add_node(&overlay, "/fragment@0", "__overlay__");
	added = test_tree_slice(&overlay);
	assert_int_equal(open_on_heap(&all, base, added, &err), 0);
	assert_int_equal(all.live, 0);
	assert_true(all.calls >= 6);
	for (uint32_t sticky = 0; sticky < 2; sticky++) {
		for (uint32_t n = 1; n <= all.calls; n++) {
			struct heap heap = {0, n, 0, 0, sticky != 0};

			assert_int_equal(open_on_heap(&heap, base, added, &err), QPAS_ERR_NOMEM);
			assert_int_equal(heap.live, 0);
		}
	}
	test_tree_free(&tree);
	test_tree_free(&overlay);
}

/* A09 */
static void memory_asked_for_is_bounded_by_the_input(void **state)
{
	struct test_tree tree = test_tree_bare("qcom,board");
	struct heap heap = {0, UINT32_MAX, 0, 0, false};
	const struct qpas_allocator allocator = {sizeof(allocator), 0,	       heap_malloc,
						 heap_realloc,	    heap_free, &heap};
	struct qpas_params params = QPAS_PARAMS_INIT;
	struct qpas_platform *platform;
	struct qpas_slice slice;
	char path[] = "/a/aa";

	(void)state;
	test_tree_add_node(&tree, "/", "a");
	for (int i = 0; i < 400; i++) {
		path[3] = (char)('a' + i / 20);
		path[4] = (char)('a' + i % 20);
		test_tree_add_node(&tree, "/a", path + 3);
		test_tree_cells(&tree, path, "phandle", (uint32_t)i + 1);
	}
	slice = test_tree_slice(&tree);
	params.allocator = &allocator;
	assert_int_equal(qpas_platform_open_memory(slice, NULL, 0, &params, &platform, NULL), 0);
	assert_true(heap.volume <= 2 * slice.len + 65536);
	qpas_platform_unref(platform);
	test_tree_free(&tree);
}

static void more_peripherals_than_any_board_has_are_refused(void **state)
{
	struct test_tree tree = test_tree_bare("qcom,board");
	struct qpas_platform *platform;
	struct qpas_error err = QPAS_ERROR_INIT;
	char path[] = "/aa";

	(void)state;
	for (int i = 0; i < 129; i++) {
		path[1] = (char)('a' + i / 20);
		path[2] = (char)('a' + i % 20);
		test_tree_add_node(&tree, "/", path + 1);
		test_tree_set_text(&tree, path, "compatible", "qcom,sm8550-iris");
	}
	assert_int_equal(open_tree(&tree, &platform, &err), QPAS_ERR_LIMIT);
	assert_int_equal(err.message_id, 821);
	test_tree_delete_node(&tree, "/aa");
	platform = must_open(&tree);
	assert_int_equal(qpas_platform_count(platform), 128);
	qpas_platform_unref(platform);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(finds_by_path_name_label_and_device),
		cmocka_unit_test(device_without_reg_is_called_by_its_parents),
		cmocka_unit_test(ambiguous_name_lists_the_paths),
		cmocka_unit_test(unknown_name_lists_what_there_is),
		cmocka_unit_test(long_lists_are_cut),
		cmocka_unit_test(memory_ranges_are_memory_then_reserved),
		cmocka_unit_test(kinds_have_names),
		cmocka_unit_test(null_arguments_are_refused),
		cmocka_unit_test(sizes_of_a_peripheral_follow_the_rule),
		cmocka_unit_test(references_are_counted),
		cmocka_unit_test(carveout_overlap_is_reported_and_not_booted),
		cmocka_unit_test(every_failed_allocation_is_survived),
		cmocka_unit_test(memory_asked_for_is_bounded_by_the_input),
		cmocka_unit_test(more_peripherals_than_any_board_has_are_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
