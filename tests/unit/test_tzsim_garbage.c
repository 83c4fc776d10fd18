/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Secure monitor calls that nobody in his right mind makes: pointers outside of memory, lengths that
 * wrap, handles that never were, in any order. The same numbers in each run.
 */
#include <stdio.h>

#include "unit/expect.h"
#include "unit/tzsim_calls.h"

#define MACHINES 60u
#define ROUNDS	 2000u

struct personality {
	uint32_t level;
	uint32_t tz;
	const char *profile;
};

static const uint64_t functions[] = {
	0x42000201, 0x42000202, 0x42000205, 0x42000206, 0x42000207, 0x4200020a, 0x42000221,
	0x4200010a, 0x42000601, 0x42000c08, 0x42000c16, 0x42000c1c, 0x42000c1d, 0x42000c1e,
	0x42002402, 0xc2002403, 0xc2002404, 0x02000201, 0x02000221, 0x00000001, 0x42000203,
};

static const uint64_t arginfos[] = {0x82, 3, 1, 1, 1, 2, 0x845, 2,     1, 4, 0x1117,
				    0,	  1, 4, 1, 0, 0, 0x82,	0x845, 0, 0};

static const uint64_t values[] = {
	0,
	1,
	2,
	3,
	9,
	13,
	16,
	18,
	30,
	39,
	40,
	0x7fffffff,
	0x80000000,
	0x80000fff,
	0x81000000,
	0x81000006,
	0x95900000,
	0x95900006,
	0x957ff000,
	0x97700000,
	0x1000,
	0x1200,
	0x5000,
	0x1e00000,
	0x1e00200,
	0x5b000000,
	0x5b000001,
	0x5e551,
	0x5e552,
	UINT64_C(0x100000000),
	UINT64_C(0x19f9fffff),
	UINT64_C(0x1a0900000),
	UINT64_C(0xfffffffff000),
	UINT32_MAX,
	UINT64_C(0x7fffffffffffffff),
	UINT64_C(0x8000000000000000),
	UINT64_C(0xfffffffffffff000),
	UINT64_C(0xfffffffffffff006),
	UINT64_C(0xffffffffffffffff),
};

static uint64_t pick(uint64_t *seed, const uint64_t *from, size_t count)
{
	return from[next_random(seed) % count];
}

static uint64_t any_value(uint64_t *seed, const uint64_t *shared)
{
	switch (next_random(seed) % 8) {
	case 0:
		return next_random(seed);
	case 1:
		return next_random(seed) >> (next_random(seed) % 64);
	case 2:
	case 3:
		return shared[next_random(seed) % 3] + (next_random(seed) % 4 ? 0 : 6);
	default:
		return pick(seed, values, sizeof(values) / sizeof(values[0]));
	}
}

/* Calls that make sense, so that garbage meets every state. */
static void make_sane(uint64_t *seed, const uint64_t *shared, uint32_t level, uint64_t regs[8])
{
	static const uint64_t bridged[][2] = {{0x95900000, 0x5000}, {0x95900000, 0x1e00000}};
	const uint64_t *range = bridged[next_random(seed) % 2];
	const uint64_t buffer = shared[next_random(seed) % 3];
	const uint64_t sane[][6] = {
		{0x42000c1e, 4, buffer | 6, buffer | 6, 0x4000 | 1 << 9, 3},
		{0x42000c1e, 4, range[0] | 6, range[0] | 6, range[1] | 1 << 9, 3},
		{0x42000201, 0x82, 1, shared[0], 0, 0},
		{0x42000202, 3, 1, range[0], range[1], 0},
		{0x42000205, 1, 1, 0, 0, 0},
		{0x42000206, 1, 1, 0, 0, 0},
	};

	/* Above a hypervisor the bridges are not the host's to make. */
	uint64_t row = level == 1 ? 2 + next_random(seed) % 4 : next_random(seed) % 6;

	memset(regs, 0, 8 * sizeof(regs[0]));
	memcpy(regs, sane[row], sizeof(sane[0]));
}

