/* SPDX-License-Identifier: Apache-2.0 */
#include "walk_column.h"
#include "walk.h"

#include "base/cleanup.h"
#include "cgroup/convert.h"

#include <limits.h>
#include <string.h>

#define PID_MAX_LIMIT (UINT64_C(4) << 20) /* include/linux/threads.h, 64 bits */
#define CGRP_FROZEN 3			  /* include/linux/cgroup-defs.h */
#define SHARES_SHIFT 10			  /* kernel/sched/sched.h: scale_load */
#define TICK_NS 10000000		  /* USER_HZ is 100 */
#define LOAD_ONE 2048			  /* include/linux/sched/loadavg.h: FIXED_1 */

/* What a field may hang on, as known of this kernel and hierarchy. */
struct walk_offer {
	bool always;
	bool fresh_cpu;
	bool fresh_io;
	bool cpuacct;
	bool nice;
	bool pids_peak;
	bool swap_peak;
	bool soft_limit;
	bool kmem;
	bool v1_swap;
	bool throttle;
	bool limits;
	bool cpuset;
};

__extension__ typedef unsigned __int128 wide;

struct field {
	int version;
	const char *file;
	const char *key;
	uint8_t table;
	uint8_t unit;
	uint16_t offset;
	uint16_t condition; /* offset in struct walk_offer */
};

