/* SPDX-License-Identifier: Apache-2.0 */
/* Actions: from a key to a command line that runs, with everything that is asked on the way. */
#include "app_private.h"

#include "successor.h"
#include "views.h"

#include <ctype.h>
#include <errno.h>
#include <string.h>

static const char launch_form[] = "--name  --memory 256m --cpus 1 --rootfs / -- ";

const struct action *app_action(const struct app *app, const char *key)
{
	const struct action_table *table = app->options->actions;

	for (size_t i = 0; table && i < table->n; i++) {
		if (strcmp(table->items[i].key, key) == 0)
			return &table->items[i];
	}
	return NULL;
}

static const struct action *action_that_asks(const struct app *app, enum action_input input, bool no_target)
{
	const struct action_table *table = app->options->actions;

	for (size_t i = 0; table && i < table->n; i++) {
		if (table->items[i].input == input && table->items[i].no_target == no_target)
			return &table->items[i];
	}
	return NULL;
}

const char *app_refusal(const struct app *app, const struct action *action,
			const struct action_target *target)
{
	if (app->options->replay)
		return "this is a recording";
	if (app->options->readonly && action->changes)
		return "--readonly";
	if (!action->refusal)
		return NULL;
	return action->refusal(app->options->actions->context, action, target);
}

/* "pause web" */
static void title_of(const struct action *action, const struct action_target *target, struct str *out)
{
	str_char(out, (char)tolower((unsigned char)action->title[0]));
	if (action->title[0])
		str_add(out, action->title + 1);
	if (target)
		str_printf(out, " %s", target->name);
}

static void start(struct app *app, const struct action *action, const char *title, char **argv)
{
	struct error err = {0};
	struct view *pager;

	if (action->show == SHOW_TERMINAL) {
		free(app->terminal_command);
		app->terminal_command = argv;
		return;
	}
	if (action->show == SHOW_PAGER) {
		pager = view_pager_command(app, title, argv, action->follow, &err);
		if (pager)
			app_push(app, pager);
		else
			app_say_error(app, &err);
	} else if (jobs_start(app->jobs, title, argv, &err) < 0) {
		app_say_error(app, &err);
	} else {
		app_say(app, ROLE_NOTICE, "%s ...", title);
	}
	free(argv);
}

/* The same container, started again meanwhile. */
static ptrdiff_t started_again(const struct snapshot *s, ptrdiff_t index, const struct action_target *pinned)
{
	ptrdiff_t again = successor_of(s, (size_t)index);
	const struct identity *who = again >= 0 ? snapshot_entity(s, (size_t)again)->identity : NULL;

	return who && who->runtime == pinned->runtime && strcmp(who->id, pinned->id) == 0 ? again : index;
}

/* The target as it is this moment: the dialogs may have been open for long. */
static int look_again(const struct app *app, const struct action *action, const struct action_target *pinned,
		      struct action_target *now)
{
	const struct snapshot *s = app->live ? comparison_later(app->live) : NULL;
	ptrdiff_t index = s ? snapshot_find(s, pinned->entity) : -1;
	int r;

	if (index >= 0)
		return target_of(s, (size_t)started_again(s, index, pinned), now);
	if (action->changes || action->show == SHOW_TERMINAL)
		return -ESRCH;
	r = target_copy(pinned, now); /* its log is still there to be read */
	if (r == 0)
		now->ended = true;
	return r;
}

static void run(struct app *app, const struct action *action, const struct action_target *target,
		const char *argument)
{
	_cleanup_str_ struct str title = {0};
	const char *why = app_refusal(app, action, target);
	struct error err = {0};
	char **argv = NULL;

	title_of(action, target, &title);
	if (title.failed)
		return;
	if (why)
		app_say(app, ROLE_WARNING, "%s: %s", title.data, why);
	else if (action->command(app->options->actions->context, action, target, argument, &argv, &err) < 0)
		app_say_error(app, &err);
	else
		start(app, action, title.data, argv);
}

void app_run_action(struct app *app, const struct action *action, const struct action_target *target,
		    const char *argument)
{
	struct action_target now;
	int r;

	if (!target) {
		run(app, action, NULL, argument);
		return;
	}
	r = look_again(app, action, target, &now);
	if (r == -ESRCH)
		app_say(app, ROLE_WARNING, "%s is gone", target->name);
	else if (r < 0)
		app_say(app, ROLE_BAD, "there is not enough memory");
	if (r < 0)
		return;
	run(app, action, &now, argument);
	target_free(&now);
}

static void run_deed(struct app *app, void *context)
{
	const struct deed *deed = context;

	if (deed->n == 0)
		app_run_action(app, deed->action, NULL, deed->argument);
	for (size_t i = 0; i < deed->n; i++)
		app_run_action(app, deed->action, &deed->targets[i], deed->argument);
}

static void question_of(const struct deed *deed, struct str *out)
{
	const struct action *action = deed->action;

	if (action->input == INPUT_SIGNAL && deed->argument) {
		str_printf(out, "Send %s to ", deed->argument);
		deed_whom(deed->targets, deed->n, out);
	} else {
		str_add(out, action->title);
		if (deed->n) {
			str_char(out, ' ');
			deed_whom(deed->targets, deed->n, out);
		}
		if (deed->argument)
			str_printf(out, ": %s", deed->argument);
	}
	str_char(out, '?');
}

