/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Further twins of a boot on the simulator: permissions, digests, ids, lost replies of a shutdown,
 * keys of the URI; and that a failed boot leaves none of the image's bytes behind.
 */
#include "support/tzsim_rig.h"

#define SHUTDOWN_FID 0x42000206u

static void expect(struct rig *rig, const char *row, int code, int wanted)
{
	if (code != wanted)
		fail_msg("%s: %s instead of %s: %s", row, qpas_err_name(code),
			 qpas_err_name(wanted), qpas_error_text(&rig->err));
}

/* The error has this number of docs/errors.md, and its text has both parts. */
static void expect_says(const struct rig *rig, uint32_t message, const char *one, const char *two)
{
	if (rig->err.message_id != message || !strstr(rig->err.text, one) ||
	    !strstr(rig->err.text, two))
		fail_msg("message %u: \"%s\" instead of message %u with \"%s\" and \"%s\"",
			 rig->err.message_id, rig->err.text, message, one, two);
}

/* Nothing of the image is left where it was loaded. */
static void expect_scrubbed(struct rig *rig)
{
	static uint8_t bytes[0x5000], zeros[0x5000];

	rig_must(rig, qpas_tzsim_read(rig->model, RIG_CARVEOUT, bytes, sizeof(bytes), NULL),
		 "read");
	assert_memory_equal(bytes, zeros, sizeof(bytes));
}

/* ---- permissions ---- */

static int map_without_write(void *user, const struct qpas_stream *stream,
			     const struct qpas_backend_mapping *mapping)
{
	struct rig *rig = user;
	struct qpas_backend_mapping less = *mapping;

	if (mapping->iova == rig->value)
		less.permissions = QPAS_RSC_READ;
	return rig_map(user, stream, &less);
}

static void mapping_without_write_permission_faults_on_a_write(void **state)
{
	static const struct {
		uint64_t iova;
		const char *at;
	} rows[] = {
		/* The first segment is code, which nobody writes; the second one is data. */
		{RIG_CARVEOUT, "write at 0x95903000"},
		{0x8fff000, "write at 0x8fff000"},
		/* Not written by anybody, so that the permission is not missed. */
		{0x9100000, NULL},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct rig rig;

		rig_begin(&rig, 2, QPAS_TZSIM_STRICT,
			  "devmem 1 0x8fff000 0x90c10000 0x2000 3 ring\n"
			  "devmem 1 0x9100000 0x90d00000 0x1000 1 calibration\n");
		rig.value = rows[i].iova;
		rig.ops.iommu_map = map_without_write;
		rig_open(&rig, "adsp");
		expect(&rig, "boot", rig_boot(&rig), rows[i].at ? QPAS_ERR_BACKEND : 0);
		if (rows[i].at) {
			expect_says(&rig, 923, "stream 0x3000", rows[i].at);
			assert_int_equal(rig_state(&rig), QPAS_STATE_STOPPED);
			expect_scrubbed(&rig);
		}
		rig_end(&rig);
	}
}

/* ---- digests ---- */

