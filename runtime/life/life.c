/* SPDX-License-Identifier: Apache-2.0 */
#include "runtime/life.h"

#include "base/cleanup.h"
#include "life_internal.h"
#include "runtime/supervisor.h"

#include <errno.h>
#include <fcntl.h>
#include <malloc.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#define FREEZE_MS 10000
/* A killed process may be a while in the kernel; what does not go by then is left to `rm`. */
#define EMPTY_MS 2000
#define STACK_BELOW ((size_t)512 << 10)
#define FRAME_ROOM ((uintptr_t)4096)

bool life_is_running(const struct container_state *state)
{
	return state->status == CONTAINER_RUNNING || state->status == CONTAINER_PAUSED;
}

bool life_is_up(const struct container_state *state)
{
	return life_is_running(state) || state->status == CONTAINER_RESTARTING;
}

const char *life_name(const struct container *c)
{
	return c->config.name ? c->config.name : c->id;
}

int life_pidfd(const struct container *c)
{
	const struct container_state *s = &c->state;
	_cleanup_close_ int fd = -1;

	if (s->pid <= 0)
		return -ESRCH;
	fd = (int)syscall(SYS_pidfd_open, s->pid, 0);
	if (fd < 0)
		return -errno;
	/* Looked at after it was opened: the descriptor can't become another process' any more. */
	if (!process_lives(c->store->procfs, s->pid, s->pid_start))
		return -ESRCH;
	return TAKE_FD(fd);
}

int life_pidfd_signal(int pidfd, int signal)
{
	return syscall(SYS_pidfd_send_signal, pidfd, signal, NULL, 0) < 0 ? -errno : 0;
}

static int open_group(const struct container *c, const struct host *host, struct cgroup_group **out,
		      struct error *err)
{
	if (!host->layout || !c->state.cgroup[0])
		return error_set(err, -EOPNOTSUPP, "mount a cgroup hierarchy, and run it anew",
				 "the container '%s' has no cgroup", life_name(c));
	return cgroup_group_open(host->layout, c->state.cgroup, out, err);
}

int life_thaw(const struct container *c, const struct host *host, struct error *err)
{
	struct cgroup_group *group = NULL;
	int r;

	if (c->state.status != CONTAINER_PAUSED)
		return 0;
	r = open_group(c, host, &group, err);
	if (r == 0)
		r = cgroup_group_freeze(group, false, FREEZE_MS, err);
	cgroup_group_close(group);
	/* Killed, and its cgroup went with it: on v2 who is frozen dies all the same. */
	return r == -ENOENT || r == -ENODEV ? 0 : r;
}

void life_reap(pid_t pid, int *exit_code)
{
	int status = 0;

	if (pid <= 0)
		return;
	while (waitpid(pid, &status, __WALL) < 0)
		if (errno != EINTR)
			return;
	if (exit_code)
		*exit_code = WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}

void life_end_group(const struct cgroup_group *group)
{
	if (!group)
		return;
	if (cgroup_group_is_populated(group) != 0)
		(void)cgroup_group_signal(group, SIGKILL, NULL);
	(void)cgroup_group_remove(group, EMPTY_MS, NULL);
}

/* Where a run of it may have left cgroups; "" where nothing is known, or what is known is not its own alone.
 */
static void left_cgroup(const struct container *c, char *path, size_t cap)
{
	const char *asked = c->spec ? c->spec->linux_.cgroups_path : NULL;

	path[0] = '\0';
	if (c->state.cgroup[0])
		snprintf(path, cap, "%s", c->state.cgroup);
	else if (!asked)
		snprintf(path, cap, "/plimsoll/%s", c->id);
	else if (strstr(asked, c->id))
		snprintf(path, cap, "%s", asked);
}

int life_clean(struct container *c, const struct host *host, struct error *err)
{
	char path[sizeof(c->state.cgroup)];
	struct cgroup_group *group = NULL;
	int r;

	/* The socket is made before a launch and removed after an end: with neither it nor a cgroup, all went
	 * well. */
	if (!c->state.cgroup[0] && faccessat(c->folder, "control", F_OK, AT_SYMLINK_NOFOLLOW) < 0)
		return 0;
	left_cgroup(c, path, sizeof(path));
	if (host->layout && path[0]) {
		r = cgroup_group_open(host->layout, path, &group, NULL);
		if (r == 0) {
			(void)cgroup_group_freeze(group, false, FREEZE_MS, NULL);
			life_end_group(group);
			cgroup_group_close(group);
		}
		r = launch_clean(host, path, err);
		if (r < 0)
			return r;
	}
	c->state.cgroup[0] = '\0';
	(void)unlinkat(c->folder, "control", 0);
	return 0;
}

