/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The el2 backend over a scripted conduit. Register values are literals from the kernel's calls
 * (drivers/firmware/qcom/qcom_scm.c and qcom_scm-smc.c, seen in a trace), not constants of the
 * library: encoder and reader cannot be wrong together.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "backend/el2/el2_backend.h"
#include "support/must.h"

#define MAX_STEPS 64

struct step {
	uint64_t in[8];
	uint64_t out[8];
	int code;
};

struct conduit {
	struct step steps[MAX_STEPS];
	uint32_t count;
	uint32_t at;
	int64_t clock;
	uint32_t sleeps;
	uint32_t buffers;
	uint64_t next_address;
	uint64_t waited_for;
	int wait_code;
	uint32_t mapped;
	uint32_t fail_map;
	uint32_t fail_unmap;
	uint64_t held;
	int64_t event_deadline;
	int event_code;
	void *last_ptr;
	char written[64];
	uint64_t written_at;
};

/* x0 … x6 in; x0 … x3 and x6 out. */
static void script(struct conduit *conduit, const uint64_t in[7], const uint64_t out[4], int code)
{
	struct step *step;

	test_must(conduit->count < MAX_STEPS, "script is full");
	step = &conduit->steps[conduit->count++];
	memcpy(step->in, in, 7 * sizeof(in[0]));
	memcpy(step->out, out, 4 * sizeof(out[0]));
	step->code = code;
}

#define IN(...)	 ((const uint64_t[7]){__VA_ARGS__})
#define OUT(...) ((const uint64_t[4]){__VA_ARGS__})
#define MINUS(n) ((uint64_t)0 - (n))

static int play(void *user, uint64_t regs[8])
{
	struct conduit *conduit = user;
	const struct step *step = &conduit->steps[conduit->at];

	if (conduit->at == conduit->count)
		fail_msg("call 0x%llx was not expected", (unsigned long long)regs[0]);
	conduit->at++;
	for (uint32_t i = 0; i < 7; i++) {
		if (regs[i] != step->in[i])
			fail_msg("call %u: x%u is 0x%llx, not 0x%llx", conduit->at - 1, i,
				 (unsigned long long)regs[i], (unsigned long long)step->in[i]);
	}
	if (step->code)
		return step->code;
	memcpy(regs, step->out, sizeof(step->out));
	return 0;
}

static int give(void *user, size_t length, void **ptr, uint64_t *address)
{
	struct conduit *conduit = user;

	*ptr = calloc(1, length);
	test_must(*ptr, "memory");
	conduit->last_ptr = *ptr;
	*address = conduit->next_address;
	conduit->next_address += 0x10000;
	conduit->buffers++;
	return 0;
}

static void take(void *user, void *ptr, uint64_t address, size_t length)
{
	struct conduit *conduit = user;

	(void)address;
	(void)length;
	conduit->buffers--;
	free(ptr);
}

static int put(void *user, uint64_t address, struct qpas_slice data)
{
	struct conduit *conduit = user;

	conduit->written_at = address;
	memcpy(conduit->written, data.ptr, data.len);
	return 0;
}

static int clear(void *user, uint64_t address, uint64_t length)
{
	struct conduit *conduit = user;

	(void)length;
	conduit->written_at = address;
	return 0;
}

/* Stream ids below 8 and pages below 8 have a bit for each pair. */
static uint64_t bit_of(const struct qpas_stream *stream, const struct qpas_backend_mapping *mapping)
{
	return UINT64_C(1) << (stream->cells[0] * 8 + mapping->iova / 4096);
}

static int map(void *user, const struct qpas_stream *stream,
	       const struct qpas_backend_mapping *mapping)
{
	struct conduit *conduit = user;

	if (conduit->fail_map && conduit->mapped + 1 == conduit->fail_map)
		return QPAS_ERR_OVERLAP;
	if (conduit->held & bit_of(stream, mapping))
		fail_msg("a pair of range and stream is mapped twice");
	conduit->held |= bit_of(stream, mapping);
	conduit->mapped++;
	return 0;
}

static int unmap(void *user, const struct qpas_stream *stream,
		 const struct qpas_backend_mapping *mapping)
{
	struct conduit *conduit = user;

	if (!(conduit->held & bit_of(stream, mapping)))
		fail_msg("a pair of range and stream is unmapped that is not mapped");
	if (conduit->fail_unmap && conduit->mapped == conduit->fail_unmap) {
		conduit->fail_unmap = 0;
		return QPAS_ERR_IO;
	}
	conduit->held &= ~bit_of(stream, mapping);
	conduit->mapped--;
	return 0;
}

static int64_t now(void *user)
{
	struct conduit *conduit = user;

	return conduit->clock;
}

static void sleep_until(void *user, int64_t deadline)
{
	struct conduit *conduit = user;

	assert_true(deadline - conduit->clock == 30000000);
	conduit->clock = deadline;
	conduit->sleeps++;
}

static int wait_wq(void *user, uint64_t context, int64_t deadline)
{
	struct conduit *conduit = user;

	(void)deadline;
	conduit->waited_for = context;
	return conduit->wait_code;
}

static int wait_event(void *user, uint32_t pas_id, int64_t deadline,
		      struct qpas_backend_event *event)
{
	struct conduit *conduit = user;

	(void)pas_id;
	conduit->event_deadline = deadline;
	event->type = QPAS_EVENT_READY;
	return conduit->event_code;
}

static const char *explain(void *user)
{
	(void)user;
	return "the page at 0x1000 is in no bridge";
}

