/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Every kind of client on every kind of machine: what it calls, in registers, and how it ends; then
 * with each call refused once. tests/unit/test_sequences.c has the same clients over a backend of
 * slots; here core, the el2 backend and the model stand together.
 */
#include <stdio.h>

#include "integration/boot_matrix.h"
#include "integration/tzsim_boot.h"

/* A client on its board. */
struct bench {
	struct rig rig;
	struct call_log log;
	struct qpas_image *companion;
	const struct client_row *client;
	const struct cell *cell;
	char what[96];
};

static struct qpas_image *image_of(struct rig *rig, uint32_t sw_id)
{
	/* One page, so that it fits the two of a zap shader. */
	static const struct test_segment segment = {
		TEST_PT_LOAD, TEST_FLAGS_RELOCATABLE | 6, 0, 0x80000000, 0x800, 0x1000, NULL, 0};
	struct test_image_spec spec = rig_spec();
	struct qpas_image *image = NULL;
	struct test_image built;

	spec.sw_id = sw_id;
	spec.segments = &segment;
	spec.segment_count = 1;
	test_image_build(&built, &spec);
	rig_open_image(rig, &built, &image);
	test_image_free(&built);
	return image;
}

static int open_client(struct bench *bench)
{
	struct rig *rig = &bench->rig;
	struct qpas_params params = QPAS_PARAMS_INIT;
	int code;

	params.platform = rig->platform;
	if (bench->client->direct)
		code = qpas_tzsim_open(rig->model, &params, &rig->backend, &rig->err);
	else
		code = qpas_el2_open(&rig->ops, &params, &rig->backend, &rig->err);
	if (!code)
		code = qpas_context_open(rig->backend, bench->client->peripheral, NULL,
					 &rig->context, &rig->err);
	return code;
}

static int boot_client(struct bench *bench)
{
	struct qpas_boot_params params = QPAS_BOOT_PARAMS_INIT;

	params.flags = bench->client->flags;
	params.companion = bench->companion;
	return qpas_boot(bench->rig.context, bench->rig.image, &params, &bench->rig.err);
}

static void bench_begin(struct bench *bench, const struct client_row *client, uint32_t machine)
{
	const struct machine_row *row = &matrix_machines[machine];
	struct test_tree tree = test_tree_lemans();
	struct test_tree overlay;

	memset(bench, 0, sizeof(*bench));
	bench->client = client;
	bench->cell = &client->cells[machine];
	(void)snprintf(bench->what, sizeof(bench->what), "%s, %s", client->name, row->name);
	if (client->bend)
		client->bend(&tree);
	if (client->overlay)
		overlay = client->overlay();
	rig_platform(&bench->rig, &tree, client->overlay ? &overlay : NULL);
	rig_model(&bench->rig, row->level, row->tz, client->profile);
	call_log_begin(&bench->log, &bench->rig);
	bench->rig.image = image_of(&bench->rig, client->sw_id);
	if (client->companion_sw_id)
		bench->companion = image_of(&bench->rig, client->companion_sw_id);
}

static void bench_free(struct bench *bench)
{
	qpas_image_unref(bench->companion);
	qpas_image_unref(bench->rig.image);
	qpas_tzsim_free(bench->rig.model);
	qpas_platform_unref(bench->rig.platform);
}

static void bench_end(struct bench *bench)
{
	/* Who was refused before the first start has left the boot loader's processors alone. */
	uint32_t strangers = bench->cell->code && bench->client->profile[0] ? 2 : 0;
	struct qpas_tzsim_books books;

	assert_int_equal(qpas_context_close(bench->rig.context), 0);
	qpas_backend_unref(bench->rig.backend);
	books = rig_books(&bench->rig);
	rig_no("bridges", books.bridges);
	rig_no("mappings", books.mappings);
	rig_no("images", books.images);
	rig_no("running", books.running - strangers);
	rig_no("shared buffers", books.shared_buffers);
	rig_no("protected accesses", books.protected_accesses);
	assert_int_equal(bench->log.buffer_count, 0);
	assert_int_equal(bench->log.bridge_count, 0);
	bench_free(bench);
}

/* ---- the matrix ---- */

static void expect_refusal(const struct bench *bench, int code)
{
	const struct cell *cell = bench->cell;
	const struct qpas_error *err = &bench->rig.err;

	if (code != cell->code || err->stage != cell->stage)
		fail_msg("%s: %s in %s instead of %s in %s: %s", bench->what, qpas_err_name(code),
			 qpas_stage_name(err->stage), qpas_err_name(cell->code),
			 qpas_stage_name(cell->stage), err->text);
	if (!strstr(err->text, cell->cause) || !strstr(err->text, cell->help))
		fail_msg("%s: \"%s\" does not say \"%s\" and \"%s\"", bench->what, err->text,
			 cell->cause, cell->help);
}

