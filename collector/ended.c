/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Cgroups that ended linger in snapshots with their last values, so that a scrape after the end still sees
 * them. They are kept in a snapshot of their own that is only ever appended to, and copied without the
 * expired ones when those outnumber the rest.
 */
#include "collector_private.h"

#include <errno.h>

/* Beyond this many, the oldest go early: what churns that fast must not grow without bound. */
#define ENDED_MAX 20000
#define WORTH_COPYING 256

static bool lingers(const struct collector *c, const struct entity *e, const struct moment *now)
{
	/* What ended while a sample is under way ended after the moment that the sample is of. */
	return elapsed_ns(now->monotonic_ns, e->ended_ns) <= c->options.linger_ns;
}

static int copy_entity(struct snapshot *to, const struct snapshot *from, size_t index)
{
	struct entity e = *snapshot_entity(from, index);
	ptrdiff_t added;

	e.parent = -1;
	added = snapshot_add(to, &e);
	return added < 0 ? (int)added : snapshot_copy_values(to, (size_t)added, from, index);
}

/* The ones from `first` on that still linger, in a fresh snapshot. */
static void copy_living(struct collector *c, size_t first, const struct moment *now)
{
	struct snapshot *fresh = snapshot_new(&c->need, &c->host, now->monotonic_ns, now->realtime_ns, 0);

	if (!fresh)
		return;
	for (size_t i = first; i < snapshot_count(c->ended); i++) {
		if (lingers(c, snapshot_entity(c->ended, i), now) && copy_entity(fresh, c->ended, i) < 0) {
			snapshot_unref(fresh);
			return;
		}
	}
	c->trim_due |= snapshot_count(c->ended) > TRIM_WORTH;
	snapshot_unref(c->ended);
	c->ended = fresh;
}

static size_t count_expired(const struct collector *c, const struct moment *now)
{
	size_t n = 0;

	/* They are in the order of their end. */
	while (n < snapshot_count(c->ended) && !lingers(c, snapshot_entity(c->ended, n), now))
		n++;
	return n;
}

static void make_room(struct collector *c, const struct moment *now)
{
	size_t count = snapshot_count(c->ended);
	size_t expired = count_expired(c, now);
	bool other_need = !metric_set_equal(snapshot_metrics(c->ended), &c->need);

	if (count >= ENDED_MAX && expired < count / 4)
		expired = count / 4;
	if (other_need || (expired > WORTH_COPYING && expired * 2 > count) || count >= ENDED_MAX)
		copy_living(c, expired, now);
}

/* Its figures, from the last look and from what was heard since. False where memory is short. */
static bool add_departed(struct collector *c, const struct departed *d, const struct moment *now)
{
	uint64_t started = d->identity->started_at_ns ? d->identity->started_at_ns : d->birth_ns;
	struct entity e = {
		.path = d->path,
		.identity = d->identity,
		.id = d->id,
		.parent = -1,
		.depth = d->depth,
		.class = d->class,
		.seen_ns = now->realtime_ns,
		.monotonic_ns = now->monotonic_ns,
		.ended = true,
		.ended_ns = now->monotonic_ns,
	};
	ptrdiff_t index;

	if (d->look) {
		e.seen_ns = snapshot_entity(d->look, d->look_index)->seen_ns;
		e.monotonic_ns = snapshot_entity(d->look, d->look_index)->monotonic_ns;
	}
	index = snapshot_add(c->ended, &e);
	if (index < 0)
		return false;
	snapshot_set(c->ended, (size_t)index, METRIC_START_TIME, started);
	snapshot_set(c->ended, (size_t)index, METRIC_LAST_SEEN, e.seen_ns);
	if (d->look)
		(void)snapshot_copy_values(c->ended, (size_t)index, d->look, d->look_index);
	ending_fill(d->end, c->ended, (size_t)index);
	return true;
}

/* Of a branch each part counts by itself, and of an inner cgroup the container. */
static void sum_up(struct collector *c, const struct departed *d, const struct moment *now)
{
	bool counts = d->class == ENTITY_CONTAINER || d->class == ENTITY_SERVICE ||
		      (d->class == ENTITY_GROUP && !d->branch);

	if (!c->hearing.ended)
		c->hearing.ended = ended_sums_new();
	if (counts && c->hearing.ended)
		(void)ended_sums_add(c->hearing.ended, c->ended, snapshot_count(c->ended) - 1,
				     ending_reason(d->end), elapsed_ns(now->realtime_ns, d->birth_ns));
}

void ended_keep(struct collector *c, const struct departed *d, const struct moment *now)
{
	if (!c->ended)
		c->ended = snapshot_new(&c->need, &c->host, now->monotonic_ns, now->realtime_ns, 0);
	if (!c->ended)
		return;
	make_room(c, now);
	if (!add_departed(c, d, now))
		return;
	sum_up(c, d, now);
	if (c->options.linger_ns == 0)
		snapshot_pop(c->ended);
}

size_t ended_count(const struct collector *c, const struct moment *now)
{
	return c->ended ? snapshot_count(c->ended) - count_expired(c, now) : 0;
}

int ended_add(struct collector *c, struct snapshot *s, const struct moment *now)
{
	int r = 0;

	if (!c->ended)
		return 0;
	make_room(c, now);
	for (size_t i = count_expired(c, now); r == 0 && i < snapshot_count(c->ended); i++)
		r = copy_entity(s, c->ended, i);
	return r;
}
