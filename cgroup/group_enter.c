/* SPDX-License-Identifier: Apache-2.0 */
/* Processes into a group. */
#include "base/cleanup.h"
#include "group_file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

int cgroup_group_tasks(const struct cgroup_group *group, int *fds, struct error *err)
{
	int n = 0;

	for (size_t i = 0; i < group->layout->n_hierarchies; i++) {
		int fd;

		if (group->fds[i] < 0 || group->layout->hierarchies[i].version != 1)
			continue;
		fd = openat(group->fds[i], "tasks", O_WRONLY | O_CLOEXEC);
		if (fd < 0) {
			char where[512];
			int r = -errno;

			while (n)
				close(fds[--n]);
			group_where(group, i, where, sizeof(where));
			return error_errno(err, r, "run as a user who may write it", "cannot open '%s/tasks'",
					   where);
		}
		fds[n++] = fd;
	}
	return n;
}

int cgroup_tasks_enter(const int *fds, int n)
{
	for (int i = 0; i < n; i++) {
		ssize_t wrote;

		do {
			wrote = write(fds[i], "0", 1);
		} while (wrote < 0 && errno == EINTR);
		if (wrote < 0)
			return -errno;
	}
	return 0;
}

static const char *remedy_of(int code)
{
	switch (code) {
	case -EBUSY:
		return "a v2 cgroup that passes controllers on to its children takes no process itself: "
		       "enter "
		       "one of those";
	case -EINVAL:
		return "v1's cpu controller takes no real-time process without --cpu-rt-runtime: make it an "
		       "ordinary one with 'chrt -o -p 0 PID'";
	case -ENOSPC:
		return "the cpuset has no CPUs or no memory nodes: give it --cpuset-cpus and --cpuset-mems";
	case -EACCES:
	case -EPERM:
		return "run as root, or as the user to whom the cgroup and its parent are delegated";
	case -EOPNOTSUPP:
		return "the cgroup is threaded or below a threaded one, which takes no whole processes";
	default:
		return "";
	}
}

int cgroup_group_add(const struct cgroup_group *group, pid_t pid, struct error *err)
{
	char text[32];

	snprintf(text, sizeof(text), "%d", (int)pid);
	for (size_t i = 0; i < group->layout->n_hierarchies; i++) {
		char where[512];
		int r;

		if (group->fds[i] < 0)
			continue;
		r = group_write(group->fds[i], "cgroup.procs", text);
		if (r == 0)
			continue;
		group_where(group, i, where, sizeof(where));
		return error_errno(err, r, remedy_of(r), "cannot move process %d into '%s'", (int)pid, where);
	}
	return 0;
}
