/* SPDX-License-Identifier: Apache-2.0 */
/* The client of a supervisor: a terminal or pipes here, a container there. */
#include "base/cleanup.h"
#include "base/fs.h"
#include "control_socket.h"
#include "detach_keys.h"
#include "life_internal.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/signalfd.h>
#include <termios.h>
#include <unistd.h>

struct session {
	struct container *c;
	const struct foreground *foreground;
	struct supervised *out;
	int fd, in, signals;
	sigset_t mask_before;
	struct termios before;
	bool raw;
	struct detach_keys keys;
	bool over;
};

static const int heard[] = {SIGHUP,  SIGINT,  SIGQUIT,	 SIGTERM, SIGUSR1,
			    SIGUSR2, SIGALRM, SIGVTALRM, SIGPROF, SIGIO};

uint32_t control_streams(const struct foreground *f, bool open_stdin)
{
	return (f->in >= 0 && open_stdin ? CONTROL_STDIN : 0) | (f->out >= 0 ? CONTROL_STDOUT : 0) |
	       (f->err >= 0 ? CONTROL_STDERR : 0);
}

static int open_signals(struct session *s, struct error *err)
{
	sigset_t set;

	sigemptyset(&set);
	for (size_t i = 0; i < ARRAY_SIZE(heard); i++)
		sigaddset(&set, heard[i]);
	sigaddset(&set, SIGWINCH);
	sigaddset(&set, SIGPIPE); /* an error of write(2) is enough */
	if (sigprocmask(SIG_BLOCK, &set, &s->mask_before) < 0)
		return error_errno(err, -errno, NULL, "cannot block signals");
	s->signals = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
	if (s->signals < 0) {
		int r = error_errno(err, -errno, NULL, "cannot listen to signals");

		sigprocmask(SIG_SETMASK, &s->mask_before, NULL);
		return r;
	}
	return 0;
}

static int make_raw(struct session *s, struct error *err)
{
	struct termios raw;

	if (!s->foreground->terminal)
		return 0;
	if (tcgetattr(s->foreground->in, &s->before) < 0)
		return error_errno(err, -errno, NULL, "standard input is no terminal");
	raw = s->before;
	cfmakeraw(&raw);
	if (tcsetattr(s->foreground->in, TCSADRAIN, &raw) < 0)
		return error_errno(err, -errno, NULL, "cannot make the terminal raw");
	s->raw = true;
	return 0;
}

static void send_size(const struct session *s, unsigned short more_columns)
{
	struct winsize size;
	const struct foreground *f = s->foreground;

	if ((f->in >= 0 && ioctl(f->in, TIOCGWINSZ, &size) == 0) ||
	    (f->out >= 0 && ioctl(f->out, TIOCGWINSZ, &size) == 0))
		(void)control_send(s->fd, CONTROL_SIZE,
				   (uint32_t)size.ws_row << 16 | (uint16_t)(size.ws_col + more_columns), NULL,
				   0);
}

/* The supervisor went without a word. */
static int lost(struct session *s, struct error *err)
{
	if (container_refresh(s->c, NULL, NULL) == 0 && life_is_up(&s->c->state))
		return error_set(err, -EPIPE, "plimsoll attach, or plimsoll logs",
				 "the connection to the supervisor is gone; the container '%s' goes on",
				 life_name(s->c));
	return error_set(err, -ENODATA, NULL,
			 "the exit code of the container '%s' is not known: its supervisor was killed",
			 life_name(s->c));
}

static int on_message(struct session *s, struct error *err)
{
	unsigned char packet[CONTROL_PACKET_MAX];
	struct control_message m;
	int r = control_receive(s->fd, packet, false, &m);

	if (r == 0)
		return lost(s, err);
	if (r < 0)
		return error_errno(err, r, NULL, "the supervisor of '%s' says what makes no sense",
				   life_name(s->c));
	if (m.type == CONTROL_EXIT) {
		s->out->exit_code = (int)(m.value & ~CONTROL_OOM);
		s->out->oom_killed = m.value & CONTROL_OOM;
		s->over = true;
	} else if (m.type == CONTROL_DROPPED) {
		return error_set(err, -EPIPE, "plimsoll attach, or plimsoll logs",
				 "the connection to '%s' was closed: %.*s", life_name(s->c), (int)m.len,
				 (const char *)m.data);
	} else if (m.type == CONTROL_OUTPUT) {
		int fd = m.value == LOG_STDERR ? s->foreground->err : s->foreground->out;

		r = fd >= 0 ? fs_write(fd, m.data, m.len) : 0;
		if (r < 0)
			return error_errno(err, r, NULL, "cannot write the output of '%s'", life_name(s->c));
	}
	return 0;
}

static void leave(struct session *s, int exit_code)
{
	s->out->detached = true;
	s->out->exit_code = exit_code;
	s->over = true;
}

/* As much as one packet takes, with the keys that were held back. */
#define TYPED (CONTROL_DATA_MAX - DETACH_KEYS_MAX)

