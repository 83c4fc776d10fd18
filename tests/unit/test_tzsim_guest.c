/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The model as the secure world of a guest: memory behind functions, and an SMMUv3 whose structures
 * the test writes as Linux does. Each structure has a twin with one thing wrong.
 */
#include "support/guest_memory.h"
#include "support/tzsim_rig.h"

#include <qpas/backend.h>

#include "expect.h"

#define RAM	 UINT64_C(0x95000000)
#define RAM_SIZE UINT64_C(0x2000000)
#define METADATA (RAM + 0x1000)
#define PAGES	 (RAM + 0x100000)
#define SMMU	 UINT64_C(0x9050000)

struct guest {
	struct guest_memory memory;
	struct guest_smmu smmu;
	struct test_image image;
	uint64_t span;
	struct qpas_platform *platform;
	struct qpas_tzsim *model;
	struct qpas_error err;
	/* What was called, and what fails. */
	uint32_t outside;
	uint32_t peeks;
	uint32_t started;
	uint32_t stopped;
	bool no_peeks;
	bool no_reads;
};

static bool is_inside(struct guest *guest, uint64_t address, size_t length)
{
	bool inside = address >= RAM && address - RAM <= RAM_SIZE &&
		      length <= RAM_SIZE - (address - RAM);

	guest->outside += !inside;
	return inside && !guest->no_reads;
}

static int guest_read(void *user, uint64_t address, void *to, size_t length)
{
	struct guest *guest = user;

	if (!is_inside(guest, address, length))
		return -1;
	memcpy(to, guest->memory.bytes + (address - RAM), length);
	return 0;
}

static int guest_write(void *user, uint64_t address, const void *from, size_t length)
{
	struct guest *guest = user;

	if (!is_inside(guest, address, length))
		return -1;
	memcpy(guest->memory.bytes + (address - RAM), from, length);
	return 0;
}

static int guest_peek(void *user, uint64_t address, uint32_t *value)
{
	struct guest *guest = user;

	guest->peeks++;
	return !guest->no_peeks && guest_smmu_register(&guest->smmu, address - SMMU, value) ? 0 :
											      -1;
}

static void guest_changed(void *user, uint32_t pas_id, uint32_t running)
{
	struct guest *guest = user;

	assert_int_equal(pas_id, 1);
	guest->started += running;
	guest->stopped += !running;
}

static void describe(struct guest *guest, struct qpas_tzsim_guest *machine,
		     struct qpas_tzsim_ram *ram)
{
	ram->address = RAM;
	ram->size = RAM_SIZE;
	machine->ram = ram;
	machine->ram_count = 1;
	machine->user = guest;
	machine->read = guest_read;
	machine->write = guest_write;
	machine->peek = guest_peek;
	machine->changed = guest_changed;
	machine->smmu = SMMU;
}

static int make_model(struct guest *guest, const struct qpas_tzsim_guest *machine, uint32_t tz,
		      const char *profile)
{
	struct qpas_tzsim_params params = QPAS_TZSIM_PARAMS_INIT;
	struct qpas_params common = QPAS_PARAMS_INIT;

	common.platform = guest->platform;
	params.params = &common;
	params.tz = tz;
	params.profile.ptr = profile;
	params.profile.len = strlen(profile);
	params.guest = machine;
	return qpas_tzsim_new(&params, &guest->model, &guest->err);
}

static void open_tree(struct guest *guest, struct test_tree *tree)
{
	static const struct qpas_error error = QPAS_ERROR_INIT;

	guest->err = error;
	assert_int_equal(qpas_platform_open_memory(test_tree_slice(tree), NULL, 0, NULL,
						   &guest->platform, &guest->err),
			 0);
	test_tree_free(tree);
}

