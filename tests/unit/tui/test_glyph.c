/* SPDX-License-Identifier: Apache-2.0 */
#include "glyph.h"

#include <limits.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "drawn.h"

static void assert_line(enum glyph_level glyphs, int cols, const float *values, size_t n, double top,
			const char *expected)
{
	struct canvas c = make_canvas(1, cols, glyphs);

	glyph_sparkline(&c, 0, 0, cols, ROLE_TEXT, values, n, top);
	assert_dump(&c, false, expected);
	canvas_free(&c);
}

static void sparklines_in_three_levels(void **state)
{
	static const float values[] = {0, 1, 2, NAN, 4, 5, 6, 8};

	(void)state;
	assert_line(GLYPH_ASCII, 8, values, 8, 8, "_.: =+*#\n");
	assert_line(GLYPH_BLOCKS, 8, values, 8, 8, "▁▁▂ ▄▅▆█\n");
	/* Two values a cell. */
	assert_line(GLYPH_BRAILLE, 4, values, 8, 8, "⣀⡀⣴⣾\n");
}

/* Any part of the whole is seen, and nothing is not. */
static void shades_in_three_levels(void **state)
{
	static const double shares[] = {0, 0.0001, 0.1, 0.3, 0.6, 1, 2};
	static const char *const expected[] = {[GLYPH_ASCII] = " .-=*##\n",
					       [GLYPH_BLOCKS] = " \u2591\u2592\u2593\u2588\u2588\u2588\n",
					       [GLYPH_BRAILLE] = " \u2802\u2816\u2836\u283F\u28FF\u28FF\n"};

	(void)state;
	for (enum glyph_level glyphs = GLYPH_ASCII; glyphs <= GLYPH_BRAILLE; glyphs++) {
		struct canvas c = make_canvas(1, ARRAY_SIZE(shares), glyphs);

		for (size_t i = 0; i < ARRAY_SIZE(shares); i++)
			glyph_shade(&c, 0, (int)i, ROLE_TEXT, shares[i]);
		glyph_shade(&c, 5, 5, ROLE_TEXT, 1);
		assert_dump(&c, false, expected[glyphs]);
		canvas_free(&c);
	}
}

static void sparklines_end_at_the_right(void **state)
{
	static const float values[] = {8, 4};
	static const float gap[] = {8, NAN};

	(void)state;
	assert_line(GLYPH_BLOCKS, 5, values, 2, 0, "   █▄\n");
	assert_line(GLYPH_BRAILLE, 3, values, 2, 0, "  ⣧\n");
	assert_line(GLYPH_BRAILLE, 3, values, 1, 0, "  ⢸\n");
	assert_line(GLYPH_BLOCKS, 3, gap, 2, 0, " █\n");
	assert_line(GLYPH_BLOCKS, 3, NULL, 0, 0, "\n");
}

static void sparklines_keep_every_peak(void **state)
{
	float values[60];

	(void)state;
	for (size_t i = 0; i < 60; i++)
		values[i] = i == 17 ? 8 : NAN;
	values[59] = 2;
	/* 60 values in 10 places: the 18th is in the third place, the last in the last. */
	assert_line(GLYPH_BLOCKS, 10, values, 60, 8, "  █      ▂\n");
	/* 60 in 8 places: 8 each, and the oldest place has the 4 that are left. */
	assert_line(GLYPH_BLOCKS, 8, values, 60, 8, "  █    ▂\n");
}

static void odd_values_are_gaps(void **state)
{
	static const float values[] = {-1, INFINITY, -INFINITY, 1e30F, 1e-40F};

	(void)state;
	assert_line(GLYPH_BLOCKS, 5, values, 5, 1e30, "▁  █▁\n");
	assert_line(GLYPH_BLOCKS, 5, values, 5, (double)NAN, "▁  █▁\n");
	assert_line(GLYPH_ASCII, 5, values, 5, 0, "_  #.\n");
}

static void assert_bar(enum glyph_level glyphs, double filled, const char *label, const char *expected)
{
	struct canvas c = make_canvas(1, 12, glyphs);

	glyph_bar(&c, 0, 0, 12, ROLE_CPU, filled, label);
	assert_dump(&c, false, expected);
	canvas_free(&c);
}

static void bars_in_three_levels(void **state)
{
	(void)state;
	assert_bar(GLYPH_ASCII, 0.5, "", "[|||||     ]\n");
	assert_bar(GLYPH_ASCII, 0.5, "41%", "[|||||  41%]\n");
	assert_bar(GLYPH_BLOCKS, 0.5, "", "[█████     ]\n");
	assert_bar(GLYPH_BRAILLE, 0.5625, NULL, "[█████▋    ]\n");
	assert_bar(GLYPH_BLOCKS, 0.0001, "", "[▏         ]\n");
	assert_bar(GLYPH_BLOCKS, 0, "0", "[         0]\n");
	assert_bar(GLYPH_BLOCKS, (double)NAN, "-", "[         -]\n");
	assert_bar(GLYPH_BLOCKS, -3, "", "[          ]\n");
	assert_bar(GLYPH_BLOCKS, 1, "", "[██████████]\n");
	assert_bar(GLYPH_ASCII, (double)INFINITY, "a label too long", "[a label t~]\n");
}

