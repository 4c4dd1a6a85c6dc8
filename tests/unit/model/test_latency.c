/* SPDX-License-Identifier: Apache-2.0 */
/* Histograms' growth, their percentiles, and the columns that show them. */
#include "base/clock.h"
#include "model/column.h"
#include "model/latency.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* So many in each bucket; the sum is 1 ms each. */
struct counts {
	uint64_t of[LATENCY_SLOTS];
};

static uint64_t row_of(const struct counts *counts, size_t n)
{
	uint64_t sum = 0;

	for (size_t i = 0; i < LATENCY_SLOTS && i <= n; i++)
		sum += counts->of[i];
	return sum;
}

static struct snapshot *empty_snapshot(uint64_t second)
{
	const struct host host = {.hostname = "h", .kernel = "k"};
	struct metric_set need = {0};
	struct identity *who = identity_new(&(struct identity){.id = "/a"});
	struct entity e = {.path = "/a", .identity = who, .id = 7, .parent = -1};
	struct snapshot *s;

	metric_set_add_group(&need, GROUP_latency);
	e.monotonic_ns = second * NSEC_PER_SEC;
	s = snapshot_new(&need, &host, e.monotonic_ns, e.monotonic_ns, 1);
	assert_non_null(s);
	assert_int_equal(snapshot_add(s, &e), 0);
	snapshot_looked_for(s, DIMENSION_OPERATION);
	identity_unref(who);
	return s;
}

static void set_waits(struct snapshot *s, const struct counts *counts)
{
	uint64_t all = row_of(counts, LATENCY_SLOTS);

	for (size_t n = 0; n < LATENCY_BOUNDS; n++)
		snapshot_set(s, 0, latency_bucket(LATENCY_OF_RUNQUEUE, n), row_of(counts, n));
	snapshot_set(s, 0, latency_count(LATENCY_OF_RUNQUEUE), all);
	snapshot_set(s, 0, latency_sum(LATENCY_OF_RUNQUEUE), all * NSEC_PER_MSEC);
}

static void set_operation(struct snapshot *s, const char *operation, const struct counts *counts)
{
	ptrdiff_t series = snapshot_series(s, DIMENSION_OPERATION, operation, strlen(operation), "");
	uint64_t all = row_of(counts, LATENCY_SLOTS);

	for (size_t n = 0; n < LATENCY_BOUNDS; n++)
		snapshot_series_set(s, series, latency_bucket(LATENCY_OF_BLKIO, n), row_of(counts, n));
	snapshot_series_set(s, series, latency_count(LATENCY_OF_BLKIO), all);
	snapshot_series_set(s, series, latency_sum(LATENCY_OF_BLKIO), all * NSEC_PER_MSEC);
}

static struct comparison *compare(struct snapshot *earlier, struct snapshot *later)
{
	struct comparison *c;

	snapshot_seal(earlier);
	snapshot_seal(later);
	c = comparison_new(earlier, later);
	assert_non_null(c);
	snapshot_unref(earlier);
	snapshot_unref(later);
	return c;
}

/* --- the table --- */

/* What the rows say in `le` is where the buckets end. */
static void bounds_are_those_of_the_table(void **state)
{
	(void)state;
	for (enum latency_of which = 0; which < LATENCY__COUNT; which++) {
		for (size_t n = 0; n < LATENCY_BOUNDS; n++) {
			const struct metric *m = &metrics[latency_bucket(which, n)];
			double le = 0;

			assert_int_equal(m->kind, KIND_HISTOGRAM);
			assert_memory_equal(m->labels, "le=\"", 4);
			le = strtod(m->labels + 4, NULL);
			assert_int_equal((uint64_t)(le * 1e9 + 0.5), latency_bound_ns(n));
			assert_int_equal(latency_bound_ns(n), 1000ULL << n);
		}
		assert_string_equal(strrchr(metrics[latency_sum(which)].prometheus, '_'), "_sum");
		assert_string_equal(strrchr(metrics[latency_count(which)].prometheus, '_'), "_count");
	}
	assert_true(latency_bound_ns(LATENCY_BOUNDS) == UINT64_MAX);
}

/* --- growth --- */

static void growth_is_by_bucket(void **state)
{
	struct snapshot *earlier = empty_snapshot(1);
	struct snapshot *later = empty_snapshot(2);
	struct latency_growth g;
	struct comparison *c;

	(void)state;
	set_waits(earlier, &(struct counts){{[0] = 5, [10] = 1}});
	set_waits(later, &(struct counts){{[0] = 7, [10] = 1, [11] = 4, [LATENCY_BOUNDS] = 2}});
	c = compare(earlier, later);
	assert_true(latency_growth(c, 0, LATENCY_OF_RUNQUEUE, NULL, &g));
	assert_int_equal(g.count, 8);
	assert_int_equal(g.sum_ns, 8 * NSEC_PER_MSEC);
	for (size_t n = 0; n < LATENCY_SLOTS; n++)
		assert_int_equal(g.counts[n], n == 0 ? 2 : n == 11 ? 4 : n == LATENCY_BOUNDS ? 2 : 0);
	comparison_free(c);
}

