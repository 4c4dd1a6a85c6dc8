/* SPDX-License-Identifier: Apache-2.0 */
#include "walk_user.h"

#include "base/cleanup.h"
#include "base/clock.h"
#include "object.h"
#include "walk.h"
#include "walk.skel.h"
#include "walk_column.h"
#include "walk_flush.h"
#include "walk_index.h"
#include "walk_learn.h"

#include <bpf/bpf.h>

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#define FIRST_ROWS 64
#define ROWS_MAX (1U << 20)
#define GROWTHS 4
/* So many cgroups are asked for their page faults before the next walk has to do. */
#define LEARN_FROM 64

/* One loading of the programs, with tables of a certain size. */
struct loaded {
	struct walk_bpf *skeleton;
	struct bpf_link *links[HIERARCHIES_MAX];
	void *table[WALK_TABLES];
	size_t bytes[WALK_TABLES];
	uint32_t rows[WALK_TABLES];
};

struct hierarchy_walk {
	struct walk_columns columns; /* all there are */
	struct walk_columns active;  /* those that are needed */
};

struct walk {
	const struct cgroup_layout *layout;
	struct walk_facts facts;
	struct walk_config config;
	int pgfault_at;
	int memory_stat;  /* the file that flushes memory; -1 = not needed, or not there */
	bool cannot_grow; /* the privileges are gone: what finds no row has files */
	char *refuse;
	struct loaded now;
	struct hierarchy_walk *hierarchies; /* one each of the layout */
	struct metric_set need;		    /* that the active columns are for */
	struct walk_index index;
	struct walk_index before; /* of the walk before, for the CPU times shown then */
	struct cputime *cputimes; /* by row of the cgroups' table */
	uint64_t page_size;
	struct walk_counts counts;
};

static const size_t row_bytes[WALK_TABLES] = {
	[WALK_CGROUP] = sizeof(struct walk_cgroup),
	[WALK_BASE] = sizeof(struct walk_base),
	[WALK_PRESSURE] = sizeof(struct walk_pressure),
	[WALK_CPU] = sizeof(struct walk_cpu),
	[WALK_MEMORY] = sizeof(struct walk_memory),
	[WALK_STAT] = sizeof(struct walk_stat),
	[WALK_PIDS] = sizeof(struct walk_pids),
	[WALK_FREEZER] = sizeof(struct walk_freezer),
	[WALK_IO] = sizeof(struct walk_io),
};

static void maps_of(const struct walk_bpf *skeleton, struct bpf_map *maps[WALK_TABLES])
{
	maps[WALK_CGROUP] = skeleton->maps.cgroups;
	maps[WALK_BASE] = skeleton->maps.bases;
	maps[WALK_PRESSURE] = skeleton->maps.pressures;
	maps[WALK_CPU] = skeleton->maps.cpus;
	maps[WALK_MEMORY] = skeleton->maps.memories;
	maps[WALK_STAT] = skeleton->maps.stats;
	maps[WALK_PIDS] = skeleton->maps.pids;
	maps[WALK_FREEZER] = skeleton->maps.freezers;
	maps[WALK_IO] = skeleton->maps.ios;
}

static void *row_at(const struct walk *w, enum walk_table table, uint32_t row)
{
	return row < w->now.rows[table] ? (char *)w->now.table[table] + row * row_bytes[table] : NULL;
}

/* Rows of a table that were written. */
static uint32_t rows_of(const struct walk *w, enum walk_table table)
{
	uint32_t met = w->now.skeleton->bss->count[table];

	return met < w->now.rows[table] ? met : w->now.rows[table];
}

/* Of those: i < rows_of(w, WALK_CGROUP). */
static const struct walk_cgroup *cgroup_at(const struct walk *w, uint32_t i)
{
	return (const struct walk_cgroup *)w->now.table[WALK_CGROUP] + i;
}

/* ---- loading */

static void unload(struct loaded *l)
{
	for (size_t h = 0; h < HIERARCHIES_MAX; h++)
		bpf_link__destroy(l->links[h]);
	for (size_t t = 0; t < WALK_TABLES; t++)
		if (l->table[t])
			munmap(l->table[t], l->bytes[t]);
	walk_bpf__destroy(l->skeleton);
	*l = (struct loaded){0};
}

static bool has_local_pids_events(void)
{
	FILE *f = fopen("/proc/self/mountinfo", "re");
	_cleanup_free_ char *line = NULL;
	size_t cap = 0;
	bool found = false;

	while (f && !found && getline(&line, &cap, f) > 0)
		found = strstr(line, " - cgroup2 ") && strstr(line, "pids_localevents");
	if (f)
		fclose(f);
	return found;
}

