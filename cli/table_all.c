/* SPDX-License-Identifier: Apache-2.0 */
/* Every command, for the man pages, the completion, and tests. */
#include "command.h"

#include <stddef.h>

#define DECLARE_front(name) extern const struct command command_##name;
#define TAKE_front(name) &command_##name,
#define DECLARE_monitor(name) extern const struct command command_##name;
#define TAKE_monitor(name) &command_##name,

#define COMMAND(name, program, summary) DECLARE_##program(name)
#include "commands.def"
#undef COMMAND

const struct command *const command_table[] = {
#define COMMAND(name, program, summary) TAKE_##program(name)
#include "commands.def"
#undef COMMAND
	NULL};