static void a_bar_beyond_its_end_is_bad(void **state)
{
	struct canvas c = make_canvas(1, 5, GLYPH_ASCII);

	(void)state;
	glyph_bar(&c, 0, 0, 5, ROLE_CPU, 1.2, "");
	assert_dump(&c, true, "[|||]\nunnnu\n");
	glyph_bar(&c, 0, 0, 5, ROLE_CPU, 1, "");
	assert_dump(&c, true, "[|||]\nuooou\n");
	canvas_clear(&c);
	glyph_bar(&c, 0, 0, 2, ROLE_CPU, 1, "");
	glyph_bar(&c, 0, INT_MAX, INT_MIN, ROLE_CPU, 1, "");
	assert_dump(&c, false, "\n");
	canvas_free(&c);
}

static void stacked_bars_differ_without_colour(void **state)
{
	static const struct bar_part parts[] = {{0.5, ROLE_MEMORY, 'a'},
						{0.2, ROLE_IO, 'f'},
						{(double)NAN, ROLE_IO, '!'},
						{0.1, ROLE_CPU, 'k'}};
	static const struct bar_part over[] = {{0.8, ROLE_MEMORY, 'a'}, {0.8, ROLE_IO, 'f'}};
	struct canvas c = make_canvas(2, 12, GLYPH_ASCII);

	(void)state;
	glyph_stacked_bar(&c, 0, 0, 12, parts, 4);
	glyph_stacked_bar(&c, 1, 0, 12, over, 2);
	assert_dump(&c, false, "[aaaaaffk  ]\n[aaaaaaaaff]\n");
	c.glyphs = GLYPH_BLOCKS;
	glyph_stacked_bar(&c, 0, 0, 12, parts, 4);
	assert_dump(&c, false, "[█████▓▓░  ]\n[aaaaaaaaff]\n");
	canvas_free(&c);
}

static void assert_top(double top, double expected)
{
	assert_true(fabs(top - expected) < 1e-9);
}

static double chart(enum glyph_level glyphs, int rows, int cols, const float *values, size_t n, double limit,
		    const char *expected)
{
	struct canvas c = make_canvas(rows, cols, glyphs);
	double top = glyph_chart(&c, canvas_rect(&c), ROLE_CPU, values, n, limit);

	assert_dump(&c, false, expected);
	canvas_free(&c);
	return top;
}

static void charts_in_three_levels(void **state)
{
	static const float values[] = {0, 25, 50, NAN, 75, 100};

	(void)state;
	assert_top(chart(GLYPH_ASCII, 3, 6, values, 6, (double)NAN, "    .#\n  : ##\n ## ##\n"), 100);
	assert_top(chart(GLYPH_BLOCKS, 2, 6, values, 6, (double)NAN, "    ▄█\n ▄█ ██\n"), 100);
	assert_top(chart(GLYPH_BRAILLE, 2, 3, values, 6, (double)NAN, "  ⣼\n⢠⡇⣿\n"), 100);
}

static void charts_show_their_limit(void **state)
{
	static const float values[] = {10, 30};

	(void)state;
	assert_top(chart(GLYPH_ASCII, 4, 4, values, 2, 40, "----\n   :\n   #\n  ##\n"), 50);
	/* What is at the limit stands in its line. */
	assert_top(chart(GLYPH_BLOCKS, 2, 4, values, 2, 30, "───▂\n  ▄█\n"), 50);
}

static void the_top_is_a_round_number(void **state)
{
	static const struct {
		float value;
		double top;
	} cases[] = {{0, 1},	    {1, 1},    {1.1F, 2},     {2.5F, 5},     {5, 5},
		     {7, 10},	    {99, 100}, {101, 200},    {0.03F, 0.05}, {1e9F, 1e9},
		     {1.5e9F, 2e9}, {NAN, 1},  {INFINITY, 1}, {-3, 1}};
	struct canvas c = make_canvas(2, 2, GLYPH_BLOCKS);

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		double top = glyph_chart(&c, canvas_rect(&c), ROLE_CPU, &cases[i].value, 1, (double)NAN);

		assert_true(fabs(top / cases[i].top - 1) < 1e-6);
	}
	assert_top(glyph_chart(&c, canvas_rect(&c), ROLE_CPU, NULL, 0, 3), 5);
	assert_top(glyph_chart(&c, canvas_rect(&c), ROLE_CPU, NULL, 0, (double)INFINITY), 1);
	assert_true(isinf(glyph_chart(&c, canvas_rect(&c), ROLE_CPU, NULL, 0, 1.7e308)));
	assert_true(glyph_chart(&c, (struct rect){0, 0, -1, 5}, ROLE_CPU, NULL, 0, 4e-324) > 0);
	canvas_free(&c);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(sparklines_in_three_levels),
		cmocka_unit_test(shades_in_three_levels),
		cmocka_unit_test(sparklines_end_at_the_right),
		cmocka_unit_test(sparklines_keep_every_peak),
		cmocka_unit_test(odd_values_are_gaps),
		cmocka_unit_test(bars_in_three_levels),
		cmocka_unit_test(a_bar_beyond_its_end_is_bad),
		cmocka_unit_test(stacked_bars_differ_without_colour),
		cmocka_unit_test(charts_in_three_levels),
		cmocka_unit_test(charts_show_their_limit),
		cmocka_unit_test(the_top_is_a_round_number),
	};

	return cmocka_run_group_tests_name("tui.glyph", tests, utf8_locale, NULL);
}
