/* SPDX-License-Identifier: Apache-2.0 */
/* The header and the lines of the list. */
#include "view_list.h"

#include <string.h>

#define INDENT 2
#define SMALL_DOWN 0x25BE
#define SMALL_UP 0x25B4
#define SMALL_RIGHT 0x25B8

char view_list_state(const struct snapshot *s, size_t index)
{
	uint64_t value;

	if (snapshot_entity(s, index)->ended)
		return 'X';
	if (snapshot_get(s, index, METRIC_FROZEN, &value) && value)
		return 'P';
	if (snapshot_get(s, index, METRIC_POPULATED, &value) ||
	    snapshot_get(s, index, METRIC_PROCESSES, &value))
		return value ? 'R' : 'E';
	return '?';
}

static enum role state_role(char state)
{
	switch (state) {
	case 'R':
		return ROLE_GOOD;
	case 'P':
		return ROLE_NOTICE;
	case 'X':
		return ROLE_BAD;
	default:
		return ROLE_DIM;
	}
}

static uint32_t mark(const struct canvas *canvas, uint32_t glyph, char ascii)
{
	return canvas->glyphs == GLYPH_ASCII ? (uint32_t)ascii : glyph;
}

/* --- header --- */

static bool is_sorted(const struct list_view *v, const struct app *app, int number)
{
	const struct column *sort = list_sort_column(app->list);

	if (!sort)
		return false;
	if (number < 0)
		return strcmp(sort->key, "name") == 0;
	return list_column_sorts(&v->columns[number], app->settings.cpu_scale) == sort ||
	       (v->columns[number].shape == SHAPE_CPU && strcmp(sort->key, "cpu") == 0);
}

static bool is_left(const struct list_column *col)
{
	return col->shape == SHAPE_SPARK || col->shape == SHAPE_BAR || col->shape == SHAPE_VERDICT ||
	       col->column->align == ALIGN_LEFT || strcmp(col->column->key, "shares") == 0;
}

static void draw_header_cell(struct list_view *v, struct app *app, struct canvas *canvas,
			     const struct list_place *place)
{
	bool sorted = is_sorted(v, app, place->number);
	enum role role = sorted ? ROLE_SORTED : ROLE_HEADER;
	const struct list_column *col = place->number < 0 ? NULL : &v->columns[place->number];
	const char *text = col ? list_column_header(col, app->settings.cpu_scale) : "NAME";
	int y = v->layout.header_y;
	int end = place->x + place->width;

	if (!col || is_left(col))
		end = place->x + canvas_text(canvas, y, place->x, place->width, role, text);
	else
		canvas_text_right(canvas, y, place->x, place->width, role, text);
	/* Behind the header there is always a space. */
	if (sorted && end < v->layout.cols)
		canvas_put(canvas, y, end, role,
			   list_is_reversed(app->list) ? mark(canvas, SMALL_UP, '^')
						       : mark(canvas, SMALL_DOWN, 'v'));
}

static void draw_header(struct list_view *v, struct app *app, struct canvas *canvas)
{
	int y = v->layout.header_y;
	const struct list_place *last = &v->places[v->n_places - 1];

	canvas_fill(canvas, (struct rect){y, 0, 1, v->layout.cols}, ROLE_HEADER, ' ');
	canvas_text(canvas, y, 0, 1, ROLE_HEADER, "S");
	for (size_t i = 0; i < v->n_places; i++)
		draw_header_cell(v, app, canvas, &v->places[i]);
	/* More to the right, or to the left. */
	if (v->n_columns > v->n_places - 1 + v->pan && last->x + last->width < v->layout.cols)
		canvas_put(canvas, y, v->layout.cols - 1, ROLE_HEADER, '>');
	if (v->pan)
		canvas_put(canvas, y, v->places[0].x - 1, ROLE_HEADER, '<');
}

/* --- lines --- */

