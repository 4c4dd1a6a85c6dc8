/* SPDX-License-Identifier: Apache-2.0 */
/* Prints a man page (`gen_cli man [COMMAND]`) or the bash completion (`gen_cli bash`) from the option tables.
 */
#include "help.h"

#include <stdio.h>
#include <string.h>

int main(int argc, char **argv)
{
	_cleanup_str_ struct str out = {0};
	const struct command *command = argc == 3 ? command_find(argv[2]) : NULL;

	if (argc == 2 && strcmp(argv[1], "man") == 0) {
		help_man_front(&out);
	} else if (command && strcmp(argv[1], "man") == 0) {
		help_man(&out, command);
	} else if (argc == 2 && strcmp(argv[1], "bash") == 0) {
		help_bash(&out);
	} else {
		fputs("usage: gen_cli man [COMMAND] | bash\n", stderr);
		return 2;
	}
	return out.failed || fwrite(out.data, 1, out.len, stdout) != out.len || fflush(stdout) != 0;
}
