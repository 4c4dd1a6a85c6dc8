/* SPDX-License-Identifier: Apache-2.0 */
/* One more process in a container that runs. */
#include "credentials.h"
#include "launch_apply.h"

#include "base/cleanup.h"
#include "runtime/capability.h"
#include "runtime/init.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/sched.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

struct joining {
	struct launching launching;
	const struct host *host;
	const struct join_target *target;
	struct spec_process process;
	uint64_t flags; /* CLONE_NEW* of the namespaces that differ */
};

/* Those that are not ours already: setns(2) refuses one's own user namespace. */
static int find_namespaces(struct joining *j, struct error *err)
{
	for (enum spec_namespace i = 0; i < SPEC_NS__COUNT; i++) {
		const struct spec_namespace_row *row = &spec_namespace_rows[i];
		char path[64];
		struct stat theirs;
		struct stat ours;

		snprintf(path, sizeof(path), "self/ns/%s", row->file);
		if (fstatat(j->launching.procfs, path, &ours, 0) < 0)
			continue; /* this kernel has no such namespaces */
		snprintf(path, sizeof(path), "%d/ns/%s", (int)j->target->pid, row->file);
		if (fstatat(j->launching.procfs, path, &theirs, 0) < 0)
			return error_errno(err, -errno, "the container must run, and be yours",
					   "cannot see the namespaces of process %d", (int)j->target->pid);
		if (ours.st_ino != theirs.st_ino || ours.st_dev != theirs.st_dev)
			j->flags |= row->flag;
	}
	/* the pid may be somebody else's by now: the pidfd tells */
	if (syscall(SYS_pidfd_send_signal, j->target->pidfd, 0, NULL, 0) < 0 && errno == ESRCH)
		return error_set(err, -ESRCH, "start it", "the container does not run any more");
	return 0;
}

static int open_group(struct joining *j, const struct spec *spec, struct error *err)
{
	struct launching *l = &j->launching;
	const char *path = spec->linux_.cgroups_path;
	int r;

	if (!j->host->layout || !path)
		return 0;
	r = cgroup_group_open(j->host->layout, path, &l->group, err);
	if (r < 0) {
		l->group = NULL;
		return r == -ENOENT || j->host->rootless ? 0 : r;
	}
	r = cgroup_group_tasks(l->group, l->tasks, err);
	if (r < 0)
		return r;
	l->n_tasks = r;
	return 0;
}

static int prepare(struct joining *j, const struct spec *spec, bool privileged, struct error *err)
{
	struct launching *l = &j->launching;
	struct arena arena = {0};
	int r = find_namespaces(j, err);

	if (r == 0)
		r = open_group(j, spec, err);
	if (r < 0)
		return r;
	if (privileged) {
		uint64_t all = capability_all();

		j->process.capabilities =
			(struct spec_capabilities){.bounding = all, .effective = all, .permitted = all};
	} else if (spec->linux_.seccomp != SPEC_SECCOMP_UNCONFINED) {
		const char *folder = plan_seccomp_folder(&arena, j->target->folder ? j->target->folder : "/");

		r = folder ? seccomp_program_get(spec, &j->process.capabilities, folder, &l->seccomp, err)
			   : -ENOMEM;
		arena_free(&arena);
		if (r < 0)
			return r;
	}
	l->init_program = init_program_open(err);
	return l->init_program < 0 ? l->init_program : 0;
}

/* --- the child --- */

static int set_namespaces(const struct joining *j, uint64_t flags, struct error *err)
{
	if (flags && setns(j->target->pidfd, (int)flags) < 0)
		return error_errno(err, -errno,
				   "joining it needs the rights of who started it, and Linux 5.8",
				   "cannot enter the container's namespaces");
	return 0;
}

/*
 * Without root the right to enter the others comes with the user namespace, and a pid namespace is for
 * children: one more clone, whose result is our sibling.
 */
static int enter_without_root(struct joining *j, struct error *err)
{
	int r = set_namespaces(j, j->flags, err);

	return r < 0 || !(j->flags & CLONE_NEWPID) ? r : child_clone(&j->launching, 0, err);
}

