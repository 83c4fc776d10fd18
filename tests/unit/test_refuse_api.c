/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The contract of qpas_refusal_*: what it wants, what it says about questions that nobody answered,
 * in which order it lists, and that it gives everything back. The rules themselves are judged in the
 * other tests of this name.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <qpas/refuse.h>

#include "expect.h"
#include "failing_heap.h"
#include "support/image_builder.h"
#include "support/signer.h"

#define CARVEOUT 0x200000u

/* Calls of libc's malloc() from the library, which bytes without an image are judged with. */
static struct {
	bool armed;
	uint32_t calls;
	uint32_t fail_at;
	uint32_t failed;
} host;

void *__real_malloc(size_t bytes);
void *__wrap_malloc(size_t bytes);

void *__wrap_malloc(size_t bytes)
{
	if (host.armed && ++host.calls == host.fail_at) {
		host.failed++;
		return NULL;
	}
	return __real_malloc(bytes);
}

struct fixture {
	struct test_image built;
	struct qpas_image *image;
	struct heap heap;
};

static struct fixture fixture;

static void open_image(void)
{
	struct qpas_allocator allocator = {(uint32_t)sizeof(allocator),
					   0,
					   heap_malloc,
					   heap_realloc,
					   heap_free,
					   &fixture.heap};
	struct qpas_params params = QPAS_PARAMS_INIT;
	struct qpas_slice bytes = {fixture.built.bytes, fixture.built.size};
	struct qpas_error err = QPAS_ERROR_INIT;

	params.allocator = &allocator;
	if (qpas_image_open_memory(bytes, &params, &fixture.image, &err))
		fail_msg("%s", err.text);
}

/* A signed image, for PAS id 1; `root` NULL: the usual name of its root. */
static void make_image(const char *root)
{
	struct test_chain chain = test_chain_usual(TEST_SCHEME_ECDSA);
	struct test_image_spec spec = TEST_IMAGE_SPEC_INIT;

	memset(&fixture, 0, sizeof(fixture));
	if (root)
		chain.certificate[chain.count - 1].name = root;
	spec.sw_id = 4;
	test_image_build(&fixture.built, &spec);
	test_chain_write(&fixture.built, 1, &chain);
	test_sign(&fixture.built, 1, &chain);
	open_image();
}

static int set_up(void **state)
{
	(void)state;
	make_image(NULL);
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	qpas_image_unref(fixture.image);
	test_image_free(&fixture.built);
	return fixture.heap.live ? -1 : 0;
}

static struct qpas_refusal_params params_of(uint32_t profile)
{
	struct qpas_refusal_params params = QPAS_REFUSAL_PARAMS_INIT;

	params.profile = profile;
	return params;
}

static struct qpas_refusal_list *check(const struct qpas_refusal_params *params)
{
	struct qpas_error err = QPAS_ERROR_INIT;
	struct qpas_refusal_list *list = NULL;

	if (qpas_refusal_check(fixture.image, params, &list, &err))
		fail_msg("%s", err.text);
	return list;
}

static struct qpas_refusal_summary summary_of(const struct qpas_refusal_params *params)
{
	struct qpas_refusal_summary summary = QPAS_REFUSAL_SUMMARY_INIT;
	struct qpas_refusal_list *list = check(params);

	assert_int_equal(qpas_refusal_describe(list, &summary, NULL), 0);
	qpas_refusal_list_free(list);
	return summary;
}

/* ---- pointers ---- */

