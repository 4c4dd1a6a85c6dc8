/* SPDX-License-Identifier: Apache-2.0 */
#include "exporter/table.h"

/* A field, quoted where RFC 4180 demands it. */
static void append_field(struct str *out, struct slice text)
{
	bool quote = false;

	for (size_t i = 0; i < text.len && !quote; i++)
		quote = strchr(",\"\r\n", text.at[i]) != NULL;
	if (!quote) {
		str_append(out, text.at, text.len);
		return;
	}
	str_char(out, '"');
	for (size_t i = 0; i < text.len; i++) {
		if (text.at[i] == '"')
			str_char(out, '"');
		str_char(out, text.at[i]);
	}
	str_char(out, '"');
}

static void append_row(struct str *out, const struct comparison *c, const struct table_options *o, size_t row)
{
	_cleanup_str_ struct str cell = {0};

	for (size_t i = 0; i < o->n_columns; i++) {
		const struct column *col = o->columns[i];

		str_clear(&cell);
		col->plain(col, c, o->rows[row], &cell);
		str_add(out, i ? "," : "");
		append_field(out, (struct slice){cell.data, cell.len});
	}
	out->failed |= cell.failed;
	str_add(out, "\r\n");
}

void table_csv(struct str *out, const struct comparison *c, const struct table_options *options, bool header)
{
	if (options->n_columns == 0)
		return;
	for (size_t i = 0; header && i < options->n_columns; i++) {
		str_add(out, i ? "," : "");
		append_field(out, slice_of(options->columns[i]->key));
	}
	str_add(out, header ? "\r\n" : "");
	for (size_t row = 0; row < options->n_rows; row++)
		append_row(out, c, options, row);
}
