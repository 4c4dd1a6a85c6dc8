/* SPDX-License-Identifier: Apache-2.0 */
/* A canvas for a test, read back as text. Needs cmocka's headers before it. */
#pragma once

#include "canvas.h"

#include <locale.h>

/* wcwidth(3) knows wide characters only in a UTF-8 locale. */
static inline int utf8_locale(void **state)
{
	(void)state;
	return setlocale(LC_CTYPE, "C.UTF-8") ? 0 : -1;
}

static inline struct canvas make_canvas(int rows, int cols, enum glyph_level glyphs)
{
	struct canvas c = {.glyphs = glyphs};

	assert_int_equal(canvas_resize(&c, rows, cols), 0);
	return c;
}

static inline void assert_dump(const struct canvas *c, bool roles, const char *expected)
{
	_cleanup_str_ struct str out = {0};

	canvas_dump(c, roles, &out);
	assert_string_equal(out.data ? out.data : "", expected);
}

/* Every wide character has both of its halves, and nothing is on the canvas that moves a cursor. */
static inline void assert_whole(const struct canvas *c)
{
	for (int y = 0; y < c->rows; y++)
		for (int x = 0; x < c->cols; x++) {
			const struct cell *cell = &c->cells[(size_t)y * (size_t)c->cols + (size_t)x];

			if (cell->text[0] == 0) {
				assert_true(x > 0 && cell[-1].text[0] >= 0x80);
				assert_int_equal(cell->text[1], 0);
			} else {
				assert_true(cell->text[0] >= ' ' && cell->text[0] != 0x7F);
			}
			assert_true(cell->role < ROLE__COUNT);
		}
}
