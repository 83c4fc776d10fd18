/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The whole path on a simulated machine: core, the el2 backend, the model. Takes one thing away at a
 * time and wants the model itself to find it missing.
 */
#include <stdio.h>

#include "integration/tzsim_boot.h"

/* ---- what works ---- */

struct personality {
	const char *name;
	uint32_t level;
	uint32_t tz;
};

static const struct personality personalities[] = {
	{"level 2, strict", 2, QPAS_TZSIM_STRICT}, {"level 2, lenient", 2, QPAS_TZSIM_LENIENT},
	{"level 1, strict", 1, QPAS_TZSIM_STRICT}, {"level 1, lenient", 1, QPAS_TZSIM_LENIENT},
	{"level 1, old", 1, QPAS_TZSIM_OLD},	   {"defaults", 0, 0},
};

static void adsp_runs_and_stops_twice_in_every_personality(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(personalities) / sizeof(personalities[0]); i++) {
		struct rig rig;

		rig_begin(&rig, personalities[i].level, personalities[i].tz, "");
		rig_open(&rig, "adsp");
		for (int round = 0; round < 2; round++) {
			rig_must(&rig, rig_boot(&rig), personalities[i].name);
			assert_int_equal(rig_state(&rig), QPAS_STATE_RUNNING);
			assert_int_equal(rig_books(&rig).running, 1);
			assert_int_not_equal(rig_books(&rig).mappings, 0);
			rig_must(&rig, qpas_shutdown(rig.context, &rig.err), "shutdown");
			expect_idle(&rig);
		}
		assert_int_equal(rig_books(&rig).faults, 0);
		rig_end(&rig);
	}
}

static void all_five_processors_run_side_by_side(void **state)
{
	static const struct {
		const char *name;
		uint32_t sw_id;
	} cores[] = {{"adsp", 0x04},
		     {"cdsp0", 0x17},
		     {"cdsp1", 0x44},
		     {"gpdsp0", 0x58},
		     {"gpdsp1", 0x5a}};
	struct qpas_context *contexts[5];
	struct rig rig;

	(void)state;
	rig_begin(&rig, 2, 0, "");
	rig_open(&rig, "adsp");
	contexts[0] = rig.context;
	for (size_t i = 0; i < 5; i++) {
		struct test_image_spec spec = rig_spec();
		struct qpas_image *image = NULL;
		struct test_image built;

		spec.sw_id = cores[i].sw_id;
		test_image_build(&built, &spec);
		rig_open_image(&rig, &built, &image);
		if (i)
			rig_must(&rig,
				 qpas_context_open(rig.backend, cores[i].name, NULL, &contexts[i],
						   &rig.err),
				 cores[i].name);
		rig_must(&rig, qpas_boot(contexts[i], image, NULL, &rig.err), cores[i].name);
		qpas_image_unref(image);
		test_image_free(&built);
	}
	assert_int_equal(rig_books(&rig).running, 5);
	for (size_t i = 1; i < 5; i++)
		assert_int_equal(qpas_context_close(contexts[i]), 0);
	rig_end(&rig);
}

static void old_trusted_world_is_refused_at_level_2_and_the_text_says_why(void **state)
{
	struct rig rig;

	(void)state;
	rig_begin(&rig, 2, QPAS_TZSIM_OLD, "");
	rig_open(&rig, "adsp");
	expect_failure(&rig, rig_boot(&rig), QPAS_ERR_UNSUPP, QPAS_STAGE_RSC_TABLE);
	expect_text(&rig, "PAS_GET_RSCTABLE");
	expect_text(&rig, "Update the boot firmware");
	assert_int_equal(rig_state(&rig), QPAS_STATE_NEW);
	expect_idle(&rig);
	rig_end(&rig);
}

static void image_of_another_processor_is_refused_by_its_sw_id(void **state)
{
	struct rig rig;

	(void)state;
	rig_begin(&rig, 2, 0, "");
	rig_open(&rig, "cdsp0");
	expect_failure(&rig, rig_boot(&rig), QPAS_ERR_AUTH, QPAS_STAGE_INIT_IMAGE);
	expect_text(&rig, "SW_ID 0x4");
	expect_idle(&rig);
	rig_end(&rig);
}

/* ---- one thing taken away ---- */