static void wrong_digest_is_refused_where_it_is_checked(void **state)
{
	/* Entry 0 covers the headers, entries 2 and 3 the segments with data, 4 one without. */
	static const struct {
		uint32_t entry, stage;
		int64_t status;
		const char *says;
	} rows[] = {
		{0, QPAS_STAGE_INIT_IMAGE, -37, "entry 0"},
		{2, QPAS_STAGE_AUTH_RESET, -38, "egment 2"},
		{3, QPAS_STAGE_AUTH_RESET, -38, "egment 3"},
		{4, QPAS_STAGE_AUTH_RESET, -38, "egment 4"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct qpas_image *good;
		struct rig rig;

		rig_begin(&rig, 2, QPAS_TZSIM_STRICT, "");
		good = rig.image;
		rig.image = NULL;
		rig.built.bytes[rig.built.table.offset + rows[i].entry * 48 + 47] ^= 0x01;
		rig_open_image(&rig, &rig.built, &rig.image);
		rig_open(&rig, "adsp");
		expect(&rig, rows[i].says, rig_boot(&rig), QPAS_ERR_AUTH);
		assert_int_equal(rig.err.stage, rows[i].stage);
		assert_int_equal(rig.err.tz_status, rows[i].status);
		expect_says(&rig, 1003, rows[i].says, "");
		assert_int_equal(rig_state(&rig), QPAS_STATE_NEW);
		expect_scrubbed(&rig);
		qpas_image_unref(rig.image);
		rig.image = good;
		expect(&rig, "the good one", rig_boot(&rig), 0);
		rig_end(&rig);
	}
}

/* ---- ids ---- */

/* B05, B17 */
static void ids_that_the_machine_does_not_have_are_refused_before_anything_is_sent(void **state)
{
	static const uint32_t ids[] = {0, 77, 0x7fffffff, 0xfffffffe};
	struct qpas_context_params params = QPAS_CONTEXT_PARAMS_INIT;
	struct qpas_peripheral peripheral = QPAS_PERIPHERAL_INIT;
	struct qpas_context *other = NULL;
	struct rig rig;

	(void)state;
	rig_begin(&rig, 2, QPAS_TZSIM_STRICT, "");
	rig_open(&rig, "adsp");
	rig_must(&rig, qpas_platform_find(rig.platform, "adsp", &peripheral, &rig.err), "adsp");
	params.peripheral = &peripheral;
	params.platform = rig.platform;
	for (size_t i = 0; i < sizeof(ids) / sizeof(ids[0]); i++) {
		uint64_t before = rig_books(&rig).calls;

		peripheral.pas_id = ids[i];
		expect(&rig, "open",
		       qpas_context_open(rig.backend, NULL, &params, &other, &rig.err),
		       QPAS_ERR_UNSUPP);
		assert_null(other);
		assert_int_equal(rig_books(&rig).calls - before, 1);
	}
	rig_end(&rig);
}

/* ---- lost replies ---- */

/* Hands the call on and loses the answer, once. */
static int lose_shutdown(void *user, uint64_t regs[8])
{
	struct rig *rig = user;
	bool lost = (uint32_t)regs[0] == SHUTDOWN_FID && rig->count++ == 0;
	int code = rig_smc(user, regs);

	return lost ? QPAS_ERR_UNKNOWN : code;
}

/*
 * B04: the processor is down, but nobody can prove it: a second SHUTDOWN is refused as that of an id
 * that is not up. The state stays UNKNOWN, and what the processor could reach stays untouched.
 */
static void expect_shutdown_stays_unknown(struct rig *rig)
{
	expect(rig, "boot", rig_boot(rig), 0);
	expect(rig, "shutdown", qpas_shutdown(rig->context, &rig->err), QPAS_ERR_UNKNOWN);
	for (int round = 0; round < 2; round++) {
		assert_int_equal(rig_state(rig), QPAS_STATE_UNKNOWN);
		assert_int_equal(rig_books(rig).running, 0);
		assert_int_not_equal(rig_books(rig).mappings, 0);
		expect(rig, "boot", rig_boot(rig), QPAS_ERR_STATE);
		assert_int_not_equal(qpas_shutdown(rig->context, &rig->err), 0);
	}
	assert_int_equal(qpas_context_close(rig->context), QPAS_ERR_UNKNOWN);
	qpas_backend_unref(rig->backend);
	assert_int_equal(rig_books(rig).protected_accesses, 0);
	assert_int_equal(rig_books(rig).images, 0);
}

static void lost_reply_of_shutdown_stays_unknown(void **state)
{
	struct rig rig;

	(void)state;
	rig_begin(&rig, 2, 0, "fault lost-shutdown");
	rig_open(&rig, "adsp");
	expect_shutdown_stays_unknown(&rig);
	rig_free(&rig);
	/* A conduit that loses it is the same to the client. */
	rig_begin(&rig, 2, 0, "");
	rig.ops.smc = lose_shutdown;
	rig_open(&rig, "adsp");
	expect_shutdown_stays_unknown(&rig);
	rig_free(&rig);
}

static void lost_reply_of_auth_above_a_hypervisor_is_brought_back_by_a_shutdown(void **state)
{
	struct rig rig;

	(void)state;
	rig_begin(&rig, 1, QPAS_TZSIM_STRICT, "fault lost-auth");
	rig_open(&rig, "adsp");
	expect(&rig, "boot", rig_boot(&rig), QPAS_ERR_UNKNOWN);
	assert_int_equal(rig_books(&rig).running, 1);
	expect(&rig, "shutdown", qpas_shutdown(rig.context, &rig.err), 0);
	assert_int_equal(rig_state(&rig), QPAS_STATE_STOPPED);
	assert_int_equal(rig_books(&rig).mappings, 0);
	expect(&rig, "boot", rig_boot(&rig), 0);
	rig_end(&rig);
}

/* An image that a second INIT_IMAGE was to replace is gone, above a hypervisor as without one. */
static void refused_second_image_leaves_none(void **state)
{
	(void)state;
	for (uint32_t level = 1; level <= 2; level++) {
		uint64_t regs[8] = {0x42000201, 0x82, 1, 1};
		struct rig rig;

		rig_begin(&rig, level, QPAS_TZSIM_LENIENT, "");
		rig_open(&rig, "adsp");
		rig_must(&rig, qpas_context_init_image(rig.context, rig.image, &rig.err), "init");
		assert_int_equal(rig_books(&rig).images, 1);
		qpas_tzsim_smc(rig.model, regs, regs);
		assert_int_not_equal(regs[0], 0);
		assert_int_equal(rig_books(&rig).images, 0);
		rig_end(&rig);
	}
}

/* ---- the URI ---- */

static void bad_values_of_the_uri_are_refused(void **state)
{
	static const char *const uris[] = {
		"tzsim:el=3",
		"tzsim:el=",
		"tzsim:tz=none",
		"tzsim:explain=2",
		"tzsim:colour=red",
		"tzsim:fault=what",
		"tzsim:fault=busy:0",
		"tzsim:fault=busy:4294967296",
		"tzsim:fault=busy%0ael",
		"tzsim:fault=",
		"tzsim:fault=busy+",
		"tzsim:profile=/nonexistent/profile",
		"tzsim:dtb=/nonexistent/tree.dtb",
	};
	struct qpas_params params = QPAS_PARAMS_INIT;
	struct qpas_backend *backend = NULL;
	struct rig rig;

	(void)state;
	rig_begin(&rig, 2, 0, "");
	rig_must(&rig, qpas_tzsim_register(&rig.err), "register");
	params.platform = rig.platform;
	for (size_t i = 0; i < sizeof(uris) / sizeof(uris[0]); i++) {
		if (!qpas_backend_open(uris[i], &params, &backend, &rig.err) || backend ||
		    !rig.err.text[0])
			fail_msg("%s was opened", uris[i]);
	}
	params.platform = NULL;
	expect(&rig, "no tree", qpas_backend_open("tzsim:", &params, &backend, &rig.err),
	       QPAS_ERR_ARG);
	expect_says(&rig, 1100, "device tree", "dtb=FILE");
	rig_free(&rig);
}

static void several_faults_of_the_uri_are_read(void **state)
{
	struct qpas_params params = QPAS_PARAMS_INIT;
	struct rig rig;

	(void)state;
	rig_begin(&rig, 2, 0, "");
	rig_must(&rig, qpas_tzsim_register(&rig.err), "register");
	params.platform = rig.platform;
	rig_must(&rig,
		 qpas_backend_open("tzsim:el=2,tz=strict,fault=busy:1+crash+interrupted:2", &params,
				   &rig.backend, &rig.err),
		 "open");
	rig_must(&rig, qpas_context_open(rig.backend, "adsp", NULL, &rig.context, &rig.err),
		 "context");
	expect(&rig, "first", rig_boot(&rig), QPAS_ERR_BACKEND);
	expect_says(&rig, 924, "err_fatal: asked to crash before ready", "adsp");
	expect(&rig, "second", rig_boot(&rig), 0);
	rig_end(&rig);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(mapping_without_write_permission_faults_on_a_write),
		cmocka_unit_test(wrong_digest_is_refused_where_it_is_checked),
		cmocka_unit_test(
			ids_that_the_machine_does_not_have_are_refused_before_anything_is_sent),
		cmocka_unit_test(lost_reply_of_shutdown_stays_unknown),
		cmocka_unit_test(
			lost_reply_of_auth_above_a_hypervisor_is_brought_back_by_a_shutdown),
		cmocka_unit_test(refused_second_image_leaves_none),
		cmocka_unit_test(bad_values_of_the_uri_are_refused),
		cmocka_unit_test(several_faults_of_the_uri_are_read),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
