/* SPDX-License-Identifier: Apache-2.0 */
/* The child's side: it goes through the plan behind the clone, and asks its parent for what only that may do.
 */
#include "credentials.h"
#include "launch_apply.h"
#include "mount.h"

#include "base/cleanup.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/sched.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#ifndef CLONE_NEWTIME
#define CLONE_NEWTIME 0x00000080
#endif

/* From here on nobody who is in the container already may look into us (ptrace, /proc/PID/fd, …), until
 * execve. */
static int harden(struct error *err)
{
	if (prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) < 0 || prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0) < 0)
		return error_errno(err, -errno, "", "cannot protect the container's first process");
	return 0;
}

static int hear_parent(struct launching *l, enum report_type type, int *fds, size_t *n, struct error *err)
{
	struct report report;

	if (report_receive(l->child_end, &report, fds, LAUNCH_FDS_MAX, n) != 1 || report.type != type)
		return error_set(err, -EPIPE, "", "plimsoll ended while the container was being set up");
	if (type == REPORT_BESIDE)
		l->ignored = report.ignored;
	return 0;
}

/* What the parent does beside us it does first: that it is done comes before any answer. */
static int wait_for_parent(struct launching *l, struct error *err)
{
	int fds[LAUNCH_FDS_MAX];
	size_t n;
	int r = l->waits ? hear_parent(l, REPORT_BESIDE, fds, &n, err) : 0;

	l->waits = false;
	return r;
}

static int ask_parent(struct launching *l, size_t index, struct error *err)
{
	struct report report = {.type = REPORT_REQUEST, .value = (uint32_t)index};
	int fds[LAUNCH_FDS_MAX];
	size_t n = 0;
	int r = report_send(l->child_end, &report, NULL, 0);

	if (r < 0)
		return error_set(err, -EPIPE, "", "plimsoll ended while the container was being set up");
	r = wait_for_parent(l, err);
	if (r == 0)
		r = hear_parent(l, REPORT_DONE, fds, &n, err);
	if (r < 0)
		return r;
	if (n == 0)
		return 0;
	l->layers = malloc(n * sizeof(*l->layers));
	if (!l->layers)
		return error_errno(err, -ENOMEM, "", "cannot set up the container");
	memcpy(l->layers, fds, n * sizeof(*fds));
	l->n_layers = n;
	return 0;
}

static int enter_cgroups(struct launching *l, struct error *err)
{
	int r = cgroup_tasks_enter(l->tasks, l->n_tasks);

	if (r == 0 && l->v2_procs >= 0)
		r = cgroup_tasks_enter(&l->v2_procs, 1);
	return r < 0 ? error_errno(err, r,
				   r == -ENOSPC
					   ? "v1's cpuset needs cpus and mems: --cpuset-cpus, --cpuset-mems"
					   : "",
				   "cannot enter the container's cgroups")
		     : 0;
}

static int join(struct launching *l, const struct step *step, struct error *err)
{
	const struct spec_namespace_row *row = &spec_namespace_rows[step->ns.which];

	if (step->ns.which != SPEC_NS_USER && harden(err) < 0)
		return -EPERM;
	if (setns(l->slots[step->ns.slot], (int)row->flag) < 0)
		return error_errno(err, -errno,
				   "joining it needs CAP_SYS_ADMIN in the user namespace that owns it",
				   "cannot join the %s namespace '%s'", row->name, step->ns.path);
	return 0;
}

static int new_namespace(uint64_t flags, const char *what, struct error *err)
{
	if (unshare((int)flags) < 0)
		return error_errno(err, -errno, "", "cannot make the %s namespace", what);
	return 0;
}

static int become_root(bool groups, struct error *err)
{
	if (groups)
		(void)syscall(SYS_setgroups, 0, NULL);
	if (syscall(SYS_setresgid, 0, 0, 0) < 0 || syscall(SYS_setresuid, 0, 0, 0) < 0)
		return error_errno(err, -errno, "map id 0 of the container",
				   "cannot become root of the user namespace");
	return 0;
}

/* Linux 6.3 enters it at execve (before, only a clone would). */
static int time_without_root(struct launching *l, struct error *err)
{
	int r = new_namespace(CLONE_NEWTIME, "time", err);

	return r == 0 ? time_offsets(l->procfs, &l->plan->spec->linux_, err) : r;
}

static int make_private(struct launching *l, struct error *err)
{
	const char *word = l->plan->spec->linux_.rootfs_propagation;
	/* what is mounted on the host later may be asked for; what we mount never gets out */
	bool slave = word && strstr(word, "slave");

	if (harden(err) < 0)
		return -EPERM;
	if (mount(NULL, "/", NULL, MS_REC | (slave ? MS_SLAVE : MS_PRIVATE), NULL) < 0)
		return error_errno(err, -errno, "", "cannot make the mounts private");
	return 0;
}

/* Without root the clone has to be made in our own namespace. */
static int open_source(struct launching *l, const struct step *step, struct error *err)
{
	int fd = mount_clone_source(step->source.path, step->source.recursive);

	if (fd == -EINVAL &&
	    !step->source.recursive) /* what the host mounted below it must not come to light */
		fd = mount_clone_source(step->source.path, true);
	if (fd == -ENOENT && step->source.optional)
		return 0;
	if (fd < 0)
		return error_errno(err, fd, fd == -ENOENT ? "make it first, or correct the path" : "",
				   "cannot open '%s' for the container", step->source.path);
	l->slots[step->source.slot] = fd;
	return 0;
}

