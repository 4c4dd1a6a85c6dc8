/* SPDX-License-Identifier: Apache-2.0 */
#include "base/parse.h"

#include "base/cleanup.h"
#include "base/clock.h"

#include <errno.h>
#include <string.h>
#include <strings.h>

int parse_u64(struct slice text, uint64_t *out)
{
	uint64_t value = 0;
	bool overflow = false;

	if (text.len == 0)
		return -EINVAL;
	for (size_t i = 0; i < text.len; i++) {
		unsigned digit = (unsigned)(unsigned char)text.at[i] - '0';

		if (digit > 9)
			return -EINVAL;
		/* goes on to the end: a letter behind too many digits is still no number */
		overflow |= __builtin_mul_overflow(value, 10U, &value);
		overflow |= __builtin_add_overflow(value, digit, &value);
	}
	if (overflow)
		return -ERANGE;
	*out = value;
	return 0;
}

int parse_i64(struct slice text, int64_t *out)
{
	bool negative = text.len > 0 && text.at[0] == '-';
	uint64_t magnitude;
	int r;

	if (negative)
		text = (struct slice){text.at + 1, text.len - 1};
	r = parse_u64(text, &magnitude);
	if (r < 0)
		return r;
	if (magnitude > (uint64_t)INT64_MAX + negative)
		return -ERANGE;
	*out = negative ? (int64_t)(0 - magnitude) : (int64_t)magnitude;
	return 0;
}

int parse_fixed(struct slice text, unsigned digits, uint64_t *out)
{
	const char *dot = text.len ? memchr(text.at, '.', text.len) : NULL;
	struct slice whole = {text.at, dot ? (size_t)(dot - text.at) : text.len};
	struct slice fraction = {dot ? dot + 1 : "", dot ? text.len - whole.len - 1 : 0};
	uint64_t value;
	uint64_t ignored;
	int r = parse_u64(whole, &value);

	if (r < 0)
		return r;
	if (dot && (r = parse_u64(fraction, &ignored)) == -EINVAL)
		return r;
	for (unsigned i = 0; i < digits; i++) {
		unsigned digit = i < fraction.len ? (unsigned)(fraction.at[i] - '0') : 0;

		if (__builtin_mul_overflow(value, 10U, &value) ||
		    __builtin_add_overflow(value, digit, &value))
			return -ERANGE;
	}
	*out = value;
	return 0;
}

struct unit {
	const char *name;
	uint64_t factor;
};

enum letter_case { ANY_CASE, EXACT_CASE };

static const struct unit *find_unit(const struct unit *units, size_t n, enum letter_case letters,
				    struct slice name)
{
	for (size_t i = 0; i < n; i++) {
		const char *unit = units[i].name;

		if (strlen(unit) == name.len &&
		    (letters == ANY_CASE ? strncasecmp(unit, name.at, name.len) == 0
					 : memcmp(unit, name.at, name.len) == 0))
			return &units[i];
	}
	return NULL;
}

static size_t count_leading(struct slice text, const char *set)
{
	size_t n = 0;

	while (n < text.len && text.at[n] && strchr(set, text.at[n]))
		n++;
	return n;
}

__extension__ typedef unsigned __int128 wide;

#define FRACTION_DIGITS 9
#define FRACTION UINT64_C(1000000000)

/* number × factor, cut off below 1. The halves go separately: with implied decimals, a whole number near 2^64
 * would not fit. */
static int scale_number(struct slice number, uint64_t factor, uint64_t *out)
{
	const char *dot = memchr(number.at, '.', number.len);
	uint64_t whole;
	uint64_t fraction = 0;
	wide product;
	int r = parse_fixed(number, 0, &whole);

	if (r < 0)
		return r;
	for (size_t i = 0; dot && i < FRACTION_DIGITS; i++) {
		const char *digit = dot + 1 + i;

		fraction = fraction * 10 + (digit < number.at + number.len ? (uint64_t)(*digit - '0') : 0);
	}
	product = (wide)whole * factor + (wide)fraction * factor / FRACTION;
	if (product > UINT64_MAX)
		return -ERANGE;
	*out = (uint64_t)product;
	return 0;
}

