/* SPDX-License-Identifier: Apache-2.0 */
#include "base/cleanup.h"
#include "base/clock.h"
#include "base/parse.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>

#include <cmocka.h>

typedef int parser(struct slice text, uint64_t *out);

struct good {
	const char *text;
	uint64_t value;
};

struct bad {
	const char *text;
	int code;
};

static void check_good(parser *parse, const struct good *cases, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		uint64_t value = 0;

		if (parse(slice_of(cases[i].text), &value) < 0)
			fail_msg("refused: '%s'", cases[i].text);
		if (value != cases[i].value)
			fail_msg("'%s' became %llu", cases[i].text, (unsigned long long)value);
	}
}

static void check_bad(parser *parse, const struct bad *cases, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		uint64_t value = 4711;
		int r = parse(slice_of(cases[i].text), &value);

		if (r != cases[i].code)
			fail_msg("'%s' gave %d", cases[i].text, r);
		assert_int_equal(value, 4711);
	}
}

static void unsigned_numbers(void **state)
{
	static const struct good good[] = {{"0", 0},
					   {"7", 7},
					   {"0012", 12},
					   {"18446744073709551615", UINT64_MAX},
					   {"000000000000000000000000000001", 1}};
	static const struct bad bad[] = {
		{"", -EINVAL},
		{"-1", -EINVAL},
		{"+1", -EINVAL},
		{" 1", -EINVAL},
		{"1 ", -EINVAL},
		{"0x1", -EINVAL},
		{"1\n", -EINVAL},
		{"\xD9\xA1", -EINVAL},
		{"/", -EINVAL},
		{":", -EINVAL},
		{"18446744073709551616", -ERANGE},
		{"99999999999999999999999999", -ERANGE},
		/* not a number at all, however long */
		{"99999999999999999999999999x", -EINVAL},
	};

	(void)state;
	check_good(parse_u64, good, ARRAY_SIZE(good));
	check_bad(parse_u64, bad, ARRAY_SIZE(bad));
	assert_int_equal(parse_u64((struct slice){"1\0", 2}, &(uint64_t){0}), -EINVAL);
	assert_int_equal(parse_u64((struct slice){0}, &(uint64_t){0}), -EINVAL);
}

static void signed_numbers(void **state)
{
	int64_t value = 4711;

	(void)state;
	assert_int_equal(parse_i64(slice_of("-9223372036854775808"), &value), 0);
	assert_true(value == INT64_MIN);
	assert_int_equal(parse_i64(slice_of("9223372036854775807"), &value), 0);
	assert_true(value == INT64_MAX);
	assert_int_equal(parse_i64(slice_of("-0"), &value), 0);
	assert_int_equal(value, 0);
	value = 4711;
	assert_int_equal(parse_i64(slice_of("9223372036854775808"), &value), -ERANGE);
	assert_int_equal(parse_i64(slice_of("-9223372036854775809"), &value), -ERANGE);
	assert_int_equal(parse_i64(slice_of("--1"), &value), -EINVAL);
	assert_int_equal(parse_i64(slice_of("-"), &value), -EINVAL);
	assert_int_equal(parse_i64((struct slice){0}, &value), -EINVAL);
	assert_int_equal(value, 4711);
}

static int parse_centi(struct slice text, uint64_t *out)
{
	return parse_fixed(text, 2, out);
}

static void fractions(void **state)
{
	static const struct good good[] = {{"12.34", 1234},
					   {"7", 700},
					   {"0.00", 0},
					   {"0.5", 50},
					   {"1.999", 199},
					   {"100.0", 10000},
					   {"1.99999999999999999999999999", 199}};
	static const struct bad bad[] = {{"", -EINVAL},
					 {".", -EINVAL},
					 {".5", -EINVAL},
					 {"5.", -EINVAL},
					 {"1.2.3", -EINVAL},
					 {"-1.0", -EINVAL},
					 {"1,5", -EINVAL},
					 {"1.x", -EINVAL},
					 {"184467440737095517", -ERANGE},
					 /* a letter hidden behind more digits than 64 bits hold */
					 {"1.99999999999999999999999999x", -EINVAL}};
	uint64_t value = 0;

	(void)state;
	check_good(parse_centi, good, ARRAY_SIZE(good));
	check_bad(parse_centi, bad, ARRAY_SIZE(bad));
	assert_int_equal(parse_fixed(slice_of("1.5"), 0, &value), 0);
	assert_int_equal(value, 1);
}

static void sizes(void **state)
{
	static const struct good good[] = {
		{"0", 0},
		{"1", 1},
		{"64m", UINT64_C(64) << 20},
		{"64M", UINT64_C(64) << 20},
		{"64MB", UINT64_C(64) << 20},
		{"64MiB", UINT64_C(64) << 20},
		{"1.5g", UINT64_C(1536) << 20},
		{"0.1k", 102},
		{"10b", 10},
		{"2t", UINT64_C(2) << 40},
		{"9223372036854771712", UINT64_C(9223372036854771712)},
		{"18446744073709551615", UINT64_MAX},
	};
	static const struct bad bad[] = {{"", -EINVAL},	   {"m", -EINVAL},	  {"-1", -EINVAL},
					 {"1x", -EINVAL},  {"1m1", -EINVAL},	  {"1 m", -EINVAL},
					 {"1mm", -EINVAL}, {"1.2.3m", -EINVAL},	  {".5m", -EINVAL},
					 {"1.m", -EINVAL}, {"16777216t", -ERANGE}};

	(void)state;
	check_good(parse_size, good, ARRAY_SIZE(good));
	check_bad(parse_size, bad, ARRAY_SIZE(bad));
	assert_int_equal(parse_size((struct slice){0}, &(uint64_t){0}), -EINVAL);
	assert_int_equal(parse_size((struct slice){"1\0m", 3}, &(uint64_t){0}), -EINVAL);
}

