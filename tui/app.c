/* SPDX-License-Identifier: Apache-2.0 */
#include "app.h"

#include "app_private.h"
#include "base/clock.h"
#include "base/nearest.h"
#include "base/parse.h"
#include "function_bar.h"
#include "input_memory.h"
#include "list_column.h"
#include "model/verdict.h"
#include "views.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#define HISTORY_BYTES (UINT64_C(32) << 20)
#define EVENT_LINES 1000

/* The screen's own columns and the model's. 0, or -EINVAL with the nearest name. */
static int column_by_name(const char *name, const char *option, struct list_column *out, struct error *err)
{
	struct nearest near = {.word = name};
	struct list_column each;

	if (list_column_find(name, out))
		return 0;
	for (size_t i = 0; list_column_at(i, &each); i++) {
		nearest_consider(&near, each.column->key);
		nearest_consider(&near, each.column->header);
	}
	if (near.best)
		return error_set(err, -EINVAL, "'plimsoll stats --columns help' lists the columns",
				 "'%s' is no column for '%s': did you mean '%s'?", name, option, near.best);
	return error_set(err, -EINVAL, "'plimsoll stats --columns help' lists the columns",
			 "'%s' is no column for '%s'", name, option);
}

/* Settings that are wrong are passed over with a word; what the command line asks for is refused. */
static int check_columns(const char *text, struct error *err)
{
	struct slice rest = slice_of(text);
	struct list_column column;
	struct slice word;

	while (next_word(&rest, ",", &word)) {
		char name[64];
		int r;

		snprintf(name, sizeof(name), "%.*s", (int)word.len, word.at);
		r = column_by_name(name, "--columns", &column, err);
		if (r < 0)
			return r;
	}
	return 0;
}

static int sort_list(struct app *app, struct error *err)
{
	const char *asked = app->options->sort;
	bool reversed = asked && *asked == '-';
	struct list_column sort;
	int r = 0;

	if (asked)
		r = column_by_name(asked + reversed, "--sort", &sort, err);
	else if (list_column_find(app->settings.sort, &sort))
		reversed = app->settings.reversed;
	else
		return 0;
	if (r == 0)
		list_sort_by(app->list, sort.column, reversed);
	return r;
}

static int set_list(struct app *app, struct error *err)
{
	const struct tui_options *o = app->options;
	int r = sort_list(app, err);

	if (r == 0 && o->columns)
		r = check_columns(o->columns, err);
	if (r == 0 && o->filter)
		r = list_filter(app->list, o->filter, err);
	if (r < 0)
		return r;
	if (o->tree && app->settings.grouping == GROUPING_FLAT)
		app->settings.grouping = GROUPING_PROJECT;
	list_group_by(app->list, app->settings.grouping);
	list_show_all(app->list, o->all || app->settings.all);
	list_follow(app->list, app->settings.follow);
	return 0;
}

static void read_settings(struct app *app)
{
	const struct tui_options *o = app->options;
	struct error err = {0};

	settings_defaults(&app->settings);
	if (o->settings_path && settings_read(&app->settings, o->settings_path, &err) < 0)
		app_say_error(app, &err);
	if (o->interval_ns)
		app->settings.interval_ns = o->interval_ns;
	if (o->theme_given)
		app->settings.theme = o->theme;
	if (o->glyphs != GLYPHS_AUTO)
		app->settings.glyphs = o->glyphs;
	if (o->no_mouse)
		app->settings.mouse = false;
	if (o->columns)
		snprintf(app->settings.columns[0], sizeof(app->settings.columns[0]), "%s", o->columns);
}

int app_open(struct app *app, const struct tui_options *options, struct error *err)
{
	struct view *list;
	int r;

	memset(app, 0, sizeof(*app));
	app->options = options;
	app->now = options->now ? options->now : clock_monotonic_ns;
	app->list = list_new();
	app->events = event_log_new(EVENT_LINES);
	app->jobs = jobs_new();
	app_history_anew(app);
	if (!app->list || !app->events || !app->jobs || !app->history)
		goto short_of_memory;
	read_settings(app);
	r = set_list(app, err);
	if (r < 0) {
		app_close(app);
		return r;
	}
	if (options->notice && !app->message[0])
		app_say(app, ROLE_NOTICE, "%s", options->notice);
	list = view_list_new(app);
	if (!list)
		goto short_of_memory;
	app_push(app, list);
	return 0;
short_of_memory:
	app_close(app);
	return error_set(err, -ENOMEM, "", "there is not enough memory for the dashboard");
}

