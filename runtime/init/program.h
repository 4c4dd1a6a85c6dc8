/* SPDX-License-Identifier: Apache-2.0 */
/* The parts of the init program. How it is called: runtime/init.h. */
#pragma once

struct program {
	int status_fd; /* the errno of a failed execve goes there */
	const char *path;
	char **argv;
	char **envp;
};

/* What the program ends with when it was called wrongly; as of Docker, 125 is the runtime's own failure. */
#define EXIT_CALLED_WRONGLY 125

_Noreturn void program_exit(int code);

/* Executes the program; where that fails, reports the errno and ends with 126 or 127. */
_Noreturn void program_execute(const struct program *program);

/* Runs the program as a child, passes signals on to it and reaps whatever ends, until the child has ended. */
_Noreturn void program_reap(const struct program *program);
