/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Looks between samples: a cgroup gets its first one soon after it was found, and a last one when it runs
 * empty, so that there is something to keep if it is gone by the next sample.
 */
#include "collector_private.h"

#include "base/clock.h"
#include "model/derive.h"

#include <stdlib.h>

/* A cgroup's first look is taken at this age: most metadata is written by then, and it has begun to do
 * something. */
#define FIRST_LOOK_NS (200 * NSEC_PER_MSEC)

void looks_remember(struct collector *c, struct node *n)
{
	struct node **bigger;

	for (size_t i = c->n_unseen; i-- > 0 && i + 8 > c->n_unseen;)
		if (c->unseen[i] == n)
			return;
	if (c->n_unseen == c->unseen_cap) {
		size_t cap = c->unseen_cap ? c->unseen_cap * 2 : 64;

		bigger = reallocarray(c->unseen, cap, sizeof(struct node *));
		if (!bigger)
			return; /* it will be seen by the next sample */
		c->unseen = bigger;
		c->unseen_cap = cap;
	}
	c->unseen[c->n_unseen++] = n;
}

void looks_forget(struct collector *c, const struct node *n)
{
	size_t kept = 0;

	for (size_t i = 0; i < c->n_unseen; i++)
		if (c->unseen[i] != n)
			c->unseen[kept++] = c->unseen[i];
	c->n_unseen = kept;
}

static struct snapshot *extra_snapshot(struct collector *c, const struct moment *now)
{
	if (!c->extra)
		c->extra = snapshot_new(&c->need, &c->host, now->monotonic_ns, now->realtime_ns, 0);
	return c->extra;
}

static void look_at(struct collector *c, struct node *n, const struct moment *now)
{
	struct snapshot *s = extra_snapshot(c, now);
	ptrdiff_t index;

	if (!s || !node_identify(c, n, now->monotonic_ns))
		return;
	node_refresh_identity(c, n, now->monotonic_ns, false);
	if (c->needed.processes) {
		processes_read_below(c, n);
		network_choose_owner(c, n, now->monotonic_ns);
	}
	index = node_add(n, s, -1, now);
	if (index < 0)
		return;
	if (!node_read(c, n, s, (size_t)index, now)) {
		snapshot_pop(s);
		return;
	}
	derive_entity(s, (size_t)index);
	n->look = LOOK_EXTRA;
	n->look_index = (uint32_t)index;
}

void looks_take(struct collector *c, const struct moment *now)
{
	size_t kept = 0;

	for (size_t i = 0; i < c->n_unseen; i++) {
		struct node *n = c->unseen[i];

		if (!n->ending && elapsed_ns(now->monotonic_ns, n->found_ns) < FIRST_LOOK_NS) {
			c->unseen[kept++] = n;
			continue;
		}
		if (n->ending || n->look == LOOK_NONE)
			look_at(c, n, now);
		n->ending = false;
	}
	c->n_unseen = kept;
}

/* Looks pile up where nobody samples; the ones that a later look replaced are dropped then. */
void looks_compact(struct collector *c, const struct moment *now)
{
	struct node **order = tree_order(&c->tree);
	struct snapshot *fresh;

	if (!c->extra || snapshot_count(c->extra) < 1024 + 2 * c->tree.n_nodes || !order)
		return;
	fresh = snapshot_new(&c->need, &c->host, now->monotonic_ns, now->realtime_ns, 0);
	for (size_t i = 0; fresh && i < c->tree.n_nodes; i++) {
		struct node *n = order[i];
		ptrdiff_t index;

		if (n->look != LOOK_EXTRA)
			continue;
		index = snapshot_add(fresh, snapshot_entity(c->extra, n->look_index));
		if (index < 0 || snapshot_copy_values(fresh, (size_t)index, c->extra, n->look_index) < 0) {
			n->look = LOOK_NONE;
			continue;
		}
		n->look_index = (uint32_t)index;
	}
	if (!fresh)
		return;
	snapshot_unref(c->extra);
	c->extra = fresh;
}
