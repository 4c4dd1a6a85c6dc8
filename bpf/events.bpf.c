/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * What happens to cgroups and their processes, told as it happens: a program a tracepoint (tp_btf), a record
 * an event, in one ring buffer. Nobody is woken, but by a new cgroup.
 */
#include "events_cgroup.bpf.h"
#include "events_last.bpf.h"
#include "events_oom.bpf.h"
#include "events_task.bpf.h"

#include <bpf/bpf_tracing.h>

char LICENSE[] SEC("license") = "Dual BSD/GPL";

SEC("tp_btf/cgroup_mkdir")
int BPF_PROG(cgroup_mkdir, struct cgroup *c, const char *path)
{
	tell_cgroup(c, path, TOLD_MADE);
	return 0;
}

SEC("tp_btf/cgroup_rmdir")
int BPF_PROG(cgroup_rmdir, struct cgroup *c, const char *path)
{
	s32 h = hierarchy_of(c);
	u32 tables = h >= 0 ? tables_of[h & (TOLD_HIERARCHIES - 1)] : 0;

	if (h >= 0 && tables && h == v2)
		tell_last(c, path, tables);
	else if (h >= 0 && tables)
		tell_last_one(c, path, (u32)h, tables);
	else
		tell_cgroup(c, path, TOLD_REMOVED);
	return 0;
}

SEC("tp_btf/cgroup_rename")
int BPF_PROG(cgroup_rename, struct cgroup *c, const char *path)
{
	tell_cgroup(c, path, TOLD_RENAMED);
	return 0;
}

SEC("tp_btf/cgroup_notify_populated")
int BPF_PROG(cgroup_notify_populated, struct cgroup *c, const char *path, int is)
{
	tell_cgroup(c, path, is ? TOLD_POPULATED : TOLD_EMPTY);
	return 0;
}

SEC("tp_btf/cgroup_notify_frozen")
int BPF_PROG(cgroup_notify_frozen, struct cgroup *c, const char *path, int is)
{
	tell_cgroup(c, path, is ? TOLD_FROZEN : TOLD_THAWED);
	return 0;
}

SEC("tp_btf/sched_process_exec")
int BPF_PROG(sched_process_exec, struct task_struct *task, int old_pid, struct linux_binprm *program)
{
	tell_exec(task, program);
	return 0;
}

/* The second argument, whether it was the last thread, came in 6.16: not one of BPF_PROG, which would always
 * read it. */
SEC("tp_btf/sched_process_exit")
int sched_process_exit(volatile u64 *ctx)
{
	struct task_struct *task = (void *)ctx[0];
	bool last = exit_tells_last ? ctx[1] & 1 : is_last_thread(task);

	if (last)
		tell_exit(task);
	return 0;
}

SEC("tp_btf/sched_process_fork")
int BPF_PROG(sched_process_fork, struct task_struct *parent, struct task_struct *child)
{
	count_fork(child);
	return 0;
}

SEC("tp_btf/mark_victim")
int BPF_PROG(mark_victim, struct task_struct *victim)
{
	tell_oom(victim);
	return 0;
}

/* Up to 6.7 the tracepoint says no more than a PID; the kernel kills just before, and that tells of the task.
 */
SEC("tp_btf/signal_generate")
int BPF_PROG(signal_generate, int sig, struct kernel_siginfo *info, struct task_struct *task)
{
	if (sig == SIGKILL && (long)info == SEND_SIG_PRIV)
		remember_victim(task);
	return 0;
}

SEC("tp_btf/mark_victim")
int BPF_PROG(mark_victim_pid, int pid)
{
	struct task_struct *victim = recall_victim(pid);

	if (victim)
		tell_oom(victim);
	return 0;
}
