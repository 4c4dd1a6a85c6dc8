/* SPDX-License-Identifier: Apache-2.0 */
/* Pressure (PSI): how much of the time its tasks waited. */
#include "one.h"

#include "base/clock.h"

#include <math.h>

#define WINDOWS 3

static const struct resource {
	const char *name;
	const char *line;
	enum metric_id total;
	enum metric_id average[WINDOWS];
} resources[] = {
#define RESOURCE(name, line, id)                                                       \
	{                                                                              \
		name, line, METRIC_##id,                                               \
		{                                                                      \
			METRIC_##id##_AVG10, METRIC_##id##_AVG60, METRIC_##id##_AVG300 \
		}                                                                      \
	}
	RESOURCE("cpu", "some", PRESSURE_CPU_SOME),	  RESOURCE("cpu", "full", PRESSURE_CPU_FULL),
	RESOURCE("memory", "some", PRESSURE_MEMORY_SOME), RESOURCE("memory", "full", PRESSURE_MEMORY_FULL),
	RESOURCE("io", "some", PRESSURE_IO_SOME),	  RESOURCE("io", "full", PRESSURE_IO_FULL),
#undef RESOURCE
};

void one_pressure_need(struct metric_set *set)
{
	metric_set_add_group(set, GROUP_pressure);
	metric_set_add_group(set, GROUP_pressure_avg);
}

static bool share_of(const struct scene *sc, enum metric_id id, double *out)
{
	if (!comparison_rate(sc->c, sc->index, id, out))
		return false;
	*out /= (double)NSEC_PER_SEC;
	return true;
}

static void add_share(const struct scene *sc, const char *name, enum metric_id id, struct str *out)
{
	double share = 0;
	bool there = share_of(sc, id, &share);

	str_printf(out, "%s ", name);
	one_percent(out, there, share);
	str_add(out, "  ");
}

void one_pressure_panel(const struct scene *sc, struct rect area)
{
	static const struct one_chart charts[] = {
		{FIGURE_PSI_CPU, ROLE_PRESSURE, FIGURE_PERCENT, (double)NAN, "cpu"},
		{FIGURE_PSI_MEMORY, ROLE_PRESSURE, FIGURE_PERCENT, (double)NAN, "memory"},
		{FIGURE_PSI_IO, ROLE_PRESSURE, FIGURE_PERCENT, (double)NAN, "io"}};
	_cleanup_str_ struct str text = {0};
	int x;

	if (area.rows < 1)
		return;
	add_share(sc, "cpu", METRIC_PRESSURE_CPU_SOME, &text);
	add_share(sc, "memory", METRIC_PRESSURE_MEMORY_SOME, &text);
	add_share(sc, "io", METRIC_PRESSURE_IO_SOME, &text);
	x = canvas_text(sc->canvas, area.y, area.x, area.cols, ROLE_PRESSURE, "Pressure ");
	canvas_text(sc->canvas, area.y, area.x + x, area.cols - x, ROLE_STRONG, text.data ? text.data : "");
	one_charts(sc, (struct rect){area.y + 1, area.x, area.rows - 1, area.cols}, charts, 3);
}

static enum role severity(bool there, double share)
{
	if (!there)
		return ROLE_DIM;
	return share > 0.4 ? ROLE_BAD : share > 0.1 ? ROLE_WARNING : ROLE_TEXT;
}

/* Rising or falling: the last ten seconds beside the last minute. */
static const char *trend(const double average[WINDOWS], const bool there[WINDOWS])
{
	if (!there[0] || !there[1] || (average[0] < 0.005 && average[1] < 0.005))
		return "";
	if (average[0] > average[1] * 1.2)
		return "rising";
	return average[0] < average[1] * 0.8 ? "falling" : "steady";
}

static void resource_row(const struct scene *sc, int y, struct rect area, const struct resource *r)
{
	double value[WINDOWS] = {0};
	bool there[WINDOWS];
	double share = 0;
	bool known = share_of(sc, r->total, &share);
	_cleanup_str_ struct str cell = {0};
	int x = area.x;

	canvas_printf(sc->canvas, y, x, 12, ROLE_TEXT, "%-6s %s", r->name, r->line);
	one_percent(&cell, known, share);
	canvas_text_right(sc->canvas, y, x + 12, 7, severity(known, share), cell.data ? cell.data : "");
	for (int i = 0; i < WINDOWS; i++) {
		_cleanup_str_ struct str text = {0};
		uint64_t points;

		there[i] = snapshot_get(sc->s, sc->index, r->average[i], &points);
		value[i] = there[i] ? (double)points / 10000 : 0;
		one_percent(&text, there[i], value[i]);
		canvas_text_right(sc->canvas, y, x + 19 + i * 7, 7, severity(there[i], value[i]),
				  text.data ? text.data : "");
	}
	canvas_text(sc->canvas, y, x + 42, area.cols - 42, ROLE_DIM, trend(value, there));
}

void one_pressure_draw(const struct scene *sc, struct rect area)
{
	int table = (int)ARRAY_SIZE(resources) + 1;
	struct rect charts = {area.y + table, area.x, area.rows - table, area.cols};
	struct roll roll;

	canvas_fill(sc->canvas, (struct rect){area.y, area.x, 1, area.cols}, ROLE_HEADER, ' ');
	canvas_printf(sc->canvas, area.y, area.x, area.cols, ROLE_HEADER, "%-12s%7s%7s%7s%7s  %s", "STALLED",
		      "now", "10s", "60s", "300s", "TREND");
	area.y++;
	area.rows--;
	if (charts.rows >= 3)
		area.rows = table - 1;
	roll = roll_begin(sc, area);
	for (size_t i = 0; i < ARRAY_SIZE(resources); i++) {
		int y = roll_line(&roll);

		if (y >= 0)
			resource_row(sc, y, area, &resources[i]);
	}
	roll_end(&roll);
	if (charts.rows >= 3)
		one_pressure_panel(sc, charts);
}
