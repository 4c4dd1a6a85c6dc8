/* SPDX-License-Identifier: Apache-2.0 */
#include "exposition.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>

#include <cmocka.h>

static void assert_family(enum exposition e, const char *name, const char *type, const char *help,
			  const char *expected)
{
	_cleanup_str_ struct str out = {0};

	exposition_family(&out, e, name, type, help);
	assert_false(out.failed);
	assert_string_equal(out.data, expected);
}

static void test_content_types(void **state)
{
	(void)state;
	assert_string_equal(exposition_content_type(EXPOSITION_TEXT),
			    "text/plain; version=0.0.4; charset=utf-8");
	assert_string_equal(exposition_content_type(EXPOSITION_OPENMETRICS),
			    "application/openmetrics-text; version=1.0.0; charset=utf-8");
}

static void test_family_in_text(void **state)
{
	(void)state;
	assert_family(EXPOSITION_TEXT, "a_seconds_total", "counter", "One.",
		      "# HELP a_seconds_total One.\n# TYPE a_seconds_total counter\n");
	assert_family(EXPOSITION_TEXT, "a_failcnt", "counter", "One.",
		      "# HELP a_failcnt One.\n# TYPE a_failcnt counter\n");
	assert_family(EXPOSITION_TEXT, "a", "unknown", "One.", "# HELP a One.\n# TYPE a untyped\n");
	assert_family(EXPOSITION_TEXT, "a", "gauge", "a\\b \"c\"\nd",
		      "# HELP a a\\\\b \"c\"\\nd\n# TYPE a gauge\n");
}

static void test_family_in_openmetrics(void **state)
{
	(void)state;
	assert_family(EXPOSITION_OPENMETRICS, "a_seconds_total", "counter", "One.",
		      "# HELP a_seconds One.\n# TYPE a_seconds counter\n# UNIT a_seconds seconds\n");
	assert_family(EXPOSITION_OPENMETRICS, "a_total", "counter", "One.",
		      "# HELP a One.\n# TYPE a counter\n");
	assert_family(EXPOSITION_OPENMETRICS, "a_failcnt", "counter", "One.",
		      "# HELP a_failcnt One.\n# TYPE a_failcnt unknown\n");
	/* A gauge keeps its name, whatever it ends in. */
	assert_family(EXPOSITION_OPENMETRICS, "a_usage_total", "gauge", "One.",
		      "# HELP a_usage_total One.\n# TYPE a_usage_total gauge\n");
	assert_family(EXPOSITION_OPENMETRICS, "a_ratio", "gauge", "One.",
		      "# HELP a_ratio One.\n# TYPE a_ratio gauge\n# UNIT a_ratio ratio\n");
	assert_family(EXPOSITION_OPENMETRICS, "a", "gauge", "a\\b \"c\"\nd",
		      "# HELP a a\\\\b \\\"c\\\"\\nd\n# TYPE a gauge\n");
}

static void assert_value(const char *raw, size_t len, const char *expected)
{
	_cleanup_str_ struct str out = {0};

	str_add(&out, "");
	exposition_label_value(&out, (struct slice){raw, len});
	assert_string_equal(out.data, expected);
}

static void test_label_values(void **state)
{
	(void)state;
	assert_value("", 0, "");
	assert_value("plain/path-1.scope", 18, "plain/path-1.scope");
	assert_value("a\"b\\c\nd", 7, "a\\\"b\\\\c\\nd");
	assert_value("caf\xC3\xA9", 5, "caf\xC3\xA9");
	assert_value("\xFFx\xC3", 3, "\xEF\xBF\xBDx\xEF\xBF\xBD");
	/* Other control characters are allowed in a label value. */
	assert_value("\x1B[31m\t\r", 7, "\x1B[31m\t\r");
}

static void assert_distinct(const char *raw, const char *expected)
{
	_cleanup_str_ struct str out = {0};

	exposition_distinct_value(&out, slice_of(raw));
	assert_string_equal(out.data, expected);
}

static void test_broken_names_stay_distinct(void **state)
{
	(void)state;
	assert_distinct("/plain", "/plain");
	assert_distinct("/caf\xC3\xA9\n", "/caf\xC3\xA9\\n");
	assert_distinct("/\xFF", "/\xEF\xBF\xBD~ff");
	assert_distinct("/\xFE", "/\xEF\xBF\xBD~fe");
	assert_distinct("/\xFF/\xC3", "/\xEF\xBF\xBD/\xEF\xBF\xBD~ff.c3");
	/* What looks like a broken name already is told apart too. */
	assert_distinct("/\xEF\xBF\xBD~ff", "/\xEF\xBF\xBD~ff~efbfbd");
	assert_distinct("/~ff", "/~ff");
}

static void test_cut_keeps_characters_whole(void **state)
{
	(void)state;
	assert_int_equal(exposition_cut(slice_of("abc"), 3).len, 3);
	assert_int_equal(exposition_cut(slice_of("abcd"), 3).len, 3);
	assert_int_equal(exposition_cut(slice_of("ab\xC3\xA9"), 3).len, 2);
	assert_int_equal(exposition_cut(slice_of("\xF0\x9F\x98\x80x"), 3).len, 0);
	assert_int_equal(exposition_cut(slice_of("\x80\x80\x80\x80\x80\x80"), 5).len, 2);
}

static void test_labels(void **state)
{
	_cleanup_str_ struct str out = {0};
	static char big[2 * RENDER_LABEL_MAX];

	(void)state;
	memset(big, 'x', sizeof(big) - 1);
	exposition_label(&out, "a", "");
	assert_int_equal(out.len, 0);
	exposition_label(&out, "a", "\"1\"");
	assert_string_equal(out.data, ",a=\"\\\"1\\\"\"");
	str_clear(&out);
	exposition_label(&out, "b", big);
	assert_int_equal(out.len, RENDER_LABEL_MAX + strlen(",b=\"\""));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_content_types),
		cmocka_unit_test(test_family_in_text),
		cmocka_unit_test(test_family_in_openmetrics),
		cmocka_unit_test(test_label_values),
		cmocka_unit_test(test_broken_names_stay_distinct),
		cmocka_unit_test(test_cut_keeps_characters_whole),
		cmocka_unit_test(test_labels),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
