/* SPDX-License-Identifier: Apache-2.0 */
/* What is done to a cgroup that no container of ours has: another runtime's, or anybody's. */
#include "base/cleanup.h"
#include "cgroup/group.h"
#include "runtime/life.h"

#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

#define FREEZE_MS 10000

static bool has_this_process(const struct cgroup_group *group)
{
	_cleanup_free_ pid_t *pids = NULL;
	size_t n;

	if (cgroup_group_pids(group, &pids, &n) < 0)
		return false;
	for (size_t i = 0; i < n; i++)
		if (pids[i] == getpid() || pids[i] == getppid())
			return true;
	return false;
}

static int open_others(const char *path, const struct host *host, struct cgroup_group **out,
		       struct error *err)
{
	int r;

	if (!host->layout)
		return error_set(err, -EOPNOTSUPP, "mount -t cgroup2 cgroup2 /sys/fs/cgroup",
				 "no cgroups are mounted here");
	r = cgroup_group_open(host->layout, path, out, err);
	if (r < 0 || !has_this_process(*out))
		return r;
	cgroup_group_close(*out);
	return error_set(err, -EBUSY, "run plimsoll in another cgroup",
			 "this very program is in the cgroup '%s'", path);
}

int life_pause_cgroup(const char *path, const struct host *host, bool pause, struct error *err)
{
	struct cgroup_group *group = NULL;
	int r = open_others(path, host, &group, err);

	if (r < 0)
		return r;
	r = cgroup_group_freeze(group, pause, FREEZE_MS, err);
	cgroup_group_close(group);
	return r;
}

int life_kill_cgroup(const char *path, const struct host *host, int signal, struct error *err)
{
	struct cgroup_group *group = NULL;
	int r = open_others(path, host, &group, err);

	if (r < 0)
		return r;
	r = cgroup_group_signal(group, signal, err);
	cgroup_group_close(group);
	return r;
}
