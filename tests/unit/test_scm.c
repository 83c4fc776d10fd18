/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Calls as registers. Expected registers are literals, seen from a Linux 7.2 kernel or taken from
 * its qcom_scm.h, so that encoder and decoder cannot be wrong together.
 */
#include "unit/expect.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <qpas/scm.h>

#include "format/scm.h"

/* A call in words, its registers, and the words of its page. */
struct vector {
	const char *name;
	uint32_t function;
	uint32_t convention;
	uint32_t flags;
	uint32_t count;
	uint64_t args[7];
	uint64_t regs[6];
	uint64_t page[4];
};

static const struct vector vectors[] = {
	{"INFO_IS_CALL_AVAIL", 0x601, 64, 1, 1, {0x2000601}, {0xc2000601, 1, 0x2000601}, {0}},
	{"INFO_IS_CALL_AVAIL", 0x601, 64, 0, 1, {0x2000c1c}, {0x42000601, 1, 0x2000c1c}, {0}},
	{"INFO_IS_CALL_AVAIL", 0x601, 64, 0, 1, {0x2000110}, {0x42000601, 1, 0x2000110}, {0}},
	{"BOOT_SDI_CONFIG", 0x109, 64, 0, 2, {1, 0}, {0x42000109, 2, 1, 0}, {0}},
	{"SET_DLOAD_MODE", 0x110, 64, 0, 2, {0x10, 0}, {0x42000110, 2, 0x10, 0}, {0}},
	{"INFO_VERSION", 0x603, 64, 0, 1, {10}, {0x42000603, 1, 10}, {0}},
	{"SHM_BRIDGE_ENABLE", 0xc1c, 64, 0, 0, {0}, {0x42000c1c, 0}, {0}},
	{"WAITQ_GET_INFO", 0x2404, 64, 1, 0, {0}, {0xc2002404, 0}, {0}},
	{"SHM_BRIDGE_CREATE",
	 0xc1e,
	 64,
	 0,
	 4,
	 {0x40f1f006, 0x40f1f006, 0x1200, 3},
	 {0x42000c1e, 4, 0x40f1f006, 0x40f1f006, 0x1200, 3},
	 {0}},
	{"SHM_BRIDGE_CREATE",
	 0xc1e,
	 64,
	 0,
	 4,
	 {0x95c00006, 0x95c00006, 0x1e00200, 3},
	 {0x42000c1e, 4, 0x95c00006, 0x95c00006, 0x1e00200, 3},
	 {0}},
	{"SHM_BRIDGE_DELETE", 0xc1d, 64, 0, 1, {0x5b000003}, {0x42000c1d, 1, 0x5b000003}, {0}},
	{"PAS_GET_RSCTABLE",
	 0x221,
	 64,
	 0,
	 5,
	 {1, 0x40f1f000, 0x10, 0x40fc0000, 0x4000},
	 {0x42000221, 0x845, 1, 0x40f1f000, 0x10, 0x40f22000},
	 {0x40fc0000, 0x4000}},
	{"PAS_INIT_IMAGE", 0x201, 64, 0, 2, {1, 0x40fc0000}, {0x42000201, 0x82, 1, 0x40fc0000}, {0}},
	{"PAS_MEM_SETUP",
	 0x202,
	 64,
	 0,
	 3,
	 {1, 0x95c00000, 0x1e00000},
	 {0x42000202, 3, 1, 0x95c00000, 0x1e00000},
	 {0}},
	{"PAS_AUTH_AND_RESET", 0x205, 64, 0, 1, {1}, {0x42000205, 1, 1}, {0}},
	{"PAS_SHUTDOWN", 0x206, 64, 0, 1, {0x1f}, {0x42000206, 1, 0x1f}, {0}},
	{"PAS_IS_SUPPORTED", 0x207, 64, 0, 1, {99}, {0x42000207, 1, 99}, {0}},
	{"PAS_MSS_RESET", 0x20a, 64, 0, 2, {1, 0}, {0x4200020a, 2, 1, 0}, {0}},
	{"SET_REMOTE_STATE", 0x10a, 64, 0, 2, {0, 13}, {0x4200010a, 2, 0, 13}, {0}},
	{"MP_VIDEO_VAR",
	 0xc08,
	 64,
	 0,
	 4,
	 {0, 0x25800000, 0x1000000, 0x24800000},
	 {0x42000c08, 4, 0, 0x25800000, 0x1000000, 0x24800000},
	 {0}},
	{"MP_ASSIGN",
	 0xc16,
	 64,
	 0,
	 7,
	 {0x880001040, 16, 0x880001000, 4, 0x880001080, 48, 0},
	 {0x42000c16, 0x1117, 0x880001040, 16, 0x880001000, 0x40f22000},
	 {4, 0x880001080, 48, 0}},
	{"WAITQ_RESUME", 0x2402, 64, 0, 1, {0x77}, {0x42002402, 1, 0x77}, {0}},
	{"WAITQ_GET_WQ_CTX", 0x2403, 64, 1, 0, {0}, {0xc2002403, 0}, {0}},
	{"PAS_INIT_IMAGE", 0x201, 32, 0, 2, {9, 0xfffff000}, {0x02000201, 0x82, 9, 0xfffff000}, {0}},
	{"INFO_IS_CALL_AVAIL", 0x601, 32, 1, 1, {0x2000601}, {0x82000601, 1, 0x2000601}, {0}},
	{"PAS_SHUTDOWN", 0x206, 32, 1, 1, {18}, {0x82000206, 1, 18}, {0}},
	{"PAS_GET_RSCTABLE",
	 0x221,
	 32,
	 0,
	 5,
	 {18, 0x80001000, 0x10, 0x80002000, 0x4000},
	 {0x02000221, 0x845, 18, 0x80001000, 0x10, 0x40f22000},
	 {0x80002000, 0x4000}},
	{"MP_ASSIGN",
	 0xc16,
	 32,
	 0,
	 7,
	 {0x80001040, 16, 0x80001000, 4, 0x80001080, 48, 0},
	 {0x02000c16, 0x1117, 0x80001040, 16, 0x80001000, 0x40f22000},
	 {4, 0x80001080, 48, 0}},
};