static void boot_without_mapping(uint64_t iova, const char *where)
{
	struct rig rig;

	rig_begin(&rig, 2, 0, "");
	rig.value = iova;
	rig.ops.iommu_map = drop_mapping;
	rig.ops.iommu_unmap = drop_unmapping;
	rig_open(&rig, "adsp");
	expect_failure(&rig, rig_boot(&rig), QPAS_ERR_BACKEND, QPAS_STAGE_READY);
	expect_text(&rig, "stream 0x3000");
	expect_text(&rig, where);
	expect_text(&rig, "read");
	assert_int_equal(rig_books(&rig).faults, 1);
	assert_int_equal(rig_state(&rig), QPAS_STATE_STOPPED);
	expect_idle(&rig);
	rig_end(&rig);
}

static void missing_carveout_mapping_faults_on_the_processors_own_fetch(void **state)
{
	(void)state;
	boot_without_mapping(RIG_CARVEOUT, "0x95900000");
}

static void missing_device_mapping_faults_on_the_processors_own_fetch(void **state)
{
	(void)state;
	boot_without_mapping(RIG_DEVICE, "0x30000000");
}

/* Changes mappings of the carveout, in what is mapped and in what is unmapped alike. */
static int bent_map(void *user, const struct qpas_stream *stream,
		    const struct qpas_backend_mapping *mapping, bool map)
{
	struct rig *rig = user;
	struct qpas_backend_mapping bent = *mapping;

	if (mapping->iova == RIG_CARVEOUT && rig->count == 0)
		bent.permissions = QPAS_RSC_READ;
	if (mapping->iova == RIG_CARVEOUT && rig->count == 1)
		bent.length -= 0x1dfc000;
	if (mapping->iova == RIG_CARVEOUT && rig->count == 2)
		bent.address += 0x1000;
	return map ? rig_map(user, stream, &bent) : rig_unmap(user, stream, &bent);
}

static int map_bent(void *user, const struct qpas_stream *stream,
		    const struct qpas_backend_mapping *mapping)
{
	return bent_map(user, stream, mapping, true);
}

static int unmap_bent(void *user, const struct qpas_stream *stream,
		      const struct qpas_backend_mapping *mapping)
{
	return bent_map(user, stream, mapping, false);
}

static void carveout_mapping_without_write_short_or_elsewhere_is_found_out(void **state)
{
	/* The second segment, at 0x3000, is writable; four pages are left of the short mapping. */
	static const char *const said[][2] = {
		{"write", "0x95903000"}, {"read", "0x95904000"}, {"crashed", "another page"}};

	(void)state;
	for (uint32_t i = 0; i < 3; i++) {
		struct rig rig;

		rig_begin(&rig, 2, 0, "");
		rig.count = i;
		rig.ops.iommu_map = map_bent;
		rig.ops.iommu_unmap = unmap_bent;
		rig_open(&rig, "adsp");
		expect_failure(&rig, rig_boot(&rig), QPAS_ERR_BACKEND, QPAS_STAGE_READY);
		expect_text(&rig, said[i][0]);
		expect_text(&rig, said[i][1]);
		expect_idle(&rig);
		rig_end(&rig);
	}
}

/* Swallows the bridge over one address and invents success, on both ends. */
static int swallow_bridge(void *user, uint64_t regs[8])
{
	struct rig *rig = user;
	bool creates = (uint32_t)regs[0] == BRIDGE_FID &&
		       (regs[2] & ~UINT64_C(0xfff)) == rig->value;
	bool deletes = (uint32_t)regs[0] == DELETE_FID && regs[2] == 0x77;

	if (!creates && !deletes)
		return rig_smc(user, regs);
	memset(regs, 0, 8 * sizeof(regs[0]));
	regs[2] = 0x77;
	rig->count++;
	return 0;
}

static void missing_carveout_bridge_is_found_by_trustzones_own_access(void **state)
{
	struct rig rig;

	(void)state;
	rig_begin(&rig, 2, QPAS_TZSIM_STRICT, "");
	rig.value = RIG_CARVEOUT;
	rig.ops.smc = swallow_bridge;
	rig_open(&rig, "adsp");
	expect_failure(&rig, rig_boot(&rig), QPAS_ERR_AUTH, QPAS_STAGE_AUTH_RESET);
	expect_text(&rig, "0x95900000");
	expect_text(&rig, "bridge");
	assert_int_equal(rig.err.tz_status, -8);
	assert_int_equal(rig.count, 2);
	expect_idle(&rig);
	rig_end(&rig);
}

