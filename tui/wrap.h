/* SPDX-License-Identifier: Apache-2.0 */
/* Text that is cut into lines by the columns it takes; measured as canvas_slice draws it. */
#pragma once

#include "canvas.h"

/* Bytes at the start of `text` that fit into `cols` columns, in whole characters and at least one of them; 0
 * for an empty text. *width (may be NULL): the columns they take. */
size_t wrap_fit(struct slice text, int cols, int *width);

/* The same, cut behind a space where there is one in the second half. */
size_t wrap_words(struct slice text, int cols);

/* Columns of the whole text. */
int wrap_columns(struct slice text);

/* Bytes of the first character and those that combine with it. */
size_t wrap_character(struct slice text);

/* Draws text in lines into the area; the number of lines it takes. canvas NULL: counts them only. */
int wrap_draw(struct canvas *canvas, struct rect area, enum role role, struct slice text);
