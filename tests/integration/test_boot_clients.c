/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Clients whose start differs from a DSP's: video by register and through PAS, GPU zap, camera;
 * and trees that describe what a boot refuses.
 */
#include "integration/tzsim_boot.h"

#define VIDEO_NODE   "/soc@0/video-codec@aa00000"
#define VIDEO_STREAM 0x2a02u
/* The board's IOMMU. */
#define IOMMU_HANDLE 0x10u

/* The board with a stream for the firmware of its video core. */
static struct test_tree video_tree(void)
{
	struct test_tree tree = test_tree_lemans();

	test_tree_add_node(&tree, VIDEO_NODE, "video-firmware");
	test_tree_cells(&tree, VIDEO_NODE "/video-firmware", "iommus", IOMMU_HANDLE, VIDEO_STREAM,
			0);
	return tree;
}

/* The board's zap region has two pages. */
static const struct test_segment small[] = {
	{TEST_PT_LOAD, TEST_FLAGS_RELOCATABLE | 6, 0, 0x80000000, 0x800, 0x1000, NULL, 0},
};

/* A machine with an image of this SW_ID and a backend on it. */
static void begin(struct rig *rig, uint32_t level, struct test_tree *tree, uint32_t sw_id)
{
	struct test_image_spec spec = rig_spec();
	struct qpas_params params = QPAS_PARAMS_INIT;

	rig_machine(rig, level, 0, "", tree);
	spec.sw_id = sw_id;
	spec.segments = small;
	spec.segment_count = 1;
	test_image_build(&rig->built, &spec);
	rig_open_image(rig, &rig->built, &rig->image);
	params.platform = rig->platform;
	rig_must(rig, qpas_tzsim_open(rig->model, &params, &rig->backend, &rig->err), "backend");
}

static void begin_video(struct rig *rig, uint32_t level)
{
	struct test_tree tree = video_tree();

	begin(rig, level, &tree, 0x0e);
	rig_must(rig, qpas_context_open(rig->backend, "video", NULL, &rig->context, &rig->err),
		 "context");
}

static int boot(struct rig *rig, uint64_t flags)
{
	struct qpas_boot_params params = QPAS_BOOT_PARAMS_INIT;

	params.flags = flags;
	return qpas_boot(rig->context, rig->image, &params, &rig->err);
}

static uint32_t ready_of(const struct rig *rig)
{
	struct qpas_context_info info = QPAS_CONTEXT_INFO_INIT;

	assert_int_equal(qpas_context_describe(rig->context, &info, NULL), 0);
	return info.ready;
}

/* ---- video by register ---- */

static void video_with_a_firmware_stream_starts_by_register_and_makes_no_call(void **state)
{
	(void)state;
	for (uint32_t level = 1; level <= 2; level++) {
		uint64_t calls;
		struct rig rig;

		begin_video(&rig, level);
		calls = rig_books(&rig).calls;
		for (int round = 0; round < 2; round++) {
			rig_must(&rig, boot(&rig, 0), "boot");
			assert_int_equal(rig_state(&rig), QPAS_STATE_RUNNING);
			assert_int_equal(ready_of(&rig), QPAS_READY_UNKNOWN);
			assert_int_equal(rig_books(&rig).running, 1);
			assert_int_equal(rig_books(&rig).mappings, 1);
			rig_must(&rig, qpas_shutdown(rig.context, &rig.err), "shutdown");
			expect_idle(&rig);
		}
		assert_int_equal(rig_books(&rig).calls, calls);
		rig_end(&rig);
	}
}

static void video_with_a_firmware_stream_starts_through_pas_when_asked(void **state)
{
	uint64_t calls;
	struct rig rig;

	(void)state;
	begin_video(&rig, 2);
	calls = rig_books(&rig).calls;
	rig_must(&rig, boot(&rig, QPAS_BOOT_USE_PAS), "boot");
	assert_int_not_equal(rig_books(&rig).calls, calls);
	rig_must(&rig, qpas_shutdown(rig.context, &rig.err), "shutdown");
	expect_idle(&rig);
	rig_end(&rig);
}

