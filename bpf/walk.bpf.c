/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Every cgroup of a hierarchy in one read(): a sleepable cgroup iterator (kernel/bpf/cgroup_iter.c) brings
 * the figures together once, at the first cgroup, and then copies what each has into tables that user space
 * sees.
 */
#include "kernel_types.h"

#include "walk.h"

#include <bpf/bpf_core_read.h>
#include <bpf/bpf_helpers.h>
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

static __always_inline u64 populated(struct cgroup *c)
{
	if (bpf_core_field_exists(c->nr_populated_csets))
		return (u64)BPF_CORE_READ(c, nr_populated_csets) +
		       BPF_CORE_READ(c, nr_populated_domain_children) +
		       BPF_CORE_READ(c, nr_populated_threaded_children);
	if (bpf_core_field_exists(struct cgroup_subsys_state___populated, nr_populated_csets)) {
		struct cgroup_subsys_state___populated *self = (void *)&c->self;

		return (u64)BPF_CORE_READ(self, nr_populated_csets) +
		       BPF_CORE_READ(self, nr_populated_children);
	}
	return 0;
}

static __always_inline void read_base(struct cgroup *c, struct walk_cgroup *r)
{
	struct walk_base *b = row_of(&bases, WALK_BASE, r);

	if (!b)
		return;
	b->total_ns = c->bstat.cputime.sum_exec_runtime;
	b->user_ns = c->bstat.cputime.utime;
	b->system_ns = c->bstat.cputime.stime;
	b->shown_user_ns = c->prev_cputime.utime;
	b->shown_system_ns = c->prev_cputime.stime;
	b->nice_ns = 0;
	if (bpf_core_field_exists(struct cgroup_base_stat___nice, ntime))
		b->nice_ns = BPF_CORE_READ((struct cgroup_base_stat___nice *)&c->bstat, ntime);
	b->flags = c->flags;
	b->populated = populated(c);
}

static __always_inline void read_pressure(struct cgroup *c, struct walk_cgroup *r)
{
	struct psi_group *group = BPF_CORE_READ(c, psi);
	struct walk_pressure *p;

	if (!group)
		return;
	if (bpf_core_field_exists(struct psi_group___enabled, enabled) &&
	    !BPF_CORE_READ((struct psi_group___enabled *)group, enabled))
		return;
	p = row_of(&pressures, WALK_PRESSURE, r);
	if (!p)
		return;
	if (bpf_core_field_exists(struct psi_group___nested, avg[0][0])) {
		struct psi_group___nested *nested = (void *)group;

		bpf_core_read(p->total, sizeof(p->total), &nested->total);
		bpf_core_read(p->average, sizeof(p->average), &nested->avg);
	} else {
		bpf_core_read(p->total, sizeof(p->total), &group->total);
		bpf_core_read(p->average, sizeof(p->average), &group->avg);
	}
}

static __always_inline void read_cpu(struct cgroup *c, struct walk_cgroup *r)
{
	struct task_group *group = (void *)SUBSYS(c, cpu_cgrp_id);
	struct walk_cpu *p = group ? row_of(&cpus, WALK_CPU, r) : NULL;

	if (!p)
		return;
	p->shares = BPF_CORE_READ(group, shares);
	p->quota_ns = BPF_CORE_READ(group, cfs_bandwidth.quota);
	p->period_ns = (u64)BPF_CORE_READ(group, cfs_bandwidth.period);
	p->burst_ns = BPF_CORE_READ(group, cfs_bandwidth.burst);
	p->periods = (u64)BPF_CORE_READ(group, cfs_bandwidth.nr_periods);
	p->throttled = (u64)BPF_CORE_READ(group, cfs_bandwidth.nr_throttled);
	p->throttled_ns = BPF_CORE_READ(group, cfs_bandwidth.throttled_time);
	p->bursts = p->bursts_ns = p->idle = 0;
	if (bpf_core_field_exists(struct cfs_bandwidth___burst, nr_burst)) {
		struct cfs_bandwidth___burst *burst =
			(void *)group + bpf_core_field_offset(struct task_group, cfs_bandwidth);

		p->bursts = (u64)BPF_CORE_READ(burst, nr_burst);
		p->bursts_ns = BPF_CORE_READ(burst, burst_time);
	}
	if (bpf_core_field_exists(struct task_group___idle, idle))
		p->idle = (u64)BPF_CORE_READ((struct task_group___idle *)group, idle);
}

static __always_inline void read_stat(struct mem_cgroup *memcg, struct walk_memory *m)
{
	struct memcg_vmstats *stats = BPF_CORE_READ(memcg, vmstats);

	bpf_core_read(m->state, n_states <= WALK_STATES ? n_states * 8 : 0, &stats->state);
	bpf_core_read(m->events, n_events <= WALK_EVENTS ? n_events * 8 : 0, &stats->events);
	if (bpf_core_field_exists(struct memcg_vmstats___local, events_local))
		bpf_core_read(m->local_events, n_events <= WALK_EVENTS ? n_events * 8 : 0,
			      &((struct memcg_vmstats___local *)stats)->events_local);
}

