/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Processors that die, hang or never come up, clients that die, replies that are lost, firmware that
 * comes late: how each ends on the simulated machine, and that the next start works.
 */
#include <stdio.h>
#include <sys/stat.h>
#include <time.h>

#include "integration/tzsim_boot.h"
#include "support/must.h"

#define TABLE_FID 0x42000221u
#define MS	  INT64_C(1000000)

static int64_t in_ms(int64_t ms)
{
	struct timespec time;

	assert_int_equal(clock_gettime(CLOCK_MONOTONIC, &time), 0);
	return time.tv_sec * INT64_C(1000000000) + time.tv_nsec + ms * MS;
}

/* --- the processor --- */

/* Dead is not stopped: the memory is not the host's, and nothing but a shutdown is allowed. */
static void expect_only_a_shutdown(struct rig *rig)
{
	struct qpas_context_event event = QPAS_CONTEXT_EVENT_INIT;
	uint64_t calls = rig_books(rig).calls;
	struct qpas_slice none = {NULL, 0};
	uint8_t byte;

	assert_int_equal(rig_state(rig), QPAS_STATE_CRASHED);
	assert_int_equal(rig_boot(rig), QPAS_ERR_STATE);
	assert_int_equal(qpas_context_wait_event(rig->context, 0, &event, &rig->err),
			 QPAS_ERR_STATE);
	assert_int_equal(qpas_context_read(rig->context, 0, &byte, 1, &rig->err), QPAS_ERR_STATE);
	assert_int_equal(qpas_context_rsc_table(rig->context, none, NULL, &rig->err),
			 QPAS_ERR_STATE);
	assert_int_equal(qpas_context_release(rig->context, &rig->err), QPAS_ERR_STATE);
	assert_int_equal(rig_books(rig).calls, calls);
	assert_int_equal(rig_books(rig).running, 1);
}

/* What a dump wants is still there: the two segments of the usual image that have data. */
static void expect_image_in_memory(struct rig *rig)
{
	uint64_t first = test_phdr_get(&rig->built, 2, TEST_P_PADDR);
	uint8_t bytes[64];

	for (uint32_t i = 2; i < 4; i++) {
		size_t at = (size_t)test_phdr_get(&rig->built, i, TEST_P_OFFSET);
		uint64_t to = test_phdr_get(&rig->built, i, TEST_P_PADDR) - first;

		assert_true(test_phdr_get(&rig->built, i, TEST_P_FILESZ) >= sizeof(bytes));
		rig_must(rig, qpas_context_read(rig->context, to, bytes, sizeof(bytes), &rig->err),
			 "read");
		assert_memory_equal(bytes, rig->built.bytes + at, sizeof(bytes));
	}
}

static const struct {
	const char *profile;
	const char *says;
	int64_t least_ms;
} deaths[] = {
	{"fault crash-running", "err_fatal", 0},
	{"fault crash-after:30", "err_fatal", 30},
	{"fault watchdog:30", "watchdog bite", 30},
};

static void each_death_is_told_and_the_next_start_works(void **state)
{
	(void)state;
	for (size_t i = 0; i < 2 * sizeof(deaths) / sizeof(deaths[0]); i++) {
		struct qpas_context_event event = QPAS_CONTEXT_EVENT_INIT;
		int64_t begun = in_ms(0);
		struct rig rig;

		rig_begin(&rig, (uint32_t)(i & 1) + 1, QPAS_TZSIM_STRICT, deaths[i / 2].profile);
		rig_open(&rig, "adsp");
		rig_must(&rig, rig_boot(&rig), "boot");
		rig_must(&rig, qpas_context_wait_event(rig.context, in_ms(5000), &event, &rig.err),
			 "wait");
		assert_true(in_ms(0) - begun >= deaths[i / 2].least_ms * MS);
		assert_int_equal(event.type, QPAS_EVENT_CRASH);
		assert_non_null(strstr(event.text, deaths[i / 2].says));
		expect_only_a_shutdown(&rig);
		rig_must(&rig, qpas_shutdown(rig.context, &rig.err), "shutdown");
		expect_idle(&rig);
		expect_image_in_memory(&rig);
		/* It happens once. */
		rig_must(&rig, rig_boot(&rig), "second boot");
		assert_int_equal(qpas_context_wait_event(rig.context, in_ms(60), &event, &rig.err),
				 QPAS_ERR_TIMEOUT);
		rig_end(&rig);
	}
}

