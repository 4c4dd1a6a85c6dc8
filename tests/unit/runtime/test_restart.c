/* SPDX-License-Identifier: Apache-2.0 */
#include "life/restart.h"

#include "base/clock.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

static void test_delay_doubles_to_a_minute(void **state)
{
	static const uint64_t ms[] = {100,  200,   400,	  800,	 1600,	3200,
				      6400, 12800, 25600, 51200, 60000, 60000};
	struct restart_backoff backoff = {0};

	(void)state;
	for (size_t i = 0; i < sizeof(ms) / sizeof(*ms); i++)
		assert_int_equal(restart_delay(&backoff, NSEC_PER_SEC), ms[i] * NSEC_PER_MSEC);
}

static void test_ten_seconds_of_life_start_over(void **state)
{
	struct restart_backoff backoff = {0};

	(void)state;
	for (int i = 0; i < 5; i++)
		restart_delay(&backoff, 0);
	assert_int_equal(restart_delay(&backoff, 10 * NSEC_PER_SEC - 1), 3200 * NSEC_PER_MSEC);
	assert_int_equal(restart_delay(&backoff, 10 * NSEC_PER_SEC), 100 * NSEC_PER_MSEC);
	assert_int_equal(restart_delay(&backoff, 0), 200 * NSEC_PER_MSEC);
}

static void test_policies(void **state)
{
	(void)state;
	assert_false(restart_wanted(RESTART_NO, 0, 0, 1, false));
	assert_true(restart_wanted(RESTART_ALWAYS, 0, 1000, 0, false));
	assert_true(restart_wanted(RESTART_UNLESS_STOPPED, 0, 1000, 137, false));
	assert_false(restart_wanted(RESTART_ON_FAILURE, 0, 0, 0, false));
	assert_true(restart_wanted(RESTART_ON_FAILURE, 0, 1000, 1, false));
	assert_true(restart_wanted(RESTART_ON_FAILURE, 3, 2, 1, false));
	assert_false(restart_wanted(RESTART_ON_FAILURE, 3, 3, 1, false));
}

static void test_a_stopped_one_stays_stopped(void **state)
{
	(void)state;
	for (int kind = RESTART_NO; kind <= RESTART_UNLESS_STOPPED; kind++)
		assert_false(restart_wanted((enum restart_kind)kind, 0, 0, 1, true));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_delay_doubles_to_a_minute),
		cmocka_unit_test(test_ten_seconds_of_life_start_over),
		cmocka_unit_test(test_policies),
		cmocka_unit_test(test_a_stopped_one_stays_stopped),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
