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