/* The client maps another stream than the one that the core fetches through. */
static void video_core_without_its_mapping_faults_at_address_0_of_its_stream(void **state)
{
	struct qpas_context_params params = QPAS_CONTEXT_PARAMS_INIT;
	struct qpas_peripheral peripheral = QPAS_PERIPHERAL_INIT;
	struct test_tree tree = video_tree();
	struct qpas_stream wrong;
	struct rig rig;

	(void)state;
	begin(&rig, 2, &tree, 0x0e);
	rig_must(&rig, qpas_platform_find(rig.platform, "video", &peripheral, &rig.err), "find");
	wrong = peripheral.streams[0];
	wrong.cells[0] = 0x880;
	peripheral.streams = &wrong;
	params.peripheral = &peripheral;
	params.platform = rig.platform;
	rig_must(&rig, qpas_context_open(rig.backend, NULL, &params, &rig.context, &rig.err),
		 "context");
	expect_failure(&rig, boot(&rig, 0), QPAS_ERR_IO, QPAS_STAGE_AUTH_RESET);
	expect_text(&rig, "stream 0x2a02, read at 0x0");
	assert_int_equal(rig_books(&rig).faults, 1);
	assert_int_equal(rig_state(&rig), QPAS_STATE_NEW);
	expect_idle(&rig);
	rig_end(&rig);
}

static void video_core_finds_no_firmware_in_an_image_of_zeros(void **state)
{
	static const struct test_segment segments[] = {
		{TEST_PT_LOAD, TEST_FLAGS_RELOCATABLE | 6, 0, 0x80000000, 0, 0x2000, NULL, 0},
	};
	struct test_image_spec spec = rig_spec();
	struct rig rig;

	(void)state;
	begin_video(&rig, 2);
	qpas_image_unref(rig.image);
	test_image_free(&rig.built);
	spec.sw_id = 0x0e;
	spec.segments = segments;
	spec.segment_count = 1;
	test_image_build(&rig.built, &spec);
	rig_open_image(&rig, &rig.built, &rig.image);
	expect_failure(&rig, boot(&rig, 0), QPAS_ERR_IO, QPAS_STAGE_AUTH_RESET);
	expect_text(&rig, "no firmware at address 0");
	expect_idle(&rig);
	rig_end(&rig);
}

/* ---- kinds without a ready signal ---- */

static struct test_tree camera_tree(void)
{
	static const char node[] = "/soc@0/camera-icp@ac00000";
	struct test_tree tree = test_tree_lemans();

	test_tree_add_region(&tree, "pil-camera@c0000000", 0x40, 0xc0000000, 0x500000);
	test_tree_add_node(&tree, "/soc@0", "camera-icp@ac00000");
	test_tree_set_text(&tree, node, "compatible", "qpas,camera-icp");
	test_tree_cells(&tree, node, "memory-region", 0x40);
	test_tree_cells(&tree, node, "iommus", IOMMU_HANDLE, 0x8c1, 0x400);
	test_tree_set_text(&tree, node, "firmware-name", "qcom/sa8775p/CAMERA_ICP.mbn");
	return tree;
}

static void kinds_without_a_ready_signal_run_and_say_nothing(void **state)
{
	static const struct {
		const char *name;
		uint32_t level, sw_id, mappings;
	} cases[] = {
		{"gpu", 1, 0x14, 1},	{"gpu", 2, 0x14, 0},	{"video", 1, 0x0e, 1},
		{"camera", 1, 0x99, 1}, {"camera", 2, 0x99, 1},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct test_tree tree = camera_tree();
		struct rig rig;

		begin(&rig, cases[i].level, &tree, cases[i].sw_id);
		rig_must(&rig,
			 qpas_context_open(rig.backend, cases[i].name, NULL, &rig.context,
					   &rig.err),
			 cases[i].name);
		rig_must(&rig, boot(&rig, 0), cases[i].name);
		assert_int_equal(rig_state(&rig), QPAS_STATE_RUNNING);
		assert_int_equal(ready_of(&rig), QPAS_READY_UNKNOWN);
		/* Above a hypervisor it is the hypervisor that maps. */
		if (rig_books(&rig).mappings < cases[i].mappings)
			fail_msg("%s at level %u is not mapped", cases[i].name, cases[i].level);
		rig_must(&rig, qpas_shutdown(rig.context, &rig.err), "shutdown");
		expect_idle(&rig);
		rig_end(&rig);
	}
}

