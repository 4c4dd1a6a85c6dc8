/* SPDX-License-Identifier: Apache-2.0 */
#include "top_listen.h"

#include "base/clock.h"

/* There is no place for log lines on a dashboard, and a client's faults are the client's. */
static void no_log(void *context, enum log_level level, const char *message, const char *fields)
{
	(void)context;
	(void)level;
	(void)message;
	(void)fields;
}

static int turn(void *context, struct error *err)
{
	struct top_listen *l = context;

	return server_attend(l->server, err);
}

int top_listen_open(struct top_listen *l, struct source *source, const char *address, uint64_t interval_ns,
		    struct error *err)
{
	struct server_options options = {
		.listen = &l->address,
		.n_listen = 1,
		.exporter_metrics = true,
		.render = {.lingering = true},
		.log = no_log,
	};
	int fd;
	int r;

	l->address = address; /* the server keeps the list */
	metric_set_defaults(&options.metrics);
	/* a tick of the dashboard may be a little late */
	shared_source_init(&l->shared, source, &options.metrics, interval_ns + interval_ns / 2,
			   clock_monotonic_ns);
	r = server_open(&l->shared.second.source, &options, &l->server, err);
	if (r < 0)
		return r;
	fd = server_attend_fd(l->server, err);
	if (fd < 0)
		return fd;
	l->watch = (struct tui_watch){.fd = fd, .ready = turn, .context = l};
	return 0;
}

void top_listen_close(struct top_listen *l)
{
	server_close(l->server);
	l->server = NULL;
	shared_source_release(&l->shared);
}
