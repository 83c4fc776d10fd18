/* SPDX-License-Identifier: BSD-3-Clause */
/* Public calls of scm.h and shm_bridge.h: NULL (A01), sizes (A02), error objects. */
#include "unit/expect.h"

#include <string.h>

#include <qpas/scm.h>
#include <qpas/shm_bridge.h>

/* Linux 7.2: the bridge over a carveout of 30 MiB, and GET_RSCTABLE for PAS id 1. */
static const uint64_t bridge_words[4] = {0x95c00006, 0x95c00006, 0x1e00200, 3};
static const uint64_t rsc_regs[8] = {0x42000221, 0x845, 1, 0x40f1f000, 0x10, 0x40f22000, 0, 0};
static const uint8_t rsc_page[16] = {0, 0, 0xfc, 0x40, 0, 0, 0, 0, 0, 0x40, 0, 0, 0, 0, 0, 0};

static struct qpas_shm_bridge carveout(void)
{
	struct qpas_shm_bridge bridge = QPAS_SHM_BRIDGE_INIT;

	bridge.form = QPAS_SHM_BRIDGE_VM_LIST;
	bridge.pa = bridge.ipa = 0x95c00000;
	bridge.length = 0x1e00000;
	bridge.secure_permissions = QPAS_SHM_BRIDGE_READ | QPAS_SHM_BRIDGE_WRITE;
	bridge.vm_count = 1;
	bridge.vm[0].vmid = QPAS_VMID_HLOS;
	bridge.vm[0].permissions = QPAS_SHM_BRIDGE_READ | QPAS_SHM_BRIDGE_WRITE;
	return bridge;
}

static struct qpas_scm_call rsc_call(void)
{
	struct qpas_scm_call call = QPAS_SCM_CALL_INIT;

	call.function = QPAS_SCM_PAS_GET_RSCTABLE;
	call.arg_count = 5;
	call.args[0] = 1;
	call.args[1] = 0x40f1f000;
	call.args[2] = 0x10;
	call.args[3] = 0x40fc0000;
	call.args[4] = 0x4000;
	call.page_address = 0x40f22000;
	return call;
}

static void bridges_go_both_ways(void **state)
{
	struct qpas_shm_bridge bridge = carveout(), back = QPAS_SHM_BRIDGE_INIT;
	struct qpas_error err = QPAS_ERROR_INIT;
	uint64_t words[4];

	(void)state;
	assert_int_equal(qpas_shm_bridge_encode(&bridge, words, &err), 0);
	assert_memory_equal(words, bridge_words, sizeof(words));
	assert_int_equal(qpas_shm_bridge_decode(bridge_words, &back, &err), 0);
	assert_memory_equal(&back, &bridge, sizeof(back));
	assert_int_equal(err.code, 0);
}

static void calls_go_both_ways(void **state)
{
	struct qpas_scm_call call = rsc_call(), back = QPAS_SCM_CALL_INIT;
	struct qpas_slice page = {rsc_page, sizeof(rsc_page)}, none = {NULL, 0};
	struct qpas_error err = QPAS_ERROR_INIT;
	uint8_t extension[QPAS_SCM_PAGE_BYTES];
	uint64_t regs[8];

	(void)state;
	assert_int_equal(qpas_scm_encode(&call, regs, extension, sizeof(extension), &err), 0);
	assert_memory_equal(regs, rsc_regs, sizeof(regs));
	assert_memory_equal(extension, rsc_page, sizeof(rsc_page));
	assert_int_equal(qpas_scm_decode(rsc_regs, none, &back, &err), QPAS_ERR_SPACE);
	assert_int_equal(back.page_address, 0x40f22000);
	assert_non_null(strstr(err.text, "0x40f22000"));
	assert_non_null(strstr(err.text, "PAS_GET_RSCTABLE"));
	assert_int_equal(qpas_scm_decode(rsc_regs, page, &back, &err), 0);
	call.arginfo = 0x845;
	assert_memory_equal(&back, &call, sizeof(back));
	assert_int_equal(err.code, 0);
}

static void refusals_have_detail(void **state)
{
	struct qpas_shm_bridge bridge = carveout();
	struct qpas_scm_call call = rsc_call();
	struct qpas_error err = QPAS_ERROR_INIT;
	uint64_t words[4], regs[8];

	(void)state;
	bridge.pa |= 6;
	assert_int_equal(qpas_shm_bridge_encode(&bridge, words, &err), QPAS_ERR_RANGE);
	assert_int_equal(err.code, QPAS_ERR_RANGE);
	assert_int_equal(err.stage, QPAS_STAGE_BRIDGE);
	assert_int_equal(err.message_id, 700);
	assert_non_null(strstr(err.text, "0x95c00006"));
	call.arg_count = 4;
	assert_int_equal(qpas_scm_encode(&call, regs, NULL, 0, &err), QPAS_ERR_ARG);
	assert_non_null(strstr(err.text, "takes 5 arguments, 4 were given"));
}

