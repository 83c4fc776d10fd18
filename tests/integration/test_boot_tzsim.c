/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The whole path on a simulated machine: core, the el2 backend, the model. Takes one thing away at a
 * time and wants the model itself to find it missing.
 */
#include <stdio.h>

#include "support/tzsim_rig.h"

/* x2 of a descriptor: address with read and write for one VM. */
#define BRIDGE_FID   0x42000c1eu
#define DELETE_FID   0x42000c1du
#define INIT_FID     0x42000201u
#define MEM_FID	     0x42000202u
#define AUTH_FID     0x42000205u
#define SHUTDOWN_FID 0x42000206u

static void expect_text(const struct rig *rig, const char *part)
{
	if (!strstr(qpas_error_text(&rig->err), part))
		fail_msg("\"%s\" does not say \"%s\"", qpas_error_text(&rig->err), part);
}

static void expect_failure(struct rig *rig, int code, int wanted, uint32_t stage)
{
	if (code != wanted || rig->err.stage != stage)
		fail_msg("%s in %s instead of %s in %s: %s", qpas_err_name(code),
			 qpas_stage_name(rig->err.stage), qpas_err_name(wanted),
			 qpas_stage_name(stage), qpas_error_text(&rig->err));
}

/* What the client holds while it is open and nothing runs: its page of arguments, bridged. */
static void expect_idle(struct rig *rig)
{
	struct qpas_tzsim_books books = rig_books(rig);

	rig_no("bridges beyond the page of arguments", books.bridges > 1 ? books.bridges : 0);
	rig_no("mappings", books.mappings);
	rig_no("images", books.images);
	rig_no("running", books.running);
	rig_no("shared buffers beyond one page",
	       books.shared_buffers > 1 ? books.shared_buffers : 0);
}

/* ---- what works ---- */

struct personality {
	const char *name;
	uint32_t level;
	uint32_t tz;
};

