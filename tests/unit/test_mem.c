/* SPDX-License-Identifier: BSD-3-Clause */
/* Comparisons over byte ranges. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/mem.h"

/* H19: the answer depends on every byte, the last as well as the first. */
static void equal_sees_a_difference_in_every_bit(void **state)
{
	uint8_t a[48] = {1, 2, 3};
	uint8_t b[48] = {1, 2, 3};

	(void)state;
	assert_true(qpasi_mem_equal(a, b, sizeof(a)));
	for (size_t bit = 0; bit < 8 * sizeof(a); bit++) {
		b[bit / 8] = (uint8_t)(b[bit / 8] ^ 1u << bit % 8);
		if (qpasi_mem_equal(a, b, sizeof(a)))
			fail_msg("bit %zu", bit);
		b[bit / 8] = (uint8_t)(b[bit / 8] ^ 1u << bit % 8);
	}
	b[47] = 9;
	assert_true(qpasi_mem_equal(a, b, 47));
	assert_true(qpasi_mem_equal(a, b, 0));
}

static void all_sees_one_other_byte(void **state)
{
	uint8_t a[16];

	(void)state;
	for (size_t i = 0; i < sizeof(a); i++)
		a[i] = 0xff;
	assert_true(qpasi_mem_all(a, 0xff, sizeof(a)));
	assert_false(qpasi_mem_all(a, 0, sizeof(a)));
	for (size_t i = 0; i < sizeof(a); i++) {
		a[i] = 0xfe;
		assert_false(qpasi_mem_all(a, 0xff, sizeof(a)));
		assert_true(qpasi_mem_all(a, 0xff, i));
		a[i] = 0xff;
	}
	assert_true(qpasi_mem_all(a, 7, 0));
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(equal_sees_a_difference_in_every_bit),
		cmocka_unit_test(all_sees_one_other_byte),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
