/* SPDX-License-Identifier: Apache-2.0 */
#include "walk_user.h"

#include "base/cleanup.h"
#include "base/clock.h"
#include "object.h"
#include "percpu.h"
#include "walk.skel.h"
#include "walk_cpus.h"
#include "walk_flush.h"
#include "walk_learn.h"
#include "walk_load.h"
#include "walk_store.h"

#include <bpf/bpf.h>

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Rows of the tables: what a small host has, and where passes are cheaper than memory. */
#define ROWS_LEAST 128
#define ROWS_MOST 1024
#define KNOWN_MOST 8192
/* Where cgroups are made faster than passes go on behind them, the rest has files. */
#define PASSES_MOST 4096
/* So many cgroups are asked for their page faults before the next walk has to do. */
#define LEARN_FROM 64

struct hierarchy_walk {
	struct walk_columns columns; /* all there are */
	struct walk_columns active;  /* those that are needed */
	struct walk_store store;
};

struct walk {
	const struct cgroup_layout *layout;
	struct walk_facts facts;
	struct walk_config config;
	int pgfault_at;
	unsigned asked;	 /* cgroups, for that, by the walk under way */
	int memory_stat; /* the file that flushes memory; -1 = not needed, or not there */
	int online;	 /* sysfs' list of CPUs; -1 = all that are possible */
	struct walk_loaded now;
	struct hierarchy_walk *hierarchies; /* one each of the layout */
	struct metric_set need;		    /* that the active columns are for */
	uint64_t page_size;
	struct walk_counts counts;
};

static void make_columns(struct walk *w)
{
	for (size_t h = 0; h < w->layout->n_hierarchies; h++)
		walk_columns_make(w->layout, h, &w->facts, &w->config, w->pgfault_at,
				  &w->hierarchies[h].columns);
}

static void choose_active(struct walk *w, const struct metric_set *need)
{
	w->need = *need;
	for (size_t h = 0; h < w->layout->n_hierarchies; h++)
		walk_columns_choose(&w->hierarchies[h].columns, need, &w->hierarchies[h].active);
}

/* ---- walking */

/* Where memory's events begin. */
static bool has_to_learn(const struct walk *w)
{
	return w->pgfault_at < 0 && w->config.n_pgfault_at;
}

/* Asks the files of some cgroups where page faults are counted, until one says so. */
static void learn(struct walk *w, const struct hierarchy *h, uint32_t n)
{
	const struct walk_cgroup *cgroups = w->now.table[WALK_CGROUP];
	const struct walk_events *events = w->now.table[WALK_EVENT];

	for (uint32_t i = n; has_to_learn(w) && i-- > 0 && w->asked < LEARN_FROM;) {
		uint64_t pgfault, pgmajfault;

		if (!(cgroups[i].has >> WALK_EVENT & 1))
			continue;
		w->asked++;
		if (walk_learn_read(h, cgroups[i].id, &pgfault, &pgmajfault) == 0)
			w->pgfault_at = walk_learn_match(&w->config, &events[i], pgfault, pgmajfault);
	}
}

static void ask_for(struct walk *w, const struct walk_columns *active)
{
	struct walk_window events = active->events;
	uint32_t tables = active->tables;

	/* no figure is made of events then */
	if (has_to_learn(w) && tables >> WALK_STAT & 1) {
		events = (struct walk_window){0, (uint16_t)w->config.n_events};
		tables |= 1U << WALK_EVENT;
	}
	w->now.skeleton->bss->wanted = tables;
	w->now.skeleton->bss->first_state = active->states.first;
	w->now.skeleton->bss->n_states = active->states.n;
	w->now.skeleton->bss->first_event = events.first;
	w->now.skeleton->bss->n_events = events.n;
}

/* One read walks until all were met or the tables are full: the program writes nothing into the iterator's
 * own buffer. 1 where there is more, 0 or -errno. */
