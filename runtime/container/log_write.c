/* SPDX-License-Identifier: Apache-2.0 */
#include "base/cleanup.h"
#include "base/fs.h"
#include "log_line.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define FILE_NAME "log.json"
/* On the stack while something is written. Lines are gathered in it: a system call a line would be most of
 * the work. */
#define GATHER_SIZE 8192

struct log_writer {
	int folder;
	int fd; /* -1 before the first line, and where a new file could not be made: tried with the next line
		 */
	uint32_t max_files;
	uint64_t max_size;
	uint64_t size; /* of the file, all of it whole lines */
	uint64_t lost; /* bytes of output that no line tells */
	bool torn;     /* the file ends in half a line that could not be cut off */
	/* what has no newline yet; LOG_LINE_MAX bytes, allocated while there is any */
	char *pending[2];
	size_t pending_len[2];
};

/* While lines are gathered: the file's size without them, and how much output they tell. */
struct gather {
	struct log_sink sink;
	struct log_writer *writer;
	uint64_t written; /* since the last whole line */
	uint64_t told;
	char buffer[GATHER_SIZE];
};

static int drain(struct log_sink *sink)
{
	struct gather *g = (struct gather *)((char *)sink - offsetof(struct gather, sink));
	int r = fs_write(g->writer->fd, sink->buffer, sink->len);

	if (r == 0)
		g->written += sink->len;
	sink->len = 0;
	return r;
}

/* What is gathered (whole lines) goes to the file; where it can't, the file is cut back to whole lines. */
static int settle(struct gather *g)
{
	struct log_writer *w = g->writer;
	int r = g->sink.error;

	if (r == 0 && g->sink.len)
		r = drain(&g->sink);
	if (r == 0) {
		w->size += g->written;
	} else {
		w->lost += g->told;
		if (ftruncate(w->fd, (off_t)w->size) < 0)
			w->torn = true;
	}
	g->sink.len = 0;
	g->sink.error = 0;
	g->written = 0;
	g->told = 0;
	return r;
}

