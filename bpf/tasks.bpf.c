/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Every process: an iterator over tasks (kernel/bpf/task_iter.c) leaves a row at each thread group's leader,
 * and adds its threads up from the leader's list where that is wanted. Where the table is full it stops, and
 * the next read() goes on with the same task.
 */
#include "cast.bpf.h"

#include "tasks.h"

#include <bpf/bpf_tracing.h>

char LICENSE[] SEC("license") = "Dual BSD/GPL";

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, 1);
	__type(key, u32);
	__type(value, struct task_row);
} processes SEC(".maps");

/* Rows since user space took those before. */
__u32 count = 0;
/* What is asked for: struct kernel_question. */
__u32 hierarchies = 0;
__u32 namespaces = 0;
bool threads = false;

/* css_set's index of each hierarchy's controller; -1 = none, -2 = v2. Known when the program is checked, so
 * that what lies there has a type. */
const volatile __s32 subsys[TASK_HIERARCHIES] = {};
const volatile __u32 n_hierarchies = 0;

#define THREADS_MAX (1U << 17)
#define V2 (-2)
#define SUBSYS_MOST 14

/* include/linux/sched.h, as fs/proc/array.c reads it */
#define TASK_INTERRUPTIBLE 0x1
#define TASK_UNINTERRUPTIBLE 0x2
#define STOPPED_OR_TRACED 0xC
#define EXIT_ANY 0x30
#define TASK_PARKED 0x40
#define TASK_NOLOAD 0x400
#define TASK_RTLOCK_WAIT 0x1000
#define TASK_FROZEN 0x8000

enum { RUNNING, SLEEPING, STOPPED, UNINTERRUPTIBLE, ZOMBIE, OTHER };

static __always_inline u32 state_of(u32 state, u32 exit_state)
{
	if (exit_state & EXIT_ANY)
		return ZOMBIE;
	if (state & (TASK_RTLOCK_WAIT | TASK_FROZEN))
		return UNINTERRUPTIBLE;
	if ((state & (TASK_UNINTERRUPTIBLE | TASK_NOLOAD)) == (TASK_UNINTERRUPTIBLE | TASK_NOLOAD))
		return SLEEPING; /* idle */
	if (state & TASK_PARKED)
		return OTHER;
	if (state & STOPPED_OR_TRACED)
		return STOPPED;
	if (state & TASK_UNINTERRUPTIBLE)
		return UNINTERRUPTIBLE;
	return state & TASK_INTERRUPTIBLE ? SLEEPING : RUNNING;
}

#define STOP 1 /* is -EAGAIN to who reads */

struct threads {
	struct task_row *row;
	struct list_head *head;
	struct list_head *at;
};

static long add_thread(u32 i, struct threads *t)
{
	struct task_struct *task;
	u32 state;

	if (!t->at || t->at == t->head)
		return 1;
	task = AS(task_struct, (void *)t->at - bpf_core_field_offset(struct task_struct, thread_node));
	t->at = READ(task, thread_node.next);
	t->row->run_ns += READ(task, se.sum_exec_runtime);
	t->row->wait_ns += READ(task, sched_info.run_delay);
	t->row->periods += READ(task, sched_info.pcount);
	state = state_of(READ(task, __state), (u32)READ(task, exit_state));
	if (state < TASK_STATES)
		t->row->states[state]++;
	return 0;
}

static __always_inline void add_threads(struct task_struct *leader, struct task_row *row)
{
	struct signal_struct *signal = leader->signal;
	struct threads t = {.row = row};

	t.head = (void *)signal + bpf_core_field_offset(struct signal_struct, thread_head);
	t.at = signal->thread_head.next;
	bpf_loop(THREADS_MAX, add_thread, &t, 0);
}

#define ASKED(at) (namespaces & (1U << (at)))

static __always_inline u32 pid_namespace_of(struct task_struct *task)
{
	struct pid *pid = task->thread_pid;
	struct pid_namespace *ns;
	struct upid *inner;
	u64 level;

	if (!pid)
		return 0;
	/* at most 32 (MAX_PID_NS_LEVEL): bounds that 6.1's verifier wants to see */
	level = pid->level & 63;
	inner = AS(upid,
		   (void *)pid + bpf_core_field_offset(struct pid, numbers) + level * sizeof(struct upid));
	ns = READ(inner, ns);
	return READ(ns, ns.inum);
}

static __always_inline void read_namespaces(struct task_struct *task, struct task_row *row)
{
	struct nsproxy *n = task->nsproxy;

	__builtin_memset(row->namespaces, 0, sizeof(row->namespaces));
	/* one that is ending has given them up */
	if (n) {
		if (ASKED(0))
			row->namespaces[0] = n->cgroup_ns->ns.inum;
		if (ASKED(1))
			row->namespaces[1] = n->ipc_ns->ns.inum;
		if (ASKED(2))
			row->namespaces[2] = n->mnt_ns->ns.inum;
		if (ASKED(3))
			row->namespaces[3] = n->net_ns->ns.inum;
		if (ASKED(5))
			row->namespaces[5] = n->time_ns->ns.inum;
		if (ASKED(7))
			row->namespaces[7] = n->uts_ns->ns.inum;
	}
	if (ASKED(4))
		row->namespaces[4] = pid_namespace_of(task);
	if (ASKED(6))
		row->namespaces[6] = task->real_cred->user_ns->ns.inum;
}

static __always_inline void read_cgroups(struct task_struct *task, struct task_row *row)
{
	struct css_set *set = task->cgroups;

	for (u32 h = 0; h < TASK_HIERARCHIES; h++) {
		row->cgroups[h] = 0;
		if (h >= n_hierarchies)
			break;
		if (!(hierarchies >> h & 1))
			continue;
		if (subsys[h] == V2)
			row->cgroups[h] = set->dfl_cgrp->kn->id;
		else if (subsys[h] >= 0 && subsys[h] < SUBSYS_MOST)
			row->cgroups[h] = set->subsys[subsys[h]]->cgroup->kn->id;
	}
}

SEC("iter/task")
int tasks(struct bpf_iter__task *ctx)
{
	struct task_struct *task = ctx->task;
	struct task_row *row;
	u32 at;

	if (!task || task->pid != task->tgid)
		return 0;
	/* nothing of it lives but its exit code: cgroup.procs does not list it either */
	if (task->signal->live.counter == 0)
		return 0;
	at = count;
	row = bpf_map_lookup_elem(&processes, &at);
	if (!row)
		return STOP;
	count++;
	row->pid = task->pid;
	row->threads = (u32)task->signal->nr_threads;
	row->start_ns = task->start_boottime;
	row->run_ns = row->wait_ns = row->periods = 0;
	__builtin_memset(row->states, 0, sizeof(row->states));
	read_cgroups(task, row);
	read_namespaces(task, row);
	if (threads)
		add_threads(task, row);
	return 0;
}
