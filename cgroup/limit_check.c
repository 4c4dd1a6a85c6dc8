/* SPDX-License-Identifier: Apache-2.0 */
/* Do the values make sense? The bounds are the kernel's and Docker's. */
#include "base/cleanup.h"
#include "base/parse.h"
#include "limit_plan.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>

#define SMALLEST_MEMORY (INT64_C(6) << 20)
#define LONGEST_LIST 8192U /* CPUs, as many as any kernel is built for (CONFIG_NR_CPUS) */

struct range {
	enum limit which;
	bool unlimited; /* -1 is one, too */
	int64_t min;
	int64_t max;
	const char *words;
};

static const struct range ranges[] = {
	{LIMIT_CPU_SHARES, false, 1, INT64_MAX, "at least 1 (1024 is the usual share)"},
	{LIMIT_CPU_QUOTA, true, 1000, INT64_MAX, "at least 1000 µs (1 ms), or -1 for no limit"},
	{LIMIT_CPU_PERIOD, false, 1000, 1000000, "between 1000 µs (1 ms) and 1000000 µs (1 s)"},
	{LIMIT_CPU_BURST, false, 0, INT64_MAX, "0 µs or more"},
	{LIMIT_CPU_IDLE, false, 0, 1, "0 or 1"},
	{LIMIT_CPU_RT_PERIOD, false, 1, INT64_MAX, "at least 1 µs"},
	{LIMIT_CPU_RT_RUNTIME, true, 1, INT64_MAX, "at least 1 µs, or -1 for no limit"},
	{LIMIT_MEMORY, true, SMALLEST_MEMORY, INT64_MAX,
	 "at least 6 MiB (with less no container starts), or -1 for no limit"},
	{LIMIT_MEMORY_SWAP, true, SMALLEST_MEMORY, INT64_MAX,
	 "at least --memory, since it counts memory and swap together, or -1 for no limit"},
	{LIMIT_MEMORY_RESERVATION, true, SMALLEST_MEMORY, INT64_MAX, "at least 6 MiB, or -1 for none"},
	{LIMIT_MEMORY_HIGH, true, SMALLEST_MEMORY, INT64_MAX, "at least 6 MiB, or -1 for no limit"},
	{LIMIT_MEMORY_SWAPPINESS, false, 0, 100, "between 0 and 100"},
	{LIMIT_OOM_KILL_DISABLE, false, 0, 1, "0 or 1"},
	{LIMIT_KERNEL_MEMORY, true, SMALLEST_MEMORY, INT64_MAX, "at least 6 MiB, or -1 for no limit"},
	{LIMIT_PIDS, true, 1, INT64_MAX, "at least 1, or -1 for no limit"},
	{LIMIT_BLKIO_WEIGHT, false, 10, 1000, "between 10 and 1000"},
};

void limit_normalise(struct cgroup_limits *limits)
{
	static const uint32_t zero_is_unset =
		1U << LIMIT_CPU_SHARES | 1U << LIMIT_CPU_QUOTA | 1U << LIMIT_CPU_PERIOD |
		1U << LIMIT_CPU_RT_PERIOD | 1U << LIMIT_CPU_RT_RUNTIME | 1U << LIMIT_MEMORY |
		1U << LIMIT_MEMORY_SWAP | 1U << LIMIT_MEMORY_RESERVATION | 1U << LIMIT_MEMORY_HIGH |
		1U << LIMIT_KERNEL_MEMORY | 1U << LIMIT_BLKIO_WEIGHT;

	for (enum limit i = 0; i < LIMIT__COUNT; i++)
		if (limits->value[i] == 0 && zero_is_unset >> i & 1)
			limits->set &= ~(1U << i);
	if (limits->value[LIMIT_MEMORY_SWAPPINESS] == -1)
		limits->set &= ~(1U << LIMIT_MEMORY_SWAPPINESS);
	if (limits->value[LIMIT_PIDS] == 0)
		limits->value[LIMIT_PIDS] = -1;
	if (limits->cpuset_cpus && !*limits->cpuset_cpus)
		limits->cpuset_cpus = NULL;
	if (limits->cpuset_mems && !*limits->cpuset_mems)
		limits->cpuset_mems = NULL;
}

