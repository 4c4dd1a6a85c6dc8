/* SPDX-License-Identifier: Apache-2.0 */
#include "model/derive.h"

#include "base/clock.h"
#include "base/map.h"
#include "base/parse.h"

#include <stdlib.h>
#include <string.h>

#define INPUTS_MAX 2

/* One derived row: what it is made from, and how. The function sets the value, or clears it. */
struct derivation {
	enum metric_id id;
	enum metric_id inputs[INPUTS_MAX];
	size_t n_inputs;
	void (*compute)(struct snapshot *s, size_t index, const struct derivation *d);
};

static void working_set(struct snapshot *s, size_t index, const struct derivation *d)
{
	uint64_t usage;
	uint64_t inactive;

	if (snapshot_get(s, index, d->inputs[0], &usage) && snapshot_get(s, index, d->inputs[1], &inactive))
		snapshot_set(s, index, d->id, usage > inactive ? usage - inactive : 0);
}

/* v2 limits swap by itself, v1 (and Docker's words) memory and swap together. */
static void swap_limit(struct snapshot *s, size_t index, const struct derivation *d)
{
	uint64_t memory;
	uint64_t swap;
	uint64_t sum;

	if (!snapshot_get(s, index, d->inputs[0], &memory) || !snapshot_get(s, index, d->inputs[1], &swap))
		return;
	if (memory == UNLIMITED || swap == UNLIMITED || __builtin_add_overflow(memory, swap, &sum))
		sum = UNLIMITED;
	snapshot_set(s, index, d->id, sum);
}

static void frozen(struct snapshot *s, size_t index, const struct derivation *d)
{
	uint64_t v2 = 0;
	uint64_t v1 = 0;
	bool has_v2 = snapshot_get(s, index, d->inputs[0], &v2);
	bool has_v1 = snapshot_get(s, index, d->inputs[1], &v1);

	if (has_v2 || has_v1)
		snapshot_set(s, index, d->id, v2 || v1);
}

/* "0-3,7" → 5 */
static void count_cpus(struct snapshot *s, size_t index, const struct derivation *d)
{
	const char *text = snapshot_text(s, index, d->inputs[0]);
	struct slice rest = text ? slice_of(text) : (struct slice){0};
	struct slice range;
	uint64_t count = 0;

	if (!text)
		return;
	while (next_word(&rest, ",\n ", &range)) {
		struct slice first;
		uint64_t from;
		uint64_t to;

		if (!next_word(&range, "-", &first) || parse_u64(first, &from) < 0)
			return;
		to = from;
		if (range.len && parse_u64((struct slice){range.at + 1, range.len - 1}, &to) < 0)
			return;
		if (to < from || to - from > 1000000)
			return;
		count += to - from + 1;
	}
	snapshot_set(s, index, d->id, count);
}

/* Throttling means nothing without a quota: cAdvisor leaves these out, and five series a container are saved.
 */
static void only_with_quota(struct snapshot *s, size_t index, const struct derivation *d)
{
	uint64_t quota;

	if (snapshot_get(s, index, d->inputs[0], &quota) && quota == UNLIMITED)
		snapshot_clear(s, index, d->id);
}

static const struct derivation derivations[] = {
	{METRIC_MEMORY_WORKING_SET, {METRIC_MEMORY_USAGE, METRIC_MEMORY_INACTIVE_FILE}, 2, working_set},
	{METRIC_MEMORY_SWAP_LIMIT, {METRIC_MEMORY_LIMIT, METRIC_MEMORY_SWAP_MAX}, 2, swap_limit},
	{METRIC_FROZEN, {METRIC_FROZEN_V2, METRIC_FROZEN_V1}, 2, frozen},
	{METRIC_CPUSET_CPU_COUNT, {METRIC_CPUSET_CPUS}, 1, count_cpus},
	{METRIC_CPU_PERIODS, {METRIC_CPU_QUOTA}, 1, only_with_quota},
	{METRIC_CPU_THROTTLED_PERIODS, {METRIC_CPU_QUOTA}, 1, only_with_quota},
	{METRIC_CPU_THROTTLED_TIME, {METRIC_CPU_QUOTA}, 1, only_with_quota},
	{METRIC_CPU_BURST_PERIODS, {METRIC_CPU_QUOTA}, 1, only_with_quota},
	{METRIC_CPU_BURST_TIME, {METRIC_CPU_QUOTA}, 1, only_with_quota},
};
#define N_DERIVATIONS (sizeof(derivations) / sizeof(derivations[0]))

size_t derive_inputs(enum metric_id id, enum metric_id *from, size_t max)
{
	for (size_t i = 0; i < N_DERIVATIONS; i++) {
		const struct derivation *d = &derivations[i];
		size_t n = d->n_inputs < max ? d->n_inputs : max;

		if (d->id != id)
			continue;
		for (size_t k = 0; k < n; k++)
			from[k] = d->inputs[k];
		return n;
	}
	return 0;
}

void derive_entity(struct snapshot *s, size_t index)
{
	for (size_t i = 0; i < N_DERIVATIONS; i++)
		if (metric_set_has(snapshot_metrics(s), derivations[i].id))
			derivations[i].compute(s, index, &derivations[i]);
}

