/* SPDX-License-Identifier: Apache-2.0 */
#include "log_show.h"

#include "base/cleanup.h"
#include "base/clock.h"

#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <sys/syscall.h>
#include <unistd.h>

#define BUFFER_MAX 65536

struct shown {
	const struct log_show *how;
	struct log_reader *reader;
	struct str pending; /* of one stream, so that their order is kept */
	enum log_stream stream;
	bool inside[2]; /* of a line of that stream: what comes next has no timestamp of its own */
};

static int flush(struct shown *s)
{
	int fd = s->stream == LOG_STDERR ? STDERR_FILENO : STDOUT_FILENO;
	size_t done = 0;

	if (s->pending.failed)
		return -ENOMEM;
	while (done < s->pending.len) {
		ssize_t n = write(fd, s->pending.data + done, s->pending.len - done);

		if (n < 0 && errno != EINTR)
			return -errno;
		if (n > 0)
			done += (size_t)n;
	}
	str_clear(&s->pending);
	return 0;
}

static int put(struct shown *s, const struct log_entry *entry)
{
	unsigned which = entry->stream == LOG_STDERR;
	int r = 0;

	if (entry->stream != s->stream || s->pending.len > BUFFER_MAX)
		r = flush(s);
	s->stream = entry->stream;
	if (s->how->timestamps && !s->inside[which]) {
		char time[LOG_TIME_SIZE];

		log_format_time(time, entry->time_ns);
		str_printf(&s->pending, "%s ", time);
	}
	str_append(&s->pending, entry->text, entry->len);
	s->inside[which] = entry->len && entry->text[entry->len - 1] != '\n';
	return r;
}

static int drain(struct shown *s)
{
	struct log_entry entry;
	int r;

	while ((r = log_read(s->reader, &entry)) > 0) {
		r = put(s, &entry);
		if (r < 0)
			return r;
	}
	return r < 0 ? r : flush(s);
}

/* The supervisor, which writes the log: whether it lives is whether more may come. -1 where it doesn't. */
static int open_supervisor(const struct container *c)
{
	int fd;

	if (c->state.supervisor <= 0)
		return -1;
	fd = (int)syscall(SYS_pidfd_open, c->state.supervisor, 0);
	/* looked at after it was opened: the pid can't be somebody else's from now on */
	if (fd >= 0 && process_lives(c->store->procfs, c->state.supervisor, c->state.supervisor_start))
		return fd;
	if (fd >= 0)
		close(fd);
	return -1;
}

/* Milliseconds until `until`, rounded up; -1 without one. */
static int time_left(uint64_t until_ns)
{
	uint64_t now = clock_realtime_ns();
	uint64_t left;

	if (!until_ns)
		return -1;
	left = until_ns > now ? (until_ns - now) / NSEC_PER_MSEC + 1 : 0;
	return left > INT_MAX ? INT_MAX : (int)left;
}

static int follow(struct shown *s, int supervisor)
{
	struct pollfd fds[2] = {{.fd = log_reader_fd(s->reader), .events = POLLIN},
				{.fd = supervisor, .events = POLLIN}};

	for (;;) {
		int r = drain(s);

		if (r < 0 || fds[1].revents || time_left(s->how->query.until_ns) == 0)
			return r;
		/* what was written before it ended is there once it has: one more round */
		if (poll(fds, 2, time_left(s->how->query.until_ns)) < 0 && errno != EINTR)
			return -errno;
	}
}

int log_show(struct container *c, const struct log_show *how, struct error *err)
{
	struct shown s = {.how = how};
	_cleanup_close_ int supervisor = -1;
	int r;

	if (how->follow)
		supervisor = open_supervisor(c);
	r = log_reader_open(c->folder, &how->query, &s.reader, err);
	if (r < 0)
		return r;
	r = supervisor >= 0 ? follow(&s, supervisor) : drain(&s);
	log_reader_close(s.reader);
	str_free(&s.pending);
	return r < 0 ? error_errno(err, r, "", "cannot show the log") : 0;
}