static void on_input(struct session *s)
{
	unsigned char typed[TYPED];
	unsigned char data[CONTROL_DATA_MAX];
	size_t len = 0;
	ssize_t n = read(s->in, typed, sizeof(typed));

	if (n < 0 && (errno == EINTR || errno == EAGAIN))
		return;
	if (n <= 0) {
		s->in = -1;
		/* A terminal that is gone is not the user's end of input. */
		if (!s->foreground->terminal)
			(void)control_send(s->fd, CONTROL_INPUT, 0, NULL, 0);
		else
			leave(s, 0);
		return;
	}
	if (detach_keys_feed(&s->keys, typed, (size_t)n, data, &len))
		leave(s, 0);
	/* One that is gone shows as the end of its messages. */
	if (len > 0)
		(void)control_send(s->fd, CONTROL_INPUT, 0, data, len);
}

static void on_signal(struct session *s)
{
	struct signalfd_siginfo info;

	while (read(s->signals, &info, sizeof(info)) == (ssize_t)sizeof(info)) {
		int number = (int)info.ssi_signo;

		if (number == SIGWINCH)
			send_size(s, 0);
		else if (number != SIGPIPE && s->foreground->pass_signals && !s->raw)
			(void)life_kill(s->c, number, NULL);
		else if (number != SIGPIPE)
			leave(s, 128 + number);
	}
}

static int run(struct session *s, struct error *err)
{
	while (!s->over) {
		struct pollfd p[] = {{.fd = s->fd, .events = POLLIN},
				     {.fd = s->in, .events = POLLIN},
				     {.fd = s->signals, .events = POLLIN}};
		int r = 0;

		if (poll(p, ARRAY_SIZE(p), -1) < 0) {
			if (errno == EINTR)
				continue;
			return error_errno(err, -errno, NULL, "cannot wait for the container");
		}
		if (p[2].revents)
			on_signal(s);
		if (p[0].revents && !s->over)
			r = on_message(s, err);
		if (r < 0)
			return r;
		if (p[1].revents && !s->over)
			on_input(s);
	}
	return 0;
}

static int set_keys(struct session *s, const char *text, struct error *err)
{
	int n = 0;

	if (s->foreground->terminal)
		n = detach_keys_parse(text ? text : DETACH_KEYS_DEFAULT, s->keys.keys, DETACH_KEYS_MAX, err);
	if (n < 0)
		return n;
	s->keys.n = (size_t)n;
	return 0;
}

static void end_signals(struct session *s)
{
	/* What came since is answered by the session's end; SIGPIPE would end this process. */
	if (s->signals < 0)
		return;
	on_signal(s);
	close(s->signals);
	sigprocmask(SIG_SETMASK, &s->mask_before, NULL);
}

int control_session(struct container *c, int fd, const struct foreground *foreground, const char *detach_keys,
		    bool redraw, struct supervised *out, struct error *err)
{
	struct supervised result = {0};
	_cleanup_close_ int socket = fd;
	struct session s = {.c = c, .foreground = foreground, .out = &result, .fd = socket, .signals = -1};
	int r = set_keys(&s, detach_keys, err);

	s.in = control_streams(foreground, c->config.open_stdin) & CONTROL_STDIN ? foreground->in : -1;
	if (r == 0)
		r = open_signals(&s, err);
	if (r == 0)
		r = make_raw(&s, err);
	if (r == 0) {
		/* Full-screen programs paint themselves anew when the size changes. */
		if (redraw && s.raw)
			send_size(&s, 1);
		send_size(&s, 0);
		r = run(&s, err);
	}
	if (s.raw)
		(void)tcsetattr(foreground->in, TCSADRAIN, &s.before);
	end_signals(&s);
	if (r < 0)
		return r;
	*out = result;
	return 0;
}

int control_attach(struct container *c, const struct foreground *foreground, const char *detach_keys,
		   struct supervised *out, struct error *err)
{
	_cleanup_close_ int fd = -1;
	uint32_t streams = control_streams(foreground, c->config.open_stdin);
	int r = container_refresh(c, NULL, err);

	if (r < 0)
		return r;
	if (!life_is_up(&c->state))
		return error_set(err, -ESRCH, "plimsoll start", "the container '%s' does not run: it is %s",
				 life_name(c), container_status_name(c->state.status));
	fd = control_connect(c, NULL);
	if (fd < 0)
		return error_set(err, -ENOTCONN, "stop it and start it again",
				 "the supervisor of '%s' is gone: nobody can attach to it any more",
				 life_name(c));
	r = streams ? control_send(fd, CONTROL_ATTACH, streams, NULL, 0)
		    : control_send(fd, CONTROL_WAIT, 0, NULL, 0);
	if (r < 0)
		return error_errno(err, r, NULL, "cannot attach to '%s'", life_name(c));
	return control_session(c, TAKE_FD(fd), foreground, detach_keys, true, out, err);
}
