/* SPDX-License-Identifier: Apache-2.0 */
/* Limits of a container, edited in place. */
#include "one.h"

#include "dialog_private.h"
#include "model/column.h"
#include "model/verdict.h"
#include "wrap.h"

/* What is shown where nothing can be done: in a replay. */
static const struct action_limit plain_limits[] = {
	{"cpus", "CPUs", "", "cpu_limit"},
	{"cpu-weight", "CPU weight", "", "cpu_weight"},
	{"cpuset-cpus", "CPU set", "", "cpuset_cpus"},
	{"memory", "Memory", "", "memory_limit_bytes"},
	{"memory-high", "Memory, high", "", "memory_high_bytes"},
	{"memory-reservation", "Memory, reserved", "", "memory_reservation_bytes"},
	{"memory-swap", "Swap", "", "memory_swap_max_bytes"},
	{"pids-limit", "Threads", "", "threads_max"},
	{"io-weight", "I/O weight", "", "io_weight"},
};

static const struct action_limit *limits_of(const struct app *app, size_t *n)
{
	const struct action_table *table = app->options->actions;

	if (table && table->n_limits) {
		*n = table->n_limits;
		return table->limits;
	}
	*n = ARRAY_SIZE(plain_limits);
	return plain_limits;
}

/* The limits are the same for every view, and what they are made from is cheap: all of them. */
void one_limits_need(struct metric_set *set)
{
	for (size_t i = 0; i < ARRAY_SIZE(plain_limits); i++) {
		const struct column *column = column_find(plain_limits[i].column);

		if (column)
			column->need(column, set);
	}
	verdict_need(set);
}

static void limit_row(const struct scene *sc, int y, struct rect area, const struct action_limit *limit,
		      bool selected)
{
	_cleanup_str_ struct str value = {0};
	int title = area.cols >= 60 ? 24 : 16;

	limit_show(limit, sc->c, sc->index, &value);
	canvas_text(sc->canvas, y, area.x + 2, title, ROLE_TEXT, limit->title);
	canvas_text_right(sc->canvas, y, area.x + 2 + title, 14, ROLE_STRONG, value.data ? value.data : "-");
	canvas_text(sc->canvas, y, area.x + title + 18, area.cols - title - 18, ROLE_DIM, limit->notation);
	if (selected) {
		canvas_role(sc->canvas, (struct rect){y, area.x, 1, area.cols}, ROLE_SELECTED);
		canvas_put(sc->canvas, y, area.x, ROLE_SELECTED, '>');
	}
}

static void hint_of(const struct scene *sc, struct str *out)
{
	struct verdict v;

	verdict_of(sc->c, sc->index, &v);
	if (v.limiter != LIMITER_NONE)
		verdict_explain(&v, sc->c, sc->index, out);
}

void one_limits_draw(const struct scene *sc, struct rect area)
{
	_cleanup_str_ struct str hint = {0};
	size_t n;
	const struct action_limit *limits = limits_of(sc->app, &n);
	struct roll roll;
	int lines;

	if (sc->canvas->rows < ONE_TALL) /* else the verdict above says it in full */
		hint_of(sc, &hint);
	lines = hint.len ? wrap_draw(NULL, (struct rect){0, 0, 0, area.cols - 2}, ROLE_NOTICE,
				     slice_of(hint.data))
			 : 0;
	if (lines && area.rows > lines + 3) {
		struct rect below = {area.y + area.rows - lines, area.x + 1, lines, area.cols - 2};

		wrap_draw(sc->canvas, below, ROLE_NOTICE, slice_of(hint.data));
		area.rows -= lines + 1;
	}
	roll = roll_begin(sc, area);
	for (size_t i = 0; i < n; i++) {
		int y = roll_line(&roll);

		if (y >= 0)
			limit_row(sc, y, area, &limits[i], i == sc->one->cursor);
	}
	roll_end(&roll);
}

void one_limits_edit(struct one *one, struct app *app)
{
	const struct action_table *table = app->options->actions;
	const struct action *action = NULL;
	const char *why;

	for (size_t i = 0; table && i < table->n && !action; i++) {
		if (table->items[i].input == INPUT_LIMIT)
			action = &table->items[i];
	}
	if (!action || one->cursor >= table->n_limits) {
		app_say(app, ROLE_WARNING, "there is no way to change a limit here");
		return;
	}
	why = app_refusal(app, action, &one->target);
	if (why)
		app_say(app, ROLE_WARNING, "%s: %s", action->title, why);
	else
		dialog_limit_edit(app, action, &one->target, 1, &table->limits[one->cursor]);
}