static void every_pointer_that_is_needed_is_asked_for(void **state)
{
	struct qpas_refusal_params params = params_of(QPAS_REFUSAL_TZ);
	struct qpas_refusal_list *const stale = (struct qpas_refusal_list *)&params;
	struct qpas_slice bytes = {fixture.built.bytes, fixture.built.size};
	struct qpas_slice lost = {NULL, 5};
	struct qpas_refusal_list *list = stale;
	struct qpas_error err = QPAS_ERROR_INIT;

	(void)state;
	expect_code("no image", qpas_refusal_check(NULL, &params, &list, &err), QPAS_ERR_ARG);
	assert_null(list);
	list = stale;
	expect_code("no params", qpas_refusal_check(fixture.image, NULL, &list, &err),
		    QPAS_ERR_ARG);
	assert_null(list);
	expect_code("no list", qpas_refusal_check(fixture.image, &params, NULL, &err),
		    QPAS_ERR_ARG);
	list = stale;
	expect_code("no bytes", qpas_refusal_check_bytes(lost, &params, &list, &err), QPAS_ERR_ARG);
	assert_null(list);
	expect_code("bytes, no params", qpas_refusal_check_bytes(bytes, NULL, &list, NULL),
		    QPAS_ERR_ARG);
	expect_code("bytes, no list", qpas_refusal_check_bytes(bytes, &params, NULL, NULL),
		    QPAS_ERR_ARG);
	qpas_refusal_list_free(NULL);
}

static void every_place_to_fill_is_asked_for(void **state)
{
	struct qpas_refusal_params params = params_of(QPAS_REFUSAL_TZ);
	struct qpas_refusal_summary summary = QPAS_REFUSAL_SUMMARY_INIT;
	struct qpas_refusal refusal = QPAS_REFUSAL_INIT;
	struct qpas_refusal_list *list = check(&params);

	(void)state;
	expect_code("summary of none", qpas_refusal_describe(NULL, &summary, NULL), QPAS_ERR_ARG);
	expect_code("no summary", qpas_refusal_describe(list, NULL, NULL), QPAS_ERR_ARG);
	expect_code("entry of none", qpas_refusal_get(NULL, 0, &refusal, NULL), QPAS_ERR_ARG);
	expect_code("no entry", qpas_refusal_get(list, 0, NULL, NULL), QPAS_ERR_ARG);
	expect_code("no rule", qpas_refusal_rule_get(0, NULL, NULL), QPAS_ERR_ARG);
	qpas_refusal_list_free(list);
}

/* ---- sizes ---- */

/* One structure of the caller's, with a member behind all that this library knows. */
struct newer {
	union {
		struct qpas_refusal_params params;
		struct qpas_refusal_device device;
		struct qpas_peripheral peripheral;
		uint32_t size;
	} known;
	uint64_t unknown;
};

static int check_sized(struct newer *which, struct qpas_refusal_params *params, uint32_t bytes,
		       uint64_t unknown)
{
	struct qpas_refusal_list *list = NULL;
	int code;

	/* The member behind what is known stands right behind it. */
	which->known.size = bytes;
	which->unknown = unknown;
	code = qpas_refusal_check(fixture.image, params, &list, NULL);
	qpas_refusal_list_free(list);
	return code;
}

static void expect_sized(const char *row, struct newer *which, struct qpas_refusal_params *params,
			 size_t known)
{
	const uint32_t size = (uint32_t)known;

	expect_code(row, check_sized(which, params, 0, 0), QPAS_ERR_ABI);
	expect_code(row, check_sized(which, params, size - 1, 0), QPAS_ERR_ABI);
	expect_code(row, check_sized(which, params, size, 1), 0);
}

static void structures_of_the_wrong_size_are_refused(void **state)
{
	static const struct qpas_refusal_device device = QPAS_REFUSAL_DEVICE_INIT;
	static const struct qpas_peripheral peripheral = QPAS_PERIPHERAL_INIT;
	struct qpas_refusal_params params = params_of(QPAS_REFUSAL_TZ);
	struct newer newer;

	(void)state;
	memset(&newer, 0, sizeof(newer));
	newer.known.params = params;
	expect_sized("params", &newer, &newer.known.params, sizeof(params));
	memset(&newer, 0, sizeof(newer));
	newer.known.device = device;
	params.device = &newer.known.device;
	expect_sized("device", &newer, &params, sizeof(device));
	params.device = NULL;
	memset(&newer, 0, sizeof(newer));
	newer.known.peripheral = peripheral;
	params.peripheral = &newer.known.peripheral;
	expect_sized("peripheral", &newer, &params, sizeof(peripheral));
}

