/* SPDX-License-Identifier: Apache-2.0 */
#include "theme.h"

#define NONE COLOUR_DEFAULT

/* What a role is in colour: one number for terminals with 256, one for those with 8. Backgrounds are the
 * terminal's own wherever it can be, so that a theme fits any shade of dark or light. */
struct look {
	int16_t foreground, background;	   /* of 256 */
	int8_t foreground_8, background_8; /* of 8 */
	uint8_t attributes, attributes_8;
};

#define LOOK(f, b, f8, b8, a, a8)               \
	{                                       \
		(f), (b), (f8), (b8), (a), (a8) \
	}
#define PLAIN(f, f8)                        \
	{                                   \
		(f), NONE, (f8), NONE, 0, 0 \
	}
#define BOLD(f, f8)                                           \
	{                                                     \
		(f), NONE, (f8), NONE, STYLE_BOLD, STYLE_BOLD \
	}

enum { BLACK, RED, GREEN, YELLOW, BLUE, MAGENTA, CYAN, WHITE };

static const struct look dark[ROLE__COUNT] = {
	[ROLE_TEXT] = PLAIN(NONE, NONE),
	[ROLE_DIM] = LOOK(245, NONE, NONE, NONE, 0, STYLE_DIM),
	[ROLE_STRONG] = BOLD(NONE, NONE),
	[ROLE_TITLE] = BOLD(117, CYAN),
	[ROLE_HEADER] = LOOK(16, 108, BLACK, GREEN, 0, 0),
	[ROLE_SORTED] = LOOK(16, 151, BLACK, CYAN, STYLE_BOLD, 0),
	[ROLE_SELECTED] = LOOK(16, 117, BLACK, CYAN, 0, 0),
	[ROLE_TAGGED] = BOLD(221, YELLOW),
	[ROLE_TAB] = PLAIN(250, WHITE),
	[ROLE_TAB_ACTIVE] =
		LOOK(117, NONE, CYAN, NONE, STYLE_BOLD | STYLE_REVERSE, STYLE_BOLD | STYLE_REVERSE),
	[ROLE_GOOD] = PLAIN(114, GREEN),
	[ROLE_NOTICE] = PLAIN(117, CYAN),
	[ROLE_WARNING] = PLAIN(221, YELLOW),
	[ROLE_BAD] = BOLD(203, RED),
	[ROLE_CPU] = PLAIN(114, GREEN),
	[ROLE_MEMORY] = PLAIN(75, BLUE),
	[ROLE_NETWORK] = PLAIN(80, CYAN),
	[ROLE_IO] = PLAIN(176, MAGENTA),
	[ROLE_PRESSURE] = PLAIN(215, YELLOW),
	[ROLE_LIMIT_LINE] = PLAIN(203, RED),
	[ROLE_BORDER] = LOOK(245, NONE, NONE, NONE, 0, STYLE_DIM),
	[ROLE_INPUT] = LOOK(NONE, NONE, NONE, NONE, STYLE_UNDERLINE, STYLE_UNDERLINE),
	[ROLE_KEY] = BOLD(NONE, NONE),
	[ROLE_LABEL] = LOOK(16, 108, BLACK, CYAN, 0, 0),
};

static const struct look light[ROLE__COUNT] = {
	[ROLE_TEXT] = PLAIN(NONE, NONE),
	[ROLE_DIM] = LOOK(242, NONE, NONE, NONE, 0, STYLE_DIM),
	[ROLE_STRONG] = BOLD(NONE, NONE),
	[ROLE_TITLE] = BOLD(25, BLUE),
	[ROLE_HEADER] = LOOK(231, 65, WHITE, BLUE, 0, STYLE_BOLD),
	[ROLE_SORTED] = LOOK(231, 22, WHITE, GREEN, STYLE_BOLD, STYLE_BOLD),
	[ROLE_SELECTED] = LOOK(231, 25, WHITE, BLUE, 0, STYLE_BOLD),
	[ROLE_TAGGED] = BOLD(130, MAGENTA),
	[ROLE_TAB] = PLAIN(240, NONE),
	[ROLE_TAB_ACTIVE] =
		LOOK(25, NONE, BLUE, NONE, STYLE_BOLD | STYLE_REVERSE, STYLE_BOLD | STYLE_REVERSE),
	[ROLE_GOOD] = PLAIN(28, GREEN),
	[ROLE_NOTICE] = PLAIN(25, BLUE),
	[ROLE_WARNING] = BOLD(130, MAGENTA),
	[ROLE_BAD] = BOLD(160, RED),
	[ROLE_CPU] = PLAIN(28, GREEN),
	[ROLE_MEMORY] = PLAIN(25, BLUE),
	[ROLE_NETWORK] = PLAIN(30, CYAN),
	[ROLE_IO] = PLAIN(90, MAGENTA),
	[ROLE_PRESSURE] = PLAIN(130, RED),
	[ROLE_LIMIT_LINE] = PLAIN(160, RED),
	[ROLE_BORDER] = LOOK(242, NONE, NONE, NONE, 0, STYLE_DIM),
	[ROLE_INPUT] = LOOK(NONE, NONE, NONE, NONE, STYLE_UNDERLINE, STYLE_UNDERLINE),
	[ROLE_KEY] = BOLD(NONE, NONE),
	[ROLE_LABEL] = LOOK(231, 65, WHITE, BLUE, 0, 0),
};

