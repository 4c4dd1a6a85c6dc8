/* SPDX-License-Identifier: Apache-2.0 */
/* What keys and the mouse do on the main screen. */
#include "view_list.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define WHEEL_LINES 3

/* --- columns and order --- */

void view_list_columns(struct list_view *v, struct app *app)
{
	v->n_columns = tab_columns(&app->settings, v->tab, v->columns, LIST_COLUMNS_MAX);
	if (v->pan >= v->n_columns)
		v->pan = 0;
	app_need_changed(app);
	app->changed = true;
}

void view_list_open_tab(struct list_view *v, struct app *app, size_t tab)
{
	v->tab = tab;
	v->pan = 0;
	v->event_top = 0;
	view_list_columns(v, app);
}

void view_list_sort(struct app *app, const struct column *column, bool reversed)
{
	list_sort_by(app->list, column, reversed);
	snprintf(app->settings.sort, sizeof(app->settings.sort), "%s", column->key);
	app->settings.reversed = reversed;
	app_need_changed(app);
	app_pictured(app);
}

/* Column 0 is NAME; false beyond the last. */
static bool sort_by_nth(struct list_view *v, struct app *app, size_t n, bool turn)
{
	const struct column *now = list_sort_column(app->list);
	const struct column *column;

	if (n > v->n_columns)
		return false;
	column = n ? list_column_sorts(&v->columns[n - 1], app->settings.cpu_scale) : column_find("name");
	view_list_sort(app, column, turn && column == now && !list_is_reversed(app->list));
	return true;
}

/* The number of the column that is sorted by, from 0 = NAME; -1: it is none of these. */
static int sorted_column(const struct list_view *v, const struct app *app)
{
	const struct column *sort = list_sort_column(app->list);

	if (sort && strcmp(sort->key, "name") == 0)
		return 0;
	for (size_t i = 0; i < v->n_columns; i++)
		if (list_column_sorts(&v->columns[i], app->settings.cpu_scale) == sort)
			return (int)i + 1;
	return -1;
}

static void sort_beside(struct list_view *v, struct app *app, int by)
{
	int n = sorted_column(v, app) + by;

	if (n >= 0 && n <= (int)v->n_columns)
		sort_by_nth(v, app, (size_t)n, false);
}

static bool sort_command(struct list_view *v, struct app *app, enum command command, const struct key *key)
{
	if (command == CMD_SORT_LEFT)
		sort_beside(v, app, -1);
	else if (command == CMD_SORT_RIGHT)
		sort_beside(v, app, 1);
	else if (command == CMD_SORT_CPU)
		view_list_sort(app, column_find("cpu"), false);
	else if (command == CMD_SORT_MEMORY)
		view_list_sort(app, column_find("mem_used"), false);
	else if (command == CMD_SORT_TIME)
		view_list_sort(app, column_find("cpu_time"), false);
	else if (command == CMD_SORT_NAME)
		view_list_sort(app, column_find("name"), false);
	else if (command == CMD_SORT_NTH && key->code == '0')
		view_list_sort(app, column_find("cpu"), false);
	else if (command == CMD_SORT_NTH)
		sort_by_nth(v, app, key->code - '1', false);
	else if (command == CMD_REVERSE)
		view_list_sort(app, list_sort_column(app->list), !list_is_reversed(app->list));
	else if (command == CMD_SORT)
		app_push(app, dialog_sort_new(app));
	else
		return false;
	return true;
}

/* --- filter --- */

static void filter_typed(struct app *app, void *context, const char *text)
{
	struct error err;

	(void)context;
	if (list_filter(app->list, text, &err) < 0) {
		app_say(app, ROLE_WARNING, "%s", err.cause);
		return;
	}
	app->message[0] = '\0';
	app_need_changed(app);
	app_pictured(app);
}

static void filter_done(struct app *app, void *context, const char *text)
{
	struct error err;

	if (list_filter(app->list, text, &err) == 0) {
		filter_typed(app, context, text);
		return;
	}
	/* Not what was typed on the way to it. */
	filter_typed(app, NULL, context);
	app_say_error(app, &err);
}

static void filter_cancelled(struct app *app, void *context)
{
	filter_typed(app, context, context);
}

static void ask_for_filter(struct app *app)
{
	static const struct input_calls calls = {filter_done, filter_typed, filter_cancelled, free};
	char *before = strdup(list_filter_text(app->list));

	app_push(app,
		 before ? dialog_input_new(app, "Filter", before, "a word, KEY=VALUE, !not", &calls, before)
			: NULL);
}

/* --- moving --- */

static bool move_in_events(struct list_view *v, enum command command, size_t page)
{
	size_t top = v->event_top;

	if (command == CMD_UP)
		top -= top > 0;
	else if (command == CMD_DOWN)
		top++;
	else if (command == CMD_PAGE_UP)
		top = top > page ? top - page : 0;
	else if (command == CMD_PAGE_DOWN)
		top += page;
	else if (command == CMD_FIRST)
		top = 0;
	else if (command == CMD_LAST)
		top = SIZE_MAX / 2;
	else
		return false;
	v->event_top = top; /* bounded when it is drawn */
	return true;
}

