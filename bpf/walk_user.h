/* SPDX-License-Identifier: Apache-2.0 */
/* The walk's user side: loads the programs, has them walk, and hands out what they found. */
#pragma once

#include "cgroup/hierarchy.h"
#include "kernel_btf.h"
#include "model/snapshot.h"
#include "walk_rows.h"

struct walk;

/*
 * Loads the programs and attaches them to every hierarchy of the layout that has figures they know. The
 * layout outlives it. n_cgroups: about so many there are (0 = unknown): where there are more, a walk takes
 * passes. refuse: see object.h. 0 or -errno with the cause: then files have it all.
 */
int walk_open(const struct kernel_btf *btf, const struct cgroup_layout *layout, size_t n_cgroups,
	      const char *refuse, struct walk **out, struct error *err);
void walk_close(struct walk *w);

/* The metrics that walk_fill sets for cgroups of a hierarchy. Can grow by a walk. */
void walk_offers(const struct walk *w, size_t hierarchy, struct metric_set *out);

/* Reads every cgroup of every hierarchy that has something of `need`. 0 or -errno; where it fails nothing is
 * known of any cgroup. */
int walk_run(struct walk *w, const struct metric_set *need, struct error *err);

/* Sets what the last walk found of a cgroup into the entity that was added last. False where it did not meet
 * it. */
bool walk_fill(const struct walk *w, size_t hierarchy, uint64_t inode, const struct walk_names *names,
	       struct snapshot *s, size_t index);

/* User and system time of a v2 cgroup as last shown by walk_fill; left alone where there are none. */
void walk_shown(const struct walk *w, size_t hierarchy, uint64_t inode, struct cputime *out);

struct walk_counts {
	uint64_t walks;
	uint64_t spent_ns;
	uint64_t cgroups; /* that the last one met */
	size_t memory_bytes;
};
void walk_count(const struct walk *w, struct walk_counts *out);
