/* SPDX-License-Identifier: Apache-2.0 */
/* Verdicts in words. */
#include "base/clock.h"
#include "base/text.h"
#include "model/number.h"
#include "model/verdict.h"

#include <math.h>

static const char *const names[LIMITER__COUNT] = {
	[LIMITER_NONE] = "",
	[LIMITER_FROZEN] = "frozen",
	[LIMITER_OOM] = "oom",
	[LIMITER_MEMORY_MAX] = "memory.max",
	[LIMITER_MEMORY_HIGH] = "memory.high",
	[LIMITER_CPU_MAX] = "cpu.max",
	[LIMITER_PIDS_MAX] = "pids.max",
	[LIMITER_IO_MAX] = "io.max",
	[LIMITER_CPU_CONTENTION] = "cpu contention",
	[LIMITER_MEMORY_CONTENTION] = "memory contention",
	[LIMITER_IO_CONTENTION] = "io contention",
};

const char *limiter_name(enum limiter limiter)
{
	return limiter < LIMITER__COUNT ? names[limiter] : "";
}

double verdict_severity(const struct verdict *v)
{
	double share = isnan(v->share) ? 0 : v->share;

	return v->limiter == LIMITER_NONE ? 0 : LIMITER__COUNT - (double)v->limiter + share / 2;
}

static void put_percent(struct str *out, double share)
{
	number_rounded(out, share * 100, 0);
	str_char(out, '%');
}

/* "2", "0.4" */
static void put_rate(struct str *out, double rate)
{
	if (rate < 10)
		number_trimmed(out, rate < 0.1 ? 0.1 : rate, 1);
	else
		number_rounded(out, rate, 0);
}

/* Limits whose figure is events a second; of the others it is the share of time. */
static bool counts_events(enum limiter limiter)
{
	return limiter == LIMITER_OOM || limiter == LIMITER_PIDS_MAX;
}

void verdict_brief(const struct verdict *v, struct str *out)
{
	if (v->limiter == LIMITER_NONE)
		return;
	str_add(out, limiter_name(v->limiter));
	if (v->inherited)
		str_char(out, '^');
	if (counts_events(v->limiter)) {
		str_char(out, ' ');
		put_rate(out, v->rate);
		str_add(out, "/s");
	} else if (!isnan(v->share)) {
		str_char(out, ' ');
		put_percent(out, v->share);
	}
}

/* --- sentences --- */

struct sentence {
	const struct verdict *v;
	const struct comparison *c;
	size_t index;
	struct str *out;
};

static bool limit_of(const struct sentence *s, enum metric_id id, uint64_t *out)
{
	return snapshot_get(comparison_later(s->c), s->v->by, id, out) && *out != UNLIMITED;
}

/* " of /the/ancestor" */
static void put_owner(const struct sentence *s)
{
	if (!s->v->inherited)
		return;
	str_add(s->out, " of ");
	text_printable(s->out, slice_of(snapshot_entity(comparison_later(s->c), s->v->by)->path));
}

/* " of 512.0MiB" */
static void put_bytes_limit(const struct sentence *s, enum metric_id id)
{
	uint64_t limit;

	if (!limit_of(s, id, &limit))
		return;
	str_char(s->out, ' ');
	format_bytes(s->out, (double)limit);
}

/* ", and stalls 38% of the time" */
static void put_stall(const struct sentence *s, const char *words)
{
	if (isnan(s->v->share))
		return;
	str_add(s->out, words);
	put_percent(s->out, s->v->share);
	str_add(s->out, " of the time");
}

static void say_frozen(const struct sentence *s)
{
	str_add(s->out, "paused");
	if (s->v->inherited) {
		str_add(s->out, ", as all");
		put_owner(s);
		str_add(s->out, " is");
	}
	str_add(s->out, ": nothing in it runs until it is thawed");
}

static void say_oom(const struct sentence *s)
{
	uint64_t limit;

	str_add(s->out, "processes are killed for want of memory, ");
	put_rate(s->out, s->v->rate);
	str_add(s->out, " a second");
	if (!limit_of(s, METRIC_MEMORY_LIMIT, &limit)) {
		str_add(s->out, ", although it has no limit: the host's memory ran out");
		return;
	}
	str_add(s->out, ", at the memory limit");
	put_bytes_limit(s, METRIC_MEMORY_LIMIT);
	put_owner(s);
	str_add(s->out, ": raise --memory, or use less");
}

static void say_memory_max(const struct sentence *s)
{
	str_add(s->out, "hits memory.max");
	put_bytes_limit(s, METRIC_MEMORY_LIMIT);
	put_owner(s);
	str_char(s->out, ' ');
	put_rate(s->out, s->v->rate);
	str_add(s->out, " times a second");
	put_stall(s, " and stalls ");
	str_add(s->out, ": raise --memory, or use less");
}

static void say_memory_high(const struct sentence *s)
{
	str_add(s->out, "slowed down above memory.high");
	put_bytes_limit(s, METRIC_MEMORY_HIGH);
	put_owner(s);
	put_stall(s, ", stalls ");
	str_add(s->out, ": raise --memory-high, or use less");
}

