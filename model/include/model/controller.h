/* SPDX-License-Identifier: Apache-2.0 */
/* The kernel's cgroup controllers, of both versions, under one name each. */
#pragma once

enum controller {
	CONTROLLER_CORE, /* the files that every v2 cgroup has: cgroup.*, cpu.stat's first lines, *.pressure
			  */
	CONTROLLER_CPU,
	CONTROLLER_CPUACCT, /* v1 only; v2 has its figures in CORE */
	CONTROLLER_CPUSET,
	CONTROLLER_IO, /* v1: blkio */
	CONTROLLER_MEMORY,
	CONTROLLER_PIDS,
	CONTROLLER_FREEZER, /* v1 only; v2: CORE */
	CONTROLLER_DEVICES, /* v1 only; v2: a BPF program */
	CONTROLLER_HUGETLB,
	CONTROLLER_RDMA,
	CONTROLLER_MISC,
	CONTROLLER_PERF_EVENT,
	CONTROLLER_NET_CLS,
	CONTROLLER_NET_PRIO,
	CONTROLLER_NAMED, /* a v1 hierarchy with no controller, such as name=systemd */
	CONTROLLER__COUNT
};