static void video_without_a_firmware_stream_is_refused_at_level_2(void **state)
{
	struct test_tree tree = test_tree_lemans();
	struct rig rig;

	(void)state;
	begin(&rig, 2, &tree, 0x0e);
	assert_int_equal(qpas_context_open(rig.backend, "video", NULL, &rig.context, &rig.err),
			 QPAS_ERR_UNSUPP);
	expect_text(&rig, "video-firmware");
	rig_end(&rig);
}

/* ---- watching ---- */

static void waiting_for_one_that_is_ready_times_out_and_leaves_it_ready(void **state)
{
	struct test_tree tree = test_tree_lemans();
	struct qpas_el2_ops ops = QPAS_EL2_OPS_INIT;
	struct rig rig;

	(void)state;
	begin(&rig, 2, &tree, 0x04);
	rig_must(&rig, qpas_tzsim_ops(rig.model, &ops, &rig.err), "ops");
	rig_must(&rig, qpas_context_open(rig.backend, "adsp", NULL, &rig.context, &rig.err),
		 "open");
	rig_must(&rig, boot(&rig, 0), "boot");
	for (int round = 0; round < 2; round++) {
		assert_int_equal(qpas_context_wait_ready(rig.context, ops.now(ops.user) + 5000000,
							 &rig.err),
				 QPAS_ERR_TIMEOUT);
		assert_int_equal(rig_state(&rig), QPAS_STATE_RUNNING);
		assert_int_equal(ready_of(&rig), QPAS_READY_YES);
	}
	rig_end(&rig);
}

/* ---- what a tree says and a boot refuses ---- */

/* D07 */
static void boot_refuses_a_carveout_that_overlaps_another_region(void **state)
{
	struct test_tree tree = test_tree_lemans();
	uint64_t calls;
	struct rig rig;

	(void)state;
	test_tree_add_region(&tree, "splash@95a00000", 0x41, 0x95a00000, 0x1000);
	begin(&rig, 2, &tree, 0x04);
	rig_must(&rig, qpas_context_open(rig.backend, "adsp", NULL, &rig.context, &rig.err),
		 "open");
	calls = rig_books(&rig).calls;
	expect_failure(&rig, boot(&rig, 0), QPAS_ERR_RANGE, QPAS_STAGE_PLATFORM);
	expect_text(&rig, "splash@95a00000");
	expect_failure(&rig, qpas_context_init_image(rig.context, rig.image, &rig.err),
		       QPAS_ERR_RANGE, QPAS_STAGE_PLATFORM);
	assert_int_equal(rig_books(&rig).calls, calls);
	assert_int_equal(rig_state(&rig), QPAS_STATE_NEW);
	expect_idle(&rig);
	rig_end(&rig);
}

/* D07: the other peripherals of that tree are not concerned. */
static void overlap_of_another_carveout_does_not_matter(void **state)
{
	struct test_tree tree = test_tree_lemans();
	struct rig rig;

	(void)state;
	test_tree_add_region(&tree, "splash@95a00000", 0x41, 0x95a00000, 0x1000);
	begin(&rig, 2, &tree, 0x17);
	rig_must(&rig, qpas_context_open(rig.backend, "cdsp0", NULL, &rig.context, &rig.err),
		 "open");
	rig_must(&rig, boot(&rig, 0), "boot");
	rig_end(&rig);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(video_with_a_firmware_stream_starts_by_register_and_makes_no_call),
		cmocka_unit_test(video_with_a_firmware_stream_starts_through_pas_when_asked),
		cmocka_unit_test(video_core_without_its_mapping_faults_at_address_0_of_its_stream),
		cmocka_unit_test(video_core_finds_no_firmware_in_an_image_of_zeros),
		cmocka_unit_test(kinds_without_a_ready_signal_run_and_say_nothing),
		cmocka_unit_test(video_without_a_firmware_stream_is_refused_at_level_2),
		cmocka_unit_test(waiting_for_one_that_is_ready_times_out_and_leaves_it_ready),
		cmocka_unit_test(boot_refuses_a_carveout_that_overlaps_another_region),
		cmocka_unit_test(overlap_of_another_carveout_does_not_matter),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
