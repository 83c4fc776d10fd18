/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The trusted world register by register. Numbers are literals of drivers/firmware/qcom/qcom_scm.h
 * and qcom_scm-smc.c, none of the library's, so that encoder and model cannot be wrong together.
 */
#include "unit/tzsim_calls.h"

/* ---- the door ---- */

static void convention_probe_and_call_availability_answer_as_linux_expects(void **state)
{
	static const struct {
		uint32_t asked;
		uint32_t tz;
		uint64_t there;
	} rows[] = {
		{0x02000601, 0, 1},
		{0x02000c1c, 0, 1},
		{0x02000c1e, 0, 1},
		{0x02000201, 0, 1},
		{0x02000221, 0, 1},
		{0x02000221, QPAS_TZSIM_OLD, 0},
		{0x02000109, 0, 0},
		{0x02000110, 0, 0},
		{0x02000603, 0, 0},
		{0x02000205, 0, 1},
		{0x02000c16, 0, 1},
		{0x02002402, 0, 1},
		/* Another owner, and a function id instead of owner and function. */
		{0x32000201, 0, 0},
		{0x42000201, 0, 0},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct rig rig;
		uint64_t out[8];

		machine(&rig, 2, rows[i].tz, "");
		assert_int_equal(call(&rig, out, 0xc2000601, 1, rows[i].asked, 0, 0, 0), 0);
		if (out[1] != rows[i].there)
			fail_msg("0x%x: %llu", rows[i].asked, (unsigned long long)out[1]);
		rig_free(&rig);
	}
}

static void functions_that_are_not_there_answer_minus_one(void **state)
{
	static const uint64_t ids[] = {0,	   0x42000111, 0x42000108, 0x42000604, 0x72000602,
				       0x8600ff01, 0x4200ffff, 0x32000201, 0x4300020a, 0xffffffff};
	struct rig rig;
	uint64_t out[8];

	(void)state;
	machine(&rig, 2, 0, "");
	for (size_t i = 0; i < sizeof(ids) / sizeof(ids[0]); i++)
		expect_reason(&rig, call(&rig, out, ids[i], 0, 0, 0, 0, 0), -1, "not there");
	/* B27: an old trusted world has no resource tables. */
	rig_free(&rig);
	machine(&rig, 2, QPAS_TZSIM_OLD, "");
	{
		struct buffer page = take(&rig, 4096);

		expect_reason(&rig, call(&rig, out, 0x42000221, 0x845, 1, 0, 16, page.address), -1,
			      "GET_RSCTABLE");
		give(&rig, &page);
	}
	rig_free(&rig);
}

/* As Linux 7.2 sends them when qcom_scm and qseecom probe. */
static void calls_that_have_nothing_to_do_with_pas_are_not_supported(void **state)
{
	static const uint64_t calls[][4] = {
		{0x42000109, 2, 1, 0},
		{0x42000110, 2, 0x10, 0},
		{0x42000603, 1, 10, 0},
		{0xc2002404, 0, 0, 0},
	};
	struct rig rig;
	uint64_t out[8];

	(void)state;
	machine(&rig, 2, 0, "");
	for (size_t i = 0; i < sizeof(calls) / sizeof(calls[0]); i++)
		expect_reason(&rig,
			      call(&rig, out, calls[i][0], calls[i][1], calls[i][2], calls[i][3], 0,
				   0),
			      -4, "trusted world");
	rig_free(&rig);
}

static void argument_information_that_does_not_fit_is_refused(void **state)
{
	struct rig rig;
	uint64_t out[8];

	(void)state;
	machine(&rig, 2, 0, "");
	expect_reason(&rig, call(&rig, out, 0x42000201, 2, 1, 0x80000000, 0, 0), -5, "0x2");
	expect_reason(&rig, call(&rig, out, 0x42000205, 0, 1, 0, 0, 0), -5, "argument");
	rig_free(&rig);
}

static void supported_ids_are_those_of_the_device_tree(void **state)
{
	static const struct {
		uint64_t id;
		uint64_t known;
	} rows[] = {{1, 1},
		    {18, 1},
		    {30, 1},
		    {39, 1},
		    {40, 1},
		    {9, 1},
		    {13, 1},
		    {0, 0},
		    {2, 0},
		    {33, 0},
		    {36, 0},
		    {0xffffffff, 0},
		    {UINT64_C(0x100000001), 0}};
	struct rig rig;
	uint64_t out[8];

	(void)state;
	machine(&rig, 2, 0, "");
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		assert_int_equal(call(&rig, out, 0x42000207, 1, rows[i].id, 0, 0, 0), 0);
		if (out[1] != rows[i].known)
			fail_msg("0x%llx: %llu", (unsigned long long)rows[i].id,
				 (unsigned long long)out[1]);
	}
	rig_free(&rig);
}

