/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Whose limit it was that a process was killed for. mm/memcontrol.c raises memory.events.local's "oom" of
 * that very cgroup before it looks for a victim, and holds oom_lock of all below it meanwhile
 * (mem_cgroup_oom; without CONFIG_MEMCG_V1 not since 6.11). The event is also raised where nobody is killed,
 * so that a rise alone is weak; a cgroup that is not within a few pages of its limit has no victim looked for
 * (mem_cgroup_margin).
 */
#pragma once

#include "events_task.bpf.h"

#define SIGKILL 9
#define SEND_SIG_PRIV 1
#define DEPTH 64
#define REMEMBERED 4096
#define VICTIMS 64
#define NEAR 64 /* pages; what is given back meanwhile */
#define ONE_KILL_NS 1000000000ULL

/* By cgroup: memory.events.local's "oom" when we looked last. */
struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, REMEMBERED);
	__type(key, u64);
	__type(value, u64);
} ooms SEC(".maps");

/* Of the last kill, for the others of a group (memory.oom.group); kills are one after the other, under
 * oom_lock. */
__u64 last_killer = 0;
__u64 last_culprit = 0;
__u64 last_kill_ns = 0;

struct suspects {
	u64 locked; /* the topmost: all below the culprit are */
	u64 near;   /* the lowest that is at its limit, and rose */
	u64 risen;  /* the lowest that rose, known from before */
};

static __always_inline bool is_near(struct page_counter *counter)
{
	return (u64)BPF_CORE_READ(counter, usage.counter) + NEAR >= BPF_CORE_READ(counter, max);
}

static __always_inline void suspect(struct mem_cgroup *memcg, struct suspects *s)
{
	u64 id = BPF_CORE_READ(memcg, css.cgroup, kn, id);
	u64 now = 0, *before;
	bool risen;

	bpf_probe_read_kernel(&now, sizeof(now),
			      (void *)memcg + bpf_core_field_offset(struct mem_cgroup, memory_events_local) +
				      bpf_core_enum_value(enum memcg_memory_event, MEMCG_OOM) * sizeof(now));
	before = bpf_map_lookup_elem(&ooms, &id);
	risen = now > (before ? *before : 0);
	if (risen && before && !s->risen)
		s->risen = id;
	bpf_map_update_elem(&ooms, &id, &now, BPF_ANY);
	/* memory.swap.max of v2 kills nobody: there, swap is at its limit with or without */
	if (risen && !s->near && (is_near(&memcg->memory) || (memory != v2 && is_near(&memcg->swap))))
		s->near = id;
	if (bpf_core_field_exists(struct mem_cgroup___lock, oom_lock) &&
	    BPF_CORE_READ((struct mem_cgroup___lock *)memcg, oom_lock))
		s->locked = id;
}

/* The cgroup whose limit it was, 1 = the host ran out. */
static __always_inline u64 culprit_of(struct task_struct *victim)
{
	struct css_set *set = BPF_CORE_READ(victim, cgroups);
	struct cgroup_subsys_state *css = NULL, *parent;
	struct suspects s = {};

	if (!bpf_core_enum_value_exists(enum cgroup_subsys_id, memory_cgrp_id))
		return 0;
	bpf_probe_read_kernel(&css, sizeof(css),
			      (void *)set + bpf_core_field_offset(struct css_set, subsys) +
				      bpf_core_enum_value(enum cgroup_subsys_id, memory_cgrp_id) *
					      sizeof(css));
	for (u32 i = 0; i < DEPTH && css; i++) {
		parent = BPF_CORE_READ(css, parent);
		/* the root has no limit */
		if (!parent)
			break;
		suspect((void *)css - bpf_core_field_offset(struct mem_cgroup, css), &s);
		css = parent;
	}
	if (s.locked)
		return s.locked;
	return s.near ? s.near : s.risen;
}

/* mm/util.c's get_mm_rss: file, anonymous and shared pages (include/linux/mm_types_task.h); a few a CPU are
 * not in it. */
static __always_inline u64 resident(struct mm_struct *mm)
{
	s64 n = 0;

	if (bpf_core_field_exists(struct mm_struct___percpu, rss_stat[0].count)) {
		struct mm_struct___percpu *m = (void *)mm;

		n = BPF_CORE_READ(m, rss_stat[0].count) + BPF_CORE_READ(m, rss_stat[1].count) +
		    BPF_CORE_READ(m, rss_stat[3].count);
	} else if (bpf_core_field_exists(struct mm_struct___atomic, rss_stat.count)) {
		struct mm_struct___atomic *m = (void *)mm;

		n = BPF_CORE_READ(m, rss_stat.count[0].counter) +
		    BPF_CORE_READ(m, rss_stat.count[1].counter) + BPF_CORE_READ(m, rss_stat.count[3].counter);
	}
	return n > 0 ? (u64)n : 0;
}

static __always_inline void tell_oom(struct task_struct *victim)
{
	u64 now = bpf_ktime_get_ns(), killer = bpf_get_current_pid_tgid(), culprit = culprit_of(victim);
	struct mm_struct *mm = BPF_CORE_READ(victim, mm);
	struct told_oom *e;
	struct place p = {};

	if (!culprit && killer == last_killer && now - last_kill_ns < ONE_KILL_NS)
		culprit = last_culprit;
	if (!culprit)
		culprit = 1;
	last_killer = killer;
	last_culprit = culprit;
	last_kill_ns = now;
	/* the host's processes have none, and are killed all the same */
	(void)place_of(victim, &p);
	e = reserve(sizeof(*e));
	if (!e)
		return;
	fill_head(&e->head, TOLD_OOM_KILL, TOLD_FORM_OOM, p.cgroup ? p.hierarchy : 0, p.cgroup);
	e->pid = BPF_CORE_READ(victim, tgid);
	e->culprit_hierarchy = memory >= 0 ? (u32)memory : 0;
	e->culprit = culprit;
	e->pages = mm ? resident(mm) : 0;
	bpf_core_read_str(e->comm, sizeof(e->comm), &victim->comm);
	bpf_ringbuf_submit(e, BPF_RB_NO_WAKEUP);
}

/* By PID: who was killed by the kernel lately. They live on until the tracepoint: it is under task_lock. */
struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, VICTIMS);
	__type(key, s32);
	__type(value, u64);
} victims SEC(".maps");

static __always_inline void remember_victim(struct task_struct *task)
{
	u64 at = (u64)task;
	s32 pid = task->pid;

	bpf_map_update_elem(&victims, &pid, &at, BPF_ANY);
}

static __always_inline struct task_struct *recall_victim(s32 pid)
{
	u64 *at = bpf_map_lookup_elem(&victims, &pid);
	struct task_struct *task = at ? (void *)*at : NULL;

	return task && BPF_CORE_READ(task, pid) == pid ? task : NULL;
}