static int load_programs(const struct walk *w, struct loaded *l, struct error *err)
{
	struct bpf_map *maps[WALK_TABLES];
	int r;

	l->skeleton = walk_bpf__open();
	if (!l->skeleton)
		return error_errno(err, -errno, "", "cannot open the BPF program of the walk");
	l->skeleton->rodata->flush = w->config.flush;
	l->skeleton->rodata->n_states = w->config.n_states;
	l->skeleton->rodata->n_events = w->config.n_events;
	l->skeleton->rodata->local_pids_events = has_local_pids_events();
	maps_of(l->skeleton, maps);
	for (size_t t = 0; t < WALK_TABLES; t++) {
		r = bpf_map__set_max_entries(maps[t], l->rows[t]);
		if (r < 0)
			return error_errno(err, r, "", "cannot size the table of the walk");
	}
	return object_load(l->skeleton->skeleton, w->refuse, err);
}

static int map_tables(struct loaded *l, struct error *err)
{
	struct bpf_map *maps[WALK_TABLES];
	size_t page = (size_t)sysconf(_SC_PAGESIZE);

	maps_of(l->skeleton, maps);
	for (size_t t = 0; t < WALK_TABLES; t++) {
		size_t bytes = (l->rows[t] * row_bytes[t] + page - 1) / page * page;
		void *at = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_SHARED, bpf_map__fd(maps[t]), 0);

		if (at == MAP_FAILED)
			return error_errno(err, -errno, "", "cannot map the table of the walk");
		l->table[t] = at;
		l->bytes[t] = bytes;
	}
	return 0;
}

static int attach(const struct walk *w, struct loaded *l, struct error *err)
{
	for (size_t h = 0; h < w->layout->n_hierarchies; h++) {
		union bpf_iter_link_info info = {0};
		struct bpf_iter_attach_opts options;

		/* libbpf refuses what an initializer leaves in the padding */
		memset(&options, 0, sizeof(options));
		options.sz = sizeof(options);
		options.link_info = &info;
		options.link_info_len = sizeof(info);
		if (!w->hierarchies[h].columns.tables)
			continue;
		info.cgroup.cgroup_fd = (uint32_t)w->layout->hierarchies[h].fd;
		info.cgroup.order = BPF_CGROUP_ITER_DESCENDANTS_PRE;
		l->links[h] = bpf_program__attach_iter(l->skeleton->progs.walk, &options);
		if (!l->links[h])
			return error_errno(err, -errno, "",
					   "cannot attach the walk to the cgroups below '%s'",
					   w->layout->hierarchies[h].mount_point);
	}
	return 0;
}

static int load_once(const struct walk *w, struct loaded *l, struct error *err)
{
	int r = load_programs(w, l, err);

	if (r == 0)
		r = map_tables(l, err);
	if (r == 0)
		r = attach(w, l, err);
	return r;
}

/* Into w->now, where it works; what was there before stays otherwise. */
static int load(struct walk *w, const uint32_t rows[WALK_TABLES], struct error *err)
{
	struct loaded l = {0};
	int r;

	memcpy(l.rows, rows, sizeof(l.rows));
	r = load_once(w, &l, err);
	if (r < 0) {
		unload(&l);
		return r;
	}
	unload(&w->now);
	w->now = l;
	return 0;
}

static void make_columns(struct walk *w)
{
	for (size_t h = 0; h < w->layout->n_hierarchies; h++)
		walk_columns_make(w->layout, h, &w->facts, &w->config, w->pgfault_at,
				  &w->hierarchies[h].columns);
}

/* ---- walking */

static int walk_one(struct walk *w, size_t h, uint32_t wanted)
{
	_cleanup_close_ int fd = bpf_iter_create(bpf_link__fd(w->now.links[h]));
	char nothing[64];
	ssize_t n;

	if (fd < 0)
		return -errno;
	w->now.skeleton->bss->hierarchy = (uint32_t)h;
	w->now.skeleton->bss->version_2 = w->layout->hierarchies[h].version == 2;
	w->now.skeleton->bss->wanted = wanted;
	/* One read walks it all: the program writes nothing into the iterator's own buffer. */
	do
		n = read(fd, nothing, sizeof(nothing));
	while (n > 0 || (n < 0 && (errno == EINTR || errno == EAGAIN)));
	return n < 0 ? -errno : 0;
}

static int walk_all(struct walk *w)
{
	int r = 0;

	if (w->memory_stat >= 0)
		r = walk_flush_memory(w->memory_stat);
	memset(w->now.skeleton->bss->count, 0, sizeof(w->now.skeleton->bss->count));
	for (size_t h = 0; r == 0 && h < w->layout->n_hierarchies; h++)
		if (w->hierarchies[h].active.tables && w->now.links[h])
			r = walk_one(w, h, w->hierarchies[h].active.tables);
	return r;
}