struct comparison {
	struct snapshot *earlier;
	struct snapshot *later;
	struct map by_id; /* entity id → index + 1 in `earlier` */
};

struct comparison *comparison_new(struct snapshot *earlier, struct snapshot *later)
{
	struct comparison *c = calloc(1, sizeof(*c));

	if (!c)
		return NULL;
	c->later = snapshot_ref(later);
	c->earlier = earlier ? snapshot_ref(earlier) : NULL;
	for (size_t i = 0; earlier && i < snapshot_count(earlier); i++) {
		if (map_put_u64(&c->by_id, snapshot_entity(earlier, i)->id, (void *)(uintptr_t)(i + 1)) < 0) {
			comparison_free(c);
			return NULL;
		}
	}
	return c;
}

void comparison_free(struct comparison *c)
{
	if (!c)
		return;
	snapshot_unref(c->earlier);
	snapshot_unref(c->later);
	map_free(&c->by_id);
	free(c);
}

struct snapshot *comparison_later(const struct comparison *c)
{
	return c->later;
}

struct snapshot *comparison_earlier(const struct comparison *c)
{
	return c->earlier;
}

ptrdiff_t comparison_before(const struct comparison *c, size_t index)
{
	uintptr_t at = (uintptr_t)map_get_u64(&c->by_id, snapshot_entity(c->later, index)->id);

	return (ptrdiff_t)at - 1;
}

static bool value_of(const struct snapshot *s, size_t index, enum metric_id id, uint64_t *out)
{
	if (metrics[id].dimension == DIMENSION_ONE)
		return snapshot_get(s, index, id, out);
	return snapshot_sum(s, index, id, out);
}

/* The nanoseconds between the two readings of an entity; 0 where there are none. */
static uint64_t span_of(const struct comparison *c, size_t index, ptrdiff_t before)
{
	uint64_t now = snapshot_entity(c->later, index)->monotonic_ns;
	uint64_t then = snapshot_entity(c->earlier, (size_t)before)->monotonic_ns;

	return now > then ? now - then : 0;
}

bool comparison_growth(const struct comparison *c, size_t index, enum metric_id id, uint64_t *out)
{
	ptrdiff_t before = comparison_before(c, index);
	uint64_t from;
	uint64_t to;

	if (before < 0 || !metric_grows(id) || !span_of(c, index, before) ||
	    !value_of(c->later, index, id, &to) || !value_of(c->earlier, (size_t)before, id, &from) ||
	    to < from)
		return false;
	*out = to - from;
	return true;
}

static double per_second(uint64_t growth, uint64_t span_ns)
{
	return (double)growth * (double)NSEC_PER_SEC / (double)span_ns;
}

bool comparison_rate(const struct comparison *c, size_t index, enum metric_id id, double *out)
{
	uint64_t growth;

	if (!comparison_growth(c, index, id, &growth))
		return false;
	*out = per_second(growth, span_of(c, index, comparison_before(c, index)));
	return true;
}

static const struct series *same_series(const struct snapshot *s, size_t index, const struct series *as)
{
	uint32_t n = snapshot_entity(s, index)->n_series;

	for (uint32_t i = 0; i < n; i++) {
		const struct series *series = snapshot_series_at(s, index, i);

		if (series->dimension == as->dimension && strcmp(series->instance, as->instance) == 0)
			return series;
	}
	return NULL;
}

bool comparison_series_rate(const struct comparison *c, size_t index, size_t n, enum metric_id id,
			    double *out)
{
	ptrdiff_t before = comparison_before(c, index);
	const struct series *now = snapshot_series_at(c->later, index, n);
	const struct series *then = before < 0 ? NULL : same_series(c->earlier, (size_t)before, now);
	uint64_t from;
	uint64_t to;

	if (!then || !metric_grows(id) || !span_of(c, index, before) || !series_get(now, id, &to) ||
	    !series_get(then, id, &from) || to < from)
		return false;
	*out = per_second(to - from, span_of(c, index, before));
	return true;
}

static bool meters_idle(const struct host_meters *then, const struct host_meters *now, double *out)
{
	if (!then->cpu_known || !now->cpu_known || now->cpu_total_ns <= then->cpu_total_ns ||
	    now->cpu_busy_ns < then->cpu_busy_ns)
		return false;
	*out = 1 - (double)(now->cpu_busy_ns - then->cpu_busy_ns) /
			   (double)(now->cpu_total_ns - then->cpu_total_ns);
	return true;
}

bool comparison_idle(const struct comparison *c, double *out)
{
	uint32_t n_cpus = snapshot_host(c->later)->n_cpus;
	double idle;
	double used;

	if (!c->earlier ||
	    !meters_idle(&snapshot_host(c->earlier)->meters, &snapshot_host(c->later)->meters, &idle)) {
		if (!n_cpus || snapshot_count(c->later) == 0 ||
		    snapshot_entity(c->later, 0)->class != ENTITY_HOST ||
		    !comparison_rate(c, 0, METRIC_CPU_USAGE, &used))
			return false;
		idle = 1 - used / (double)NSEC_PER_SEC / n_cpus;
	}
	*out = idle > 0 ? idle : 0;
	return true;
}
