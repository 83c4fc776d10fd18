/* SPDX-License-Identifier: BSD-3-Clause */
/* qpas_refusal_*: arguments, structures, memory, what was not asked, the order of a list. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <qpas/refuse.h>

#include "support/image_builder.h"
#include "support/must.h"
#include "support/signer.h"
#include "unit/failing_heap.h"

static struct test_image built;

static struct qpas_image *open_built(const struct qpas_params *params)
{
	struct qpas_slice bytes = {built.bytes, built.size};
	struct qpas_image *image = NULL;

	test_must(!qpas_image_open_memory(bytes, params, &image, NULL), "image");
	return image;
}

static struct qpas_refusal_params asking(uint32_t profile)
{
	struct qpas_refusal_params params = QPAS_REFUSAL_PARAMS_INIT;

	params.profile = profile;
	return params;
}

static int begin(void **state)
{
	struct test_chain chain = test_chain_usual(TEST_SCHEME_ECDSA);
	struct test_image_spec spec = TEST_IMAGE_SPEC_INIT;

	(void)state;
	spec.sw_id = 4;
	spec.entry = 0x8b000010;
	test_image_build(&built, &spec);
	/* Bound to all that v6 can be bound to. */
	test_image_set(&built, built.oem_metadata.offset, 4, 1);
	test_image_set(&built, built.oem_metadata.offset + 0x1c, 4, 1u << 1 | 1u << 2 | 1u << 10);
	test_image_set(&built, built.oem_metadata.offset + 0x20, 4, 0x6018);
	test_image_rehash(&built);
	test_chain_write(&built, 1, &chain);
	test_sign(&built, 1, &chain);
	return 0;
}

static int end(void **state)
{
	(void)state;
	test_image_free(&built);
	test_keys_free();
	return 0;
}

/* A01 */
static void null_arguments_are_refused(void **state)
{
	struct qpas_refusal_params params = asking(QPAS_REFUSAL_TZ);
	struct qpas_refusal_summary summary = QPAS_REFUSAL_SUMMARY_INIT;
	struct qpas_refusal refusal = QPAS_REFUSAL_INIT;
	struct qpas_refusal_list *list = NULL;
	struct qpas_slice bytes = {built.bytes, built.size}, none = {NULL, 4};
	struct qpas_image *image = open_built(NULL);

	(void)state;
	assert_int_equal(qpas_refusal_check(NULL, &params, &list, NULL), QPAS_ERR_ARG);
	assert_int_equal(qpas_refusal_check(image, NULL, &list, NULL), QPAS_ERR_ARG);
	assert_int_equal(qpas_refusal_check(image, &params, NULL, NULL), QPAS_ERR_ARG);
	assert_int_equal(qpas_refusal_check_bytes(none, &params, &list, NULL), QPAS_ERR_ARG);
	assert_int_equal(qpas_refusal_check_bytes(bytes, NULL, &list, NULL), QPAS_ERR_ARG);
	assert_int_equal(qpas_refusal_check_bytes(bytes, &params, NULL, NULL), QPAS_ERR_ARG);
	assert_int_equal(qpas_refusal_describe(NULL, &summary, NULL), QPAS_ERR_ARG);
	assert_int_equal(qpas_refusal_get(NULL, 0, &refusal, NULL), QPAS_ERR_ARG);
	assert_int_equal(qpas_refusal_rule_get(0, NULL, NULL), QPAS_ERR_ARG);
	assert_int_equal(qpas_refusal_check(image, &params, &list, NULL), 0);
	assert_int_equal(qpas_refusal_describe(list, NULL, NULL), QPAS_ERR_ARG);
	assert_int_equal(qpas_refusal_get(list, 0, NULL, NULL), QPAS_ERR_ARG);
	qpas_refusal_list_free(list);
	qpas_refusal_list_free(NULL);
	qpas_image_unref(image);
}

