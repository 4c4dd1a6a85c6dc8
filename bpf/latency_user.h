/* SPDX-License-Identifier: Apache-2.0 */
/* The group `latency`, user side: attaches the programs while they are wanted, and adds up what they counted.
 */
#pragma once

#include "cgroup/hierarchy.h"
#include "kernel_btf.h"
#include "model/snapshot.h"

struct latency;

/*
 * Loads the programs and attaches none. The layout outlives it. n_cgroups: about so many there are (0 =
 * unknown); what finds its tables full is not counted. refuse: see object.h. 0 where run queues, block
 * requests or traffic can be measured, *err (code 0: nothing to say) telling what of them can't; else -errno.
 */
int latency_open(const struct kernel_btf *btf, const struct cgroup_layout *layout, size_t n_cgroups,
		 const char *refuse, struct latency **out, struct error *err);
void latency_close(struct latency *l);

/* Attaches the programs, unless they are, and takes in what they have counted so far. 0, *err as above, or
 * -errno where nothing could be attached. */
int latency_read(struct latency *l, struct error *err);

/* Takes in what they have counted and detaches them. */
void latency_stop(struct latency *l);

/* Adds what was taken in of a cgroup, and of those below it, into the entity that was added last. False where
 * its hierarchy is not one that anything is counted by. */
bool latency_fill(struct latency *l, size_t hierarchy, uint64_t inode, struct snapshot *s, size_t index);

size_t latency_memory(const struct latency *l);
