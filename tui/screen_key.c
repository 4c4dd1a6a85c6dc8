/* SPDX-License-Identifier: Apache-2.0 */
/* What is pressed, on keyboard or mouse, in the terms of key_code.h. */
#include "base/clock.h"
#include "base/slice.h"
#include "screen_private.h"

#define DOUBLE_CLICK_NS (400 * NSEC_PER_MSEC)

static uint32_t function_key(wint_t code)
{
	static const struct {
		wint_t from;
		uint32_t to;
	} keys[] = {{KEY_UP, KEYCODE_UP},
		    {KEY_DOWN, KEYCODE_DOWN},
		    {KEY_LEFT, KEYCODE_LEFT},
		    {KEY_RIGHT, KEYCODE_RIGHT},
		    {KEY_SR, KEYCODE_SHIFT_UP},
		    {KEY_SF, KEYCODE_SHIFT_DOWN},
		    {KEY_SLEFT, KEYCODE_SHIFT_LEFT},
		    {KEY_SRIGHT, KEYCODE_SHIFT_RIGHT},
		    {KEY_PPAGE, KEYCODE_PAGE_UP},
		    {KEY_NPAGE, KEYCODE_PAGE_DOWN},
		    {KEY_HOME, KEYCODE_HOME},
		    {KEY_END, KEYCODE_END},
		    {KEY_DC, KEYCODE_DELETE},
		    {KEY_BACKSPACE, KEYCODE_BACKSPACE},
		    {KEY_BTAB, KEYCODE_SHIFT_TAB},
		    {KEY_ENTER, KEYCODE_ENTER},
		    {KEY_A1, KEYCODE_HOME},
		    {KEY_A3, KEYCODE_PAGE_UP},
		    {KEY_C1, KEYCODE_END},
		    {KEY_C3, KEYCODE_PAGE_DOWN}};

	if (code > KEY_F0 && code <= KEY_F(12))
		return KEYCODE_F1 + (uint32_t)(code - KEY_F(1));
	for (size_t i = 0; i < ARRAY_SIZE(keys); i++)
		if (keys[i].from == code)
			return keys[i].to;
	return KEYCODE_NONE;
}

static struct key mouse_key(struct tui_screen *s, const MEVENT *event, uint64_t now)
{
	struct key key = {.y = event->y, .x = event->x};

	if (event->bstate & BUTTON4_PRESSED) {
		key.code = KEYCODE_WHEEL_UP;
	} else if (event->bstate & BUTTON5_PRESSED) {
		key.code = KEYCODE_WHEEL_DOWN;
	} else if (event->bstate & BUTTON1_PRESSED) {
		bool twice = s->press.when && s->press.y == event->y && s->press.x == event->x &&
			     now - s->press.when < DOUBLE_CLICK_NS;

		key.code = twice ? KEYCODE_MOUSE_DOUBLE : KEYCODE_MOUSE_PRESS;
		/* A third press is a new first one. */
		s->press.when = twice ? 0 : now;
		s->press.y = event->y;
		s->press.x = event->x;
	}
	return key;
}

/* Of several that came at once ncurses 6.4 tells once, and gives the newest first. */
static void read_mouse(struct tui_screen *s)
{
	uint64_t now = clock_monotonic_ns();
	MEVENT events[ARRAY_SIZE(s->clicks)];
	size_t n = 0;

	while (n < ARRAY_SIZE(events) && getmouse(&events[n]) == OK)
		n++;
	s->n_clicks = n;
	while (n-- > 0)
		s->clicks[n] = mouse_key(s, &events[n], now);
}

static uint32_t ordinary_key(wint_t c)
{
	switch (c) {
	case '\r':
		return KEYCODE_ENTER;
	case 8:
	case 127:
		return KEYCODE_BACKSPACE;
	default:
		return c;
	}
}

/* Something came right behind an escape: a key with Alt, or a sequence that nobody described. It is left out
 * as a whole, so that its letters are no commands. False where nothing came: it is the key itself. */
static bool skip_sequence(struct tui_screen *s)
{
	wint_t c;
	int r = wget_wch(s->keys, &c);

	if (r == ERR)
		return false;
	if (r == OK && c == KEYCODE_ESCAPE) {
		unget_wch((wchar_t)c);
		return false;
	}
	if (r == OK && (c == '[' || c == 'O'))
		while (wget_wch(s->keys, &c) == OK && (c < 0x40 || c > 0x7E))
			;
	return true;
}

int screen_key(struct tui_screen *s, struct key *key)
{
	wint_t c;
	int r;

	for (;;) {
		*key = (struct key){0};
		if (s->n_clicks > 0)
			*key = s->clicks[--s->n_clicks];
		else if ((r = wget_wch(s->keys, &c)) == ERR)
			return 0;
		else if (r == KEY_CODE_YES && c == KEY_MOUSE)
			read_mouse(s);
		else if (r == KEY_CODE_YES)
			key->code = function_key(c);
		else if (c != KEYCODE_ESCAPE || !skip_sequence(s))
			key->code = ordinary_key(c);
		/* What we don't know is left out, and the next is looked at. */
		if (key->code != KEYCODE_NONE)
			return 1;
	}
}
