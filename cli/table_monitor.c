/* SPDX-License-Identifier: Apache-2.0 */
/* The commands of libexec/plimsoll/monitor. */
#include "command.h"

#include <stddef.h>

#define DECLARE_front(name)
#define TAKE_front(name)
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