static bool move_command(struct list_view *v, struct app *app, enum command command, const struct key *key)
{
	ptrdiff_t page = v->layout.body_rows > 1 ? v->layout.body_rows - 1 : 1;
	bool wheel = key->code == KEYCODE_WHEEL_UP || key->code == KEYCODE_WHEEL_DOWN;
	ptrdiff_t line = wheel ? WHEEL_LINES : 1;

	if (tab_at(v->tab)->body == BODY_EVENTS)
		return move_in_events(v, command, (size_t)page);
	if (command == CMD_UP)
		list_move(app->list, -line, true);
	else if (command == CMD_DOWN)
		list_move(app->list, line, true);
	else if (command == CMD_PAGE_UP)
		list_move(app->list, -page, true);
	else if (command == CMD_PAGE_DOWN)
		list_move(app->list, page, true);
	else if (command == CMD_FIRST)
		list_move_to(app->list, 0, true);
	else if (command == CMD_LAST)
		list_move_to(app->list, SIZE_MAX, true);
	else
		return false;
	return true;
}

static bool pan_command(struct list_view *v, enum command command)
{
	if (command == CMD_PAN_LEFT)
		v->pan -= v->pan > 0;
	else if (command == CMD_PAN_RIGHT)
		v->pan += v->pan + 1 < v->n_columns;
	else
		return false;
	return true;
}

/* --- the mouse --- */

static bool select_line(struct list_view *v, struct app *app, const struct key *key)
{
	size_t n = list_top(app->list, (size_t)v->layout.body_rows) + (size_t)(key->y - v->layout.body_y);

	if (tab_at(v->tab)->body != BODY_LIST || key->y < v->layout.body_y ||
	    key->y >= v->layout.body_y + v->layout.body_rows || n >= list_count(app->list))
		return false;
	list_move_to(app->list, n, true);
	return true;
}

static void pick_tab(struct list_view *v, struct app *app, int x)
{
	for (size_t n = 0; n < TAB__COUNT; n++)
		if (x >= v->tab_x[n] && x < v->tab_x[n] + v->tab_cols[n])
			view_list_open_tab(v, app, n);
}

static void pick_header(struct list_view *v, struct app *app, int x)
{
	for (size_t i = 0; i < v->n_places; i++)
		if (x >= v->places[i].x && x <= v->places[i].x + v->places[i].width) {
			sort_by_nth(v, app, (size_t)v->places[i].number + 1, true);
			return;
		}
}

/* A click on the mark of a branch folds it. */
static void pick_line(struct list_view *v, struct app *app, const struct key *key)
{
	const struct list_row *row;
	int x;

	if (!select_line(v, app, key) || !v->n_places)
		return;
	row = list_row(app->list, list_cursor(app->list));
	x = row->index < 0 ? 0 : v->places[0].x + (int)(row->depth < 100 ? row->depth : 100) * 2;
	if (!row->branch || key->x < x || key->x > x + 1)
		return;
	list_fold(app->list, !row->folded);
	app_pictured(app);
}

static void pick(struct list_view *v, struct app *app, const struct key *key)
{
	if (v->layout.tabs_rows && key->y == v->layout.tabs_y)
		pick_tab(v, app, key->x);
	else if (v->layout.header_rows && key->y == v->layout.header_y && tab_at(v->tab)->body == BODY_LIST)
		pick_header(v, app, key->x);
	else
		pick_line(v, app, key);
}

/* --- what is shown --- */

static void next_grouping(struct app *app)
{
	static const char *const names[GROUPING__COUNT] = {
		[GROUPING_FLAT] = "flat",
		[GROUPING_PROJECT] = "by pod and compose project",
		[GROUPING_RUNTIME] = "by runtime",
		[GROUPING_CGROUP] = "by cgroup",
	};

	app->settings.grouping = (app->settings.grouping + 1) % GROUPING__COUNT;
	list_group_by(app->list, app->settings.grouping);
	app_say(app, ROLE_NOTICE, "%s", names[app->settings.grouping]);
	app_pictured(app);
}

static void fold(struct app *app, bool folded)
{
	list_fold(app->list, folded);
	app_pictured(app);
}

static bool tree_command(struct app *app, enum command command)
{
	if (command == CMD_TREE)
		next_grouping(app);
	else if (command == CMD_FOLD)
		fold(app, true);
	else if (command == CMD_UNFOLD)
		fold(app, false);
	else if (command == CMD_FOLD_ALL)
		list_fold_all(app->list);
	else
		return false;
	if (command == CMD_FOLD_ALL)
		app_pictured(app);
	return true;
}

static void show_all(struct app *app)
{
	app->settings.all = !list_shows_all(app->list);
	list_show_all(app->list, app->settings.all);
	app_say(app, ROLE_NOTICE, "%s", app->settings.all ? "every cgroup" : "containers");
	app_pictured(app);
}

