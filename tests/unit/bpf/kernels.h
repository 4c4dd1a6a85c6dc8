/* SPDX-License-Identifier: Apache-2.0 */
/* Kernels as their BTF showed them to walk_facts_ask: 6.1 (Debian 12), 6.12 (Debian 13), 6.18 and 7.2. */
#pragma once

#include "walk_decide.h"

enum test_kernel { KERNEL_6_1, KERNEL_6_12, KERNEL_6_18, KERNEL_7_2 };

/* Which items and events each has: the enumerators came in this order. */
static inline struct walk_facts kernel_facts_of(enum test_kernel k)
{
	struct walk_facts f = {
		.btf = true,
		.cgroup_iterator = true,
		.flush_cgroup = k<KERNEL_6_18, .flush_css = k >= KERNEL_6_18, .flush_memory = k == KERNEL_7_2,
				  .nice = k>
			KERNEL_6_1,
		.pids_peak = k > KERNEL_6_1,
		.swap_peak = k > KERNEL_6_1,
		.soft_limit = k != KERNEL_6_12,
		.kmem = true,
		.limits = true,
		.cpuset = true,
		.set_bytes = 8,
		.local_events = k > KERNEL_6_1,
	};
	int64_t value = 0;

	for (size_t i = 0; i < WALK_ITEM__COUNT; i++)
		f.item[i] = value++;
	for (size_t i = 0; i < WALK_EVENT__COUNT; i++)
		f.event[i] = true;
	if (k < KERNEL_7_2) {
		f.item[WALK_ITEM_NODE_VMALLOC] = -1;
		for (size_t i = WALK_ITEM_NODE_PGSTEAL_KSWAPD; i <= WALK_ITEM_NODE_PGREFILL; i++)
			f.item[i] = -1;
	}
	if (k < KERNEL_6_18) {
		f.item[WALK_ITEM_PGDEMOTE_PROACTIVE] = f.item[WALK_ITEM_HUGETLB] = -1;
		f.event[WALK_EVENT_PGSCAN_PROACTIVE] = f.event[WALK_EVENT_PGSTEAL_PROACTIVE] = false;
	}
	if (k == KERNEL_6_1) {
		f.event[WALK_EVENT_PGSCAN_KHUGEPAGED] = f.event[WALK_EVENT_PGSTEAL_KHUGEPAGED] = false;
		f.nr_stat = f.states = 50;
		f.events = 21;
	} else {
		f.nr_stat = 58;
		f.states = k == KERNEL_6_12 ? 38 : k == KERNEL_6_18 ? 40 : 54;
		f.events = k == KERNEL_6_12 ? 19 : k == KERNEL_6_18 ? 31 : 16;
	}
	return f;
}