/* An image with metadata and segments where they belong, mapped in a two-level stream table. */
static void begin(struct guest *guest, bool streams, const char *profile)
{
	struct qpas_tzsim_guest machine = QPAS_TZSIM_GUEST_INIT;
	struct test_image_spec spec = rig_spec();
	struct test_tree tree = test_tree_lemans();
	struct qpas_tzsim_ram ram;

	memset(guest, 0, sizeof(*guest));
	if (!streams)
		test_tree_delete(&tree, "/soc@0/remoteproc@30000000", "iommus");
	open_tree(guest, &tree);
	guest->memory.bytes = calloc(1, RAM_SIZE);
	guest->memory.base = RAM;
	guest->memory.size = RAM_SIZE;
	assert_non_null(guest->memory.bytes);
	test_image_build(&guest->image, &spec);
	(void)guest_put_metadata(&guest->memory, METADATA, &guest->image);
	guest->span = guest_put_segments(&guest->memory, RIG_CARVEOUT, &guest->image);
	guest_smmu_make(&guest->smmu, &guest->memory, PAGES, RIG_STREAM, true);
	guest_smmu_map(&guest->smmu, RIG_CARVEOUT, guest->span);
	describe(guest, &machine, &ram);
	if (make_model(guest, &machine, QPAS_TZSIM_LENIENT, profile))
		fail_msg("%s", qpas_error_text(&guest->err));
}

static void end(struct guest *guest)
{
	qpas_tzsim_free(guest->model);
	qpas_platform_unref(guest->platform);
	test_image_free(&guest->image);
	free(guest->memory.bytes);
}

#define smc(guest, ...) issue(guest, (const uint64_t[8]){__VA_ARGS__})

static int64_t issue(struct guest *guest, const uint64_t in[8])
{
	uint64_t out[8];

	qpas_tzsim_smc(guest->model, in, out);
	return (int64_t)out[0];
}

static int64_t start(struct guest *guest)
{
	int64_t status = smc(guest, 0x42000201, 0x82, 1, METADATA);

	if (!status)
		status = smc(guest, 0x42000202, 3, 1, RIG_CARVEOUT,
			     (guest->span + 0xfff) & ~UINT64_C(0xfff));
	if (!status)
		status = smc(guest, 0x42000205, 1, 1);
	if (status)
		fail_msg("start: %lld, %s", (long long)status, qpas_tzsim_reason(guest->model));
	return status;
}

static void expect_event(struct guest *guest, const char *row, uint32_t type, const char *part)
{
	struct qpas_backend_event event = {0, 0, 0, 0, 0, {0}};
	int code = qpas_tzsim_event(guest->model, 1, &event, &guest->err);

	if (code || event.type != type || !strstr(event.text, part))
		fail_msg("%s: %s, event %u \"%s\", not %u \"%s\"", row, qpas_err_name(code),
			 event.type, event.text, type, part);
	if (type == QPAS_EVENT_FAULT)
		expect_number(row, "stream", event.stream, RIG_STREAM);
}

/* ---- memory ---- */

static void a_guests_processor_runs_from_its_own_memory(void **state)
{
	struct qpas_backend_event event;
	struct guest guest;

	(void)state;
	begin(&guest, true, "no-table 1\n");
	assert_int_equal(qpas_tzsim_event(guest.model, 1, &event, &guest.err), QPAS_ERR_NOTFOUND);
	(void)start(&guest);
	assert_int_equal(guest.started, 1);
	assert_int_equal(guest.peeks, 4);
	expect_event(&guest, "start", QPAS_EVENT_READY, "");
	assert_int_equal(qpas_tzsim_event(guest.model, 1, &event, &guest.err), QPAS_ERR_NOTFOUND);
	assert_int_equal(smc(&guest, 0x42000206, 1, 1), 0);
	assert_int_equal(guest.stopped, 1);
	/* The bytes of the guest stay as they are. */
	expect_number("after", "first byte", guest.memory.bytes[RIG_CARVEOUT - RAM],
		      guest.image.bytes[test_phdr_get(&guest.image, 2, TEST_P_OFFSET)]);
	assert_int_equal(guest.outside, 0);
	end(&guest);
}

