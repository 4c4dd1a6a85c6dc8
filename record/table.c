/* SPDX-License-Identifier: Apache-2.0 */
#include "table.h"

#include <errno.h>
#include <stdlib.h>

/* How the rows are numbered. */
enum { ROWS_GO_ON, ROWS_LISTED };

/* What stands in front of a column: which bitmaps follow, and what the differences are divided by. */
#define COLUMN_VALID 0x01U  /* cells became present or absent */
#define COLUMN_VALUES 0x02U /* cells have another value */
#define COLUMN_DIVISOR_SHIFT 2
#define COLUMN_KNOWN_BITS 0x0FU

/* Clock ticks, microseconds and pages as nanoseconds and bytes: the largest that goes into all of a column.
 */
static const int64_t divisors[] = {1, 10000000, 4096, 1000};
#define N_DIVISORS (sizeof(divisors) / sizeof(divisors[0]))

int table_shape(struct table *t, size_t rows, size_t columns)
{
	size_t cells = rows * columns;

	if (cells > t->cap || !t->values) {
		size_t cap = cells + cells / 4 + 1;
		uint64_t *values = malloc(cap * sizeof(*values));
		unsigned char *valid = malloc(cap);

		free(t->values);
		free(t->valid);
		t->values = values;
		t->valid = valid;
		t->cap = values && valid ? cap : 0;
		t->rows = 0;
		if (!t->cap)
			return -ENOMEM;
	}
	if (rows > t->rows || !t->from) {
		uint32_t *from = realloc(t->from, (rows + 1) * sizeof(*from));

		if (!from)
			return -ENOMEM;
		t->from = from;
	}
	t->rows = rows;
	t->columns = columns;
	memset(t->valid, 0, cells);
	return 0;
}

void table_free(struct table *t)
{
	free(t->values);
	free(t->valid);
	free(t->from);
	*t = (struct table){0};
}

/* What a cell is measured against: the same cell before, or the one above it. */
struct base {
	uint64_t value;
	unsigned char valid;
};

static inline struct base base_of(const struct table *now, const struct table *before, size_t column,
				  size_t row)
{
	size_t at = column * now->rows + row;
	uint32_t from = now->from[row];

	if (from != NEW_ROW)
		return (struct base){before->values[column * before->rows + from],
				     before->valid[column * before->rows + from]};
	return (struct base){row ? now->values[at - 1] : 0, 0};
}

/* --- writing --- */
static bool rows_go_on(const struct table *now, const struct table *before)
{
	if (now->rows < before->rows)
		return false;
	for (size_t i = 0; i < now->rows; i++)
		if (now->from[i] != (i < before->rows ? (uint32_t)i : NEW_ROW))
			return false;
	return true;
}

static void encode_rows(const struct table *now, const struct table *before, struct str *out)
{
	int64_t expected = 0;

	wire_put(out, now->rows);
	if (rows_go_on(now, before)) {
		wire_put(out, ROWS_GO_ON);
		return;
	}
	wire_put(out, ROWS_LISTED);
	for (size_t i = 0; i < now->rows; i++) {
		if (now->from[i] == NEW_ROW) {
			wire_put(out, 0);
			continue;
		}
		wire_put(out, 1 + wire_fold((int64_t)now->from[i] - expected));
		expected = (int64_t)now->from[i] + 1;
	}
}

/* What has changed in a column. */
struct changes {
	size_t n_valid;
	size_t n_values;
	unsigned divisor; /* index */
};

static struct changes look_at_column(struct table *now, const struct table *before, size_t column)
{
	bool fits[N_DIVISORS] = {true, true, true, true};
	struct changes c = {0};

	for (size_t row = 0; row < now->rows; row++) {
		size_t at = column * now->rows + row;
		struct base base = base_of(now, before, column, row);
		int64_t difference;

		c.n_valid += now->valid[at] != base.valid;
		if (!now->valid[at])
			now->values[at] =
				base.value; /* so that what comes back later is measured against it */
		if (now->values[at] == base.value)
			continue;
		c.n_values++;
		difference = (int64_t)(now->values[at] - base.value);
		for (size_t d = 1; d < N_DIVISORS; d++)
			fits[d] = fits[d] && difference % divisors[d] == 0;
	}
	for (unsigned d = 1; c.n_values && c.divisor == 0 && d < N_DIVISORS; d++)
		if (fits[d])
			c.divisor = d;
	return c;
}

/* Two passes over the column: a bitmap of what has changed, then, of values, the differences. */
static void encode_valid(const struct table *now, const struct table *before, size_t column, char *bitmap)
{
	for (size_t row = 0; row < now->rows; row++)
		if (now->valid[column * now->rows + row] != base_of(now, before, column, row).valid)
			bitmap[row / 8] = (char)(bitmap[row / 8] | 1 << row % 8);
}