/* One "12.5unit" at the start of *rest, which is not empty. */
static int take_quantity(struct slice *rest, const struct unit *units, size_t n_units,
			 enum letter_case letters, uint64_t *out)
{
	size_t digits = count_leading(*rest, "0123456789.");
	struct slice number = {rest->at, digits};
	struct slice tail = {rest->at + digits, rest->len - digits};
	size_t end = 0;
	const struct unit *unit;
	int r;

	while (end < tail.len && tail.at[end] && !strchr("0123456789.", tail.at[end]))
		end++;
	unit = find_unit(units, n_units, letters, (struct slice){tail.at, end});
	if (!unit)
		return -EINVAL;
	r = scale_number(number, unit->factor, out);
	if (r < 0)
		return r;
	*rest = (struct slice){tail.at + end, tail.len - end};
	return 0;
}

int parse_size(struct slice text, uint64_t *out)
{
	static const struct unit units[] = {
		{"", 1},
		{"b", 1},
		{"k", UINT64_C(1) << 10},
		{"kb", UINT64_C(1) << 10},
		{"kib", UINT64_C(1) << 10},
		{"m", UINT64_C(1) << 20},
		{"mb", UINT64_C(1) << 20},
		{"mib", UINT64_C(1) << 20},
		{"g", UINT64_C(1) << 30},
		{"gb", UINT64_C(1) << 30},
		{"gib", UINT64_C(1) << 30},
		{"t", UINT64_C(1) << 40},
		{"tb", UINT64_C(1) << 40},
		{"tib", UINT64_C(1) << 40},
	};
	uint64_t value;
	int r;

	if (text.len == 0)
		return -EINVAL;
	r = take_quantity(&text, units, ARRAY_SIZE(units), ANY_CASE, &value);
	if (r < 0)
		return r;
	if (text.len)
		return -EINVAL;
	*out = value;
	return 0;
}

int parse_duration(struct slice text, uint64_t *out)
{
	static const struct unit units[] = {
		{"ns", 1},
		{"us", NSEC_PER_USEC},
		{"ms", NSEC_PER_MSEC},
		{"s", NSEC_PER_SEC},
		{"m", 60 * NSEC_PER_SEC},
		{"h", 3600 * NSEC_PER_SEC},
		{"d", 24 * 3600 * NSEC_PER_SEC},
		{"w", 7 * 24 * 3600 * NSEC_PER_SEC},
		{"y", 365 * 24 * 3600 * NSEC_PER_SEC},
	};
	uint64_t total = 0;

	if (slice_is(text, "0")) {
		*out = 0;
		return 0;
	}
	if (text.len == 0)
		return -EINVAL;
	while (text.len) {
		uint64_t part;
		int r = take_quantity(&text, units, ARRAY_SIZE(units), EXACT_CASE, &part);

		if (r < 0)
			return r;
		if (__builtin_add_overflow(total, part, &total))
			return -ERANGE;
	}
	*out = total;
	return 0;
}

int parse_bool(struct slice text, bool *out)
{
	static const char *const yes[] = {"true", "yes", "on", "1"};
	static const char *const no[] = {"false", "no", "off", "0"};

	for (size_t i = 0; i < ARRAY_SIZE(yes); i++) {
		if (slice_is(text, yes[i]) || slice_is(text, no[i])) {
			*out = slice_is(text, yes[i]);
			return 0;
		}
	}
	return -EINVAL;
}

bool next_line(struct slice *rest, struct slice *line)
{
	const char *end;

	if (rest->len == 0)
		return false;
	end = memchr(rest->at, '\n', rest->len);
	*line = (struct slice){rest->at, end ? (size_t)(end - rest->at) : rest->len};
	rest->at += line->len + (end != NULL);
	rest->len -= line->len + (end != NULL);
	return true;
}

bool next_word(struct slice *rest, const char *separators, struct slice *word)
{
	size_t start = count_leading(*rest, separators);
	size_t end = start;

	while (end < rest->len && !(rest->at[end] && strchr(separators, rest->at[end])))
		end++;
	if (start == end)
		return false;
	*word = (struct slice){rest->at + start, end - start};
	rest->at += end;
	rest->len -= end;
	return true;
}
