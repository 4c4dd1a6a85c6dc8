/* SPDX-License-Identifier: Apache-2.0 */
/* The container's output to the log, the foreground and the clients, and their input to it. */
#include "base/cleanup.h"
#include "base/clock.h"
#include "control_socket.h"
#include "supervisor_internal.h"

#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

/* On the stack, and as much as one message holds: not more memory than is needed, ever. */
#define CHUNK CONTROL_DATA_MAX
/* Input that waits for the container to read it; beyond, nobody is read from. */
#define TYPED_MAX ((size_t)64 << 10)
/* After the end of the first process: the largest pipe that a user may have. What daemons of it that hold the
 * other end write after that is not waited for. */
#define DRAIN_MAX ((size_t)1 << 20)
/* An unread chunk of a pipe: poll(2) promises room for that much (pipe(7), PIPE_BUF). */
#define WRITE_MAX ((size_t)4096)
#define VEOF_BYTE "\x04"

bool supervisor_may_read(const struct supervisor *sv)
{
	for (size_t i = 0; i < sv->n_clients; i++)
		if (client_is_full(&sv->clients[i]))
			return false;
	return true;
}

/* Who started it has closed its end (a `| head` that has seen enough): so is ours, and the container gets
 * SIGPIPE as any program of a pipeline does. */
static void sink_lost(struct stream *s)
{
	str_free(&s->pending);
	s->pending = (struct str){0};
	s->sent = 0;
	s->sink = -1;
	if (s->fd >= 0 && s->owned)
		close(TAKE_FD(s->fd));
}

/* What goes now without blocking: the descriptor is shared with others, so O_NONBLOCK is not ours to set. The
 * count, or -1 once it is lost. */
static ssize_t sink_write(const struct stream *s, const char *data, size_t len)
{
	size_t done = 0;

	while (done < len) {
		struct pollfd p = {.fd = s->sink, .events = POLLOUT};
		size_t want = len - done;
		ssize_t n;

		if (s->sink_blocks) {
			if (poll(&p, 1, 0) <= 0)
				break;
			want = want < WRITE_MAX ? want : WRITE_MAX;
		}
		n = write(s->sink, data + done, want);
		if (n < 0 && (errno == EAGAIN || errno == EINTR))
			break;
		if (n < 0)
			return -1;
		done += (size_t)n;
	}
	return (ssize_t)done;
}

void supervisor_sink_flush(struct stream *s)
{
	ssize_t n = sink_write(s, s->pending.data + s->sent, s->pending.len - s->sent);

	if (n < 0) {
		sink_lost(s);
		return;
	}
	s->sent += (size_t)n;
	if (s->sent == s->pending.len) {
		str_clear(&s->pending);
		s->sent = 0;
	}
}

static void sink_add(struct stream *s, const char *data, size_t len)
{
	ssize_t n = 0;

	if (s->sink < 0)
		return;
	if (s->pending.len == 0)
		n = sink_write(s, data, len);
	if (n < 0)
		sink_lost(s);
	else if ((size_t)n < len)
		str_append(&s->pending, data + n, len - (size_t)n);
}

static void to_clients(struct supervisor *sv, enum log_stream which, const char *data, size_t len,
		       uint64_t now)
{
	const struct control_header header = {.type = CONTROL_OUTPUT, .value = which};
	const uint32_t wanted = which == LOG_STDOUT ? CONTROL_STDOUT : CONTROL_STDERR;

	for (size_t i = 0; i < sv->n_clients; i++) {
		struct client *client = &sv->clients[i];

		/* A terminal has one stream: whoever wants either gets it. */
		if (client->streams & (sv->child.console >= 0 ? CONTROL_STDOUT | CONTROL_STDERR : wanted))
			if (client_send(client, &header, data, len, now) < 0)
				client_close(client);
	}
}

static void stream_close(struct stream *s)
{
	if (s->owned)
		close(s->fd);
	s->fd = -1;
}

