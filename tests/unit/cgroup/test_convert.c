/* SPDX-License-Identifier: Apache-2.0 */
#include "base/cleanup.h"
#include "cgroup/convert.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>

#include <cmocka.h>

static void shares_of_note(void **state)
{
	static const uint64_t cases[][2] = {
		{0, 0},		 {1, 1},
		{2, 1},		 {3, 2},
		{4, 2},		 {6, 3},
		{512, 59},	 {1024, 100},
		{1025, 101},	 {2048, 174},
		{262143, 10000}, {262144, 10000},
		{262145, 10000}, {UINT64_MAX, 10000},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++)
		assert_int_equal(convert_shares_to_weight(cases[i][0]), cases[i][1]);
}

static void shares_are_monotonic(void **state)
{
	uint64_t before = 0;

	(void)state;
	for (uint64_t shares = 0; shares <= 262144; shares++) {
		uint64_t weight = convert_shares_to_weight(shares);

		assert_true(weight >= before && weight <= before + 1);
		before = weight;
	}
	assert_int_equal(before, 10000);
}

/*
 * FNV-1a over all weights of 2…262144 shares. The figure was computed apart from this code, with 60 decimal
 * digits: a single weight that is off by one changes it.
 */
static void every_share_is_exact(void **state)
{
	uint64_t hash = 1469598103934665603U;

	(void)state;
	for (uint64_t shares = 2; shares <= 262144; shares++)
		hash = (hash ^ convert_shares_to_weight(shares)) * 1099511628211U;
	assert_int_equal(hash, 0xA9D65AED5ED126AD);
}

static void weight_to_shares_and_back_is_the_same(void **state)
{
	(void)state;
	for (uint64_t weight = 0; weight <= 10000; weight++)
		assert_int_equal(convert_shares_to_weight(convert_weight_to_shares(weight)), weight);
}

static void weights_of_note(void **state)
{
	(void)state;
	assert_int_equal(convert_weight_to_shares(0), 0);
	assert_int_equal(convert_weight_to_shares(1), 2);
	assert_int_equal(convert_weight_to_shares(100), 1024);
	assert_int_equal(convert_weight_to_shares(10000), 262144);
	assert_int_equal(convert_weight_to_shares(UINT64_MAX), 262144);
}

static void block_weights(void **state)
{
	(void)state;
	assert_int_equal(convert_blkio_to_io_weight(0), 0);
	assert_int_equal(convert_blkio_to_io_weight(1), 1);
	assert_int_equal(convert_blkio_to_io_weight(10), 1);
	assert_int_equal(convert_blkio_to_io_weight(500), 4950);
	assert_int_equal(convert_blkio_to_io_weight(1000), 10000);
	assert_int_equal(convert_blkio_to_io_weight(UINT64_MAX), 10000);
	assert_int_equal(convert_io_to_blkio_weight(0), 0);
	assert_int_equal(convert_io_to_blkio_weight(1), 10);
	assert_int_equal(convert_io_to_blkio_weight(10000), 1000);
	assert_int_equal(convert_io_to_blkio_weight(UINT64_MAX), 1000);
	for (uint64_t weight = 10; weight <= 1000; weight++)
		assert_int_equal(convert_io_to_blkio_weight(convert_blkio_to_io_weight(weight)), weight);
}

#define TICKS 100
#define PAGE 4096

static void assert_value(const char *text, enum scale scale, uint64_t expected)
{
	uint64_t value = 0;

	if (convert_value(slice_of(text), scale, TICKS, PAGE, &value) < 0)
		fail_msg("refused: %s", text);
	assert_int_equal(value, expected);
}

static void assert_refused(const char *text, enum scale scale, int code)
{
	uint64_t value = 4711;

	assert_int_equal(convert_value(slice_of(text), scale, TICKS, PAGE, &value), code);
	assert_int_equal(value, 4711);
}

static void plain_numbers(void **state)
{
	(void)state;
	assert_value("0", SCALE_NONE, 0);
	assert_value("18446744073709551615", SCALE_NONE, UINT64_MAX);
	assert_refused("18446744073709551616", SCALE_NONE, -ERANGE);
	assert_refused("", SCALE_NONE, -EINVAL);
	assert_refused("-1", SCALE_NONE, -EINVAL);
	assert_refused("1 2", SCALE_NONE, -EINVAL);
	assert_refused("max", SCALE_NONE, -EINVAL);
}

static void times(void **state)
{
	uint64_t value = 4711;

	(void)state;
	assert_value("13244809", SCALE_USEC, 13244809000);
	assert_refused("18446744073709552", SCALE_USEC, -ERANGE);
	assert_value("9028", SCALE_TICKS, 90280000000);
	assert_refused("18446744073709551615", SCALE_TICKS, -ERANGE);
	assert_int_equal(convert_value(slice_of("3"), SCALE_TICKS, 1024, PAGE, &value), 0);
	assert_int_equal(value, 2929687);
	assert_int_equal(convert_value(slice_of("1"), SCALE_TICKS, 0, PAGE, &value), -EINVAL);
}

