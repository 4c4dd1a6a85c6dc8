/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Where what the kernel keeps for each CPU is: by a map of our own, for __per_cpu_offset is no symbol that is
 * offered. */
#pragma once

#include "kernel_types.h"
#include "percpu.h"

#include <bpf/bpf_core_read.h>
#include <bpf/bpf_helpers.h>

const volatile __u32 n_possible_cpus = 0;

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 1);
	__type(key, u32);
	__type(value, u64);
} anchor SEC(".maps");

__u64 cpu_offset[PERCPU_MOST] = {};
bool cpus_known = false;

static long learn_cpu(u32 cpu, u64 *base)
{
	u32 zero = 0;
	void *there = bpf_map_lookup_percpu_elem(&anchor, &zero, cpu);
	u64 at = 0;

	if (!there || cpu >= PERCPU_MOST)
		return 1;
	/* as a number */
	bpf_probe_read_kernel(&at, sizeof(at), &there);
	cpu_offset[cpu] = at - *base;
	return 0;
}

/* To be called first. The same whoever finds it out, and for as long as the machine is up. */
static __always_inline void learn_cpus(void)
{
	void *map = &anchor;
	u64 array = 0, base = 0;

	if (cpus_known)
		return;
	bpf_probe_read_kernel(&array, sizeof(array), &map);
	bpf_core_read(&base, sizeof(base), &((struct bpf_array *)array)->pptrs[0]);
	bpf_loop(n_possible_cpus, learn_cpu, &base, 0);
	cpus_known = true;
}

/* The address on a CPU of what a per-CPU pointer is of; 0 = not known. */
static __always_inline u64 on_cpu(u64 base, u32 cpu)
{
	return cpu < PERCPU_MOST ? base + cpu_offset[cpu] : 0;
}