/* A newer caller's members must be 0, or this library would ignore what it was told. */
static void members_that_are_not_known_must_be_zero(void **state)
{
	struct {
		struct qpas_refusal_params params;
		uint64_t unknown;
	} newer;
	struct qpas_refusal_list *list = NULL;

	(void)state;
	memset(&newer, 0, sizeof(newer));
	newer.params = params_of(QPAS_REFUSAL_TZ);
	newer.params.size = (uint32_t)sizeof(newer);
	expect_code("zero", qpas_refusal_check(fixture.image, &newer.params, &list, NULL), 0);
	qpas_refusal_list_free(list);
	newer.unknown = 1;
	expect_code("not zero", qpas_refusal_check(fixture.image, &newer.params, &list, NULL),
		    QPAS_ERR_ABI);
	assert_null(list);
}

static void what_is_given_back_is_as_large_as_the_caller_says(void **state)
{
	struct qpas_refusal_params params = params_of(QPAS_REFUSAL_LINUX_7_2);
	struct qpas_refusal_summary summary = QPAS_REFUSAL_SUMMARY_INIT;
	struct qpas_refusal_rule rule = QPAS_REFUSAL_RULE_INIT;
	struct qpas_refusal refusal = QPAS_REFUSAL_INIT;
	struct qpas_refusal_list *list;

	(void)state;
	params.region_base = 0;
	params.region_size = 4096;
	list = check(&params);
	summary.size--;
	expect_code("summary", qpas_refusal_describe(list, &summary, NULL), QPAS_ERR_ABI);
	refusal.size = 0;
	expect_code("entry", qpas_refusal_get(list, 0, &refusal, NULL), QPAS_ERR_ABI);
	rule.size = 4;
	expect_code("rule", qpas_refusal_rule_get(0, &rule, NULL), QPAS_ERR_ABI);
	refusal.size = (uint32_t)sizeof(refusal);
	expect_code("entry", qpas_refusal_get(list, 0, &refusal, NULL), 0);
	expect_number("entry", "size", refusal.size, sizeof(refusal));
	qpas_refusal_list_free(list);
}

/* ---- values ---- */

static void values_that_mean_nothing_are_refused(void **state)
{
	static const uint8_t hash[48];
	static const struct {
		const char *row;
		uint32_t profile;
		uint64_t flags;
		const uint8_t *root;
		size_t length;
		int code;
	} rows[] = {
		{"no profile", 0, 0, NULL, 0, QPAS_ERR_ARG},
		{"profile past the last", 5, 0, NULL, 0, QPAS_ERR_ARG},
		{"largest profile", UINT32_MAX, 0, NULL, 0, QPAS_ERR_ARG},
		{"unknown flag", 1, 2, NULL, 0, QPAS_ERR_ARG},
		{"unknown flag beside a known one", 1, 3, NULL, 0, QPAS_ERR_ARG},
		{"root of 31 bytes", 1, 0, hash, 31, QPAS_ERR_ARG},
		{"root of 33 bytes", 1, 0, hash, 33, QPAS_ERR_ARG},
		{"root of 64 bytes", 1, 0, hash, 64, QPAS_ERR_ARG},
		{"root without bytes", 1, 0, NULL, 32, QPAS_ERR_ARG},
		{"root of 32 bytes", 1, 0, hash, 32, 0},
		{"root of 48 bytes", 1, 0, hash, 48, 0},
		{"every profile 1", 1, 1, NULL, 0, 0},
		{"every profile 2", 2, 1, NULL, 0, 0},
		{"every profile 3", 3, 1, NULL, 0, 0},
		{"every profile 4", 4, 1, NULL, 0, 0},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct qpas_refusal_params params = params_of(rows[i].profile);
		struct qpas_refusal_device device = QPAS_REFUSAL_DEVICE_INIT;
		struct qpas_refusal_list *list = NULL;

		params.flags = rows[i].flags;
		params.device = &device;
		device.root_hash.ptr = rows[i].root;
		device.root_hash.len = rows[i].length;
		expect_code(rows[i].row, qpas_refusal_check(fixture.image, &params, &list, NULL),
			    rows[i].code);
		if (rows[i].code)
			assert_null(list);
		qpas_refusal_list_free(list);
	}
}

