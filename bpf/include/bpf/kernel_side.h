/* SPDX-License-Identifier: Apache-2.0 */
/* Opens model/kernel.h's kernel by BPF programs. Knows the running kernel by its BTF alone, never by its
 * version. */
#pragma once

#include "cgroup/hierarchy.h"
#include "model/kernel.h"

struct bpf_options {
	const struct cgroup_layout *layout; /* outlives the object */
	size_t n_cgroups;   /* about so many there are: where there are more, a walk takes passes; 0 = unknown
			     */
	uint32_t parts;	    /* bits (1U << enum kernel_part) that are wanted */
	bool latency_later; /* load KERNEL_LATENCY when it is first asked for, not now: for who keeps the
			       privileges */
	size_t event_bytes; /* size of the ring buffer, a power of two; 0 = 4 MiB */
	/* For tests: a program of this name is refused as if the verifier had said no; NULL = none. */
	const char *refuse;
};

/*
 * Loads what this kernel and this user may have of `parts`; needs CAP_BPF and CAP_PERFMON (and CAP_NET_ADMIN
 * for KERNEL_LATENCY's packets) until it returns. 0
 * where at least one part is on (kernel_status says which, and why not), else -errno with the first cause in
 * plain words.
 */
int bpf_kernel_open(const struct bpf_options *options, struct kernel **out, struct error *err);
