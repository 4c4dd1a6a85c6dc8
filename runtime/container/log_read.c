/* SPDX-License-Identifier: Apache-2.0 */
#include "base/cleanup.h"
#include "base/fs.h"
#include "log_files.h"
#include "log_line.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/inotify.h>
#include <sys/stat.h>
#include <unistd.h>

#define CHUNK 65536U

struct log_reader {
	int folder;
	int fd;	    /* the file that is read, or -1 where there is none yet */
	int notify; /* inotify on the folder, or -1 */
	struct log_query query;
	uint64_t offset;   /* in the file, of buffer's start */
	struct str buffer; /* what was read of it */
	size_t at;	   /* what of it is used up: always whole lines */
	bool skipping;	   /* inside of a line that is too long */
	struct str text;   /* of the last entry */
};

/* A folder is watched rather than a file: a new file is to be seen too. */
static int watch(int folder)
{
	char path[40];
	int fd = inotify_init1(IN_CLOEXEC | IN_NONBLOCK);

	if (fd < 0)
		return -1;
	snprintf(path, sizeof(path), "/proc/self/fd/%d", folder);
	if (inotify_add_watch(fd, path, IN_MODIFY | IN_CREATE | IN_MOVED_TO | IN_DELETE_SELF | IN_ONLYDIR) <
	    0) {
		close(fd);
		return -1;
	}
	return fd;
}

/* Before the last look at the file, not after: what comes between makes the descriptor readable again. */
static void forget_notices(const struct log_reader *r)
{
	char events[4096];

	while (r->notify >= 0 && read(r->notify, events, sizeof(events)) > 0)
		;
}

static void start_file(struct log_reader *r, int fd, uint64_t offset)
{
	cleanup_closep(&r->fd);
	r->fd = fd;
	r->offset = offset;
	str_clear(&r->buffer);
	r->at = 0;
	r->skipping = false;
}

/* More of the file behind what is in the buffer. The count (0: its end), or -errno. */
static ssize_t fill(struct log_reader *r)
{
	ssize_t n;

	if (r->at) {
		memmove(r->buffer.data, r->buffer.data + r->at, r->buffer.len - r->at);
		r->buffer.len -= r->at;
		r->offset += r->at;
		r->at = 0;
	}
	if (!str_reserve(&r->buffer, CHUNK))
		return -ENOMEM;
	do {
		n = pread(r->fd, r->buffer.data + r->buffer.len, CHUNK, (off_t)(r->offset + r->buffer.len));
	} while (n < 0 && errno == EINTR);
	if (n < 0)
		return -errno;
	r->buffer.len += (size_t)n;
	return n;
}

/* The next whole line of the buffer, without its newline. */
static bool take_line(struct log_reader *r, struct slice *line)
{
	while (r->buffer.len > r->at) {
		const char *from = r->buffer.data + r->at;
		const char *newline = memchr(from, '\n', r->buffer.len - r->at);
		bool skip = r->skipping;

		if (!newline && r->buffer.len - r->at > LOG_FILE_LINE_MAX) {
			r->skipping = true;
			r->at = r->buffer.len;
		}
		if (!newline)
			return false;
		r->at += (size_t)(newline - from) + 1;
		r->skipping = false;
		*line = (struct slice){from, (size_t)(newline - from)};
		if (!skip)
			return true;
	}
	return false;
}

static bool is_wanted(const struct log_query *query, const struct log_entry *entry)
{
	return (!query->since_ns || entry->time_ns >= query->since_ns) &&
	       (!query->until_ns || entry->time_ns <= query->until_ns);
}

/*
 * At the end of a file: on to the next, if there is one. The file was complete when its successor was made,
 * so it is read to its end once more after that was seen. 1 where there is more to read, 0, or -errno.
 */
static int move_on(struct log_reader *r)
{
	struct stat st;
	ssize_t n;
	int next;

	next = r->fd < 0 ? log_open_oldest(r->folder) : log_open_newer(r->folder, r->fd);
	if (next == -ENOENT) {
		/* what was cut back, by us on a full disk or by somebody else altogether */
		if (r->fd >= 0 && fstat(r->fd, &st) == 0 && (uint64_t)st.st_size < r->offset + r->at)
			start_file(r, TAKE_FD(r->fd), 0);
		return 0;
	}
	if (next < 0)
		return next == -EAGAIN ? 0 : next;
	if (r->fd >= 0) {
		n = fill(r);
		if (n != 0) {
			close(next);
			return n < 0 ? (int)n : 1;
		}
	}
	start_file(r, next, 0);
	return 1;
}

/* A line without its end may be cut off again (log_write on a full disk): it is read anew the next time. */
static void forget_half_line(struct log_reader *r)
{
	if (r->skipping)
		r->at = r->buffer.len;
	if (r->buffer.data)
		r->buffer.len = r->at;
}

