/* SPDX-License-Identifier: Apache-2.0 */
#include "collector_private.h"
#include "options_copy.h"

#include "base/cleanup.h"
#include "base/clock.h"
#include "base/fs.h"
#include "model/derive.h"

#include <errno.h>
#include <fcntl.h>
#include <malloc.h>
#include <stdlib.h>
#include <string.h>

#define DEFAULT_CLASSES (((1U << ENTITY_CLASS__COUNT) - 1) & ~(1U << ENTITY_INNER) & ~(1U << ENTITY_HELPER))
#define DEFAULT_RESCAN (10 * NSEC_PER_SEC)

/* In this many rescans every setting is read again, whether or not it was said to have changed. */
#define SETTINGS_SHARES 6

bool collector_shows(const struct collector *c, const struct node *n)
{
	return c->options.classes >> n->what.class & 1;
}

struct moment moment_now(void)
{
	return (struct moment){clock_monotonic_ns(), clock_realtime_ns()};
}

/* --- the source's operations --- */

static int take_in_events(struct collector *c, uint64_t now_ns)
{
	bool missed = hear_take(c, &(struct moment){now_ns, clock_realtime_ns()});
	int r = watcher_drain(&c->watcher);
	bool unwatched = c->watcher.overflowed;
	bool lost = missed || unwatched || c->tree.orphaned;
	bool due = lost || elapsed_ns(now_ns, c->last_rescan_ns) >= c->options.rescan_interval_ns;
	struct node **order;

	if (r < 0 || !due)
		return r;
	c->watcher.overflowed = c->tree.orphaned = false;
	c->last_rescan_ns = now_ns;
	c->rescans++;
	c->settings_due = true;
	devices_forget(&c->devices);
	identity_store_rescan(c->identities, now_ns);
	watcher_retry(&c->watcher);
	/* who hears of every cgroup needs no look at each folder */
	if (lost || !c->hearing.on)
		r = tree_rescan(&c->tree);
	order = tree_order(&c->tree);
	for (size_t i = 0; order && i < c->tree.n_nodes; i++) {
		/*
		 * A cgroup namespace has a superblock of its own, whose writes make no event here. Settings
		 * are dear to read (each is opened for it), so each rescan has its share of the nodes; all of
		 * them where events of inotify were lost: nobody else tells of a write.
		 */
		order[i]->settings_stale |= unwatched || i % SETTINGS_SHARES == c->rescans % SETTINGS_SHARES;
		if (order[i]->identity)
			node_refresh_identity(c, order[i], now_ns, true);
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
	looks_take(c, &now);
	looks_compact(c, &now);
	latencies_rest(c);
	return 0;
}

static int collector_event_fd(struct source *source)
{
	const struct collector *c = of(source);

	return c->wake_fd >= 0 ? c->wake_fd : c->watcher.fd;
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

	node_refresh_identity(c, n, now->monotonic_ns, false);
	if (!n->identity)
		return -ENOMEM;
	index = node_add(n, s, parent_index(n), now);
	if (index < 0)
		return (int)index;
	if (!node_read(c, n, s, (size_t)index, now)) {
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
	if (c->needed.processes) {
		processes_read(c, order, n);
		network_choose_owners(c, order, n, now->monotonic_ns);
	}
	figures_walk(c);
	latencies_measure(c);
	for (size_t i = 0; r == 0 && i < n; i++)
		if (collector_shows(c, order[i]))
			r = sample_node(c, order[i], s, now);
	figures_end(c);
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
	c->needed = needed_of(&closed);
	close_unread(c);
}

/* glibc keeps what lies below anything in use: after a crowd of cgroups that would be its peak, for good. */
static void give_back_memory(struct collector *c)
{
	if (c->tree.n_buried - c->n_trimmed > TRIM_WORTH) {
		c->n_trimmed = c->tree.n_buried;
		c->trim_due = true;
	}
	if (c->trim_due)
		malloc_trim(0);
	c->trim_due = false;
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
	if (c->options.host_meters)
		host_read_meters(c);
	s = snapshot_new(&c->need, &c->host, now.monotonic_ns, now.realtime_ns,
			 c->tree.n_nodes + (c->ended ? snapshot_count(c->ended) : 0));
	r = s ? fill(c, s, &now) : -ENOMEM;
	if (r == 0)
		r = ended_add(c, s, &now);
	if (r == 0)
		r = hear_report(c, s);
	if (r < 0) {
		snapshot_unref(s);
		return error_errno(err, r, "", "cannot take a sample");
	}
	for (enum metric_group g = 0; g < GROUP__COUNT; g++)
		snapshot_set_report(s, g, &c->reader.reports[g]);
	snapshot_seal(s);
	make_latest(c, s);
	give_back_memory(c);
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
	hear_end(c);
	watcher_close(&c->watcher);
	planner_close(&c->planner);
	kernel_close(c->kernel);
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
	struct tree_hooks on_tree = tree_hooks;
	struct watch_hooks on_watch = watch_hooks;

	on_tree.context = on_watch.context = c;

	/* The watcher first: what is found is watched before it is listed, so that nothing falls between. */
	watcher_open(&c->watcher, &c->tree, &on_watch);
	c->tree.layout = c->layout;
	return tree_open(&c->tree, c->layout, &on_tree);
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
		.idle_ns = c->options.idle_ns,
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
	c->procfs = c->sysfs = c->rootfs = c->watcher.fd = c->wake_fd = -1;
	metric_set_defaults(&c->need);
	metric_set_close(&c->need);
	c->needed = needed_of(&c->need);
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
