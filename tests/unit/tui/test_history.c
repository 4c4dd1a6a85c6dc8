/* SPDX-License-Identifier: Apache-2.0 */
#include "history.h"

#include "fixture.h"

#include <math.h>

#define PLENTY ((size_t)1 << 30)

static struct snapshot *last;

/* Adds the fleet's picture at a tick, with rates since the one before. */
static void add(struct history *h, unsigned tick, uint32_t without)
{
	struct snapshot *s = fixture_snapshot_without(tick, without);
	struct comparison *c = comparison_new(last, s);

	assert_non_null(c);
	assert_int_equal(history_add(h, c), 0);
	comparison_free(c);
	snapshot_unref(last);
	last = s;
}

static void end(struct history *h)
{
	history_free(h);
	snapshot_unref(last);
	last = NULL;
}

static void values(void **state)
{
	struct history *h = history_new(PLENTY);
	float out[600];

	(void)state;
	assert_int_equal(history_values(h, FIXTURE_ENTITY(API), FIGURE_CPU, 0, out, 600), 0);
	for (unsigned t = 1; t <= 40; t++)
		add(h, t, 0);
	assert_int_equal(history_values(h, FIXTURE_ENTITY(API), FIGURE_CPU, 0, out, 600), 40);
	assert_true(isnan(out[0])); /* no rate yet */
	for (size_t i = 1; i < 40; i++)
		assert_true(out[i] > 1.2F && out[i] < 2.6F);
	assert_int_equal(history_values(h, FIXTURE_ENTITY(API), FIGURE_MEMORY, 0, out, 3), 3);
	assert_true(out[2] == 811.0F * 1024 * 1024);
	assert_int_equal(history_values(h, FIXTURE_ENTITY(API), FIGURE_PIDS, 30, out, 600), 10);
	assert_true(out[0] == 66 && out[9] == 66);
	assert_int_equal(history_values(h, FIXTURE_ENTITY(API), FIGURE_PIDS, 40, out, 600), 0);
	assert_int_equal(history_values(h, FIXTURE_ENTITY(MIGRATE), FIGURE_CPU, 0, out, 600), 0); /* ended */
	assert_int_equal(history_values(h, 12345, FIGURE_CPU, 0, out, 600), 0);
	assert_int_equal(history_values(h, FIXTURE_ENTITY(API), FIGURE_CPU, 0, out, 0), 0);
	end(h);
}

/* The value is that of its tick, whatever has been grown, wrapped and left out. */
static void rings(void **state)
{
	struct history *h = history_new(0);
	float out[HISTORY_SAMPLES + 10];

	(void)state;
	for (unsigned t = 1; t <= 2 * HISTORY_SAMPLES + 7; t++)
		add(h, t, t >= 350 && t < 360 ? 1U << FIXTURE_DB : 0);
	assert_int_equal(history_values(h, FIXTURE_ENTITY(API), FIGURE_CPU, 0, out, HISTORY_SAMPLES + 10),
			 HISTORY_SAMPLES);
	for (size_t i = 0; i < HISTORY_SAMPLES; i++) {
		unsigned tick = (unsigned)(HISTORY_SAMPLES + 8 + i);
		double expected =
			fixture_used(1.872, tick, FIXTURE_API) - fixture_used(1.872, tick - 1, FIXTURE_API);

		assert_true(fabs((double)out[i] - expected) < 1e-4);
	}
	assert_int_equal(history_values(h, FIXTURE_ENTITY(DB), FIGURE_PIDS, 0, out, HISTORY_SAMPLES),
			 HISTORY_SAMPLES);
	for (size_t i = 0; i < HISTORY_SAMPLES; i++) {
		size_t tick = HISTORY_SAMPLES + 8 + i;

		assert_true(tick >= 350 && tick < 360 ? isnan(out[i]) : out[i] == 44);
	}
	end(h);
}

