/* SPDX-License-Identifier: Apache-2.0 */
#include "exec_wait.h"

#include "base/cleanup.h"
#include "base/fs.h"
#include "runtime/control.h"
#include "runtime/detach_keys.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/signalfd.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <termios.h>

#define CHUNK 4096

struct session {
	const struct launched *process;
	int signals;
	bool input;   /* stdin is still read */
	bool hung_up; /* the terminal has ended */
	bool detached;
	struct detach_keys keys;
	unsigned char pending[CHUNK + DETACH_KEYS_MAX]; /* typed, and not taken by the terminal yet */
	size_t n_pending;
};

static const int passed_on[] = {SIGHUP,	 SIGINT,  SIGQUIT, SIGTERM, SIGUSR1,
				SIGUSR2, SIGALRM, SIGCONT, SIGWINCH};

int exec_signals(struct error *err)
{
	sigset_t set;
	int fd;

	sigemptyset(&set);
	for (size_t i = 0; i < ARRAY_SIZE(passed_on); i++)
		sigaddset(&set, passed_on[i]);
	fd = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
	if (fd < 0 || sigprocmask(SIG_BLOCK, &set, NULL) < 0) {
		int r = -errno;

		cleanup_closep(&fd);
		return error_errno(err, r, "", "cannot wait for signals");
	}
	return fd;
}

static void copy_size(int console)
{
	struct winsize size;

	if (ioctl(STDIN_FILENO, TIOCGWINSZ, &size) == 0 || ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0)
		ioctl(console, TIOCSWINSZ, &size);
}

static void take_signals(const struct session *s)
{
	struct signalfd_siginfo info;

	while (read(s->signals, &info, sizeof(info)) == (ssize_t)sizeof(info)) {
		if (info.ssi_signo == SIGWINCH) {
			if (s->process->console >= 0)
				copy_size(s->process->console);
		} else {
			syscall(SYS_pidfd_send_signal, s->process->pidfd, (int)info.ssi_signo, NULL, 0);
		}
	}
}

/* What it shows. EIO is how a terminal says that nobody has it open any more. */
static void take_output(struct session *s)
{
	unsigned char chunk[CHUNK];
	ssize_t n = read(s->process->console, chunk, sizeof(chunk));

	if (n > 0)
		(void)fs_write(STDOUT_FILENO, chunk, (size_t)n); /* nobody looks: it may go on all the same */
	else if (n == 0 || (errno != EAGAIN && errno != EINTR))
		s->hung_up = true;
}

static void take_input(struct session *s)
{
	unsigned char chunk[CHUNK];
	ssize_t n = read(STDIN_FILENO, chunk, sizeof(chunk));

	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	if (n <= 0) {
		s->input = false;
		s->pending[0] = 4; /* Ctrl-D: what a terminal knows of an end */
		s->n_pending = 1;
		return;
	}
	s->detached = detach_keys_feed(&s->keys, chunk, (size_t)n, s->pending, &s->n_pending);
}

static void give_input(struct session *s)
{
	ssize_t n = write(s->process->console, s->pending, s->n_pending);

	if (n < 0 && errno != EAGAIN && errno != EINTR)
		s->n_pending = 0;
	if (n <= 0)
		return;
	memmove(s->pending, s->pending + n, s->n_pending - (size_t)n);
	s->n_pending -= (size_t)n;
}

/* One round; false once the process has ended. */
static bool turn(struct session *s)
{
	bool console = s->process->console >= 0 && !s->hung_up;
	short wanted = (short)(POLLIN | (s->n_pending ? POLLOUT : 0));
	struct pollfd fds[] = {
		{.fd = s->process->pidfd, .events = POLLIN},
		{.fd = s->signals, .events = POLLIN},
		{.fd = console ? s->process->console : -1, .events = wanted},
		{.fd = console && s->input && !s->n_pending ? STDIN_FILENO : -1, .events = POLLIN},
	};

	if (poll(fds, ARRAY_SIZE(fds), -1) < 0)
		return true;
	if (fds[1].revents)
		take_signals(s);
	if (fds[2].revents & (POLLIN | POLLHUP | POLLERR))
		take_output(s);
	if (fds[2].revents & POLLOUT && s->n_pending)
		give_input(s);
	if (fds[3].revents)
		take_input(s);
	return !(fds[0].revents & POLLIN);
}

/* What it had written when it ended: a child of it that still has the terminal is not waited for. */
static void drain(struct session *s)
{
	struct pollfd rest = {.fd = s->process->console, .events = POLLIN};

	while (!s->hung_up && s->process->console >= 0 && poll(&rest, 1, 0) > 0)
		take_output(s);
}

static int reap(const struct launched *process, int *code, struct error *err)
{
	int status;
	pid_t pid;

	do
		pid = waitpid(process->pid, &status, 0);
	while (pid < 0 && errno == EINTR);
	if (pid < 0)
		return error_errno(err, -errno, "", "cannot wait for the command");
	*code = WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
	return 0;
}

int exec_leave(const struct launched *process, struct error *err)
{
	unsigned char chunk[CHUNK];
	pid_t pid = fork();

	if (pid < 0)
		return error_errno(err, -errno, "", "cannot leave the command alone");
	if (pid > 0)
		return 0;
	setsid();
	fcntl(process->console, F_SETFL, fcntl(process->console, F_GETFL) & ~O_NONBLOCK);
	for (int fd = 0; fd < 3; fd++) {
		int null = open("/dev/null", O_RDWR | O_CLOEXEC);

		if (null >= 0)
			dup2(null, fd);
		if (null > 2)
			close(null);
	}
	if (chdir("/") < 0)
		_exit(1);
	while (read(process->console, chunk, sizeof(chunk)) > 0 || errno == EINTR)
		;
	_exit(0);
}

static int start_terminal(struct session *s, const struct exec_terminal *terminal, struct termios *before,
			  bool *raw, struct error *err)
{
	struct termios mode;
	int n = detach_keys_parse(terminal->detach_keys ? terminal->detach_keys : DETACH_KEYS_DEFAULT,
				  s->keys.keys, DETACH_KEYS_MAX, err);

	if (n < 0)
		return n;
	s->keys.n = (size_t)n;
	s->input = terminal->input;
	copy_size(s->process->console);
	fcntl(s->process->console, F_SETFL, fcntl(s->process->console, F_GETFL) | O_NONBLOCK);
	if (s->input && tcgetattr(STDIN_FILENO, before) == 0) {
		mode = *before;
		cfmakeraw(&mode);
		*raw = tcsetattr(STDIN_FILENO, TCSANOW, &mode) == 0;
	}
	return 0;
}

int exec_wait(const struct launched *process, int signals, const struct exec_terminal *terminal, int *code,
	      struct error *err)
{
	struct session s = {.process = process, .signals = signals};
	struct termios before;
	bool raw = false;
	int r = terminal ? start_terminal(&s, terminal, &before, &raw, err) : 0;

	if (r < 0)
		return r;
	while (turn(&s) && !s.detached)
		;
	if (!s.detached)
		drain(&s);
	if (raw)
		tcsetattr(STDIN_FILENO, TCSANOW, &before);
	if (s.detached) {
		*code = 0;
		return exec_leave(process, err);
	}
	return reap(process, code, err);
}
