/* SPDX-License-Identifier: Apache-2.0 */
/* Whose limit a process was killed for: its own cgroup's, or that of one above. */
#include "bpf_events.h"

#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define TIGHT ((size_t)16 << 20)
#define ROOMY ((size_t)24 << 20)

static int limit(const struct listener *l, int memory, const char *name, size_t bytes)
{
	bool v2 = l->layout->hierarchies[memory].version == 2;
	char text[32];

	snprintf(text, sizeof(text), "%zu", bytes);
	(void)cgroup_write(l, memory, name, v2 ? "memory.swap.max" : "memory.swappiness", "0");
	return cgroup_write(l, memory, name, v2 ? "memory.max" : "memory.limit_in_bytes", text);
}

/* A child begins with what its parent had, which is not charged to it. */
static size_t own_resident(void)
{
	size_t pages = 0;
	FILE *f = fopen("/proc/self/statm", "re");

	if (f) {
		if (fscanf(f, "%*u %zu", &pages) != 1)
			pages = 0;
		fclose(f);
	}
	return pages * (size_t)sysconf(_SC_PAGESIZE);
}

static int is_killed_for(struct listener *l, int memory, const char *name, uint64_t inode, uint64_t culprit,
			 size_t most)
{
	const struct seen *e;
	struct work work;

	CHECK(work_start(l, memory, name, fill_until_killed, &work) == 0 && work_go(&work) == SIGKILL);
	e = listen_for_pid(l, KERNEL_OOM_KILL, work.pid);
	CHECK(e && e->cgroup == inode && e->hierarchy == memory);
	CHECK(e->culprit_hierarchy == memory && e->culprit == culprit);
	printf("killed %s, which had %.1f MB resident of %.1f\n", e->word, (double)e->bytes / 1e6,
	       (double)most / 1e6);
	CHECK(e->bytes > most / 2 && e->bytes < most + own_resident() && *e->word);
	e = listen_for_pid(l, KERNEL_EXIT, work.pid);
	CHECK(e && e->status == SIGKILL);
	return 0;
}

int oom_kills(struct listener *l, int memory)
{
	uint64_t outer, inner;

	CHECK(cgroup_make(l, memory, "oom", &outer) == 0);
	if (l->layout->hierarchies[memory].version == 2)
		CHECK(cgroup_write(l, memory, "oom", "cgroup.subtree_control", "+memory") == 0);
	CHECK(cgroup_make(l, memory, "oom/inner", &inner) == 0);
	CHECK(limit(l, memory, "oom", ROOMY) == 0);
	CHECK(is_killed_for(l, memory, "oom/inner", inner, outer, ROOMY) == 0);
	CHECK(limit(l, memory, "oom/inner", TIGHT) == 0);
	CHECK(is_killed_for(l, memory, "oom/inner", inner, inner, TIGHT) == 0);
	CHECK(is_killed_for(l, memory, "oom/inner", inner, inner, TIGHT) == 0);
	CHECK(limit(l, memory, "oom/inner", 4 * ROOMY) == 0);
	CHECK(is_killed_for(l, memory, "oom/inner", inner, outer, ROOMY) == 0);
	CHECK(cgroup_remove(l, memory, "oom/inner") == 0);
	return cgroup_remove(l, memory, "oom");
}
