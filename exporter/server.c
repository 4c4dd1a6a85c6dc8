/* SPDX-License-Identifier: Apache-2.0 */
#include "server_private.h"

#include "base/cleanup.h"
#include "base/clock.h"
#include "base/str.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#define DEFAULT_MAX_REQUESTS 40
#define DEFAULT_MAX_CONNECTIONS 512
#define DEFAULT_HEADER_TIMEOUT_NS (10 * NSEC_PER_SEC)
#define DEFAULT_WRITE_TIMEOUT_NS (30 * NSEC_PER_SEC)
#define DEFAULT_MIN_INTERVAL_NS (500 * NSEC_PER_MSEC)
#define IDLE_TIMEOUT_NS (300 * NSEC_PER_SEC) /* as Prometheus' own --web.read-timeout */
#define TICK_NS NSEC_PER_SEC
#define ACCEPT_PAUSE_NS (50 * NSEC_PER_MSEC)
#define FAREWELL_NS (2 * NSEC_PER_SEC) /* for answers under way when the server ends */

enum { ACCEPTS_A_TURN = 64 };

/* --- opening --- */

static int open_listeners(struct server *s, struct error *err)
{
	size_t n = s->options.n_listen;

	if (s->options.systemd_socket)
		return listen_inherited(&s->listeners, &s->n_listeners, err);
	if (n == 0 || n > MAX_LISTENERS)
		return error_set(err, -EINVAL, "name at least one, such as 127.0.0.1:9753",
				 "%zu listen addresses", n);
	s->listeners = calloc(n, sizeof(*s->listeners));
	if (!s->listeners)
		return error_errno(err, -ENOMEM, "", "cannot listen");
	for (size_t i = 0; i < n; i++) {
		int r = listen_open(s->options.listen[i], &s->listeners[i], err);

		if (r < 0)
			return r;
		s->n_listeners++;
	}
	return 0;
}

static void set_defaults(struct server_options *o)
{
	o->max_requests = o->max_requests ? o->max_requests : DEFAULT_MAX_REQUESTS;
	o->max_connections = o->max_connections ? o->max_connections : DEFAULT_MAX_CONNECTIONS;
	o->header_timeout_ns = o->header_timeout_ns ? o->header_timeout_ns : DEFAULT_HEADER_TIMEOUT_NS;
	o->write_timeout_ns = o->write_timeout_ns ? o->write_timeout_ns : DEFAULT_WRITE_TIMEOUT_NS;
	o->min_interval_ns = o->min_interval_ns ? o->min_interval_ns : DEFAULT_MIN_INTERVAL_NS;
	o->telemetry_path = o->telemetry_path ? o->telemetry_path : "/metrics";
}

static int open_parts(struct server *s, struct error *err)
{
	int r;

	if (s->options.telemetry_path[0] != '/')
		return error_set(err, -EINVAL, "use a path such as /metrics",
				 "the telemetry path '%s' does not start with '/'",
				 s->options.telemetry_path);
	s->hangup_fd = epoll_create1(EPOLL_CLOEXEC);
	if (s->hangup_fd < 0)
		return error_errno(err, -errno, "", "cannot start the HTTP server");
	s->auth = auth_new();
	if (!s->auth)
		return error_errno(err, -ENOMEM, "", "cannot start the HTTP server");
	r = web_open(s, err);
	return r < 0 ? r : open_listeners(s, err);
}

int server_open(struct source *source, const struct server_options *options, struct server **out,
		struct error *err)
{
	struct server *s = calloc(1, sizeof(*s));
	int r;

