/* SPDX-License-Identifier: Apache-2.0 */
/* The histograms of the group `latency`: how they grew between two snapshots, and percentiles of that. */
#pragma once

#include "model/derive.h"

/* Bucket n is what took at most 2^n microseconds and more than the one before; the last, what took longer
 * than all. */
#define LATENCY_BOUNDS 27
#define LATENCY_SLOTS (LATENCY_BOUNDS + 1)

enum latency_of { LATENCY_OF_RUNQUEUE, LATENCY_OF_BLKIO, LATENCY__COUNT };

struct latency_growth {
	uint64_t counts[LATENCY_SLOTS]; /* each by itself, not with those below it */
	uint64_t count;			/* all of them */
	uint64_t sum_ns;
};

/* Adds the rows that the histogram is made of. */
void latency_need(enum latency_of which, struct metric_set *set);

/* The row of a bucket (n < LATENCY_BOUNDS), whose value is with those below it; and of the sum and the count.
 */
enum metric_id latency_bucket(enum latency_of which, size_t n);
enum metric_id latency_sum(enum latency_of which);
enum metric_id latency_count(enum latency_of which);

/* The end of a bucket in nanoseconds; UINT64_MAX for the last one. */
uint64_t latency_bound_ns(size_t n);

/*
 * How the histogram of the entity at `index` of the later snapshot grew. operation: "read", … of
 * LATENCY_OF_BLKIO; NULL = all together. An operation that was not there before has grown from nothing. False
 * where it can't be told.
 */
bool latency_growth(const struct comparison *c, size_t index, enum latency_of which, const char *operation,
		    struct latency_growth *out);

/*
 * What `share` (0 to 1) of them took at most, in seconds: within the bucket where that is, as if they were
 * spread evenly over it, and no longer than its lower end in the last one. False where there were none.
 */
bool latency_percentile(const struct latency_growth *g, double share, double *out);
