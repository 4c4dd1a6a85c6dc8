/* SPDX-License-Identifier: Apache-2.0 */
#include "walk_store.h"

#include "walk.h"

#include <errno.h>
#include <stdlib.h>

#define LEAST 64

/* Room for n elements; a crowd that is gone is not kept room for. */
static int reserve(void *array, size_t *cap, size_t n, size_t size)
{
	void **at = array;
	size_t want = *cap < LEAST ? LEAST : *cap;
	void *other;

	while (want < n)
		want *= 2;
	if (want == *cap)
		return 0;
	other = reallocarray(*at, want, size);
	if (!other)
		return -ENOMEM;
	*at = other;
	*cap = want;
	return 0;
}

static int shrink(void *array, size_t *cap, size_t n, size_t size)
{
	if (*cap <= LEAST || n >= *cap / 8)
		return 0;
	*cap = 0;
	return reserve(array, cap, n, size);
}

void walk_store_begin(struct walk_store *s, const struct walk_columns *columns)
{
	struct walk_met *met = s->before;
	size_t cap = s->before_cap;

	s->before = s->met;
	s->before_cap = s->cap;
	s->n_before = s->n;
	s->met = met;
	s->cap = cap;
	s->n = s->n_io = s->n_limits = 0;
	walk_sets_clear(&s->sets);
	s->same = true;
	s->columns = *columns;
}

/* What was known of the cgroup that is met next, or NULL. */
static const struct walk_met *known(struct walk_store *s, uint64_t inode)
{
	uint32_t row;

	if (s->n < s->n_before && s->before[s->n].inode == inode)
		return &s->before[s->n];
	s->same = false;
	row = walk_index_get(&s->index, inode);
	return row == WALK_NO_ROW ? NULL : &s->before[row];
}

/* User and system time never go back, as in the file. */
static void take_base(struct walk_met *met, const struct walk_base *row, struct walk_base *shown)
{
	met->shown =
		walk_adjust_cputime(row->total_ns, &(struct cputime){row->user_ns, row->system_ns},
				    &(struct cputime){row->shown_user_ns, row->shown_system_ns}, &met->shown);
	*shown = *row;
	shown->user_ns = met->shown.user_ns;
	shown->system_ns = met->shown.system_ns;
}

/* The one before most likely has the same. */
static uint64_t set_value(struct walk_store *s, const struct walk_column *column, const void *row,
			  const uint64_t *value)
{
	return walk_sets_put(&s->sets, (const void *)((const char *)row + column->offset),
			     value - s->values < (ptrdiff_t)s->columns.n ? WALK_NO_SET
									 : value[-(ptrdiff_t)s->columns.n]);
}

static void take_values(struct walk_store *s, const struct walk_met *met, const struct walk_rows *rows,
			uint64_t page_size)
{
	uint64_t *values = s->values + (size_t)(met - s->met) * s->columns.n;

	for (size_t i = 0; i < s->columns.n; i++) {
		const struct walk_column *column = &s->columns.each[i];
		const void *row = rows->of[column->table];

		if (!row)
			values[i] = 0;
		else if (column->unit == WALK_AS_SET)
			values[i] = set_value(s, column, row, &values[i]);
		else
			values[i] = walk_column_value(column, row, page_size);
	}
}

static const size_t row_bytes[WALK_TABLES] = {
	[WALK_BASE] = sizeof(struct walk_base),	      [WALK_PRESSURE] = sizeof(struct walk_pressure),
	[WALK_AVERAGE] = sizeof(struct walk_average), [WALK_CPU] = sizeof(struct walk_cpu),
	[WALK_MEMORY] = sizeof(struct walk_memory),   [WALK_STAT] = sizeof(struct walk_stat),
	[WALK_EVENT] = sizeof(struct walk_events),    [WALK_LOCAL_EVENT] = sizeof(struct walk_events),
	[WALK_PIDS] = sizeof(struct walk_pids),	      [WALK_FREEZER] = sizeof(struct walk_freezer),
	[WALK_CPUSET] = sizeof(struct walk_cpuset),
};

