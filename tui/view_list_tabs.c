/* SPDX-License-Identifier: Apache-2.0 */
/* The line of tabs, with what the list is sorted and filtered by at its end. */
#include "view_list.h"

#include <stdio.h>

#define FILTER_COLS 24
#define SUMMARY_GAP 2

/* "[CPU]" where it is open, " CPU " elsewhere; Events with how many warnings there are. */
static void tab_text(const struct list_view *v, const struct app *app, size_t n, char *out, size_t size)
{
	bool open = n == v->tab;
	uint64_t warnings = n == TAB_EVENTS ? view_list_warnings(app) : 0;
	char count[24] = "";

	if (warnings)
		snprintf(count, sizeof(count), " %llu", (unsigned long long)warnings);
	snprintf(out, size, "%s%s%s%s", open ? "[" : " ", tab_at(n)->title, count, open ? "]" : " ");
}

static int draw_tab(struct list_view *v, const struct app *app, struct canvas *canvas, size_t n, int x,
		    int end)
{
	char text[64];
	int width;

	tab_text(v, app, n, text, sizeof(text));
	width = canvas_width(text);
	if (x + width > end)
		return -1;
	canvas_text(canvas, v->layout.tabs_y, x, width, n == v->tab ? ROLE_TAB_ACTIVE : ROLE_TAB, text);
	v->tab_x[n] = x;
	v->tab_cols[n] = width;
	return x + width;
}

static int total_width(const struct list_view *v, const struct app *app, size_t first, size_t last)
{
	int sum = 0;

	for (size_t n = first; n <= last; n++) {
		char text[64];

		tab_text(v, app, n, text, sizeof(text));
		sum += canvas_width(text);
	}
	return sum;
}

static void summary(const struct list_view *v, struct app *app, struct str *out)
{
	const struct column *sort = list_sort_column(app->list);
	const char *filter = list_filter_text(app->list);
	size_t tagged = list_tagged(app->list, NULL, 0);

	(void)v;
	if (tagged)
		str_printf(out, "tagged %zu  ", tagged);
	if (list_shows_all(app->list))
		str_add(out, "all  ");
	if (list_follows(app->list))
		str_add(out, "follow  ");
	str_printf(out, "sort %s %s", sort ? sort->header : "-", list_is_reversed(app->list) ? "^" : "v");
	str_printf(out, "  filter: %.*s", FILTER_COLS, *filter ? filter : "-");
}

void view_list_tabs(struct list_view *v, struct app *app, struct canvas *canvas)
{
	_cleanup_str_ struct str right = {0};
	int cols = v->layout.cols;
	int end = cols;
	size_t first = 0;
	int x = 0;

	for (size_t n = 0; n < TAB__COUNT; n++)
		v->tab_cols[n] = 0;
	summary(v, app, &right);
	if (right.data &&
	    total_width(v, app, 0, TAB__COUNT - 1) + SUMMARY_GAP + canvas_width(right.data) <= cols) {
		canvas_text_right(canvas, v->layout.tabs_y, 0, cols - 1, ROLE_DIM, right.data);
	} else if (right.data && *list_filter_text(app->list)) {
		/* A filter that can't be seen looks like containers that are gone. */
		int width = canvas_width(right.data);

		width = width < cols / 2 ? width : cols / 2;
		canvas_printf(canvas, v->layout.tabs_y, cols - width, width, ROLE_NOTICE, "filter: %s",
			      list_filter_text(app->list));
		end = cols - width - 1;
	}
	while (first < v->tab && total_width(v, app, first, v->tab) + (first ? 1 : 0) > end)
		first++;
	if (first)
		canvas_put(canvas, v->layout.tabs_y, x++, ROLE_TAB, '<');
	for (size_t n = first; n < TAB__COUNT && x >= 0; n++) {
		int next = draw_tab(v, app, canvas, n, x, end);

		if (next < 0 && x < end)
			canvas_put(canvas, v->layout.tabs_y, x, ROLE_TAB, '>');
		x = next;
	}
}