static void make_ops(struct qpas_el2_ops *ops, struct conduit *conduit, uint32_t level)
{
	static const struct qpas_el2_ops fresh = QPAS_EL2_OPS_INIT;

	memset(conduit, 0, sizeof(*conduit));
	conduit->next_address = 0x40f22000;
	*ops = fresh;
	ops->host_level = level;
	ops->user = conduit;
	ops->smc = play;
	ops->shared_alloc = give;
	ops->shared_free = take;
	ops->region_write = put;
	ops->region_zero = clear;
	ops->iommu_map = map;
	ops->iommu_unmap = unmap;
	ops->now = now;
	ops->sleep_until = sleep_until;
	ops->wait_wq = wait_wq;
	ops->wait_event = wait_event;
}

/* No call at open or close. */
static void open_plain(struct qpasi_el2 *el2, struct conduit *conduit)
{
	struct qpas_el2_ops ops;

	make_ops(&ops, conduit, 1);
	ops.flags = QPAS_EL2_NO_BRIDGES;
	assert_int_equal(qpasi_el2_open(el2, &ops, NULL), 0);
}

static void close_plain(struct qpasi_el2 *el2, struct conduit *conduit)
{
	qpasi_el2_close(el2);
	assert_int_equal(conduit->at, conduit->count);
	assert_int_equal(conduit->buffers, 0);
}

static void open_at_level_2_switches_bridges_on_and_bridges_its_page(void **state)
{
	struct qpas_backend_caps caps = {0, 0, 0};
	struct qpas_el2_ops ops;
	struct qpasi_el2 el2;
	struct conduit conduit;

	(void)state;
	make_ops(&ops, &conduit, 2);
	script(&conduit, IN(0x42000601, 1, 0x02000c1c), OUT(0, 1), 0);
	script(&conduit, IN(0x42000c1c, 0), OUT(0, 0), 0);
	script(&conduit, IN(0x42000c1e, 4, 0x40f22006, 0x40f22006, 0x1200, 3),
	       OUT(0, 0, 0x5b000002), 0);
	assert_int_equal(qpasi_el2_open(&el2, &ops, NULL), 0);
	assert_int_equal(qpasi_el2_capabilities(&el2, 1, &caps, NULL), 0);
	assert_int_equal(caps.host_level, 2);
	assert_true(caps.caps & QPAS_CAP_NEEDS_BRIDGE);
	script(&conduit, IN(0x42000c1d, 1, 0x5b000002), OUT(0), 0);
	close_plain(&el2, &conduit);
}

/* The hypervisor there bridges images and metadata, and no argument lists. */
static void open_at_level_1_bridges_its_page_and_leaves_the_rest_to_the_hypervisor(void **state)
{
	struct qpas_backend_caps caps = {0, 0, 0};
	struct qpas_el2_ops ops;
	struct qpasi_el2 el2;
	struct conduit conduit;

	(void)state;
	make_ops(&ops, &conduit, 1);
	script(&conduit, IN(0x42000601, 1, 0x02000c1c), OUT(0, 1), 0);
	script(&conduit, IN(0x42000c1c, 0), OUT(0, 0), 0);
	script(&conduit, IN(0x42000c1e, 4, 0x40f22006, 0x40f22006, 0x1200, 3),
	       OUT(0, 0, 0x5b000002), 0);
	assert_int_equal(qpasi_el2_open(&el2, &ops, NULL), 0);
	assert_int_equal(qpasi_el2_capabilities(&el2, 1, &caps, NULL), 0);
	assert_int_equal(caps.host_level, 1);
	assert_false(caps.caps & QPAS_CAP_NEEDS_BRIDGE);
	script(&conduit, IN(0x42000c1d, 1, 0x5b000002), OUT(0), 0);
	close_plain(&el2, &conduit);
}

static void bridges_are_made_in_the_self_owner_form_where_that_is_wanted(void **state)
{
	struct qpas_shm_bridge bridge = QPAS_SHM_BRIDGE_INIT;
	struct qpas_el2_ops ops;
	struct qpasi_el2 el2;
	struct conduit conduit;
	uint64_t handle;

	(void)state;
	make_ops(&ops, &conduit, 2);
	ops.flags = QPAS_EL2_SELF_OWNER;
	script(&conduit, IN(0x42000601, 1, 0x02000c1c), OUT(0, 1), 0);
	script(&conduit, IN(0x42000c1c, 0), OUT(0, 0), 0);
	/* Bit 1 of the size, the owner's permissions 6 in bits 4:2, no VM. */
	script(&conduit, IN(0x42000c1e, 4, 0x40f22000, 0x40f22006, 0x101a, 0),
	       OUT(0, 0, 0x5b000002), 0);
	assert_int_equal(qpasi_el2_open(&el2, &ops, NULL), 0);
	bridge.form = QPAS_SHM_BRIDGE_VM_LIST;
	bridge.pa = bridge.ipa = 0x95c00000;
	bridge.length = 0x1e00000;
	bridge.secure_permissions = 6;
	bridge.vm_count = 1;
	bridge.vm[0].vmid = 3;
	bridge.vm[0].permissions = 6;
	script(&conduit, IN(0x42000c1e, 4, 0x95c00000, 0x95c00006, 0x1e0001a, 0),
	       OUT(0, 0, 0x5b000003), 0);
	assert_int_equal(qpasi_el2_bridge_create(&el2, &bridge, &handle, NULL), 0);
	assert_int_equal(handle, 0x5b000003);
	/* With another VM than the host it is a list in any case. */
	bridge.vm[0].vmid = 0xf;
	script(&conduit, IN(0x42000c1e, 4, 0x95c00006, 0x95c00006, 0x1e00200, 0xf),
	       OUT(0, 0, 0x5b000004), 0);
	assert_int_equal(qpasi_el2_bridge_create(&el2, &bridge, &handle, NULL), 0);
	script(&conduit, IN(0x42000c1d, 1, 0x5b000002), OUT(0), 0);
	close_plain(&el2, &conduit);
}