/* ---- a boot by hand ---- */

static void boot_by_registers_alone(void **state)
{
	struct buffer metadata;
	struct rig rig;
	uint64_t out[8], handle[2];

	(void)state;
	machine(&rig, 2, QPAS_TZSIM_STRICT, "");
	metadata = take(&rig, 0x3000);
	assert_true(write_metadata(&rig, &metadata) < 0x3000);
	expect_reason(&rig, call(&rig, out, 0x42000201, 0x82, 1, metadata.address, 0, 0), -8,
		      "bridge");
	handle[0] = bridge(&rig, metadata.address, 0x3000);
	assert_int_equal(call(&rig, out, 0x42000201, 0x82, 1, metadata.address, 0, 0), 0);
	assert_int_equal(rig_books(&rig).images, 1);
	expect_reason(&rig, call(&rig, out, 0x42000205, 1, 1, 0, 0, 0), -2, "MEM_SETUP");
	assert_int_equal(call(&rig, out, 0x42000201, 0x82, 1, metadata.address, 0, 0), 0);
	assert_int_equal(call(&rig, out, 0x42000202, 3, 1, 0x95900000, 0x5000, 0), 0);
	write_segments(&rig, 0x95900000);
	handle[1] = bridge(&rig, 0x95900000, 0x5000);
	assert_int_equal(call(&rig, out, 0x42000205, 1, 1, 0, 0, 0), 0);
	assert_int_equal(out[1], 0);
	assert_int_equal(rig_books(&rig).running, 1);
	/* Nothing is mapped, so the processor faults at once. */
	assert_int_equal(rig_books(&rig).faults, 1);
	expect_reason(&rig, call(&rig, out, 0x42000201, 0x82, 1, metadata.address, 0, 0), -2,
		      "running");
	expect_reason(&rig, call(&rig, out, 0x42000205, 1, 1, 0, 0, 0), -2, "running");
	assert_int_equal(call(&rig, out, 0x42000c1d, 1, handle[1], 0, 0, 0), 0);
	expect_reason(&rig, call(&rig, out, 0x42000c1d, 1, handle[1], 0, 0, 0), -2, "handle");
	assert_int_equal(call(&rig, out, 0x42000206, 1, 1, 0, 0, 0), 0);
	expect_reason(&rig, call(&rig, out, 0x42000206, 1, 1, 0, 0, 0), -2, "not up");
	assert_int_equal(call(&rig, out, 0x42000c1d, 1, handle[0], 0, 0, 0), 0);
	give(&rig, &metadata);
	assert_int_equal(rig_books(&rig).bridges, 0);
	rig_free(&rig);
}

static void
shutdown_of_an_id_that_was_never_up_is_refused_and_an_unknown_id_is_another_number(void **state)
{
	struct rig rig;
	uint64_t out[8];

	(void)state;
	machine(&rig, 2, 0, "");
	expect_reason(&rig, call(&rig, out, 0x42000206, 1, 1, 0, 0, 0), -2, "not up");
	expect_reason(&rig, call(&rig, out, 0x42000206, 1, 77, 0, 0, 0), -3, "PAS id 0x4d");
	expect_reason(&rig, call(&rig, out, 0x42000201, 0x82, 77, 0x80000000, 0, 0), -3, "PAS id");
	expect_reason(&rig, call(&rig, out, 0x42000202, 3, 77, 0x80000000, 0x1000, 0), -3, "PAS");
	expect_reason(&rig, call(&rig, out, 0x42000205, 1, 77, 0, 0, 0), -3, "PAS id");
	expect_reason(&rig, call(&rig, out, 0x4200010a, 2, 0, 77, 0, 0), -3, "PAS id");
	rig_free(&rig);
}

