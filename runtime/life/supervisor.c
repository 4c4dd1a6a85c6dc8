/* SPDX-License-Identifier: Apache-2.0 */
#include "runtime/supervisor.h"

#include "base/cleanup.h"
#include "base/clock.h"
#include "control_socket.h"
#include "life_internal.h"
#include "supervisor_internal.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#define LOCK_MS 10000
/* How much of one stream is read before the others have their turn. */
#define TURN ((size_t)16 << 10)

/* The places in `polls` before the clients'. */
enum slot {
	SLOT_CHILD,
	SLOT_SIGNALS,
	SLOT_LISTENER,
	SLOT_OUT,
	SLOT_ERR,
	SLOT_SINK_OUT,
	SLOT_SINK_ERR,
	SLOT_INPUT,
	SLOT_FOREGROUND,
	SLOT__FIXED
};

void supervisor_ready_send(int fd, enum launch_failure failure, const struct error *err)
{
	struct supervisor_ready message = {.failure = (int)failure};

	if (fd < 0)
		return;
	if (err)
		message.error = *err;
	if (write(fd, &message, sizeof(message)) < 0)
		return; /* nobody waits any more */
}

int supervisor_ready_wait(int fd, enum launch_failure *failure, struct error *err)
{
	struct supervisor_ready message;
	ssize_t n;

	do
		n = read(fd, &message, sizeof(message));
	while (n < 0 && errno == EINTR);
	if (failure)
		*failure = LAUNCH_FAILED;
	if (n != (ssize_t)sizeof(message))
		return error_set(err, -EIO, "see why with dmesg; plimsoll rm cleans up",
				 "the supervisor ended before the container ran");
	if (message.error.code == 0)
		return 0;
	if (failure)
		*failure = (enum launch_failure)message.failure;
	if (err)
		*err = message.error;
	return message.error.code;
}

static struct pollfd watch(int fd, bool wanted, short events)
{
	return (struct pollfd){.fd = wanted ? fd : -1, .events = events};
}

static size_t fill_polls(struct supervisor *sv)
{
	struct pollfd *p = sv->polls;
	bool may_read = supervisor_may_read(sv);
	bool may_type = supervisor_may_type(sv);

	p[SLOT_CHILD] = watch(sv->child.pidfd, sv->child.pid > 0, POLLIN);
	p[SLOT_SIGNALS] = watch(sv->signals, true, POLLIN);
	p[SLOT_LISTENER] = watch(sv->listener, true, POLLIN);
	for (int i = 0; i < 2; i++) {
		const struct stream *s = &sv->streams[i];

		p[SLOT_OUT + i] = watch(s->fd, may_read && s->pending.len == 0, POLLIN);
		p[SLOT_SINK_OUT + i] = watch(s->sink, s->pending.len > 0, POLLOUT);
	}
	p[SLOT_INPUT] = watch(sv->input, sv->typed_sent < sv->typed.len, POLLOUT);
	p[SLOT_FOREGROUND] = watch(sv->foreground_in, may_type && sv->input >= 0, POLLIN);
	for (size_t i = 0; i < sv->n_clients; i++) {
		const struct client *client = &sv->clients[i];
		short events =
			(short)((may_type && !client->closing ? POLLIN : 0) | (client->first ? POLLOUT : 0));

		/* Without anything to do, a hang-up alone would be reported again and again. */
		p[SLOT__FIXED + i] = watch(client->fd, events != 0, events);
	}
	return SLOT__FIXED + sv->n_clients;
}

static void earlier(uint64_t *when, uint64_t other)
{
	if (other && (*when == 0 || other < *when))
		*when = other;
}

static int poll_timeout(const struct supervisor *sv, uint64_t now)
{
	uint64_t when = 0;

	earlier(&when, sv->kill_at);
	earlier(&when, sv->wake_at);
	if (sv->phase == PHASE_FLUSHES)
		earlier(&when, sv->flush_until);
	for (size_t i = 0; i < sv->n_clients; i++)
		earlier(&when, client_deadline(&sv->clients[i]));
	if (when == 0)
		return -1;
	if (when <= now)
		return 0;
	when = (when - now + NSEC_PER_MSEC - 1) / NSEC_PER_MSEC;
	return when > 60000 ? 60000 : (int)when;
}

/* The foreground's own pipe is waited for as long as it takes, as any program would; so is the terminal that
 * `run -it` was started from. Others have until flush_until. */
