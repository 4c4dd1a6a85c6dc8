/* SPDX-License-Identifier: Apache-2.0 */
/* Columns of tables, CSV and the dashboard: composed ones (columns.def) and one for each metric that has a
 * header. */
#pragma once

#include "base/str.h"
#include "model/derive.h"

enum column_align { ALIGN_LEFT, ALIGN_RIGHT };

struct column {
	const char *key;     /* "cpu": what --columns and --sort take, and CSV's header */
	const char *header;  /* "CPU %" */
	const char *aliases; /* further names, separated by '|': docker's, cgtop's, ctop's, htop's */
	enum column_align align;
	const char *help;
	/* Adds the metrics it is made from. */
	void (*need)(const struct column *col, struct metric_set *set);
	/* The cell for people; "-" where absent. Untrusted text is made printable. */
	void (*cell)(const struct column *col, const struct comparison *c, size_t index, struct str *out);
	/* The cell for machines: plain numbers in base units, "" where absent. */
	void (*plain)(const struct column *col, const struct comparison *c, size_t index, struct str *out);
	/* The sort key, a number; false where absent (sorted last). NULL: sorted by the plain cell as text.
	 */
	bool (*number)(const struct column *col, const struct comparison *c, size_t index, double *out);
	enum metric_id metric; /* of a metric's own column */
};

/* The column with this key, header or alias (case and spaces around do not matter), or NULL. */
const struct column *column_find(const char *name);

/* All columns: composed ones first, then the metrics' own. */
size_t column_count(void);
const struct column *column_at(size_t index);

/* Numbers for people: 1.5G, 12.3M/s, 3d4h. */
void format_bytes(struct str *out, double bytes);
void format_duration(struct str *out, uint64_t ns);
