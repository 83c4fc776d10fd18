/* SPDX-License-Identifier: BSD-3-Clause */
/* What two images, or an image and a lite processor, may not do to each other. */
#include "unit/tzsim_calls.h"

/* Starts the usual image under an id by registers, in a world that needs no bridge. */
static void start_id(struct rig *rig, struct test_image *built, uint64_t id, uint64_t at)
{
	struct test_image own = rig->built;
	struct buffer metadata = take(rig, 0x3000);
	uint64_t out[8];

	rig->built = *built;
	(void)write_metadata(rig, &metadata);
	write_segments(rig, at);
	rig->built = own;
	assert_int_equal(call(rig, out, 0x42000201, 0x82, id, metadata.address), 0);
	assert_int_equal(call(rig, out, 0x42000202, 3, id, at, 0x5000), 0);
	assert_int_equal(call(rig, out, 0x42000205, 1, id), 0);
	give(rig, &metadata);
}

static void build_cdsp(struct test_image *built)
{
	struct test_image_spec spec = rig_spec();

	spec.sw_id = 0x17;
	test_image_build(built, &spec);
}

static void pointers_into_memory_of_a_running_image_are_refused(void **state)
{
	struct test_image cdsp;
	struct rig rig;
	uint64_t out[8];

	(void)state;
	machine(&rig, 2, QPAS_TZSIM_LENIENT, "");
	build_cdsp(&cdsp);
	start_id(&rig, &cdsp, 18, 0x9b500000);
	expect_reason(&rig, call(&rig, out, 0x42000201, 0x82, 1, 0x9b500000), -8, "not the host's");
	expect_reason(&rig, call(&rig, out, 0x42000221, 0x845, 1, 0x80000000, 16, 0x9b501000), -6,
		      "not the host's");
	expect_reason(&rig, call(&rig, out, 0x42000c1e, 4, 0x9b504006, 0x9b504006, 0x2200, 3), -8,
		      "not the host's");
	assert_int_equal(call(&rig, out, 0x42000206, 1, 18), 0);
	assert_int_equal(call(&rig, out, 0x42000c1e, 4, 0x9b504006, 0x9b504006, 0x2200, 3), 0);
	test_image_free(&cdsp);
	rig_free(&rig);
}

/* Metadata that lay where another image was started since are out of the host's hands. */
static void metadata_that_another_image_took_are_missed_at_auth(void **state)
{
	struct buffer inside = {NULL, 0x9b504000};
	struct test_image cdsp;
	struct rig rig;
	uint64_t out[8];
	uint8_t bytes[0x1000];
	struct qpas_slice slice = {bytes, sizeof(bytes)};

	(void)state;
	machine(&rig, 2, QPAS_TZSIM_LENIENT, "");
	memset(bytes, 0, sizeof(bytes));
	inside.ptr = bytes;
	assert_true(write_metadata(&rig, &inside) <= sizeof(bytes));
	rig_must(&rig, qpas_tzsim_write(rig.model, inside.address, slice, &rig.err), "write");
	assert_int_equal(call(&rig, out, 0x42000201, 0x82, 1, inside.address), 0);
	assert_int_equal(call(&rig, out, 0x42000202, 3, 1, 0x95900000, 0x5000), 0);
	write_segments(&rig, 0x95900000);
	build_cdsp(&cdsp);
	start_id(&rig, &cdsp, 18, 0x9b500000);
	expect_reason(&rig, call(&rig, out, 0x42000205, 1, 1), -8, "the metadata");
	test_image_free(&cdsp);
	rig_free(&rig);
}

/* Nobody called MEM_SETUP for it, so its place is judged when it starts. */
static void fixed_image_over_the_region_of_another_id_is_refused_at_auth(void **state)
{
	const struct test_segment segments[] = {
		{TEST_PT_LOAD, 5, 0x9b504000, 0x9b504000, 0x100, 0x1000, NULL, 0},
	};
	struct test_image_spec spec = rig_spec();
	struct test_image cdsp, usual;
	struct buffer metadata;
	struct rig rig;
	uint64_t out[8];

	(void)state;
	machine(&rig, 2, QPAS_TZSIM_LENIENT, "");
	build_cdsp(&cdsp);
	/* Promised to 18, and not yet its own. */
	metadata = take(&rig, 0x3000);
	usual = rig.built;
	rig.built = cdsp;
	(void)write_metadata(&rig, &metadata);
	assert_int_equal(call(&rig, out, 0x42000201, 0x82, 18, metadata.address), 0);
	assert_int_equal(call(&rig, out, 0x42000202, 3, 18, 0x9b500000, 0x5000), 0);
	spec.segments = segments;
	spec.segment_count = 1;
	test_image_build(&rig.built, &spec);
	(void)write_metadata(&rig, &metadata);
	assert_int_equal(call(&rig, out, 0x42000201, 0x82, 1, metadata.address), 0);
	expect_reason(&rig, call(&rig, out, 0x42000205, 1, 1), -2, "overlaps that of PAS id 18");
	give(&rig, &metadata);
	test_image_free(&rig.built);
	rig.built = usual;
	test_image_free(&cdsp);
	rig_free(&rig);
}

/* B18 */
static void image_is_not_started_while_a_lite_processor_of_the_boot_loader_runs(void **state)
{
	struct test_tree tree = test_tree_lemans();
	struct buffer metadata;
	struct rig rig;
	uint64_t out[8];

	(void)state;
	test_tree_set_text(&tree, "/soc@0/remoteproc@30000000", "compatible",
			   "qcom,x1e80100-adsp-pas");
	rig_machine(&rig, 2, QPAS_TZSIM_LENIENT, "running 31\n", &tree);
	rig_image(&rig);
	metadata = take(&rig, 0x3000);
	(void)write_metadata(&rig, &metadata);
	write_segments(&rig, 0x95900000);
	for (int round = 0; round < 2; round++) {
		assert_int_equal(call(&rig, out, 0x42000201, 0x82, 1, metadata.address), 0);
		assert_int_equal(call(&rig, out, 0x42000202, 3, 1, 0x95900000, 0x5000), 0);
		if (round) {
			assert_int_equal(call(&rig, out, 0x42000205, 1, 1), 0);
			break;
		}
		expect_reason(&rig, call(&rig, out, 0x42000205, 1, 1), -2, "PAS id 31 still runs");
		assert_int_equal(call(&rig, out, 0x42000206, 1, 31), 0);
	}
	assert_int_equal(call(&rig, out, 0x42000206, 1, 1), 0);
	give(&rig, &metadata);
	rig_free(&rig);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(pointers_into_memory_of_a_running_image_are_refused),
		cmocka_unit_test(metadata_that_another_image_took_are_missed_at_auth),
		cmocka_unit_test(fixed_image_over_the_region_of_another_id_is_refused_at_auth),
		cmocka_unit_test(
			image_is_not_started_while_a_lite_processor_of_the_boot_loader_runs),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
