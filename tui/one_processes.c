/* SPDX-License-Identifier: Apache-2.0 */
/* Processes of a container: taken with each picture while the tab is open. */
#include "one.h"

#include "model/number.h"

#include <stdlib.h>
#include <string.h>

/* CPU of each of `now`, by its place in the list; NAN-free: negative = not known yet. */
static double cpu_of(const struct one *one, const struct process *p)
{
	const struct process_list *then = &one->then;
	size_t low = 0, high = then->n;

	while (low < high) { /* sorted by pid */
		size_t middle = low + (high - low) / 2;

		if (then->items[middle].pid < p->pid)
			low = middle + 1;
		else
			high = middle;
	}
	if (low == then->n || then->items[low].pid != p->pid ||
	    then->items[low].start_ticks != p->start_ticks || then->items[low].cpu_ns > p->cpu_ns ||
	    one->now.taken_ns <= then->taken_ns)
		return -1;
	return (double)(p->cpu_ns - then->items[low].cpu_ns) / (double)(one->now.taken_ns - then->taken_ns);
}

static int by_pid(const void *a, const void *b)
{
	const struct process *left = a, *right = b;

	return (left->pid > right->pid) - (left->pid < right->pid);
}

static int by_cpu(const void *a, const void *b, void *context)
{
	const struct one *one = context;
	const struct process *left = &one->now.items[*(const size_t *)a];
	const struct process *right = &one->now.items[*(const size_t *)b];
	double l = cpu_of(one, left), r = cpu_of(one, right);

	if (l < r)
		return 1;
	if (l > r)
		return -1;
	return by_pid(left, right);
}

static void sort(struct one *one)
{
	free(one->order);
	one->order = calloc(one->now.n ? one->now.n : 1, sizeof(*one->order));
	for (size_t i = 0; one->order && i < one->now.n; i++)
		one->order[i] = i;
	if (one->order)
		qsort_r(one->order, one->now.n, sizeof(*one->order), by_cpu, one);
}

void one_processes_take(struct one *one, struct app *app)
{
	const struct tui_details *details = app->options->details;
	struct process_list list = one->then; /* its memory is used again */
	struct error err = {0};
	int r;

	if (!details || !details->processes)
		return;
	list.items = NULL;
	list.n = 0;
	arena_reset(&list.arena);
	r = details->processes(details->context, &one->target, &list.arena, &list.items, &list.n, &err);
	one->processes_failed = r < 0;
	if (r < 0) {
		one->then = (struct process_list){.arena = list.arena};
		one->processes_error = err;
		return;
	}
	if (list.n > PROCESSES_MAX)
		list.n = PROCESSES_MAX;
	list.taken_ns = app->now();
	if (list.n)
		qsort(list.items, list.n, sizeof(*list.items), by_pid);
	one->then = one->now;
	one->now = list;
	sort(one);
}

void one_processes_free(struct one *one)
{
	arena_free(&one->now.arena);
	arena_free(&one->then.arena);
	free(one->order);
}

static void process_row(const struct scene *sc, int y, struct rect area, const struct process *p)
{
	double cpu = cpu_of(sc->one, p);
	_cleanup_str_ struct str percent = {0}, memory = {0};
	bool narrow = area.cols < 60;
	int x = area.x;

	one_percent(&percent, cpu >= 0, cpu);
	format_bytes(&memory, (double)p->memory_bytes);
	x += canvas_printf(sc->canvas, y, x, 7, ROLE_TEXT, "%7d", (int)p->pid);
	if (!narrow)
		canvas_printf(sc->canvas, y, x, 7, ROLE_TEXT, "%7u", (unsigned)p->uid);
	x += narrow ? 0 : 7;
	canvas_printf(sc->canvas, y, x, 2, p->state == 'D' ? ROLE_WARNING : ROLE_TEXT, " %c", p->state);
	x += 2;
	if (!narrow)
		canvas_printf(sc->canvas, y, x, 5, ROLE_TEXT, "%5u", (unsigned)p->threads);
	x += narrow ? 0 : 5;
	canvas_text_right(sc->canvas, y, x, 8, ROLE_TEXT, percent.data ? percent.data : "-");
	canvas_text_right(sc->canvas, y, x + 8, 10, ROLE_TEXT, memory.data ? memory.data : "-");
	canvas_text(sc->canvas, y, x + 19, area.x + area.cols - x - 19, ROLE_TEXT, p->command);
}

static const char *why_none(const struct scene *sc)
{
	const struct tui_details *details = sc->app->options->details;

	if (!details || !details->processes)
		return sc->app->options->replay ? "processes were not recorded"
						: "processes are not to be had";
	if (sc->one->processes_failed)
		return sc->one->processes_error.cause;
	return "no processes";
}

void one_processes_draw(const struct scene *sc, struct rect area)
{
	struct one *one = sc->one;
	struct roll roll;

	if (area.rows < 2)
		return;
	canvas_fill(sc->canvas, (struct rect){area.y, area.x, 1, area.cols}, ROLE_HEADER, ' ');
	canvas_text(sc->canvas, area.y, area.x, area.cols, ROLE_HEADER,
		    area.cols < 60 ? "    PID S    CPU%       MEM COMMAND"
				   : "    PID   USER S  THR    CPU%       MEM COMMAND");
	if (sc->app->shown != sc->app->live && one->now.n)
		canvas_text_right(sc->canvas, area.y, area.x + area.cols - 20, 20, ROLE_HEADER,
				  "(as they are now)");
	area.y++;
	area.rows--;
	roll = roll_begin(sc, area);
	if (!one->now.n || !one->order || one->processes_failed)
		canvas_text(sc->canvas, area.y, area.x + 1, area.cols - 1, ROLE_DIM, why_none(sc));
	for (size_t i = 0; one->order && i < one->now.n; i++) {
		int y = roll_line(&roll);

		if (y >= 0 && !one->processes_failed)
			process_row(sc, y, area, &one->now.items[one->order[i]]);
	}
	roll_end(&roll);
}
