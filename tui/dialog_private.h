/* SPDX-License-Identifier: Apache-2.0 */
/* What dialogs share. */
#pragma once

#include "views.h"

/* A rectangle in the middle of the canvas for `rows` × `cols` of content, as far as there is room. The
 * content is one inside of it. */
struct rect dialog_area(const struct canvas *canvas, int rows, int cols);
static inline struct rect dialog_inside(struct rect box)
{
	return (struct rect){box.y + 1, box.x + 1, box.rows > 2 ? box.rows - 2 : 0,
			     box.cols > 2 ? box.cols - 2 : 0};
}

/* Moves the cursor of a list of n lines, `rows` of which are seen. False: the command moves nothing. */
bool dialog_move(enum command command, size_t n, int rows, size_t *cursor);

/* A text below the choices of a dialog_choose_new; "" or NULL: none. */
void dialog_choose_note(struct view *view, const char *note);

/* An input line for the limit `limit` of these targets, prefilled with the first one's value now; on Enter
 * the action is asked for. */
void dialog_limit_edit(struct app *app, const struct action *action, const struct action_target *targets,
		       size_t n, const struct action_limit *limit);

/* A limit's value as people read it ("256.0MiB"; "-" where there is none), and as the editor's first text
 * ("256m", "max"; "" where it is absent). */
void limit_show(const struct action_limit *limit, const struct comparison *c, size_t index, struct str *out);
void limit_text(const struct action_limit *limit, const struct comparison *c, size_t index, struct str *out);