static void expect_lines(struct bench *bench, const char *const *wanted)
{
	call_log_expect(&bench->log, bench->what, wanted);
	call_log_clear(&bench->log);
}

static void check_running(struct bench *bench)
{
	struct qpas_tzsim_books books = rig_books(&bench->rig);
	uint32_t processors = bench->companion ? 2 : 1;

	assert_int_equal(rig_state(&bench->rig), QPAS_STATE_RUNNING);
	if (books.running != processors || books.images || books.faults || books.bridges > 1)
		fail_msg("%s: %u run, %u images, %u faults, %u bridges", bench->what, books.running,
			 books.images, books.faults, books.bridges);
}

/* A second start makes the calls of the first: nothing is kept from it. */
static void run_twice(struct bench *bench)
{
	for (int round = 0; round < 2; round++) {
		if (boot_client(bench))
			fail_msg("%s: %s", bench->what, bench->rig.err.text);
		expect_lines(bench, bench->cell->boot);
		check_running(bench);
		rig_must(&bench->rig, qpas_shutdown(bench->rig.context, &bench->rig.err),
			 bench->what);
		expect_lines(bench, bench->cell->stop);
		expect_idle(&bench->rig);
		/* The boot loader starts lite processors once. */
		if (bench->client->profile[0])
			break;
	}
}

static void run_cell(const struct client_row *client, uint32_t machine)
{
	struct bench bench;
	uint64_t calls;
	int code;

	bench_begin(&bench, client, machine);
	print_message("%s\n", bench.what);
	calls = rig_books(&bench.rig).calls;
	code = open_client(&bench);
	expect_lines(&bench, bench.cell->open);
	if (code) {
		expect_refusal(&bench, code);
	} else if (bench.cell->code) {
		expect_refusal(&bench, boot_client(&bench));
		expect_lines(&bench, bench.cell->boot);
		assert_int_equal(rig_state(&bench.rig), QPAS_STATE_NEW);
	} else {
		if (client->direct)
			calls = rig_books(&bench.rig).calls;
		run_twice(&bench);
		if (client->direct)
			assert_int_equal(rig_books(&bench.rig).calls, calls);
	}
	bench_end(&bench);
}

static void each_client_makes_its_own_calls_on_each_machine(void **state)
{
	(void)state;
	for (size_t i = 0; i < matrix_client_count; i++) {
		for (uint32_t machine = 0; machine < MACHINES; machine++)
			run_cell(&matrix_clients[i], machine);
	}
}

/* ---- each call refused once ---- */

static bool begins(const char *text, const char *start)
{
	return !strncmp(text, start, strlen(start));
}

/* A refused shutdown is asked for again, and is then confirmed. */
static void stop_after_refusals(struct bench *bench)
{
	struct rig *rig = &bench->rig;
	uint32_t state;

	for (int round = 0; round < 2; round++) {
		state = rig_state(rig);
		if (state == QPAS_STATE_NEW || !qpas_shutdown(rig->context, &rig->err))
			return;
	}
	fail_msg("%s: \"%s\" refused: still %s after two shutdowns: %s", bench->what,
		 bench->log.refused, qpas_state_name(state), rig->err.text);
}

/*
 * What the books may have in the end: the boot loader's processors if nobody shut them down, and one
 * bridge with its memory if it was the deletion that was refused.
 */
static void expect_clean(struct bench *bench)
{
	const struct call_log *log = &bench->log;
	struct qpas_tzsim_books books = rig_books(&bench->rig);
	uint32_t left = begins(log->refused, "BRIDGE_DELETE") ? 1 : 0;
	uint32_t lite = bench->client->profile[0] ? 2 : 0;
	uint32_t buffers = begins(log->refused, "BRIDGE_DELETE buffer") ? 1 : 0;

	lite -= lite ? call_log_number(log, "SHUTDOWN 31") + call_log_number(log, "SHUTDOWN 41") :
		       0;
	lite += begins(log->refused, "SHUTDOWN 31") || begins(log->refused, "SHUTDOWN 41");
	if (books.bridges != left || books.shared_buffers != buffers || books.running != lite ||
	    books.images || books.mappings || books.protected_accesses)
		fail_msg("%s: \"%s\" refused: %u bridges, %u buffers, %u run, %u images, "
			 "%u mappings, %u fatal accesses",
			 bench->what, log->refused, books.bridges, books.shared_buffers,
			 books.running, books.images, books.mappings, books.protected_accesses);
	/* What a modem was lent is the host's again: it can be read. */
	for (uint64_t at = 0xd0000000; at <= 0xd6000000; at += 0x1000000) {
		uint8_t byte;

		if (qpas_tzsim_read(bench->rig.model, at, &byte, 1, &bench->rig.err))
			fail_msg("%s: \"%s\" refused: %s", bench->what, log->refused,
				 bench->rig.err.text);
	}
}