static int pass(struct walk *w, size_t h, uint64_t after, uint32_t passed)
{
	_cleanup_close_ int fd = bpf_iter_create(bpf_link__fd(w->now.links[h]));
	const struct walk_store *store = &w->hierarchies[h].store;
	char nothing[64];
	ssize_t n;

	if (fd < 0)
		return -errno;
	w->now.skeleton->bss->version_2 = w->layout->hierarchies[h].version == 2;
	ask_for(w, &w->hierarchies[h].active);
	w->now.skeleton->bss->known_first = (uint32_t)(h * w->now.known + store->n);
	w->now.skeleton->bss->known_end = (uint32_t)((h + 1) * w->now.known);
	w->now.skeleton->bss->after = after;
	w->now.skeleton->bss->passed = passed;
	w->now.skeleton->bss->met = 0;
	w->now.skeleton->bss->count = 0;
	w->now.skeleton->bss->io_count = 0;
	w->now.skeleton->bss->limit_count = 0;
	w->now.skeleton->bss->full = false;
	do
		n = read(fd, nothing, sizeof(nothing));
	while (n > 0 || (n < 0 && errno == EINTR));
	return n < 0 ? -errno : w->now.skeleton->bss->full;
}

/* Behind the last one that was had: cgroups come and go between passes. Where it is gone itself, behind as
 * many. */
static int next_pass(struct walk *w, size_t h)
{
	const struct walk_store *store = &w->hierarchies[h].store;
	int r = pass(w, h, store->n ? store->last : 0, 0);

	if (r == 0 && w->now.skeleton->bss->after)
		r = pass(w, h, 0, (uint32_t)store->n);
	return r;
}

static int walk_one(struct walk *w, size_t h)
{
	const void *tables[WALK_TABLES];
	struct walk_store *store = &w->hierarchies[h].store;
	int more = 1;
	int r = 0;

	memcpy(tables, w->now.table, sizeof(tables));
	walk_store_begin(store, &w->hierarchies[h].active);
	for (int i = 0; r == 0 && more == 1 && i < PASSES_MOST; i++) {
		uint32_t n;

		more = next_pass(w, h);
		n = w->now.skeleton->bss->count;
		if (more < 0)
			return more;
		if (more == 1 && n == 0)
			break;
		r = walk_store_take(store, tables, n, w->page_size);
		learn(w, &w->layout->hierarchies[h], n);
	}
	return r < 0 ? r : walk_store_end(store);
}

static int walk_all(struct walk *w)
{
	int r = 0;

	w->asked = 0;
	if (w->facts.throttle)
		w->now.skeleton->bss->n_cpus =
			walk_cpus_read(w->online, w->now.skeleton->rodata->n_possible_cpus);
	if (w->memory_stat >= 0)
		r = walk_flush_memory(w->memory_stat);
	for (size_t h = 0; r == 0 && h < w->layout->n_hierarchies; h++)
		if (w->hierarchies[h].active.tables && w->now.links[h])
			r = walk_one(w, h);
	return r;
}

/* What was learned on the way makes further columns, and it is walked once more for them. */
static int walk_and_learn(struct walk *w, const struct metric_set *need)
{
	bool known = w->pgfault_at >= 0;
	int r = walk_all(w);

	if (r < 0 || known || w->pgfault_at < 0)
		return r;
	make_columns(w);
	choose_active(w, need);
	return walk_all(w);
}

int walk_run(struct walk *w, const struct metric_set *need, struct error *err)
{
	uint64_t start = clock_monotonic_ns();
	int r;

	if (!metric_set_equal(need, &w->need))
		choose_active(w, need);
	r = walk_and_learn(w, need);
	if (r < 0) {
		for (size_t h = 0; h < w->layout->n_hierarchies; h++)
			walk_store_drop(&w->hierarchies[h].store);
		return error_errno(err, r, "", "cannot walk the cgroups in the kernel");
	}
	w->counts.walks++;
	w->counts.cgroups = 0;
	for (size_t h = 0; h < w->layout->n_hierarchies; h++)
		w->counts.cgroups += w->hierarchies[h].store.n;
	w->counts.spent_ns += clock_monotonic_ns() - start;
	return 0;
}

bool walk_fill(const struct walk *w, size_t hierarchy, uint64_t inode, const struct walk_names *names,
	       struct snapshot *s, size_t index)
{
	struct hierarchy_walk *h = &w->hierarchies[hierarchy];

	return h->active.tables && walk_store_fill(&h->store, inode, names, s, index);
}

void walk_shown(const struct walk *w, size_t hierarchy, uint64_t inode, struct cputime *out)
{
	walk_store_shown(&w->hierarchies[hierarchy].store, inode, out);
}

void walk_offers(const struct walk *w, size_t hierarchy, struct metric_set *out)
{
	const struct walk_columns *columns = &w->hierarchies[hierarchy].columns;

	*out = (struct metric_set){0};
	for (size_t i = 0; w->now.links[hierarchy] && i < columns->n; i++)
		metric_set_add(out, columns->each[i].id);
}