static bool is_short(const struct walk *w, uint32_t rows[WALK_TABLES])
{
	bool is = false;

	for (size_t t = 0; t < WALK_TABLES; t++) {
		uint32_t met = w->now.skeleton->bss->count[t];

		is |= met > w->now.rows[t];
		rows[t] = met > w->now.rows[t] ? met + met / 2 : w->now.rows[t];
	}
	return is;
}

/* Until every cgroup has its row; where bigger tables can't be had (the privileges were given up), without
 * those. */
static int walk_and_grow(struct walk *w)
{
	uint32_t rows[WALK_TABLES];
	int r = walk_all(w);

	for (int i = 0; r == 0 && i < GROWTHS && is_short(w, rows); i++) {
		if (w->cannot_grow || load(w, rows, NULL) < 0) {
			w->cannot_grow = true;
			break;
		}
		r = walk_all(w);
	}
	return r;
}

/* ---- what was found */

static int index_rows(struct walk *w)
{
	uint32_t n = rows_of(w, WALK_CGROUP);
	struct walk_index index = w->before;
	int r;

	w->before = w->index;
	w->index = index;
	r = walk_index_clear(&w->index, n);
	for (uint32_t i = 0; r == 0 && i < n; i++) {
		const struct walk_cgroup *c = cgroup_at(w, i);

		walk_index_put(&w->index, c->hierarchy, c->id, i);
	}
	return r;
}

/* User and system time never go back, as in the file; what they were is known by the walk before. */
static int adjust_cputimes(struct walk *w)
{
	uint32_t n = rows_of(w, WALK_CGROUP);
	struct cputime *fresh = calloc(n ? n : 1, sizeof(*fresh));

	if (!fresh)
		return -ENOMEM;
	for (uint32_t i = 0; i < n; i++) {
		const struct walk_cgroup *c = cgroup_at(w, i);
		struct walk_base *b =
			c->has & 1U << WALK_BASE ? row_at(w, WALK_BASE, c->row[WALK_BASE]) : NULL;
		uint32_t was = walk_index_get(&w->before, c->hierarchy, c->id);

		if (was != WALK_NO_ROW)
			fresh[i] = w->cputimes[was];
		if (!b)
			continue;
		fresh[i] = walk_adjust_cputime(b->total_ns, &(struct cputime){b->user_ns, b->system_ns},
					       &(struct cputime){b->shown_user_ns, b->shown_system_ns},
					       &fresh[i]);
		b->user_ns = fresh[i].user_ns;
		b->system_ns = fresh[i].system_ns;
	}
	free(w->cputimes);
	w->cputimes = fresh;
	return 0;
}

/* Asks the files of some cgroups where page faults are counted, until one says so. */
static void learn(struct walk *w)
{
	uint32_t n = rows_of(w, WALK_CGROUP);
	unsigned asked = 0;

	for (uint32_t i = n; w->pgfault_at < 0 && w->config.n_pgfault_at && i-- > 0 && asked < LEARN_FROM;) {
		const struct walk_cgroup *c = cgroup_at(w, i);
		const struct walk_stat *m =
			c->has & 1U << WALK_STAT ? row_at(w, WALK_STAT, c->row[WALK_STAT]) : NULL;
		uint64_t pgfault, pgmajfault;

		if (!m)
			continue;
		asked++;
		if (walk_learn_read(&w->layout->hierarchies[c->hierarchy], c->id, &pgfault, &pgmajfault) == 0)
			w->pgfault_at = walk_learn_match(&w->config, m, pgfault, pgmajfault);
	}
	if (w->pgfault_at < 0)
		return;
	make_columns(w);
}

static void choose_active(struct walk *w, const struct metric_set *need)
{
	w->need = *need;
	for (size_t h = 0; h < w->layout->n_hierarchies; h++) {
		const struct walk_columns *all = &w->hierarchies[h].columns;
		struct walk_columns *active = &w->hierarchies[h].active;

		*active = (struct walk_columns){0};
		for (size_t i = 0; i < all->n; i++) {
			if (!metric_set_has(need, all->each[i].id))
				continue;
			active->each[active->n++] = all->each[i];
			active->tables |= 1U << all->each[i].table;
		}
	}
}

int walk_run(struct walk *w, const struct metric_set *need, struct error *err)
{
	uint64_t start = clock_monotonic_ns();
	int r;

	if (!metric_set_equal(need, &w->need))
		choose_active(w, need);
	r = walk_and_grow(w);
	if (r == 0)
		r = index_rows(w);
	if (r == 0)
		r = adjust_cputimes(w);
	if (r < 0) {
		(void)walk_index_clear(&w->index, 0);
		return error_errno(err, r, "", "cannot walk the cgroups in the kernel");
	}
	if (w->pgfault_at < 0) {
		learn(w);
		choose_active(w, need);
	}
	w->counts.walks++;
	w->counts.cgroups = rows_of(w, WALK_CGROUP);
	w->counts.spent_ns += clock_monotonic_ns() - start;
	return 0;
}