#define VECTORS (sizeof(vectors) / sizeof(vectors[0]))
#define POISON	0xa5

static struct qpas_scm_call call_of(const struct vector *vector)
{
	struct qpas_scm_call call = QPAS_SCM_CALL_INIT;

	call.function = vector->function;
	call.convention = vector->convention;
	call.flags = vector->flags;
	call.arg_count = vector->count;
	memcpy(call.args, vector->args, sizeof(vector->args));
	call.page_address = vector->count > 4 ? 0x40f22000 : 0;
	return call;
}

static size_t word_of(const struct vector *vector)
{
	return vector->convention == 32 ? 4 : 8;
}

static size_t page_of(const struct vector *vector)
{
	return vector->count > 4 ? (vector->count - 3) * word_of(vector) : 0;
}

/* Seven little-endian words, made without the library. */
static size_t fill_page(const struct vector *vector, uint8_t page[56])
{
	size_t word = word_of(vector);

	memset(page, 0, 56);
	for (size_t i = 0; i < 4; i++) {
		for (size_t byte = 0; byte < word; byte++)
			page[i * word + byte] = (uint8_t)(vector->page[i] >> (8 * byte));
	}
	return page_of(vector);
}

static struct qpas_slice slice(const void *ptr, size_t len)
{
	struct qpas_slice bytes = {ptr, len};

	return bytes;
}

static void full_regs(const struct vector *vector, uint64_t regs[8])
{
	memset(regs, 0, 8 * sizeof(regs[0]));
	memcpy(regs, vector->regs, sizeof(vector->regs));
}

static void calls_become_the_registers_that_linux_sends(void **state)
{
	(void)state;
	for (size_t v = 0; v < VECTORS; v++) {
		const struct vector *vector = &vectors[v];
		struct qpas_scm_call call = call_of(vector);
		uint64_t regs[8], wanted[8];
		uint8_t page[64], wanted_page[56];

		memset(regs, POISON, sizeof(regs));
		memset(page, POISON, sizeof(page));
		full_regs(vector, wanted);
		(void)fill_page(vector, wanted_page);
		expect_code(vector->name, qpasi_scm_encode(&call, regs, page, 56, NULL), 0);
		for (size_t i = 0; i < 8; i++)
			expect_number(vector->name, "a register", regs[i], wanted[i]);
		if (page_of(vector))
			assert_memory_equal(page, wanted_page, 7 * word_of(vector));
		for (size_t i = page_of(vector) ? 7 * word_of(vector) : 0; i < sizeof(page); i++)
			expect_number(vector->name, "a byte behind the page", page[i], POISON);
	}
}

