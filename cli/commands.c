/* SPDX-License-Identifier: Apache-2.0 */
#include "commands.h"

#include "base/cleanup.h"
#include "base/nearest.h"

#include <errno.h>
#include <string.h>

const struct command_row command_rows[] = {
#define COMMAND(name, program, summary) {#name, #program, summary},
#include "commands.def"
#undef COMMAND
};
const size_t n_command_rows = ARRAY_SIZE(command_rows);

const struct command_row *command_row_find(const char *name)
{
	for (size_t i = 0; i < n_command_rows; i++)
		if (strcmp(command_rows[i].name, name) == 0)
			return &command_rows[i];
	return NULL;
}

int command_unknown(const char *word, struct error *err)
{
	struct nearest near = {.word = word};

	for (size_t i = 0; i < n_command_rows; i++)
		nearest_consider(&near, command_rows[i].name);
	if (near.best)
		return error_set(err, -EINVAL, "", "'%s' is no command: did you mean '%s'?", word, near.best);
	return error_set(err, -EINVAL, "'plimsoll --help' lists the commands", "'%s' is no command", word);
}
