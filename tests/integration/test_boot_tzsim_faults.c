/* SPDX-License-Identifier: BSD-3-Clause */
/* What goes wrong on demand, companion images, and processors that run already. */
#include "integration/tzsim_boot.h"

struct fault_row {
	const char *profile;
	int code;
	uint32_t stage;
	uint32_t state;
	const char *says;
};

static const struct fault_row fault_rows[] = {
	{"fault busy", 0, 0, QPAS_STATE_RUNNING, ""},
	{"fault interrupted:9", 0, 0, QPAS_STATE_RUNNING, ""},
	{"fault waitq:5", 0, 0, QPAS_STATE_RUNNING, ""},
	{"fault waitq:3\nfault interrupted:3\nfault busy:3", 0, 0, QPAS_STATE_RUNNING, ""},
	{"fault short-table", 0, 0, QPAS_STATE_RUNNING, ""},
	/* B06 */
	{"fault init-refuse", QPAS_ERR_AUTH, QPAS_STAGE_INIT_IMAGE, QPAS_STATE_NEW,
	 "asked to refuse"},
	/* B07 */
	{"fault memory-refuse", QPAS_ERR_TZ, QPAS_STAGE_MEM_SETUP, QPAS_STATE_NEW,
	 "asked to refuse"},
	/* B08 */
	{"fault auth-refuse", QPAS_ERR_AUTH, QPAS_STAGE_AUTH_RESET, QPAS_STATE_NEW, "16"},
	{"fault never-ready", QPAS_ERR_TIMEOUT, QPAS_STAGE_READY, QPAS_STATE_STOPPED, "ready"},
	{"fault crash", QPAS_ERR_BACKEND, QPAS_STAGE_READY, QPAS_STATE_STOPPED, "err_fatal"},
};

static void faults_end_as_they_must_and_leave_nothing_behind(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(fault_rows) / sizeof(fault_rows[0]); i++) {
		const struct fault_row *row = &fault_rows[i];

		for (uint32_t level = 1; level <= 2; level++) {
			struct rig rig;
			int code;

			rig_begin(&rig, level, QPAS_TZSIM_STRICT, row->profile);
			rig_open(&rig, "adsp");
			code = rig_boot(&rig);
			if (code != row->code || rig_state(&rig) != row->state)
				fail_msg("%s at level %u: %s in state %s: %s", row->profile, level,
					 qpas_err_name(code), qpas_state_name(rig_state(&rig)),
					 code ? qpas_error_text(&rig.err) : "");
			if (code) {
				assert_int_equal(rig.err.stage, row->stage);
				expect_text(&rig, row->says);
				expect_idle(&rig);
				/* It happens once: the next start works. */
				rig_must(&rig, rig_boot(&rig), row->profile);
			}
			rig_end(&rig);
		}
	}
}

/* B04: what the trusted world did is not known, and here it did it. */
static void lost_reply_of_auth_leaves_unknown_and_a_shutdown_brings_it_back(void **state)
{
	struct rig rig;

	(void)state;
	rig_begin(&rig, 2, 0, "fault lost-auth");
	rig_open(&rig, "adsp");
	expect_failure(&rig, rig_boot(&rig), QPAS_ERR_UNKNOWN, QPAS_STAGE_AUTH_RESET);
	assert_int_equal(rig_state(&rig), QPAS_STATE_UNKNOWN);
	assert_int_equal(rig_books(&rig).running, 1);
	rig_must(&rig, qpas_shutdown(rig.context, &rig.err), "shutdown");
	assert_int_equal(rig_state(&rig), QPAS_STATE_STOPPED);
	expect_idle(&rig);
	rig_end(&rig);
}

static void refused_shutdown_leaves_it_running_and_the_next_one_stops_it(void **state)
{
	struct rig rig;

	(void)state;
	rig_begin(&rig, 2, 0, "fault shutdown-refuse:2");
	rig_open(&rig, "adsp");
	rig_must(&rig, rig_boot(&rig), "boot");
	for (int round = 0; round < 2; round++) {
		assert_int_equal(qpas_shutdown(rig.context, &rig.err), QPAS_ERR_TZ);
		assert_int_equal(rig_state(&rig), QPAS_STATE_RUNNING);
	}
	rig_must(&rig, qpas_shutdown(rig.context, &rig.err), "shutdown");
	rig_end(&rig);
}

