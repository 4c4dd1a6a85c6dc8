/* SPDX-License-Identifier: Apache-2.0 */
/* The instructions of classic BPF, as seccomp takes them (the kernel's seccomp_filter.rst). */
#pragma once

#include "rules.h"

/* Call numbers from `start` until the next segment's. */
struct segment {
	uint32_t start;
	uint32_t action;	   /* where none of the rules holds */
	const struct rule **rules; /* each with conditions */
	size_t n;
	size_t size; /* of its code; emit_arch's own */
};

struct code {
	struct sock_filter *at;
	size_t n;
	size_t cap;
};

/* All: 0, -E2BIG beyond BPF_MAXINSNS, -ENOMEM. */
int emit_start(struct code *code);
/* segments[0].start is 0, and they ascend. */
int emit_arch(struct code *code, uint32_t audit, struct segment *segments, size_t n);
/* What becomes of other architectures: the end of the process. */
int emit_end(struct code *code);
void code_free(struct code *code);
