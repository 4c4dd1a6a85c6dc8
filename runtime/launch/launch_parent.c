/* SPDX-License-Identifier: Apache-2.0 */
/* The parent's steps. */
#include "credentials.h"
#include "launch_apply.h"
#include "mount.h"

#include "base/cleanup.h"
#include "cgroup/device_program.h"
#include "runtime/init.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

#ifndef CLONE_NEWTIME
#define CLONE_NEWTIME 0x00000080
#endif

static int make_cgroups(struct launching *l, const struct step *step, struct error *err)
{
	const struct cgroup_layout *layout = l->plan->host->layout;
	const char *path = l->plan->spec->linux_.cgroups_path;
	int r = cgroup_group_make(layout, path, step->cgroup.hierarchies, &l->group, err);

	if (r < 0 && step->cgroup.optional && (r == -EACCES || r == -EPERM || r == -EROFS || r == -ENOENT)) {
		l->group = NULL;
		return 0;
	}
	return r;
}

static int open_null(struct launching *l, struct error *err)
{
	struct stat st;
	int fd = mount_clone(AT_FDCWD, "/dev/null", false);

	if (fd < 0)
		return error_errno(err, fd, "", "cannot open /dev/null");
	if (fstat(fd, &st) < 0 || !S_ISCHR(st.st_mode) || st.st_rdev != makedev(1, 3)) {
		close(fd);
		return error_set(err, -ENODEV, "mknod -m 666 /dev/null c 1 3",
				 "the host's /dev/null is something else");
	}
	l->null = fd;
	return 0;
}

static int open_source(struct launching *l, const struct step *step, struct error *err)
{
	struct stat st;
	int fd = mount_clone_source(step->source.path, step->source.recursive);

	if (fd == -ENOENT && step->source.optional)
		return 0;
	if (fd < 0)
		return error_errno(err, fd, fd == -ENOENT ? "make it first, or correct the path" : "",
				   "cannot open '%s' for the container", step->source.path);
	l->slots[step->source.slot] = fd;
	if (!step->source.any_type && (fstat(fd, &st) < 0 || !S_ISDIR(st.st_mode)))
		return error_set(err, -ENOTDIR, "give a folder", "'%s' is no folder", step->source.path);
	return 0;
}

static int open_namespace(struct launching *l, const struct step *step, struct error *err)
{
	int fd = open(step->ns.path, O_RDONLY | O_CLOEXEC);

	if (fd < 0)
		return error_errno(err, -errno, "the container that it belongs to must run",
				   "cannot open the %s namespace '%s'",
				   spec_namespace_rows[step->ns.which].name, step->ns.path);
	l->slots[step->ns.slot] = fd;
	return 0;
}

static int enter_pids(struct launching *l, const struct step *step, struct error *err)
{
	l->own_pid_ns = openat(l->procfs, "self/ns/pid", O_RDONLY | O_CLOEXEC);
	if (l->own_pid_ns < 0 || setns(l->slots[step->ns.slot], CLONE_NEWPID) < 0)
		return error_errno(err, -errno, "", "cannot join the pid namespace '%s'", step->ns.path);
	return 0;
}

/* For children alone, until launch.c comes back from it; so the child needs no clone of its own besides. */
static int new_time(struct launching *l, struct error *err)
{
	l->own_time_ns = openat(l->procfs, "self/ns/time", O_RDONLY | O_CLOEXEC);
	if (l->own_time_ns < 0 || unshare(CLONE_NEWTIME) < 0)
		return error_errno(err, -errno, "", "cannot make a time namespace");
	return time_offsets(l->procfs, &l->plan->spec->linux_, err);
}

int time_offsets(int procfs, const struct spec_linux *spec, struct error *err)
{
	static const char clocks[2][12] = {"monotonic", "boottime"};
	char text[160];
	int used = 0;
	_cleanup_close_ int fd = -1;

	for (int i = 0; i < 2; i++) {
		int64_t seconds = spec->time_offset[i] / 1000000000;
		int64_t rest = spec->time_offset[i] % 1000000000;

		if (!spec->has_time_offset[i])
			continue;
		if (rest < 0) {
			rest += 1000000000;
			seconds--;
		}
		used += snprintf(text + used, sizeof(text) - (size_t)used, "%s %lld %lld\n", clocks[i],
				 (long long)seconds, (long long)rest);
	}
	if (!used)
		return 0;
	fd = openat(procfs, "self/timens_offsets", O_WRONLY | O_CLOEXEC);
	if (fd < 0 || write(fd, text, (size_t)used) < 0)
		return error_errno(err, -errno, "a clock can't be set back to before the boot",
				   "cannot set the clocks of the time namespace");
	return 0;
}

static int open_tasks(struct launching *l, struct error *err)
{
	int n = l->group ? cgroup_group_tasks(l->group, l->tasks, err) : 0;

	if (n < 0)
		return n;
	l->n_tasks = n;
	return 0;
}

static int open_init(struct launching *l, struct error *err)
{
	int fd = init_program_open(err);

	if (fd < 0)
		return fd;
	l->init_program = fd;
	return 0;
}

int launch_parent_step(struct launching *l, const struct step *step, int *fds, size_t *n_fds,
		       struct error *err)
{
	const struct spec *spec = l->plan->spec;

	/* clang-format off */
	switch ((int)step->kind) {
	case STEP_SECCOMP: return seccomp_program_get(spec, &spec->process.capabilities, l->plan->seccomp_folder,
						      &l->seccomp, err);
	case STEP_INIT_PROGRAM: return open_init(l, err);
	case STEP_CGROUP_MAKE: return make_cgroups(l, step, err);
	case STEP_LIMIT: return l->group ? cgroup_group_limit(l->group, step->limit.writes, step->limit.n, err) : 0;
	case STEP_DEVICE_RULES: return device_rules_apply(l->group, spec->linux_.limits.rules,
							  spec->linux_.limits.n_rules, err);
	case STEP_TASKS_OPEN: return open_tasks(l, err);
	case STEP_NULL_OPEN: return open_null(l, err);
	case STEP_LAYER_FOLDERS: return root_folders(l->plan, err);
	case STEP_SOURCE_OPEN: return open_source(l, step, err);
	case STEP_NS_OPEN: return open_namespace(l, step, err);
	case STEP_NS_PID: return enter_pids(l, step, err);
	case STEP_TIME_OFFSETS: return new_time(l, err);
	case STEP_ID_MAPS: return idmap_write(l, step, err);
	case STEP_IDMAP_LAYERS: return root_idmap_layers(l, fds, n_fds, err);
	case STEP_RLIMITS: return credentials_rlimits(l->pid, &spec->process, err);
	default: return error_set(err, -EINVAL, "", "a step of the plan is on the wrong side");
	}
	/* clang-format on */
}
