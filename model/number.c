/* SPDX-License-Identifier: Apache-2.0 */
#include "model/number.h"

#include "base/clock.h"

#include <math.h>
#include <string.h>

static const uint64_t power_of_ten[] = {1,	 10,	   100,	      1000,	  10000,      100000,
					1000000, 10000000, 100000000, 1000000000, 10000000000};
#define FRACTION_DIGITS 10

static const char pairs[] = "00010203040506070809101112131415161718192021222324252627282930313233343536373839"
			    "40414243444546474849505152535455565758596061626364656667686970717273747576777879"
			    "8081828384858687888990919293949596979899";

/* The fraction's ten digits, two at a time, because a scrape has millions of them. */
static void write_fraction(char *out, uint64_t fraction)
{
	for (size_t at = FRACTION_DIGITS; at > 0; at -= 2) {
		memcpy(out + at - 2, &pairs[fraction % 100 * 2], 2);
		fraction /= 100;
	}
}

size_t number_fixed(char *out, uint64_t value, unsigned digits)
{
	uint64_t whole = value / power_of_ten[digits];
	uint64_t fraction = value % power_of_ten[digits];
	size_t len = format_u64(out, whole);
	size_t end;

	if (!fraction)
		return len;
	out[len++] = '.';
	write_fraction(out + len, fraction * power_of_ten[FRACTION_DIGITS - digits]);
	end = len + digits;
	while (out[end - 1] == '0')
		end--;
	return end;
}

/* Constants for `digits` let the compiler turn divisions into multiplications. */
size_t number_base(char *out, enum metric_unit unit, uint64_t value)
{
	switch (unit) {
	case UNIT_NSEC:
	case UNIT_EPOCH_NSEC: {
		uint64_t fraction = value % NSEC_PER_SEC;
		size_t len = format_u64(out, value / NSEC_PER_SEC);
		size_t end;

		if (!fraction)
			return len;
		out[len++] = '.';
		write_fraction(out + len, fraction * 10);
		end = len + 9;
		while (out[end - 1] == '0')
			end--;
		return end;
	}
	case UNIT_BASIS_POINTS:
		return number_fixed(out, value, 4);
	case UNIT_USEC:
	case UNIT_BYTES:
	case UNIT_PAGES:
	case UNIT_COUNT:
	case UNIT_FLAG:
	case UNIT_INODE:
		break;
	}
	return format_u64(out, value);
}

double number_scale(enum metric_unit unit)
{
	switch (unit) {
	case UNIT_NSEC:
	case UNIT_EPOCH_NSEC:
		return 1e9;
	case UNIT_BASIS_POINTS:
		return 1e4;
	case UNIT_USEC:
	case UNIT_BYTES:
	case UNIT_PAGES:
	case UNIT_COUNT:
	case UNIT_FLAG:
	case UNIT_INODE:
		break;
	}
	return 1;
}

/* value × 10^digits as an integer; false where it does not fit. */
static bool scale_up(double value, unsigned digits, uint64_t *out)
{
	double scaled = value * (double)power_of_ten[digits] + 0.5;

	if (!(scaled < 18446744073709549568.0))
		return false;
	*out = (uint64_t)scaled;
	return true;
}

static void append_number(struct str *out, double value, unsigned digits, bool keep_zeros)
{
	char text[NUMBER_MAX];
	uint64_t scaled;
	uint64_t fraction;

	if (!isfinite(value) || value < 0)
		value = 0;
	/* Beyond 64 bits no fraction is left in a double. */
	while (digits > 0 && !scale_up(value, digits, &scaled))
		digits--;
	if (digits == 0 && !scale_up(value, 0, &scaled))
		scaled = UINT64_MAX;
	if (!keep_zeros || digits == 0) {
		str_append(out, text, number_fixed(text, scaled, digits));
		return;
	}
	fraction = scaled % power_of_ten[digits] * power_of_ten[FRACTION_DIGITS - digits];
	str_u64(out, scaled / power_of_ten[digits]);
	write_fraction(text, fraction);
	str_char(out, '.');
	str_append(out, text, digits);
}

void number_rounded(struct str *out, double value, unsigned digits)
{
	append_number(out, value, digits, true);
}

void number_trimmed(struct str *out, double value, unsigned digits)
{
	append_number(out, value, digits, false);
}

void format_bytes(struct str *out, double bytes)
{
	static const char *const units[] = {"B", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB"};
	size_t unit = 0;

	/* 1023.95 would be shown as 1024.0 of the smaller unit. */
	while (unit + 1 < ARRAY_SIZE(units) && bytes >= (unit ? 1023.95 : 1023.5)) {
		bytes /= 1024;
		unit++;
	}
	number_rounded(out, bytes, unit ? 1 : 0);
	str_add(out, units[unit]);
}

void format_percent(struct str *out, double ratio)
{
	number_rounded(out, ratio * 100, 2);
	str_char(out, '%');
}

void format_latency(struct str *out, double seconds)
{
	static const char *const units[] = {"us", "ms", "s"};
	double value = seconds * 1e6;
	size_t unit = 0;

	/* 999.6 would be shown as 1000 of the smaller unit. */
	while (unit + 1 < ARRAY_SIZE(units) && value >= 999.5) {
		value /= 1000;
		unit++;
	}
	number_rounded(out, value, value < 9.95 ? 1 : 0);
	str_add(out, units[unit]);
}

void format_duration(struct str *out, uint64_t ns)
{
	static const struct {
		const char *name;
		uint64_t seconds;
	} units[] = {{"d", 86400}, {"h", 3600}, {"m", 60}, {"s", 1}};
	uint64_t seconds = ns / NSEC_PER_SEC;
	int shown = 0;

	if (!seconds) {
		str_u64(out, ns / NSEC_PER_MSEC);
		str_add(out, "ms");
		return;
	}
	for (size_t i = 0; i < ARRAY_SIZE(units) && shown < 2; i++) {
		uint64_t n = seconds / units[i].seconds;

		seconds %= units[i].seconds;
		if (!n && !shown)
			continue;
		if (n) {
			str_u64(out, n);
			str_add(out, units[i].name);
		}
		shown++;
	}
}
