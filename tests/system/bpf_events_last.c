/* SPDX-License-Identifier: Apache-2.0 */
/* What a removed cgroup had last: as its files said it, and also where nobody read them. */
#include "bpf_events.h"

#include <stdlib.h>
#include <unistd.h>

/* It burnt in the cgroup, and began before it was in there; what is below a microsecond is in neither part of
 * rusage. */
static bool is_time_of(uint64_t ns, const struct work *work)
{
	printf("last CPU time %.3f ms; the process burnt %.3f ms there, and used %.3f ms\n", (double)ns / 1e6,
	       (double)BURN_NS / 1e6, (double)work->used_ns / 1e6);
	return ns >= BURN_NS / 1000 * 1000 && ns <= work->used_ns + 2000;
}

/* Nobody reads cpu.stat, and so nothing is brought together. */
static int cpu_of_its_own(struct listener *l, int v2)
{
	const struct seen *e;
	struct work work;
	uint64_t inode;

	CHECK(cgroup_make(l, v2, "burn", &inode) == 0);
	CHECK(work_start(l, v2, "burn", burn, &work) == 0 && work_go(&work) == 0);
	CHECK(cgroup_remove(l, v2, "burn") == 0);
	e = listen_for(l, KERNEL_CGROUP_REMOVED, v2, inode);
	CHECK(e && e->cpu_ns != NO_FIGURE);
	CHECK(is_time_of(e->cpu_ns, &work));
	CHECK(e->user_ns + e->system_ns <= e->cpu_ns && e->cpu_ns - e->user_ns - e->system_ns < 2000);
	return 0;
}

static int cpu_as_in_the_file(struct listener *l, int v2)
{
	const struct seen *e;
	struct work work;
	uint64_t inode, usage, user, system;

	CHECK(cgroup_make(l, v2, "file", &inode) == 0);
	CHECK(work_start(l, v2, "file", burn, &work) == 0 && work_go(&work) == 0);
	usage = cgroup_read(l, v2, "file", "cpu.stat", "usage_usec ");
	user = cgroup_read(l, v2, "file", "cpu.stat", "user_usec ");
	system = cgroup_read(l, v2, "file", "cpu.stat", "system_usec ");
	CHECK(cgroup_remove(l, v2, "file") == 0);
	e = listen_for(l, KERNEL_CGROUP_REMOVED, v2, inode);
	CHECK(e && e->cpu_ns == usage * 1000 && e->user_ns == user * 1000 && e->system_ns == system * 1000);
	return 0;
}

/* What was removed below it, however deep, is in a cgroup's figures before the kernel has brought it
 * together. */
static int cpu_from_below(struct listener *l, int v2)
{
	const struct seen *e;
	struct work work;
	uint64_t outer, middle, inner, used;

	CHECK(cgroup_make(l, v2, "outer", &outer) == 0);
	CHECK(cgroup_make(l, v2, "outer/middle", &middle) == 0);
	CHECK(cgroup_make(l, v2, "outer/middle/inner", &inner) == 0);
	CHECK(cgroup_make(l, v2, "outer/beside", NULL) == 0);
	CHECK(work_start(l, v2, "outer/middle/inner", burn, &work) == 0 && work_go(&work) == 0);
	CHECK(cgroup_remove(l, v2, "outer/middle/inner") == 0);
	CHECK(cgroup_remove(l, v2, "outer/beside") == 0);
	CHECK(cgroup_remove(l, v2, "outer/middle") == 0);
	CHECK(cgroup_remove(l, v2, "outer") == 0);
	e = listen_for(l, KERNEL_CGROUP_REMOVED, v2, inner);
	CHECK(e && is_time_of(e->cpu_ns, &work));
	used = e->cpu_ns;
	e = listen_for(l, KERNEL_CGROUP_REMOVED, v2, middle);
	CHECK(e && e->cpu_ns == used);
	e = listen_for(l, KERNEL_CGROUP_REMOVED, v2, outer);
	CHECK(e && e->cpu_ns == used);
	return 0;
}

