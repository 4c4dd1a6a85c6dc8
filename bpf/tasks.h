/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* What a pass over the tasks leaves behind: a row a process, as the kernel keeps it. */
#pragma once

#ifndef __bpf__
#include <linux/types.h>
#endif

#define TASK_HIERARCHIES 16
#define TASK_NAMESPACES 8
#define TASK_STATES 5

struct task_row {
	__s32 pid;
	__u32 threads;
	__u32 states[TASK_STATES];	   /* running, sleeping, stopped, uninterruptible, zombie */
	__u64 cgroups[TASK_HIERARCHIES];   /* by hierarchy of the layout */
	__u32 namespaces[TASK_NAMESPACES]; /* cgroup, ipc, mnt, net, pid, time, user, uts */
	__u64 start_ns;			   /* CLOCK_BOOTTIME */
	__u64 run_ns;
	__u64 wait_ns;
	__u64 periods;
};