static int check_ranges(const struct cgroup_limits *more, struct error *err)
{
	for (size_t i = 0; i < ARRAY_SIZE(ranges); i++) {
		const struct range *r = &ranges[i];
		int64_t value = more->value[r->which];

		if (!limit_is_set(more, r->which) || (r->unlimited && value == -1))
			continue;
		if (value < r->min || value > r->max)
			return error_set(err, -EINVAL, "give it a value in that range",
					 "--%s %" PRId64 " is out of range: it must be %s",
					 limit_rows[r->which].flag, value, r->words);
	}
	return 0;
}

/* Is one of these among what is asked for now? What applies already is not judged again. */
static bool asks(const struct cgroup_limits *more, enum limit a, enum limit b)
{
	return limit_is_set(more, a) || limit_is_set(more, b);
}

/* The value, or -1 where there is no limit. */
static int64_t value_of(const struct cgroup_limits *l, enum limit which)
{
	return limit_is_set(l, which) && l->value[which] > 0 ? l->value[which] : -1;
}

static int check_cpu(const struct cgroup_limits *more, const struct cgroup_limits *all, struct error *err)
{
	int64_t quota = value_of(all, LIMIT_CPU_QUOTA);
	int64_t burst = value_of(all, LIMIT_CPU_BURST);
	int64_t rt_period = value_of(all, LIMIT_CPU_RT_PERIOD);
	int64_t rt_runtime = value_of(all, LIMIT_CPU_RT_RUNTIME);

	if (limit_is_set(more, LIMIT_CPU_BURST) && burst > 0 && quota < 0)
		return error_set(err, -EINVAL, "give --cpus or --cpu-quota too",
				 "--cpu-burst %" PRId64
				 " has nothing to save up from: the container has no quota",
				 burst);
	if (asks(more, LIMIT_CPU_BURST, LIMIT_CPU_QUOTA) && quota > 0 && burst > quota)
		return error_set(err, -EINVAL, "lower --cpu-burst, or raise --cpus or --cpu-quota",
				 "--cpu-burst %" PRId64 " is more than the quota of %" PRId64 " µs", burst,
				 quota);
	if (limit_is_set(more, LIMIT_CPU_SHARES) && value_of(all, LIMIT_CPU_IDLE) == 1)
		return error_set(err, -EINVAL, "leave out --cpu-shares, or set --cpu-idle 0",
				 "--cpu-shares means nothing with --cpu-idle 1: an idle container runs when "
				 "nothing else wants to");
	if (asks(more, LIMIT_CPU_RT_RUNTIME, LIMIT_CPU_RT_PERIOD) && rt_period > 0 && rt_runtime > rt_period)
		return error_set(err, -EINVAL, "lower --cpu-rt-runtime, or raise --cpu-rt-period",
				 "--cpu-rt-runtime %" PRId64 " is more than the period of %" PRId64 " µs",
				 rt_runtime, rt_period);
	return 0;
}

