/* SPDX-License-Identifier: Apache-2.0 */
/* The last step of a launch, with no C library below it: reads its arguments and executes the program. */
#include "program.h"
#include "runtime/init.h"
#include "syscall.h"

#include <linux/errno.h>
#include <linux/fcntl.h>
#include <stdbool.h>
#include <stddef.h>

enum { ARG_MODE = 1, ARG_STATUS_FD, ARG_PATH, ARG_ARGV0, ARGS_LEAST };

#define EXIT_NOT_FOUND 127
#define EXIT_NOT_EXECUTABLE 126

/* The kernel lays it on the stack: the count, the arguments, NULL, the environment, NULL. */
void start(long *stack) __attribute__((used));

/* Compilers call this for initialisers and loops even where there is no C library. */
void *memset(void *to, int value, size_t n);
void *memset(void *to, int value, size_t n)
{
	volatile unsigned char *at = to;

	while (n--)
		*at++ = (unsigned char)value;
	return to;
}

void program_exit(int code)
{
	for (;;)
		SYSCALL1(exit_group, code);
}

void program_execute(const struct program *program)
{
	int error = (int)-SYSCALL3(execve, program->path, program->argv, program->envp);

	SYSCALL3(write, program->status_fd, &error, sizeof(error));
	program_exit(error == ENOENT ? EXIT_NOT_FOUND : EXIT_NOT_EXECUTABLE);
}

static bool text_equal(const char *a, const char *b)
{
	while (*a && *a == *b) {
		a++;
		b++;
	}
	return *a == *b;
}

/* Digits and nothing else, up to 6 of them; -1 otherwise. */
static int read_number(const char *text)
{
	int value = 0;
	int n;

	for (n = 0; text[n] >= '0' && text[n] <= '9' && n < 6; n++)
		value = value * 10 + (text[n] - '0');
	return n > 0 && text[n] == '\0' ? value : -1;
}

void start(long *stack)
{
	long argc = *stack;
	char **argv = (char **)(stack + 1);
	struct program program;

	if (argc < ARGS_LEAST)
		program_exit(EXIT_CALLED_WRONGLY);
	program.status_fd = read_number(argv[ARG_STATUS_FD]);
	program.path = argv[ARG_PATH];
	program.argv = argv + ARG_ARGV0;
	program.envp = argv + argc + 1;
	/* It had to survive the execve of this program; the container's program must not have it. */
	if (program.status_fd < 0 || SYSCALL3(fcntl, program.status_fd, F_SETFD, FD_CLOEXEC) < 0)
		program_exit(EXIT_CALLED_WRONGLY);
	if (text_equal(argv[ARG_MODE], INIT_MODE_EXEC))
		program_execute(&program);
	if (text_equal(argv[ARG_MODE], INIT_MODE_REAP))
		program_reap(&program);
	program_exit(EXIT_CALLED_WRONGLY);
}

PROGRAM_START(start);