/* ---- what nobody said ---- */

/* A device that the image is for, as far as the image names one. */
static struct qpas_refusal_device device_of_image(void)
{
	struct qpas_refusal_device device = QPAS_REFUSAL_DEVICE_INIT;
	struct qpas_auth_identity identity = QPAS_AUTH_IDENTITY_INIT;
	struct qpas_auth_report *report = NULL;

	assert_int_equal(qpas_auth_verify(fixture.image, NULL, &report, NULL), 0);
	assert_int_equal(qpas_auth_report_identity(report, QPAS_AUTH_SIGNER_OEM, &identity, NULL),
			 0);
	qpas_auth_report_free(report);
	device.secure_boot = QPAS_AUTH_YES;
	device.hw_id = identity.hw_id;
	device.oem_id = identity.oem_id;
	device.model_id = identity.model_id;
	device.anti_rollback = identity.anti_rollback;
	return device;
}

/* Each step answers one question; what is left is what nobody answered. */
static void questions_that_nobody_answered_are_named(void **state)
{
	static const struct {
		const char *row;
		uint64_t known;
		uint64_t answered;
	} rows[] = {
		{"HW_ID", QPAS_AUTH_HAS_HW_ID, QPAS_REFUSAL_UNASKED_HW_ID},
		{"OEM_ID", QPAS_AUTH_HAS_OEM_ID, QPAS_REFUSAL_UNASKED_OEM_ID},
		{"MODEL_ID", QPAS_AUTH_HAS_MODEL_ID, QPAS_REFUSAL_UNASKED_MODEL_ID},
		{"anti-rollback", QPAS_AUTH_HAS_ANTI_ROLLBACK, QPAS_REFUSAL_UNASKED_ANTI_ROLLBACK},
	};
	struct qpas_refusal_device device = device_of_image();
	struct qpas_refusal_params params = params_of(QPAS_REFUSAL_TZ);
	struct qpas_peripheral adsp = QPAS_PERIPHERAL_INIT;
	uint64_t left = QPAS_REFUSAL_UNASKED_REGION | QPAS_REFUSAL_UNASKED_PERIPHERAL |
			QPAS_REFUSAL_UNASKED_ROOT;
	uint8_t sha256[32];
	uint8_t sha384[48];

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		left |= rows[i].answered;
	params.device = &device;
	expect_number("nothing", "unasked", summary_of(&params).unasked, left);
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		device.known |= rows[i].known;
		left &= ~rows[i].answered;
		expect_number(rows[i].row, "unasked", summary_of(&params).unasked, left);
	}
	params.region_base = 0x80000000;
	params.region_size = CARVEOUT;
	expect_number("region", "unasked", summary_of(&params).unasked,
		      left & ~QPAS_REFUSAL_UNASKED_REGION);
	adsp.pas_id = 1;
	params.peripheral = &adsp;
	expect_number("peripheral", "unasked", summary_of(&params).unasked,
		      QPAS_REFUSAL_UNASKED_ROOT);
	test_chain_root(sha256, sha384);
	device.root_hash.ptr = sha384;
	device.root_hash.len = sizeof(sha384);
	expect_number("root", "unasked", summary_of(&params).unasked, 0);
	expect_number("root", "count", summary_of(&params).count, 0);
	/* Without secure boot the root decides nothing. */
	device.root_hash.len = 0;
	device.secure_boot = QPAS_AUTH_NO;
	expect_number("no secure boot", "unasked", summary_of(&params).unasked, 0);
}

static void what_an_image_is_not_bound_to_is_not_asked_for(void **state)
{
	struct qpas_refusal_params params = params_of(QPAS_REFUSAL_TZ);

	(void)state;
	expect_number("bindings", "unasked",
		      summary_of(&params).unasked &
			      (QPAS_REFUSAL_UNASKED_SOC | QPAS_REFUSAL_UNASKED_SERIAL),
		      0);
}

