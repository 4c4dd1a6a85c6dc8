/* SPDX-License-Identifier: Apache-2.0 */
#include "dialog_private.h"

static int between(int value, int low, int high)
{
	if (value > high)
		value = high;
	return value < low ? low : value;
}

struct rect dialog_area(const struct canvas *canvas, int rows, int cols)
{
	int height = between(rows + 2, 3, canvas->rows);
	int width = between(cols + 2, 8, canvas->cols);

	return (struct rect){(canvas->rows - height) / 2, (canvas->cols - width) / 2, height, width};
}

bool dialog_move(enum command command, size_t n, int rows, size_t *cursor)
{
	ptrdiff_t last = (ptrdiff_t)n - 1;
	ptrdiff_t page = rows > 1 ? rows - 1 : 1;
	ptrdiff_t to = (ptrdiff_t)*cursor;

	if (command == CMD_UP)
		to--;
	else if (command == CMD_DOWN)
		to++;
	else if (command == CMD_PAGE_UP)
		to -= page;
	else if (command == CMD_PAGE_DOWN)
		to += page;
	else if (command == CMD_FIRST)
		to = 0;
	else if (command == CMD_LAST)
		to = last;
	else
		return false;
	if (to > last)
		to = last;
	*cursor = to < 0 ? 0 : (size_t)to;
	return true;
}