/* INIT_IMAGE has no length: each length is taken from bytes that were copied, and bounded. */
static void metadata_that_lie_about_their_length_are_refused(void **state)
{
	static const struct {
		size_t offset;
		unsigned int width;
		uint64_t value;
		const char *says;
	} rows[] = {
		{0, 1, 0, "ELF"},
		{4, 1, 2, ""},
		{5, 1, 2, "little-endian"},
		{44, 2, 0, "program headers"},
		{44, 2, 0xffff, ""},
		{44, 2, 200, "program headers"},
		{42, 2, 0xffff, ""},
		{28, 4, 0xffffffe0, ""},
		{28, 4, 0x40, ""},
		{52 + 16, 4, 0xffffffff, ""},
		{52 + 16, 4, 0, ""},
		{84 + 16, 4, 0xffffff00, ""},
		{84 + 16, 4, 0x7fffff00, ""},
		{84 + 16, 4, 8, ""},
		{84 + 16, 4, 0x100000, ""},
		{116 + 20, 4, 1, "egment 2"},
		{116 + 12, 4, 0xfffffff0, ""},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct buffer metadata;
		struct rig rig;
		uint64_t out[8], handle;
		int64_t status;

		machine(&rig, 2, QPAS_TZSIM_STRICT, "");
		metadata = take(&rig, 0x3000);
		(void)write_metadata(&rig, &metadata);
		for (unsigned int b = 0; b < rows[i].width; b++)
			metadata.ptr[rows[i].offset + b] = (uint8_t)(rows[i].value >> 8 * b);
		handle = bridge(&rig, metadata.address, 0x3000);
		status = call(&rig, out, 0x42000201, 0x82, 1, metadata.address, 0, 0);
		if (status >= 0)
			fail_msg("row %zu: accepted", i);
		if (!strstr(qpas_tzsim_reason(rig.model), rows[i].says))
			fail_msg("row %zu: \"%s\"", i, qpas_tzsim_reason(rig.model));
		assert_int_equal(rig_books(&rig).images, 0);
		assert_int_equal(call(&rig, out, 0x42000c1d, 1, handle, 0, 0, 0), 0);
		give(&rig, &metadata);
		rig_free(&rig);
	}
}

static void changed_headers_are_found_by_entry_0_of_the_digest_table(void **state)
{
	struct buffer metadata;
	struct rig rig;
	uint64_t out[8];

	(void)state;
	machine(&rig, 2, QPAS_TZSIM_LENIENT, "");
	metadata = take(&rig, 0x3000);
	(void)write_metadata(&rig, &metadata);
	/* e_entry means nothing to the loader, so that only the digest can find it. */
	metadata.ptr[24] ^= 1;
	expect_reason(&rig, call(&rig, out, 0x42000201, 0x82, 1, metadata.address, 0, 0), -37,
		      "entry 0");
	metadata.ptr[24] ^= 1;
	assert_int_equal(call(&rig, out, 0x42000201, 0x82, 1, metadata.address, 0, 0), 0);
	give(&rig, &metadata);
	rig_free(&rig);
}

static void mem_setup_refuses_what_is_no_free_memory_of_enough_size(void **state)
{
	static const struct {
		uint64_t address;
		uint64_t size;
		const char *says;
	} rows[] = {
		{0x95900000, 0x4000, "the image has 0x5000"},
		{0x95900000, 0, "no region"},
		{0x95900800, 0x5000, "pages"},
		{0x95900000, 0x5001, "pages"},
		{0x1000, 0x5000, "no memory"},
		{UINT64_C(0xfffffffffffff000), 0x5000, "no region"},
		{0x95900000, UINT64_C(0xfffffffffffff000), "no region"},
		{0x9b500000, 0x5000, "overlaps that of PAS id 18"},
		{0x9b4ff000, 0x5000, "overlaps that of PAS id 18"},
	};
	struct test_image_spec spec = rig_spec();
	struct test_image cdsp;
	struct buffer metadata;
	struct rig rig;
	uint64_t out[8];

	(void)state;
	machine(&rig, 2, QPAS_TZSIM_LENIENT, "");
	metadata = take(&rig, 0x3000);
	spec.sw_id = 0x17;
	test_image_build(&cdsp, &spec);
	/* Another id has its region already. */
	{
		struct test_image adsp = rig.built;

		rig.built = cdsp;
		(void)write_metadata(&rig, &metadata);
		rig.built = adsp;
	}
	assert_int_equal(call(&rig, out, 0x42000201, 0x82, 18, metadata.address, 0, 0), 0);
	assert_int_equal(call(&rig, out, 0x42000202, 3, 18, 0x9b500000, 0x5000, 0), 0);
	(void)write_metadata(&rig, &metadata);
	expect_reason(&rig, call(&rig, out, 0x42000202, 3, 1, 0x95900000, 0x5000, 0), -2, "idle");
	assert_int_equal(call(&rig, out, 0x42000201, 0x82, 1, metadata.address, 0, 0), 0);
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		expect_reason(&rig,
			      call(&rig, out, 0x42000202, 3, 1, rows[i].address, rows[i].size, 0),
			      -2, rows[i].says);
	assert_int_equal(call(&rig, out, 0x42000202, 3, 1, 0x95900000, 0x5000, 0), 0);
	give(&rig, &metadata);
	/* Their metadata are gone, so both images are. */
	assert_int_equal(rig_books(&rig).images, 0);
	test_image_free(&cdsp);
	rig_free(&rig);
}