static void trusted_world_without_bridges_needs_none(void **state)
{
	static const uint64_t answers[3][4] = {{0, 0}, {MINUS(1), 0}, {0, 1}};
	struct qpas_backend_caps caps;
	struct qpas_el2_ops ops;
	struct qpasi_el2 el2;
	struct conduit conduit;

	(void)state;
	for (uint32_t i = 0; i < 3; i++) {
		make_ops(&ops, &conduit, 2);
		script(&conduit, IN(0x42000601, 1, 0x02000c1c), answers[i], 0);
		/* Answer 4 of ENABLE: compiled in, not there. */
		if (i == 2)
			script(&conduit, IN(0x42000c1c, 0), OUT(0, 4), 0);
		assert_int_equal(qpasi_el2_open(&el2, &ops, NULL), 0);
		assert_int_equal(qpasi_el2_capabilities(&el2, 1, &caps, NULL), 0);
		assert_false(caps.caps & QPAS_CAP_NEEDS_BRIDGE);
		close_plain(&el2, &conduit);
	}
}

static void page_whose_bridge_cannot_be_deleted_is_not_given_back(void **state)
{
	struct qpas_el2_ops ops;
	struct qpasi_el2 el2;
	struct conduit conduit;

	(void)state;
	make_ops(&ops, &conduit, 2);
	script(&conduit, IN(0x42000601, 1, 0x02000c1c), OUT(0, 1), 0);
	script(&conduit, IN(0x42000c1c, 0), OUT(0, 0), 0);
	script(&conduit, IN(0x42000c1e, 4, 0x40f22006, 0x40f22006, 0x1200, 3), OUT(0, 0, 7), 0);
	assert_int_equal(qpasi_el2_open(&el2, &ops, NULL), 0);
	script(&conduit, IN(0x42000c1d, 1, 7), OUT(MINUS(2)), 0);
	qpasi_el2_close(&el2);
	assert_int_equal(conduit.buffers, 1);
	free(conduit.last_ptr);
}

static void each_operation_is_the_call_of_the_kernel(void **state)
{
	const struct qpas_backend_region region = {0x95c00000, 0x1e00000, 0, 0};
	const struct qpas_video_ranges ranges = {0, 0x25800000, 0x1000000, 0x24800000};
	struct qpas_backend_buffer metadata = {NULL, 0x15c4, 0x40fc0000, 0};
	struct qpas_backend_buffer in = {NULL, 16, 0x40f1f000, 0};
	struct qpas_backend_buffer out = {NULL, 0x4000, 0x40fc0000, 0};
	struct qpas_shm_bridge bridge = QPAS_SHM_BRIDGE_INIT;
	struct qpasi_el2 el2;
	struct conduit conduit;
	const uint8_t *page;
	uint64_t handle = 0;
	size_t length = 0;

	(void)state;
	open_plain(&el2, &conduit);
	page = conduit.last_ptr;
	script(&conduit, IN(0x42000207, 1, 1), OUT(0, 1), 0);
	assert_int_equal(qpasi_el2_supported(&el2, 1, NULL), 0);
	/* Five arguments: the fourth register has the page, and the page the last two words. */
	script(&conduit, IN(0x42000221, 0x845, 1, 0x40f1f000, 0x10, 0x40f22000), OUT(0, 0, 0, 0x4c),
	       0);
	assert_int_equal(qpasi_el2_rsc_table(&el2, 1, &in, &out, &length, NULL), 0);
	assert_int_equal(length, 0x4c);
	assert_memory_equal(page, "\0\0\xfc\x40\0\0\0\0\0\x40\0\0\0\0\0\0", 16);
	script(&conduit, IN(0x42000201, 0x82, 1, 0x40fc0000), OUT(0, 0), 0);
	assert_int_equal(qpasi_el2_metadata_begin(&el2, 1, &metadata, NULL), 0);
	script(&conduit, IN(0x42000202, 3, 1, 0x95c00000, 0x1e00000), OUT(0, 0), 0);
	assert_int_equal(qpasi_el2_mem_setup(&el2, 1, &region, 0, 0x1e00000, NULL), 0);
	bridge.form = QPAS_SHM_BRIDGE_VM_LIST;
	bridge.pa = bridge.ipa = 0x95c00000;
	bridge.length = 0x1e00000;
	bridge.secure_permissions = 6;
	bridge.vm_count = 1;
	bridge.vm[0].vmid = 3;
	bridge.vm[0].permissions = 6;
	script(&conduit, IN(0x42000c1e, 4, 0x95c00006, 0x95c00006, 0x1e00200, 3),
	       OUT(0, 0, 0x5b000003), 0);
	assert_int_equal(qpasi_el2_bridge_create(&el2, &bridge, &handle, NULL), 0);
	assert_int_equal(handle, 0x5b000003);
	script(&conduit, IN(0x42000205, 1, 1), OUT(0, 0), 0);
	assert_int_equal(qpasi_el2_auth_reset(&el2, 1, NULL), 0);
	script(&conduit, IN(0x42000c1d, 1, 0x5b000003), OUT(0), 0);
	assert_int_equal(qpasi_el2_bridge_delete(&el2, handle, NULL), 0);
	script(&conduit, IN(0x42000206, 1, 1), OUT(0), 0);
	assert_int_equal(qpasi_el2_shutdown(&el2, 1, NULL), 0);
	script(&conduit, IN(0x4200010a, 2, 0, 13), OUT(0), 0);
	assert_int_equal(qpasi_el2_set_remote_state(&el2, 13, 0, NULL), 0);
	/* Video cores are number 0 to this call (venus, iris). */
	script(&conduit, IN(0x4200010a, 2, 1, 0), OUT(0), 0);
	assert_int_equal(qpasi_el2_set_remote_state(&el2, 9, 1, NULL), 0);
	script(&conduit, IN(0x42000c08, 4, 0, 0x25800000, 0x1000000, 0x24800000), OUT(0), 0);
	assert_int_equal(qpasi_el2_protect_video(&el2, 9, &ranges, NULL), 0);
	close_plain(&el2, &conduit);
}