/* B26: one call and 21 retries, then BUSY; the state is as it was. */
static void busy_world_is_given_up_after_21_retries(void **state)
{
	struct rig rig;
	uint64_t before;

	(void)state;
	/* IS_SUPPORTED uses none up: it is asked before the fault is armed by a second model. */
	rig_begin(&rig, 2, 0, "fault busy:22");
	rig.ops.sleep_until = NULL;
	{
		struct qpas_params params = QPAS_PARAMS_INIT;

		params.platform = rig.platform;
		rig_must(&rig, qpas_el2_open(&rig.ops, &params, &rig.backend, &rig.err), "backend");
	}
	before = rig_books(&rig).calls;
	assert_int_equal(qpas_context_open(rig.backend, "adsp", NULL, &rig.context, &rig.err),
			 QPAS_ERR_BUSY);
	assert_int_equal(rig_books(&rig).calls - before, 22);
	rig_must(&rig, qpas_context_open(rig.backend, "adsp", NULL, &rig.context, &rig.err),
		 "open");
	rig_must(&rig, rig_boot(&rig), "boot");
	rig_end(&rig);
}

static void crash_after_ready_is_told_and_a_restart_works(void **state)
{
	struct rig rig;

	(void)state;
	rig_begin(&rig, 2, 0, "fault crash-running");
	rig_open(&rig, "adsp");
	rig_must(&rig, rig_boot(&rig), "boot");
	assert_int_equal(qpas_context_wait_ready(rig.context, 1, &rig.err), QPAS_ERR_BACKEND);
	assert_int_equal(rig_state(&rig), QPAS_STATE_CRASHED);
	rig_must(&rig, qpas_shutdown(rig.context, &rig.err), "shutdown");
	rig_must(&rig, rig_boot(&rig), "second boot");
	rig_end(&rig);
}

static void silent_model_gives_no_more_than_hardware_does(void **state)
{
	struct qpas_backend *backend = NULL;
	struct qpas_context *context = NULL;
	struct qpas_params params = QPAS_PARAMS_INIT;
	struct rig rig;

	(void)state;
	rig_begin(&rig, 2, 0, "fault auth-refuse");
	rig_must(&rig, qpas_tzsim_register(&rig.err), "register");
	rig_must(&rig, qpas_tzsim_register(&rig.err), "register again");
	params.platform = rig.platform;
	rig_must(&rig,
		 qpas_backend_open("tzsim:explain=0,fault=auth-refuse", &params, &backend,
				   &rig.err),
		 "open");
	rig_must(&rig, qpas_context_open(backend, "adsp", NULL, &context, &rig.err), "context");
	assert_int_equal(qpas_boot(context, rig.image, NULL, &rig.err), QPAS_ERR_AUTH);
	assert_null(strstr(qpas_error_text(&rig.err), "asked to"));
	assert_int_equal(qpas_context_close(context), 0);
	qpas_backend_unref(backend);
	rig_open(&rig, "adsp");
	rig_end(&rig);
}

/* ---- memory of the trusted world ---- */

/* B25: from AUTH_AND_RESET to a confirmed return the host's accesses are fatal. */
static void host_access_to_a_running_image_is_refused_and_counted(void **state)
{
	uint8_t byte = 0;
	struct qpas_slice slice = {&byte, 1};
	struct rig rig;

	(void)state;
	rig_begin(&rig, 2, 0, "");
	rig_open(&rig, "adsp");
	rig_must(&rig, rig_boot(&rig), "boot");
	assert_int_equal(rig_books(&rig).protected_accesses, 0);
	assert_int_equal(qpas_tzsim_read(rig.model, RIG_CARVEOUT, &byte, 1, &rig.err),
			 QPAS_ERR_BACKEND);
	assert_int_equal(qpas_tzsim_write(rig.model, RIG_CARVEOUT + 0x4fff, slice, &rig.err),
			 QPAS_ERR_BACKEND);
	assert_int_equal(rig_books(&rig).protected_accesses, 2);
	rig_must(&rig, qpas_tzsim_read(rig.model, RIG_CARVEOUT + 0x5000, &byte, 1, &rig.err),
		 "behind");
	rig_must(&rig, qpas_shutdown(rig.context, &rig.err), "shutdown");
	rig_must(&rig, qpas_tzsim_read(rig.model, RIG_CARVEOUT, &byte, 1, &rig.err), "after");
	assert_int_equal(qpas_context_close(rig.context), 0);
	qpas_backend_unref(rig.backend);
	rig_free(&rig);
}

static void mapping_taken_away_under_a_running_processor_faults(void **state)
{
	static const struct qpas_stream stream = {"/soc@0/iommu@15000000", {RIG_STREAM, 0}, 2, 0};
	struct qpas_backend_mapping mapping = {RIG_CARVEOUT, RIG_CARVEOUT, 0x1e00000, 3, 0};
	struct rig rig;

	(void)state;
	rig_begin(&rig, 2, 0, "");
	rig_open(&rig, "adsp");
	rig_must(&rig, rig_boot(&rig), "boot");
	assert_int_equal(rig.own.iommu_unmap(rig.own.user, &stream, &mapping), 0);
	assert_int_equal(qpas_context_wait_ready(rig.context, 1, &rig.err), QPAS_ERR_BACKEND);
	expect_text(&rig, "0x95900000");
	assert_int_equal(rig.own.iommu_map(rig.own.user, &stream, &mapping), 0);
	rig_end(&rig);
}

