/* SPDX-License-Identifier: Apache-2.0 */
/* The columns of the open tab: on or off, and their order. What is on stands first, in its order. */
#include "dialog_private.h"
#include "view_list.h"

#include <stdlib.h>
#include <string.h>

struct item {
	struct list_column column;
	bool on;
};

struct columns {
	struct view view;
	size_t tab;
	struct item *items;
	size_t n;
	size_t cursor;
	size_t top;
	struct rect inside; /* as it was drawn last */
};

static struct columns *self(struct view *view)
{
	return (struct columns *)view;
}

static bool has(const struct columns *c, const struct column *column)
{
	for (size_t i = 0; i < c->n; i++)
		if (c->items[i].column.column == column)
			return true;
	return false;
}

static bool fill(struct columns *c, const struct settings *s)
{
	struct list_column shown[LIST_COLUMNS_MAX];
	size_t n = tab_columns(s, c->tab, shown, LIST_COLUMNS_MAX);
	struct list_column column;
	size_t all = 0;

	while (list_column_at(all, &column))
		all++;
	c->items = calloc(all + n + 1, sizeof(*c->items));
	if (!c->items)
		return false;
	for (size_t i = 0; i < n; i++)
		if (!has(c, shown[i].column))
			c->items[c->n++] = (struct item){shown[i], true};
	for (size_t i = 0; list_column_at(i, &column); i++)
		if (!has(c, column.column) && strcmp(column.column->key, "name") != 0)
			c->items[c->n++] = (struct item){column, false};
	return true;
}

/* Into the settings, and onto the screen at once. False where they are too many. */
static bool apply(struct columns *c, struct app *app)
{
	struct list_view *v = view_list_of(app);
	_cleanup_str_ struct str text = {0};

	for (size_t i = 0; i < c->n; i++)
		if (c->items[i].on)
			str_printf(&text, "%s%s", text.len ? "," : "", c->items[i].column.column->key);
	if (text.failed || !text.len || text.len >= sizeof(app->settings.columns[c->tab])) {
		app_say(app, ROLE_WARNING, "%s",
			text.len ? "these are too many columns" : "one column has to stay");
		return false;
	}
	memcpy(app->settings.columns[c->tab], text.data, text.len + 1);
	if (v)
		view_list_columns(v, app);
	return true;
}

static void toggle(struct columns *c, struct app *app)
{
	struct item *item = &c->items[c->cursor];

	item->on = !item->on;
	if (!apply(c, app))
		item->on = !item->on;
}

static void swap(struct columns *c, struct app *app, size_t with)
{
	struct item item = c->items[c->cursor];

	if (with >= c->n)
		return;
	c->items[c->cursor] = c->items[with];
	c->items[with] = item;
	c->cursor = with;
	apply(c, app);
}

static void draw_item(const struct columns *c, struct canvas *canvas, size_t n, int y)
{
	const struct item *item = &c->items[n];
	int x = c->inside.x + 1;
	int room = c->inside.cols - 2;

	canvas_printf(canvas, y, x, room, ROLE_TEXT, "[%c] %-20s", item->on ? 'x' : ' ', item->column.header);
	if (room > 27)
		canvas_text(canvas, y, x + 26, room - 26, ROLE_DIM, item->column.column->help);
	if (n == c->cursor) {
		canvas_role(canvas, (struct rect){y, c->inside.x, 1, c->inside.cols}, ROLE_SELECTED);
		canvas_put(canvas, y, c->inside.x, ROLE_SELECTED, '>');
	}
}

static void draw(struct view *view, struct app *app, struct canvas *canvas)
{
	struct columns *c = self(view);
	struct rect box = dialog_area(canvas, canvas->rows - 4, 76);
	char title[96];
	size_t rows;

	(void)app;
	snprintf(title, sizeof(title), "Columns of %s (Space on/off, [ ] moves)", tab_at(c->tab)->title);
	canvas_box(canvas, box, title);
	c->inside = dialog_inside(box);
	rows = (size_t)c->inside.rows;
	if (!rows)
		return;
	if (c->cursor < c->top)
		c->top = c->cursor;
	if (c->cursor >= c->top + rows)
		c->top = c->cursor - rows + 1;
	for (size_t i = 0; i < rows && c->top + i < c->n; i++)
		draw_item(c, canvas, c->top + i, c->inside.y + (int)i);
}

static void pick(struct columns *c, struct app *app, const struct key *key)
{
	size_t n = c->top + (size_t)(key->y - c->inside.y);

	if (key->y < c->inside.y || key->y >= c->inside.y + c->inside.rows || n >= c->n)
		return;
	c->cursor = n;
	if (key->x >= c->inside.x && key->x < c->inside.x + 5)
		toggle(c, app);
}

static bool command_of(struct view *view, struct app *app, enum command command, const struct key *key)
{
	struct columns *c = self(view);

	if (dialog_move(command, c->n, c->inside.rows, &c->cursor))
		return true;
	if (command == CMD_TOGGLE)
		toggle(c, app);
	else if (command == CMD_RAISE)
		swap(c, app, c->cursor - 1);
	else if (command == CMD_LOWER)
		swap(c, app, c->cursor + 1);
	else if (command == CMD_PICK)
		pick(c, app, key);
	else if (command == CMD_ACCEPT)
		app_pop(app);
	else
		return false;
	return true;
}

static void close_view(struct view *view)
{
	free(self(view)->items);
	free(view);
}

static const struct view_ops ops = {
	.name = "columns",
	.context = CONTEXT_MENU,
	.draw = draw,
	.command = command_of,
	.close = close_view,
};

struct view *dialog_columns_new(struct app *app)
{
	const struct list_view *v = view_list_of(app);
	struct columns *c;

	c = v ? calloc(1, sizeof(*c)) : NULL;
	if (!c)
		return NULL;
	c->view.ops = &ops;
	c->tab = v->tab;
	if (!fill(c, &app->settings)) {
		close_view(&c->view);
		return NULL;
	}
	return &c->view;
}