/* It runs, for all that TrustZone knows, and says nothing. */
static void silent_processor_is_stopped_and_started_again(void **state)
{
	struct qpas_context_event event = QPAS_CONTEXT_EVENT_INIT;
	struct qpas_boot_params params = QPAS_BOOT_PARAMS_INIT;
	struct rig rig;

	(void)state;
	rig_begin(&rig, 2, 0, "fault never-ready");
	rig_open(&rig, "adsp");
	params.flags = QPAS_BOOT_NO_WAIT;
	rig_must(&rig, qpas_boot(rig.context, rig.image, &params, &rig.err), "boot");
	assert_int_equal(qpas_context_wait_event(rig.context, in_ms(30), &event, &rig.err),
			 QPAS_ERR_TIMEOUT);
	assert_int_equal(rig_state(&rig), QPAS_STATE_RUNNING);
	rig_must(&rig, qpas_shutdown(rig.context, &rig.err), "shutdown");
	expect_image_in_memory(&rig);
	rig_must(&rig, rig_boot(&rig), "second boot");
	rig_end(&rig);
}

/* B09 for one that died. */
static void shutdown_of_a_dead_one_that_is_refused_twice_is_tried_again(void **state)
{
	struct qpas_context_event event = QPAS_CONTEXT_EVENT_INIT;
	struct rig rig;

	(void)state;
	rig_begin(&rig, 2, 0, "fault crash-running\nfault shutdown-refuse:2");
	rig_open(&rig, "adsp");
	rig_must(&rig, rig_boot(&rig), "boot");
	rig_must(&rig, qpas_context_wait_event(rig.context, 0, &event, &rig.err), "wait");
	for (int round = 0; round < 2; round++) {
		expect_failure(&rig, qpas_shutdown(rig.context, &rig.err), QPAS_ERR_TZ,
			       QPAS_STAGE_SHUTDOWN);
		expect_only_a_shutdown(&rig);
	}
	rig_must(&rig, qpas_shutdown(rig.context, &rig.err), "third shutdown");
	expect_idle(&rig);
	rig_must(&rig, rig_boot(&rig), "second boot");
	rig_end(&rig);
}

/* --- replies --- */

/* B04: done, and nobody knows it. */
static void lost_replies_end_in_unknown_and_a_shutdown_leads_out(void **state)
{
	static const struct {
		const char *profile;
		uint32_t stage;
	} rows[] = {
		{"fault lost-init", QPAS_STAGE_INIT_IMAGE},
		{"fault lost-auth", QPAS_STAGE_AUTH_RESET},
	};

	(void)state;
	for (size_t i = 0; i < 2 * sizeof(rows) / sizeof(rows[0]); i++) {
		struct rig rig;
		uint8_t byte;

		rig_begin(&rig, (uint32_t)(i & 1) + 1, QPAS_TZSIM_STRICT, rows[i / 2].profile);
		rig_open(&rig, "adsp");
		expect_failure(&rig, rig_boot(&rig), QPAS_ERR_UNKNOWN, rows[i / 2].stage);
		assert_int_equal(rig_state(&rig), QPAS_STATE_UNKNOWN);
		assert_int_equal(qpas_context_read(rig.context, 0, &byte, 1, &rig.err),
				 QPAS_ERR_STATE);
		assert_int_equal(rig_boot(&rig), QPAS_ERR_STATE);
		rig_must(&rig, qpas_shutdown(rig.context, &rig.err), "shutdown");
		expect_idle(&rig);
		rig_must(&rig, rig_boot(&rig), "second boot");
		rig_end(&rig);
	}
}

