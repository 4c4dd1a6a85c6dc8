/* SPDX-License-Identifier: Apache-2.0 */
#include "dialog_private.h"
#include "wrap.h"

#include <stdlib.h>
#include <string.h>

#define WIDEST 60

struct confirm {
	struct view view;
	char *question;
	char *yes;
	bool on_yes; /* the button that Enter presses; cancel at first */
	void (*confirmed)(struct app *app, void *context);
	void *context;
	void (*release)(void *context);
	struct rect cancel_button, yes_button; /* where they were drawn */
};

static void confirm_close(struct view *v)
{
	struct confirm *c = (struct confirm *)v;

	if (c->release)
		c->release(c->context);
	free(c->question);
	free(c->yes);
	free(c);
}

static void accept(struct confirm *c, struct app *app)
{
	void (*confirmed)(struct app *, void *) = c->confirmed;
	void (*release)(void *) = c->release;
	void *context = c->context;

	c->release = NULL;
	app_pop(app);
	confirmed(app, context);
	if (release)
		release(context);
}

static void press(struct confirm *c, struct app *app)
{
	if (c->on_yes)
		accept(c, app);
	else
		app_pop(app);
}

static int draw_button(struct canvas *canvas, struct rect *where, int y, int x, int cols, bool active,
		       const char *text)
{
	enum role role = active ? ROLE_SELECTED : ROLE_TEXT;
	int used;

	*where = (struct rect){y, x, 1, 0};
	if (cols < 5)
		return 0;
	canvas_put(canvas, y, x, role, active ? '>' : ' ');
	canvas_put(canvas, y, x + 1, role, '[');
	used = canvas_text(canvas, y, x + 2, cols - 4, role, text);
	canvas_put(canvas, y, x + 2 + used, role, ']');
	canvas_put(canvas, y, x + 3 + used, role, active ? '<' : ' ');
	where->cols = used + 4;
	return used + 5;
}

static void confirm_draw(struct view *v, struct app *app, struct canvas *canvas)
{
	struct confirm *c = (struct confirm *)v;
	int cols = canvas_width(c->question) + 2;
	int buttons = canvas_width(c->yes) + 17;
	struct rect box, in;
	int lines, x;

	(void)app;
	if (cols > WIDEST)
		cols = WIDEST;
	if (cols < buttons)
		cols = buttons;
	if (cols > canvas->cols - 2)
		cols = canvas->cols - 2;
	lines = wrap_draw(NULL, (struct rect){0, 0, 0, cols - 2}, ROLE_STRONG, slice_of(c->question));
	box = dialog_area(canvas, lines + 2, cols);
	in = dialog_inside(box);
	canvas_box(canvas, box, "");
	wrap_draw(canvas, (struct rect){in.y, in.x + 1, in.rows - 1, in.cols - 2}, ROLE_STRONG,
		  slice_of(c->question));
	x = in.x + (in.cols > buttons ? in.cols - buttons : 0) + 1;
	x += draw_button(canvas, &c->cancel_button, in.y + in.rows - 1, x, in.x + in.cols - x, !c->on_yes,
			 "Cancel");
	draw_button(canvas, &c->yes_button, in.y + in.rows - 1, x, in.x + in.cols - x, c->on_yes, c->yes);
}

static bool confirm_key(struct view *v, struct app *app, const struct key *key)
{
	struct confirm *c = (struct confirm *)v;

	switch (key->code) {
	case KEYCODE_LEFT:
	case 'h':
		c->on_yes = false;
		return true;
	case KEYCODE_RIGHT:
	case 'l':
		c->on_yes = true;
		return true;
	case KEYCODE_TAB:
	case KEYCODE_SHIFT_TAB:
		c->on_yes = !c->on_yes;
		return true;
	case 'y':
	case 'Y':
		accept(c, app);
		return true;
	case 'n':
	case 'N':
	case 'c':
		app_pop(app);
		return true;
	default:
		return false;
	}
}

static bool is_in(struct rect r, const struct key *key)
{
	return key->y == r.y && key->x >= r.x && key->x < r.x + r.cols;
}

static bool confirm_command(struct view *v, struct app *app, enum command command, const struct key *key)
{
	struct confirm *c = (struct confirm *)v;
	bool mouse = key->code == KEYCODE_MOUSE_PRESS || key->code == KEYCODE_MOUSE_DOUBLE;

	if (command == CMD_ACCEPT && !mouse) {
		press(c, app);
	} else if (command == CMD_PICK || command == CMD_ACCEPT) {
		if (is_in(c->yes_button, key))
			accept(c, app);
		else if (is_in(c->cancel_button, key))
			app_pop(app);
	} else if (command == CMD_UP || command == CMD_DOWN) {
		c->on_yes = !c->on_yes;
	} else {
		return false;
	}
	return true;
}

static const struct view_ops confirm_ops = {.name = "confirm",
					    .context = CONTEXT_MENU,
					    .draw = confirm_draw,
					    .key = confirm_key,
					    .command = confirm_command,
					    .close = confirm_close};

struct view *dialog_confirm_new(struct app *app, const char *question, const char *yes,
				void (*confirmed)(struct app *app, void *context), void *context,
				void (*release)(void *context))
{
	struct confirm *c = calloc(1, sizeof(*c));

	(void)app;
	if (!c) {
		if (release)
			release(context);
		return NULL;
	}
	c->view.ops = &confirm_ops;
	c->confirmed = confirmed;
	c->context = context;
	c->release = release;
	c->question = strdup(question ? question : "");
	c->yes = strdup(yes);
	if (!c->question || !c->yes) {
		confirm_close(&c->view);
		return NULL;
	}
	return &c->view;
}