/* One life in which secure monitor call `nth` is refused; false if there is no such call. */
static bool refuse_one(const struct client_row *client, uint32_t machine, uint32_t nth)
{
	struct bench bench;
	bool reached;
	int code;

	bench_begin(&bench, client, machine);
	bench.log.refuse_nth = nth;
	code = open_client(&bench);
	if (!code)
		code = boot_client(&bench);
	if (bench.rig.context)
		stop_after_refusals(&bench);
	assert_int_equal(qpas_context_close(bench.rig.context), 0);
	qpas_backend_unref(bench.rig.backend);
	bench.rig.context = NULL;
	bench.rig.backend = NULL;
	reached = bench.log.smc_count >= nth;
	/* The trusted world's word counts, but for what may be missing or is asked for again. */
	if (reached && !code && !begins(bench.log.refused, "BRIDGE_DELETE") &&
	    !begins(bench.log.refused, "SHUTDOWN") && !begins(bench.log.refused, "MP_ASSIGN") &&
	    !begins(bench.log.refused, "IS_CALL_AVAIL"))
		fail_msg("%s: it runs with \"%s\" refused", bench.what, bench.log.refused);
	expect_clean(&bench);
	bench_free(&bench);
	return reached;
}

/* B06, B07, B08, B18, B25: whichever it is, the books are empty in the end. */
static void whatever_call_is_refused_nothing_stays_behind(void **state)
{
	/* Clients by what they hold, and how many calls each machine gets from them. */
	static const struct {
		size_t client;
		uint32_t calls[MACHINES];
	} rows[] = {
		{1, {22, 15, 15, 8}},
		{2, {26, 19, 19, 8}},
		{3, {15, 10, 10, 8}},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		for (uint32_t machine = 0; machine < MACHINES; machine++) {
			const struct client_row *client = &matrix_clients[rows[i].client];
			uint32_t nth = 1;

			while (refuse_one(client, machine, nth))
				nth++;
			print_message("%s, %s: %u calls\n", client->name,
				      matrix_machines[machine].name, nth - 1);
			assert_int_equal(nth - 1, rows[i].calls[machine]);
		}
	}
}

/* ---- bridges ---- */

static void begin_at_el2(struct bench *bench, size_t client, uint32_t flags)
{
	bench_begin(bench, &matrix_clients[client], EL2_STRICT);
	bench->rig.ops.flags = flags;
	rig_must(&bench->rig, open_client(bench), "open");
}

/* Words 0 and 3 name no VM; the flag and the owner's permissions stand beside the size. */
static void strict_world_takes_bridges_of_a_self_owner_as_well(void **state)
{
	struct bench bench;

	(void)state;
	begin_at_el2(&bench, 0, QPAS_EL2_SELF_OWNER);
	rig_must(&bench.rig, boot_client(&bench), "boot");
	assert_int_equal(call_log_number(&bench.log, "BRIDGE_CREATE buffer 0x1000 0 6 01a 0"), 1);
	assert_int_equal(call_log_number(&bench.log, "BRIDGE_CREATE buffer 0x10000 0 6 01a 0"), 1);
	assert_int_equal(
		call_log_number(&bench.log, "BRIDGE_CREATE 0x95900000 0x1e00000 0 6 01a 0"), 1);
	assert_int_equal(call_log_number(&bench.log, "BRIDGE_CREATE"), 3);
	bench_end(&bench);
}

static void chip_that_breaks_with_bridges_is_asked_for_none(void **state)
{
	const struct client_row *client = &matrix_clients[0];
	struct test_tree tree;
	struct bench bench;

	(void)state;
	for (uint32_t level = 1; level <= 2; level++) {
		memset(&bench, 0, sizeof(bench));
		bench.client = client;
		bench.cell = &client->cells[EL2_STRICT];
		tree = test_tree_lemans();
		test_tree_set_text(&tree, "/", "compatible", "qcom,sc7180");
		rig_platform(&bench.rig, &tree, NULL);
		rig_model(&bench.rig, level, 0, "");
		call_log_begin(&bench.log, &bench.rig);
		/* The embedder does not know; the tree does. */
		bench.rig.ops.flags = 0;
		bench.rig.image = image_of(&bench.rig, client->sw_id);
		rig_must(&bench.rig, open_client(&bench), "open");
		rig_must(&bench.rig, boot_client(&bench), "boot");
		assert_int_equal(call_log_number(&bench.log, "BRIDGE"), 0);
		assert_int_equal(call_log_number(&bench.log, "IS_CALL_AVAIL"), 0);
		bench_end(&bench);
	}
}

