/* SPDX-License-Identifier: Apache-2.0 */
/* What canvas.c and canvas_text.c share. */
#pragma once

#include "canvas.h"

#define REPLACEMENT 0xFFFDU

/* Columns of a character: 1 or 2; 0 = it stands above or below the one before it, or shows nothing; -1 = not
 * to be shown. */
int character_width(uint32_t c);

/* What stands for a character where only ASCII can be shown. */
uint32_t character_ascii(uint32_t c);

/* Writes a character of `width` columns (1 or 2) where it is inside of the canvas; of a wide one that is cut
 * by an edge, spaces. What is overwritten by half becomes a space as a whole. */
void canvas_set(struct canvas *c, long y, long x, enum role role, uint32_t character, int width);

/* The part of `area` that is inside of the canvas. */
struct rect canvas_clip(const struct canvas *c, struct rect area);
