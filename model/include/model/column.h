/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Columns of tables, CSV and the dashboard: composed ones (columns.def), and one for each metric that has a
 * header.
 */
#pragma once

#include "base/str.h"
#include "model/derive.h"
#include "model/number.h"

enum column_align { ALIGN_LEFT, ALIGN_RIGHT };

struct column {
	const char *key;     /* "cpu": what --columns and --sort take, and CSV's header */
	const char *header;  /* "CPU %" */
	const char *aliases; /* further names, separated by '|': docker's, cgtop's, ctop's, htop's */
	const char *help;
	/* Adds the metrics it is made from. */
	void (*need)(const struct column *col, struct metric_set *set);
	/* The cell for people; "-" where absent. Untrusted text is made printable. */
	void (*cell)(const struct column *col, const struct comparison *c, size_t index, struct str *out);
	/*
	 * The cell for machines: plain numbers in base units (a share of time or of a limit is a ratio), the
	 * total of a metric's own column even where people see its rate, two figures as "1/2", "max" for a
	 * limit that is none, and "" where absent.
	 */
	void (*plain)(const struct column *col, const struct comparison *c, size_t index, struct str *out);
	/* The sort key; false where absent (sorted last). NULL: sorted by the plain cell as text. */
	bool (*number)(const struct column *col, const struct comparison *c, size_t index, double *out);
	enum column_align align;
	enum metric_id metric; /* of a metric's own column, or what a composed one is mostly made from */
};

/*
 * The column with this key, header or alias, or NULL. Neither case nor spaces matter ("CPU%" is "CPU %"), and
 * composed columns come before the metrics' own.
 */
const struct column *column_find(const char *name);

/* All columns: composed ones first, then the metrics' own. */
size_t column_count(void);
const struct column *column_at(size_t index);

/* "host", "container", "service", "group", "slice", "inner", "helper": in CLASS, JSON and labels. */
const char *entity_class_name(enum entity_class c);
