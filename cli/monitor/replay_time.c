/* SPDX-License-Identifier: Apache-2.0 */
#include "replay_time.h"

#include "base/clock.h"
#include "base/parse.h"

#include <errno.h>
#include <string.h>
#include <time.h>

/* What the letters of a shape stand for. */
static const char letters[] = "YMDhms";
enum { YEAR, MONTH, DAY, HOUR, MINUTE, SECOND, PARTS };

struct parts {
	int value[PARTS];
};

/* Whether the text is of this shape: letters are digits, anything else is itself. */
static bool read_shape(struct slice text, const char *shape, struct parts *out)
{
	struct parts found = {{1970, 1, 1, 0, 0, 0}};
	bool begun[PARTS] = {false};

	if (text.len != strlen(shape))
		return false;
	for (size_t i = 0; i < text.len; i++) {
		const char *letter = strchr(letters, shape[i]);
		size_t part = letter ? (size_t)(letter - letters) : 0;

		if (!letter && text.at[i] != shape[i])
			return false;
		if (!letter)
			continue;
		if (text.at[i] < '0' || text.at[i] > '9')
			return false;
		found.value[part] = (begun[part] ? found.value[part] * 10 : 0) + (text.at[i] - '0');
		begun[part] = true;
	}
	*out = found;
	return true;
}

static struct tm tm_of(const struct parts *p)
{
	return (struct tm){
		.tm_year = p->value[YEAR] - 1900,
		.tm_mon = p->value[MONTH] - 1,
		.tm_mday = p->value[DAY],
		.tm_hour = p->value[HOUR],
		.tm_min = p->value[MINUTE],
		.tm_sec = p->value[SECOND],
		.tm_isdst = -1,
	};
}

/* Whether a calendar has such a day, and a clock such a time. */
static bool is_real(const struct parts *p)
{
	struct tm tm = tm_of(p);
	time_t seconds = timegm(&tm);

	return seconds >= 0 && tm.tm_mday == p->value[DAY] && tm.tm_mon == p->value[MONTH] - 1 &&
	       p->value[HOUR] < 24 && p->value[MINUTE] < 60 && p->value[SECOND] < 60;
}

/* Cuts a fraction of a second off the end. */
static int cut_fraction(struct slice *text, uint64_t *ns)
{
	const char *dot = memchr(text->at, '.', text->len);
	struct slice digits;

	*ns = 0;
	if (!dot)
		return 0;
	digits = (struct slice){dot, text->len - (size_t)(dot - text->at)};
	text->len -= digits.len;
	if (digits.len < 2 || digits.len > 10)
		return -EINVAL;
	for (size_t i = 1; i < 10; i++) {
		char c = i < digits.len ? digits.at[i] : '0';

		if (c < '0' || c > '9')
			return -EINVAL;
		*ns = *ns * 10 + (uint64_t)(c - '0');
	}
	return 0;
}

/* Cuts "Z" or "+01:00" off the end; *zoned: it was there. */
static int cut_zone(struct slice *text, int *seconds, bool *zoned)
{
	struct slice end = {text->at + text->len - (text->len < 6 ? text->len : 6),
			    text->len < 6 ? text->len : 6};
	struct parts p;

	*seconds = 0;
	*zoned = true;
	if (text->len && text->at[text->len - 1] == 'Z') {
		text->len--;
		return 0;
	}
	*zoned = text->len > 16 && (read_shape(end, "+hh:mm", &p) || read_shape(end, "-hh:mm", &p));
	if (!*zoned)
		return 0;
	text->len -= 6;
	*seconds = (p.value[HOUR] * 60 + p.value[MINUTE]) * 60 * (end.at[0] == '-' ? -1 : 1);
	return p.value[HOUR] < 24 && p.value[MINUTE] < 60 ? 0 : -EINVAL;
}

static int parse_date(struct slice text, uint64_t *time_ns)
{
	static const char *const shapes[] = {"YYYY-MM-DDThh:mm:ss", "YYYY-MM-DD hh:mm:ss", "YYYY-MM-DDThh:mm",
					     "YYYY-MM-DD hh:mm", "YYYY-MM-DD"};
	struct parts p;
	struct tm tm;
	uint64_t fraction;
	int zone;
	bool zoned;
	time_t seconds;

	if (cut_zone(&text, &zone, &zoned) < 0 || cut_fraction(&text, &fraction) < 0)
		return -EINVAL;
	for (size_t i = 0; i < sizeof(shapes) / sizeof(shapes[0]); i++) {
		if (!read_shape(text, shapes[i], &p))
			continue;
		if (!is_real(&p))
			return -EINVAL;
		tm = tm_of(&p);
		seconds = zoned ? timegm(&tm) - zone : mktime(&tm);
		if (seconds < 0)
			return -EINVAL;
		*time_ns = (uint64_t)seconds * NSEC_PER_SEC + fraction;
		return 0;
	}
	return -EINVAL;
}

/* The last time before `last_ns` that a clock on the wall showed this. */
static int parse_clock(struct slice text, uint64_t last_ns, uint64_t *time_ns)
{
	time_t last = (time_t)(last_ns / NSEC_PER_SEC);
	uint64_t fraction;
	struct parts p;
	struct tm tm;

	if (cut_fraction(&text, &fraction) < 0 ||
	    (!read_shape(text, "hh:mm:ss", &p) && !read_shape(text, "hh:mm", &p)) || !is_real(&p))
		return -EINVAL;
	for (int days = 0; days < 2; days++) {
		time_t seconds;

		localtime_r(&last, &tm);
		tm.tm_mday -= days;
		tm.tm_hour = p.value[HOUR];
		tm.tm_min = p.value[MINUTE];
		tm.tm_sec = p.value[SECOND];
		tm.tm_isdst = -1;
		seconds = mktime(&tm);
		if (seconds < 0)
			return -EINVAL;
		*time_ns = (uint64_t)seconds * NSEC_PER_SEC + fraction;
		if (*time_ns <= last_ns)
			return 0;
	}
	return 0;
}

static int parse_relative(struct slice text, uint64_t first_ns, uint64_t last_ns, uint64_t *time_ns)
{
	bool sign = text.len && (text.at[0] == '-' || text.at[0] == '+');
	uint64_t ns;

	if (parse_duration((struct slice){text.at + sign, text.len - sign}, &ns) < 0)
		return -EINVAL;
	if (sign && text.at[0] == '+')
		*time_ns = ns < UINT64_MAX - first_ns ? first_ns + ns : UINT64_MAX;
	else
		*time_ns = ns < last_ns ? last_ns - ns : 0;
	return 0;
}

int replay_time_parse(const char *option, const char *text, uint64_t first_ns, uint64_t last_ns,
		      uint64_t *time_ns, struct error *err)
{
	struct slice all = slice_of(text);
	uint64_t found;

	if (parse_fixed(all, 9, &found) < 0 && parse_relative(all, first_ns, last_ns, &found) < 0 &&
	    parse_clock(all, last_ns, &found) < 0 && parse_date(all, &found) < 0)
		return error_set(
			err, -EINVAL,
			"it takes a time such as 15:04:05 or 2026-01-31T15:04:05Z, or a duration such as -5m "
			"(before the recording's end) or +30s (behind its start)",
			"'--%s' cannot be '%s'", option, text);
	*time_ns = found;
	return 0;
}