static void a_flipped_bit_in_a_guests_carveout_is_refused(void **state)
{
	struct guest guest;

	(void)state;
	begin(&guest, true, "");
	guest.memory.bytes[RIG_CARVEOUT - RAM] ^= 1;
	assert_int_equal(smc(&guest, 0x42000201, 0x82, 1, METADATA), 0);
	assert_int_equal(smc(&guest, 0x42000202, 3, 1, RIG_CARVEOUT,
			     (guest.span + 0xfff) & ~UINT64_C(0xfff)),
			 0);
	assert_true(smc(&guest, 0x42000205, 1, 1) < 0);
	assert_non_null(strstr(qpas_tzsim_reason(guest.model), "in memory"));
	assert_int_equal(guest.started, 0);
	end(&guest);
}

static void addresses_outside_a_guests_memory_are_never_asked_for(void **state)
{
	static const uint64_t addresses[] = {0,
					     RAM - 8,
					     RAM + RAM_SIZE - 8,
					     RAM + RAM_SIZE,
					     UINT64_C(1) << 40,
					     UINT64_C(1) << 63,
					     UINT64_MAX - 4,
					     UINT64_MAX};
	struct guest guest;

	(void)state;
	begin(&guest, true, "");
	for (size_t i = 0; i < sizeof(addresses) / sizeof(addresses[0]); i++) {
		uint64_t at = addresses[i];

		assert_true(smc(&guest, 0x42000201, 0x82, 1, at) < 0);
		assert_true(smc(&guest, 0x42000221, 0x845, 1, at, 16, at) < 0);
		assert_true(smc(&guest, 0x42000c16, 0x1117, at, 16, at, at) < 0);
		assert_true(smc(&guest, 0x42000c1e, 4, (at & ~UINT64_C(0xfff)) | 6,
				(at & ~UINT64_C(0xfff)) | 6, 0x2000 | 1 << 9, 3) < 0 ||
			    at == RAM + RAM_SIZE);
	}
	expect_number("all", "accesses outside", guest.outside, 0);
	end(&guest);
}

static void memory_that_cannot_be_read_is_refused(void **state)
{
	struct guest guest;

	(void)state;
	begin(&guest, true, "");
	guest.no_reads = true;
	assert_true(smc(&guest, 0x42000201, 0x82, 1, METADATA) < 0);
	end(&guest);
}

/* ---- the SMMU ---- */

static void put_entry(struct guest *guest, uint64_t value)
{
	guest_put64(&guest->memory, guest->smmu.entry, value);
}

static void put_context(struct guest *guest, uint32_t word, uint64_t value)
{
	guest_put64(&guest->memory, guest->smmu.context + 8 * (uint64_t)word, value);
}

static uint64_t context_word(struct guest *guest)
{
	return guest_get64(&guest->memory, guest->smmu.context);
}

static void bend_nothing(struct guest *guest)
{
	(void)guest;
}

static void bend_missing_page(struct guest *guest)
{
	guest_put64(&guest->memory, guest_smmu_descriptor(&guest->smmu, RIG_CARVEOUT + 0x1000), 0);
}

/* All of them, as not each segment is written. */
static void bend_read_only_pages(struct guest *guest)
{
	for (uint64_t page = 0; page < guest->span; page += 0x1000) {
		uint64_t at = guest_smmu_descriptor(&guest->smmu, RIG_CARVEOUT + page);

		guest_put64(&guest->memory, at, guest_get64(&guest->memory, at) | 1 << 7);
	}
}

static void bend_other_page(struct guest *guest)
{
	uint64_t at = guest_smmu_descriptor(&guest->smmu, RIG_CARVEOUT);

	guest_put64(&guest->memory, at, guest_get64(&guest->memory, at) ^ 0x100000);
}

static void bend_table_outside(struct guest *guest)
{
	put_context(guest, 1, UINT64_C(0x40000000));
}

static void bend_entry_invalid(struct guest *guest)
{
	put_entry(guest, 0);
}

static void bend_entry_abort(struct guest *guest)
{
	put_entry(guest, 1);
}

static void bend_entry_bypass(struct guest *guest)
{
	put_entry(guest, 4 << 1 | 1);
}

