/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* What the programs of events leave in the ring buffer: records of a few forms, each as small as can be. */
#pragma once

#include "walk.h"

#define TOLD_HIERARCHIES 16
#define TOLD_SHORT 128 /* room for a path, with its NUL */
#define TOLD_LONG 512
#define TOLD_FILE 256
#define TOLD_COMM 16
#define TOLD_DEVICES 8 /* of a removed cgroup that have figures; none are told where it has more */

/* In the order of model/kernel.h's enum kernel_event_kind. */
enum told_kind {
	TOLD_MADE,
	TOLD_REMOVED,
	TOLD_RENAMED,
	TOLD_POPULATED,
	TOLD_EMPTY,
	TOLD_FROZEN,
	TOLD_THAWED,
	TOLD_EXEC,
	TOLD_EXIT,
	TOLD_OOM_KILL,
	TOLD_FORK_STORM,
};

enum told_form {
	TOLD_FORM_SHORT,
	TOLD_FORM_LONG,
	TOLD_FORM_LAST,	    /* with all figures that a v2 cgroup can have */
	TOLD_FORM_LAST_ONE, /* with those of a v1 hierarchy's controller */
	TOLD_FORM_EXEC,
	TOLD_FORM_EXIT,
	TOLD_FORM_OOM,
	TOLD_FORM_STORM,
};

struct told_head {
	__u8 kind; /* enum told_kind */
	__u8 form; /* enum told_form */
	__u8 hierarchy;
	__u8 unused[5];
	__u64 monotonic_ns;
	__u64 cgroup;
};

struct told_short {
	struct told_head head;
	char path[TOLD_SHORT];
};

struct told_long {
	struct told_head head;
	char path[TOLD_LONG];
};

/* The last figures of a cgroup, up to date; settings and amounts are as they happen to be. */
struct told_last {
	struct told_head head;
	__u32 has; /* bit (1U << enum walk_table) */
	__u32 n_io;
	struct walk_base base;
	struct walk_pressure pressure;
	struct walk_cpu cpu;
	struct walk_memory memory;
	struct walk_pids pids;
	struct walk_io io[TOLD_DEVICES];
	char path[TOLD_LONG];
};

struct told_last_one {
	struct told_head head;
	__u32 has; /* one bit */
	__u32 unused;
	union {
		struct walk_base base; /* cpuacct's */
		struct walk_cpu cpu;
		struct walk_memory memory;
		struct walk_pids pids;
	};
	char path[TOLD_LONG];
};

struct told_exec {
	struct told_head head;
	__s32 pid;
	__s32 inner_pid;
	char file[TOLD_FILE];
};

struct told_exit {
	struct told_head head;
	__s32 pid;
	__s32 inner_pid;
	__s32 status;
	__u32 unused;
	char comm[TOLD_COMM];
};

struct told_oom {
	struct told_head head;
	__s32 pid;
	__u32 culprit_hierarchy;
	__u64 culprit; /* 1 = the host */
	__u64 pages;   /* that the victim had resident */
	char comm[TOLD_COMM];
};

struct told_storm {
	struct told_head head;
	__u64 count;
};