static void toggle_follow(struct app *app)
{
	app->settings.follow = !list_follows(app->list);
	list_follow(app->list, app->settings.follow);
	list_show_cursor(app->list);
	app_say(app, ROLE_NOTICE, "the selected one is %s",
		app->settings.follow ? "followed" : "not followed");
}

/* The scale decides what a CPU column sorts by. */
static void next_scale(struct list_view *v, struct app *app)
{
	int sorted = sorted_column(v, app);
	bool reversed = list_is_reversed(app->list);

	app_command(app, CMD_CPU_SCALE);
	if (sorted > 0 && v->columns[sorted - 1].shape == SHAPE_CPU)
		view_list_sort(app, list_column_sorts(&v->columns[sorted - 1], app->settings.cpu_scale),
			       reversed);
}

static bool show_command(struct list_view *v, struct app *app, enum command command)
{
	if (command == CMD_ALL)
		show_all(app);
	else if (command == CMD_COLUMNS && tab_at(v->tab)->body != BODY_LIST)
		app_say(app, ROLE_WARNING, "this tab has no columns");
	else if (command == CMD_COLUMNS)
		app_push(app, dialog_columns_new(app));
	else if (command == CMD_SETUP)
		app_push(app, dialog_setup_new(app));
	else if (command == CMD_METERS)
		app->settings.meters = !app->settings.meters;
	else if (command == CMD_TAB_NEXT)
		view_list_open_tab(v, app, (v->tab + 1) % tab_count());
	else if (command == CMD_TAB_PREVIOUS)
		view_list_open_tab(v, app, (v->tab + tab_count() - 1) % tab_count());
	else if (command == CMD_CPU_SCALE)
		next_scale(v, app);
	else if (command == CMD_FOLLOW)
		toggle_follow(app);
	else if (command == CMD_EVENTS)
		app->settings.events = (app->settings.events + 1) % 3;
	else if (command == CMD_MOUSE) {
		app->settings.mouse = !app->settings.mouse;
		app_say(app, ROLE_NOTICE, "mouse %s", app->settings.mouse ? "on" : "off");
	} else
		return false;
	return true;
}

/* --- the selected one --- */

static bool acts_on_selected(enum command command)
{
	switch ((int)command) {
	case CMD_MENU:
	case CMD_OPEN:
	case CMD_LOGS:
	case CMD_INSPECT:
	case CMD_TAG:
	case CMD_EXEC:
	case CMD_LIMITS:
	case CMD_SIGNAL:
	case CMD_REMOVE:
	case CMD_PAUSE:
	case CMD_FOLD:
	case CMD_UNFOLD:
		return true;
	default:
		return false;
	}
}

/* What can't be seen is not acted on: it is shown first. */
static bool show_before(struct app *app, enum command command)
{
	_cleanup_str_ struct str name = {0};

	if (!acts_on_selected(command) || !list_count(app->list) || list_cursor_in_view(app->list))
		return false;
	view_list_name(app, list_cursor(app->list), &name);
	list_show_cursor(app->list);
	app_say(app, ROLE_WARNING, "%s is the selected one: once more for it",
		name.data ? name.data : "this");
	return true;
}

/* On a group, opening and closing it is all that can be done. */
static bool group_command(struct app *app, enum command command)
{
	const struct list_row *row =
		list_count(app->list) ? list_row(app->list, list_cursor(app->list)) : NULL;

	if (!row || row->index >= 0)
		return false;
	if (command == CMD_MENU)
		fold(app, !row->folded);
	else if (command == CMD_OPEN)
		fold(app, false);
	else if (command == CMD_LOGS)
		fold(app, true);
	else
		return false;
	return true;
}

static bool tag_command(struct app *app, enum command command)
{
	if (command == CMD_TAG)
		list_tag(app->list);
	else if (command == CMD_UNTAG_ALL)
		list_untag_all(app->list);
	else
		return false;
	app_pictured(app);
	return true;
}

/* Esc takes the filter away; there is nothing further back. */
static bool back(struct app *app)
{
	if (*list_filter_text(app->list))
		filter_typed(app, NULL, "");
	return true;
}

bool view_list_command(struct view *view, struct app *app, enum command command, const struct key *key)
{
	struct list_view *v = (struct list_view *)view;

	if (!app->shown && (acts_on_selected(command) || command == CMD_FIND_NEXT))
		return true;
	if (command == CMD_PICK) {
		pick(v, app, key);
		return true;
	}
	if (key->code == KEYCODE_MOUSE_DOUBLE && !select_line(v, app, key)) {
		pick(v, app, key); /* two quick clicks on a header turn it round twice */
		return true;
	}
	if (show_before(app, command))
		return true;
	if (acts_on_selected(command))
		list_choose_cursor(app->list);
	if (command == CMD_FILTER) {
		ask_for_filter(app);
		return true;
	}
	if (command == CMD_FIND_NEXT)
		return list_next_match(app->list) || true;
	if (command == CMD_BACK)
		return back(app);
	return move_command(v, app, command, key) || pan_command(v, command) ||
	       sort_command(v, app, command, key) || tree_command(app, command) ||
	       group_command(app, command) || tag_command(app, command) || show_command(v, app, command);
}