void supervisor_read(struct supervisor *sv, struct stream *s, size_t bound, uint64_t now)
{
	const enum log_stream which = s == &sv->streams[LOG_STDERR] ? LOG_STDERR : LOG_STDOUT;
	char chunk[CHUNK];

	while (s->fd >= 0 && bound > 0) {
		ssize_t n = read(s->fd, chunk, bound < sizeof(chunk) ? bound : sizeof(chunk));

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0 && errno == EAGAIN)
			return;
		/* EIO: nobody has the terminal open any more. */
		if (n <= 0) {
			stream_close(s);
			return;
		}
		/* A log that can't be written says so itself once it can, and never ends the container. */
		if (sv->log)
			(void)log_write(sv->log, which, chunk, (size_t)n, clock_realtime_ns());
		to_clients(sv, which, chunk, (size_t)n, now);
		sink_add(s, chunk, (size_t)n);
		bound -= (size_t)n;
	}
}

void supervisor_drain(struct supervisor *sv, uint64_t now)
{
	for (size_t i = 0; i < ARRAY_SIZE(sv->streams); i++)
		supervisor_read(sv, &sv->streams[i], DRAIN_MAX, now);
	if (sv->log)
		(void)log_flush(sv->log, clock_realtime_ns());
}

static void close_input(struct supervisor *sv)
{
	if (sv->input >= 0 && sv->input != sv->child.console)
		close(sv->input);
	sv->input = -1;
	str_free(&sv->typed);
	sv->typed = (struct str){0};
	sv->typed_sent = 0;
}

bool supervisor_may_type(const struct supervisor *sv)
{
	return sv->typed.len - sv->typed_sent < TYPED_MAX;
}

void supervisor_type_flush(struct supervisor *sv)
{
	while (sv->input >= 0 && sv->typed_sent < sv->typed.len) {
		ssize_t n = write(sv->input, sv->typed.data + sv->typed_sent, sv->typed.len - sv->typed_sent);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0 && errno == EAGAIN)
			return;
		if (n < 0) {
			close_input(sv); /* it reads no more */
			return;
		}
		sv->typed_sent += (size_t)n;
	}
	str_free(&sv->typed);
	sv->typed = (struct str){0};
	sv->typed_sent = 0;
	if (sv->input_ends && sv->input != sv->child.console)
		close_input(sv);
}

void supervisor_type(struct supervisor *sv, const void *data, size_t len)
{
	if (sv->input < 0 || sv->input_ends || len == 0)
		return;
	str_append(&sv->typed, data, len);
	supervisor_type_flush(sv);
}

void supervisor_type_end(struct supervisor *sv)
{
	if (sv->input < 0)
		return;
	if (sv->input == sv->child.console) {
		/* A terminal has no end; its end-of-file key says the same. */
		supervisor_type(sv, VEOF_BYTE, 1);
		return;
	}
	sv->input_ends = true;
	supervisor_type_flush(sv);
}

void supervisor_read_foreground(struct supervisor *sv)
{
	char chunk[CHUNK];
	ssize_t n = read(sv->foreground_in, chunk, sizeof(chunk));

	if (n < 0 && (errno == EINTR || errno == EAGAIN))
		return;
	if (n <= 0) {
		sv->foreground_in = -1;
		supervisor_type_end(sv);
		return;
	}
	supervisor_type(sv, chunk, (size_t)n);
	if (sv->input < 0)
		sv->foreground_in = -1;
}

void supervisor_tell_exit(struct supervisor *sv, uint64_t now)
{
	const struct control_header header = {.type = CONTROL_EXIT,
					      .value = (uint32_t)(sv->result.exit_code & 0xff) |
						       (sv->result.oom_killed ? CONTROL_OOM : 0)};

	for (size_t i = 0; i < sv->n_clients; i++) {
		struct client *client = &sv->clients[i];

		if (client->fd < 0)
			continue;
		if ((client->streams || client->waits) && client_send(client, &header, NULL, 0, now) < 0)
			client_close(client);
		client->closing = true;
	}
}