	if (!s)
		return error_errno(err, -ENOMEM, "", "cannot start the HTTP server");
	s->hangup_fd = -1;
	attendance_init(&s->attendance);
	s->options = *options;
	set_defaults(&s->options);
	s->logger = (struct logger){options->log, options->log_context};
	s->patience.ns[PHASE_READING] = s->options.header_timeout_ns;
	s->patience.ns[PHASE_ANSWERING] = s->options.write_timeout_ns;
	s->patience.ns[PHASE_IDLE] = IDLE_TIMEOUT_NS;
	s->collections.source = source;
	s->collections.min_interval_ns = s->options.min_interval_ns;
	s->now_ns = clock_monotonic_ns();
	s->next_sweep_ns = s->now_ns;
	r = open_parts(s, err);
	if (r < 0) {
		server_close(s);
		return r;
	}
	*out = s;
	return 0;
}

static void close_listeners(struct server *s)
{
	for (size_t i = 0; i < s->n_listeners; i++)
		listener_close(&s->listeners[i]);
	s->n_listeners = 0;
}

void server_close(struct server *s)
{
	if (!s)
		return;
	close_listeners(s);
	free(s->listeners);
	generations_stop(s);
	if (s->hangup_fd >= 0)
		close(s->hangup_fd);
	auth_free(s->auth);
	attendance_close(&s->attendance);
	collections_drop(&s->collections);
	web_close(&s->web);
	free(s);
}

/* --- connections --- */

int server_adopt(struct server *s, int fd, const struct sockaddr *peer, socklen_t len)
{
	/* libmicrohttpd closes the socket where it can't take it. */
	return MHD_add_connection(s->generations->daemon, fd, peer, len) == MHD_YES ? 0 : -errno;
}

static bool accept_one(struct server *s, const struct listener *l)
{
	struct sockaddr_storage peer = {0};
	socklen_t len = sizeof(peer);
	int fd;

	if (s->n_connections >= s->options.max_connections) {
		s->accept_again_ns = s->now_ns + ACCEPT_PAUSE_NS;
		connections_evict(s); /* an end makes the pause end too */
		return false;
	}
	fd = accept4(l->fd, (struct sockaddr *)&peer, &len, SOCK_NONBLOCK | SOCK_CLOEXEC);
	if (fd >= 0) {
		server_adopt(s, fd, (struct sockaddr *)&peer, len);
		return true;
	}
	if (errno == EMFILE || errno == ENFILE || errno == ENOMEM || errno == ENOBUFS) {
		s->accept_again_ns = s->now_ns + ACCEPT_PAUSE_NS;
		connections_evict(s);
	}
	return errno == ECONNABORTED || errno == EINTR;
}

/* --- the loop --- */

enum { WATCH_STOP, WATCH_SOURCE, WATCH_AUTH, WATCH_HANGUPS, WATCH_LISTENERS };

static void watch_fd(struct watch_list *w, int fd)
{
	w->fds[w->n++] = (struct pollfd){.fd = fd, .events = POLLIN};
}

void server_fill(const struct server *s, int stop_fd, struct watch_list *w)
{
	bool accepting = s->now_ns >= s->accept_again_ns;

	w->n = 0;
	watch_fd(w, stop_fd);
	watch_fd(w, source_event_fd(s->collections.source));
	watch_fd(w, auth_event_fd(s->auth));
	watch_fd(w, s->hangup_fd);
	for (size_t i = 0; i < s->n_listeners; i++)
		watch_fd(w, accepting ? s->listeners[i].fd : -1);
	for (const struct generation *g = s->generations; g; g = g->next)
		watch_fd(w, g->epoll_fd);
}

/* Until the next thing that has a time: a tick, a deadline, the end of a pause, libmicrohttpd's own wishes.
 */
int server_wait_ms(const struct server *s)
{
	uint64_t next = s->next_tick_ns;
	int library = generations_timeout(s);
	uint64_t ms;

	if (s->next_sweep_ns < next)
		next = s->next_sweep_ns;
	if (s->accept_again_ns > s->now_ns && s->accept_again_ns < next)
		next = s->accept_again_ns;
	if (next <= s->now_ns || library == 0)
		return 0;
	ms = (next - s->now_ns) / NSEC_PER_MSEC + 1;
	if (library > 0 && (uint64_t)library < ms)
		return library;
	return ms > 1000 ? 1000 : (int)ms;
}

