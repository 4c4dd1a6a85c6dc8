/* SPDX-License-Identifier: Apache-2.0 */
/* The main screen, between its files. */
#pragma once

#include "tab.h"
#include "views.h"

#define LIST_COLUMNS_MAX 64

/* The lines of each part: y, rows; rows = 0: there is no room for it, or it is switched off. */
struct list_layout {
	int cols;
	int title_y, title_rows;
	int meters_y, meters_rows; /* 0, 1 or 3 */
	int tabs_y, tabs_rows;
	int header_y, header_rows;
	int body_y, body_rows;
	int strip_y, strip_rows;
	int bar_y, bar_rows;
};

/* Where a column stands; number -1 is NAME. */
struct list_place {
	int number;
	int x, width;
};

struct list_view {
	struct view view;
	size_t tab;
	size_t pan; /* columns left out behind NAME */
	struct list_column columns[LIST_COLUMNS_MAX];
	size_t n_columns;
	size_t event_top;
	/* As it was drawn last, for the mouse. */
	struct list_layout layout;
	struct list_place places[LIST_COLUMNS_MAX + 1];
	size_t n_places;
	int tab_x[TAB__COUNT], tab_cols[TAB__COUNT]; /* 0 columns: not drawn */
};

/* view_list_layout.c: pure. */
struct list_layout list_layout_of(int rows, int cols, bool meters, bool strip, bool events_tab);
/* NAME first; then from `pan` on what fits; the last one stays where it tells what limits a container. Their
 * count. */
size_t list_places(const struct list_column *columns, size_t n, size_t pan, int cols, struct list_place *out);

/* view_list_meters.c */
void view_list_title(struct app *app, struct canvas *canvas, const struct list_layout *at);
void view_list_meters(struct app *app, struct canvas *canvas, const struct list_layout *at);
void view_list_meters_need(struct metric_set *need);

/* view_list_tabs.c */
void view_list_tabs(struct list_view *v, struct app *app, struct canvas *canvas);

/* view_list_rows.c */
void view_list_rows(struct list_view *v, struct app *app, struct canvas *canvas);
/* 'R' running, 'P' paused, 'X' ended, 'E' empty, '?' not known. */
char view_list_state(const struct snapshot *s, size_t index);
/* What line n of the list is called. */
void view_list_name(struct app *app, size_t n, struct str *out);

/* view_list_events.c */
void view_list_strip(struct list_view *v, struct app *app, struct canvas *canvas);
void view_list_event_tab(struct list_view *v, struct app *app, struct canvas *canvas);
/* "1m: 1 OOM 3 throttle 2 exit" */
void view_list_counts(const struct app *app, struct str *out);
/* Warnings and worse in the last minute. */
uint64_t view_list_warnings(const struct app *app);

/* view_list_command.c */
bool view_list_command(struct view *view, struct app *app, enum command command, const struct key *key);
void view_list_open_tab(struct list_view *v, struct app *app, size_t tab);
/* The tab's columns anew, and what they need. */
void view_list_columns(struct list_view *v, struct app *app);

/* For the dialogs: the list at the bottom of the stack; its settings have changed. */
struct list_view *view_list_of(const struct app *app);
/* Sorts, and remembers it in the settings. */
void view_list_sort(struct app *app, const struct column *column, bool reversed);