static void expect_call(const struct vector *vector, const struct qpas_scm_call *call)
{
	expect_number(vector->name, "function", call->function, vector->function);
	expect_number(vector->name, "convention", call->convention, vector->convention);
	expect_number(vector->name, "flags", call->flags, vector->flags);
	expect_number(vector->name, "arg_count", call->arg_count, vector->count);
	expect_number(vector->name, "arginfo", call->arginfo, vector->regs[1]);
	expect_number(vector->name, "page", call->page_address,
		      vector->count > 4 ? vector->regs[5] : 0);
}

static void registers_that_linux_sends_become_calls(void **state)
{
	(void)state;
	for (size_t v = 0; v < VECTORS; v++) {
		const struct vector *vector = &vectors[v];
		struct qpas_scm_call call = QPAS_SCM_CALL_INIT;
		uint64_t regs[8];
		uint8_t page[56];
		size_t bytes = fill_page(vector, page);

		full_regs(vector, regs);
		expect_code(vector->name, qpasi_scm_decode(regs, slice(page, bytes), &call, NULL),
			    0);
		expect_call(vector, &call);
		for (size_t i = 0; i < 7; i++)
			expect_number(vector->name, "an argument", call.args[i], vector->args[i]);
		assert_string_equal(qpas_scm_function_name(vector->function), vector->name);
	}
}

static void decode_asks_for_the_page_and_says_where_it_is(void **state)
{
	uint32_t with_page = 0;

	(void)state;
	for (size_t v = 0; v < VECTORS; v++) {
		const struct vector *vector = &vectors[v];
		struct qpas_scm_call call = QPAS_SCM_CALL_INIT;
		uint64_t regs[8];

		if (vector->count <= 4)
			continue;
		with_page++;
		full_regs(vector, regs);
		expect_code(vector->name, qpasi_scm_decode(regs, slice(NULL, 0), &call, NULL),
			    QPAS_ERR_SPACE);
		expect_call(vector, &call);
		expect_number(vector->name, "third argument", call.args[2], vector->args[2]);
		expect_number(vector->name, "fourth argument", call.args[3], 0);
	}
	assert_int_equal(with_page, 4);
}

static void decode_refuses_each_short_page_and_ignores_what_is_behind(void **state)
{
	(void)state;
	for (size_t v = 0; v < VECTORS; v++) {
		const struct vector *vector = &vectors[v];
		struct qpas_scm_call call = QPAS_SCM_CALL_INIT, other = QPAS_SCM_CALL_INIT;
		uint64_t regs[8];
		uint8_t page[56];
		size_t bytes = fill_page(vector, page);

		full_regs(vector, regs);
		for (size_t len = 1; len < bytes; len++)
			expect_code(vector->name,
				    qpasi_scm_decode(regs, slice(page, len), &call, NULL),
				    QPAS_ERR_TRUNC);
		expect_number(vector->name, "function after refusals", call.function, 0);
		expect_code(vector->name, qpasi_scm_decode(regs, slice(page, bytes), &call, NULL),
			    0);
		memset(page + bytes, POISON, sizeof(page) - bytes);
		expect_code(vector->name,
			    qpasi_scm_decode(regs, slice(page, sizeof(page)), &other, NULL), 0);
		assert_memory_equal(&call, &other, sizeof(call));
	}
}

static void decode_refuses_each_wrong_bit_of_arginfo(void **state)
{
	(void)state;
	for (size_t v = 0; v < VECTORS; v++) {
		for (uint32_t bit = 0; bit < 64; bit++) {
			const struct vector *vector = &vectors[v];
			struct qpas_scm_call call = QPAS_SCM_CALL_INIT;
			bool ignored = vector->convention == 32 && bit >= 32;
			uint64_t regs[8];
			uint8_t page[56];
			size_t bytes = fill_page(vector, page);

			full_regs(vector, regs);
			regs[1] ^= UINT64_C(1) << bit;
			expect_code(vector->name,
				    qpasi_scm_decode(regs, slice(page, bytes), &call, NULL),
				    ignored ? 0 : QPAS_ERR_FORMAT);
		}
	}
}

