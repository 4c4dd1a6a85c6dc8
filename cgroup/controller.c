/* SPDX-License-Identifier: Apache-2.0 */
#include "base/cleanup.h"
#include "cgroup/hierarchy.h"

#include <string.h>

struct names {
	const char *v2;
	const char *v1;
};

static const struct names names[CONTROLLER__COUNT] = {
	[CONTROLLER_CORE] = {"cgroup", "cgroup"},
	[CONTROLLER_CPU] = {"cpu", "cpu"},
	[CONTROLLER_CPUACCT] = {"cpuacct", "cpuacct"},
	[CONTROLLER_CPUSET] = {"cpuset", "cpuset"},
	[CONTROLLER_IO] = {"io", "blkio"},
	[CONTROLLER_MEMORY] = {"memory", "memory"},
	[CONTROLLER_PIDS] = {"pids", "pids"},
	[CONTROLLER_FREEZER] = {"freezer", "freezer"},
	[CONTROLLER_DEVICES] = {"devices", "devices"},
	[CONTROLLER_HUGETLB] = {"hugetlb", "hugetlb"},
	[CONTROLLER_RDMA] = {"rdma", "rdma"},
	[CONTROLLER_MISC] = {"misc", "misc"},
	[CONTROLLER_PERF_EVENT] = {"perf_event", "perf_event"},
	[CONTROLLER_NET_CLS] = {"net_cls", "net_cls"},
	[CONTROLLER_NET_PRIO] = {"net_prio", "net_prio"},
	[CONTROLLER_NAMED] = {"named", "named"},
};

const char *controller_name(enum controller c)
{
	return c < CONTROLLER__COUNT ? names[c].v2 : "unknown";
}

const char *controller_v1_name(enum controller c)
{
	return c < CONTROLLER__COUNT ? names[c].v1 : "unknown";
}

enum controller controller_find(const char *name)
{
	for (enum controller c = 0; c < CONTROLLER__COUNT; c++)
		if (strcmp(name, names[c].v2) == 0 || strcmp(name, names[c].v1) == 0)
			return c;
	return CONTROLLER__COUNT;
}

const char *cgroup_mode_name(enum cgroup_mode mode)
{
	static const char *const modes[] = {
		[CGROUP_NONE] = "none", [CGROUP_V2] = "v2", [CGROUP_HYBRID] = "hybrid", [CGROUP_V1] = "v1"};

	return mode < ARRAY_SIZE(modes) ? modes[mode] : "unknown";
}
