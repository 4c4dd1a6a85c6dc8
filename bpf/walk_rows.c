/* SPDX-License-Identifier: Apache-2.0 */
#include "walk_rows.h"

#include <stdio.h>
#include <string.h>

static void set_device(const struct walk_columns *columns, const struct walk_io *row,
		       const struct walk_names *names, struct snapshot *s)
{
	char detail[32];
	const char *name = detail;
	ptrdiff_t series;

	/* as v2's file, which has no line for it */
	if (!columns->own_io && !(row->bytes[0] | row->bytes[1] | row->ios[0] | row->ios[1]))
		return;
	snprintf(detail, sizeof(detail), "%u:%u", row->major, row->minor);
	if (names && names->device)
		name = names->device(names->context, row->major, row->minor);
	series = snapshot_series(s, DIMENSION_DEVICE, name, strlen(name), detail);
	for (size_t i = 0; series >= 0 && i < columns->n; i++)
		if (columns->each[i].table == WALK_IO)
			snapshot_series_set(s, series, columns->each[i].id,
					    walk_column_value(&columns->each[i], row, 0));
}

void walk_rows_set_devices(const struct walk_columns *columns, const struct walk_io *io, size_t n,
			   const struct walk_names *names, struct snapshot *s)
{
	snapshot_looked_for(s, DIMENSION_DEVICE);
	for (size_t i = 0; i < n; i++)
		set_device(columns, &io[i], names, s);
}

void walk_rows_set(const struct walk_rows *rows, const struct walk_columns *columns, uint64_t page_size,
		   const struct walk_names *names, struct snapshot *s, size_t index)
{
	for (size_t i = 0; i < columns->n; i++) {
		const struct walk_column *column = &columns->each[i];

		if (rows->of[column->table])
			snapshot_set(s, index, column->id,
				     walk_column_value(column, rows->of[column->table], page_size));
	}
	if (rows->has_io)
		walk_rows_set_devices(columns, rows->io, rows->n_io, names, s);
}
