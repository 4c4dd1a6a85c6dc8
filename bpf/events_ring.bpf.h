/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The ring buffer, and what the programs were told of the layout. */
#pragma once

#include "kernel_types.h"

#include "events.h"

#include <bpf/bpf_core_read.h>
#include <bpf/bpf_helpers.h>

struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 1U << 22);
} ring SEC(".maps");

/* Events that found it full. */
__u64 dropped = 0;

/* By hierarchy of the layout. */
const volatile __u32 n_hierarchies = 0;
const volatile __s32 kernel_id[TOLD_HIERARCHIES] = {}; /* struct cgroup_root's hierarchy_id; -1 = not known */
const volatile __u32 tables_of[TOLD_HIERARCHIES] = {}; /* of a removed cgroup: bit (1U << enum walk_table) */
const volatile __s32 v2 = -1;
const volatile __s32 wakes = -1; /* whose new cgroups wake user space */
/* Where a task is found that is in no v2 cgroup below the root, and css_set's index of that; -1 = nowhere. */
const volatile __s32 other = -1;
const volatile __s32 other_subsys = -1;
const volatile __s32 memory = -1;

/* The index in the layout, or -1; also for a hierarchy's root, which is nobody's container. */
static __always_inline s32 hierarchy_of(struct cgroup *c)
{
	s32 id = c->root->hierarchy_id;

	if (c->level == 0)
		return -1;
	for (u32 h = 0; h < TOLD_HIERARCHIES && h < n_hierarchies; h++)
		if (kernel_id[h] == id)
			return (s32)h;
	return -1;
}

static __always_inline void *reserve(u64 size)
{
	void *record = bpf_ringbuf_reserve(&ring, size, 0);

	if (!record)
		__sync_fetch_and_add(&dropped, 1);
	return record;
}

static __always_inline void fill_head(struct told_head *e, enum told_kind kind, enum told_form form,
				      u32 hierarchy, u64 cgroup)
{
	e->kind = kind;
	e->form = form;
	e->hierarchy = (u8)hierarchy;
	e->monotonic_ns = bpf_ktime_get_ns();
	e->cgroup = cgroup;
}

/* What does not fit is told as "": a part of a path is another cgroup's. */
static __always_inline void take_path(char path[TOLD_LONG], const char *from)
{
	long n = bpf_probe_read_kernel_str(path, TOLD_LONG, from);

	if (n < 0 || n >= TOLD_LONG)
		path[0] = '\0';
}