void walk_count(const struct walk *w, struct walk_counts *out)
{
	*out = w->counts;
	for (size_t t = 0; t < WALK_TABLES; t++)
		out->memory_bytes += w->now.bytes[t];
	out->memory_bytes += w->layout->n_hierarchies * w->now.known * sizeof(struct walk_known);
	for (size_t h = 0; h < w->layout->n_hierarchies; h++)
		out->memory_bytes += walk_store_bytes(&w->hierarchies[h].store);
}

/* ---- opening */

/* Where files flush memory and can't be had, it is theirs altogether. */
static void open_flush(struct walk *w)
{
	if (!w->config.memory_by_file)
		return;
	w->memory_stat = walk_flush_open(w->layout);
	if (w->memory_stat >= 0)
		return;
	w->config.fresh_memory = false;
	make_columns(w);
}

static int load(struct walk *w, const struct walk_sizes *sizes, const char *refuse, struct error *err)
{
	uint32_t attached = 0;

	make_columns(w);
	for (size_t h = 0; h < w->layout->n_hierarchies; h++)
		if (w->hierarchies[h].columns.tables)
			attached |= 1U << h;
	return walk_load(&w->now, w->layout, &w->facts, &w->config, attached, sizes, refuse, err);
}

/* Asks for everything once: what has to be learned takes privileges. */
static int first_walk(struct walk *w, struct error *err)
{
	struct metric_set all = {0};

	for (enum metric_group g = 0; g < GROUP__COUNT; g++)
		metric_set_add_group(&all, g);
	return walk_run(w, &all, err);
}

static uint32_t at_most(size_t n_cgroups, uint32_t most)
{
	return n_cgroups > most ? most : n_cgroups < ROWS_LEAST ? ROWS_LEAST : (uint32_t)n_cgroups;
}

static int open_parts(struct walk *w, size_t n_cgroups, const char *refuse, struct error *err)
{
	const struct walk_sizes sizes = {at_most(n_cgroups, ROWS_MOST), at_most(n_cgroups, KNOWN_MOST)};
	int r = walk_decide(&w->facts, &w->config, err);

	if (r < 0)
		return r;
	do
		r = load(w, &sizes, refuse, err);
	while (r < 0 && r != -EPERM && r != -EACCES && !refuse && walk_decide_less(&w->config));
	if (r < 0)
		return r;
	open_flush(w);
	return first_walk(w, err);
}

/* 0 where there can be more CPUs than a row has room for. */
static uint32_t set_bytes(void)
{
	uint32_t bytes = walk_cpus_set_bytes();

	return bytes > sizeof(struct walk_set) ? 0 : bytes;
}

int walk_open(const struct kernel_btf *btf, const struct cgroup_layout *layout, size_t n_cgroups,
	      const char *refuse, struct walk **out, struct error *err)
{
	struct walk *w = calloc(1, sizeof(*w));
	int r;

	if (!w)
		return error_set(err, -ENOMEM, "", "out of memory");
	w->layout = layout;
	w->pgfault_at = w->memory_stat = -1;
	w->online = open("/sys/devices/system/cpu/online", O_RDONLY | O_CLOEXEC);
	w->page_size = (uint64_t)sysconf(_SC_PAGESIZE);
	w->hierarchies = calloc(layout->n_hierarchies ? layout->n_hierarchies : 1, sizeof(*w->hierarchies));
	if (!w->hierarchies) {
		walk_close(w);
		return error_set(err, -ENOMEM, "", "out of memory");
	}
	walk_facts_ask(btf, &w->facts);
	w->facts.throttle &= libbpf_num_possible_cpus() <= PERCPU_MOST;
	if (w->facts.cpuset)
		w->facts.set_bytes = set_bytes();
	object_silence();
	r = open_parts(w, n_cgroups, refuse, err);
	if (r < 0) {
		walk_close(w);
		return r;
	}
	*out = w;
	return 0;
}

void walk_close(struct walk *w)
{
	if (!w)
		return;
	walk_unload(&w->now);
	if (w->memory_stat >= 0)
		close(w->memory_stat);
	if (w->online >= 0)
		close(w->online);
	for (size_t h = 0; w->hierarchies && h < w->layout->n_hierarchies; h++)
		walk_store_free(&w->hierarchies[h].store);
	free(w->hierarchies);
	free(w);
}
