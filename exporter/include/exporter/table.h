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

/* Aligned columns with a header; display width by wcwidth. */
void table_text(struct str *out, const struct comparison *c, const struct table_options *options);

/* RFC 4180, one header line first if `header`. */
void table_csv(struct str *out, const struct comparison *c, const struct table_options *options, bool header);

/*
 * One JSON object a line (RFC 8259): identity, class, path, every metric of the snapshot by its JSON key in
 * base units (seconds with decimals, bytes, ratios), dimension metrics as arrays of objects, rates where
 * there are any. Absent is null.
 */
void table_json(struct str *out, const struct comparison *c, const struct table_options *options);