/* A call of the right shape with wild arguments, or eight wild registers. */
static void make_call(uint64_t *seed, const uint64_t *shared, uint32_t level, uint64_t regs[8])
{
	size_t at = next_random(seed) % (sizeof(functions) / sizeof(functions[0]));

	if (next_random(seed) % 3 == 0) {
		make_sane(seed, shared, level, regs);
		return;
	}
	for (int i = 0; i < 8; i++)
		regs[i] = any_value(seed, shared);
	if (next_random(seed) % 16 == 0)
		return;
	regs[0] = functions[at];
	if (next_random(seed) % 32)
		regs[1] = arginfos[at];
	/* Half of the calls name an id that exists. */
	if (next_random(seed) % 2 && (at < 7 || at == 17 || at == 18))
		regs[2] = 1;
}

struct shared {
	uint64_t address[3];
	uint8_t *ptr[3];
};

/* Sane metadata in buffer 0, words in buffer 1 and 2 that look like pointers and lengths. */
static void fill_shared(struct rig *rig, uint64_t *seed, struct shared *shared)
{
	size_t headers = 52 + (size_t)32 * rig->built.phnum;

	memcpy(shared->ptr[0], rig->built.bytes, headers);
	memcpy(shared->ptr[0] + headers, rig->built.bytes + rig->built.hash.offset,
	       rig->built.hash.length);
	for (uint32_t b = 1; b < 3; b++) {
		for (size_t i = 0; i < 64; i++) {
			uint64_t word = any_value(seed, shared->address);

			memcpy(shared->ptr[b] + 8 * i, &word, 8);
		}
	}
	/* One byte wrong in one of four. */
	if (next_random(seed) % 4 == 0)
		shared->ptr[0][next_random(seed) % 0x1000] ^= (uint8_t)next_random(seed);
}

/* What came of the calls. */
struct tally {
	uint32_t done;
	uint32_t started;
	uint32_t bridges;
};

static void fire_at(struct rig *rig, struct shared *shared, uint64_t *seed, struct tally *tally)
{
	for (uint32_t i = 0; i < ROUNDS; i++) {
		uint64_t in[8], out[8];

		if (i % 64 == 0)
			fill_shared(rig, seed, shared);
		make_call(seed, shared->address, rig->own.host_level, in);
		qpas_tzsim_smc(rig->model, in, out);
		tally->done += out[0] == 0;
		tally->started += (uint32_t)in[0] == 0x42000205 && out[0] == 0;
		if ((int64_t)out[0] < 0 && in[0] >> 30 != 0 && !*qpas_tzsim_reason(rig->model))
			fail_msg("call 0x%llx refused with %lld and without a reason",
				 (unsigned long long)in[0], (long long)out[0]);
	}
	tally->bridges += rig_books(rig).bridges;
	assert_int_equal(rig_books(rig).calls, ROUNDS);
	/* The host's CPU made no access of its own, so none is counted. */
	assert_int_equal(rig_books(rig).protected_accesses, 0);
}

/* A machine of its own, so that bridges that nobody deletes do not stop all that follows. */
static void fire_machine(const struct personality *who, uint64_t *seed, struct tally *tally)
{
	struct test_tree tree = test_tree_lemans();
	struct shared shared;
	struct rig rig;

	rig_machine(&rig, who->level, who->tz, who->profile, &tree);
	rig_image(&rig);
	write_segments(&rig, 0x95900000);
	for (uint32_t i = 0; i < 3; i++) {
		void *ptr = NULL;

		rig_must(&rig, rig.own.shared_alloc(rig.own.user, 0x4000, &ptr, &shared.address[i]),
			 "shared");
		shared.ptr[i] = ptr;
	}
	fire_at(&rig, &shared, seed, tally);
	for (uint32_t i = 0; i < 3; i++)
		rig.own.shared_free(rig.own.user, shared.ptr[i], shared.address[i], 0x4000);
	assert_int_equal(rig_books(&rig).shared_buffers, 0);
	rig_free(&rig);
}

