/* SPDX-License-Identifier: Apache-2.0 */
#include "view_list.h"

#include "function_bar.h"

#include <stdlib.h>
#include <string.h>

static struct list_view *self(struct view *view)
{
	return (struct list_view *)view;
}

static void draw(struct view *view, struct app *app, struct canvas *canvas)
{
	struct list_view *v = self(view);
	bool events = tab_at(v->tab)->body == BODY_EVENTS;

	v->layout = list_layout_of(canvas->rows, canvas->cols, app->settings.meters,
				   app->settings.events != EVENTS_NONE, events);
	if (v->layout.title_rows)
		view_list_title(app, canvas, &v->layout);
	if (v->layout.meters_rows)
		view_list_meters(app, canvas, &v->layout);
	if (v->layout.tabs_rows)
		view_list_tabs(v, app, canvas);
	if (events)
		view_list_event_tab(v, app, canvas);
	else
		view_list_rows(v, app, canvas);
	if (v->layout.strip_rows)
		view_list_strip(v, app, canvas);
	if (!v->layout.bar_rows)
		return;
	function_bar(canvas, v->layout.bar_y, CONTEXT_LIST);
	app->bar_y = v->layout.bar_y;
}

static void need(struct view *view, struct app *app, struct metric_set *set)
{
	struct list_view *v = self(view);

	(void)app;
	view_list_meters_need(set);
	metric_set_add(set, METRIC_OOM_KILLS);
	for (size_t i = 0; i < v->n_columns; i++)
		list_column_need(&v->columns[i], set);
}

static void close_view(struct view *view)
{
	free(view);
}

static const struct view_ops ops = {
	.name = "list",
	.context = CONTEXT_LIST,
	.whole = true,
	.draw = draw,
	.command = view_list_command,
	.need = need,
	.close = close_view,
};

struct view *view_list_new(struct app *app)
{
	struct list_view *v = calloc(1, sizeof(*v));

	if (!v)
		return NULL;
	v->view.ops = &ops;
	v->n_columns = tab_columns(&app->settings, v->tab, v->columns, LIST_COLUMNS_MAX);
	if (!list_sort_column(app->list))
		list_sort_by(app->list, column_find("cpu"), false);
	return &v->view;
}

struct list_view *view_list_of(const struct app *app)
{
	struct view *v = app->top;

	while (v && v->ops != &ops)
		v = v->below;
	return v ? self(v) : NULL;
}
