/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Which backend tables are accepted, that a table's owner cannot change it afterwards, and what
 * opening one by descriptor or by URI checks.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <qpas/backend.h>
#include <qpas/qpas.h>

#include "support/fake_backend.h"

union grown {
	struct qpas_backend_desc desc;
	uint8_t bytes[8192];
};

static int open_with(const struct qpas_backend_desc *desc)
{
	struct qpas_backend *backend = NULL;
	struct fake fake;
	int code;

	fake_init(&fake);
	code = qpas_backend_open_desc(desc, &fake, NULL, &backend, NULL);
	assert_true((code == 0) == (backend != NULL));
	qpas_backend_unref(backend);
	assert_int_equal(fake.opened, 0);
	return code;
}

/* B12 */
static void table_sizes_and_versions_follow_the_rule(void **state)
{
	const uint32_t v1 = sizeof(struct qpas_backend_desc);
	const struct {
		uint32_t size;
		uint32_t abi;
		bool dirty;
		int code;
	} rows[] = {
		{0, 0x10000, false, QPAS_ERR_ABI},
		{8, 0x10000, false, QPAS_ERR_ABI},
		{v1 - 1, 0x10000, false, QPAS_ERR_ABI},
		{v1, 0x10000, false, 0},
		{v1 + 8, 0x10000, false, 0},
		{v1 + 8, 0x10000, true, QPAS_ERR_ABI},
		{4096, 0x10000, false, 0},
		{4097, 0x10000, false, QPAS_ERR_ABI},
		{v1, 0x00000, false, QPAS_ERR_ABI},
		{v1, 0x20000, false, QPAS_ERR_ABI},
		{v1, 0x10001, false, 0},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		union grown grown;
		int code;

		memset(&grown, 0, sizeof(grown));
		grown.desc = fake_descriptor;
		grown.desc.size = rows[i].size;
		grown.desc.abi = rows[i].abi;
		if (rows[i].dirty)
			grown.bytes[v1 + 5] = 1;
		code = open_with(&grown.desc);
		if (code != rows[i].code)
			fail_msg("size %u abi 0x%x dirty %d: %d", rows[i].size, rows[i].abi,
				 rows[i].dirty, code);
	}
}

#define SLOT(member)                                                \
	{                                                           \
#member, offsetof(struct qpas_backend_desc, member) \
	}

struct slot {
	const char *name;
	size_t offset;
};

static int open_without(const struct slot *slot, uint64_t caps)
{
	union grown grown;

	memset(&grown, 0, sizeof(grown));
	grown.desc = fake_descriptor;
	grown.desc.caps = caps;
	memset(grown.bytes + slot->offset, 0, sizeof(void (*)(void)));
	return open_with(&grown.desc);
}

/* B11: mandatory always, mandatory with a capability, optional. */
static void missing_slots_are_refused_where_a_capability_needs_them(void **state)
{
	static const struct {
		struct slot slot;
		uint64_t cap; /* 0: always needed */
	} rows[] = {
		{SLOT(probe), 0},
		{SLOT(open), 0},
		{SLOT(close), 0},
		{SLOT(capabilities), 0},
		{SLOT(shutdown), 0},
		{SLOT(boot), QPAS_CAP_FUSED},
		{SLOT(supported), QPAS_CAP_STEPS},
		{SLOT(metadata_begin), QPAS_CAP_STEPS},
		{SLOT(metadata_release), QPAS_CAP_STEPS},
		{SLOT(mem_setup), QPAS_CAP_STEPS},
		{SLOT(region_write), QPAS_CAP_STEPS},
		{SLOT(region_zero), QPAS_CAP_STEPS},
		{SLOT(auth_reset), QPAS_CAP_STEPS},
		{SLOT(shared_alloc), QPAS_CAP_NEEDS_BRIDGE},
		{SLOT(shared_free), QPAS_CAP_NEEDS_BRIDGE},
		{SLOT(bridge_create), QPAS_CAP_NEEDS_BRIDGE},
		{SLOT(bridge_delete), QPAS_CAP_NEEDS_BRIDGE},
		{SLOT(rsc_table), QPAS_CAP_RSC_TABLE},
		{SLOT(iommu_apply), QPAS_CAP_IOMMU},
		{SLOT(iommu_clear), QPAS_CAP_IOMMU},
		{SLOT(wait_event), QPAS_CAP_EVENTS},
	};
	static const struct slot optional[] = {SLOT(platform), SLOT(attach), SLOT(region_read),
					       SLOT(cancel), SLOT(set_deadline)};
	const uint64_t all = fake_descriptor.caps;

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		int with = open_without(&rows[i].slot, all);
		int without = open_without(&rows[i].slot, all & ~rows[i].cap);
		int wanted = rows[i].cap ? 0 : QPAS_ERR_ABI;

		if (with != QPAS_ERR_ABI || without != wanted)
			fail_msg("%s: %d, %d", rows[i].slot.name, with, without);
	}
	for (size_t i = 0; i < sizeof(optional) / sizeof(optional[0]); i++)
		assert_int_equal(open_without(&optional[i], all), 0);
}