static void smc32_does_not_see_upper_halves(void **state)
{
	const struct vector *vector = &vectors[VECTORS - 1];
	struct qpas_scm_call call = QPAS_SCM_CALL_INIT;
	uint64_t regs[8];
	uint8_t page[56];
	size_t bytes = fill_page(vector, page);

	(void)state;
	full_regs(vector, regs);
	for (size_t i = 0; i < 8; i++)
		regs[i] |= UINT64_C(0xdeadbeef) << 32;
	assert_int_equal(qpasi_scm_decode(regs, slice(page, bytes), &call, NULL), 0);
	expect_call(vector, &call);
	expect_number("smc32", "first argument", call.args[0], vector->args[0]);
}

static bool known_function(uint32_t number)
{
	for (size_t v = 0; v < VECTORS; v++) {
		if (vectors[v].function == number)
			return true;
	}
	return false;
}

static void every_other_function_number_is_unsupported(void **state)
{
	uint32_t known = 0;

	(void)state;
	for (uint32_t number = 0; number <= 0xffff; number++) {
		struct qpas_scm_call call = QPAS_SCM_CALL_INIT;
		uint64_t regs[8] = {0x42000000u | number, 0x7fffffff, 0, 0, 0, 0, 0, 0};
		int rc = qpasi_scm_decode(regs, slice(NULL, 0), &call, NULL);

		known += rc != QPAS_ERR_UNSUPP;
		expect_code("function number", rc,
			    known_function(number) ? QPAS_ERR_FORMAT : QPAS_ERR_UNSUPP);
		if (!known_function(number))
			assert_string_equal(qpas_scm_function_name(number), "?");
	}
	assert_int_equal(known, 20);
}

static void foreign_function_ids_are_unsupported(void **state)
{
	/* SMCInvoke, a hypervisor's UUID, PSCI, no function, reissue, SVE hint, other owners. */
	static const uint64_t ids[] = {0x72000602, 0x8600ff01, 0x84000000, 0x42000108, 1,
				       0,	   0x42010201, 0x43000201, 0x40000201, 0x62000201,
				       0x42ff0201, 0xffffffff, UINT64_MAX};

	(void)state;
	for (size_t i = 0; i < sizeof(ids) / sizeof(ids[0]); i++) {
		struct qpas_scm_call call = QPAS_SCM_CALL_INIT;
		uint64_t regs[8] = {ids[i], 0x82, 1, 2, 3, 4, 5, 6};
		struct qpasi_fault fault = QPASI_FAULT_INIT;

		expect_code("foreign id", qpasi_scm_decode(regs, slice(NULL, 0), &call, &fault),
			    QPAS_ERR_UNSUPP);
		expect_number("foreign id", "fault", fault.a, (uint32_t)ids[i]);
		expect_number("foreign id", "function", call.function, 0);
	}
}

/* Whatever the registers say, decode answers, and what it accepts encodes to the same registers. */
static void decode_is_total_over_mutated_registers(void **state)
{
	uint64_t seed = 0x5eed;
	uint32_t accepted = 0;

	(void)state;
	for (uint32_t round = 0; round < 200000; round++) {
		const struct vector *vector = &vectors[next_random(&seed) % VECTORS];
		struct qpas_scm_call call = QPAS_SCM_CALL_INIT;
		uint64_t regs[8], again[8];
		uint8_t page[56], page_again[56];
		size_t bytes = fill_page(vector, page);
		int rc;

		full_regs(vector, regs);
		regs[next_random(&seed) % 6] ^= UINT64_C(1) << next_random(&seed) % 64;
		if (round % 2)
			regs[2 + next_random(&seed) % 4] = next_random(&seed);
		rc = qpasi_scm_decode(regs, slice(page, bytes), &call, NULL);
		if (rc != 0 && rc != QPAS_ERR_FORMAT && rc != QPAS_ERR_UNSUPP &&
		    rc != QPAS_ERR_SPACE && rc != QPAS_ERR_TRUNC)
			fail_msg("round %u: returned %d", round, rc);
		if (rc)
			continue;
		accepted++;
		assert_int_equal(qpasi_scm_encode(&call, again, page_again, 56, NULL), 0);
		assert_int_equal(again[0], (uint32_t)regs[0]);
		for (size_t i = 1; i < 2 + (call.arg_count > 4 ? 4 : call.arg_count); i++)
			expect_number(vector->name, "a register", again[i],
				      call.convention == 32 ? (uint32_t)regs[i] : regs[i]);
		if (call.arg_count > 4)
			assert_memory_equal(page, page_again,
					    (call.arg_count - 3) * call.convention / 8);
	}
	assert_true(accepted > 1000);
}

