/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* What is told of processes in cgroups: those of the root are the host's. */
#pragma once

#include "events_ring.bpf.h"

#define SIGNAL_GROUP_EXIT 4 /* include/linux/sched/signal.h */
#define STORM_NS 1000000000ULL
#define STORMS 1024
#define ENDED 1024

const volatile bool exit_tells_last = false;
const volatile __u64 storm = 0; /* so many forks a second are one */

struct place {
	u32 hierarchy;
	u64 cgroup;
};

static __always_inline bool is_below_root(struct cgroup *c)
{
	return c && BPF_CORE_READ(c, level) > 0;
}

/* False for a task of the host's. */
static __always_inline bool place_of(struct task_struct *task, struct place *p)
{
	struct css_set *set = BPF_CORE_READ(task, cgroups);
	struct cgroup_subsys_state *css = NULL;
	struct cgroup *c = v2 >= 0 ? BPF_CORE_READ(set, dfl_cgrp) : NULL;

	p->hierarchy = (u32)v2;
	if (!is_below_root(c)) {
		if (other_subsys < 0)
			return false;
		bpf_probe_read_kernel(&css, sizeof(css),
				      (void *)set + bpf_core_field_offset(struct css_set, subsys) +
					      (u32)other_subsys * sizeof(css));
		c = BPF_CORE_READ(css, cgroup);
		if (!is_below_root(c))
			return false;
		p->hierarchy = (u32)other;
	}
	p->cgroup = BPF_CORE_READ(c, kn, id);
	return true;
}

/* In its own PID namespace; 0 = that is the host's. */
static __always_inline s32 inner_pid_of(struct task_struct *leader)
{
	struct pid *pid = BPF_CORE_READ(leader, thread_pid);
	struct upid inner = {};
	u32 level;

	if (!pid)
		return 0;
	level = BPF_CORE_READ(pid, level);
	if (level > 0)
		bpf_core_read(&inner, sizeof(inner), &pid->numbers[level]);
	return inner.nr;
}

static __always_inline void tell_exec(struct task_struct *task, struct linux_binprm *program)
{
	struct told_exec *e;
	struct place p;

	if (!place_of(task, &p))
		return;
	e = reserve(sizeof(*e));
	if (!e)
		return;
	fill_head(&e->head, TOLD_EXEC, TOLD_FORM_EXEC, p.hierarchy, p.cgroup);
	e->pid = task->tgid;
	e->inner_pid = inner_pid_of(task);
	if (bpf_probe_read_kernel_str(e->file, sizeof(e->file), BPF_CORE_READ(program, filename)) < 0)
		e->file[0] = '\0';
	bpf_ringbuf_submit(e, BPF_RB_NO_WAKEUP);
}

/* Processes of which an end was told: two last threads at once both see nobody alive. */
struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, ENDED);
	__type(key, s32);
	__type(value, u64);
} ended SEC(".maps");

static __always_inline bool is_last_thread(struct task_struct *task)
{
	struct signal_struct *signal = BPF_CORE_READ(task, signal);
	struct task_struct *leader = BPF_CORE_READ(task, group_leader);
	u64 start = BPF_CORE_READ(leader, start_boottime);
	s32 pid = BPF_CORE_READ(task, tgid);
	u64 *told;

	if (BPF_CORE_READ(signal, live.counter) != 0)
		return false;
	if (BPF_CORE_READ(signal, nr_threads) == 1)
		return true;
	told = bpf_map_lookup_elem(&ended, &pid);
	if (told && *told == start)
		return false;
	if (told)
		bpf_map_delete_elem(&ended, &pid);
	return bpf_map_update_elem(&ended, &pid, &start, BPF_NOEXIST) == 0;
}

/* kernel/exit.c: wait_task_zombie */
static __always_inline s32 status_of(struct task_struct *leader)
{
	struct signal_struct *signal = BPF_CORE_READ(leader, signal);

	return BPF_CORE_READ(signal, flags) & SIGNAL_GROUP_EXIT ? BPF_CORE_READ(signal, group_exit_code)
								: BPF_CORE_READ(leader, exit_code);
}

static __always_inline void tell_exit(struct task_struct *task)
{
	struct task_struct *leader = BPF_CORE_READ(task, group_leader);
	struct told_exit *e;
	struct place p;

	if (!place_of(task, &p))
		return;
	e = reserve(sizeof(*e));
	if (!e)
		return;
	fill_head(&e->head, TOLD_EXIT, TOLD_FORM_EXIT, p.hierarchy, p.cgroup);
	e->pid = BPF_CORE_READ(task, tgid);
	e->inner_pid = inner_pid_of(leader);
	e->status = status_of(leader);
	bpf_core_read_str(e->comm, sizeof(e->comm), &leader->comm);
	bpf_ringbuf_submit(e, BPF_RB_NO_WAKEUP);
}

struct storm {
	u64 since_ns;
	u64 count;
};

/* By cgroup; those that nobody forks in are forgotten. */
struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, STORMS);
	__type(key, u64);
	__type(value, struct storm);
} storms SEC(".maps");

/* The forks of this second, with this one. */
static __always_inline u64 count_in(struct storm *s)
{
	u64 now = bpf_ktime_get_ns(), since = s->since_ns;

	/* who comes first after the second begins the next one */
	if (now - since >= STORM_NS && __sync_val_compare_and_swap(&s->since_ns, since, now) == since)
		s->count = 0;
	return __sync_fetch_and_add(&s->count, 1) + 1;
}

static __always_inline void count_fork(struct task_struct *child)
{
	struct storm first = {.count = 1}, *s;
	struct told_storm *e;
	struct place p;

	if (child->pid != child->tgid || !place_of(child, &p))
		return;
	s = bpf_map_lookup_elem(&storms, &p.cgroup);
	if (!s) {
		first.since_ns = bpf_ktime_get_ns();
		bpf_map_update_elem(&storms, &p.cgroup, &first, BPF_NOEXIST);
		return;
	}
	/* once a second: it is passed once */
	if (count_in(s) != storm)
		return;
	e = reserve(sizeof(*e));
	if (!e)
		return;
	fill_head(&e->head, TOLD_FORK_STORM, TOLD_FORM_STORM, p.hierarchy, p.cgroup);
	e->count = storm;
	bpf_ringbuf_submit(e, BPF_RB_NO_WAKEUP);
}
