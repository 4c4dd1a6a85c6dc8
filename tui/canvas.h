/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What is on the screen, as a grid of cells in memory. Everything is drawn here by pure functions; screen.c
 * alone brings it to the terminal, and tests read it back as text. All text that comes in is made printable;
 * widths are wcwidth(3)'s, and a wide character takes two cells and is never cut in half. What is outside of
 * the canvas is left out.
 */
#pragma once

#include "base/slice.h"
#include "base/str.h"

#include <stdbool.h>
#include <stdint.h>

/* What a cell means; theme.c says what that looks like. */
enum role {
	ROLE_TEXT,
	ROLE_DIM,
	ROLE_STRONG,
	ROLE_TITLE,  /* the title line */
	ROLE_HEADER, /* column headers */
	ROLE_SORTED, /* header of the sorted column */
	ROLE_SELECTED,
	ROLE_TAGGED,
	ROLE_TAB,
	ROLE_TAB_ACTIVE,
	ROLE_GOOD,
	ROLE_NOTICE,
	ROLE_WARNING,
	ROLE_BAD,
	ROLE_CPU, /* bars and charts */
	ROLE_MEMORY,
	ROLE_NETWORK,
	ROLE_IO,
	ROLE_PRESSURE,
	ROLE_LIMIT_LINE,
	ROLE_BORDER,
	ROLE_INPUT,
	ROLE_KEY,   /* the key's name in the function bar */
	ROLE_LABEL, /* what the key does */
	ROLE__COUNT
};

/* What the terminal can show. */
enum glyph_level { GLYPH_ASCII, GLYPH_BLOCKS, GLYPH_BRAILLE };

struct rect {
	int y, x, rows, cols;
};

struct cell {
	uint32_t
		text[2]; /* a character and one combining behind it; text[0] = 0: second half of a wide one */
	uint8_t role;
};

struct canvas {
	int rows, cols;
	enum glyph_level glyphs;
	struct cell *cells;	/* rows × cols */
	int cursor_y, cursor_x; /* where the terminal's cursor shows; -1 = nowhere */
};

/* 0 or -ENOMEM (then it keeps its size). Clears it. */
int canvas_resize(struct canvas *c, int rows, int cols);
void canvas_clear(struct canvas *c);
void canvas_free(struct canvas *c);
struct rect canvas_rect(const struct canvas *c);

/* Text in at most `cols` columns from (y, x), "…" (or "~") in the last where it is cut; what is left of them
 * stays as it is. Returns the columns used. With GLYPH_ASCII a character beyond ASCII becomes '?' (two for a
 * wide one). */
int canvas_text(struct canvas *c, int y, int x, int cols, enum role role, const char *text);
int canvas_slice(struct canvas *c, int y, int x, int cols, enum role role, struct slice text);
/* The same, flush with the right end of the `cols` columns. */
int canvas_text_right(struct canvas *c, int y, int x, int cols, enum role role, const char *text);
int canvas_printf(struct canvas *c, int y, int x, int cols, enum role role, const char *format, ...)
	__attribute__((format(printf, 6, 7)));

/* One character that we chose ourselves (a glyph). */
void canvas_put(struct canvas *c, int y, int x, enum role role, uint32_t character);
void canvas_fill(struct canvas *c, struct rect area, enum role role, uint32_t character);
/* Changes the role of cells and leaves their text: the selected line. */
void canvas_role(struct canvas *c, struct rect area, enum role role);
/* A frame of lines around `area` with a title in its upper edge; the inside is cleared. */
void canvas_box(struct canvas *c, struct rect area, const char *title);

/* Display width of printable text. */
int canvas_width(const char *text);

/* The rows as lines, spaces at their ends cut: for tests and --once. With roles, a line of letters ('a' +
 * role, ' ' for ROLE_TEXT) below each. */
void canvas_dump(const struct canvas *c, bool roles, struct str *out);
