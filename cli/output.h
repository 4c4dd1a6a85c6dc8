/* SPDX-License-Identifier: Apache-2.0 */
/* Standard output, and what kind of thing it is. */
#pragma once

#include "base/str.h"

#include <stdbool.h>
#include <stddef.h>

/*
 * Writes all of it to stdout, now. 0, -ENOMEM where the text could not be put together, -EPIPE where nobody
 * reads any more (SIGPIPE must be ignored), or another -errno.
 */
int output_write(const struct str *text);

bool output_is_terminal(void);

/* Colour: only on a terminal that is not dumb, and without NO_COLOR (no-color.org). */
bool output_has_colour(void);

/* The terminal's size; 0 where stdout is none or it does not know. */
struct output_size {
	size_t columns;
	size_t rows;
};
struct output_size output_size(void);

/*
 * Turns a text into one that paints over the last one in place: cursor home, each line cleared to its end,
 * and what is below it cleared. Lines beyond rows are left out, and the last one says how many (rows = 0: all
 * of them).
 */
void output_in_place(struct str *out, const struct str *text, size_t rows);
