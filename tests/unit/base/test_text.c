/* SPDX-License-Identifier: Apache-2.0 */
#include "base/cleanup.h"
#include "base/text.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>

#include <cmocka.h>

#define BROKEN "\xEF\xBF\xBD"

typedef void writer(struct str *out, struct slice text);

static void assert_written(writer *write, const char *text, const char *expected)
{
	_cleanup_str_ struct str out = {0};

	str_add(&out, "");
	write(&out, slice_of(text));
	assert_string_equal(out.data, expected);
}

static void decode_valid(void **state)
{
	static const struct {
		const char *text;
		uint32_t codepoint;
	} cases[] = {
		{"a", 'a'},
		{"\x7F", 0x7F},
		{"\xC2\x80", 0x80},
		{"\xDF\xBF", 0x7FF},
		{"\xE0\xA0\x80", 0x800},
		{"\xED\x9F\xBF", 0xD7FF},
		{"\xEE\x80\x80", 0xE000},
		{"\xEF\xBF\xBD", 0xFFFD},
		{"\xEF\xBF\xBF", 0xFFFF},
		{"\xF0\x90\x80\x80", 0x10000},
		{"\xF4\x8F\xBF\xBF", 0x10FFFF},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		uint32_t c = 0;

		assert_int_equal(text_decode(slice_of(cases[i].text), &c), strlen(cases[i].text));
		assert_int_equal(c, cases[i].codepoint);
	}
}

static void decode_broken(void **state)
{
	static const char *const cases[] = {
		"\x80",
		"\xBF",
		"\xC0\x80",
		"\xC1\xBF",
		"\xC2",
		"\xC2g",
		"\xE0\x80\x80",
		"\xE0\x9F\xBF",
		"\xE2\x82",
		"\xED\xA0\x80",
		"\xED\xBF\xBF",
		"\xF0\x80\x80\x80",
		"\xF0\x8F\xBF\xBF",
		"\xF4\x90\x80\x80",
		"\xF5\x80\x80\x80",
		"\xF0\x9F\x98",
		"\xFE",
		"\xFF",
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		uint32_t c = 0;

		assert_int_equal(text_decode(slice_of(cases[i]), &c), 1);
		assert_int_equal(c, 0xFFFD);
	}
}

static void utf8_is_mended(void **state)
{
	(void)state;
	assert_written(text_utf8, "", "");
	assert_written(text_utf8, "pl\xC3\xA4in\n\x1B[0m", "pl\xC3\xA4in\n\x1B[0m");
	assert_written(text_utf8,
		       "a\xFF"
		       "b\xC3",
		       "a" BROKEN "b" BROKEN);
	assert_written(text_utf8, "\xED\xA0\x80", BROKEN BROKEN BROKEN);
	assert_written(text_utf8, BROKEN, BROKEN);
}

static void terminals_are_safe(void **state)
{
	/* an override and an isolate, which turn what follows around, and a line separator; no literal: that
	   would mislead the reader of this file just as well */
	static const char turned[] = {'a',    '\xE2', '\x80', '\xAE', 'b',    '\xE2', '\x81',
				      '\xA6', 'c',    '\xE2', '\x80', '\xA8', '\0'};

	(void)state;
	assert_written(text_printable, "caf\xC3\xA9 \xF0\x9F\x90\xB3", "caf\xC3\xA9 \xF0\x9F\x90\xB3");
	assert_written(text_printable, "\x1B[2J\n\t\r\x07", BROKEN "[2J" BROKEN BROKEN BROKEN BROKEN);
	assert_written(text_printable,
		       "\x7F\xC2\x9B"
		       "31m",
		       BROKEN BROKEN "31m");
	assert_written(text_printable, turned, "a" BROKEN "b" BROKEN "c" BROKEN);
}

static void json_is_escaped(void **state)
{
	_cleanup_str_ struct str out = {0};

	(void)state;
	assert_written(text_json, "", "\"\"");
	assert_written(text_json, "a\"b\\c/", "\"a\\\"b\\\\c/\"");
	assert_written(text_json, "\n\t\r\x01\x1F\x7F", "\"\\n\\t\\u000d\\u0001\\u001f\\u007f\"");
	assert_written(text_json, "\xC2\x85\xE2\x80\xA8\xF0\x9F\x90\xB3",
		       "\"\\u0085\\u2028\xF0\x9F\x90\xB3\"");
	assert_written(text_json, "x\xC0y", "\"x" BROKEN "y\"");
	text_json(&out, (struct slice){"a\0b", 3});
	assert_string_equal(out.data, "\"a\\u0000b\"");
}

static void globs(void **state)
{
	static const struct {
		const char *pattern;
		const char *text;
		bool match;
	} cases[] = {
		{"", "", true},
		{"", "a", false},
		{"*", "", true},
		{"*", "abc", true},
		{"?", "", false},
		{"?", "a", true},
		{"a*c", "abbc", true},
		{"a*c", "abbd", false},
		{"*.stat", "io.stat", true},
		{"*.stat", "io.stats", false},
		{"a*b*c", "axxbyyc", true},
		{"a*b*c", "axxcyyb", false},
		{"**", "x", true},
		{"*a", "aaa", true},
		{"a?c", "abc", true},
		{"abc", "ab", false},
		{"ab", "abc", false},
		{"*", "*", true},
		{"hugetlb.*.max", "hugetlb.2MB.max", true},
		{"hugetlb.*.max", "hugetlb.2MB.rsvd.max", true},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++)
		if (text_glob(cases[i].pattern, cases[i].text) != cases[i].match)
			fail_msg("'%s' on '%s'", cases[i].pattern, cases[i].text);
}

/* Exponential matchers would not come back from this. */
static void a_hostile_glob_ends(void **state)
{
	char pattern[201];
	char text[2001];

	(void)state;
	for (size_t i = 0; i + 1 < sizeof(pattern); i++)
		pattern[i] = i % 2 ? 'a' : '*';
	pattern[sizeof(pattern) - 1] = '\0';
	memset(text, 'a', sizeof(text) - 2);
	text[sizeof(text) - 2] = 'b';
	text[sizeof(text) - 1] = '\0';
	assert_false(text_glob(pattern, text));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(decode_valid),	       cmocka_unit_test(decode_broken),
		cmocka_unit_test(utf8_is_mended),      cmocka_unit_test(terminals_are_safe),
		cmocka_unit_test(json_is_escaped),     cmocka_unit_test(globs),
		cmocka_unit_test(a_hostile_glob_ends),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
