/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A host that lies: cut and bent metadata, pages and buffers where no memory is, calls at random.
 * Whatever comes gets an answer, reads nothing outside of memory and leaves the books right.
 */
#include <openssl/evp.h>

#include "support/tzsim_rig.h"

#include "expect.h"

/* Memory that only this test has, so that its end is the end of all memory around. */
#define ISLAND	     UINT64_C(0x1000000000)
#define ISLAND_BYTES UINT64_C(0x10000)
#define PROFILE	     "memory 0x1000000000 0x10000\n"

#define INIT_IMAGE 0x42000201u
#define IS_IMAGE   0x82u

static void begin(struct rig *rig, uint32_t level, uint32_t tz, const char *profile)
{
	struct test_tree tree = test_tree_lemans();

	rig_machine(rig, level, tz, profile, &tree);
	rig_image(rig);
}

static int64_t call(struct rig *rig, const uint64_t in[8], uint64_t out[8])
{
	qpas_tzsim_smc(rig->model, in, out);
	return (int64_t)out[0];
}

static int64_t init_image(struct rig *rig, uint64_t address)
{
	const uint64_t in[8] = {INIT_IMAGE, IS_IMAGE, 1, address};
	uint64_t out[8];

	return call(rig, in, out);
}

/* Headers, then the hash segment; the caller frees them. */
static uint8_t *metadata_of(const struct test_image *built, size_t *length)
{
	size_t headers = (size_t)test_phdr_get(built, 0, TEST_P_FILESZ);
	uint8_t *bytes = malloc(headers + built->hash.length);

	assert_non_null(bytes);
	memcpy(bytes, built->bytes, headers);
	memcpy(bytes + headers, built->bytes + built->hash.offset, built->hash.length);
	*length = headers + built->hash.length;
	return bytes;
}

static void put(struct rig *rig, uint64_t address, const uint8_t *bytes, size_t length)
{
	struct qpas_slice data = {bytes, length};

	rig_must(rig, qpas_tzsim_write(rig->model, address, data, &rig->err), "write");
}

/* INIT_IMAGE has no length: each prefix that memory ends behind is refused, the whole is not. */
static void metadata_cut_off_by_the_end_of_memory_are_refused(void **state)
{
	static const uint32_t versions[] = {3, 5, 6, 7, 8};

	(void)state;
	for (size_t v = 0; v < sizeof(versions) / sizeof(versions[0]); v++) {
		struct test_image_spec spec = rig_spec();
		size_t length;
		uint8_t *bytes;
		struct rig rig;

		spec.mbn_version = versions[v];
		begin(&rig, 2, QPAS_TZSIM_LENIENT, PROFILE);
		test_image_free(&rig.built);
		test_image_build(&rig.built, &spec);
		bytes = metadata_of(&rig.built, &length);
		for (size_t cut = 0; cut <= length; cut++) {
			uint64_t address = ISLAND + ISLAND_BYTES - cut;
			int64_t status;

			put(&rig, address, bytes, cut);
			status = init_image(&rig, address);
			if (cut < length && status != -8)
				fail_msg("v%u: %zu of %zu bytes: x0 is %lld: %s", versions[v], cut,
					 length, (long long)status, qpas_tzsim_reason(rig.model));
			if (cut == length)
				expect_number("whole metadata", "x0", (uint64_t)status, 0);
		}
		assert_int_equal(rig_books(&rig).images, 1);
		free(bytes);
		rig_free(&rig);
	}
}

/*
 * Each bit of the headers is covered by entry 0. What stands in the hash segment is not covered by a
 * digest of its own, so there the model only has to stay total.
 */
