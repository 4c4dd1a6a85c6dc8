/* SPDX-License-Identifier: Apache-2.0 */
/* One message as a line of the file, without the heap: a supervisor writes them. */
#pragma once

#include "runtime/log.h"

/* The longest line that a reader takes: six bytes for each of a message's, and its frame. */
#define LOG_FILE_LINE_MAX (256U << 10)

/* Where a line goes: bytes are gathered and handed on when there is no more room. */
struct log_sink {
	char *buffer;
	size_t cap;
	size_t len;
	int (*drain)(struct log_sink *sink); /* empties the buffer; 0 or -errno */
	int error;			     /* the first of drain's: what comes later is thrown away */
};

/* How long the line will be. */
size_t log_line_length(struct slice text, enum log_stream stream);
void log_line_put(struct log_sink *sink, struct slice text, enum log_stream stream, uint64_t time_ns);
