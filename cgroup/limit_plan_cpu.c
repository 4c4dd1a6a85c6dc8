/* SPDX-License-Identifier: Apache-2.0 */
/* cpu and cpuset: Documentation/admin-guide/cgroup-v2.rst, Documentation/scheduler/sched-bwc.rst,
 * sched-rt-group.rst, cgroup-v1/cpusets.rst. */
#include "base/cleanup.h"
#include "base/fs.h"
#include "cgroup/convert.h"
#include "limit_plan.h"

#include <errno.h>
#include <inttypes.h>
#include <sys/types.h>

#define QUOTA_FLAG "--cpus (--cpu-quota)"

static bool asks(const struct limit_planner *p, enum limit which)
{
	return limit_is_set(p->more, which);
}

static int plan_idle(struct limit_planner *p)
{
	return limit_put(p, CONTROLLER_CPU, "--cpu-idle", "cpu.idle", "%" PRId64,
			 p->more->value[LIMIT_CPU_IDLE]);
}

static int plan_shares(struct limit_planner *p, int version)
{
	uint64_t shares = (uint64_t)p->all->value[LIMIT_CPU_SHARES];

	if (version == 1)
		return limit_put(p, CONTROLLER_CPU, "--cpu-shares", "cpu.shares", "%" PRIu64, shares);
	return limit_put(p, CONTROLLER_CPU, "--cpu-shares", "cpu.weight", "%" PRIu64,
			 convert_shares_to_weight(shares));
}

/* A weight is refused while idle is 1, and going back to 0 sets the usual one (kernel/sched/fair.c). */
static int plan_weight(struct limit_planner *p, int version)
{
	bool awakes = asks(p, LIMIT_CPU_IDLE) && p->more->value[LIMIT_CPU_IDLE] == 0;
	int r = 0;

	if (asks(p, LIMIT_CPU_IDLE))
		r = plan_idle(p);
	if (r == 0 && limit_is_set(p->all, LIMIT_CPU_SHARES) && (asks(p, LIMIT_CPU_SHARES) || awakes))
		r = plan_shares(p, version);
	return r;
}

static int plan_burst(struct limit_planner *p, const char *file)
{
	return limit_put(p, CONTROLLER_CPU, "--cpu-burst", file, "%" PRId64, p->more->value[LIMIT_CPU_BURST]);
}

static int plan_bandwidth_v2(struct limit_planner *p)
{
	int64_t quota = limit_is_set(p->all, LIMIT_CPU_QUOTA) ? p->all->value[LIMIT_CPU_QUOTA] : -1;
	int64_t period = limit_is_set(p->all, LIMIT_CPU_PERIOD) ? p->all->value[LIMIT_CPU_PERIOD]
								: LIMIT_CPU_PERIOD_DEFAULT;
	const char *flag = asks(p, LIMIT_CPU_QUOTA) ? QUOTA_FLAG : "--cpu-period";
	int r = 0;

	if (asks(p, LIMIT_CPU_QUOTA) || asks(p, LIMIT_CPU_PERIOD)) {
		if (quota < 0)
			r = limit_put(p, CONTROLLER_CPU, flag, "cpu.max", "max %" PRId64, period);
		else
			r = limit_put(p, CONTROLLER_CPU, flag, "cpu.max", "%" PRId64 " %" PRId64, quota,
				      period);
		if (r == 0)
			limit_last(p)->paired = asks(p, LIMIT_CPU_BURST);
	}
	if (r == 0 && asks(p, LIMIT_CPU_BURST))
		r = plan_burst(p, "cpu.max.burst");
	return r;
}

static int plan_bandwidth_v1(struct limit_planner *p)
{
	int r = 0;

	if (asks(p, LIMIT_CPU_PERIOD)) {
		r = limit_put(p, CONTROLLER_CPU, "--cpu-period", "cpu.cfs_period_us", "%" PRId64,
			      p->more->value[LIMIT_CPU_PERIOD]);
		if (r == 0)
			limit_last(p)->paired = asks(p, LIMIT_CPU_QUOTA);
	}
	if (r == 0 && asks(p, LIMIT_CPU_QUOTA)) {
		r = limit_put(p, CONTROLLER_CPU, QUOTA_FLAG, "cpu.cfs_quota_us", "%" PRId64,
			      p->more->value[LIMIT_CPU_QUOTA]);
		if (r == 0)
			limit_last(p)->paired = asks(p, LIMIT_CPU_BURST);
	}
	if (r == 0 && asks(p, LIMIT_CPU_BURST))
		r = plan_burst(p, "cpu.cfs_burst_us");
	return r;
}

