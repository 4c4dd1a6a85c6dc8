/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One container's cgroups: the same path in several hierarchies, made, entered, limited, frozen, killed and
 * removed as one. Descriptors of the folders are kept, since a mount can go away beneath a running program.
 */
#pragma once

#include "base/error.h"
#include "cgroup/hierarchy.h"
#include "cgroup/limits.h"

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

struct cgroup_group {
	const struct cgroup_layout *layout; /* borrowed */
	char *path;			    /* below each mount's root: "/plimsoll/ID" */
	uint32_t hierarchies;		    /* bits by index: where it has a folder */
	uint32_t made;			    /* bits: where this program made it */
	int fds[HIERARCHIES_MAX];	    /* O_DIRECTORY; -1 elsewhere */
};

/*
 * Makes the folder and its missing parents in each of `hierarchies` (bits); on v2, enables every controller
 * it can in the parents' cgroup.subtree_control. A parent with processes of its own passes none on ("no
 * internal processes", cgroups(7)): the group is made all the same, and the limit that needs one says so.
 * v1's cpuset inherits its parent's cpus and mems (cgroup-v1/cpusets.rst). A folder that exists already is
 * -EEXIST, and nothing is left behind. The caller closes it with cgroup_group_close.
 */
int cgroup_group_make(const struct cgroup_layout *layout, const char *path, uint32_t hierarchies,
		      struct cgroup_group **out, struct error *err);

/* Opens what exists of it: -ENOENT where no hierarchy has it. */
int cgroup_group_open(const struct cgroup_layout *layout, const char *path, struct cgroup_group **out,
		      struct error *err);

/* The cgroups that a process is in, by <procfs>/PID/cgroup: of any runtime's container. Hierarchies' roots
 * are left out, so that nothing done to the group reaches the host: -ENOENT where it is in no other, -ESRCH
 * where there is no such process. */
int cgroup_group_of(const struct cgroup_layout *layout, int procfs, pid_t pid, struct cgroup_group **out,
		    struct error *err);
void cgroup_group_close(struct cgroup_group *group);

/* Executes a plan. The first failure ends it, with a message that names the flag, the file, what the kernel
 * said and what helps; what was written before it stays. -EOPNOTSUPP where there is no such file, -EBUSY
 * where a parent's processes keep a controller away or memory in use is not to be had back. */
int cgroup_group_limit(const struct cgroup_group *group, const struct limit_write *writes, size_t n,
		       struct error *err);

/* The v2 folder for CLONE_INTO_CGROUP, or -1 where the host has none. */
int cgroup_group_v2(const struct cgroup_group *group);

/*
 * The v1 `tasks` files, opened for writing before a child exists (the child writes "0" into each: a pid from
 * outside costs an RCU grace period, about 15 ms). Fills fds (HIERARCHIES_MAX of them), returns the count or
 * -errno.
 */
int cgroup_group_tasks(const struct cgroup_group *group, int *fds, struct error *err);

/* Moves the calling process into the group: "0" into each descriptor of cgroup_group_tasks.
 * Async-signal-safe. 0 or -errno. */
int cgroup_tasks_enter(const int *fds, int n);

/* Moves a process by its pid into every hierarchy (the slow way: for hosts without CLONE_INTO_CGROUP, and
 * exec). */
int cgroup_group_add(const struct cgroup_group *group, pid_t pid, struct error *err);

/* Freezes or thaws, and waits until it is so (v2: cgroup.freeze and cgroup.events; v1: freezer.state), at
 * most timeout_ms; a freeze that fails is thawed again. */
int cgroup_group_freeze(const struct cgroup_group *group, bool frozen, int timeout_ms, struct error *err);

/* 1 frozen, 0 not, or -errno. */
int cgroup_group_is_frozen(const struct cgroup_group *group);

/* Signals every process in it and below: cgroup.kill for SIGKILL on v2; elsewhere freeze, signal, thaw. */
int cgroup_group_signal(const struct cgroup_group *group, int signal, struct error *err);

/* 1 where it or what is below has a process, 0 where not, or -errno. */
int cgroup_group_is_populated(const struct cgroup_group *group);

/* Pids in it and below, each once, for the caller to free. 0 or -errno. */
int cgroup_group_pids(const struct cgroup_group *group, pid_t **pids, size_t *n);

/* Processes of it that the kernel killed for want of memory (memory.events: oom_kill; v1 memory.oom_control),
 * or -errno. */
int64_t cgroup_group_oom_kills(const struct cgroup_group *group);

/* Memory in use now, bytes: what a lowered limit is checked against. -errno where unknown. */
int64_t cgroup_group_memory(const struct cgroup_group *group);

/* Removes its folders and those below, after waiting at most timeout_ms for them to be empty (a dying process
 * still counts a while); what is gone already is fine. Parents stay. The first -errno, after trying all. */
int cgroup_group_remove(const struct cgroup_group *group, int timeout_ms, struct error *err);
