/* SPDX-License-Identifier: Apache-2.0 */
/* What the dashboard can do to containers: command lines of this program and of other runtimes' tools. */
#pragma once

#include "tui/action.h"

struct top_actions {
	struct action_table table;
	char front[4096]; /* path of the program "plimsoll" */
};

/* 0, or -errno where this program's own front can't be found. The table borrows `a`. */
int top_actions_init(struct top_actions *a, struct error *err);

/* The command line of an action as one allocation, as action.command gives it; -ENOENT where nobody can do
 * it. `front` stands for the word "plimsoll"; has_tool says whether a program is to be had. */
int top_command(const char *action, const struct action_target *target, const char *argument,
		const char *front, bool (*has_tool)(const char *program), char ***argv);