static int check_memory(const struct cgroup_limits *more, const struct cgroup_limits *all, struct error *err)
{
	int64_t memory = value_of(all, LIMIT_MEMORY);
	int64_t swap = value_of(all, LIMIT_MEMORY_SWAP);
	int64_t reservation = value_of(all, LIMIT_MEMORY_RESERVATION);

	if (asks(more, LIMIT_MEMORY, LIMIT_MEMORY_SWAP) && swap > 0 && memory < 0)
		return error_set(err, -EINVAL, "give --memory too",
				 "--memory-swap %" PRId64
				 " alone limits nothing: it counts memory and swap together",
				 swap);
	if (asks(more, LIMIT_MEMORY, LIMIT_MEMORY_SWAP) && swap > 0 && swap < memory)
		return error_set(err, -EINVAL,
				 "raise --memory-swap with it; the same value as --memory means no swap",
				 "--memory-swap %" PRId64 " is less than --memory %" PRId64
				 ": it counts memory and swap together",
				 swap, memory);
	if (asks(more, LIMIT_MEMORY, LIMIT_MEMORY_RESERVATION) && memory > 0 && reservation > memory)
		return error_set(err, -EINVAL, "lower --memory-reservation, or raise --memory",
				 "--memory-reservation %" PRId64 " is more than --memory %" PRId64,
				 reservation, memory);
	return 0;
}

static int check_devices(const struct cgroup_limits *more, struct error *err)
{
	for (size_t i = 0; i < more->n_devices; i++) {
		const struct device_limit *d = &more->devices[i];

		if (d->kind == DEVICE_WEIGHT && d->value != 0 && (d->value < 10 || d->value > 1000))
			return error_set(err, -EINVAL, "give it a value in that range",
					 "--%s %" PRIu64 " of device %" PRIu32 ":%" PRIu32
					 " is out of range: it must be between 10 and 1000",
					 device_limit_flags[d->kind], d->value, d->major, d->minor);
	}
	return 0;
}

int limit_check(const struct cgroup_limits *more, const struct cgroup_limits *all, struct error *err)
{
	int r = check_ranges(more, err);

	if (r == 0)
		r = check_cpu(more, all, err);
	if (r == 0)
		r = check_memory(more, all, err);
	if (r == 0)
		r = check_devices(more, err);
	return r;
}

/* --- lists of CPUs and memory nodes (cpuset(7), "List format") --- */

struct numbers {
	uint8_t bits[LONGEST_LIST / 8];
};

/* "3" or "0-3". */
static bool add_range(struct slice word, struct numbers *out)
{
	const char *dash = memchr(word.at, '-', word.len);
	struct slice head = {word.at, dash ? (size_t)(dash - word.at) : word.len};
	uint64_t first;
	uint64_t last;

	if (parse_u64(head, &first) < 0)
		return false;
	last = first;
	if (dash && parse_u64((struct slice){dash + 1, word.len - head.len - 1}, &last) < 0)
		return false;
	if (last < first || last >= LONGEST_LIST)
		return false;
	for (; first <= last; first++)
		out->bits[first / 8] |= (uint8_t)(1U << first % 8);
	return true;
}

static bool parse_list(const char *list, struct numbers *out)
{
	struct slice rest = slice_of(list);
	struct slice word;
	size_t commas = 0;
	size_t words = 0;

	*out = (struct numbers){0};
	while (rest.len && rest.at[rest.len - 1] == '\n')
		rest.len--;
	for (size_t i = 0; i < rest.len; i++)
		commas += rest.at[i] == ',';
	while (next_word(&rest, ",", &word)) {
		if (!add_range(word, out))
			return false;
		words++;
	}
	/* ",0", "0,,1" and "0," are slips of somebody's fingers */
	return words == commas + 1;
}

int limit_check_list(const char *flag, const char *list, const char *available, struct error *err)
{
	struct numbers wanted;
	struct numbers there;

	if (!parse_list(list, &wanted))
		return error_set(err, -EINVAL, "write it like 0-3,7", "%s '%s' is no list of numbers", flag,
				 list);
	if (!available || !parse_list(available, &there))
		return 0;
	for (unsigned i = 0; i < LONGEST_LIST; i++)
		if (wanted.bits[i / 8] & ~there.bits[i / 8] & 1U << i % 8)
			return error_set(err, -EINVAL, "choose from those that are there",
					 "%s '%s': number %u is not available; this host has %.*s", flag,
					 list, i, (int)strcspn(available, "\n"), available);
	return 0;
}