/*
 * The table's own reply: no state changes, and the buffers stay with the machine, because the trusted
 * world might still write to them.
 */
static void lost_table_costs_its_buffers_and_nothing_else(void **state)
{
	struct qpas_tzsim_books books;
	struct rig rig;

	(void)state;
	rig_begin(&rig, 2, 0, "fault lost-table");
	rig_open(&rig, "adsp");
	expect_failure(&rig, rig_boot(&rig), QPAS_ERR_UNKNOWN, QPAS_STAGE_RSC_TABLE);
	assert_int_equal(rig_state(&rig), QPAS_STATE_NEW);
	rig_must(&rig, rig_boot(&rig), "second boot");
	assert_int_equal(qpas_context_close(rig.context), 0);
	qpas_backend_unref(rig.backend);
	books = rig_books(&rig);
	assert_int_equal(books.bridges, 1);
	assert_int_equal(books.shared_buffers, 1);
	assert_int_equal(books.images + books.running + books.mappings, 0);
	rig_free(&rig);
}

/* --- tables: R21 both ways, R22 --- */

/* A short reply of either kind, and more of them than are believed. */
static void short_tables_of_either_kind_are_asked_for_again(void **state)
{
	static const struct {
		const char *profile;
		int code;
	} rows[] = {
		{"fault short-table", 0},
		{"fault short-table:3", 0},
		{"fault short-table:4", QPAS_ERR_BACKEND},
		{"fault long-table", 0},
		{"fault long-table:3", 0},
		{"fault long-table:4", QPAS_ERR_BACKEND},
		{"fault long-table:2\nfault short-table:1", 0},
		{"fault long-table:2\nfault short-table:2", QPAS_ERR_BACKEND},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct rig rig;
		int code;

		rig_begin(&rig, 2, 0, rows[i].profile);
		rig_open(&rig, "adsp");
		code = rig_boot(&rig);
		if (code != rows[i].code)
			fail_msg("%s: %d: %s", rows[i].profile, code, qpas_error_text(&rig.err));
		if (code)
			assert_int_equal(rig_state(&rig), QPAS_STATE_NEW);
		rig_end(&rig);
	}
}

/* Counts the calls, and has none of them from the second on give a table. */
static int no_second_table(void *user, uint64_t regs[8])
{
	struct rig *rig = user;

	if ((uint32_t)regs[0] == TABLE_FID && ++rig->count > 1) {
		memset(regs, 0, 8 * sizeof(regs[0]));
		return 0;
	}
	return rig_smc(user, regs);
}

/*
 * R22: a table belongs to one start. The second time TrustZone has none: the processor, whose
 * firmware wants what the first table said, faults where that was mapped.
 */
static void table_of_the_last_start_is_not_used_again(void **state)
{
	struct rig rig;

	(void)state;
	rig_begin(&rig, 2, 0, "devmem 1 0x8fff000 0x90c10000 0x1000 3 ring\nfault crash-running");
	rig.ops.smc = no_second_table;
	rig_open(&rig, "adsp");
	rig_must(&rig, rig_boot(&rig), "boot");
	assert_int_equal(qpas_context_wait_ready(rig.context, 0, &rig.err), QPAS_ERR_BACKEND);
	rig_must(&rig, qpas_shutdown(rig.context, &rig.err), "shutdown");
	assert_int_equal(rig.count, 1);
	expect_failure(&rig, rig_boot(&rig), QPAS_ERR_BACKEND, QPAS_STAGE_READY);
	expect_text(&rig, "0x8fff000");
	assert_int_equal(rig.count, 2);
	rig_end(&rig);
}