static int cpu_of_v1(struct listener *l, int cpuacct)
{
	const struct seen *e;
	struct work work;
	uint64_t inode, usage, user, system;

	CHECK(cgroup_make(l, cpuacct, "burn", &inode) == 0);
	CHECK(work_start(l, cpuacct, "burn", burn, &work) == 0 && work_go(&work) == 0);
	usage = cgroup_read(l, cpuacct, "burn", "cpuacct.usage", "");
	user = cgroup_read(l, cpuacct, "burn", "cpuacct.stat", "user ");
	system = cgroup_read(l, cpuacct, "burn", "cpuacct.stat", "system ");
	CHECK(cgroup_remove(l, cpuacct, "burn") == 0);
	e = listen_for(l, KERNEL_CGROUP_REMOVED, cpuacct, inode);
	CHECK(e && usage > 0 && e->cpu_ns == usage);
	CHECK(e->user_ns == user * 10000000 && e->system_ns == system * 10000000);
	return 0;
}

static int peaks(struct listener *l, int memory)
{
	bool v2 = l->layout->hierarchies[memory].version == 2;
	const struct seen *e;
	struct work work;
	uint64_t inode, peak;

	CHECK(cgroup_make(l, memory, "peak", &inode) == 0);
	CHECK(work_start(l, memory, "peak", fill_some, &work) == 0 && work_go(&work) == 0);
	peak = cgroup_read(l, memory, "peak", v2 ? "memory.peak" : "memory.max_usage_in_bytes", "");
	CHECK(cgroup_remove(l, memory, "peak") == 0);
	e = listen_for(l, KERNEL_CGROUP_REMOVED, memory, inode);
	CHECK(e && e->memory_peak >= SOME_BYTES && e->memory_peak == peak && e->failures == 0);
	return 0;
}

static int pids_at_most(struct listener *l, int pids)
{
	const struct seen *e;
	struct work work;
	uint64_t inode, peak;

	CHECK(cgroup_make(l, pids, "pids", &inode) == 0);
	CHECK(work_start(l, pids, "pids", end_with_threads, &work) == 0 && work_go(&work) > 0);
	peak = cgroup_read(l, pids, "pids", "pids.peak", "");
	CHECK(cgroup_remove(l, pids, "pids") == 0);
	e = listen_for(l, KERNEL_CGROUP_REMOVED, pids, inode);
	/* the file is younger than some kernels, and so is the figure: absent in both */
	CHECK(e && e->pids_peak == peak && peak > 1);
	return 0;
}

static int writes(struct listener *l, int io)
{
	const struct seen *e;
	struct work work;
	uint64_t inode;

	CHECK(cgroup_make(l, io, "io", &inode) == 0);
	CHECK(work_start(l, io, "io", write_device, &work) == 0 && work_go(&work) == 0);
	CHECK(cgroup_remove(l, io, "io") == 0);
	e = listen_for(l, KERNEL_CGROUP_REMOVED, io, inode);
	CHECK(e && e->written == SOME_BYTES);
	return 0;
}

int last_figures(struct listener *l)
{
	int v2 = home_of(l->layout, CONTROLLER_CORE), cpuacct = home_of(l->layout, CONTROLLER_CPUACCT);
	int memory = home_of(l->layout, CONTROLLER_MEMORY), pids = home_of(l->layout, CONTROLLER_PIDS);
	int io = home_of(l->layout, CONTROLLER_IO);

	if (v2 >= 0) {
		CHECK(cpu_of_its_own(l, v2) == 0);
		CHECK(cpu_as_in_the_file(l, v2) == 0);
		CHECK(cpu_from_below(l, v2) == 0);
	}
	CHECK(cpuacct < 0 || cpu_of_v1(l, cpuacct) == 0);
	CHECK(memory < 0 || peaks(l, memory) == 0);
	CHECK(pids < 0 || pids_at_most(l, pids) == 0);
	/* a disk that is nobody's is only in the guest */
	CHECK(!getenv("PLIMSOLL_VM") || io < 0 || io != v2 || writes(l, io) == 0);
	return 0;
}
