/* SPDX-License-Identifier: Apache-2.0 */
/* Signals of a supervisor: what is passed on, and what means "stop". */
#include "base/clock.h"
#include "supervisor_internal.h"

#include <errno.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <sys/signalfd.h>
#include <sys/syscall.h>
#include <unistd.h>

static const int passed[] = {SIGHUP,  SIGINT,  SIGQUIT,	  SIGTERM, SIGUSR1,
			     SIGUSR2, SIGALRM, SIGVTALRM, SIGPROF, SIGIO};

static bool ends_it(const struct supervisor *sv, int number)
{
	return number == SIGTERM || number == SIGINT || number == SIGQUIT || number == SIGHUP ||
	       number == sv->c->config.stop_signal;
}

int supervisor_signals_open(struct supervisor *sv, struct error *err)
{
	sigset_t blocked;
	sigset_t heard;

	sigemptyset(&heard);
	if (sv->background) {
		sigaddset(&heard, SIGTERM);
	} else {
		for (size_t i = 0; i < sizeof(passed) / sizeof(*passed); i++)
			sigaddset(&heard, passed[i]);
		for (int i = SIGRTMIN; i <= SIGRTMAX; i++)
			sigaddset(&heard, i);
		sigaddset(&heard, SIGWINCH);
	}
	blocked = heard;
	/* A write to a reader that is gone is an error to us, not an end; the first process' end is its
	 * pidfd's. */
	sigaddset(&blocked, SIGPIPE);
	sigaddset(&blocked, SIGCHLD);
	if (sv->background) {
		sigaddset(&blocked, SIGHUP);
		sigaddset(&blocked, SIGINT);
		sigaddset(&blocked, SIGQUIT);
	}
	if (sigprocmask(SIG_BLOCK, &blocked, &sv->mask_before) < 0)
		return error_errno(err, -errno, NULL, "cannot block signals");
	sv->signals = signalfd(-1, &heard, SFD_CLOEXEC | SFD_NONBLOCK);
	return sv->signals < 0 ? error_errno(err, -errno, NULL, "cannot listen to signals") : 0;
}

void supervisor_send_signal(const struct supervisor *sv, int number)
{
	if (sv->child.pid > 0)
		(void)syscall(SYS_pidfd_send_signal, sv->child.pidfd, number, NULL, 0);
}

static void resized(const struct supervisor *sv)
{
	struct winsize size;

	if (sv->child.console >= 0 && supervisor_terminal_size(sv->foreground, &size))
		(void)ioctl(sv->child.console, TIOCSWINSZ, &size);
}

/* SIGTERM to a supervisor in the background, as a host that goes down sends it, stops the container in order.
 */
static void stop(struct supervisor *sv, uint64_t now)
{
	sv->stop_requested = true;
	supervisor_send_signal(sv, sv->c->config.stop_signal ? sv->c->config.stop_signal : SIGTERM);
	if (sv->c->config.stop_timeout >= 0 && !sv->kill_at)
		sv->kill_at = now + (uint64_t)sv->c->config.stop_timeout * NSEC_PER_SEC;
}

void supervisor_signals_read(struct supervisor *sv, uint64_t now)
{
	struct signalfd_siginfo info;

	while (read(sv->signals, &info, sizeof(info)) == (ssize_t)sizeof(info)) {
		int number = (int)info.ssi_signo;

		if (sv->phase == PHASE_FLUSHES) {
			/* It has ended; who asks twice does not want the rest of its output. */
			if (number != SIGWINCH)
				sv->abandoned = true;
		} else if (sv->background) {
			stop(sv, now);
		} else if (number == SIGWINCH) {
			resized(sv);
		} else {
			sv->stop_requested = sv->stop_requested || ends_it(sv, number);
			supervisor_send_signal(sv, number);
		}
	}
	if (sv->stop_requested && sv->phase == PHASE_WAITS)
		supervisor_give_up(sv);
}

void supervisor_signals_restore(struct supervisor *sv)
{
	const struct timespec no_time = {0};
	sigset_t pipe;

	/* Those that came at the very end were for the container, which is gone. */
	if (sv->signals >= 0)
		supervisor_signals_read(sv, 0);
	/* A SIGPIPE that waits would end this process now. */
	sigemptyset(&pipe);
	sigaddset(&pipe, SIGPIPE);
	while (!sigismember(&sv->mask_before, SIGPIPE) && sigtimedwait(&pipe, NULL, &no_time) > 0)
		;
	sigprocmask(SIG_SETMASK, &sv->mask_before, NULL);
}