int log_read(struct log_reader *r, struct log_entry *entry)
{
	bool forgot = false;

	for (;;) {
		struct slice line;
		ssize_t n = 0;
		int more;

		while (take_line(r, &line)) {
			int parsed = log_parse_line(line.at, line.len, &r->text, entry);

			if (parsed == -ENOMEM)
				return parsed;
			if (parsed == 0 && is_wanted(&r->query, entry))
				return 1;
		}
		if (r->fd >= 0)
			n = fill(r);
		if (n < 0)
			return (int)n;
		if (n > 0)
			continue;
		if (!forgot) {
			forget_notices(r);
			forgot = true;
			continue;
		}
		more = move_on(r);
		if (more <= 0) {
			forget_half_line(r);
			return more;
		}
	}
}

int log_reader_fd(const struct log_reader *r)
{
	return r->notify;
}

/* Where a tail begins, while files are read backwards in blocks. */
struct back {
	struct str text;   /* lines from `offset` on that were not counted yet: at most a block and a line */
	uint64_t offset;   /* of the text, in the file */
	int64_t wanted;	   /* messages still to find */
	uint64_t start;	   /* where the last one found begins */
	struct str parsed; /* scratch */
};

/* Counts the lines of the text from its end; the first of it may be a part, and stays. */
static void count_back(struct back *b, const struct log_query *query, bool from_start)
{
	while (b->wanted && b->text.len) {
		const char *newline = memrchr(b->text.data, '\n', b->text.len);
		size_t from = newline ? (size_t)(newline - b->text.data) + 1 : 0;
		struct log_entry entry;

		if (!newline && !from_start)
			return;
		if (log_parse_line(b->text.data + from, b->text.len - from, &b->parsed, &entry) == 0 &&
		    (!query->until_ns || entry.time_ns <= query->until_ns)) {
			b->wanted--;
			b->start = b->offset + from;
		}
		/* without the newline that ends the line before */
		b->text.len = from ? from - 1 : 0;
	}
}

static int prepend(struct back *b, int fd, size_t n)
{
	_cleanup_str_ struct str both = {0};
	size_t got = 0;

	if (!str_reserve(&both, n + b->text.len + 1))
		return -ENOMEM;
	while (got < n) {
		ssize_t more = pread(fd, both.data + got, n - got, (off_t)(b->offset - n + got));

		if (more < 0 && errno == EINTR)
			continue;
		if (more < 0)
			return -errno;
		if (more == 0)
			return -EIO;
		got += (size_t)more;
	}
	both.len = n;
	str_append(&both, b->text.data ? b->text.data : "", b->text.len);
	if (both.failed)
		return -ENOMEM;
	str_free(&b->text);
	b->text = both;
	both = (struct str){0};
	b->offset -= n;
	return 0;
}

static int tail_of_file(struct back *b, int fd, const struct log_query *query)
{
	struct stat st;

	if (fstat(fd, &st) < 0)
		return -errno;
	b->offset = (uint64_t)st.st_size;
	str_clear(&b->text);
	while (b->wanted && b->offset) {
		size_t n = b->offset < CHUNK ? (size_t)b->offset : CHUNK;
		int r;

		/* a line that is too long: it is none of ours, and its beginning is as good as an end */
		if (b->text.len > LOG_FILE_LINE_MAX)
			str_clear(&b->text);
		r = prepend(b, fd, n);
		if (r < 0)
			return r;
		count_back(b, query, b->offset == 0);
	}
	return 0;
}

/* From the newest file back, as far as it takes. */
static int seek_tail(struct log_reader *r)
{
	struct back b = {.wanted = r->query.tail};
	int fd = log_open_newest(r->folder);
	int result = 0;

	if (fd < 0)
		return fd == -ENOENT ? 0 : fd;
	if (b.wanted == 0) {
		off_t end = lseek(fd, 0, SEEK_END);

		start_file(r, fd, end > 0 ? (uint64_t)end : 0);
		return 0;
	}
	for (;;) {
		int older;

		b.start = 0;
		result = tail_of_file(&b, fd, &r->query);
		if (result < 0 || b.wanted == 0)
			break;
		older = log_open_older(r->folder, fd);
		if (older < 0)
			break;
		close(fd);
		fd = older;
	}
	if (result == 0)
		start_file(r, fd, b.wanted ? 0 : b.start);
	else
		close(fd);
	str_free(&b.text);
	str_free(&b.parsed);
	return result;
}

int log_reader_open(int folder, const struct log_query *query, struct log_reader **out, struct error *err)
{
	struct log_reader *r = calloc(1, sizeof(*r));
	int result;

	if (!r)
		return error_set(err, -ENOMEM, "", "no memory");
	r->query = *query;
	r->fd = -1;
	r->notify = -1;
	r->folder = fcntl(folder, F_DUPFD_CLOEXEC, 3);
	result = r->folder < 0 ? -errno : 0;
	if (result == 0) {
		/* before the first look, so that nothing comes between unseen */
		r->notify = watch(r->folder);
		if (query->tail >= 0)
			result = seek_tail(r);
	}
	if (result < 0) {
		log_reader_close(r);
		return error_errno(err, result, "", "cannot read the container's log");
	}
	*out = r;
	return 0;
}

void log_reader_close(struct log_reader *r)
{
	if (!r)
		return;
	cleanup_closep(&r->fd);
	cleanup_closep(&r->folder);
	cleanup_closep(&r->notify);
	str_free(&r->buffer);
	str_free(&r->text);
	free(r);
}
