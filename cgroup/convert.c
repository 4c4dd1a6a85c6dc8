/* SPDX-License-Identifier: Apache-2.0 */
#include "cgroup/convert.h"

#include "base/clock.h"
#include "base/parse.h"

#include <errno.h>
#include <limits.h>

/* The kernel's bounds: kernel/sched/sched.h (MIN_SHARES, MAX_SHARES), include/linux/cgroup.h
 * (CGROUP_WEIGHT_*). */
#define SHARES_MIN UINT64_C(2)
#define SHARES_MAX UINT64_C(262144)
#define WEIGHT_MIN UINT64_C(1)
#define WEIGHT_MAX UINT64_C(10000)
#define BLKIO_MIN UINT64_C(10)
#define BLKIO_MAX UINT64_C(1000)

/*
 * Twenty lines instead of libm, which is 0.6 MB of every program's resident memory: series that are exact to
 * a dozen digits over the ranges of weights, where seven would do (below).
 */
#define LN_2 0.693147180559945309
#define LN_10 2.302585092994045684

/* log2 of an integer ≥ 1: its exponent, and atanh's series for the mantissa. */
static double log2_of(uint64_t n)
{
	int exponent = 63 - __builtin_clzll(n);
	double mantissa = (double)n / (double)(UINT64_C(1) << exponent);
	double t = (mantissa - 1) / (mantissa + 1);
	double power = t;
	double sum = 0;

	for (int k = 1; k < 40; k += 2) {
		sum += power / k;
		power *= t * t;
	}
	return exponent + 2 * sum / LN_2;
}

/* 10^x for 0 ≤ x ≤ 4: the series at a sixteenth, squared four times. */
static double power_of_ten(double x)
{
	double small = x * LN_10 / 16;
	double term = 1;
	double sum = 1;

	for (int k = 1; k < 20; k++) {
		term *= small / k;
		sum += term;
	}
	for (int i = 0; i < 4; i++)
		sum *= sum;
	return sum;
}

static uint64_t ceiling(double x)
{
	uint64_t whole = (uint64_t)x;

	return whole + ((double)whole < x);
}

uint64_t convert_shares_to_weight(uint64_t shares)
{
	double l;

	if (shares == 0)
		return 0;
	if (shares <= SHARES_MIN)
		return WEIGHT_MIN;
	if (shares >= SHARES_MAX)
		return WEIGHT_MAX;
	l = log2_of(shares);
	/*
	 * 7/34 is 126/612. The power is an integer at 2, 1024 and 262144 alone and at least 2.1e-6 away from
	 * one at all others (checked with 60 digits), so that 1e-9 less makes ceil right whatever the last
	 * digits are.
	 */
	return ceiling(power_of_ten((l * l + 125 * l - 126) / 612) - 1e-9);
}

uint64_t convert_weight_to_shares(uint64_t weight)
{
	uint64_t low = SHARES_MIN;
	uint64_t high = SHARES_MAX;

	if (weight == 0)
		return 0;
	if (weight >= WEIGHT_MAX)
		weight = WEIGHT_MAX;
	while (low < high) {
		uint64_t middle = (low + high + 1) / 2;

		if (convert_shares_to_weight(middle) <= weight)
			low = middle;
		else
			high = middle - 1;
	}
	return low;
}

static uint64_t clamp(uint64_t value, uint64_t low, uint64_t high)
{
	if (value < low)
		return low;
	return value > high ? high : value;
}

uint64_t convert_blkio_to_io_weight(uint64_t weight)
{
	if (weight == 0)
		return 0;
	return WEIGHT_MIN + (clamp(weight, BLKIO_MIN, BLKIO_MAX) - BLKIO_MIN) * (WEIGHT_MAX - WEIGHT_MIN) /
				    (BLKIO_MAX - BLKIO_MIN);
}

