/* SPDX-License-Identifier: Apache-2.0 */
#include "canvas.h"

#include <errno.h>
#include <limits.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "drawn.h"

#define BAD "\xEF\xBF\xBD" /* U+FFFD */

static void text_is_cut_with_an_ellipsis(void **state)
{
	struct canvas c = make_canvas(4, 10, GLYPH_BRAILLE);

	(void)state;
	assert_int_equal(canvas_text(&c, 0, 1, 5, ROLE_TEXT, "abcde"), 5);
	assert_int_equal(canvas_text(&c, 1, 1, 5, ROLE_TEXT, "abcdef"), 5);
	assert_int_equal(canvas_text(&c, 2, 0, 0, ROLE_TEXT, "x"), 0);
	assert_int_equal(canvas_text(&c, 2, 0, -3, ROLE_TEXT, "x"), 0);
	assert_int_equal(canvas_printf(&c, 3, 0, 9, ROLE_TEXT, "%d %s", 7, "ab"), 4);
	assert_dump(&c, false, " abcde\n abcd…\n\n7 ab\n");
	c.glyphs = GLYPH_ASCII;
	canvas_text(&c, 1, 1, 5, ROLE_TEXT, "abcdef");
	assert_dump(&c, false, " abcde\n abcd~\n\n7 ab\n");
	canvas_free(&c);
}

static void text_stands_flush_right(void **state)
{
	struct canvas c = make_canvas(3, 8, GLYPH_BRAILLE);

	(void)state;
	assert_int_equal(canvas_text_right(&c, 0, 0, 8, ROLE_TEXT, "12.5%"), 5);
	assert_int_equal(canvas_text_right(&c, 1, 2, 4, ROLE_TEXT, "日"), 2);
	assert_int_equal(canvas_text_right(&c, 2, 0, 4, ROLE_TEXT, "12345"), 4);
	assert_dump(&c, false, "   12.5%\n    日\n123…\n");
	canvas_free(&c);
}

static void what_is_hostile_becomes_a_replacement(void **state)
{
	struct canvas c = make_canvas(1, 40, GLYPH_BRAILLE);

	(void)state;
	assert_int_equal(canvas_text(&c, 0, 0, 40, ROLE_TEXT,
				     "a\x1b[2Jb\nc\td\x7f\xc2\x9b\xff\xe2\x80\xae\xe2\x80\x8b|"),
			 16);
	assert_dump(&c, false, "a" BAD "[2Jb" BAD "c" BAD "d" BAD BAD BAD BAD BAD "|\n");
	canvas_clear(&c);
	canvas_slice(&c, 0, 0, 40, ROLE_TEXT, (struct slice){"a\0b", 3});
	assert_dump(&c, false, "a" BAD "b\n");
	assert_int_equal(canvas_width("a\x1b[2J"), 5);
	canvas_free(&c);
}

static void wide_characters_are_never_cut_in_half(void **state)
{
	struct canvas c = make_canvas(6, 6, GLYPH_BRAILLE);

	(void)state;
	assert_int_equal(canvas_width("日本"), 4);
	assert_int_equal(canvas_text(&c, 0, 0, 4, ROLE_TEXT, "日本"), 4);
	assert_int_equal(canvas_text(&c, 1, 0, 4, ROLE_TEXT, "日本語"), 4); /* half a column is left over */
	assert_int_equal(canvas_text(&c, 2, -1, 6, ROLE_TEXT, "日本"), 4);  /* cut by the left edge */
	assert_int_equal(canvas_text(&c, 3, 3, 6, ROLE_TEXT, "日本"), 4);   /* and by the right one */
	canvas_text(&c, 4, 0, 6, ROLE_TEXT, "日本語");
	canvas_text(&c, 4, 1, 2, ROLE_TEXT, "ab"); /* the first and the second lose a half each */
	canvas_text(&c, 5, 0, 6, ROLE_TEXT, "日本語");
	canvas_text(&c, 5, 1, 2, ROLE_TEXT, "国");
	assert_whole(&c);
	assert_dump(&c, false, "日本\n日 …\n 本\n   日\n ab 語\n 国 語\n");
	canvas_free(&c);
}

static void combining_characters_stay_with_their_base(void **state)
{
	struct canvas c = make_canvas(4, 6, GLYPH_BRAILLE);

	(void)state;
	assert_int_equal(canvas_text(&c, 0, 0, 6, ROLE_TEXT, "e\xCC\x81t"), 2);
	/* A second mark is left out, and one with nothing to stand on is shown for itself. */
	assert_int_equal(canvas_text(&c, 1, 0, 6, ROLE_TEXT, "e\xCC\x81\xCC\x82\xCC\x83t"), 2);
	assert_int_equal(canvas_text(&c, 2, 0, 6, ROLE_TEXT, "\xCC\x81t"), 2);
	/* The joiner is dropped: the width is that of the parts. */
	assert_int_equal(canvas_text(&c, 3, 0, 6, ROLE_TEXT, "日\xCC\x81\xE2\x80\x8D本"), 4);
	assert_whole(&c);
	assert_dump(&c, false, "e\xCC\x81t\ne\xCC\x81t\n" BAD "t\n日\xCC\x81本\n");
	canvas_free(&c);
}

