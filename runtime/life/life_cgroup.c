/* SPDX-License-Identifier: Apache-2.0 */
/* What is done to a cgroup that no container of ours has: another runtime's, or anybody's. */
#include "base/cleanup.h"
#include "cgroup/group.h"
#include "runtime/life.h"

#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

#define FREEZE_MS 10000

/* 1 where this process, or who waits for it, would be frozen or signalled itself, 0, or -errno. */
static int has_this_process(const struct cgroup_group *group)
{
	_cleanup_free_ pid_t *pids = NULL;
	size_t n;
	int r = cgroup_group_pids(group, &pids, &n);

	if (r < 0)
		return r;
	for (size_t i = 0; i < n; i++)
		if (pids[i] == getpid() || pids[i] == getppid())
			return 1;
	return 0;
}

static int open_others(const char *path, const struct host *host, struct cgroup_group **out,
		       struct error *err)
{
	struct cgroup_group *group;
	int r;

	if (!host->layout)
		return error_set(err, -EOPNOTSUPP, "mount -t cgroup2 cgroup2 /sys/fs/cgroup",
				 "no cgroups are mounted here");
	r = cgroup_group_open(host->layout, path, &group, err);
	if (r < 0)
		return r;
	r = has_this_process(group);
	if (r == 0) {
		*out = group;
		return 0;
	}
	cgroup_group_close(group);
	if (r < 0)
		return error_errno(err, r, "", "cannot list the processes of the cgroup '%s'", path);
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
