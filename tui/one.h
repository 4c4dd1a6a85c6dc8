/* SPDX-License-Identifier: Apache-2.0 */
/* The view of one container: what its tabs share. */
#pragma once

#include "app_private.h"
#include "views.h"

#define PROCESSES_MAX 20000
#define ONE_TALL 20 /* rows from which the verdict has two lines */

struct one_tab;

/* A list of processes and when it was taken. */
struct process_list {
	struct arena arena;
	struct process *items; /* in the arena */
	size_t n;
	uint64_t taken_ns;
};

struct one {
	struct view view;
	struct action_target target; /* pinned; renewed while it is in the picture */
	const struct one_tab *tab;
	/* The pictures that its figures come from: the one that is shown, or, once it has gone, the last that
	 * had it. */
	struct snapshot *last, *before;
	struct comparison *figures; /* of these two, once it is gone */
	bool gone;		    /* not in the picture that is shown */
	size_t cursor, top;	    /* of the tab's lines */
	size_t lines, window;	    /* how many there are, and fit, as drawn last */
	struct rect tabs[16];	    /* where they were drawn */
	struct rect roll;	    /* where the lines were drawn */
	struct process_list now, then;
	size_t *order; /* of `now`, by CPU */
	bool processes_failed;
	struct error processes_error;
};

/* What a tab is drawn from. */
struct scene {
	struct one *one;
	struct app *app;
	struct canvas *canvas;
	const struct comparison *c;
	const struct snapshot *s;
	const struct entity *e;
	size_t index;
};

struct one_tab {
	const char *name;
	void (*draw)(const struct scene *sc, struct rect area);
	void (*need)(struct metric_set *set);
	bool cursor; /* a line of it is selected */
};

/* one_panel.c: parts of the screen. */

/* Splits an area into `n` parts one below the other (with two columns where it is wide and n > 3), each with
 * a row at least; those that have none get rows = 0. */
void one_split(struct rect area, size_t n, struct rect *parts);

/* Lines that scroll: begin, then for each line roll_line (its row on the canvas, or -1 where it is out of
 * view), then end. */
struct roll {
	const struct scene *sc;
	struct rect area;
	size_t n;
};
struct roll roll_begin(const struct scene *sc, struct rect area);
int roll_line(struct roll *r);
void roll_end(struct roll *r);

enum figure_unit { FIGURE_PERCENT, FIGURE_BYTES };
struct one_chart {
	enum figure figure;
	enum role role;
	enum figure_unit unit;
	double limit; /* NAN = none */
	const char *label;
};
/* Charts side by side; each has its top and its label at its left. */
void one_charts(const struct scene *sc, struct rect area, const struct one_chart *charts, size_t n);

/* Columns of the model as "NAME value" in a grid that scrolls. */
void one_figures(const struct scene *sc, struct rect area, const char *const *keys, size_t n);
void one_figures_need(const char *const *keys, size_t n, struct metric_set *set);

/* "12.3%", "1.2MiB", "1.2MiB/s"; "-" where it is absent. */
void one_percent(struct str *out, bool there, double ratio);
void one_bytes(struct str *out, bool there, double bytes);
void one_byte_rate(struct str *out, bool there, double rate);

/* The smallest limit from it up to the root; NAN where there is none. */
double one_cpu_limit(const struct scene *sc); /* CPUs */
double one_memory_limit(const struct scene *sc, enum metric_id metric);

/* Growth a second of one instance's counter. */
bool one_series_rate(const struct scene *sc, const struct series *series, enum metric_id id, double *out);

/* The panels of the overview, each of at least one row. */
void one_cpu_panel(const struct scene *sc, struct rect area);	   /* one_charts.c */
void one_net_panel(const struct scene *sc, struct rect area);	   /* one_charts.c */
void one_io_panel(const struct scene *sc, struct rect area);	   /* one_charts.c */
void one_pressure_panel(const struct scene *sc, struct rect area); /* one_pressure.c */
void one_memory_panel(const struct scene *sc, struct rect area);   /* one_memory.c */

/* The tabs. */
void one_overview_draw(const struct scene *sc, struct rect area);
void one_overview_need(struct metric_set *set);
void one_cpu_draw(const struct scene *sc, struct rect area);
void one_cpu_need(struct metric_set *set);
void one_memory_draw(const struct scene *sc, struct rect area);
void one_memory_need(struct metric_set *set);
void one_io_draw(const struct scene *sc, struct rect area);
void one_io_need(struct metric_set *set);
void one_net_draw(const struct scene *sc, struct rect area);
void one_net_need(struct metric_set *set);
void one_pressure_draw(const struct scene *sc, struct rect area);
void one_pressure_need(struct metric_set *set);
void one_latency_draw(const struct scene *sc, struct rect area);
void one_latency_need(struct metric_set *set);
void one_processes_draw(const struct scene *sc, struct rect area);
void one_limits_draw(const struct scene *sc, struct rect area);
void one_limits_need(struct metric_set *set);
void one_namespaces_draw(const struct scene *sc, struct rect area);
void one_namespaces_need(struct metric_set *set);
void one_events_draw(const struct scene *sc, struct rect area);

/* one_processes.c: takes a list; and frees all of them. */
void one_processes_take(struct one *one, struct app *app);
void one_processes_free(struct one *one);

/* one_limits.c: Enter. */
void one_limits_edit(struct one *one, struct app *app);