static bool flush_is_done(const struct supervisor *sv)
{
	if (sv->abandoned)
		return true;
	for (size_t i = 0; i < ARRAY_SIZE(sv->streams); i++)
		if (sv->streams[i].pending.len > 0)
			return false;
	for (size_t i = 0; i < sv->n_clients; i++)
		if (sv->clients[i].first && (!sv->late || sv->clients[i].owner))
			return false;
	return true;
}

static void on_time(struct supervisor *sv, uint64_t now)
{
	if (sv->kill_at && now >= sv->kill_at) {
		sv->kill_at = 0;
		supervisor_send_signal(sv, SIGKILL);
	}
	if (sv->phase == PHASE_WAITS && sv->wake_at && now >= sv->wake_at)
		supervisor_restart(sv);
	if (sv->phase == PHASE_FLUSHES && sv->flush_until && now >= sv->flush_until) {
		sv->flush_until = 0;
		sv->late = true;
	}
}

/* Events in their order: input and clients first, the child's end last, since it closes what the others are
 * about. */
static void handle(struct supervisor *sv, size_t n_clients, uint64_t now)
{
	const struct pollfd *p = sv->polls;

	for (size_t i = 0; i < n_clients; i++)
		if (p[SLOT__FIXED + i].revents)
			supervisor_serve(sv, i, p[SLOT__FIXED + i].revents);
	if (p[SLOT_FOREGROUND].revents)
		supervisor_read_foreground(sv);
	if (p[SLOT_INPUT].revents)
		supervisor_type_flush(sv);
	for (int i = 0; i < 2; i++) {
		if (p[SLOT_SINK_OUT + i].revents)
			supervisor_sink_flush(&sv->streams[i]);
		if (p[SLOT_OUT + i].revents)
			supervisor_read(sv, &sv->streams[i], TURN, now);
	}
	if (p[SLOT_LISTENER].revents)
		supervisor_accept(sv);
	if (p[SLOT_SIGNALS].revents)
		supervisor_signals_read(sv, now);
	if (p[SLOT_CHILD].revents)
		supervisor_child_ended(sv);
}

static int loop(struct supervisor *sv)
{
	uint64_t now = clock_monotonic_ns();

	while (sv->phase != PHASE_FLUSHES || !flush_is_done(sv)) {
		size_t n_clients = sv->n_clients;
		struct pollfd *polls = reallocarray(sv->polls, SLOT__FIXED + n_clients, sizeof(*polls));
		size_t n;

		if (!polls)
			return -ENOMEM;
		sv->polls = polls;
		n = fill_polls(sv);
		if (poll(sv->polls, n, poll_timeout(sv, now)) < 0) {
			if (errno != EINTR)
				return -errno;
			continue;
		}
		now = clock_monotonic_ns();
		handle(sv, n_clients, now);
		supervisor_sweep_clients(sv, now);
		on_time(sv, now);
	}
	return 0;
}

void supervisor_init(struct supervisor *sv, struct container *c, const struct host *host)
{
	*sv = (struct supervisor){
		.c = c,
		.host = host,
		.ready = -1,
		.child = {.pidfd = -1, .console = -1},
		.streams = {{.fd = -1, .sink = -1}, {.fd = -1, .sink = -1}},
		.input = -1,
		.foreground_in = -1,
		.signals = -1,
		.listener = -1,
	};
}

static void supervisor_free(struct supervisor *sv)
{
	supervisor_close_run(sv);
	for (size_t i = 0; i < sv->n_clients; i++)
		client_close(&sv->clients[i]);
	for (size_t i = 0; i < ARRAY_SIZE(sv->streams); i++)
		str_free(&sv->streams[i].pending);
	free(sv->clients);
	free(sv->polls);
	free(sv->scope);
	if (sv->log)
		log_writer_close(sv->log);
	if (sv->listener >= 0)
		close(sv->listener);
	if (sv->signals >= 0) {
		supervisor_signals_restore(sv);
		close(sv->signals);
	}
}

