/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Every cgroup of a hierarchy in one read(): a sleepable cgroup iterator (kernel/bpf/cgroup_iter.c) brings
 * the figures together once, at the first cgroup, and then copies what each has into tables that user space
 * sees.
 */
#include "walk_read.bpf.h"

#include <bpf/bpf_tracing.h>

char LICENSE[] SEC("license") = "Dual BSD/GPL";

extern void cgroup_rstat_flush(struct cgroup *cgroup) __ksym __weak;
extern void css_rstat_flush(struct cgroup_subsys_state *css) __ksym __weak;
extern struct mem_cgroup *bpf_get_mem_cgroup(struct cgroup_subsys_state *css) __ksym __weak;
extern void bpf_mem_cgroup_flush_stats(struct mem_cgroup *memcg) __ksym __weak;
extern void bpf_put_mem_cgroup(struct mem_cgroup *memcg) __ksym __weak;
extern void bpf_rcu_read_lock(void) __ksym __weak;
extern void bpf_rcu_read_unlock(void) __ksym __weak;

#define TABLE(name, row)                           \
	struct {                                   \
		__uint(type, BPF_MAP_TYPE_ARRAY);  \
		__uint(map_flags, BPF_F_MMAPABLE); \
		__uint(max_entries, 1);            \
		__type(key, u32);                  \
		__type(value, row);                \
	} name SEC(".maps")

TABLE(cgroups, struct walk_cgroup);
TABLE(bases, struct walk_base);
TABLE(pressures, struct walk_pressure);
TABLE(cpus, struct walk_cpu);
TABLE(memories, struct walk_memory);
TABLE(stats, struct walk_stat);
TABLE(pids, struct walk_pids);
TABLE(freezers, struct walk_freezer);
TABLE(ios, struct walk_io);

/* Of the walk that is asked for next, set by user space. */
__u32 hierarchy = 0;
bool version_2 = false;
__u32 wanted = 0; /* bit (1U << enum walk_table) */
/* Rows so far, from one hierarchy to the next; those beyond a table's size were not written. */
__u32 count[WALK_TABLES] = {};

const volatile __u32 flush = 0; /* enum walk_flush */
const volatile __u32 n_states = 0;
const volatile __u32 n_events = 0;
const volatile bool local_pids_events = false; /* v2 is mounted with pids_localevents */

static __always_inline void flush_each(struct cgroup *c)
{
	struct cgroup_subsys_state *memory, *io;

	bpf_rcu_read_lock();
	memory = SUBSYS(c, memory_cgrp_id);
	io = SUBSYS(c, io_cgrp_id);
	bpf_rcu_read_unlock();
	if (memory)
		css_rstat_flush(memory);
	if (io)
		css_rstat_flush(io);
}

static __always_inline void flush_memory(struct cgroup *c)
{
	struct mem_cgroup *memcg = bpf_get_mem_cgroup(&c->self);

	if (!memcg)
		return;
	bpf_mem_cgroup_flush_stats(memcg);
	bpf_put_mem_cgroup(memcg);
}

static __always_inline void flush_tree(struct cgroup *c)
{
	if (flush & WALK_FLUSH_CGROUP)
		cgroup_rstat_flush(c);
	if (flush & WALK_FLUSH_CSS)
		css_rstat_flush(&c->self);
	if (flush & WALK_FLUSH_EACH)
		flush_each(c);
	if (flush & WALK_FLUSH_MEMORY)
		flush_memory(c);
}

/* The next row of a table, or NULL where it is full. */
static __always_inline void *next_row(void *table, enum walk_table which, u32 *at)
{
	*at = count[which]++;
	return bpf_map_lookup_elem(table, at);
}

/* The same for a cgroup that has something of it. */
static __always_inline void *row_of(void *table, enum walk_table which, struct walk_cgroup *r)
{
	void *row = next_row(table, which, &r->row[which]);

	if (row)
		r->has |= 1U << which;
	return row;
}

static __always_inline void take_base(struct cgroup *c, struct walk_cgroup *r)
{
	struct walk_base *row = row_of(&bases, WALK_BASE, r);

	if (row)
		read_base(c, row);
}

static __always_inline void take_pressure(struct cgroup *c, struct walk_cgroup *r)
{
	struct psi_group *group = pressure_of(c);
	struct walk_pressure *row = group ? row_of(&pressures, WALK_PRESSURE, r) : NULL;

	if (row)
		read_pressure(group, row);
}

