/* SPDX-License-Identifier: Apache-2.0 */
/*
 * PID 1 of a container that was started with --init. All signals stay blocked and are fetched one by one, so
 * that there are no handlers, and nothing can get lost between a look and a wait.
 */
#include "program.h"
#include "syscall.h"

#include <asm/ioctls.h>
#include <asm/siginfo.h>
#include <asm/signal.h>
#include <linux/errno.h>
#include <linux/prctl.h>
#include <linux/wait.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define BIT(signal) (UINT64_C(1) << ((signal)-1))

/* These tell of faults of our own: blocked, the kernel would end us for them without a word anyhow. */
#define FAULTS \
	(BIT(SIGSEGV) | BIT(SIGBUS) | BIT(SIGILL) | BIT(SIGFPE) | BIT(SIGTRAP) | BIT(SIGSYS) | BIT(SIGABRT))
#define ALL_STANDARD_FDS 3

/* rt_sigaction's own structure on x86_64 and aarch64 (the C library's differs). */
struct action {
	void (*handler)(int);
	unsigned long flags;
	void (*restorer)(void);
	uint64_t mask;
};

/* What the program inherits as if we weren't there. */
struct inherited {
	uint64_t mask;
	struct action child;
	struct action tty_input;
	struct action tty_output;
};

static void set_action(int signal, const struct action *now, struct action *before)
{
	SYSCALL4(rt_sigaction, signal, now, before, sizeof(uint64_t));
}

/*
 * SIGCHLD ignored by whoever started us would make the kernel reap in our stead, and the exit code would be
 * lost. SIGTTOU would stop us as we hand over the terminal.
 */
static void take_signals(struct inherited *inherited)
{
	const uint64_t wanted = ~(uint64_t)FAULTS;
	const struct action by_default = {.handler = SIG_DFL};
	const struct action ignored = {.handler = SIG_IGN};

	SYSCALL4(rt_sigprocmask, SIG_SETMASK, &wanted, &inherited->mask, sizeof(wanted));
	set_action(SIGCHLD, &by_default, &inherited->child);
	set_action(SIGTTIN, &ignored, &inherited->tty_input);
	set_action(SIGTTOU, &ignored, &inherited->tty_output);
}

static void give_signals_back(const struct inherited *inherited)
{
	set_action(SIGCHLD, &inherited->child, NULL);
	set_action(SIGTTIN, &inherited->tty_input, NULL);
	set_action(SIGTTOU, &inherited->tty_output, NULL);
	SYSCALL4(rt_sigprocmask, SIG_SETMASK, &inherited->mask, NULL, sizeof(inherited->mask));
}

/* A group of its own, in front of the terminal if there is one: Ctrl-C then reaches the program's group once,
 * and not a second time through us. Standard input may be redirected while the others are the terminal. */
static void own_group(void)
{
	int group = (int)SYSCALL1(getpid, 0);

	if (SYSCALL2(setpgid, 0, 0) < 0)
		return;
	for (int fd = 0; fd < ALL_STANDARD_FDS; fd++)
		if (SYSCALL3(ioctl, fd, TIOCSPGRP, &group) == 0)
			return;
}

static long spawn(const struct program *program, const struct inherited *inherited)
{
	long pid = SYSCALL5(clone, SIGCHLD, 0, 0, 0, 0);

	if (pid != 0)
		return pid;
	own_group();
	give_signals_back(inherited);
	program_execute(program);
}

/* A value that came along with the signal (sigqueue) goes along to the child too. */
static void pass_on(long child, siginfo_t *info)
{
	if (info->si_code == SI_QUEUE && SYSCALL3(rt_sigqueueinfo, child, info->si_signo, info) == 0)
		return;
	SYSCALL2(kill, child, info->si_signo);
}

static int exit_code(int status)
{
	int signal = status & 0x7f;

	return signal ? 128 + signal : (status >> 8) & 0xff;
}

/* Reaps all that ended, orphans too. True once the child was among them, with *code. */
static bool reap(long child, int *code)
{
	bool ended = false;
	int status = 0;
	long pid;

	while ((pid = SYSCALL4(wait4, -1, &status, WNOHANG | __WALL, 0)) > 0) {
		if (pid != child)
			continue;
		*code = exit_code(status);
		ended = true;
	}
	return ended;
}

void program_reap(const struct program *program)
{
	const uint64_t wanted = ~(uint64_t)FAULTS;
	struct inherited inherited;
	long child;
	int code = 0;

	/* PID 1 gets its namespace's orphans anyhow; elsewhere they have to be asked for. */
	if (SYSCALL1(getpid, 0) != 1)
		SYSCALL5(prctl, PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0);
	take_signals(&inherited);
	child = spawn(program, &inherited);
	if (child < 0) {
		int error = (int)-child;

		SYSCALL3(write, program->status_fd, &error, sizeof(error));
		program_exit(EXIT_CALLED_WRONGLY);
	}
	/* Its end of file tells the other side that the program runs. */
	SYSCALL1(close, program->status_fd);
	for (;;) {
		siginfo_t info = {0};
		long signal = SYSCALL4(rt_sigtimedwait, &wanted, &info, 0, sizeof(wanted));

		if (signal == SIGCHLD) {
			if (reap(child, &code))
				program_exit(code);
		} else if (signal > 0) {
			pass_on(child, &info);
		}
	}
}
