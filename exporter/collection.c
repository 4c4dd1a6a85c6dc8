/* SPDX-License-Identifier: Apache-2.0 */
#include "collection.h"

#include "model/verdict.h"

#include <errno.h>
#include <stdlib.h>

void collection_unref(struct collection *c)
{
	if (!c || --c->references)
		return;
	c->owner->alive--;
	comparison_free(c->comparison);
	snapshot_unref(c->snapshot);
	free(c);
}

void collections_drop(struct collections *c)
{
	collection_unref(c->latest);
	c->latest = NULL;
	snapshot_unref(c->base);
	snapshot_unref(c->next_base);
	c->base = c->next_base = NULL;
}

static bool is_fresh(const struct collections *c, uint64_t now_ns)
{
	return c->latest && now_ns - c->latest->taken_ns < c->min_interval_ns;
}

static int sample(struct collections *c, const struct metric_set *need, struct snapshot **out,
		  struct error *err)
{
	uint64_t begun = clock_monotonic_ns();
	int r = source_sample(c->source, need, out, err);

	c->last_duration_ns = clock_monotonic_ns() - begun;
	c->last_failed = r < 0;
	c->total++;
	if (r < 0)
		c->failures++;
	return r;
}

static void replace(struct snapshot **slot, struct snapshot *with)
{
	snapshot_unref(*slot);
	*slot = with;
}

static bool is_apart(uint64_t now_ns, const struct snapshot *then)
{
	return now_ns >= snapshot_monotonic_ns(then) + COMPARED_APART_MIN;
}

/*
 * The latest becomes the base of the one that follows it, unless it lacks what verdicts are made from, or is
 * too young: then that one is compared with the same base as the latest was. Who scrapes so often that the
 * latest is always too young has one of those in between as the next base. What counts is when they were
 * taken: a source that others look at too may give the same one twice.
 */
static void choose_base(struct collections *c, const struct snapshot *fresh)
{
	uint64_t now_ns = snapshot_monotonic_ns(fresh);
	struct snapshot *latest = c->latest ? c->latest->snapshot : NULL;

	if (latest && verdict_possible(snapshot_metrics(latest))) {
		if (is_apart(now_ns, latest)) {
			replace(&c->base, snapshot_ref(latest));
			replace(&c->next_base, NULL);
		} else if (!c->base) {
			c->base = snapshot_ref(latest);
		} else if (!c->next_base && is_apart(snapshot_monotonic_ns(latest), c->base)) {
			c->next_base = snapshot_ref(latest);
		}
	}
	if (c->next_base && is_apart(now_ns, c->next_base)) {
		replace(&c->base, c->next_base);
		c->next_base = NULL;
	}
	if (c->base && now_ns > snapshot_monotonic_ns(c->base) + COMPARED_APART_MAX)
		replace(&c->base, NULL);
}

/* Without memory for it there are no verdicts this time. */
static void compare(struct collections *c, struct collection *fresh)
{
	choose_base(c, fresh->snapshot);
	if (c->base && is_apart(snapshot_monotonic_ns(fresh->snapshot), c->base) &&
	    verdict_possible(snapshot_metrics(fresh->snapshot)))
		fresh->comparison = comparison_new(c->base, fresh->snapshot);
}

int collections_get(struct collections *c, const struct metric_set *need, uint64_t now_ns,
		    struct collection **out, struct error *err)
{
	struct metric_set wanted = *need;
	struct collection *fresh;
	int r;

	if (is_fresh(c, now_ns)) {
		const struct metric_set *have = snapshot_metrics(c->latest->snapshot);

		if (metric_set_contains(have, need)) {
			c->latest->references++;
			*out = c->latest;
			return 0;
		}
		metric_set_unite(&wanted, have);
	}
	fresh = calloc(1, sizeof(*fresh));
	if (!fresh)
		return error_errno(err, -ENOMEM, "", "cannot collect");
	r = sample(c, &wanted, &fresh->snapshot, err);
	if (r < 0) {
		free(fresh);
		return r;
	}
	fresh->references = 2;
	fresh->taken_ns = now_ns;
	fresh->owner = c;
	c->alive++;
	compare(c, fresh);
	collection_unref(c->latest);
	c->latest = fresh;
	*out = fresh;
	return 0;
}