void app_history_anew(struct app *app)
{
	history_free(app->history);
	app->history = history_new(app->options->history_bytes ? app->options->history_bytes : HISTORY_BYTES);
}

void app_close(struct app *app)
{
	while (app->top) {
		struct view *v = app->top;

		app->top = v->below;
		v->ops->close(v);
	}
	comparison_free(app->held);
	comparison_free(app->live);
	history_free(app->history);
	event_log_free(app->events);
	event_memory_free(&app->conditions);
	list_free(app->list);
	jobs_free(app->jobs);
	input_memory_free(app->inputs);
	free(app->terminal_command);
	memset(app, 0, sizeof(*app));
}

void app_push(struct app *app, struct view *view)
{
	if (!view) {
		app_say(app, ROLE_BAD, "there is not enough memory");
		return;
	}
	view->below = app->top;
	app->top = view;
	app_need_changed(app);
	app->changed = true;
}

void app_pop(struct app *app)
{
	struct view *v = app->top;

	if (!v || !v->below)
		return;
	app->top = v->below;
	v->ops->close(v);
	app_need_changed(app);
	app->changed = true;
}

void app_need_changed(struct app *app)
{
	struct metric_set need = {0};

	metric_set_add(&need, METRIC_FROZEN);
	event_need(&need);
	verdict_need(&need);
	history_need(&need);
	list_need(app->list, &need);
	for (struct view *v = app->top; v; v = v->below) {
		if (v->ops->need)
			v->ops->need(v, app, &need);
	}
	app->need = need;
}

void app_pictured(struct app *app)
{
	app->changed = true;
	if (app->shown && list_update(app->list, app->shown) < 0)
		app_say(app, ROLE_BAD, "there is not enough memory for the list");
	for (struct view *v = app->top; v; v = v->below) {
		if (v->ops->pictured)
			v->ops->pictured(v, app);
	}
}

static void draw_from(struct view *v, struct app *app, struct canvas *canvas)
{
	if (!v->ops->whole && v->below)
		draw_from(v->below, app, canvas);
	v->ops->draw(v, app, canvas);
}

static void draw_message(struct app *app, struct canvas *canvas)
{
	int y = canvas->rows - 1;

	if (!app->message[0] || app->now() >= app->message_until)
		return;
	if (app->top && app->top->ops->context == CONTEXT_INPUT) /* the line that is typed stands there */
		y--;
	if (y < 0)
		return;
	if (y == app->bar_y)
		app->bar_y = -1;
	canvas_fill(canvas, (struct rect){y, 0, 1, canvas->cols}, app->message_role, ' ');
	canvas_text(canvas, y, 1, canvas->cols - 2, app->message_role, app->message);
}

void app_draw(struct app *app, struct canvas *canvas)
{
	canvas_clear(canvas);
	canvas->cursor_y = canvas->cursor_x = -1;
	app->bar_y = -1;
	app->bar_cols = canvas->cols;
	if (app->top)
		draw_from(app->top, app, canvas);
	draw_message(app, canvas);
}

void app_say(struct app *app, enum role role, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vsnprintf(app->message, sizeof(app->message), format, args);
	va_end(args);
	app->message_role = role;
	app->message_until = app->now() + MESSAGE_NS;
	app->changed = true;
}

void app_say_error(struct app *app, const struct error *err)
{
	if (err->remedy[0])
		app_say(app, ROLE_BAD, "%s: %s", err->cause, err->remedy);
	else
		app_say(app, ROLE_BAD, "%s", err->cause);
}

void app_job_done(void *context, const char *title, bool failed, const char *text)
{
	struct app *app = context;

	if (text[0])
		app_say(app, failed ? ROLE_BAD : ROLE_GOOD, "%s: %s", title, text);
	else
		app_say(app, failed ? ROLE_BAD : ROLE_GOOD, "%s: %s", title, failed ? "failed" : "done");
}

/* A click on a label of the function bar is the key that it names; and where two quick ones mean nothing of
 * their own, each is one. */
static struct key key_meant(const struct app *app, const struct key *pressed)
{
	const struct view_ops *ops = app->top->ops;
	struct key key = *pressed;

