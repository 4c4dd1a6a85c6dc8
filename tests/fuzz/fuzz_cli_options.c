/* SPDX-License-Identifier: Apache-2.0 */
/* A command line, a word a line, for the command that the first byte chooses. */
#include "base/cleanup.h"
#include "check.h"
#include "command.h"
#include "commands.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define WORDS_MAX 64

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void parse(const struct command *command, int argc, char **argv)
{
	_cleanup_free_ void *settings = calloc(1, command->settings_size);
	struct text_list operands = {0};
	struct error err = {0};
	int r = options_parse(command->groups, command->n_groups, argc, argv, command->operands_end_options,
			      settings, &operands, &err);

	/* A refusal says why, and nothing else is filled in by one that is taken. */
	CHECK(r >= 0 || (r == err.code && *err.cause));
	CHECK(operands.n <= (size_t)argc);
	text_list_free(&operands);
	options_release(command->groups, command->n_groups, settings);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	_cleanup_free_ char *text = malloc(size + 1);
	char *argv[WORDS_MAX];
	char *rest;
	char *word;
	int argc = 0;

	if (size == 0)
		return 0;
	memcpy(text, data, size);
	text[size] = '\0';
	rest = text + 1;
	while (argc < WORDS_MAX && (word = strsep(&rest, "\n")))
		argv[argc++] = word;
	parse(command_find(command_rows[data[0] % n_command_rows].name), argc, argv);
	return 0;
}
