/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A table of 64-bit cells, column by column, and its bytes: what has changed since the same table of the
 * snapshot before. Everything in a block is such a table: the host, who the entities are, their values, their
 * series.
 */
#pragma once

#include "wire.h"

#define NEW_ROW UINT32_MAX

struct table {
	size_t rows;
	size_t columns;
	size_t cap;	  /* cells there is room for */
	uint64_t *values; /* [column * rows + row]; what an absent cell holds is table_encode's business */
	unsigned char *valid; /* 0 or 1 each */
	uint32_t *from;	      /* the row of the table before that each row goes on from, or NEW_ROW */
};

/* Makes it rows × columns, every cell absent. 0 or -ENOMEM. */
int table_shape(struct table *t, size_t rows, size_t columns);
void table_free(struct table *t);

static inline void table_set(struct table *t, size_t row, size_t column, uint64_t value)
{
	t->values[column * t->rows + row] = value;
	t->valid[column * t->rows + row] = 1;
}

/* The cell, or `absent`. */
static inline uint64_t table_get(const struct table *t, size_t row, size_t column, uint64_t absent)
{
	return t->valid[column * t->rows + row] ? t->values[column * t->rows + row] : absent;
}

/* Appends `now` as seen from `before`, which has as many columns, or none. */
void table_encode(struct table *now, const struct table *before, struct str *out);

/* The other way round; at most max_cells. 0, -EBADMSG or -ENOMEM. */
int table_decode(struct table *now, const struct table *before, size_t columns, size_t max_cells,
		 struct wire *from);