/* A02, A03 */
static void structures_flags_and_profiles_are_checked(void **state)
{
	struct qpas_image *image = open_built(NULL);
	struct qpas_refusal_list *list = NULL;
	static const uint32_t sizes[] = {0, 4, sizeof(struct qpas_refusal_params) - 8, 4097};

	(void)state;
	for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		struct qpas_refusal_params params = asking(QPAS_REFUSAL_TZ);
		struct qpas_refusal_device device = QPAS_REFUSAL_DEVICE_INIT;

		params.size = sizes[i];
		assert_int_equal(qpas_refusal_check(image, &params, &list, NULL), QPAS_ERR_ABI);
		params.size = sizeof(params);
		params.device = &device;
		device.size = sizes[i] > 8 && sizes[i] < 4097 ? 8 : sizes[i];
		assert_int_equal(qpas_refusal_check(image, &params, &list, NULL), QPAS_ERR_ABI);
		assert_null(list);
	}
	for (unsigned int bit = 1; bit < 64; bit++) {
		struct qpas_refusal_params params = asking(QPAS_REFUSAL_TZ);

		params.flags = UINT64_C(1) << bit;
		assert_int_equal(qpas_refusal_check(image, &params, &list, NULL), QPAS_ERR_ARG);
	}
	for (uint32_t profile = 5; profile; profile = profile * 2 + 1) {
		struct qpas_refusal_params params = asking(profile);

		assert_int_equal(qpas_refusal_check(image, &params, &list, NULL), QPAS_ERR_ARG);
		assert_string_equal(qpas_refusal_profile_name(profile), "?");
		if (profile == UINT32_MAX)
			break;
	}
	qpas_image_unref(image);
}

static void root_hash_has_the_size_of_a_digest(void **state)
{
	static const uint8_t root[64] = {1};
	struct qpas_image *image = open_built(NULL);

	(void)state;
	for (size_t length = 0; length <= sizeof(root); length++) {
		struct qpas_refusal_params params = asking(QPAS_REFUSAL_TZ);
		struct qpas_refusal_device device = QPAS_REFUSAL_DEVICE_INIT;
		struct qpas_refusal_list *list = NULL;
		int code = length == 0 || length == 32 || length == 48 ? 0 : QPAS_ERR_ARG;

		device.root_hash.ptr = root;
		device.root_hash.len = length;
		params.device = &device;
		assert_int_equal(qpas_refusal_check(image, &params, &list, NULL), code);
		qpas_refusal_list_free(list);
	}
	qpas_image_unref(image);
}

/* A06 */
static void each_failing_allocation_is_an_error_and_leaks_nothing(void **state)
{
	struct qpas_allocator allocator = QPAS_ALLOCATOR_INIT;
	struct qpas_params params = QPAS_PARAMS_INIT;
	struct heap heap = {0, 0, 0, 0, false};
	struct qpas_image *image;
	uint32_t live;

	(void)state;
	allocator.malloc = heap_malloc;
	allocator.realloc = heap_realloc;
	allocator.free = heap_free;
	allocator.user = &heap;
	params.allocator = &allocator;
	image = open_built(&params);
	live = heap.live;
	for (uint32_t profile = QPAS_REFUSAL_TZ; profile <= QPAS_REFUSAL_OP_TEE; profile++) {
		struct qpas_refusal_params wanted = asking(profile);
		struct qpas_refusal_list *list = NULL;
		uint32_t needed;

		heap.calls = heap.fail_at = 0;
		assert_int_equal(qpas_refusal_check(image, &wanted, &list, NULL), 0);
		needed = heap.calls;
		qpas_refusal_list_free(list);
		assert_int_equal(heap.live, live);
		assert_true(needed >= 2);
		for (uint32_t n = 1; n <= needed; n++) {
			heap.calls = 0;
			heap.fail_at = n;
			assert_int_equal(qpas_refusal_check(image, &wanted, &list, NULL),
					 QPAS_ERR_NOMEM);
			assert_null(list);
			assert_int_equal(heap.live, live);
		}
		heap.fail_at = 0;
	}
	qpas_image_unref(image);
	assert_int_equal(heap.live, 0);
}

/* What is bound and not known, and what nobody said at all. */
static void what_was_not_asked_is_told(void **state)
{
	static const struct {
		uint64_t known, gone;
	} rows[] = {
		{QPAS_AUTH_HAS_SOC_VERSIONS, QPAS_REFUSAL_UNASKED_SOC},
		{QPAS_AUTH_HAS_HW_ID, QPAS_REFUSAL_UNASKED_HW_ID},
		{QPAS_AUTH_HAS_OEM_ID, QPAS_REFUSAL_UNASKED_OEM_ID},
		{QPAS_AUTH_HAS_MODEL_ID, QPAS_REFUSAL_UNASKED_MODEL_ID},
		{QPAS_AUTH_HAS_SERIALS, QPAS_REFUSAL_UNASKED_SERIAL},
		{QPAS_AUTH_HAS_ANTI_ROLLBACK, QPAS_REFUSAL_UNASKED_ANTI_ROLLBACK},
	};
	uint64_t all = QPAS_REFUSAL_UNASKED_REGION | QPAS_REFUSAL_UNASKED_PERIPHERAL |
		       QPAS_REFUSAL_UNASKED_ROOT;
	struct qpas_image *image = open_built(NULL);

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		all |= rows[i].gone;
	for (size_t i = 0; i <= sizeof(rows) / sizeof(rows[0]); i++) {
		struct qpas_refusal_params params = asking(QPAS_REFUSAL_TZ);
		struct qpas_refusal_device device = QPAS_REFUSAL_DEVICE_INIT;
		struct qpas_refusal_summary summary = QPAS_REFUSAL_SUMMARY_INIT;
		struct qpas_refusal_list *list = NULL;
		uint64_t gone = i ? rows[i - 1].gone : 0;

		device.known = i ? rows[i - 1].known : 0;
		params.device = &device;
		assert_int_equal(qpas_refusal_check(image, &params, &list, NULL), 0);
		assert_int_equal(qpas_refusal_describe(list, &summary, NULL), 0);
		assert_int_equal(summary.unasked, all & ~gone);
		assert_int_equal(summary.profile, QPAS_REFUSAL_TZ);
		qpas_refusal_list_free(list);
	}
	qpas_image_unref(image);
}