/* One devmem entry: da 0x08110000, pa 0x90c10000, 0x1000 bytes, read and write. */
static const uint8_t own_table[76] = {
	1, 0, 0,    0, 1, 0, 0,	   0,	 0, 0,	  0, 0, 0, 0, 0, 0, 20, 0, 0, 0, 1,   0,   0,	0,
	0, 0, 0x11, 8, 0, 0, 0xc1, 0x90, 0, 0x10, 0, 0, 3, 0, 0, 0, 0,	0, 0, 0, 'o', 'w', 'n',
};

static void begin_with_own_table(struct rig *rig, const char *profile)
{
	struct test_image_spec spec = rig_spec();
	struct test_tree tree = test_tree_lemans();
	size_t at;

	rig_machine(rig, 2, QPAS_TZSIM_STRICT, profile, &tree);
	rig_ops(rig);
	test_image_build(&rig->built, &spec);
	at = (size_t)test_phdr_get(&rig->built, 2, TEST_P_OFFSET);
	memcpy(rig->built.bytes + at, own_table, sizeof(own_table));
	test_image_add_section(&rig->built, ".resource_table", at, sizeof(own_table));
	rig_open_image(rig, &rig->built, &rig->image);
}

/*
 * Static and dynamic merged: the trusted world puts the firmware's own entries behind its own, and the
 * processor needs both. Each that is not mapped is found by its own fetch.
 */
static void tables_of_firmware_and_trusted_world_are_merged(void **state)
{
	static const struct {
		const char *profile;
		uint64_t without; /* a mapping that is dropped, or 0 */
		const char *says;
	} rows[] = {
		{"devmem 1 0x8fff000 0x90c20000 0x1000 3 ring", 0, NULL},
		{"devmem 1 0x8fff000 0x90c20000 0x1000 3 ring", 0x8fff000, "0x8fff000"},
		{"devmem 1 0x8fff000 0x90c20000 0x1000 3 ring", 0x8110000, "0x8110000"},
		/* No table of the trusted world's: its own alone. */
		{"no-table 1", 0, NULL},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct rig rig;

		begin_with_own_table(&rig, rows[i].profile);
		rig.value = rows[i].without;
		if (rows[i].without) {
			rig.ops.iommu_map = drop_mapping;
			rig.ops.iommu_unmap = drop_unmapping;
		}
		rig_open(&rig, "adsp");
		if (!rows[i].without) {
			rig_must(&rig, rig_boot(&rig), rows[i].profile);
			/* The carveout and one or two device ranges. */
			assert_int_equal(rig_books(&rig).mappings, i == 0 ? 3 : 2);
		} else {
			expect_failure(&rig, rig_boot(&rig), QPAS_ERR_BACKEND, QPAS_STAGE_READY);
			expect_text(&rig, rows[i].says);
		}
		rig_end(&rig);
	}
}

/* One address for two entries: the trusted world refuses to merge, and the boot says so. */
static void tables_that_contradict_each_other_are_not_merged(void **state)
{
	struct rig rig;

	(void)state;
	begin_with_own_table(&rig, "devmem 1 0x8110000 0x90c20000 0x1000 3 ring");
	rig_open(&rig, "adsp");
	expect_failure(&rig, rig_boot(&rig), QPAS_ERR_TZ, QPAS_STAGE_RSC_TABLE);
	expect_text(&rig, "the merged table");
	assert_int_equal(rig_state(&rig), QPAS_STATE_NEW);
	rig_end(&rig);
}

/* --- ranges: B23 --- */

struct ranges {
	uint64_t set_up[2];
	uint32_t set_ups;
	uint64_t zeroed[2];
	uint64_t mapped[2];
};

static struct ranges ranges;

static int note_mem_setup(void *user, uint64_t regs[8])
{
	if ((uint32_t)regs[0] == MEM_FID) {
		ranges.set_up[0] = regs[3];
		ranges.set_up[1] = regs[4];
		ranges.set_ups++;
	}
	return rig_smc(user, regs);
}