static void fire(uint32_t level, uint32_t tz, uint64_t seed, const char *profile)
{
	struct personality who = {level, tz, profile};
	struct tally tally = {0, 0, 0};

	for (uint32_t i = 0; i < MACHINES; i++)
		fire_machine(&who, &seed, &tally);
	print_message("level %u, tz %u: %u of %u calls done, %u starts, %u bridges left\n", level,
		      tz, tally.done, ROUNDS * MACHINES, tally.started, tally.bridges);
	if (tally.done < ROUNDS * MACHINES / 50 || tally.started < 100)
		fail_msg("%u calls got through, %u starts: the shape of the garbage is wrong",
			 tally.done, tally.started);
}

static void garbage_gets_answers_at_level_2_strict(void **state)
{
	(void)state;
	fire(2, QPAS_TZSIM_STRICT, 1, "");
}

static void garbage_gets_answers_at_level_2_lenient_with_faults(void **state)
{
	(void)state;
	fire(2, QPAS_TZSIM_LENIENT, 2,
	     "fault busy:100\nfault interrupted:100\nfault waitq:100\nfault short-table:9\n"
	     "fault lost-auth:9\nfault lost-shutdown:9\nfault auth-refuse:9\n");
}

static void garbage_gets_answers_at_level_1_above_the_hypervisor(void **state)
{
	(void)state;
	fire(1, QPAS_TZSIM_STRICT, 3, "");
}

static void garbage_gets_answers_from_an_old_trusted_world(void **state)
{
	(void)state;
	fire(1, QPAS_TZSIM_OLD, 4, "");
}

/* Metadata with one wrong byte each, at every position: refused or, where no rule is, accepted. */
static void metadata_with_any_one_byte_changed_are_judged_without_reading_beyond(void **state)
{
	struct test_tree tree = test_tree_lemans();
	uint32_t accepted = 0, total;
	uint64_t address = 0;
	void *ptr = NULL;
	uint8_t *bytes;
	struct rig rig;

	(void)state;
	rig_machine(&rig, 2, QPAS_TZSIM_STRICT, "", &tree);
	rig_image(&rig);
	total = 52 + 32 * rig.built.phnum + (uint32_t)rig.built.hash.length;
	rig_must(&rig, rig.own.shared_alloc(rig.own.user, total, &ptr, &address), "share");
	bytes = ptr;
	memcpy(bytes, rig.built.bytes, 52 + 32 * rig.built.phnum);
	memcpy(bytes + 52 + 32 * rig.built.phnum, rig.built.bytes + rig.built.hash.offset,
	       rig.built.hash.length);
	{
		uint64_t in[8] = {
			0x42000c1e, 4, address | 6, address | 6, ((total + 4095) & ~4095u) | 1 << 9,
			3};

		qpas_tzsim_smc(rig.model, in, in);
		assert_int_equal(in[0] | in[1], 0);
	}
	for (uint32_t at = 0; at < total; at++) {
		uint64_t in[8] = {0x42000201, 0x82, 1, address};

		bytes[at] ^= 0x81;
		qpas_tzsim_smc(rig.model, in, in);
		accepted += in[0] == 0;
		/* Headers and digest table of the headers: never. */
		if (in[0] == 0 && at < 52 + 32 * rig.built.phnum)
			fail_msg("byte %u of the headers may change", at);
		bytes[at] ^= 0x81;
	}
	print_message("%u of %u changed bytes are not judged at INIT_IMAGE\n", accepted, total);
	assert_in_range(accepted, 1, total - 52);
	rig.own.shared_free(rig.own.user, ptr, address, total);
	rig_free(&rig);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(garbage_gets_answers_at_level_2_strict),
		cmocka_unit_test(garbage_gets_answers_at_level_2_lenient_with_faults),
		cmocka_unit_test(garbage_gets_answers_at_level_1_above_the_hypervisor),
		cmocka_unit_test(garbage_gets_answers_from_an_old_trusted_world),
		cmocka_unit_test(
			metadata_with_any_one_byte_changed_are_judged_without_reading_beyond),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
