/* SPDX-License-Identifier: Apache-2.0 */
/* The title line and the host's meters. */
#include "base/clock.h"
#include "glyph.h"
#include "view_list.h"

#include <math.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#define ABSENT "-"
#define PSI_COLS 31
#define COUNTS_COLS 34
#define BAR_MIN_COLS 20
#define BAR_MAX_COLS 60

static const struct snapshot *shown(const struct app *app)
{
	return app->shown ? comparison_later(app->shown) : NULL;
}

/* --- title --- */

static void clock_text(uint64_t realtime_ns, char *out, size_t size)
{
	time_t seconds = (time_t)(realtime_ns / NSEC_PER_SEC);
	struct tm tm;

	if (!localtime_r(&seconds, &tm) || !strftime(out, size, "%H:%M:%S", &tm))
		snprintf(out, size, ABSENT);
}

/* How long ago the picture was taken: "-12s". */
static void ago(const struct app *app, struct str *out)
{
	uint64_t now = snapshot_realtime_ns(comparison_later(app->live));
	uint64_t then = snapshot_realtime_ns(shown(app));

	str_char(out, '-');
	format_duration(out, now > then ? (now - then) / NSEC_PER_SEC * NSEC_PER_SEC : 0);
}

static void state_text(const struct app *app, struct str *out)
{
	if (app->options->replay)
		str_add(out, app->frozen ? "REPLAY  FROZEN" : "REPLAY");
	else if (!app->frozen && !app->back)
		str_add(out, "LIVE");
	else if (app->back && app->live && app->shown)
		ago(app, out);
	else
		str_add(out, "FROZEN");
}

void view_list_title(struct app *app, struct canvas *canvas, const struct list_layout *at)
{
	const struct snapshot *s = shown(app);
	_cleanup_str_ struct str left = {0};
	_cleanup_str_ struct str right = {0};
	char clock[32] = ABSENT;
	int width;

	canvas_fill(canvas, (struct rect){at->title_y, 0, 1, at->cols}, ROLE_TITLE, ' ');
	if (s)
		clock_text(snapshot_realtime_ns(s), clock, sizeof(clock));
	str_printf(&right, "%.1fs  ", (double)app->settings.interval_ns / (double)NSEC_PER_SEC);
	state_text(app, &right);
	str_printf(&right, "  %s ", clock);
	str_add(&left, "plimsoll");
	if (s)
		str_printf(&left, "  %s  Linux %s", snapshot_host(s)->hostname, snapshot_host(s)->kernel);
	if (app->options->host_line)
		str_printf(&left, "  %s", app->options->host_line);
	if (app->options->readonly)
		str_add(&left, "  read-only");
	if (left.failed || right.failed)
		return;
	width = canvas_width(right.data);
	canvas_text(canvas, at->title_y, 1, at->cols - width - 2, ROLE_TITLE, left.data);
	canvas_text_right(canvas, at->title_y, at->cols - width > 0 ? at->cols - width : 0, width,
			  app->frozen || app->back ? ROLE_WARNING : ROLE_TITLE, right.data);
}

/* --- figures of the host --- */

/* The root cgroup, where figures of the whole host are; -1 = not there. */
static ptrdiff_t root_of(const struct snapshot *s)
{
	return snapshot_count(s) && snapshot_entity(s, 0)->class == ENTITY_HOST ? 0 : -1;
}

static bool host_rate(const struct app *app, enum metric_id id, double *out)
{
	return root_of(shown(app)) == 0 && comparison_rate(app->shown, 0, id, out);
}

static bool host_memory(const struct snapshot *s, uint64_t *used)
{
	const struct host *host = snapshot_host(s);

	if (host->meters.memory_known && host->memory_bytes >= host->meters.memory_available_bytes) {
		*used = host->memory_bytes - host->meters.memory_available_bytes;
		return true;
	}
	return root_of(s) == 0 && snapshot_get(s, 0, METRIC_MEMORY_WORKING_SET, used);
}

/* "21.3/31.2G" */
static void put_of(struct str *out, uint64_t used, uint64_t total)
{
	static const char units[] = "BKMGTPE";
	double unit = 1;
	size_t i = 0;

	while ((double)total / unit >= 1024 && units[i + 1]) {
		unit *= 1024;
		i++;
	}
	str_printf(out, "%.1f/%.1f%c", (double)used / unit, (double)total / unit, units[i]);
}

struct meter {
	const char *name;
	enum role role;
	double share; /* NAN = not known */
	struct str text;
};

