/* SPDX-License-Identifier: Apache-2.0 */
#include "model/number.h"

#include "base/clock.h"

#include <locale.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>

#include <cmocka.h>

static void assert_fixed(uint64_t value, unsigned digits, const char *expected)
{
	char out[NUMBER_MAX + 1] = "";

	out[number_fixed(out, value, digits)] = '\0';
	assert_string_equal(out, expected);
}

static void test_fixed(void **state)
{
	(void)state;
	assert_fixed(0, 0, "0");
	assert_fixed(12, 0, "12");
	assert_fixed(0, 9, "0");
	assert_fixed(1, 9, "0.000000001");
	assert_fixed(1000000000, 9, "1");
	assert_fixed(12500, 3, "12.5");
	assert_fixed(1234, 4, "0.1234");
	assert_fixed(10, 1, "1");
	assert_fixed(UINT64_MAX, 9, "18446744073.709551615");
	assert_fixed(UINT64_MAX, 0, "18446744073709551615");
}

static void assert_base(enum metric_unit unit, uint64_t value, const char *expected)
{
	char out[NUMBER_MAX + 1] = "";

	out[number_base(out, unit, value)] = '\0';
	assert_string_equal(out, expected);
}

static void test_base(void **state)
{
	(void)state;
	assert_base(UNIT_NSEC, 1500, "0.0000015");
	assert_base(UNIT_NSEC, 90 * NSEC_PER_SEC, "90");
	assert_base(UNIT_NSEC, UINT64_MAX, "18446744073.709551615");
	assert_base(UNIT_EPOCH_NSEC, UINT64_C(1700000000123000000), "1700000000.123");
	assert_base(UNIT_BASIS_POINTS, 10000, "1");
	assert_base(UNIT_BASIS_POINTS, 1230, "0.123");
	assert_base(UNIT_USEC, 100000, "100000");
	assert_base(UNIT_BYTES, UINT64_MAX, "18446744073709551615");
}

/* number_base has a way of its own for seconds. */
static void test_both_ways_agree(void **state)
{
	(void)state;
	for (uint64_t value = 1; value < UINT64_MAX / 7; value = value * 7 + 3) {
		char a[NUMBER_MAX];
		char b[NUMBER_MAX];
		size_t n = number_base(a, UNIT_NSEC, value);

		assert_int_equal(number_fixed(b, value, 9), n);
		assert_memory_equal(a, b, n);
	}
}

static void assert_double(double value, unsigned digits, const char *rounded, const char *trimmed)
{
	_cleanup_str_ struct str a = {0};
	_cleanup_str_ struct str b = {0};

	number_rounded(&a, value, digits);
	number_trimmed(&b, value, digits);
	assert_string_equal(a.data, rounded);
	assert_string_equal(b.data, trimmed);
}

static void test_doubles(void **state)
{
	(void)state;
	assert_double(0, 2, "0.00", "0");
	assert_double(1.5, 2, "1.50", "1.5");
	assert_double(0.125, 2, "0.13", "0.13");
	assert_double(0.004, 2, "0.00", "0");
	assert_double(9.999, 2, "10.00", "10");
	assert_double(7.6, 0, "8", "8");
	assert_double(1e15, 6, "1000000000000000.0000", "1000000000000000");
	assert_double(1e300, 6, "18446744073709551615", "18446744073709551615");
	assert_double(-1, 1, "0.0", "0");
	assert_double((double)NAN, 1, "0.0", "0");
	assert_double((double)INFINITY, 1, "0.0", "0");
}

static void assert_bytes(double bytes, const char *expected)
{
	_cleanup_str_ struct str out = {0};

	format_bytes(&out, bytes);
	assert_string_equal(out.data, expected);
}

static void test_bytes(void **state)
{
	(void)state;
	assert_bytes(0, "0B");
	assert_bytes(648, "648B");
	assert_bytes(1023, "1023B");
	assert_bytes(1023.6, "1.0KiB");
	assert_bytes(1024, "1.0KiB");
	assert_bytes(47500288, "45.3MiB");
	assert_bytes(1048575, "1.0MiB");
	assert_bytes(1073741824, "1.0GiB");
	assert_bytes(18446744073709551615.0, "16.0EiB");
}

static void assert_duration(uint64_t ns, const char *expected)
{
	_cleanup_str_ struct str out = {0};

	format_duration(&out, ns);
	assert_string_equal(out.data, expected);
}

static void test_durations(void **state)
{
	(void)state;
	assert_duration(0, "0ms");
	assert_duration(250 * NSEC_PER_MSEC, "250ms");
	assert_duration(45 * NSEC_PER_SEC, "45s");
	assert_duration(60 * NSEC_PER_SEC, "1m");
	assert_duration(90 * NSEC_PER_SEC, "1m30s");
	assert_duration(3600 * NSEC_PER_SEC + NSEC_PER_SEC, "1h");
	assert_duration((3 * 24 + 4) * 3600 * NSEC_PER_SEC, "3d4h");
	assert_duration(24 * 3600 * NSEC_PER_SEC, "1d");
}

static void test_percent(void **state)
{
	_cleanup_str_ struct str out = {0};

	(void)state;
	format_percent(&out, 3.31835);
	str_char(&out, ' ');
	format_percent(&out, 0);
	assert_string_equal(out.data, "331.84% 0.00%");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_fixed),		cmocka_unit_test(test_base),
		cmocka_unit_test(test_both_ways_agree), cmocka_unit_test(test_doubles),
		cmocka_unit_test(test_bytes),		cmocka_unit_test(test_durations),
		cmocka_unit_test(test_percent),
	};

	/* A locale with a decimal comma changes nothing; most machines don't have it, and then this does
	 * nothing. */
	setlocale(LC_ALL, "de_DE.UTF-8");
	return cmocka_run_group_tests(tests, NULL, NULL);
}
