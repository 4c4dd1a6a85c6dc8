/* SPDX-License-Identifier: Apache-2.0 */
#include "base/clock.h"
#include "model/derive.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

static struct identity *who;

static int make_identity(void **state)
{
	(void)state;
	who = identity_new(&(struct identity){.id = "who"});
	return who ? 0 : -1;
}

static int check_identity(void **state)
{
	(void)state;
	if (who->references != 1)
		return -1;
	identity_unref(who);
	return 0;
}

static struct snapshot *make(void)
{
	struct metric_set all = {0};
	struct snapshot *s;

	for (unsigned g = 0; g < GROUP__COUNT; g++)
		metric_set_add_group(&all, g);
	s = snapshot_new(&all, &(struct host){0}, 0, 0, 0);
	assert_non_null(s);
	return s;
}

static size_t add(struct snapshot *s, uint64_t id, uint64_t monotonic_ns)
{
	struct entity e = {
		.path = "/x", .identity = who, .id = id, .parent = -1, .monotonic_ns = monotonic_ns};

	return (size_t)snapshot_add(s, &e);
}

/* A row computed from (up to) two others, each absent where it is NULL. */
static bool derived(enum metric_id id, enum metric_id a, const uint64_t *a_value, enum metric_id b,
		    const uint64_t *b_value, uint64_t *out)
{
	struct snapshot *s = make();
	bool has;

	add(s, 1, 0);
	if (a_value)
		snapshot_set(s, 0, a, *a_value);
	if (b_value)
		snapshot_set(s, 0, b, *b_value);
	snapshot_seal(s);
	has = snapshot_get(s, 0, id, out);
	snapshot_unref(s);
	return has;
}

static const uint64_t zero = 0;
static const uint64_t one = 1;
static const uint64_t five = 5;
static const uint64_t unlimited = UNLIMITED;
static const uint64_t nearly = UNLIMITED - 1;

static void working_set(void **state)
{
	uint64_t got;

	(void)state;
#define WSET(usage, inactive)                                                                       \
	derived(METRIC_MEMORY_WORKING_SET, METRIC_MEMORY_USAGE, usage, METRIC_MEMORY_INACTIVE_FILE, \
		inactive, &got)
	assert_true(WSET(&five, &one));
	assert_int_equal(got, 4);
	assert_true(WSET(&one, &five)); /* the two are read one after the other: not below 0 */
	assert_int_equal(got, 0);
	assert_true(WSET(&five, &five));
	assert_int_equal(got, 0);
	assert_false(WSET(NULL, &five));
	assert_false(WSET(&five, NULL));
}

static void swap_limit(void **state)
{
	uint64_t got;

	(void)state;
#define SWAP(memory, swap) \
	derived(METRIC_MEMORY_SWAP_LIMIT, METRIC_MEMORY_LIMIT, memory, METRIC_MEMORY_SWAP_MAX, swap, &got)
	assert_true(SWAP(&five, &one));
	assert_int_equal(got, 6);
	assert_true(SWAP(&five, &zero));
	assert_int_equal(got, 5);
	assert_true(SWAP(&five, &unlimited));
	assert_int_equal(got, UNLIMITED);
	assert_true(SWAP(&unlimited, &five));
	assert_int_equal(got, UNLIMITED);
	assert_true(SWAP(&nearly, &five)); /* more than fits is no limit */
	assert_int_equal(got, UNLIMITED);
	assert_false(SWAP(NULL, &five));
	assert_false(SWAP(&five, NULL));
}

/* v1 has a file for it: what was read stays. */
static void swap_limit_of_v1(void **state)
{
	uint64_t got;

	(void)state;
	assert_true(derived(METRIC_MEMORY_SWAP_LIMIT, METRIC_MEMORY_SWAP_LIMIT, &five, METRIC_MEMORY_LIMIT,
			    &one, &got));
	assert_int_equal(got, 5);
}

static void frozen(void **state)
{
	uint64_t got;

	(void)state;
#define FROZEN(v2, v1) derived(METRIC_FROZEN, METRIC_FROZEN_V2, v2, METRIC_FROZEN_V1, v1, &got)
	assert_true(FROZEN(&one, NULL));
	assert_int_equal(got, 1);
	assert_true(FROZEN(NULL, &one));
	assert_int_equal(got, 1);
	assert_true(FROZEN(&zero, &one));
	assert_int_equal(got, 1);
	assert_true(FROZEN(&zero, &zero));
	assert_int_equal(got, 0);
	assert_true(FROZEN(&zero, NULL));
	assert_int_equal(got, 0);
	assert_false(FROZEN(NULL, NULL));
}

