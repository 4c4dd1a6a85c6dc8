/* SPDX-License-Identifier: Apache-2.0 */
/* memory: Documentation/admin-guide/cgroup-v2.rst, cgroup-v1/memory.rst. */
#include "base/cleanup.h"
#include "limit_plan.h"

#include <errno.h>
#include <stdio.h>

static bool asks(const struct limit_planner *p, enum limit which)
{
	return limit_is_set(p->more, which);
}

/* A number of bytes, or what the version has for no limit. */
static int put_bytes(struct limit_planner *p, const char *flag, const char *file, int64_t bytes,
		     const char *unlimited)
{
	if (bytes < 0)
		return limit_put(p, CONTROLLER_MEMORY, flag, file, "%s", unlimited);
	return limit_put(p, CONTROLLER_MEMORY, flag, file, "%lld", (long long)bytes);
}

/*
 * Memory and swap together, which is how Docker and v1 count: as asked, else twice the memory. -1 = no limit.
 */
static int64_t total_of(const struct cgroup_limits *all)
{
	int64_t memory = limit_is_set(all, LIMIT_MEMORY) ? all->value[LIMIT_MEMORY] : -1;

	if (limit_is_set(all, LIMIT_MEMORY_SWAP))
		return all->value[LIMIT_MEMORY_SWAP];
	return memory < 0 || memory > INT64_MAX / 2 ? -1 : 2 * memory;
}

/* Without swap accounting (CONFIG_SWAP, swapaccount=0) there is no file: fatal only to who asked for a
 * limit. */
static void mark_swap(struct limit_planner *p, int64_t total)
{
	bool asked = limit_is_set(p->all, LIMIT_MEMORY_SWAP) && total >= 0;

	limit_last(p)->missing = asked ? LIMIT_MISSING_FAILS : LIMIT_MISSING_SKIPS;
}

static int refuse_v2(struct limit_planner *p)
{
	if (asks(p, LIMIT_MEMORY_SWAPPINESS))
		return error_set(
			p->err, -EOPNOTSUPP,
			"limit the swap itself with --memory-swap; vm.swappiness is the host's",
			"--memory-swappiness can't be kept: cgroup v2 has no swappiness of a cgroup");
	if (asks(p, LIMIT_OOM_KILL_DISABLE) && p->more->value[LIMIT_OOM_KILL_DISABLE])
		return error_set(
			p->err, -EOPNOTSUPP,
			"slow it down before it is killed with --memory-high, or protect it with "
			"--oom-score-adj",
			"--oom-kill-disable can't be kept: cgroup v2 always kills at the memory limit");
	if (asks(p, LIMIT_KERNEL_MEMORY))
		return error_set(
			p->err, -EOPNOTSUPP, "limit both with --memory",
			"--kernel-memory can't be kept: cgroup v2 counts the kernel's memory with the rest");
	return 0;
}

static int plan_v2(struct limit_planner *p)
{
	int64_t memory = limit_is_set(p->all, LIMIT_MEMORY) ? p->all->value[LIMIT_MEMORY] : -1;
	int64_t total = total_of(p->all);
	int r = refuse_v2(p);

	/* "no reservation" is no protection, and memory.low "max" would be all of it */
	if (r == 0 && asks(p, LIMIT_MEMORY_RESERVATION))
		r = put_bytes(p, "--memory-reservation", "memory.low",
			      p->more->value[LIMIT_MEMORY_RESERVATION], "0");
	if (r == 0 && (asks(p, LIMIT_MEMORY) || asks(p, LIMIT_MEMORY_SWAP))) {
		r = put_bytes(p, "--memory-swap", "memory.swap.max", total < 0 ? -1 : total - memory, "max");
		if (r == 0)
			mark_swap(p, total);
	}
	/* before the limit that kills: what is lowered is reclaimed first */
	if (r == 0 && asks(p, LIMIT_MEMORY_HIGH))
		r = put_bytes(p, "--memory-high", "memory.high", p->more->value[LIMIT_MEMORY_HIGH], "max");
	if (r == 0 && asks(p, LIMIT_MEMORY))
		r = put_bytes(p, "--memory", "memory.max", memory, "max");
	return r;
}