/* Parents come before their children, and all of a branch before the next one. */
static uint32_t parent_of(const struct walk_store *s, uint32_t at, uint32_t level)
{
	uint32_t up = at;

	if (level <= 1 || at == 0)
		return at;
	for (up = at - 1; s->met[up].level >= level && s->met[up].parent != up;)
		up = s->met[up].parent;
	return s->met[up].level < level ? up : at;
}

static void take_one(struct walk_store *s, const void *const tables[WALK_TABLES], uint32_t at,
		     uint64_t page_size)
{
	const struct walk_cgroup *c = (const struct walk_cgroup *)tables[WALK_CGROUP] + at;
	const struct walk_met *was = known(s, c->id);
	struct walk_met *met = &s->met[s->n++];
	struct walk_rows rows = {0};
	struct walk_base base;

	*met = (struct walk_met){
		.inode = c->id,
		.has = c->has,
		.level = c->level,
		.parent = parent_of(s, (uint32_t)s->n - 1, c->level),
		.by_files = c->has & WALK_BY_FILES,
		.first_io = (uint32_t)s->n_io + c->first_io,
		.n_io = c->n_io,
		.first_limit = (uint32_t)s->n_limits + c->first_limit,
		.n_limits = c->n_limits,
	};
	if (was) {
		met->shown = was->shown;
		met->then = was->then;
	}
	for (enum walk_table t = WALK_BASE; t < WALK_IO; t++)
		if (c->has >> t & 1)
			rows.of[t] = (const char *)tables[t] + at * row_bytes[t];
	if (rows.of[WALK_BASE]) {
		take_base(met, rows.of[WALK_BASE], &base);
		rows.of[WALK_BASE] = &base;
	}
	/* Whether all of it is frozen by now is found out by who reads the file. */
	if (rows.of[WALK_FREEZER])
		met->by_files |= ((const struct walk_freezer *)rows.of[WALK_FREEZER])->state & WALK_FREEZING;
	take_values(s, met, &rows, page_size);
}

static size_t count_io(const struct walk_cgroup *cgroups, uint32_t n)
{
	return n ? cgroups[n - 1].first_io + cgroups[n - 1].n_io : 0;
}

static size_t count_limits(const struct walk_cgroup *cgroups, uint32_t n)
{
	return n ? cgroups[n - 1].first_limit + cgroups[n - 1].n_limits : 0;
}

int walk_store_take(struct walk_store *s, const void *const tables[WALK_TABLES], uint32_t n,
		    uint64_t page_size)
{
	size_t n_io = count_io(tables[WALK_CGROUP], n);
	size_t n_limits = count_limits(tables[WALK_CGROUP], n);
	size_t n_values = s->columns.n ? s->columns.n : 1;

	if (reserve(&s->met, &s->cap, s->n + n, sizeof(*s->met)) < 0 ||
	    reserve(&s->values, &s->values_cap, (s->n + n) * n_values, sizeof(*s->values)) < 0 ||
	    reserve(&s->io, &s->io_cap, s->n_io + n_io, sizeof(*s->io)) < 0 ||
	    reserve(&s->limits, &s->limits_cap, s->n_limits + n_limits, sizeof(*s->limits)) < 0)
		return -ENOMEM;
	for (uint32_t i = 0; i < n; i++)
		take_one(s, tables, i, page_size);
	if (n)
		s->last = ((const struct walk_cgroup *)tables[WALK_CGROUP])[n - 1].serial;
	if (n_io)
		memcpy(s->io + s->n_io, tables[WALK_IO], n_io * sizeof(*s->io));
	s->n_io += n_io;
	if (n_limits)
		memcpy(s->limits + s->n_limits, tables[WALK_LIMIT], n_limits * sizeof(*s->limits));
	s->n_limits += n_limits;
	return 0;
}

static void add_device(const struct walk_store *s, const struct walk_met *to, const struct walk_io *from)
{
	for (uint32_t i = 0; i < to->n_io; i++) {
		struct walk_io *io = &s->io[to->first_io + i];

		if (io->major != from->major || io->minor != from->minor)
			continue;
		for (int k = 0; k < 3; k++) {
			io->bytes[k] += from->bytes[k];
			io->ios[k] += from->ios[k];
		}
	}
}

/* As v1's files that end in _recursive; a cgroup's devices are its parent's too (block/blk-cgroup.c:
 * blkg_lookup_create). */
