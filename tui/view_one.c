/* SPDX-License-Identifier: Apache-2.0 */
/* One container: title, verdict and tabs; what is in the tabs is in one_*.c. */
#include "one.h"

#include "base/clock.h"
#include "function_bar.h"
#include "model/column.h"
#include "model/number.h"
#include "model/verdict.h"
#include "successor.h"
#include "wrap.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <time.h>

void one_overview_need(struct metric_set *set)
{
	one_cpu_need(set);
	one_memory_need(set);
	one_io_need(set);
	one_net_need(set);
	metric_set_add_group(set, GROUP_pressure);
}

void one_overview_draw(const struct scene *sc, struct rect area)
{
	void (*const panels[])(const struct scene *, struct rect) = {
		one_cpu_panel, one_memory_panel, one_net_panel, one_io_panel, one_pressure_panel};
	struct rect parts[ARRAY_SIZE(panels)];

	one_split(area, ARRAY_SIZE(panels), parts);
	for (size_t i = 0; i < ARRAY_SIZE(panels); i++)
		panels[i](sc, parts[i]);
	sc->one->lines = sc->one->window = 0;
}

static const struct one_tab tabs[] = {
	{"Overview", one_overview_draw, one_overview_need, false},
	{"CPU", one_cpu_draw, one_cpu_need, false},
	{"Memory", one_memory_draw, one_memory_need, false},
	{"IO", one_io_draw, one_io_need, false},
	{"Net", one_net_draw, one_net_need, false},
	{"Pressure", one_pressure_draw, one_pressure_need, false},
	{"Latency", one_latency_draw, one_latency_need, false},
	{"Processes", one_processes_draw, NULL, false},
	{"Limits", one_limits_draw, one_limits_need, true},
	{"Namespaces", one_namespaces_draw, one_namespaces_need, false},
	{"Events", one_events_draw, NULL, false},
};

static bool tab_is(const struct one *one, const char *name)
{
	return strcmp(one->tab->name, name) == 0;
}

static void one_close(struct view *v)
{
	struct one *one = (struct one *)v;

	comparison_free(one->figures);
	snapshot_unref(one->last);
	snapshot_unref(one->before);
	one_processes_free(one);
	target_free(&one->target);
	free(one);
}

static void one_need(struct view *v, struct app *app, struct metric_set *need)
{
	const struct one *one = (const struct one *)v;
	static const char *const title[] = {"name", "id", "image", "runtime", "state", "uptime"};

	(void)app;
	one_figures_need(title, ARRAY_SIZE(title), need);
	if (one->tab->need)
		one->tab->need(need);
}

static const struct action_target *one_about(struct view *v, struct app *app)
{
	(void)app;
	return &((struct one *)v)->target;
}

/* The picture that is shown has it: its figures are remembered for when it is gone. */
static void remember(struct one *one, struct app *app, size_t index)
{
	struct snapshot *s = comparison_later(app->shown);
	struct comparison *before = history_picture(app->history, app->back + 1);
	struct snapshot *earlier = before ? comparison_later(before) : NULL;
	struct action_target target;

	if (earlier)
		snapshot_ref(earlier);
	snapshot_unref(one->before);
	one->before = earlier;
	snapshot_ref(s);
	snapshot_unref(one->last);
	one->last = s;
	comparison_free(one->figures);
	one->figures = NULL;
	one->gone = false;
	if (target_of(s, index, &target) == 0) {
		target_free(&one->target);
		one->target = target;
	}
}

static void one_pictured(struct view *v, struct app *app)
{
	struct one *one = (struct one *)v;
	ptrdiff_t index;

	if (!app->shown)
		return;
	index = snapshot_find(comparison_later(app->shown), one->target.entity);
	if (index >= 0) {
		ptrdiff_t again = successor_of(comparison_later(app->shown), (size_t)index);

		if (again >= 0) { /* it was started again */
			index = again;
			one->target.entity = snapshot_entity(comparison_later(app->shown), (size_t)index)->id;
		}
		remember(one, app, (size_t)index);
	} else {
		one->gone = true;
		if (one->last && !one->figures)
			one->figures = comparison_new(one->before, one->last);
	}
	if (tab_is(one, "Processes") && app->shown == app->live && !one->gone)
		one_processes_take(one, app);
}

