/* SPDX-License-Identifier: Apache-2.0 */
#include "base/cleanup.h"
#include "base/map.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#define _cleanup_map_ _cleanup_(map_free)

static int values[20000];

static void an_empty_map_has_nothing(void **state)
{
	_cleanup_map_ struct map m = {0};
	size_t at = 0;

	(void)state;
	assert_null(map_get(&m, slice_of("a")));
	assert_null(map_get_u64(&m, 0));
	assert_null(map_remove(&m, slice_of("a")));
	assert_null(map_remove_u64(&m, 7));
	assert_null(map_next(&m, &at));
}

static void keys_are_found_and_replaced(void **state)
{
	_cleanup_map_ struct map m = {0};

	(void)state;
	assert_int_equal(map_put(&m, slice_of("a"), &values[1]), 0);
	assert_int_equal(map_put(&m, slice_of("b"), &values[2]), 0);
	assert_int_equal(map_put(&m, slice_of("a"), &values[3]), 0);
	assert_int_equal(m.count, 2);
	assert_ptr_equal(map_get(&m, slice_of("a")), &values[3]);
	assert_ptr_equal(map_get(&m, slice_of("b")), &values[2]);
	assert_null(map_get(&m, slice_of("ab")));
	assert_ptr_equal(map_remove(&m, slice_of("a")), &values[3]);
	assert_null(map_get(&m, slice_of("a")));
	assert_int_equal(m.count, 1);
}

static void keys_are_bytes(void **state)
{
	_cleanup_map_ struct map m = {0};

	(void)state;
	assert_int_equal(map_put(&m, (struct slice){"a\0b", 3}, &values[1]), 0);
	assert_int_equal(map_put(&m, (struct slice){"a\0c", 3}, &values[2]), 0);
	assert_int_equal(map_put(&m, slice_of(""), &values[3]), 0);
	assert_ptr_equal(map_get(&m, (struct slice){"a\0b", 3}), &values[1]);
	assert_null(map_get(&m, slice_of("a")));
	/* an empty slice is the empty key, wherever it points */
	assert_ptr_equal(map_get(&m, (struct slice){0}), &values[3]);
	assert_int_equal(map_put(&m, (struct slice){0}, &values[4]), 0);
	assert_int_equal(m.count, 3);
	assert_ptr_equal(map_get(&m, (struct slice){"x", 0}), &values[4]);
}

static void integers_are_keys(void **state)
{
	static const uint64_t keys[] = {0, 1, 16, 1U << 31, UINT64_MAX, UINT64_C(1) << 63};
	_cleanup_map_ struct map m = {0};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(keys); i++)
		assert_int_equal(map_put_u64(&m, keys[i], &values[i]), 0);
	for (size_t i = 0; i < ARRAY_SIZE(keys); i++)
		assert_ptr_equal(map_get_u64(&m, keys[i]), &values[i]);
	assert_null(map_get_u64(&m, 2));
}

/* As a tree of cgroups lives: many come, many go, and the table does not grow for it. */
static void churn_keeps_it_small(void **state)
{
	_cleanup_map_ struct map m = {0};

	(void)state;
	for (uint64_t id = 0; id < ARRAY_SIZE(values); id++) {
		assert_int_equal(map_put_u64(&m, id, &values[id]), 0);
		if (id >= 100)
			assert_ptr_equal(map_remove_u64(&m, id - 100), &values[id - 100]);
	}
	assert_int_equal(m.count, 100);
	assert_true(m.cap <= 512);
	for (uint64_t id = 0; id < ARRAY_SIZE(values); id++)
		assert_ptr_equal(map_get_u64(&m, id), id + 100 < ARRAY_SIZE(values) ? NULL : &values[id]);
}

static void many_texts(void **state)
{
	enum { N = 5000 };
	_cleanup_map_ struct map m = {0};
	static char keys[N][24];

	(void)state;
	for (size_t i = 0; i < N; i++) {
		snprintf(keys[i], sizeof(keys[i]), "/docker/%zu", i);
		assert_int_equal(map_put(&m, slice_of(keys[i]), &values[i]), 0);
	}
	assert_int_equal(m.count, N);
	for (size_t i = 0; i < N; i++)
		assert_ptr_equal(map_get(&m, slice_of(keys[i])), &values[i]);
}

static void a_walk_may_remove(void **state)
{
	_cleanup_map_ struct map m = {0};
	size_t at = 0;
	unsigned seen = 0;
	int *value;

	(void)state;
	for (uint64_t id = 0; id < 1000; id++)
		assert_int_equal(map_put_u64(&m, id, &values[id]), 0);
	while ((value = map_next(&m, &at))) {
		seen++;
		if ((value - values) % 2)
			assert_ptr_equal(map_remove_u64(&m, (uint64_t)(value - values)), value);
	}
	assert_int_equal(seen, 1000);
	assert_int_equal(m.count, 500);
	at = 0;
	while ((value = map_next(&m, &at)))
		assert_int_equal((value - values) % 2, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_empty_map_has_nothing), cmocka_unit_test(keys_are_found_and_replaced),
		cmocka_unit_test(keys_are_bytes),	    cmocka_unit_test(integers_are_keys),
		cmocka_unit_test(churn_keeps_it_small),	    cmocka_unit_test(many_texts),
		cmocka_unit_test(a_walk_may_remove),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
