/* SPDX-License-Identifier: Apache-2.0 */
#include "latency_totals.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#define FIGURES 3
#define ROOT 1
#define POD 10

static void check(struct latency_totals *t, uint64_t key, uint64_t a, uint64_t b, uint64_t c)
{
	const uint64_t *figures = latency_totals_get(t, key);

	assert_non_null(figures);
	assert_int_equal(figures[0], a);
	assert_int_equal(figures[1], b);
	assert_int_equal(figures[2], c);
}

static void ancestors_have_it_too(void **state)
{
	struct latency_totals *t = latency_totals_new(FIGURES);
	const uint64_t pod[] = {POD, ROOT, 0, 77};
	const uint64_t root[] = {ROOT, 0};

	(void)state;
	assert_non_null(t);
	assert_null(latency_totals_get(t, ROOT));
	assert_int_equal(latency_totals_add(t, 100, pod, 4, (const uint64_t[]){1, 2, 3}), 0);
	assert_int_equal(latency_totals_add(t, 101, pod, 4, (const uint64_t[]){10, 0, 0}), 0);
	assert_int_equal(latency_totals_add(t, POD, root, 2, (const uint64_t[]){100, 0, 0}), 0);
	check(t, 100, 1, 2, 3);
	check(t, 101, 10, 0, 0);
	check(t, POD, 111, 2, 3);
	check(t, ROOT, 111, 2, 3);
	assert_null(latency_totals_get(t, 77)); /* behind the end */
	latency_totals_free(t);
}

/* A child that is gone stays in its ancestors' sums, and takes no room of its own. */
static void what_nobody_asks_for_is_forgotten(void **state)
{
	struct latency_totals *t = latency_totals_new(FIGURES);
	const uint64_t root[] = {ROOT, 0};
	size_t bytes;

	(void)state;
	for (uint64_t child = 1000; child < 2000; child++)
		assert_int_equal(latency_totals_add(t, child, root, 2, (const uint64_t[]){1, 0, 0}), 0);
	bytes = latency_totals_bytes(t);
	for (int turn = 0; turn < 5; turn++) {
		latency_totals_turn(t);
		check(t, ROOT, 1000, 0, 0);
		check(t, 1500, 1, 0, 0);
	}
	assert_null(latency_totals_get(t, 1000));
	assert_true(latency_totals_bytes(t) + 990 * (FIGURES + 2) * sizeof(uint64_t) < bytes);
	latency_totals_free(t);
}

static void what_is_added_to_stays(void **state)
{
	struct latency_totals *t = latency_totals_new(FIGURES);

	(void)state;
	for (uint64_t turn = 1; turn <= 5; turn++) {
		assert_int_equal(latency_totals_add(t, 5, NULL, 0, (const uint64_t[]){1, 1, 1}), 0);
		latency_totals_turn(t);
	}
	check(t, 5, 5, 5, 5);
	latency_totals_free(t);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(ancestors_have_it_too),
		cmocka_unit_test(what_nobody_asks_for_is_forgotten),
		cmocka_unit_test(what_is_added_to_stays),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
