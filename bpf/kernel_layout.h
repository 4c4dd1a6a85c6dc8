/* SPDX-License-Identifier: Apache-2.0 */
/* Where this process is, and what the kernel calls the hierarchies of a layout: for programs that are to
 * know. */
#pragma once

#include "cgroup/hierarchy.h"
#include "kernel_btf.h"

/*
 * The index of the hierarchy's controller in struct css_set's and struct cgroup's `subsys`, of its first one
 * where there are several; -1 where it has none that the kernel knows. -2 = v2, which is not found by a
 * controller.
 */
int kernel_layout_subsys(const struct kernel_btf *btf, const struct hierarchy *h);

/*
 * struct cgroup_root's hierarchy_id by what /proc/PID/cgroup says, a line "ID:CONTROLLERS:PATH" a hierarchy;
 * -1 = not there. Pure.
 */
int kernel_layout_id_in(const char *text, const struct hierarchy *h);
/* The same of every hierarchy, at most n of them, by /proc/self/cgroup. 0 or -errno. */
int kernel_layout_ids(const struct cgroup_layout *layout, int *ids, size_t n);

/* Whether v2 is mounted with pids_localevents: pids.events then counts what the very cgroup refused. */
bool kernel_layout_has_local_pids_events(void);

/* Whether PIDs are to this process what they are to the kernel. */
bool kernel_layout_in_first_pid_namespace(void);