static void cpu_meter(const struct app *app, struct meter *m)
{
	double idle;

	*m = (struct meter){.name = "CPU", .role = ROLE_CPU, .share = (double)NAN};
	if (app->shown && comparison_idle(app->shown, &idle)) {
		m->share = 1 - idle;
		str_printf(&m->text, "%.1f%% %u cpu", m->share * 100, snapshot_host(shown(app))->n_cpus);
	} else if (app->shown && snapshot_host(shown(app))->n_cpus) {
		str_printf(&m->text, ABSENT " %u cpu", snapshot_host(shown(app))->n_cpus);
	}
}

static void memory_meter(const struct app *app, struct meter *m)
{
	const struct snapshot *s = shown(app);
	uint64_t used;

	*m = (struct meter){.name = "MEM", .role = ROLE_MEMORY, .share = (double)NAN};
	if (!s || !snapshot_host(s)->memory_bytes || !host_memory(s, &used))
		return;
	m->share = (double)used / (double)snapshot_host(s)->memory_bytes;
	put_of(&m->text, used, snapshot_host(s)->memory_bytes);
}

static void swap_meter(const struct app *app, struct meter *m)
{
	const struct snapshot *s = shown(app);

	*m = (struct meter){.name = "SWP", .role = ROLE_MEMORY, .share = (double)NAN};
	if (!s || !snapshot_host(s)->meters.swap_known || !snapshot_host(s)->swap_bytes)
		return;
	m->share = (double)snapshot_host(s)->meters.swap_used_bytes / (double)snapshot_host(s)->swap_bytes;
	put_of(&m->text, snapshot_host(s)->meters.swap_used_bytes, snapshot_host(s)->swap_bytes);
}

static const char *text_of(const struct str *s)
{
	return s->len ? s->data : ABSENT;
}

static void (*const meters[])(const struct app *app, struct meter *m) = {cpu_meter, memory_meter, swap_meter};

static void draw_meter(struct app *app, struct canvas *canvas, struct rect area, size_t n)
{
	struct meter m;
	int text = 14; /* "100.0% 999 cpu", "123.4/567.8G" */
	int bar = area.cols - 4 - text - 1;

	if (n >= ARRAY_SIZE(meters))
		return;
	meters[n](app, &m);
	canvas_text(canvas, area.y, area.x, 3, ROLE_STRONG, m.name);
	if (bar >= 6)
		glyph_bar(canvas, area.y, area.x + 4, bar, m.role, isnan(m.share) ? 0 : m.share, "");
	canvas_text(canvas, area.y, bar >= 6 ? area.x + 4 + bar + 1 : area.x + 4, text, ROLE_TEXT,
		    text_of(&m.text));
	str_free(&m.text);
}

/* --- pressure --- */

static void put_pressure(const struct app *app, enum metric_id id, struct str *out)
{
	double rate;

	if (app->shown && host_rate(app, id, &rate))
		str_printf(out, "%.1f", rate / (double)NSEC_PER_SEC * 100);
	else
		str_add(out, ABSENT);
}

static void draw_pressure(struct app *app, struct canvas *canvas, struct rect area, size_t n)
{
	static const struct {
		const char *name;
		enum metric_id some, full;
	} rows[] = {{"cpu", METRIC_PRESSURE_CPU_SOME, METRIC_PRESSURE_CPU_FULL},
		    {"mem", METRIC_PRESSURE_MEMORY_SOME, METRIC_PRESSURE_MEMORY_FULL},
		    {"io", METRIC_PRESSURE_IO_SOME, METRIC_PRESSURE_IO_FULL}};
	_cleanup_str_ struct str some = {0};
	_cleanup_str_ struct str full = {0};

	put_pressure(app, rows[n].some, &some);
	put_pressure(app, rows[n].full, &full);
	if (n == 0)
		canvas_text(canvas, area.y, area.x, 3, ROLE_STRONG, "PSI");
	canvas_printf(canvas, area.y, area.x + 4, area.cols - 4, ROLE_TEXT, "%-3s some %5s full %5s",
		      rows[n].name, text_of(&some), text_of(&full));
}

/* --- counts --- */

static void count_containers(const struct app *app, struct str *out)
{
	const struct snapshot *s = shown(app);
	unsigned all = 0, run = 0, paused = 0, ended = 0;

	for (size_t i = 0; s && i < snapshot_count(s); i++) {
		char state;

		if (snapshot_entity(s, i)->class != ENTITY_CONTAINER)
			continue;
		state = view_list_state(s, i);
		all++;
		run += state == 'R';
		paused += state == 'P';
		ended += state == 'X';
	}
	str_printf(out, "%u ctr: %u run", all, run);
	if (paused)
		str_printf(out, " %u paused", paused);
	if (ended)
		str_printf(out, " %u exit", ended);
}