/* What a crash left of an earlier run goes first; a user's "stop" was for that run. */
static int make_ready(struct supervisor *sv, struct error *err)
{
	struct container *c = sv->c;
	struct stat st;
	int r;

	container_correct(c, sv->host->layout);
	if (life_is_up(&c->state))
		return error_set(err, -EALREADY, NULL, "the container %.12s runs already", c->id);
	r = life_clean(c, sv->host, err);
	if (r < 0)
		return r;
	c->state.stop_requested = false;
	c->state.restarts = 0;
	c->state.cgroup[0] = '\0';
	if (fstatat(c->folder, "config.json", &st, 0) == 0)
		sv->config_time = st.st_mtim;
	sv->listener = control_listen(c->folder, err);
	if (sv->listener < 0)
		return sv->listener;
	if (c->config.log_driver == LOG_NONE)
		return 0;
	return log_writer_open(c->folder, c->config.log_max_size, c->config.log_max_files, &sv->log, err);
}

/* A container with --rm is gone also where it never ran. */
static void never_ran(struct supervisor *sv)
{
	(void)unlinkat(sv->c->folder, "control", 0);
	if (sv->c->config.auto_remove)
		(void)container_remove(sv->c, NULL);
}

static int start_first(struct supervisor *sv, enum launch_failure *failure, struct error *err)
{
	int r = container_lock(sv->c, LOCK_MS, err);

	if (r < 0)
		return r;
	r = make_ready(sv, err);
	if (r == 0) {
		r = supervisor_launch(sv, sv->c, failure, err);
		if (r < 0)
			never_ran(sv);
	}
	container_unlock(sv->c);
	return r;
}

/* What only the launch needed: in the background there may be thousands like this one. */
static void slim(struct supervisor *sv)
{
	struct container_config *config = &sv->c->config;

	if (!sv->background)
		return;
	spec_free(sv->c->spec);
	sv->c->spec = NULL;
	config->name = NULL;
	config->image = NULL;
	config->detach_keys = NULL;
	config->pidfile = NULL;
	config->labels = (struct spec_pairs){0};
	life_trim_memory();
}

int supervisor_run(struct supervisor *sv, enum launch_failure *failure, struct error *err)
{
	int r;

	*failure = LAUNCH_FAILED;
	sv->result.exit_code = launch_exit_code(LAUNCH_FAILED);
	r = supervisor_signals_open(sv, err);
	if (r == 0)
		r = start_first(sv, failure, err);
	supervisor_ready_send(sv->ready, *failure, r < 0 ? err : NULL);
	if (sv->background && sv->ready >= 0)
		close(TAKE_FD(sv->ready));
	if (r == 0) {
		slim(sv);
		r = loop(sv);
		if (r < 0)
			error_errno(err, r, NULL, "the supervisor cannot wait for its container");
	}
	supervisor_free(sv);
	return r;
}

static bool is_any(const struct foreground *f)
{
	return f && (f->in >= 0 || f->out >= 0 || f->err >= 0);
}

/* The supervisor goes to the background at once, and this process is its client. */
static int supervise_session(struct container *c, const struct host *host, const struct foreground *f,
			     int ready_fd, struct supervised *out, struct error *err)
{
	uint32_t streams = control_streams(f, c->config.open_stdin);
	enum launch_failure failure;
	struct error own = {0};
	struct winsize size;
	bool sized = supervisor_terminal_size(f, &size);
	int pair[2];
	int r;

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) < 0)
		return error_errno(err, -errno, NULL, "cannot make a socket");
	r = supervisor_fork(c, host, pair, streams, sized ? &size : NULL, &failure, &own);
	supervisor_ready_send(ready_fd, failure, r < 0 ? &own : NULL);
	if (r < 0) {
		close(pair[0]);
		out->exit_code = launch_exit_code(failure);
		if (err)
			*err = own;
		return r;
	}
	return control_session(c, pair[0], f, c->config.detach_keys, false, out, err);
}

int supervise(struct container *c, const struct host *host, const struct foreground *foreground, int ready_fd,
	      struct supervised *out, struct error *err)
{
	struct supervisor sv;
	struct error own = {0};
	enum launch_failure failure;
	int r;

	*out = (struct supervised){.exit_code = launch_exit_code(LAUNCH_FAILED)};
	if (is_any(foreground) && (foreground->terminal || !foreground->pass_signals))
		return supervise_session(c, host, foreground, ready_fd, out, err);
	supervisor_init(&sv, c, host);
	sv.foreground = is_any(foreground) ? foreground : NULL;
	sv.background = !sv.foreground;
	sv.foreground_in = sv.foreground && c->config.open_stdin ? foreground->in : -1;
	sv.ready = ready_fd;
	r = supervisor_run(&sv, &failure, &own);
	if (r < 0 && err)
		*err = own;
	*out = sv.result;
	return r;
}
