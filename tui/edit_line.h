/* SPDX-License-Identifier: Apache-2.0 */
/* A line of UTF-8 that is being edited, and the keys that do it. Pure. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define EDIT_LINE_MAX 4096

struct edit_line {
	char text[EDIT_LINE_MAX]; /* whole characters; terminated by NUL */
	size_t len;
	size_t cursor; /* in bytes, at the start of a character or at the end */
};

/* What doesn't fit is cut off, between characters; broken UTF-8 becomes U+FFFD. The cursor is at the end. */
void edit_line_set(struct edit_line *l, const char *text);

/*
 * A key: printable characters, left and right, home and end (also ^A ^E), delete and backspace (also ^D ^H),
 * ^U and ^K to delete what is before and behind the cursor, ^W a word. True = it was one of these; *changed:
 * the text is another.
 */
bool edit_line_key(struct edit_line *l, uint32_t code, bool *changed);