#define FIELD(version, file, key, table, member, unit, condition) \
	{version,                                                 \
	 file,                                                    \
	 key,                                                     \
	 WALK_##table,                                            \
	 WALK_AS_##unit,                                          \
	 offsetof(struct FIELD_ROW_##table, member),              \
	 offsetof(struct walk_offer, condition)},
#define FIELD_ROW_BASE walk_base
#define FIELD_ROW_PRESSURE walk_pressure
#define FIELD_ROW_AVERAGE walk_average
#define FIELD_ROW_CPU walk_cpu
#define FIELD_ROW_MEMORY walk_memory
#define FIELD_ROW_PIDS walk_pids
#define FIELD_ROW_FREEZER walk_freezer
#define FIELD_ROW_CPUSET walk_cpuset
#define FIELD_ROW_IO walk_io
#define FIELD_ROW_LIMIT walk_limit

static const struct field fields[] = {
#include "walk_fields.def"
};

struct stat_key {
	const char *v2;
	const char *v1;
	uint8_t unit;
};

static const struct stat_key items[] = {
#define ITEM(id, enumerator, v2, v1, unit) {v2, v1, WALK_AS_##unit},
#define OWN(id, enumerator, v2, v1, unit) {v2, v1, WALK_AS_##unit},
#include "walk_stat.def"
};

static const struct stat_key events[] = {
#define EVENT(id, enumerator, v2, v1) {v2, v1, WALK_AS_IT_IS},
#include "walk_stat.def"
};

struct maker {
	const struct walk_facts *facts;
	const struct walk_config *config;
	int version;
	int pgfault_at;
	struct walk_columns *out;
};

void walk_columns_add(struct walk_columns *to, const struct walk_column *column)
{
	to->each[to->n++] = *column;
	to->tables |= 1U << column->table;
}

static void add(const struct maker *m, enum metric_id id, enum walk_table table, unsigned unit, size_t offset,
		size_t n)
{
	walk_columns_add(m->out, &(struct walk_column){
					 .id = id,
					 .table = (uint8_t)table,
					 .unit = (uint8_t)unit,
					 .offset = (uint16_t)offset,
					 .least = m->facts->nice,
					 .n = (uint16_t)n,
				 });
}

static bool is_key(const struct maker *m, const struct stat_key *k, const char *key)
{
	const char *own = m->version == 2 ? k->v2 : k->v1;

	return own[0] && strcmp(own, key) == 0;
}

/* The index of events[], or -1. */
static int event_at(const struct maker *m, size_t event)
{
	int from = m->config->event[event];

	return m->pgfault_at < 0 || from == INT16_MIN ? -1 : m->pgfault_at + from;
}

static size_t event_offset(int index)
{
	return (size_t)index * sizeof(uint64_t);
}

static size_t state_offset(int index)
{
	return offsetof(struct walk_stat, state) + (size_t)index * sizeof(int64_t);
}

/* "pgscan", "pgsteal" and "slab" are sums of neighbours. */
static bool add_sum(const struct maker *m, enum metric_id id, const char *key)
{
	static const struct {
		const char *key;
		uint8_t event, n_events; /* up to 7.0 */
		uint8_t item, n_items;
		bool of_items; /* always */
	} sums[] = {
		{"pgscan", WALK_EVENT_PGSCAN_KSWAPD, 4, WALK_ITEM_NODE_PGSCAN_KSWAPD, 4, false},
		{"pgsteal", WALK_EVENT_PGSTEAL_KSWAPD, 4, WALK_ITEM_NODE_PGSTEAL_KSWAPD, 4, false},
		{"slab", 0, 0, WALK_ITEM_SLAB_RECLAIMABLE, 2, true},
	};

	for (size_t i = 0; i < ARRAY_SIZE(sums); i++) {
		int first, n = 0;

		if (m->version != 2 || strcmp(sums[i].key, key) != 0)
			continue;
		if (sums[i].of_items || m->config->state[sums[i].item] >= 0) {
			first = m->config->state[sums[i].item];
			while (n < sums[i].n_items && m->config->state[sums[i].item + n] == first + n)
				n++;
			if (first >= 0)
				add(m, id, WALK_STAT, WALK_AS_IT_IS, state_offset(first), (size_t)n);
			return true;
		}
		first = event_at(m, sums[i].event);
		while (n < sums[i].n_events && event_at(m, sums[i].event + (size_t)n) == first + n)
			n++;
		if (first >= 0)
			add(m, id, WALK_EVENT, WALK_AS_IT_IS, event_offset(first), (size_t)n);
		return true;
	}
	return false;
}

static bool add_local_event(const struct maker *m, enum metric_id id, const char *key)
{
	int index = strcmp(key, "pgfault") == 0	     ? event_at(m, WALK_EVENT_PGFAULT)
		    : strcmp(key, "pgmajfault") == 0 ? event_at(m, WALK_EVENT_PGMAJFAULT)
						     : -1;

	if (m->version != 1 || index < 0 || !m->facts->local_events)
		return false;
	add(m, id, WALK_LOCAL_EVENT, WALK_AS_IT_IS, event_offset(index), 1);
	return true;
}

static void add_stat(const struct maker *m, enum metric_id id, const char *key)
{
	if (!m->config->fresh_memory || !m->config->states_known)
		return;
	if (add_sum(m, id, key) || add_local_event(m, id, key))
		return;
	for (size_t i = 0; i < ARRAY_SIZE(items); i++)
		if (is_key(m, &items[i], key) && m->config->state[i] >= 0) {
			add(m, id, WALK_STAT, items[i].unit, state_offset(m->config->state[i]), 1);
			return;
		}
	for (size_t i = 0; i < ARRAY_SIZE(events); i++)
		if (is_key(m, &events[i], key) && event_at(m, i) >= 0) {
			add(m, id, WALK_EVENT, WALK_AS_IT_IS, event_offset(event_at(m, i)), 1);
			return;
		}
}

static bool holds(const struct walk_offer *offer, const struct field *f)
{
	return *(const bool *)((const char *)offer + f->condition);
}

static void add_field(const struct maker *m, const struct walk_offer *offer, enum metric_id id,
		      const struct metric_place *place)
{
	for (size_t i = 0; i < ARRAY_SIZE(fields); i++) {
		const struct field *f = &fields[i];
		unsigned unit = f->unit;

		if (f->version != m->version || strcmp(f->file, place->file) != 0 ||
		    strcmp(f->key, place->key) != 0)
			continue;
		/* one file, two metrics: as it stands, or as the other version has it */
		if (place->scale == SCALE_WEIGHT_AS_SHARES)
			unit = WALK_AS_SHARES_OF_WEIGHT;
		if (place->scale == SCALE_SHARES_AS_WEIGHT)
			unit = WALK_AS_WEIGHT_OF_SHARES;
		if (holds(offer, f))
			add(m, id, f->table, unit, f->offset, 1);
		return;
	}
}

void walk_columns_make(const struct cgroup_layout *layout, size_t hierarchy, const struct walk_facts *facts,
		       const struct walk_config *config, int pgfault_at, struct walk_columns *out)
{
	int version = layout->hierarchies[hierarchy].version;
	struct maker m = {facts, config, version, pgfault_at, out};
	const struct walk_offer offer = {
		.always = true,
		.fresh_cpu = config->fresh_cpu,
		.fresh_io = config->fresh_io,
		.cpuacct = config->cpuacct,
		.nice = config->fresh_cpu && facts->nice,
		.pids_peak = facts->pids_peak,
		.swap_peak = facts->swap_peak,
		.soft_limit = facts->soft_limit,
		.kmem = facts->kmem,
		.v1_swap = true,
		.throttle = facts->throttle,
		.limits = facts->limits,
		.cpuset = facts->set_bytes > 0,
	};

	*out = (struct walk_columns){.own_io = version == 1};
	for (enum metric_id id = 0; id < METRIC__COUNT; id++) {
		const struct metric_place *place = version == 2 ? &metrics[id].v2 : &metrics[id].v1;

		if (place->kind != PLACE_CGROUP || layout->home[place->controller] != (int)hierarchy)
			continue;
		if (strcmp(place->file, "memory.stat") == 0)
			add_stat(&m, id, place->key);
		else
			add_field(&m, &offer, id, place);
	}
}

static bool is_in(const struct walk_column *column, uint32_t tables)
{
	return tables >> column->table & 1;
}

/* Narrows the arrays of these tables to what the columns have of them. */
static struct walk_window narrow(struct walk_columns *c, uint32_t tables)
{
	size_t first = SIZE_MAX;
	size_t end = 0;

	for (size_t i = 0; i < c->n; i++) {
		size_t at = c->each[i].offset / sizeof(uint64_t);

		if (!is_in(&c->each[i], tables))
			continue;
		first = at < first ? at : first;
		end = at + c->each[i].n > end ? at + c->each[i].n : end;
	}
	if (!end)
		return (struct walk_window){0};
	for (size_t i = 0; i < c->n; i++)
		if (is_in(&c->each[i], tables))
			c->each[i].offset = (uint16_t)(c->each[i].offset - first * sizeof(uint64_t));
	return (struct walk_window){(uint16_t)first, (uint16_t)(end - first)};
}

void walk_columns_choose(const struct walk_columns *all, const struct metric_set *need,
			 struct walk_columns *out)
{
	*out = (struct walk_columns){.own_io = all->own_io};
	for (size_t i = 0; i < all->n; i++)
		if (metric_set_has(need, all->each[i].id))
			walk_columns_add(out, &all->each[i]);
	out->states = narrow(out, 1U << WALK_STAT);
	out->events = narrow(out, 1U << WALK_EVENT | 1U << WALK_LOCAL_EVENT);
}

static uint64_t pages(uint64_t n, uint64_t page_size)
{
	uint64_t none = (uint64_t)LONG_MAX / page_size;

	return n >= none ? UNLIMITED : n * page_size;
}

/* include/linux/sched.h: sched_weight_to_cgroup */
static uint64_t weight(uint64_t shares, uint64_t least)
{
	uint64_t w = ((shares >> SHARES_SHIFT) * 100 + 512) / 1024;

	return w < least ? least : w;
}

uint64_t walk_column_value(const struct walk_column *column, const void *row, uint64_t page_size)
{
	uint64_t value = 0;

	for (size_t i = 0; i < column->n; i++) {
		uint64_t part;

		memcpy(&part, (const char *)row + column->offset + i * sizeof(part), sizeof(part));
		value += part;
	}
	switch ((enum walk_unit)column->unit) {
	case WALK_AS_IT_IS:
		return value;
	case WALK_AS_USEC_OF_NSEC:
		return value / 1000 * 1000;
	case WALK_AS_TICKS:
		return value / TICK_NS * TICK_NS;
	case WALK_AS_USEC:
		return value / 1000;
	case WALK_AS_QUOTA:
		return value == UINT64_MAX ? UNLIMITED : value / 1000;
	case WALK_AS_PAGES:
		/* an amount that is being changed on several CPUs can be below zero for a moment */
		return (int64_t)value < 0 ? 0 : value * page_size;
	case WALK_AS_KIB:
		return (int64_t)value < 0 ? 0 : value * 1024;
	case WALK_AS_PAGES_MAX:
		return pages(value, page_size);
	case WALK_AS_PAGES_V1_MAX:
		value = pages(value, page_size);
		return value >= UINT64_C(1) << 57 ? UNLIMITED : value;
	case WALK_AS_PIDS_MAX:
		return value > PID_MAX_LIMIT ? UNLIMITED : value;
	case WALK_AS_SHARES:
		return value >> SHARES_SHIFT;
	case WALK_AS_WEIGHT:
		return weight(value, column->least);
	case WALK_AS_SHARES_OF_WEIGHT:
		return convert_weight_to_shares(weight(value, column->least));
	case WALK_AS_WEIGHT_OF_SHARES:
		return convert_shares_to_weight(value >> SHARES_SHIFT);
	case WALK_AS_FROZEN:
		return value >> CGRP_FROZEN & 1;
	case WALK_AS_FREEZING:
		return (value & WALK_FREEZING) != 0;
	case WALK_AS_FLAG:
		return value != 0;
	case WALK_AS_LOAD:
		return value / LOAD_ONE * 100 + value % LOAD_ONE * 100 / LOAD_ONE;
	case WALK_AS_LIMIT:
		return value == UINT64_MAX ? UNLIMITED : value;
	case WALK_AS_SET:
		break;
	}
	return value;
}

/* Neither part goes back behind what was shown; what is left is the other's. */
static void keep_up(uint64_t total_ns, const struct cputime *shown, struct cputime *t)
{
	if (shown->user_ns + shown->system_ns >= total_ns) {
		*t = *shown;
		return;
	}
	if (t->system_ns < shown->system_ns)
		t->system_ns = shown->system_ns;
	t->user_ns = total_ns - t->system_ns;
	if (t->user_ns < shown->user_ns) {
		t->user_ns = shown->user_ns;
		t->system_ns = total_ns - t->user_ns;
	}
}

struct cputime walk_adjust_cputime(uint64_t total_ns, const struct cputime *sampled,
				   const struct cputime *by_file, const struct cputime *by_us)
{
	struct cputime t = {0};

	if (sampled->system_ns)
		t.system_ns = sampled->user_ns ? (uint64_t)((wide)sampled->system_ns * total_ns /
							    (sampled->system_ns + sampled->user_ns))
					       : total_ns;
	keep_up(total_ns, by_file, &t);
	keep_up(total_ns, by_us, &t);
	return t;
}