static int note_zero(void *user, uint64_t address, uint64_t length)
{
	ranges.zeroed[0] = address;
	ranges.zeroed[1] = length;
	return rig_region_zero(user, address, length);
}

/*
 * B23: what is authenticated is what was set up. A client has no way to say two ranges: after
 * MEM_SETUP neither another one nor another image reaches the trusted world.
 */
static void range_that_was_set_up_is_the_one_that_is_loaded_and_authenticated(void **state)
{
	struct rig rig;

	(void)state;
	memset(&ranges, 0, sizeof(ranges));
	rig_begin(&rig, 2, 0, "");
	rig.ops.smc = note_mem_setup;
	rig.ops.region_zero = note_zero;
	rig_open(&rig, "adsp");
	rig_must(&rig, qpas_context_init_image(rig.context, rig.image, &rig.err), "init");
	rig_must(&rig, qpas_context_mem_setup(rig.context, &rig.err), "setup");
	assert_int_equal(qpas_context_mem_setup(rig.context, &rig.err), QPAS_ERR_STATE);
	assert_int_equal(qpas_context_init_image(rig.context, rig.image, &rig.err), QPAS_ERR_STATE);
	rig_must(&rig, qpas_context_load(rig.context, &rig.err), "load");
	assert_int_equal(qpas_context_mem_setup(rig.context, &rig.err), QPAS_ERR_STATE);
	rig_must(&rig, qpas_context_auth_reset(rig.context, &rig.err), "auth");
	assert_int_equal(ranges.set_ups, 1);
	assert_memory_equal(ranges.set_up, ranges.zeroed, sizeof(ranges.zeroed));
	assert_true(ranges.set_up[0] == RIG_CARVEOUT && ranges.set_up[1] == 0x5000);
	rig_end(&rig);
}

/* --- firmware that comes late --- */

static void firmware_that_appears_later_is_booted_by_the_same_context(void **state)
{
	struct qpas_boot_params booting = QPAS_BOOT_PARAMS_INIT;
	struct qpas_params params = QPAS_PARAMS_INIT;
	struct rig rig;
	char folder[64];
	uint64_t calls;
	int fd = test_folder_new(folder);

	(void)state;
	rig_begin(&rig, 2, 0, "");
	params.platform = rig.platform;
	params.firmware_path = folder;
	rig_must(&rig, qpas_el2_open(&rig.ops, &params, &rig.backend, &rig.err), "backend");
	rig_must(&rig, qpas_context_open(rig.backend, "adsp", NULL, &rig.context, &rig.err),
		 "context");
	calls = rig_books(&rig).calls;
	for (int round = 0; round < 3; round++) {
		assert_int_equal(qpas_boot(rig.context, NULL, &booting, &rig.err),
				 QPAS_ERR_NOTFOUND);
		expect_text(&rig, "qcom/sa8775p/adsp.mbn");
		assert_int_equal(rig_state(&rig), QPAS_STATE_NEW);
		if (round == 0)
			test_must(!mkdirat(fd, "qcom", 0755), "folder");
		if (round == 1)
			test_must(!mkdirat(fd, "qcom/sa8775p", 0755), "folder");
	}
	/* The trusted world never heard of it. */
	assert_int_equal(rig_books(&rig).calls, calls);
	test_image_write(&rig.built, fd, "qcom/sa8775p/adsp.mbn");
	rig_must(&rig, qpas_boot(rig.context, NULL, &booting, &rig.err), "boot");
	rig_end(&rig);
	test_folder_remove(folder, fd);
}

/* --- a client that dies: B20 --- */

#define KEPT 32

/* What the one who survives a client remembers of it: what a kernel keeps of a descriptor. */
static struct keeper {
	uint32_t until; /* calls that the client still gets to make */
	bool dead;
	uint64_t bridge[KEPT];
	struct {
		void *ptr;
		uint64_t address;
		size_t length;
	} buffer[KEPT];
	struct {
		struct qpas_stream stream;
		struct qpas_backend_mapping mapping;
	} mapped[KEPT];
} keeper;