	if (key.code != KEYCODE_MOUSE_PRESS && key.code != KEYCODE_MOUSE_DOUBLE)
		return key;
	if (ops->whole && key.y == app->bar_y)
		return (struct key){.code = function_bar_key(app->bar_cols, ops->context, key.x)};
	if (binding_find(ops->context, key.code) == CMD_NONE)
		key.code = KEYCODE_MOUSE_PRESS;
	return key;
}

void app_key(struct app *app, const struct key *pressed)
{
	struct view *v = app->top;
	enum command command;
	struct key meant;
	const struct key *key = &meant;

	if (!v)
		return;
	meant = key_meant(app, pressed);
	app->changed = true;
	if (v->ops->key && v->ops->key(v, app, key))
		return; /* v may be gone */
	command = binding_find(v->ops->context, key->code);
	if (command == CMD_NONE)
		return;
	if (v->ops->command && v->ops->command(v, app, command, key))
		return;
	app_command(app, command);
}

static void save(struct app *app)
{
	struct error err = {0};

	if (!app->options->settings_path)
		app_say(app, ROLE_WARNING, "there is no file to keep the settings in");
	else if (settings_write(&app->settings, app->options->settings_path, &err) < 0)
		app_say_error(app, &err);
	else
		app_say(app, ROLE_GOOD, "settings kept in %s", app->options->settings_path);
}

static void next_cpu_scale(struct app *app)
{
	static const char *const names[CPU_SCALE__COUNT] = {[CPU_OF_CORE] = "100 % is one core",
							    [CPU_OF_LIMIT] = "100 % is its limit",
							    [CPU_OF_HOST] = "100 % is the whole host",
							    [CPU_AS_TIME] = "time consumed"};

	app->settings.cpu_scale = (app->settings.cpu_scale + 1) % CPU_SCALE__COUNT;
	app_say(app, ROLE_NOTICE, "CPU: %s", names[app->settings.cpu_scale]);
	app_need_changed(app);
	app_pictured(app);
}

static void open_one(struct app *app, const char *tab)
{
	struct action_target target;

	if (app_target(app, &target) < 0) {
		app_say(app, ROLE_WARNING, "nothing is selected");
		return;
	}
	app_push(app, view_one_new(app, target.entity, tab));
	target_free(&target);
}

static bool run_time_command(struct app *app, enum command command)
{
	if (command == CMD_FREEZE)
		app_freeze(app, !app->frozen);
	else if (command == CMD_STEP_BACK)
		app_go_back(app, 1);
	else if (command == CMD_STEP_FORWARD)
		app_go_back(app, -1);
	else if (command == CMD_MINUTE_BACK)
		app_move_in_time(app, -(int64_t)(60 * NSEC_PER_SEC));
	else if (command == CMD_MINUTE_FORWARD)
		app_move_in_time(app, (int64_t)(60 * NSEC_PER_SEC));
	else if (command == CMD_GO_TO_TIME)
		app_ask_time(app);
	else
		return false;
	return true;
}

static void show_processes(struct app *app)
{
	app->settings.processes = !app->settings.processes;
	app_say(app, ROLE_NOTICE, "events of processes (EXEC, EXIT) are %s",
		app->settings.processes ? "shown" : "hidden");
}

const struct event *app_event(const struct app *app, uint64_t realtime_ns, size_t *at)
{
	const struct event *e = event_log_next(app->events, realtime_ns, at);

	while (e && !app->settings.processes && event_is_process(e))
		e = event_log_next(app->events, realtime_ns, at);
	return e;
}

void app_command(struct app *app, enum command command)
{
	if (run_time_command(app, command) || app_action_command(app, command))
		return;
	if (command == CMD_QUIT)
		app->quit = true;
	else if (command == CMD_REDRAW)
		app->redraw_all = true;
	else if (command == CMD_HELP)
		app_push(app, view_help_new(app, app->top->ops->context));
	else if (command == CMD_BACK)
		app_pop(app);
	else if (command == CMD_OPEN)
		open_one(app, "");
	else if (command == CMD_PROCESS_EVENTS)
		show_processes(app);
	else if (command == CMD_LATENCY)
		open_one(app, "Latency");
	else if (command == CMD_CPU_SCALE)
		next_cpu_scale(app);
	else if (command == CMD_SAVE)
		save(app);
}