static void smc32_has_ids_and_page_words_of_its_own(void **state)
{
	struct qpas_backend_buffer in = {NULL, 16, 0x40f1f000, 0};
	struct qpas_backend_buffer out = {NULL, 0x4000, 0x40fc0000, 0};
	struct qpas_el2_ops ops;
	struct qpasi_el2 el2;
	struct conduit conduit;
	size_t length = 0;

	(void)state;
	make_ops(&ops, &conduit, 1);
	ops.flags = QPAS_EL2_NO_BRIDGES;
	ops.convention = 32;
	assert_int_equal(qpasi_el2_open(&el2, &ops, NULL), 0);
	script(&conduit, IN(0x02000205, 1, 1), OUT(0xfffffffeu), 0);
	/* -2 in a 32-bit register is a refusal, no large success. */
	assert_int_equal(qpasi_el2_auth_reset(&el2, 1, NULL), QPAS_ERR_AUTH);
	script(&conduit, IN(0x02000221, 0x845, 1, 0x40f1f000, 0x10, 0x40f22000), OUT(0, 0, 0, 0x4c),
	       0);
	assert_int_equal(qpasi_el2_rsc_table(&el2, 1, &in, &out, &length, NULL), 0);
	assert_memory_equal(conduit.last_ptr, "\0\0\xfc\x40\0\x40\0\0", 8);
	close_plain(&el2, &conduit);
}

/* All that can go wrong with one call that is answered: x0 and x1 to an error. */
static void refusals_become_errors_that_carry_both_words(void **state)
{
	static const struct {
		uint64_t x0, x1;
		int auth, shutdown, setup;
	} rows[] = {
		{MINUS(1), 0, QPAS_ERR_TZ, QPAS_ERR_UNSUPP, QPAS_ERR_TZ},
		{MINUS(4), 0, QPAS_ERR_TZ, QPAS_ERR_UNSUPP, QPAS_ERR_TZ},
		{MINUS(2), 0, QPAS_ERR_AUTH, QPAS_ERR_TZ, QPAS_ERR_TZ},
		{MINUS(22), 0, QPAS_ERR_AUTH, QPAS_ERR_TZ, QPAS_ERR_TZ},
		{7, 0, QPAS_ERR_AUTH, QPAS_ERR_TZ, QPAS_ERR_TZ},
		{0, 9, QPAS_ERR_AUTH, QPAS_ERR_TZ, QPAS_ERR_TZ},
		{0, MINUS(1), QPAS_ERR_AUTH, QPAS_ERR_TZ, QPAS_ERR_TZ},
		{UINT64_C(1) << 40, 0, QPAS_ERR_AUTH, QPAS_ERR_TZ, QPAS_ERR_TZ},
	};
	const struct qpas_backend_region region = {0x95c00000, 0x1e00000, 0, 0};
	struct qpas_error err = QPAS_ERROR_INIT;
	struct qpasi_el2 el2;
	struct conduit conduit;

	(void)state;
	open_plain(&el2, &conduit);
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const uint64_t answer[4] = {rows[i].x0, rows[i].x1, 2, 3};

		script(&conduit, IN(0x42000205, 1, 1), answer, 0);
		assert_int_equal(qpasi_el2_auth_reset(&el2, 1, &err), rows[i].auth);
		assert_true(err.tz_status == (int64_t)rows[i].x0);
		assert_true(err.tz_result[0] == rows[i].x1 && err.tz_result[1] == 2 &&
			    err.tz_result[2] == 3);
		assert_int_equal(err.stage, QPAS_STAGE_AUTH_RESET);
		script(&conduit, IN(0x42000206, 1, 1), answer, 0);
		assert_int_equal(qpasi_el2_shutdown(&el2, 1, &err), rows[i].shutdown);
		script(&conduit, IN(0x42000202, 3, 1, 0x95c00000, 0x1000), answer, 0);
		assert_int_equal(qpasi_el2_mem_setup(&el2, 1, &region, 0, 0x1000, &err),
				 rows[i].setup);
		script(&conduit, IN(0x42000207, 1, 1), answer, 0);
		assert_int_equal(qpasi_el2_supported(&el2, 1, &err),
				 !rows[i].x0 && rows[i].x1 ? 0 : QPAS_ERR_UNSUPP);
	}
	close_plain(&el2, &conduit);
}