static void lenient_trusted_world_does_not_miss_the_carveout_bridge(void **state)
{
	struct rig rig;

	(void)state;
	rig_begin(&rig, 2, QPAS_TZSIM_LENIENT, "");
	rig.value = RIG_CARVEOUT;
	rig.ops.smc = swallow_bridge;
	rig_open(&rig, "adsp");
	rig_must(&rig, rig_boot(&rig), "boot");
	rig_end(&rig);
}

/* Makes the bridge over the carveout read-only for the trusted world, or a page too short. */
static int bend_bridge(void *user, uint64_t regs[8])
{
	struct rig *rig = user;

	if ((uint32_t)regs[0] == BRIDGE_FID && (regs[2] & ~UINT64_C(0xfff)) == RIG_CARVEOUT) {
		if (rig->count == 0)
			regs[3] = (regs[3] & ~UINT64_C(0xfff)) | 4;
		else
			regs[4] = 0x4000 | (regs[4] & 0xfff);
	}
	return rig_smc(user, regs);
}

static void carveout_bridge_that_is_read_only_or_too_short_is_refused(void **state)
{
	(void)state;
	for (uint32_t i = 0; i < 2; i++) {
		struct rig rig;

		rig_begin(&rig, 2, QPAS_TZSIM_STRICT, "");
		rig.count = i;
		rig.ops.smc = bend_bridge;
		rig_open(&rig, "adsp");
		expect_failure(&rig, rig_boot(&rig), QPAS_ERR_AUTH, QPAS_STAGE_AUTH_RESET);
		expect_text(&rig, i ? "0x95904000" : "0x95900000");
		expect_idle(&rig);
		rig_end(&rig);
	}
}

/* Notes where the metadata are, and takes their bridge away just before INIT_IMAGE. */
static int drop_metadata_bridge(void *user, uint64_t regs[8])
{
	struct rig *rig = user;
	uint32_t function = (uint32_t)regs[0];
	uint64_t drop[8] = {DELETE_FID, 1, rig->handle};
	int code;

	if (function == DELETE_FID && regs[2] == rig->handle) {
		memset(regs, 0, 8 * sizeof(regs[0]));
		return 0;
	}
	if (function == INIT_FID) {
		rig->value = regs[3];
		code = rig_smc(user, drop);
		if (code)
			return code;
	}
	code = rig_smc(user, regs);
	/* The page of arguments comes first, then the pool of tables and metadata. */
	if (function == BRIDGE_FID && ++rig->count == 2)
		rig->handle = regs[2];
	return code;
}

static void missing_metadata_bridge_is_found_by_trustzones_own_access(void **state)
{
	char where[32];
	struct rig rig;

	(void)state;
	rig_begin(&rig, 2, QPAS_TZSIM_STRICT, "");
	rig.ops.smc = drop_metadata_bridge;
	rig_open(&rig, "adsp");
	expect_failure(&rig, rig_boot(&rig), QPAS_ERR_AUTH, QPAS_STAGE_INIT_IMAGE);
	(void)snprintf(where, sizeof(where), "0x%llx", (unsigned long long)rig.value);
	expect_text(&rig, where);
	expect_idle(&rig);
	rig_end(&rig);
}

/* ---- bytes that change ---- */

static void byte_changed_between_load_and_auth_is_refused_in_each_segment(void **state)
{
	/* First and last byte of the two segments with data. */
	static const uint64_t at[] = {0, 0x1233, 0x3000, 0x37ff};

	(void)state;
	for (size_t i = 0; i < sizeof(at) / sizeof(at[0]); i++) {
		struct rig rig;

		rig_begin(&rig, 2, 0, "");
		rig.value = RIG_CARVEOUT + at[i];
		rig.ops.smc = flip_before_auth;
		rig_open(&rig, "adsp");
		expect_failure(&rig, rig_boot(&rig), QPAS_ERR_AUTH, QPAS_STAGE_AUTH_RESET);
		expect_text(&rig, at[i] < 0x3000 ? "segment 2" : "segment 3");
		assert_int_equal(rig_state(&rig), QPAS_STATE_NEW);
		expect_idle(&rig);
		rig_end(&rig);
	}
}

static void byte_changed_behind_the_signed_data_is_not_the_images(void **state)
{
	struct rig rig;

	(void)state;
	rig_begin(&rig, 2, 0, "");
	rig.value = RIG_CARVEOUT + 0x1234;
	rig.ops.smc = flip_before_auth;
	rig_open(&rig, "adsp");
	/* Zero-filled tails are not hashed: the format has no digest over them. */
	rig_must(&rig, rig_boot(&rig), "boot");
	rig_end(&rig);
}

