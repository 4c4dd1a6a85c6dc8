/* SPDX-License-Identifier: Apache-2.0 */
#include "foreground.h"

#include "base/cleanup.h"
#include "program.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <sys/pidfd.h>
#include <sys/signalfd.h>
#include <sys/wait.h>

/* How often a program that was stopped (^Z, where there is no shell above it) is looked for. */
#define STOPPED_MS 250

/* ^C and ^Z were meant for the program, which got them too. */
static void take_signals(int signals, pid_t pid, int *end)
{
	struct signalfd_siginfo info;

	while (read(signals, &info, sizeof(info)) == (ssize_t)sizeof(info)) {
		int signal = (int)info.ssi_signo;

		if (signal != SIGTERM && signal != SIGHUP)
			continue;
		*end = signal;
		kill(pid, signal);
	}
}

static int wait_for(pid_t pid, int process, int signals, int *end)
{
	for (;;) {
		struct pollfd fds[] = {{.fd = process, .events = POLLIN}, {.fd = signals, .events = POLLIN}};
		int status;
		pid_t r;

		poll(fds, ARRAY_SIZE(fds), STOPPED_MS);
		take_signals(signals, pid, end);
		r = waitpid(pid, &status, WNOHANG | WUNTRACED);
		if (r < 0)
			return errno == ECHILD ? 0 : -errno;
		if (r == 0)
			continue;
		if (WIFEXITED(status))
			return WEXITSTATUS(status);
		if (WIFSIGNALED(status))
			return 128 + WTERMSIG(status);
		/* Nobody else could wake it. */
		kill(pid, SIGCONT);
	}
}

/* A shell that was killed may have left the terminal to a group that is no more. */
static void take_terminal(int tty)
{
	sigset_t block, before;

	sigemptyset(&block);
	sigaddset(&block, SIGTTOU);
	sigprocmask(SIG_BLOCK, &block, &before);
	tcsetpgrp(tty, getpgrp());
	sigprocmask(SIG_SETMASK, &before, NULL);
}

int foreground_run(char *const *argv, int in, int out, int err_out, int signals, int *end, struct error *err)
{
	_cleanup_close_ int process = -1;
	const int files[] = {in, out, err_out};
	pid_t pid = 0;
	int r = program_start(&pid, argv, files, false);

	if (r < 0)
		return error_errno(err, r, "", "cannot run '%s'", argv[0]);
	process = pidfd_open(pid, 0);
	r = wait_for(pid, process, signals, end);
	take_terminal(in);
	return r;
}
