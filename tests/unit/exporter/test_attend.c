/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The server in somebody else's loop: here a test's, whose clients are in the same thread. Were server_attend
 * to wait for one of them, the test would stand still. tests/system/http has more clients, and other kinds.
 */
#include "base/cleanup.h"
#include "base/clock.h"
#include "base/fs.h"
#include "base/str.h"
#include "exporter/server.h"
#include "sample.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <sys/un.h>

#include <cmocka.h>

#define PATIENCE_MS 20000
#define REQUEST "GET /metrics HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"

struct scene {
	struct source source; /* first */
	struct server *server;
	struct server_options options;
	char folder[64];
	char address[96];
	const char *listen;
	int fd;
	int event_fd;
	unsigned containers;
	unsigned dispatches;
	unsigned samples;
	unsigned turns;
};

/* --- the source --- */

static int fake_sample(struct source *source, const struct metric_set *need, struct snapshot **out,
		       struct error *err)
{
	struct scene *s = (struct scene *)(void *)source;
	struct snapshot *taken = sample_new();

	(void)need;
	(void)err;
	for (unsigned i = 0; i < s->containers; i++) {
		char path[32];

		snprintf(path, sizeof(path), "/c/%u", i);
		sample_fill(taken, sample_add_plain(taken, path));
	}
	snapshot_seal(taken);
	s->samples++;
	*out = taken;
	return 0;
}

static int fake_event_fd(struct source *source)
{
	return ((struct scene *)(void *)source)->event_fd;
}

static int fake_dispatch(struct source *source, struct error *err)
{
	struct scene *s = (struct scene *)(void *)source;
	uint64_t count;

	(void)err;
	if (s->event_fd >= 0 && read(s->event_fd, &count, sizeof(count)) < 0)
		assert_int_equal(errno, EAGAIN);
	s->dispatches++;
	return 0;
}

static const struct source_ops fake_ops = {
	.name = "fake", .sample = fake_sample, .event_fd = fake_event_fd, .dispatch = fake_dispatch};

static void no_log(void *context, enum log_level level, const char *message, const char *fields)
{
	(void)context;
	(void)level;
	(void)message;
	(void)fields;
}

/* --- the scene --- */

static int set_up(void **state)
{
	static struct scene s;

	signal(SIGPIPE, SIG_IGN);
	s = (struct scene){.source = {&fake_ops}, .folder = "/tmp/plimsoll-unit-XXXXXX", .containers = 3};
	s.event_fd = -1;
	assert_non_null(mkdtemp(s.folder));
	snprintf(s.address, sizeof(s.address), "unix:%s/socket", s.folder);
	s.listen = s.address;
	s.options = (struct server_options){.listen = &s.listen, .n_listen = 1, .log = no_log};
	metric_set_defaults(&s.options.metrics);
	*state = &s;
	return 0;
}

static void open_server(struct scene *s)
{
	struct error err = {0};

	if (server_open(&s->source, &s->options, &s->server, &err) < 0)
		fail_msg("%s", err.cause);
	s->fd = server_attend_fd(s->server, &err);
	assert_true(s->fd >= 0);
}

static int tear_down(void **state)
{
	struct scene *s = *state;

	server_close(s->server);
	if (s->event_fd >= 0)
		close(s->event_fd);
	return rmdir(s->folder); /* the socket went with the server */
}

static void attend(struct scene *s)
{
	struct error err = {0};

	s->turns++;
	if (server_attend(s->server, &err) < 0)
		fail_msg("%s", err.cause);
}

/* --- clients --- */

struct client {
	int fd;
	bool ended;
	bool reads;
	struct str got;
};

static void connect_client(const struct scene *s, struct client *c, const char *request)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};

	*c = (struct client){.reads = true};
	snprintf(address.sun_path, sizeof(address.sun_path), "%s/socket", s->folder);
	c->fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	assert_int_equal(connect(c->fd, (struct sockaddr *)&address, sizeof(address)), 0);
	assert_int_equal(write(c->fd, request, strlen(request)), strlen(request));
}

static void drop_client(struct client *c)
{
	close(c->fd);
	str_free(&c->got);
}

