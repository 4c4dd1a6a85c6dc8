/* SPDX-License-Identifier: Apache-2.0 */
#include "model/verdict.h"

#include "base/clock.h"

#include <math.h>
#include <stdio.h>

/*
 * From where on a figure counts. PSI's "some" already counts when one of a hundred tasks waits, so that a
 * fifth of the time is asked for where a busy host is what is waited for; stalls on memory are rare in a
 * healthy workload, and where a limit is hit as well, less of them is proof enough.
 */
static const struct {
	double throttled;   /* share of periods, and of the time: one of one in a quarter of a minute is no
			       limit */
	double wanting_cpu; /* PSI cpu of one that an ancestor's quota throttles */
	double part_of_ancestor; /* of the ancestor's CPU time or I/O, to be among those that its limit holds
				  */
	double memory_near;	 /* use as share of the limit, at either end of the interval */
	double memory_stall;	 /* PSI memory beside hits of a limit */
	double memory_stall_thrashing; /* the same where pages are read again: few, long stalls come in lumps
					*/
	double refaults;	       /* pages read again a second */
	double pids_near;	       /* threads as share of the limit, to tell whose limit it is */
	double io_held;		       /* rate as share of the limit */
	double io_held_stalling;       /* the same beside PSI io: big requests come in lumps */
	double cpu_contention;	       /* PSI cpu, or the share of wait in run and wait of its tasks */
	double runqueue; /* seconds of that wait a second, so that a fifth of nearly nothing does not count */
	double memory_contention;
	double io_contention;
} at = {
	.throttled = 0.05,
	.wanting_cpu = 0.05,
	.part_of_ancestor = 0.1,
	.memory_near = 0.9,
	.memory_stall = 0.05,
	.memory_stall_thrashing = 0.02,
	.refaults = 100,
	.pids_near = 0.9,
	.io_held = 0.85,
	.io_held_stalling = 0.5,
	.cpu_contention = 0.2,
	.runqueue = 0.1,
	.memory_contention = 0.1,
	.io_contention = 0.2,
};

#define DEFAULT_PERIOD_USEC 100000.0

static const enum metric_id looked_at[] = {
	METRIC_FROZEN,
	METRIC_OOM_KILLS,
	METRIC_MEMORY_FAILCNT,
	METRIC_MEMORY_EVENTS_HIGH,
	METRIC_MEMORY_USAGE,
	METRIC_MEMORY_WORKING_SET,
	METRIC_MEMORY_LIMIT,
	METRIC_MEMORY_HIGH,
	METRIC_MEMORY_SWAP,
	METRIC_MEMORY_REFAULT_FILE,
	METRIC_MEMORY_REFAULT_ANON,
	METRIC_CPU_USAGE,
	METRIC_CPU_PERIODS,
	METRIC_CPU_THROTTLED_PERIODS,
	METRIC_CPU_PERIOD,
	METRIC_CPU_QUOTA,
	METRIC_PIDS_EVENTS_MAX,
	METRIC_PIDS_CURRENT,
	METRIC_PIDS_MAX,
	METRIC_IO_READ_BYTES,
	METRIC_IO_WRITE_BYTES,
	METRIC_IO_READS,
	METRIC_IO_WRITES,
	METRIC_IO_RBPS_MAX,
	METRIC_IO_WBPS_MAX,
	METRIC_IO_RIOPS_MAX,
	METRIC_IO_WIOPS_MAX,
	METRIC_PRESSURE_CPU_SOME,
	METRIC_PRESSURE_MEMORY_SOME,
	METRIC_PRESSURE_IO_SOME,
};

static const enum metric_id indispensable[] = {
	METRIC_MEMORY_FAILCNT, METRIC_MEMORY_USAGE,	     METRIC_MEMORY_LIMIT,
	METRIC_CPU_PERIODS,    METRIC_CPU_THROTTLED_PERIODS,
};

void verdict_need(struct metric_set *set)
{
	for (size_t i = 0; i < ARRAY_SIZE(looked_at); i++)
		metric_set_add(set, looked_at[i]);
}

