/* SPDX-License-Identifier: Apache-2.0 */
/* The last figures of a removed cgroup, user side: which metrics they are, and a record's into a snapshot. */
#pragma once

#include "cgroup/hierarchy.h"
#include "events_decide.h"
#include "walk_rows.h"

struct told_head;

/* The counters and peaks that a record of this hierarchy's cgroups has; `tables` of it are what the programs
 * read. Pure. */
void events_last_columns(const struct cgroup_layout *layout, size_t hierarchy, const struct walk_facts *facts,
			 const struct events_config *config, struct walk_columns *out);

/* Whether the record has figures at all. */
bool events_last_has(const struct told_head *record);

/*
 * As kernel_fill_final of model/kernel.h. shown: user and system time that were told of the cgroup before,
 * which the last ones don't go back behind; {0} = none.
 */
bool events_last_fill(const struct told_head *record, const struct walk_columns *columns, uint64_t page_size,
		      const struct cputime *shown, const struct walk_names *names, struct snapshot *s,
		      size_t index);