static void throttling(void **state)
{
	static const enum metric_id rows[] = {METRIC_CPU_PERIODS, METRIC_CPU_THROTTLED_PERIODS,
					      METRIC_CPU_THROTTLED_TIME, METRIC_CPU_BURST_PERIODS,
					      METRIC_CPU_BURST_TIME};
	uint64_t got;

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		assert_true(derived(rows[i], rows[i], &five, METRIC_CPU_QUOTA, &one, &got));
		assert_int_equal(got, 5);
		assert_false(derived(rows[i], rows[i], &five, METRIC_CPU_QUOTA, &unlimited, &got));
		assert_true(derived(rows[i], rows[i], &five, METRIC_CPU_QUOTA, NULL, &got));
		assert_false(derived(rows[i], rows[i], NULL, METRIC_CPU_QUOTA, &one, &got));
	}
}

static void cpus(void **state)
{
	static const struct {
		const char *list;
		int count; /* -1 = absent */
	} cases[] = {
		{"0", 1},
		{"0-3", 4},
		{"0-3,7", 5},
		{"0,2,4-5,8-11", 8},
		{"", 0},
		{"0-3\n", 4},
		{"1023", 1},
		{"0-1023", 1024},
		{"3-1", -1},
		{"a", -1},
		{"0-", -1},
		{"0-3-5", -1},
		{"0x3", -1},
		{"1,,2", 2},
		{"0-99999999999", -1},
		{"18446744073709551615", 1},
		{"0-18446744073709551615", -1},
		{"99999999999999999999", -1},
		{"\xff", -1},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct snapshot *s = make();
		uint64_t got = 0;
		bool has;

		add(s, 1, 0);
		assert_int_equal(
			snapshot_set_text(s, 0, METRIC_CPUSET_CPUS, cases[i].list, strlen(cases[i].list)), 0);
		snapshot_seal(s);
		has = snapshot_get(s, 0, METRIC_CPUSET_CPU_COUNT, &got);
		if (has != (cases[i].count >= 0) || (has && got != (uint64_t)cases[i].count))
			fail_msg("\"%s\": %d %llu", cases[i].list, has, (unsigned long long)got);
		snapshot_unref(s);
	}
}

/* --- rates --- */

struct two {
	struct snapshot *earlier;
	struct snapshot *later;
};

static struct comparison *compare(const struct two *t)
{
	struct comparison *c;

	snapshot_seal(t->earlier);
	snapshot_seal(t->later);
	c = comparison_new(t->earlier, t->later);
	assert_non_null(c);
	assert_ptr_equal(comparison_later(c), t->later);
	/* it holds its own references */
	snapshot_unref(t->earlier);
	snapshot_unref(t->later);
	return c;
}

static void rates(void **state)
{
	struct two t = {make(), make()};
	struct comparison *c;
	double rate = -1;

	(void)state;
	add(t.earlier, 10, 0);
	add(t.earlier, 20, NSEC_PER_SEC);
	add(t.later, 20, 3 * NSEC_PER_SEC);
	add(t.later, 30, 3 * NSEC_PER_SEC);
	snapshot_set(t.earlier, 1, METRIC_CPU_USAGE, NSEC_PER_SEC);
	snapshot_set(t.later, 0, METRIC_CPU_USAGE, 2 * NSEC_PER_SEC);
	snapshot_set(t.later, 1, METRIC_CPU_USAGE, 2 * NSEC_PER_SEC);
	snapshot_set(t.earlier, 1, METRIC_MEMORY_USAGE, 1);
	snapshot_set(t.later, 0, METRIC_MEMORY_USAGE, 2);
	snapshot_set(t.earlier, 1, METRIC_OOM_KILLS, 5);
	snapshot_set(t.later, 0, METRIC_OOM_KILLS, 4);
	snapshot_set(t.later, 0, METRIC_CPU_USER, 4);
	snapshot_set(t.earlier, 1, METRIC_CPU_SYSTEM, 4);
	snapshot_set(t.earlier, 1, METRIC_MEMORY_PGFAULT, UINT64_MAX - 10);
	snapshot_set(t.later, 0, METRIC_MEMORY_PGFAULT, UINT64_MAX);
	c = compare(&t);
	assert_true(comparison_rate(c, 0, METRIC_CPU_USAGE, &rate));
	assert_true(rate == 5e8); /* half a CPU */
	assert_true(comparison_rate(c, 0, METRIC_MEMORY_PGFAULT, &rate));
	assert_true(rate == 5);
	assert_false(comparison_rate(c, 1, METRIC_CPU_USAGE, &rate));	 /* new */
	assert_false(comparison_rate(c, 0, METRIC_MEMORY_USAGE, &rate)); /* no counter */
	assert_false(comparison_rate(c, 0, METRIC_OOM_KILLS, &rate));	 /* went back */
	assert_false(comparison_rate(c, 0, METRIC_CPU_USER, &rate));	 /* absent before */
	assert_false(comparison_rate(c, 0, METRIC_CPU_SYSTEM, &rate));	 /* absent now */
	assert_true(rate == 5);
	comparison_free(c);
	comparison_free(NULL);
}