static void bend_entry_stage2(struct guest *guest)
{
	put_entry(guest, 6 << 1 | 1);
}

static void bend_entry_context_outside(struct guest *guest)
{
	put_entry(guest, UINT64_C(0x1000) | 5 << 1 | 1);
}

static void bend_substreams_terminate(struct guest *guest)
{
	put_entry(guest, guest_get64(&guest->memory, guest->smmu.entry) | UINT64_C(1) << 59);
}

static void bend_substreams_bypass(struct guest *guest)
{
	bend_substreams_terminate(guest);
	guest_put64(&guest->memory, guest->smmu.entry + 8, 1);
}

static void bend_substreams_first(struct guest *guest)
{
	bend_substreams_terminate(guest);
	guest_put64(&guest->memory, guest->smmu.entry + 8, 2);
}

/* A table of tables of context descriptors: its first pointer leads to the one that is there. */
static void bend_substreams_two_levels(struct guest *guest)
{
	uint64_t table = guest->smmu.next;

	guest->smmu.next += 0x1000;
	guest_put64(&guest->memory, table, guest->smmu.context | 1);
	put_entry(guest, table | UINT64_C(1) << 59 | 1 << 4 | 5 << 1 | 1);
	guest_put64(&guest->memory, guest->smmu.entry + 8, 2);
}

static void bend_context_invalid(struct guest *guest)
{
	put_context(guest, 0, context_word(guest) & ~(UINT64_C(1) << 31));
}

static void bend_context_big_endian(struct guest *guest)
{
	put_context(guest, 0, context_word(guest) | 1 << 15);
}

static void bend_context_64k(struct guest *guest)
{
	put_context(guest, 0, context_word(guest) | 1 << 6);
}

static void bend_context_no_walks(struct guest *guest)
{
	put_context(guest, 0, context_word(guest) | 1 << 14);
}

static void bend_context_size(struct guest *guest)
{
	put_context(guest, 0, context_word(guest) | 63);
}

static void bend_pointer_span(struct guest *guest)
{
	guest_put64(&guest->memory, guest->smmu.pointer, 0);
}

static void bend_pointer_outside(struct guest *guest)
{
	guest_put64(&guest->memory, guest->smmu.pointer, UINT64_C(0x1000) | 9);
}

static void bend_table_too_small(struct guest *guest)
{
	guest->smmu.config = 0x10000 | 8 << 6 | 13;
}

static void bend_split(struct guest *guest)
{
	guest->smmu.config = 0x10000 | 7 << 6 | 16;
}

static void bend_format(struct guest *guest)
{
	guest->smmu.config = 0x20000 | 16;
}

static void bend_base_outside(struct guest *guest)
{
	guest->smmu.base_high = 0x1000;
}

static void bend_off_and_open(struct guest *guest)
{
	guest->smmu.cr0 = 0;
}

static void bend_off_and_closed(struct guest *guest)
{
	guest->smmu.cr0 = 0;
	guest->smmu.gbpa = 1 << 20;
}

static void bend_unreadable(struct guest *guest)
{
	guest->no_peeks = true;
}

static void bend_one_level(struct guest *guest)
{
	guest_smmu_make(&guest->smmu, &guest->memory, guest->smmu.next, RIG_STREAM, false);
	guest_smmu_map(&guest->smmu, RIG_CARVEOUT, guest->span);
}