static __always_inline void read_memory(struct cgroup *c, struct walk_cgroup *r)
{
	struct mem_cgroup *memcg = (void *)SUBSYS(c, memory_cgrp_id);
	struct walk_memory *m = memcg ? row_of(&memories, WALK_MEMORY, r) : NULL;

	if (!m)
		return;
	m->usage = (u64)BPF_CORE_READ(memcg, memory.usage.counter);
	m->peak = BPF_CORE_READ(memcg, memory.watermark);
	m->max = BPF_CORE_READ(memcg, memory.max);
	m->high = BPF_CORE_READ(memcg, memory.high);
	m->low = BPF_CORE_READ(memcg, memory.low);
	m->min = BPF_CORE_READ(memcg, memory.min);
	m->failures = BPF_CORE_READ(memcg, memory.failcnt);
	m->swap = (u64)BPF_CORE_READ(memcg, swap.usage.counter);
	m->swap_peak = BPF_CORE_READ(memcg, swap.watermark);
	m->swap_max = BPF_CORE_READ(memcg, swap.max);
	m->soft = m->kmem = 0;
	if (bpf_core_field_exists(struct mem_cgroup___v1, soft_limit))
		m->soft = BPF_CORE_READ((struct mem_cgroup___v1 *)memcg, soft_limit);
	if (bpf_core_field_exists(struct mem_cgroup___kmem, kmem))
		m->kmem = (u64)BPF_CORE_READ((struct mem_cgroup___kmem *)memcg, kmem.usage.counter);
	bpf_core_read(m->event, sizeof(m->event), &memcg->memory_events);
	read_stat(memcg, m);
}

static __always_inline u64 pids_hits(struct pids_cgroup *p)
{
	if (bpf_core_field_exists(struct pids_cgroup___events, events)) {
		struct pids_cgroup___events *e = (void *)p;

		/* v1's file counts what this very cgroup refused (PIDCG_FORKFAIL) */
		return (u64)(version_2 && !local_pids_events ? BPF_CORE_READ(e, events[0].counter)
							     : BPF_CORE_READ(e, events_local[1].counter));
	}
	if (bpf_core_field_exists(struct pids_cgroup___limit, events_limit))
		return (u64)BPF_CORE_READ((struct pids_cgroup___limit *)p, events_limit.counter);
	return 0;
}

static __always_inline void read_pids(struct cgroup *c, struct walk_cgroup *r)
{
	struct pids_cgroup *p = (void *)SUBSYS(c, pids_cgrp_id);
	struct walk_pids *row = p ? row_of(&pids, WALK_PIDS, r) : NULL;

	if (!row)
		return;
	row->current = (u64)BPF_CORE_READ(p, counter.counter);
	row->max = (u64)BPF_CORE_READ(p, limit.counter);
	row->peak = 0;
	if (bpf_core_field_exists(struct pids_cgroup___watermark, watermark))
		row->peak = (u64)BPF_CORE_READ((struct pids_cgroup___watermark *)p, watermark);
	row->hits = pids_hits(p);
}

static __always_inline void read_freezer(struct cgroup *c, struct walk_cgroup *r)
{
	struct freezer *freezer = (void *)SUBSYS(c, freezer_cgrp_id);
	struct walk_freezer *row = freezer ? row_of(&freezers, WALK_FREEZER, r) : NULL;

	if (row)
		row->state = BPF_CORE_READ(freezer, state);
}

static __always_inline void read_io(struct cgroup *c, struct walk_cgroup *r)
{
	struct blkcg *blkcg = (void *)SUBSYS(c, io_cgrp_id);
	struct hlist_node *node;

	if (!blkcg)
		return;
	r->has |= 1U << WALK_IO;
	r->row[WALK_IO] = count[WALK_IO];
	node = BPF_CORE_READ(blkcg, blkg_list.first);
	for (int i = 0; i < WALK_DEVICES && node; i++) {
		struct blkcg_gq *blkg = (void *)node - bpf_core_field_offset(struct blkcg_gq, blkcg_node);
		struct gendisk *disk = BPF_CORE_READ(blkg, q, disk);
		struct walk_io *row;
		u32 at;

		node = BPF_CORE_READ(node, next);
		if (!disk)
			continue;
		row = next_row(&ios, WALK_IO, &at);
		if (!row)
			return;
		row->major = (u32)BPF_CORE_READ(disk, major);
		row->minor = (u32)BPF_CORE_READ(disk, first_minor);
		bpf_core_read(row->bytes, sizeof(row->bytes), &blkg->iostat.cur.bytes);
		bpf_core_read(row->ios, sizeof(row->ios), &blkg->iostat.cur.ios);
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
		read_base(c, r);
	if (wanted & 1U << WALK_PRESSURE)
		read_pressure(c, r);
	if (wanted & 1U << WALK_CPU)
		read_cpu(c, r);
	if (wanted & 1U << WALK_MEMORY)
		read_memory(c, r);
	if (wanted & 1U << WALK_PIDS)
		read_pids(c, r);
	if (wanted & 1U << WALK_FREEZER)
		read_freezer(c, r);
	if (wanted & 1U << WALK_IO)
		read_io(c, r);
	return 0;
}
