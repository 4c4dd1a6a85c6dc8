/* SPDX-License-Identifier: Apache-2.0 */
/* What the tree and the watcher tell the collector: cgroups that came, changed, ran empty and went. */
#include "collector_private.h"

#include "base/clock.h"

#include <stdlib.h>
#include <string.h>

static void on_born(void *context, struct node *n)
{
	struct collector *c = context;

	n->found_ns = clock_monotonic_ns();
	if (!collector_shows(c, n))
		return;
	looks_remember(c, n);
	hear_born(c, n);
}

static void on_placed(void *context, struct node *n, size_t hierarchy)
{
	struct collector *c = context;

	n->settings_stale = true;
	watcher_add(&c->watcher, n, hierarchy);
}

static void on_unplaced(void *context, struct node *n, size_t hierarchy)
{
	struct collector *c = context;

	watcher_remove(&c->watcher, n, hierarchy);
	/* Descriptors of the other places are opened again; they are few, and this is rare. */
	descriptors_release(&c->descriptors, n);
}

static void keep(struct collector *c, struct node *n)
{
	struct moment now = moment_now();

	if (!node_identify(c, n, now.monotonic_ns))
		return;
	ended_keep(c,
		   &(struct departed){
			   .path = n->path,
			   .identity = n->identity,
			   .id = n->id,
			   .depth = n->depth,
			   .class = n->what.class,
			   .branch = n->branch,
			   .birth_ns = n->birth_ns,
			   .look = n->look == LOOK_LATEST  ? c->latest
				   : n->look == LOOK_EXTRA ? c->extra
							   : NULL,
			   .look_index = n->look_index,
			   .end = n->end,
		   },
		   &now);
	hear_died(c, n, n->end);
}

static void on_died(void *context, struct node *n)
{
	struct collector *c = context;

	if (!c->closing && collector_shows(c, n))
		keep(c, n);
	if (n->end)
		ending_release(n->end);
	free(n->end);
	n->end = NULL;
	looks_forget(c, n);
	network_forget(c, n);
	descriptors_release(&c->descriptors, n);
	filesystem_forget(n);
	if (n->identity) {
		identity_store_forget(c->identities, &n->what);
		identity_unref(n->identity);
		n->identity = NULL;
	}
}

static void mark_stale_below(struct node *n)
{
	n->settings_stale = true;
	for (struct node *child = n->first_child; child; child = child->next)
		mark_stale_below(child);
}

static void on_written(void *context, struct node *n, const char *file)
{
	n->settings_stale = true;
	(void)context;
	/* What is effective below, and next to a partition, follows (cgroup-v2.rst "Cpuset"). */
	if (strncmp(file, "cpuset.", 7) == 0)
		mark_stale_below(n->parent ? n->parent : n);
	/* Controllers come and go below: files that were not there may be now. */
	if (strcmp(file, "cgroup.subtree_control") == 0)
		for (struct node *child = n->first_child; child; child = child->next)
			child->settings_stale = true;
}

void follow_notified(struct collector *c, struct node *n)
{
	if (!collector_shows(c, n) || (n->first_child && n->what.class != ENTITY_CONTAINER))
		return;
	n->ending = true;
	looks_remember(c, n);
}

/* cgroup.events changed: it ran empty, came to life, froze or thawed. */
static void on_notified(void *context, struct node *n)
{
	follow_notified(context, n);
}

const struct tree_hooks tree_hooks = {on_born, on_placed, on_unplaced, on_died, NULL};
const struct watch_hooks watch_hooks = {on_written, on_notified, NULL};
