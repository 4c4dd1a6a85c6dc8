/* SPDX-License-Identifier: Apache-2.0 */
#include "command.h"

#include "base/cleanup.h"
#include "exit_code.h"
#include "help.h"
#include "message.h"
#include "output.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

const struct command *command_find(const char *name)
{
	for (const struct command *const *c = command_table; *c; c++)
		if (strcmp((*c)->name, name) == 0)
			return *c;
	return NULL;
}

static int show_help(const struct command *command)
{
	_cleanup_str_ struct str text = {0};

	help_text(&text, command);
	return output_write(&text) < 0 ? EXIT_FAILED : EXIT_OK;
}

static int show_version(void)
{
	_cleanup_str_ struct str text = {0};

	str_add(&text, "plimsoll " PLIMSOLL_VERSION "\n");
	return output_write(&text) < 0 ? EXIT_FAILED : EXIT_OK;
}

int command_main(const struct command *command, int argc, char **argv)
{
	_cleanup_free_ void *settings = calloc(1, command->settings_size);
	struct text_list operands = {0};
	struct error err = {0};
	int code;
	int r;

	if (!settings) {
		error_errno(&err, -ENOMEM, "", "cannot start");
		message_error(&err);
		return EXIT_FAILED;
	}
	r = options_parse(command->groups, command->n_groups, argc, argv, command->operands_end_options,
			  settings, &operands, &err);
	if (r == OPTIONS_OK) {
		code = command->run(settings, &operands);
	} else if (r == OPTIONS_HELP) {
		code = show_help(command);
	} else if (r == OPTIONS_VERSION) {
		code = show_version();
	} else {
		message_error(&err);
		code = command->usage_code ? command->usage_code : EXIT_USAGE;
	}
	text_list_free(&operands);
	options_release(command->groups, command->n_groups, settings);
	return code;
}
