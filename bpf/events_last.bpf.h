/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The figures of a cgroup at its removal, where nothing can be flushed: what each CPU has added up since the
 * last flush is added here (kernel/cgroup/rstat.c, block/blk-cgroup.c). Nobody runs in it any more, and
 * cgroup_mutex is held: a cgroup below it is still on its list of children, or has been flushed into it
 * (css_release_work_fn).
 */
#pragma once

#include "events_ring.bpf.h"
#include "percpu.bpf.h"
#include "walk_read.bpf.h"

#define CHILDREN 4096 /* steps through what was below it */

const volatile bool adds_cpu = false; /* CPU times of each CPU can be read, */
const volatile bool adds_io = false;  /* and block I/O */
/* Where the type behind struct cgroup's rstat_cpu, or rstat_base_cpu, has struct cgroup_base_stat. */
const volatile __u32 bstat_at = 0;
const volatile __u32 last_bstat_at = 0;
const volatile bool adds_cpuacct = false;
const volatile __u32 cpuusage_at = 0; /* of struct cpuacct */
const volatile __u32 cpustat_at = 0;
const volatile bool pids_of_all = false; /* see read_pids */

/* ---- what a CPU has for itself */

static __always_inline u64 number_at(u64 at)
{
	u64 n = 0;

	bpf_probe_read_kernel(&n, sizeof(n), (void *)at);
	return n;
}

/* ---- CPU times */

struct times {
	u64 percpu;
	u64 total_ns;
	u64 user_ns;
	u64 system_ns;
	u64 nice_ns;
};

static __always_inline void add_base(struct times *t, u64 base_stat, s64 sign)
{
	u64 times = base_stat + bpf_core_field_offset(struct cgroup_base_stat, cputime);

	t->total_ns += sign * number_at(times + bpf_core_field_offset(struct task_cputime, sum_exec_runtime));
	t->user_ns += sign * number_at(times + bpf_core_field_offset(struct task_cputime, utime));
	t->system_ns += sign * number_at(times + bpf_core_field_offset(struct task_cputime, stime));
	if (bpf_core_field_exists(struct cgroup_base_stat___nice, ntime))
		t->nice_ns += sign * number_at(base_stat +
					       bpf_core_field_offset(struct cgroup_base_stat___nice, ntime));
}

static long add_cpu(u32 cpu, struct times *t)
{
	u64 at = on_cpu(t->percpu, cpu);

	if (!at)
		return 1;
	add_base(t, at + bstat_at, 1);
	add_base(t, at + last_bstat_at, -1);
	return 0;
}

/* What the cgroup's CPUs have and the cgroup has not. */
static __always_inline void add_cpus(struct cgroup *c, struct times *t)
{
	if (bpf_core_field_exists(struct cgroup___base_cpu, rstat_base_cpu))
		t->percpu = (u64)BPF_CORE_READ((struct cgroup___base_cpu *)c, rstat_base_cpu);
	else if (bpf_core_field_exists(struct cgroup___cpu, rstat_cpu))
		t->percpu = (u64)BPF_CORE_READ((struct cgroup___cpu *)c, rstat_cpu);
	if (t->percpu)
		bpf_loop(n_possible_cpus, add_cpu, t, 0);
	t->percpu = 0;
}

/* A way through what is left of a tree, children before siblings. */
struct way {
	struct times times;
	u64 root; /* of struct cgroup_subsys_state, as the others */
	u64 at;
};

static __always_inline u64 first_below(u64 css)
{
	struct list_head *head = &((struct cgroup_subsys_state *)css)->children;
	u64 first = (u64)BPF_CORE_READ(head, next);

	return first == (u64)head ? 0 : first - bpf_core_field_offset(struct cgroup_subsys_state, sibling);
}

static __always_inline u64 above(u64 css)
{
	struct cgroup_subsys_state *of = (void *)css;

	return (u64)BPF_CORE_READ(of, parent);
}

static __always_inline u64 next_beside(u64 css)
{
	struct cgroup_subsys_state *of = (void *)css, *parent = BPF_CORE_READ(of, parent);
	u64 next = (u64)BPF_CORE_READ(of, sibling.next);

	return next == (u64)&parent->children
		       ? 0
		       : next - bpf_core_field_offset(struct cgroup_subsys_state, sibling);
}

