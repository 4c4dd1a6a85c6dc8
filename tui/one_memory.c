/* SPDX-License-Identifier: Apache-2.0 */
/* Memory: how much, of what, and how near to its limits. */
#include "one.h"

#include "glyph.h"
#include "model/number.h"

#include <math.h>

#define PARTS 5

static const char *const memory_figures[] = {
	"memory_working_set_bytes",
	"memory_usage_bytes",
	"memory_peak_bytes",
	"memory_limit_bytes",
	"memory_high_bytes",
	"memory_reservation_bytes",
	"memory_min_bytes",
	"memory_swap_bytes",
	"memory_swap_max_bytes",
	"memory_mapped_file_bytes",
	"memory_active_file_bytes",
	"memory_inactive_file_bytes",
	"memory_file_dirty_bytes",
	"memory_pgmajfault",
	"memory_refault_file",
	"memory_failcnt",
	"oom_kills",
	"psi_mem",
};

static const enum metric_id part_ids[] = {METRIC_MEMORY_ANON, METRIC_MEMORY_FILE, METRIC_MEMORY_SHMEM,
					  METRIC_MEMORY_KERNEL, METRIC_MEMORY_SOCK};

void one_memory_need(struct metric_set *set)
{
	one_figures_need(memory_figures, ARRAY_SIZE(memory_figures), set);
	for (size_t i = 0; i < ARRAY_SIZE(part_ids); i++)
		metric_set_add(set, part_ids[i]);
	metric_set_add(set, METRIC_MEMORY_USAGE);
	metric_set_add(set, METRIC_MEMORY_WORKING_SET);
	metric_set_add(set, METRIC_MEMORY_LIMIT);
	metric_set_add(set, METRIC_MEMORY_HIGH);
}

struct part {
	const char *name;
	char letter;
	enum role role;
	bool there;
	double bytes;
};

/* Shared memory is counted as file too: it is taken out there. */
static void parts_of(const struct scene *sc, struct part parts[PARTS])
{
	static const struct part names[PARTS] = {{"anon", 'a', ROLE_MEMORY, false, 0},
						 {"file", 'f', ROLE_IO, false, 0},
						 {"shmem", 's', ROLE_NETWORK, false, 0},
						 {"kernel", 'k', ROLE_PRESSURE, false, 0},
						 {"sock", 'n', ROLE_CPU, false, 0}};

	for (size_t i = 0; i < PARTS; i++) {
		uint64_t value;

		parts[i] = names[i];
		parts[i].there = snapshot_get(sc->s, sc->index, part_ids[i], &value);
		parts[i].bytes = parts[i].there ? (double)value : 0;
	}
	if (parts[1].there && parts[2].there)
		parts[1].bytes = parts[1].bytes > parts[2].bytes ? parts[1].bytes - parts[2].bytes : 0;
}

static bool figure(const struct scene *sc, enum metric_id id, double *out)
{
	uint64_t value;

	if (!snapshot_get(sc->s, sc->index, id, &value))
		return false;
	*out = (double)value;
	return true;
}

/* What the bar is full with: the limit, or what is in use. */
static double whole_of(const struct scene *sc, const struct part parts[PARTS])
{
	double limit = one_memory_limit(sc, METRIC_MEMORY_LIMIT);
	double sum = 0;

	for (size_t i = 0; i < PARTS; i++)
		sum += parts[i].bytes;
	return isfinite(limit) && limit > 0 ? limit : sum;
}

static void memory_bar(const struct scene *sc, int y, struct rect area)
{
	struct part parts[PARTS];
	struct bar_part bar[PARTS];
	double whole;

	parts_of(sc, parts);
	whole = whole_of(sc, parts);
	for (size_t i = 0; i < PARTS; i++)
		bar[i] = (struct bar_part){whole > 0 ? parts[i].bytes / whole : 0, parts[i].role,
					   parts[i].letter};
	glyph_stacked_bar(sc->canvas, y, area.x, area.cols, bar, PARTS);
}

static void legend(const struct scene *sc, int y, struct rect area)
{
	struct part parts[PARTS];
	int x = 0;

	parts_of(sc, parts);
	for (size_t i = 0; i < PARTS && x < area.cols; i++) {
		_cleanup_str_ struct str text = {0};

		str_printf(&text, "%c ", parts[i].letter);
		x += canvas_text(sc->canvas, y, area.x + x, area.cols - x, parts[i].role,
				 text.data ? text.data : "");
		str_clear(&text);
		str_printf(&text, "%s ", parts[i].name);
		one_bytes(&text, parts[i].there, parts[i].bytes);
		x += canvas_text(sc->canvas, y, area.x + x, area.cols - x, ROLE_TEXT,
				 text.data ? text.data : "") +
		     2;
	}
}

static void memory_headline(const struct scene *sc, struct rect area)
{
	_cleanup_str_ struct str text = {0};
	double limit = one_memory_limit(sc, METRIC_MEMORY_LIMIT);
	double high = one_memory_limit(sc, METRIC_MEMORY_HIGH);
	double used = 0, current = 0;
	bool there = figure(sc, METRIC_MEMORY_WORKING_SET, &used);
	int x = canvas_text(sc->canvas, area.y, area.x, area.cols, ROLE_MEMORY, "Memory ");

	one_bytes(&text, there, used);
	if (isfinite(limit)) {
		str_add(&text, " of ");
		format_bytes(&text, limit);
		if (there && limit > 0) {
			str_char(&text, ' ');
			one_percent(&text, true, used / limit);
		}
	}
	if (figure(sc, METRIC_MEMORY_USAGE, &current)) {
		str_add(&text, "  with cache ");
		format_bytes(&text, current);
	}
	if (isfinite(high)) {
		str_add(&text, "  high ");
		format_bytes(&text, high);
	}
	canvas_text(sc->canvas, area.y, area.x + x, area.cols - x, ROLE_STRONG, text.data ? text.data : "");
}

static void memory_chart(const struct scene *sc, struct rect area)
{
	double limit = one_memory_limit(sc, METRIC_MEMORY_LIMIT);
	double high = one_memory_limit(sc, METRIC_MEMORY_HIGH);
	struct one_chart chart = {FIGURE_MEMORY, ROLE_MEMORY, FIGURE_BYTES, limit, "0"};

	if (isfinite(high) && !(high >= limit))
		chart.limit = high;
	one_charts(sc, area, &chart, 1);
}

void one_memory_panel(const struct scene *sc, struct rect area)
{
	if (area.rows < 1)
		return;
	memory_headline(sc, area);
	if (area.rows > 1)
		memory_bar(sc, area.y + 1, area);
	if (area.rows > 3)
		legend(sc, area.y + 2, area);
	area.y += area.rows > 3 ? 3 : 2;
	area.rows -= area.rows > 3 ? 3 : 2;
	memory_chart(sc, area);
}

void one_memory_draw(const struct scene *sc, struct rect area)
{
	struct rect above = area, below = area;

	above.rows = area.rows >= 12 ? area.rows / 2 : area.rows >= 6 ? 3 : 1;
	below.y += above.rows;
	below.rows -= above.rows;
	one_memory_panel(sc, above);
	one_figures(sc, below, memory_figures, ARRAY_SIZE(memory_figures));
}