/* Whether this call is never made, because the client is gone. */
static bool gone(void)
{
	if (!keeper.dead && keeper.until-- == 0)
		keeper.dead = true;
	return keeper.dead;
}

static uint32_t free_place(const void *first, size_t stride)
{
	static const uint8_t nothing[sizeof(uint64_t)];
	const uint8_t *at = first;

	for (uint32_t i = 0; i < KEPT; i++) {
		if (!memcmp(at + i * stride, nothing, sizeof(nothing)))
			return i;
	}
	fail_msg("the keeper has no place left");
	return 0;
}

static int mortal_smc(void *user, uint64_t regs[8])
{
	uint32_t function = (uint32_t)regs[0];
	uint64_t handle = regs[2];
	int code;

	if (gone())
		return QPAS_ERR_UNKNOWN;
	code = rig_smc(user, regs);
	if (function == BRIDGE_FID && !regs[0] && !regs[1])
		keeper.bridge[free_place(keeper.bridge, sizeof(keeper.bridge[0]))] = regs[2];
	for (uint32_t i = 0; function == DELETE_FID && i < KEPT; i++) {
		if (keeper.bridge[i] == handle)
			keeper.bridge[i] = 0;
	}
	return code;
}

static int mortal_alloc(void *user, size_t length, void **ptr, uint64_t *address)
{
	int code = gone() ? QPAS_ERR_IO : rig_shared_alloc(user, length, ptr, address);
	uint32_t at = free_place(&keeper.buffer[0].ptr, sizeof(keeper.buffer[0]));

	if (code)
		return code;
	keeper.buffer[at].ptr = *ptr;
	keeper.buffer[at].address = *address;
	keeper.buffer[at].length = length;
	return 0;
}

static void mortal_free(void *user, void *ptr, uint64_t address, size_t length)
{
	if (gone())
		return;
	for (uint32_t i = 0; i < KEPT; i++) {
		if (keeper.buffer[i].ptr == ptr)
			keeper.buffer[i].ptr = NULL;
	}
	rig_shared_free(user, ptr, address, length);
}

static int mortal_write(void *user, uint64_t address, struct qpas_slice data)
{
	return gone() ? QPAS_ERR_IO : rig_region_write(user, address, data);
}

static int mortal_zero(void *user, uint64_t address, uint64_t length)
{
	return gone() ? QPAS_ERR_IO : rig_region_zero(user, address, length);
}

static int mortal_map(void *user, const struct qpas_stream *stream,
		      const struct qpas_backend_mapping *mapping)
{
	int code = gone() ? QPAS_ERR_IO : rig_map(user, stream, mapping);
	uint32_t at = free_place(&keeper.mapped[0].stream, sizeof(keeper.mapped[0]));

	if (code)
		return code;
	keeper.mapped[at].stream = *stream;
	keeper.mapped[at].mapping = *mapping;
	return 0;
}

static int mortal_unmap(void *user, const struct qpas_stream *stream,
			const struct qpas_backend_mapping *mapping)
{
	if (gone())
		return QPAS_ERR_IO;
	for (uint32_t i = 0; i < KEPT; i++) {
		if (keeper.mapped[i].stream.iommu && keeper.mapped[i].mapping.iova == mapping->iova)
			memset(&keeper.mapped[i], 0, sizeof(keeper.mapped[i]));
	}
	return rig_unmap(user, stream, mapping);
}

static void make_mortal(struct rig *rig)
{
	rig->ops.smc = mortal_smc;
	rig->ops.shared_alloc = mortal_alloc;
	rig->ops.shared_free = mortal_free;
	rig->ops.region_write = mortal_write;
	rig->ops.region_zero = mortal_zero;
	rig->ops.iommu_map = mortal_map;
	rig->ops.iommu_unmap = mortal_unmap;
}