static void read_client(struct client *c)
{
	char piece[65536];
	ssize_t n = read(c->fd, piece, sizeof(piece));

	if (n > 0)
		str_append(&c->got, piece, (size_t)n);
	else if (n == 0 || errno != EAGAIN)
		c->ended = true;
}

/* What is there to do, for the server and for clients that read; waits for it. */
static void step(struct scene *s, struct client *clients, size_t n)
{
	struct pollfd fds[65] = {{.fd = s->fd, .events = POLLIN}};

	assert_true(n < ARRAY_SIZE(fds));
	for (size_t i = 0; i < n; i++)
		fds[i + 1] = (struct pollfd){.fd = clients[i].ended || !clients[i].reads ? -1 : clients[i].fd,
					     .events = POLLIN};
	if (poll(fds, n + 1, PATIENCE_MS) < 1)
		fail_msg("nothing happens");
	if (fds[0].revents)
		attend(s);
	for (size_t i = 0; i < n; i++)
		if (fds[i + 1].revents)
			read_client(&clients[i]);
}

static void serve_until_ended(struct scene *s, struct client *clients, size_t n)
{
	for (size_t i = 0; i < n; i++)
		while (clients[i].reads && !clients[i].ended)
			step(s, clients, n);
}

static void assert_answered(const struct client *c)
{
	static const char good[] = "HTTP/1.1 200 ";

	if (c->got.len < sizeof(good) || strncmp(c->got.data, good, sizeof(good) - 1) != 0)
		fail_msg("not answered: '%s'", c->got.len ? c->got.data : "");
	assert_non_null(strstr(c->got.data, "\ncontainer_cpu_usage_seconds_total{"));
	/* the last chunk */
	assert_string_equal(c->got.data + c->got.len - 5, "0\r\n\r\n");
}

/* --- tests --- */

static void a_scrape(void **state)
{
	struct scene *s = *state;
	struct client c;

	open_server(s);
	for (int i = 0; i < 3; i++) {
		connect_client(s, &c, REQUEST);
		serve_until_ended(s, &c, 1);
		assert_answered(&c);
		drop_client(&c);
	}
	assert_int_equal(s->samples, 1);
	assert_true(s->turns < 60);
}

/* Those that ask, those that leave at once, and those that leave in the middle, by turns. */
static void clients_that_come_and_go(void **state)
{
	struct scene *s = *state;
	struct client clients[48];

	open_server(s);
	for (int round = 0; round < 4; round++) {
		for (size_t i = 0; i < ARRAY_SIZE(clients); i++)
			connect_client(s, &clients[i], i % 3 == 1 ? "" : i % 3 == 2 ? "GET /met" : REQUEST);
		for (size_t i = 0; i < ARRAY_SIZE(clients); i++) {
			if (i % 3 == 0)
				continue;
			if (i % 2)
				step(s, clients, 0);
			clients[i].ended = true;
			close(clients[i].fd);
			clients[i].fd = -1;
		}
		serve_until_ended(s, clients, ARRAY_SIZE(clients));
		for (size_t i = 0; i < ARRAY_SIZE(clients); i++) {
			if (i % 3 == 0)
				assert_answered(&clients[i]);
			if (clients[i].fd >= 0)
				close(clients[i].fd);
			str_free(&clients[i].got);
		}
	}
}

static unsigned count_descriptors(void)
{
	_cleanup_closedir_ DIR *list = NULL;
	unsigned n = 0;

	assert_int_equal(fs_open_list(AT_FDCWD, "/proc/self/fd", &list), 0);
	while (fs_next(list))
		n++;
	return n;
}

/* With clients in every state, its end takes everything along. */
static void the_end(void **state)
{
	struct scene *s = *state;
	struct client clients[3];
	unsigned before = count_descriptors();

	s->containers = 300;
	open_server(s);
	connect_client(s, &clients[0], "");
	connect_client(s, &clients[1], "GET /metrics HTTP/1.1\r\nHost: x\r\n\r\n");
	connect_client(s, &clients[2], REQUEST);
	while (!clients[1].got.len || !clients[2].got.len)
		step(s, clients, ARRAY_SIZE(clients));
	server_close(s->server);
	s->server = NULL;
	for (size_t i = 0; i < ARRAY_SIZE(clients); i++) {
		while (!clients[i].ended)
			read_client(&clients[i]);
		drop_client(&clients[i]);
	}
	assert_int_equal(count_descriptors(), before);
}

