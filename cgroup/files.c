/* SPDX-License-Identifier: Apache-2.0 */
/* What is in which file. The only place that knows: a new kernel's file is one more row. */
#include "base/cleanup.h"
#include "base/text.h"
#include "cgroup/format.h"

struct file_kind {
	const char *name; /* a glob */
	int version;	  /* 0: both */
	enum file_format format;
};

/* The first that matches wins. Files of a single number are left out. */
static const struct file_kind kinds[] = {
	/* Documentation/admin-guide/cgroup-v2.rst, core interface files; v1: cgroup-v1/cgroups.rst */
	{"cgroup.procs", 0, FILE_LINES},
	{"cgroup.threads", 0, FILE_LINES},
	{"tasks", 1, FILE_LINES},
	{"cgroup.events", 0, FILE_FLAT},
	{"cgroup.stat", 0, FILE_FLAT},
	{"cgroup.stat.local", 0, FILE_FLAT},
	{"cgroup.controllers", 0, FILE_TEXT},
	{"cgroup.subtree_control", 0, FILE_TEXT},
	{"cgroup.type", 0, FILE_TEXT},
	{"release_agent", 1, FILE_TEXT},

	/* Documentation/accounting/psi.rst; cgroup.pressure is a switch */
	{"cgroup.pressure", 0, FILE_SINGLE},
	{"*.pressure", 0, FILE_PRESSURE},
	{"pressure/*", 0, FILE_PRESSURE},

	{"cpu.stat", 0, FILE_FLAT},
	{"cpu.stat.local", 0, FILE_FLAT},
	{"cpu.max", 2, FILE_PAIR},
	{"cpuacct.stat", 1, FILE_FLAT},
	{"cpuacct.usage_all", 1, FILE_FLAT},
	{"cpuacct.usage_percpu*", 1, FILE_PAIR},
	{"cpuset.cpus*", 0, FILE_TEXT},
	{"cpuset.mems*", 0, FILE_TEXT},
	{"cpuset.effective_*", 1, FILE_TEXT},

	{"memory.stat", 0, FILE_FLAT},
	{"memory.events", 0, FILE_FLAT},
	{"memory.events.local", 0, FILE_FLAT},
	{"memory.swap.events", 0, FILE_FLAT},
	{"memory.oom_control", 1, FILE_FLAT},
	{"memory.numa_stat", 1, FILE_NUMA_V1},
	{"memory.numa_stat", 2, FILE_NUMA_V2},

	{"io.stat", 0, FILE_NESTED},
	{"io.max", 0, FILE_NESTED},
	{"io.latency", 0, FILE_NESTED},
	{"io.cost.*", 0, FILE_NESTED},
	{"io.weight", 0, FILE_WEIGHT},
	{"io.bfq.weight", 0, FILE_WEIGHT},
	{"io.prio.class", 0, FILE_TEXT},
	{"blkio.prio.class", 1, FILE_TEXT},
	{"blkio.bfq.weight", 1, FILE_WEIGHT},
	{"blkio.bfq.weight_device", 1, FILE_WEIGHT},
	{"blkio.*_device", 1, FILE_FLAT_NAMES},
	{"blkio.*io_*", 1, FILE_BLKIO},
	{"blkio.*time*", 1, FILE_FLAT_NAMES},
	{"blkio.*sectors*", 1, FILE_FLAT_NAMES},

	{"pids.events", 0, FILE_FLAT},
	{"pids.events.local", 0, FILE_FLAT},

	/* hugetlb's numa_stat looks like memory's of v1 in both versions (mm/hugetlb_cgroup.c) */
	{"hugetlb.*.events", 0, FILE_FLAT},
	{"hugetlb.*.events.local", 0, FILE_FLAT},
	{"hugetlb.*.numa_stat", 0, FILE_NUMA_V1},

	{"rdma.current", 0, FILE_NESTED},
	{"rdma.max", 0, FILE_NESTED},
	{"misc.events", 0, FILE_FLAT},
	{"misc.events.local", 0, FILE_FLAT},
	{"misc.*", 0, FILE_FLAT_NAMES},
	{"dmem.*", 0, FILE_FLAT_NAMES},
	{"net_prio.ifpriomap", 1, FILE_FLAT_NAMES},

	{"freezer.state", 1, FILE_TEXT},
	{"devices.list", 1, FILE_TEXT},

	/* below /proc/PID */
	{"net/dev", 0, FILE_NET_DEV},
	{"net/tcp", 0, FILE_TCP},
	{"net/tcp6", 0, FILE_TCP},
	{"net/udp", 0, FILE_UDP},
	{"net/udp6", 0, FILE_UDP},
	{"schedstat", 0, FILE_PAIR},
};

enum file_format file_format_of(int version, const char *name)
{
	for (size_t i = 0; i < ARRAY_SIZE(kinds); i++)
		if ((!kinds[i].version || kinds[i].version == version) && text_glob(kinds[i].name, name))
			return kinds[i].format;
	return FILE_SINGLE;
}
