/* SPDX-License-Identifier: Apache-2.0 */
/* What a key is, whatever terminal it comes from. Apart from key.h, whose names ncurses has too. */
#pragma once

#include <stdint.h>

/* A code point, or one of these. Control characters are themselves: ctrl-l is 12. */
enum key_code {
	KEYCODE_NONE = 0,
	KEYCODE_TAB = 9,
	KEYCODE_ENTER = 10,
	KEYCODE_ESCAPE = 27,
	KEYCODE_UP = 0x110000,
	KEYCODE_DOWN,
	KEYCODE_LEFT,
	KEYCODE_RIGHT,
	KEYCODE_SHIFT_UP,
	KEYCODE_SHIFT_DOWN,
	KEYCODE_SHIFT_LEFT,
	KEYCODE_SHIFT_RIGHT,
	KEYCODE_PAGE_UP,
	KEYCODE_PAGE_DOWN,
	KEYCODE_HOME,
	KEYCODE_END,
	KEYCODE_DELETE,
	KEYCODE_BACKSPACE,
	KEYCODE_SHIFT_TAB,
	KEYCODE_F1, /* to F12 = KEYCODE_F1 + 11 */
	KEYCODE_F12 = KEYCODE_F1 + 11,
	KEYCODE_MOUSE_PRESS, /* of the first button, at y, x */
	KEYCODE_MOUSE_DOUBLE,
	KEYCODE_WHEEL_UP,
	KEYCODE_WHEEL_DOWN,
};

struct key {
	uint32_t code;
	int y, x; /* of the mouse */
};
