/* SPDX-License-Identifier: Apache-2.0 */
/* What goes where on the main screen, whatever its size. */
#include "view_list.h"

#include <string.h>

/* Rows of the screen from which each is shown. */
#define ROWS_FOR_BAR 6
#define ROWS_FOR_ONE_METER 12
#define ROWS_FOR_METERS 18
#define ROWS_FOR_STRIP 20

#define STATE_COLS 3 /* state, tag, a space */
#define NAME_MIN 12
#define NAME_WISH 20
#define NAME_MAX_COLS 40
#define LAST_MAX_COLS 40

static int take(int *y, int rows)
{
	int at = *y;

	*y += rows;
	return at;
}

struct list_layout list_layout_of(int rows, int cols, bool meters, bool strip, bool events_tab)
{
	struct list_layout at = {.cols = cols};
	int y = 0;

	at.title_rows = rows >= 4;
	at.meters_rows = !meters || rows < ROWS_FOR_ONE_METER ? 0 : rows < ROWS_FOR_METERS ? 1 : 3;
	at.tabs_rows = rows >= 5;
	at.header_rows = rows >= 3;
	at.bar_rows = rows >= ROWS_FOR_BAR;
	if (strip && !events_tab && rows >= ROWS_FOR_STRIP)
		at.strip_rows = 1 + (rows >= 45 ? 8 : rows >= 28 ? 4 : 2);
	at.title_y = take(&y, at.title_rows);
	at.meters_y = take(&y, at.meters_rows);
	at.tabs_y = take(&y, at.tabs_rows);
	at.header_y = take(&y, at.header_rows);
	at.body_y = y;
	at.body_rows = rows - y - at.strip_rows - at.bar_rows;
	at.strip_y = at.body_y + at.body_rows;
	at.bar_y = at.strip_y + at.strip_rows;
	return at;
}

static bool stays(const struct list_column *column)
{
	return column->shape == SHAPE_VERDICT || strcmp(column->column->key, "shares") == 0;
}

/* Columns take a space in front of them. */
static int room_of(const struct list_column *column)
{
	return column->width + 1;
}

size_t list_places(const struct list_column *columns, size_t n, size_t pan, int cols, struct list_place *out)
{
	bool last = n > 0 && stays(&columns[n - 1]);
	int left = cols - STATE_COLS - NAME_MIN;
	size_t first = pan < n ? pan : n;
	size_t end;
	size_t count = 0;
	int x = STATE_COLS;
	int more;

	last = last && first < n && room_of(&columns[n - 1]) <= left;
	left -= last ? room_of(&columns[n - 1]) : 0;
	for (end = first; end + last < n && room_of(&columns[end]) <= left; end++)
		left -= room_of(&columns[end]);
	/* NAME first takes what is left, then the verdict. */
	more = left > NAME_MAX_COLS - NAME_MIN ? NAME_MAX_COLS - NAME_MIN : left;
	if (last && more > NAME_WISH - NAME_MIN)
		more = NAME_WISH - NAME_MIN + (left - (NAME_WISH - NAME_MIN)) / 2;
	if (more > NAME_MAX_COLS - NAME_MIN)
		more = NAME_MAX_COLS - NAME_MIN;
	out[count++] = (struct list_place){-1, x, NAME_MIN + more};
	x += NAME_MIN + more;
	left -= more;
	for (size_t i = first; i < end; i++) {
		out[count++] = (struct list_place){(int)i, x + 1, columns[i].width};
		x += room_of(&columns[i]);
	}
	if (last) {
		int width = columns[n - 1].width + (left > 0 ? left : 0);

		out[count++] =
			(struct list_place){(int)n - 1, x + 1, width < LAST_MAX_COLS ? width : LAST_MAX_COLS};
	}
	return count;
}
