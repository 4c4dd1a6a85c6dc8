/* SPDX-License-Identifier: Apache-2.0 */
/* The processes of a container, for the dashboard: /proc/PID of every pid in its cgroups (proc_pid_stat(5)).
 */
#pragma once

#include "cgroup/hierarchy.h"
#include "tui/detail.h"

struct process_table {
	const struct cgroup_layout *layout; /* borrowed */
	int procfs;			    /* the folder itself; process_table_close closes it */
	uint64_t ticks_per_second;	    /* of proc_pid_stat's times: sysconf(_SC_CLK_TCK) */
	uint64_t page_size;
};

/* procfs: a path such as "/proc". 0 or -errno. */
int process_table_open(const struct cgroup_layout *layout, const char *procfs, struct process_table *out,
		       struct error *err);
void process_table_close(struct process_table *t);

/* tui_details.processes; a process that ends while it is read is left out. context: a struct process_table.
 */
int process_table_read(void *context, const struct action_target *target, struct arena *arena,
		       struct process **out, size_t *n, struct error *err);

/* Pure: a line of /proc/PID/stat, into the members that it has. The command's name goes to `name` (a slice of
 * the line). False, and nothing written, where it is none. */
bool process_parse_stat(struct slice text, const struct process_table *t, struct process *out,
			struct slice *name);
