/* SPDX-License-Identifier: Apache-2.0 */
#include "server_private.h"

#include "base/cleanup.h"
#include "base/clock.h"

#include <arpa/inet.h>
#include <linux/tcp.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/socket.h>

/* Snapshots that answers under way may hold, and how long a reader of an old one is left in peace. */
enum { MAX_COLLECTIONS = 8 };
#define COLLECTION_PEACE_NS (2 * NSEC_PER_SEC)

/* A connection that has not sent its request after this time makes way where there is no room. */
#define CROWD_PATIENCE_NS NSEC_PER_SEC

/* How often idle connections are looked at. */
#define GLANCE_NS NSEC_PER_SEC

/* What waits in the kernel unsent, so that a slow reader does not fill its socket's megabytes. */
enum { UNSENT_BYTES = 64 << 10 };

struct connection *connection_of(struct MHD_Connection *mhd)
{
	const union MHD_ConnectionInfo *info =
		MHD_get_connection_info(mhd, MHD_CONNECTION_INFO_SOCKET_CONTEXT);

	return info ? info->socket_context : NULL;
}

/* An IPv4 address, or an IPv6 network (/64, which is what one client has), as a number. */
static uint64_t peer_of(const struct sockaddr *address)
{
	uint64_t peer = 0;

	if (address && address->sa_family == AF_INET) {
		peer = ((const struct sockaddr_in *)(const void *)address)->sin_addr.s_addr;
	} else if (address && address->sa_family == AF_INET6) {
		const struct in6_addr *in6 = &((const struct sockaddr_in6 *)(const void *)address)->sin6_addr;
		bool mapped = IN6_IS_ADDR_V4MAPPED(in6);

		memcpy(&peer, in6->s6_addr + (mapped ? 12 : 0), mapped ? 4 : 8);
	}
	return peer;
}

/* Bytes that the client has sent so far; 0 where the socket can't tell (Linux before 4.1, Unix sockets). */
static uint64_t bytes_received(int fd)
{
	struct tcp_info info = {0};
	socklen_t len = sizeof(info);

	if (getsockopt(fd, IPPROTO_TCP, TCP_INFO, &info, &len) < 0 ||
	    len < offsetof(struct tcp_info, tcpi_bytes_received) + sizeof(info.tcpi_bytes_received))
		return 0;
	return info.tcpi_bytes_received;
}

static uint64_t deadline_of(const struct server *s, const struct connection *c)
{
	return patience_deadline(&s->patience, c->phase, c->since_ns);
}

void connection_enter(struct connection *c, enum phase phase)
{
	struct server *s = c->generation->server;
	uint64_t look;

	c->phase = phase;
	c->since_ns = s->now_ns;
	if (phase == PHASE_IDLE) {
		c->received = bytes_received(c->fd);
		look = c->hung_up ? s->now_ns : s->now_ns + GLANCE_NS;
	} else {
		look = deadline_of(s, c);
	}
	if (look < s->next_sweep_ns)
		s->next_sweep_ns = look;
}

static void started(struct generation *g, struct MHD_Connection *mhd, void **socket_context)
{
	const union MHD_ConnectionInfo *info =
		MHD_get_connection_info(mhd, MHD_CONNECTION_INFO_CONNECTION_FD);
	struct server *s = g->server;
	struct connection *c = calloc(1, sizeof(*c));
	struct epoll_event hangup = {.events = EPOLLRDHUP | EPOLLET, .data.ptr = c};
	int unsent = UNSENT_BYTES;

	*socket_context = c;
	if (!c || !info) {
		free(c);
		*socket_context = NULL; /* its requests are refused: see handler_target */
		return;
	}
	c->mhd = mhd;
	c->generation = g;
	c->fd = info->connect_fd;
	setsockopt(c->fd, IPPROTO_TCP, TCP_NOTSENT_LOWAT, &unsent, sizeof(unsent));
	epoll_ctl(s->hangup_fd, EPOLL_CTL_ADD, c->fd, &hangup);
	info = MHD_get_connection_info(mhd, MHD_CONNECTION_INFO_CLIENT_ADDRESS);
	c->peer = peer_of(info ? info->client_addr : NULL);
	if (g->tls) {
		info = MHD_get_connection_info(mhd, MHD_CONNECTION_INFO_GNUTLS_SESSION);
		if (info)
			tls_prepare_session(g->tls, info->tls_session);
	}
	c->next = s->connections;
	if (c->next)
		c->next->previous = c;
	s->connections = c;
	s->n_connections++;
	g->n_connections++;
	connection_enter(c, PHASE_READING);
}

