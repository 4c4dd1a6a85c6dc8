/* SPDX-License-Identifier: Apache-2.0 */
/* Events, user side: loads the programs, attaches them, and tells what they left in the ring buffer. */
#pragma once

#include "cgroup/hierarchy.h"
#include "kernel_btf.h"
#include "model/kernel.h"
#include "walk_rows.h"

struct events;

/*
 * Loads the programs that this kernel has tracepoints for. bytes: of the ring buffer, a power of two; 0 = 4
 * MiB. refuse: see object.h. 0, -ENOTSUP where this process is in a PID namespace of its own, whose numbers
 * the kernel's are not, or -errno.
 */
int events_open(const struct kernel_btf *btf, const struct cgroup_layout *layout, size_t bytes,
		const char *refuse, struct events **out, struct error *err);
void events_close(struct events *e);

/* As kernel_events and kernel_event_fd of model/kernel.h. */
int events_take(struct events *e, void (*tell)(void *context, const struct kernel_event *event),
		void *context, struct error *err);
int events_fd(const struct events *e);

/* As kernel_fill_final; shown: see events_last.h. */
bool events_fill_final(const struct events *e, const struct kernel_event *event, const struct cputime *shown,
		       const struct walk_names *names, struct snapshot *s, size_t index);

struct events_counts {
	uint64_t told;
	uint64_t dropped;
	size_t memory_bytes;
	const char *missing; /* what this kernel can't tell, in plain words; "" = nothing */
};
void events_count(const struct events *e, struct events_counts *out);
