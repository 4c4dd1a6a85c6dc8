/* SPDX-License-Identifier: Apache-2.0 */
#include "limits.h"

#include "base/clock.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

static void bucket_gives_its_burst_then_one_an_interval(void **state)
{
	struct bucket b;
	uint64_t wait = 0;
	uint64_t now = 1000;

	(void)state;
	bucket_init(&b, NSEC_PER_SEC, 3, now);
	for (int i = 0; i < 3; i++)
		assert_true(bucket_take(&b, now, &wait));
	assert_false(bucket_take(&b, now, &wait));
	assert_int_equal(wait, NSEC_PER_SEC);
	now += NSEC_PER_SEC / 4;
	assert_false(bucket_take(&b, now, &wait));
	assert_int_equal(wait, NSEC_PER_SEC * 3 / 4);
	now += NSEC_PER_SEC * 3 / 4;
	assert_true(bucket_take(&b, now, &wait));
	assert_false(bucket_take(&b, now, &wait));
}

static void bucket_saves_no_more_than_its_burst(void **state)
{
	struct bucket b;
	uint64_t wait;
	unsigned taken = 0;

	(void)state;
	bucket_init(&b, NSEC_PER_MSEC, 5, 0);
	while (bucket_take(&b, 3600 * NSEC_PER_SEC, &wait))
		taken++;
	assert_int_equal(taken, 5);
}

static void bucket_survives_extremes(void **state)
{
	struct bucket b;
	uint64_t wait = 0;

	(void)state;
	bucket_init(&b, 0, 0, 5);
	for (int i = 0; i < 1000; i++)
		assert_true(bucket_take(&b, 5, &wait));
	bucket_init(&b, UINT64_MAX / 2, INT32_MAX, 5);
	assert_true(bucket_take(&b, UINT64_MAX, &wait));
	assert_true(bucket_take(&b, 0, &wait)); /* a clock that goes back takes nothing away */
	assert_false(bucket_take(&b, UINT64_MAX, &wait));
	bucket_init(&b, NSEC_PER_SEC, 0, 0);
	assert_false(bucket_take(&b, UINT64_MAX, &wait));
}

static void deadlines(void **state)
{
	const struct patience p = {
		.ns = {[PHASE_READING] = 10, [PHASE_ANSWERING] = 20, [PHASE_IDLE] = UINT64_MAX}};

	(void)state;
	assert_int_equal(patience_deadline(&p, PHASE_READING, 5), 15);
	assert_int_equal(patience_deadline(&p, PHASE_ANSWERING, 5), 25);
	assert_true(patience_deadline(&p, PHASE_IDLE, 5) == UINT64_MAX);
}

static void retry_after_is_rounded_up(void **state)
{
	(void)state;
	assert_int_equal(retry_after_seconds(0), 1);
	assert_int_equal(retry_after_seconds(1), 1);
	assert_int_equal(retry_after_seconds(NSEC_PER_SEC), 1);
	assert_int_equal(retry_after_seconds(NSEC_PER_SEC + 1), 2);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(bucket_gives_its_burst_then_one_an_interval),
		cmocka_unit_test(bucket_saves_no_more_than_its_burst),
		cmocka_unit_test(bucket_survives_extremes),
		cmocka_unit_test(deadlines),
		cmocka_unit_test(retry_after_is_rounded_up),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