static void no_time_passed(void **state)
{
	struct two t = {make(), make()};
	struct comparison *c;
	double rate;

	(void)state;
	for (unsigned i = 0; i < 2; i++) {
		add(t.earlier, i, 5);
		add(t.later, i, i ? 4 : 5);
		snapshot_set(t.earlier, i, METRIC_CPU_USAGE, 1);
		snapshot_set(t.later, i, METRIC_CPU_USAGE, 2);
	}
	c = compare(&t);
	assert_false(comparison_rate(c, 0, METRIC_CPU_USAGE, &rate));
	assert_false(comparison_rate(c, 1, METRIC_CPU_USAGE, &rate));
	comparison_free(c);
}

static void rates_of_series(void **state)
{
	struct two t = {make(), make()};
	struct comparison *c;
	double rate;

	(void)state;
	add(t.earlier, 1, 0);
	add(t.later, 1, NSEC_PER_SEC / 2);
	snapshot_series_set(t.earlier, snapshot_series(t.earlier, DIMENSION_DEVICE, "vda", 3, ""),
			    METRIC_IO_READ_BYTES, 10);
	snapshot_series_set(t.later, snapshot_series(t.later, DIMENSION_DEVICE, "sda", 3, ""),
			    METRIC_IO_READ_BYTES, 5);
	snapshot_series_set(t.later, snapshot_series(t.later, DIMENSION_DEVICE, "vda", 3, ""),
			    METRIC_IO_READ_BYTES, 20);
	c = compare(&t);
	assert_true(comparison_rate(c, 0, METRIC_IO_READ_BYTES, &rate));
	assert_true(rate == 30);
	assert_true(comparison_rate(c, 0, METRIC_BLKIO_READ, &rate));
	assert_true(rate == 30);
	assert_false(comparison_rate(c, 0, METRIC_IO_WRITE_BYTES, &rate));
	comparison_free(c);
}

static void nothing_before(void **state)
{
	struct snapshot *s = make();
	struct comparison *c;
	double rate;

	(void)state;
	add(s, 1, 5);
	snapshot_set(s, 0, METRIC_CPU_USAGE, 2);
	snapshot_seal(s);
	c = comparison_new(NULL, s);
	snapshot_unref(s);
	assert_false(comparison_rate(c, 0, METRIC_CPU_USAGE, &rate));
	comparison_free(c);
}