static void explanation_of_the_embedder_stands_in_the_text(void **state)
{
	struct qpas_error err = QPAS_ERROR_INIT;
	struct qpas_el2_ops ops;
	struct qpasi_el2 el2;
	struct conduit conduit;

	(void)state;
	make_ops(&ops, &conduit, 1);
	ops.flags = QPAS_EL2_NO_BRIDGES;
	ops.explain = explain;
	assert_int_equal(qpasi_el2_open(&el2, &ops, NULL), 0);
	script(&conduit, IN(0x42000205, 1, 1), OUT(MINUS(22)), 0);
	assert_int_equal(qpasi_el2_auth_reset(&el2, 1, &err), QPAS_ERR_AUTH);
	assert_string_equal(err.text,
			    "The trusted world refused the image in PAS_AUTH_AND_RESET with "
			    "-22: the page at 0x1000 is in no bridge");
	close_plain(&el2, &conduit);
}

/* B27 */
static void missing_resource_table_call_is_told_from_a_missing_table(void **state)
{
	struct qpas_backend_buffer in = {NULL, 16, 0x1000, 0};
	struct qpas_backend_buffer out = {NULL, 0x4000, 0x2000, 0};
	struct qpas_error err = QPAS_ERROR_INIT;
	struct qpasi_el2 el2;
	struct conduit conduit;
	size_t length = 99;

	(void)state;
	open_plain(&el2, &conduit);
	script(&conduit, IN(0x42000221, 0x845, 1, 0x1000, 0x10, 0x40f22000), OUT(MINUS(1)), 0);
	assert_int_equal(qpasi_el2_rsc_table(&el2, 1, &in, &out, &length, &err), QPAS_ERR_UNSUPP);
	assert_string_equal(
		err.text,
		"This firmware's trusted world has no PAS_GET_RSCTABLE call (-1), so PAS id "
		"1 cannot be started at EL2. Update the boot firmware, or run the host at EL1, "
		"where the hypervisor below does this.");
	script(&conduit, IN(0x42000221, 0x845, 1, 0x1000, 0x10, 0x40f22000), OUT(0, 0, 0, 0), 0);
	assert_int_equal(qpasi_el2_rsc_table(&el2, 1, &in, &out, &length, &err), 0);
	assert_int_equal(length, 0);
	close_plain(&el2, &conduit);
}

static void short_buffer_code_counts_only_with_a_refusal(void **state)
{
	struct qpas_backend_buffer in = {NULL, 16, 0x1000, 0};
	struct qpas_backend_buffer out = {NULL, 0x4000, 0x2000, 0};
	struct qpasi_el2 el2;
	struct conduit conduit;
	size_t length = 0;

	(void)state;
	open_plain(&el2, &conduit);
	script(&conduit, IN(0x42000221, 0x845, 1, 0x1000, 0x10, 0x40f22000),
	       OUT(MINUS(2), 0, 20, 0x5000), 0);
	assert_int_equal(qpasi_el2_rsc_table(&el2, 1, &in, &out, &length, NULL), QPAS_ERR_SPACE);
	assert_int_equal(length, 0x5000);
	script(&conduit, IN(0x42000221, 0x845, 1, 0x1000, 0x10, 0x40f22000), OUT(0, 0, 20, 0x40),
	       0);
	assert_int_equal(qpasi_el2_rsc_table(&el2, 1, &in, &out, &length, NULL), 0);
	assert_int_equal(length, 0x40);
	/* R19, R21: a size beyond the buffer, claimed with success, is the other short reply. */
	script(&conduit, IN(0x42000221, 0x845, 1, 0x1000, 0x10, 0x40f22000), OUT(0, 0, 0, 0x4001),
	       0);
	assert_int_equal(qpasi_el2_rsc_table(&el2, 1, &in, &out, &length, NULL), QPAS_ERR_SPACE);
	assert_int_equal(length, 0x4001);
	script(&conduit, IN(0x42000221, 0x845, 1, 0x1000, 0x10, 0x40f22000),
	       OUT(0, 0, 0, UINT64_MAX), 0);
	assert_int_equal(qpasi_el2_rsc_table(&el2, 1, &in, &out, &length, NULL), QPAS_ERR_SPACE);
	assert_true(length == SIZE_MAX);
	close_plain(&el2, &conduit);
}

/* B28: status 15 in either word. */
static void memory_that_is_in_a_bridge_already_is_an_overlap(void **state)
{
	struct qpas_shm_bridge bridge = QPAS_SHM_BRIDGE_INIT;
	struct qpas_error err = QPAS_ERROR_INIT;
	struct qpasi_el2 el2;
	struct conduit conduit;
	uint64_t handle = 0;

	(void)state;
	open_plain(&el2, &conduit);
	bridge.form = QPAS_SHM_BRIDGE_VM_LIST;
	bridge.pa = bridge.ipa = 0x80000000;
	bridge.length = 0x1000;
	bridge.secure_permissions = 6;
	bridge.vm_count = 1;
	bridge.vm[0].vmid = 3;
	bridge.vm[0].permissions = 6;
	script(&conduit, IN(0x42000c1e, 4, 0x80000006, 0x80000006, 0x1200, 3), OUT(15), 0);
	assert_int_equal(qpasi_el2_bridge_create(&el2, &bridge, &handle, &err), QPAS_ERR_OVERLAP);
	script(&conduit, IN(0x42000c1e, 4, 0x80000006, 0x80000006, 0x1200, 3), OUT(0, 15), 0);
	assert_int_equal(qpasi_el2_bridge_create(&el2, &bridge, &handle, &err), QPAS_ERR_OVERLAP);
	assert_string_equal(err.text,
			    "The memory at 0x80000000 already lies in a bridge (status 15). "
			    "Delete that one first.");
	close_plain(&el2, &conduit);
}