/* Of a device that nobody described it is a question, not an answer. */
static void a_test_root_refuses_only_where_secure_boot_is_known_to_be_on(void **state)
{
	static const struct {
		const char *row;
		const char *root;
		uint32_t secure_boot;
		uint32_t count;
		uint64_t unasked;
	} rows[] = {
		{"test root, not known", "Test Root", QPAS_AUTH_NOT_CHECKED, 0,
		 QPAS_REFUSAL_UNASKED_SECURE_BOOT},
		{"test root, on", "Test Root", QPAS_AUTH_YES, 1, 0},
		{"test root, off", "Test Root", QPAS_AUTH_NO, 0, 0},
		{"other root, not known", "Root of a Maker", QPAS_AUTH_NOT_CHECKED, 0, 0},
		{"other root, on", "Root of a Maker", QPAS_AUTH_YES, 0, 0},
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct qpas_refusal_device device = QPAS_REFUSAL_DEVICE_INIT;
		struct qpas_refusal_params params = params_of(QPAS_REFUSAL_TZ);
		struct qpas_refusal_summary summary;

		assert_int_equal(tear_down(state), 0);
		make_image(rows[i].root);
		params.device = &device;
		device.secure_boot = rows[i].secure_boot;
		summary = summary_of(&params);
		expect_number(rows[i].row, "count", summary.count, rows[i].count);
		expect_number(rows[i].row, "unasked",
			      summary.unasked & QPAS_REFUSAL_UNASKED_SECURE_BOOT, rows[i].unasked);
	}
	assert_int_equal(tear_down(state), 0);
	make_image(NULL);
}

static void linux_asks_for_the_region_alone(void **state)
{
	struct qpas_refusal_params params = params_of(QPAS_REFUSAL_LINUX_6_1);

	(void)state;
	expect_number("no region", "unasked", summary_of(&params).unasked,
		      QPAS_REFUSAL_UNASKED_REGION);
	params.region_base = 0x80000000;
	params.region_size = CARVEOUT;
	expect_number("region", "unasked", summary_of(&params).unasked, 0);
}

/* ---- lists ---- */

static void rules_of_linux_are_in_the_order_of_its_loader(void **state)
{
	struct qpas_refusal_params params = params_of(QPAS_REFUSAL_LINUX_7_2);
	struct qpas_slice bytes = {fixture.built.bytes, fixture.built.size};
	struct qpas_refusal refusal = QPAS_REFUSAL_INIT;
	struct qpas_refusal_list *list = NULL;
	static const uint32_t wanted[] = {1211, 1220, 1221};

	(void)state;
	params.region_size = 4096;
	/* Segment 0 becomes a PT_LOAD, which metadata come to before any address is looked at. */
	test_phdr_set(&fixture.built, 0, TEST_P_TYPE, TEST_PT_LOAD);
	assert_int_equal(qpas_refusal_check_bytes(bytes, &params, &list, NULL), 0);
	for (uint32_t i = 0; i < 3; i++) {
		assert_int_equal(qpas_refusal_get(list, i, &refusal, NULL), 0);
		expect_number("order", "rule", refusal.rule, wanted[i]);
		expect_number("order", "status", (uint32_t)refusal.status, (uint32_t)-22);
		expect_number("order", "profile", refusal.profile, QPAS_REFUSAL_LINUX_7_2);
	}
	expect_number("order", "times", refusal.times, 3);
	expect_code("past the end", qpas_refusal_get(list, 3, &refusal, NULL), QPAS_ERR_NOTFOUND);
	expect_code("far past it", qpas_refusal_get(list, UINT32_MAX, &refusal, NULL),
		    QPAS_ERR_NOTFOUND);
	qpas_refusal_list_free(list);
	test_phdr_set(&fixture.built, 0, TEST_P_TYPE, TEST_PT_NULL);
}

