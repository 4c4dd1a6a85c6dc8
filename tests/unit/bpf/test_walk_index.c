/* SPDX-License-Identifier: Apache-2.0 */
#include "walk_index.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>

#include <cmocka.h>

static void finds_what_was_put(void **state)
{
	struct walk_index x = {0};

	(void)state;
	assert_int_equal(walk_index_get(&x, 1), WALK_NO_ROW);
	assert_int_equal(walk_index_clear(&x, 3000), 0);
	for (uint32_t i = 0; i < 3000; i++)
		walk_index_put(&x, i + 1, i);
	for (uint32_t i = 0; i < 3000; i++)
		assert_int_equal(walk_index_get(&x, i + 1), i);
	assert_int_equal(walk_index_get(&x, 3001), WALK_NO_ROW);
	walk_index_put(&x, 7, 42);
	assert_int_equal(walk_index_get(&x, 7), 42);
	walk_index_free(&x);
}

static void a_crowd_that_is_gone_takes_no_room(void **state)
{
	struct walk_index x = {0};
	size_t crowded;

	(void)state;
	assert_int_equal(walk_index_clear(&x, 100000), 0);
	crowded = x.cap;
	assert_int_equal(walk_index_clear(&x, 10), 0);
	assert_true(x.cap < crowded / 8);
	walk_index_put(&x, 5, 1);
	assert_int_equal(walk_index_clear(&x, 10), 0);
	assert_int_equal(walk_index_get(&x, 5), WALK_NO_ROW);
	/* more than it was said to be for: what has no room is not there, and nothing hangs */
	for (uint32_t i = 0; i < 1000; i++)
		walk_index_put(&x, i, i);
	assert_int_equal(walk_index_get(&x, 999), WALK_NO_ROW);
	walk_index_free(&x);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(finds_what_was_put),
		cmocka_unit_test(a_crowd_that_is_gone_takes_no_room),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