static void interrupted_call_is_reissued_with_its_session(void **state)
{
	struct qpasi_el2 el2;
	struct conduit conduit;

	(void)state;
	open_plain(&el2, &conduit);
	script(&conduit, IN(0x42000205, 1, 1), OUT(1), 0);
	conduit.steps[0].out[6] = 0x5e551;
	script(&conduit, IN(1, 1, 1, 0, 0, 0, 0x5e551), OUT(1), 0);
	conduit.steps[1].out[6] = 0x5e552;
	script(&conduit, IN(1, 1, 1, 0, 0, 0, 0x5e552), OUT(0, 0), 0);
	assert_int_equal(qpasi_el2_auth_reset(&el2, 1, NULL), 0);
	close_plain(&el2, &conduit);
}

static void sleeping_call_is_resumed_after_its_queue_was_woken(void **state)
{
	struct qpasi_el2 el2;
	struct conduit conduit;

	(void)state;
	open_plain(&el2, &conduit);
	script(&conduit, IN(0x42000205, 1, 1), OUT(2, 5, 77), 0);
	script(&conduit, IN(0x42002402, 1, 77), OUT(2, 6, 78), 0);
	script(&conduit, IN(0x42002402, 1, 78), OUT(0, 0), 0);
	assert_int_equal(qpasi_el2_auth_reset(&el2, 1, NULL), 0);
	assert_int_equal(conduit.waited_for, 6);
	/* Nobody wakes it: the call sleeps on in the trusted world. */
	script(&conduit, IN(0x42000205, 1, 1), OUT(2, 5, 77), 0);
	conduit.wait_code = QPAS_ERR_TIMEOUT;
	assert_int_equal(qpasi_el2_auth_reset(&el2, 1, NULL), QPAS_ERR_UNKNOWN);
	el2.ops.wait_wq = NULL;
	script(&conduit, IN(0x42000205, 1, 1), OUT(2, 5, 77), 0);
	assert_int_equal(qpasi_el2_auth_reset(&el2, 1, NULL), QPAS_ERR_BUSY);
	close_plain(&el2, &conduit);
}

/* B26 */
static void busy_call_is_retried_21_times_30_ms_apart_or_until_the_deadline(void **state)
{
	struct qpas_error err = QPAS_ERROR_INIT;
	struct qpasi_el2 el2;
	struct conduit conduit;

	(void)state;
	open_plain(&el2, &conduit);
	for (uint32_t i = 0; i < 22; i++)
		script(&conduit, IN(0x42000202, 3, 1, 0x95c00000, 0x1000), OUT(MINUS(12)), 0);
	assert_int_equal(
		qpasi_el2_mem_setup(&el2, 1,
				    &(const struct qpas_backend_region){0x95c00000, 0x1000, 0, 0},
				    0, 0x1000, &err),
		QPAS_ERR_BUSY);
	assert_int_equal(conduit.sleeps, 21);
	assert_int_equal(err.tz_status, -12);
	/* The 22nd answer may still be a good one. */
	for (uint32_t i = 0; i < 21; i++)
		script(&conduit, IN(0x42000205, 1, 1), OUT(MINUS(12)), 0);
	script(&conduit, IN(0x42000205, 1, 1), OUT(0, 0), 0);
	assert_int_equal(qpasi_el2_auth_reset(&el2, 1, NULL), 0);
	/* 100 ms left: three pauses fit. */
	conduit.sleeps = 0;
	qpasi_el2_set_deadline(&el2, conduit.clock + 100000000);
	for (uint32_t i = 0; i < 4; i++)
		script(&conduit, IN(0x42000205, 1, 1), OUT(MINUS(12)), 0);
	assert_int_equal(qpasi_el2_auth_reset(&el2, 1, NULL), QPAS_ERR_BUSY);
	assert_int_equal(conduit.sleeps, 3);
	close_plain(&el2, &conduit);
}

static void conduit_that_loses_a_call_gives_unknown_and_one_that_cancels_canceled(void **state)
{
	struct qpasi_el2 el2;
	struct conduit conduit;

	(void)state;
	open_plain(&el2, &conduit);
	script(&conduit, IN(0x42000205, 1, 1), OUT(0), QPAS_ERR_UNKNOWN);
	assert_int_equal(qpasi_el2_auth_reset(&el2, 1, NULL), QPAS_ERR_UNKNOWN);
	script(&conduit, IN(0x42000205, 1, 1), OUT(0), QPAS_ERR_CANCELED);
	assert_int_equal(qpasi_el2_auth_reset(&el2, 1, NULL), QPAS_ERR_CANCELED);
	script(&conduit, IN(0x42000205, 1, 1), OUT(0), 5);
	assert_int_equal(qpasi_el2_auth_reset(&el2, 1, NULL), QPAS_ERR_UNKNOWN);
	/* Cancelled in the middle: it was begun, so its end is not known. */
	script(&conduit, IN(0x42000205, 1, 1), OUT(1), 0);
	script(&conduit, IN(1, 1, 1), OUT(0), QPAS_ERR_CANCELED);
	assert_int_equal(qpasi_el2_auth_reset(&el2, 1, NULL), QPAS_ERR_UNKNOWN);
	close_plain(&el2, &conduit);
}

