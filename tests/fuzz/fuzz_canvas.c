/* SPDX-License-Identifier: Apache-2.0 */
/* Hostile text and figures on a canvas: nothing is written outside of its place, no wide character is left in
 * half, nothing that moves the cursor arrives, and the width is what was measured. */
#include "base/cleanup.h"
#include "canvas.h"
#include "check.h"
#include "glyph.h"

#include <locale.h>
#include <math.h>
#include <string.h>

#define ROWS 4

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct place {
	int y, x, cols, width;
	enum glyph_level glyphs;
	bool right;
};

static void check_cells(const struct canvas *c)
{
	for (int y = 0; y < c->rows; y++)
		for (int x = 0; x < c->cols; x++) {
			const struct cell *cell = &c->cells[(size_t)y * (size_t)c->cols + (size_t)x];

			CHECK(cell->role < ROLE__COUNT);
			if (cell->text[0] == 0) {
				CHECK(x > 0 && cell[-1].text[0] >= 0x80 && cell->text[1] == 0);
				continue;
			}
			CHECK(cell->text[0] >= ' ' && (cell->text[0] < 0x7F || cell->text[0] > 0x9F));
			CHECK(cell->text[0] < 0x110000 && cell->text[1] < 0x110000);
			CHECK(c->glyphs != GLYPH_ASCII || (cell->text[0] < 0x80 && cell->text[1] == 0));
		}
}

/* Cells beside the place are as they were. */
static void check_outside(const struct canvas *c, const struct place *p)
{
	for (int y = 0; y < c->rows; y++)
		for (int x = 0; x < c->cols; x++) {
			const struct cell *cell = &c->cells[(size_t)y * (size_t)c->cols + (size_t)x];

			if (y != p->y || x < p->x || x >= p->x + p->cols)
				CHECK(cell->text[0] == '#' && cell->role == ROLE_DIM);
		}
}

static void draw_text(struct canvas *c, const struct place *p, const char *text)
{
	int width = canvas_width(text);
	int used = p->right ? canvas_text_right(c, p->y, p->x, p->cols, ROLE_TEXT, text)
			    : canvas_text(c, p->y, p->x, p->cols, ROLE_TEXT, text);

	CHECK(used >= 0 && width >= 0);
	CHECK(used == (p->cols <= 0 ? 0 : width <= p->cols ? width : p->cols));
}

static void draw_figures(struct canvas *c, const struct place *p, const uint8_t *data, size_t size)
{
	float values[64];
	size_t n = size / sizeof(float) < 64 ? size / sizeof(float) : 64;
	double top;

	memcpy(values, data, n * sizeof(float));
	top = glyph_chart(c, (struct rect){p->y, p->x, 2, p->cols}, ROLE_CPU, values, n,
			  n > 0 ? (double)values[0] : (double)NAN);
	CHECK(top > 0);
	glyph_sparkline(c, p->y, p->x, p->cols, ROLE_CPU, values, n, n > 1 ? (double)values[1] : 0);
	glyph_bar(c, p->y, p->x, p->cols, ROLE_CPU, n > 2 ? (double)values[2] : 0, "12%");
	for (size_t i = 0; i + 1 < n; i++) {
		const struct bar_part parts[] = {{(double)values[i], ROLE_MEMORY, 'a'},
						 {(double)values[i + 1], ROLE_IO, 'f'}};

		glyph_stacked_bar(c, p->y, p->x, p->cols, parts, ARRAY_SIZE(parts));
	}
}

static void take(const struct place *p, const uint8_t *data, size_t size)
{
	_cleanup_free_ char *text = malloc(size + 1);
	struct canvas c = {.glyphs = p->glyphs};

	CHECK(text);
	if (size > 0)
		memcpy(text, data, size);
	text[size] = '\0';
	CHECK(canvas_resize(&c, ROWS, p->width) == 0);
	canvas_fill(&c, canvas_rect(&c), ROLE_DIM, '#');
	draw_text(&c, p, text);
	check_cells(&c);
	check_outside(&c, p);
	/* Over what is there already, a column further: halves of wide characters. */
	canvas_slice(&c, p->y, p->x + 1, p->cols, ROLE_BAD, (struct slice){text, size});
	check_cells(&c);
	canvas_box(&c, (struct rect){p->y - 1, p->x, 3, p->cols}, text);
	check_cells(&c);
	draw_figures(&c, p, data, size);
	check_cells(&c);
	canvas_free(&c);
}

/* Six bytes say where and how; the text is behind them. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct place p;

	if (size < 6)
		return 0;
	setlocale(LC_CTYPE, data[5] & 1 ? "C" : "C.UTF-8");
	p = (struct place){.y = data[0] % (ROWS + 2) - 1,
			   .x = (int8_t)data[1],
			   .cols = (int8_t)data[2],
			   .width = data[3] % 100,
			   .glyphs = (enum glyph_level)(data[4] % 3),
			   .right = data[4] & 0x80};
	take(&p, data + 6, size - 6);
	return 0;
}
