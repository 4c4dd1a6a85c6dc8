/* SPDX-License-Identifier: Apache-2.0 */
/* Events: the strip below the list, and the tab. */
#include "base/clock.h"
#include "view_list.h"

#include <stdio.h>
#include <time.h>

#define MINUTE (60 * NSEC_PER_SEC)
#define NAME_COLS 20

/* What came after the picture that is shown is not told with it. */
static uint64_t time_shown(const struct app *app)
{
	return app->shown ? snapshot_realtime_ns(comparison_later(app->shown)) : UINT64_MAX;
}

static uint64_t a_minute_before(uint64_t realtime_ns)
{
	return realtime_ns > MINUTE && realtime_ns != UINT64_MAX ? realtime_ns - MINUTE : 0;
}

void view_list_counts(const struct app *app, struct str *out)
{
	static const struct {
		enum event_kind kind;
		const char *word;
	} kinds[] = {{EVENT_OOM_KILL, "OOM"},
		     {EVENT_THROTTLED, "throttle"},
		     {EVENT_PIDS_MAX, "pids"},
		     {EVENT_FORK_STORM, "storm"},
		     {EVENT_END, "exit"}};
	uint64_t now = time_shown(app);
	uint64_t since = a_minute_before(now);
	bool any = false;

	str_add(out, "1m:");
	for (size_t i = 0; i < ARRAY_SIZE(kinds); i++) {
		uint64_t n = event_log_between(app->events, kinds[i].kind, since, now);

		if (n)
			str_printf(out, " %llu %s", (unsigned long long)n, kinds[i].word);
		any |= n > 0;
	}
	if (!any)
		str_add(out, " -");
}

uint64_t view_list_warnings(const struct app *app)
{
	uint64_t now = time_shown(app);
	uint64_t since = a_minute_before(now);
	const struct event *e;
	uint64_t n = 0;
	size_t i = 0;

	while ((e = event_log_next(app->events, now, &i)) && e->realtime_ns >= since)
		n += event_severity(e->kind) != SEVERITY_INFO;
	return n;
}

static enum role role_of(enum event_kind kind)
{
	switch (event_severity(kind)) {
	case SEVERITY_ERROR:
		return ROLE_BAD;
	case SEVERITY_WARNING:
		return ROLE_WARNING;
	case SEVERITY_INFO:
		break;
	}
	return ROLE_TEXT;
}

static void draw_event(struct canvas *canvas, int y, int cols, const struct event *e)
{
	time_t seconds = (time_t)(e->realtime_ns / NSEC_PER_SEC);
	int name = cols >= 70 ? NAME_COLS : 12;
	int x = 1;
	_cleanup_str_ struct str what = {0};
	char clock[16] = "-";
	struct tm tm;

	if (localtime_r(&seconds, &tm))
		(void)strftime(clock, sizeof(clock), "%H:%M:%S", &tm);
	canvas_text(canvas, y, x, 8, ROLE_DIM, clock);
	x += 9;
	canvas_text(canvas, y, x, 10, role_of(e->kind), event_kind_name(e->kind));
	x += 11;
	canvas_text(canvas, y, x, name, ROLE_STRONG, *e->name ? e->name : e->path);
	x += name + 1;
	if (e->count > 1)
		x += canvas_printf(canvas, y, x, cols - x, role_of(e->kind), "%llux ",
				   (unsigned long long)e->count);
	event_describe(&what, e);
	canvas_text(canvas, y, x, cols - x, ROLE_TEXT, what.data ? what.data : "");
}

/* Where they come from, at the right of a line whose left has `taken` columns: a source that hears tells of
 * processes and of what lived between two samples. */
static void draw_source(const struct app *app, struct canvas *canvas, int y, int taken, enum role role)
{
	const struct heard *heard = app->live ? snapshot_heard(comparison_later(app->live)) : NULL;
	_cleanup_str_ struct str text = {0};
	enum role lost = heard && heard->dropped ? ROLE_WARNING : role;

	if (!heard || app->options->replay)
		return;
	str_add(&text, heard->hears ? " ebpf: start end exec exit oom " : " files ");
	if (heard->dropped)
		str_printf(&text, "%llu lost ", (unsigned long long)heard->dropped);
	if (text.data && taken + (int)text.len + 2 <= canvas->cols)
		canvas_text(canvas, y, canvas->cols - 2 - (int)text.len, (int)text.len, lost, text.data);
}

void view_list_strip(struct list_view *v, struct app *app, struct canvas *canvas)
{
	const struct list_layout *at = &v->layout;
	bool all = app->settings.events == EVENTS_ALL;
	int y = at->strip_y + 1;
	const struct event *e;
	size_t i = 0;

	canvas_fill(canvas, (struct rect){at->strip_y, 0, 1, at->cols}, ROLE_BORDER, 0x2500);
	canvas_printf(canvas, at->strip_y, 2, at->cols - 4, ROLE_BORDER, " Events: %s (v: %s) ",
		      all ? "all" : "warnings", all ? "none" : "all");
	draw_source(app, canvas, at->strip_y, 36, ROLE_BORDER);
	while (y < at->strip_y + at->strip_rows && (e = app_event(app, time_shown(app), &i))) {
		if (all || event_severity(e->kind) != SEVERITY_INFO)
			draw_event(canvas, y++, at->cols, e);
	}
	if (y == at->strip_y + 1)
		canvas_text(canvas, y, 1, at->cols - 1, ROLE_DIM, "-");
}

void view_list_event_tab(struct list_view *v, struct app *app, struct canvas *canvas)
{
	const struct list_layout *at = &v->layout;
	size_t rows = at->body_rows > 0 ? (size_t)at->body_rows : 0;
	uint64_t now = time_shown(app);
	const struct event *e;
	size_t n = 0;
	size_t i = 0;

	while (app_event(app, now, &i))
		n++;

	if (v->event_top + rows > n)
		v->event_top = n > rows ? n - rows : 0;
	if (at->header_rows) {
		canvas_fill(canvas, (struct rect){at->header_y, 0, 1, at->cols}, ROLE_HEADER, ' ');
		canvas_text(canvas, at->header_y, 1, at->cols - 1, ROLE_HEADER,
			    "TIME     EVENT      CONTAINER");
		draw_source(app, canvas, at->header_y, 31, ROLE_HEADER);
	}
	i = 0;
	for (size_t line = 0; line < v->event_top + rows && (e = app_event(app, now, &i)); line++)
		if (line >= v->event_top)
			draw_event(canvas, at->body_y + (int)(line - v->event_top), at->cols, e);
	if (n == 0 && rows)
		canvas_text(canvas, at->body_y, 3, at->cols - 3, ROLE_DIM, "nothing has happened yet");
}
