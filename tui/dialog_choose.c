/* SPDX-License-Identifier: Apache-2.0 */
#include "dialog_private.h"
#include "wrap.h"

#include <stdlib.h>
#include <string.h>

#define GAP 2 /* between a choice and its hint */

struct item {
	char *text;
	char *hint;
	char letter;
	bool disabled;
};

struct choose {
	struct view view;
	char *title;
	char *note;
	struct item *items;
	size_t n, cursor, top;
	int text_cols, hint_cols;
	bool letters;
	void (*chosen)(struct app *app, void *context, size_t n);
	void *context;
	void (*release)(void *context);
	struct rect list; /* where it was drawn */
};

static void choose_close(struct view *v)
{
	struct choose *c = (struct choose *)v;

	if (c->release)
		c->release(c->context);
	for (size_t i = 0; c->items && i < c->n; i++) {
		free(c->items[i].text);
		free(c->items[i].hint);
	}
	free(c->items);
	free(c->title);
	free(c->note);
	free(c);
}

/* The dialog is closed first: what is chosen may open another one. */
static void choose(struct choose *c, struct app *app, size_t n)
{
	void (*chosen)(struct app *, void *, size_t) = c->chosen;
	void (*release)(void *) = c->release;
	void *context = c->context;

	if (n >= c->n)
		return;
	if (c->items[n].disabled) {
		app_say(app, ROLE_WARNING, "%s: %s", c->items[n].text, c->items[n].hint);
		return;
	}
	c->release = NULL;
	app_pop(app);
	chosen(app, context, n);
	if (release)
		release(context);
}

static void keep_in_view(struct choose *c, size_t rows)
{
	if (rows == 0)
		return;
	if (c->cursor < c->top)
		c->top = c->cursor;
	if (c->cursor >= c->top + rows)
		c->top = c->cursor - rows + 1;
	if (c->n <= rows)
		c->top = 0;
	else if (c->top > c->n - rows)
		c->top = c->n - rows;
}

static void draw_item(const struct choose *c, struct canvas *canvas, struct rect line,
		      const struct item *item)
{
	enum role role = item->disabled ? ROLE_DIM : ROLE_TEXT;
	int x = line.x + 1;
	int room = line.cols - 2;
	int text = c->text_cols < room ? c->text_cols : room;

	if (c->letters && item->letter) {
		canvas_put(canvas, line.y, x, item->disabled ? ROLE_DIM : ROLE_KEY,
			   (unsigned char)item->letter);
	}
	if (c->letters) {
		x += 3;
		text = c->text_cols < room - 3 ? c->text_cols : room - 3;
		room -= 3;
	}
	if (room <= 0)
		return;
	canvas_text(canvas, line.y, x, text, role, item->text);
	if (item->hint[0] && room - text > GAP + 3)
		canvas_text(canvas, line.y, x + text + GAP, room - text - GAP, ROLE_DIM, item->hint);
}

static int note_lines(const struct choose *c, int cols)
{
	return c->note ? wrap_draw(NULL, (struct rect){0, 0, 0, cols}, ROLE_DIM, slice_of(c->note)) : 0;
}

static void choose_draw(struct view *v, struct app *app, struct canvas *canvas)
{
	struct choose *c = (struct choose *)v;
	int cols = c->text_cols + (c->hint_cols ? c->hint_cols + GAP : 0) + (c->letters ? 3 : 0) + 2;
	int title = canvas_width(c->title) + 4;
	struct rect box, in;
	int note;

	(void)app;
	if (cols < title)
		cols = title;
	if (cols > canvas->cols - 2)
		cols = canvas->cols - 2;
	note = note_lines(c, cols - 2);
	box = dialog_area(canvas, (int)(c->n < 1000 ? c->n : 1000) + note, cols);
	in = dialog_inside(box);
	if (note > in.rows / 2)
		note = in.rows / 2;
	canvas_box(canvas, box, c->title);
	if (note) {
		struct rect area = {in.y + in.rows - note, in.x + 1, note, in.cols - 2};

		wrap_draw(canvas, area, ROLE_NOTICE, slice_of(c->note));
		in.rows -= note;
	}
	c->list = in;
	keep_in_view(c, in.rows > 0 ? (size_t)in.rows : 0);
	for (int y = 0; y < in.rows && c->top + (size_t)y < c->n; y++) {
		size_t i = c->top + (size_t)y;
		struct rect line = {in.y + y, in.x, 1, in.cols};

		draw_item(c, canvas, line, &c->items[i]);
		if (i == c->cursor) {
			canvas_role(canvas, line, ROLE_SELECTED);
			canvas_put(canvas, line.y, line.x, ROLE_SELECTED, '>');
		}
	}
	if (c->top + (size_t)in.rows < c->n)
		canvas_put(canvas, box.y + box.rows - 1, box.x + box.cols - 2, ROLE_BORDER, 'v');
	if (c->top > 0)
		canvas_put(canvas, box.y, box.x + box.cols - 2, ROLE_BORDER, '^');
}