static const struct personality personalities[] = {
	{"level 2, strict", 2, QPAS_TZSIM_STRICT},  {"level 2, lenient", 2, QPAS_TZSIM_LENIENT},
	{"level 1, strict", 1, QPAS_TZSIM_STRICT},  {"level 1, lenient", 1, QPAS_TZSIM_LENIENT},
	{"level 1, old", 1, QPAS_TZSIM_OLD},	    {"defaults", 0, 0},
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
	} cores[] = {{"adsp", 0x04}, {"cdsp0", 0x17}, {"cdsp1", 0x44}, {"gpdsp0", 0x58}, {"gpdsp1", 0x5a}};
	struct qpas_context *contexts[5];
	struct rig rig;

	(void)state;
	rig_begin(&rig, 2, 0, "");
	rig_open(&rig, "adsp");
	contexts[0] = rig.context;
	for (size_t i = 0; i < 5; i++) {
		struct test_image_spec spec = TEST_IMAGE_SPEC_INIT;
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

static int drop_mapping(void *user, const struct qpas_stream *stream,
			const struct qpas_backend_mapping *mapping)
{
	struct rig *rig = user;

	return mapping->iova == rig->value ? 0 : rig_map(user, stream, mapping);
}

static int drop_unmapping(void *user, const struct qpas_stream *stream,
			  const struct qpas_backend_mapping *mapping)
{
	struct rig *rig = user;

	return mapping->iova == rig->value ? 0 : rig_unmap(user, stream, mapping);
}

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
	bool creates = (uint32_t)regs[0] == BRIDGE_FID && (regs[2] & ~UINT64_C(0xfff)) == rig->value;
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

/* Notes where the metadata are and swallows the bridge over them. */
static int swallow_metadata_bridge(void *user, uint64_t regs[8])
{
	struct rig *rig = user;

	/* The page of arguments comes first, then the two tables, then the metadata. */
	if ((uint32_t)regs[0] == BRIDGE_FID && ++rig->count == 4) {
		memset(regs, 0, 8 * sizeof(regs[0]));
		regs[2] = 0x77;
		return 0;
	}
	if ((uint32_t)regs[0] == DELETE_FID && regs[2] == 0x77) {
		memset(regs, 0, 8 * sizeof(regs[0]));
		return 0;
	}
	if ((uint32_t)regs[0] == INIT_FID)
		rig->value = regs[3];
	return rig_smc(user, regs);
}

static void missing_metadata_bridge_is_found_by_trustzones_own_access(void **state)
{
	char where[32];
	struct rig rig;

	(void)state;
	rig_begin(&rig, 2, QPAS_TZSIM_STRICT, "");
	rig.ops.smc = swallow_metadata_bridge;
	rig_open(&rig, "adsp");
	expect_failure(&rig, rig_boot(&rig), QPAS_ERR_AUTH, QPAS_STAGE_INIT_IMAGE);
	(void)snprintf(where, sizeof(where), "0x%llx", (unsigned long long)rig.value);
	expect_text(&rig, where);
	expect_idle(&rig);
	rig_end(&rig);
}

/* ---- bytes that change ---- */

/* Flips a byte of simulated memory right before AUTH_AND_RESET. */
static int flip_before_auth(void *user, uint64_t regs[8])
{
	struct rig *rig = user;

	if ((uint32_t)regs[0] == AUTH_FID) {
		uint8_t byte;
		struct qpas_slice slice = {&byte, 1};

		rig_must(rig, qpas_tzsim_read(rig->model, rig->value, &byte, 1, &rig->err), "read");
		byte ^= 0x10;
		rig_must(rig, qpas_tzsim_write(rig->model, rig->value, slice, &rig->err), "write");
	}
	return rig_smc(user, regs);
}

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

static void host_at_level_1_makes_no_bridge_and_no_mapping_itself(void **state)
{
	struct rig rig;

	(void)state;
	rig_begin(&rig, 1, QPAS_TZSIM_STRICT, "");
	/* Would be fatal if they were called. */
	rig.ops.iommu_map = NULL;
	rig.ops.iommu_unmap = NULL;
	rig_open(&rig, "adsp");
	assert_int_equal(rig_books(&rig).bridges, 0);
	rig_must(&rig, rig_boot(&rig), "boot");
	assert_int_equal(rig_books(&rig).bridges, 0);
	assert_int_not_equal(rig_books(&rig).mappings, 0);
	rig_end(&rig);
}

/* ---- faults of the profile ---- */

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
	{"fault init-refuse", QPAS_ERR_AUTH, QPAS_STAGE_INIT_IMAGE, QPAS_STATE_NEW, "asked to refuse"},
	/* B07 */
	{"fault memory-refuse", QPAS_ERR_TZ, QPAS_STAGE_MEM_SETUP, QPAS_STATE_NEW, "asked to refuse"},
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
	rig_must(&rig, qpas_context_open(rig.backend, "adsp", NULL, &rig.context, &rig.err), "open");
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
		 qpas_backend_open("tzsim:explain=0,fault=auth-refuse", &params, &backend, &rig.err),
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
	rig_must(&rig, qpas_tzsim_read(rig.model, RIG_CARVEOUT + 0x5000, &byte, 1, &rig.err), "behind");
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

static struct test_tree companion_tree(void)
{
	static const char firmware[] = "qcom/x1e/adsp.mbn\0qcom/x1e/adsp_dtb.mbn";
	struct test_tree tree = test_tree_lemans();
	const char *adsp = "/soc@0/remoteproc@30000000";

	test_tree_add_region(&tree, "adsp-dtb@90b00000", 0x30, 0x90b00000, 0x80000);
	test_tree_set_text(&tree, adsp, "compatible", "qcom,x1e80100-adsp-pas");
	test_tree_set(&tree, adsp, "firmware-name", firmware, sizeof(firmware));
	test_tree_cells(&tree, adsp, "memory-region", 1, 0x30);
	return tree;
}

static void begin_companion(struct rig *rig, uint32_t level, const char *profile,
			    struct qpas_image **companion)
{
	struct test_image_spec spec = TEST_IMAGE_SPEC_INIT;
	struct test_tree tree = companion_tree();
	struct test_image built;

	rig_machine(rig, level, 0, profile, &tree);
	rig_ops(rig);
	rig_image(rig);
	spec.sw_id = 0x53;
	test_image_build(&built, &spec);
	rig_open_image(rig, &built, companion);
	test_image_free(&built);
}

static int boot_with(struct rig *rig, struct qpas_image *companion)
{
	struct qpas_boot_params params = QPAS_BOOT_PARAMS_INIT;

	params.companion = companion;
	return qpas_boot(rig->context, rig->image, &params, &rig->err);
}

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

static void attach_adopts_a_processor_that_the_boot_loader_started(void **state)
{
	struct qpas_params params = QPAS_PARAMS_INIT;
	struct rig rig;

	(void)state;
	rig_begin(&rig, 2, 0, "running 1\n");
	params.platform = rig.platform;
	rig_must(&rig, qpas_tzsim_open(rig.model, &params, &rig.backend, &rig.err), "backend");
	rig_must(&rig, qpas_context_open(rig.backend, "adsp", NULL, &rig.context, &rig.err), "open");
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
	rig_must(&rig, qpas_context_open(rig.backend, "adsp", NULL, &rig.context, &rig.err), "open");
	assert_int_equal(qpas_attach(rig.context, &rig.err), QPAS_ERR_NOTFOUND);
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
		cmocka_unit_test(host_at_level_1_makes_no_bridge_and_no_mapping_itself),
		cmocka_unit_test(faults_end_as_they_must_and_leave_nothing_behind),
		cmocka_unit_test(lost_reply_of_auth_leaves_unknown_and_a_shutdown_brings_it_back),
		cmocka_unit_test(refused_shutdown_leaves_it_running_and_the_next_one_stops_it),
		cmocka_unit_test(busy_world_is_given_up_after_21_retries),
		cmocka_unit_test(crash_after_ready_is_told_and_a_restart_works),
		cmocka_unit_test(silent_model_gives_no_more_than_hardware_does),
		cmocka_unit_test(host_access_to_a_running_image_is_refused_and_counted),
		cmocka_unit_test(mapping_taken_away_under_a_running_processor_faults),
		cmocka_unit_test(companion_runs_with_its_main_image_after_the_lite_processors_are_shut_down),
		cmocka_unit_test(main_image_without_the_companions_mapping_faults_in_the_companions_region),
		cmocka_unit_test(companion_is_shut_down_again_when_the_main_image_is_refused),
		cmocka_unit_test(attach_adopts_a_processor_that_the_boot_loader_started),
		cmocka_unit_test(attach_to_a_processor_that_is_down_finds_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
