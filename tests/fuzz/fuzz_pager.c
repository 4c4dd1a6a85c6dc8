/* SPDX-License-Identifier: Apache-2.0 */
/* Bytes in chunks through the pager's text: nothing but printable lines comes out, within its bounds, and how
 * it was cut makes no difference. */
#include "canvas_private.h"
#include "pager_text.h"
#include "wrap.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_line(struct canvas *canvas, struct slice line)
{
	size_t used = 0;

	for (size_t i = 0; i < line.len; i++) {
		if ((unsigned char)line.at[i] < ' ' || line.at[i] == 0x7F)
			abort();
	}
	while (used < line.len) { /* wrapped, it is all of it, and each row fits */
		struct slice rest = {line.at + used, line.len - used};
		int width = 0;
		size_t n = wrap_fit(rest, canvas->cols, &width);

		if (n == 0 || (width > canvas->cols && width > 2))
			abort();
		canvas_slice(canvas, 0, 0, canvas->cols, ROLE_TEXT, (struct slice){rest.at, n});
		used += n;
	}
}

static void feed(struct pager_text *t, const char *text, size_t n, size_t chunk)
{
	for (size_t at = 0; at < n; at += chunk)
		pager_text_feed(t, text + at, n - at < chunk ? n - at : chunk);
}

/* The first byte is the width, the second the chunks' size; what is behind them is the text. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct canvas canvas = {.glyphs = GLYPH_ASCII};
	struct pager_text *whole, *pieces;
	const char *text = (const char *)data + 2;

	if (size < 2 || canvas_resize(&canvas, 1, 1 + data[0]) < 0)
		return 0;
	whole = pager_text_new();
	pieces = pager_text_new();
	if (!whole || !pieces)
		abort();
	feed(whole, text, size - 2, size);
	feed(pieces, text, size - 2, 1U + data[1]);
	if (pager_text_end(whole) != pager_text_end(pieces) ||
	    pager_text_first(whole) != pager_text_first(pieces))
		abort();
	if (pager_text_end(whole) - pager_text_first(whole) > PAGER_LINES + 1 ||
	    pager_text_bytes(whole) > PAGER_BYTES + PAGER_LINE_MAX + 64)
		abort();
	for (uint64_t n = pager_text_first(whole); n < pager_text_end(whole); n++) {
		struct slice line = pager_text_line(whole, n);

		if (!slice_equal(line, pager_text_line(pieces, n)))
			abort();
		check_line(&canvas, line);
	}
	pager_text_free(whole);
	pager_text_free(pieces);
	canvas_free(&canvas);
	return 0;
}
