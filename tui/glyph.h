/* SPDX-License-Identifier: Apache-2.0 */
/* Figures as pictures, by what the terminal can show: braille, block elements, or ASCII. NAN is a gap. */
#pragma once

#include "canvas.h"

#include <stddef.h>

/* A line of one row: the newest value at the right end. top: the value of a full cell; 0 = the largest of
 * them. All n values are shown: where there are more than places (one a column, two with braille), each place
 * shows the largest of several. So pass the last minute, whatever the width. */
void glyph_sparkline(struct canvas *c, int y, int x, int cols, enum role role, const float *values, size_t n,
		     double top);

/* "[|||||     ]" with `label` right-aligned inside its end; filled: 0 to 1 (beyond is full, in ROLE_BAD). */
void glyph_bar(struct canvas *c, int y, int x, int cols, enum role role, double filled, const char *label);

/* Several parts of one bar, one behind the other (anon, file, kernel …); shares of the whole. */
struct bar_part {
	double share;
	enum role role;
	char letter; /* what it is drawn with in ASCII */
};
void glyph_stacked_bar(struct canvas *c, int y, int x, int cols, const struct bar_part *parts, size_t n);

/* A cell that is darker the larger `share` (0 to 1) is; nothing is blank, and any part of it is seen. */
void glyph_shade(struct canvas *c, int y, int x, enum role role, double share);

/* A chart over time that fills `area`, the newest value at the right; `limit` draws a line there (NAN =
 * none); the top is the larger of the limit and the values, rounded up to a 1-2-5 number, and is returned for
 * the axis' label. All n values are shown, as in a sparkline. */
double glyph_chart(struct canvas *c, struct rect area, enum role role, const float *values, size_t n,
		   double limit);
