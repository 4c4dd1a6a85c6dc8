/* SPDX-License-Identifier: Apache-2.0 */
/* Snapshots for people and scripts: JSON, CSV and aligned tables. They append to a string and never print. */
#pragma once

#include "model/column.h"
#include "model/derive.h"

struct table_options {
	const struct column *const *columns;
	size_t n_columns;
	const size_t *rows; /* entity indexes in order of display */
	size_t n_rows;
	size_t width; /* of the terminal; 0 = not cut */
};

/*
 * Aligned columns with a header line, three spaces between them; display width by wcwidth(3), so a caller has
 * set LC_CTYPE. Nothing is behind the last cell of a line. A line that is wider than `width` is cut.
 */
void table_text(struct str *out, const struct comparison *c, const struct table_options *options);

/*
 * RFC 4180 (lines end in CR LF), one header line of column keys first if `header`. Cells are the columns'
 * plain ones.
 */
void table_csv(struct str *out, const struct comparison *c, const struct table_options *options, bool header);

/*
 * One JSON object a line (RFC 8259) for each row; columns don't matter. Identity, class and path, then every
 * metric of the snapshot by its JSON key in base units: exact integers, seconds and ratios as exact decimals,
 * null where absent, "max" for a limit that is none. Dimension metrics stand in arrays of objects ("devices",
 * "interfaces", "nodes", "pagesizes", "rdma", "misc", "filesystems"), one an instance, where any of their
 * metrics was asked for. "rates" has the growth a second of every counter that has one, summed over instances
 * (CPU seconds a second, bytes a second). "limited_by" is what limits it: an object with "limiter", "share"
 * and "rate" (model/verdict.h, null where there is none), "device" and the path "limit_of" whose limit it is;
 * or null.
 */
void table_json(struct str *out, const struct comparison *c, const struct table_options *options);