static int open_file(struct log_writer *w)
{
	struct stat st;
	char last = '\n';

	w->fd = openat(w->folder, FILE_NAME, O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (w->fd < 0)
		return -errno;
	if (fstat(w->fd, &st) < 0)
		return -errno;
	w->size = (uint64_t)st.st_size;
	/* a crash may have left half a line: readers skip it, once it is one */
	w->torn = w->size && pread(w->fd, &last, 1, st.st_size - 1) == 1 && last != '\n';
	return 0;
}

static void file_name(char name[32], uint32_t number)
{
	if (number)
		snprintf(name, 32, FILE_NAME ".%u", number);
	else
		snprintf(name, 32, FILE_NAME);
}

/* The highest number first, so that a crash between two leaves a gap and loses nothing. */
static int rotate(struct log_writer *w)
{
	char from[32];
	char to[32];

	for (uint32_t i = w->max_files - 1; i > 0; i--) {
		file_name(from, i - 1);
		file_name(to, i);
		if (renameat(w->folder, from, w->folder, to) < 0 && errno != ENOENT)
			return -errno;
	}
	if (w->max_files == 1 && unlinkat(w->folder, FILE_NAME, 0) < 0 && errno != ENOENT)
		return -errno;
	close(TAKE_FD(w->fd));
	return open_file(w);
}

static int end_torn(struct log_writer *w)
{
	int r = fs_write(w->fd, "\n", 1);

	if (r < 0)
		return r;
	w->torn = false;
	w->size++;
	return 0;
}

/* Room for a line of this length: in the gathered ones, then in the file. */
static int make_room(struct gather *g, size_t length)
{
	struct log_writer *w = g->writer;
	int r = w->fd < 0 ? open_file(w) : 0;
	uint64_t size = w->size + g->written + g->sink.len;
	bool full = w->max_size && size && size + length > w->max_size;

	if (r < 0)
		return r;
	if (full || g->sink.cap - g->sink.len < length)
		r = settle(g);
	if (r == 0 && full)
		r = rotate(w);
	if (r == 0 && w->torn)
		r = end_torn(w);
	return r;
}

/* told: how much output is lost where it can't be written. */
static int put_line(struct gather *g, struct slice text, size_t told, enum log_stream stream, uint64_t now_ns)
{
	int r = make_room(g, log_line_length(text, stream));

	if (r < 0) {
		g->writer->lost += told;
		return r;
	}
	g->told += told;
	log_line_put(&g->sink, text, stream, now_ns);
	/* a line longer than the buffer was written in parts: it is settled at once */
	return g->written || g->sink.error ? settle(g) : 0;
}

static int put_notice(struct gather *g, uint64_t now_ns)
{
	struct log_writer *w = g->writer;
	uint64_t lost = w->lost;
	char text[96];
	int n = snprintf(text, sizeof(text),
			 "plimsoll: %llu bytes of output were lost: the log could not be written\n",
			 (unsigned long long)lost);
	int r = put_line(g, (struct slice){text, (size_t)n}, 0, LOG_STDERR, now_ns);

	if (r == 0)
		r = settle(g);
	if (r == 0)
		w->lost -= lost;
	return r;
}

static int put_message(struct gather *g, struct slice text, enum log_stream stream, uint64_t now_ns)
{
	int r = g->writer->lost ? put_notice(g, now_ns) : 0;

	if (r == 0)
		return put_line(g, text, text.len, stream, now_ns);
	g->writer->lost += text.len;
	return r;
}

/* Without the beginning of a character at its end: a message that is full does not cut one in two. */
static size_t whole_characters(struct slice text)
{
	for (size_t back = 1; back <= 3 && back < text.len; back++) {
		unsigned char c = (unsigned char)text.at[text.len - back];
		size_t need = c >= 0xF0 ? 4 : c >= 0xE0 ? 3 : c >= 0xC0 ? 2 : 1;

		if ((c & 0xC0U) != 0x80)
			return need > back ? text.len - back : text.len;
	}
	return text.len;
}

static int put_pending(struct gather *g, enum log_stream stream, uint64_t now_ns)
{
	struct log_writer *w = g->writer;
	int r = 0;

	if (w->pending_len[stream])
		r = put_message(g, (struct slice){w->pending[stream], w->pending_len[stream]}, stream,
				now_ns);
	free(w->pending[stream]);
	w->pending[stream] = NULL;
	w->pending_len[stream] = 0;
	return r;
}

/* Keeps what has no newline; shorter than LOG_LINE_MAX with what is kept already. */
static int keep(struct gather *g, struct slice text, enum log_stream stream, uint64_t now_ns)
{
	struct log_writer *w = g->writer;

	if (!w->pending[stream])
		w->pending[stream] = malloc(LOG_LINE_MAX);
	/* no memory: a message without its newline is better than none */
	if (!w->pending[stream])
		return put_message(g, text, stream, now_ns);
	memcpy(w->pending[stream] + w->pending_len[stream], text.at, text.len);
	w->pending_len[stream] += text.len;
	return 0;
}

/* The pending text with the beginning of data as one message, up to its newline or until it is full; how much
 * of data that took. What of a character is there already stays pending. */
static size_t put_joined(struct gather *g, struct slice data, size_t line, enum log_stream stream,
			 uint64_t now_ns, int *result)
{
	struct log_writer *w = g->writer;
	char *pending = w->pending[stream];
	size_t room = LOG_LINE_MAX - w->pending_len[stream];
	size_t n = line < room ? line : room;
	size_t len = w->pending_len[stream] + n;
	size_t whole;

	memcpy(pending + w->pending_len[stream], data.at, n);
	w->pending_len[stream] = len;
	whole = whole_characters((struct slice){pending, len});
	if (whole == len) {
		*result = put_pending(g, stream, now_ns);
		return n;
	}
	*result = put_message(g, (struct slice){pending, whole}, stream, now_ns);
	memmove(pending, pending + whole, len - whole);
	w->pending_len[stream] = len - whole;
	return n;
}

static int write_data(struct gather *g, struct slice data, enum log_stream stream, uint64_t now_ns)
{
	struct log_writer *w = g->writer;
	int result = 0;

	while (data.len) {
		const char *newline = memchr(data.at, '\n', data.len);
		size_t line = newline ? (size_t)(newline - data.at) + 1 : data.len;
		size_t taken = line;
		int r = 0;

		if (!newline && w->pending_len[stream] + line < LOG_LINE_MAX) {
			r = keep(g, data, stream, now_ns);
		} else if (w->pending[stream]) {
			taken = put_joined(g, data, line, stream, now_ns, &r);
		} else {
			/* at least LOG_LINE_MAX of it then */
			if (!newline || line > LOG_LINE_MAX)
				taken = whole_characters((struct slice){data.at, LOG_LINE_MAX});
			r = put_message(g, (struct slice){data.at, taken}, stream, now_ns);
		}
		if (result == 0)
			result = r;
		data.at += taken;
		data.len -= taken;
	}
	return result;
}

static void begin(struct gather *g, struct log_writer *w)
{
	g->sink = (struct log_sink){.buffer = g->buffer, .cap = sizeof(g->buffer), .drain = drain};
	g->writer = w;
	g->written = 0;
	g->told = 0;
}

static int end(struct gather *g, int result)
{
	int r = g->sink.len ? settle(g) : 0;

	return result ? result : r;
}

int log_write(struct log_writer *w, enum log_stream stream, const char *data, size_t len, uint64_t now_ns)
{
	struct gather g;

	begin(&g, w);
	return end(&g, write_data(&g, (struct slice){data, len}, stream, now_ns));
}

int log_flush(struct log_writer *w, uint64_t now_ns)
{
	struct gather g;
	int result;
	int r;

	begin(&g, w);
	result = put_pending(&g, LOG_STDOUT, now_ns);
	r = put_pending(&g, LOG_STDERR, now_ns);
	return end(&g, result ? result : r);
}

int log_writer_open(int folder, uint64_t max_size, uint32_t max_files, struct log_writer **out,
		    struct error *err)
{
	struct log_writer *w = calloc(1, sizeof(*w));
	int r;

	if (!w)
		return error_set(err, -ENOMEM, "", "no memory");
	w->max_size = max_size;
	w->max_files = max_files ? max_files : 1;
	w->fd = -1;
	w->folder = fcntl(folder, F_DUPFD_CLOEXEC, 3);
	r = w->folder < 0 ? -errno : 0;
	if (r < 0) {
		log_writer_close(w);
		return error_errno(err, r, "", "cannot write the container's log");
	}
	*out = w;
	return 0;
}

void log_writer_close(struct log_writer *w)
{
	if (!w)
		return;
	cleanup_closep(&w->fd);
	cleanup_closep(&w->folder);
	free(w->pending[LOG_STDOUT]);
	free(w->pending[LOG_STDERR]);
	free(w);
}
