/* SPDX-License-Identifier: Apache-2.0 */
#include "base/cleanup.h"
#include "commands.h"
#include "help.h"

#include <ctype.h>
#include <string.h>

/*
 * Text as roff: a backslash and a dot or quote at the start of a line are requests, and a plain '-' is a
 * hyphen that can't be copied into a shell.
 */
static void roff(struct str *out, const char *text)
{
	bool start = true;

	for (; *text; text++) {
		if (start && (*text == '.' || *text == '\''))
			str_add(out, "\\&");
		if (*text == '-')
			str_add(out, "\\-");
		else if (*text == '\\')
			str_add(out, "\\e");
		else
			str_char(out, *text);
		start = *text == '\n';
	}
}

static void title(struct str *out, const char *name)
{
	str_add(out, ".TH PLIMSOLL");
	if (*name)
		str_add(out, "\\-");
	for (; *name; name++)
		str_char(out, (char)toupper((unsigned char)*name));
	str_add(out, " 1 \"\" \"Plimsoll " PLIMSOLL_VERSION "\" \"Plimsoll\"\n");
}

static void paragraphs(struct str *out, const char *text)
{
	while (*text) {
		const char *end = strstr(text, "\n\n");
		_cleanup_str_ struct str one = {0};

		str_append(&one, text, end ? (size_t)(end - text) : strlen(text));
		str_add(out, ".PP\n");
		roff(out, one.data);
		str_char(out, '\n');
		text += one.len + (end ? 2 : 0);
	}
}

static void option(struct str *out, const struct option_spec *row)
{
	_cleanup_str_ struct str name = {0};
	_cleanup_str_ struct str text = {0};
	char *value;

	help_option_name(&name, row);
	help_option_text(&text, row);
	str_add(out, ".TP\n");
	if (row->letter)
		str_printf(out, "\\fB\\-%c\\fR, ", row->letter);
	str_add(out, "\\fB");
	value = strchr(name.data, ' ');
	if (value)
		*value++ = '\0';
	roff(out, name.data);
	if (value) {
		str_add(out, "\\fR \\fI");
		roff(out, value);
	}
	str_add(out, "\\fR\n");
	roff(out, text.data);
	str_add(out, ".\n");
}

static void exit_status(struct str *out)
{
	str_add(out, ".SH EXIT STATUS\n"
		     ".TP\n0\nDone, or ended by SIGINT, SIGTERM or a reader that went away.\n"
		     ".TP\n1\nIt could not be done; the message says why.\n"
		     ".TP\n2\nThe command line is wrong.\n");
}

void help_man(struct str *out, const struct command *command)
{
	const struct command_row *row = command_row_find(command->name);

	title(out, command->name);
	str_printf(out, ".SH NAME\nplimsoll\\-%s \\- ", command->name);
	roff(out, row ? row->summary : "");
	str_printf(out, "\n.SH SYNOPSIS\n\\fBplimsoll %s\\fR [\\fIOPTIONS\\fR] ", command->name);
	roff(out, command->operands);
	str_add(out, "\n.SH DESCRIPTION\n");
	paragraphs(out, command->description);
	for (size_t g = 0; g < command->n_groups; g++) {
		str_add(out, g == 0 ? ".SH OPTIONS\n" : "");
		if (g > 0 || strcmp(command->groups[g].heading, "options") != 0)
			str_printf(out, ".SS %c%s\n", toupper((unsigned char)command->groups[g].heading[0]),
				   command->groups[g].heading + 1);
		for (size_t i = 0; i < command->groups[g].n_rows; i++)
			option(out, &command->groups[g].rows[i]);
	}
	if (command->n_examples)
		str_add(out, ".SH EXAMPLES\n");
	for (size_t i = 0; i < command->n_examples; i++) {
		str_add(out, ".TP\n\\fB");
		roff(out, command->examples[i].line);
		str_add(out, "\\fR\n");
		roff(out, command->examples[i].what);
		str_add(out, ".\n");
	}
	exit_status(out);
	str_add(out, ".SH SEE ALSO\n.BR plimsoll (1)\n");
}

void help_man_front(struct str *out)
{
	title(out, "");
	str_add(out, ".SH NAME\nplimsoll \\- monitor and exporter of Linux containers\n"
		     ".SH SYNOPSIS\n\\fBplimsoll\\fR \\fICOMMAND\\fR [\\fIOPTIONS\\fR] [\\fIARGUMENTS\\fR]\n"
		     ".SH DESCRIPTION\n"
		     "Sees every container on a host, whatever runs it, and says what limits each of them.\n"
		     "It reads the kernel's cgroup and proc files and the runtimes' own metadata on disk; no "
		     "daemon of a\n"
		     "runtime is asked.\n"
		     ".SH COMMANDS\n");
	for (size_t i = 0; i < n_command_rows; i++) {
		str_printf(out, ".TP\n\\fBplimsoll %s\\fR\n", command_rows[i].name);
		roff(out, command_rows[i].summary);
		str_add(out, ".\n");
	}
	str_add(out, ".TP\n\\fBplimsoll help\\fR [\\fICOMMAND\\fR]\nShow the help of a command.\n"
		     ".TP\n\\fBplimsoll version\\fR\nShow the version.\n");
	exit_status(out);
	str_add(out, ".SH SEE ALSO\n");
	for (size_t i = 0; i < n_command_rows; i++)
		str_printf(out, ".BR plimsoll\\-%s (1)%s\n", command_rows[i].name,
			   i + 1 < n_command_rows ? "," : "");
}