/* --- drawing --- */

static bool scene_of(struct one *one, struct app *app, struct canvas *canvas, struct scene *sc)
{
	ptrdiff_t index;

	sc->one = one;
	sc->app = app;
	sc->canvas = canvas;
	sc->c = one->gone ? one->figures : app->shown;
	if (!sc->c || !app->shown)
		return false;
	sc->s = comparison_later(sc->c);
	index = snapshot_find(sc->s, one->target.entity);
	if (index < 0)
		return false;
	sc->index = (size_t)index;
	sc->e = snapshot_entity(sc->s, sc->index);
	return true;
}

/* It is not in the picture because that is from before its time. */
static bool is_before_its_time(const struct one *one, const struct app *app)
{
	return one->gone && app->shown && one->last &&
	       snapshot_realtime_ns(comparison_later(app->shown)) < snapshot_realtime_ns(one->last);
}

static void cell(const struct scene *sc, const char *key, struct str *out)
{
	const struct column *column = column_find(key);

	str_clear(out);
	if (column)
		column->cell(column, sc->c, sc->index, out);
}

static void state_text(const struct scene *sc, struct str *out)
{
	const struct snapshot *shown = comparison_later(sc->app->shown);
	uint64_t now = snapshot_realtime_ns(shown);
	uint64_t seen = sc->e->seen_ns;

	if (sc->e->ended && !sc->one->gone && snapshot_monotonic_ns(shown) >= sc->e->ended_ns)
		seen = now - (snapshot_monotonic_ns(shown) - sc->e->ended_ns);
	else if (!sc->one->gone && !sc->e->ended) {
		cell(sc, "state", out);
		return;
	}
	str_add(out, "ended ");
	format_duration(out, now > seen ? (now - seen) / NSEC_PER_SEC * NSEC_PER_SEC : 0);
	str_add(out, " ago");
}

/* "LIVE 15:04:32", "FROZEN 15:04:12" */
static void clock_text(const struct app *app, struct str *out)
{
	const char *mode = app->options->replay ? "REPLAY" : "LIVE";
	struct tm local = {0};
	time_t t;

	if (!app->shown)
		return;
	if (app->frozen)
		mode = app->options->replay ? "REPLAY (still)" : "FROZEN";
	t = (time_t)(snapshot_realtime_ns(comparison_later(app->shown)) / NSEC_PER_SEC);
	localtime_r(&t, &local);
	str_printf(out, "%s %02d:%02d:%02d", mode, local.tm_hour, local.tm_min, local.tm_sec);
}

static void draw_title(const struct scene *sc, bool there)
{
	static const char *const keys[] = {"id", "image", "runtime"};
	struct canvas *canvas = sc->canvas;
	_cleanup_str_ struct str text = {0}, clock = {0};
	int x, room;

	canvas_fill(canvas, (struct rect){0, 0, 1, canvas->cols}, ROLE_TITLE, ' ');
	clock_text(sc->app, &clock);
	room = canvas->cols - (int)clock.len - 2;
	canvas_text_right(canvas, 0, room, (int)clock.len + 1, ROLE_TITLE, clock.data ? clock.data : "");
	x = 1 + canvas_text(canvas, 0, 1, room - 2, ROLE_TITLE, sc->one->target.name);
	if (!there)
		return;
	state_text(sc, &text);
	x += 2;
	x += canvas_text(canvas, 0, x, room - x - 1, sc->one->gone || sc->e->ended ? ROLE_BAD : ROLE_TITLE,
			 text.data ? text.data : "");
	if (!sc->one->gone && !sc->e->ended) {
		cell(sc, "uptime", &text);
		if (text.len && strcmp(text.data, "-") != 0 && x + 5 < room)
			x += 1 +
			     canvas_printf(canvas, 0, x + 1, room - x - 2, ROLE_TITLE, "for %s", text.data);
	}
	for (size_t i = 0; i < ARRAY_SIZE(keys); i++) {
		cell(sc, keys[i], &text);
		if (text.len && strcmp(text.data, "-") != 0 && x + 6 < room)
			x += 2 + canvas_text(canvas, 0, x + 2, room - x - 3, ROLE_TITLE, text.data);
	}
}