static void confirm(struct app *app, struct deed *deed)
{
	_cleanup_str_ struct str question = {0};

	question_of(deed, &question);
	app_push(app, dialog_confirm_new(app, question.data, deed->action->title, run_deed, deed, deed_free));
}

/* Everything is known: takes over the deed. */
static void confirm_or_run(struct app *app, struct deed *deed)
{
	if (deed->action->confirm) {
		confirm(app, deed);
		return;
	}
	run_deed(app, deed);
	deed_free(deed);
}

static void command_typed(struct app *app, void *context, const char *text)
{
	const struct deed *deed = context;

	if (text[strspn(text, " ")])
		app_ask_action(app, deed->action, deed->targets, deed->n, text);
}

static void ask_command(struct app *app, struct deed *deed)
{
	static const struct input_calls calls = {.done = command_typed, .release = deed_free};
	_cleanup_str_ struct str label = {0};

	title_of(deed->action, deed->n ? deed->targets : NULL, &label);
	if (label.data)
		label.data[0] = (char)toupper((unsigned char)label.data[0]);
	app_push(app, dialog_input_new(app, label.data ? label.data : "", deed->n ? "" : launch_form,
				       deed->action->help, &calls, deed));
}

static void ask_input(struct app *app, struct deed *deed)
{
	const struct action *action = deed->action;

	if (action->input == INPUT_COMMAND) {
		ask_command(app, deed);
		return;
	}
	if (action->input == INPUT_SIGNAL)
		app_push(app, dialog_signal_new(app, action, deed->targets, deed->n));
	else
		app_push(app, dialog_limits_new(app, action, deed->targets, deed->n));
	deed_free(deed);
}

/* Takes out whom it is refused for; the message says why. */
static void leave_out_refused(struct app *app, struct deed *deed)
{
	size_t kept = 0;

	for (size_t i = 0; i < deed->n; i++) {
		const char *why = app_refusal(app, deed->action, &deed->targets[i]);

		if (why) {
			app_say(app, ROLE_WARNING, "%s: %s: %s", deed->action->title, deed->targets[i].name,
				why);
			target_free(&deed->targets[i]);
		} else {
			deed->targets[kept++] = deed->targets[i];
		}
	}
	deed->n = kept;
}

void app_ask_action(struct app *app, const struct action *action, const struct action_target *targets,
		    size_t n, const char *argument)
{
	const char *why = n ? NULL : app_refusal(app, action, NULL);
	struct deed *deed;

	if (why) {
		app_say(app, ROLE_WARNING, "%s: %s", action->title, why);
		return;
	}
	deed = deed_new(action, targets, n, argument);
	if (!deed) {
		app_say(app, ROLE_BAD, "there is not enough memory");
		return;
	}
	leave_out_refused(app, deed);
	if (n && deed->n == 0)
		deed_free(deed);
	else if (action->input != INPUT_NOTHING && !argument)
		ask_input(app, deed);
	else
		confirm_or_run(app, deed);
}

static void act(struct app *app, const struct action *action, const char *key)
{
	struct action_target *targets = NULL;
	size_t n = 0;

	if (!action) {
		app_say(app, ROLE_WARNING, "there is no way to %s here", key);
		return;
	}
	if (!action->no_target) {
		n = app_targets(app, action->show == SHOW_RESULT, &targets);
		if (n == 0) {
			app_say(app, ROLE_WARNING, "nothing is selected");
			return;
		}
	}
	app_ask_action(app, action, targets, n, NULL);
	targets_free(targets, n);
}

void app_act(struct app *app, const char *key)
{
	act(app, app_action(app, key), key);
}

static void pause_or_unpause(struct app *app)
{
	struct action_target target;
	bool frozen = false;

	if (app_target(app, &target) == 0) {
		frozen = target.frozen;
		target_free(&target);
	}
	app_act(app, frozen ? "unpause" : "pause");
}

bool app_action_command(struct app *app, enum command command)
{
	struct view *menu;

	if (command == CMD_MENU) {
		menu = dialog_menu_new(app);
		if (menu)
			app_push(app, menu);
	} else if (command == CMD_LOGS) {
		app_act(app, "logs");
	} else if (command == CMD_INSPECT) {
		app_act(app, "inspect");
	} else if (command == CMD_EXEC) {
		app_act(app, "exec");
	} else if (command == CMD_REMOVE) {
		app_act(app, "remove");
	} else if (command == CMD_PAUSE) {
		pause_or_unpause(app);
	} else if (command == CMD_SIGNAL) {
		act(app, action_that_asks(app, INPUT_SIGNAL, false), "send a signal");
	} else if (command == CMD_LIMITS) {
		act(app, action_that_asks(app, INPUT_LIMIT, false), "change a limit");
	} else if (command == CMD_LAUNCH) {
		act(app, action_that_asks(app, INPUT_COMMAND, true), "launch a container");
	} else {
		return false;
	}
	return true;
}
