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
	int usage_code;		   /* the exit code for a wrong command line; 0 = EXIT_USAGE */
	bool operands_end_options; /* what stands behind the first operand belongs to somebody else's command
				      line */
	/* Does it; settings are parsed already. The exit code; it has said itself what went wrong. */
	int (*run)(void *settings, const struct text_list *operands);
};

/* The commands that this program has, NULL behind the last: table_<program>.c. */
extern const struct command *const command_table[];

/* One of them by its name; NULL where there is none. */
const struct command *command_find(const char *name);

/* Parses the words behind the command's name and runs it, or shows its help. The exit code. */
int command_main(const struct command *command, int argc, char **argv);