/* One that was removed before, and is not flushed yet: its parent lacks what came since. */
static long add_removed(u32 i, struct way *w)
{
	struct cgroup_subsys_state *css = (void *)w->at;
	struct cgroup *c = (void *)css - bpf_core_field_offset(struct cgroup, self);
	u64 next;

	add_cpus(c, &w->times);
	add_base(&w->times, (u64)&c->bstat, 1);
	add_base(&w->times, (u64)&c->last_bstat, -1);
	next = first_below(w->at);
	for (u32 up = 0; up < 32 && !next; up++) {
		if (w->at == w->root)
			return 1;
		next = next_beside(w->at);
		if (!next)
			w->at = above(w->at);
	}
	if (!next)
		return 1;
	w->at = next;
	return 0;
}

static __always_inline void last_base(struct cgroup *c, struct walk_base *b)
{
	struct way w = {.root = (u64)&c->self};

	read_base(c, b);
	learn_cpus();
	add_cpus(c, &w.times);
	w.at = first_below(w.root);
	if (w.at)
		bpf_loop(CHILDREN, add_removed, &w, 0);
	b->total_ns += w.times.total_ns;
	b->user_ns += w.times.user_ns;
	b->system_ns += w.times.system_ns;
	b->nice_ns += w.times.nice_ns;
}

/* v1: kernel/sched/cpuacct.c, cpuacct_stats_show; include/linux/kernel_stat.h, enum cpu_usage_stat. */
struct accounts {
	u64 usage;
	u64 stat;
	u64 total_ns;
	u64 user_ns;
	u64 system_ns;
};

static long add_account(u32 cpu, struct accounts *a)
{
	u64 usage = on_cpu(a->usage, cpu), stat = on_cpu(a->stat, cpu);

	if (!usage || !stat)
		return 1;
	a->total_ns += number_at(usage);
	a->user_ns += number_at(stat) + number_at(stat + 8);
	a->system_ns += number_at(stat + 16) + number_at(stat + 24) + number_at(stat + 32);
	return 0;
}

static __always_inline bool last_cpuacct(struct cgroup *c, struct walk_base *b)
{
	u64 css = (u64)SUBSYS(c, cpuacct_cgrp_id);
	struct accounts a = {};

	if (!css)
		return false;
	learn_cpus();
	a.usage = number_at(css + cpuusage_at);
	a.stat = number_at(css + cpustat_at);
	bpf_loop(n_possible_cpus, add_account, &a, 0);
	b->total_ns = a.total_ns;
	b->user_ns = a.user_ns;
	b->system_ns = a.system_ns;
	b->shown_user_ns = c->prev_cputime.utime;
	b->shown_system_ns = c->prev_cputime.stime;
	b->nice_ns = b->flags = b->populated = 0;
	return true;
}

/* ---- block I/O */

struct transfers {
	u64 percpu;
	u64 bytes[3];
	u64 ios[3];
};

static __always_inline void add_iostat(struct transfers *t, u64 iostat, s64 sign)
{
	for (u32 i = 0; i < 3; i++) {
		t->bytes[i] +=
			sign * number_at(iostat + bpf_core_field_offset(struct blkg_iostat, bytes) + i * 8);
		t->ios[i] +=
			sign * number_at(iostat + bpf_core_field_offset(struct blkg_iostat, ios) + i * 8);
	}
}

static long add_cpu_io(u32 cpu, struct transfers *t)
{
	u64 at = on_cpu(t->percpu, cpu);

	if (!at)
		return 1;
	add_iostat(t, at + bpf_core_field_offset(struct blkg_iostat_set, cur), 1);
	add_iostat(t, at + bpf_core_field_offset(struct blkg_iostat_set, last), -1);
	return 0;
}

static __always_inline void last_device(struct blkcg_gq *blkg, struct gendisk *disk, struct walk_io *row)
{
	struct transfers t = {.percpu = (u64)BPF_CORE_READ(blkg, iostat_cpu)};

	read_io(blkg, disk, row);
	if (t.percpu)
		bpf_loop(n_possible_cpus, add_cpu_io, &t, 0);
	for (u32 i = 0; i < 3; i++) {
		row->bytes[i] += t.bytes[i];
		row->ios[i] += t.ios[i];
	}
}

static __always_inline bool has_moved(const struct walk_io *row)
{
	return row->bytes[0] | row->bytes[1] | row->bytes[2] | row->ios[0] | row->ios[1] | row->ios[2];
}