uint64_t convert_io_to_blkio_weight(uint64_t weight)
{
	const uint64_t span = WEIGHT_MAX - WEIGHT_MIN;

	if (weight == 0)
		return 0;
	/* rounded, where the way there is cut off: so that there and back is where it began */
	return BLKIO_MIN +
	       ((clamp(weight, WEIGHT_MIN, WEIGHT_MAX) - WEIGHT_MIN) * (BLKIO_MAX - BLKIO_MIN) + span / 2) /
		       span;
}

__extension__ typedef unsigned __int128 wide;

static int scaled(struct slice text, uint64_t factor, uint64_t divisor, uint64_t *out)
{
	wide product;
	uint64_t value;
	int r;

	if (divisor == 0)
		return -EINVAL;
	r = parse_u64(text, &value);
	if (r < 0)
		return r;
	product = (wide)value * factor / divisor;
	if (product > UINT64_MAX)
		return -ERANGE;
	*out = (uint64_t)product;
	return 0;
}

static int or_unlimited(struct slice text, const char *unlimited, uint64_t *out)
{
	if (slice_is(text, unlimited)) {
		*out = UNLIMITED;
		return 0;
	}
	return parse_u64(text, out);
}

/*
 * "No limit" is PAGE_COUNTER_MAX pages (include/linux/page_counter.h): LONG_MAX rounded down to a page, and
 * for hugetlb to a huge page; LONG_MAX itself before 3.19. No address space has 2^57 bytes or more to limit.
 * A 32-bit kernel counts LONG_MAX pages.
 */
static int v1_max(struct slice text, uint64_t page_size, uint64_t *out)
{
	uint64_t unlimited = UINT64_C(1) << 57;
	uint64_t value;
	int r;

	if (page_size == 0)
		return -EINVAL;
	if (sizeof(long) == 4)
		unlimited = (uint64_t)INT32_MAX * page_size;
	r = or_unlimited(text, "-1", &value);
	if (r < 0)
		return r;
	*out = value >= unlimited ? UNLIMITED : value;
	return 0;
}

static int freezer_state(struct slice text, uint64_t *out)
{
	bool frozen = slice_is(text, "FROZEN");

	if (!frozen && !slice_is(text, "FREEZING") && !slice_is(text, "THAWED"))
		return -EINVAL;
	*out = frozen;
	return 0;
}

static int converted(struct slice text, uint64_t (*convert)(uint64_t), uint64_t *out)
{
	uint64_t value;
	int r = parse_u64(text, &value);

	if (r < 0)
		return r;
	*out = convert(value);
	return 0;
}

int convert_value(struct slice text, enum scale scale, uint64_t ticks_per_second, uint64_t page_size,
		  uint64_t *out)
{
	switch (scale) {
	case SCALE_NONE:
		return parse_u64(text, out);
	case SCALE_USEC:
		return scaled(text, NSEC_PER_USEC, 1, out);
	case SCALE_TICKS:
		return scaled(text, NSEC_PER_SEC, ticks_per_second, out);
	case SCALE_CENTI:
		return parse_fixed(text, 2, out);
	case SCALE_MAX:
		return or_unlimited(text, "max", out);
	case SCALE_MINUS_ONE:
		return or_unlimited(text, "-1", out);
	case SCALE_V1_MAX:
		return v1_max(text, page_size, out);
	case SCALE_BYTES_AS_PAGES:
		return scaled(text, 1, page_size, out);
	case SCALE_WEIGHT_AS_SHARES:
		return converted(text, convert_weight_to_shares, out);
	case SCALE_SHARES_AS_WEIGHT:
		return converted(text, convert_shares_to_weight, out);
	case SCALE_FREEZER_STATE:
		return freezer_state(text, out);
	case SCALE_DEVICES_LIST:
		*out = !slice_is(text, "a *:* rwm");
		return 0;
	case SCALE_AS_TEXT:
		break;
	}
	return -EINVAL;
}
