/* SPDX-License-Identifier: Apache-2.0 */
/* Signals to every process of a group, so that none that forks meanwhile slips through. */
#include "base/cleanup.h"
#include "group_file.h"

#include <errno.h>
#include <signal.h>
#include <string.h>

#define FREEZE_MS 500
#define ROUNDS 64

static int signal_pids(const struct cgroup_group *g, int signal, size_t *n)
{
	_cleanup_free_ pid_t *pids = NULL;
	int failed = 0;
	int r = cgroup_group_pids(g, &pids, n);

	if (r < 0)
		return r;
	for (size_t i = 0; i < *n; i++)
		if (kill(pids[i], signal) < 0 && errno != ESRCH && failed == 0)
			failed = -errno;
	return failed;
}

/* Where nothing can be frozen: again until nobody is left to be killed. */
static int kill_running(const struct cgroup_group *g)
{
	uint64_t deadline = group_deadline(FREEZE_MS);
	unsigned round = 0;
	size_t n = 0;
	int r = 0;

	for (int i = 0; i < ROUNDS; i++) {
		r = signal_pids(g, SIGKILL, &n);
		if (r < 0 || n == 0 || !group_pause(&round, deadline))
			break;
	}
	return r;
}

static int signal_each(const struct cgroup_group *g, int signal)
{
	bool was = group_is_held(g);
	bool froze = !was && cgroup_group_freeze(g, true, FREEZE_MS, NULL) == 0;
	size_t n;
	int r = signal == SIGKILL && !was && !froze ? kill_running(g) : signal_pids(g, signal, &n);

	/* v1's frozen processes die when they thaw; those that somebody paused stay so for other signals */
	if (froze || (was && signal == SIGKILL))
		(void)cgroup_group_freeze(g, false, FREEZE_MS, NULL);
	return r;
}

int cgroup_group_signal(const struct cgroup_group *group, int signal, struct error *err)
{
	int v2 = cgroup_group_v2(group);
	int v1 = group_home(group, CONTROLLER_FREEZER);
	int r = -ENOENT;

	/* since 5.14; not in threaded cgroups */
	if (signal == SIGKILL && v2 >= 0 && !group_is_hollow(group))
		r = group_write(v2, "cgroup.kill", "1");
	if (r == -ENOENT || r == -EOPNOTSUPP)
		r = signal_each(group, signal);
	else if (r == 0 && v1 >= 0)
		(void)group_write(v1, "freezer.state", "THAWED");
	if (r < 0)
		return error_errno(err, r, r == -EPERM || r == -EACCES ? "run as the user it belongs to" : "",
				   "cannot send signal %d to the processes of the cgroup '%s'", signal,
				   group->path);
	return 0;
}