/* Somebody who asks for megabytes and takes none holds nobody up, keeps no loop busy, and is cut off in time.
 */
static void a_slow_reader(void **state)
{
	struct scene *s = *state;
	struct client clients[2];
	uint64_t begun;

	s->containers = 1000;
	s->options.write_timeout_ns = 700 * NSEC_PER_MSEC;
	open_server(s);
	connect_client(s, &clients[0], REQUEST);
	clients[0].reads = false;
	while (!s->samples)
		step(s, clients, 1);
	begun = clock_monotonic_ns();
	connect_client(s, &clients[1], REQUEST);
	serve_until_ended(s, clients, 2);
	assert_answered(&clients[1]);
	/* more than the kernel keeps for a reader */
	assert_true(clients[1].got.len > 2 << 20);

	/* nobody else does anything: it is the timer that ends it */
	s->turns = 0;
	for (;;) {
		struct pollfd end = {.fd = clients[0].fd, .events = POLLRDHUP};

		if (poll(&end, 1, 0) == 1)
			break;
		step(s, clients, 1);
	}
	assert_true(clock_monotonic_ns() - begun < PATIENCE_MS * NSEC_PER_MSEC);
	assert_true(s->turns < 40);
	clients[0].reads = true;
	serve_until_ended(s, clients, 1);
	assert_in_range(clients[0].got.len, 1, clients[1].got.len - 1);
	drop_client(&clients[0]);
	drop_client(&clients[1]);
}

static void a_silent_client(void **state)
{
	struct scene *s = *state;
	struct client c;
	uint64_t begun = clock_monotonic_ns();

	s->options.header_timeout_ns = 300 * NSEC_PER_MSEC;
	open_server(s);
	connect_client(s, &c, "GET /metrics HTTP/1.1\r\nHost");
	serve_until_ended(s, &c, 1);
	assert_int_equal(c.got.len, 0);
	assert_true(clock_monotonic_ns() - begun >= 300 * NSEC_PER_MSEC);
	assert_true(s->turns < 30);
	drop_client(&c);
}

/* Once a second the source is looked after though nothing happens, and not much oftener. */
static void ticks(void **state)
{
	struct scene *s = *state;
	uint64_t begun;

	open_server(s);
	while (!s->dispatches)
		step(s, NULL, 0);
	begun = clock_monotonic_ns();
	s->turns = 0;
	while (s->dispatches < 2)
		step(s, NULL, 0);
	assert_true(clock_monotonic_ns() - begun > 900 * NSEC_PER_MSEC);
	assert_in_range(s->turns, 1, 5);
}

static void tell_event(const struct scene *s)
{
	uint64_t one = 1;

	assert_int_equal(write(s->event_fd, &one, sizeof(one)), sizeof(one));
}

/* The source's own descriptor wakes the loop, also when another file has its number, or it has none for a
 * while. */
static void descriptors_that_change(void **state)
{
	struct scene *s = *state;
	unsigned before;
	int was;

	s->event_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	open_server(s);
	while (!s->dispatches)
		step(s, NULL, 0);
	for (int round = 0; round < 3; round++) {
		uint64_t begun = clock_monotonic_ns();

		before = s->dispatches;
		tell_event(s);
		step(s, NULL, 0);
		assert_int_equal(s->dispatches, before + 1);
		/* no tick did it */
		assert_true(clock_monotonic_ns() - begun < 900 * NSEC_PER_MSEC);

		was = s->event_fd;
		close(s->event_fd);
		if (round == 1) {
			s->event_fd = -1;
			attend(s);
			attend(s);
		}
		s->event_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
		assert_int_equal(s->event_fd, was);
		attend(s);
	}
}

#define ON_SCENE(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		ON_SCENE(a_scrape),
		ON_SCENE(clients_that_come_and_go),
		ON_SCENE(the_end),
		ON_SCENE(a_slow_reader),
		ON_SCENE(a_silent_client),
		ON_SCENE(ticks),
		ON_SCENE(descriptors_that_change),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
