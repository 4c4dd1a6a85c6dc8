/* SPDX-License-Identifier: Apache-2.0 */
/* What roles look like, as numbers of the xterm palette and attributes: pure; screen.c alone tells ncurses.
 */
#pragma once

#include "canvas.h"
#include "tui/tui.h"

#define COLOUR_DEFAULT (-1) /* the terminal's own */

enum style_attribute {
	STYLE_BOLD = 1U << 0,
	STYLE_DIM = 1U << 1,
	STYLE_REVERSE = 1U << 2,
	STYLE_UNDERLINE = 1U << 3,
};

struct style {
	int foreground; /* of 256, of 8, or COLOUR_DEFAULT */
	int background;
	unsigned attributes;
};

/* How many colours a terminal can be asked for: 256, 8 or 0 (attributes only). */
enum colour_tier { TIER_NONE, TIER_8, TIER_256 };

/* colours: what the terminal says it has (-1 = none); wanted: false with NO_COLOR. */
enum colour_tier theme_tier(int colours, bool wanted);

/* NO_COLOR (no-color.org): set and not empty; TERM=dumb besides. */
bool theme_colour_wanted(const char *no_color, const char *term);

struct style theme_style(enum tui_theme theme, enum colour_tier tier, enum role role);
