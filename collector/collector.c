/* SPDX-License-Identifier: Apache-2.0 */
#include "collector_private.h"
#include "options_copy.h"

#include "base/cleanup.h"
#include "base/clock.h"
#include "base/fs.h"
#include "model/derive.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>

#define DEFAULT_CLASSES (((1U << ENTITY_CLASS__COUNT) - 1) & ~(1U << ENTITY_INNER) & ~(1U << ENTITY_HELPER))
#define DEFAULT_RESCAN (10 * NSEC_PER_SEC)

/* In this many rescans every setting is read again, whether or not it was said to have changed. */
#define SETTINGS_SHARES 6

/* A cgroup's first look is taken at this age: most metadata is written by then, and it has begun to do
 * something. */
#define FIRST_LOOK_NS (200 * NSEC_PER_MSEC)

/* Metadata of a container this young is asked after at every sample: a runtime writes it after the cgroup is
 * made. */
#define YOUNG_NS (10 * NSEC_PER_SEC)

bool collector_shows(const struct collector *c, const struct node *n)
{
	return c->options.classes >> n->what.class & 1;
}

static struct moment moment_now(void)
{
	return (struct moment){clock_monotonic_ns(), clock_realtime_ns()};
}

/* --- what the tree and the watcher tell us --- */

static void remember_unseen(struct collector *c, struct node *n)
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