/* Of the host's interfaces, or of all containers together. */
static bool net_rate(const struct app *app, enum metric_id id, double *out)
{
	const struct snapshot *s = shown(app);
	double sum = 0;
	double rate;
	bool there = false;

	if (!s || host_rate(app, id, out))
		return s != NULL;
	for (size_t i = 0; i < snapshot_count(s); i++) {
		if (snapshot_entity(s, i)->class != ENTITY_CONTAINER ||
		    !comparison_rate(app->shown, i, id, &rate))
			continue;
		sum += rate;
		there = true;
	}
	if (there)
		*out = sum;
	return there;
}

static void put_net(const struct app *app, struct str *out)
{
	double rx;
	double tx;

	str_add(out, "net ");
	if (!net_rate(app, METRIC_NET_RX_BYTES, &rx) || !net_rate(app, METRIC_NET_TX_BYTES, &tx)) {
		str_add(out, ABSENT);
		return;
	}
	compact_bytes(out, rx);
	str_add(out, "/s rx  ");
	compact_bytes(out, tx);
	str_add(out, "/s tx");
}

static void draw_counts(struct app *app, struct canvas *canvas, struct rect area, size_t n)
{
	_cleanup_str_ struct str text = {0};

	if (n == 0)
		count_containers(app, &text);
	else if (n == 1)
		view_list_counts(app, &text);
	else
		put_net(app, &text);
	canvas_text(canvas, area.y, area.x, area.cols, ROLE_TEXT, text_of(&text));
}

/* --- together --- */

static void draw_one_line(struct app *app, struct canvas *canvas, int y, int cols)
{
	static const enum metric_id some[] = {METRIC_PRESSURE_CPU_SOME, METRIC_PRESSURE_MEMORY_SOME,
					      METRIC_PRESSURE_IO_SOME};
	_cleanup_str_ struct str text = {0};
	_cleanup_str_ struct str counts = {0};

	for (size_t i = 0; i < 2; i++) {
		struct meter m;

		meters[i](app, &m);
		str_printf(&text, "%s%s %s", i ? "  " : "", m.name, text_of(&m.text));
		str_free(&m.text);
	}
	str_add(&text, "  PSI");
	for (size_t i = 0; i < ARRAY_SIZE(some); i++) {
		str_char(&text, ' ');
		put_pressure(app, some[i], &text);
	}
	count_containers(app, &counts);
	canvas_text(canvas, y, 1, cols - 2, ROLE_TEXT, text_of(&text));
	if (canvas_width(text_of(&text)) + canvas_width(text_of(&counts)) + 4 <= cols)
		canvas_text_right(canvas, y, 0, cols - 1, ROLE_TEXT, text_of(&counts));
}

void view_list_meters(struct app *app, struct canvas *canvas, const struct list_layout *at)
{
	int left = at->cols - 2;
	bool pressure = left - BAR_MIN_COLS - PSI_COLS >= 0;
	bool counts = left - BAR_MIN_COLS - PSI_COLS - COUNTS_COLS >= 0;
	int bars;

	if (at->meters_rows == 1) {
		draw_one_line(app, canvas, at->meters_y, at->cols);
		return;
	}
	left -= pressure ? PSI_COLS : 0;
	left -= counts ? COUNTS_COLS : 0;
	bars = left < BAR_MAX_COLS ? left : BAR_MAX_COLS;
	for (int n = 0; n < at->meters_rows; n++) {
		struct rect area = {at->meters_y + n, 1, 1, bars};

		draw_meter(app, canvas, area, (size_t)n);
		area.x += bars + 2;
		area.cols = PSI_COLS - 2;
		if (pressure)
			draw_pressure(app, canvas, area, (size_t)n);
		area.x += PSI_COLS;
		area.cols = COUNTS_COLS - 2;
		if (counts)
			draw_counts(app, canvas, area, (size_t)n);
	}
}

void view_list_meters_need(struct metric_set *need)
{
	static const enum metric_id ids[] = {METRIC_CPU_USAGE,
					     METRIC_MEMORY_WORKING_SET,
					     METRIC_PRESSURE_CPU_SOME,
					     METRIC_PRESSURE_CPU_FULL,
					     METRIC_PRESSURE_IO_SOME,
					     METRIC_PRESSURE_IO_FULL,
					     METRIC_PRESSURE_MEMORY_SOME,
					     METRIC_NET_RX_BYTES,
					     METRIC_NET_TX_BYTES,
					     METRIC_PRESSURE_MEMORY_FULL,
					     METRIC_FROZEN,
					     METRIC_POPULATED,
					     METRIC_PROCESSES};

	for (size_t i = 0; i < ARRAY_SIZE(ids); i++)
		metric_set_add(need, ids[i]);
}
