/* SPDX-License-Identifier: Apache-2.0 */
#include "help.h"

#include "base/parse.h"
#include "commands.h"
#include "option_value.h"

#include <string.h>

#define WIDTH 80
#define OPTION_COLUMN 30

static bool is_on(const struct option_spec *row)
{
	bool on = false;

	if (row->fallback)
		parse_bool(slice_of(row->fallback), &on);
	return on;
}

void help_option_name(struct str *out, const struct option_spec *row)
{
	const char *prefix = row->type == OPTION_SWITCH		      ? "[no-]"
			     : row->type == OPTION_FLAG && is_on(row) ? "no-"
								      : "";

	str_printf(out, "--%s%s", prefix, row->name);
	if (option_takes_value(row))
		str_printf(out, " %s", row->value);
}

void help_option_text(struct str *out, const struct option_spec *row)
{
	str_add(out, row->help);
	if (row->type == OPTION_CHOICE || row->type == OPTION_SET) {
		str_add(out, ": ");
		option_value_describe(out, row);
	}
	if (row->type == OPTION_LIST)
		str_add(out, "; may be given again");
	if (row->type == OPTION_SWITCH)
		str_printf(out, " (default: %s)", is_on(row) ? "on" : "off");
	else if (row->fallback && row->type != OPTION_FLAG)
		str_printf(out, " (default: %s)", row->fallback);
}

/* Appends words from `column` on, each further line indented; ends with a newline. */
static void wrap(struct str *out, struct slice text, size_t column, size_t indent)
{
	bool first = true;
	struct slice word;

	while (next_word(&text, " \n", &word)) {
		if (!first && column + 1 + word.len > WIDTH) {
			str_printf(out, "\n%*s", (int)indent, "");
			column = indent;
		} else if (!first) {
			str_char(out, ' ');
			column++;
		}
		str_append(out, word.at, word.len);
		column += word.len;
		first = false;
	}
	str_char(out, '\n');
}

static void paragraphs(struct str *out, const char *text)
{
	while (*text) {
		const char *end = strstr(text, "\n\n");
		struct slice one = {text, end ? (size_t)(end - text) : strlen(text)};

		str_char(out, '\n');
		wrap(out, one, 0, 0);
		text += one.len + (end ? 2 : 0);
	}
}

static void option(struct str *out, const struct option_spec *row)
{
	_cleanup_str_ struct str name = {0};
	_cleanup_str_ struct str text = {0};

	if (row->letter)
		str_printf(&name, "  -%c, ", row->letter);
	else
		str_add(&name, "      ");
	help_option_name(&name, row);
	help_option_text(&text, row);
	str_add(out, name.data);
	if (name.len + 2 > OPTION_COLUMN)
		str_printf(out, "\n%*s", OPTION_COLUMN, "");
	else
		str_printf(out, "%*s", (int)(OPTION_COLUMN - name.len), "");
	wrap(out, slice_of(text.data), OPTION_COLUMN, OPTION_COLUMN);
}

static bool has_letter(const struct command *command, char letter)
{
	for (size_t g = 0; g < command->n_groups; g++)
		for (size_t i = 0; i < command->groups[g].n_rows; i++)
			if (command->groups[g].rows[i].letter == letter)
				return true;
	return false;
}

void help_text(struct str *out, const struct command *command)
{
	const struct option_spec common[] = {
		{.name = "help", .letter = has_letter(command, 'h') ? 0 : 'h', .help = "show this help"},
		{.name = "version", .help = "show the version"},
	};
	const struct command_row *row = command_row_find(command->name);

	str_printf(out, "usage: plimsoll %s [OPTIONS]%s%s\n\n", command->name, *command->operands ? " " : "",
		   command->operands);
	str_printf(out, "%s.\n", row ? row->summary : "");
	paragraphs(out, command->description);
	for (size_t g = 0; g < command->n_groups; g++) {
		str_printf(out, "\n%s:\n", command->groups[g].heading);
		for (size_t i = 0; i < command->groups[g].n_rows; i++)
			option(out, &command->groups[g].rows[i]);
		for (size_t i = 0; g == 0 && i < ARRAY_SIZE(common); i++)
			option(out, &common[i]);
	}
	if (command->n_examples)
		str_add(out, "\nexamples:\n");
	for (size_t i = 0; i < command->n_examples; i++)
		str_printf(out, "  %s\n      %s\n", command->examples[i].line, command->examples[i].what);
}