static void each_flipped_bit_of_the_headers_is_refused(void **state)
{
	size_t length, headers;
	uint8_t *bytes;
	struct rig rig;

	(void)state;
	begin(&rig, 2, QPAS_TZSIM_LENIENT, PROFILE);
	bytes = metadata_of(&rig.built, &length);
	headers = (size_t)test_phdr_get(&rig.built, 0, TEST_P_FILESZ);
	for (size_t bit = 0; bit < length * 8; bit++) {
		int64_t status;

		/* In the hash segment one bit of each byte will do. */
		if (bit >= headers * 8 && bit % 8 != bit / 8 % 8)
			continue;
		bytes[bit / 8] ^= (uint8_t)(1u << bit % 8);
		put(&rig, ISLAND, bytes, length);
		status = init_image(&rig, ISLAND);
		if (bit < headers * 8 && status >= 0)
			fail_msg("bit %zu of byte %zu: accepted", bit % 8, bit / 8);
		expect_number("books", "images", rig_books(&rig).images, status == 0);
		bytes[bit / 8] ^= (uint8_t)(1u << bit % 8);
	}
	put(&rig, ISLAND, bytes, length);
	expect_number("good metadata", "x0", (uint64_t)init_image(&rig, ISLAND), 0);
	free(bytes);
	rig_free(&rig);
}

/* Sizes of the two parts that INIT_IMAGE reads, with a digest that fits the lie. */
static void lengths_that_lie_are_refused_although_their_digest_is_right(void **state)
{
	static const uint64_t sizes[] = {0,	     1,		 0x33,	    0x34,
					 0xb3,	     0x100000,	 0x100001,  0x7fffffff,
					 0x80000000, 0xfffff000, 0xffffffff};

	(void)state;
	for (uint32_t row = 0; row < 2 * sizeof(sizes) / sizeof(sizes[0]); row++) {
		uint64_t size = sizes[row / 2];
		size_t length, headers, digest;
		uint8_t *bytes;
		struct rig rig;

		begin(&rig, 2, QPAS_TZSIM_LENIENT, PROFILE);
		bytes = metadata_of(&rig.built, &length);
		headers = 52 + 32 * (size_t)rig.built.phnum;
		/* Entry 0 of the table, behind the headers and what stands before the table. */
		digest = headers + rig.built.table.offset - rig.built.hash.offset;
		test_phdr_set(&rig.built, row % 2, TEST_P_FILESZ, size);
		memcpy(bytes, rig.built.bytes, headers);
		assert_int_equal(EVP_Q_digest(NULL, "SHA384", NULL, bytes, headers, bytes + digest,
					      NULL),
				 1);
		put(&rig, ISLAND, bytes, length);
		if (init_image(&rig, ISLAND) >= 0)
			fail_msg("header %u: p_filesz 0x%llx is accepted", row % 2,
				 (unsigned long long)size);
		assert_true(qpas_tzsim_reason(rig.model)[0] != '\0');
		free(bytes);
		rig_free(&rig);
	}
}

static void buffers_where_no_memory_is_are_refused(void **state)
{
	static const uint64_t places[] = {
		0,
		1,
		ISLAND - 1,
		ISLAND + ISLAND_BYTES,
		0x7fffffff,
		UINT64_MAX,
		UINT64_MAX - 15,
		UINT64_MAX - 51,
		UINT64_C(1) << 63,
		ISLAND + ISLAND_BYTES - 1,
	};
	uint64_t out[8];
	struct rig rig;

	(void)state;
	begin(&rig, 2, QPAS_TZSIM_LENIENT, PROFILE);
	for (size_t i = 0; i < sizeof(places) / sizeof(places[0]); i++) {
		uint64_t at = places[i];
		/* The page of arguments four and up, then each buffer of GET_RSCTABLE. */
		const uint64_t page[8] = {0x42000221, 0x845, 1, ISLAND, 16, at};
		const uint64_t input[8] = {0x42000221, 0x845, 1, at, 16, ISLAND};
		const uint64_t bridge[8] = {0x42000c1e,
					    4,
					    (at & ~UINT64_C(0xfff)) | 6,
					    (at & ~UINT64_C(0xfff)) | 6,
					    0x1000 | 1 << 9,
					    3};

		expect_number("metadata", "x0", (uint64_t)init_image(&rig, at), (uint64_t)-8);
		expect_number("page", "x0", (uint64_t)call(&rig, page, out), (uint64_t)-6);
		expect_number("input table", "x0", (uint64_t)call(&rig, input, out), (uint64_t)-8);
		/* The page of the island's last byte is memory. */
		if ((at & ~UINT64_C(0xfff)) != ISLAND + ISLAND_BYTES - 0x1000 &&
		    call(&rig, bridge, out) >= 0)
			fail_msg("a bridge at 0x%llx", (unsigned long long)at);
	}
	assert_int_equal(rig_books(&rig).bridges, 0);
	rig_free(&rig);
}

