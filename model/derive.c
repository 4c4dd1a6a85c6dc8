/* SPDX-License-Identifier: Apache-2.0 */
#include "model/derive.h"

#include "base/clock.h"
#include "base/map.h"
#include "base/parse.h"

#include <stdlib.h>

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

static bool value_of(const struct snapshot *s, size_t index, enum metric_id id, uint64_t *out)
{
	if (metrics[id].dimension == DIMENSION_ONE)
		return snapshot_get(s, index, id, out);
	return snapshot_sum(s, index, id, out);
}

bool comparison_rate(const struct comparison *c, size_t index, enum metric_id id, double *out)
{
	const struct entity *now = snapshot_entity(c->later, index);
	uintptr_t before = (uintptr_t)map_get_u64(&c->by_id, now->id);
	const struct entity *then;
	uint64_t from;
	uint64_t to;

	if (!before || metrics[id].kind != KIND_COUNTER)
		return false;
	then = snapshot_entity(c->earlier, before - 1);
	if (now->monotonic_ns <= then->monotonic_ns || !value_of(c->later, index, id, &to) ||
	    !value_of(c->earlier, before - 1, id, &from) || to < from)
		return false;
	*out = (double)(to - from) * (double)NSEC_PER_SEC / (double)(now->monotonic_ns - then->monotonic_ns);
	return true;
}