bool verdict_possible(const struct metric_set *have)
{
	for (size_t i = 0; i < ARRAY_SIZE(indispensable); i++)
		if (!metric_set_has(have, indispensable[i]))
			return false;
	return true;
}

/* --- figures --- */

struct view {
	const struct comparison *c;
	const struct snapshot *now;
	size_t index; /* whom the verdict is about */
};

static bool rate_of(const struct view *v, size_t index, enum metric_id id, double *out)
{
	return comparison_rate(v->c, index, id, out);
}

/* What a counter grew by a second; 0 where that is not known. */
static double rate_or_0(const struct view *v, size_t index, enum metric_id id)
{
	double rate;

	return rate_of(v, index, id, &rate) ? rate : 0;
}

static double at_most_1(double share)
{
	return share < 1 ? share : 1;
}

/* Share of the time in which a task waited. Two reads are never at the very same moment, hence the cut. */
static bool pressure(const struct view *v, enum metric_id id, double *out)
{
	double ns;

	if (!rate_of(v, v->index, id, &ns))
		return false;
	*out = at_most_1(ns / (double)NSEC_PER_SEC);
	return true;
}

static double pressure_or_nan(const struct view *v, enum metric_id id)
{
	double share;

	return pressure(v, id, &share) ? share : (double)NAN;
}

static bool limit_of(const struct view *v, size_t index, enum metric_id id, uint64_t *out)
{
	return snapshot_get(v->now, index, id, out) && *out != UNLIMITED;
}

/* A gauge at the end of the interval or at its beginning, whichever is more. */
static bool highest(const struct view *v, size_t index, enum metric_id id, uint64_t *out)
{
	ptrdiff_t before = comparison_before(v->c, index);
	uint64_t then;

	if (!snapshot_get(v->now, index, id, out))
		return false;
	if (before >= 0 && snapshot_get(comparison_earlier(v->c), (size_t)before, id, &then) && then > *out)
		*out = then;
	return true;
}

/* From one entity to its parent, which stands before it; false at the root. */
static bool go_up(const struct view *v, size_t *index)
{
	int32_t parent = snapshot_entity(v->now, *index)->parent;

	if (parent < 0 || (size_t)parent >= *index)
		return false;
	*index = (size_t)parent;
	return true;
}

/* --- frozen --- */

static bool is_frozen(const struct view *v, size_t index)
{
	uint64_t frozen;

	return snapshot_get(v->now, index, METRIC_FROZEN, &frozen) && frozen;
}

/* An ancestor's freezing shows in all that is below it: it is the topmost one's. */
static bool frozen(const struct view *v, struct verdict *out)
{
	if (!is_frozen(v, v->index))
		return false;
	for (size_t up = v->index; go_up(v, &up) && is_frozen(v, up);)
		out->by = up;
	return true;
}

/* --- memory --- */

static bool is_near(const struct view *v, size_t index, enum metric_id used, enum metric_id limit)
{
	uint64_t most;
	uint64_t bytes;

	return limit_of(v, index, limit, &bytes) && highest(v, index, used, &most) &&
	       (double)most >= at.memory_near * (double)bytes;
}

/* Whose memory it was that ran out: the nearest whose limit was hit, or else the host's. */
static size_t owner_of_oom(const struct view *v)
{
	size_t up = v->index;

	do {
		uint64_t limit;

		if (limit_of(v, up, METRIC_MEMORY_LIMIT, &limit) &&
		    (rate_or_0(v, up, METRIC_MEMORY_FAILCNT) > 0 ||
		     is_near(v, up, METRIC_MEMORY_USAGE, METRIC_MEMORY_LIMIT)))
			return up;
	} while (go_up(v, &up));
	return up;
}

static bool oom(const struct view *v, struct verdict *out)
{
	double kills;

	if (!rate_of(v, v->index, METRIC_OOM_KILLS, &kills) || kills <= 0)
		return false;
	out->rate = kills;
	out->by = owner_of_oom(v);
	return true;
}

