/* SPDX-License-Identifier: Apache-2.0 */
#include "glyph.h"

#include "canvas_private.h"
#include "glyph_private.h"

#include <math.h>

#define FULL_BLOCK 0x2588U

struct buckets glyph_buckets(const float *values, size_t n, size_t slots)
{
	struct buckets b = {.values = values, .n = n, .each = 1};

	if (slots == 0)
		b.n = 0;
	else if (n > slots)
		b.each = (n + slots - 1) / slots;
	return b;
}

double glyph_bucket(const struct buckets *b, size_t back)
{
	double most = (double)(double)NAN;
	size_t first;

	if (back >= b->n || back * b->each >= b->n)
		return (double)(double)NAN;
	first = back * b->each;
	for (size_t i = first; i < b->n && i < first + b->each; i++) {
		double value = (double)b->values[b->n - 1 - i];

		if (isfinite(value) && !(most >= value))
			most = value;
	}
	return most;
}

double glyph_most(const float *values, size_t n)
{
	double most = 0;

	for (size_t i = 0; i < n; i++)
		if (isfinite((double)values[i]) && (double)values[i] > most)
			most = (double)values[i];
	return most;
}

unsigned glyph_level(double value, double top, unsigned levels)
{
	double level;

	if (!isfinite(value) || value <= 0 || !(top > 0))
		return 0;
	level = ceil(value / top * levels);
	return level >= levels ? levels : (unsigned)level;
}

/* A column of `level` dots (0 to 4) in one half of a braille cell; dots are numbered by how they came to be.
 */
uint32_t glyph_braille(unsigned left, unsigned right)
{
	static const uint8_t lefts[] = {0, 0x40, 0x44, 0x46, 0x47};
	static const uint8_t rights[] = {0, 0x80, 0xA0, 0xB0, 0xB8};

	return 0x2800U + lefts[left] + rights[right];
}

/* Even nothing has a dot: only what is unknown has none. */
static unsigned spark_level(double value, double top, unsigned levels)
{
	unsigned level = glyph_level(value, top, levels);

	return isnan(value) ? 0 : level ? level : 1;
}

static uint32_t spark_character(enum glyph_level glyphs, const struct buckets *b, size_t back, double top)
{
	static const char ramp[] = "_.:-=+*#";
	double value = glyph_bucket(b, back);

	if (glyphs == GLYPH_BRAILLE) {
		unsigned left = spark_level(glyph_bucket(b, 2 * back + 1), top, 4);
		unsigned right = spark_level(glyph_bucket(b, 2 * back), top, 4);

		return left || right ? glyph_braille(left, right) : ' ';
	}
	if (isnan(value))
		return ' ';
	if (glyphs == GLYPH_BLOCKS)
		return 0x2580U + spark_level(value, top, 8);
	return (unsigned char)ramp[glyph_level(value, top, sizeof(ramp) - 2)];
}

void glyph_sparkline(struct canvas *c, int y, int x, int cols, enum role role, const float *values, size_t n,
		     double top)
{
	size_t slots = cols > 0 ? (size_t)cols * (c->glyphs == GLYPH_BRAILLE ? 2 : 1) : 0;
	struct buckets b = glyph_buckets(values, n, slots);
	struct rect seen = canvas_clip(c, (struct rect){y, x, 1, cols});

	if (!(top > 0))
		top = glyph_most(values, n);
	for (int at = seen.x; at < seen.x + seen.cols; at++)
		canvas_put(c, y, at, role, spark_character(c->glyphs, &b, (size_t)(x + cols - 1 - at), top));
}

/* The cell at `i` of a bar that is `eighths` long. */
static uint32_t bar_character(enum glyph_level glyphs, long eighths, int i)
{
	long rest = eighths - 8L * i;

	if (glyphs == GLYPH_ASCII)
		return rest >= 4 ? '|' : ' ';
	if (rest <= 0)
		return ' ';
	return rest >= 8 ? FULL_BLOCK : FULL_BLOCK + (uint32_t)(8 - rest);
}

static void brackets(struct canvas *c, int y, int x, int cols)
{
	canvas_put(c, y, x, ROLE_BORDER, '[');
	canvas_put(c, y, x + cols - 1, ROLE_BORDER, ']');
}

void glyph_bar(struct canvas *c, int y, int x, int cols, enum role role, double filled, const char *label)
{
	int inside;
	long eighths;

	if (cols < 3)
		return;
	inside = cols - 2;
	if (filled > 1)
		role = ROLE_BAD;
	filled = filled > 1 ? 1 : filled > 0 ? filled : 0;
	eighths = lround(filled * 8 * inside);
	if (filled > 0 && eighths == 0)
		eighths = 1;
	brackets(c, y, x, cols);
	for (int i = 0; i < inside; i++)
		canvas_put(c, y, x + 1 + i, role, bar_character(c->glyphs, eighths, i));
	if (label)
		canvas_text_right(c, y, x + 1, inside, ROLE_TEXT, label);
}

void glyph_stacked_bar(struct canvas *c, int y, int x, int cols, const struct bar_part *parts, size_t n)
{
	/* Parts that stand side by side differ without colour, too. */
	static const uint32_t shades[] = {FULL_BLOCK, 0x2593, 0x2592, 0x2591};
	int inside = cols - 2;
	double sum = 0;
	int at = 0;

	if (inside < 1)
		return;
	brackets(c, y, x, cols);
	for (size_t i = 0; i < n; i++) {
		uint32_t character = c->glyphs == GLYPH_ASCII ? (unsigned char)parts[i].letter
							      : shades[i % ARRAY_SIZE(shades)];

		if (parts[i].share > 0)
			sum += parts[i].share;
		for (; at < inside && at < lround(sum < 1 ? sum * inside : inside); at++)
			canvas_put(c, y, x + 1 + at, parts[i].role, character);
	}
	for (; at < inside; at++)
		canvas_put(c, y, x + 1 + at, ROLE_TEXT, ' ');
}

void glyph_shade(struct canvas *c, int y, int x, enum role role, double share)
{
	static const char ascii[] = " .:-=+*#";
	static const uint32_t blocks[] = {' ', 0x2591, 0x2592, 0x2593, FULL_BLOCK};
	/* one dot more each */
	static const uint32_t braille[] = {' ', 0x2802, 0x2812, 0x2816, 0x2836, 0x2837, 0x283F, 0x28FF};
	/* the eye tells a hundredth from a tenth rather than nine tenths from all */
	double seen = share > 0 ? sqrt(share) : 0;

	if (c->glyphs == GLYPH_BRAILLE)
		canvas_put(c, y, x, role, braille[glyph_level(seen, 1, ARRAY_SIZE(braille) - 1)]);
	else if (c->glyphs == GLYPH_BLOCKS)
		canvas_put(c, y, x, role, blocks[glyph_level(seen, 1, ARRAY_SIZE(blocks) - 1)]);
	else
		canvas_put(c, y, x, role, (unsigned char)ascii[glyph_level(seen, 1, sizeof(ascii) - 2)]);
}
