/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * How what the kernel keeps of a cgroup becomes walk.h's rows: for the walk, and for a cgroup's last figures.
 * Whether they are up to date is the caller's.
 */
#pragma once

#include "cast.bpf.h"
#include "walk.h"

#include <bpf/bpf_core_read.h>
#include <bpf/bpf_helpers.h>

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

static __always_inline void read_base(struct cgroup *c, struct walk_base *b)
{
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

/* NULL where the cgroup has none, or had it switched off. */
static __always_inline struct psi_group *pressure_of(struct cgroup *c)
{
	struct psi_group *group = AS(psi_group, c->psi);

	if (group && bpf_core_field_exists(struct psi_group___enabled, enabled) &&
	    !READ((struct psi_group___enabled *)group, enabled))
		return NULL;
	return group;
}

static __always_inline void read_pressure(struct psi_group *group, struct walk_pressure *p)
{
	struct psi_group___nested *nested = (void *)group;

	if (bpf_core_field_exists(struct psi_group___nested, avg[0][0]))
		bpf_core_read(p->total, sizeof(p->total), &nested->total);
	else
		bpf_core_read(p->total, sizeof(p->total), &group->total);
}

static __always_inline void read_average(struct psi_group *group, struct walk_average *p)
{
	struct psi_group___nested *nested = (void *)group;

	if (bpf_core_field_exists(struct psi_group___nested, avg[0][0]))
		bpf_core_read(p->each, sizeof(p->each), &nested->avg);
	else
		bpf_core_read(p->each, sizeof(p->each), &group->avg);
}

static __always_inline void read_cpu(struct task_group *group, struct walk_cpu *p)
{
	p->shares = READ(group, shares);
	p->quota_ns = READ(group, cfs_bandwidth.quota);
	p->period_ns = (u64)READ(group, cfs_bandwidth.period);
	p->burst_ns = READ(group, cfs_bandwidth.burst);
	p->periods = (u64)READ(group, cfs_bandwidth.nr_periods);
	p->throttled = (u64)READ(group, cfs_bandwidth.nr_throttled);
	p->throttled_ns = READ(group, cfs_bandwidth.throttled_time);
	p->bursts = p->bursts_ns = p->idle = 0;
	if (bpf_core_field_exists(struct cfs_bandwidth___burst, nr_burst)) {
		struct cfs_bandwidth___burst *burst =
			(void *)group + bpf_core_field_offset(struct task_group, cfs_bandwidth);

		p->bursts = (u64)READ(burst, nr_burst);
		p->bursts_ns = READ(burst, burst_time);
	}
	if (bpf_core_field_exists(struct task_group___idle, idle))
		p->idle = (u64)READ((struct task_group___idle *)group, idle);
}

static __always_inline void read_memory(struct mem_cgroup *memcg, struct walk_memory *m)
{
	m->usage = (u64)READ(memcg, memory.usage.counter);
	m->peak = READ(memcg, memory.watermark);
	m->max = READ(memcg, memory.max);
	m->high = READ(memcg, memory.high);
	m->low = READ(memcg, memory.low);
	m->min = READ(memcg, memory.min);
	m->failures = READ(memcg, memory.failcnt);
	m->swap = (u64)READ(memcg, swap.usage.counter);
	m->swap_peak = READ(memcg, swap.watermark);
	m->swap_max = READ(memcg, swap.max);
	m->soft = m->kmem = 0;
	if (bpf_core_field_exists(struct mem_cgroup___v1, soft_limit))
		m->soft = READ((struct mem_cgroup___v1 *)memcg, soft_limit);
	if (bpf_core_field_exists(struct mem_cgroup___kmem, kmem))
		m->kmem = (u64)READ((struct mem_cgroup___kmem *)memcg, kmem.usage.counter);
	bpf_core_read(m->event, sizeof(m->event), &memcg->memory_events);
}

/* all: of its descendants too, as v2's file has it; v1's counts what this very cgroup refused
 * (PIDCG_FORKFAIL). */
static __always_inline u64 pids_hits(struct pids_cgroup *p, bool all)
{
	if (bpf_core_field_exists(struct pids_cgroup___events, events)) {
		struct pids_cgroup___events *e = (void *)p;

		return (u64)(all ? READ(e, events[0].counter) : READ(e, events_local[1].counter));
	}
	if (bpf_core_field_exists(struct pids_cgroup___limit, events_limit))
		return (u64)READ((struct pids_cgroup___limit *)p, events_limit.counter);
	return 0;
}

static __always_inline void read_pids(struct pids_cgroup *p, bool all, struct walk_pids *row)
{
	row->current = (u64)READ(p, counter.counter);
	row->max = (u64)READ(p, limit.counter);
	row->peak = 0;
	if (bpf_core_field_exists(struct pids_cgroup___watermark, watermark))
		row->peak = (u64)READ((struct pids_cgroup___watermark *)p, watermark);
	row->hits = pids_hits(p, all);
}

/* bytes: of a set of CPUs, as many as this host can have. */
static __always_inline void read_cpuset(struct cpuset *set, u32 bytes, struct walk_cpuset *row)
{
	struct cpuset___embedded *embedded = (void *)set;
	u32 n = bpf_core_field_size(set->effective_mems);

	if (n > sizeof(row->mems))
		n = sizeof(row->mems);
	bpf_core_read(&row->mems, n, &set->effective_mems);
	if (bytes > sizeof(row->cpus))
		bytes = sizeof(row->cpus);
	if (bpf_core_field_exists(set->effective_cpus))
		bpf_probe_read_kernel(&row->cpus, bytes, BPF_CORE_READ(set, effective_cpus));
	else
		bpf_core_read(&row->cpus, bytes, &embedded->effective_cpus);
}

static __always_inline struct blkcg_gq *blkg_of(struct hlist_node *node)
{
	return (void *)node - bpf_core_field_offset(struct blkcg_gq, blkcg_node);
}

static __always_inline void read_io(struct blkcg_gq *blkg, struct gendisk *disk, struct walk_io *row)
{
	row->major = (u32)BPF_CORE_READ(disk, major);
	row->minor = (u32)BPF_CORE_READ(disk, first_minor);
	bpf_core_read(row->bytes, sizeof(row->bytes), &blkg->iostat.cur.bytes);
	bpf_core_read(row->ios, sizeof(row->ios), &blkg->iostat.cur.ios);
}
