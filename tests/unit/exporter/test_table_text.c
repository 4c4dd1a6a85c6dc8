/* SPDX-License-Identifier: Apache-2.0 */
#include "exporter/table.h"

#include "sample.h"

#include <locale.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>

#include <cmocka.h>

DEFINE_CLEANUP(struct snapshot *, snapshot_unref)
DEFINE_CLEANUP(struct comparison *, comparison_free)
#define _cleanup_snapshot_ _cleanup_(snapshot_unrefp)
#define _cleanup_comparison_ _cleanup_(comparison_freep)

static const char *const column_names[] = {"NAME", "CPU %", "MEM USAGE / LIMIT", "PIDS", "IMAGE"};

static void print(struct str *out, const struct comparison *c, const size_t *rows, size_t n_rows,
		  size_t width)
{
	const struct column *columns[ARRAY_SIZE(column_names)];
	const struct table_options options = {.columns = columns,
					      .n_columns = ARRAY_SIZE(columns),
					      .rows = rows,
					      .n_rows = n_rows,
					      .width = width};

	for (size_t i = 0; i < ARRAY_SIZE(columns); i++) {
		columns[i] = column_find(column_names[i]);
		assert_non_null(columns[i]);
	}
	table_text(out, c, &options);
	assert_false(out->failed);
}

static struct snapshot *make(uint64_t when, uint64_t cpu)
{
	static const struct identity wide = {.name = "\xE6\xB5\xB7\xE6\xB5\xB7",
					     .image = "caf\xC3\xA9\x1B[2J"};
	struct snapshot *s =
		sample_new_at(when,
			      (const enum metric_id[]){METRIC_CPU_USAGE, METRIC_MEMORY_WORKING_SET,
						       METRIC_MEMORY_LIMIT, METRIC_PIDS_CURRENT},
			      4);
	size_t i = sample_add_web(s);

	snapshot_set(s, i, METRIC_CPU_USAGE, cpu);
	snapshot_set(s, i, METRIC_MEMORY_USAGE, 60 << 20);
	snapshot_set(s, i, METRIC_MEMORY_INACTIVE_FILE, 12 << 20);
	snapshot_set(s, i, METRIC_MEMORY_LIMIT, 1 << 30);
	snapshot_set(s, i, METRIC_PIDS_CURRENT, 12);
	sample_add(s, "/wide", ENTITY_CONTAINER, &wide, 0, false);
	snapshot_seal(s);
	return s;
}

static void test_aligned(void **state)
{
	_cleanup_snapshot_ struct snapshot *earlier = make(0, 0);
	_cleanup_snapshot_ struct snapshot *later = make(2000000000, 500000000);
	_cleanup_comparison_ struct comparison *c = comparison_new(earlier, later);
	_cleanup_str_ struct str out = {0};

	(void)state;
	assert_non_null(c);
	print(&out, c, (const size_t[]){1, 0}, 2, 0);
	assert_string_equal(out.data, "NAME    CPU %   MEM USAGE / LIMIT   PIDS   IMAGE\n"
				      "\xE6\xB5\xB7\xE6\xB5\xB7        -                   -      -   "
				      "caf\xC3\xA9\xEF\xBF\xBD[2J\n"
				      "web    25.00%    48.0MiB / 1.0GiB     12   nginx:1.25\n");
}

static void test_cut(void **state)
{
	_cleanup_snapshot_ struct snapshot *s = make(0, 0);
	_cleanup_comparison_ struct comparison *c = comparison_new(NULL, s);
	_cleanup_str_ struct str out = {0};

	(void)state;
	assert_non_null(c);
	print(&out, c, (const size_t[]){1, 0}, 2, 12);
	assert_string_equal(out.data, "NAME   CPU %\n\xE6\xB5\xB7\xE6\xB5\xB7       -\nweb        -\n");
	str_clear(&out);
	/* A wide character is not cut in half. */
	print(&out, c, (const size_t[]){1}, 1, 3);
	assert_string_equal(out.data, "NAM\n\xE6\xB5\xB7\n");
}

static void test_nothing_to_show(void **state)
{
	const struct table_options nothing = {0};
	_cleanup_snapshot_ struct snapshot *s = make(0, 0);
	_cleanup_comparison_ struct comparison *c = comparison_new(NULL, s);
	_cleanup_str_ struct str out = {0};

	(void)state;
	assert_non_null(c);
	table_text(&out, c, &nothing);
	assert_int_equal(out.len, 0);
	print(&out, c, NULL, 0, 0);
	assert_string_equal(out.data, "NAME   CPU %   MEM USAGE / LIMIT   PIDS   IMAGE\n");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_aligned),
		cmocka_unit_test(test_cut),
		cmocka_unit_test(test_nothing_to_show),
	};

	if (!setlocale(LC_CTYPE, "C.UTF-8"))
		return 77;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
