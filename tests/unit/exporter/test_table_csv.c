/* SPDX-License-Identifier: Apache-2.0 */
#include "exporter/table.h"

#include "sample.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>

#include <cmocka.h>

DEFINE_CLEANUP(struct snapshot *, snapshot_unref)
DEFINE_CLEANUP(struct comparison *, comparison_free)
#define _cleanup_snapshot_ _cleanup_(snapshot_unrefp)
#define _cleanup_comparison_ _cleanup_(comparison_freep)

static void print(struct str *out, const struct comparison *c, const char *const *names, size_t n,
		  bool header)
{
	const struct column *columns[16];
	const size_t rows[] = {0};
	const struct table_options options = {.columns = columns, .n_columns = n, .rows = rows, .n_rows = 1};

	assert_in_range(n, 1, ARRAY_SIZE(columns));
	for (size_t i = 0; i < n; i++) {
		columns[i] = column_find(names[i]);
		assert_non_null(columns[i]);
	}
	table_csv(out, c, &options, header);
	assert_false(out->failed);
}

static void test_plain_numbers(void **state)
{
	static const char *const first[] = {"name",  "cpu", "cpu_usage_seconds", "mem", "mem_percent",
					    "LIMIT", "HIGH"};
	static const char *const second[] = {"network_receive_bytes", "pids"};
	static const enum metric_id ids[] = {METRIC_CPU_USAGE,	  METRIC_MEMORY_WORKING_SET,
					     METRIC_MEMORY_LIMIT, METRIC_MEMORY_HIGH,
					     METRIC_MEMORY_PEAK,  METRIC_NET_RX_BYTES,
					     METRIC_PIDS_CURRENT, METRIC_MEMORY_INACTIVE_FILE};
	_cleanup_snapshot_ struct snapshot *a = sample_new_at(0, ids, ARRAY_SIZE(ids));
	_cleanup_snapshot_ struct snapshot *b = sample_new_at(4000000000, ids, ARRAY_SIZE(ids));
	_cleanup_comparison_ struct comparison *c = NULL;
	_cleanup_str_ struct str out = {0};

	(void)state;
	snapshot_set(a, sample_add_web(a), METRIC_CPU_USAGE, 0);
	snapshot_seal(a);
	sample_add_web(b);
	snapshot_set(b, 0, METRIC_CPU_USAGE, 1500000000);
	snapshot_set(b, 0, METRIC_MEMORY_USAGE, 1 << 20);
	snapshot_set(b, 0, METRIC_MEMORY_INACTIVE_FILE, 0);
	snapshot_set(b, 0, METRIC_MEMORY_LIMIT, 4 << 20);
	snapshot_set(b, 0, METRIC_MEMORY_HIGH, UNLIMITED);
	sample_series(b, DIMENSION_INTERFACE, "eth0", "", METRIC_NET_RX_BYTES, 40);
	sample_series(b, DIMENSION_INTERFACE, "eth1", "", METRIC_NET_RX_BYTES, 2);
	sample_series(b, DIMENSION_INTERFACE, "lo", "", METRIC_NET_RX_BYTES, 1000);
	snapshot_seal(b);
	c = comparison_new(a, b);
	assert_non_null(c);
	print(&out, c, first, ARRAY_SIZE(first), true);
	print(&out, c, second, ARRAY_SIZE(second), false);
	assert_string_equal(out.data,
			    "name,cpu,cpu_usage_seconds,mem,mem_percent,mem_limit,memory_high_bytes\r\n"
			    "web,0.375,1.5,1048576/4194304,0.25,4194304,max\r\n"
			    "42,\r\n");
}

static void test_quotes(void **state)
{
	static const char *const names[] = {"name", "image", "runtime"};
	static const struct identity who = {.name = "a\"b,c\r\nd", .image = "e\xFF"};
	_cleanup_snapshot_ struct snapshot *s = sample_new();
	_cleanup_comparison_ struct comparison *c = NULL;
	_cleanup_str_ struct str out = {0};

	(void)state;
	sample_add(s, "/x", ENTITY_CONTAINER, &who, 0, false);
	snapshot_seal(s);
	c = comparison_new(NULL, s);
	assert_non_null(c);
	print(&out, c, names, ARRAY_SIZE(names), false);
	assert_string_equal(out.data, "\"a\"\"b,c\r\nd\",e\xEF\xBF\xBD,\r\n");
}

static void test_every_column_has_a_cell(void **state)
{
	_cleanup_snapshot_ struct snapshot *a = sample_full();
	_cleanup_comparison_ struct comparison *c = comparison_new(NULL, a);

	(void)state;
	assert_non_null(c);
	for (size_t i = 0; i < column_count(); i++) {
		const struct column *col = column_at(i);
		const size_t rows[] = {0};
		const struct table_options options = {
			.columns = &col, .n_columns = 1, .rows = rows, .n_rows = 1};
		_cleanup_str_ struct str out = {0};

		table_csv(&out, c, &options, false);
		assert_false(out.failed);
		/* "web" has every metric; only what compares two samples and what it is not (a pod) is
		 * absent. */
		if (out.len == 2 && col->metric != METRIC_CPU_USAGE && strstr(col->header, "/s") == NULL &&
		    strstr(col->header, "PSI") == NULL && strstr(col->header, " P50") == NULL &&
		    strstr(col->header, " P99") == NULL && strcmp(col->key, "throttled") != 0)
			fail_msg("column %s is empty", col->key);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_plain_numbers),
		cmocka_unit_test(test_quotes),
		cmocka_unit_test(test_every_column_has_a_cell),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
