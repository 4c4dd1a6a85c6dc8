/* SPDX-License-Identifier: Apache-2.0 */
#include "fatal.h"

#include "base/cleanup.h"

#include <signal.h>
#include <stdbool.h>
#include <string.h>

static const int fatal[] = {SIGSEGV, SIGABRT, SIGBUS, SIGFPE, SIGILL};

/* Prepared beforehand: a handler may only use what is async-signal-safe (signal-safety(7)). */
static struct {
	struct sigaction before[ARRAY_SIZE(fatal)];
	struct termios modes;
	char reset[512];
	size_t len;
	int tty;
	volatile int real_stderr;
	bool guarding;
} guard = {.real_stderr = -1};

static void restore_actions(void)
{
	for (size_t i = 0; i < ARRAY_SIZE(fatal); i++)
		sigaction(fatal[i], &guard.before[i], NULL);
}

static void last_words(int signal)
{
	ssize_t n = write(guard.tty, guard.reset, guard.len);

	(void)n;
	tcsetattr(guard.tty, TCSANOW, &guard.modes);
	if (guard.real_stderr >= 0)
		dup2(guard.real_stderr, STDERR_FILENO);
	restore_actions();
	raise(signal);
}

void fatal_guard(int tty, const char *reset, size_t len, const struct termios *modes)
{
	struct sigaction action = {.sa_handler = last_words};

	if (guard.guarding)
		fatal_release();
	guard.len = len < sizeof(guard.reset) ? len : 0;
	memcpy(guard.reset, reset, guard.len);
	guard.modes = *modes;
	guard.tty = tty;
	guard.guarding = true;
	for (size_t i = 0; i < ARRAY_SIZE(fatal); i++)
		sigaction(fatal[i], &action, &guard.before[i]);
}

void fatal_set_stderr(int fd)
{
	guard.real_stderr = fd;
}

void fatal_release(void)
{
	if (guard.guarding)
		restore_actions();
	guard.guarding = false;
}
