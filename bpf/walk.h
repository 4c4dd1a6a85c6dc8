/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * What a pass of the walk leaves behind: tables that both sides see, filled anew by each pass. A cgroup has
 * the same row in every table of a thing that it has. Figures are as the kernel keeps them; units and names
 * are walk_fields.def's.
 */
#pragma once

#ifndef __bpf__
#include <linux/types.h>
#endif

#define WALK_STATES 64 /* at most so many of memory.stat's amounts, and of its events */
#define WALK_EVENTS 40
#define WALK_DEVICES 64	  /* of a cgroup, at most; where it has more, files have them */
#define WALK_SET_WORDS 16 /* 1,024 CPUs, or nodes */

enum walk_table {
	WALK_CGROUP,
	WALK_BASE,     /* v2: CPU time, whether it is frozen and populated */
	WALK_PRESSURE, /* v2 */
	WALK_AVERAGE,  /* v2: of the pressure */
	WALK_CPU,
	WALK_MEMORY,
	WALK_STAT,	  /* memory.stat: amounts */
	WALK_EVENT,	  /* memory.stat: what was counted, with what is below */
	WALK_LOCAL_EVENT, /* v1: and without */
	WALK_PIDS,
	WALK_FREEZER, /* v1 */
	WALK_CPUSET,
	WALK_IO,    /* one a device; v1: of the cgroup alone, without those below */
	WALK_LIMIT, /* one a device that has any */
	WALK_TABLES
};

#define WALK_BY_FILES (1U << 31) /* what it has there could not be told */
struct walk_cgroup {
	__u64 id;
	__u64 serial; /* no other cgroup has or had it, in any hierarchy */
	__u32 has;    /* bit (1U << enum walk_table) */
	__u32 level;
	__u32 first_io; /* row; n_io of them */
	__u32 n_io;
	__u32 first_limit; /* likewise */
	__u32 n_limits;
};

/* What never changes of a cgroup, kept from walk to walk by where it was met: it lies in places of its own,
 * that nobody has looked at since. */
struct walk_known {
	__u64 serial;
	__u64 id;
	__u32 level;
};

struct walk_base {
	__u64 total_ns; /* sum_exec_runtime */
	__u64 user_ns;	/* to be scaled: see cputime_adjust in kernel/sched/cputime.c */
	__u64 system_ns;
	__u64 nice_ns;
	__u64 shown_user_ns; /* by the file, when it was read last */
	__u64 shown_system_ns;
	__u64 flags; /* of struct cgroup */
	__u64 populated;
};

struct walk_pressure {
	__u64 total[6]; /* ns, enum psi_states' order: I/O, memory, CPU; some, full */
};

struct walk_average {
	__u64 each[18]; /* three each; 2048 = 1.00 % */
};

struct walk_cpu {
	__u64 periods;
	__u64 throttled;
	__u64 throttled_ns;
	__u64 bursts;
	__u64 bursts_ns;
	__u64 quota_ns; /* ~0 = none */
	__u64 period_ns;
	__u64 burst_ns;
	__u64 shares; /* × 1024 */
	__u64 idle;
};

struct walk_memory {
	__u64 usage; /* pages, as all limits */
	__u64 peak;
	__u64 max;
	__u64 high;
	__u64 low;
	__u64 min;
	__u64 failures;
	__u64 soft;
	__u64 swap; /* v1: memory and swap */
	__u64 swap_peak;
	__u64 swap_max;
	__u64 kmem;
	__u64 event[9]; /* enum memcg_memory_event */
};

/* Of both arrays a part, from the first element that is asked for. */
struct walk_stat {
	__s64 state[WALK_STATES];
};

struct walk_events {
	__u64 each[WALK_EVENTS];
};

struct walk_pids {
	__u64 current;
	__u64 max;
	__u64 peak;
	__u64 hits;
};

#define WALK_FREEZING \
	6 /* kernel/cgroup/legacy_freezer.c: CGROUP_FREEZING; FROZEN is found out by reading the file */
struct walk_freezer {
	__u64 state;
};

struct walk_set {
	__u64 bits[WALK_SET_WORDS];
};

struct walk_cpuset {
	struct walk_set cpus; /* that may be used */
	struct walk_set mems;
};

struct walk_io {
	__u32 major;
	__u32 minor;
	__u64 bytes[3]; /* read, written, discarded */
	__u64 ios[3];
};

struct walk_limit {
	__u32 major;
	__u32 minor;
	__u64 each[4]; /* bytes read and written a second, reads and writes a second; ~0 = none */
};

/* How the tree's figures are brought together before they are read: by whichever function this kernel lets us
 * call. */
enum walk_flush {
	WALK_FLUSH_CGROUP = 1, /* cgroup_rstat_flush: all controllers; up to 6.15 */
	WALK_FLUSH_CSS = 2,    /* css_rstat_flush of the cgroup itself: CPU; 6.16 and later */
	WALK_FLUSH_EACH = 4,   /* css_rstat_flush of memory and io as well; refused by 7.2 */
	WALK_FLUSH_MEMORY = 8, /* bpf_mem_cgroup_flush_stats; 7.0 and later */
};