/* Blue and orange, which every eye tells apart, with lightness that differs too: no meaning hangs on red
 * against green. The numbers fit dark and light backgrounds alike. */
static const struct look colour_blind[ROLE__COUNT] = {
	[ROLE_TEXT] = PLAIN(NONE, NONE),
	[ROLE_DIM] = LOOK(244, NONE, NONE, NONE, 0, STYLE_DIM),
	[ROLE_STRONG] = BOLD(NONE, NONE),
	[ROLE_TITLE] = BOLD(33, BLUE),
	[ROLE_HEADER] = LOOK(231, 25, WHITE, BLUE, 0, 0),
	[ROLE_SORTED] = LOOK(16, 75, WHITE, BLUE, STYLE_BOLD, STYLE_BOLD | STYLE_UNDERLINE),
	[ROLE_SELECTED] = LOOK(NONE, NONE, NONE, NONE, STYLE_REVERSE, STYLE_REVERSE),
	[ROLE_TAGGED] = BOLD(172, YELLOW),
	[ROLE_TAB] = PLAIN(NONE, NONE),
	[ROLE_TAB_ACTIVE] =
		LOOK(33, NONE, BLUE, NONE, STYLE_BOLD | STYLE_REVERSE, STYLE_BOLD | STYLE_REVERSE),
	[ROLE_GOOD] = PLAIN(33, BLUE),
	[ROLE_NOTICE] = PLAIN(33, BLUE),
	[ROLE_WARNING] = PLAIN(172, YELLOW),
	[ROLE_BAD] = LOOK(202, NONE, YELLOW, NONE, STYLE_BOLD, STYLE_BOLD | STYLE_REVERSE),
	[ROLE_CPU] = PLAIN(33, BLUE),
	[ROLE_MEMORY] = PLAIN(172, YELLOW),
	[ROLE_NETWORK] = PLAIN(75, CYAN),
	[ROLE_IO] = PLAIN(136, YELLOW),
	[ROLE_PRESSURE] = PLAIN(172, YELLOW),
	[ROLE_LIMIT_LINE] = PLAIN(202, YELLOW),
	[ROLE_BORDER] = LOOK(244, NONE, NONE, NONE, 0, STYLE_DIM),
	[ROLE_INPUT] = LOOK(NONE, NONE, NONE, NONE, STYLE_UNDERLINE, STYLE_UNDERLINE),
	[ROLE_KEY] = BOLD(NONE, NONE),
	[ROLE_LABEL] = LOOK(231, 25, WHITE, BLUE, 0, 0),
};

/* Without colours; every theme is this one then. */
static const uint8_t mono[ROLE__COUNT] = {
	[ROLE_DIM] = STYLE_DIM,
	[ROLE_STRONG] = STYLE_BOLD,
	[ROLE_TITLE] = STYLE_BOLD,
	[ROLE_HEADER] = STYLE_REVERSE,
	[ROLE_SORTED] = STYLE_REVERSE | STYLE_BOLD | STYLE_UNDERLINE,
	[ROLE_SELECTED] = STYLE_REVERSE,
	[ROLE_TAGGED] = STYLE_BOLD | STYLE_UNDERLINE,
	[ROLE_TAB_ACTIVE] = STYLE_REVERSE | STYLE_BOLD,
	[ROLE_WARNING] = STYLE_BOLD,
	[ROLE_BAD] = STYLE_BOLD | STYLE_UNDERLINE,
	[ROLE_LIMIT_LINE] = STYLE_BOLD,
	[ROLE_BORDER] = STYLE_DIM,
	[ROLE_INPUT] = STYLE_UNDERLINE,
	[ROLE_KEY] = STYLE_BOLD,
	[ROLE_LABEL] = STYLE_REVERSE,
};

enum colour_tier theme_tier(int colours, bool wanted)
{
	if (!wanted || colours < 8)
		return TIER_NONE;
	return colours < 256 ? TIER_8 : TIER_256;
}

bool theme_colour_wanted(const char *no_color, const char *term)
{
	return !(no_color && *no_color) && !(term && slice_is(slice_of(term), "dumb"));
}

static const struct look *looks_of(enum tui_theme theme)
{
	switch (theme) {
	case THEME_LIGHT:
		return light;
	case THEME_COLOUR_BLIND:
		return colour_blind;
	case THEME_MONO:
		return NULL;
	case THEME_DARK:
	case THEME__COUNT:
		break;
	}
	return dark;
}

struct style theme_style(enum tui_theme theme, enum colour_tier tier, enum role role)
{
	const struct look *looks = looks_of(theme);

	if (role >= ROLE__COUNT)
		role = ROLE_TEXT;
	if (tier == TIER_NONE || !looks)
		return (struct style){NONE, NONE, mono[role]};
	if (tier == TIER_8)
		return (struct style){looks[role].foreground_8, looks[role].background_8,
				      looks[role].attributes_8};
	return (struct style){looks[role].foreground, looks[role].background, looks[role].attributes};
}