/* B14 */
static void names_are_schemes_and_taken_once(void **state)
{
	static const struct {
		const char *name;
		int code;
	} rows[] = {
		{"../x", QPAS_ERR_POLICY},
		{"A", QPAS_ERR_POLICY},
		{"", QPAS_ERR_POLICY},
		{"a23456789012345678", QPAS_ERR_POLICY},
		{"a2345678901234567", QPAS_ERR_POLICY},
		{"1a", QPAS_ERR_POLICY},
		{"a-b", QPAS_ERR_POLICY},
		{"a\n", QPAS_ERR_POLICY},
		{NULL, QPAS_ERR_ARG},
		{"a234567890123456", 0},
		{"a234567890123456", QPAS_ERR_BUSY},
		{"el2", QPAS_ERR_BUSY},
		{"fault", QPAS_ERR_BUSY},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct qpas_backend_desc desc = fake_descriptor;
		struct qpas_error err = QPAS_ERROR_INIT;
		int code;

		desc.name = rows[i].name;
		code = qpas_backend_register(&desc, &err);
		if (code != rows[i].code || err.code != code)
			fail_msg("%s: %d", rows[i].name ? rows[i].name : "NULL", code);
	}
}

static int fail_probe(struct qpas_error *err)
{
	(void)err;
	return QPAS_ERR_NOTFOUND;
}

/* B13 */
static void owner_cannot_change_a_registered_table(void **state)
{
	struct qpas_backend_desc *desc = malloc(sizeof(*desc));
	struct qpas_backend *backend = NULL;
	struct qpas_error err = QPAS_ERROR_INIT;

	(void)state;
	assert_non_null(desc);
	*desc = fake_descriptor;
	desc->name = "mutable";
	desc->probe = fail_probe;
	assert_int_equal(qpas_backend_register(desc, NULL), 0);
	memset(desc, 0xa5, sizeof(*desc));
	free(desc);
	assert_int_equal(qpas_backend_open("mutable:", NULL, &backend, &err), QPAS_ERR_NOTFOUND);
	/* A slot that gives no reason still ends in a whole error. */
	assert_int_equal(err.code, QPAS_ERR_NOTFOUND);
	assert_string_equal(err.text, "Backend mutable failed in probe and gave no reason.");
}

static int bad_result;

static int bad_open(void *priv, const struct qpas_backend_open_args *args, struct qpas_error *err)
{
	(void)priv;
	(void)args;
	(void)err;
	return bad_result;
}

/* B01 for open: anything outside of the contract. */
static void undocumented_answer_of_open_is_backend(void **state)
{
	static const int codes[] = {1, -1, -9999, -2147483647 - 1};

	(void)state;
	for (size_t i = 0; i < sizeof(codes) / sizeof(codes[0]); i++) {
		struct qpas_backend_desc desc = fake_descriptor;

		desc.open = bad_open;
		bad_result = codes[i];
		assert_int_equal(open_with(&desc), QPAS_ERR_BACKEND);
	}
}

static void private_data_have_a_limit(void **state)
{
	struct qpas_backend_desc desc = fake_descriptor;

	(void)state;
	desc.private_size = ((size_t)16 << 20) + 1;
	assert_int_equal(open_with(&desc), QPAS_ERR_ABI);
}

/* The last test of the program: it fills the registry. */
static void sixteen_backends_are_the_most(void **state)
{
	static char names[32][8];
	struct qpas_backend_desc desc = fake_descriptor;
	int code = 0;
	int count;

	(void)state;
	for (count = 0; !code && count < 32; count++) {
		(void)snprintf(names[count], sizeof(names[count]), "many%d", count);
		desc.name = names[count];
		code = qpas_backend_register(&desc, NULL);
	}
	assert_int_equal(code, QPAS_ERR_LIMIT);
	assert_in_range(count, 14, 17);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(table_sizes_and_versions_follow_the_rule),
		cmocka_unit_test(missing_slots_are_refused_where_a_capability_needs_them),
		cmocka_unit_test(names_are_schemes_and_taken_once),
		cmocka_unit_test(owner_cannot_change_a_registered_table),
		cmocka_unit_test(undocumented_answer_of_open_is_backend),
		cmocka_unit_test(private_data_have_a_limit),
		cmocka_unit_test(sixteen_backends_are_the_most),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