static void sum_io(struct walk_store *s)
{
	for (size_t at = s->n; at-- > 0;) {
		const struct walk_met *met = &s->met[at];
		struct walk_met *up = &s->met[met->parent];

		if (up == met)
			continue;
		up->by_files |= met->by_files;
		for (uint32_t i = 0; i < met->n_io; i++)
			add_device(s, up, &s->io[met->first_io + i]);
	}
}

int walk_store_end(struct walk_store *s)
{
	int r = 0;

	if (s->columns.own_io && s->columns.tables >> WALK_IO & 1)
		sum_io(s);
	if (s->same && s->n == s->n_before)
		return 0;
	r = walk_index_clear(&s->index, s->n);
	for (size_t i = 0; r == 0 && i < s->n; i++)
		walk_index_put(&s->index, s->met[i].inode, (uint32_t)i);
	if (r == 0)
		r = shrink(&s->met, &s->cap, s->n, sizeof(*s->met));
	if (r == 0)
		r = shrink(&s->values, &s->values_cap, s->n * s->columns.n, sizeof(*s->values));
	if (r == 0)
		r = shrink(&s->io, &s->io_cap, s->n_io, sizeof(*s->io));
	if (r == 0)
		r = shrink(&s->limits, &s->limits_cap, s->n_limits, sizeof(*s->limits));
	return r;
}

void walk_store_drop(struct walk_store *s)
{
	s->n = s->n_io = s->n_limits = 0;
	(void)walk_index_clear(&s->index, 0);
}

/* Cgroups are asked for in the same order each time, as long as none comes or goes: the index is for those
 * that do. */
static uint32_t find_row(struct walk_store *s, uint64_t inode)
{
	struct walk_met *last = s->met && s->asked < s->n ? &s->met[s->asked] : NULL;
	uint32_t row = last ? last->then : WALK_NO_ROW;

	if (!last || row >= s->n || s->met[row].inode != inode)
		row = walk_index_get(&s->index, inode);
	if (row == WALK_NO_ROW)
		return row;
	if (last)
		last->then = row;
	s->asked = row;
	return row;
}

static void set_text(struct snapshot *out, size_t index, enum metric_id id, const struct str *text)
{
	if (text)
		(void)snapshot_set_text(out, index, id, text->data, text->len);
}

bool walk_store_fill(struct walk_store *s, uint64_t inode, const struct walk_names *names,
		     struct snapshot *out, size_t index)
{
	uint32_t row = find_row(s, inode);
	const struct walk_met *met = row == WALK_NO_ROW ? NULL : &s->met[row];
	const uint64_t *values;

	if (!met || met->by_files)
		return false;
	values = s->values + row * s->columns.n;
	for (size_t i = 0; i < s->columns.n; i++) {
		const struct walk_column *column = &s->columns.each[i];

		if (column->table >= WALK_IO || !(met->has >> column->table & 1))
			continue;
		if (column->unit == WALK_AS_SET)
			set_text(out, index, column->id, walk_sets_text(&s->sets, values[i]));
		else
			snapshot_set(out, index, column->id, values[i]);
	}
	if (met->has >> WALK_IO & 1)
		walk_rows_set_devices(&s->columns, s->io + met->first_io, met->n_io, names, out);
	if (met->has >> WALK_LIMIT & 1)
		walk_rows_set_limits(&s->columns, s->limits + met->first_limit, met->n_limits, names, out);
	return true;
}

void walk_store_shown(const struct walk_store *s, uint64_t inode, struct cputime *out)
{
	uint32_t row = walk_index_get(&s->index, inode);

	if (row != WALK_NO_ROW)
		*out = s->met[row].shown;
}

size_t walk_store_bytes(const struct walk_store *s)
{
	return (s->cap + s->before_cap) * sizeof(*s->met) + s->values_cap * sizeof(*s->values) +
	       s->io_cap * sizeof(*s->io) + s->limits_cap * sizeof(*s->limits);
}

void walk_store_free(struct walk_store *s)
{
	free(s->met);
	free(s->before);
	free(s->values);
	free(s->io);
	free(s->limits);
	walk_sets_clear(&s->sets);
	walk_index_free(&s->index);
	*s = (struct walk_store){0};
}
