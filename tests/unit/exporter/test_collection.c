/* SPDX-License-Identifier: Apache-2.0 */
#include "collection.h"

#include "model/verdict.h"
#include "sample.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>

#include <cmocka.h>

#define SECONDS(n) ((uint64_t)((n)*1e9))

/* A source whose only entity is throttled in `throttled` of ten periods more with each sample. */
struct fake {
	struct source source;
	uint64_t now_ns;
	uint64_t throttled;
	bool fails;
	struct snapshot *again; /* where there is one, it is given once more */
};

static int fake_sample(struct source *source, const struct metric_set *need, struct snapshot **out,
		       struct error *err)
{
	struct fake *f = (struct fake *)(void *)source;
	struct metric_set closed = *need;
	struct identity *who;
	struct entity e = {.path = "/x", .id = 1, .parent = -1, .monotonic_ns = f->now_ns};

	if (f->fails)
		return error_set(err, -EIO, "", "cannot");
	if (f->again) {
		*out = snapshot_ref(f->again);
		return 0;
	}
	metric_set_close(&closed);
	who = identity_new(&(struct identity){.id = "x"});
	assert_non_null(who);
	e.identity = who;
	*out = snapshot_new(&closed, &(struct host){0}, f->now_ns, 0, 1);
	assert_non_null(*out);
	assert_int_equal(snapshot_add(*out, &e), 0);
	identity_unref(who);
	f->throttled += 5;
	snapshot_set(*out, 0, METRIC_CPU_PERIODS, f->throttled * 2);
	snapshot_set(*out, 0, METRIC_CPU_THROTTLED_PERIODS, f->throttled);
	snapshot_set(*out, 0, METRIC_CPU_PERIOD, 10000000); /* long ones, so that few of them are enough */
	snapshot_seal(*out);
	return 0;
}

static const struct source_ops fake_ops = {.name = "fake", .sample = fake_sample};

static struct collection *get(struct collections *c, struct fake *f, double at, bool all)
{
	struct metric_set need = {0};
	struct collection *got;
	struct error err;

	if (all)
		verdict_need(&need);
	else
		metric_set_add(&need, METRIC_CPU_USAGE);
	f->now_ns = SECONDS(100 + at);
	assert_int_equal(collections_get(c, &need, f->now_ns, &got, &err), 0);
	return got;
}

/* Seconds between what is compared in a collection taken at `at`; -1 where nothing is. */
static double compared_at(struct collections *c, struct fake *f, double at, bool all)
{
	struct collection *got = get(c, f, at, all);
	double apart = -1;

	if (got->comparison) {
		assert_ptr_equal(comparison_later(got->comparison), got->snapshot);
		apart = (double)(snapshot_monotonic_ns(got->snapshot) -
				 snapshot_monotonic_ns(comparison_earlier(got->comparison))) /
			1e9;
	}
	collection_unref(got);
	return apart;
}

static void assert_apart(double got, double expected)
{
	if (got < expected - 0.001 || got > expected + 0.001)
		fail_msg("%g s apart, not %g", got, expected);
}

#define START                                           \
	struct fake f = {.source = {.ops = &fake_ops}}; \
	struct collections c = {.source = &f.source, .min_interval_ns = SECONDS(0.5)}

static void a_steady_scrape(void **state)
{
	START;

	(void)state;
	assert_apart(compared_at(&c, &f, 0, true), -1);
	assert_apart(compared_at(&c, &f, 15, true), 15);
	assert_apart(compared_at(&c, &f, 15.2, true), 15); /* the same collection */
	assert_apart(compared_at(&c, &f, 30, true), 15);
	assert_int_equal(c.total, 3);
	collections_drop(&c);
	assert_int_equal(c.alive, 0);
	assert_apart(compared_at(&c, &f, 45, true), -1);
	collections_drop(&c);
}

