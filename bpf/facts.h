/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the running kernel is like, asked of its BTF once: facts only. What is made of them is decided by pure functions
 * (walk_decide.c, …), so that every kernel there was is a row of a test.
 */
#pragma once

#include "base/error.h"

#include <stdbool.h>
#include <stdint.h>

/* How exact figures are had: which functions may be called from a program. */
enum flush_function {
	FLUSH_CGROUP_RSTAT, /* cgroup_rstat_flush: up to 6.15 */
	FLUSH_CSS_RSTAT,    /* css_rstat_flush: 6.16 and later */
	FLUSH_MEMCG,	    /* bpf_mem_cgroup_flush_stats: 7.0 and later */
	FLUSH__COUNT
};

#define STAT_ITEMS_MAX 96

struct kernel_facts {
	bool btf; /* /sys/kernel/btf/vmlinux is there and can be read */
	bool iter_cgroup;
	bool iter_task;
	bool flush[FLUSH__COUNT];
	/* memory.stat's items: see walk_decide.c */
	int16_t memcg_stat_items; /* elements of memcg_vmstats.state */
	int16_t memcg_nr_stat;	  /* MEMCG_NR_STAT */
	int16_t memcg_swap;	  /* MEMCG_SWAP, the first of its enum */
	int16_t memcg_events;	  /* elements of memcg_vmstats.events */
	bool mark_victim_has_task; /* its first argument is a task, not a number */
	/* by name of an enumerator of node_stat_item and memcg_stat_item; -1 = not in this kernel. */
	const struct enum_fact *items;
	size_t n_items;
};

struct enum_fact {
	const char *name;
	int16_t value;
};
