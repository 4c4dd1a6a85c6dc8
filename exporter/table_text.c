/* SPDX-License-Identifier: Apache-2.0 */
#include "exporter/table.h"

#include "base/text.h"

#include <errno.h>
#include <stdlib.h>
#include <wchar.h>

#define GAP 3

/* All cells, row by row with the header first, in one text; cell i ends at ends[i]. */
struct grid {
	struct str text;
	size_t *ends;
	size_t *widths; /* of the columns, as displayed */
	size_t n_columns;
	size_t n_rows;
};

static void grid_free(struct grid *g)
{
	str_free(&g->text);
	free(g->ends);
	free(g->widths);
}

static struct slice cell_at(const struct grid *g, size_t row, size_t column)
{
	size_t i = row * g->n_columns + column;
	size_t start = i ? g->ends[i - 1] : 0;

	return (struct slice){g->text.data + start, g->ends[i] - start};
}

/* Columns that a character takes; what the locale can't show takes one. */
static size_t character_width(uint32_t c)
{
	int width = wcwidth((wchar_t)c);

	return width < 0 ? 1 : (size_t)width;
}

static size_t display_width(struct slice text)
{
	size_t width = 0;

	while (text.len) {
		uint32_t c;
		size_t n = text_decode(text, &c);

		width += character_width(c);
		text.at += n;
		text.len -= n;
	}
	return width;
}

/* Appends text as far as `room` columns reach and takes them off. */
static void append_cut(struct str *out, struct slice text, size_t *room)
{
	while (text.len) {
		uint32_t c;
		size_t n = text_decode(text, &c);
		size_t width = character_width(c);

		if (width > *room) {
			*room = 0;
			return;
		}
		*room -= width;
		str_append(out, text.at, n);
		text.at += n;
		text.len -= n;
	}
}

static void append_spaces(struct str *out, size_t n, size_t *room)
{
	for (; n && *room; n--, (*room)--)
		str_char(out, ' ');
}

static int fill_grid(struct grid *g, const struct comparison *c, const struct table_options *o)
{
	g->n_columns = o->n_columns;
	g->n_rows = o->n_rows + 1;
	g->ends = calloc(g->n_rows * g->n_columns, sizeof(*g->ends));
	g->widths = calloc(g->n_columns, sizeof(*g->widths));
	if (!g->ends || !g->widths)
		return -ENOMEM;
	for (size_t row = 0; row < g->n_rows; row++) {
		for (size_t column = 0; column < g->n_columns; column++) {
			const struct column *col = o->columns[column];
			size_t start = g->text.len;
			size_t width;

			if (row == 0)
				str_add(&g->text, col->header);
			else
				col->cell(col, c, o->rows[row - 1], &g->text);
			if (g->text.failed)
				return -ENOMEM;
			g->ends[row * g->n_columns + column] = g->text.len;
			width = display_width((struct slice){g->text.data + start, g->text.len - start});
			if (width > g->widths[column])
				g->widths[column] = width;
		}
	}
	return 0;
}

static void append_line(struct str *out, const struct grid *g, const struct table_options *o, size_t row)
{
	size_t room = o->width ? o->width : SIZE_MAX;
	size_t start = out->len;

	for (size_t column = 0; column < g->n_columns; column++) {
		struct slice cell = cell_at(g, row, column);
		size_t padding = g->widths[column] - display_width(cell);
		bool right = o->columns[column]->align == ALIGN_RIGHT;

		append_spaces(out, column ? GAP : 0, &room);
		append_spaces(out, right ? padding : 0, &room);
		append_cut(out, cell, &room);
		append_spaces(out, right || column + 1 == g->n_columns ? 0 : padding, &room);
	}
	while (out->len > start && out->data[out->len - 1] == ' ')
		out->len--;
	str_char(out, '\n');
}

void table_text(struct str *out, const struct comparison *c, const struct table_options *options)
{
	struct grid g = {0};

	if (options->n_columns == 0)
		return;
	if (fill_grid(&g, c, options) < 0)
		out->failed = true;
	for (size_t row = 0; row < g.n_rows && !out->failed; row++)
		append_line(out, &g, options, row);
	grid_free(&g);
}