/* Each of two servers gets the time since its own scrape, or since the other's, never the moment between. */
static void two_scrapes_close_together(void **state)
{
	START;

	(void)state;
	assert_apart(compared_at(&c, &f, 0, true), -1);
	assert_apart(compared_at(&c, &f, 0.6, true), -1);
	assert_apart(compared_at(&c, &f, 15, true), 14.4);
	assert_apart(compared_at(&c, &f, 15.6, true), 15);
	assert_apart(compared_at(&c, &f, 30, true), 14.4);
	assert_apart(compared_at(&c, &f, 30.6, true), 15);
	collections_drop(&c);
}

/* So often that the one before is always too young: compared all the same, and not with ever older ones. */
static void scrapes_in_quick_succession(void **state)
{
	static const double apart[] = {-1, -1, 1.2, 1.8, 1.2, 1.8, 1.2, 1.8};
	START;

	(void)state;
	for (size_t i = 0; i < sizeof(apart) / sizeof(apart[0]); i++)
		assert_apart(compared_at(&c, &f, 0.6 * (double)i, true), apart[i]);
	collections_drop(&c);
	assert_int_equal(c.alive, 0);
}

static void what_has_no_verdict_is_no_base(void **state)
{
	START;

	(void)state;
	assert_apart(compared_at(&c, &f, 0, true), -1);
	assert_apart(compared_at(&c, &f, 10, false), -1); /* nobody asked */
	assert_apart(compared_at(&c, &f, 20, true), 20);
	collections_drop(&c);
}

static void after_a_long_silence(void **state)
{
	START;

	(void)state;
	assert_apart(compared_at(&c, &f, 0, true), -1);
	assert_apart(compared_at(&c, &f, 301, true), -1);
	assert_apart(compared_at(&c, &f, 302, true), 1);
	collections_drop(&c);
}

static void a_failure_in_between(void **state)
{
	struct metric_set need = {0};
	struct collection *got;
	struct error err;
	START;

	(void)state;
	verdict_need(&need);
	assert_apart(compared_at(&c, &f, 0, true), -1);
	f.fails = true;
	assert_int_equal(collections_get(&c, &need, SECONDS(110), &got, &err), -EIO);
	f.fails = false;
	assert_apart(compared_at(&c, &f, 20, true), 20);
	collections_drop(&c);
}

/* What somebody else took may be given more than once: it is never compared with itself. */
static void the_same_snapshot_twice(void **state)
{
	struct collection *held;
	START;

	(void)state;
	assert_apart(compared_at(&c, &f, 0, true), -1);
	held = get(&c, &f, 5, true);
	f.again = held->snapshot;
	assert_apart(compared_at(&c, &f, 8, true), 5);
	assert_apart(compared_at(&c, &f, 11, true), 5);
	f.again = NULL;
	assert_apart(compared_at(&c, &f, 15, true), 10);
	collection_unref(held);
	collections_drop(&c);
	assert_int_equal(c.alive, 0);
}

/* A reader that is slow keeps what it is read from. */
static void a_slow_reader(void **state)
{
	struct collection *first;
	struct collection *second;
	struct verdict v;
	START;

	(void)state;
	first = get(&c, &f, 0, true);
	second = get(&c, &f, 5, true);
	collections_drop(&c);
	assert_int_equal(c.alive, 2);
	assert_null(first->comparison);
	verdict_of(second->comparison, 0, &v);
	assert_int_equal(v.limiter, LIMITER_CPU_MAX);
	assert_true(v.share > 0.49 && v.share < 0.51);
	collection_unref(first);
	collection_unref(second);
	assert_int_equal(c.alive, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_steady_scrape),
		cmocka_unit_test(two_scrapes_close_together),
		cmocka_unit_test(scrapes_in_quick_succession),
		cmocka_unit_test(what_has_no_verdict_is_no_base),
		cmocka_unit_test(after_a_long_silence),
		cmocka_unit_test(a_failure_in_between),
		cmocka_unit_test(the_same_snapshot_twice),
		cmocka_unit_test(a_slow_reader),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
