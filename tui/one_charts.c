/* SPDX-License-Identifier: Apache-2.0 */
/* CPU, network and block I/O: charts, and what is behind them. */
#include "one.h"

#include "base/clock.h"
#include "glyph.h"
#include "model/number.h"

#include <math.h>
#include <string.h>

static const char *const cpu_figures[] = {
	"cpu_user_seconds",  "cpu_system_seconds",
	"cpu_time",	     "psi_cpu",
	"cpu_limit",	     "cpu_weight",
	"cpuset_cpus",	     "pids",
	"throttled",	     "cpu_throttled_seconds",
	"cpu_periods",	     "cpu_throttled_periods",
	"cpu_burst_periods",
};
static const char *const io_figures[] = {"block", "io_reads", "io_writes", "io_weight", "psi_io"};

void one_cpu_need(struct metric_set *set)
{
	one_figures_need(cpu_figures, ARRAY_SIZE(cpu_figures), set);
	metric_set_add(set, METRIC_CPU_USAGE);
	metric_set_add(set, METRIC_CPU_QUOTA);
	metric_set_add(set, METRIC_CPU_PERIOD);
	metric_set_add(set, METRIC_CPU_PERIODS);
	metric_set_add(set, METRIC_CPU_THROTTLED_PERIODS);
}

void one_io_need(struct metric_set *set)
{
	static const enum metric_id ids[] = {METRIC_IO_READ_BYTES, METRIC_IO_WRITE_BYTES, METRIC_IO_READS,
					     METRIC_IO_WRITES};

	one_figures_need(io_figures, ARRAY_SIZE(io_figures), set);
	for (size_t i = 0; i < ARRAY_SIZE(ids); i++)
		metric_set_add(set, ids[i]);
}

void one_net_need(struct metric_set *set)
{
	metric_set_add_group(set, GROUP_network);
}

/* The usage as the user wants it: see CMD_CPU_SCALE. */
static void cpu_text(const struct scene *sc, double limit, struct str *out)
{
	uint64_t total;
	double rate = 0;
	bool there = comparison_rate(sc->c, sc->index, METRIC_CPU_USAGE, &rate);
	uint32_t n_cpus = snapshot_host(sc->s)->n_cpus;

	rate /= (double)NSEC_PER_SEC;
	if (sc->app->settings.cpu_scale == CPU_AS_TIME) {
		if (snapshot_get(sc->s, sc->index, METRIC_CPU_USAGE, &total))
			format_duration(out, total);
		else
			str_char(out, '-');
	} else if (sc->app->settings.cpu_scale == CPU_OF_HOST && n_cpus) {
		one_percent(out, there, rate / n_cpus);
		str_printf(out, " of %u CPUs", n_cpus);
	} else if (sc->app->settings.cpu_scale == CPU_OF_LIMIT && isfinite(limit) && limit > 0) {
		one_percent(out, there, rate / limit);
		str_add(out, " of its limit");
	} else {
		one_percent(out, there, rate);
	}
}

static bool throttled_share(const struct scene *sc, double *out)
{
	double periods, throttled;

	if (!comparison_rate(sc->c, sc->index, METRIC_CPU_PERIODS, &periods) ||
	    !comparison_rate(sc->c, sc->index, METRIC_CPU_THROTTLED_PERIODS, &throttled))
		return false;
	*out = periods > 0 ? throttled / periods : 0;
	return true;
}

static void cpu_headline(const struct scene *sc, struct rect area, double limit)
{
	_cleanup_str_ struct str text = {0};
	double share = 0;
	int x;

	cpu_text(sc, limit, &text);
	if (isfinite(limit)) {
		str_add(&text, "  limit ");
		number_trimmed(&text, limit, 2);
		str_add(&text, limit > 0.995 && limit < 1.005 ? " CPU" : " CPUs");
	}
	x = canvas_text(sc->canvas, area.y, area.x, area.cols, ROLE_CPU, "CPU ");
	x += canvas_text(sc->canvas, area.y, area.x + x, area.cols - x, ROLE_STRONG,
			 text.data ? text.data : "");
	if (throttled_share(sc, &share)) {
		_cleanup_str_ struct str thr = {0};

		str_add(&thr, "  throttled ");
		one_percent(&thr, true, share);
		canvas_text(sc->canvas, area.y, area.x + x, area.cols - x,
			    share > 0.01 ? ROLE_WARNING : ROLE_DIM, thr.data ? thr.data : "");
	}
}