/* Whether all of it is frozen by now is found out by who reads the file. */
static bool is_freezing(const struct walk_freezer *row)
{
	return row && row->state & WALK_FREEZING;
}

bool walk_fill(const struct walk *w, size_t hierarchy, uint64_t inode, const struct walk_names *names,
	       struct snapshot *s, size_t index)
{
	const struct walk_columns *columns = &w->hierarchies[hierarchy].active;
	uint32_t at = walk_index_get(&w->index, (uint32_t)hierarchy, inode);
	const struct walk_cgroup *c = at == WALK_NO_ROW ? NULL : row_at(w, WALK_CGROUP, at);
	struct walk_rows rows = {0};

	if (!c)
		return false;
	for (enum walk_table t = WALK_BASE; t < WALK_IO; t++) {
		rows.of[t] = c->has >> t & 1 ? row_at(w, t, c->row[t]) : NULL;
		if (c->has >> t & 1 && !rows.of[t])
			return false; /* the table was too small */
	}
	if (is_freezing(rows.of[WALK_FREEZER]))
		return false;
	rows.has_io = c->has >> WALK_IO & 1;
	rows.io = rows.has_io ? row_at(w, WALK_IO, c->row[WALK_IO]) : NULL;
	rows.n_io = rows.io ? c->n_io : 0;
	walk_rows_set(&rows, columns, w->page_size, names, s, index);
	return true;
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
}

/* ---- opening */

/* A cgroup has a row in each hierarchy, and one of what the hierarchy is for. */
static void count_rows(const struct walk *w, uint32_t cgroups, uint32_t rows[WALK_TABLES])
{
	for (enum walk_table t = 0; t < WALK_TABLES; t++) {
		rows[t] = 0;
		for (size_t h = 0; h < w->layout->n_hierarchies; h++) {
			uint32_t tables = w->hierarchies[h].columns.tables;

			if (t == WALK_CGROUP ? tables != 0 : tables >> t & 1)
				rows[t] += cgroups;
		}
		if (rows[t] == 0)
			rows[t] = 1;
	}
}

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

/* Asks for everything once, so that tables are as large as they have to be while the privileges are there. */
static int first_walk(struct walk *w, struct error *err)
{
	struct metric_set all = {0};

	for (enum metric_group g = 0; g < GROUP__COUNT; g++)
		metric_set_add_group(&all, g);
	return walk_run(w, &all, err);
}

static int load_first(struct walk *w, size_t n_cgroups, struct error *err)
{
	uint32_t most = n_cgroups < ROWS_MAX ? (uint32_t)n_cgroups : ROWS_MAX;
	uint32_t rows[WALK_TABLES];
	int r;

	do {
		make_columns(w);
		count_rows(w, FIRST_ROWS + most + most / 2, rows);
		r = load(w, rows, err);
	} while (r < 0 && r != -EPERM && r != -EACCES && !w->refuse && walk_decide_less(&w->config));
	if (r < 0)
		return r;
	open_flush(w);
	return first_walk(w, err);
}

int walk_open(const struct kernel_btf *btf, const struct cgroup_layout *layout, size_t n_cgroups,
	      const char *refuse, struct walk **out, struct error *err)
{
	struct walk *w = calloc(1, sizeof(*w));
	int r = -ENOMEM;

	if (w)
		w->memory_stat = -1;
	if (w)
		w->hierarchies =
			calloc(layout->n_hierarchies ? layout->n_hierarchies : 1, sizeof(*w->hierarchies));
	if (w && refuse)
		w->refuse = strdup(refuse);
	if (!w || !w->hierarchies || (refuse && !w->refuse)) {
		walk_close(w);
		return error_set(err, -ENOMEM, "", "out of memory");
	}
	w->layout = layout;
	w->pgfault_at = -1;
	w->page_size = (uint64_t)sysconf(_SC_PAGESIZE);
	walk_facts_ask(btf, &w->facts);
	object_silence();
	r = walk_decide(&w->facts, &w->config, err);
	if (r == 0)
		r = load_first(w, n_cgroups, err);
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
	unload(&w->now);
	if (w->memory_stat >= 0)
		close(w->memory_stat);
	walk_index_free(&w->index);
	walk_index_free(&w->before);
	free(w->cputimes);
	free(w->hierarchies);
	free(w->refuse);
	free(w);
}
