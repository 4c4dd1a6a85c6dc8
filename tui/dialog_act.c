/* SPDX-License-Identifier: Apache-2.0 */
/* The menu: what can be done to whom. */
#include "app_private.h"
#include "dialog_private.h"

#include <stdlib.h>
#include <string.h>

struct menu {
	struct action_target *targets;
	size_t n;
	const struct action **actions; /* by the choice's number; NULL: one of our own */
	size_t n_actions;
};

static void menu_free(void *context)
{
	struct menu *m = context;

	targets_free(m->targets, m->n);
	free(m->actions);
	free(m);
}

static void menu_chosen(struct app *app, void *context, size_t n)
{
	struct menu *m = context;

	if (n < m->n_actions && m->actions[n])
		app_ask_action(app, m->actions[n], m->targets, m->n, NULL);
	else if (n == 0)
		app_push(app, view_one_new(app, m->targets[0].entity, ""));
}

/* Why it is not to be done to any of them, or NULL. */
static const char *menu_refusal(const struct app *app, const struct menu *m, const struct action *action)
{
	const char *why = NULL;

	if (m->n > 1 && action->show != SHOW_RESULT)
		return "for one at a time";
	for (size_t i = 0; i < m->n; i++) {
		why = app_refusal(app, action, &m->targets[i]);
		if (!why)
			return NULL;
	}
	return why;
}

static size_t fill(const struct app *app, struct menu *m, struct choice *choices, bool in_one)
{
	const struct action_table *table = app->options->actions;
	size_t n = 0;

	if (!in_one) {
		choices[n++] = (struct choice){.text = "Open",
					       .hint = m->n > 1 ? "for one at a time"
								: "charts, processes, limits, events",
					       .letter = 'o',
					       .disabled = m->n > 1};
	}
	for (size_t i = 0; table && i < table->n; i++) {
		const struct action *action = &table->items[i];
		const char *why;

		if (action->no_target)
			continue;
		why = menu_refusal(app, m, action);
		m->actions[n] = action;
		choices[n++] = (struct choice){.text = action->title,
					       .hint = why ? why : action->help,
					       .letter = action->letter,
					       .disabled = why != NULL};
	}
	m->n_actions = n;
	choices[n++] = (struct choice){.text = "Cancel", .letter = 'c'};
	return n;
}

struct view *dialog_menu_new(struct app *app)
{
	size_t most = (app->options->actions ? app->options->actions->n : 0) + 2;
	_cleanup_free_ struct choice *choices = calloc(most, sizeof(*choices));
	_cleanup_str_ struct str title = {0};
	struct menu *m = calloc(1, sizeof(*m));
	bool in_one = app->top && app->top->ops->about;

	if (m)
		m->actions = calloc(most, sizeof(*m->actions));
	if (!choices || !m || !m->actions) {
		free(m);
		app_say(app, ROLE_BAD, "there is not enough memory");
		return NULL;
	}
	m->n = app_targets(app, true, &m->targets);
	if (m->n == 0) {
		menu_free(m);
		app_say(app, ROLE_WARNING, "nothing is selected");
		return NULL;
	}
	deed_whom(m->targets, m->n, &title);
	return dialog_choose_new(app, title.data ? title.data : "", choices, fill(app, m, choices, in_one), 0,
				 menu_chosen, m, menu_free);
}