/* B19: an id that runs, or whose memory another one has, is not started a second time. */
static void calls_out_of_order_are_refused_and_change_nothing(void **state)
{
	static const uint64_t calls[][5] = {
		{0x42000202, 3, 1, 0x95900000, 0x5000}, /* MEM_SETUP */
		{0x42000205, 1, 1}, /* AUTH_AND_RESET */
		{0x42000206, 1, 1}, /* SHUTDOWN */
		{0x4200010a, 2, 0, 1}, /* SET_REMOTE_STATE */
	};
	struct rig rig;

	(void)state;
	begin(&rig, 2, QPAS_TZSIM_LENIENT, PROFILE);
	for (size_t i = 0; i < sizeof(calls) / sizeof(calls[0]); i++) {
		uint64_t in[8] = {0}, out[8];

		memcpy(in, calls[i], sizeof(calls[i]));
		expect_number("idle", "x0", (uint64_t)call(&rig, in, out), (uint64_t)-2);
		assert_int_equal(rig_books(&rig).images, 0);
		assert_int_equal(rig_books(&rig).running, 0);
		/* An id that this machine does not have. */
		in[i == 3 ? 3 : 2] = 77;
		expect_number("unknown", "x0", (uint64_t)call(&rig, in, out), (uint64_t)-3);
	}
	rig_free(&rig);
}

/* ---- at random ---- */

static const uint64_t functions[] = {
	0x42000201, 0x42000202, 0x42000205, 0x42000206, 0x42000207, 0x4200020a,
	0x42000221, 0x4200010a, 0x42000601, 0x42000c08, 0x42000c16, 0x42000c1c,
	0x42000c1d, 0x42000c1e, 0x42002402, 0xc2002403, 0xc2002404, 0x02000201,
	0x82000c1e, 0x00000001, 0x8600ff01, 0x84000000, 0xffffffff,
};
static const uint64_t infos[] = {0, 1, 2, 3, 4, 0x82, 0x845, 0x1117};

static uint64_t some_value(uint64_t *seed, uint64_t address)
{
	uint64_t random = next_random(seed);
	/* Ids, sizes, words of bridges, places. */
	const uint64_t values[] = {
		1,
		18,
		30,
		9,
		16,
		0x1000,
		0x5000,
		3,
		0x1000 | 1 << 9,
		0x5000 | 1 << 9,
		0x95900000,
		0x95900006,
		ISLAND,
		ISLAND | 6,
		address,
		address | 6,
		0x5b000000 + random % 64,
		0x5e551 + random % 64,
		0x02000221,
		UINT64_MAX,
		UINT64_MAX << 12,
		random,
		random & 0xffffffff,
		4,
		6,
		64,
	};

	return values[random / 64 % (sizeof(values) / sizeof(values[0]))];
}

/* A good call now and then, or the deep states are never reached. */
static void some_call(uint64_t *seed, uint64_t address, uint64_t handle, uint64_t in[8])
{
	const uint64_t good[][6] = {
		{0x42000201, 0x82, 1, address},
		{0x42000202, 3, 1, 0x95900000, 0x5000},
		{0x42000205, 1, 1},
		{0x42000206, 1, 1},
		{0x42000c1e, 4, 0x95900006, 0x95900006, 0x5000 | 1 << 9, 3},
		{0x42000c1e, 4, address | 6, address | 6, 0x2000 | 1 << 9, 3},
		{0x42000c1d, 1, handle},
	};

	memset(in, 0, 8 * sizeof(in[0]));
	if (next_random(seed) % 3) {
		memcpy(in, good[next_random(seed) % (sizeof(good) / sizeof(good[0]))],
		       sizeof(good[0]));
		return;
	}
	in[0] = functions[next_random(seed) % (sizeof(functions) / sizeof(functions[0]))];
	in[1] = infos[next_random(seed) % (sizeof(infos) / sizeof(infos[0]))];
	for (uint32_t i = 2; i < 7; i++)
		in[i] = some_value(seed, address);
}