/* The order of every recovery: the processor first, then what it could reach, then what is shared. */
static void recover(struct rig *rig)
{
	uint64_t regs[8] = {SHUTDOWN_FID, 1, 1, 0, 0, 0, 0, 0};

	assert_int_equal(rig->own.smc(rig->own.user, regs), 0);
	for (uint32_t i = 0; i < KEPT; i++) {
		if (keeper.mapped[i].stream.iommu)
			assert_int_equal(rig->own.iommu_unmap(rig->own.user,
							      &keeper.mapped[i].stream,
							      &keeper.mapped[i].mapping),
					 0);
	}
	for (uint32_t i = 0; i < KEPT; i++) {
		uint64_t call[8] = {DELETE_FID, 1, keeper.bridge[i], 0, 0, 0, 0, 0};

		if (!keeper.bridge[i])
			continue;
		assert_int_equal(rig->own.smc(rig->own.user, call), 0);
		assert_int_equal(call[0], 0);
	}
	for (uint32_t i = 0; i < KEPT; i++) {
		if (keeper.buffer[i].ptr)
			rig->own.shared_free(rig->own.user, keeper.buffer[i].ptr,
					     keeper.buffer[i].address, keeper.buffer[i].length);
	}
}

/* One client that dies after so many calls; false if it lived to the end. */
static bool die_after(uint32_t level, uint32_t calls)
{
	struct rig rig;
	bool died;

	memset(&keeper, 0, sizeof(keeper));
	keeper.until = calls;
	rig_begin(&rig, level, QPAS_TZSIM_STRICT, "");
	make_mortal(&rig);
	{
		struct qpas_params params = QPAS_PARAMS_INIT;

		params.platform = rig.platform;
		if (!qpas_el2_open(&rig.ops, &params, &rig.backend, NULL) &&
		    !qpas_context_open(rig.backend, "adsp", NULL, &rig.context, NULL) &&
		    !rig_boot(&rig))
			(void)!qpas_shutdown(rig.context, NULL);
	}
	died = keeper.dead;
	(void)qpas_context_close(rig.context);
	qpas_backend_unref(rig.backend);
	recover(&rig);
	rig.context = NULL;
	rig.backend = NULL;
	/* Checks that nothing is left, and that nobody touched protected memory. */
	rig_close_client(&rig);
	rig_ops(&rig);
	rig_open(&rig, "adsp");
	rig_must(&rig, rig_boot(&rig), "the next client");
	rig_end(&rig);
	return died;
}

static void client_that_dies_at_any_call_leaves_nothing_that_cannot_be_undone(void **state)
{
	(void)state;
	for (uint32_t level = 1; level <= 2; level++) {
		uint32_t calls = 0;

		while (die_after(level, calls))
			calls++;
		print_message("level %u: %u calls\n", level, calls);
		/* There are at least the calls of the sequence. */
		assert_in_range(calls, level == 2 ? 20 : 10, 200);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_death_is_told_and_the_next_start_works),
		cmocka_unit_test(silent_processor_is_stopped_and_started_again),
		cmocka_unit_test(shutdown_of_a_dead_one_that_is_refused_twice_is_tried_again),
		cmocka_unit_test(lost_replies_end_in_unknown_and_a_shutdown_leads_out),
		cmocka_unit_test(lost_table_costs_its_buffers_and_nothing_else),
		cmocka_unit_test(short_tables_of_either_kind_are_asked_for_again),
		cmocka_unit_test(table_of_the_last_start_is_not_used_again),
		cmocka_unit_test(tables_of_firmware_and_trusted_world_are_merged),
		cmocka_unit_test(tables_that_contradict_each_other_are_not_merged),
		cmocka_unit_test(range_that_was_set_up_is_the_one_that_is_loaded_and_authenticated),
		cmocka_unit_test(firmware_that_appears_later_is_booted_by_the_same_context),
		cmocka_unit_test(client_that_dies_at_any_call_leaves_nothing_that_cannot_be_undone),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
