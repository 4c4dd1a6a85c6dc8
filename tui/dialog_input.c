/* SPDX-License-Identifier: Apache-2.0 */
#include "dialog_private.h"
#include "edit_line.h"
#include "input_memory.h"
#include "wrap.h"

#include <stdlib.h>
#include <string.h>

struct input {
	struct view view;
	char *label;
	char *hint;
	char *draft; /* what stood there before Up */
	struct edit_line line;
	size_t back; /* lines back in the session's memory; 0 = the draft */
	struct input_calls calls;
	void *context;
};

static void input_close(struct view *v)
{
	struct input *in = (struct input *)v;

	if (in->calls.release)
		in->calls.release(in->context);
	free(in->label);
	free(in->hint);
	free(in->draft);
	free(in);
}

/* Closed first: what is called may open another dialog. */
static void finish(struct input *in, struct app *app, bool accepted)
{
	struct input_calls calls = in->calls;
	void *context = in->context;
	_cleanup_free_ char *text = strdup(in->line.text);

	in->calls.release = NULL;
	if (accepted)
		input_memory_add(&app->inputs, in->label, in->line.text);
	app_pop(app);
	if (accepted && text)
		calls.done(app, context, text);
	else if (!accepted && calls.cancelled)
		calls.cancelled(app, context);
	if (calls.release)
		calls.release(context);
}

static void tell_typed(struct input *in, struct app *app)
{
	if (in->calls.typed)
		in->calls.typed(app, in->context, in->line.text);
}

/* The text from where the cursor is still in view. */
static size_t first_shown(const struct edit_line *line, int cols)
{
	struct slice text = {line->text, line->cursor};

	while (text.len && wrap_columns(text) >= cols) {
		size_t n = wrap_character(text);

		text = (struct slice){text.at + n, text.len - n};
	}
	return (size_t)(text.at - line->text);
}

static void input_draw(struct view *v, struct app *app, struct canvas *canvas)
{
	struct input *in = (struct input *)v;
	int y = canvas->rows - 1;
	int label_most = canvas->cols / 2;
	int x, room, used;
	size_t first;
	struct slice shown, before;

	(void)app;
	if (y < 0)
		return;
	canvas_fill(canvas, (struct rect){y, 0, 1, canvas->cols}, ROLE_INPUT, ' ');
	x = canvas_text(canvas, y, 0, label_most, ROLE_LABEL, in->label);
	x += canvas_text(canvas, y, x, 2, ROLE_LABEL, ": ");
	room = canvas->cols - x;
	first = first_shown(&in->line, room);
	shown = (struct slice){in->line.text + first, in->line.len - first};
	before = (struct slice){in->line.text + first, in->line.cursor - first};
	shown.len = room > 0 ? wrap_fit(shown, room, NULL) : 0;
	used = canvas_slice(canvas, y, x, room, ROLE_INPUT, shown);
	if (in->hint[0] && room - used > 6)
		canvas_text(canvas, y, x + used + 2, room - used - 2, ROLE_DIM, in->hint);
	canvas->cursor_y = y;
	canvas->cursor_x = x + wrap_columns(before);
	if (canvas->cursor_x >= canvas->cols)
		canvas->cursor_x = canvas->cols - 1;
}

static bool input_key(struct view *v, struct app *app, const struct key *key)
{
	struct input *in = (struct input *)v;
	bool changed;

	if (!edit_line_key(&in->line, key->code, &changed))
		return false;
	if (changed) {
		in->back = 0;
		tell_typed(in, app);
	}
	return true;
}

static void recall(struct input *in, struct app *app, bool older)
{
	const char *text;

	if (older) {
		text = input_memory_at(app->inputs, in->label, in->back);
		if (!text)
			return;
		if (in->back == 0) {
			free(in->draft);
			in->draft = strdup(in->line.text);
		}
		in->back++;
	} else {
		if (in->back == 0)
			return;
		in->back--;
		text = in->back ? input_memory_at(app->inputs, in->label, in->back - 1) : in->draft;
	}
	edit_line_set(&in->line, text ? text : "");
	tell_typed(in, app);
}

static bool input_command(struct view *v, struct app *app, enum command command, const struct key *key)
{
	struct input *in = (struct input *)v;

	(void)key;
	if (command == CMD_ACCEPT)
		finish(in, app, true);
	else if (command == CMD_BACK)
		finish(in, app, false);
	else if (command == CMD_UP)
		recall(in, app, true);
	else if (command == CMD_DOWN)
		recall(in, app, false);
	else
		return false;
	return true;
}

static const struct view_ops input_ops = {.name = "input",
					  .context = CONTEXT_INPUT,
					  .draw = input_draw,
					  .key = input_key,
					  .command = input_command,
					  .close = input_close};

/* A form leaves two spaces where something is to be typed. */
static void place_cursor(struct edit_line *line)
{
	const char *gap = strstr(line->text, "  ");

	if (gap)
		line->cursor = (size_t)(gap - line->text) + 1;
}

struct view *dialog_input_new(struct app *app, const char *label, const char *text, const char *hint,
			      const struct input_calls *calls, void *context)
{
	struct input *in = calloc(1, sizeof(*in));

	(void)app;
	if (!in) {
		if (calls->release)
			calls->release(context);
		return NULL;
	}
	in->view.ops = &input_ops;
	in->calls = *calls;
	in->context = context;
	in->label = strdup(label);
	in->hint = strdup(hint ? hint : "");
	if (!in->label || !in->hint) {
		input_close(&in->view);
		return NULL;
	}
	edit_line_set(&in->line, text);
	place_cursor(&in->line);
	return &in->view;
}
