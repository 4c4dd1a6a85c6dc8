/* SPDX-License-Identifier: Apache-2.0 */
#include "base/cleanup.h"
#include "base/str.h"

#include <inttypes.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

static void appends_add_up(void **state)
{
	_cleanup_str_ struct str s = {0};

	(void)state;
	str_add(&s, "a");
	str_char(&s, 'b');
	str_u64(&s, 12);
	str_printf(&s, "%s-%d", "x", 7);
	str_append(&s, "\0z", 2);
	str_append(&s, NULL, 0);
	assert_int_equal(s.len, 9);
	assert_memory_equal(s.data, "ab12x-7\0z", 10);
	assert_false(s.failed);
}

static void grows_far(void **state)
{
	_cleanup_str_ struct str s = {0};

	(void)state;
	for (unsigned i = 0; i < 100000; i++)
		str_char(&s, (char)('a' + i % 26));
	assert_int_equal(s.len, 100000);
	assert_int_equal(strlen(s.data), 100000);
	for (unsigned i = 0; i < 100000; i++)
		assert_int_equal(s.data[i], 'a' + i % 26);
}

static void clear_keeps_the_memory(void **state)
{
	_cleanup_str_ struct str s = {0};
	size_t cap;

	(void)state;
	str_clear(&s);
	str_add(&s, "0123456789");
	cap = s.cap;
	str_clear(&s);
	assert_int_equal(s.len, 0);
	assert_string_equal(s.data, "");
	assert_int_equal(s.cap, cap);
}

static void steal_hands_over(void **state)
{
	struct str s = {0};
	_cleanup_free_ char *empty = str_steal(&s);
	_cleanup_free_ char *text = NULL;

	(void)state;
	assert_string_equal(empty, "");
	str_add(&s, "mine");
	text = str_steal(&s);
	assert_string_equal(text, "mine");
	assert_null(s.data);
	assert_int_equal(s.len, 0);
}

/* What does not fit in any memory is remembered, not crashed upon; what was there stays. */
static void a_failure_is_remembered(void **state)
{
	_cleanup_str_ struct str s = {0};

	(void)state;
	str_add(&s, "kept");
	assert_false(str_reserve(&s, SIZE_MAX));
	assert_true(s.failed);
	str_add(&s, "lost");
	str_printf(&s, "%d", 1);
	assert_string_equal(s.data, "kept");
	assert_null(str_steal(&s));
	assert_false(s.failed);
}

static void numbers_as_printf_writes_them(void **state)
{
	(void)state;
	for (unsigned bit = 0; bit < 64; bit++) {
		for (int off = -1; off <= 1; off++) {
			uint64_t value = (UINT64_C(1) << bit) + (uint64_t)off;
			char expected[32];
			char got[20];
			size_t len = format_u64(got, value);

			snprintf(expected, sizeof(expected), "%" PRIu64, value);
			assert_int_equal(len, strlen(expected));
			assert_memory_equal(got, expected, len);
		}
	}
	for (uint64_t value = 0, last = 0; value >= last && value < UINT64_MAX / 11;
	     last = value, value = value * 10 + 9) {
		char expected[32];
		char got[20];

		snprintf(expected, sizeof(expected), "%" PRIu64, value);
		assert_memory_equal(got, expected, format_u64(got, value));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(appends_add_up),	   cmocka_unit_test(grows_far),
		cmocka_unit_test(clear_keeps_the_memory),  cmocka_unit_test(steal_hands_over),
		cmocka_unit_test(a_failure_is_remembered), cmocka_unit_test(numbers_as_printf_writes_them),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