static void encode_refuses_what_no_call_has(void **state)
{
	uint64_t regs[8], untouched[8];
	uint8_t page[56];

	(void)state;
	memset(regs, POISON, sizeof(regs));
	memset(untouched, POISON, sizeof(untouched));
	for (size_t v = 0; v < VECTORS; v++) {
		const struct vector *vector = &vectors[v];

		for (uint32_t count = 0; count <= 12; count++) {
			struct qpas_scm_call call = call_of(vector);

			call.arg_count = count;
			if (count != vector->count)
				expect_code(vector->name,
					    qpasi_scm_encode(&call, regs, page, 56, NULL),
					    QPAS_ERR_ARG);
		}
		for (uint32_t bit = 1; bit < 32; bit++) {
			struct qpas_scm_call call = call_of(vector);

			call.flags |= UINT32_C(1) << bit;
			expect_code(vector->name, qpasi_scm_encode(&call, regs, page, 56, NULL),
				    QPAS_ERR_ARG);
		}
	}
	for (uint32_t convention = 0; convention < 130; convention++) {
		struct qpas_scm_call call = call_of(&vectors[0]);

		call.convention = convention;
		if (convention != 32 && convention != 64)
			assert_int_equal(qpasi_scm_encode(&call, regs, page, 56, NULL),
					 QPAS_ERR_ARG);
	}
	assert_memory_equal(regs, untouched, sizeof(regs));
}

static void encode_refuses_unknown_functions(void **state)
{
	(void)state;
	for (uint32_t number = 0; number <= 0x1ffff; number++) {
		struct qpas_scm_call call = QPAS_SCM_CALL_INIT;
		uint64_t regs[8];
		uint8_t page[56];

		call.function = number;
		call.arg_count = 0xffffffff;
		assert_int_equal(qpasi_scm_encode(&call, regs, page, 56, NULL), QPAS_ERR_ARG);
	}
}

static void encode_refuses_a_missing_or_short_page(void **state)
{
	(void)state;
	for (size_t v = 0; v < VECTORS; v++) {
		const struct vector *vector = &vectors[v];
		struct qpas_scm_call call = call_of(vector);
		size_t needed = page_of(vector);
		uint64_t regs[8];
		uint8_t page[56];

		memset(page, POISON, sizeof(page));
		expect_code(vector->name, qpasi_scm_encode(&call, regs, NULL, 0, NULL),
			    needed ? QPAS_ERR_ARG : 0);
		expect_code(vector->name, qpasi_scm_encode(&call, regs, NULL, 56, NULL),
			    needed ? QPAS_ERR_ARG : 0);
		for (size_t capacity = 0; capacity < needed; capacity++)
			expect_code(vector->name,
				    qpasi_scm_encode(&call, regs, page, capacity, NULL),
				    QPAS_ERR_ARG);
		for (size_t i = 0; i < sizeof(page); i++)
			expect_number(vector->name, "a byte after refusals", page[i], POISON);
		for (size_t capacity = needed; capacity <= sizeof(page); capacity++) {
			memset(page, POISON, sizeof(page));
			expect_code(vector->name,
				    qpasi_scm_encode(&call, regs, page, capacity, NULL), 0);
			for (size_t i = capacity; i < sizeof(page); i++)
				expect_number(vector->name, "a byte past capacity", page[i],
					      POISON);
		}
	}
}

static void smc32_refuses_wide_arguments(void **state)
{
	(void)state;
	for (size_t v = 0; v < VECTORS; v++) {
		const struct vector *vector = &vectors[v];
		uint64_t regs[8];
		uint8_t page[56];

		for (uint32_t i = 0; i < vector->count; i++) {
			struct qpas_scm_call call = call_of(vector);

			call.args[i] = UINT64_C(0x100000000);
			expect_code(vector->name, qpasi_scm_encode(&call, regs, page, 56, NULL),
				    vector->convention == 32 ? QPAS_ERR_RANGE : 0);
		}
		if (vector->count > 4) {
			struct qpas_scm_call call = call_of(vector);

			call.page_address = UINT64_C(0x100000000);
			expect_code(vector->name, qpasi_scm_encode(&call, regs, page, 56, NULL),
				    vector->convention == 32 ? QPAS_ERR_RANGE : 0);
		}
	}
}

