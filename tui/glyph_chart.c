/* SPDX-License-Identifier: Apache-2.0 */
#include "glyph_private.h"

#include <math.h>

struct chart {
	struct canvas *canvas;
	struct rect area;
	struct buckets buckets;
	double top;
	unsigned steps; /* levels of one row */
};

/* The next 1, 2 or 5 times a power of ten that is not less. */
static double round_up(double value)
{
	double power = value > 1e-30 ? pow(10, floor(log10(value))) : 1e-30;

	for (;;) {
		for (int i = 1; i <= 5; i += i == 1 ? 1 : 3)
			/* A hair below, so that what only rounding made larger stays. */
			if (i * power >= value * (1 - 1e-9))
				return i * power;
		power *= 10;
	}
}

/* How much of the row (0 = the lowest) the value fills. */
static unsigned filled(const struct chart *ch, size_t back, unsigned row)
{
	unsigned level =
		glyph_level(glyph_bucket(&ch->buckets, back), ch->top, ch->steps * (unsigned)ch->area.rows);
	unsigned below = row * ch->steps;

	if (level <= below)
		return 0;
	return level - below < ch->steps ? level - below : ch->steps;
}

static uint32_t character(const struct chart *ch, size_t back, unsigned row)
{
	static const char ramp[] = " .:#";
	unsigned level;

	if (ch->canvas->glyphs == GLYPH_BRAILLE) {
		unsigned left = filled(ch, 2 * back + 1, row);
		unsigned right = filled(ch, 2 * back, row);

		return left || right ? glyph_braille(left, right) : ' ';
	}
	level = filled(ch, back, row);
	if (ch->canvas->glyphs == GLYPH_ASCII)
		return (unsigned char)ramp[level % (sizeof(ramp) - 1)];
	return level ? 0x2580U + level : ' ';
}

/* The row of the limit's line, counted from below; -1 = none. */
static int limit_row(const struct chart *ch, double limit)
{
	unsigned level;

	if (!(limit > 0) || !isfinite(limit))
		return -1;
	level = glyph_level(limit, ch->top, (unsigned)ch->area.rows);
	return (int)level - 1;
}

static void draw_row(const struct chart *ch, int row, bool limit, enum role role)
{
	const struct rect *area = &ch->area;
	int y = area->y + area->rows - 1 - row;

	for (int i = 0; i < area->cols; i++) {
		uint32_t what = character(ch, (size_t)(area->cols - 1 - i), (unsigned)row);

		if (limit && what == ' ')
			what = 0x2500;
		canvas_put(ch->canvas, y, area->x + i, limit ? ROLE_LIMIT_LINE : role, what);
	}
}

double glyph_chart(struct canvas *c, struct rect area, enum role role, const float *values, size_t n,
		   double limit)
{
	struct chart ch = {.canvas = c, .area = area, .top = glyph_most(values, n)};
	size_t slots;
	int line;

	if (isfinite(limit) && limit > ch.top)
		ch.top = limit;
	ch.top = ch.top > 0 ? round_up(ch.top) : 1;
	if (area.rows < 1 || area.cols < 1 || area.rows > c->rows || area.cols > c->cols)
		return ch.top;
	slots = (size_t)area.cols * (c->glyphs == GLYPH_BRAILLE ? 2 : 1);
	ch.buckets = glyph_buckets(values, n, slots);
	ch.steps = c->glyphs == GLYPH_BRAILLE ? 4 : c->glyphs == GLYPH_BLOCKS ? 8 : 3;
	line = limit_row(&ch, limit);
	for (int row = 0; row < area.rows; row++)
		draw_row(&ch, row, row == line, role);
	return ch.top;
}
