/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How long its tasks waited for a CPU and its block requests took: a map of heat each, time to the right,
 * latency upwards, and how many of a sample's were there as shade. Measured while this tab is open.
 */
#include "one.h"

#include "base/clock.h"
#include "glyph.h"
#include "model/latency.h"
#include "model/number.h"

#include <math.h>
#include <string.h>

#define AXIS 8
/* More bands than these tell nobody more. */
#define BANDS_MAX 7
/* From here on a wait is one that people notice, and one that they complain of. */
#define SLOW_NS (4 * NSEC_PER_MSEC)
#define BAD_NS (64 * NSEC_PER_MSEC)

struct strip {
	const char *title;
	enum role role;
	enum latency_of which;
	const char *operation; /* NULL = the histogram has none */
};

static const struct strip strips[] = {
	{"Run queue", ROLE_CPU, LATENCY_OF_RUNQUEUE, NULL},
	{"Reads", ROLE_IO, LATENCY_OF_BLKIO, "read"},
	{"Writes", ROLE_IO, LATENCY_OF_BLKIO, "write"},
};

void one_latency_need(struct metric_set *set)
{
	metric_set_add_group(set, GROUP_latency);
}

/* --- headlines --- */

static void add_percentile(const struct latency_growth *g, const char *name, double share, struct str *out)
{
	double seconds;

	str_printf(out, "%s ", name);
	if (g && latency_percentile(g, share, &seconds))
		format_latency(out, seconds);
	else
		str_char(out, '-');
	str_add(out, "  ");
}

static double seconds_between(const struct comparison *c, size_t index)
{
	ptrdiff_t before = comparison_before(c, index);
	const struct snapshot *then = comparison_earlier(c);

	if (before < 0)
		return 0;
	return (double)(snapshot_entity(comparison_later(c), index)->monotonic_ns -
			snapshot_entity(then, (size_t)before)->monotonic_ns) /
	       (double)NSEC_PER_SEC;
}

static void headline(const struct scene *sc, struct rect area, const struct strip *strip)
{
	_cleanup_str_ struct str text = {0};
	struct latency_growth growth;
	bool there = latency_growth(sc->c, sc->index, strip->which, strip->operation, &growth);
	const struct latency_growth *g = there ? &growth : NULL;
	double seconds = there ? seconds_between(sc->c, sc->index) : 0;
	int x = canvas_text(sc->canvas, area.y, area.x, area.cols, strip->role, strip->title) + 1;

	add_percentile(g, "p50", 0.5, &text);
	add_percentile(g, "p90", 0.9, &text);
	add_percentile(g, "p99", 0.99, &text);
	if (seconds > 0) {
		number_rounded(&text, (double)growth.count / seconds, 0);
		str_add(&text, "/s");
	}
	canvas_text(sc->canvas, area.y, area.x + x, area.cols - x, ROLE_STRONG, text.data ? text.data : "");
}

/* --- maps --- */

/* The growth that the picture `back` before the one that is shown has; false where it has none. */
static bool growth_back(const struct scene *sc, const struct strip *strip, size_t back,
			struct latency_growth *g)
{
	const struct comparison *c = history_picture(sc->app->history, sc->app->back + back);
	ptrdiff_t index = c ? snapshot_find(comparison_later(c), sc->e->id) : -1;

	return index >= 0 && latency_growth(c, (size_t)index, strip->which, strip->operation, g);
}

/* Band b of n has buckets from the first of these to before the second; the last has those that are left. */
static size_t band_start(size_t band, size_t n)
{
	return band * LATENCY_SLOTS / n;
}

static enum role band_role(const struct strip *strip, size_t first_bucket)
{
	uint64_t from = first_bucket ? latency_bound_ns(first_bucket - 1) : 0;

	return from >= BAD_NS ? ROLE_BAD : from >= SLOW_NS ? ROLE_WARNING : strip->role;
}

static double band_share(const struct latency_growth *g, size_t band, size_t n)
{
	uint64_t count = 0;

	for (size_t i = band_start(band, n); i < band_start(band + 1, n); i++)
		count += g->counts[i];
	return g->count ? (double)count / (double)g->count : 0;
}

/* Several rows: where the waits of each sample lie. */
static void draw_map(const struct scene *sc, struct rect plot, const struct strip *strip)
{
	size_t bands = (size_t)plot.rows;

	for (int i = 0; i < plot.cols; i++) {
		struct latency_growth g;

		if (!growth_back(sc, strip, (size_t)i, &g))
			continue;
		for (size_t b = 0; b < bands; b++)
			glyph_shade(sc->canvas, plot.y + plot.rows - 1 - (int)b, plot.x + plot.cols - 1 - i,
				    band_role(strip, band_start(b, bands)), band_share(&g, b, bands));
	}
}

