/* SPDX-License-Identifier: Apache-2.0 */
#include "canvas.h"

#include "canvas_private.h"
#include "utf8.h"

#include <errno.h>
#include <stdlib.h>

/* More than any terminal has; a size comes from outside (TIOCGWINSZ, an option). */
#define CELLS_MAX 4000000

static const struct cell blank = {{' ', 0}, ROLE_TEXT};

int canvas_resize(struct canvas *c, int rows, int cols)
{
	size_t n;
	struct cell *cells;

	if (rows < 0 || cols < 0)
		rows = cols = 0;
	n = (size_t)rows * (size_t)cols;
	if (n > CELLS_MAX)
		return -ENOMEM;
	if (n != (size_t)c->rows * (size_t)c->cols || !c->cells) {
		cells = calloc(n ? n : 1, sizeof(*cells));
		if (!cells)
			return -ENOMEM;
		free(c->cells);
		c->cells = cells;
	}
	c->rows = rows;
	c->cols = cols;
	canvas_clear(c);
	return 0;
}

void canvas_clear(struct canvas *c)
{
	size_t n = (size_t)c->rows * (size_t)c->cols;

	for (size_t i = 0; i < n; i++)
		c->cells[i] = blank;
	c->cursor_y = c->cursor_x = -1;
}

void canvas_free(struct canvas *c)
{
	free(c->cells);
	c->cells = NULL;
	c->rows = c->cols = 0;
}

struct rect canvas_rect(const struct canvas *c)
{
	return (struct rect){0, 0, c->rows, c->cols};
}

static int bounded(long value, long max)
{
	return (int)(value < 0 ? 0 : value > max ? max : value);
}

struct rect canvas_clip(const struct canvas *c, struct rect area)
{
	int top = bounded(area.y, c->rows);
	int left = bounded(area.x, c->cols);
	int bottom = bounded((long)area.y + (area.rows > 0 ? area.rows : 0), c->rows);
	int right = bounded((long)area.x + (area.cols > 0 ? area.cols : 0), c->cols);

	return (struct rect){top, left, bottom - top, right - left};
}

static struct cell *cell_at(const struct canvas *c, long y, long x)
{
	if (y < 0 || x < 0 || y >= c->rows || x >= c->cols)
		return NULL;
	return &c->cells[(size_t)y * (size_t)c->cols + (size_t)x];
}

/* The other half of a wide character whose one half is about to be overwritten. */
static void release(struct canvas *c, long y, long x)
{
	struct cell *here = cell_at(c, y, x);
	struct cell *next = cell_at(c, y, x + 1);

	if (!here->text[0])
		here[-1].text[0] = ' ', here[-1].text[1] = 0;
	else if (next && !next->text[0])
		next->text[0] = ' ';
}

void canvas_set(struct canvas *c, long y, long x, enum role role, uint32_t character, int width)
{
	bool whole = width == 1 || (cell_at(c, y, x) && cell_at(c, y, x + 1));

	for (int i = 0; i < width; i++) {
		struct cell *cell = cell_at(c, y, x + i);

		if (!cell)
			continue;
		release(c, y, x + i);
		cell->text[0] = !whole ? ' ' : i == 0 ? character : 0;
		cell->text[1] = 0;
		cell->role = (uint8_t)role;
	}
}

void canvas_put(struct canvas *c, int y, int x, enum role role, uint32_t character)
{
	int width = character_width(character);

	if (width < 1) {
		character = REPLACEMENT;
		width = 1;
	}
	if (c->glyphs == GLYPH_ASCII)
		character = character_ascii(character);
	canvas_set(c, y, x, role, character, character < 0x80 ? 1 : width);
}

void canvas_fill(struct canvas *c, struct rect area, enum role role, uint32_t character)
{
	struct rect r = canvas_clip(c, area);

	for (int y = r.y; y < r.y + r.rows; y++)
		for (int x = r.x; x < r.x + r.cols; x++)
			canvas_put(c, y, x, role, character);
}

void canvas_role(struct canvas *c, struct rect area, enum role role)
{
	struct rect r = canvas_clip(c, area);

	for (int y = r.y; y < r.y + r.rows; y++)
		for (int x = r.x; x < r.x + r.cols; x++)
			cell_at(c, y, x)->role = (uint8_t)role;
}

void canvas_box(struct canvas *c, struct rect area, const char *title)
{
	int bottom = area.y + area.rows - 1;
	int right = area.x + area.cols - 1;

	if (area.rows < 2 || area.cols < 2)
		return;
	canvas_fill(c, area, ROLE_TEXT, ' ');
	canvas_fill(c, (struct rect){area.y, area.x, 1, area.cols}, ROLE_BORDER, 0x2500);
	canvas_fill(c, (struct rect){bottom, area.x, 1, area.cols}, ROLE_BORDER, 0x2500);
	canvas_fill(c, (struct rect){area.y, area.x, area.rows, 1}, ROLE_BORDER, 0x2502);
	canvas_fill(c, (struct rect){area.y, right, area.rows, 1}, ROLE_BORDER, 0x2502);
	canvas_put(c, area.y, area.x, ROLE_BORDER, 0x250C);
	canvas_put(c, area.y, right, ROLE_BORDER, 0x2510);
	canvas_put(c, bottom, area.x, ROLE_BORDER, 0x2514);
	canvas_put(c, bottom, right, ROLE_BORDER, 0x2518);
	if (title && *title && area.cols > 6) {
		int used = canvas_text(c, area.y, area.x + 3, area.cols - 6, ROLE_STRONG, title);

		canvas_put(c, area.y, area.x + 2, ROLE_BORDER, ' ');
		canvas_put(c, area.y, area.x + 3 + used, ROLE_BORDER, ' ');
	}
}

static void dump_text(const struct cell *row, int cols, struct str *out)
{
	while (cols > 0 && row[cols - 1].text[0] == ' ' && !row[cols - 1].text[1])
		cols--;
	for (int x = 0; x < cols; x++)
		for (size_t i = 0; i < ARRAY_SIZE(row[x].text); i++) {
			char bytes[4];

			if (row[x].text[i])
				str_append(out, bytes, utf8_encode(row[x].text[i], bytes));
		}
	str_char(out, '\n');
}

static void dump_roles(const struct cell *row, int cols, struct str *out)
{
	while (cols > 0 && row[cols - 1].role == ROLE_TEXT)
		cols--;
	for (int x = 0; x < cols; x++)
		str_char(out, row[x].role == ROLE_TEXT ? ' ' : (char)('a' + row[x].role));
	str_char(out, '\n');
}

void canvas_dump(const struct canvas *c, bool roles, struct str *out)
{
	for (int y = 0; y < c->rows; y++) {
		const struct cell *row = &c->cells[(size_t)y * (size_t)c->cols];

		dump_text(row, c->cols, out);
		if (roles)
			dump_roles(row, c->cols, out);
	}
}
