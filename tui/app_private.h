/* SPDX-License-Identifier: Apache-2.0 */
/* Between the files of the app. */
#pragma once

#include "app.h"

/* app.c: an empty history; app->history is NULL where memory is short. */
void app_history_anew(struct app *app);

/* app_time.c: by so many nanoseconds from the picture that is shown; and the dialog that asks for a time. */
void app_move_in_time(struct app *app, int64_t by_ns);
void app_ask_time(struct app *app);

/* app_action.c: commands that are actions, by their key or by what they ask for. True = it was one. */
bool app_action_command(struct app *app, enum command command);

/* An action with the targets that it was asked for, pinned: the context of the dialogs on the way. */
struct deed {
	const struct action *action;
	struct action_target *targets;
	size_t n;
	char *argument;			  /* NULL = not asked for yet */
	const struct action_limit *limit; /* dialog_limits.c */
};
/* Copies targets and argument; NULL where memory is short. */
struct deed *deed_new(const struct action *action, const struct action_target *targets, size_t n,
		      const char *argument);
void deed_free(void *context); /* as release functions take it */
/* "web", "3 containers (web, db, cache)". */
void deed_whom(const struct action_target *targets, size_t n, struct str *out);

/* Whom an action would be for now: whom the view is about, else (with `several`) who is tagged, else the
 * selected one. Their count, targets to be freed one by one and then *out; 0 = nobody. */
size_t app_targets(struct app *app, bool several, struct action_target **out);
void targets_free(struct action_target *targets, size_t n);

/* Why it can't be done to this target now, or NULL. */
const char *app_refusal(const struct app *app, const struct action *action,
			const struct action_target *target);
