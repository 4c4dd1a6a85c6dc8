/* SPDX-License-Identifier: Apache-2.0 */
#include "one.h"

#include "base/clock.h"
#include "glyph.h"
#include "model/column.h"
#include "model/number.h"

#include <math.h>
#include <string.h>

#define AXIS 8
#define WIDE 120

static void split_rows(struct rect area, size_t n, struct rect *parts)
{
	int y = area.y;

	for (size_t i = 0; i < n; i++) {
		int left = area.y + area.rows - y;
		int rows = left / (int)(n - i);

		if (left % (int)(n - i))
			rows++;
		parts[i] = (struct rect){y, area.x, rows, area.cols};
		y += rows;
	}
}

void one_split(struct rect area, size_t n, struct rect *parts)
{
	size_t left = (n + 1) / 2;
	int cols = area.cols / 2;

	if (area.cols < WIDE || n <= 3) {
		split_rows(area, n, parts);
		return;
	}
	split_rows((struct rect){area.y, area.x, area.rows, cols - 1}, left, parts);
	split_rows((struct rect){area.y, area.x + cols, area.rows, area.cols - cols}, n - left, parts + left);
}

struct roll roll_begin(const struct scene *sc, struct rect area)
{
	sc->one->roll = area;
	return (struct roll){.sc = sc, .area = area};
}

int roll_line(struct roll *r)
{
	size_t top = r->sc->one->top;
	size_t n = r->n++;

	if (n < top || n - top >= (size_t)(r->area.rows > 0 ? r->area.rows : 0))
		return -1;
	return r->area.y + (int)(n - top);
}

void roll_end(struct roll *r)
{
	struct one *one = r->sc->one;

	one->lines = r->n;
	one->window = r->area.rows > 0 ? (size_t)r->area.rows : 0;
}

void one_percent(struct str *out, bool there, double ratio)
{
	if (!there) {
		str_char(out, '-');
		return;
	}
	number_rounded(out, ratio * 100, 1);
	str_char(out, '%');
}

void one_bytes(struct str *out, bool there, double bytes)
{
	if (there)
		format_bytes(out, bytes);
	else
		str_char(out, '-');
}

void one_byte_rate(struct str *out, bool there, double rate)
{
	one_bytes(out, there, rate);
	if (there)
		str_add(out, "/s");
}

static void axis_label(const struct one_chart *chart, double top, struct str *out)
{
	if (chart->unit == FIGURE_BYTES) {
		format_bytes(out, top);
	} else {
		number_trimmed(out, top * 100, 1);
		str_char(out, '%');
	}
}

static void draw_chart(const struct scene *sc, struct rect area, const struct one_chart *chart)
{
	struct rect plot = {area.y, area.x + AXIS, area.rows, area.cols - AXIS};
	_cleanup_str_ struct str label = {0};
	float values[HISTORY_SAMPLES];
	size_t n;
	double top;

	if (area.rows < 1 || plot.cols < 4)
		return;
	n = history_values(sc->app->history, sc->e->id, chart->figure, sc->app->back, values,
			   HISTORY_SAMPLES);
	top = glyph_chart(sc->canvas, plot, chart->role, values, n, chart->limit);
	axis_label(chart, top, &label);
	canvas_text_right(sc->canvas, area.y, area.x, AXIS - 1, ROLE_DIM, label.data ? label.data : "");
	if (area.rows > 1)
		canvas_text_right(sc->canvas, area.y + area.rows - 1, area.x, AXIS - 1, ROLE_DIM,
				  chart->label);
}

void one_charts(const struct scene *sc, struct rect area, const struct one_chart *charts, size_t n)
{
	int cols = area.cols / (int)n;

	if (cols < AXIS + 6) { /* too narrow for all: the first one, then */
		draw_chart(sc, area, &charts[0]);
		return;
	}
	for (size_t i = 0; i < n; i++) {
		struct rect part = {area.y, area.x + cols * (int)i, area.rows, cols};

		draw_chart(sc, part, &charts[i]);
	}
}