/* Below the chart: in which of the samples it was throttled. */
static void throttled_strip(const struct scene *sc, int y, struct rect area)
{
	float values[HISTORY_SAMPLES];
	size_t n = history_values(sc->app->history, sc->e->id, FIGURE_THROTTLED, sc->app->back, values,
				  HISTORY_SAMPLES);

	canvas_text_right(sc->canvas, y, area.x, 7, ROLE_DIM, "thr");
	glyph_sparkline(sc->canvas, y, area.x + 8, area.cols - 8, ROLE_WARNING, values, n, 1);
}

void one_cpu_panel(const struct scene *sc, struct rect area)
{
	double limit = one_cpu_limit(sc);
	double share;
	struct one_chart chart = {FIGURE_CPU, ROLE_CPU, FIGURE_PERCENT, limit, "0"};
	struct rect plot = {area.y + 1, area.x, area.rows - 1, area.cols};

	if (area.rows < 1)
		return;
	cpu_headline(sc, area, limit);
	if (plot.rows >= 3 && throttled_share(sc, &share)) {
		plot.rows--;
		throttled_strip(sc, plot.y + plot.rows, area);
	}
	one_charts(sc, plot, &chart, 1);
}

/* "Net  rx 1.2MiB/s  tx 3B/s" */
static void rates_headline(const struct scene *sc, struct rect area, enum role role, const char *title,
			   const char *in, enum metric_id in_id, const char *out, enum metric_id out_id)
{
	_cleanup_str_ struct str text = {0};
	double rate = 0;
	bool there = comparison_rate(sc->c, sc->index, in_id, &rate);
	int x;

	str_printf(&text, "%s ", in);
	one_byte_rate(&text, there, rate);
	there = comparison_rate(sc->c, sc->index, out_id, &rate);
	str_printf(&text, "  %s ", out);
	one_byte_rate(&text, there, rate);
	x = canvas_text(sc->canvas, area.y, area.x, area.cols, role, title);
	canvas_text(sc->canvas, area.y, area.x + x + 1, area.cols - x - 1, ROLE_STRONG,
		    text.data ? text.data : "");
}

void one_net_panel(const struct scene *sc, struct rect area)
{
	static const struct one_chart charts[] = {
		{FIGURE_NET_RX, ROLE_NETWORK, FIGURE_BYTES, (double)NAN, "rx"},
		{FIGURE_NET_TX, ROLE_NETWORK, FIGURE_BYTES, (double)NAN, "tx"}};

	if (area.rows < 1)
		return;
	rates_headline(sc, area, ROLE_NETWORK, "Network", "rx", METRIC_NET_RX_BYTES, "tx",
		       METRIC_NET_TX_BYTES);
	one_charts(sc, (struct rect){area.y + 1, area.x, area.rows - 1, area.cols}, charts, 2);
}

void one_io_panel(const struct scene *sc, struct rect area)
{
	static const struct one_chart charts[] = {
		{FIGURE_IO_READ, ROLE_IO, FIGURE_BYTES, (double)NAN, "read"},
		{FIGURE_IO_WRITE, ROLE_IO, FIGURE_BYTES, (double)NAN, "write"}};

	if (area.rows < 1)
		return;
	rates_headline(sc, area, ROLE_IO, "Block I/O", "read", METRIC_IO_READ_BYTES, "write",
		       METRIC_IO_WRITE_BYTES);
	one_charts(sc, (struct rect){area.y + 1, area.x, area.rows - 1, area.cols}, charts, 2);
}

/* What is above the lines that scroll: half of the area, or a line where that is too little for a chart. */
static struct rect upper(struct rect area)
{
	area.rows = area.rows >= 8 ? area.rows / 2 : 1;
	return area;
}

static struct rect lower(struct rect area)
{
	int above = upper(area).rows;

	area.y += above;
	area.rows -= above;
	return area;
}

void one_cpu_draw(const struct scene *sc, struct rect area)
{
	one_cpu_panel(sc, upper(area));
	one_figures(sc, lower(area), cpu_figures, ARRAY_SIZE(cpu_figures));
}

/* A table of the instances of a dimension: rates of some counters. */
struct instance_column {
	enum metric_id id;
	const char *header;
	bool bytes;
	bool total;
};