static void put_idle(const struct sentence *s)
{
	double idle;

	if (!comparison_idle(s->c, &idle))
		return;
	str_add(s->out, ", while the host is ");
	put_percent(s->out, idle);
	str_add(s->out, " idle");
}

static void say_cpu_max(const struct sentence *s)
{
	uint64_t quota;
	uint64_t period;

	str_add(s->out, "throttled in ");
	put_percent(s->out, s->v->share);
	str_add(s->out, " of periods by the quota");
	if (limit_of(s, METRIC_CPU_QUOTA, &quota) && limit_of(s, METRIC_CPU_PERIOD, &period) && period) {
		str_add(s->out, " of ");
		number_trimmed(s->out, (double)quota / (double)period, 2);
		str_add(s->out, " CPUs");
	}
	put_owner(s);
	put_idle(s);
	str_add(s->out, ": raise --cpus");
}

static void say_pids_max(const struct sentence *s)
{
	uint64_t limit;

	put_rate(s->out, s->v->rate);
	str_add(s->out, " forks a second are refused by pids.max");
	if (limit_of(s, METRIC_PIDS_MAX, &limit)) {
		str_char(s->out, ' ');
		str_u64(s->out, limit);
	}
	put_owner(s);
	str_add(s->out, ": raise --pids-limit, or find out what forks");
}

static void say_io_max(const struct sentence *s)
{
	bool bytes = s->v->limit == METRIC_IO_RBPS_MAX || s->v->limit == METRIC_IO_WBPS_MAX;
	bool reads = s->v->limit == METRIC_IO_RBPS_MAX || s->v->limit == METRIC_IO_RIOPS_MAX;
	const struct snapshot *now = comparison_later(s->c);
	uint32_t n = snapshot_entity(now, s->v->by)->n_series;

	str_add(s->out, reads ? "reads " : "writes ");
	if (bytes)
		format_bytes(s->out, s->v->rate);
	else
		number_rounded(s->out, s->v->rate, 0);
	str_add(s->out, bytes ? " a second on " : " times a second on ");
	text_printable(s->out, slice_of(s->v->device));
	for (uint32_t i = 0; i < n; i++) {
		const struct series *series = snapshot_series_at(now, s->v->by, i);
		uint64_t limit;

		if (strcmp(series->instance, s->v->device) != 0 || !series_get(series, s->v->limit, &limit))
			continue;
		str_add(s->out, ", where io.max allows ");
		if (bytes)
			format_bytes(s->out, (double)limit);
		else
			str_u64(s->out, limit);
		break;
	}
	put_owner(s);
	put_stall(s, ", and waits ");
	str_printf(s->out, ": raise --device-%s-%s", reads ? "read" : "write", bytes ? "bps" : "iops");
}

static void say_cpu_contention(const struct sentence *s)
{
	const struct snapshot *now = comparison_later(s->c);
	uint32_t n_cpus = snapshot_host(now)->n_cpus;
	uint64_t allowed;

	str_add(s->out, "waits for a CPU ");
	put_percent(s->out, s->v->share);
	str_add(s->out, " of the time, below its own limit");
	put_idle(s);
	if (snapshot_get(now, s->index, METRIC_CPUSET_CPU_COUNT, &allowed) && allowed < n_cpus)
		str_printf(s->out, ": it may use %llu of the %u CPUs, widen --cpuset-cpus",
			   (unsigned long long)allowed, n_cpus);
	else
		str_add(s->out, ": raise --cpu-shares, or move others away");
}

static void say_memory_contention(const struct sentence *s)
{
	str_add(s->out, "stalls on memory ");
	put_percent(s->out, s->v->share);
	str_add(s->out, " of the time, below its own limit: others take the memory; protect it with "
			"--memory-reservation");
}

static void say_io_contention(const struct sentence *s)
{
	str_add(s->out, "waits for I/O ");
	put_percent(s->out, s->v->share);
	str_add(s->out, " of the time, below its own limit: the device is slow or busy");
}

void verdict_explain(const struct verdict *v, const struct comparison *c, size_t index, struct str *out)
{
	static void (*const say[LIMITER__COUNT])(const struct sentence *s) = {
		[LIMITER_FROZEN] = say_frozen,
		[LIMITER_OOM] = say_oom,
		[LIMITER_MEMORY_MAX] = say_memory_max,
		[LIMITER_MEMORY_HIGH] = say_memory_high,
		[LIMITER_CPU_MAX] = say_cpu_max,
		[LIMITER_PIDS_MAX] = say_pids_max,
		[LIMITER_IO_MAX] = say_io_max,
		[LIMITER_CPU_CONTENTION] = say_cpu_contention,
		[LIMITER_MEMORY_CONTENTION] = say_memory_contention,
		[LIMITER_IO_CONTENTION] = say_io_contention,
	};

	if (v->limiter < LIMITER__COUNT && say[v->limiter])
		say[v->limiter](&(struct sentence){v, c, index, out});
}