static void a_list_outlives_its_image_and_its_parameters(void **state)
{
	struct qpas_refusal_params params = params_of(QPAS_REFUSAL_LINUX_7_2);
	struct qpas_refusal refusal = QPAS_REFUSAL_INIT;
	struct qpas_refusal_list *list;

	(void)state;
	params.region_base = 0x80000000;
	params.region_size = 4096;
	list = check(&params);
	memset(&params, 0xa5, sizeof(params));
	qpas_image_unref(fixture.image);
	memset(fixture.built.bytes, 0xa5, fixture.built.size);
	assert_int_equal(qpas_refusal_get(list, 0, &refusal, NULL), 0);
	assert_string_equal(refusal.name, "linux-outside");
	assert_non_null(strstr(refusal.text, "outside the region of 0x1000 bytes"));
	assert_non_null(strstr(refusal.source, "mdt_loader.c"));
	qpas_refusal_list_free(list);
	test_image_free(&fixture.built);
	make_image(NULL);
}

/* Every sentence ends as one, and no field of a pattern is left in it. */
static void rules_have_names_sources_and_sentences(void **state)
{
	struct qpas_refusal_rule rule = QPAS_REFUSAL_RULE_INIT;
	uint32_t last = 0;
	uint32_t count = 0;
	int code;

	(void)state;
	while (!(code = qpas_refusal_rule_get(count, &rule, NULL))) {
		const char *text = qpas_refusal_rule_text(rule.number);

		if (rule.number <= last || !rule.name[0] || !rule.source[0] || !text[0])
			fail_msg("rule %u after %u: \"%s\", \"%s\", \"%s\"", rule.number, last,
				 rule.name, rule.source, text);
		if (!rule.profiles || rule.profiles & ~30u)
			fail_msg("rule %u is of profiles 0x%x", rule.number, rule.profiles);
		last = rule.number;
		count++;
	}
	expect_code("past the end", code, QPAS_ERR_NOTFOUND);
	assert_true(count > 70);
	/* Numbers of messages that are no rules. */
	assert_string_equal(qpas_refusal_rule_text(1190), "");
	assert_string_equal(qpas_refusal_rule_text(0), "");
	assert_string_equal(qpas_refusal_rule_text(UINT32_MAX), "");
}

static void profiles_have_names(void **state)
{
	static const char *const names[] = {"?", "tz", "linux:6.1", "linux:7.2", "op-tee", "?"};

	(void)state;
	for (uint32_t i = 0; i < 6; i++)
		assert_string_equal(qpas_refusal_profile_name(i), names[i]);
	assert_string_equal(qpas_refusal_profile_name(UINT32_MAX), "?");
}

static void an_empty_file_is_judged_too(void **state)
{
	static const uint32_t rules[] = {0, 1300, 1200, 1200, 1300};
	struct qpas_slice nothing = {NULL, 0};

	(void)state;
	for (uint32_t profile = QPAS_REFUSAL_TZ; profile <= QPAS_REFUSAL_OP_TEE; profile++) {
		struct qpas_refusal_params params = params_of(profile);
		struct qpas_refusal refusal = QPAS_REFUSAL_INIT;
		struct qpas_refusal_list *list = NULL;

		assert_int_equal(qpas_refusal_check_bytes(nothing, &params, &list, NULL), 0);
		assert_int_equal(qpas_refusal_get(list, 0, &refusal, NULL), 0);
		expect_number("empty", "rule", refusal.rule, rules[profile]);
		assert_int_equal(qpas_refusal_get(list, 1, &refusal, NULL), QPAS_ERR_NOTFOUND);
		qpas_refusal_list_free(list);
	}
}

/* ---- reports and memory ---- */

/* A report that looked at digests alone answers too few questions: another one is made. */
static void a_report_of_digests_alone_does_not_hide_a_wrong_root(void **state)
{
	static const uint8_t other[48] = {1};
	struct qpas_auth_params auth = QPAS_AUTH_PARAMS_INIT;
	struct qpas_refusal_params params = params_of(QPAS_REFUSAL_TZ);
	struct qpas_refusal_device device = QPAS_REFUSAL_DEVICE_INIT;
	struct qpas_refusal refusal = QPAS_REFUSAL_INIT;
	struct qpas_auth_report *report = NULL;
	struct qpas_refusal_list *list;

	(void)state;
	auth.flags = QPAS_AUTH_DIGESTS_ONLY;
	assert_int_equal(qpas_auth_verify(fixture.image, &auth, &report, NULL), 0);
	device.root_hash.ptr = other;
	device.root_hash.len = sizeof(other);
	params.device = &device;
	params.report = report;
	list = check(&params);
	assert_int_equal(qpas_refusal_get(list, 0, &refusal, NULL), 0);
	assert_string_equal(refusal.name, "tz-root");
	qpas_refusal_list_free(list);
	qpas_auth_report_free(report);
}