/* Pages that were given up and wanted again, or went to swap. */
static bool is_thrashing(const struct view *v)
{
	ptrdiff_t before = comparison_before(v->c, v->index);
	double refaults = rate_or_0(v, v->index, METRIC_MEMORY_REFAULT_FILE) +
			  rate_or_0(v, v->index, METRIC_MEMORY_REFAULT_ANON);
	uint64_t swap;
	uint64_t then;

	if (refaults >= at.refaults)
		return true;
	return before >= 0 && snapshot_get(v->now, v->index, METRIC_MEMORY_SWAP, &swap) &&
	       snapshot_get(comparison_earlier(v->c), (size_t)before, METRIC_MEMORY_SWAP, &then) &&
	       swap > then;
}

/*
 * Page cache fills whatever it is given and is let go again for nothing, and each time counts as a hit of the
 * limit (on v1 and v2). So hits alone prove nothing: it has to cost the entity something. Where the kernel
 * does not say what (no PSI), memory that is no cache to speak of, right at its own limit, will do.
 */
static bool pays(const struct view *v, size_t by, enum metric_id limit)
{
	double stalled;
	uint64_t known;

	if (pressure(v, METRIC_PRESSURE_MEMORY_SOME, &stalled))
		return stalled >= (is_thrashing(v) ? at.memory_stall_thrashing : at.memory_stall);
	if (is_thrashing(v))
		return true;
	if (by != v->index)
		return false;
	return !snapshot_get(v->now, by, METRIC_MEMORY_WORKING_SET, &known) ||
	       is_near(v, by, METRIC_MEMORY_WORKING_SET, limit);
}

/*
 * Who is above memory.high is made to sleep, for up to two seconds at a time, and hits nothing meanwhile
 * (mm/memcontrol.c: mem_cgroup_handle_over_high). Pressure has these sleeps.
 */
static bool sleeps_above_high(const struct view *v, size_t index, enum metric_id limit)
{
	uint64_t high;
	uint64_t used;
	double stalled;

	return limit == METRIC_MEMORY_HIGH && limit_of(v, index, limit, &high) &&
	       snapshot_get(v->now, index, METRIC_MEMORY_USAGE, &used) && used > high &&
	       pressure(v, METRIC_PRESSURE_MEMORY_SOME, &stalled);
}

/* v2 counts hits of a child's limit in its ancestors too: only those near their own limit are meant. */
static bool memory_limit(const struct view *v, enum metric_id hits, enum metric_id limit, struct verdict *out)
{
	size_t up = v->index;

	do {
		double rate = rate_or_0(v, up, hits);

		if ((rate <= 0 && !sleeps_above_high(v, up, limit)) ||
		    !is_near(v, up, METRIC_MEMORY_USAGE, limit) || !pays(v, up, limit))
			continue;
		out->rate = rate;
		out->by = up;
		out->share = pressure_or_nan(v, METRIC_PRESSURE_MEMORY_SOME);
		return true;
	} while (go_up(v, &up));
	return false;
}

static bool memory_max(const struct view *v, struct verdict *out)
{
	return memory_limit(v, METRIC_MEMORY_FAILCNT, METRIC_MEMORY_LIMIT, out);
}

static bool memory_high(const struct view *v, struct verdict *out)
{
	return memory_limit(v, METRIC_MEMORY_EVENTS_HIGH, METRIC_MEMORY_HIGH, out);
}

static bool memory_contention(const struct view *v, struct verdict *out)
{
	return pressure(v, METRIC_PRESSURE_MEMORY_SOME, &out->share) && out->share >= at.memory_contention;
}

/* --- CPU --- */

