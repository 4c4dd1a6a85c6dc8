/* SPDX-License-Identifier: Apache-2.0 */
/* Cells of the list. What is absent is "-"; a group has what its members add up to, or nothing. */
#include "base/clock.h"
#include "glyph.h"
#include "list_column.h"

#include <math.h>
#include <string.h>

#define ABSENT "-"
#define SPARK_SAMPLES 60

/* Beyond these a share hurts: half of what is left would be felt. */
#define ALARM_THROTTLED 0.25
#define ALARM_PRESSURE 0.40
#define ALARM_LIMIT 0.90

/* A value below this has one decimal. */
#define DECIMAL_BELOW 9.95

static void compact(struct str *out, double value, double step, const char *units)
{
	size_t i = 0;

	if (!(value >= 0)) {
		str_add(out, ABSENT);
		return;
	}
	while (value >= step - 0.5 && units[i + 1]) {
		value /= step;
		i++;
	}
	if (i && value < DECIMAL_BELOW)
		str_printf(out, "%.1f", value);
	else
		str_printf(out, "%.0f", value);
	if (units[i] != ' ')
		str_char(out, units[i]);
}

void compact_bytes(struct str *out, double bytes)
{
	compact(out, bytes, 1024, " KMGTPE");
}

void compact_count(struct str *out, double count)
{
	compact(out, count, 1000, " kMGTPE");
}

struct cell_of {
	const struct list_column *col;
	struct app *app;
	const struct list_row *row;
	size_t n;
	struct canvas *canvas;
	int y, x, width;
	enum role role;
};

static bool number(const struct cell_of *at, const struct column *column, double *out)
{
	return list_number(at->app->list, at->app->shown, at->n, column, out);
}

/* "-" for what is not known of an entity; a group just has no such figure. */
static void put_absent(const struct cell_of *at)
{
	if (at->row->index >= 0)
		canvas_text_right(at->canvas, at->y, at->x, at->width, at->role, ABSENT);
}

static void put_text(const struct cell_of *at, enum role role, const struct str *text)
{
	canvas_text_right(at->canvas, at->y, at->x, at->width, role, text->data ? text->data : "");
}

static void draw_number(const struct cell_of *at, void (*format)(struct str *out, double value))
{
	_cleanup_str_ struct str text = {0};
	double value;

	if (!number(at, at->col->column, &value)) {
		put_absent(at);
		return;
	}
	format(&text, value);
	put_text(at, at->role, &text);
}

static void percent(struct str *out, double ratio)
{
	double value = ratio * 100;

	str_printf(out, value < 999.95 ? "%.1f" : "%.0f", value);
}

static double alarm_of(const struct column *column)
{
	if (strcmp(column->key, "throttled") == 0)
		return ALARM_THROTTLED;
	return strcmp(column->key, "cpu_limit_percent") == 0 ? ALARM_LIMIT : ALARM_PRESSURE;
}

/*
 * A share as "31", with '!' where it hurts: in its last column, so that the figures stay below each other.
 * Where 100 leaves no room for the mark, the number says it by itself.
 */
static void put_share(const struct cell_of *at, int x, int width, double value, double alarm)
{
	bool hurts = value >= alarm;
	bool marked = hurts && (width > 3 || value < 0.995);

	canvas_printf(at->canvas, at->y, x, width, hurts ? ROLE_BAD : at->role, "%*.0f%s",
		      hurts && !marked ? width : width - 1, value * 100, marked ? "!" : "");
}

static void draw_alarm(const struct cell_of *at)
{
	double value;

	if (number(at, at->col->column, &value))
		put_share(at, at->x, at->width, value, alarm_of(at->col->column));
	else if (at->row->index >= 0)
		canvas_text_right(at->canvas, at->y, at->x, at->width - 1, at->role, ABSENT);
}

static void draw_psi(const struct cell_of *at)
{
	static const char *const keys[] = {"psi_cpu", "psi_mem", "psi_io"};
	static const int ends[] = {5, 8, 11};
	double value;

	for (size_t i = 0; i < ARRAY_SIZE(keys); i++) {
		int x = at->x + (i ? ends[i - 1] : 0);
		int width = at->x + ends[i] - x;

		if (number(at, column_find(keys[i]), &value))
			put_share(at, x, width, value, ALARM_PRESSURE);
		else if (at->row->index >= 0)
			canvas_text_right(at->canvas, at->y, x, width - 1, at->role, ABSENT);
	}
}

static void draw_cpu_time(const struct cell_of *at)
{
	double ns;
	double minutes;

	if (!number(at, column_find("cpu_time"), &ns)) {
		put_absent(at);
		return;
	}
	minutes = ns / (60.0 * (double)NSEC_PER_SEC);
	if (minutes < 1000)
		canvas_printf(at->canvas, at->y, at->x, at->width, at->role, "%*d:%02d", at->width - 3,
			      (int)minutes, (int)(fmod(minutes, 1) * 60));
	else
		canvas_printf(at->canvas, at->y, at->x, at->width, at->role, "%*.0fh", at->width - 1,
			      minutes / 60);
}