static void an_operation_by_itself_or_all_together(void **state)
{
	struct snapshot *earlier = empty_snapshot(1);
	struct snapshot *later = empty_snapshot(2);
	struct latency_growth g;
	struct comparison *c;

	(void)state;
	set_operation(earlier, "read", &(struct counts){{[3] = 1}});
	set_operation(later, "read", &(struct counts){{[3] = 4}});
	set_operation(later, "write", &(struct counts){{[5] = 2}});
	c = compare(earlier, later);
	assert_true(latency_growth(c, 0, LATENCY_OF_BLKIO, "read", &g));
	assert_int_equal(g.counts[3], 3);
	assert_int_equal(g.count, 3);
	/* there was none before: it grew from nothing */
	assert_true(latency_growth(c, 0, LATENCY_OF_BLKIO, "write", &g));
	assert_int_equal(g.counts[5], 2);
	assert_false(latency_growth(c, 0, LATENCY_OF_BLKIO, "discard", &g));
	assert_true(latency_growth(c, 0, LATENCY_OF_BLKIO, NULL, &g));
	assert_int_equal(g.count, 5);
	comparison_free(c);
}

static void no_growth_where_it_cannot_be_told(void **state)
{
	struct snapshot *earlier = empty_snapshot(1);
	struct snapshot *later = empty_snapshot(2);
	struct latency_growth g;
	struct comparison *c;

	(void)state;
	set_waits(earlier, &(struct counts){{[0] = 5}});
	set_waits(later, &(struct counts){{[0] = 4}}); /* it went back */
	c = compare(earlier, later);
	assert_false(latency_growth(c, 0, LATENCY_OF_RUNQUEUE, NULL, &g));
	comparison_free(c);

	later = empty_snapshot(2);
	set_waits(later, &(struct counts){{[0] = 4}});
	c = compare(empty_snapshot(1), later); /* it was not measured before */
	assert_false(latency_growth(c, 0, LATENCY_OF_RUNQUEUE, NULL, &g));
	comparison_free(c);
}

/* --- percentiles --- */

static double at(const struct latency_growth *g, double share)
{
	double seconds = -1;

	assert_true(latency_percentile(g, share, &seconds));
	return seconds * 1e6;
}

static void percentiles_lie_in_their_bucket(void **state)
{
	struct latency_growth g = {.counts = {[0] = 50, [4] = 50}, .count = 100};
	double none;

	(void)state;
	assert_float_equal(at(&g, 0.25), 0.5, 1e-9); /* halfway through the first: 0 to 1 us */
	assert_float_equal(at(&g, 0.5), 1, 1e-9);
	assert_float_equal(at(&g, 0.75), 12, 1e-9); /* halfway through 8 to 16 us */
	assert_float_equal(at(&g, 1), 16, 1e-9);
	assert_float_equal(at(&g, 0.51), 8.16F, 1e-9);

	g = (struct latency_growth){.counts = {[LATENCY_BOUNDS] = 1}, .count = 1};
	assert_float_equal(at(&g, 0.99), 67108864, 1e-3); /* that much at least */
	g = (struct latency_growth){0};
	assert_false(latency_percentile(&g, 0.5, &none));
}

static void check_column(const struct comparison *c, const char *key, const char *cell, const char *plain)
{
	const struct column *column = column_find(key);
	_cleanup_str_ struct str text = {0};

	assert_non_null(column);
	column->cell(column, c, 0, &text);
	assert_string_equal(text.data, cell);
	str_clear(&text);
	column->plain(column, c, 0, &text);
	assert_string_equal(text.data ? text.data : "", plain);
}

static void columns_of_percentiles(void **state)
{
	struct snapshot *earlier = empty_snapshot(1);
	struct snapshot *later = empty_snapshot(2);
	struct metric_set need = {0};
	struct comparison *c;

	(void)state;
	set_waits(earlier, &(struct counts){{0}});
	set_waits(later, &(struct counts){{[11] = 98, [14] = 2}});
	set_operation(later, "read", &(struct counts){{[9] = 1}});
	set_operation(later, "flush", &(struct counts){{[21] = 1}});
	c = compare(earlier, later);
	check_column(c, "runq_p50", "1.5ms", "0.001546449");
	check_column(c, "runq_p99", "12ms", "0.012288");
	check_column(c, "IO P50", "512us", "0.000512");
	check_column(c, "IO P99", "2.1s", "2.07618048");
	comparison_free(c);
	column_find("runq_p99")->need(column_find("runq_p99"), &need);
	assert_true(metric_set_has(&need, METRIC_RUNQUEUE_LATENCY_26));
	assert_false(metric_set_has(&need, METRIC_BLKIO_LATENCY_26));
	c = compare(empty_snapshot(1), empty_snapshot(2));
	check_column(c, "runq_p50", "-", "");
	comparison_free(c);
}

/* Nobody chooses among 60 columns. */
static void buckets_are_no_columns(void **state)
{
	(void)state;
	for (size_t i = 0; i < column_count(); i++) {
		const struct metric *m = &metrics[column_at(i)->metric];

		assert_false(m->kind == KIND_HISTOGRAM && *m->labels);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(bounds_are_those_of_the_table),
		cmocka_unit_test(growth_is_by_bucket),
		cmocka_unit_test(an_operation_by_itself_or_all_together),
		cmocka_unit_test(no_growth_where_it_cannot_be_told),
		cmocka_unit_test(percentiles_lie_in_their_bucket),
		cmocka_unit_test(columns_of_percentiles),
		cmocka_unit_test(buckets_are_no_columns),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
