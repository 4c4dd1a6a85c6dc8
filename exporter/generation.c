/* SPDX-License-Identifier: Apache-2.0 */
#include "server_private.h"

#include "base/str.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

/*
 * Memory of a connection: its request's head has to fit, and half of it is the piece in which an answer is
 * sent. What is longer gets 414 or 431.
 */
enum { CONNECTION_BYTES = 64 << 10, SPARE_CONNECTIONS = 64 };

__attribute__((format(printf, 2, 0))) static void log_library(void *context, const char *format, va_list args)
{
	const struct generation *g = context;
	char text[256];
	size_t len;

	vsnprintf(text, sizeof(text), format, args);
	len = strlen(text);
	while (len && (text[len - 1] == '\n' || text[len - 1] == '.'))
		text[--len] = '\0';
	logger_say(&g->server->logger, LOG_LEVEL_DEBUG, "HTTP library", "reason", text, NULL);
}

static struct MHD_Daemon *start_daemon(struct generation *g)
{
	const struct server *s = g->server;
	unsigned flags =
		MHD_USE_EPOLL | MHD_USE_NO_LISTEN_SOCKET | MHD_ALLOW_SUSPEND_RESUME | MHD_USE_ERROR_LOG;
	struct MHD_OptionItem tls[] = {
		{MHD_OPTION_HTTPS_MEM_CERT, 0, NULL},
		{MHD_OPTION_HTTPS_MEM_KEY, 0, NULL},
		{MHD_OPTION_HTTPS_PRIORITIES, 0, NULL},
		{MHD_OPTION_END, 0, NULL},
	};

	if (g->tls) {
		flags |= MHD_USE_TLS;
		/* libmicrohttpd takes them as void * and only reads them. */
		tls[0].ptr_value = strdupa(tls_certificate(g->tls));
		tls[1].ptr_value = strdupa(tls_key(g->tls));
		tls[2].ptr_value = strdupa(tls_priority(g->tls));
	} else {
		tls[0].option = MHD_OPTION_END;
	}
	/* Not strict: 0.9.75 answers a missing Host twice. handler.c looks for it, request.c at the target.
	 */
	return MHD_start_daemon(
		flags, 0, NULL, NULL, handler_access, g, MHD_OPTION_EXTERNAL_LOGGER, log_library, g,
		MHD_OPTION_CONNECTION_LIMIT, s->options.max_connections + SPARE_CONNECTIONS,
		MHD_OPTION_CONNECTION_MEMORY_LIMIT, (size_t)CONNECTION_BYTES, MHD_OPTION_CONNECTION_TIMEOUT,
		0U, MHD_OPTION_STRICT_FOR_CLIENT, 0, MHD_OPTION_SIGPIPE_HANDLED_BY_APP, 1,
		MHD_OPTION_NOTIFY_COMPLETED, handler_completed, g, MHD_OPTION_NOTIFY_CONNECTION,
		connection_notify, g, MHD_OPTION_URI_LOG_CALLBACK, handler_target, g, MHD_OPTION_ARRAY, tls,
		MHD_OPTION_END);
}

static void generation_close(struct generation *g)
{
	if (g->daemon)
		MHD_stop_daemon(g->daemon);
	tls_settings_unref(g->tls);
	free(g);
}

int generation_start(struct server *s, struct tls_settings *tls, struct error *err)
{
	const union MHD_DaemonInfo *info;
	struct generation *g;
	unsigned n = 0;

	for (g = s->generations; g; g = g->next)
		n++;
	if (n == MAX_GENERATIONS)
		return error_set(err, -EBUSY, "change the files less often",
				 "connections of %u earlier configurations are open", n);
	g = calloc(1, sizeof(*g));
	if (!g)
		return error_errno(err, -ENOMEM, "", "cannot start the HTTP server");
	g->server = s;
	g->tls = tls_settings_ref(tls);
	g->daemon = start_daemon(g);
	info = g->daemon ? MHD_get_daemon_info(g->daemon, MHD_DAEMON_INFO_EPOLL_FD) : NULL;
	if (!info || info->epoll_fd < 0) {
		generation_close(g);
		return error_set(err, -EIO, "", "the HTTP library refuses to start%s",
				 tls ? " with this TLS configuration" : "");
	}
	g->epoll_fd = info->epoll_fd;
	for (struct generation *old = s->generations; old; old = old->next)
		old->retired = true;
	g->next = s->generations;
	s->generations = g;
	s->next_sweep_ns = 0;
	return 0;
}

void generations_run(struct server *s)
{
	struct generation **at = &s->generations;

	while (*at) {
		struct generation *g = *at;

		MHD_run(g->daemon);
		if (g->retired && g->n_connections == 0) {
			*at = g->next;
			generation_close(g);
		} else {
			at = &g->next;
		}
	}
}

int generations_timeout(const struct server *s)
{
	int shortest = -1;

	for (const struct generation *g = s->generations; g; g = g->next) {
		MHD_UNSIGNED_LONG_LONG ms;

		if (MHD_get_timeout(g->daemon, &ms) == MHD_NO)
			continue;
		if (shortest < 0 || ms < (MHD_UNSIGNED_LONG_LONG)shortest)
			shortest = ms > 1000 ? 1000 : (int)ms;
	}
	return shortest;
}

void generations_stop(struct server *s)
{
	for (struct connection *c = s->connections; c; c = c->next) {
		if (!c->suspended)
			continue;
		c->suspended = false;
		MHD_resume_connection(c->mhd);
	}
	while (s->generations) {
		struct generation *g = s->generations;

		s->generations = g->next;
		generation_close(g);
	}
}
