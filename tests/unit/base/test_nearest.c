/* SPDX-License-Identifier: Apache-2.0 */
#include "base/nearest.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static const char *pick(const char *word)
{
	static const char *const candidates[] = {"stats",  "exporter",	       "ns",
						 "doctor", "collector.memory", "columns"};
	struct nearest near = {.word = word};

	for (size_t i = 0; i < sizeof(candidates) / sizeof(candidates[0]); i++)
		nearest_consider(&near, candidates[i]);
	return near.best;
}

static void distances(void **state)
{
	(void)state;
	assert_int_equal(nearest_distance("", ""), 0);
	assert_int_equal(nearest_distance("abc", ""), 3);
	assert_int_equal(nearest_distance("", "abc"), 3);
	assert_int_equal(nearest_distance("kitten", "sitting"), 3);
	assert_int_equal(nearest_distance("stast", "stats"), 1); /* neighbours swapped */
	assert_int_equal(nearest_distance("ca", "abc"), 3); /* not 2: a swapped pair is not edited again */
	assert_int_equal(nearest_distance("STATS", "stats"), 0);
}

static void long_words_are_far(void **state)
{
	char longest[64];
	char longer[65];

	(void)state;
	memset(longest, 'a', 63);
	longest[63] = '\0';
	memset(longer, 'a', 64);
	longer[64] = '\0';
	assert_int_equal(nearest_distance(longest, longest), 0);
	assert_true(nearest_distance(longer, "a") == SIZE_MAX);
	assert_null(pick(longer));
}

static void suggestions(void **state)
{
	(void)state;
	assert_string_equal(pick("stat"), "stats");
	assert_string_equal(pick("exproter"), "exporter");
	assert_string_equal(pick("nss"), "ns");
	assert_string_equal(pick("collector.mem"), "collector.memory");
	assert_string_equal(pick("colu"), "columns");
	assert_null(pick("zzz"));
	assert_null(pick("x"));
	assert_null(pick(""));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(distances),
		cmocka_unit_test(long_words_are_far),
		cmocka_unit_test(suggestions),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