static void running_out_of_memory_anywhere_loses_nothing(void **state)
{
	static const uint32_t profiles[] = {QPAS_REFUSAL_TZ, QPAS_REFUSAL_LINUX_6_1,
					    QPAS_REFUSAL_OP_TEE};

	(void)state;
	for (size_t i = 0; i < 3; i++) {
		struct qpas_refusal_params params = params_of(profiles[i]);
		struct heap *heap = &fixture.heap;
		struct qpas_refusal_list *list = NULL;
		uint32_t live = heap->live;
		uint32_t step = 0;
		int code;

		do {
			heap->calls = 0;
			heap->fail_at = ++step;
			code = qpas_refusal_check(fixture.image, &params, &list, NULL);
			if (!code)
				break;
			expect_code("out of memory", code, QPAS_ERR_NOMEM);
			assert_null(list);
			expect_number("out of memory", "blocks", heap->live, live);
		} while (step < 1000);
		heap->fail_at = 0;
		/* The call's own block and the list at least. */
		assert_true(step > 2 && step < 1000);
		qpas_refusal_list_free(list);
		expect_number("freed", "blocks", heap->live, live);
	}
}

/* The error is that of what failed, in a structure as large as the caller's. */
static void running_out_of_memory_over_bytes_is_told(void **state)
{
	struct qpas_slice bytes = {fixture.built.bytes, fixture.built.size};
	struct qpas_refusal_params params = params_of(QPAS_REFUSAL_TZ);
	struct qpas_refusal_list *list = NULL;
	uint32_t step = 0;
	int code;

	(void)state;
	do {
		struct qpas_error err = QPAS_ERROR_INIT;

		host.calls = 0;
		host.fail_at = ++step;
		host.failed = 0;
		host.armed = true;
		code = qpas_refusal_check_bytes(bytes, &params, &list, &err);
		host.armed = false;
		if (!code)
			break;
		expect_code("out of memory", code, QPAS_ERR_NOMEM);
		expect_code("err", err.code, QPAS_ERR_NOMEM);
		expect_number("err", "size", err.size, sizeof(err));
		assert_null(list);
	} while (step < 1000);
	expect_number("last", "failed calls", host.failed, 0);
	assert_true(step > 2 && step < 1000);
	qpas_refusal_list_free(list);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_pointer_that_is_needed_is_asked_for),
		cmocka_unit_test(every_place_to_fill_is_asked_for),
		cmocka_unit_test(structures_of_the_wrong_size_are_refused),
		cmocka_unit_test(members_that_are_not_known_must_be_zero),
		cmocka_unit_test(what_is_given_back_is_as_large_as_the_caller_says),
		cmocka_unit_test(values_that_mean_nothing_are_refused),
		cmocka_unit_test(questions_that_nobody_answered_are_named),
		cmocka_unit_test(what_an_image_is_not_bound_to_is_not_asked_for),
		cmocka_unit_test(a_test_root_refuses_only_where_secure_boot_is_known_to_be_on),
		cmocka_unit_test(linux_asks_for_the_region_alone),
		cmocka_unit_test(rules_of_linux_are_in_the_order_of_its_loader),
		cmocka_unit_test(a_list_outlives_its_image_and_its_parameters),
		cmocka_unit_test(rules_have_names_sources_and_sentences),
		cmocka_unit_test(profiles_have_names),
		cmocka_unit_test(an_empty_file_is_judged_too),
		cmocka_unit_test(a_report_of_digests_alone_does_not_hide_a_wrong_root),
		cmocka_unit_test(running_out_of_memory_anywhere_loses_nothing),
		cmocka_unit_test(running_out_of_memory_over_bytes_is_told),
	};
	int failures = cmocka_run_group_tests_name("refuse_api", tests, set_up, tear_down);

	test_keys_free();
	return failures;
}