/* One row: how long the slowest hundredth took, by shade. */
static void draw_line(const struct scene *sc, struct rect plot, const struct strip *strip)
{
	for (int i = 0; i < plot.cols; i++) {
		struct latency_growth g;
		double seconds;
		size_t bucket = 0;

		if (!growth_back(sc, strip, (size_t)i, &g) || !latency_percentile(&g, 0.99, &seconds))
			continue;
		while (bucket < LATENCY_BOUNDS &&
		       (double)latency_bound_ns(bucket) < seconds * (double)NSEC_PER_SEC)
			bucket++;
		glyph_shade(sc->canvas, plot.y, plot.x + plot.cols - 1 - i, band_role(strip, bucket),
			    (double)(bucket + 1) / LATENCY_SLOTS);
	}
}

static void draw_axis(const struct scene *sc, struct rect area)
{
	size_t bands = (size_t)area.rows;

	for (size_t b = 0; b < bands; b++) {
		_cleanup_str_ struct str label = {0};
		size_t end = band_start(b + 1, bands);
		size_t bound = end < LATENCY_SLOTS ? end - 1 : band_start(b, bands) - 1;

		if (end == LATENCY_SLOTS)
			str_char(&label, '>');
		format_latency(&label, (double)latency_bound_ns(bound) / (double)NSEC_PER_SEC);
		canvas_text_right(sc->canvas, area.y + area.rows - 1 - (int)b, area.x, AXIS - 1, ROLE_DIM,
				  label.data ? label.data : "");
	}
}

static void draw_strip(const struct scene *sc, struct rect area, const struct strip *strip)
{
	struct rect plot = {area.y + 1, area.x + AXIS, area.rows - 1, area.cols - AXIS};

	if (area.rows < 1)
		return;
	headline(sc, area, strip);
	if (plot.rows > BANDS_MAX)
		plot.rows = BANDS_MAX;
	if (plot.rows < 1 || plot.cols < 4)
		return;
	if (plot.rows == 1) {
		canvas_text_right(sc->canvas, plot.y, area.x, AXIS - 1, ROLE_DIM, "p99");
		draw_line(sc, plot, strip);
		return;
	}
	draw_axis(sc, (struct rect){plot.y, area.x, plot.rows, AXIS});
	draw_map(sc, plot, strip);
}

/* --- traffic --- */

static void add_rate(const struct scene *sc, const char *name, enum metric_id id, struct str *out)
{
	double rate = 0;
	bool there = comparison_rate(sc->c, sc->index, id, &rate);

	str_printf(out, "%s ", name);
	if (metrics[id].unit == UNIT_BYTES) {
		one_byte_rate(out, there, rate);
	} else if (there) {
		number_rounded(out, rate, 0);
		str_add(out, "/s");
	} else {
		str_char(out, '-');
	}
	str_add(out, "  ");
}

static void traffic_line(const struct scene *sc, struct rect area)
{
	_cleanup_str_ struct str text = {0};
	int x = canvas_text(sc->canvas, area.y, area.x, area.cols, ROLE_NETWORK, "Its sockets") + 1;

	add_rate(sc, "rx", METRIC_CGROUP_RX_BYTES, &text);
	add_rate(sc, "tx", METRIC_CGROUP_TX_BYTES, &text);
	add_rate(sc, "packets in", METRIC_CGROUP_RX_PACKETS, &text);
	add_rate(sc, "out", METRIC_CGROUP_TX_PACKETS, &text);
	add_rate(sc, "sent again", METRIC_TCP_RETRANSMITS, &text);
	canvas_text(sc->canvas, area.y, area.x + x, area.cols - x, ROLE_STRONG, text.data ? text.data : "");
}

/* Nothing of the group is in the sample that is shown. */
static bool is_measured(const struct scene *sc)
{
	uint64_t value;

	return snapshot_get(sc->s, sc->index, METRIC_RUNQUEUE_LATENCY_COUNT, &value) ||
	       snapshot_get(sc->s, sc->index, METRIC_CGROUP_RX_BYTES, &value) ||
	       snapshot_sum(sc->s, sc->index, METRIC_BLKIO_LATENCY_COUNT, &value);
}

void one_latency_draw(const struct scene *sc, struct rect area)
{
	struct rect parts[ARRAY_SIZE(strips)];
	struct rect above = {area.y, area.x, area.rows - 1, area.cols};

	sc->one->lines = sc->one->window = 0;
	if (area.rows < 1)
		return;
	if (!is_measured(sc)) {
		canvas_text(sc->canvas, area.y, area.x + 1, area.cols - 1, ROLE_DIM,
			    "not measured: the next samples have it, or 'plimsoll doctor' says why not");
		return;
	}
	one_split(above, ARRAY_SIZE(strips), parts);
	for (size_t i = 0; i < ARRAY_SIZE(strips); i++)
		draw_strip(sc, parts[i], &strips[i]);
	traffic_line(sc, (struct rect){area.y + area.rows - 1, area.x, 1, area.cols});
}
