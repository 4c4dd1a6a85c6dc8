/* SPDX-License-Identifier: Apache-2.0 */
/* Text on the canvas: made printable, measured, cut. */
#include "base/text.h"
#include "canvas.h"
#include "canvas_private.h"

#include <stdarg.h>
#include <stdio.h>
#include <wchar.h>

struct range {
	uint32_t first, last;
};

static bool in_ranges(uint32_t c, const struct range *ranges, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (c >= ranges[i].first && c <= ranges[i].last)
			return true;
	return false;
}

/* Where the locale knows nothing beyond ASCII, and so wcwidth(3) doesn't either: roughly, for the count of
 * '?'. */
static int width_without_locale(uint32_t c)
{
	static const struct range wide[] = {{0x1100, 0x115F},	{0x2E80, 0xA4CF},   {0xAC00, 0xD7A3},
					    {0xF900, 0xFAFF},	{0xFE30, 0xFE6F},   {0xFF00, 0xFF60},
					    {0xFFE0, 0xFFE6},	{0x1F300, 0x1F64F}, {0x1F680, 0x1F6FF},
					    {0x1F900, 0x1F9FF}, {0x20000, 0x3FFFD}};
	static const struct range combining[] = {
		{0x0300, 0x036F}, {0x1AB0, 0x1AFF}, {0x1DC0, 0x1DFF}, {0x20D0, 0x20FF}, {0xFE20, 0xFE2F}};

	if (in_ranges(c, combining, ARRAY_SIZE(combining)))
		return 0;
	return in_ranges(c, wide, ARRAY_SIZE(wide)) ? 2 : 1;
}

/* Characters that move the cursor, turn the writing's direction, or hide. */
static bool is_hostile(uint32_t c)
{
	static const struct range hostile[] = {
		{0, 0x1F},	  {0x7F, 0x9F},	    {0xAD, 0xAD},     {0x061C, 0x061C},	    {0x180E, 0x180E},
		{0x200B, 0x200B}, {0x200E, 0x200F}, {0x2028, 0x202E}, {0x2060, 0x206F},	    {0xD800, 0xDFFF},
		{0xFEFF, 0xFEFF}, {0xFFF9, 0xFFFB}, {0xFFFE, 0xFFFF}, {0xE0000, UINT32_MAX}};

	return in_ranges(c, hostile, ARRAY_SIZE(hostile));
}

/* Joiners and variation selectors: terminals don't agree on what they do to widths, and nothing is lost
 * without. */
static bool is_dropped(uint32_t c)
{
	return c == 0x200C || c == 0x200D || c == 0x034F || (c >= 0xFE00 && c <= 0xFE0F);
}

int character_width(uint32_t c)
{
	int width;

	if (c >= ' ' && c <= '~')
		return 1;
	if (is_hostile(c))
		return -1;
	width = wcwidth((wchar_t)c);
	if (width < 0 && wcwidth(0xE9) < 0)
		width = width_without_locale(c);
	return width > 2 ? -1 : width;
}

uint32_t character_ascii(uint32_t c)
{
	static const struct {
		uint32_t from;
		char to;
	} table[] = {{0x2026, '~'}, {0x2500, '-'}, {0x2502, '|'},  {0x250C, '+'},  {0x2510, '+'},
		     {0x2514, '+'}, {0x2518, '+'}, {0x251C, '+'},  {0x2524, '+'},  {0x252C, '+'},
		     {0x2534, '+'}, {0x253C, '+'}, {0x2190, '<'},  {0x2191, '^'},  {0x2192, '>'},
		     {0x2193, 'v'}, {0x25B2, '^'}, {0x25B6, '>'},  {0x25B8, '>'},  {0x25BC, 'v'},
		     {0x25BE, 'v'}, {0x25CF, '*'}, {0x25CB, 'o'},  {0x2022, '*'},  {0xB7, '.'},
		     {0x2013, '-'}, {0x2014, '-'}, {0x2018, '\''}, {0x2019, '\''}, {0x201C, '"'},
		     {0x201D, '"'}, {0xA0, ' '},   {0xD7, 'x'},	   {0x2588, '#'},  {0x2713, 'v'}};

	if (c < 0x80)
		return c;
	for (size_t i = 0; i < ARRAY_SIZE(table); i++)
		if (table[i].from == c)
			return (unsigned char)table[i].to;
	return '?';
}

