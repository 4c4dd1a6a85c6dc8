/* SPDX-License-Identifier: Apache-2.0 */
/* Raw bytes to the whole server, by a socket pair: libmicrohttpd's parser, the handler, answers, connections'
 * ends. */
#include "server_private.h"

#include "base/clock.h"

#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static int fuzz_sample(struct source *source, const struct metric_set *need, struct snapshot **out,
		       struct error *err)
{
	const struct host host = {.hostname = "fuzz", .kernel = "6.1", .n_cpus = 1, .page_size = 4096};
	struct identity *who = identity_new(&(struct identity){.name = "root"});
	struct metric_set closed = *need;
	struct snapshot *s;

	(void)source;
	(void)err;
	metric_set_close(&closed);
	s = snapshot_new(&closed, &host, 1, 2, 1);
	if (!s || !who || snapshot_add(s, &(struct entity){.path = "/", .parent = -1, .identity = who}) < 0)
		abort();
	identity_unref(who);
	snapshot_seal(s);
	*out = s;
	return 0;
}

static int fuzz_event_fd(struct source *source)
{
	(void)source;
	return -1;
}

static int fuzz_dispatch(struct source *source, struct error *err)
{
	(void)source;
	(void)err;
	return 0;
}

static struct server *start(void)
{
	static const struct source_ops ops = {
		.name = "fuzz", .sample = fuzz_sample, .event_fd = fuzz_event_fd, .dispatch = fuzz_dispatch};
	static struct source source = {&ops};
	static const char *const listen[] = {"127.0.0.1:0"};
	struct server_options options = {.listen = listen, .n_listen = 1, .exporter_metrics = true};
	struct server *s = NULL;
	struct error err = {0};

	metric_set_defaults(&options.metrics);
	if (server_open(&source, &options, &s, &err) < 0)
		abort();
	return s;
}

/* Answers are thrown away; a connection that nobody ends is ended, as a client would. */
static void converse(struct server *s, int client)
{
	char answer[65536];
	struct error err = {0};

	for (unsigned turn = 0; turn < 1000 && s->n_connections; turn++) {
		while (recv(client, answer, sizeof(answer), MSG_DONTWAIT) > 0)
			;
		/* Nothing that a client sends may make it wait or fail. */
		s->next_tick_ns = 0;
		if (server_turn(s, -1, &err) < 0)
			abort();
		if (turn == 20)
			shutdown(client, SHUT_RDWR);
	}
	if (s->n_connections || s->metrics.scrapes_in_flight)
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct server *s;
	const struct sockaddr peer = {.sa_family = AF_UNIX};
	int pair[2];

	if (!s)
		s = start();
	if (size > 60000 || socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, pair) < 0)
		return 0;
	if (server_adopt(s, pair[1], &peer, sizeof(peer.sa_family)) < 0)
		abort();
	if (size && send(pair[0], data, size, MSG_NOSIGNAL) < 0)
		abort();
	/* Half of the inputs end their side at once, half keep it open. */
	if (size && data[size - 1] % 2)
		shutdown(pair[0], SHUT_WR);
	converse(s, pair[0]);
	close(pair[0]);
	return 0;
}
