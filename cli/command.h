/* SPDX-License-Identifier: Apache-2.0 */
/* A command is one struct in its own cmd_<verb>.c; help, man page and completion come from it. */
#pragma once

#include "options.h"

struct example {
	const char *line; /* as it is typed */
	const char *what; /* what it does, no full stop */
};

struct command {
	const char *name;
	const char *operands;	 /* "[NAME...]", or "" */
	const char *description; /* paragraphs, separated by an empty line */
	const struct option_group *groups;
	size_t n_groups;
	const struct example *examples;
	size_t n_examples;
	size_t settings_size;
	/* Does it; settings are parsed already. The exit code; it has said itself what went wrong. */
	int (*run)(void *settings, const struct text_list *operands);
};

/* Every command of this program, by the rows of commands.def. NULL where there is none of that name. */
const struct command *command_find(const char *name);

/* Parses the words behind the command's name and runs it, or shows its help. The exit code. */
int command_main(const struct command *command, int argc, char **argv);
