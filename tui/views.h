/* SPDX-License-Identifier: Apache-2.0 */
/* Every view there is, made to be pushed (app_push). NULL where memory is short. */
#pragma once

#include "app.h"

/* view_list.c: the main screen. */
struct view *view_list_new(struct app *app);
/* view_one.c: one container by its id, and the tab to open ("" = the first). */
struct view *view_one_new(struct app *app, uint64_t entity, const char *tab);
/* view_pager.c: text (owned by the caller, copied), or a command's output as it comes; title: "logs web". */
struct view *view_pager_text(struct app *app, const char *title, const char *text);
struct view *view_pager_command(struct app *app, const char *title, char *const *argv, bool follow,
				struct error *err);
/* The help's title: the help key closes a pager that has it. */
#define HELP_TITLE "Help"
/* view_help.c: made from the bindings of `context`. */
struct view *view_help_new(struct app *app, enum context context);

/* dialog_choose.c: a list to choose from. `chosen` gets the number and the context; items are copied. */
struct choice {
	const char *text;
	const char *hint; /* behind it; "" = none */
	char letter;	  /* chooses it; 0 = none */
	bool disabled;	  /* shown dim, not to be chosen; the hint says why */
};
struct view *dialog_choose_new(struct app *app, const char *title, const struct choice *choices, size_t n,
			       size_t start, void (*chosen)(struct app *app, void *context, size_t n),
			       void *context, void (*release)(void *context));

/* dialog_input.c: one line of text. `done` gets the text on Enter; `typed` (may be NULL) after each change;
 * `cancelled` (may be NULL) on Esc. The line stands at the bottom of the screen, `hint` behind it; the cursor
 * at its end, or between the first two spaces that follow each other: a form. The dialog is closed before
 * done or cancelled is called. */
struct input_calls {
	void (*done)(struct app *app, void *context, const char *text);
	void (*typed)(struct app *app, void *context, const char *text);
	void (*cancelled)(struct app *app, void *context);
	void (*release)(void *context);
};
struct view *dialog_input_new(struct app *app, const char *label, const char *text, const char *hint,
			      const struct input_calls *calls, void *context);

/* dialog_confirm.c: "Remove web?" [Cancel] [Remove]; cancel is the default. */
struct view *dialog_confirm_new(struct app *app, const char *question, const char *yes,
				void (*confirmed)(struct app *app, void *context), void *context,
				void (*release)(void *context));

/* dialog_columns.c: the columns of the list's tab; dialog_sort.c; dialog_setup.c. */
struct view *dialog_columns_new(struct app *app);
struct view *dialog_sort_new(struct app *app);
struct view *dialog_setup_new(struct app *app);
/* dialog_act.c: the menu of whoever is selected or tagged; NULL with a message where nobody is. */
struct view *dialog_menu_new(struct app *app);
/* dialog_limits.c, dialog_signal.c: what an action asks for; targets are copied. app_ask_action hears of what
 * was chosen. */
struct view *dialog_limits_new(struct app *app, const struct action *action,
			       const struct action_target *targets, size_t n);
struct view *dialog_signal_new(struct app *app, const struct action *action,
			       const struct action_target *targets, size_t n);
