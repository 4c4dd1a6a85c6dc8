/* SPDX-License-Identifier: Apache-2.0 */
/* A container's output on disk, in Docker's json-file form, one line each:
 * {"log":"text\n","stream":"stdout","time":"RFC 3339 with nanoseconds"}. */
#pragma once

#include "base/error.h"
#include "base/str.h"

#include <stdbool.h>
#include <stdint.h>

enum log_stream { LOG_STDOUT, LOG_STDERR };

struct log_writer;

/* Appends to `log.json` below folder, which is made with the first output, not here; a file that would grow
 * beyond max_size (0 = never) becomes log.json.1, that one .2, and so on, at most max_files in all. Keeps
 * little memory (a supervisor holds one). A half-written last line of a crash is ended first. The caller
 * ignores SIGXFSZ where a file size limit may be set. */
int log_writer_open(int folder, uint64_t max_size, uint32_t max_files, struct log_writer **out,
		    struct error *err);

/* Output as it was read: cut into lines; a line longer than 16 KiB, and what has no newline yet when the
 * stream ends (flush), are partial messages, as Docker does it. A full disk loses output and never ends the
 * container: -errno, and the next write says how many bytes were lost. */
#define LOG_LINE_MAX 16384
int log_write(struct log_writer *w, enum log_stream stream, const char *data, size_t len, uint64_t now_ns);
int log_flush(struct log_writer *w, uint64_t now_ns);
void log_writer_close(struct log_writer *w);

struct log_entry {
	enum log_stream stream;
	uint64_t time_ns;
	const char *text; /* not terminated; may hold anything */
	size_t len;
};

struct log_query {
	uint64_t since_ns, until_ns; /* 0 = no bound */
	int64_t tail;		     /* the last n messages; -1 = all */
};

struct log_reader;

/* Reads from the oldest file on, or from the tail; follows rotation. log_read: 1 and *entry (valid until the
 * next call), 0 at the present end (call again when the file grew, or was made:
 * log_reader_fd gives an inotify descriptor to poll), -errno. Broken lines are skipped. (The line parser is
 * fuzzed: log_parse_line.) */
int log_reader_open(int folder, const struct log_query *query, struct log_reader **out, struct error *err);
int log_read(struct log_reader *r, struct log_entry *entry);
int log_reader_fd(const struct log_reader *r);
void log_reader_close(struct log_reader *r);

/* One line of the file; text is decoded into `buffer`. 0 or -EINVAL. */
int log_parse_line(const char *line, size_t len, struct str *buffer, struct log_entry *entry);

/* RFC 3339 in UTC with nine digits: "2024-02-29T12:00:00.000000001Z" and a NUL, without libc's time zones
 * (which read files). log_parse_time takes any number of digits and any offset: 0 or -EINVAL. */
#define LOG_TIME_SIZE 48
void log_format_time(char out[LOG_TIME_SIZE], uint64_t time_ns);
int log_parse_time(struct slice text, uint64_t *time_ns);