/* False where it has more devices than there is room for. */
static __always_inline bool last_io(struct blkcg *blkcg, struct told_last *e)
{
	struct hlist_node *node = BPF_CORE_READ(blkcg, blkg_list.first);

	e->n_io = 0;
	learn_cpus();
	for (int i = 0; i < WALK_DEVICES && node; i++) {
		struct blkcg_gq *blkg = blkg_of(node);
		struct gendisk *disk = BPF_CORE_READ(blkg, q, disk);
		struct walk_io row;
		u32 n = e->n_io;

		node = BPF_CORE_READ(node, next);
		if (!disk)
			continue;
		last_device(blkg, disk, &row);
		if (!has_moved(&row))
			continue;
		if (n >= TOLD_DEVICES)
			return false;
		e->io[n] = row;
		e->n_io = n + 1;
	}
	return !node;
}

/* ---- the records */

static __always_inline void last_of_controllers(struct cgroup *c, u32 tables, struct told_last *e)
{
	struct task_group *group = (void *)SUBSYS(c, cpu_cgrp_id);
	struct mem_cgroup *memcg = (void *)SUBSYS(c, memory_cgrp_id);
	struct pids_cgroup *pids = (void *)SUBSYS(c, pids_cgrp_id);
	struct blkcg *blkcg = (void *)SUBSYS(c, io_cgrp_id);

	if (group && tables & 1U << WALK_CPU) {
		read_cpu(group, &e->cpu);
		e->has |= 1U << WALK_CPU;
	}
	if (memcg && tables & 1U << WALK_MEMORY) {
		read_memory(memcg, &e->memory);
		e->has |= 1U << WALK_MEMORY;
	}
	if (pids && tables & 1U << WALK_PIDS) {
		read_pids(pids, pids_of_all, &e->pids);
		e->has |= 1U << WALK_PIDS;
	}
	if (adds_io && blkcg && tables & 1U << WALK_IO && last_io(blkcg, e))
		e->has |= 1U << WALK_IO;
}

static __always_inline void tell_last(struct cgroup *c, const char *path, u32 tables)
{
	struct psi_group *pressure = pressure_of(c);
	struct told_last *e = reserve(sizeof(*e));

	if (!e)
		return;
	fill_head(&e->head, TOLD_REMOVED, TOLD_FORM_LAST, (u32)v2, c->kn->id);
	e->has = e->n_io = 0;
	if (adds_cpu && tables & 1U << WALK_BASE) {
		last_base(c, &e->base);
		e->has |= 1U << WALK_BASE;
	}
	if (pressure && tables & 1U << WALK_PRESSURE) {
		read_pressure(pressure, &e->pressure);
		e->has |= 1U << WALK_PRESSURE;
	}
	last_of_controllers(c, tables, e);
	take_path(e->path, path);
	bpf_ringbuf_submit(e, BPF_RB_NO_WAKEUP);
}

/* The table that a v1 hierarchy's controller has: of several, the first. */
static __always_inline u32 last_controller(struct cgroup *c, u32 tables, struct told_last_one *e)
{
	struct mem_cgroup *memcg = (void *)SUBSYS(c, memory_cgrp_id);
	struct pids_cgroup *pids = (void *)SUBSYS(c, pids_cgrp_id);
	struct task_group *group = (void *)SUBSYS(c, cpu_cgrp_id);

	if (adds_cpuacct && tables & 1U << WALK_BASE && last_cpuacct(c, &e->base))
		return 1U << WALK_BASE;
	if (memcg && tables & 1U << WALK_MEMORY) {
		read_memory(memcg, &e->memory);
		return 1U << WALK_MEMORY;
	}
	if (pids && tables & 1U << WALK_PIDS) {
		read_pids(pids, false, &e->pids);
		return 1U << WALK_PIDS;
	}
	if (group && tables & 1U << WALK_CPU) {
		read_cpu(group, &e->cpu);
		return 1U << WALK_CPU;
	}
	return 0;
}

static __always_inline void tell_last_one(struct cgroup *c, const char *path, u32 h, u32 tables)
{
	struct told_last_one *e = reserve(sizeof(*e));

	if (!e)
		return;
	fill_head(&e->head, TOLD_REMOVED, TOLD_FORM_LAST_ONE, h, c->kn->id);
	e->has = last_controller(c, tables, e);
	take_path(e->path, path);
	bpf_ringbuf_submit(e, BPF_RB_NO_WAKEUP);
}