/* Segment 2 is refused before segment 3, and each rule stands in a list once. */
static void lists_for_linux_are_in_the_order_of_its_loader(void **state)
{
	struct qpas_refusal_params params = asking(QPAS_REFUSAL_LINUX_7_2);
	struct qpas_refusal refusal = QPAS_REFUSAL_INIT;
	struct qpas_refusal_list *list = NULL;
	struct qpas_slice bytes;
	struct test_image bent;

	(void)state;
	test_image_copy(&bent, &built);
	test_phdr_set(&bent, 0, TEST_P_TYPE, TEST_PT_LOAD);
	test_phdr_set(&bent, 2, TEST_P_MEMSZ, test_phdr_get(&bent, 2, TEST_P_FILESZ) - 1);
	test_phdr_set(&bent, 3, TEST_P_MEMSZ, test_phdr_get(&bent, 3, TEST_P_FILESZ) - 1);
	bytes.ptr = bent.bytes;
	bytes.len = bent.size;
	assert_int_equal(qpas_refusal_check_bytes(bytes, &params, &list, NULL), 0);
	assert_int_equal(qpas_refusal_get(list, 0, &refusal, NULL), 0);
	assert_int_equal(refusal.rule, 1211);
	assert_int_equal(refusal.status, -22);
	assert_int_equal(refusal.segment, 0);
	assert_string_equal(refusal.name, "linux-first-load");
	assert_non_null(strstr(refusal.source, "mdt_loader.c"));
	assert_int_equal(qpas_refusal_get(list, 1, &refusal, NULL), 0);
	assert_int_equal(refusal.rule, 1222);
	assert_int_equal(refusal.segment, 2);
	assert_int_equal(refusal.times, 2);
	assert_int_equal(refusal.value, 0x1234);
	assert_int_equal(refusal.limit, 0x1233);
	assert_int_equal(qpas_refusal_get(list, 2, &refusal, NULL), QPAS_ERR_NOTFOUND);
	qpas_refusal_list_free(list);
	test_image_free(&bent);
}

/* What a list says is its own: the image may go. */
static void list_outlives_its_image(void **state)
{
	struct qpas_refusal_params params = asking(QPAS_REFUSAL_TZ);
	struct qpas_refusal_device device = QPAS_REFUSAL_DEVICE_INIT;
	struct qpas_refusal refusal = QPAS_REFUSAL_INIT;
	struct qpas_refusal_list *list = NULL;
	struct qpas_image *image = open_built(NULL);

	(void)state;
	device.known = QPAS_AUTH_HAS_SOC_VERSIONS;
	device.soc_version = 0x9999;
	params.device = &device;
	assert_int_equal(qpas_refusal_check(image, &params, &list, NULL), 0);
	qpas_image_unref(image);
	assert_int_equal(qpas_refusal_get(list, 0, &refusal, NULL), 0);
	assert_int_equal(refusal.rule, 1315);
	assert_string_equal(refusal.text,
			    "The image is bound to SoC versions (0x6018) and the device "
			    "is 0x9999. It is the image of another chip.");
	qpas_refusal_list_free(list);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(null_arguments_are_refused),
		cmocka_unit_test(structures_flags_and_profiles_are_checked),
		cmocka_unit_test(root_hash_has_the_size_of_a_digest),
		cmocka_unit_test(each_failing_allocation_is_an_error_and_leaks_nothing),
		cmocka_unit_test(what_was_not_asked_is_told),
		cmocka_unit_test(lists_for_linux_are_in_the_order_of_its_loader),
		cmocka_unit_test(list_outlives_its_image),
	};

	return cmocka_run_group_tests(tests, begin, end);
}