static void metadata_that_are_gone_at_auth_are_missed(void **state)
{
	struct buffer metadata;
	struct rig rig;
	uint64_t out[8], handle;

	(void)state;
	machine(&rig, 2, QPAS_TZSIM_STRICT, "");
	metadata = take(&rig, 0x3000);
	(void)write_metadata(&rig, &metadata);
	handle = bridge(&rig, metadata.address, 0x3000);
	assert_int_equal(call(&rig, out, 0x42000201, 0x82, 1, metadata.address, 0, 0), 0);
	assert_int_equal(call(&rig, out, 0x42000c1d, 1, handle, 0, 0, 0), 0);
	expect_reason(&rig, call(&rig, out, 0x42000202, 3, 1, 0x95900000, 0x5000, 0), -2, "idle");
	give(&rig, &metadata);
	rig_free(&rig);
}

/* ---- bridges ---- */

static void bridge_calls_answer_as_linux_expects(void **state)
{
	struct rig rig;
	uint64_t out[8];

	(void)state;
	machine(&rig, 2, 0, "");
	assert_int_equal(call(&rig, out, 0x42000c1c, 0, 0, 0, 0, 0), 0);
	assert_int_equal(out[1], 0);
	assert_int_equal(bridge(&rig, 0x81000000, 0x2000), 0x5b000000);
	/* B28: the memory already lies in a bridge; x0 is 0 and the first result says so. */
	assert_int_equal(call(&rig, out, 0x42000c1e, 4, 0x81001006, 0x81001006, 0x1200, 3), 0);
	assert_int_equal(out[1], 15);
	expect_reason(&rig, 0, 0, "0x81000000");
	assert_int_equal(bridge(&rig, 0x81002000, 0x1000), 0x5b000001);
	assert_int_equal(call(&rig, out, 0x42000c1d, 1, 0x5b000000, 0, 0, 0), 0);
	/* B28: a handle is not used again. */
	assert_int_equal(bridge(&rig, 0x81000000, 0x2000), 0x5b000002);
	expect_reason(&rig, call(&rig, out, 0x42000c1d, 1, 0x5b000000, 0, 0, 0), -2, "handle");
	/* The self-owner form. */
	assert_int_equal(
		call(&rig, out, 0x42000c1e, 4, 0x82000006, 0x82000006, 0x1000 | 2 | 6 << 2, 0), 0);
	assert_int_equal(out[1], 0);
	assert_int_equal(rig_books(&rig).bridges, 3);
	rig_free(&rig);
}

static void bridges_over_what_is_not_the_hosts_memory_are_refused(void **state)
{
	static const struct {
		uint64_t x2, x3, x4, x5;
		int64_t status;
	} rows[] = {
		{0x1006, 0x1006, 0x1200, 3, -8},
		{0x81000006, 0x82000006, 0x1200, 3, -2},
		{0x81000006, 0x81000006, 0x200, 3, -2},
		{0x81000006, 0x81000006, 0x1000, 3, -2},
		{0x81000006, 0x81000000, 0x1200, 3, -2},
		{0x81000006, 0x81000006, UINT64_C(0xfffffffffffff200), 3, -2},
		{0x81000006, 0x81000006, UINT64_C(0x0000ffffffff0200), 3, -8},
		{UINT64_C(0xfffffffffffff006), UINT64_C(0xfffffffffffff006), 0x1200, 3, -2},
		{0x81000006, 0x81000006, 0x1200, UINT64_C(0x10003), -2},
	};
	struct rig rig;
	uint64_t out[8];

	(void)state;
	machine(&rig, 2, 0, "");
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		int64_t status = call(&rig, out, 0x42000c1e, 4, rows[i].x2, rows[i].x3, rows[i].x4,
				      rows[i].x5);

		if (status != rows[i].status)
			fail_msg("row %zu: %lld: %s", i, (long long)status,
				 qpas_tzsim_reason(rig.model));
	}
	assert_int_equal(rig_books(&rig).bridges, 0);
	rig_free(&rig);
}

/* ---- protocols ---- */