static void a01_null_is_refused_for_each_parameter(void **state)
{
	struct qpas_shm_bridge bridge = carveout();
	struct qpas_scm_call call = rsc_call();
	struct qpas_slice none = {NULL, 0}, broken = {NULL, 8};
	uint8_t page[QPAS_SCM_PAGE_BYTES];
	uint64_t regs[8];

	(void)state;
	assert_int_equal(qpas_shm_bridge_encode(NULL, regs, NULL), QPAS_ERR_ARG);
	assert_int_equal(qpas_shm_bridge_encode(&bridge, NULL, NULL), QPAS_ERR_ARG);
	assert_int_equal(qpas_shm_bridge_decode(NULL, &bridge, NULL), QPAS_ERR_ARG);
	assert_int_equal(qpas_shm_bridge_decode(bridge_words, NULL, NULL), QPAS_ERR_ARG);
	assert_int_equal(qpas_scm_encode(NULL, regs, page, sizeof(page), NULL), QPAS_ERR_ARG);
	assert_int_equal(qpas_scm_encode(&call, NULL, page, sizeof(page), NULL), QPAS_ERR_ARG);
	assert_int_equal(qpas_scm_encode(&call, regs, NULL, sizeof(page), NULL), QPAS_ERR_ARG);
	assert_int_equal(qpas_scm_decode(NULL, none, &call, NULL), QPAS_ERR_ARG);
	assert_int_equal(qpas_scm_decode(rsc_regs, none, NULL, NULL), QPAS_ERR_ARG);
	assert_int_equal(qpas_scm_decode(rsc_regs, broken, &call, NULL), QPAS_ERR_ARG);
}

static int encode_bridge(void *object)
{
	uint64_t words[4];

	return qpas_shm_bridge_encode(object, words, NULL);
}

static int decode_bridge(void *object)
{
	return qpas_shm_bridge_decode(bridge_words, object, NULL);
}

static int encode_call(void *object)
{
	uint8_t page[QPAS_SCM_PAGE_BYTES];
	uint64_t regs[8];

	return qpas_scm_encode(object, regs, page, sizeof(page), NULL);
}

static int decode_call(void *object)
{
	struct qpas_slice page = {rsc_page, sizeof(rsc_page)};

	return qpas_scm_decode(rsc_regs, page, object, NULL);
}

/* A structure of `bytes` bytes within a larger, zeroed one. */
static void expect_sizes(int (*use)(void *), const void *object, uint32_t bytes)
{
	union {
		uint64_t aligned;
		uint8_t bytes[4200];
		uint32_t size;
	} large;

	for (uint32_t size = 0; size <= 4200; size++) {
		int wanted = size < bytes || size > 4096 ? QPAS_ERR_ABI : 0;

		memset(&large, 0, sizeof(large));
		memcpy(large.bytes, object, bytes);
		large.size = size;
		expect_code("A02", use(&large), wanted);
		assert_int_equal(large.size, size);
		if (wanted || size == bytes)
			continue;
		memcpy(large.bytes, object, bytes);
		large.size = size;
		large.bytes[size - 1] = 1;
		expect_code("A02 tail", use(&large), QPAS_ERR_ABI);
	}
}

static void a02_structures_of_wrong_size_are_refused(void **state)
{
	struct qpas_shm_bridge bridge = carveout();
	struct qpas_scm_call call = rsc_call();

	(void)state;
	expect_sizes(encode_bridge, &bridge, sizeof(bridge));
	expect_sizes(decode_bridge, &bridge, sizeof(bridge));
	expect_sizes(encode_call, &call, sizeof(call));
	expect_sizes(decode_call, &call, sizeof(call));
}

static void an_error_object_of_wrong_size_is_refused(void **state)
{
	struct qpas_shm_bridge bridge = carveout();
	struct qpas_scm_call call = rsc_call();
	struct qpas_slice page = {rsc_page, sizeof(rsc_page)};
	struct qpas_error err = QPAS_ERROR_INIT;
	uint8_t extension[QPAS_SCM_PAGE_BYTES];
	uint64_t words[8];

	(void)state;
	err.size = 8;
	assert_int_equal(qpas_shm_bridge_encode(&bridge, words, &err), QPAS_ERR_ABI);
	assert_int_equal(qpas_shm_bridge_decode(bridge_words, &bridge, &err), QPAS_ERR_ABI);
	assert_int_equal(qpas_scm_encode(&call, words, extension, sizeof(extension), &err),
			 QPAS_ERR_ABI);
	assert_int_equal(qpas_scm_decode(rsc_regs, page, &call, &err), QPAS_ERR_ABI);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(bridges_go_both_ways),
		cmocka_unit_test(calls_go_both_ways),
		cmocka_unit_test(refusals_have_detail),
		cmocka_unit_test(a01_null_is_refused_for_each_parameter),
		cmocka_unit_test(a02_structures_of_wrong_size_are_refused),
		cmocka_unit_test(an_error_object_of_wrong_size_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
