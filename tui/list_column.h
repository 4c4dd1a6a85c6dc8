/* SPDX-License-Identifier: Apache-2.0 */
/* Columns of the main screen: every column of the model in a width of its own, and some that only a screen
 * has: sparklines, bars, figures that belong together. */
#pragma once

#include "app.h"
#include "canvas.h"
#include "model/column.h"

enum list_shape {
	SHAPE_CELL,    /* the model's cell */
	SHAPE_CPU,     /* by settings.cpu_scale */
	SHAPE_PERCENT, /* of a ratio */
	SHAPE_ALARM,   /* a percentage with a mark where it hurts */
	SHAPE_BYTES,
	SHAPE_COUNT,
	SHAPE_LIMIT, /* bytes or a count, nothing for a group */
	SHAPE_SPARK, /* the last minute of `figure` */
	SHAPE_BAR,   /* of a ratio */
	SHAPE_PSI,   /* three shares */
	SHAPE_VERDICT,
};

struct list_column {
	const struct column *column; /* its key, what it needs, how it sorts; never NULL */
	const char *header;	     /* short */
	int width;
	enum list_shape shape;
	enum figure figure;
};

/* By key, header or alias. False where there is none. */
bool list_column_find(const char *name, struct list_column *out);
/* All there are: those of the screen first. False beyond the last. */
bool list_column_at(size_t n, struct list_column *out);

/* What is sorted by: the column itself, but for CPU by its scale. */
const struct column *list_column_sorts(const struct list_column *col, enum cpu_scale scale);
/* The header, by the scale for CPU. */
const char *list_column_header(const struct list_column *col, enum cpu_scale scale);
void list_column_need(const struct list_column *col, struct metric_set *need);

/* Draws the cell of line n of app->list. */
void list_column_draw(const struct list_column *col, struct app *app, size_t n, struct canvas *canvas, int y,
		      int x, int width, enum role role);

/* "811M", "1.6G", "0": at most five columns. */
void compact_bytes(struct str *out, double bytes);
/* "931", "12k", "3.4M" */
void compact_count(struct str *out, double count);