static int plan_realtime(struct limit_planner *p, int version)
{
	const char *flag = asks(p, LIMIT_CPU_RT_PERIOD) ? "--cpu-rt-period" : "--cpu-rt-runtime";
	int r = 0;

	if (!asks(p, LIMIT_CPU_RT_PERIOD) && !asks(p, LIMIT_CPU_RT_RUNTIME))
		return 0;
	if (version == 2)
		return error_set(p->err, -EOPNOTSUPP,
				 "leave it out; --cap-add SYS_NICE and --ulimit rtprio let it use real-time "
				 "scheduling without a limit",
				 "%s can't be kept: cgroup v2 does not limit real-time scheduling", flag);
	if (asks(p, LIMIT_CPU_RT_PERIOD)) {
		r = limit_put(p, CONTROLLER_CPU, "--cpu-rt-period", "cpu.rt_period_us", "%" PRId64,
			      p->more->value[LIMIT_CPU_RT_PERIOD]);
		if (r == 0)
			limit_last(p)->paired = asks(p, LIMIT_CPU_RT_RUNTIME);
	}
	if (r == 0 && asks(p, LIMIT_CPU_RT_RUNTIME))
		r = limit_put(p, CONTROLLER_CPU, "--cpu-rt-runtime", "cpu.rt_runtime_us", "%" PRId64,
			      p->more->value[LIMIT_CPU_RT_RUNTIME]);
	return r;
}

/* --- cpuset --- */

static int plan_list(struct limit_planner *p, const char *flag, const char *file, const char *list,
		     const char *const effective[2])
{
	_cleanup_free_ char *there = NULL;
	int version = limit_home(p, CONTROLLER_CPUSET, flag);
	int fd;
	int r;

	if (version < 0)
		return version;
	fd = p->layout->hierarchies[p->layout->home[CONTROLLER_CPUSET]].fd;
	/* v2 takes numbers that are not there and runs elsewhere, so that the kernel can't be asked; an old
	 * kernel without the file is */
	(void)fs_read_file(fd, effective[version - 1], 65536, &there, NULL);
	r = limit_check_list(flag, list, there, p->err);
	return r < 0 ? r : limit_put(p, CONTROLLER_CPUSET, flag, file, "%s", list);
}

static int plan_cpuset(struct limit_planner *p)
{
	static const char *const cpus[] = {"cpuset.effective_cpus", "cpuset.cpus.effective"};
	static const char *const mems[] = {"cpuset.effective_mems", "cpuset.mems.effective"};
	int r = 0;

	if (p->more->cpuset_mems)
		r = plan_list(p, "--cpuset-mems", "cpuset.mems", p->more->cpuset_mems, mems);
	if (r == 0 && p->more->cpuset_cpus)
		r = plan_list(p, "--cpuset-cpus", "cpuset.cpus", p->more->cpuset_cpus, cpus);
	return r;
}

static const char *first_flag(const struct limit_planner *p)
{
	static const struct {
		enum limit which;
		const char *flag;
	} flags[] = {
		{LIMIT_CPU_QUOTA, QUOTA_FLAG},
		{LIMIT_CPU_SHARES, "--cpu-shares"},
		{LIMIT_CPU_PERIOD, "--cpu-period"},
		{LIMIT_CPU_BURST, "--cpu-burst"},
		{LIMIT_CPU_IDLE, "--cpu-idle"},
		{LIMIT_CPU_RT_PERIOD, "--cpu-rt-period"},
		{LIMIT_CPU_RT_RUNTIME, "--cpu-rt-runtime"},
	};

	for (size_t i = 0; i < ARRAY_SIZE(flags); i++)
		if (asks(p, flags[i].which))
			return flags[i].flag;
	return NULL;
}

int limit_plan_cpu(struct limit_planner *p)
{
	const char *flag = first_flag(p);
	int version = flag ? limit_home(p, CONTROLLER_CPU, flag) : 0;
	int r = 0;

	if (version < 0)
		return version;
	if (flag) {
		r = plan_weight(p, version);
		if (r == 0)
			r = version == 2 ? plan_bandwidth_v2(p) : plan_bandwidth_v1(p);
		if (r == 0)
			r = plan_realtime(p, version);
	}
	return r < 0 ? r : plan_cpuset(p);
}