void view_list_name(struct app *app, size_t n, struct str *out)
{
	const struct list_row *row = list_row(app->list, n);
	const struct column *name = column_find("name");
	uint64_t kills;

	if (row->index < 0) {
		str_printf(out, "%s (%s, %zu)", row->title, row->kind, row->n_below);
		return;
	}
	name->cell(name, app->shown, (size_t)row->index, out);
	if (snapshot_entity(comparison_later(app->shown), (size_t)row->index)->ended &&
	    snapshot_get(comparison_later(app->shown), (size_t)row->index, METRIC_OOM_KILLS, &kills) && kills)
		str_add(out, " OOM");
}

static void draw_name(struct app *app, struct canvas *canvas, size_t n, int y, const struct list_place *place,
		      enum role role)
{
	const struct list_row *row = list_row(app->list, n);
	bool tree = list_grouping(app->list) != GROUPING_FLAT;
	_cleanup_str_ struct str text = {0};
	int indent = tree ? (int)(row->depth < 1000 ? row->depth : 1000) * INDENT : 0;

	/* However deep it is, something of the name is seen. */
	if (indent > place->width / 2)
		indent = place->width / 2;
	if (row->branch) {
		/* A group has no state: its mark stands there, and its name in the first column. */
		int x = row->index < 0 ? 0 : place->x + indent;

		canvas_put(canvas, y, x, role,
			   row->folded ? mark(canvas, SMALL_RIGHT, '>') : mark(canvas, SMALL_DOWN, 'v'));
		indent += row->index < 0 ? 0 : INDENT;
	}
	view_list_name(app, n, &text);
	if (row->index < 0 && text.data && canvas_width(text.data) > place->width - indent) {
		str_clear(&text);
		str_printf(&text, "%s (%zu)", row->title, row->n_below);
	}
	canvas_text(canvas, y, place->x + indent, place->width - indent, role, text.data ? text.data : "");
}

static void draw_line(struct list_view *v, struct app *app, struct canvas *canvas, size_t n, int y)
{
	const struct list_row *row = list_row(app->list, n);
	char state = row->index < 0 ? ' ' : view_list_state(comparison_later(app->shown), (size_t)row->index);
	enum role role = state == 'X' || state == 'E' ? ROLE_DIM : row->index < 0 ? ROLE_STRONG : ROLE_TEXT;

	if (row->tagged)
		role = ROLE_TAGGED;
	if (state != ' ')
		canvas_put(canvas, y, 0, row->tagged ? role : state_role(state), (unsigned char)state);
	if (row->tagged)
		canvas_put(canvas, y, 1, role, '*');
	draw_name(app, canvas, n, y, &v->places[0], role);
	for (size_t i = 1; i < v->n_places; i++)
		list_column_draw(&v->columns[v->places[i].number], app, n, canvas, y, v->places[i].x,
				 v->places[i].width, role);
	if (n == list_cursor(app->list))
		canvas_role(canvas, (struct rect){y, 0, 1, v->layout.cols}, ROLE_SELECTED);
}

static void draw_nothing(struct list_view *v, struct app *app, struct canvas *canvas)
{
	const char *text = !app->shown ? "looking …"
			   : *list_filter_text(app->list)
				   ? "nothing matches the filter: / changes it, Esc takes it away"
				   : "no containers: a shows every cgroup, F8 launches one";

	if (v->layout.body_rows > 0)
		canvas_text(canvas, v->layout.body_y, 3, v->layout.cols - 3, ROLE_DIM, text);
}

void view_list_rows(struct list_view *v, struct app *app, struct canvas *canvas)
{
	size_t count = app->shown ? list_count(app->list) : 0;
	size_t top = list_top(app->list, v->layout.body_rows > 0 ? (size_t)v->layout.body_rows : 0);

	v->n_places = list_places(v->columns, v->n_columns, v->pan, v->layout.cols, v->places);
	if (v->layout.header_rows)
		draw_header(v, app, canvas);
	if (!count)
		draw_nothing(v, app, canvas);
	for (int i = 0; i < v->layout.body_rows && top + (size_t)i < count; i++)
		draw_line(v, app, canvas, top + (size_t)i, v->layout.body_y + i);
}