/* A line or two: what limits it. Returns the rows. */
static int draw_verdict(const struct scene *sc, int y, int most)
{
	_cleanup_str_ struct str text = {0};
	struct verdict v;
	int lines;

	verdict_of(sc->c, sc->index, &v);
	if (v.limiter == LIMITER_NONE) {
		canvas_text(sc->canvas, y, 1, sc->canvas->cols - 2, ROLE_DIM, "nothing limits it");
		return 1;
	}
	str_add(&text, "! ");
	verdict_brief(&v, &text);
	str_add(&text, ": ");
	verdict_explain(&v, sc->c, sc->index, &text);
	if (!text.data)
		return 1;
	lines = wrap_draw(sc->canvas, (struct rect){y, 1, most, sc->canvas->cols - 2}, ROLE_WARNING,
			  slice_of(text.data));
	return lines < most ? lines : most;
}

/* The first tab that is drawn, so that the active one is in view. */
static size_t first_tab(const struct one *one, int cols)
{
	size_t active = (size_t)(one->tab - tabs);
	int used = 0;

	for (size_t i = active + 1; i > 0; i--) {
		used += (int)strlen(tabs[i - 1].name) + 3;
		if (used > cols)
			return i <= active ? i : active;
	}
	return 0;
}

static void draw_tabs(struct one *one, int y, struct canvas *canvas)
{
	int x = 0;

	memset(one->tabs, 0, sizeof(one->tabs));
	for (size_t i = first_tab(one, canvas->cols - 1); i < ARRAY_SIZE(tabs); i++) {
		bool active = &tabs[i] == one->tab;
		int width = (int)strlen(tabs[i].name) + 2;

		if (x + width > canvas->cols)
			break;
		canvas_printf(canvas, y, x, width, active ? ROLE_TAB_ACTIVE : ROLE_TAB,
			      active ? "[%s]" : " %s ", tabs[i].name);
		one->tabs[i] = (struct rect){y, x, 1, width};
		x += width + 1;
	}
}

static void keep_inside(struct one *one, size_t rows)
{
	size_t most = one->lines > rows ? one->lines - rows : 0;

	if (one->tab->cursor) {
		if (one->cursor >= one->lines)
			one->cursor = one->lines ? one->lines - 1 : 0;
		if (one->cursor < one->top)
			one->top = one->cursor;
		if (rows && one->cursor >= one->top + rows)
			one->top = one->cursor - rows + 1;
	}
	if (one->top > most)
		one->top = most;
}

static void draw_body(const struct scene *sc, struct rect body)
{
	struct one *one = sc->one;
	size_t top = one->top;

	one->tab->draw(sc, body);
	keep_inside(one, one->window);
	if (one->top != top) { /* the lines are fewer now, or the window is smaller */
		canvas_fill(sc->canvas, body, ROLE_TEXT, ' ');
		one->tab->draw(sc, body);
	}
	if (one->window && one->lines > one->top + one->window)
		canvas_put(sc->canvas, one->roll.y + one->roll.rows - 1, sc->canvas->cols - 1, ROLE_DIM, 'v');
	if (one->window && one->top > 0)
		canvas_put(sc->canvas, one->roll.y, sc->canvas->cols - 1, ROLE_DIM, '^');
}

static void one_draw(struct view *v, struct app *app, struct canvas *canvas)
{
	struct one *one = (struct one *)v;
	struct scene sc = {0};
	bool early = is_before_its_time(one, app);
	bool there = scene_of(one, app, canvas, &sc) && !early;
	int y = 1;
	struct rect body;

	draw_title(&sc, there);
	if (there)
		y += draw_verdict(&sc, y, canvas->rows >= ONE_TALL ? 2 : 1);
	else
		canvas_text(canvas, y++, 1, canvas->cols - 2, ROLE_DIM,
			    early ? "it was not there yet" : "it is gone, and nothing is known of it");
	draw_tabs(one, y++, canvas);
	body = (struct rect){y, 0, canvas->rows - y - 1, canvas->cols};
	if (there && body.rows > 0)
		draw_body(&sc, body);
	function_bar(canvas, canvas->rows - 1, CONTEXT_ONE);
	app->bar_y = canvas->rows - 1;
}