static void averages(void **state)
{
	(void)state;
	assert_value("0.00", SCALE_CENTI, 0);
	assert_value("12.34", SCALE_CENTI, 1234);
	assert_value("100.00", SCALE_CENTI, 10000);
	assert_refused(".5", SCALE_CENTI, -EINVAL);
	assert_refused("1.x", SCALE_CENTI, -EINVAL);
}

static void limits(void **state)
{
	(void)state;
	assert_value("max", SCALE_MAX, UNLIMITED);
	assert_value("0", SCALE_MAX, 0);
	assert_value("1048576", SCALE_MAX, 1048576);
	assert_refused("maximum", SCALE_MAX, -EINVAL);
	assert_value("-1", SCALE_MINUS_ONE, UNLIMITED);
	assert_value("50000", SCALE_MINUS_ONE, 50000);
	assert_refused("-2", SCALE_MINUS_ONE, -EINVAL);
}

static void limits_of_v1(void **state)
{
	uint64_t value = 4711;

	(void)state;
	/* as memory, hugetlb of 2 MB, hugetlb of 1 GB and kernels before 3.19 write it */
	assert_value("9223372036854771712", SCALE_V1_MAX, UNLIMITED);
	assert_value("9223372036852678656", SCALE_V1_MAX, UNLIMITED);
	assert_value("9223372035781033984", SCALE_V1_MAX, UNLIMITED);
	assert_value("9223372036854775807", SCALE_V1_MAX, UNLIMITED);
	assert_value("-1", SCALE_V1_MAX, UNLIMITED);
	assert_value("0", SCALE_V1_MAX, 0);
	assert_value("268435456", SCALE_V1_MAX, 268435456);
	assert_value("281474976710656", SCALE_V1_MAX, 281474976710656);
	assert_refused("max", SCALE_V1_MAX, -EINVAL);
	/* pages of 64 KB */
	assert_int_equal(convert_value(slice_of("9223372036854710272"), SCALE_V1_MAX, TICKS, 65536, &value),
			 0);
	assert_int_equal(value, UNLIMITED);
	assert_int_equal(convert_value(slice_of("1"), SCALE_V1_MAX, TICKS, 0, &value), -EINVAL);
}

static void pages(void **state)
{
	uint64_t value = 4711;

	(void)state;
	assert_value("8192", SCALE_BYTES_AS_PAGES, 2);
	assert_value("0", SCALE_BYTES_AS_PAGES, 0);
	assert_int_equal(convert_value(slice_of("1"), SCALE_BYTES_AS_PAGES, TICKS, 0, &value), -EINVAL);
	assert_int_equal(value, 4711);
}

static void weights(void **state)
{
	(void)state;
	assert_value("100", SCALE_WEIGHT_AS_SHARES, 1024);
	assert_value("1024", SCALE_SHARES_AS_WEIGHT, 100);
	/* cpu.weight of a cgroup with cpu.idle is 0 */
	assert_value("0", SCALE_WEIGHT_AS_SHARES, 0);
	assert_refused("x", SCALE_WEIGHT_AS_SHARES, -EINVAL);
	assert_refused("", SCALE_SHARES_AS_WEIGHT, -EINVAL);
}

static void words(void **state)
{
	(void)state;
	assert_value("FROZEN", SCALE_FREEZER_STATE, 1);
	assert_value("FREEZING", SCALE_FREEZER_STATE, 0);
	assert_value("THAWED", SCALE_FREEZER_STATE, 0);
	assert_refused("frozen", SCALE_FREEZER_STATE, -EINVAL);
	assert_refused("", SCALE_FREEZER_STATE, -EINVAL);
	assert_value("a *:* rwm", SCALE_DEVICES_LIST, 0);
	assert_value("c 1:3 rwm", SCALE_DEVICES_LIST, 1);
	assert_value("", SCALE_DEVICES_LIST, 1);
	assert_refused("0-3", SCALE_AS_TEXT, -EINVAL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(shares_of_note),
		cmocka_unit_test(shares_are_monotonic),
		cmocka_unit_test(every_share_is_exact),
		cmocka_unit_test(weight_to_shares_and_back_is_the_same),
		cmocka_unit_test(weights_of_note),
		cmocka_unit_test(block_weights),
		cmocka_unit_test(plain_numbers),
		cmocka_unit_test(times),
		cmocka_unit_test(averages),
		cmocka_unit_test(limits),
		cmocka_unit_test(limits_of_v1),
		cmocka_unit_test(pages),
		cmocka_unit_test(weights),
		cmocka_unit_test(words),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