void one_figures_need(const char *const *keys, size_t n, struct metric_set *set)
{
	for (size_t i = 0; i < n; i++) {
		const struct column *column = column_find(keys[i]);

		if (column)
			column->need(column, set);
	}
}

void one_figures(const struct scene *sc, struct rect area, const char *const *keys, size_t n)
{
	struct roll roll = roll_begin(sc, area);
	int columns = area.cols >= WIDE ? 4 : area.cols >= 72 ? 3 : area.cols >= 48 ? 2 : 1;
	int width = area.cols / columns;
	size_t rows = (n + (size_t)columns - 1) / (size_t)columns;

	for (size_t row = 0; row < rows; row++) {
		int y = roll_line(&roll);

		for (int col = 0; y >= 0 && col < columns; col++) {
			size_t i = row + rows * (size_t)col;
			const struct column *column = i < n ? column_find(keys[i]) : NULL;
			_cleanup_str_ struct str cell = {0};
			int x = area.x + width * col;

			if (!column)
				continue;
			column->cell(column, sc->c, sc->index, &cell);
			canvas_text(sc->canvas, y, x, width - 12, ROLE_DIM, column->header);
			canvas_text_right(sc->canvas, y, x + width - 13, 11, ROLE_TEXT,
					  cell.data && cell.len ? cell.data : "-");
		}
	}
	roll_end(&roll);
}

double one_cpu_limit(const struct scene *sc)
{
	double least = (double)NAN;

	for (ptrdiff_t i = (ptrdiff_t)sc->index; i >= 0; i = snapshot_entity(sc->s, (size_t)i)->parent) {
		uint64_t quota, period;
		double cpus;

		if (!snapshot_get(sc->s, (size_t)i, METRIC_CPU_QUOTA, &quota) || quota == UNLIMITED ||
		    !snapshot_get(sc->s, (size_t)i, METRIC_CPU_PERIOD, &period) || period == 0)
			continue;
		cpus = (double)quota / (double)period;
		if (!(cpus >= least))
			least = cpus;
	}
	return least;
}

double one_memory_limit(const struct scene *sc, enum metric_id metric)
{
	double least = (double)NAN;

	for (ptrdiff_t i = (ptrdiff_t)sc->index; i >= 0; i = snapshot_entity(sc->s, (size_t)i)->parent) {
		uint64_t limit;

		if (!snapshot_get(sc->s, (size_t)i, metric, &limit) || limit == UNLIMITED)
			continue;
		if (!((double)limit >= least))
			least = (double)limit;
	}
	return least;
}

static const struct series *series_before(const struct scene *sc, const struct series *series,
					  double *seconds)
{
	const struct snapshot *before = sc->one->before;
	ptrdiff_t index = before ? snapshot_find(before, sc->e->id) : -1;
	const struct entity *e;

	if (index < 0)
		return NULL;
	e = snapshot_entity(before, (size_t)index);
	if (e->monotonic_ns >= sc->e->monotonic_ns)
		return NULL;
	*seconds = (double)(sc->e->monotonic_ns - e->monotonic_ns) / (double)NSEC_PER_SEC;
	for (size_t i = 0; i < e->n_series; i++) {
		const struct series *other = snapshot_series_at(before, (size_t)index, i);

		if (other->dimension == series->dimension && strcmp(other->instance, series->instance) == 0)
			return other;
	}
	return NULL;
}

bool one_series_rate(const struct scene *sc, const struct series *series, enum metric_id id, double *out)
{
	double seconds = 0;
	const struct series *before = series_before(sc, series, &seconds);
	uint64_t now, then;

	if (!before || !series_get(series, id, &now) || !series_get(before, id, &then) || now < then)
		return false;
	*out = (double)(now - then) / seconds;
	return true;
}
