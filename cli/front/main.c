/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The front: knows every command's name and summary, has those of launching and living itself, and executes
 * the program that has the others.
 */
#include "base/program.h"
#include "command.h"
#include "commands.h"
#include "exit_code.h"
#include "message.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static int print_help(void)
{
	puts("usage: plimsoll COMMAND [OPTIONS] [ARGUMENTS]\n"
	     "\n"
	     "Sees every container on this host, and says what limits each of them.\n"
	     "\n"
	     "commands:");
	for (size_t i = 0; i < n_command_rows; i++)
		printf("  %-10s %s\n", command_rows[i].name, command_rows[i].summary);
	puts("  help       Show the help of a command\n"
	     "  version    Show the version\n"
	     "\n"
	     "'plimsoll COMMAND --help' shows a command's options and examples.");
	return fflush(stdout) == 0 ? EXIT_OK : EXIT_FAILED;
}

static int print_version(void)
{
	puts("plimsoll " PLIMSOLL_VERSION);
	return fflush(stdout) == 0 ? EXIT_OK : EXIT_FAILED;
}

/* Runs the program below libexec with argv; returns only if it could not, with *err filled. */
static int exec_program(const char *program, char **argv, struct error *err)
{
	char path[4096];
	char *first = argv[0];
	int r = program_find(program, path, sizeof(path), err);

	if (r < 0)
		return r;
	argv[0] = path;
	execv(path, argv);
	r = -errno;
	argv[0] = first;
	return error_errno(err, r, "", "cannot run '%s'", path);
}

static int run(const char *command, int argc, char **argv)
{
	const struct command_row *row = command_row_find(command);
	struct error err;

	if (!row) {
		command_unknown(command, &err);
		message_error(&err);
		return EXIT_USAGE;
	}
	if (strcmp(row->program, "front") == 0)
		return command_main(command_find(command), argc - 2, argv + 2);
	exec_program(row->program, argv, &err);
	message_error(&err);
	return EXIT_FAILED;
}

static int run_help(char **argv)
{
	static char help[] = "--help";

	if (!argv[2])
		return print_help();
	argv[1] = argv[2];
	argv[2] = help;
	argv[3] = NULL;
	return run(argv[1], 3, argv);
}

static bool is_one_of(const char *word, const char *a, const char *b, const char *c)
{
	return strcmp(word, a) == 0 || strcmp(word, b) == 0 || strcmp(word, c) == 0;
}

int main(int argc, char **argv)
{
	struct error err;

	if (argc < 2) {
		error_set(&err, -EINVAL, "'plimsoll --help' lists the commands", "no command was given");
		message_error(&err);
		return EXIT_USAGE;
	}
	if (is_one_of(argv[1], "--version", "-V", "version"))
		return print_version();
	if (is_one_of(argv[1], "--help", "-h", "help"))
		return strcmp(argv[1], "help") == 0 ? run_help(argv) : print_help();
	if (argv[1][0] == '-') {
		error_set(
			&err, -EINVAL,
			"options come behind the command: plimsoll COMMAND [OPTIONS]; see 'plimsoll --help'",
			"unknown option '%s'", argv[1]);
		message_error(&err);
		return EXIT_USAGE;
	}
	return run(argv[1], argc, argv);
}