static void mappings_are_made_for_each_stream_all_or_none(void **state)
{
	static const struct qpas_stream streams[2] = {{"/smmu", {1, 0, 0, 0}, 1, 0},
						      {"/smmu", {2, 0, 0, 0}, 1, 0}};
	static const struct qpas_backend_mapping mappings[3] = {{0x1000, 0x1000, 0x1000, 3, 0},
								{0x2000, 0x2000, 0x1000, 3, 0},
								{0x3000, 0x3000, 0x1000, 3, 0}};
	const struct qpas_backend_domain domain = {streams, mappings, 2, 3};
	struct qpas_error err = QPAS_ERROR_INIT;
	struct qpasi_el2 el2;
	struct conduit conduit;

	(void)state;
	open_plain(&el2, &conduit);
	assert_int_equal(qpasi_el2_iommu_apply(&el2, 1, &domain, &err), 0);
	assert_int_equal(conduit.mapped, 6);
	assert_int_equal(qpasi_el2_iommu_clear(&el2, 1, &domain, &err), 0);
	assert_int_equal(conduit.mapped, 0);
	for (conduit.fail_map = 1; conduit.fail_map <= 6; conduit.fail_map++) {
		assert_int_equal(qpasi_el2_iommu_apply(&el2, 1, &domain, &err), QPAS_ERR_OVERLAP);
		assert_int_equal(conduit.mapped, 0);
	}
	close_plain(&el2, &conduit);
}

/* One range that stays mapped keeps none of the others; both ends are told of the first failure. */
static void unmap_that_fails_does_not_keep_the_other_mappings(void **state)
{
	static const struct qpas_stream streams[2] = {{"/smmu", {1, 0, 0, 0}, 1, 0},
						      {"/smmu", {2, 0, 0, 0}, 1, 0}};
	static const struct qpas_backend_mapping mappings[3] = {{0x1000, 0x1000, 0x1000, 3, 0},
								{0x2000, 0x2000, 0x1000, 3, 0},
								{0x3000, 0x3000, 0x1000, 3, 0}};
	const struct qpas_backend_domain domain = {streams, mappings, 2, 3};

	(void)state;
	for (uint32_t nth = 1; nth <= 6; nth++) {
		struct qpas_error err = QPAS_ERROR_INIT;
		struct qpasi_el2 el2;
		struct conduit conduit;

		open_plain(&el2, &conduit);
		assert_int_equal(qpasi_el2_iommu_apply(&el2, 1, &domain, &err), 0);
		conduit.fail_unmap = nth;
		assert_int_equal(qpasi_el2_iommu_clear(&el2, 1, &domain, &err), QPAS_ERR_IO);
		assert_int_equal(err.stage, QPAS_STAGE_IOMMU);
		assert_int_equal(conduit.mapped, 1);
		/* In the reverse of the order of mapping: ranges of the first stream came first. */
		assert_true(conduit.held == UINT64_C(1)
						    << ((nth - 1) / 3 * 8 + 8 + (nth - 1) % 3 + 1));
		close_plain(&el2, &conduit);
		/* The same in the roll-back of a map that failed: its own reason is what is told. */
		open_plain(&el2, &conduit);
		conduit.fail_map = 7 - nth;
		conduit.fail_unmap = 1;
		assert_int_equal(qpasi_el2_iommu_apply(&el2, 1, &domain, &err), QPAS_ERR_OVERLAP);
		assert_int_equal(conduit.mapped, nth == 6 ? 0 : 1);
		close_plain(&el2, &conduit);
	}
}

static void region_accesses_stay_inside_of_the_region(void **state)
{
	const struct qpas_backend_region region = {0x95c00000, 0x1000, 0, 0};
	struct qpas_slice data = {"qpas", 4};
	struct qpasi_el2 el2;
	struct conduit conduit;

	(void)state;
	open_plain(&el2, &conduit);
	assert_int_equal(qpasi_el2_region_write(&el2, 1, &region, 0xffc, data, NULL), 0);
	assert_true(conduit.written_at == 0x95c00ffc && !memcmp(conduit.written, "qpas", 4));
	assert_int_equal(qpasi_el2_region_write(&el2, 1, &region, 0xffd, data, NULL),
			 QPAS_ERR_RANGE);
	assert_int_equal(qpasi_el2_region_zero(&el2, 1, &region, UINT64_MAX, 2, NULL),
			 QPAS_ERR_RANGE);
	assert_int_equal(qpasi_el2_region_read(&el2, 1, &region, 0, conduit.written, 4, NULL),
			 QPAS_ERR_UNSUPP);
	close_plain(&el2, &conduit);
}

