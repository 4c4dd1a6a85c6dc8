/* SPDX-License-Identifier: Apache-2.0 */
#include "wrap.h"

#include "base/text.h"
#include "canvas_private.h"

static struct slice rest_of(struct slice text, size_t n)
{
	return (struct slice){text.at + n, text.len - n};
}

static int columns_of(struct slice text, size_t *bytes)
{
	uint32_t c;
	int width;

	*bytes = text_decode(text, &c);
	width = character_width(c);
	return width < 0 ? 1 : width;
}

size_t wrap_fit(struct slice text, int cols, int *width)
{
	size_t used = 0;
	int sum = 0;

	while (used < text.len) {
		size_t bytes;
		int w = columns_of(rest_of(text, used), &bytes);

		if (used && sum + w > cols)
			break;
		sum += w;
		used += bytes;
	}
	if (width)
		*width = sum;
	return used;
}

size_t wrap_words(struct slice text, int cols)
{
	size_t n = wrap_fit(text, cols, NULL);

	if (n == text.len)
		return n;
	for (size_t i = n; i > n / 2; i--) {
		if (text.at[i - 1] == ' ')
			return i;
	}
	return n;
}

int wrap_columns(struct slice text)
{
	int sum = 0;

	while (text.len) {
		size_t bytes;

		sum += columns_of(text, &bytes);
		text = rest_of(text, bytes);
	}
	return sum;
}

size_t wrap_character(struct slice text)
{
	size_t used = 0;

	while (used < text.len) {
		size_t bytes;
		int w = columns_of(rest_of(text, used), &bytes);

		if (used && w > 0)
			break;
		used += bytes;
	}
	return used;
}

int wrap_draw(struct canvas *canvas, struct rect area, enum role role, struct slice text)
{
	int lines = 0;

	while (text.len && area.cols > 0) {
		size_t n = wrap_words(text, area.cols);

		if (canvas && lines < area.rows)
			canvas_slice(canvas, area.y + lines, area.x, area.cols, role,
				     (struct slice){text.at, n});
		text = rest_of(text, n);
		lines++;
	}
	return lines;
}
