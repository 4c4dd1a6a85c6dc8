/* SPDX-License-Identifier: Apache-2.0 */
#include "columns.h"
#include "model/fake.h"

#include "base/cleanup.h"

#include <errno.h>
#include <stdio.h>

static void parses(void **state)
{
	struct column_list list = {0};
	struct metric_set need = {0};

	(void)state;
	assert_int_equal(column_list_parse("name, CPU %,MEM USAGE / LIMIT,tasks", &list, NULL), 0);
	assert_int_equal(list.n, 4);
	assert_string_equal(list.items[1]->key, "cpu");
	assert_string_equal(list.items[2]->key, "mem");
	assert_string_equal(list.items[3]->key, "pids");
	column_list_need(&list, &need);
	assert_true(metric_set_has(&need, METRIC_CPU_USAGE));
	assert_true(metric_set_has(&need, METRIC_PIDS_CURRENT));
	assert_false(metric_set_has(&need, METRIC_NET_RX_BYTES));
	column_list_free(&list);
}

static void mistakes(void **state)
{
	struct column_list list = {0};
	struct error err;

	(void)state;
	assert_int_equal(column_list_parse("", &list, &err), -EINVAL);
	assert_string_equal(err.cause, "'--columns' names no column");
	assert_int_equal(column_list_parse("name,thorttled", &list, &err), -EINVAL);
	assert_string_equal(err.cause, "'thorttled' is no column for '--columns': did you mean 'throttled'?");
	column_list_free(&list);
}

static void timestamps(void **state)
{
	struct comparison *c = fake_comparison();
	_cleanup_str_ struct str out = {0};

	(void)state;
	timestamp_column.plain(&timestamp_column, c, 0, &out);
	assert_string_equal(out.data, "2");
	comparison_free(c);
}

static void full_ids(void **state)
{
	struct comparison *c = fake_comparison();
	struct column_list list = {0};
	_cleanup_str_ struct str out = {0};

	(void)state;
	assert_int_equal(column_list_parse("name,id", &list, NULL), 0);
	list.items[1]->cell(list.items[1], c, FAKE_WEB, &out);
	assert_string_equal(out.data, "4f5c00000000");
	column_list_full_ids(&list);
	str_clear(&out);
	list.items[1]->cell(list.items[1], c, FAKE_WEB, &out);
	assert_string_equal(out.data, FAKE_ID_WEB);
	column_list_free(&list);
	comparison_free(c);
}

/* Each column is named in the help by a name that finds it. */
static void help_names_work(void **state)
{
	_cleanup_str_ struct str out = {0};

	(void)state;
	columns_help(&out);
	for (size_t i = 0; i < column_count(); i++) {
		char line[64];

		snprintf(line, sizeof(line), "\n%s ", column_at(i)->key);
		assert_non_null(strstr(out.data, line));
		assert_ptr_equal(column_find(column_at(i)->key), column_at(i));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(parses),   cmocka_unit_test(mistakes),	       cmocka_unit_test(timestamps),
		cmocka_unit_test(full_ids), cmocka_unit_test(help_names_work),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
