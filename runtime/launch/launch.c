/* SPDX-License-Identifier: Apache-2.0 */
/* The parent's side of a launch: its steps, the clone, and then what the child asks for or has to say. */
#include "launch_apply.h"

#include "base/cleanup.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <linux/sched.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/statfs.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#ifndef CLONE_NEWTIME
#define CLONE_NEWTIME 0x00000080
#endif
#ifndef P_PIDFD
#define P_PIDFD 3
#endif

#define REMOVE_TIMEOUT_MS 2000

static void close_fd(int *fd)
{
	if (*fd >= 0)
		close(*fd);
	*fd = -1;
}

static int open_procfs(struct error *err)
{
	struct statfs fs;
	int fd = open("/proc", O_PATH | O_DIRECTORY | O_CLOEXEC);

	if (fd >= 0 && fstatfs(fd, &fs) == 0 && fs.f_type == PROC_SUPER_MAGIC)
		return fd;
	if (fd >= 0)
		close(fd);
	return error_set(err, -ENOENT, "mount -t proc proc /proc", "/proc is no procfs");
}

/* What is opened below must not become a standard descriptor. */
static int fill_standard_fds(void)
{
	for (int fd = 0; fd < 3; fd++)
		if (fcntl(fd, F_GETFD) < 0 && open("/dev/null", O_RDWR) < 0)
			return -errno;
	return 0;
}

int launch_start(struct launching *l, const struct plan *plan, const struct launch_io *io, struct error *err)
{
	int ends[2];
	size_t n = plan ? (size_t)plan->n_slots : 0;

	*l = (struct launching){
		.plan = plan,
		.io = io,
		.parent_end = -1,
		.child_end = -1,
		.procfs = -1,
		.init_program = -1,
		.null = -1,
		.empty = -1,
		.root = -1,
		.base = -1,
		.own_pid_ns = -1,
		.own_time_ns = -1,
		.v2_procs = -1,
		.console = -1,
		.pidfd = -1,
		.device_folder = -1,
		.ignored = UINT64_MAX,
		.fault = fault_read(),
	};
	if (fill_standard_fds() < 0)
		return error_errno(err, -errno, "", "cannot open /dev/null");
	l->slots = malloc((n + 1) * sizeof(*l->slots));
	if (!l->slots)
		return error_errno(err, -ENOMEM, "", "cannot launch");
	for (size_t i = 0; i <= n; i++)
		l->slots[i] = -1;
	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) < 0)
		return error_errno(err, -errno, "", "cannot make a socket");
	l->parent_end = ends[0];
	l->child_end = ends[1];
	l->procfs = open_procfs(err);
	return l->procfs < 0 ? l->procfs : 0;
}

/* Children go where we are again. */
static void come_back(struct launching *l)
{
	if (l->own_pid_ns >= 0)
		(void)setns(l->own_pid_ns, CLONE_NEWPID);
	if (l->own_time_ns >= 0)
		(void)setns(l->own_time_ns, CLONE_NEWTIME);
	close_fd(&l->own_pid_ns);
	close_fd(&l->own_time_ns);
}

static void close_all(struct launching *l)
{
	size_t n = l->plan ? (size_t)l->plan->n_slots : 0;

	come_back(l);
	close_fd(&l->parent_end);
	close_fd(&l->child_end);
	close_fd(&l->procfs);
	close_fd(&l->init_program);
	close_fd(&l->null);
	close_fd(&l->v2_procs);
	for (size_t i = 0; l->slots && i < n; i++)
		close_fd(&l->slots[i]);
	free(l->slots);
	l->slots = NULL;
	for (int i = 0; i < l->n_tasks; i++)
		close(l->tasks[i]);
	l->n_tasks = 0;
	seccomp_program_free(&l->seccomp);
}

static void reap(struct launching *l)
{
	siginfo_t info;

	while (waitid(P_PIDFD, (id_t)l->pidfd, &info, WEXITED | __WALL) < 0 && errno == EINTR)
		;
	close_fd(&l->pidfd);
	l->pid = 0;
}

static void end_child(struct launching *l)
{
	if (l->pid <= 0)
		return;
	(void)syscall(SYS_pidfd_send_signal, l->pidfd, SIGKILL, NULL, 0);
	reap(l);
}

/* A child that made another one in its place ends by itself. */
static void take_over(struct launching *l, pid_t pid, int pidfd)
{
	reap(l);
	l->pid = pid;
	l->pidfd = pidfd;
}

/* Nothing is left of a launch that failed. */
static void undo(struct launching *l)
{
	end_child(l);
	close_fd(&l->console);
	if (l->group && l->group->made)
		(void)cgroup_group_remove(l->group, REMOVE_TIMEOUT_MS, NULL);
	if (l->group)
		cgroup_group_close(l->group);
	l->group = NULL;
	close_all(l);
}

void launch_cloned(struct launching *l, pid_t pid)
{
	l->pid = pid;
	come_back(l);
	close_fd(&l->child_end);
}

static int do_clone(struct launching *l, const struct step *step, struct error *err)
{
	pid_t pid = launch_clone(l, step->flags, err);

	if (pid == 0)
		child_run(l);
	if (pid < 0)
		return pid;
	launch_cloned(l, pid);
	return 0;
}

/* Asked here, where there is time, for the child, which has the same ones: a call for each signal. */
static uint64_t ignored_signals(void)
{
	uint64_t ignored = 0;

	for (int i = 1; i < NSIG; i++) {
		struct sigaction action;

		if (sigaction(i, NULL, &action) == 0 && action.sa_handler == SIG_IGN)
			ignored |= UINT64_C(1) << (i - 1);
	}
	return ignored;
}