static void instance_cell(const struct scene *sc, const struct series *series,
			  const struct instance_column *column, struct str *out)
{
	uint64_t value = 0;
	double rate = 0;
	bool there = column->total ? series_get(series, column->id, &value)
				   : one_series_rate(sc, series, column->id, &rate);

	if (column->total)
		rate = (double)value;
	if (column->bytes) {
		one_bytes(out, there, rate);
	} else if (there) {
		number_rounded(out, rate, 0);
	} else {
		str_char(out, '-');
	}
}

static void instance_row(const struct scene *sc, int y, struct rect area, const struct series *series,
			 const struct instance_column *columns, size_t n)
{
	int name = area.cols >= 60 ? 16 : 10;

	canvas_text(sc->canvas, y, area.x, name - 1, ROLE_TEXT, series->instance);
	for (size_t i = 0; i < n; i++) {
		_cleanup_str_ struct str cell = {0};
		int x = area.x + name + (int)i * 10;

		if (x + 9 > area.x + area.cols)
			return;
		instance_cell(sc, series, &columns[i], &cell);
		canvas_text_right(sc->canvas, y, x, 9, ROLE_TEXT, cell.data ? cell.data : "-");
	}
}

static void instance_header(const struct scene *sc, int y, struct rect area, const char *title,
			    const struct instance_column *columns, size_t n)
{
	int name = area.cols >= 60 ? 16 : 10;

	canvas_fill(sc->canvas, (struct rect){y, area.x, 1, area.cols}, ROLE_HEADER, ' ');
	canvas_text(sc->canvas, y, area.x, name - 1, ROLE_HEADER, title);
	for (size_t i = 0; i < n && (int)i * 10 + name + 9 <= area.cols; i++)
		canvas_text_right(sc->canvas, y, area.x + name + (int)i * 10, 9, ROLE_HEADER,
				  columns[i].header);
}

static void instances(const struct scene *sc, struct rect area, enum dimension dimension, const char *title,
		      const struct instance_column *columns, size_t n)
{
	struct roll roll;
	size_t shown = 0;

	if (area.rows < 2)
		return;
	instance_header(sc, area.y, area, title, columns, n);
	area.y++;
	area.rows--;
	roll = roll_begin(sc, area);
	for (size_t i = 0; i < sc->e->n_series; i++) {
		const struct series *series = snapshot_series_at(sc->s, sc->index, i);
		int y;

		if (series->dimension != dimension)
			continue;
		shown++;
		y = roll_line(&roll);
		if (y >= 0)
			instance_row(sc, y, area, series, columns, n);
	}
	if (!shown)
		canvas_text(sc->canvas, area.y, area.x, area.cols, ROLE_DIM, "-");
	roll_end(&roll);
}

void one_io_draw(const struct scene *sc, struct rect area)
{
	static const struct instance_column columns[] = {{METRIC_IO_READ_BYTES, "READ/s", true, false},
							 {METRIC_IO_WRITE_BYTES, "WRITE/s", true, false},
							 {METRIC_IO_READS, "READS/s", false, false},
							 {METRIC_IO_WRITES, "WRITES/s", false, false},
							 {METRIC_IO_READ_BYTES, "READ", true, true},
							 {METRIC_IO_WRITE_BYTES, "WRITTEN", true, true}};

	one_io_panel(sc, upper(area));
	instances(sc, lower(area), DIMENSION_DEVICE, "DEVICE", columns, ARRAY_SIZE(columns));
}

void one_net_draw(const struct scene *sc, struct rect area)
{
	static const struct instance_column columns[] = {{METRIC_NET_RX_BYTES, "RX/s", true, false},
							 {METRIC_NET_TX_BYTES, "TX/s", true, false},
							 {METRIC_NET_RX_PACKETS, "RX PKT/s", false, false},
							 {METRIC_NET_TX_PACKETS, "TX PKT/s", false, false},
							 {METRIC_NET_RX_BYTES, "RX", true, true},
							 {METRIC_NET_TX_BYTES, "TX", true, true},
							 {METRIC_NET_RX_ERRORS, "RX ERR", false, true},
							 {METRIC_NET_RX_DROPPED, "RX DROP", false, true},
							 {METRIC_NET_TX_ERRORS, "TX ERR", false, true},
							 {METRIC_NET_TX_DROPPED, "TX DROP", false, true}};

	one_net_panel(sc, upper(area));
	instances(sc, lower(area), DIMENSION_INTERFACE, "INTERFACE", columns, ARRAY_SIZE(columns));
}
