/* SPDX-License-Identifier: Apache-2.0 */
#include "base/cleanup.h"
#include "commands.h"
#include "help.h"
#include "option_value.h"

#include <string.h>

/* The words that may stand for an option. */
static void option_words(struct str *out, const struct option_spec *row)
{
	str_printf(out, " --%s", row->name);
	if (!option_takes_value(row))
		str_printf(out, " --no-%s", row->name);
	if (row->letter)
		str_printf(out, " -%c", row->letter);
}

/* One branch of a case: what may follow an option that takes a value. */
static void value_branch(struct str *out, const char *command, const struct option_spec *row)
{
	if (!option_takes_value(row))
		return;
	str_printf(out, "\t%s:--%s", command, row->name);
	if (row->letter)
		str_printf(out, " | %s:-%c", command, row->letter);
	str_add(out, ")");
	if (row->choices) {
		str_add(out, " words=\"");
		for (size_t i = 0; row->choices[i]; i++)
			str_printf(out, "%s%s", i ? " " : "", row->choices[i]);
		str_add(out, "\" ;;\n");
	} else if (strcmp(row->value, "DIR") == 0) {
		str_add(out, " mapfile -t COMPREPLY < <(compgen -d -- \"$current\") && return ;;\n");
	} else if (strcmp(row->value, "FILE") == 0) {
		str_add(out, " mapfile -t COMPREPLY < <(compgen -f -- \"$current\") && return ;;\n");
	} else {
		str_add(out, " return ;;\n");
	}
}

static void each_option(struct str *out, const struct command *command,
			void (*what)(struct str *, const char *, const struct option_spec *))
{
	for (size_t g = 0; g < command->n_groups; g++)
		for (size_t i = 0; i < command->groups[g].n_rows; i++)
			what(out, command->name, &command->groups[g].rows[i]);
}

static void words_of(struct str *out, const char *command, const struct option_spec *row)
{
	(void)command;
	option_words(out, row);
}

void help_bash(struct str *out)
{
	str_add(out,
		"# bash completion for plimsoll; made from its option tables\n"
		"_plimsoll() {\n"
		"\tlocal current=${COMP_WORDS[COMP_CWORD]} previous=${COMP_WORDS[COMP_CWORD - 1]} words=\n"
		"\tif [ \"$COMP_CWORD\" = 1 ]; then\n"
		"\t\twords=\"help version");
	for (size_t i = 0; i < n_command_rows; i++)
		str_printf(out, " %s", command_rows[i].name);
	str_add(out, " --help --version\"\n"
		     "\t\tmapfile -t COMPREPLY < <(compgen -W \"$words\" -- \"$current\")\n"
		     "\t\treturn\n"
		     "\tfi\n"
		     "\tcase ${COMP_WORDS[1]}:$previous in\n");
	for (size_t i = 0; i < n_command_rows; i++) {
		const struct command *command = command_find(command_rows[i].name);

		if (command)
			each_option(out, command, value_branch);
	}
	str_add(out, "\tesac\n"
		     "\t[ -n \"$words\" ] || case ${COMP_WORDS[1]} in\n");
	for (size_t i = 0; i < n_command_rows; i++) {
		const struct command *command = command_find(command_rows[i].name);

		if (!command)
			continue;
		str_printf(out, "\t%s) words=\"--help --version", command->name);
		each_option(out, command, words_of);
		str_add(out, "\" ;;\n");
	}
	str_add(out, "\thelp) words=\"");
	for (size_t i = 0; i < n_command_rows; i++)
		str_printf(out, "%s%s", i ? " " : "", command_rows[i].name);
	str_add(out, "\" ;;\n"
		     "\tesac\n"
		     "\tmapfile -t COMPREPLY < <(compgen -W \"$words\" -- \"$current\")\n"
		     "}\n"
		     "complete -F _plimsoll plimsoll\n");
}