/* Changes the host's copy of the metadata after INIT_IMAGE: the trusted world has its own. */
static int flip_metadata(void *user, uint64_t regs[8])
{
	struct rig *rig = user;
	uint8_t zero[64] = {0};
	struct qpas_slice slice = {zero, sizeof(zero)};

	if ((uint32_t)regs[0] == INIT_FID)
		rig->value = regs[3];
	if ((uint32_t)regs[0] == AUTH_FID)
		rig_must(rig, qpas_tzsim_write(rig->model, rig->value, slice, &rig->err), "write");
	return rig_smc(user, regs);
}

static void metadata_are_judged_in_a_copy(void **state)
{
	struct rig rig;

	(void)state;
	rig_begin(&rig, 2, 0, "");
	rig.ops.smc = flip_metadata;
	rig_open(&rig, "adsp");
	rig_must(&rig, rig_boot(&rig), "boot");
	rig_end(&rig);
}

/* ---- the hypervisor below a host at level 1 ---- */

/* Bridges the metadata before INIT_IMAGE, as a host at level 2 does. */
static int bridge_metadata_first(void *user, uint64_t regs[8])
{
	struct rig *rig = user;

	if ((uint32_t)regs[0] == INIT_FID) {
		uint64_t bridge[8] = {BRIDGE_FID, 4, regs[3] | 6, regs[3] | 6, 0x2000 | 1 << 9, 3};

		assert_int_equal(rig_smc(user, bridge), 0);
		assert_int_equal(bridge[0], 0);
		rig->value = bridge[2];
	}
	return rig_smc(user, regs);
}

static void metadata_that_the_host_bridged_are_refused_above_a_hypervisor(void **state)
{
	uint64_t drop[8] = {DELETE_FID, 1};
	struct rig rig;

	(void)state;
	rig_begin(&rig, 1, 0, "");
	rig.ops.smc = bridge_metadata_first;
	rig_open(&rig, "adsp");
	expect_failure(&rig, rig_boot(&rig), QPAS_ERR_AUTH, QPAS_STAGE_INIT_IMAGE);
	expect_text(&rig, "hypervisor");
	drop[2] = rig.value;
	assert_int_equal(rig_smc(&rig, drop), 0);
	assert_int_equal(drop[0], 0);
	rig_end(&rig);
}

static void host_at_level_1_bridges_its_arguments_only_and_maps_nothing(void **state)
{
	struct rig rig;

	(void)state;
	rig_begin(&rig, 1, QPAS_TZSIM_STRICT, "");
	/* Would be fatal if they were called. */
	rig.ops.iommu_map = NULL;
	rig.ops.iommu_unmap = NULL;
	rig_open(&rig, "adsp");
	assert_int_equal(rig_books(&rig).bridges, 1);
	rig_must(&rig, rig_boot(&rig), "boot");
	assert_int_equal(rig_books(&rig).bridges, 1);
	assert_int_not_equal(rig_books(&rig).mappings, 0);
	rig_end(&rig);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(adsp_runs_and_stops_twice_in_every_personality),
		cmocka_unit_test(all_five_processors_run_side_by_side),
		cmocka_unit_test(old_trusted_world_is_refused_at_level_2_and_the_text_says_why),
		cmocka_unit_test(image_of_another_processor_is_refused_by_its_sw_id),
		cmocka_unit_test(missing_carveout_mapping_faults_on_the_processors_own_fetch),
		cmocka_unit_test(missing_device_mapping_faults_on_the_processors_own_fetch),
		cmocka_unit_test(carveout_mapping_without_write_short_or_elsewhere_is_found_out),
		cmocka_unit_test(missing_carveout_bridge_is_found_by_trustzones_own_access),
		cmocka_unit_test(lenient_trusted_world_does_not_miss_the_carveout_bridge),
		cmocka_unit_test(carveout_bridge_that_is_read_only_or_too_short_is_refused),
		cmocka_unit_test(missing_metadata_bridge_is_found_by_trustzones_own_access),
		cmocka_unit_test(byte_changed_between_load_and_auth_is_refused_in_each_segment),
		cmocka_unit_test(byte_changed_behind_the_signed_data_is_not_the_images),
		cmocka_unit_test(metadata_are_judged_in_a_copy),
		cmocka_unit_test(metadata_that_the_host_bridged_are_refused_above_a_hypervisor),
		cmocka_unit_test(host_at_level_1_bridges_its_arguments_only_and_maps_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