static void assign_passes_three_lists_and_all_64_vms(void **state)
{
	static const struct qpas_shm_bridge_vm to[2] = {{0xf, 6}, {0x2a, 4}};
	struct qpas_backend_assign assign = {0xb0000000, 0x100000, UINT64_C(1) << 3, to, 2, 0};
	struct qpasi_el2 el2;
	struct conduit conduit;
	const uint8_t *at;
	uint64_t vms = 0;

	(void)state;
	open_plain(&el2, &conduit);
	/* Memory list, source list, destination list; the rest of the arguments is in the page. */
	script(&conduit, IN(0x42000c16, 0x1117, 0x40f22500, 0x10, 0x40f22400, 0x40f22000),
	       OUT(0, 0), 0);
	assert_int_equal(qpasi_el2_assign(&el2, &assign, &vms, NULL), 0);
	assert_true(vms == ((UINT64_C(1) << 0xf) | (UINT64_C(1) << 0x2a)));
	assert_memory_equal(el2.page.ptr,
			    "\x04\0\0\0\0\0\0\0\x40\x25\xf2\x40\0\0\0\0\x30\0\0\0\0\0\0\0", 24);
	at = el2.page.ptr;
	assert_memory_equal(at + 0x400, "\x03\0\0\0", 4);
	assert_memory_equal(at + 0x500, "\0\0\0\xb0\0\0\0\0\0\0\x10\0\0\0\0\0", 16);
	assert_memory_equal(at + 0x540, "\x0f\0\0\0\x06\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0", 24);
	assert_memory_equal(at + 0x558, "\x2a\0\0\0\x04\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0", 24);
	/* No buffer and no bridge of its own: the page for arguments has both. */
	assert_int_equal(conduit.buffers, 1);
	assign.source_vms = 0;
	assert_int_equal(qpasi_el2_assign(&el2, &assign, &vms, NULL), QPAS_ERR_FORMAT);
	close_plain(&el2, &conduit);
}

static void incomplete_tables_are_refused(void **state)
{
	struct qpas_el2_ops ops, bad;
	struct qpasi_el2 el2;
	struct conduit conduit;

	(void)state;
	make_ops(&ops, &conduit, 2);
#define WITHOUT(member)    \
	bad = ops;         \
	bad.member = NULL; \
	assert_int_equal(qpasi_el2_open(&el2, &bad, NULL), QPAS_ERR_ARG)
	WITHOUT(smc);
	WITHOUT(shared_alloc);
	WITHOUT(shared_free);
	WITHOUT(region_write);
	WITHOUT(region_zero);
	WITHOUT(iommu_map);
	WITHOUT(iommu_unmap);
	bad = ops;
	bad.host_level = 3;
	assert_int_equal(qpasi_el2_open(&el2, &bad, NULL), QPAS_ERR_ARG);
	bad = ops;
	bad.flags = 4;
	assert_int_equal(qpasi_el2_open(&el2, &bad, NULL), QPAS_ERR_ARG);
	bad = ops;
	bad.convention = 16;
	assert_int_equal(qpasi_el2_open(&el2, &bad, NULL), QPAS_ERR_ARG);
	bad = ops;
	bad.size = 8;
	assert_int_equal(qpasi_el2_open(&el2, &bad, NULL), QPAS_ERR_ABI);
	assert_int_equal(conduit.buffers, 0);
}

static void wait_hands_the_deadline_on_and_tells_why_it_ended(void **state)
{
	struct qpas_backend_event event = {0};
	struct qpasi_el2 el2;
	struct conduit conduit;

	(void)state;
	open_plain(&el2, &conduit);
	assert_int_equal(qpasi_el2_wait_event(&el2, 1, 1234, &event, NULL), 0);
	assert_int_equal(event.type, QPAS_EVENT_READY);
	assert_true(conduit.event_deadline == 1234);
	conduit.event_code = QPAS_ERR_TIMEOUT;
	assert_int_equal(qpasi_el2_wait_event(&el2, 1, 1234, &event, NULL), QPAS_ERR_TIMEOUT);
	conduit.event_code = QPAS_ERR_CANCELED;
	assert_int_equal(qpasi_el2_wait_event(&el2, 1, 1234, &event, NULL), QPAS_ERR_CANCELED);
	close_plain(&el2, &conduit);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(open_at_level_2_switches_bridges_on_and_bridges_its_page),
		cmocka_unit_test(
			open_at_level_1_bridges_its_page_and_leaves_the_rest_to_the_hypervisor),
		cmocka_unit_test(bridges_are_made_in_the_self_owner_form_where_that_is_wanted),
		cmocka_unit_test(trusted_world_without_bridges_needs_none),
		cmocka_unit_test(page_whose_bridge_cannot_be_deleted_is_not_given_back),
		cmocka_unit_test(each_operation_is_the_call_of_the_kernel),
		cmocka_unit_test(smc32_has_ids_and_page_words_of_its_own),
		cmocka_unit_test(refusals_become_errors_that_carry_both_words),
		cmocka_unit_test(explanation_of_the_embedder_stands_in_the_text),
		cmocka_unit_test(missing_resource_table_call_is_told_from_a_missing_table),
		cmocka_unit_test(short_buffer_code_counts_only_with_a_refusal),
		cmocka_unit_test(memory_that_is_in_a_bridge_already_is_an_overlap),
		cmocka_unit_test(interrupted_call_is_reissued_with_its_session),
		cmocka_unit_test(sleeping_call_is_resumed_after_its_queue_was_woken),
		cmocka_unit_test(busy_call_is_retried_21_times_30_ms_apart_or_until_the_deadline),
		cmocka_unit_test(
			conduit_that_loses_a_call_gives_unknown_and_one_that_cancels_canceled),
		cmocka_unit_test(mappings_are_made_for_each_stream_all_or_none),
		cmocka_unit_test(unmap_that_fails_does_not_keep_the_other_mappings),
		cmocka_unit_test(region_accesses_stay_inside_of_the_region),
		cmocka_unit_test(assign_passes_three_lists_and_all_64_vms),
		cmocka_unit_test(incomplete_tables_are_refused),
		cmocka_unit_test(wait_hands_the_deadline_on_and_tells_why_it_ended),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