struct piece {
	uint32_t character;
	int width; /* 0: to be put on the one before it */
};

/* The next thing to show of *text. False at the end. */
static bool next_piece(struct slice *text, bool first, struct piece *out)
{
	while (text->len) {
		uint32_t c;
		size_t n = text_decode(*text, &c);

		text->at += n;
		text->len -= n;
		if (is_dropped(c))
			continue;
		out->width = character_width(c);
		/* With nothing to stand on, a combining character would land on somebody else's cell. */
		if (out->width < 0 || (out->width == 0 && first)) {
			c = REPLACEMENT;
			out->width = 1;
		}
		out->character = c;
		return true;
	}
	return false;
}

/* Columns of the text; not counted further once it is more than max. */
static long measure(struct slice text, long max)
{
	struct piece piece;
	long width = 0;

	while (width <= max && next_piece(&text, width == 0, &piece))
		width += piece.width;
	return width;
}

static void combine(struct canvas *c, long y, long x, int width, uint32_t character)
{
	struct cell *cell;

	x -= width;
	if (y < 0 || x < 0 || y >= c->rows || x >= c->cols || c->glyphs == GLYPH_ASCII)
		return;
	cell = &c->cells[(size_t)y * (size_t)c->cols + (size_t)x];
	/* One is kept. A letter's pile of marks would be drawn over the lines above and below. A wide one
	 * that an edge cut is blank and stays so. */
	if (cell->text[0] && cell->text[0] != ' ' && !cell->text[1])
		cell->text[1] = character;
}

static void draw_piece(struct canvas *c, long y, long x, enum role role, const struct piece *piece)
{
	if (c->glyphs != GLYPH_ASCII) {
		canvas_set(c, y, x, role, piece->character, piece->width);
		return;
	}
	for (int i = 0; i < piece->width; i++)
		canvas_set(c, y, x + i, role, character_ascii(piece->character), 1);
}

/* Draws at most `cols` columns; the columns drawn. */
static long draw(struct canvas *c, long y, long x, long cols, enum role role, struct slice text)
{
	struct piece piece;
	long used = 0;
	int last = 0;

	while (next_piece(&text, used == 0, &piece)) {
		if (used + piece.width > cols)
			break;
		if (piece.width == 0)
			combine(c, y, x + used, last, piece.character);
		else
			draw_piece(c, y, x + used, role, &piece);
		used += piece.width;
		last = piece.width ? piece.width : last;
	}
	return used;
}

int canvas_slice(struct canvas *c, int y, int x, int cols, enum role role, struct slice text)
{
	long used;

	if (cols <= 0)
		return 0;
	if (measure(text, cols) <= cols)
		return (int)draw(c, y, x, cols, role, text);
	for (used = draw(c, y, x, cols - 1, role, text); used < cols - 1; used++)
		canvas_set(c, y, x + used, role, ' ', 1);
	canvas_set(c, y, x + used, role, c->glyphs == GLYPH_ASCII ? '~' : 0x2026, 1);
	return cols;
}

int canvas_text(struct canvas *c, int y, int x, int cols, enum role role, const char *text)
{
	return canvas_slice(c, y, x, cols, role, slice_of(text));
}

int canvas_text_right(struct canvas *c, int y, int x, int cols, enum role role, const char *text)
{
	struct slice slice = slice_of(text);
	long width = cols > 0 ? measure(slice, cols) : 0;

	if (width < cols) {
		long start = (long)x + cols - width;

		return (int)draw(c, y, start, width, role, slice);
	}
	return canvas_slice(c, y, x, cols, role, slice);
}

int canvas_printf(struct canvas *c, int y, int x, int cols, enum role role, const char *format, ...)
{
	_cleanup_free_ char *text = NULL;
	va_list args;
	int n;

	va_start(args, format);
	n = vasprintf(&text, format, args);
	va_end(args);
	if (n < 0) {
		text = NULL;
		return 0;
	}
	return canvas_text(c, y, x, cols, role, text);
}

int canvas_width(const char *text)
{
	return (int)measure(slice_of(text), 1000000);
}