static void durations(void **state)
{
	static const struct good good[] = {
		{"0", 0},
		{"1s", NSEC_PER_SEC},
		{"500ms", 500 * NSEC_PER_MSEC},
		{"1m30s", 90 * NSEC_PER_SEC},
		{"2h", 7200 * NSEC_PER_SEC},
		{"1d", 86400 * NSEC_PER_SEC},
		{"1w", 7 * 86400 * NSEC_PER_SEC},
		{"1y", 365 * 86400 * NSEC_PER_SEC},
		{"1.5s", 1500 * NSEC_PER_MSEC},
		{"0.0001s", 100 * NSEC_PER_USEC},
		{"3us", 3000},
		{"5ns", 5},
		{"1h0.5s", 3600 * NSEC_PER_SEC + 500 * NSEC_PER_MSEC},
	};
	static const struct bad bad[] = {{"", -EINVAL},	       {"5", -EINVAL},
					 {"s", -EINVAL},       {"1S", -EINVAL},
					 {"1M", -EINVAL},      {"-1s", -EINVAL},
					 {"1s ", -EINVAL},     {"1s5", -EINVAL},
					 {"1..5s", -EINVAL},   {"99999999999999999h", -ERANGE},
					 {"500y500y", -ERANGE}};

	(void)state;
	check_good(parse_duration, good, ARRAY_SIZE(good));
	check_bad(parse_duration, bad, ARRAY_SIZE(bad));
	assert_int_equal(parse_duration((struct slice){0}, &(uint64_t){0}), -EINVAL);
}

static void booleans(void **state)
{
	static const char *const yes[] = {"true", "yes", "on", "1"};
	static const char *const no[] = {"false", "no", "off", "0"};
	static const char *const neither[] = {"", "2", "TRUE", "y", "true ", "onoff"};
	bool value;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(yes); i++) {
		value = false;
		assert_int_equal(parse_bool(slice_of(yes[i]), &value), 0);
		assert_true(value);
		value = true;
		assert_int_equal(parse_bool(slice_of(no[i]), &value), 0);
		assert_false(value);
	}
	for (size_t i = 0; i < ARRAY_SIZE(neither); i++)
		assert_int_equal(parse_bool(slice_of(neither[i]), &value), -EINVAL);
}

static void lines(void **state)
{
	struct slice rest = slice_of("one\n\nthree\nlast");
	struct slice line;

	(void)state;
	assert_true(next_line(&rest, &line) && slice_is(line, "one"));
	assert_true(next_line(&rest, &line) && slice_is(line, ""));
	assert_true(next_line(&rest, &line) && slice_is(line, "three"));
	assert_true(next_line(&rest, &line) && slice_is(line, "last"));
	assert_false(next_line(&rest, &line));
	rest = slice_of("x\n");
	assert_true(next_line(&rest, &line) && slice_is(line, "x"));
	assert_false(next_line(&rest, &line));
	rest = (struct slice){0};
	assert_false(next_line(&rest, &line));
}

static void words(void **state)
{
	struct slice rest = slice_of("  one,\ttwo ,,");
	struct slice nul = {"a\0b c", 5};
	struct slice word;

	(void)state;
	assert_true(next_word(&rest, " ,\t", &word) && slice_is(word, "one"));
	assert_true(next_word(&rest, " ,\t", &word) && slice_is(word, "two"));
	assert_false(next_word(&rest, " ,\t", &word));
	assert_true(next_word(&nul, " ", &word));
	assert_int_equal(word.len, 3);
	assert_true(next_word(&nul, " ", &word) && slice_is(word, "c"));
	rest = (struct slice){0};
	assert_false(next_word(&rest, " ", &word));
}

static void slices_compare(void **state)
{
	(void)state;
	assert_true(slice_equal((struct slice){0}, slice_of("")));
	assert_true(slice_is((struct slice){0}, ""));
	assert_false(slice_is((struct slice){0}, "a"));
	assert_true(slice_equal((struct slice){"ab", 1}, (struct slice){"ac", 1}));
	assert_false(slice_equal(slice_of("ab"), slice_of("ac")));
	assert_false(slice_is((struct slice){"ab", 1}, "ab"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(unsigned_numbers),
		cmocka_unit_test(signed_numbers),
		cmocka_unit_test(fractions),
		cmocka_unit_test(sizes),
		cmocka_unit_test(durations),
		cmocka_unit_test(booleans),
		cmocka_unit_test(lines),
		cmocka_unit_test(words),
		cmocka_unit_test(slices_compare),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