/* Stop and start, pause and unpause share a letter: it means the one that can be done. */
static size_t with_letter(const struct choose *c, uint32_t code)
{
	size_t found = c->n;

	for (size_t i = 0; code > ' ' && code < 127 && i < c->n; i++) {
		if ((unsigned char)c->items[i].letter != code)
			continue;
		if (!c->items[i].disabled)
			return i;
		if (found == c->n)
			found = i;
	}
	return found;
}

static bool choose_key(struct view *v, struct app *app, const struct key *key)
{
	struct choose *c = (struct choose *)v;
	size_t n = with_letter(c, key->code);

	if (n == c->n)
		return false;
	c->cursor = n;
	choose(c, app, n);
	return true;
}

static void pick(struct choose *c, struct app *app, const struct key *key)
{
	size_t n = c->top + (size_t)(key->y - c->list.y);

	if (key->y < c->list.y || key->y >= c->list.y + c->list.rows || key->x < c->list.x ||
	    key->x >= c->list.x + c->list.cols || n >= c->n)
		return;
	if (n == c->cursor)
		choose(c, app, n);
	else
		c->cursor = n;
}

static bool choose_command(struct view *v, struct app *app, enum command command, const struct key *key)
{
	struct choose *c = (struct choose *)v;

	if (dialog_move(command, c->n, c->list.rows, &c->cursor))
		return true;
	if (command == CMD_PICK)
		pick(c, app, key);
	else if (command == CMD_ACCEPT && key->code == KEYCODE_MOUSE_DOUBLE)
		pick(c, app, key);
	else if (command == CMD_ACCEPT)
		choose(c, app, c->cursor);
	else
		return false;
	return true;
}

static const struct view_ops choose_ops = {.name = "choose",
					   .context = CONTEXT_MENU,
					   .draw = choose_draw,
					   .key = choose_key,
					   .command = choose_command,
					   .close = choose_close};

static bool copy_items(struct choose *c, const struct choice *choices, size_t n)
{
	c->items = calloc(n ? n : 1, sizeof(*c->items));
	if (!c->items)
		return false;
	c->n = n;
	for (size_t i = 0; i < n; i++) {
		struct item *item = &c->items[i];
		int text = canvas_width(choices[i].text);
		int hint = canvas_width(choices[i].hint ? choices[i].hint : "");

		item->text = strdup(choices[i].text);
		item->hint = strdup(choices[i].hint ? choices[i].hint : "");
		item->letter = choices[i].letter;
		item->disabled = choices[i].disabled;
		if (!item->text || !item->hint)
			return false;
		c->letters = c->letters || item->letter;
		c->text_cols = text > c->text_cols ? text : c->text_cols;
		c->hint_cols = hint > c->hint_cols ? hint : c->hint_cols;
	}
	return true;
}

struct view *dialog_choose_new(struct app *app, const char *title, const struct choice *choices, size_t n,
			       size_t start, void (*chosen)(struct app *app, void *context, size_t n),
			       void *context, void (*release)(void *context))
{
	struct choose *c = calloc(1, sizeof(*c));

	(void)app;
	if (!c) {
		if (release)
			release(context);
		return NULL;
	}
	c->view.ops = &choose_ops;
	c->chosen = chosen;
	c->context = context;
	c->release = release;
	c->title = strdup(title);
	if (!c->title || !copy_items(c, choices, n)) {
		choose_close(&c->view);
		return NULL;
	}
	c->cursor = start < n ? start : 0;
	return &c->view;
}

void dialog_choose_note(struct view *view, const char *note)
{
	struct choose *c = (struct choose *)view;

	if (!view || !note || !note[0])
		return;
	free(c->note);
	c->note = strdup(note);
}
