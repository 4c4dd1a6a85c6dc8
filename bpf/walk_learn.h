/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Where the kernel keeps page faults among memory's events hangs on how it was configured, which BTF does not
 * tell. One cgroup's memory.stat beside what the walk found of it does.
 */
#pragma once

#include "cgroup/hierarchy.h"

#include "walk_decide.h"

struct walk_events;

/*
 * The one of the candidates at which events[] holds what the file says of page faults, both before and after
 * it was walked; -1 where none does or several do. Pure: figures of one cgroup, from its file.
 */
int walk_learn_match(const struct walk_config *config, const struct walk_events *row, uint64_t pgfault,
		     uint64_t pgmajfault);

/* Reads both figures of the cgroup with this inode from its memory.stat. 0 or -errno. */
int walk_learn_read(const struct hierarchy *hierarchy, uint64_t inode, uint64_t *pgfault,
		    uint64_t *pgmajfault);
