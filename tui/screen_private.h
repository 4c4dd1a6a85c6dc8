/* SPDX-License-Identifier: Apache-2.0 */
/* The terminal's state, which screen.c and screen_key.c share: these two alone know ncurses. */
#pragma once

#include "screen.h"
#include "theme.h"

#include <stdio.h>
#include <sys/types.h>
#include <termios.h>

/* Without the macros that shadow ordinary words. */
#define NCURSES_NOMACROS
#include <ncurses.h>
#include <term.h>

struct tui_screen {
	SCREEN *curses;
	WINDOW *keys; /* a pad: reading from it never refreshes anything */
	FILE *in, *out;
	int real;   /* the terminal */
	int wire;   /* the same, not blocking, where that can be had without changing it for others; else real
		     */
	int wake;   /* screen_set_wake */
	off_t sent; /* of the frame that the terminal has not taken as a whole */
	bool pending;
	int capture; /* a file in memory: stands in for the terminal while ncurses writes a frame, which then
			goes out in one piece and is counted */
	struct termios before;
	struct screen_look look;
	bool styled;
	attr_t attributes[ROLE__COUNT];
	short pairs[ROLE__COUNT];
	struct canvas last; /* what the terminal shows */
	bool known;	    /* … if that is known */
	cchar_t *line;
	int rows, cols;
	bool suspended;
	struct {
		uint64_t when;
		int y, x;
	} press;
	struct key clicks[8]; /* that are still to be told, the oldest last */
	size_t n_clicks;
	uint64_t bytes, frames;
};