static void the_gone_are_forgotten(void **state)
{
	struct history *h = history_new(0);
	float out[HISTORY_SAMPLES];

	(void)state;
	for (unsigned t = 1; t <= 20; t++)
		add(h, t, 0);
	for (unsigned t = 21; t <= 25; t++)
		add(h, t, 1U << FIXTURE_WEB);
	assert_int_equal(history_values(h, FIXTURE_ENTITY(WEB), FIGURE_PIDS, 0, out, 10), 10);
	assert_true(out[4] == 9 && isnan(out[5]) && isnan(out[9]));
	for (unsigned t = 26; t <= 20 + HISTORY_SAMPLES - 1; t++)
		add(h, t, 1U << FIXTURE_WEB);
	assert_true(history_values(h, FIXTURE_ENTITY(WEB), FIGURE_PIDS, 0, out, HISTORY_SAMPLES) > 0);
	add(h, 20 + HISTORY_SAMPLES, 1U << FIXTURE_WEB);
	assert_int_equal(history_values(h, FIXTURE_ENTITY(WEB), FIGURE_PIDS, 0, out, HISTORY_SAMPLES), 0);
	end(h);
}

static void pictures(void **state)
{
	struct history *h = history_new(PLENTY);

	(void)state;
	assert_int_equal(history_pictures(h), 0);
	assert_null(history_picture(h, 0));
	assert_int_equal(history_at(h, 1), 0);
	for (unsigned t = 1; t <= 100; t++)
		add(h, t, 0);
	assert_int_equal(history_pictures(h), 100);
	for (unsigned back = 0; back < 100; back++) {
		const struct snapshot *s = comparison_later(history_picture(h, back));

		assert_int_equal(snapshot_realtime_ns(s), (FIXTURE_EPOCH + 100 - back) * NSEC_PER_SEC);
	}
	assert_null(history_picture(h, 100));
	assert_int_equal(history_at(h, (FIXTURE_EPOCH + 90) * NSEC_PER_SEC), 10);
	assert_int_equal(history_at(h, (FIXTURE_EPOCH + 90) * NSEC_PER_SEC + 5), 10);
	assert_int_equal(history_at(h, (FIXTURE_EPOCH + 90) * NSEC_PER_SEC - 1), 11);
	assert_int_equal(history_at(h, 1), 99);
	assert_int_equal(history_at(h, UINT64_MAX), 0);
	end(h);
}

/* As many as fit, and the newest always. */
static void budget(void **state)
{
	struct snapshot *s = fixture_snapshot(1);
	size_t one = snapshot_bytes(s);
	struct history *h = history_new(one * 12);
	double rate;

	(void)state;
	assert_true(one > 10000);
	snapshot_unref(s);
	for (unsigned t = 1; t <= 50; t++)
		add(h, t, 0);
	assert_true(history_pictures(h) >= 8 && history_pictures(h) <= 12);
	/* The oldest has rates though the picture before is gone. */
	assert_true(comparison_rate(history_picture(h, history_pictures(h) - 1), FIXTURE_API,
				    METRIC_CPU_USAGE, &rate));
	end(h);
	h = history_new(0);
	for (unsigned t = 1; t <= 5; t++)
		add(h, t, 0);
	assert_int_equal(history_pictures(h), 1);
	end(h);
}

static void what_it_needs(void **state)
{
	struct metric_set need = {0};

	(void)state;
	history_need(&need);
	assert_true(metric_set_has(&need, METRIC_CPU_USAGE));
	assert_true(metric_set_has(&need, METRIC_CPU_PERIODS));
	assert_true(metric_set_has(&need, METRIC_NET_TX_BYTES));
	assert_true(metric_set_has(&need, METRIC_PRESSURE_IO_SOME));
	assert_false(metric_set_has(&need, METRIC_TCP_LISTEN));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(values),
		cmocka_unit_test(rings),
		cmocka_unit_test(the_gone_are_forgotten),
		cmocka_unit_test(pictures),
		cmocka_unit_test(budget),
		cmocka_unit_test(what_it_needs),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
