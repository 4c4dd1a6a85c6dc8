/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * What our programs read of the kernel's types, for CO-RE: names and nesting count, offsets and sizes are put
 * right when a program is loaded. A type that looked otherwise in some kernel is there once more behind ___
 * (libbpf's "flavours").
 */
#pragma once

typedef unsigned char __u8;
typedef unsigned short __u16;
typedef unsigned int __u32;
typedef unsigned long long __u64;
typedef signed char __s8;
typedef short __s16;
typedef int __s32;
typedef long long __s64;
typedef __u16 __be16;
typedef __u32 __be32;
typedef __u32 __wsum;
typedef __u8 u8;
typedef __u16 u16;
typedef __u32 u32;
typedef __u64 u64;
typedef __s32 s32;
typedef __s64 s64;
typedef _Bool bool;
#define true 1
#define false 0
#define NULL ((void *)0)

/* include/uapi/linux/bpf.h */
enum { BPF_ANY = 0, BPF_NOEXIST = 1 };
enum bpf_map_type_number {
	BPF_MAP_TYPE_HASH = 1,
	BPF_MAP_TYPE_ARRAY = 2,
	BPF_MAP_TYPE_PERCPU_HASH = 5,
	BPF_MAP_TYPE_PERCPU_ARRAY = 6,
	BPF_MAP_TYPE_LRU_HASH = 9,
	BPF_MAP_TYPE_STACK = 23,
	BPF_MAP_TYPE_RINGBUF = 27,
};
#define BPF_F_NO_PREALLOC 1U
#define BPF_F_MMAPABLE (1U << 10)
#define BPF_RB_NO_WAKEUP 1U
#define BPF_RB_FORCE_WAKEUP 2U
/* The context of programs at packets, a part of it: the verifier puts the offsets right, not CO-RE. */
struct __sk_buff {
	__u32 len;
};

#pragma clang attribute push(__attribute__((preserve_access_index)), apply_to = record)

typedef struct {
	int counter;
} atomic_t;
typedef struct {
	long counter;
} atomic_long_t;
typedef struct {
	s64 counter;
} atomic64_t;

struct list_head {
	struct list_head *next;
};
struct hlist_node {
	struct hlist_node *next;
};
struct hlist_head {
	struct hlist_node *first;
};

/* ---- iterators */

struct seq_file;
struct bpf_iter_meta {
	struct seq_file *seq;
	u64 session_id;
	u64 seq_num;
};
struct bpf_iter__cgroup {
	struct bpf_iter_meta *meta;
	struct cgroup *cgroup;
};
struct bpf_iter__task {
	struct bpf_iter_meta *meta;
	struct task_struct *task;
};

/* ---- cgroups: include/linux/cgroup-defs.h */

struct cgroup;
struct kernfs_node {
	const char *name;
	u64 id;
};
struct cgroup_subsys_state {
	struct cgroup *cgroup;
	struct cgroup_subsys_state *parent;
	struct list_head sibling;
	struct list_head children;
	u64 serial_nr;
};
struct cgroup_subsys_state___populated { /* 7.x */
	int nr_populated_csets;
	int nr_populated_children;
};
struct task_cputime {
	u64 stime;
	u64 utime;
	u64 sum_exec_runtime;
};
struct cgroup_base_stat {
	struct task_cputime cputime;
};
struct cgroup_base_stat___nice { /* 6.12 */
	u64 ntime;
};
struct prev_cputime {
	u64 utime;
	u64 stime;
};
struct cgroup_root {
	int hierarchy_id;
};
struct psi_group {
	u64 total[12];
	unsigned long avg[18];
};
struct psi_group___enabled { /* 6.1: cgroup.pressure */
	bool enabled;
};
struct psi_group___nested { /* 7.2 */
	u64 total[2][6];
	unsigned long avg[6][3];
};
struct cgroup {
	struct cgroup_subsys_state self;
	unsigned long flags;
	int level;
	int nr_populated_csets;
	int nr_populated_domain_children;
	int nr_populated_threaded_children;
	struct kernfs_node *kn;
	struct cgroup_subsys_state *subsys[14];
	struct cgroup_root *root;
	struct cgroup_base_stat last_bstat;
	struct cgroup_base_stat bstat;
	struct prev_cputime prev_cputime;
	struct psi_group *psi;
};
/* What each CPU adds up by itself; the type behind either is not the same, nor is its name. */
struct cgroup___cpu {
	void *rstat_cpu;
};
struct cgroup___base_cpu { /* 6.18 */
	void *rstat_base_cpu;
};
enum cgroup_subsys_id {
	cpuset_cgrp_id,
	cpu_cgrp_id,
	cpuacct_cgrp_id,
	io_cgrp_id,
	memory_cgrp_id,
	devices_cgrp_id,
	freezer_cgrp_id,
	perf_event_cgrp_id,
	hugetlb_cgrp_id,
	pids_cgrp_id
};
struct css_set {
	struct cgroup *dfl_cgrp;
	struct cgroup_subsys_state *subsys[14];
};

/* ---- controllers: kernel/sched/sched.h, mm/memcontrol*, kernel/cgroup/pids.c, block/blk-cgroup.h */

struct cfs_bandwidth {
	s64 period;
	u64 quota;
	u64 burst;
	int nr_periods;
	int nr_throttled;
	u64 throttled_time;
};
struct cfs_bandwidth___burst { /* 5.14 */
	int nr_burst;
	u64 burst_time;
};
struct task_group {
	struct cgroup_subsys_state css;
	unsigned long shares;
	struct cfs_bandwidth cfs_bandwidth;
};
struct task_group___idle { /* 5.15 */
	int idle;
};
struct page_counter {
	atomic_long_t usage;
	unsigned long failcnt;
	unsigned long watermark;
	unsigned long min;
	unsigned long low;
	unsigned long high;
	unsigned long max;
};
struct memcg_vmstats {
	long state[128];
	unsigned long events[128];
};
struct memcg_vmstats___local { /* 6.2 */
	long state_local[128];
	unsigned long events_local[128];
};
struct mem_cgroup {
	struct cgroup_subsys_state css;
	struct page_counter memory;
	struct page_counter swap;
	struct page_counter memsw;
	struct memcg_vmstats *vmstats;
	atomic_long_t memory_events[9];
	atomic_long_t memory_events_local[9];
	unsigned long soft_limit;
};
enum memcg_memory_event { MEMCG_OOM = 3 };
struct mem_cgroup___lock { /* always up to 6.10; from then on with CONFIG_MEMCG_V1 */
	bool oom_lock;
};
struct mem_cgroup___kmem { /* with CONFIG_MEMCG_KMEM, CONFIG_MEMCG_V1 */
	struct page_counter kmem;
};
struct mem_cgroup___v1 { /* always up to 6.10; from then on with CONFIG_MEMCG_V1 */
	unsigned long soft_limit;
};
struct freezer {
	struct cgroup_subsys_state css;
	unsigned int state;
};
struct pids_cgroup {
	struct cgroup_subsys_state css;
	atomic64_t counter;
	atomic64_t limit;
};
struct pids_cgroup___watermark { /* 6.1 */
	s64 watermark;
};
struct pids_cgroup___limit { /* up to 6.10 */
	atomic64_t events_limit;
};
struct pids_cgroup___events { /* 6.11 */
	atomic64_t events[2];
	atomic64_t events_local[2];
};
struct blkg_iostat {
	u64 bytes[3];
	u64 ios[3];
};
struct blkg_iostat_set {
	struct blkg_iostat cur;
	struct blkg_iostat last;
};
struct gendisk {
	int major;
	int first_minor;
};
struct throtl_data;
struct request_queue {
	struct gendisk *disk;
	struct throtl_data *td;
};
struct blkcg;
struct blkg_policy_data;
struct blkcg_gq {
	struct request_queue *q;
	struct hlist_node blkcg_node;
	struct blkcg *blkcg;
	struct blkg_iostat_set *iostat_cpu;
	struct blkg_iostat_set iostat;
	struct blkg_policy_data *pd[6];
};
struct blkcg {
	struct cgroup_subsys_state css;
	struct hlist_head blkg_list;
};
struct cpumask {
	unsigned long bits[1];
};
typedef struct {
	unsigned long bits[1];
} nodemask_t;
struct cpuset { /* kernel/cgroup/cpuset.c, cpuset-internal.h: cpumask_var_t is a pointer with
		   CONFIG_CPUMASK_OFFSTACK */
	struct cpumask *effective_cpus;
	nodemask_t effective_mems;
};
struct cpuset___embedded {
	struct cpumask effective_cpus[1];
};

/* ---- block requests and sockets: include/linux/blk-mq.h, blk_types.h, net/sock.h */

struct bio {
	struct blkcg_gq *bi_blkg;
};
struct request {
	unsigned int cmd_flags;
	unsigned int __data_len;
	struct bio *bio;
	u64 start_time_ns;
};
struct sock_cgroup_data {
	struct cgroup *cgroup;
};
struct sock {
	struct sock_cgroup_data sk_cgrp_data;
};

/* ---- v1's I/O: block/blk-throttle.h, block/blk-cgroup-rwstat.h, lib/percpu_counter.c */

struct raw_spinlock {
	u32 held; /* of the architecture's own: 0 = free */
};
struct percpu_counter___throttle {
	struct raw_spinlock lock;
	s64 count;
	s32 *counters;
};
struct blkg_rwstat {
	struct percpu_counter___throttle cpu_cnt[5];
	atomic64_t aux_cnt[5];
};
struct throtl_grp {
	struct throtl_data *td;
	u64 bps[2];
	unsigned int iops[2];
	struct blkg_rwstat stat_bytes;
	struct blkg_rwstat stat_ios;
};
struct throtl_grp___nested { /* up to 6.9, LIMIT_LOW before LIMIT_MAX; older pahole writes it as an array of
				four */
	u64 bps[2][2];
	unsigned int iops[2][2];
};

/* ---- tasks: include/linux/sched.h, nsproxy.h, pid.h, cred.h */

struct ns_common {
	unsigned int inum;
};
struct uts_namespace {
	struct ns_common ns;
};
struct ipc_namespace {
	struct ns_common ns;
};
struct mnt_namespace {
	struct ns_common ns;
};
struct net {
	struct ns_common ns;
};
struct time_namespace {
	struct ns_common ns;
};
struct cgroup_namespace {
	struct ns_common ns;
};
struct user_namespace {
	struct ns_common ns;
};
struct pid_namespace {
	struct ns_common ns;
};
struct nsproxy {
	struct uts_namespace *uts_ns;
	struct ipc_namespace *ipc_ns;
	struct mnt_namespace *mnt_ns;
	struct net *net_ns;
	struct time_namespace *time_ns;
	struct cgroup_namespace *cgroup_ns;
};
struct upid {
	int nr;
	struct pid_namespace *ns;
};
struct pid {
	unsigned int level;
	struct upid numbers[1];
};
struct cred {
	struct user_namespace *user_ns;
};
struct signal_struct {
	atomic_t live;
	int nr_threads;
	struct list_head thread_head;
	int group_exit_code;
	unsigned int flags;
};
struct percpu_counter {
	s64 count;
};
struct mm_struct___percpu { /* 6.2 */
	struct percpu_counter rss_stat[4];
};
struct mm_rss_stat {
	atomic_long_t count[4];
};
struct mm_struct___atomic {
	struct mm_rss_stat rss_stat;
};
struct mm_struct;
struct kernel_siginfo;
struct linux_binprm {
	const char *filename;
};
struct sched_info {
	unsigned long pcount;
	unsigned long long run_delay;
	unsigned long long last_queued;
};
struct rq {
	u64 clock;
};
struct cfs_rq {
	struct rq *rq; /* with CONFIG_FAIR_GROUP_SCHED */
};
struct sched_entity {
	u64 sum_exec_runtime;
	struct cfs_rq *cfs_rq; /* with CONFIG_FAIR_GROUP_SCHED */
};
struct task_struct {
	unsigned int __state;
	int exit_state;
	int exit_code;
	int pid;
	int tgid;
	struct task_struct *group_leader;
	struct mm_struct *mm;
	char comm[16];
	u64 start_boottime;
	struct list_head thread_node;
	struct css_set *cgroups;
	struct nsproxy *nsproxy;
	struct pid *thread_pid;
	struct cred *real_cred;
	struct signal_struct *signal;
	struct sched_entity se;
	struct sched_info sched_info;
};

/* kernel/bpf/arraymap.c */
struct bpf_array {
	void *pptrs[1];
};

#pragma clang attribute pop

/* A cgroup's state of a controller by the enumerator of its number, which shifts with the kernel's
 * configuration; NULL where either is missing. */
#define SUBSYS(cgroup, id)                                                          \
	(bpf_core_enum_value_exists(enum cgroup_subsys_id, id)                      \
		 ? (cgroup)->subsys[bpf_core_enum_value(enum cgroup_subsys_id, id)] \
		 : NULL)
