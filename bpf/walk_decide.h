/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the walk can give on a kernel: facts from its BTF, and decisions that are pure functions of them.
 */
#pragma once

#include "kernel_btf.h"

#include <stddef.h>

enum walk_item {
#define ITEM(id, ...) WALK_ITEM_##id,
#define OWN(id, ...) WALK_ITEM_##id,
#include "walk_stat.def"
	WALK_ITEM__COUNT
};

enum walk_event {
#define EVENT(id, ...) WALK_EVENT_##id,
#include "walk_stat.def"
	WALK_EVENT__COUNT
};

struct walk_facts {
	bool btf;
	bool cgroup_iterator; /* since 6.1 */
	/* Functions that a program may call: see enum walk_flush. */
	bool flush_cgroup;
	bool flush_css;
	bool flush_memory;
	/* Members that some kernels have not. */
	bool nice; /* since 6.12, as are weights that are never shown as less than 1 */
	bool pids_peak;
	bool swap_peak; /* the file: the figure is older */
	bool soft_limit;
	bool kmem;
	bool local_events;
	bool can_cast; /* bpf_rdonly_cast: since 6.2 */
	bool throttle; /* v1's I/O: members, and a way to each CPU's part */
	bool limits;   /* of I/O */
	bool cpuset;
	uint32_t set_bytes; /* of a set of as many CPUs as this host can have; 0 = cpusets can't be read */
	int states;	    /* elements of struct memcg_vmstats' state; -1 = not an array of its own */
	int events;
	int64_t nr_stat;		/* MEMCG_NR_STAT */
	int64_t item[WALK_ITEM__COUNT]; /* the enumerator's value, -1 = not in this kernel */
	bool event[WALK_EVENT__COUNT];	/* among vm_event_item */
};

struct walk_config {
	uint32_t flush; /* enum walk_flush */
	/*
	 * No function that we may call flushes memory: reading the topmost memory.stat does
	 * (mm/memcontrol.c: mem_cgroup_flush_stats), as far as it would for each file below it.
	 */
	bool memory_by_file;
	/* Figures that are as fresh as the files': the flush reached them. */
	bool fresh_cpu;
	bool fresh_memory;
	bool fresh_io;
	bool cpuacct; /* v1's CPU times; not by the walk */
	uint32_t n_events;
	bool states_known; /* the lists of walk_stat.def are this kernel's: their length says so */
	int16_t state[WALK_ITEM__COUNT]; /* index of state[], -1 = none */
	/*
	 * Where events[] has each, counted from where it has PGFAULT, and INT16_MIN for none. What is before
	 * the first of ours depends on how the kernel was configured; the file tells (walk_learn.c): PGFAULT
	 * is at one of these indexes.
	 */
	int16_t event[WALK_EVENT__COUNT];
	int16_t pgfault_at[8];
	size_t n_pgfault_at;
};

void walk_facts_ask(const struct kernel_btf *b, struct walk_facts *out);

/* 0, or -ENOTSUP with what is missing: then there is no walk. */
int walk_decide(const struct walk_facts *facts, struct walk_config *out, struct error *err);

/* The same without flushes that the verifier of a kernel refuses although it has the functions. False where
 * nothing can be left out any more. */
bool walk_decide_less(struct walk_config *config);
