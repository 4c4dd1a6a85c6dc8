/* SPDX-License-Identifier: Apache-2.0 */
/* The one clone of a launch. */
#include "launch_apply.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/sched.h>
#include <sched.h>
#include <signal.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

pid_t launch_clone_raw(uint64_t flags, int cgroup, int *pidfd)
{
	const uint64_t into = cgroup >= 0 ? (uint64_t)CLONE_INTO_CGROUP : 0;
	const uint64_t all = flags | into | (uint64_t)CLONE_PIDFD | (uint64_t)CLONE_CLEAR_SIGHAND;
	int fd = -1;
	struct clone_args args = {
		.flags = all,
		.pidfd = (uintptr_t)&fd,
		.exit_signal = flags & CLONE_PARENT ? 0U : (unsigned)SIGCHLD,
		.cgroup = cgroup >= 0 ? (unsigned)cgroup : 0U,
	};
	long pid = syscall(SYS_clone3, &args, sizeof(args));

	if (pid < 0 && (errno == ENOSYS || errno == E2BIG || (errno == EINVAL && cgroup >= 0))) {
		if (cgroup >= 0)
			return -ENOSYS;
		pid = syscall(SYS_clone,
			      flags | CLONE_PIDFD | (flags & CLONE_PARENT ? 0U : (unsigned)SIGCHLD), NULL,
			      &fd, NULL, 0);
	}
	if (pid < 0)
		return -errno;
	if (pid > 0)
		*pidfd = fd;
	return (pid_t)pid;
}

static const char *remedy_of(int code)
{
	switch (code) {
	case -ENOSPC:
	case -EUSERS:
		return "too many namespaces: raise user.max_*_namespaces, or end some containers";
	case -EPERM:
		return "namespaces need CAP_SYS_ADMIN, or a user namespace around them";
	case -EAGAIN:
		return "too many processes: pids.max of plimsoll's own cgroup, ulimit -u or kernel.pid_max";
	case -EBUSY:
		return "the container's cgroup passes controllers on to children: it can't hold a process "
		       "itself";
	case -EACCES:
		return "enter a delegated cgroup first: systemd-run --user --scope -p Delegate=yes plimsoll "
		       "…";
	default:
		return "";
	}
}

pid_t launch_clone(struct launching *l, uint64_t flags, struct error *err)
{
	int cgroup = l->group ? cgroup_group_v2(l->group) : -1;
	pid_t pid = launch_clone_raw(flags, cgroup, &l->pidfd);

	if (pid == -ENOSYS && cgroup >= 0) { /* before Linux 5.7: the child enters by itself */
		l->v2_procs = openat(cgroup, "cgroup.procs", O_WRONLY | O_CLOEXEC);
		if (l->v2_procs < 0)
			return error_errno(err, -errno, "", "cannot open the container's cgroup.procs");
		pid = launch_clone_raw(flags, -1, &l->pidfd);
	}
	if (pid < 0)
		return error_errno(err, pid, remedy_of(pid), "cannot start the container's first process");
	return pid;
}