/* ---- companion image and lite processors ---- */

/* B18 */
static void companion_runs_with_its_main_image_after_the_lite_processors_are_shut_down(void **state)
{
	(void)state;
	for (uint32_t level = 1; level <= 2; level++) {
		struct qpas_image *companion = NULL;
		struct rig rig;

		begin_companion(&rig, level, "running 31\nrunning 41\n", &companion);
		rig_open(&rig, "adsp");
		assert_int_equal(rig_books(&rig).running, 2);
		rig_must(&rig, boot_with(&rig, companion), "boot");
		/* Main image and companion; the lite ids are down. */
		assert_int_equal(rig_books(&rig).running, 2);
		rig_must(&rig, qpas_shutdown(rig.context, &rig.err), "shutdown");
		expect_idle(&rig);
		qpas_image_unref(companion);
		rig_end(&rig);
	}
}

static void companion_needs_no_stream_of_the_tree_above_a_hypervisor(void **state)
{
	struct qpas_image *companion = NULL;
	struct test_tree tree = companion_tree();
	struct test_image_spec spec = rig_spec();
	struct test_image built;
	struct rig rig;

	(void)state;
	test_tree_delete(&tree, "/soc@0/remoteproc@30000000", "iommus");
	rig_machine(&rig, 1, 0, "", &tree);
	rig_ops(&rig);
	rig_image(&rig);
	spec.sw_id = 0x53;
	test_image_build(&built, &spec);
	rig_open_image(&rig, &built, &companion);
	test_image_free(&built);
	rig_open(&rig, "adsp");
	rig_must(&rig, boot_with(&rig, companion), "boot");
	assert_int_equal(rig_books(&rig).faults, 0);
	qpas_image_unref(companion);
	rig_end(&rig);
}

static void main_image_without_the_companions_mapping_faults_in_the_companions_region(void **state)
{
	struct qpas_image *companion = NULL;
	struct rig rig;

	(void)state;
	begin_companion(&rig, 2, "", &companion);
	rig.value = 0x90b00000;
	rig.ops.iommu_map = drop_mapping;
	rig.ops.iommu_unmap = drop_unmapping;
	rig_open(&rig, "adsp");
	expect_failure(&rig, boot_with(&rig, companion), QPAS_ERR_BACKEND, QPAS_STAGE_READY);
	expect_text(&rig, "0x90b00000");
	expect_idle(&rig);
	qpas_image_unref(companion);
	rig_end(&rig);
}

/* B18: kernel 7.2 forgets the companion when the main image fails. */
static void companion_is_shut_down_again_when_the_main_image_is_refused(void **state)
{
	struct qpas_image *companion = NULL;
	struct rig rig;

	(void)state;
	begin_companion(&rig, 2, "", &companion);
	rig.value = RIG_CARVEOUT;
	rig.ops.smc = flip_before_auth;
	rig_open(&rig, "adsp");
	/* The companion's own AUTH_AND_RESET flips a byte of the main region, which is not loaded yet. */
	expect_failure(&rig, boot_with(&rig, companion), QPAS_ERR_AUTH, QPAS_STAGE_AUTH_RESET);
	expect_idle(&rig);
	qpas_image_unref(companion);
	rig_end(&rig);
}

/* ---- video started by register ---- */

static void begin_video(struct rig *rig)
{
	struct test_tree tree = test_tree_lemans();
	struct qpas_params params = QPAS_PARAMS_INIT;
	struct test_image_spec spec = rig_spec();

	test_tree_add_node(&tree, "/soc@0/video-codec@aa00000", "video-firmware");
	test_tree_cells(&tree, "/soc@0/video-codec@aa00000/video-firmware", "iommus", 0x10, 0x8a2,
			0);
	rig_machine(rig, 2, 0, "", &tree);
	spec.sw_id = 0x0e;
	test_image_build(&rig->built, &spec);
	rig_open_image(rig, &rig->built, &rig->image);
	params.platform = rig->platform;
	rig_must(rig, qpas_tzsim_open(rig->model, &params, &rig->backend, &rig->err), "backend");
	rig_must(rig, qpas_context_open(rig->backend, "video", NULL, &rig->context, &rig->err),
		 "context");
}

