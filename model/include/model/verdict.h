/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What limits a container now: one answer out of throttling, pressure, events and limits of two snapshots,
 * with the figures behind it. Pure: the thresholds and their order are tables in verdict.c, tested by cases.
 *
 * A figure that is absent never counts, for or against. Where nothing can be compared (no earlier snapshot, a
 * new entity, a counter that went back) only LIMITER_FROZEN can be told.
 */
#pragma once

#include "base/str.h"
#include "model/derive.h"

#include <stdbool.h>

/* From the most to the least certain; the first that holds is the verdict. */
enum limiter {
	LIMITER_NONE,
	LIMITER_FROZEN,		/* paused: nothing runs */
	LIMITER_OOM,		/* processes were killed for want of memory */
	LIMITER_MEMORY_MAX,	/* use beats against memory.max, and pays for it: stalls, pages read again */
	LIMITER_MEMORY_HIGH,	/* slowed down above memory.high */
	LIMITER_CPU_MAX,	/* throttled by its quota, or by an ancestor's */
	LIMITER_PIDS_MAX,	/* forks are refused */
	LIMITER_IO_MAX,		/* held at its rate of a device */
	LIMITER_CPU_CONTENTION, /* waits for a CPU below its own limit */
	LIMITER_MEMORY_CONTENTION, /* stalls on memory that others took */
	LIMITER_IO_CONTENTION,	   /* waits for a device that is busy */
	LIMITER__COUNT
};

struct verdict {
	enum limiter limiter;
	double share; /* of time stalled, or (cpu.max) of periods throttled, 0 to 1; NAN where it has none
			 (frozen, OOM, pids) or where the host has no PSI */
	double rate;  /* OOM kills, refused forks, hits of a memory limit a second; of LIMITER_IO_MAX bytes or
			 operations a second; NAN elsewhere */
	size_t by;    /* entity whose limit it is: an ancestor's, or the entity itself */
	bool inherited;	      /* it is an ancestor's */
	enum metric_id limit; /* of LIMITER_IO_MAX: which of the four, METRIC_IO_RBPS_MAX, …; else
				 METRIC__COUNT */
	char device[32];      /* of LIMITER_IO_MAX: the instance; "" elsewhere */
};

/* The metrics that verdicts look at. All are of groups that are on by default. */
void verdict_need(struct metric_set *set);

/*
 * Whether a snapshot with these metrics says enough for a verdict. Verdicts are possible without pressure,
 * I/O, pids and the freezer, which then are never what limits.
 */
bool verdict_possible(const struct metric_set *have);

/*
 * What limits the entity at `index` of the later snapshot. LIMITER_NONE where nothing does, nothing is known,
 * or the entity has ended.
 */
void verdict_of(const struct comparison *c, size_t index, struct verdict *out);

/* "cpu.max", "memory.max", "io contention", …; "" for LIMITER_NONE. The label of container_limited_by. */
const char *limiter_name(enum limiter limiter);

/*
 * The cell: "cpu.max 31%", "memory.max", "oom 2/s"; "cpu.max^ 31%" where the limit is an ancestor's. Nothing
 * for LIMITER_NONE.
 */
void verdict_brief(const struct verdict *v, struct str *out);

/*
 * For sorting by what hurts most: grows with the certainty of the limiter, and with the share within one
 * limiter; 0 for LIMITER_NONE.
 */
double verdict_severity(const struct verdict *v);

/*
 * A sentence with the figures and what would help: "throttled in 31% of periods by a quota of 0.5 CPUs, while
 * the host is 59% idle: raise --cpus". Printable. Nothing for LIMITER_NONE.
 */
void verdict_explain(const struct verdict *v, const struct comparison *c, size_t index, struct str *out);
