/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What is on the screen is a stack of views: the list at the bottom, one container, the pager and dialogs
 * above. Each draws its part onto the canvas, bottom first; the topmost gets the keys. A view embeds a struct
 * view as its first member.
 */
#pragma once

#include "canvas.h"
#include "key.h"
#include "model/metric.h"
#include "tui/action.h"

#include <stdbool.h>

struct app;
struct view;

struct view_ops {
	const char *name; /* "list": in tests and for where to come back to */
	enum context context;
	bool whole; /* covers the whole screen: nothing below it is drawn */
	void (*draw)(struct view *v, struct app *app, struct canvas *canvas);
	/* A key before the bindings are asked: letters of a menu, text of an input line. True = taken. May be
	 * NULL. */
	bool (*key)(struct view *v, struct app *app, const struct key *key);
	/* A command that the key is bound to. True = taken; otherwise the app does what it can (app_command).
	 */
	bool (*command)(struct view *v, struct app *app, enum command command, const struct key *key);
	/* There is a new picture, or another one is shown (frozen, a step in time). May be NULL. */
	void (*pictured)(struct view *v, struct app *app);
	/* Adds the metrics that it shows (asked by app_need_changed). May be NULL. */
	void (*need)(struct view *v, struct app *app, struct metric_set *need);
	/* Whom it is about, which actions are then for (borrowed); NULL = nobody. May be NULL: the list's
	 * cursor or its tags are meant. */
	const struct action_target *(*about)(struct view *v, struct app *app);
	/* A descriptor of its own that the loop watches (a child's output), -1 = none. Both may be NULL. */
	int (*fd)(struct view *v);
	void (*readable)(struct view *v, struct app *app);
	void (*close)(struct view *v); /* frees it */
};

struct view {
	const struct view_ops *ops;
	struct view *below;
};
