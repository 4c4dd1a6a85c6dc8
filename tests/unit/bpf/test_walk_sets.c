/* SPDX-License-Identifier: Apache-2.0 */
#include "walk_sets.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static void is_text(const struct walk_set *set, const char *wanted)
{
	struct str out = {0};

	walk_set_print(set, &out);
	assert_false(out.failed);
	assert_string_equal(out.data, wanted);
	str_free(&out);
}

static void text_is_the_kernels(void **state)
{
	struct walk_set all;

	(void)state;
	is_text(&(struct walk_set){{0}}, "");
	is_text(&(struct walk_set){{1}}, "0");
	is_text(&(struct walk_set){{0x6}}, "1-2");
	is_text(&(struct walk_set){{0x2b}}, "0-1,3,5");
	is_text(&(struct walk_set){{UINT64_C(1) << 63, 1}}, "63-64");
	is_text(&(struct walk_set){{UINT64_C(1) << 63, 2}}, "63,65");
	is_text(&(struct walk_set){{UINT64_MAX, UINT64_MAX}}, "0-127");
	memset(&all, 0xff, sizeof(all));
	is_text(&all, "0-1023");
	is_text(&(struct walk_set){.bits[WALK_SET_WORDS - 1] = UINT64_C(1) << 63}, "1023");
}

static void each_is_kept_once(void **state)
{
	const struct walk_set a = {{1}}, b = {{2}}, c = {{3}};
	struct walk_sets s = {0};

	(void)state;
	assert_null(walk_sets_text(&s, 0));
	assert_null(walk_sets_text(&s, WALK_NO_SET));
	assert_int_equal(walk_sets_put(&s, &a, WALK_NO_SET), 0);
	assert_int_equal(walk_sets_put(&s, &b, 0), 1);
	/* a guess is only that, whether it is right, wrong, or none there ever was */
	assert_int_equal(walk_sets_put(&s, &a, 0), 0);
	assert_int_equal(walk_sets_put(&s, &a, 1), 0);
	assert_int_equal(walk_sets_put(&s, &b, 77), 1);
	assert_int_equal(walk_sets_put(&s, &c, 1), 2);
	assert_int_equal(s.n, 3);
	assert_string_equal(walk_sets_text(&s, 1)->data, "1");
	assert_string_equal(walk_sets_text(&s, 2)->data, "0-1");
	walk_sets_clear(&s);
	assert_null(walk_sets_text(&s, 0));
	assert_int_equal(walk_sets_put(&s, &c, 2), 0);
	walk_sets_clear(&s);
}

/* As where each container has CPUs of its own. */
static void many_are_found_again(void **state)
{
	struct walk_sets s = {0};

	(void)state;
	for (int turn = 0; turn < 2; turn++)
		for (uint64_t i = 0; i < 1000; i++)
			assert_int_equal(walk_sets_put(&s, &(struct walk_set){{i}}, WALK_NO_SET), i);
	assert_int_equal(s.n, 1000);
	walk_sets_clear(&s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(text_is_the_kernels),
		cmocka_unit_test(each_is_kept_once),
		cmocka_unit_test(many_are_found_again),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