static int plan_limit_v1(struct limit_planner *p)
{
	/* what was asked for before stands in the file already */
	bool swap = asks(p, LIMIT_MEMORY_SWAP) ||
		    (asks(p, LIMIT_MEMORY) && !limit_is_set(p->all, LIMIT_MEMORY_SWAP));
	int64_t total = total_of(p->all);
	int r = 0;

	if (asks(p, LIMIT_MEMORY)) {
		r = put_bytes(p, "--memory", "memory.limit_in_bytes", p->more->value[LIMIT_MEMORY], "-1");
		if (r == 0)
			limit_last(p)->paired = swap;
	}
	if (r == 0 && swap) {
		r = put_bytes(p, "--memory-swap", "memory.memsw.limit_in_bytes", total, "-1");
		if (r == 0)
			mark_swap(p, total);
	}
	return r;
}

static int plan_kernel_v1(struct limit_planner *p)
{
	int64_t value = p->more->value[LIMIT_KERNEL_MEMORY];
	int r = put_bytes(p, "--kernel-memory", "memory.kmem.limit_in_bytes", value, "-1");

	if (r == 0)
		limit_last(p)->verified = value >= 0;
	return r;
}

static int plan_v1(struct limit_planner *p)
{
	int r = 0;

	if (asks(p, LIMIT_MEMORY_HIGH))
		return error_set(
			p->err, -EOPNOTSUPP,
			"use --memory-reservation, which cgroup v1 reclaims down to when the host is short "
			"of "
			"memory, or boot with systemd.unified_cgroup_hierarchy=1",
			"--memory-high can't be kept: the memory controller of this host is cgroup v1's");
	if (asks(p, LIMIT_KERNEL_MEMORY))
		r = plan_kernel_v1(p);
	if (r == 0)
		r = plan_limit_v1(p);
	if (r == 0 && asks(p, LIMIT_MEMORY_RESERVATION))
		r = put_bytes(p, "--memory-reservation", "memory.soft_limit_in_bytes",
			      p->more->value[LIMIT_MEMORY_RESERVATION], "-1");
	if (r == 0 && asks(p, LIMIT_MEMORY_SWAPPINESS))
		r = put_bytes(p, "--memory-swappiness", "memory.swappiness",
			      p->more->value[LIMIT_MEMORY_SWAPPINESS], "");
	if (r == 0 && asks(p, LIMIT_OOM_KILL_DISABLE))
		r = put_bytes(p, "--oom-kill-disable", "memory.oom_control",
			      p->more->value[LIMIT_OOM_KILL_DISABLE], "");
	return r;
}

int limit_plan_memory(struct limit_planner *p)
{
	static const char *const flags[] = {
		[LIMIT_MEMORY] = "--memory",
		[LIMIT_MEMORY_SWAP] = "--memory-swap",
		[LIMIT_MEMORY_RESERVATION] = "--memory-reservation",
		[LIMIT_MEMORY_HIGH] = "--memory-high",
		[LIMIT_MEMORY_SWAPPINESS] = "--memory-swappiness",
		[LIMIT_OOM_KILL_DISABLE] = "--oom-kill-disable",
		[LIMIT_KERNEL_MEMORY] = "--kernel-memory",
	};

	for (enum limit i = 0; i < ARRAY_SIZE(flags); i++) {
		int version;

		if (!flags[i] || !asks(p, i))
			continue;
		version = limit_home(p, CONTROLLER_MEMORY, flags[i]);
		if (version < 0)
			return version;
		return version == 2 ? plan_v2(p) : plan_v1(p);
	}
	return 0;
}
