/* SPDX-License-Identifier: Apache-2.0 */
/* Log lines on stderr for those who collect them: logfmt or JSON, one line each whatever is in them. */
#pragma once

#include "base/str.h"
#include "exporter/server.h"

enum log_format { LOG_LOGFMT, LOG_JSON };

struct log {
	enum log_format format;
	enum log_level level; /* what is less important is left out */
};

/* Adds ` key=value` to fields, quoted where logfmt needs it. */
void log_field(struct str *fields, const char *key, const char *value);

/* Appends a line. fields: logfmt pairs whose quoted values are JSON strings, as log_field writes them; "" =
 * none. */
void log_line(struct str *out, enum log_format format, enum log_level level, uint64_t realtime_ns,
	      const char *message, const char *fields);

/* The line, onto stderr, if its level is asked for. Fits server_options.log; context is a struct log. */
void log_say(void *context, enum log_level level, const char *message, const char *fields);

extern const char *const log_level_words[]; /* by enum log_level; ends with NULL */