static int open_null(struct launching *l, struct error *err)
{
	struct stat st;

	l->null = mount_clone(AT_FDCWD, "/dev/null", false);
	if (l->null < 0)
		return error_errno(err, l->null, "", "cannot open /dev/null");
	if (fstat(l->null, &st) < 0 || !S_ISCHR(st.st_mode) || st.st_rdev != makedev(1, 3))
		return error_set(err, -ENODEV, "mknod -m 666 /dev/null c 1 3",
				 "the host's /dev/null is something else");
	return 0;
}

static int set_name(const struct step *step, struct error *err)
{
	size_t len = strlen(step->path);
	int r = step->kind == STEP_HOSTNAME ? sethostname(step->path, len) : setdomainname(step->path, len);

	return r < 0 ? error_errno(err, -errno, "at most 64 bytes", "cannot set the name '%s'", step->path)
		     : 0;
}

static int readonly_root(struct launching *l, struct error *err)
{
	int r = mount_readonly(l->root, false);

	return r < 0 ? error_errno(err, r, "", "cannot make the root read-only") : 0;
}

/* --- in order --- */

static struct child_program program_of(struct launching *l, int peer)
{
	return (struct child_program){
		.process = &l->plan->spec->process,
		.seccomp = &l->seccomp,
		.io = l->io,
		.user_ns = l->plan->user_ns,
		.reap = l->plan->init,
		.ignored = l->ignored,
		.socket = l->child_end,
		.init_program = l->init_program,
		.console = l->console,
		.peer = peer,
	};
}

static int do_step(struct launching *l, const struct step *step, int *peer, enum launch_failure *failure,
		   struct error *err)
{
	const struct spec *spec = l->plan->spec;
	struct child_program program;

	/* clang-format off */
	switch ((int)step->kind) {
	case STEP_OOM_SCORE: return child_oom_score(l, spec->process.oom_score_adj, err);
	case STEP_CGROUP_ENTER: return enter_cgroups(l, err);
	case STEP_NS_JOIN: return join(l, step, err);
	case STEP_NS_CLONE: return child_clone(l, step->flags, err);
	case STEP_ID_MAPS: return idmap_write_own(l, step, err);
	case STEP_BECOME_ROOT: return become_root(!l->plan->rootless, err);
	case STEP_TIME_OFFSETS: return time_without_root(l, err);
	case STEP_CGROUP_NS: return new_namespace(CLONE_NEWCGROUP, "cgroup", err);
	case STEP_LOOPBACK: return child_loopback(err);
	case STEP_PRIVATE: return make_private(l, err);
	case STEP_NULL_OPEN: return open_null(l, err);
	case STEP_SOURCE_OPEN: return open_source(l, step, err);
	case STEP_ROOT: return root_make(l, step, err);
	case STEP_HOST_MOUNTS: return root_host_mounts(l, err);
	case STEP_PIVOT: return root_pivot(l, err);
	case STEP_MOUNT: return mount_apply(l, &step->mount, err);
	case STEP_CGROUP_MOUNT: return mount_cgroups(l, &step->mount, err);
	case STEP_DEVICE: return child_device(l, step, err);
	case STEP_DEVICE_LINKS: return child_device_links(l, err);
	case STEP_CONSOLE: return console_make(l, peer, err);
	case STEP_SYSCTL: return child_sysctl(l, step->sysctl, err);
	case STEP_READONLY_PATH: return child_readonly(l, step->path, err);
	case STEP_MASK: return child_mask(l, step->path, err);
	case STEP_CWD: return child_cwd(l, step->path, err);
	case STEP_ROOT_READONLY: return readonly_root(l, err);
	case STEP_HOSTNAME:
	case STEP_DOMAINNAME: return set_name(step, err);
	case STEP_RLIMITS: return credentials_rlimits(0, &spec->process, err);
	default: break;
	}
	/* clang-format on */
	if (step->kind == STEP_EXECUTE && wait_for_parent(l, err) < 0)
		return -EPIPE;
	program = program_of(l, *peer);
	if (step->kind == STEP_SESSION)
		return child_session(&program, err);
	if (step->kind == STEP_CREDENTIALS)
		return credentials_user(&spec->process, l->plan->user_ns, err);
	if (step->kind == STEP_EXECUTE)
		return child_execute(&program, failure, err);
	return error_set(err, -EINVAL, "", "a step of the plan is on the wrong side");
}

_Noreturn void child_run(struct launching *l)
{
	enum launch_failure failure = LAUNCH_FAILED;
	struct error err = {0};
	int peer = -1;
	size_t i = 0;

	close(l->parent_end);
	l->parent_end = -1;
	(void)prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0);
	(void)umask(0);
	while (i < l->plan->n && l->plan->steps[i].kind != STEP_CLONE)
		i++;
	while (++i < l->plan->n) {
		const struct step *step = &l->plan->steps[i];
		int r;

		if (step->kind == STEP_DEVICE_RULES) {
			l->waits = true;
			continue;
		}
		if (step->side == SIDE_PARENT) {
			r = ask_parent(l, i, &err);
		} else {
			fault_point(l->fault, i);
			r = do_step(l, step, &peer, &failure, &err);
		}
		if (r < 0)
			break;
	}
	child_fail(l->child_end, failure, &err);
}