static void draw_cpu(const struct cell_of *at)
{
	static const char *const keys[CPU_SCALE__COUNT] = {
		[CPU_OF_CORE] = "cpu", [CPU_OF_LIMIT] = "cpu_limit_percent", [CPU_OF_HOST] = "cpu_host"};
	enum cpu_scale scale = at->app->settings.cpu_scale;
	_cleanup_str_ struct str text = {0};
	double value;

	if (scale == CPU_AS_TIME) {
		draw_cpu_time(at);
		return;
	}
	if (!number(at, column_find(keys[scale]), &value)) {
		put_absent(at);
		return;
	}
	percent(&text, value);
	put_text(at, at->role, &text);
}

static enum role spark_role(enum figure figure)
{
	if (figure == FIGURE_CPU)
		return ROLE_CPU;
	if (figure == FIGURE_IO_READ)
		return ROLE_IO;
	return figure == FIGURE_NET_RX ? ROLE_NETWORK : ROLE_PRESSURE;
}

/* Block I/O is one line out of both ways. */
static void add_values(const struct cell_of *at, enum figure figure, float *values, size_t n)
{
	float more[SPARK_SAMPLES];
	size_t m = history_values(at->app->history, at->row->id, figure, at->app->back, more, SPARK_SAMPLES);

	for (size_t i = 0; m == n && i < n; i++)
		values[i] += more[i];
}

static void draw_spark(const struct cell_of *at)
{
	float values[SPARK_SAMPLES];
	double top = at->col->figure == FIGURE_PSI_CPU ? 1 : 0;
	size_t n;

	if (at->row->index < 0 || !at->app->history)
		return;
	n = history_values(at->app->history, at->row->id, at->col->figure, at->app->back, values,
			   SPARK_SAMPLES);
	if (n == 0)
		return;
	if (at->col->figure == FIGURE_IO_READ)
		add_values(at, FIGURE_IO_WRITE, values, n);
	glyph_sparkline(at->canvas, at->y, at->x, at->width, spark_role(at->col->figure), values, n, top);
}

static void draw_bar(const struct cell_of *at)
{
	char label[16];
	double value;

	if (at->row->index < 0)
		return;
	if (!number(at, at->col->column, &value)) {
		put_absent(at);
		return;
	}
	snprintf(label, sizeof(label), "%.0f", value * 100);
	glyph_bar(at->canvas, at->y, at->x, at->width, ROLE_MEMORY, value, label);
}

static void draw_cell(const struct cell_of *at, enum role role)
{
	_cleanup_str_ struct str text = {0};

	if (at->row->index < 0)
		return;
	at->col->column->cell(at->col->column, at->app->shown, (size_t)at->row->index, &text);
	if (!text.len)
		str_add(&text, ABSENT);
	if (at->col->column->align == ALIGN_LEFT || at->col->shape == SHAPE_VERDICT ||
	    strcmp(at->col->column->key, "shares") == 0)
		canvas_text(at->canvas, at->y, at->x, at->width, role, text.data);
	else
		put_text(at, role, &text);
}

static enum role verdict_role(const char *verdict)
{
	if (strcmp(verdict, ABSENT) == 0)
		return ROLE_DIM;
	if (strncmp(verdict, "oom", 3) == 0)
		return ROLE_BAD;
	return strcmp(verdict, "frozen") == 0 ? ROLE_NOTICE : ROLE_WARNING;
}

static void draw_verdict(const struct cell_of *at)
{
	_cleanup_str_ struct str text = {0};

	if (at->row->index < 0)
		return;
	at->col->column->cell(at->col->column, at->app->shown, (size_t)at->row->index, &text);
	if (!text.len)
		str_add(&text, ABSENT);
	canvas_text(at->canvas, at->y, at->x, at->width,
		    at->role == ROLE_TEXT && text.data ? verdict_role(text.data) : at->role,
		    text.data ? text.data : "");
}

/* A limit that is none is "-" too: nothing is limited. */
static void draw_limit(const struct cell_of *at)
{
	const struct metric *m = &metrics[at->col->column->metric];
	_cleanup_str_ struct str text = {0};
	double value;

	if (at->row->index < 0)
		return;
	if (!number(at, at->col->column, &value) || value >= (double)UNLIMITED) {
		put_absent(at);
		return;
	}
	if (m->unit == UNIT_BYTES)
		compact_bytes(&text, value);
	else
		compact_count(&text, value);
	put_text(at, at->role, &text);
}

void list_column_draw(const struct list_column *col, struct app *app, size_t n, struct canvas *canvas, int y,
		      int x, int width, enum role role)
{
	struct cell_of at = {col, app, list_row(app->list, n), n, canvas, y, x, width, role};

	switch (col->shape) {
	case SHAPE_CELL:
		draw_cell(&at, role);
		break;
	case SHAPE_CPU:
		draw_cpu(&at);
		break;
	case SHAPE_PERCENT:
		draw_number(&at, percent);
		break;
	case SHAPE_ALARM:
		draw_alarm(&at);
		break;
	case SHAPE_BYTES:
		draw_number(&at, compact_bytes);
		break;
	case SHAPE_COUNT:
		draw_number(&at, compact_count);
		break;
	case SHAPE_LIMIT:
		draw_limit(&at);
		break;
	case SHAPE_SPARK:
		draw_spark(&at);
		break;
	case SHAPE_BAR:
		draw_bar(&at);
		break;
	case SHAPE_PSI:
		draw_psi(&at);
		break;
	case SHAPE_VERDICT:
		draw_verdict(&at);
		break;
	}
}