static void a_processor_faults_where_the_guests_tables_do_not_let_it_through(void **state)
{
	static const struct {
		const char *name;
		void (*bend)(struct guest *guest);
		uint32_t type;
		const char *part;
	} rows[] = {
		{"as Linux has it", bend_nothing, QPAS_EVENT_READY, ""},
		{"one level", bend_one_level, QPAS_EVENT_READY, ""},
		{"bypass", bend_entry_bypass, QPAS_EVENT_READY, ""},
		{"off and open", bend_off_and_open, QPAS_EVENT_READY, ""},
		{"substreams bypass", bend_substreams_bypass, QPAS_EVENT_READY, ""},
		{"substreams first", bend_substreams_first, QPAS_EVENT_READY, ""},
		{"substreams, two levels", bend_substreams_two_levels, QPAS_EVENT_READY, ""},
		{"missing page", bend_missing_page, QPAS_EVENT_FAULT,
		 "translation fault at level 3"},
		{"read-only pages", bend_read_only_pages, QPAS_EVENT_FAULT, "permission fault"},
		{"other page", bend_other_page, QPAS_EVENT_CRASH, "another page"},
		{"table outside", bend_table_outside, QPAS_EVENT_FAULT, "external abort"},
		{"entry invalid", bend_entry_invalid, QPAS_EVENT_FAULT, "not valid"},
		{"entry aborts", bend_entry_abort, QPAS_EVENT_FAULT, "lets nothing through"},
		{"second stage", bend_entry_stage2, QPAS_EVENT_FAULT, "second stage"},
		{"context outside", bend_entry_context_outside, QPAS_EVENT_FAULT,
		 "context descriptor is not in memory"},
		{"substreams terminate", bend_substreams_terminate, QPAS_EVENT_FAULT,
		 "without a substream"},
		{"context invalid", bend_context_invalid, QPAS_EVENT_FAULT, "not valid"},
		{"big-endian", bend_context_big_endian, QPAS_EVENT_FAULT, "little-endian"},
		{"64 KiB pages", bend_context_64k, QPAS_EVENT_FAULT, "4 KiB"},
		{"no walks", bend_context_no_walks, QPAS_EVENT_FAULT, "walks are disabled"},
		{"input of 1 bit", bend_context_size, QPAS_EVENT_FAULT, "does not exist"},
		{"no span", bend_pointer_span, QPAS_EVENT_FAULT, "no entry"},
		{"second level outside", bend_pointer_outside, QPAS_EVENT_FAULT,
		 "stream table is not in memory"},
		{"table too small", bend_table_too_small, QPAS_EVENT_FAULT,
		 "beyond the stream table"},
		{"split of 7", bend_split, QPAS_EVENT_FAULT, "split"},
		{"format 2", bend_format, QPAS_EVENT_FAULT, "format"},
		{"base outside", bend_base_outside, QPAS_EVENT_FAULT,
		 "stream table is not in memory"},
		{"off and closed", bend_off_and_closed, QPAS_EVENT_FAULT, "SMMU is off"},
		{"unreadable", bend_unreadable, QPAS_EVENT_FAULT, "cannot be read"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct guest guest;

		begin(&guest, true, "no-table 1\n");
		rows[i].bend(&guest);
		(void)start(&guest);
		expect_event(&guest, rows[i].name, rows[i].type, rows[i].part);
		expect_number(rows[i].name, "accesses outside", guest.outside, 0);
		end(&guest);
	}
}

static void a_mapping_that_goes_away_later_is_found_too(void **state)
{
	struct guest guest;

	(void)state;
	begin(&guest, true, "no-table 1\n");
	(void)start(&guest);
	expect_event(&guest, "start", QPAS_EVENT_READY, "");
	bend_missing_page(&guest);
	expect_event(&guest, "later", QPAS_EVENT_FAULT, "translation fault");
	/* The registers are those of the start: nobody may be asked outside of a call. */
	assert_int_equal(guest.peeks, 4);
	end(&guest);
}

static void a_processor_without_a_stream_has_no_smmu_in_front(void **state)
{
	struct guest guest;

	(void)state;
	begin(&guest, false, "");
	guest.no_peeks = true;
	(void)start(&guest);
	expect_event(&guest, "start", QPAS_EVENT_READY, "");
	end(&guest);
}

/* ---- parameters ---- */

static void guests_that_cannot_be_are_refused(void **state)
{
	static const struct {
		const char *part;
		int code;
		uint64_t address;
		uint64_t size;
		uint32_t count;
		uint32_t lacks;
	} rows[] = {
		{"pieces of memory", QPAS_ERR_ARG, RAM, RAM_SIZE, 0, 0},
		{"pieces of memory", QPAS_ERR_ARG, RAM, RAM_SIZE, 65, 0},
		{"pieces of memory", QPAS_ERR_ARG, RAM, RAM_SIZE, 1, 1},
		{"read and write", QPAS_ERR_ARG, RAM, RAM_SIZE, 1, 2},
		{"read and write", QPAS_ERR_ARG, RAM, RAM_SIZE, 1, 3},
		{"registers of its SMMU", QPAS_ERR_ARG, RAM, RAM_SIZE, 1, 4},
		{"host level 2", QPAS_ERR_ARG, RAM, RAM_SIZE, 1, 5},
		{"empty", QPAS_ERR_RANGE, RAM, 0, 1, 0},
		{"wraps", QPAS_ERR_RANGE, UINT64_MAX, 2, 1, 0},
		{"beyond", QPAS_ERR_RANGE, UINT64_C(1) << 48, 0x1000, 1, 0},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct qpas_tzsim_guest machine = QPAS_TZSIM_GUEST_INIT;
		struct test_tree tree = test_tree_lemans();
		struct qpas_tzsim_ram ram;
		struct guest guest;
		int code;

		memset(&guest, 0, sizeof(guest));
		open_tree(&guest, &tree);
		describe(&guest, &machine, &ram);
		ram.address = rows[i].address;
		ram.size = rows[i].size;
		machine.ram_count = rows[i].count;
		machine.ram = rows[i].lacks == 1 ? NULL : machine.ram;
		machine.read = rows[i].lacks == 2 ? NULL : machine.read;
		machine.write = rows[i].lacks == 3 ? NULL : machine.write;
		machine.peek = rows[i].lacks == 4 ? NULL : machine.peek;
		code = make_model(&guest, &machine, 0, rows[i].lacks == 5 ? "el 1\n" : "");
		if (code != rows[i].code || !strstr(qpas_error_text(&guest.err), rows[i].part))
			fail_msg("row %zu: %s: %s", i, qpas_err_name(code),
				 qpas_error_text(&guest.err));
		assert_null(guest.model);
		qpas_platform_unref(guest.platform);
	}
}

static void no_backend_is_opened_on_a_guest(void **state)
{
	struct qpas_el2_ops ops = QPAS_EL2_OPS_INIT;
	struct qpas_backend *backend;
	struct guest guest;

	(void)state;
	begin(&guest, true, "");
	assert_int_equal(qpas_tzsim_open(guest.model, NULL, &backend, &guest.err), QPAS_ERR_UNSUPP);
	assert_int_equal(qpas_tzsim_ops(guest.model, &ops, &guest.err), QPAS_ERR_UNSUPP);
	end(&guest);
}

static void asking_for_an_event_without_a_model_is_refused(void **state)
{
	struct qpas_backend_event event;
	struct guest guest;

	(void)state;
	begin(&guest, true, "");
	assert_int_equal(qpas_tzsim_event(NULL, 1, &event, &guest.err), QPAS_ERR_ARG);
	assert_int_equal(qpas_tzsim_event(guest.model, 1, NULL, &guest.err), QPAS_ERR_ARG);
	assert_int_equal(qpas_tzsim_event(guest.model, 99, &event, &guest.err), QPAS_ERR_NOTFOUND);
	end(&guest);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_guests_processor_runs_from_its_own_memory),
		cmocka_unit_test(a_flipped_bit_in_a_guests_carveout_is_refused),
		cmocka_unit_test(addresses_outside_a_guests_memory_are_never_asked_for),
		cmocka_unit_test(memory_that_cannot_be_read_is_refused),
		cmocka_unit_test(a_processor_faults_where_the_guests_tables_do_not_let_it_through),
		cmocka_unit_test(a_mapping_that_goes_away_later_is_found_too),
		cmocka_unit_test(a_processor_without_a_stream_has_no_smmu_in_front),
		cmocka_unit_test(guests_that_cannot_be_are_refused),
		cmocka_unit_test(no_backend_is_opened_on_a_guest),
		cmocka_unit_test(asking_for_an_event_without_a_model_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
