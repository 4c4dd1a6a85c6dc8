/* SPDX-License-Identifier: Apache-2.0 */
#include "log_line.h"

#include "base/clock.h"
#include "base/text.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>

#define SECONDS_PER_DAY 86400

static const char before_text[] = "{\"log\":\"";
static const char before_stream[] = "\",\"stream\":\"";
static const char before_time[] = "\",\"time\":\"";
static const char after_time[] = "\"}\n";
#define TIME_LENGTH 30

static struct slice stream_name(enum log_stream stream)
{
	return slice_of(stream == LOG_STDERR ? "stderr" : "stdout");
}

/* One character of the message as JSON has it, 12 bytes at most; *taken of the text are used up. */
static size_t escape(struct slice text, char out[12], size_t *taken)
{
	static const char digits[] = "0123456789abcdef";
	static const char replacement[] = {'\xEF', '\xBF', '\xBD'};
	unsigned char c = (unsigned char)text.at[0];
	static const char plain[] = "\"\\\n\r\t\b\f";
	static const char letters[] = "\"\\nrtbf";
	const char *at = c ? strchr(plain, c) : NULL;
	uint32_t codepoint;

	*taken = 1;
	if (at) {
		out[0] = '\\';
		out[1] = letters[at - plain];
		return 2;
	}
	if (c < 0x20 || c == 0x7F) {
		out[0] = '\\';
		out[1] = 'u';
		out[2] = out[3] = '0';
		out[4] = digits[c >> 4];
		out[5] = digits[c & 0xFU];
		return 6;
	}
	if (c < 0x80) {
		out[0] = (char)c;
		return 1;
	}
	*taken = text_decode(text, &codepoint);
	if (*taken == 1) {
		/* no UTF-8: JSON can't hold it, and Docker writes U+FFFD as well */
		memcpy(out, replacement, sizeof(replacement));
		return sizeof(replacement);
	}
	memcpy(out, text.at, *taken);
	return *taken;
}

size_t log_line_length(struct slice text, enum log_stream stream)
{
	size_t n = sizeof(before_text) - 1 + sizeof(before_stream) - 1 + stream_name(stream).len +
		   sizeof(before_time) - 1 + TIME_LENGTH + sizeof(after_time) - 1;

	while (text.len) {
		char out[12];
		size_t taken;

		n += escape(text, out, &taken);
		text.at += taken;
		text.len -= taken;
	}
	return n;
}

static void put(struct log_sink *sink, const char *text, size_t len)
{
	if (sink->cap - sink->len < len && sink->error == 0)
		sink->error = sink->drain(sink);
	if (sink->error)
		return;
	memcpy(sink->buffer + sink->len, text, len);
	sink->len += len;
}

void log_line_put(struct log_sink *sink, struct slice text, enum log_stream stream, uint64_t time_ns)
{
	char time[LOG_TIME_SIZE];

	put(sink, before_text, sizeof(before_text) - 1);
	while (text.len) {
		char out[12];
		size_t taken;
		size_t n = escape(text, out, &taken);

		put(sink, out, n);
		text.at += taken;
		text.len -= taken;
	}
	put(sink, before_stream, sizeof(before_stream) - 1);
	put(sink, stream_name(stream).at, stream_name(stream).len);
	put(sink, before_time, sizeof(before_time) - 1);
	log_format_time(time, time_ns);
	put(sink, time, strlen(time));
	put(sink, after_time, sizeof(after_time) - 1);
}

/* The Gregorian calendar in eras of 400 years, years counted from March: leap days come last then. */
static void civil_from_days(uint64_t days, unsigned *year, unsigned *month, unsigned *day)
{
	uint64_t shifted = days + 719468; /* since 0000-03-01 */
	uint64_t era = shifted / 146097;
	unsigned of_era = (unsigned)(shifted % 146097);
	unsigned year_of_era = (of_era - of_era / 1460 + of_era / 36524 - of_era / 146096) / 365;
	unsigned of_year = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
	unsigned from_march = (5 * of_year + 2) / 153;

	*day = of_year - (153 * from_march + 2) / 5 + 1;
	*month = from_march < 10 ? from_march + 3 : from_march - 9;
	*year = (unsigned)era * 400 + year_of_era + (*month <= 2);
}

