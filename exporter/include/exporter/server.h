/* SPDX-License-Identifier: Apache-2.0 */
/* The HTTP side: the only place that knows libmicrohttpd. One loop serves every listener and follows the
 * source. */
#pragma once

#include "base/error.h"
#include "exporter/render.h"
#include "model/source.h"

enum log_level { LOG_LEVEL_ERROR, LOG_LEVEL_WARN, LOG_LEVEL_INFO, LOG_LEVEL_DEBUG };

/* Strings and lists are the caller's and have to live as long as the server. */
struct server_options {
	const char *const *listen; /* "127.0.0.1:9753", ":9753", "[::1]:9753", "unix:/path" */
	size_t n_listen;
	bool systemd_socket;	 /* take the listeners from LISTEN_FDS instead (sd_listen_fds(3)) */
	const char *config_file; /* exporter-toolkit's web-config file, or NULL */
	const char *telemetry_path;
	unsigned max_requests;	    /* scrapes at once; 503 beyond; 0 = 40 */
	unsigned max_connections;   /* 0 = 512 */
	uint64_t header_timeout_ns; /* until the request is complete; 0 = 10 s */
	uint64_t write_timeout_ns;  /* until the response is taken; 0 = 30 s */
	uint64_t min_interval_ns;   /* scrapes within it share one collection; 0 = 500 ms */
	bool exporter_metrics;	    /* process_*, promhttp_*, plimsoll_build_info, plimsoll_scrape_* */
	struct render_options render;
	struct metric_set metrics; /* what /metrics has by default */
	/* Log lines go to the caller: rooms don't print. key=value pairs in `fields`, already escaped for
	 * logfmt. */
	void (*log)(void *context, enum log_level level, const char *message, const char *fields);
	void *log_context;
	/*
	 * Called once when every listener is open and before the first request: drop privileges, notify
	 * systemd. `address`: all of them, separated by spaces. The server has no thread of its own yet. 0 or
	 * -errno.
	 */
	int (*ready)(void *context, const char *address, struct error *err);
	void *ready_context;
};

struct server;

/* Opens the listeners and reads the config file. The source is borrowed. Nothing is served yet. */
int server_open(struct source *source, const struct server_options *options, struct server **out,
		struct error *err);

/* Serves until stop_fd becomes readable (a signalfd). 0 or -errno. */
int server_run(struct server *s, int stop_fd, struct error *err);

/*
 * In a loop of the caller's own instead: a descriptor (the server's, valid until server_close) that is
 * readable when the server has something to do; server_attend does it and never waits. SIGPIPE has to be
 * ignored. The descriptor, 0, or -errno.
 */
int server_attend_fd(struct server *s, struct error *err);
int server_attend(struct server *s, struct error *err);

void server_close(struct server *s);
