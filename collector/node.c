/* SPDX-License-Identifier: Apache-2.0 */
/* One node: who it is, and everything there is to say of it, from wherever it is said. */
#include "collector_private.h"

#include "base/clock.h"

/* Metadata of a container this young is asked after at every sample: a runtime writes it after the cgroup is
 * made. */
#define YOUNG_NS (10 * NSEC_PER_SEC)

/* The identity of a node, looked up once it is needed: many a cgroup is gone before anybody asks. */
bool node_identify(struct collector *c, struct node *n, uint64_t now_ns)
{
	if (!n->identity)
		n->identity = identity_store_get(c->identities, &n->what, slice_of(n->path), now_ns);
	return n->identity != NULL;
}

static void set_lifetime(struct snapshot *s, size_t index, const struct node *n, const struct moment *now)
{
	snapshot_set(s, index, METRIC_START_TIME,
		     n->identity->started_at_ns ? n->identity->started_at_ns : n->birth_ns);
	snapshot_set(s, index, METRIC_LAST_SEEN, now->realtime_ns);
}

static void read_dear(struct collector *c, struct node *n, struct snapshot *s, size_t index,
		      const struct moment *now)
{
	const struct needed *needed = &c->needed;

	if (needed->sched || needed->descriptors) {
		uint64_t start = clock_monotonic_ns();
		struct task_sums sums = {0};

		processes_sum(c, n, &c->need, &sums);
		processes_report(s, index, &sums);
		c->reader.reports[GROUP_sched].ran |= needed->sched;
		c->reader.reports[GROUP_descriptors].ran |= needed->descriptors;
		c->reader.reports[needed->descriptors ? GROUP_descriptors : GROUP_sched].spent_ns +=
			clock_monotonic_ns() - start;
	}
	if (needed->filesystem && n->what.class == ENTITY_CONTAINER)
		filesystem_read(c, n, s, index, now->monotonic_ns);
	if (needed->devices)
		devices_read(c, n, s, index);
}

/*
 * On a hybrid host a runtime may have made the v2 cgroup and left its processes out of it: its figures are
 * zeros then, and the v1 controllers know better.
 */
static uint32_t used_hierarchies(const struct collector *c, const struct node *n)
{
	const struct hierarchy *first = &c->layout->hierarchies[0];
	bool unused = c->needed.processes && first->version == 2 && n->n_processes_any > 0 &&
		      n->n_processes_v2 == 0;

	return unused ? n->presence & ~1U : n->presence;
}

/* Everything there is to say of one node, into the entity that was added last. False where it is gone. */
bool node_read(struct collector *c, struct node *n, struct snapshot *s, size_t index,
	       const struct moment *now)
{
	const struct snapshot *before = n->look == LOOK_LATEST ? c->latest : NULL;
	uint32_t presence = used_hierarchies(c, n);
	uint32_t filled = figures_fill(c, n, presence, s, index);
	const struct metric_set *rest = filled ? figures_rest(c, presence, filled) : snapshot_metrics(s);
	struct plan *plan = planner_get(&c->planner, rest, presence);

	if (!plan)
		return true;
	if (!watcher_covers(&c->watcher, n))
		n->settings_stale = true;
	if (!reader_read(&c->reader, n, plan, s, index, before, n->look_index) && n != c->tree.root)
		return false;
	if (n->n_processes_known)
		snapshot_set(s, index, METRIC_PROCESSES, n->n_processes);
	network_read(c, n, plan, s, index);
	if (c->needed.namespaces)
		namespaces_read(c, n, s, index);
	read_dear(c, n, s, index, now);
	latencies_fill(c, n, s, index);
	set_lifetime(s, index, n, now);
	if (n == c->tree.root)
		host_fill_root(c, s, index);
	return true;
}

ptrdiff_t node_add(const struct node *n, struct snapshot *s, int32_t parent, const struct moment *now)
{
	struct entity e = {
		.path = n->path,
		.identity = n->identity,
		.id = n->id,
		.parent = parent,
		.depth = n->depth,
		.class = n->what.class,
		.seen_ns = now->realtime_ns,
		.monotonic_ns = clock_monotonic_ns(),
	};

	return snapshot_add(s, &e);
}

void node_refresh_identity(struct collector *c, struct node *n, uint64_t now_ns, bool all)
{
	struct identity *fresh;

	if (!node_identify(c, n, now_ns) || (!all && elapsed_ns(now_ns, n->found_ns) > YOUNG_NS))
		return;
	fresh = identity_store_refresh(c->identities, n->identity, &n->what, slice_of(n->path), now_ns);
	if (!fresh)
		return;
	identity_unref(n->identity);
	n->identity = fresh;
}

struct needed needed_of(const struct metric_set *need)
{
	bool namespaces = metric_set_has_group(need, GROUP_namespace);

	return (struct needed){
		.processes = namespaces || metric_set_has(need, METRIC_PROCESSES) ||
			     metric_set_has_group(need, GROUP_network) ||
			     metric_set_has_group(need, GROUP_sockets),
		.sched = metric_set_has_group(need, GROUP_sched),
		.descriptors = metric_set_has_group(need, GROUP_descriptors),
		.namespaces = namespaces,
		.filesystem = metric_set_has_group(need, GROUP_fs),
		.devices = metric_set_has(need, METRIC_DEVICES_RESTRICTED),
	};
}
