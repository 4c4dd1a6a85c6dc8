/* SPDX-License-Identifier: Apache-2.0 */
#include "log.h"

#include "base/clock.h"
#include "base/text.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

const char *const log_level_words[] = {"error", "warn", "info", "debug", NULL};

static bool is_plain(const char *value)
{
	if (!*value)
		return false;
	for (; *value; value++)
		if (!isalnum((unsigned char)*value) && !strchr("-_./:,+@%[]*", *value))
			return false;
	return true;
}

void log_field(struct str *fields, const char *key, const char *value)
{
	if (fields->len)
		str_char(fields, ' ');
	str_add(fields, key);
	str_char(fields, '=');
	if (is_plain(value))
		str_add(fields, value);
	else
		text_json(fields, slice_of(value));
}

/* "2026-11-23T17:36:11.123Z" */
static void put_time(struct str *out, uint64_t ns)
{
	time_t seconds = (time_t)(ns / NSEC_PER_SEC);
	char text[32];
	struct tm at;

	if (gmtime_r(&seconds, &at) && strftime(text, sizeof(text), "%Y-%m-%dT%H:%M:%S", &at))
		str_printf(out, "%s.%03uZ", text, (unsigned)(ns % NSEC_PER_SEC / NSEC_PER_MSEC));
}

/* The length of the value at the start of text: a quoted string with its quotes, or a word. */
static size_t value_length(const char *text)
{
	size_t n = 1;

	if (*text != '"')
		return strcspn(text, " ");
	while (text[n] && text[n] != '"')
		n += text[n] == '\\' && text[n + 1] ? 2 : 1;
	return text[n] ? n + 1 : n;
}

static void json_fields(struct str *out, const char *fields)
{
	while (*fields) {
		const char *equals = strchr(fields, '=');
		size_t length;

		if (!equals)
			return;
		str_char(out, ',');
		text_json(out, (struct slice){fields, (size_t)(equals - fields)});
		str_char(out, ':');
		length = value_length(equals + 1);
		if (equals[1] == '"')
			str_append(out, equals + 1, length);
		else
			text_json(out, (struct slice){equals + 1, length});
		fields = equals + 1 + length;
		fields += *fields == ' ';
	}
}

void log_line(struct str *out, enum log_format format, enum log_level level, uint64_t realtime_ns,
	      const char *message, const char *fields)
{
	_cleanup_str_ struct str when = {0};

	put_time(&when, realtime_ns);
	if (format == LOG_JSON) {
		str_printf(out, "{\"time\":\"%s\",\"level\":\"%s\",\"msg\":", when.data ? when.data : "",
			   log_level_words[level]);
		text_json(out, slice_of(message));
		json_fields(out, fields);
		str_add(out, "}\n");
		return;
	}
	str_printf(out, "time=%s level=%s msg=", when.data ? when.data : "", log_level_words[level]);
	text_json(out, slice_of(message));
	if (*fields)
		str_char(out, ' ');
	str_add(out, fields);
	str_char(out, '\n');
}

void log_say(void *context, enum log_level level, const char *message, const char *fields)
{
	const struct log *log = context;
	_cleanup_str_ struct str line = {0};

	if (level > log->level)
		return;
	log_line(&line, log->format, level, clock_realtime_ns(), message, fields ? fields : "");
	if (line.data)
		fwrite(line.data, 1, line.len, stderr);
}