static void encode_values(const struct table *now, const struct table *before, size_t column, int64_t divisor,
			  char *bitmap, struct str *out)
{
	for (size_t row = 0; row < now->rows; row++) {
		uint64_t value = now->values[column * now->rows + row];
		uint64_t base = base_of(now, before, column, row).value;

		if (value == base)
			continue;
		bitmap[row / 8] = (char)(bitmap[row / 8] | 1 << row % 8);
		out->len += wire_encode(out->data + out->len, wire_fold((int64_t)(value - base) / divisor));
	}
}

static char *add_bitmap(struct str *out, size_t rows)
{
	char *bitmap = out->data + out->len;

	memset(bitmap, 0, (rows + 7) / 8);
	out->len += (rows + 7) / 8;
	return bitmap;
}

static void encode_column(struct table *now, const struct table *before, size_t column, struct str *out)
{
	struct changes c = look_at_column(now, before, column);
	unsigned mode = (c.n_valid ? COLUMN_VALID : 0) | (c.n_values ? COLUMN_VALUES : 0) |
			c.divisor << COLUMN_DIVISOR_SHIFT;

	/* Room for all that may come, so that nothing moves meanwhile. */
	if (!str_reserve(out, 2 * WIRE_NUMBER_MAX + 2 * (now->rows / 8 + 1) + c.n_values * WIRE_NUMBER_MAX))
		return;
	out->data[out->len++] = (char)mode;
	if (c.n_valid)
		encode_valid(now, before, column, add_bitmap(out, now->rows));
	if (c.n_values)
		encode_values(now, before, column, divisors[c.divisor], add_bitmap(out, now->rows), out);
}

void table_encode(struct table *now, const struct table *before, struct str *out)
{
	encode_rows(now, before, out);
	for (size_t column = 0; column < now->columns; column++)
		encode_column(now, before, column, out);
}

/* --- reading --- */
static void decode_rows(struct table *now, const struct table *before, struct wire *from)
{
	uint64_t how = wire_take_max(from, ROWS_LISTED);
	int64_t expected = 0;

	if (how == ROWS_GO_ON) {
		from->bad |= now->rows < before->rows;
		for (size_t i = 0; i < now->rows; i++)
			now->from[i] = i < before->rows ? (uint32_t)i : NEW_ROW;
		return;
	}
	for (size_t i = 0; i < now->rows && !from->bad; i++) {
		uint64_t code = wire_take(from);
		uint64_t row;

		now->from[i] = NEW_ROW;
		if (code == 0)
			continue;
		row = (uint64_t)expected + (uint64_t)wire_unfold(code - 1);
		if (row >= before->rows) {
			from->bad = true;
			return;
		}
		now->from[i] = (uint32_t)row;
		expected = (int64_t)row + 1;
	}
}

static inline bool bit_of(const unsigned char *bitmap, size_t row)
{
	return bitmap && bitmap[row / 8] >> row % 8 & 1;
}

static void decode_column(struct table *now, const struct table *before, size_t column, struct wire *from)
{
	uint64_t mode = wire_take_max(from, COLUMN_KNOWN_BITS);
	uint64_t divisor = (uint64_t)divisors[mode >> COLUMN_DIVISOR_SHIFT];
	const unsigned char *valid = NULL;
	const unsigned char *values = NULL;

	if (mode & COLUMN_VALID)
		valid = wire_take_bytes(from, (now->rows + 7) / 8);
	if (mode & COLUMN_VALUES)
		values = wire_take_bytes(from, (now->rows + 7) / 8);
	for (size_t row = 0; row < now->rows && !from->bad; row++) {
		size_t at = column * now->rows + row;
		struct base base = base_of(now, before, column, row);

		now->valid[at] = base.valid ^ bit_of(valid, row);
		now->values[at] = base.value;
		if (bit_of(values, row))
			now->values[at] += (uint64_t)wire_unfold(wire_take(from)) * divisor;
	}
}

int table_decode(struct table *now, const struct table *before, size_t columns, size_t max_cells,
		 struct wire *from)
{
	uint64_t rows = wire_take_max(from, max_cells / (columns ? columns : 1));
	int r;

	if (from->bad || (columns == 0 && rows))
		return -EBADMSG;
	r = table_shape(now, rows, columns);
	if (r < 0)
		return r;
	decode_rows(now, before, from);
	for (size_t column = 0; column < columns && !from->bad; column++)
		decode_column(now, before, column, from);
	return from->bad ? -EBADMSG : 0;
}
