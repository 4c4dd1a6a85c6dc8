/* SPDX-License-Identifier: Apache-2.0 */
#include "view_list.h"

#include <stdlib.h>

/* The columns of the tab first, then all others. */
struct sort_choice {
	size_t n;
	const struct column *columns[];
};

static void chosen(struct app *app, void *context, size_t n)
{
	const struct sort_choice *c = context;
	const struct column *column = c->columns[n];

	view_list_sort(app, column, column == list_sort_column(app->list) && !list_is_reversed(app->list));
}

static void add(struct sort_choice *c, const struct column *column)
{
	for (size_t i = 0; i < c->n; i++)
		if (c->columns[i] == column)
			return;
	c->columns[c->n++] = column;
}

static struct sort_choice *choices_of(const struct list_view *v, const struct app *app)
{
	size_t max = LIST_COLUMNS_MAX + 2;
	struct list_column column;
	struct sort_choice *c;

	while (list_column_at(max - LIST_COLUMNS_MAX - 2, &column))
		max++;
	c = calloc(1, sizeof(*c) + max * sizeof(c->columns[0]));
	if (!c)
		return NULL;
	add(c, column_find("name"));
	for (size_t i = 0; v && i < v->n_columns; i++)
		add(c, list_column_sorts(&v->columns[i], app->settings.cpu_scale));
	for (size_t i = 0; list_column_at(i, &column); i++)
		add(c, column.column);
	return c;
}

struct view *dialog_sort_new(struct app *app)
{
	struct sort_choice *c = choices_of(view_list_of(app), app);
	struct choice *choices = c ? calloc(c->n, sizeof(*choices)) : NULL;
	struct view *view;
	size_t start = 0;

	if (!choices) {
		free(c);
		return NULL;
	}
	for (size_t i = 0; i < c->n; i++) {
		choices[i] = (struct choice){.text = c->columns[i]->header, .hint = c->columns[i]->help};
		if (c->columns[i] == list_sort_column(app->list))
			start = i;
	}
	view = dialog_choose_new(app, "Sort by (again: turn round)", choices, c->n, start, chosen, c, free);
	free(choices);
	return view;
}