/* Share of the periods in which a quota ran out; false where that is not worth mentioning. */
static bool is_throttled(const struct view *v, size_t index, double *share)
{
	uint64_t period = 0;
	double periods;
	double throttled;
	double seconds;

	if (!rate_of(v, index, METRIC_CPU_PERIODS, &periods) || periods <= 0 ||
	    !rate_of(v, index, METRIC_CPU_THROTTLED_PERIODS, &throttled))
		return false;
	/* Periods only pass while something wants to run, so that of an idle one "all" may be a single one.
	 */
	seconds = snapshot_get(v->now, index, METRIC_CPU_PERIOD, &period) ? (double)period
									  : DEFAULT_PERIOD_USEC;
	*share = at_most_1(throttled / periods);
	return *share >= at.throttled && throttled * seconds / 1e6 >= at.throttled;
}

/* Tasks that an ancestor's quota has stopped wait for a CPU as far as PSI can tell. */
static bool is_held_by(const struct view *v, size_t ancestor)
{
	double waiting;
	double used;

	if (ancestor == v->index)
		return true;
	if (pressure(v, METRIC_PRESSURE_CPU_SOME, &waiting))
		return waiting >= at.wanting_cpu;
	used = rate_or_0(v, v->index, METRIC_CPU_USAGE);
	return used > 0 && used >= at.part_of_ancestor * rate_or_0(v, ancestor, METRIC_CPU_USAGE);
}

static bool cpu_max(const struct view *v, struct verdict *out)
{
	size_t up = v->index;

	do {
		double share;

		if (!is_throttled(v, up, &share) || !is_held_by(v, up))
			continue;
		out->share = share;
		out->by = up;
		return true;
	} while (go_up(v, &up));
	return false;
}

static bool is_at_quota(const struct view *v)
{
	uint64_t quota;
	uint64_t period;

	return limit_of(v, v->index, METRIC_CPU_QUOTA, &quota) &&
	       snapshot_get(v->now, v->index, METRIC_CPU_PERIOD, &period) && period &&
	       rate_or_0(v, v->index, METRIC_CPU_USAGE) / (double)NSEC_PER_SEC >=
		       (double)quota / (double)period;
}

/* Only where it was asked for: it costs a look at every task. */
static bool runqueue(const struct view *v, double *share)
{
	double run;
	double wait;

	if (!rate_of(v, v->index, METRIC_SCHED_RUNQUEUE, &wait) ||
	    !rate_of(v, v->index, METRIC_SCHED_RUN, &run) || wait < at.runqueue * (double)NSEC_PER_SEC)
		return false;
	*share = wait / (run + wait);
	return true;
}

static bool cpu_contention(const struct view *v, struct verdict *out)
{
	double share;

	if (!pressure(v, METRIC_PRESSURE_CPU_SOME, &share) && !runqueue(v, &share))
		return false;
	out->share = share;
	return share >= at.cpu_contention && !is_at_quota(v);
}

/* --- pids --- */

/* The fork that fails is counted where it was tried (before Linux 6.11), whoever's limit it was. */
static size_t owner_of_pids(const struct view *v)
{
	size_t up = v->index;

	do {
		uint64_t limit;
		uint64_t threads;

		if (limit_of(v, up, METRIC_PIDS_MAX, &limit) &&
		    highest(v, up, METRIC_PIDS_CURRENT, &threads) &&
		    (double)threads >= at.pids_near * (double)limit)
			return up;
	} while (go_up(v, &up));
	return v->index;
}

static bool pids_max(const struct view *v, struct verdict *out)
{
	double refused;

	if (!rate_of(v, v->index, METRIC_PIDS_EVENTS_MAX, &refused) || refused <= 0)
		return false;
	out->rate = refused;
	out->by = owner_of_pids(v);
	return true;
}

/* --- I/O --- */

static const struct {
	enum metric_id limit;
	enum metric_id counter;
} io_limits[] = {
	{METRIC_IO_RBPS_MAX, METRIC_IO_READ_BYTES},
	{METRIC_IO_WBPS_MAX, METRIC_IO_WRITE_BYTES},
	{METRIC_IO_RIOPS_MAX, METRIC_IO_READS},
	{METRIC_IO_WIOPS_MAX, METRIC_IO_WRITES},
};