/* --- commands --- */

static void set_tab(struct one *one, struct app *app, size_t n)
{
	one->tab = &tabs[n % ARRAY_SIZE(tabs)];
	one->cursor = one->top = 0;
	one->lines = one->window = 0;
	app_need_changed(app);
	if (tab_is(one, "Processes") && !one->gone)
		one_processes_take(one, app);
}

static void scroll(struct one *one, ptrdiff_t by)
{
	size_t *at = one->tab->cursor ? &one->cursor : &one->top;
	size_t most = one->tab->cursor ? (one->lines ? one->lines - 1 : 0)
				       : (one->lines > one->window ? one->lines - one->window : 0);
	ptrdiff_t to = (ptrdiff_t)*at + by;

	if (to < 0)
		to = 0;
	*at = (size_t)to < most ? (size_t)to : most;
}

static bool is_in(struct rect r, const struct key *key)
{
	return key->y >= r.y && key->y < r.y + r.rows && key->x >= r.x && key->x < r.x + r.cols;
}

static void pick(struct one *one, struct app *app, const struct key *key)
{
	for (size_t i = 0; i < ARRAY_SIZE(tabs); i++) {
		if (one->tabs[i].rows && is_in(one->tabs[i], key)) {
			set_tab(one, app, i);
			return;
		}
	}
	if (one->tab->cursor && is_in(one->roll, key)) {
		size_t line = one->top + (size_t)(key->y - one->roll.y);

		if (line < one->lines)
			one->cursor = line;
	}
}

/* By its name; the first where there is none of that name. */
static size_t tab_named(const char *name)
{
	for (size_t i = 0; i < ARRAY_SIZE(tabs); i++)
		if (strcasecmp(tabs[i].name, name) == 0)
			return i;
	return 0;
}

static bool one_command(struct view *v, struct app *app, enum command command, const struct key *key)
{
	struct one *one = (struct one *)v;
	size_t tab = (size_t)(one->tab - tabs);
	ptrdiff_t page = one->window > 1 ? (ptrdiff_t)one->window - 1 : 1;

	if (command == CMD_TAB_NEXT)
		set_tab(one, app, tab + 1);
	else if (command == CMD_TAB_PREVIOUS)
		set_tab(one, app, tab + ARRAY_SIZE(tabs) - 1);
	else if (command == CMD_LATENCY)
		set_tab(one, app, tab_named("Latency"));
	else if (command == CMD_UP)
		scroll(one, -1);
	else if (command == CMD_DOWN)
		scroll(one, 1);
	else if (command == CMD_PAGE_UP)
		scroll(one, -page);
	else if (command == CMD_PAGE_DOWN)
		scroll(one, page);
	else if (command == CMD_FIRST)
		scroll(one, -(ptrdiff_t)one->lines);
	else if (command == CMD_LAST)
		scroll(one, (ptrdiff_t)one->lines);
	else if (command == CMD_PICK)
		pick(one, app, key);
	else if (command == CMD_MENU && tab_is(one, "Limits"))
		one_limits_edit(one, app);
	else
		return false;
	return true;
}

static const struct view_ops one_ops = {.name = "one",
					.context = CONTEXT_ONE,
					.whole = true,
					.draw = one_draw,
					.command = one_command,
					.pictured = one_pictured,
					.need = one_need,
					.about = one_about,
					.close = one_close};

struct view *view_one_new(struct app *app, uint64_t entity, const char *tab)
{
	struct one *one = calloc(1, sizeof(*one));

	if (!one)
		return NULL;
	one->view.ops = &one_ops;
	one->tab = &tabs[tab_named(tab)];
	/* What it is called comes with the picture. */
	if (target_copy(&(struct action_target){.entity = entity, .id = "", .name = "?", .path = ""},
			&one->target) < 0) {
		free(one);
		return NULL;
	}
	one_pictured(&one->view, app);
	return &one->view;
}
