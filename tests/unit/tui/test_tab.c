/* SPDX-License-Identifier: Apache-2.0 */
#include "tab.h"

#include "fixture.h"

#include <errno.h>

/* Counts the words of a tab's columns. */
static size_t count_words(const char *columns)
{
	size_t n = *columns != '\0';

	for (; *columns; columns++)
		n += *columns == ',';
	return n;
}

static void every_column_exists(void **state)
{
	struct settings settings;

	(void)state;
	settings_defaults(&settings);
	assert_int_equal(tab_count(), 9);
	for (size_t i = 0; i < tab_count(); i++) {
		struct list_column columns[64];
		struct error err;

		assert_int_equal(tab_find(tab_at(i)->key), (int)i);
		if (tab_at(i)->body == BODY_EVENTS)
			continue;
		if (tab_check_columns(tab_at(i)->columns, &err) < 0)
			fail_msg("%s: %s", tab_at(i)->key, err.cause);
		assert_int_equal(tab_columns(&settings, i, columns, 64), count_words(tab_at(i)->columns));
	}
	assert_int_equal(tab_find("nothing"), -1);
	assert_int_equal(tab_find(""), -1);
}

static void every_column_has_a_look(void **state)
{
	struct list_column column;
	struct list_column found;
	size_t n = 0;

	(void)state;
	while (list_column_at(n, &column)) {
		assert_true(column.width > 0 && column.width <= 40);
		assert_true(column.header[0]);
		assert_true(list_column_find(column.column->key, &found));
		n++;
	}
	assert_true(n > column_count());
	assert_false(list_column_find("no such", &found));
}

static void settings_come_first(void **state)
{
	struct settings settings;
	struct list_column columns[8];

	(void)state;
	settings_defaults(&settings);
	strcpy(settings.columns[0], "mem_used, name,bogus,CPU %");
	assert_int_equal(tab_columns(&settings, 0, columns, 8), 2); /* NAME is there by itself */
	assert_string_equal(columns[0].column->key, "mem_used");
	assert_string_equal(columns[1].column->key, "cpu");
	assert_int_equal(tab_columns(&settings, 0, columns, 1), 1);
}

static void mistakes(void **state)
{
	char longest[300];
	struct error err;

	(void)state;
	assert_int_equal(tab_check_columns("cpu,psii", &err), -EINVAL);
	assert_string_equal(err.cause, "'psii' is no column: did you mean 'psi'?");
	assert_int_equal(tab_check_columns("", &err), -EINVAL);
	assert_int_equal(tab_check_columns(" , ,", &err), -EINVAL);
	memset(longest, 'x', sizeof(longest) - 1);
	longest[sizeof(longest) - 1] = '\0';
	assert_int_equal(tab_check_columns(longest, &err), -EINVAL);
}

static void compact_figures(void **state)
{
	static const struct {
		double value;
		const char *bytes;
		const char *count;
	} cases[] = {{0, "0", "0"},
		     {9, "9", "9"},
		     {999, "999", "999"},
		     {1000, "1000", "1.0k"},
		     {1023.4, "1023", "1.0k"},
		     {1023.6, "1.0K", "1.0k"},
		     {1536, "1.5K", "1.5k"},
		     {10188, "9.9K", "10k"},
		     {10240, "10K", "10k"},
		     {850395136, "811M", "850M"},
		     {1e21, "867E", "1000E"},
		     {-1, "-", "-"}};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		_cleanup_str_ struct str bytes = {0};
		_cleanup_str_ struct str count = {0};

		compact_bytes(&bytes, cases[i].value);
		compact_count(&count, cases[i].value);
		assert_string_equal(bytes.data, cases[i].bytes);
		assert_string_equal(count.data, cases[i].count);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_column_exists), cmocka_unit_test(every_column_has_a_look),
		cmocka_unit_test(settings_come_first), cmocka_unit_test(mistakes),
		cmocka_unit_test(compact_figures),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