/* What the entity itself does on the device, of what an ancestor does. */
static bool has_part(const struct view *v, const char *device, enum metric_id counter, double all)
{
	uint32_t n = snapshot_entity(v->now, v->index)->n_series;

	for (uint32_t i = 0; i < n; i++) {
		const struct series *series = snapshot_series_at(v->now, v->index, i);
		double own;

		if (series->dimension == DIMENSION_DEVICE && strcmp(series->instance, device) == 0)
			return comparison_series_rate(v->c, v->index, i, counter, &own) && own > 0 &&
			       own >= at.part_of_ancestor * all;
	}
	return false;
}

/* One device's four limits; keeps the one that is used up most. */
static void judge_device(const struct view *v, size_t by, uint32_t n, double enough, double *most,
			 struct verdict *out)
{
	const struct series *series = snapshot_series_at(v->now, by, n);

	for (size_t i = 0; i < ARRAY_SIZE(io_limits); i++) {
		uint64_t limit;
		double rate;

		if (!series_get(series, io_limits[i].limit, &limit) || limit == UNLIMITED || limit == 0 ||
		    !comparison_series_rate(v->c, by, n, io_limits[i].counter, &rate))
			continue;
		if (rate < enough * (double)limit || rate <= *most * (double)limit ||
		    (by != v->index && !has_part(v, series->instance, io_limits[i].counter, rate)))
			continue;
		*most = rate / (double)limit;
		out->by = by;
		out->rate = rate;
		out->limit = io_limits[i].limit;
		snprintf(out->device, sizeof(out->device), "%s", series->instance);
	}
}

static bool io_max(const struct view *v, struct verdict *out)
{
	double stalled;
	bool stalls = pressure(v, METRIC_PRESSURE_IO_SOME, &stalled) && stalled >= at.io_contention;
	double enough = stalls ? at.io_held_stalling : at.io_held;
	double most = 0;
	size_t up = v->index;

	do {
		uint32_t n = snapshot_entity(v->now, up)->n_series;

		for (uint32_t i = 0; i < n; i++)
			judge_device(v, up, i, enough, &most, out);
	} while (most == 0 && go_up(v, &up));
	out->share = pressure_or_nan(v, METRIC_PRESSURE_IO_SOME);
	return most > 0;
}

static bool io_contention(const struct view *v, struct verdict *out)
{
	return pressure(v, METRIC_PRESSURE_IO_SOME, &out->share) && out->share >= at.io_contention;
}

/* --- the order --- */

static const struct {
	enum limiter limiter;
	bool (*holds)(const struct view *v, struct verdict *out);
} order[] = {
	{LIMITER_FROZEN, frozen},
	{LIMITER_OOM, oom},
	{LIMITER_MEMORY_MAX, memory_max},
	{LIMITER_MEMORY_HIGH, memory_high},
	{LIMITER_CPU_MAX, cpu_max}, /* before contention, since PSI counts throttled tasks as waiting */
	{LIMITER_PIDS_MAX, pids_max},
	{LIMITER_IO_MAX, io_max},
	{LIMITER_CPU_CONTENTION, cpu_contention},
	{LIMITER_MEMORY_CONTENTION, memory_contention},
	{LIMITER_IO_CONTENTION, io_contention},
};

static struct verdict nothing(size_t index)
{
	return (struct verdict){.limiter = LIMITER_NONE,
				.share = (double)NAN,
				.rate = (double)NAN,
				.by = index,
				.limit = METRIC__COUNT};
}

void verdict_of(const struct comparison *c, size_t index, struct verdict *out)
{
	struct view v = {.c = c, .now = comparison_later(c), .index = index};

	if (snapshot_entity(v.now, index)->ended) {
		*out = nothing(index);
		return;
	}
	for (size_t i = 0; i < ARRAY_SIZE(order); i++) {
		*out = nothing(index);
		if (!order[i].holds(&v, out))
			continue;
		out->limiter = order[i].limiter;
		out->inherited = out->by != index;
		return;
	}
	*out = nothing(index);
}