/* Whatever the child asks for meanwhile stays in the socket. One that has failed says why itself. */
static int do_beside(struct launching *l, const struct step *step, struct error *err)
{
	struct report done = {.type = REPORT_BESIDE};
	int r = launch_parent_step(l, step, NULL, NULL, err);

	done.ignored = ignored_signals();
	if (r == 0)
		(void)report_send(l->parent_end, &done, NULL, 0);
	return r;
}

static int before_and_clone(struct launching *l, const struct plan *plan, struct error *err)
{
	int r = 0;

	for (size_t i = 0; r == 0 && i < plan->n; i++) {
		const struct step *step = &plan->steps[i];
		bool beside = step->kind == STEP_DEVICE_RULES;

		if (l->pid > 0 && !beside)
			break;
		fault_point(l->fault, i);
		if (step->kind == STEP_CLONE)
			r = do_clone(l, step, err);
		else
			r = beside ? do_beside(l, step, err) : launch_parent_step(l, step, NULL, NULL, err);
	}
	return r == 0 && l->pid <= 0 ? -EINVAL : r;
}

static int serve(struct launching *l, uint32_t index, struct error *err)
{
	struct report done = {.type = REPORT_DONE};
	int fds[LAUNCH_FDS_MAX];
	size_t n = 0;
	int r;

	if (!l->plan || index >= l->plan->n || l->plan->steps[index].side != SIDE_PARENT)
		return error_set(err, -EPROTO, "", "the container's first process asked for step %u", index);
	fault_point(l->fault, index);
	r = launch_parent_step(l, &l->plan->steps[index], fds, &n, err);
	if (r == 0) {
		r = report_send(l->parent_end, &done, fds, n);
		if (r < 0)
			error_errno(err, r, "", "cannot answer the container's first process");
	}
	for (size_t i = 0; i < n; i++)
		close(fds[i]);
	return r;
}

static int died(struct error *err)
{
	return error_set(err, -ECHILD,
			 "dmesg may say why; perhaps the memory limit is too small to set it up",
			 "the container's first process ended while it was being set up");
}

static int not_executed(int code, const char *program, enum launch_failure *failure, struct error *err)
{
	*failure = code == ENOENT ? LAUNCH_NOT_FOUND : LAUNCH_NOT_EXECUTABLE;
	return error_errno(err, -code,
			   code == ENOENT    ? "it, or the interpreter that it names, is not in the container"
			   : code == ENOEXEC ? "a script needs a first line like #!/bin/sh"
					     : "",
			   "cannot execute '%s'", program);
}

int launch_converse(struct launching *l, const char *program, enum launch_failure *failure, struct error *err)
{
	bool ready = false;

	for (;;) {
		struct report report;
		int fds[4];
		size_t n = 0;
		int r = report_receive(l->parent_end, &report, fds, ARRAY_SIZE(fds), &n);

		for (size_t i = 0; i < n; i++) {
			if (i == 0 && r == 1 && report.type == REPORT_READY && l->console < 0)
				l->console = fds[i];
			else if (i == 0 && r == 1 && report.type == REPORT_CHILD)
				take_over(l, (pid_t)report.value, fds[i]);
			else
				close(fds[i]);
		}
		if (r == 0)
			return ready ? 0 : died(err);
		if (r == 2)
			return not_executed((int)report.value, program, failure, err);
		if (r < 0)
			return error_errno(err, r, "", "cannot hear the container's first process");
		if (report.type == REPORT_READY) {
			ready = true;
		} else if (report.type == REPORT_FAILED) {
			*failure = (enum launch_failure)report.value;
			if (err)
				*err = report.error;
			return report.error.code < 0 ? report.error.code : -EPROTO;
		} else if (report.type != REPORT_CHILD) {
			r = serve(l, report.value, err);
			if (r < 0)
				return r;
		}
	}
}

int launch_finish(struct launching *l, int r, struct launched *out)
{
	if (r < 0) {
		undo(l);
		return r;
	}
	*out = (struct launched){.pid = l->pid, .pidfd = l->pidfd, .console = l->console, .group = l->group};
	close_all(l);
	return 0;
}

int launch(const struct plan *plan, const struct launch_io *io, struct launched *out,
	   enum launch_failure *failure, struct error *err)
{
	enum launch_failure why = LAUNCH_FAILED;
	struct launching l;
	int r = launch_start(&l, plan, io, err);

	if (r == 0)
		r = before_and_clone(&l, plan, err);
	if (r == 0)
		r = launch_converse(&l, plan->spec->process.args.at[0], &why, err);
	if (failure)
		*failure = why;
	return launch_finish(&l, r, out);
}

int launch_exit_code(enum launch_failure failure)
{
	switch (failure) {
	case LAUNCH_NOT_EXECUTABLE:
		return 126;
	case LAUNCH_NOT_FOUND:
		return 127;
	case LAUNCH_FAILED:
		break;
	}
	return 125;
}

int launch_clean(const struct host *host, const char *cgroups_path, struct error *err)
{
	struct cgroup_group *group = NULL;
	int r;

	if (!host->layout || !cgroups_path || !*cgroups_path)
		return 0;
	r = cgroup_group_open(host->layout, cgroups_path, &group, err);
	if (r == -ENOENT) {
		if (err)
			*err = (struct error){0};
		return 0;
	}
	if (r < 0)
		return r;
	r = cgroup_group_remove(group, REMOVE_TIMEOUT_MS, err);
	cgroup_group_close(group);
	return r;
}
