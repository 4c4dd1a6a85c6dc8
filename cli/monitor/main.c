/* SPDX-License-Identifier: Apache-2.0 */
/* libexec/plimsoll/monitor: the commands that watch. */
#include "command.h"
#include "commands.h"
#include "exit_code.h"
#include "message.h"

#include <errno.h>
#include <locale.h>
#include <signal.h>

int main(int argc, char **argv)
{
	const struct command *command = argc > 1 ? command_find(argv[1]) : NULL;
	struct error err;

	setlocale(LC_CTYPE, "");  /* how wide a character is (wcwidth) */
	signal(SIGPIPE, SIG_IGN); /* a reader that went away is seen where it is written to */
	if (command)
		return command_main(command, argc - 2, argv + 2);
	if (argc > 1)
		command_unknown(argv[1], &err);
	else
		error_set(&err, -EINVAL, "it is run by 'plimsoll COMMAND'", "no command was given");
	message_error(&err);
	return EXIT_USAGE;
}