static void on_born(void *context, struct node *n)
{
	struct collector *c = context;

	n->found_ns = clock_monotonic_ns();
	if (collector_shows(c, n))
		remember_unseen(c, n);
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

static void forget_unseen(struct collector *c, const struct node *n)
{
	size_t kept = 0;

	for (size_t i = 0; i < c->n_unseen; i++)
		if (c->unseen[i] != n)
			c->unseen[kept++] = c->unseen[i];
	c->n_unseen = kept;
}

/* The identity of a node, looked up once it is needed: many a cgroup is gone before anybody asks. */
static bool identify(struct collector *c, struct node *n, uint64_t now_ns)
{
	if (!n->identity)
		n->identity = identity_store_get(c->identities, &n->what, slice_of(n->path), now_ns);
	return n->identity != NULL;
}

static void on_died(void *context, struct node *n)
{
	struct collector *c = context;
	struct moment now = moment_now();

	if (!c->closing && c->options.linger_ns && collector_shows(c, n) && identify(c, n, now.monotonic_ns))
		ended_keep(c, n, &now);
	forget_unseen(c, n);
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

/* cgroup.events changed: it ran empty, came to life, froze or thawed. If it ran empty this is the last chance
 * to look. */
static void on_notified(void *context, struct node *n)
{
	struct collector *c = context;

	if (!collector_shows(c, n) || (n->first_child && n->what.class != ENTITY_CONTAINER))
		return;
	n->ending = true;
	remember_unseen(c, n);
}

/* --- reading --- */

static void set_lifetime(struct snapshot *s, size_t index, const struct node *n, const struct moment *now)
{
	snapshot_set(s, index, METRIC_START_TIME,
		     n->identity->started_at_ns ? n->identity->started_at_ns : n->birth_ns);
	snapshot_set(s, index, METRIC_LAST_SEEN, now->realtime_ns);
}

static void read_dear(struct collector *c, struct node *n, struct snapshot *s, size_t index,
		      const struct moment *now)
{
	const struct metric_set *need = snapshot_metrics(s);
	uint64_t start = clock_monotonic_ns();

	bool sched = metric_set_has_group(need, GROUP_sched);
	bool descriptors = metric_set_has_group(need, GROUP_descriptors);

	if (sched || descriptors) {
		struct task_sums sums = {0};

		processes_sum(c, n, need, &sums);
		processes_report(s, index, &sums);
		c->reader.reports[GROUP_sched].ran |= sched;
		c->reader.reports[GROUP_descriptors].ran |= descriptors;
		c->reader.reports[descriptors ? GROUP_descriptors : GROUP_sched].spent_ns +=
			clock_monotonic_ns() - start;
	}
	if (metric_set_has_group(need, GROUP_fs) && n->what.class == ENTITY_CONTAINER)
		filesystem_read(c, n, s, index, now->monotonic_ns);
	if (metric_set_has(need, METRIC_DEVICES_RESTRICTED))
		devices_read(c, n, s, index);
}

/* Everything there is to say of one node, into the entity that was added last. False where it is gone. */
static bool read_node(struct collector *c, struct node *n, struct snapshot *s, size_t index,
		      const struct moment *now)
{
	const struct snapshot *before = n->look == LOOK_LATEST ? c->latest : NULL;
	struct plan *plan = planner_get(&c->planner, snapshot_metrics(s), n->presence);

	if (!plan)
		return true;
	if (!watcher_covers(&c->watcher, n))
		n->settings_stale = true;
	if (!reader_read(&c->reader, n, plan, s, index, before, n->look_index) && n != c->tree.root)
		return false;
	if (n->n_processes_known)
		snapshot_set(s, index, METRIC_PROCESSES, n->n_processes);
	network_read(c, n, plan, s, index);
	namespaces_read(c, n, s, index);
	read_dear(c, n, s, index, now);
	set_lifetime(s, index, n, now);
	if (n == c->tree.root)
		host_fill_root(c, s, index);
	return true;
}

static ptrdiff_t add_node(const struct node *n, struct snapshot *s, int32_t parent, const struct moment *now)
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

static void refresh_identity(struct collector *c, struct node *n, uint64_t now_ns, bool all)
{
	struct identity *fresh;

	if (!identify(c, n, now_ns) || (!all && elapsed_ns(now_ns, n->found_ns) > YOUNG_NS))
		return;
	fresh = identity_store_refresh(c->identities, n->identity, &n->what, slice_of(n->path), now_ns);
	if (!fresh)
		return;
	identity_unref(n->identity);
	n->identity = fresh;
}

/* Whether anything needs to know which processes there are. */
static bool needs_processes(const struct metric_set *need)
{
	return metric_set_has(need, METRIC_PROCESSES) || metric_set_has_group(need, GROUP_network) ||
	       metric_set_has_group(need, GROUP_sockets) || metric_set_has_group(need, GROUP_namespace);
}

/* --- between samples: first and last looks --- */

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

	if (!s || !identify(c, n, now->monotonic_ns))
		return;
	refresh_identity(c, n, now->monotonic_ns, false);
	if (needs_processes(&c->need)) {
		processes_read_below(c, n);
		network_choose_owner(c, n, now->monotonic_ns);
	}
	index = add_node(n, s, -1, now);
	if (index < 0)
		return;
	if (!read_node(c, n, s, (size_t)index, now)) {
		snapshot_pop(s);
		return;
	}
	derive_entity(s, (size_t)index);
	n->look = LOOK_EXTRA;
	n->look_index = (uint32_t)index;
}

static void look_at_unseen(struct collector *c, const struct moment *now)
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
static void compact_extra(struct collector *c, const struct moment *now)
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

/* --- the source's operations --- */

static int take_in_events(struct collector *c, uint64_t now_ns)
{
	int r = watcher_drain(&c->watcher);
	bool lost = c->watcher.overflowed || c->tree.orphaned;
	bool due = lost || elapsed_ns(now_ns, c->last_rescan_ns) >= c->options.rescan_interval_ns;
	struct node **order;

	if (r < 0 || !due)
		return r;
	c->watcher.overflowed = c->tree.orphaned = false;
	c->last_rescan_ns = now_ns;
	c->rescans++;
	devices_forget(&c->devices);
	identity_store_rescan(c->identities, now_ns);
	watcher_retry(&c->watcher);
	r = tree_rescan(&c->tree);
	order = tree_order(&c->tree);
	for (size_t i = 0; order && i < c->tree.n_nodes; i++) {
		/*
		 * A cgroup namespace has a superblock of its own, whose writes make no event here. Settings
		 * are dear to read (each is opened for it), so each rescan has its share of the nodes; all of
		 * them where events were lost.
		 */
		order[i]->settings_stale |= lost || i % SETTINGS_SHARES == c->rescans % SETTINGS_SHARES;
		if (order[i]->identity)
			refresh_identity(c, order[i], now_ns, true);
	}
	return r;
}

static struct collector *of(struct source *s)
{
	return (struct collector *)(void *)s;
}

static int collector_dispatch(struct source *source, struct error *err)
{
	struct collector *c = of(source);
	struct moment now = moment_now();
	int r = take_in_events(c, now.monotonic_ns);

	if (r < 0)
		return error_errno(err, r, "", "cannot follow the cgroup tree");
	look_at_unseen(c, &now);
	compact_extra(c, &now);
	return 0;
}

static int collector_event_fd(struct source *source)
{
	return of(source)->watcher.fd;
}

/* Index of the nearest ancestor that is in the sample under way, or -1. */
static int32_t parent_index(const struct node *n)
{
	for (const struct node *up = n->parent; up; up = up->parent)
		if (up->sampled)
			return (int32_t)up->sampled_index;
	return -1;
}

/* One node of a sample: added, read, and taken out again where it turns out to be gone. */
static int sample_node(struct collector *c, struct node *n, struct snapshot *s, const struct moment *now)
{
	ptrdiff_t index;

	refresh_identity(c, n, now->monotonic_ns, false);
	if (!n->identity)
		return -ENOMEM;
	index = add_node(n, s, parent_index(n), now);
	if (index < 0)
		return (int)index;
	if (!read_node(c, n, s, (size_t)index, now)) {
		snapshot_pop(s);
		return 0;
	}
	n->sampled = true;
	n->sampled_index = (uint32_t)index;
	return 0;
}

static int fill(struct collector *c, struct snapshot *s, const struct moment *now)
{
	struct node **order = tree_order(&c->tree);
	size_t n = c->tree.n_nodes;
	int r = 0;

	if (!order)
		return -ENOMEM;
	memset(c->reader.reports, 0, sizeof(c->reader.reports));
	for (size_t i = 0; i < n; i++)
		order[i]->sampled = order[i]->gone = false;
	if (needs_processes(&c->need)) {
		processes_read(c, order, n);
		network_choose_owners(c, order, n, now->monotonic_ns);
	}
	for (size_t i = 0; r == 0 && i < n; i++)
		if (collector_shows(c, order[i]))
			r = sample_node(c, order[i], s, now);
	/* Behind the loop, for dropping changes the order; children first, so that none is met after its
	 * parent took it along. What is in the sample already would be in it twice if it turned out to have
	 * ended; its events tell soon enough. */
	for (size_t i = n; r == 0 && i-- > 0;)
		if (order[i]->gone && !order[i]->sampled)
			tree_check_all(&c->tree, order[i]);
	return r;
}

/* From here on the last values of every node are in `s`. */
static void make_latest(struct collector *c, struct snapshot *s)
{
	struct node **order = tree_order(&c->tree);

	/* Then they stay where they were. */
	if (!order)
		return;
	for (size_t i = 0; i < c->tree.n_nodes; i++) {
		order[i]->look = order[i]->sampled ? LOOK_LATEST : LOOK_NONE;
		order[i]->look_index = order[i]->sampled_index;
		order[i]->ending = false;
	}
	c->n_unseen = 0;
	snapshot_unref(c->extra);
	c->extra = NULL;
	snapshot_unref(c->latest);
	c->latest = snapshot_ref(s);
}

/* Who asked for more before may have left descriptors open that nobody reads any more, and that are in the
 * way. */
static void close_unread(struct collector *c)
{
	struct node **order = c->descriptors.full ? tree_order(&c->tree) : NULL;

	for (size_t i = 0; order && i < c->tree.n_nodes; i++) {
		const struct plan *plan = planner_get(&c->planner, &c->need, order[i]->presence);
		struct slot_set wanted = {0};

		if (!plan)
			return;
		planner_slots(&c->planner, plan, &wanted);
		descriptors_keep_only(&c->descriptors, order[i], &wanted);
	}
	c->descriptors.full = false;
}

static void take_need(struct collector *c, const struct metric_set *need)
{
	struct metric_set closed = *need;

	metric_set_close(&closed);
	c->need = closed;
	close_unread(c);
}

static int collector_sample(struct source *source, const struct metric_set *need, struct snapshot **out,
			    struct error *err)
{
	struct collector *c = of(source);
	struct moment now = moment_now();
	struct snapshot *s;
	int r;

	take_need(c, need);
	r = take_in_events(c, now.monotonic_ns);
	if (r < 0)
		return error_errno(err, r, "", "cannot follow the cgroup tree");
	s = snapshot_new(&c->need, &c->host, now.monotonic_ns, now.realtime_ns,
			 c->tree.n_nodes + (c->ended ? snapshot_count(c->ended) : 0));
	r = s ? fill(c, s, &now) : -ENOMEM;
	if (r == 0)
		r = ended_add(c, s, &now);
	if (r < 0) {
		snapshot_unref(s);
		return error_errno(err, r, "", "cannot take a sample");
	}
	for (enum metric_group g = 0; g < GROUP__COUNT; g++)
		snapshot_set_report(s, g, &c->reader.reports[g]);
	snapshot_seal(s);
	make_latest(c, s);
	*out = s;
	return 0;
}

static void close_fd(int *fd)
{
	if (*fd >= 0)
		close(*fd);
	*fd = -1;
}

static void collector_close(struct source *source)
{
	struct collector *c = of(source);

	c->closing = true;
	if (c->tree.root)
		tree_close(&c->tree);
	watcher_close(&c->watcher);
	planner_close(&c->planner);
	identity_store_close(c->identities);
	devices_forget(&c->devices);
	snapshot_unref(c->latest);
	snapshot_unref(c->extra);
	snapshot_unref(c->ended);
	map_free(&c->network_owners);
	free(c->unseen);
	read_buffer_free(&c->buffer);
	host_free(c);
	cgroup_layout_close(c->layout);
	close_fd(&c->procfs);
	close_fd(&c->sysfs);
	close_fd(&c->rootfs);
	options_free(&c->options);
	free(c);
}

static const struct source_ops collector_ops = {
	.name = "files",
	.sample = collector_sample,
	.event_fd = collector_event_fd,
	.dispatch = collector_dispatch,
	.close = collector_close,
};

/* --- opening --- */

static int open_roots(struct collector *c, struct error *err)
{
	const struct cgroup_roots *roots = &c->options.roots;

	c->procfs = fs_open_dir(AT_FDCWD, roots->procfs);
	if (c->procfs < 0)
		return error_errno(err, c->procfs,
				   "mount procfs there, or name another folder with --path.procfs",
				   "cannot open the procfs '%s'", roots->procfs);
	c->rootfs = fs_open_dir(AT_FDCWD, roots->rootfs);
	if (c->rootfs < 0)
		return error_errno(err, c->rootfs, "name the host's root with --path.rootfs",
				   "cannot open the root file system '%s'", roots->rootfs);
	c->sysfs = fs_open_dir(AT_FDCWD, roots->sysfs);
	return 0;
}

static int open_tree(struct collector *c)
{
	struct tree_hooks tree_hooks = {on_born, on_placed, on_unplaced, on_died, c};
	struct watch_hooks watch_hooks = {on_written, on_notified, c};

	/* The watcher first: what is found is watched before it is listed, so that nothing falls between. */
	watcher_open(&c->watcher, &c->tree, &watch_hooks);
	c->tree.layout = c->layout;
	return tree_open(&c->tree, c->layout, &tree_hooks);
}

static int open_parts(struct collector *c, struct error *err)
{
	uint64_t now = clock_monotonic_ns();
	int r = open_roots(c, err);

	if (r == 0)
		r = host_read(c, err);
	if (r == 0)
		r = cgroup_layout_open(&c->options.roots, &c->layout, err);
	if (r == 0)
		r = identity_store_open(&c->options, c->rootfs, c->procfs, now, &c->identities, err);
	if (r < 0)
		return r;
	r = planner_open(&c->planner, c->layout);
	if (r < 0)
		return error_errno(err, r, "", "cannot plan what to read");
	descriptors_open(&c->descriptors, c->options.descriptor_budget, c->planner.n_slots);
	c->devices.sysfs = c->sysfs;
	c->reader = (struct reader){
		.layout = c->layout,
		.descriptors = &c->descriptors,
		.devices = &c->devices,
		.buffer = &c->buffer,
		.ticks_per_second = (uint64_t)sysconf(_SC_CLK_TCK),
		.page_size = c->host.page_size,
		.procfs = c->procfs,
	};
	c->last_rescan_ns = now;
	r = open_tree(c);
	return r < 0 ? error_errno(err, r, "", "cannot walk the cgroup tree") : 0;
}

int collector_open(const struct collector_options *options, struct source **out, struct error *err)
{
	struct collector *c = calloc(1, sizeof(*c));
	int r;

	if (!c)
		return error_set(err, -ENOMEM, "", "out of memory");
	c->source.ops = &collector_ops;
	c->procfs = c->sysfs = c->rootfs = c->watcher.fd = -1;
	metric_set_defaults(&c->need);
	metric_set_close(&c->need);
	r = options_copy(&c->options, options);
	if (r < 0)
		error_set(err, r, "", "out of memory");
	if (!c->options.classes)
		c->options.classes = DEFAULT_CLASSES;
	if (!c->options.rescan_interval_ns)
		c->options.rescan_interval_ns = DEFAULT_RESCAN;
	if (r == 0)
		r = open_parts(c, err);
	if (r < 0) {
		collector_close(&c->source);
		return r;
	}
	*out = &c->source;
	return 0;
}

/* --- what doctor asks --- */

void collector_status(struct source *source, struct collector_status *out)
{
	const struct collector *c = of(source);
	struct moment now = moment_now();

	*out = (struct collector_status){
		.mode = c->layout->mode,
		.n_cgroups = c->tree.n_nodes,
		.n_ended = ended_count(c, &now),
		.n_descriptors = c->descriptors.open,
		.descriptor_budget = c->descriptors.budget,
		.n_watches = c->watcher.nodes.count,
		.watches_exhausted = c->watcher.exhausted,
		.events_lost = c->watcher.events_lost,
		.rescans = c->rescans,
		.psi = c->layout->home[CONTROLLER_CORE] >= 0 && !c->reader.pressure_refused,
		.ptrace_denied = c->ptrace_denied,
	};
}

const struct cgroup_layout *collector_layout(struct source *source)
{
	return of(source)->layout;
}

size_t collector_metadata_folders(struct source *source, struct metadata_folder *out, size_t max)
{
	return identity_store_folders(of(source)->identities, out, max);
}

static bool can_be_offered(const struct cgroup_layout *layout, enum metric_id id)
{
	const struct metric *m = &metrics[metric_origin(id)];
	const struct metric_place *place = plan_place(layout, UINT32_MAX, m->id);
	enum metric_id from[8];
	size_t n = m->v2.kind == PLACE_DERIVED ? derive_inputs(m->id, from, 8) : 0;

	if (place)
		return place->kind != PLACE_CGROUP || !strchr(place->file, '*') || layout->n_pagesizes > 0;
	for (size_t i = 0; i < n; i++)
		if (can_be_offered(layout, from[i]))
			return true;
	/* What code finds on v2 in the place of a v1 controller needs v2. */
	return m->v2.kind == PLACE_CODE && (m->v1.kind == PLACE_CODE || layout->home[CONTROLLER_CORE] >= 0);
}

void collector_offers(const struct cgroup_layout *layout, struct metric_set *out)
{
	*out = (struct metric_set){0};
	for (enum metric_id id = 0; id < METRIC__COUNT; id++)
		if (can_be_offered(layout, id))
			metric_set_add(out, id);
}