static int enter(struct joining *j, struct error *err)
{
	struct launching *l = &j->launching;
	int r = 0;

	if (prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) < 0)
		return error_errno(err, -errno, "", "cannot protect the process");
	if (j->host->rootless && j->flags & CLONE_NEWUSER) {
		r = enter_without_root(j, err);
	} else {
		/* what a user namespace does not own can't be entered from inside of it */
		r = set_namespaces(j, j->flags & ~(uint64_t)(CLONE_NEWPID | CLONE_NEWUSER), err);
		if (r == 0)
			r = set_namespaces(j, j->flags & CLONE_NEWUSER, err);
	}
	if (r == 0 && j->flags & CLONE_NEWUSER &&
	    (syscall(SYS_setresgid, 0, 0, 0) < 0 || syscall(SYS_setresuid, 0, 0, 0) < 0))
		r = error_errno(err, -errno, "", "cannot become root of the user namespace");
	if (r == 0 && prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0) < 0)
		r = error_errno(err, -errno, "", "cannot protect the process");
	(void)prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
	l->root = open("/", O_PATH | O_DIRECTORY | O_CLOEXEC);
	return r;
}

static int set_up(struct joining *j, struct error *err)
{
	struct launching *l = &j->launching;
	int r = 0;

	if (j->process.has_oom_score_adj)
		r = child_oom_score(l, j->process.oom_score_adj, err);
	if (r == 0)
		r = cgroup_tasks_enter(l->tasks, l->n_tasks);
	if (r == 0 && l->v2_procs >= 0)
		r = cgroup_tasks_enter(&l->v2_procs, 1);
	if (r < 0)
		return err->code ? r : error_errno(err, r, "", "cannot enter the container's cgroups");
	r = credentials_raise_rlimits(&j->process, err);
	if (r == 0)
		r = enter(j, err);
	return r == 0 ? child_cwd(l, j->process.cwd ? j->process.cwd : "/", err) : r;
}

static _Noreturn void run(struct joining *j)
{
	struct launching *l = &j->launching;
	enum launch_failure failure = LAUNCH_FAILED;
	struct error err = {0};
	struct child_program program = {
		.process = &j->process,
		.seccomp = &l->seccomp,
		.io = l->io,
		.user_ns = j->flags & CLONE_NEWUSER,
		.ignored = UINT64_MAX,
		.socket = l->child_end,
		.init_program = l->init_program,
		.console = -1,
		.peer = -1,
	};
	int r;

	close(l->parent_end);
	(void)prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0);
	(void)umask(0);
	r = set_up(j, &err);
	if (r == 0 && j->process.terminal)
		r = console_open(l->root, &l->io->size, j->process.user.uid, &program.console, &program.peer,
				 &err);
	if (r == 0)
		r = child_session(&program, &err);
	if (r == 0)
		r = credentials_rlimits(0, &j->process, &err);
	if (r == 0)
		r = credentials_user(&j->process, program.user_ns, &err);
	if (r == 0)
		(void)child_execute(&program, &failure, &err);
	child_fail(l->child_end, failure, &err);
}

/* --- the parent --- */

static int clone_in(struct joining *j, struct error *err)
{
	struct launching *l = &j->launching;
	pid_t pid;

	if (j->flags & CLONE_NEWPID && !(j->host->rootless && j->flags & CLONE_NEWUSER)) {
		l->own_pid_ns = openat(l->procfs, "self/ns/pid", O_RDONLY | O_CLOEXEC);
		if (l->own_pid_ns < 0 || setns(j->target->pidfd, CLONE_NEWPID) < 0)
			return error_errno(err, -errno, "", "cannot enter the container's pid namespace");
	}
	pid = launch_clone(l, 0, err);
	if (pid == 0)
		run(j);
	if (pid < 0)
		return pid;
	launch_cloned(l, pid);
	return 0;
}

int launch_exec(const struct spec *spec, const struct host *host, const struct join_target *target,
		const struct spec_process *process, const struct launch_io *io, bool privileged,
		struct launched *out, enum launch_failure *failure, struct error *err)
{
	struct joining j = {.host = host, .target = target, .process = *process};
	enum launch_failure why = LAUNCH_FAILED;
	int r = launch_start(&j.launching, NULL, io, err);

	if (r == 0)
		r = prepare(&j, spec, privileged, err);
	if (r == 0)
		r = clone_in(&j, err);
	if (r == 0)
		r = launch_converse(&j.launching, process->args.at[0], &why, err);
	if (failure)
		*failure = why;
	return launch_finish(&j.launching, r, out);
}