static void growth(void **state)
{
	struct two t = {make(), make()};
	struct comparison *c;
	uint64_t grown = 9;
	double rate;

	(void)state;
	add(t.earlier, 10, 0);
	add(t.earlier, 20, NSEC_PER_SEC);
	snapshot_set(t.earlier, 1, METRIC_OOM_KILLS, 5);
	snapshot_series_set(t.earlier, snapshot_series(t.earlier, DIMENSION_DEVICE, "vda", 3, ""),
			    METRIC_IO_READS, 1);
	snapshot_series_set(t.earlier, snapshot_series(t.earlier, DIMENSION_DEVICE, "vdb", 3, ""),
			    METRIC_IO_READS, 100);
	add(t.later, 20, 3 * NSEC_PER_SEC);
	snapshot_set(t.later, 0, METRIC_OOM_KILLS, 12);
	snapshot_series_set(t.later, snapshot_series(t.later, DIMENSION_DEVICE, "vdb", 3, ""),
			    METRIC_IO_READS, 104);
	snapshot_series_set(t.later, snapshot_series(t.later, DIMENSION_DEVICE, "vdc", 3, ""),
			    METRIC_IO_READS, 7);
	add(t.later, 30, 3 * NSEC_PER_SEC);
	c = compare(&t);
	assert_ptr_equal(comparison_earlier(c), t.earlier);
	assert_int_equal(comparison_before(c, 0), 1);
	assert_int_equal(comparison_before(c, 1), -1);
	assert_true(comparison_growth(c, 0, METRIC_OOM_KILLS, &grown));
	assert_int_equal(grown, 7);
	assert_false(comparison_growth(c, 1, METRIC_OOM_KILLS, &grown));
	assert_true(comparison_series_rate(c, 0, 0, METRIC_IO_READS, &rate));
	assert_true(rate == 2);
	assert_false(comparison_series_rate(c, 0, 0, METRIC_IO_WRITES, &rate));
	assert_false(comparison_series_rate(c, 0, 1, METRIC_IO_READS, &rate)); /* new */
	comparison_free(c);
}

static double idle_between(const struct host *then, const struct host *now, uint64_t used_ns)
{
	struct metric_set need = {0};
	struct snapshot *s[2];
	struct comparison *c;
	double idle = -1;

	metric_set_add(&need, METRIC_CPU_USAGE);
	for (int i = 0; i < 2; i++) {
		struct entity e = {.path = "/",
				   .identity = who,
				   .id = 1,
				   .parent = -1,
				   .class = ENTITY_HOST,
				   .monotonic_ns = (uint64_t)(1 + i) * NSEC_PER_SEC};

		s[i] = snapshot_new(&need, i ? now : then, e.monotonic_ns, 0, 1);
		assert_non_null(s[i]);
		assert_int_equal(snapshot_add(s[i], &e), 0);
		if (used_ns != UNLIMITED)
			snapshot_set(s[i], 0, METRIC_CPU_USAGE, i ? used_ns : 0);
		snapshot_seal(s[i]);
	}
	c = comparison_new(s[0], s[1]);
	assert_non_null(c);
	(void)comparison_idle(c, &idle);
	comparison_free(c);
	snapshot_unref(s[0]);
	snapshot_unref(s[1]);
	return idle;
}

static void idle(void **state)
{
	struct host then = {.n_cpus = 4,
			    .meters = {.cpu_known = true, .cpu_busy_ns = 5, .cpu_total_ns = 100}};
	struct host now = {.n_cpus = 4,
			   .meters = {.cpu_known = true, .cpu_busy_ns = 55, .cpu_total_ns = 300}};
	const struct host plain = {.n_cpus = 4};

	(void)state;
	assert_true(idle_between(&then, &now, NSEC_PER_SEC) == 0.75);
	assert_true(idle_between(&plain, &plain, NSEC_PER_SEC) == 0.75); /* one CPU of four */
	assert_true(idle_between(&then, &plain, 2 * NSEC_PER_SEC) == 0.5);
	assert_true(idle_between(&plain, &plain, 5 * NSEC_PER_SEC) == 0);
	assert_true(idle_between(&plain, &plain, UNLIMITED) < 0);
	now.meters.cpu_total_ns = 100;
	assert_true(idle_between(&then, &now, UNLIMITED) < 0); /* no time passed */
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(working_set, make_identity, check_identity),
		cmocka_unit_test_setup_teardown(swap_limit, make_identity, check_identity),
		cmocka_unit_test_setup_teardown(swap_limit_of_v1, make_identity, check_identity),
		cmocka_unit_test_setup_teardown(frozen, make_identity, check_identity),
		cmocka_unit_test_setup_teardown(throttling, make_identity, check_identity),
		cmocka_unit_test_setup_teardown(cpus, make_identity, check_identity),
		cmocka_unit_test_setup_teardown(rates, make_identity, check_identity),
		cmocka_unit_test_setup_teardown(no_time_passed, make_identity, check_identity),
		cmocka_unit_test_setup_teardown(rates_of_series, make_identity, check_identity),
		cmocka_unit_test_setup_teardown(nothing_before, make_identity, check_identity),
		cmocka_unit_test_setup_teardown(growth, make_identity, check_identity),
		cmocka_unit_test_setup_teardown(idle, make_identity, check_identity),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