static void video_with_a_firmware_stream_starts_without_a_call_to_the_trusted_world(void **state)
{
	uint64_t calls;
	struct rig rig;

	(void)state;
	begin_video(&rig);
	calls = rig_books(&rig).calls;
	rig_must(&rig, rig_boot(&rig), "boot");
	assert_int_equal(rig_books(&rig).calls, calls);
	assert_int_equal(rig_books(&rig).running, 1);
	assert_int_equal(rig_books(&rig).mappings, 1);
	rig_must(&rig, qpas_shutdown(rig.context, &rig.err), "shutdown");
	expect_idle(&rig);
	rig_end(&rig);
}

static void video_started_by_register_needs_the_addresses_from_0_for_itself(void **state)
{
	static const struct qpas_stream stream = {"/soc@0/iommu@15000000", {0x8a2, 0}, 2, 0};
	struct qpas_backend_mapping mapping = {0x1000000, 0x9f900000, 0x1000, 3, 0};
	struct rig rig;

	(void)state;
	begin_video(&rig);
	/* Behind the region of 16 MiB at 0 it disturbs nobody. */
	assert_int_equal(rig.own.iommu_map(rig.own.user, &stream, &mapping), 0);
	rig_must(&rig, rig_boot(&rig), "boot");
	rig_must(&rig, qpas_shutdown(rig.context, &rig.err), "shutdown");
	assert_int_equal(rig.own.iommu_unmap(rig.own.user, &stream, &mapping), 0);
	/* A page of it is somebody else's: the client cannot map, and says so. */
	mapping.iova = 0x5000;
	assert_int_equal(rig.own.iommu_map(rig.own.user, &stream, &mapping), 0);
	expect_failure(&rig, rig_boot(&rig), QPAS_ERR_OVERLAP, QPAS_STAGE_IOMMU);
	assert_int_equal(rig.own.iommu_unmap(rig.own.user, &stream, &mapping), 0);
	rig_end(&rig);
}

static void attach_adopts_a_processor_that_the_boot_loader_started(void **state)
{
	struct qpas_params params = QPAS_PARAMS_INIT;
	struct rig rig;

	(void)state;
	rig_begin(&rig, 2, 0, "running 1\n");
	params.platform = rig.platform;
	rig_must(&rig, qpas_tzsim_open(rig.model, &params, &rig.backend, &rig.err), "backend");
	rig_must(&rig, qpas_context_open(rig.backend, "adsp", NULL, &rig.context, &rig.err),
		 "open");
	rig_must(&rig, qpas_attach(rig.context, &rig.err), "attach");
	assert_int_equal(rig_state(&rig), QPAS_STATE_RUNNING);
	rig_must(&rig, qpas_shutdown(rig.context, &rig.err), "shutdown");
	rig_end(&rig);
}

static void attach_to_a_processor_that_is_down_finds_nothing(void **state)
{
	struct qpas_params params = QPAS_PARAMS_INIT;
	struct rig rig;

	(void)state;
	rig_begin(&rig, 2, 0, "");
	params.platform = rig.platform;
	rig_must(&rig, qpas_tzsim_open(rig.model, &params, &rig.backend, &rig.err), "backend");
	rig_must(&rig, qpas_context_open(rig.backend, "adsp", NULL, &rig.context, &rig.err),
		 "open");
	assert_int_equal(qpas_attach(rig.context, &rig.err), QPAS_ERR_NOTFOUND);
	rig_end(&rig);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(faults_end_as_they_must_and_leave_nothing_behind),
		cmocka_unit_test(lost_reply_of_auth_leaves_unknown_and_a_shutdown_brings_it_back),
		cmocka_unit_test(refused_shutdown_leaves_it_running_and_the_next_one_stops_it),
		cmocka_unit_test(busy_world_is_given_up_after_21_retries),
		cmocka_unit_test(crash_after_ready_is_told_and_a_restart_works),
		cmocka_unit_test(silent_model_gives_no_more_than_hardware_does),
		cmocka_unit_test(host_access_to_a_running_image_is_refused_and_counted),
		cmocka_unit_test(mapping_taken_away_under_a_running_processor_faults),
		cmocka_unit_test(
			companion_runs_with_its_main_image_after_the_lite_processors_are_shut_down),
		cmocka_unit_test(companion_needs_no_stream_of_the_tree_above_a_hypervisor),
		cmocka_unit_test(
			main_image_without_the_companions_mapping_faults_in_the_companions_region),
		cmocka_unit_test(companion_is_shut_down_again_when_the_main_image_is_refused),
		cmocka_unit_test(
			video_with_a_firmware_stream_starts_without_a_call_to_the_trusted_world),
		cmocka_unit_test(video_started_by_register_needs_the_addresses_from_0_for_itself),
		cmocka_unit_test(attach_adopts_a_processor_that_the_boot_loader_started),
		cmocka_unit_test(attach_to_a_processor_that_is_down_finds_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