static void statuses_have_the_errno_that_linux_gives(void **state)
{
	static const struct {
		int64_t status;
		int wanted;
	} rows[] = {{0, 0},	{-1, -5},   {-2, -22},	      {-3, -22},       {-4, -95},
		    {-5, -12},	{-6, -22},  {-7, -22},	      {-8, -22},       {-9, -22},
		    {-10, -22}, {-11, -22}, {-12, -16},	      {-13, -22},      {1, -22},
		    {2, -22},	{15, -22},  {INT64_MIN, -22}, {INT64_MAX, -22}};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		assert_int_equal(qpas_scm_status_errno(rows[i].status), rows[i].wanted);
}

static void status_texts_are_total_and_the_vocabularies_differ(void **state)
{
	(void)state;
	for (int64_t status = -300; status < 300; status++) {
		assert_true(qpas_scm_status_text(status)[0] != '\0');
		assert_true(qpas_scm_firmware_status_text(status)[0] != '\0');
	}
	assert_true(qpas_scm_status_text(INT64_MIN)[0] != '\0');
	assert_true(qpas_scm_firmware_status_text(INT64_MAX)[0] != '\0');
	assert_string_equal(qpas_scm_status_text(-1), "general error");
	assert_string_equal(qpas_scm_firmware_status_text(-1), "unknown function id");
	assert_string_equal(qpas_scm_status_text(-5), "out of memory");
	assert_string_equal(qpas_scm_firmware_status_text(-5), "wrong number of arguments");
	assert_string_equal(qpas_scm_firmware_status_text(-9), "out of memory");
	assert_string_equal(qpas_scm_status_text(-12), "busy");
}

/* docs/pas.md has a row for each call, with its id and argument information. */
static void the_page_lists_each_call(void **state)
{
	FILE *file = fopen(QPAS_SOURCE_DIR "/docs/pas.md", "rb");
	char *page = calloc(1, 65536);
	uint32_t rows = 0;

	(void)state;
	assert_non_null(file);
	assert_non_null(page);
	assert_true(fread(page, 1, 65535, file) > 1000);
	assert_int_equal(fclose(file), 0);
	for (uint32_t number = 0; number <= 0xffff; number++) {
		char row[96];

		for (size_t v = 0; v < VECTORS; v++) {
			if (vectors[v].function != number)
				continue;
			(void)snprintf(row, sizeof(row), "\n| %s | 0x%08x | 0x%x |",
				       vectors[v].name, 0x42000000u | number,
				       (unsigned int)vectors[v].regs[1]);
			if (!strstr(page, row))
				fail_msg("docs/pas.md lacks: %s", row);
			rows++;
			break;
		}
	}
	assert_int_equal(rows, 20);
	free(page);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(calls_become_the_registers_that_linux_sends),
		cmocka_unit_test(registers_that_linux_sends_become_calls),
		cmocka_unit_test(decode_asks_for_the_page_and_says_where_it_is),
		cmocka_unit_test(decode_refuses_each_short_page_and_ignores_what_is_behind),
		cmocka_unit_test(decode_refuses_each_wrong_bit_of_arginfo),
		cmocka_unit_test(smc32_does_not_see_upper_halves),
		cmocka_unit_test(every_other_function_number_is_unsupported),
		cmocka_unit_test(foreign_function_ids_are_unsupported),
		cmocka_unit_test(decode_is_total_over_mutated_registers),
		cmocka_unit_test(encode_refuses_what_no_call_has),
		cmocka_unit_test(encode_refuses_unknown_functions),
		cmocka_unit_test(encode_refuses_a_missing_or_short_page),
		cmocka_unit_test(smc32_refuses_wide_arguments),
		cmocka_unit_test(statuses_have_the_errno_that_linux_gives),
		cmocka_unit_test(status_texts_are_total_and_the_vocabularies_differ),
		cmocka_unit_test(the_page_lists_each_call),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
