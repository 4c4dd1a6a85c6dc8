/* SPDX-License-Identifier: Apache-2.0 */
#include "log_time.h"

#include "base/clock.h"
#include "base/parse.h"
#include "runtime/log.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

/* The forms that the specification of RFC 3339 does not have: how each is completed. */
static const struct {
	const char *shape; /* 0 = a digit */
	const char *rest;
} shapes[] = {
	{"0000-00-00T00:00:00", ""},
	{"0000-00-00T00:00", ":00"},
	{"0000-00-00T00", ":00:00"},
	{"0000-00-00", "T00:00:00"},
};

static bool has_shape(struct slice text, const char *shape)
{
	if (text.len != strlen(shape))
		return false;
	for (size_t i = 0; i < text.len; i++) {
		bool digit = text.at[i] >= '0' && text.at[i] <= '9';

		if (shape[i] == '0' ? !digit : text.at[i] != shape[i])
			return false;
	}
	return true;
}

/* Where a zone ("Z", "+01:00") begins; the text's length where there is none. */
static size_t zone_at(struct slice text)
{
	if (text.len && text.at[text.len - 1] == 'Z')
		return text.len - 1;
	if (text.len > 16 && has_shape((struct slice){text.at + text.len - 5, 5}, "00:00") &&
	    strchr("+-", text.at[text.len - 6]))
		return text.len - 6;
	return text.len;
}

/* What the local clock shows, as UTC's: its distance from the epoch that it really was. */
static int to_local(uint64_t shown_ns, uint64_t *time_ns)
{
	time_t shown = (time_t)(shown_ns / NSEC_PER_SEC);
	struct tm tm;
	time_t real;

	if (!gmtime_r(&shown, &tm))
		return -EINVAL;
	tm.tm_isdst = -1;
	real = mktime(&tm);
	if (real < 0)
		return -EINVAL;
	*time_ns = (uint64_t)real * NSEC_PER_SEC + shown_ns % NSEC_PER_SEC;
	return 0;
}

static int parse_date(struct slice text, uint64_t *time_ns)
{
	size_t zone = zone_at(text);
	const char *dot = memchr(text.at, '.', zone);
	struct slice whole = {text.at, dot ? (size_t)(dot - text.at) : zone};
	struct slice fraction = {text.at + whole.len, zone - whole.len};
	char full[96];
	uint64_t shown;
	int r;

	for (size_t i = 0; i < sizeof(shapes) / sizeof(shapes[0]); i++) {
		if (!has_shape(whole, shapes[i].shape) || (i > 0 && dot))
			continue;
		r = snprintf(full, sizeof(full), "%.*s%s%.*s%.*s", (int)whole.len, whole.at, shapes[i].rest,
			     (int)fraction.len, fraction.at, zone < text.len ? (int)(text.len - zone) : 1,
			     zone < text.len ? text.at + zone : "Z");
		if (r < 0 || (size_t)r >= sizeof(full))
			return -EINVAL;
		r = log_parse_time(slice_of(full), &shown);
		if (r < 0)
			return r;
		if (zone == text.len)
			return to_local(shown, time_ns);
		*time_ns = shown;
		return 0;
	}
	return -EINVAL;
}

int log_time_parse(const char *option, const char *text, uint64_t now_ns, uint64_t *time_ns,
		   struct error *err)
{
	struct slice all = slice_of(text);
	uint64_t value;
	int r = parse_fixed(all, 9, &value);

	if (r < 0 && parse_duration(all, &value) == 0) {
		value = value < now_ns ? now_ns - value : 0;
		r = 0;
	}
	if (r < 0)
		r = parse_date(all, &value);
	if (r < 0)
		return error_set(err, -EINVAL,
				 "it takes a duration such as 10m or 1h30m (so long ago), a time such as "
				 "2024-02-29T12:00:00Z, or seconds since 1970",
				 "'--%s' cannot be '%s'", option, text);
	/* 0 stands for no bound in a query */
	*time_ns = value ? value : 1;
	return 0;
}
