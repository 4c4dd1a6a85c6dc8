/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The front: knows every command's name and summary, and runs the program that has it. It links libc alone,
 * so that a launch carries nothing that it does not use.
 */
#include "base/cleanup.h"
#include "base/fs.h"
#include "commands.h"
#include "exit_code.h"
#include "message.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define FOLDER "libexec/plimsoll"

/* Where the programs are: beside the front in the build folder; below the prefix once installed. */
static const char *const steps[] = {"", "/.."};

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

/* The folder of this very program, without the trailing slash. The length, or -errno. */
static ssize_t own_folder(char *buf, size_t cap)
{
	ssize_t n = fs_read_link(AT_FDCWD, "/proc/self/exe", buf, cap);

	while (n > 0 && buf[n - 1] != '/')
		n--;
	return n > 0 ? n - 1 : n;
}

/* Runs the program below libexec with argv; returns only if it could not, with *err filled. */
static int exec_program(const char *program, char **argv, struct error *err)
{
	char folder[4096];
	char path[sizeof(folder) + 64];
	ssize_t n = own_folder(folder, sizeof(folder));
	int r = -ENOENT;

	if (n < 0)
		return error_errno(err, (int)n, "mount /proc: plimsoll finds its programs by /proc/self/exe",
				   "cannot find out where plimsoll itself is");
	for (size_t i = 0; i < ARRAY_SIZE(steps); i++) {
		char *first = argv[0];

		snprintf(path, sizeof(path), "%.*s%s/" FOLDER "/%s", (int)n, folder, steps[i], program);
		argv[0] = path;
		execv(path, argv);
		argv[0] = first;
		r = -errno;
		if (r != -ENOENT)
			break;
	}
	if (r == -ENOENT)
		return error_set(
			err, r, "install plimsoll as a whole: bin/plimsoll and " FOLDER " belong together",
			"the program '%s' is neither in '%.*s/" FOLDER "' nor in '%.*s/../" FOLDER "'",
			program, (int)n, folder, (int)n, folder);
	return error_errno(err, r, "", "cannot run '%s'", path);
}

static int run(const char *command, char **argv)
{
	const struct command_row *row = command_row_find(command);
	struct error err;

	if (!row) {
		command_unknown(command, &err);
		message_error(&err);
		return EXIT_USAGE;
	}
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
	return run(argv[1], argv);
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
	return run(argv[1], argv);
}