static void ascii_has_the_same_widths(void **state)
{
	struct canvas c = make_canvas(2, 12, GLYPH_ASCII);

	(void)state;
	assert_int_equal(canvas_text(&c, 0, 0, 12, ROLE_TEXT, "a日é…b"), 6);
	assert_dump(&c, false, "a???~b\n\n");
	/* The same where the locale knows nothing of it. */
	setlocale(LC_CTYPE, "C");
	assert_int_equal(canvas_text(&c, 1, 0, 12, ROLE_TEXT, "a日é…b\xCC\x81"), 6);
	setlocale(LC_CTYPE, "C.UTF-8");
	assert_dump(&c, false, "a???~b\na???~b\n");
	canvas_free(&c);
}

static void nothing_is_drawn_outside(void **state)
{
	static const int far[] = {INT_MIN, INT_MIN + 1, -7, -1, 3, 9, INT_MAX - 1, INT_MAX};
	struct canvas c = make_canvas(3, 9, GLYPH_BRAILLE);

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(far); i++) {
		int v = far[i];

		canvas_text(&c, v, 0, 9, ROLE_BAD, "text");
		canvas_text_right(&c, v, 0, 9, ROLE_BAD, "日");
		canvas_put(&c, v, 0, ROLE_BAD, 'x');
		canvas_put(&c, 0, v == 3 ? 99 : v, ROLE_BAD, 'x');
		canvas_fill(&c, (struct rect){v, v, 0, 5}, ROLE_BAD, 'x');
		canvas_fill(&c, (struct rect){0, 0, 1, -v < 0 ? -v : 0}, ROLE_BAD, 'x');
		canvas_role(&c, (struct rect){v, 0, 0, 1}, ROLE_BAD);
	}
	canvas_text(&c, 0, INT_MAX, INT_MAX, ROLE_BAD, "text");
	canvas_text(&c, 0, INT_MIN, 4, ROLE_BAD, "text");
	assert_dump(&c, true, "\n\n\n\n\n\n");
	canvas_fill(&c, (struct rect){-5, -5, INT_MAX, INT_MAX}, ROLE_BAD, 'x');
	assert_dump(&c, false, "xxxxxxxxx\nxxxxxxxxx\nxxxxxxxxx\n");
	canvas_clear(&c);
	/* Clipping leaves out; it doesn't mark a cut. */
	assert_int_equal(canvas_text(&c, 1, -2, 20, ROLE_TEXT, "abcdefghijklm"), 13);
	assert_dump(&c, false, "\ncdefghijk\n\n");
	canvas_free(&c);
}

static void sizes_are_bounded(void **state)
{
	struct canvas c = make_canvas(2, 2, GLYPH_BRAILLE);

	(void)state;
	canvas_put(&c, 0, 0, ROLE_TEXT, 'a');
	assert_int_equal(canvas_resize(&c, 65535, 65535), -ENOMEM);
	assert_int_equal(c.rows, 2);
	assert_dump(&c, false, "a\n\n");
	assert_int_equal(canvas_resize(&c, 0, 80), 0);
	canvas_text(&c, 0, 0, 80, ROLE_TEXT, "text");
	canvas_box(&c, canvas_rect(&c), "box");
	assert_dump(&c, false, "");
	assert_int_equal(canvas_resize(&c, -1, 5), 0);
	assert_int_equal(c.rows, 0);
	canvas_free(&c);
	canvas_free(&c);
}

static void boxes_have_titles(void **state)
{
	struct canvas c = make_canvas(4, 14, GLYPH_BRAILLE);

	(void)state;
	canvas_fill(&c, canvas_rect(&c), ROLE_DIM, 'x');
	canvas_box(&c, (struct rect){0, 1, 3, 12}, "Remove web?");
	assert_dump(&c, false, "x┌─ Remov… ─┐x\nx│          │x\nx└──────────┘x\nxxxxxxxxxxxxxx\n");
	c.glyphs = GLYPH_ASCII;
	canvas_box(&c, (struct rect){0, 0, 4, 14}, "Sort");
	assert_dump(&c, false, "+- Sort -----+\n|            |\n|            |\n+------------+\n");
	canvas_free(&c);
}

static void roles_are_seen_in_the_dump(void **state)
{
	struct canvas c = make_canvas(2, 6, GLYPH_BRAILLE);

	(void)state;
	canvas_text(&c, 0, 0, 6, ROLE_DIM, "ab");
	canvas_text(&c, 0, 3, 3, ROLE_TITLE, "c");
	canvas_role(&c, (struct rect){1, 0, 1, 3}, ROLE_SELECTED);
	assert_dump(&c, true, "ab c\nbb d\n\nggg\n");
	canvas_free(&c);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(text_is_cut_with_an_ellipsis),
		cmocka_unit_test(text_stands_flush_right),
		cmocka_unit_test(what_is_hostile_becomes_a_replacement),
		cmocka_unit_test(wide_characters_are_never_cut_in_half),
		cmocka_unit_test(combining_characters_stay_with_their_base),
		cmocka_unit_test(ascii_has_the_same_widths),
		cmocka_unit_test(nothing_is_drawn_outside),
		cmocka_unit_test(sizes_are_bounded),
		cmocka_unit_test(boxes_have_titles),
		cmocka_unit_test(roles_are_seen_in_the_dump),
	};

	return cmocka_run_group_tests_name("tui.canvas", tests, utf8_locale, NULL);
}