static void closed(struct connection *c)
{
	struct server *s = c->generation->server;

	if (c->body)
		body_forget_connection(c->body);
	request_reset(&c->request);
	if (c->next)
		c->next->previous = c->previous;
	if (c->previous)
		c->previous->next = c->next;
	else
		s->connections = c->next;
	s->n_connections--;
	c->generation->n_connections--;
	s->accept_again_ns = 0;
	free(c);
}

void connection_notify(void *context, struct MHD_Connection *mhd, void **socket_context,
		       enum MHD_ConnectionNotificationCode code)
{
	if (code == MHD_CONNECTION_NOTIFY_STARTED)
		started(context, mhd, socket_context);
	else if (*socket_context)
		closed(*socket_context);
}

/*
 * libmicrohttpd's own time-out counts inactivity, which a byte a second resets. So the socket is shut down
 * under it: its next read or write fails, and it cleans up as for any lost client.
 */
void connection_cut(struct connection *c, enum cut_reason reason)
{
	if (c->cut)
		return;
	c->cut = true;
	shutdown(c->fd, SHUT_RDWR);
	c->generation->server->metrics.cut[reason]++;
}

static enum cut_reason reason_of(enum phase phase)
{
	switch (phase) {
	case PHASE_READING:
		return CUT_READING;
	case PHASE_ANSWERING:
		return CUT_ANSWERING;
	case PHASE_IDLE:
	case PHASE__COUNT:
		break;
	}
	return CUT_IDLE;
}

/*
 * libmicrohttpd waits for edges and stops at a short read, so an end that arrives together with the last
 * bytes is missed: it would keep a connection of a client that is long gone until its deadline. So ends are
 * waited for here as well.
 */
void connections_note_hangups(struct server *s)
{
	struct epoll_event events[64];
	int n;

	do {
		n = epoll_wait(s->hangup_fd, events, (int)ARRAY_SIZE(events), 0);
		for (int i = 0; i < n; i++)
			((struct connection *)events[i].data.ptr)->hung_up = true;
	} while (n == (int)ARRAY_SIZE(events));
	s->next_sweep_ns = s->now_ns;
}

/* A client may well end its side and then wait for its answer. */
static bool is_gone(const struct connection *c)
{
	char byte;

	return c->hung_up && c->phase != PHASE_ANSWERING &&
	       recv(c->fd, &byte, 1, MSG_PEEK | MSG_DONTWAIT) == 0;
}

/* When to look at a connection again; UINT64_MAX where it was ended. */
static uint64_t sweep_one(struct server *s, struct connection *c)
{
	uint64_t deadline;

	if (c->cut)
		return UINT64_MAX;
	/* An idle client that sends is no longer idle: its request has a deadline as any other. */
	if (c->phase == PHASE_IDLE && bytes_received(c->fd) != c->received)
		connection_enter(c, PHASE_READING);
	deadline = deadline_of(s, c);
	if (deadline <= s->now_ns || (c->phase == PHASE_IDLE && c->generation->retired)) {
		connection_cut(c, reason_of(c->phase));
		return UINT64_MAX;
	}
	if (is_gone(c)) {
		c->cut = true;
		shutdown(c->fd, SHUT_RDWR);
		return UINT64_MAX;
	}
	if (c->phase == PHASE_IDLE && s->now_ns + GLANCE_NS < deadline)
		return s->now_ns + GLANCE_NS;
	return deadline;
}

void connections_sweep(struct server *s)
{
	uint64_t next = s->now_ns + s->patience.ns[PHASE_IDLE];

	if (s->now_ns < s->next_sweep_ns)
		return;
	for (struct connection *c = s->connections; c; c = c->next) {
		uint64_t again = sweep_one(s, c);

		if (again < next)
			next = again;
	}
	s->next_sweep_ns = next;
}

bool connections_evict(struct server *s)
{
	struct connection *idle = NULL;
	struct connection *reading = NULL;

	for (struct connection *c = s->connections; c; c = c->next) {
		if (c->cut)
			return true;
		if (c->phase == PHASE_IDLE && (!idle || c->since_ns < idle->since_ns))
			idle = c;
		if (c->phase == PHASE_READING && (!reading || c->since_ns < reading->since_ns))
			reading = c;
	}
	if (!idle && reading && s->now_ns - reading->since_ns < CROWD_PATIENCE_NS)
		return false;
	if (!idle && !reading)
		return false;
	connection_cut(idle ? idle : reading, CUT_CROWDED);
	return true;
}

void connections_trim_collections(struct server *s)
{
	if (s->collections.alive <= MAX_COLLECTIONS)
		return;
	for (struct connection *c = s->connections; c; c = c->next)
		if (c->body && s->now_ns - body_taken_ns(c->body) > COLLECTION_PEACE_NS)
			connection_cut(c, CUT_ANSWERING);
}
