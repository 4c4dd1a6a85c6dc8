/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The terminal: shows a canvas and reads keys. screen.c and screen_key.c alone know ncurses. There is one at
 * a time, for ncurses keeps its state in globals.
 */
#pragma once

#include "base/error.h"
#include "canvas.h"
#include "key_code.h"
#include "tui/tui.h"

struct tui_screen;

struct screen_look {
	enum tui_theme theme;
	enum tui_glyphs glyphs;
	bool colour; /* false: attributes only */
	bool mouse;
};

/* What bars and charts are drawn with. Pure. codeset: nl_langinfo(3)'s; term: $TERM, may be NULL. Outside of
 * UTF-8 it is ASCII whatever is wanted: nothing else would arrive. */
enum glyph_level screen_glyph_level(enum tui_glyphs wanted, const char *codeset, const char *term);

/*
 * Takes the terminal behind `in` and `out` (borrowed; copies are kept) with the settings of $TERM. Fatal
 * signals restore it from then on. 0, -ENOTTY where there is no terminal, -EINVAL for one that is not known,
 * or -errno; *err says what to do.
 */
int screen_open(struct tui_screen **out_screen, int in, int out, const struct screen_look *look,
		struct error *err);
/* The terminal is as it was before. NULL is fine. */
void screen_close(struct tui_screen *s);

/* Colours, glyphs and mouse from now on; cheap where nothing changes. */
void screen_set_look(struct tui_screen *s, const struct screen_look *look);
enum glyph_level screen_glyphs(const struct tui_screen *s);
void screen_size(const struct tui_screen *s, int *rows, int *cols);

/* Asks the terminal for its size again (after SIGWINCH). True where it changed. */
bool screen_resize(struct tui_screen *s);

/* While the terminal takes nothing, screen_show waits for it until `fd` is readable; -1 = for as long as it
 * takes. */
void screen_set_wake(struct tui_screen *s, int fd);

/* Brings the canvas to the terminal: what differs from the one before. 0, or -errno: -EIO where the terminal
 * is gone. What it has not taken yet goes first, at the next call. */
int screen_show(struct tui_screen *s, const struct canvas *canvas);
bool screen_pending(const struct tui_screen *s);
/* The terminal's content is unknown: the next screen_show writes all of it. */
void screen_forget(struct tui_screen *s);

/* The next key that has been pressed: 1 and *key, or 0 where there is none now. */
int screen_key(struct tui_screen *s, struct key *key);

/* Hands the terminal to another program, with the modes it had before; and takes it back. */
void screen_suspend(struct tui_screen *s);
void screen_resume(struct tui_screen *s);

/* Bytes that screen_show has sent so far, and how often it sent any. */
uint64_t screen_bytes(const struct tui_screen *s);
uint64_t screen_frames(const struct tui_screen *s);
