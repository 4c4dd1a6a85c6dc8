/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The server's parts, which share one struct:
 *   server.c      opening, the loop, accepting, closing
 *   attend.c      the same turns in a loop that is the caller's
 *   generation.c  libmicrohttpd daemons: one for each TLS configuration; the newest takes new connections
 *   connection.c  connections: phases, deadlines, who has to go
 *   handler.c     a request's way: framing, rate, credentials, path
 *   response.c    answers and the body of a scrape
 *   reload.c      the web-config file
 * Everything runs in the loop's thread.
 */
#pragma once

#include "auth.h"
#include "collection.h"
#include "limits.h"
#include "listen.h"
#include "log.h"
#include "request.h"
#include "self_metrics.h"
#include "tls.h"
#include "web_config.h"

#include <microhttpd.h>
#include <poll.h>
#include <sys/stat.h>

#define MAX_LISTENERS 64
#define MAX_GENERATIONS 16

struct server;
struct body;

/* A libmicrohttpd daemon with no listener of its own: it is given connections. */
struct generation {
	struct generation *next;
	struct server *server;
	struct MHD_Daemon *daemon;
	int epoll_fd;
	struct tls_settings *tls; /* NULL: plain HTTP */
	size_t n_connections;
	bool retired; /* a newer one took over: idle connections are ended, and it is closed after the last */
};

/* The request that a connection is busy with; all zeros in between. */
struct request {
	char *raw_target;
	bool begun;   /* its head is complete */
	bool counted; /* the rate limit has seen it */
	struct auth_ticket ticket;
};

struct connection {
	struct connection *next;
	struct connection *previous;
	struct MHD_Connection *mhd;
	struct generation *generation;
	struct request request;
	struct body *body; /* of the scrape under way */
	int fd;
	enum phase phase;
	uint64_t since_ns; /* when the phase began */
	uint64_t received; /* bytes from the client when it became idle (tcp_info) */
	uint64_t peer;	   /* stands for the client's host; 0 where unknown */
	bool suspended;
	bool hung_up; /* the client has ended its side */
	bool cut;
};

struct watched {
	dev_t dev;
	ino_t ino;
	off_t size;
	struct timespec modified;
	struct timespec changed;
};

/* The web-config file and the three files that it may name. */
enum { WATCHED_CONFIG, WATCHED_CERT, WATCHED_KEY, WATCHED_CA, WATCHED__COUNT };

struct web {
	struct web_config *config; /* never NULL: an empty one where there is no file */
	struct bucket bucket;
	char *paths[WATCHED__COUNT]; /* NULL where there is none */
	struct watched seen[WATCHED__COUNT];
	uint64_t looked_ns;
};

/* Descriptors of one turn; those that are -1 are skipped by poll(2). */
struct watch_list {
	struct pollfd fds[4 + MAX_LISTENERS + MAX_GENERATIONS];
	nfds_t n;
};

/* For a loop of the caller's: all that is waited for behind one descriptor. */
struct attendance {
	int epoll_fd;
	int timer_fd;
	struct watch_list watched;
};

struct server {
	struct server_options options; /* zeros replaced; what it points at is the caller's */
	struct logger logger;
	struct patience patience;
	struct listener *listeners;
	size_t n_listeners;
	struct generation *generations; /* newest first; never empty */
	int hangup_fd;			/* epoll: clients that end their side */
	struct connection *connections;
	unsigned n_connections;
	uint64_t next_sweep_ns;
	uint64_t accept_again_ns; /* no room, or no descriptors: not before */
	uint64_t next_tick_ns;
	struct web web;
	struct auth *auth;
	struct collections collections;
	struct self_metrics metrics;
	struct attendance attendance;
	uint64_t now_ns; /* CLOCK_MONOTONIC, read once a turn */
	bool dispatch_failed;
	bool collection_failed;
};

/* --- server.c, also for tests and fuzzing --- */

/* Hands a connected stream socket to the server, which owns it from now on. 0 or -errno. */
int server_adopt(struct server *s, int fd, const struct sockaddr *peer, socklen_t len);

/* One turn of the loop: waits for events and handles them. 1 when stop_fd (or -1) is readable, 0, or -errno.
 */
int server_turn(struct server *s, int stop_fd, struct error *err);
/* The same, with what there is to do now. */
int server_turn_at_once(struct server *s, struct error *err);
/* What a turn waits for, and how long at most. */
void server_fill(const struct server *s, int stop_fd, struct watch_list *w);
int server_wait_ms(const struct server *s);
/* Every listener is open: says so. */
int server_call_ready(struct server *s, struct error *err);

/* --- attend.c --- */
void attendance_init(struct attendance *a);
void attendance_close(struct attendance *a);

/* --- generation.c --- */

/* Starts a daemon and makes it the newest; the earlier ones retire. Takes a reference of tls. 0 or -errno. */
int generation_start(struct server *s, struct tls_settings *tls, struct error *err);

/* Runs every daemon once, and closes retired ones that have no connection left. */
void generations_run(struct server *s);

/* Milliseconds until libmicrohttpd wants to be run although nothing happened; -1 for never. */
int generations_timeout(const struct server *s);

/* Ends all daemons and their connections; suspended ones are resumed first. */
void generations_stop(struct server *s);

/* --- connection.c --- */
void connection_notify(void *context, struct MHD_Connection *mhd, void **socket_context,
		       enum MHD_ConnectionNotificationCode code);
struct connection *connection_of(struct MHD_Connection *mhd);
void connection_enter(struct connection *c, enum phase phase);
void connection_cut(struct connection *c, enum cut_reason reason);

/* Takes in what hangup_fd has to tell. */
void connections_note_hangups(struct server *s);

/* Cuts off what is over its deadline. */
void connections_sweep(struct server *s);

/* Makes room for a new connection: true where one is on its way out. */
bool connections_evict(struct server *s);

/* Cuts off readers of old collections where too many are held. */
void connections_trim_collections(struct server *s);

/* --- handler.c --- */
enum MHD_Result handler_access(void *context, struct MHD_Connection *mhd, const char *url, const char *method,
			       const char *version, const char *upload, size_t *upload_len,
			       void **connection);
void *handler_target(void *context, const char *target, struct MHD_Connection *mhd);
void handler_completed(void *context, struct MHD_Connection *mhd, void **connection,
		       enum MHD_RequestTerminationCode why);
void handler_wake(struct auth_ticket *ticket);
void request_reset(struct request *request);

/* --- response.c --- */
struct answer_options {
	unsigned status;
	const char *content_type; /* NULL: text/plain */
	const char *header;	  /* one more header, or NULL */
	const char *value;
	bool close; /* what follows on this connection can't be trusted */
};

/* Queues an answer with this text. */
enum MHD_Result answer_text(struct connection *c, const struct answer_options *options, const char *text);

/* Queues a scrape's answer: self metrics, then the collection, compressed where the client wants it. */
struct scrape {
	struct filters filters;
	struct metric_set metrics;
	enum exposition exposition;
	bool gzip;
	bool head_only; /* HEAD: nothing is collected */
};
enum MHD_Result answer_scrape(struct connection *c, const struct scrape *scrape,
			      struct collection *collection);

/* When the collection was taken that a body is rendered from. */
uint64_t body_taken_ns(const struct body *b);

/* A body outlives its connection by some lines of libmicrohttpd. */
void body_forget_connection(struct body *b);

/* --- reload.c --- */

/* Reads the file for the first time. 0 or -errno. */
int web_open(struct server *s, struct error *err);

/* Reads it again where it, or a file that it names, changed; looks at most once a second. */
void web_refresh(struct server *s);
void web_close(struct web *w);