static int64_t days_from_civil(int64_t year, int64_t month, int64_t day)
{
	int64_t from_march = month > 2 ? month - 3 : month + 9;
	int64_t era;
	int64_t year_of_era;

	year -= month <= 2;
	era = year / 400;
	year_of_era = year % 400;
	return era * 146097 + year_of_era * 365 + year_of_era / 4 - year_of_era / 100 +
	       (153 * from_march + 2) / 5 + day - 1 - 719468;
}

void log_format_time(char out[LOG_TIME_SIZE], uint64_t time_ns)
{
	uint64_t seconds = time_ns / NSEC_PER_SEC;
	unsigned of_day = (unsigned)(seconds % SECONDS_PER_DAY);
	unsigned year;
	unsigned month;
	unsigned day;

	civil_from_days(seconds / SECONDS_PER_DAY, &year, &month, &day);
	snprintf(out, LOG_TIME_SIZE, "%04u-%02u-%02uT%02u:%02u:%02u.%09uZ", year % 10000, month, day,
		 of_day / 3600, of_day / 60 % 60, of_day % 60, (unsigned)(time_ns % NSEC_PER_SEC));
}

/* Exactly `digits` digits, then `behind` (unless NUL), of the beginning of *text. */
static bool take_number(struct slice *text, size_t digits, char behind, int64_t *out)
{
	int64_t n = 0;

	if (text->len < digits + (behind != '\0'))
		return false;
	for (size_t i = 0; i < digits; i++) {
		if (text->at[i] < '0' || text->at[i] > '9')
			return false;
		n = n * 10 + (text->at[i] - '0');
	}
	if (behind && text->at[digits] != behind)
		return false;
	digits += behind != '\0';
	text->at += digits;
	text->len -= digits;
	*out = n;
	return true;
}

static bool take_fraction(struct slice *text, int64_t *ns)
{
	int64_t unit = 100000000;

	*ns = 0;
	if (!text->len || text->at[0] != '.')
		return true;
	do {
		text->at++;
		text->len--;
		if (!text->len || text->at[0] < '0' || text->at[0] > '9')
			return unit != 100000000;
		*ns += (text->at[0] - '0') * unit;
		unit /= 10;
	} while (true);
}

static bool take_offset(struct slice *text, int64_t *seconds)
{
	int64_t hours;
	int64_t minutes;
	char sign;

	*seconds = 0;
	if (!text->len)
		return false;
	sign = text->at[0];
	text->at++;
	text->len--;
	if (sign == 'Z' || sign == 'z')
		return true;
	if ((sign != '+' && sign != '-') || !take_number(text, 2, ':', &hours) ||
	    !take_number(text, 2, '\0', &minutes) || hours > 23 || minutes > 59)
		return false;
	*seconds = (hours * 3600 + minutes * 60) * (sign == '-' ? -1 : 1);
	return true;
}

static bool is_date(int64_t year, int64_t month, int64_t day)
{
	static const unsigned char lengths[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
	bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;

	return month >= 1 && month <= 12 && day >= 1 &&
	       day <= lengths[month - 1] + (month == 2 && leap ? 1 : 0);
}

int log_parse_time(struct slice text, uint64_t *time_ns)
{
	int64_t year, month, day, hour, minute, second, ns, offset, total;

	if (!take_number(&text, 4, '-', &year) || !take_number(&text, 2, '-', &month) ||
	    !take_number(&text, 2, '\0', &day) || !text.len || (text.at[0] != 'T' && text.at[0] != 't'))
		return -EINVAL;
	text.at++;
	text.len--;
	if (!take_number(&text, 2, ':', &hour) || !take_number(&text, 2, ':', &minute) ||
	    !take_number(&text, 2, '\0', &second) || !take_fraction(&text, &ns) ||
	    !take_offset(&text, &offset) || text.len)
		return -EINVAL;
	/* 60: a leap second */
	if (!is_date(year, month, day) || hour > 23 || minute > 59 || second > 60)
		return -EINVAL;
	total = days_from_civil(year, month, day) * SECONDS_PER_DAY + hour * 3600 + minute * 60 + second -
		offset;
	/* before 1970, and beyond 2554, is no time of a log */
	if (total < 0 || (uint64_t)total > UINT64_MAX / NSEC_PER_SEC - 1)
		return -EINVAL;
	*time_ns = (uint64_t)total * NSEC_PER_SEC + (uint64_t)ns;
	return 0;
}