/* The stack that the launch used and nobody uses now; its pages are zeroes when they are touched again. */
static __attribute__((noinline)) void trim_stack(void)
{
	const uintptr_t page = (uintptr_t)sysconf(_SC_PAGESIZE);
	uintptr_t end = ((uintptr_t)__builtin_frame_address(0) - FRAME_ROOM) / page * page;

	(void)madvise((void *)(end - STACK_BELOW), STACK_BELOW, MADV_DONTNEED);
}

void life_trim_memory(void)
{
	malloc_trim(0);
	trim_stack();
}

/* The container's first process, for a caller that says so where there is none. */
static int running(struct container *c, const struct cgroup_layout *layout, struct error *err)
{
	int r = container_refresh(c, layout, err);

	if (r < 0)
		return r;
	r = life_is_running(&c->state) ? life_pidfd(c) : -ESRCH;
	if (r == -ESRCH)
		return error_set(err, -ESRCH, NULL, "the container '%s' does not run: it is %s", life_name(c),
				 container_status_name(c->state.status));
	return r < 0 ? error_errno(err, r, NULL, "cannot reach the container '%s'", life_name(c)) : r;
}

/* A user who kills it does not want it started again. */
static int note_kill(struct container *c, int signal, struct error *err)
{
	int r;

	if (signal != SIGKILL && signal != c->config.stop_signal)
		return 0;
	if (c->config.restart == RESTART_NO)
		return 0;
	r = container_lock(c, LIFE_LOCK_MS, err);
	if (r < 0)
		return r;
	c->state.stop_requested = true;
	r = container_write_state(c, err);
	container_unlock(c);
	return r;
}

/* On v1 a frozen process does not even die. */
static int thaw_to_die(struct container *c, struct error *err)
{
	struct host host;
	int r = host_open(&host, err);

	if (r < 0)
		return r;
	r = life_thaw(c, &host, err);
	host_close(&host);
	return r;
}

int life_kill(struct container *c, int signal, struct error *err)
{
	_cleanup_close_ int fd = running(c, NULL, err);
	int r;

	if (fd < 0)
		return fd;
	r = note_kill(c, signal, err);
	if (r == 0) {
		r = life_pidfd_signal(fd, signal);
		if (r < 0)
			error_errno(err, r, NULL, "cannot send signal %d to the container '%s'", signal,
				    life_name(c));
	}
	if (r == 0 && signal == SIGKILL && c->state.status == CONTAINER_PAUSED)
		r = thaw_to_die(c, err);
	return r;
}

static int freeze_locked(struct container *c, const struct host *host, bool pause, struct error *err)
{
	struct cgroup_group *group = NULL;
	int r;

	container_correct(c, host->layout);
	if (!life_is_running(&c->state))
		return error_set(err, -ESRCH, NULL, "the container '%s' does not run: it is %s", life_name(c),
				 container_status_name(c->state.status));
	if ((c->state.status == CONTAINER_PAUSED) == pause)
		return error_set(err, -EALREADY, NULL, "the container '%s' is %s", life_name(c),
				 pause ? "paused already" : "not paused");
	r = open_group(c, host, &group, err);
	if (r < 0)
		return r;
	r = cgroup_group_freeze(group, pause, FREEZE_MS, err);
	cgroup_group_close(group);
	if (r < 0)
		return r;
	c->state.status = pause ? CONTAINER_PAUSED : CONTAINER_RUNNING;
	return container_write_state(c, err);
}

int life_pause(struct container *c, const struct host *host, bool pause, struct error *err)
{
	int r = container_lock(c, LIFE_LOCK_MS, err);

	if (r < 0)
		return r;
	r = freeze_locked(c, host, pause, err);
	container_unlock(c);
	return r;
}

int life_start(struct container *c, const struct host *host, enum launch_failure *failure, struct error *err)
{
	int r = container_refresh(c, host->layout, err);

	if (failure)
		*failure = LAUNCH_FAILED;
	if (r < 0)
		return r;
	if (c->state.status == CONTAINER_PAUSED)
		return error_set(err, -EBUSY, "plimsoll unpause", "the container '%s' is paused",
				 life_name(c));
	if (life_is_up(&c->state))
		return 0;
	return supervise_in_background(c, host, failure, err);
}

int life_target(struct container *c, struct join_target *target, struct error *err)
{
	int fd = running(c, NULL, err);

	if (fd < 0)
		return fd;
	*target = (struct join_target){.pid = c->state.pid, .pidfd = fd, .folder = c->path};
	return 0;
}
