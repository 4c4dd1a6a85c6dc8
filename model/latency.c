/* SPDX-License-Identifier: Apache-2.0 */
#include "model/latency.h"

#include "base/clock.h"

#include <string.h>

#define FIRST_BOUND_NS NSEC_PER_USEC

static const enum metric_id firsts[LATENCY__COUNT] = {
	[LATENCY_OF_RUNQUEUE] = METRIC_RUNQUEUE_LATENCY_0,
	[LATENCY_OF_BLKIO] = METRIC_BLKIO_LATENCY_0,
};

/* The table has them in a row. */
_Static_assert(METRIC_RUNQUEUE_LATENCY_SUM == METRIC_RUNQUEUE_LATENCY_0 + LATENCY_BOUNDS &&
		       METRIC_RUNQUEUE_LATENCY_COUNT == METRIC_RUNQUEUE_LATENCY_SUM + 1 &&
		       METRIC_BLKIO_LATENCY_SUM == METRIC_BLKIO_LATENCY_0 + LATENCY_BOUNDS &&
		       METRIC_BLKIO_LATENCY_COUNT == METRIC_BLKIO_LATENCY_SUM + 1,
	       "buckets, sum, count");

enum metric_id latency_bucket(enum latency_of which, size_t n)
{
	return firsts[which] + (enum metric_id)n;
}

enum metric_id latency_sum(enum latency_of which)
{
	return latency_bucket(which, LATENCY_BOUNDS);
}

enum metric_id latency_count(enum latency_of which)
{
	return latency_bucket(which, LATENCY_BOUNDS + 1);
}

void latency_need(enum latency_of which, struct metric_set *set)
{
	for (enum metric_id id = latency_bucket(which, 0); id <= latency_count(which); id++)
		metric_set_add(set, id);
}

uint64_t latency_bound_ns(size_t n)
{
	return n < LATENCY_BOUNDS ? FIRST_BOUND_NS << n : UINT64_MAX;
}

static const struct series *operation_of(const struct snapshot *s, size_t index, const char *operation)
{
	uint32_t n = snapshot_entity(s, index)->n_series;

	for (uint32_t i = 0; i < n; i++) {
		const struct series *series = snapshot_series_at(s, index, i);

		if (series->dimension == DIMENSION_OPERATION && strcmp(series->instance, operation) == 0)
			return series;
	}
	return NULL;
}

/* What a growth is asked of: an entity as a whole, or one operation of it. */
struct subject {
	const struct comparison *c;
	size_t index;
	const struct series *now, *then;
};

static bool grew(const struct subject *s, enum metric_id id, uint64_t *out)
{
	uint64_t now;
	uint64_t then = 0;

	if (!s->now)
		return comparison_growth(s->c, s->index, id, out);
	if (!series_get(s->now, id, &now) || (s->then && !series_get(s->then, id, &then)) || now < then)
		return false;
	*out = now - then;
	return true;
}

/* False where neither is known, or it was not looked for before. */
static bool find_operation(struct subject *s, const char *operation)
{
	ptrdiff_t before = comparison_before(s->c, s->index);
	uint64_t count;

	if (before < 0 ||
	    !snapshot_sum(comparison_earlier(s->c), (size_t)before, METRIC_BLKIO_LATENCY_COUNT, &count))
		return false;
	s->now = operation_of(comparison_later(s->c), s->index, operation);
	s->then = operation_of(comparison_earlier(s->c), (size_t)before, operation);
	return s->now != NULL;
}

bool latency_growth(const struct comparison *c, size_t index, enum latency_of which, const char *operation,
		    struct latency_growth *out)
{
	struct subject s = {.c = c, .index = index};
	struct latency_growth g = {0};
	uint64_t below = 0;

	if (operation && !find_operation(&s, operation))
		return false;
	if (!grew(&s, latency_count(which), &g.count) || !grew(&s, latency_sum(which), &g.sum_ns))
		return false;
	for (size_t n = 0; n < LATENCY_BOUNDS; n++) {
		uint64_t with_those_below;

		if (!grew(&s, latency_bucket(which, n), &with_those_below) || with_those_below < below)
			return false;
		g.counts[n] = with_those_below - below;
		below = with_those_below;
	}
	if (g.count < below)
		return false;
	g.counts[LATENCY_BOUNDS] = g.count - below;
	*out = g;
	return true;
}

bool latency_percentile(const struct latency_growth *g, double share, double *out)
{
	double wanted = share * (double)g->count;
	double below = 0;

	if (g->count == 0)
		return false;
	for (size_t n = 0; n < LATENCY_SLOTS; n++) {
		double here = (double)g->counts[n];
		double from = n ? (double)latency_bound_ns(n - 1) : 0;
		double to = n < LATENCY_BOUNDS ? (double)latency_bound_ns(n) : from;

		if (here > 0 && below + here >= wanted) {
			*out = (from + (to - from) * (wanted - below) / here) / (double)NSEC_PER_SEC;
			return true;
		}
		below += here;
	}
	return false;
}