static __always_inline void take_cpu(struct cgroup *c, struct walk_cgroup *r)
{
	struct task_group *group = (void *)SUBSYS(c, cpu_cgrp_id);
	struct walk_cpu *row = group ? row_of(&cpus, WALK_CPU, r) : NULL;

	if (row)
		read_cpu(group, row);
}

static __always_inline void take_memory(struct cgroup *c, struct walk_cgroup *r)
{
	struct mem_cgroup *memcg = (void *)SUBSYS(c, memory_cgrp_id);
	struct walk_memory *row = memcg ? row_of(&memories, WALK_MEMORY, r) : NULL;

	if (row)
		read_memory(memcg, row);
}

static __always_inline void read_stat(struct mem_cgroup *memcg, struct walk_stat *s)
{
	struct memcg_vmstats *stats = BPF_CORE_READ(memcg, vmstats);

	bpf_core_read(s->state, n_states <= WALK_STATES ? n_states * 8 : 0, &stats->state);
	bpf_core_read(s->events, n_events <= WALK_EVENTS ? n_events * 8 : 0, &stats->events);
	if (bpf_core_field_exists(struct memcg_vmstats___local, events_local))
		bpf_core_read(s->local_events, n_events <= WALK_EVENTS ? n_events * 8 : 0,
			      &((struct memcg_vmstats___local *)stats)->events_local);
}

static __always_inline void take_stat(struct cgroup *c, struct walk_cgroup *r)
{
	struct mem_cgroup *memcg = (void *)SUBSYS(c, memory_cgrp_id);
	struct walk_stat *row = memcg ? row_of(&stats, WALK_STAT, r) : NULL;

	if (row)
		read_stat(memcg, row);
}

static __always_inline void take_pids(struct cgroup *c, struct walk_cgroup *r)
{
	struct pids_cgroup *p = (void *)SUBSYS(c, pids_cgrp_id);
	struct walk_pids *row = p ? row_of(&pids, WALK_PIDS, r) : NULL;

	if (row)
		read_pids(p, version_2 && !local_pids_events, row);
}

static __always_inline void take_freezer(struct cgroup *c, struct walk_cgroup *r)
{
	struct freezer *freezer = (void *)SUBSYS(c, freezer_cgrp_id);
	struct walk_freezer *row = freezer ? row_of(&freezers, WALK_FREEZER, r) : NULL;

	if (row)
		row->state = BPF_CORE_READ(freezer, state);
}

static __always_inline void take_io(struct cgroup *c, struct walk_cgroup *r)
{
	struct blkcg *blkcg = (void *)SUBSYS(c, io_cgrp_id);
	struct hlist_node *node;

	if (!blkcg)
		return;
	r->has |= 1U << WALK_IO;
	r->row[WALK_IO] = count[WALK_IO];
	node = BPF_CORE_READ(blkcg, blkg_list.first);
	for (int i = 0; i < WALK_DEVICES && node; i++) {
		struct blkcg_gq *blkg = blkg_of(node);
		struct gendisk *disk = BPF_CORE_READ(blkg, q, disk);
		struct walk_io *row;
		u32 at;

		node = BPF_CORE_READ(node, next);
		if (!disk)
			continue;
		row = next_row(&ios, WALK_IO, &at);
		if (!row)
			return;
		read_io(blkg, disk, row);
		r->n_io++;
	}
}

SEC("iter.s/cgroup")
int walk(struct bpf_iter__cgroup *ctx)
{
	struct cgroup *c = ctx->cgroup;
	struct walk_cgroup *r;
	u32 at;

	if (!c)
		return 0;
	if (ctx->meta->seq_num == 0)
		flush_tree(c);
	/* the machine's own cgroup has files of its own, or none */
	if (c->level == 0)
		return 0;
	r = next_row(&cgroups, WALK_CGROUP, &at);
	if (!r)
		return 0;
	r->id = c->kn->id;
	r->hierarchy = hierarchy;
	r->has = r->n_io = 0;
	if (wanted & 1U << WALK_BASE)
		take_base(c, r);
	if (wanted & 1U << WALK_PRESSURE)
		take_pressure(c, r);
	if (wanted & 1U << WALK_CPU)
		take_cpu(c, r);
	if (wanted & 1U << WALK_MEMORY)
		take_memory(c, r);
	if (wanted & 1U << WALK_STAT)
		take_stat(c, r);
	if (wanted & 1U << WALK_PIDS)
		take_pids(c, r);
	if (wanted & 1U << WALK_FREEZER)
		take_freezer(c, r);
	if (wanted & 1U << WALK_IO)
		take_io(c, r);
	return 0;
}