static void dispatch_source(struct server *s, bool readable)
{
	struct error err = {0};
	int r;

	if (!readable && s->now_ns < s->next_tick_ns)
		return;
	s->next_tick_ns = s->now_ns + TICK_NS;
	r = source_dispatch(s->collections.source, &err);
	if (r < 0 && !s->dispatch_failed)
		logger_say(&s->logger, LOG_LEVEL_WARN, "cannot follow the cgroup tree", "reason", err.cause,
			   "remedy", err.remedy[0] ? err.remedy : NULL, NULL);
	s->dispatch_failed = r < 0;
}

static void accept_all(struct server *s, const struct watch_list *w)
{
	for (size_t i = 0; i < s->n_listeners; i++) {
		if (!w->fds[WATCH_LISTENERS + i].revents)
			continue;
		web_refresh(s);
		for (unsigned n = 0; n < ACCEPTS_A_TURN && accept_one(s, &s->listeners[i]); n++)
			;
	}
}

static int turn(struct server *s, int stop_fd, int wait_ms, struct error *err)
{
	struct watch_list w;

	server_fill(s, stop_fd, &w);
	if (poll(w.fds, w.n, wait_ms) < 0 && errno != EINTR)
		return error_errno(err, -errno, "", "cannot wait for clients");
	s->now_ns = clock_monotonic_ns();
	if (w.fds[WATCH_STOP].revents)
		return 1;
	dispatch_source(s, w.fds[WATCH_SOURCE].revents != 0);
	if (w.fds[WATCH_AUTH].revents)
		auth_collect(s->auth, handler_wake);
	accept_all(s, &w);
	generations_run(s);
	/* Only now: what arrived together with an end has been read. */
	if (w.fds[WATCH_HANGUPS].revents)
		connections_note_hangups(s);
	connections_sweep(s);
	return 0;
}

int server_turn(struct server *s, int stop_fd, struct error *err)
{
	return turn(s, stop_fd, server_wait_ms(s), err);
}

int server_turn_at_once(struct server *s, struct error *err)
{
	return turn(s, -1, 0, err);
}

static bool is_answering(const struct server *s)
{
	for (const struct connection *c = s->connections; c; c = c->next)
		if (c->phase == PHASE_ANSWERING && !c->cut)
			return true;
	return false;
}

/* No new connections; answers under way get some time. */
static void finish_answers(struct server *s)
{
	uint64_t until = s->now_ns + FAREWELL_NS;

	close_listeners(s);
	while (is_answering(s) && s->now_ns < until && server_turn(s, -1, NULL) == 0)
		;
}

int server_call_ready(struct server *s, struct error *err)
{
	_cleanup_str_ struct str addresses = {0};

	for (size_t i = 0; i < s->n_listeners; i++) {
		str_printf(&addresses, "%s%s", i ? " " : "", s->listeners[i].address);
		logger_say(&s->logger, LOG_LEVEL_INFO, "listening", "address", s->listeners[i].address, "tls",
			   s->web.config->tls_enabled ? "on" : "off", NULL);
	}
	return s->options.ready
		       ? s->options.ready(s->options.ready_context, addresses.data ? addresses.data : "", err)
		       : 0;
}

int server_run(struct server *s, int stop_fd, struct error *err)
{
	const struct sigaction ignore = {.sa_handler = SIG_IGN};
	struct sigaction before;
	int r = server_call_ready(s, err);

	if (r < 0)
		return r;
	/* GnuTLS and libmicrohttpd write to sockets that clients may have closed. */
	sigaction(SIGPIPE, &ignore, &before);
	do
		r = server_turn(s, stop_fd, err);
	while (r == 0);
	if (r == 1)
		finish_answers(s);
	sigaction(SIGPIPE, &before, NULL);
	return r == 1 ? 0 : r;
}
