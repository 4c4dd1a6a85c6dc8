/* SPDX-License-Identifier: Apache-2.0 */
#include "collection.h"

#include "base/clock.h"

#include <errno.h>
#include <stdlib.h>

void collection_unref(struct collection *c)
{
	if (!c || --c->references)
		return;
	c->owner->alive--;
	snapshot_unref(c->snapshot);
	free(c);
}

void collections_drop(struct collections *c)
{
	collection_unref(c->latest);
	c->latest = NULL;
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
	collection_unref(c->latest);
	c->latest = fresh;
	*out = fresh;
	return 0;
}