/* S06, B28: the answer is 15; nobody else's bridge goes away, and the host's own ones do. */
static void bridge_of_somebody_else_over_the_region_is_an_overlap(void **state)
{
	static const uint64_t theirs[8] = {0x42000c1e, 4, 0x95a00006, 0x95a00006, 0x1200, 3, 0, 0};
	uint64_t answer[8], remove[8] = {0x42000c1d, 1, 0};
	struct bench bench;

	(void)state;
	begin_at_el2(&bench, 0, 0);
	qpas_tzsim_smc(bench.rig.model, theirs, answer);
	assert_int_equal(answer[0] | answer[1], 0);
	remove[2] = answer[2];
	expect_failure(&bench.rig, boot_client(&bench), QPAS_ERR_OVERLAP, QPAS_STAGE_BRIDGE);
	assert_int_equal(call_log_number(&bench.log, "AUTH_AND_RESET"), 0);
	/* The page of arguments, and theirs. */
	assert_int_equal(rig_books(&bench.rig).bridges, 2);
	qpas_tzsim_smc(bench.rig.model, remove, answer);
	assert_int_equal(answer[0], 0);
	rig_must(&bench.rig, boot_client(&bench), "boot");
	bench_end(&bench);
}

/* Above a hypervisor it is the hypervisor that finds it in its way. */
static void bridge_of_the_host_over_the_region_stands_in_a_hypervisors_way(void **state)
{
	static const uint64_t own[8] = {0x42000c1e, 4, 0x95900006, 0x95900006, 0x1200, 3, 0, 0};
	uint64_t answer[8], remove[8] = {0x42000c1d, 1, 0};
	struct bench bench;

	(void)state;
	bench_begin(&bench, &matrix_clients[0], EL1_HYPERVISOR);
	rig_must(&bench.rig, open_client(&bench), "open");
	qpas_tzsim_smc(bench.rig.model, own, answer);
	remove[2] = answer[2];
	expect_failure(&bench.rig, boot_client(&bench), QPAS_ERR_AUTH, QPAS_STAGE_AUTH_RESET);
	expect_text(&bench.rig, "hypervisor cannot bridge the region");
	qpas_tzsim_smc(bench.rig.model, remove, answer);
	rig_must(&bench.rig, boot_client(&bench), "boot");
	bench_end(&bench);
}

/* ---- calls that only some clients make ---- */

/* This call's name for a video core is 0 (drivers/media/platform/qcom/iris/iris_firmware.c). */
static void video_core_is_suspended_and_resumed_by_its_remote_state(void **state)
{
	static const char *const wanted[] = {"SET_REMOTE_STATE 0 0", "SET_REMOTE_STATE 1 0", NULL};
	struct bench bench;

	(void)state;
	begin_at_el2(&bench, 3, 0);
	assert_int_equal(qpas_context_set_remote_state(bench.rig.context, 0, &bench.rig.err),
			 QPAS_ERR_STATE);
	rig_must(&bench.rig, boot_client(&bench), "boot");
	call_log_clear(&bench.log);
	for (uint32_t on = 0; on < 2; on++)
		rig_must(&bench.rig,
			 qpas_context_set_remote_state(bench.rig.context, on, &bench.rig.err),
			 "remote state");
	call_log_expect(&bench.log, "video", wanted);
	bench_end(&bench);
}

/* It is asked again while it decrypts; only then do mappings go and memory comes back. */
static void modem_that_decrypts_is_asked_to_stop_until_it_does(void **state)
{
	struct client_row client = matrix_clients[2];
	struct bench bench;

	(void)state;
	client.profile = "fault shutdown-refuse:2";
	bench_begin(&bench, &client, EL2_STRICT);
	rig_must(&bench.rig, open_client(&bench), "open");
	rig_must(&bench.rig, boot_client(&bench), "boot");
	call_log_clear(&bench.log);
	rig_must(&bench.rig, qpas_shutdown(bench.rig.context, &bench.rig.err), "shutdown");
	for (uint32_t i = 0; i < 3; i++)
		assert_string_equal(bench.log.line[i], "SHUTDOWN 4");
	assert_int_equal(call_log_number(&bench.log, "SHUTDOWN 4"), 3);
	bench_end(&bench);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_client_makes_its_own_calls_on_each_machine),
		cmocka_unit_test(whatever_call_is_refused_nothing_stays_behind),
		cmocka_unit_test(strict_world_takes_bridges_of_a_self_owner_as_well),
		cmocka_unit_test(chip_that_breaks_with_bridges_is_asked_for_none),
		cmocka_unit_test(bridge_of_somebody_else_over_the_region_is_an_overlap),
		cmocka_unit_test(bridge_of_the_host_over_the_region_stands_in_a_hypervisors_way),
		cmocka_unit_test(video_core_is_suspended_and_resumed_by_its_remote_state),
		cmocka_unit_test(modem_that_decrypts_is_asked_to_stop_until_it_does),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
