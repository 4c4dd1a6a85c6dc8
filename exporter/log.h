/* SPDX-License-Identifier: Apache-2.0 */
/* Log lines on their way to the caller, with fields in logfmt. */
#pragma once

#include "exporter/server.h"

struct logger {
	void (*log)(void *context, enum log_level level, const char *message, const char *fields);
	void *context;
};

/* Says `message` with key, value pairs of strings, ended by NULL; a NULL value leaves its pair out. */
void logger_say(const struct logger *l, enum log_level level, const char *message, ...)
	__attribute__((sentinel));

/* key=value, quoted where logfmt needs it; control characters are escaped. A space goes before all but the
 * first. */
void logfmt_field(struct str *out, const char *key, const char *value);
