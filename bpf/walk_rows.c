/* SPDX-License-Identifier: Apache-2.0 */
#include "walk_rows.h"

#include <stdio.h>
#include <string.h>

static ptrdiff_t series_of(uint32_t major, uint32_t minor, const struct walk_names *names, struct snapshot *s)
{
	char detail[32];
	const char *name = detail;

	snprintf(detail, sizeof(detail), "%u:%u", major, minor);
	if (names && names->device)
		name = names->device(names->context, major, minor);
	return snapshot_series(s, DIMENSION_DEVICE, name, strlen(name), detail);
}

static void set_device(const struct walk_columns *columns, const struct walk_io *row,
		       const struct walk_names *names, struct snapshot *s)
{
	ptrdiff_t series;

	/* as v2's file, which has no line for it */
	if (!columns->own_io && !(row->bytes[0] | row->bytes[1] | row->ios[0] | row->ios[1]))
		return;
	series = series_of(row->major, row->minor, names, s);
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

static void set_limit(const struct walk_columns *columns, const struct walk_limit *row,
		      const struct walk_names *names, struct snapshot *s)
{
	ptrdiff_t series = series_of(row->major, row->minor, names, s);

	for (size_t i = 0; series >= 0 && i < columns->n; i++) {
		uint64_t value;

		if (columns->each[i].table != WALK_LIMIT)
			continue;
		value = walk_column_value(&columns->each[i], row, 0);
		if (value != UNLIMITED || !columns->own_io)
			snapshot_series_set(s, series, columns->each[i].id, value);
	}
}

void walk_rows_set_limits(const struct walk_columns *columns, const struct walk_limit *limits, size_t n,
			  const struct walk_names *names, struct snapshot *s)
{
	snapshot_looked_for(s, DIMENSION_DEVICE);
	for (size_t i = 0; i < n; i++)
		set_limit(columns, &limits[i], names, s);
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