static void interrupted_call_goes_on_with_its_session_only(void **state)
{
	uint64_t resume[8] = {1};
	struct rig rig;
	uint64_t out[8];

	(void)state;
	machine(&rig, 2, 0, "fault interrupted:2");
	assert_int_equal(call(&rig, out, 0x42000207, 1, 1, 0, 0, 0), 1);
	assert_int_not_equal(out[6], 0);
	resume[6] = out[6] + 1;
	qpas_tzsim_smc(rig.model, resume, out);
	expect_reason(&rig, (int64_t)out[0], -2, "no call");
	resume[6]--;
	qpas_tzsim_smc(rig.model, resume, out);
	assert_int_equal(out[0], 1);
	resume[6] = out[6];
	qpas_tzsim_smc(rig.model, resume, out);
	assert_int_equal(out[0], 0);
	assert_int_equal(out[1], 1);
	qpas_tzsim_smc(rig.model, resume, out);
	expect_reason(&rig, (int64_t)out[0], -2, "no call");
	rig_free(&rig);
}

static void sleeping_call_is_resumed_by_its_context(void **state)
{
	struct rig rig;
	uint64_t out[8], context;

	(void)state;
	machine(&rig, 2, 0, "fault waitq");
	assert_int_equal(call(&rig, out, 0xc2002404, 0, 0, 0, 0, 0), 0);
	assert_int_equal(out[1], 1);
	assert_int_equal(call(&rig, out, 0x42000207, 1, 1, 0, 0, 0), 2);
	assert_int_equal(out[1], 0);
	context = out[2];
	assert_int_equal(call(&rig, out, 0xc2002403, 0, 0, 0, 0, 0), 0);
	assert_int_equal(out[1], 0);
	expect_reason(&rig, call(&rig, out, 0x42002402, 1, context + 1, 0, 0, 0), -2, "no call");
	assert_int_equal(call(&rig, out, 0x42002402, 1, context, 0, 0, 0), 0);
	assert_int_equal(out[1], 1);
	/* Used up: this world has no wait queues any more. */
	assert_int_equal(call(&rig, out, 0xc2002404, 0, 0, 0, 0, 0), -4);
	rig_free(&rig);
}

static void video_ranges_need_a_running_video_core_and_must_not_wrap(void **state)
{
	struct rig rig;
	uint64_t out[8];

	(void)state;
	machine(&rig, 2, 0, "running 9\n");
	assert_int_equal(call(&rig, out, 0x42000c08, 4, 0, 0x25800000, 0x1000000, 0x24800000), 0);
	expect_reason(&rig, call(&rig, out, 0x42000c08, 4, 0xffffffff, 2, 0, 0), -2, "4 GiB");
	assert_int_equal(call(&rig, out, 0x4200010a, 2, 1, 9, 0, 0), 0);
	assert_int_equal(call(&rig, out, 0x42000206, 1, 9, 0, 0, 0), 0);
	expect_reason(&rig, call(&rig, out, 0x42000c08, 4, 0, 1, 0, 1), -2, "idle");
	expect_reason(&rig, call(&rig, out, 0x4200010a, 2, 1, 9, 0, 0), -2, "idle");
	rig_free(&rig);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(convention_probe_and_call_availability_answer_as_linux_expects),
		cmocka_unit_test(functions_that_are_not_there_answer_minus_one),
		cmocka_unit_test(calls_that_have_nothing_to_do_with_pas_are_not_supported),
		cmocka_unit_test(argument_information_that_does_not_fit_is_refused),
		cmocka_unit_test(supported_ids_are_those_of_the_device_tree),
		cmocka_unit_test(boot_by_registers_alone),
		cmocka_unit_test(
			shutdown_of_an_id_that_was_never_up_is_refused_and_an_unknown_id_is_another_number),
		cmocka_unit_test(metadata_that_lie_about_their_length_are_refused),
		cmocka_unit_test(changed_headers_are_found_by_entry_0_of_the_digest_table),
		cmocka_unit_test(mem_setup_refuses_what_is_no_free_memory_of_enough_size),
		cmocka_unit_test(metadata_that_are_gone_at_auth_are_missed),
		cmocka_unit_test(bridge_calls_answer_as_linux_expects),
		cmocka_unit_test(bridges_over_what_is_not_the_hosts_memory_are_refused),
		cmocka_unit_test(interrupted_call_goes_on_with_its_session_only),
		cmocka_unit_test(sleeping_call_is_resumed_by_its_context),
		cmocka_unit_test(video_ranges_need_a_running_video_core_and_must_not_wrap),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