/* What the books must say after a call, from the answers alone. */
struct expected {
	uint32_t level;
	uint32_t bridges;
	uint64_t handles[64];
	uint32_t reached_running;
};

static void keep_handles(struct expected *expected, const uint64_t in[8], const uint64_t out[8])
{
	uint32_t function = (uint32_t)in[0] & 0xffff;

	if (out[0])
		return;
	if (!out[1] && function == 0x0c1e) {
		assert_true(expected->bridges < 64);
		expected->handles[expected->bridges++] = out[2];
	}
	for (uint32_t i = 0; function == 0x0c1d && i < expected->bridges; i++) {
		if (expected->handles[i] != in[2])
			continue;
		expected->handles[i] = expected->handles[--expected->bridges];
		return;
	}
	/* Nothing but a handle that was given and not yet taken back is deleted. */
	assert_true(function != 0x0c1d);
}

static void keep_books(struct rig *rig, struct expected *expected, const uint64_t in[8],
		       const uint64_t out[8])
{
	struct qpas_tzsim_books books = rig_books(rig);

	keep_handles(expected, in, out);
	expected->reached_running += books.running;
	/* The hypervisor below a host at level 1 keeps one bridge for each image. */
	expect_number("books", "bridges", books.bridges,
		      expected->bridges + (expected->level == 1 ? books.images : 0));
	expect_number("books", "protected accesses", books.protected_accesses, 0);
	assert_true(books.running <= 1 && books.images <= 10);
}

/* 100,000 calls in all, over both levels and all kinds of trusted world. */
static void calls_at_random_get_answers_and_books_stay_right(void **state)
{
	static const struct {
		uint32_t level, tz;
	} worlds[] = {{2, QPAS_TZSIM_STRICT},
		      {2, QPAS_TZSIM_LENIENT},
		      {2, QPAS_TZSIM_OLD},
		      {1, QPAS_TZSIM_LENIENT},
		      {1, QPAS_TZSIM_STRICT}};
	uint64_t seed = UINT64_C(0x5eed5eed5eed);

	(void)state;
	for (size_t w = 0; w < sizeof(worlds) / sizeof(worlds[0]); w++) {
		struct expected expected = {worlds[w].level, 0, {0}, 0};
		size_t length;
		uint8_t *bytes;
		struct rig rig;

		begin(&rig, worlds[w].level, worlds[w].tz, PROFILE);
		bytes = metadata_of(&rig.built, &length);
		put(&rig, ISLAND + 0x4000, bytes, length);
		for (uint32_t i = 2; i < rig.built.phnum; i++) {
			uint64_t offset = test_phdr_get(&rig.built, i, TEST_P_OFFSET);

			put(&rig,
			    0x95900000 + test_phdr_get(&rig.built, i, TEST_P_PADDR) - 0x8b000000,
			    rig.built.bytes + offset,
			    (size_t)test_phdr_get(&rig.built, i, TEST_P_FILESZ));
		}
		for (uint32_t round = 0; round < 20000; round++) {
			uint64_t in[8], out[8];

			some_call(&seed, ISLAND + 0x4000,
				  expected.bridges ? expected.handles[round % expected.bridges] : 0,
				  in);
			(void)call(&rig, in, out);
			keep_books(&rig, &expected, in, out);
		}
		/* The walk went deep, or it proved little. */
		if (expected.reached_running < 100)
			fail_msg("world %zu: running after %u calls only", w,
				 expected.reached_running);
		free(bytes);
		rig_free(&rig);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(metadata_cut_off_by_the_end_of_memory_are_refused),
		cmocka_unit_test(each_flipped_bit_of_the_headers_is_refused),
		cmocka_unit_test(lengths_that_lie_are_refused_although_their_digest_is_right),
		cmocka_unit_test(buffers_where_no_memory_is_are_refused),
		cmocka_unit_test(calls_out_of_order_are_refused_and_change_nothing),
		cmocka_unit_test(calls_at_random_get_answers_and_books_stay_right),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
